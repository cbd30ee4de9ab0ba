//! The tree as written to what it means: names bound, values typed, sugar gone.
//!
//! In: a parsed file, the files it imports, the packs. Out: [`hir::Rule`]s, one for each rule without an error, and diagnostics.
//! Law: a rule with an error gives no hir; the other rules of the file are not touched by it. One mistake gives one diagnostic. Nothing
//! here reads a file: what a rule file names (imports, lists) is handed in through [`Files`].
//! One condition is checked once for each class it stands for, over [`words::Key`]s; `action` and `class` are decided last, in `actions`.

mod actions;
mod attack;
mod columns;
mod events;
mod expr;
mod faults;
mod forms;
mod lets;
mod lints;
mod list_file;
mod literals;
mod meta;
mod misfits;
mod native;
mod oddities;
mod open;
mod operands;
mod operators;
mod pattern;
mod pieces;
mod relation;
mod rule;
mod scope;
mod words;

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::diag::{Code, Diagnostic, Fix, Severity, values};
use crate::hir;
use crate::schema::Packs;
use crate::source::{FileId, Span};
use crate::syntax::ast;

pub use forms::refanged;
pub use open::named;
use scope::{ScopeId, Scopes};
use words::Words;

/// What a rule file refers to, read beforehand. A reference that is not there was reported by who tried to read it.
pub trait Files {
    /// The tree of an imported file; `path` as written, relative to the importing file.
    fn import(&self, from: FileId, path: &str) -> Option<&ast::File>;
    /// The text of an indicator list (`let x from "iocs.txt"`), and what names it.
    fn list(&self, from: FileId, path: &str) -> Option<(FileId, &str)>;
}

/// No file but the one that is checked.
pub struct NoFiles;

impl Files for NoFiles {
    fn import(&self, _: FileId, _: &str) -> Option<&ast::File> {
        None
    }

    fn list(&self, _: FileId, _: &str) -> Option<(FileId, &str)> {
        None
    }
}

#[derive(Debug, Default)]
pub struct Checked {
    pub rules: Vec<hir::Rule>,
    /// In the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

/// Checks every rule of a file. Rules that the parser could not read whole are passed over.
pub fn check(file: &ast::File, files: &dyn Files, packs: &Packs) -> Checked {
    let mut checker = Checker {
        packs,
        files,
        scopes: Scopes::default(),
        out: Vec::new(),
        reported: HashSet::new(),
        lists: HashMap::new(),
        named: Vec::new(),
        failed: false,
        tests: 0,
    };
    let rules = checker.file(file);
    let mut diagnostics = checker.bounded();
    diagnostics.sort_by_key(|diagnostic| (diagnostic.span().file, diagnostic.span().start));
    Checked { rules, diagnostics }
}

/// Of a list file, findings of one code are shown up to this many.
const MOST_OF_A_LIST: usize = 5;

struct Checker<'a> {
    packs: &'a Packs,
    files: &'a dyn Files,
    scopes: Scopes<'a>,
    out: Vec<Diagnostic>,
    reported: HashSet<(Code, Span)>,
    /// Of each list file that was read, how many findings of a code were shown, and how many more there are.
    lists: HashMap<FileId, BTreeMap<Code, (usize, usize)>>,
    /// Those that the rule at hand asks for, in the order in which it does.
    named: Vec<hir::NamedList>,
    /// The rule at hand gives no hir.
    failed: bool,
    /// How many tests the rule at hand has been spelled out to.
    tests: usize,
}

/// Where a condition stands.
#[derive(Clone, Copy)]
struct Cx<'c, 'a> {
    words: Words,
    scope: ScopeId,
    /// The steps of the pattern, with those that may be named here.
    steps: &'c [StepName<'a>],
    /// The condition is read for other classes too, so what mends it here may break it there.
    several: bool,
    /// The shared conditions that led here.
    via: Option<&'c Via<'c>>,
}

#[derive(Clone, Copy)]
struct Via<'c> {
    /// Where it is used.
    span: Span,
    up: Option<&'c Via<'c>>,
}

/// A step as others may name it.
#[derive(Clone)]
struct StepName<'a> {
    label: &'a str,
    span: Span,
    index: usize,
    classes: Vec<crate::schema::ClassId>,
    /// Why it may not be named here.
    barred: Option<Barred>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Barred {
    Later,
    Itself,
    Optional,
    AtLeast,
    /// The step that would name it counts its events.
    Counted,
}

/// Whether the fix of a finding names fields or words of one class, so that it may not hold for another.
fn names_a_field(code: Code) -> bool {
    matches!(
        code,
        Code::UnknownField
            | Code::UnknownValue
            | Code::NativeValue
            | Code::SlashInFileName
            | Code::OtherHash
            | Code::AccountWithDomain
            | Code::AddressWithPort
            | Code::OperatorMisfit
            | Code::UnknownColumn
            | Code::RenamedColumn
            | Code::RenamedValue
            | Code::NoSuchValue
    )
}

impl<'a> Checker<'a> {
    /// Files a finding, unless the same was found at the same place before: a shared part is read once for each use.
    fn report(&mut self, mut diagnostic: Diagnostic) {
        self.failed |= diagnostic.severity() == Severity::Error;
        let span = diagnostic.span();
        if !self.reported.insert((diagnostic.code, span)) {
            return;
        }
        if let Some(told) = self.lists.get_mut(&span.file) {
            let (shown, more) = told.entry(diagnostic.code).or_default();
            if *shown == MOST_OF_A_LIST {
                *more += 1;
                return;
            }
            *shown += 1;
            // An edit is written as the language writes a value, not as a list file does.
            diagnostic.fix = None;
        }
        self.out.push(diagnostic);
    }

    /// All findings; the last of those in a list file says how many more there are.
    fn bounded(self) -> Vec<Diagnostic> {
        let mut out = self.out;
        for (file, told) in &self.lists {
            for (code, (_, more)) in told.iter().filter(|(_, (_, more))| *more > 0) {
                let is_last = |found: &&mut Diagnostic| found.code == *code && found.span().file == *file;
                if let Some(last) = out.iter_mut().filter(is_last).max_by_key(|found| found.span()) {
                    let found = last.clone();
                    *last = values::more_entries(found, *more);
                }
            }
        }
        out
    }

    /// Inside a predicate `let`, names the place that uses it too.
    fn report_in(&mut self, cx: Cx<'_, 'a>, mut diagnostic: Diagnostic) {
        if (cx.several || cx.via.is_some()) && names_a_field(diagnostic.code) {
            diagnostic.fix = diagnostic.fix.map(|fix| Fix { certain: false, ..fix });
        }
        let mut outermost = cx.via;
        while let Some(via) = outermost.and_then(|via| via.up) {
            outermost = Some(via);
        }
        let diagnostic = match (outermost, cx.words) {
            (None, _) => diagnostic,
            (Some(via), Words::Class(class)) => crate::diag::names::used_here(diagnostic, via.span, &self.packs.class(class).name),
            (Some(via), Words::Native(target, _)) => crate::diag::names::used_here(diagnostic, via.span, target.name()),
        };
        self.report(diagnostic);
    }

    /// What is missing was reported by someone else: no hir, and no word about it.
    fn doubt<T>(&mut self) -> Option<T> {
        self.failed = true;
        None
    }
}
