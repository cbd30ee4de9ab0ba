//! Rules and events at random, well typed, from few words, so that they often meet.

use spoor::hir::*;
use spoor::schema::{Class, ClassId, FieldId, Type};
use spoor::witness::Rng;

use super::hand::{branch, class, packs, rule, span};

const WORDS: &[&str] = &[
    "a",
    "A",
    "ab",
    "aB",
    "abc",
    "b",
    "x",
    "-enc",
    "cmd",
    "cmd.exe",
    "CMD.EXE",
    "powershell.exe",
    r"C:\Windows",
    r"c:\windows\",
    "C:/Windows/a",
    r"C:\Windows\cmd.exe",
    "k",
    "K",
    "\u{212a}",
    "s",
    "ſ",
    "ß",
    "ẞ",
    "ss",
    "é",
    "É",
    "İ",
    "i",
    "ı",
    "σ",
    "ς",
    "日本",
    "*",
    "?",
    "%",
    "\\",
    "a\\",
    "\"",
    "'",
    "\n",
    "a\nb",
    " ",
    "$",
    "PC1$",
    "unknown",
    "-",
    "corp.example",
    "CORP.example.",
    "a.corp.example",
    "https://a.corp.example/x",
    "u@corp.example",
    "u@x@eu.corp.example",
    "4",
    "0x4",
    "{ab}",
    "aaaa",
    "abab",
    "a b c",
    "0123456789abcdef0123456789abcdef",
];
const PATTERNS: &[&str] =
    &["a", "^a", "b$", "a+b?", r"\bab\b", "[a-c]{2}", "c.d", r"\d", r"\W", "^$", "(cmd|powershell)\\.exe$", "é|ß", "k", r"a\\", "."];
const NUMBERS: &[i64] = &[0, 1, 4, 5, 80, 4688, -1, i64::MAX, i64::MIN];
const ADDRESSES: &[&str] = &[
    "10.0.0.1",
    "::ffff:10.0.0.1",
    "10.255.0.1",
    "11.0.0.1",
    "8.8.8.8",
    "127.0.0.1",
    "::1",
    "fe80::1",
    "224.0.0.1",
    "100.64.0.1",
    "2001:db8::1",
    "2606:4700::1",
];
const NETWORKS: &[(&str, u8)] =
    &[("10.0.0.0", 8), ("10.0.0.0", 9), ("0.0.0.0", 0), ("::", 0), ("2001:db8::", 32), ("8.8.8.8", 32), ("fe80::", 10)];

pub fn word(rng: &mut Rng) -> String {
    let one = |rng: &mut Rng| (*rng.pick(WORDS).expect("words")).to_owned();
    if rng.one_in(3) { one(rng) + &one(rng) } else { one(rng) }
}

fn words(rng: &mut Rng) -> Vec<String> {
    (0..1 + rng.below(3)).map(|_| word(rng)).collect()
}

fn casing(rng: &mut Rng) -> Casing {
    if rng.one_in(3) { Casing::Respect } else { Casing::Ignore }
}

fn address(rng: &mut Rng) -> std::net::IpAddr {
    rng.pick(ADDRESSES).and_then(|text| text.parse().ok()).expect("an address")
}

/// A rule of one to three branches over both classes.
pub fn random_rule(name: &str, rng: &mut Rng) -> Rule {
    let branches = (0..1 + rng.below(3)).map(|index| {
        let (id, of) = class(rng.pick(&["process", "file"]).expect("a class"));
        let mut left = of.every_action();
        let mut cases = Vec::new();
        for _ in 0..1 + rng.below(2) {
            let some: Vec<usize> = left.iter().filter(|_| !rng.one_in(3)).collect();
            let actions = some.iter().fold(spoor::schema::Actions::NONE, |all, one| all.or(spoor::schema::Actions::one(*one)));
            if !actions.is_empty() {
                left = spoor::schema::Actions(left.0 & !actions.0);
                cases.push(Case { actions, pred: predicate(of, rng, 3) });
            }
        }
        let labels = ["run", "drop", "run"];
        branch(rng.one_in(2).then(|| labels[index]), id, cases)
    });
    rule(name, branches.collect())
}

fn predicate(class: &Class, rng: &mut Rng, depth: usize) -> Pred {
    match rng.below(if depth == 0 { 3 } else { 8 }) {
        0..3 => test(class, rng),
        3..5 => Pred::all((0..1 + rng.below(3)).map(|_| predicate(class, rng, depth - 1)).collect::<Vec<_>>()),
        5..7 => Pred::any((0..1 + rng.below(3)).map(|_| predicate(class, rng, depth - 1)).collect::<Vec<_>>()),
        _ => predicate(class, rng, depth - 1).not(),
    }
}

/// Few fields, so that tests and events meet.
fn some_field(class: &Class, rng: &mut Rng) -> FieldId {
    let names = [
        "name",
        "path",
        "command_line",
        "host",
        "user.name",
        "id",
        "parent.path",
        "parent.id",
        "md5",
        "guid",
        "integrity",
        "size",
        "executable",
        "src.ip",
        "origin.url",
        "user.upn",
        "actor.path",
        "contents",
        "raw",
        "user.sid",
        "class",
    ];
    loop {
        if let Some(field) = rng.pick(&names).and_then(|name| class.field(name)) {
            return field;
        }
    }
}

fn test(class: &Class, rng: &mut Rng) -> Pred {
    let field = some_field(class, rng);
    Pred::test(field, op(class, field, rng), span())
}

fn op(class: &Class, field: FieldId, rng: &mut Rng) -> Op {
    let ty = class.get(field).ty;
    if rng.one_in(8) {
        return Op::Exists;
    }
    match ty {
        Type::Int | Type::Port | Type::Duration | Type::Real => number_op(class, rng),
        Type::Bool => Op::OneOf(vec![Scalar::Bool(rng.one_in(2))]),
        Type::Enum => Op::OneOf((0..1 + rng.below(2)).map(|_| enum_value(class, field, rng)).collect()),
        Type::Ip => match rng.below(3) {
            0 => Op::OneOf((0..1 + rng.below(3)).map(|_| Scalar::Ip(address(rng).to_canonical())).collect()),
            1 => Op::Within((0..1 + rng.below(2)).map(|_| network(rng)).collect()),
            _ => Op::Is(
                *rng.pick(&[Kind::Private, Kind::Public, Kind::Loopback, Kind::LinkLocal, Kind::Multicast, Kind::Reserved])
                    .expect("a kind"),
            ),
        },
        Type::User if rng.one_in(3) => Op::Is(Kind::MachineAccount),
        Type::Md5 | Type::Guid => Op::Text { op: TextOp::Equals, any: words(rng), case: Casing::Ignore },
        _ => text_op(class, field, rng),
    }
}

fn number_op(class: &Class, rng: &mut Rng) -> Op {
    let compare = *rng
        .pick(&[Compare::Equal, Compare::NotEqual, Compare::Less, Compare::LessEqual, Compare::Greater, Compare::GreaterEqual])
        .expect("an operator");
    match (rng.below(4), class.field("parent.id")) {
        (0, _) => Op::OneOf((0..1 + rng.below(3)).filter_map(|_| rng.pick(NUMBERS)).map(|number| Scalar::Int(*number)).collect()),
        (1, Some(other)) => Op::Field { op: FieldOp::Compare(compare), other: Other { step: None, field: other }, case: Casing::Ignore },
        _ => Op::Compare(compare, if rng.one_in(4) { Number::Real(4.5) } else { Number::Int(*rng.pick(NUMBERS).expect("a number")) }),
    }
}

fn text_op(class: &Class, field: FieldId, rng: &mut Rng) -> Op {
    let case = casing(rng);
    let ops = [TextOp::Equals, TextOp::Contains, TextOp::StartsWith, TextOp::EndsWith, TextOp::Has, TextOp::Under];
    let op = *rng.pick(&ops).expect("an operator");
    match rng.below(5) {
        0 => Op::Like { any: (0..1 + rng.below(2)).map(|_| like(rng)).collect(), case },
        1 => {
            let regexes = (0..1 + rng.below(2)).filter_map(|_| rng.pick(PATTERNS));
            Op::Matches { any: regexes.filter_map(|pattern| Regex::new(pattern, rng_flag(pattern), false, case).ok()).collect(), case }
        }
        2 => {
            let others = ["path", "parent.path", "command_line", "host", "origin.url", "user.upn", "actor.path"];
            match rng.pick(&others).and_then(|name| class.field(name)).filter(|other| *other != field) {
                Some(other) => Op::Field { op: FieldOp::Text(op), other: Other { step: None, field: other }, case },
                None => Op::Exists,
            }
        }
        _ => Op::Text { op, any: words(rng), case },
    }
}

fn rng_flag(pattern: &str) -> bool {
    pattern.len().is_multiple_of(2)
}

fn like(rng: &mut Rng) -> LikePattern {
    LikePattern::of((0..1 + rng.below(4)).map(|_| match rng.below(3) {
        0 => LikePart::Any,
        1 => LikePart::One,
        _ => LikePart::Literal(word(rng)),
    }))
}

fn network(rng: &mut Rng) -> Network {
    let (base, prefix) = *rng.pick(NETWORKS).expect("a network");
    Network { base: base.parse().expect("an address"), prefix }
}

fn enum_value(class: &Class, field: FieldId, rng: &mut Rng) -> Scalar {
    let values = class.get(field).values.map(|id| &packs().model.enumeration(id).values);
    Scalar::Enum(match values {
        Some(values) => rng.pick(values).expect("a value").to_string(),
        None => rng.pick(&["process", "file"]).expect("a class").to_string(),
    })
}

/// An event of either class, any action; fields with no value, one, several, or empty text.
pub fn random_event(rng: &mut Rng) -> Event {
    let (id, of): (ClassId, &Class) = class(rng.pick(&["process", "file"]).expect("a class"));
    let mut fields: Vec<(FieldId, Vec<Scalar>)> = Vec::new();
    for _ in 0..rng.below(12) {
        let field = some_field(of, rng);
        if fields.iter().any(|(known, _)| *known == field) || of.get(field).name == "class" {
            continue;
        }
        let count = if rng.one_in(5) { rng.below(4) } else { 1 };
        fields.push((field, (0..count).map(|_| value(of, field, rng)).collect()));
    }
    Event { class: id, action: Some(rng.below(of.actions.len())), time: Some(rng.below(1 << 31) as i64), fields }
}

fn value(class: &Class, field: FieldId, rng: &mut Rng) -> Scalar {
    match class.get(field).ty {
        Type::Int | Type::Port | Type::Duration | Type::Real => Scalar::Int(*rng.pick(NUMBERS).expect("a number")),
        Type::Bool => Scalar::Bool(rng.one_in(2)),
        Type::Enum => enum_value(class, field, rng),
        Type::Ip => Scalar::Ip(address(rng)),
        _ if rng.one_in(12) => Scalar::Text(String::new()),
        _ => Scalar::Text(word(rng)),
    }
}
