//! Which rules ask the same of several events.
//!
//! In: a rule. Out: a number that is the same for the same question, wherever it stands in whatever file, and, but for chance, another one for any
//! other. What is kept for a rule is of use to another one of the same number alone. Names and numbers of classes and fields are in it, so that
//! packs that say something else give another number.

use std::fmt::Write;

use crate::hir::{AggPred, Aggregate, Branch, Case, Column, ColumnWhat, Counted, Group, Linked, Pattern, Pred, Rule, Step, Test};
use crate::schema::{ClassId, Packs, Platform};

/// FNV-1a: <http://www.isthe.com/chongo/tech/comp/fnv/>. One byte more, less or other gives another number.
pub struct Hash(pub u64);

impl Hash {
    pub fn new() -> Hash {
        Hash(0xcbf2_9ce4_8422_2325)
    }

    pub fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}

impl Write for Hash {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.bytes(text.as_bytes());
        Ok(())
    }
}

pub fn of(rule: &Rule, packs: &Packs) -> u64 {
    let mut print = Print { hash: Hash::new(), packs };
    // Nothing that writes here fails.
    let _ = print.rule(rule);
    print.hash.0
}

struct Print<'p> {
    hash: Hash,
    packs: &'p Packs,
}

impl Print<'_> {
    fn rule(&mut self, rule: &Rule) -> std::fmt::Result {
        // A log that is asked about gives other hits; without the key any is, as ever.
        if !rule.meta.platforms.is_empty() {
            write!(self.hash, "of {:?} ", Platform::ALL.map(|platform| rule.meta.is_about(Some(platform))))?;
        }
        match &rule.pattern {
            Pattern::Union(branches) => branches.iter().try_for_each(|branch| self.branch(branch))?,
            Pattern::Linked(linked) => self.linked(linked)?,
        }
        if let Some(Group { having, by, by_at: _, per, span: _ }) = &rule.group {
            write!(self.hash, "by {by:?} per {:?} ", per.map(|per| per.seconds))?;
            having.iter().try_for_each(|having| self.having(having))?;
        }
        for Column { what, alias, span: _ } in rule.show.iter().flatten() {
            write!(self.hash, "show {alias:?} ")?;
            match what {
                ColumnWhat::Field(name) => write!(self.hash, "{name:?}")?,
                ColumnWhat::StepField { step, field } => write!(self.hash, "{step} {field:?}")?,
                ColumnWhat::Aggregate(aggregate) => self.aggregate(aggregate)?,
                ColumnWhat::Matched => write!(self.hash, "matched")?,
            }
        }
        // What is shown where the rule does not say it, its classes say.
        if rule.show.is_none() {
            for branch in rule.pattern.branches() {
                write!(self.hash, "default {:?}", self.packs.class(branch.class).show)?;
            }
        }
        Ok(())
    }

    fn linked(&mut self, linked: &Linked) -> std::fmt::Result {
        let Linked { kind, by, by_at: _, within, steps, overlaps: _, link: _, span: _ } = linked;
        write!(self.hash, "{kind:?} by {by:?} within {} ", within.seconds)?;
        steps.iter().try_for_each(|Step { optional, counted, branches }| {
            write!(self.hash, "step {optional} ")?;
            // Without a count the number is what it was before steps had one.
            if let Some(Counted { count, within, span: _ }) = counted {
                write!(self.hash, "at_least {count} within {} ", within.seconds)?;
            }
            branches.iter().try_for_each(|branch| self.branch(branch))
        })
    }

    fn branch(&mut self, branch: &Branch) -> std::fmt::Result {
        let Branch { label, class, cases, pinned: _, head: _, span: _ } = branch;
        write!(self.hash, "{label:?} {} {} ", class.0, self.packs.class(*class).name)?;
        self.cases(*class, cases)
    }

    fn cases(&mut self, class: ClassId, cases: &[Case]) -> std::fmt::Result {
        cases.iter().try_for_each(|Case { actions, pred }| {
            write!(self.hash, "case {} ", actions.0)?;
            self.pred(class, pred)
        })
    }

    fn pred(&mut self, class: ClassId, pred: &Pred) -> std::fmt::Result {
        let (word, parts) = match pred {
            Pred::All(parts) => ("all", parts.as_slice()),
            Pred::Any(parts) => ("any", parts.as_slice()),
            Pred::Not(inner) => ("not", std::slice::from_ref(&**inner)),
            Pred::Test(Test { field, op, span: _, from: _ }) => {
                let known = self.packs.class(class).get(*field);
                return write!(self.hash, "{} {} {:?} {op:?};", field.0, known.name, known.ty);
            }
        };
        write!(self.hash, "{word}(")?;
        parts.iter().try_for_each(|part| self.pred(class, part))?;
        write!(self.hash, ")")
    }

    fn having(&mut self, having: &AggPred) -> std::fmt::Result {
        let (word, parts) = match having {
            AggPred::All(parts) => ("all", parts.as_slice()),
            AggPred::Any(parts) => ("any", parts.as_slice()),
            AggPred::Not(inner) => ("not", std::slice::from_ref(&**inner)),
            AggPred::Test { aggregate, op, value, span: _ } => {
                self.aggregate(aggregate)?;
                return write!(self.hash, "{op:?} {value:?};");
            }
        };
        write!(self.hash, "{word}(")?;
        parts.iter().try_for_each(|part| self.having(part))?;
        write!(self.hash, ")")
    }

    fn aggregate(&mut self, aggregate: &Aggregate) -> std::fmt::Result {
        let Aggregate { function, field, condition, span: _ } = aggregate;
        write!(self.hash, "{function:?} {field:?} ")?;
        for (index, cases) in condition.iter().flatten().enumerate() {
            write!(self.hash, "where {index} ")?;
            for Case { actions, pred } in cases {
                // Its class is that of the branch of its place, which is told already.
                write!(self.hash, "case {} {} ", actions.0, bare(pred))?;
            }
        }
        Ok(())
    }
}

/// A predicate without the places where it stands.
fn bare(pred: &Pred) -> String {
    let each = |parts: &[Pred]| parts.iter().map(bare).collect::<String>();
    match pred {
        Pred::All(parts) => format!("all({})", each(parts)),
        Pred::Any(parts) => format!("any({})", each(parts)),
        Pred::Not(inner) => format!("not({})", bare(inner)),
        Pred::Test(test) => format!("{} {:?};", test.field.0, test.op),
    }
}
