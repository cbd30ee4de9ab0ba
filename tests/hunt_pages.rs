//! Pages of hunts: what they hold, how they are built, that text stays text, and every mistake of a brief or a template at its place.

#[allow(dead_code)]
#[path = "cli/codes.rs"]
mod codes;
#[path = "cli/run.rs"]
mod run;
#[path = "common/shared.rs"]
mod shared;
#[path = "common/xml.rs"]
mod xml;

use std::collections::{BTreeMap, BTreeSet};

use run::{Folder, Run};
use serde_json::Value;
use spoor::markup;

const DROP: &str = r#"/// A script host drops a script, and runs it.
///
/// Second paragraph of the comment.
rule script_dropped {
  title:          "Script host drops a script"
  id:             "H-1"
  level:          high
  confidence:     high
  phase:          exploit
  attack:         [T1059.005, T1204.002]
  references:     ["https://example.com/a_b?x=1&y=2", "a book"]
  falsepositives: ["deployment tools"]
  detect file where action == created and actor.name == "wscript.exe" and name ends_with ".vbs"
  last 7d
}
"#;
/// Two targets have no grandparents.
const GRAND: &str = r#"rule grandchild {
  title:  "Grandchild of Office"
  level:  medium
  phase:  delivery
  attack: [T1204.002]
  detect process where grandparent.name == "winword.exe" and command_line matches /a`b```c/
}
"#;
const BRIEF: &str = "title: Scripts that come by mail
source: Example News
published: 2026-02-28
link: https://news.example/scripts_by_mail?id=1&x=2
severity: critical
summary: |
  First paragraph,
  in two lines.

  - no item, # no heading, <b>no tag</b>
indicators:
  domain: [evil.example, 'bad[.]example']
  sha256: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
attack: [T1566.001]
rules: [H-1, grandchild]
why: It is seen each week.
";

fn folder() -> Folder {
    Folder::with(&[("rules/drop.spoor", DROP), ("rules/grand.spoor", GRAND), ("briefs/mail.yaml", BRIEF)])
}

fn page(folder: &Folder, args: &[&str]) -> String {
    let run = folder.spoor(&[&["build", "--format"], args].concat());
    assert_eq!(run.code, 0, "{args:?}: {}", run.stderr);
    run.stdout
}

/// Its level and its text.
type Heading = (usize, String);
/// Its language and its text.
type Block = (String, String);

/// Lines that are headings, and blocks of code with their language: what a reader of Markdown sees.
fn read(markdown: &str) -> (Vec<Heading>, Vec<Block>) {
    let (mut headings, mut blocks) = (Vec::new(), Vec::new());
    let mut open: Option<(usize, String, Vec<&str>)> = None;
    for line in markdown.lines() {
        // A fence may be indented by three.
        let indent = line.len() - line.trim_start_matches(' ').len();
        let bare = if indent <= 3 { &line[indent..] } else { line };
        let ticks = bare.len() - bare.trim_start_matches('`').len();
        match open.take() {
            Some((fence, language, lines)) if ticks >= fence && bare.trim_end().len() == ticks => blocks.push((language, lines.join("\n"))),
            Some((fence, language, mut lines)) => {
                lines.push(line);
                open = Some((fence, language, lines));
            }
            None if ticks >= 3 && !bare[ticks..].contains('`') => open = Some((ticks, bare[ticks..].to_owned(), Vec::new())),
            None => {
                let level = line.len() - line.trim_start_matches('#').len();
                if (1..=6).contains(&level) && line[level..].starts_with(' ') {
                    headings.push((level, line[level..].trim().trim_end_matches(": ").to_owned()));
                }
            }
        }
    }
    assert!(open.is_none(), "a fence is open at the end");
    (headings, blocks)
}

/// A file of the repository, as its user names it.
fn example(path: &str) -> String {
    format!("{}/examples/{path}", env!("CARGO_MANIFEST_DIR"))
}

fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots/hunt_pages");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings
}

// ---------- what a page holds ----------

#[test]
fn the_page_of_a_brief() {
    let folder = folder();
    let text = page(&folder, &["markdown", "--brief", "briefs/mail.yaml", "rules"]);
    settings().bind(|| insta::assert_snapshot!("brief", format!("{BRIEF}----------\n{DROP}{GRAND}----------\n{text}")));
    let technique = page(&folder, &["markdown", "--technique", "t1204.002", "--target", "defender", "rules"]);
    settings().bind(|| insta::assert_snapshot!("technique", format!("{DROP}{GRAND}----------\n{technique}")));
    let alone = page(&folder, &["markdown", "--target", "defender", "rules/drop.spoor"]);
    settings().bind(|| insta::assert_snapshot!("one_rule", format!("{DROP}----------\n{alone}")));
}

const HEADINGS: [&str; 6] = [
    "Threat Profile",
    "Indicators of Compromise (high-fidelity only)",
    "MITRE ATT&CK Techniques",
    "Kill chain phases observed",
    "Recommended hunts",
    "Why this matters",
];

#[test]
fn its_headings_are_these() {
    let (headings, _) = read(&page(&folder(), &["markdown", "--brief", "briefs/mail.yaml", "rules"]));
    let mut wanted = vec![(1, "[CRITICAL] Scripts that come by mail".to_owned())];
    for heading in HEADINGS {
        wanted.push((2, heading.to_owned()));
        if heading == "Recommended hunts" {
            wanted.extend([(3, "Script host drops a script".to_owned()), (3, "Grandchild of Office".to_owned())]);
        }
    }
    assert_eq!(headings, wanted);
}

/// Heading by heading that of a page which is read every day.
#[test]
fn headings_are_those_of_the_seed() {
    let Some(seed) = shared::shared("seeds/snyk_python_dependency_hunts.md") else { return };
    let (seed, _) = read(&std::fs::read_to_string(seed).unwrap());
    let folder = Folder::new();
    folder.write("b.yaml", "title: A (soft) introduction to Python dependency management\nseverity: high\nrules: [UC_2781_0]\n");
    let rule = std::fs::read_to_string(example("python_build_scripts.spoor")).unwrap();
    folder.write("r.spoor", rule);
    let (ours, _) = read(&page(&folder, &["markdown", "--brief", "b.yaml", "r.spoor"]));
    let shape = |headings: &[(usize, String)]| -> Vec<(usize, Option<String>)> {
        // A hunt has the title of its rule.
        headings.iter().map(|(level, text)| (*level, (*level < 3).then(|| text.clone()))).collect()
    };
    assert_eq!(shape(&ours), shape(&seed));
    assert_eq!(seed.iter().filter(|(level, _)| *level == 2).map(|(_, text)| text.as_str()).collect::<Vec<_>>(), HEADINGS);
}

#[test]
fn a_techniques_headings_are_those_of_the_seed() {
    let folder = Folder::new();
    let examples = example("");
    let text = page(&folder, &["markdown", "--technique", "T1059.006", &examples]);
    let (ours, _) = read(&text);
    let wanted = [
        (1, "Python (T1059.006)"),
        (2, "Parent Technique"),
        (2, "Tactics"),
        (2, "Detection"),
        (3, "Detailed Detection by Data Source/Component"),
    ];
    let above: Vec<(usize, &str)> = ours.iter().filter(|(level, _)| *level < 4).map(|(level, text)| (*level, text.as_str())).collect();
    assert_eq!(above, wanted);
    assert!(ours.iter().filter(|(level, _)| *level == 4).count() >= 2, "{ours:?}");
    for part in ["- Command and Scripting Interpreter (T1059)", "- Execution (TA0002)", "Analytic 1 - ", "Analytic 2 - "] {
        assert!(text.contains(part), "{part}");
    }
    let Some(seed) = shared::shared("seeds/attack_T1059.006.md") else { return };
    let (seed, _) = read(&std::fs::read_to_string(seed).unwrap());
    // Groups and mitigations are no matter of rules: what is there is in the seed's order.
    let mut rest = seed.iter().filter(|(level, _)| *level < 4);
    for (level, text) in wanted {
        assert!(rest.any(|(other, known)| *other == level && known == text), "{text}");
    }
}

/// Every query stands there as `build` gives it, and what has none says why.
#[test]
fn queries_are_those_of_build() {
    let folder = folder();
    let rows = folder.spoor(&["build", "--format", "json", "rules"]).json();
    let queries: BTreeSet<String> = rows.iter().filter_map(|row| row["query"].as_str()).map(|query| query.trim_end().to_owned()).collect();
    assert!(queries.iter().any(|query| query.contains("```")), "a comment of Splunk between backticks");
    let text = page(&folder, &["markdown", "--brief", "briefs/mail.yaml", "rules"]);
    let (_, blocks) = read(&text);
    assert_eq!(blocks.iter().map(|(_, text)| text.clone()).collect::<BTreeSet<_>>(), queries);
    assert_eq!(blocks.len(), rows.iter().filter(|row| row["query"].is_string()).count());
    let html = page(&folder, &["html", "--brief", "briefs/mail.yaml", "rules"]);
    let elements = xml::elements(&html).unwrap_or_else(|error| panic!("{error}"));
    let shown: Vec<&xml::Element> =
        elements.iter().filter(|it| it.name == "code" && it.path.last().is_some_and(|above| above == "pre")).collect();
    assert_eq!(shown.iter().map(|it| it.text.clone()).collect::<BTreeSet<_>>(), queries);
    assert_eq!(elements.iter().filter(|it| it.name == "button").count(), shown.len(), "a button a query");
    let refused: Vec<&Value> = rows.iter().filter(|row| row["query"].is_null()).collect();
    assert!(!refused.is_empty());
    for reason in refused.iter().flat_map(|row| row["reasons"].as_array().unwrap()) {
        let place = format!("{}:{}:{}", reason["span"]["path"].as_str().unwrap(), reason["span"]["line"], reason["span"]["column"]);
        let code = reason["code"].as_str().unwrap();
        assert!(text.lines().any(|line| line.starts_with(&format!("- {code}: ")) && line.contains(&place)), "{reason}");
        assert!(html.contains(&place) && html.contains(reason["code"].as_str().unwrap()), "{reason}");
    }
    assert_eq!(text.matches(":** refused").count(), refused.len());
}

#[test]
fn without_a_brief_one_page_holds_all_rules() {
    let folder = folder();
    let text = page(&folder, &["markdown", "rules"]);
    let (headings, _) = read(&text);
    assert_eq!(headings[0], (1, "[HIGH] 2 hunts".to_owned()));
    assert_eq!(headings.iter().filter(|(level, _)| *level == 3).count(), 2);
    assert_eq!(headings.iter().filter(|(level, _)| *level == 2).map(|(_, text)| text.as_str()).collect::<Vec<_>>(), HEADINGS);
    for part in ["No article stands behind this page", "- _None stated._", "Second paragraph of the comment."] {
        assert!(text.contains(part), "{part}");
    }
}

#[test]
fn names_between_backticks_are_code() {
    let folder = Folder::new();
    for (doc, markdown, html) in [
        ("A `setup.py` and a_b", "A `setup.py` and a_b", "A <code>setup.py</code> and a_b"),
        ("`<b>` alone `", "\\`\\<b\\>\\` alone \\`", "`&lt;b&gt;` alone `"),
        ("`<b>` *x*", "`<b>` \\*x\\*", "<code>&lt;b&gt;</code> *x*"),
    ] {
        folder.write("x.spoor", format!("/// {doc}\nrule x {{\n  detect process where name == \"a.exe\"\n}}\n"));
        assert!(page(&folder, &["markdown", "x.spoor"]).contains(&format!("\n{markdown}\n")), "{doc}");
        assert!(page(&folder, &["html", "x.spoor"]).contains(&format!("<p>{html}</p>")), "{doc}");
    }
}

/// The docs name every filter.
#[test]
fn filters_are_told() {
    let docs = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/pages.md")).unwrap();
    for filter in spoor::page::template::FILTERS {
        assert!(docs.contains(&format!("`{filter}`")) || docs.contains(&format!("`{filter}(")), "{filter}");
    }
    assert_eq!(spoor::page::TEMPLATES, spoor::page::template::BUILT_IN.map(|(name, _)| name));
}

// ---------- text stays text ----------

const TORTURE: &str = r#"/// </p><script>alert(1)</script> # no heading
/// # no heading
/// ``` no fence
rule torture {
  title:          "<script>alert('t')</script> [x](javascript:alert(1)) *b* # `c`"
  id:             "`</code>"
  level:          low
  phase:          "</span><img src=x onerror=alert(1)>"
  references:     ["javascript:alert(1)", "https://a.example/\"><script>alert(2)</script>", "https://a.example/<b>"]
  falsepositives: ["<!-- ", "]]>", "&lt;"]
  detect process where command_line contains "</code></pre><script>alert(3)</script>" and name == "``` ```"
}
"#;

#[test]
fn nothing_that_a_rule_holds_becomes_a_part_of_the_page() {
    let folder = Folder::with(&[
        ("t.spoor", TORTURE),
        (
            "b.yaml",
            "title: |\n  </title><script>x</script>\n  # second\nrules: [torture]\nsummary: '</style>'\nindicators: {other: ['`<b>`', '<i>']}\n",
        ),
    ]);
    let html = page(&folder, &["html", "--brief", "b.yaml", "t.spoor"]);
    let elements = xml::elements(&html).unwrap_or_else(|error| panic!("{error}"));
    let named = |name: &str| elements.iter().filter(|element| element.name == name).collect::<Vec<_>>();
    assert_eq!(named("script").len(), 1, "the page's own");
    assert!(named("img").is_empty() && named("i").is_empty() && named("style").len() == 1);
    assert_eq!(named("h3")[0].text, "<script>alert('t')</script> [x](javascript:alert(1)) *b* # `c`");
    assert!(named("h1")[0].text.contains("</title><script>x</script>"));
    let links: Vec<&str> = named("a").iter().filter_map(|link| link.attribute("href")).collect();
    assert!(links.iter().all(|link| link.starts_with("https://")), "{links:?}");
    assert!(links.contains(&"https://a.example/\"><script>alert(2)</script>"), "{links:?}");
    for element in &elements {
        for (name, value) in &element.attributes {
            assert!(!name.starts_with("on") && name != "src" && !value.starts_with("javascript:"), "{element:?}");
        }
    }
    let policy = named("meta").into_iter().find(|meta| meta.attribute("http-equiv").is_some()).expect("a policy");
    assert!(policy.attribute("content").unwrap().starts_with("default-src 'none'"));

    let text = page(&folder, &["markdown", "--brief", "b.yaml", "t.spoor"]);
    let (headings, blocks) = read(&text);
    assert_eq!(headings.len(), 1 + HEADINGS.len() + 1, "{headings:?}");
    assert_eq!(headings[0].1, r"[LOW] \</title\>\<script\>x\</script\> # second");
    assert!(headings.iter().any(|(_, heading)| heading == r"\<script\>alert('t')\</script\> \[x\](javascript:alert(1)) \*b\* # \`c\`"));
    let rows = folder.spoor(&["build", "--format", "json", "t.spoor"]).json();
    assert_eq!(blocks.len(), rows.iter().filter(|row| row["query"].is_string()).count());
    // Outside of code no tag begins.
    let mut plain = text.clone();
    let spans = ["`` `</code> ``", "`` `<b>` ``", "`<i>`"];
    assert!(spans.iter().all(|span| plain.contains(span)), "{plain}");
    blocks.iter().map(|(_, block)| block.as_str()).chain(spans).for_each(|code| plain = plain.replace(code, ""));
    for (at, _) in plain.match_indices('<') {
        assert!(plain[..at].ends_with('\\') || plain[at..].starts_with("<https://"), "{}", &plain[at..]);
    }
    assert!(plain.contains("- javascript:alert(1)") && plain.contains("<https://a.example/%3Cb%3E>"), "{plain}");
}

#[test]
fn text_in_html_and_markdown() {
    assert_eq!(
        markup::html("<script>\"a\" & 'b'</script>\u{1}\u{ffff}é"),
        "&lt;script&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/script&gt;\u{fffd}\u{fffd}é"
    );
    for (text, written) in [
        ("a_b_c and _this_ *that* `x`", r"a_b_c and \_this\_ \*that\* \`x\`"),
        (
            "# no heading\n- no item\n1. none\n2021-09-14\n---\n===",
            "\\# no heading\n\\- no item\n1\\. none\n2021-09-14\n\\-\\-\\-\n\\=\\=\\=",
        ),
        ("<b> [x](http://y) a|b &lt;", r"\<b\> \[x\](http\://y) a\|b \&lt;"),
        ("one\n    no code", "one\nno code"),
        ("a - b # c 1.5", "a - b # c 1.5"),
        ("see https://evil.example, WWW.evil.example; awww.x", r"see https\://evil.example, WWW\.evil.example; awww.x"),
    ] {
        assert_eq!(markup::markdown(text), written);
    }
    assert_eq!(markup::fenced("| x ```y```\n", "spl"), "````spl\n| x ```y```\n````");
    assert_eq!(markup::fenced("x", "kql"), "```kql\nx\n```");
    assert_eq!((markup::code("a`b").as_str(), markup::code("a").as_str(), markup::code("`").as_str()), ("``a`b``", "`a`", "`` ` ``"));
    for (text, written) in [
        ("https://evil.example/a.b", "hxxps://evil[.]example/a.b"),
        ("evil.example", "evil[.]example"),
        ("192.0.2.1", "192[.]0[.]2[.]1"),
        ("a@evil.example", "a[@]evil[.]example"),
        ("ftp://a.example", "fxp://a[.]example"),
        ("HTTP://evil.example/a.b", "HXXP://evil[.]example/a.b"),
        ("Https://evil.example", "Hxxps://evil[.]example"),
        ("tcp://evil.example:443/a.b", "tcp://evil[.]example:443/a.b"),
        ("hxxps://evil[.]example", "hxxps://evil[.]example"),
        ("evil[.]sub.example", "evil[.]sub[.]example"),
        ("fttp.example", "fttp[.]example"),
    ] {
        assert_eq!(markup::defanged(text), written);
    }
}

// ---------- mistakes ----------

/// `CODE path:line:column` of each finding on stderr.
fn places(run: &Run) -> Vec<String> {
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

#[test]
fn what_is_wrong_with_a_brief_has_its_place() {
    let folder = folder();
    for (brief, wanted) in [
        ("", "E0695 b.yaml:1:1"),
        ("[a]", "E0695 b.yaml:1:1"),
        ("title: a\n", "E0695 b.yaml:1:1"),
        ("rules: [H-1]\n", "E0695 b.yaml:1:1"),
        ("title: [a]\nrules: [H-1]\n", "E0695 b.yaml:1:8"),
        ("title: a\nrules: []\n", "E0695 b.yaml:2:8"),
        ("title: a\nrules: [H-1]\n---\ntitle: b\n", "E0695 b.yaml:4:1"),
        ("title: a\ntitle: b\nrules: [H-1]\n", "E0624 b.yaml:2:1"),
        ("titel: a\nrules: [H-1]\ntitle: b\n", "E0696 b.yaml:1:1"),
        ("title: a\nrules: [H-1]\nindicators: {domains: [a.example]}\n", "E0696 b.yaml:3:14"),
        ("title: a\nrules: [H-1]\nindicators: {domain: [a.example, 'no domain']}\n", "E0697 b.yaml:3:34"),
        ("title: a\nrules: [H-1]\nindicators: {sha256: abc}\n", "E0697 b.yaml:3:22"),
        ("title: a\nrules: [H-1]\nindicators: {ip: 300.1.1.1}\n", "E0697 b.yaml:3:18"),
        ("title: a\nrules: [H-1]\nseverity: severe\n", "E0697 b.yaml:3:11"),
        ("title: a\nrules: [H-1]\npublished: yesterday\n", "E0697 b.yaml:3:12"),
        ("title: a\nrules: [H-1]\nlink: javascript:alert(1)\n", "E0697 b.yaml:3:7"),
        ("title: a\nrules: [H-1]\nattack: [T9999]\n", "E0697 b.yaml:3:10"),
        ("title: a\nrules: [H-1, grandchilds]\n", "E0698 b.yaml:2:14"),
    ] {
        folder.write("b.yaml", brief);
        let run = folder.spoor(&["build", "--format", "markdown", "--brief", "b.yaml", "rules"]);
        assert_eq!((run.code, run.stdout.as_str(), places(&run).join(" ").as_str()), (1, "", wanted), "{brief}: {}", run.stderr);
    }
    folder.write("b.yaml", "titel: a\nrules: [grandchilds]\n");
    let run = folder.spoor(&["build", "--format", "markdown", "--brief", "b.yaml", "rules"]);
    assert!(run.stderr.contains("did you mean `title`?"), "{}", run.stderr);
    // The rule is there, and has an error.
    folder.write("rules/bad.spoor", "rule bad {\n  detect process where nam == \"a\"\n}\n");
    folder.write("b.yaml", "title: a\nrules: [bad]\n");
    let run = folder.spoor(&["build", "--format", "markdown", "--brief", "b.yaml", "rules"]);
    assert!(
        run.code == 1 && places(&run).contains(&"E0698 b.yaml:2:9".to_owned()) && run.stderr.contains("has an error"),
        "{}",
        run.stderr
    );
}

#[test]
fn what_is_wrong_with_a_template_has_its_place() {
    let folder = folder();
    for (template, place) in [
        ("# {{ page.title }}\n{{ page.titel }}\n", "t.md:2:4"),
        ("a\n{% if page.title %}\nb\n", "t.md:3:"),
        ("{{ page.title | shout }}\n", "t.md:1:"),
        ("a\n\n{{ page.hunts | }}\n", "t.md:3:"),
        ("{% for hunt in page.hunts %}\n{{ hunt.querys }}\n{% endfor %}\n", "t.md:2:4"),
        ("{% include 'nowhere.md' %}\n", "t.md:1:"),
        ("{{ page.nothing.more }}", "t.md:1:"),
    ] {
        folder.write("t.md", template);
        let run = folder.spoor(&["build", "--format", "markdown", "--template", "t.md", "rules"]);
        let found = places(&run).join(" ");
        assert!(run.code == 1 && run.stdout.is_empty() && found.starts_with(&format!("E0699 {place}")), "{template}: {}", run.stderr);
    }
    // In a part that stands in the place of a built-in one.
    folder.write("spoor.yaml", "templates: {parts.md: parts.md}\n");
    folder.write("parts.md", "{% macro facts(hunt) %}\n{{ hunt.nmae }}\n{% endmacro %}\n{% macro paragraphs(x) %}{% endmacro %}\n");
    let run = folder.spoor(&["build", "--format", "markdown", "rules"]);
    assert_eq!((run.code, places(&run)), (1, vec!["E0699 parts.md:2:4".to_owned()]), "{}", run.stderr);
    assert_eq!(codes::BY_HUNT_PAGES, ["E0698", "E0699"]);
}

// ---------- as a command ----------

#[test]
fn a_template_of_ones_own() {
    let folder = folder();
    folder.write("ours.md", "{% for hunt in page.hunts %}\n* {{ hunt.title | line }} <{{ hunt.name }}>\n{% endfor %}\n");
    assert_eq!(
        page(&folder, &["markdown", "--template", "ours.md", "rules"]),
        "* Script host drops a script <script_dropped>\n* Grandchild of Office <grandchild>\n"
    );
    // The project's own holds until the command says otherwise, and may include what it takes the place of.
    folder.write("spoor.yaml", "templates: {hunt.md: wrapped.md}\nrules: rules\n");
    folder.write("wrapped.md", "<!-- ours -->\n{% include \"spoor/hunt.md\" %}");
    let wrapped = page(&folder, &["markdown"]);
    assert!(wrapped.starts_with("<!-- ours -->\n# [HIGH] 2 hunts\n"), "{wrapped}");
    assert!(page(&folder, &["markdown", "--template", "ours.md"]).starts_with("* Script host"));
}

#[test]
fn a_project_has_its_briefs() {
    let folder = folder();
    folder.write("spoor.yaml", "rules: rules\nbriefs: ['briefs/*.yaml']\n");
    folder.write("briefs/second.yaml", "title: Second\nrules: grandchild\n");
    let run = folder.spoor(&["build", "--format", "html", "-o", "out"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let names = |folder: &Folder| {
        let entries = std::fs::read_dir(folder.path("out")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        entries.filter(|name| !name.starts_with('.')).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>()
    };
    assert_eq!(names(&folder), ["mail.html", "second.html"]);
    let first = folder.read("out/mail.html");
    assert_eq!(folder.spoor(&["build", "--format", "html", "-o", "out"]).code, 0);
    assert_eq!(folder.read("out/mail.html"), first, "twice the same");
    // A technique's page stands beside them; of a brief that is gone the page is named, and taken away by who asks for it.
    let run = folder.spoor(&["build", "--format", "html", "--technique", "T1059.005", "-o", "out"]);
    assert!(run.code == 0 && !run.stderr.contains("any more"), "{}", run.stderr);
    assert_eq!(names(&folder), ["T1059.005.html", "mail.html", "second.html"]);
    let second = folder.read("briefs/second.yaml");
    std::fs::remove_file(folder.path("briefs/second.yaml")).unwrap();
    let run = folder.spoor(&["build", "--format", "html", "-o", "out"]);
    assert!(run.code == 0 && run.stderr.contains("second.html` any more"), "{}", run.stderr);
    assert_eq!(folder.spoor(&["build", "--format", "html", "-o", "out", "--prune"]).code, 0);
    assert_eq!(names(&folder), ["T1059.005.html", "mail.html"]);
    // A mistake leaves what is there as it is.
    folder.write("briefs/second.yaml", second.replace("title", "titel"));
    folder.write("briefs/mail.yaml", BRIEF.replace("critical", "low"));
    folder.write("broken.html", "{{ page.titel }}");
    assert_eq!(folder.spoor(&["build", "--format", "html", "-o", "out", "--template", "broken.html"]).code, 1);
    assert_eq!(folder.read("out/mail.html"), first);
    folder.write("briefs/mail.yaml", BRIEF);
    folder.write("briefs/second.yaml", &second);
    folder.spoor(&["build", "--format", "html", "-o", "out"]);
    assert_eq!(folder.read("out/mail.html"), first);
    // Several pages are several files.
    assert_eq!(folder.spoor(&["build", "--format", "html"]).code, 2);
    assert_eq!(folder.spoor(&["build", "--format", "markdown"]).stdout.matches("\n## Why this matters\n").count(), 2);
    // What is named is what is shown.
    assert!(page(&folder, &["markdown", "rules/grand.spoor"]).starts_with("# [MEDIUM] Grandchild of Office\n"));
    folder.write("rules/third.spoor", "rule third {\n  detect process where name == \"t.exe\"\n}\n");
    let run = folder.spoor(&["build", "--format", "markdown"]);
    assert!(run.stderr.contains("1 rule is in no brief, so on no page: third"), "{}", run.stderr);
    folder.write("spoor.yaml", "rules: rules\nbriefs: nowhere.yaml\n");
    assert_eq!(folder.spoor(&["build", "--format", "markdown"]).code, 2);
}

#[test]
fn exit_codes_and_empty_input() {
    let folder = folder();
    for args in [
        &["build", "--format", "markdown", "--brief", "nowhere.yaml", "rules"][..],
        &["build", "--format", "markdown", "--template", "nowhere.md", "rules"],
        &["build", "--format", "markdown", "--technique", "T9999", "rules"],
        &["build", "--format", "markdown", "--technique", "T1086", "rules"],
        &["build", "--format", "markdown", "--technique", "T1059", "--brief", "briefs/mail.yaml", "rules"],
        &["build", "--format", "markdown", "--map", "rules"],
        &["build", "--brief", "briefs/mail.yaml", "rules"],
        &["build", "--format", "json", "--technique", "T1059", "rules"],
    ] {
        let run = folder.spoor(args);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{args:?}: {}", run.stderr);
    }
    let run = folder.spoor(&["build", "--format", "markdown", "--technique", "T1086", "rules"]);
    assert!(run.stderr.contains("ask for `T1059.001`") || run.stderr.contains("ask for T1059.001"), "{}", run.stderr);
    // A target that is named must answer.
    let run = folder.spoor(&["build", "--format", "markdown", "--target", "splunk", "rules/grand.spoor"]);
    assert!(run.code == 1 && run.stdout.contains("**Splunk SPL (CIM):** refused"), "{}{}", run.stdout, run.stderr);
    // A rule with an error is told, and the others are on the page.
    folder.write("rules/bad.spoor", "rule bad {\n  detect process where nam == \"a\"\n}\n");
    let run = folder.spoor(&["build", "--format", "markdown", "rules"]);
    assert!(run.code == 1 && run.stdout.starts_with("# [HIGH] 2 hunts") && run.stderr.contains("E0201"), "{}", run.stderr);
    let page = folder.spoor(&["build", "--format", "markdown", "--technique", "T1001", "rules/drop.spoor"]);
    assert!(page.code == 0 && page.stdout.contains("No rule names T1001."), "{}", page.stdout);
    let empty = Folder::new();
    let run = empty.spoor(&["build", "--format", "markdown"]);
    assert!(
        run.code == 2 && run.stdout.contains("_No rule is here._") && run.stderr.contains("no rule file"),
        "{}{}",
        run.stdout,
        run.stderr
    );
}

// ---------- the docs ----------

/// The dotted names of what a page holds: `page.hunts[].name`.
fn variables(value: &Value, name: &str, found: &mut BTreeMap<String, ()>) {
    match value {
        Value::Object(pairs) => pairs.iter().for_each(|(key, value)| variables(value, &format!("{name}.{key}"), found)),
        Value::Array(items) if !items.is_empty() => items.iter().for_each(|item| variables(item, &format!("{name}[]"), found)),
        Value::Array(_) => _ = found.insert(format!("{name}[]"), ()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => _ = found.insert(name.to_owned(), ()),
    }
}

#[test]
fn the_docs_list_what_a_template_is_given() {
    use spoor::backend::{Options, Target, lower};
    use spoor::page::{Asked, Ground, brief, of_brief};
    use spoor::project::Workspace;
    let workspace = Workspace::text("x.spoor", &format!("{DROP}{GRAND}").replace("T1204.002]", "T1204.002, T1086, T1059]"));
    let packs = spoor::schema::builtin();
    let checked = workspace.check(packs);
    let lowered: Vec<Vec<_>> = checked
        .rules
        .iter()
        .map(|rule| Target::ALL.iter().map(|target| lower(rule, *target, packs, &Options::default())).collect())
        .collect();
    let asked: Vec<Asked<'_>> = checked.rules.iter().zip(&lowered).map(|(rule, lowered)| Asked { rule, lowered }).collect();
    assert_eq!(asked.len(), 2);
    let file = spoor::source::Sources::default().add("b.yaml", BRIEF);
    let brief = brief::read(file, BRIEF, packs).expect("a brief");
    let page = of_brief(&brief, &asked, &Ground { packs, sources: &workspace.sources, targets: Target::ALL });
    let mut found = BTreeMap::new();
    variables(&serde_json::to_value(&page).unwrap(), "page", &mut found);
    // Where one of a list has what another has not, the longer name counts.
    let all: BTreeSet<String> = found.keys().cloned().collect();
    let is_whole =
        |name: &String| !all.iter().any(|other| other.starts_with(&format!("{name}.")) || other.starts_with(&format!("{name}[].")));
    let wanted: BTreeSet<String> =
        all.iter().filter(|name| is_whole(name) && is_whole(&name.trim_end_matches("[]").to_owned())).cloned().collect();
    let docs = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/pages.md")).unwrap();
    let listed: BTreeSet<String> =
        docs.lines().filter_map(|line| line.strip_prefix("| `page.")?.split_once('`')).map(|(name, _)| format!("page.{name}")).collect();
    assert_eq!(listed, wanted);
}
