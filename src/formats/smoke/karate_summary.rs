//! Karate: the summary of a run, `karate-summary-json.txt` in the folder of its reports.
//!
//! ```json
//! {"version": "1.4.1", "elapsedTime": 2100.0, "scenariosPassed": 3, "scenariosfailed": 1, "featuresPassed": 1, "featuresFailed": 1,
//!  "featureSummary": [{"relativePath": "smoke.feature", "name": "Smoke", "passedCount": 3, "failedCount": 1, "scenarioCount": 4, "durationMillis": 900.0}]}
//! ```
//!
//! A feature is a suite. The summary counts scenarios without their names: each counts as a test that is called after its feature.
//! Where the reports of the features (`*.karate-json.txt`) stand beside it and tell the same, they are counted and it is not.
//! The counts are those of the features; where the totals disagree (`scenariosfailed` is Karate's own spelling), that is a contradiction.
//! Karate has no skipped scenarios in its counts. Times are in milliseconds.
//!
//! Rules: karate `Results.toKarateJson` and `FeatureResult.toSummaryJson`.

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{CONTRADICTION, LIMIT, NOTHING_RAN, TOOL_FAILED};
use crate::formats::Format;
use crate::formats::smoke::recount::{declared, declared_failures};
use crate::model::{Evidence, Kind, Outcome, Suite, TestCase, Tool, Unit};
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "karate-summary",
    kinds: &[Kind::Smoke],
    tool: "Karate",
    title: "Summary of a run",
    produce: "mvn test  # writes target/karate-reports/karate-summary-json.txt",
    detect,
    read,
};

/// Scenarios of one feature that are counted one by one.
const MAX_SCENARIOS: u64 = 100_000;

fn detect(probe: &Probe<'_>) -> bool {
    probe.is_object_with(&["scenariosPassed", "featureSummary"])
        || probe.is_object_with(&["scenariosPassed", "scenariosfailed"])
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let tree = doc.document()?;
    let root = tree.root();
    evidence.tool = Some(Tool::new("Karate", root.get("version").filled()));
    evidence.subject.environment = root.get("env").filled();
    for node in root.require("featureSummary").items() {
        evidence.suites.push(feature(node));
    }
    let tally = evidence.tally();
    let places = root.get("featureSummary").pointer();
    declared(root.get("scenariosPassed"), "scenarios that passed", tally.passed, &places);
    declared_failures(root.get("scenariosfailed"), "scenarios that failed", tally.failed, &places);
    if tally.total() == 0 {
        doc.report(Diagnostic::new(&NOTHING_RAN, "no scenario ran"));
    }
    Ok(())
}

fn feature(node: Node<'_>) -> Suite {
    let path = node.get("relativePath").filled();
    let name = node.get("name").filled().or_else(|| path.clone());
    let name = name.or_else(|| node.get("packageQualifiedName").filled()).unwrap_or_default();
    let mut suite = Suite::new(name.clone(), node.pointer());
    suite.elapsed = node.get("durationMillis").elapsed(Unit::Millis);
    for (key, outcome) in [("passedCount", Outcome::Passed), ("failedCount", Outcome::Failed)] {
        let count = node.require(key);
        let scenarios = count.u64().unwrap_or(0);
        if scenarios > MAX_SCENARIOS {
            count.report(&LIMIT, format!("more than {MAX_SCENARIOS} scenarios of one feature are not read"));
        }
        for _ in 0..scenarios.min(MAX_SCENARIOS) {
            let mut case = TestCase::new(name.clone(), outcome, count.pointer());
            if outcome == Outcome::Failed {
                case.message = Some("a scenario failed; the summary does not name it".to_owned());
                case.extra().file.clone_from(&path);
            }
            suite.push(case);
        }
    }
    let tally = suite.tally();
    if let Some(says) = node.get("scenarioCount").u64().filter(|says| *says != tally.total()) {
        let message = format!("`scenarioCount` says {says}, counted {}", tally.total());
        node.diags().push(node.get("scenarioCount").diagnostic(&CONTRADICTION, message).against(node.pointer()));
    }
    if node.get("failed").bool() == Some(true) && tally.failed == 0 {
        node.get("failed").report(&TOOL_FAILED, "the feature failed though none of its scenarios did");
    }
    suite
}
