//! A native row for an event: the binding, read backwards.
//!
//! In: an event, a schema. Out: a row of one of its tables, with the native value of the action, every transform undone, numbers as
//! the columns keep them. Law: the row, read again, gives every field of the event as it was, and an action that it may have been;
//! where a product's column says more (`Image` is name and path), [`NativeRow::event`] has that too. What cannot be said is refused,
//! with the reason. It is not how the queries are proved alone: rows written by hand, of real events, stand beside these.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use crate::engine::Event as Decoded;
use crate::engine::reference::spelled;
use crate::engine::shape::{Reader, Row, time, value};
use crate::hir::{Event, Scalar, registry};
use crate::schema::{
    Alternative, Column, Container, Cut, Expr, FieldBinding, FieldId, HashKind, List, NativeType, Packs, Schema, Str, Table, Transform,
    XML_REFERENCES,
};

/// A row, and what it says.
#[derive(Clone, Debug)]
pub struct NativeRow {
    /// `Endpoint.Processes`, `DeviceProcessEvents`, `1`, `Security:4688`
    pub table: String,
    /// Columns without the dataset before them; the time among them.
    pub columns: Map<String, Json>,
    /// The event that the row is: the one asked for, and what else its columns say.
    pub event: Decoded,
    /// The row as a line of JSON from which its shape can be told.
    pub line: String,
}

/// Why a schema cannot hold an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unholdable {
    /// The schema has no events of the class.
    Class,
    /// It has no value for the action.
    Action,
    /// It has no column for the field.
    Unbound(String),
    /// The column takes one value only.
    Several(String),
    /// No row gives this field, read again, the value it has.
    Value(String),
}

/// The `nth` of the rows that hold the event: containers, ways to say the action, and spellings take turns.
pub fn rows(packs: &Packs, schema: &str, event: &Event, nth: usize) -> Result<NativeRow, Unholdable> {
    let Some(schema) = packs.schema(schema) else { return Err(Unholdable::Class) };
    let binding = packs.binding(&schema.name, event.class).ok_or(Unholdable::Class)?;
    let asked = |alternative: &Alternative| event.action.is_none_or(|action| alternative.actions.contains(action));
    let mut ways = Vec::new();
    for container in binding.containers.iter() {
        let alternatives = container.alternatives.iter().filter(|alternative| asked(alternative));
        ways.extend(alternatives.flat_map(|alternative| alternative.when.iter().map(move |when| (container, when))));
    }
    let mut reason = Unholdable::Action;
    for turn in 0..ways.len() {
        let (container, when) = ways[(nth + turn) % ways.len()];
        let Some(table) = schema.table(&container.table) else { continue };
        let mut row = Drawing { packs, schema, table, nth, columns: Map::new(), parts: Vec::new(), inside: BTreeMap::new() };
        row.tell(when);
        match row.draw(event, container).and_then(|()| row.still_told(when)).and_then(|()| row.proved(event)) {
            Ok(row) => return Ok(row),
            Err(why) => reason = why,
        }
    }
    Err(reason)
}

/// A row in the making.
struct Drawing<'p> {
    packs: &'p Packs,
    schema: &'p Schema,
    table: &'p Table,
    nth: usize,
    columns: Map<String, Json>,
    /// Parts of a column's text, from several fields.
    parts: Vec<(&'p str, Part)>,
    /// By column: the JSON that it holds.
    inside: BTreeMap<String, Json>,
}

enum Part {
    Cut(Cut, String),
    Basename(String),
    UserName(String),
    UserDomain(String),
    Hash(HashKind, String),
}

impl<'p> Drawing<'p> {
    /// What every row of the table has, and what happened.
    fn tell(&mut self, when: &[crate::schema::NativeTest]) {
        if let (Some(channel), Some(event_id)) = (self.table.channels.first(), self.table.event_id) {
            self.columns.insert("Channel".to_owned(), Json::from(channel.name.as_ref()));
            self.columns.insert(self.schema.tell.to_string(), Json::from(event_id));
        }
        for test in when.iter().filter(|test| !test.negated) {
            if let Some(value) = test.values.get(self.nth % test.values.len().max(1)) {
                let is_part = value.starts_with('*') && value.ends_with('*');
                let value = self.native(&test.column, value.replace('*', ""));
                match (self.columns.get_mut(test.column.as_ref()), value) {
                    // Two parts of one text, both of which say what happened.
                    (Some(Json::String(told)), Json::String(value)) if is_part => told.push_str(&value),
                    (Some(_), _) => {}
                    (None, value) => {
                        self.columns.insert(test.column.to_string(), value);
                    }
                }
            }
        }
        // What the product computes where the source has no value.
        for column in self.table.columns.iter().filter(|column| column.default.as_deref() == Some("unknown")) {
            self.columns.entry(column.name.to_string()).or_insert(Json::from("unknown"));
        }
    }

    fn draw(&mut self, event: &Event, container: &'p Container) -> Result<(), Unholdable> {
        let class = self.packs.class(event.class);
        for (field, values) in &event.fields {
            let neutral = class.get(*field);
            let values: Vec<&Scalar> = values.iter().filter(|value| !matches!(value, Scalar::Text(text) if text.is_empty())).collect();
            if neutral.computed || values.is_empty() {
                continue;
            }
            let bound = container.field(*field).ok_or_else(|| Unholdable::Unbound(neutral.name.to_string()))?;
            self.field(bound, &values).ok_or_else(|| match values.len() {
                1 => Unholdable::Value(neutral.name.to_string()),
                _ => Unholdable::Several(neutral.name.to_string()),
            })?;
        }
        self.join_parts();
        self.join_inside();
        if let Some(micros) = event.time {
            self.columns.insert(self.schema.time_of(self.table).to_string(), self.time(micros));
        }
        // A record has a number and a channel, also where the table is that of all of them.
        let of_logs = self.schema.tables.iter().any(|table| table.event_id.is_some());
        if of_logs && self.table.event_id.is_none() {
            self.columns.entry(self.schema.tell.to_string()).or_insert(Json::from(1));
            self.columns.entry("Channel").or_insert(Json::from("Application"));
        }
        Ok(())
    }

    /// Whether no field has said over what tells the action: the row would be one of another table.
    fn still_told(&self, when: &[crate::schema::NativeTest]) -> Result<(), Unholdable> {
        let says = |test: &crate::schema::NativeTest| {
            let said = self.columns.get(test.column.as_ref()).map(|said| said.as_str().map_or_else(|| said.to_string(), str::to_owned));
            let is_one = |said: String| test.values.iter().any(|value| value::like(value, &said));
            said.is_some_and(is_one) != test.negated
        };
        if when.iter().all(says) { Ok(()) } else { Err(Unholdable::Action) }
    }

    fn time(&self, micros: i64) -> Json {
        match micros % 1_000_000 {
            0 if self.schema.prefixed => Json::from(micros / 1_000_000),
            _ if self.schema.prefixed => Json::from(micros as f64 / 1e6),
            _ => Json::from(time::iso(micros)),
        }
    }

    fn field(&mut self, bound: &'p FieldBinding, values: &[&Scalar]) -> Option<()> {
        match values {
            [one] => self.undo(&bound.value, &spelled(one), false),
            several => {
                let Expr::Column(name) = &bound.value else { return None };
                self.column(name).filter(|column| column.multi)?;
                let list = several.iter().map(|value| self.native(name, spelled(value))).collect();
                self.columns.insert(name.to_string(), Json::Array(list));
                Some(())
            }
        }
    }

    /// Gives columns the values that make the expression say `value`.
    fn undo(&mut self, expr: &'p Expr, value: &str, hex: bool) -> Option<()> {
        let (transform, inputs) = match expr {
            Expr::Column(name) if self.never_holds(name, value) => return None,
            Expr::Column(name) => {
                let value = if hex { format!("0x{:x}", value.parse::<i64>().ok()?) } else { self.braced(name, value) };
                self.columns.insert(name.to_string(), self.native(name, value));
                return Some(());
            }
            Expr::Apply(transform, inputs) => (transform, inputs),
        };
        if let Transform::Const(constant) = transform {
            return constant.eq_ignore_ascii_case(value).then_some(());
        }
        let first = inputs.first()?;
        match transform {
            // Nor does an event hold a part of a time: it has the time.
            Transform::Const(_) | Transform::Lookup { .. } | Transform::Part(_) => return None,
            Transform::Basename => self.part(first, Part::Basename(value.to_owned()))?,
            Transform::UserName => self.part(first, Part::UserName(value.to_owned()))?,
            Transform::UserDomain => self.part(first, Part::UserDomain(value.to_owned()))?,
            // No list of hashes holds a text that is none.
            Transform::Hash(kind) if value.len() != kind.digits() || !value.bytes().all(|byte| byte.is_ascii_hexdigit()) => return None,
            Transform::Hash(kind) => self.part(first, Part::Hash(*kind, value.to_owned()))?,
            Transform::Cut(cut) => self.part(first, Part::Cut(cut.clone(), value.to_owned()))?,
            Transform::OnlyIp | Transform::NotIp => self.undo(first, value, false)?,
            Transform::Hive(form) => {
                let spelled = match registry::head(value) {
                    Some((hive, length)) => {
                        let spellings = hive.spellings(*form);
                        format!("{}{}", spellings[self.nth % spellings.len()], &value[length..])
                    }
                    None => value.to_owned(),
                };
                self.undo(first, &spelled, false)?;
            }
            Transform::RegData => {
                let spellings = registry::number(value).map_or_else(|| vec![value.to_owned()], registry::spellings);
                self.undo(first, &spellings[self.nth % spellings.len()], false)?;
            }
            Transform::Json(key) => {
                let Expr::Column(name) = first else { return None };
                let inside = self.inside.entry(name.to_string()).or_insert(Json::Null);
                put(inside, key, Json::from(value))?;
            }
            Transform::Xml(key) => {
                const END: &str = "</EventData>";
                let Expr::Column(name) = first else { return None };
                let held = self.columns.get(name.as_ref()).and_then(Json::as_str).unwrap_or("<EventData></EventData>");
                let value = if hex { format!("0x{:x}", value.parse::<i64>().ok()?) } else { value.to_owned() };
                let escaped = XML_REFERENCES.iter().rev().fold(value, |text, (from, to)| text.replace(to, from));
                // What tells the action may stand there already.
                let held = format!("{}<Data Name=\"{key}\">{escaped}</Data>{END}", held.strip_suffix(END).unwrap_or(held));
                self.columns.insert(name.to_string(), Json::from(held));
            }
            Transform::Concat(between) if matches!(first, Expr::Apply(Transform::Const(_), _)) => {
                let Expr::Apply(Transform::Const(head), _) = first else { return None };
                let rest = value.strip_prefix(head.as_ref())?.strip_prefix(between.as_ref())?;
                self.undo(inputs.get(1)?, rest, false)?;
            }
            Transform::Concat(between) => {
                // Without a text between, the second part of a URL begins with its slash.
                let (left, right) =
                    if between.is_empty() { value.split_at(value.find('/')?) } else { value.split_once(between.as_ref())? };
                self.undo(first, left, false)?;
                self.undo(inputs.get(1)?, right, false)?;
            }
            Transform::Switch(arms) => {
                let arm = self.arm(arms, first)?;
                self.undo(inputs.get(arm + 1)?, value, hex)?;
            }
            Transform::Int => self.undo(first, value, false)?,
            Transform::Hex => self.undo(first, value, true)?,
            Transform::Lower => self.undo(first, &if self.nth.is_multiple_of(2) { capital(value) } else { value.to_owned() }, false)?,
            Transform::Map(map) => {
                // What another field of the same column has said already may say this too.
                if let Expr::Column(name) = first
                    && let Some(Json::String(said)) = self.columns.get(name.as_ref())
                    && self
                        .packs
                        .model
                        .map(*map)
                        .pairs
                        .iter()
                        .any(|(native, neutral)| neutral == value && native.eq_ignore_ascii_case(said))
                {
                    return Some(());
                }
                let natives: Vec<&str> = self
                    .packs
                    .model
                    .map(*map)
                    .pairs
                    .iter()
                    .filter(|(_, neutral)| neutral == value)
                    .map(|(native, _)| native.as_ref())
                    .collect();
                let native = natives.get(self.nth % natives.len().max(1))?;
                self.undo(first, &native.replace('*', ""), false)?;
            }
            Transform::First => {
                // The next one, where a column cannot hold it.
                let mut turns = inputs.iter().cycle().skip(self.nth % inputs.len()).take(inputs.len());
                turns.find_map(|input| self.undo(input, value, hex))?;
            }
            Transform::Join(separator) => match (value.rsplit_once(separator.as_ref()), inputs.get(1)) {
                (Some((left, right)), Some(second)) => {
                    self.undo(first, left, false)?;
                    self.undo(second, right, false)?;
                }
                _ => self.undo(first, value, false)?,
            },
        }
        Some(())
    }

    /// The arm of a switch that the row takes; one is chosen where nothing has said it.
    fn arm(&mut self, arms: &[List<Str>], selector: &Expr) -> Option<usize> {
        let Expr::Column(name) = selector else { return None };
        let said = self.columns.get(name.as_ref()).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        match said {
            Some(said) => {
                let arm = arms.iter().position(|values| values.iter().any(|value| value.eq_ignore_ascii_case(&said)));
                Some(arm.unwrap_or(arms.len()))
            }
            None => {
                let arm = self.nth % arms.len();
                let values = &arms[arm];
                let value = self.native(name, values[self.nth % values.len()].to_string());
                self.columns.insert(name.to_string(), value);
                Some(arm)
            }
        }
    }

    /// A part of a column's text; of what is no column the text is made at once.
    fn part(&mut self, input: &'p Expr, part: Part) -> Option<()> {
        match input {
            Expr::Column(name) => {
                self.parts.push((name, part));
                Some(())
            }
            Expr::Apply(..) => self.undo(input, &whole(&[&part]), false),
        }
    }

    /// Columns that several fields are parts of; one that a field gives whole is left as it is.
    fn join_parts(&mut self) {
        let parts = std::mem::take(&mut self.parts);
        let mut names: Vec<&str> = parts.iter().map(|(name, _)| *name).collect();
        names.dedup();
        for name in names {
            if self.columns.get(name).is_some_and(|value| value != "unknown") {
                continue;
            }
            let of_column: Vec<&Part> = parts.iter().filter(|(column, _)| *column == name).map(|(_, part)| part).collect();
            let text = whole(&of_column);
            self.columns.insert(name.to_owned(), Json::from(text));
        }
    }

    /// JSON inside of columns, as text where the column is one.
    fn join_inside(&mut self) {
        for (name, inside) in std::mem::take(&mut self.inside) {
            let is_text = self.column(&name).is_none_or(|column| column.ty == NativeType::Text);
            self.columns.insert(name, if is_text { Json::from(inside.to_string()) } else { inside });
        }
    }

    fn column(&self, name: &str) -> Option<&'p Column> {
        self.table.column(name)
    }

    /// Whether the column is one of a closed list of values, and this is none of them; or one of numbers, and this is none.
    fn never_holds(&self, name: &str, value: &str) -> bool {
        let Some(column) = self.column(name) else { return false };
        let is_number = matches!(column.ty, NativeType::Int | NativeType::Long) && self.table.event_id.is_none();
        let is_truth = matches!(value, "true" | "false");
        (column.closed && !column.values.iter().any(|known| known.eq_ignore_ascii_case(value)))
            || (is_number && !is_truth && value.parse::<i64>().is_err())
    }

    /// As the column keeps it; an event log keeps everything as text.
    fn native(&self, name: &str, value: String) -> Json {
        let ty = self.column(name).map_or(NativeType::Text, |column| column.ty);
        if self.table.event_id.is_some() {
            return Json::from(value);
        }
        match ty {
            NativeType::Int | NativeType::Long => value.parse::<i64>().map_or_else(|_| Json::from(value), Json::from),
            NativeType::Real => value.parse::<f64>().map_or_else(|_| Json::from(value), Json::from),
            NativeType::Bool => value.parse::<bool>().map_or_else(|_| Json::from(value), Json::from),
            NativeType::Text | NativeType::Time | NativeType::Guid | NativeType::Dynamic | NativeType::Timespan => Json::from(value),
        }
    }

    /// A GUID of an event log stands in braces.
    fn braced(&self, name: &str, value: &str) -> String {
        let guid = self.column(name).is_some_and(|column| column.ty == NativeType::Guid);
        if guid && self.table.event_id.is_some() { format!("{{{value}}}") } else { value.to_owned() }
    }

    /// Reads the row again, and compares.
    fn proved(&self, event: &Event) -> Result<NativeRow, Unholdable> {
        let class = self.packs.class(event.class);
        let line = self.line();
        let mut read = None;
        let row = Reader::of(self.packs, &self.schema.name).map(|mut reader| {
            reader.read(&line, |decoded| {
                if decoded.class == event.class {
                    read = Some(decoded.clone());
                }
            })
        });
        let (Some(Ok(Row::Events(_))), Some(decoded)) = (row, read) else { return Err(Unholdable::Action) };
        if event.action.is_some_and(|action| !decoded.actions.contains(action)) {
            return Err(Unholdable::Action);
        }
        let wanted = Decoded::from(event);
        let differs = |field: FieldId| wanted.values(field).ne(decoded.values(field));
        let differing = wanted.fields().map(|(field, _)| field).find(|field| !class.get(*field).computed && differs(*field));
        match differing {
            Some(field) => Err(Unholdable::Value(class.get(field).name.to_string())),
            None => Ok(NativeRow { table: self.table.name.to_string(), columns: self.columns.clone(), event: decoded, line }),
        }
    }

    fn line(&self) -> String {
        let prefixed = |name: &String| match self.column(name).filter(|_| self.schema.prefixed) {
            Some(column) if !column.owner.is_empty() => format!("{}.{name}", column.owner),
            _ => name.clone(),
        };
        let mut row: Map<String, Json> = self.columns.iter().map(|(name, value)| (prefixed(name), value.clone())).collect();
        if self.schema.prefixed {
            row.insert("_datamodel".to_owned(), Json::from(self.table.name.as_ref()));
        }
        Json::Object(row).to_string()
    }
}

/// A text of which all of these are parts.
fn whole(parts: &[&Part]) -> String {
    let hashes: Vec<String> = parts
        .iter()
        .filter_map(|part| if let Part::Hash(kind, digits) = part { Some(format!("{}={digits}", kind.label())) } else { None })
        .collect();
    let find = |wanted: &dyn Fn(&Part) -> Option<String>| parts.iter().find_map(|part| wanted(part));
    let cut = |wanted: &Cut| find(&|part| if let Part::Cut(cut, text) = part { (cut == wanted).then(|| text.clone()) } else { None });
    let base = find(&|part| if let Part::Basename(base) = part { Some(base.clone()) } else { None });
    let user = find(&|part| if let Part::UserName(user) = part { Some(user.clone()) } else { None });
    let domain = find(&|part| if let Part::UserDomain(domain) = part { Some(domain.clone()) } else { None });
    let folder = cut(&Cut::Dirname);
    if base.is_some() || folder.is_some() {
        return format!(r"{}\{}", folder.unwrap_or_else(|| r"C:\Windows".to_owned()), base.unwrap_or_else(|| "x".to_owned()));
    }
    let (host, path, query) = (cut(&Cut::UrlHost), cut(&Cut::UrlPath), cut(&Cut::UrlQuery));
    if host.is_some() || path.is_some() || query.is_some() {
        let query = query.map_or_else(String::new, |query| format!("?{query}"));
        return format!("http://{}{}{query}", host.unwrap_or_else(|| "host.example".to_owned()), path.unwrap_or_else(|| "/".to_owned()));
    }
    for part in parts {
        match part {
            Part::Cut(Cut::Key | Cut::ValueName, _) => {
                let part = |wanted: &Cut, otherwise: &str| cut(wanted).unwrap_or_else(|| otherwise.to_owned());
                return format!(r"{}\{}", part(&Cut::Key, r"HKLM\SOFTWARE\x"), part(&Cut::ValueName, "x"));
            }
            Part::Cut(Cut::PipeName, name) => return format!(r"\{name}"),
            Part::Cut(Cut::Kv(key), value) => return format!("{key}={value}"),
            Part::Cut(..) | Part::Basename(_) | Part::UserName(_) | Part::UserDomain(_) | Part::Hash(..) => {}
        }
    }
    match (user, domain) {
        (user, Some(domain)) => format!(r"{domain}\{}", user.unwrap_or_default()),
        (Some(user), None) => user,
        (None, None) => hashes.join(","),
    }
}

/// Puts a value under a key: `a.b`, `a[0].b`, `[*].b`.
fn put(inside: &mut Json, key: &str, value: Json) -> Option<()> {
    let key = key.strip_prefix('.').unwrap_or(key);
    if key.is_empty() {
        *inside = value;
        return Some(());
    }
    if let Some((index, rest)) = key.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        if inside.is_null() {
            *inside = Json::Array(Vec::new());
        }
        let items = inside.as_array_mut()?;
        let index = index.parse().unwrap_or(0usize);
        items.resize(items.len().max(index + 1), Json::Null);
        return put(&mut items[index], rest, value);
    }
    let end = key.find(['.', '[']).unwrap_or(key.len());
    if inside.is_null() {
        *inside = Json::Object(Map::new());
    }
    put(inside.as_object_mut()?.entry(key[..end].to_owned()).or_insert(Json::Null), &key[end..], value)
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}
