//! Transforms move into the operand: MODEL's table, column "Query".
//!
//! In: a value as the binding makes it, and an operator with literals. Out: a predicate over the columns inside, equal to the test
//! on the value; where no such predicate exists the transform stays, for a printer to compute. Law: equal, never nearly equal.

use crate::hir::{Casing, Kind, LikePart, LikePattern, Op, Pred, Regex, Scalar, Simple, TextOp, eval_text};
use crate::schema::{Cut, HashKind, HiveForm, MapId, NativeType, Str, Transform, Type, XML_REFERENCES};
use crate::source::Span;

use super::super::long::is_long;
use super::place::is_number;
use super::{Binder, ColumnRef, Native, NativeExpr, NativePred, registry, under};

/// What XML may write as a reference.
const REFERRED: [char; 5] = ['<', '>', '"', '\'', '&'];
const SLASHES: [&str; 2] = ["\\", "/"];

impl<F> Binder<'_, F> {
    /// The test `native op`.
    pub(super) fn say(&mut self, native: &Native, op: &Op<Native>) -> NativePred {
        match op {
            Op::Exists => self.exists(native),
            Op::Text { op: TextOp::Under, .. } if native.ty == Type::RegistryPath && registry::spells(&native.value) => {
                self.spelled(native, op)
            }
            Op::Text { op: TextOp::Under, any, .. } if is_long(any) && hands_on(&native.value) => self.spelled(native, op),
            Op::Text { op: TextOp::Under, any, case } if is_long(any) && is_single(&native.value) => {
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

    fn any_of(&mut self, native: &Native, tests: Vec<Op<Native>>) -> NativePred {
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
                if is_long_equality(op) && is_single(&native.value) =>
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

    /// Where the text as it is written in XML passes or fails as the text that is meant does, that one is asked.
    fn on_xml(&mut self, native: &Native, name: &Str, text: &NativeExpr, op: &Op<Native>) -> NativePred {
        let raw = native.part(&NativeExpr::Apply(Transform::Cut(Cut::Xml(name.clone())), vec![text.clone()]));
        match op {
            Op::Exists => self.guarded(&raw, Op::Exists),
            Op::Text { op: kind, any, case } => {
                let (written, meant): (Vec<_>, Vec<_>) = any.iter().cloned().partition(|literal| is_as_written(*kind, literal));
                let sides = [(&raw, written), (native, meant)].into_iter().filter(|(_, any)| !any.is_empty());
                let parts: Vec<_> = sides.map(|(value, any)| self.guarded(value, texts(*kind, any, *case))).collect();
                Pred::any(parts)
            }
            // No spelling of a truth has a reference in it.
            Op::OneOf(scalars) if native.ty == Type::Bool => {
                let any = scalars.iter().flat_map(scalar_texts).collect();
                self.guarded(&Native { ty: Type::Text, ..raw }, texts(TextOp::Equals, any, Casing::Ignore))
            }
            Op::Like { .. } | Op::Matches { .. } | Op::OneOf(_) | Op::Within(_) | Op::Compare(..) | Op::Is(_) | Op::Field { .. } => {
                self.guarded(native, op.clone())
            }
        }
    }

    /// A name has no slash: a literal with one is in no name, and an end without one is the path's end too.
    fn on_basename(&mut self, native: &Native, path: &NativeExpr, op: &Op<Native>) -> NativePred {
        let Op::Text { op: kind, any, case } = op else { return self.guarded(native, op.clone()) };
        let any: Vec<String> = any.iter().filter(|literal| !literal.contains(['\\', '/'])).cloned().collect();
        if any.is_empty() {
            return Pred::FALSE;
        }
        let path = native.part(path);
        match kind {
            TextOp::Equals => {
                let below = SLASHES.iter().flat_map(|slash| any.iter().map(move |name| format!("{slash}{name}"))).collect();
                self.any_of(&path, vec![texts(TextOp::Equals, any.clone(), *case), texts(TextOp::EndsWith, below, *case)])
            }
            TextOp::EndsWith => self.say(&path, &texts(TextOp::EndsWith, any, *case)),
            TextOp::Contains | TextOp::StartsWith | TextOp::Has | TextOp::Under => self.guarded(native, texts(*kind, any, *case)),
        }
    }

    /// `DOMAIN\name`, else `name@tenant`, else `name`.
    fn on_user_name(&mut self, native: &Native, account: &NativeExpr, op: &Op<Native>) -> NativePred {
        let Op::Text { op: kind, any, case } = op else { return self.guarded(native, op.clone()) };
        let any: Vec<String> = any.iter().filter(|literal| !literal.contains('\\')).cloned().collect();
        if any.is_empty() {
            return Pred::FALSE;
        }
        match kind {
            TextOp::Equals => {
                let account = native.part(account);
                let bare: Vec<String> = any.iter().filter(|name| !name.contains('@')).cloned().collect();
                let below = any.iter().map(|name| format!("\\{name}")).collect();
                let in_domain = self.say(&account, &texts(TextOp::EndsWith, below, *case));
                if bare.is_empty() {
                    return in_domain;
                }
                let before_tenant = bare.iter().map(|name| format!("{name}@")).collect();
                let alone = self.say(&account, &texts(TextOp::Equals, bare, *case));
                let of_tenant = self.say(&account, &texts(TextOp::StartsWith, before_tenant, *case));
                let has_domain = self.say(&account, &texts(TextOp::Contains, vec!["\\".to_owned()], Casing::Ignore));
                Pred::any([alone, in_domain, Pred::all([of_tenant, has_domain.not()])])
            }
            TextOp::Contains | TextOp::StartsWith | TextOp::EndsWith | TextOp::Has | TextOp::Under => {
                self.guarded(native, texts(*kind, any, *case))
            }
        }
    }

    /// Before the last `\`, else after the first `@`.
    fn on_user_domain(&mut self, native: &Native, account: &NativeExpr, op: &Op<Native>) -> NativePred {
        let Op::Text { op: TextOp::Equals, any, case } = op else { return self.guarded(native, op.clone()) };
        if any.iter().any(|domain| domain.contains(['\\', '@'])) {
            return self.guarded(native, op.clone());
        }
        let account = native.part(account);
        let literal = |text: &str| LikePart::Literal(text.to_owned());
        let mut parts = Vec::new();
        for domain in any {
            let before = self.say(&account, &texts(TextOp::StartsWith, vec![format!("{domain}\\")], *case));
            let deeper = LikePattern::of([literal(domain), literal("\\"), LikePart::Any, literal("\\"), LikePart::Any]);
            let deeper = self.say(&account, &Op::Like { any: vec![deeper], case: *case });
            parts.push(Pred::all([before, deeper.not()]));
        }
        let tenants = any.iter().map(|domain| format!("@{domain}")).collect();
        let of_tenant = self.say(&account, &texts(TextOp::EndsWith, tenants, *case));
        let has_domain = self.say(&account, &texts(TextOp::Contains, vec!["\\".to_owned()], Casing::Ignore));
        let two = LikePattern::of([LikePart::Any, literal("@"), LikePart::Any, literal("@"), LikePart::Any]);
        let two = self.say(&account, &Op::Like { any: vec![two], case: Casing::Ignore });
        parts.push(Pred::all([of_tenant, has_domain.not(), two.not()]));
        Pred::any(parts)
    }

    /// `SHA256=..,MD5=..`, or the digits alone.
    fn on_hash(&mut self, native: &Native, kind: HashKind, hashes: &NativeExpr, op: &Op<Native>) -> NativePred {
        let Op::Text { op: TextOp::Equals, any, case } = op else { return self.guarded(native, op.clone()) };
        self.report_hash_markers(native, op);
        let named = any.iter().map(|digits| format!("{}={digits}", kind.label())).collect();
        self.any_of(&native.part(hashes), vec![texts(TextOp::Contains, named, *case), texts(TextOp::Equals, any.clone(), *case)])
    }

    /// Digits that mean no value stand within the text of the column.
    fn report_hash_markers(&mut self, native: &Native, op: &Op<Native>) {
        let Op::Text { any, .. } = op else { return };
        let is_asked = |marker: &&Str| any.iter().any(|digits| digits.eq_ignore_ascii_case(marker));
        if matches!(native.value, NativeExpr::Apply(Transform::Hash(_), _))
            && let Some(marker) = native.missing.iter().find(is_asked)
        {
            self.report_marker(native, marker);
        }
    }

    /// A number kept as text: equality by its spelling, order by its value.
    fn on_number_text(&mut self, native: &Native, text: &NativeExpr, op: &Op<Native>, spell: fn(i64) -> String) -> NativePred {
        let Op::OneOf(scalars) = op else { return self.guarded(native, op.clone()) };
        let spelled: Option<Vec<String>> = scalars
            .iter()
            .map(|scalar| match scalar {
                Scalar::Int(number) => Some(spell(*number)),
                Scalar::Text(_) | Scalar::Real(_) | Scalar::Bool(_) | Scalar::Enum(_) | Scalar::Ip(_) => None,
            })
            .collect();
        match spelled {
            Some(any) => self.say(&Native { ty: Type::Text, ..native.part(text) }, &texts(TextOp::Equals, any, Casing::Ignore)),
            None => self.guarded(native, op.clone()),
        }
    }

    fn on_map(&mut self, native: &Native, map: MapId, input: &NativeExpr, op: &Op<Native>) -> NativePred {
        self.mapped(&native.part(input), map, &|neutral| eval_text(op, neutral))
    }

    /// The native values whose neutral one is wanted. `*` alone is every other value.
    fn mapped(&mut self, input: &Native, map: MapId, wanted: &dyn Fn(&str) -> bool) -> NativePred {
        let pairs = &self.place.packs.model.map(map).pairs;
        let natives = |wanted: &dyn Fn(&str) -> bool| -> Vec<String> {
            pairs.iter().filter(|(native, neutral)| native != "*" && wanted(neutral)).map(|(native, _)| native.to_string()).collect()
        };
        let named = self.one_of(input, natives(wanted));
        if !pairs.iter().any(|(native, neutral)| native == "*" && wanted(neutral)) {
            return named;
        }
        let present = self.exists(input);
        let others = self.one_of(input, natives(&|neutral| !wanted(neutral)));
        Pred::any([named, Pred::all([present, others.not()])])
    }

    fn one_of(&self, native: &Native, native_values: Vec<String>) -> NativePred {
        values(native, native_values, self.span)
    }
}

/// The test says of a text in XML, with its references to characters as they are written, what it says of the text that is meant: the
/// literal has none of the characters that are written so, and is no part of a reference.
fn is_as_written(op: TextOp, literal: &str) -> bool {
    if literal.contains(REFERRED) {
        return false;
    }
    match op {
        TextOp::Equals | TextOp::StartsWith => true,
        TextOp::Contains | TextOp::EndsWith | TextOp::Has => {
            let lower = literal.to_lowercase();
            !literal.contains(';') && !XML_REFERENCES.iter().any(|(reference, _)| reference.contains(&lower))
        }
        TextOp::Under => false,
    }
}

fn is_long_equality(op: &Op<Native>) -> bool {
    matches!(op, Op::Text { op: TextOp::Equals, any, case: Casing::Ignore } if is_long(any))
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

/// The value is one of these, in which `*` is any run.
pub fn values(native: &Native, values: Vec<String>, span: Span) -> NativePred {
    let test = |native: &Native, op| Pred::test(native.clone(), op, span);
    if native.value.column().is_some_and(|column| is_number(column.ty)) {
        let numbers = values.iter().filter_map(|value| value.parse().ok().map(Scalar::Int)).collect::<Vec<_>>();
        return if numbers.is_empty() { Pred::FALSE } else { test(&Native { ty: Type::Int, ..native.clone() }, Op::OneOf(numbers)) };
    }
    let text = Native { ty: Type::Text, ..native.clone() };
    let (globs, exact): (Vec<String>, Vec<String>) = values.into_iter().partition(|value| value.contains('*'));
    let mut tests = Vec::new();
    if !exact.is_empty() {
        tests.push(texts(TextOp::Equals, exact, Casing::Ignore));
    }
    let globs: Vec<LikePattern> = globs.iter().map(|glob| LikePattern::parse(glob)).collect();
    tests.extend(like_tests(&globs, Casing::Ignore));
    Pred::any(tests.into_iter().map(|op| test(&text, op)))
}

pub(super) fn texts(op: TextOp, any: Vec<String>, case: Casing) -> Op<Native> {
    Op::Text { op, any, case }
}

/// Patterns by what they are.
fn like_tests(patterns: &[LikePattern], case: Casing) -> Vec<Op<Native>> {
    const GROUPS: [TextOp; 4] = [TextOp::Equals, TextOp::StartsWith, TextOp::EndsWith, TextOp::Contains];
    if patterns.iter().any(|pattern| pattern.simple() == Some(Simple::Present)) {
        return vec![Op::Exists];
    }
    let of = |wanted: TextOp| -> Vec<String> {
        let text = |pattern: &LikePattern| match pattern.simple() {
            Some(Simple::Text(op, text)) if op == wanted => Some(text.to_owned()),
            _ => None,
        };
        patterns.iter().filter_map(text).collect()
    };
    let groups = GROUPS.map(|op| (op, of(op))).into_iter().filter(|(_, any)| !any.is_empty());
    let mut tests: Vec<Op<Native>> = groups.map(|(op, any)| texts(op, any, case)).collect();
    // The empty pattern is like the empty text, which is no value.
    let other = patterns.iter().filter(|pattern| !pattern.0.is_empty() && pattern.simple().is_none());
    let other: Vec<LikePattern> = other.cloned().collect();
    if !other.is_empty() {
        tests.push(Op::Like { any: other, case });
    }
    tests
}

fn has_case(text: &str) -> bool {
    text.chars().any(|c| c.is_lowercase() || c.is_uppercase())
}

fn ignores_case(op: &Op<Native>) -> bool {
    match op {
        Op::Text { case, .. } | Op::Like { case, .. } | Op::Matches { case, .. } | Op::Field { case, .. } => *case == Casing::Ignore,
        Op::OneOf(_) | Op::Within(_) | Op::Compare(..) | Op::Is(_) | Op::Exists => true,
    }
}

/// How a column keeps values of a type.
enum Spelling {
    /// As the type does.
    Own,
    Text,
    ZeroOne,
}

fn spelling(ty: Type, column: NativeType) -> Spelling {
    match ty {
        Type::Bool if column == NativeType::Bool => Spelling::Own,
        Type::Bool if is_number(column) => Spelling::ZeroOne,
        // Text in which an address is found, in one of several spellings: the printer's matter.
        Type::Ip => Spelling::Own,
        Type::Int | Type::Real | Type::Port | Type::Duration if is_number(column) => Spelling::Own,
        Type::Int
        | Type::Real
        | Type::Port
        | Type::Duration
        | Type::Bool
        | Type::Enum
        | Type::Text
        | Type::Path
        | Type::FileName
        | Type::CommandLine
        | Type::RegistryPath
        | Type::Data
        | Type::Domain
        | Type::Host
        | Type::Url
        | Type::Email
        | Type::Md5
        | Type::Sha1
        | Type::Sha256
        | Type::Sha512
        | Type::Imphash
        | Type::Guid
        | Type::Sid
        | Type::User
        | Type::Time => Spelling::Text,
    }
}

/// Values under a key of JSON that are told by their text.
fn is_spelled(ty: Type, op: &Op<Native>) -> bool {
    const EXACT: i64 = 1 << 53;
    let is_long = |scalar: &Scalar| matches!(scalar, Scalar::Int(number) if !(-EXACT..=EXACT).contains(number));
    matches!(op, Op::OneOf(scalars) if ty == Type::Bool || (ty == Type::Int && scalars.iter().any(is_long)))
}

/// How a text says the value: a truth by its word or its digit.
fn scalar_texts(scalar: &Scalar) -> Vec<String> {
    match scalar {
        Scalar::Bool(truth) => vec![truth.to_string(), u8::from(*truth).to_string()],
        Scalar::Text(_) | Scalar::Enum(_) | Scalar::Int(_) | Scalar::Real(_) | Scalar::Ip(_) => vec![scalar_text(scalar)],
    }
}

fn scalar_text(scalar: &Scalar) -> String {
    match scalar {
        Scalar::Text(text) | Scalar::Enum(text) => text.clone(),
        Scalar::Int(number) => number.to_string(),
        Scalar::Real(number) => number.to_string(),
        Scalar::Bool(truth) => truth.to_string(),
        Scalar::Ip(address) => address.to_string(),
    }
}
