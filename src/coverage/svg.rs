//! The matrix as a picture.
//!
//! In: a [`Coverage`]. Out: one SVG: a column a tactic, a cell a technique, below it those of its parts that a rule names. The darker a cell, the
//! more rules; under it a bar of one piece a target says whether they are exact there. Law: it is legible by itself, in light and dark; whoever
//! points at a cell, or has it read aloud, is told what it stands for; it loads nothing.

use std::fmt::Write;

use super::{Cell, Column, Coverage, Tally};
use crate::markup::html as escaped;

const WIDTH: usize = 168;
const GAP: usize = 8;
const MARGIN: usize = 20;
const TOP: usize = 96;
const HEAD: usize = 50;
const LINE: usize = 14;
const INDENT: usize = 12;
/// Characters of a line of a whole column: the widest letters of the usual fonts fit.
const LETTERS: usize = 22;

/// The colours of picture and page, by what they are for.
pub(super) const PALETTE: &str = "\
:root{--bg:#fff;--ink:#1b2430;--dim:#5d6877;--line:#dfe4ea;--none:#f5f7f9;--l1:#d9ecf7;--l2:#a9d3ec;--l3:#5fa8d3;--l4:#1f6f9f;--on:#fff;\
--exact:#23824d;--some:#c98a00;--refused:#b8413b}\
@media(prefers-color-scheme:dark){:root{--bg:#10151b;--ink:#e7ecf2;--dim:#9aa6b4;--line:#2b343f;--none:#171e26;--l1:#17344a;--l2:#1c4b6b;\
--l3:#2a6f9c;--l4:#63b3e0;--on:#0c1116;--exact:#4cc38a;--some:#e3b341;--refused:#f0706a}}";

const STYLE: &str = "\
.matrix text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;font-size:11.5px;fill:var(--ink)}\
.matrix .bg{fill:var(--bg)}.matrix .title{font-size:20px;font-weight:600}.matrix .dim,.matrix .id{fill:var(--dim);font-size:10px}\
.matrix .tactic{font-size:12.5px;font-weight:600}.matrix rect.c{stroke:var(--line);fill:var(--none)}\
.matrix .l1 rect.c{fill:var(--l1)}.matrix .l2 rect.c{fill:var(--l2)}.matrix .l3 rect.c{fill:var(--l3)}.matrix .l4 rect.c{fill:var(--l4)}\
.matrix .l0 text{fill:var(--dim)}.matrix .l4 text{fill:var(--on)}.matrix .l1 .id,.matrix .l2 .id,.matrix .l3 .id{fill:var(--ink)}\
.matrix .n{font-weight:700;text-anchor:end}.matrix .exact{fill:var(--exact)}.matrix .some{fill:var(--some)}.matrix .refused{fill:var(--refused)}\
.matrix .rule{stroke:var(--line)}";

/// A file of its own.
pub fn picture(coverage: &Coverage) -> String {
    let mut svg = matrix(coverage, true);
    svg.push('\n');
    svg
}

/// The element; with its own colours unless the page around it has them.
pub(super) fn matrix(coverage: &Coverage, alone: bool) -> String {
    let columns: Vec<(String, usize)> =
        coverage.tactics.iter().enumerate().map(|(index, column)| drawn(coverage, column, left(index))).collect();
    let bottom = columns.iter().map(|(_, bottom)| *bottom).max().unwrap_or(TOP);
    let (width, height) = (left(columns.len()).max(900) + MARGIN - GAP, bottom + MARGIN);
    let palette = if alone { PALETTE } else { "" };
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"matrix\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         role=\"group\" aria-label=\"{0}\">\n<title>{0}</title>\n<style>{palette}{STYLE}</style>\n<rect class=\"bg\" width=\"{width}\" height=\"{height}\"/>\n",
        escaped(&coverage.summary())
    );
    // A page has a heading of its own.
    let behind_title = if alone { 480 } else { 0 };
    if alone {
        let _ = writeln!(svg, "<text class=\"title\" x=\"{MARGIN}\" y=\"38\">ATT&amp;CK coverage</text>");
        let _ = writeln!(svg, "<text x=\"{MARGIN}\" y=\"60\">{}</text>", escaped(&coverage.summary()));
    }
    legend(coverage, MARGIN + behind_title, &mut svg);
    columns.iter().for_each(|(column, _)| svg.push_str(column));
    svg.push_str("</svg>");
    svg
}

fn left(index: usize) -> usize {
    MARGIN + index * (WIDTH + GAP)
}

/// What the colours say, above the columns.
fn legend(coverage: &Coverage, left: usize, svg: &mut String) {
    let mut x = left;
    for (level, label) in [(1, "1 rule"), (2, "2 to 3"), (3, "4 to 7"), (4, "8 and more")] {
        let _ = write!(svg, "<g class=\"l{level}\"><rect class=\"c\" x=\"{x}\" y=\"28\" width=\"14\" height=\"14\" rx=\"3\"/></g>");
        let _ = writeln!(svg, "<text x=\"{}\" y=\"39\">{label}</text>", x + 20);
        x += 90;
    }
    let mut x = left;
    for (class, label) in [("exact", "all exact"), ("some", "some, or not exact"), ("refused", "all refused")] {
        let _ = write!(svg, "<rect class=\"{class}\" x=\"{x}\" y=\"54\" width=\"14\" height=\"4\"/>");
        let _ = writeln!(svg, "<text x=\"{}\" y=\"60\">{label}</text>", x + 20);
        x += 155;
    }
    if !coverage.targets.is_empty() {
        let _ = writeln!(svg, "<text class=\"dim\" x=\"{}\" y=\"80\">bars: {}</text>", left, escaped(&coverage.targets.join(", ")));
    }
}

/// A column, and where it ends.
fn drawn(coverage: &Coverage, column: &Column, x: usize) -> (String, usize) {
    let said = format!("{} of {}", column.covered(), column.cells.len());
    let label = format!("{} ({}): {said} techniques, rules: {}", column.name, column.id, column.rules);
    let mut svg = format!("<g role=\"group\" aria-label=\"{0}\">\n<title>{0}</title>\n", escaped(&label));
    let _ = writeln!(svg, "<text class=\"tactic\" x=\"{x}\" y=\"{}\">{}</text>", TOP + 12, escaped(&column.name));
    let _ = writeln!(svg, "<text class=\"dim\" x=\"{x}\" y=\"{}\">{} · {said}</text>", TOP + 28, escaped(&column.id));
    let _ = writeln!(svg, "<path class=\"rule\" d=\"M{x} {0}h{WIDTH}\"/>", TOP + 38);
    let mut y = TOP + HEAD;
    for cell in &column.cells {
        y = cell_at(coverage, cell, x, y, 0, &mut svg);
        for part in cell.below.iter().filter(|part| part.is_covered()) {
            y = cell_at(coverage, part, x, y, INDENT, &mut svg);
        }
    }
    svg.push_str("</g>\n");
    (svg, y)
}

/// Draws a cell, and says where the next begins.
fn cell_at(coverage: &Coverage, cell: &Cell, x: usize, y: usize, indent: usize, svg: &mut String) -> usize {
    let (x, width) = (x + indent, WIDTH - indent);
    let lines = broken(&cell.name, LETTERS - indent / 6);
    let has_bar = !cell.rules.is_empty() && !cell.tallies.is_empty();
    let height = 20 + lines.len() * LINE + if has_bar { 8 } else { 2 };
    let label = escaped(&told(coverage, cell));
    let _ = write!(svg, "<g class=\"l{}\" role=\"img\" aria-label=\"{label}\"><title>{label}</title>", level(cell.rules.len()));
    let _ = write!(svg, "<rect class=\"c\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"4\"/>");
    let parts = if cell.below.is_empty() { String::new() } else { format!(" · {}/{}", cell.parts_covered(), cell.below.len()) };
    let _ = write!(svg, "<text class=\"id\" x=\"{}\" y=\"{}\">{}{parts}</text>", x + 8, y + 15, escaped(&cell.id));
    if !cell.rules.is_empty() {
        let _ = write!(svg, "<text class=\"n\" x=\"{}\" y=\"{}\">{}</text>", x + width - 8, y + 16, cell.rules.len());
    }
    for (index, line) in lines.iter().enumerate() {
        let _ = write!(svg, "<text x=\"{}\" y=\"{}\">{}</text>", x + 8, y + 30 + index * LINE, escaped(line));
    }
    if has_bar {
        bar(&cell.tallies, x + 8, y + height - 8, width - 16, svg);
    }
    svg.push_str("</g>\n");
    y + height + 4
}

/// A piece a target.
fn bar(tallies: &[Tally], x: usize, y: usize, width: usize, svg: &mut String) {
    let piece = width / tallies.len();
    for (index, tally) in tallies.iter().enumerate() {
        let class = if tally.exact == tally.all() {
            "exact"
        } else if tally.refused == tally.all() {
            "refused"
        } else {
            "some"
        };
        let _ = write!(
            svg,
            "<rect class=\"{class}\" x=\"{}\" y=\"{y}\" width=\"{}\" height=\"4\"/>",
            x + index * piece,
            piece.saturating_sub(2)
        );
    }
}

/// What a cell stands for, in a sentence.
fn told(coverage: &Coverage, cell: &Cell) -> String {
    let mut text = format!("{} {}: ", cell.id, cell.name);
    match cell.rules.len() {
        0 => text.push_str("no rule"),
        count => {
            let _ = write!(text, "{}: {}", if count == 1 { "1 rule".to_owned() } else { format!("{count} rules") }, cell.rules.join(", "));
            for (target, tally) in coverage.targets.iter().zip(&cell.tallies) {
                let _ = write!(text, "; {target}: {}", tally.told());
            }
        }
    }
    if !cell.below.is_empty() {
        let _ = write!(text, "; {} of {} sub-techniques", cell.parts_covered(), cell.below.len());
    }
    text
}

fn level(rules: usize) -> usize {
    match rules {
        0 => 0,
        1 => 1,
        2..=3 => 2,
        4..=7 => 3,
        _ => 4,
    }
}

/// A name in lines. A word that is too long for one is left as it is: the names of ATT&CK have none.
fn broken(name: &str, letters: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in name.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= letters => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines
}
