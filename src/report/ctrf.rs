//! CTRF: tests and checks in the common test report format. Source: ctrf-io/ctrf, `schema/ctrf.schema.json`.

use serde_json::{Value, json};

use super::view::Subject;
use crate::gate::{Check, Verdict};
use crate::model::{Elapsed, Outcome, Suite, TestCase};

/// Renders the report.
pub fn render(subject: &Subject<'_>) -> Value {
    let mut tests: Vec<Value> = subject.judged.checks.iter().map(of_check).collect();
    let accepted = subject.judged.accepted();
    for suite in &subject.release.suites {
        let of_case = |case| of_test(&suite.value, case, accepted.test(suite, case).is_some());
        tests.extend(suite.value.cases().iter().map(of_case));
    }
    let count = |status: &str| tests.iter().filter(|test| test["status"] == status).count();
    let time = subject.as_of.map_or(0, |time| time.as_millisecond());
    let mut summary = json!({
        "tests": tests.len(), "passed": count("passed"), "failed": count("failed"), "pending": 0,
        "skipped": count("skipped"), "other": count("other"), "start": time, "stop": time,
    });
    let listed: u64 = subject.release.suites.iter().map(|suite| suite.value.cases().len() as u64).sum();
    let left_out = subject.release.all_tests().total().saturating_sub(listed);
    if left_out > 0 {
        summary["extra"] = json!({"testsLeftOut": left_out});
    }
    json!({
        "reportFormat": "CTRF",
        "specVersion": "0.0.0",
        "results": {
            "tool": {"name": "signoff", "version": env!("CARGO_PKG_VERSION")},
            "summary": summary,
            "tests": tests,
        },
    })
}

fn of_check(check: &Check) -> Value {
    // CTRF has no word for what nobody knows: it is failed, never passed.
    let status = match check.verdict() {
        // Nor one for what does not gate.
        _ if check.stands_outside() => "other",
        Verdict::Passed | Verdict::Conditional => "passed",
        Verdict::Undecided | Verdict::Failed => "failed",
    };
    let mut test = json!({
        "name": format!("{}: {}", check.id, check.title), "status": status, "duration": 0,
        "suite": [format!("signoff.{}", check.rule.area.word())], "rawStatus": check.verdict().word(),
    });
    let reasons: Vec<String> = check.reasons.iter().map(|reason| reason.text.to_string()).collect();
    if !reasons.is_empty() {
        test["message"] = reasons.join("\n").into();
    }
    test
}

fn of_test(suite: &Suite, case: &TestCase, is_accepted: bool) -> Value {
    let status = match case.outcome {
        Outcome::Passed | Outcome::Warned => "passed",
        // Nor has it one for what the policy lets through.
        Outcome::Failed | Outcome::Errored if is_accepted => "other",
        Outcome::Failed | Outcome::Errored => "failed",
        Outcome::Skipped => "skipped",
        Outcome::Info => "other",
    };
    let name = if case.name.is_empty() { "(without a name)" } else { &case.name };
    let elapsed = case.elapsed.unwrap_or(Elapsed::ZERO);
    let mut test = json!({
        "name": name, "status": status, "duration": elapsed.nanos() / 1_000_000,
        "rawStatus": case.outcome.word(), "flaky": case.flaky,
    });
    if !suite.name.is_empty() {
        test["suite"] = json!([suite.name]);
    }
    if let Some(message) = &case.message {
        test["message"] = message.clone().into();
    }
    test
}
