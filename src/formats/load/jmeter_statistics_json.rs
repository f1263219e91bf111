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
//! JMeter translates the word `Total`, and writes `[res_key=reportgenerator_summary_total]` where it has none: in
//! another language the whole is the row with the counts, the minimum and the maximum of all others together. Where
//! there is none, there are counts of the whole, but no latencies.
//! The parts of a sample (redirects, embedded resources) have rows of their own, `Home-0`, `Home-1` beside `Home`, and
//! are counted in `Total`, which is noted. Limits over all requests are judged with such rows and without them, and have
//! to hold both ways. What percentiles are without them, the other rows tell within bounds: a limit between these is
//! undecided. The results themselves (`jmeter -l shop.jtl`) tell it exactly.

use std::collections::BTreeMap;

use crate::diagnostics::codes::{CONTRADICTION, NOT_COUNTED, OVERLAP};
use crate::formats::Format;
use crate::model::order::sort_by;
use crate::model::{Elapsed, Endpoint, Evidence, Kind, LoadRun, Measurement, Percentile, Tool, Unit};
use crate::source::{Doc, Node, Probe, Stop};

use super::jtl_beside::whole_of;
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
    note_window(root);
    let rows = root.members().map(|(label, node)| Endpoint { name: label.into_owned(), measurement: measure(node) });
    run.endpoints = rows.collect();
    sort_by(&mut run.endpoints, |a, b| a.name.cmp(&b.name));
    run.overall = take_whole(&mut run.endpoints).unwrap_or_else(|| Measurement {
        requests: sum(&run.endpoints, |m| m.requests),
        failures: sum(&run.endpoints, |m| m.failures),
        ..Measurement::default()
    });
    settle_rows(&mut run, root);
    hold_percentiles(&mut run, root);
    run.beside = parts(&run.endpoints);
    note_parts(&run, root);
    evidence.loads.push(run);
    Ok(())
}

/// As [`settle_at`]; but where the rows add up to more than the whole, some are of transactions, which may take longer
/// than any sample that the whole counts.
fn settle_rows(run: &mut LoadRun, root: Node<'_>) {
    let is_less = run.overall.requests < sum(&run.endpoints, |m| m.requests);
    let rows = if is_less { std::mem::take(&mut run.endpoints) } else { Vec::new() };
    settle_at(run, root);
    run.endpoints.extend(rows);
}

/// What the row of the whole is called: in English and French, and where JMeter has no word for it
/// (apache/jmeter, `reportgenerator_summary_total` of `messages.properties`, `JMeterUtils.getResString`).
const WHOLE: &[&str] = &["Total", "[res_key=reportgenerator_summary_total]"];

/// Takes the row of the whole from the others: by its name, or where it alone has the counts, the minimum and the
/// maximum of all others. A sampler may be called `Total` too: then JMeter overwrites its row, and this is the whole.
fn take_whole(rows: &mut Vec<Endpoint>) -> Option<Measurement> {
    if let Some(at) = WHOLE.iter().find_map(|name| rows.iter().position(|row| row.name == *name)) {
        return Some(rows.remove(at).measurement);
    }
    let all = Whole::of(rows)?;
    let mut wholes = (0..rows.len()).filter(|at| rows.len() > 1 && all.is(&rows[*at].measurement));
    match (wholes.next(), wholes.next()) {
        (Some(at), None) => Some(rows.remove(at).measurement),
        // The only row of a sampler and that of the whole say the same; which is which, only their names tell.
        (Some(at), Some(_)) => rows.get(at).map(|row| row.measurement.clone()),
        (None, _) => None,
    }
}

/// What all rows have together.
struct Whole {
    requests: u64,
    failures: u64,
    min: Option<Elapsed>,
    max: Option<Elapsed>,
}

impl Whole {
    fn of(rows: &[Endpoint]) -> Option<Whole> {
        let measured = || rows.iter().map(|row| &row.measurement);
        Some(Whole {
            requests: sum(rows, |m| m.requests)?,
            failures: sum(rows, |m| m.failures)?,
            min: measured().filter_map(|m| m.min).min(),
            max: measured().filter_map(|m| m.max).max(),
        })
    }

    /// Whether a row says of itself what the others say together: half of all.
    fn is(&self, row: &Measurement) -> bool {
        let is_half = |part: Option<u64>, all: u64| part.and_then(|part| part.checked_mul(2)) == Some(all);
        let counts = is_half(row.requests, self.requests) && is_half(row.failures, self.failures);
        counts && self.requests > 0 && row.min == self.min && row.max == self.max
    }
}

fn sum(rows: &[Endpoint], of: fn(&Measurement) -> Option<u64>) -> Option<u64> {
    rows.iter().try_fold(0u64, |sum, row| sum.checked_add(of(&row.measurement)?))
}

/// The rows of parts of samples, by the rule of [`jtl_beside`](super::jtl_beside).
fn parts(rows: &[Endpoint]) -> Vec<String> {
    let by_name: BTreeMap<&str, &Measurement> = rows.iter().map(|row| (&*row.name, &row.measurement)).collect();
    let is_part = |row: &&Endpoint| {
        let whole = whole_of(&row.name).filter(|whole| by_name.contains_key(format!("{whole}-0").as_str()));
        whole.and_then(|whole| by_name.get(whole)).is_some_and(|whole| {
            let is_shorter = row.measurement.max.zip(whole.max).is_none_or(|(part, whole)| part <= whole);
            is_shorter && row.measurement.requests <= whole.requests
        })
    };
    rows.iter().filter(is_part).map(|row| row.name.clone()).collect()
}

fn note_parts(run: &LoadRun, root: Node<'_>) {
    let parts = || run.endpoints.iter().filter(|row| run.beside.contains(&row.name));
    let Some(first) = parts().next() else { return };
    let count: u64 = parts().filter_map(|row| row.measurement.requests).sum();
    root.get(&first.name)
        .report(&OVERLAP, format!("samples that are parts of others are counted beside them: {count}"));
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
    let whole = root.members().map(|(_, row)| row).find(|row| row.pointer() == run.overall.pointer).unwrap_or(root);
    let endpoints = &run.endpoints;
    let least = |percentile: &Percentile| {
        let all = endpoints.iter().map(|e| e.measurement.percentiles.get(percentile).copied());
        all.collect::<Option<Vec<_>>>().and_then(|all| all.into_iter().min())
    };
    run.overall.percentiles.retain(|percentile, value| {
        let Some(least) = least(percentile).filter(|least| *least > *value) else { return true };
        let message = format!("{percentile} of all samples is {value}, below {least}, the smallest of all rows");
        whole.report(&CONTRADICTION, message);
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
