//! Findings for other programs: SARIF against its schema, by a validator that is not ours; annotations, reports of code quality, JUnit.

use serde_json::{Value as Json, json};

use crate::run::{Folder, Run, command};

/// Names, types and forms of the published schema; it is one of draft 4 that says the same in draft 7, which knows the form of a reference.
const SCHEMA: &str = include_str!("sarif-2.1.0.json");

/// An error behind letters of two bytes and of four, a warning with a fix, a finding with a cause.
const RULES: &str = "rule one {\n  title: \"ä🦊\" let bad = [\"a\"]\n  detect process where nam == \"a.exe\"\n}\n";
const FIXED: &str = "rule two {\n  detect process where name =~ \"a.exe\" and command_line matches /(?i)b/\n}\n";

fn valid(text: &str) -> Json {
    let schema: Json = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::draft7::options().should_validate_formats(true).build(&schema).expect("a schema");
    let log: Json = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let wrong: Vec<String> = validator.iter_errors(&log).map(|error| format!("{}: {error}", error.instance_path)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    log
}

fn sarif(folder: &Folder, args: &[&str]) -> (Run, Json) {
    let run = folder.spoor(&[&["check", "--format", "sarif"], args].concat());
    let log = valid(&run.stdout);
    (run, log)
}

#[test]
fn the_validator_would_see_a_mistake() {
    let schema: Json = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::draft7::options().should_validate_formats(true).build(&schema).unwrap();
    let (_, good) = sarif(&Folder::with(&[("a.spoor", RULES)]), &[]);
    for (pointer, wrong) in [
        ("/runs/0/results/0/level", json!("grave")),
        ("/runs/0/results/0/locations/0/physicalLocation/region/startLine", json!(0)),
        ("/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri", json!("a b\u{e4}<>")),
        ("/runs/0/results/0/message", json!({"txt": "x"})),
        ("/runs/0/columnKind", json!("scalars")),
        ("/runs/0/tool/driver", json!({})),
        ("/version", json!("2.0.0")),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer} in {good:#}")) = wrong;
        assert!(!validator.is_valid(&bad), "{pointer}");
    }
}

#[test]
fn sarif_has_rules_places_fixes_and_fingerprints() {
    let folder = Folder::with(&[("rules/a b/ä.spoor", RULES), ("rules/b.spoor", FIXED), ("rules/c.spoor", &FIXED.replace("two", "three"))]);
    let (run, log) = sarif(&folder, &[]);
    assert_eq!(run.code, 1);
    let run = &log["runs"][0];
    assert_eq!((&run["columnKind"], &run["invocations"][0]["executionSuccessful"]), (&json!("unicodeCodePoints"), &json!(true)));
    let results = run["results"].as_array().unwrap();
    // Each result names its rule twice, and the rule explains itself.
    for result in results {
        let rule = &run["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(rule["help"]["markdown"].as_str().unwrap().starts_with(&format!("# {} ", rule["id"].as_str().unwrap())));
        assert!(rule["fullDescription"]["text"].as_str().unwrap().ends_with('.'), "{rule}");
        assert!(rule.get("helpUri").is_none(), "no page on the network is promised");
    }
    let of = |code: &str| results.iter().find(|result| result["ruleId"] == code).unwrap_or_else(|| panic!("no {code} in {log:#}"));
    let unknown = of("E0201");
    assert_eq!(unknown["level"], "error");
    assert_eq!(
        unknown["locations"][0]["physicalLocation"],
        json!({
            "artifactLocation": {"uri": "rules/a%20b/%C3%A4.spoor", "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": 3, "startColumn": 24, "endLine": 3, "endColumn": 27},
        })
    );
    assert!(unknown["message"]["text"].as_str().unwrap().contains("`nam`"));
    // Columns behind letters of several bytes count code points.
    assert_eq!(of("E0501")["locations"][0]["physicalLocation"]["region"]["startColumn"], 19);
    let fix = &of("E0102")["fixes"][0];
    let replacement = &fix["artifactChanges"][0]["replacements"][0];
    assert_eq!((&replacement["insertedContent"]["text"], &fix["description"]["text"]), (&json!("=="), &json!("What was meant")));
    assert_eq!(replacement["deletedRegion"], json!({"startLine": 2, "startColumn": 29, "endLine": 2, "endColumn": 31}));
    // The causes of a finding stand beside it.
    folder.write("rules/d.spoor", FIXED);
    let (_, log) = sarif(&folder, &[]);
    let twice = log["runs"][0]["results"].as_array().unwrap().iter().find(|result| result["ruleId"] == "E0605").unwrap();
    assert_eq!(twice["relatedLocations"][0]["physicalLocation"]["artifactLocation"]["uri"], "rules/b.spoor");
}

/// Lines above it come and go, other findings too: the fingerprint of a finding stays; two are never one.
#[test]
fn a_finding_keeps_its_fingerprint() {
    let prints = |text: &str| {
        let (_, log) = sarif(&Folder::with(&[("a.spoor", text)]), &[]);
        let results = log["runs"][0]["results"].as_array().unwrap().clone();
        results
            .iter()
            .map(|result| result["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let rule = "rule x {\n  detect process where nam == \"a\" and nme == \"b\"\n}\n";
    let two = prints(rule);
    assert_eq!(two.len(), 2);
    assert_ne!(two[0], two[1]);
    assert_eq!(prints(&format!("# more\n\n{}", rule.replace("\n  ", "\n\n      "))), two);
    assert_ne!(prints(&rule.replace("\"b\"", "\"c\"")), two);
}

#[test]
fn paths_begin_at_the_folder_of_the_repository() {
    let folder = Folder::with(&[("repo/.git/HEAD", ""), ("repo/teams/red/a.spoor", RULES), ("outside.spoor", FIXED)]);
    let below = |args: &[&str]| Run::of_command(command(&folder.path("repo/teams")).args(args));
    let uri = |text: &str, at: usize| valid(text)["runs"][0]["results"][at]["locations"][0]["physicalLocation"]["artifactLocation"].clone();
    let run = below(&["check", "--format", "sarif", "red"]);
    assert_eq!(uri(&run.stdout, 0), json!({"uri": "teams/red/a.spoor", "uriBaseId": "%SRCROOT%"}));
    assert!(below(&["check", "--format", "github", "red"]).stdout.starts_with("::"), "annotations");
    assert!(below(&["check", "--format", "github", "red"]).stdout.contains(" file=teams/red/a.spoor,line=3,"));
    let quality: Json = serde_json::from_str(&below(&["check", "--format", "gitlab", "red"]).stdout).unwrap();
    assert_eq!(quality[0]["location"]["path"], "teams/red/a.spoor");
    let outside = uri(&below(&["check", "--format", "sarif", "../../outside.spoor"]).stdout, 0);
    assert!(outside["uri"].as_str().unwrap().starts_with("file:///") && outside.get("uriBaseId").is_none(), "{outside}");
    let input = folder.spoor_with(&["check", "--format", "sarif", "-"], RULES.as_bytes());
    assert_eq!(uri(&input.stdout, 0), json!({"uri": "%3Cstdin%3E", "description": {"text": "standard input"}}));
}

#[test]
fn a_clean_run_is_a_log_too_and_one_that_read_less_says_so() {
    let folder = Folder::with(&[("a.spoor", "rule x {\n  detect process where name == \"a.exe\"\n}\n")]);
    let (run, log) = sarif(&folder, &[]);
    assert_eq!((run.code, &log["runs"][0]["results"]), (0, &json!([])));
    let (run, log) = sarif(&folder, &["a.spoor", "gone.spoor"]);
    assert_eq!((run.code, &log["runs"][0]["invocations"][0]["executionSuccessful"]), (2, &json!(false)));
    assert_eq!(log["runs"][0]["results"][0]["ruleId"], "E0600");
}

#[test]
fn what_is_denied_is_an_error_to_every_program() {
    let folder = Folder::with(&[("a.spoor", "rule x {\n  let bad = [\"a\"]\n  detect process where name == \"a.exe\"\n}\n")]);
    let of = |format: &str, args: &[&str]| folder.spoor(&[&["check", "--format", format], args].concat()).stdout;
    let level = |text: &str| valid(text)["runs"][0]["results"][0]["level"].clone();
    assert_eq!(level(&of("sarif", &[])), "warning");
    assert_eq!(level(&of("sarif", &["--deny", "warnings"])), "error");
    assert_eq!(level(&of("sarif", &["--deny", "E0501"])), "error");
    assert!(
        of("github", &[]).starts_with("::warning file=a.spoor,line=2,endLine=2,col=7,endColumn=10,title=E0501 a let that is not used::")
    );
    assert!(of("github", &["--deny", "warnings"]).starts_with("::error "));
    assert!(
        of("gitlab", &[]).contains("\"severity\": \"minor\"") && of("gitlab", &["--deny", "warnings"]).contains("\"severity\": \"major\"")
    );
    assert!(of("json", &[]).contains("\"severity\":\"warning\"") && of("json", &["--deny", "warnings"]).contains("\"severity\":\"error\""));
    assert!(of("junit", &[]).contains("failures=\"0\"") && of("junit", &["--deny", "warnings"]).contains("failures=\"1\""));
}

#[test]
fn annotations_are_one_line_each() {
    let folder = Folder::with(&[("a,b:c%.spoor", RULES), ("b.spoor", FIXED)]);
    let run = folder.spoor(&["check", "--format", "github"]);
    let findings = folder.spoor(&["check", "--format", "json"]).json();
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines.len(), findings.len());
    assert!(lines.iter().all(|line| line.starts_with("::error file=") || line.starts_with("::warning file=")), "{}", run.stdout);
    assert!(run.stdout.contains("file=a%2Cb%3Ac%25.spoor,line=3,"), "{}", run.stdout);
    assert!(lines.iter().any(|line| line.contains("%0A")), "help stands below: {}", run.stdout);
    // More than a step shows is told.
    let many: String = (0..11).map(|index| format!("rule r{index} {{\n  detect process where nam == \"a\"\n}}\n")).collect();
    folder.write("many.spoor", many);
    assert!(folder.spoor(&["check", "--format", "github"]).stderr.contains("shows 10 annotations"));
}

#[test]
fn a_file_is_a_suite_and_what_fails_a_case() {
    let folder = Folder::with(&[("a.spoor", "rule x {\n  detect process where nam == \"<&\u{b}>\"\n}\n"), ("b.spoor", "# nothing\n")]);
    let run = folder.spoor(&["check", "--format", "junit"]);
    assert_eq!(run.code, 1);
    for part in [
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"spoor check\" tests=\"2\" failures=\"1\" errors=\"0\">\n",
        "<testsuite name=\"a.spoor\" tests=\"1\" failures=\"1\" errors=\"0\" skipped=\"0\">",
        "<testcase name=\"E0201 2:24\" classname=\"a.spoor\" file=\"a.spoor\" line=\"2\">\n      <failure message=\"E0201: unknown field",
        "&lt;&amp;",
        "<testcase name=\"check\" classname=\"b.spoor\" file=\"b.spoor\" line=\"1\"/>",
    ] {
        assert!(run.stdout.contains(part), "no `{part}` in\n{}", run.stdout);
    }
    assert!(!run.stdout.contains('\u{b}'), "no character that XML cannot say");
}

/// The log of `spoor match` has the same form.
#[test]
fn matches_are_valid_sarif_too() {
    let rule = "rule x {\n  title: \"A\"\n  level: high\n  attack: [T1059]\n  detect process where name == \"a.exe\"\n}\n";
    let event =
        "{\"Timestamp\":\"2026-01-01T00:00:00Z\",\"ActionType\":\"ProcessCreated\",\"FileName\":\"a.exe\",\"DeviceName\":\"pc ä\"}\n";
    let folder = Folder::with(&[("x.spoor", rule), ("events ä.jsonl", event)]);
    let run = folder.spoor(&["match", "--rules", "x.spoor", "--format", "sarif", "events ä.jsonl"]);
    assert_eq!(valid(&run.stdout)["runs"][0]["results"].as_array().unwrap().len(), 1, "{}", run.stdout);
}
