//! The cells of one row of a table.
//!
//! In: the lines of a row, one after the other. Out: its cells, and whether the row ends with the line. Law: as RFC 4180 has it, with any delimiter: a quote
//! begins a cell that may hold the delimiter and line feeds, two of them in it are one. A quote anywhere else is a character like others.

pub struct Cutter {
    delimiter: u8,
    state: State,
    /// Lines before this one.
    before: usize,
    cells: Vec<Vec<u8>>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    /// Nothing of the cell was read.
    Fresh,
    Bare,
    Quoted,
    /// Behind a quote inside of quotes: their end, or the first of two.
    Quote,
}

/// What became of a row with a line more.
#[derive(Debug, PartialEq)]
pub enum Cut {
    Whole,
    /// A cell goes on behind the line.
    Open,
    /// A cell of several lines has something behind its last quote: that quote most likely begins a cell, and one before it was never closed.
    Behind,
}

impl Cutter {
    pub fn new(delimiter: u8) -> Cutter {
        Cutter { delimiter, state: State::Fresh, before: 0, cells: Vec::new() }
    }

    /// A row begins.
    pub fn begin(&mut self) {
        (self.state, self.before) = (State::Fresh, 0);
        self.cells.clear();
        self.cells.push(Vec::new());
    }

    /// The last line of a text may lack its end.
    pub fn feed(&mut self, line: &[u8]) -> Cut {
        let whole = line.strip_suffix(b"\n").map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let end = whole.map_or(line.len(), <[u8]>::len);
        for byte in &line[..end] {
            self.state = match (self.state, *byte) {
                (State::Fresh, b'"') => State::Quoted,
                (State::Quoted, b'"') => State::Quote,
                (State::Quote, b'"') => self.put(b'"', State::Quoted),
                (State::Quoted, byte) => self.put(byte, State::Quoted),
                (State::Fresh | State::Bare | State::Quote, byte) if byte == self.delimiter => {
                    self.cells.push(Vec::new());
                    State::Fresh
                }
                (State::Quote, _) if self.before > 0 => return Cut::Behind,
                (State::Fresh | State::Bare | State::Quote, byte) => self.put(byte, State::Bare),
            };
        }
        self.before += 1;
        if self.state != State::Quoted {
            return Cut::Whole;
        }
        line[end..].iter().for_each(|byte| _ = self.put(*byte, State::Quoted));
        Cut::Open
    }

    fn put(&mut self, byte: u8, then: State) -> State {
        if let Some(cell) = self.cells.last_mut() {
            cell.push(byte);
        }
        then
    }

    pub fn cells(&self) -> &[Vec<u8>] {
        &self.cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(lines: &[&str]) -> (Cut, Vec<String>) {
        let mut cutter = Cutter::new(b',');
        cutter.begin();
        let cut = lines.iter().fold(Cut::Whole, |_, line| cutter.feed(line.as_bytes()));
        (cut, cutter.cells().iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect())
    }

    #[test]
    fn cells_are_cut() {
        for (lines, wanted) in [
            (&["a,b\n"][..], &["a", "b"][..]),
            (&["a,b\r\n"], &["a", "b"]),
            (&[",\n"], &["", ""]),
            (&["\"a,\"\"b\"\"\",c\n"], &["a,\"b\"", "c"]),
            (&["\"a\r\n", "b\",c"], &["a\r\nb", "c"]),
            (&["a\"b\",c\n"], &["a\"b\"", "c"]),
            (&["\"a\" b,c\n"], &["a b", "c"]),
        ] {
            assert_eq!(cut(lines), (Cut::Whole, wanted.iter().map(|cell| (*cell).to_owned()).collect()), "{lines:?}");
        }
        assert_eq!(cut(&["a,\"b\n"]).0, Cut::Open);
        assert_eq!(cut(&["a,\"b\n", "c,\"d\"\n"]).0, Cut::Behind);
    }
}
