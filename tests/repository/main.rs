//! A repository of rules, as a team has it: what its manifest says of lints, what editors and CI are told, what changed.

#[path = "../cli/run.rs"]
mod run;

mod diff;
mod formats;
mod git;
mod init;
mod levels;
mod manifest;
mod since;
mod whole;
