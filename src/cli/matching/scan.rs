//! Where a JSON value ends, told while it is read.
//!
//! In: bytes, as many at a time as there are. Out: whether the value goes on, where it ended, or where it can no longer be one. Law: what
//! is called wrong no parser takes; what is called done may still be wrong inside a number, a word or a string, and the parser says so.

/// Deeper than any reader of events goes.
const DEEPEST: usize = 128;

#[derive(Debug)]
pub struct Scan {
    /// What is open, the innermost last: `{` or `[`.
    open: Vec<u8>,
    awaits: Awaits,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Awaits {
    Value,
    /// Or the end of the list.
    FirstValue,
    Key,
    /// Or the end of the object.
    FirstKey,
    Colon,
    CommaOrEnd,
    /// Inside a string; of a key?
    Text(bool),
    /// What follows a backslash in it.
    Escaped(bool),
    /// Inside a number or a word.
    Word,
}

#[derive(Debug, PartialEq)]
pub enum Found {
    /// The value goes on behind these bytes.
    More,
    /// It ended before this byte.
    Done(usize),
    /// This byte cannot follow.
    Wrong(usize),
}

impl Scan {
    pub fn new() -> Scan {
        Scan { open: Vec::new(), awaits: Awaits::Value }
    }

    pub fn feed(&mut self, bytes: &[u8]) -> Found {
        for (at, byte) in bytes.iter().enumerate() {
            match self.take(*byte) {
                Took::Whole if self.open.is_empty() => return Found::Done(at + 1),
                Took::It | Took::Whole => {}
                Took::Before => return Found::Done(at),
                Took::Not => return Found::Wrong(at),
            }
        }
        Found::More
    }

    fn take(&mut self, byte: u8) -> Took {
        let is_blank = matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        match (self.awaits, byte) {
            (Awaits::Text(key), b'"') => self.close_text(key),
            (Awaits::Text(key), b'\\') => self.then(Awaits::Escaped(key)),
            (Awaits::Text(_), 0..0x20) | (Awaits::Escaped(_), 0..0x20) => Took::Not,
            (Awaits::Text(_), _) => Took::It,
            (Awaits::Escaped(key), _) => self.then(Awaits::Text(key)),
            (Awaits::Word, b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'+' | b'-' | b'.') => Took::It,
            (Awaits::Word, _) if self.open.is_empty() => Took::Before,
            (Awaits::Word, _) => {
                self.awaits = Awaits::CommaOrEnd;
                self.take(byte)
            }
            (_, _) if is_blank => Took::It,
            (Awaits::FirstKey | Awaits::CommaOrEnd, b'}') if self.open.last() == Some(&b'{') => self.close(),
            (Awaits::FirstValue | Awaits::CommaOrEnd, b']') if self.open.last() == Some(&b'[') => self.close(),
            (Awaits::Key | Awaits::FirstKey, b'"') => self.then(Awaits::Text(true)),
            (Awaits::Colon, b':') => self.then(Awaits::Value),
            (Awaits::CommaOrEnd, b',') => {
                let in_object = self.open.last() == Some(&b'{');
                self.then(if in_object { Awaits::Key } else { Awaits::Value })
            }
            (Awaits::Value | Awaits::FirstValue, b'"') => self.then(Awaits::Text(false)),
            (Awaits::Value | Awaits::FirstValue, b'{' | b'[') if self.open.len() < DEEPEST => {
                self.open.push(byte);
                self.then(if byte == b'{' { Awaits::FirstKey } else { Awaits::FirstValue })
            }
            (Awaits::Value | Awaits::FirstValue, b'-' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z') => self.then(Awaits::Word),
            (Awaits::Value | Awaits::FirstValue | Awaits::Key | Awaits::FirstKey | Awaits::Colon | Awaits::CommaOrEnd, _) => Took::Not,
        }
    }

    fn then(&mut self, next: Awaits) -> Took {
        self.awaits = next;
        Took::It
    }

    fn close_text(&mut self, key: bool) -> Took {
        self.awaits = if key { Awaits::Colon } else { Awaits::CommaOrEnd };
        if key { Took::It } else { Took::Whole }
    }

    fn close(&mut self) -> Took {
        self.open.pop();
        self.awaits = Awaits::CommaOrEnd;
        Took::Whole
    }
}

enum Took {
    It,
    /// A value ended with it.
    Whole,
    /// The value ended before it.
    Before,
    Not,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str) -> Found {
        Scan::new().feed(text.as_bytes())
    }

    #[test]
    fn the_end_of_a_value() {
        for (text, end) in [
            (r#"{"a":1}x"#, 7),
            ("{}", 2),
            ("[]]", 2),
            (r#""}" "#, 3),
            ("12,", 2),
            ("true]", 4),
            (r#"{"a" : ["\"]}", {}, -1.5e+3], "b":{"c":null}} {"#, 45),
        ] {
            assert_eq!(whole(text), Found::Done(end), "{text}");
        }
        assert_eq!(whole("12"), Found::More, "more digits may follow");
    }

    #[test]
    fn where_it_goes_wrong() {
        for (text, at) in [
            ("{'a':1}", 1),
            (r#"{"a":1,}"#, 7),
            ("[1,]", 3),
            (r#"{"a" 1}"#, 5),
            (r#"{"a":1]"#, 6),
            ("{\"a\":\"b\nc\"}", 7),
            (r#"{"a":{"b":1} {"#, 13),
            ("]", 0),
        ] {
            assert_eq!(whole(text), Found::Wrong(at), "{text}");
        }
        assert_eq!(whole(&"[".repeat(DEEPEST + 1)), Found::Wrong(DEEPEST));
    }

    /// In one piece or byte by byte; and what it calls done or wrong a parser agrees with.
    #[test]
    fn as_a_parser_says() {
        let texts =
            [r#"{"a":[1,{"b":"x\\\"y"},null]}"#, r#"[{"a":{}},"",-0.5]"#, "{\"k\": [true, false],\r\n\t\"l\": {}}", r#"{"a":"é\u00e9"}"#];
        for text in texts {
            assert_eq!(whole(text), Found::Done(text.len()));
            let mut scan = Scan::new();
            let steps: Vec<Found> = text.as_bytes().iter().map(|byte| scan.feed(&[*byte])).collect();
            assert!(steps[..steps.len() - 1].iter().all(|found| *found == Found::More) && steps.last() == Some(&Found::Done(1)), "{text}");
            for cut in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
                for put in ["", "{", "}", "[", "]", ",", ":", "\"", "1", "\\", "\n"] {
                    let changed = format!("{}{put}{}", &text[..cut], &text[cut..]);
                    let parses = serde_json::from_str::<serde_json::Value>(&changed).is_ok();
                    assert!(!(parses && whole(&changed) != Found::Done(changed.len())), "{changed}");
                    assert!(!(parses && matches!(whole(&changed), Found::Wrong(_))), "{changed}");
                }
            }
        }
    }
}
