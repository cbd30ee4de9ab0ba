//! What stands on the right of an operator: literals, by name or in place, or another field.
//!
//! Lists are flattened, `let`s replaced by what they hold, constant functions computed. A bare word is a `let`, a step's field (if it
//! has a dot), a value of the left field's enumeration, a field of the class: in this order.

use std::net::IpAddr;

use crate::diag::{lints, names, syntax, values};
use crate::hir;
use crate::source::Span;
use crate::syntax::ast::{self, Num, Value};
use crate::syntax::constants;

use super::forms::truth;
use super::literals::place_of;
use super::scope::{Found, LetId};
use super::words::{Field, Words};
use super::{Barred, Checker, Cx, operators};
use crate::schema::{Type, nearest};

/// One literal, and how it came here.
#[derive(Clone, Debug)]
pub(super) struct Literal<'a> {
    pub value: LiteralValue<'a>,
    pub span: Span,
    /// It respects case whatever the operator says: the text of `base64`.
    pub cased: bool,
    /// Which value of a call it spells: with others of the same place and number it is one value.
    pub spells: usize,
    /// Where the `let` that holds it is used; None: it stands in the test itself.
    pub used: Option<Span>,
    /// The innermost `let` of this text that holds it.
    pub held: Option<Span>,
}

#[derive(Clone, Debug)]
pub(super) enum LiteralValue<'a> {
    Text(String),
    /// With its text, where it was written as a number.
    Number(Num, Option<&'a str>),
    /// Seconds.
    Duration(u64),
    Bool(bool),
    Address(IpAddr, Option<u8>),
    Regex(&'a ast::Regex),
    /// A bare word: a value of the enumeration.
    Word(String),
}

#[derive(Clone, Debug)]
pub(super) struct Literals<'a> {
    pub items: Vec<Literal<'a>>,
    /// Written as a list, or read from one.
    pub list: bool,
}

pub(super) enum Operand<'a> {
    Literals(Literals<'a>),
    /// A field of the event, or of an earlier step.
    Field {
        step: Option<usize>,
        field: Field<'a>,
    },
}

impl<'a> Literal<'a> {
    fn new(value: LiteralValue<'a>, span: Span) -> Literal<'a> {
        Literal { value, span, cased: false, spells: 0, used: None, held: None }
    }
}

impl LiteralValue<'_> {
    /// As a list of texts has it; a regex, or a bare word, has no place in one.
    fn text(&self) -> Option<String> {
        match self {
            LiteralValue::Text(text) => Some(text.clone()),
            LiteralValue::Number(Num::Int(number), _) => Some(number.to_string()),
            LiteralValue::Number(Num::Real(number), _) => Some(number.to_string()),
            LiteralValue::Duration(seconds) => Some(seconds.to_string()),
            LiteralValue::Bool(truth) => Some(truth.to_string()),
            LiteralValue::Address(ip, None) => Some(ip.to_canonical().to_string()),
            LiteralValue::Address(ip, Some(prefix)) => Some(format!("{ip}/{prefix}")),
            LiteralValue::Regex(_) | LiteralValue::Word(_) => None,
        }
    }

    /// What a sentence calls it.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            LiteralValue::Text(_) => "a text",
            LiteralValue::Number(..) => "a number",
            LiteralValue::Duration(_) => "a duration",
            LiteralValue::Bool(_) => "a truth value",
            LiteralValue::Address(..) => "an address",
            LiteralValue::Regex(_) => "a regular expression",
            LiteralValue::Word(_) => "a bare word",
        }
    }
}

impl<'a> Checker<'a> {
    pub(super) fn operand(&mut self, value: &'a Value, left: &Field<'a>, cx: Cx<'_, 'a>) -> Option<Operand<'a>> {
        match value {
            Value::Path(path) => self.path_operand(path, left, cx),
            other => self.literals(other, Some(left), cx).map(Operand::Literals),
        }
    }

    fn path_operand(&mut self, path: &'a ast::Path, left: &Field<'a>, cx: Cx<'_, 'a>) -> Option<Operand<'a>> {
        let name = path.dotted();
        if let [only] = path.parts.as_slice() {
            match self.scopes.find(cx.scope, &only.text) {
                Found::Let(id) => {
                    self.lint_hiding(id, path.at.0, Some(left), cx);
                    return self.let_literals(id, path.at.0, Some(left), cx).map(Operand::Literals);
                }
                Found::Unsure => return self.doubt(),
                Found::Nothing => {}
            }
        } else if let Some(step) = cx.steps.iter().find(|step| step.label == path.parts[0].text) {
            let step = step.clone();
            return self.step_operand(path, step, cx);
        }
        if left.values.contains(&name.as_str()) {
            let items = vec![Literal::new(LiteralValue::Word(name), path.at.0)];
            return Some(Operand::Literals(Literals { items, list: false }));
        }
        let known = match cx.words {
            Words::Class(class) => self.find_field(class, &name, path.at.0),
            // A word that is no column may be a text without its quotes, or a truth: that is for `unknown_word` to tell.
            Words::Native(target, class) if self.is_column(path, target, class) || path.parts.len() > 1 => {
                Some(self.native_field(path, target, class, cx)?)
            }
            Words::Native(..) => None,
        };
        if let Some(field) = known {
            return Some(Operand::Field { step: None, field });
        }
        self.unknown_word(path, left, cx)
    }

    fn unknown_word<T>(&mut self, path: &ast::Path, left: &Field<'a>, cx: Cx<'_, 'a>) -> Option<T> {
        let name = path.dotted();
        if !left.values.is_empty() {
            let report = self.unknown_value(path.at.0, &name, left);
            self.report_in(cx, report);
            return None;
        }
        if let Some(truth) = truth(&name).filter(|_| left.ty == Type::Bool) {
            let truth = truth.to_string();
            self.report_in(cx, values::wrong_kind(path.at.0, "a bare word", &left.name, left.ty.name(), Some(&truth)));
            return None;
        }
        if let Words::Native(target, class) = cx.words
            && self.means_column(&name, left, target, class)
        {
            return self.native_field(path, target, class, cx).and(None);
        }
        let mut candidates = self.scopes.names(cx.scope);
        if let Words::Class(class) = cx.words {
            candidates.extend(self.packs.class(class).fields.iter().map(|field| field.name.as_ref()));
        }
        candidates.extend(cx.steps.iter().map(|step| step.label));
        let near = nearest(&name, candidates);
        self.report_in(cx, names::unknown_name(path.at.0, &name, near, place_of(left.ty)));
        None
    }

    fn step_operand(&mut self, path: &'a ast::Path, step: super::StepName<'a>, cx: Cx<'_, 'a>) -> Option<Operand<'a>> {
        if let Some(barred) = step.barred {
            let reason = match barred {
                Barred::Later => names::StepBar::Later,
                Barred::Itself => names::StepBar::Itself,
                Barred::Optional => names::StepBar::Optional,
                Barred::AtLeast => names::StepBar::AtLeast,
                Barred::Counted => names::StepBar::Counted,
            };
            self.report_in(cx, names::step_out_of_reach(path.at.0, step.label, step.span, reason));
            return None;
        }
        let name = path.parts[1..].iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join(".");
        let [class] = step.classes.as_slice() else {
            self.report_in(cx, names::step_out_of_reach(path.at.0, step.label, step.span, names::StepBar::SeveralClasses));
            return None;
        };
        let Some(field) = self.find_field(*class, &name, path.at.0) else {
            let unknown = self.unknown_field(*class, &name, path.parts[1].at.0.to(path.at.0));
            self.report_in(cx, unknown);
            return None;
        };
        Some(Operand::Field { step: Some(step.index), field })
    }

    /// The literals of a value, flat. `left`: the field they are compared with; None where a `let` is read by itself.
    pub(super) fn literals(&mut self, value: &'a Value, left: Option<&Field<'a>>, cx: Cx<'_, 'a>) -> Option<Literals<'a>> {
        let one = |value, span| Some(Literals { items: vec![Literal::new(value, span)], list: false });
        match value {
            Value::Text(text) => one(LiteralValue::Text(text.value.clone()), text.at.0),
            Value::Number(number) => one(LiteralValue::Number(number.value, Some(&number.written)), number.at.0),
            Value::Duration(duration) => one(LiteralValue::Duration(duration.seconds()), duration.at.0),
            Value::Bool(truth, at) => one(LiteralValue::Bool(*truth), at.0),
            Value::Address(address) => one(LiteralValue::Address(address.ip, address.prefix), address.at.0),
            Value::Regex(regex) => one(LiteralValue::Regex(regex), regex.at.0),
            Value::Path(path) => self.word(path, left, cx),
            Value::Call(call) => self.constant(call, left, cx),
            Value::List(list) => {
                if list.items.is_empty() {
                    self.report_in(cx, syntax::empty_list(list.at.0, "nothing is in it"));
                    return None;
                }
                let mut items = Vec::new();
                let mut whole = true;
                for item in &list.items {
                    match self.literals(item, left, cx) {
                        Some(inner) => items.extend(inner.items),
                        None => whole = false,
                    }
                }
                whole.then_some(Literals { items, list: true })
            }
        }
    }

    /// A name in a list, as an argument, or alone in a `let`.
    fn word(&mut self, path: &'a ast::Path, left: Option<&Field<'a>>, cx: Cx<'_, 'a>) -> Option<Literals<'a>> {
        if let [only] = path.parts.as_slice() {
            match self.scopes.find(cx.scope, &only.text) {
                Found::Let(id) => {
                    self.lint_hiding(id, path.at.0, left, cx);
                    return self.let_literals(id, path.at.0, left, cx);
                }
                Found::Unsure => return self.doubt(),
                Found::Nothing => {}
            }
        }
        let name = path.dotted();
        let literal = Literal::new(LiteralValue::Word(name.clone()), path.at.0);
        let Some(left) = left else { return Some(Literals { items: vec![literal], list: false }) };
        if left.values.contains(&name.as_str()) {
            return Some(Literals { items: vec![literal], list: false });
        }
        let is_field = match cx.words {
            Words::Class(class) => self.find_field(class, &name, path.at.0).is_some(),
            Words::Native(target, class) => self.is_column(path, target, class),
        };
        if is_field {
            self.report_in(cx, values::field_in_list(path.at.0, &name));
            return None;
        }
        self.unknown_word(path, left, cx)
    }

    /// What a `let` holds, read in its own scope.
    pub(super) fn let_literals(&mut self, id: LetId, used: Span, left: Option<&Field<'a>>, cx: Cx<'_, 'a>) -> Option<Literals<'a>> {
        let def = &mut self.scopes.lets[id.0];
        def.used = true;
        if def.broken {
            return self.doubt();
        }
        let (one, scope) = (def.ast, def.scope);
        let mut literals = match &one.source {
            ast::LetSource::Predicate(_) => {
                self.report_in(cx, names::predicate_as_value(used, &one.name.text, one.name.at.0));
                return None;
            }
            ast::LetSource::Value(value) => {
                let read = self.literals(value, left, Cx { scope, ..cx })?;
                match one.ty.as_ref().and_then(|ty| operators::type_of_name(&ty.text)) {
                    Some(ty) => self.of_type(read, ty),
                    None => read,
                }
            }
            ast::LetSource::From { .. } => Literals::clone(&*self.listed(id)?),
        };
        // What a `let` is made of is of no use by itself.
        if left.is_some() && literals.list {
            self.name_list(one, &literals, used);
        }
        for literal in &mut literals.items {
            literal.used = Some(used);
            literal.held = literal.held.or(Some(one.at.0));
        }
        Some(literals)
    }

    fn name_list(&mut self, one: &'a ast::Let, literals: &Literals<'a>, used: Span) {
        let file = match &one.source {
            ast::LetSource::From { path, .. } => self.files.list(path.at.0.file, &path.value).map(|(file, _)| file),
            ast::LetSource::Predicate(_) | ast::LetSource::Value(_) => None,
        };
        let name = one.name.text.clone();
        match self.named.iter_mut().find(|list| list.name == name && list.file == file) {
            Some(known) if known.used.contains(&used) => {}
            Some(known) => known.used.push(used),
            None => {
                let values = literals.items.iter().filter_map(|literal| literal.value.text()).collect();
                self.named.push(hir::NamedList { name, file, values, used: vec![used] });
            }
        }
    }

    fn constant(&mut self, call: &'a ast::ConstCall, left: Option<&Field<'a>>, cx: Cx<'_, 'a>) -> Option<Literals<'a>> {
        let at = call.at.0;
        let name = call.function.text.as_str();
        let (bytes, list) = self.constant_bytes(call, left, cx)?;
        let mut items = Vec::new();
        for (spells, bytes) in bytes {
            let readable = name != "utf16" || bytes.is_ascii();
            let Some(text) = String::from_utf8(bytes).ok().filter(|_| readable) else {
                self.report_in(cx, values::bytes_as_text(at));
                return None;
            };
            items.push(Literal { cased: name == "base64", spells, ..Literal::new(LiteralValue::Text(text), at) });
        }
        let list = list || items.len() > 1;
        Some(Literals { items, list })
    }

    /// The texts of a call as bytes, each with the number of the value that it spells, and whether there may be several.
    fn constant_bytes(
        &mut self,
        call: &'a ast::ConstCall,
        left: Option<&Field<'a>>,
        cx: Cx<'_, 'a>,
    ) -> Option<(Vec<(usize, constants::Bytes)>, bool)> {
        let at = call.at.0;
        let (arguments, list) = match &*call.argument {
            Value::Call(inner) => self.constant_bytes(inner, left, cx)?,
            other => {
                let literals = self.literals(other, left, cx)?;
                let mut texts = Vec::new();
                for literal in literals.items {
                    match literal.value {
                        LiteralValue::Text(text) if text.is_empty() => {
                            self.report_in(cx, values::empty_text(literal.span, "a function of texts", None));
                            return None;
                        }
                        LiteralValue::Text(text) => texts.push(text.into_bytes()),
                        other => {
                            self.report_in(cx, values::constant_of_no_text(literal.span, &call.function.text, other.kind()));
                            return None;
                        }
                    }
                }
                (texts.into_iter().enumerate().collect(), literals.list)
            }
        };
        let text = |bytes: constants::Bytes| String::from_utf8(bytes).ok();
        let mut results = Vec::new();
        for (spells, argument) in arguments {
            let mut add = |bytes: constants::Bytes| results.push((spells, bytes));
            match call.function.text.as_str() {
                "base64" => constants::base64(&argument).into_iter().map(String::into_bytes).for_each(add),
                "utf16" => match text(argument) {
                    Some(text) => add(constants::utf16(&text)),
                    None => {
                        self.report_in(cx, values::bytes_as_text(at));
                        return None;
                    }
                },
                "dashes" => match text(argument).map(|text| constants::dashes(&text)) {
                    Some(Some(spellings)) => spellings.into_iter().map(String::into_bytes).for_each(add),
                    Some(None) => {
                        self.report_in(cx, values::too_many_dashes(at));
                        return None;
                    }
                    None => {
                        self.report_in(cx, values::bytes_as_text(at));
                        return None;
                    }
                },
                other => {
                    self.report_in(cx, names::unknown_function(call.function.at.0, other, nearest(other, ["base64", "dashes", "utf16"])));
                    return None;
                }
            }
        }
        Some((results, list))
    }

    /// A `let` whose name is also a value of the left field's enumeration, or a field of the class.
    pub(super) fn lint_hiding(&mut self, id: LetId, used: Span, left: Option<&Field<'a>>, cx: Cx<'_, 'a>) {
        let name = &self.scopes.lets[id.0].ast.name;
        let hidden = if left.is_some_and(|left| left.values.contains(&name.text.as_str())) {
            Some("a value of the field on the left")
        } else {
            match cx.words {
                Words::Class(class) if self.find_field(class, &name.text, used).is_some() => Some("a field of the class"),
                Words::Class(_) | Words::Native(..) => None,
            }
        };
        if let Some(what) = hidden {
            self.report(lints::let_hides(name.at.0, &name.text, used, what));
        }
    }
}
