//! A flat JSON object, or a record of an event log as its XML nests it, cut into its entries in one pass.
//!
//! In: a line. Out: for each entry where its key and its value stand; nothing is copied, and a text with escapes stays as it is until
//! somebody reads it. Law: what is cut here is an object that a reader of JSON accepts, and its entries are the same; of anything that is
//! not plain (an object inside, a key with an escape, a mistake) it says that it is not, and whoever builds the tree decides.

use super::json::Json;
use super::marks::{Marks, spells};

/// Where something stands in the line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    start: u32,
    end: u32,
}

impl Span {
    pub fn of(self, line: &str) -> &str {
        // The ends are those of tokens of JSON, which are ASCII.
        line.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// What a value is, as far as its first byte tells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Between the quotes; no escape in it.
    Text,
    /// Between the quotes, with escapes.
    Escaped,
    /// A number, `true`, `false`, or a list of such and of texts.
    Other,
    Null,
}

/// Whether any letter is spelled by its number, as `\u0041` ([`spells`]).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Spelling {
    Plain,
    Numbers,
}

/// Calls `each` with key, kind and value of every entry, in their order; None: the line is no plain object, or `each` said so.
pub fn scan(line: &str, mut each: impl FnMut(&str, Kind, Span) -> bool) -> Option<Spelling> {
    let mut scan = Scan::new(line);
    scan.object(line, &mut each).map(|()| scan.spelling)
}

/// Where in a nested record an entry stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Part<'l> {
    /// In its head.
    System,
    /// Of this element of its head.
    Attribute(&'l str),
    Data,
    Other,
}

/// The same of `{"Event": {"System": {..}, "EventData": {..}}}`, as the readers of event logs write it; each entry with where it stands.
pub fn nested(line: &str, mut each: impl FnMut(Part<'_>, &str, Kind, Span) -> bool) -> Option<Spelling> {
    let mut scan = Scan::new(line);
    scan.record(line, &mut each).map(|()| scan.spelling)
}

struct Scan<'l> {
    bytes: &'l [u8],
    marks: Marks<'l>,
    at: usize,
    spelling: Spelling,
}

impl<'l> Scan<'l> {
    fn new(line: &'l str) -> Scan<'l> {
        Scan { bytes: line.as_bytes(), marks: Marks::new(line.as_bytes()), at: 0, spelling: Spelling::Plain }
    }

    fn object(&mut self, line: &str, each: &mut impl FnMut(&str, Kind, Span) -> bool) -> Option<()> {
        if u32::try_from(line.len()).is_err() {
            return None;
        }
        self.entries(line, &mut |scan, key| {
            let (kind, value) = scan.value(line)?;
            each(key, kind, value).then_some(())
        })?;
        self.end()
    }

    fn record(&mut self, line: &str, each: &mut impl FnMut(Part<'_>, &str, Kind, Span) -> bool) -> Option<()> {
        if u32::try_from(line.len()).is_err() {
            return None;
        }
        let mut entry = |scan: &mut Self, part: Part<'_>, key: &str| {
            let (kind, value) = scan.value(line)?;
            each(part, key, kind, value).then_some(())
        };
        let (mut heads, mut data) = (0, 0);
        self.take(b'{')?;
        if self.key(line)? != "Event" {
            return None;
        }
        self.entries(line, &mut |scan, key| match key {
            "System" => {
                heads += 1;
                scan.entries(line, &mut |scan, element| match scan.peek()? {
                    b'{' => scan.attributes(line, &mut |scan, name| entry(scan, Part::Attribute(element), name)),
                    _ => entry(scan, Part::System, element),
                })
            }
            "EventData" => {
                data += 1;
                match scan.peek()? {
                    b'{' => scan.entries(line, &mut |scan, name| entry(scan, Part::Data, name)),
                    _ => entry(scan, Part::Other, key),
                }
            }
            "#attributes" => scan.entries(line, &mut |scan, name| entry(scan, Part::Other, name)),
            _ => None,
        })?;
        self.take(b'}')?;
        self.end().filter(|()| heads == 1 && data <= 1)
    }

    /// Of an element that has nothing else.
    fn attributes(&mut self, line: &str, each: &mut impl FnMut(&mut Self, &str) -> Option<()>) -> Option<()> {
        self.entries(line, &mut |scan, key| if key == "#attributes" { scan.entries(line, each) } else { None })
    }

    /// Calls `each` behind every key of an object, for its value.
    fn entries(&mut self, line: &str, each: &mut impl FnMut(&mut Self, &str) -> Option<()>) -> Option<()> {
        self.take(b'{')?;
        if self.peek()? == b'}' {
            self.at += 1;
            return Some(());
        }
        loop {
            let key = self.key(line)?;
            each(self, key)?;
            match self.next()? {
                b',' => {}
                b'}' => return Some(()),
                _ => return None,
            }
        }
    }

    /// A key without escapes, and what stands behind it.
    fn key<'t>(&mut self, line: &'t str) -> Option<&'t str> {
        self.take(b'"')?;
        let (key, plain) = self.text()?;
        self.take(b':')?;
        plain.then(|| key.of(line))
    }

    fn value(&mut self, line: &str) -> Option<(Kind, Span)> {
        let first = self.peek()?;
        let start = self.at;
        match first {
            b'"' => {
                self.at += 1;
                let (text, plain) = self.text()?;
                return Some((if plain { Kind::Text } else { Kind::Escaped }, text));
            }
            b'[' => {
                self.at += 1;
                self.list()?;
            }
            b'{' => return None,
            _ => {
                let rest = &self.bytes[self.at..];
                self.at += rest.iter().position(|byte| matches!(byte, b',' | b'}' | b' ' | b'\t' | b'\n' | b'\r')).unwrap_or(rest.len());
            }
        }
        let value = Span { start: start as u32, end: self.at as u32 };
        let text = value.of(line);
        match text {
            "null" => return Some((Kind::Null, value)),
            "true" | "false" => {}
            _ if is_small(text) => {}
            _ => _ = Json::parse(text).ok()?,
        }
        Some((Kind::Other, value))
    }

    /// To its end; of lists and objects inside, nothing.
    fn list(&mut self) -> Option<()> {
        loop {
            match self.next()? {
                b'"' => _ = self.text()?,
                b']' => return Some(()),
                b'[' | b'{' => return None,
                _ => {}
            }
        }
    }

    /// From behind the first quote to behind the last: what stands between them, and whether it has no escape.
    fn text(&mut self) -> Option<(Span, bool)> {
        let start = self.at;
        let mut plain = true;
        loop {
            self.at = self.marks.next(self.at)?;
            match self.bytes[self.at] {
                b'"' => {
                    let text = Span { start: start as u32, end: self.at as u32 };
                    self.at += 1;
                    return Some((text, plain));
                }
                b'\\' => {
                    plain = false;
                    self.at += match self.bytes.get(self.at + 1)? {
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 2,
                        b'u' => {
                            if spells(self.bytes.get(self.at + 2..self.at + 6)?)? {
                                self.spelling = Spelling::Numbers;
                            }
                            6
                        }
                        _ => return None,
                    };
                }
                // A control character.
                _ => return None,
            }
        }
    }

    /// The next byte that is no white space.
    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn peek(&mut self) -> Option<u8> {
        loop {
            match self.bytes.get(self.at)? {
                b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                byte => return Some(*byte),
            }
        }
    }

    fn take(&mut self, wanted: u8) -> Option<()> {
        (self.next()? == wanted).then_some(())
    }

    fn end(&mut self) -> Option<()> {
        self.peek().is_none().then_some(())
    }
}

/// A whole number of few digits, as JSON writes it.
fn is_small(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let leading = digits.starts_with('0') && text != "0";
    !leading && (1..=18).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::super::marks::unescape;
    use super::*;

    fn cut(line: &str) -> Option<Vec<(String, Kind, String)>> {
        let mut entries = Vec::new();
        let cut = scan(line, |key, kind, value| {
            let mut text = String::new();
            match kind {
                Kind::Text => text.push_str(value.of(line)),
                Kind::Escaped => unescape(value.of(line), &mut text),
                Kind::Other | Kind::Null => text.push_str(value.of(line)),
            }
            entries.push((key.to_owned(), kind, text));
            true
        });
        cut.map(|_| entries)
    }

    /// Every text that is cut is one that the parser of trees accepts, with the same entries: over all texts of few tokens.
    #[test]
    fn what_is_cut_is_what_is_parsed() {
        let tokens = [
            "{",
            "}",
            "\"a\"",
            "\"\\\\\"",
            "\"\\u0041é\"",
            "\"\\ud83d\\ude00\"",
            "\"\t\"",
            ":",
            ",",
            "[",
            "]",
            "1",
            "-0",
            "01",
            "1.5",
            "1e999",
            "true",
            "null",
            " ",
            "x",
        ];
        let (mut cut_here, mut line) = (0, String::new());
        let mut seed = 7u64;
        let mut below = |end: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % end
        };
        for case in 0..300_000 {
            line.clear();
            line.push('{');
            // Often an object that is nearly well formed.
            for entry in 0..below(4) {
                if entry > 0 || case % 7 == 0 {
                    line.push_str(if below(12) == 0 { " " } else { "," });
                }
                let parts = [tokens[2 + below(4)], ":", tokens[below(tokens.len())]];
                parts.iter().for_each(|part| line.push_str(part));
                if below(3) == 0 {
                    line.push_str(tokens[below(tokens.len())]);
                }
            }
            line.push_str(if below(9) == 0 { "" } else { "}" });
            let Some(entries) = cut(&line) else { continue };
            cut_here += 1;
            let parsed = Json::parse(&line).unwrap_or_else(|error| panic!("{line}: {error}"));
            assert_eq!(parsed.entries().len(), entries.len(), "{line}");
            for ((name, value), (key, kind, text)) in parsed.entries().iter().zip(&entries) {
                assert_eq!(name, key, "{line}");
                match kind {
                    Kind::Text | Kind::Escaped => assert_eq!(value, &Json::Text(text.as_str().into()), "{line}"),
                    Kind::Null => assert_eq!(value, &Json::Null, "{line}"),
                    Kind::Other => assert_eq!(Ok(value.clone()), Json::parse(text), "{line}"),
                }
            }
        }
        assert!(cut_here > 20_000, "{cut_here} objects were cut: the cases say little");
    }

    #[test]
    fn what_is_not_plain_is_said() {
        for line in [
            "",
            "[]",
            "{",
            r#"{"a":{}}"#,
            r#"{"a":[[]]}"#,
            r#"{"\u0061":1}"#,
            r#"{"a":"\x"}"#,
            r#"{"a":"\udc00"}"#,
            "{\"a\":\"\u{1}\"}",
            r#"{"a":1}}"#,
        ] {
            assert_eq!(cut(line), None, "{line}");
        }
        assert_eq!(cut("{}").map(|entries| entries.len()), Some(0));
        assert_eq!(cut(r#" { "a" : "b" , "c":[1,"]"] } "#).map(|entries| entries.len()), Some(2));
    }

    #[test]
    fn a_nested_record_is_cut_with_where_its_entries_stand() {
        let line = r##"{"Event":{"#attributes":{"xmlns":"x"},"System":{"Provider":{"#attributes":{"Name":"p"}},"EventID":1},"EventData":{"Image":"c:\\a","N":null}}}"##;
        let mut entries = Vec::new();
        let cut = nested(line, |part, key, kind, value| {
            entries.push(format!("{part:?} {key} {kind:?} {}", value.of(line)));
            true
        });
        assert_eq!(cut, Some(Spelling::Plain));
        let wanted = [
            "Other xmlns Text x",
            "Attribute(\"Provider\") Name Text p",
            "System EventID Other 1",
            r"Data Image Escaped c:\\a",
            "Data N Null null",
        ];
        assert_eq!(entries, wanted);
        for other in [
            r#"{"Event":{"EventData":{}}}"#,
            r#"{"Event":{"System":{}},"a":1}"#,
            r#"{"Event":{"System":{},"System":{}}}"#,
            r#"{"Event":{"System":{},"UserData":{}}}"#,
            r##"{"Event":{"System":{"EventID":{"#text":1}}}}"##,
            r#"{"Event":{"System":{},"EventData":{"Data":{}}}}"#,
            r#"{"Event":{"System":{}}} x"#,
        ] {
            assert_eq!(nested(other, |_, _, _, _| true), None, "{other}");
        }
    }
}
