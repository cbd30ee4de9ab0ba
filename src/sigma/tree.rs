//! What a Sigma file says, as written: its documents, with the place of every part.
//!
//! Nothing is resolved here: a selection that a condition names, a field, a modifier's fitness are for `lower` to judge.

use crate::letters::Letters;
use crate::source::Span;

/// A scalar, with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Word {
    pub text: String,
    pub at: Span,
}

/// One document of a file.
#[derive(Clone, Debug)]
pub enum Document {
    Rule(Rule),
    Correlation(Correlation),
    Filter(Filter),
    /// An error in it was reported: it is there, and gives nothing.
    Broken(Broken),
}

/// What is known of a document that has an error.
#[derive(Clone, Debug, Default)]
pub struct Broken {
    pub head: Head,
    /// The rules that it would have filtered: none of them is what was meant without it.
    pub filtered: Vec<Word>,
}

/// What holds for several events, each found by a rule.
#[derive(Clone, Debug)]
pub struct Correlation {
    pub head: Head,
    pub kind: Word,
    /// Names or ids.
    pub rules: Vec<Word>,
    pub group_by: Vec<Word>,
    pub timespan: Word,
    /// `gte: 10`
    pub bounds: Vec<(Word, Word)>,
    /// `a and b`, in the place of bounds: which of the rules must have found something.
    pub which: Option<Condition>,
    /// What is counted, or added up.
    pub field: Option<Word>,
    pub percentile: Option<Percentile>,
    pub aliases: Vec<Alias>,
    /// The rules that it names stand for themselves too.
    pub generate: bool,
    pub at: Span,
}

impl Correlation {
    /// It puts events together that different rules found.
    pub fn links(&self) -> bool {
        matches!(self.kind.text.as_str(), "temporal" | "temporal_ordered")
    }

    pub fn counts_events(&self) -> bool {
        self.kind.text == "event_count"
    }
}

/// `percentile: 95`
#[derive(Clone, Debug)]
pub struct Percentile {
    /// Of the key.
    pub key: Span,
    pub number: Word,
}

/// A name for a field that rules call differently.
#[derive(Clone, Debug)]
pub struct Alias {
    pub name: Word,
    /// Rule and field.
    pub fields: Vec<(Word, Word)>,
}

/// What must hold for several rules beside their own conditions.
#[derive(Clone, Debug)]
pub struct Filter {
    /// Names or ids; `any` alone: every rule of the log source.
    pub rules: Vec<Word>,
    /// Its log source, selections and condition, as those of a rule.
    pub rule: Rule,
}

/// An event that is to be found.
#[derive(Clone, Debug)]
pub struct Rule {
    pub head: Head,
    pub source: LogSource,
    pub detections: Vec<Detection>,
    /// One or more: each is a rule of its own in effect, so they are alternatives.
    pub conditions: Vec<Condition>,
    /// Of selections and condition.
    pub body: Span,
    pub at: Span,
}

/// What a document says about itself.
#[derive(Clone, Debug, Default)]
pub struct Head {
    pub title: Option<Word>,
    pub id: Option<Word>,
    pub name: Option<Word>,
    /// Every other key of the specification, as its texts, in the order of the file.
    pub entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
pub struct Entry {
    pub key: Word,
    pub values: Vec<Word>,
    pub list: bool,
}

#[derive(Clone, Debug)]
pub struct LogSource {
    pub category: Option<Word>,
    pub product: Option<Word>,
    pub service: Option<Word>,
    pub at: Span,
}

/// A named search: `selection:`.
#[derive(Clone, Debug)]
pub struct Detection {
    pub name: Word,
    pub body: Body,
}

#[derive(Clone, Debug)]
pub enum Body {
    /// A mapping: all of its items.
    All(Vec<Item>, Span),
    /// A list: any of its parts.
    Any(Vec<Body>, Span),
    /// A text in a list, or alone: it stands somewhere in the event.
    Keyword(Literal),
}

/// `field|modifier|..: values`
#[derive(Clone, Debug)]
pub struct Item {
    /// None: keywords, `'|all': [..]`.
    pub field: Option<Word>,
    pub modifiers: Vec<Word>,
    pub values: Vec<Literal>,
    pub at: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Literal {
    pub value: Scalar,
    /// Of a regular expression, in which a caret may stand.
    pub letters: Letters,
    pub at: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    Null,
    /// `quoted`: it is a text whatever it looks like.
    Text {
        text: String,
        quoted: bool,
    },
}

/// A condition as a tree of names.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    And(Vec<Condition>, Span),
    Or(Vec<Condition>, Span),
    Not(Box<Condition>, Span),
    Name(Word),
    /// `1 of selection_*`, `all of them`
    Of {
        quantity: Quantity,
        pattern: Pattern,
        at: Span,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    All,
    AtLeast(u64),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Pattern {
    Them,
    /// A name, in which `*` is any run.
    Like(Word),
}

impl Condition {
    pub fn span(&self) -> Span {
        match self {
            Condition::And(_, at) | Condition::Or(_, at) | Condition::Not(_, at) | Condition::Of { at, .. } => *at,
            Condition::Name(word) => word.at,
        }
    }
}
