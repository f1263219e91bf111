//! A short run of what is fuzzed, on every change: the same targets, the same inputs each time.
//! `examples/fuzz` is the long run, `fuzz/` the one that libFuzzer guides; `SECURITY.md` says what they found.

#[path = "../examples/fuzz/driver.rs"]
#[allow(dead_code, reason = "the example uses all of it")]
mod driver;
#[path = "../examples/fuzz/targets.rs"]
mod targets;

use std::path::Path;

use driver::Until;
use targets::{TARGETS, Target};

#[test]
fn mutated_fixtures_break_nothing() {
    let seeds = driver::seeds(Path::new(env!("CARGO_MANIFEST_DIR")));
    assert!(seeds.len() > 500, "only {} seeds", seeds.len());
    let cheap: Vec<&Target> = TARGETS.iter().filter(|target| target.name != "report").collect();
    let whole: Vec<&Target> = TARGETS.iter().filter(|target| target.name == "report").collect();
    for (targets, count) in [(cheap, 120), (whole, 15)] {
        let outcome = driver::run(&targets, &seeds, 1, Until::Executions(count));
        let failed: Vec<String> = outcome
            .failures
            .iter()
            .map(|(target, bytes)| {
                format!("{target} with {:?}", String::from_utf8_lossy(&bytes[..bytes.len().min(400)]))
            })
            .collect();
        assert!(failed.is_empty(), "{}", failed.join("\n"));
    }
}

/// Each target stands in the folder of libFuzzer as well.
#[test]
fn every_target_is_a_file() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = std::fs::read_to_string(root.join("fuzz/Cargo.toml")).expect("the manifest is there");
    for target in TARGETS {
        let path = root.join(format!("fuzz/fuzz_targets/{}.rs", target.name));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(text.contains("driver::by_name") || text.contains("targets::"), "{}", path.display());
        assert!(manifest.contains(&format!("name = \"{}\"", target.name)), "fuzz/Cargo.toml lacks {}", target.name);
    }
}
