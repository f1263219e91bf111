//! Elasticsearch and OpenSearch: health of a cluster.
//!
//! ```json
//! {"cluster_name": "shop-logs", "status": "yellow", "timed_out": false, "number_of_nodes": 3, "number_of_data_nodes": 3,
//!  "active_primary_shards": 12, "active_shards": 20, "relocating_shards": 0, "initializing_shards": 0, "unassigned_shards": 4}
//! ```
//!
//! The cluster is one service: `green` is healthy; `yellow`, where copies of shards are missing, and `red`, where shards
//! are, are unhealthy, as the tool itself judges. A cluster of one node stays yellow as long as its indices ask for copies.
//! Where the request waited for a status and `timed_out`, the status is not the one that was waited for, which is unknown
//! where it is green.
//! The answer of `/_cat/health?format=json` is read too.
//! Words by elastic/elasticsearch, `ClusterHealthStatus` and `ClusterHealthResponse`.

use crate::formats::Format;
use crate::model::{Evidence, Health, Kind, Role, Service, Tool};
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "elasticsearch-health",
    kinds: &[Kind::Platform],
    tool: "Elasticsearch",
    title: "Health of a cluster (/_cluster/health), also of OpenSearch",
    produce: "curl -fsS http://localhost:9200/_cluster/health > elasticsearch.json",
    detect,
    read,
};

const STATUSES: &[(&str, Health)] =
    &[("green", Health::Healthy), ("yellow", Health::Unhealthy), ("red", Health::Unhealthy)];

fn detect(probe: &Probe<'_>) -> bool {
    probe.document().is_some_and(|root| {
        root.has(&["cluster_name", "status", "number_of_nodes", "active_shards"]) || is_row(root.at(0))
    })
}

/// Whether it is the one row of `/_cat/health`.
fn is_row(node: Node<'_>) -> bool {
    node.has(&["cluster", "status", "node.total", "shards"])
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("Elasticsearch", None));
    let tree = doc.document()?;
    let root = tree.root();
    let is_row = is_row(root.at(0));
    let (node, keys) = if is_row {
        (root.at(0), ["cluster", "node.total", "unassign"])
    } else {
        (root, ["cluster_name", "number_of_nodes", "unassigned_shards"])
    };
    let [name, nodes, missing] = keys.map(|key| node.get(key).text());
    let status = node.require("status");
    let mut health = status.word_any_case(STATUSES).unwrap_or(Health::Unknown);
    let timed_out = node.get("timed_out").bool() == Some(true);
    if timed_out && health == Health::Healthy {
        health = Health::Unknown;
    }
    let shown = status.string().unwrap_or_default();
    let mut service = Service::new(name.unwrap_or_default(), Role::Container, health, shown, node.pointer());
    let missing_shards = missing.as_ref().filter(|count| *count != "0");
    service.reason = match (health, missing_shards) {
        (Health::Healthy, _) => None,
        (_, Some(count)) => Some(format!("unassigned shards: {count}")),
        (_, None) if timed_out => Some("the status that was waited for did not come in time".to_owned()),
        (_, None) => None,
    };
    service.facts.extend(nodes.map(|count| ("nodes".to_owned(), count)));
    service.check = Some(if is_row { "GET /_cat/health" } else { "GET /_cluster/health" }.to_owned());
    evidence.services.push(service);
    Ok(())
}
