//! Rule files as they lie on a disk, and the project they belong to.
//!
//! In: the paths that a command was given. Out: a [`Project`], what `spoor.yaml` says; a [`Workspace`]: every rule file under the paths,
//! read and parsed, and what they import.
//! Law: a file that cannot be read is a finding, never the end of the others; the order is that of the paths, whatever order the file
//! system has. Writing goes through [`write`](write()), which leaves the old file or the new one, nothing between.

mod discover;
mod expand;
mod find;
#[cfg(feature = "cli")]
mod git;
mod keys;
mod links;
pub mod lints;
mod lookback;
mod manifest;
mod manifest_schema;
mod read;
mod recordings;
#[cfg(feature = "cli")]
mod scratch;
#[cfg(feature = "cli")]
pub mod since;
pub mod snapshots;
mod sources;
mod stage;
mod text;
mod workspace;
mod write;

pub use discover::{Discovered, discover};
pub use find::{find, repository};
#[cfg(feature = "cli")]
pub use git::{Changes, GitFailure, Revision};
pub use keys::Key;
pub use manifest::{Project, open};
pub use manifest_schema::manifest_schema;
pub use read::{STDIN, STDIN_NAME, reason};
pub use recordings::{Recorded, Recordings, folders as test_folders, is_of_tests, recordings};
#[cfg(feature = "cli")]
pub use scratch::Scratch;
pub use snapshots::{file_name as snapshot_name, present as present_snapshots};
pub use stage::{Stage, Waiting};
pub use text::open_text;
pub use workspace::{Document, Workspace, in_parallel};
pub use write::{abandon, write};
