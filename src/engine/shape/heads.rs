//! Which tables the head of a record names.
//!
//! In: a record's number, channel and provider. Out: the tables of a log that have records of that head, and the system that writes them. Law: a
//! log is known by its channel, else by who wrote it; where neither is said, nothing is known unless the schema was given.

use crate::schema::{Channel, Platform, Table};

use super::plan::SchemaPlan;

/// The tables of a log, by what the head of a record says.
pub fn numbered<'i, 'p>(
    plan: &'i SchemaPlan<'p>,
    event_id: i64,
    channel: Option<&'i str>,
    provider: Option<&'i str>,
    given: bool,
) -> impl Iterator<Item = &'p Table> {
    plan.numbered(event_id).iter().copied().filter(move |table| match (channel, provider) {
        (None, None) => given,
        _ if table.channels.is_empty() => true,
        (Some(channel), _) => table.is_in(channel),
        (None, Some(provider)) => table.channels.iter().any(|own| writes_to(provider, &own.name)),
    })
}

/// The system whose machines alone write to the log in which the table's events stand, as far as the head of a record, or the pack, says.
pub fn platform(table: &Table, channel: Option<&str>, provider: Option<&str>) -> Option<Platform> {
    let is_of_record = |own: &&Channel| match (channel, provider) {
        (Some(channel), _) => own.name.eq_ignore_ascii_case(channel),
        (None, Some(provider)) => writes_to(provider, &own.name),
        (None, None) => true,
    };
    let of_channels = table.channels.iter().filter(is_of_record).map(|channel| channel.platform);
    one(of_channels.chain(table.own().into_iter().flat_map(|own| own.platforms.iter().copied())))
}

/// What all of them are.
pub fn one<T: PartialEq>(mut all: impl Iterator<Item = T>) -> Option<T> {
    let first = all.next()?;
    all.all(|other| other == first).then_some(first)
}

/// Providers whose log has another name than their own.
const LOGS: [(&str, &str); 10] = [
    ("Microsoft-Windows-Security-Auditing", "Security"),
    ("Microsoft-Windows-Eventlog", "Security"),
    ("Microsoft-Windows-Eventlog", "System"),
    ("Service Control Manager", "System"),
    ("PowerShell", "Windows PowerShell"),
    ("Microsoft-Windows-AppXDeployment-Server", "Microsoft-Windows-AppXDeploymentServer"),
    ("Microsoft-Windows-AppxPackagingOM", "Microsoft-Windows-AppxPackaging"),
    ("Microsoft-Windows-DNS-Client", "Microsoft-Windows-DNS Client Events"),
    ("Microsoft-Windows-Security-Netlogon", "Microsoft-Windows-NTLM"),
    ("Microsoft-Windows-SMBClient", "Microsoft-Windows-SmbClient"),
];

/// Whether a provider writes to a log. Most have their own, of the same name.
fn writes_to(provider: &str, channel: &str) -> bool {
    let log = channel.split('/').next().unwrap_or_default();
    let others = LOGS.iter().filter(|(other, _)| provider.eq_ignore_ascii_case(other)).map(|(_, log)| *log);
    others.chain([provider]).any(|known| known.eq_ignore_ascii_case(log))
}
