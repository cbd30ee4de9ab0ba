//! `spoor.yaml` as a JSON Schema, by which editors complete and check it.
//!
//! In: the packs, whose names a manifest may use. Out: the schema, in draft 7, which editors read
//! (<https://github.com/redhat-developer/yaml-language-server>). Law: what the manifest's reader takes the schema takes; where it says no, the reader does. What
//! packs hold is the loader's matter: here it is a mapping.

use serde_json::{Map, Value as Json, json};

use super::keys::Key;
use super::lints::Level;
use crate::backend::kept::Kept;
use crate::backend::{Macros, Summaries};
use crate::deploy;
use crate::diag::Code;
use crate::diag::levels::WARNINGS;
use crate::page::TEMPLATES;
use crate::schema::sources::Source;
use crate::schema::{Packs, Target};

/// The schema of a manifest that may name what these packs hold.
pub fn manifest_schema(packs: &Packs) -> Json {
    let keys = Key::ALL.iter().map(|key| {
        let mut it = shape(*key, packs);
        it["description"] = key.doc().into();
        (key.word().to_owned(), it)
    });
    let versions = packs.schemas.iter().filter(|schema| !schema.versions.is_empty()).map(|schema| {
        let known: Vec<&str> = schema.versions.iter().map(|version| version.as_ref()).collect();
        let doc = format!(
            "The version of {} in use: one of {}. A field that came later is refused, and told since when.",
            schema.name,
            known.join(", ")
        );
        (schema.name.to_string(), json!({"type": ["string", "number"], "description": doc, "examples": known}))
    });
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "spoor.yaml",
        "description": "What a folder of detection rules takes for granted.",
        "type": ["object", "null"],
        "properties": keys.chain(versions).collect::<Map<_, _>>(),
        "additionalProperties": false,
    })
}

fn shape(key: Key, packs: &Packs) -> Json {
    match key {
        Key::Rules | Key::Tests => one_or_several(name()),
        Key::Targets => one_or_several(json!({"enum": Target::ALL.iter().map(|target| target.name()).collect::<Vec<_>>()})),
        Key::Output | Key::Snapshots => name(),
        Key::Lints => lints(),
        Key::Summaries => one_of(&Summaries::ALL.map(Summaries::name)),
        Key::Macros => one_of(&Macros::ALL.map(Macros::name)),
        Key::Narrow => one_of(&["true", "false"]),
        Key::Lookback => any_of(&[lasting(), by_target(|_| Some(lasting()))]),
        Key::Lists => mapping(by_target(|target| Some(kept(target)))),
        Key::Deploy => deploy(),
        Key::Sources => by_target(|target| {
            let known: Vec<&Source> =
                packs.read_by(target).flat_map(|schema| packs.sources_of(&schema.name)).map(|(_, source)| source).collect();
            (!known.is_empty()).then(|| sources(&known))
        }),
        Key::Schemas => any_of(&[one_or_several(name()), json!({"type": ["object", "null"]})]),
        Key::Briefs => one_or_several(name()),
        Key::Templates => {
            let names = TEMPLATES.iter().map(|template| ((*template).to_owned(), name()));
            json!({"type": "object", "properties": names.collect::<Map<_, _>>(), "additionalProperties": false})
        }
        Key::Model | Key::Bindings | Key::Attack | Key::Sigma => json!({"type": ["object", "null"]}),
    }
}

/// What each takes is written out: values are the reader's matter.
fn deploy() -> Json {
    let keys = deploy::settings::KEYS.iter().map(|key| {
        let mut it = one_or_several(scalar());
        it["description"] = format!("{}. It takes {}; without it: {}.", key.doc, key.takes.trim_end_matches(','), key.default).into();
        (key.name.to_owned(), it)
    });
    json!({"type": "object", "properties": keys.collect::<Map<_, _>>(), "additionalProperties": false})
}

/// A mapping from codes to levels, and for paths the same.
fn lints() -> Json {
    let codes: Vec<&str> = Code::ALL.iter().filter(|code| code.is_lint()).map(|code| code.id()).collect();
    let levels = |paths: Option<Json>| {
        let levels = Level::ALL.map(|level| {
            let (more, doc): (&[&str], _) = match level {
                Level::Deny => (&[WARNINGS], "Errors; `warnings` are all that no code is named for."),
                Level::Warn => (&[WARNINGS], "Warnings, also where all warnings are denied; `warnings` are all that no code is named for."),
                Level::Allow => (&[], "Not shown."),
            };
            let mut it = one_or_several(json!({"enum": codes.iter().chain(more).collect::<Vec<_>>()}));
            it["description"] = doc.into();
            (level.word().to_owned(), it)
        });
        let all: Map<_, _> = levels.into_iter().chain(paths.map(|paths| ("paths".to_owned(), paths))).collect();
        json!({"type": "object", "properties": all, "additionalProperties": false})
    };
    let mut paths = mapping(levels(None));
    paths["description"] =
        "For paths alone: a folder is all that is below it, `*` is any part of one name, `**` any number of folders.".into();
    levels(Some(paths))
}

/// `7d`
fn lasting() -> Json {
    json!({"type": "string", "pattern": "^0*[1-9][0-9]*[smhd]$"})
}

/// Where a target keeps a list: one key, and its name.
fn kept(target: Target) -> Json {
    let forms = Kept::forms(target).iter().map(|form| ((*form).to_owned(), name())).collect::<Map<_, _>>();
    json!({"type": "object", "properties": forms, "additionalProperties": false, "minProperties": 1, "maxProperties": 1})
}

/// Names, or a mapping from them to the columns that tell their events.
fn sources(known: &[&Source]) -> Json {
    let alone: Vec<&str> = known.iter().filter(|source| source.by.is_empty()).map(|source| source.name.as_ref()).collect();
    let told = known.iter().map(|source| {
        let by = source.by.iter().map(|column| (column.to_string(), one_or_several(scalar())));
        let mut it = json!({"properties": by.collect::<Map<_, _>>(), "additionalProperties": false});
        if source.by.is_empty() {
            it["type"] = json!(["object", "null"]);
        } else {
            it["type"] = "object".into();
            it["minProperties"] = 1.into();
        }
        it["description"] = source.title.as_ref().into();
        (source.name.to_string(), it)
    });
    let told = json!({"type": "object", "properties": told.collect::<Map<_, _>>(), "additionalProperties": false, "minProperties": 1});
    if alone.is_empty() { told } else { any_of(&[one_or_several(json!({"enum": alone})), told]) }
}

/// One key a target, where there is something to say of it.
fn by_target(of: impl Fn(Target) -> Option<Json>) -> Json {
    let all = Target::ALL.iter().filter_map(|target| Some((target.name().to_owned(), of(*target)?))).collect::<Map<_, _>>();
    json!({"type": "object", "properties": all, "additionalProperties": false})
}

/// From names that nobody knows beforehand.
fn mapping(values: Json) -> Json {
    json!({"type": "object", "additionalProperties": values})
}

/// One of a few words; YAML reads some of them as truths.
fn one_of(words: &[&str]) -> Json {
    let truths = words.iter().filter_map(|word| word.parse::<bool>().ok()).map(Json::from);
    json!({"enum": truths.chain(words.iter().map(|word| Json::from(*word))).collect::<Vec<_>>()})
}

/// What YAML reads as a number or a truth is a text to the reader.
fn scalar() -> Json {
    json!({"type": ["string", "number", "boolean"]})
}

/// Of a file, a folder, a list: what YAML reads as a number is one too.
fn name() -> Json {
    json!({"type": ["string", "number", "boolean"], "minLength": 1})
}

fn one_or_several(item: Json) -> Json {
    any_of(&[item.clone(), json!({"type": "array", "items": item})])
}

fn any_of(all: &[Json]) -> Json {
    json!({"anyOf": all})
}
