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
        ("int", "process where id in bad", "4\n0x10\n", "four", "E0332"),
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

// ---------- queries ----------

/// `n000.bad.example` and so on.
fn names(count: usize) -> String {
    (0..count).map(|n| format!("N{n:03}[.]bad.example\n")).collect()
}

fn built(folder: &Folder, target: &str) -> serde_json::Value {
    let run = folder.spoor(&["build", "--target", target, "--format", "json", "x.spoor"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    run.json().remove(0)
}

#[test]
fn a_list_has_a_name_once_it_is_too_long_to_read() {
    let folder = Folder::with(&[("x.spoor", &rule("domain", "dns where query in bad")), ("iocs.txt", &names(256))]);
    let query = built(&folder, "sentinel")["query"].to_string();
    assert!(!query.contains("let "), "{query}");
    folder.write("iocs.txt", names(257));
    let query = built(&folder, "sentinel")["query"].as_str().unwrap().to_owned();
    assert!(query.contains("let bad = dynamic([\n    \"N000.bad.example\",\n") && query.contains("DnsQuery in~ (bad)"), "{query}");
    assert_eq!(query.matches("N000.bad.example").count(), 1, "{query}");
}

#[test]
fn a_lookup_is_written_beside_the_query_and_told_of() {
    let folder = Folder::with(&[("x.spoor", &rule("file_name", "process where name in bad")), ("iocs.txt", "a,\"b\".exe\n")]);
    folder.write("iocs.txt", (0..300).map(|n| format!("Evil{n}.exe\n")).chain(["a,\"b\".exe\n".to_owned()]).collect::<String>());
    let json = built(&folder, "splunk");
    assert_eq!((json["fidelity"].as_str(), json["files"][0]["name"].as_str()), (Some("exact"), Some("x_bad.csv")));
    let text = json["files"][0]["text"].as_str().unwrap();
    assert!(text.starts_with("value,listed\nevil0.exe,1\n") && text.ends_with("\"a,\"\"b\"\".exe\",1\n"), "{text}");
    assert!(json["query"].as_str().unwrap().contains("| lookup x_bad.csv value AS spoor_key_1 OUTPUT listed AS spoor_listed_1"));
    let run = folder.spoor(&["build", "--target", "splunk", "-o", "out", "x.spoor"]);
    assert_eq!((run.code, folder.read("out/x_bad.csv").as_str()), (0, text));
    // Without a folder it says that there is something to upload.
    let plain = folder.spoor(&["build", "--target", "splunk", "x.spoor"]).stdout;
    assert!(plain.contains("E0440") && plain.contains("x_bad.csv"), "{plain}");
    assert_eq!(built(&folder, "defender")["files"], serde_json::Value::Null);
}

/// A list of the rule is one table, whatever number of tests asks for it; two lists are two.
#[test]
fn each_list_is_one_lookup() {
    let text = "rule x {\n  let bad: file_name from \"iocs.txt\"\n  let worse: file_name from \"more.txt\"\n  detect process\n    where (name in bad or parent.name in bad) and name not in worse\n}\n";
    let list = |word: &str| (0..300).map(|n| format!("{word}{n}.exe\n")).collect::<String>();
    let folder = Folder::with(&[("x.spoor", text), ("iocs.txt", &list("a")), ("more.txt", &list("b"))]);
    let json = built(&folder, "splunk");
    let files: Vec<&str> = json["files"].as_array().unwrap().iter().map(|file| file["name"].as_str().unwrap()).collect();
    assert_eq!(files, ["x_bad.csv", "x_worse.csv"]);
    assert_eq!(json["query"].as_str().unwrap().matches("| lookup ").count(), 3);
}

/// Whatever the rules are called, and in whatever order they come: a lookup that two rules wrote would be the list of one of them.
#[test]
fn lists_of_two_rules_are_two_lookups() {
    let sigma = |title: &str, word: &str| {
        let values: String = (0..300).map(|n| format!("      - {word}{n}.exe\n")).collect();
        format!(
            "title: {title}\nlogsource: {{category: process_creation, product: windows}}\ndetection:\n  s:\n    OriginalFileName:\n{values}  condition: s\n"
        )
    };
    let rule = |name: &str, list: &str| {
        format!("rule {name} {{\n  let {list}: file_name from \"iocs.txt\"\n  detect process where name in {list}\n}}\n")
    };
    let folder = Folder::with(&[
        ("a.yml", &sigma("вход", "a")),
        ("b.yml", &sigma("файл", "b")),
        ("c.spoor", &rule("x_bad", "files")),
        ("d.spoor", &rule("x", "bad_files")),
        ("iocs.txt", &(0..300).map(|n| format!("c{n}.exe\n")).collect::<String>()),
    ]);
    let names = |paths: &[&str]| {
        let run = folder.spoor(&[&["build", "-t", "splunk", "--format", "json"], paths].concat());
        assert_eq!(run.code, 0, "{}", run.stderr);
        let of = |row: &serde_json::Value| {
            let file = row["files"][0]["name"].as_str().unwrap().to_owned();
            assert!(row["query"].as_str().unwrap().contains(&format!("| lookup {file} ")), "{row}");
            (row["rule"].as_str().unwrap().to_owned(), file)
        };
        run.json().iter().map(of).collect::<std::collections::BTreeMap<_, _>>()
    };
    let all = names(&["a.yml", "b.yml", "c.spoor", "d.spoor"]);
    let mut files: Vec<&String> = all.values().collect();
    files.sort();
    files.dedup();
    assert_eq!(files.len(), 4, "{all:?}");
    for path in ["a.yml", "b.yml", "c.spoor", "d.spoor"] {
        let alone = names(&[path]);
        assert!(alone.iter().all(|(rule, file)| all[rule] == *file), "{alone:?} {all:?}");
    }
    assert_eq!(all["x_bad"], "x_bad_files.csv");
}

#[test]
fn a_project_says_where_a_list_is_kept() {
    let manifest = "lists:\n  iocs.txt:\n    splunk: {lookup: threat_names.csv}\n    sentinel: {watchlist: ThreatNames}\n    defender: {externaldata: \"https://lists.example/names.txt\"}\n";
    let folder = Folder::with(&[
        ("spoor.yaml", manifest),
        ("x.spoor", &rule("domain", "dns where query under bad and query not in bad")),
        ("iocs.txt", &(names(300) + "evil.example\n")),
    ]);
    let sentinel = built(&folder, "sentinel")["query"].as_str().unwrap().to_owned();
    assert!(sentinel.contains("let bad = _GetWatchlist(\"ThreatNames\") | project SearchKey;"), "{sentinel}");
    assert!(!sentinel.contains("N000") && sentinel.matches("(bad)").count() == 3, "{sentinel}");
    let defender = built(&folder, "defender")["query"].as_str().unwrap().to_owned();
    assert!(
        defender.contains("let bad = externaldata(value: string) [\"https://lists.example/names.txt\"] with (format=\"txt\");"),
        "{defender}"
    );
    let plain = folder.spoor(&["build", "--target", "sentinel", "x.spoor"]).stdout;
    assert!(plain.contains("E0441") && plain.contains("watchlist `ThreatNames`"), "{plain}");
    // A part of a list, or more than it, is not what is kept there.
    folder.write("x.spoor", "rule x {\n  let bad: domain from \"iocs.txt\"\n  detect dns where query in [bad, \"other.example\"]\n}\n");
    let query = built(&folder, "sentinel")["query"].as_str().unwrap().to_owned();
    assert!(query.contains("dynamic([") && !query.contains("Watchlist"), "{query}");
    assert!(built(&folder, "sentinel").to_string().contains("E0442"), "it is told");
    // A shared lookup, under its own name.
    folder.write("x.spoor", rule("file_name", "process where name in bad"));
    folder.write("iocs.txt", (0..300).map(|n| format!("evil{n}.exe\n")).collect::<String>());
    let json = built(&folder, "splunk");
    assert_eq!(json["files"][0]["name"], "threat_names.csv");
    assert!(json["query"].as_str().unwrap().contains("| lookup threat_names.csv "));
}

#[test]
fn what_a_target_cannot_keep_is_told_at_its_place() {
    for (said, place) in [
        ("lists: [iocs.txt]", "E0607 spoor.yaml:1:8"),
        ("lists:\n  nowhere.txt: {splunk: {lookup: a}}", "E0609 spoor.yaml:2:3"),
        ("lists:\n  iocs.txt: {splnuk: {lookup: a}}", "E0611 spoor.yaml:2:14"),
        ("lists:\n  iocs.txt: {splunk: {watchlist: a}}", "E0607 spoor.yaml:2:22"),
        ("lists:\n  iocs.txt: {splunk: {lookup: \"a b\"}}", "E0607 spoor.yaml:2:22"),
        ("lists:\n  iocs.txt: {defender: {externaldata: \"ftp://x\"}}", "E0607 spoor.yaml:2:24"),
        ("lists:\n  iocs.txt: {defender: inline}", "E0607 spoor.yaml:2:24"),
    ] {
        let folder =
            Folder::with(&[("spoor.yaml", said), ("x.spoor", &rule("domain", "dns where query in bad")), ("iocs.txt", "a.example\n")]);
        let run = folder.spoor(&["check"]);
        let told = run.stdout.clone() + &run.stderr;
        let (code, at) = place.split_once(' ').unwrap();
        assert!(told.contains(&format!("error[{code}]")) && told.contains(&format!("--> {at}\n")), "{said}: {told}");
        assert_eq!(told.matches("error[").count(), 1, "{said}: {told}");
    }
}

/// Ten thousand values: every target has its query soon, and the matcher finds what is listed.
#[test]
fn ten_thousand_values_are_compiled_and_matched_soon() {
    let list = |form: &dyn Fn(usize) -> String| (0..10_000).map(|n| form(n) + "\n").collect::<String>();
    let hash = |n: usize| format!("{n:064x}");
    let folder = Folder::with(&[
        ("domains.txt", &list(&|n| format!("n{n}.c{}.example", n % 5))),
        ("hashes.txt", &list(&hash)),
        ("addresses.txt", &list(&|n| format!("198.18.{}.{}", n / 256, n % 256))),
        ("networks.txt", &list(&|n| format!("10.{}.{}.0/24", n / 256, n % 256))),
        ("names.txt", &list(&|n| format!("evil{n}.exe"))),
        ("folders.txt", &list(&|n| format!("C:\\Users\\Public\\d{n}"))),
        (
            "x.spoor",
            "rule d { let bad: domain from \"domains.txt\" detect dns where query under bad }\n\
             rule u { let bad: domain from \"domains.txt\" detect web where url under bad }\n\
             rule h { let bad: sha256 from \"hashes.txt\" detect file where sha256 in bad }\n\
             rule i { let bad: ip from \"addresses.txt\" detect network where dest.ip in bad }\n\
             rule w { let bad: ip from \"networks.txt\" detect network where dest.ip in bad }\n\
             rule n { let bad: file_name from \"names.txt\" detect process where name not in bad and parent.name in bad }\n\
             rule c { let bad: text from \"names.txt\" detect process where command_line contains bad }\n\
             rule p { let bad: path from \"folders.txt\" detect file where path under bad }\n",
        ),
        ("events.jsonl", "{\"class\": \"dns\"}\n"),
    ]);
    let started = Instant::now();
    let run = folder.spoor(&["build", "-o", "out", "x.spoor"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    // Unoptimised or on a busy machine it is slower; a walk of ten thousand times ten thousand would be minutes.
    assert!(started.elapsed() < Duration::from_secs(120), "{:?}", started.elapsed());
    for rule in ["d", "u", "h", "i", "w", "n", "c", "p"] {
        for target in ["defender", "sentinel"] {
            assert!(folder.path(&format!("out/{rule}.{target}.kql")).is_file(), "{rule} has no query for {target}");
        }
    }
    assert_eq!(folder.read("out/n_bad.csv").lines().count(), 10_001);

    let event = |n: usize| {
        let name = if n.is_multiple_of(100) { format!("www.n{n}.C{}.example", n % 5) } else { format!("n{n}.good.example") };
        let of = "\"EventID\": 22, \"Channel\": \"Microsoft-Windows-Sysmon/Operational\", \"Computer\": \"pc1\"";
        format!("{{{of}, \"QueryName\": \"{name}\"}}\n")
    };
    folder.write("events.jsonl", (0..20_000).map(event).collect::<String>());
    let started = Instant::now();
    let run = folder.spoor(&["match", "--rules", "x.spoor", "--", "events.jsonl"]);
    assert_eq!(run.stdout.lines().count(), 100, "{}", run.stderr);
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
}

/// Of a list that is kept elsewhere the KQL holds no value, however few there are; where it must, that is told and nothing is called exact.
#[test]
fn a_list_that_is_kept_elsewhere_is_asked_there_whatever_its_length() {
    let manifest = "lists:\n  iocs.txt:\n    sentinel: {watchlist: W}\n    defender: {externaldata: \"https://lists.example/w.txt\"}\n";
    let text = |n: usize| format!("evil{n}x");
    let domain = |n: usize| format!("evil{n}x.example");
    let address = |n: usize| format!("198.51.{}.{}", n / 250, n % 250);
    let network = |n: usize| format!("198.{n}.0.0/16");
    let both = |n: usize| if n == 0 { "evil0é".to_owned() } else { format!("evil{n}x") };
    type Made<'m> = &'m dyn Fn(usize) -> String;
    let cases: [(&str, &str, Made<'_>, bool); 10] = [
        ("domain", "dns where query under bad", &domain, true),
        ("domain", "dns where query not under bad", &domain, true),
        ("domain", "dns where query in bad", &domain, true),
        ("file_name", "process where name in bad", &text, true),
        ("text", "process where user.name in bad", &text, true),
        ("text", "process where command_line has bad", &text, true),
        ("text", "process where command_line contains bad", &text, false),
        ("ip", "network where dest.ip in bad", &address, true),
        ("ip", "network where dest.ip in bad", &network, false),
        ("file_name", "process where name in bad", &both, false),
    ];
    for (ty, pattern, made, asks) in cases {
        for count in [1, 2, 200, 300] {
            let many = count.min(if made(1).contains('/') { 200 } else { 300 });
            // One word alone is no list of terms.
            let asks = asks && !(pattern.contains("has bad") && many == 1);
            let values: Vec<String> = (0..many).map(made).collect();
            let folder =
                Folder::with(&[("spoor.yaml", manifest), ("x.spoor", &rule(ty, pattern)), ("iocs.txt", &(values.join("\n") + "\n"))]);
            for target in ["sentinel", "defender"] {
                let json = built(&folder, target);
                let query = json["query"].as_str().unwrap_or_default();
                let told = json.to_string();
                let holds = query.contains("evil") || query.contains("198.");
                assert_eq!(!holds, asks, "{pattern}, {many}, {target}: {query}");
                assert_eq!(told.contains("E0442"), !asks, "{pattern}, {many}, {target}: {told}");
                assert_eq!(json["fidelity"] == "narrowed", !asks, "{pattern}, {many}, {target}: {told}");
            }
        }
    }
}
