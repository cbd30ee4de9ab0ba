//! One JSON value that borrows its text from the line.
//!
//! In: a line. Out: a tree in which a key may stand twice: [`Json::get`] takes the last, as most readers of JSON do.
//! Nesting is limited by `serde_json` (128). A whole number beyond 64 bits keeps its digits, as text.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

#[derive(Clone, Debug, PartialEq)]
pub enum Json<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Real(f64),
    Text(Cow<'a, str>),
    List(Vec<Json<'a>>),
    Object(Vec<Entry<'a>>),
}

pub type Entry<'a> = (Cow<'a, str>, Json<'a>);

impl<'a> Json<'a> {
    pub fn parse(line: &'a str) -> Result<Json<'a>, String> {
        let value: Json<'a> = serde_json::from_str(line).map_err(|error| error.to_string())?;
        if !value.has_rounded() {
            return Ok(value);
        }
        // Its text is that of a copy.
        Ok(with_digits(line).and_then(|line| serde_json::from_str(&line).map(Json::owned).ok()).unwrap_or(value))
    }

    /// A number stands in it that may be a whole one beyond 64 bits.
    fn has_rounded(&self) -> bool {
        match self {
            Json::Real(number) => number.abs() >= 9e18,
            Json::List(items) => items.iter().any(Json::has_rounded),
            Json::Object(entries) => entries.iter().any(|(_, value)| value.has_rounded()),
            Json::Null | Json::Bool(_) | Json::Int(_) | Json::Text(_) => false,
        }
    }

    fn owned<'o>(self) -> Json<'o> {
        match self {
            Json::Null => Json::Null,
            Json::Bool(truth) => Json::Bool(truth),
            Json::Int(number) => Json::Int(number),
            Json::Real(number) => Json::Real(number),
            Json::Text(text) => Json::Text(Cow::Owned(text.into_owned())),
            Json::List(items) => Json::List(items.into_iter().map(Json::owned).collect()),
            Json::Object(entries) => {
                Json::Object(entries.into_iter().map(|(name, value)| (Cow::Owned(name.into_owned()), value.owned())).collect())
            }
        }
    }

    /// A text of JSON with U+FFFD for each half of a surrogate pair that stands alone, which is no character and which some writers of events
    /// write all the same; None: it has none.
    pub fn mended(text: &str) -> Option<String> {
        let code = |at: usize| text.get(at..at + 6)?.strip_prefix("\\u").and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let (mut mended, mut run, mut at) = (String::new(), 0, 0);
        while let Some(found) = text.get(at..).and_then(|rest| rest.find('\\')) {
            at += found;
            at += match (code(at), code(at + 6)) {
                (Some(0xd800..0xdc00), Some(0xdc00..0xe000)) => 12,
                (Some(0xd800..0xe000), _) => {
                    mended.push_str(&text[run..at]);
                    mended.push_str("\\ufffd");
                    run = at + 6;
                    6
                }
                // What an escape of one character escapes may be a character of several bytes, in a text that is no JSON.
                _ => 1 + text[at + 1..].chars().next().map_or(0, char::len_utf8),
            };
        }
        mended.push_str(&text[run..]);
        (run > 0).then_some(mended)
    }

    /// The entries of an object; of anything else, none.
    pub fn entries(&self) -> &[Entry<'a>] {
        if let Json::Object(entries) = self { entries } else { &[] }
    }

    pub fn get(&self, key: &str) -> Option<&Json<'a>> {
        self.entries().iter().rfind(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The first of these keys that is there and is not null.
    pub fn first(&self, keys: &[&str]) -> Option<&Json<'a>> {
        keys.iter().filter_map(|key| self.get(key)).find(|value| **value != Json::Null)
    }

    pub fn text(&self) -> Option<&str> {
        if let Json::Text(text) = self { Some(text) } else { None }
    }

    /// `{"#text": v}`, as XML turns into JSON, is v; anything else is itself.
    pub fn content(&self) -> &Json<'a> {
        match self {
            Json::Object(_) => self.first(&["#text", "Value", "value"]).unwrap_or(self),
            other => other,
        }
    }
}

/// A text of JSON whose whole numbers of many digits are texts; None: it has none.
fn with_digits(text: &str) -> Option<String> {
    /// So many digits every number of 64 bits has at most.
    const DIGITS: usize = 19;
    let bytes = text.as_bytes();
    let (mut quoted, mut run, mut at) = (String::new(), 0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                at += 1;
                while at < bytes.len() && bytes[at] != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                at += 1;
            }
            b'-' | b'0'..=b'9' => {
                let length = bytes[at..].iter().take_while(|byte| byte.is_ascii_digit() || b"+-.eE".contains(byte)).count();
                let number = &text[at..at + length];
                let digits = number.trim_start_matches('-');
                if digits.len() >= DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit()) && number.parse::<i64>().is_err() {
                    quoted.push_str(&text[run..at]);
                    quoted.push_str(&format!("\"{number}\""));
                    run = at + length;
                }
                at += length;
            }
            _ => at += 1,
        }
    }
    quoted.push_str(&text[run..]);
    (run > 0).then_some(quoted)
}

impl<'de: 'a, 'a> Deserialize<'de> for Json<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(truth))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Json<'de>, E> {
        Ok(Json::Int(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Json<'de>, E> {
        Ok(i64::try_from(number).map_or_else(|_| Json::Text(number.to_string().into()), Json::Int))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Json<'de>, E> {
        Ok(Json::Real(number))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json<'de>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json<'de>, A::Error> {
        let mut object = Vec::new();
        while let Some((Key(key), value)) = entries.next_entry()? {
            object.push((key, value));
        }
        Ok(Json::Object(object))
    }
}

/// A key, borrowed where it holds no escape.
struct Key<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Key<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;

        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(KeyVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_keep_their_digits() {
        let text = |text: &'static str| Json::Text(text.into());
        for (written, wanted) in [
            ("18446744073709551617", text("18446744073709551617")),
            ("-9223372036854775809", text("-9223372036854775809")),
            ("18446744073709551615", text("18446744073709551615")),
            ("9223372036854775807", Json::Int(i64::MAX)),
            ("1e20", Json::Real(1e20)),
            ("18446744073709551617.5", Json::Real(18446744073709551617.5)),
        ] {
            assert_eq!(Json::parse(written), Ok(wanted.clone()), "{written}");
            let line = format!(r#"{{"a\\":"\"99999999999999999999","b":[{written},1]}}"#);
            let list = Json::List(vec![wanted, Json::Int(1)]);
            assert_eq!(Json::parse(&line).map(|value| value.get("b").cloned()), Ok(Some(list)), "{line}");
        }
    }

    #[test]
    fn halves_of_pairs_are_mended() {
        for (text, wanted) in [
            (r#"{"a":"\ud800"}"#, Some(r#"{"a":"\ufffd"}"#)),
            (r#""\uDFFFx\ud83d\ude00\ud83d""#, Some(r#""\ufffdx\ud83d\ude00\ufffd""#)),
            (r#""\ud83d\ud83d\ude00""#, Some(r#""\ufffd\ud83d\ude00""#)),
            (r#""\\ud800 \n \u00e9 \ud83d\ude00""#, None),
            ("\"\\", None),
            ("\\é\\u12é", None),
        ] {
            assert_eq!(Json::mended(text).as_deref(), wanted, "{text}");
        }
    }
}
