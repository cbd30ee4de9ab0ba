//! `spoor completions`: the script with which a shell completes the arguments.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::out::Out;
use super::{CLEAN, Cli};

#[derive(Args)]
#[command(after_help = "\
Examples:
  spoor completions bash > /etc/bash_completion.d/spoor
  spoor completions zsh > ~/.zfunc/_spoor
  spoor completions fish > ~/.config/fish/completions/spoor.fish")]
pub struct Completions {
    /// The shell
    shell: Shell,
}

pub fn run(args: &Completions, out: &mut Out) -> u8 {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "spoor", &mut script);
    out.print(&String::from_utf8_lossy(&script));
    CLEAN
}
