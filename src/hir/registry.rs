//! The registry's values in their normal form.
//!
//! In: a path or data as some product or person writes it. Out: the one form in which the language compares. Law: the normal form of a
//! normal form is itself. Facts: the hives and their abbreviations, <https://learn.microsoft.com/windows/win32/sysinfo/registry-hives>;
//! the kernel's names, <https://learn.microsoft.com/windows-hardware/drivers/kernel/registry-key-object-routines>; Sysmon's spelling of
//! numbers (`DWORD (0x00000001)`, `QWORD (0x00000000-0x00000001)`), its event 13.

use std::borrow::Cow;

use crate::schema::HiveForm;

/// A hive in each of its spellings.
pub struct Hive {
    pub long: &'static str,
    pub short: &'static str,
    /// As the kernel and Security 4657 spell it; none of its own for a part of another hive.
    pub kernel: Option<&'static str>,
}

pub const HIVES: [Hive; 5] = [
    Hive { long: "HKEY_LOCAL_MACHINE", short: "HKLM", kernel: Some(r"\REGISTRY\MACHINE") },
    Hive { long: "HKEY_USERS", short: "HKU", kernel: Some(r"\REGISTRY\USER") },
    Hive { long: "HKEY_CURRENT_USER", short: "HKCU", kernel: None },
    Hive { long: "HKEY_CLASSES_ROOT", short: "HKCR", kernel: None },
    Hive { long: "HKEY_CURRENT_CONFIG", short: "HKCC", kernel: None },
];

/// The control set that is current under its own name, as drivers and Defender report it.
pub const CONTROL_SET: (&str, &str) = ("CurrentControlSet", "ControlSet001");

impl Hive {
    /// The spellings that a column of this form may have.
    pub fn spellings(&self, form: HiveForm) -> Vec<&'static str> {
        match form {
            HiveForm::Short => vec![self.short],
            HiveForm::Long => vec![self.long],
            HiveForm::Kernel => vec![self.kernel.unwrap_or(self.long)],
            HiveForm::Any => [Some(self.short), Some(self.long), self.kernel].into_iter().flatten().collect(),
        }
    }
}

/// The hive in full, from any of its spellings; `CurrentControlSet` for the set of that number below another key.
pub fn path(written: &str) -> Cow<'_, str> {
    normal(written, head(written))
}

/// The same of a column, which spells hives in this form or in full; another form is none there.
pub fn of_column(form: HiveForm, written: &str) -> Cow<'_, str> {
    let spelled = |(hive, length): &(&'static Hive, usize)| {
        let name = &written[..*length];
        name.eq_ignore_ascii_case(hive.long) || hive.spellings(form).iter().any(|spelling| name.eq_ignore_ascii_case(spelling))
    };
    normal(written, head(written).filter(spelled))
}

fn normal<'t>(written: &'t str, head: Option<(&'static Hive, usize)>) -> Cow<'t, str> {
    let text: Cow<'_, str> = match head {
        Some((hive, length)) if written[..length] != *hive.long => format!("{}{}", hive.long, &written[length..]).into(),
        Some(_) | None => written.into(),
    };
    if has_numbered_set(&text) { sets(&text, 1).into() } else { text }
}

/// A text that may begin within a path: its first part is a key's name too.
pub fn part(written: &str) -> String {
    sets(&path(written), 0)
}

/// The control set by its name in all parts but the first ones.
fn sets(text: &str, spared: usize) -> String {
    let mut parts: Vec<&str> = text.split('\\').collect();
    parts.iter_mut().skip(spared).filter(|part| part.eq_ignore_ascii_case(CONTROL_SET.1)).for_each(|part| *part = CONTROL_SET.0);
    parts.join("\\")
}

fn has_numbered_set(text: &str) -> bool {
    text.len() > CONTROL_SET.1.len() && text.split('\\').skip(1).any(|part| part.eq_ignore_ascii_case(CONTROL_SET.1))
}

/// The hive that a path begins with, and the length of its spelling.
pub fn head(text: &str) -> Option<(&'static Hive, usize)> {
    let begins = |spelling: &str| {
        let head = text.get(..spelling.len())?;
        let ends = text[spelling.len()..].chars().next().is_none_or(|next| next == '\\');
        (ends && head.eq_ignore_ascii_case(spelling)).then_some(spelling.len())
    };
    HIVES.iter().find_map(|hive| {
        let spellings = [Some(hive.long), Some(hive.short), hive.kernel];
        spellings.into_iter().flatten().find_map(begins).map(|length| (hive, length))
    })
}

/// A number for `DWORD (0x00000001)`, `QWORD (..)`, `0x00000001` and `0x1`, in decimal; everything else as it stands.
pub fn data(written: &str) -> Cow<'_, str> {
    match number(written) {
        Some(number) => number.to_string().into(),
        None => written.into(),
    }
}

/// Patterns of the spellings that are no decimal digits, case ignored; the groups are hex digits, of `QWORD` the higher ones and the lower.
pub const DWORD: &str = r"^DWORD \(0x([0-9a-f]{8}|[1-9a-f][0-9a-f]{0,15}|0)\)$";
pub const QWORD: &str = r"^QWORD \(0x([0-9a-f]{8})-0x([0-9a-f]{8})\)$";
pub const HEX: &str = r"^0x([0-9a-f]{8}|[0-9a-f]{16}|[1-9a-f][0-9a-f]{0,15}|0)$";

/// What [`spellings`] writes, read back; also the decimal digits.
pub fn number(written: &str) -> Option<u64> {
    let text = written;
    let wrapped = |word: &str| {
        let head = text.get(..word.len()).filter(|head| head.eq_ignore_ascii_case(word))?;
        text[head.len()..].strip_prefix(" (")?.strip_suffix(')')
    };
    if let Some(inside) = wrapped("DWORD") {
        return hex(inside, &[8]);
    }
    if let Some(inside) = wrapped("QWORD") {
        let (high, low) = inside.split_once('-')?;
        let digits = |part: &str| part.get(2..).filter(|digits| digits.len() == 8).and_then(|_| hex(part, &[8]));
        return Some(digits(high)? << 32 | digits(low)?);
    }
    if let Some(number) = hex(text, &[8, 16]) {
        return Some(number);
    }
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// `0x` and one of these numbers of digits, or as many as it takes.
fn hex(text: &str, lengths: &[usize]) -> Option<u64> {
    let digits = text.get(..2).filter(|lead| lead.eq_ignore_ascii_case("0x")).map(|_| &text[2..])?;
    let number = u64::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))?;
    (lengths.contains(&digits.len()) || format!("{number:x}").len() == digits.len()).then_some(number)
}

/// Every way in which a product writes a number as data.
pub fn spellings(number: u64) -> Vec<String> {
    let mut all = vec![number.to_string(), format!("{number:#x}"), format!("{number:#010x}"), format!("{number:#018x}")];
    if u32::try_from(number).is_ok() {
        all.push(format!("DWORD ({number:#010x})"));
        all.push(format!("DWORD ({number:#x})"));
    }
    all.push(format!("QWORD ({:#010x}-{:#010x})", number >> 32, number & 0xffff_ffff));
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hives_are_spelled_in_full() {
        for (written, normal) in [
            (r"HKLM\Software\X", r"HKEY_LOCAL_MACHINE\Software\X"),
            (r"hklm", "HKEY_LOCAL_MACHINE"),
            (r"\REGISTRY\MACHINE\SYSTEM\ControlSet001\Services", r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services"),
            (r"\Registry\User\S-1-5-21-1\x", r"HKEY_USERS\S-1-5-21-1\x"),
            (r"HKCU\Software\a/b", r"HKEY_CURRENT_USER\Software\a/b"),
            (r"HKCU/Software", r"HKCU/Software"),
            (r"HKLMX\a", r"HKLMX\a"),
            (r"\Software\Run", r"\Software\Run"),
            (r"\MyControlSet001\x", r"\MyControlSet001\x"),
        ] {
            assert_eq!(path(written), normal);
            assert_eq!(path(normal), normal);
        }
    }

    #[test]
    fn numbers_are_unwrapped() {
        for text in ["DWORD (0x00000001)", "QWORD (0x00000000-0x00000001)", "0x00000001", "0x1", "0X1", "0x0000000000000001", "1"] {
            assert_eq!(data(text), "1", "{text}");
        }
        for text in [
            "Binary Data",
            "01",
            "0x01",
            "DWORD (1)",
            "DWORD (0x000000001)",
            "(Empty)",
            "-1",
            "+1",
            "0x+1",
            "",
            "99999999999999999999",
            " 1",
        ] {
            assert_eq!(data(text), text);
        }
        assert_eq!(data("QWORD (0x00000001-0x00000000)"), "4294967296");
    }

    #[test]
    fn the_patterns_say_the_same() {
        let patterns = [DWORD, QWORD, HEX, r"^(0|[1-9][0-9]*)$"]
            .map(|it| regex::RegexBuilder::new(it).case_insensitive(true).build().expect("a pattern"));
        let digits = ["", "0", "1", "01", "00000001", "ABCDEF01", "000000001", "0000000000000001", "12345678901234567", "+1", "g"];
        for digits in digits {
            for text in [format!("DWORD (0x{digits})"), format!("QWORD (0x{digits}-0x{digits})"), format!("0x{digits}"), digits.to_owned()]
            {
                let is_like_one = patterns.iter().any(|pattern| pattern.is_match(&text));
                // What has more digits than a QWORD is no number, whatever it looks like.
                let too_long = digits.len() > 16 && text != digits;
                assert_eq!(number(&text).is_some(), is_like_one && !too_long, "{text}");
            }
        }
    }

    #[test]
    fn every_spelling_is_read_back() {
        for sample in [0, 1, 10, 0xdead_beef, 0xffff_ffff, 0x1_0000_0000, u64::MAX] {
            for text in spellings(sample) {
                assert_eq!(number(&text), Some(sample), "{text}");
            }
        }
    }
}
