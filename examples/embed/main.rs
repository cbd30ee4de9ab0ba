//! The matcher as a library: `cargo run --example embed`.
//!
//! Each file is one way to use it, and can be read alone. `cargo test` runs them all: what they promise is asserted.

mod borrowed_json;
mod hot_swap;
mod own_fields;
mod stream;

use spoor::engine::Engine;
use spoor::project::Workspace;
use spoor::schema::builtin;

fn main() {
    borrowed_json::run();
    own_fields::run();
    hot_swap::run();
    stream::run();
}

/// Rules of a text to an engine. Files are read by `Workspace::load(discover(&paths), builtin())`.
fn engine(rules: &str) -> Engine {
    let checked = Workspace::text("rules.spoor", rules).check(builtin());
    // An error leaves its rule out; warnings do not.
    for finding in &checked.diagnostics {
        println!("{}: {}", finding.code, finding.title);
    }
    let (engine, refused) = Engine::new(&checked.rules, builtin());
    assert!(refused.is_empty(), "what the matcher cannot load is told and left out");
    engine
}
