//! Family 06, second part: packs.
//!
//! In: what the loader of packs found, and the file it found it in. Out: the finding. The facts are the loader's, the sentences are here.

use super::{Code, Diagnostic};
use crate::schema::{Fault, Misplaced, PackError, Shape, Unknown};
use crate::source::{FileId, Span};
use crate::yaml::Problem;

/// A mistake in a pack; `file` is the text that [`PackError::file`] counts.
pub fn mistake(error: &PackError, file: FileId) -> Diagnostic {
    let at = Span::new(file, error.span.start, error.span.end);
    let earlier = error.earlier.as_ref().map(|span| Span::new(file, span.start, span.end));
    match &error.fault {
        Fault::Yaml(problem) => yaml(at, problem),
        Fault::Shape(shape) => another_shape(at, *shape),
        Fault::UnknownKey(key, allowed) => unknown_key(at, key, allowed),
        Fault::DuplicateKey(key) => duplicate_key(at, key, earlier.unwrap_or(at)),
        Fault::MissingKey(key) => missing_key(at, key),
        Fault::UnknownType(name) => unknown(Code::PackUnknownType, at, name, "no type"),
        Fault::UnknownSchema(name) => unknown_schema(at, name),
        Fault::UnknownTable(name, schema) => unknown_table(at, name, schema),
        Fault::TableOfNoClass(name, class) => table_of_no_class(at, name, class),
        Fault::UnknownColumn(name, tables) => unknown_column(at, name, tables),
        Fault::Renamed(old, new) => renamed(at, old, new),
        Fault::UnknownClass(name) => unknown_class(at, name),
        Fault::UnknownField(name, class) => unknown_field(at, name, class),
        Fault::UnknownAction(name, class) => unknown(Code::PackUnknownAction, at, name, &format!("no action of `{class}`")),
        Fault::UnknownEnum(name) => unknown(Code::PackUnknownEnum, at, name, "no enumeration"),
        Fault::UnknownMap(name) => unknown(Code::PackUnknownMap, at, name, "no map"),
        Fault::UnknownGroup(name) => unknown(Code::PackUnknownGroup, at, name, "no group of this file"),
        Fault::UnknownTransform(name) => unknown(Code::PackUnknownTransform, at, name, "no transform"),
        Fault::Expression => expression(at),
        Fault::Arity(transform, form) => arity(at, transform, form),
        Fault::UndocumentedValue(value, column) => undocumented_value(at, value, column),
        Fault::MapValue { map, value, field } => map_value(at, map, value, field),
        Fault::HashKind(field) => hash_kind(at, field),
        Fault::Exclusion(field) => exclusion(at, field),
        Fault::Selector(field) => selector(at, field),
        Fault::TooManyActions(class) => too_many_actions(at, class),
        Fault::LastPart(field, path) => last_part(at, field, path),
        Fault::LogSource(text) => log_source(at, text),
        Fault::Version(text) => version(at, text),
        Fault::UnknownTarget(name) => unknown(Code::PackUnknownTarget, at, name, "no target"),
        Fault::Misplaced(key, why) => misplaced(at, key, *why),
        Fault::Name(name) => no_name(at, name),
        Fault::SearchValue(text) => search_value(at, text),
        Fault::NoTime(table, column) => no_time(at, table, column),
        Fault::SharedTable(table, source) => shared_table(at, table, source),
        Fault::NoAttackId(technique) => no_attack_id(at, *technique),
        Fault::UnknownTechnique(name) => unknown_technique(at, name),
        Fault::UnknownTactic(name) => unknown_tactic(at, name),
        Fault::RevokedCircle(id) => revoked_circle(at, id),
    }
}

/// A text that is no YAML, or is beyond its limits: of a pack, a Sigma rule or a manifest.
pub fn yaml(at: Span, problem: &Problem) -> Diagnostic {
    let not_yaml = |label: &str| Diagnostic::new(Code::PackNotYaml, "this is not YAML", at, label);
    let too_large = |title: &str, label: &str| Diagnostic::new(Code::PackTooLarge, title, at, label);
    match problem {
        Problem::Syntax(message) => not_yaml(message),
        Problem::Reserved(sign) => {
            not_yaml(&format!("`{sign}` begins no text")).help(format!("a text that begins with `{sign}` stands in quotes"))
        }
        Problem::Control => not_yaml("a control character").help("write it as an escape in double quotes, as `\"\\x1b\"`, or take it out"),
        Problem::Escape => not_yaml("no such escape")
            .help("in double quotes a backslash begins an escape: in single quotes it is itself, as in `'\\cmd.exe'`"),
        Problem::Quote('\'') => not_yaml("stands behind a text in quotes").help("a quote in a text in single quotes is doubled: `'it''s'`"),
        Problem::Quote(_) => {
            not_yaml("stands behind a text in quotes").help("a quote in a text in double quotes has a backslash: `\"a \\\" b\"`")
        }
        Problem::Unclosed => not_yaml("this quote is not closed").help("a text in quotes ends with the quote that it begins with"),
        Problem::Colon => not_yaml("no key may stand before this colon")
            .help("a text with a colon and a blank in it stands in quotes; keys of one mapping begin in one column"),
        Problem::Column => {
            not_yaml("begins in no column of those above").help("the keys of a mapping, and the dashes of a list, begin in one column")
        }
        Problem::Tag => not_yaml("a tag, which stands for nothing here").help("a text that begins with `!` stands in quotes"),
        Problem::Tab => not_yaml("a tab").help("indent with spaces: YAML takes no tabs there"),
        Problem::UnknownAlias => not_yaml("no anchor of this name stands before").help("a text that begins with `*` stands in quotes"),
        Problem::TooDeep => too_large("YAML is nested too deep", "64 levels are the limit"),
        Problem::TooLarge => too_large("YAML holds too much", "a million values are the limit"),
        Problem::AliasBomb => {
            too_large("aliases stand for too much", "this alias goes beyond 10,000 values").help("write out what is meant")
        }
        Problem::AliasOfItself => too_large("an alias stands for itself", "inside of what it names").help("write out what is meant"),
    }
}

fn log_source(at: Span, text: &str) -> Diagnostic {
    let found = Diagnostic::new(Code::PackLogSource, format!("`{text}` is no log source"), at, "not `CATEGORY/PRODUCT/SERVICE`");
    found.help("each part may be empty, but not all of them: `process_creation//`, `/windows/security`")
}

fn another_shape(at: Span, shape: Shape) -> Diagnostic {
    let wanted = match shape {
        Shape::Text => "a text belongs here",
        Shape::Texts => "a text or a list of texts belongs here",
        Shape::Mapping => "a mapping belongs here, `name: ..`",
        Shape::Flag => "`true` or `false` belongs here",
        Shape::Predicate => "a value, a list of values or `{column: value}` belongs here",
        Shape::Loss => "`{widened: why}` or `{narrowed: why}` belongs here",
        Shape::Form => "`one_word` or `begins TEXT` belongs here",
    };
    Diagnostic::new(Code::PackShape, "a shape that packs do not have", at, wanted)
}

fn unknown_key(at: Span, key: &Unknown, allowed: &[String]) -> Diagnostic {
    let found = unknown(Code::PackUnknownKey, at, key, "no key that packs have here");
    if key.nearest.is_some() { found } else { found.help(format!("the keys are {}", list(allowed))) }
}

pub fn duplicate_key(at: Span, key: &str, earlier: Span) -> Diagnostic {
    Diagnostic::new(Code::PackDuplicateKey, format!("the key `{key}` stands twice"), at, "a second time").label(earlier, "here first")
}

fn missing_key(at: Span, key: &str) -> Diagnostic {
    Diagnostic::new(Code::PackMissingKey, format!("the key `{key}` is missing"), at, format!("needs `{key}`"))
}

fn unknown_schema(at: Span, name: &Unknown) -> Diagnostic {
    unknown(Code::PackUnknownSchema, at, name, "no schema").help("a schema of your own goes under `schemas`")
}

fn unknown_table(at: Span, name: &Unknown, schema: &str) -> Diagnostic {
    let found = unknown(Code::PackUnknownTable, at, name, &format!("no table of `{schema}`"));
    found.help("a table of your own goes under `schemas`, into `tables`")
}

fn table_of_no_class(at: Span, name: &Unknown, class: &str) -> Diagnostic {
    let found = unknown(Code::PackUnknownTable, at, name, &format!("no table in which `{class}` stands"));
    found.help("the tables of a class stand under `in`")
}

fn unknown_column(at: Span, name: &Unknown, tables: &[String]) -> Diagnostic {
    let found = unknown(Code::PackUnknownColumn, at, name, &format!("no column of {}", list(tables)));
    found.help("a column that your data has and the schema lacks goes under `schemas`, into the columns of its table")
}

fn renamed(at: Span, old: &str, new: &[String]) -> Diagnostic {
    let found = Diagnostic::new(Code::PackRenamed, format!("`{old}` has another name now"), at, "from before");
    let found = found.help(format!("it is {}", list(new)));
    match new {
        [one] => found.fix(at, one.as_str()),
        _ => found,
    }
}

fn unknown_class(at: Span, name: &Unknown) -> Diagnostic {
    unknown(Code::PackUnknownClass, at, name, "no class").help("a class of your own goes under `model`, into `classes`")
}

fn unknown_field(at: Span, name: &Unknown, class: &str) -> Diagnostic {
    let found = unknown(Code::PackUnknownField, at, name, &format!("no field of `{class}`"));
    found.help("a field of your own goes under `model`, into the fields of its class")
}

fn expression(at: Span) -> Diagnostic {
    Diagnostic::new(Code::PackExpression, "no expression", at, "a column belongs here, or a transform such as `basename(COLUMN)`")
        .help("in braces, an expression with a comma stands in quotes")
}

fn arity(at: Span, transform: &str, form: &str) -> Diagnostic {
    Diagnostic::new(Code::PackArity, format!("`{transform}` takes other arguments"), at, format!("its form is `{form}`"))
}

fn undocumented_value(at: Span, value: &Unknown, column: &str) -> Diagnostic {
    let found = unknown(Code::PackUndocumentedValue, at, value, &format!("no value of `{column}`"));
    found.help("if your data has it, add it to the `values` of the column, under `schemas`")
}

fn map_value(at: Span, map: &str, value: &str, field: &str) -> Diagnostic {
    let title = format!("the map `{map}` gives `{value}`, which `{field}` never is");
    Diagnostic::new(Code::PackMapValue, title, at, "by this map").help("map to the values of the field's enumeration only")
}

fn hash_kind(at: Span, field: &str) -> Diagnostic {
    Diagnostic::new(Code::PackHashKind, format!("`{field}` is made of a hash of another kind"), at, "the two never compare equal")
}

fn exclusion(at: Span, field: &str) -> Diagnostic {
    Diagnostic::new(Code::PackExclusion, format!("no value of `{field}` that can be excluded"), at, "cannot be told")
        .help("a value of an enumeration, or `is machine_account` for an account")
}

fn selector(at: Span, field: &str) -> Diagnostic {
    Diagnostic::new(Code::PackSelector, format!("`{field}` cannot decide here"), at, "no single column says what it is")
        .help("the deciding field stands before this one, and is a column, a `map(COLUMN, ..)` or the action")
}

fn too_many_actions(at: Span, class: &str) -> Diagnostic {
    Diagnostic::new(Code::PackTooManyActions, format!("`{class}` has more than 31 actions"), at, "31 are the limit")
}

fn version(at: Span, text: &str) -> Diagnostic {
    Diagnostic::new(Code::PackVersion, format!("`{text}` is no version"), at, "numbers with dots belong here, `8.5`")
}

fn last_part(at: Span, field: &str, path: &str) -> Diagnostic {
    let title = format!("`{field}` cannot be the last part of `{path}`");
    Diagnostic::new(Code::PackLastPart, title, at, "of this field")
        .help("`of` stands on a `file_name` and names a `path`, each of one value")
}

/// `technique`: of a technique, else of a tactic.
fn no_attack_id(at: Span, technique: bool) -> Diagnostic {
    let (what, form) = if technique { ("technique", "`T1234` or `T1234.001`") } else { ("tactic", "`TA1234`") };
    Diagnostic::new(Code::PackNoAttackId, format!("no id of a {what}"), at, format!("the form is {form}"))
}

fn unknown_technique(at: Span, name: &Unknown) -> Diagnostic {
    let help = "a technique of your own, and the one that a sub-technique is part of, goes under `attack`, into `techniques`";
    unknown(Code::PackUnknownTechnique, at, name, "no technique").help(help)
}

fn unknown_tactic(at: Span, name: &Unknown) -> Diagnostic {
    unknown(Code::PackUnknownTactic, at, name, "no tactic").help("a tactic goes by its name in lower case with dashes: `lateral-movement`")
}

fn revoked_circle(at: Span, id: &str) -> Diagnostic {
    Diagnostic::new(Code::PackRevokedCircle, format!("`{id}` is revoked by itself"), at, "leads back to it")
        .help("what is revoked leads to a technique that stands")
}

fn misplaced(at: Span, key: &str, why: Misplaced) -> Diagnostic {
    let (label, help) = match why {
        Misplaced::NotSearched => ("`splunk-raw` does not search for it", "`index` and `search` are for schemas that `splunk-raw` reads"),
        Misplaced::NotCalled => ("no query calls its tables", "`start` is the parameter of a function that KQL calls"),
        Misplaced::OwnTarget => ("a target reads it already", "`target` is for a schema of your own"),
    };
    Diagnostic::new(Code::PackMisplacedKey, format!("this schema cannot have `{key}`"), at, label).help(help)
}

fn no_name(at: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::PackName, format!("no query can say the name `{name}`"), at, "refused here").help(
        "a dataset has letters, digits, `_` and dots; a column no quote, no backtick, no star, no backslash, and no blank at its ends",
    )
}

fn search_value(at: Span, text: &str) -> Diagnostic {
    Diagnostic::new(Code::PackSearchValue, format!("no search can say `{text}`"), at, "refused here")
        .help("an index has letters, digits, `_` and `-`; a value has no backtick and is no network; `*` stands for any run")
}

fn no_time(at: Span, table: &str, column: &str) -> Diagnostic {
    Diagnostic::new(Code::PackNoTime, format!("`{table}` has no `{column}`"), at, "its events would have no time")
        .help("name the column of the table's time: `time: TimeGenerated` beside its `columns`")
}

fn shared_table(at: Span, table: &str, source: &str) -> Diagnostic {
    Diagnostic::new(Code::PackSharedTable, format!("`{source}` has this class in `{table}` too"), at, "and its fields otherwise")
        .help("one table is searched once: let both sources have the class alike there, and tell its rows by `in`")
}

/// The form that all findings about names share; `what` says what the name is not.
fn unknown(code: Code, at: Span, unknown: &Unknown, what: &str) -> Diagnostic {
    let found = Diagnostic::new(code, format!("`{}` is {what}", unknown.name), at, "unknown");
    match &unknown.nearest {
        Some(near) => found.help(format!("`{near}` is one")).maybe_fix(at, near.as_str()),
        None => found,
    }
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
