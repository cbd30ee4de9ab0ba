//! Maps, lists and texts, as YAML and as JSON.
//!
//! In: a [`Tree`], whose maps keep their order. Out: text. Law: whatever a text holds, a parser of YAML 1.1 or 1.2, or of JSON, reads it back; the same
//! tree gives the same bytes.

pub enum Tree {
    Text(String),
    Number(u64),
    Bool(bool),
    Null,
    List(Vec<Tree>),
    Map(Vec<(&'static str, Tree)>),
}

pub fn text(text: impl Into<String>) -> Tree {
    Tree::Text(text.into())
}

pub fn texts<T: Into<String>>(all: impl IntoIterator<Item = T>) -> Tree {
    Tree::List(all.into_iter().map(text).collect())
}

impl Tree {
    /// Every text of it as `change` has it.
    pub fn map_texts(self, change: &impl Fn(String) -> String) -> Tree {
        match self {
            Tree::Text(text) => Tree::Text(change(text)),
            Tree::List(items) => Tree::List(items.into_iter().map(|item| item.map_texts(change)).collect()),
            Tree::Map(pairs) => Tree::Map(pairs.into_iter().map(|(key, value)| (key, value.map_texts(change))).collect()),
            Tree::Number(_) | Tree::Bool(_) | Tree::Null => self,
        }
    }

    pub fn json(&self) -> String {
        let mut out = String::new();
        self.write_json(0, &mut out);
        out + "\n"
    }

    /// On one line, as a value of a setting holds it.
    pub fn json_line(&self) -> String {
        match self {
            Tree::List(items) => format!("[{}]", items.iter().map(Tree::json_line).collect::<Vec<_>>().join(", ")),
            Tree::Map(pairs) => {
                let pair = |(key, value): &(&'static str, Tree)| format!("{}: {}", quoted(key), value.json_line());
                format!("{{{}}}", pairs.iter().map(pair).collect::<Vec<_>>().join(", "))
            }
            Tree::Text(_) | Tree::Number(_) | Tree::Bool(_) | Tree::Null => self.scalar(),
        }
    }

    fn write_json(&self, depth: usize, out: &mut String) {
        let line = |out: &mut String, depth: usize| {
            out.push('\n');
            out.push_str(&"  ".repeat(depth));
        };
        match self {
            Tree::List(items) if !items.is_empty() => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    out.push_str(if at > 0 { "," } else { "" });
                    line(out, depth + 1);
                    item.write_json(depth + 1, out);
                }
                line(out, depth);
                out.push(']');
            }
            Tree::Map(pairs) if !pairs.is_empty() => {
                out.push('{');
                for (at, (key, value)) in pairs.iter().enumerate() {
                    out.push_str(if at > 0 { "," } else { "" });
                    line(out, depth + 1);
                    out.push_str(&quoted(key));
                    out.push_str(": ");
                    value.write_json(depth + 1, out);
                }
                line(out, depth);
                out.push('}');
            }
            Tree::List(_) | Tree::Map(_) | Tree::Text(_) | Tree::Number(_) | Tree::Bool(_) | Tree::Null => out.push_str(&self.json_line()),
        }
    }

    /// As JSON, which is a scalar of YAML too.
    fn scalar(&self) -> String {
        match self {
            Tree::Text(text) => quoted(text),
            Tree::Number(number) => number.to_string(),
            Tree::Bool(truth) => truth.to_string(),
            Tree::Null => "null".to_owned(),
            Tree::List(_) => "[]".to_owned(),
            Tree::Map(_) => "{}".to_owned(),
        }
    }

    pub fn yaml(&self) -> String {
        let mut out = String::new();
        self.write_yaml(0, &mut out);
        out
    }

    /// Its lines, each with its end.
    fn write_yaml(&self, depth: usize, out: &mut String) {
        let indent = "  ".repeat(depth);
        match self {
            Tree::Map(pairs) => {
                for (key, value) in pairs {
                    out.push_str(&format!("{indent}{}:", plain(key).unwrap_or_else(|| quoted(key))));
                    value.write_value(depth, out);
                }
            }
            Tree::List(items) => {
                for item in items {
                    match item {
                        Tree::Map(pairs) if !pairs.is_empty() => {
                            let mut inner = String::new();
                            item.write_yaml(depth + 1, &mut inner);
                            out.push_str(&format!("{indent}- {}", &inner[indent.len() + 2..]));
                        }
                        Tree::Text(_) | Tree::Number(_) | Tree::Bool(_) | Tree::Null | Tree::List(_) | Tree::Map(_) => {
                            out.push_str(&format!("{indent}-"));
                            item.write_value(depth, out);
                        }
                    }
                }
            }
            Tree::Text(_) | Tree::Number(_) | Tree::Bool(_) | Tree::Null => {
                out.push_str(&self.scalar());
                out.push('\n');
            }
        }
    }

    /// Behind `key:` or `-`.
    fn write_value(&self, depth: usize, out: &mut String) {
        match self {
            Tree::Map(pairs) if !pairs.is_empty() => {
                out.push('\n');
                self.write_yaml(depth + 1, out);
            }
            Tree::List(items) if !items.is_empty() => {
                out.push('\n');
                self.write_yaml(depth + 1, out);
            }
            Tree::Text(text) => match block(text) {
                Some((head, lines)) => {
                    out.push_str(&format!(" {head}\n"));
                    for line in lines {
                        out.push_str(&if line.is_empty() { "\n".to_owned() } else { format!("{}{line}\n", "  ".repeat(depth + 1)) });
                    }
                }
                None => out.push_str(&format!(" {}\n", plain(text).unwrap_or_else(|| quoted(text)))),
            },
            Tree::Number(_) | Tree::Bool(_) | Tree::Null | Tree::List(_) | Tree::Map(_) => out.push_str(&format!(" {}\n", self.scalar())),
        }
    }
}

/// In double quotes, with the escapes that JSON and YAML share. What YAML does not take as it is, or takes for the end of a line, is escaped.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if is_printable(c) => out.push(c),
            c => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}"))),
        }
    }
    out.push('"');
    out
}

/// What every reader takes as it stands. Beyond the basic plane YAML has escapes that JSON has not, and no need of them.
fn is_printable(c: char) -> bool {
    !matches!(c, '\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Without quotes, where no reader could take it for anything but text.
fn plain(text: &str) -> Option<String> {
    const WORDS: [&str; 10] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan"];
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && !text.ends_with(' ')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '_' | '-' | '.' | '/' | '(' | ')' | '\'' | '@'))
        && !WORDS.contains(&text.to_ascii_lowercase().as_str());
    is_plain.then(|| text.to_owned())
}

/// The head of a block, and its lines. None: no block says exactly this.
fn block(text: &str) -> Option<(&'static str, Vec<&str>)> {
    let body = text.strip_suffix('\n').unwrap_or(text);
    let fits = body.contains('\n')
        && !body.ends_with('\n')
        && !body.starts_with([' ', '\t', '\n'])
        && body.chars().all(|c| c == '\n' || c == '\t' || is_printable(c))
        // Lines of blanks alone say nothing for sure of how far the block is indented.
        && body.split('\n').all(|line| line.is_empty() || !line.trim_matches([' ', '\t']).is_empty());
    let head = if text.ends_with('\n') { "|" } else { "|-" };
    fits.then(|| (head, body.split('\n').collect()))
}
