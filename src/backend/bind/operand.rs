//! Tests of a value as a binding makes it, over the columns inside: MODEL's table, column "Query".
//!
//! In: a value as the binding makes it, and an operator with literals. Out: a predicate over the columns inside, equal to the test
//! on the value; where no such predicate exists the transform stays, for a printer to compute. Law: equal, never nearly equal.
//! What each transform does to an operator is `moved`'s, how a column spells a literal `spelling`'s.

use crate::hir::{Casing, Kind, Op, Pred, Regex, Scalar, TextOp};
use crate::schema::{Cut, HiveForm, Transform, Type};
use crate::source::Span;

use super::super::long::is_long;
use super::moved::SLASHES;
use super::place::is_number;
use super::spelling::{Spelling, has_case, ignores_case, is_spelled, like_tests, scalar_texts, spelling, texts};
use super::{Binder, ColumnRef, Native, NativeExpr, NativePred, registry, under};

impl<F> Binder<'_, F> {
    /// The test `native op`.
    pub(super) fn say(&mut self, native: &Native, op: &Op<Native>) -> NativePred {
        match op {
            Op::Exists => self.exists(native),
            Op::Text { op: TextOp::Under, .. } if native.ty == Type::RegistryPath && registry::spells(&native.value) => {
                self.spelled(native, op)
            }
            Op::Text { op: TextOp::Under, any, .. } if self.looks_up(any) && hands_on(&native.value) => self.spelled(native, op),
            Op::Text { op: TextOp::Under, any, case } if self.looks_up(any) && is_single(&native.value) => {
                let Some((tests, others)) = under::by_labels(native, any) else {
                    let tests = under::spelled(native.ty, any, *case);
                    return self.any_of(native, tests);
                };
                let rest = if others.is_empty() { Vec::new() } else { under::spelled(native.ty, &others, *case) };
                let rest = self.any_of(native, rest);
                let mut parts: Vec<NativePred> = tests.iter().map(|(value, op)| self.say(value, op)).collect();
                parts.push(rest);
                Pred::any(parts)
            }
            Op::Text { op: TextOp::Under, any, case } => {
                let tests = under::spelled(native.ty, any, *case);
                self.any_of(native, tests)
            }
            // Sysmon writes them in braces, others without, in columns and under keys.
            Op::Text { op: TextOp::Equals, any, case } if native.ty == Type::Guid => {
                let any = any.iter().flat_map(|guid| [guid.clone(), format!("{{{guid}}}")]).collect();
                self.spelled(&Native { ty: Type::Text, ..native.clone() }, &texts(TextOp::Equals, any, *case))
            }
            // Without a letter that has a case, `cased` says nothing more.
            Op::Text { op, any, case: Casing::Respect } if !any.iter().any(|literal| has_case(literal)) => {
                self.spelled(native, &texts(*op, any.clone(), Casing::Ignore))
            }
            Op::Like { any, case } => {
                let parts: Vec<_> = like_tests(any, *case)
                    .iter()
                    .map(|op| match op {
                        Op::Like { .. } => self.spelled(native, op),
                        simpler => self.say(native, simpler),
                    })
                    .collect();
                Pred::any(parts)
            }
            Op::Is(Kind::MachineAccount) => self.say(native, &texts(TextOp::EndsWith, vec!["$".to_owned()], Casing::Ignore)),
            Op::Is(Kind::Private | Kind::Public | Kind::Loopback | Kind::LinkLocal | Kind::Multicast | Kind::Reserved)
            | Op::Text { .. }
            | Op::Matches { .. }
            | Op::OneOf(_)
            | Op::Within(_)
            | Op::Compare(..)
            | Op::Field { .. } => self.spelled(native, op),
        }
    }

    /// Whether the values of the test at hand are looked up in a list, so that the value of the row is computed once.
    fn looks_up(&self, any: &[String]) -> bool {
        let stands_in = |used: &Span| used.file == self.span.file && self.span.start <= used.start && used.end <= self.span.end;
        is_long(any) || self.place.kept.iter().any(stands_in)
    }

    fn is_looked_up(&self, op: &Op<Native>) -> bool {
        matches!(op, Op::Text { op: TextOp::Equals, any, case: Casing::Ignore } if self.looks_up(any))
    }

    pub(super) fn any_of(&mut self, native: &Native, tests: Vec<Op<Native>>) -> NativePred {
        let parts: Vec<_> = tests.iter().map(|op| self.say(native, op)).collect();
        Pred::any(parts)
    }

    fn spelled(&mut self, native: &Native, op: &Op<Native>) -> NativePred {
        match &native.value {
            // A path of the registry is kept with its hive in full, unless the binding says otherwise.
            NativeExpr::Column(_) if native.ty == Type::RegistryPath => self.on_hive(native, HiveForm::Long, &native.value, op),
            NativeExpr::Apply(Transform::Join(_), _) if native.ty == Type::RegistryPath => {
                self.on_hive(native, HiveForm::Long, &native.value, op)
            }
            NativeExpr::Column(column) => self.on_column(native, column, op),
            // Each form of each value would be said; the value itself is said once.
            NativeExpr::Apply(Transform::Basename | Transform::UserName | Transform::UserDomain | Transform::Hash(_), _)
                if self.is_looked_up(op) && is_single(&native.value) =>
            {
                self.report_hash_markers(native, op);
                self.guarded(native, op.clone())
            }
            NativeExpr::Apply(transform, inputs) => match (transform, inputs.as_slice()) {
                (Transform::Basename, [path]) => self.on_basename(native, path, op),
                (Transform::UserName, [account]) => self.on_user_name(native, account, op),
                (Transform::UserDomain, [account]) => self.on_user_domain(native, account, op),
                (Transform::Hash(kind), [hashes]) => self.on_hash(native, *kind, hashes, op),
                (Transform::Int, [text]) => self.on_number_text(native, text, op, |number| number.to_string()),
                (Transform::Hex, [text]) => self.on_number_text(native, text, op, |number| format!("{number:#x}")),
                (Transform::Lower, [text]) if ignores_case(op) => self.say(&native.part(text), op),
                (Transform::Map(map), [input]) => self.on_map(native, *map, input, op),
                (Transform::First, [first, second]) => {
                    let (first, second) = (native.part(first), native.part(second));
                    let absent = self.exists(&first).not();
                    let one = self.say(&first, op);
                    let other = self.say(&second, op);
                    Pred::any([one, Pred::all([absent, other])])
                }
                (Transform::Join(separator), [before, after]) => self.on_join(native, separator, before, after, op),
                (Transform::NotIp, [text]) => {
                    let text = native.part(text);
                    let parts = [self.say(&text, op), self.is_address(&text).not()];
                    Pred::all(parts)
                }
                // An address is a value of this type only.
                (Transform::OnlyIp, [text]) if native.ty == Type::Ip => self.say(&native.part(text), op),
                (Transform::Switch(arms), [selector, values @ ..]) => {
                    self.by_arm(native, arms, selector, values, &|binder, value| binder.say(value, op))
                }
                (Transform::Hive(form), [path]) => self.on_hive(native, *form, path, op),
                (Transform::RegData, [data]) => self.on_data(native, data, op),
                (Transform::Cut(Cut::PipeName), [pipe]) => self.on_pipe(native, pipe, op),
                (Transform::Cut(Cut::Key), [path]) => self.on_key(native, path, op),
                (Transform::Cut(Cut::ValueName), [path]) => self.on_value_name(native, path, op),
                // JSON says a truth by its word, and a number that no real holds by its digits.
                (Transform::Json(_), [_]) if is_spelled(native.ty, op) => {
                    let Op::OneOf(scalars) = op else { return Pred::FALSE };
                    self.equals_any(native, scalars.iter().flat_map(scalar_texts).collect())
                }
                (Transform::Xml(name), [text]) => self.on_xml(native, name, text, op),
                // The guards are of the other table: they stand with the test.
                (Transform::Lookup { .. }, _) => self.leaf(native, op.clone()),
                // As many inputs as the transform takes: the pack's loader saw to it.
                (
                    Transform::Basename
                    | Transform::UserName
                    | Transform::UserDomain
                    | Transform::Hash(_)
                    | Transform::Int
                    | Transform::Hex
                    | Transform::Lower
                    | Transform::Map(_)
                    | Transform::First
                    | Transform::Join(_)
                    | Transform::Concat(_)
                    | Transform::Cut(_)
                    | Transform::Json(_)
                    | Transform::Xml(_)
                    | Transform::OnlyIp
                    | Transform::NotIp
                    | Transform::Hive(_)
                    | Transform::RegData
                    | Transform::Part(_)
                    | Transform::Const(_)
                    | Transform::Switch(_),
                    _,
                ) => self.guarded(native, op.clone()),
            },
        }
    }

    /// There is a value: neither null, nor empty, nor what means 'no value'.
    pub(super) fn exists(&mut self, native: &Native) -> NativePred {
        let NativeExpr::Apply(transform, inputs) = &native.value else {
            return match &native.value {
                NativeExpr::Column(column) => self.present(native, column),
                NativeExpr::Apply(..) => Pred::FALSE,
            };
        };
        let inputs: Vec<Native> = inputs.iter().map(|input| native.part(input)).collect();
        match (transform, inputs.as_slice()) {
            (Transform::Basename, [path]) => {
                let present = self.exists(path);
                let is_folder = self.say(path, &texts(TextOp::EndsWith, SLASHES.map(str::to_owned).to_vec(), Casing::Ignore));
                Pred::all([present, is_folder.not()])
            }
            (Transform::UserName, [account]) => {
                let present = self.exists(account);
                let [no_name, has_domain, tenant_only] = [(TextOp::EndsWith, "\\"), (TextOp::Contains, "\\"), (TextOp::StartsWith, "@")]
                    .map(|(op, text)| self.say(account, &texts(op, vec![text.to_owned()], Casing::Ignore)));
                Pred::all([present, no_name.not(), Pred::any([has_domain, tenant_only.not()])])
            }
            (Transform::Hash(kind), [hashes]) => {
                let (name, digits) = (kind.label(), kind.digits());
                let named = self.say(hashes, &texts(TextOp::Contains, vec![format!("{name}=")], Casing::Ignore));
                let bare = match Regex::new(&format!("^[0-9a-f]{{{digits}}}$"), false, false, Casing::Ignore) {
                    Ok(regex) => self.say(hashes, &Op::Matches { any: vec![regex], case: Casing::Ignore }),
                    Err(_) => Pred::FALSE,
                };
                let present = Pred::any([named, bare]);
                // A hash of zeros may mean that there is none.
                let zeros: Vec<String> =
                    native.missing.iter().filter(|marker| marker.len() == digits).map(|marker| marker.to_string()).collect();
                if zeros.is_empty() {
                    return present;
                }
                let named = texts(TextOp::Contains, zeros.iter().map(|zero| format!("{name}={zero}")).collect(), Casing::Ignore);
                let bare = texts(TextOp::Equals, zeros, Casing::Ignore);
                Pred::all([present, Pred::any([self.leaf(hashes, named), self.leaf(hashes, bare)]).not()])
            }
            (Transform::Lower, [text]) => self.exists(text),
            (Transform::Map(map), [input]) => self.mapped(input, *map, &|_| true),
            (Transform::First, [first, second]) => {
                let parts = [self.exists(first), self.exists(second)];
                Pred::any(parts)
            }
            (Transform::Join(_), [before, _]) => self.exists(before),
            (Transform::Concat(_), [before, after]) => {
                let parts = [self.exists(before), self.exists(after)];
                Pred::all(parts)
            }
            (Transform::Hive(_) | Transform::RegData, [text]) => self.exists(text),
            // Every event has its time.
            (Transform::Part(_), [time]) if self.place.is_own_time(&time.value) => Pred::TRUE,
            (Transform::OnlyIp, [text]) => self.is_address(text),
            (Transform::NotIp, [text]) => {
                let parts = [self.exists(text), self.is_address(text).not()];
                Pred::all(parts)
            }
            (Transform::Switch(arms), [selector, values @ ..]) => {
                let values: Vec<NativeExpr> = values.iter().map(|value| value.value.clone()).collect();
                self.by_arm(native, arms, &selector.value, &values, &|binder, value| binder.exists(value))
            }
            (Transform::Lookup { .. }, _) => self.leaf(native, Op::Exists),
            (Transform::Xml(name), [text]) => self.on_xml(native, name, &text.value, &Op::Exists),
            (Transform::Const(text), []) => {
                if text.is_empty() {
                    Pred::FALSE
                } else {
                    Pred::TRUE
                }
            }
            (
                Transform::UserDomain
                | Transform::Int
                | Transform::Hex
                | Transform::Basename
                | Transform::UserName
                | Transform::Hash(_)
                | Transform::Lower
                | Transform::Map(_)
                | Transform::First
                | Transform::Join(_)
                | Transform::Concat(_)
                | Transform::Cut(_)
                | Transform::Json(_)
                | Transform::Xml(_)
                | Transform::OnlyIp
                | Transform::NotIp
                | Transform::Hive(_)
                | Transform::RegData
                | Transform::Part(_)
                | Transform::Const(_)
                | Transform::Switch(_),
                _,
            ) => self.guarded(native, Op::Exists),
        }
    }

    /// The operand in the spelling of the column.
    pub(super) fn on_column(&mut self, native: &Native, column: &ColumnRef, op: &Op<Native>) -> NativePred {
        let op = &*self.as_xml(column, op);
        match op {
            Op::OneOf(scalars) => match spelling(native.ty, column.ty) {
                Spelling::Own => self.guarded(native, op.clone()),
                Spelling::Text => {
                    let any = scalars.iter().flat_map(scalar_texts).collect();
                    self.guarded(&Native { ty: Type::Text, ..native.clone() }, texts(TextOp::Equals, any, Casing::Ignore))
                }
                Spelling::ZeroOne => {
                    let numbers = scalars.iter().map(|scalar| Scalar::Int(i64::from(*scalar == Scalar::Bool(true)))).collect();
                    self.guarded(native, Op::OneOf(numbers))
                }
            },
            Op::Compare(..) if native.ty == Type::Data && !is_number(column.ty) => {
                let number = NativeExpr::Apply(Transform::Int, vec![native.value.clone()]);
                self.guarded(&native.part(&number), op.clone())
            }
            Op::Text { .. }
            | Op::Like { .. }
            | Op::Matches { .. }
            | Op::Within(_)
            | Op::Compare(..)
            | Op::Is(_)
            | Op::Exists
            | Op::Field { .. } => self.guarded(native, op.clone()),
        }
    }
}

/// One value a row, which a query can compute and look up.
fn is_single(value: &NativeExpr) -> bool {
    match value {
        NativeExpr::Column(column) => !column.multi,
        NativeExpr::Apply(Transform::Lookup { .. } | Transform::Map(_), _) => false,
        NativeExpr::Apply(_, inputs) => inputs.iter().all(is_single),
    }
}

/// The test goes on to what stands inside.
fn hands_on(value: &NativeExpr) -> bool {
    matches!(value, NativeExpr::Apply(Transform::First | Transform::Switch(_) | Transform::NotIp, _))
}
