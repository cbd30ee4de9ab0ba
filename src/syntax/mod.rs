//! Text to tree: lexer, parser, tree, printer. nom is known here only.
//!
//! In: the text of one `.spoor` file. Out: [`Parsed`], the [`ast`] as written with the comments beside it, and every syntax error of
//! the file, one a mistake. Law: `parse(print(tree)) == tree`, and printing keeps every comment.
//! Names, types and values are `check`'s matter.

pub mod ast;

use crate::diag::Diagnostic;
use crate::source::{FileId, Sources, Span};

/// A file as read. The tree holds what could be read, also where there are diagnostics.
#[derive(Debug)]
pub struct Parsed {
    pub file: ast::File,
    /// In the order of the text.
    pub comments: Vec<Comment>,
    pub diagnostics: Vec<Diagnostic>,
}

/// `# text`. It hangs on the next token, or on the line that it ends (`trailing`).
#[derive(Clone, Debug)]
pub struct Comment {
    pub text: String,
    pub trailing: bool,
    pub span: Span,
}

/// Reads a file. Never fails: what could not be read is told in the diagnostics, and its rule is not `complete`.
pub fn parse(sources: &Sources, file: FileId) -> Parsed {
    let end = sources.text(file).len();
    Parsed { file: ast::File { items: Vec::new(), at: ast::At(Span::new(file, 0, end)) }, comments: Vec::new(), diagnostics: Vec::new() }
}

/// The text of a tree in the one layout, items in the order of the tree.
pub fn print(_parsed: &Parsed) -> String {
    String::new()
}

/// `spoor fmt`: [`print`], with the items of each rule in their usual order (meta, let, detect, last, show, test).
pub fn format(parsed: &Parsed) -> String {
    print(parsed)
}
