//! Postman CLI: the JSON reporter of a collection run.
//!
//! ```json
//! {"run": {"meta": {"collectionName": "Staging smoke", "started": 1763632800000, "completed": 1763632801240},
//!          "summary": {"executedRequests": {"executed": 1, "errors": 0},
//!                      "tests": {"executed": 1, "failed": 0, "passed": 1, "skipped": 0}},
//!          "executions": [{"requestExecuted": {"name": "Health", "method": "GET"}, "response": {"code": 200, "responseTime": 14},
//!                          "tests": [{"name": "status is 200", "status": "passed"}], "errors": []}],
//!          "runError": null}}
//! ```
//!
//! One test is one entry of `tests` of one execution, with the outcome that its `status` says.
//! A request that got no answer and a script that threw are no tests: they stand in `errors`, and each is a test that errored.
//! The counts of `summary` are compared: tests that failed, and errors of requests and scripts, which are claimed and not
//! listed mean that the tool failed.
//! `runError` means that the run was stopped: what came after it is missing, so the evidence is incomplete.
//! A run without any test proves nothing, even where every request was answered.
//!
//! The suite is the collection, the class of a test is its request, times are milliseconds.
//! Bodies, headers, cookies and the queries of URLs are left out: they carry tokens.
//! The Postman CLI is closed; the shape is that of its reports.

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::MISSING_FIELD;
use crate::formats::Format;
use crate::formats::smoke::newman_json::{address, reason, response, stopped};
use crate::formats::smoke::recount::{between, claims_more, declared, declared_failures, epoch_millis, nothing_ran};
use crate::model::{Evidence, Kind, Outcome, Pointer, Suite, TestCase, Tool};
use crate::source::{Doc, Json, Node, Probe, Stop, Tree};

pub(super) static FORMAT: Format = Format {
    id: "postman-cli-json",
    kinds: &[Kind::Smoke],
    tool: "Postman CLI",
    title: "JSON report of a collection run",
    produce: "postman collection run collection.json --reporters json --reporter-json-export postman.json",
    detect,
    read,
};

const STATUSES: &[(&str, Outcome)] =
    &[("passed", Outcome::Passed), ("failed", Outcome::Failed), ("skipped", Outcome::Skipped)];

fn detect(probe: &Probe<'_>) -> bool {
    probe.document().is_some_and(|root| {
        let run = root.get("run");
        run.get("meta").is_object() && run.get("summary").has(&["executedRequests", "tests"])
    })
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let diags = doc.diags().clone();
    evidence.tool = Some(Tool::new("Postman CLI", None));
    let mut run = Run { suite: Suite::new("", Pointer::whole()), ..Run::default() };
    let mut json = doc.json();
    let result = json.object(|json, key| match key {
        "run" => run.read(json, evidence),
        _ => json.skip(),
    });
    if result.is_ok() {
        run.compare();
    }
    evidence.suites.push(run.suite);
    result?;
    json.end()?;
    nothing_ran(&diags, evidence);
    if !run.has_executions {
        let diagnostic = Diagnostic::new(&MISSING_FIELD, "`executions` is missing: the single results are not there");
        diags.push(diagnostic.at(Pointer::path("/run")));
    }
    Ok(())
}

#[derive(Default)]
struct Run {
    suite: Suite,
    has_executions: bool,
    summary: Option<Tree>,
    /// Entries of `errors`.
    n_errors: u64,
}

impl Run {
    fn read(&mut self, json: &mut Json<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
        json.object(|json, key| match key {
            "meta" => {
                let tree = json.tree()?;
                let meta = tree.root();
                self.suite.name = meta.get("collectionName").filled().unwrap_or_default();
                evidence.time = epoch_millis(meta.get("completed"));
                self.suite.elapsed = between(epoch_millis(meta.get("started")), evidence.time);
                Ok(())
            }
            "summary" => {
                self.summary = Some(json.tree()?);
                Ok(())
            }
            "executions" => {
                self.has_executions = true;
                self.suite.pointer = Pointer::path(json.pointer());
                json.array(|json, _| self.execution(json))
            }
            "runError" => stopped(json),
            _ => json.skip(),
        })
    }

    /// One request with its tests. A body may be long, so no more than what is used is held.
    fn execution(&mut self, json: &mut Json<'_>) -> Result<(), Stop> {
        let (mut request, mut answer, mut name) = (None, None, None);
        let (mut tests, mut errors) = (None, None);
        json.object(|json, key| {
            match key {
                "requestExecuted" => {
                    let tree = json.tree()?;
                    let root = tree.root();
                    name = root.get("name").filled();
                    let method = root.get("method").filled();
                    let url = address(root.get("url"));
                    request = url.map(|url| method.map_or(url.clone(), |method| format!("{method} {url}")));
                }
                "response" => answer = response(json)?,
                "tests" => tests = Some(json.tree()?),
                "errors" => errors = Some(json.tree()?),
                _ => json.skip()?,
            }
            Ok(())
        })?;
        let tests = tests.iter().flat_map(|tree| tree.root().items()).map(test);
        let errors: Vec<TestCase> = errors.iter().flat_map(|tree| tree.root().items()).map(error).collect();
        self.n_errors += errors.len() as u64;
        for mut case in tests.chain(errors) {
            case.class.clone_from(&name);
            if request.is_some() || answer.is_some() {
                let extra = case.extra();
                extra.endpoint.clone_from(&request);
                extra.response.clone_from(&answer);
            }
            self.suite.push(case);
        }
        Ok(())
    }

    /// Holds what the summary counts against what the executions list.
    fn compare(&self) {
        let Some(summary) = &self.summary else { return };
        let (tally, at) = (self.suite.tally(), &self.suite.pointer);
        let tests = summary.root().get("tests");
        declared(tests.get("passed"), "passed tests", tally.passed, at);
        declared_failures(tests.get("failed"), "failed tests", tally.failed, at);
        declared(tests.get("skipped"), "skipped tests", tally.skipped, at);
        for (key, what) in [
            ("executedRequests", "failed requests"),
            ("prerequestScripts", "failed pre-request scripts"),
            ("postresponseScripts", "failed post-response scripts"),
        ] {
            claims_more(summary.root().get(key).get("errors"), what, self.n_errors, at);
        }
    }
}

fn test(node: Node<'_>) -> TestCase {
    let outcome = node.require("status").word(STATUSES).unwrap_or(Outcome::Errored);
    let mut case = TestCase::new(node.require("name").text().unwrap_or_default(), outcome, node.pointer());
    let error = node.get("error");
    if error.is_some() && outcome != Outcome::Passed {
        reason(&mut case, error);
    }
    case
}

/// A request that got no answer, or a script that threw; it has the name of the error.
fn error(node: Node<'_>) -> TestCase {
    let inner = node.get("error");
    let error = if inner.is_some() { inner } else { node };
    let name = error.get("name").filled().unwrap_or_else(|| "error".to_owned());
    let mut case = TestCase::new(name, Outcome::Errored, node.pointer());
    reason(&mut case, error);
    case
}
