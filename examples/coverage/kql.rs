//! Names in KQL.
//!
//! Method: the text becomes tokens, without comments and without what stands in quotes; statements part at `;`, and at a blank line before
//! the name of a table, as the portal parts queries; a pipeline parts at `|`. A quote that ends a raw text where nothing can follow it
//! (`@"[^\"']"`, which is no KQL) is read as a part of it. A table is
//! the name at the head of a pipeline: of a statement, of a tabular `let`, in the parentheses of `union`, `join`, `lookup`, `materialize`,
//! `toscalar` and `in`, or named bare by `union` and `join`. A column is a name in an expression of an operator that is not a function (a
//! `(` follows), a keyword, a `let`, a part of another value (a `.` stands before), or a name that the pipeline made: the left of `=` in
//! `extend`, `project`, `summarize`, ..; what `parse`, `mv-expand`, `datatable` and `FileProfile` make; what `summarize` calls an aggregate
//! without a name (`count_`, `dcount_X`). It is held against the tables of its pipeline, those joined and united with it included; the `1`
//! of a column that a join has twice (`DeviceName1`) is taken off. What `project` has dropped still counts as there. A pipeline that begins
//! with something of unknown columns (`externaldata`, `search`, `evaluate`, an unknown function) decides nothing about the names it lacks.

use std::collections::{BTreeSet, HashMap};

use super::kql_tokens::{Tok, close, mark, name, split, tokens, word};
use super::tally::Tally;

/// What the names of a pipeline may be.
#[derive(Clone, Default)]
struct Scope {
    tables: Vec<String>,
    made: BTreeSet<String>,
    /// There may be columns that the text does not name.
    open: bool,
}

impl Scope {
    fn join(&mut self, other: Scope) {
        self.tables.extend(other.tables.into_iter().filter(|table| !self.tables.contains(table)).collect::<Vec<_>>());
        self.made.extend(other.made);
        self.open |= other.open;
    }
}

struct Reader<'r, 't> {
    tally: &'r mut Tally<'t>,
    /// Tabular ones have a scope.
    lets: HashMap<String, Option<Scope>>,
}

pub fn read(text: &str, tally: &mut Tally<'_>) {
    let is_table = |name: &str| tally.facts.has(name) || tally.known.has(name);
    let tokens = tokens(text, is_table);
    Reader { tally, lets: HashMap::new() }.statements(&tokens);
}

const KEYWORDS: &[&str] = &[
    "and",
    "or",
    "not",
    "in",
    "has",
    "contains",
    "startswith",
    "endswith",
    "matches",
    "regex",
    "between",
    "has_any",
    "has_all",
    "like",
    "true",
    "false",
    "null",
    "asc",
    "desc",
    "nulls",
    "first",
    "last",
    "by",
    "on",
    "with",
    "to",
    "of",
    "from",
    "step",
    "default",
    "string",
    "int",
    "long",
    "real",
    "double",
    "bool",
    "boolean",
    "datetime",
    "dynamic",
    "guid",
    "timespan",
    "decimal",
    "has_cs",
    "contains_cs",
    "startswith_cs",
    "endswith_cs",
    "hasprefix",
    "hassuffix",
    "hasprefix_cs",
    "hassuffix_cs",
    "kind",
    "inner",
    "innerunique",
    "leftouter",
    "rightouter",
    "fullouter",
    "leftanti",
    "leftsemi",
    "rightanti",
    "rightsemi",
    "anti",
    "limit",
];

impl Reader<'_, '_> {
    /// The scope of the last one.
    fn statements(&mut self, tokens: &[Tok]) -> Scope {
        let mut last = Scope::default();
        for statement in split(tokens, ";") {
            if name(statement, 0) == Some("let") {
                self.let_statement(statement);
            } else if !statement.is_empty() {
                last = self.pipeline(statement);
            }
        }
        last
    }

    fn let_statement(&mut self, tokens: &[Tok]) {
        let (Some(id), Some(equals)) = (name(tokens, 1), tokens.iter().position(|token| *token == Tok::Mark("="))) else { return };
        let (id, body) = (id.to_owned(), &tokens[equals + 1..]);
        let arguments = if name(body, 0) == Some("view") { 1 } else { 0 };
        let braces = mark(body, arguments, "(").then(|| close(body, arguments) + 1).filter(|at| mark(body, *at, "{"));
        let scope = if let Some(open) = braces {
            // A function: its arguments are names of its own.
            for argument in split(&body[arguments + 1..open - 1], ",") {
                if let Some(argument) = name(argument, 0) {
                    self.lets.insert(argument.to_owned(), None);
                }
            }
            let inner = &body[open + 1..close(body, open)];
            let scope = self.statements(inner);
            (!scope.tables.is_empty() || scope.open).then_some(scope)
        } else if split(body, "|").len() > 1 || self.is_tabular(body) {
            Some(self.pipeline(body))
        } else {
            self.uses(body, &Scope { open: true, ..Scope::default() });
            None
        };
        self.lets.insert(id, scope);
    }

    fn is_tabular(&self, tokens: &[Tok]) -> bool {
        let Some(first) = name(tokens, 0) else { return false };
        let alone = tokens.len() == 1 && (self.tally.facts.has(first) || self.tally.known.has(first));
        alone || matches!(first, "materialize" | "union" | "datatable" | "externaldata") || matches!(self.lets.get(first), Some(Some(_)))
    }

    fn pipeline(&mut self, tokens: &[Tok]) -> Scope {
        let stages = split(tokens, "|");
        let mut scope = self.source(stages[0]);
        for stage in &stages[1..] {
            self.operator(stage, &mut scope);
        }
        scope
    }

    fn source(&mut self, tokens: &[Tok]) -> Scope {
        if mark(tokens, 0, "(") {
            return self.pipeline(&tokens[1..close(tokens, 0).min(tokens.len())]);
        }
        let Some(first) = name(tokens, 0) else { return Scope { open: true, ..Scope::default() } };
        if let Some(known) = self.lets.get(first) {
            return known.clone().unwrap_or(Scope { open: true, ..Scope::default() });
        }
        match first {
            "union" => {
                let mut scope = Scope::default();
                self.union(&tokens[1..], &mut scope);
                scope
            }
            "materialize" if mark(tokens, 1, "(") => self.pipeline(&tokens[2..close(tokens, 1)]),
            "datatable" if mark(tokens, 1, "(") => Scope { made: self.typed(&tokens[2..close(tokens, 1)]), ..Scope::default() },
            "range" | "print" => {
                let mut scope = Scope::default();
                scope.made.extend(name(tokens, 1).map(str::to_owned));
                self.assign(&tokens[1..], &mut scope);
                scope
            }
            // A parser of ASIM takes arguments; another function is nobody's table.
            _ if mark(tokens, 1, "(") && !self.tally.facts.has(first) => Scope { open: true, ..Scope::default() },
            _ if matches!(first, "search" | "find" | "externaldata" | "evaluate") => Scope { open: true, ..Scope::default() },
            _ => {
                self.tally.table(first);
                Scope { tables: vec![first.to_owned()], ..Scope::default() }
            }
        }
    }

    fn operator(&mut self, tokens: &[Tok], scope: &mut Scope) {
        let Some(operator) = name(tokens, 0) else { return };
        let rest = &tokens[1..];
        match operator {
            "extend" | "project" | "project-rename" | "serialize" | "mv-expand" | "mvexpand" | "make-series" => self.assign(rest, scope),
            "summarize" | "distinct" => {
                let by = word(rest, "by");
                self.assign(&rest[..by.unwrap_or(rest.len())], scope);
                self.assign(by.map_or(&[][..], |by| &rest[by + 1..]), scope);
            }
            "join" | "lookup" => self.join(rest, scope),
            "union" => self.union(rest, scope),
            "parse" | "parse-where" | "parse-kv" => {
                let with = word(rest, "with").or_else(|| word(rest, "as")).unwrap_or(rest.len());
                let subject = rest[..with].iter().rposition(|token| *token == Tok::Mark("=")).map_or(0, |at| at + 2);
                self.uses(&rest[subject.min(with)..with], scope);
                scope.made.append(&mut self.typed(&rest[with..]));
            }
            "mv-apply" => {
                let on = word(rest, "on").unwrap_or(rest.len());
                self.assign(&rest[..on], scope);
                if let Some(open) = rest[on..].iter().position(|token| *token == Tok::Mark("(")).map(|at| on + at) {
                    for stage in split(&rest[open + 1..close(rest, open)], "|") {
                        self.operator(stage, scope);
                    }
                }
            }
            "invoke" => {
                // It adds columns that its page lists.
                scope.open |= name(rest, 0) != Some("FileProfile");
                let adds = [
                    "GlobalPrevalence",
                    "GlobalFirstSeen",
                    "GlobalLastSeen",
                    "Signer",
                    "Issuer",
                    "SignerHash",
                    "IsCertificateValid",
                    "IsRootSignerMicrosoft",
                    "SignatureState",
                    "IsExecutable",
                    "ThreatName",
                    "Publisher",
                    "SoftwareName",
                    "ProfileAvailability",
                    "FileSize",
                    "SHA1",
                    "SHA256",
                    "MD5",
                ];
                scope.made.extend(adds.map(str::to_owned));
                self.uses(rest, scope);
            }
            "evaluate" | "as" | "render" | "consume" | "getschema" | "take" | "limit" | "count" | "sample" | "find" | "search" => {
                scope.open |= matches!(operator, "evaluate" | "find" | "search");
                scope.made.extend((operator == "count").then(|| "Count".to_owned()));
            }
            _ => self.uses(rest, scope),
        }
    }

    /// `a = x, y, (b, c) = z`
    fn assign(&mut self, tokens: &[Tok], scope: &mut Scope) {
        let mut made = BTreeSet::new();
        for part in split(tokens, ",") {
            let equals = split(part, "=");
            let (left, right) = if equals.len() > 1 { (equals[0], &part[equals[0].len() + 1..]) } else { (&[][..], part) };
            made.extend(left.iter().filter_map(|token| match token {
                Tok::Name(name) => Some(name.clone()),
                _ => None,
            }));
            // `bagexpansion=array Column`, `kind=..` stand before what they qualify: the name on the right is looked at all the same.
            self.uses(right, scope);
            if left.is_empty() {
                made.extend(unnamed(right));
            }
        }
        scope.made.append(&mut made);
    }

    fn join(&mut self, tokens: &[Tok], scope: &mut Scope) {
        let mut at = 0;
        // `kind=inner`, `hint.strategy=..`
        while let Some(equals) = (at..(at + 4).min(tokens.len())).find(|next| mark(tokens, *next, "=")) {
            at = equals + 2;
        }
        let end = if mark(tokens, at, "(") { close(tokens, at) + 1 } else { word(&tokens[at..], "on").map_or(tokens.len(), |on| at + on) };
        let joined = self.source(&tokens[at..end.min(tokens.len())]);
        scope.join(joined);
        self.uses(&tokens[end.min(tokens.len())..], scope);
    }

    fn union(&mut self, tokens: &[Tok], scope: &mut Scope) {
        let mut at = 0;
        while name(tokens, at).is_some() && mark(tokens, at + 1, "=") {
            if name(tokens, at) == Some("withsource") {
                scope.made.extend(name(tokens, at + 2).map(str::to_owned));
            }
            at += 3;
        }
        for part in split(&tokens[at.min(tokens.len())..], ",") {
            // `Device*` stands for tables that are not named.
            let source = if mark(part, 1, "*") { Scope { open: true, ..Scope::default() } } else { self.source(part) };
            scope.join(source);
        }
    }

    /// The names of `Name: type, ..`.
    fn typed(&self, tokens: &[Tok]) -> BTreeSet<String> {
        let names = tokens.iter().enumerate().filter(|(at, _)| !at.checked_sub(1).is_some_and(|before| mark(tokens, before, ":")));
        let names = names.filter_map(|(at, _)| name(tokens, at)).filter(|name| !KEYWORDS.contains(name));
        names.map(str::to_owned).collect()
    }

    /// The columns that an expression names.
    fn uses(&mut self, tokens: &[Tok], scope: &Scope) {
        let mut at = 0;
        while at < tokens.len() {
            if mark(tokens, at, "(") {
                let end = close(tokens, at);
                let inner = &tokens[at + 1..end.min(tokens.len())];
                if split(inner, "|").len() > 1 {
                    self.pipeline(inner);
                } else {
                    self.uses(inner, scope);
                }
                at = end + 1;
                continue;
            }
            if let Some(found) = name(tokens, at) {
                if matches!(found, "dynamic" | "datetime" | "typeof" | "guid" | "time" | "timespan") && mark(tokens, at + 1, "(") {
                    at = close(tokens, at + 1) + 1;
                    continue;
                }
                let part = at
                    .checked_sub(1)
                    .is_some_and(|dot| mark(tokens, dot, ".") && !at.checked_sub(2).is_some_and(|side| is_side(tokens, side)));
                let wildcard = mark(tokens, at + 1, "*") && !matches!(tokens.get(at + 2), Some(Tok::Name(_) | Tok::Value | Tok::Mark("(")));
                if !part && !wildcard && !mark(tokens, at + 1, "(") && !is_side(tokens, at) && !KEYWORDS.contains(&found) {
                    self.column(found, scope);
                }
            }
            at += 1;
        }
    }

    fn column(&mut self, name: &str, scope: &Scope) {
        if scope.made.contains(name) || self.tally.column(&scope.tables, name) || self.lets.contains_key(name) {
            return;
        }
        // The second of two columns of one name, after a join.
        if let Some(bare) = name.strip_suffix('1')
            && (scope.made.contains(bare) || self.tally.column(&scope.tables, bare))
        {
            return;
        }
        // The scalar `let`s of a query without a table name nothing of a schema.
        if !scope.tables.is_empty() {
            self.tally.no_column(&scope.tables, &scope.tables.join("|"), name, scope.open);
        }
    }
}

/// `$left`, `$right`
fn is_side(tokens: &[Tok], at: usize) -> bool {
    name(tokens, at).is_some_and(|name| name.starts_with('$'))
}

/// What an expression without a name is called: `count_`, `dcount_DeviceId`, `set_FileName` of `make_set(FileName)`.
fn unnamed(tokens: &[Tok]) -> Vec<String> {
    let Some(function) = name(tokens, 0).filter(|_| mark(tokens, 1, "(")) else { return Vec::new() };
    let column = name(tokens, 2).unwrap_or_default();
    let short = function.strip_prefix("make_").unwrap_or(function).trim_end_matches("if");
    vec![format!("{function}_{column}"), format!("{short}_{column}"), format!("{function}_"), "Column1".to_owned()]
}
