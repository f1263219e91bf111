//! Attestations: in-toto statements about what was validated, for whoever signs them. signoff holds no keys.
//!
//! Sources: in-toto/attestation, `spec/v1/statement.md`, `spec/v1/resource_descriptor.md`,
//! `spec/predicates/test-result.md` (v0.1) and `spec/predicates/svr.md` (v0.1).
//!
//! Test results know no word for what did not run and for what nobody knows. A test that did not run is warned at the
//! best and failed where the policy says so, a failure that a waiver accepts or of which the policy allows some is
//! warned, a check without an answer is failed, and the result is `PASSED` only where both lists are empty. A simple
//! verification result lists what holds, and nothing of a release that is not approved.

use serde_json::{Value, json};

use super::error::RenderError;
use super::view::Subject;
use crate::gate::{Reason, Verdict};
use crate::model::identity::is_full_commit;
use crate::model::{Outcome, Sourced, Suite, TestCase};
use crate::safety::visible::{cut, one_line};

/// The type of a statement.
const STATEMENT: &str = "https://in-toto.io/Statement/v1";
/// The type of the predicate of test results.
const TEST_RESULT: &str = "https://in-toto.io/attestation/test-result/v0.1";
/// The type of the predicate of a simple verification result.
const VERIFICATION: &str = "https://in-toto.io/attestation/svr/v0.1";
/// What made the attestation, as a package URL.
const VERIFIER: &str = concat!("pkg:cargo/signoff@", env!("CARGO_PKG_VERSION"));
/// Names of passed tests that are listed: an attestation on GitHub holds 16 MB.
const MAX_PASSED: usize = 20_000;
/// Characters of a name.
const MAX_NAME: usize = 300;

/// Statement and predicate of the test results.
///
/// # Errors
/// Nothing is known that the statement could be about.
pub fn test_result(subject: &Subject<'_>) -> Result<[Value; 2], RenderError> {
    let Names { mut passed, warned, failed } = names(subject);
    let result = match subject.judged.verdict {
        Verdict::Passed if warned.is_empty() && failed.is_empty() => "PASSED",
        Verdict::Passed | Verdict::Conditional => "WARNED",
        Verdict::Undecided | Verdict::Failed => "FAILED",
    };
    let left_out = passed.len().saturating_sub(MAX_PASSED);
    passed.truncate(MAX_PASSED);
    let mut predicate = json!({"result": result, "configuration": configuration(subject, left_out)});
    if let Some(page) = subject.release.stated.ci.as_ref().and_then(|ci| ci.pipeline.as_ref()) {
        predicate["url"] = json!(page.value);
    }
    predicate["passedTests"] = json!(passed);
    predicate["warnedTests"] = json!(warned);
    predicate["failedTests"] = json!(failed);
    Ok([statement(subject, TEST_RESULT, &predicate)?, predicate])
}

/// Statement and predicate of the simple verification result.
///
/// # Errors
/// Nothing is known that the statement could be about, or no time.
pub fn verification(subject: &Subject<'_>) -> Result<[Value; 2], RenderError> {
    let time = subject.as_of.ok_or(RenderError::NoTime)?;
    let mut verifier = json!({"id": VERIFIER});
    if let Some(digest) = &subject.made.policy {
        verifier["policy"] = json!({"name": policy_name(subject), "digest": {"sha256": digest}});
    }
    let predicate = json!({
        "verifier": verifier, "timeCreated": time.to_string(), "properties": properties(subject),
    });
    Ok([statement(subject, VERIFICATION, &predicate)?, predicate])
}

fn statement(subject: &Subject<'_>, predicate_type: &str, predicate: &Value) -> Result<Value, RenderError> {
    let stated = &subject.release.stated;
    let commit = stated.commit.as_ref().filter(|commit| is_full_commit(commit));
    let mut subjects: Vec<Value> = commit.map(|commit| json!({"digest": {"gitCommit": commit}})).into_iter().collect();
    subjects.extend(
        stated.digests.iter().map(|digest| json!({"name": digest.name(), "digest": {"sha256": digest.sha256()}})),
    );
    if subjects.is_empty() {
        return Err(RenderError::NoSubject);
    }
    Ok(json!({"_type": STATEMENT, "subject": subjects, "predicateType": predicate_type, "predicate": predicate}))
}

/// Names of checks and tests, by what became of them.
#[derive(Default)]
struct Names {
    passed: Vec<String>,
    warned: Vec<String>,
    failed: Vec<String>,
}

fn names(subject: &Subject<'_>) -> Names {
    let mut names = Names::default();
    for check in &subject.judged.checks {
        let list = match check.verdict() {
            Verdict::Passed => &mut names.passed,
            Verdict::Conditional => &mut names.warned,
            _ if check.stands_outside() => &mut names.warned,
            Verdict::Undecided | Verdict::Failed => &mut names.failed,
        };
        list.push(format!("check: {}", check.id));
    }
    let accepted = subject.judged.accepted();
    for suite in &subject.release.suites {
        for case in suite.value.cases() {
            let list = match case.outcome {
                Outcome::Passed => &mut names.passed,
                Outcome::Warned => &mut names.warned,
                Outcome::Failed | Outcome::Errored if accepted.test(suite, case).is_some() => &mut names.warned,
                Outcome::Failed | Outcome::Errored => &mut names.failed,
                Outcome::Skipped if is_objected(subject, suite, case) => &mut names.failed,
                Outcome::Skipped => &mut names.warned,
                // It asserts nothing, so it neither passed nor failed.
                Outcome::Info => continue,
            };
            let name = [suite.value.name.as_str(), &case.name].into_iter().filter(|part| !part.is_empty());
            let name = one_line(&name.collect::<Vec<_>>().join(": ")).into_owned();
            list.push(format!("test: {}", cut(&name, MAX_NAME)));
        }
    }
    names
}

/// Whether the policy counts a test that did not run as a violation.
fn is_objected(subject: &Subject<'_>, suite: &Sourced<Suite>, case: &TestCase) -> bool {
    let source = Some(suite.source(&case.pointer));
    let objects = |reason: &Reason| reason.source == source && reason.verdict() >= Verdict::Undecided;
    subject.judged.checks.iter().any(|check| check.reasons.iter().any(objects))
}

/// What the result depends on: signoff, the policy, and every artifact that could be read.
fn configuration(subject: &Subject<'_>, left_out: usize) -> Vec<Value> {
    let tests = subject.release.all_tests();
    let mut signoff = json!({"name": "signoff", "uri": VERIFIER, "annotations": {
        "verdict": subject.judged.verdict.word(), "tests": super::facts::smoke(&tests),
    }});
    if left_out > 0 {
        signoff["annotations"]["passedTestsLeftOut"] = json!(left_out);
    }
    let policy = match &subject.made.policy {
        Some(digest) => json!({"name": policy_name(subject), "digest": {"sha256": digest}}),
        None => json!({"name": policy_name(subject), "uri": format!("{VERIFIER}#default-policy")}),
    };
    let artifacts = subject.release.artifacts.iter().filter_map(|artifact| {
        let digest = artifact.sha256.as_ref()?;
        Some(json!({
            "name": artifact.name, "digest": {"sha256": digest}, "annotations": {"format": artifact.format},
        }))
    });
    [signoff, policy].into_iter().chain(artifacts).collect()
}

fn policy_name(subject: &Subject<'_>) -> String {
    match (&subject.manifest.gate.policy, &subject.made.policy) {
        (Some(name), _) => name.clone(),
        (None, Some(_)) => "signoff.toml".to_owned(),
        (None, None) => "the default policy of signoff".to_owned(),
    }
}

/// What holds: the verdict, the decisions and the checks that passed; nothing where the release is not approved.
fn properties(subject: &Subject<'_>) -> Vec<String> {
    let verdict = match subject.judged.verdict {
        Verdict::Passed => "SIGNOFF_PASSED",
        Verdict::Conditional => "SIGNOFF_CONDITIONAL",
        Verdict::Undecided | Verdict::Failed => return Vec::new(),
    };
    let decisions = subject.judged.decisions.iter().filter(|decision| decision.verdict == Verdict::Passed);
    let checks = subject.judged.checks.iter().filter(|check| check.verdict() == Verdict::Passed);
    std::iter::once(verdict.to_owned())
        .chain(decisions.map(|decision| format!("SIGNOFF_DECISION_PASSED {}", decision.name)))
        .chain(checks.map(|check| format!("SIGNOFF_CHECK_PASSED {}", check.id)))
        .collect()
}
