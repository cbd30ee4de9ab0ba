//! Letters beyond ASCII and their other cases, by Unicode's simple folding.
//!
//! In: a character. Out: those that fold together with it. Law: what a pattern spells out is what the language folds, whatever the engine
//! of the product does.

use regex_syntax::hir::{Class, Hir, HirKind};

/// Whether the character has another case, and lies beyond ASCII.
pub fn has_cases(c: char) -> bool {
    !c.is_ascii() && is_mapped(c) && cases(c).len() > 1
}

/// Its other case is another character: what has no other case folds with nothing. Most characters are told by that, without a pattern.
fn is_mapped(c: char) -> bool {
    !c.to_lowercase().eq([c]) || !c.to_uppercase().eq([c])
}

/// The characters that fold together with this one, itself among them.
pub fn cases(c: char) -> Vec<char> {
    let pattern = regex_syntax::escape(c.encode_utf8(&mut [0; 4]));
    let folded = regex_syntax::ParserBuilder::new().case_insensitive(true).build().parse(&pattern);
    match folded.as_ref().map(Hir::kind) {
        Ok(HirKind::Class(Class::Unicode(class))) => class.iter().flat_map(|range| range.start()..=range.end()).collect(),
        _ => vec![c],
    }
}

/// Characters that a reader cannot see or that change what is seen: controls, separators of lines, marks of direction. All of them lie
/// below U+10000, so four digits name them. Microsoft's lexer ends a line at U+2028 and U+2029 too.
pub fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

    #[test]
    fn what_has_no_other_case_folds_with_nothing() {
        let alone = ('\0'..=char::MAX).filter(|c| !is_mapped(*c)).map(|c| ClassUnicodeRange::new(c, c));
        let alone = ClassUnicode::new(alone);
        let mut folded = alone.clone();
        folded.try_case_fold_simple().expect("the tables of folding are built in");
        assert_eq!(folded, alone);
        assert!(has_cases('é') && has_cases('ſ') && !has_cases('漢') && !has_cases('–') && !has_cases('k'));
    }
}
