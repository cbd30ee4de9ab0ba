//! Literals that are no value of the type of their field, each with what such a value looks like and which field takes this one.

use std::net::SocketAddr;

use super::super::names::listed;
use super::super::sigma::yaml;
use crate::diag::{Code, Diagnostic};
use crate::source::Span;

/// `kind`: what the literal is; `fix`: what would fit, if that is sure.
pub fn wrong_kind(at: Span, kind: &str, field: &str, ty: &str, fix: Option<&str>) -> Diagnostic {
    let found = Diagnostic::new(Code::WrongKind, format!("`{field}` does not compare with {kind}"), at, kind)
        .help(format!("`{field}` is of type {ty}: {}", literal_of(ty)));
    match fix {
        Some(fix) => found.help(format!("write {fix}")).fix(at, fix),
        None => found,
    }
}

/// A literal that is none of the words of an enumeration, as no product has it.
pub fn no_word_of(at: Span, kind: &str, field: &str, values: &[&str], near: Option<&str>) -> Diagnostic {
    let found = Diagnostic::new(Code::WrongKind, format!("`{field}` does not compare with {kind}"), at, kind)
        .help(format!("`{field}` is one of a few words, without quotes: {}", listed(values)));
    match near {
        Some(near) => found.help(format!("did you mean `{near}`?")).maybe_fix(at, near),
        None => found,
    }
}

/// `sure`: every product that has the word means that value.
pub fn native_value(at: Span, word: &str, field: &str, value: &str, sure: bool) -> Diagnostic {
    let found =
        Diagnostic::new(Code::NativeValue, format!("`{word}` is a product's word for a value of `{field}`"), at, "no word of the model")
            .help(format!("write `{value}`: each query says it in its product's own way"));
    if sure { found.fix(at, value) } else { found.maybe_fix(at, value) }
}

/// What a literal of a type looks like.
pub fn literal_of(ty: &str) -> &'static str {
    match ty {
        "int" | "real" => "a number without quotes, as 4688 or 0x1f",
        "port" => "a number from 1 to 65535",
        "ip" => "an address without quotes, as 192.0.2.1, or a network after `in`",
        "bool" => "true or false, or the field alone",
        "enum" => "one of its values, as a bare word",
        "duration" => "a number and one of s m h d, as 5m",
        "time" => "it compares with nothing written",
        "data" => "a text in quotes, or a number without",
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
        (Some(path), Some(subject)) => found.help(format!("`{path}` holds the whole path: use that")).fix(subject, path),
        (Some(path), None) => found.help(format!("`{path}` holds the whole path: `{path} ends_with {}`", quoted(text))),
        (None, _) => found.help("a file name is what stands after the last slash"),
    }
}

/// `name == '\\cmd.exe'`
pub fn slash_before_file_name(at: Span, text: &str, field: &str, name: &str) -> Diagnostic {
    Diagnostic::new(Code::SlashInFileName, format!("`{field}` never holds a slash"), at, format!("`{text}` begins with one"))
        .help(format!("a file name is what stands after the last slash: {}", quoted(name)))
        .fix(at, quoted(name))
}

/// The kinds of hashes that a text may be.
pub struct HashFields<'a> {
    pub kinds: &'a [&'a str],
    /// The fields of the class that hold them, beside the one that was asked.
    pub fields: &'a [String],
    /// Of the field that was asked, if naming another mends the whole test.
    pub subject: Option<Span>,
    /// The literal is one of several.
    pub list: bool,
}

/// A whole hash of another kind.
pub fn other_hash(at: Span, field: &str, ty: &str, of: HashFields<'_>) -> Diagnostic {
    let HashFields { kinds, fields, subject, list } = of;
    let kind = kinds.join(" or ");
    let found = Diagnostic::new(Code::OtherHash, format!("a hash of another kind than {ty}"), at, format!("by its length: {kind}"));
    match (fields, subject) {
        ([only], Some(subject)) => found.help(format!("`{only}` holds it: use that")).fix(subject, only),
        ([first, ..], Some(subject)) => found.help(format!("{} hold such hashes", either(fields))).maybe_fix(subject, first),
        ([first, ..], None) if list => {
            found.help(format!("a field holds hashes of one kind, so ask for each kind by itself: `({field} in [..] or {first} in [..])`"))
        }
        ([first, ..], None) => found.help(format!("`{first}` holds it")),
        ([], _) if list => found.help("keep a list, and a test, for each kind of hash"),
        ([], _) => found.help("no field of this class holds hashes of that kind"),
    }
}

fn either(fields: &[String]) -> String {
    let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
    listed(&fields)
}

/// Hex digits, but of no kind of hash.
pub fn hash_length(at: Span, ty: &str, digits: usize, field: &str, found: usize) -> Diagnostic {
    let which = if found < digits { "some are missing" } else { "there are too many" };
    Diagnostic::new(Code::NotAHash, format!("no {ty}: {found} hex digits"), at, which)
        .help(format!("`{field}` is {digits} hex digits; 32 are an MD5, 40 a SHA-1, 64 a SHA-256, 128 a SHA-512"))
}

/// `alone`: the digits, once the rest is taken away.
pub fn hash_digits(at: Span, ty: &str, digits: usize, field: &str, alone: Option<&str>) -> Diagnostic {
    let found = Diagnostic::new(Code::NotHex, format!("no {ty}"), at, "not hex digits alone")
        .help(format!("`{field}` is {digits} hex digits and nothing else, in either case"));
    match alone {
        Some(alone) => found.help(format!("write {}", quoted(alone))).fix(at, quoted(alone)),
        None => found,
    }
}

/// The fields of an account, as far as the class has them.
pub struct AccountFields<'a> {
    pub name: &'a str,
    pub domain: Option<&'a str>,
    pub upn: Option<&'a str>,
}

/// Which part of an account an operator asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Whole,
    NotWhole,
    Start,
    End,
    Other,
}

/// `whole`: the test, if it can be written anew; `subject`: the field, if another takes all that is compared.
pub fn account_with_domain(
    at: Span,
    text: &str,
    fields: AccountFields<'_>,
    part: Part,
    whole: Option<Span>,
    subject: Option<Span>,
) -> Diagnostic {
    let AccountFields { name: field, domain, upn } = fields;
    let found = Diagnostic::new(Code::AccountWithDomain, format!("`{field}` holds no domain"), at, "an account with its domain");
    let Some((value, name)) = text.rsplit_once('\\') else {
        return match (upn, subject) {
            (Some(upn), Some(subject)) => found
                .help(format!("an account with its tenant is `{upn}`; `{field}` is what stands before the `@`"))
                .maybe_fix(subject, upn),
            (Some(upn), None) => found.help(format!("an account with its tenant is `{upn}`; `{field}` is what stands before the `@`")),
            (None, _) => found.help(format!("`{field}` is what stands before the `@`")),
        };
    };
    let asked = |domain: &str| format!("{domain} == {} and {field} == {}", quoted(value), quoted(name));
    // A dot stands for the machine itself, by whatever name.
    let named = !value.is_empty() && value != "." && !value.contains(['*', '\\']);
    let meant = match (part, domain) {
        (Part::Whole, Some(domain)) if named && !name.is_empty() => Some((format!("({})", asked(domain)), true)),
        (Part::NotWhole, Some(domain)) if named && !name.is_empty() => Some((format!("not ({})", asked(domain)), true)),
        (Part::Start, Some(domain)) if named && name.is_empty() => Some((format!("{domain} == {}", quoted(value)), true)),
        (Part::Start, Some(domain)) if named => {
            Some((format!("({domain} == {} and {field} starts_with {})", quoted(value), quoted(name)), true))
        }
        (Part::End, _) if value.is_empty() && !name.is_empty() => Some((format!("{field} == {}", quoted(name)), true)),
        (Part::Whole, _) if !name.is_empty() && value == "." => Some((format!("{field} == {}", quoted(name)), false)),
        _ => None,
    };
    match (meant, whole) {
        (Some((meant, sure)), Some(whole)) => {
            let found = found.help(format!("ask for each part: {meant}"));
            if sure { found.fix(whole, meant) } else { found.maybe_fix(whole, meant) }
        }
        (Some((meant, _)), None) => found.help(format!("ask for each part: {meant}")),
        (None, _) => match domain {
            Some(domain) if named && !name.is_empty() => found.help(format!("ask for each part: ({})", asked(domain))),
            Some(domain) => found.help(format!("the domain is `{domain}`; `{field}` is what stands behind the `\\`")),
            None => found.help(format!("`{field}` is what stands behind the `\\`")),
        },
    }
}

/// A text as the language writes it.
pub fn quoted(text: &str) -> String {
    if text.contains(['\\', '"']) { format!("'{}'", text.replace('\'', "''")) } else { format!("\"{text}\"") }
}

/// `zero`: it is 0; `test`: the whole test, and what it asks for.
pub fn no_port(at: Span, zero: bool, test: Option<(Span, String)>) -> Diagnostic {
    let found = Diagnostic::new(Code::NoPort, "no port", at, "a port is 1 to 65535");
    if !zero {
        return found.help("write a whole number from 1 to 65535");
    }
    let found = found.help("0 is how some products say that there is no port: `exists` and `not exists` ask for that");
    match test {
        Some((test, meant)) => found.help(format!("write `{meant}`")).fix(test, meant),
        None => found,
    }
}

/// `least`, `greatest`: the numbers of the part.
pub fn outside_calendar(at: Span, number: &str, field: &str, (least, greatest): (i64, i64)) -> Diagnostic {
    Diagnostic::new(Code::OutsideCalendar, format!("`{field}` is never {number}"), at, format!("it is {least} to {greatest}"))
        .help(format!("write a whole number from {least} to {greatest}"))
}

pub fn fraction(at: Span, field: &str) -> Diagnostic {
    Diagnostic::new(Code::Fraction, format!("`{field}` is never a fraction"), at, "not a whole number").help("write a whole number")
}

/// `port`: the field of the port; `test`: the whole test, if it can be written anew.
pub fn address_with_port(at: Span, both: SocketAddr, field: &str, port: Option<&str>, test: Option<Span>) -> Diagnostic {
    let (address, number) = (both.ip(), both.port());
    let found = Diagnostic::new(Code::AddressWithPort, format!("`{field}` holds no port"), at, "an address with its port");
    match (port, test) {
        (Some(port), Some(test)) => {
            let meant = format!("({field} == {address} and {port} == {number})");
            found.help(format!("ask for each: {meant}")).fix(test, meant)
        }
        (Some(port), None) => found.help(format!("ask for each: ({field} == {address} and {port} == {number})")),
        (None, _) => found.help(format!("write the address alone: {address}")),
    }
}

/// `network`: what the wildcards in it mean; `test`: from the operator to the literal; `item`: it stands in a list; `host`: the field of
/// the name.
pub fn no_address(at: Span, text: &str, network: Option<&str>, test: Option<Span>, item: Option<Span>, host: Option<&str>) -> Diagnostic {
    let found = Diagnostic::new(Code::NoAddress, format!("`{text}` is no address"), at, "not an address");
    if let Some(network) = network {
        let found = found.help(format!("the addresses that begin so are a network: `in {network}`"));
        return match (test, item) {
            (Some(test), _) => found.fix(test, format!("in {network}")),
            (None, Some(item)) => found.fix(item, network),
            (None, None) => found,
        };
    }
    let found = found.help("an address stands without quotes, as 192.0.2.1 or 2001:db8::1, and a network after `in`, as 192.0.2.0/24");
    let letters = text.chars().any(|c| c.is_ascii_alphabetic()) && !text.contains(':');
    match host {
        Some(host) if letters => found.help(format!("a name is asked for with `{host}`")),
        _ => found,
    }
}

/// `fix`: the literal stands in the test itself.
pub fn url_as_domain(at: Span, ty: &str, host: &str, fix: bool) -> Diagnostic {
    let found = Diagnostic::new(Code::UrlAsDomain, "a URL where a name belongs", at, format!("its host is `{host}`"));
    let found = if host.is_empty() { found } else { found.sigma("the field holds a name alone").sigma_fix(at, yaml(host), true) };
    let found = if ty == "url" {
        found.help("`under` looks at the host of the URL")
    } else {
        found.help(format!("a value of type {ty} is a name alone"))
    };
    if fix && !host.is_empty() { found.fix(at, quoted(host)) } else { found }
}

/// `*.evil.example`. `test`: from the operator to the literal, if both can be written anew; `literal`: the literal alone can.
pub fn wildcard_in_name(at: Span, rest: &str, test: Option<Span>, literal: bool) -> Diagnostic {
    let name = quoted(rest);
    let found = Diagnostic::new(Code::WildcardInName, "a name has no wildcards", at, "no name")
        .help(format!("`under {name}` is it and every name below it; `ends_with {}` only those below", quoted(&format!(".{rest}"))));
    match test {
        Some(test) => found.maybe_fix(test, format!("under {name}")),
        None if literal => found.maybe_fix(at, name),
        None => found,
    }
}

pub fn no_name(at: Span, text: &str, ty: &str) -> Diagnostic {
    let found = Diagnostic::new(Code::NoName, format!("`{text}` is no {ty}"), at, "no name")
        .sigma("the field holds names with dots, as `www.example.com`; `|contains` and `|startswith` take a part of one");
    if text.contains(['*', '?']) {
        found.help("`like` takes wildcards, `contains` and `starts_with` a part of the name")
    } else if text.contains('@') {
        found.help("the domain of an address of e-mail is what stands behind the `@`")
    } else if text.contains(':') {
        found.help("a name has no port: write the name alone, and ask for the port in a test of its own")
    } else {
        found.help(format!("a {ty} is a name with dots, as \"www.example.com\""))
    }
}

/// `name`: it is one of a domain; `test`: from the operator to the literal.
pub fn no_mail(at: Span, text: &str, name: Option<&str>, test: Option<Span>) -> Diagnostic {
    let found = Diagnostic::new(Code::NoMail, format!("`{text}` is no address of e-mail"), at, "without a name and a domain")
        .sigma("an address is name@domain; `|endswith: '@evil.example'` asks for every one of a domain");
    match (name, test) {
        (Some(name), Some(test)) => {
            let meant = format!("under {}", quoted(name));
            found.help(format!("every address of a domain is `{meant}`")).maybe_fix(test, meant)
        }
        (Some(name), None) => found.help(format!("every address of a domain is `under {}`", quoted(name))),
        (None, _) => found.help("an address is name@domain; `starts_with \"bob@\"` asks for the name alone"),
    }
}

pub fn wrong_form(at: Span, text: &str, ty: &str, form: &str) -> Diagnostic {
    Diagnostic::new(Code::WrongForm, format!("`{text}` is no {ty}"), at, "of another form")
        .help(format!("a value of type {ty} looks like {form}"))
}

/// `meant`: the path with the nearest hive, if that can be written.
pub fn unknown_hive(at: Span, text: &str, meant: Option<&str>, near: Option<&str>) -> Diagnostic {
    let hive = text.split(['\\', '/']).next().unwrap_or_default();
    let found = Diagnostic::new(Code::UnknownHive, format!("unknown hive `{hive}`"), at, "no hive of the registry")
        .sigma("the hives are `HKLM`, `HKCU`, `HKCR`, `HKU` and `HKCC`, or their names in full; a path without a hive takes `|contains` or `|endswith`");
    let found = match (near, meant) {
        (Some(near), Some(meant)) => found.sigma(format!("did you mean `{near}`?")).sigma_fix(at, yaml(meant), false),
        (Some(_) | None, _) => found,
    };
    let found = found
        .help("the hives are `HKLM`, `HKCU`, `HKCR`, `HKU` and `HKCC`, or their names in full; a path without a hive follows `contains` or `ends_with`");
    match (near, meant) {
        (Some(near), Some(meant)) => found.help(format!("did you mean `{near}`?")).maybe_fix(at, quoted(meant)),
        (Some(near), None) => found.help(format!("did you mean `{near}`?")),
        (None, _) => found,
    }
}

pub fn forward_slash(at: Span, meant: Option<&str>) -> Diagnostic {
    let found = Diagnostic::new(Code::ForwardSlash, "a registry path with forward slashes", at, "never equal to a path")
        .help("keys are parted by `\\`; a `/` is a letter of a key's name");
    let found = if let Some(meant) = meant { found.sigma_fix(at, yaml(meant), false) } else { found };
    match meant {
        Some(meant) => found.maybe_fix(at, quoted(meant)),
        None => found,
    }
}

pub fn not_of_stated_type(at: Span, shown: &str, ty: &str, stated: Span) -> Diagnostic {
    Diagnostic::new(Code::NotOfStatedType, format!("{shown} is no {ty}"), at, "of another type")
        .label(stated, "the type of the list")
        .help(format!("a value of type {ty} is {}", literal_of(ty)))
}

/// A fault of a value that stands in a list of that type.
pub fn of_list(found: Diagnostic, stated: Span) -> Diagnostic {
    found.label(stated, "the type of the list")
}

/// The last shown of many findings in one list file.
pub fn more_entries(found: Diagnostic, count: usize) -> Diagnostic {
    let entries = if count == 1 { "1 more entry".to_owned() } else { format!("{count} more entries") };
    found.help(format!("{entries} of this file: the same"))
}

/// A row of a table from which no entry can be read. `short`: how many cells it has, and the column that it lacks.
pub fn list_row(at: Span, short: Option<(usize, &str)>) -> Diagnostic {
    let title = "a row of a list that cannot be read";
    match short {
        Some((cells, column)) => Diagnostic::new(Code::ListRow, title, at, format!("no cell for `{column}`"))
            .help(format!("the row ends after {cells}: give it a cell for each column, which may be empty")),
        None => Diagnostic::new(Code::ListRow, title, at, "a quote without its end")
            .help("a cell in quotes ends in a quote before the next comma; a quote inside is doubled: `\"\"`"),
    }
}
