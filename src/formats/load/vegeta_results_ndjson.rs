//! Vegeta: results encoded as JSON, one request a line.
//!
//! ```json
//! {"attack":"","seq":0,"code":200,"timestamp":"2026-03-01T12:00:00.44366058Z","latency":154186562,"bytes_out":0,"bytes_in":36,"error":"","body":"","method":"GET","url":"https://shop.example.com/","headers":{}}
//! ```
//!
//! Latencies are in nanoseconds. Requests are grouped by method and URL.
//! A request failed where its status is 400 or above, or 0 (no answer).
//! Percentiles are computed from all requests; `vegeta report` estimates them and may differ in the last digits.
//! Bodies and headers are left out.

use crate::formats::Format;
use crate::model::{Evidence, Kind, Tool, Unit};
use crate::source::{Doc, Node, Probe, Stop};

use super::k6_raw::nanos;
use super::requests::Requests;
use super::vegeta_raw::{Hit, add};

pub(super) static FORMAT: Format = Format {
    id: "vegeta-results-ndjson",
    kinds: &[Kind::Load],
    tool: "Vegeta",
    title: "Encoded results, NDJSON",
    produce: "vegeta encode --to json results.bin > results.ndjson",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.first().is_some_and(|first| {
        first.has(&["latency", "code", "timestamp", "seq", "attack"]) && first.get("latency").is_number()
    })
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("Vegeta", None));
    let diags = doc.diags().clone();
    let mut requests = Requests::default();
    let mut name = String::new();
    let result = doc.lines().records(|tree| {
        record(tree.root(), &mut requests, &mut name);
        Ok(())
    });
    evidence.loads.push(requests.finish(&diags));
    result
}

fn record(root: Node<'_>, requests: &mut Requests, name: &mut String) {
    let (method, url) = (root.get("method").str(), root.get("url").str());
    let hit = Hit {
        method: method.as_deref().unwrap_or_default(),
        url: url.as_deref().unwrap_or_default(),
        code: root.require("code").u64(),
        latency: root.require("latency").elapsed(Unit::Nanos),
        start: root.get("timestamp").str().and_then(|time| nanos(&time)),
        line: root.pointer().line_number().unwrap_or(1),
    };
    add(requests, name, &hit);
}
