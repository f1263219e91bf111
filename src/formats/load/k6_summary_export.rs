//! k6: the file of `--summary-export`.
//!
//! ```json
//! {"root_group": {"name": "", "groups": {}, "checks": {"is up": {"name": "is up", "passes": 61, "fails": 0}}},
//!  "metrics": {"http_reqs": {"count": 61, "rate": 20.3}, "http_req_failed": {"value": 0, "passes": 0, "fails": 61},
//!              "http_req_duration": {"avg": 3.7, "p(95)": 9.7, "thresholds": {"p(95)<2000": false}}}}
//! ```
//!
//! Here the boolean of a threshold is *inverted*: `true` means that it was crossed, `false` that it holds
//! (grafana/k6, `internal/js/summary-wrapper.js`, function `oldJSONSummary`).
//! The duration of the run is not in the file.
//! All else is as in the data of `handleSummary`: see [k6-handle-summary](k6-handle-summary.md).

use crate::formats::Format;
use crate::model::order::sort_by;
use crate::model::{Evidence, Kind, Threshold, Tool};
use crate::source::{Doc, Node, Probe, Stop};

use super::k6::{Metric, groups, runs};

pub(super) static FORMAT: Format = Format {
    id: "k6-summary-export",
    kinds: &[Kind::Load, Kind::Smoke],
    tool: "k6",
    title: "Summary export (legacy), JSON",
    produce: "k6 run --summary-export=k6.json script.js",
    detect,
    read,
};

/// Metrics of which k6 writes at least one whatever the script does.
const KNOWN: [&str; 5] = ["iterations", "http_reqs", "vus", "data_sent", "iteration_duration"];

fn detect(probe: &Probe<'_>) -> bool {
    probe.document().is_some_and(|root| {
        let metrics = root.get("metrics");
        let group = root.get("root_group");
        metrics.is_object()
            && !root.get("state").exists()
            && metrics.entries().all(|(_, metric)| metric.is_object() && !metric.get("values").exists())
            && if metrics.is_empty() {
                group.get("groups").is_object()
            } else {
                group.is_object() || !group.exists() && KNOWN.iter().any(|name| metrics.get(name).is_object())
            }
    })
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("k6", None));
    let tree = doc.document()?;
    let root = tree.root();
    let metrics: Vec<(String, Metric<'_>)> =
        root.get("metrics").members().map(|(name, node)| (name.into_owned(), Metric { node, values: node })).collect();
    let mut runs = runs(&metrics, root);
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
    node.get("thresholds").members().map(move |(expression, crossed)| Threshold {
        part: None,
        metric: metric.clone(),
        expression: expression.into_owned(),
        holds: crossed.bool().map(|crossed| !crossed),
        pointer: crossed.pointer(),
    })
}
