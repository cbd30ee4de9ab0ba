//! One item over a class: the tests of the language that it is.
//!
//! In: an item, its modifiers, its values, what its field means. Out: an expression, or why the class cannot carry it: then the rule is
//! read over records. Law: the expression holds for an event of the class exactly if the item holds for its native form.

use crate::schema::sigma::Meaning;
use crate::schema::{Actions, FieldId, Str, TimePart, Type, meant};
use crate::source::Span;
use crate::syntax::ast::{self, At, Expr, Op, Value};

use super::super::modifier::{Asked, How};
use super::super::tree::{Item, Word};
use super::super::value::{Piece, matches};
use super::build::{self, Manner};
use super::names::{self, Means, Reading};
use super::typed::{self, Form};
use super::values::{Ready, What};

/// Why a class does not carry an item.
#[derive(Clone, Debug)]
pub struct Unfit {
    pub at: Span,
    pub why: String,
    /// No record of a log has such a value either.
    pub never: Option<Never>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Never {
    /// Values of the field are something else.
    Other(&'static str),
    /// A network, of an address.
    Network,
    /// A part is asked of what is no time; of a text, that may be one.
    NoTime(TimePart, bool),
    /// A word that is nearly one of those the field has, and whether it is sure to be meant.
    Near(String, bool),
}

impl Unfit {
    pub fn new(at: Span, why: impl Into<String>) -> Unfit {
        Unfit { at, why: why.into(), never: None }
    }
}

pub type Fit = Result<Expr, Unfit>;

/// One item.
#[derive(Clone, Copy)]
pub struct Asking<'a> {
    pub item: &'a Item,
    pub asked: &'a Asked,
    pub values: &'a [Ready],
    pub field: &'a Word,
}

impl<'p> Reading<'p> {
    pub fn test(&self, it: &Asking<'_>) -> Fit {
        let means = self.means(&it.field.text);
        if let Some(part) = it.asked.part {
            let expr = self.part_of_time(it, part, &means)?;
            return Ok(if it.asked.negated { build::not(expr, it.item.at) } else { expr });
        }
        let expr = match means {
            Means::Data(name) => self.data(it, &name),
            Means::Pipe(field) => self.by_value(it, |ready| self.pipe(it, field, ready)),
            Means::Nothing(_) => Err(Unfit::new(it.field.at, format!("`{}` has no field for it", self.class().name))),
            Means::Known(meaning) => match &*meaning {
                Meaning::Field(field) => self.typed(it, *field),
                Meaning::Account { domain, name } => self.by_value(it, |ready| self.account(it, (*domain, *name), ready)),
                Meaning::Hashes(kinds) => self.by_value(it, |ready| self.hashes(it, kinds, ready)),
                Meaning::Words(field, words) => self.words(it, *field, words),
                Meaning::Happened(words) => self.happened(it, words),
            },
        }?;
        Ok(if it.asked.negated { build::not(expr, it.item.at) } else { expr })
    }

    pub fn name(&self, field: FieldId) -> &'p str {
        &self.field(field).name
    }

    /// Each value by itself; all of them, or any.
    fn by_value(&self, it: &Asking<'_>, one: impl Fn(&Ready) -> Fit) -> Fit {
        let parts = it.values.iter().map(one).collect::<Result<Vec<_>, _>>()?;
        Ok(match (it.asked.field, it.asked.all) {
            // A field is in no list.
            (true, true) => build::and(parts, it.item.at),
            (true, false) => build::or(parts, it.item.at),
            (false, all) => build::values(parts, all, it.item.at),
        })
    }

    /// `data.NAME`
    fn data(&self, it: &Asking<'_>, name: &str) -> Fit {
        if name.chars().any(|c| c.is_control() || matches!(c, '\'' | '"' | '`' | '*' | '\\')) {
            return Err(Unfit::new(it.field.at, "no query can say this name".to_owned()));
        }
        match it.asked.how {
            How::Whole | How::Contains | How::StartsWith | How::EndsWith | How::Regex | How::Exists => {}
            How::Cidr | How::Less | How::LessEqual | How::Greater | How::GreaterEqual => {
                return Err(Unfit::new(it.field.at, "what a record holds is compared as a text".to_owned()));
            }
        }
        self.compared(it, &format!("data.{name}"), Type::Text)
    }

    /// `time.hour`: of the time of the event, by whatever name, or of another field that is a time.
    fn part_of_time(&self, it: &Asking<'_>, part: TimePart, means: &Means<'_>) -> Fit {
        let word = it.item.modifiers.iter().find(|word| word.text == part.name());
        let unfit = |why: String, is_text: bool| {
            Err(Unfit { never: Some(Never::NoTime(part, is_text)), ..Unfit::new(word.map_or(it.field.at, |word| word.at), why) })
        };
        if self.is_own_time(&it.field.text) {
            return self.compared(it, &format!("time.{}", part.name()), Type::Int);
        }
        match means {
            Means::Known(meaning) => match &**meaning {
                Meaning::Field(id) if self.field(*id).ty == Type::Time => {
                    self.compared(it, &format!("{}.{}", self.name(*id), part.name()), Type::Int)
                }
                Meaning::Field(_) | Meaning::Account { .. } | Meaning::Hashes(_) | Meaning::Words(..) | Meaning::Happened(_) => {
                    unfit(format!("`{}` is no time", it.field.text), false)
                }
            },
            Means::Pipe(_) => unfit(format!("`{}` is no time", it.field.text), false),
            Means::Data(_) | Means::Nothing(_) => unfit(format!("`{}` is kept as a text", it.field.text), true),
        }
    }

    fn typed(&self, it: &Asking<'_>, id: FieldId) -> Fit {
        let field = self.field(id);
        match field.ty {
            Type::Enum if it.asked.how != How::Exists && !it.asked.field => self.words(it, id, &names::words(self.packs, field)),
            ty => self.compared(it, &field.name, ty),
        }
    }

    fn compared(&self, it: &Asking<'_>, field: &str, ty: Type) -> Fit {
        let (at, field_at) = (it.item.at, it.field.at);
        if it.asked.field {
            return self.fields(it, field, ty);
        }
        // Neighbours that one operator says are one test.
        let mut groups: Vec<(Form, Vec<Value>)> = Vec::new();
        let mut parts: Vec<Expr> = Vec::new();
        for ready in it.values {
            let form = typed::form(ty, it.asked, ready, |text| self.is_missing(ty, text))?;
            match form {
                (Form::Missing, _) => parts.push(build::not(build::test(field, field_at, Op::Exists, Manner::default(), None, at), at)),
                (Form::Present, _) => parts.push(build::test(field, field_at, Op::Exists, Manner::default(), None, at)),
                // One value in several spellings: any of them is enough.
                (Form::Op { op, cased }, value) if matches!(value.as_slice(), [Value::List(_)]) => {
                    let (op, operand) = build::one_or_more(if op == Op::Equal { Op::In } else { op }, value, at);
                    let cased = cased || it.asked.cased && typed::has_case(ty);
                    parts.push(build::test(field, field_at, op, Manner { all: false, cased }, Some(operand), at));
                }
                (form, value) => match groups.iter_mut().find(|(known, _)| *known == form) {
                    Some((_, values)) => values.extend(value),
                    None => groups.push((form, value)),
                },
            }
        }
        for (form, values) in groups {
            let Form::Op { op, cased } = form else { continue };
            let cased = cased || it.asked.cased && typed::has_case(ty);
            if it.asked.all
                && values.len() > 1
                && (op == Op::Equal || matches!(op, Op::Less | Op::LessEqual | Op::Greater | Op::GreaterEqual))
            {
                parts.extend(
                    values.into_iter().map(|value| build::test(field, field_at, op, Manner { all: false, cased }, Some(value), at)),
                );
                continue;
            }
            let ordered = matches!(op, Op::Less | Op::LessEqual | Op::Greater | Op::GreaterEqual);
            if ordered {
                parts.extend(values.into_iter().map(|value| build::test(field, field_at, op, Manner::default(), Some(value), at)));
                continue;
            }
            let all = it.asked.all && values.len() > 1;
            let (op, operand) = build::one_or_more(op, values, at);
            parts.push(build::test(field, field_at, op, Manner { all, cased }, Some(operand), at));
        }
        Ok(if it.asked.all { build::and(parts, at) } else { build::or(parts, at) })
    }

    /// Against other fields.
    fn fields(&self, it: &Asking<'_>, field: &str, ty: Type) -> Fit {
        let op = match it.asked.how {
            How::Whole => Op::Equal,
            How::Contains => Op::Contains,
            How::StartsWith => Op::StartsWith,
            How::EndsWith => Op::EndsWith,
            How::Less => Op::Less,
            How::LessEqual => Op::LessEqual,
            How::Greater => Op::Greater,
            How::GreaterEqual => Op::GreaterEqual,
            How::Regex | How::Cidr | How::Exists => return Err(Unfit::new(it.field.at, "a field is no pattern".to_owned())),
        };
        self.by_value(it, |ready| {
            let What::Verbatim(other) = &ready.what else { return Err(Unfit::new(ready.at, "no name of a field".to_owned())) };
            let (other, other_ty) = match self.means(other) {
                Means::Data(other) => (format!("data.{other}"), Type::Text),
                Means::Known(meaning) if matches!(*meaning, Meaning::Field(_)) => match &*meaning {
                    Meaning::Field(id) => (self.name(*id).to_owned(), self.field(*id).ty),
                    _ => return Err(Unfit::new(ready.at, "no single field of the class".to_owned())),
                },
                Means::Known(_) | Means::Pipe(_) | Means::Nothing(_) => {
                    return Err(Unfit::new(ready.at, format!("`{}` has no single field for it", self.class().name)));
                }
            };
            if typed::is_text(ty) != typed::is_text(other_ty) {
                return Err(Unfit::new(ready.at, "a field of another type".to_owned()));
            }
            let operand = Value::Path(build::path(&other, ready.at));
            let cased = it.asked.cased && typed::has_case(ty);
            Ok(build::test(field, it.field.at, op, Manner { all: false, cased }, Some(operand), it.item.at))
        })
    }

    /// `DOMAIN\name`: what stands before the backslash is the domain's, what stands behind it the name's.
    fn account(&self, it: &Asking<'_>, (domain, name): (FieldId, FieldId), ready: &Ready) -> Fit {
        let (domain, name) = (self.name(domain), self.name(name));
        let at = ready.at;
        let manner = Manner { all: false, cased: it.asked.cased };
        let test = |field: &str, op: Op, text: &str| build::test(field, it.field.at, op, manner, Some(build::text(text, at)), at);
        let exists = |field: &str| build::test(field, it.field.at, Op::Exists, Manner::default(), None, at);
        let unfit = |why: &str| Err(Unfit::new(at, why.to_owned()));
        if it.asked.field {
            return unfit("domain and name are two fields");
        }
        let pattern = match &ready.what {
            What::Null => return Ok(build::not(exists(name), at)),
            What::Pattern(pattern) => pattern.as_slice(),
            What::Verbatim(text) if it.asked.how == How::Exists => {
                return Ok(if is_true(text) { exists(name) } else { build::not(exists(name), at) });
            }
            What::Verbatim(_) | What::Made(..) => return unfit("domain and name are two fields"),
        };
        let halves = |text: &str| text.rsplit_once('\\').map(|(before, after)| (before.to_owned(), after.to_owned()));
        match pattern {
            [] => Ok(build::not(exists(name), at)),
            [Piece::Any] => Ok(exists(name)),
            [Piece::Text(text)] => match halves(text) {
                Some((before, after)) => Ok(build::and(vec![test(domain, Op::Equal, &before), test(name, Op::Equal, &after)], at)),
                None => Ok(test(name, Op::Equal, text)),
            },
            [Piece::Text(text), Piece::Any] => match halves(text) {
                Some((before, after)) if after.is_empty() => Ok(test(domain, Op::Equal, &before)),
                Some((before, after)) => Ok(build::and(vec![test(domain, Op::Equal, &before), test(name, Op::StartsWith, &after)], at)),
                None => {
                    let alone = build::and(vec![build::not(exists(domain), at), test(name, Op::StartsWith, text)], at);
                    Ok(build::or(vec![test(domain, Op::StartsWith, text), alone], at))
                }
            },
            [Piece::Any, Piece::Text(text)] => match halves(text) {
                Some((before, after)) if before.is_empty() => Ok(test(name, Op::Equal, &after)),
                Some((before, after)) => Ok(build::and(vec![test(domain, Op::EndsWith, &before), test(name, Op::Equal, &after)], at)),
                None => Ok(test(name, Op::EndsWith, text)),
            },
            [Piece::Any, Piece::Text(text), Piece::Any] => match halves(text) {
                Some((before, after)) => {
                    let mut parts = Vec::new();
                    if !before.is_empty() {
                        parts.push(test(domain, Op::EndsWith, &before));
                    }
                    if !after.is_empty() {
                        parts.push(test(name, Op::StartsWith, &after));
                    }
                    if parts.is_empty() { Ok(exists(domain)) } else { Ok(build::and(parts, at)) }
                }
                None => Ok(build::or(vec![test(domain, Op::Contains, text), test(name, Op::Contains, text)], at)),
            },
            _ => unfit("domain and name are two fields"),
        }
    }

    /// `IMPHASH=..`, alone or in a list of hashes.
    fn hashes(&self, it: &Asking<'_>, kinds: &[FieldId], ready: &Ready) -> Fit {
        let at = ready.at;
        let of_kind = |label: &str| kinds.iter().copied().find(|id| self.field(*id).ty.name().eq_ignore_ascii_case(label));
        let unfit = || Err(Unfit::new(at, "no whole hash of a kind, `SHA256=..`".to_owned()));
        let text = match &ready.what {
            What::Pattern(pattern) => match pattern.as_slice() {
                [Piece::Text(text)]
                | [Piece::Any, Piece::Text(text)]
                | [Piece::Text(text), Piece::Any]
                | [Piece::Any, Piece::Text(text), Piece::Any] => text,
                _ => return unfit(),
            },
            What::Null | What::Made(..) | What::Verbatim(_) => return unfit(),
        };
        let mut parts = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            // A bare hash says its kind by its length, but for two of the same.
            let (field, digits) = match part.split_once('=') {
                Some((label, digits)) => (of_kind(label), digits),
                None => {
                    (["sha1", "sha256", "sha512"].into_iter().filter_map(of_kind).find(|id| typed::is_hash(self.field(*id).ty, part)), part)
                }
            };
            match field {
                Some(field) if typed::is_hash(self.field(field).ty, digits) => {
                    parts.push(build::test(self.name(field), it.field.at, Op::Equal, Manner::default(), Some(build::text(digits, at)), at));
                }
                _ => return unfit(),
            }
        }
        if parts.is_empty() { unfit() } else { Ok(build::and(parts, at)) }
    }

    /// A pattern over the words of a product, as the values that they mean.
    fn words(&self, it: &Asking<'_>, field: FieldId, words: &[(Str, Str)]) -> Fit {
        let name = self.name(field);
        self.by_value(it, |ready| {
            let meant = |native: &str| self.chosen(it, ready, native);
            let at = ready.at;
            let exists = || build::test(name, it.field.at, Op::Exists, Manner::default(), None, at);
            match &ready.what {
                What::Null => return Ok(build::not(exists(), at)),
                What::Verbatim(text) if it.asked.how == How::Exists => {
                    return Ok(if is_true(text) { exists() } else { build::not(exists(), at) });
                }
                What::Pattern(_) | What::Made(..) | What::Verbatim(_) => {}
            }
            let mut values: Vec<&str> = Vec::new();
            for (word, value) in words {
                if meant(word)? && !values.contains(&value.as_ref()) {
                    values.push(value);
                }
            }
            if values.is_empty() {
                let never = near_word(ready, words.iter().map(|(word, _)| word.as_ref()));
                return Err(Unfit { never, ..Unfit::new(at, format!("`{name}` has no such value")) });
            }
            let is_bool = self.field(field).ty == Type::Bool;
            let values = values
                .into_iter()
                .map(|value| if is_bool { Value::Bool(value == "true", At(at)) } else { build::word(value, at) })
                .collect();
            let (op, operand) = build::one_or_more(Op::Equal, values, at);
            Ok(build::test(name, it.field.at, op, Manner::default(), Some(operand), at))
        })
    }

    fn happened(&self, it: &Asking<'_>, words: &[(Str, Actions)]) -> Fit {
        self.by_value(it, |ready| {
            let mut all = Actions::NONE;
            for (word, actions) in words {
                if self.chosen(it, ready, word)? {
                    all = all.or(*actions);
                }
            }
            let names = names::actions(self.class(), all);
            if names.is_empty() {
                let never = near_word(ready, words.iter().map(|(word, _)| word.as_ref()));
                return Err(Unfit { never, ..Unfit::new(ready.at, "no such kind of event") });
            }
            let values = names.iter().map(|name| build::word(name, ready.at)).collect();
            let (op, operand) = build::one_or_more(Op::Equal, values, ready.at);
            Ok(build::test("action", it.field.at, op, Manner::default(), Some(operand), ready.at))
        })
    }

    /// Whether a value means this word.
    fn chosen(&self, it: &Asking<'_>, ready: &Ready, word: &str) -> Result<bool, Unfit> {
        match &ready.what {
            What::Pattern(pattern) if !it.asked.cased => Ok(matches(pattern, word)),
            What::Pattern(_) | What::Made(..) | What::Verbatim(_) | What::Null => {
                Err(Unfit::new(ready.at, format!("`{}` has values, and no text", it.field.text)))
            }
        }
    }

    /// `\name`, `\Device\NamedPipe\name`: the model has the name alone.
    fn pipe(&self, it: &Asking<'_>, field: FieldId, ready: &Ready) -> Fit {
        let (name, at) = (self.name(field), ready.at);
        let manner = Manner { all: false, cased: it.asked.cased };
        let test = |op: Op, text: &str| build::test(name, it.field.at, op, manner, Some(build::text(text, at)), at);
        let cut = |text: &str| text.strip_prefix(r"\Device\NamedPipe").unwrap_or(text).strip_prefix('\\').map(str::to_owned);
        let What::Pattern(pattern) = &ready.what else {
            let ready = std::slice::from_ref(ready);
            return self.compared(&Asking { values: ready, ..*it }, name, self.field(field).ty);
        };
        match pattern.as_slice() {
            [Piece::Text(text)] => match cut(text).filter(|rest| !rest.is_empty()) {
                Some(rest) => Ok(test(Op::Equal, &rest)),
                None => Ok(test(Op::Equal, text)),
            },
            [Piece::Text(text), Piece::Any] => match cut(text).filter(|rest| !rest.is_empty()) {
                Some(rest) => Ok(test(Op::StartsWith, &rest)),
                None => Ok(test(Op::StartsWith, text)),
            },
            [Piece::Any, Piece::Text(text)] => match cut(text).filter(|rest| !rest.is_empty()) {
                Some(rest) => Ok(build::or(vec![test(Op::Equal, &rest), test(Op::EndsWith, text)], at)),
                None => Ok(test(Op::EndsWith, text)),
            },
            [Piece::Any, Piece::Text(text), Piece::Any] => match cut(text).filter(|rest| !rest.is_empty()) {
                Some(rest) => Ok(build::or(vec![test(Op::StartsWith, &rest), test(Op::Contains, text)], at)),
                None => Ok(test(Op::Contains, text)),
            },
            [Piece::Text(text), rest @ ..] if text.starts_with('\\') => {
                let mut shorter = vec![Piece::Text(cut(text).unwrap_or_default())];
                shorter.extend_from_slice(rest);
                let ready = Ready::new(What::Pattern(shorter), at);
                self.compared(&Asking { values: std::slice::from_ref(&ready), ..*it }, name, self.field(field).ty)
            }
            _ => self.compared(&Asking { values: std::slice::from_ref(ready), ..*it }, name, self.field(field).ty),
        }
    }
}

/// Of a whole word that is nearly one of a product's.
fn near_word<'w>(ready: &Ready, words: impl Iterator<Item = &'w str>) -> Option<Never> {
    let What::Pattern(pattern) = &ready.what else { return None };
    let [Piece::Text(text)] = pattern.as_slice() else { return None };
    // The model's own spelling of a word stands before that of a product.
    let mut known: Vec<&str> = words.collect();
    known.reverse();
    let mut spelled: Vec<&str> = Vec::new();
    for word in known {
        if spelled.iter().all(|other| !other.eq_ignore_ascii_case(word)) {
            spelled.push(word);
        }
    }
    let (near, sure) = meant(text, spelled)?;
    Some(Never::Near(near.to_owned(), sure))
}

pub fn is_true(text: &str) -> bool {
    matches!(text, "true" | "yes")
}

/// A word anywhere in the event.
pub fn keyword(ready: &Ready, asked: &Asked) -> Fit {
    let at = ready.at;
    let form = typed::form(Type::Text, asked, ready, |_| false)?;
    match form {
        (Form::Op { op, cased }, values) => {
            let (op, operand) = build::one_or_more(op, values, at);
            let cased = cased || asked.cased;
            Ok(build::test("raw", at, op, Manner { all: false, cased }, Some(operand), at))
        }
        (Form::Present, _) => Ok(build::test("raw", at, ast::Op::Exists, Manner::default(), None, at)),
        (Form::Missing, _) => Err(Unfit::new(at, "an empty keyword".to_owned())),
    }
}
