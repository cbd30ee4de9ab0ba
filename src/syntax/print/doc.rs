//! A document with places where a line may end, and how it is set within the width.
//!
//! After Wadler's "A prettier printer": a group is set on one line if it fits, else its own lines end. A comment that ends a line
//! waits until that line ends; so it can never swallow what stands behind it.

/// No line is longer, unless one token is.
pub(super) const WIDTH: usize = 100;

#[derive(Clone, Debug)]
pub(super) enum Doc {
    Text(String),
    /// A blank, or a line end in a broken group.
    Line,
    /// Nothing, or a line end in a broken group.
    Soft,
    /// A line end.
    Hard,
    /// A line end and an empty line.
    Blank,
    /// Only in a broken group.
    IfBroken(&'static str),
    /// More indentation behind line ends.
    Nest(usize, Box<Doc>),
    /// Indentation to the current column behind line ends.
    Align(Box<Doc>),
    /// `bool`: cannot be set on one line.
    Group(bool, Box<Doc>),
    Cat(Vec<Doc>),
    /// A comment on a line of its own.
    Own(String),
    /// A comment at the end of the line.
    Trailing(String),
}

pub(super) fn text(text: impl Into<String>) -> Doc {
    Doc::Text(text.into())
}

pub(super) fn cat(docs: impl IntoIterator<Item = Doc>) -> Doc {
    Doc::Cat(docs.into_iter().collect())
}

pub(super) fn nothing() -> Doc {
    Doc::Cat(Vec::new())
}

pub(super) fn nest(doc: Doc) -> Doc {
    Doc::Nest(2, Box::new(doc))
}

pub(super) fn align(doc: Doc) -> Doc {
    Doc::Align(Box::new(doc))
}

pub(super) fn group(doc: Doc) -> Doc {
    Doc::Group(doc.is_forced(), Box::new(doc))
}

impl Doc {
    /// Whether it holds a line end that cannot be a blank.
    fn is_forced(&self) -> bool {
        match self {
            Doc::Hard | Doc::Blank | Doc::Own(_) | Doc::Trailing(_) => true,
            Doc::Text(_) | Doc::Line | Doc::Soft | Doc::IfBroken(_) => false,
            Doc::Group(forced, _) => *forced,
            Doc::Nest(_, inner) | Doc::Align(inner) => inner.is_forced(),
            Doc::Cat(docs) => docs.iter().any(Doc::is_forced),
        }
    }

    /// Its width on one line, if it can stand on one.
    pub(super) fn flat_width(&self) -> Option<usize> {
        match self {
            Doc::Hard | Doc::Blank | Doc::Own(_) | Doc::Trailing(_) => None,
            Doc::Text(text) => Some(text.chars().count()),
            Doc::Line => Some(1),
            Doc::Soft | Doc::IfBroken(_) => Some(0),
            Doc::Group(_, inner) | Doc::Nest(_, inner) | Doc::Align(inner) => inner.flat_width(),
            Doc::Cat(docs) => docs.iter().map(Doc::flat_width).sum(),
        }
    }
}

pub(super) fn set(doc: &Doc) -> String {
    set_as(doc, false)
}

/// On one line, whatever its width; only what no line can go on behind ends one.
pub(super) fn set_flat(doc: &Doc) -> String {
    set_as(doc, true)
}

fn set_as(doc: &Doc, flat: bool) -> String {
    let mut setter = Setter::default();
    setter.run(Job { indent: 0, flat, doc });
    setter.finish()
}

#[derive(Clone, Copy)]
struct Job<'d> {
    indent: usize,
    flat: bool,
    doc: &'d Doc,
}

#[derive(Default)]
struct Setter {
    out: String,
    column: usize,
    /// A line end that is not written yet: the indentation behind it, and whether an empty line stands between.
    newline: Option<(usize, bool)>,
    /// Comments that wait for the end of the current line.
    waiting: Vec<String>,
    /// The current line, or the one before a `newline`, ends in a comment.
    commented: bool,
}

impl Setter {
    fn run(&mut self, job: Job<'_>) {
        let mut jobs = vec![job];
        while let Some(Job { indent, flat, doc }) = jobs.pop() {
            match doc {
                Doc::Text(text) => self.text(text),
                Doc::Line if flat => self.text(" "),
                Doc::Soft if flat => {}
                Doc::Line | Doc::Soft | Doc::Hard => self.end_line(indent, false),
                Doc::Blank => self.end_line(indent, true),
                Doc::IfBroken(text) => {
                    if !flat {
                        self.text(text);
                    }
                }
                Doc::Nest(more, inner) => jobs.push(Job { indent: indent + more, flat, doc: inner }),
                Doc::Align(inner) => jobs.push(Job { indent: self.column(), flat, doc: inner }),
                Doc::Group(forced, inner) => {
                    let flat = flat || (!forced && self.fits(Job { indent, flat: true, doc: inner }, &jobs));
                    jobs.push(Job { indent, flat, doc: inner });
                }
                Doc::Cat(docs) => jobs.extend(docs.iter().rev().map(|doc| Job { indent, flat, doc })),
                Doc::Own(comment) => {
                    if self.newline.is_none() && self.column > 0 {
                        self.end_line(indent, false);
                    }
                    self.text(comment);
                    self.commented = true;
                    self.end_line(indent, false);
                }
                Doc::Trailing(comment) => self.trailing(comment, indent),
            }
        }
    }

    fn column(&self) -> usize {
        self.newline.map_or(self.column, |(indent, _)| indent)
    }

    /// Whether it fits on the line with what stands behind it up to the next line end.
    fn fits(&self, first: Job<'_>, rest: &[Job<'_>]) -> bool {
        let mut left = WIDTH.saturating_sub(self.column());
        let mut jobs = vec![first];
        let mut behind = rest.iter().rev();
        loop {
            let Some(Job { indent, flat, doc }) = jobs.pop().or_else(|| behind.next().copied()) else { return true };
            let width = match doc {
                Doc::Text(text) => text.chars().count(),
                Doc::Line if flat => 1,
                Doc::Soft if flat => 0,
                Doc::Line | Doc::Soft | Doc::Hard | Doc::Blank | Doc::Own(_) | Doc::Trailing(_) => return true,
                Doc::IfBroken(text) => {
                    if flat {
                        0
                    } else {
                        text.len()
                    }
                }
                Doc::Nest(_, inner) | Doc::Align(inner) => {
                    jobs.push(Job { indent, flat, doc: inner });
                    0
                }
                Doc::Group(forced, inner) => {
                    jobs.push(Job { indent, flat: flat && !forced, doc: inner });
                    0
                }
                Doc::Cat(docs) => {
                    jobs.extend(docs.iter().rev().map(|doc| Job { indent, flat, doc }));
                    0
                }
            };
            if width > left {
                return false;
            }
            left -= width;
        }
    }

    fn text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if let Some((indent, blank)) = self.newline.take() {
            self.commented = false;
            if !self.out.is_empty() {
                self.out.push_str(if blank { "\n\n" } else { "\n" });
            }
            self.out.extend(std::iter::repeat_n(' ', indent));
            self.column = indent;
        }
        self.out.push_str(text);
        self.column += text.chars().count();
    }

    fn end_line(&mut self, indent: usize, blank: bool) {
        let mut waiting = std::mem::take(&mut self.waiting).into_iter();
        if let Some(comment) = waiting.next() {
            self.comment(&comment);
        }
        self.trim();
        let before = self.newline.is_some_and(|(_, blank)| blank);
        self.newline = Some((indent, blank || before));
        for comment in waiting {
            self.text(&comment);
            self.commented = true;
            self.newline = Some((indent, false));
        }
    }

    fn comment(&mut self, comment: &str) {
        self.trim();
        self.out.push_str("  ");
        self.out.push_str(comment);
        self.commented = true;
    }

    fn trim(&mut self) {
        let kept = self.out.trim_end_matches(' ').len();
        self.out.truncate(kept);
    }

    /// At the end of the line that was just ended, or of the current one; on its own line if that has a comment already.
    fn trailing(&mut self, comment: &str, indent: usize) {
        match self.newline {
            Some(_) if !self.commented && !self.out.is_empty() => self.comment(comment),
            None if !self.commented && self.column > 0 => self.waiting.push(comment.to_string()),
            _ => {
                self.text(comment);
                self.commented = true;
                self.end_line(indent, false);
            }
        }
    }

    fn finish(mut self) -> String {
        self.end_line(0, false);
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out
    }
}
