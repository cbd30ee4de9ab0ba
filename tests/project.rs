//! `spoor.yaml`: which project a run has, what the manifest says, and what is wrong with it.

#[allow(dead_code)]
#[path = "cli/codes.rs"]
mod codes;
#[path = "cli/run.rs"]
mod run;

use run::{Folder, Run};

/// A file by the name of the acting process: since CIM 8.5.
const HIDDEN: &str = "rule hidden {\n  detect file where action == created and actor.name == \"a.exe\"\n}\n";
const GOOD: &str = "rule good {\n  detect process where name == \"a.exe\"\n}\n";
/// A field that only a pack has.
const MOOD: &str = "rule mood {\n  detect process where mood == \"calm\"\n}\n";
const PACK: &str = "
model: {classes: {process: {fields: {mood: text}}}}
schemas: {cim: {tables: {Endpoint.Processes: {columns: {my_mood: string}}}}}
bindings: {cim: {classes: {process: {fields: {mood: my_mood}}}}}
";

fn build(folder: &Folder, args: &[&str]) -> Run {
    folder.spoor(&[&["build", "--target", "splunk"], args].concat())
}

/// The findings on stderr, by code, each with the place its picture names.
fn wrong(folder: &Folder, args: &[&str]) -> Vec<String> {
    let run = folder.spoor(args);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}", run.stderr);
    let mut found: Vec<String> = Vec::new();
    for line in run.stderr.lines() {
        if let Some(code) = line.strip_prefix("error[") {
            found.push(code[..5].to_owned());
        } else if let (Some((_, place)), Some(last)) = (line.split_once("┌─ ").or_else(|| line.split_once("--> ")), found.last_mut())
            && !last.contains(' ')
        {
            last.push_str(&format!(" {}", place.trim()));
        }
    }
    found
}

// ---------- how queries are written ----------

#[test]
fn a_project_says_how_searches_are_written_and_a_flag_says_otherwise() {
    let folder = Folder::with(&[("rules/good.spoor", GOOD)]);
    let first = |args: &[&str]| {
        let run = build(&folder, &[&["rules"], args].concat());
        assert_eq!(run.code, 0, "{}", run.stderr);
        run.stdout.lines().find(|line| line.starts_with("| tstats")).expect("a search").to_owned()
    };
    let cases: &[(&str, &[&str], &str)] = &[
        ("", &[], "summariesonly=false allow_old_summaries=true fillnull_value=\"unknown\""),
        ("summaries: true", &[], "summariesonly=true allow_old_summaries=true fillnull_value=\"unknown\""),
        ("summaries: true", &["--summaries", "false"], "summariesonly=false"),
        ("summaries: macro", &[], "`summariesonly` allow_old_summaries=true fillnull_value=\"unknown\""),
        ("macros: splunk-security-content", &[], "`security_content_summariesonly`"),
        ("macros: splunk-security-content", &["--macros", "none"], "summariesonly=false"),
        ("summaries: true\nmacros: splunk-security-content", &[], "summariesonly=true"),
        ("summaries: true", &["--macros", "splunk-security-content"], "summariesonly=true"),
    ];
    for (manifest, args, wanted) in cases {
        folder.write("spoor.yaml", format!("# ours\n{manifest}\n"));
        assert!(first(args).starts_with(&format!("| tstats {wanted}")), "{manifest} {args:?}: {}", first(args));
    }
    folder.write("spoor.yaml", "macros: splunk-security-content\n");
    let run = build(&folder, &["rules"]);
    assert!(run.stdout.trim_end().ends_with("| `good_filter`"), "{}", run.stdout);
    let explained = folder.spoor(&["explain", "good", "rules"]);
    for part in ["security_content_summariesonly", "`good_filter` is defined"] {
        assert!(explained.stdout.contains(part), "{part}: {}", explained.stdout);
    }
}

#[test]
fn what_is_wrong_with_sources_has_its_place() {
    let folder = Folder::with(&[("rules/good.spoor", GOOD)]);
    for (manifest, found) in [
        ("sources: [sysmon]", "E0607 spoor.yaml:1:10"),
        ("sources: {sentinel: []}", "E0607 spoor.yaml:1:21"),
        ("sources: {sentinel: [sysmn]}", "E0614 spoor.yaml:1:22"),
        ("sources: {sentinel: [sysmon, sysmon]}", "E0607 spoor.yaml:1:30"),
        ("sources: {sentinel: {sysmon: {Source: x}}}", "E0607 spoor.yaml:1:30"),
        ("sources: {sentinell: [sysmon]}", "E0611 spoor.yaml:1:11"),
        ("sources: {defender: [sysmon]}", "E0614 spoor.yaml:1:11"),
        ("sources: {splunk: [proxies]}", "E0607 spoor.yaml:1:20"),
        ("sources: {splunk: {proxies: {sourcetyp: x}}}", "E0614 spoor.yaml:1:30"),
        ("sources: {splunk: {proxies: {sourcetype: []}}}", "E0607 spoor.yaml:1:42"),
        ("sources: {splunk: {proxies: {sourcetype: ''}}}", "E0607 spoor.yaml:1:42"),
    ] {
        folder.write("spoor.yaml", format!("{manifest}\n"));
        assert_eq!(wrong(&folder, &["build", "rules"]), [found], "{manifest}");
    }
    folder.write("spoor.yaml", "sources: {sentinel: sysmon, splunk: {proxies: {index: proxy}}}\n");
    let run = folder.spoor(&["build", "--target", "sentinel", "rules"]);
    assert!(run.code == 0 && run.stdout.contains("| where Source =~ \"Microsoft-Windows-Sysmon\""), "{}", run.stderr);
}

#[test]
fn a_word_that_a_key_does_not_take_has_its_place() {
    let folder = Folder::with(&[("rules/good.spoor", GOOD)]);
    folder.write("spoor.yaml", "summaries: truth\nmacros: [none]\n");
    assert_eq!(wrong(&folder, &["build", "rules"]), ["E0614 spoor.yaml:1:12", "E0607 spoor.yaml:2:9"]);
}

// ---------- versions ----------

#[test]
fn a_field_of_a_later_version_is_refused_and_says_why() {
    let folder = Folder::with(&[("rules/hidden.spoor", HIDDEN), ("rules/good.spoor", GOOD)]);
    assert_eq!(build(&folder, &["rules"]).code, 0, "without a version the newest is meant");
    for (version, refused) in [("6.1", true), ("6.1.2", true), ("6.4", true), ("8.5", false), ("8.5.0", false), ("6.2", true)] {
        folder.write("spoor.yaml", format!("# ours\ncim: {version}\n"));
        let run = build(&folder, &["rules"]);
        assert_eq!(run.code, i32::from(refused), "{version}: {}", run.stderr);
        assert!(run.stdout.contains("# good, splunk: exact"), "{}", run.stdout);
        if refused {
            for part in ["E0416", "no `actor.name` in `file` before cim 8.5", "`process_name` of `Endpoint.Filesystem`", "spoor.yaml:2"] {
                assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
            }
            assert!(run.stderr.contains(&format!("cim: {version}")), "{}", run.stderr);
        }
    }
    // The other targets know nothing of it.
    folder.write("spoor.yaml", "cim: 6.1\n");
    assert_eq!(folder.spoor(&["build", "--target", "defender", "rules"]).code, 0);
}

#[test]
fn a_column_of_a_later_version_is_an_error_in_check() {
    let pinned = |column: &str| format!("rule x {{\n  detect file\n    on splunk where {column} == \"a\"\n}}\n");
    let folder = Folder::with(&[("spoor.yaml", "cim: 6.1\n"), ("new.spoor", &pinned("process_path")), ("old.spoor", &pinned("file_path"))]);
    assert_eq!(folder.spoor(&["check", "old.spoor"]).code, 0);
    let run = folder.spoor(&["check", "new.spoor"]);
    assert_eq!(run.code, 1);
    for part in ["E0240", "`process_path` is new in cim 8.5", "no such column in cim 6.1", "`spoor.yaml:1` says `cim: 6.1`", "new.spoor:3:"]
    {
        assert!(run.stdout.contains(part), "{part}: {}", run.stdout);
    }
    folder.write("spoor.yaml", "cim: 8.5\n");
    assert_eq!(folder.spoor(&["check", "new.spoor"]).code, 0);
}

/// A whole table, a column that tells an action, the second choice of a field, what is joined to it.
#[test]
fn what_came_later_is_missing_wherever_it_is_named() {
    let pack = "
cim: 6.1
model:
  classes:
    driver: {doc: A driver., fields: {name: text}}
    door: {doc: A door., actions: [opened, closed, broken], show: [time, name], fields: {name: text, path: text, only: text}}
schemas:
  cim:
    tables:
      My.Drivers: {since: 8.5, columns: {name: string}}
      My.Doors: {columns: {name: string, new_name: string since 8.5, state: string, new_state: string since 8.5}}
bindings:
  cim:
    classes:
      driver: {in: {My.Drivers: '*'}, fields: {name: name}}
      door:
        in: {My.Doors: {opened: {state: open}, closed: {new_state: shut}, broken: {state: broken}}}
        fields: {name: 'first(new_name, name)', path: 'join(name, \"/\", new_name)', only: new_name}
";
    let rule = |name: &str, detect: &str| format!("rule {name} {{\n  detect {detect}\n}}\n");
    let folder = Folder::with(&[
        ("spoor.yaml", &pack.replace("\\\"", "\"")),
        ("table.spoor", &rule("table", "driver where name == \"a\"")),
        ("action.spoor", &rule("action", "door where action == closed")),
        ("some.spoor", &rule("some", "door where action in [opened, closed] and name == \"a\"")),
        ("parts.spoor", &rule("parts", "door where action == opened and path == \"b\"")),
        ("only.spoor", &rule("only", "door where action == opened and only == \"a\"")),
    ]);
    for (file, part) in [
        ("table.spoor", "`splunk` has no `driver` events before cim 8.5"),
        ("action.spoor", "`new_state` of `My.Doors` is new in cim 8.5, and `spoor.yaml:2` says `cim: 6.1`"),
        ("only.spoor", "`splunk` has no `only` in `door` before cim 8.5"),
    ] {
        let run = build(&folder, &[file]);
        assert!(run.code == 1 && run.stderr.contains(part), "{file}: {}", run.stderr);
    }
    let some = build(&folder, &["some.spoor"]);
    assert!(some.stdout.contains("narrowed") && some.stdout.contains("state=\"open\"") && !some.stdout.contains("new_"), "{}", some.stdout);
    let parts = build(&folder, &["parts.spoor"]);
    assert!(
        parts.stdout.contains("exact") && parts.stdout.contains("Doors.name=\"b\"") && !parts.stdout.contains("new_"),
        "{}",
        parts.stdout
    );
    folder.write("spoor.yaml", pack.replace("cim: 6.1", "cim: 8.5").replace("\\\"", "\""));
    let all = build(&folder, &["table.spoor", "action.spoor", "some.spoor", "parts.spoor", "only.spoor"]);
    assert!(all.code == 0 && all.stdout.matches("exact").count() == 5 && all.stdout.contains("new_name"), "{}{}", all.stdout, all.stderr);
}

// ---------- discovery ----------

#[test]
fn the_nearest_manifest_above_the_paths_is_the_project() {
    let folder =
        Folder::with(&[("spoor.yaml", "cim: 6.1\n"), ("a/b/hidden.spoor", HIDDEN), ("c/spoor.yaml", ""), ("c/hidden.spoor", HIDDEN)]);
    let refused = |path: &str, place: &str| {
        let run = build(&folder, &[path]);
        assert!(run.code == 1 && run.stderr.contains(place), "{path}: {}", run.stderr);
    };
    refused("a/b/hidden.spoor", "`spoor.yaml:1`");
    refused("a", "`spoor.yaml:1`");
    refused("a/../a/b", "`spoor.yaml:1`");
    assert_eq!(build(&folder, &["c/hidden.spoor"]).code, 0, "an own manifest, though an empty one");
    // From a folder below, and from outside.
    let run = run::Run::of_command(run::command(&folder.path("a/b")).args(["build", "--target", "splunk"]));
    assert!(run.code == 1 && run.stderr.contains("`../../spoor.yaml:1`"), "{}", run.stderr);
    let elsewhere = Folder::new();
    let path = folder.path("a").canonicalize().unwrap();
    let run = build(&elsewhere, &[path.to_str().unwrap()]);
    assert!(run.code == 1 && run.stderr.contains("spoor.yaml:1`"), "{}", run.stderr);
    // Standard input is of the working folder.
    let run = folder.spoor_with(&["build", "--target", "splunk", "-"], HIDDEN.as_bytes());
    assert_eq!(run.code, 1, "{}", run.stderr);
}

#[test]
fn a_repository_ends_the_way_up() {
    let folder = Folder::with(&[("spoor.yaml", "cim: 6.1\n"), ("repo/.git/HEAD", ""), ("repo/rules/hidden.spoor", HIDDEN)]);
    assert_eq!(build(&folder, &["repo/rules"]).code, 0);
    folder.write("repo/spoor.yaml", "cim: 6.1\n");
    assert_eq!(build(&folder, &["repo/rules"]).code, 1, "the repository's own folder counts");
}

#[test]
fn a_run_has_one_project() {
    let folder =
        Folder::with(&[("red/spoor.yaml", ""), ("red/a.spoor", GOOD), ("blue/spoor.yaml", ""), ("blue/b.spoor", GOOD), ("c.spoor", MOOD)]);
    let run = folder.spoor(&["check", "red", "blue/b.spoor"]);
    assert_eq!(run.code, 2);
    for part in ["E0612", "`red` and `blue/b.spoor` belong to two projects", "`blue/spoor.yaml` is another one than `red/spoor.yaml`"] {
        assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
    }
    // What belongs to none goes with the others.
    folder.write("red/spoor.yaml", PACK);
    assert_eq!(folder.spoor(&["check", "red", "c.spoor"]).code, 0);
    assert_eq!(folder.spoor(&["check", "c.spoor"]).code, 1);
}

#[test]
fn another_name_is_told() {
    let folder = Folder::with(&[("spoor.yml", "cim: 6.1\n"), ("rules/good.spoor", GOOD)]);
    assert_eq!(wrong(&folder, &["check", "rules"]), ["E0613 spoor.yml:1:1"]);
    folder.write("spoor.yaml", "");
    assert_eq!(folder.spoor(&["check", "rules"]).code, 0);
}

// ---------- what the manifest says ----------

#[test]
fn rules_and_targets_are_for_commands_that_name_none() {
    let folder = Folder::with(&[
        ("spoor.yaml", "rules: [detections, 'more/*.spoor']\ntargets: [defender]\n"),
        ("detections/good.spoor", GOOD),
        ("more/hidden.spoor", HIDDEN),
        ("drafts/bad.spoor", MOOD),
    ]);
    assert_eq!(folder.spoor(&["check"]).code, 0);
    assert_eq!(folder.spoor(&["check", "drafts"]).code, 1);
    let run = folder.spoor(&["build"]);
    assert!(run.stdout.contains("# good, defender") && run.stdout.contains("# hidden, defender"), "{}", run.stdout);
    assert!(!run.stdout.contains("splunk"), "{}", run.stdout);
    assert!(folder.spoor(&["build", "--target", "splunk"]).stdout.contains("# good, splunk:"));
    let run =
        folder.spoor_with(&["match", "-"], br#"{"Timestamp":"2026-01-01T00:00:00Z","ActionType":"ProcessCreated","FileName":"a.exe"}"#);
    assert!(run.stdout.contains("\"rule\":\"good\"") && run.stdout.contains("detections/good.spoor"), "{}{}", run.stdout, run.stderr);
    assert!(folder.spoor(&["explain", "good"]).stdout.contains("detections/good.spoor:1"));
    assert_eq!(folder.spoor(&["fmt", "--check"]).code, 0);
    let below = run::Run::of_command(run::command(&folder.path("drafts")).args(["build", "--format", "json"]));
    assert!(below.json().iter().any(|row| row["path"] == "../detections/good.spoor"), "{}", below.stdout);
    let none = Folder::new();
    assert!(none.spoor(&["match", "-"]).stderr.contains("no rules"));
}

#[test]
fn packs_stand_in_files_in_folders_or_in_the_manifest() {
    let uses = |manifest: &str, files: &[(&str, &str)]| {
        let folder = Folder::with(files);
        folder.write("rules/mood.spoor", MOOD);
        folder.write("spoor.yaml", manifest);
        for args in [["check", "rules"], ["build", "rules"], ["fmt", "rules"], ["schema", "process"], ["explain", "mood"]] {
            let run = folder.spoor(&args);
            assert_eq!(run.code, 0, "{manifest} {args:?}: {}{}", run.stdout, run.stderr);
            assert!(matches!(args[0], "check" | "fmt") || run.stdout.contains("mood"), "{args:?}: {}", run.stdout);
        }
    };
    uses("schemas: packs/mood.yaml\n", &[("packs/mood.yaml", PACK)]);
    uses("schemas: [packs]\n", &[("packs/mood.yml", PACK), ("packs/notes.txt", ":"), ("packs/.x.yaml", ":"), ("packs/below/x.yaml", ":")]);
    uses("schemas: ['p*/m*d.yaml']\n", &[("packs/mood.yaml", PACK), ("packs/x.yaml", ":")]);
    uses("schemas: ['*.yaml', mood.yaml, .]\n", &[("mood.yaml", PACK)]);
    uses(PACK, &[]);
    // What a binding names may stand anywhere: half in a file, half in the manifest.
    let (model, rest) = PACK.trim().split_once('\n').unwrap();
    uses(&format!("{model}\nschemas: [a.yaml]\n"), &[("a.yaml", rest)]);
    uses(&format!("\u{feff}{}", PACK.replace('\n', "\r\n")), &[]);
}

#[test]
fn the_manifest_lies_over_its_files_and_the_command_line_over_it() {
    let column = |name: &str| {
        format!(
            "schemas: {{cim: {{tables: {{Endpoint.Processes: {{columns: {{{name}: string}}}}}}}}}}\nbindings: {{cim: {{classes: {{process: {{fields: {{name: {name}}}}}}}}}}}\n"
        )
    };
    let folder =
        Folder::with(&[("good.spoor", GOOD), ("a.yaml", &column("from_a")), ("b.yaml", &column("from_b")), ("c.yaml", &column("from_c"))]);
    let reads = |args: &[&str], column: &str| {
        let run = build(&folder, args);
        assert!(run.stdout.contains(&format!("Processes.{column}=\"a.exe\"")), "{column}: {}{}", run.stdout, run.stderr);
    };
    reads(&["good.spoor"], "process_name");
    folder.write("spoor.yaml", "schemas: [a.yaml, b.yaml]");
    reads(&["good.spoor"], "from_b");
    folder.write("spoor.yaml", "schemas: [b.yaml, a.yaml]");
    reads(&["good.spoor"], "from_a");
    let (_, bindings) = column("from_a").split_once('\n').map(|(a, b)| (a.to_owned(), b.replace("from_a", "from_b"))).unwrap();
    folder.write("spoor.yaml", format!("schemas: [b.yaml, a.yaml]\n{bindings}"));
    reads(&["good.spoor"], "from_b");
    reads(&["--pack", "c.yaml", "good.spoor"], "from_c");
}

// ---------- mistakes ----------

#[test]
fn every_mistake_of_a_manifest_has_its_place() {
    let of = |manifest: &str| {
        let folder = Folder::with(&[("spoor.yaml", manifest), ("good.spoor", GOOD), ("empty/x.txt", "")]);
        wrong(&folder, &["check", "good.spoor"])
    };
    for (manifest, expected) in [
        ("- cim", &["E0607 spoor.yaml:1:1"][..]),
        ("cim", &["E0607 spoor.yaml:1:1"]),
        ("cim: 6.1\n---\ncim: 6.1\n", &["E0607 spoor.yaml:3:1"]),
        ("cim: [6.1]", &["E0607 spoor.yaml:1:6"]),
        ("narrow: maybe", &["E0614 spoor.yaml:1:9"]),
        ("cim:", &["E0607 spoor.yaml:1:1"]),
        ("rules: {a: b}", &["E0607 spoor.yaml:1:8"]),
        ("targets: [[splunk]]", &["E0607 spoor.yaml:1:11"]),
        ("schemas: [{cim: 1}]", &["E0607 spoor.yaml:1:11"]),
        ("[a]: b", &["E0622 spoor.yaml:1:1"]),
        ("rules:", &["E0607 spoor.yaml:1:6"]),
        ("cmi: 6.1", &["E0608 spoor.yaml:1:1"]),
        ("packs: [a.yaml]", &["E0608 spoor.yaml:1:1"]),
        ("rules: [no, empty]", &["E0609 spoor.yaml:1:9"]),
        (
            "schemas: [no.yaml, empty, 'x*', '**/x', '']",
            &["E0609 spoor.yaml:1:11", "E0609 spoor.yaml:1:20", "E0609 spoor.yaml:1:27", "E0609 spoor.yaml:1:33", "E0609 spoor.yaml:1:41"],
        ),
        ("schemas: spoor.yaml", &["E0609 spoor.yaml:1:10"]),
        ("cim: 7.0", &["E0610 spoor.yaml:1:6"]),
        ("cim: 5.3", &["E0610 spoor.yaml:1:6"]),
        ("cim: 6", &["E0610 spoor.yaml:1:6"]),
        ("cim: newest", &["E0610 spoor.yaml:1:6"]),
        ("defender: 1", &["E0610 spoor.yaml:1:11"]),
        ("targets: splunky", &["E0611 spoor.yaml:1:10"]),
        ("cim: 6.1\n\trules: x", &["E0620 spoor.yaml:2:1"]),
        ("cim: 'a", &["E0620 spoor.yaml:1:6"]),
        ("cim: 6.1\ncim: 6.4\n", &["E0624 spoor.yaml:2:1"]),
        (
            "schemas: {cim: {tables: {X: {column: {}}}}}\nmodel: {classes: {p: {dox: x}}}",
            &["E0623 spoor.yaml:1:30", "E0623 spoor.yaml:2:23"],
        ),
        (
            "bindings: {cim: {classes: {process: {fields: {name: proces_name}}}}}\nrule: x",
            &["E0629 spoor.yaml:1:53", "E0608 spoor.yaml:2:1"],
        ),
    ] {
        assert_eq!(of(manifest), expected, "{manifest}");
    }
    for manifest in ["", "# nothing\n", "~", "{}", "---\n", "\u{feff}", "schemas:\nmodel:\n", "schemas: []\nrules: []\ntargets: []\n"] {
        let folder = Folder::with(&[("spoor.yaml", manifest), ("good.spoor", GOOD)]);
        let run = folder.spoor(&["check", "good.spoor"]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{manifest}");
    }
}

#[test]
fn a_manifest_that_cannot_be_read_ends_the_run() {
    let folder = Folder::with(&[("good.spoor", GOOD), ("spoor.yaml/x", "")]);
    assert_eq!(wrong(&folder, &["check", "good.spoor"]), ["E0600 spoor.yaml:1:1"]);
    let folder = Folder::with(&[("good.spoor", GOOD)]);
    folder.write("spoor.yaml", b"cim: \xff");
    assert_eq!(wrong(&folder, &["check", "good.spoor"]), ["E0601 spoor.yaml:1:6"]);
    folder.write("spoor.yaml", "schemas: [a.yaml]");
    folder.write("a.yaml", b"model: \xff");
    assert_eq!(wrong(&folder, &["build", "good.spoor"]), ["E0601 a.yaml:1:8"]);
    #[cfg(unix)]
    {
        let folder = Folder::with(&[("good.spoor", GOOD)]);
        std::os::unix::fs::symlink("nowhere", folder.path("spoor.yaml")).unwrap();
        assert_eq!(wrong(&folder, &["check", "good.spoor"]), ["E0600 spoor.yaml:1:1"], "a link to nowhere is no missing manifest");
    }
}

/// A mistake in one file, and nothing is done with the others: not a rule is held against half of what the user said.
#[test]
fn one_mistake_ends_the_run_before_any_rule() {
    let folder = Folder::with(&[
        ("spoor.yaml", "schemas: [good.yaml, bad.yaml]\nrules: [rules]\n"),
        ("good.yaml", PACK),
        ("bad.yaml", "bindings: {cim: {classes: {proces: {}}}}"),
        ("rules/mood.spoor", MOOD),
        ("rules/bad.spoor", "rule bad { detect nothing }"),
    ]);
    let events = ["match", "-"];
    for args in [&["check"][..], &["check", "--fix"], &["build", "-o", "out"], &events, &["fmt"], &["schema"], &["explain", "mood"]] {
        assert_eq!(wrong(&folder, args), ["E0630 bad.yaml:1:28"], "{args:?}");
    }
    assert!(!folder.path("out").exists());
    // What explains the mistake is not ended by it.
    assert_eq!(folder.spoor(&["explain", "E0630"]).code, 0);
    assert_eq!(folder.spoor(&["completions", "bash"]).code, 0);
    // The message, once, as a person reads it.
    let run = folder.spoor(&["check"]);
    assert!(run.stderr.contains("`proces` is no class") && run.stderr.contains("`process` is one"), "{}", run.stderr);
}

#[test]
fn the_codes_of_projects_are_these() {
    // Each is triggered above; `tests/pages.rs` counts on it.
    assert_eq!(codes::BY_PROJECTS, ["E0240", "E0416", "E0612", "E0613"]);
}

/// A version alone costs a few pointers: no list of what is built in is copied.
#[test]
fn a_version_copies_no_pack() {
    let folder = Folder::with(&[("spoor.yaml", "cim: 6.1\n")]);
    let base = spoor::schema::builtin();
    let project = spoor::project::open(base, Some(&folder.path("spoor.yaml")), &[], &mut spoor::source::Sources::default()).unwrap();
    let packs = project.packs.unwrap();
    assert_eq!(packs.schema("cim").unwrap().chosen.as_ref().unwrap().version, "6.1");
    let same = |one: *const u8, other: *const u8| assert_eq!(one, other);
    same(packs.bindings.as_ptr().cast(), base.bindings.as_ptr().cast());
    same(packs.model.classes.as_ptr().cast(), base.model.classes.as_ptr().cast());
    for (schema, of_base) in packs.schemas.iter().zip(base.schemas.iter()) {
        same(schema.tables.as_ptr().cast(), of_base.tables.as_ptr().cast());
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(256))]
    /// Whatever stands in it: a project, or findings with places in the texts.
    #[test]
    fn no_manifest_stops_the_program(text in "(cim|rules|targets|schemas|model|bindings|splunk|6\\.1|\\*|\\.|[:{}\\[\\],&a\"'|>#~é-]|: |\n|\n  |\t|\u{feff}){0,40}") {
        let folder = Folder::with(&[("spoor.yaml", &text), ("a", "model: {}")]);
        let mut sources = spoor::source::Sources::default();
        if let Err(findings) = spoor::project::open(spoor::schema::builtin(), Some(&folder.path("spoor.yaml")), &[], &mut sources) {
            proptest::prop_assert!(!findings.is_empty());
            for finding in findings {
                let picture = spoor::diag::render::render(&finding, &sources, false);
                proptest::prop_assert!(picture.starts_with("error[E06"), "{}", picture);
            }
        }
    }
}

#[test]
fn without_a_project_all_is_as_it_was() {
    let folder = Folder::with(&[("good.spoor", GOOD), ("mood.spoor", MOOD), ("p.yaml", PACK)]);
    assert_eq!(folder.spoor(&["check", "good.spoor"]).code, 0);
    assert_eq!(folder.spoor(&["check", "mood.spoor"]).code, 1);
    assert_eq!(folder.spoor(&["--pack", "p.yaml", "check", "mood.spoor"]).code, 0);
    assert_eq!(wrong(&folder, &["--pack", "no.yaml", "check"]), ["E0600 no.yaml:1:1"]);
}
