//! The packs: against the facts they carry, against themselves, and with a user's on top.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;
use spoor::schema::{Actions, Expr, Fault, FormKind, NativeType, PackError, Packs, Seen, Str, Table, Transform, Type, builtin, load};
use spoor::yaml;

#[path = "common/shared.rs"]
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

#[test]
fn a_pack_adds_to_the_packs_and_overrides_them() {
    let mine = r#"
model:
  enums: {colour: [red, green]}
  maps: {colours: {"1": red, "2": green}}
  classes:
    door:
      doc: A door was opened or closed.
      actions: [opened, closed]
      default: [opened]
      show: [time, host, user.name, colour]
      aka: [door_event]
      fields:
        user.name: user
        colour: {type: enum, values: colour, aka: [hue]}
    process:
      fields:
        mood: text
schemas:
  doors:
    tell: kind
    time: at
    host: building
    missing: {text: [""]}
    tables:
      DoorEvents:
        columns: {at: datetime, building: string, kind: {type: string, values: [open, shut], closed: true}, who: string, paint: int}
  cim:
    tables:
      Endpoint.Processes:
        columns: {my_mood: string = calm, my_path: string}
bindings:
  doors:
    classes:
      door:
        in: {DoorEvents: {opened: open, closed: shut}}
        loss: {closed: {narrowed: doors that fall shut are not seen}}
        fields: {user.name: user_name(who), colour: "map(paint, colours)"}
  cim:
    classes:
      process:
        fields: {mood: my_mood, path: my_path, guid: ~}
"#;
    let packs = load(builtin(), &[("mine.yaml", mine)]).unwrap();

    let door = packs.model.class("door").unwrap();
    let class = packs.class(door);
    let fields: Vec<&str> = class.fields.iter().map(|field| field.name.as_ref()).collect();
    assert_eq!(fields, ["time", "class", "raw", "host", "action", "user.name", "colour"]);
    assert_eq!(class.default, Actions::one(0));
    let actions = class.get(class.field("action").unwrap()).values.unwrap();
    assert_eq!(packs.model.enumeration(actions).values.join(" "), "opened closed");
    let binding = packs.binding("doors", door).unwrap();
    let container = &binding.containers[0];
    assert_eq!(container.alternatives.len(), 2);
    assert!(container.alternatives[1].loss.is_some() && container.alternatives[0].loss.is_none());
    let bound = |name: &str| container.field(class.field(name).unwrap()).unwrap().value.clone();
    assert_eq!(bound("time"), Expr::Column("at".into()));
    assert_eq!(bound("host"), Expr::Column("building".into()));
    assert!(matches!(bound("colour"), Expr::Apply(Transform::Map(_), _)));

    let process = packs.model.class("process").unwrap();
    let class = packs.class(process);
    let container = &packs.binding("cim", process).unwrap().containers[0];
    let bound = |name: &str| container.field(class.field(name).unwrap()).map(|bound| bound.value.clone());
    assert_eq!(bound("mood"), Some(Expr::Column("my_mood".into())));
    assert_eq!(bound("path"), Some(Expr::Column("my_path".into())));
    assert_eq!(bound("name"), Some(Expr::Column("process_name".into())), "what is not named stays");
    assert_eq!(bound("guid"), None);
    let column = packs.schema("cim").unwrap().table("Endpoint.Processes").unwrap().column("my_mood").unwrap().clone();
    assert_eq!((column.owner.as_ref(), column.default.as_deref()), ("Processes", Some("calm")));

    // The built-in packs are as they were, and a field's number never changes.
    let before = builtin().class(builtin().model.class("process").unwrap());
    assert!(before.field("mood").is_none());
    assert!(before.fields.iter().zip(class.fields.iter()).all(|(old, new)| old.name == new.name));
    assert_eq!(class.get(class.field("mood").unwrap()).ty, Type::Text);
}

#[test]
fn a_table_of_ones_own_has_what_all_tables_of_its_schema_have() {
    let mine = "schemas: {windows: {tables: {'Security:4720': {columns: {TargetUserName: string}}}}, cim: {tables: {Change.Doors: {within: Change.All_Changes, columns: {door: string}}}}}";
    let packs = load(builtin(), &[("mine.yaml", mine)]).unwrap();
    let table = packs.schema("windows").unwrap().table("Security:4720").unwrap();
    assert_eq!((table.channels.first().map(|own| own.name.as_ref()), table.event_id), (Some("Security"), Some(4720)));
    assert!(["EventID", "TimeCreated", "Computer", "TargetUserName"].iter().all(|column| table.column(column).is_some()));
    let table = packs.schema("cim").unwrap().table("Change.Doors").unwrap();
    assert_eq!(table.column("door").unwrap().owner, "All_Changes.Doors");
    assert_eq!(table.column("user").unwrap().owner, "All_Changes");
    assert_eq!(table.column("_time").unwrap().owner, "");
}

#[test]
fn a_table_or_a_column_knows_its_first_version() {
    let mine = "
schemas:
  cim:
    tables:
      Endpoint.Processes:
        columns: {signer: string multi since 9.1 = unknown, country: {type: string, since: 9.2}, old: string = since 9.1}
      Endpoint.Drivers:
        since: 9
";
    let packs = load(builtin(), &[("mine.yaml", mine)]).unwrap();
    let cim = packs.schema("cim").unwrap();
    let column = |table: &str, column: &str| cim.table(table).unwrap().column(column).unwrap().clone();
    let signer = column("Endpoint.Processes", "signer");
    assert_eq!((signer.since.as_deref(), signer.default.as_deref(), signer.multi), (Some("9.1"), Some("unknown"), true));
    assert_eq!(column("Endpoint.Processes", "country").since.as_deref(), Some("9.2"));
    let old = column("Endpoint.Processes", "old");
    assert_eq!((old.since.as_deref(), old.default.as_deref()), (None, Some("since 9.1")));
    assert_eq!(cim.table("Endpoint.Drivers").unwrap().since.as_deref(), Some("9"));
    // What is built in.
    assert_eq!(column("Endpoint.Processes", "parent_user").since.as_deref(), Some("6.4"));
    assert_eq!(column("Endpoint.Filesystem", "process_name").since.as_deref(), Some("8.5"));
    assert_eq!(column("Endpoint.Processes", "process_name").since, None);

    let wrong =
        "schemas: {cim: {tables: {Endpoint.Processes: {since: soon, columns: {a: string since 8.x multi, b: {type: string, since: v8}}}}}}";
    let expected = [("soon", "Version"), ("8.x multi", "Version"), ("v8", "Version")];
    assert_eq!(mistakes(wrong), expected.map(|(at, what)| (at, what.to_owned())));
}

/// Whatever the model calls the last part of a path is bound wherever the path is, and of its columns where it has no entry.
#[test]
fn a_path_that_is_bound_has_its_last_part() {
    let mut paths = 0;
    for binding in builtin().bindings.iter() {
        for (name, path) in builtin().class(binding.class).last_parts() {
            for container in binding.containers.iter().filter(|container| container.field(path).is_some()) {
                assert!(container.field(name).is_some(), "{} {}: {name:?}", binding.schema, container.table);
                paths += 1;
            }
        }
    }
    assert!(paths > 20, "{paths}");

    let mine = "
model:
  classes:
    process: {fields: {script.path: path, script.name: {type: file_name, of: script.path}}}
bindings:
  defender: {classes: {process: {fields: {script.path: InitiatingProcessFolderPath}}}}
  sysmon: {classes: {process: {fields: {path: CurrentDirectory}}}}
  cim: {classes: {process: {fields: {path: process_current_directory}}}}
";
    let packs = load(builtin(), &[("mine.yaml", mine)]).unwrap();
    let id = packs.model.class("process").unwrap();
    let of = |schema: &str, table: &str, name: &str| {
        let container = packs.binding(schema, id).unwrap().containers.iter().find(|container| container.table == table).unwrap();
        container.field(packs.class(id).field(name).unwrap()).map(|bound| bound.value.clone())
    };
    let basename = |column: &'static str| Expr::Apply(Transform::Basename, vec![Expr::Column(column.into())].into());
    assert_eq!(of("defender", "DeviceProcessEvents", "script.name"), Some(basename("InitiatingProcessFolderPath")));
    assert_eq!(of("sysmon", "1", "script.name"), None);
    // A name that is made of the path goes with it; one that has a column of its own does not.
    assert_eq!(of("sysmon", "1", "name"), Some(basename("CurrentDirectory")));
    assert_eq!(of("cim", "Endpoint.Processes", "name"), Some(Expr::Column("process_name".into())));
}

/// Each mistake as the text it stands at and what is wrong.
fn mistakes(text: &str) -> Vec<(&str, String)> {
    let errors: Vec<PackError> = load(builtin(), &[("first.yaml", ""), ("mine.yaml", text)]).unwrap_err();
    errors
        .iter()
        .map(|error| {
            assert_eq!(error.file, 1);
            let fault = format!("{:?}", error.fault);
            (&text[error.span.clone()], fault.split(['(', ' ']).next().unwrap().to_owned())
        })
        .collect()
}

#[test]
fn a_binding_says_what_its_tables_cannot_see_and_what_they_lose() {
    let mine = r#"
schemas:
  cim: {tables: {Mine: {columns: {_time: datetime, name: string, who: string}}, Theirs: {columns: {_time: datetime, name: string, who: string}}}}
bindings:
  cim:
    classes:
      dns:
        in: {Mine: {"*": {}}, Theirs: {"*": {}}}
        blind: {Mine: {fields: [user], reason: nobody is seen}}
        forms: {type: {form: one_word, reason: why}, query: {form: begins http, reason: why}}
        loss: {Theirs: {widened: more, narrowed: less}, query: {narrowed: cut, seen: end}}
        fields: {query: name, type: name, user.name: who, user.domain: who}
"#;
    let packs = load(builtin(), &[("mine.yaml", mine)]).unwrap();
    let dns = packs.model.class("dns").unwrap();
    let field = |name: &str| packs.class(dns).field(name).unwrap();
    let binding = packs.binding("cim", dns).unwrap();
    let [mine, theirs] = ["Mine", "Theirs"].map(|name| binding.containers.iter().find(|container| container.table == name).unwrap());
    assert!(mine.field(field("user.name")).is_none() && theirs.field(field("user.name")).is_some());
    let [blind] = mine.blind.as_ref() else { panic!("{:?}", mine.blind) };
    assert!(blind.fields.contains(&field("user.domain")) && !blind.fields.contains(&field("query")) && theirs.blind.is_empty());
    let more = "bindings: {cim: {classes: {dns: {blind: {Mine: {fields: [query], reason: nothing is read}}}}}}";
    let more = load(&packs, &[("more.yaml", more)]).unwrap();
    let both = more.binding("cim", dns).unwrap().containers.iter().find(|container| container.table == "Mine").unwrap();
    let reasons: Vec<&str> = both.blind.iter().map(|blind| blind.reason.as_ref()).collect();
    assert_eq!(reasons, ["nobody is seen", "nothing is read"]);
    assert_eq!(mine.field(field("type")).unwrap().form.as_ref().unwrap().kind, FormKind::OneWord);
    assert_eq!(mine.field(field("query")).unwrap().form.as_ref().unwrap().kind, FormKind::Begins("http".into()));
    let loss = theirs.alternatives[0].loss.as_ref().unwrap();
    assert_eq!((loss.widened.as_deref(), loss.narrowed.as_deref(), loss.seen), (Some("more"), Some("less"), Seen::Always));
    assert!(mine.alternatives[0].loss.is_none());
    assert_eq!(mine.field(field("query")).unwrap().loss.as_ref().unwrap().seen, Seen::End);

    let wrong = mine_with("blind: {Mine: {fields: [nobody], reason: x}, Nowhere: {fields: [user], reason: x}}");
    assert_eq!(faults(&wrong), ["UnknownField", "TableOfNoClass"]);
    assert_eq!(faults(&mine_with("blind: {Mine: {fields: [user]}}")), ["MissingKey"]);
    assert_eq!(faults("schemas: {sysmon: {also: {linux: {channel: Mine/Operational}}}}"), ["MissingKey", "MissingKey"]);
    assert_eq!(faults("schemas: {sysmon: {also: {windows: {channel: Mine/Operational, tables: [none]}}}}"), ["UnknownTable"]);
    assert_eq!(faults(&mine_with("forms: {query: {form: short, reason: x}}")), ["Shape"]);
    assert_eq!(faults(&mine_with("loss: {query: {seen: end}}")), ["Shape"]);
    assert_eq!(faults(&mine_with("loss: {query: {narrowed: x, seen: middle}}")), ["Shape"]);
}

fn mine_with(section: &str) -> String {
    format!(
        "schemas: {{cim: {{tables: {{Mine: {{columns: {{_time: datetime, name: string}}}}}}}}}}\n\
         bindings: {{cim: {{classes: {{dns: {{in: {{Mine: {{\"*\": {{}}}}}}, {section}, fields: {{query: name}}}}}}}}}}\n"
    )
}

/// The kinds of the mistakes in a pack, in order.
fn faults(text: &str) -> Vec<String> {
    let errors = load(builtin(), &[("mine.yaml", text)]).unwrap_err();
    let kind = |fault: String| fault.split(['(', ' ', '{']).next().unwrap_or_default().to_owned();
    errors.iter().map(|error| kind(format!("{:?}", error.fault))).collect()
}

#[test]
fn every_mistake_has_its_place_and_none_hides_another() {
    let text = r#"
model:
  maps: {level: {high: hihg}}
  classes:
    door: {actions: [opened], default: [closed], use: [nobody], show: [colour], fields: {x: txt}}
    hole: {fields: {y: {type: file_name, of: pth}, x: int, z: {type: file_name, of: x}}}
schemas:
  cim: {tables: {Endpoint.Processes: {columns: {a: strin multi, b: {type: numbr}}}, Endpoint.X: {within: Endpoint.Y}}}
  mine: {tell: a}
bindings:
  cim:
    classes:
      door: {in: {Endpoint.Filesystem: {opend: created, opened: creatd}, Endpoint.Files: opened}}
      process:
        in: {Endpoint.Processes: {started: {actoin: x}}}
        loss: {started: why}
        use: [nothing]
        unbound: {nmae: why}
        fields:
          name: basename(process_nam)
          path: {by: {Endpoint.Filesystem: file_path}}
          md5: hash(process_hash, md4)
          sha1: 'hash(process_hash, md5)'
          id: upper(process_id)
          guid: int(process_id, process_id)
          integrity: map(process_integrity_level, level)
          directory: a b
"#;
    let expected = [
        ("closed", "UnknownAction"),
        ("nobody", "UnknownGroup"),
        ("colour", "UnknownField"),
        ("txt", "UnknownType"),
        ("pth", "UnknownField"),
        ("x", "LastPart"),
        ("strin", "UnknownType"),
        ("numbr", "UnknownType"),
        ("Endpoint.Y", "UnknownTable"),
        ("mine", "MissingKey"),
        ("opend", "UnknownAction"),
        ("creatd", "UndocumentedValue"),
        ("Endpoint.Files", "UnknownTable"),
        ("actoin", "UnknownColumn"),
        ("why", "Shape"),
        ("nothing", "UnknownGroup"),
        ("nmae", "UnknownField"),
        ("process_nam", "UnknownColumn"),
        ("Endpoint.Filesystem", "TableOfNoClass"),
        ("md4", "UnknownType"),
        ("'hash(process_hash, md5)'", "HashKind"),
        ("upper", "UnknownTransform"),
        ("int(process_id, process_id)", "Arity"),
        ("map(process_integrity_level, level)", "MapValue"),
        ("a b", "UnknownColumn"),
    ];
    let expected: Vec<(&str, String)> = expected.into_iter().map(|(at, what)| (at, what.to_owned())).collect();
    assert_eq!(mistakes(text), expected);
}

#[test]
fn a_name_from_before_says_what_it_is_now() {
    let renamed = |text: &str| {
        let errors = load(builtin(), &[("mine.yaml", text)]).unwrap_err();
        let Fault::Renamed(old, new) = &errors[0].fault else { panic!("{errors:?}") };
        format!("{old} {}", new.join("+"))
    };
    let of = |part: &str| renamed(&format!("bindings: {{defender: {{classes: {{process: {{{part}}}}}}}}}"));
    assert_eq!(of("in: {ProcessCreationEvents: {started: ProcessCreated}}"), "ProcessCreationEvents DeviceProcessEvents");
    assert_eq!(of("in: {AlertEvents: {started: x}}"), "AlertEvents AlertInfo+AlertEvidence");
    // It is still a table, and on its way out.
    assert_eq!(of("in: {AADSignInEventsBeta: {started: {}}}"), "AADSignInEventsBeta EntraIdSignInEvents");
    assert_eq!(of("in: {DeviceEvents: {started: UsbDriveMount}}"), "UsbDriveMount UsbDriveMounted");
    assert_eq!(of("in: {DeviceEvents: {started: {MachineId: x}}}"), "MachineId DeviceId");
    assert_eq!(of("fields: {name: basename(ComputerName)}"), "ComputerName DeviceName");
    let defender = builtin().schema("defender").unwrap();
    let email = defender.table("EmailEvents").unwrap();
    assert_eq!(defender.renamed_column(&[email], "PhishFilterVerdict"), Some("ThreatTypes"));
    assert_eq!(defender.renamed_column(&[email], "ComputerName"), None, "the table has no such column under either name");
}

#[test]
fn a_mistake_knows_what_was_meant() {
    let text = "bindings: {cim: {classes: {process: {fields: {name: proces_name}}}}}";
    let errors = load(builtin(), &[("mine.yaml", text)]).unwrap_err();
    let Fault::UnknownColumn(unknown, tables) = &errors[0].fault else { panic!("{errors:?}") };
    assert_eq!((unknown.nearest.as_deref(), tables.join(" ")), (Some("process_name"), "Endpoint.Processes".to_owned()));
}

proptest::proptest! {
    /// Whatever stands in a file: an answer, with places that are in it.
    #[test]
    fn no_file_stops_the_loader(text in "(model|schemas|bindings|classes|cim|process|fields|in|by|use|[:{}\\[\\],&*a\"'|>#~é-]|: |\n|\n  |\t|\u{feff}){0,60}") {
        if let Err(errors) = load(builtin(), &[("mine.yaml", &text)]) {
            for error in errors {
                proptest::prop_assert!(text.get(error.span.clone()).is_some(), "{:?} in {:?}", error, text);
            }
        }
    }
}

#[test]
fn odd_files_are_mistakes_not_panics() {
    for text in
        ["[]", "x", "model: 1", "bindings: {cim: 1}", "schemas: {cim: {tables: {X: 1}}}", "model: {classes: {x: [y]}}", "? [a]\n: b\n"]
    {
        assert!(load(builtin(), &[("mine.yaml", text)]).is_err(), "{text}");
    }
    for text in ["", "# nothing\n", "model:\n", "\u{feff}model:\r\n  classes:\r\n", "---\nmodel: {}\n---\nschemas: {}\n"] {
        assert!(load(builtin(), &[("mine.yaml", text)]).is_ok(), "{text}");
    }
}
