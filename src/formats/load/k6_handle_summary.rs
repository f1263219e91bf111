//! k6: the data of `handleSummary`, written as JSON.
//!
//! ```json
//! {"root_group": {"name": "", "groups": [], "checks": [{"name": "is up", "passes": 61, "fails": 0}]},
//!  "state": {"testRunDurationMs": 3004.2},
//!  "metrics": {"http_reqs": {"type": "counter", "values": {"count": 61, "rate": 20.3}},
//!              "http_req_failed": {"type": "rate", "values": {"rate": 0, "passes": 0, "fails": 61}},
//!              "http_req_duration": {"type": "trend", "values": {"avg": 3.7, "p(95)": 9.7},
//!                                    "thresholds": {"p(95)<2000": {"ok": true}}}}}
//! ```
//!
//! Write it from the script: `export function handleSummary(data) { return {"k6.json": JSON.stringify(data)} }`.
//! Requests are `http_reqs`, latencies `http_req_duration` (milliseconds), failures `http_req_failed`.
//! The `passes` of `http_req_failed` are the samples that are true: the failed requests.
//! Percentiles are those of `summaryTrendStats`; by default there is no p99.
//! Submetrics for one request name (`http_req_duration{name:login}`) become endpoints; other submetrics are left out,
//! `{expected_response:true}` above all, which leaves the failures out of the latencies.
//! A threshold has k6's own verdict (`ok`); where it rests on no sample k6 lets it hold, which is reported: its count
//! is 0, or all of its statistics are, whichever `summaryTrendStats` asks for.
//! Each check is a test, failed as soon as it failed once; a check that was never executed is skipped.
//! Requests of a browser (`browser_http_req_duration`) and over gRPC (`grpc_req_duration`) are runs of their own, called
//! `browser` and `gRPC` where there are others beside them, so that limits judge each. k6 does not count gRPC requests,
//! nor which of them failed. A run with neither of these and without HTTP is one of WebSocket sessions (`ws_sessions`),
//! by the time until the server accepted them (`ws_connecting`); how long they lasted is up to the script, and which of
//! them failed k6 does not count. Any other run proves nothing about load and is reported: an iteration is no request.
//! Words and arithmetic by grafana/k6, `internal/js/summary.go` and `metrics/sink.go`.

use crate::formats::Format;
use crate::model::order::sort_by;
use crate::model::{Evidence, Kind, Threshold, Tool, Unit};
use crate::source::{Doc, Node, Probe, Stop};

use super::k6::{Metric, groups, runs};

pub(super) static FORMAT: Format = Format {
    id: "k6-handle-summary",
    kinds: &[Kind::Load, Kind::Smoke],
    tool: "k6",
    title: "Data of handleSummary, JSON",
    produce: "k6 run script.js  # whose handleSummary returns {\"k6.json\": JSON.stringify(data)}",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.document().is_some_and(|root| {
        root.get("metrics").is_object()
            && (root.get("root_group").is_object() || root.get("state").get("testRunDurationMs").exists())
            && match root.get("metrics").entries().next() {
                Some((_, metric)) => metric.get("values").is_object(),
                None => root.get("root_group").get("groups").is_array(),
            }
    })
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("k6", None));
    let tree = doc.document()?;
    let root = tree.root();
    let metrics: Vec<(String, Metric<'_>)> = root
        .get("metrics")
        .members()
        .map(|(name, node)| (name.into_owned(), Metric { node, values: node.require("values") }))
        .collect();
    let mut runs = runs(&metrics, root);
    let elapsed = root.get("state").get("testRunDurationMs").elapsed(Unit::Millis);
    runs.iter_mut().for_each(|run| run.elapsed = elapsed);
    if let Some(first) = runs.first_mut() {
        for (name, metric) in &metrics {
            first.thresholds.extend(thresholds(name, metric.node));
        }
        sort_by(&mut first.thresholds, |a, b| (&a.metric, &a.expression).cmp(&(&b.metric, &b.expression)));
    }
    evidence.loads.extend(runs);
    let executed = groups(root.get("root_group"), &mut evidence.suites);
    if root.get("root_group").is_object() {
        executed.compare(&metrics);
    }
    Ok(())
}

fn thresholds<'t>(metric: &str, node: Node<'t>) -> impl Iterator<Item = Threshold> + 't {
    let metric = metric.to_owned();
    node.get("thresholds").members().map(move |(expression, threshold)| Threshold {
        part: None,
        metric: metric.clone(),
        expression: expression.into_owned(),
        holds: threshold.require("ok").bool(),
        pointer: threshold.pointer(),
    })
}
