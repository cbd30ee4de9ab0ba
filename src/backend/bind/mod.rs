//! A test over the model to a predicate over a target's own columns.
//!
//! In: a predicate over fields, and the container in which the events stand. Out: the same predicate over [`Native`] values, with
//! every transform of the binding either gone into the operand (`basename(X) == "a.exe"` is `X == "a.exe"` or `X` ends with `\a.exe`)
//! or left for the printer to compute; and the losses found on the way. Law: on every row of the container the native predicate says
//! what the neutral one says of the neutral event, unless a loss is reported. A test on a field that the container lacks is false.
//! The matter of this stage is exactness in *values*; what a query language can express is `plan`'s and the printers'.

mod choice;
mod fields;
mod form;
mod join;
mod missing;
mod moved;
mod operand;
mod place;
mod registry;
mod spelling;
mod under;
pub mod version;
mod xml;

pub(super) use form::unlike;
pub(super) use missing::computed;
pub(super) use place::TIME;
pub(super) use place::compares_numbers;
pub use place::{EMPTY_TEXT, Known, Place, bindings, has_class, is_bound, is_number, plain, unbound};
pub use spelling::values;

use crate::diag::Diagnostic;
use crate::hir::{NativeColumn, Op, Pred, Test, eval_text};
use crate::schema::{FieldId, List, NativeType, Str, Transform, Type};
use crate::source::Span;

/// A predicate over native values, and where it says less or more than the rule.
#[derive(Clone, Debug)]
pub struct Bound {
    pub pred: NativePred,
    pub departures: Vec<Departure>,
}

/// A place where a query says less or more than the rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Departure {
    /// True: more may pass than in the rule. False: less may.
    pub more: bool,
    pub reason: Diagnostic,
}

/// The predicate of a case over the columns of one container.
pub fn bind(pred: &Pred, place: &Place) -> Bound {
    let (pred, before) = form::kept(pred, place);
    let mut bound = run(&pred, place, &|field: &FieldId| place.field(*field));
    bound.departures.splice(0..0, before);
    bound
}

/// A predicate that names columns itself (`on TARGET where ..`).
pub fn bind_pinned(pred: &Pred<NativeColumn>, place: &Place) -> Bound {
    run(pred, place, &|column: &NativeColumn| place.pinned(column))
}

/// Why nothing is left of a predicate, where it is for texts that no value of their field is there.
pub fn emptied(pred: &Pred, place: &Place) -> Vec<Departure> {
    let (left, departures) = form::kept(pred, place);
    let bound = |pred: &Pred| run(pred, place, &|field: &FieldId| place.field(*field)).pred;
    if departures.is_empty() || !bound(&left).is_false() || bound(pred).is_false() { Vec::new() } else { departures }
}

fn run<F>(pred: &Pred<F>, place: &Place, known: &dyn Fn(&F) -> Known) -> Bound {
    let mut binder = Binder { place, known, negated: false, span: place.span, departures: Vec::new() };
    let pred = binder.pred(pred);
    Bound { pred, departures: binder.departures }
}

struct Binder<'b, F> {
    place: &'b Place<'b>,
    known: &'b dyn Fn(&F) -> Known,
    /// Whether the test at hand stands under an odd number of `not`.
    negated: bool,
    /// Of the test at hand.
    span: Span,
    departures: Vec<Departure>,
}

impl<F> Binder<'_, F> {
    /// Keeps what the query says beyond, or short of, the test at hand; once.
    fn depart(&mut self, more: bool, reason: Diagnostic) {
        let departure = Departure { more, reason };
        if !self.departures.contains(&departure) {
            self.departures.push(departure);
        }
    }

    fn pred(&mut self, pred: &Pred<F>) -> NativePred {
        match pred {
            Pred::All(parts) => {
                let parts: Vec<_> = parts.iter().map(|part| self.pred(part)).collect();
                Pred::all(parts)
            }
            Pred::Any(parts) => {
                let parts: Vec<_> = parts.iter().map(|part| self.pred(part)).collect();
                Pred::any(parts)
            }
            Pred::Not(inner) => {
                self.negated = !self.negated;
                let inner = self.pred(inner);
                self.negated = !self.negated;
                inner.not()
            }
            Pred::Test(test) => self.test(test).said_by(test),
        }
    }

    fn test(&mut self, test: &Test<F>) -> NativePred {
        self.span = test.span;
        let left = (self.known)(&test.field);
        match &test.op {
            Op::Field { op, other, case } => {
                let right = (self.known)(&other.field);
                self.compare(&left, *op, &right, *case)
            }
            literal => match left {
                // No field stands on the right, so none is replaced.
                Known::Native(native, _) if self.never_passes(&native, literal) => Pred::FALSE,
                Known::Native(native, _) => self.say(&native, &literal.map_field(|_| native.clone())),
                Known::Constant(text) if eval_text(literal, &text) => Pred::TRUE,
                Known::Constant(_) | Known::Absent => Pred::FALSE,
            },
        }
    }

    /// None of the values that a column of text has there, all of which are known, passes the test.
    fn never_passes(&self, native: &Native, op: &Op<F>) -> bool {
        let Some(column) = native.value.column().filter(|column| native.ty == Type::Text && column.ty == NativeType::Text) else {
            return false;
        };
        let known = self.place.table().and_then(|table| table.column(&column.name)).filter(|known| known.closed && !known.multi);
        known.is_some_and(|known| !known.values.iter().any(|value| eval_text(op, value)))
    }

    fn leaf(&self, native: &Native, op: Op<Native>) -> NativePred {
        Pred::test(native.clone(), op, self.span)
    }
}

/// A value made of a container's columns. The names are the packs' own, which are static unless a user wrote them: a copy costs next to nothing.
///
/// What a printer must know of a test on it: null never passes a test, so `Not` of the test is true of null, and the printer writes
/// both so (KQL's `null != 5` and SPL's `NOT match(null, ..)` need care). Everything else that counts as missing is spelled out in the
/// predicate beside the test (`and not X in ("unknown")`, `and X exists`), where the test could be true of it. [`hir::Op::Exists`](crate::hir::Op::Exists)
/// means neither null nor empty text, nothing more. `Equals` on a value of several holds if one of them is equal.
#[derive(Clone, Debug, PartialEq)]
pub struct Native {
    /// What the rule calls it, for messages: `parent.name`, or the column's own name.
    pub field: Str,
    /// A column, or a transform that could not be moved into the operand.
    pub value: NativeExpr,
    /// How operands compare: the type of the neutral field, or [`Type::Text`] where the operand was spelled as the column keeps it.
    pub ty: Type,
    /// The values of the columns inside that mean 'no value', beside null. Of use inside `First` and `Join` only.
    pub missing: List<Str>,
    pub multi: bool,
}

/// [`Expr`](crate::schema::Expr) with the columns resolved in the container's table.
///
/// In tests a printer meets what could not be moved into the operand; never `First`, `Map`, `Switch` and `Const`, which are spelled out, and
/// `Hash` and `Lower` only where two fields or `cased` texts are compared. In shown values it meets all that do not merely
/// [respell](Transform::respells) a column, and `Lookup`.
#[derive(Clone, Debug, PartialEq)]
pub enum NativeExpr {
    Column(ColumnRef),
    Apply(Transform, Vec<NativeExpr>),
}

/// A column as its schema knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnRef {
    /// `process_name`, `FileName`; in `splunk-raw` as Splunk's add-ons call it.
    pub name: Str,
    /// `Processes` for CIM, else empty.
    pub owner: Str,
    pub ty: NativeType,
    pub multi: bool,
}

/// A predicate over native values.
pub type NativePred = Pred<Native>;

impl Native {
    /// A part of this value, of which operands are spelled as the column keeps them.
    fn part(&self, value: &NativeExpr) -> Native {
        Native { value: value.clone(), ..self.clone() }
    }
}

impl NativeExpr {
    /// The column, where the value is nothing else.
    pub fn column(&self) -> Option<&ColumnRef> {
        match self {
            NativeExpr::Column(column) => Some(column),
            NativeExpr::Apply(..) => None,
        }
    }

    /// Whether any column inside is so.
    pub fn any_column(&self, is_so: impl Fn(&ColumnRef) -> bool + Copy) -> bool {
        match self {
            NativeExpr::Column(column) => is_so(column),
            NativeExpr::Apply(_, inputs) => inputs.iter().any(|input| input.any_column(is_so)),
        }
    }

    /// Every column inside, in order, without repetition.
    pub fn columns(&self) -> Vec<&ColumnRef> {
        fn walk<'e>(expr: &'e NativeExpr, into: &mut Vec<&'e ColumnRef>) {
            match expr {
                NativeExpr::Column(column) if !into.contains(&column) => into.push(column),
                NativeExpr::Column(_) => {}
                NativeExpr::Apply(_, inputs) => inputs.iter().for_each(|input| walk(input, into)),
            }
        }
        let mut columns = Vec::new();
        walk(self, &mut columns);
        columns
    }
}
