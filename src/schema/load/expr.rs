//! `COLUMN`, `transform(X, ..)`: the expressions of a binding.

use std::ops::Range;

use crate::yaml::Node;

use super::super::transform::{Cut, Expr, HashKind, HiveForm, Transform};
use super::super::types::{List, MapId, Model};
use super::reader::Reader;
use super::{Fault, Unknown, owned};

/// Deeper nesting says nothing that a product needs.
const MAX_DEPTH: usize = 8;

/// The transforms by name, each with the form it is written in.
const TRANSFORMS: [(&str, &str); 27] = [
    ("basename", "basename(X)"),
    ("dirname", "dirname(X)"),
    ("concat", "concat(A, \"text\", B)"),
    ("url_host", "url_host(X)"),
    ("url_path", "url_path(X)"),
    ("url_query", "url_query(X)"),
    ("pipe_name", "pipe_name(X)"),
    ("reg_key", "reg_key(X)"),
    ("reg_value", "reg_value(X)"),
    ("kv", "kv(X, KEY)"),
    ("json", "json(X, KEY)"),
    ("xml", "xml(X, NAME)"),
    ("only_ip", "only_ip(X)"),
    ("not_ip", "not_ip(X)"),
    ("hive", "hive(X, short)"),
    ("reg_data", "reg_data(X)"),
    ("lookup", "lookup(TABLE, KEY, COLUMN)"),
    ("const", "const(VALUE)"),
    ("join", "join(A, \"text\", B)"),
    ("first", "first(A, B)"),
    ("hash", "hash(X, md5)"),
    ("user_name", "user_name(X)"),
    ("user_domain", "user_domain(X)"),
    ("int", "int(X)"),
    ("hex", "hex(X)"),
    ("lower", "lower(X)"),
    ("map", "map(X, NAME)"),
];

/// An expression, its mistakes reported.
pub fn read(reader: &mut Reader<'_>, model: &Model, node: &Node) -> Option<Expr> {
    let text = reader.text(node)?;
    let mut parser = Parser { reader, model, node, text, at: 0 };
    let expr = parser.expr(0)?;
    parser.skip_blanks();
    if parser.at < text.len() {
        parser.fail(parser.at..text.len());
        return None;
    }
    Some(expr)
}

struct Parser<'p, 't> {
    reader: &'p mut Reader<'t>,
    model: &'p Model,
    node: &'p Node,
    text: &'p str,
    at: usize,
}

/// What stands between the parentheses.
enum Argument {
    Expr(Expr),
    Text(String),
}

impl Parser<'_, '_> {
    fn expr(&mut self, depth: usize) -> Option<Expr> {
        let name = self.name()?;
        self.skip_blanks();
        if !self.text[self.at..].starts_with('(') {
            return Some(Expr::Column(owned(&self.text[name])));
        }
        let word = self.text[name.clone()].to_owned();
        let Some((transform, form)) = TRANSFORMS.iter().find(|(known, _)| *known == word).copied() else {
            let unknown = Unknown::among(&word, TRANSFORMS.iter().map(|(known, _)| *known));
            self.report(name, Fault::UnknownTransform(unknown));
            return None;
        };
        if depth == MAX_DEPTH {
            self.fail(name);
            return None;
        }
        let mut arguments = Vec::new();
        loop {
            self.at += 1;
            self.skip_blanks();
            let start = self.at;
            let argument = match self.quoted() {
                Some(text) => Argument::Text(text),
                None => Argument::Expr(self.expr(depth + 1)?),
            };
            arguments.push((argument, start..self.at));
            self.skip_blanks();
            match self.text[self.at..].chars().next() {
                Some(',') => {}
                Some(')') => break,
                _ => {
                    self.fail(name.start..self.text.len());
                    return None;
                }
            }
        }
        self.at += 1;
        let whole = name.start..self.at;
        self.apply(transform, form, arguments, whole)
    }

    fn apply(
        &mut self,
        name: &'static str,
        form: &'static str,
        arguments: Vec<(Argument, Range<usize>)>,
        whole: Range<usize>,
    ) -> Option<Expr> {
        use Argument::{Expr as E, Text as T};
        let mut places = Vec::new();
        let mut values = Vec::new();
        for (argument, place) in arguments {
            values.push(argument);
            places.push(place);
        }
        let mut values = values.into_iter();
        let given = (values.next(), values.next(), values.next(), values.next());
        let (transform, inputs) = match (name, given) {
            ("basename", (Some(E(x)), None, ..)) => (Transform::Basename, vec![x]),
            ("join", (Some(E(a)), Some(T(between)), Some(E(b)), None)) => (Transform::Join(owned(&between)), vec![a, b]),
            ("first", (Some(E(a)), Some(E(b)), None, _)) => (Transform::First, vec![a, b]),
            ("hash", (Some(E(x)), Some(E(Expr::Column(kind))), None, _)) => {
                match HashKind::ALL.into_iter().find(|known| known.ty().name() == kind) {
                    Some(kind) => (Transform::Hash(kind), vec![x]),
                    None => {
                        let unknown = Unknown::among(&kind, HashKind::ALL.iter().map(|known| known.ty().name()));
                        self.report(places[1].clone(), Fault::UnknownType(unknown));
                        return None;
                    }
                }
            }
            ("dirname", (Some(E(x)), None, ..)) => (Transform::Cut(Cut::Dirname), vec![x]),
            ("url_host", (Some(E(x)), None, ..)) => (Transform::Cut(Cut::UrlHost), vec![x]),
            ("url_path", (Some(E(x)), None, ..)) => (Transform::Cut(Cut::UrlPath), vec![x]),
            ("url_query", (Some(E(x)), None, ..)) => (Transform::Cut(Cut::UrlQuery), vec![x]),
            ("pipe_name", (Some(E(x)), None, ..)) => (Transform::Cut(Cut::PipeName), vec![x]),
            ("reg_key", (Some(E(x)), None, ..)) => (Transform::Cut(Cut::Key), vec![x]),
            ("reg_value", (Some(E(x)), None, ..)) => (Transform::Cut(Cut::ValueName), vec![x]),
            ("kv", (Some(E(x)), Some(E(Expr::Column(key))), None, _)) if key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') => {
                (Transform::Cut(Cut::Kv(key)), vec![x])
            }
            ("json", (Some(E(x)), Some(E(Expr::Column(key))), None, _)) => (Transform::Json(key), vec![x]),
            ("xml", (Some(E(x)), Some(E(Expr::Column(key))), None, _)) => (Transform::Xml(key), vec![x]),
            ("concat", (Some(E(a)), Some(T(between)), Some(E(b)), None)) => (Transform::Concat(owned(&between)), vec![a, b]),
            ("only_ip", (Some(E(x)), None, ..)) => (Transform::OnlyIp, vec![x]),
            ("not_ip", (Some(E(x)), None, ..)) => (Transform::NotIp, vec![x]),
            ("reg_data", (Some(E(x)), None, ..)) => (Transform::RegData, vec![x]),
            ("hive", (Some(E(x)), Some(E(Expr::Column(form))), None, _)) => match HiveForm::ALL.iter().find(|(name, _)| *name == form) {
                Some((_, form)) => (Transform::Hive(*form), vec![x]),
                None => {
                    let unknown = Unknown::among(&form, HiveForm::ALL.iter().map(|(name, _)| *name));
                    self.report(places[1].clone(), Fault::UnknownType(unknown));
                    return None;
                }
            },
            ("lookup", (Some(E(Expr::Column(table))), Some(E(key @ Expr::Column(_))), Some(E(Expr::Column(column))), None)) => {
                (Transform::Lookup { table, column }, vec![key])
            }
            ("const", (Some(E(Expr::Column(value))), None, ..)) => (Transform::Const(value), Vec::new()),
            ("const", (Some(T(value)), None, ..)) => (Transform::Const(owned(&value)), Vec::new()),
            ("user_name", (Some(E(x)), None, ..)) => (Transform::UserName, vec![x]),
            ("user_domain", (Some(E(x)), None, ..)) => (Transform::UserDomain, vec![x]),
            ("int", (Some(E(x)), None, ..)) => (Transform::Int, vec![x]),
            ("hex", (Some(E(x)), None, ..)) => (Transform::Hex, vec![x]),
            ("lower", (Some(E(x)), None, ..)) => (Transform::Lower, vec![x]),
            ("map", (Some(E(x)), Some(E(Expr::Column(map))), None, _)) => {
                match self.model.maps.iter().position(|known| known.name == map) {
                    Some(index) => (Transform::Map(MapId(index as u16)), vec![x]),
                    None => {
                        let unknown = Unknown::among(&map, self.model.maps.iter().map(|known| known.name.as_ref()));
                        self.report(places[1].clone(), Fault::UnknownMap(unknown));
                        return None;
                    }
                }
            }
            _ => {
                self.report(whole, Fault::Arity(name, form));
                return None;
            }
        };
        Some(Expr::Apply(transform, List::Owned(inputs)))
    }

    fn name(&mut self) -> Option<Range<usize>> {
        self.skip_blanks();
        let rest = &self.text[self.at..];
        let ends = |c: char| matches!(c, '(' | ')' | ',' | '"');
        let len = rest[..rest.find(ends).unwrap_or(rest.len())].trim_end().len();
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '@' | '-' | '$' | '[' | ']' | '*' | ' ' | ':');
        if len == 0 || !rest[..len].chars().all(is_name) {
            self.fail(self.at..self.text.len());
            return None;
        }
        let name = self.at..self.at + len;
        self.at += len;
        Some(name)
    }

    /// `"text"`: as it stands, without escapes.
    fn quoted(&mut self) -> Option<String> {
        let inner = self.text[self.at..].strip_prefix('"')?;
        let len = inner.find('"')?;
        self.at += len + 2;
        Some(inner[..len].to_owned())
    }

    fn skip_blanks(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn fail(&mut self, part: Range<usize>) {
        self.report(part, Fault::Expression);
    }

    fn report(&mut self, part: Range<usize>, fault: Fault) {
        let span = self.node.part(self.reader.text, part);
        self.reader.report(span, fault);
    }
}
