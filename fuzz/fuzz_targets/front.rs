//! YAML to rules: read, lowered, checked.
#![no_main]

#[path = "../../tests/common/laws.rs"]
#[allow(dead_code)] // each target holds a part of them
mod laws;

libfuzzer_sys::fuzz_target!(|text: &str| laws::front(text));
