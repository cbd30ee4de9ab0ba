//! The matrix and its tables as one page.
//!
//! In: a [`Coverage`]. Out: one HTML file that needs no other and no network: the picture, then what it is made of: techniques with their rules,
//! classes of events, targets, and the rules that name no technique.

use std::fmt::Write;

use super::svg::{PALETTE, matrix};
use super::{Cell, Coverage, Tally};
use crate::markup::html as escaped;

const STYLE: &str = "\
body{margin:0;padding:24px;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif}\
h1{font-size:24px;margin:0 0 4px}h2{font-size:18px;margin:32px 0 8px}p{margin:4px 0}.wide{overflow-x:auto;border:1px solid var(--line);\
border-radius:8px;margin-top:16px}table{border-collapse:collapse}th,td{text-align:left;vertical-align:top;padding:4px 14px 4px 0;\
border-bottom:1px solid var(--line)}td.n,th.n{text-align:right}.dim{color:var(--dim)}.part td:first-child{padding-left:16px}\
code{font:13px ui-monospace,SFMono-Regular,Consolas,'DejaVu Sans Mono',monospace}";

pub fn page(coverage: &Coverage) -> String {
    let title = escaped(&coverage.summary());
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <meta name=\"color-scheme\" content=\"light dark\"/>\n<title>ATT&amp;CK coverage</title>\n<style>{PALETTE}{STYLE}</style>\n</head>\n<body>\n\
         <h1>ATT&amp;CK coverage</h1>\n<p>{title}</p>\n<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"matrix\">\n{}\n</div>\n",
        matrix(coverage, false)
    );
    techniques(coverage, &mut page);
    classes(coverage, &mut page);
    targets(coverage, &mut page);
    rest(coverage, &mut page);
    page.push_str("</body>\n</html>\n");
    page
}

fn head(columns: &[&str], numbers: &[&str], page: &mut String) {
    page.push_str("<table>\n<thead><tr>");
    columns.iter().for_each(|column| _ = write!(page, "<th scope=\"col\">{}</th>", escaped(column)));
    numbers.iter().for_each(|column| _ = write!(page, "<th scope=\"col\" class=\"n\">{}</th>", escaped(column)));
    page.push_str("</tr></thead>\n<tbody>\n");
}

const FOOT: &str = "</tbody>\n</table>\n";

/// How many are exact of how many.
fn exact(tallies: &[Tally], page: &mut String) {
    tallies.iter().for_each(|tally| _ = write!(page, "<td class=\"n\" title=\"{}\">{}/{}</td>", tally.told(), tally.exact, tally.all()));
}

fn techniques(coverage: &Coverage, page: &mut String) {
    page.push_str("<h2>Techniques</h2>\n<p class=\"dim\">Under each target: how many of the rules are exact there.</p>\n");
    head(&["technique", "name", "rules"], &coverage.targets, page);
    for column in coverage.tactics.iter().filter(|column| column.rules > 0) {
        let _ = writeln!(
            page,
            "<tr><th scope=\"rowgroup\" colspan=\"{}\">{} <span class=\"dim\">{}, {} of {} techniques</span></th></tr>",
            3 + coverage.targets.len(),
            escaped(&column.name),
            escaped(&column.id),
            column.covered(),
            column.cells.len()
        );
        for cell in column.cells.iter().filter(|cell| cell.is_covered()) {
            technique(cell, "", page);
            cell.below.iter().filter(|part| part.is_covered()).for_each(|part| technique(part, " class=\"part\"", page));
        }
    }
    page.push_str(FOOT);
}

fn technique(cell: &Cell, class: &str, page: &mut String) {
    let rules: Vec<String> = cell.rules.iter().map(|rule| format!("<code>{}</code>", escaped(rule))).collect();
    let _ = write!(page, "<tr{class}><td>{}</td><td>{}</td><td>{}</td>", escaped(&cell.id), escaped(&cell.name), rules.join(", "));
    exact(&cell.tallies, page);
    page.push_str("</tr>\n");
}

fn classes(coverage: &Coverage, page: &mut String) {
    page.push_str("<h2>Data sources</h2>\n");
    let columns: Vec<&str> = std::iter::once("rules").chain(coverage.targets.iter().copied()).collect();
    head(&["class of events"], &columns, page);
    for class in &coverage.classes {
        let _ = write!(page, "<tr><td><code>{}</code></td><td class=\"n\">{}</td>", escaped(&class.name), class.rules);
        exact(&class.tallies, page);
        page.push_str("</tr>\n");
    }
    page.push_str(FOOT);
}

fn targets(coverage: &Coverage, page: &mut String) {
    page.push_str("<h2>Targets</h2>\n");
    head(&["target"], &["exact", "widened", "narrowed", "refused"], page);
    for (target, tally) in coverage.targets.iter().zip(&coverage.tallies) {
        let _ = write!(page, "<tr><td>{}</td>", escaped(target));
        [tally.exact, tally.widened, tally.narrowed, tally.refused]
            .iter()
            .for_each(|count| _ = write!(page, "<td class=\"n\">{count}</td>"));
        page.push_str("</tr>\n");
    }
    page.push_str(FOOT);
}

/// What no cell stands for.
fn rest(coverage: &Coverage, page: &mut String) {
    let codes = |names: &[String]| names.iter().map(|name| format!("<code>{}</code>", escaped(name))).collect::<Vec<_>>().join(", ");
    if !coverage.without.is_empty() {
        let _ = writeln!(page, "<h2>Rules that name no technique ({})</h2>\n<p>{}</p>", coverage.without.len(), codes(&coverage.without));
    }
    if !coverage.refused.is_empty() {
        let (count, targets) = (coverage.refused.len(), coverage.targets.join(", "));
        let _ = writeln!(
            page,
            "<h2>Rules without a query for {targets} ({count}): they cover nothing there</h2>\n<p>{}</p>",
            codes(&coverage.refused)
        );
    }
    if !coverage.moved.is_empty() {
        page.push_str("<h2>Ids that ATT&amp;CK took back</h2>\n");
        for moved in &coverage.moved {
            let _ = writeln!(page, "<p>{}, counted as {}: {}</p>", escaped(&moved.id), escaped(&moved.to.join(", ")), codes(&moved.rules));
        }
    }
    if !coverage.elsewhere.is_empty() {
        page.push_str("<h2>Ids that are no technique of the matrix</h2>\n");
        for other in &coverage.elsewhere {
            let _ = writeln!(page, "<p>{}: {}</p>", escaped(&other.id), codes(&other.rules));
        }
    }
}
