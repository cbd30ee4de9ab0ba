//! Operator x type x target: what becomes of each test, on every kind of column, as the compiler says it.
//!
//! In: the packs, and rules made of them. Out: docs/operators.md, a line a type and a table a target, and its long form under
//! `snapshots/`, with every test. Law: both are what the compiler does; `SPOOR_UPDATE=1 cargo test --test operators` writes the page anew.

mod asked;
mod columns;
mod page;

use std::collections::BTreeMap;

use spoor::backend::{Fidelity, Lowered, Options, lower};
use spoor::diag::{Code, Severity};
use spoor::hir::Rule;
use spoor::project::Workspace;
use spoor::schema::{Packs, builtin};
use spoor::source::Sources;

use columns::Kind;

/// What becomes of a test, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Said exactly by the first command.
    First,
    /// Said exactly, by a later one.
    Later,
    Widened,
    Narrowed,
    Refused,
}

/// A test of a kind of column.
pub struct Cell {
    pub column: usize,
    pub test: String,
    pub outcome: Outcome,
    pub codes: Vec<Code>,
}

/// A kind of column, and everything that its type can be asked.
pub struct Line {
    pub kind: Kind,
    /// `process.name`
    pub field: String,
    pub cells: Vec<Cell>,
}

/// Reasons that speak of a class, an action or a binding, not of an operator.
const OF_BINDINGS: [Code; 11] = [
    Code::ActionsLeftOut,
    Code::BranchLeftOut,
    Code::NeverTrueThere,
    Code::CoveredTogether,
    Code::BindingWidens,
    Code::BindingNarrows,
    Code::UnboundField,
    Code::EmptyColumn,
    Code::NoTimeThere,
    Code::OlderRowsCount,
    Code::SplAppendLimits,
];

/// What the checker says of an operator that does not fit its type.
const MISFITS: [Code; 6] =
    [Code::OperatorMisfit, Code::CasedWithoutCase, Code::TimeCompared, Code::KindMisfit, Code::FieldMisplaced, Code::FieldsOfTwoTypes];

fn lines() -> Vec<Line> {
    let packs = builtin();
    let mut sources = Sources::default();
    let file = sources.add("made", "");
    let kinds = columns::kinds(packs, file);
    let mut text = String::new();
    let mut asked: BTreeMap<String, (usize, asked::Asked)> = BTreeMap::new();
    for (index, kind) in kinds.iter().enumerate() {
        let class = packs.class(kind.class);
        let field = class.get(kind.field);
        let values = field.values.map(|id| packs.model.enumeration(id).values.iter().map(AsRef::as_ref).collect::<Vec<_>>());
        let other = columns::partner(packs, kind, file).map(|other| written(&other.name));
        let action = columns::action(packs, kind, class, field);
        for test in asked::tests(&written(&field.name), kind.ty, &values.unwrap_or_default(), other.as_deref()) {
            let name = format!("r{}", asked.len());
            text.push_str(&format!("rule {name} {{ detect {} where {action}{} }}\n", class.name, test.test));
            asked.insert(name, (index, test));
        }
    }
    let mut lines: Vec<Line> = kinds
        .into_iter()
        .map(|kind| Line {
            field: format!("{}.{}", packs.class(kind.class).name, packs.class(kind.class).get(kind.field).name),
            kind,
            cells: Vec::new(),
        })
        .collect();
    for rule in checked(&text, packs) {
        let (index, test) = asked.remove(&rule.name).expect("a rule of ours");
        let lowered = lower(&rule, lines[index].kind.target, packs, &Options::default());
        if let Some((outcome, codes)) = judged(&lowered) {
            lines[index].cells.push(Cell { column: test.column, test: test.test, outcome, codes });
        }
    }
    for line in lines.iter().filter(|line| line.kind.ty != spoor::schema::Type::Time && line.kind.shape != columns::CONSTANT) {
        assert!(line.cells.iter().any(|cell| cell.column == 0), "{} on {}: no equality", line.field, line.kind.target.name());
    }
    lines.iter_mut().for_each(|line| line.cells.sort_by(|one, other| (one.column, &one.test).cmp(&(other.column, &other.test))));
    lines
}

/// The rules that check. What does not may only be an operator that does not fit.
fn checked(text: &str, packs: &Packs) -> Vec<Rule> {
    let workspace = Workspace::text("operators.spoor", text);
    let checked = workspace.check(packs);
    for found in checked.diagnostics.iter().filter(|found| found.severity() == Severity::Error) {
        let line = workspace.sources.place(found.span()).line;
        assert!(MISFITS.contains(&found.code), "{}: {}\n{}", found.code, found.title, text.lines().nth(line - 1).unwrap_or_default());
    }
    checked.rules
}

/// None: no row of the target's tables has the value asked for, which says nothing of the operator.
fn judged(lowered: &Lowered) -> Option<(Outcome, Vec<Code>)> {
    if lowered.query.is_none() && lowered.reasons.iter().all(|reason| reason.code == Code::NeverTrueThere) {
        return None;
    }
    let mut codes: Vec<Code> = lowered.reasons.iter().map(|reason| reason.code).filter(|code| !OF_BINDINGS.contains(code)).collect();
    codes.sort_by_key(|code| code.id());
    codes.dedup();
    let outcome = match (lowered.fidelity, &lowered.plan) {
        (Fidelity::Refused, _) | (_, None) => {
            assert!(!codes.is_empty(), "refused for a reason of its binding: {:?}", lowered.reasons);
            Outcome::Refused
        }
        (Fidelity::Narrowed, Some(_)) if !codes.is_empty() => Outcome::Narrowed,
        (Fidelity::Widened, Some(_)) if !codes.is_empty() => Outcome::Widened,
        (Fidelity::Exact | Fidelity::Widened | Fidelity::Narrowed, Some(plan)) => {
            if plan.searches.iter().all(|search| search.rest.is_true()) { Outcome::First } else { Outcome::Later }
        }
    };
    Some((outcome, codes))
}

/// A product's own name may hold blanks.
fn written(name: &str) -> String {
    let is_plain = |part: &str| part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    name.split('.').map(|part| if is_plain(part) { part.to_owned() } else { format!("`{part}`") }).collect::<Vec<_>>().join(".")
}

#[test]
fn the_page_says_what_the_compiler_does() {
    let lines = lines();
    let cells: usize = lines.iter().map(|line| line.cells.len()).sum();
    println!("{} kinds of columns, {cells} tests", lines.len());
    insta::with_settings!({ snapshot_path => "../../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("operators", page::long(&lines));
    });
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operators.md");
    let page = page::page(&lines);
    if std::env::var_os("SPOOR_UPDATE").is_some() {
        std::fs::write(&path, page).expect("the page is written");
        return;
    }
    let written = std::fs::read_to_string(&path).expect("docs/operators.md");
    assert!(written == page, "docs/operators.md says other things than the compiler: SPOOR_UPDATE=1 cargo test --test operators");
}
