//! What the formats that hold a summary have in common.

use std::collections::BTreeMap;

use crate::diagnostics::codes::{CONTRADICTION, MISSING_FIELD, NOTHING_RAN};
use crate::diagnostics::{Code, Diagnostic};
use crate::model::{Elapsed, LoadRun, Measurement, Percentile, Pointer, Rate, Ratio, Unit};
use crate::source::{Diags, Node};

/// Percentiles of an object whose keys are known: `("p95", Percentile::P95)`.
pub(super) fn percentiles(node: Node<'_>, keys: &[(&str, Percentile)], unit: Unit) -> BTreeMap<Percentile, Elapsed> {
    keys.iter().filter_map(|(key, percentile)| Some((*percentile, node.get(key).elapsed(unit)?))).collect()
}

/// Percentiles of an object whose keys are percents, with a prefix or not: `{"95": 1.2}`, `{"p99.9": 3}`.
pub(super) fn percentile_members(node: Node<'_>, unit: Unit) -> BTreeMap<Percentile, Elapsed> {
    node.members()
        .filter_map(|(key, value)| {
            let percent = key.trim_start_matches(['p', '(']).trim_end_matches(')').parse().ok()?;
            Some((Percentile::from_percent(percent).ok()?, value.elapsed(unit)?))
        })
        .collect()
}

/// A rate; one that is negative or absurd is reported.
pub(super) fn rate(node: Node<'_>) -> Option<Rate> {
    let value = node.f64()?;
    match Rate::per_second(value) {
        Ok(rate) => Some(rate),
        Err(_) => out_of_range(node, "a rate"),
    }
}

/// A share of one; what is none is reported.
pub(super) fn share(node: Node<'_>) -> Option<Ratio> {
    let value = node.f64()?;
    match Ratio::from_quotient(value) {
        Ok(ratio) => Some(ratio),
        Err(_) => out_of_range(node, "a share between 0 and 1"),
    }
}

fn out_of_range<T>(node: Node<'_>, what: &str) -> Option<T> {
    let shown = crate::source::json::shorten(node.raw());
    node.report(&crate::diagnostics::codes::OUT_OF_RANGE, format!("`{shown}` is not {what}"));
    None
}

/// Requests by HTTP status: how many there are, and how many of them failed (400 and above, or no answer).
/// A status that is no number is reported and counts as failed.
pub(super) fn statuses(node: Node<'_>) -> Option<(u64, u64)> {
    if !node.is_object() {
        return None;
    }
    let (mut all, mut failed) = (0u64, 0u64);
    for (status, count) in node.members() {
        let count = count.u64()?;
        all = all.saturating_add(count);
        match status.parse::<i64>() {
            Ok(code) if (100..400).contains(&code) => {}
            Ok(_) => failed = failed.saturating_add(count),
            Err(_) => {
                node.unknown_word::<()>(&status, ["200", "404", "500"].into_iter());
                failed = failed.saturating_add(count);
            }
        }
    }
    Some((all, failed))
}

/// Reports that two places of a file disagree about a count.
pub(super) fn disagree(node: Node<'_>, says: u64, counted: u64, other: Pointer) {
    if says != counted {
        let message = format!("says {says}, counted {counted}");
        node.diags().push(node.diagnostic(&CONTRADICTION, message).against(other));
    }
}

/// Puts a run in order that a tool summarised: without requests there are no latencies,
/// whatever the tool wrote for them, and that nothing ran is reported; a run that does not say
/// how many requests it made is reported too. `place` makes a diagnostic at the run.
pub(super) fn settle(run: &mut LoadRun, diags: &Diags, place: impl Fn(&'static Code, &str) -> Diagnostic) {
    match run.overall.requests {
        Some(0) => {
            diags.push(place(&NOTHING_RAN, "no request was made, or none was answered"));
            empty(&mut run.overall);
        }
        Some(_) => {}
        None => diags.push(place(&MISSING_FIELD, "the number of requests is missing")),
    }
    reconcile(run, diags, place);
    run.endpoints.iter_mut().filter(|e| e.measurement.requests == Some(0)).for_each(|e| empty(&mut e.measurement));
}

/// What tools round away of a maximum.
const ROUNDED: Elapsed = Elapsed::from_nanos(1_000_000);

/// Holds the maximum over all requests, and how many of them failed, against those of the endpoints, of which none can be
/// larger: the larger counts. The sum of the endpoints may be, since groups hold requests that stand beside them.
pub(super) fn reconcile(run: &mut LoadRun, diags: &Diags, place: impl Fn(&'static Code, &str) -> Diagnostic) {
    let slowest = run.endpoints.iter().filter_map(|endpoint| endpoint.measurement.max).max();
    let all = run.overall.max.map(|all| all.saturating_add(ROUNDED));
    if let Some(slowest) = slowest.filter(|slowest| all.is_some_and(|all| *slowest > all)) {
        let message = format!("the maximum over all requests is smaller than that of an endpoint, {slowest}");
        diags.push(place(&CONTRADICTION, &message));
        run.overall.max = Some(slowest);
    }
    let least = |m: &Measurement| m.failures_at_least.or(m.failures);
    let most = run.endpoints.iter().filter_map(|endpoint| least(&endpoint.measurement)).max();
    if let Some(most) = most.filter(|most| run.overall.failures.is_some_and(|all| *most > all)) {
        let message = format!("fewer requests failed over all than at an endpoint, {most}");
        diags.push(place(&CONTRADICTION, &message));
        run.overall.failures = Some(most);
    }
}

/// What to say of a run that was stopped before the time that it was to take; `None` where it took that long but for
/// a twentieth, which clocks, the last requests and the pace of the tool account for.
pub(super) fn cut_short(took: Elapsed, planned: Elapsed) -> Option<String> {
    let least = planned.nanos() - planned.nanos() / 20;
    (took.nanos() < least).then(|| format!("the run was to take {planned}, and took {took}: it was stopped"))
}

/// As [`settle`], for a run that stands at a JSON value.
pub(super) fn settle_at(run: &mut LoadRun, node: Node<'_>) {
    settle(run, node.diags(), |code, message| node.diagnostic(code, message));
}

/// Latencies of nothing are no latencies.
pub(super) fn empty(measurement: &mut Measurement) {
    let pointer = std::mem::take(&mut measurement.pointer);
    let (requests, failures, throughput) = (measurement.requests, measurement.failures, measurement.throughput);
    // Failures without an answer are no latencies either, but they are failures.
    let stated_error_rate = measurement.stated_error_rate.filter(|_| failures.is_some_and(|n| n > 0));
    *measurement = Measurement { requests, failures, stated_error_rate, throughput, pointer, ..Measurement::default() };
}
