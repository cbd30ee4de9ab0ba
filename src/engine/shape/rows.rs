//! Rows of tables and of data models: which table a row is of.
//!
//! In: one JSON object, a schema. Out: the tables it may be of, by what the row itself says: the name of a table, the prefix of its
//! columns, what happened, what a search for it finds; of a table that no column tells from others: by its columns alone. Law: where the
//! row leaves a choice, all candidates are returned; nobody guesses.

use crate::schema::{List, Schema, Str, Table};

use super::json::Json;
use super::plan::SchemaPlan;
use super::value::{cell_values, like, with_text};

/// Columns under which exports keep the name of a table.
pub const TABLE: &[&str] = &["Type", "$table", "TableName", "Table", "_table"];
/// Under which logs of products keep their time, where Splunk has not read it.
pub const TIMES: &[&str] = &["@timestamp", "timestamp", "time", "eventTime", "date", "datetime", "ts", "published"];
/// Under which Microsoft's exports of one table keep its time.
pub const EXPORTED: &[&str] = &["Timestamp", "TimeGenerated"];
/// Under which a row of a data model names the model.
const MODEL: &[&str] = &["_datamodel", "datamodel"];
/// Columns that Splunk adds to every result, beside those with a `_` in front.
const SPLUNKS: &[&str] = &["source", "sourcetype", "index", "splunk_server", "linecount", "punct", "eventtype", "tag", "timestamp", "host"];

/// Columns that every table of a Log Analytics workspace has.
/// <https://learn.microsoft.com/azure/azure-monitor/logs/log-standard-columns>
const WORKSPACES: &[&str] = &["TenantId", "SourceSystem", "MG", "ManagementGroupName", "TimeGenerated", "Computer", "RawData"];

/// What stands around a row of a table, and the row itself.
#[derive(Debug)]
pub struct TableRow<'r, 'a> {
    pub row: &'r Json<'a>,
    /// The table, where it is named and known.
    pub table: Option<&'r Table>,
    /// It is named, known or not.
    pub named: bool,
}

/// The streaming form `{"category": "AdvancedHunting-TABLE", "properties": {..}}`
/// (<https://learn.microsoft.com/en-us/defender-xdr/streaming-api-event-hub>), or a row that may name its table.
pub fn table_row<'r, 'a>(object: &'r Json<'a>, schema: &'r Schema) -> TableRow<'r, 'a> {
    if let Some(row @ Json::Object(_)) = object.get("properties")
        && let Some(table) = object.get("category").and_then(Json::text).and_then(|category| category.strip_prefix("AdvancedHunting-"))
    {
        return TableRow { row, table: table_named(schema, table), named: true };
    }
    let own = object.get(&schema.kind).filter(|_| !schema.kind.is_empty());
    let table = own.or_else(|| object.first(TABLE)).and_then(Json::text).and_then(|name| table_named(schema, name));
    TableRow { row: object, table, named: table.is_some() }
}

/// The tables whose own column of kinds says that the row is of them.
pub fn of_kind<'s>(row: &Json<'_>, schema: &'s Schema) -> Vec<&'s Table> {
    let says = |(column, value): &(Str, Str)| row.get(column).and_then(Json::text).is_some_and(|text| text.eq_ignore_ascii_case(value));
    schema.tables.iter().filter(|table| table.kind.as_ref().is_some_and(says)).collect()
}

fn table_named<'s>(schema: &'s Schema, name: &str) -> Option<&'s Table> {
    let renamed = || schema.renamed_tables.iter().find(|(old, _)| old == name).and_then(|(_, new)| schema.table(new));
    schema.table(name).or_else(renamed)
}

/// The row is one that a search for the table finds. `given`: what the row does not say is taken for granted.
pub fn is_found(object: &Json<'_>, schema: &Schema, table: &Table, given: bool) -> bool {
    let mut said = false;
    let fits = schema.found_by(table).all(|(column, values)| match object.get(column) {
        Some(cell) => {
            said = true;
            has_one_of(cell, values)
        }
        None => given,
    });
    fits && (said || given)
}

/// The columns by which rows of the tables of a schema are known, with the values that they have.
pub fn signs(schema: &Schema) -> impl Iterator<Item = &(Str, List<Str>)> {
    schema.tables.iter().filter_map(Table::own).flat_map(|own| own.signs.iter())
}

/// The column, or what stands below this key of an object, may say which table of the schema a row is of.
pub fn tells(schema: &Schema, key: &str) -> bool {
    let finds = |table: &Table| schema.found_by(table).any(|(found, _)| is_below(found, key));
    signs(schema).any(|(sign, _)| is_below(sign, key)) || schema.tables.iter().any(finds)
}

/// Whether [`table_row`], the columns of [`of_kind`], what a search finds or the time of a table may be in the column: of a row that has none
/// of them no table is known, unless the schema was given.
pub fn decides(plan: &SchemaPlan<'_>, column: &str) -> bool {
    let of_kinds = |table: &Table| table.kind.as_ref().is_some_and(|(kind, _)| kind == column);
    column == "properties"
        || TABLE.contains(&column)
        || plan.schema.kind == column
        || plan.is_time(column)
        || plan.schema.tables.iter().any(of_kinds)
        || tells(plan.schema, column)
}

/// The same of [`datasets`].
pub fn decides_dataset(column: &str) -> bool {
    column.contains('.') || MODEL.contains(&column)
}

/// A column is this one, or stands below it in an object.
pub fn is_below(column: &str, key: &str) -> bool {
    column.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The row has the signs of the table, and does not say itself what Splunk takes it for.
pub fn has_signs(row: &Json<'_>, table: &Table) -> bool {
    let has = |(column, values): &(Str, List<Str>)| row.get(column).is_some_and(|cell| has_one_of(cell, values));
    row.get("sourcetype").is_none() && table.own().is_some_and(|own| !own.signs.is_empty() && own.signs.iter().all(has))
}

fn has_one_of(cell: &Json<'_>, values: &[Str]) -> bool {
    let mut has = false;
    cell_values(cell, &mut |value| has |= with_text(value, |text| values.iter().any(|wanted| like(wanted, text))));
    has
}

/// The row has no column that the table lacks, beside those that every export adds.
pub fn has_only_columns_of(object: &Json<'_>, table: &Table) -> bool {
    let added = |key: &str| key.starts_with('_') || SPLUNKS.contains(&key) || TABLE.contains(&key) || WORKSPACES.contains(&key);
    object.entries().iter().all(|(key, _)| table.column(key).is_some() || added(key))
}

/// A row of a data model that says of which dataset: by the prefix of its columns, or by name.
pub fn datasets<'s>(object: &Json<'_>, schema: &'s Schema) -> Vec<&'s Table> {
    let prefix = |key: &str| key.rfind('.').map(|at| key[..at].to_owned());
    let lineage = |prefix: &str| schema.tables.iter().any(|table| table.lineage == prefix);
    let prefixes = object.entries().iter().filter_map(|(key, _)| prefix(key)).filter(|prefix| lineage(prefix));
    // The dataset is the lowest of the lineage: its ancestors' columns carry their own prefix.
    if let Some(lowest) = prefixes.max_by_key(String::len) {
        return schema.tables.iter().filter(|table| table.lineage == lowest).collect();
    }
    let word = |keys: &[&str]| object.first(keys).and_then(Json::text);
    let Some(model) = word(MODEL) else { return Vec::new() };
    let dataset = word(&["_dataset", "dataset", "nodename"]).and_then(|dataset| dataset.rsplit('.').next());
    let name = dataset.map_or_else(|| model.to_owned(), |dataset| format!("{model}.{dataset}"));
    schema.tables.iter().filter(|table| table.name == name.as_str()).collect()
}

/// A row of a data model without prefixes: the datasets that know most of its columns.
pub fn datasets_by_columns<'s>(object: &Json<'_>, schema: &'s Schema) -> Vec<&'s Table> {
    let keys = object.entries().iter().map(|(key, _)| key.as_ref());
    let keys: Vec<&str> = keys.filter(|key| !key.starts_with('_') && !SPLUNKS.contains(key)).collect();
    let known = |table: &Table| keys.iter().filter(|key| table.column(key).is_some()).count();
    let most = schema.tables.iter().map(known).max().unwrap_or(0);
    if most == 0 { Vec::new() } else { schema.tables.iter().filter(|table| known(table) == most).collect() }
}
