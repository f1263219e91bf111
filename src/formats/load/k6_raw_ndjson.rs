//! k6: the raw output `--out json`, one point of a metric a line.
//!
//! ```json
//! {"type":"Metric","data":{"name":"http_req_duration","type":"trend","contains":"time","thresholds":["p(95)<500"]},"metric":"http_req_duration"}
//! {"metric":"http_req_duration","type":"Point","data":{"time":"2026-03-01T12:00:00Z","value":4.97,"tags":{"method":"GET","name":"https://shop.example.com/","status":"200"}}}
//! ```
//!
//! Requests are the points of `http_req_duration` (milliseconds), grouped by the tags `method` and `name`
//! (where there is no `name`, by `url`).
//! Failures are the points of `http_req_failed` with the value 1; in files before k6 0.31, which have none,
//! the status decides: 400 and above, or 0.
//! Percentiles are computed from the points by linear interpolation between the closest ranks, as k6 computes its own.
//! Thresholds are only defined in this file: k6 does not judge them here.
//! One that stops the run (`abortOnFail`) is an object, `{"threshold":"p(95)<500","abortOnFail":true}`; all others are
//! texts (grafana/k6, `metrics/thresholds.go`, `thresholdConfig`).
//! Requests of a browser (`browser_http_req_duration`, `browser_http_req_failed`) and over gRPC (`grpc_req_duration`, of
//! which k6 does not say which failed) are runs of their own, without endpoints. Without any of these, and without HTTP,
//! the sessions over WebSocket (`ws_connecting`, of which k6 does not say which failed) are the run.
//! Iterations that were not started for want of a virtual user (`dropped_iterations`) are a warning: the load is not the
//! one that was planned.
//! So is how many checks failed: k6 goes on, and a limit that it knows is a threshold. The summaries list them as tests.
//! All other metrics are left out.

use crate::diagnostics::codes::UNREADABLE_PART;
use crate::formats::Format;
use crate::model::{Evidence, Kind, Threshold, Tool};
use crate::source::{Doc, Node, Probe, Scan, Stop};

use super::k6_raw::{self, Points, Tags, nanos};
use super::k6_scan::{Lines, Sample};

pub(super) static FORMAT: Format = Format {
    id: "k6-raw-ndjson",
    kinds: &[Kind::Load],
    tool: "k6",
    title: "Raw output, NDJSON",
    produce: "k6 run --out json=k6.ndjson script.js",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    let is_word =
        |node: Node<'_>| node.is_string() && ["Metric", "Point"].contains(&node.str().as_deref().unwrap_or(""));
    probe.first().is_some_and(|first| {
        first.has(&["type", "metric", "data"])
            && is_word(first.get("type"))
            && first.get("metric").is_string()
            && first.get("data").is_object()
    })
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    read_with(doc, evidence, &Lines::default())
}

/// Reads with a scanner of lines; the result does not depend on which one it is.
fn read_with(doc: &mut Doc<'_>, evidence: &mut Evidence, scanner: &impl Scan<Event = Sample>) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("k6", None));
    let diags = doc.diags().clone();
    let mut points = Points::default();
    let mut thresholds = Vec::new();
    let mut lines = doc.lines();
    let result = lines.scan(scanner, |sample, line| {
        match sample {
            Some(sample) => sample.add_to(&mut points, &line),
            None => line.record(|tree| record(tree.root(), &mut points, &mut thresholds)),
        }
        Ok(())
    });
    evidence.time = points.end();
    let mut runs = points.finish(&diags);
    if let Some(first) = runs.first_mut() {
        first.thresholds = thresholds;
    }
    evidence.loads.extend(runs);
    result
}

fn record(root: Node<'_>, points: &mut Points, thresholds: &mut Vec<Threshold>) {
    let data = root.get("data");
    match root.get("type").str().as_deref() {
        Some("Point") => point(root, data, points),
        Some("Metric") => {
            let metric = root.get("metric").string().unwrap_or_default();
            thresholds.extend(data.get("thresholds").items().filter_map(|node| {
                let expression = if node.is_object() { node.require("threshold") } else { node };
                Some(Threshold {
                    part: None,
                    metric: metric.clone(),
                    expression: expression.string()?,
                    holds: None,
                    pointer: node.pointer(),
                })
            }));
        }
        _ => root.report(&UNREADABLE_PART, "the record is neither a `Metric` nor a `Point`"),
    }
}

fn point(root: Node<'_>, data: Node<'_>, points: &mut Points) {
    let Some(kind) = root.get("metric").str().and_then(|metric| k6_raw::Kind::of(metric.as_bytes())) else { return };
    let value = data.require("value");
    let number = match kind {
        // Reports what is no time.
        kind if kind.is_time() => value.elapsed(crate::model::Unit::Millis).and_then(|_| value.f64()),
        _ => value.f64(),
    };
    let tags = data.get("tags");
    let (method, name) = (tags.get("method").str(), tags.get("name").str());
    let (url, status) = (tags.get("url").str(), tags.get("status").str());
    let tags =
        Tags { method: method.as_deref(), name: name.as_deref(), url: url.as_deref(), status: status.as_deref() };
    let end = match kind {
        k6_raw::Kind::Duration => data.get("time").str().and_then(|time| nanos(&time)),
        _ => None,
    };
    points.add(kind, number, tags, end, root.pointer().line_number().unwrap_or(1));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::formats::load::twice::{same, texts};
    use crate::source::Unscanned;

    const METRICS: &[&str] = &[
        "http_reqs",
        "http_req_duration",
        "http_req_failed",
        "http_req_blocked",
        "vus",
        "a b",
        "grpc_req_duration",
        "dropped_iterations",
        "ws_connecting",
        "browser_http_req_failed",
    ];
    const VALUES: &[&str] = &[
        "1",
        "0",
        "36.481713",
        "0.1",
        "-1",
        "1e3",
        "1e999",
        "0.0000001",
        "123456789012345678901",
        "01",
        "null",
        "\"1\"",
    ];
    const TIMES: &[&str] = &[
        "2026-03-01T12:00:00.001295727Z",
        "2026-03-01T12:00:00.734295728Z",
        "2026-03-01T12:00:00.7342957x8Z",
        "2026-03-01T12:00:00.5Z",
        "2026-03-01T12:00:00.5+01:00",
        "soon",
        "a\\u0041",
    ];

    fn line() -> impl Strategy<Value = String> {
        let tags = prop_oneof![
            8 => (texts(), texts(), 0..6u32).prop_map(|(name, url, status)| {
                format!(r#"{{"group":"","method":"GET","name":"{name}","status":"{status}00","url":"{url}"}}"#)
            }),
            1 => texts().prop_map(|text| format!(r#"{{"url":"{text}","name":"x","name":"x"}}"#)),
            1 => Just("null".to_owned()),
            1 => Just("{}".to_owned()),
            1 => Just(r#"{"name":7, "url":null}"#.to_owned()),
        ];
        let parts = (
            proptest::sample::select(METRICS),
            proptest::sample::select(VALUES),
            proptest::sample::select(TIMES),
            tags,
            0..8u8,
        );
        parts.prop_map(|(metric, value, time, tags, order)| {
            let data = format!(r#"{{"time":"{time}","value":{value},"tags":{tags}}}"#);
            match order {
                0..3 => format!(r#"{{"metric":"{metric}","type":"Point","data":{data}}}"#),
                3..5 => format!(r#"{{"type":"Point","data":{data},"metric":"{metric}"}}"#),
                5 => format!(r#"{{"data":{data},"metric":"{metric}","type":"Point"}}"#),
                6 => format!(r#"{{"metric":"{metric}","type":"Point","data":{data},"metric":"vus"}}"#),
                _ => format!(r#" {{"type": "Point", "metric":"{metric}","data":{data} }} "#),
            }
        })
    }

    proptest! {
        #[test]
        fn the_scanner_reads_what_the_parser_reads(lines in proptest::collection::vec(line(), 1..12), cut in 0..40usize) {
            let text = lines.iter().flat_map(|line| [line, line]).cloned().collect::<Vec<_>>().join("\n");
            let mut bytes = text.into_bytes();
            bytes.truncate(bytes.len() - cut.min(bytes.len()));
            same(&bytes, read, |doc, evidence| read_with(doc, evidence, &Unscanned::default()))?;
        }
    }
}
