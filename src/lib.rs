#![doc = include_str!("../ARCHITECTURE.md")]
// The page of a module speaks to those who work on it too.
#![allow(rustdoc::private_intra_doc_links)]

pub mod backend;
pub mod check;
#[cfg(feature = "cli")]
pub mod cli;
pub mod compare;
pub mod coverage;
pub mod deploy;
pub mod diag;
pub mod engine;
pub mod hir;
pub mod letters;
pub mod markup;
pub mod page;
pub mod project;
pub mod schema;
pub mod sigma;
pub mod source;
pub mod syntax;
pub mod witness;
pub mod yaml;
