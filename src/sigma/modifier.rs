//! The modifiers of a field: what is asked of its values.
//!
//! In: `|contains|all`. Out: [`Asked`], or why they make no sense together.

use crate::diag::{Diagnostic, sigma as say};
use crate::schema::{TimePart, meant};

use super::tree::{Item, Word};

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    Whole,
    Contains,
    StartsWith,
    EndsWith,
    Regex,
    Cidr,
    Exists,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

/// What a text becomes before it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Become {
    Dashes,
    Utf16,
    Utf16BigEndian,
    /// With a byte order mark before it.
    Utf16Marked,
    Base64,
    /// At each of three alignments.
    Base64Offset,
}

#[derive(Clone, Debug)]
pub struct Asked {
    pub how: How,
    pub all: bool,
    pub cased: bool,
    /// `neq`
    pub negated: bool,
    /// The value is the name of a field.
    pub field: bool,
    /// Placeholders stand for values.
    pub expand: bool,
    /// Of a regex: `i`, `m`, `s`.
    pub ignores_case: bool,
    pub multi_line: bool,
    pub dot_all: bool,
    /// In the order in which they are done.
    pub become_: Vec<Become>,
    /// Of a time, the part that is compared.
    pub part: Option<TimePart>,
}

impl Asked {
    /// Somewhere in the event: what keywords ask.
    pub fn contains() -> Asked {
        Asked {
            how: How::Contains,
            all: false,
            cased: false,
            negated: false,
            field: false,
            expand: false,
            ignores_case: false,
            multi_line: false,
            dot_all: false,
            become_: Vec::new(),
            part: None,
        }
    }
}

/// The same, asked of the text of the whole event. None: a keyword has no such thing, which is told.
pub fn anywhere(item: &Item, asked: &Asked, out: &mut Vec<Diagnostic>) -> Option<Asked> {
    let how = match asked.how {
        How::Regex => Some(How::Regex),
        How::Whole | How::Contains => Some(How::Contains),
        How::StartsWith | How::EndsWith | How::Cidr | How::Exists | How::Less | How::LessEqual | How::Greater | How::GreaterEqual => None,
    };
    if how.is_none() || asked.field || asked.part.is_some() {
        let word = item.modifiers.first()?;
        out.push(say::modifier_misfit(word.at, &word.text, "a keyword stands anywhere in the event", "name the field that is meant"));
        return None;
    }
    Some(Asked { how: how?, ..asked.clone() })
}

/// All that the specification names, with what they ask for.
const NAMES: [&str; 31] = [
    "contains",
    "startswith",
    "endswith",
    "all",
    "cased",
    "re",
    "i",
    "m",
    "s",
    "cidr",
    "base64",
    "base64offset",
    "utf16le",
    "utf16be",
    "utf16",
    "wide",
    "windash",
    "expand",
    "exists",
    "fieldref",
    "gt",
    "gte",
    "lt",
    "lte",
    "neq",
    "minute",
    "hour",
    "day",
    "week",
    "month",
    "year",
];

pub fn is_one(name: &str) -> bool {
    NAMES.contains(&name)
}

/// What others call one.
fn alias(name: &str) -> Option<&'static str> {
    match name.to_ascii_lowercase().as_str() {
        "regex" | "regexp" | "matches" => Some("re"),
        "icontains" => Some("contains"),
        "istartswith" | "beginswith" | "prefix" => Some("startswith"),
        "iendswith" | "suffix" => Some("endswith"),
        "ge" => Some("gte"),
        "le" => Some("lte"),
        "ne" => Some("neq"),
        "case" | "casesensitive" => Some("cased"),
        _ => None,
    }
}

/// Reads the modifiers of an item; what is wrong goes to `out`.
pub fn read(item: &Item, out: &mut Vec<Diagnostic>) -> Option<Asked> {
    let mut asked = Asked { how: How::Whole, ..Asked::contains() };
    let mut decided: Option<&Word> = None;
    let before = out.len();
    for word in &item.modifiers {
        let how = match word.text.as_str() {
            "contains" => How::Contains,
            "startswith" => How::StartsWith,
            "endswith" => How::EndsWith,
            "re" => How::Regex,
            "cidr" => How::Cidr,
            "exists" => How::Exists,
            "gt" => How::Greater,
            "gte" => How::GreaterEqual,
            "lt" => How::Less,
            "lte" => How::LessEqual,
            other => {
                if let Err(found) = simple(&mut asked, other, word, decided) {
                    out.push(found);
                }
                continue;
            }
        };
        match decided {
            Some(first) => out.push(say::two_modifiers(word.at, &word.text, first.at, &first.text)),
            None => {
                decided = Some(word);
                asked.how = how;
            }
        }
    }
    if let Some(word) = item.modifiers.iter().find(|word| word.text == "base64offset").filter(|_| asked.how == How::Whole) {
        out.push(say::needs_contains(word.at));
    }
    if let (How::Regex, Some(word), false) = (asked.how, item.modifiers.first(), asked.become_.is_empty()) {
        out.push(say::modifier_misfit(word.at, &word.text, "what is made of a text is no regular expression", "take one of them out"));
    }
    if let Some(part) = asked.part {
        out.extend(beside_part(item, &asked, part));
    }
    (out.len() == before).then_some(asked)
}

/// A part of a time is a number: what asks of a text stands not beside it, nor another part.
fn beside_part(item: &Item, asked: &Asked, part: TimePart) -> Option<Diagnostic> {
    let is_number = match asked.how {
        How::Whole | How::Less | How::LessEqual | How::Greater | How::GreaterEqual => true,
        How::Contains | How::StartsWith | How::EndsWith | How::Regex | How::Cidr | How::Exists => false,
    };
    let own = item.modifiers.iter().find(|word| word.text == part.name())?;
    let fits = |word: &Word| matches!(word.text.as_str(), "lt" | "lte" | "gt" | "gte" | "neq" | "all" | "expand");
    let other = item.modifiers.iter().find(|word| word.at != own.at && !fits(word));
    let is_other_part = |word: &&Word| TimePart::named(&word.text).is_some();
    let misfits = |word: &&Word| !is_number || asked.cased || asked.field || !asked.become_.is_empty() || is_other_part(word);
    other.filter(misfits).map(|word| say::two_modifiers(word.at, &word.text, own.at, &own.text))
}

/// Those that change what another one asks for.
fn simple(asked: &mut Asked, name: &str, word: &Word, decided: Option<&Word>) -> Result<(), Diagnostic> {
    let of_regex = |asked: &Asked| {
        if asked.how == How::Regex {
            Ok(())
        } else {
            Err(say::modifier_misfit(word.at, name, "stands after `re`", "write `|re|`, then the flag"))
        }
    };
    // A text is made into another one before it is compared.
    let of_text = |asked: &Asked| match (asked.how, decided) {
        (How::Regex | How::Cidr | How::Exists | How::Less | How::LessEqual | How::Greater | How::GreaterEqual, Some(first)) => {
            Err(say::two_modifiers(word.at, name, first.at, &first.text))
        }
        _ => Ok(()),
    };
    match name {
        "all" => asked.all = true,
        "cased" => asked.cased = true,
        "neq" => asked.negated = true,
        "fieldref" => asked.field = true,
        "expand" => asked.expand = true,
        "i" => {
            of_regex(asked)?;
            asked.ignores_case = true;
        }
        "m" => {
            of_regex(asked)?;
            asked.multi_line = true;
        }
        "s" => {
            of_regex(asked)?;
            asked.dot_all = true;
        }
        "windash" => {
            of_text(asked)?;
            asked.become_.push(Become::Dashes);
        }
        "wide" | "utf16le" => {
            of_text(asked)?;
            asked.become_.push(Become::Utf16);
        }
        "base64" => {
            of_text(asked)?;
            asked.become_.push(Become::Base64);
        }
        "base64offset" => {
            of_text(asked)?;
            asked.become_.push(Become::Base64Offset);
        }
        "utf16be" => {
            of_text(asked)?;
            asked.become_.push(Become::Utf16BigEndian);
        }
        "utf16" => {
            of_text(asked)?;
            asked.become_.push(Become::Utf16Marked);
        }
        "" => return Err(say::empty_modifier(word.at)),
        other if TimePart::named(other).is_some() => asked.part = asked.part.or(TimePart::named(other)),
        other => return Err(say::unknown_modifier(word.at, other, alias(other).map(|name| (name, true)).or_else(|| meant(other, NAMES)))),
    }
    Ok(())
}
