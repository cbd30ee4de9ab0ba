//! The packs that come with the program, written as Rust by the build script.

use std::borrow::Cow::Borrowed as B;

use super::attack::{Attack, Tactic, Techniques};
use super::channel::{Channel, Platform};
use super::columns::Columns;
use super::losses::*;
use super::sigma::{LogSource, Meaning, Taxonomy};
use super::sources::Source;
use super::transform::*;
use super::types::*;

/// The model, the schemas and the bindings that are built in.
pub fn builtin() -> &'static Packs {
    &BUILTIN
}

include!(concat!(env!("OUT_DIR"), "/packs.rs"));
