//! Ginkgo: the JSON report, version 2.
//!
//! ```json
//! [{"SuitePath": "/src/shop/e2e", "SuiteDescription": "e2e", "SuiteSucceeded": false, "SpecialSuiteFailureReasons": [],
//!   "PreRunStats": {"TotalSpecs": 2, "SpecsThatWillRun": 2}, "RunTime": 1240000000, "SuiteConfig": {"DryRun": false},
//!   "SpecReports": [
//!     {"ContainerHierarchyTexts": ["cart"], "LeafNodeType": "It", "LeafNodeText": "adds", "State": "passed", "RunTime": 31000000},
//!     {"ContainerHierarchyTexts": ["cart"], "LeafNodeType": "It", "LeafNodeText": "pays", "State": "failed",
//!      "Failure": {"Message": "500 is not 200"}}]}]
//! ```
//!
//! A test is a spec (`It`); `failed` and `timedout` failed, `panicked`, `interrupted`, `aborted` and `invalid` are errored,
//! `skipped` and `pending` skipped. What runs around the specs (`BeforeSuite`, `ReportAfterSuite`) is no test, and an
//! errored one where it went wrong.
//! A spec that passed after more than one attempt is flaky, unless it had to pass repeatedly (`MustPassRepeatedly`).
//! A suite that failed although nothing in it did (`SpecialSuiteFailureReasons`) means that the tool failed, and of a dry
//! run nothing ran.
//! A suite is a suite, the containers of a spec are its class, times are in nanoseconds.
//! Captured output and report entries are left out.
//! Rules: onsi/ginkgo, `types/types.go` and `reporters/junit_report.go`.

use jiff::Timestamp;

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{NOTHING_RAN, TOOL_FAILED};
use crate::formats::Format;
use crate::formats::smoke::recount::{detail, explain, nothing_ran};
use crate::model::{Evidence, Kind, Outcome, Pointer, Suite, TestCase, Tool, Unit};
use crate::source::json::shorten;
use crate::source::{Diags, Doc, Json, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "ginkgo-json",
    kinds: &[Kind::Smoke],
    tool: "Ginkgo",
    title: "JSON report",
    produce: "ginkgo --json-report=ginkgo.json ./...",
    detect,
    read,
};

const STATES: &[(&str, Outcome)] = &[
    ("passed", Outcome::Passed),
    ("failed", Outcome::Failed),
    ("timedout", Outcome::Failed),
    ("panicked", Outcome::Errored),
    ("interrupted", Outcome::Errored),
    ("aborted", Outcome::Errored),
    ("invalid", Outcome::Errored),
    ("skipped", Outcome::Skipped),
    ("pending", Outcome::Skipped),
];

fn detect(probe: &Probe<'_>) -> bool {
    probe.elements().next().is_some_and(|first| first.has(&["SuitePath", "SuiteSucceeded", "PreRunStats"]))
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let diags = doc.diags().clone();
    evidence.tool = Some(Tool::new("Ginkgo", None));
    let mut json = doc.json();
    json.array(|json, _| {
        let mut report = Report { suite: Suite::new("", Pointer::path(json.pointer())), ..Report::default() };
        let result = report.read(json);
        if result.is_ok() {
            report.settle(&diags);
        }
        evidence.time = evidence.time.max(report.ended);
        evidence.suites.push(report.suite);
        result
    })?;
    json.end()?;
    nothing_ran(&diags, evidence);
    Ok(())
}

/// The report of one suite.
#[derive(Default)]
struct Report {
    suite: Suite,
    succeeded: Option<bool>,
    reasons: String,
    is_dry: bool,
    ended: Option<Timestamp>,
}

impl Report {
    fn read(&mut self, json: &mut Json<'_>) -> Result<(), Stop> {
        json.object(|json, key| {
            if key == "SpecReports" {
                return json.array(|json, _| {
                    self.spec(json.record()?);
                    Ok(())
                });
            }
            let tree = json.tree()?;
            let node = tree.root();
            match key {
                "SuiteDescription" => self.suite.name = node.filled().unwrap_or_default(),
                "SuiteSucceeded" => self.succeeded = node.bool(),
                "SpecialSuiteFailureReasons" => self.reasons = node.joined(", "),
                "SuiteConfig" => self.is_dry = node.get("DryRun").bool() == Some(true),
                "RunTime" => self.suite.elapsed = node.elapsed(Unit::Nanos),
                // Go writes the year 1 where it knows no time.
                "EndTime" => self.ended = node.time().filter(|time| time.as_second() > 86_400),
                _ => {}
            }
            Ok(())
        })
    }

    fn spec(&mut self, node: Node<'_>) {
        let outcome = node.require("State").word(STATES).unwrap_or(Outcome::Errored);
        let kind = node.get("LeafNodeType").text().unwrap_or_default();
        let is_bad = matches!(outcome, Outcome::Failed | Outcome::Errored);
        if kind != "It" && !is_bad {
            return;
        }
        let text = node.get("LeafNodeText").filled();
        let name = if kind == "It" { text.unwrap_or_default() } else { format!("[{kind}]") };
        let mut case = TestCase::new(name, if kind == "It" { outcome } else { Outcome::Errored }, node.pointer());
        case.class = Some(node.get("ContainerHierarchyTexts").joined(" ")).filter(|class| !class.is_empty());
        case.elapsed = node.get("RunTime").elapsed(Unit::Nanos);
        let attempts = node.get("NumAttempts").u64().unwrap_or(1);
        let is_repeated = node.get("MaxMustPassRepeatedly").u64().unwrap_or(0) > 1;
        case.flaky = outcome == Outcome::Passed && attempts > 1 && !is_repeated;
        if case.flaky {
            case.extra().attempts = Some(attempts);
        }
        let place = node.get("LeafNodeLocation");
        if let Some(file) = place.get("FileName").filled() {
            case.extra().file = Some(file);
            case.extra().line = place.get("LineNumber").u64();
        }
        let failure = node.get("Failure");
        let reason = failure.get("Message").filled().or_else(|| failure.get("ForwardedPanic").filled());
        if let Some(reason) = reason {
            explain(&mut case, &reason);
        }
        if let Some(panic) = failure.get("ForwardedPanic").filled() {
            detail(&mut case, &panic);
        }
        self.suite.push(case);
    }

    /// Reports what the specs do not tell.
    fn settle(&self, diags: &Diags) {
        let report = |code, message: String| diags.push(Diagnostic::new(code, message).at(self.suite.pointer.clone()));
        let tally = self.suite.tally();
        if self.is_dry {
            report(&NOTHING_RAN, "a dry run of Ginkgo, in which nothing ran".to_owned());
        } else if self.succeeded != Some(true) && tally.failed + tally.errored == 0 {
            let reason = if self.reasons.is_empty() { "no reason given" } else { &self.reasons };
            report(&TOOL_FAILED, format!("the suite failed, and no test in it: {}", shorten(reason)));
        }
    }
}
