//! Which comment goes where: it hangs on the part that begins next, or on the part that ends on its line.
//!
//! Each construct that sets its parts on lines of their own asks for the comments [`around`](Comments::around) them before it prints
//! them; whatever a part does not ask for from its inside is taken by [`inside`](Comments::inside) and stands before or behind the
//! part. So every comment is taken once. The parts may be printed in another order than they stand in the text.

use super::doc::Doc;
use crate::source::Span;
use crate::syntax::Comment;

pub(super) struct Comments<'a> {
    comments: &'a [Comment],
    taken: Vec<bool>,
    blanks: &'a [u32],
}

/// A comment on its own line, and whether an empty line stands before it.
pub(super) struct Lead {
    pub blank: bool,
    pub text: String,
}

/// What stands around one part.
#[derive(Default)]
pub(super) struct Near {
    pub leads: Vec<Lead>,
    /// An empty line before the part, behind its leads.
    pub blank: bool,
    pub trails: Vec<String>,
}

pub(super) struct Around {
    /// Behind what opens the construct.
    pub header: Vec<String>,
    /// One for each part, in the order of the parts.
    pub parts: Vec<Near>,
    /// Behind the last part.
    pub rest: Vec<Lead>,
}

impl<'a> Comments<'a> {
    pub fn new(comments: &'a [Comment], blanks: &'a [u32]) -> Comments<'a> {
        Comments { comments, taken: vec![false; comments.len()], blanks }
    }

    /// The comments between the parts of a construct, whose parts begin behind `low` and which ends at `high`.
    pub fn around(&mut self, parts: &[Span], low: u32, high: u32) -> Around {
        let mut around = Around { header: Vec::new(), parts: Vec::new(), rest: Vec::new() };
        around.parts.resize_with(parts.len(), Near::default);
        let mut order: Vec<usize> = (0..parts.len()).collect();
        order.sort_by_key(|part| parts[*part].start);
        let mut before: Option<usize> = None;
        let mut from = low;
        for part in order {
            let (trails, leads, blank) = self.gap(from, parts[part].start);
            match before {
                Some(before) => around.parts[before].trails.extend(trails),
                None => around.header.extend(trails),
            }
            around.parts[part].leads = leads;
            around.parts[part].blank = blank;
            before = Some(part);
            from = parts[part].end.max(from);
        }
        let (trails, rest, _) = self.gap(from, high);
        match before {
            Some(before) => around.parts[before].trails.extend(trails),
            None => around.header.extend(trails),
        }
        around.rest = rest;
        around
    }

    /// Where, between the end of a part and what comes next, the first comment stands that has another token before it.
    pub fn behind(&self, end: u32, next: u32) -> u32 {
        let first = self.comments.partition_point(|comment| comment.span.start < end);
        let between = self.comments[first..].iter().take_while(|comment| comment.span.start < next);
        between.filter(|comment| comment.after > end).map(|comment| comment.span.start).next().unwrap_or(next)
    }

    /// Comments that end the line of what stands before, comments on their own lines, and whether a blank line stands at the end.
    fn gap(&mut self, low: u32, high: u32) -> (Vec<String>, Vec<Lead>, bool) {
        let mut trails = Vec::new();
        let mut leads: Vec<Lead> = Vec::new();
        let mut from = low;
        for n in self.untaken(low, high) {
            let comment = &self.comments[n];
            if comment.trailing && leads.is_empty() {
                trails.push(comment.text.clone());
            } else {
                leads.push(Lead { blank: self.blank_in(from, comment.span.start), text: comment.text.clone() });
            }
            from = comment.span.end;
        }
        (trails, leads, self.blank_in(from, high))
    }

    /// What is left inside a part that was printed: comments for their own lines before it, and for the end of its line.
    pub fn inside(&mut self, part: Span) -> (Vec<String>, Vec<String>) {
        let (mut own, mut trails) = (Vec::new(), Vec::new());
        for n in self.untaken(part.start, part.end) {
            let comment = &self.comments[n];
            if comment.trailing { &mut trails } else { &mut own }.push(comment.text.clone());
        }
        (own, trails)
    }

    fn untaken(&mut self, low: u32, high: u32) -> Vec<usize> {
        let first = self.comments.partition_point(|comment| comment.span.start < low);
        let found: Vec<usize> =
            (first..self.comments.len()).take_while(|n| self.comments[*n].span.start < high).filter(|n| !self.taken[*n]).collect();
        for n in &found {
            self.taken[*n] = true;
        }
        found
    }

    fn blank_in(&self, low: u32, high: u32) -> bool {
        let first = self.blanks.partition_point(|blank| *blank < low);
        self.blanks.get(first).is_some_and(|blank| *blank < high)
    }
}

/// Comments on their own lines; the first line end is the caller's.
pub(super) fn leads(leads: &[Lead]) -> impl Iterator<Item = Doc> + '_ {
    leads.iter().flat_map(|lead| lead.blank.then_some(Doc::Blank).into_iter().chain([Doc::Own(lead.text.clone())]))
}

pub(super) fn trails(trails: Vec<String>) -> impl Iterator<Item = Doc> {
    trails.into_iter().map(Doc::Trailing)
}
