//! What matching event logs costs beside reading them: the same records, by the `evtx` crate alone and with what Spoor makes of them.
//!
//! `cargo bench --bench evtx -- RULES LOGS`: a folder of rules, a folder of `.evtx`. A plain program: the figures are ratios to the
//! crate's own iteration, once as it takes a record apart and once as it writes it in JSON, which is what events are read from.

mod common;

use std::path::{Path, PathBuf};
use std::time::Duration;

use common::best;
use evtx::EvtxParser;
use spoor::engine::Engine;
use spoor::engine::shape::Reader;
use spoor::project::{Workspace, discover};
use spoor::schema::builtin;

fn main() {
    let given: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).filter(|path| path.exists()).collect();
    let [rules, logs] = given.as_slice() else {
        println!("cargo bench --bench evtx -- RULES LOGS");
        return;
    };
    let mut files = Vec::new();
    read(logs, &mut files);
    let workspace = Workspace::load(discover(std::slice::from_ref(rules)), builtin());
    let packs = workspace.packs(builtin());
    let rules = workspace.check(&packs).rules;
    let (engine, _) = Engine::new(&rules, &packs);
    let parser = |file: &Vec<u8>| EvtxParser::from_buffer(file.clone()).expect("a log");

    let records = |file: &Vec<u8>| {
        let mut parser = parser(file);
        let settings = std::sync::Arc::new(evtx::ParserSettings::default());
        let mut count = 0;
        for chunk in parser.chunks() {
            let Ok(mut chunk) = chunk else { continue };
            if let Ok(mut chunk) = chunk.parse(settings.clone()) {
                count += chunk.iter().filter(Result::is_ok).count();
            }
        }
        count
    };
    let json = |file: &Vec<u8>| parser(file).records_json().filter(Result::is_ok).count();
    let mut reader = Reader::detecting(&packs);
    let mut scanner = engine.scanner();
    let mut found = 0;
    let mut matched = |file: &Vec<u8>| {
        let mut count = 0;
        for record in parser(file).records_json().flatten() {
            count += usize::from(reader.each(&record.data, |event| scanner.push(event, |_| found += 1)).is_ok());
        }
        count
    };
    let count: usize = files.iter().map(json).sum();
    println!("{} logs, {count} records, {} rules", files.len(), engine.len());
    let alone = best(|| files.iter().map(records).sum());
    let written = best(|| files.iter().map(json).sum());
    let asked = best(|| files.iter().map(&mut matched).sum());
    for (what, took) in [("records", alone), ("in JSON", written), ("and all rules", asked)] {
        let beside = |other: Duration| took.as_secs_f64() / other.as_secs_f64();
        let each = took.as_secs_f64() * 1e6 / count as f64;
        println!("{what:<16} {each:>8.2} µs a record, {:>6.2} times records, {:>6.2} times JSON", beside(alone), beside(written));
    }
    assert!(found > 0, "the rules find nothing there");
}

fn read(folder: &Path, into: &mut Vec<Vec<u8>>) {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            read(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "evtx") {
            into.push(std::fs::read(path).expect("a log"));
        }
    }
}
