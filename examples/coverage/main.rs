//! How much of what people use do the packs know?
//!
//! `cargo run --release --example coverage -- FOLDER [--all]`. In: a folder with `corpus/hunts/hunts.jsonl` (hunts in SPL and KQL),
//! `corpus/sigma` (rules) and `schemas/*.json` (what is known of the products, apart from the packs). Out, for each side: how many uses of
//! tables, columns, log sources and fields the packs know, and the names that they do not, each with its uses and a verdict:
//!
//!   missing          the packs should have it
//!   author's error   the table is known to `schemas`, and nothing of that name is in it; or no table has the name
//!
//! The packs are read as they are. How names are taken from a text stands at the head of `kql.rs`, `spl.rs` and `sigma.rs`. What those
//! cannot decide is counted as undecided, neither known nor missing, and never left out of the sum.

mod facts;
mod kql;
mod kql_tokens;
mod sigma;
mod spl;
mod tally;

use std::path::PathBuf;

use facts::Tables;
use tally::Tally;

fn main() {
    let mut folder = None;
    let mut all = false;
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--all" => all = true,
            _ => folder = Some(PathBuf::from(argument)),
        }
    }
    let Some(folder) = folder else {
        eprintln!("usage: coverage FOLDER [--all]");
        std::process::exit(2)
    };
    let packs = spoor::schema::builtin();
    let hunts = facts::lines(&folder.join("corpus/hunts/hunts.jsonl"));

    let (known, facts) = (Tables::kql_of_packs(packs), Tables::kql_of_facts(&folder));
    for key in ["kql", "sentinel_kql"] {
        let mut tally = Tally::new(&known, &facts);
        hunts.iter().filter_map(|hunt| hunt[key].as_str()).for_each(|text| kql::read(text, &mut tally));
        tally.print(&format!("hunts, {key}"), all);
    }
    let (known, facts) = (Tables::cim_of_packs(packs), Tables::cim_of_facts(&folder));
    let mut tally = Tally::new(&known, &facts);
    hunts.iter().filter_map(|hunt| hunt["spl"].as_str()).for_each(|text| spl::read(text, &mut tally));
    tally.print("hunts, spl", all);

    sigma::print(&folder, packs, all);
}
