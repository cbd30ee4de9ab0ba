//! `under`: this, or below it, as the field's type means it.
//!
//! In: the type and the literals. Out: operators that every printer knows, of which any must hold. Law: no `under` is left in a
//! test with literals. A path stands below with either slash, a domain or host in front of a dot, a URL by its host, an address of
//! mail by its domain.

use crate::hir::{Casing, LikePart, LikePattern, Op, Regex, TextOp};
use crate::schema::Type;

use super::Native;
use super::operand::texts;

pub(super) fn spelled(ty: Type, literals: &[String], case: Casing) -> Vec<Op<Native>> {
    match ty {
        Type::Domain | Type::Host => {
            let names = literals.iter().map(|literal| literal.trim_end_matches('.'));
            // A full name may end in a dot.
            let equal = names.clone().flat_map(|name| [name.to_owned(), format!("{name}.")]).collect();
            let below = names.flat_map(|name| [format!(".{name}"), format!(".{name}.")]).collect();
            vec![texts(TextOp::Equals, equal, case), texts(TextOp::EndsWith, below, case)]
        }
        Type::Email => {
            let at = literals.iter().map(|domain| format!("@{domain}")).collect();
            let below =
                |domain: &String| LikePattern::of([LikePart::Any, literal("@"), LikePart::Any, LikePart::Literal(format!(".{domain}"))]);
            vec![texts(TextOp::EndsWith, at, case), Op::Like { any: literals.iter().map(below).collect(), case }]
        }
        Type::Url => regexes(literals.iter().map(|host| of_host(host)), case),
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
        | Type::Enum => of_paths(literals, case),
    }
}

fn literal(text: &str) -> LikePart {
    LikePart::Literal(text.to_owned())
}

/// Without a slash inside, plain texts say it; with one, each slash may be either, which takes a regex.
fn of_paths(literals: &[String], case: Casing) -> Vec<Op<Native>> {
    let bare = literals.iter().map(|literal| literal.trim_end_matches(['\\', '/']));
    let (deep, flat): (Vec<&str>, Vec<&str>) = bare.partition(|path| path.contains(['\\', '/']) || path.is_empty());
    let mut tests = Vec::new();
    if !flat.is_empty() {
        let below = flat.iter().flat_map(|path| [format!("{path}\\"), format!("{path}/")]).collect();
        tests.push(texts(TextOp::Equals, flat.iter().map(|path| (*path).to_owned()).collect(), case));
        tests.push(texts(TextOp::StartsWith, below, case));
    }
    tests.extend(regexes(deep.into_iter().map(path_pattern), case));
    tests
}

fn path_pattern(path: &str) -> String {
    if path.is_empty() {
        return r"^[\\/]".to_owned();
    }
    let parts: Vec<String> = path.split(['\\', '/']).map(regex_syntax::escape).collect();
    format!(r"^{}(?:[\\/]|$)", parts.join(r"[\\/]"))
}

/// Scheme, account and port may stand around the host; a bare host is a URL too.
fn of_host(host: &str) -> String {
    let host = regex_syntax::escape(host.trim_end_matches('.'));
    format!(r"^(?:[a-z][a-z0-9+.\-]*:)?(?://)?(?:[^/?#@]*@)?(?:[^/?#@:]*\.)?{host}\.?(?::[0-9]*)?(?:[/?#]|$)")
}

fn regexes(patterns: impl Iterator<Item = String>, case: Casing) -> Vec<Op<Native>> {
    // Every pattern here is built of escaped text and stays in the common subset.
    let any: Vec<Regex> = patterns.filter_map(|pattern| Regex::new(&pattern, false, false, case).ok()).collect();
    if any.is_empty() { Vec::new() } else { vec![Op::Matches { any, case }] }
}
