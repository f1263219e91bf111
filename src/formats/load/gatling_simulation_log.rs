//! Gatling: the log of a simulation as text (`simulation.log`), up to 3.11.
//!
//! ```text
//! RUN  shop.Checkout  checkout  1772366400000  -  3.9.5
//! USER  Buyers  START  1772366400100
//! REQUEST  Cart  Add  1772366400200  1772366400310  OK
//! REQUEST  -  Home  1772366400350  1772366400390  KO  status.find.is(200), but actually found 500
//! ```
//!
//! The fields are separated by tabs, and some are empty, for which `-` stands here.
//! Each line `REQUEST` is a request: the groups that it is in, its name, when it started and when it ended (milliseconds
//! since 1970), `OK` or `KO`, and a message.
//! Before the groups Gatling 2.2 and 2.3 write the scenario and the number of the user, 3.0 to 3.3 the number alone.
//! Gatling 2.0 and 2.1 write these two before the word `REQUEST`, and four times of a request: when it was sent, from
//! the first byte to the last, and when its answer came, likewise; it took from the first of them to the last.
//! Requests in groups are named `group / request`, as in the statistics of the report.
//! Failures are the requests with status KO; percentiles are computed from all requests, where Gatling estimates them.
//! A line `ERROR` is a request that could not be made, for a value that was missing: these are no requests to Gatling, and
//! how many there are is reported. Gatling 2.2 calls such a line `GROUP`, like those of groups, which have more fields.
//! Assertions (lines `ASSERTION`) stand there encoded, without their verdicts: limits that nobody judged, unless
//! `js/assertions.json` stands beside the log.
//! Gatling 3.12 and later write this file in a binary form, which is not read: give `js/stats.js`
//! ([gatling-stats-js](gatling-stats-js.md)). By the records of `LogFileDataWriter` of gatling/gatling.

use crate::diagnostics::codes::{INCOMPLETE, UNREADABLE_PART};
use crate::diagnostics::{Diagnostic, LineColumn};
use crate::formats::Format;
use crate::model::{Elapsed, Evidence, Kind, Pointer, Threshold, Tool};
use crate::source::{Diags, Doc, Line, Probe, Stop};

use super::requests::{Requests, whole};

pub(super) static FORMAT: Format = Format {
    id: "gatling-simulation-log",
    kinds: &[Kind::Load],
    tool: "Gatling",
    title: "Log of a simulation, text",
    produce: "gatling.sh -s Shop  # results/…/simulation.log",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    let is_assertion = |line: &&str| line.starts_with("ASSERTION\t");
    probe.text().is_some_and(|text| text.lines().find(|line| !is_assertion(line)).is_some_and(is_run))
}

/// Whether a line begins a simulation.
fn is_run(line: &str) -> bool {
    let fields: Vec<&[u8]> = line.split('\t').map(str::as_bytes).collect();
    kind(&fields) == b"RUN" && started(&fields).is_some()
}

/// The word that says what a record is. Gatling 2.0 and 2.1 write two fields before it: the class and the id of the
/// simulation, or the scenario and the user.
fn kind<'f>(fields: &[&'f [u8]]) -> &'f [u8] {
    match fields.get(2) {
        Some(word) if !KINDS.contains(&fields[0]) && KINDS.contains(word) => word,
        _ => fields[0],
    }
}

const KINDS: [&[u8]; 4] = [b"RUN", b"REQUEST", b"USER", b"GROUP"];

/// Which field says when the simulation started, in milliseconds since 1970; a description and the version follow.
/// Before it stand the class and an id; Gatling 2.2 and 2.3 write two, that of the user, which may be empty, and their own.
fn started(fields: &[&[u8]]) -> Option<usize> {
    (3..=4).find(|at| fields.get(*at).is_some_and(|field| field.len() == 13 && is_number(field)))
}

fn is_number(field: &[u8]) -> bool {
    !field.is_empty() && field.iter().all(u8::is_ascii_digit)
}

#[derive(Default)]
struct Log {
    requests: Requests,
    thresholds: Vec<Threshold>,
    name: Option<String>,
    version: Option<String>,
    /// Requests that could not be made, and where the first of them is told.
    errors: (u64, Option<Pointer>),
    is_run: bool,
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let diags = doc.diags().clone();
    let mut log = Log::default();
    let mut lines = doc.lines();
    let result = loop {
        match lines.next() {
            Ok(Some(line)) => record(&line, &mut log),
            Ok(None) => break Ok(()),
            Err(stop) => break Err(stop),
        }
    };
    evidence.tool = Some(Tool::new("Gatling", log.version.take()));
    evidence.time = log.requests.end();
    report_errors(&log, &diags);
    let mut run = log.requests.finish(&diags);
    run.thresholds = log.thresholds;
    run.name = log.name;
    evidence.loads.push(run);
    result
}

fn record(line: &Line<'_>, log: &mut Log) {
    let fields: Vec<&[u8]> = line.bytes.split(|byte| *byte == b'\t').collect();
    match kind(&fields) {
        b"REQUEST" => request(line, &fields, log),
        b"GROUP" if fields.len() <= MAX_OF_ERROR => error(line, log),
        b"USER" | b"GROUP" => {}
        b"RUN" if log.is_run => line.report(&UNREADABLE_PART, "the logs of two simulations stand in one file"),
        b"RUN" => {
            log.is_run = true;
            let text = |at: usize| fields.get(at).map(|field| String::from_utf8_lossy(field).trim().to_owned());
            log.name = text(usize::from(fields[0] == b"RUN")).filter(|name| !name.is_empty());
            // Gatling 2 writes the version of the log, `2.0`, at this place.
            let version = started(&fields).and_then(|at| text(at + 2));
            log.version = version.filter(|version| version.split('.').count() > 2);
        }
        b"ERROR" => error(line, log),
        b"ASSERTION" => log.thresholds.push(Threshold {
            part: None,
            metric: "assertion".to_owned(),
            expression: format!("assertion {}, which is encoded", log.thresholds.len() + 1),
            holds: None,
            pointer: line.pointer(),
        }),
        _ if line.is_blank() => {}
        _ => line.report(&UNREADABLE_PART, "is no record that Gatling writes"),
    }
}

/// Fields of an error: the word, its message and its time. A group has at least six.
const MAX_OF_ERROR: usize = 3;

fn error(line: &Line<'_>, log: &mut Log) {
    log.errors.0 += 1;
    log.errors.1.get_or_insert_with(|| line.pointer());
}

/// Fields before the status, in the versions from 3.4 on, from 3.0, from 2.2 and from 2.0.
const STATUS: [usize; 4] = [5, 6, 7, AFTER_FOUR_TIMES];
const AFTER_FOUR_TIMES: usize = 9;

fn request(line: &Line<'_>, fields: &[&[u8]], log: &mut Log) {
    let is_status = |at: &usize| {
        fields.get(*at).is_some_and(|field| [&b"OK"[..], b"KO"].contains(field))
            && is_number(fields[at - 1])
            && is_number(fields[at - 2])
    };
    let Some(at) = STATUS.into_iter().find(is_status) else {
        line.report(&UNREADABLE_PART, "the request has no times and status: it may be cut off");
        return;
    };
    let failed = fields[at] == b"KO";
    // Of four times the first and the last.
    let first = if at == AFTER_FOUR_TIMES { at - 4 } else { at - 2 };
    let times = whole(fields[first]).zip(whole(fields[at - 1])).filter(|(start, end)| start <= end);
    let nanos = |millis: u64| millis.checked_mul(1_000_000);
    let times = times.and_then(|(start, end)| nanos(start).zip(nanos(end)));
    if times.is_none() {
        line.report(&UNREADABLE_PART, "the request ends before it starts, or at no usable time");
    }
    if let Some((start, end)) = times {
        log.requests.spans(start, end, Some(failed));
    }
    let name = name(fields[first - 2], fields[first - 1]);
    let group = log.requests.find(&name, || line.pointer());
    log.requests.at(group).add(times.map(|(start, end)| Elapsed::from_nanos(end - start)), Some(failed));
}

/// The name of a request behind those of its groups.
fn name(groups: &[u8], request: &[u8]) -> String {
    let request = String::from_utf8_lossy(request);
    let groups = String::from_utf8_lossy(groups);
    if groups.is_empty() { request.into_owned() } else { format!("{} / {request}", groups.replace(',', " / ")) }
}

fn report_errors(log: &Log, diags: &Diags) {
    if let (count @ 1.., Some(pointer)) = &log.errors {
        let message = format!("the simulation could not make {count} of its requests, which are not counted");
        let place = LineColumn { line: pointer.line_number().unwrap_or(1), column: 1 };
        diags.push(Diagnostic::new(&INCOMPLETE, message).at(pointer.clone()).at_line(place));
    }
}
