//! Short ways to write a checked rule by hand.

use spoor::hir::{Branch, Case, Casing, Op, Pattern, Pred, Rule, Scalar, TextOp};
use spoor::schema::{Actions, Class, ClassId, FieldId, Packs, builtin};
use spoor::source::{Sources, Span};

pub fn packs() -> &'static Packs {
    builtin()
}

/// A place that no text has; tests look at codes, not at places.
pub fn span() -> Span {
    Span::new(Sources::default().add("test.spoor", ""), 0, 0)
}

pub fn class_id(name: &str) -> ClassId {
    packs().model.class(name).expect("a class of the model")
}

pub fn class(name: &str) -> &'static Class {
    packs().class(class_id(name))
}

pub fn field(of: &str, name: &str) -> FieldId {
    class(of).field(name).unwrap_or_else(|| panic!("`{of}` has no `{name}`"))
}

pub fn actions(of: &str, names: &[&str]) -> Actions {
    names.iter().fold(Actions::NONE, |all, name| all.or(Actions::one(class(of).action(name).expect("an action"))))
}

pub fn test(of: &str, name: &str, op: Op) -> Pred {
    Pred::test(field(of, name), op, span())
}

pub fn text(op: TextOp, any: &[&str]) -> Op {
    Op::Text { op, any: any.iter().map(|text| (*text).to_owned()).collect(), case: Casing::Ignore }
}

pub fn equals(any: &[&str]) -> Op {
    text(TextOp::Equals, any)
}

pub fn contains(any: &[&str]) -> Op {
    text(TextOp::Contains, any)
}

pub fn ints(any: &[i64]) -> Op {
    Op::OneOf(any.iter().copied().map(Scalar::Int).collect())
}

/// A branch over the default actions.
pub fn branch(of: &str, pred: Pred) -> Branch {
    acting(of, class(of).default, pred)
}

pub fn acting(of: &str, actions: Actions, pred: Pred) -> Branch {
    Branch { label: None, class: class_id(of), cases: vec![Case { actions, pred }], pinned: Vec::new(), head: span(), span: span() }
}

pub fn labelled(label: &str, branch: Branch) -> Branch {
    Branch { label: Some(label.to_owned()), ..branch }
}

pub fn rule(branches: Vec<Branch>) -> Rule {
    Rule {
        name: "test".to_owned(),
        span: span(),
        docs: Vec::new(),
        meta: Default::default(),
        pattern: Pattern::Union(branches),
        group: None,
        last: None,
        show: None,
        tests: Vec::new(),
        lists: Vec::new(),
        rewritten: Vec::new(),
    }
}
