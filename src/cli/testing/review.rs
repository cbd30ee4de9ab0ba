//! `spoor test --review`: one snapshot after the other, shown and asked about.
//!
//! In: what differs, the answers of a person. Out: what was accepted, written at once: who quits, or whose terminal goes away, keeps what was
//! decided. No answer accepts anything but `a` and `A`.

use std::io::BufRead;
use std::path::Path;

use super::compare::{Compared, State};
use super::{Tested, accept};
use crate::cli::out::{Out, Paint};
use crate::cli::{CLEAN, FAILED};

enum Answer {
    Accept,
    AcceptAll,
    Reject,
    Skip,
    Quit,
}

pub fn run(folder: &Path, tested: &mut [Tested<'_>], orphans: &mut Vec<String>, input: &mut dyn BufRead, out: &mut Out) -> u8 {
    let paint = Paint(out.stderr_color());
    let open = tested.iter().filter(|tested| tested.snapshot.as_ref().is_some_and(Compared::fails)).count() + orphans.len();
    if open == 0 {
        out.eprint("every snapshot is as it should be\n");
        return CLEAN;
    }
    let (mut number, mut all, mut code) = (0, false, CLEAN);
    for tested in tested.iter_mut() {
        let name = &tested.rule.name;
        let Some(compared) = tested.snapshot.as_mut().filter(|compared| compared.fails()) else { continue };
        number += 1;
        let shown = match &compared.state {
            State::Missing => compared.now.lines().map(|line| format!("{}\n", paint.green(&format!("+{line}")))).collect(),
            State::Same | State::Changed(_) | State::Written => compared.diff(folder, paint).unwrap_or_default(),
            State::Unreadable(why) => format!("it cannot be read: {why}\n"),
        };
        let what = if matches!(compared.state, State::Missing) { "new" } else { "changed" };
        let head = format!("[{number}/{open}] {name}: a {what} snapshot");
        let answer = if all { Answer::Accept } else { ask(&head, &shown, paint, input, out) };
        match answer {
            Answer::Quit => return code,
            Answer::Reject | Answer::Skip => {}
            Answer::Accept | Answer::AcceptAll => {
                all |= matches!(answer, Answer::AcceptAll);
                code = code.max(if accept::one(folder, compared, out) { CLEAN } else { FAILED });
            }
        }
    }
    for name in std::mem::take(orphans) {
        number += 1;
        let head = format!("[{number}/{open}] {name}: no rule makes it any more; accept removes it");
        match if all { Answer::Accept } else { ask(&head, "", paint, input, out) } {
            Answer::Quit | Answer::Reject | Answer::Skip => orphans.push(name),
            Answer::Accept | Answer::AcceptAll => {
                if !accept::remove(folder, &name, out) {
                    orphans.push(name);
                    code = FAILED;
                }
            }
        }
    }
    code
}

/// Asks until there is an answer; the end of the input is the end of the review.
fn ask(head: &str, shown: &str, paint: Paint, input: &mut dyn BufRead, out: &mut Out) -> Answer {
    out.eprint(&format!("\n{}\n{shown}", paint.bold(head)));
    loop {
        out.eprint("a accept, A accept all that follow, r reject, s skip, q quit: ");
        let mut line = String::new();
        match input.read_line(&mut line) {
            Ok(0) | Err(_) => return Answer::Quit,
            Ok(_) => {}
        }
        return match line.trim() {
            "a" | "accept" => Answer::Accept,
            "A" | "all" => Answer::AcceptAll,
            "r" | "reject" => Answer::Reject,
            "s" | "skip" => Answer::Skip,
            "q" | "quit" => Answer::Quit,
            _ => continue,
        };
    }
}
