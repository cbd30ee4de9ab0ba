//! The command `spoor`: parse the arguments, run, exit code.

fn main() -> std::process::ExitCode {
    spoor::cli::run()
}
