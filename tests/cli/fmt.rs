//! `spoor fmt`.

use crate::BROKEN;
use crate::run::Folder;

#[test]
fn fmt_says_that_yaml_is_none_of_its_files() {
    let rule = "title: A\nlogsource: {category: process_creation}\ndetection: {sel: {CommandLine: x}, condition: sel}\n";
    let folder = Folder::with(&[("rule.yml", rule), ("broken.yml", "detection: [\n"), ("x.spoor", "rule x {\n  detect process\n}\n")]);
    let run = folder.spoor(&["fmt", "rule.yml"]);
    assert!(run.code == 1 && run.stderr.contains("E0615") && run.stderr.contains("spoor import rule.yml"), "{}{}", run.stdout, run.stderr);
    assert_eq!(folder.read("rule.yml"), rule);
    assert_eq!(folder.spoor(&["fmt", "--check", "rule.yml"]).code, 1);
    let run = folder.spoor(&["fmt", "."]);
    assert!(run.code == 0 && run.stderr.is_empty(), "{}{}", run.stdout, run.stderr);
    let run = folder.spoor_with(&["fmt", "-"], rule.as_bytes());
    assert!(run.code == 1 && run.stdout.is_empty() && run.stderr.contains("E0615"), "{}{}", run.stdout, run.stderr);
}

#[test]
fn fmt_changes_the_layout_and_nothing_else() {
    let messy = "# about\nrule   x{detect process where name==\"a.exe\" # why\n}\n";
    let folder = Folder::with(&[("x.spoor", messy), ("broken.spoor", BROKEN)]);
    let run = folder.spoor(&["fmt", "--check", "x.spoor"]);
    assert_eq!((run.code, run.stdout.as_str(), folder.read("x.spoor").as_str()), (1, "x.spoor\n", messy));
    let piped = folder.spoor_with(&["fmt", "-"], messy.as_bytes());
    let run = folder.spoor(&["fmt"]);
    assert_eq!((run.code, folder.read("broken.spoor").as_str()), (1, BROKEN), "{}", run.stderr);
    assert!(run.stderr.contains("broken.spoor:"), "{}", run.stderr);
    let tidy = folder.read("x.spoor");
    assert!(tidy.contains("# about") && tidy.contains("# why") && tidy.contains("rule x {\n"), "{tidy}");
    assert_eq!((piped.code, piped.stdout), (0, tidy.clone()));
    let run = folder.spoor(&["fmt", "--check", "x.spoor"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""));
    folder.write("x.spoor", messy.replace('\n', "\r\n"));
    folder.spoor(&["fmt", "x.spoor"]);
    assert_eq!(folder.read("x.spoor"), tidy.replace('\n', "\r\n"));
}
