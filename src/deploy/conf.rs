//! Splunk's configuration files: stanzas of settings.
//!
//! In: names and values. Out: text. Law: a reader finds these settings and no other. A value of several lines goes on behind a backslash at the
//! end of a line; so no value, and no comment, may end in one of its own, and nothing says it otherwise: Admin Manual, "How to edit a configuration file".
//! Blanks around a value are no part of it.

/// One line of prose: ends of lines and control characters are blanks. Behind a backslash that would end it stands a full stop.
pub fn line(text: &str) -> String {
    let blank = |c: char| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') { ' ' } else { c };
    let flat: String = text.chars().map(blank).collect();
    let mut line = flat.trim().to_owned();
    if line.ends_with('\\') {
        line.push('.');
    }
    line
}

/// The name of a stanza: brackets would end it.
pub fn stanza_name(text: &str) -> String {
    line(text)
        .chars()
        .map(|c| {
            if c == '[' {
                '('
            } else if c == ']' {
                ')'
            } else {
                c
            }
        })
        .collect()
}

#[derive(Default)]
pub struct Conf {
    text: String,
}

impl Conf {
    pub fn new() -> Conf {
        Conf::default()
    }

    pub fn comment(&mut self, text: &str) {
        self.text.push_str(&format!("# {}\n", line(text)));
    }

    pub fn stanza(&mut self, name: &str) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") && !self.text.lines().last().is_some_and(|line| line.starts_with('#')) {
            self.text.push('\n');
        }
        self.text.push_str(&format!("[{}]\n", stanza_name(name)));
    }

    pub fn blank(&mut self) {
        self.text.push('\n');
    }

    /// Of one line, whatever it holds.
    pub fn set(&mut self, key: &str, value: &str) {
        self.text.push_str(format!("{key} = {}", line(value)).trim_end());
        self.text.push('\n');
    }

    /// Of as many lines as it has.
    pub fn set_lines(&mut self, key: &str, value: &str) {
        let value: Vec<String> = value.trim().split('\n').map(|line| line.trim_end().to_owned()).filter(|line| !line.is_empty()).collect();
        self.text.push_str(&format!("{key} = {}\n", value.join(" \\\n")));
    }

    pub fn finish(self) -> String {
        self.text
    }
}
