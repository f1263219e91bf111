//! Allure: errors outside of any test, `*-globals.json` beside the results of an adapter.
//!
//! ```json
//! {"attachments": [], "errors": [{"message": "\"before all\" hook failed: connection refused", "trace": "Error: connection refused\n    at …", "timestamp": 1795728114858}]}
//! ```
//!
//! Adapters for JavaScript write it where a hook fails, whose tests then did not run and leave no result.
//! Each error is a test that is errored: nothing else tells of it. Without errors the file tells of no test.
//! Attachments are left out.
//!
//! Rules: allure-framework `allure2` and `allure-js-commons` 3 (`Globals`, `GlobalError`).

use super::recount::{detail, epoch_millis, explain, first_line};
use crate::formats::Format;
use crate::model::{Evidence, Kind, Outcome, Suite, TestCase, Tool};
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "allure-globals",
    kinds: &[Kind::Smoke],
    tool: "Allure",
    title: "Errors outside of any test",
    produce: "npx mocha --reporter allure-mocha",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.document().is_some_and(|root| {
        let mut keys = root.members().map(|(key, _)| key);
        root.get("errors").is_array()
            && root.get("attachments").is_array()
            && keys.all(|key| ["errors", "attachments"].contains(&&*key))
    })
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("Allure", None));
    let tree = doc.document()?;
    let errors = tree.root().get("errors");
    let mut suite = Suite::new("outside of any test", errors.pointer());
    for error in errors.items() {
        suite.push(case(error));
        evidence.time = evidence.time.max(epoch_millis(error.get("timestamp")));
    }
    if suite.tally().total() > 0 {
        evidence.suites.push(suite);
    }
    Ok(())
}

fn case(error: Node<'_>) -> TestCase {
    let message = error.require("message").string().unwrap_or_default();
    let trace = error.get("trace").filled();
    let said = if message.trim().is_empty() { trace.as_deref().unwrap_or_default() } else { &message };
    let mut case = TestCase::new(first_line(said), Outcome::Errored, error.pointer());
    explain(&mut case, &message);
    if let Some(trace) = trace {
        detail(&mut case, &trace);
    }
    case
}
