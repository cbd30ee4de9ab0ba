//! The spellings of other languages (KQL, SPL, Sigma, SQL, EQL), each read as what it means and told once, with its fix.

use super::super::ast::{At, ConstCall, Expr, Name, Op, Relation, Subject, Test, Value};
use super::super::token::{Tok, Token};
use super::super::words;
use super::relation::{Operator, op_word};
use super::{Parser, Read};
use crate::diag::{Edit, syntax as say};
use crate::source::Span;

pub(super) use crate::diag::syntax::Pending;

/// What a foreign operator says in Spoor's words.
#[derive(Clone, Copy)]
struct Meaning {
    op: Op,
    negated: bool,
    all: bool,
    cased: bool,
}

impl Meaning {
    const fn of(op: Op) -> Meaning {
        Meaning { op, negated: false, all: false, cased: false }
    }

    fn spelled(self) -> String {
        let mut text = String::new();
        if self.negated {
            text.push_str("not ");
        }
        text.push_str(self.op.spelling());
        if self.all {
            text.push_str(" all");
        }
        if self.cased {
            text.push_str(" cased");
        }
        text
    }
}

/// Operators that other languages write as a word. What a `!`, a `not` or a `~` adds is seen to by the caller.
fn meaning(word: &str) -> Option<Meaning> {
    let lower = word.to_ascii_lowercase();
    let negated = |op| Meaning { negated: true, ..Meaning::of(op) };
    let all = |op| Meaning { all: true, ..Meaning::of(op) };
    let cased = |op| Meaning { cased: true, ..Meaning::of(op) };
    Some(match lower.as_str() {
        // KQL
        "has_any" => Meaning::of(Op::Has),
        "has_all" => all(Op::Has),
        "has_cs" => cased(Op::Has),
        "contains_cs" => cased(Op::Contains),
        "startswith" | "beginswith" | "begins_with" | "start_with" | "startwith" | "starts_with_any" | "startswithany" | "istartswith" => {
            Meaning::of(Op::StartsWith)
        }
        "startswith_cs" => cased(Op::StartsWith),
        "endswith" | "end_with" | "endwith" | "ends_with_any" | "endswithany" | "iendswith" => Meaning::of(Op::EndsWith),
        "endswith_cs" => cased(Op::EndsWith),
        "contains_any" | "containsany" | "icontains" | "includes" => Meaning::of(Op::Contains),
        "contains_all" | "containsall" => all(Op::Contains),
        // SQL, EQL, YARA and others
        "equals" | "eq" | "iequals" => Meaning::of(Op::Equal),
        "ne" | "neq" | "notequals" | "not_equals" => Meaning::of(Op::NotEqual),
        "gt" => Meaning::of(Op::Greater),
        "gte" | "ge" => Meaning::of(Op::GreaterEqual),
        "lt" => Meaning::of(Op::Less),
        "lte" | "le" => Meaning::of(Op::LessEqual),
        "ilike" | "wildcard" => Meaning::of(Op::Like),
        "rlike" | "regex" | "regexp" | "match" => Meaning::of(Op::Matches),
        "notin" | "not_in" | "nin" => negated(Op::In),
        "notlike" | "not_like" => negated(Op::Like),
        "not_contains" | "notcontains" => negated(Op::Contains),
        "not_startswith" => negated(Op::StartsWith),
        "not_endswith" => negated(Op::EndsWith),
        // Spoor's own, in other letters
        _ => Meaning::of(op_word(&lower).filter(|_| word != lower)?),
    })
}

impl Parser<'_> {
    /// An edit that writes `meant` at a place, with the blanks that it needs.
    pub(super) fn replaced(&self, at: Span, meant: &str) -> Edit {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let before = self.text[..at.start as usize].chars().next_back();
        let after = self.text[at.end as usize..].chars().next();
        let mut text = String::new();
        if meant.starts_with(word) && before.is_some_and(|c| !c.is_whitespace() && c != '(' && c != '[') {
            text.push(' ');
        }
        text.push_str(meant);
        if meant.ends_with(word) && after.is_some_and(|c| !c.is_whitespace() && !"),]}:".contains(c)) {
            text.push(' ');
        }
        Edit { span: at, text }
    }

    pub(super) fn pending(&self, at: Span, written: &str, meant: &str) -> Pending {
        let edit = self.replaced(at, meant);
        Pending { span: at, written: written.to_string(), meant: meant.to_string(), certain: true, edits: vec![edit] }
    }

    /// Tells of a spelling that one edit mends for certain.
    pub(super) fn foreign(&mut self, at: Span, written: &str, meant: &str) {
        let pending = self.pending(at, written, meant);
        self.report(say::foreign_spelling(pending));
    }

    /// Whether the word at the n-th token is another language's operator with its operand behind it.
    pub(super) fn foreign_operator_name_at(&self, n: usize) -> bool {
        let word = self.word_at(n);
        if matches!(word, "starts" | "ends" | "begins") && self.word_at(n + 1) == "with" {
            return self.operand_at(n + 2);
        }
        meaning(word).is_some() && self.operand_at(n + 1)
    }

    fn operand_at(&self, n: usize) -> bool {
        match self.peek_at(n).tok {
            Tok::Cooked | Tok::Raw | Tok::ForeignText | Tok::Number | Tok::Duration | Tok::Address | Tok::Regex | Tok::Bad => true,
            Tok::OpenParen | Tok::OpenBracket => true,
            Tok::Foreign => self.slice(self.peek_at(n)) == "~",
            Tok::Name => match self.word_at(n) {
                "true" | "false" | "cased" | "all" | "any" | "regex" | "dynamic" => true,
                _ => matches!(self.peek_at(n + 1).tok, Tok::Dot),
            },
            _ => false,
        }
    }

    /// At a token that is no operator of Spoor: one of another language, an unknown one, or the end of the test.
    pub(super) fn foreign_operator(&mut self, closed: bool) -> Read<Option<Operator>> {
        let start = self.peek();
        match start.tok {
            Tok::Assign => Ok(Some(self.foreign_mark(start, Op::Equal))),
            Tok::Colon => {
                let set = self.peek_at(1).tok == Tok::OpenBracket;
                if !set && !self.operand_at(1) {
                    return Ok(None);
                }
                Ok(Some(self.foreign_mark(start, if set { Op::In } else { Op::Equal })))
            }
            Tok::Bar if self.sigma_modifier_at(1) => self.sigma().map(Some),
            Tok::Foreign => match self.slice(start) {
                "=~" | "===" | "==~" => Ok(Some(self.foreign_mark(start, Op::Equal))),
                "!~" | "!==" | "!=~" | "<>" => Ok(Some(self.foreign_mark(start, Op::NotEqual))),
                "!" if self.adjacent(0) && (op_word(self.word_at(1)).is_some() || meaning(self.word_at(1)).is_some()) => {
                    Ok(self.foreign_word(start, 1, true))
                }
                _ => Ok(None),
            },
            Tok::Name if self.word() == "not" => Ok(self.foreign_word(start, 1, true)),
            Tok::Name if self.foreign_operator_name_at(0) || op_word(self.word()).is_some() => Ok(self.foreign_word(start, 0, false)),
            Tok::Name
                if self.word() == "NOT"
                    && (op_word(&self.word_at(1).to_ascii_lowercase()).is_some() || meaning(self.word_at(1)).is_some()) =>
            {
                Ok(self.foreign_word(start, 1, true))
            }
            Tok::Name if matches!(self.word(), "IS" | "Is") => {
                let at = self.here();
                let written = self.word();
                self.foreign_is(at, written).map(Some)
            }
            _ => self.unknown_operator(closed),
        }
    }

    fn foreign_mark(&mut self, start: Token, op: Op) -> Operator {
        self.bump();
        let at = self.span(start);
        let pending = self.pending(at, self.slice(start), op.spelling());
        Operator { pending: Some(pending), ..Operator::new(op, at) }
    }

    /// The word is at the n-th token; a `!` or `not` before it.
    fn foreign_word(&mut self, start: Token, n: usize, not: bool) -> Option<Operator> {
        let mut word = self.word_at(n);
        let mut last = self.peek_at(n);
        let mut count = n + 1;
        let joined: String;
        if matches!(word, "starts" | "ends" | "begins") && self.word_at(n + 1) == "with" {
            last = self.peek_at(n + 1);
            count += 1;
            joined = format!("{word}with");
            word = &joined;
        }
        let mut found = meaning(word).or_else(|| op_word(word).map(Meaning::of))?;
        let follows = self.peek_at(count);
        if follows.tok == Tok::Foreign && self.slice(follows) == "~" && last.end == follows.start {
            last = follows;
            count += 1;
        }
        if found.op == Op::Matches && self.word_at(count) == "regex" {
            last = self.peek_at(count);
            count += 1;
        }
        found.negated ^= not;
        if found.negated && found.op == Op::Equal {
            found = Meaning::of(Op::NotEqual);
        }
        let at = self.span(start).to(self.span(last));
        let written = &self.text[at.range()];
        for _ in 0..count {
            self.bump();
        }
        let pending = self.pending(at, written, &found.spelled());
        let Meaning { op, negated, all, cased } = found;
        Some(Operator { negated, all, cased, pending: Some(pending), ..Operator::new(op, at) })
    }

    /// `IS NULL`, `IS NOT NULL`.
    fn foreign_is(&mut self, at: Span, written: &str) -> Read<Operator> {
        self.bump();
        let not = matches!(self.word(), "NOT" | "not");
        if not {
            self.bump();
        }
        if !matches!(self.word(), "NULL" | "null") {
            return self.fail(say::unexpected(at, &format!("`{written}`"), "an operator: Spoor writes `is` in small letters"));
        }
        let at = at.to(self.here());
        self.bump();
        let meant = if not { "exists" } else { "not exists" };
        let pending = self.pending(at, &self.text[at.range()], meant);
        Ok(Operator { negated: !not, pending: Some(pending), ..Operator::new(Op::Exists, at) })
    }

    /// `name contain "x"`: a word with an operand behind it must be meant as an operator.
    fn unknown_operator(&mut self, closed: bool) -> Read<Option<Operator>> {
        let word = self.word();
        let literal = matches!(
            self.peek_at(1).tok,
            Tok::Cooked | Tok::Raw | Tok::ForeignText | Tok::Number | Tok::Address | Tok::OpenBracket | Tok::Regex | Tok::Bad
        );
        let named = !word.is_empty() && !words::is_reserved(word) && !words::NO_HEAD.contains(&word);
        if !named || !literal || (self.peek().first && !closed && say::nearest_operator(word).is_none()) {
            return Ok(None);
        }
        let here = self.here();
        let nearest = say::nearest_operator(word);
        self.bump();
        match nearest {
            Some(nearest) => {
                self.report(say::unknown_operator(here, word, Some(nearest)));
                Ok(op_word(nearest).map(|op| Operator::new(op, here)))
            }
            None => self.fail(say::unknown_operator(here, word, None)),
        }
    }

    // ---------- Sigma ----------

    pub(super) fn sigma_modifier_at(&self, n: usize) -> bool {
        matches!(
            self.word_at(n),
            "contains"
                | "startswith"
                | "endswith"
                | "re"
                | "all"
                | "cased"
                | "cidr"
                | "exists"
                | "windash"
                | "base64offset"
                | "base64"
                | "lt"
                | "lte"
                | "gt"
                | "gte"
                | "wide"
                | "utf16le"
                | "utf16"
                | "fieldref"
                | "expand"
                | "i"
        )
    }

    /// `|contains|all:` behind a field.
    fn sigma(&mut self) -> Read<Operator> {
        let start = self.peek();
        let mut found: Option<Op> = None;
        let (mut all, mut cased, mut ignore, mut exists) = (false, false, false, false);
        let mut calls: Vec<&str> = Vec::new();
        while self.is(Tok::Bar) && self.sigma_modifier_at(1) {
            self.bump();
            let token = self.bump();
            match self.slice(token) {
                "contains" => found = Some(Op::Contains),
                "startswith" => found = Some(Op::StartsWith),
                "endswith" => found = Some(Op::EndsWith),
                "re" => found = Some(Op::Matches),
                "cidr" => found = Some(Op::In),
                "lt" => found = Some(Op::Less),
                "lte" => found = Some(Op::LessEqual),
                "gt" => found = Some(Op::Greater),
                "gte" => found = Some(Op::GreaterEqual),
                "exists" => exists = true,
                "all" => all = true,
                "cased" => cased = true,
                "i" => ignore = true,
                "windash" => calls.push("dashes"),
                "base64" | "base64offset" => calls.push("base64"),
                "wide" | "utf16" | "utf16le" => calls.push("utf16"),
                "fieldref" => {}
                other => {
                    let at = self.since(start).0;
                    return self.fail(say::sigma_modifier(at, other));
                }
            }
        }
        self.eat(Tok::Colon);
        let at = self.since(start).0;
        let written = self.text[at.range()].to_string();
        if exists {
            let value = self.scalar("`true` or `false`")?;
            let missing = matches!(value, Value::Bool(false, _));
            let at = at.to(value.span());
            let pending = self.pending(at, &written, if missing { "not exists" } else { "exists" });
            return Ok(Operator { negated: missing, pending: Some(pending), ..Operator::new(Op::Exists, at) });
        }
        let set = self.is(Tok::OpenBracket);
        let op = found.unwrap_or(if set { Op::In } else { Op::Equal });
        // Sigma's regexes respect case; `text_as_regex` adds `cased` unless the pattern says otherwise.
        cased |= op == Op::Matches && !ignore && (set || self.is(Tok::Regex));
        let meaning = Meaning { op, negated: false, all, cased };
        let mut pending = self.pending(at, &written, &meaning.spelled());
        let mut operator = Operator { all, cased, ..Operator::new(op, at) };
        if !calls.is_empty() {
            let (value, edits) = self.called(&calls)?;
            pending.edits.extend(edits);
            operator.operand = Some(value);
        }
        operator.pending = Some(pending);
        Ok(operator)
    }

    /// The operand inside the constant calls that Sigma's modifiers stand for.
    fn called(&mut self, calls: &[&str]) -> Read<(Value, Vec<Edit>)> {
        let mut value = self.text_operand()?;
        let at = value.span();
        let mut before = String::new();
        // What the modifiers do first stands inside.
        for call in calls {
            let function = Name { text: (*call).to_string(), quoted: false, at: At(at) };
            value = Value::Call(ConstCall { function, argument: Box::new(value), at: At(at) });
            before = format!("{call}({before}");
        }
        let edits = vec![
            Edit { span: Span { end: at.start, ..at }, text: before },
            Edit { span: Span { start: at.end, ..at }, text: ")".repeat(calls.len()) },
        ];
        Ok((value, edits))
    }

    // ---------- functions ----------

    /// A name with a parenthesis where a test begins.
    pub(super) fn foreign_call(&mut self, start: Token) -> Read<Expr> {
        let word = self.slice(start);
        match word.to_ascii_lowercase().as_str() {
            "isempty" | "isnull" | "is_null" => self.foreign_exists(start, true),
            "isnotempty" | "isnotnull" | "isset" | "exists" => self.foreign_exists(start, false),
            "tolower" | "toupper" | "lower" | "upper" | "lcase" | "ucase" => self.foreign_fold(start),
            "startswith" | "starts_with" => self.two_arguments(start, Op::StartsWith),
            "endswith" | "ends_with" => self.two_arguments(start, Op::EndsWith),
            "contains" => self.two_arguments(start, Op::Contains),
            "match" | "regex" | "matches" => self.two_arguments(start, Op::Matches),
            "like" => self.two_arguments(start, Op::Like),
            _ => {
                let here = self.here();
                self.fail(say::no_functions(here, word))
            }
        }
    }

    /// `isempty(name)`, `exists name`.
    pub(super) fn foreign_exists(&mut self, start: Token, missing: bool) -> Read<Expr> {
        self.bump();
        let open = self.eat(Tok::OpenParen);
        let path = self.path("a field")?;
        if let Some(open) = open {
            self.close(Tok::CloseParen, ")", self.span(open));
        }
        let at = self.since(start);
        let meant = if missing { "not exists" } else { "exists" };
        let shown = format!("{} {meant}", &self.text[path.at.0.range()]);
        self.foreign(at.0, &self.text[at.0.range()], &shown);
        let relation = Relation { negated: missing, op: Op::Exists, op_at: at, all: false, cased: false, operand: None, at };
        Ok(Expr::Test(Test { subject: Subject::Path(path), relation: Some(relation), at }))
    }

    /// `tolower(name) == "x"`: text compares without case anyway.
    fn foreign_fold(&mut self, start: Token) -> Read<Expr> {
        self.bump();
        let open = self.bump();
        let path = self.path("a field")?;
        self.close(Tok::CloseParen, ")", self.span(open));
        let at = self.since(start).0;
        let edits = vec![
            Edit { span: Span { end: path.at.0.start, ..at }, text: String::new() },
            Edit { span: Span { start: path.at.0.end, ..at }, text: String::new() },
        ];
        self.report(say::needless_fold(at, self.slice(start), edits));
        let relation = self.relation(true)?;
        Ok(Expr::Test(Test { subject: Subject::Path(path), relation, at: self.since(start) }))
    }

    /// `startswith(name, "x")`
    fn two_arguments(&mut self, start: Token, op: Op) -> Read<Expr> {
        self.bump();
        let open = self.bump();
        let path = self.path("a field")?;
        if self.eat(Tok::Comma).is_none() {
            return self.expected("`,`");
        }
        let cased = op == Op::Matches;
        let (operand, spelled) = if op == Op::Matches && self.is_text() {
            let (regex, spelled) = self.text_as_regex()?;
            (Value::Regex(regex), spelled)
        } else {
            let value = self.text_operand()?;
            let spelled = self.text[value.span().range()].to_string();
            (value, spelled)
        };
        self.close(Tok::CloseParen, ")", self.span(open));
        let at = self.since(start);
        let meaning = Meaning { op, negated: false, all: false, cased };
        let shown = format!("{} {} {spelled}", &self.text[path.at.0.range()], meaning.spelled());
        let mut pending = self.pending(at.0, &format!("{}(..)", self.slice(start)), &shown);
        // The wildcards of `like` differ between languages.
        pending.certain = op != Op::Like;
        self.report(say::foreign_spelling(pending));
        let relation = Relation { negated: false, op, op_at: at, all: false, cased, operand: Some(operand), at };
        Ok(Expr::Test(Test { subject: Subject::Path(path), relation: Some(relation), at }))
    }

    /// A literal where a test begins: the second half of `contains "a" or "b"`, or the field on the wrong side.
    pub(super) fn literal_as_test(&mut self, start: Token) -> Read<Expr> {
        let here = self.span(start);
        let before = self.at.checked_sub(1).map(|at| self.slice(self.lexed.tokens[at]));
        let joint = before.filter(|word| matches!(*word, "and" | "or" | "AND" | "OR"));
        let found = self.describe(start);
        self.fail(say::literal_as_test(here, &found, joint))
    }
}
