//! Rules of Sigma to the tree of the language.
//!
//! In: the texts of YAML files, the packs. Out: a [`Parsed`] for each, as the language's own parser gives one: rules, each node at its place in the
//! YAML, and everything that is wrong with them. All that follows knows nothing of Sigma. Law: a rule means what the specification
//! (version 2.1) says it does, or it is an error; one broken rule takes none of the others with it.
//!
//! `read` makes documents of the text, `condition` and `modifier` read their parts, `lower` makes rules of the language of them. Between the
//! two stands [`Others`]: what documents of other files say about a rule.

mod condition;
mod correlation;
mod lower;
mod modifier;
mod read;
mod readable;
mod tree;
mod value;

use std::collections::{HashMap, HashSet};

use crate::diag::{Diagnostic, sigma as say};
use crate::schema::{Packs, nearest};
use crate::source::{FileId, Sources, Span};
use crate::syntax::{Parsed, ast, is_reserved};
pub use lower::Style;
pub use readable::readable;
use tree::{Correlation, Document, Filter, Head, Rule, Word};

/// A file as written: its documents, not yet rules of the language.
#[derive(Debug)]
pub struct Written {
    file: FileId,
    documents: Vec<Document>,
    diagnostics: Vec<Diagnostic>,
}

/// What the files of a run are to each other: correlations name rules of any of them, filters hold for rules of any of them.
#[derive(Default)]
pub struct Others<'w> {
    /// By name and by id.
    rules: HashMap<&'w str, Named<'w>>,
    filters: Vec<&'w Filter>,
    /// What filters with an error name.
    unfiltered: Vec<&'w Word>,
    /// Names and ids of rules that are parts of a correlation, and do not stand for themselves.
    parts: HashSet<&'w str>,
}

#[derive(Clone, Copy)]
enum Named<'w> {
    Rule(&'w Rule),
    Correlation(&'w Correlation),
    /// An error in it was told.
    Broken,
}

/// Reads a file. Never fails: what could not be read is told later.
pub fn read(sources: &Sources, file: FileId) -> Written {
    let (documents, diagnostics) = read::read(sources.text(file), file);
    Written { file, documents, diagnostics }
}

impl Written {
    /// The file holds no document.
    pub fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }

    /// What the file has to do with the rules of others.
    pub fn refers(&self) -> Refers<'_> {
        let mut refers = Refers::default();
        for document in &self.documents {
            let head = match document {
                Document::Rule(rule) => &rule.head,
                Document::Correlation(it) => {
                    refers.correlated.extend(it.rules.iter().map(|word| word.text.as_str()));
                    &it.head
                }
                Document::Filter(filter) => {
                    refers.filtered.extend(filter.rules.iter().map(|word| word.text.as_str()));
                    continue;
                }
                Document::Broken(known) => {
                    refers.filtered.extend(known.filtered.iter().map(|word| word.text.as_str()));
                    &known.head
                }
            };
            refers.names.extend([&head.name, &head.id].into_iter().flatten().map(|word| word.text.as_str()));
        }
        refers
    }
}

/// Names and ids of rules in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refers<'w> {
    /// Of its own rules and correlations.
    pub names: Vec<&'w str>,
    /// Those that its correlations ask for.
    pub correlated: Vec<&'w str>,
    /// Those that its filters hold for; `any`: all.
    pub filtered: Vec<&'w str>,
}

impl Refers<'_> {
    /// Whether a rule of this file is meant by a name or id.
    pub fn has(&self, name: &str) -> bool {
        self.names.iter().any(|known| known.eq_ignore_ascii_case(name))
    }
}

impl<'w> Others<'w> {
    pub fn of(files: impl IntoIterator<Item = &'w Written>) -> Others<'w> {
        let mut others = Others::default();
        let mut generated: Vec<&'w str> = Vec::new();
        for document in files.into_iter().flat_map(|written| &written.documents) {
            let (head, named) = match document {
                Document::Rule(rule) => (&rule.head, Named::Rule(rule)),
                Document::Correlation(it) => {
                    let named = it.rules.iter().map(|word| word.text.as_str());
                    if it.generate {
                        generated.extend(named)
                    } else {
                        others.parts.extend(named)
                    }
                    (&it.head, Named::Correlation(it))
                }
                Document::Filter(filter) => {
                    others.filters.push(filter);
                    continue;
                }
                Document::Broken(known) => {
                    others.unfiltered.extend(&known.filtered);
                    (&known.head, Named::Broken)
                }
            };
            for name in [&head.name, &head.id].into_iter().flatten() {
                others.rules.entry(&name.text).or_insert(named);
            }
        }
        generated.iter().for_each(|name| {
            others.parts.remove(name);
        });
        others
    }

    /// Those that hold for a rule; none where one of them has an error: the rule alone would find what was to be left out.
    fn filters(&self, rule: &Rule, out: &mut Vec<Diagnostic>) -> Option<Vec<&'w Filter>> {
        if let Some(word) = self.unfiltered.iter().find(|word| lower::is_named(&rule.head, &word.text)) {
            out.push(say::broken_filter(word.at, &word.text));
            return None;
        }
        let part = |asked: &Option<Word>, known: &Option<Word>| {
            asked.as_ref().is_none_or(|asked| known.as_ref().is_some_and(|known| known.text.eq_ignore_ascii_case(&asked.text)))
        };
        let of_source = |filter: &Filter| {
            let (asked, known) = (&filter.rule.source, &rule.source);
            part(&asked.category, &known.category) && part(&asked.product, &known.product) && part(&asked.service, &known.service)
        };
        let names = |filter: &Filter| filter.rules.iter().any(|word| word.text == "any" || lower::is_named(&rule.head, &word.text));
        Some(self.filters.iter().copied().filter(|filter| names(filter) && of_source(filter)).collect())
    }

    /// The name or id of a rule that is nearly this.
    fn near(&self, name: &str) -> Option<&'w str> {
        let mut known: Vec<&'w str> = self.rules.keys().copied().collect();
        known.sort_unstable();
        nearest(name, known)
    }

    fn is_part(&self, head: &Head) -> bool {
        [&head.name, &head.id].into_iter().flatten().any(|name| self.parts.contains(name.text.as_str()))
    }
}

/// Makes rules of the language of a file.
pub fn lower(written: &Written, others: &Others<'_>, sources: &Sources, packs: &Packs, style: Style) -> Parsed {
    let mut out = written.diagnostics.clone();
    let stem = stem(sources.name(written.file));
    let several = written.documents.iter().filter(|document| !matches!(document, Document::Filter(_))).count() > 1;
    let name = |head: &Head| match (&head.name, several, &head.title) {
        (Some(name), ..) => identifier(&name.text),
        (None, true, Some(title)) => identifier(&title.text),
        (None, true, None) | (None, false, _) => identifier(stem),
    };
    let mut items = Vec::new();
    for document in &written.documents {
        match document {
            Document::Rule(rule) if others.is_part(&rule.head) => {
                if let Some(title) = &rule.head.title {
                    out.push(say::part_of_correlation(title.at));
                }
            }
            Document::Rule(rule) => {
                if let Some(filters) = others.filters(rule, &mut out) {
                    items.extend(lower::lower(rule, &filters, (&name(&rule.head), style), packs, &mut out));
                }
            }
            Document::Correlation(it) if others.is_part(&it.head) => {
                if let Some(title) = &it.head.title {
                    out.push(say::part_of_correlation(title.at));
                }
            }
            Document::Correlation(it) => {
                if let Some(parts) = parts(it, others, &mut out) {
                    items.extend(lower::lower_correlation(it, &parts, (&name(&it.head), style), packs, &mut out));
                }
            }
            Document::Broken(_) => {}
            Document::Filter(filter) => {
                for word in filter.rules.iter().filter(|word| word.text != "any" && !others.rules.contains_key(word.text.as_str())) {
                    out.push(say::filter_of_nothing(word.at, &word.text, others.near(&word.text)));
                }
            }
        }
    }
    out.sort_by_key(|found| (found.span().file, found.span().start));
    let items = items.into_iter().map(ast::Top::Rule).collect();
    let file = ast::File { items, at: ast::At(Span::new(written.file, 0, sources.text(written.file).len())) };
    Parsed { file, comments: Vec::new(), blanks: Vec::new(), diagnostics: out }
}

/// The rules that a correlation names.
fn parts<'w>(it: &'w Correlation, others: &Others<'w>, out: &mut Vec<Diagnostic>) -> Option<Vec<lower::Part<'w>>> {
    let before = out.len();
    let mut parts: Vec<lower::Part<'w>> = Vec::new();
    for word in &it.rules {
        match others.rules.get(word.text.as_str()) {
            Some(Named::Rule(rule)) => parts.extend(part(word, rule, None, others, out)),
            Some(Named::Correlation(inner)) if it.links() && inner.counts_events() => parts.extend(counted(word, inner, others, out)),
            Some(Named::Correlation(inner)) => {
                let links = say::Chained { inner_links: inner.links(), outer_links: it.links() };
                out.push(say::chained_correlation(word.at, &word.text, links));
            }
            Some(Named::Broken) => out.push(say::broken_rule(word.at, &word.text)),
            None => out.push(say::unknown_rule(word.at, &word.text, others.near(&word.text))),
        }
    }
    (out.len() == before).then_some(parts)
}

/// The rule whose events a correlation counts that stands as a step of another one.
fn counted<'w>(word: &'w Word, inner: &'w Correlation, others: &Others<'w>, out: &mut Vec<Diagnostic>) -> Option<lower::Part<'w>> {
    let [of] = inner.rules.as_slice() else {
        out.push(say::counts_several_rules(word.at, &word.text));
        return None;
    };
    match others.rules.get(of.text.as_str()) {
        Some(Named::Rule(rule)) => return part(word, rule, Some(inner), others, out),
        Some(Named::Correlation(_)) => out.push(say::counts_no_rule(word.at, &word.text, &of.text)),
        Some(Named::Broken) => out.push(say::broken_rule(of.at, &of.text)),
        None => out.push(say::unknown_rule(of.at, &of.text, others.near(&of.text))),
    }
    None
}

fn part<'w>(
    word: &'w Word,
    rule: &'w Rule,
    counts: Option<&'w Correlation>,
    others: &Others<'w>,
    out: &mut Vec<Diagnostic>,
) -> Option<lower::Part<'w>> {
    let head = counts.map_or(&rule.head, |counts| &counts.head);
    let title = head.title.as_ref().map_or("rule", |title| title.text.as_str());
    let label = identifier(head.name.as_ref().map_or(title, |name| name.text.as_str()));
    let filters = others.filters(rule, out)?;
    Some(lower::Part { word, rule, filters, counts, label })
}

/// A condition alone, as the specification writes it; or what is wrong with it, at its place in the text.
pub fn condition(text: &str, file: FileId) -> Result<String, Diagnostic> {
    condition::parse(text, &|part| Span::new(file, part.start, part.end)).map(|condition| condition.to_string())
}

/// Whether a file of this name holds rules of Sigma.
pub fn is_sigma(name: &str) -> bool {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    ending.eq_ignore_ascii_case("yml") || ending.eq_ignore_ascii_case("yaml")
}

/// Whether a text among other YAML is meant as a rule: a line begins with one of the keys that only rules have.
pub fn looks_like_a_rule(text: &str) -> bool {
    text.lines().any(|line| ["detection:", "logsource:", "correlation:"].iter().any(|key| line.starts_with(key)))
}

/// The name of a file without its folders and its ending.
fn stem(name: &str) -> &str {
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    last.rsplit_once('.').map_or(last, |(stem, _)| stem)
}

/// A name of the language: letters, digits and `_`, in lower case.
fn identifier(text: &str) -> String {
    let mut name = String::new();
    for c in text.chars() {
        match c.to_ascii_lowercase() {
            c if c.is_ascii_alphanumeric() => name.push(c),
            _ if name.ends_with('_') || name.is_empty() => {}
            _ => name.push('_'),
        }
    }
    let name = name.trim_end_matches('_');
    let taken = name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) || is_reserved(name);
    if taken { format!("rule_{name}") } else { name.to_owned() }
}
