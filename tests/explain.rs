//! `signoff explain`, through the real binary.

#[allow(dead_code, reason = "each driver uses a part of it")]
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

/// What is put together from other figures says how, and from what.
#[test]
fn derived_figures_say_how_they_were_computed() {
    let scratch = Scratch::new("explain-figures");
    let out = scratch.0.join("report");
    run(signoff().args(["report", "samples/ac-6-staging", "--out"]).arg(&out));
    let report = out.join("report.json").to_string_lossy().into_owned();
    for (figure, value, parts) in [
        ("verdict", "\"conditional\"", &["decision Staging validation: conditional", "check smoke.skipped: "][..]),
        ("tests.total", "12", &["Production smoke tests: 12 (A7 /tests)"]),
        ("tests.passed", "8", &["Production smoke tests: 8 (A7 /tests)", "counted from the cases"]),
        ("tests.skipped", "2", &["test Authentication Flow (A7 /tests/10)"]),
        ("findings.high", "0", &["VEX"]),
        (
            "findings.medium",
            "2",
            &["medium 10038-1: Content Security Policy (CSP) Header Not Set (A8 /site/0/alerts/0)"],
        ),
        ("security.owasp", "", &["A02:2025 findings, 3 findings", "A01:2025 attested met", "(A6 /categories/0)"]),
        ("security.grade", "", &["B+ any medium", "medium 10038-1"]),
        ("run.requests", "36000", &["all requests: 36000"]),
        ("run.error-rate", "0.0", &["all requests: 0 of 36000 failed, 0.0 (A2 /metrics/http_req_duration)"]),
        ("run.p95", "61.75", &["all requests: 61.75 (A2", "/health: 52.9 (A2 /metrics/", "never averaged"]),
        ("run.grade", "", &["A+ up to 100 ms", "all requests: 61.75"]),
        ("rollback.succeeds", "true", &["Application rollback: true (A5)", "step Identify Current Commit: passed"]),
        ("platform.unhealthy", "2", &["ai-agents-worker: "]),
        ("as-of", "\"2025-", &["(A"]),
    ] {
        let (code, text) = explain(&[figure, "--report", &report]);
        assert_eq!(code, Some(0), "{text}");
        for part in parts {
            assert!(text.contains(part), "{figure}: `{part}` is not in:\n{text}");
        }
        let (code, json) = explain(&[figure, "--report", &report, "--json"]);
        assert_eq!(code, Some(0), "{json}");
        let json: Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(json["kind"], "figure");
        assert!(json["how"].as_str().is_some_and(|how| how.len() > 40), "{json}");
        assert!(value.is_empty() || json["value"].to_string().starts_with(value), "{figure} is not {value}: {json}");
    }
    check(&["Production readiness", "--report", &report], &["decision", "verdict: conditional", "the worst verdict"]);
    check(&["load.limit.p95", "--report", &report], &["margin: ", "thousandths of the limit"]);
}

/// The policy's own secrets are masked here too, and what it shows is shown.
#[test]
fn a_node_is_masked_as_the_manifest_says() {
    let scratch = Scratch::new("explain-masked");
    let write =
        |name: &str, text: &str| std::fs::write(scratch.0.join(name), text).expect("a temporary file can be written");
    write(
        "smoke.json",
        "{\"schema\":\"signoff.smoke/1\",\"tests\":[{\"name\":\"CUST-4711 at 10.0.0.5\",\"outcome\":\"passed\"}]}",
    );
    write(
        "signoff.toml",
        "[subject]\ntarget = \"http://10.0.0.5\"\n[redaction]\npatterns = [{ name = \"customer\", pattern = \"CUST-[0-9]+\" }]\n",
    );
    let run = |args: &[&str]| {
        let output = run(signoff().current_dir(&scratch.0).args(args));
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
    };
    run(&["report", "smoke.json", "--require", "smoke", "--out", "out", "--quiet"]);
    let text = run(&["explain", "A1 /tests/0", "--report", "out/report.json", "--artifacts", "smoke.json"]);
    assert!(text.contains("[redacted:customer] at 10.0.0.5") && !text.contains("4711"), "{text}");
}

/// The path of an artifact is masked as in every other output.
#[test]
fn the_path_of_the_file_is_masked() {
    let scratch = Scratch::new("explain-path");
    let token = ["ghp", "_0123456789abcdefghijklmnopqrstuvwxyzAB"].concat();
    let (folder, out) = (scratch.0.join("in").join(&token), scratch.0.join("report"));
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    let test = r#"{"schema":"signoff.smoke/1","name":"front page","outcome":"passed"}"#;
    std::fs::write(folder.join("smoke.json"), test).expect("a file can be written");
    run(signoff().current_dir(&scratch.0).args(["report", "in", "--require", "smoke", "--out"]).arg(&out));
    let output = run(signoff()
        .current_dir(&scratch.0)
        .args(["explain", "A1", "/name", "--artifacts", "in", "--report"])
        .arg(&out));
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("/smoke.json:1:") && !text.contains(&token), "{text}");
}
