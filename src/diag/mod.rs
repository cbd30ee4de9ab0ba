//! Everything a user reads when something is wrong.
//!
//! In: facts from a stage, with their places. Out: a [`Diagnostic`], which [`render`] shows to people and `json` to programs.
//! Every sentence a user reads is written in this folder: a stage calls a constructor such as [`names::unknown_field`], one a code,
//! and never formats a message itself. [`Code`] is an append-only registry; each code owns a page under `pages/`.
//! The same type carries the reasons of a fidelity (family 04). Nothing here decides anything.

pub mod briefs;
mod codes;
pub mod deploy;
pub mod events;
mod excerpt;
pub mod fix;
pub mod json;
pub mod levels;
pub mod lints;
pub mod names;
pub mod packs;
pub mod project;
pub mod render;
pub mod rewritten;
pub mod sigma;
pub mod state;
pub mod syntax;
pub mod targets;
pub mod targets_kql;
pub mod targets_spl;
pub mod testing;
pub mod values;

pub use codes::Code;

use crate::source::Span;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    Note,
    Warning,
    Error,
}

/// One finding: a fact (title), where it is (the first label), what caused it (further labels), what to write instead (help, fix).
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    pub code: Code,
    /// The fact, in lower case, without a full stop.
    pub title: String,
    /// The first is the place of the finding, the others its causes. Never empty.
    pub labels: Vec<Label>,
    /// What to write instead, as sentences.
    pub help: Vec<String>,
    pub fix: Option<Fix>,
    sigma: Option<Box<InSigma>>,
    /// Where a project says how grave it is.
    level: Option<Severity>,
}

/// What is said instead where the rule is one of Sigma's: what to write, in its own spelling, and edits of the YAML.
#[derive(Clone, Debug, Default, PartialEq)]
struct InSigma {
    title: Option<String>,
    help: Vec<String>,
    fix: Option<Fix>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    pub span: Span,
    pub text: String,
}

/// Edits that mend the finding. `certain`: the meaning is sure to be what was intended, so `check --fix` may apply it.
#[derive(Clone, Debug, PartialEq)]
pub struct Fix {
    pub certain: bool,
    pub edits: Vec<Edit>,
}

/// Replaces the text of a span, which may be empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    pub span: Span,
    pub text: String,
}

impl Diagnostic {
    pub fn new(code: Code, title: impl Into<String>, span: Span, label: impl Into<String>) -> Diagnostic {
        let labels = vec![Label { span, text: label.into() }];
        Diagnostic { code, title: title.into(), labels, help: Vec::new(), fix: None, sigma: None, level: None }
    }

    pub fn label(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    pub fn help(mut self, text: impl Into<String>) -> Diagnostic {
        self.help.push(text.into());
        self
    }

    /// A fix that is sure to say what was meant.
    pub fn fix(self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.with_fix(Fix { certain: true, edits: vec![Edit { span, text: text.into() }] })
    }

    /// A fix that is likely, for a person to accept.
    pub fn maybe_fix(self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.with_fix(Fix { certain: false, edits: vec![Edit { span, text: text.into() }] })
    }

    /// A fix that is sure or likely.
    pub fn suggest(self, span: Span, text: impl Into<String>, certain: bool) -> Diagnostic {
        self.with_fix(Fix { certain, edits: vec![Edit { span, text: text.into() }] })
    }

    pub fn with_fix(mut self, fix: Fix) -> Diagnostic {
        self.fix = Some(fix);
        self
    }

    /// Help for who writes Sigma, in place of all that speaks of the language.
    pub fn sigma(mut self, help: impl Into<String>) -> Diagnostic {
        self.sigma.get_or_insert_default().help.push(help.into());
        self
    }

    /// The fact in the words of Sigma, where it names a field or an operator of the language.
    pub fn sigma_title(mut self, title: impl Into<String>) -> Diagnostic {
        self.sigma.get_or_insert_default().title = Some(title.into());
        self
    }

    /// An edit of the YAML.
    pub fn sigma_fix(mut self, span: Span, text: impl Into<String>, certain: bool) -> Diagnostic {
        self.sigma.get_or_insert_default().fix = Some(Fix { certain, edits: vec![Edit { span, text: text.into() }] });
        self
    }

    /// The finding as it is told of a rule of Sigma. An edit in the language's words would be none of the YAML, so it goes.
    pub fn in_sigma(mut self) -> Diagnostic {
        let sigma = self.sigma.take().map_or_else(InSigma::default, |sigma| *sigma);
        self.title = sigma.title.unwrap_or(self.title);
        if !sigma.help.is_empty() {
            self.help = sigma.help;
        }
        self.fix = sigma.fix;
        self
    }

    /// As a project says; of what is no lint nobody can say otherwise.
    pub fn at_level(mut self, level: Severity) -> Diagnostic {
        self.level = self.code.is_lint().then_some(level);
        self
    }

    pub fn severity(&self) -> Severity {
        self.level.unwrap_or(self.code.severity())
    }

    pub fn span(&self) -> Span {
        self.labels[0].span
    }
}
