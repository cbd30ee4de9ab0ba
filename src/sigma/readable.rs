//! Rules to be printed, with the comments of their YAML.
//!
//! In: a file as written. Out: a tree for each rule of the language that it is, as a person would have written it, and beside it the
//! comments. A comment goes where the part goes that it stood before, behind or in. Law: every comment of the file is in one of the trees.

use std::ops::Range;

use super::{Others, Style, Written, lower};
use crate::schema::Packs;
use crate::source::{FileId, Sources, Span};
use crate::syntax::{Comment, Parsed, ast};

pub fn readable(written: &Written, others: &Others<'_>, sources: &Sources, packs: &Packs) -> Vec<Parsed> {
    let mut lowered = super::lower(written, others, sources, packs, Style::Named);
    let (text, file) = (sources.text(written.file), written.file);
    let comments = crate::yaml::comments(text);
    for item in &mut lowered.file.items {
        if let ast::Top::Rule(rule) = item {
            gather(rule, file);
        }
    }
    let mut starts: Vec<(usize, usize)> =
        lowered.file.items.iter().enumerate().map(|(index, item)| (span(item).start as usize, index)).collect();
    starts.sort_unstable();
    // Between two rules it belongs to the one above, unless nothing of it follows.
    let owner = |at: &Range<usize>| {
        let above = starts.iter().rposition(|(start, _)| *start <= at.start).unwrap_or(0);
        let is_before = |next: usize| next >= at.end && is_comment(text[at.end..next].trim_start_matches(['-', ' ', '\r', '\n']));
        let next = starts.get(above + 1).is_some_and(|(next, _)| is_before(*next));
        starts.get(above + usize::from(next)).map_or(0, |(_, index)| *index)
    };
    let owners: Vec<usize> = comments.iter().map(owner).collect();
    let of_rule = |(index, item): (usize, ast::Top)| {
        let own = comments.iter().zip(&owners).filter(|(_, owner)| **owner == index).map(|(at, _)| at.clone());
        rule(item, own.collect(), text, file)
    };
    lowered.file.items.into_iter().enumerate().map(of_rule).collect()
}

/// The rules of a correlation stand before it, and in its `detect`: it begins where they do.
fn gather(rule: &mut ast::Rule, file: FileId) {
    for item in &mut rule.items {
        let ast::Item::Detect(detect) = item else { continue };
        let ast::Pattern::Block(block) = &mut detect.pattern else { continue };
        let own = block.steps.iter().map(|step| step.branch.at.0).filter(|at| at.file == file);
        let Some(start) = own.map(|at| at.start).chain([block.at.0.start]).min() else { continue };
        for at in [&mut rule.at, &mut detect.at, &mut block.at] {
            at.0.start = at.0.start.min(start);
        }
        let opens = ast::At(Span { file, start, end: start });
        match &mut block.kind {
            ast::BlockKind::Union => {}
            ast::BlockKind::Sequence(link) | ast::BlockKind::Together(link) => link.at = opens,
            ast::BlockKind::AtLeast(count, link) => (count.at, link.at) = (opens, opens),
        }
    }
}

fn span(item: &ast::Top) -> Span {
    match item {
        ast::Top::Rule(rule) => rule.at.0,
        ast::Top::Let(one) => one.at.0,
        ast::Top::Import(import) => import.at.0,
    }
}

/// One rule, with its comments.
fn rule(mut item: ast::Top, comments: Vec<Range<usize>>, text: &str, file: FileId) -> Parsed {
    let end = span(&item).end;
    let mut lets = Vec::new();
    if let ast::Top::Rule(rule) = &mut item {
        for item in &mut rule.items {
            if let ast::Item::Let(one) = item
                && let Some(at) = lower::original(one.at.0, file)
            {
                // What ends its last line stands in it.
                let line = text[at.end as usize..].find('\n').map_or(text.len(), |end| at.end as usize + end);
                let at = Span { end: line as u32, ..at };
                one.at.0 = lower::moved(at, file);
                lets.push(at);
            }
        }
        // They are parts of it.
        if !lets.is_empty() {
            rule.at.0.end = lower::moved(Span { file, start: end, end }, file).end;
        }
    }
    // A comment in a selection, or right before it, goes where the selection goes; what stands behind the rule stays behind it.
    let goes = |at: Span| {
        let inside = |one: &Span| (one.start..one.end).contains(&at.start);
        let before = |one: &Span| at.end <= one.start && is_comment(&text[at.end as usize..one.start as usize]);
        at.start >= end || lets.iter().any(|one| inside(one) || before(one))
    };
    let comment = |at: Range<usize>| {
        let line = text[..at.start].rfind('\n').map_or(0, |end| end + 1);
        let before = text[line..at.start].trim_end();
        let after = if before.is_empty() { text[..at.start].trim_end().len() } else { line + before.len() };
        // `#text` is no comment of the language, which has a blank there.
        let words = text[at.clone()].trim_start_matches('#').trim();
        let start = inner(text, &at).unwrap_or(at.start);
        let span = Span::new(file, start, start.max(at.end));
        let span = if goes(span) { lower::moved(span, file) } else { span };
        Comment { text: format!("# {words}"), trailing: !before.is_empty(), after: after as u32, span }
    };
    let mut comments: Vec<Comment> = comments.into_iter().map(comment).collect();
    comments.sort_by_key(|comment| comment.span.start);
    let all = Span { file, start: 0, end: u32::MAX - 1 };
    let file = ast::File { items: vec![item], at: ast::At(all) };
    Parsed { file, comments, blanks: Vec::new(), diagnostics: Vec::new() }
}

/// A comment on its own line that is set further in than what comes next belongs to what stands above it: there it goes before the last
/// part.
fn inner(text: &str, at: &Range<usize>) -> Option<usize> {
    let is_part = |line: &&str| !is_comment(line);
    let indent = |line: &str| line.len() - line.trim_start().len();
    let line = text[..at.start].rfind('\n').map_or(0, |end| end + 1);
    let own = text[line..at.start].trim().is_empty().then_some(at.start - line)?;
    let next = text[at.end..].lines().skip(1).find(is_part).map_or(0, indent);
    let above = text[..line].lines().rev().find(is_part)?;
    let part = above.trim_start().trim_start_matches("- ");
    (next < own && indent(above) >= own).then(|| (part.as_ptr() as usize - text.as_ptr() as usize).saturating_sub(1))
}

/// Nothing but comments stands there.
fn is_comment(text: &str) -> bool {
    text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'))
}
