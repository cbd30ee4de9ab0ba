//! A rule and its query to what a product is deployed with.
//!
//! In: a checked rule, what [`lower`] made of it, the project's [`Settings`]. Out: files with their names, one or more a rule, and those that stand for all of
//! them; what a form has no place for; or the reason why the rule cannot have the form. Law: everything a form states comes from the rule, the
//! project or a default that docs/deploy.md states; what it cannot carry is said, never dropped in silence; the same input gives the same bytes.
//! Nothing here reads a query: what its result holds is read off the plan.

mod conf;
mod contentctl;
mod entities;
mod facts;
mod graph;
mod ids;
mod sentinel;
pub mod settings;
mod splunk;
mod tree;

pub use ids::digest;
pub use settings::Settings;

use crate::backend::{Lowered, Macros, Options, Purpose, Target, lower};
use crate::diag::deploy as said;
use crate::diag::{Code, Diagnostic, targets::At};
use crate::hir::{Lasting, Rule};
use crate::schema::Packs;
use facts::Facts;

/// A form of deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// An app of Splunk: saved searches with all that they need.
    SavedSearches,
    /// Detections in the layout of Splunk's security content.
    Contentctl,
    /// Analytics rules as Microsoft's repository of them has it.
    Sentinel,
    /// The same as templates of the Azure Resource Manager.
    SentinelArm,
    /// What the Graph API makes custom detections of.
    CustomDetection,
}

/// What became of one rule.
pub struct Made {
    /// By name, below the folder of the output.
    pub files: Vec<(String, String)>,
    /// What the rule states and the form has no place for.
    pub left: Vec<String>,
    /// By which the product knows it: another rule of the same id takes its place there. None: the product gives one.
    pub id: Option<String>,
    /// A name that no other rule there may have.
    pub name: Option<String>,
    /// The part of the files that stand for all rules.
    part: Part,
}

enum Part {
    Nothing,
    Search(splunk::Search),
    Detection,
}

/// What all rules of a run share.
pub struct Ground<'g> {
    pub form: Form,
    pub packs: &'g Packs,
    pub options: &'g Options,
    pub settings: &'g Settings,
}

impl Form {
    pub const ALL: [Form; 5] = [Form::SavedSearches, Form::Contentctl, Form::Sentinel, Form::SentinelArm, Form::CustomDetection];

    pub const fn name(self) -> &'static str {
        match self {
            Form::SavedSearches => "savedsearches",
            Form::Contentctl => "contentctl",
            Form::Sentinel => "sentinel",
            Form::SentinelArm => "sentinel-arm",
            Form::CustomDetection => "custom-detection",
        }
    }

    /// Whose queries it holds; the first where none is named.
    pub fn targets(self) -> &'static [Target] {
        match self {
            Form::SavedSearches | Form::Contentctl => &[Target::Splunk, Target::SplunkRaw],
            Form::Sentinel | Form::SentinelArm => &[Target::Sentinel],
            Form::CustomDetection => &[Target::Defender],
        }
    }

    /// The stem of the file of a rule, where the form says how it follows from its name.
    pub fn stem(self, rule: &str) -> Option<String> {
        match self {
            Form::Contentctl => Some(contentctl::stem(rule)),
            Form::SavedSearches | Form::Sentinel | Form::SentinelArm | Form::CustomDetection => None,
        }
    }

    /// How the queries are written: the form says what runs them.
    pub fn options(self, options: Options) -> Options {
        let purpose = match (self, options.purpose) {
            (Form::SavedSearches | Form::Contentctl, purpose) => purpose,
            (Form::Sentinel | Form::SentinelArm | Form::CustomDetection, Purpose::NearRealTime) => Purpose::NearRealTime,
            (Form::Sentinel | Form::SentinelArm | Form::CustomDetection, Purpose::Hunting | Purpose::CustomDetection) => {
                Purpose::CustomDetection
            }
        };
        let macros = match self {
            // It asks of each search for the macro that filters it.
            Form::Contentctl => Macros::SecurityContent,
            Form::SavedSearches | Form::Sentinel | Form::SentinelArm | Form::CustomDetection => options.macros,
        };
        // How far a scheduled search looks back its schedule says.
        Options { purpose, macros, lookback: Vec::new(), ..options }
    }

    /// The keys of `deploy` that one looks for in the form, and that it has no place for. What is Splunk's by its name nobody looks for elsewhere.
    pub fn no_place_for(self) -> &'static [&'static str] {
        match self {
            Form::SavedSearches => &[],
            Form::Contentctl => &["app", "description", "enabled", "actions"],
            Form::Sentinel => &["author", "date", "enabled"],
            Form::SentinelArm | Form::CustomDetection => &["version", "author", "date"],
        }
    }

    /// What the rule may say of itself that the form carries. The rest is told.
    fn carries(self) -> &'static [&'static str] {
        match self {
            Form::SavedSearches | Form::Contentctl => &[
                "title",
                "id",
                "version",
                "level",
                "confidence",
                "description",
                "attack",
                "references",
                "falsepositives",
                "author",
                "date",
                "modified",
            ],
            Form::Sentinel => &["title", "id", "version", "level", "description", "attack", "references", "falsepositives"],
            Form::SentinelArm => &["title", "id", "level", "description", "attack", "references", "falsepositives"],
            Form::CustomDetection => &["title", "level", "description", "attack", "references", "falsepositives"],
        }
    }
}

impl Ground<'_> {
    /// The query of the rule, and the form of it. `stem`: the name of its file, of no other rule. The query is None where either refuses.
    pub fn deploy(&self, rule: &Rule, target: Target, stem: &str) -> (Lowered, Option<Made>) {
        let asked = match self.form {
            Form::SavedSearches | Form::Contentctl => splunk::scheduled(rule, (self.form == Form::Contentctl).then_some(stem)),
            Form::Sentinel | Form::SentinelArm | Form::CustomDetection => rule.clone(),
        };
        let lowered = lower(&asked, target, self.packs, self.options);
        let Some(one) = One::of(rule, &lowered, self, stem) else { return (lowered, None) };
        let made = match self.form {
            Form::SavedSearches => splunk::fits(&one).map(|()| splunk::search(&one)),
            Form::Contentctl => contentctl::detection(&one),
            Form::Sentinel => sentinel::yaml(&one),
            Form::SentinelArm => sentinel::arm(&one),
            Form::CustomDetection => graph::rule(&one),
        };
        match made {
            Ok(mut made) => {
                made.left.extend(one.not_carried());
                drop(one);
                (Lowered { plan: None, ..lowered }, Some(made))
            }
            Err(reason) => (refused(target, *reason), None),
        }
    }

    /// The rule where another one has its file already: one of the two would be lost.
    pub fn twin(&self, rule: &Rule, target: Target, other: &str) -> Lowered {
        let at = At { span: rule.span, target: target.name() };
        let (why, help) = said::twin(other);
        refused(target, said::refused(at, self.form.name(), &why, help))
    }

    /// The files that stand for all rules, in the order of the rules.
    pub fn gather(&self, all: &[&Made]) -> Vec<(String, String)> {
        match self.form {
            Form::SavedSearches => {
                let searches: Vec<&splunk::Search> = all
                    .iter()
                    .filter_map(|made| match &made.part {
                        Part::Search(search) => Some(search),
                        Part::Nothing | Part::Detection => None,
                    })
                    .collect();
                if searches.is_empty() { Vec::new() } else { splunk::app(&searches, self) }
            }
            Form::Contentctl if all.is_empty() => Vec::new(),
            Form::Contentctl => contentctl::story(self),
            Form::Sentinel | Form::SentinelArm | Form::CustomDetection => Vec::new(),
        }
    }
}

fn refused(target: Target, reason: Diagnostic) -> Lowered {
    Lowered {
        target,
        fidelity: crate::backend::Fidelity::Refused,
        reasons: vec![reason],
        notes: Vec::new(),
        assumptions: Vec::new(),
        query: None,
        map: Default::default(),
        files: Vec::new(),
        plan: None,
    }
}

/// A rule that has a query, and what a form makes of it.
struct One<'o> {
    rule: &'o Rule,
    query: &'o str,
    lowered: &'o Lowered,
    plan: &'o crate::backend::plan::Plan,
    ground: &'o Ground<'o>,
    stem: &'o str,
    facts: Facts,
}

impl<'o> One<'o> {
    fn of(rule: &'o Rule, lowered: &'o Lowered, ground: &'o Ground<'o>, stem: &'o str) -> Option<One<'o>> {
        let (query, plan) = lowered.query.as_deref().zip(lowered.plan.as_ref())?;
        let facts = Facts::of(rule, ground.settings, ground.packs);
        Some(One { rule, query: query.trim(), lowered, plan, ground, stem, facts })
    }

    /// Why the form cannot have the rule.
    fn refused(&self, why: &str, help: &str) -> Box<Diagnostic> {
        let at = At { span: self.rule.span, target: self.lowered.target.name() };
        Box::new(said::refused(at, self.ground.form.name(), why, help))
    }

    /// Each sentence that a reader of the deployed query should know: how far it is from the rule, and why.
    fn told(&self) -> Vec<String> {
        let reason = |reason: &Diagnostic| format!("{} {}", reason.code, reason.title);
        // What the form itself has seen to.
        let is_done = |note: &&Diagnostic| matches!(note.code, Code::ListBeside | Code::DetectionWindow | Code::DetectionSchedule);
        let notes = self.lowered.notes.iter().filter(|note| !is_done(note));
        let fidelity = format!("{}, {}: {}", self.rule.name, self.lowered.target.name(), self.lowered.fidelity.name());
        std::iter::once(fidelity).chain(self.lowered.reasons.iter().chain(notes).map(reason)).collect()
    }

    /// What the rule states and the form does not.
    fn not_carried(&self) -> Vec<String> {
        let carried = self.ground.form.carries();
        let keys = self.rule.meta.entries.iter().map(|(key, _)| key.clone()).filter(|key| !carried.contains(&key.as_str()));
        keys.chain((!self.rule.tests.is_empty()).then(|| "tests".to_owned())).collect()
    }

    /// The group of its class: `endpoint`, `network`.
    fn group(&self) -> &str {
        let class =
            self.rule.pattern.branches().next().map(|branch| self.ground.packs.model.classes[usize::from(branch.class.0)].group.as_ref());
        class.unwrap_or("")
    }

    fn class(&self) -> &str {
        let class =
            self.rule.pattern.branches().next().map(|branch| self.ground.packs.model.classes[usize::from(branch.class.0)].name.as_ref());
        class.unwrap_or("")
    }
}

/// Of a rule over several events, the time that one run must see whole.
fn whole(need: Option<crate::backend::schedule::Need>) -> Option<Lasting> {
    match need? {
        crate::backend::schedule::Need::Whole(span) => Some(span),
        crate::backend::schedule::Need::Window { .. } => None,
    }
}
