//! YAML to checked rules, to the queries of every target, and to the matcher.
#![no_main]

#[path = "../../tests/common/laws.rs"]
#[allow(dead_code)] // each target holds a part of them
mod laws;

libfuzzer_sys::fuzz_target!(|text: &str| {
    laws::front(text);
    laws::queries(text);
});
