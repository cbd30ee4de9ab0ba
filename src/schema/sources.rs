//! Who makes the events that a target keeps, where the site says so.
//!
//! Tables that serve several products know less of an event than its maker wrote down, and data models do not tell the events of one
//! kind of log from those of another. A site knows what feeds it. In: packs, and what a site states: [`Stated`]. Out: the packs in which the
//! bindings of a [`Source`] have taken the place of those that serve any. Law: what was stated is what is asked. Events of other makers
//! are left out, by the query and by the matcher alike, since both read the same bindings; a class that none of the stated
//! sources has is refused, and says why.

use std::borrow::Cow;

use super::types::{Binding, ClassId, List, NativeTest, Packs, Str, WHOLE};

/// One maker of events, and where a target keeps what it wrote.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// Of this schema: `sentinel`.
    pub schema: Str,
    /// `sysmon`
    pub name: Str,
    /// What it is, for people.
    pub title: Str,
    /// The columns by which a site says which events are of it; empty: its tables have no others.
    pub by: List<Str>,
    pub bindings: List<Binding>,
}

/// What a site says of one schema: its sources by their index in [`Packs::sources`], each with the tests that its rows pass.
#[derive(Clone, Debug, PartialEq)]
pub struct Stated {
    pub schema: Str,
    pub sources: Vec<(usize, Vec<NativeTest>)>,
}

/// What a reader is told of a class, in the words of who asks for it.
pub struct Words<'w> {
    /// Why there are no events of the class, though these have it.
    pub without: &'w dyn Fn(&[&Source]) -> String,
    /// That each of these writes down what happened.
    pub overlap: &'w dyn Fn(&[&Source]) -> String,
}

impl Packs {
    /// The sources of a schema that a site can state.
    pub fn sources_of<'p>(&'p self, schema: &'p str) -> impl Iterator<Item = (usize, &'p Source)> {
        self.sources.iter().enumerate().filter(move |(_, source)| source.schema == schema)
    }

    /// Asks the stated sources, and of the classes that only others have, none.
    pub fn ask(&mut self, stated: &Stated, words: &Words<'_>) {
        let schema = &stated.schema;
        let known: Vec<Source> = self.sources_of(schema).map(|(_, source)| source.clone()).collect();
        let mut classes: Vec<ClassId> = known.iter().flat_map(|source| source.bindings.iter().map(|bound| bound.class)).collect();
        classes.sort_unstable();
        classes.dedup();
        for class in classes {
            let of_class = |source: &Source| source.bindings.iter().find(|bound| bound.class == class).cloned();
            let own = stated.sources.iter().filter_map(|(at, tests)| {
                let source = &self.sources[*at];
                Some((source, of_rows(of_class(source)?, tests)))
            });
            let (makers, bindings): (Vec<&Source>, Vec<Binding>) = own.unzip();
            let mut bindings = bindings.into_iter();
            let bound = match bindings.next() {
                Some(first) => {
                    let mut bound = bindings.fold(first, beside);
                    // Sources that a site tells by values of its own have no event in common.
                    if makers.iter().filter(|source| source.by.is_empty()).count() > 1 {
                        bound.overlaps = bound.overlaps.or_else(|| Some(Cow::Owned((words.overlap)(&makers))));
                    }
                    bound
                }
                None => {
                    let having: Vec<&Source> = known.iter().filter(|source| of_class(source).is_some()).collect();
                    // They share their tables with whatever else is there.
                    let Some(before) = self.binding(schema, class).filter(|_| having.iter().all(|source| source.by.is_empty())) else {
                        continue;
                    };
                    let why = Cow::Owned((words.without)(&having));
                    Binding { containers: List::default(), unbound: Cow::Owned(vec![(Cow::Borrowed(WHOLE), why)]), ..before.clone() }
                }
            };
            let is_it = |known: &Binding| known.schema == *schema && known.class == class;
            match self.bindings.iter().position(is_it) {
                Some(at) => self.bindings.to_mut()[at] = bound,
                None => self.bindings.to_mut().push(bound),
            }
        }
    }
}

/// The binding over those rows that pass the tests.
fn of_rows(mut binding: Binding, tests: &[NativeTest]) -> Binding {
    for container in binding.containers.to_mut() {
        for told in container.alternatives.to_mut() {
            told.when.to_mut().iter_mut().for_each(|all| all.to_mut().extend(tests.iter().cloned()));
        }
    }
    binding
}

/// The class stands in the tables of both. Where they share one it is bound alike: the loader saw to it.
fn beside(mut bound: Binding, other: Binding) -> Binding {
    for container in other.containers.iter() {
        match bound.containers.to_mut().iter_mut().find(|known| known.table == container.table) {
            Some(known) => known.alternatives.to_mut().extend(container.alternatives.iter().cloned()),
            None => bound.containers.to_mut().push(container.clone()),
        }
    }
    // What one of them lacks the other may have.
    bound.unbound.to_mut().retain(|(what, _)| other.unbound.iter().any(|(known, _)| known == what));
    bound.excludes = bound.excludes.or(other.excludes);
    bound.overlaps = bound.overlaps.or(other.overlaps);
    let more = other.assumes.iter().filter(|assumed| !bound.assumes.contains(assumed)).cloned().collect::<Vec<_>>();
    bound.assumes.to_mut().extend(more);
    bound
}
