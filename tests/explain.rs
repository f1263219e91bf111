//! `signoff explain`, through the real binary.

#[allow(dead_code, reason = "each test driver uses a part of it")]
mod support;

use serde_json::Value;
use support::{Scratch, run, signoff};

fn explain(args: &[&str]) -> (Option<i32>, String) {
    let output = run(signoff().arg("explain").args(args));
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.code(), text)
}

#[track_caller]
fn check(args: &[&str], expected: &[&str]) {
    let (code, text) = explain(args);
    assert_eq!(code, Some(0), "{text}");
    for part in expected {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
}

#[test]
fn codes_rules_and_formats_are_explained_and_slips_corrected() {
    check(&["contradiction"], &["warning", "Two places of the evidence disagree"]);
    check(&["smoke.failed"], &["rule", "how:"]);
    check(&["zap-json"], &["format", "ZAP", "produce:"]);
    let (code, text) = explain(&["contradicton"]);
    assert_eq!(code, Some(2));
    assert!(text.contains("did you mean `contradiction`?"), "{text}");
}

#[test]
fn a_place_of_a_report_leads_to_the_node_and_the_claim() {
    let scratch = Scratch::new("explain");
    let out = scratch.0.join("report");
    run(signoff().args(["report", "samples/ac-6-staging", "--out"]).arg(&out));
    let report = out.join("report.json").to_string_lossy().into_owned();
    let place = |reference: &[&str], more: &[&str]| {
        let mut args = reference.to_vec();
        args.extend(["--report", &report, "--artifacts", "samples/ac-6-staging"]);
        args.extend(more);
        let (code, text) = explain(&args);
        assert_eq!(code, Some(0), "{text}");
        text
    };
    let text = place(&["A7 /tests/10"], &[]);
    for part in ["smoke.json", "file: unchanged", "Authentication Flow", "outcome skipped", "smoke.skipped", "--> "] {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
    let text = place(&["A1", "line", "4"], &["--json"]);
    let all: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((&all["line"], &all["column"]), (&4.into(), &1.into()));
    assert!(all["node"].as_str().is_some_and(|node| node.contains("ai-agents-worker")), "{text}");
    assert!(place(&["A2"], &[]).contains("k6-summary.json"));
    check(&["smoke.skipped", "--report", &report], &["check", "observed:", "A7 /tests/10"]);
    let (code, text) = explain(&["A99", "--report", &report]);
    assert_eq!(code, Some(2));
    assert!(text.contains("A1 to A8"), "{text}");
}
