//! Artillery: the JSON report, versions 1 and 2.
//!
//! ```json
//! {"aggregate": {"counters": {"http.requests": 180, "http.codes.200": 90, "http.codes.500": 90, "vusers.created": 45},
//!                "rates": {"http.request_rate": 17}, "firstMetricAt": 1795424324149, "lastMetricAt": 1795424330135,
//!                "summaries": {"http.response_time": {"min": 0, "max": 25, "mean": 6, "p50": 5, "p95": 13.9, "p99": 22}}}}
//! ```
//!
//! Times are in milliseconds.
//! Failures are the answers of 400 and above (`http.codes.…`) and the errors (`errors.…`), at most all requests; where
//! more requests than that have no answer (`http.requests` less `http.responses`, which is not there where nothing was
//! answered), these count, and that is reported.
//! Where every request has an answer, the errors are about answers (`Failed capture or match`, a failed expectation), and
//! may be about those of 400 and above: at least the larger of both counts failed and at most their sum, which is noted,
//! and a limit between these is undecided.
//! `vusers.failed` is not used: it is 0 where every answer is an HTTP 500.
//! A run in which virtual users were created that neither completed nor failed was stopped, which is an error; users that
//! were left out (`maxVusers`, in version 1 `scenariosAvoided`) are a warning.
//! `http.request_rate` is the mean of the rates of the periods.
//! The verdict of `ensure` is not in the file; the counters of the plugin `expect` are, as a threshold.
//! With the plugin `metrics-by-endpoint` there are endpoints, also those that only errors are counted of.
//! Without a request over HTTP the messages that were sent over Socket.IO (`socketio.emit`, with the time until they were
//! acknowledged) or WebSocket (`websocket.messages_sent`, of which no time is taken) are the requests, or those of the
//! browsers (`browser.http_requests`). Of these failed the answers of 400 and above, and as many as there are errors or
//! virtual users that failed; the error rate is the share of the users that failed, where that is the larger one.
//! Version 1 (`aggregate.latency`) has no mean and no p90; its `requestsCompleted` leaves out the requests that
//! ended with an error, so the error rate is the share of failures in both together.
//! A user of version 1 whose capture found nothing fails without an error being counted; it is only not among those that
//! completed, so created users that neither completed nor have an error are an error there too.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::diagnostics::codes::{CONTRADICTION, INCOMPLETE, NOT_TESTED, OVERLAP};
use crate::formats::Format;
use crate::model::{Elapsed, Endpoint, Evidence, Kind, LoadRun, Measurement, Percentile, Ratio, Threshold, Tool, Unit};
use crate::source::{Doc, Node, Probe, Stop};

use super::summary::{percentiles, rate, settle_at};

pub(super) static FORMAT: Format = Format {
    id: "artillery-json",
    kinds: &[Kind::Load],
    tool: "Artillery",
    title: "JSON report, versions 1 and 2",
    produce: "artillery run -o artillery.json load.yml",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.document().is_some_and(|root| {
        let aggregate = root.get("aggregate");
        let counters = aggregate.get("counters");
        // A run that was refused has no summaries.
        let of_artillery = aggregate.has(&["summaries"]) || counters.has(&["vusers.created"]);
        is_version_1(aggregate) || counters.is_object() && of_artillery
    })
}

/// Version 1.7 has an empty `counters` too.
fn is_version_1(aggregate: Node<'_>) -> bool {
    aggregate.get("latency").is_object() && aggregate.has(&["codes", "scenariosCreated"])
}

const KEYS: &[(&str, Percentile)] = &[
    ("median", Percentile::P50),
    ("p50", Percentile::P50),
    ("p90", Percentile::P90),
    ("p95", Percentile::P95),
    ("p99", Percentile::P99),
];

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("Artillery", None));
    let mut json = doc.json();
    json.object(|json, key| {
        if key != "aggregate" {
            return json.skip();
        }
        let tree = json.tree()?;
        let aggregate = tree.root();
        let run = if is_version_1(aggregate) { version_1(aggregate) } else { version_2(aggregate, evidence) };
        evidence.loads.push(run);
        Ok(())
    })?;
    json.end()
}

/// What counts requests where HTTP does not: the counter, its rate, and the summary of its times; empty where there is none.
const OTHERS: &[(&str, &str, &str)] = &[
    ("socketio.emit", "socketio.emit_rate", "socketio.response_time"),
    ("websocket.messages_sent", "websocket.send_rate", ""),
    ("browser.http_requests", "", ""),
];

/// The requests of another engine than that of HTTP.
fn of_other(aggregate: Node<'_>) -> Option<Measurement> {
    let (counters, summaries) = (aggregate.get("counters"), aggregate.get("summaries"));
    if counters.get("http.requests").exists() {
        return None;
    }
    let (counter, rates, times) = OTHERS.iter().find(|(counter, ..)| counters.get(counter).exists())?;
    let (mut bad, mut errors) = (Some(0u64), Some(0u64));
    for (name, node) in counters.members() {
        let sum = match name.starts_with("errors.") {
            true => &mut errors,
            false if is_failure(&name, "browser.page.codes.", "errors.") => &mut bad,
            false => continue,
        };
        *sum = sum.zip(node.u64()).and_then(|(sum, count)| sum.checked_add(count));
    }
    let lost = counters.get("vusers.failed");
    let lost = if lost.exists() { lost.u64() } else { Some(0) };
    let of_users = lost.and_then(|lost| Ratio::new(lost, counters.get("vusers.created").u64()?));
    let requests = counters.get(counter).u64();
    let errors = errors.zip(lost).map(|(errors, lost)| errors.max(lost));
    let failures = bad.zip(errors).and_then(|(bad, errors)| bad.checked_add(errors));
    let failures = failures.zip(requests).map(|(failures, requests)| failures.min(requests));
    let of_requests = failures.and_then(|failures| Ratio::new(failures, requests?));
    Some(Measurement {
        requests,
        failures,
        // A user whose connection fails sends nothing more.
        stated_error_rate: of_users.filter(|users| of_requests.is_some_and(|requests| requests < *users)),
        throughput: rate(aggregate.get("rates").get(rates)),
        ..latencies(summaries.get(times))
    })
}

fn version_2(aggregate: Node<'_>, evidence: &mut Evidence) -> LoadRun {
    let mut run = match of_other(aggregate) {
        Some(overall) => LoadRun { overall, ..LoadRun::default() },
        None => of_http(aggregate),
    };
    let span = aggregate.get("firstMetricAt").u64().zip(aggregate.get("lastMetricAt").u64());
    run.elapsed =
        span.and_then(|(first, last)| Some(Elapsed::from_nanos(last.checked_sub(first)?.checked_mul(1_000_000)?)));
    let end = span.and_then(|(_, last)| i64::try_from(last).ok());
    evidence.time = end.and_then(|millis| Timestamp::from_millisecond(millis).ok());
    settle_at(&mut run, aggregate);
    users(aggregate.get("counters"));
    run
}

/// Says which of the virtual users did not come to their end, or were left out (`maxVusers`).
fn users(counters: Node<'_>) {
    let count = |name: &str| counters.get(name).u64();
    let ended = [count("vusers.completed"), count("vusers.failed")];
    if let (Some(created), true) = (count("vusers.created"), ended.iter().any(Option::is_some)) {
        let ended = ended.into_iter().flatten().fold(0u64, u64::saturating_add);
        came_to_end(counters.get("vusers.created"), ended, created, "the run was stopped");
    }
    left_out(counters.get("vusers.skipped"));
}

/// Says that virtual users were created that did not come to their end.
fn came_to_end(node: Node<'_>, ended: u64, created: u64, why: &str) {
    // Some are still at it when the last of their counts is taken.
    if ended < created - created / 20 {
        let message = format!("{ended} of {created} virtual users came to their end: {why}");
        node.report(&INCOMPLETE, message);
    }
}

/// Says how many virtual users were not created, since there were as many as there may be.
fn left_out(skipped: Node<'_>) {
    if let Some(count) = skipped.u64().filter(|count| *count > 0) {
        skipped.report(&NOT_TESTED, format!("{count} virtual users were left out"));
    }
}

fn of_http(aggregate: Node<'_>) -> LoadRun {
    let (counters, summaries) = (aggregate.get("counters"), aggregate.get("summaries"));
    let requests = counters.get("http.requests").u64();
    let (mut answers, mut bad, mut errors) = (Some(0u64), Some(0u64), Some(0u64));
    let add = |sum: &mut Option<u64>, count: Option<u64>| {
        *sum = sum.zip(count).and_then(|(sum, count)| sum.checked_add(count));
    };
    let mut expected = (0, 0, None);
    for (name, node) in counters.members() {
        if name.starts_with("http.codes.") {
            let count = node.u64();
            add(&mut answers, count);
            if is_failure(&name, "http.codes.", "errors.") {
                add(&mut bad, count);
            }
        } else if name.starts_with("errors.") {
            add(&mut errors, node.u64());
        }
        match &*name {
            "plugins.expect.ok" => expected.0 = node.u64().unwrap_or_default(),
            "plugins.expect.failed" => {
                expected.1 = node.u64().unwrap_or(1);
                expected.2 = Some(node.pointer());
            }
            _ => {}
        }
    }
    let mut run = LoadRun { overall: latencies(summaries.get("http.response_time")), ..LoadRun::default() };
    run.overall.requests = requests;
    let failures = bad
        .zip(unanswered(requests, answers, errors, counters))
        .and_then(|(bad, unanswered)| bad.checked_add(unanswered));
    run.overall.failures = failures.zip(requests).map(|(failures, requests)| failures.min(requests));
    run.overall.failures_at_least = at_least(&run.overall, bad, errors, counters);
    run.overall.throughput = rate(aggregate.get("rates").get("http.request_rate"));
    run.endpoints = endpoints(counters, summaries);
    if expected.0 + expected.1 > 0 {
        run.thresholds.push(Threshold {
            part: None,
            metric: "plugins.expect".to_owned(),
            expression: "failed == 0".to_owned(),
            holds: Some(expected.1 == 0),
            pointer: expected.2.unwrap_or_else(|| counters.pointer()),
        });
    }
    run
}

/// The fewest requests that can have failed, where errors are about answers that may have failed by their status too.
fn at_least(overall: &Measurement, bad: Option<u64>, errors: Option<u64>, counters: Node<'_>) -> Option<u64> {
    let responses = counters.get("http.responses");
    let is_answered = overall.requests.is_some() && responses.u64() == overall.requests;
    let (bad, errors) = bad.zip(errors).filter(|(bad, errors)| is_answered && *bad > 0 && *errors > 0)?;
    let (least, most) = (bad.max(errors).min(overall.requests?), overall.failures?);
    if least < most {
        let message =
            format!("between {least} and {most} requests failed: {bad} by their status, {errors} with an error");
        let help = "see the requests of which the errors tell";
        responses.diags().push(responses.diagnostic(&OVERLAP, message).help(help));
    }
    (least < most).then_some(least)
}

/// Requests that ended with an error, or without an answer of which no error tells. A counter that was never raised is
/// not there: then the answers by status tell how many there are.
fn unanswered(requests: Option<u64>, answers: Option<u64>, errors: Option<u64>, counters: Node<'_>) -> Option<u64> {
    let responses = counters.get("http.responses");
    let missing = requests.zip(if responses.exists() { responses.u64() } else { answers });
    let missing = missing.map_or(0, |(requests, responses)| requests.saturating_sub(responses));
    let errors = errors?;
    if missing > errors {
        let message = format!("{missing} requests have no answer, and {errors} errors are counted: all of them failed");
        let place = if responses.exists() { responses } else { counters.get("http.requests") };
        place.report(&CONTRADICTION, message);
    }
    Some(errors.max(missing))
}

/// Whether a counter counts failed requests: an answer of 400 and above, or an error.
fn is_failure(counter: &str, codes: &str, errors: &str) -> bool {
    match counter.strip_prefix(codes) {
        Some(code) => code.parse::<u64>().is_ok_and(super::requests::status_failed),
        None => counter.starts_with(errors),
    }
}

fn latencies(summary: Node<'_>) -> Measurement {
    Measurement {
        min: summary.get("min").elapsed(Unit::Millis),
        mean: summary.get("mean").elapsed(Unit::Millis),
        max: summary.get("max").elapsed(Unit::Millis),
        percentiles: percentiles(summary, KEYS, Unit::Millis),
        pointer: summary.pointer(),
        ..Measurement::default()
    }
}

/// What the plugin `metrics-by-endpoint` adds. Names of endpoints may hold dots.
fn endpoints(counters: Node<'_>, summaries: Node<'_>) -> Vec<Endpoint> {
    const PLUGIN: &str = "plugins.metrics-by-endpoint.";
    let mut names: BTreeMap<String, Measurement> = BTreeMap::new();
    for (name, summary) in summaries.entries() {
        if let Some(name) = name.strip_prefix(PLUGIN).and_then(|name| name.strip_prefix("response_time.")) {
            names.insert(name.to_owned(), latencies(summary));
        }
    }
    // An endpoint that never answered has no response times.
    for (counter, node) in counters.entries() {
        let Some(rest) = counter.strip_prefix(PLUGIN) else { continue };
        let name = [".errors.", ".codes."].iter().filter_map(|mark| rest.rsplit_once(mark));
        let name = name.max_by_key(|(name, _)| name.len());
        if let Some((name, _)) = name {
            let measured = || Measurement { pointer: node.pointer(), ..Measurement::default() };
            names.entry(name.to_owned()).or_insert_with(measured);
        }
    }
    names
        .into_iter()
        .filter_map(|(name, mut measurement)| {
            let prefix = format!("{PLUGIN}{name}");
            let (codes, errors) = (format!("{prefix}.codes."), format!("{prefix}.errors."));
            let (mut requests, mut failures) = (0u64, 0u64);
            for (counter, node) in counters.entries().filter(|(c, _)| c.starts_with(&codes) || c.starts_with(&errors)) {
                let count = node.u64()?;
                requests = requests.checked_add(count)?;
                failures = failures.checked_add(if is_failure(&counter, &codes, &errors) { count } else { 0 })?;
            }
            if requests > 0 {
                (measurement.requests, measurement.failures) = (Some(requests), Some(failures));
            }
            Some(Endpoint { name, measurement })
        })
        .collect()
}

fn version_1(aggregate: Node<'_>) -> LoadRun {
    let completed = aggregate.require("requestsCompleted").u64();
    let sum = |node: Node<'_>, only: fn(&str) -> bool| {
        node.members().filter(|(name, _)| only(name)).try_fold(0u64, |sum, (_, count)| sum.checked_add(count.u64()?))
    };
    let errors = sum(aggregate.get("errors"), |_| true);
    let bad = sum(aggregate.get("codes"), |code| code.parse::<u64>().is_ok_and(super::requests::status_failed));
    let failures = errors.zip(bad).and_then(|(errors, bad)| errors.checked_add(bad));
    let mut run = LoadRun { overall: latencies(aggregate.get("latency")), ..LoadRun::default() };
    run.overall.requests = completed;
    run.overall.failures = failures;
    run.overall.stated_error_rate =
        completed.zip(errors).and_then(|(done, errors)| Ratio::new(failures?, done.checked_add(errors)?));
    run.overall.throughput = rate(aggregate.get("rps").get("mean"));
    let created = aggregate.get("scenariosCreated");
    let done = aggregate.get("scenariosCompleted").u64().zip(errors);
    if let Some((count, (done, errors))) = created.u64().zip(done) {
        came_to_end(
            created,
            done.saturating_add(errors),
            count,
            "the run was stopped, or they failed and no error was counted",
        );
    }
    left_out(aggregate.get("scenariosAvoided"));
    settle_at(&mut run, aggregate);
    run
}
