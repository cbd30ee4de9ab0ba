//! What rules are deployed with: every form, read back by readers that share no code with its writers; the folder that it is written to.

#[allow(dead_code)] // a part of it is enough here
#[path = "cli/codes.rs"]
mod codes;
#[allow(dead_code)]
#[path = "cli/run.rs"]
mod run;

use std::collections::BTreeMap;
use std::path::Path;

use run::{Folder, Run};
use serde_json::{Value as Json, json};
use spoor::deploy::{Form, settings};

const SEVERAL: &str = include_str!("deploy/several.spoor");
const SINGLE: &str = include_str!("deploy/single.spoor");
const HOSTILE: &str = include_str!("deploy/hostile.spoor");
const FORMS: [&str; 5] = ["savedsearches", "contentctl", "sentinel", "sentinel-arm", "custom-detection"];

/// Every file below a folder, by name, with `/`.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(below) = open.pop() {
        for entry in std::fs::read_dir(&below).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().components().map(|part| part.as_os_str().to_string_lossy());
                found.insert(name.collect::<Vec<_>>().join("/"), std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

fn built(folder: &Folder, args: &[&str]) -> Run {
    let run = folder.spoor(&[&["build"], args].concat());
    assert!(run.code < 2, "{args:?}: {}", run.stderr);
    run
}

#[test]
fn every_form_is_as_reviewed() {
    assert_eq!(Form::ALL.map(Form::name), FORMS);
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_snapshot_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots/deploy"));
    for form in FORMS {
        let folder = Folder::with(&[("several.spoor", SEVERAL), ("single.spoor", SINGLE)]);
        let run = built(&folder, &["--format", form, "-o", "out"]);
        let mut page = format!("{SEVERAL}\n{SINGLE}\n---------- stderr\n{}", run.stderr);
        for (name, text) in files(&folder.path("out")) {
            page.push_str(&format!("\n---------- {name}\n{text}"));
        }
        settings.bind(|| insta::assert_snapshot!(form, page));
    }
}

#[test]
fn macros_and_lists_stand_in_the_app() {
    let names: String = (0..2_000).map(|number| format!("bad{number}.exe\n")).collect();
    let rule = "rule listed {\n  let bad from \"bad.txt\"\n  detect process where parent.name in bad\n}\n";
    let folder = Folder::with(&[("x.spoor", rule), ("bad.txt", &names)]);
    built(&folder, &["--format", "savedsearches", "--macros", "splunk-security-content", "-o", "out"]);
    let files = files(&folder.path("out/spoor_detections"));
    let transforms = conf(&files["default/transforms.conf"]);
    let [(name, settings)] = transforms.as_slice() else { panic!("{transforms:?}") };
    assert_eq!(settings["filename"], format!("{name}.csv"));
    assert_eq!(files[&format!("lookups/{name}.csv")].lines().count(), 2_001);
    let macros: Vec<String> = conf(&files["default/macros.conf"]).into_iter().map(|(name, _)| name).collect();
    assert_eq!(macros, ["security_content_ctime(1)", "security_content_summariesonly", "listed_filter"]);
}

// ---------- read back ----------

/// As Splunk reads a configuration file: a backslash at the end of a line goes on in the next one, which is part of the value.
fn conf(text: &str) -> Vec<(String, BTreeMap<String, String>)> {
    let mut stanzas: Vec<(String, BTreeMap<String, String>)> = Vec::new();
    let mut item = String::new();
    for line in text.lines() {
        assert_eq!(line.trim_end_matches([' ', '\t']), line, "a blank at the end of a line");
        if let Some(begin) = line.strip_suffix('\\') {
            item.push_str(begin);
            item.push('\n');
            continue;
        }
        item.push_str(line);
        let whole = std::mem::take(&mut item);
        let whole = whole.trim();
        if whole.is_empty() || whole.starts_with('#') {
            assert!(!whole.contains('\n'), "a comment that goes on: {whole}");
        } else if let Some(name) = whole.strip_prefix('[') {
            let name = name.strip_suffix(']').unwrap_or_else(|| panic!("no end of a stanza: {whole}"));
            assert!(stanzas.iter().all(|(known, _)| known != name), "{name} twice");
            stanzas.push((name.to_owned(), BTreeMap::new()));
        } else {
            let (key, value) = whole.split_once('=').unwrap_or_else(|| panic!("no setting: {whole}"));
            let settings = &mut stanzas.last_mut().expect("a stanza").1;
            assert!(settings.insert(key.trim().to_owned(), value.trim().to_owned()).is_none(), "{key} twice");
        }
    }
    assert!(item.is_empty(), "the file goes on behind its end");
    stanzas
}

/// The queries as `build` prints them, by rule.
fn queries(folder: &Folder, args: &[&str]) -> BTreeMap<String, String> {
    let rows = built(folder, &[&["--format", "json"], args].concat()).json();
    let pair = |row: &Json| Some((row["rule"].as_str()?.to_owned(), row["query"].as_str()?.trim().to_owned()));
    rows.iter().filter_map(pair).collect()
}

#[test]
fn a_search_is_read_back_as_it_was_printed() {
    let folder = Folder::with(&[("x.spoor", HOSTILE)]);
    built(&folder, &["--format", "savedsearches", "-o", "out"]);
    let stanzas = conf(&folder.read("out/spoor_detections/default/savedsearches.conf"));
    let queries = queries(&folder, &["-t", "splunk"]);
    assert_eq!(stanzas.len(), 3);
    let lines = |text: &str| text.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
    for (name, settings) in &stanzas {
        let rule = name.strip_prefix("Spoor - ").and_then(|name| name.strip_suffix(" - Rule")).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(lines(&settings["search"]), lines(&queries[rule]), "{rule}");
        for key in ["action.correlationsearch.annotations", "action.correlationsearch.metadata", "action.risk.param._risk"] {
            serde_json::from_str::<Json>(&settings[key]).unwrap_or_else(|error| panic!("{rule}: {key}: {error}"));
        }
    }
    let hostile = &stanzas[0].1;
    assert_eq!(hostile["action.notable.param.rule_title"], r#"[a] "b" 'c' %d% ＄e＄ `f` | g # h: i, {j} ö \."#);
    assert!(hostile["description"].contains("[no stanza]") && hostile["description"].contains("😀"), "{}", hostile["description"]);
    let metadata: Json = serde_json::from_str(&hostile["action.correlationsearch.metadata"]).unwrap();
    assert_eq!(metadata["author"], r#"O'Brien: "x" # y"#);
}

#[test]
fn yaml_and_json_are_read_back_as_they_were_meant() {
    let folder = Folder::with(&[("x.spoor", HOSTILE)]);
    for form in FORMS {
        built(&folder, &["--format", form, "-o", form]);
    }
    let sentinel = queries(&folder, &["-t", "sentinel", "--for", "custom-detection"]);
    let defender = queries(&folder, &["-t", "defender", "--for", "custom-detection"]);
    let yaml = |name: &str| serde_yaml::from_str::<Json>(&folder.read(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let json = |name: &str| serde_json::from_str::<Json>(&folder.read(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let title = r#"[a] "b" 'c' %d% $e$ `f` | g # h: i, {j} ö \"#;
    for rule in ["hostile_text", "hostile_words", "hostile_template"] {
        let plain = yaml(&format!("sentinel/{rule}.sentinel.yaml"));
        let arm = json(&format!("sentinel-arm/{rule}.sentinel.json"));
        let graph = json(&format!("custom-detection/{rule}.defender.json"));
        assert_eq!(plain["query"], json!(sentinel[rule]), "{rule}");
        assert_eq!(arm["resources"][0]["properties"]["query"], json!(sentinel[rule]), "{rule}");
        assert_eq!(graph["queryCondition"]["queryText"], json!(defender[rule]), "{rule}");
        let detection = yaml(&format!("contentctl/detections/endpoint/{rule}.yml"));
        assert!(detection["search"].as_str().unwrap().ends_with(&format!("`{rule}_filter`")), "{}", detection["search"]);
    }
    let plain = yaml("sentinel/hostile_text.sentinel.yaml");
    assert_eq!(plain["name"], json!(title));
    let description = plain["description"].as_str().unwrap();
    assert!(description.starts_with("first\n\n[second]\n\ttab\\\n\n# no comment"), "{description}");
    assert!(description.contains("- - none\\\n- yes\n\nReferences:\n- https://example.com/?a=[b]&c=%20#d\n- not: a link"), "{description}");
    let words = yaml("sentinel/hostile_words.sentinel.yaml");
    assert_eq!((&words["name"], &words["description"]), (&json!("yes"), &json!("1.0\n\nIts texts are words and numbers of YAML.")));
    // What Azure would compute is told to be text.
    let arm = json("sentinel-arm/hostile_template.sentinel.json");
    assert_eq!(arm["resources"][0]["properties"]["displayName"], json!("[[concat('a', 'b')]"));
    assert_eq!(json("sentinel-arm/hostile_text.sentinel.json")["resources"][0]["properties"]["displayName"], json!(title));
    let detection = yaml("contentctl/detections/endpoint/hostile_text.yml");
    assert_eq!(detection["references"], json!(["https://example.com/?a=[b]&c=%20#d"]));
    assert_eq!(detection["author"], json!(r#"O'Brien: "x" # y"#));
}

// ---------- what a form cannot carry ----------

#[test]
fn a_rule_that_a_form_cannot_carry_is_refused_and_has_no_file() {
    let long = format!("rule {} {{\n  detect process where name == \"a.exe\"\n}}\n", "long_name_".repeat(8));
    let often = "rule often {\n  detect file where action == modified\n    having count() > 5\n    by host\n  last 30m\n}\n";
    let few = "rule few {\n  detect file where action == modified\n    having count() < 5\n    by host\n    per 1h\n}\n";
    let folder = Folder::with(&[("long.spoor", &long), ("often.spoor", often), ("few.spoor", few)]);
    for (form, path, why) in
        [("contentctl", "long.spoor", "more than 67 characters"), ("custom-detection", "often.spoor", "no frequency of the Graph API")]
    {
        let run = built(&folder, &["--format", form, "-o", form, path]);
        assert!(run.code == 0 && run.stderr.contains(codes::BY_FORMS[0]) && run.stderr.contains(why), "{}", run.stderr);
        assert!(files(&folder.path(form)).is_empty(), "{form}");
        let target = if form == "custom-detection" { "defender" } else { "splunk" };
        let run = built(&folder, &["--format", form, "-o", form, "-t", target, path]);
        assert!(run.code == 1 && run.stderr.contains("error[E0490]"), "{}", run.stderr);
    }
}

/// Where a longer time between two runs is all that it takes, that is what is said.
#[test]
fn a_schedule_of_the_project_that_is_in_the_way_is_named() {
    let rule = "rule far {\n  detect process where name == \"a.exe\"\n    having count() > 5\n    by host\n  last 3d\n}\n";
    let folder = Folder::with(&[("far.spoor", rule)]);
    let run = |schedule: &str, last: &str| {
        folder.write("far.spoor", rule.replace("3d", last));
        folder.write("spoor.yaml", format!("deploy: {{schedule: {schedule}}}\n"));
        folder.spoor(&["build", "--format", "sentinel", "-t", "sentinel", "far.spoor"])
    };
    for schedule in ["5m", "30m"] {
        let refused = run(schedule, "3d");
        let named = format!("`deploy: {{schedule: {schedule}}}` in `spoor.yaml` runs it too often");
        assert!(refused.code == 1 && refused.stderr.contains("E0490") && refused.stderr.contains(&named), "{}", refused.stderr);
        assert!(refused.stderr.contains("`schedule: 1h` would do"), "{}", refused.stderr);
    }
    // What is advised works, and what no schedule helps is not said of it.
    assert_eq!(run("1h", "3d").code, 0);
    let chain = "rule far {\n  detect sequence by host within 20150m {\n    a: process where name == \"a.exe\"\n    b: file where name == \"b.exe\"\n  }\n}\n";
    folder.write("far.spoor", chain);
    let refused = folder.spoor(&["build", "--format", "sentinel", "-t", "sentinel", "far.spoor"]);
    assert!(refused.stderr.contains("no schedule looks back far enough") && !refused.stderr.contains("`deploy:"), "{}", refused.stderr);
}

/// What a product would compute in a text is text.
#[test]
fn what_begins_a_token_or_a_column_is_no_text_of_a_form() {
    let rule = "rule x {\n  title: \"{{DeviceName}} for $5\"\n  description: \"costs $user$ and {{AccountName}}\"\n  detect process where name == \"a.exe\"\n}\n";
    let folder = Folder::with(&[("x.spoor", rule)]);
    let run = built(&folder, &["--format", "savedsearches", "-o", "out"]);
    assert!(run.stderr.contains("`$` in titles and descriptions"), "{}", run.stderr);
    let stanzas = conf(&folder.read("out/spoor_detections/default/savedsearches.conf"));
    let settings = &stanzas[0].1;
    for key in ["description", "action.notable.param.rule_title", "action.notable.param.rule_description"] {
        assert!(settings[key].contains('\u{ff04}') && !settings[key].contains('$'), "{key}: {}", settings[key]);
    }
    let run = built(&folder, &["--format", "custom-detection", "-o", "out"]);
    assert!(run.stderr.contains("two braces in title and description"), "{}", run.stderr);
    let alert: Json = serde_json::from_str(&folder.read("out/x.defender.json")).unwrap();
    let template = &alert["detectionAction"]["alertTemplate"];
    assert_eq!(template["title"], "\u{ff5b}\u{ff5b}DeviceName\u{ff5d}\u{ff5d} for $5");
    assert!(
        template["description"].as_str().unwrap().starts_with("costs $user$ and \u{ff5b}\u{ff5b}AccountName\u{ff5d}\u{ff5d}"),
        "{template}"
    );
}

#[test]
fn what_a_form_has_no_place_for_is_told() {
    let folder = Folder::with(&[("x.spoor", SEVERAL)]);
    for (form, told) in [
        ("savedsearches", "tests (many_accounts); phase (many_accounts)"),
        ("contentctl", "references that are no links (many_accounts)"),
        ("sentinel-arm", "sub-techniques, of which the techniques are named (many_accounts, opened_then_shell)"),
        ("custom-detection", "version (many_accounts)"),
    ] {
        let run = built(&folder, &["--format", form]);
        let line = run.stderr.lines().find(|line| line.contains("has no place for")).unwrap_or_else(|| panic!("{form}: {}", run.stderr));
        for part in told.split("; ") {
            assert!(line.contains(part), "{form}: {line}");
        }
    }
}

#[test]
fn how_a_query_departs_and_what_is_alike_is_told() {
    let rule = |name: &str| format!("rule {name} {{\n  id: \"one\"\n  detect file where name == \"a.exe\" and previous.name exists\n}}\n");
    let folder = Folder::with(&[("x.spoor", &(rule("a") + &rule("b")))]);
    let run = built(&folder, &["--format", "sentinel"]);
    assert!(run.stderr.contains("warning: a and b have one id, "), "{}", run.stderr);
    let run = built(&folder, &["--format", "custom-detection"]);
    assert!(!run.stderr.contains("have one id"), "{}", run.stderr);
    let web = "rule w {\n  detect web where url contains \"/x\"\n}\n";
    folder.write("x.spoor", web);
    let run = built(&folder, &["--format", "custom-detection"]);
    assert!(run.stderr.contains("w is ") && run.stderr.contains(" in defender: E04"), "{}", run.stderr);
}

#[test]
fn arguments_that_do_not_go_together() {
    let folder = Folder::with(&[("x.spoor", SINGLE)]);
    for (args, why) in [
        (vec!["--format", "sentinel", "-t", "splunk"], "is for sentinel, and `splunk` was named"),
        (vec!["--format", "savedsearches", "--for", "nrt"], "`--for nrt` is not for it"),
        (vec!["--prune"], "there is none"),
    ] {
        let run = folder.spoor(&[vec!["build"], args].concat());
        assert!(run.code == 2 && run.stderr.contains(why) && run.stdout.is_empty(), "{}{}", run.stdout, run.stderr);
    }
}

#[test]
fn one_file_is_printed_as_it_is() {
    let folder = Folder::with(&[("x.spoor", "rule one { detect process where name == \"a.exe\" }\n")]);
    let run = built(&folder, &["--format", "custom-detection"]);
    assert_eq!(serde_json::from_str::<Json>(&run.stdout).unwrap()["displayName"], "one");
    let run = built(&folder, &["--format", "custom-detection", "--for", "nrt"]);
    assert_eq!(serde_json::from_str::<Json>(&run.stdout).unwrap()["schedule"]["frequency"], "PT0S");
    let run = built(&folder, &["--format", "savedsearches"]);
    assert!(run.stdout.starts_with("# spoor_detections/default/app.conf\n"), "{}", run.stdout);
}

// ---------- the folder ----------

#[test]
fn building_twice_writes_the_same_bytes_wherever_it_is_begun() {
    for form in ["plain"].iter().chain(&FORMS) {
        let folder = Folder::with(&[("rules/a.spoor", SEVERAL), ("rules/b.spoor", SINGLE)]);
        built(&folder, &["--format", form, "-o", "out", "rules"]);
        let first = files(&folder.path("out"));
        assert!(first.len() > 1, "{form}");
        built(&folder, &["--format", form, "-o", "out", "rules"]);
        assert_eq!(files(&folder.path("out")), first, "{form}");
        let below = run::command(&folder.path("rules")).args(["build", "--format", form, "-o", "../out", "."]).output().unwrap();
        assert!(below.status.success());
        assert_eq!(files(&folder.path("out")), first, "{form}, from another folder");
    }
}

#[test]
fn what_no_rule_makes_any_more_is_named_and_pruned() {
    let rule = |name: &str| format!("rule {name} {{ detect process where name == \"a.exe\" }}\n");
    let folder =
        Folder::with(&[("rules/a.spoor", &rule("a")), ("rules/b.spoor", &(rule("b") + &rule("c"))), ("rules/d.spoor", &rule("d"))]);
    let build = |more: &[&str]| built(&folder, &[&["--format", "sentinel", "-o", "out"], more].concat());
    build(&["rules"]);
    built(&folder, &["-t", "splunk", "-o", "out", "rules"]);
    folder.write("out/mine.yaml", "mine");
    folder.write("rules/b.spoor", rule("b"));
    std::fs::remove_file(folder.path("rules/d.spoor")).unwrap();
    folder.write("out/d.sentinel.yaml", "changed by hand");
    // One rule file alone says nothing of the others, but what has no rule file any more has none.
    let run = build(&["rules/a.spoor"]);
    assert!(
        !run.stderr.contains("c.sentinel.yaml") && run.stderr.contains("no rule makes `out/d.sentinel.yaml` any more; it was changed"),
        "{}",
        run.stderr
    );
    let run = build(&["rules"]);
    assert!(run.stderr.contains("no rule makes `out/c.sentinel.yaml` any more: `--prune` removes it"), "{}", run.stderr);
    assert!(folder.path("out/c.sentinel.yaml").is_file());
    let run = build(&["--prune", "rules"]);
    assert!(run.stderr.contains("removed `out/c.sentinel.yaml`"), "{}", run.stderr);
    let names: Vec<String> = files(&folder.path("out")).into_keys().collect();
    // The queries are of another form, the other two files are the user's.
    let wanted = [
        ".spoor-files",
        "a.sentinel.yaml",
        "a.splunk.spl",
        "b.sentinel.yaml",
        "b.splunk.spl",
        "c.splunk.spl",
        "d.sentinel.yaml",
        "d.splunk.spl",
        "mine.yaml",
    ];
    assert_eq!(names, wanted);
    let run = built(&folder, &["-t", "splunk", "-o", "out", "--prune", "rules"]);
    assert!(run.stderr.contains("removed `out/c.splunk.spl`") && run.stderr.contains("removed `out/d.splunk.spl`"), "{}", run.stderr);
    let run = build(&["--prune", "rules"]);
    assert!(!run.stderr.contains("removed"), "{}", run.stderr);
}

#[test]
fn a_rule_with_an_error_loses_nothing() {
    let folder = Folder::with(&[("x.spoor", "rule a { detect process where name == \"a.exe\" }\n")]);
    built(&folder, &["--format", "sentinel", "-o", "out"]);
    folder.write("x.spoor", "rule a { detect process where nam == \"a.exe\" }\n");
    let run = built(&folder, &["--format", "sentinel", "-o", "out", "--prune"]);
    assert!(run.code == 1 && !run.stderr.contains("removed") && folder.path("out/a.sentinel.yaml").is_file(), "{}", run.stderr);
}

/// An app is made of all its rules: a run that knows some of them alone neither shrinks nor removes it.
#[test]
fn what_comes_of_several_rule_files_is_built_of_all_or_stays() {
    let rule = |name: &str| format!("rule {name} {{\n  title: \"{name}\"\n  detect process where name == \"{name}.exe\"\n}}\n");
    let folder = Folder::with(&[("r/a.spoor", &rule("aa")), ("r/b.spoor", &rule("bb"))]);
    built(&folder, &["--format", "savedsearches", "-o", "app", "r"]);
    let before = files(&folder.path("app"));
    let stays = |args: &[&str]| {
        let run = folder.spoor(&[&["build", "--format", "savedsearches", "-o", "app", "--prune"], args].concat());
        assert_eq!((run.code, files(&folder.path("app")) == before), (2, true), "{args:?}: {}", run.stderr);
        run
    };
    assert!(stays(&["r/a.spoor"]).stderr.contains("b.spoor` too, which this run did not read"));
    stays(&["gone"]);
    folder.write("r/b.spoor", rule("bb").replace("name ==", "nme =="));
    stays(&["r"]);
    // A rule file that is gone takes its search along.
    std::fs::remove_file(folder.path("r/b.spoor")).unwrap();
    built(&folder, &["--format", "savedsearches", "-o", "app", "r"]);
    let conf = folder.read("app/spoor_detections/default/savedsearches.conf");
    assert_eq!((conf.matches("- aa -").count() > 0, conf.contains("- bb -")), (true, false));
}

#[test]
fn what_spoor_did_not_write_is_not_replaced() {
    let rule = "title: Own\nlogsource: {category: process_creation, product: windows}\ndetection:\n  s:\n    Image|endswith: '\\a.exe'\n  condition: s\n";
    let folder = Folder::with(&[("rules/own.yml", rule), ("theirs/own.sentinel.yaml", "mine"), ("precious", "mine")]);
    let run = folder.spoor(&["build", "--format", "sentinel", "-o", "theirs", "rules"]);
    assert_eq!((run.code, folder.read("theirs/own.sentinel.yaml").as_str()), (2, "mine"), "{}", run.stderr);
    assert!(run.stderr.contains("stands there, and Spoor did not write it"), "{}", run.stderr);
    #[cfg(unix)]
    {
        std::fs::create_dir(folder.path("out")).unwrap();
        std::os::unix::fs::symlink("../precious", folder.path("out/own.sentinel.yaml")).unwrap();
        let run = folder.spoor(&["build", "--format", "sentinel", "-o", "out", "rules"]);
        assert_eq!((run.code, folder.read("precious").as_str()), (2, "mine"), "{}", run.stderr);
        // Also where Spoor wrote a file of that name before, and with a folder in the place of a folder.
        std::fs::remove_file(folder.path("out/own.sentinel.yaml")).unwrap();
        built(&folder, &["--format", "sentinel", "-o", "out", "rules"]);
        let text = folder.read("out/own.sentinel.yaml");
        std::fs::remove_file(folder.path("out/own.sentinel.yaml")).unwrap();
        folder.write("precious", &text);
        std::os::unix::fs::symlink("../precious", folder.path("out/own.sentinel.yaml")).unwrap();
        folder.write("rules/own.yml", rule.replace("a.exe", "b.exe"));
        let run = folder.spoor(&["build", "--format", "sentinel", "-o", "out", "rules"]);
        assert_eq!((run.code, folder.read("precious")), (2, text), "{}", run.stderr);
        std::fs::create_dir_all(folder.path("elsewhere")).unwrap();
        std::fs::create_dir_all(folder.path("app")).unwrap();
        std::os::unix::fs::symlink("../elsewhere", folder.path("app/spoor_detections")).unwrap();
        let run = folder.spoor(&["build", "--format", "savedsearches", "-o", "app", "rules"]);
        assert_eq!((run.code, files(&folder.path("elsewhere")).len()), (2, 0), "{}", run.stderr);
    }
    // What Spoor wrote and somebody changed is written anew, and that is said.
    built(&folder, &["--format", "sentinel", "-o", "new", "rules"]);
    let text = folder.read("new/own.sentinel.yaml");
    folder.write("new/own.sentinel.yaml", format!("{text}# mine\n"));
    let run = built(&folder, &["--format", "sentinel", "-o", "new", "rules"]);
    assert!(run.stderr.contains("was changed since Spoor wrote it: that is lost"), "{}", run.stderr);
    assert_eq!(folder.read("new/own.sentinel.yaml"), text);
}

#[test]
fn a_window_between_whose_runs_nobody_would_look_is_refused() {
    let folder = Folder::with(&[(
        "w.spoor",
        "rule w {\n  title: \"w\"\n  detect logon where outcome == failure\n    having count() >= 10\n    by user.name\n  last 2m\n}\n",
    )]);
    for form in ["savedsearches", "contentctl"] {
        let run = folder.spoor(&["build", "--format", form, "w.spoor"]);
        assert!(run.stdout.is_empty() && run.stderr.contains("more often than every 5 minutes"), "{}{}", run.stdout, run.stderr);
    }
}

#[test]
fn folders_that_nothing_is_left_in_are_taken_away() {
    let folder = Folder::with(&[("x.spoor", "rule a { detect logon where outcome == failure }\n")]);
    built(&folder, &["--format", "contentctl", "-o", "out", "x.spoor"]);
    assert!(folder.path("out/detections/access/a.yml").is_file());
    folder.write("x.spoor", "rule b { detect process where name == \"a.exe\" }\n");
    built(&folder, &["--format", "contentctl", "-o", "out", "--prune", "x.spoor"]);
    assert!(!folder.path("out/detections/access").exists() && folder.path("out/detections/endpoint/b.yml").is_file());
}

#[test]
fn a_list_of_files_that_leads_elsewhere_removes_nothing() {
    let folder = Folder::with(&[("x.spoor", SINGLE), ("victim", "abc")]);
    built(&folder, &["--format", "sentinel", "-o", "out", "x.spoor"]);
    let list = folder.read("out/.spoor-files") + "a9993e364706816aba3e25717850c26c9cd0d89d\tsentinel\t-\t../victim\n";
    folder.write("out/.spoor-files", list);
    built(&folder, &["--format", "sentinel", "-o", "out", "--prune", "x.spoor"]);
    assert_eq!(folder.read("victim"), "abc");
}

#[test]
fn runs_side_by_side_do_not_trample_each_other() {
    let folder = Folder::with(&[("x.spoor", SEVERAL), ("y.spoor", SINGLE)]);
    let runs: Vec<_> = (0..4)
        .map(|_| {
            let mut command = run::command(&folder.path("."));
            command
                .args(["build", "--format", "sentinel", "-o", "out"])
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::piped());
            command.spawn().unwrap()
        })
        .collect();
    for run in runs {
        let output = run.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let written = files(&folder.path("out"));
    built(&folder, &["--format", "sentinel", "-o", "again"]);
    assert_eq!(written, files(&folder.path("again")));
    assert_eq!(std::fs::read_dir(folder.path(".")).unwrap().count(), 4, "no temporary folder is left");
}

// ---------- settings ----------

#[test]
fn the_project_says_what_is_deployed() {
    let manifest = "deploy:\n  app: acme\n  label: Acme detections\n  version: 2.0.1\n  author: Blue\n  schedule: 30m\n  delay: 5m\n  enabled: false\n  risk_score: 42\n  actions: [risk]\n  analytic_story: [One, Two]\n  suffix: (test)\n";
    let folder = Folder::with(&[("spoor.yaml", manifest), ("x.spoor", SINGLE)]);
    built(&folder, &["--format", "savedsearches", "-o", "out"]);
    let stanzas = conf(&folder.read("out/acme/default/savedsearches.conf"));
    let (name, settings) = &stanzas[0];
    assert_eq!(name, "Acme detections - encoded_shell (test) - Rule");
    let of = |key: &str| settings.get(key).map(String::as_str);
    assert_eq!(
        (of("cron_schedule"), of("dispatch.earliest_time"), of("dispatch.latest_time")),
        (Some("*/30 * * * *"), Some("-35m@m"), Some("-5m@m"))
    );
    assert_eq!((of("disabled"), of("action.notable"), of("action.risk")), (Some("1"), None, Some("1")));
    assert!(of("action.risk.param._risk").unwrap().contains("\"risk_score\": 42"));
    assert!(of("action.correlationsearch.annotations").unwrap().contains(r#""analytic_story": ["One", "Two"]"#));
    let app = conf(&folder.read("out/acme/default/app.conf"));
    assert!(app.iter().any(|(name, settings)| name == "launcher" && settings["version"] == "2.0.1" && settings["author"] == "Blue"));
}

#[test]
fn a_key_that_is_none_is_told_with_its_place() {
    for (manifest, place, told) in [
        ("deploy:\n  scedule: 1h\n", "spoor.yaml:2:3", "did you mean `schedule`?"),
        ("deploy:\n  schedule: 7m\n", "spoor.yaml:2:13", "one of 5m, 10m"),
        ("deploy: {app: ../x}\n", "spoor.yaml:1:15", "an id of letters"),
        ("deploy: [app]\n", "spoor.yaml:1:9", "a mapping"),
    ] {
        let folder = Folder::with(&[("spoor.yaml", manifest), ("x.spoor", SINGLE)]);
        let run = folder.spoor(&["build"]);
        assert!(run.code == 2 && run.stderr.contains(place) && run.stderr.contains(told), "{}", run.stderr);
    }
}

#[test]
fn the_page_has_the_keys_of_the_reader() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/deploy.md")).unwrap();
    let table = page.split_once("| key | takes | default | what it says |\n| --- | --- | --- | --- |\n").expect("the table").1;
    let table = table.split("\n\n").next().unwrap();
    let row = |key: &settings::Key| format!("| `{}` | {} | {} | {} |", key.name, key.takes.trim_end_matches(','), key.default, key.doc);
    let wanted: Vec<String> = settings::KEYS.iter().map(row).collect();
    assert_eq!(table.trim_end().lines().collect::<Vec<_>>(), wanted);
    for form in Form::ALL {
        assert!(page.contains(&format!("| `{}` |", form.name())), "{}", form.name());
    }
}

/// What else is built changes no name and no file.
#[test]
fn names_follow_from_the_rule_alone() {
    let rule = |name: &str| format!("rule `{name}` {{\n  level: high\n  detect process where name == \"a.exe\"\n}}\n");
    let names = ["a_b", "A b", "a [b]", "a (b)", "c"];
    for form in ["savedsearches", "contentctl"] {
        let all: String = names.iter().map(|name| rule(name)).collect();
        let folder = Folder::with(&[("x.spoor", &all)]);
        let run = built(&folder, &["--format", form, "-o", "all"]);
        let together = files(&folder.path("all"));
        let twins = run.stderr.matches("E0490").count();
        assert_eq!(twins, if form == "contentctl" { 3 } else { 0 }, "{}", run.stderr);
        for (at, name) in names.iter().enumerate() {
            folder.write("x.spoor", rule(name));
            built(&folder, &["--format", form, "-o", &format!("one{at}")]);
            let alone = files(&folder.path(&format!("one{at}")));
            if form == "savedsearches" {
                let of = |files: &BTreeMap<String, String>| conf(&files["spoor_detections/default/savedsearches.conf"]);
                let (stanza, both) = (of(&alone).remove(0), of(&together));
                assert_eq!(both.len(), names.len());
                assert_eq!(both.iter().filter(|one| **one == stanza).count(), 1, "{name}");
            } else if ["a_b", "c"].contains(name) {
                let (file, text) = alone.iter().find(|(file, _)| file.starts_with("detections/")).unwrap();
                assert_eq!(together.get(file), Some(text), "{name}");
            }
        }
    }
}

#[test]
fn two_rules_of_one_title_are_told_where_names_are_unique() {
    let rule = |name: &str| format!("rule {name} {{\n  title: \"The same\"\n  detect process where name == \"a.exe\"\n}}\n");
    let folder = Folder::with(&[("x.spoor", &(rule("a") + &rule("b")))]);
    for (form, told) in [("custom-detection", true), ("sentinel", false), ("savedsearches", false)] {
        let run = built(&folder, &["--format", form]);
        assert_eq!(run.stderr.contains("warning: a and b have one name there, `The same`"), told, "{form}: {}", run.stderr);
    }
    let run = built(&folder, &["--format", "contentctl", "--target", "splunk", "--target", "splunk-raw", "-o", "out"]);
    assert!(run.stderr.contains("a has one id, "), "{}", run.stderr);
    let made = files(&folder.path("out"));
    assert!(made.keys().any(|name| name.ends_with("/a.yml")) && made.keys().any(|name| name.ends_with("/a_raw.yml")), "{made:?}");
}

/// Between two dollars Splunk looks for a field.
#[test]
fn a_title_is_no_token() {
    let rule = "rule x {\n  title: \"Costs $5 and $user$\"\n  description: \"$host$\"\n  level: high\n  detect process where name == \"a.exe\"\n}\n";
    let folder = Folder::with(&[("x.spoor", rule)]);
    for form in ["savedsearches", "contentctl"] {
        let run = built(&folder, &["--format", form]);
        assert!(run.stderr.contains("`\u{ff04}` stands for it"), "{form}: {}", run.stderr);
        assert!(run.stdout.contains("Costs \u{ff04}5 and \u{ff04}user\u{ff04}: dest=$dest$"), "{form}: {}", run.stdout);
        let said = |line: &&str| {
            ["rule_title", "rule_description", "_risk_message", "description: ", "  message: "].iter().any(|key| line.contains(key))
        };
        let said: Vec<&str> = run.stdout.lines().filter(said).collect();
        assert!(
            said.len() > 1 && !said.iter().any(|line| line.contains("$5") || line.contains("$user$") || line.contains("$host$")),
            "{form}: {said:?}"
        );
    }
}

#[test]
fn services_of_microsoft_are_told_techniques_that_they_know() {
    let rule = "rule x {\n  level: low\n  attack: [T1685.005, T1685, T1682, T1059]\n  detect process where name == \"a.exe\"\n}\n";
    let folder = Folder::with(&[("x.spoor", rule)]);
    let run = built(&folder, &["--format", "sentinel"]);
    assert!(run.stdout.contains("relevantTechniques:\n  - T1070.001\n  - T1562\n  - T1059\n"), "{}", run.stdout);
    for form in ["sentinel", "sentinel-arm", "custom-detection"] {
        let run = built(&folder, &["--format", form]);
        assert!(!["T1685", "T1682"].iter().any(|id| run.stdout.contains(id)), "{form}: {}", run.stdout);
        for told in ["T1685, which ATT&CK 19 brought and T1562 stands for", "T1682, which ATT&CK 19 brought ("] {
            assert!(run.stderr.contains(told), "{form}: {}", run.stderr);
        }
    }
    assert!(built(&folder, &["--format", "savedsearches"]).stdout.contains("T1685.005"));
}

/// A key changes what is written, or is Splunk's by its name, or is told.
#[test]
fn a_key_that_a_form_has_no_place_for_is_told() {
    const SPLUNK: [&str; 7] = ["app", "label", "description", "delay", "risk_score", "actions", "analytic_story"];
    let folder = Folder::with(&[("several.spoor", SEVERAL), ("single.spoor", SINGLE)]);
    let made = |form: &str, manifest: &str| {
        folder.write("spoor.yaml", manifest);
        let _ = std::fs::remove_dir_all(folder.path("out"));
        let run = built(&folder, &["--format", form, "-o", "out"]);
        let mut files = files(&folder.path("out"));
        files.remove(".spoor-files");
        (files, run.stderr)
    };
    for form in FORMS {
        let (plain, _) = made(form, "deploy: {}\n");
        for key in settings::KEYS {
            let other = match key.name {
                "app" => "other_app",
                "version" => "2.0.0",
                "date" => "2026-02-28",
                "schedule" => "3h",
                "delay" => "20m",
                "enabled" => "false",
                "risk_score" => "7",
                "actions" => "[]",
                _ => "Another one",
            };
            let (files, stderr) = made(form, &format!("deploy: {{{}: {other}}}\n", key.name));
            let told = stderr.contains(&format!("`--format {form}` has no place for what `deploy` says of `{}`\n", key.name));
            let others = SPLUNK.contains(&key.name) && !["savedsearches", "contentctl"].contains(&form);
            let wanted = [files != plain, told, others].iter().filter(|is| **is).count();
            assert_eq!(wanted, 1, "{form} {}: changed {}, told {told}", key.name, files != plain);
        }
    }
}
