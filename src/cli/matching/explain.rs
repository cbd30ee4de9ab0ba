//! `spoor match --explain RULE`: why an event matches, or what it lacks.
//!
//! In: one rule, each event. Out: for each event that matches, or that was named, the condition as a tree with the values of the event; where none matches, that of the events
//! that lack the fewest tests.

use super::found::{Origin, cell};
use super::show::{About, Format, origin as place};
use crate::backend::describe::describe_neutral;
use crate::cli::out::Out;
use crate::engine::shape::time;
use crate::engine::why::{Asker, OfBranch, Part, What};
use crate::engine::{Cell, Event, Value};
use crate::hir::{Pattern, Pred, Rule, Test};
use crate::schema::{Class, Packs, Platform};
use serde_json::{Value as Json, json};

/// So many events that nearly match are shown.
const NEAREST: usize = 3;
/// So many operands of a test are shown.
const OPERANDS: usize = 4;
/// So many letters of a value.
const LONGEST: usize = 160;

pub struct Explainer<'e> {
    rule: &'e Rule,
    packs: &'e Packs,
    /// The number of the event that is asked about; None: all.
    number: Option<u64>,
    asker: Asker,
    matched: usize,
    asked: usize,
    /// The event of the number was read, whatever it is.
    is_read: bool,
    /// Of a rule over several events: how many matches its hits make, and how many of them have no time.
    made: usize,
    timeless: usize,
    /// How many stand in logs of systems that the rule is not about.
    elsewhere: usize,
    /// Those that lack the least, with how much; the earliest first.
    near: Vec<(usize, String)>,
    format: Format,
    about: About<'e>,
    /// Whether an event is shown with all of its fields.
    whole: bool,
}

impl<'e> Explainer<'e> {
    pub fn new(rule: &'e Rule, packs: &'e Packs, number: Option<u64>, about: About<'e>, format: Format) -> Explainer<'e> {
        Explainer {
            rule,
            packs,
            number,
            asker: Asker::telling_operands(),
            matched: 0,
            asked: 0,
            is_read: false,
            made: 0,
            timeless: 0,
            elsewhere: 0,
            near: Vec::new(),
            format,
            about,
            whole: false,
        }
    }

    /// Shows each event with all of its fields.
    pub fn with_events(self) -> Explainer<'e> {
        Explainer { whole: true, ..self }
    }

    /// An event of this number was read, of a class or of none.
    pub fn read(&mut self, number: u64) {
        self.is_read |= self.number == Some(number);
    }

    /// There is no event of the number that was asked for.
    pub fn is_missing(&self) -> bool {
        self.number.is_some() && !self.is_read
    }

    /// So many matches the hits make of a rule over several events.
    pub fn made(&mut self, matches: usize) {
        self.made += matches;
    }

    pub fn event(&mut self, event: &Event, origin: Origin, out: &mut Out) {
        if let Some(told) = self.told(event, origin) {
            out.print(&told);
        }
    }

    /// What is to be said of an event at once; what is said of it if none matches is kept.
    pub fn told(&mut self, event: &Event, origin: Origin) -> Option<String> {
        if self.number.is_some_and(|number| number != origin.number) {
            return None;
        }
        let rule = self.rule;
        let packs = self.packs;
        // Of several kinds that it may be, the one that lacks the least.
        let hir = event.to_hir();
        let asked =
            hir.iter().flat_map(|event| rule.pattern.branches().map(|branch| self.asker.branch(branch, event, packs)).collect::<Vec<_>>());
        let lacks = |of: &OfBranch<'_>| of.condition.as_ref().map_or(usize::MAX, Part::lacks);
        let asked: Vec<OfBranch<'_>> = asked.filter(|of| of.condition.is_some()).collect();
        let least = asked.iter().map(lacks).min()?;
        let is_elsewhere = !rule.meta.is_about(event.platform);
        self.elsewhere += usize::from(is_elsewhere);
        if is_elsewhere && self.number.is_none() {
            return None;
        }
        self.asked += 1;
        let holds = least == 0 && !is_elsewhere;
        let is_near = self.near.len() < NEAREST || self.near.iter().any(|(known, _)| least < *known);
        if !holds && self.number.is_none() && (self.matched > 0 || !is_near) {
            return None;
        }
        let asked: Vec<&OfBranch<'_>> = asked.iter().filter(|of| of.holds || least > 0 && lacks(of) == least).collect();
        let class = packs.class(event.class);
        let told = match self.format {
            Format::Json => self.json(event, &origin, holds, &asked, class),
            _ => self.text(event, &origin, holds, &asked, class),
        };
        self.timeless += usize::from(holds && event.time.is_none());
        if holds || self.number.is_some() {
            self.matched += usize::from(holds);
            return Some(told);
        }
        self.near.push((least, told));
        self.near.sort_by_key(|(lacks, _)| *lacks);
        self.near.truncate(NEAREST);
        None
    }

    /// Those that lack the least, where none matches.
    pub fn nearest(&mut self) -> Vec<String> {
        if self.matched > 0 || self.number.is_some() {
            return Vec::new();
        }
        std::mem::take(&mut self.near).into_iter().map(|(_, told)| told).collect()
    }

    pub fn end(&mut self, out: &mut Out) {
        self.nearest().iter().for_each(|told| out.print(told));
        if self.is_missing() {
            out.error(&self.summary());
        } else {
            out.status(&self.summary());
        }
    }

    /// How many events it was asked about, and how many match.
    pub fn summary(&self) -> String {
        let name = &self.rule.name;
        if let Some(number) = self.number.filter(|_| !self.is_read && self.asked == 0) {
            return format!("no line, record or item {number} is an event");
        }
        match (self.asked, self.matched) {
            (asked, hits @ 1..) if self.is_of_several() && self.number.is_none() => self.combined(asked, hits),
            (0, _) if self.elsewhere > 0 => {
                let events = if self.elsewhere == 1 { "the one event of its classes stands" } else { "all events of its classes stand" };
                format!("{events} in logs of systems that `{name}` is not about: see `platforms`")
            }
            (0, _) => format!("no event is of a class and an action that `{name}` asks for"),
            (asked, 0) => format!("none of {asked} events satisfies `{name}`; those that lack the least are shown"),
            (asked, matched) => format!("{matched} of {asked} events of its classes satisfy `{name}`"),
        }
    }

    fn is_of_several(&self) -> bool {
        self.rule.group.is_some() || matches!(self.rule.pattern, Pattern::Linked(_))
    }

    /// Hits are no match yet.
    fn combined(&self, asked: usize, hits: usize) -> String {
        let name = &self.rule.name;
        let are = if hits == 1 { "is a hit" } else { "are hits" };
        let hits = format!("{hits} of {asked} events of its classes {are} of `{name}`");
        let timeless = match (&self.rule.pattern, &self.rule.group) {
            (_, Some(group)) if group.per.is_none() => 0,
            _ => self.timeless,
        };
        let without = if timeless > 0 {
            format!("; {timeless} of them without a time that can be read, so in no window and no chain")
        } else {
            String::new()
        };
        let made = match (self.made, &self.rule.pattern) {
            (1, _) => "they make 1 match".to_owned(),
            (made @ 2.., _) => format!("they make {made} matches"),
            (0, Pattern::Linked(_)) => {
                "they make no match: none of them are linked as the rule asks, by keys, order and duration".to_owned()
            }
            (0, Pattern::Union(_)) => "they make no match: `having` holds in none of their groups, by keys and window".to_owned(),
        };
        format!("{hits}; {made}{without}")
    }

    fn text(&self, event: &Event, origin: &Origin, holds: bool, asked: &[&OfBranch<'_>], class: &Class) -> String {
        let paint = self.about.paint;
        let verdict = match event.platform.filter(|_| !self.rule.meta.is_about(event.platform)) {
            Some(platform) => paint.red(&format!("not asked: a log of {}", platform.name())),
            None if holds => paint.green("matches"),
            None => paint.red("no match"),
        };
        let when = event.time.map(time::short).unwrap_or_else(|| "-".to_owned());
        let mut text = format!("{} {when} {}: {verdict}\n", paint.bold(&origin.to_string()), class.name);
        if self.whole {
            text.push_str(&format!("  {}\n", paint.dim(&fields(event, class))));
        }
        for of in asked {
            if let Some(label) = &of.branch.label {
                text.push_str(&format!("  {label}:\n"));
            }
            if let Some(condition) = &of.condition {
                self.part(condition, class, 1, &mut text);
            }
        }
        text
    }

    fn part(&self, part: &Part<'_>, class: &Class, depth: usize, text: &mut String) {
        let paint = self.about.paint;
        let sign = if part.holds { paint.green("+") } else { paint.red("-") };
        let mut line = |words: &str| text.push_str(&format!("{:width$}{sign} {words}\n", "", width = depth * 2));
        match &part.what {
            What::All(parts) if parts.is_empty() => line("every event"),
            What::All(parts) => {
                line("all of");
                parts.iter().for_each(|part| self.part(part, class, depth + 1, text));
            }
            What::Any(parts) => {
                line("any of");
                parts.iter().for_each(|part| self.part(part, class, depth + 1, text));
            }
            What::Not(inner) => {
                line("not");
                self.part(inner, class, depth + 1, text);
            }
            What::Test { test, values, passed } => {
                let asked = described(passed.as_ref().unwrap_or(test), class);
                let values: Vec<String> = values.iter().map(|value| shortened(&cell(&Cell::Value(value.clone())))).collect();
                let values = if values.is_empty() { "no value".to_owned() } else { values.join(", ") };
                line(&format!("{asked}  {}", paint.dim(&format!("<- {values}"))));
            }
        }
    }

    fn json(&self, event: &Event, origin: &Origin, holds: bool, asked: &[&OfBranch<'_>], class: &Class) -> String {
        let of = |of: &&OfBranch<'_>| json!({"label": of.branch.label, "condition": of.condition.as_ref().map(|part| tree(part, class))});
        let line = json!({
            "rule": self.rule.name, "event": place(origin), "time": event.time.map(time::short), "class": class.name,
            "platform": event.platform.map(Platform::name), "match": holds,
            "why": asked.iter().map(of).collect::<Vec<_>>(),
        });
        format!("{line}\n")
    }
}

/// `name: cmd.exe, parent.name: winword.exe`
fn fields(event: &Event, class: &Class) -> String {
    let field = |(id, values): (_, Vec<String>)| format!("{}: {}", class.get(id).name, values.join(" | "));
    // The whole record as text says all of it once more.
    let fields = event
        .fields()
        .filter(|(id, _)| !class.get(*id).computed)
        .map(|(id, values)| (id, values.map(|value| shortened(&value.to_string())).collect()));
    let actions = if event.actions == crate::schema::Actions::ALL { Vec::new() } else { event.actions.iter().collect() };
    let actions = actions.into_iter().map(|action| format!("action: {}", class.actions[action]));
    actions.chain(fields.map(field)).collect::<Vec<_>>().join(", ")
}

fn described(test: &Test, class: &Class) -> String {
    describe_neutral(&Pred::Test(test.clone()), class, OPERANDS)
}

pub fn shortened(text: &str) -> String {
    let plain = crate::diag::render::plain(text).replace('\n', "␊");
    match plain.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &plain[..at]),
        None => plain,
    }
}

fn tree(part: &Part<'_>, class: &Class) -> Json {
    let each = |parts: &[Part<'_>]| parts.iter().map(|part| tree(part, class)).collect::<Vec<_>>();
    match &part.what {
        What::All(parts) => json!({"holds": part.holds, "all": each(parts)}),
        What::Any(parts) => json!({"holds": part.holds, "any": each(parts)}),
        What::Not(inner) => json!({"holds": part.holds, "not": tree(inner, class)}),
        What::Test { test, values, passed } => json!({
            "holds": part.holds, "test": described(passed.as_ref().unwrap_or(test), class), "field": class.get(test.field).name,
            "values": values.iter().map(|value| Value::from(value).to_string()).collect::<Vec<_>>(),
        }),
    }
}
