//! Where the letters of a value stand in its file.
//!
//! In: runs of a value, each with the bytes of the file that stand for it: the same ones, or an escape, a doubled quote, a folded line.
//! Out: for a part of the value its place. Nothing is known of other modules: the build script compiles it too.

use std::ops::Range;

#[derive(Clone, Debug, Default)]
pub struct Letters {
    runs: Vec<Run>,
}

/// Bytes of the value, and those of the file that stand for them.
#[derive(Clone, Debug)]
struct Run {
    value: Range<usize>,
    text: Range<usize>,
    /// They are the same.
    same: bool,
}

/// No part of what the value says.
impl PartialEq for Letters {
    fn eq(&self, _: &Letters) -> bool {
        true
    }
}

impl Letters {
    /// Those of a value that stands in the file as it is.
    pub fn same(at: usize, len: usize) -> Letters {
        Letters { runs: vec![Run { value: 0..len, text: at..at + len, same: true }] }
    }

    /// Appends bytes of the file, and how many of the value they are; the same ones, or others.
    pub fn push(&mut self, len: usize, text: Range<usize>, same: bool) {
        let from = self.runs.last().map_or(0, |last| last.value.end);
        match self.runs.last_mut() {
            Some(last) if same && last.same && last.text.end == text.start => {
                last.value.end += len;
                last.text.end = text.end;
            }
            _ => self.runs.push(Run { value: from..from + len, text, same }),
        }
    }

    /// Appends a part of the letters of another value.
    pub fn push_part(&mut self, other: &Letters, part: Range<usize>) {
        for run in &other.runs {
            let cut = run.value.start.max(part.start)..run.value.end.min(part.end);
            if cut.start < cut.end {
                let text = if run.same { run.at(cut.start)..run.at(cut.end) } else { run.text.clone() };
                self.push(cut.len(), text, run.same);
            }
        }
    }

    /// The place in the file of a part of the value; none where nothing is known of it.
    pub fn place(&self, part: Range<usize>) -> Option<Range<usize>> {
        let end = self.runs.last()?.text.end;
        let start = match self.run(part.start) {
            Some(run) if run.same => run.at(part.start),
            Some(run) => run.text.start,
            None => end,
        };
        let Some(last) = part.end.checked_sub(1).filter(|last| *last >= part.start) else { return Some(start..start) };
        let end = match self.run(last) {
            Some(run) if run.same => run.at(part.end),
            Some(run) => run.text.end,
            None => end,
        };
        Some(start..end.max(start))
    }

    fn run(&self, at: usize) -> Option<&Run> {
        let index = self.runs.partition_point(|run| run.value.end <= at);
        self.runs.get(index)
    }
}

impl Run {
    /// The byte of the file, in a run of the same bytes.
    fn at(&self, value: usize) -> usize {
        self.text.start + (value - self.value.start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_stand_where_they_were_written() {
        // `it''s`, the third letter of which is written as two.
        let mut letters = Letters::default();
        letters.push(2, 10..12, true);
        letters.push(1, 12..14, false);
        letters.push(1, 14..15, true);
        for (part, place) in [(0..1, 10..11), (2..3, 12..14), (1..4, 11..15), (3..4, 14..15), (4..4, 15..15), (9..9, 15..15)] {
            assert_eq!(letters.place(part.clone()), Some(place), "{part:?}");
        }
        let mut part = Letters::default();
        part.push_part(&letters, 1..4);
        assert_eq!((part.place(0..1), part.place(1..3)), (Some(11..12), Some(12..15)));
        assert_eq!(Letters::default().place(0..1), None);
    }
}
