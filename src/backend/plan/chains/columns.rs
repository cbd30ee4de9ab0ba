//! The columns of a row of a linked pattern.
//!
//! In: what the rule shows, or that it does not say. Out: the columns in order, each with a title of its own, and in each step
//! the value that it needs. Law: a column that no step has is left out of a default, and is shown empty where it was asked for.

use crate::backend::bind::Known;
use crate::hir::{self, LinkKind};
use crate::source::Span;

use super::super::columns::demands;
use super::super::lost;
use super::super::made::Want;
use super::super::search::Asked;
use super::super::shape::{ChainColumn, Titled};
use super::{Building, Wanted, label};

impl Building<'_> {
    pub(super) fn columns(&mut self) -> Vec<Titled<ChainColumn>> {
        let mut columns: Vec<Titled<ChainColumn>> = Vec::new();
        match &self.ground.rule.show {
            Some(show) => {
                for column in show {
                    let Some((name, what)) = self.shown(column) else { continue };
                    let title = column.alias.clone().unwrap_or(name);
                    columns.push(Titled { title, alias: column.alias.is_some(), what, at: Some(column.span) });
                }
            }
            None => {
                let mut push = |title: &str, what| columns.push(Titled { title: title.to_owned(), alias: false, what, at: None });
                push("first_time", ChainColumn::First);
                push("last_time", ChainColumn::Last);
                push("delay", ChainColumn::Delay);
                for (index, key) in self.keys.iter().enumerate() {
                    push(&key.name, ChainColumn::Key(index));
                }
                if matches!(self.linked.kind, LinkKind::AtLeast(_)) {
                    push("matched", ChainColumn::Matched);
                }
                for at in 0..self.found.steps.len() {
                    for field in self.default_fields(at) {
                        let heads = self.heads(at);
                        let index = self.make(at, Wanted::Field(field, Want::Show), self.linked.span, &heads);
                        let title = self.steps[at].made[index].name.clone();
                        columns.push(Titled { title, alias: false, what: ChainColumn::Step(at, index), at: None });
                    }
                }
            }
        }
        super::super::columns::unique(&mut columns);
        self.demanded(&mut columns);
        columns
    }

    /// Adds the columns that the result must have under their own names: those of the match's own event. One whose title the rule gives
    /// to something else is left out; the dialect then finds that it is not there.
    fn demanded(&mut self, columns: &mut Vec<Titled<ChainColumn>>) {
        let mut deciding = (0..self.found.steps.len()).filter(|at| !self.linked.steps[self.found.steps[*at].index].optional);
        let own: Vec<usize> = match self.linked.kind {
            LinkKind::Sequence => deciding.next_back().into_iter().collect(),
            LinkKind::Together | LinkKind::AtLeast(_) => deciding.collect(),
        };
        let searches: Vec<&Asked> = own.iter().flat_map(|at| &self.found.asked[self.found.steps[*at].searches.clone()]).collect();
        for title in demands(searches.iter().copied(), self.ground.dialect) {
            if columns.iter().any(|column| column.title == title) {
                continue;
            }
            let what = if searches.iter().any(|asked| asked.place.time().is_some_and(|time| time == title)) {
                ChainColumn::Last
            } else {
                let (steps, span) = (0..self.found.steps.len(), self.linked.span);
                ChainColumn::Own(
                    steps.map(|at| own.contains(&at).then(|| self.make(at, Wanted::Identity(title.clone()), span, &[]))).collect(),
                )
            };
            columns.push(Titled { title, alias: false, what, at: None });
        }
    }

    /// What the classes of a step show, beside the keys, where a search has a value for it.
    fn default_fields(&self, at: usize) -> Vec<String> {
        let mut fields: Vec<String> = Vec::new();
        for asked in &self.found.asked[self.found.steps[at].searches.clone()] {
            let class = asked.place.class();
            for id in class.show.iter() {
                let name = class.get(*id).name.as_ref();
                let is_own = name == "class" || self.linked.by.iter().any(|key| key == name);
                let is_there = matches!(name, "time" | "action") || !matches!(asked.place.field(*id), Known::Absent);
                if !is_own && is_there && !fields.iter().any(|known| known == name) {
                    fields.push(name.to_owned());
                }
            }
        }
        fields
    }

    fn shown(&mut self, column: &hir::Column) -> Option<(String, ChainColumn)> {
        match &column.what {
            hir::ColumnWhat::Field(name) if name == "time" => Some(("time".to_owned(), ChainColumn::Last)),
            hir::ColumnWhat::Field(name) => {
                let title = name.replace('.', "_");
                if let Some(key) = self.linked.by.iter().position(|key| key == name) {
                    return Some((title, ChainColumn::Key(key)));
                }
                let of_steps = (0..self.found.steps.len()).map(|at| {
                    let step = &self.linked.steps[self.found.steps[at].index];
                    let has = step.branches.iter().any(|branch| self.ground.packs.class(branch.class).field(name).is_some());
                    (!step.optional && has).then(|| self.asked_for(at, name, column.span))
                });
                let of_steps: Vec<Option<usize>> = of_steps.collect();
                Some((title, ChainColumn::Own(of_steps)))
            }
            hir::ColumnWhat::StepField { step, field } => {
                let title = format!("{}_{}", label(&self.linked.steps[*step]), field.replace('.', "_"));
                // Of an optional step that was left out nothing can be shown; a note has said so.
                let at = self.place_of(*step)?;
                Some((title, ChainColumn::Step(at, self.asked_for(at, field, column.span))))
            }
            hir::ColumnWhat::Matched => Some(("matched".to_owned(), ChainColumn::Matched)),
            hir::ColumnWhat::Aggregate(_) => None,
        }
    }

    /// A field of a step that the rule shows, and a note on each class of the step that leaves it empty.
    fn asked_for(&mut self, at: usize, field: &str, span: Span) -> usize {
        let of = &self.found.steps[at];
        let (branches, searches) = (&self.linked.steps[of.index].branches, &self.found.asked[of.searches.clone()]);
        self.empty.extend(lost::shown(self.ground.target, field, branches, searches, span));
        self.make(at, Wanted::Field(field.to_owned(), Want::Show), span, &[span])
    }
}
