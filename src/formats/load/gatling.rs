//! Gatling: the statistics that the HTML report is made from, and its assertions.
//!
//! ```json
//! {"type": "GROUP", "name": "All Requests", "stats": {"name": "All Requests",
//!    "numberOfRequests": {"total": 92163, "ok": 92000, "ko": 163}, "minResponseTime": {"total": 2, "ok": 2, "ko": 60},
//!    "percentiles1": {"total": 12}, "percentiles2": {"total": 20}, "percentiles3": {"total": 80}, "percentiles4": {"total": 120},
//!    "meanNumberOfRequestsPerSecond": {"total": 153.6}},
//!  "contents": {"req_login": {"type": "REQUEST", "name": "Login", "stats": {}}}}
//! ```
//!
//! `js/stats.json` holds the whole and every request; requests in groups are named `group / request`.
//! `js/global_stats.json` holds the whole alone.
//! Times are in milliseconds. Failures are the requests with status KO, of which none is OK; latencies are of all requests,
//! KO included.
//! `percentiles1` to `percentiles4` are p50, p75, p95 and p99 by Gatling's defaults; the file does not tell where
//! `gatling.conf` says otherwise. There is no p90.
//! Gatling 1 and 2.0 have `percentiles1` and `percentiles2` alone, which are p95 and p99 by their defaults
//! (`charting.indicators.percentile1` and `percentile2` of their `gatling.conf`).
//! Old versions write numbers as strings, with `-` for none.
//! `js/assertions.json` holds the assertions with Gatling's verdicts, which become thresholds; beside one of the other two
//! it is no run of its own that limits judge. Without assertions the file says nothing: alone that is an error, beside a run
//! of Gatling it is passed over. Where both of these are given, their requests are counted once.
//! Gatling 3.13.5 and later no longer write the JSON files: give `js/stats.js` ([gatling-stats-js](gatling-stats-js.md)).

use std::collections::BTreeMap;

use crate::diagnostics::codes::{MISSING_FIELD, NOTHING_RAN, OUT_OF_RANGE};
use crate::formats::Format;
use crate::model::{Elapsed, Endpoint, Evidence, Kind, LoadRun, Measurement, Percentile, Rate, Threshold, Tool, Unit};
use crate::source::{Doc, Node, Probe, Stop};

use super::summary::{disagree, settle_at};

pub(super) static STATS: Format = Format {
    id: "gatling-stats",
    kinds: &[Kind::Load],
    tool: "Gatling",
    title: "Statistics by request (js/stats.json)",
    produce: "gatling.sh -s Shop  # results/…/js/stats.json",
    detect: |probe| {
        probe.is_object_with(&["type", "stats", "contents"])
            && probe.document().is_some_and(|root| is_stats(root.get("stats")))
    },
    read: |doc, evidence| {
        let tree = doc.document()?;
        read_stats(tree.root(), evidence);
        Ok(())
    },
};

pub(super) static GLOBAL: Format = Format {
    id: "gatling-global-stats",
    kinds: &[Kind::Load],
    tool: "Gatling",
    title: "Global statistics (js/global_stats.json)",
    produce: "gatling.sh -s Shop  # results/…/js/global_stats.json",
    detect: |probe| probe.document().is_some_and(is_stats),
    read: |doc, evidence| {
        evidence.tool = Some(Tool::new("Gatling", None));
        let tree = doc.document()?;
        let mut run = LoadRun { overall: measure(tree.root()), ..LoadRun::default() };
        settle_at(&mut run, tree.root());
        evidence.loads.push(run);
        Ok(())
    },
};

pub(super) static ASSERTIONS: Format = Format {
    id: "gatling-assertions",
    kinds: &[Kind::Load],
    tool: "Gatling",
    title: "Assertions (js/assertions.json)",
    produce: "gatling.sh -s Shop  # results/…/js/assertions.json",
    detect: is_assertions,
    read: assertions,
};

/// Reads the whole and its requests.
pub(super) fn read_stats(root: Node<'_>, evidence: &mut Evidence) {
    evidence.tool = Some(Tool::new("Gatling", None));
    let mut run = LoadRun { overall: measure(root.get("stats")), ..LoadRun::default() };
    requests(root, &mut run.endpoints);
    let counted = run.endpoints.iter().try_fold(0u64, |sum, e| sum.checked_add(e.measurement.requests?));
    if let (Some(says), Some(counted)) = (run.overall.requests, counted.filter(|_| !run.endpoints.is_empty())) {
        disagree(root.get("stats").get("numberOfRequests"), says, counted, root.get("contents").pointer());
    }
    settle_at(&mut run, root);
    evidence.loads.push(run);
}

fn is_stats(node: Node<'_>) -> bool {
    node.get("numberOfRequests").has(&["total", "ok", "ko"]) && node.has(&["percentiles1"])
}

/// Requests, in the order of the file; groups are walked. Groups inside of each other are bounded by the JSON reader.
fn requests(root: Node<'_>, endpoints: &mut Vec<Endpoint>) {
    let mut open = vec![(root, String::new())];
    while let Some((group, prefix)) = open.pop() {
        let mut inner = Vec::new();
        for (_, node) in group.get("contents").members() {
            let name = node.get("name").text().or_else(|| node.get("stats").get("name").text()).unwrap_or_default();
            let name = format!("{prefix}{name}");
            if node.get("contents").is_object() {
                inner.push((node, format!("{name} / ")));
            } else {
                endpoints.push(Endpoint { name, measurement: measure(node.get("stats")) });
            }
        }
        inner.reverse();
        open.extend(inner);
    }
}

fn measure(stats: Node<'_>) -> Measurement {
    let time = |key: &str| {
        let node = stats.get(key).get("total");
        number(node).and_then(|millis| {
            let elapsed = Elapsed::from_f64(millis, Unit::Millis).ok();
            if elapsed.is_none() {
                node.report(&OUT_OF_RANGE, format!("`{}` is not a time", crate::source::json::shorten(node.raw())));
            }
            elapsed
        })
    };
    let count = |key: &str| {
        let node = stats.require("numberOfRequests").get(key);
        let number = number(node)?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "range checked")]
        let whole = (number.fract() == 0.0 && (0.0..9e15).contains(&number)).then_some(number as u64);
        if whole.is_none() {
            node.report(&OUT_OF_RANGE, format!("`{}` is not a count", crate::source::json::shorten(node.raw())));
        }
        whole
    };
    let seventy_five = Percentile::from_percent(75.0).ok();
    let (p95, p99) = (Some(Percentile::P95), Some(Percentile::P99));
    let meant: &[Option<Percentile>] =
        if stats.get("percentiles3").exists() { &[Some(Percentile::P50), seventy_five, p95, p99] } else { &[p95, p99] };
    let keys = ["percentiles1", "percentiles2", "percentiles3", "percentiles4"];
    let percentiles: BTreeMap<_, _> =
        keys.into_iter().zip(meant).filter_map(|(key, p)| Some(((*p)?, time(key)?))).collect();
    let (total, ok, ko) = (count("total"), count("ok"), count("ko"));
    let mut failures = ko;
    if let (Some(total), Some(ok), Some(ko)) = (total, ok, ko) {
        let requests = stats.get("numberOfRequests");
        disagree(requests.get("total"), total, ok.saturating_add(ko), requests.pointer());
        failures = Some(ko.max(total.saturating_sub(ok)));
    }
    Measurement {
        requests: total,
        failures,
        throughput: number(stats.get("meanNumberOfRequestsPerSecond").get("total"))
            .and_then(|rate| Rate::per_second(rate).ok()),
        min: time("minResponseTime"),
        mean: time("meanResponseTime"),
        max: time("maxResponseTime"),
        percentiles,
        pointer: stats.pointer(),
        ..Measurement::default()
    }
}

/// A number, or a text of one as old versions write it: `"   92,163"`; `-` is none.
fn number(node: Node<'_>) -> Option<f64> {
    if !node.is_string() {
        return node.f64();
    }
    let text: String = node.str()?.chars().filter(|c| !c.is_whitespace() && *c != ',').collect();
    if text.is_empty() || text == "-" {
        return None;
    }
    let number = text.parse::<f64>().ok().filter(|n| n.is_finite());
    if number.is_none() {
        node.report(&OUT_OF_RANGE, format!("`{}` is not a usable number", crate::source::json::shorten(&text)));
    }
    number
}

fn is_assertions(probe: &Probe<'_>) -> bool {
    probe.document().is_some_and(|root| {
        root.get("assertions").is_array()
            && root.has(&["simulation"])
            && root.get("assertions").items().all(|node| node.has(&["path", "target", "result"]))
    })
}

fn assertions(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("Gatling", None));
    let tree = doc.document()?;
    let root = tree.root();
    let mut run = LoadRun { name: root.get("simulation").filled(), ..LoadRun::default() };
    for node in root.get("assertions").items() {
        let word = |key: &str| node.get(key).text().unwrap_or_default();
        let expected: Vec<String> = node.get("expectedValues").strings();
        let spelt = format!("{} {} {}", word("target"), word("condition"), expected.join(", "));
        run.thresholds.push(Threshold {
            part: None,
            metric: word("path"),
            expression: node.get("message").filled().unwrap_or(spelt),
            holds: node.require("result").bool(),
            pointer: node.pointer(),
        });
    }
    if !root.get("assertions").is_some() {
        root.report(&MISSING_FIELD, "`assertions` is missing");
    } else if run.thresholds.is_empty() {
        root.get("assertions").report(&NOTHING_RAN, "the simulation asserts nothing");
    }
    evidence.loads.push(run);
    Ok(())
}
