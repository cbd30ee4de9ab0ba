//! The schemas that the oracles read.
//!
//! In: the project's packs. Out: files in the form the tools take. The CIM facts are a file of their own (cim.json, carried from the
//! vendor's models with what the models compute), so a wrong name in the project's pack shows as an error there.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use spoor::schema::{NativeType, Packs};

use crate::engines::root;
use crate::shared;

pub fn cim() -> PathBuf {
    root().join("tests/oracle/cim.json")
}

/// The project's Defender schema, rendered for the KQL tools under target/.
pub fn defender(packs: &Packs) -> PathBuf {
    let schema = packs.schema("defender").expect("the Defender schema");
    let tables: Map<String, Value> = schema
        .tables
        .iter()
        .map(|table| {
            let columns: Map<String, Value> =
                table.columns.iter().map(|column| (column.name.to_string(), json!(kusto_type(column.ty)))).collect();
            (table.name.to_string(), json!({ "columns": columns }))
        })
        .collect();
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("defender-{}.json", std::process::id()));
    std::fs::write(&path, json!({ "tables": tables }).to_string()).expect("target/ can be written");
    path
}

/// The facts that the project's pack was made from, where this checkout has them beside it.
pub fn shared_defender() -> Option<PathBuf> {
    shared::shared("schemas/defender.json")
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
