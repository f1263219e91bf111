//! signoff fails closed: each folder of `tests/fail-open` is a case that some gate lets through.
//!
//! A case holds `artifacts/` (an empty folder where it is absent), perhaps a `signoff.toml`, and perhaps `args.txt`
//! with one further argument of `signoff check` on each line.
//! `expected.txt` holds the exit code, never 0, and texts that the output must contain, one on each line.

#[allow(dead_code, reason = "each test driver uses a part of it")]
mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use support::{entries, name, root};

#[test]
fn nothing_slips_through() {
    let mut problems = Vec::new();
    for case in entries(&root().join("tests/fail-open")) {
        for problem in check(&case) {
            problems.push(format!("{}: {problem}", name(&case)));
        }
    }
    assert!(problems.is_empty(), "{} problems\n{}", problems.len(), problems.join("\n"));
}

fn check(case: &Path) -> Vec<String> {
    let expected = fs::read_to_string(case.join("expected.txt")).expect("every case has an expected.txt");
    let mut expected = expected.lines();
    let code: i32 = expected.next().and_then(|code| code.parse().ok()).expect("the first line is the exit code");
    assert_ne!(code, 0, "{} expects to be let through", name(case));
    let output = run(case);
    let text = format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let mut problems = Vec::new();
    if output.status.code() != Some(code) {
        problems.push(format!("exits with {:?}, not {code}", output.status.code()));
    }
    for part in expected.filter(|part| !text.contains(part)) {
        problems.push(format!("does not say `{part}`"));
    }
    if !problems.is_empty() {
        problems.push(format!("it says\n{text}"));
    }
    problems
}

fn run(case: &Path) -> std::process::Output {
    let artifacts = case.join("artifacts");
    let folder = if artifacts.is_dir() {
        "artifacts".into()
    } else {
        // Git keeps no empty folder.
        let empty = Path::new(env!("CARGO_TARGET_TMPDIR")).join("empty");
        fs::create_dir_all(&empty).expect("the folder for temporary files can be written");
        empty
    };
    let further = fs::read_to_string(case.join("args.txt")).unwrap_or_default();
    Command::new(env!("CARGO_BIN_EXE_signoff"))
        .current_dir(case)
        .env_remove("SOURCE_DATE_EPOCH")
        .args(["check".as_ref(), folder.as_os_str()])
        .args(further.lines())
        .output()
        .expect("the binary can be run")
}
