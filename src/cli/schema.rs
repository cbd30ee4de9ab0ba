//! `spoor schema`: the vocabulary, and what every product calls it.
//!
//! Without a name the classes and schemas; with one the class, field, table or column of that name, case aside, and for a field or a
//! table how the two meet. Exit 2: there is nothing of that name.

use clap::Args;

use super::out::{Out, Paint};
use super::table::{Cell, table};
use super::{CLEAN, FAILED, packs};
use crate::backend::bind::{ColumnRef, NativeExpr};
use crate::backend::describe::describe_value;
use crate::schema::{
    Actions, Binding, Class, ClassId, Column, Container, Expr, Field, FieldId, List, NativeTest, NativeType, Packs, Table, nearest,
};

#[derive(Args)]
#[command(after_help = "\
Examples:
  spoor schema                        the classes and the schemas
  spoor schema process                its fields, and what they are in each schema
  spoor schema parent.name            a field, wherever it is
  spoor schema DeviceProcessEvents    a table, and the fields its columns hold
  spoor schema process_name           a column, wherever it is
  spoor schema T1059                  a technique of ATT&CK, or a tactic: TA0002")]
pub struct Schema {
    /// A class, a field, a table, a column, or an id of ATT&CK
    #[arg(value_name = "CLASS|FIELD|TABLE|COLUMN")]
    name: Option<String>,
}

pub fn run(args: &Schema, out: &mut Out) -> u8 {
    let packs = packs();
    let Some(name) = &args.name else {
        overview(packs, out);
        return CLEAN;
    };
    if let Some(code) = super::attack::show(name, packs, out) {
        return code;
    }
    if let Some(index) = packs.model.classes.iter().position(|class| class.name.eq_ignore_ascii_case(name)) {
        class(ClassId(index as u16), packs, out);
        return CLEAN;
    }
    let tables: Vec<(&str, &Table)> = tables(packs).filter(|(_, table)| table.name.eq_ignore_ascii_case(name)).collect();
    if !tables.is_empty() {
        for (schema, table) in tables {
            columns(schema, table, packs, out);
        }
        return CLEAN;
    }
    let fields = fields(name, packs);
    let columns = places(name, packs);
    for (class, field) in &fields {
        self::field(*class, *field, packs, out);
    }
    if !columns.is_empty() {
        column(&columns, packs, out);
    }
    if fields.is_empty() && columns.is_empty() { unknown(name, packs, out) } else { CLEAN }
}

fn overview(packs: &Packs, out: &mut Out) {
    let paint = Paint(out.stdout_color());
    let mut rows = vec![heads(&["class", "fields", "actions", ""])];
    for class in packs.model.classes.iter() {
        let actions = class.actions.join(" ");
        rows.push(vec![
            Cell::painted(class.name.as_ref(), Paint::cyan),
            Cell::new(class.fields.len().to_string()).right(),
            Cell::new(actions),
            Cell::new(class.doc.as_ref()),
        ]);
    }
    out.print(&table(&rows, paint));
    out.print("\n");
    let mut rows = vec![heads(&["schema", "tables", "columns", ""])];
    for schema in packs.schemas.iter() {
        let columns: usize = schema.tables.iter().map(|table| table.columns.len()).sum();
        rows.push(vec![
            Cell::painted(schema.name.as_ref(), Paint::cyan),
            Cell::new(schema.tables.len().to_string()).right(),
            Cell::new(columns.to_string()).right(),
            Cell::new(format!("{} {}", schema.title, schema.version).trim_end()),
        ]);
    }
    out.print(&table(&rows, paint));
}

/// A class: its actions in each schema, and its fields.
fn class(id: ClassId, packs: &Packs, out: &mut Out) {
    let paint = Paint(out.stdout_color());
    let class = packs.class(id);
    out.line(&format!("{}: {}", paint.bold(&class.name), class.doc));
    let bindings: Vec<&Binding> = packs.bindings.iter().filter(|binding| binding.class == id).collect();
    if !class.actions.is_empty() {
        let default = names(class, class.default).join(", ");
        out.line(&format!("actions: {}; a rule that tests none means {default}", class.actions.join(", ")));
    }
    out.print("\n");
    let mut rows = vec![heads(&["schema", "table", "action", "where"])];
    for binding in &bindings {
        for container in binding.containers.iter() {
            for alternative in container.alternatives.iter() {
                let actions = if class.actions.is_empty() { String::new() } else { names(class, alternative.actions).join(", ") };
                rows.push(vec![
                    Cell::new(binding.schema.as_ref()),
                    Cell::new(container.table.as_ref()),
                    Cell::new(actions),
                    Cell::new(when(&alternative.when)),
                ]);
            }
        }
    }
    out.print(&table(&rows, paint));
    out.print("\n");
    let mut rows = vec![heads(&["field", "type"])];
    rows[0].extend(bindings.iter().map(|binding| Cell::painted(binding.schema.as_ref(), Paint::bold)));
    for (index, field) in class.fields.iter().enumerate() {
        let mut row = vec![Cell::painted(field.name.as_ref(), Paint::cyan), Cell::new(typed(field, packs))];
        row.extend(bindings.iter().map(|binding| Cell::new(bound(binding, FieldId(index as u16)))));
        rows.push(row);
    }
    out.print(&table(&rows, paint));
    for binding in bindings {
        for assumption in binding.assumes.iter() {
            out.print("\n");
            out.line(&format!("{} assumes: {assumption}", binding.schema));
        }
    }
}

/// A field of one class, in every schema.
fn field(id: ClassId, field: FieldId, packs: &Packs, out: &mut Out) {
    let paint = Paint(out.stdout_color());
    let class = packs.class(id);
    let it = class.get(field);
    out.line(&format!("{}: {}, a field of {}", paint.bold(&it.name), typed(it, packs), class.name));
    if let Some(values) = it.values {
        out.line(&format!("  values: {}", packs.model.enumeration(values).values.join(", ")));
    }
    let mut rows = Vec::new();
    for binding in packs.bindings.iter().filter(|binding| binding.class == id) {
        for container in binding.containers.iter() {
            let value = match container.field(field) {
                None => binding.unbound.iter().find(|(name, _)| *name == it.name).map_or("-".to_owned(), |(_, why)| format!("- {why}")),
                Some(bound) if bound.missing.is_empty() => expr(&bound.value),
                Some(bound) => {
                    let missing: Vec<String> = bound.missing.iter().map(|value| format!("\"{value}\"")).collect();
                    format!("{} (missing: {})", expr(&bound.value), missing.join(", "))
                }
            };
            rows.push(vec![Cell::new(format!("  {}", binding.schema)), Cell::new(container.table.as_ref()), Cell::new(value)]);
        }
    }
    out.print(&table(&rows, paint));
}

/// A table: its columns, and the fields that they hold.
fn columns(schema: &str, it: &Table, packs: &Packs, out: &mut Out) {
    let paint = Paint(out.stdout_color());
    out.line(&format!("{}, a table of {schema}", paint.bold(&it.name)));
    let mut rows = vec![heads(&["column", "type", "holds", "values"])];
    for column in it.columns.iter() {
        rows.push(vec![
            Cell::painted(qualified(column), Paint::cyan),
            Cell::new(native(column)),
            Cell::new(held(schema, &it.name, &column.name, packs).join(", ")),
            Cell::new(values(column)),
        ]);
    }
    out.print(&table(&rows, paint));
}

/// A column, in every table that has it.
fn column(places: &[(&str, &Table, &Column)], packs: &Packs, out: &mut Out) {
    let paint = Paint(out.stdout_color());
    out.line(&format!("{}, a column of", paint.bold(&places[0].2.name)));
    let rows: Vec<Vec<Cell>> = places
        .iter()
        .map(|(schema, table, column)| {
            let held = held(schema, &table.name, &column.name, packs);
            let held = if held.is_empty() { String::new() } else { format!("holds {}", held.join(", ")) };
            vec![Cell::new(format!("  {schema}")), Cell::new(table.name.as_ref()), Cell::new(native(column)), Cell::new(held)]
        })
        .collect();
    out.print(&table(&rows, paint));
}

fn unknown(name: &str, packs: &Packs, out: &mut Out) -> u8 {
    let classes = packs.model.classes.iter();
    let fields = classes.clone().flat_map(|class| class.fields.iter().map(|field| field.name.as_ref()));
    let columns = tables(packs).flat_map(|(_, table)| table.columns.iter().map(|column| column.name.as_ref()));
    let names =
        classes.map(|class| class.name.as_ref()).chain(fields).chain(tables(packs).map(|(_, table)| table.name.as_ref())).chain(columns);
    let help = nearest(name, names).map_or(String::new(), |near| format!("; did you mean `{near}`?"));
    out.error(&format!("there is no class, field, table or column `{name}`{help}"));
    FAILED
}

fn heads(names: &[&str]) -> Vec<Cell> {
    names.iter().map(|name| Cell::painted(*name, Paint::bold)).collect()
}

fn tables(packs: &Packs) -> impl Iterator<Item = (&str, &Table)> {
    packs.schemas.iter().flat_map(|schema| schema.tables.iter().map(|table| (schema.name.as_ref(), table)))
}

/// The fields of this name, with or without their class before it.
fn fields(name: &str, packs: &Packs) -> Vec<(ClassId, FieldId)> {
    let mut found = Vec::new();
    for (class_index, class) in packs.model.classes.iter().enumerate() {
        for (index, field) in class.fields.iter().enumerate() {
            let full = name
                .split_once('.')
                .is_some_and(|(first, rest)| class.name.eq_ignore_ascii_case(first) && field.name.eq_ignore_ascii_case(rest));
            if full || field.name.eq_ignore_ascii_case(name) {
                found.push((ClassId(class_index as u16), FieldId(index as u16)));
            }
        }
    }
    found
}

/// The columns of this name, with or without their table or owner before it.
fn places<'p>(name: &str, packs: &'p Packs) -> Vec<(&'p str, &'p Table, &'p Column)> {
    let (before, last) = name.rsplit_once('.').unwrap_or(("", name));
    let all = tables(packs).flat_map(|(schema, table)| table.columns.iter().map(move |column| (schema, table, column)));
    all.filter(|(_, table, column)| {
        let fits = |owner: &str| owner.eq_ignore_ascii_case(before);
        column.name.eq_ignore_ascii_case(last) && (before.is_empty() || fits(&table.name) || fits(&column.owner))
            || column.name.eq_ignore_ascii_case(name)
    })
    .collect()
}

/// The fields, as `class.field`, whose value is made of a column.
fn held(schema: &str, table: &str, column: &str, packs: &Packs) -> Vec<String> {
    let mut held = Vec::new();
    for binding in packs.bindings.iter().filter(|binding| binding.schema == schema) {
        let class = packs.class(binding.class);
        let containers = binding.containers.iter().filter(|container| container.table == table);
        for bound in containers.flat_map(|container| container.fields.iter()) {
            let name = format!("{}.{}", class.name, class.get(bound.field).name);
            if bound.value.columns().contains(&column) && !held.contains(&name) {
                held.push(name);
            }
        }
    }
    held
}

fn names(class: &Class, actions: Actions) -> Vec<&str> {
    class.actions.iter().enumerate().filter(|(index, _)| actions.contains(*index)).map(|(_, name)| name.as_ref()).collect()
}

/// Any of these, each all of its tests.
fn when(when: &[List<NativeTest>]) -> String {
    let all = |tests: &List<NativeTest>| tests.iter().map(native_test).collect::<Vec<_>>().join(" and ");
    when.iter().map(all).collect::<Vec<_>>().join(" or ")
}

fn native_test(test: &NativeTest) -> String {
    let values = test.values.join(", ");
    let not = if test.negated { "not " } else { "" };
    if test.values.len() == 1 { format!("{not}{} = {values}", test.column) } else { format!("{not}{} in ({values})", test.column) }
}

fn typed(field: &Field, packs: &Packs) -> String {
    let name = field.values.map_or(field.ty.name(), |id| packs.model.enumeration(id).name.as_ref());
    if field.multi { format!("{name}, several") } else { name.to_owned() }
}

fn native(column: &Column) -> String {
    if column.multi { format!("{}, several", column.ty.name()) } else { column.ty.name().to_owned() }
}

fn qualified(column: &Column) -> String {
    if column.owner.is_empty() { column.name.to_string() } else { format!("{}.{}", column.owner, column.name) }
}

/// What a field is in a schema: one value, or several where its tables differ.
fn bound(binding: &Binding, field: FieldId) -> String {
    let values = binding.containers.iter().filter_map(|container: &Container| container.field(field)).map(|bound| expr(&bound.value));
    let mut distinct: Vec<String> = Vec::new();
    for value in values {
        if !distinct.contains(&value) {
            distinct.push(value);
        }
    }
    if distinct.is_empty() { "-".into() } else { distinct.join(" | ") }
}

fn expr(value: &Expr) -> String {
    /// The columns need no schema to be named.
    fn named(value: &Expr) -> NativeExpr {
        match value {
            Expr::Column(name) => {
                NativeExpr::Column(ColumnRef { name: name.to_string(), owner: String::new(), ty: NativeType::Text, multi: false })
            }
            Expr::Apply(transform, inputs) => NativeExpr::Apply(transform.clone(), inputs.iter().map(named).collect()),
        }
    }
    describe_value(&named(value))
}

/// The first few of the documented values.
fn values(column: &Column) -> String {
    const FEW: usize = 6;
    let mut text = column.values.iter().take(FEW).map(|value| value.as_ref()).collect::<Vec<_>>().join(", ");
    if column.values.len() > FEW {
        text.push_str(&format!(", {} more", column.values.len() - FEW));
    }
    if let Some(default) = &column.default {
        let lead = if text.is_empty() { "" } else { "; " };
        text.push_str(&format!("{lead}else {default}"));
    }
    if let Some(since) = &column.since {
        let lead = if text.is_empty() { "" } else { "; " };
        text.push_str(&format!("{lead}since {since}"));
    }
    text
}
