//! How far reading is, for who waits at a terminal.
//!
//! In: the files, what was read of them, how many events there were. Out: a bar with the share of the bytes, the events so far and in a second, and
//! how long the rest will take. Of a pipe nobody knows the size: there, the events alone.

use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::out::Out;

/// How often it is looked at.
const EVERY: u64 = 1024;

pub struct Progress {
    bar: Option<ProgressBar>,
    bytes: Bytes,
    /// At how many events it was looked at.
    looked: u64,
}

/// How much was read of all files, by whatever thread.
#[derive(Clone, Default)]
pub struct Bytes(Arc<AtomicU64>);

impl Bytes {
    /// Counts what is read of a file.
    pub fn counting<R: Read>(&self, input: R) -> Counting<R> {
        Counting { input, bytes: Arc::clone(&self.0) }
    }
}

impl Progress {
    pub fn new(files: &[PathBuf], out: &Out) -> Progress {
        let size = |path: &PathBuf| std::fs::metadata(path).ok().filter(|meta| meta.is_file()).map(|meta| meta.len());
        let total: Option<u64> = files.iter().map(size).sum();
        let bar = out.shows_progress().then(|| {
            let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
            let form = if total.is_some() { "{bar:30} {percent}%  {msg}, {per_sec}, {eta} left" } else { "{spinner} {msg}" };
            // The forms are written here: they are right.
            bar.with_style(ProgressStyle::with_template(form).unwrap_or_else(|_| ProgressStyle::default_bar()).with_key(
                "per_sec",
                |state: &indicatif::ProgressState, text: &mut dyn std::fmt::Write| {
                    let _ = write!(text, "{}/s", indicatif::HumanBytes(state.per_sec() as u64));
                },
            ))
        });
        Progress { bar, bytes: Bytes::default(), looked: 0 }
    }

    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    pub fn step(&mut self, events: usize) {
        let events = events as u64;
        if let Some(bar) = &self.bar
            && events / EVERY != self.looked / EVERY
        {
            self.looked = events;
            bar.set_position(self.bytes.0.load(Ordering::Relaxed));
            let rate = events as f64 / bar.elapsed().as_secs_f64().max(0.001);
            bar.set_message(format!("{} events, {} a second", HumanCount(events), HumanCount(rate as u64)));
        }
    }

    /// Shows something above it.
    pub fn beside(&self, show: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(show),
            None => show(),
        }
    }

    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// A file, and how much was read of all of them.
pub struct Counting<R> {
    input: R,
    bytes: Arc<AtomicU64>,
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.bytes.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
