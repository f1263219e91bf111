//! k6: the raw output `--out csv`, one point of a metric a row.
//!
//! ```csv
//! metric_name,timestamp,metric_value,check,error,error_code,expected_response,group,method,name,proto,scenario,service,status,subproto,tls_version,url,extra_tags,metadata
//! http_reqs,1767225600,1.000000,,,,true,,GET,https://shop.example.com/,HTTP/2.0,default,,200,,tls1.3,https://shop.example.com/,,
//! http_req_duration,1767225600,2.545565,,,,true,,GET,https://shop.example.com/,HTTP/2.0,default,,200,,tls1.3,https://shop.example.com/,,
//! ```
//!
//! Columns are found by their names; which tags have one depends on `systemTags`.
//! The rest is as in [k6-raw-ndjson](k6-raw-ndjson.md).
//! Time stamps are seconds unless `K6_CSV_TIME_FORMAT` says otherwise; whole seconds are too coarse for a rate,
//! so there is none.
//! A second header is that of another run in the same file, which is an error: give each run a file of its own.

use crate::diagnostics::codes::{OUT_OF_RANGE, UNREADABLE_PART};
use crate::formats::Format;
use crate::model::{Elapsed, Evidence, Kind, Tool};
use crate::source::{Doc, Probe, Row, Stop};

use super::k6_raw::{self, Points, Tags};

pub(super) static FORMAT: Format = Format {
    id: "k6-raw-csv",
    kinds: &[Kind::Load],
    tool: "k6",
    title: "Raw output, CSV",
    produce: "k6 run --out csv=k6.csv script.js",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.has_columns(&["metric_name", "timestamp", "metric_value"])
}

/// Positions of the columns.
struct Columns {
    metric: Option<usize>,
    value: Option<usize>,
    method: Option<usize>,
    name: Option<usize>,
    url: Option<usize>,
    status: Option<usize>,
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("k6", None));
    let diags = doc.diags().clone();
    let mut table = doc.table()?;
    let columns = Columns {
        metric: table.column("metric_name"),
        value: table.column("metric_value"),
        method: table.column("method"),
        name: table.column("name"),
        url: table.column("url"),
        status: table.column("status"),
    };
    let mut points = Points::default();
    let result = loop {
        match table.next() {
            Ok(Some(row)) => record(&row, &columns, &mut points),
            Ok(None) => break Ok(()),
            Err(stop) => break Err(stop),
        }
    };
    evidence.loads.extend(points.finish(&diags));
    result
}

fn record(row: &Row<'_>, columns: &Columns, points: &mut Points) {
    let bytes = |column: Option<usize>| column.and_then(|column| row.bytes(column));
    let metric = bytes(columns.metric);
    if metric == Some(b"metric_name") {
        row.report(&UNREADABLE_PART, "a second header: the results of two runs stand in one file");
        return;
    }
    let Some(kind) = metric.and_then(k6_raw::Kind::of) else { return };
    if columns.value.is_some_and(|column| row.len() <= column) {
        // The table has reported it.
        return;
    }
    let text = |column: Option<usize>| bytes(column).and_then(|bytes| std::str::from_utf8(bytes).ok());
    let value = text(columns.value).and_then(|text| text.trim().parse::<f64>().ok());
    let usable = match kind {
        kind if kind.is_time() => value.filter(|value| Elapsed::from_millis(*value).is_ok()),
        _ => value.filter(|value| value.is_finite() && *value >= 0.0),
    };
    if usable.is_none() {
        row.report(&OUT_OF_RANGE, "the value of the point is not a usable number");
    }
    let name = columns.name.and_then(|column| row.at(column));
    let tags = Tags {
        method: text(columns.method),
        name: name.as_deref(),
        url: text(columns.url),
        status: text(columns.status).filter(|status| !status.is_empty()),
    };
    points.add(kind, usable, tags, None, row.line());
}
