//! Records of event logs that are one flat object, or nested as their XML is, read without a tree: most of what a collector of Windows' logs writes,
//! and what event logs themselves are read as.
//!
//! In: a line that a [`scan`] cuts. Out: the events of the record, whose fields are read from the line when somebody asks. Law: what is
//! read here is what the reader of trees would read ([`super::Reader::row`]); where anything in the object might make that reader think
//! of another form (a key that only other forms have, a key twice, another object inside), nothing is read here. A test beside the reader
//! holds both to each other.
//!
//! What a key means to each schema is looked up once for a key, and what a log's number, channel and provider mean once for each of them.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use crate::engine::Fields;
use crate::engine::index::Fast;
use crate::schema::{Platform, Table};

use super::heads::{numbered, platform};
use super::json::Json;
use super::keys::{AT_CHANNEL, AT_COMPUTER, AT_EVENT_ID, AT_LEVEL, AT_PROVIDER, AT_SOURCE, AT_TIME, Key, Keys, is_of_plans};
use super::log::{self, TIME};
use super::marks::unescape;
use super::plan::{self, Form, SchemaPlan};
use super::scan::{Kind, Part, Span, Spelling, nested, scan};
use super::value::{Columns, Written};
use super::{Row, time};

/// What is kept between lines.
#[derive(Debug)]
pub struct Flat<'p> {
    /// Other forms are not asked for by name.
    is_on: bool,
    /// Nor by what stands around a nested record.
    takes_nested: bool,
    keys: Keys,
    /// By number.
    known: HashMap<i64, Vec<Meaning<'p>>, Fast>,
    /// How many they are.
    logs: usize,
    tokens: Vec<Token>,
    line: u32,
    is_nested: bool,
    /// Whether its text spells a letter by its number, or holds one that folds to one of ASCII.
    is_spelled: bool,
    heads: [[Option<u32>; 7]; 7],
    scratch: RefCell<String>,
    /// Of the line, once somebody asked.
    time: Cell<Option<Option<i64>>>,
    /// The columns of its head that the schema of any record has.
    any_heads: [Option<usize>; 5],
}

/// Channel, provider, and what they mean.
type Meaning<'p> = (Box<str>, Box<str>, Known<'p>);

#[derive(Clone, Copy, Debug)]
struct Token {
    kind: Kind,
    value: Span,
}

/// What the head of a record says.
#[derive(Clone, Copy, Debug)]
enum Known<'p> {
    /// The schema, by its place, the table, and the system that writes the log.
    Table(usize, &'p Table, Option<Platform>),
    OfNoClass,
    /// For the reader of trees to say.
    Unclear,
}

/// How a nested record begins, and what of its head says what the record is.
const NESTED: &str = "{\"Event\":{";
const ELEMENTS: [&str; 6] = ["EventID", "Channel", "Provider", "Computer", "Level", "TimeCreated"];
/// Those that say it in an attribute, and which head that is.
const ATTRIBUTES: [(&str, &str, usize); 2] = [("Provider", "Name", AT_PROVIDER), ("TimeCreated", "SystemTime", AT_TIME)];
/// Nobody writes more different keys, or logs; who does loses speed alone.
const MOST: usize = 10_000;

impl<'p> Flat<'p> {
    pub fn new(plans: &[SchemaPlan<'p>], any: Option<&SchemaPlan<'p>>, given: bool) -> Flat<'p> {
        let is_log = |plan: &SchemaPlan<'_>| plan.form == Form::Log;
        Flat {
            is_on: plans.iter().any(is_log) && (!given || plans.iter().all(is_log)),
            takes_nested: !is_of_plans("Event", plans),
            keys: Keys::default(),
            known: HashMap::default(),
            logs: 0,
            tokens: Vec::new(),
            line: 0,
            is_nested: false,
            is_spelled: false,
            heads: [[None; 7]; 7],
            scratch: RefCell::default(),
            time: Cell::new(None),
            any_heads: any
                .map_or([None; 5], |any| [&*any.schema.tell, &*any.schema.host, "Channel", "Provider", "Level"].map(|name| any.own(name))),
        }
    }

    /// None: it is for the reader of trees.
    pub fn read(
        &mut self,
        line: &str,
        plans: &[SchemaPlan<'p>],
        any: Option<&SchemaPlan<'p>>,
        given: bool,
        sink: &mut dyn FnMut(&dyn Fields),
    ) -> Option<Row> {
        if !self.is_on || !self.cut(line, plans, any) {
            return None;
        }
        let event_id = self.event_id(line)?;
        let channel = match self.text(line, AT_CHANNEL)? {
            "" => log::splunk_channel(self.text(line, AT_SOURCE)?).unwrap_or_default(),
            channel => channel,
        };
        let provider = self.text(line, AT_PROVIDER)?;
        let told = given || !channel.is_empty() || !provider.is_empty();
        let events = match self.table(plans, event_id, channel, provider, given, told) {
            Known::Unclear => return None,
            Known::OfNoClass => 0,
            Known::Table(at, table, platform) => {
                let plan = &plans[at];
                let computer = self.head(AT_COMPUTER).and_then(|token| Some((plan.column_of(&plan.schema.host)?, Head::Token(token))));
                let tell = self.head(AT_EVENT_ID).and_then(|token| Some((plan.column_of(&plan.schema.tell)?, Head::Token(token))));
                let record = Record { flat: self, line, plan: at, heads: [tell, computer, None, None, None] };
                plan.decode(&[table], platform, &record, sink)
            }
        };
        let of_any = match any.filter(|_| told).and_then(|any| Some((any, any.schema.table(plan::ANY)?))) {
            None => 0,
            Some((any, table)) => {
                let token = |at| self.head(at).map_or(Head::Nothing, Head::Token);
                let of_any = [token(AT_EVENT_ID), token(AT_COMPUTER), Head::of(channel), Head::of(provider), token(AT_LEVEL)];
                let mut heads = [None; 5];
                for (head, known) in heads.iter_mut().zip(self.any_heads.iter().zip(of_any)) {
                    *head = known.0.map(|column| (column, known.1));
                }
                any.decode(&[table], None, &Record { flat: self, line, plan: plans.len(), heads }, sink)
            }
        };
        Some(if events + of_any > 0 { Row::Events(events + of_any) } else { Row::OfNoClass })
    }

    /// The entries of the line; false: something is not as it is in a flat record.
    fn cut(&mut self, line: &str, plans: &[SchemaPlan<'p>], any: Option<&SchemaPlan<'p>>) -> bool {
        if self.keys.len() > MOST || self.line == u32::MAX {
            (self.line, self.keys) = (0, Keys::default());
        }
        self.line += 1;
        self.tokens.clear();
        self.heads = [[None; 7]; 7];
        self.time.set(None);
        self.is_nested = self.takes_nested && line.starts_with(NESTED);
        let cut = if self.is_nested {
            nested(line, |part, name, kind, value| self.nested_entry((plans, any), part, name, Token { kind, value }))
        } else {
            scan(line, |name, kind, value| {
                let key = self.keys.id(name, plans, any);
                let Key { is_of_other_forms, head, .. } = *self.keys.get(key);
                let is_new = self.put_head(head);
                self.put(key, Token { kind, value });
                is_new && !is_of_other_forms
            })
        };
        self.is_spelled = cut != Some(Spelling::Plain) || plan::folds(line);
        cut.is_some()
    }

    /// An entry of a nested record; false: something is not as it is in the plain ones of them.
    fn nested_entry(&mut self, packs: (&[SchemaPlan<'p>], Option<&SchemaPlan<'p>>), part: Part<'_>, name: &str, token: Token) -> bool {
        let (plans, any) = packs;
        match part {
            Part::System => {
                let key = self.keys.id(name, plans, any);
                let head = self.keys.get(key).head;
                let is_plain = head.is_none() || ELEMENTS.contains(&name);
                let is_new = self.put_head(head);
                self.tokens.push(token);
                is_plain && is_new
            }
            Part::Attribute(element) => {
                let head = ATTRIBUTES.iter().find(|known| (known.0, known.1) == (element, name)).map(|known| (known.2, 0));
                let is_plain =
                    !name.starts_with('@') && (!ELEMENTS.contains(&element) || ATTRIBUTES.iter().any(|known| known.0 == element));
                let is_new = self.put_head(head);
                self.tokens.push(token);
                is_plain && is_new
            }
            Part::Data => {
                let key = self.keys.id(name, plans, any);
                let head = self.keys.get(key).head.filter(|_| name == log::UTC_TIME);
                let is_new = self.put_head(head);
                self.put(key, token);
                // The values of the classic logs, by their place.
                is_new && name != "Data"
            }
            Part::Other => {
                self.tokens.push(token);
                true
            }
        }
    }

    /// The next token is this head, if it is one; false: the second of its kind.
    fn put_head(&mut self, head: Option<(usize, usize)>) -> bool {
        let token = self.tokens.len() as u32;
        head.is_none_or(|(head, rank)| self.heads[head][rank].replace(token).is_none())
    }

    fn put(&mut self, key: u32, token: Token) {
        self.keys.saw(key, self.line, self.tokens.len() as u32);
        self.tokens.push(token);
    }

    /// The first that is there and is not null.
    fn head(&self, at: usize) -> Option<u32> {
        self.heads[at].iter().flatten().copied().find(|token| self.tokens[*token as usize].kind != Kind::Null)
    }

    /// A head that is text; empty where it is none. None: for the reader of trees to say, as no channel and no provider has escapes.
    fn text<'l>(&self, line: &'l str, at: usize) -> Option<&'l str> {
        let Some(token) = self.head(at) else { return Some("") };
        let token = self.tokens[token as usize];
        match token.kind {
            Kind::Text => Some(token.value.of(line)),
            // A number of more digits than 64 bits have is a text.
            Kind::Other if value_is_long(token.value.of(line)) => None,
            Kind::Escaped => None,
            Kind::Other | Kind::Null => Some(""),
        }
    }

    fn event_id(&self, line: &str) -> Option<i64> {
        let token = self.tokens[self.head(AT_EVENT_ID)? as usize];
        match token.kind {
            Kind::Text | Kind::Other => token.value.of(line).parse().ok(),
            Kind::Escaped | Kind::Null => None,
        }
    }

    /// What the tree's reader makes of such a record.
    fn table(&mut self, plans: &[SchemaPlan<'p>], event_id: i64, channel: &str, provider: &str, given: bool, told: bool) -> Known<'p> {
        let of_number = self.known.get(&event_id).into_iter().flatten();
        if let Some((.., known)) = of_number.into_iter().find(|(one, other, _)| **one == *channel && **other == *provider) {
            return *known;
        }
        let named = [channel, provider].map(|text| Some(text).filter(|text| !text.is_empty()));
        let tables = |plan: &SchemaPlan<'p>| -> Vec<&'p Table> { numbered(plan, event_id, named[0], named[1], given).collect() };
        let of_logs = plans.iter().enumerate().filter(|(_, plan)| plan.form == Form::Log);
        let found: Vec<(usize, &'p Table)> =
            of_logs.flat_map(|(at, plan)| tables(plan).into_iter().map(move |table| (at, table))).collect();
        let known = match found.as_slice() {
            [] if told => Known::OfNoClass,
            [(at, table)] => Known::Table(*at, table, platform(table, named[0], named[1])),
            _ => Known::Unclear,
        };
        if self.logs > MOST {
            self.logs = 0;
            self.known.clear();
        }
        self.logs += 1;
        self.known.entry(event_id).or_default().push((channel.into(), provider.into(), known));
        known
    }
}

fn value_is_long(value: &str) -> bool {
    value.len() > 18
}

/// What stands in the head is not what the data has under the name.
#[derive(Clone, Copy)]
enum Head<'l> {
    Token(u32),
    Text(&'l str),
    Nothing,
}

impl Head<'_> {
    fn of(text: &str) -> Head<'_> {
        if text.is_empty() { Head::Nothing } else { Head::Text(text) }
    }
}

/// The record of the line that was cut last, as one schema has it.
struct Record<'f, 'p, 'l> {
    flat: &'f Flat<'p>,
    line: &'l str,
    plan: usize,
    heads: [Option<(usize, Head<'l>)>; 5],
}

impl Record<'_, '_, '_> {
    fn token(&self, token: u32, then: &mut dyn FnMut(&Json<'_>)) {
        let Token { kind, value, .. } = self.flat.tokens[token as usize];
        let text = value.of(self.line);
        match kind {
            Kind::Text => then(&Json::Text(Cow::Borrowed(text))),
            Kind::Escaped => {
                let mut buffer = self.flat.scratch.take();
                buffer.clear();
                unescape(text, &mut buffer);
                then(&Json::Text(Cow::Borrowed(&buffer)));
                self.flat.scratch.replace(buffer);
            }
            Kind::Other => Json::parse(text).iter().for_each(then),
            Kind::Null => then(&Json::Null),
        }
    }

    /// Where the cell of a column stands; the head before the data.
    fn stands(&self, column: usize) -> Head<'_> {
        if let Some((_, head)) = self.heads.iter().flatten().find(|(known, _)| *known == column) {
            return *head;
        }
        let seen = self.flat.keys.of(self.plan, column).map(|key| key.seen).filter(|(line, _)| *line == self.flat.line);
        seen.map(|(_, token)| token).max().map_or(Head::Nothing, Head::Token)
    }

    fn read_time(&self) -> Option<i64> {
        let times = &self.flat.heads[AT_TIME];
        let first =
            |times: &[Option<u32>]| times.iter().flatten().copied().find(|token| self.flat.tokens[*token as usize].kind != Kind::Null);
        let own = TIME.iter().position(|name| *name == log::UTC_TIME).and_then(|rank| times[rank]);
        let read = [first(&times[..3]), own, first(&times[..log::LOCAL])].into_iter().flatten().find_map(|token| self.time_of(token));
        read.or_else(|| {
            let mut found = None;
            self.token(times[log::LOCAL]?, &mut |value| found = time::parse_zoned(value));
            found
        })
    }

    fn time_of(&self, token: u32) -> Option<i64> {
        let mut found = None;
        self.token(token, &mut |value| found = time::parse(value));
        found
    }
}

impl Columns for Record<'_, '_, '_> {
    fn cell(&self, column: usize, then: &mut dyn FnMut(&Json<'_>)) {
        match self.stands(column) {
            Head::Token(token) => self.token(token, then),
            Head::Text(text) => then(&Json::Text(Cow::Borrowed(text))),
            Head::Nothing => {}
        }
    }

    fn written(&self, column: usize) -> Written<'_> {
        match self.stands(column) {
            Head::Token(token) => match self.flat.tokens[token as usize] {
                Token { kind: Kind::Null, .. } => Written::Nothing,
                Token { kind, value } => Written::Text(kind as u8, value.of(self.line)),
            },
            Head::Text(text) => Written::Text(Kind::Text as u8, text),
            Head::Nothing => Written::Nothing,
        }
    }

    fn time(&self) -> Option<i64> {
        if let Some(known) = self.flat.time.get() {
            return known;
        }
        let time = self.read_time();
        self.flat.time.set(Some(time));
        time
    }

    fn raw(&self, then: &mut dyn FnMut(&str)) {
        let as_it_came = self.flat.keys.named("_raw").filter(|_| !self.flat.is_nested).map(|key| key.seen);
        let as_it_came = as_it_came.filter(|(line, _)| *line == self.flat.line);
        let mut is_text = false;
        if let Some((_, token)) = as_it_came {
            self.token(token, &mut |value| {
                is_text = value.text().is_some();
                value.text().into_iter().for_each(&mut *then);
            });
        }
        if is_text {
            return;
        }
        let mut raw = String::new();
        (0..self.flat.tokens.len() as u32).for_each(|token| self.token(token, &mut |value| plan::collect(value, &mut raw)));
        then(raw.trim_end());
    }

    fn line(&self) -> Option<&str> {
        if self.flat.is_spelled { None } else { Some(self.line) }
    }
}
