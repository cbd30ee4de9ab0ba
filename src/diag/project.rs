//! Family 06, first part: files and projects.
//!
//! In: what reading a file, or finding a project, gave. Out: the finding; a file without a text is its own place.

use super::names::listed;
use super::{Code, Diagnostic};
use crate::source::Span;

pub fn unreadable(file: Span, name: &str, reason: &str) -> Diagnostic {
    Diagnostic::new(Code::UnreadableFile, format!("`{name}` cannot be read"), file, reason)
}

/// `at`: the first byte that is no UTF-8.
pub fn not_utf8(at: Span, byte: u8, utf16: bool) -> Diagnostic {
    let label = format!("the byte 0x{byte:02X} is no UTF-8");
    let help = if utf16 { "the file looks like UTF-16: save it as UTF-8" } else { "save the file as UTF-8" };
    Diagnostic::new(Code::NotUtf8, "file is not UTF-8", at, label).help(help)
}

pub fn too_large(file: Span, name: &str, limit: u64) -> Diagnostic {
    let label = format!("a rule file may have {} MB", limit >> 20);
    Diagnostic::new(Code::FileTooLarge, format!("`{name}` is too large"), file, label)
        .help("a long list of indicators stands in a file of its own: `let bad: domain from \"bad.txt\"`")
}

/// `at`: the path in `import "path"`.
pub fn import_unreadable(at: Span, path: &str, reason: &str) -> Diagnostic {
    Diagnostic::new(Code::ImportUnreadable, format!("imported file `{path}` cannot be read"), at, reason)
        .help("the path is relative to the file that imports it")
}

/// `at`: the path in `let x from "path"`.
pub fn list_unreadable(at: Span, path: &str, reason: &str) -> Diagnostic {
    Diagnostic::new(Code::ListUnreadable, format!("list file `{path}` cannot be read"), at, reason)
        .help("the path is relative to the rule file")
}

pub fn duplicate_rule(name: Span, rule: &str, first: Span) -> Diagnostic {
    Diagnostic::new(Code::DuplicateRule, format!("rule name `{rule}` is used twice"), name, "this rule is left out")
        .label(first, "the name is used here first")
        .help("matches and queries go by the name of their rule: give one of them another name")
        .sigma("matches and queries go by the `name` of a rule, else by its file or title: give one of them another, as `name: a_name`")
}

pub fn empty_file(file: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::EmptyFile, format!("`{name}` holds no rule, `let` or import"), file, "nothing is here")
        .sigma_title(format!("`{name}` holds no rule"))
}

/// A file of Sigma's, handed to `spoor fmt`.
pub fn not_laid_out(file: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::NotLaidOut, format!("`{name}` is left as it is"), file, "YAML, and `spoor fmt` lays out `.spoor` files")
        .help(format!("`spoor import {name}` writes its rules in the language"))
}

// ---------- the manifest ----------

/// `wanted`: what belongs there.
pub fn manifest_shape(at: Span, wanted: &str) -> Diagnostic {
    Diagnostic::new(Code::ManifestShape, "a shape that `spoor.yaml` does not have", at, format!("{wanted} belongs here"))
}

pub fn manifest_unknown_key(at: Span, key: &str, near: Option<&str>, keys: &[&str]) -> Diagnostic {
    let found = Diagnostic::new(Code::ManifestUnknownKey, format!("`{key}` is no key of `spoor.yaml`"), at, "unknown");
    match near {
        Some(near) => found.help(format!("did you mean `{near}`?")).maybe_fix(at, near),
        None => found.help(format!("the keys are {}", listed(keys))),
    }
}

/// What says where a list is kept for a target.
pub fn kept_forms(forms: &[&str]) -> String {
    let example = |form: &&str| match *form {
        "lookup" => "`{lookup: NAME}`, of letters, digits, `_`, `-` and `.`",
        "watchlist" => "`{watchlist: ALIAS}`",
        _ => "`{externaldata: \"https://..\"}`",
    };
    format!("{},", forms.iter().map(example).collect::<Vec<_>>().join(" or "))
}

/// A path of the manifest that leads to nothing.
pub fn manifest_path(at: Span, path: &str, reason: &str) -> Diagnostic {
    Diagnostic::new(Code::ManifestPath, format!("`{path}` gives nothing to read"), at, reason)
        .help("paths are relative to the folder of `spoor.yaml`; `*` stands for any part of one name")
}

/// `known`: the versions there are, the oldest first.
pub fn unknown_version(at: Span, schema: &str, version: &str, known: &[&str]) -> Diagnostic {
    let (Some(oldest), Some(newest)) = (known.first(), known.last()) else {
        return Diagnostic::new(Code::UnknownVersion, format!("`{schema}` has no versions to choose from"), at, "leave this out");
    };
    Diagnostic::new(Code::UnknownVersion, format!("`{version}` is no version of `{schema}` that Spoor describes"), at, "unknown")
        .help(format!("it describes {}", listed(known)))
        .help(format!(
            "for a later one leave the key out, or name `{newest}`; for an earlier one name `{oldest}`, and mind what came before"
        ))
}

pub fn manifest_unknown_target(at: Span, name: &str, near: Option<&str>, targets: &[&str]) -> Diagnostic {
    let found = Diagnostic::new(Code::ManifestUnknownTarget, format!("`{name}` is no target"), at, "unknown");
    let found = found.help(format!("the targets are {}", listed(targets)));
    match near {
        Some(near) => found.maybe_fix(at, near),
        None => found,
    }
}

/// What `manifest_shape` wants where one of a few words belongs.
pub fn one_word(words: &[&str]) -> String {
    format!("one of {}", listed(words))
}

/// `key: word`, where the key takes one of a few words.
pub fn manifest_unknown_word(at: Span, key: &str, word: &str, near: Option<&str>, words: &[&str]) -> Diagnostic {
    let found = Diagnostic::new(Code::ManifestUnknownWord, format!("`{key}` is never `{word}`"), at, "unknown");
    let found = found.help(format!("it is one of {}", listed(words)));
    match near {
        Some(near) => found.maybe_fix(at, near),
        None => found,
    }
}

/// What belongs behind `lookback`, or behind a target below it.
pub const LOOKBACK: &str = "a number and one of `s`, `m`, `h`, `d`, as in `7d`, or a mapping from targets to that,";

/// What belongs below `deploy`.
pub const DEPLOY: &str = "a mapping from what is deployed to its value, `schedule: 30m`,";

/// What belongs below `sources`.
pub const SOURCES: &str = "a mapping from targets to what feeds them, `sentinel: [sysmon]`,";
pub const SOURCE_NAMES: &str = "the names of sources, or a mapping from them to the columns that tell their events,";
pub const SOURCE_ONCE: &str = "each source once,";

/// `by`: the columns by which a site tells the events of a source; none: its name is enough.
pub fn source_told_by(name: &str, by: &[&str]) -> String {
    match by {
        [] => format!("nothing but the name, `{name}`,"),
        [first, ..] => format!("what tells its events, `{name}: {{{first}: VALUE}}`,"),
    }
}

/// Why a class has no events in a target: the site states sources, and other ones have it.
pub fn of_no_stated_source(place: &str, having: &[&str]) -> String {
    format!("no source that `{place}` states has them; {} would", listed(having))
}

/// Why one event may be found several times.
pub fn several_makers(makers: &[&str]) -> String {
    format!("what happened may be written down by each of {}", listed(makers))
}

/// Two paths of one run that belong to different projects, each with its manifest.
pub fn several_projects(at: Span, one: (&str, &str), other: (&str, &str)) -> Diagnostic {
    let title = format!("`{}` and `{}` belong to two projects", one.0, other.0);
    Diagnostic::new(Code::SeveralProjects, title, at, format!("`{}` is another one than `{}`", other.1, one.1))
        .help("run the command once for each: what a rule means depends on the packs of its project")
}

/// `spoor.yml`
pub fn manifest_name(at: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::ManifestName, format!("`{name}` is not read"), at, "another name")
        .help("the manifest of a project is called `spoor.yaml`")
}
