//! JSON to events: one object a line, or whatever way the objects stand in the text.
//!
//! In: text. Out: each object, with the number of the line on which it begins; where the text is a list (or `{"Records": [..]}`), with its number in it. A
//! line that is an object is read as such at once. A line that only begins one (or a list) is read on from there, until the object
//! ends, an element of a list by itself. Law: memory is that of one object. One that breaks off takes none of the others with
//! it: after a mistake reading goes on at the next line that begins an object and stands no further in than the broken one.
//! Where other threads ask, `blocks` hands them the lines; what is no line by itself is read here.

use std::borrow::Cow;
use std::io::{self, BufRead, Read};

use super::again::{Again, skip_line};
use super::found::Unit;
use super::run::{LONGEST, Source};
use super::scan::{Found, Scan};
use super::stop::Idle;
use crate::diag::events;
use crate::engine::shape::ShapeError;

pub fn read(source: &mut Source<'_, '_>, input: Box<dyn BufRead>, idle: Option<Idle>) -> io::Result<()> {
    let mut text = Text { source, input: Again::new(input, idle), number: 0, items: None, begun: false, in_envelope: false };
    text.read()?;
    if !text.begun && !text.source.is_closed() {
        text.source.note("nothing but blanks is in it");
    }
    Ok(())
}

pub struct Text<'t, 'r, 'e> {
    pub source: &'t mut Source<'r, 'e>,
    pub input: Again,
    /// The lines that are read whole.
    pub number: u64,
    /// The text is a list: how many of its elements were read.
    pub items: Option<u64>,
    /// Something stood in it.
    pub begun: bool,
    /// The list is what an object holds, whose end is still to come.
    pub in_envelope: bool,
}

/// Where an object or an element stands.
struct Element {
    /// The number of its first line, and how far in that line is.
    line: u64,
    indent: usize,
    in_list: bool,
}

/// Where reading is in its line.
struct Place {
    /// On a line of which nothing was read.
    fresh: bool,
    /// Nothing but blanks stands before.
    start: bool,
    indent: usize,
}

impl Text<'_, '_, '_> {
    /// Reads so many lines, or what else begins on them; whether the text is over.
    pub fn lines(&mut self, most: u64) -> io::Result<bool> {
        let mut line = Vec::new();
        for _ in 0..most {
            if self.source.is_closed() {
                return Ok(true);
            }
            line.clear();
            self.wait()?;
            // A list may be one line, longer than all that is kept.
            if self.open_envelope()? || self.input.fill_buf()?.first() == Some(&b'[') {
                self.list()?;
                continue;
            }
            if (&mut self.input).take(LONGEST).read_until(b'\n', &mut line)? == 0 {
                return Ok(true);
            }
            let cut = line.len() as u64 == LONGEST && !line.ends_with(b"\n");
            let bytes = line.trim_ascii();
            match bytes.first() {
                None => {}
                Some(b'[') => {
                    self.input.unread(std::mem::take(&mut line));
                    self.list()?;
                    continue;
                }
                Some(_) if cut => {
                    self.too_long(bytes, self.number + 1);
                    skip_line(&mut self.input)?;
                }
                Some(_) if self::line(self.source, bytes, self.number + 1, &mut self.items) => {}
                Some(_) => {
                    self.input.unread(std::mem::take(&mut line));
                    self.documents()?;
                    continue;
                }
            }
            self.begun |= !bytes.is_empty();
            self.number += 1;
        }
        Ok(false)
    }

    /// Until there is something to read, time passes.
    fn wait(&mut self) -> io::Result<()> {
        while self.input.is_idle()? {
            self.source.time_passes();
        }
        Ok(())
    }

    /// Goes up to the list of events, where an object begins here that holds one: so CloudTrail writes its files, and Azure its messages.
    fn open_envelope(&mut self) -> io::Result<bool> {
        loop {
            let block = self.input.fill_buf()?;
            let is_long = block.len() > LONGEST_HEAD;
            match envelope(block) {
                Envelope::List(at) => {
                    self.number += newlines(&block[..at]);
                    self.input.consume(at);
                    self.in_envelope = true;
                    return Ok(true);
                }
                Envelope::None => return Ok(false),
                Envelope::Open if is_long || !self.input.more()? => return Ok(false),
                Envelope::Open => {}
            }
        }
    }

    /// Reads a list, and what stands behind it on its last line.
    fn list(&mut self) -> io::Result<()> {
        if !self.begun {
            self.items = Some(0);
            self.source.begin(Unit::Item);
        }
        self.begun = true;
        self.documents()
    }

    /// Reads objects from here, until a line ends behind one: what begins on a line of its own is read as a line.
    fn documents(&mut self) -> io::Result<()> {
        let mut at = Place { fresh: false, start: true, indent: 0 };
        let mut in_list = false;
        while !self.source.is_closed() {
            let Some(byte) = self.next(&mut at)? else {
                if in_list || self.in_envelope {
                    let open = if in_list { "the list has no end" } else { "the object around the list has no end" };
                    self.source.wrong("", self.number + 1, (0, 0), |span| events::broken_document(span, open, None));
                }
                return Ok(());
            };
            if at.fresh && !in_list && !(self.in_envelope && byte == b'}') {
                return Ok(());
            }
            (at.fresh, at.start) = (false, false);
            match byte {
                b'[' if !in_list => in_list = true,
                b']' if in_list => in_list = false,
                b'}' if self.in_envelope && !in_list => self.in_envelope = false,
                // What stands behind the list in the object around it is no event.
                b'"' | b':' if self.in_envelope && !in_list => {
                    if byte == b':' {
                        self.input.consume(1);
                        self.next(&mut at)?;
                    }
                    self.pass_over()?;
                    continue;
                }
                // Also where somebody took the brackets off.
                b',' => {}
                b'{' if !in_list && !self.in_envelope && self.open_envelope()? => continue,
                _ if in_list || byte == b'{' => {
                    self.element(Element { line: self.number + 1, indent: at.indent, in_list })?;
                    continue;
                }
                _ => {
                    let mut rest = Vec::new();
                    (&mut self.input).take(LONGEST).read_until(b'\n', &mut rest)?;
                    let rest = String::from_utf8_lossy(rest.trim_ascii()).into_owned();
                    let number = self.number + 1;
                    self.source.wrong(&rest, number, (0, rest.len()), |span| events::broken_document(span, "no object begins here", None));
                    self.number += 1;
                    return Ok(());
                }
            }
            self.input.consume(1);
        }
        Ok(())
    }

    /// Reads a value that is nothing here; what is wrong with it is told of what stands behind.
    fn pass_over(&mut self) -> io::Result<()> {
        let mut scan = Scan::new();
        loop {
            let block = self.input.fill_buf()?;
            let (length, is_over) = match scan.feed(block) {
                Found::More => (block.len(), block.is_empty()),
                Found::Done(length) => (length, true),
                Found::Wrong(at) => (at.max(1).min(block.len()), true),
            };
            self.number += newlines(&block[..length]);
            self.input.consume(length);
            if is_over {
                return Ok(());
            }
        }
    }

    /// The next byte that is no blank, still to be read.
    fn next(&mut self, at: &mut Place) -> io::Result<Option<u8>> {
        loop {
            self.wait()?;
            let block = self.input.fill_buf()?;
            let blanks = block.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            for byte in &block[..blanks] {
                if *byte == b'\n' {
                    *at = Place { fresh: true, start: true, indent: 0 };
                    self.number += 1;
                } else if at.start {
                    at.indent += 1;
                }
            }
            let found = block.get(blanks).copied();
            let is_end = block.is_empty();
            self.input.consume(blanks);
            if found.is_some() || is_end {
                return Ok(found);
            }
        }
    }

    /// Reads one value, which is an event or a mistake.
    fn element(&mut self, element: Element) -> io::Result<()> {
        let mut scan = Scan::new();
        let mut text = Vec::new();
        self.begun = true;
        loop {
            let block = self.input.fill_buf()?;
            if block.is_empty() {
                return self.broken(element, text, "the text ends inside of it");
            }
            match scan.feed(block) {
                Found::More => {
                    let length = block.len();
                    text.extend_from_slice(block);
                    self.input.consume(length);
                    if text.len() as u64 > LONGEST {
                        return self.endless(element, &text);
                    }
                }
                Found::Done(length) => {
                    text.extend_from_slice(&block[..length]);
                    self.input.consume(length);
                    self.whole(&element, &text);
                    self.number = element.line - 1 + newlines(&text);
                    return Ok(());
                }
                Found::Wrong(at) => {
                    text.extend_from_slice(&block[..=at]);
                    self.input.consume(at + 1);
                    return self.broken(element, text, "");
                }
            }
        }
    }

    /// A value that has an end.
    fn whole(&mut self, element: &Element, bytes: &[u8]) {
        let number = match &mut self.items {
            Some(items) => {
                *items += 1;
                *items
            }
            None => element.line,
        };
        let lossy = letters(bytes);
        let text = lossy.as_ref();
        let is_lossy = matches!(lossy, Cow::Owned(_));
        match self.source.event(text, number) {
            Ok(_) if is_lossy => self.source.mended(),
            Ok(_) => {}
            Err(ShapeError::NotAnObject(_)) if is_lossy => not_utf8(self.source, first_line(bytes), element.line),
            Err(ShapeError::NotAnObject(reason)) => match mistake(text) {
                Some((start, reason)) => self.mistake(element.line, text, start, &reason, None),
                None => {
                    let shown = text.lines().next().unwrap_or_default();
                    self.source.wrong(shown, element.line, (0, shown.len()), |span| events::broken_document(span, &reason, None));
                }
            },
            Err(error) => {
                let shown = text.lines().next().unwrap_or_default();
                self.source.wrong(shown, element.line, (0, shown.len()), |span| error.diagnostic(span));
            }
        }
    }

    /// A value that cannot be one: `text` ends with the byte that does not belong, or with the source. Reading goes on behind it.
    fn broken(&mut self, element: Element, text: Vec<u8>, reason: &str) -> io::Result<()> {
        let lossy = String::from_utf8_lossy(&text).into_owned();
        let found = mistake(&lossy).filter(|_| reason.is_empty());
        let (start, reason) = found.unwrap_or_else(|| (lossy.trim_end().len(), reason.to_owned()));
        self.items = self.items.map(|items| items + 1);
        self.number = element.line;
        // The lines behind the first may hold whole events: a line that was cut off is no reason to lose them.
        match text.iter().position(|byte| *byte == b'\n') {
            Some(end) => {
                self.input.unread(text[end + 1..].to_owned());
                self.resume(&element)?;
            }
            None => {
                skip_line(&mut self.input)?;
                if element.in_list {
                    self.resume(&element)?;
                }
            }
        }
        let passed = (element.line, self.number);
        self.mistake(element.line, &lossy, start, &reason, Some(passed));
        Ok(())
    }

    fn endless(&mut self, element: Element, text: &[u8]) -> io::Result<()> {
        self.too_long(first_line(text), element.line);
        self.number = element.line + newlines(text);
        skip_line(&mut self.input)?;
        self.resume(&element)
    }

    /// Passes over lines up to one that begins an object no further in; in a list also one that ends it.
    fn resume(&mut self, element: &Element) -> io::Result<()> {
        let mut line = Vec::new();
        loop {
            line.clear();
            if (&mut self.input).take(LONGEST).read_until(b'\n', &mut line)? == 0 {
                return Ok(());
            }
            let indent = line.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            let begins = match line.get(indent) {
                Some(b'{') => true,
                Some(b']') => element.in_list,
                Some(b'[') => !element.in_list,
                Some(_) | None => false,
            };
            if begins && indent <= element.indent {
                self.input.unread(line);
                return Ok(());
            }
            if line.len() as u64 == LONGEST && !line.ends_with(b"\n") {
                skip_line(&mut self.input)?;
            }
            self.number += 1;
        }
    }

    /// Says what is wrong at a place of a document, and shows the line of it.
    fn mistake(&mut self, line: u64, text: &str, at: usize, reason: &str, passed: Option<(u64, u64)>) {
        let before = &text[..at.min(text.len())];
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        let number = line + newlines(before.as_bytes());
        let shown = text[start..].lines().next().unwrap_or_default();
        let at = (at - start).min(shown.len());
        let end = shown[at..].chars().next().map_or(at, |c| at + c.len_utf8());
        self.source.wrong(shown, number, (at, end), |span| events::broken_document(span, reason, passed));
    }

    fn too_long(&mut self, bytes: &[u8], number: u64) {
        const SHOWN: usize = 200;
        let text = String::from_utf8_lossy(&bytes[..bytes.len().min(SHOWN)]);
        let reason = format!("it is longer than {} MB", LONGEST >> 20);
        self.source.wrong(&text, number, (0, text.len()), |span| events::not_an_object(span, &reason));
    }
}

/// Reads one line; false: more begins on it than ends there. `items`: how many elements a list had that stands before it.
pub fn line(source: &mut Source<'_, '_>, bytes: &[u8], number: u64, items: &mut Option<u64>) -> bool {
    // Behind a list its numbers go on.
    let counted = items.map_or(number, |items| items + 1);
    let text = letters(bytes);
    let is_lossy = matches!(text, Cow::Owned(_));
    match source.event(&text, counted) {
        Ok(is_event) => {
            *items = items.map(|items| items + u64::from(is_event));
            if is_lossy {
                source.mended();
            }
        }
        Err(ShapeError::NotAnObject(_)) if begins_more(bytes) => return false,
        Err(ShapeError::NotAnObject(_)) if is_heading(&text) => {}
        Err(ShapeError::NotAnObject(_)) if is_lossy => not_utf8(source, bytes, number),
        Err(error) => source.wrong(&text, number, (0, text.len()), |span| error.diagnostic(span)),
    }
    true
}

/// A text, borrowed where all of it is one: to know that alone is quicker.
fn letters(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

fn not_utf8(source: &mut Source<'_, '_>, bytes: &[u8], number: u64) {
    let text = String::from_utf8_lossy(bytes);
    source.wrong(&text, number, (0, text.len()), |span| events::not_an_object(span, "it is not UTF-8"));
}

/// A line on which an object begins that does not end there, or behind which another one begins.
fn begins_more(line: &[u8]) -> bool {
    line.starts_with(b"{")
        && match Scan::new().feed(line) {
            Found::More => true,
            Found::Done(end) => line[end..].trim_ascii_start().starts_with(b"{") || line[end..].trim_ascii_start().starts_with(b","),
            Found::Wrong(_) => false,
        }
}

/// `Record 7`, as evtx_dump writes it between the records.
fn is_heading(line: &str) -> bool {
    line.strip_prefix("Record ").is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Where the parser stops in a text, and why.
fn mistake(text: &str) -> Option<(usize, String)> {
    let error = serde_json::from_str::<serde::de::IgnoredAny>(text).err()?;
    let before: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let mut at = (before + error.column().saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let said = error.to_string();
    let reason = said.rfind(" at line ").map_or(said.as_str(), |end| &said[..end]);
    Some((at, reason.to_owned()))
}

/// Whether an object begins a text that holds a list of events.
pub enum Envelope {
    None,
    /// So far.
    Open,
    /// And where the list begins.
    List(usize),
}

/// How much may stand before such a list.
const LONGEST_HEAD: usize = 1 << 16;

/// Under which services keep their list of events: CloudTrail and Azure's hubs, Microsoft's tables and Graph, Defender's hunts.
const LISTS: [&str; 5] = ["Records", "records", "value", "Results", "results"];
/// What may stand before it.
const BEFORE: [&str; 8] = ["Count", "count", "@odata.context", "@odata.count", "Stats", "Schema", "NextToken", "nextToken"];

pub fn envelope(text: &[u8]) -> Envelope {
    let blanks = text.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let Some(mut rest) = text[blanks..].strip_prefix(b"{").map(<[u8]>::trim_ascii_start) else { return Envelope::None };
    loop {
        let (name, behind) = match key(rest) {
            Key::Whole(name, behind) => (name, behind.trim_ascii_start()),
            Key::Open => return Envelope::Open,
            Key::Other => return Envelope::None,
        };
        let value = match behind.split_first() {
            None => return Envelope::Open,
            Some((b':', value)) => value.trim_ascii_start(),
            Some(_) => return Envelope::None,
        };
        if LISTS.contains(&name) {
            return match value.split_first() {
                None => Envelope::Open,
                Some((b'[', items)) => match items.trim_ascii_start().first() {
                    None => Envelope::Open,
                    Some(b'{' | b']') => Envelope::List(text.len() - value.len()),
                    Some(_) => Envelope::None,
                },
                Some(_) => Envelope::None,
            };
        }
        rest = match Scan::new().feed(value) {
            Found::More => return Envelope::Open,
            Found::Done(end) => value[end..].trim_ascii_start(),
            Found::Wrong(_) => return Envelope::None,
        };
        rest = match rest.split_first() {
            None => return Envelope::Open,
            Some((b',', next)) => next.trim_ascii_start(),
            Some(_) => return Envelope::None,
        };
    }
}

/// One of the keys that are known here.
enum Key<'t> {
    Whole(&'static str, &'t [u8]),
    /// So far.
    Open,
    Other,
}

fn key(text: &[u8]) -> Key<'_> {
    let Some((first, inner)) = text.split_first() else { return Key::Open };
    if *first != b'"' {
        return Key::Other;
    }
    let known = || LISTS.iter().chain(&BEFORE);
    let whole = known().find_map(|name| inner.strip_prefix(name.as_bytes())?.strip_prefix(b"\"").map(|behind| Key::Whole(name, behind)));
    let is_open = || known().any(|name| name.as_bytes().starts_with(inner) || inner == name.as_bytes());
    whole.unwrap_or_else(|| if is_open() { Key::Open } else { Key::Other })
}

pub fn newlines(bytes: &[u8]) -> u64 {
    // In parts of which each can be counted in a byte, so that many are counted at once.
    let of_part = |part: &[u8]| u64::from(part.iter().map(|byte| u8::from(*byte == b'\n')).sum::<u8>());
    bytes.chunks(255).map(of_part).sum()
}

fn first_line(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == b'\n').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_around_lists() {
        let of = |text: &str| match envelope(text.as_bytes()) {
            Envelope::None => "none".to_owned(),
            Envelope::Open => "open".to_owned(),
            Envelope::List(at) => text[at..].to_owned(),
        };
        for (text, wanted) in [
            (r#"{"Records":[{}]}"#, "[{}]}"),
            (r#" { "records" : [ ] }"#, "[ ] }"),
            (r#"{"Count":1,"Records":[{}"#, "[{}"),
            (r#"{"Stats":{"a":[1]},"Schema":[{"Name":"x"}],"Results":[{"#, "[{"),
            (r#"{"@odata.context":"x","value":[{"#, "[{"),
            (r#"{"Rec"#, "open"),
            (r#"{"Records""#, "open"),
            (r#"{"Count":12"#, "open"),
            (r#"{"value":["#, "open"),
            (r#"{"value":["a"]}"#, "none"),
            (r#"{"value":1}"#, "none"),
            (r#"{"EventID":1,"Records":[{}]}"#, "none"),
            (r#"{"Record":[{}]}"#, "none"),
            ("[{}]", "none"),
            ("", "none"),
        ] {
            assert_eq!(of(text), wanted, "{text}");
        }
    }
}
