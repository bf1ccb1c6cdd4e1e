#![no_main]

#[path = "../../tests/fuzzing/laws.rs"]
mod laws;

libfuzzer_sys::fuzz_target!(|data: &[u8]| laws::repair(data));
