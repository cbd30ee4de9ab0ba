//! Selections as a person would write them: what becomes a `let`, and what stands where it is used.
//!
//! In: the tests of a selection, and where the condition names it. Out: the tests themselves, or the name of a `let` that holds them. A
//! selection that is named twice has a `let`, and so has one of many lines, unless it is all that a rule asks for. Law: with or without
//! names a rule means the same; for `check` none are given, so what is told of a rule stands at its values.

use std::collections::{HashMap, HashSet};

use crate::schema::{Class, Packs};
use crate::source::{FileId, Span};
use crate::syntax::ast::{self, At, Expr, Subject, Test};
use crate::syntax::{self, Parsed};

use super::super::identifier;
use super::super::tree::{Detection, Head};
use super::logic::Logic;
use super::{build, places};

/// How rules are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// To be checked: every test at its use.
    Plain,
    /// To be read: selections keep their names.
    Named,
}

/// Where a condition names a selection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// All that is asked for stands in it.
    Alone,
    /// One of the tests of `where`.
    Beside,
    /// In an `except` of its own.
    Excluded,
    /// Deeper.
    Inside,
}

impl Place {
    /// How many lines may stand there.
    fn room(self) -> usize {
        match self {
            Place::Alone => usize::MAX,
            Place::Beside => 12,
            Place::Excluded | Place::Inside => 5,
        }
    }
}

/// The names that one rule of the language gives.
pub struct Naming {
    style: Style,
    file: FileId,
    /// By the place of a selection's name: how often the conditions of the events at hand name it.
    uses: HashMap<Span, usize>,
    /// Words that mean something else, in the classes of the rule.
    words: HashSet<String>,
    /// By the place of a selection's name: what each is called, and the tests that it stands for, as written.
    given: HashMap<Span, (String, Expr)>,
    lets: Vec<ast::Let>,
}

impl Naming {
    pub fn new(style: Style, file: FileId) -> Naming {
        Naming { style, file, uses: HashMap::new(), words: HashSet::new(), given: HashMap::new(), lets: Vec::new() }
    }

    pub fn is_plain(&self) -> bool {
        self.style == Style::Plain
    }

    /// A word that no `let` may have.
    pub fn keep_free(&mut self, word: &str) {
        self.words.insert(word.to_owned());
    }

    /// What is read over this class comes next.
    pub fn over(&mut self, logic: &Logic<'_>, class: &Class, packs: &Packs) {
        if self.is_plain() {
            return;
        }
        self.uses.clear();
        count(logic, &mut self.uses);
        for field in class.fields.iter() {
            self.words.extend(field.name.split('.').map(str::to_owned));
            let values = field.values.map(|id| packs.model.enumeration(id).values.iter());
            self.words.extend(values.into_iter().flatten().map(|value| value.to_string()));
        }
        self.words.extend(class.actions.iter().map(|action| action.to_string()));
    }

    /// The tests, or their name.
    pub fn write(&mut self, head: &Head, selection: &Detection, expr: Expr, room: usize) -> Expr {
        if self.is_plain() || build::is_everything(&expr) {
            return expr;
        }
        let key = selection.name.at;
        let name = match self.given.get(&key) {
            // Over another class a selection is other tests.
            Some((name, known)) if *known == expr => name.clone(),
            Some(_) | None if self.uses.get(&key).is_none_or(|uses| *uses < 2) && lines(&expr) <= room => return expr,
            Some(_) | None => self.give(head, selection, expr),
        };
        // The name stands where the selection stood, among those that have none.
        let subject = Subject::Path(ast::Path { parts: vec![build::name(&name, key)], at: At(key) });
        Expr::Test(Test { subject, relation: None, at: At(key) })
    }

    /// The same, where the condition names it.
    pub fn place(&mut self, head: &Head, selection: &Detection, expr: Expr, place: Place) -> Expr {
        // Alternatives stand in parentheses beside other tests.
        let room = if place == Place::Beside && matches!(expr, Expr::Or(..)) { Place::Inside.room() } else { place.room() };
        self.write(head, selection, expr, room)
    }

    /// Room for each of several alternatives: where one of them needs a name, only a single test goes without.
    pub fn room(&self, alternatives: &[Expr]) -> usize {
        let room = Place::Inside.room();
        if self.is_plain() || alternatives.iter().all(|expr| lines(expr) <= room) { room } else { 1 }
    }

    fn give(&mut self, head: &Head, selection: &Detection, mut expr: Expr) -> String {
        let own = identifier(&selection.name.text);
        let owner = [&head.name, &head.title].into_iter().flatten().next().map_or_else(|| "rule".to_owned(), |word| identifier(&word.text));
        let is_word = self.words.contains(&own) || !syntax::is_free(&own);
        let other = if is_word { format!("selection_{own}") } else { format!("{owner}_{own}") };
        let numbered = (2..).map(|n| format!("{other}_{n}"));
        let free =
            |name: &String| !self.words.contains(name) && syntax::is_free(name) && !self.lets.iter().any(|one| one.name.text == *name);
        let name = [own, other.clone()].into_iter().chain(numbered).find(free).unwrap_or(other);
        self.given.insert(selection.name.at, (name.clone(), expr.clone()));
        let at = places::settle(&mut expr).map_or(selection.name.at, |body| selection.name.at.to(body));
        places::aside(&mut expr, self.file);
        let at = places::moved(at, self.file);
        self.lets.push(ast::Let {
            docs: Vec::new(),
            name: build::name(&name, at),
            ty: None,
            source: ast::LetSource::Predicate(expr),
            at: At(at),
        });
        name
    }

    /// In the order of the YAML.
    pub fn lets(mut self) -> Vec<ast::Let> {
        self.lets.sort_by_key(|one| (one.at.0.start, one.at.0.end));
        self.lets
    }
}

fn count(logic: &Logic<'_>, uses: &mut HashMap<Span, usize>) {
    match logic {
        Logic::All(parts, _) | Logic::Any(parts, _) | Logic::AtLeast(_, parts, _) => parts.iter().for_each(|part| count(part, uses)),
        Logic::Not(inner, _) => count(inner, uses),
        Logic::Selection { selection, .. } => *uses.entry(selection.name.at).or_default() += 1,
        Logic::Test(..) | Logic::Keywords(..) => {}
    }
}

/// How many lines it takes, set by itself.
fn lines(expr: &Expr) -> usize {
    let at = At(expr.span());
    let one =
        ast::Let { docs: Vec::new(), name: build::name("selection", at.0), ty: None, source: ast::LetSource::Predicate(expr.clone()), at };
    let file = ast::File { items: vec![ast::Top::Let(one)], at };
    syntax::print(&Parsed { file, comments: Vec::new(), blanks: Vec::new(), diagnostics: Vec::new() }).lines().count()
}
