//! Columns of text that line up.
//!
//! In: rows of cells, the first row the heads. Out: lines, each cell padded to its column, with two blanks between and none at the end.
//! Width is counted in characters, so a colour is painted after the padding: [`Cell`] keeps both.

use std::fmt::Write;

use super::out::Paint;

/// A text, and how it is painted.
pub struct Cell {
    text: String,
    paint: fn(Paint, &str) -> String,
    right: bool,
}

impl Cell {
    pub fn new(text: impl Into<String>) -> Cell {
        Cell { text: text.into(), paint: |_, text| text.to_owned(), right: false }
    }

    pub fn painted(text: impl Into<String>, paint: fn(Paint, &str) -> String) -> Cell {
        Cell { paint, ..Cell::new(text) }
    }

    /// Numbers stand on the right.
    pub fn right(mut self) -> Cell {
        self.right = true;
        self
    }
}

pub fn table(rows: &[Vec<Cell>], paint: Paint) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.text.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let last = row.iter().rposition(|cell| !cell.text.is_empty()).map_or(0, |last| last + 1);
        for (column, cell) in row[..last].iter().enumerate() {
            let pad = widths[column] - cell.text.chars().count();
            let (before, after) = if cell.right { (pad, 0) } else { (0, pad) };
            let _ = write!(text, "{:before$}{}", "", (cell.paint)(paint, &cell.text));
            if column + 1 < last {
                let _ = write!(text, "{:after$}  ", "");
            }
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_line_up_and_lines_have_no_blank_end() {
        let rows = [
            vec![Cell::new("ä"), Cell::new("bb"), Cell::new("")],
            vec![Cell::painted("ccc", Paint::red), Cell::new("1").right(), Cell::new("x")],
        ];
        assert_eq!(table(&rows, Paint(false)), "ä    bb\nccc   1  x\n");
        assert_eq!(table(&rows, Paint(true)), "ä    bb\n\x1b[31mccc\x1b[0m   1  x\n");
    }
}
