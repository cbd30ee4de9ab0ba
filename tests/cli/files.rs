//! Which files are read, and what is told of those that cannot be.

use crate::run::{Folder, Run};
use crate::{BAD, BROKEN, GOOD, codes, codes_of};

#[test]
fn every_listed_code_is_triggered() {
    for code in codes::BY_COMMANDS {
        if *code >= "E0650" {
            let run = triggered_by_match(code);
            assert!(run.stderr.contains(&format!("error[{code}]")), "{code}: {}", run.stderr);
            assert_eq!(run.code, if *code == "E0653" { 2 } else { 1 });
            continue;
        }
        let folder = Folder::new();
        match *code {
            "E0600" => {}
            "E0601" => folder.write("x.spoor", b"rule x {\n  title: \"caf\xe9\"\n}\n"),
            "E0602" => std::fs::File::create(folder.path("x.spoor")).unwrap().set_len(65 << 20).unwrap(),
            "E0603" => folder.write("x.spoor", format!("import \"nowhere.spoor\"\n{GOOD}")),
            "E0604" => folder.write("x.spoor", "rule x {\n  let bad: path from \"nowhere.txt\"\n  detect process where path in bad\n}\n"),
            "E0605" => {
                folder.write("a.spoor", GOOD);
                folder.write("x.spoor", GOOD);
            }
            "E0606" => folder.write("x.spoor", ""),
            "E0220" => {
                folder.write("hosts.csv", "host,owner\npc1.example,bob\n");
                folder.write(
                    "x.spoor",
                    "rule x {\n  let hosts: host from \"hosts.csv\" column \"hots\"\n  detect process where host in hosts\n}\n",
                );
            }
            "E0231" => {
                folder.write("hosts.csv", "host,owner\npc1.example\n");
                folder.write(
                    "x.spoor",
                    "rule x {\n  let owners: text from \"hosts.csv\" column \"owner\"\n  detect process where user.name in owners\n}\n",
                );
            }
            "E0512" => {
                folder.write("iocs.txt", "# none yet\n");
                folder.write("x.spoor", "rule x {\n  let bad: path from \"iocs.txt\"\n  detect process where path in bad\n}\n");
            }
            // `fmt_says_that_yaml_is_none_of_its_files` does.
            "E0615" => continue,
            other => panic!("nothing triggers {other}"),
        }
        let args: &[&str] = if *code == "E0605" { &["check", "--format", "json", "."] } else { &["check", "--format", "json", "x.spoor"] };
        let run = folder.spoor(args);
        assert_eq!(codes_of(&run), [*code], "{}", run.stderr);
        assert_eq!(run.json()[0]["path"], if *code == "E0231" { "hosts.csv" } else { "x.spoor" });
        assert_eq!(run.code, if *code == "E0600" { 2 } else { i32::from(*code != "E0606" && *code != "E0512") });
        // For people too.
        assert!(folder.spoor(&["check", args[3]]).stdout.contains(code));
    }
}

fn triggered_by_match(code: &str) -> Run {
    let large = format!("rule large {{\n  detect process where name matches /{}/\n}}\n", "[^\u{e9}\u{416}\u{4e2d}]{1000}".repeat(9));
    let folder = Folder::with(&[("good.spoor", GOOD), ("large.spoor", &large)]);
    let run = |args: &[&str], event: &str| folder.spoor_with(&[&["match", "-"], args].concat(), event.as_bytes());
    match code {
        "E0650" => run(&["-r", "good.spoor"], "[1, 2]"),
        "E0651" => run(&["-r", "good.spoor"], r#"{"CommandLine": "whoami"}"#),
        "E0652" => run(&["-r", "good.spoor"], r#"{"_time": "2026-01-01T00:00:00Z", "process_name": "cmd.exe"}"#),
        "E0653" => run(&["-r", "good.spoor", "--schema", "mde"], ""),
        "E0654" => run(&["-r", "good.spoor"], &format!("ElfFile\0{}ElfChnk\0", "\0".repeat(4088))),
        "E0661" => run(&["-r", "large.spoor"], ""),
        other => panic!("nothing triggers {other}"),
    }
}

#[test]
fn bytes_that_are_no_utf8_have_a_place() {
    let folder = Folder::new();
    folder.write("x.spoor", b"rule x {\n  title: \"\xc3\xa9t\xe9\"\n}\n");
    folder.write("y.spoor", b"\xff\xfer\0u\0l\0e\0");
    let run = folder.spoor(&["check"]);
    assert!(run.stdout.contains("x.spoor:2:13") && run.stdout.contains("0xE9"), "{}", run.stdout);
    assert!(run.stdout.contains("y.spoor:1:1") && run.stdout.contains("UTF-16"), "{}", run.stdout);
}

#[test]
fn a_broken_file_takes_nothing_from_the_others() {
    let folder = Folder::with(&[("good.spoor", GOOD), ("bad.spoor", BAD), ("broken.spoor", BROKEN)]);
    folder.write("junk.spoor", [0u8, 159, 146, 150]);
    let run = folder.spoor(&["build", "--target", "splunk"]);
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("# good, splunk: exact"), "{}", run.stdout);
    for name in ["bad.spoor:2", "broken.spoor:", "junk.spoor:1"] {
        assert!(run.stderr.contains(name), "{name}: {}", run.stderr);
    }
}

#[test]
fn discovery_takes_rule_files_and_what_is_named() {
    let bad = |name: &str| BAD.replace("bad", name);
    let folder = Folder::with(&[
        ("rules/b.spoor", &bad("b")),
        ("rules/deep/er/a.spoor", &bad("a")),
        ("rules/.hidden/x.spoor", &bad("x")),
        ("rules/.y.spoor", &bad("y")),
        ("rules/target/z.spoor", &bad("z")),
        ("rules/folder.spoor/c.spoor", &bad("c")),
        ("rules/notes.txt", &bad("n")),
        ("empty/readme.md", ""),
    ]);
    let paths = |args: &[&str]| {
        let run = folder.spoor(&[&["check", "--format", "json"], args].concat());
        let paths: Vec<String> = run.json().iter().map(|finding| finding["path"].as_str().unwrap().to_owned()).collect();
        (run.code, paths.join(" "))
    };
    let all = "rules/b.spoor rules/deep/er/a.spoor rules/folder.spoor/c.spoor";
    assert_eq!(paths(&[]), (1, all.to_owned()));
    assert_eq!(paths(&["rules", "./rules/b.spoor", "rules/deep"]), (1, all.to_owned()));
    assert_eq!(paths(&["rules/notes.txt", "rules/.y.spoor"]), (1, "rules/.y.spoor rules/notes.txt".to_owned()));
    let run = folder.spoor(&["check", "empty"]);
    assert_eq!((run.code, run.stderr.as_str()), (2, "error: no rule file in `empty`\n"));
}

#[cfg(unix)]
#[test]
fn links_are_followed_but_never_in_a_circle() {
    let folder = Folder::with(&[("rules/a.spoor", BAD)]);
    std::os::unix::fs::symlink("..", folder.path("rules/up")).unwrap();
    std::os::unix::fs::symlink("a.spoor", folder.path("rules/b.spoor")).unwrap();
    std::os::unix::fs::symlink("nowhere", folder.path("rules/c.spoor")).unwrap();
    let run = folder.spoor(&["check", "--format", "json", "rules"]);
    let findings: Vec<String> =
        run.json().iter().map(|f| format!("{} {}", f["code"].as_str().unwrap(), f["path"].as_str().unwrap())).collect();
    assert_eq!(findings.len(), 2, "{findings:?}");
    assert_eq!(findings[1], "E0600 rules/c.spoor");
}

#[test]
fn imports_are_relative_and_may_be_circular() {
    let folder = Folder::with(&[
        ("rules/a.spoor", "import \"../lib/common.spoor\"\nrule a {\n  detect process where name in tools\n}\n"),
        (
            "lib/common.spoor",
            "import \"../rules/a.spoor\"\nlet tools = [\"a.exe\", \"b.exe\"]\nrule not_asked_for { detect process where nam == \"x\" }\n",
        ),
    ]);
    let run = folder.spoor(&["check", "rules"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{}", run.stderr);
    folder.write("lib/common.spoor", "let tools = [\"a.exe\"");
    let run = folder.spoor(&["check", "rules"]);
    assert!(run.code == 1 && run.stdout.contains("lib/common.spoor:1:"), "{}", run.stdout);
}

#[test]
fn a_rule_may_come_from_standard_input() {
    let run = Folder::new().spoor_with(&["check", "--format", "json", "-"], BAD.as_bytes());
    assert_eq!((run.code, &run.json()[0]["path"]), (1, &"<stdin>".into()));
}

#[test]
fn a_rule_of_sigma_may_come_from_standard_input() {
    let rule = "title: A\nlogsource: {category: process_creation}\ndetection: {sel: {CommandLin: x}, condition: sel}\n";
    let folder = Folder::new();
    let run = folder.spoor_with(&["check", "-"], rule.as_bytes());
    assert!(run.code == 1 && run.stdout.contains("E0713"), "{}{}", run.stdout, run.stderr);
    let run = folder.spoor_with(&["import", "-"], rule.replace("Lin:", "Line:").as_bytes());
    assert!(run.code == 0 && run.stdout.contains("command_line == \"x\""), "{}{}", run.stdout, run.stderr);
}
