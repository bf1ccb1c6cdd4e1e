#![no_main]

use std::sync::Once;

#[path = "../../tests/fuzzing/laws.rs"]
mod laws;

/// feed-rs panics on some input, which its adapter catches. libFuzzer's own hook would end the run before that; what nobody
/// catches ends it all the same.
static QUIET: Once = Once::new();

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    QUIET.call_once(|| std::panic::set_hook(Box::new(|panic| {
        let ours = panic.location().is_some_and(|at| !at.file().contains("/registry/"));
        if ours {
            eprintln!("{panic}");
        }
    })));
    laws::reader(data);
});
