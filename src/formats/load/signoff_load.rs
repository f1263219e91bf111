//! signoff's own format for a load test, or for response times that were measured by hand.
//!
//! ```json
//! {"schema": "signoff.load/1", "name": "100 users", "target": "https://staging.example.com", "users": 100, "elapsed_s": 300,
//!  "requests": 45000, "failures": 12, "rps": 150.0, "mean_ms": 88.0, "p95_ms": 210.0, "p99_ms": 480.0, "max_ms": 1900.0,
//!  "endpoints": [{"name": "GET /health", "requests": 45000, "failures": 12, "min_ms": 30, "max_ms": 31}],
//!  "thresholds": [{"metric": "p95_ms", "expression": "< 500", "holds": true}]}
//! ```
//!
//! Everything but the schema may be absent; what is absent is not known, and never zero.
//! Latencies are in milliseconds: `min_ms`, `mean_ms`, `max_ms`, and the percentiles `p50_ms`, `p75_ms`, `p90_ms`, `p95_ms`, `p99_ms`, `p99.9_ms`.
//! Where the requests of all endpoints are given and those of the whole are not, they are added up; percentiles never are.
//! A threshold says whether it `holds`; without that it is shown as not judged.
//! Counts or latencies that cannot be right together (more failures than requests, a p95 above the slowest answer,
//! endpoints whose requests do not add up to the whole, a maximum below that of an endpoint) are contradictions.
//! A run without a request, and one without any measurement, is an error.
//! Several runs are one document a line. An unknown key is reported, since a misspelt one would be lost in silence.

use super::summary::reconcile;
use crate::diagnostics::codes::{CONTRADICTION, NOTHING_RAN, OUT_OF_RANGE, UNREADABLE_PART};
use crate::formats::Format;
use crate::formats::native::{header, known_keys};
use crate::model::{Elapsed, Endpoint, Evidence, Kind, LoadRun, Measurement, Percentile, Rate, Threshold, Unit};
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "signoff-load",
    kinds: &[Kind::Load],
    tool: "signoff",
    title: "Native load run (signoff.load/1), JSON or NDJSON",
    produce: "printf '{\"schema\":\"signoff.load/1\",\"requests\":100,\"failures\":0,\"max_ms\":31}\\n' > load.json",
    detect,
    read,
};

const SCHEMA: &str = "signoff.load/1";
const KEYS: &[&str] = &[
    "schema",
    "name",
    "target",
    "users",
    "elapsed_s",
    "endpoints",
    "thresholds",
    "tool",
    "time",
    "environment",
    "commit",
    "version",
    "product",
];
const MEASURED: &[&str] = &[
    "requests", "failures", "rps", "min_ms", "mean_ms", "p50_ms", "p75_ms", "p90_ms", "p95_ms", "p99_ms", "p99.9_ms",
    "max_ms",
];
const PERCENTILES: &[(&str, f64)] =
    &[("p50_ms", 50.0), ("p75_ms", 75.0), ("p90_ms", 90.0), ("p95_ms", 95.0), ("p99_ms", 99.0), ("p99.9_ms", 99.9)];

fn detect(probe: &Probe<'_>) -> bool {
    probe.first().is_some_and(|first| first.get("schema").str().as_deref() == Some(SCHEMA))
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    doc.records(|tree| {
        let root = tree.root();
        if root.get("schema").str().as_deref() == Some(SCHEMA) {
            header(root, evidence);
            evidence.loads.push(run(root));
        } else {
            root.report(&UNREADABLE_PART, format!("the record is not of schema `{SCHEMA}`"));
        }
        Ok(())
    })
}

fn run(root: Node<'_>) -> LoadRun {
    known_keys(root, &[KEYS, MEASURED].concat());
    let endpoints: Vec<Endpoint> = root.get("endpoints").items().map(endpoint).collect();
    let mut overall = measurement(root);
    let sum = |count: fn(&Measurement) -> Option<u64>| {
        let counts = endpoints.iter().map(|endpoint| count(&endpoint.measurement));
        let sum = counts.collect::<Option<Vec<u64>>>().filter(|counts| !counts.is_empty())?;
        sum.into_iter().try_fold(0u64, u64::checked_add)
    };
    let counts: [(&str, Option<u64>, &mut Option<u64>); 2] = [
        ("requests", sum(|m| m.requests), &mut overall.requests),
        ("failures", sum(|m| m.failures), &mut overall.failures),
    ];
    for (key, counted, says) in counts {
        match (*says, counted) {
            (Some(says), Some(counted)) if says != counted => {
                let message = format!("`{key}` says {says}, the endpoints add up to {counted}");
                let diagnostic = root.get(key).diagnostic(&CONTRADICTION, message);
                root.diags().push(diagnostic.against(root.get("endpoints").pointer()));
            }
            (None, Some(counted)) => *says = Some(counted),
            _ => {}
        }
    }
    let nothing = |m: &Measurement| m.requests == Some(0) || m.is_empty() && m.mean.is_none() && m.min.is_none();
    if overall.requests == Some(0) {
        root.report(&NOTHING_RAN, "no request was made");
    } else if nothing(&overall) && endpoints.iter().all(|endpoint| nothing(&endpoint.measurement)) {
        root.report(&NOTHING_RAN, "nothing was measured");
    }
    let mut run = LoadRun {
        spread: Vec::new(),
        timeline: None,
        name: root.get("name").filled(),
        target: root.get("target").filled(),
        overall,
        endpoints,
        thresholds: root.get("thresholds").items().map(threshold).collect(),
        users: root.get("users").u64(),
        elapsed: root.get("elapsed_s").elapsed(Unit::Secs),
        pointer: root.pointer(),
        ..LoadRun::default()
    };
    reconcile(&mut run, root.diags(), |code, message| root.diagnostic(code, message));
    run
}

fn endpoint(node: Node<'_>) -> Endpoint {
    known_keys(node, &[&["name"], MEASURED].concat());
    Endpoint { name: node.require("name").string().unwrap_or_default(), measurement: measurement(node) }
}

fn measurement(node: Node<'_>) -> Measurement {
    let mut measured = Measurement {
        requests: node.get("requests").u64(),
        failures: node.get("failures").u64(),
        throughput: rate(node.get("rps")),
        min: node.get("min_ms").elapsed(Unit::Millis),
        mean: node.get("mean_ms").elapsed(Unit::Millis),
        max: node.get("max_ms").elapsed(Unit::Millis),
        pointer: node.pointer(),
        ..Measurement::default()
    };
    for (key, percent) in PERCENTILES {
        if let (Some(value), Ok(percentile)) = (node.get(key).elapsed(Unit::Millis), Percentile::from_percent(*percent))
        {
            measured.percentiles.insert(percentile, value);
        }
    }
    if let (Some(failures), Some(requests)) = (measured.failures, measured.requests)
        && failures > requests
    {
        let message = format!("{failures} failures of {requests} requests");
        let diagnostic = node.get("failures").diagnostic(&CONTRADICTION, message);
        node.diags().push(diagnostic.against(node.get("requests").pointer()));
    }
    order(node, &measured);
    measured
}

/// The fastest answer, the percentiles and the slowest answer come in this order, and the mean stands between the ends.
fn order(node: Node<'_>, measured: &Measurement) {
    let ends = |middle: Option<(&'static str, Elapsed)>| {
        let first = measured.min.map(|value| ("min_ms", value));
        let last = measured.max.map(|value| ("max_ms", value));
        [first, middle, last].into_iter().flatten().collect::<Vec<_>>()
    };
    let mut rising = ends(None);
    let at = usize::from(measured.min.is_some());
    let keys = PERCENTILES.iter().filter_map(|(key, percent)| {
        let percentile = Percentile::from_percent(*percent).ok()?;
        Some((*key, *measured.percentiles.get(&percentile)?))
    });
    drop(rising.splice(at..at, keys));
    for values in [rising, ends(measured.mean.map(|value| ("mean_ms", value)))] {
        for pair in values.windows(2) {
            let [(low, less), (high, more)] = [pair[0], pair[1]];
            if less > more {
                let message = format!("`{low}` ({less}) is above `{high}` ({more})");
                let diagnostic = node.get(low).diagnostic(&CONTRADICTION, message);
                node.diags().push(diagnostic.against(node.get(high).pointer()));
            }
        }
    }
}

fn rate(node: Node<'_>) -> Option<Rate> {
    let rate = Rate::per_second(node.f64()?).ok();
    if rate.is_none() {
        node.report(&OUT_OF_RANGE, format!("`{}` is not a rate", node.raw()));
    }
    rate
}

fn threshold(node: Node<'_>) -> Threshold {
    known_keys(node, &["metric", "expression", "holds"]);
    Threshold {
        part: None,
        metric: node.require("metric").string().unwrap_or_default(),
        expression: node.require("expression").text().unwrap_or_default(),
        holds: node.get("holds").bool(),
        pointer: node.pointer(),
    }
}
