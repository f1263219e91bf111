//! Fortio: the JSON result, also that of Nighthawk's Fortio output.
//!
//! ```json
//! {"RunType": "HTTP", "RequestedQPS": "50", "ActualQPS": 49.9, "ActualDuration": 2963246026, "NumThreads": 4, "Version": "1.3.1",
//!  "DurationHistogram": {"Count": 148, "Min": 0.0005, "Max": 0.0627, "Avg": 0.016,
//!                        "Percentiles": [{"Percentile": 50, "Value": 0.0044}, {"Percentile": 99, "Value": 0.0607}]},
//!  "RetCodes": {"200": 148}, "URL": "https://staging.example.com/"}
//! ```
//!
//! Latencies are in seconds, the duration of the run in nanoseconds.
//! Percentiles are those that were asked for (`-p`).
//! Failures are the codes of 400 and above and -1 (no answer), or as many as Fortio itself measured the time of
//! (`ErrorsDurationHistogram`, in which redirects are too) where these are more; for gRPC all words but `OK` and `SERVING`.
//! Up to Fortio 0.9 a run over gRPC (`RunType` starts with `GRPC`) writes the number of the serving state, of which 1 is `SERVING`
//! (`HealthCheckResponse.ServingStatus` of gRPC's `health.proto`).
//! A run of fewer calls than it was to make (`exactly 10 calls`), of less time (`RequestedDuration`), or that met the code
//! at which it was to stop (`AbortOn`), was stopped, which is an error. At a given rate each thread makes its last call
//! up to an interval before the end (fortio/fortio, `periodic/periodic.go`).
//! Nighthawk writes numbers as strings, and its codes also count requests of the warm-up: where they do not add up
//! to the number of requests, the failures are not known.

use crate::diagnostics::codes::INCOMPLETE;
use crate::formats::Format;
use crate::model::{Elapsed, Endpoint, Evidence, Kind, LoadRun, Measurement, Percentile, Tool, Unit};
use crate::source::{Doc, Node, Probe, Stop};

use super::summary::{cut_short, disagree, settle_at};

pub(super) static FORMAT: Format = Format {
    id: "fortio-json",
    kinds: &[Kind::Load],
    tool: "Fortio",
    title: "JSON result",
    produce: "fortio load -json fortio.json https://staging.example.com/",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.is_object_with(&["DurationHistogram", "ActualQPS"])
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let tree = doc.document()?;
    let root = tree.root();
    let histogram = root.get("DurationHistogram");
    // Nighthawk is the one that writes 64-bit numbers as strings, as Protocol Buffers do.
    let nighthawk = histogram.get("Count").is_string();
    let tool = if nighthawk { "Nighthawk" } else { "Fortio" };
    evidence.tool = Some(Tool::new(tool, root.get("Version").filled()));
    evidence.time = root.get("StartTime").time();
    let requests = histogram.require("Count").u64_or_string();
    let is_grpc = root.get("RunType").str().is_some_and(|kind| kind.starts_with("GRPC"));
    let codes = codes(root.get("RetCodes"), is_grpc);
    let failures = codes.filter(|(all, _)| !nighthawk || Some(*all) == requests).map(|(_, failed)| failed);
    let errors = root.get("ErrorsDurationHistogram").get("Count").u64_or_string();
    let overall = Measurement {
        requests,
        failures: failures.map(|failed| failed.max(errors.unwrap_or(0))),
        throughput: root.get("ActualQPS").f64_or_string().and_then(|v| crate::model::Rate::per_second(v).ok()),
        min: seconds(histogram.get("Min")),
        mean: seconds(histogram.get("Avg")),
        max: seconds(histogram.get("Max")),
        percentiles: histogram
            .get("Percentiles")
            .items()
            .filter_map(|node| {
                let percentile = Percentile::from_percent(node.get("Percentile").f64_or_string()?).ok()?;
                Some((percentile, seconds(node.get("Value"))?))
            })
            .collect(),
        pointer: histogram.pointer(),
        ..Measurement::default()
    };
    if let (Some(says), Some((counted, _)), false) = (requests, codes, nighthawk) {
        disagree(histogram.get("Count"), says, counted, root.get("RetCodes").pointer());
    }
    let target = root.get("URL").filled().or_else(|| root.get("Destination").filled());
    let mut run = LoadRun {
        endpoints: target.clone().map(|name| Endpoint { name, measurement: overall.clone() }).into_iter().collect(),
        name: root.get("Labels").filled(),
        target,
        overall,
        users: root.get("NumThreads").u64_or_string(),
        elapsed: duration(root.get("ActualDuration")),
        ..LoadRun::default()
    };
    settle_at(&mut run, root);
    if let Some(message) = stopped(&run, root) {
        root.report(&INCOMPLETE, message);
    }
    evidence.loads.push(run);
    Ok(())
}

/// What to say of a run that did not do what it was to do.
fn stopped(run: &LoadRun, root: Node<'_>) -> Option<String> {
    let abort = root.get("AbortOn").text().filter(|code| code != "0");
    if abort.is_some_and(|code| root.get("RetCodes").get(&code).u64_or_string().is_some_and(|n| n > 0)) {
        return Some("the run met the code at which it was to be stopped".to_owned());
    }
    let wanted = root.get("Exactly").u64_or_string().filter(|calls| *calls > 0);
    if let (Some(wanted), Some(done)) = (wanted, run.overall.requests) {
        return (done < wanted).then(|| format!("{wanted} calls were to be made, and {done} were: it was stopped"));
    }
    let planned = span(&root.get("RequestedDuration").str()?)?;
    // A rate of 2 a second by 4 threads: each calls every 2 seconds.
    let rate = root.get("RequestedQPS").text().and_then(|rate| rate.parse::<f64>().ok()).filter(|rate| *rate > 0.0);
    let interval = rate
        .zip(run.users)
        .and_then(|(rate, threads)| Elapsed::from_secs(f64::from(u32::try_from(threads).ok()?) / rate).ok());
    let took = run.elapsed?.saturating_add(interval.unwrap_or(Elapsed::ZERO));
    cut_short(took, planned).and_then(|_| cut_short(run.elapsed?, planned))
}

/// A duration as Go writes it: `1h5m0.5s`, `500ms`.
fn span(text: &str) -> Option<Elapsed> {
    let mut rest = text;
    let mut sum = Elapsed::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(digits);
        let letters = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, next) = after.split_at(letters);
        let (unit, times) = match unit {
            "h" => (Unit::Secs, 3600.0),
            "m" => (Unit::Secs, 60.0),
            "s" => (Unit::Secs, 1.0),
            "ms" => (Unit::Millis, 1.0),
            _ => return None,
        };
        sum = sum.saturating_add(Elapsed::from_f64(number.parse::<f64>().ok()? * times, unit).ok()?);
        rest = next;
    }
    (!text.is_empty()).then_some(sum)
}

/// Seconds, as a number or a string.
fn seconds(node: Node<'_>) -> Option<Elapsed> {
    if node.is_string() { Elapsed::from_secs(node.f64_or_string()?).ok() } else { node.elapsed(Unit::Secs) }
}

/// Nanoseconds as a number or a string, or the seconds of Protocol Buffers (`3.5s`).
fn duration(node: Node<'_>) -> Option<Elapsed> {
    if !node.is_string() {
        return node.elapsed(Unit::Nanos);
    }
    let text = node.str()?;
    match text.strip_suffix('s') {
        Some(secs) => Elapsed::from_secs(secs.parse().ok()?).ok(),
        None => node.u64_or_string().map(Elapsed::from_nanos),
    }
}

/// Answers by code: all, and those that failed.
fn codes(node: Node<'_>, is_grpc: bool) -> Option<(u64, u64)> {
    if !node.is_object() || node.is_empty() {
        return None;
    }
    let (mut all, mut failed) = (0u64, 0u64);
    for (code, count) in node.members() {
        let count = count.u64_or_string()?;
        all = all.checked_add(count)?;
        let fine = match code.parse::<i64>() {
            Ok(code) if is_grpc => code == 1,
            Ok(code) => (100..400).contains(&code),
            Err(_) => matches!(&*code, "OK" | "SERVING"),
        };
        if !fine {
            failed = failed.checked_add(count)?;
        }
    }
    Some((all, failed))
}
