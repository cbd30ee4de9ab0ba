//! The built-in packs.

use spoor::schema;

#[test]
fn every_class_is_bound_in_every_schema() {
    let packs = schema::builtin();
    for class in ["process", "file"] {
        let id = packs.model.class(class).unwrap();
        for schema in ["cim", "defender", "sysmon", "windows"] {
            let binding = packs.binding(schema, id).unwrap();
            assert!(!binding.containers.is_empty(), "{schema} {class}");
        }
    }
}
