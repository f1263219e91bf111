//! What CI systems get, through the real binary.

#[allow(dead_code, reason = "each driver uses a part of it")]
mod support;

use std::fs;

use support::{Scratch, run, signoff};

fn check(args: &[&str], environment: &[(&str, &str)]) -> (Option<i32>, String) {
    let mut command = signoff();
    for name in ["GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD", "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"] {
        command.env_remove(name);
    }
    let output =
        run(command.args(["check", "samples/blocked", "--quiet"]).args(args).envs(environment.iter().copied()));
    (output.status.code(), String::from_utf8(output.stdout).expect("text"))
}

#[test]
fn annotations_are_written_in_the_words_of_each_system() {
    let (code, text) = check(&["--annotations", "github"], &[]);
    assert_eq!(code, Some(1));
    assert!(text.lines().all(|line| line.starts_with("::error ") || line.starts_with("::warning ")), "{text}");
    let errors = text.lines().filter(|line| line.starts_with("::error ")).count();
    assert!((1..=10).contains(&errors), "{text}");
    assert!(text.contains("file=samples/blocked/artifacts/") && text.contains("title=smoke.failed::"), "{text}");
    assert_eq!(check(&["--annotations", "auto"], &[("GITHUB_ACTIONS", "true")]).1, text);

    let (_, text) = check(&["--annotations", "azure"], &[]);
    assert!(text.lines().all(|line| line.starts_with("##vso[task.logissue type=")), "{text}");
    let (_, text) = check(&["--annotations", "gitlab"], &[]);
    assert!(text.starts_with("\u{1b}[0Ksection_start:") && text.contains("section_end:"), "{text}");
    assert_eq!(check(&["--annotations", "auto"], &[]).1, "", "no CI system, no annotations");
}

#[test]
fn summary_and_outputs_are_appended_on_request() {
    let scratch = Scratch::new("annotations");
    let (summary, output) = (scratch.0.join("summary.md"), scratch.0.join("output"));
    fs::write(&output, "before=1\n").expect("a temporary file can be written");
    let environment =
        [("GITHUB_STEP_SUMMARY", summary.to_str().expect("UTF-8")), ("GITHUB_OUTPUT", output.to_str().expect("UTF-8"))];
    assert_eq!(check(&["--github-summary", "--github-output"], &environment).0, Some(1));
    let summary = fs::read_to_string(summary).expect("the summary was written");
    assert!(
        summary.starts_with("## ") && summary.contains("| failed | ") && summary.contains("smoke.failed"),
        "{summary}"
    );
    let output = fs::read_to_string(output).expect("the outputs were written");
    assert!(output.starts_with("before=1\nverdict=failed\n") && output.contains("\ntests-failed="), "{output}");
    assert!(output.lines().all(|line| line.split_once('=').is_some()), "{output}");
    assert_eq!(check(&["--github-summary"], &[]).0, Some(2), "without the variable it cannot be done");
}

/// An expression takes an empty output for 0, and `unknown` for no number.
#[test]
fn counts_that_nothing_tells_are_no_zeros() {
    let scratch = Scratch::new("annotations-unknown");
    let (artifact, output) = (scratch.0.join("tests.xml"), scratch.0.join("output"));
    fs::write(&artifact, r#"<testsuite name="s" tests="1"><testcase name="a" classname="c"/></testsuite>"#)
        .expect("a temporary file can be written");
    run(signoff().arg("check").arg(artifact).args(["--github-output", "--quiet"]).env("GITHUB_OUTPUT", &output));
    let output = fs::read_to_string(output).expect("the outputs were written");
    for line in ["tests-total=1", "tests-failed=0", "findings-total=unknown", "findings-critical=unknown"] {
        assert!(output.lines().any(|other| other == line), "{line}: {output}");
    }
}

/// GitHub shows ten annotations of a step: none of them twice.
#[test]
fn a_notice_that_weighs_is_annotated_once() {
    let scratch = Scratch::new("annotations-once");
    fs::write(scratch.0.join("health.json"), r#"{"queue":"orders"}"#).expect("a temporary file can be written");
    let output = run(signoff().current_dir(&scratch.0).args(["check", ".", "--annotations", "github", "--quiet"]));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let about: Vec<&str> = text.lines().filter(|line| line.contains("no format recognises")).collect();
    assert_eq!(about.len(), 1, "{text}");
    assert!(about[0].contains("title=unknown-format::"), "{text}");
}

/// A count that the tool gives without a list is a count.
#[test]
fn skipped_tests_that_are_not_listed_are_counted() {
    let scratch = Scratch::new("annotations-unlisted");
    let output = scratch.0.join("output");
    let artifacts = "tests/fail-open/84-skipped-and-only-counted/artifacts";
    let report = scratch.0.join("report");
    run(signoff()
        .args(["report", artifacts, "--github-output", "--quiet", "--out"])
        .arg(&report)
        .env("GITHUB_OUTPUT", &output));
    let output = fs::read_to_string(output).expect("the outputs were written");
    assert!(output.contains("tests-total=4\n") && output.contains("tests-skipped=2\n"), "{output}");
    let read = |name: &str| fs::read_to_string(report.join(name)).expect("the report is there");
    assert!(read("report.md").contains("| 2 of 4 passed, 2 skipped (50 % ran) "), "{}", read("report.md"));
    let json: serde_json::Value = serde_json::from_str(&read("report.json")).expect("report.json is JSON");
    assert_eq!((&json["tests"]["totals"]["total"], &json["tests"]["totals"]["skipped"]), (&4.into(), &2.into()));
    assert_eq!(json["tests"]["suites"][0]["skipped_unlisted"], 2);
}
