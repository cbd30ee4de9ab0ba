//! What a rule says of itself is kept, and an imported rule reads as a person would have written it.

use spoor::project::Workspace;
use spoor::schema::builtin;

use super::imported::same_when_imported;
use super::said;

/// Named twice, or long: a `let`. A filter: an `except`. Comments stay with what they are about.
#[test]
fn an_imported_rule_reads_as_a_person_would_have_written_it() {
    let yaml = r"title: Readable
description: |
  Two lines,
  one text.
logsource: {category: process_creation, product: windows}
detection:
  # The shells.
  shells:
    Image|endswith: ['\cmd.exe', '\powershell.exe']
  path:
    CommandLine|contains: '\Temp\'
  selection_words:
    CommandLine|contains:
      - 'one' # the first
      - 'the word two of them'
      - 'the word three of them'
      - 'the word four of them'
      - 'the word five of them'
      - 'six'
      # - 'seven'
  keep:
    User: 'bob'
  # Updates look alike.
  filter_main_updates:
    ParentImage|endswith: '\update.exe'
  filter_main_empty:
    - ParentImage: ''
    - ParentImage: '-'
  condition: (shells and path or shells and selection_words) and keep and not 1 of filter_main_*
# The end.
";
    let wanted = r#"rule rule {
  title:       "Readable"
  description: "Two lines, one text."
  platforms:   [windows]
  # The shells.
  let shells = path ends_with ['\cmd.exe', '\powershell.exe']
  let selection_words = command_line contains [
    "one",  # the first
    "the word two of them",
    "the word three of them",
    "the word four of them",
    "the word five of them",
    # - 'seven'
    "six",
  ]
  detect process
    where ((shells and command_line contains '\Temp\') or (shells and selection_words))
      and user.name == "bob"
    # Updates look alike.
    except parent.path ends_with '\update.exe'
    except parent.path not exists
}
# The end.
"#;
    let workspace = Workspace::text("rule.yml", yaml);
    let packs = &*workspace.packs(builtin());
    same_when_imported(&workspace, packs, &workspace.check(packs));
    let readable =
        workspace.readable(packs, |_| true).into_iter().flatten().flatten().map(|rule| spoor::syntax::format(&rule)).collect::<String>();
    let mut sources = spoor::source::Sources::default();
    let file = sources.add("imported", readable);
    assert_eq!(spoor::syntax::format(&spoor::syntax::parse(&sources, file)), wanted);
}

#[test]
fn all_that_a_rule_says_of_itself_is_kept() {
    let text = "title: A\nid: 5638f7c0-ac70-491d-8465-2a65075e0d86\nrelated: [{id: 0e95725d-7320-415d-80f7-004da920fc11, type: similar}]\n\
                taxonomy: acme\nlicense: MIT\nscope: [server]\nfields: [User]\nruledate-2: [1, two]\n\
                logsource: {category: process_creation, definition: 'Needs: auditing'}\ndetection: {sel: {CommandLine: x}, condition: sel}\n";
    let workspace = Workspace::text("rule.yml", text);
    let packs = &*workspace.packs(builtin());
    let checked = workspace.check(packs);
    same_when_imported(&workspace, packs, &checked);
    let has =
        |key: &str, value: &str| checked.rules[0].meta.entries.iter().any(|(known, values)| known == key && values.join(" ") == value);
    for (key, value) in [
        ("related", "id: 0e95725d-7320-415d-80f7-004da920fc11, type: similar"),
        ("x_sigma_taxonomy", "acme"),
        ("license", "MIT"),
        ("x_sigma_scope", "server"),
        ("x_sigma_fields", "User"),
        ("x_sigma_ruledate_2", "1 two"),
        ("x_sigma_logsource_definition", "Needs: auditing"),
    ] {
        assert!(has(key, value), "{key}: {:?}", checked.rules[0].meta.entries);
    }
    assert_eq!(said(text).1, ["E0717"]);
    let rules = |text: &str| {
        let workspace = Workspace::text("rule.yml", text);
        workspace.check(&workspace.packs(builtin())).rules
    };
    let has = |text: &str, key: &str, value: &str| {
        let rules = rules(text);
        rules[0].meta.entries.iter().any(|(known, values)| known == key && values.join(" ") == value)
    };
    // A value of no form that it has, a key that is nearly one, and two keys that the language would not tell apart.
    let odd = text.replace("scope: [server]", "status: brandnew\ndate: soon\nauthors: me\nscope-x: a\nscope_x: b");
    for (key, value) in [("status", "brandnew"), ("date", "soon"), ("authors", "me"), ("scope_x", "a"), ("scope_x_2", "b")] {
        assert!(has(&odd, &format!("x_sigma_{key}"), value), "{key}: {:?}", rules(&odd)[0].meta.entries);
    }
    // What a log source merges is of it too.
    let merged = text.replace(
        "logsource: {category: process_creation, definition: 'Needs: auditing'}",
        "base: &base {definition: merged}\nlogsource: {<<: *base, category: process_creation}",
    );
    assert!(has(&merged, "x_sigma_logsource_definition", "merged"), "{:?}", rules(&merged)[0].meta.entries);
    assert_eq!(said(&text.replace("taxonomy: acme", "action: global")).1, ["E0701"]);
}

/// Comments of a rule stay with it where it is a step, and a selection that is other tests over another class has another name.
#[test]
fn an_imported_correlation_reads_as_a_person_would_have_written_it() {
    let yaml = "# All of it.
title: Start
name: start
logsource: {category: process_creation, product: windows}
detection:
  # Of a person.
  selection: {User: [bob, eve]}
  other: {Image|endswith: '\\\\a.exe'}
  condition: (selection or other) and not (selection and other)
---
title: Write
name: write
logsource: {category: file_event, product: windows}
detection:
  # To a disk.
  selection: {Image|endswith: '\\\\b.exe'}
  other: {TargetFilename|contains: '\\\\x\\\\'}
  condition: (selection or other) and not (selection and other)
---
title: Both
# In five minutes.
correlation: {type: temporal, rules: [start, write], group-by: [Computer], timespan: 5m, generate: false}
---
title: Not the updater
logsource: {product: windows}
filter:
  rules: [start, write]
  updater: {Image|endswith: '\\\\upd.exe'}
  same: {User: x}
  condition: not updater and not (updater and same)
";
    let workspace = Workspace::text("rule.yml", yaml);
    let packs = &*workspace.packs(builtin());
    same_when_imported(&workspace, packs, &workspace.check(packs));
    let readable =
        workspace.readable(packs, |_| true).into_iter().flatten().flatten().map(|rule| spoor::syntax::format(&rule)).collect::<String>();
    let line = |part: &str| readable.lines().position(|line| line.contains(part)).unwrap_or_else(|| panic!("{part}: {readable}"));
    assert!(line("# All of it.") < line("rule both"), "{readable}");
    assert_eq!(line("# Of a person.") + 1, line("let selection = user.name in"), "{readable}");
    assert_eq!(line("# To a disk.") + 1, line("let write_selection = actor.path"), "{readable}");
    assert!(!readable.contains("# In five minutes.\n      except"), "{readable}");
    assert!(line("write_selection or write_other") > line("start:"), "{readable}");
    assert!(line("let updater = path") < line("let not_the_updater_updater = actor.path"), "{readable}");
}

/// The specification's own example, as it stands there.
#[test]
fn many_failures_and_then_a_success_read_as_a_person_would_have_written_them() {
    let yaml = "title: Many failed logons, then a success
correlation:
  type: temporal_ordered
  rules: [multiple_failed_login, successful_login]
  group-by: [User]
  timespan: 15m
---
title: Multiple failed logons
name: multiple_failed_login
correlation:
  type: event_count
  rules: [failed_login]
  group-by: [User]
  # So many, so fast.
  timespan: 10m
  condition: {gte: 10}
---
title: Single failed login
name: failed_login
logsource: {product: windows, service: security}
detection:
  selection: {EventID: 4625}
  condition: selection
---
title: Successful login
name: successful_login
logsource: {product: windows, service: security}
detection:
  # It is in.
  selection: {EventID: 4624}
  condition: selection
";
    let yaml = yaml.replace("User", "TargetUserName");
    let workspace = Workspace::text("rule.yml", &yaml);
    let packs = &*workspace.packs(builtin());
    same_when_imported(&workspace, packs, &workspace.check(packs));
    let readable =
        workspace.readable(packs, |_| true).into_iter().flatten().flatten().map(|rule| spoor::syntax::format(&rule)).collect::<String>();
    for part in [
        "detect sequence by user.name within 15m {",
        "multiple_failed_login: at_least 10 within 10m logon where outcome == failure",
        "successful_login:      logon where outcome == success",
        "# So many, so fast.",
        "# It is in.",
    ] {
        assert!(readable.contains(part), "{part}: {readable}");
    }
}
