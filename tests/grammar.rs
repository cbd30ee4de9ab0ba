//! The grammar in `grammar/spoor.ebnf` and the parser are one: what the grammar derives parses, and of each mutation of a derived
//! sentence both say the same.
//!
//! The recogniser here reads the EBNF file itself and shares nothing with the parser: it follows sets of positions through the rules.
//! It works on tokens, with one blank or line end between them; what is below (section 6: longest match, where a regex may stand) is
//! held by `tests/syntax.rs`. Exceptions, none of which the vocabulary below can form:
//! the words of other languages (`AND`, `is null`, `startswith "x"`), which the parser reports where the grammar sees a name; and
//! nesting beyond 200.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use spoor::source::Sources;
use spoor::syntax;

// ---------- the grammar ----------

#[derive(Debug)]
enum Ebnf {
    Word(String),
    Name(String),
    Seq(Vec<Ebnf>),
    Any(Vec<Ebnf>),
    Many(Box<Ebnf>),
    Maybe(Box<Ebnf>),
    Except(Box<Ebnf>, Box<Ebnf>),
}

type Grammar = BTreeMap<String, Ebnf>;

/// Sections 1 to 5, without comments.
fn grammar() -> Grammar {
    let text = include_str!("../grammar/spoor.ebnf");
    let text = &text[..text.find("(* ---------- 6.").expect("section 6 ends what is read here")];
    let mut reader = EbnfReader { tokens: ebnf_tokens(text), at: 0 };
    let mut rules = Grammar::new();
    while reader.at < reader.tokens.len() {
        let name = reader.take();
        assert_eq!(reader.take(), "=", "behind {name}");
        let rule = reader.any();
        assert_eq!(reader.take(), ";", "at the end of {name}");
        assert!(rules.insert(name.clone(), rule).is_none(), "{name} stands twice");
    }
    rules
}

fn ebnf_tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let len = if rest.starts_with("(*") {
            rest = &rest[rest.find("*)").expect("a comment ends") + 2..];
            continue;
        } else if c.is_whitespace() {
            rest = &rest[1..];
            continue;
        } else if c == '"' {
            rest[1..].find('"').expect("a word ends") + 2
        } else if c.is_ascii_alphabetic() {
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len())
        } else {
            1
        };
        tokens.push(rest[..len].to_string());
        rest = &rest[len..];
    }
    tokens
}

struct EbnfReader {
    tokens: Vec<String>,
    at: usize,
}

impl EbnfReader {
    fn take(&mut self) -> String {
        self.at += 1;
        self.tokens[self.at - 1].clone()
    }

    fn any(&mut self) -> Ebnf {
        let mut choices = vec![self.seq()];
        while self.tokens[self.at] == "|" {
            self.at += 1;
            choices.push(self.seq());
        }
        if choices.len() == 1 { choices.remove(0) } else { Ebnf::Any(choices) }
    }

    fn seq(&mut self) -> Ebnf {
        let mut parts = Vec::new();
        while !matches!(self.tokens[self.at].as_str(), "|" | ")" | "]" | "}" | ";") {
            let part = self.one();
            if self.tokens[self.at] == "-" {
                self.at += 1;
                let except = self.one();
                parts.push(Ebnf::Except(Box::new(part), Box::new(except)));
            } else {
                parts.push(part);
            }
        }
        if parts.len() == 1 { parts.remove(0) } else { Ebnf::Seq(parts) }
    }

    fn one(&mut self) -> Ebnf {
        let token = self.take();
        match token.as_str() {
            "(" => self.inner(")"),
            "[" => Ebnf::Maybe(Box::new(self.inner("]"))),
            "{" => Ebnf::Many(Box::new(self.inner("}"))),
            word if word.starts_with('"') => Ebnf::Word(word[1..word.len() - 1].to_string()),
            name => Ebnf::Name(name.to_string()),
        }
    }

    fn inner(&mut self, close: &str) -> Ebnf {
        let inner = self.any();
        assert_eq!(self.take(), close);
        inner
    }
}

// ---------- terminals ----------

type Terminal = (&'static str, fn(&str) -> bool, &'static [&'static str]);

/// Kinds of tokens that section 6 describes: whether a text is one, and texts to make sentences of.
const TERMINALS: [Terminal; 12] = [
    ("string", |t| t.starts_with('"'), &["\"a\"", "\"\"", "\"x \\\\ \\\" \\u{41} é\""]),
    ("raw_string", |t| t.starts_with('\''), &["'C:\\x'", "'it''s'"]),
    ("regex", |t| t.starts_with('/') && !t.starts_with("//"), &["/^a+\\/$/", "/x y/s", "/[#\"]/m"]),
    ("doc", |t| t.starts_with("///"), &["/// about it"]),
    ("network", |t| is_address(t) && t.contains('/'), &["10.0.0.0/8", "2001:db8::/32"]),
    ("address", |t| is_address(t) && !t.contains('/'), &["192.0.2.1", "::1", "fe80::a:1"]),
    ("DURATION", is_duration, &["30d", "5m", "0s"]),
    ("number", |t| is_int(t) || ["-1", "0x1F", "1.5"].contains(&t), &["-1", "0x1F", "1.5"]),
    ("INT", is_int, &["2", "50_000"]),
    ("TECHNIQUE", |t| t.starts_with("T1"), &["T1059.001", "T1204"]),
    (
        "NAME",
        is_name,
        &[
            "a", "name", "host", "x1", "`q w`", "`where`", "of", "as", "within", "sequence", "at", "dashes", "column", "last", "show",
            "from",
        ],
    ),
    ("WORD", |_| false, &[]),
];

fn is_address(text: &str) -> bool {
    text.matches('.').count() == 3 || text.matches(':').count() >= 2
}

fn is_duration(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit()) && text.ends_with(['s', 'm', 'h', 'd']) && !is_address(text)
}

fn is_int(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit() || b == b'_') && text.starts_with(|c: char| c.is_ascii_digit())
}

/// `T1204` is a name as well; which words are reserved says the grammar.
fn is_name(text: &str) -> bool {
    let letters = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && !text.starts_with(|c: char| c.is_ascii_digit());
    letters && !text.is_empty() || text.starts_with('`')
}

fn terminal(name: &str) -> Option<&'static Terminal> {
    TERMINALS.iter().find(|(other, ..)| *other == name)
}

// ---------- the recogniser ----------

struct Recogniser<'a> {
    grammar: &'a Grammar,
    tokens: &'a [String],
    known: HashMap<(&'a str, usize), BTreeSet<usize>>,
}

fn derives(grammar: &Grammar, tokens: &[String]) -> bool {
    let mut recogniser = Recogniser { grammar, tokens, known: HashMap::new() };
    recogniser.rule("file", 0).contains(&tokens.len())
}

impl<'a> Recogniser<'a> {
    /// Where a text that begins at a position and that the rule derives may end.
    fn rule(&mut self, name: &'a str, at: usize) -> BTreeSet<usize> {
        if let Some(known) = self.known.get(&(name, at)) {
            return known.clone();
        }
        let ends = match terminal(name) {
            Some((_, is, _)) => self.token(at, |token| is(token) && !(name == "NAME" && reserved(self.grammar, token))),
            None => self.ends(&self.grammar[name], at),
        };
        self.known.insert((name, at), ends.clone());
        ends
    }

    fn token(&self, at: usize, is: impl Fn(&str) -> bool) -> BTreeSet<usize> {
        self.tokens.get(at).filter(|token| is(token)).map(|_| at + 1).into_iter().collect()
    }

    fn ends(&mut self, rule: &'a Ebnf, at: usize) -> BTreeSet<usize> {
        match rule {
            Ebnf::Word(word) => self.token(at, |token| token == word),
            Ebnf::Name(name) => self.rule(name, at),
            Ebnf::Any(choices) => choices.iter().flat_map(|choice| self.ends(choice, at)).collect(),
            Ebnf::Maybe(inner) => self.ends(inner, at).into_iter().chain([at]).collect(),
            Ebnf::Seq(parts) => {
                let mut ends = BTreeSet::from([at]);
                for part in parts {
                    ends = ends.into_iter().flat_map(|at| self.ends(part, at)).collect();
                }
                ends
            }
            Ebnf::Many(inner) => {
                let mut ends = BTreeSet::from([at]);
                let mut new = vec![at];
                while let Some(at) = new.pop() {
                    new.extend(self.ends(inner, at).into_iter().filter(|end| ends.insert(*end)));
                }
                ends
            }
            Ebnf::Except(rule, except) => {
                let not = self.ends(except, at);
                self.ends(rule, at).into_iter().filter(|end| !not.contains(end)).collect()
            }
        }
    }
}

fn reserved(grammar: &Grammar, token: &str) -> bool {
    let Some(Ebnf::Any(words)) = grammar.get("RESERVED") else { panic!("the reserved words are a choice of words") };
    words.iter().any(|word| matches!(word, Ebnf::Word(word) if word == token))
}

// ---------- sentences ----------

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n as u64) as usize
    }

    fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.below(from.len())]
    }
}

struct Writer<'a> {
    grammar: &'a Grammar,
    /// How deep the shallowest derivation of each rule is.
    depths: HashMap<&'a str, usize>,
    random: Random,
    tokens: Vec<String>,
}

impl<'a> Writer<'a> {
    fn new(grammar: &'a Grammar, seed: u64) -> Writer<'a> {
        let mut depths: HashMap<&str, usize> = HashMap::new();
        loop {
            let before = depths.len();
            for (name, rule) in grammar {
                if !depths.contains_key(name.as_str())
                    && let Some(depth) = depth(rule, &depths)
                {
                    depths.insert(name, depth + 1);
                }
            }
            if depths.len() == before {
                assert_eq!(before, grammar.len(), "each rule derives something");
                return Writer { grammar, depths, random: Random(seed), tokens: Vec::new() };
            }
        }
    }

    fn sentence(&mut self) -> Vec<String> {
        self.tokens.clear();
        self.write(&self.grammar["file"], 26);
        std::mem::take(&mut self.tokens)
    }

    /// `left`: levels to go, before the shallowest way is taken.
    fn write(&mut self, rule: &'a Ebnf, left: usize) {
        // A long sentence says nothing that a short one does not.
        let left = if self.tokens.len() > 150 { 0 } else { left };
        match rule {
            Ebnf::Word(word) => self.tokens.push(word.clone()),
            Ebnf::Name(name) => match terminal(name) {
                Some((.., texts)) => {
                    let text = (*self.random.pick(texts)).to_string();
                    self.tokens.push(text);
                }
                None => self.write(&self.grammar[name], left.saturating_sub(1)),
            },
            Ebnf::Seq(parts) => parts.iter().for_each(|part| self.write(part, left)),
            Ebnf::Any(choices) => {
                let cost = |choice: &Ebnf| depth(choice, &self.depths).unwrap_or(usize::MAX);
                let within: Vec<&Ebnf> = choices.iter().filter(|choice| cost(choice) <= left).collect();
                match within[..] {
                    [] => {
                        let least = choices.iter().min_by_key(|choice| cost(choice)).expect("a choice has choices");
                        self.write(least, left);
                    }
                    _ => {
                        let choice = *self.random.pick(&within);
                        self.write(choice, left);
                    }
                }
            }
            Ebnf::Maybe(inner) => {
                if left > 0 && self.random.below(5) < 3 {
                    self.write(inner, left);
                }
            }
            Ebnf::Many(inner) => {
                while left > 0 && self.random.below(5) < 3 {
                    self.write(inner, left);
                }
            }
            Ebnf::Except(rule, except) => {
                let from = self.tokens.len();
                loop {
                    self.tokens.truncate(from);
                    self.write(rule, left);
                    let written = self.tokens[from..].to_vec();
                    let mut recogniser = Recogniser { grammar: self.grammar, tokens: &written, known: HashMap::new() };
                    if !recogniser.ends(except, 0).contains(&written.len()) {
                        return;
                    }
                }
            }
        }
    }
}

fn depth(rule: &Ebnf, depths: &HashMap<&str, usize>) -> Option<usize> {
    match rule {
        Ebnf::Word(_) | Ebnf::Maybe(_) | Ebnf::Many(_) => Some(0),
        Ebnf::Name(name) if terminal(name).is_some() => Some(0),
        Ebnf::Name(name) => depths.get(name.as_str()).copied(),
        Ebnf::Seq(parts) => parts.iter().map(|part| depth(part, depths)).try_fold(0, |deepest, part| Some(deepest.max(part?))),
        Ebnf::Any(choices) => choices.iter().filter_map(|choice| depth(choice, depths)).min(),
        Ebnf::Except(rule, _) => depth(rule, depths),
    }
}

/// All words and marks of the grammar, and some texts of each kind of token.
fn vocabulary(grammar: &Grammar) -> Vec<String> {
    fn words(rule: &Ebnf, into: &mut BTreeSet<String>) {
        match rule {
            Ebnf::Word(word) => {
                into.insert(word.clone());
            }
            Ebnf::Name(_) => {}
            Ebnf::Seq(parts) | Ebnf::Any(parts) => parts.iter().for_each(|part| words(part, into)),
            Ebnf::Many(inner) | Ebnf::Maybe(inner) => words(inner, into),
            Ebnf::Except(rule, except) => {
                words(rule, into);
                words(except, into);
            }
        }
    }
    let mut found = BTreeSet::new();
    grammar.values().for_each(|rule| words(rule, &mut found));
    found.extend(TERMINALS.iter().flat_map(|(.., texts)| texts.iter().map(ToString::to_string)));
    found.into_iter().collect()
}

fn mutated(tokens: &[String], vocabulary: &[String], random: &mut Random) -> Vec<String> {
    let mut tokens = tokens.to_vec();
    for _ in 0..=random.below(2) {
        let at = random.below(tokens.len().max(1));
        match random.below(5) {
            0 if !tokens.is_empty() => {
                tokens.remove(at);
            }
            1 if !tokens.is_empty() => tokens.insert(at, tokens[at].clone()),
            2 if at + 1 < tokens.len() => tokens.swap(at, at + 1),
            3 if !tokens.is_empty() => tokens[at].clone_from(random.pick(vocabulary)),
            _ => tokens.insert(at, random.pick(vocabulary).clone()),
        }
    }
    tokens
}

fn text(tokens: &[String], random: &mut Random) -> String {
    let mut text = String::new();
    for token in tokens {
        text.push_str(token);
        text.push(if token.starts_with("///") || random.below(6) == 0 { '\n' } else { ' ' });
    }
    text
}

fn told(text: &str) -> Vec<String> {
    let mut sources = Sources::default();
    let file = sources.add("test.spoor", text);
    syntax::parse(&sources, file).diagnostics.iter().map(|found| format!("{} {}", found.code, found.title)).collect()
}

// ---------- the tests ----------

#[test]
fn what_the_grammar_derives_parses() {
    let grammar = grammar();
    let mut writer = Writer::new(&grammar, 1);
    let mut random = Random(2);
    for _ in 0..600 {
        let tokens = writer.sentence();
        assert!(derives(&grammar, &tokens), "the recogniser does not know its own: {}", tokens.join(" "));
        let text = text(&tokens, &mut random);
        assert_eq!(told(&text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn grammar_and_parser_agree_on_mutants() {
    let grammar = grammar();
    let vocabulary = vocabulary(&grammar);
    let mut writer = Writer::new(&grammar, 3);
    let mut random = Random(4);
    let (mut right, mut wrong) = (0, 0);
    let mut differ = Vec::new();
    for _ in 0..500 {
        let tokens = writer.sentence();
        for _ in 0..8 {
            let mutant = mutated(&tokens, &vocabulary, &mut random);
            let text = text(&mutant, &mut random);
            let derived = derives(&grammar, &mutant);
            let told = told(&text);
            if derived != told.is_empty() {
                differ.push(format!("{} by the grammar, the parser says {told:?}:\n{text}", if derived { "right" } else { "wrong" }));
            }
            *if derived { &mut right } else { &mut wrong } += 1;
        }
    }
    let count = differ.len();
    differ.sort_by_key(String::len);
    differ.truncate(12);
    assert!(count == 0, "{count} of {} verdicts differ, the shortest of them:\n{}", right + wrong, differ.join("\n\n"));
    assert!(right > 200 && wrong > 2000, "mutants of both kinds: {right} right, {wrong} wrong");
}
