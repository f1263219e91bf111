//! Every format against its fixtures: `tests/fixtures/<format-id>/<case>/input.*` with `evidence.snap` beside it.
//!
//! A case whose name starts with `good` reads without error, one that starts with `bad` or `empty` has an error.
//! `UPDATE=1 cargo test --test conformance` writes the snapshots anew; look at the difference before you commit it.

#[allow(dead_code, reason = "each driver uses a part of it")]
mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use signoff::diagnostics::Level;
use signoff::formats::formats;
use support::{compare, dump, entries, name, read_all, root};

/// Format id, name of the case, and its input.
fn cases() -> Vec<(String, String, PathBuf)> {
    let mut cases = Vec::new();
    for format in entries(&root().join("tests/fixtures")) {
        for case in entries(&format).into_iter().filter(|path| path.is_dir()) {
            let input = entries(&case).into_iter().find(|path| name(path).starts_with("input"));
            let input = input.unwrap_or_else(|| panic!("{} has no input", case.display()));
            cases.push((name(&format), name(&case), input));
        }
    }
    cases
}

#[track_caller]
fn none(problems: &[String]) {
    assert!(problems.is_empty(), "{} problems\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn every_fixture_says_what_its_snapshot_says() {
    let mut problems = Vec::new();
    for (format, case, input) in cases() {
        let all = read_all(&input);
        let artifact = &all[0];
        let failed = all.iter().flat_map(|artifact| &artifact.evidence.diagnostics).any(|d| d.level() == Level::Error);
        if failed == case.starts_with("good") {
            problems.push(format!("{format}/{case}: errors are {failed}, which its name does not say"));
        }
        if case.starts_with("good") && artifact.format != Some(&*format) {
            problems.push(format!("{format}/{case} is taken for {:?}", artifact.format));
        }
        let mut said = dump(artifact);
        for inner in &all[1..] {
            said += &format!("\n{} {}\n{}", inner.name, inner.sha256.as_deref().unwrap_or("-"), dump(inner));
        }
        compare(&input.with_file_name("evidence.snap"), &said, &mut problems);
    }
    none(&problems);
}

#[test]
fn every_format_has_a_good_a_bad_and_an_empty_case_and_the_rest_has_a_format() {
    let mut problems = Vec::new();
    let have: BTreeSet<(String, &str)> = cases()
        .into_iter()
        .filter_map(|(format, case, _)| {
            ["good", "bad", "empty"].into_iter().find(|p| case.starts_with(p)).map(|p| (format, p))
        })
        .collect();
    for format in formats() {
        for prefix in ["good", "bad", "empty"] {
            if !have.contains(&(format.id.to_owned(), prefix)) {
                problems.push(format!("`{}` has no case `{prefix}…`", format.id));
            }
        }
    }
    for (format, case, _) in cases() {
        if !formats().any(|f| f.id == format) {
            problems.push(format!("{format}/{case} belongs to no format"));
        }
        if !["good", "bad", "empty"].iter().any(|p| case.starts_with(p)) {
            problems.push(format!("{format}/{case}: a case is named good…, bad… or empty…"));
        }
    }
    none(&problems);
}

/// A file that is cut off never says more than the whole, and nothing that is read panics.
#[test]
fn a_cut_file_never_says_more() {
    let mut problems = Vec::new();
    let folder = std::env::temp_dir().join(format!("signoff-cut-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("the folder for temporary files can be written");
    for (format, case, input) in cases().into_iter().filter(|(_, case, _)| case.starts_with("good")) {
        let bytes = fs::read(&input).expect("a fixture can be read");
        let whole = read_all(&input);
        let count = |all: &[signoff::model::Artifact]| {
            let evidence = || all.iter().map(|artifact| &artifact.evidence);
            let findings = |s: &signoff::model::Scan| s.tally().total() + s.tally().suppressed;
            (
                evidence().map(|e| e.tally().total()).sum::<u64>(),
                evidence().flat_map(|e| &e.scans).map(findings).sum::<u64>(),
                evidence().map(|e| e.services.len()).sum::<usize>(),
                evidence().flat_map(|e| &e.plans).map(|p| p.steps.len()).sum::<usize>(),
            )
        };
        for part in 1..12 {
            let cut = folder.join(name(&input));
            fs::write(&cut, &bytes[..bytes.len() * part / 12]).expect("a temporary file can be written");
            let all = read_all(&cut);
            let (now, then) = (count(&all), count(&whole));
            if now.0 > then.0 || now.1 > then.1 || now.2 > then.2 || now.3 > then.3 {
                problems.push(format!("{format}/{case} cut at {part}/12 says more: {now:?} than {then:?}"));
            }
            if all.iter().flat_map(|artifact| &artifact.evidence.diagnostics).any(|d| d.code.id == "internal") {
                problems.push(format!("{format}/{case} cut at {part}/12 makes the reader panic"));
            }
        }
    }
    fs::remove_dir_all(&folder).expect("the temporary folder can be removed");
    none(&problems);
}
