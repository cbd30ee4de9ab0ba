//! A diagnostic as people read it: the fact, the lines with marks under them, the help, the fix as a patch.
//!
//! In: a [`Diagnostic`] and the texts it points into. Out: text, with ANSI colours where asked for. codespan-reporting is known here
//! only; it draws the marks, over an [`Excerpt`] and never over the text itself. Law: whatever the texts hold (a line of 10 MB, escape
//! sequences, spans beyond the end), the picture is a few lines and safe to print.

use std::ops::Range;

use codespan_reporting::diagnostic::{Diagnostic as Picture, Label as Mark, LabelStyle, Severity as Kind};
use codespan_reporting::files::{Error, Files, Location};
use codespan_reporting::term::termcolor::{Ansi, Color, ColorSpec, NoColor, WriteColor};
use codespan_reporting::term::{Chars, Config, Styles, StylesWriter, emit_to_write_style};

use super::excerpt::{AROUND, Excerpt, WIDTH, floor, sentence};
use super::json::Spot;
use super::{Diagnostic, Edit, Fix, Severity};
use crate::source::{Sources, Span};

/// The picture of one finding, with an empty line at its end.
pub fn render(diagnostic: &Diagnostic, sources: &Sources, color: bool) -> String {
    let picture = painted(color, |out| draw(out, diagnostic, sources));
    let mut text = String::new();
    for line in picture.trim_end().lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    if let Some(fix) = &diagnostic.fix {
        text.push_str(&painted(color, |out| patch(out, diagnostic, fix, sources)));
    }
    text.push('\n');
    text
}

/// What is drawn, as text. Drawing into memory does not fail.
fn painted(color: bool, draw: impl Fn(&mut dyn WriteColor) -> std::io::Result<()>) -> String {
    let mut plain = NoColor::new(Vec::new());
    let mut ansi = Ansi::new(Vec::new());
    let _ = draw(if color { &mut ansi } else { &mut plain });
    let bytes = if color { ansi.into_inner() } else { plain.into_inner() };
    String::from_utf8_lossy(&bytes).into_owned()
}

/// By path, then by place: the order in which findings are shown, whatever order they were made in. The same finding twice is one.
pub fn sort(diagnostics: &mut Vec<Diagnostic>, sources: &Sources) {
    diagnostics.sort_by(|a, b| {
        let key = |diagnostic: &Diagnostic| (sources.name(diagnostic.span().file).to_owned(), diagnostic.span(), diagnostic.code);
        key(a).cmp(&key(b)).then_with(|| a.title.cmp(&b.title))
    });
    diagnostics.dedup();
}

fn draw(out: &mut dyn WriteColor, diagnostic: &Diagnostic, sources: &Sources) -> std::io::Result<()> {
    let shown = Shown::new(diagnostic, sources);
    let config = Config { chars: Chars::ascii(), ..Config::default() };
    let styles = styles();
    let picture = shown.picture(diagnostic);
    if emit_to_write_style(&mut StylesWriter::new(&mut *out, &styles), &config, &shown, &picture).is_err() {
        // It fails only if the excerpt and its spans disagree; the finding itself must not be lost with its picture.
        let Spot { path, place } = Spot::new(sources, diagnostic.span());
        let (severity, code, title) = (word(diagnostic.severity()), diagnostic.code, &diagnostic.title);
        writeln!(out, "{severity}[{code}]: {title} ({path}:{}:{})", place.line, place.column)?;
    }
    Ok(())
}

/// A text of unknown origin, made fit for a terminal: no control characters, and of bearable length.
pub fn plain(text: &str) -> std::borrow::Cow<'_, str> {
    sentence(text)
}

pub fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// The excerpts of a diagnostic's files, as codespan asks for them.
struct Shown<'s> {
    sources: &'s Sources,
    excerpts: Vec<Excerpt>,
}

impl<'s> Shown<'s> {
    fn new(diagnostic: &Diagnostic, sources: &'s Sources) -> Shown<'s> {
        let mut excerpts: Vec<Excerpt> = Vec::new();
        for label in &diagnostic.labels {
            let file = label.span.file;
            if excerpts.iter().all(|excerpt| excerpt.file != file) {
                let spans: Vec<Span> = diagnostic.labels.iter().map(|label| label.span).filter(|span| span.file == file).collect();
                excerpts.push(Excerpt::new(sources, file, &spans));
            }
        }
        Shown { sources, excerpts }
    }

    fn picture(&self, diagnostic: &Diagnostic) -> Picture<usize> {
        let kind = match diagnostic.severity() {
            Severity::Error => Kind::Error,
            Severity::Warning => Kind::Warning,
            Severity::Note => Kind::Note,
        };
        let marks = diagnostic.labels.iter().enumerate().filter_map(|(index, label)| {
            let style = if index == 0 { LabelStyle::Primary } else { LabelStyle::Secondary };
            let file = self.excerpts.iter().position(|excerpt| excerpt.file == label.span.file)?;
            let range = self.excerpts[file].locate(self.sources, label.span);
            Some(Mark::new(style, file, range).with_message(sentence(&label.text)))
        });
        let notes = diagnostic.help.iter().map(|help| format!("help: {}", sentence(help)));
        Picture::new(kind)
            .with_code(diagnostic.code)
            .with_message(sentence(&diagnostic.title))
            .with_labels(marks.collect())
            .with_notes(notes.collect())
    }
}

/// A file is its index, a line its number less one.
impl<'f> Files<'f> for Shown<'_> {
    type FileId = usize;
    type Name = String;
    type Source = &'f str;

    fn name(&self, file: usize) -> Result<String, Error> {
        Ok(sentence(self.sources.name(self.excerpts[file].file)).into_owned())
    }

    fn source(&'f self, file: usize) -> Result<&'f str, Error> {
        Ok(&self.excerpts[file].text)
    }

    fn line_index(&self, file: usize, shown: usize) -> Result<usize, Error> {
        Ok(self.excerpts[file].line_at(shown) - 1)
    }

    fn line_range(&self, file: usize, line: usize) -> Result<Range<usize>, Error> {
        Ok(self.excerpts[file].line(line + 1))
    }

    fn location(&self, file: usize, shown: usize) -> Result<Location, Error> {
        let excerpt = &self.excerpts[file];
        let place = self.sources.place(excerpt.source_of(self.sources, shown));
        Ok(Location { line_number: place.line, column_number: place.column })
    }
}

/// The lines that the edits change, before and after.
fn patch(out: &mut dyn WriteColor, diagnostic: &Diagnostic, fix: &Fix, sources: &Sources) -> std::io::Result<()> {
    let mut edits: Vec<&Edit> = fix.edits.iter().collect();
    edits.sort_by_key(|edit| edit.span);
    let spans = diagnostic.labels.iter().map(|label| label.span).chain(edits.iter().map(|edit| edit.span));
    let width = spans.map(|span| sources.place(span).end_line.to_string().len()).max().unwrap_or(1);
    paint(out, foreground(Color::Cyan), &format!("{:width$} = ", ""))?;
    writeln!(out, "{}:", if fix.certain { "fix" } else { "possible fix" })?;
    let mut from = 0;
    while from < edits.len() {
        // Edits that share a line are one change.
        let mut to = from + 1;
        while to < edits.len()
            && edits[to].span.file == edits[from].span.file
            && sources.place(edits[to].span).line <= sources.place(edits[to - 1].span).end_line
        {
            to += 1;
        }
        change(out, &edits[from..to], sources, width)?;
        from = to;
    }
    Ok(())
}

/// How many changed lines are shown of one change.
const TALL: usize = 12;

fn change(out: &mut dyn WriteColor, edits: &[&Edit], sources: &Sources, width: usize) -> std::io::Result<()> {
    let (first, last) = (edits[0].span, edits[edits.len() - 1].span);
    let text = sources.text(first.file);
    let (number, end_number) = (sources.place(first).line, sources.place(last).end_line);
    let (line, end_line) = (sources.line(first.file, number), sources.line(first.file, end_number));
    let (before, after) = (near(text, line.start..first.start as usize, true), near(text, last.end as usize..end_line.end, false));
    let old = slice(text, first.start as usize..last.end as usize);
    let mut new = String::new();
    let mut at = first.start as usize;
    for edit in edits {
        new.push_str(slice(text, at..edit.span.start as usize));
        new.push_str(&edit.text);
        at = edit.span.end as usize;
    }
    for (mark, middle, color) in [('-', old, Color::Red), ('+', new.as_str(), Color::Green)] {
        let side = format!("{before}{middle}{after}");
        let lines: Vec<&str> = side.lines().collect();
        for (index, content) in lines.iter().take(TALL).enumerate() {
            paint(out, foreground(Color::Cyan), &format!("{:>width$} ", number + index))?;
            paint(out, foreground(color), format!("{mark} {}", sentence(content)).trim_end())?;
            writeln!(out)?;
        }
        if lines.len() > TALL {
            writeln!(out, "{:>width$} {mark} ({} more lines)", "", lines.len() - TALL)?;
        }
    }
    Ok(())
}

/// What of a line is shown beside a change: all of it, or the part that is nearest.
fn near(text: &str, range: Range<usize>, before: bool) -> String {
    let part = slice(text, range);
    if part.len() <= WIDTH / 2 {
        part.to_owned()
    } else if before {
        format!("…{}", &part[floor(part, part.len() - AROUND)..])
    } else {
        format!("{}…", &part[..floor(part, AROUND)])
    }
}

/// The text of a range, or nothing where there is none: a wrong edit must not bring a picture down.
fn slice(text: &str, range: Range<usize>) -> &str {
    text.get(range).unwrap_or("")
}

fn paint(out: &mut dyn WriteColor, color: ColorSpec, text: &str) -> std::io::Result<()> {
    out.set_color(&color)?;
    write!(out, "{text}")?;
    out.reset()
}

fn foreground(color: Color) -> ColorSpec {
    let mut spec = ColorSpec::new();
    spec.set_fg(Some(color));
    spec
}

/// rustc's colours: the finding's own for its title and first mark, blue for the frame and the other marks.
fn styles() -> Styles {
    Styles {
        header_message: {
            let mut spec = ColorSpec::new();
            spec.set_bold(true);
            spec
        },
        ..Styles::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Code;

    fn picture(text: &str, make: impl Fn(&dyn Fn(usize, usize) -> Span) -> Diagnostic) -> String {
        let mut sources = Sources::default();
        let file = sources.add("rules/x.spoor", text);
        render(&make(&|start, end| Span::new(file, start, end)), &sources, false)
    }

    #[test]
    fn labels_help_and_the_patch() {
        let text = "rule x {\r\n\tdetect process where Name == \"本\" and b\r\n}\r\n";
        let at = text.find("Name").unwrap();
        let shown = picture(text, |span| {
            Diagnostic::new(Code::UnknownField, "unknown field `Name`", span(at, at + 4), "no field of `process`")
                .label(span(11, 17), "in this pattern")
                .help("fields are written in lower case")
                .fix(span(at, at + 4), "name")
        });
        assert_eq!(
            shown,
            "error[E0201]: unknown field `Name`\n  --> rules/x.spoor:2:23\n  |\n2 |     detect process where Name == \"本\" and b\n\
             \x20 |     ------               ^^^^ no field of `process`\n  |     |\n  |     in this pattern\n  |\n\
             \x20 = help: fields are written in lower case\n  = fix:\n2 - \tdetect process where Name == \"本\" and b\n2 + \tdetect process where name == \"本\" and b\n\n"
        );
    }

    #[test]
    fn a_huge_line_stays_small_in_picture_and_patch() {
        let text = "x".repeat(5_000_000);
        let shown = picture(&text, |span| {
            let title = format!("unknown `{text}`");
            Diagnostic::new(Code::UnknownField, title, span(2_000_000, 2_000_003), "here").fix(span(2_000_000, 2_000_003), "yyy")
        });
        assert!(shown.len() < 3000, "{} bytes", shown.len());
        assert!(shown.contains("x.spoor:1:2000001") && shown.contains("xyyyx"), "{shown}");
    }

    #[test]
    fn nonsense_spans_are_drawn_nevertheless() {
        for text in ["", "é", "a\nb\nc\nd", "\u{feff}\r\n\r\n"] {
            for start in 0..8 {
                for end in 0..10 {
                    let shown = picture(text, |span| {
                        Diagnostic::new(Code::UnknownField, "t", span(start, end), "l")
                            .label(span(end, start), "m")
                            .fix(span(start, end), "é\nz")
                    });
                    assert!(shown.starts_with("error[E0201]: t"), "{text:?} {start} {end}: {shown}");
                }
            }
        }
    }

    #[test]
    fn colour_only_adds_colour() {
        let mut sources = Sources::default();
        let file = sources.add("x.spoor", "abc def\n");
        let diagnostic =
            Diagnostic::new(Code::UnknownField, "t", Span::new(file, 4, 7), "l").help("h").maybe_fix(Span::new(file, 0, 3), "b");
        let (plain, mut colored) = (render(&diagnostic, &sources, false), render(&diagnostic, &sources, true));
        assert!(colored.contains("\x1b["));
        while let Some(start) = colored.find('\x1b') {
            let end = start + colored[start..].find('m').unwrap();
            colored.replace_range(start..=end, "");
        }
        assert_eq!(colored, plain);
    }
}
