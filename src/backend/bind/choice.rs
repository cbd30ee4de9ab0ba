//! Values that are one of several: by what another column says, or by their form.
//!
//! In: the value and an operator. Out: a predicate over the columns inside. Law: equal to the test on the value.

use crate::hir::{Casing, Network, Op, Pred, TextOp};
use crate::schema::{List, Str, Type};

use super::spelling::{texts, values as has_value};
use super::{Binder, Native, NativeExpr, NativePred};

impl<F> Binder<'_, F> {
    /// `selector in (..) and test(value)`, for each arm; where none of them holds, the last value.
    pub(super) fn by_arm(
        &mut self,
        native: &Native,
        arms: &[List<Str>],
        selector: &NativeExpr,
        values: &[NativeExpr],
        test: &dyn Fn(&mut Self, &Native) -> NativePred,
    ) -> NativePred {
        let selector = native.part(selector);
        let chosen = |wanted: &[Str]| has_value(&selector, wanted.iter().map(|value| value.to_string()).collect(), self.span);
        let told: Vec<NativePred> = arms.iter().map(|wanted| chosen(wanted)).collect();
        let mut ways = Vec::new();
        for (told, value) in told.iter().zip(values) {
            let tested = test(self, &native.part(value));
            ways.push(Pred::all([told.clone(), tested]));
        }
        if let Some(otherwise) = values.get(arms.len()) {
            let tested = test(self, &native.part(otherwise));
            ways.push(Pred::all([Pred::any(told).not(), tested]));
        }
        Pred::any(ways)
    }

    /// The text is an address, of either family.
    pub(super) fn is_address(&mut self, native: &Native) -> NativePred {
        let address = Native { ty: Type::Ip, ..native.clone() };
        self.say(&address, &Op::Within(Network::EVERY.to_vec()))
    }

    /// A pipe as it stands, or with what [`Cut::PipeName`](crate::schema::Cut::PipeName) takes away.
    pub(super) fn on_pipe(&mut self, native: &Native, pipe: &NativeExpr, op: &Op<Native>) -> NativePred {
        let Op::Text { op: kind, any, case } = op else { return self.guarded(native, op.clone()) };
        // A first backslash may be one that is cut; a literal of nothing else may be part of what is cut.
        let plain = any
            .iter()
            .all(|literal| !literal.starts_with('\\') && !literal.contains("\\\\") && !r"Device\NamedPipe".contains(literal.as_str()));
        match kind {
            TextOp::Equals if plain => {
                let spelled = any.iter().flat_map(|name| [name.clone(), format!("\\{name}"), format!(r"\Device\NamedPipe\{name}")]);
                self.say(&native.part(pipe), &texts(TextOp::Equals, spelled.collect(), *case))
            }
            TextOp::Equals | TextOp::Contains | TextOp::StartsWith | TextOp::EndsWith | TextOp::Has | TextOp::Under => {
                self.guarded(native, texts(*kind, any.clone(), *case))
            }
        }
    }

    /// The value, as text, is one of these, case aside.
    pub(super) fn equals_any(&mut self, native: &Native, spelled: Vec<String>) -> NativePred {
        self.say(&Native { ty: Type::Text, ..native.clone() }, &texts(TextOp::Equals, spelled, Casing::Ignore))
    }
}
