//! Which classes and fields exist, of what type, and what every product calls them; and which techniques ATT&CK has.
//!
//! In: packs, YAML under `packs/` and in a user's project. Out: [`Packs`]: the model, the schemas, the bindings, ATT&CK. The built-in ones
//! are `static`: the build script runs the loader that also reads a user's packs, so start-up pays nothing and a binding that names
//! what its schema lacks does not compile. Nothing here knows of a rule or a query.

pub mod attack;
mod builtin;
pub mod calendar;
mod channel;
mod columns;
mod load;
mod lookups;
mod losses;
pub mod names;
mod nearest;
pub mod open;
pub mod sigma;
pub mod sources;
mod targets;
mod transform;
mod types;
pub mod version;

pub use builtin::builtin;
pub use calendar::TimePart;
pub use channel::{Channel, Platform};
pub use columns::Columns;
pub use load::{Fault, Misplaced, PackError, Part, Shape, Unknown, load, load_parts};
pub use losses::{Blind, Form, FormKind, Loss, Seen};
pub use nearest::{meant, nearest};
pub use targets::Target;
pub use transform::*;
pub use types::*;
