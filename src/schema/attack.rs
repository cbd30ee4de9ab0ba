//! MITRE ATT&CK: tactics and techniques, and what became of those that are gone.
//!
//! In: what a loader read, or the packed text that the build script writes of it. Out: look-ups by id, in a logarithm of steps and without
//! a table in memory: the built-in techniques stay one text, a line each, sorted, of which a look-up reads the lines it halves at. Those of a
//! user's pack lie over it. Law: unpacking what was packed gives the same. An id that stands for no technique or tactic (software `S0154`, a
//! group `G0007`, a mitigation `M1032`) is no matter of these tables.

use std::borrow::Cow;

use super::types::{List, Str};

#[derive(Clone, Debug, PartialEq)]
pub struct Attack {
    /// `19`
    pub version: Str,
    /// In the order of the matrix.
    pub tactics: List<Tactic>,
    pub techniques: Techniques,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Tactic {
    /// `TA0002`
    pub id: Str,
    /// `Command and Control`
    pub name: Str,
    /// The name that it, or a tactic it was split from, had before.
    pub former: Option<Str>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Technique {
    /// `T1059`, `T1059.001`
    pub id: Str,
    pub name: Str,
    /// The ids of its tactics.
    pub tactics: List<Str>,
    pub standing: Standing,
    /// The name it had before.
    pub former: Option<Str>,
    /// The version of ATT&CK that brought it, where that is told.
    pub since: Option<Str>,
}

/// Whether a technique still stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    Current,
    /// These stand in its place: one or more, perhaps revoked in their turn.
    Revoked(List<Str>),
    /// Nothing stands in its place.
    Deprecated,
}

/// The techniques, sorted by id.
#[derive(Clone, Debug)]
pub struct Techniques {
    packed: &'static str,
    /// Of users' packs; one that is packed too takes its place.
    own: Vec<Technique>,
}

impl Attack {
    /// Nothing is known.
    pub const EMPTY: Attack = Attack { version: Cow::Borrowed(""), tactics: Cow::Borrowed(&[]), techniques: Techniques::packed("") };

    pub fn tactic(&self, id: &str) -> Option<&Tactic> {
        self.tactics.iter().find(|tactic| tactic.id == id)
    }

    /// What to write in place of a technique: itself if it stands, else what its revocations lead to; nothing if they lead nowhere.
    pub fn current(&self, technique: &Technique) -> Vec<Technique> {
        let (mut open, mut seen, mut found) = (vec![technique.clone()], Vec::new(), Vec::new());
        while let Some(next) = open.pop() {
            if seen.contains(&next.id) {
                continue;
            }
            seen.push(next.id.clone());
            match &next.standing {
                Standing::Current => found.push(next),
                Standing::Revoked(by) => open.extend(by.iter().rev().filter_map(|id| self.techniques.get(id))),
                Standing::Deprecated => {}
            }
        }
        found
    }

    /// The ids that this one may be a slip of, nearest first: two digits swapped, then one digit another. Techniques that are gone are no
    /// advice.
    pub fn near(&self, id: &str) -> Vec<Str> {
        let techniques = self.techniques.iter().filter(|technique| technique.standing == Standing::Current).map(|technique| technique.id);
        let ids = self.tactics.iter().map(|tactic| tactic.id.clone()).chain(techniques);
        let mut near: Vec<(bool, Str)> = ids.filter_map(|other| slip(id.as_bytes(), other.as_bytes()).map(|swap| (!swap, other))).collect();
        near.sort();
        near.into_iter().map(|(_, id)| id).collect()
    }
}

/// Whether one id differs from another by a swap of neighbours (true) or by one character (false).
fn slip(one: &[u8], other: &[u8]) -> Option<bool> {
    if one.len() != other.len() {
        return None;
    }
    let differ: Vec<usize> = (0..one.len()).filter(|&at| one[at] != other[at]).collect();
    match differ[..] {
        [_] => Some(false),
        [at, next] if next == at + 1 && one[at] == other[next] && one[next] == other[at] => Some(true),
        _ => None,
    }
}

impl Tactic {
    /// As ATT&CK, and Sigma's tags, write it in one word: `command-and-control`.
    pub fn word(&self) -> String {
        self.letters().collect()
    }

    pub fn is_word(&self, word: &str) -> bool {
        self.letters().eq(word.chars())
    }

    fn letters(&self) -> impl Iterator<Item = char> {
        self.name.chars().map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() })
    }
}

impl Technique {
    /// The id before the dot.
    pub fn parent(&self) -> Option<&str> {
        self.id.split_once('.').map(|(parent, _)| parent)
    }
}

/// Whether a text has the form of a technique's id: `T1059`, `T1059.001`.
pub fn is_technique_id(text: &str) -> bool {
    let digits = |text: &str, count| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    text.strip_prefix('T').is_some_and(|rest| match rest.split_once('.') {
        Some((technique, sub)) => digits(technique, 4) && digits(sub, 3),
        None => digits(rest, 4),
    })
}

/// Software, groups, mitigations.
pub fn is_other_id(text: &str) -> bool {
    let digits = text.strip_prefix(['S', 'G', 'M']);
    digits.is_some_and(|digits| digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether a text has the form of a tactic's id: `TA0002`.
pub fn is_tactic_id(text: &str) -> bool {
    text.strip_prefix("TA").is_some_and(|digits| digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

// ---------- the table ----------

impl Techniques {
    /// From the text that [`Techniques::pack`] gives.
    pub const fn packed(packed: &'static str) -> Techniques {
        Techniques { packed, own: Vec::new() }
    }

    pub fn get(&self, id: &str) -> Option<Technique> {
        match self.own.binary_search_by(|known| known.id.as_ref().cmp(id)) {
            Ok(at) => Some(self.own[at].clone()),
            Err(_) => self.line(id).and_then(unpack),
        }
    }

    /// Puts a technique in the place of the one with its id, or beside the others.
    pub fn put(&mut self, technique: Technique) {
        match self.own.binary_search_by(|known| known.id.cmp(&technique.id)) {
            Ok(at) => self.own[at] = technique,
            Err(at) => self.own.insert(at, technique),
        }
    }

    /// All of them by id, so that sub-techniques follow their technique.
    pub fn iter(&self) -> impl Iterator<Item = Technique> + '_ {
        let mut packed = self.packed.lines().filter_map(unpack).peekable();
        let mut own = self.own.iter().peekable();
        std::iter::from_fn(move || {
            let Some(next) = own.peek() else { return packed.next() };
            match packed.peek() {
                Some(other) if other.id < next.id => packed.next(),
                Some(other) if other.id == next.id => {
                    packed.next();
                    own.next().cloned()
                }
                _ => own.next().cloned(),
            }
        })
    }

    /// The sub-techniques of a technique.
    pub fn below<'t>(&'t self, id: &'t str) -> impl Iterator<Item = Technique> + 't {
        self.iter().filter(move |technique| technique.parent() == Some(id))
    }

    pub fn pack(&self) -> String {
        self.iter().map(|technique| pack_line(&technique)).collect::<Vec<_>>().join("\n")
    }

    /// The packed line of an id, found by halving.
    fn line(&self, id: &str) -> Option<&'static str> {
        let (mut low, mut high) = (0, self.packed.len());
        while low < high {
            // Bytes, since the middle may lie within a character; the ends of lines never do.
            let (bytes, middle) = (self.packed.as_bytes(), (low + high) / 2);
            let start = bytes[low..middle].iter().rposition(|byte| *byte == b'\n').map_or(low, |at| low + at + 1);
            let end = bytes[middle..high].iter().position(|byte| *byte == b'\n').map_or(high, |at| middle + at);
            let line = &self.packed[start..end];
            match line.split('\t').next().unwrap_or_default().cmp(id) {
                std::cmp::Ordering::Equal => return Some(line),
                std::cmp::Ordering::Less => low = (end + 1).min(high),
                std::cmp::Ordering::Greater => high = start.saturating_sub(1).max(low),
            }
        }
        None
    }
}

impl PartialEq for Techniques {
    fn eq(&self, other: &Techniques) -> bool {
        self.iter().eq(other.iter())
    }
}

/// Id, name, tactics, standing, former name, version, with tabs between; no name holds a tab or a line end.
fn pack_line(technique: &Technique) -> String {
    let Technique { id, name, tactics, standing, former, since } = technique;
    let standing = match standing {
        Standing::Current => String::new(),
        Standing::Revoked(by) => by.join(" "),
        Standing::Deprecated => "-".to_owned(),
    };
    let optional = |text: &Option<Str>| text.as_deref().unwrap_or_default().to_owned();
    [id.to_string(), name.to_string(), tactics.join(" "), standing, optional(former), optional(since)].join("\t")
}

fn unpack(line: &'static str) -> Option<Technique> {
    let mut cells = line.split('\t');
    let mut cell = || cells.next();
    let (id, name, tactics, standing, former, since) = (cell()?, cell()?, cell()?, cell()?, cell()?, cell()?);
    let words = |text: &'static str| text.split(' ').filter(|word| !word.is_empty()).map(Cow::Borrowed).collect::<Vec<Str>>();
    let optional = |text: &'static str| (!text.is_empty()).then_some(Cow::Borrowed(text));
    Some(Technique {
        id: Cow::Borrowed(id),
        name: Cow::Borrowed(name),
        tactics: words(tactics).into(),
        standing: match standing {
            "" => Standing::Current,
            "-" => Standing::Deprecated,
            by => Standing::Revoked(words(by).into()),
        },
        former: optional(former),
        since: optional(since),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKED: &str =
        "T1001\tData Obfuscation\tTA0011\t\t\t\nT1001.001\tJunk\tTA0011 TA0005\tT1001\t\t\nT1186\tDoppelgänging\tTA0005\t-\tOld\t19";

    fn named(id: &str, name: &str) -> Technique {
        let (id, name) = (Cow::Owned(id.to_owned()), Cow::Owned(name.to_owned()));
        Technique { id, name, tactics: Cow::Borrowed(&[]), standing: Standing::Current, former: None, since: None }
    }

    #[test]
    fn what_was_packed_is_found() {
        let techniques = Techniques::packed(PACKED);
        assert_eq!(techniques.pack(), PACKED);
        for technique in techniques.iter() {
            assert_eq!(techniques.get(&technique.id), Some(technique));
        }
        for absent in ["", "T", "T1000", "T1001.000", "T1001.002", "T1002", "T1187", "TA0011", "ä"] {
            assert_eq!(techniques.get(absent), None, "{absent}");
        }
        assert_eq!(Techniques::packed("").get("T1001"), None);
    }

    #[test]
    fn ones_own_lie_over_the_packed() {
        let mut techniques = Techniques::packed(PACKED);
        for (id, name) in [("T9001", "Last"), ("T1001.001", "Mine"), ("T1000", "First"), ("T1001.002", "Between")] {
            techniques.put(named(id, name));
        }
        let all: Vec<String> = techniques.iter().map(|technique| technique.id.into_owned()).collect();
        assert_eq!(all, ["T1000", "T1001", "T1001.001", "T1001.002", "T1186", "T9001"]);
        assert_eq!(techniques.get("T1001.001").unwrap().name, "Mine");
        assert_eq!(techniques.below("T1001").count(), 2);
        assert_eq!(techniques.get("T1186").unwrap().standing, Standing::Deprecated);
    }

    #[test]
    fn a_slip_is_a_swap_or_one_character() {
        assert_eq!(slip(b"T1059", b"T1095"), Some(true));
        assert_eq!(slip(b"T1059", b"T1058"), Some(false));
        assert_eq!(slip(b"T1059", b"T1590"), None);
        assert_eq!(slip(b"T1059", b"T1059.001"), None);
    }

    #[test]
    fn ids_have_a_form() {
        assert!(is_technique_id("T1059") && is_technique_id("T1059.001") && is_tactic_id("TA0002"));
        for other in ["", "T", "T105", "T10590", "T1059.", "T1059.01", "t1059", "TA002", "S0002", "T1059.001.002", "T１059"] {
            assert!(!is_technique_id(other) && !is_tactic_id(other), "{other}");
        }
    }
}
