//! From a fault of a literal to what is said of it: the field that takes it, the test that was meant.
//!
//! In: why a literal is no value of its field's type, and the test around it. Out: the finding, with a fix where what was meant can be
//! told from the literal, the operator and the class alone.

use crate::diag::Diagnostic;
use crate::diag::values::{self, AccountFields, HashFields};
use crate::schema::{Actions, Binding, Expr, HashKind, Transform, Type};
use crate::syntax::ast::{Num, Op};

use super::Checker;
use super::forms::{ScalarFault, TextFault, normal_text};
use super::literals::Asked;
use super::operands::{Literal, LiteralValue};
use super::words::{Field, Key};

impl<'a> Checker<'a> {
    pub(super) fn text_fault(&self, fault: TextFault, text: &str, literal: &Literal<'a>, asked: &Asked<'_, 'a>) -> Diagnostic {
        let field = asked.field;
        let at = literal.span;
        // Edits go where the test stands, not into a `let` that others use.
        let here = literal.used.is_none();
        let whole = asked.whole.filter(|_| here);
        match fault {
            TextFault::Slash => self.slash(text, literal, asked),
            TextFault::OtherHash(kinds) => {
                let of = |kind: &HashKind| self.sibling(field, field.ty.name(), kind.ty().name(), kind.ty());
                let fields: Vec<String> = kinds.iter().filter_map(of).collect();
                let subject = asked.subject.filter(|_| here && asked.all_have(&TextFault::OtherHash(kinds.clone())));
                let names: Vec<&str> = kinds.iter().map(|kind| kind.label()).collect();
                let fields = HashFields { kinds: &names, fields: &fields, subject, list: asked.texts.len() != 1 };
                values::other_hash(at, &field.name, field.ty.name(), fields)
            }
            TextFault::HashLength(kind) => values::hash_length(at, kind.ty().name(), kind.digits(), &field.name, text.len()),
            TextFault::HashDigits(kind, alone) => {
                values::hash_digits(at, kind.ty().name(), kind.digits(), &field.name, alone.filter(|_| here).as_deref())
            }
            TextFault::Qualified => {
                let domain = self.sibling(field, "name", "domain", Type::Text);
                let upn = self.sibling(field, "name", "upn", Type::Email);
                let fields = AccountFields { name: &field.name, domain: domain.as_deref(), upn: upn.as_deref() };
                let subject = asked.subject.filter(|_| here && asked.all_have(&TextFault::Qualified));
                values::account_with_domain(at, text, fields, part(asked.op), whole, subject)
            }
            TextFault::Url(host) => values::url_as_domain(at, field.ty.name(), &host, here),
            TextFault::Wildcard(rest) => {
                let test = whole.filter(|_| asked.op == Op::Equal).map(|_| asked.op_at.to(at));
                let literal = here && asked.op == Op::Under;
                values::wildcard_in_name(at, &rest, test, literal)
            }
            TextFault::NoName => values::no_name(at, text, field.ty.name()),
            TextFault::NoMail => {
                let name = normal_text(Type::Domain, text, Op::Equal).ok().filter(|name| name.contains('.'));
                let test = whole.filter(|_| asked.op == Op::Equal).map(|_| asked.op_at.to(at));
                values::no_mail(at, text, name.as_deref(), test)
            }
            TextFault::Form(what) => values::wrong_form(at, text, field.ty.name(), what),
            TextFault::Hive(near) => {
                let rest = text.find(['\\', '/']).map_or("", |end| &text[end..]);
                values::unknown_hive(at, text, near.filter(|_| here).map(|hive| format!("{hive}{rest}")).as_deref(), near)
            }
            TextFault::ForwardSlash(meant) => values::forward_slash(at, meant.filter(|_| here).as_deref()),
        }
    }

    /// A path where the name of a file belongs.
    fn slash(&self, text: &str, literal: &Literal<'a>, asked: &Asked<'_, 'a>) -> Diagnostic {
        let field = asked.field;
        let path = self.sibling(field, "name", "path", Type::Path);
        let here = literal.used.is_none();
        let compares = matches!(asked.op, Op::Equal | Op::NotEqual | Op::In);
        let name = text.strip_prefix('\\').filter(|name| compares && here && !name.contains(['\\', '/']));
        if let Some(name) = name {
            // `name == '\\cmd.exe'`: the slash of a habit, and the name behind it.
            return values::slash_before_file_name(literal.span, text, &field.name, name);
        }
        // The same literals fit the sibling, as long as nothing else of the test must change with it.
        let rooted = text.starts_with(['/', '\\']) || text.get(1..3).is_some_and(|drive| drive == r":\" || drive == ":/");
        let fits = rooted || !(compares || asked.op == Op::StartsWith);
        let subject = asked.subject.filter(|_| fits && asked.all_have(&TextFault::Slash));
        values::slash_in_file_name(literal.span, text, &field.name, path.as_deref(), subject)
    }

    /// `path` for `name`, `parent.path` for `parent.name`, if the class has it with that type.
    pub(super) fn sibling(&self, field: &Field<'a>, last: &str, other: &str, ty: Type) -> Option<String> {
        let Key::Field(_) = field.key else { return None };
        let class = self.packs.class(field.class);
        let stem = field.name.strip_suffix(last).filter(|stem| stem.is_empty() || stem.ends_with('.'))?;
        let name = format!("{stem}{other}");
        class.field(&name).filter(|id| class.get(*id).ty == ty).map(|_| name)
    }

    pub(super) fn scalar_fault(&self, fault: ScalarFault, literal: &Literal<'a>, asked: &Asked<'_, 'a>) -> Diagnostic {
        let field = asked.field;
        let at = literal.span;
        let here = literal.used.is_none();
        let whole = asked.whole.filter(|_| here);
        match fault {
            ScalarFault::Kind(_) if field.ty == Type::Enum => self.no_word(literal, asked),
            ScalarFault::Kind(fix) => {
                values::wrong_kind(at, literal.value.kind(), &field.name, field.ty.name(), fix.filter(|_| here).as_deref())
            }
            ScalarFault::Port => {
                let zero = matches!(literal.value, LiteralValue::Number(Num::Int(0), _));
                let present = matches!(asked.op, Op::Greater | Op::NotEqual);
                let absent = asked.op == Op::Equal;
                let test = whole.filter(|_| zero && (present || absent));
                values::no_port(at, zero, test.map(|test| (test, format!("{} {}exists", field.name, if absent { "not " } else { "" }))))
            }
            ScalarFault::Fraction => values::fraction(at, &field.name),
            ScalarFault::Network => {
                let instead = if asked.op == Op::NotEqual { "not in" } else { "in" };
                let compares = matches!(asked.op, Op::Equal | Op::NotEqual);
                values::network_as_value(at, asked.op_at, instead, compares && here && asked.op_at != at)
            }
            ScalarFault::AddressWithPort(both) => {
                let port = self.sibling(field, "ip", "port", Type::Port);
                let test = whole.filter(|_| asked.op == Op::Equal && both.port() != 0);
                values::address_with_port(at, both, &field.name, port.as_deref(), test)
            }
            ScalarFault::NoAddress(network) => {
                let shown = if let LiteralValue::Text(text) = &literal.value { text.as_str() } else { "it" };
                let test = whole.filter(|_| asked.op == Op::Equal).map(|_| asked.op_at.to(at));
                let item = (here && asked.op == Op::In).then_some(at);
                let host = ["host", "domain"]
                    .into_iter()
                    .find_map(|last| self.sibling(field, "ip", last, Type::Host).or_else(|| self.sibling(field, "ip", last, Type::Domain)));
                values::no_address(at, shown, network.as_deref(), test, item, host.as_deref())
            }
        }
    }

    /// A literal in the place of a word of an enumeration.
    fn no_word(&self, literal: &Literal<'a>, asked: &Asked<'_, 'a>) -> Diagnostic {
        let field = asked.field;
        let written: Vec<String> = match &literal.value {
            LiteralValue::Text(text) => vec![text.clone()],
            LiteralValue::Number(Num::Int(number), _) => vec![number.to_string(), format!("{number:#x}")],
            LiteralValue::Bool(truth) => vec![truth.to_string()],
            LiteralValue::Number(Num::Real(_), _)
            | LiteralValue::Duration(_)
            | LiteralValue::Address(..)
            | LiteralValue::Regex(_)
            | LiteralValue::Word(_) => Vec::new(),
        };
        let same = written.iter().find_map(|word| field.values.iter().find(|value| value.eq_ignore_ascii_case(word)));
        let here = literal.used.is_none();
        if let Some(value) = same {
            return values::wrong_kind(
                literal.span,
                literal.value.kind(),
                &field.name,
                field.ty.name(),
                Some(value).filter(|_| here).copied(),
            );
        }
        match written.iter().find_map(|word| self.neutral_value(word, field)) {
            Some((value, sure)) => values::native_value(literal.span, &written[0], &field.name, value, sure && here),
            None => {
                let near = written.first().and_then(|word| crate::schema::nearest(word, field.values.iter().copied()));
                values::no_word_of(literal.span, literal.value.kind(), &field.name, &field.values, near.filter(|_| here))
            }
        }
    }

    /// What a product's own word means among the values of an enumeration, and whether every product that has the word means that.
    pub(super) fn neutral_value(&self, word: &str, field: &Field<'a>) -> Option<(&'a str, bool)> {
        let packs = self.packs;
        let bindings = packs.bindings.iter().filter(|binding| binding.class == field.class);
        let mut meant: Vec<&'a str> = match &field.key {
            Key::Field(id) => bindings
                .flat_map(|binding| binding.containers.iter())
                .filter_map(|container| container.field(*id))
                .flat_map(|bound| maps(&bound.value))
                .flat_map(|map| packs.model.map(map).pairs.iter())
                .filter(|(native, neutral)| native.eq_ignore_ascii_case(word) && field.values.contains(&neutral.as_ref()))
                .map(|(_, neutral)| neutral.as_ref())
                .collect(),
            Key::Action => bindings
                .flat_map(|binding| actions_called(binding, word))
                .flat_map(|actions| {
                    let class = packs.class(field.class);
                    actions.iter().filter_map(|index| class.actions.get(index)).map(AsRef::as_ref)
                })
                .collect(),
            Key::Class | Key::Native(_) => Vec::new(),
        };
        meant.dedup();
        let first = *meant.first()?;
        Some((first, meant.iter().all(|other| *other == first)))
    }
}

impl Asked<'_, '_> {
    /// Whether every literal of the test has the same fault, so that what mends one mends all.
    fn all_have(&self, fault: &TextFault) -> bool {
        !self.texts.is_empty() && self.texts.iter().all(|text| normal_text(self.field.ty, text, self.op).as_ref() == Err(fault))
    }
}

/// The maps that a value goes through.
fn maps(expr: &Expr) -> Vec<crate::schema::MapId> {
    match expr {
        Expr::Column(_) => Vec::new(),
        Expr::Apply(transform, inputs) => {
            let own = if let Transform::Map(map) = transform { Some(*map) } else { None };
            own.into_iter().chain(inputs.iter().flat_map(maps)).collect()
        }
    }
}

/// The actions that a product tells by this word.
fn actions_called(binding: &Binding, word: &str) -> Vec<Actions> {
    let alternatives = binding.containers.iter().flat_map(|container| container.alternatives.iter());
    let says = |tests: &crate::schema::List<crate::schema::NativeTest>| {
        tests.iter().any(|test| !test.negated && test.values.iter().any(|value| value.eq_ignore_ascii_case(word)))
    };
    alternatives.filter(|alternative| alternative.when.iter().any(says)).map(|alternative| alternative.actions).collect()
}

/// Which part of an account an operator asks for.
fn part(op: Op) -> values::Part {
    match op {
        Op::Equal => values::Part::Whole,
        Op::NotEqual => values::Part::NotWhole,
        Op::StartsWith => values::Part::Start,
        Op::EndsWith => values::Part::End,
        Op::In
        | Op::Less
        | Op::LessEqual
        | Op::Greater
        | Op::GreaterEqual
        | Op::Contains
        | Op::Like
        | Op::Has
        | Op::Matches
        | Op::Under
        | Op::Exists
        | Op::Is => values::Part::Other,
    }
}
