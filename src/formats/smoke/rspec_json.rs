//! RSpec: the JSON formatter.
//!
//! ```json
//! {"version": "3.13.0", "examples": [{"description": "logs success", "full_description": "CheckEnvVars logs success",
//!   "status": "passed", "file_path": "./spec/env_spec.rb", "line_number": 12, "run_time": 0.079}],
//!  "summary": {"example_count": 1, "failure_count": 0, "pending_count": 0, "errors_outside_of_examples_count": 0},
//!  "summary_line": "1 example, 0 failures"}
//! ```
//!
//! `passed` and `failed` are what they say; `pending` is skipped, be it marked with `xit`, `skip` or `pending`.
//! Errors outside of the examples (a spec file that cannot be loaded, a hook of the suite) are in no example, so each makes the tool fail; their texts stand in `messages`.
//! A dry run (`--dry-run`) marks everything as passed and cannot be told from a real run.
//!
//! Times are seconds.
//! Fields by `lib/rspec/core/formatters/json_formatter.rb` in rspec/rspec.

use crate::diagnostics::codes::TOOL_FAILED;
use crate::formats::Format;
use crate::formats::smoke::recount::{declared, declared_failures, detail, explain, first_line, nothing_ran};
use crate::model::{Evidence, Kind, Outcome, Pointer, Suite, TestCase, Tool, Unit};
use crate::source::{Doc, Node, Probe, Stop, Tree};

pub(super) static FORMAT: Format = Format {
    id: "rspec-json",
    kinds: &[Kind::Smoke],
    tool: "RSpec",
    title: "JSON formatter",
    produce: "rspec --format json --out rspec.json",
    detect,
    read,
};

const STATUSES: &[(&str, Outcome)] =
    &[("passed", Outcome::Passed), ("failed", Outcome::Failed), ("pending", Outcome::Skipped)];

fn detect(probe: &Probe<'_>) -> bool {
    probe.document().is_some_and(|root| {
        let examples = root.get("examples");
        examples.is_array()
            && (root.get("summary").has(&["example_count"])
                || examples.at(0).has(&["full_description", "status", "file_path"]))
    })
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let diags = doc.diags().clone();
    let mut suite = Suite::new("", Pointer::path("/examples"));
    let (mut summary, mut messages): (Option<Tree>, Option<Tree>) = (None, None);
    let mut version = None;
    let mut json = doc.json();
    let result = json.object(|json, key| {
        match key {
            "version" => version = json.record()?.filled(),
            "messages" => messages = Some(json.tree()?),
            "summary" => summary = Some(json.tree()?),
            "examples" => json.array(|json, _| {
                suite.push(example(json.record()?));
                Ok(())
            })?,
            _ => json.skip()?,
        }
        Ok(())
    });
    evidence.tool = Some(Tool::new("RSpec", version));
    let summary = summary.as_ref().map(Tree::root);
    suite.elapsed = summary.and_then(|summary| summary.get("duration").elapsed(Unit::Secs));
    let (pointer, tally) = (suite.pointer.clone(), *suite.tally());
    evidence.suites.push(suite);
    result?;
    json.end()?;
    if let Some(summary) = summary {
        declared(summary.get("example_count"), "examples", tally.total(), &pointer);
        declared_failures(summary.get("failure_count"), "failures", tally.failed, &pointer);
        declared(summary.get("pending_count"), "pending examples", tally.skipped, &pointer);
        let outside = summary.get("errors_outside_of_examples_count");
        if let Some(count @ 1..) = outside.u64() {
            let text = messages.as_ref().map(Tree::root).and_then(|messages| {
                let texts = messages.strings();
                texts.iter().find(|text| text.contains("error") || text.contains("Error")).cloned()
            });
            let noun = if count == 1 { "error" } else { "errors" };
            let text = text.map(|text| format!(": {}", first_line(&text))).unwrap_or_default();
            outside.report(&TOOL_FAILED, format!("{count} {noun} outside of the examples{text}"));
        }
    }
    nothing_ran(&diags, evidence);
    Ok(())
}

fn example(node: Node<'_>) -> TestCase {
    let name = node.require("description").text().unwrap_or_default();
    let outcome = node.require("status").word(STATUSES).unwrap_or(Outcome::Errored);
    let mut case = TestCase::new(name, outcome, node.pointer());
    let full = node.get("full_description").filled().unwrap_or_default();
    case.class = full.strip_suffix(&*case.name).map(|group| group.trim_end().to_owned()).filter(|g| !g.is_empty());
    case.elapsed = node.get("run_time").elapsed(Unit::Secs);
    match outcome {
        Outcome::Skipped => case.message = node.get("pending_message").filled(),
        Outcome::Passed => {}
        _ => {
            let exception = node.get("exception");
            let message = exception.get("message").filled().or_else(|| exception.get("class").text());
            explain(&mut case, message.as_deref().unwrap_or("no reason given"));
            let trace = exception.get("backtrace").strings();
            if !trace.is_empty() {
                detail(&mut case, &format!("{}\n{}", message.unwrap_or_default(), trace.join("\n")));
            }
        }
    }
    case.extra().file = node.get("file_path").filled();
    case.extra().line = node.get("line_number").u64();
    case
}
