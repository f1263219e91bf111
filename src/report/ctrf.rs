//! CTRF: tests and checks in the common test report format. Source: ctrf-io/ctrf, `schema/ctrf.schema.json`.

use serde_json::{Value, json};

use super::view::Subject;
use crate::gate::Verdict;
use crate::model::{Elapsed, Outcome};

/// Renders the report.
pub fn render(subject: &Subject<'_>) -> Value {
    let mut tests: Vec<Value> = Vec::new();
    for check in &subject.judged.checks {
        // CTRF has no word for what nobody knows: it is failed, never passed.
        let status = match check.verdict() {
            Verdict::Passed | Verdict::Conditional => "passed",
            Verdict::Undecided | Verdict::Failed => "failed",
        };
        let reasons: Vec<String> = check.reasons.iter().map(|reason| reason.text.to_string()).collect();
        let mut test = json!({
            "name": format!("{}: {}", check.id, check.title), "status": status, "duration": 0,
            "suite": [format!("signoff.{}", check.rule.area.word())], "rawStatus": check.verdict().word(),
        });
        if !reasons.is_empty() {
            test["message"] = reasons.join("\n").into();
        }
        tests.push(test);
    }
    for suite in &subject.release.suites {
        for case in suite.value.cases() {
            let status = match case.outcome {
                Outcome::Passed | Outcome::Warned => "passed",
                Outcome::Failed | Outcome::Errored => "failed",
                Outcome::Skipped => "skipped",
                Outcome::Info => "other",
            };
            let elapsed = case.elapsed.unwrap_or(Elapsed::ZERO);
            let mut test = json!({
                "name": if case.name.is_empty() { "(without a name)" } else { &case.name }, "status": status, "duration": elapsed.nanos() / 1_000_000,
                "rawStatus": case.outcome.word(), "flaky": case.flaky,
            });
            if !suite.value.name.is_empty() {
                test["suite"] = json!([suite.value.name]);
            }
            if let Some(message) = &case.message {
                test["message"] = message.clone().into();
            }
            tests.push(test);
        }
    }
    let count = |status: &str| tests.iter().filter(|test| test["status"] == status).count();
    let time = subject.as_of.map_or(0, |time| time.as_millisecond());
    json!({
        "reportFormat": "CTRF",
        "specVersion": "0.0.0",
        "results": {
            "tool": {"name": "signoff", "version": env!("CARGO_PKG_VERSION")},
            "summary": {
                "tests": tests.len(), "passed": count("passed"), "failed": count("failed"), "pending": 0,
                "skipped": count("skipped"), "other": count("other"), "start": time, "stop": time,
            },
            "tests": tests,
        },
    })
}
