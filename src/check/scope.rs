//! Which `let` a name means.
//!
//! A rule sees its own `let`s, then those of its file, then those of the imported files and of what these import. A `let` is read in
//! the scope in which it stands, so a shared part means the same wherever it is used. Order does not matter.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::source::{FileId, Span};
use crate::syntax::ast;

use super::Files;
use super::operands::Literals;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ScopeId(usize);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct LetId(pub usize);

pub(super) struct LetDef<'a> {
    pub ast: &'a ast::Let,
    pub scope: ScopeId,
    pub used: bool,
    /// Reported: it stands in a circle, or its value could not be read. Whoever uses it says nothing more.
    pub broken: bool,
    /// What its list file holds, once that was read.
    pub listed: Option<Rc<Literals<'a>>>,
}

struct Scope<'a> {
    names: HashMap<&'a str, LetId>,
    parent: Option<ScopeId>,
    imports: Vec<ScopeId>,
    /// An import could not be read: what is not found here may have stood there.
    gap: bool,
}

/// What a name means in a scope.
pub(super) enum Found {
    Let(LetId),
    Nothing,
    /// It may stand in a file that could not be read.
    Unsure,
}

#[derive(Default)]
pub(super) struct Scopes<'a> {
    scopes: Vec<Scope<'a>>,
    pub lets: Vec<LetDef<'a>>,
    files: HashMap<FileId, ScopeId>,
    /// A second `let` of one name in one scope: the name of it, and the first.
    pub twice: Vec<(&'a ast::Let, Span)>,
}

impl<'a> Scopes<'a> {
    /// The scope of a file; its imports are read on the way, each once.
    pub fn of_file(&mut self, file: &'a ast::File, files: &'a dyn Files) -> ScopeId {
        let id = file.at.0.file;
        if let Some(scope) = self.files.get(&id) {
            return *scope;
        }
        let scope = self.new_scope(None);
        self.files.insert(id, scope);
        for item in &file.items {
            match item {
                ast::Top::Let(one) => self.add(scope, one),
                ast::Top::Import(import) => match files.import(id, &import.path.value) {
                    Some(imported) => {
                        let imported = self.of_file(imported, files);
                        self.scopes[scope.0].imports.push(imported);
                    }
                    None => self.scopes[scope.0].gap = true,
                },
                ast::Top::Rule(_) => {}
            }
        }
        scope
    }

    pub fn of_rule(&mut self, rule: &'a ast::Rule, file: ScopeId) -> ScopeId {
        let scope = self.new_scope(Some(file));
        for item in &rule.items {
            if let ast::Item::Let(one) = item {
                self.add(scope, one);
            }
        }
        scope
    }

    fn new_scope(&mut self, parent: Option<ScopeId>) -> ScopeId {
        self.scopes.push(Scope { names: HashMap::new(), parent, imports: Vec::new(), gap: false });
        ScopeId(self.scopes.len() - 1)
    }

    fn add(&mut self, scope: ScopeId, one: &'a ast::Let) {
        let id = LetId(self.lets.len());
        match self.scopes[scope.0].names.get(one.name.text.as_str()) {
            Some(first) => self.twice.push((one, self.lets[first.0].ast.name.at.0)),
            None => {
                self.scopes[scope.0].names.insert(&one.name.text, id);
                self.lets.push(LetDef { ast: one, scope, used: false, broken: false, listed: None });
            }
        }
    }

    pub fn find(&self, scope: ScopeId, name: &str) -> Found {
        let mut gap = false;
        for scope in self.visible(scope) {
            let scope = &self.scopes[scope.0];
            if let Some(found) = scope.names.get(name) {
                return Found::Let(*found);
            }
            gap |= scope.gap;
        }
        if gap { Found::Unsure } else { Found::Nothing }
    }

    /// The lets that stand in this scope itself.
    pub fn own(&self, scope: ScopeId) -> Vec<LetId> {
        (0..self.lets.len()).map(LetId).filter(|id| self.lets[id.0].scope == scope).collect()
    }

    /// Every name that can be used here, for the nearest one.
    pub fn names(&self, scope: ScopeId) -> Vec<&'a str> {
        self.visible(scope).into_iter().flat_map(|scope| self.scopes[scope.0].names.keys().copied()).collect()
    }

    fn visible(&self, from: ScopeId) -> Vec<ScopeId> {
        let mut order = Vec::new();
        let mut seen = HashSet::new();
        let mut waiting = std::collections::VecDeque::from([from]);
        while let Some(scope) = waiting.pop_front() {
            if seen.insert(scope) {
                order.push(scope);
                waiting.extend(self.scopes[scope.0].parent);
                waiting.extend(self.scopes[scope.0].imports.iter().copied());
            }
        }
        order
    }
}
