//! The spellings of other languages: each is told once, is read as what it means, and its fix says just that.

use spoor::diag::{Diagnostic, Edit};
use spoor::source::Sources;
use spoor::syntax::{self, Parsed};

fn parse(text: &str) -> Parsed {
    let mut sources = Sources::default();
    let file = sources.add("test.spoor", text);
    syntax::parse(&sources, file)
}

fn mended(text: &str, diagnostics: &[Diagnostic]) -> String {
    let mut edits: Vec<&Edit> = diagnostics.iter().filter_map(|found| found.fix.as_ref()).flat_map(|fix| &fix.edits).collect();
    // Of two edits at one place the first comes first.
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut text = text.to_string();
    for edit in edits.iter().rev() {
        text.replace_range(edit.span.range(), &edit.text);
    }
    text
}

#[track_caller]
fn reads_as(written: &str, meant: &str, certain: bool) {
    let right = parse(meant);
    assert!(right.diagnostics.is_empty(), "{meant}: {:?}", right.diagnostics);
    let read = parse(written);
    let titles: Vec<_> = read.diagnostics.iter().map(|found| format!("{} {}", found.code.id(), found.title)).collect();
    assert_eq!(titles.len(), 1, "one mistake, one diagnostic: {written}: {titles:?}");
    let fix = read.diagnostics[0].fix.as_ref().unwrap_or_else(|| panic!("no fix: {written}: {titles:?}"));
    assert_eq!(fix.certain, certain, "{written}: {titles:?}");
    assert_eq!(syntax::print(&read), syntax::print(&right), "what was read: {written}");
    assert_eq!(read.file, right.file, "what was read: {written}");
    let mended = mended(written, &read.diagnostics);
    let again = parse(&mended);
    assert!(again.diagnostics.is_empty(), "{written} was mended to {mended}, where {:?}", again.diagnostics);
    assert_eq!(again.file, right.file, "{written} was mended to {mended}");
}

#[track_caller]
fn test_reads_as(written: &str, meant: &str, certain: bool) {
    for (before, after) in [("", ""), ("path exists and ", " or_not"), ("(", ")"), ("not ", "")] {
        let after = if after == " or_not" { " and host exists" } else { after };
        let rule = |test: &str| format!("rule r {{\n  detect process where {before}{test}{after}\n  last 7d\n}}\n");
        reads_as(&rule(written), &rule(meant), certain);
    }
    // In a union a name behind a test may be the next class.
    let rule = |test: &str| format!("rule r {{\n  detect {{\n    process where {test}\n    file where {test}\n  }}\n}}\n");
    let (written, meant) = (rule(written), rule(meant));
    let read = parse(&written);
    assert_eq!(read.diagnostics.len(), 2, "{written}: {:?}", read.diagnostics);
    assert_eq!(read.file, parse(&meant).file, "{written}");
}

#[test]
fn operators_of_kql() {
    for (written, meant) in [
        ("name =~ \"a\"", "name == \"a\""),
        ("name=~\"a\"", "name==\"a\""),
        ("name !~ \"a\"", "name != \"a\""),
        ("name in~ (\"a\", \"b\")", "name in [\"a\", \"b\"]"),
        ("name in (\"a\", \"b\")", "name in [\"a\", \"b\"]"),
        ("name in(\"a\")", "name in[\"a\"]"),
        ("name in ([\"a\", \"b\"])", "name in [\"a\", \"b\"]"),
        ("name in (dynamic([\"a\", \"b\"]))", "name in [\"a\", \"b\"]"),
        ("name in (tools)", "name in [tools]"),
        ("name in~ (tools)", "name in [tools]"),
        ("name !in (\"a\", \"b\")", "name not in [\"a\", \"b\"]"),
        ("name !in~ (\"a\", \"b\")", "name not in [\"a\", \"b\"]"),
        ("name !in~ [\"a\", \"b\"]", "name not in [\"a\", \"b\"]"),
        ("name not in~ [\"a\"]", "name not in [\"a\"]"),
        ("command_line !contains \"a\"", "command_line not contains \"a\""),
        ("command_line !has \"a\"", "command_line not has \"a\""),
        ("command_line contains_cs \"a\"", "command_line contains cased \"a\""),
        ("command_line !contains_cs \"a\"", "command_line not contains cased \"a\""),
        ("command_line has_cs \"a\"", "command_line has cased \"a\""),
        ("command_line has_any (\"a\", \"b\")", "command_line has [\"a\", \"b\"]"),
        ("command_line has_any(\"a\", \"b\")", "command_line has [\"a\", \"b\"]"),
        ("command_line has_any [\"a\", \"b\"]", "command_line has [\"a\", \"b\"]"),
        ("command_line has_any (words)", "command_line has [words]"),
        ("command_line has_any (dynamic([\"a\"]))", "command_line has [\"a\"]"),
        ("command_line has_all (\"a\", \"b\")", "command_line has all [\"a\", \"b\"]"),
        ("name startswith \"a\"", "name starts_with \"a\""),
        ("name !startswith \"a\"", "name not starts_with \"a\""),
        ("name not startswith \"a\"", "name not starts_with \"a\""),
        ("name startswith_cs \"a\"", "name starts_with cased \"a\""),
        ("name startswith parent.name", "name starts_with parent.name"),
        ("name endswith \"a\"", "name ends_with \"a\""),
        ("name !endswith_cs \"a\"", "name not ends_with cased \"a\""),
        ("name matches regex \"(?i)^a+$\"", "name matches /^a+$/"),
        ("name matches regex \"^a/b$\"", "name matches cased /^a\\/b$/"),
        ("name matches regex @\"^\\w+$\"", "name matches cased /^\\w+$/"),
        ("name matches regex \"\\\\d\"", "name matches cased /\\d/"),
        ("path == @\"C:\\a\"", "path == 'C:\\a'"),
        ("path == @'C:\\a \"\" b'", "path == 'C:\\a \"\" b'"),
        ("path == @\"it's \"\"so\"\"\"", "path == 'it''s \"so\"'"),
        ("isempty(name)", "name not exists"),
        ("isnotempty(parent.name)", "parent.name exists"),
        ("isnull(name)", "name not exists"),
        ("isnotnull(name)", "name exists"),
        ("tolower(name) == \"a\"", "name == \"a\""),
        ("tolower(parent.name) contains \"a\"", "parent.name contains \"a\""),
    ] {
        test_reads_as(written, meant, true);
    }
}

#[test]
fn operators_of_spl_and_sql() {
    for (written, meant) in [
        ("name = \"a\"", "name == \"a\""),
        ("name=\"a\"", "name==\"a\""),
        ("name <> \"a\"", "name != \"a\""),
        ("name IN (\"a\", \"b\")", "name in [\"a\", \"b\"]"),
        ("name NOT IN (\"a\", \"b\")", "name not in [\"a\", \"b\"]"),
        ("name LIKE \"%a%\"", "name like \"%a%\""),
        ("name NOT LIKE \"a\"", "name not like \"a\""),
        ("name IS NULL", "name not exists"),
        ("name IS NOT NULL", "name exists"),
        ("name is null", "name not exists"),
        ("name is not null", "name exists"),
        ("name is empty", "name not exists"),
        ("name == null", "name not exists"),
        ("name != null", "name exists"),
        ("name = (\"a\", \"b\")", "name in [\"a\", \"b\"]"),
        ("name == (\"a\")", "name == \"a\""),
        ("name = 5", "name == 5"),
        ("signed == TRUE", "signed == true"),
        ("signed == False", "signed == false"),
        ("match(name, \"^a$\")", "name matches cased /^a$/"),
        ("startswith(name, \"a\")", "name starts_with \"a\""),
        ("endswith(name, \"a\")", "name ends_with \"a\""),
        ("contains(name, [\"a\"])", "name contains [\"a\"]"),
        ("exists(name)", "name exists"),
        ("exists name", "name exists"),
    ] {
        test_reads_as(written, meant, true);
    }
    test_reads_as("name = \"*\\\\a.exe\"", "name like \"*\\\\a.exe\"", false);
    test_reads_as("like(name, \"a%\")", "name like \"a%\"", false);
}

#[test]
fn modifiers_of_sigma() {
    for (written, meant) in [
        ("command_line|contains: \"a\"", "command_line contains \"a\""),
        ("command_line|contains: [\"a\", \"b\"]", "command_line contains [\"a\", \"b\"]"),
        ("command_line|contains|all: [\"a\", \"b\"]", "command_line contains all [\"a\", \"b\"]"),
        ("name|startswith: 'a'", "name starts_with 'a'"),
        ("name|endswith: '\\a.exe'", "name ends_with '\\a.exe'"),
        ("name|endswith|cased: 'a'", "name ends_with cased 'a'"),
        ("name|cased: 'a'", "name == cased 'a'"),
        ("name|re: '^a+$'", "name matches cased /^a+$/"),
        ("name|re|i: '(?i)^a+$'", "name matches /^a+$/"),
        ("command_line|windash|contains: '-a'", "command_line contains dashes('-a')"),
        ("command_line|base64offset|contains: ['a', 'b']", "command_line contains base64(['a', 'b'])"),
        ("command_line|wide|base64offset|contains: 'a'", "command_line contains base64(utf16('a'))"),
        ("name|exists: true", "name exists"),
        ("name|exists: false", "name not exists"),
        ("pid|gte: 5", "pid >= 5"),
        ("src.ip|cidr: 10.0.0.0/8", "src.ip in 10.0.0.0/8"),
        ("src.ip|cidr: [10.0.0.0/8]", "src.ip in [10.0.0.0/8]"),
        ("name: \"a\"", "name == \"a\""),
        ("name: [\"a\", \"b\"]", "name in [\"a\", \"b\"]"),
    ] {
        test_reads_as(written, meant, true);
    }
}

#[test]
fn operators_of_other_languages() {
    for (written, meant) in [
        ("name === \"a\"", "name == \"a\""),
        ("name !== \"a\"", "name != \"a\""),
        ("name ==~ \"a\"", "name == \"a\""),
        ("name eq \"a\"", "name == \"a\""),
        ("name ne \"a\"", "name != \"a\""),
        ("pid gt 5", "pid > 5"),
        ("name equals \"a\"", "name == \"a\""),
        ("name startsWith \"a\"", "name starts_with \"a\""),
        ("name starts with \"a\"", "name starts_with \"a\""),
        ("name ends with \"a\"", "name ends_with \"a\""),
        ("name icontains \"a\"", "name contains \"a\""),
        ("name CONTAINS \"a\"", "name contains \"a\""),
        ("name contains any [\"a\", \"b\"]", "name contains [\"a\", \"b\"]"),
        ("name contains any of [\"a\", \"b\"]", "name contains [\"a\", \"b\"]"),
        ("name contains all of [\"a\", \"b\"]", "name contains all [\"a\", \"b\"]"),
        ("name contains (\"a\", \"b\")", "name contains [\"a\", \"b\"]"),
        ("name contains_all [\"a\", \"b\"]", "name contains all [\"a\", \"b\"]"),
        ("name regex \"^a$\"", "name matches cased /^a$/"),
        ("name is \"a\"", "name == \"a\""),
        ("name is not \"a\"", "name != \"a\""),
        ("name is in [\"a\"]", "name in [\"a\"]"),
        ("name not == \"a\"", "name != \"a\""),
        ("src.ip not is private", "src.ip is not private"),
        ("name == “a”", "name == 'a'"),
        ("name not \"a\"", "name != \"a\""),
        ("name not [\"a\"]", "name not in [\"a\"]"),
        ("name == [\"a\", \"b\"]", "name in [\"a\", \"b\"]"),
        ("name != [\"a\", \"b\"]", "name not in [\"a\", \"b\"]"),
        ("name in \"a\"", "name == \"a\""),
        ("name not in \"a\"", "name != \"a\""),
        ("src.ip in 10.0.0.1", "src.ip == 10.0.0.1"),
        ("name == /a/", "name matches /a/"),
        ("name != /a/", "name not matches /a/"),
        ("name contains /a/", "name matches /a/"),
        ("name not like /a/s", "name not matches /a/s"),
        ("name contains cased all [\"a\"]", "name contains all cased [\"a\"]"),
        ("path == \"C:\\Users\"", "path == 'C:\\Users'"),
        ("path == \"C:\\temp\\new\"", "path == 'C:\\temp\\new'"),
        ("actor.all == \"a\"", "actor.`all` == \"a\""),
        ("name in [\"a\" \"b\"]", "name in [\"a\", \"b\"]"),
        ("name in [\"a\"; \"b\"]", "name in [\"a\", \"b\"]"),
        ("name in [\"a\",, \"b\"]", "name in [\"a\", \"b\"]"),
    ] {
        test_reads_as(written, meant, true);
    }
    test_reads_as("name contain \"a\"", "name contains \"a\"", false);
    test_reads_as("name matches \"a/b\"", "name matches /a\\/b/", false);
    test_reads_as("path == \"a\\\\b\\c\"", "path == 'a\\\\b\\c'", false);
    test_reads_as("path == \"a\\nb\"", "path == 'a\\nb'", false);
}

#[test]
fn joints() {
    for (written, meant) in [
        ("a == 1 && b == 2", "a == 1 and b == 2"),
        ("a == 1&&b == 2", "a == 1 and b == 2"),
        ("a == 1 || b == 2", "a == 1 or b == 2"),
        ("a == 1 AND b == 2", "a == 1 and b == 2"),
        ("a == 1 OR (b == 2)", "a == 1 or (b == 2)"),
        ("a == 1 And b == 2", "a == 1 and b == 2"),
        ("NOT a == 1", "not a == 1"),
        ("NOT (a == 1)", "not (a == 1)"),
        ("!(a == 1)", "not (a == 1)"),
        ("! a == 1", "not a == 1"),
        ("flag AND other", "flag and other"),
    ] {
        let rule = |test: &str| format!("rule r {{\n  detect process where {test}\n}}\n");
        reads_as(&rule(written), &rule(meant), true);
        reads_as(&rule(&format!("({written})")), &rule(&format!("({meant})")), true);
    }
    for (written, meant) in [
        ("a == 1 b == 2", "a == 1 and b == 2"),
        ("a == 1 or c b == 2", "a == 1 or c or b == 2"),
        ("a == 1 not b == 2", "a == 1 and not b == 2"),
        ("a == 1 (b == 2)", "a == 1 and (b == 2)"),
        ("a == 1 b.c exists", "a == 1 and b.c exists"),
        ("a == 1 b =~ \"x\"", "a == 1 and b == \"x\""),
        ("a == 1 any of [b, c] == 2", "a == 1 and any of [b, c] == 2"),
        ("a == 1 or b == 2 and c == 3", "a == 1 or (b == 2 and c == 3)"),
        ("a and b or c and d or e", "(a and b) or (c and d) or e"),
        ("(a == 1", "(a == 1)"),
    ] {
        let rule = |test: &str| format!("rule r {{\n  detect process where {test}\n}}\n");
        if written.contains("=~") {
            assert_eq!(parse(&rule(written)).diagnostics.len(), 2);
            continue;
        }
        reads_as(&rule(written), &rule(meant), false);
    }
}

#[test]
fn around_the_tests() {
    let detect = "  detect process where a\n";
    for (written, meant) in [
        ("// why\nrule r { detect process }", "# why\nrule r { detect process }"),
        ("rule r {\n  title = \"x\"\n}", "rule r {\n  title: \"x\"\n}"),
        ("rule r {\n  title: \"x\",\n  level: low\n}", "rule r {\n  title: \"x\"\n  level: low\n}"),
        ("rule r: { title: \"x\" }", "rule r { title: \"x\" }"),
        ("rule r { detect: process where a }", "rule r { detect process where a }"),
        ("rule r { detect process | where a }", "rule r { detect process where a }"),
        ("rule r { detect process WHERE a == 1 }", "rule r { detect process where a == 1 }"),
        ("rule r { last: 30d }", "rule r { last 30d }"),
        ("rule r { last 30 d }", "rule r { last 30d }"),
        ("rule r { last 30 days }", "rule r { last 30d }"),
        ("rule r { last 30days }", "rule r { last 30d }"),
        ("rule r { last \"30d\" }", "rule r { last 30d }"),
        ("rule r { last 2w }", "rule r { last 14d }"),
        ("rule r { show: a, b }", "rule r { show a, b }"),
        ("rule r { show a b }", "rule r { show a, b }"),
        ("rule r { show a, b, }", "rule r { show a, b }"),
        ("rule r { let x == 5 }", "rule r { let x = 5 }"),
        ("rule r { let x = [\"a\" \"b\"] }", "rule r { let x = [\"a\", \"b\"] }"),
        ("rule r { test \"x\" matches { process {} } }", "rule r { test \"x\" match { process {} } }"),
        ("rule r { test \"x\" not match { process {} } }", "rule r { test \"x\" no match { process {} } }"),
        ("rule r { test \"x\" match { process { a = 1 } } }", "rule r { test \"x\" match { process { a : 1 } } }"),
        ("rule r { test \"x\" match { process { a: 1 b: 2 } } }", "rule r { test \"x\" match { process { a: 1, b: 2 } } }"),
        ("rule r { test \"x\" match { process {}, file {} } }", "rule r { test \"x\" match { process {} file {} } }"),
        ("rule r { detect { process, file where a } }", "rule r { detect { process | file where a } }"),
        ("rule r { detect { process where a, file where b } }", "rule r { detect { process where a file where b } }"),
        ("rule r { detect { process where a; file where b } }", "rule r { detect { process where a file where b } }"),
        ("rule r { detect process having count() = 5 }", "rule r { detect process having count() == 5 }"),
        ("rule r { detect process having count() > 5 AND sum(a) > 1 }", "rule r { detect process having count() > 5 and sum(a) > 1 }"),
        (
            "rule r { detect sequence within 5m by a { x: process y: file } }",
            "rule r { detect sequence by a within 5m { x: process y: file } }",
        ),
        (
            "rule r { detect at_least 2 of by a within 5m { x: process y: file } }",
            "rule r { detect at_least 2 by a within 5m { x: process y: file } }",
        ),
        ("/// no rule\n", "# no rule\n"),
    ] {
        reads_as(written, meant, true);
    }
    for (written, meant) in [
        (format!("rule r {{\n{detect}  file where b\n}}"), "rule r { detect { process where a file where b } }"),
        ("rule r { detect a: process where b }".to_string(), "rule r { detect { a: process where b } }"),
        ("rule \"My rule\" { level: low }".to_string(), "rule my_rule { level: low }"),
        ("rule my-rule-2 { level: low }".to_string(), "rule my_rule_2 { level: low }"),
        ("rule r { level: low".to_string(), "rule r { level: low }"),
        ("rule r { show a as \"A b\" }".to_string(), "rule r { show a as a_b }"),
    ] {
        reads_as(&written, meant, false);
    }
}
