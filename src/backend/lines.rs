//! Query text of which each line knows the places of the rule that it came from.
//!
//! In: pieces of text, and the places of what they say. Out: the query, and its [`SourceMap`]. Law: text is joined, indented and measured,
//! never searched: a piece is told where it came from when it is made, and keeps that wherever it is put. Two pieces on one line have
//! the places of both. Equal is what reads alike, wherever it came from.

use crate::source::Span;

/// One line or several, without the last line's end.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    text: String,
    /// How many lines end in it.
    ends: u32,
    /// The first and the last line, counted from 0, of those that came from a place; in no order.
    places: Vec<(u32, u32, Span)>,
}

/// The places of a query's lines.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceMap {
    lines: u32,
    places: Vec<(u32, u32, Span)>,
}

impl SourceMap {
    /// Every line of the query, counted from 1, with the places that it came from, in their order and each once: none of a line that says
    /// nothing of the rule's.
    pub fn lines(&self) -> impl Iterator<Item = (usize, Vec<Span>)> + '_ {
        (0..self.lines).map(|line| {
            let covers = |(first, last, _): &&(u32, u32, Span)| (*first..=*last).contains(&line);
            let mut places: Vec<Span> = self.places.iter().filter(covers).map(|(.., place)| *place).collect();
            places.sort_unstable();
            places.dedup();
            (line as usize + 1, places)
        })
    }
}

impl PartialEq for Lines {
    fn eq(&self, other: &Lines) -> bool {
        self.text == other.text
    }
}

impl From<String> for Lines {
    fn from(text: String) -> Lines {
        let ends = ends(&text);
        Lines { text, ends, places: Vec::new() }
    }
}

impl From<&str> for Lines {
    fn from(text: &str) -> Lines {
        Lines::from(text.to_owned())
    }
}

/// A text of several lines may enter whole.
fn ends(text: &str) -> u32 {
    text.bytes().filter(|byte| *byte == b'\n').count() as u32
}

impl Lines {
    /// Every line of it came from these places too.
    pub fn at(mut self, places: &[Span]) -> Lines {
        self.places.extend(places.iter().map(|place| (0, self.ends, *place)));
        self
    }

    /// What has no place of its own came from these.
    pub fn or(mut self, places: &[Span]) -> Lines {
        let known = std::mem::take(&mut self.places);
        let is_bare = |line: &u32| !known.iter().any(|(first, last, _)| (*first..=*last).contains(line));
        for line in (0..=self.ends).filter(is_bare) {
            self.places.extend(places.iter().map(|place| (line, line, *place)));
        }
        self.places.extend(known);
        self
    }

    /// Where a piece that reads alike came from.
    pub fn absorb(&mut self, equal: &Lines) {
        self.places.extend(&equal.places);
    }

    /// Each of its lines came from where any line of the other one did.
    pub fn came_with(&mut self, other: &Lines) {
        self.places.extend(other.places.iter().map(|(.., place)| (0, self.ends, *place)));
    }

    /// The last line that there is, counted from 0.
    pub fn last(&self) -> u32 {
        self.ends
    }

    /// What was written from this line on came from these places too.
    pub fn since(&mut self, line: u32, places: &[Span]) {
        self.places.extend(places.iter().map(|place| (line, self.ends, *place)));
    }

    pub fn push_blanks(&mut self, count: usize) {
        self.text.extend(std::iter::repeat_n(' ', count));
    }

    /// So many bytes more are to come.
    pub fn reserve(&mut self, bytes: usize) {
        self.text.reserve(bytes);
    }

    pub fn push_str(&mut self, text: &str) {
        self.ends += ends(text);
        self.text.push_str(text);
    }

    pub fn push(&mut self, piece: &Lines) {
        self.places.extend(piece.places.iter().map(|(first, last, place)| (first + self.ends, last + self.ends, *place)));
        self.ends += piece.ends;
        self.text.push_str(&piece.text);
    }

    /// This text, the piece, that text.
    pub fn within(mut self, before: &str, after: &str) -> Lines {
        let above = ends(before);
        if above > 0 {
            self.places.iter_mut().for_each(|(first, last, _)| (*first, *last) = (*first + above, *last + above));
        }
        let text = [before, &self.text, after].concat();
        Lines { text, ends: above + self.ends + ends(after), places: self.places }
    }

    pub fn after(self, before: &str) -> Lines {
        self.within(before, "")
    }

    pub fn join(pieces: &[Lines], between: &str) -> Lines {
        let length = pieces.iter().map(|piece| piece.text.len() + between.len()).sum();
        let places = pieces.iter().map(|piece| piece.places.len()).sum();
        let mut whole = Lines { text: String::with_capacity(length), ends: 0, places: Vec::with_capacity(places) };
        for (index, piece) in pieces.iter().enumerate() {
            if index > 0 {
                whole.push_str(between);
            }
            whole.push(piece);
        }
        whole
    }

    /// Its further lines stand so many columns further right.
    pub fn indented(mut self, indent: usize) -> Lines {
        if self.ends > 0 {
            self.text = self.text.replace('\n', &format!("\n{:indent$}", ""));
        }
        self
    }

    /// In characters, if it is one line.
    pub fn width(&self) -> usize {
        self.text.chars().count()
    }

    pub fn is_one_line(&self) -> bool {
        self.ends == 0
    }

    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Whether it reads just so.
    pub fn reads(&self, text: &str) -> bool {
        self.text == text
    }

    pub fn finish(self) -> (String, SourceMap) {
        (self.text, SourceMap { lines: self.ends + 1, places: self.places })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;

    #[test]
    fn lines_keep_their_places_wherever_they_are_put() {
        let file = Sources::default().add("x", "");
        let [one, other, all] = [1, 2, 0].map(|start| Span::new(file, start, 9));
        let mut whole = Lines::from("a").at(&[one]).within("if(", ",\n");
        whole.push(&Lines::join(&[Lines::from("b").at(&[other, one]), Lines::from("c\nd")], ", "));
        let whole = Lines::join(&[whole.indented(2), Lines::from("e").at(&[other])], "\n").or(&[all]);
        let (text, map) = whole.finish();
        assert_eq!(text, "if(a,\n  b, c\n  d\ne");
        let map: Vec<(usize, Vec<Span>)> = map.lines().collect();
        assert_eq!(map, [(1, vec![one]), (2, vec![one, other]), (3, vec![all]), (4, vec![other])]);
    }
}
