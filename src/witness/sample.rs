//! A text that a regular expression finds.
//!
//! In: a pattern in the form for Rust's `regex`. Out: a text made by walking its tree, short and mostly ASCII. Anchors and `\b` are
//! not looked at, so a text may fail them: who asks tries it.

use regex_syntax::hir::{Class, Hir, HirKind};

use super::rng::Rng;

/// No sample is longer than this, whatever the pattern counts up to.
const LONGEST: usize = 4096;

pub fn sample(pattern: &str, rng: &mut Rng) -> Option<String> {
    let tree = regex_syntax::parse(pattern).ok()?;
    let mut text = String::new();
    walk(&tree, rng, &mut text)?;
    Some(text)
}

fn walk(tree: &Hir, rng: &mut Rng, text: &mut String) -> Option<()> {
    if text.len() > LONGEST {
        return None;
    }
    match tree.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(std::str::from_utf8(&literal.0).ok()?),
        HirKind::Class(Class::Unicode(class)) => {
            let ranges: Vec<(u32, u32)> = class.ranges().iter().map(|range| (range.start().into(), range.end().into())).collect();
            text.push(one_of(&ranges, rng)?);
        }
        HirKind::Class(Class::Bytes(class)) => {
            let ranges: Vec<(u32, u32)> = class.ranges().iter().map(|range| (range.start().into(), range.end().into())).collect();
            text.push(one_of(&ranges, rng).filter(char::is_ascii)?);
        }
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or(u32::MAX).min(repetition.min.saturating_add(3));
            let times = repetition.min + rng.below((most - repetition.min) as usize + 1) as u32;
            for _ in 0..times {
                walk(&repetition.sub, rng, text)?;
            }
        }
        HirKind::Capture(capture) => walk(&capture.sub, rng, text)?,
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| walk(part, rng, text))?,
        HirKind::Alternation(parts) => walk(rng.pick(parts)?, rng, text)?,
    }
    Some(())
}

/// A printable ASCII character where the class has one.
fn one_of(ranges: &[(u32, u32)], rng: &mut Rng) -> Option<char> {
    let printable: Vec<(u32, u32)> =
        ranges.iter().map(|(start, end)| (*start.max(&0x20), *end.min(&0x7e))).filter(|(start, end)| start <= end).collect();
    let (start, end) = *rng.pick(if printable.is_empty() { ranges } else { &printable })?;
    char::from_u32(start + rng.below((end - start) as usize + 1) as u32)
}
