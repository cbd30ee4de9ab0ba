//! The schemas that the oracles read.
//!
//! In: the project's packs, and the facts that they were made from. Out: files in the form the tools take. The CIM facts are a file of their own (cim.json, carried from the
//! vendor's models with what the models compute), so a wrong name in the project's pack shows as an error there.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use spoor::schema::{NativeType, Packs};

use crate::engines::root;
use crate::shared;

pub fn cim() -> PathBuf {
    root().join("tests/oracle/cim.json")
}

/// A schema of the project that KQL asks, rendered for the KQL tools under target/.
pub fn kql(name: &str, packs: &Packs) -> PathBuf {
    let schema = packs.schema(name).expect("the schema");
    let tables: Map<String, Value> = schema
        .tables
        .iter()
        .map(|table| {
            let columns: Map<String, Value> =
                table.columns.iter().map(|column| (column.name.to_string(), json!(kusto_type(column.ty)))).collect();
            let start = table.own().map(|own| own.start.as_ref()).filter(|start| !start.is_empty());
            let entry = match start {
                Some(start) => {
                    json!({ "columns": columns, "params": { start: "datetime" }, "start": start, "time": schema.time_of(table) })
                }
                None => json!({ "columns": columns }),
            };
            (table.name.to_string(), entry)
        })
        .collect();
    written(name, &Value::Object(tables))
}

/// The facts that the project's pack was made from, where this checkout has them beside it.
pub fn shared_kql(name: &str) -> Option<PathBuf> {
    let path = shared::shared(&format!("schemas/{name}.json"))?;
    if name != "sentinel" {
        return Some(path);
    }
    let facts: Value = serde_json::from_str(&std::fs::read_to_string(path).expect("the facts")).expect("JSON");
    let object = |value: &Value| value.as_object().expect("an object").clone();
    let mut tables: Map<String, Value> = Map::new();
    for (table, entry) in object(&facts["tables"]) {
        tables.insert(table, json!({ "columns": entry["c"] }));
    }
    for (_, entry) in object(&facts["asim"]) {
        let columns: Map<String, Value> = object(&entry["columns"]).into_iter().map(|(column, fact)| (column, fact["t"].clone())).collect();
        for parser in entry["parsers"].as_array().expect("parsers") {
            tables.insert(parser.as_str().expect("a name").to_owned(), json!({ "columns": columns, "params": entry["params"] }));
        }
    }
    Some(written("shared-sentinel", &Value::Object(tables)))
}

fn written(name: &str, tables: &Value) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}.json", std::process::id()));
    std::fs::write(&path, json!({ "tables": tables }).to_string()).expect("target/ can be written");
    path
}

fn kusto_type(ty: NativeType) -> &'static str {
    match ty {
        NativeType::Text => "string",
        NativeType::Int => "int",
        NativeType::Long => "long",
        NativeType::Real => "real",
        NativeType::Bool => "bool",
        NativeType::Time => "datetime",
        NativeType::Guid => "guid",
        NativeType::Dynamic => "dynamic",
        NativeType::Timespan => "timespan",
    }
}
