//! What the CSV outputs of hey and oha have in common: one row per answer, in seconds, without a name.

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{FAILURES_UNSAID, OUT_OF_RANGE, UNREADABLE_PART};
use crate::model::{Evidence, Unit};
use crate::source::{Doc, Row, Stop};

use super::requests::{Requests, latency, status_failed, whole};

/// Names of the columns.
pub(super) struct Names {
    /// When the request started, in seconds since the start of the run.
    pub start: &'static str,
    /// How long it took, in seconds.
    pub elapsed: &'static str,
    /// The HTTP status.
    pub status: &'static str,
}

/// Positions of the columns.
type Columns = [Option<usize>; 3];

/// Reads all rows into one run without endpoints.
pub(super) fn read(doc: &mut Doc<'_>, evidence: &mut Evidence, names: &Names) -> Result<(), Stop> {
    let diags = doc.diags().clone();
    let mut table = doc.table()?;
    let columns = [names.start, names.elapsed, names.status].map(|name| table.column(name));
    let mut requests = Requests::default();
    let result = loop {
        match table.next() {
            Ok(Some(row)) => record(&row, columns, &mut requests),
            Ok(None) => break Ok(()),
            Err(stop) => break Err(stop),
        }
    };
    let mut run = requests.finish(&diags);
    run.overall.distribution = run.endpoints.drain(..).find_map(|endpoint| endpoint.measurement.distribution);
    // The times are since the start of the run, not of a day.
    run.span = None;
    evidence.loads.push(run);
    doc.report(Diagnostic::new(
        &FAILURES_UNSAID,
        "only requests with an answer are listed: others that failed are not counted",
    ));
    result
}

fn record(row: &Row<'_>, [start, elapsed, status]: Columns, requests: &mut Requests) {
    if [elapsed, status].iter().flatten().any(|column| row.len() <= *column) {
        // The table has reported it.
        return;
    }
    let field = |column: Option<usize>| column.and_then(|column| row.bytes(column));
    let elapsed = field(elapsed).and_then(|text| latency(text, Unit::Secs));
    if elapsed.is_none() {
        row.report(&OUT_OF_RANGE, "the time of the request is not a time");
    }
    let status = field(status).and_then(whole);
    if status.is_none() {
        row.report(&UNREADABLE_PART, "the status of the request cannot be read: counted as failed");
    }
    let failed = status.is_none_or(status_failed);
    if let (Some(start), Some(elapsed)) = (field(start).and_then(|text| latency(text, Unit::Secs)), elapsed) {
        requests.spans(start.nanos(), start.nanos().saturating_add(elapsed.nanos()), Some(failed));
    }
    requests.group("", || row.pointer()).add(elapsed, Some(failed));
}
