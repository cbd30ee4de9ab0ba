//! Rules and what stands in them but `detect`.

use super::super::ast::{
    Column, ColumnWhat, Duration, Entry, Event, Item, Let, LetSource, Meta, MetaAtom, MetaValue, Rule, Show, TestCase, TestEvents, Unit,
};
use super::doc::WIDTH;
use super::expr::{name, path, string};
use super::{Doc, Printer, cat, comments, group, nest, nothing, text};
use crate::source::Span;

impl Printer<'_> {
    pub(super) fn rule(&mut self, rule: &Rule) -> Doc {
        let key = rule.items.iter().filter_map(|item| if let Item::Meta(meta) = item { Some(width(&name(&meta.key))) } else { None }).max();
        let head = cat([docs(&rule.docs), text("rule "), name(&rule.name), text(" ")]);
        let spans: Vec<Span> = rule.items.iter().map(item_span).collect();
        let around = self.comments.around(&spans, rule.name.at.0.end, rule.at.0.end);
        let mut parts = Vec::new();
        for (item, near) in rule.items.iter().zip(around.parts) {
            parts.push(self.part(near, item_span(item), |p| p.item(item, key.unwrap_or(0))));
        }
        align_tests(&rule.items, &mut parts);
        let lines = parts.into_iter().enumerate().map(|(n, part)| part.on_its_line(n == 0)).collect();
        cat([head, self.in_braces(around.header, lines, &around.rest)])
    }

    fn item(&mut self, item: &Item, key: usize) -> Doc {
        match item {
            Item::Meta(meta) => self.meta(meta, key),
            Item::Let(item) => self.let_item(item),
            Item::Detect(detect) => self.detect(detect),
            Item::Last(last) => cat([text("last "), duration(&last.duration)]),
            Item::Show(show) => self.show(show),
            Item::Test(test) => self.test_case(test, 0, false),
        }
    }

    fn meta(&mut self, meta: &Meta, key: usize) -> Doc {
        let pad = " ".repeat((key + 1).saturating_sub(width(&name(&meta.key))));
        let value = match &meta.value {
            MetaValue::One(atom) => meta_atom(atom),
            MetaValue::List(atoms, at) => self.list(atoms, at.0, meta_atom_span, |_, atom| meta_atom(atom)),
        };
        cat([name(&meta.key), text(":"), text(pad), value])
    }

    pub(super) fn let_item(&mut self, item: &Let) -> Doc {
        let ty = item.ty.as_ref().map_or_else(nothing, |ty| cat([text(": "), name(ty)]));
        let source = match &item.source {
            LetSource::Predicate(expr) => cat([text(" = "), self.clause_expr(expr)]),
            LetSource::Value(value) => cat([text(" = "), self.value(value)]),
            LetSource::From { path, column } => {
                let column = column.as_ref().map_or_else(nothing, |column| cat([text(" column "), string(column)]));
                cat([text(" from "), string(path), column])
            }
        };
        cat([docs(&item.docs), text("let "), name(&item.name), ty, source])
    }

    fn show(&mut self, show: &Show) -> Doc {
        let spans: Vec<Span> = show.columns.iter().map(|column| column.at.0).collect();
        let low = show.at.0.start;
        let around = self.comments.around(&spans, low, low);
        let mut docs: Vec<Doc> = comments::trails(around.header).collect();
        let last = show.columns.len().saturating_sub(1);
        for (n, (column, near)) in show.columns.iter().zip(around.parts).enumerate() {
            let part = self.part(near, column.at.0, |p| p.column(column));
            docs.push(Doc::Line);
            docs.extend(comments::leads(&part.leads));
            docs.push(part.body);
            if n != last {
                docs.push(text(","));
            }
        }
        group(cat([text("show"), nest(cat(docs))]))
    }

    fn column(&mut self, column: &Column) -> Doc {
        let what = match &column.what {
            ColumnWhat::Path(what) => path(what),
            ColumnWhat::Aggregate(aggregate) => self.aggregate(aggregate),
        };
        let alias = column.alias.as_ref().map_or_else(nothing, |alias| cat([text(" as "), name(alias)]));
        cat([what, alias])
    }

    /// `pad`: to the widest name of the tests around it, which are set as a table.
    fn test_case(&mut self, test: &TestCase, pad: usize, table: bool) -> Doc {
        let name = string(&test.name);
        let verdict = match (test.matches, table) {
            (true, false) => "match ",
            (true, true) => "match    ",
            (false, _) => "no match ",
        };
        let pad = " ".repeat(pad.saturating_sub(width(&name)) + 1);
        let events = match &test.events {
            TestEvents::From(file) => cat([text("from "), string(file)]),
            TestEvents::Here(events) => self.events(test, events),
        };
        cat([text("test "), name, text(pad), text(verdict), events])
    }

    /// One event may stand on the line of its test; several are a line each.
    fn events(&mut self, test: &TestCase, events: &[Event]) -> Doc {
        let [event] = events else {
            return self.lines(events, test.name.at.0.end, test.at.0.end, |event| event.at.0, |p, event| p.event(event));
        };
        let around = self.comments.around(&[event.at.0], test.name.at.0.end, test.at.0.end);
        let mut docs: Vec<Doc> = comments::trails(around.header).collect();
        for near in around.parts {
            let mut part = self.part(near, event.at.0, |p| p.event(event));
            docs.push(Doc::Line);
            if let Some(lead) = part.leads.first_mut() {
                lead.blank = false;
            }
            docs.extend(comments::leads(&part.leads));
            docs.push(part.body);
        }
        docs.extend(super::rest(&around.rest, false));
        group(cat([text("{"), nest(cat(docs)), Doc::Line, text("}")]))
    }

    pub(super) fn event(&mut self, event: &Event) -> Doc {
        let offset = event.offset.as_ref().map_or_else(nothing, |at| cat([text(" at "), duration(at)]));
        let repeat = event.repeat.as_ref().map_or_else(nothing, |n| text(format!(" repeat {}", n.written)));
        let low = [event.offset.as_ref().map(|at| at.at), event.repeat.as_ref().map(|n| n.at)]
            .into_iter()
            .flatten()
            .map(|at| at.0.end)
            .fold(event.class.at.0.end, u32::max);
        let entries = self.listed(
            ["{", "}"],
            Doc::Line,
            &event.entries,
            [low, event.at.0.end],
            |entry| entry.at.0,
            &mut |p: &mut Self, entry: &Entry| cat([path(&entry.field), text(": "), p.value(&entry.value)]),
        );
        cat([name(&event.class), offset, repeat, text(" "), entries])
    }
}

/// Tests that stand together and take a line each are set as a table.
fn align_tests(items: &[Item], parts: &mut [super::Part]) {
    let mut from = 0;
    while from < items.len() {
        let line = |n: usize| match &items[n] {
            Item::Test(test) => parts[n].body.flat_width().map(|_| test),
            _ => None,
        };
        let mut to = from;
        while to < items.len() && line(to).is_some() && (to == from || (parts[to].leads.is_empty() && !parts[to].blank)) {
            to += 1;
        }
        let tests: Vec<&TestCase> = (from..to).filter_map(line).collect();
        if tests.len() > 1 {
            let pad = tests.iter().map(|test| width(&string(&test.name))).max().unwrap_or(0);
            let mixed = tests.iter().any(|test| test.matches) && tests.iter().any(|test| !test.matches);
            // Nothing of theirs has a comment, so they can be printed again without one.
            let mut plain = Printer { comments: super::Comments::new(&[], &[]) };
            let table: Vec<Doc> = tests.iter().map(|test| plain.test_case(test, pad, mixed)).collect();
            if table.iter().all(|doc| doc.flat_width().is_some_and(|width| width + 2 <= WIDTH)) {
                for (part, doc) in parts[from..to].iter_mut().zip(table) {
                    part.body = doc;
                }
            }
        }
        from = to.max(from + 1);
    }
}

fn meta_atom(atom: &MetaAtom) -> Doc {
    match atom {
        MetaAtom::Text(value) => string(value),
        MetaAtom::Number(number) => text(number.written.clone()),
        MetaAtom::Technique(technique) => text(technique.text.clone()),
        MetaAtom::Name(value) => name(value),
    }
}

fn meta_atom_span(atom: &MetaAtom) -> Span {
    match atom {
        MetaAtom::Text(value) => value.at.0,
        MetaAtom::Number(number) => number.at.0,
        MetaAtom::Technique(value) | MetaAtom::Name(value) => value.at.0,
    }
}

fn item_span(item: &Item) -> Span {
    match item {
        Item::Meta(item) => item.at.0,
        Item::Let(item) => item.at.0,
        Item::Detect(item) => item.at.0,
        Item::Last(item) => item.at.0,
        Item::Show(item) => item.at.0,
        Item::Test(item) => item.at.0,
    }
}

fn docs(lines: &[String]) -> Doc {
    cat(lines.iter().flat_map(|line| {
        let line = if line.is_empty() { "///".to_string() } else { format!("/// {line}") };
        [text(line), Doc::Hard]
    }))
}

pub(super) fn duration(duration: &Duration) -> Doc {
    let unit = match duration.unit {
        Unit::Second => 's',
        Unit::Minute => 'm',
        Unit::Hour => 'h',
        Unit::Day => 'd',
    };
    text(format!("{}{unit}", duration.count))
}

pub(super) fn width(doc: &Doc) -> usize {
    doc.flat_width().unwrap_or(0)
}
