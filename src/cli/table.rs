//! Columns of text that line up, and lines that fit the terminal.
//!
//! In: rows of cells, the first row the heads, and a width. Out: lines, each cell padded to its column, with two blanks between and none
//! at the end. Where the columns are too wide the widest gives way: its cells run on in the next line, at a blank where there is one.
//! Width is counted in characters, so a colour is painted after the padding: [`Cell`] keeps both. Law: nothing of a cell is left out, and
//! no line is wider than asked as long as every column has [`LEAST`] characters.

use std::fmt::Write;

use super::out::Paint;

/// What a column keeps however narrow the terminal is.
const LEAST: usize = 6;

/// Between two columns.
const GAP: usize = 2;

/// A text, of several lines or one, and how it is painted.
#[derive(Clone)]
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

    /// The longest of its lines.
    pub fn width(&self) -> usize {
        self.text.split('\n').map(|line| line.chars().count()).max().unwrap_or(0)
    }

    /// The longest of its words: what cannot be made narrower without breaking one.
    fn word(&self) -> usize {
        self.text.split([' ', '\n']).map(|word| word.chars().count()).max().unwrap_or(0)
    }
}

/// Each column as wide as its widest cell.
pub fn table(rows: &[Vec<Cell>], paint: Paint) -> String {
    fitted(rows, usize::MAX, paint)
}

/// No line wider than `width`.
pub fn fitted(rows: &[Vec<Cell>], width: usize, paint: Paint) -> String {
    let widths = widths(rows, width);
    let mut text = String::new();
    for row in rows {
        let cells: Vec<Vec<String>> = row.iter().zip(&widths).map(|(cell, width)| wrapped(&cell.text, *width)).collect();
        for line in 0..cells.iter().map(Vec::len).max().unwrap_or(0).max(1) {
            let piece = |column: usize| cells[column].get(line).map_or("", String::as_str);
            let last = (0..cells.len()).rposition(|column| !piece(column).is_empty()).map_or(0, |last| last + 1);
            for column in 0..last {
                let (cell, piece) = (&row[column], piece(column));
                let pad = widths[column].saturating_sub(piece.chars().count());
                let (before, after) = if cell.right { (pad, 0) } else { (0, pad) };
                let painted = if piece.is_empty() { String::new() } else { (cell.paint)(paint, piece) };
                let _ = write!(text, "{:before$}{painted}", "");
                if column + 1 < last {
                    let _ = write!(text, "{:after$}{:GAP$}", "", "");
                }
            }
            text.push('\n');
        }
    }
    text
}

/// How wide each column is: the widest give way first, as long as no word of them breaks; then all.
fn widths(rows: &[Vec<Cell>], width: usize) -> Vec<usize> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let most = |column: usize, of: fn(&Cell) -> usize| rows.iter().filter_map(|row| row.get(column)).map(of).max().unwrap_or(0);
    let mut widths: Vec<usize> = (0..columns).map(|column| most(column, Cell::width)).collect();
    let room = width.saturating_sub(GAP * columns.saturating_sub(1));
    let words: Vec<usize> = (0..columns).map(|column| most(column, Cell::word).max(LEAST)).collect();
    for least in [words, vec![LEAST; columns]] {
        while widths.iter().sum::<usize>() > room {
            let Some(widest) = (0..columns).filter(|column| widths[*column] > least[*column]).max_by_key(|column| widths[*column]) else {
                break;
            };
            widths[widest] -= 1;
        }
    }
    widths
}

/// The lines of a text, each at most so wide. A line that runs on begins where the first one did.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.split('\n') {
        let rest = line.trim_start_matches(' ');
        let indent = &line[..line.len() - rest.len()];
        let mut current = String::new();
        for word in rest.split(' ') {
            let used = indent.len() + current.chars().count();
            if !current.is_empty() && used + 1 + word.chars().count() > width {
                lines.push(format!("{indent}{current}"));
                current.clear();
            } else if !current.is_empty() {
                current.push(' ');
            }
            current.push_str(word);
            while indent.len() + current.chars().count() > width.max(1) && width > indent.len() {
                let tail = current.split_off(broken(&current, width - indent.len()));
                lines.push(format!("{indent}{current}"));
                current = tail;
            }
        }
        lines.push(format!("{indent}{current}"));
    }
    lines
}

/// Where a word that is too long is broken: behind the last mark that fits, or where a capital follows a small letter, else at the end.
fn broken(word: &str, width: usize) -> usize {
    let ends: Vec<(usize, char)> = word.char_indices().take(width + 1).collect();
    let at = |index: usize| ends.get(index).map_or(word.len(), |(at, _)| *at);
    let good = (width / 2..ends.len().saturating_sub(1)).rev().find(|index| {
        let (this, next) = (ends[*index].1, ends[index + 1].1);
        matches!(this, '.' | '_' | '\\' | '/' | ',' | '(' | '-' | ':') || (this.is_lowercase() && next.is_uppercase())
    });
    good.map_or(at(width.max(1)), |index| at(index + 1))
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

    #[test]
    fn the_widest_column_gives_way_and_nothing_is_lost() {
        let rows = [vec![Cell::new("name"), Cell::new("one two three four"), Cell::painted("end", Paint::dim)]];
        assert_eq!(fitted(&rows, 21, Paint(false)), "name  one two     end\n      three four\n");
        assert_eq!(fitted(&rows, 21, Paint(true)), "name  one two     \x1b[2mend\x1b[0m\n      three four\n");
        for width in 24..60 {
            let text = "join(PreviousFolderPath, \"\\\", PreviousFileName) if ActionType in [a, b], else InitiatingProcessFileName";
            let rows = [vec![Cell::new("previous.path"), Cell::new(text), Cell::new("x")]];
            let printed = fitted(&rows, width, Paint(false));
            assert!(printed.lines().all(|line| line.chars().count() <= width), "{width}\n{printed}");
            let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>().len();
            assert_eq!(letters(&printed), letters("previous.path") + letters(text) + 1, "{width}\n{printed}");
        }
    }

    #[test]
    fn a_long_word_breaks_behind_a_mark() {
        assert_eq!(wrapped("process.parent.executable", 16), ["process.parent.", "executable"]);
        assert_eq!(wrapped("InitiatingProcessFolderPath", 20), ["InitiatingProcess", "FolderPath"]);
        assert_eq!(wrapped("aaaaaaaaaa", 4), ["aaaa", "aaaa", "aa"]);
        assert_eq!(wrapped("  a b\nc", 3), ["  a", "  b", "c"]);
    }
}
