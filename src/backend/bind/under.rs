//! `under`: this, or below it, as the field's type means it.
//!
//! In: the type and the literals. Out: operators that every printer knows, of which any must hold. Law: no `under` is left in a
//! test with literals. A path stands below with either slash, a key with a backslash, a domain or host in front of a dot, a URL by its host, an address of
//! mail by its domain.

use crate::hir::{Casing, LikePart, LikePattern, Op, Regex, TextOp};
use crate::schema::{Below, Type};

use super::Native;
use super::operand::texts;

pub(super) fn spelled(ty: Type, literals: &[String], case: Casing) -> Vec<Op<Native>> {
    match ty.below() {
        Some(Below::Path) => of_paths(literals, case),
        Some(Below::Key) => {
            let keys = || literals.iter().map(|key| key.trim_end_matches('\\'));
            let below = keys().map(|key| format!("{key}\\")).collect();
            vec![texts(TextOp::Equals, keys().map(str::to_owned).collect(), case), texts(TextOp::StartsWith, below, case)]
        }
        // Names know no case, `cased` or not.
        Some(Below::Name) => {
            vec![texts(TextOp::Equals, full(literals, ""), Casing::Ignore), texts(TextOp::EndsWith, full(literals, "."), Casing::Ignore)]
        }
        Some(Below::MailDomain) => {
            let below = full(literals, ".")
                .into_iter()
                .map(|end| LikePattern::of([LikePart::Any, literal("@"), LikePart::Any, LikePart::Literal(end)]));
            vec![texts(TextOp::EndsWith, full(literals, "@"), Casing::Ignore), Op::Like { any: below.collect(), case: Casing::Ignore }]
        }
        Some(Below::UrlHost) => regexes(literals.iter().map(|host| of_host(host)), Casing::Ignore),
        None => Vec::new(),
    }
}

/// Each name after `before`; a full name may end in a dot.
fn full(names: &[String], before: &str) -> Vec<String> {
    names.iter().map(|name| name.trim_end_matches('.')).flat_map(|name| [format!("{before}{name}"), format!("{before}{name}.")]).collect()
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

/// The host stands after `scheme://` or `//`, or first; behind an account and in front of a port, if there is one.
fn of_host(host: &str) -> String {
    let name = regex_syntax::escape(host.trim_end_matches('.'));
    let host = format!(r"(?:[^/?#\\]*@)?(?:[^/?#\\@:]*\.)?{name}\.*");
    let port = r":[^/?#\\@]*";
    let end = r"(?:[/?#\\]|$)";
    let after_scheme = format!(r"(?:[^/?#]*:)?//{host}(?:{port})?{end}");
    // Without a scheme, what stands in front of `://` is no host.
    let bare = format!(r"{host}(?:{end}|{port}(?:[?#\\]|/[^/]|/?$)|{port}[^/?#\\@:]/)");
    format!("^(?:{after_scheme}|{bare})")
}

fn regexes(patterns: impl Iterator<Item = String>, case: Casing) -> Vec<Op<Native>> {
    // Every pattern here is built of escaped text and stays in the common subset.
    let any: Vec<Regex> = patterns.filter_map(|pattern| Regex::new(&pattern, false, false, case).ok()).collect();
    if any.is_empty() { Vec::new() } else { vec![Op::Matches { any, case }] }
}
