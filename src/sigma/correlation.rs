//! The part `correlation` of a document.

use crate::diag::sigma as say;
use crate::schema::meant;
use crate::source::Span;
use crate::yaml::Node;

use super::read::Reader;
use super::tree::{Alias, Correlation, Head, Percentile, Word};

const KEYS: [&str; 7] = ["type", "rules", "group-by", "timespan", "condition", "aliases", "generate"];
const BOUNDS: [&str; 6] = ["gt", "gte", "lt", "lte", "eq", "neq"];

/// What a number is asked of.
#[derive(Default)]
struct Bounds {
    bounds: Vec<(Word, Word)>,
    field: Option<Word>,
    percentile: Option<Percentile>,
}

impl Reader<'_> {
    pub(super) fn correlation(&mut self, head: Head, (key, node): (&Word, &Node), at: Span) -> Option<Correlation> {
        let (mut kind, mut rules, mut group_by, mut timespan) = (None, Vec::new(), Vec::new(), None);
        let (mut asked, mut which, mut aliases, mut generate) = (Bounds::default(), None, Vec::new(), false);
        for (key, value) in self.entries(node)? {
            match key.text.as_str() {
                "type" => kind = self.text(value),
                "rules" => rules = self.texts(value).map(|(words, _)| words).unwrap_or_default(),
                "group-by" => group_by = self.texts(value).map(|(words, _)| words).unwrap_or_default(),
                "timespan" | "timeframe" => timespan = self.text(value),
                "condition" if value.text().is_some() => which = Some(self.condition(value)?),
                "condition" => asked = self.bounds(value)?,
                "aliases" => {
                    for (name, value) in self.entries(value)? {
                        let fields = self.entries(value)?.into_iter().filter_map(|(rule, field)| Some((rule, self.text(field)?))).collect();
                        aliases.push(Alias { name, fields });
                    }
                }
                "generate" => match value.text().map(str::to_ascii_lowercase).as_deref() {
                    Some("true" | "yes") => generate = true,
                    Some("false" | "no") => generate = false,
                    Some(_) | None => self.say(say::value_misfit(self.at(value.span.clone()), "generate", "`true` or `false`")),
                },
                name => match meant(name, KEYS) {
                    Some(near) => self.say(say::unknown_key(key.at, name, near)),
                    None => self.say(say::unknown_part(key.at, name, &KEYS)),
                },
            }
        }
        for (name, missing) in [("type", kind.is_none()), ("rules", rules.is_empty()), ("timespan", timespan.is_none())] {
            if missing {
                self.say(say::missing_key(key.at, name));
            }
        }
        if rules.is_empty() {
            return None;
        }
        let Bounds { bounds, field, percentile } = asked;
        Some(Correlation {
            head,
            kind: kind?,
            rules,
            group_by,
            timespan: timespan?,
            bounds,
            which,
            field,
            percentile,
            aliases,
            generate,
            at,
        })
    }

    fn bounds(&mut self, node: &Node) -> Option<Bounds> {
        let mut asked = Bounds::default();
        for (key, value) in self.entries(node)? {
            match key.text.as_str() {
                "field" => asked.field = self.text(value),
                name if BOUNDS.contains(&name) => asked.bounds.push((key, self.text(value)?)),
                "percentile" => asked.percentile = Some(Percentile { key: key.at, number: self.text(value)? }),
                name => match meant(name, BOUNDS) {
                    Some(near) => self.say(say::unknown_key(key.at, name, near)),
                    None => self.say(say::unknown_part(key.at, name, &BOUNDS)),
                },
            }
        }
        Some(asked)
    }
}
