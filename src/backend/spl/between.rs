//! A field against another field, in the eval dialect.
//!
//! In: two native values and an operator. Out: a [`Frag`] that is true or false on every row, and the columns of positions it needs. Law:
//! the value on the right is plain text: no regular expression, no `%`, no `_`. Text is compared behind a `=` on both sides: without it
//! eval would take two texts that look like numbers for numbers. Whether one text stands in another no function of eval says without
//! reading a pattern or a delimiter into it, so every position is tried: `mvrange()` counts them, `mvmap()` looks at each.
//! Search Reference, "Multivalue eval functions", "Text functions".

use crate::backend::bind::{Native, NativePred};
use crate::backend::frag::Frag;
use crate::backend::lines::Lines;
use crate::hir::{Casing, Compare, FieldOp, Op, TextOp};
use crate::schema::{Below, Type};
use crate::source::{Span, add_places};

use super::eval_expr::{Scope, WORDS, sign};
use super::quote::{eval_regex, eval_string};
use super::value::{self, Rows};

/// `left op right` as text. Never null.
pub fn texts(scope: &Scope, left: &Native, op: TextOp, right: &Native, case: Casing) -> Frag {
    let rows = scope.rows(true);
    let (a, b) = (value::text(left, rows), value::text(right, rows));
    let present = Frag::atom(format!("len({b})>0"));
    let part = |from: &str| format!("substr({a}, {from}, len({b}))");
    let tests = match op {
        TextOp::Equals => vec![present, same(&a, &b, case)],
        TextOp::StartsWith => vec![present, same(&part("1"), &b, case)],
        TextOp::EndsWith => {
            let fits = Frag::atom(format!("len({a})>=len({b})"));
            vec![present, fits, same(&part(&format!("len({a})-len({b})+1")), &b, case)]
        }
        TextOp::Contains | TextOp::Has => {
            let at = scope.positions.iter().position(|sought| sought.native.value == left.value).map_or_else(String::new, position);
            let here = same(&part(&format!("{at}+1")), &b, case);
            let here = if op == TextOp::Has { Frag::all(vec![here, bounded(&a, &b, &at)], WORDS) } else { here };
            vec![present, Frag::atom(format!("isnotnull(mvmap({at}, if({}, 1, null())))", here.into_text()))]
        }
        TextOp::Under => under(left.ty, &a, &b, case),
    };
    Frag::all(tests, WORDS)
}

/// `left op right` as numbers.
pub fn numbers(left: &Native, compare: Compare, right: &Native, rows: Rows) -> Frag {
    let (a, b) = (value::number(left, rows), value::number(right, rows));
    let test = Frag::atom(format!("{}{}{}", a.value, sign(compare), b.value));
    Frag::all(a.guard.into_iter().chain(b.guard).chain([test]).collect(), WORDS)
}

/// A value in which another one is sought.
#[derive(Clone, Debug)]
pub struct Sought {
    native: Native,
    /// Where the tests stand.
    from: Vec<Span>,
}

/// The values of which a predicate needs a column of positions.
pub fn searched<'p>(preds: impl IntoIterator<Item = &'p NativePred>) -> Vec<Sought> {
    let mut values: Vec<Sought> = Vec::new();
    for pred in preds {
        pred.tests(&mut |test| {
            let seeks = matches!(&test.op, Op::Field { op: FieldOp::Text(TextOp::Contains | TextOp::Has), .. });
            match values.iter_mut().find(|sought| sought.native.value == test.field.value) {
                _ if !seeks => {}
                Some(known) => add_places(&mut known.from, test.places()),
                None => values.push(Sought { native: test.field.clone(), from: test.places().to_vec() }),
            }
        });
    }
    values
}

/// The `eval` that makes the columns of positions; None where none is needed. One position more than there are, so that none is null.
pub fn positions(scope: &Scope) -> Option<Lines> {
    let rows = scope.rows(true);
    let made: Vec<Lines> = scope
        .positions
        .iter()
        .enumerate()
        .map(|(index, sought)| {
            let made = format!("{}=mvrange(0, len({})+1)", position(index), value::text(&sought.native, rows));
            Lines::from(made).at(&sought.from)
        })
        .collect();
    (!made.is_empty()).then(|| Lines::join(&made, ", ").after("eval "))
}

pub fn is_number(ty: Type) -> bool {
    match ty {
        Type::Int | Type::Real | Type::Port | Type::Time | Type::Duration => true,
        Type::Text
        | Type::Path
        | Type::FileName
        | Type::CommandLine
        | Type::RegistryPath
        | Type::Data
        | Type::Ip
        | Type::Domain
        | Type::Host
        | Type::Url
        | Type::Email
        | Type::Md5
        | Type::Sha1
        | Type::Sha256
        | Type::Sha512
        | Type::Imphash
        | Type::Guid
        | Type::Sid
        | Type::User
        | Type::Bool
        | Type::Enum => false,
    }
}

/// The name of a column of positions: no schema has it, and the result does not show it.
fn position(index: usize) -> String {
    format!("spoor_at_{}", index + 1)
}

fn same(a: &str, b: &str, case: Casing) -> Frag {
    Frag::atom(match case {
        Casing::Ignore => format!("\"=\".lower({a})==\"=\".lower({b})"),
        Casing::Respect => format!("\"=\".{a}==\"=\".{b}"),
    })
}

/// What stands before and after is no letter or digit where the sought text's own edge is one. A blank at both ends saves two cases.
fn bounded(a: &str, b: &str, at: &str) -> Frag {
    let within = format!("\" \".{a}.\" \"");
    let is_word = |text: &str, pattern: &str| Frag::atom(format!("match({text}, {})", eval_regex(pattern)));
    let before = vec![is_word(b, "^[0-9A-Za-z]"), is_word(&format!("substr({within}, {at}+1, 1)"), "[0-9A-Za-z]")];
    let after = vec![is_word(b, r"[0-9A-Za-z]\z"), is_word(&format!("substr({within}, {at}+len({b})+2, 1)"), "[0-9A-Za-z]")];
    Frag::all(vec![Frag::all(before, WORDS).not(WORDS), Frag::all(after, WORDS).not(WORDS)], WORDS)
}

/// Both sides in a common form, with a mark at the end (a path) or at the start (a domain) that the part below must stand at.
fn under(ty: Type, a: &str, b: &str, case: Casing) -> Vec<Frag> {
    let domain = |text: &str| format!("\".\".rtrim({text}, \".\")");
    let host = || {
        let scheme = format!("replace({a}, {}, \"\")", eval_regex(r"^(?:[A-Za-z][0-9A-Za-z+.\-]*://)?(?:[^/?#@]*@)?"));
        format!("replace({scheme}, {}, \"\")", eval_regex(r"(?s)[:/?#].*\z"))
    };
    let folder = |text: &str| format!("rtrim(replace({text}, {}, \"/\"), \"/\").\"/\"", eval_regex(r"\\"));
    let key = |text: &str| format!("rtrim({text}, {slash}).{slash}", slash = eval_string("\\"));
    let mut tests = Vec::new();
    let (a, b, at_end) = match ty.below() {
        Some(Below::Name) => (domain(a), domain(b), true),
        Some(Below::MailDomain) => {
            tests.push(Frag::atom(format!("match({a}, \"@\")")));
            (domain(&format!("replace({a}, {}, \"\")", eval_regex("(?s)^.*@"))), domain(b), true)
        }
        Some(Below::UrlHost) => (domain(&host()), domain(b), true),
        Some(Below::Key) => (key(a), key(b), false),
        Some(Below::Path) | None => (folder(a), folder(b), false),
    };
    let present = Frag::atom(format!("len({b})>1"));
    let fits = Frag::atom(format!("len({a})>=len({b})"));
    let from = if at_end { format!("len({a})-len({b})+1") } else { "1".to_owned() };
    tests.extend([present, fits, same(&format!("substr({a}, {from}, len({b}))"), &b, case)]);
    tests
}
