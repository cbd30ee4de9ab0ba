//! Rules, or a brief about an article with its rules, as a page to read.
//!
//! In: rules with what each target makes of them, a [`Brief`] or none, the packs. Out: a [`Page`], plain data that holds everything a page may show,
//! and which a [`template`] turns into Markdown or HTML. Law: the page leaves nothing out that `build` says: each query has its fidelity and its
//! reasons, and a target that refuses says why in the place of its query. Text is as it was written; the template escapes it.

pub mod brief;
mod collect;
#[cfg(feature = "cli")]
pub mod template;

use serde::Serialize;

use crate::source::FileId;

pub use brief::Brief;
pub use collect::{Asked, Ground, names, of_brief, of_rules, of_technique};

/// The names of the built-in templates, which a user's may take the place of.
pub const TEMPLATES: [&str; 8] =
    ["hunt.md", "hunt.html", "technique.md", "technique.html", "parts.md", "parts.html", "style.css", "script.js"];

/// A user's templates, each in the place of a built-in one.
pub type Templates = Vec<(&'static str, FileId)>;

#[derive(Clone, Debug, Default, Serialize)]
pub struct Page {
    pub title: String,
    /// `high`: what the brief says, else the highest level of the rules.
    pub severity: Option<String>,
    /// Who published the article; of one rule alone: its authors.
    pub source: Option<String>,
    /// A date.
    pub published: Option<String>,
    /// Of the article; begins with `https://` or `http://`.
    pub link: Option<String>,
    /// Paragraphs.
    pub summary: Vec<String>,
    pub indicators: Vec<Indicators>,
    /// Those that the rules and the brief name, by id.
    pub techniques: Vec<Technique>,
    /// Those that the rules state, each once.
    pub phases: Vec<String>,
    pub hunts: Vec<Hunt>,
    /// Paragraphs.
    pub why: Vec<String>,
    /// Whether a brief is behind the page.
    pub is_brief: bool,
    /// The targets that were asked, in their order.
    pub targets: Vec<TargetName>,
    /// What the hunts read, each with those that read it.
    pub sources: Vec<DataSource>,
    /// The technique that the page is about, where it is about one.
    pub technique: Option<Technique>,
    /// Of ATT&CK.
    pub attack: String,
    /// Of Spoor.
    pub version: String,
}

/// Indicators of one kind.
#[derive(Clone, Debug, Serialize)]
pub struct Indicators {
    /// `domain`, `sha256`
    pub kind: String,
    /// As they are, not defanged.
    pub values: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Technique {
    pub id: String,
    pub name: String,
    /// With the technique it is a part of: `User Execution: Malicious File`.
    pub full_name: String,
    /// Its page at ATT&CK.
    pub url: String,
    pub parent: Option<Named>,
    pub tactics: Vec<Named>,
    /// Names of the hunts on this page that name it.
    pub rules: Vec<String>,
    /// Sub-techniques that stand.
    pub parts: Vec<Named>,
    /// `current`, `revoked` or `deprecated`.
    pub standing: &'static str,
    /// What stands in its place.
    pub now: Vec<Named>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Named {
    pub id: String,
    pub name: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct TargetName {
    pub name: &'static str,
    pub title: &'static str,
}

#[derive(Clone, Debug, Serialize)]
pub struct DataSource {
    /// `process: started`, `process: started; file: created or modified`
    pub name: String,
    /// Places in `hunts`, from 0.
    pub hunts: Vec<usize>,
}

/// A rule.
#[derive(Clone, Debug, Serialize)]
pub struct Hunt {
    pub name: String,
    /// The rule's title, else its name.
    pub title: String,
    pub id: Option<String>,
    pub version: Option<String>,
    pub status: Option<String>,
    pub level: Option<String>,
    pub confidence: Option<String>,
    pub phase: Option<String>,
    pub path: String,
    pub line: usize,
    /// Paragraphs: the comment above the rule, then its description.
    pub description: Vec<String>,
    pub authors: Vec<String>,
    pub date: Option<String>,
    pub modified: Option<String>,
    pub references: Vec<String>,
    pub falsepositives: Vec<String>,
    pub platforms: Vec<String>,
    /// Ids, as written.
    pub attack: Vec<String>,
    pub classes: Vec<ClassOf>,
    /// How far it looks back: `30d`.
    pub last: Option<String>,
    /// One a target.
    pub queries: Vec<Query>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ClassOf {
    pub name: String,
    /// Empty: any, or the class has none.
    pub actions: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Query {
    /// `splunk`
    pub target: &'static str,
    /// `Splunk SPL (CIM)`
    pub title: &'static str,
    /// `spl`, `kql`
    pub language: &'static str,
    /// `exact`, `widened`, `narrowed`, `refused`
    pub fidelity: &'static str,
    /// None exactly where it is refused.
    pub text: Option<String>,
    /// Why it is not exact.
    pub reasons: Vec<Reason>,
    /// What else is to be known.
    pub notes: Vec<Reason>,
    /// Names of files that must stand where the query runs.
    pub files: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Reason {
    pub code: &'static str,
    pub message: String,
    pub path: String,
    pub line: usize,
    pub column: usize,
}
