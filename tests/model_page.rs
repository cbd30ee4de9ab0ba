//! The table of the classes in docs/model.md is what the packs say. `SPOOR_UPDATE=1 cargo test --test model_page` writes it anew.

use std::fmt::Write as _;
use std::path::Path;

use spoor::schema::{Class, ClassId, Packs};

const FROM: &str = "<!-- the classes, from the packs -->\n";
const TO: &str = "<!-- the end of the classes -->\n";

/// The schemas in the order of the columns.
const SCHEMAS: [&str; 6] = ["cim", "defender", "sentinel", "sysmon", "windows", "ecs"];

/// The tables that hold the class, each name once; `-` where there is none.
fn tables(packs: &Packs, schema: &str, class: ClassId) -> String {
    let tables: Vec<&str> = packs
        .binding(schema, class)
        .map_or(Vec::new(), |binding| binding.containers.iter().map(|container| container.table.as_ref()).collect());
    if tables.is_empty() { "-".to_owned() } else { tables.join(", ") }
}

fn row(packs: &Packs, id: ClassId, class: &Class) -> String {
    let actions = if class.actions.is_empty() { "-".to_owned() } else { class.actions.join(", ") };
    let mut row = format!("| `{}` | {} | {actions} |", class.name, class.doc);
    for schema in SCHEMAS {
        write!(row, " {} |", tables(packs, schema, id)).expect("a string takes all");
    }
    row + "\n"
}

#[test]
fn the_page_lists_the_classes_as_the_packs_have_them() {
    let packs = spoor::schema::builtin();
    let mut table = format!("| class | what it is | actions | {} |\n|{}\n", SCHEMAS.join(" | "), " --- |".repeat(3 + SCHEMAS.len()));
    for (at, class) in packs.model.classes.iter().enumerate() {
        let id = ClassId(u16::try_from(at).expect("few classes"));
        table.push_str(&row(packs, id, class));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/model.md");
    let page = std::fs::read_to_string(&path).expect("the page");
    let (before, rest) = page.split_once(FROM).expect("where the table begins");
    let (shown, after) = rest.split_once(TO).expect("where the table ends");
    if std::env::var_os("SPOOR_UPDATE").is_some() {
        std::fs::write(&path, format!("{before}{FROM}{table}{TO}{after}")).expect("the page is written");
    } else {
        assert!(shown == table, "docs/model.md shows other classes than the packs have: SPOOR_UPDATE=1 cargo test --test model_page");
    }
}

/// What stands in backticks as `class.field` in the page is a field.
#[test]
fn the_page_names_fields_that_exist() {
    let packs = spoor::schema::builtin();
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/model.md")).expect("the page");
    let mut named = 0;
    for word in page.split('`').skip(1).step_by(2) {
        let Some((class, field)) = word.split_once(": ") else { continue };
        let Some(id) = packs.model.class(class) else { continue };
        assert!(
            packs.model.classes[usize::from(id.0)].field(field).is_some(),
            "docs/model.md names `{word}`, and the class has no such field"
        );
        named += 1;
    }
    assert!(named >= 10, "only {named} fields are named: is the page read as it is written?");
}
