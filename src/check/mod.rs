//! The tree as written to what it means: names bound, values typed, sugar gone.
//!
//! In: a parsed file, the files it imports, the packs. Out: [`hir::Rule`]s, one for each rule without an error, and diagnostics.
//! Law: a rule with an error gives no hir; the other rules of the file are not touched by it. Nothing here reads a file: what a rule
//! file names (imports, lists) is handed in through [`Files`].

use crate::diag::Diagnostic;
use crate::hir;
use crate::schema::Packs;
use crate::source::FileId;
use crate::syntax::ast;

/// What a rule file refers to, read beforehand. A reference that is not there was reported by who tried to read it.
pub trait Files {
    /// The tree of an imported file; `path` as written, relative to the importing file.
    fn import(&self, from: FileId, path: &str) -> Option<&ast::File>;
    /// The text of an indicator list (`let x from "iocs.txt"`).
    fn list(&self, from: FileId, path: &str) -> Option<&str>;
}

#[derive(Debug, Default)]
pub struct Checked {
    pub rules: Vec<hir::Rule>,
    pub diagnostics: Vec<Diagnostic>,
}

/// Checks every rule of a file. Rules that the parser could not read whole are passed over.
pub fn check(_file: &ast::File, _files: &dyn Files, _packs: &Packs) -> Checked {
    Checked::default()
}
