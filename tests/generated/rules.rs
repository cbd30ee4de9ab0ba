//! Rules at random, as an author might write them, over every class of the model.
//!
//! In: the packs and a seed. Out: the text of rules, each of one class: a few fields, each asked with any operator that its type takes, a
//! literal from a small pool (so that events meet it) in which every character is that ever upset a query; nested in `and`, `or`, `not`
//! and `any of`, with actions and exclusions. Law: the text is in the language, so what is generated goes the way of every rule: parser,
//! checker, rewriting, planner.

use spoor::schema::{Class, ClassId, Field, Packs, Type};
use spoor::witness::Rng;

/// So many rules, the same for one seed: `g0`, `g1`, ..
pub fn text(packs: &Packs, seed: u64, count: usize) -> String {
    let mut rng = Rng::new(seed);
    let classes: Vec<ClassId> = (0..packs.model.classes.len()).map(|at| ClassId(u16::try_from(at).expect("few classes"))).collect();
    let mut text = String::new();
    for index in 0..count {
        // The classes take turns, so that each has its share.
        let class = packs.class(classes[index % classes.len()]);
        text.push_str(&rule(packs, class, &format!("g{index}"), &mut rng));
    }
    text
}

/// A rule of one class.
pub fn rule(packs: &Packs, class: &Class, name: &str, rng: &mut Rng) -> String {
    let askable: Vec<&Field> =
        class.fields.iter().filter(|field| !field.computed && field.name != "time" && field.part.is_none()).collect();
    // Few fields, asked several times: tests on one field are where plans are clever.
    let fields: Vec<&Field> = (0..1 + rng.below(3)).filter_map(|_| rng.pick(&askable).copied()).collect();
    let mut made = Made { packs, class, fields, rng };
    let condition = made.predicate(2);
    let action = made.action();
    let except = if made.rng.one_in(6) { format!(" except {}", made.test()) } else { String::new() };
    format!("rule {name} {{ detect {} where {action}({condition}){except} last 1d }}\n", class.name)
}

pub(super) struct Made<'p, 'r> {
    pub(super) packs: &'p Packs,
    pub(super) class: &'p Class,
    pub(super) fields: Vec<&'p Field>,
    pub(super) rng: &'r mut Rng,
}

impl Made<'_, '_> {
    pub(super) fn predicate(&mut self, depth: usize) -> String {
        match self.rng.below(if depth == 0 { 3 } else { 9 }) {
            0..3 => self.test(),
            3..6 => self.several(" and ", depth),
            6..8 => self.several(" or ", depth),
            _ => format!("not ({})", self.predicate(depth - 1)),
        }
    }

    fn several(&mut self, word: &str, depth: usize) -> String {
        let parts: Vec<String> = (0..2 + self.rng.below(2)).map(|_| self.predicate(depth - 1)).collect();
        format!("({})", parts.join(word))
    }

    pub(super) fn action(&mut self) -> String {
        if self.class.actions.is_empty() || !self.rng.one_in(4) {
            return String::new();
        }
        let action = self.rng.pick(&self.class.actions).expect("an action").to_string();
        format!("action == {action} and ")
    }

    pub(super) fn test(&mut self) -> String {
        let field = *self.rng.pick(&self.fields).expect("a field");
        let name = written(&field.name);
        if self.rng.one_in(8) {
            return format!("{name} {}", if self.rng.one_in(2) { "exists" } else { "not exists" });
        }
        let not = if self.rng.one_in(4) { "not " } else { "" };
        match field.ty {
            Type::Int | Type::Real | Type::Port | Type::Duration => self.number(&name, field.ty, not),
            Type::Bool => format!("{name} == {}", self.rng.one_in(2)),
            Type::Enum => self.word(&name, field, not),
            Type::Ip => self.address(&name, not),
            Type::Md5 | Type::Imphash => self.digits(&name, 32, not),
            Type::Sha1 => self.digits(&name, 40, not),
            Type::Sha256 => self.digits(&name, 64, not),
            Type::Sha512 => self.digits(&name, 128, not),
            Type::Guid => format!("{name} {not}in ['a1b2c3d4-0001-0002-0003-00000000000{}']", self.rng.below(3)),
            Type::Sid => {
                let op = *self.rng.pick(&["in [", "starts_with [", "ends_with ["]).expect("an operator");
                let sid = *self.rng.pick(&["S-1-5-18", "S-1-5-21-1-2-3-1001", "S-1-5-21-1-2-3-500"]).expect("a sid");
                format!("{name} {not}{op}'{sid}']")
            }
            Type::Time => format!("{name} exists"),
            Type::Text
            | Type::Path
            | Type::FileName
            | Type::CommandLine
            | Type::RegistryPath
            | Type::Data
            | Type::Domain
            | Type::Host
            | Type::Url
            | Type::Email
            | Type::User => self.text(field, not),
        }
    }

    fn number(&mut self, name: &str, ty: Type, not: &str) -> String {
        let (unit, pool): (&str, &[i64]) = match ty {
            Type::Port => ("", &[22, 80, 443, 8080, 65535]),
            Type::Duration => ("s", &[1, 60, 90, 3600]),
            Type::Int | Type::Real => ("", &[0, 1, 4, 5, 80, 4688, 0x3e7, 1_000_000]),
            _ => unreachable!("no number"),
        };
        let mut one = || format!("{}{unit}", self.rng.pick(pool).expect("a number"));
        let (first, second) = (one(), one());
        match self.rng.below(6) {
            0 => format!("{name} == {first}"),
            1 => format!("{name} != {first}"),
            2 if first != second => format!("{name} {not}in [{first}, {second}]"),
            3 => format!("{name} < {first}"),
            4 => format!("{name} >= {first}"),
            _ => format!("{name} > {first}"),
        }
    }

    fn word(&mut self, name: &str, field: &Field, not: &str) -> String {
        let values = field.values.map(|id| &self.packs.model.enumeration(id).values).expect("an enumeration");
        let (one, other) = (self.rng.pick(values).expect("a value"), self.rng.pick(values).expect("a value"));
        if one == other || self.rng.one_in(2) { format!("{name} == {one}") } else { format!("{name} {not}in [{one}, {other}]") }
    }

    fn address(&mut self, name: &str, not: &str) -> String {
        let pool = ["10.1.2.3", "192.0.2.1", "8.8.8.8", "127.0.0.1", "2001:db8::1", "fe80::1", "::1"];
        let networks = ["10.0.0.0/8", "192.0.2.0/24", "0.0.0.0/0", "2001:db8::/32"];
        let kinds = ["private", "public", "loopback", "link_local", "multicast", "reserved"];
        let (one, network) = (*self.rng.pick(&pool).expect("one"), *self.rng.pick(&networks).expect("one"));
        match self.rng.below(4) {
            0 => format!("{name} == {one}"),
            1 => format!("{name} {not}in [{one}, {network}]"),
            2 => format!("{name} {not}under {network}"),
            _ => format!("{name} is {not}{}", self.rng.pick(&kinds).expect("a kind")),
        }
    }

    fn digits(&mut self, name: &str, length: usize, not: &str) -> String {
        let unit = *self.rng.pick(&["0123456789abcdef", "FEDCBA9876543210"]).expect("digits");
        format!("{name} {not}in ['{}']", unit.repeat(length / unit.len()))
    }

    fn text(&mut self, field: &Field, not: &str) -> String {
        let name = written(&field.name);
        if field.ty == Type::User && self.rng.one_in(5) {
            return format!("{name} is {not}machine_account");
        }
        if self.rng.one_in(7)
            && let Some(other) = self.other(field)
        {
            let op = *self.rng.pick(&["==", "contains", "starts_with", "ends_with"]).expect("an operator");
            let cased = if self.rng.one_in(4) { "cased " } else { "" };
            return if op == "==" { format!("{name} == {cased}{other}") } else { format!("{name} {not}{op} {cased}{other}") };
        }
        let cased = if self.rng.one_in(5) { "cased " } else { "" };
        if self.rng.one_in(6) {
            let patterns = [r"a.*b", r"^ab?c", r"[a-c]{2}\d", r"\bab\b", r"x\\y", r"(?:one|two)$", r"é+", r#"["'%_$|]"#, r"^\s*$", "."];
            let pattern = self.rng.pick(&patterns).expect("a pattern").replace('/', r"\/");
            let flag = *self.rng.pick(&["", "", "s", "m"]).expect("flags");
            return format!("{name} {not}matches {cased}/{pattern}/{flag}");
        }
        let op = *self.rng.pick(&["==", "in", "contains", "starts_with", "ends_with", "like", "has"]).expect("an operator");
        if field.ty.below().is_some() && self.rng.one_in(8) {
            return format!("{name} {not}under {}", quoted(below(field.ty, self.rng)));
        }
        let whole = matches!(op, "==" | "in");
        let mut one = || quoted(&literal(field.ty, whole, op == "like", self.rng));
        let (first, second) = (one(), one());
        match op {
            "==" => format!("{name} == {cased}{first}"),
            _ if self.rng.one_in(2) || op == "in" => format!("{name} {not}{op} {cased}[{first}, {second}]"),
            _ => format!("{name} {not}{op} {cased}{first}"),
        }
    }

    /// Another field that is kept as text.
    fn other(&mut self, field: &Field) -> Option<String> {
        let texts = |other: &&Field| {
            matches!(other.ty, Type::Text | Type::Path | Type::FileName | Type::CommandLine | Type::Host) && other.name != field.name
        };
        let others: Vec<&Field> = self.class.fields.iter().filter(|other| !other.computed).filter(texts).collect();
        self.rng.pick(&others).map(|other| written(&other.name))
    }
}

/// What stands in texts: plain words first, then all that ever had a meaning to some query.
const PARTS: &[&str] = &[
    "ab",
    "aB",
    "abc",
    "x",
    "one",
    "two",
    "a b",
    "ab12",
    "-enc",
    "*",
    "a*b",
    "?",
    "a?b",
    "%",
    "_",
    "a_b",
    "a%b",
    "\"",
    "a\"b",
    "'",
    "\\",
    "a\\",
    "\\\\",
    "a\\b",
    "`",
    "`m`",
    "|",
    "]]",
    "[[",
    "$",
    "$x$",
    "//x",
    "#",
    ",",
    ";",
    "=",
    "(",
    ")",
    "{a}",
    "<",
    "&",
    "é",
    "É",
    "ß",
    "σς",
    "日本",
    "10.0.0.0/8",
    "unknown",
    "-",
    "null",
    "and",
];

fn literal(ty: Type, whole: bool, pattern: bool, rng: &mut Rng) -> String {
    let part = |rng: &mut Rng| (*rng.pick(PARTS).expect("a part")).to_owned();
    let glued = |rng: &mut Rng| if rng.one_in(3) { part(rng) + &part(rng) } else { part(rng) };
    let text = match ty {
        Type::FileName => glued(rng).replace(['\\', '/'], "-") + *rng.pick(&["", ".exe", ".TXT"]).expect("an end"),
        Type::Path => format!(r"{}{}", rng.pick(&[r"C:\Windows\", r"\Temp\", "/usr/", ""]).expect("a folder"), glued(rng)),
        Type::RegistryPath => {
            format!(r"{}{}", rng.pick(&[r"HKLM\Software\", r"\Run\", r"HKCU\Software\"]).expect("a key"), glued(rng).replace('/', "-"))
        }
        Type::User => glued(rng).replace(['\\', '@'], "-"),
        Type::Domain | Type::Host => {
            (*rng.pick(&["evil.example", "a.evil.example", "pc1.corp.example", "other.example"]).expect("a name")).to_owned()
        }
        Type::Email if whole => (*rng.pick(&["bob@evil.example", "al@corp.example"]).expect("an address")).to_owned(),
        Type::Url => format!("http://evil.example/{}", glued(rng)),
        _ => glued(rng),
    };
    match (pattern, rng.below(3)) {
        (true, 0) => format!("*{text}"),
        (true, 1) => format!("{text}*?"),
        (true, _) => format!("?{text}*"),
        (false, _) => text,
    }
}

fn below(ty: Type, rng: &mut Rng) -> &'static str {
    let pool: &[&str] = match ty {
        Type::Path => &[r"C:\Windows", "/usr/bin", "Temp"],
        Type::RegistryPath => &[r"HKLM\Software", r"HKCU\Software\ab"],
        _ => &["evil.example", "corp.example"],
    };
    rng.pick(pool).expect("one")
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A product's own name may hold blanks.
pub(super) fn written(name: &str) -> String {
    let is_plain = |part: &str| part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    name.split('.').map(|part| if is_plain(part) { part.to_owned() } else { format!("`{part}`") }).collect::<Vec<_>>().join(".")
}
