//! `sources` of `spoor.yaml`: what feeds a target.
//!
//! In: the node, and the packs whose sources it names. Out: what the site states of each schema, with its place; or every mistake. A list
//! names sources whose tables hold nothing else; where several kinds of logs share a table, a mapping says by which columns each is told.

use std::borrow::Cow;

use super::manifest::{Opening, span};
use crate::diag::project as findings;
use crate::schema::sources::{Source, Stated, Words};
use crate::schema::{NativeTest, Packs, Target, nearest};
use crate::source::FileId;
use crate::yaml::Node;

/// What is stated of one schema, and where.
pub struct StatedAt {
    stated: Stated,
    place: String,
}

impl Opening<'_> {
    pub(super) fn sources(&mut self, file: FileId, node: &Node, packs: &Packs) -> Vec<StatedAt> {
        let Some(pairs) = node.map() else {
            self.findings.push(findings::manifest_shape(span(file, &node.span), findings::SOURCES));
            return Vec::new();
        };
        let mut all = Vec::new();
        for (key, value) in pairs {
            let Some(target) = self.targets(file, key).first().copied() else { continue };
            if sources_of(target, packs).is_empty() {
                let having: Vec<&str> =
                    Target::ALL.iter().filter(|target| !sources_of(**target, packs).is_empty()).map(|target| target.name()).collect();
                let near = nearest(target.name(), having.iter().copied());
                self.findings.push(findings::manifest_unknown_word(span(file, &key.span), "sources", target.name(), near, &having));
                continue;
            }
            let place = self.place(file, key);
            for (at, tests) in self.of_target(file, value, &sources_of(target, packs)) {
                let schema = &packs.sources[at].schema;
                match all.iter_mut().find(|known: &&mut StatedAt| known.stated.schema == *schema) {
                    Some(known) => known.stated.sources.push((at, tests)),
                    None => {
                        all.push(StatedAt { stated: Stated { schema: schema.clone(), sources: vec![(at, tests)] }, place: place.clone() })
                    }
                }
            }
        }
        all
    }

    /// `[NAME, ..]`, or `{NAME: {COLUMN: VALUES}, ..}`.
    fn of_target(&mut self, file: FileId, node: &Node, known: &[(usize, &Source)]) -> Vec<(usize, Vec<NativeTest>)> {
        let named: Vec<(&Node, Option<&Node>)> = match (node.map(), node.list()) {
            (Some(pairs), _) => pairs.iter().map(|(name, value)| (name, Some(value).filter(|value| !value.is_null()))).collect(),
            (None, Some(names)) => names.iter().map(|name| (name, None)).collect(),
            (None, None) => vec![(node, None)],
        };
        if named.is_empty() {
            self.findings.push(findings::manifest_shape(span(file, &node.span), findings::SOURCE_NAMES));
        }
        let mut stated: Vec<(usize, Vec<NativeTest>)> = Vec::new();
        for (name, value) in named {
            let Some((text, at)) = name.text().zip(Some(span(file, &name.span))) else {
                self.findings.push(findings::manifest_shape(span(file, &name.span), findings::SOURCE_NAMES));
                continue;
            };
            let Some((index, source)) = known.iter().find(|(_, source)| source.name == text) else {
                let names: Vec<&str> = known.iter().map(|(_, source)| source.name.as_ref()).collect();
                let near = nearest(text, names.iter().copied());
                self.findings.push(findings::manifest_unknown_word(at, "sources", text, near, &names));
                continue;
            };
            if stated.iter().any(|(known, _)| known == index) {
                self.findings.push(findings::manifest_shape(at, findings::SOURCE_ONCE));
                continue;
            }
            if let Some(tests) = self.told_by(file, name, value, source) {
                stated.push((*index, tests));
            }
        }
        stated
    }

    /// `{COLUMN: VALUES, ..}`, all of them; `*` in a value is any run.
    fn told_by(&mut self, file: FileId, name: &Node, value: Option<&Node>, source: &Source) -> Option<Vec<NativeTest>> {
        let by: Vec<&str> = source.by.iter().map(|column| column.as_ref()).collect();
        let pairs = value.map_or(Some(&[][..]), |value| value.map());
        let Some(pairs) = pairs.filter(|pairs| pairs.is_empty() == by.is_empty()) else {
            let at = span(file, value.map_or(&name.span, |value| &value.span));
            self.findings.push(findings::manifest_shape(at, &findings::source_told_by(&source.name, &by)));
            return None;
        };
        let before = self.findings.len();
        let mut tests = Vec::new();
        for (column, values) in pairs {
            let at = span(file, &column.span);
            let text = column.text().unwrap_or_default();
            if !by.contains(&text) {
                self.findings.push(findings::manifest_unknown_word(at, &source.name, text, nearest(text, by.iter().copied()), &by));
                continue;
            }
            let (words, empty): (Vec<_>, Vec<_>) = self.words(file, values).into_iter().partition(|(text, _)| !text.trim().is_empty());
            if words.is_empty() || !empty.is_empty() {
                let at = empty.first().map_or_else(|| span(file, &values.span), |(_, at)| *at);
                self.findings.push(findings::manifest_shape(at, &findings::source_told_by(&source.name, &[text])));
            }
            let values = words.into_iter().map(|(text, _)| Cow::Owned(text)).collect();
            tests.push(NativeTest { column: Cow::Owned(text.to_owned()), values: Cow::Owned(values), negated: false });
        }
        (self.findings.len() == before).then_some(tests)
    }
}

fn sources_of(target: Target, packs: &Packs) -> Vec<(usize, &Source)> {
    packs.read_by(target).flat_map(|schema| packs.sources_of(&schema.name)).collect()
}

/// The packs ask what is stated.
pub(super) fn ask(StatedAt { stated, place }: &StatedAt, packs: &mut Packs) {
    let names = |sources: &[&Source]| sources.iter().map(|source| source.name.to_string()).collect::<Vec<_>>();
    let without = |having: &[&Source]| {
        let names = names(having);
        findings::of_no_stated_source(place, &names.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let overlap = |makers: &[&Source]| {
        let names = names(makers);
        findings::several_makers(&names.iter().map(String::as_str).collect::<Vec<_>>())
    };
    packs.ask(stated, &Words { without: &without, overlap: &overlap });
}
