//! The lines of a text that a picture shows, fit for a terminal.
//!
//! In: a text and the spans to be shown in it. Out: the few lines they stand on, each with the way from a byte of the text to a byte
//! of what is shown. Law: nothing shown is longer than [`WIDTH`] or so, however long the line is (it is cut around its spans), and no
//! control character or direction override of the text reaches the terminal. Which marks stand under a line is `render`'s matter.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use crate::source::{FileId, Sources, Span};

/// A line up to this many bytes is shown whole.
pub const WIDTH: usize = 240;
/// What is kept on each side of a span's ends in a longer one.
pub const AROUND: usize = 60;
/// A span over more lines than this is shown by its first line.
const TALL: usize = 12;

/// Lines of one text, as shown.
pub struct Excerpt {
    pub file: FileId,
    /// By the number of the line, from 1.
    lines: BTreeMap<usize, Line>,
    pub text: String,
}

struct Line {
    /// Where the line stands in [`Excerpt::text`].
    shown: Range<usize>,
    /// For each piece of it the byte of the source that it begins at, and the byte of `text`.
    pieces: Vec<(usize, usize)>,
}

impl Excerpt {
    /// What of `file` must be seen to understand these spans, all of which are in it.
    pub fn new(sources: &Sources, file: FileId, spans: &[Span]) -> Excerpt {
        let mut points: BTreeMap<usize, Vec<Range<usize>>> = BTreeMap::new();
        for span in spans {
            let span = seen(sources, *span);
            let place = sources.place(span);
            points.entry(place.line).or_default().push(span.start as usize..span.start as usize);
            points.entry(place.end_line).or_default().push(span.end as usize..span.end as usize);
            for line in place.line..place.end_line {
                points.entry(line).or_default();
            }
        }
        // A single line between two that are shown is shown as well: a mark for what is left out would take as much room.
        let numbers: Vec<usize> = points.keys().copied().collect();
        for pair in numbers.windows(2) {
            if pair[1] - pair[0] == 2 {
                points.insert(pair[0] + 1, Vec::new());
            }
        }
        let mut excerpt = Excerpt { file, lines: BTreeMap::new(), text: String::new() };
        for (number, points) in points {
            excerpt.push(sources, number, &points);
        }
        excerpt
    }

    fn push(&mut self, sources: &Sources, number: usize, points: &[Range<usize>]) {
        let range = sources.line(self.file, number);
        let source = sources.text(self.file);
        let start = self.text.len();
        let mut pieces = Vec::new();
        let mut at = range.start;
        for kept in kept(source, &range, points) {
            if kept.start > at {
                pieces.push((at, self.text.len()));
                self.text.push('…');
            }
            for (index, ch) in source[kept.clone()].char_indices() {
                pieces.push((kept.start + index, self.text.len()));
                self.text.push(visible(ch));
            }
            at = kept.end;
        }
        if at < range.end {
            pieces.push((at, self.text.len()));
            self.text.push('…');
        }
        let shown = start..self.text.len();
        self.text.push('\n');
        self.lines.insert(number, Line { shown, pieces });
    }

    /// Where a line stands in [`Excerpt::text`]; nowhere if it is not shown.
    pub fn line(&self, number: usize) -> Range<usize> {
        self.lines.get(&number).map_or(0..0, |line| line.shown.clone())
    }

    /// The line, counted from 1, that a byte of [`Excerpt::text`] is on.
    pub fn line_at(&self, shown: usize) -> usize {
        self.lines.iter().rev().find(|(_, line)| line.shown.start <= shown).map_or(1, |(number, _)| *number)
    }

    /// The place in the text of a byte of [`Excerpt::text`].
    pub fn source_of(&self, sources: &Sources, shown: usize) -> Span {
        let number = self.line_at(shown);
        let end = sources.line(self.file, number).end;
        let at = self.lines.get(&number).map_or(end, |line| {
            let after = line.pieces.partition_point(|(_, at)| *at <= shown);
            if shown >= line.shown.end || after == 0 { end } else { line.pieces[after - 1].0 }
        });
        Span::new(self.file, at, at)
    }

    /// A span as bytes of [`Excerpt::text`].
    pub fn locate(&self, sources: &Sources, span: Span) -> Range<usize> {
        let span = seen(sources, span);
        let place = sources.place(span);
        let start = self.lines.get(&place.line).map_or(0, |line| line.containing(span.start as usize));
        let end = self.lines.get(&place.end_line).map_or(start, |line| line.reaching(span.end as usize));
        start..end.max(start)
    }
}

impl Line {
    fn containing(&self, at: usize) -> usize {
        let after = self.pieces.partition_point(|(source, _)| *source <= at);
        match self.pieces.get(after) {
            Some(_) if after > 0 => self.pieces[after - 1].1,
            Some(first) => first.1,
            // In the last piece, or beyond the end of the line.
            None => self.pieces.last().filter(|(source, _)| *source == at).map_or(self.shown.end, |(_, shown)| *shown),
        }
    }

    fn reaching(&self, at: usize) -> usize {
        let first = self.pieces.partition_point(|(source, _)| *source < at);
        self.pieces.get(first).map_or(self.shown.end, |(_, shown)| *shown)
    }
}

/// The part of a span that is shown: no line end at its end, and the first line only of what is too tall.
fn seen(sources: &Sources, span: Span) -> Span {
    let length = sources.text(span.file).len();
    let (start, mut end) = ((span.start as usize).min(length), (span.end as usize).min(length));
    let text = &sources.text(span.file).as_bytes()[start..end.max(start)];
    end = start + text.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r')).map_or(0, |last| last + 1);
    let place = sources.place(Span::new(span.file, start, end));
    if place.end_line - place.line >= TALL {
        end = sources.line(span.file, place.line).end.max(start);
    }
    Span::new(span.file, start, end)
}

/// The parts of a line that are shown: all of it, or what is around the points.
fn kept(source: &str, line: &Range<usize>, points: &[Range<usize>]) -> Vec<Range<usize>> {
    if line.len() <= WIDTH {
        return vec![line.clone()];
    }
    let mut kept: Vec<Range<usize>> = Vec::new();
    let mut points: Vec<usize> = points.iter().map(|point| point.start).collect();
    points.sort_unstable();
    if points.is_empty() {
        points.push(line.start);
    }
    for point in points {
        let start = floor(source, point.saturating_sub(AROUND).max(line.start));
        let end = floor(source, (point + AROUND).min(line.end));
        match kept.last_mut() {
            Some(last) if start <= last.end => last.end = last.end.max(end),
            _ => kept.push(start..end.max(start)),
        }
    }
    kept
}

pub fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A character as it may go to a terminal: a control character as its picture, what turns the direction of writing as U+FFFD.
fn visible(ch: char) -> char {
    match ch {
        '\t' => '\t',
        '\0'..='\x1f' => char::from_u32(0x2400 + ch as u32).unwrap_or(char::REPLACEMENT_CHARACTER),
        '\x7f' => '\u{2421}',
        '\u{80}'..='\u{9f}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => {
            char::REPLACEMENT_CHARACTER
        }
        _ => ch,
    }
}

/// A sentence that may quote a text of any length and content.
pub fn sentence(text: &str) -> Cow<'_, str> {
    let short = text.len() <= 2 * WIDTH;
    if short && text.chars().all(|ch| ch == '\n' || (ch != '\t' && visible(ch) == ch)) {
        return Cow::Borrowed(text);
    }
    let clean = |part: &str| part.chars().map(|ch| if matches!(ch, '\n') { ch } else { visible(ch) }).collect::<String>();
    if short {
        return Cow::Owned(clean(text));
    }
    let (head, tail) = (floor(text, WIDTH), floor(text, text.len() - AROUND));
    Cow::Owned(format!("{}…{}", clean(&text[..head]), clean(&text[tail..])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excerpt(text: &str, range: Range<usize>) -> (String, String) {
        let mut sources = Sources::default();
        let file = sources.add("x", text);
        let span = Span::new(file, range.start, range.end);
        let excerpt = Excerpt::new(&sources, file, &[span]);
        let marked = excerpt.text[excerpt.locate(&sources, span)].to_owned();
        (excerpt.text, marked)
    }

    #[test]
    fn a_short_line_is_whole() {
        assert_eq!(excerpt("a\r\nbcd\r\ne", 4..5), ("bcd\n".into(), "c".into()));
    }

    #[test]
    fn a_long_line_is_cut_around_the_span() {
        let text = format!("{}here{}", "é".repeat(5000), "y".repeat(5_000_000));
        let (shown, marked) = excerpt(&text, 10_000..10_004);
        assert_eq!(marked, "here");
        assert!(shown.starts_with("…é") && shown.ends_with("y…\n") && shown.len() < WIDTH + 10, "{shown}");
    }

    #[test]
    fn a_long_span_is_cut_in_its_middle() {
        let text = format!("a {} z", "x".repeat(10_000));
        let (shown, marked) = excerpt(&text, 2..10_002);
        assert!(marked.starts_with("xxx") && marked.contains("x…x") && marked.ends_with("xxx"), "{marked}");
        assert!(shown.ends_with("x z\n"));
    }

    #[test]
    fn a_terminal_never_sees_a_control_character() {
        let (shown, marked) = excerpt("a\x1b[31mb\u{202e}c", 1..2);
        assert_eq!((shown.as_str(), marked.as_str()), ("a␛[31mb\u{fffd}c\n", "␛"));
        assert_eq!(sentence("unknown `\x1b[2J`"), "unknown `␛[2J`");
    }

    #[test]
    fn a_tall_span_is_its_first_line() {
        let text = "line\n".repeat(100_000);
        let (shown, marked) = excerpt(&text, 0..text.len());
        assert_eq!((shown.as_str(), marked.as_str()), ("line\n", "line"));
    }

    #[test]
    fn the_end_of_the_text_has_a_place() {
        assert_eq!(excerpt("ab", 2..2), ("ab\n".into(), "".into()));
        assert_eq!(excerpt("ab\n", 3..3), ("\n".into(), "".into()));
        assert_eq!(excerpt("", 0..0), ("\n".into(), "".into()));
        assert_eq!(excerpt("ab", 1..99), ("ab\n".into(), "b".into()));
    }
}
