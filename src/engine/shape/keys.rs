//! What the keys of flat records mean.
//!
//! In: the keys of one record after the other. Out: for each its number, what it says of a record's head, and which columns it holds. Law: a
//! key means the same in every line; what it means is looked up once for a name, and where keys come in the order in which they came before,
//! not even the name is.

use std::collections::HashMap;

use crate::engine::index::Fast;

use super::log::{CHANNEL, COMPUTER, EVENT_ID, LEVEL, PROVIDER, TIME};
use super::plan::{Form, SchemaPlan};
use super::rows;

/// Every key that was met, by its number.
#[derive(Debug, Default)]
pub struct Keys {
    ids: HashMap<Box<str>, u32, Fast>,
    keys: Vec<Key>,
    /// The one that was met last.
    last: u32,
    /// By schema, the one of any record last, and by column: the keys that hold it.
    of: Vec<Vec<Vec<u32>>>,
}

#[derive(Clone, Debug)]
pub struct Key {
    name: Box<str>,
    /// The one that stood behind it last.
    next: u32,
    /// The line in which it was seen last, and its place there.
    pub seen: (u32, u32),
    /// It might make the reader of trees think of anything but a flat record.
    pub is_of_other_forms: bool,
    /// Which head of a record it names, and how early it is asked.
    pub head: Option<(usize, usize)>,
}

/// Names of what stands in the head of a record, in the order in which they are asked.
pub const HEADS: [&[&str]; 7] = [EVENT_ID, CHANNEL, PROVIDER, COMPUTER, LEVEL, TIME, &["source"]];
pub const AT_EVENT_ID: usize = 0;
pub const AT_CHANNEL: usize = 1;
pub const AT_PROVIDER: usize = 2;
pub const AT_COMPUTER: usize = 3;
pub const AT_LEVEL: usize = 4;
pub const AT_TIME: usize = 5;
pub const AT_SOURCE: usize = 6;
/// Keys under which other forms of a record, or what stands around one, keep what they have.
const OF_OTHERS: [&str; 14] = [
    "Event",
    "System",
    "winlog",
    "EventData",
    "UserData",
    "event_data",
    "user_data",
    "Data",
    "properties",
    "_index",
    "_source",
    "fields",
    "_datamodel",
    "datamodel",
];

impl Keys {
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    pub fn get(&self, id: u32) -> &Key {
        &self.keys[id as usize]
    }

    pub fn named(&self, name: &str) -> Option<&Key> {
        self.ids.get(name).map(|id| self.get(*id))
    }

    pub fn saw(&mut self, id: u32, line: u32, place: u32) {
        self.keys[id as usize].seen = (line, place);
    }

    /// Those that hold a column of a schema, by its place.
    pub fn of(&self, plan: usize, column: usize) -> impl Iterator<Item = &Key> {
        let ids = self.of.get(plan).and_then(|columns| columns.get(column)).map_or(&[][..], Vec::as_slice);
        ids.iter().map(|id| self.get(*id))
    }

    /// A log writes its keys in one order, so most often the one that came behind the last comes again.
    pub fn id(&mut self, name: &str, plans: &[SchemaPlan<'_>], any: Option<&SchemaPlan<'_>>) -> u32 {
        let last = self.last as usize;
        let guess = self.keys.get(last).map_or(0, |last| last.next);
        let key = if self.keys.get(guess as usize).is_some_and(|key| *key.name == *name) {
            guess
        } else {
            match self.ids.get(name) {
                Some(key) => *key,
                None => self.learn(name, plans, any),
            }
        };
        if key != guess
            && let Some(last) = self.keys.get_mut(last)
        {
            last.next = key;
        }
        self.last = key;
        key
    }

    fn learn(&mut self, name: &str, plans: &[SchemaPlan<'_>], any: Option<&SchemaPlan<'_>>) -> u32 {
        let id = self.keys.len() as u32;
        let rank = |head: usize| HEADS[head].iter().position(|known| *known == name).map(|rank| (head, rank));
        let head = (0..HEADS.len()).find_map(rank);
        self.keys.push(Key { name: name.into(), next: 0, seen: (0, 0), is_of_other_forms: is_of_other_forms(name, plans), head });
        self.ids.insert(name.into(), id);
        let columns = plans.iter().map(|plan| if plan.form == Form::Log { plan.column_of(name) } else { None });
        let columns = columns.chain([any.and_then(|any| any.caseless(name))]);
        self.of.resize_with(plans.len() + 1, Vec::new);
        for (of_plan, column) in self.of.iter_mut().zip(columns) {
            let Some(column) = column else { continue };
            if of_plan.len() <= column {
                of_plan.resize_with(column + 1, Vec::new);
            }
            of_plan[column].push(id);
        }
        id
    }
}

/// Whether the key alone might make the reader of trees think of anything but a flat record.
fn is_of_other_forms(name: &str, plans: &[SchemaPlan<'_>]) -> bool {
    OF_OTHERS.contains(&name) || rows::TABLE.contains(&name) || is_of_plans(name, plans)
}

/// Whether the key says something to a schema that is none of logs.
pub fn is_of_plans(name: &str, plans: &[SchemaPlan<'_>]) -> bool {
    let of_form = |plan: &SchemaPlan<'_>| match plan.form {
        Form::Log => false,
        Form::Table => rows::decides(plan, name),
        Form::Dataset => rows::decides_dataset(name),
        Form::Document => plan.schema.kind.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')),
    };
    plans.iter().any(of_form)
}
