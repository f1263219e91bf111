//! Newman (Postman collections): the JSON reporter.
//!
//! ```json
//! {"collection": {"info": {"name": "Staging smoke"}},
//!  "run": {"stats": {"assertions": {"total": 1, "pending": 0, "failed": 0}},
//!          "executions": [{"item": {"name": "Health"}, "response": {"code": 200, "responseTime": 14},
//!                          "assertions": [{"assertion": "status is 200", "skipped": false}]}],
//!          "failures": [], "error": null}}
//! ```
//!
//! One test is one assertion of one execution: passed, failed where it has an `error`, skipped where `skipped` is true.
//! `stats.assertions.failed` counts assertions only.
//! A request that got no answer and a script that threw are not assertions: they stand in `run.failures` with an `at` other than `assertion:…`, and each is a test that errored.
//! Where `run.failures` lists fewer of them than the executions themselves do, the executions count.
//! Newman lists a request once more for each one that its scripts send (`pm.sendRequest`), with the same results: those that follow one another with the same `cursor.ref` and the same results are one.
//! `run.error` means that the run was stopped (`--bail`, an exception): what came after it is missing, so the evidence is incomplete.
//! Where `stats.items` counts more requests than were executed, a script skipped the others, which is a warning.
//! A run without any assertion proves nothing, even where every request was answered.
//!
//! The suite is the collection, the class of a test is its request, times are milliseconds.
//! Bodies, headers, cookies, variables and the queries of URLs are left out: they carry tokens.
//! The shape is that of `lib/run/summary.js` in postmanlabs/newman.

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{CONTRADICTION, INCOMPLETE, MISSING_FIELD, NOT_TESTED};
use crate::formats::Format;
use crate::formats::smoke::recount::{
    bare_url, between, claims_more, declared, declared_failures, epoch_millis, explain, first_line, nothing_ran,
};
use crate::model::phrase::were;
use crate::model::{Evidence, Kind, Outcome, Pointer, Suite, TestCase, Tool};
use crate::source::{Diags, Doc, Json, Node, Probe, Stop, Tree};

pub(super) static FORMAT: Format = Format {
    id: "newman-json",
    kinds: &[Kind::Smoke],
    tool: "Newman",
    title: "JSON report of a Postman collection",
    produce: "newman run collection.json --reporters json --reporter-json-export newman.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.document().is_some_and(|root| {
        let run = root.get("run");
        let stats = run.get("stats");
        run.is_object()
            && (stats.has(&["assertions", "requests"]) || stats.has(&["assertions", "items"]))
            && (root.get("collection").is_object() || run.get("executions").is_array())
    })
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let diags = doc.diags().clone();
    evidence.tool = Some(Tool::new("Newman", None));
    let mut run = Run { diags: diags.clone(), suite: Suite::new("", Pointer::whole()), ..Run::default() };
    let mut json = doc.json();
    let result = json.object(|json, key| match key {
        "collection" => json.object(|json, key| match key {
            "info" => {
                run.suite.name = json.record()?.get("name").filled().unwrap_or_default();
                Ok(())
            }
            _ => json.skip(),
        }),
        "environment" => json.object(|json, key| match key {
            "name" => {
                evidence.subject.environment = json.record()?.filled();
                Ok(())
            }
            _ => json.skip(),
        }),
        "run" => run.read(json),
        _ => json.skip(),
    });
    let whole = result.is_ok();
    evidence.time = run.ended;
    evidence.suites.push(run.finish(whole));
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
    diags: Diags,
    suite: Suite,
    has_executions: bool,
    /// Items of the collection that were executed.
    executions: u64,
    /// What the execution before said.
    last: Option<Said>,
    ended: Option<jiff::Timestamp>,
    stats: Option<Tree>,
    /// Assertions that failed, by the executions and by the list of failures.
    failed: u64,
    listed_failed: u64,
    /// Requests and scripts that went wrong, by the executions and by the list of failures.
    errors: Vec<TestCase>,
    listed_errors: Vec<TestCase>,
}

/// What an execution says, to tell whether the next one is the same: its reference, its assertions, and how many errors.
#[derive(PartialEq)]
struct Said {
    cursor: String,
    assertions: Vec<(String, Outcome)>,
    n_errors: usize,
}

impl Run {
    fn read(&mut self, json: &mut Json<'_>) -> Result<(), Stop> {
        json.object(|json, key| match key {
            "stats" => {
                self.stats = Some(json.tree()?);
                Ok(())
            }
            "timings" => {
                let tree = json.tree()?;
                let start = epoch_millis(tree.root().get("started"));
                self.ended = epoch_millis(tree.root().get("completed"));
                self.suite.elapsed = between(start, self.ended);
                Ok(())
            }
            "executions" => {
                self.has_executions = true;
                self.executions = 0;
                self.suite.pointer = Pointer::path(json.pointer());
                json.array(|json, _| self.execution(json))
            }
            "failures" => json.array(|json, _| self.failure(json)),
            "error" => stopped(json),
            _ => json.skip(),
        })
    }

    /// One request with its assertions. A body may be long, so no more than what is used is held.
    fn execution(&mut self, json: &mut Json<'_>) -> Result<(), Stop> {
        let pointer = Pointer::path(json.pointer());
        let mut request = None;
        let mut answer = None;
        let mut assertions = None;
        let mut errors = Vec::new();
        let mut name = String::new();
        let mut cursor = None;
        json.object(|json, key| {
            match key {
                "cursor" => cursor = json.record()?.get("ref").filled(),
                "item" => {
                    json.object(|json, key| match key {
                        "name" => {
                            name = json.record()?.text().unwrap_or_default();
                            Ok(())
                        }
                        _ => json.skip(),
                    })?;
                }
                "request" => request = endpoint(json)?,
                "response" => answer = response(json)?,
                "assertions" => assertions = Some(json.tree()?),
                "requestError" | "testScript" | "prerequestScript" => errors.push((key.to_owned(), json.tree()?)),
                _ => json.skip()?,
            }
            Ok(())
        })?;
        let cases: Vec<TestCase> = assertions.iter().flat_map(|tree| tree.root().items()).map(assertion).collect();
        let said = cursor.map(|cursor| Said {
            cursor,
            assertions: cases.iter().map(|case| (case.name.to_string(), case.outcome)).collect(),
            n_errors: errors.len(),
        });
        if said.is_some() && said == self.last {
            return Ok(());
        }
        self.last = said;
        self.executions += 1;
        let dress = |case: &mut TestCase| {
            case.class = Some(name.clone()).filter(|name| !name.is_empty());
            if request.is_some() || answer.is_some() {
                let extra = case.extra();
                extra.endpoint.clone_from(&request);
                extra.response.clone_from(&answer);
            }
        };
        for mut case in cases {
            self.failed += u64::from(case.outcome == Outcome::Failed);
            dress(&mut case);
            self.suite.push(case);
        }
        for (key, tree) in &errors {
            let at = match key.as_str() {
                "requestError" => "request",
                "testScript" => "test-script",
                _ => "prerequest-script",
            };
            let root = tree.root();
            let list: Vec<Node<'_>> = if root.is_array() { root.items().collect() } else { vec![root] };
            for node in list {
                let error = if *key == "requestError" { node } else { node.get("error") };
                if error.is_some() {
                    let mut case = TestCase::new(at, Outcome::Errored, node.pointer());
                    reason(&mut case, error);
                    dress(&mut case);
                    self.errors.push(case);
                }
            }
        }
        if assertions.is_none() && errors.is_empty() && name.is_empty() && request.is_none() {
            let message = "the execution names no request and holds no result";
            self.diags.push(Diagnostic::new(&MISSING_FIELD, message).at(pointer));
        }
        Ok(())
    }

    fn failure(&mut self, json: &mut Json<'_>) -> Result<(), Stop> {
        let pointer = Pointer::path(json.pointer());
        let mut at = String::new();
        let mut class = None;
        let mut case = TestCase::new("", Outcome::Errored, pointer);
        json.object(|json, key| {
            match key {
                "at" => at = json.record()?.string().unwrap_or_default(),
                "error" => reason(&mut case, json.record()?),
                "source" => json.object(|json, key| match key {
                    "name" => {
                        class = json.record()?.text();
                        Ok(())
                    }
                    _ => json.skip(),
                })?,
                _ => json.skip()?,
            }
            Ok(())
        })?;
        if at.starts_with("assertion") {
            self.listed_failed += 1;
        } else {
            case.name = if at.is_empty() { "error outside of the assertions".to_owned() } else { at };
            case.class = class;
            self.listed_errors.push(case);
        }
        Ok(())
    }

    fn finish(&mut self, whole: bool) -> Suite {
        let mut suite = std::mem::take(&mut self.suite);
        let counted = suite.tally().total();
        let errors = [std::mem::take(&mut self.errors), std::mem::take(&mut self.listed_errors)];
        let [own, listed] = errors;
        let errors = if listed.len() >= own.len() { listed } else { own };
        let n_errors = errors.len() as u64;
        for case in errors {
            suite.push(case);
        }
        if whole && let Some(stats) = &self.stats {
            let assertions = stats.root().get("assertions");
            declared(assertions.get("total"), "assertions", counted, &suite.pointer);
            declared_failures(assertions.get("failed"), "failed assertions", self.failed, &suite.pointer);
            for (key, what) in [
                ("requests", "failed requests"),
                ("testScripts", "failed test scripts"),
                ("prerequestScripts", "failed pre-request scripts"),
            ] {
                // One request may list several errors.
                claims_more(stats.root().get(key).get("failed"), what, n_errors, &suite.pointer);
            }
            let items = stats.root().get("items").get("total");
            if let Some(skipped) = items.u64().and_then(|items| items.checked_sub(self.executions)).filter(|n| *n > 0) {
                items.report(&NOT_TESTED, format!("{} skipped by a script", were(skipped, "request")));
            }
            if self.listed_failed != self.failed {
                let message = format!("lists {} failed assertions, counted {}", self.listed_failed, self.failed);
                let diagnostic = Diagnostic::new(&CONTRADICTION, message).at(Pointer::path("/run/failures"));
                stats.root().diags().push(diagnostic.against(suite.pointer.clone()));
            }
        }
        suite
    }
}

fn assertion(node: Node<'_>) -> TestCase {
    let name = node.require("assertion").text().unwrap_or_default();
    let error = node.get("error");
    let outcome = if error.is_some() {
        Outcome::Failed
    } else if node.get("skipped").bool() == Some(true) {
        Outcome::Skipped
    } else {
        Outcome::Passed
    };
    let mut case = TestCase::new(name, outcome, node.pointer());
    if error.is_some() {
        reason(&mut case, error);
    }
    case
}

pub(super) fn reason(case: &mut TestCase, error: Node<'_>) {
    let message = if error.is_string() { error.string() } else { error.get("message").text() };
    let kind = error.get("name").text().filter(|name| name != "AssertionError" && name != "Error");
    let message = message.or_else(|| error.get("code").text()).unwrap_or_else(|| "no reason given".to_owned());
    explain(case, &kind.map_or(message.clone(), |kind| format!("{kind}: {message}")));
}

/// Method and URL of a request, without query and credentials.
fn endpoint(json: &mut Json<'_>) -> Result<Option<String>, Stop> {
    let mut method = None;
    let mut url = None;
    json.object(|json, key| {
        match key {
            "method" => method = json.record()?.filled(),
            "url" => url = address(json.record()?),
            _ => json.skip()?,
        }
        Ok(())
    })?;
    Ok(url.map(|url| method.map_or(url.clone(), |method| format!("{method} {url}"))))
}

pub(super) fn address(url: Node<'_>) -> Option<String> {
    if url.is_string() {
        return url.str().map(|url| bare_url(&url));
    }
    let host = url.get("host").joined(".");
    if host.is_empty() {
        return None;
    }
    let scheme = url.get("protocol").filled().map(|scheme| format!("{scheme}://")).unwrap_or_default();
    let port = url.get("port").text().filter(|port| !port.is_empty()).map(|port| format!(":{port}"));
    Some(format!("{scheme}{host}{}/{}", port.unwrap_or_default(), url.get("path").joined("/")))
}

/// Reports the error that stopped a run, a text or an object with a `message`; `null` where nothing did.
pub(super) fn stopped(json: &mut Json<'_>) -> Result<(), Stop> {
    let error = json.record()?;
    if error.is_some() {
        let reason = if error.is_string() { error.string() } else { error.get("message").text() };
        let reason = first_line(&reason.unwrap_or_default());
        error.report(&INCOMPLETE, format!("the run was stopped: {reason}"));
    }
    Ok(())
}

/// Status and time of an answer: `500 Internal Server Error, 31 ms`.
pub(super) fn response(json: &mut Json<'_>) -> Result<Option<String>, Stop> {
    let mut code = None;
    let mut status = None;
    let mut time = None;
    json.object(|json, key| {
        match key {
            "code" => code = json.record()?.text(),
            "status" => status = json.record()?.filled(),
            "responseTime" => time = json.record()?.elapsed(crate::model::Unit::Millis),
            _ => json.skip()?,
        }
        Ok(())
    })?;
    let words: Vec<String> = [code, status].into_iter().flatten().collect();
    let line = words.join(" ");
    Ok((!line.is_empty()).then(|| time.map_or(line.clone(), |time| format!("{line}, {time}"))))
}
