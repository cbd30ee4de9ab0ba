//! Fixes, applied.
//!
//! In: diagnostics, and the texts they point into. Out: for each text that changes the new one, and how many fixes went into it.
//! Law: only certain fixes are taken, each whole or not at all, no two that touch: the later one waits for the next round, when
//! the texts have been checked anew; and none that would make one word of two. Writing files, and looking whether what came of it is whole, is `cli`'s matter.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{Diagnostic, Edit};
use crate::source::{FileId, Sources};

/// What one round of fixes gave.
#[derive(Debug, Default)]
pub struct Fixed {
    pub texts: BTreeMap<FileId, Text>,
}

/// The new text of a file.
#[derive(Debug)]
pub struct Text {
    pub text: String,
    /// How many fixes went in; one that concerns several files counts in the first.
    pub fixes: usize,
    /// What the edits wrote, and where that stands: in the old text, and in the new one.
    pub places: Vec<[Range<usize>; 2]>,
}

/// Applies the certain fixes of `diagnostics` to the files that `may_change`.
pub fn apply(diagnostics: &[Diagnostic], sources: &Sources, may_change: impl Fn(FileId) -> bool) -> Fixed {
    let mut accepted: BTreeMap<FileId, Vec<&Edit>> = BTreeMap::new();
    let mut counts: BTreeMap<FileId, usize> = BTreeMap::new();
    let mut fixed = Fixed::default();
    for fix in diagnostics.iter().filter_map(|diagnostic| diagnostic.fix.as_ref()).filter(|fix| fix.certain) {
        let fits = |edit: &Edit| {
            let text = sources.text(edit.span.file);
            text.get(edit.span.range()).is_some()
                && may_change(edit.span.file)
                && !welds(text, edit)
                && accepted.get(&edit.span.file).is_none_or(|edits| edits.iter().all(|other| !touch(edit, other)))
        };
        let alone = |index: usize| fix.edits[..index].iter().all(|other| !touch(&fix.edits[index], other));
        if !fix.edits.is_empty() && fix.edits.iter().enumerate().all(|(index, edit)| fits(edit) && alone(index)) {
            for edit in &fix.edits {
                accepted.entry(edit.span.file).or_default().push(edit);
            }
            *counts.entry(fix.edits[0].span.file).or_default() += 1;
        }
    }
    for (file, mut edits) in accepted {
        edits.sort_by_key(|edit| edit.span);
        let old = sources.text(file);
        let mut new = String::with_capacity(old.len());
        let mut at = 0;
        let mut places = Vec::new();
        for edit in edits {
            new.push_str(&old[at..edit.span.start as usize]);
            places.push([edit.span.range(), new.len()..new.len() + edit.text.len()]);
            new.push_str(&edit.text);
            at = edit.span.end as usize;
        }
        new.push_str(&old[at..]);
        fixed.texts.insert(file, Text { text: new, fixes: counts.get(&file).copied().unwrap_or(0), places });
    }
    fixed
}

/// Whether a word would grow together with what stands beside it, where what goes was none: `''x` as `existsx`.
fn welds(old: &str, edit: &Edit) -> bool {
    let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let (before, gone, after) = (&old[..edit.span.start as usize], &old[edit.span.range()], &old[edit.span.end as usize..]);
    let at_start = is_word(before.chars().last()) && is_word(edit.text.chars().next()) && !is_word(gone.chars().next());
    let at_end = is_word(after.chars().next()) && is_word(edit.text.chars().last()) && !is_word(gone.chars().last());
    !gone.is_empty() && (at_start || at_end)
}

/// Whether two edits concern a common place; two that meet do, since their order would matter.
fn touch(a: &Edit, b: &Edit) -> bool {
    a.span.file == b.span.file && a.span.start <= b.span.end && b.span.start <= a.span.end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Code, Fix};
    use crate::source::Span;

    /// A fix: whether it is certain, and its edits as start, end and text.
    type Sketch<'t> = (bool, &'t [(usize, usize, &'t str)]);

    fn fixed(text: &str, fixes: &[Sketch<'_>]) -> (String, usize) {
        let mut sources = Sources::default();
        let file = sources.add("x", text);
        let diagnostics: Vec<Diagnostic> = fixes
            .iter()
            .map(|(certain, edits)| {
                let edits = edits.iter().map(|(start, end, text)| Edit { span: Span::new(file, *start, *end), text: (*text).into() });
                let fix = Fix { certain: *certain, edits: edits.collect() };
                Diagnostic::new(Code::UnexpectedToken, "", Span::new(file, 0, 0), "").with_fix(fix)
            })
            .collect();
        let fixed = apply(&diagnostics, &sources, |_| true);
        fixed.texts.get(&file).map_or_else(|| (text.into(), 0), |fixed| (fixed.text.clone(), fixed.fixes))
    }

    #[test]
    fn fixes_apart_go_in_together() {
        assert_eq!(fixed("a b c", &[(true, &[(4, 5, "C")]), (true, &[(0, 1, "AA"), (2, 2, "+")])]), ("AA +b C".into(), 2));
    }

    #[test]
    fn of_fixes_that_touch_the_first_goes_in() {
        assert_eq!(fixed("abcd", &[(true, &[(0, 2, "x")]), (true, &[(2, 3, "y")]), (true, &[(1, 1, "z")])]), ("xcd".into(), 1));
        assert_eq!(fixed("ab", &[(true, &[(1, 1, "(")]), (true, &[(1, 1, ")")])]), ("a(b".into(), 1));
    }

    #[test]
    fn a_fix_goes_in_whole_or_not() {
        assert_eq!(fixed("a b c", &[(true, &[(0, 1, "x")]), (true, &[(0, 1, "y"), (4, 5, "y")])]), ("x b c".into(), 1));
        assert_eq!(fixed("a b c", &[(true, &[(0, 1, "x"), (0, 3, "y")])]), ("a b c".into(), 0));
    }

    #[test]
    fn no_fix_makes_one_word_of_two() {
        assert_eq!(fixed("a == ''x", &[(true, &[(2, 7, "exists")])]), ("a == ''x".into(), 0));
        assert_eq!(fixed("a == '' x", &[(true, &[(2, 7, "exists")])]), ("a exists x".into(), 1));
        assert_eq!(fixed("a'b", &[(true, &[(1, 2, "c")])]), ("a'b".into(), 0));
        assert_eq!(fixed("ab", &[(true, &[(1, 2, "c")])]), ("ac".into(), 1));
    }

    #[test]
    fn likely_and_broken_fixes_stay_out() {
        assert_eq!(fixed("é", &[(false, &[(0, 2, "e")]), (true, &[(1, 2, "e")]), (true, &[(0, 9, "e")]), (true, &[])]), ("é".into(), 0));
    }
}
