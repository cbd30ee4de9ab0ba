//! Rules and events made by hand, over the built-in model.

use spoor::hir::*;
use spoor::project::{Workspace, discover};
use spoor::schema::{Actions, Class, ClassId, FieldId, Packs, builtin};
use spoor::source::{Sources, Span};

/// The built-in packs, with the fields of open families that the corpus and the examples name.
pub fn packs() -> &'static Packs {
    static PACKS: std::sync::OnceLock<Packs> = std::sync::OnceLock::new();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["tests/corpus", "examples"].map(|folder| root.join(folder));
    PACKS.get_or_init(|| Workspace::load(discover(&folders), spoor::schema::builtin()).packs(builtin()).into_owned())
}

pub fn span() -> Span {
    Span::new(Sources::default().add("hand.spoor", ""), 0, 0)
}

pub fn class(name: &str) -> (ClassId, &'static Class) {
    let id = packs().model.class(name).expect("a class of the model");
    (id, packs().class(id))
}

pub fn field(class_name: &str, name: &str) -> FieldId {
    class(class_name).1.field(name).unwrap_or_else(|| panic!("{class_name} has no {name}"))
}

pub fn branch(label: Option<&str>, class: ClassId, cases: Vec<Case>) -> Branch {
    Branch { label: label.map(str::to_owned), class, cases, pinned: Vec::new(), head: span(), span: span() }
}

pub fn rule(name: &str, branches: Vec<Branch>) -> Rule {
    Rule {
        name: name.to_owned(),
        span: span(),
        docs: Vec::new(),
        meta: Meta::default(),
        pattern: Pattern::Union(branches),
        group: None,
        last: None,
        show: None,
        tests: Vec::new(),
        lists: Vec::new(),
        rewritten: Vec::new(),
    }
}

/// Starts of processes that satisfy the predicate.
pub fn process(pred: Pred) -> Rule {
    let (id, class) = class("process");
    rule("made", vec![branch(None, id, vec![Case { actions: class.default, pred }])])
}

/// Any event of a file that satisfies it.
pub fn file(pred: Pred) -> Rule {
    let (id, class) = class("file");
    rule("made", vec![branch(None, id, vec![Case { actions: class.every_action(), pred }])])
}

pub fn event(class_name: &str, action: &str, fields: &[(&str, Vec<Scalar>)]) -> Event {
    let (id, class) = class(class_name);
    let fields = fields.iter().map(|(name, values)| (field(class_name, name), values.clone())).collect();
    Event { class: id, action: class.action(action), time: Some(1_767_225_600_000_000), fields }
}

pub fn one_action(class_name: &str, action: &str) -> Actions {
    Actions::one(class(class_name).1.action(action).expect("an action"))
}

pub fn text(text: &str) -> Scalar {
    Scalar::Text(text.to_owned())
}

pub fn regex(pattern: &str, case: Casing) -> Regex {
    Regex::new(pattern, false, false, case).expect("a pattern of the subset")
}
