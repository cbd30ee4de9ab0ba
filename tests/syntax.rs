//! What parses, what does not, and what is said of it.

use spoor::source::Sources;
use spoor::syntax::{self, Parsed};

fn parse(text: &str) -> (Sources, Parsed) {
    let mut sources = Sources::default();
    let file = sources.add("test.spoor", text);
    let parsed = syntax::parse(&sources, file);
    (sources, parsed)
}

/// `line:column code title`, one a diagnostic.
fn told(text: &str) -> Vec<String> {
    let (sources, parsed) = parse(text);
    parsed
        .diagnostics
        .iter()
        .map(|found| {
            let place = sources.place(found.span());
            format!("{}:{} {} {}", place.line, place.column, found.code.id(), found.title)
        })
        .collect()
}

#[test]
fn many_mistakes_are_told_in_one_run_each_once() {
    assert_eq!(
        told(include_str!("diagnostics/many_mistakes.spoor")),
        [
            "5:7 E0103 missing `and` or `or`",
            "6:49 E0104 `and` and `or` are mixed without parentheses",
            "13:35 E0105 `\\U` is no escape",
            "13:58 E0107 `==` takes one value",
            "15:8 E0110 `last` wants a duration",
            "19:62 E0108 `not` without an operator",
        ]
    );
}

#[test]
fn the_samples_of_the_language_parse() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/language/samples");
    let folder = std::env::var_os("SPOOR_SHARED").map_or(folder, |shared| std::path::Path::new(&shared).join("language/samples"));
    let Ok(files) = std::fs::read_dir(&folder) else {
        eprintln!("skipped: {} is not here", folder.display());
        return;
    };
    for file in files {
        let path = file.expect("a folder can be listed").path();
        let text = std::fs::read_to_string(&path).expect("a sample is text");
        assert_eq!(told(&text), Vec::<String>::new(), "{}", path.display());
    }
}
