//! What a rule asks for, as the clauses of a branch.
//!
//! In: its logic, over a class. Out: the tests of `where`, and what each `except` leaves out: the parts of the outermost `and`, in their
//! order. Law: an event passes all of the tests and none of the exclusions exactly if the condition holds for it.

use crate::schema::Str;
use crate::source::Span;
use crate::syntax::ast::{self, At, Expr};

use super::super::modifier::Asked;
use super::super::tree::Item;
use super::build;
use super::events::{self, Chosen};
use super::logic::Logic;
use super::names::Reading;
use super::selections::{Naming, Place};
use super::test::{self, Asking, Fit, Unfit};

#[derive(Debug, Default)]
pub struct Clauses {
    pub tests: Vec<Expr>,
    pub excepts: Vec<Expr>,
}

impl<'p> Reading<'p> {
    pub fn clauses(&self, logic: &Logic<'_>, naming: &mut Naming) -> Result<Clauses, Unfit> {
        let mut clauses = Clauses::default();
        let asked = conjuncts(logic).iter().filter(|part| !matches!(part, Logic::Not(..))).count();
        let place = if asked == 1 { Place::Alone } else { Place::Beside };
        for part in conjuncts(logic) {
            match part {
                Logic::Not(inner, at) => self.excluded(inner, *at, naming, &mut clauses)?,
                part => clauses.tests.push(self.part(part, place, naming)?),
            }
        }
        Ok(clauses)
    }

    /// Each alternative of what is left out in an `except` of its own.
    fn excluded(&self, logic: &Logic<'_>, at: Span, naming: &mut Naming, clauses: &mut Clauses) -> Result<(), Unfit> {
        if let Logic::Any(parts, _) = logic {
            return parts.iter().try_for_each(|part| self.excluded(part, at, naming, clauses));
        }
        let expr = self.part(logic, Place::Excluded, naming)?;
        if build::is_everything(&expr) {
            return Err(excludes_all(at));
        }
        if !clauses.excepts.contains(&expr) {
            clauses.excepts.push(expr);
        }
        Ok(())
    }

    /// A selection by itself knows where it stands, other parts do not.
    fn part(&self, logic: &Logic<'_>, place: Place, naming: &mut Naming) -> Fit {
        match logic {
            Logic::Selection { selection, head, asks } => {
                let expr = self.logic(asks, naming)?;
                Ok(naming.place(head, selection, expr, place))
            }
            logic => self.logic(logic, naming),
        }
    }

    fn logic(&self, logic: &Logic<'_>, naming: &mut Naming) -> Fit {
        match logic {
            Logic::All(parts, at) => Ok(build::and(self.each(parts, naming)?, *at)),
            Logic::Any(parts, at) => Ok(build::or(self.alternatives(parts, naming)?, *at)),
            Logic::Not(inner, at) => match self.logic(inner, naming)? {
                expr if build::is_everything(&expr) => Err(excludes_all(*at)),
                expr => Ok(build::not(expr, *at)),
            },
            Logic::AtLeast(least, parts, at) => {
                let count = ast::Int { value: *least, written: least.to_string(), at: At(*at) };
                let parts = self.alternatives(parts, naming)?;
                if parts.iter().any(build::is_everything) {
                    return Err(Unfit::new(*at, "counts a part that holds for every event of the class"));
                }
                Ok(Expr::Quorum(count, parts, At(*at)))
            }
            Logic::Selection { .. } => self.part(logic, Place::Inside, naming),
            Logic::Test(item, field, asked, values) => match self.chosen.as_ref().filter(|_| events::is_number(field)) {
                Some(chosen) => self.number(item, asked, chosen),
                None => self.test(&Asking { item, asked, values, field }),
            },
            Logic::Keywords(asked, values, at) => {
                let parts = values.iter().map(|ready| test::keyword(ready, asked)).collect::<Result<Vec<_>, _>>()?;
                let expr = build::values(parts, asked.all, *at);
                Ok(if asked.negated { build::not(expr, *at) } else { expr })
            }
        }
    }

    fn each(&self, parts: &[Logic<'_>], naming: &mut Naming) -> Result<Vec<Expr>, Unfit> {
        parts.iter().map(|part| self.logic(part, naming)).collect()
    }

    /// Selections beside each other are written alike.
    fn alternatives(&self, parts: &[Logic<'_>], naming: &mut Naming) -> Result<Vec<Expr>, Unfit> {
        if naming.is_plain() {
            return self.each(parts, naming);
        }
        let asks = |part: &Logic<'_>, naming: &mut Naming| match part {
            Logic::Selection { asks, .. } => self.logic(asks, naming),
            part => self.logic(part, naming),
        };
        let exprs = parts.iter().map(|part| asks(part, naming)).collect::<Result<Vec<Expr>, Unfit>>()?;
        let room = naming.room(&exprs);
        let write = |(part, expr): (&Logic<'_>, Expr)| match part {
            Logic::Selection { selection, head, .. } => naming.write(head, selection, expr, room),
            Logic::All(..) | Logic::Any(..) | Logic::Not(..) | Logic::AtLeast(..) | Logic::Test(..) | Logic::Keywords(..) => expr,
        };
        Ok(parts.iter().zip(exprs).map(write).collect())
    }

    /// `EventID: ..` among the numbers that the rule asks for.
    fn number(&self, item: &Item, asked: &Asked, chosen: &Chosen<'p>) -> Fit {
        let unfit = || Unfit::new(item.at, "a number that is not asked for everywhere");
        let numbers = events::asked_for(item, asked).ok_or_else(unfit)?;
        if chosen.events.iter().all(|event| numbers.contains(&event.number)) {
            return Ok(build::everything(item.at));
        }
        if !numbers.iter().all(|number| chosen.events.iter().any(|event| event.number == *number)) {
            return Err(unfit());
        }
        let others: Vec<u32> = chosen.events.iter().map(|event| event.number).filter(|number| !numbers.contains(number)).collect();
        let (own, rest) = (chosen.actions(&numbers), chosen.actions(&others));
        if own.and(rest).is_empty() {
            return Ok(self.acted(own, item.at));
        }
        let (own, rest) = (chosen.values(&numbers), chosen.values(&others));
        match chosen.told_by {
            Some(field) if own.iter().all(|value| !rest.contains(value)) => {
                let values: Vec<Str> = own.into_iter().cloned().collect();
                Ok(self.held(self.field(field), &values, item.at))
            }
            Some(_) | None => Err(unfit()),
        }
    }
}

/// The parts of the outermost `and` of a condition.
fn conjuncts<'l, 'r>(logic: &'l Logic<'r>) -> Vec<&'l Logic<'r>> {
    match logic {
        Logic::All(parts, _) => parts.iter().flat_map(conjuncts).collect(),
        Logic::Any(parts, _) if parts.len() == 1 => parts.iter().flat_map(conjuncts).collect(),
        Logic::Not(inner, _) => match &**inner {
            Logic::Not(inner, _) => conjuncts(inner),
            _ => vec![logic],
        },
        Logic::Any(..) | Logic::AtLeast(..) | Logic::Selection { .. } | Logic::Test(..) | Logic::Keywords(..) => vec![logic],
    }
}

fn excludes_all(at: Span) -> Unfit {
    Unfit::new(at, "excludes every event of the class")
}
