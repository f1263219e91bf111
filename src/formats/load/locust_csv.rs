//! Locust: the CSV files of `--csv`.
//!
//! ```csv
//! Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,Max Response Time,Average Content Size,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%
//! GET,/health,74,0,47,67.7,3.9,343.5,36.0,36.6,0.0,47,54,66,130,190,230,310,340,340,340,340
//! ,Aggregated,74,0,47,67.7,3.9,343.5,36.0,36.6,0.0,47,54,66,130,190,230,310,340,340,340,340
//! ```
//!
//! Of the four files the statistics (`…_stats.csv`) are the load run: times are in milliseconds,
//! the last row `Aggregated` (`Total` in old versions) is the whole, `N/A` is no value.
//! Locust writes the file every few seconds: a copy that is taken before the end says less than the run.
//! Of very many names the first are kept, and as many more of which requests failed; the others are put together in one,
//! whose requests are added and whose times are the worst of all. Where requests of these failed too, that is an error.
//! Two others (`…_stats_history.csv`, `…_failures.csv`), and the `…_distribution.csv` of versions before 1.0, are
//! recognised, and hold nothing that is read.
//! The last (`…_exceptions.csv`) counts what was raised in the locustfile itself. That is no failed request: the task
//! broke off, what it was to request next was not requested, and Locust ends with an error (locustio/locust, `main.py`).
//! So it is an error here; without exceptions there is the header alone.

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{CONTRADICTION, FOLDED, INCOMPLETE, LIMIT, TOOL_FAILED};
use crate::formats::Format;
use crate::model::{Endpoint, Evidence, Kind, LoadRun, Measurement, Percentile, Rate, Tool, Unit};
use crate::source::json::shorten;
use crate::source::{Diags, Doc, Probe, Row, Stop};

use super::requests::{MAX_NAMES, REST};
use super::summary::settle;

pub(super) static STATS: Format = Format {
    id: "locust-stats-csv",
    kinds: &[Kind::Load],
    tool: "Locust",
    title: "CSV statistics",
    produce: "locust --headless -u 10 -t 60s --csv locust",
    detect: |probe| {
        probe.has_columns(&["Type", "Name", "Request Count", "Failure Count"])
            || ["Method", "Type"].iter().any(|first| probe.has_columns(&[first, "Name", "# requests", "# failures"]))
    },
    read,
};

pub(super) static AUX: Format = Format {
    id: "locust-aux-csv",
    kinds: &[Kind::Load],
    tool: "Locust",
    title: "CSV history, failures, exceptions or distribution: only exceptions are read",
    produce: "locust --headless -u 10 -t 60s --csv locust",
    detect: is_auxiliary,
    read: read_auxiliary,
};

fn is_auxiliary(probe: &Probe<'_>) -> bool {
    probe.has_columns(&["Timestamp", "User Count", "Type", "Name"])
        || probe.has_columns(&["Type", "Name", "Timestamp", "# requests", "# failures"])
        || probe.has_columns(&["Name", "# requests", "50%", "99%"]) && !probe.has_columns(&["# failures"])
        || probe.has_columns(&["Method", "Name", "Error", "Occurrences"])
        || probe.has_columns(EXCEPTIONS)
}

/// The columns of the exceptions.
const EXCEPTIONS: &[&str] = &["Count", "Message", "Traceback", "Nodes"];

/// Reports the first exception, and how many there were.
fn read_auxiliary(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("Locust", None));
    let diags = doc.diags().clone();
    let mut table = doc.table()?;
    if EXCEPTIONS.iter().any(|column| table.column(column).is_none()) {
        return Ok(());
    }
    let mut first = None;
    let (mut kinds, mut times) = (0u64, 0u64);
    let result = loop {
        match table.next() {
            Ok(Some(row)) => {
                kinds += 1;
                times = times.saturating_add(row.count("Count").unwrap_or(1));
                let reason = || (row.get("Message").unwrap_or_default().into_owned(), row.pointer());
                first.get_or_insert_with(reason);
            }
            Ok(None) => break Ok(()),
            Err(stop) => break Err(stop),
        }
    };
    if let Some((reason, place)) = first {
        let others = if kinds > 1 { format!(", {kinds} kinds, the first") } else { String::new() };
        let message = format!("exceptions were raised in the locustfile ({times}{others}: `{}`)", shorten(&reason));
        let help = "see the traceback in the file: what the task was to request next was not requested";
        diags.push(Diagnostic::new(&TOOL_FAILED, message).at(place).help(help));
    }
    result
}

/// Columns by the names of current versions and of those before 1.0.
const REQUESTS: [&str; 2] = ["Request Count", "# requests"];
const FAILURES: [&str; 2] = ["Failure Count", "# failures"];

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("Locust", None));
    let diags = doc.diags().clone();
    let mut table = doc.table()?;
    let percents: Vec<(String, Percentile)> = table
        .header()
        .iter()
        .filter_map(|column| {
            let percent: f64 = column.strip_suffix('%')?.parse().ok()?;
            // 100 % is the largest value, rounded.
            (percent < 100.0).then_some((column.clone(), Percentile::from_percent(percent).ok()?))
        })
        .collect();
    let mut run = LoadRun::default();
    let (mut whole, mut rest) = (None, None);
    let result = loop {
        match table.next() {
            Ok(Some(row)) => {
                let name = row.get("Name").unwrap_or_default();
                let method = row.get("Type").or_else(|| row.get("Method")).unwrap_or_default();
                let measurement = measure(&row, &percents);
                let is_whole = ["", "None"].contains(&&*method) && ["Aggregated", "Total"].contains(&&*name);
                if is_whole {
                    whole = Some(measurement);
                } else if !is_kept(&run, &measurement) {
                    rest = Some(folded(rest.take(), measurement));
                } else {
                    let name = if method.is_empty() { name.into_owned() } else { format!("{method} {name}") };
                    run.endpoints.push(Endpoint { name, measurement });
                }
            }
            Ok(None) => break Ok(()),
            Err(stop) => break Err(stop),
        }
    };
    if let Some(measurement) = rest {
        report_rest(&measurement, &diags);
        run.endpoints.push(Endpoint { name: REST.to_owned(), measurement });
    }
    let sum = |of: fn(&Measurement) -> Option<u64>| {
        run.endpoints.iter().try_fold(0u64, |sum, endpoint| sum.checked_add(of(&endpoint.measurement)?))
    };
    let (requests, failures) = (sum(|m| m.requests), sum(|m| m.failures));
    match whole {
        Some(whole) => {
            run.overall = whole;
            if run.overall.requests != requests && requests.is_some() {
                let says = run.overall.requests.unwrap_or_default();
                let message = format!("says {says} requests, the rows add up to {}", requests.unwrap_or_default());
                diags.push(Diagnostic::new(&CONTRADICTION, message).at(run.overall.pointer.clone()));
            }
        }
        None => {
            run.overall = Measurement { requests, failures, ..Measurement::default() };
            diags.push(Diagnostic::new(&INCOMPLETE, "the row `Aggregated` is missing: the file is cut off"));
        }
    }
    let place = run.overall.pointer.clone();
    settle(&mut run, &diags, |code, message| Diagnostic::new(code, message).at(place.clone()));
    evidence.loads.push(run);
    result
}

/// Whether one more name is kept apart; there is more room for those of which requests failed.
fn is_kept(run: &LoadRun, measurement: &Measurement) -> bool {
    let room = if measurement.failures == Some(0) { MAX_NAMES } else { 2 * MAX_NAMES };
    run.endpoints.len() < room
}

/// A name more in what is put together. No figure becomes better by it: what cannot be put together is left out.
fn folded(rest: Option<Measurement>, more: Measurement) -> Measurement {
    let more = Measurement { throughput: None, mean: None, ..more };
    let Some(mut rest) = rest else { return more };
    let sum = |one: Option<u64>, other: Option<u64>| one.zip(other).and_then(|(one, other)| one.checked_add(other));
    let (requests, failures) = (sum(rest.requests, more.requests), sum(rest.failures, more.failures));
    // What was not requested has no times.
    if rest.requests == Some(0) {
        rest = Measurement { pointer: rest.pointer, ..more };
    } else if more.requests != Some(0) {
        rest.min = rest.min.zip(more.min).map(|(one, other)| one.min(other));
        rest.max = rest.max.zip(more.max).map(|(one, other)| one.max(other));
        rest.percentiles.retain(|percentile, _| more.percentiles.contains_key(percentile));
        for (percentile, time) in &mut rest.percentiles {
            *time = more.percentiles.get(percentile).map_or(*time, |other| (*time).max(*other));
        }
    }
    Measurement { requests, failures, ..rest }
}

fn report_rest(rest: &Measurement, diags: &Diags) {
    let requests = rest.requests.map_or_else(String::new, |requests| format!("{requests} "));
    let message =
        format!("more than {MAX_NAMES} request names; {requests}requests of further names are counted as `{REST}`");
    let code = if rest.failures == Some(0) { &FOLDED } else { &LIMIT };
    let help = "give requests with ids in their URL one name in the load script (`name=` of the request)";
    diags.push(Diagnostic::new(code, message).at(rest.pointer.clone()).help(help));
}

fn measure(row: &Row<'_>, percents: &[(String, Percentile)]) -> Measurement {
    let count = |names: [&str; 2]| names.iter().find_map(|name| row.count(name));
    let time = |names: [&str; 2]| names.iter().find_map(|name| row.elapsed(name, Unit::Millis));
    let mut percentiles: std::collections::BTreeMap<_, _> = percents
        .iter()
        .filter_map(|(column, percentile)| Some((*percentile, row.elapsed(column, Unit::Millis)?)))
        .collect();
    if let Some(median) = time(["Median Response Time", "Median response time"]) {
        percentiles.entry(Percentile::P50).or_insert(median);
    }
    Measurement {
        requests: count(REQUESTS),
        failures: count(FAILURES),
        throughput: row.f64("Requests/s").and_then(|rate| Rate::per_second(rate).ok()),
        min: time(["Min Response Time", "Min response time"]),
        mean: time(["Average Response Time", "Average response time"]),
        max: time(["Max Response Time", "Max response time"]),
        percentiles,
        pointer: row.pointer(),
        ..Measurement::default()
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::ingest::read_with;
    use crate::model::Artifact;

    fn artifact(n_names: usize, n_failed: usize) -> Artifact {
        let mut text =
            "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,\
                        Max Response Time,Average Content Size,Requests/s,Failures/s,50%,95%,100%\n"
                .to_owned();
        for n in 0..n_names {
            let time = n + 10;
            let failures = u8::from(n >= n_names - n_failed);
            writeln!(text, "GET,/{n},2,{failures},{time},{time},1,{time},9,1,0,{time},{time},{time}")
                .expect("text can be written");
        }
        let max = n_names + 9;
        writeln!(text, ",Aggregated,{},{n_failed},50,50,1,{max},9,1,0,50,50,{max}", 2 * n_names)
            .expect("text can be written");
        read_with(&STATS, "locust_stats.csv", text.as_bytes())
    }

    #[test]
    fn further_names_are_one_with_the_worst_figures() {
        let artifact = artifact(MAX_NAMES + 300, 0);
        let endpoints = &artifact.evidence.loads[0].endpoints;
        let rest = endpoints.last().expect("an endpoint");
        let worst = crate::model::Elapsed::from_millis(2_309.0).ok();
        assert_eq!((endpoints.len(), &*rest.name), (MAX_NAMES + 1, REST));
        assert_eq!((rest.measurement.requests, rest.measurement.mean), (Some(600), None));
        assert_eq!(rest.measurement.percentiles.get(&Percentile::P50).copied(), worst);
        let codes: Vec<_> = artifact.evidence.diagnostics.iter().map(|diagnostic| diagnostic.code.id).collect();
        assert_eq!(codes, ["folded"]);
    }

    #[test]
    fn a_further_name_that_failed_is_kept_or_an_error() {
        let kept = artifact(MAX_NAMES + 300, 100);
        let endpoints = &kept.evidence.loads[0].endpoints;
        assert_eq!((endpoints.len(), &*endpoints[MAX_NAMES].name), (MAX_NAMES + 101, "GET /2200"));
        let codes =
            |artifact: &Artifact| artifact.evidence.diagnostics.iter().map(|one| one.code.id).collect::<Vec<_>>();
        assert_eq!(codes(&kept), ["folded"]);
        assert_eq!(codes(&artifact(3 * MAX_NAMES, 2 * MAX_NAMES)), ["limit"]);
    }
}
