//! Law: `pred == first and rest`, whatever the first stage can say.

use proptest::prelude::*;
use spoor::backend::bind::{ColumnRef, Native, NativePred, plain};
use spoor::backend::plan::{Dialect, Support, split};
use spoor::hir::{Op, Pred, Test};
use spoor::schema::{NativeType, Type};

use crate::build::span;

/// Each column is one thing that may be true: `c0` to `c5`. `w0` to `w5` are weaker: true wherever the `c` is.
const COUNT: usize = 6;

fn leaf(name: String) -> NativePred {
    let column = ColumnRef { name: name.clone().into(), owner: "".into(), ty: NativeType::Text, multi: false };
    Pred::test(plain(name, column, Type::Text), Op::Exists, span())
}

#[derive(Clone, Copy, Debug)]
enum How {
    Native,
    Later,
    Weaker,
}

#[derive(Debug)]
struct Random(Vec<How>);

impl Dialect for Random {
    fn support(&self, test: &Test<Native>) -> Support {
        let (kind, number) = test.field.field.split_at(1);
        let number: usize = number.parse().expect("a number");
        match (kind, self.0[number]) {
            ("w", _) | (_, How::Native) => Support::Native,
            (_, How::Later) => Support::Later(None),
            (_, How::Weaker) => Support::Later(Some(leaf(format!("w{number}")))),
        }
    }
}

fn preds() -> impl Strategy<Value = NativePred> {
    let leaf = (0..COUNT).prop_map(|number| leaf(format!("c{number}")));
    leaf.prop_recursive(5, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Pred::all),
            prop::collection::vec(inner.clone(), 0..4).prop_map(Pred::any),
            inner.prop_map(Pred::not),
        ]
    })
}

fn holds(pred: &NativePred, truth: &[(bool, bool)]) -> bool {
    match pred {
        Pred::All(parts) => parts.iter().all(|part| holds(part, truth)),
        Pred::Any(parts) => parts.iter().any(|part| holds(part, truth)),
        Pred::Not(inner) => !holds(inner, truth),
        Pred::Test(test) => {
            let (kind, number) = test.field.field.split_at(1);
            let (exact, beyond) = truth[number.parse::<usize>().expect("a number")];
            exact || (kind == "w" && beyond)
        }
    }
}

proptest! {
    #[test]
    fn first_and_rest_are_the_predicate(
        pred in preds(),
        how in prop::collection::vec(prop::sample::select(vec![How::Native, How::Later, How::Weaker]), COUNT),
        truth in prop::collection::vec(any::<(bool, bool)>(), COUNT),
    ) {
        let dialect = Random(how);
        let (first, rest) = split(pred.clone(), &dialect);
        prop_assert_eq!(holds(&pred, &truth), holds(&first, &truth) && holds(&rest, &truth));
        let mut sayable = true;
        first.tests(&mut |test| sayable &= matches!(dialect.support(test), Support::Native));
        prop_assert!(sayable, "{:?}", first);
    }
}

fn dialect() -> Random {
    Random(vec![How::Native, How::Native, How::Later, How::Weaker, How::Native, How::Native])
}

fn c(number: usize) -> NativePred {
    leaf(format!("c{number}"))
}

#[test]
fn what_first_proves_is_not_repeated() {
    let (first, rest) = split(Pred::all([c(0), c(2)]), &dialect());
    assert_eq!((first, rest), (c(0), c(2)));
    let (first, rest) = split(Pred::any([c(0), c(2)]).not(), &dialect());
    assert_eq!((first, rest), (c(0).not(), c(2).not()));
}

#[test]
fn an_or_is_widened_branch_by_branch() {
    let exact = Pred::any([Pred::all([c(0), c(2)]), c(3)]);
    let (first, rest) = split(exact.clone(), &dialect());
    assert_eq!((first, rest), (Pred::any([c(0), leaf("w3".to_owned())]), exact));
    let open = Pred::any([c(0), c(2)]);
    assert_eq!(split(open.clone(), &dialect()), (Pred::TRUE, open));
}

#[test]
fn nothing_weaker_is_taken_under_a_not() {
    assert_eq!(split(c(3).not(), &dialect()), (Pred::TRUE, c(3).not()));
}
