//! What a target must know of a rule's rewrites.
//!
//! In: a rule, and what `plan` found. Out: beside each reason that speaks of a name where the rule speaks of its path, the sentence that
//! tells why; and what the query takes for granted of products that record the two in columns of their own.

use super::bind::bindings;
use super::describe::describe_neutral;
use crate::diag::{Diagnostic, rewritten};
use crate::hir::rewrite::{Change, Rewritten};
use crate::hir::{Pred, Rule};
use crate::schema::{ClassId, Expr, FieldId, Packs, Target, Transform};

/// Of a long list.
const SHOWN: usize = 8;

/// The change as a sentence.
pub fn sentence(one: &Rewritten, packs: &Packs) -> String {
    let class = packs.class(one.class);
    let line = |pred: &Pred| describe_neutral(pred, class, SHOWN);
    let before = line(&one.before);
    match &one.change {
        Change::Regex(after) => rewritten::regex(&before, &line(after)),
        Change::List(after) => rewritten::list(&before, &line(after)),
        Change::Spare(by) => rewritten::spare(&before, &line(by)),
        Change::LastPart(after) => match last_part(one, packs) {
            Some((name, path)) => rewritten::last_part(&before, &line(after), &class.get(name).name, &class.get(path).name),
            None => rewritten::list(&before, &line(after)),
        },
    }
}

/// The name and the path, where the change is one from the path to the name.
fn last_part(one: &Rewritten, packs: &Packs) -> Option<(FieldId, FieldId)> {
    let (Change::LastPart(_), Pred::Test(test)) = (&one.change, &one.before) else { return None };
    packs.class(one.class).last_part(test.field).map(|name| (name, test.field))
}

/// Tells of the path where a reason tells of its name.
pub(super) fn explained(reasons: &mut [Diagnostic], rule: &Rule, packs: &Packs) {
    for reason in reasons {
        let at = reason.span();
        let within = |one: &&Rewritten| at.file == one.span.file && at.start <= one.span.start && one.span.end <= at.end;
        let names = |one: &&Rewritten| {
            last_part(one, packs).is_some_and(|(name, _)| reason.title.contains(&format!("`{}`", packs.class(one.class).get(name).name)))
        };
        if let Some(one) = rule.rewritten.iter().filter(within).find(names) {
            reason.help.push(sentence(one, packs));
        }
    }
}

/// Where a table has a column for the name and one for the path, they are taken to agree.
pub(super) fn assumptions(rule: &Rule, target: Target, packs: &Packs) -> Vec<String> {
    let mut asked: Vec<(ClassId, FieldId, FieldId)> = Vec::new();
    for one in &rule.rewritten {
        if let Some((name, path)) = last_part(one, packs)
            && !asked.contains(&(one.class, name, path))
        {
            asked.push((one.class, name, path));
        }
    }
    let mut assumed: Vec<String> = Vec::new();
    for (class, name, path) in asked {
        for (_, binding) in bindings(target, class, packs) {
            for container in binding.containers.iter() {
                let (Some(name), Some(path)) = (container.field(name), container.field(path)) else { continue };
                if is_last_part(&name.value, &path.value) {
                    continue;
                }
                let columns = |value: &Expr| value.columns().join(" and ");
                let text = rewritten::assumed(&columns(&name.value), &columns(&path.value));
                if !assumed.contains(&text) {
                    assumed.push(text);
                }
            }
        }
    }
    assumed
}

/// Whether one column, or the last of those that make the path, is both.
fn is_last_part(name: &Expr, path: &Expr) -> bool {
    let of_path = match path {
        Expr::Apply(Transform::Join(_), inputs) => inputs.last().is_some_and(|last| name == last || is_last_part(name, last)),
        Expr::Apply(..) | Expr::Column(_) => false,
    };
    of_path || matches!(name, Expr::Apply(Transform::Basename, of) if of.first() == Some(path))
}
