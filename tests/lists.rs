//! Lists from files, as people meet them: whatever such a file holds, each of its lines is an entry, none by a rule, or told of at its
//! place in the file.

#[path = "cli/run.rs"]
mod run;
#[path = "common/shared.rs"]
mod shared;

use std::time::{Duration, Instant};

use run::{Folder, Run};

/// A rule in `x.spoor` with one list, and the text of the list's file.
fn checked(ty: &str, test: &str, list: impl AsRef<[u8]>) -> Run {
    let folder = Folder::new();
    folder.write("iocs.txt", list);
    folder.write("x.spoor", rule(ty, test));
    folder.spoor(&["check", "--format", "json"])
}

fn rule(ty: &str, test: &str) -> String {
    let ty = if ty.is_empty() { String::new() } else { format!(": {ty}") };
    format!("rule x {{\n  let bad{ty} from \"iocs.txt\"\n  detect {test}\n}}\n")
}

/// `path:line:column-end_column code`
fn places(run: &Run) -> Vec<String> {
    let place = |found: serde_json::Value| {
        let text = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
        format!("{}:{}:{}-{} {}", text("path"), found["line"], found["column"], found["end_column"], text("code"))
    };
    run.json().into_iter().map(place).collect()
}

#[test]
fn a_wrong_entry_is_told_at_its_place_in_the_list() {
    let run = checked("domain", "dns where query under bad", "# seen\nevil.example\n\n  https://evil.example/x \r\n*.evil.example\nä b\n");
    assert_eq!(places(&run), ["iocs.txt:4:3-25 E0307", "iocs.txt:5:1-15 E0343", "iocs.txt:6:1-4 E0342"]);
    assert_eq!(run.code, 1);
    for found in run.json() {
        assert_eq!(found["fix"], serde_json::Value::Null, "what is written into a rule does not fit a list file");
    }
    let people = {
        let folder = Folder::with(&[("x.spoor", &rule("domain", "dns where query under bad")), ("iocs.txt", "a b\n")]);
        folder.spoor(&["check"]).stdout
    };
    assert!(people.contains("iocs.txt:1:1") && people.contains("a b") && people.contains("x.spoor:2"), "{people}");
}

#[test]
fn entries_of_each_type_are_judged_by_it() {
    for (ty, test, right, wrong, code) in [
        ("ip", "network where dest.ip in bad", "192.0.2[.]1\n10.0.0.0/8\n2001:db8::1\n", "192.0.2.1:443", "E0341"),
        ("ip", "network where dest.ip in bad", "192.0.2.1", "evil.example", "E0340"),
        ("domain", "dns where query in bad", "evil[.]example\nbad(.)example.\n", "evil.example/x", "E0307"),
        ("host", "process where host in bad", "pc1.corp.example", "pc1 x", "E0342"),
        ("url", "web where url in bad", "hxxps://evil[.]example/x?a=1\n", "", ""),
        ("email", "email where sender.address in bad", "bob[at]evil[.]example\n", "evil.example", "E0344"),
        ("sha256", "file where sha256 in bad", &"A".repeat(64), &"a".repeat(40), "E0338"),
        ("md5", "file where md5 in bad", &"0123456789abcdef".repeat(2), "0123", "E0304"),
        ("sha1", "file where sha1 in bad", &"a".repeat(40), &"g".repeat(40), "E0339"),
        ("path", "file where path in bad", "C:\\Users\\Public\\x.exe\n", "", ""),
        ("file_name", "file where name in bad", "x.exe", "C:\\x.exe", "E0303"),
        ("user", "process where user.name in bad", "bob", "CORP\\bob", "E0305"),
        ("port", "network where dest.port in bad", "4444\n", "99999", "E0306"),
        ("int", "process where pid in bad", "4\n0x10\n", "four", "E0332"),
        ("registry_path", "registry where key under bad", "HKLM\\Software\\Run\n", "HKLMM\\x", "E0345"),
    ] {
        let run = checked(ty, test, right);
        assert_eq!((places(&run), run.code), (Vec::new(), 0), "{ty}: {}", run.stdout);
        if !wrong.is_empty() {
            let run = checked(ty, test, format!("{right}\n{wrong}\n"));
            let found = places(&run);
            assert!(found.len() == 1 && found[0].starts_with("iocs.txt:") && found[0].ends_with(code), "{ty} {wrong}: {found:?}");
        }
        // Without a stated type the field's type judges, when the list is used.
        if !wrong.is_empty() {
            let run = checked("", test, wrong);
            assert!(places(&run).iter().all(|found| found.starts_with("iocs.txt:1:1-")), "{ty} {wrong}: {}", run.stdout);
        }
    }
}

#[test]
fn a_list_of_another_type_than_the_field_is_told_of() {
    let run = checked("sha256", "file where md5 in bad", "a".repeat(64));
    assert_eq!(places(&run), ["iocs.txt:1:1-65 E0338"], "{}", run.stdout);
    let run = checked("ip", "dns where query under bad", "192.0.2.1\n");
    assert_eq!(run.code, 1, "{}", run.stdout);
}

#[test]
fn marks_line_ends_and_comments_are_no_entries() {
    let folder = Folder::new();
    folder.write("iocs.txt", "\u{feff}# bad\r\nevil.exe\r\n\r\n   \r\n# x\r\nother.exe");
    folder.write("x.spoor", rule("file_name", "process where name in bad"));
    let run = folder.spoor(&["build", "--target", "defender", "x.spoor"]);
    assert!(run.stdout.contains(r#"in~ ("evil.exe", "other.exe")"#), "{}{}", run.stdout, run.stderr);
}

#[test]
fn an_entry_that_stands_twice_is_told_with_both_places() {
    let run = checked("domain", "dns where query in bad", "a.example\nb.example\nA[.]example\n");
    assert_eq!(places(&run), ["iocs.txt:3:1-12 E0503"]);
    assert_eq!(run.code, 0);
}

#[test]
fn many_faults_of_one_kind_are_counted() {
    let list: String = (0..100).map(|n| format!("no name {n}\n")).chain(["a.example\na.example\n".to_owned()]).collect();
    let run = checked("domain", "dns where query in bad", &list);
    assert_eq!(places(&run).len(), 5);
    let last = run.json().pop().unwrap();
    assert!(last["help"].to_string().contains("95 more entries"), "{last}");
    let list: String = (0..100).map(|_| "a.example\n".to_owned()).collect();
    let run = checked("domain", "dns where query in bad", &list);
    assert!(run.stdout.contains("94 more entries"), "{}", run.stdout);
}

#[test]
fn what_cannot_be_read_is_told_at_the_name_in_the_rule() {
    let reason = |run: &Run| (places(run), run.json()[0]["message"].to_string() + &run.stdout);
    for (bytes, word) in [(&b"a.example\ncaf\xe9.example\n"[..], "line 2"), (b"\xff\xfea\0.\0", "UTF-16")] {
        let (found, text) = reason(&checked("domain", "dns where query in bad", bytes));
        assert_eq!(found, ["x.spoor:2:24-34 E0604"]);
        let folder = Folder::new();
        folder.write("iocs.txt", bytes);
        folder.write("x.spoor", rule("domain", "dns where query in bad"));
        let people = folder.spoor(&["check"]).stdout;
        assert!(people.contains(word), "{text}{people}");
    }
    let folder = Folder::with(&[("x.spoor", &rule("domain", "dns where query in bad"))]);
    std::fs::create_dir(folder.path("iocs.txt")).unwrap();
    let run = folder.spoor(&["check"]);
    assert!(run.stdout.contains("E0604") && run.stdout.contains("folder"), "{}", run.stdout);
    assert_eq!(run.code, 1);
}

#[test]
fn an_empty_list_is_a_warning_and_never_true() {
    for text in ["", "\n\n", "# nothing yet\n", "\u{feff}"] {
        let run = checked("domain", "dns where query in bad", text);
        assert_eq!((places(&run), run.code), (vec!["x.spoor:2:24-34 E0512".to_owned()], 0), "{text:?}");
    }
}

#[test]
fn ten_megabytes_of_junk_are_told_soon() {
    let line = "}{][ \u{1b}[31m nothing, of any use\t\u{200b}\n";
    let junk = line.repeat((10 << 20) / line.len());
    for ty in ["domain", "ip", "sha256", "text", ""] {
        let started = Instant::now();
        let test = if ty == "ip" { "network where dest.ip in bad" } else { "dns where query in bad" };
        let run = checked(ty, test, &junk);
        assert!(run.stdout.len() < 100_000, "{ty}: {} bytes of findings", run.stdout.len());
        assert!(ty == "text" || run.code == 1, "{ty}: {}", run.stdout);
        // Unoptimised, on a busy machine.
        assert!(started.elapsed() < Duration::from_secs(60), "{ty}: {:?}", started.elapsed());
    }
    let run = checked("domain", "dns where query in bad", "x".repeat(10 << 20));
    assert!(run.stdout.len() < 100_000);
}

#[test]
fn a_table_gives_its_column() {
    let folder = Folder::new();
    folder.write("hosts.csv", "\u{feff}id;host;note\r\n1;\"dc1.corp.example\";\"first; \"\"main\"\"\"\r\n2;;gone\r\n3;dc 2;\r\n");
    folder.write("x.spoor", "rule x {\n  let dcs: host from \"hosts.csv\" column \"host\"\n  detect process where host in dcs\n}\n");
    let run = folder.spoor(&["check", "--format", "json"]);
    assert_eq!(places(&run), ["hosts.csv:4:3-7 E0342"]);
    folder.write("hosts.csv", "host,note\ndc1.corp.example,\"never ends\ndc2.corp.example,\n");
    assert_eq!(places(&folder.spoor(&["check", "--format", "json"])), ["hosts.csv:2:18-29 E0231"]);
}

#[test]
fn a_list_stands_beside_the_file_that_names_it() {
    let folder = Folder::with(&[
        ("rules/x.spoor", "import \"../shared/common.spoor\"\nrule x {\n  detect process where name in bad\n}\n"),
        ("shared/common.spoor", "let bad: file_name from \"lists/names.txt\"\n"),
        ("shared/lists/names.txt", "evil.exe\n"),
        ("events.jsonl", "{\"class\": \"process\", \"action\": \"started\", \"name\": \"EVIL.exe\"}\n"),
    ]);
    let run = folder.spoor(&["build", "--target", "defender", "rules"]);
    assert!(run.stdout.contains(r#""evil.exe""#), "{}{}", run.stdout, run.stderr);
}

/// The same list, named by two rules, is read once, and what is wrong with it is told once.
#[test]
fn a_shared_list_is_told_of_once() {
    let one = rule("domain", "dns where query in bad");
    let two = one.replace("rule x", "rule y").replace("iocs.txt", "./../rules/iocs.txt");
    let folder = Folder::with(&[("rules/x.spoor", &one), ("rules/y.spoor", &two), ("rules/iocs.txt", "a b\n")]);
    assert_eq!(places(&folder.spoor(&["check", "--format", "json"])), ["rules/iocs.txt:1:1-4 E0342"]);
}

/// The lists that some samples of the language name, made up beside them.
#[test]
fn samples_with_lists_check_once_the_lists_are_there() {
    let Some(samples) = shared::shared("language/samples") else { return };
    let folder = Folder::with(&[
        ("inventory/domain_controllers.csv", "host,os\ndc1.corp.example,windows\n"),
        ("inventory/dc_accounts.txt", "DC1$\nDC2$\n"),
        ("inventory/dc_addresses.txt", "10.0.0.1\n10.0.0[.]2\n2001:db8::/64\n"),
    ]);
    let mut named = 0;
    for entry in std::fs::read_dir(samples).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        let text = std::fs::read_to_string(entry.path()).unwrap();
        if name == "common.spoor" || text.contains(" from \"inventory/") {
            folder.write(&name, &text);
            named += 1;
        }
    }
    assert!(named > 2, "no sample names a list any more");
    let run = folder.spoor(&["check"]);
    assert!(run.code == 0 && !run.stdout.contains("error["), "{}", run.stdout);
}
