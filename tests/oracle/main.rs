//! The emitted queries, parsed and executed by engines that share no code with the compiler.
//!
//! In: the rules of tests/corpus, examples and tests/oracle/native; events with the verdict that an author stated. Out: failures. Law: what a
//! query returns is what the author said, as far as the query's fidelity promises it. Each oracle runs once a test, over all its
//! cases as lines of JSON. What an engine refuses proves nothing either way: it stands in refusals.txt, and a new refusal fails.
//! `.ci/oracles` installs the engines; where they are missing a test says so and passes, unless SPOOR_ORACLES=1.

mod alerts;
mod batch;
mod calendar;
mod chance;
mod detections;
mod engines;
mod events;
mod facts;
mod forms;
#[path = "../generated/mod.rs"]
mod generated;
mod many;
mod native;
mod proofs;
mod refusals;
mod regexes;
mod rules;
mod several;
#[path = "../common/shared.rs"]
mod shared;
mod sigma;
mod sources;
mod streams;
mod taught;
mod verdicts;
mod vocabulary;
