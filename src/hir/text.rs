//! Patterns over text: `like` and regular expressions, in the form that every target can read.

/// The whole text, part by part. In normal form: no two `Any` or two `Literal` beside each other, no empty literal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LikePattern(pub Vec<LikePart>);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum LikePart {
    Literal(String),
    /// `?`: one code point, line ends too.
    One,
    /// `*`: any run, line ends too.
    Any,
}

/// A regular expression in the subset that all engines read alike, rewritten so that they do: `\w \d \s` are explicit ASCII
/// classes, `.` and `^ $` are spelled out by its flags, `\b` is ASCII. Case is the test's matter: no pattern holds `(?i)`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Regex {
    /// As the author wrote it, for messages.
    pub written: String,
    /// For Rust and RE2, where `$` is the true end of the text.
    pub pattern: String,
    /// For PCRE: the same with `\z`, since its `$` also stands before a final line end.
    pub pcre: String,
    /// Wildcard patterns of which every text that the regex finds matches at least one, as [`LikePattern`]s without `One`;
    /// empty where the regex requires no literal.
    pub globs: Vec<LikePattern>,
}
