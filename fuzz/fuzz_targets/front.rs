//! YAML to rules of the language: read and lowered.
#![no_main]

#[path = "../../tests/common/laws.rs"]
#[allow(dead_code)] // each target holds a part of them
mod laws;

libfuzzer_sys::fuzz_target!(|text: &str| laws::lowered(text));
