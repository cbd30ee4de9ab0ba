//! The values of a test, made ready to be compared.
//!
//! In: literals, and the modifiers of their item. Out: [`Ready`] values: nothing, a pattern, or texts that functions have made. What does
//! not fit its modifier is told.

use std::borrow::Cow;

use crate::diag::{Diagnostic, sigma as say};
use crate::letters::Letters;
use crate::schema::sigma::Taxonomy;
use crate::source::Span;
use crate::syntax::ast::{Op, Value};
use crate::syntax::{constants, spelled};

use super::super::modifier::{Asked, Become, How};
use super::super::tree::{Literal, Scalar};
use super::super::value::{self, Piece};
use super::build;

/// One value.
#[derive(Clone, Debug)]
pub struct Ready {
    pub what: What,
    /// Of a regular expression.
    pub letters: Letters,
    pub at: Span,
}

#[derive(Clone, Debug)]
pub enum What {
    Null,
    Pattern(Vec<Piece>),
    /// A text that a function of the language makes, or a list of what it may look like, and how it is compared.
    Made(Op, Value),
    /// As it stands: a regex, a network, a number, the name of a field.
    Verbatim(String),
}

impl Ready {
    pub fn new(what: What, at: Span) -> Ready {
        Ready { what, letters: Letters::default(), at }
    }
}

/// None: it was reported.
pub fn ready(literals: &[Literal], asked: &Asked, taxonomy: &Taxonomy, out: &mut Vec<Diagnostic>) -> Option<Vec<Ready>> {
    let mut whole = true;
    let mut values = Vec::new();
    for literal in literals {
        match expanded(literal, asked, taxonomy) {
            Ok(expanded) => {
                for literal in expanded {
                    match one(&literal, asked) {
                        Ok(mut made) => values.append(&mut made),
                        Err(found) => {
                            whole = false;
                            out.push(found);
                        }
                    }
                    lint(&literal, asked, out);
                }
            }
            Err(found) => {
                whole = false;
                out.push(found);
            }
        }
    }
    whole.then_some(values)
}

/// Texts that one value may stand for, its placeholders multiplied.
const MOST_EXPANDED: usize = 10_000;

/// The literal with each of the values that its placeholders stand for.
fn expanded<'l>(literal: &'l Literal, asked: &Asked, taxonomy: &Taxonomy) -> Result<Vec<Cow<'l, Literal>>, Diagnostic> {
    let Scalar::Text { text, quoted } = &literal.value else { return Ok(vec![Cow::Borrowed(literal)]) };
    if !asked.expand {
        return Ok(vec![Cow::Borrowed(literal)]);
    }
    let mut texts = vec![String::new()];
    let mut parts = text.split('%');
    texts[0].push_str(parts.next().unwrap_or_default());
    while let Some(name) = parts.next() {
        let Some(after) = parts.next() else {
            // A single sign is itself.
            texts.iter_mut().for_each(|text| text.extend(["%", name]));
            break;
        };
        let values = taxonomy.placeholder(name).ok_or_else(|| say::placeholder(literal.at, name))?;
        if texts.len().saturating_mul(values.len()) > MOST_EXPANDED {
            return Err(say::value_misfit(literal.at, "expand", "a text whose placeholders stand for 10,000 texts at most"));
        }
        texts = texts.iter().flat_map(|text| values.iter().map(move |value| format!("{text}{value}{after}"))).collect();
    }
    let literal = |text| Cow::Owned(Literal { value: Scalar::Text { text, quoted: *quoted }, letters: Letters::default(), at: literal.at });
    Ok(texts.into_iter().map(literal).collect())
}

/// What is written as a pattern of another kind.
fn lint(literal: &Literal, asked: &Asked, out: &mut Vec<Diagnostic>) {
    let Scalar::Text { text, .. } = &literal.value else { return };
    match asked.how {
        How::Regex if text.starts_with('*') || text.contains("(*") || text.contains("|*") => out.push(say::wildcard_in_regex(literal.at)),
        How::Whole | How::Contains | How::StartsWith | How::EndsWith if is_regex(text) => {
            out.push(say::regex_in_text(literal.at));
        }
        How::Whole | How::Contains | How::StartsWith | How::EndsWith | How::Regex => {}
        How::Cidr | How::Exists | How::Less | How::LessEqual | How::Greater | How::GreaterEqual => {}
    }
}

fn is_regex(text: &str) -> bool {
    let between = |open: &str, close: &str| text.len() > open.len() + close.len() && text.starts_with(open) && text.ends_with(close);
    let mut signs = text.match_indices(['[', '(', '\\']);
    signs.any(|(at, _)| REGEX_ONLY.iter().any(|part| text[at..].starts_with(part))) || between(".*", ".*") || between("^", "$")
}

/// No path or command line has these. Each begins with a bracket or a backslash.
const REGEX_ONLY: [&str; 10] = ["[0-9]", "[a-z", "[A-Z", "(?:", "(?i)", r"\d+", r"\d{", r"\w+", r"\w{", r"\s+"];

fn one(literal: &Literal, asked: &Asked) -> Result<Vec<Ready>, Diagnostic> {
    let at = literal.at;
    let one = |what| Ok(vec![Ready { what, letters: literal.letters.clone(), at }]);
    let text = match &literal.value {
        Scalar::Null if asked.how == How::Whole && asked.become_.is_empty() => return one(What::Null),
        Scalar::Null => return Err(say::value_misfit(at, modifier(asked.how), "a text")),
        Scalar::Text { text, .. } => text,
    };
    match asked.how {
        How::Regex => one(What::Verbatim(text.clone())),
        How::Cidr => match spelled::address(text) {
            Some(_) => one(What::Verbatim(text.clone())),
            None => Err(say::value_misfit(at, "cidr", "a network, as in `10.0.0.0/8`")),
        },
        How::Exists => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "false" | "no" => one(What::Verbatim(text.to_ascii_lowercase())),
            _ => Err(say::value_misfit(at, "exists", "`true` or `false`")),
        },
        How::Less | How::LessEqual | How::Greater | How::GreaterEqual => match text.trim().parse::<f64>() {
            Ok(number) if number.is_finite() => one(What::Verbatim(text.trim().to_owned())),
            _ => Err(say::value_misfit(at, modifier(asked.how), "a number")),
        },
        How::Whole | How::Contains | How::StartsWith | How::EndsWith if asked.field => one(What::Verbatim(text.clone())),
        How::Whole | How::Contains | How::StartsWith | How::EndsWith => made(text, asked, at),
    }
}

pub fn modifier(how: How) -> &'static str {
    match how {
        How::Whole => "a field without modifiers",
        How::Contains => "contains",
        How::StartsWith => "startswith",
        How::EndsWith => "endswith",
        How::Regex => "re",
        How::Cidr => "cidr",
        How::Exists => "exists",
        How::Less => "lt",
        How::LessEqual => "lte",
        How::Greater => "gt",
        How::GreaterEqual => "gte",
    }
}

fn made(text: &str, asked: &Asked, at: Span) -> Result<Vec<Ready>, Diagnostic> {
    let pieces = value::pieces(text);
    if asked.become_.is_empty() {
        return Ok(vec![Ready::new(What::Pattern(around(pieces, asked.how)), at)]);
    }
    // A function is of a text alone: what stands for several has no encoding.
    let plain = match pieces.as_slice() {
        [Piece::Text(text)] => text,
        _ => return Err(say::value_misfit(at, encoding(&asked.become_), "a text without wildcards")),
    };
    let op = match asked.how {
        How::Contains => Op::Contains,
        How::StartsWith => Op::StartsWith,
        How::EndsWith => Op::EndsWith,
        How::Whole | How::Regex | How::Cidr | How::Exists | How::Less | How::LessEqual | How::Greater | How::GreaterEqual => Op::Equal,
    };
    if asked.become_.last() == Some(&Become::Utf16Marked) {
        return Err(say::byte_order_mark(at));
    }
    let (first, rest) = asked.become_.split_first().expect("not empty");
    let value = match (first, rest) {
        (Become::Dashes, []) => build::call("dashes", build::text(plain, at), at),
        (Become::Base64Offset, []) => build::call("base64", build::text(plain, at), at),
        (Become::Utf16, [Become::Base64Offset]) => build::call("base64", build::call("utf16", build::text(plain, at), at), at),
        (Become::Utf16, []) => build::call("utf16", build::text(plain, at), at),
        _ => return encoded(plain, asked, op, at),
    };
    Ok(vec![Ready::new(What::Made(op, value), at)])
}

/// The modifier that is named where an encoding does not fit.
fn encoding(steps: &[Become]) -> &'static str {
    match steps.first() {
        Some(Become::Dashes) => "windash",
        Some(Become::Utf16) => "wide",
        Some(Become::Utf16BigEndian) => "utf16be",
        Some(Become::Utf16Marked) => "utf16",
        Some(Become::Base64) => "base64",
        Some(Become::Base64Offset) | None => "base64offset",
    }
}

/// Bytes that an encoding may be given: each makes more of them.
const MOST_ENCODED: usize = 100_000;

/// What no function of the language says.
fn encoded(text: &str, asked: &Asked, op: Op, at: Span) -> Result<Vec<Ready>, Diagnostic> {
    let name = encoding(&asked.become_);
    let mut all: Vec<Vec<u8>> = vec![text.as_bytes().to_vec()];
    for step in &asked.become_ {
        if all.iter().map(Vec::len).sum::<usize>() > MOST_ENCODED {
            return Err(say::value_misfit(at, name, "a shorter text: what becomes of this one is too large"));
        }
        let mut next = Vec::new();
        for bytes in all {
            let text = || String::from_utf8(bytes.clone()).map_err(|_| say::value_misfit(at, name, "bytes that are a text"));
            match step {
                Become::Dashes => match constants::dashes(&text()?) {
                    Some(spellings) => next.extend(spellings.into_iter().map(String::into_bytes)),
                    None => return Err(say::value_misfit(at, "windash", "a text with fewer dashes")),
                },
                Become::Utf16 => next.push(constants::utf16(&text()?)),
                Become::Utf16BigEndian => next.push(text()?.encode_utf16().flat_map(u16::to_be_bytes).collect()),
                // The mark of the specification's example.
                Become::Utf16Marked => next.push([&[0xff, 0xfe], constants::utf16(&text()?).as_slice()].concat()),
                Become::Base64Offset => next.extend(constants::base64(&bytes).into_iter().map(String::into_bytes)),
                Become::Base64 => {
                    let padding = "=".repeat((3 - bytes.len() % 3) % 3);
                    next.push((constants::encode(&bytes) + &padding).into_bytes());
                }
            }
        }
        all = next;
    }
    let texts = all.into_iter().map(String::from_utf8).collect::<Result<Vec<_>, _>>();
    let texts = texts.map_err(|_| say::value_misfit(at, name, "bytes that are a text"))?;
    let mut texts: Vec<Value> = texts.iter().map(|text| build::text(text, at)).collect();
    let value = if texts.len() == 1 { texts.remove(0) } else { build::list(texts, at) };
    Ok(vec![Ready::new(What::Made(op, value), at)])
}

/// The pattern for the whole value.
fn around(pieces: Vec<Piece>, how: How) -> Vec<Piece> {
    let mut all = Vec::new();
    if matches!(how, How::Contains | How::EndsWith) {
        value::push(&mut all, Piece::Any);
    }
    pieces.into_iter().for_each(|piece| value::push(&mut all, piece));
    if matches!(how, How::Contains | How::StartsWith) {
        value::push(&mut all, Piece::Any);
    }
    all
}
