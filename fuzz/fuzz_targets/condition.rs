//! The parser of conditions alone: a text, and the laws of it.
#![no_main]

#[path = "../../tests/common/laws.rs"]
#[allow(dead_code)] // each target holds a part of them
mod laws;

libfuzzer_sys::fuzz_target!(|text: &str| laws::condition(text));
