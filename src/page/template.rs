//! A page as text: Markdown or HTML, by a template.
//!
//! In: a [`Page`], and the templates that a user puts in the place of the built-in ones. Out: the text, or the mistake at its place in the template.
//! Law: what a template prints is escaped for the format, whatever it holds, unless the template says `safe`; a variable that is not there is an error.
//! The built-in templates stay reachable as `spoor/NAME`, so that a template may extend or include the one it takes the place of.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior};

use super::collect::is_link;
use super::{Page, Templates};
use crate::diag::{Diagnostic, briefs as said};
use crate::markup;
use crate::source::{FileId, Sources, Span};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Markdown,
    Html,
}

impl Format {
    pub const ALL: [Format; 2] = [Format::Markdown, Format::Html];

    /// What the name of a file ends with.
    pub fn extension(self) -> &'static str {
        match self {
            Format::Markdown => "md",
            Format::Html => "html",
        }
    }
}

/// What a page is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    Hunts,
    Technique,
}

impl About {
    /// The built-in template.
    pub fn template(self, format: Format) -> &'static str {
        match (self, format) {
            (About::Hunts, Format::Markdown) => "hunt.md",
            (About::Hunts, Format::Html) => "hunt.html",
            (About::Technique, Format::Markdown) => "technique.md",
            (About::Technique, Format::Html) => "technique.html",
        }
    }
}

/// Names and texts.
pub const BUILT_IN: [(&str, &str); 8] = [
    ("hunt.md", include_str!("templates/hunt.md")),
    ("hunt.html", include_str!("templates/hunt.html")),
    ("technique.md", include_str!("templates/technique.md")),
    ("technique.html", include_str!("templates/technique.html")),
    ("parts.md", include_str!("templates/parts.md")),
    ("parts.html", include_str!("templates/parts.html")),
    ("style.css", include_str!("templates/style.css")),
    ("script.js", include_str!("templates/script.js")),
];

/// The page by the template of this name.
pub fn render(page: &Page, name: &'static str, format: Format, own: &Templates, sources: &mut Sources) -> Result<String, Diagnostic> {
    let texts: Vec<(String, FileId, String)> =
        own.iter().map(|(name, file)| ((*name).to_owned(), *file, sources.text(*file).to_owned())).collect();
    let rendered = fill(page, name, format, &texts);
    rendered.map_err(|error| fault(&error, &texts, sources))
}

fn fill(page: &Page, name: &'static str, format: Format, own: &[(String, FileId, String)]) -> Result<String, Error> {
    let mut env = Environment::new();
    env.set_debug(true);
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    env.set_auto_escape_callback(move |_| match format {
        Format::Markdown => AutoEscape::Custom("markdown".into()),
        Format::Html => AutoEscape::Html,
    });
    env.set_formatter(move |out, _, value| {
        let text = match value.as_str() {
            Some(text) if value.is_safe() => text.to_owned(),
            _ if value.is_none() => String::new(),
            _ if value.is_undefined() => return Err(minijinja::ErrorKind::UndefinedError.into()),
            _ => escaped(format, &value.to_string()),
        };
        out.write_str(&text).map_err(Error::from)
    });
    filters(&mut env, format);
    for (built_in, text) in BUILT_IN {
        env.add_template_owned(format!("spoor/{built_in}"), text)?;
        match own.iter().find(|(name, ..)| name == built_in) {
            Some((name, _, text)) => env.add_template_owned(name.clone(), text.clone())?,
            None => env.add_template(built_in, text)?,
        }
    }
    let mut text = env.get_template(name)?.render(Value::from_pairs([("page", Value::from(Serde(page)))]))?;
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text)
}

fn escaped(format: Format, text: &str) -> String {
    match format {
        Format::Markdown => markup::markdown(text),
        Format::Html => markup::html(text),
    }
}

/// Beside those of the engine.
pub const FILTERS: [&str; 6] = ["code", "block", "link", "prose", "defang", "line"];

fn filters(env: &mut Environment<'_>, format: Format) {
    // Within a line.
    env.add_filter("code", move |text: String| Value::from_safe_string(code(format, &text)));
    // Sentences in which names stand between backticks, as Spoor's own and many people's do.
    env.add_filter("prose", move |text: String| {
        let parts: Vec<&str> = text.split('`').collect();
        // One without its end is a backtick.
        let is_paired = parts.len() % 2 == 1 && parts.iter().skip(1).step_by(2).all(|part| !part.trim().is_empty());
        let part = |(index, part): (usize, &&str)| if index % 2 == 1 { code(format, part) } else { escaped(format, part) };
        Value::from_safe_string(if is_paired { parts.iter().enumerate().map(part).collect() } else { escaped(format, &text) })
    });
    // Lines of their own.
    env.add_filter("block", move |text: String, language: String| {
        Value::from_safe_string(match format {
            Format::Markdown => markup::fenced(&text, &language),
            Format::Html => format!("<pre><code class=\"{}\">{}</code></pre>", markup::html(&language), markup::html(&text)),
        })
    });
    // What is no link of the web stays text.
    env.add_filter("link", move |text: String| {
        Value::from_safe_string(match format {
            _ if !is_link(&text) => escaped(format, &text),
            Format::Markdown => format!("<{}>", text.replace('<', "%3C").replace('>', "%3E")),
            Format::Html => format!("<a href=\"{0}\" rel=\"noreferrer noopener\">{0}</a>", markup::html(&text)),
        })
    });
    env.add_filter("defang", |text: String| markup::defanged(&text));
    // A text of several lines in one, as a heading needs it.
    env.add_filter("line", |text: String| text.split_whitespace().collect::<Vec<_>>().join(" "));
}

fn code(format: Format, text: &str) -> String {
    match format {
        Format::Markdown => markup::code(text),
        Format::Html => format!("<code>{}</code>", markup::html(text)),
    }
}

/// The innermost error that has a place: of an include or a block the outer one says only that it failed.
fn fault(error: &Error, own: &[(String, FileId, String)], sources: &mut Sources) -> Diagnostic {
    let mut innermost = error;
    let mut next = std::error::Error::source(error);
    while let Some(inner) = next {
        if let Some(inner) = inner.downcast_ref::<Error>().filter(|inner| inner.name().is_some()) {
            innermost = inner;
        }
        next = inner.source();
    }
    let name = innermost.name().unwrap_or_default();
    let file = match own.iter().find(|(own, ..)| own == name) {
        Some((_, file, _)) => *file,
        None => {
            let text = BUILT_IN.iter().find(|(built_in, _)| name.trim_start_matches("spoor/") == *built_in).map_or("", |(_, text)| text);
            sources.add(name, text)
        }
    };
    let what = match innermost.detail() {
        Some(detail) => format!("{}: {detail}", innermost.kind()),
        None => innermost.kind().to_string(),
    };
    said::template(place(innermost, file, sources.text(file)), &what)
}

/// The bytes that the engine names, else its line.
fn place(error: &Error, file: FileId, text: &str) -> Span {
    if let Some(range) = error.range().filter(|range| text.get(range.clone()).is_some_and(|part| !part.is_empty())) {
        return Span::new(file, range.start, range.end);
    }
    let mut start = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        if Some(index + 1) == error.line() {
            return Span::new(file, start, start + line.trim_end().len());
        }
        start += line.len();
    }
    Span::new(file, 0, 0)
}
