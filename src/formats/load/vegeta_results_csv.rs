//! Vegeta: results encoded as CSV, one request a row, without header.
//!
//! ```csv
//! 1795424144443660580,200,154186562,0,36,,eyJvayI6dHJ1ZX0=,,0,GET,https://shop.example.com/,
//! ```
//!
//! The columns are time stamp (nanoseconds), status, latency (nanoseconds), bytes out, bytes in, error, body, attack,
//! sequence number, method, URL and headers (tsenart/vegeta, `lib/results.go`); old versions end before the method.
//! All rows of a file have the same columns: one with fewer or more than the first is cut, or of another file.
//! The rest is as in [vegeta-results-ndjson](vegeta-results-ndjson.md).

use crate::diagnostics::codes::{OUT_OF_RANGE, UNREADABLE_PART};
use crate::formats::Format;
use crate::model::{Evidence, Kind, Tool, Unit};
use crate::source::{Doc, Probe, Row, Stop};

use super::requests::{Requests, latency, whole};
use super::vegeta_raw::{Hit, add};

pub(super) static FORMAT: Format = Format {
    id: "vegeta-results-csv",
    kinds: &[Kind::Load],
    tool: "Vegeta",
    title: "Encoded results, CSV",
    produce: "vegeta encode --to csv results.bin > results.csv",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.header().is_some_and(|fields| {
        let number = |index: usize, digits: std::ops::RangeInclusive<usize>| {
            fields.get(index).is_some_and(|f| digits.contains(&f.len()) && f.bytes().all(|b| b.is_ascii_digit()))
        };
        fields.len() >= 8 && number(0, 18..=19) && number(1, 1..=3) && number(2, 1..=19) && number(3, 1..=19)
    })
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("Vegeta", None));
    let diags = doc.diags().clone();
    let mut table = doc.bare_table()?;
    let mut requests = Requests::default();
    let mut name = Vec::new();
    let mut columns = None;
    let result = loop {
        match table.next() {
            Ok(Some(row)) => record(&row, *columns.get_or_insert(row.len()), &mut requests, &mut name),
            Ok(None) => break Ok(()),
            Err(stop) => break Err(stop),
        }
    };
    evidence.time = requests.end();
    evidence.loads.push(requests.finish(&diags));
    result
}

fn record(row: &Row<'_>, columns: usize, requests: &mut Requests, name: &mut Vec<u8>) {
    if row.len() < 8 {
        row.report(&UNREADABLE_PART, format!("{} fields, a request has at least 8", row.len()));
        return;
    }
    if row.len() != columns {
        row.report(&UNREADABLE_PART, format!("{} fields, and the first row has {columns}", row.len()));
        return;
    }
    let field = |column: usize| row.bytes(column).unwrap_or_default();
    let (code, latency) = (whole(field(1)), latency(field(2), Unit::Nanos));
    if code.is_none() || latency.is_none() {
        row.report(&OUT_OF_RANGE, "the status or the latency is not a usable number");
    }
    let (method, url) = (row.at(9).unwrap_or_default(), row.at(10).unwrap_or_default());
    let (method, url) = (method.as_bytes(), url.as_bytes());
    let hit = Hit { method, url, code, latency, start: whole(field(0)), line: row.line() };
    add(requests, name, &hit);
}
