//! Tables and their columns, once as the packs have them, once as `schemas/*.json` has them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;
use spoor::schema::Packs;

/// The columns of each table; of a data model's dataset with the owner before the name, those of its ancestors and of its parts too, since
/// a search over a dataset may name them.
#[derive(Default)]
pub struct Tables {
    pub columns: BTreeMap<String, BTreeSet<String>>,
    /// Names that a table had.
    pub renamed: BTreeSet<String>,
}

impl Tables {
    pub fn has(&self, table: &str) -> bool {
        self.columns.contains_key(table) || self.renamed.contains(table)
    }

    pub fn has_column(&self, table: &str, column: &str) -> bool {
        self.columns.get(table).is_some_and(|columns| columns.contains(column))
    }

    /// Every schema whose tables are neither datasets nor events of a Windows log.
    pub fn kql_of_packs(packs: &Packs) -> Tables {
        let mut tables = Tables::default();
        for schema in packs.schemas.iter().filter(|schema| !schema.prefixed) {
            for table in schema.tables.iter().filter(|table| table.channels.is_empty()) {
                let columns = tables.columns.entry(table.name.to_string()).or_default();
                columns.extend(table.columns.iter().map(|column| column.name.to_string()));
            }
            tables.renamed.extend(schema.renamed_tables.iter().map(|(old, _)| old.to_string()));
        }
        tables
    }

    pub fn kql_of_facts(folder: &Path) -> Tables {
        let (defender, sentinel) = (json(&folder.join("schemas/defender.json")), json(&folder.join("schemas/sentinel.json")));
        let mut tables = Tables::default();
        for (tables_of, key) in [(&defender["tables"], "columns"), (&sentinel["tables"], "c")] {
            for (name, table) in tables_of.as_object().expect("tables") {
                tables.columns.entry(name.clone()).or_default().extend(names(&table[key]));
            }
        }
        for schema in sentinel["asim"].as_object().expect("schemas").values() {
            for name in ["parsers", "unfiltered"].iter().flat_map(|key| schema[key].as_array().into_iter().flatten()) {
                let name = name.as_str().expect("a name").to_owned();
                tables
                    .columns
                    .entry(name)
                    .or_default()
                    .extend(names(&schema["columns"]).chain(names(&sentinel["meta"]["standard_columns"])));
            }
        }
        tables
    }

    pub fn cim_of_packs(packs: &Packs) -> Tables {
        let mut tables = Tables::default();
        for schema in packs.schemas.iter().filter(|schema| schema.prefixed) {
            let qualified = |column: &spoor::schema::Column| match column.owner.as_ref() {
                "" => column.name.to_string(),
                owner => format!("{owner}.{}", column.name),
            };
            let of_model = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
            for table in schema.tables.iter() {
                let related = schema.tables.iter().filter(|other| {
                    of_model(&other.name) == of_model(&table.name) && (other.name == table.name || below(&other.lineage, &table.lineage))
                });
                let columns: BTreeSet<String> = related.flat_map(|other| other.columns.iter().map(qualified)).collect();
                tables.columns.insert(table.name.to_string(), columns);
            }
        }
        tables
    }

    pub fn cim_of_facts(folder: &Path) -> Tables {
        let cim = json(&folder.join("schemas/cim.json"));
        let mut tables = Tables::default();
        for (model, it) in cim["models"].as_object().expect("models") {
            let datasets = it["datasets"].as_object().expect("datasets");
            for (name, dataset) in datasets {
                let own = dataset["lineage"].as_str().expect("a lineage");
                let mut columns: BTreeSet<String> = names(&cim["meta"]["base_fields"]).collect();
                for other in datasets.values() {
                    let lineage = other["lineage"].as_str().expect("a lineage");
                    if lineage == own || below(lineage, own) || below(own, lineage) {
                        columns.extend(names(&other["fields"]).map(|field| format!("{lineage}.{field}")));
                    }
                }
                tables.columns.insert(format!("{model}.{name}"), columns);
            }
        }
        tables
    }
}

fn below(lineage: &str, above: &str) -> bool {
    lineage.strip_prefix(above).is_some_and(|rest| rest.starts_with('.'))
}

fn names(object: &Value) -> impl Iterator<Item = String> + '_ {
    object.as_object().into_iter().flatten().map(|(name, _)| name.clone())
}

pub fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub fn json(path: &Path) -> Value {
    serde_json::from_str(&text(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub fn lines(path: &Path) -> Vec<Value> {
    text(path).lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}
