//! The table as people read it, and its long form.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use spoor::backend::Target;
use spoor::diag::Code;

use crate::asked::COLUMNS;
use crate::{Cell, Line, Outcome};

const HEAD: &str = "\
# Operators, types and targets

What becomes of each operator on each type of field, in each target. The compiler wrote this page (`SPOOR_UPDATE=1 cargo test --test operators`), by
lowering a rule for every test of every kind of column, and a test holds it; `snapshots/operators.snap` has each of the tests.

| cell | means |
| --- | --- |
| exact | the query says just that; of Splunk's searches: already their first command, which the index answers |
| later | the query says just that, in a `| where` behind a first command that asks for less |
| more | the query may return more (`widened`), for the reason of the code |
| less | the query may miss (`narrowed`) |
| no | the query cannot say it, and the rule is refused |
| \\* | so for one of the tests in the cell at least; others are better |
| | the operator does not fit the type: grammar/semantics.md, section 7 |

The columns: `field` is another field on the right, of any operator that takes one; `cased` stands behind any operator; `*` `?` are texts that hold these characters, and
`?` as a wildcard; `letters` are letters beyond ASCII that have a case; `not` is the negation of any test in the row. A line is a type in the columns that keep it so,
with a field that stands for them: `text`, `number` and so on are columns of that type, `texts` of several values, and what stands before brackets is computed of
them, in the words of docs/packs.md (`json of a list` is a key of JSON in each item of a list). What a *binding* says of its own columns, and what a target does not
record at all, is no matter of operators: `spoor schema CLASS` shows that.
";

pub fn page(lines: &[Line]) -> String {
    let mut page = HEAD.to_owned();
    for target in Target::ALL {
        let of_target: Vec<&Line> = lines.iter().filter(|line| line.kind.target == *target).collect();
        let _ = write!(page, "\n## `{}`\n\n{}", target.name(), table(&of_target));
        let codes: BTreeSet<&str> =
            of_target.iter().flat_map(|line| &line.cells).flat_map(|cell| &cell.codes).map(|code| code.id()).collect();
        if codes.is_empty() {
            continue;
        }
        page.push('\n');
        for code in codes.into_iter().filter_map(Code::from_id) {
            let _ = writeln!(page, "- {code}: {} (`spoor explain {code}`).", code.title());
        }
    }
    page
}

fn table(lines: &[&Line]) -> String {
    let mut table = format!("| type | columns | field | {} |\n|{}\n", COLUMNS.join(" | "), " --- |".repeat(COLUMNS.len() + 3));
    // Kinds of one type that fare alike are one line.
    let mut rows: Vec<(&str, Vec<String>, &str, String)> = Vec::new();
    for line in lines {
        let cells: String = (0..COLUMNS.len()).map(|column| format!(" {} |", said(line, column))).collect();
        let (ty, shape) = (line.kind.ty.name(), format!("`{}`", line.kind.shape));
        match rows.iter_mut().find(|(known, _, _, same)| *known == ty && *same == cells) {
            Some((_, shapes, ..)) => shapes.push(shape),
            None => rows.push((ty, vec![shape], &line.field, cells)),
        }
    }
    for (ty, shapes, field, cells) in rows {
        let _ = writeln!(table, "| {ty} | {} | `{field}` |{cells}", shapes.join(", "));
    }
    table
}

/// The worst of a line's tests in a column.
fn said(line: &Line, column: usize) -> String {
    let cells: Vec<&Cell> = line.cells.iter().filter(|cell| cell.column == column).collect();
    let Some(worst) = cells.iter().map(|cell| cell.outcome).max() else { return String::new() };
    let all = cells.iter().all(|cell| cell.outcome == worst);
    let codes: BTreeSet<&str> =
        cells.iter().filter(|cell| cell.outcome == worst).flat_map(|cell| &cell.codes).map(|code| code.id()).collect();
    let codes: String = codes.iter().map(|code| format!(" {code}")).collect();
    format!("{}{codes}{}", word(worst), if all { "" } else { "\\*" })
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::First => "exact",
        Outcome::Later => "later",
        Outcome::Widened => "more",
        Outcome::Narrowed => "less",
        Outcome::Refused => "no",
    }
}

/// Every kind of column, with every test that its first command does not say.
pub fn long(lines: &[Line]) -> String {
    let mut text = String::new();
    for line in lines {
        let kind = &line.kind;
        let first = line.cells.iter().filter(|cell| cell.outcome == Outcome::First).count();
        let (ty, target) = (kind.ty.name(), kind.target.name());
        let _ =
            writeln!(text, "{ty} on {target}, {} ({}): {first} of {} tests are exact at once", kind.shape, line.field, line.cells.len());
        for cell in line.cells.iter().filter(|cell| cell.outcome != Outcome::First) {
            let codes: String = cell.codes.iter().map(|code| format!(" {code}")).collect();
            let _ = writeln!(text, "    {}{codes}: {}", word(cell.outcome), cell.test);
        }
    }
    text
}
