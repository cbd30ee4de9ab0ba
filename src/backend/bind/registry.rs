//! Tests on paths and data of the registry, in the spelling of a column.
//!
//! In: a test on the normal form ([`registry`]), and how the column spells it. Out: the test over the column: a hive in each of its
//! spellings, the current control set under its name and its number, a number in every way that products write one. Law: equal to the
//! test on the normal form; a literal that stands across what is spelled differently (`MACHINE\Soft`, `Set\Services`, `001`) leaves the
//! value to the printer, which computes it.

use crate::hir::{Casing, LikePart, LikePattern, Op, Pred, Regex, Scalar, TextOp, registry};
use crate::schema::{Cut, HiveForm, Transform, Type};

use super::spelling::texts;
use super::{Binder, Native, NativeExpr, NativePred, under};

impl<F> Binder<'_, F> {
    pub(super) fn on_hive(&mut self, native: &Native, form: HiveForm, path: &NativeExpr, op: &Op<Native>) -> NativePred {
        let column = Native { ty: Type::Text, ..native.part(path) };
        match op {
            Op::Text { op: TextOp::Under, any, case } => {
                // Below a key is what begins with it and a backslash, also in a path that goes on to a value.
                if let NativeExpr::Apply(Transform::Cut(Cut::Key), inputs) = path
                    && let [whole] = inputs.as_slice()
                {
                    let below = any.iter().map(|key| format!("{}\\", key.trim_end_matches('\\'))).collect();
                    return self.on_hive(native, form, whole, &texts(TextOp::StartsWith, below, *case));
                }
                let parts: Vec<_> =
                    under::spelled(Type::RegistryPath, any, *case).iter().map(|op| self.on_hive(native, form, path, op)).collect();
                Pred::any(parts)
            }
            Op::Text {
                op: kind @ (TextOp::Equals | TextOp::Contains | TextOp::StartsWith | TextOp::EndsWith),
                any,
                case: Casing::Ignore,
            } => {
                let spelled: Option<Vec<Vec<String>>> = any.iter().map(|literal| spelled(form, *kind, literal)).collect();
                match spelled {
                    Some(spelled) => self.say(&column, &texts(*kind, spelled.concat(), Casing::Ignore)),
                    None => self.computed(native, form, path, op),
                }
            }
            Op::Like { any, case: Casing::Ignore } => {
                let spelled: Option<Vec<Vec<LikePattern>>> = any.iter().map(|pattern| like_spelled(form, pattern)).collect();
                match spelled {
                    Some(spelled) => self.say(&column, &Op::Like { any: spelled.concat(), case: Casing::Ignore }),
                    None => self.computed(native, form, path, op),
                }
            }
            Op::Text { .. }
            | Op::Like { .. }
            | Op::Matches { .. }
            | Op::OneOf(_)
            | Op::Within(_)
            | Op::Compare(..)
            | Op::Is(_)
            | Op::Exists
            | Op::Field { .. } => self.computed(native, form, path, op),
        }
    }

    /// The test on the normal form, which the printer makes of the column.
    fn computed(&mut self, native: &Native, form: HiveForm, path: &NativeExpr, op: &Op<Native>) -> NativePred {
        let value = NativeExpr::Apply(Transform::Hive(form), vec![path.clone()]);
        self.guarded(&Native { ty: Type::Text, ..native.part(&value) }, op.clone())
    }

    /// The key of a path `key \ value`: what stands before the last backslash.
    pub(super) fn on_key(&mut self, native: &Native, path: &NativeExpr, op: &Op<Native>) -> NativePred {
        let whole = native.part(path);
        let like = |parts: Vec<LikePart>, case: Casing| Op::Like { any: vec![LikePattern::of(parts)], case };
        let text = |text: &str| LikePart::Literal(text.to_owned());
        let last = || [text("\\"), LikePart::Any];
        let (kind, any, case) = match op {
            Op::Text { op: kind @ (TextOp::Equals | TextOp::StartsWith | TextOp::Contains), any, case } => (kind, any, case),
            Op::Like { any, case } => return self.key_like(native, &whole, any, *case),
            Op::Text { .. }
            | Op::Matches { .. }
            | Op::OneOf(_)
            | Op::Within(_)
            | Op::Compare(..)
            | Op::Is(_)
            | Op::Exists
            | Op::Field { .. } => return self.guarded(native, op.clone()),
        };
        let mut ways = Vec::new();
        for literal in any {
            let key = match kind {
                TextOp::Equals => vec![text(literal)],
                TextOp::StartsWith => vec![text(literal), LikePart::Any],
                TextOp::Contains | TextOp::EndsWith | TextOp::Has | TextOp::Under => vec![LikePart::Any, text(literal), LikePart::Any],
            };
            let named = self.say(&whole, &like(key.iter().cloned().chain(last()).collect(), *case));
            let deeper = (*kind == TextOp::Equals).then(|| {
                let deeper = key.into_iter().chain(last()).chain(last()).collect();
                self.say(&whole, &like(deeper, *case)).not()
            });
            ways.push(Pred::all([named].into_iter().chain(deeper)));
        }
        Pred::any(ways)
    }

    /// `K*` is `K*\*` of the whole path; `K` or `K\*` together are `K\*`. Alone, a key that a pattern ends with is cut out first.
    fn key_like(&mut self, native: &Native, whole: &Native, any: &[LikePattern], case: Casing) -> NativePred {
        let (mut of_path, mut of_key) = (Vec::new(), Vec::new());
        let below = |pattern: &LikePattern| {
            let end = [LikePart::Literal("\\".to_owned()), LikePart::Any];
            LikePattern::of(pattern.0.iter().cloned().chain(end))
        };
        for pattern in any {
            let is_below = any.iter().any(|key| below(key) == *pattern);
            match pattern.0.last() {
                Some(LikePart::Any) if is_below => of_path.push(pattern.clone()),
                Some(LikePart::Any) => of_path.push(below(pattern)),
                Some(_) if any.contains(&below(pattern)) => {}
                Some(_) | None => of_key.push(pattern.clone()),
            }
        }
        let like = |any| Op::Like { any, case };
        let mut ways = Vec::new();
        if !of_path.is_empty() {
            ways.push(self.say(whole, &like(of_path)));
        }
        if !of_key.is_empty() {
            ways.push(self.guarded(native, like(of_key)));
        }
        Pred::any(ways)
    }

    /// The name of the value: what stands behind it. No name has a backslash.
    pub(super) fn on_value_name(&mut self, native: &Native, path: &NativeExpr, op: &Op<Native>) -> NativePred {
        let Op::Text { op: kind, any, case } = op else { return self.guarded(native, op.clone()) };
        let any: Vec<String> = any.iter().filter(|literal| !literal.contains('\\')).cloned().collect();
        if any.is_empty() {
            return Pred::FALSE;
        }
        let path = native.part(path);
        match kind {
            TextOp::Equals => {
                let behind = any.iter().map(|name| format!("\\{name}")).collect();
                let parts = [self.say(&path, &texts(TextOp::Equals, any, *case)), self.say(&path, &texts(TextOp::EndsWith, behind, *case))];
                Pred::any(parts)
            }
            TextOp::EndsWith => self.say(&path, &texts(TextOp::EndsWith, any, *case)),
            TextOp::Contains | TextOp::StartsWith | TextOp::Has | TextOp::Under => self.guarded(native, texts(*kind, any, *case)),
        }
    }

    pub(super) fn on_data(&mut self, native: &Native, data: &NativeExpr, op: &Op<Native>) -> NativePred {
        let column = Native { ty: Type::Text, ..native.part(data) };
        let numbers = |native: &Native| Native { ty: Type::Int, ..native.clone() };
        match op {
            Op::OneOf(scalars) => {
                let spelled = scalars.iter().flat_map(|scalar| match scalar {
                    Scalar::Int(number) => u64::try_from(*number).map_or_else(|_| vec![number.to_string()], registry::spellings),
                    Scalar::Text(text) | Scalar::Enum(text) => as_data(text),
                    Scalar::Real(number) => vec![number.to_string()],
                    Scalar::Bool(truth) => vec![truth.to_string()],
                    Scalar::Ip(address) => vec![address.to_string()],
                });
                self.equals_any(&column, spelled.collect())
            }
            Op::Text { op: TextOp::Equals, any, case: Casing::Ignore } => {
                self.equals_any(&column, any.iter().flat_map(|text| as_data(text)).collect())
            }
            Op::Text { op: kind, any, .. } if *kind != TextOp::Equals && any.iter().all(|text| is_no_part_of_a_number(text)) => {
                self.say(&column, op)
            }
            // Only what is nothing but digits has an order, whatever else a product reads as a number.
            Op::Compare(..) => match Regex::new("^(?:0|-?[1-9][0-9]{0,18})$", false, false, Casing::Ignore) {
                Ok(digits) => {
                    let is_number = self.guarded(native, Op::Matches { any: vec![digits], case: Casing::Ignore });
                    Pred::all([is_number, self.guarded(&numbers(native), op.clone())])
                }
                Err(_) => Pred::FALSE,
            },
            Op::Text { .. } | Op::Like { .. } | Op::Matches { .. } | Op::Within(_) | Op::Is(_) | Op::Exists | Op::Field { .. } => {
                self.guarded(native, op.clone())
            }
        }
    }
}

/// Whether `under` is spelled where the value's hive is, once its parts are known.
pub(super) fn spells(value: &NativeExpr) -> bool {
    match value {
        NativeExpr::Column(_) => true,
        NativeExpr::Apply(Transform::Hive(_) | Transform::Join(_) | Transform::Switch(_) | Transform::First, _) => true,
        NativeExpr::Apply(
            Transform::Basename
            | Transform::Concat(_)
            | Transform::Hash(_)
            | Transform::UserName
            | Transform::UserDomain
            | Transform::Cut(_)
            | Transform::Json(_)
            | Transform::Xml(_)
            | Transform::OnlyIp
            | Transform::NotIp
            | Transform::Int
            | Transform::Hex
            | Transform::Lower
            | Transform::Map(_)
            | Transform::RegData
            | Transform::Part(_)
            | Transform::Lookup { .. }
            | Transform::Const(_),
            _,
        ) => false,
    }
}

/// The spellings of data that is equal to this text.
fn as_data(text: &str) -> Vec<String> {
    registry::number(text).map_or_else(|| vec![text.to_owned()], registry::spellings)
}

/// No spelling of a number holds the text.
fn is_no_part_of_a_number(text: &str) -> bool {
    let in_numbers = |c: char| c.is_ascii_hexdigit() || "dwordqx() -".contains(c.to_ascii_lowercase());
    !text.chars().all(in_numbers)
}

/// A literal over the normal form as the column may spell it; None: it stands across what is spelled differently.
fn spelled(form: HiveForm, kind: TextOp, literal: &str) -> Option<Vec<String>> {
    let whole_left = matches!(kind, TextOp::Equals | TextOp::StartsWith);
    let whole_right = matches!(kind, TextOp::Equals | TextOp::EndsWith);
    let heads = match registry::head(literal) {
        Some((hive, length)) if literal[..length].eq_ignore_ascii_case(hive.long) => {
            let rest = &literal[length..];
            // In the middle of a path it would be no hive. No rule asks so: a hive begins a path.
            if !whole_left || rest.is_empty() && !whole_right {
                return None;
            }
            hive.spellings(form).into_iter().map(|spelling| format!("{spelling}{rest}")).collect()
        }
        Some(_) | None => vec![literal.to_owned()],
    };
    let has_head = heads.len() != 1 || heads[0] != literal;
    if !has_head && crosses_a_hive(form, literal, whole_left, whole_right) || crosses_a_set(literal, whole_left, whole_right) {
        return None;
    }
    Some(heads.into_iter().flat_map(|text| with_sets(&text, whole_left)).collect())
}

/// The text, and the same with the number of each control set in the place of its name. In the normal form it stands behind a backslash.
fn with_sets(text: &str, whole_left: bool) -> Vec<String> {
    let (current, numbered) = registry::CONTROL_SET;
    let mut parts: Vec<&str> = text.split('\\').collect();
    let first = parts[0].eq_ignore_ascii_case(current) && !whole_left;
    let from = usize::from(!first);
    parts.iter_mut().skip(from).filter(|part| part.eq_ignore_ascii_case(current)).for_each(|part| *part = numbered);
    let other = format!("{}{}", if first { "\\" } else { "" }, parts.join("\\"));
    if other == text { vec![other] } else { vec![text.to_owned(), other] }
}

/// Whether a part of the literal may lie within a hive, in one spelling and not in the other.
fn crosses_a_hive(form: HiveForm, literal: &str, whole_left: bool, whole_right: bool) -> bool {
    registry::HIVES.iter().any(|hive| {
        let mut spellings = hive.spellings(form);
        spellings.retain(|spelling| *spelling != hive.long);
        spellings.into_iter().any(|spelling| {
            let differs = |overlaps: &dyn Fn(&str) -> bool| overlaps(hive.long) || overlaps(spelling);
            let literal = literal.to_ascii_lowercase();
            differs(&|name: &str| {
                let name = name.to_ascii_lowercase();
                overlaps(&name, &literal, whole_left, whole_right)
            })
        })
    })
}

/// The literal has a place in a path that begins with `name`, of which a letter of `name` is a part.
fn overlaps(name: &str, literal: &str, whole_left: bool, whole_right: bool) -> bool {
    let ends: Vec<usize> = if whole_left { vec![0] } else { (0..name.len()).collect() };
    ends.into_iter().any(|at| {
        let tail = &name[at..];
        match literal.strip_prefix(tail) {
            Some(rest) => rest.is_empty() || rest.starts_with('\\'),
            None => !whole_right && tail.starts_with(literal),
        }
    })
}

/// Whether the literal may hold a part of the name of the current control set, or of its number.
fn crosses_a_set(literal: &str, whole_left: bool, whole_right: bool) -> bool {
    let (current, numbered) = registry::CONTROL_SET;
    let (current, numbered) = (current.to_ascii_lowercase(), numbered.to_ascii_lowercase());
    let literal = literal.to_ascii_lowercase();
    let parts: Vec<&str> = literal.split('\\').collect();
    // The name itself has a spelling of its own, where a literal holds it up to its end.
    let left = |part: &str| !whole_left && part != current && current.ends_with(part) != numbered.ends_with(part);
    let right = |part: &str| !whole_right && current.starts_with(part) != numbered.starts_with(part);
    match parts.as_slice() {
        [only] if !whole_left && !whole_right => current.contains(only) != numbered.contains(only),
        [only] => !whole_left && left(only),
        [first, .., last] => left(first) || right(last),
        [] => false,
    }
}

/// A pattern likewise: its first part may name a hive, the others stand anywhere.
fn like_spelled(form: HiveForm, pattern: &LikePattern) -> Option<Vec<LikePattern>> {
    let mut ways: Vec<Vec<LikePart>> = vec![Vec::new()];
    for (at, part) in pattern.0.iter().enumerate() {
        let texts = match part {
            LikePart::Literal(text) => {
                let kind = match (at == 0, at + 1 == pattern.0.len()) {
                    (true, true) => TextOp::Equals,
                    (true, false) => TextOp::StartsWith,
                    (false, true) => TextOp::EndsWith,
                    (false, false) => TextOp::Contains,
                };
                spelled(form, kind, text)?.into_iter().map(LikePart::Literal).collect()
            }
            // A star or a question mark may stand for a part of what is spelled differently.
            LikePart::One if at == 0 => return None,
            LikePart::One | LikePart::Any => vec![part.clone()],
        };
        ways = ways.iter().flat_map(|way| texts.iter().map(|text| way.iter().cloned().chain([text.clone()]).collect())).collect();
    }
    Some(ways.into_iter().map(LikePattern::of).collect())
}
