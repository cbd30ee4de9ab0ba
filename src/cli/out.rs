//! The two streams.
//!
//! Law: who reads the output may stop at any time (`| head`), which is no error and says nothing; every other failure to write is
//! told once and is exit code 2. stdout is buffered, and what was printed before a word on stderr stands before it.

use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};
use clap::ValueEnum;

/// The width of a line where nobody says one.
const PIPED: usize = 120;
/// Below this no table is one.
const NARROWEST: usize = 40;

#[derive(Clone, Copy, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    Always,
    Never,
}

pub struct Out {
    stdout: BufWriter<Stdout>,
    stdout_color: bool,
    stderr_color: bool,
    quiet: bool,
    /// Somebody waits for each line: none is held back.
    pub is_live: bool,
    /// Nobody reads any more.
    closed: bool,
    failed: Option<io::Error>,
}

impl Out {
    pub fn new(color: Color, quiet: bool) -> Out {
        let (stdout_color, stderr_color) = match color {
            // What `choice` gives follows the terminal, NO_COLOR, CLICOLOR, CLICOLOR_FORCE and TERM.
            Color::Auto => {
                (AutoStream::choice(&io::stdout()) != ColorChoice::Never, AutoStream::choice(&io::stderr()) != ColorChoice::Never)
            }
            Color::Always => (true, true),
            Color::Never => (false, false),
        };
        Out {
            stdout: BufWriter::with_capacity(1 << 16, io::stdout()),
            stdout_color,
            stderr_color,
            quiet,
            is_live: false,
            closed: false,
            failed: None,
        }
    }

    /// Nothing is wanted on stderr but errors, and what is lost.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    pub fn stdout_color(&self) -> bool {
        self.stdout_color
    }

    pub fn stderr_color(&self) -> bool {
        self.stderr_color
    }

    pub fn stdout_is_terminal(&self) -> bool {
        io::stdout().is_terminal()
    }

    pub fn stderr_is_terminal(&self) -> bool {
        io::stderr().is_terminal()
    }

    /// How wide a line may be: `COLUMNS`, else the terminal's width, else what most can read.
    pub fn width(&self) -> usize {
        let said = std::env::var("COLUMNS").ok().and_then(|columns| columns.trim().parse().ok()).filter(|columns| *columns > 0);
        let terminal = || terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0)).filter(|width| *width > 0);
        said.or_else(terminal).unwrap_or(PIPED).max(NARROWEST)
    }

    /// What was asked for.
    pub fn print(&mut self, text: &str) {
        if !self.closed && self.failed.is_none() {
            let written = self.stdout.write_all(text.as_bytes());
            self.note(written);
        }
        if self.is_live && text.ends_with('\n') {
            self.flush();
        }
    }

    /// A line of what was asked for.
    pub fn line(&mut self, text: &str) {
        self.print(text);
        self.print("\n");
    }

    /// Whether printing more is in vain: a stream without end may stop.
    pub fn is_closed(&self) -> bool {
        self.closed || self.failed.is_some()
    }

    /// What happened.
    pub fn eprint(&mut self, text: &str) {
        self.flush();
        // Who closed stderr does not want to know.
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }

    /// Whether people see how it goes while it goes.
    pub fn shows_progress(&self) -> bool {
        !self.quiet && self.stderr_is_terminal() && !self.stdout_is_terminal()
    }

    /// Whether people wait at a terminal for what is printed at the end.
    pub fn waits_for_progress(&self) -> bool {
        !self.quiet && self.stderr_is_terminal()
    }

    /// A line on how it went, for people: nothing if they want none.
    pub fn status(&mut self, text: &str) {
        if !self.quiet {
            self.eprint(&format!("{text}\n"));
        }
    }

    /// What takes something away from the result: also where nobody wants to be told how it goes.
    pub fn warning(&mut self, text: &str) {
        self.eprint(&format!("{}: {text}\n", Paint(self.stderr_color).yellow("warning")));
    }

    /// Why something could not be done.
    pub fn error(&mut self, text: &str) {
        let head = if self.stderr_color { "\x1b[1m\x1b[31merror\x1b[0m" } else { "error" };
        self.eprint(&format!("{head}: {text}\n"));
    }

    pub fn flush(&mut self) {
        if !self.closed && self.failed.is_none() {
            let flushed = self.stdout.flush();
            self.note(flushed);
        }
    }

    /// The exit code, after the last byte went out.
    pub fn finish(mut self, code: u8) -> ExitCode {
        self.flush();
        let code = match self.failed.take() {
            None => code,
            Some(error) => {
                self.error(&format!("cannot write to standard output: {error}"));
                super::FAILED
            }
        };
        // The writer would try once more to write what could not be written.
        let _ = self.stdout.into_parts();
        ExitCode::from(code)
    }

    fn note(&mut self, written: io::Result<()>) {
        match written {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.closed = true,
            Err(error) => self.failed = Some(error),
        }
    }
}

/// Text in colour, where colour is wanted.
#[derive(Clone, Copy)]
pub struct Paint(pub bool);

impl Paint {
    pub fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    pub fn dim(self, text: &str) -> String {
        self.with("2", text)
    }

    pub fn red(self, text: &str) -> String {
        self.with("31", text)
    }

    pub fn green(self, text: &str) -> String {
        self.with("32", text)
    }

    pub fn yellow(self, text: &str) -> String {
        self.with("33", text)
    }

    pub fn cyan(self, text: &str) -> String {
        self.with("36", text)
    }

    fn with(self, code: &str, text: &str) -> String {
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}
