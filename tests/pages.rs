//! Every code has a page, every page has one form, and the rules on it are run: what it calls wrong is reported, what it calls right
//! is not. Together with the codes that `tests/cli` triggers that is every code there is.

#[path = "cli/codes.rs"]
mod codes;
#[path = "engine/codes.rs"]
mod event_codes;
#[allow(dead_code)] // only the folder is needed here
#[path = "cli/run.rs"]
mod run;

use std::collections::BTreeSet;

use spoor::backend::{Macros, Options, Purpose, Summaries, Target, lower};
use spoor::diag::{self, Code, Diagnostic, Severity};
use spoor::engine::Engine;
use spoor::project::Workspace;
use spoor::schema::{builtin as packs, load};
use spoor::source::Sources;

#[test]
fn every_page_has_the_one_form() {
    let mut wrong = Vec::new();
    for code in Code::ALL {
        let page = code.page();
        let mut say = |what: &str| wrong.push(format!("{code}: {what}"));
        if page.lines().next() != Some(&format!("# {code} {}", code.title())) {
            say(&format!("the first line is not `# {code} {}`", code.title()));
        }
        if page.lines().count() > 25 {
            say("more than 25 lines");
        }
        if !page.ends_with('\n') || page.lines().any(|line| line.ends_with(' ')) {
            say("no line end at the end, or blanks before one");
        }
        if blocks(page).is_empty() {
            say("no example");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_example_says_the_truth() {
    let mut lies = Vec::new();
    for code in Code::ALL {
        for (info, text) in blocks(code.page()) {
            let words: Vec<&str> = info.split_whitespace().collect();
            let (wrong, found) = match words[..] {
                ["console" | "yaml"] => continue,
                ["spoor", verdict] => (verdict == "wrong", checked("page.spoor", &text)),
                ["sigma", verdict] => (verdict == "wrong", checked("page.yml", &text)),
                ["spoor", verdict, target, ref flags @ ..] => (verdict == "wrong", lowered(&text, target, &options(flags))),
                ["yaml", verdict] => (verdict == "wrong", pack(&text)),
                ["brief", verdict] => (verdict == "wrong", brief(&text)),
                ["spoor.yaml", verdict] => (verdict == "wrong", manifest(&text)),
                _ => panic!("{code}: no such example: `{info}`"),
            };
            let codes: Vec<String> = found.iter().map(|finding| finding.code.to_string()).collect();
            let reported = found.iter().any(|finding| finding.code == *code);
            let errors = found.iter().any(|finding| finding.severity() == Severity::Error);
            // What a rule's author reads says what to do.
            let advises = |finding: &&Diagnostic| {
                !finding.help.is_empty() || finding.fix.is_some() || finding.labels.iter().any(|label| label.text.starts_with("expected"))
            };
            if words.len() == 2
                && matches!(words[0], "spoor" | "sigma")
                && !found.iter().filter(|finding| finding.code == *code).all(|finding| advises(&finding))
            {
                lies.push(format!("{code}: no word about what to write instead"));
            }
            if wrong && !reported {
                lies.push(format!("{code}: the wrong example is not reported, found {codes:?}"));
            }
            if !wrong && (reported || errors && words.len() == 2) {
                lies.push(format!("{code}: the right example is reported: {codes:?}"));
            }
        }
    }
    assert!(lies.is_empty(), "{}", lies.join("\n"));
}

/// A class more, as a project may have it: no data model holds it, Defender does not tell its actions apart, and one column holds several
/// values.
const PACK: &str = "
model:
  classes:
    gadget:
      doc: A gadget was made or connected to.
      actions: [created, connected]
      show: [time, host, name]
      fields:
        name: text
        tags: {type: text, multi: true}
schemas:
  defender:
    tables:
      PipeEvents:
        columns:
          Timestamp: datetime
          DeviceName: string
          ActionType: string
          FileName: string
          Tags: {type: string, multi: true}
bindings:
  defender:
    classes:
      gadget:
        in:
          PipeEvents: {created: NamedPipeEvent, connected: NamedPipeEvent}
        fields:
          name: FileName
          tags: Tags
";

#[test]
fn every_code_that_needs_a_pack_is_triggered_by_one() {
    let packs = load(packs(), &[("pack.yaml", PACK)]).expect("a pack without mistakes");
    for (code, target, test) in codes::BY_PACKS {
        let checked = Workspace::text("x.spoor", &format!("rule x {{ detect gadget where {test} }}")).check(&packs);
        let lowered = lower(&checked.rules[0], Target::from_name(target).expect("a target"), &packs, &Options::default());
        let found: Vec<String> = lowered.reasons.iter().map(|reason| reason.code.to_string()).collect();
        assert!(found.iter().any(|found| found == code), "{code}: {found:?}");
    }
}

#[test]
fn every_code_is_triggered_by_its_page_or_by_a_command() {
    let by_page = Code::ALL.iter().filter(|code| blocks(code.page()).iter().any(|(info, _)| info.contains(" wrong"))).map(|code| code.id());
    let by_page: BTreeSet<&str> = by_page.collect();
    let by_command: BTreeSet<&str> = codes::BY_COMMANDS.iter().chain(event_codes::BY_EVENTS).copied().collect();
    let all: BTreeSet<&str> = Code::ALL.iter().map(|code| code.id()).collect();
    let by_pack = codes::BY_PACKS.iter().map(|(code, ..)| *code).chain(
        codes::BY_PROJECTS.iter().chain(codes::BY_LISTS).chain(codes::BY_FORMS).chain(codes::BY_TESTS).chain(codes::BY_HUNT_PAGES).copied(),
    );
    let triggered: BTreeSet<&str> = by_page.union(&by_command).copied().chain(by_pack).collect();
    assert_eq!(triggered, all);
}

/// The examples: what stands after the fence, and the text.
fn blocks(page: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in page.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(info), None) => open = Some((info.to_owned(), String::new())),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some((_, text))) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a fence is open at the end");
    blocks
}

fn checked(name: &str, text: &str) -> Vec<Diagnostic> {
    let workspace = Workspace::text(name, text);
    workspace.check(&workspace.packs(packs())).diagnostics
}

/// As `spoor build` reads them: `--summaries true`.
fn options(flags: &[&str]) -> Options {
    let mut options = Options::default();
    for pair in flags.chunks(2) {
        match pair {
            ["--summaries", name] => options.summaries = Some(Summaries::from_name(name).expect("a name")),
            ["--macros", name] => options.macros = Macros::from_name(name).expect("a name"),
            ["--narrow", truth] => options.narrow = *truth == "true",
            ["--for", name] => options.purpose = Purpose::from_name(name).expect("a name"),
            _ => panic!("no such flag: {pair:?}"),
        }
    }
    options
}

/// The findings of `check`, and the reasons and notes of every rule's query, or why the matcher cannot load a rule.
fn lowered(text: &str, target: &str, options: &Options) -> Vec<Diagnostic> {
    let checked = Workspace::text("page.spoor", text).check(packs());
    let mut found = checked.diagnostics;
    if target == "matcher" {
        found.extend(Engine::new(&checked.rules, packs()).1);
        return found;
    }
    let target = Target::from_name(target).expect("a target");
    for rule in &checked.rules {
        let lowered = lower(rule, target, packs(), options);
        found.extend(lowered.reasons);
        found.extend(lowered.notes);
    }
    found
}

fn manifest(text: &str) -> Vec<Diagnostic> {
    let folder = run::Folder::with(&[("spoor.yaml", text)]);
    let opened = spoor::project::open(packs(), Some(&folder.path("spoor.yaml")), &[], &mut Sources::default());
    opened.err().unwrap_or_default()
}

fn brief(text: &str) -> Vec<Diagnostic> {
    let file = Sources::default().add("brief.yaml", text);
    spoor::page::brief::read(file, text, packs()).err().unwrap_or_default()
}

fn pack(text: &str) -> Vec<Diagnostic> {
    let file = Sources::default().add("page.yaml", text);
    let errors = load(packs(), &[("page.yaml", text)]).err().unwrap_or_default();
    errors.iter().map(|error| diag::packs::mistake(error, file)).collect()
}
