//! What parses, what does not, and what is said of it.

use spoor::source::Sources;
use spoor::syntax::{self, Parsed};

#[path = "common/shared.rs"]
mod shared;

fn parse(text: &str) -> (Sources, Parsed) {
    let mut sources = Sources::default();
    let file = sources.add("test.spoor", text);
    let parsed = syntax::parse(&sources, file);
    (sources, parsed)
}

/// `line:column code title`, one a diagnostic.
fn told(text: &str) -> Vec<String> {
    let (sources, parsed) = parse(text);
    parsed
        .diagnostics
        .iter()
        .map(|found| {
            let place = sources.place(found.span());
            format!("{}:{} {} {}", place.line, place.column, found.code.id(), found.title)
        })
        .collect()
}

#[test]
fn many_mistakes_are_told_in_one_run_each_once() {
    assert_eq!(
        told(include_str!("diagnostics/many_mistakes.spoor")),
        [
            "5:7 E0103 missing `and` or `or`",
            "6:49 E0104 `and` and `or` are mixed without parentheses",
            "13:35 E0105 `\\U` is no escape",
            "13:58 E0107 `==` takes one value",
            "15:8 E0110 `last` wants a duration",
            "19:62 E0108 `not` without an operator",
        ]
    );
}

#[test]
fn the_samples_of_the_language_parse() {
    let Some(folder) = shared::shared("language/samples") else { return };
    let mut count = 0;
    for file in std::fs::read_dir(&folder).expect("a folder can be listed") {
        count += 1;
        let path = file.expect("a folder can be listed").path();
        let text = std::fs::read_to_string(&path).expect("a sample is text");
        assert_eq!(told(&text), Vec::<String>::new(), "{}", path.display());
    }
    println!("{count} samples parsed");
}

// ---------- one mistake, one diagnostic ----------

/// What is told of a test in a rule of its own, without the place.
fn of_test(test: &str) -> Vec<String> {
    titles(&format!("rule r {{\n  detect process where {test}\n  last 7d\n}}\nrule whole {{ last 7d }}\n"))
}

fn titles(text: &str) -> Vec<String> {
    told(text).into_iter().map(|line| line.split_once(' ').map_or(String::new(), |(_, told)| told.to_string())).collect()
}

#[test]
fn mistakes_in_tests() {
    for (test, told) in [
        ("", "E0101 unexpected `last`"),
        ("name ==", "E0101 unexpected `last`"),
        ("name == \"a\" and", "E0101 unexpected `last`"),
        ("name frobs \"a\"", "E0109 unknown operator `frobs`"),
        ("name == \"a\" or \"b\"", "E0137 each side of `or` is a whole test"),
        ("\"a\" == name", "E0137 a test begins with a field"),
        ("strcat(name, \"a\") == \"b\"", "E0138 `strcat(..)` is no test"),
        ("name == \"a\" | summarize count() by host", "E0139 a rule is a pattern, not a pipe"),
        ("name in [\"a\", [\"b\"]]", "E0144 a list in a list"),
        ("name in [\"a\", cased \"b\"]", "E0131 `cased` holds for a whole operand"),
        ("name in all [\"a\"]", "E0131 `all` does not go with this operator"),
        ("any of [] == \"a\"", "E0143 an empty list"),
        ("at_least 1 of []", "E0143 an empty list"),
        ("name matches []", "E0143 an empty list"),
        ("name in [/a/]", "E0129 a regex stands where none may begin"),
        ("name == \"a", "E0106 text without a closing quote"),
        ("name == 'a", "E0106 text without a closing quote"),
        ("name matches /a", "E0106 regex without a closing slash"),
        ("`name == \"a\"", "E0106 name without a closing backtick"),
        ("`` == \"a\"", "E0106 name without a letter"),
        ("src.ip == 300.1.2.3", "E0112 `300.1.2.3` is no address"),
        ("src.ip == 10.0.0.01", "E0112 `10.0.0.01` is no address"),
        ("src.ip in 10.0.0/8", "E0112 `10.0.0/8` is no address"),
        ("src.ip in 10.0.0.0/33", "E0112 `10.0.0.0/33` is no network"),
        ("src.ip in ::/129", "E0112 `::/129` is no network"),
        ("pid == 99999999999999999999", "E0111 `99999999999999999999` is no number"),
        ("pid == 0x", "E0111 `0x` is no number"),
        ("pid == 10mb", "E0111 `10mb` is no number"),
        ("größe == 1", "E0119 `ö` (U+00F6) belongs to no token"),
        ("name == \"a\" \u{7}", "E0119 U+0007 belongs to no token"),
        ("name == \"a\" \u{202e}", "E0119 U+202E belongs to no token"),
        ("name ==\u{a0}\"a\"", "E0119 U+00A0 belongs to no token"),
        ("name == \"a\u{202e}\"", "E0120 hidden character U+202E"),
        ("name == \"a\" # \u{202e}", "E0120 hidden character U+202E"),
        ("name == \"a\u{0}\"", "E0120 hidden character U+0000"),
        ("name == \"\\u{110000}\"", "E0105 `\\u{110000}` is no escape"),
        ("name == \"a\" where path exists", "E0127 `where` stands twice"),
        ("user.in.name == \"a\"", "E0116 `in` is a word of the language"),
        ("(name == \"a\" and (path exists)", "E0123 missing `)`"),
        ("name in [\"a\", \"b\"", "E0123 missing `]`"),
        ("name exists)", "E0101 unexpected `)`"),
    ] {
        assert_eq!(of_test(test), [told], "{test}");
    }
}

#[test]
fn mistakes_around_patterns() {
    for (pattern, told) in [
        ("detect", "E0101 unexpected `last`"),
        ("detect { }", "E0140 the block is empty"),
        ("detect sequence within 5m { a: process }", "E0140 linked patterns want two steps at least"),
        ("detect sequence within 5m { process b: file }", "E0141 a step wants a label"),
        ("detect sequence by host { a: process b: file }", "E0142 `sequence` wants `within`"),
        ("detect together { a: process b: file }", "E0142 `together` wants `within`"),
        ("detect { optional process where a file where b }", "E0126 `optional` belongs to a step"),
        ("detect { a: at_least 3 within 5m process where a file where b }", "E0126 a count belongs to a step"),
        ("detect sequence within 5m { a: at_least 3 process b: file }", "E0142 a count of a step's events wants `within`"),
        (
            "detect sequence within 5m { a: at_least 3 by host within 5m process b: file }",
            "E0142 a count of a step's events wants `within`",
        ),
        ("detect sequence within 5m { a: at_least 3 within process b: file }", "E0110 `within` wants a duration"),
        ("detect sequence within 5m { at_least 3 within 5m process b: file }", "E0141 a step wants a label"),
        ("detect { on: process where a }", "E0114 `on` cannot be a label"),
        ("detect { last: process where a }", "E0114 `last` cannot be a label"),
        ("detect { without: process where a }", "E0117 `without` is held back for a later version"),
        ("detect process where a new by host against 30d", "E0117 `new` is held back for a later version"),
        ("detect process having distinct(extract(name, /a/)) > 1", "E0117 `extract` is held back for a later version"),
        ("detect process having count() > 1 having count() < 5", "E0127 `having` stands twice"),
        ("detect process having count() > 1 or count() < 5 and sum(a) > 1", "E0104 `and` and `or` are mixed without parentheses"),
        ("detect process having count > 1", "E0101 `count` without parentheses"),
        ("detect { process where a } where b", "E0126 `where` does not follow a block"),
        ("detect { process where a } on defender where b", "E0126 `on` does not follow a block"),
        ("detect process where a\n  file where b", "E0113 several patterns stand in braces"),
        ("detect process file", "E0113 several patterns stand in braces"),
        ("detect { process where a\n  having count() > 2", "E0123 missing `}`"),
        ("detect { process where a", "E0123 missing `}`"),
        ("detect { process where a\n  level: \"high\"", "E0123 missing `}`"),
        ("detect { process where a } }", "E0125 `last` stands outside of a rule"),
    ] {
        let text = format!("rule r {{\n  {pattern}\n  last 7d\n}}\nrule whole {{ last 7d }}\n");
        assert_eq!(titles(&text), [told], "{pattern}");
    }
}

#[test]
fn mistakes_in_items() {
    for (items, told) in [
        ("test: 5", "E0114 `test` cannot be a metadata key"),
        ("on: 5", "E0114 `on` cannot be a metadata key"),
        ("per: 5", "E0114 `per` cannot be a metadata key"),
        ("last: \"x\"", "E0114 `last` cannot be a metadata key"),
        ("label: \"x\"", "E0117 `label` is held back for a later version"),
        ("is: \"x\"", "E0116 `is` is a word of the language"),
        ("title: true", "E0116 `true` is a word of the language"),
        ("title \"x\"", "E0135 missing `:` behind `title`"),
        ("where a == 1", "E0126 `where` belongs to `detect`"),
        ("having count() > 1", "E0126 `having` belongs to `detect`"),
        ("last 5", "E0110 `last` wants a duration"),
        ("last", "E0110 `last` wants a duration"),
        ("let", "E0101 unexpected `}`"),
        ("let x", "E0101 unexpected `}`"),
        ("let x = ", "E0101 unexpected `}`"),
        ("let x from y", "E0101 unexpected `y`"),
        ("show", "E0101 unexpected `}`"),
        ("test x match {}", "E0101 unexpected `x`"),
        ("test \"x\" {}", "E0101 unexpected `{`"),
        ("test \"x\" match { process }", "E0101 unexpected `}`"),
        ("test \"x\" match { process { name } }", "E0101 unexpected `}`"),
        ("test \"x\" match { process { name: a.b } }", "E0101 unexpected `.`"),
        ("references: [\"a\", [\"b\"]]", "E0101 unexpected `[`"),
        ("DETECT process where a", "E0102 Spoor writes `detect`"),
        ("}", "E0124 `}` closes nothing"),
        ("/// nothing\n  level: low", "E0128 a doc comment stands above a `rule` or a `let`"),
    ] {
        let text = format!("rule r {{\n  {items}\n}}\nrule whole {{ last 7d }}\n");
        assert_eq!(titles(&text), [told], "{items}");
    }
}

#[test]
fn mistakes_at_the_top() {
    for (text, told) in [
        ("title: \"x\"\nlevel: low\n", "E0125 `title` stands outside of a rule"),
        ("rule { level: low }\n", "E0136 a rule wants a name"),
        ("rule r level: low\n", "E0101 unexpected `level`"),
        ("Rule r { level: low }\n", "E0102 Spoor writes `rule`"),
        ("import common\n", "E0101 unexpected `common`"),
        ("rule r { level: low\n\nrule s { level: low }\n", "E0123 missing `}`"),
        ("rule r {\n  detect {\n    process where a\nrule s { level: low }\n", "E0123 missing `}`"),
        ("search index=main sourcetype=x | stats count by host\n", "E0101 unexpected `search`"),
        ("$(x)\n", "E0101 unexpected `$`"),
        ("/* a\n b */\nrule r { level: low }", "E0102 Spoor writes `#` before a comment"),
    ] {
        assert_eq!(titles(text), [told], "{text}");
    }
}

#[test]
fn what_is_whole_stays_whole() {
    let (_, parsed) = parse("rule a {\n  last banana\n  level: low\n}\nrule b { level: low }\nrule c { detect process where }\n");
    let whole: Vec<_> = parsed
        .file
        .items
        .iter()
        .filter_map(|item| match item {
            syntax::ast::Top::Rule(rule) => Some((rule.name.text.as_str(), rule.complete, rule.items.len())),
            _ => None,
        })
        .collect();
    assert_eq!(whole, [("a", false, 1), ("b", true, 1), ("c", false, 0)]);
}

// ---------- bad input ----------

#[test]
fn files_with_nothing_in_them() {
    for text in ["", "\u{feff}", "\n\n", "# only a comment", "\u{feff}# a\r\n\t# b\r\n", "   "] {
        assert_eq!(told(text), Vec::<String>::new(), "{text:?}");
    }
    assert_eq!(told("\u{feff}rule r {\r\n\tlast 7d\r\n}\r\n"), Vec::<String>::new());
}

#[test]
fn files_that_are_no_text_are_told_once() {
    let zeros = "\0".repeat(1000);
    let binary: String = (0..4000u32).map(|n| char::from((n * 7 % 251) as u8)).collect();
    for text in [zeros.as_str(), binary.as_str(), "\u{1}\u{2}\u{3}\u{4}\u{5}\u{6}\u{7}\u{8}rule"] {
        assert_eq!(titles(text), ["E0122 this is no text"]);
    }
}

/// Ten megabytes take well under a second in a release build; here it is enough that they end, with few diagnostics.
#[test]
fn junk_of_megabytes_is_told_and_left() {
    let large = |unit: &str| unit.repeat((if unit == "a b " { 10_000_000 } else { 200_000 }) / unit.len());
    for unit in [
        "a b ",
        "\"\n",
        "{",
        "(",
        "}",
        "rule r {\n",
        "0x ",
        "rule r { last banana }\n",
        "a",
        "'",
        "/",
        "\u{fffd}x",
        "///\n",
        "@ ",
        "[",
        "not ",
        "ö\n",
        ",#\n",
    ] {
        let found = titles(&large(unit)).len();
        assert!((1..=101).contains(&found), "{unit:?}: {found}");
    }
    for before in [
        "rule r { detect process where ",
        "rule r { let x = ",
        "rule r { show ",
        "rule r { test \"x\" match { ",
        "rule r { a: [",
        "rule r { detect { ",
    ] {
        for unit in [
            "a ",
            "(",
            "a, ",
            "not ",
            "[",
            "{",
            "a: b ",
            "\"x\" ",
            "a { ",
            "dashes(",
            "a and ",
            "x in [[",
            "a == 1 b ",
            "! ",
            "a|re: ",
            "| where ",
        ] {
            let found = titles(&format!("{before}{}", unit.repeat(20_000 / unit.len()))).len();
            assert!((1..=101).contains(&found), "{before}{unit:?}: {found}");
        }
    }
}

#[test]
fn nesting_is_limited_on_a_small_stack() {
    let nested = |open: &str, inner: &str, close: &str, times: usize| {
        format!("rule r {{\n  detect process {}{inner}{}\n}}\n", open.repeat(times), close.repeat(times))
    };
    let deep = std::thread::Builder::new().stack_size(2 << 20).spawn(move || {
        for (before, open, inner, close) in [
            ("where ", "(", "a == 1", ")"),
            ("where ", "not ", "a == 1", ""),
            ("where ", "not (", "a == 1", ")"),
            ("having ", "(", "count() > 1", ")"),
            ("having ", "not ", "count() > 1", ""),
            ("where a contains ", "dashes(", "\"x\"", ")"),
            ("where ", "at_least 1 of [", "a == 1", "]"),
            ("where a contains ", "dashes([", "\"x\"", "])"),
        ] {
            let text = |times| nested(open, inner, close, times).replacen("process ", &format!("process {before}"), 1);
            let levels = open.matches(['(', '[', '!']).count() + open.matches("not").count();
            assert_eq!(told(&text(200 / levels)), Vec::<String>::new(), "{open}");
            let (_, parsed) = parse(&text(200 / levels));
            let printed = syntax::print(&parsed);
            assert_eq!(parse(&printed).1.file, parsed.file);
            let deeper = titles(&text(201 / levels + 1));
            assert_eq!(deeper, ["E0118 nested too deep"], "{open}");
            assert!(
                titles(&text(100_000)).iter().any(|title| title == "E0118 nested too deep" || title == "E0121 too many errors"),
                "{open}"
            );
        }
    });
    deep.expect("a thread can be started").join().expect("no stack overflow");
}
