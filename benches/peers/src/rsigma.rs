//! rsigma, as its README uses it, and in the arrangement that we found to be its best: an engine for each log source, and an event
//! asked of those only whose log it is from.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rsigma_eval::{Engine, EvaluationResult, JsonEvent};
use rsigma_parser::{SigmaCollection, SigmaRule, parse_sigma_file};
use serde_json::Value;

pub fn is_of_windows(path: &Path) -> bool {
    let of_windows = |rule: &SigmaRule| rule.logsource.product.as_deref() == Some("windows");
    parse_sigma_file(path).is_ok_and(|collection| collection.rules.iter().any(of_windows))
}

fn collections(files: &[PathBuf]) -> Vec<SigmaCollection> {
    files.iter().filter_map(|path| parse_sigma_file(path).ok()).collect()
}

pub struct Shipped(Engine);

impl Shipped {
    pub fn new(files: &[PathBuf]) -> Shipped {
        let mut engine = Engine::new();
        let rules: Vec<SigmaRule> = collections(files).into_iter().flat_map(|collection| collection.rules).collect();
        engine.add_rules(&rules);
        Shipped(engine)
    }

    pub fn len(&self) -> usize {
        self.0.rule_count()
    }

    pub fn matches(&self, line: &str) -> usize {
        let Ok(value) = serde_json::from_str::<Value>(line) else { return 0 };
        std::hint::black_box(self.0.evaluate(&JsonEvent::borrow(&value))).len()
    }
}

/// Where the events of a category stand: channel and number.
const CATEGORIES: &[(&str, &str, &[i64])] = &[
    ("process_creation", SYSMON, &[1]),
    ("process_creation", "security", &[4688]),
    ("file_change", SYSMON, &[2]),
    ("network_connection", SYSMON, &[3]),
    ("sysmon_status", SYSMON, &[4, 16]),
    ("process_termination", SYSMON, &[5]),
    ("driver_load", SYSMON, &[6]),
    ("image_load", SYSMON, &[7]),
    ("create_remote_thread", SYSMON, &[8]),
    ("raw_access_thread", SYSMON, &[9]),
    ("process_access", SYSMON, &[10]),
    ("file_event", SYSMON, &[11]),
    ("registry_add", SYSMON, &[12]),
    ("registry_delete", SYSMON, &[12]),
    ("registry_set", SYSMON, &[13]),
    ("registry_rename", SYSMON, &[14]),
    ("registry_event", SYSMON, &[12, 13, 14]),
    ("create_stream_hash", SYSMON, &[15]),
    ("pipe_created", SYSMON, &[17, 18]),
    ("wmi_event", SYSMON, &[19, 20, 21]),
    ("dns_query", SYSMON, &[22]),
    ("file_delete", SYSMON, &[23, 26]),
    ("clipboard_capture", SYSMON, &[24]),
    ("process_tampering", SYSMON, &[25]),
    ("file_executable_detected", SYSMON, &[29]),
    ("sysmon_error", SYSMON, &[255]),
    ("ps_module", POWERSHELL, &[4103]),
    ("ps_script", POWERSHELL, &[4104]),
    ("ps_classic_start", "windows powershell", &[400]),
    ("ps_classic_provider_start", "windows powershell", &[600]),
    ("ps_classic_script", "windows powershell", &[800]),
];
const SYSMON: &str = "microsoft-windows-sysmon/operational";
const POWERSHELL: &str = "microsoft-windows-powershell/operational";
/// The channel of a service, where it is not the service's own name.
const SERVICES: &[(&str, &str)] = &[("sysmon", SYSMON), ("powershell", POWERSHELL), ("powershell-classic", "windows powershell")];

/// An engine for each log source.
pub struct Routed {
    engines: Vec<Engine>,
    /// By channel and number: those of a category; by channel alone, those of a service.
    by_event: HashMap<(String, i64), Vec<usize>>,
    by_channel: HashMap<String, Vec<usize>>,
    /// Log sources that name neither.
    always: Vec<usize>,
}

impl Routed {
    pub fn new(files: &[PathBuf]) -> Routed {
        let mut by_source: HashMap<(Option<String>, Option<String>), Vec<SigmaRule>> = HashMap::new();
        for rule in collections(files).into_iter().flat_map(|collection| collection.rules) {
            by_source.entry((rule.logsource.category.clone(), rule.logsource.service.clone())).or_default().push(rule);
        }
        let mut routed = Routed { engines: Vec::new(), by_event: HashMap::new(), by_channel: HashMap::new(), always: Vec::new() };
        for ((category, service), rules) in by_source {
            let mut engine = Engine::new();
            engine.add_rules(&rules);
            let index = routed.engines.len();
            routed.engines.push(engine);
            match (category, service) {
                (Some(category), _) => {
                    for (_, channel, numbers) in CATEGORIES.iter().filter(|(name, ..)| *name == category) {
                        numbers.iter().for_each(|number| routed.by_event.entry(((*channel).to_owned(), *number)).or_default().push(index));
                    }
                }
                (None, Some(service)) => {
                    let channel = SERVICES.iter().find(|(name, _)| *name == service).map_or(service.as_str(), |(_, channel)| channel);
                    routed.by_channel.entry(channel.to_owned()).or_default().push(index);
                }
                (None, None) => routed.always.push(index),
            }
        }
        routed
    }

    pub fn matches(&self, line: &str) -> usize {
        std::hint::black_box(self.found(line)).len()
    }

    /// The ids of the rules that match.
    pub fn ids(&self, line: &str) -> Vec<String> {
        self.found(line).into_iter().filter_map(|one| one.header.rule_id).collect()
    }

    fn found(&self, line: &str) -> Vec<EvaluationResult> {
        let Ok(value) = serde_json::from_str::<Value>(line) else { return Vec::new() };
        let channel = value["Channel"].as_str().unwrap_or_default().to_ascii_lowercase();
        let number = value["EventID"].as_i64().unwrap_or_default();
        let event = JsonEvent::borrow(&value);
        let of_channel = self.by_channel.get(&channel).into_iter().flatten();
        let of_event = self.by_event.get(&(channel, number)).into_iter().flatten();
        let mut found: Vec<EvaluationResult> = Vec::new();
        for index in of_channel.chain(of_event).chain(&self.always) {
            found.extend(self.engines[*index].evaluate(&event));
        }
        found
    }
}
