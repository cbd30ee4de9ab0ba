//! Texts, regexes, numbers, durations, addresses, and characters that belong to none of them.

use super::{certain, unsure};
use crate::diag::{Code, Diagnostic, Edit};
use crate::source::Span;

pub fn bad_escape(text: Span, escape: Span, written: &str) -> Diagnostic {
    let body = &written[1..written.len() - 1];
    let raw = format!("'{}'", body.replace('\'', "''"));
    let slice = &written[(escape.start - text.start) as usize..(escape.end - text.start) as usize];
    let found = Diagnostic::new(Code::BadEscape, format!("`{slice}` is no escape"), escape, "no such escape")
        .label(text, "in this text")
        .help(format!("a text in single quotes takes a backslash as it is: {raw}"))
        .help("in double quotes the escapes are `\\\"`, `\\\\` and `\\u{..}`");
    // With an escape that works beside it, or a tab meant, the writer may have wanted something else.
    let works = body.contains("\\\\") || body.contains("\\\"") || body.contains("\\u{");
    let letters_only =
        ["\\n", "\\t", "\\r", "\\0"].iter().any(|escape| body.contains(escape)) && !body.contains(":\\") && body.matches('\\').count() == 1;
    let edits = vec![Edit { span: text, text: raw }];
    found.with_fix(if works || letters_only { unsure(edits) } else { certain(edits) })
}

pub fn unterminated_text(quote: Span, rest: Span) -> Diagnostic {
    Diagnostic::new(Code::Unterminated, "text without a closing quote", quote, "opened here")
        .label(rest, "a text ends with its line")
        .help("close it on the same line; a backslash before the closing quote of `\"..\"` makes it a part of the text")
}

/// `"C:\Users\"`: the last backslash makes the quote a part of the text. `text`: up to that quote.
pub fn backslash_before_quote(text: Span, rest: Span, raw: &str) -> Diagnostic {
    let quoted = format!("'{}'", raw.replace('\'', "''"));
    Diagnostic::new(Code::Unterminated, "text without a closing quote", text, "`\\\"` is a quote inside of the text, not its end")
        .label(rest, "a text ends with its line")
        .help(format!("a text in single quotes takes a backslash as it is: {quoted}"))
        .maybe_fix(text, quoted)
}

/// The quote that was forgotten is an earlier one of the line.
pub fn quote_forgotten(quote: Span, end: Span) -> Diagnostic {
    Diagnostic::new(Code::Unterminated, "text without a closing quote", quote, "opened here")
        .label(end, "this quote, meant to open the next text, ends it")
        .help("close the first text before the second begins: each quote on a line has its partner there")
}

pub fn unterminated_regex(slash: Span, rest: Span) -> Diagnostic {
    Diagnostic::new(Code::Unterminated, "regex without a closing slash", slash, "opened here")
        .label(rest, "a regex ends with its line")
        .help("close it with `/` on the same line; a slash in it is written `\\/`, its flags are `s` and `m`")
}

pub fn unterminated_name(tick: Span, rest: Span, empty: bool) -> Diagnostic {
    let title = if empty { "name without a letter" } else { "name without a closing backtick" };
    Diagnostic::new(Code::Unterminated, title, tick, "opened here")
        .label(rest, "a name ends with its line")
        .help("backticks make a name of anything but nothing: `@timestamp`")
}

pub fn misplaced_regex(regex: Span) -> Diagnostic {
    Diagnostic::new(Code::MisplacedRegex, "a regex stands where none may begin", regex, "a regex")
        .help("a regex follows `matches`, or stands in its list, or after `let x =`")
}

/// `name == /x/`
pub fn operator_for_regex(regex: Span, op: Span, meant: &str, edit: Edit) -> Diagnostic {
    Diagnostic::new(Code::MisplacedRegex, format!("a regex is asked for with `{meant}`"), op, "takes no regex")
        .label(regex, "a regex")
        .help(format!("write `{meant}`"))
        .with_fix(certain(vec![edit]))
}

/// `matches "x"`
pub fn text_for_regex(text: Span, spelled: &str) -> Diagnostic {
    Diagnostic::new(Code::TextForRegex, "`matches` wants a regex between slashes", text, "a text")
        .help(format!("write {spelled}, or `like` for wildcards"))
        .maybe_fix(text, spelled)
}

pub fn bad_number(at: Span, written: &str) -> Diagnostic {
    Diagnostic::new(Code::BadNumber, format!("`{written}` is no number"), at, "no number")
        .help("numbers are `42`, `-1`, `0x1f`, `50_000_000` or `1.5`, in 64 bits; a duration is a number and one of `s m h d`; a text stands in quotes")
}

/// `last banana`
pub fn bad_duration(at: Span, found: &str, after: &str, example: &str) -> Diagnostic {
    Diagnostic::new(Code::BadDuration, format!("`{after}` wants a duration"), at, format!("expected a duration, found {found}"))
        .help(format!("a duration is a number and one of `s`, `m`, `h`, `d`: `{after} {example}`"))
}

/// `30days`, `30 d`, `"30d"`
pub fn bad_duration_word(at: Span, written: &str, meant: &str) -> Diagnostic {
    Diagnostic::new(Code::BadDuration, format!("`{written}` is no duration"), at, "a duration is a number and one of `s`, `m`, `h`, `d`")
        .help(format!("write `{meant}`"))
        .fix(at, meant)
}

/// The duration that a word of digits and letters says: `7days` is `7d`, `2w` is `14d`.
pub fn meant_duration(written: &str) -> Option<String> {
    let digits = written.bytes().take_while(u8::is_ascii_digit).count();
    let (count, unit) = written.split_at(digits);
    let count: u64 = count.parse().ok()?;
    let (times, unit) = match unit.to_ascii_lowercase().as_str() {
        "s" | "sec" | "secs" | "second" | "seconds" => (1, 's'),
        "m" | "min" | "mins" | "minute" | "minutes" => (1, 'm'),
        "h" | "hr" | "hrs" | "hour" | "hours" => (1, 'h'),
        "d" | "day" | "days" => (1, 'd'),
        "w" | "wk" | "wks" | "week" | "weeks" => (7, 'd'),
        _ => return None,
    };
    Some(format!("{}{unit}", count.checked_mul(times)?))
}

pub fn bad_address(at: Span, written: &str) -> Diagnostic {
    let large = written.split(['.', '/']).find(|part| part.parse::<u32>().map_or(part.len() > 9, |number| number > 255));
    let label = large.map_or_else(|| "no address".to_owned(), |part| format!("{part} is more than 255"));
    Diagnostic::new(Code::BadAddress, format!("`{written}` is no address"), at, label).help(
        "an IPv4 address has four numbers from 0 to 255 without leading zeros: `192.0.2.1`, a network a prefix behind it: `192.0.2.0/24`",
    )
}

/// `203.0.113.7:8443`
pub fn address_with_port(at: Span, address: &str, port: &str) -> Diagnostic {
    Diagnostic::new(Code::BadAddress, format!("`{address}:{port}` is an address with its port"), at, "two values in one")
        .help(format!("write the address alone, {address}, and ask for the port in a test of its own, as `dest.port == {port}`"))
}

/// `evil[.]example`, `https://evil.example`, `C:\\Windows`
///
/// `sure`: it is the whole text.
pub fn text_without_quotes(at: Span, written: &str, sure: bool) -> Diagnostic {
    let quoted = if written.contains(['\\', '"']) { format!("'{}'", written.replace('\'', "''")) } else { format!("\"{written}\"") };
    let found = Diagnostic::new(Code::TextWithoutQuotes, "a text without quotes", at, "no name and no value")
        .help(format!("a text stands in quotes: {quoted}"));
    if sure { found.fix(at, quoted) } else { found.maybe_fix(at, quoted) }
}

pub fn bad_prefix(at: Span, written: &str) -> Diagnostic {
    Diagnostic::new(Code::BadAddress, format!("`{written}` is no network"), at, "the prefix is too long")
        .help("the prefix is at most 32 for IPv4 and 128 for IPv6")
}

pub fn stray_character(at: Span, c: char) -> Diagnostic {
    let name = format!("U+{:04X}", c as u32);
    let shown = if c.is_control() || hidden(c) { name.clone() } else { format!("`{c}` ({name})") };
    let found = Diagnostic::new(Code::StrayCharacter, format!("{shown} belongs to no token"), at, "this character");
    match c {
        '\u{a0}' | '\u{2002}'..='\u{200a}' | '\u{202f}' | '\u{3000}' => found.help("it looks like a blank; write a blank").fix(at, " "),
        '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{2060}' => found.help("nobody can see it; take it out").fix(at, ""),
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            found.help("it reorders what a reader sees, so that a rule could say what it does not show; take it out").fix(at, "")
        }
        '‑' | '–' | '—' | '−' => found.help("the sign of a number is `-`").maybe_fix(at, "-"),
        _ if c.is_control() => found.help("control characters other than tabs and line ends cannot stand in a rule").maybe_fix(at, " "),
        '@' => found.help("backticks make a name of anything: `` `@timestamp` ``"),
        _ if c.is_alphabetic() => found.help("names are ASCII letters, digits and `_`; backticks make a name of anything: `` `größe` ``"),
        _ => found.help("text stands in quotes; backticks make a name of anything"),
    }
}

fn hidden(c: char) -> bool {
    matches!(c, '\u{a0}' | '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{2060}'..='\u{2069}' | '\u{3000}' | '\u{feff}')
}

/// In a text or comment. `cooked`: an escape can say it.
pub fn hidden_character(at: Span, c: char, cooked: bool) -> Diagnostic {
    let name = format!("U+{:04X}", c as u32);
    let found = Diagnostic::new(Code::HiddenCharacter, format!("hidden character {name}"), at, "stands here");
    if cooked {
        let escape = format!("\\u{{{:x}}}", c as u32);
        found.help(format!("write `{escape}`, so that a reader sees it")).fix(at, escape)
    } else {
        found.help("a reader cannot see it, and it may change what he sees; take it out if it is not wanted")
    }
}

/// `@".."`, typographic quotes.
pub fn foreign_quotes(at: Span, written: &str, value: &str) -> Diagnostic {
    let raw = format!("'{}'", value.replace('\'', "''"));
    let title = if written.starts_with('@') { "Spoor writes a raw text in single quotes" } else { "typographic quotes" };
    Diagnostic::new(Code::ForeignSpelling, title, at, "not a text of Spoor").help(format!("write {raw}")).fix(at, raw)
}

pub fn foreign_comment(at: Span, written: &str) -> Diagnostic {
    let found = Diagnostic::new(Code::ForeignSpelling, "Spoor writes `#` before a comment", at, format!("`{written}` of another language"));
    if written == "//" { found.help("write `#`").fix(at, "#") } else { found.help("write `#` before each line of it") }
}

pub fn not_text(at: Span) -> Diagnostic {
    Diagnostic::new(Code::NotText, "this is no text", at, "a control character, the first of many")
        .help("a rule file is text in UTF-8; this looks like a binary file")
}
