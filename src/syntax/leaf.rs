//! Leaves, with nom: the longest token of one kind at the start of a text, and the value a token stands for.
//!
//! A `scan_*` function returns what is left after the token. The functions that return values are given the whole text of a token
//! that was scanned before.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::character::complete::{char, one_of, satisfy};
use nom::combinator::{not, opt, peek, recognize};
use nom::multi::{count, many0_count, many1_count};
use nom::sequence::{pair, preceded, terminated};
use nom::{IResult, Parser};
use std::net::{IpAddr, Ipv6Addr};

use super::ast::{Num, Unit};

type Scan<'a> = IResult<&'a str, &'a str>;

pub(super) fn starts_name(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_'
}

pub(super) fn continues_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn in_line(c: char) -> bool {
    c != '\n' && c != '\r'
}

/// Nothing that would make the token before it a part of a longer word.
fn word_ends(text: &str) -> IResult<&str, ()> {
    not(satisfy(continues_name)).parse(text)
}

pub(super) fn scan_name(text: &str) -> Scan<'_> {
    recognize((satisfy(starts_name), take_while(continues_name))).parse(text)
}

pub(super) fn scan_quoted_name(text: &str) -> Scan<'_> {
    recognize((char('`'), take_while1(|c| c != '`' && in_line(c)), char('`'))).parse(text)
}

/// `"..."`: a backslash takes the next character along, so that a bad escape does not hide the end of the text.
pub(super) fn scan_cooked(text: &str) -> Scan<'_> {
    let plain = take_while1(|c| c != '"' && c != '\\' && in_line(c));
    let escape = recognize(pair(char('\\'), satisfy(in_line)));
    recognize((char('"'), many0_count(alt((plain, escape))), char('"'))).parse(text)
}

/// `'...'`: two quotes are one.
pub(super) fn scan_raw(text: &str) -> Scan<'_> {
    let plain = take_while1(|c| c != '\'' && in_line(c));
    recognize((char('\''), many0_count(alt((plain, tag("''")))), char('\''))).parse(text)
}

/// `@"..."` of KQL and C#: two quotes are one.
pub(super) fn scan_verbatim(text: &str) -> Scan<'_> {
    let double = (tag("@\""), many0_count(alt((take_while1(|c| c != '"' && in_line(c)), tag("\"\"")))), char('"'));
    let single = (tag("@'"), many0_count(alt((take_while1(|c| c != '\'' && in_line(c)), tag("''")))), char('\''));
    alt((recognize(double), recognize(single))).parse(text)
}

/// `/.../flags`: never empty, never begins with a star (both are comments elsewhere).
pub(super) fn scan_regex(text: &str) -> Scan<'_> {
    let escape = recognize(pair(char('\\'), satisfy(in_line)));
    let plain = take_while1(|c| c != '/' && c != '\\' && in_line(c));
    recognize((char('/'), not(one_of("*/")), many1_count(alt((plain, escape))), char('/'), take_while(|c| c == 's' || c == 'm'), word_ends))
        .parse(text)
}

/// The length of what can only be a text without quotes: a name with its fangs drawn, a URL, a path with a drive.
pub(super) fn scan_bare_text(text: &str) -> Option<usize> {
    let name = text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))).unwrap_or(text.len());
    let behind = &text[name..];
    let drive = name == 1 && behind.starts_with(":\\");
    if !(behind.starts_with("[.]") || behind.starts_with("://") || behind.starts_with("[://]") || drive) {
        return None;
    }
    let mut open = 0usize;
    let end = text.find(|c: char| match c {
        '[' => {
            open += 1;
            false
        }
        ']' if open > 0 => {
            open -= 1;
            false
        }
        c => c.is_whitespace() || matches!(c, ',' | ')' | ']' | '"' | '\''),
    });
    Some(end.unwrap_or(text.len()))
}

pub(super) fn scan_number(text: &str) -> Scan<'_> {
    let hex = recognize((tag("0x"), take_while1(|c: char| c.is_ascii_hexdigit())));
    let decimal = recognize((
        satisfy(|c| c.is_ascii_digit()),
        take_while(|c: char| c.is_ascii_digit() || c == '_'),
        opt(pair(char('.'), take_while1(|c: char| c.is_ascii_digit()))),
    ));
    terminated(recognize(pair(opt(char('-')), alt((hex, decimal)))), word_ends).parse(text)
}

pub(super) fn scan_duration(text: &str) -> Scan<'_> {
    terminated(recognize(pair(take_while1(|c: char| c.is_ascii_digit()), one_of("smhd"))), word_ends).parse(text)
}

/// With a dot only: `T1059` is a name as well.
pub(super) fn scan_technique(text: &str) -> Scan<'_> {
    let digit = || satisfy(|c| c.is_ascii_digit());
    let prefix = alt((tag("TA"), tag("T"), tag("S"), tag("G"), tag("M")));
    terminated(recognize((prefix, count(digit(), 4), char('.'), count(digit(), 3))), word_ends).parse(text)
}

/// A run that can only be meant as an address or a network: four numbers with dots, or two colons and more among hex digits.
/// Whether it is one says [`address`].
pub(super) fn scan_address(text: &str) -> Scan<'_> {
    let digits = || take_while1(|c: char| c.is_ascii_digit());
    let four = recognize((digits(), count(preceded(char('.'), digits()), 3)));
    let prefix = || opt((char('/'), digits()));
    alt((
        terminated(recognize(pair(four, prefix())), (word_ends, peek(not(pair(char('.'), satisfy(|c| c.is_ascii_digit())))))),
        terminated(recognize(pair(scan_ipv6, prefix())), word_ends),
    ))
    .parse(text)
}

/// A label before a class has the same letters (`ad: be`), so only what RFC 4291 accepts counts.
fn scan_ipv6(text: &str) -> Scan<'_> {
    let (rest, run) = take_while1(|c: char| c.is_ascii_hexdigit() || c == ':' || c == '.').parse(text)?;
    word_ends(rest)?;
    if run.matches(':').count() >= 2 && run.parse::<Ipv6Addr>().is_ok() {
        Ok((rest, run))
    } else {
        Err(nom::Err::Error(nom::error::Error::new(text, nom::error::ErrorKind::Verify)))
    }
}

/// A character that is not the first of any token of the language, or the whole mark of another language.
pub(super) fn scan_foreign_mark(text: &str) -> Scan<'_> {
    alt((
        tag("==~"),
        tag("!=~"),
        tag("==="),
        tag("!=="),
        tag("=~"),
        tag("!~"),
        tag("<>"),
        tag("&&"),
        tag("||"),
        recognize(one_of("!~;&%+*?^$-")),
    ))
    .parse(text)
}

// ---------- values ----------

/// The text between the quotes of a cooked string, or the place (from the opening quote) and the length of its first bad escape.
pub(super) fn cooked_value(token: &str) -> Result<String, (usize, usize)> {
    let body = &token[1..token.len() - 1];
    let mut value = String::with_capacity(body.len());
    let mut at = 0;
    while let Some(step) = body[at..].find('\\') {
        value.push_str(&body[at..at + step]);
        at += step;
        let (taken, c) = escape(&body[at..]).map_err(|len| (at + 1, len))?;
        value.push(c);
        at += taken;
    }
    value.push_str(&body[at..]);
    Ok(value)
}

/// The length and the character of the escape at the start, or the length of what is no escape.
fn escape(text: &str) -> Result<(usize, char), usize> {
    fn unicode(text: &str) -> IResult<&str, &str> {
        let (rest, (_, digits, _)) = (tag("\\u{"), take_while1(|c: char| c.is_ascii_hexdigit()), char('}')).parse(text)?;
        Ok((rest, digits))
    }
    let mut chars = text.chars();
    chars.next();
    match chars.next() {
        Some(c @ ('"' | '\\')) => Ok((2, c)),
        Some('u') => match unicode(text) {
            Ok((rest, digits)) => {
                let len = text.len() - rest.len();
                u32::from_str_radix(digits, 16).ok().and_then(char::from_u32).map(|c| (len, c)).ok_or(len)
            }
            Err(_) => Err(2),
        },
        Some(c) => Err(1 + c.len_utf8()),
        None => Err(1),
    }
}

pub(super) fn raw_value(token: &str) -> String {
    token[1..token.len() - 1].replace("''", "'")
}

/// What a text in the quotes of another language says: `@"..."`, `@'...'`, or typographic quotes.
pub(super) fn foreign_value(token: &str) -> String {
    let mut chars = token.trim_start_matches('@').chars();
    let (first, _) = (chars.next(), chars.next_back());
    match first {
        Some('"') => chars.as_str().replace("\"\"", "\""),
        Some('\'') => chars.as_str().replace("''", "'"),
        _ => chars.as_str().to_string(),
    }
}

pub(super) fn number_value(written: &str) -> Option<Num> {
    let digits = written.replace('_', "");
    let (sign, plain) = digits.strip_prefix('-').map_or((1, digits.as_str()), |plain| (-1, plain));
    if let Some(hex) = plain.strip_prefix("0x") {
        return i64::try_from(i128::from_str_radix(hex, 16).ok()? * sign).ok().map(Num::Int);
    }
    if plain.contains('.') { digits.parse().ok().map(Num::Real) } else { digits.parse().ok().map(Num::Int) }
}

pub(super) fn duration_value(written: &str) -> Option<(u64, Unit)> {
    let (count, unit) = written.split_at(written.len().checked_sub(1)?);
    let unit = match unit {
        "s" => Unit::Second,
        "m" => Unit::Minute,
        "h" => Unit::Hour,
        "d" => Unit::Day,
        _ => return None,
    };
    Some((count.parse().ok()?, unit))
}

/// Why a run of digits, dots and colons is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadAddress {
    Part,
    Prefix,
}

pub(super) fn address_value(written: &str) -> Result<(IpAddr, Option<u8>), BadAddress> {
    let (ip, prefix) = written.split_once('/').map_or((written, None), |(ip, prefix)| (ip, Some(prefix)));
    let ip: IpAddr = ip.parse().map_err(|_| BadAddress::Part)?;
    let bits = if ip.is_ipv4() { 32 } else { 128 };
    match prefix {
        None => Ok((ip, None)),
        Some(prefix) => prefix.parse::<u8>().ok().filter(|n| *n <= bits).map(|n| (ip, Some(n))).ok_or(BadAddress::Prefix),
    }
}

/// The pattern (with `\/` as `/`) and the flags.
pub(super) fn regex_value(token: &str) -> (String, &str) {
    let end = token.rfind('/').unwrap_or(token.len());
    let mut pattern = String::with_capacity(end);
    let mut chars = token[1..end].chars();
    while let Some(c) = chars.next() {
        match (c, if c == '\\' { chars.next() } else { None }) {
            ('\\', Some('/')) => pattern.push('/'),
            (c, Some(next)) => pattern.extend([c, next]),
            (c, None) => pattern.push(c),
        }
    }
    (pattern, &token[end + 1..])
}

/// `T1059`, `TA0002`, `S0154`: with or without a sub-technique.
pub(super) fn is_technique(text: &str) -> bool {
    let whole = |scanned: Scan<'_>| scanned.is_ok_and(|(rest, _)| rest.is_empty());
    let prefix = alt((tag("TA"), tag("T"), tag("S"), tag("G"), tag("M")));
    let plain: Scan<'_> = recognize((prefix, count(satisfy(|c| c.is_ascii_digit()), 4))).parse(text);
    whole(plain) || whole(scan_technique(text))
}

/// What a person may have begun to write where a token ends early: the rest of the line.
pub(super) fn rest_of_line(text: &str) -> &str {
    let end = text.find(['\n', '\r']).unwrap_or(text.len());
    &text[..end]
}

/// Typographic quotes, as a word processor makes them.
pub(super) fn scan_curly(text: &str) -> Scan<'_> {
    let double = (one_of("“”„"), many0_count(satisfy(|c| !"“”\n\r".contains(c))), one_of("“”"));
    let single = (one_of("‘’‚"), many0_count(satisfy(|c| !"‘’\n\r".contains(c))), one_of("‘’"));
    alt((recognize(double), recognize(single))).parse(text)
}

/// `/* .. */`, which may cross lines.
pub(super) fn scan_block_comment(text: &str) -> Scan<'_> {
    recognize((tag("/*"), nom::bytes::complete::take_until("*/"), tag("*/"))).parse(text)
}

/// A word of digits and letters that is neither a number nor a duration.
pub(super) fn scan_digits_and_letters(text: &str) -> Scan<'_> {
    recognize((opt(char('-')), take_while1(|c: char| continues_name(c) || c == '.'))).parse(text)
}
