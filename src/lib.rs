#![doc = include_str!("../ARCHITECTURE.md")]

pub mod check;
pub mod diag;
pub mod engine;
pub mod hir;
pub mod schema;
pub mod source;
pub mod syntax;
pub mod yaml;
