//! JMeter: the statistics of the HTML dashboard (`statistics.json`).
//!
//! ```json
//! {"Total": {"transaction": "Total", "sampleCount": 1500, "errorCount": 478, "errorPct": 31.8, "meanResTime": 347.5,
//!            "medianResTime": 210.0, "minResTime": 12.0, "maxResTime": 3717.0, "pct1ResTime": 620.0, "pct2ResTime": 3237.3,
//!            "pct3ResTime": 3700.0, "throughput": 24.9}}
//! ```
//!
//! Times are in milliseconds, `errorPct` is in percent.
//! `pct1ResTime` to `pct3ResTime` are p90, p95 and p99 by JMeter's defaults; the file does not tell where
//! `aggregate_rpt_pct1…3` say otherwise.
//! Percentiles and the median rest on the last 20,000 samples of a row (`jmeter.reportgenerator.statistic_window` of
//! `user.properties`): those of a row with more samples are not known, which is noted. Counts, mean and maximum are of
//! all. A percentile of `Total` below the smallest one of all rows cannot be, and is reported and not used.
//! `Total` is the whole; it leaves out transaction controllers, which have rows of their own
//! (apache/jmeter, `StatisticsSummaryConsumer`), so the rows may add up to more.
//! JMeter translates the word `Total`: in another language there are counts of the whole, but no latencies.

use std::collections::BTreeMap;

use crate::diagnostics::codes::{CONTRADICTION, NOT_COUNTED};
use crate::formats::Format;
use crate::model::order::sort_by;
use crate::model::{Endpoint, Evidence, Kind, LoadRun, Measurement, Percentile, Tool, Unit};
use crate::source::{Doc, Node, Probe, Stop};

use super::summary::{percentiles, rate, settle_at};

pub(super) static FORMAT: Format = Format {
    id: "jmeter-statistics-json",
    kinds: &[Kind::Load],
    tool: "JMeter",
    title: "Statistics of the dashboard (statistics.json)",
    produce: "jmeter -n -t shop.jmx -l shop.jtl -e -o dashboard",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.document().is_some_and(|root| {
        root.is_object()
            && !root.is_empty()
            && root.entries().all(|(_, node)| node.has(&["transaction", "sampleCount", "errorPct"]) || !node.exists())
    })
}

const KEYS: &[(&str, Percentile)] = &[
    ("medianResTime", Percentile::P50),
    ("pct1ResTime", Percentile::P90),
    ("pct2ResTime", Percentile::P95),
    ("pct3ResTime", Percentile::P99),
];

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("JMeter", None));
    let tree = doc.document()?;
    let root = tree.root();
    let mut run = LoadRun::default();
    let mut whole = None;
    note_window(root);
    for (label, node) in root.members() {
        let measurement = measure(node);
        // A sampler may be called `Total` too: then JMeter overwrites its row, and this is the whole.
        if label == "Total" {
            whole = Some(measurement);
        } else {
            run.endpoints.push(Endpoint { name: label.into_owned(), measurement });
        }
    }
    sort_by(&mut run.endpoints, |a, b| a.name.cmp(&b.name));
    let sum = |of: fn(&Measurement) -> Option<u64>| {
        run.endpoints.iter().try_fold(0u64, |sum, endpoint| sum.checked_add(of(&endpoint.measurement)?))
    };
    run.overall = whole.unwrap_or_else(|| Measurement {
        requests: sum(|m| m.requests),
        failures: sum(|m| m.failures),
        ..Measurement::default()
    });
    settle_at(&mut run, root);
    hold_percentiles(&mut run, root);
    evidence.loads.push(run);
    Ok(())
}

/// Samples that percentiles rest on at the most, by JMeter's default.
const WINDOW: u64 = 20_000;

/// Whether the percentiles of a row leave out its first samples.
fn is_cut(row: Node<'_>) -> bool {
    row.get("sampleCount").u64().is_some_and(|count| count > WINDOW)
}

fn note_window(root: Node<'_>) {
    let mut cut = root.members().filter(|(_, row)| is_cut(*row));
    let Some((_, first)) = cut.next() else { return };
    let message = format!(
        "the percentiles of a row with more than 20,000 samples are those of its last 20,000, and are not used; rows: {}",
        1 + cut.count()
    );
    let help = "give the results themselves (`jmeter -l shop.jtl`), which have every sample";
    first.diags().push(first.diagnostic(&NOT_COUNTED, message).help(help));
}

/// Drops percentiles of the whole that are below those of all its parts. Of few samples, interpolation may have it so.
fn hold_percentiles(run: &mut LoadRun, root: Node<'_>) {
    const ENOUGH: u64 = 100;
    if run.endpoints.is_empty() || run.endpoints.iter().any(|e| e.measurement.requests.is_none_or(|n| n < ENOUGH)) {
        return;
    }
    let endpoints = &run.endpoints;
    let least = |percentile: &Percentile| {
        let all = endpoints.iter().map(|e| e.measurement.percentiles.get(percentile).copied());
        all.collect::<Option<Vec<_>>>().and_then(|all| all.into_iter().min())
    };
    run.overall.percentiles.retain(|percentile, value| {
        let Some(least) = least(percentile).filter(|least| *least > *value) else { return true };
        let message = format!("{percentile} of all samples is {value}, below {least}, the smallest of all rows");
        root.get("Total").report(&CONTRADICTION, message);
        false
    });
}

fn measure(node: Node<'_>) -> Measurement {
    Measurement {
        requests: node.require("sampleCount").u64(),
        failures: node.require("errorCount").u64(),
        throughput: rate(node.get("throughput")),
        min: node.get("minResTime").elapsed(Unit::Millis),
        mean: node.get("meanResTime").elapsed(Unit::Millis),
        max: node.get("maxResTime").elapsed(Unit::Millis),
        percentiles: if is_cut(node) { BTreeMap::new() } else { percentiles(node, KEYS, Unit::Millis) },
        pointer: node.pointer(),
        ..Measurement::default()
    }
}
