//! Text to tree: lexer, parser, tree, printer. nom is known here only.
//!
//! In: the text of one `.spoor` file. Out: [`Parsed`], the [`ast`] as written with the comments beside it, and every syntax error of
//! the file, one a mistake. Law: `parse(print(tree)) == tree`, and printing keeps every comment.
//! Names, types and values are `check`'s matter.

pub mod ast;
pub mod constants;
mod leaf;
mod lex;
pub mod meta;
mod parse;
mod print;
pub mod spelled;
mod token;
mod words;

use crate::diag::Diagnostic;
use crate::source::{FileId, Sources, Span};

/// A file as read. The tree holds what could be read, also where there are diagnostics.
#[derive(Debug)]
pub struct Parsed {
    pub file: ast::File,
    /// In the order of the text.
    pub comments: Vec<Comment>,
    /// Where blank lines begin: printing keeps one of them between the parts of a file.
    pub blanks: Vec<u32>,
    pub diagnostics: Vec<Diagnostic>,
}

/// `# text`. It hangs on the next token, or on the line that it ends (`trailing`).
#[derive(Clone, Debug)]
pub struct Comment {
    pub text: String,
    pub trailing: bool,
    /// Where the last token before it ends; a comma does not count.
    pub after: u32,
    pub span: Span,
}

/// Reads a file. Never fails: what could not be read is told in the diagnostics, and its rule is not `complete`.
pub fn parse(sources: &Sources, file: FileId) -> Parsed {
    let text = sources.text(file);
    let lexed = lex::lex(text, file);
    let (tree, errors) = parse::parse(text, file, &lexed);
    let lex::Lexed { comments, blanks, mut diagnostics, .. } = lexed;
    diagnostics.extend(errors);
    diagnostics.sort_by_key(|found| found.span().start);
    if diagnostics.len() >= lex::MOST_ERRORS {
        let last = diagnostics[diagnostics.len() - 1].span();
        diagnostics.push(crate::diag::syntax::too_many_errors(last, lex::MOST_ERRORS));
    }
    Parsed { file: tree, comments, blanks, diagnostics }
}

/// Whether a plain word may name anything: it means nothing in the language, now or later.
pub fn is_free(word: &str) -> bool {
    words::is_head(word)
}

/// Whether no plain word of these letters is a name.
pub fn is_reserved(word: &str) -> bool {
    words::is_reserved(word)
}

/// The text of a tree in the one layout, items in the order of the tree.
pub fn print(parsed: &Parsed) -> String {
    print::print(parsed)
}

/// An event of a rule's own test, on one line.
pub fn print_event(event: &ast::Event) -> String {
    print::print_event(event)
}

/// `spoor fmt`: [`print()`], with the items of each rule in their usual order: metadata, `let`, `detect`, `last`, `show`, `test`.
pub fn format(parsed: &Parsed) -> String {
    let mut file = parsed.file.clone();
    for item in &mut file.items {
        if let ast::Top::Rule(rule) = item {
            rule.items.sort_by_key(place);
        }
    }
    print::print_file(&file, parsed)
}

fn place(item: &ast::Item) -> u8 {
    match item {
        ast::Item::Meta(_) => 0,
        ast::Item::Let(_) => 1,
        ast::Item::Detect(_) => 2,
        ast::Item::Last(_) => 3,
        ast::Item::Show(_) => 4,
        ast::Item::Test(_) => 5,
    }
}
