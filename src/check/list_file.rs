//! The entries of a list file.
//!
//! In: the text of a file, and the name of a column where it is a table. Out: each entry with its place in that text, or the rows of which
//! nothing can be said. One entry a line, blanks around it cut off; empty lines are none, nor are lines that begin with `#`. A table is CSV
//! (RFC 4180: quotes, doubled quotes, line ends between quotes) whose first row names the columns; rows end in LF or CRLF; cells are parted by
//! commas, or by semicolons or tabs where the first row has the column only so. An empty cell is no entry.
//! Law: every line is an entry, none by this rule, or reported.

use std::ops::Range;

/// One value, as it is written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub text: String,
    /// In bytes of the file.
    pub at: Range<usize>,
}

/// Why a row of a table gives no entry.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fault {
    /// A quote without its end.
    OpenQuote(Range<usize>),
    /// It has so many cells, and not the one that is asked for.
    Short(Range<usize>, usize),
}

#[derive(Debug, Default)]
pub(super) struct Read {
    pub entries: Vec<Entry>,
    pub faults: Vec<Fault>,
}

/// One entry a line.
pub(super) fn lines(text: &str) -> Read {
    let mut entries = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let value = line.trim();
        if !value.is_empty() && !value.starts_with('#') {
            let at = start + (line.len() - line.trim_start().len());
            entries.push(Entry { text: value.to_owned(), at: at..at + value.len() });
        }
        start += line.len();
    }
    Read { entries, faults: Vec::new() }
}

/// The entries of a column; or the columns that there are.
pub(super) fn column(text: &str, name: &str) -> Result<Read, Vec<String>> {
    let rows = |separator| Rows { text, at: 0, separator };
    let place = |separator| {
        let Some(Ok(head)) = rows(separator).next() else { return None };
        head.iter().position(|cell| cell.text == name).map(|index| (separator, index))
    };
    let Some((separator, index)) = [',', ';', '\t'].into_iter().find_map(place) else {
        let head = rows(',').next().and_then(Result::ok).unwrap_or_default();
        return Err(head.into_iter().map(|cell| cell.text).collect());
    };
    let mut read = Read::default();
    for row in rows(separator).skip(1) {
        match row {
            Err(quote) => read.faults.push(Fault::OpenQuote(quote)),
            Ok(row) => match row.get(index) {
                Some(cell) if cell.text.is_empty() => {}
                Some(cell) => read.entries.push(cell.clone()),
                None => {
                    let whole = row[0].at.start..row[row.len() - 1].at.end;
                    read.faults.push(Fault::Short(whole, row.len()));
                }
            },
        }
    }
    Ok(read)
}

/// The rows of a table, each at least one cell; `Err`: the place of a quote that does not end.
struct Rows<'t> {
    text: &'t str,
    at: usize,
    separator: char,
}

impl Iterator for Rows<'_> {
    type Item = Result<Vec<Entry>, Range<usize>>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let rest = &self.text[self.at..];
            let line = rest.split_inclusive('\n').next()?;
            let bare = line.trim();
            if bare.is_empty() || bare.starts_with('#') {
                self.at += line.len();
                continue;
            }
            return Some(self.row());
        }
    }
}

impl Rows<'_> {
    fn row(&mut self) -> Result<Vec<Entry>, Range<usize>> {
        let mut cells = Vec::new();
        loop {
            let (cell, more) = self.cell()?;
            cells.push(cell);
            if !more {
                return Ok(cells);
            }
        }
    }

    /// One cell, and whether another one follows in the row.
    fn cell(&mut self) -> Result<(Entry, bool), Range<usize>> {
        let start = self.at;
        let rest = &self.text[start..];
        let blank = rest.len() - rest.trim_start_matches([' ', '\u{a0}']).len();
        if rest[blank..].starts_with('"') {
            return self.quoted(start + blank);
        }
        let end = rest.find([self.separator, '\n']).unwrap_or(rest.len());
        let more = rest[end..].starts_with(self.separator);
        self.at = start + end + usize::from(end < rest.len());
        let value = rest[..end].trim();
        let at = start + (end - rest[..end].trim_start().len());
        Ok((Entry { text: value.to_owned(), at: at..at + value.len() }, more))
    }

    /// A cell whose quote stands at `open`. What follows its end up to the separator is none of it.
    fn quoted(&mut self, open: usize) -> Result<(Entry, bool), Range<usize>> {
        let mut value = String::new();
        let mut at = open + 1;
        loop {
            let Some(length) = self.text[at..].find('"') else {
                let line = self.text[open..].lines().next().map_or(open, |line| open + line.len());
                // Nothing behind it can be told apart.
                self.at = self.text.len();
                return Err(open..line);
            };
            value.push_str(&self.text[at..at + length]);
            at += length + 1;
            if !self.text[at..].starts_with('"') {
                break;
            }
            value.push('"');
            at += 1;
        }
        let rest = &self.text[at..];
        let end = rest.find([self.separator, '\n']).unwrap_or(rest.len());
        let more = rest[end..].starts_with(self.separator);
        self.at = at + end + usize::from(end < rest.len());
        if !rest[..end].trim().is_empty() {
            return Err(open..at + end);
        }
        Ok((Entry { text: value.trim().to_owned(), at: open..at }, more))
    }
}

/// A character that a reader of the file cannot see, and where it stands in the entry.
pub(super) fn hidden(text: &str) -> Option<(usize, char)> {
    let is_hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{a0}' | '\u{ad}' | '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{2060}'..='\u{2069}' | '\u{3000}' | '\u{feff}')
    };
    text.char_indices().find(|(_, c)| is_hidden(*c) && *c != '\t')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(read: &Read) -> Vec<&str> {
        read.entries.iter().map(|entry| entry.text.as_str()).collect()
    }

    #[test]
    fn lines_are_entries_but_for_comments() {
        let text = "# bad\r\n\r\n  a.example \r\n\tb.example\n#c\n1 # 2";
        let read = lines(text);
        assert_eq!(texts(&read), ["a.example", "b.example", "1 # 2"]);
        assert!(read.entries.iter().all(|entry| text[entry.at.clone()] == entry.text));
    }

    #[test]
    fn a_table_has_quotes_commas_and_line_ends() {
        let text = "# from the team\nid,host,note\r\n1, \"a.example\" ,\"x, \"\"y\"\"\r\nz\"\r\n\r\n2,,\n3,b.example,\n";
        assert_eq!(texts(&column(text, "host").unwrap()), ["a.example", "b.example"]);
        assert_eq!(texts(&column(text, "note").unwrap()), ["x, \"y\"\r\nz"]);
        assert_eq!(column(text, "hots").unwrap_err(), ["id", "host", "note"]);
        assert_eq!(texts(&column("a;b\n1;2,3\n", "b").unwrap()), ["2,3"]);
        assert_eq!(texts(&column("a\tb\n1\t2\n", "b").unwrap()), ["2"]);
    }

    #[test]
    fn rows_that_say_nothing_are_faults() {
        let text = "a,b\n1\n2,x\n";
        let read = column(text, "b").unwrap();
        assert_eq!((texts(&read), read.faults.as_slice()), (vec!["x"], &[Fault::Short(4..5, 1)][..]));
        let text = "a,b\n1,\"x\n2,y\n";
        assert_eq!(column(text, "b").unwrap().faults, [Fault::OpenQuote(6..8)]);
        let text = "a,b\n1,\"x\"z\n2,y\n";
        let read = column(text, "b").unwrap();
        assert_eq!((texts(&read), read.faults.as_slice()), (vec!["y"], &[Fault::OpenQuote(6..10)][..]));
    }

    proptest! {
        /// What another program wrote by the standard is read as it was.
        #[test]
        fn a_written_table_is_read(cells in prop::collection::vec("[a-c\",;\n#é ]{0,6}", 0..12)) {
            let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
            let rows: String = cells.iter().map(|cell| format!("x,{}\r\n", quoted(cell))).collect();
            let text = format!("k,v\r\n{rows}");
            let read = column(&text, "v").unwrap();
            let wanted: Vec<&str> = cells.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty()).collect();
            prop_assert_eq!(texts(&read), wanted);
            prop_assert!(read.faults.is_empty());
        }

        #[test]
        fn nothing_panics_and_places_are_true(text in "[ab,;\"\n\r\t #é]{0,40}") {
            for entry in lines(&text).entries {
                prop_assert_eq!(&text[entry.at.clone()], entry.text);
            }
            if let Ok(read) = column(&text, "a") {
                for entry in read.entries {
                    prop_assert!(text.get(entry.at).is_some());
                }
            }
        }
    }
}
