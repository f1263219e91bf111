#![no_main]

#[path = "../../examples/fuzz/targets.rs"]
#[allow(dead_code, reason = "each target is one of it")]
mod targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::detect(bytes));
