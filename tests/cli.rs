//! The binary as its users meet it: exit codes, the two streams, JSON, and every kind of bad input.

#[path = "cli/codes.rs"]
mod codes;
#[path = "cli/run.rs"]
mod run;

use std::io::Read;
use std::process::Stdio;
use std::time::{Duration, Instant};

use run::{Folder, Run, command};

const GOOD: &str = "rule good {\n  detect process where name == \"a.exe\"\n}\n";
const BAD: &str = "rule bad {\n  detect process where nam == \"a.exe\"\n}\n";
const BROKEN: &str = "rule broken {\n  detect process where name ==\n}\n";

fn codes_of(run: &Run) -> Vec<String> {
    run.json().iter().map(|finding| finding["code"].as_str().unwrap().to_owned()).collect()
}

// ---------- check ----------

#[test]
fn clean_is_0_findings_are_1_a_missing_file_is_2() {
    let folder = Folder::with(&[("good.spoor", GOOD), ("bad/bad.spoor", BAD)]);
    let run = folder.spoor(&["check", "good.spoor"]);
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""));
    assert_eq!(folder.spoor(&["check"]).code, 1);
    let run = folder.spoor(&["check", "good.spoor", "missing.spoor", "bad"]);
    assert_eq!(run.code, 2);
    assert!(run.stdout.contains("`missing.spoor` cannot be read") && run.stdout.contains("bad/bad.spoor:2:24"), "{}", run.stdout);
}

#[test]
fn the_json_has_the_documented_shape() {
    let folder = Folder::with(&[("bad.spoor", BAD)]);
    let run = folder.spoor(&["check", "--format", "json"]);
    let findings = run.json();
    assert_eq!(findings.len(), 1, "{}", run.stdout);
    let finding = &findings[0];
    for key in ["code", "severity", "message", "path", "line", "column", "end_line", "end_column", "help", "fix"] {
        assert!(finding.get(key).is_some(), "no {key}: {finding}");
    }
    assert_eq!((&finding["path"], &finding["line"], &finding["column"]), (&"bad.spoor".into(), &2.into(), &24.into()));
    assert_eq!((&finding["severity"], &finding["end_line"], &finding["end_column"]), (&"error".into(), &2.into(), &27.into()));
}

#[test]
fn warnings_fail_only_when_they_are_denied() {
    let folder = Folder::with(&[("empty.spoor", "# nothing yet\n")]);
    assert_eq!(folder.spoor(&["check"]).code, 0);
    let run = folder.spoor(&["check", "--deny", "warning", "--format", "json"]);
    assert_eq!((run.code, codes_of(&run)), (1, vec!["E0606".to_owned()]));
}

#[test]
fn findings_are_in_the_order_of_paths_and_places() {
    let two = "rule x {\n  detect process where nam == \"a\" and nme == \"b\"\n}\n";
    let folder = Folder::with(&[("b.spoor", two), ("a/z.spoor", &two.replace('x', "y")), ("a.spoor", &two.replace('x', "z"))]);
    let run = folder.spoor(&["check", "--format", "json", "b.spoor", "."]);
    let places: Vec<String> = run.json().iter().map(|f| format!("{}:{}", f["path"].as_str().unwrap(), f["column"])).collect();
    assert_eq!(places, ["a.spoor:24", "a.spoor:39", "a/z.spoor:24", "a/z.spoor:39", "b.spoor:24", "b.spoor:39"]);
}

#[test]
fn colour_is_for_terminals_and_those_who_ask() {
    let folder = Folder::with(&[("bad.spoor", BAD)]);
    assert!(!folder.spoor(&["check"]).stdout.contains('\x1b'));
    assert!(folder.spoor(&["check", "--color", "always"]).stdout.contains("\x1b["));
    assert!(!folder.spoor(&["check", "--color", "never"]).stdout.contains('\x1b'));
}

#[test]
fn sure_fixes_are_applied_and_the_rest_is_reported() {
    let folder = Folder::with(&[(
        "x.spoor",
        "\u{feff}rule x {\r\n  detect process where name =~ \"a.exe\" and id == \"4\" and nam exists\r\n}\r\n",
    )]);
    let run = folder.spoor(&["check", "--fix"]);
    let text = folder.read("x.spoor");
    assert!(text.starts_with("\u{feff}rule x {\r\n  detect process where name == \"a.exe\""), "{text}");
    assert!(run.stdout.contains("nam") && !run.stdout.contains("=~"), "{}", run.stdout);
    assert!(run.stderr.contains("in 1 file"), "{}", run.stderr);
    assert_eq!(run.code, 1);
    let again = folder.spoor(&["check", "--fix"]);
    assert_eq!((folder.read("x.spoor"), again.stdout, again.stderr.as_str()), (text, run.stdout, ""));
    assert_eq!(std::fs::read_dir(folder.path(".")).unwrap().count(), 1, "no temporary file is left");
}

/// What would mend a value in a rule is written otherwise in a list file: nothing is mended.
#[test]
fn a_fault_of_a_list_file_names_the_entry_and_changes_nothing() {
    let rule = "rule x {\n  let bad: domain from \"iocs.txt\"\n  detect file where origin.url under bad\n}\n";
    let folder = Folder::with(&[("x.spoor", rule), ("iocs.txt", "evil.example\nhttps://evil.example/x\n")]);
    let run = folder.spoor(&["check", "--fix"]);
    assert_eq!((folder.read("x.spoor").as_str(), run.code), (rule, 1));
    assert!(run.stdout.contains("E0307") && run.stdout.contains("iocs.txt:2:1"), "{}", run.stdout);
}

#[test]
fn a_file_that_cannot_be_written_is_as_it_was() {
    let text = "rule x {\n  detect process where name =~ \"a.exe\"\n}\n";
    let folder = Folder::with(&[("x.spoor", text)]);
    let mut rights = std::fs::metadata(folder.path("x.spoor")).unwrap().permissions();
    rights.set_readonly(true);
    std::fs::set_permissions(folder.path("x.spoor"), rights.clone()).unwrap();
    let run = folder.spoor(&["check", "--fix"]);
    assert_eq!((run.code, folder.read("x.spoor")), (2, text.to_owned()));
    assert!(run.stderr.contains("cannot write `x.spoor`: permission denied"), "{}", run.stderr);
    assert!(run.stdout.contains("=~"), "what is left is reported: {}", run.stdout);
}

// ---------- files ----------

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

/// Lines and columns are those of an editor: a column is a character, a tab and a letter beyond ASCII among them.
#[test]
fn a_map_says_where_each_line_came_from() {
    let rule = "rule mapped {\n  let bad = [\"b.exe\", \"c.exe\"]\n  detect process where user.name == \"h\u{e9}\" and\tname in bad\n  last 7d\n}\n";
    let folder = Folder::with(&[("rules/x.spoor", rule)]);
    let run = folder.spoor(&["build", "--format", "json", "--map", "-t", "defender", "rules"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let row = &run.json()[0];
    let query = row["query"].as_str().unwrap();
    let entries = row["map"].as_array().unwrap();
    let numbers: Vec<u64> = entries.iter().map(|entry| entry["line"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=query.trim_end().lines().count() as u64).collect::<Vec<_>>());
    let of = |text: &str| {
        let line = query.lines().position(|line| line.contains(text)).unwrap_or_else(|| panic!("{text}: {query}"));
        let place = |span: &serde_json::Value| {
            assert_eq!(span["path"], "rules/x.spoor");
            ["line", "column", "end_line", "end_column"].map(|key| span[key].as_u64().unwrap())
        };
        entries[line]["spans"].as_array().unwrap().iter().map(place).collect::<Vec<_>>()
    };
    assert_eq!(of("// mapped"), [[1, 6, 1, 12]]);
    assert_eq!(of("DeviceProcessEvents"), [[3, 10, 3, 17]]);
    assert_eq!(of("ago(7d)"), [[4, 8, 4, 10]]);
    assert_eq!(of("AccountName matches"), [[3, 24, 3, 41]]);
    assert_eq!(of("b.exe"), [[2, 3, 2, 31], [3, 46, 3, 57]]);
    assert_eq!(of("| sort by"), [[0u64; 4]; 0]);
    // Without the flag there is no such key.
    assert!(folder.spoor(&["build", "--format", "json", "rules"]).json()[0].get("map").is_none());
}

#[test]
fn a_map_stands_beside_the_query_and_below_it() {
    let file = "rule file_only {\n  detect file where name == \"a.exe\"\n}\n";
    let native = "rule native {\n  detect windows_event where event_id == 1\n}\n";
    let folder = Folder::with(&[("x.spoor", file), ("y.spoor", native)]);
    let run = folder.spoor(&["build", "--map", "-o", "out", "x.spoor", "y.spoor"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let entries: serde_json::Value = serde_json::from_str(&folder.read("out/file_only.splunk.map.json")).unwrap();
    let json = folder.spoor(&["build", "--map", "--format", "json", "-t", "splunk", "x.spoor"]).json();
    assert_eq!(entries, json[0]["map"]);
    assert!(folder.path("out/native.splunk-raw.map.json").is_file() && !folder.path("out/native.defender.map.json").exists());
    // What has no query has no map.
    let refused = folder.spoor(&["build", "--map", "--format", "json", "-t", "defender", "y.spoor"]).json();
    assert!(refused[0]["query"].is_null() && refused[0]["map"].is_null() && refused[0].get("map").is_some());
    // A map that is not written again is taken away: it would speak for a query that is no more.
    let run = folder.spoor(&["build", "-o", "out", "x.spoor"]);
    assert!(run.stderr.contains("removed `out/file_only.splunk.map.json`"), "{}", run.stderr);
    assert!(!folder.path("out/file_only.splunk.map.json").exists() && folder.path("out/file_only.splunk.spl").is_file());
    // For people: the query as it is, and below it where its lines came from.
    let plain = folder.spoor(&["build", "-t", "defender", "x.spoor"]).stdout;
    let mapped = folder.spoor(&["build", "--map", "-t", "defender", "x.spoor"]).stdout;
    assert!(mapped.starts_with(&plain), "{mapped}");
    assert!(
        mapped[plain.len()..].starts_with("#   line 1: x.spoor:1:6\n#   lines 2-4: x.spoor:2:10\n#   line 5: x.spoor:2:21\n"),
        "{mapped}"
    );
    assert!(mapped.contains(": nothing of the rule\n"), "{mapped}");
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

// ---------- hostile input ----------

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

// ---------- streams ----------

#[test]
fn who_stops_reading_gets_no_complaint() {
    let folder = Folder::new();
    let many: String = (0..2000).map(|n| format!("rule bad{n} {{ detect process where nam == \"a\" }}\n")).collect();
    folder.write("x.spoor", many);
    for args in [&["check"][..], &["check", "--format", "json"], &["schema", "process"], &["explain", "E0201"]] {
        let mut child = command(&folder.path(".")).args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = [0; 10];
        child.stdout.take().unwrap().read_exact(&mut first).unwrap();
        let mut complaint = String::new();
        child.stderr.take().unwrap().read_to_string(&mut complaint).unwrap();
        child.wait().unwrap();
        assert_eq!(complaint, "", "{args:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_once() {
    let folder = Folder::with(&[("bad.spoor", BAD)]);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = command(&folder.path(".")).arg("check").stdout(full).stderr(Stdio::piped()).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(stderr.matches("cannot write to standard output").count(), 1, "{stderr}");
}

#[test]
fn quiet_means_only_errors_on_stderr() {
    let folder = Folder::with(&[("good.spoor", GOOD)]);
    let loud = folder.spoor(&["build"]);
    let quiet = folder.spoor(&["build", "-q"]);
    assert_eq!((quiet.stderr.as_str(), &quiet.stdout), ("", &loud.stdout));
    assert!(loud.stderr.contains("target") && loud.stderr.contains("exact"), "{}", loud.stderr);
}

// ---------- build ----------

#[test]
fn build_writes_a_file_a_rule_and_target() {
    let folder = Folder::with(&[("good.spoor", GOOD)]);
    let run = folder.spoor(&["build", "-o", "out"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{}", run.stderr);
    let printed = folder.spoor(&["build", "--target", "defender"]).stdout;
    let written = folder.read("out/good.defender.kql");
    assert!(written.ends_with('\n') && printed.contains(written.trim_end()), "{written}");
    assert!(folder.read("out/good.splunk.spl").contains("tstats"));
    folder.write("file", "");
    let run = folder.spoor(&["build", "-o", "file/out"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("cannot make the folder"), "{}", run.stderr);
}

#[test]
fn build_json_has_the_documented_shape() {
    let folder = Folder::with(&[("good.spoor", GOOD), ("unrecorded.spoor", UNRECORDED)]);
    let run = folder.spoor(&["build", "--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let rows = run.json();
    assert_eq!(rows.len(), 2 * spoor::backend::Target::ALL.len());
    for row in &rows {
        assert_eq!(row["query"].is_null(), row["fidelity"] == "refused", "{row}");
        assert_eq!(row["reasons"].as_array().unwrap().is_empty(), row["fidelity"] == "exact", "{row}");
        for reason in row["reasons"].as_array().unwrap() {
            let span = &reason["span"];
            assert!(reason["code"].is_string() && reason["message"].is_string() && span["path"] == row["path"], "{row}");
            assert!(["line", "column", "end_line", "end_column"].iter().all(|key| span[key].is_number()), "{row}");
        }
    }
}

const UNRECORDED: &str = "rule unrecorded {\n  detect driver_load where name == \"a\"\n  last 7d\n}\n";

#[test]
fn a_named_target_must_not_refuse() {
    let folder = Folder::with(&[("unrecorded.spoor", UNRECORDED)]);
    let run = folder.spoor(&["build"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("unrecorded has no splunk query: E04"), "{}", run.stderr);
    let run = folder.spoor(&["build", "-t", "splunk"]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("--> unrecorded.spoor:2:"), "{}", run.stderr);
    let run = folder.spoor(&["build", "-t", "splunc"]);
    assert!(run.code == 2 && run.stderr.contains("splunk"), "{}", run.stderr);
}

#[test]
fn a_query_that_is_refused_now_leaves_no_old_file() {
    let folder = Folder::with(&[("x.spoor", &GOOD.replace("good", "unrecorded"))]);
    folder.spoor(&["build", "-o", "out"]);
    assert!(folder.path("out/unrecorded.splunk.spl").exists());
    folder.write("x.spoor", UNRECORDED);
    let run = folder.spoor(&["build", "-o", "out"]);
    assert!(!folder.path("out/unrecorded.splunk.spl").exists());
    assert!(run.stderr.contains("removed"), "{}", run.stderr);
}

// ---------- fmt, explain, schema, completions ----------

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
fn a_file_of_sigma_is_explained_with_its_selections() {
    let rule = "title: A\nlogsource: {category: process_creation}\ndetection:\n  selection: {CommandLine|contains: x}\n  filter_main: {User: bob}\n  condition: selection and not 1 of filter_*\n";
    let folder = Folder::with(&[("rule.yml", rule), ("bad.yml", &rule.replace("CommandLine", "CommandLin"))]);
    let run = folder.spoor(&["explain", "rule.yml"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    for wanted in ["rule (rule.yml:1)", "detect process", "except ", "splunk: ", "defender: "] {
        assert!(run.stdout.contains(wanted), "{wanted}: {}", run.stdout);
    }
    let run = folder.spoor(&["explain", "bad.yml"]);
    assert!(run.code == 1 && run.stderr.contains("E0713") && run.stderr.contains("no rule without an error"), "{}", run.stderr);
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

/// Two keys of one selection would be one: a person chooses.
#[test]
fn no_fix_makes_two_keys_the_same() {
    let rule = "title: A\nlogsource: {category: process_creation, product: windows}\ndetection:\n  sel:\n    Image|endswith: a.exe\n    \
                image|endswith: b.exe\n  condition: sel\n";
    let folder = Folder::with(&[("rule.yml", rule)]);
    let run = folder.spoor(&["check", "--fix", "rule.yml"]);
    assert_eq!((folder.read("rule.yml").as_str(), run.code), (rule, 2), "{}", run.stderr);
    assert!(run.stderr.contains("two things one name"), "{}", run.stderr);
}

#[test]
fn sure_fixes_go_into_yaml_as_it_is_written() {
    let rule = "\u{feff}title: A\r\nstatus: Test\r\nlevel: 'hihg'\r\ntags: [attack.t1086]\r\nlogsource: {category: process_creation, product: windows}\r\n\
                detection:\r\n  selection:\r\n    \"CommandLnie|contain\": x # why\r\n  condition: selektion && selection\r\n";
    let folder = Folder::with(&[("rule.yml", rule)]);
    folder.spoor(&["check", "--fix", "rule.yml"]);
    let fixed = rule
        .replace("Test", "test")
        .replace("'hihg'", "high")
        .replace("t1086", "t1059.001")
        .replace("CommandLnie|contain", "CommandLine|contains");
    assert_eq!(folder.read("rule.yml"), fixed.replace("selektion && selection", "selection and selection"));
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

#[test]
fn explain_knows_codes_and_rules() {
    let folder = Folder::with(&[("good.spoor", GOOD), ("bad.spoor", BAD)]);
    let run = folder.spoor(&["explain", "e0201"]);
    assert!(run.code == 0 && run.stdout.starts_with("# E0201 unknown field\n"), "{}", run.stdout);
    let run = folder.spoor(&["explain", "E9999"]);
    assert_eq!((run.code, run.stderr.as_str()), (2, "error: there is no code E9999\n"));
    let run = folder.spoor(&["explain", "good"]);
    assert!(run.code == 0 && run.stdout.starts_with("good (good.spoor:1)\n"), "{}", run.stdout);
    for word in ["splunk: exact", "defender: exact", "process in Endpoint.Processes", "first stage", "assumes:"] {
        assert!(run.stdout.contains(word), "no `{word}` in {}", run.stdout);
    }
    assert!(!run.stdout.contains("rewritten:"), "{}", run.stdout);
    let folder = Folder::with(&[
        ("good.spoor", GOOD),
        ("bad.spoor", BAD),
        ("again.spoor", "rule again {\n  detect file where path ends_with '\\x.hta'\n}\n"),
    ]);
    let run = folder.spoor(&["explain", "again"]);
    let line =
        "\nrewritten:\n  2:21: `path ends_with '\\x.hta'` is `name == 'x.hta'`, because `name` is the last part of `path`\n\nsplunk:";
    assert!(run.stdout.contains(line), "{}", run.stdout);
    let run = folder.spoor(&["explain", "god"]);
    assert!(run.code == 2 && run.stderr.contains("did you mean `good`?"), "{}", run.stderr);
    let run = folder.spoor(&["explain", "bad"]);
    assert!(run.code == 1 && run.stderr.contains("bad.spoor:2:24"), "{}", run.stderr);
}

#[test]
fn schema_shows_classes_fields_tables_and_columns() {
    let folder = Folder::new();
    for (name, expected) in [
        (None, "process"),
        (Some("process"), "command_line"),
        (Some("parent.name"), "Endpoint.Processes"),
        (Some("process.parent.name"), "InitiatingProcessFileName"),
        (Some("deviceprocessevents"), "ProcessCommandLine"),
        (Some("ProcessCommandLine"), "process.command_line"),
        (Some("Endpoint.Processes"), "Processes.process_name"),
    ] {
        let args: Vec<&str> = ["schema"].into_iter().chain(name).collect();
        let run = folder.spoor(&args);
        assert!(run.code == 0 && run.stdout.contains(expected), "{args:?}: {}{}", run.stdout, run.stderr);
    }
    let shown = "T1150: Plist Modification, a technique of ATT&CK 19
  revoked, now  T1647   Plist File Modification
  tactics       TA0005  Defense Evasion, now Stealth
                TA0003  Persistence
                TA0004  Privilege Escalation
";
    assert_eq!(folder.spoor(&["schema", "t1150"]).stdout, shown);
    let tactic = folder.spoor(&["schema", "TA0112"]).stdout;
    assert!(tactic.starts_with("TA0112: Defense Impairment, a tactic of ATT&CK 19, formerly Defense Evasion\n"), "{tactic}");
    let run = folder.spoor(&["schema", "TA0020"]);
    let unknown = "error: ATT&CK 19 has no `TA0020`; did you mean `TA0002`, `TA0010`, `TA0040`?\n";
    assert_eq!((run.code, run.stderr.as_str()), (2, unknown));
    let run = folder.spoor(&["schema", "comand_line"]);
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (2, "error: there is no class, field, table, column or value `comand_line`; did you mean `command_line` or `CommandLine`?\n")
    );
}

#[test]
fn help_has_examples_and_shells_have_completions() {
    let folder = Folder::new();
    for name in ["check", "build", "match", "fmt", "explain", "schema", "completions"] {
        let run = folder.spoor(&[name, "--help"]);
        assert!(run.code == 0 && run.stdout.contains("Examples:") && run.stdout.contains(&format!("spoor {name}")), "{}", run.stdout);
    }
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(folder.spoor(&["completions", shell]).stdout.contains("target"));
    }
    assert_eq!(folder.spoor(&[]).code, 2);
}

#[test]
fn a_pack_of_ones_own_stands_on_top_of_the_built_in_ones() {
    let folder = Folder::new();
    folder.write("r.spoor", "rule r {\n  detect process where mood contains \"grim\"\n  last 1d\n}\n");
    let pack = |column: &str| {
        format!(
            "model: {{classes: {{process: {{fields: {{mood: text}}}}}}}}\n\
             schemas: {{cim: {{tables: {{Endpoint.Processes: {{columns: {{my_mood: string}}}}}}}}}}\n\
             bindings: {{cim: {{classes: {{process: {{fields: {{mood: {column}}}}}}}}}}}\n"
        )
    };
    folder.write("mine.yaml", pack("my_mood"));
    folder.write("bad.yaml", pack("my_moood"));
    assert_eq!(folder.spoor(&["check", "r.spoor"]).code, 1);
    let run = folder.spoor(&["build", "--target", "splunk", "--pack", "mine.yaml", "r.spoor"]);
    assert!(run.code == 0 && run.stdout.contains("Processes.my_mood=\"*grim*\""), "{}{}", run.stdout, run.stderr);
    for (name, code) in [("bad.yaml", "E0629"), ("none.yaml", "E0600")] {
        let run = folder.spoor(&["check", "--pack", name, "r.spoor"]);
        assert!(run.code == 2 && run.stderr.contains(code), "{name}: {}", run.stderr);
    }
}
