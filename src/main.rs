//! The command `spoor`.

fn main() {}
