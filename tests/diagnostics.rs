//! What people see: each rule file of `tests/diagnostics`, and under it every finding as `spoor check` shows it.
//!
//! A new one: write the `.spoor`, run, read the `.snap.new`, rename it (or `cargo insta accept`), commit both.

use spoor::diag::render;
use spoor::project::Workspace;
use spoor::schema::builtin as packs;

#[test]
fn findings_look_as_they_should() {
    let mut paths: Vec<_> = std::fs::read_dir("tests/diagnostics").unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut failed = Vec::new();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == "spoor")) {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let text = std::fs::read_to_string(path).unwrap();
        let workspace = Workspace::text(&format!("{name}.spoor"), &text);
        let checked = workspace.check(packs());
        let shown: String = checked.diagnostics.iter().map(|finding| render::render(finding, &workspace.sources, false)).collect();
        let page = format!("{}\n────────\n\n{shown}", text.trim_end());
        insta::with_settings!({ snapshot_path => "../snapshots/diagnostics", prepend_module_to_snapshot => false, omit_expression => true }, {
            if std::panic::catch_unwind(|| insta::assert_snapshot!(name, page)).is_err() {
                failed.push(name.to_owned());
            }
        });
    }
    assert!(failed.is_empty(), "differ: {failed:?}");
}
