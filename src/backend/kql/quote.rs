//! User text, names and comments as KQL writes them: the only way in for text from a rule.
//!
//! In: any text. Out: a literal, an identifier or a comment that means exactly it. Law: `unquote(quote(s)) == s`, and whatever the text,
//! the literal is one token and the comment one line. <https://learn.microsoft.com/kusto/query/scalar-data-types/string>

use crate::backend::cases::is_unseen;
use std::collections::HashSet;
use std::sync::LazyLock;

/// A string literal: verbatim (`@"C:\Users"`) where that saves escapes, else `"..."`.
pub fn quote(text: &str) -> String {
    if text.contains('\\') && !text.chars().any(is_unseen) {
        return format!("@\"{}\"", text.replace('"', "\"\""));
    }
    literal(text)
}

/// `"..."`, in which a backslash is two: inside `dynamic()`, which is JSON, and anywhere else.
pub fn literal(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if is_unseen(c) => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A column's name: as it is, or in brackets.
pub fn name(name: &str) -> String {
    let plain =
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if plain && !is_keyword(name) { name.to_owned() } else { format!("[{}]", quote(name)) }
}

/// Asked of every column of every query.
fn is_keyword(name: &str) -> bool {
    static WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| KEYWORDS.split_whitespace().collect());
    WORDS.contains(name)
}

/// Text for a comment: what could end the line, or cannot be seen, becomes a space.
pub fn comment(text: &str) -> String {
    text.chars().map(|c| if is_unseen(c) { ' ' } else { c }).collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Words that Microsoft's parser (12.4.1) does not take as a column's name without brackets; and `count` and `filter`, which it
/// takes, but not its grammar for others (`grammar/` of github.com/microsoft/Kusto-Query-Language), behind `where` and `endswith`.
const KEYWORDS: &str = "
    accumulate and anomalychart areachart as asc bagexpansion barchart between bool boolean by byte cachingpolicy callout
    cancel card char columnchart contains contains_cs containscs count cycles dataexport datascope datatable date datetime decimal
    decodeblocks desc double dynamic earliest encodingpolicy endswith endswith_cs expandoutput extent_tags_retention
    external_data externaldata false filter find first flags float force_remote guid harddelete hardretention has has_all has_any
    has_cs hasprefix hasprefix_cs hassuffix hassuffix_cs hotcache in int int16 int32 int64 int8 invoke isfuzzy journal kind
    ladderchart last latest let like likecs linechart long materialize mdm missing nooptimization not notcontains
    notcontainscs notlike notlikecs null of or others pathformat piechart pivotchart print project queries query
    query_results real relaxed restricted_view_access row_level_security rowstore rowstore_references rowstore_sealinfo
    rowstorepolicy rowstores sample scatterchart seal seals search set shards simple softdelete softretention sql
    stackedareachart startswith startswith_cs statistics storedqueryresultcontainers string tablepurge time timechart
    timeline timepivot timespan title to toscalar totable treemap true uint uint16 uint32 uint64 uint8 ulong union uniqueid
    unrestrictedviewers verbose viewers views where with_itemindex with_match_id with_source with_step_name withsource
    writeaheadlog
";

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reads a literal back, as Microsoft's page says. None: not one literal.
    fn unquote(literal: &str) -> Option<String> {
        if let Some(body) = literal.strip_prefix("@\"").and_then(|rest| rest.strip_suffix('"')) {
            let single = body.replace("\"\"", "");
            return (!single.contains(['"', '\n', '\r', '\u{2028}', '\u{2029}'])).then(|| body.replace("\"\"", "\""));
        }
        let mut text = String::new();
        let mut chars = literal.strip_prefix('"')?.strip_suffix('"')?.chars();
        while let Some(c) = chars.next() {
            text.push(match c {
                '"' | '\n' | '\r' | '\u{2028}' | '\u{2029}' => return None,
                '\\' => match chars.next()? {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'u' => char::from_u32(u32::from_str_radix(&chars.by_ref().take(4).collect::<String>(), 16).ok()?)?,
                    c @ ('"' | '\\') => c,
                    _ => return None,
                },
                c => c,
            });
        }
        Some(text)
    }

    proptest! {
        #[test]
        fn what_is_quoted_can_be_read_back(text in "(?s)([\\\\\"'@/\n\r\t\u{0}\u{2028}éI]|.){0,12}") {
            prop_assert_eq!(unquote(&quote(&text)), Some(text));
        }

        #[test]
        fn a_comment_stays_on_its_line(text in "(?s)([\n\r\u{2028}\u{2029}]|.){0,12}") {
            let ends_line = comment(&text).contains(['\n', '\r', '\u{2028}', '\u{2029}']);
            prop_assert!(!ends_line);
        }
    }

    #[test]
    fn literals_are_as_readable_as_they_can_be() {
        assert_eq!(quote("setup.py"), r#""setup.py""#);
        assert_eq!(quote(r"C:\Users\"), r#"@"C:\Users\""#);
        assert_eq!(quote(r#"say "hi""#), r#""say \"hi\"""#);
        assert_eq!(quote("\\\"x"), "@\"\\\"\"x\"");
        assert_eq!(quote("a\\b\n\0\u{202e}é"), r#""a\\b\n\u0000\u202eé""#);
    }

    #[test]
    fn names_that_are_words_stand_in_brackets() {
        assert_eq!(name("FileName"), "FileName");
        assert_eq!(name("by"), r#"["by"]"#);
        assert_eq!(name("the \"name\""), r#"["the \"name\""]"#);
        assert_eq!(name("2nd"), r#"["2nd"]"#);
    }
}
