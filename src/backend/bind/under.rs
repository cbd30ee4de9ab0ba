//! `under`: this, or below it, as the field's type means it.
//!
//! In: the type and the literals. Out: operators that every printer knows, of which any must hold. Law: no `under` is left in a
//! test with literals. A path stands below with either slash, a key with a backslash, a domain or host in front of a dot, a URL by its host, an address of
//! mail by its domain.

use std::collections::BTreeMap;

use crate::hir::{Casing, LikePart, LikePattern, Op, Regex, TextOp};
use crate::schema::{Below, Cut, Named, Transform, Type};

use super::super::long::{chunks, is_long};
use super::spelling::texts;
use super::{Native, NativeExpr};

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
        Some(Below::UrlHost) => {
            let names = literals.iter().map(|host| regex_syntax::escape(host.trim_end_matches('.'))).collect();
            regexes(alternatives(names).iter().map(|name| of_host(name)), Casing::Ignore)
        }
        None => Vec::new(),
    }
}

/// A value, and what is asked of it.
type Asked = (Native, Op<Native>);

/// Below one of many names: the last parts of the name are one of those that have as many, which a query finds out by one look-up for each
/// number of parts. What is left over must be spelled out.
pub(super) fn by_labels(native: &Native, literals: &[String]) -> Option<(Vec<Asked>, Vec<String>)> {
    let named = match native.ty.below()? {
        Below::Name => Named::Whole,
        Below::MailDomain => Named::MailDomain,
        Below::UrlHost | Below::Path | Below::Key => return None,
    };
    let mut by_count: BTreeMap<u8, Vec<String>> = BTreeMap::new();
    let mut others = Vec::new();
    for literal in literals {
        let name = literal.trim_end_matches('.');
        let plain = name.split('.').all(|label| !label.is_empty()) && !name.contains(['/', '?', '#', '\\', '@', ':']);
        match u8::try_from(name.split('.').count()).ok().filter(|_| plain) {
            Some(count) => by_count.entry(count).or_default().push(name.to_owned()),
            None => others.push(literal.clone()),
        }
    }
    let test = |(count, any): (u8, Vec<String>)| {
        let value = NativeExpr::Apply(Transform::Cut(Cut::Labels(named, count)), vec![native.value.clone()]);
        (Native { value, ty: Type::Text, ..native.clone() }, texts(TextOp::Equals, any, Casing::Ignore))
    };
    Some((by_count.into_iter().map(test).collect(), others))
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
    let (roots, deep): (Vec<&str>, Vec<&str>) = deep.into_iter().partition(|path| path.is_empty());
    let either = |path: &str| path.split(['\\', '/']).map(regex_syntax::escape).collect::<Vec<_>>().join(r"[\\/]");
    let deep = alternatives(deep.into_iter().map(either).collect());
    let below = deep.iter().map(|path| format!(r"^{path}(?:[\\/]|$)"));
    tests.extend(regexes(roots.iter().map(|_| r"^[\\/]".to_owned()).chain(below), case));
    tests
}

/// The host stands after `scheme://` or `//`, or first; behind an account and in front of a port, if there is one. `name`: a pattern.
fn of_host(name: &str) -> String {
    let host = format!(r"(?:[^/?#\\]*@)?(?:[^/?#\\@:]*\.)?{name}\.*");
    let port = r":[^/?#\\@]*";
    let end = r"(?:[/?#\\]|$)";
    let after_scheme = format!(r"(?:[^/?#]*:)?//{host}(?:{port})?{end}");
    // Without a scheme, what stands in front of `://` is no host.
    let bare = format!(r"{host}(?:{end}|{port}(?:[?#\\]|/[^/]|/?$)|{port}[^/?#\\@:]/)");
    format!("^(?:{after_scheme}|{bare})")
}

/// Patterns as alternatives of a few: one alone stays as it is.
fn alternatives(patterns: Vec<String>) -> Vec<String> {
    if !is_long(&patterns) {
        return patterns;
    }
    let joined = |chunk: Vec<String>| format!("(?:{})", chunk.join("|"));
    chunks(patterns, String::len).into_iter().map(joined).collect()
}

fn regexes(patterns: impl Iterator<Item = String>, case: Casing) -> Vec<Op<Native>> {
    // Every pattern here is built of escaped text and stays in the common subset.
    let any: Vec<Regex> = patterns.filter_map(|pattern| Regex::new(&pattern, false, false, case).ok()).collect();
    if any.is_empty() { Vec::new() } else { vec![Op::Matches { any, case }] }
}
