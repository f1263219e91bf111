//! ghz: the JSON report of a gRPC load test.
//!
//! ```json
//! {"date": "2026-03-01T12:00:00Z", "endReason": "normal", "options": {"call": "shop.Cart.Add", "host": "0.0.0.0:50051", "c": 50},
//!  "count": 200, "total": 172959832, "average": 31877742, "fastest": 25404280, "slowest": 62984994, "rps": 1156.3,
//!  "statusCodeDistribution": {"OK": 191, "Internal": 9},
//!  "latencyDistribution": [{"percentage": 50, "latency": 31946130}, {"percentage": 95, "latency": 57698757}]}
//! ```
//!
//! Times are in nanoseconds.
//! Failures are the calls whose status is not `OK`.
//! Percentiles stand in `latencyDistribution`: the usual ones are there up to p99.
//! Percentiles, `fastest` and `slowest` rest on the calls with the status `OK` alone, unless the option `count-errors` is
//! set; `average` is of all calls (bojand/ghz, `runner/reporter.go`). Where no call was `OK` there are no latencies.
//! A run that was cancelled (`endReason`) is not complete.
//! The single calls (`details`) are passed over.

use crate::diagnostics::codes::INCOMPLETE;
use crate::formats::Format;
use crate::model::{Endpoint, Evidence, Kind, LoadRun, Measurement, Percentile, Tool, Unit};
use crate::source::{Doc, Node, Probe, Stop, Tree};

use super::summary::{empty, rate, settle_at};

pub(super) static FORMAT: Format = Format {
    id: "ghz-json",
    kinds: &[Kind::Load],
    tool: "ghz",
    title: "JSON report",
    produce: "ghz --call shop.Cart.Add -O json -o ghz.json staging.example.com:443",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.is_object_with(&["count", "fastest", "slowest", "rps"])
        && probe
            .document()
            .is_some_and(|root| root.get("statusCodeDistribution").exists() || root.get("latencyDistribution").exists())
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("ghz", None));
    let mut run = LoadRun::default();
    let mut first: Option<Tree> = None;
    let mut succeeded = None;
    let mut counts_errors = false;
    let overall = &mut run.overall;
    let mut json = doc.json();
    json.object(|json, key| {
        if ["details", "histogram", "errorDistribution"].contains(&key) {
            return json.skip();
        }
        let tree = json.tree()?;
        let node = tree.root();
        match key {
            "name" => run.name = node.filled(),
            "date" => evidence.time = node.time(),
            "endReason" if node.str().is_some_and(|reason| reason == "cancel") => {
                node.report(&INCOMPLETE, "ghz was cancelled before its end");
            }
            "options" => {
                counts_errors = node.get("count-errors").bool() == Some(true);
                run.target = node.get("host").filled();
                run.users = node.get("c").u64().or_else(|| node.get("concurrency").u64());
                if let Some(name) = node.get("call").filled() {
                    run.endpoints.push(Endpoint { name, measurement: Measurement::default() });
                }
            }
            "count" => overall.requests = node.u64(),
            "total" => run.elapsed = node.elapsed(Unit::Nanos),
            "average" => overall.mean = node.elapsed(Unit::Nanos),
            "fastest" => overall.min = node.elapsed(Unit::Nanos),
            "slowest" => overall.max = node.elapsed(Unit::Nanos),
            "rps" => overall.throughput = rate(node),
            "statusCodeDistribution" => succeeded = fine(node),
            "latencyDistribution" => {
                overall.percentiles = node
                    .items()
                    .filter_map(|node| {
                        let percentile = Percentile::from_percent(node.get("percentage").f64()?).ok()?;
                        Some((percentile, node.get("latency").elapsed(Unit::Nanos)?))
                    })
                    .collect();
            }
            _ => {}
        }
        if key == "count" {
            first = Some(tree);
        }
        Ok(())
    })?;
    json.end()?;
    run.overall.failures = run.overall.requests.zip(succeeded).and_then(|(all, fine)| all.checked_sub(fine));
    let measured = succeeded.filter(|fine| !counts_errors && run.overall.requests.is_some_and(|all| *fine < all));
    match measured {
        Some(0) => empty(&mut run.overall),
        _ => run.overall.samples = measured,
    }
    for endpoint in &mut run.endpoints {
        endpoint.measurement = run.overall.clone();
    }
    if let Some(tree) = &first {
        settle_at(&mut run, tree.root());
    }
    evidence.loads.push(run);
    Ok(())
}

/// Calls whose status is `OK`.
fn fine(node: Node<'_>) -> Option<u64> {
    if !node.is_object() {
        return None;
    }
    if node.get("OK").exists() { node.get("OK").u64() } else { Some(0) }
}
