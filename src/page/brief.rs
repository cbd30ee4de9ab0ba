//! A brief: what a team writes about an article, and the rules that hunt for what it tells of.
//!
//! In: a small YAML file. Out: a [`Brief`], or every mistake with its place. Keys: `title`, `source`, `published`, `link`, `severity`, `summary`,
//! `indicators` (a mapping from kinds to values, defanged or not), `attack`, `rules` (their names or ids), `why`. Law: a key that is not known, or a
//! value that its key cannot take, is a mistake; nothing of the file is passed over.

use std::net::IpAddr;

use crate::check::refanged;
use crate::diag::{self, Diagnostic, briefs as said};
use crate::hir::Level;
use crate::schema::attack::is_technique_id;
use crate::schema::{Packs, nearest};
use crate::source::{FileId, Span};
use crate::syntax::meta::is_date;
use crate::yaml::{self, Node};

#[derive(Clone, Debug, Default)]
pub struct Brief {
    pub title: String,
    pub source: Option<String>,
    pub published: Option<String>,
    pub link: Option<String>,
    pub severity: Option<Level>,
    pub summary: String,
    /// Refanged; each kind once.
    pub indicators: Vec<(Kind, Vec<String>)>,
    /// Ids of techniques that the article tells of, beside those of the rules.
    pub attack: Vec<String>,
    /// Names or ids of rules, with the place that asks for them.
    pub rules: Vec<(String, Span)>,
    pub why: String,
}

pub const KEYS: [&str; 10] = ["title", "source", "published", "link", "severity", "summary", "indicators", "attack", "rules", "why"];

/// What an indicator is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Domain,
    Url,
    Ip,
    Email,
    Md5,
    Sha1,
    Sha256,
    File,
    Path,
    Registry,
    UserAgent,
    Mutex,
    Other,
}

impl Kind {
    pub const ALL: [Kind; 13] = [
        Kind::Domain,
        Kind::Url,
        Kind::Ip,
        Kind::Email,
        Kind::Md5,
        Kind::Sha1,
        Kind::Sha256,
        Kind::File,
        Kind::Path,
        Kind::Registry,
        Kind::UserAgent,
        Kind::Mutex,
        Kind::Other,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Kind::Domain => "domain",
            Kind::Url => "url",
            Kind::Ip => "ip",
            Kind::Email => "email",
            Kind::Md5 => "md5",
            Kind::Sha1 => "sha1",
            Kind::Sha256 => "sha256",
            Kind::File => "file",
            Kind::Path => "path",
            Kind::Registry => "registry",
            Kind::UserAgent => "user_agent",
            Kind::Mutex => "mutex",
            Kind::Other => "other",
        }
    }

    /// The value as it is meant, or what it should be.
    fn read(self, text: &str) -> Result<String, &'static str> {
        let hex = |length: usize| text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let plain = refanged(text);
        let is_name = |name: &str| {
            let good = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
            name.contains('.') && name.split('.').all(|label| !label.is_empty() && label.chars().all(good))
        };
        match self {
            Kind::Domain if is_name(plain.trim_end_matches('.')) => Ok(plain),
            Kind::Domain => Err("a domain, as in `evil[.]example`"),
            Kind::Url if plain.split_once("://").is_some_and(|(scheme, rest)| !scheme.is_empty() && !rest.is_empty()) => Ok(plain),
            Kind::Url => Err("a URL with its scheme, as in `hxxps://evil[.]example/a`"),
            Kind::Ip => {
                let (address, prefix) = plain.split_once('/').map_or((plain.as_str(), None), |(address, prefix)| (address, Some(prefix)));
                let most = address.parse::<IpAddr>().ok().map(|address| if address.is_ipv4() { 32 } else { 128 });
                let fits = |most: u8| prefix.is_none_or(|prefix| prefix.parse::<u8>().is_ok_and(|prefix| prefix <= most));
                if most.is_some_and(fits) { Ok(plain) } else { Err("an address or a network, as in `192.0.2.0/24`") }
            }
            Kind::Email if plain.split_once('@').is_some_and(|(name, domain)| !name.is_empty() && is_name(domain)) => Ok(plain),
            Kind::Email => Err("an address of mail, as in `a[@]evil[.]example`"),
            Kind::Md5 if hex(32) => Ok(plain),
            Kind::Md5 => Err("an MD5 of 32 hexadecimal digits"),
            Kind::Sha1 if hex(40) => Ok(plain),
            Kind::Sha1 => Err("a SHA-1 of 40 hexadecimal digits"),
            Kind::Sha256 if hex(64) => Ok(plain),
            Kind::Sha256 => Err("a SHA-256 of 64 hexadecimal digits"),
            Kind::File | Kind::Path | Kind::Registry | Kind::UserAgent | Kind::Mutex | Kind::Other => Ok(text.to_owned()),
        }
    }
}

/// Reads a brief, or says everything that is wrong with it.
pub fn read(file: FileId, text: &str, packs: &Packs) -> Result<Brief, Vec<Diagnostic>> {
    let mut reading = Reading { file, packs, found: Vec::new() };
    let documents = match yaml::parse(text) {
        Ok(documents) => documents,
        Err(error) => return Err(vec![diag::packs::yaml(reading.at(&error.span), &error.problem)]),
    };
    let brief = match documents.as_slice() {
        [root] => reading.brief(root),
        [] => {
            reading.found.push(said::shape(Span::new(file, 0, 0), "a mapping with a `title` and `rules`"));
            Brief::default()
        }
        [_, second, ..] => {
            reading.found.push(said::shape(reading.at(&second.span), "one document, not a second one,"));
            Brief::default()
        }
    };
    if reading.found.is_empty() { Ok(brief) } else { Err(reading.found) }
}

struct Reading<'p> {
    file: FileId,
    packs: &'p Packs,
    found: Vec<Diagnostic>,
}

impl Reading<'_> {
    fn at(&self, range: &std::ops::Range<usize>) -> Span {
        Span::new(self.file, range.start, range.end)
    }

    fn shape(&mut self, node: &Node, wanted: &str) {
        self.found.push(said::shape(self.at(&node.span), wanted));
    }

    fn brief(&mut self, root: &Node) -> Brief {
        let mut brief = Brief::default();
        let Some(pairs) = root.map() else {
            self.shape(root, "a mapping with a `title` and `rules`");
            return brief;
        };
        self.once(pairs);
        for (key, value) in pairs {
            match key.text().unwrap_or_default() {
                "title" => brief.title = self.text(value).unwrap_or_default(),
                "source" => brief.source = self.text(value),
                "published" => {
                    brief.published = self.fitting(value, "a date, as in `2026-02-28`", |text| is_date(text).then(|| text.to_owned()))
                }
                "link" => {
                    let wanted = "a link that begins with `https://` or `http://`";
                    brief.link = self.fitting(value, wanted, |text| super::collect::is_link(text).then(|| text.to_owned()));
                }
                "severity" => brief.severity = self.fitting(value, said::LEVELS, Level::from_name),
                "summary" => brief.summary = self.text(value).unwrap_or_default(),
                "indicators" => brief.indicators = self.indicators(value),
                "attack" => brief.attack = self.texts(value).into_iter().filter_map(|(text, at)| self.technique(text, at)).collect(),
                "rules" => brief.rules = self.texts(value),
                "why" => brief.why = self.text(value).unwrap_or_default(),
                other => {
                    let (at, near) = (self.at(&key.span), nearest(other, KEYS));
                    self.found.push(said::unknown_key(at, other, near, "keys", &KEYS));
                }
            }
        }
        for (key, is_there) in [
            ("title", pairs.iter().any(|(key, _)| key.text() == Some("title"))),
            ("rules", pairs.iter().any(|(key, _)| key.text() == Some("rules"))),
        ] {
            if !is_there {
                let end = root.span.start;
                self.found.push(said::missing_key(Span::new(self.file, end, end), key));
            }
        }
        brief
    }

    /// Each key of a mapping once.
    fn once(&mut self, pairs: &[(Node, Node)]) {
        for (index, (key, _)) in pairs.iter().enumerate() {
            let Some(text) = key.text() else { continue };
            if let Some((earlier, _)) = pairs[..index].iter().find(|(earlier, _)| earlier.text() == Some(text)) {
                self.found.push(diag::packs::duplicate_key(self.at(&key.span), text, self.at(&earlier.span)));
            }
        }
    }

    fn text(&mut self, node: &Node) -> Option<String> {
        match node.text().map(str::trim) {
            Some(text) if !text.is_empty() => Some(text.to_owned()),
            Some(_) | None => {
                self.shape(node, "a text");
                None
            }
        }
    }

    /// A text or a list of them, each with its place; at least one.
    fn texts(&mut self, node: &Node) -> Vec<(String, Span)> {
        let items = node.list().unwrap_or(std::slice::from_ref(node));
        if items.is_empty() {
            self.shape(node, "at least one text");
        }
        items.iter().filter_map(|item| self.text(item).map(|text| (text, self.at(&item.span)))).collect()
    }

    fn fitting<T>(&mut self, node: &Node, wanted: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let text = self.text(node)?;
        let value = read(&text);
        if value.is_none() {
            self.found.push(said::value(self.at(&node.span), &text, wanted));
        }
        value
    }

    fn technique(&mut self, text: String, at: Span) -> Option<String> {
        if is_technique_id(&text) && self.packs.attack.techniques.get(&text).is_some() {
            return Some(text);
        }
        self.found.push(said::value(at, &text, &said::technique_of(&self.packs.attack.version)));
        None
    }

    fn indicators(&mut self, node: &Node) -> Vec<(Kind, Vec<String>)> {
        let Some(pairs) = node.map() else {
            self.shape(node, "a mapping from kinds to values, `domain: [evil.example]`,");
            return Vec::new();
        };
        self.once(pairs);
        let mut all = Vec::new();
        for (key, values) in pairs {
            let word = key.text().unwrap_or_default();
            let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.name() == word) else {
                let names = Kind::ALL.map(Kind::name);
                self.found.push(said::unknown_key(self.at(&key.span), word, nearest(word, names), "kinds of indicators", &names));
                continue;
            };
            let mut read = Vec::new();
            for (text, at) in self.texts(values) {
                match kind.read(&text) {
                    Ok(value) => read.push(value),
                    Err(wanted) => self.found.push(said::value(at, &text, wanted)),
                }
            }
            all.push((kind, read));
        }
        all
    }
}
