//! Tree to text, in the one layout of the language: the core of `spoor fmt`.
//!
//! In: a tree with the comments and blank lines beside it. Out: its text. Laws: `parse(print(t)) == t`; printing what was printed gives
//! the same text again; every comment is kept. Names, numbers and addresses are printed as written; texts keep their kind of quotes.
//! Items are printed in the order of the tree; [`format`](super::format) puts them in the usual one first.

mod comments;
mod doc;
mod expr;
mod items;
mod pattern;

use super::Parsed;
use super::ast::{Event, File, Top};
use crate::source::Span;
use comments::{Comments, Lead, Near};
use doc::{Doc, cat, group, nest, nothing, text};

pub(super) use expr::regex;

pub(super) fn print(parsed: &Parsed) -> String {
    print_file(&parsed.file, parsed)
}

/// A tree of the file, with the comments of the file as it was read.
pub(super) fn print_file(file: &File, parsed: &Parsed) -> String {
    let mut printer = Printer { comments: Comments::new(&parsed.comments, &parsed.blanks) };
    doc::set(&printer.file(file))
}

/// An event of a test, on one line.
pub(super) fn print_event(event: &Event) -> String {
    doc::set_flat(&Printer { comments: Comments::new(&[], &[]) }.event(event))
}

struct Printer<'a> {
    comments: Comments<'a>,
}

/// A part of a construct as printed, and the comments that hang on it.
struct Part {
    leads: Vec<Lead>,
    blank: bool,
    body: Doc,
}

impl Printer<'_> {
    fn file(&mut self, file: &File) -> Doc {
        let spans: Vec<Span> = file.items.iter().map(top_span).collect();
        let around = self.comments.around(&spans, 0, file.at.0.end + 1);
        let mut docs: Vec<Doc> = comments::trails(around.header).collect();
        let mut after_rule = false;
        for (n, (item, near)) in file.items.iter().zip(around.parts).enumerate() {
            let rule = matches!(item, Top::Rule(_));
            let mut part = self.part(near, top_span(item), |p| p.top(item));
            // A rule stands apart.
            if n > 0 && (rule || after_rule) {
                match part.leads.first_mut() {
                    Some(lead) => lead.blank = true,
                    None => part.blank = true,
                }
            }
            docs.push(part.on_its_line(n == 0));
            after_rule = rule;
        }
        docs.extend(rest(&around.rest, file.items.is_empty()));
        cat(docs)
    }

    fn top(&mut self, item: &Top) -> Doc {
        match item {
            Top::Import(import) => cat([text("import "), expr::string(&import.path)]),
            Top::Let(item) => self.let_item(item),
            Top::Rule(rule) => self.rule(rule),
        }
    }

    /// Prints a part, and hangs on it what stands around and inside it.
    fn part(&mut self, near: Near, span: Span, print: impl FnOnce(&mut Self) -> Doc) -> Part {
        let body = print(self);
        let (own, trails) = self.comments.inside(span);
        let mut leads = near.leads;
        leads.extend(own.into_iter().map(|text| Lead { blank: false, text }));
        let body = cat([body].into_iter().chain(comments::trails(trails)).chain(comments::trails(near.trails)));
        Part { leads, blank: near.blank, body }
    }

    /// Parts that each begin a line, in braces that stand already; `low` is behind the opening one.
    fn lines<T>(
        &mut self,
        parts: &[T],
        low: u32,
        high: u32,
        span: impl Fn(&T) -> Span,
        mut print: impl FnMut(&mut Self, &T) -> Doc,
    ) -> Doc {
        let spans: Vec<Span> = parts.iter().map(&span).collect();
        let around = self.comments.around(&spans, low, high);
        let mut docs = Vec::new();
        for (n, (part, near)) in parts.iter().zip(around.parts).enumerate() {
            docs.push(self.part(near, span(part), |p| print(p, part)).on_its_line(n == 0));
        }
        self.in_braces(around.header, docs, &around.rest)
    }

    fn in_braces(&mut self, header: Vec<String>, lines: Vec<Doc>, behind: &[Lead]) -> Doc {
        if lines.is_empty() && header.is_empty() && behind.is_empty() {
            return text("{}");
        }
        let first = lines.is_empty();
        cat([text("{"), nest(cat(comments::trails(header).chain(lines).chain(rest(behind, first)))), Doc::Hard, text("}")])
    }

    /// `[a, b]`, or one item a line with a comma behind each.
    fn list<T>(&mut self, items: &[T], at: Span, span: impl Fn(&T) -> Span, mut print: impl FnMut(&mut Self, &T) -> Doc) -> Doc {
        self.listed(["[", "]"], Doc::Soft, items, [at.start + 1, at.end], span, &mut print)
    }

    fn listed<T>(
        &mut self,
        [open, close]: [&str; 2],
        edge: Doc,
        items: &[T],
        [low, high]: [u32; 2],
        span: impl Fn(&T) -> Span,
        print: &mut dyn FnMut(&mut Self, &T) -> Doc,
    ) -> Doc {
        let spans: Vec<Span> = items.iter().map(&span).collect();
        let around = self.comments.around(&spans, low, high);
        let mut docs: Vec<Doc> = comments::trails(around.header).collect();
        let last = items.len().saturating_sub(1);
        for (n, (item, near)) in items.iter().zip(around.parts).enumerate() {
            let part = self.part(near, span(item), |p| print(p, item));
            docs.push(if n == 0 { edge.clone() } else { Doc::Line });
            docs.extend(comments::leads(&part.leads));
            docs.push(part.body);
            docs.push(if n == last { Doc::IfBroken(",") } else { text(",") });
        }
        if items.is_empty() && docs.is_empty() && around.rest.is_empty() {
            return text(format!("{open}{close}"));
        }
        docs.extend(rest(&around.rest, false));
        group(cat([text(open), nest(cat(docs)), edge, text(close)]))
    }
}

impl Part {
    /// On a new line, its comments on lines before it.
    fn on_its_line(mut self, first: bool) -> Doc {
        if first {
            match self.leads.first_mut() {
                Some(lead) => lead.blank = false,
                None => self.blank = false,
            }
        }
        let mut docs = vec![Doc::Hard];
        docs.extend(comments::leads(&self.leads));
        if self.blank {
            docs.push(Doc::Blank);
        }
        docs.push(self.body);
        cat(docs)
    }
}

/// Comments behind the last part.
fn rest(behind: &[Lead], first: bool) -> impl Iterator<Item = Doc> + '_ {
    let hard = (!behind.is_empty()).then_some(Doc::Hard);
    let leads = comments::leads(behind).skip(usize::from(first && behind.first().is_some_and(|lead| lead.blank)));
    hard.into_iter().chain(leads)
}

fn top_span(item: &Top) -> Span {
    match item {
        Top::Import(import) => import.at.0,
        Top::Let(item) => item.at.0,
        Top::Rule(rule) => rule.at.0,
    }
}
