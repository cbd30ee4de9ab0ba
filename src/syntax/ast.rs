//! The tree of a rule file, as written.
//!
//! Every node knows its place as an [`At`], which is equal to every other `At`: two trees are equal if they say the same,
//! wherever it stands. Parentheses are kept, so the formatter keeps them. Comments are not in the tree; they stand beside it,
//! in [`Parsed`](super::Parsed). What a word means (a field, a `let`, an enumeration value) is decided by `check`.

use crate::letters::Letters;
use crate::source::Span;

/// The place of a node; no part of what the node says.
#[derive(Clone, Copy, Debug)]
pub struct At(pub Span);

impl PartialEq for At {
    fn eq(&self, _: &At) -> bool {
        true
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct File {
    pub items: Vec<Top>,
    pub at: At,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Top {
    Import(Import),
    Let(Let),
    Rule(Rule),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    pub path: Text,
    pub at: At,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// The lines of `///` above it, without the slashes and one blank after them.
    pub docs: Vec<String>,
    pub name: Name,
    pub items: Vec<Item>,
    /// False where a part of it could not be read: it was reported, and nothing may be concluded from what is absent.
    pub complete: bool,
    pub at: At,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    Meta(Meta),
    Let(Let),
    Detect(Box<Detect>),
    Last(Last),
    Show(Show),
    Test(TestCase),
}

/// A name without its backticks; `quoted` says that it had them, so it is no word of the language.
#[derive(Clone, Debug, PartialEq)]
pub struct Name {
    pub text: String,
    pub quoted: bool,
    pub at: At,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// Never empty.
    pub parts: Vec<Name>,
    pub at: At,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Meta {
    pub key: Name,
    pub value: MetaValue,
    pub at: At,
}

#[derive(Clone, Debug, PartialEq)]
pub enum MetaValue {
    One(MetaAtom),
    List(Vec<MetaAtom>, At),
}

#[derive(Clone, Debug, PartialEq)]
pub enum MetaAtom {
    Text(Text),
    Number(Number),
    /// `T1059.001`, `TA0002`, ...
    Technique(Name),
    Name(Name),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Let {
    pub docs: Vec<String>,
    pub name: Name,
    pub ty: Option<Name>,
    pub source: LetSource,
    pub at: At,
}

#[derive(Clone, Debug, PartialEq)]
pub enum LetSource {
    Predicate(Expr),
    /// A lone name is a `Value::Path`.
    Value(Value),
    From {
        path: Text,
        column: Option<Text>,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Last {
    pub duration: Duration,
    pub at: At,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Show {
    pub columns: Vec<Column>,
    pub at: At,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    pub what: ColumnWhat,
    pub alias: Option<Name>,
    pub at: At,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ColumnWhat {
    Path(Path),
    Aggregate(Aggregate),
}

// ---------- detect ----------

#[derive(Clone, Debug, PartialEq)]
pub struct Detect {
    pub pattern: Pattern,
    pub group: Group,
    pub at: At,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Pattern {
    One(Branch),
    Block(Block),
}

/// Branches or steps in braces.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    pub kind: BlockKind,
    pub steps: Vec<Step>,
    /// The `except`s after the brace: they hold for every branch or step.
    pub common: Vec<Exclusion>,
    pub at: At,
}

#[derive(Clone, Debug, PartialEq)]
pub enum BlockKind {
    Union,
    Sequence(Link),
    Together(Link),
    AtLeast(Int, Link),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    pub by: Vec<Path>,
    pub within: Duration,
    pub at: At,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub optional: bool,
    pub label: Option<Name>,
    /// Of a step of a linked pattern only.
    pub counted: Option<Counted>,
    pub branch: Branch,
    pub at: At,
}

/// `at_least 10 within 10m`: so many events of the step, and not one.
#[derive(Clone, Debug, PartialEq)]
pub struct Counted {
    pub count: Int,
    pub within: Duration,
    pub at: At,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// `dns | network`: never empty.
    pub classes: Vec<Name>,
    pub condition: Option<Expr>,
    pub clauses: Vec<Clause>,
    pub at: At,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Clause {
    Except(Exclusion),
    On(Pinned),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Exclusion {
    pub expr: Expr,
    pub at: At,
}

/// `on TARGET where EXPR` (or `except`): only the target's own names stand in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Pinned {
    pub target: Name,
    pub except: bool,
    pub expr: Expr,
    pub at: At,
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct Group {
    pub having: Option<AggExpr>,
    pub by: Vec<Path>,
    pub per: Option<Duration>,
}

// ---------- expressions ----------

#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// Two or more.
    And(Vec<Expr>, At),
    /// Two or more.
    Or(Vec<Expr>, At),
    Not(Box<Expr>, At),
    Paren(Box<Expr>, At),
    Test(Test),
    /// `at_least N of [..]`
    Quorum(Int, Vec<Expr>, At),
}

impl Expr {
    pub fn span(&self) -> Span {
        match self {
            Expr::And(_, at) | Expr::Or(_, at) | Expr::Not(_, at) | Expr::Paren(_, at) | Expr::Quorum(_, _, at) => at.0,
            Expr::Test(test) => test.at.0,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    pub subject: Subject,
    /// None: a predicate `let` or a boolean field.
    pub relation: Option<Relation>,
    pub at: At,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    Path(Path),
    AnyOf(Vec<Path>, At),
    AllOf(Vec<Path>, At),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Relation {
    /// `a not in L`, `a is not private`. `!=` is an operator of its own.
    pub negated: bool,
    pub op: Op,
    /// Of the operator word or mark alone.
    pub op_at: At,
    pub all: bool,
    pub cased: bool,
    /// None after `exists` only.
    pub operand: Option<Value>,
    pub at: At,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
    Contains,
    StartsWith,
    EndsWith,
    Like,
    Has,
    Under,
    Matches,
    Exists,
    /// `is NAME`: the operand is a `Value::Path` of that one name.
    Is,
}

/// What may stand on the right of an operator or in a list; the parser lets stand only what the grammar allows there.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Text(Text),
    Number(Number),
    Duration(Duration),
    Bool(bool, At),
    /// An address or a network, as written.
    Address(Address),
    Regex(Regex),
    Path(Path),
    List(List),
    Call(ConstCall),
}

impl Value {
    pub fn span(&self) -> Span {
        match self {
            Value::Text(x) => x.at.0,
            Value::Number(x) => x.at.0,
            Value::Duration(x) => x.at.0,
            Value::Bool(_, at) => at.0,
            Value::Address(x) => x.at.0,
            Value::Regex(x) => x.at.0,
            Value::Path(x) => x.at.0,
            Value::List(x) => x.at.0,
            Value::Call(x) => x.at.0,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct List {
    pub items: Vec<Value>,
    pub at: At,
}

/// `dashes(..)`, `base64(..)`, `utf16(..)`: expanded by `check`.
#[derive(Clone, Debug, PartialEq)]
pub struct ConstCall {
    pub function: Name,
    pub argument: Box<Value>,
    pub at: At,
}

/// The text that a literal stands for. `raw`: it was written in single quotes.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    pub value: String,
    pub raw: bool,
    pub at: At,
}

/// `written` is its spelling (`0x1f`, `50_000_000`).
#[derive(Clone, Debug, PartialEq)]
pub struct Number {
    pub value: Num,
    pub written: String,
    pub at: At,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Num {
    Int(i64),
    Real(f64),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Int {
    pub value: u64,
    pub written: String,
    pub at: At,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Duration {
    pub count: u64,
    pub unit: Unit,
    pub at: At,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Second,
    Minute,
    Hour,
    Day,
}

/// `prefix` makes a network of it. The address is valid; the prefix fits its family.
#[derive(Clone, Debug, PartialEq)]
pub struct Address {
    pub ip: std::net::IpAddr,
    pub prefix: Option<u8>,
    pub written: String,
    pub at: At,
}

/// The pattern between the slashes, as written, but `\/` is `/`.
#[derive(Clone, Debug, PartialEq)]
pub struct Regex {
    pub pattern: String,
    /// `s`: a dot takes line ends too.
    pub dot_all: bool,
    /// `m`: `^` and `$` are the ends of lines.
    pub multi_line: bool,
    /// Where the pattern's letters stand.
    pub letters: Letters,
    pub at: At,
}

// ---------- aggregates ----------

#[derive(Clone, Debug, PartialEq)]
pub enum AggExpr {
    And(Vec<AggExpr>, At),
    Or(Vec<AggExpr>, At),
    Not(Box<AggExpr>, At),
    Paren(Box<AggExpr>, At),
    Test(Box<AggTest>),
}

/// `op` is one of the six comparisons; `value` a number or a duration.
#[derive(Clone, Debug, PartialEq)]
pub struct AggTest {
    pub aggregate: Aggregate,
    pub op: Op,
    pub value: Value,
    pub at: At,
}

/// `count(where command_line has "x")`, `distinct(host)`, `percentile(size, 95)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregate {
    pub function: Name,
    pub field: Option<Path>,
    /// Behind the field.
    pub number: Option<Number>,
    pub condition: Option<Box<Expr>>,
    pub at: At,
}

// ---------- tests ----------

#[derive(Clone, Debug, PartialEq)]
pub struct TestCase {
    pub name: Text,
    /// `match`, or `no match`.
    pub matches: bool,
    pub events: TestEvents,
    pub at: At,
}

#[derive(Clone, Debug, PartialEq)]
pub enum TestEvents {
    Here(Vec<Event>),
    From(Text),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub class: Name,
    /// `at 2m`: how long after the first instant of the test.
    pub offset: Option<Duration>,
    pub repeat: Option<Int>,
    pub entries: Vec<Entry>,
    pub at: At,
}

/// `value`: a literal, a lone name (an enumeration value) as a `Value::Path`, or a list of literals.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub field: Path,
    pub value: Value,
    pub at: At,
}

impl Duration {
    pub fn seconds(&self) -> u64 {
        let unit = match self.unit {
            Unit::Second => 1,
            Unit::Minute => 60,
            Unit::Hour => 3600,
            Unit::Day => 86_400,
        };
        self.count.saturating_mul(unit)
    }
}

impl Op {
    /// As a rule writes it.
    pub fn spelling(self) -> &'static str {
        match self {
            Op::Equal => "==",
            Op::NotEqual => "!=",
            Op::Less => "<",
            Op::LessEqual => "<=",
            Op::Greater => ">",
            Op::GreaterEqual => ">=",
            Op::In => "in",
            Op::Contains => "contains",
            Op::StartsWith => "starts_with",
            Op::EndsWith => "ends_with",
            Op::Like => "like",
            Op::Has => "has",
            Op::Under => "under",
            Op::Matches => "matches",
            Op::Exists => "exists",
            Op::Is => "is",
        }
    }
}

impl Path {
    /// `actor.name`
    pub fn dotted(&self) -> String {
        self.parts.iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join(".")
    }
}
