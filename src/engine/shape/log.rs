//! Records of event logs: where their number, channel, machine, time and data stand.
//!
//! In: one JSON object. Out: [`Record`], if it is one. The spellings are those of the tools that write Windows' events as JSON:
//! one flat object (NXLog, OTRF's data sets, Splunk's exports), `Event.System` and `Event.EventData` as the XML has them (evtx_dump,
//! python-evtx, xmltodict), and Winlogbeat's `winlog` (or, before version 7, its fields on top).

use std::borrow::Cow;

use super::json::Json;
use super::time;

/// A record of an event log, whatever its spelling.
#[derive(Debug)]
pub struct Record<'r, 'a> {
    pub event_id: i64,
    pub channel: Option<&'r str>,
    pub provider: Option<&'r str>,
    pub level: Option<&'r Json<'a>>,
    /// As it is written, where that is a number to every reader.
    pub event_id_cell: Cow<'r, Json<'a>>,
    pub computer: Option<&'r Json<'a>>,
    pub time: Option<i64>,
    /// Names and values of the event's data.
    pub data: Vec<(&'r str, &'r Json<'a>)>,
}

pub const EVENT_ID: &[&str] = &["EventID", "event_id", "EventCode"];
pub const CHANNEL: &[&str] = &["Channel", "channel", "LogName", "log_name"];
pub const PROVIDER: &[&str] = &["Provider", "ProviderName", "Provider_Name", "provider_name", "SourceName", "source_name"];
pub const COMPUTER: &[&str] = &["Computer", "computer_name", "ComputerName", "Hostname"];
pub const LEVEL: &[&str] = &["Level", "level"];
/// The event's own time before the time at which somebody received it.
pub const TIME: &[&str] = &["TimeCreated", "SystemTime", "_time", "UtcTime", "@timestamp", "TimeGenerated", EVENT_TIME];
/// NXLog's, which is of the machine's own zone where it has none.
pub const EVENT_TIME: &str = "EventTime";
/// Its place among them, the last.
pub const LOCAL: usize = 6;
/// What Sysmon's own data calls it.
pub const UTC_TIME: &str = "UtcTime";

impl<'r, 'a> Record<'r, 'a> {
    pub fn find(object: &'r Json<'a>) -> Option<Record<'r, 'a>> {
        if let Some(event) = object.get("Event")
            && let Some(system) = event.get("System")
        {
            return Record::new(system, [event, object], event.first(&["EventData", "UserData"]));
        }
        if let Some(system) = object.get("System") {
            return Record::new(system, [object, object], object.first(&["EventData", "UserData"]));
        }
        if let Some(winlog) = object.get("winlog") {
            return Record::new(winlog, [object, object], winlog.first(&["event_data", "user_data"]));
        }
        let data = object.first(&["EventData", "event_data", "user_data"]).filter(|data| matches!(data, Json::Object(_) | Json::List(_)));
        Record::new(object, [object, object], data.or(Some(object)))
    }

    fn new(system: &'r Json<'a>, around: [&'r Json<'a>; 2], data: Option<&'r Json<'a>>) -> Option<Record<'r, 'a>> {
        let event_id_cell = system.first(EVENT_ID)?;
        let event_id = number(event_id_cell.content())?;
        let is_plain = match event_id_cell.content() {
            Json::Text(text) => text.parse() == Ok(event_id),
            content => *content == Json::Int(event_id),
        };
        let event_id_cell = if is_plain { Cow::Borrowed(event_id_cell) } else { Cow::Owned(Json::Int(event_id)) };
        let text = |keys: &[&str]| system.first(keys).and_then(|value| named(value)).filter(|text| !text.is_empty());
        let mut pairs = Vec::new();
        data.into_iter().for_each(|data| collect(data, &mut pairs));
        let own_time = pairs.iter().find(|(name, _)| *name == UTC_TIME).map(|(_, value)| *value);
        let times =
            system.first(&TIME[..3]).into_iter().chain(own_time).chain(around.iter().filter_map(|object| object.first(&TIME[..LOCAL])));
        Some(Record {
            event_id,
            channel: text(CHANNEL).or_else(|| text(&["source"]).and_then(splunk_channel)).or_else(|| of_table(around[1])),
            provider: text(PROVIDER),
            level: system.first(LEVEL),
            event_id_cell,
            computer: system.first(COMPUTER),
            time: times.filter_map(|value| time::parse(system_time(value))).next().or_else(|| local(around)),
            data: pairs,
        })
    }
}

/// A record of Winlogbeat whose keys were written flat, as tables export it (`winlog.event_data.Image`), nested again.
pub fn nested<'a>(object: &Json<'a>) -> Option<Json<'a>> {
    let (mut top, mut head, mut data) = (Vec::new(), Vec::new(), Vec::new());
    for (name, value) in object.entries() {
        let own = |rest: &str| (rest.to_owned().into(), value.clone());
        match name.strip_prefix("winlog.") {
            None => top.push((name.clone(), value.clone())),
            Some(rest) => match rest.strip_prefix("event_data.").or_else(|| rest.strip_prefix("user_data.")) {
                Some(rest) => data.push(own(rest)),
                None => head.push(own(rest)),
            },
        }
    }
    if head.is_empty() {
        return None;
    }
    head.push(("event_data".into(), Json::Object(data)));
    top.push(("winlog".into(), Json::Object(head)));
    Some(Json::Object(top))
}

/// A number as tables write it too, which make `1.0` of it where a row lacks it.
fn number(cell: &Json<'_>) -> Option<i64> {
    match cell {
        Json::Int(number) => Some(*number),
        Json::Text(text) => {
            let text = text.trim();
            let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
            let whole = || text.split_once('.').filter(|(_, rest)| rest.bytes().all(|byte| byte == b'0')).map_or(text, |(whole, _)| whole);
            hex.map_or_else(|| whole().parse().ok(), |hex| i64::from_str_radix(hex, 16).ok())
        }
        Json::Real(number) if number.fract() == 0.0 && number.abs() < 9e15 => Some(*number as i64),
        Json::Real(_) | Json::Null | Json::Bool(_) | Json::List(_) | Json::Object(_) => None,
    }
}

/// Sentinel's table of the Security log, whose rows need not say the channel.
fn of_table<'r>(object: &Json<'r>) -> Option<&'r str> {
    let is_named = object.first(super::rows::TABLE).and_then(Json::text) == Some("SecurityEvent");
    is_named.then_some("Security")
}

/// What has the name of a time: those that are read first, then any other.
pub fn times<'r>(object: &'r Json<'_>) -> Option<(&'r str, &'r Json<'r>)> {
    let is_known = |name: &str| TIME.contains(&name) || super::rows::TIMES.contains(&name) || super::rows::EXPORTED.contains(&name);
    let sounds = |name: &str| ["time", "date"].iter().any(|word| name.to_ascii_lowercase().contains(word));
    entry(object, &is_known).or_else(|| entry(object, &sounds))
}

fn entry<'r>(value: &'r Json<'_>, is: &dyn Fn(&str) -> bool) -> Option<(&'r str, &'r Json<'r>)> {
    let own = value.entries().iter().find(|(name, value)| is(name) && !matches!(value, Json::Null | Json::Bool(_)));
    own.map(|(name, value)| (name.as_ref(), value)).or_else(|| value.entries().iter().find_map(|(_, value)| entry(value, is)))
}

/// The last of the times, which is read where no other can be.
fn local(around: [&Json<'_>; 2]) -> Option<i64> {
    around.iter().find_map(|object| object.get(EVENT_TIME)).and_then(time::parse_zoned)
}

/// Splunk's `source` of an event log is `WinEventLog:CHANNEL` or `XmlWinEventLog:CHANNEL`, of Sysmon for Linux `Syslog:CHANNEL`.
pub fn splunk_channel(source: &str) -> Option<&str> {
    ["WinEventLog:", "Syslog:"].iter().find_map(|mark| source.split_once(mark)).map(|(_, channel)| channel)
}

/// `{"#attributes": {"SystemTime": ..}}`, `{"@SystemTime": ..}`, or the time itself.
fn system_time<'r, 'a>(value: &'r Json<'a>) -> &'r Json<'a> {
    let attributes = value.first(&["#attributes", "@attributes"]).unwrap_or(value);
    attributes.first(&["SystemTime", "@SystemTime"]).unwrap_or(value)
}

/// A text, or the `Name` of an element.
fn named<'r>(value: &'r Json<'_>) -> Option<&'r str> {
    attribute(value).or_else(|| value.content().text())
}

/// The `Name` of an element.
fn attribute<'r>(value: &'r Json<'_>) -> Option<&'r str> {
    let attributes = value.first(&["#attributes", "@attributes"]).unwrap_or(value);
    attributes.first(&["Name", "@Name"]).and_then(|name| name.content().text())
}

/// Names and values: of an object its entries, of `Data` its elements; an element inside (`UserData`) gives its own.
/// Elements without a name, as the classic logs have them, are the values of `Data`.
fn collect<'r, 'a>(data: &'r Json<'a>, into: &mut Vec<(&'r str, &'r Json<'a>)>) {
    for (name, value) in data.entries() {
        match value {
            Json::List(items) if name == "Data" && items.iter().any(|item| attribute(item).is_some()) => {
                items.iter().filter_map(|item| attribute(item).map(|name| (name, item.content()))).for_each(|pair| into.push(pair));
            }
            Json::Object(_) if name == "Data" => into.push((attribute(value).unwrap_or(name), value.content())),
            Json::Object(_) if matches!(value.content(), Json::Object(_)) && !name.starts_with(['#', '@']) => collect(value, into),
            _ => into.push((name, value)),
        }
    }
    if let Json::List(items) = data {
        items.iter().filter_map(|item| attribute(item).map(|name| (name, item.content()))).for_each(|pair| into.push(pair));
    }
}
