//! The coverage example takes the right names from a text: what it reports is only as good as that.

#![allow(dead_code)] // the example prints more than is tested here

#[path = "../examples/coverage/facts.rs"]
mod facts;
#[path = "../examples/coverage/kql.rs"]
mod kql;
#[path = "../examples/coverage/kql_tokens.rs"]
mod kql_tokens;
#[path = "../examples/coverage/spl.rs"]
mod spl;
#[path = "../examples/coverage/tally.rs"]
mod tally;

use facts::Tables;
use tally::{Part, Tally};

/// The packs know less than the facts.
fn tables(spec: &[(&str, &str)]) -> Tables {
    let words = |text: &str| text.split(' ').map(str::to_owned).collect();
    Tables { columns: spec.iter().map(|(table, columns)| ((*table).to_owned(), words(columns))).collect(), ..Tables::default() }
}

/// Tables, and columns as `table: name`, each with what was said of it; in order.
fn judged(tally: &Tally<'_>) -> Vec<String> {
    let of = |part: &Part| {
        let known = part.names.iter().filter(|(_, known)| **known).map(|(name, _)| format!("known {name}"));
        known.chain(part.rest.keys().map(|(name, verdict)| format!("{verdict} {name}"))).collect::<Vec<_>>()
    };
    let mut all = [of(&tally.tables), of(&tally.columns)].concat();
    all.sort();
    all
}

fn kql(text: &str) -> Vec<String> {
    let known = tables(&[("P", "T File Cmd Device"), ("N", "T Url Device")]);
    let facts = tables(&[("P", "T File Cmd Device Extra"), ("N", "T Url Device"), ("Q", "X")]);
    let mut tally = Tally::new(&known, &facts);
    kql::read(text, &mut tally);
    judged(&tally)
}

#[test]
fn kql_gives_its_tables_and_columns_and_nothing_else() {
    let cases: &[(&str, &[&str])] = &[
        ("P | where File =~ \"x | where Y\" and Cmd !has_any (\"Z\") // Nope", &["known P", "known P: Cmd", "known P: File"]),
        ("P | where Extra == 1 or Typo == 2", &["known P", "missing P: Extra", "author's error P: Typo"]),
        ("Nowhere | where A == 1", &["author's error Nowhere", "undecided Nowhere: A"]),
        // What the pipeline makes is no column.
        (
            "P | extend a = tolower(File), b = 1 | where a == b | summarize n = count(), dcount(Cmd) by Device | where dcount_Cmd > n",
            &["known P", "known P: Cmd", "known P: Device", "known P: File"],
        ),
        ("P | parse Cmd with * \"x\" Left:string \" \" Right | where Left == Right", &["known P", "known P: Cmd"]),
        ("P | mv-expand x = split(Cmd, ' ') to typeof(string) | where x == 'y'", &["known P", "known P: Cmd"]),
        // A `let` is no column, and a tabular one brings its tables.
        (
            "let since = ago(7d); let n = N | where Url has 'x' | project Device, Hit = T; P | where T > since | join kind=inner n on $left.Device == $right.Device | where Device1 == Hit",
            &["known N", "known P", "known N: Device", "known N: T", "known N: Url", "known P: Device", "known P: T"],
        ),
        ("let f = (p: string) { N | where Url == p }; f('x') | where Gone == 1", &["known N", "author's error N: Gone", "known N: Url"]),
        (
            "P | where Device in ((N | project Device)) | join (Q | where X == 1) on Device",
            &["known N", "known P", "missing Q", "known N: Device", "known P: Device", "missing Q: X"],
        ),
        (
            "union withsource=Src P, (N | where Url has 'x') | where Src == 'P' and Cmd has 'y'",
            &["known N", "known P", "known N: Url", "known P: Cmd"],
        ),
        // Parts of a value, values of other kinds, what cannot be known.
        (
            "P | where parse_json(Cmd).Key.Sub == dynamic(['a', b]) and T > datetime(2026-01-01) and File matches regex @'a\"b'",
            &["known P", "known P: Cmd", "known P: File", "known P: T"],
        ),
        ("externaldata(a: string) [@'x'] | where b == 1", &[]),
        ("P | evaluate bag_unpack(Cmd) | where Key == 1", &["known P", "undecided P: Key"]),
        // Two queries with a blank line between; a quote hidden in a raw text.
        ("P | where File == 'x'\n\n// next\nN\n| where Url == 'y'", &["known N", "known P", "known N: Url", "known P: File"]),
        ("P | where Cmd matches regex @\"[^\\\"' ]+\\\"?x\" and File == 'y'", &["known P", "known P: Cmd", "known P: File"]),
    ];
    for (text, expected) in cases {
        let (found, mut expected) = (kql(text), expected.to_vec());
        expected.sort_unstable();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn spl_gives_its_datasets_and_fields_and_nothing_else() {
    let known = tables(&[("E.P", "P.name P.path _time"), ("E.F", "F.name")]);
    let facts = tables(&[("E.P", "P.name P.path P.more _time"), ("E.F", "F.name")]);
    let cases: &[(&str, &[&str])] = &[
        (
            "| tstats `summariesonly` count values(P.path) as p.q from datamodel=E.P where P.name=cmd.exe P.name IN (a.b, c.d) P.x=\"P.y\" by P.more | where gone.name=1",
            &["known E.P", "known E.P: P.name", "known E.P: P.path", "missing E.P: P.more", "author's error E.P: P.x"],
        ),
        (
            "| tstats count from datamodel=\"E\".\"P\" by P.name | append [| tstats count from datamodel=E.F by F.name]",
            &["known E.P", "known E.F", "known E.P: P.name", "known E.F: F.name"],
        ),
        ("| tstats count from datamodel=E where nodename=P by P.name F.none", &["known E.P: P.name", "author's error E: F.none"]),
        ("| tstats count from datamodel=Z.Z by Z.a", &["author's error Z.Z", "undecided Z.Z: Z.a"]),
        ("index=main process.name=x | stats count by a.b", &[]),
    ];
    for (text, expected) in cases {
        let mut tally = Tally::new(&known, &facts);
        spl::read(text, &mut tally);
        let (found, mut expected) = (judged(&tally), expected.to_vec());
        expected.sort_unstable();
        assert_eq!(found, expected, "{text}");
    }
}
