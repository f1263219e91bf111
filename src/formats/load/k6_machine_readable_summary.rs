//! k6: the machine-readable summary, k6 1.5 and later.
//!
//! ```json
//! {"config": {"duration": 4.1, "execution": "local"}, "metadata": {"k6_version": "2.2.0"}, "version": "1.0.0",
//!  "results": {"checks": {"results": [{"name": "is up", "passes": 85, "fails": 0}]},
//!              "metrics": [{"name": "http_reqs", "type": "counter", "values": {"count": 340}},
//!                          {"name": "http_req_failed", "type": "rate", "values": {"matches": 170, "total": 340, "rate": 0.5}},
//!                          {"name": "http_req_duration", "type": "trend", "values": {"avg": 35.2, "p95": 51.7}}]}}
//! ```
//!
//! Latencies are in milliseconds, the duration of the run in seconds.
//! The `matches` of `http_req_failed` are the failed requests.
//! The file has no thresholds and no p99 (grafana/k6, `internal/lib/summary/machine_readable.go`):
//! a policy that asks for them has no evidence in it.
//! Requests per second are the requests over the duration of the run, as k6 itself computes them.
//! The source of the script, which is in the file, is left out.

use crate::formats::Format;
use crate::model::{Evidence, Kind, Rate, Suite, Tool, Unit};
use crate::source::{Doc, Probe, Stop};

use super::k6::{Executed, Metric, check, runs};

pub(super) static FORMAT: Format = Format {
    id: "k6-machine-readable-summary",
    kinds: &[Kind::Load, Kind::Smoke],
    tool: "k6",
    title: "Machine-readable summary, JSON",
    produce: "k6 run --new-machine-readable-summary --summary-export=k6.json script.js",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.document().is_some_and(|root| {
        root.has(&["metadata", "results"])
            && root.get("metadata").get("k6_version").exists()
            && root.get("results").get("metrics").is_array()
    })
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let tree = doc.document()?;
    let root = tree.root();
    let metadata = root.get("metadata");
    evidence.tool = Some(Tool::new("k6", metadata.get("k6_version").filled()));
    evidence.time = metadata.get("generated_at").time();
    let results = root.get("results");
    let metrics: Vec<(String, Metric<'_>)> = results
        .get("metrics")
        .items()
        .filter_map(|node| {
            let name = node.require("name").string()?;
            Some((name, Metric { node, values: node.require("values") }))
        })
        .collect();
    for mut run in runs(&metrics, root) {
        run.elapsed = root.get("config").get("duration").elapsed(Unit::Secs);
        if let (None, Some(requests), Some(elapsed)) = (run.overall.throughput, run.overall.requests, run.elapsed) {
            run.overall.throughput = Rate::of(requests, elapsed).filter(|_| requests > 0);
        }
        evidence.loads.push(run);
    }
    let checks = results.get("checks").get("results");
    let mut executed = Executed::default();
    let mut suite = Suite::new("", checks.pointer());
    for node in checks.items() {
        suite.push(check(node, &mut executed));
    }
    if suite.tally().total() > 0 {
        evidence.suites.push(suite);
    }
    let total: Vec<(String, Metric<'_>)> = results
        .get("checks")
        .get("metrics")
        .items()
        .filter(|node| node.get("name").str().as_deref() == Some("checks_succeeded"))
        .map(|node| ("checks".to_owned(), Metric { node, values: node.get("values") }))
        .collect();
    if checks.is_array() {
        executed.compare(&total);
    }
    Ok(())
}
