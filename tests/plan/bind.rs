//! What a test becomes over a product's columns, one line a fact.

use spoor::backend::Target;
use spoor::backend::bind::{self, Bound, Place};
use spoor::backend::describe::describe;
use spoor::hir::{Compare, FieldOp, Kind, LikePattern, Number, Op, Other, Pred, Scalar, TextOp};
use spoor::schema::Type;

use crate::build::*;

pub fn place(target: Target, schema: &'static str, of: &str, table: &str) -> Place<'static> {
    let schema = packs().schema(schema).expect("a schema");
    let binding = packs().binding(&schema.name, class_id(of)).expect("a binding");
    let container = binding.containers.iter().find(|container| container.table == table).expect("a container");
    let table = schema.table(&container.table);
    Place { target, packs: packs(), schema, binding, container, table, platforms: &[], kept: &[], span: span() }
}

fn cim(of: &str) -> Place<'static> {
    place(Target::Splunk, "cim", of, if of == "process" { "Endpoint.Processes" } else { "Endpoint.Filesystem" })
}

fn sysmon(of: &str, table: &str) -> Place<'static> {
    place(Target::SplunkRaw, "sysmon", of, table)
}

fn defender(of: &str) -> Place<'static> {
    place(Target::Defender, "defender", of, if of == "process" { "DeviceProcessEvents" } else { "DeviceFileEvents" })
}

fn windows(of: &str, table: &str) -> Place<'static> {
    place(Target::SplunkRaw, "windows", of, table)
}

fn bound(place: Place, pred: &Pred) -> Bound {
    bind::bind(pred, &place)
}

fn said(place: Place, of: &str, name: &str, op: Op) -> String {
    describe(&bound(place, &test(of, name, op)).pred)
}

#[test]
fn a_plain_column_stays_as_it_is() {
    assert_eq!(said(cim("process"), "process", "name", equals(&["a.exe", "b.exe"])), "process_name in ['a.exe', 'b.exe']");
    assert_eq!(said(defender("process"), "process", "command_line", contains(&["-enc"])), "ProcessCommandLine contains '-enc'");
}

#[test]
fn a_test_that_no_value_could_pass_is_guarded() {
    assert_eq!(
        said(cim("process"), "process", "name", contains(&["kno"])),
        "process_name contains 'kno' and not process_name == 'unknown'"
    );
    assert_eq!(said(cim("process"), "process", "name", contains(&["exe"])), "process_name contains 'exe'");
    assert_eq!(
        said(
            sysmon("process", "1"),
            "process",
            "company",
            Op::Like { any: vec![LikePattern::parse("?")], case: spoor::hir::Casing::Ignore }
        ),
        "Company like '?' and not Company in ['-', '?']"
    );
}

#[test]
fn exists_spells_out_what_means_no_value() {
    assert_eq!(said(cim("process"), "process", "name", Op::Exists), "process_name exists and not process_name == 'unknown'");
    assert_eq!(said(defender("process"), "process", "name", Op::Exists), "FileName exists");
    let any = Op::Like { any: vec![LikePattern::parse("*")], case: spoor::hir::Casing::Ignore };
    assert_eq!(said(defender("process"), "process", "name", any), "FileName exists");
}

#[test]
fn a_literal_that_means_no_value_is_reported() {
    let unknown = test("process", "name", equals(&["unknown", "a.exe"]));
    let plain = bound(cim("process"), &unknown);
    assert_eq!(describe(&plain.pred), "process_name in ['unknown', 'a.exe']");
    assert!(plain.departures.len() == 1 && plain.departures[0].more);
    let negated = bound(cim("process"), &unknown.not());
    assert!(negated.departures.len() == 1 && !negated.departures[0].more);
    assert!(bound(defender("process"), &test("process", "name", equals(&["unknown"]))).departures.is_empty());
}

#[test]
fn a_name_is_cut_out_of_a_path() {
    let image = |op| said(sysmon("process", "1"), "process", "name", op);
    assert_eq!(image(equals(&["a.exe"])), r"Image == 'a.exe' or Image ends_with ['\a.exe', '/a.exe']");
    assert_eq!(image(text(TextOp::EndsWith, &[".exe"])), "Image ends_with '.exe'");
    assert_eq!(image(contains(&["exe"])), "basename(Image) contains 'exe'");
    assert_eq!(image(contains(&[r"a\b"])), "nothing");
    assert_eq!(image(Op::Exists), r"Image exists and not Image in ['-', '?'] and not Image ends_with ['\', '/']");
}

#[test]
fn an_account_is_cut_out_of_its_domain() {
    let user = |op| said(cim("process"), "process", "user.name", op);
    assert_eq!(
        user(equals(&["root"])),
        r"user == 'root' or user ends_with '\root' or (user starts_with 'root@' and not user contains '\')"
    );
    assert_eq!(user(Op::Is(Kind::MachineAccount)), "user_name(user) ends_with '$'");
    assert_eq!(
        said(cim("process"), "process", "user.domain", equals(&["corp"])),
        r"(user starts_with 'corp\' and not user like 'corp\*\*') or (user ends_with '@corp' and not user contains '\' and not user like '*@*@*')"
    );
}

#[test]
fn a_hash_stands_in_a_list_or_alone() {
    let digits = "0123456789abcdef0123456789abcdef";
    assert_eq!(
        said(sysmon("process", "1"), "process", "md5", equals(&[digits])),
        format!("Hashes contains 'MD5={digits}' or Hashes == '{digits}'")
    );
    assert_eq!(said(defender("process"), "process", "md5", equals(&[digits])), format!("MD5 == '{digits}'"));
}

#[test]
fn a_hash_of_zeros_is_no_hash() {
    let exists = bound(sysmon("process", "1"), &test("process", "imphash", Op::Exists));
    assert!(exists.departures.is_empty());
    assert!(
        describe(&exists.pred).ends_with(
            "and not (Hashes contains 'IMPHASH=00000000000000000000000000000000' or Hashes == '00000000000000000000000000000000')"
        )
    );
    let zeros = bound(sysmon("process", "1"), &test("process", "imphash", equals(&["00000000000000000000000000000000"])));
    assert_eq!(zeros.departures.len(), 1);
}

#[test]
fn numbers_are_spelled_as_the_column_keeps_them() {
    assert_eq!(said(defender("process"), "process", "id", ints(&[4])), "ProcessId == 4");
    assert_eq!(said(windows("process", "Security:4688"), "process", "id", ints(&[4688, 4])), "NewProcessId in ['0x1250', '0x4']");
    assert_eq!(
        said(windows("process", "Security:4688"), "process", "id", Op::Compare(Compare::Less, Number::Int(10))),
        "hex(NewProcessId) < 10"
    );
    assert_eq!(said(cim("file"), "file", "actor.id", ints(&[4])), "process_id == '4'");
}

#[test]
fn identifiers_know_braces() {
    let guid = "c78fc4c5-0000-1111-2222-333333333333";
    assert_eq!(said(cim("process"), "process", "guid", equals(&[guid])), format!("process_guid in ['{guid}', '{{{guid}}}']"));
}

#[test]
fn enumerations_go_through_their_table() {
    let high = |values: &[&str]| Op::OneOf(values.iter().map(|value| Scalar::Enum((*value).to_owned())).collect());
    assert_eq!(
        said(windows("process", "Security:4688"), "process", "integrity", high(&["high", "system"])),
        "MandatoryLabel in ['S-1-16-12288', 'S-1-16-16384']"
    );
    assert_eq!(said(cim("process"), "process", "integrity", high(&["medium_high"])), "process_integrity_level == 'medium high'");
    assert_eq!(said(sysmon("process", "1"), "process", "integrity", high(&["high"])), "IntegrityLevel == 'high'");
    assert_eq!(packs().model.maps.iter().filter(|map| map.name == "integrity").count(), 1);
}

#[test]
fn the_second_of_two_columns_counts_where_the_first_has_none() {
    assert_eq!(
        said(windows("process", "Security:4688"), "process", "user.name", equals(&["root"])),
        "TargetUserName == 'root' or (not (TargetUserName exists and not TargetUserName in ['-', '%%1793']) and SubjectUserName == 'root')"
    );
}

#[test]
fn a_joined_text_is_cut_at_its_separator() {
    let path = |op| said(defender("file"), "file", "previous.path", op);
    assert_eq!(
        path(equals(&[r"C:\a\b.txt"])),
        concat!(
            r"(PreviousFolderPath == 'C:\a\b.txt' and not PreviousFileName exists)",
            r" or (PreviousFolderPath == 'C:' and PreviousFileName == 'a\b.txt') or (PreviousFolderPath == 'C:\a' and PreviousFileName == 'b.txt')"
        )
    );
    assert_eq!(
        path(text(TextOp::EndsWith, &["x.txt"])),
        concat!(
            "(PreviousFolderPath ends_with 'x.txt' and not PreviousFileName exists)",
            " or (PreviousFolderPath exists and PreviousFileName ends_with 'x.txt')"
        )
    );
}

#[test]
fn under_is_spelled_by_type() {
    let under = |any: &[&str]| text(TextOp::Under, any);
    assert_eq!(
        said(defender("process"), "process", "path", under(&["C:"])),
        r"FolderPath == 'C:' or FolderPath starts_with ['C:\', 'C:/']"
    );
    assert_eq!(said(defender("process"), "process", "path", under(&[r"C:\Users\"])), r"FolderPath matches /^C:[\\/]Users(?:[\\/]|$)/");
    assert_eq!(
        said(defender("process"), "process", "host", under(&["corp.local"])),
        "DeviceName in ['corp.local', 'corp.local.'] or DeviceName ends_with ['.corp.local', '.corp.local.']"
    );
}

#[test]
fn a_field_that_the_container_lacks_is_missing_there() {
    let lacks = test("file", "size", ints(&[5]));
    assert_eq!(describe(&bound(sysmon("file", "11"), &lacks).pred), "nothing");
    assert_eq!(describe(&bound(sysmon("file", "11"), &lacks.not()).pred), "everything");
}

#[test]
fn two_fields_compare_where_both_have_values() {
    let same = Op::Field {
        op: FieldOp::Text(TextOp::Equals),
        other: Other { step: None, field: field("process", "parent.name") },
        case: spoor::hir::Casing::Ignore,
    };
    assert_eq!(
        said(cim("process"), "process", "name", same.clone()),
        concat!(
            "process_name == parent_process_name and process_name exists and not process_name == 'unknown'",
            " and parent_process_name exists and not parent_process_name == 'unknown'"
        )
    );
    assert!(said(sysmon("process", "1"), "process", "name", same).starts_with("basename(Image) == basename(ParentImage) and "));
}

#[test]
fn the_class_is_known_and_the_raw_text_is_the_events() {
    let is_process = Op::OneOf(vec![Scalar::Enum("process".to_owned())]);
    assert_eq!(said(cim("process"), "process", "class", is_process), "everything");
    assert_eq!(said(sysmon("process", "1"), "process", "raw", contains(&["x"])), "_raw contains 'x'");
    assert_eq!(class("process").get(field("process", "host")).ty, Type::Host);
}
