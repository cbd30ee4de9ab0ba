//! Input that nobody means well: junk, nesting, odd marks, arguments.

use std::time::{Duration, Instant};

use crate::run::Folder;
use crate::{BAD, GOOD};

#[test]
fn ten_megabytes_of_junk_are_a_clear_error_and_soon() {
    let mut seed = 1u32;
    let mut junk = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 24) as u8
    };
    let ascii: Vec<u8> = (0..10 << 20).map(|_| 32 + junk() % 95).collect();
    let words: Vec<u8> = "rule x { detect process where (name == \"a\" and ".bytes().cycle().take(10 << 20).collect();
    for (name, text) in [("one line", ascii), ("words", words), ("zeros", vec![0; 10 << 20]), ("quotes", vec![b'"'; 10 << 20])] {
        let folder = Folder::new();
        folder.write("x.spoor", text);
        for format in ["human", "json"] {
            let start = Instant::now();
            let run = folder.spoor(&["check", "--format", format]);
            assert_eq!(run.code, 1, "{name}: {}", run.stderr);
            assert!(start.elapsed() < Duration::from_secs(8), "{name} as {format}: {:?}", start.elapsed());
            assert!(run.stdout.len() < 2 << 20, "{name} as {format}: {} bytes", run.stdout.len());
        }
    }
}

#[test]
fn deep_nesting_is_an_error_and_no_crash() {
    for (open, close) in [("(", ")"), ("not ", ""), ("not (", ")")] {
        let rule = format!("rule x {{ detect process where {}name == \"a\"{} }}", open.repeat(100_000), close.repeat(100_000));
        let run = Folder::with(&[("x.spoor", &rule)]).spoor(&["check"]);
        assert_eq!(run.code, 1, "{open}: {}", run.stdout);
        assert!(run.stdout.len() < 100_000, "{open}: {} bytes", run.stdout.len());
    }
}

#[test]
fn tabs_windows_line_ends_and_a_mark_change_no_place() {
    let folder = Folder::new();
    folder.write("x.spoor", "\u{feff}rule x {\r\n\tdetect process where nam == \"本\"\r\n}\r\n");
    let run = folder.spoor(&["check", "--format", "json"]);
    let finding = &run.json()[0];
    assert_eq!((&finding["line"], &finding["column"], &finding["end_column"]), (&2.into(), &23.into(), &26.into()));
}

#[test]
fn no_argument_makes_a_panic() {
    let folder = Folder::with(&[("good.spoor", GOOD), ("bad.spoor", BAD), ("e.jsonl", "{}\n[1]\nx\n{\"a\":")]);
    let words = [
        "check",
        "build",
        "match",
        "fmt",
        "explain",
        "schema",
        "completions",
        "--fix",
        "--format",
        "json",
        "--deny",
        "--target",
        "splunk",
        "-o",
        "out",
        "--rules",
        ".",
        "good.spoor",
        "e.jsonl",
        "-",
        "--check",
        "E0201",
        "process",
        "--help",
        "--color",
        "always",
        "-q",
        "",
        "\u{202e}",
        "--",
    ];
    let mut seed = 7u32;
    for _ in 0..150 {
        let mut next = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 16) as usize
        };
        let args: Vec<&str> = (0..1 + next() % 5).map(|_| words[next() % words.len()]).collect();
        // `Run` asserts that there is no panic.
        folder.spoor_with(&args, b"rule x { detect process }");
    }
}
