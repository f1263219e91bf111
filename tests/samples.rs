//! The samples, through the real binary: what is written, byte for byte, and the exit code.
//!
//! `UPDATE=1 cargo test --test samples` writes `samples/*/expected/` anew; look at the difference before you commit it.

#[allow(dead_code, reason = "each driver uses a part of it")]
mod support;

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::Command;

use signoff::ingest::{Options, ingest};
use support::{Scratch, compare, entries, name, root, run, signoff};

fn samples() -> Vec<PathBuf> {
    entries(&root().join("samples")).into_iter().filter(|path| path.is_dir()).collect()
}

#[test]
fn every_sample_gives_what_is_expected() {
    let scratch = Scratch::new("samples");
    let mut problems = Vec::new();
    let mut codes = String::new();
    for sample in samples() {
        let out = scratch.0.join(name(&sample));
        let shown = PathBuf::from("samples").join(name(&sample));
        let output = run(signoff().arg("report").arg(&shown).arg("--out").arg(&out));
        let expected = sample.join("expected");
        fs::create_dir_all(&expected).expect("the folder can be written");
        let written: Vec<PathBuf> = entries(&out);
        for file in &written {
            let actual = fs::read_to_string(file).expect("what was written is text");
            compare(&expected.join(name(file)), &actual, &mut problems);
        }
        codes.push_str(&format!("{} {}\n", name(&sample), output.status.code().unwrap_or(-1)));
        let known: Vec<String> = written.iter().map(|file| name(file)).collect();
        for stale in entries(&expected).into_iter().filter(|file| !known.contains(&name(file))) {
            problems.push(format!("{} is expected and not written", stale.display()));
        }
    }
    compare(&root().join("samples/exit-codes"), &codes, &mut problems);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

fn report(paths: &[PathBuf], out: &Path, change: impl FnOnce(&mut Command)) -> Vec<(String, Vec<u8>)> {
    let mut command = signoff();
    command.arg("report").args(paths).arg("--out").arg(out).arg("--quiet");
    command.arg("--manifest").arg(root().join("samples/ac-6-staging/signoff.toml"));
    change(&mut command);
    let output = run(&mut command);
    assert!(output.status.code().is_some_and(|code| code != 2), "{}", String::from_utf8_lossy(&output.stderr));
    entries(out).into_iter().map(|file| (name(&file), fs::read(&file).expect("a report can be read"))).collect()
}

/// Order of the files, locale, time zone and folder change nothing.
#[test]
fn the_same_evidence_gives_the_same_bytes() {
    let scratch = Scratch::new("determinism");
    let mut files = entries(&root().join("samples/ac-6-staging/artifacts"));
    let first = report(&files, &scratch.0.join("first"), |_| {});
    assert_eq!(first.len(), 5, "four forms and the digests");
    for round in 0..20 {
        // Every rotation of the list, and of the list turned round, stands first once.
        files.rotate_left(1);
        if round % 8 == 7 {
            files.reverse();
        }
        let elsewhere = scratch.0.join(format!("folder-{}", round % 3));
        fs::create_dir_all(&elsewhere).expect("a temporary folder can be made");
        let again = report(&files, &scratch.0.join(format!("round-{round}")), |command| {
            command.current_dir(&elsewhere);
            command.env("TZ", ["UTC", "Asia/Kolkata", "America/St_Johns"][round % 3]);
            command.env("LC_ALL", ["C", "tr_TR.UTF-8", "de_DE.UTF-8"][round % 3]);
        });
        for ((name, first), (_, again)) in first.iter().zip(&again) {
            assert!(first == again, "{name} differs in round {round}");
        }
    }
}

/// Neither does the number of threads.
#[test]
fn what_is_read_does_not_depend_on_the_number_of_threads() {
    let artifacts = [root().join("samples/ac-6-staging/artifacts"), root().join("samples/blocked")];
    let read = |threads| {
        let options = Options { threads: NonZeroUsize::new(threads), ..Options::default() };
        format!("{:?}", ingest(&artifacts, &|_| false, &options))
    };
    let alone = read(1);
    assert!(alone.len() > 10_000, "{alone}");
    for threads in 2..=6 {
        assert!(read(threads) == alone, "{threads} threads read something else");
    }
}

/// What is cut off beside good files makes the release undecided, and says where.
#[test]
fn a_truncated_scan_beside_good_files_is_undecided() {
    let scratch = Scratch::new("truncated");
    let artifacts = root().join("samples/ac-6-staging/artifacts");
    for file in entries(&artifacts) {
        let bytes = fs::read(&file).expect("a sample can be read");
        let kept = if name(&file) == "zap.json" { bytes.len() * 2 / 3 } else { bytes.len() };
        fs::write(scratch.0.join(name(&file)), &bytes[..kept]).expect("a temporary file can be written");
    }
    let output = run(signoff().arg("check").arg(&scratch.0));
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{text}");
    let place = text.lines().find(|line| line.contains("-->") && line.contains("zap.json:"));
    let place = place.and_then(|line| line.split("zap.json:").nth(1)).unwrap_or_default();
    let mut numbers = place.split([':', ' ']).map(|part| part.parse::<u64>().unwrap_or(0));
    assert!(numbers.next() > Some(1) && numbers.next() > Some(0), "no line and column in:\n{text}");
}

#[test]
fn what_cannot_be_done_exits_with_2_and_what_nobody_can_judge_with_3() {
    let scratch = Scratch::new("exits");
    let exit = |args: &[&str]| run(signoff().args(args)).status.code();
    let empty = scratch.0.to_string_lossy().into_owned();
    assert_eq!(exit(&["check", &empty]), Some(3), "an empty folder");
    assert_eq!(exit(&["check", "no/such/folder"]), Some(2));
    assert_eq!(exit(&["check"]), Some(2));
    assert_eq!(exit(&["check", &empty, "--require", "smok"]), Some(2));
    assert_eq!(exit(&["check", &empty, "--fail-on", "never"]), Some(0));
    assert_eq!(exit(&["check", "samples/ac-6-staging", "--fail-on", "conditional"]), Some(1));
    assert_eq!(exit(&["check", "samples/minimal", "--require", "smoke"]), Some(0));
}
