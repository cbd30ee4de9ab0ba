//! Branches and steps.
//!
//! `a | b where ..` is checked once for each class and becomes a branch each. `except` is `and not`, the common one of every branch.
//! What a later stage must know of several events is proved here: which steps one event might satisfy both of.

use crate::diag::{lints, names, values};
use crate::hir::{Branch, Counted, LinkKind, Linked, Op, Pattern, Pinned, Pred, Step};
use crate::schema::{ClassId, Target, Type};
use crate::source::Span;
use crate::syntax::ast::{self, BlockKind, Clause};

use super::lints::{contradiction, inequalities, required};
use super::relation::compare_alike;
use super::scope::ScopeId;
use super::words::{Field, Key, Words};
use super::{Barred, Checker, Cx, StepName, actions};
use crate::schema::nearest;

/// A branch, and its predicate before `action` was decided.
type Read = (Branch, Pred<Key>);

impl<'a> Checker<'a> {
    pub(super) fn pattern(&mut self, pattern: &'a ast::Pattern, scope: ScopeId) -> Option<Pattern> {
        match pattern {
            ast::Pattern::One(branch) => {
                let read = self.branch(branch, &[], None, scope, &[])?;
                Some(Pattern::Union(read.into_iter().map(|(branch, _)| branch).collect()))
            }
            ast::Pattern::Block(block) => {
                let labels = self.labels(block);
                match &block.kind {
                    BlockKind::Union => self.union(block, scope),
                    BlockKind::Sequence(link) => self.linked(block, link, LinkKind::Sequence, labels, scope),
                    BlockKind::Together(link) => self.linked(block, link, LinkKind::Together, labels, scope),
                    BlockKind::AtLeast(count, link) => {
                        // Optional steps are not counted.
                        let counted = block.steps.iter().filter(|step| !step.optional).count();
                        if counted > 0 && (count.value == 0 || count.value > counted as u64) {
                            self.report(values::step_count(count.at.0, count.value, counted));
                        }
                        self.linked(block, link, LinkKind::AtLeast(count.value), labels, scope)
                    }
                }
            }
        }
    }

    fn union(&mut self, block: &'a ast::Block, scope: ScopeId) -> Option<Pattern> {
        let mut branches = Some(Vec::new());
        for step in &block.steps {
            let read = self.branch(&step.branch, &block.common, step.label.as_ref(), scope, &[]);
            branches = branches.zip(read).map(|(mut branches, read)| {
                branches.extend(read.into_iter().map(|(branch, _)| branch));
                branches
            });
        }
        branches.map(Pattern::Union)
    }

    fn linked(
        &mut self,
        block: &'a ast::Block,
        link: &'a ast::Link,
        kind: LinkKind,
        labels: Vec<StepName<'a>>,
        scope: ScopeId,
    ) -> Option<Pattern> {
        if block.steps.iter().all(|step| step.optional) {
            self.report(values::only_optional(block.at.0));
        }
        let mut steps: Vec<Option<Vec<Read>>> = Vec::new();
        for (index, step) in block.steps.iter().enumerate() {
            let names: Vec<StepName<'a>> = labels.iter().map(|name| name.seen_from(index, kind, &block.steps)).collect();
            let read = self.branch(&step.branch, &block.common, step.label.as_ref(), scope, &names);
            if let Some(read) = &read {
                self.lint_inequalities(read, &steps);
            }
            steps.push(read);
        }
        let within = self.lasting(&link.within);
        let classes: Vec<ClassId> = labels.iter().flat_map(|name| name.classes.iter().copied()).collect();
        let by = self.keys(&link.by, &classes);
        let counted: Vec<Option<Counted>> = block.steps.iter().map(|step| self.counted(step.counted.as_ref()?)).collect();
        let steps: Vec<Vec<Read>> = steps.into_iter().collect::<Option<_>>()?;
        let overlaps = self.overlaps(&steps);
        let steps = steps
            .into_iter()
            .zip(&block.steps)
            .zip(counted)
            .map(|((read, step), counted)| {
                let branches = read.into_iter().map(|(branch, _)| branch).collect();
                Step { optional: step.optional, counted, branches }
            })
            .collect();
        let (by, by_at) = by?;
        // From `sequence` to the duration.
        let link = Span { end: link.at.0.end, ..block.at.0 };
        Some(Pattern::Linked(Linked { kind, by, by_at, within: within?, steps, overlaps, link, span: block.at.0 }))
    }

    /// None: one event is enough, or it was reported.
    fn counted(&mut self, counted: &ast::Counted) -> Option<Counted> {
        if counted.count.value == 0 {
            self.report(values::counts_nothing(counted.count.at.0));
        }
        let within = self.lasting(&counted.within)?;
        (counted.count.value > 1).then_some(Counted { count: counted.count.value, within, span: counted.at.0 })
    }

    /// The labels of a block, each once and unlike a group of fields.
    fn labels(&mut self, block: &'a ast::Block) -> Vec<StepName<'a>> {
        let mut labels: Vec<StepName<'a>> = Vec::new();
        let classes = |step: &'a ast::Step, model: &crate::schema::Model| {
            step.branch.classes.iter().filter_map(|name| model.class(&name.text)).collect::<Vec<ClassId>>()
        };
        let model = &self.packs.model;
        let every: Vec<ClassId> = block.steps.iter().flat_map(|step| classes(step, model)).collect();
        for (index, step) in block.steps.iter().enumerate() {
            let Some(label) = &step.label else { continue };
            let (text, span) = (label.text.as_str(), label.at.0);
            let group = format!("{text}.");
            let owner = every
                .iter()
                .map(|class| self.packs.class(*class))
                .find(|class| class.fields.iter().any(|field| field.name.starts_with(&group)));
            if let Some(owner) = owner {
                self.report(names::label_is_group(span, text, &owner.name));
            }
            if let Some(first) = labels.iter().find(|first| first.label == text) {
                let first = first.span;
                self.report(names::duplicate_label(span, text, first));
                continue;
            }
            labels.push(StepName { label: text, span, index, classes: classes(step, model), barred: None });
        }
        labels
    }

    fn branch(
        &mut self,
        branch: &'a ast::Branch,
        common: &'a [ast::Exclusion],
        label: Option<&ast::Name>,
        scope: ScopeId,
        steps: &[StepName<'a>],
    ) -> Option<Vec<Read>> {
        let mut read = Vec::new();
        let mut whole = true;
        let mut seen: Vec<&ast::Name> = Vec::new();
        for name in &branch.classes {
            if let Some(first) = seen.iter().find(|first| first.text == name.text) {
                self.report(names::duplicate_class(name.at.0, &name.text, first.at.0));
                continue;
            }
            seen.push(name);
            let one = match self.class(name) {
                Some(class) => self.branch_of((class, name), branch, common, label, scope, steps),
                None => None,
            };
            whole &= one.is_some();
            read.extend(one);
        }
        whole.then_some(read)
    }

    fn branch_of(
        &mut self,
        (class, name): (ClassId, &ast::Name),
        branch: &'a ast::Branch,
        common: &'a [ast::Exclusion],
        label: Option<&ast::Name>,
        scope: ScopeId,
        steps: &[StepName<'a>],
    ) -> Option<Read> {
        let told = self.out.len();
        let several = branch.classes.len() > 1;
        let head = label.map_or(name.at.0, |label| label.at.0.to(name.at.0));
        let cx = Cx { words: Words::Class(class), scope, steps, several, via: None };
        let mut parts = vec![branch.condition.as_ref().map_or(Some(Pred::TRUE), |condition| self.expr(condition, cx))];
        let mut pinned = Vec::new();
        for clause in &branch.clauses {
            match clause {
                Clause::Except(exclusion) => parts.push(self.expr(&exclusion.expr, cx).map(Pred::not)),
                Clause::On(clause) => pinned.extend(self.pinned(clause, class, branch, scope)),
            }
        }
        let common_cx = Cx { several: true, ..cx };
        parts.extend(common.iter().map(|exclusion| self.expr(&exclusion.expr, common_cx).map(Pred::not)));
        let parts: Option<Vec<Pred<Key>>> = parts.into_iter().collect();
        let pinned: Option<Vec<Pinned>> = pinned.into_iter().collect();
        let pred = self.all(parts?, cx);
        let known = self.packs.class(class);
        let cases = actions::cases(&pred, known);
        let mut of_class = false;
        pred.tests(&mut |test| of_class |= test.field == Key::Class);
        if cases.is_empty() && !pred.is_false() && !of_class && self.out.len() == told {
            self.report(lints::never_any_event(branch.at.0, &known.name));
        }
        let label = label.map(|label| label.text.clone());
        Some((Branch { label, class, cases, pinned: pinned?, head, span: branch.at.0 }, pred))
    }

    pub(super) fn class(&mut self, name: &ast::Name) -> Option<ClassId> {
        let packs = self.packs;
        let found = packs.model.class(&name.text);
        if found.is_none() {
            let classes = &packs.model.classes;
            let also = |class: &&crate::schema::Class| class.aka.iter().any(|aka| aka.eq_ignore_ascii_case(&name.text));
            let foreign = classes.iter().find(also).map(|class| class.name.as_ref());
            let every: Vec<&str> = classes.iter().map(|class| class.name.as_ref()).collect();
            let near = foreign.is_none().then(|| nearest(&name.text, every.iter().copied())).flatten();
            self.report(names::unknown_class(name.at.0, &name.text, foreign, near, &every));
        }
        found
    }

    /// None: nothing is asked of this class, since the target does not have it. Inside: None was reported.
    fn pinned(&mut self, clause: &'a ast::Pinned, class: ClassId, branch: &ast::Branch, scope: ScopeId) -> Option<Option<Pinned>> {
        let Some(target) = Target::from_name(&clause.target.text) else {
            let every: Vec<&str> = Target::ALL.iter().map(|target| target.name()).collect();
            let near = nearest(&clause.target.text, every.iter().copied());
            self.report(names::unknown_target(clause.target.at.0, &clause.target.text, near, &every));
            return Some(None);
        };
        let packs = self.packs;
        let classes: Vec<ClassId> = branch.classes.iter().filter_map(|name| packs.model.class(&name.text)).collect();
        if self.lacks_class(clause, target, &classes) {
            return Some(None);
        }
        if self.tables(target, class).is_empty() {
            return None;
        }
        let several = branch.classes.len() > 1;
        let cx = Cx { words: Words::Native(target, class), scope, steps: &[], several, via: None };
        let pred = self.expr(&clause.expr, cx).map(|pred| actions::native(&pred));
        let pred = pred.map(|pred| if clause.except { pred.not() } else { pred });
        Some(pred.map(|pred| Pinned { target: target.name().to_owned(), pred, span: clause.at.0 }))
    }

    /// The names of key fields, and where they stand; each must exist in every class.
    pub(super) fn keys(&mut self, paths: &[ast::Path], classes: &[ClassId]) -> Option<(Vec<String>, Vec<Span>)> {
        let mut keys: Vec<String> = Vec::new();
        let mut places: Vec<Span> = Vec::new();
        let mut whole = true;
        for path in paths {
            let name = path.dotted();
            let found: Vec<Option<Field<'_>>> = classes.iter().map(|class| self.find_field(*class, &name, path.at.0)).collect();
            let lacking = classes.iter().zip(&found).find(|(_, field)| field.is_none()).map(|(class, _)| *class);
            let types: Vec<Type> = found.iter().flatten().map(|field| field.ty).collect();
            if types.contains(&Type::Time) {
                self.report(values::time_compared(path.at.0, &name));
                whole = false;
            } else if let Some(at) = types.iter().position(|ty| !compare_alike(*ty, types[0])) {
                let of = |class: ClassId| self.packs.class(class).name.as_ref();
                let (one, other) = ((of(classes[0]), types[0].name()), (of(classes[at]), types[at].name()));
                self.report(values::key_of_two_types(path.at.0, &name, one, other));
                whole = false;
            } else if let Some(class) = lacking {
                let report = self.unknown_field(class, &name, path.at.0);
                self.report(report);
                whole = false;
            } else if keys.contains(&name) {
                self.report(lints::key_twice(path.at.0, &name));
            } else {
                keys.push(name);
                places.push(path.at.0);
            }
        }
        whole.then_some((keys, places))
    }

    /// An inequality between steps is true of missing values too: both sides must be asked for.
    fn lint_inequalities(&mut self, read: &[Read], earlier: &[Option<Vec<Read>>]) {
        for (_, pred) in read {
            let mut tests = Vec::new();
            inequalities(pred, &mut tests);
            let own = required(pred);
            for test in tests {
                let Op::Field { other, .. } = &test.op else { continue };
                let there = other.step.and_then(|step| earlier.get(step)).and_then(Option::as_ref);
                let both = own.contains(&&test.field)
                    && there.is_none_or(|branches| branches.iter().all(|(_, pred)| required(pred).contains(&&other.field)));
                if !both {
                    self.report(lints::inequality_between_steps(test.span));
                }
            }
        }
    }

    /// Pairs of steps that nothing proves disjoint.
    fn overlaps(&self, steps: &[Vec<Read>]) -> Vec<(usize, usize)> {
        let mut pairs = Vec::new();
        for later in 0..steps.len() {
            for earlier in 0..later {
                let mut both = steps[earlier].iter().flat_map(|(a, _)| steps[later].iter().map(move |(b, _)| (a, b)));
                if both.any(|(a, b)| self.may_be_one(a, b)) {
                    pairs.push((earlier, later));
                }
            }
        }
        pairs
    }

    fn may_be_one(&self, a: &Branch, b: &Branch) -> bool {
        let class = self.packs.class(a.class);
        let multi = |id: &crate::schema::FieldId| class.get(*id).multi;
        actions::shared((a.class, &a.cases), (b.class, &b.cases)).iter().any(|pred| is_possible(conjuncts(pred), &multi, &mut { TRIED }))
    }
}

/// Ways through the alternatives of two steps that are looked at, before it is taken for granted that one event may be both.
const TRIED: u32 = 512;

/// Whether nothing proves that no event passes all of these; of alternatives one must.
fn is_possible(parts: &[Pred], multi: &impl Fn(&crate::schema::FieldId) -> bool, left: &mut u32) -> bool {
    if *left == 0 {
        return true;
    }
    *left -= 1;
    if parts.iter().any(Pred::is_false) || contradiction(parts, multi).is_some() {
        return false;
    }
    let alternatives = parts.iter().enumerate().find_map(|(at, part)| if let Pred::Any(any) = part { Some((at, any)) } else { None });
    let Some((at, any)) = alternatives else { return true };
    any.iter().any(|one| {
        let others = parts.iter().enumerate().filter(|(index, _)| *index != at).map(|(_, part)| part);
        let parts: Vec<Pred> = others.chain(conjuncts(one)).cloned().collect();
        is_possible(&parts, multi, left)
    })
}

fn conjuncts(pred: &Pred) -> &[Pred] {
    match pred {
        Pred::All(parts) => parts,
        Pred::Any(_) | Pred::Not(_) | Pred::Test(_) => std::slice::from_ref(pred),
    }
}

impl<'a> StepName<'a> {
    /// The step, as the one of that index sees it.
    fn seen_from(&self, index: usize, kind: LinkKind, steps: &[ast::Step]) -> StepName<'a> {
        let barred = match kind {
            LinkKind::AtLeast(_) => Some(Barred::AtLeast),
            LinkKind::Sequence | LinkKind::Together if steps[index].counted.is_some() => Some(Barred::Counted),
            LinkKind::Sequence | LinkKind::Together if self.index == index => Some(Barred::Itself),
            LinkKind::Sequence | LinkKind::Together if self.index > index => Some(Barred::Later),
            LinkKind::Sequence | LinkKind::Together if steps[self.index].optional => Some(Barred::Optional),
            LinkKind::Sequence | LinkKind::Together => None,
        };
        StepName { barred, ..self.clone() }
    }
}

/// The classes of a pattern, each branch's in their order.
pub(super) fn classes(pattern: &Pattern) -> Vec<ClassId> {
    branches(pattern).map(|branch| branch.class).collect()
}

pub(super) fn branches(pattern: &Pattern) -> Box<dyn Iterator<Item = &Branch> + '_> {
    match pattern {
        Pattern::Union(branches) => Box::new(branches.iter()),
        Pattern::Linked(linked) => Box::new(linked.steps.iter().flat_map(|step| step.branches.iter())),
    }
}

/// The step of a linked pattern with this label.
pub(super) fn step_of(pattern: &Pattern, label: &str) -> Option<(usize, Vec<ClassId>)> {
    let Pattern::Linked(linked) = pattern else { return None };
    linked
        .steps
        .iter()
        .position(|step| step.branches.iter().any(|branch| branch.label.as_deref() == Some(label)))
        .map(|index| (index, linked.steps[index].branches.iter().map(|branch| branch.class).collect()))
}
