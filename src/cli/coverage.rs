//! `spoor coverage`: what the rules cover of ATT&CK, which events they read, and how faithful they are where.
//!
//! The result goes to stdout, or with `-o` to a file; findings go to stderr. Exit 1: a rule has an error, so it is not counted; 2: a file could
//! not be read or written. Law: a rule is counted, or named among those without a technique, or its error is shown.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};

use super::build::painter;
use super::out::{Out, Paint};
use super::table::{Cell, fitted};
use super::{CLEAN, FAILED, FINDINGS, checked, counted, fails, load, packs, project, report, rules};
use crate::backend::{Fidelity, Target, lower};
use crate::coverage::{Asked, Coverage, Tally, count, html, navigator, svg};
use crate::project::{STDIN, in_parallel, reason, write};

#[derive(Args)]
#[command(after_help = "\
Examples:
  spoor coverage                                     the project's rules, by technique, class of events and target
  spoor coverage --target defender rules/
  spoor coverage --format svg -o coverage.svg        the matrix, to look at
  spoor coverage --format html -o coverage.html      the same with its tables
  spoor coverage --format navigator -o layer.json    for ATT&CK Navigator
  spoor coverage --format json | jq -r '.without[]'  rules that name no technique")]
pub struct CoverageArgs {
    /// Rule files, or folders of them; `-` is standard input [default: the project's rules, else this folder]
    pub paths: Vec<PathBuf>,
    /// Only this target; repeatable [default: the project's targets, else all]
    #[arg(short, long = "target", value_name = "NAME", value_parser = PossibleValuesParser::new(Target::ALL.iter().map(|target| target.name())))]
    targets: Vec<String>,
    /// Tables for people, one JSON object, a layer of ATT&CK Navigator, or the matrix as a picture or a page
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// Write it to this file; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Table,
    Json,
    Navigator,
    Svg,
    Html,
}

pub fn run(args: &CoverageArgs, out: &mut Out) -> u8 {
    let targets = super::targets(&args.targets);
    let (workspace, code) = load(&rules(&args.paths), out);
    let mut options = project().options.clone();
    options.lists = workspace.kept(&project().lists);
    let packs = &*workspace.packs(packs());
    let checked = checked(&workspace, packs);
    report(&checked.diagnostics, &workspace.sources, out);
    let wrong = fails(&checked.diagnostics, &workspace.sources, out);

    let fidelities =
        in_parallel(&checked.rules, |rule| targets.iter().map(|target| lower(rule, *target, packs, &options).fidelity).collect::<Vec<_>>());
    let asked: Vec<Asked<'_>> = checked
        .rules
        .iter()
        .zip(fidelities)
        .map(|(rule, fidelities)| Asked { rule, path: workspace.sources.name(rule.span.file), fidelities })
        .collect();
    let coverage = count(&asked, &targets, packs);
    let text = match args.format {
        Format::Table => {
            let colors = Paint(args.output.is_none() && out.stdout_color());
            tables(&coverage, if args.output.is_some() { usize::MAX } else { out.width() }, colors)
        }
        // Texts and numbers only: it cannot fail.
        Format::Json => serde_json::to_string(&coverage).unwrap_or_default() + "\n",
        Format::Navigator => navigator::layer(&coverage, "Detection rules") + "\n",
        Format::Svg => svg::picture(&coverage),
        Format::Html => html::page(&coverage),
    };
    let code = if code == CLEAN && wrong { FINDINGS } else { code };
    let Some(path) = args.output.as_ref().filter(|path| path.as_os_str() != STDIN) else {
        out.print(&text);
        return code;
    };
    if let Err(error) = write(path, text.as_bytes()) {
        out.error(&format!("cannot write `{}`: {}", path.display(), reason(&error)));
        return FAILED;
    }
    out.status(&format!("{}: {}", path.display(), coverage.summary()));
    code
}

fn tables(coverage: &Coverage, width: usize, colors: Paint) -> String {
    let mut text = format!("{}\n", coverage.summary());
    if !coverage.targets.is_empty() {
        text.push_str(&colors.dim("Under each target: how many of the rules are exact there."));
        text.push('\n');
    }
    for rows in [techniques(coverage), classes(coverage), targets(coverage)] {
        text.push('\n');
        text.push_str(&fitted(&rows, width, colors));
    }
    let mut told = rest(coverage);
    if !told.is_empty() {
        told.insert(0, String::new());
    }
    told.iter().for_each(|line| text.push_str(&format!("{line}\n")));
    text
}

fn heads(first: &[&str], coverage: &Coverage) -> Vec<Cell> {
    let heads = first.iter().map(|head| Cell::painted(*head, Paint::bold));
    let numbers = std::iter::once("rules").chain(coverage.targets.iter().copied());
    heads.chain(numbers.map(|head| Cell::painted(head, Paint::bold).right())).collect()
}

/// All of them exact, some, or none.
fn exact(tally: &Tally) -> Cell {
    let paint = match (tally.exact, tally.all()) {
        (_, 0) => return Cell::painted("", Paint::dim),
        (exact, all) if exact == all => Paint::green,
        (0, _) => Paint::red,
        (_, _) => Paint::yellow,
    };
    Cell::painted(tally.exact.to_string(), paint).right()
}

fn techniques(coverage: &Coverage) -> Vec<Vec<Cell>> {
    let mut rows = vec![heads(&["technique", "name"], coverage)];
    for column in &coverage.tactics {
        let paint = if column.rules == 0 { Paint::dim } else { Paint::cyan };
        let name = format!("{}: {} of {} techniques", column.name, column.covered(), column.cells.len());
        rows.push(vec![
            Cell::painted(&column.id, paint),
            Cell::painted(name, paint),
            Cell::painted(column.rules.to_string(), paint).right(),
        ]);
        for cell in column.cells.iter().filter(|cell| cell.is_covered()) {
            for cell in std::iter::once(cell).chain(cell.below.iter().filter(|part| part.is_covered())) {
                // Only its parts have rules.
                let own = if cell.rules.is_empty() { Cell::painted("-", Paint::dim) } else { Cell::new(cell.rules.len().to_string()) };
                let mut row = vec![Cell::new(format!("  {}", cell.id)), Cell::new(&cell.name), own.right()];
                row.extend(cell.tallies.iter().map(exact));
                rows.push(row);
            }
        }
    }
    rows
}

fn classes(coverage: &Coverage) -> Vec<Vec<Cell>> {
    let mut rows = vec![heads(&["class of events"], coverage)];
    for class in &coverage.classes {
        let mut row = vec![Cell::new(&class.name), Cell::new(class.rules.to_string()).right()];
        row.extend(class.tallies.iter().map(exact));
        rows.push(row);
    }
    rows
}

fn targets(coverage: &Coverage) -> Vec<Vec<Cell>> {
    let all = [Fidelity::Exact, Fidelity::Widened, Fidelity::Narrowed, Fidelity::Refused];
    let mut rows = vec![vec![Cell::painted("target", Paint::bold)]];
    rows[0].extend(all.iter().map(|fidelity| Cell::painted(fidelity.name(), Paint::bold).right()));
    for (target, tally) in coverage.targets.iter().zip(&coverage.tallies) {
        let count = |fidelity: &Fidelity| match tally.of(*fidelity) {
            0 => Cell::painted("0", Paint::dim).right(),
            count => Cell::painted(count.to_string(), painter(*fidelity)).right(),
        };
        rows.push(std::iter::once(Cell::new(*target)).chain(all.iter().map(count)).collect());
    }
    rows
}

/// What no cell of the matrix stands for.
fn rest(coverage: &Coverage) -> Vec<String> {
    let mut lines = Vec::new();
    if !coverage.refused.is_empty() {
        let (noun, verb) = if coverage.refused.len() == 1 { ("has", "covers") } else { ("have", "cover") };
        let (count, targets) = (counted(coverage.refused.len(), "rule"), coverage.targets.join(", "));
        lines.push(format!("{count} {noun} no query for {targets} and {verb} nothing there: {}", coverage.refused.join(", ")));
    }
    if !coverage.without.is_empty() {
        let noun = if coverage.without.len() == 1 { "names" } else { "name" };
        lines.push(format!("{} {noun} no technique: {}", counted(coverage.without.len(), "rule"), coverage.without.join(", ")));
    }
    for moved in &coverage.moved {
        lines.push(format!("{} is revoked, counted as {}: {}", moved.id, moved.to.join(", "), moved.rules.join(", ")));
    }
    for other in &coverage.elsewhere {
        lines.push(format!("{} is no technique of the matrix: {}", other.id, other.rules.join(", ")));
    }
    lines
}
