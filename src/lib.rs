//! A compiler for detection rules.

pub mod backend;
pub mod check;
pub mod diag;
pub mod engine;
pub mod hir;
pub mod schema;
pub mod source;
pub mod syntax;
