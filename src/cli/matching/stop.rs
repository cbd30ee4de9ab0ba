//! Ctrl-C while events are read: what was found until then is written, and the run ends.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

pub use crate::cli::interrupt::STOPPED;

static ASKED: AtomicBool = AtomicBool::new(false);

/// From here on a first Ctrl-C asks to stop, and a second one stops at once.
pub fn listen() {
    // Where there is no handler the program ends as any other does.
    let _ = ctrlc::set_handler(|| {
        if ASKED.swap(true, Ordering::Relaxed) {
            std::process::exit(i32::from(STOPPED));
        }
    });
}

pub fn is_asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}

/// Lets who reads standard input do something else while nothing comes.
#[derive(Clone, Default)]
pub struct Idle(Arc<AtomicBool>);

impl Idle {
    /// While this reads, waiting is an error of the kind `WouldBlock`.
    pub fn asking<T>(&self, read: impl FnOnce() -> T) -> T {
        self.0.store(true, Ordering::Relaxed);
        let read = read();
        self.0.store(false, Ordering::Relaxed);
        read
    }
}

/// Standard input, which ends where somebody asks to stop, also while nothing comes.
pub struct Input {
    blocks: Receiver<io::Result<Vec<u8>>>,
    block: Vec<u8>,
    at: usize,
    idle: Idle,
}

impl Input {
    /// A system call that waits cannot be asked to stop: a thread of its own waits.
    pub fn new(size: usize, idle: Idle) -> Input {
        let (sender, blocks) = sync_channel(2);
        thread::spawn(move || {
            let mut input = io::stdin().lock();
            loop {
                let mut block = vec![0; size];
                let read = input.read(&mut block);
                let is_over = !matches!(read, Ok(1..));
                let read = read.map(|read| {
                    block.truncate(read);
                    block
                });
                if sender.send(read).is_err() || is_over {
                    return;
                }
            }
        });
        Input { blocks, block: Vec::new(), at: 0, idle }
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.block.len() {
            match self.blocks.recv_timeout(Duration::from_millis(100)) {
                Ok(block) => (self.block, self.at) = (block?, 0),
                Err(RecvTimeoutError::Timeout) if !is_asked() => {
                    if self.idle.0.load(Ordering::Relaxed) {
                        return Err(io::ErrorKind::WouldBlock.into());
                    }
                    continue;
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return Ok(0),
            }
            if self.block.is_empty() {
                return Ok(0);
            }
        }
        let read = (self.block.len() - self.at).min(buffer.len());
        buffer[..read].copy_from_slice(&self.block[self.at..self.at + read]);
        self.at += read;
        Ok(read)
    }
}
