//! Family 03: tests and values that do not fit their field.

mod operators;
mod patterns;
mod structure;

pub use operators::*;
pub use patterns::*;
pub use structure::*;

use super::names::listed;
use super::{Code, Diagnostic};
use crate::source::Span;

/// A literal of a `let`: the place that uses it decides the type.
pub fn held_by_let(found: Diagnostic, used: Span) -> Diagnostic {
    found.label(used, "used here")
}

/// `kind`: what the literal is; `fix`: what would fit, if that is sure.
pub fn wrong_kind(at: Span, kind: &str, field: &str, ty: &str, fix: Option<&str>, values: &[&str]) -> Diagnostic {
    let found = Diagnostic::new(Code::WrongKind, format!("`{field}` does not compare with {kind}"), at, kind)
        .help(format!("`{field}` is of type {ty}: {}", literal_of(ty)));
    match fix {
        Some(fix) if values.is_empty() || values.contains(&fix) => found.help(format!("write {fix}")).fix(at, fix),
        _ if !values.is_empty() => found.help(format!("its values are {}", listed(values))),
        _ => found,
    }
}

/// What a literal of a type looks like.
fn literal_of(ty: &str) -> &'static str {
    match ty {
        "int" | "real" => "a number without quotes, as 4688 or 0x1f",
        "port" => "a number from 1 to 65535",
        "ip" => "an address without quotes, as 192.0.2.1, or a network after `in`",
        "bool" => "true or false, or the field alone",
        "enum" => "one of its values, as a bare word",
        "duration" => "a duration, as 5m",
        "time" => "it compares with nothing written",
        "data" => "a text, or a number",
        "file_name" => "a text in quotes, without a slash",
        "domain" | "host" => "a name in quotes, as \"evil.example\"",
        "email" => "an address in quotes, as \"bob@evil.example\"",
        "user" => "an account in quotes, without its domain",
        "md5" | "imphash" => "32 hex digits in quotes",
        "sha1" => "40 hex digits in quotes",
        "sha256" => "64 hex digits in quotes",
        "sha512" => "128 hex digits in quotes",
        "guid" => "groups of 8, 4, 4, 4 and 12 hex digits in quotes, with or without braces",
        "sid" => "a text in quotes that begins with S-1-",
        _ => "a text in quotes",
    }
}

/// `path`: the sibling that holds whole paths; `subject`: the field to be replaced, if that mends the test.
pub fn slash_in_file_name(at: Span, text: &str, field: &str, path: Option<&str>, subject: Option<Span>) -> Diagnostic {
    let found = Diagnostic::new(Code::SlashInFileName, format!("`{field}` never holds a slash"), at, format!("`{text}` is a path"));
    match (path, subject) {
        (Some(path), Some(subject)) => found.help(format!("use `{path}`")).fix(subject, path),
        (Some(path), None) => found.help(format!("use `{path}`")),
        (None, _) => found.help("a file name is what stands after the last slash"),
    }
}

pub fn not_a_hash(at: Span, (ty, digits): (&str, usize), field: &str, text: &str, looks_like: Option<&str>) -> Diagnostic {
    let hex = text.chars().all(|c| c.is_ascii_hexdigit());
    let label = if hex { format!("{} digits", text.len()) } else { "not hex digits alone".to_owned() };
    let found = Diagnostic::new(Code::NotAHash, format!("no {ty}"), at, label).help(format!("`{field}` is {digits} hex digits"));
    match looks_like {
        Some(kind) => found.help(format!("this looks like a {kind}")),
        None => found,
    }
}

/// `domain`: the field of the domain; `whole`: the test, if it can be written anew.
pub fn account_with_domain(at: Span, text: &str, field: &str, domain: Option<&str>, whole: Option<Span>) -> Diagnostic {
    let found = Diagnostic::new(Code::AccountWithDomain, format!("`{field}` holds no domain"), at, "an account with its domain");
    let split = match text.rsplit_once('\\') {
        Some((domain, name)) => Some((domain, name)),
        None => text.split_once('@').map(|(name, domain)| (domain, name)),
    };
    match (split, domain) {
        (Some((value, name)), Some(domain)) if !value.is_empty() && !name.is_empty() => {
            let fixed = format!("({domain} == {} and {field} == {})", quoted(value), quoted(name));
            let found = found.help(format!("ask for `{domain}` and `{field}`: {fixed}"));
            match whole {
                Some(whole) if text.contains('\\') => found.fix(whole, fixed),
                // The part after the `@` may be another name of the domain.
                Some(whole) => found.maybe_fix(whole, fixed),
                None => found,
            }
        }
        _ => found.help("write the account's name alone"),
    }
}

/// A text as the language writes it.
fn quoted(text: &str) -> String {
    if text.contains(['\\', '"']) { format!("'{}'", text.replace('\'', "''")) } else { format!("\"{text}\"") }
}

pub fn no_port(at: Span) -> Diagnostic {
    Diagnostic::new(Code::NoPort, "no port", at, "a port is 1 to 65535")
        .help("0 is how some products say that there is no port: ask for that with `not exists`")
}

pub fn fraction(at: Span, field: &str) -> Diagnostic {
    Diagnostic::new(Code::Fraction, format!("`{field}` is never a fraction"), at, "not a whole number")
}

/// `fix`: the literal stands in the test itself.
pub fn url_as_domain(at: Span, ty: &str, host: &str, fix: bool) -> Diagnostic {
    let found = Diagnostic::new(Code::UrlAsDomain, "a URL where a name belongs", at, format!("its host is `{host}`"));
    let found = if ty == "url" {
        found.help("`under` looks at the host of the URL")
    } else {
        found.help(format!("a value of type {ty} is a name alone"))
    };
    if fix && !host.is_empty() { found.fix(at, quoted(host)) } else { found }
}

pub fn wrong_form(at: Span, text: &str, ty: &str, form: &str) -> Diagnostic {
    Diagnostic::new(Code::WrongForm, format!("`{text}` is no {ty}"), at, "of another form")
        .help(format!("a value of type {ty} looks like {form}"))
}

pub fn empty_text(at: Span, field: &str) -> Diagnostic {
    Diagnostic::new(Code::EmptyText, "an empty text", at, format!("nothing to compare {field} with"))
        .help("empty text is missing text: `exists` and `not exists` ask for it")
}

pub fn mixed_list(at: Span, kind: &str, first: Span, first_kind: &str) -> Diagnostic {
    Diagnostic::new(Code::MixedList, "a list of two kinds", at, kind)
        .label(first, first_kind)
        .help("a field is of one type, so one of them can never be equal to it")
}

pub fn not_of_stated_type(at: Span, shown: &str, ty: &str, stated: Span) -> Diagnostic {
    Diagnostic::new(Code::NotOfStatedType, format!("{shown} is no {ty}"), at, "of another type")
        .label(stated, "the type of the list")
        .help(format!("a value of type {ty} is {}", literal_of(ty)))
}

/// `== LIST`
pub fn list_after_equals(at: Span, op: &str, op_at: Span, instead: &str) -> Diagnostic {
    Diagnostic::new(Code::SetByName, format!("`{op}` takes one value"), at, "several values")
        .help(format!("write `{instead}`"))
        .fix(op_at, instead)
}

/// `in VALUE`
pub fn value_after_in(at: Span, op_at: Span, negated: bool) -> Diagnostic {
    let found = Diagnostic::new(Code::SetByName, "`in` takes a set", at, "one value");
    if negated { found.help("write `!=`") } else { found.help("write `==`").fix(op_at, "==") }
}

pub fn list_in_order(at: Span, op: &str) -> Diagnostic {
    Diagnostic::new(Code::SetByName, format!("`{op}` takes one value"), at, "several values").help("write a test for each bound")
}

/// `in FIELD`
pub fn field_as_set(at: Span, op_at: Span, field: &str, negated: bool) -> Diagnostic {
    let found = Diagnostic::new(Code::SetByName, "`in` takes a set", at, format!("`{field}` is a field"));
    if negated { found.help("write `!=`") } else { found.help("write `==`").fix(op_at, "==") }
}

/// `== 10.0.0.0/8`
pub fn network_as_value(at: Span, op_at: Span, fix: bool) -> Diagnostic {
    let found = Diagnostic::new(Code::SetByName, "a network is no address", at, "a set of addresses").help("write `in`");
    if fix { found.fix(op_at, "in") } else { found }
}

pub fn field_in_list(at: Span, field: &str) -> Diagnostic {
    Diagnostic::new(Code::FieldMisplaced, format!("field `{field}` stands where a value belongs"), at, "lists and `let`s hold values")
        .help("write a test for each field and join them with `or`")
}

pub fn field_as_pattern(at: Span, field: &str, op: &str) -> Diagnostic {
    Diagnostic::new(Code::FieldMisplaced, format!("`{op}` takes no field"), at, format!("the value of `{field}` is plain text"))
        .help("`==`, `contains`, `starts_with`, `ends_with` and `has` take a field")
}

pub fn fields_of_two_types(at: Span, right: &str, right_ty: &str, place: Span, left: &str, left_ty: &str) -> Diagnostic {
    Diagnostic::new(Code::FieldsOfTwoTypes, format!("`{left}` and `{right}` do not compare"), at, format!("of type {right_ty}"))
        .label(place, format!("of type {left_ty}"))
}
