//! Ctrl-C in a command that writes files: what is not whole goes, and the run ends as a shell says it of one that SIGINT ended.

use crate::project::abandon;

/// As a shell says it of a program that SIGINT ended.
pub const STOPPED: u8 = 130;

pub fn listen() {
    // Where there is no handler the program ends as any other does.
    let _ = ctrlc::set_handler(|| {
        abandon();
        std::process::exit(i32::from(STOPPED));
    });
}
