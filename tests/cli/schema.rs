//! `spoor schema`, packs of one's own, help and completions.

use crate::run::Folder;

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
