//! Unicode simple case folding, one character to one, for the matcher.
//!
//! In: text. Out: the same number of characters, each as the representative of all that fold alike; of those with an ASCII letter
//! among them, that letter in lower case. The table is made once from what `regex-syntax` knows, so texts and regexes fold alike
//! whatever Unicode the standard library is at.

use std::sync::LazyLock;

use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, HirKind};

/// Appends the folded text.
pub fn fold_into(text: &str, into: &mut String) {
    if text.is_ascii() {
        let start = into.len();
        into.push_str(text);
        into[start..].make_ascii_lowercase();
        return;
    }
    let mut rest = text;
    while !rest.is_empty() {
        // Most of a text is of ASCII, also where not all of it is.
        let end = rest.bytes().position(|byte| !byte.is_ascii()).unwrap_or(rest.len());
        let start = into.len();
        into.push_str(&rest[..end]);
        into[start..].make_ascii_lowercase();
        let others = rest[end..].find(|c: char| c.is_ascii()).unwrap_or(rest.len() - end);
        into.extend(rest[end..end + others].chars().map(fold));
        rest = &rest[end + others..];
    }
}

pub fn folded(text: &str) -> String {
    let mut into = String::with_capacity(text.len());
    fold_into(text, &mut into);
    into
}

pub fn fold(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    TABLE.binary_search_by_key(&c, |(from, _)| *from).map_or(c, |index| TABLE[index].1)
}

/// Every character beyond ASCII that is not its own representative, in order.
static TABLE: LazyLock<Vec<(char, char)>> = LazyLock::new(|| {
    let cased = class(r"[\p{Changes_When_Casemapped}\p{Changes_When_Casefolded}--\p{ASCII}]");
    let all = cased.iter().flat_map(|range| range.start()..=range.end());
    all.map(|c| (c, representative(c))).filter(|(from, to)| from != to).collect()
});

fn representative(c: char) -> char {
    let mut alike = ClassUnicode::new([ClassUnicodeRange::new(c, c)]);
    alike.case_fold_simple();
    let least = alike.iter().map(ClassUnicodeRange::start).min().unwrap_or(c);
    least.to_ascii_lowercase()
}

fn class(pattern: &str) -> ClassUnicode {
    match regex_syntax::parse(pattern).map(regex_syntax::hir::Hir::into_kind) {
        Ok(HirKind::Class(Class::Unicode(class))) => class,
        _ => ClassUnicode::empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_to_one() {
        assert_eq!(folded("StraßE ÉCOLE ΣΣς"), "straße école σσσ".chars().map(fold).collect::<String>());
        assert_eq!((fold('\u{212a}'), fold('ſ'), fold('K')), ('k', 's', 'k'));
        assert_ne!(folded("ß"), folded("ss"));
        assert_eq!(fold('ẞ'), fold('ß'));
        assert_eq!((fold('\u{130}'), fold('\u{131}')), ('\u{130}', '\u{131}'), "neither is `i`");
    }

    /// The table leaves out what it need not hold; here every character is asked.
    #[test]
    fn the_table_is_whole() {
        for c in '\u{80}'..='\u{1ffff}' {
            assert_eq!(fold(c), representative(c), "U+{:04X}", u32::from(c));
        }
    }
}
