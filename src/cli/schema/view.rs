//! Which schemas are shown, and in which order: those of the targets first, then those that only `spoor match` reads.

use std::collections::HashMap;

use crate::schema::{Binding, ClassId, Packs, Schema, Target, nearest};

/// A schema, and the target that reads it.
#[derive(Clone, Copy)]
pub struct Source<'p> {
    pub schema: &'p Schema,
    pub target: Option<Target>,
}

impl<'p> Source<'p> {
    pub fn name(&self) -> &'p str {
        &self.schema.name
    }

    /// `splunk-raw`; what no query reads is for `match`.
    pub fn reader(&self) -> &'static str {
        self.target.map_or("match", Target::name)
    }
}

pub struct View<'p> {
    pub packs: &'p Packs,
    pub sources: Vec<Source<'p>>,
    bindings: HashMap<(&'p str, ClassId), &'p Binding>,
}

impl<'p> View<'p> {
    /// All schemas, or those of these targets and of these names. Err: there is no schema of that name.
    pub fn new(packs: &'p Packs, targets: &[Target], schemas: &[String]) -> Result<View<'p>, String> {
        let mut sources: Vec<Source> = Vec::new();
        for target in Target::ALL {
            for schema in packs.read_by(*target) {
                if !sources.iter().any(|known| known.schema.name == schema.name) {
                    sources.push(Source { schema, target: Some(*target) });
                }
            }
        }
        for schema in packs.schemas.iter() {
            if !sources.iter().any(|known| known.schema.name == schema.name) {
                sources.push(Source { schema, target: None });
            }
        }
        for name in schemas {
            if packs.schema(name).is_none() {
                let near = nearest(name, packs.schemas.iter().map(|schema| schema.name.as_ref()));
                let help = near.map_or_else(
                    || format!("; there are {}", packs.schemas.iter().map(|schema| schema.name.as_ref()).collect::<Vec<_>>().join(", ")),
                    |near| format!("; did you mean `{near}`?"),
                );
                return Err(format!("there is no schema `{name}`{help}"));
            }
        }
        if !targets.is_empty() || !schemas.is_empty() {
            let wanted = |source: &Source| {
                source.target.is_some_and(|target| targets.contains(&target)) || schemas.iter().any(|name| *name == source.schema.name)
            };
            sources.retain(wanted);
        }
        let bindings = packs.bindings.iter().map(|binding| ((binding.schema.as_ref(), binding.class), binding)).collect();
        Ok(View { packs, sources, bindings })
    }

    pub fn binding(&self, source: &Source<'p>, class: ClassId) -> Option<&'p Binding> {
        self.bindings.get(&(source.name(), class)).copied()
    }

    /// The bindings of the schemas that are shown.
    pub fn bound(&self) -> impl Iterator<Item = (Source<'p>, &'p Binding)> {
        let of = |binding: &&'p Binding| self.sources.iter().find(|source| source.schema.name == binding.schema).copied();
        self.packs.bindings.iter().filter_map(move |binding| of(&binding).map(|source| (source, binding)))
    }

    pub fn classes(&self) -> impl Iterator<Item = ClassId> + use<'p> {
        (0..self.packs.model.classes.len()).map(|index| ClassId(index as u16))
    }
}
