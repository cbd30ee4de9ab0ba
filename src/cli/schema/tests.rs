//! The pages of small packs of their own as snapshots, so that they change with the printing only; and over the built-in packs: every
//! name shows something, nothing is wider than asked.

use std::collections::BTreeSet;

use super::find::{self, Page};
use super::view::View;
use super::{Answer, answer, show};
use crate::cli::out::Paint;
use crate::schema::{Packs, Target, builtin, load};

const SMALL: &str = include_str!("../../../tests/cli/vocabulary.yaml");

fn small() -> &'static Packs {
    Box::leak(Box::new(load(&Packs::EMPTY, &[("vocabulary.yaml", SMALL)]).unwrap_or_else(|errors| panic!("{errors:?}"))))
}

fn all(packs: &'static Packs) -> View<'static> {
    View::new(packs, &[], &[]).unwrap_or_else(|reason| panic!("{reason}"))
}

fn words(asked: &str) -> Vec<String> {
    asked.split_whitespace().map(str::to_owned).collect()
}

/// As a terminal of this width shows it, or why there is nothing.
fn text(asked: &str, view: &View<'static>, width: usize) -> String {
    let (pages, unknown) = answer(&words(asked), view);
    let mut text = show::show(&pages, Paint(false), width);
    unknown.iter().for_each(|name| text.push_str(&format!("error: {}\n", find::unknown(name, view))));
    text
}

fn json(asked: &str, view: &View<'static>) -> String {
    let asked = words(asked);
    let (found, _) = answer(&asked, view);
    serde_json::to_string_pretty(&Answer { asked: &asked, found: &found }).unwrap()
}

fn snapshot(name: &str, body: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/vocabulary"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, body));
}

const ASKED: &[&str] = &[
    "",
    "door",
    "door colour",
    "door.gate",
    "name",
    "doors",
    "cim",
    "Doors.All_Doors",
    "DoorEvents",
    "Sensor:7",
    "8",
    "Sensor",
    "All_Doors.paint",
    "who",
    "open",
    "opened",
    "green",
    "colour_kind",
    "door_event",
    "OldDoors",
    "Whom",
    "DoorEvents.ajar",
    "alarm",
    "dor",
    "door colur",
    "nothing_like_it",
    "T9999",
];

#[test]
fn pages_of_small_packs() {
    let view = all(small());
    for width in [80, 120] {
        let pages: Vec<String> = ASKED.iter().map(|asked| format!("$ spoor schema {asked}\n{}", text(asked, &view, width))).collect();
        snapshot(&format!("pages-{width}"), &pages.join("\n"));
    }
}

#[test]
fn json_of_small_packs() {
    let view = all(small());
    for asked in ["", "door", "door.colour", "cim", "DoorEvents", "who", "open", "colour_kind", "door_event", "OldDoors"] {
        let name = if asked.is_empty() { "overview" } else { asked };
        snapshot(&format!("json-{name}"), &json(asked, &view));
    }
}

#[test]
fn a_target_or_schema_restricts_what_is_shown() {
    let packs = small();
    let one = View::new(packs, &[Target::Splunk], &[]).ok().unwrap();
    assert_eq!(one.sources.iter().map(|source| source.name()).collect::<Vec<_>>(), ["cim"]);
    let two = View::new(packs, &[Target::Splunk], &["doors".to_owned()]).ok().unwrap();
    assert_eq!(two.sources.iter().map(|source| source.name()).collect::<Vec<_>>(), ["cim", "doors"]);
    let page = text("door.colour", &one, 120);
    assert!(page.contains("paint") && !page.contains("DoorEvents"), "{page}");
    let wrong = View::new(packs, &[], &["dors".to_owned()]).err();
    assert_eq!(wrong.as_deref(), Some("there is no schema `dors`; did you mean `doors`?"));
}

/// What a name finds, in a word each.
fn kinds(pages: &[Page<'_>]) -> Vec<&'static str> {
    let kind = |page: &Page<'_>| match page {
        Page::Overview(_) => "overview",
        Page::Class(_) => "class",
        Page::Field(_) => "field",
        Page::Schema(_) => "schema",
        Page::Table(_) => "table",
        Page::Column(_) => "column",
        Page::Enumeration(_) => "enumeration",
        Page::Value(_) => "value",
        Page::Foreign(_) => "foreign",
        Page::Renamed(_) => "renamed",
        Page::Technique(_) => "technique",
        Page::Tactic(_) => "tactic",
    };
    pages.iter().map(kind).collect()
}

/// Classes, fields, tables: each by its name shows a page that names it, as wide as asked at most.
#[test]
fn every_class_field_and_table_can_be_asked_for() {
    let packs = builtin();
    let view = all(packs);
    let mut asked: Vec<(String, &str)> = Vec::new();
    for class in packs.model.classes.iter() {
        asked.push((class.name.to_string(), "class"));
        asked.extend(class.fields.iter().map(|field| (format!("{}.{}", class.name, field.name), "field")));
    }
    for schema in packs.schemas.iter() {
        asked.push((schema.name.to_string(), "schema"));
        asked.extend(schema.tables.iter().map(|table| (format!("{}.{}", schema.name, table.name), "table")));
    }
    assert!(asked.len() > 1500, "only {}", asked.len());
    for (index, (name, kind)) in asked.iter().enumerate() {
        let (pages, unknown) = answer(std::slice::from_ref(name), &view);
        assert!(unknown.is_empty() && kinds(&pages).contains(kind), "{name}: {:?}", kinds(&pages));
        let width = [80, 120, 200][index % 3];
        let text = show::show(&pages, Paint(false), width);
        let last = name.rsplit_once(['.', ':']).map_or(name.as_str(), |(_, last)| last);
        assert!(text.to_lowercase().contains(&last.to_lowercase()), "{name}\n{text}");
        let wide = text.lines().find(|line| line.chars().count() > width);
        assert_eq!(wide, None, "{name} at {width}");
    }
}

#[test]
fn every_column_can_be_asked_for() {
    let view = all(builtin());
    let columns = || view.sources.iter().flat_map(|source| source.schema.tables.iter()).flat_map(|table| table.columns.iter());
    let names: BTreeSet<&str> = columns().map(|column| column.name.as_ref()).collect();
    assert!(names.len() > 5000, "only {}", names.len());
    for (index, name) in names.iter().enumerate() {
        assert!(!find::columns(name, &view).is_empty(), "{name}");
        // A page of each would take minutes in a debug build.
        if index % 40 == 0 {
            let pages = find::pages(&format!("cim.{name}"), &view).into_iter().chain(find::pages(name, &view)).collect::<Vec<_>>();
            let text = show::show(&pages, Paint(false), 100);
            assert!(text.contains(name) || kinds(&pages).contains(&"class"), "{name}\n{text}");
            assert_eq!(text.lines().find(|line| line.chars().count() > 100), None, "{name}");
        }
    }
}

/// What people bring from elsewhere.
#[test]
fn names_from_elsewhere_say_what_they_are() {
    let view = all(builtin());
    for (asked, kind, says) in [
        ("DeviceFileEvents", "table", "file"),
        ("Filesystem", "table", "file.path"),
        ("Filesystem.file_name", "column", "file.name"),
        ("Endpoint.Filesystem", "table", "action = created"),
        ("Endpoint", "schema", "Endpoint.Processes"),
        ("TargetFilename", "column", "file.path"),
        ("SourceIp", "column", "network.src.ip"),
        ("FileCreated", "value", "file: created"),
        ("registry_set", "foreign", "registry"),
        ("T1059.001", "technique", "PowerShell"),
        ("ta0002", "tactic", "Execution"),
        ("4688", "table", "Security:4688"),
        ("Security:4688", "table", "process.command_line"),
        ("Security 4688", "table", "process.command_line"),
        ("sysmon 1", "table", "process.command_line"),
        ("file name", "field", "file_name"),
        ("DEVICEFILEEVENTS", "table", "file.path"),
        ("ProcessCreationEvents", "renamed", "now DeviceProcessEvents"),
        ("AADSignInEventsBeta", "renamed", "now EntraIdSignInEvents"),
        ("MachineId", "renamed", "now DeviceId"),
        ("UsbDriveMount", "renamed", "now UsbDriveMounted"),
        ("remote_interactive", "value", "logon.type"),
        ("created", "value", "an action of file"),
        ("integrity", "enumeration", "medium_high"),
        ("splunk-raw", "schema", "sysmon"),
        ("EventCode", "column", "EventID"),
        ("Microsoft-Windows-PowerShell/Operational", "schema", "PowerShell:4104"),
    ] {
        let (pages, unknown) = answer(&words(asked), &view);
        assert!(unknown.is_empty() && kinds(&pages).contains(&kind), "{asked}: {:?} {unknown:?}", kinds(&pages));
        let text = show::show(&pages, Paint(false), 120);
        assert!(text.contains(says), "{asked}: no `{says}` in\n{text}");
    }
    let (pages, _) = answer(&words("sysmon 1"), &view);
    assert_eq!(kinds(&pages), ["table"]);
}
