//! Source texts and places in them.
//!
//! In: the name and the text of a file. Out: a [`FileId`] to name it by, and for any [`Span`] the line and column a person would count.
//! A `Span` is half-open, in bytes of UTF-8. Lines and columns count from 1, columns in Unicode scalars, ends are exclusive.
//! Nothing here reads a file: `project` and `cli` do.

use std::sync::OnceLock;

/// Names one text of a [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(u32);

/// A half-open range of bytes in one text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    pub file: FileId,
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn new(file: FileId, start: usize, end: usize) -> Span {
        Span { file, start: start as u32, end: end as u32 }
    }

    /// From the start of this span to the end of the other one, which is in the same text.
    pub fn to(self, end: Span) -> Span {
        debug_assert_eq!(self.file, end.file);
        Span { file: self.file, start: self.start.min(end.start), end: self.end.max(end.end) }
    }

    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// Adds places to a list of them, each once.
pub fn add_places(list: &mut Vec<Span>, places: &[Span]) {
    for place in places {
        if !list.contains(place) {
            list.push(*place);
        }
    }
}

/// All texts of a run. A file that could not be read stands here with an empty text, so that a diagnostic can name it.
#[derive(Default, Debug)]
pub struct Sources {
    files: Vec<SourceFile>,
}

#[derive(Debug)]
struct SourceFile {
    name: String,
    text: String,
    /// Byte offsets at which lines start; the first is 0. Counted when a place is asked for: of most texts nobody asks.
    lines: OnceLock<Vec<u32>>,
    /// The number of the first line.
    first: usize,
}

/// A span as people count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Place {
    pub line: usize,
    pub column: usize,
    pub end_line: usize,
    pub end_column: usize,
}

impl Sources {
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        self.add_part(name, text, 1)
    }

    /// Adds a part of a text that is too long to keep: its first line has this number.
    pub fn add_part(&mut self, name: impl Into<String>, text: impl Into<String>, first: usize) -> FileId {
        self.files.push(SourceFile { name: name.into(), text: text.into(), lines: OnceLock::new(), first });
        FileId(self.files.len() as u32 - 1)
    }

    pub fn ids(&self) -> impl Iterator<Item = FileId> + use<> {
        (0..self.files.len() as u32).map(FileId)
    }

    pub fn name(&self, file: FileId) -> &str {
        &self.files[file.0 as usize].name
    }

    pub fn text(&self, file: FileId) -> &str {
        &self.files[file.0 as usize].text
    }

    pub fn slice(&self, span: Span) -> &str {
        &self.text(span.file)[span.range()]
    }

    pub fn place(&self, span: Span) -> Place {
        let (line, column) = self.line_column(span.file, span.start);
        let (end_line, end_column) = self.line_column(span.file, span.end);
        Place { line, column, end_line, end_column }
    }

    /// The bytes of a line, by its number, without its end; empty beyond the last.
    pub fn line(&self, file: FileId, line: usize) -> std::ops::Range<usize> {
        let source = &self.files[file.0 as usize];
        let index = line.saturating_sub(source.first);
        let lines = source.lines();
        let Some(start) = lines.get(index) else { return source.text.len()..source.text.len() };
        let start = *start as usize;
        let end = lines.get(index + 1).map_or(source.text.len(), |next| *next as usize - 1);
        start..start + source.text[start..end].strip_suffix('\r').map_or(end - start, str::len)
    }

    fn line_column(&self, file: FileId, at: u32) -> (usize, usize) {
        let source = &self.files[file.0 as usize];
        let lines = source.lines();
        let line = lines.partition_point(|start| *start <= at) - 1;
        let mut at = (at as usize).min(source.text.len());
        while !source.text.is_char_boundary(at) {
            at -= 1;
        }
        let column = source.text[lines[line] as usize..at].chars().count();
        (line + source.first, column + 1)
    }
}

impl SourceFile {
    fn lines(&self) -> &[u32] {
        self.lines.get_or_init(|| std::iter::once(0).chain(self.text.match_indices('\n').map(|(at, _)| at as u32 + 1)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_scalars_from_one() {
        let mut sources = Sources::default();
        let file = sources.add("x.spoor", "añb\r\n\tc\n");
        let place = |start, end| {
            let place = sources.place(Span::new(file, start, end));
            (place.line, place.column, place.end_line, place.end_column)
        };
        assert_eq!(place(0, 3), (1, 1, 1, 3));
        assert_eq!(place(3, 7), (1, 3, 2, 2));
        assert_eq!(place(9, 9), (3, 1, 3, 1));
        assert_eq!(place(2, 99), (1, 2, 3, 1), "inside a scalar and beyond the end");
    }

    #[test]
    fn a_part_keeps_the_numbers_of_its_lines() {
        let mut sources = Sources::default();
        let file = sources.add_part("x.jsonl", "{}\n[]", 1000);
        assert_eq!(sources.place(Span::new(file, 3, 5)), Place { line: 1001, column: 1, end_line: 1001, end_column: 3 });
        assert_eq!(sources.line(file, 1001), 3..5);
    }

    #[test]
    fn a_line_has_no_end() {
        let mut sources = Sources::default();
        let file = sources.add("x.spoor", "a\r\nb\n");
        let lines: Vec<&str> = (1..5).map(|line| &sources.text(file)[sources.line(file, line)]).collect();
        assert_eq!(lines, ["a", "b", "", ""]);
    }
}
