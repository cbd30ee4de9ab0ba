//! What a project chooses about its deployment: the keys of `deploy` in `spoor.yaml`.
//!
//! In: a key and its values, as `project` reads them. Out: [`Settings`]. Law: each key stands in [`KEYS`], with what it takes and what is meant where it is
//! missing; docs/deploy.md has the same table, which `tests/deploy.rs` holds to this one.

use crate::schema::calendar;

/// One key of `deploy`.
pub struct Key {
    pub name: &'static str,
    /// What belongs there, as messages say it.
    pub takes: &'static str,
    /// What is meant where the key is missing.
    pub default: &'static str,
    pub doc: &'static str,
    set: fn(&mut Settings, &[&str]) -> Option<()>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    pub app: String,
    pub label: String,
    pub version: String,
    pub description: String,
    pub author: String,
    pub date: String,
    /// Seconds between two runs.
    pub schedule: u64,
    /// Seconds that events may need to arrive.
    pub delay: u64,
    pub enabled: bool,
    /// None: by level and confidence.
    pub risk_score: Option<u64>,
    pub actions: Vec<Action>,
    pub analytic_story: Vec<String>,
    pub suffix: String,
    /// The keys that the project states.
    stated: Vec<&'static str>,
}

/// What Enterprise Security makes of a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A finding for an analyst.
    Notable,
    /// Points for those whom it is about.
    Risk,
}

/// The times between two runs that a cron expression says evenly, and that every product takes.
const SCHEDULES: [u64; 13] = [300, 600, 900, 1_200, 1_800, 3_600, 7_200, 10_800, 14_400, 21_600, 28_800, 43_200, 86_400];

pub const KEYS: &[Key] = &[
    Key {
        name: "app",
        takes: "an id of letters, digits, `_` and `-`, which begins with a letter,",
        default: "spoor_detections",
        doc: "the id of the Splunk app, and the name of its folder",
        set: |settings, values| one(values).filter(|id| is_app_id(id)).map(|id| settings.app = id.to_owned()),
    },
    Key {
        name: "label",
        takes: "a name of 5 to 40 characters",
        default: "Spoor",
        doc: "the name of the app, with which the names of its searches begin; the analytic story where none is named",
        set: |settings, values| {
            let label = one(values).filter(|label| (5..=40).contains(&label.chars().count()) && is_line(label));
            label.map(|label| settings.label = label.to_owned())
        },
    },
    Key {
        name: "version",
        takes: "a version of three numbers, `1.0.0`,",
        default: "1.0.0",
        doc: "the version of the app, and of a rule that states none",
        set: |settings, values| one(values).filter(|version| is_version(version)).map(|version| settings.version = version.to_owned()),
    },
    Key {
        name: "description",
        takes: "a line of text",
        default: "Detections that Spoor wrote",
        doc: "what the app is about",
        set: |settings, values| one(values).filter(|text| is_line(text)).map(|text| settings.description = text.to_owned()),
    },
    Key {
        name: "author",
        takes: "a line of text",
        default: "unknown",
        doc: "the author of the app, and of a rule that names none",
        set: |settings, values| one(values).filter(|text| is_line(text)).map(|text| settings.author = text.to_owned()),
    },
    Key {
        name: "date",
        takes: "a date, `2026-02-28`,",
        default: "1970-01-01",
        doc: "the date of a rule that has none, where a form must have one",
        set: |settings, values| one(values).filter(|date| is_date(date)).map(|date| settings.date = date.to_owned()),
    },
    Key {
        name: "schedule",
        takes: "one of 5m, 10m, 15m, 20m, 30m, 1h, 2h, 3h, 4h, 6h, 8h, 12h and 1d",
        default: "1h",
        doc: "the time between two runs; a rule that must run more often does",
        set: |settings, values| {
            let seconds = seconds(one(values)?).filter(|seconds| SCHEDULES.contains(seconds));
            seconds.map(|seconds| settings.schedule = seconds)
        },
    },
    Key {
        name: "delay",
        takes: "a time of up to 1h in minutes, `10m`,",
        default: "10m",
        doc: "how long an event may take to arrive in Splunk; a search begins and ends so much earlier",
        set: |settings, values| {
            let seconds = seconds(one(values)?).filter(|seconds| *seconds <= 3_600 && seconds.is_multiple_of(60));
            seconds.map(|seconds| settings.delay = seconds)
        },
    },
    Key {
        name: "enabled",
        takes: "`true` or `false`",
        default: "true",
        doc: "whether what is deployed runs at once",
        set: |settings, values| {
            settings.enabled = match one(values)? {
                "true" => true,
                "false" => false,
                _ => return None,
            };
            Some(())
        },
    },
    Key {
        name: "risk_score",
        takes: "a whole number from 1 to 100",
        default: "by level and confidence",
        doc: "the risk that a match adds",
        set: |settings, values| {
            let score = one(values)?.parse().ok().filter(|score| (1..=100).contains(score));
            score.map(|score| settings.risk_score = Some(score))
        },
    },
    Key {
        name: "actions",
        takes: "a list of `notable` and `risk`, or an empty one,",
        default: "[notable, risk]",
        doc: "what Enterprise Security makes of a match; without any a match is a triggered alert of Splunk",
        set: |settings, values| {
            let action = |value: &&str| match *value {
                "notable" => Some(Action::Notable),
                "risk" => Some(Action::Risk),
                _ => None,
            };
            let actions: Option<Vec<Action>> = values.iter().map(action).collect();
            actions.map(|actions| settings.actions = actions)
        },
    },
    Key {
        name: "analytic_story",
        takes: "a name, or a list of names,",
        default: "the label",
        doc: "the stories that a detection belongs to; where they are named, they are there, and none is written",
        set: |settings, values| {
            let stories: Vec<String> = values.iter().map(|story| (*story).to_owned()).collect();
            (!stories.is_empty() && stories.iter().all(|story| is_line(story))).then(|| settings.analytic_story = stories)
        },
    },
    Key {
        name: "suffix",
        takes: "a line of text",
        default: "nothing",
        doc: "what stands behind the name of each rule, and makes its id another: one rule in two places",
        set: |settings, values| one(values).filter(|text| is_line(text)).map(|text| settings.suffix = text.to_owned()),
    },
];

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            app: "spoor_detections".to_owned(),
            label: "Spoor".to_owned(),
            version: "1.0.0".to_owned(),
            description: "Detections that Spoor wrote".to_owned(),
            author: "unknown".to_owned(),
            date: "1970-01-01".to_owned(),
            schedule: 3_600,
            delay: 600,
            enabled: true,
            risk_score: None,
            actions: vec![Action::Notable, Action::Risk],
            analytic_story: Vec::new(),
            suffix: String::new(),
            stated: Vec::new(),
        }
    }
}

impl Settings {
    /// None: the key takes something else.
    pub fn set(&mut self, key: &Key, values: &[&str]) -> Option<()> {
        (key.set)(self, values)?;
        self.stated.push(key.name);
        Some(())
    }

    /// Of these keys those that the project states.
    pub fn stated<'k>(&self, keys: &[&'k str]) -> Vec<&'k str> {
        keys.iter().copied().filter(|key| self.stated.contains(key)).collect()
    }

    pub fn has(&self, action: Action) -> bool {
        self.actions.contains(&action)
    }
}

fn one<'v>(values: &[&'v str]) -> Option<&'v str> {
    match values {
        [one] => Some(one),
        _ => None,
    }
}

/// With something in it, and without an end of line.
fn is_line(text: &str) -> bool {
    !text.trim().is_empty() && !text.chars().any(char::is_control)
}

/// Admin Manual, `app.conf`, `[package]`, `id`: it must also be a name that any file system takes.
fn is_app_id(id: &str) -> bool {
    const TAKEN: [&str; 4] = ["con", "prn", "aux", "nul"];
    id.starts_with(|c: char| c.is_ascii_alphabetic())
        && id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
        && id.len() <= 80
        && !TAKEN.contains(&id.to_ascii_lowercase().as_str())
}

fn is_version(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let is_number = |part: &&str| part.parse::<u32>().is_ok_and(|number| number.to_string() == **part);
    parts.len() == 3 && parts.iter().all(is_number)
}

/// A day that there is, since products began to count them.
fn is_date(text: &str) -> bool {
    let number = |part: &str, length: usize| {
        let is_number = part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| part.parse::<i64>().ok())?
    };
    let date = match text.split('-').collect::<Vec<_>>()[..] {
        [year, month, day] => number(year, 4).zip(number(month, 2)).zip(number(day, 2)),
        _ => None,
    };
    date.is_some_and(|((year, month), day)| {
        (1..=12).contains(&month) && year >= 1970 && calendar::civil(calendar::days(year, month, day)) == (year, month, day)
    })
}

/// `90s`, `5m`, `24h`, `7d`; what is more than can be counted is the most that can.
pub fn seconds(text: &str) -> Option<u64> {
    let unit = match text.chars().last()? {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    };
    let number = &text[..text.len() - 1];
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| number.parse::<u64>().unwrap_or(u64::MAX).saturating_mul(unit))
}

/// The times between two runs that are longer than this one, in their order.
pub fn longer(than: u64) -> impl Iterator<Item = u64> {
    SCHEDULES.into_iter().filter(move |seconds| *seconds > than)
}

/// The longest time between two runs that is no longer than this one: no less than a product's least, five minutes.
pub fn evenly(most: u64) -> u64 {
    SCHEDULES.into_iter().filter(|seconds| *seconds <= most).max().unwrap_or(SCHEDULES[0])
}

/// `0 * * * *`
pub fn cron(every: u64) -> String {
    match every / 60 {
        minutes @ 0..60 => format!("*/{minutes} * * * *"),
        60 => "0 * * * *".to_owned(),
        minutes @ 61..1_440 => format!("0 */{} * * *", minutes / 60),
        _ => "0 0 * * *".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hir::duration;

    #[test]
    fn the_defaults_are_what_the_table_says() {
        for key in KEYS {
            let mut settings = Settings::default();
            let values: Vec<&str> = match key.name {
                "risk_score" | "suffix" | "analytic_story" => continue,
                "actions" => vec!["notable", "risk"],
                _ => vec![key.default],
            };
            assert!(settings.set(key, &values).is_some(), "{}: `{}` is not taken", key.name, key.default);
            assert_eq!(settings, Settings { stated: vec![key.name], ..Settings::default() }, "{}", key.name);
        }
    }

    #[test]
    fn what_a_key_does_not_take() {
        let cases = [
            ("app", "../x"),
            ("app", "1x"),
            ("app", "con"),
            ("label", "abc"),
            ("label", "two\nlines"),
            ("version", "1.0"),
            ("version", "1.0.01"),
            ("date", "2026-2-28"),
            ("date", "2026-02-31"),
            ("date", "2026-13-01"),
            ("date", "2026-02-29"),
            ("schedule", "7m"),
            ("schedule", "h"),
            ("schedule", "99999999999999999999d"),
            ("delay", "30s"),
            ("enabled", "yes"),
            ("risk_score", "0"),
            ("risk_score", "101"),
            ("actions", "mail"),
            ("suffix", " "),
        ];
        for (name, value) in cases {
            let key = KEYS.iter().find(|key| key.name == name).expect("a key");
            assert!(Settings::default().set(key, &[value]).is_none(), "{name}: {value}");
        }
    }

    #[test]
    fn every_schedule_has_its_cron() {
        let crons: Vec<String> = SCHEDULES.iter().map(|seconds| format!("{}: {}", duration(*seconds), cron(*seconds))).collect();
        let wanted = [
            "5m: */5 * * * *",
            "10m: */10 * * * *",
            "15m: */15 * * * *",
            "20m: */20 * * * *",
            "30m: */30 * * * *",
            "1h: 0 * * * *",
            "2h: 0 */2 * * *",
            "3h: 0 */3 * * *",
            "4h: 0 */4 * * *",
            "6h: 0 */6 * * *",
            "8h: 0 */8 * * *",
            "12h: 0 */12 * * *",
            "1d: 0 0 * * *",
        ];
        assert_eq!(crons, wanted);
    }
}
