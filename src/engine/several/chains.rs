//! Linked patterns: what is asked of each hit, and what is to be kept of it.
//!
//! In: the steps of a rule. Out: for each case the part that one event decides, which the programs of single events ask, and the rest:
//! [`Part`]s that compare with hits of other steps, asked when those were seen. Of a hit are kept its time, what these parts read,
//! what is shown, and what the event itself says of them.

use crate::hir::{Case, Casing, Column, ColumnWhat, Counted, FieldOp, Lasting, LinkKind, Linked, Op, Pred, Step, Test, TextOp};
use crate::schema::{ClassId, FieldId, Packs, Type};

use super::columns;
use super::read::{ByClass, Source};

/// `sequence`, `together`, `at_least`, ready to be fed.
#[derive(Debug)]
pub struct ChainPlan {
    pub kind: LinkKind,
    /// Microseconds.
    pub within: i64,
    pub steps: Vec<StepPlan>,
    /// By number of the case, counted through all steps.
    pub cases: Vec<CasePlan>,
    /// By step: a hit of it may be the last of a chain.
    pub completes: Vec<bool>,
    /// What is shown of an optional step may come behind the match.
    pub waits: bool,
    /// How many keys there are.
    pub keys: usize,
    pub by: ByClass<Box<[Source]>>,
    /// What is kept of an event.
    pub kept: ByClass<Vec<Source>>,
    pub columns: Vec<(Box<str>, ChainColumn)>,
}

#[derive(Debug)]
pub struct StepPlan {
    pub label: Box<str>,
    pub optional: bool,
    pub counted: Option<CountPlan>,
}

/// So many hits in the time that ends with one of them.
#[derive(Clone, Copy, Debug)]
pub struct CountPlan {
    pub count: usize,
    /// Microseconds.
    pub within: i64,
}

/// What is left to be asked of a hit: all of it must hold.
#[derive(Debug)]
pub struct CasePlan {
    pub step: usize,
    pub parts: Vec<Part>,
    /// How many answers are kept of a hit.
    pub own: usize,
}

/// A condition that compares with hits of other steps.
#[derive(Debug)]
pub struct Part {
    /// The steps that it is about: its own and those above that it names.
    pub steps: Vec<usize>,
    pub cond: Cond,
    /// It asks for nothing but equal values of its own step and of one above.
    pub equal: Option<Equal>,
}

/// The hit's own value, by its place among what is kept, and that of the step above.
#[derive(Clone, Copy, Debug)]
pub struct Equal {
    pub own: usize,
    pub step: usize,
    pub theirs: usize,
}

#[derive(Debug)]
pub enum Cond {
    All(Vec<Cond>),
    Any(Vec<Cond>),
    Not(Box<Cond>),
    /// What the event says by itself: index into the answers kept of the hit.
    Own(usize),
    Cross {
        own: usize,
        ty: Type,
        op: FieldOp,
        case: Casing,
        step: usize,
        theirs: usize,
    },
}

#[derive(Debug)]
pub enum ChainColumn {
    First,
    Last,
    Delay,
    Key(usize),
    /// Of a step's hit.
    Step(usize, ByClass<Read>),
    /// Of the match's own event.
    Own(ByClass<Read>),
    Matched,
}

/// Where a value of an event is.
#[derive(Clone, Copy, Debug)]
pub enum Read {
    Kept(usize),
    Time,
}

/// A case for the programs of single events: what is asked first, and what is noted of a hit.
pub struct ChainCase<'r> {
    pub class: ClassId,
    pub case: &'r Case,
    pub first: Pred,
    /// Their answers are kept, in this order.
    pub own: Vec<Pred>,
}

impl ChainPlan {
    /// And its cases, in their order.
    pub fn new<'r>(linked: &'r Linked, show: Option<&[Column]>, packs: &Packs) -> (ChainPlan, Vec<ChainCase<'r>>) {
        let classes: Vec<ClassId> = linked.steps.iter().flat_map(|step| &step.branches).map(|branch| branch.class).collect();
        let by = |class: &crate::schema::Class| linked.by.iter().map(|name| Source::of(name, class)).collect();
        let label = |step: &Step| step.branches.iter().find_map(|branch| branch.label.as_deref()).unwrap_or_default().into();
        let plan = ChainPlan {
            kind: linked.kind,
            within: micros(linked.within),
            steps: linked
                .steps
                .iter()
                .map(|step| StepPlan { label: label(step), optional: step.optional, counted: counted(step) })
                .collect(),
            cases: Vec::new(),
            completes: completes(linked),
            waits: waits(linked),
            keys: linked.by.len(),
            by: ByClass::new(packs, classes.iter().copied(), by),
            kept: ByClass::new(packs, classes, |_| Vec::new()),
            columns: Vec::new(),
        };
        let mut planner = Planner { plan, linked, packs };
        let mut cases = Vec::new();
        for (index, step) in linked.steps.iter().enumerate() {
            for branch in &step.branches {
                for case in &branch.cases {
                    let (planned, first, own) = planner.case(index, branch.class, &case.pred);
                    planner.plan.cases.push(planned);
                    cases.push(ChainCase { class: branch.class, case, first, own });
                }
            }
        }
        planner.plan.columns = planner.columns(show);
        (planner.plan, cases)
    }
}

fn micros(length: Lasting) -> i64 {
    i64::try_from(length.seconds).unwrap_or(i64::MAX).saturating_mul(1_000_000)
}

fn counted(step: &Step) -> Option<CountPlan> {
    let Counted { count, within, span: _ } = step.counted?;
    Some(CountPlan { count: usize::try_from(count).unwrap_or(usize::MAX), within: micros(within) })
}

fn completes(linked: &Linked) -> Vec<bool> {
    let last = linked.steps.iter().rposition(|step| !step.optional);
    let ends = |index: usize| linked.kind != LinkKind::Sequence || Some(index) == last;
    linked.steps.iter().enumerate().map(|(index, step)| !step.optional && ends(index)).collect()
}

fn waits(linked: &Linked) -> bool {
    match linked.kind {
        LinkKind::Sequence => linked.steps.last().is_some_and(|step| step.optional),
        LinkKind::Together | LinkKind::AtLeast(_) => linked.steps.iter().any(|step| step.optional),
    }
}

struct Planner<'p> {
    plan: ChainPlan,
    linked: &'p Linked,
    packs: &'p Packs,
}

impl Planner<'_> {
    /// A conjunction is parted: what no other step is needed for is asked at once.
    fn case(&mut self, step: usize, class: ClassId, pred: &Pred) -> (CasePlan, Pred, Vec<Pred>) {
        let conjuncts = match pred {
            Pred::All(parts) => parts.as_slice(),
            other => std::slice::from_ref(other),
        };
        let (mut first, mut parts, mut own) = (Vec::new(), Vec::new(), Vec::new());
        for conjunct in conjuncts {
            if !names_a_step(conjunct) {
                first.push(conjunct.clone());
                continue;
            }
            first.push(at_most(conjunct, true));
            let cond = self.cond(class, conjunct, &mut own);
            let mut steps = vec![step];
            conjunct.tests(&mut |test| steps.extend(named_step(test)));
            steps.sort_unstable();
            steps.dedup();
            let equal = match &cond {
                Cond::Cross {
                    own, op: FieldOp::Text(TextOp::Equals) | FieldOp::Compare(crate::hir::Compare::Equal), step, theirs, ..
                } => Some(Equal { own: *own, step: *step, theirs: *theirs }),
                _ => None,
            };
            parts.push(Part { steps, cond, equal });
        }
        (CasePlan { step, parts, own: own.len() }, Pred::all(first), own)
    }

    fn cond(&mut self, class: ClassId, pred: &Pred, own: &mut Vec<Pred>) -> Cond {
        if !names_a_step(pred) {
            own.push(pred.clone());
            return Cond::Own(own.len() - 1);
        }
        match pred {
            Pred::All(parts) => Cond::All(parts.iter().map(|part| self.cond(class, part, own)).collect()),
            Pred::Any(parts) => Cond::Any(parts.iter().map(|part| self.cond(class, part, own)).collect()),
            Pred::Not(inner) => Cond::Not(Box::new(self.cond(class, inner, own))),
            Pred::Test(test) => match &test.op {
                Op::Field { op, other, case } => {
                    let step = other.step.unwrap_or_default();
                    let ty = self.packs.class(class).get(test.field).ty;
                    let theirs = self.class_of(step).map_or(usize::MAX, |class| self.kept_field(class, other.field));
                    Cond::Cross { own: self.kept_field(class, test.field), ty, op: *op, case: *case, step, theirs }
                }
                // It names no step, so it is an own one.
                Op::Text { .. }
                | Op::Like { .. }
                | Op::Matches { .. }
                | Op::OneOf(_)
                | Op::Within(_)
                | Op::Compare(..)
                | Op::Is(_)
                | Op::Exists => Cond::Any(Vec::new()),
            },
        }
    }

    /// A step that others name is of one class.
    fn class_of(&self, step: usize) -> Option<ClassId> {
        self.linked.steps.get(step)?.branches.first().map(|branch| branch.class)
    }

    fn kept_field(&mut self, class: ClassId, field: FieldId) -> usize {
        let ty = self.packs.class(class).get(field).ty;
        let computed = self.packs.class(class).get(field).name == "class";
        let source = if computed { Source::of("class", self.packs.class(class)) } else { Source::Field(field, ty) };
        self.kept(class, source)
    }

    /// Its place among what is kept of events of the class.
    fn kept(&mut self, class: ClassId, source: Source) -> usize {
        let Some(kept) = self.plan.kept.get_mut(class) else { return usize::MAX };
        kept.iter().position(|known| *known == source).unwrap_or_else(|| {
            kept.push(source);
            kept.len() - 1
        })
    }

    fn columns(&mut self, show: Option<&[Column]>) -> Vec<(Box<str>, ChainColumn)> {
        let Some(show) = show else { return columns::named(self.default_columns()) };
        let mut all = Vec::new();
        for column in show {
            let (name, what) = match &column.what {
                ColumnWhat::Field(name) => match self.linked.by.iter().position(|key| key == name) {
                    Some(key) => (name.clone(), ChainColumn::Key(key)),
                    None => {
                        let every = (0..self.linked.steps.len()).collect::<Vec<_>>();
                        (name.clone(), ChainColumn::Own(self.read(name, &every)))
                    }
                },
                ColumnWhat::StepField { step, field } => {
                    (format!("{}.{field}", self.plan.steps[*step].label), ChainColumn::Step(*step, self.read(field, &[*step])))
                }
                ColumnWhat::Matched => ("matched".to_owned(), ChainColumn::Matched),
                // Refused by `check`: there is no group.
                ColumnWhat::Aggregate(_) => continue,
            };
            all.push((column.alias.clone().unwrap_or(name), what));
        }
        columns::named(all)
    }

    /// From when to when, the keys, and what the classes of each step show.
    fn default_columns(&mut self) -> Vec<(String, ChainColumn)> {
        let named = |name: &str, what| (name.to_owned(), what);
        let mut all =
            vec![named("first_time", ChainColumn::First), named("last_time", ChainColumn::Last), named("delay", ChainColumn::Delay)];
        all.extend(self.linked.by.iter().enumerate().map(|(at, key)| (key.clone(), ChainColumn::Key(at))));
        let (linked, packs) = (self.linked, self.packs);
        for (index, step) in linked.steps.iter().enumerate() {
            let mut shown: Vec<&str> = Vec::new();
            for class in step.branches.iter().map(|branch| packs.class(branch.class)) {
                for name in class.show.iter().map(|field| class.get(*field).name.as_ref()) {
                    if name != "class" && !shown.contains(&name) && !linked.by.iter().any(|key| key == name) {
                        shown.push(name);
                        let label = &self.plan.steps[index].label;
                        all.push((format!("{label}.{name}"), ChainColumn::Step(index, self.read(name, &[index]))));
                    }
                }
            }
        }
        all
    }

    /// Where events of these steps have a field.
    fn read(&mut self, name: &str, steps: &[usize]) -> ByClass<Read> {
        let (linked, packs) = (self.linked, self.packs);
        let classes: Vec<ClassId> = steps.iter().flat_map(|step| &linked.steps[*step].branches).map(|branch| branch.class).collect();
        let mut reads: Vec<(ClassId, Read)> = Vec::new();
        for class in classes {
            match Source::of(name, packs.class(class)) {
                Source::Time => reads.push((class, Read::Time)),
                Source::Nothing => {}
                source @ (Source::Field(..) | Source::Class(_) | Source::Action(_)) => {
                    reads.push((class, Read::Kept(self.kept(class, source))))
                }
            }
        }
        ByClass::of(reads)
    }
}

fn named_step(test: &Test) -> Option<usize> {
    match &test.op {
        Op::Field { other, .. } => other.step,
        Op::Text { .. }
        | Op::Like { .. }
        | Op::Matches { .. }
        | Op::OneOf(_)
        | Op::Within(_)
        | Op::Compare(..)
        | Op::Is(_)
        | Op::Exists => None,
    }
}

fn names_a_step(pred: &Pred) -> bool {
    let mut names = false;
    pred.tests(&mut |test| names |= named_step(test).is_some());
    names
}

/// What one event must satisfy whatever the others are: a test against another step needs its own value, and may then hold or not.
fn at_most(pred: &Pred, wanted: bool) -> Pred {
    match pred {
        Pred::All(parts) => Pred::all(parts.iter().map(|part| at_most(part, wanted)).collect::<Vec<_>>()),
        Pred::Any(parts) => Pred::any(parts.iter().map(|part| at_most(part, wanted)).collect::<Vec<_>>()),
        Pred::Not(inner) => at_most(inner, !wanted).not(),
        Pred::Test(test) if named_step(test).is_none() => pred.clone(),
        Pred::Test(test) if wanted => Pred::test(test.field, Op::Exists, test.span),
        Pred::Test(_) => Pred::FALSE,
    }
}
