//! `spoor match`: rules over events.

use clap::Args;

use super::out::Out;

#[derive(Args)]
pub struct Match {}

pub fn run(_args: &Match, out: &mut Out) -> u8 {
    out.error("not yet");
    super::FAILED
}
