//! Rules and events: the matcher says what the reference says.
#![no_main]

#[path = "../../tests/common/asked.rs"]
mod asked;

libfuzzer_sys::fuzz_target!(|text: &str| asked::asked(text));
