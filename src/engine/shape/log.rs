//! Records of event logs: where their number, channel, machine, time and data stand.
//!
//! In: one JSON object. Out: [`Record`], if it is one. The spellings are those of the tools that write Windows' events as JSON:
//! one flat object (NXLog, OTRF's data sets, Splunk's exports), `Event.System` and `Event.EventData` as the XML has them (evtx_dump,
//! python-evtx, xmltodict), and Winlogbeat's `winlog` (or, before version 7, its fields on top).

use super::json::Json;
use super::time;

/// A record of an event log, whatever its spelling.
#[derive(Debug)]
pub struct Record<'r, 'a> {
    pub event_id: i64,
    pub channel: Option<&'r str>,
    pub provider: Option<&'r str>,
    pub level: Option<&'r Json<'a>>,
    pub event_id_cell: &'r Json<'a>,
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
pub const TIME: &[&str] = &["TimeCreated", "SystemTime", "_time", "UtcTime", "@timestamp", "TimeGenerated"];
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
        let event_id = match event_id_cell.content() {
            Json::Int(number) => *number,
            Json::Text(text) => text.parse().ok()?,
            Json::Null | Json::Bool(_) | Json::Real(_) | Json::List(_) | Json::Object(_) => return None,
        };
        let text = |keys: &[&str]| system.first(keys).and_then(|value| named(value)).filter(|text| !text.is_empty());
        let mut pairs = Vec::new();
        data.into_iter().for_each(|data| collect(data, &mut pairs));
        let own_time = pairs.iter().find(|(name, _)| *name == UTC_TIME).map(|(_, value)| *value);
        let times = system.first(&TIME[..3]).into_iter().chain(own_time).chain(around.iter().filter_map(|object| object.first(TIME)));
        Some(Record {
            event_id,
            channel: text(CHANNEL).or_else(|| text(&["source"]).and_then(splunk_channel)),
            provider: text(PROVIDER),
            level: system.first(LEVEL),
            event_id_cell,
            computer: system.first(COMPUTER),
            time: times.filter_map(|value| time::parse(system_time(value))).next(),
            data: pairs,
        })
    }
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
