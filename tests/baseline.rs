//! Comparisons with an earlier report, through the real binary.
//!
//! Each folder of `tests/baseline` holds the artifacts of two validations, `before/` and `after/`, and a `signoff.toml`
//! (`before.toml` for the earlier one, where it had another). `check.txt` says what `signoff check after --baseline`
//! gives, `diff.txt` what `signoff diff` does: the exit code, then texts that the output must contain, one on each line.
//! `args.txt` holds further arguments of `check`; the word `without` leaves the baseline out.

#[allow(dead_code, reason = "each test driver uses a part of it")]
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::{Value, json};
use support::{Scratch, copy, entries, name, root, run, signoff};

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + "\n" + &String::from_utf8_lossy(&output.stderr)
}

/// What an output lacks of what a file says.
fn lacks(case: &Path, file: &str, output: &Output) -> Vec<String> {
    let expected = fs::read_to_string(case.join(file)).expect("every case says what it expects");
    let mut lines = expected.lines();
    let code: i32 = lines.next().and_then(|code| code.parse().ok()).expect("the first line is the exit code");
    let text = text(output);
    let mut problems = Vec::new();
    if output.status.code() != Some(code) {
        problems.push(format!("exits with {:?}, not {code}", output.status.code()));
    }
    problems.extend(lines.filter(|part| !text.contains(part)).map(|part| format!("does not say `{part}`")));
    if !problems.is_empty() {
        problems.push(format!("it says\n{text}"));
    }
    problems.iter().map(|problem| format!("{} {file}: {problem}", name(case))).collect()
}

/// Writes a report of the artifacts in a folder.
fn report(artifacts: &Path, manifest: &Path, as_of: &str, out: &Path) {
    let mut command = signoff();
    command.arg("report").arg(artifacts).arg("--manifest").arg(manifest).arg("--out").arg(out);
    let output = run(command.args(["--format", "json", "--quiet", "--as-of", as_of]));
    assert_ne!(output.status.code(), Some(2), "{}", text(&output));
}

#[test]
fn what_changed_is_found_and_judged() {
    let scratch = Scratch::new("baseline-cases");
    let mut problems = Vec::new();
    for case in entries(&root().join("tests/baseline")) {
        let (old, new) = (scratch.0.join(name(&case)).join("old"), scratch.0.join(name(&case)).join("new"));
        let manifest = case.join("signoff.toml");
        let earlier = Some(case.join("before.toml")).filter(|path| path.exists()).unwrap_or_else(|| manifest.clone());
        report(&case.join("before"), &earlier, "2026-03-01T12:00:00Z", &old);
        let args = fs::read_to_string(case.join("args.txt")).unwrap_or_default();
        let as_of = args.lines().find_map(|line| line.strip_prefix("--as-of=")).unwrap_or("2026-03-02T12:00:00Z");
        let mut command = signoff();
        command.arg("check").arg(case.join("after")).arg("--manifest").arg(&manifest).args(["--as-of", as_of]);
        if !args.contains("without") {
            command.arg("--baseline").arg(&old);
        }
        problems.extend(lacks(&case, "check.txt", &run(&mut command)));
        report(&case.join("after"), &manifest, as_of, &new);
        problems.extend(lacks(&case, "diff.txt", &run(signoff().arg("diff").arg(&old).arg(&new))));
        let same = run(signoff().arg("diff").arg(&new).arg(&new));
        if same.status.code() != Some(0) || !text(&same).contains("nothing changed") {
            problems.push(format!("{}: a report differs from itself:\n{}", name(&case), text(&same)));
        }
    }
    assert!(problems.is_empty(), "{} problems\n{}", problems.len(), problems.join("\n"));
}

/// A report of the sample, and one of it with a baseline.
fn sample(scratch: &Scratch) -> (PathBuf, PathBuf) {
    copy(&root().join("samples/blocked/artifacts"), &scratch.0.join("artifacts"));
    copy(&root().join("samples/blocked/signoff.toml"), &scratch.0.join("signoff.toml"));
    report(
        &scratch.0.join("artifacts"),
        &scratch.0.join("signoff.toml"),
        "2026-03-01T12:00:00Z",
        &scratch.0.join("old"),
    );
    let scan = scratch.0.join("artifacts/scan.sarif");
    let changed = fs::read_to_string(&scan).expect("a sample can be read").replace("CVE-2025-11111", "CVE-2025-33333");
    fs::write(&scan, changed).expect("a temporary file can be written");
    let output = run(signoff()
        .current_dir(&scratch.0)
        .args(["report", "artifacts", "--manifest", "signoff.toml", "--baseline", "old", "--out", "new", "--quiet"])
        .args(["--as-of", "2026-03-02T12:00:00Z"]));
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    (scratch.0.join("old"), scratch.0.join("new"))
}

#[test]
fn the_report_has_the_changes_and_is_made_again_with_the_baseline() {
    let scratch = Scratch::new("baseline-report");
    let (old, new) = sample(&scratch);
    let markdown = fs::read_to_string(new.join("report.md")).expect("the report can be read");
    let section = markdown.split("\n## ").find(|part| part.starts_with("Changes since the baseline"));
    let section = section.expect("the report has a section on the changes");
    let digest = signoff::model::digest::digest(&fs::read(old.join("report.json")).expect("the report can be read"));
    // The width of a column says nothing.
    let words = section.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in ["`old/report.json`", digest.as_str(), "| **new** | `CVE-2025-33333`", "| gone | `CVE-2025-11111`"] {
        assert!(words.contains(part), "`{part}` is not in:\n{section}");
    }
    let page = fs::read_to_string(new.join("report.html")).expect("the report can be read");
    assert!(page.contains("Changes since the baseline") && page.contains("CVE-2025-33333"));
    let document: Value =
        serde_json::from_slice(&fs::read(new.join("report.json")).expect("the report can be read")).expect("JSON");
    assert_eq!(document["options"]["baseline"]["sha256"], digest.as_str());
    assert_eq!(document["baseline"]["changes"]["findings"]["new"][0]["rule"], "CVE-2025-33333");
    let verify = |baseline: Option<&Path>| {
        let mut command = signoff();
        command.current_dir(&scratch.0).args([
            "verify",
            "new",
            "--artifacts",
            "artifacts",
            "--manifest",
            "signoff.toml",
        ]);
        if let Some(path) = baseline {
            command.arg("--baseline").arg(path);
        }
        let output = run(&mut command);
        (output.status.code(), text(&output))
    };
    let (code, said) = verify(Some(&old));
    assert!(code == Some(0) && said.contains("it is identical"), "{said}");
    let (code, said) = verify(None);
    assert!(code == Some(2) && said.contains("--baseline"), "{said}");
    let (code, said) = verify(Some(&new));
    assert!(code == Some(1) && said.contains("another baseline"), "{said}");
}

/// The drawings of what changed say what the tables say, also to those who do not see them, and nothing that runs.
#[test]
fn what_changed_is_drawn_with_the_numbers_of_the_tables() {
    let scratch = Scratch::new("baseline-drawn");
    let case = root().join("tests/baseline/a-whole-release");
    let (old, new) = (scratch.0.join("old"), scratch.0.join("new"));
    report(&case.join("before"), &case.join("signoff.toml"), "2026-03-01T12:00:00Z", &old);
    let mut command = signoff();
    command.arg("report").arg(case.join("after")).arg("--manifest").arg(case.join("signoff.toml"));
    command.arg("--baseline").arg(&old).arg("--out").arg(&new).args(["--as-of", "2026-03-02T12:00:00Z", "--quiet"]);
    let output = run(&mut command);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let markdown = fs::read_to_string(new.join("report.md")).expect("the report can be read");
    let section = markdown.split("\n## ").find(|part| part.starts_with("Changes since the baseline"));
    let rows: Vec<Vec<String>> = section
        .expect("the report has a section on the changes")
        .lines()
        .filter(|line| line.starts_with('|'))
        .map(|line| line.split(" | ").map(|cell| cell.trim_matches(['|', ' ', '*', '`']).to_owned()).collect())
        .collect();
    let page = fs::read_to_string(new.join("report.html")).expect("the report can be read");
    let drawn = |title: &str| {
        let start = page.find(&format!("{title}, before and now</title>")).unwrap_or_else(|| panic!("no {title}"));
        let figure = &page[start..];
        &figure[..figure.find("</figure>").expect("a figure ends")]
    };
    // Of the tests and findings every count that changed or not.
    for (title, prefix) in [("Tests", "tests: "), ("Open findings", "open findings: ")] {
        let figure = drawn(title);
        let counts: Vec<_> = rows
            .iter()
            .filter_map(|row| Some((row.get(1)?.strip_prefix(prefix)?, &row[2], &row[3], &row[0])))
            .collect();
        assert!(counts.len() >= 3, "{counts:?}");
        for (kind, before, now, word) in counts {
            let words = if before == now {
                format!("{kind} {now} before and now")
            } else {
                format!("{kind} {before} before and {now} now ({word})")
            };
            assert!(figure.contains(&words), "`{words}` is not in {figure}");
        }
    }
    // Of the measurements one of each endpoint, what is worse first; the rest is counted.
    let figure = drawn("Response times");
    let told = figure.split("</desc>").next().unwrap_or_default();
    let times: Vec<_> = rows.iter().filter(|row| row.len() == 7 && row[5].ends_with('s')).collect();
    let stated = |row: &&&Vec<String>| told.contains(&format!("from {} to {} ({}, {}", row[4], row[5], row[6], row[0]));
    let shown = times.iter().filter(stated).count();
    assert!(shown >= 9 && told.matches(" from ").count() == shown, "{shown} of {times:?} in {told}");
    assert!(figure.contains(&format!("and {} further measurements in the table", times.len() - shown)), "{figure}");
    assert!(told.contains("p95 POST /checkout from 640 ms to 1.24 s (+94 %, worse, limit 800 ms)"), "{told}");
    let failures = drawn("Failed requests");
    assert!(failures.contains("POST /checkout from 0.25 % to 0.49 % (+0.24 points, worse)"), "{failures}");
    for figure in [figure, failures] {
        assert!(!figure.contains("<script") && !figure.contains("<img"), "{figure}");
    }
    assert!(figure.contains("&lt;script&gt;"), "{figure}");
}

/// A path can hold a secret as well as a text, and stands in every form of the report.
#[test]
fn the_path_of_a_baseline_is_masked() {
    let scratch = Scratch::new("baseline-masked");
    let (old, new) = sample(&scratch);
    let token = ["ghp", &"a1B2".repeat(9)].join("_");
    let folder = format!("of-{token}");
    copy(&old, &scratch.0.join(&folder));
    let mut command = signoff();
    command.current_dir(&scratch.0).args([
        "report",
        "artifacts",
        "--out",
        "masked",
        "--baseline",
        &folder,
        "--manifest",
        "signoff.toml",
    ]);
    run(command.args(["--as-of", "2026-03-02T12:00:00Z", "--quiet"]));
    for file in entries(&scratch.0.join("masked")) {
        let written = fs::read_to_string(&file).expect("a report is text");
        assert!(!written.contains(&token), "{}", file.display());
    }
    let report = fs::read_to_string(scratch.0.join("masked/report.md")).expect("the report can be read");
    assert!(report.contains("of-[redacted:github-token]/report.json"), "{report}");
    let args = ["verify", "masked", "--artifacts", "artifacts", "--manifest", "signoff.toml", "--baseline", &folder];
    let output = run(signoff().current_dir(&scratch.0).args(args));
    assert!(output.status.success() && text(&output).contains("it is identical"), "{}", text(&output));
    let output = run(signoff().current_dir(&scratch.0).arg("diff").arg(&folder).arg(&new));
    assert!(!text(&output).contains(&token), "{}", text(&output));
}

#[test]
fn a_comparison_has_three_forms_that_say_the_same() {
    let scratch = Scratch::new("baseline-forms");
    let (old, new) = sample(&scratch);
    let diff = |format: &str| {
        let output = run(signoff().arg("diff").arg(&old).arg(&new).args(["--format", format]));
        assert_eq!(output.status.code(), Some(1), "{}", text(&output));
        String::from_utf8(output.stdout).expect("text")
    };
    let document: Value = serde_json::from_str(&diff("json")).expect("JSON");
    assert_eq!(document["schema"], "signoff.diff/1");
    assert_eq!(document["before"]["verdict"], "failed");
    assert_eq!(document["changes"]["findings"]["gone"][0]["rule"], "CVE-2025-11111");
    for format in ["text", "markdown"] {
        let shown = diff(format);
        for rule in ["CVE-2025-33333", "CVE-2025-11111"] {
            assert!(shown.contains(rule), "{format}: {shown}");
        }
        let file = scratch.0.join(format);
        let output = run(signoff().arg("diff").arg(&old).arg(&new).args(["--format", format]).arg("--out").arg(&file));
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
        assert_eq!(fs::read_to_string(&file).expect("the file is written"), shown);
    }
}

/// What cannot be read, or does not add up, is no baseline: exit code 2, never a verdict.
#[test]
fn a_broken_baseline_is_refused() {
    let scratch = Scratch::new("baseline-broken");
    let (old, new) = sample(&scratch);
    let whole = fs::read(old.join("report.json")).expect("the report can be read");
    let path = scratch.0.join("broken.json");
    let refused = |bytes: &[u8], part: &str| {
        fs::write(&path, bytes).expect("a temporary file can be written");
        let output = run(signoff().arg("diff").arg(&path).arg(&new));
        let said = text(&output);
        assert_eq!(output.status.code(), Some(2), "{part}: {said}");
        assert!(said.contains(part) && said.contains("broken.json"), "`{part}` is not in:\n{said}");
    };
    for part in 0..24 {
        refused(&whole[..whole.len() * part / 24], "help:");
    }
    refused(b"[]", "help:");
    refused(b"{}", "no report of signoff");
    refused(b"{\"schema\": \"signoff.report/2\"}", "has the schema `signoff.report/2`");
    refused(&[b"[".repeat(100_000), b"]".repeat(100_000)].concat(), "help:");
    let report: Value = serde_json::from_slice(&whole).expect("JSON");
    let with = |pointer: &str, value: Value| {
        let mut report = report.clone();
        *report.pointer_mut(pointer).unwrap_or_else(|| panic!("the report has no {pointer}")) = value;
        report.to_string().into_bytes()
    };
    refused(&with("/verdict", json!("fine")), "`fine` is no verdict");
    refused(&with("/tests/suites/0/cases/0/outcome", json!("green")), "`green` is no outcome");
    refused(&with("/tests/suites/0/totals/passed", json!(0)), "and counts 0");
    refused(&with("/security/findings/0/severity", json!("harmless")), "`harmless` is no severity");
    refused(&with("/load/runs/0/overall/p95_ms", json!(-1)), "-1 is no measurement");
    refused(&with("/load/runs/0/overall/p95_ms", json!("fast")), "invalid type");
    refused(&with("/platform/services/0/health", json!("great")), "`great` is no health");
    refused(&with("/as_of", json!("yesterday")), "`yesterday` is no time");
    for key in ["tests", "security", "load", "platform", "checks", "decisions", "waivers", "notices", "artifacts"] {
        let mut report = report.clone();
        report.as_object_mut().expect("an object").remove(key);
        refused(report.to_string().as_bytes(), &format!("missing field `{key}`"));
    }
    let twice = String::from_utf8_lossy(&whole).replacen("\"verdict\"", "\"verdict\": \"passed\", \"verdict\"", 1);
    refused(twice.as_bytes(), "duplicate field `verdict`");
    // Larger than any report, without a byte on disk.
    fs::File::create(&path).and_then(|file| file.set_len(513 << 20)).expect("a sparse file can be made");
    let output = run(signoff().arg("diff").arg(&path).arg(&new));
    assert!(output.status.code() == Some(2) && text(&output).contains("larger than"), "{}", text(&output));
    // Changed after it was written, where the digest beside it tells.
    let changed = String::from_utf8_lossy(&whole).replacen("CVE-2025-11111", "CVE-2025-33333", 1);
    fs::write(old.join("report.json"), changed).expect("a temporary file can be written");
    for command in [vec!["check", "artifacts", "--baseline", "old"], vec!["diff", "old", "new"]] {
        let output = run(signoff().current_dir(&scratch.0).args(&command));
        assert!(output.status.code() == Some(2) && text(&output).contains("was changed after"), "{}", text(&output));
    }
    // A report that overwrites what it was compared with could not be made again.
    let over = ["report", "artifacts", "--baseline", "new", "--out", "./new"];
    let output = run(signoff().current_dir(&scratch.0).args(over));
    assert!(output.status.code() == Some(2) && text(&output).contains("overwritten"), "{}", text(&output));
    let markdown = scratch.0.join("report.md");
    fs::write(&markdown, "# Report").expect("a temporary file can be written");
    let output = run(signoff().arg("diff").arg(&markdown).arg(&new));
    assert!(text(&output).contains("the report is no JSON"), "{}", text(&output));
    let missing = run(signoff().args(["diff", "no/such/report.json"]).arg(&new));
    assert_eq!(missing.status.code(), Some(2));
}
