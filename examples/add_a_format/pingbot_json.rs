//! Pingbot: the answers of a list of addresses.
//!
//! ```json
//! {"pingbot": "1.4", "target": "https://staging.example.com",
//!  "pings": [{"path": "/", "state": "up", "ms": 12}, {"path": "/login", "state": "down", "error": "timed out"}]}
//! ```
//!
//! Each ping is one test: `up` has passed, `slow` has warned, `down` has failed, `unreached` was skipped.
//! `ms` is in milliseconds.
//! A run without pings is an error, since then nothing was asked.

use signoff::diagnostics::codes::NOTHING_RAN;
use signoff::formats::Format;
use signoff::model::{Evidence, Kind, Outcome, Suite, TestCase, Tool, Unit};
use signoff::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "pingbot-json",
    kinds: &[Kind::Smoke],
    tool: "Pingbot",
    title: "JSON report",
    produce: "pingbot --json https://staging.example.com > pingbot.json",
    detect,
    read,
};

const STATES: &[(&str, Outcome)] =
    &[("up", Outcome::Passed), ("slow", Outcome::Warned), ("down", Outcome::Failed), ("unreached", Outcome::Skipped)];

fn detect(probe: &Probe<'_>) -> bool {
    probe.is_object_with(&["pingbot", "pings"])
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let tree = doc.document()?;
    let root = tree.root();
    evidence.tool = Some(Tool::new("Pingbot", root.get("pingbot").string()));
    evidence.subject.target = root.get("target").string();
    let pings = root.get("pings");
    let mut suite = Suite::new("", pings.pointer());
    pings.items().for_each(|node| suite.push(ping(node)));
    if suite.tally().total() == 0 {
        pings.report(&NOTHING_RAN, "no address was asked");
    }
    evidence.suites.push(suite);
    Ok(())
}

fn ping(node: Node<'_>) -> TestCase {
    let path = node.require("path").string().unwrap_or_default();
    // A state that cannot be read is reported by `word`, and is not known to be good.
    let outcome = node.require("state").word(STATES).unwrap_or(Outcome::Errored);
    let mut case = TestCase::new(path, outcome, node.pointer());
    case.elapsed = node.get("ms").elapsed(Unit::Millis);
    case.message = node.get("error").string();
    case
}
