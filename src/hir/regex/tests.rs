use super::*;
use crate::hir::LikePart;
use proptest::prelude::*;

fn made(written: &str) -> Regex {
    Regex::new(written, false, false, Casing::Ignore).expect(written)
}

fn fault_of(written: &str) -> RegexFaultKind {
    Regex::new(written, false, false, Casing::Ignore).expect_err(written).kind
}

fn globs_of(written: &str) -> Vec<String> {
    let text = |glob: &LikePattern| {
        glob.0
            .iter()
            .map(|part| match part {
                LikePart::Literal(text) => text.clone(),
                LikePart::Any => "*".to_owned(),
                LikePart::One => "?".to_owned(),
            })
            .collect()
    };
    made(written).globs.iter().map(text).collect()
}

#[test]
fn classes_are_spelled_out() {
    assert_eq!(made(r"^python[0-9.w]*(\.exe)?$").pattern, r"^python[.0-9w]*(?:\.exe)?$");
    assert_eq!(made(r"\d\s\W.").pattern, r"[0-9][\t-\r ][^0-9A-Z_a-z][^\n]");
    assert_eq!(made(r"[\Wa]").pattern, "[^0-9B-Z_b-z]");
    assert_eq!(Regex::new(r"[\Wa]", false, false, Casing::Respect).unwrap().pattern, "[^0-9A-Z_b-z]");
    assert_eq!(made(r"[\w+|\s]").pattern, r"[\t-\r +0-9A-Z_a-z|]");
}

#[test]
fn each_family_has_its_ends_and_edges() {
    let regex = made(r"\bcmd$");
    assert_eq!((regex.pattern.as_str(), regex.rust.as_str(), regex.pcre.as_str()), (r"\bcmd$", r"(?-u:\b)cmd$", r"\bcmd\z"));
    let lines = Regex::new("^a$", true, true, Casing::Ignore).unwrap();
    assert_eq!((lines.pattern.as_str(), lines.pcre.as_str()), ("(?m:^)a(?m:$)", r"(?:^|(?<=\n))a(?=\n|\z)"));
}

#[test]
fn what_one_engine_lacks_is_refused() {
    assert_eq!(fault_of("a(?=b)"), RegexFaultKind::LookAround);
    assert_eq!(fault_of(r"(a)\1"), RegexFaultKind::BackReference);
    assert_eq!(fault_of("a++"), RegexFaultKind::Possessive);
    assert_eq!(fault_of("(?>a)"), RegexFaultKind::Possessive);
    assert_eq!(fault_of("a(?i)b"), RegexFaultKind::InlineFlags("i".into()));
    assert_eq!(fault_of("a(?x-s:b)"), RegexFaultKind::InlineFlags("x-s".into()));
    assert_eq!(fault_of(r"\p{L}"), RegexFaultKind::UnicodeClass);
    assert_eq!(fault_of("[a&&b]"), RegexFaultKind::ClassOperation);
    assert_eq!(fault_of(r"\<a"), RegexFaultKind::WordEdge);
    assert_eq!(fault_of("a{1001}"), RegexFaultKind::Repeat);
    assert_eq!(fault_of("(a{100}){11}"), RegexFaultKind::Repeat);
    assert_eq!(fault_of("(abcdefghijk){1000}"), RegexFaultKind::Size);
    assert!(matches!(fault_of("(a"), RegexFaultKind::Syntax(_)));
}

#[test]
fn globs_keep_the_literals() {
    assert_eq!(globs_of(r"^python[0-9.w]*(\.exe)?$"), ["python*"]);
    assert_eq!(globs_of(r"c:[/\\]x(ab|a)"), ["*c:*xa*"]);
    assert_eq!(globs_of("whoami|net (user|group)"), ["*whoami*", "*net user*", "*net group*"]);
    assert_eq!(globs_of("a+b"), ["*a*b*"]);
    assert!(globs_of(".*").is_empty());
    assert!(globs_of("a|.").is_empty());
}

fn like(glob: &[LikePart], text: &str) -> bool {
    match glob {
        [] => text.is_empty(),
        [LikePart::Any, rest @ ..] => (0..=text.len()).filter(|at| text.is_char_boundary(*at)).any(|at| like(rest, &text[at..])),
        [LikePart::One, rest @ ..] => text.chars().next().is_some_and(|c| like(rest, &text[c.len_utf8()..])),
        [LikePart::Literal(literal), rest @ ..] => {
            text.len() >= literal.len()
                && text.is_char_boundary(literal.len())
                && text[..literal.len()].eq_ignore_ascii_case(literal)
                && like(rest, &text[literal.len()..])
        }
    }
}

fn pattern() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("a"),
        Just("B"),
        Just("-"),
        Just("\\n"),
        Just("."),
        Just("\\w"),
        Just("\\W"),
        Just("\\d"),
        Just("\\s"),
        Just("\\S"),
        Just("[aB1]"),
        Just("[ab]"),
        Just("[^a]"),
        Just("[\\Wa]"),
        Just("[^\\Wa]"),
        Just("[[:upper:]-]"),
        Just("^"),
        Just("$"),
        Just("\\b"),
        Just("\\B"),
        Just("\\A"),
        Just("\\z"),
    ]
    .prop_map(str::to_owned);
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| parts.concat()),
            prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| format!("({})", parts.join("|"))),
            (inner, prop_oneof![Just("*"), Just("+"), Just("?"), Just("{2}"), Just("{0,3}?"), Just("{1,}")])
                .prop_map(|(part, times)| format!("(?:{part}){times}")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn the_spelling_finds_what_the_original_finds(
        pattern in pattern(), texts in prop::collection::vec("[aAbB1 \n_-]{0,6}", 8), dot_all: bool, multi_line: bool, ignore: bool,
    ) {
        let case = if ignore { Casing::Ignore } else { Casing::Respect };
        let Ok(regex) = Regex::new(&pattern, dot_all, multi_line, case) else { return Ok(()) };
        let original = regex::bytes::RegexBuilder::new(&pattern)
            .unicode(false).case_insensitive(ignore).dot_matches_new_line(dot_all).multi_line(multi_line).build().unwrap();
        let rust = regex::RegexBuilder::new(&regex.rust).case_insensitive(ignore).build().unwrap();
        for text in &texts {
            let found = original.is_match(text.as_bytes());
            prop_assert_eq!(found, rust.is_match(text), "{} as {} in {:?}", pattern, regex.rust, text);
            if found && ignore && !regex.globs.is_empty() {
                prop_assert!(regex.globs.iter().any(|glob| like(&glob.0, text)), "{} gives {:?}, not {:?}", pattern, regex.globs, text);
            }
            if let (true, Some(plain)) = (ignore, &regex.plain) {
                let test = |(op, one): &(TextOp, String)| {
                    let (one, text) = (one.to_ascii_lowercase(), text.to_ascii_lowercase());
                    match op {
                        TextOp::Equals => text == one,
                        TextOp::StartsWith => text.starts_with(&one),
                        TextOp::EndsWith => text.ends_with(&one),
                        TextOp::Contains | TextOp::Has | TextOp::Under => text.contains(&one),
                    }
                };
                prop_assert_eq!(found, plain.iter().any(test), "{} is not {:?} in {:?}", pattern, plain, text);
            }
        }
    }
}
