//! Regular expressions that this printer writes itself.
//!
//! In: a literal or a wildcard pattern, and what is asked of it. Out: a pattern in the syntax that RE2 and Rust share (Kusto's pages
//! have described both), to be searched for; whoever writes it puts `(?i)` before it where case does not count. Law: it finds exactly
//! the texts that the operator means. Letters beyond ASCII are spelled out with their other cases, so nothing rests on how the engine
//! folds. Nothing is quoted here.

use regex_syntax::hir::{Class, HirKind};

use crate::hir::{Casing, LikePart, TextOp};
use crate::schema::Type;

/// The texts of which `text op literal` holds.
pub fn of_text(op: TextOp, ty: Type, literal: &str, case: Casing) -> String {
    let text = spelled(literal, case);
    match op {
        TextOp::Equals => format!("^{text}$"),
        TextOp::Contains => text,
        TextOp::StartsWith => format!("^{text}"),
        TextOp::EndsWith => format!("{text}$"),
        TextOp::Has => {
            let is_word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
            let before = if is_word(literal.chars().next()) { "(?:^|[^0-9A-Za-z])" } else { "" };
            let after = if is_word(literal.chars().next_back()) { "(?:[^0-9A-Za-z]|$)" } else { "" };
            format!("{before}{text}{after}")
        }
        TextOp::Under => under(ty, literal, case),
    }
}

/// The texts that are like the pattern, from end to end.
pub fn of_like(parts: &[LikePart], case: Casing) -> String {
    let body: String = parts
        .iter()
        .map(|part| match part {
            LikePart::Literal(text) => spelled(text, case),
            LikePart::One => ".".to_owned(),
            LikePart::Any => ".*".to_owned(),
        })
        .collect();
    format!("(?s)^{body}$")
}

/// Whether the character has another case, beyond ASCII or of its own.
pub fn has_cases(c: char) -> bool {
    !c.is_ascii() && cases(c).len() > 1
}

fn under(ty: Type, literal: &str, case: Casing) -> String {
    let domain = || spelled(literal.trim_end_matches('.'), case);
    match ty {
        Type::Domain | Type::Host => format!(r"(?:^|\.){}\.*$", domain()),
        Type::Email => format!(r"@(?:[^@]*\.)?{}\.*$", domain()),
        // scheme://user@host:port/path, and a bare host.
        Type::Url => format!(r"^(?:[a-z][0-9a-z+.\-]*://)?(?:[^/?#@]*@)?(?:[^/?#@:]*\.)?{}\.*(?::[0-9]*)?(?:[/?#]|$)", domain()),
        Type::Path
        | Type::RegistryPath
        | Type::Text
        | Type::FileName
        | Type::CommandLine
        | Type::Data
        | Type::Int
        | Type::Real
        | Type::Port
        | Type::Ip
        | Type::Md5
        | Type::Sha1
        | Type::Sha256
        | Type::Sha512
        | Type::Imphash
        | Type::Guid
        | Type::Sid
        | Type::User
        | Type::Bool
        | Type::Time
        | Type::Duration
        | Type::Enum => {
            let parts: Vec<String> = literal.trim_end_matches(['\\', '/']).split(['\\', '/']).map(|part| spelled(part, case)).collect();
            format!(r"^{}(?:[\\/]|$)", parts.join(r"[\\/]"))
        }
    }
}

/// The literal itself; where case does not count, each letter beyond ASCII as the class of its cases.
fn spelled(literal: &str, case: Casing) -> String {
    let mut pattern = String::new();
    for c in literal.chars() {
        match case {
            Casing::Ignore if has_cases(c) => {
                pattern.push('[');
                pattern.extend(cases(c));
                pattern.push(']');
            }
            Casing::Ignore | Casing::Respect => pattern.push_str(&regex_syntax::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    pattern
}

/// The characters that fold together with this one, by Unicode's simple folding.
fn cases(c: char) -> Vec<char> {
    let folded = regex_syntax::ParserBuilder::new().case_insensitive(true).build().parse(&regex_syntax::escape(c.encode_utf8(&mut [0; 4])));
    match folded.as_ref().map(regex_syntax::hir::Hir::kind) {
        Ok(HirKind::Class(Class::Unicode(class))) => class.iter().flat_map(|range| range.start()..=range.end()).collect(),
        _ => vec![c],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn finds(pattern: &str, text: &str) -> bool {
        regex::Regex::new(&format!("(?i){pattern}")).expect("a pattern of ours compiles").is_match(text)
    }

    fn under_finds(ty: Type, literal: &str, text: &str) -> bool {
        finds(&of_text(TextOp::Under, ty, literal, Casing::Ignore), text)
    }

    #[test]
    fn below_a_domain_a_host_a_path() {
        assert!(under_finds(Type::Domain, "evil.com", "EVIL.com.."));
        assert!(under_finds(Type::Domain, "evil.com", "a.b.evil.com"));
        assert!(!under_finds(Type::Domain, "evil.com", "notevil.com"));
        assert!(!under_finds(Type::Domain, "evil.com", "evil.com.org"));
        for url in ["http://evil.com/a", "evil.com", "https://u:p@x.evil.com:8443?q", "HTTP://EVIL.COM.#a"] {
            assert!(under_finds(Type::Url, "evil.com", url), "{url}");
        }
        for url in [
            "http://good.org/evil.com",
            "http://evil.com@good.org/",
            "http://evil.com.org/",
            "evil.community",
            "http://good.org?a.evil.com",
        ] {
            assert!(!under_finds(Type::Url, "evil.com", url), "{url}");
        }
        assert!(under_finds(Type::Path, r"C:\Users\", r"c:/users/x"));
        assert!(under_finds(Type::Path, r"C:\Users", r"C:\Users"));
        assert!(!under_finds(Type::Path, r"C:\Users", r"C:\Users2"));
        assert!(under_finds(Type::Email, "evil.com", "a@b.evil.com"));
        assert!(!under_finds(Type::Email, "evil.com", "evil.com@good.org"));
    }

    #[test]
    fn letters_beyond_ascii_bring_their_cases() {
        assert_eq!(of_text(TextOp::Contains, Type::Text, "a.é漢", Casing::Ignore), r"a\.[Éé]漢");
        assert_eq!(of_text(TextOp::Contains, Type::Text, "a.é漢", Casing::Respect), r"a\.é漢");
    }

    proptest! {
        #[test]
        fn a_literal_finds_itself_and_only_that(text in "[a-zéß.\\\\*(漢]{0,8}", literal in "[a-zéß.\\\\*(漢]{1,3}") {
            let fold = |s: &str| s.to_lowercase();
            let lower = (fold(&text), fold(&literal));
            prop_assert_eq!(finds(&of_text(TextOp::Contains, Type::Text, &literal, Casing::Ignore), &text), lower.0.contains(&lower.1));
            prop_assert_eq!(finds(&of_text(TextOp::Equals, Type::Text, &literal, Casing::Ignore), &text), lower.0 == lower.1);
            prop_assert_eq!(finds(&of_text(TextOp::StartsWith, Type::Text, &literal, Casing::Ignore), &text), lower.0.starts_with(&lower.1));
            prop_assert_eq!(finds(&of_text(TextOp::EndsWith, Type::Text, &literal, Casing::Ignore), &text), lower.0.ends_with(&lower.1));
        }
    }
}
