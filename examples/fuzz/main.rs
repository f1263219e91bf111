//! Fuzzing on stable Rust: `cargo run --profile fuzz --example fuzz -- --seconds 600`.
//!
//! Mutates the fixtures and gives them to the same targets that `fuzz/` gives to libFuzzer. `--seed N` makes other
//! inputs, `--target NAME` runs one target alone, `--executions N` ends after as many inputs of each target. What fails is written to `target/fuzz-findings/`, and
//! `--replay FILE --target NAME` runs it once more. `--corpus FOLDER` writes the fixtures as libFuzzer wants them, a folder
//! for each target: `cargo +nightly fuzz run read FOLDER/read`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

mod driver;
mod targets;

use driver::Until;
use targets::{TARGETS, Target};

fn main() -> io::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).map(String::as_str)
    };
    let chosen: Vec<&Target> = match value("--target") {
        Some(name) => driver::by_name(name).into_iter().collect(),
        None => TARGETS.iter().collect(),
    };
    let mut out = io::stdout().lock();
    if let Some(file) = value("--replay") {
        let bytes = std::fs::read(file)?;
        chosen.iter().for_each(|target| (target.run)(&bytes));
        writeln!(out, "nothing failed")?;
        return Ok(ExitCode::SUCCESS);
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let seeds = driver::seeds(root);
    if let Some(folder) = value("--corpus") {
        for target in &chosen {
            let folder = Path::new(folder).join(target.name);
            std::fs::create_dir_all(&folder)?;
            for (index, bytes) in driver::corpus(target, &seeds).enumerate() {
                std::fs::write(folder.join(format!("fixture-{index}")), bytes)?;
            }
        }
        return Ok(ExitCode::SUCCESS);
    }
    let seconds = value("--seconds").and_then(|text| text.parse().ok()).unwrap_or(60);
    let seed = value("--seed").and_then(|text| text.parse().ok()).unwrap_or(1);
    let until = match value("--executions").and_then(|text| text.parse().ok()) {
        Some(count) => Until::Executions(count),
        None => Until::Elapsed(Duration::from_secs(seconds)),
    };
    let start = std::time::Instant::now();
    let outcome = driver::run(&chosen, &seeds, seed, until);
    let seconds = start.elapsed().as_secs();
    for (target, count) in chosen.iter().zip(&outcome.executions) {
        writeln!(out, "{:10} {count} executions", target.name)?;
    }
    writeln!(out, "{} executions in {seconds} s, seed {seed}", outcome.executions.iter().sum::<u64>())?;
    writeln!(out, "slowest: {} ms in {}", outcome.slowest.0.as_millis(), outcome.slowest.1)?;
    writeln!(out, "failures: {}", outcome.failures.len())?;
    let folder: PathBuf = root.join("target/fuzz-findings");
    for (index, (target, bytes)) in outcome.failures.iter().enumerate() {
        std::fs::create_dir_all(&folder)?;
        let path = folder.join(format!("{target}-{seed}-{index}"));
        std::fs::write(&path, bytes)?;
        writeln!(out, "  {}", path.display())?;
    }
    Ok(ExitCode::from(u8::from(!outcome.failures.is_empty())))
}
