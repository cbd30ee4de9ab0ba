//! The packs: against the facts they carry, against themselves, and with a user's on top.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;
use spoor::schema::{Actions, NativeType, Packs, Str, Table, builtin, load};
use spoor::yaml;

mod own;
#[path = "../common/shared.rs"]
mod shared;

// ---------- the facts ----------

fn facts(name: &str) -> Option<String> {
    shared::shared(name).map(|path| std::fs::read_to_string(path).expect("the facts are text"))
}

fn native(ty: &str) -> NativeType {
    match ty {
        "string" => NativeType::Text,
        "int" => NativeType::Int,
        "long" => NativeType::Long,
        "real" | "number" => NativeType::Real,
        "bool" | "boolean" => NativeType::Bool,
        "datetime" | "timestamp" => NativeType::Time,
        "guid" => NativeType::Guid,
        "dynamic" => NativeType::Dynamic,
        "timespan" => NativeType::Timespan,
        other => panic!("the facts have a type {other}"),
    }
}

fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(key, value)| (key.as_str(), value))
}

fn names(values: &Value) -> BTreeSet<&str> {
    values.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn cim_is_whole() {
    let Some(text) = facts("schemas/cim.json") else { return };
    let json: Value = serde_json::from_str(&text).unwrap();
    let cim = builtin().schema("cim").unwrap();
    let (mut tables, mut columns) = (0, 0);
    for (model, facts) in entries(&json["models"]) {
        for (dataset, facts_of) in entries(&facts["datasets"]) {
            let table = cim.table(facts_of["tstats_from"].as_str().unwrap()).unwrap();
            assert_eq!(table.name, format!("{model}.{dataset}"));
            assert_eq!(table.lineage, facts_of["lineage"].as_str().unwrap());
            tables += 1;
            // From the dataset up to its root; the prefix is that of the owner nearest to the root.
            let mut known: BTreeSet<&str> =
                entries(&json["meta"]["base_fields"]).map(|(name, _)| name).filter(|name| *name != "_raw").collect();
            let mut owner = Some(dataset);
            while let Some(name) = owner {
                let of = &facts["datasets"][name];
                for (field, fact) in entries(&of["fields"]) {
                    let column = table.column(field).unwrap_or_else(|| panic!("{} {field}", table.name));
                    if known.insert(field) {
                        assert_eq!(column.ty, native(fact["t"].as_str().unwrap()), "{} {field}", table.name);
                        assert_eq!(column.multi, fact["mv"] == 1, "{} {field}", table.name);
                    }
                    let is_highest = of["parent"].is_null();
                    if is_highest && !column.owner.is_empty() {
                        assert_eq!(column.owner, of["lineage"].as_str().unwrap(), "{} {field}", table.name);
                    }
                    let expected: BTreeSet<&str> = names(&fact["ev"]).into_iter().filter(|value| *value != "etc.").collect();
                    let documented: BTreeSet<&str> = column.values.iter().map(|value| value.as_ref()).collect();
                    assert!(documented.is_superset(&expected), "{} {field}", table.name);
                    columns += 1;
                }
                owner = of["parent"].as_str();
            }
            let ours: BTreeSet<&str> = table.columns.iter().map(|column| column.name.as_ref()).collect();
            assert_eq!(ours, known, "{}", table.name);
        }
    }
    assert_eq!(tables, cim.tables.len());
    println!("cim: {tables} datasets, {columns} columns compared");
}

/// What only the newer model files have either says since when, or came between 4.14 and 6.1, where no list of changes is at hand.
#[test]
fn what_came_later_in_cim_says_since_when() {
    let Some(text) = facts("schemas/cim.json") else { return };
    let json: Value = serde_json::from_str(&text).unwrap();
    let cim = builtin().schema("cim").unwrap();
    let (mut marked, mut between) = (0, BTreeSet::new());
    for (model, facts) in entries(&json["models"]) {
        for (dataset, of) in entries(&facts["datasets"]) {
            let table = cim.table(&format!("{model}.{dataset}")).unwrap();
            for (field, fact) in entries(&of["fields"]) {
                let since = table.column(field).unwrap().since.as_deref();
                let in_both = fact["s"].as_str().unwrap().contains('4');
                assert!(!in_both || since.is_none(), "{} {field}: CIM 4.14 has it", table.name);
                match since {
                    Some(since) => {
                        assert!(["6.2", "6.3", "6.4", "8.5"].contains(&since), "{} {field}: {since}", table.name);
                        marked += 1;
                    }
                    None if fact["s"] == "8" && table.since.is_none() => {
                        between.insert(format!("{model}.{field}"));
                    }
                    None => {}
                }
            }
        }
    }
    println!("cim: {marked} columns say since when; {} came before 6.1, in a version that is not known: {between:?}", between.len());
    assert_eq!((marked, between.len()), (43, 54));
    assert_eq!(cim.table("Data_Access.Data_Access").unwrap().since.as_deref(), Some("4.20"));
}

#[test]
fn a_column_of_cim_stands_behind_the_dataset_that_owns_it() {
    let cim = builtin().schema("cim").unwrap();
    let table = cim.table("Change.Account_Management").unwrap();
    let prefixed = |column: &str| table.column(column).map(|column| format!("{}.{}", column.owner, column.name)).unwrap();
    assert_eq!(prefixed("user"), "All_Changes.user");
    assert_eq!(prefixed("src_user"), "All_Changes.Account_Management.src_user");
    assert_eq!(prefixed("_time"), "._time");
}

#[test]
fn defender_is_whole() {
    let Some(text) = facts("schemas/defender.json") else { return };
    let json: Value = serde_json::from_str(&text).unwrap();
    let defender = builtin().schema("defender").unwrap();
    let (mut tables, mut columns, mut values) = (0, 0, 0);
    for (name, facts) in entries(&json["tables"]) {
        let table = defender.table(name).unwrap();
        let ours: Vec<(&str, NativeType)> = table.columns.iter().map(|column| (column.name.as_ref(), column.ty)).collect();
        let theirs: Vec<(&str, NativeType)> = entries(&facts["columns"]).map(|(name, ty)| (name, native(ty.as_str().unwrap()))).collect();
        let sorted = |mut columns: Vec<(String, String)>| {
            columns.sort();
            columns
        };
        let plain = |columns: &[(&str, NativeType)]| columns.iter().map(|(name, ty)| (name.to_string(), format!("{ty:?}"))).collect();
        assert_eq!(sorted(plain(&ours)), sorted(plain(&theirs)), "{name}");
        if let Some(actions) = facts.get("action_types") {
            let column = table.column("ActionType").unwrap();
            let known: BTreeSet<&str> = entries(&actions["values"]).map(|(value, _)| value).collect();
            assert_eq!(column.values.iter().map(|value| value.as_ref()).collect::<BTreeSet<_>>(), known, "{name}");
            assert_eq!(column.closed, actions["closed"] == true, "{name}");
            values += known.len();
        }
        for (column, fact) in entries(&facts["values"]) {
            let documented = &fact["v"];
            let known = if documented.is_array() { names(documented) } else { entries(documented).map(|(value, _)| value).collect() };
            let ours: BTreeSet<&str> = table.column(column).unwrap().values.iter().map(|value| value.as_ref()).collect();
            assert_eq!(ours, known, "{name}.{column}");
        }
        tables += 1;
        columns += ours.len();
    }
    assert_eq!(tables, defender.tables.len());
    for (old, new) in entries(&json["renamed"]["tables"]) {
        for new in names(new) {
            assert!(defender.renamed_tables.contains(&(old.to_owned().into(), new.to_owned().into())), "{old} {new}");
        }
    }
    let pairs = |name: &str| -> BTreeSet<(String, String, String)> {
        let of = |(table, names): (&str, &Value)| -> Vec<_> {
            let first = |new: &Value| new.as_str().unwrap().split(' ').next().unwrap().to_owned();
            entries(names).map(|(old, new)| (table.to_owned(), old.to_owned(), first(new))).collect()
        };
        entries(&json["renamed"][name]).flat_map(of).collect()
    };
    let ours = |list: &[(Str, Str, Str)]| -> BTreeSet<(String, String, String)> {
        list.iter().map(|(table, old, new)| (table.to_string(), old.to_string(), new.to_string())).collect()
    };
    assert_eq!(ours(&defender.renamed_values), pairs("action_types"));
    // And those that stand with their table.
    let mut renamed = pairs("columns");
    for (table, facts) in entries(&json["tables"]) {
        let of_table =
            entries(&facts["old_columns"]).map(|(old, new)| (table.to_owned(), old.to_owned(), new.as_str().unwrap().to_owned()));
        renamed.extend(of_table);
    }
    assert_eq!(ours(&defender.renamed_columns), renamed);
    let new_tables: usize = entries(&json["renamed"]["tables"]).map(|(_, new)| names(new).len()).sum();
    assert_eq!(defender.renamed_tables.len(), new_tables, "nothing beside them");
    println!("defender: {tables} tables, {columns} columns, {values} action types, {} renamed columns compared", renamed.len());
}

/// Name and type of each column, sorted.
fn typed(columns: impl IntoIterator<Item = (String, NativeType)>) -> Vec<(String, &'static str)> {
    let mut columns: Vec<_> = columns.into_iter().map(|(name, ty)| (name, ty.name())).collect();
    columns.sort();
    columns
}

fn columns_of(table: &Table) -> Vec<(String, &'static str)> {
    typed(table.columns.iter().map(|column| (column.name.to_string(), column.ty)))
}

#[test]
fn sentinel_is_whole() {
    let Some(text) = facts("schemas/sentinel.json") else { return };
    let json: Value = serde_json::from_str(&text).unwrap();
    let sentinel = builtin().schema("sentinel").unwrap();
    let (mut parsers, mut tables, mut columns, mut values) = (0, 0, 0, 0);
    for (schema, facts) in entries(&json["asim"]) {
        for parser in names(&facts["parsers"]).into_iter().filter(|parser| parser.starts_with("_Im_")) {
            let table = sentinel.table(parser).unwrap_or_else(|| panic!("{parser}"));
            let theirs = typed(entries(&facts["columns"]).map(|(name, fact)| (name.to_owned(), native(fact["t"].as_str().unwrap()))));
            assert_eq!(columns_of(table), theirs, "{parser}");
            for (column, fact) in entries(&facts["columns"]) {
                let ours: BTreeSet<&str> = table.column(column).unwrap().values.iter().map(|value| value.as_ref()).collect();
                assert_eq!(ours, names(&fact["ev"]), "{parser}.{column}");
                values += ours.len();
            }
            assert_eq!(table.kind.as_ref().map(|(column, value)| (column.as_ref(), value.as_ref())), Some(("EventSchema", schema)));
            assert!(
                table.column(&sentinel.time).is_some() && table.column(&sentinel.host).is_some() && table.column(&sentinel.tell).is_some()
            );
            parsers += 1;
            columns += theirs.len();
        }
    }
    // Beside those that matter to security, a table in which a class stands.
    let is_kept = |name: &str, facts: &Value| facts["sec"] == 1 || name == "UrlClickEvents";
    for (name, facts) in entries(&json["tables"]).filter(|(name, facts)| is_kept(name, facts)) {
        let table = sentinel.table(name).unwrap_or_else(|| panic!("{name}"));
        let theirs = typed(entries(&facts["c"]).map(|(name, ty)| (name.to_owned(), native(ty.as_str().unwrap()))));
        assert_eq!(columns_of(table), theirs, "{name}");
        assert_eq!(table.kind, None, "{name}");
        tables += 1;
        columns += theirs.len();
    }
    assert_eq!(parsers + tables, sentinel.tables.len(), "nothing beside them");
    println!("sentinel: {parsers} parsers, {tables} tables, {columns} columns, {values} values compared");
}

/// What the model says over documents is in the tables of the categories that it names.
#[test]
fn ecs_has_what_the_model_names() {
    let Some(text) = facts("language/model.yaml") else { return };
    let model = yaml::parse(&text).unwrap().remove(0);
    let ecs = builtin().schema("ecs").unwrap();
    let types: BTreeSet<&str> =
        ecs.columns.iter().find(|column| column.name == "event.type").unwrap().values.iter().map(|value| value.as_ref()).collect();
    let (mut columns, mut predicates) = (0, 0);
    for (class, of) in model.get("classes").unwrap().map().unwrap() {
        let class = class.text().unwrap();
        let Some(place) = of.get("in").and_then(|places| places.get("ecs")) else { continue };
        // Of any category: an event that a Windows integration wrote.
        let tables: Vec<&Table> = match place.get("category").and_then(|category| category.text()) {
            Some(category) => vec![ecs.table(category).unwrap_or_else(|| panic!("{category}"))],
            None => ecs.tables.iter().collect(),
        };
        for (_, value) in place.get("type").and_then(|types| types.map()).unwrap_or_default() {
            assert!(types.contains(value.text().unwrap()), "{class} {value:?}");
            predicates += 1;
        }
        let used = of.get("use").and_then(|used| used.map()).unwrap_or_default().iter().filter(|(_, schemas)| {
            schemas.text() == Some("all") || schemas.list().is_some_and(|schemas| schemas.iter().any(|schema| schema.text() == Some("ecs")))
        });
        let used = used.filter_map(|(group, _)| model.get("groups").unwrap().get(group.text().unwrap()));
        for (field, fact) in used.chain(of.get("fields")).flat_map(|fields| fields.map().unwrap()) {
            let Some(text) = fact.get("ecs").and_then(|expr| expr.text()) else { continue };
            // A name with dots, or `@timestamp`, is a column; a word is a transform or its parameter.
            let names = text
                .split(|c: char| !(c.is_ascii_alphanumeric() || "_.@".contains(c)))
                .map(|name| name.trim_end_matches('.'))
                .filter(|name| name.contains(['.', '@']));
            for name in names {
                assert!(tables.iter().all(|table| table.column(name).is_some()), "{class} {field:?}: {name}");
                columns += 1;
            }
        }
    }
    assert!(columns > 100 && predicates > 10, "{columns} {predicates}");
    println!("ecs: {} tables, {columns} uses of columns and {predicates} types of the model compared", ecs.tables.len());
}

#[test]
fn sysmon_is_whole() {
    let Some(text) = facts("schemas/sigma_taxonomy.json") else { return };
    let json: Value = serde_json::from_str(&text).unwrap();
    let sysmon = builtin().schema("sysmon").unwrap();
    let system: BTreeSet<&str> = sysmon.columns.iter().map(|column| column.name.as_ref()).collect();
    let mut columns = 0;
    for (event, fields) in entries(&json["sysmon_events"]) {
        let table = sysmon.table(event).unwrap();
        assert_eq!(table.event_id.map(|id| id.to_string()).as_deref(), Some(event));
        assert_eq!(table.channels.first().map(|own| own.name.as_ref()), Some("Microsoft-Windows-Sysmon/Operational"));
        let ours: BTreeSet<&str> = table.columns.iter().map(|column| column.name.as_ref()).filter(|name| !system.contains(name)).collect();
        assert_eq!(ours, names(fields), "{event}");
        columns += ours.len();
    }
    assert_eq!(sysmon.tables.len(), entries(&json["sysmon_events"]).count());
    println!("sysmon: {} events, {columns} columns compared", sysmon.tables.len());
}

/// Why a field that a rule names is in no event of its log here.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Verdict {
    /// The author's error: no event of that log has it under this name.
    Error,
    /// Another log than Sigma's table of channels says.
    Elsewhere,
    /// What a collector writes or adds, not the event's own data: a rendered message, the parent of a process that acted.
    Collector,
}

/// (log source, field, verdict)
const UNKNOWN: &[(&str, &str, Verdict)] = &[
    ("/windows/application", "Message", Verdict::Collector),
    ("/windows/security", "ComputerName", Verdict::Collector),
    ("/windows/security", "SubjectAccountName", Verdict::Error),
    ("/windows/security", "param1", Verdict::Elsewhere),
    ("/windows/system", "ProcessId", Verdict::Collector),
    ("create_remote_thread/windows/", "SourceCommandLine", Verdict::Collector),
    ("create_remote_thread/windows/", "SourceParentImage", Verdict::Collector),
    ("create_remote_thread/windows/", "TargetParentProcessId", Verdict::Collector),
    ("file_event/windows/", "CommandLine", Verdict::Collector),
    ("file_event/windows/", "IntegrityLevel", Verdict::Collector),
    ("file_event/windows/", "ParentCommandLine", Verdict::Collector),
    ("file_event/windows/", "ParentImage", Verdict::Collector),
    ("image_load/windows/", "CommandLine", Verdict::Collector),
    ("network_connection/windows/", "CommandLine", Verdict::Collector),
    ("network_connection/windows/", "ParentImage", Verdict::Collector),
    ("process_access/windows/", "SourceCommandLine", Verdict::Collector),
    ("process_creation/windows/", "GrandParentImage", Verdict::Collector),
];

/// Log sources that the packs leave out: logs of applications with data of their own, and what only a kernel trace sees
/// (`file_access`, `file_rename`).
const LEFT_OUT: &[&str] = &[
    "/windows/",
    "/windows/applocker",
    "/windows/capi2",
    "/windows/certificateservicesclient-lifecycle-system",
    "/windows/dns-server",
    "/windows/driver-framework",
    "/windows/ldap",
    "/windows/microsoft-servicebus-client",
    "/windows/msexchange-management",
    "/windows/printservice-admin",
    "/windows/printservice-operational",
    "/windows/security-mitigations",
    "/windows/shell-core",
    "/windows/smbserver-connectivity",
    "file_access/windows/",
    "file_rename/windows/",
];

/// Every field that Sigma's rules use of a Windows log is in some event of that log here, or has a verdict.
#[test]
fn what_rules_use_of_windows_is_known() {
    let Some(text) = facts("schemas/sigma_taxonomy.json") else { return };
    let json: Value = serde_json::from_str(&text).unwrap();
    let schemas = [builtin().schema("windows").unwrap(), builtin().schema("sysmon").unwrap()];
    // Collectors write `Process Name` as `ProcessName` or `Process_Name`, and `Provider` as `Provider_Name`.
    let bare = |name: &str| name.replace([' ', '_'], "").to_lowercase();
    let (mut sources, mut uses, mut known_uses) = (0, 0, 0);
    let mut unknown: Vec<(String, String, u64)> = Vec::new();
    let mut left_out: BTreeSet<&str> = BTreeSet::new();
    for (source, facts) in entries(&json["logsources"]).filter(|(_, facts)| facts["product"] == "windows") {
        let mut channels = names(&facts["channels"]);
        if source == "/windows/smbclient-connectivity" {
            channels.insert("Microsoft-Windows-SmbClient/Connectivity"); // Sigma's table of channels lacks it
        }
        let ids: BTreeSet<u64> = facts["event_ids"].as_array().into_iter().flatten().filter_map(Value::as_u64).collect();
        let tables = schemas.iter().flat_map(|schema| schema.tables.iter()).filter(|table| {
            let here = table.channels.iter().any(|channel| channels.contains(channel.name.as_ref()));
            here && (ids.is_empty() || table.event_id.is_some_and(|id| ids.contains(&u64::from(id))))
        });
        let known: BTreeSet<String> = tables.flat_map(|table| table.columns.iter()).map(|column| bare(&column.name)).collect();
        let fields: Vec<(&str, u64)> = entries(&facts["fields"])
            .map(|(field, count)| (field, count.as_u64().unwrap()))
            .filter(|(field, _)| *field != "(keyword)")
            .collect();
        if fields.is_empty() {
            continue;
        }
        if known.is_empty() {
            left_out.insert(source);
            continue;
        }
        sources += 1;
        for (field, count) in fields {
            uses += count;
            match known.contains(&bare(field.strip_suffix("_Name").unwrap_or(field))) || known.contains(&bare(field)) {
                true => known_uses += count,
                false => unknown.push((source.to_owned(), field.to_owned(), count)),
            }
        }
    }
    println!("windows: {sources} log sources, {known_uses} of {uses} uses of fields known; left out: {left_out:?}");
    for (source, field, count) in &unknown {
        let verdict = UNKNOWN.iter().find(|(known, name, _)| known == source && name == field).map(|(.., verdict)| verdict);
        println!("  {source} {field} ({count}): {verdict:?}");
    }
    let found: BTreeSet<(&str, &str)> = unknown.iter().map(|(source, field, _)| (source.as_str(), field.as_str())).collect();
    let listed: BTreeSet<(&str, &str)> = UNKNOWN.iter().map(|(source, field, _)| (*source, *field)).collect();
    assert_eq!(found, listed, "each has a verdict, and no verdict is left over");
    assert_eq!(left_out, LEFT_OUT.iter().copied().collect::<BTreeSet<_>>());
}

#[test]
fn the_model_says_what_its_source_says() {
    let Some(text) = facts("language/model.yaml") else { return };
    let source = yaml::parse(&text).unwrap().remove(0);
    let packs = builtin();
    let mut fields = 0;
    for name in ["process", "file"] {
        let class = packs.class(packs.model.class(name).unwrap());
        let of = source.get("classes").unwrap().get(name).unwrap();
        let words =
            |key: &str| of.get(key).and_then(|list| list.list()).unwrap_or_default().iter().filter_map(|word| word.text()).collect();
        let actions: Vec<&str> = words("actions");
        assert_eq!(class.actions, actions, "{name}");
        let show: Vec<&str> = words("show");
        assert_eq!(class.show.iter().map(|id| class.get(*id).name.as_ref()).collect::<Vec<_>>(), show, "{name}");
        let default: Vec<&str> = words("default");
        let default = default.iter().map(|action| Actions::one(class.action(action).unwrap())).reduce(Actions::or);
        assert_eq!(class.default, default.unwrap_or(class.every_action()), "{name}");

        let used = of.get("use").and_then(|used| used.map()).unwrap_or_default().iter().filter_map(|(group, _)| group.text());
        let groups = std::iter::once("event").chain(used).map(|group| source.get("groups").unwrap().get(group).unwrap());
        for source in groups.chain(of.get("fields")) {
            for (field, fact) in source.map().unwrap() {
                let field = class.get(class.field(field.text().unwrap()).unwrap_or_else(|| panic!("{name} has no {field:?}")));
                let ty = format!("{:?}", field.ty).to_lowercase();
                let wanted = fact.get("type").unwrap().text().unwrap().replace('_', "");
                assert_eq!(ty, wanted, "{name} {}", field.name);
                let values = field.values.map(|id| packs.model.enumeration(id).name.to_string());
                assert_eq!(values.as_deref(), fact.get("enum").and_then(|name| name.text()), "{name} {}", field.name);
                assert_eq!(field.computed, fact.get("computed").is_some(), "{name} {}", field.name);
                fields += 1;
            }
        }
    }
    println!("model: {fields} fields compared");
}

/// Every name in the data of real events is a column of their table.
#[test]
fn real_events_have_no_other_names() {
    let Some(folder) = shared::shared("corpus/regression") else { return };
    let schemas = [builtin().schema("windows").unwrap(), builtin().schema("sysmon").unwrap()];
    let (mut folders, mut events, mut names_seen) = (vec![folder], BTreeSet::new(), 0);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "json") {
                let text = std::fs::read_to_string(&path).unwrap();
                for event in serde_json::Deserializer::from_str(&text).into_iter::<Value>() {
                    let event = event.unwrap();
                    let (system, data) = (&event["Event"]["System"], &event["Event"]["EventData"]);
                    let id = system["EventID"].as_u64().or_else(|| system["EventID"]["#text"].as_u64());
                    let (Some(channel), Some(id)) = (system["Channel"].as_str(), id) else { continue };
                    let mut tables = schemas.iter().flat_map(|schema| schema.tables.iter());
                    let table = tables.find(|table| table.event_id.map(u64::from) == Some(id) && table.is_in(channel));
                    let Some(table) = table else { continue };
                    for (name, _) in entries(data) {
                        // The manifest of Defender has places that nothing is written to.
                        let is_empty = name.starts_with("Unused");
                        assert!(is_empty || table.column(name).is_some(), "{channel} {id} {name}: {}", path.display());
                        names_seen += 1;
                    }
                    events.insert((channel.to_owned(), id));
                }
            }
        }
    }
    assert!(events.len() > 10 && names_seen > 1000, "{} {names_seen}", events.len());
    println!("real events: {names_seen} names of {} kinds known", events.len());
}

// ---------- themselves ----------

#[test]
fn the_static_packs_are_those_of_the_files() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/schema/packs");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let texts: Vec<String> = paths.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let files: Vec<(&str, &str)> = texts.iter().map(|text| ("", text.as_str())).collect();
    assert!(load(&Packs::EMPTY, &files).unwrap() == *builtin());
}

#[test]
fn every_name_of_a_binding_exists() {
    let packs = builtin();
    for binding in packs.bindings.iter() {
        let (schema, class) = (packs.schema(&binding.schema).unwrap(), packs.class(binding.class));
        for container in binding.containers.iter() {
            let table = schema.table(&container.table).unwrap();
            assert!(!container.alternatives.is_empty());
            for alternative in container.alternatives.iter() {
                assert!(!alternative.actions.is_empty() && alternative.actions.is_within(class.every_action()));
                for test in alternative.when.iter().flat_map(|tests| tests.iter()) {
                    assert!(table.column(&test.column).is_some() && !test.values.is_empty(), "{} {}", table.name, test.column);
                }
            }
            assert!(container.fields.is_sorted_by_key(|bound| bound.field));
            for bound in container.fields.iter() {
                // A table may keep the line of a log.
                let field = class.get(bound.field);
                assert!(!field.computed || field.name == "raw");
                for column in bound.value.columns() {
                    assert!(table.column(column).is_some(), "{} {column}", table.name);
                }
            }
        }
        for (name, reason) in binding.unbound.iter() {
            let field = class.field(name);
            let bound = |container: &spoor::schema::Container| field.is_some_and(|field| container.field(field).is_some());
            assert!(!binding.containers.iter().any(bound), "{} says why {name} is unbound, and binds it", binding.schema);
            assert!(!reason.ends_with('.'), "{reason}");
        }
    }
}

#[test]
fn every_field_is_bound_somewhere() {
    let packs = builtin();
    for (index, class) in packs.model.classes.iter().enumerate() {
        for (at, field) in class.fields.iter().enumerate().filter(|(_, field)| !field.computed && field.same_as.is_none()) {
            // No machine stands for a click or a call of an interface in the cloud.
            if packs.model.common.iter().any(|common| common.name == field.name) {
                continue;
            }
            let id = spoor::schema::FieldId(at as u16);
            let mut of_class =
                packs.bindings.iter().filter(|binding| binding.class.0 as usize == index).flat_map(|binding| binding.containers.iter());
            // Or a pack says why nothing has it.
            let is_told = |container: &spoor::schema::Container| container.blind.iter().any(|blind| blind.fields.contains(&id));
            assert!(of_class.any(|container| container.field(id).is_some() || is_told(container)), "{} {}", class.name, field.name);
        }
    }
}

#[test]
fn what_counts_as_missing_follows_the_column_and_the_field() {
    let missing = |schema: &str, class: &str, table: &str, field: &str| {
        let packs = builtin();
        let id = packs.model.class(class).unwrap();
        let binding = packs.binding(schema, id).unwrap();
        let container = binding.containers.iter().find(|container| container.table == table).unwrap();
        container.field(packs.class(id).field(field).unwrap()).unwrap().missing.join("|")
    };
    assert_eq!(missing("cim", "process", "Endpoint.Processes", "name"), "|unknown");
    assert_eq!(missing("cim", "process", "Endpoint.Processes", "id"), "", "a number");
    assert_eq!(missing("sysmon", "process", "1", "guid"), "|-|?|{00000000-0000-0000-0000-000000000000}");
    assert_eq!(missing("windows", "process", "Security:4688", "user.sid"), "|-|%%1793|S-1-0-0");
    assert_eq!(missing("windows", "process", "Security:4688", "logon_id"), "|-|%%1793|0x0");
}

#[test]
fn a_value_of_several_actions_covers_them_all() {
    let packs = load(
        builtin(),
        &[("mine", "bindings: {cim: {classes: {file: {in: {Endpoint.Filesystem: {created: created, deleted: deleted, renamed: [modified, created]}}}}}}")],
    )
    .unwrap();
    let id = packs.model.class("file").unwrap();
    let class = packs.class(id);
    let container = &packs.binding("cim", id).unwrap().containers[0];
    let told: Vec<String> = container
        .alternatives
        .iter()
        .map(|alternative| {
            let actions: Vec<&str> = alternative.actions.iter().map(|action| class.actions[action].as_ref()).collect();
            format!("{} = {}", actions.join("+"), alternative.when[0][0].values.join("+"))
        })
        .collect();
    assert_eq!(told, ["created+renamed = created", "deleted = deleted", "renamed = modified"]);
}

// ---------- a user's ----------
