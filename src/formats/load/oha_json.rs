//! oha: the JSON output.
//!
//! ```json
//! {"summary": {"successRate": 1.0, "total": 1.08, "slowest": 0.092, "fastest": 0.0009, "average": 0.051, "requestsPerSec": 92.1},
//!  "latencyPercentiles": {"p50": 0.049, "p90": 0.076, "p95": 0.083, "p99": 0.092},
//!  "statusCodeDistribution": {"500": 100}, "errorDistribution": {}}
//! ```
//!
//! Times are in seconds.
//! `successRate` says how many requests got *any* answer: it is 1.0 where every answer is an HTTP 500, and is not used.
//! Requests are the answers by status and the errors; failures are answers of 400 and above and the errors.
//! Where the errors are not listed, it says whether there were any, and then they are not known.
//! Requests that were cut off at the end of a run of a given time (`aborted due to deadline`) are neither: there are as
//! many as connections. Where they are more than all others together, the run was too short for what it measures, which
//! is an error: the slowest answers are those that are missing.

use crate::diagnostics::codes::INCOMPLETE;
use crate::formats::Format;
use crate::model::phrase::were;
use crate::model::{Evidence, Kind, LoadRun, Measurement, Tool, Unit};
use crate::source::{Doc, Node, Probe, Stop};

use super::summary::{percentile_members, rate, settle_at, statuses};

pub(super) static FORMAT: Format = Format {
    id: "oha-json",
    kinds: &[Kind::Load],
    tool: "oha",
    title: "JSON output",
    produce: "oha --no-tui --output-format json https://staging.example.com/ > oha.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.is_object_with(&["summary", "statusCodeDistribution"])
        && probe.document().is_some_and(|root| root.get("summary").has(&["successRate"]))
}

/// What oha writes for requests that the end of the run cut off (`hatoo/oha`, `src/client.rs`).
const CUT_OFF: &str = "aborted due to deadline";

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("oha", None));
    let tree = doc.document()?;
    let root = tree.root();
    let summary = root.get("summary");
    let (answers, bad) = statuses(root.require("statusCodeDistribution")).unzip();
    let errors = match root.get("errorDistribution") {
        node if node.exists() => errors(node),
        _ => (summary.get("successRate").f64() == Some(1.0)).then_some(0),
    };
    let percentiles = if root.get("latencyPercentiles").is_object() {
        // A refused run has the key `NaN` or null for its values.
        percentile_members(root.get("latencyPercentiles"), Unit::Secs)
    } else {
        percentile_members(root.get("metrics").get("latency_ms"), Unit::Millis)
    };
    let mut run = LoadRun {
        overall: Measurement {
            requests: answers.and_then(|n| n.checked_add(errors?)),
            failures: bad.and_then(|n| n.checked_add(errors?)),
            throughput: rate(summary.get("requestsPerSec")),
            min: summary.get("fastest").elapsed(Unit::Secs),
            mean: summary.get("average").elapsed(Unit::Secs),
            max: summary.get("slowest").elapsed(Unit::Secs),
            percentiles,
            samples: answers.filter(|_| errors.is_some_and(|n| n > 0)),
            pointer: summary.pointer(),
            ..Measurement::default()
        },
        elapsed: summary.get("total").elapsed(Unit::Secs),
        ..LoadRun::default()
    };
    let cut_off = root.get("errorDistribution").get(CUT_OFF);
    if let (Some(count), Some(ended)) = (cut_off.u64(), run.overall.requests)
        && count > ended
    {
        let were = were(count, "request");
        let message = format!("{were} cut off at the end of the run, and {ended} ended before");
        doc.report(cut_off.diagnostic(&INCOMPLETE, message).help("run it for longer, so that what is slow ends too"));
    }
    settle_at(&mut run, root);
    evidence.loads.push(run);
    Ok(())
}

/// Requests that got no answer; `None` where a count cannot be read.
fn errors(node: Node<'_>) -> Option<u64> {
    let mut all = 0u64;
    for (what, count) in node.members() {
        if what != CUT_OFF {
            all = all.checked_add(count.u64()?)?;
        }
    }
    Some(all)
}
