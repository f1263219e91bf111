//! JMeter: results as CSV (JTL).
//!
//! ```csv
//! timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,bytes,allThreads
//! 1772366400000,351,GET /products,200,OK,Thread Group 1-1,text,true,,18,50
//! ```
//!
//! Columns are found by their names, since `jmeter.save.saveservice.*` chooses them: a file needs `elapsed`, `label`
//! and one of `success` and `responseCode`. Comma, semicolon, tab and `|` are read as delimiters.
//! A file without a header (`jmeter.save.saveservice.print_field_names=false`) is not read: its columns are not known.
//! Times are in milliseconds. A sample failed where `success` is not `true`; without that column where its code is that of
//! a failure, or `failureMessage` says why an assertion failed.
//! Requests are grouped by label. Percentiles are computed from all samples by linear interpolation between the closest
//! ranks; JMeter's own reports use two other rules, so they differ by a sample.
//! Transaction controllers write a row of their own beside those of their samples, and the parts of a sample (redirects,
//! embedded resources) have rows as well, `Home-0`, `Home-1` after `Home`: all rows are counted, which is noted. Limits
//! over all requests are judged with such rows and without them, and have to hold both ways.
//! A row whose `SampleCount` is not 1 sums up many samples, as JMeter's servers send them in the mode `Statistical`: how
//! long each took is not known, so the row is an error (apache/jmeter, `StatisticalSampleResult`).
//! The rate is all samples over the time from the first start to the last end; formatted time stamps give none.

use std::collections::HashMap;

use crate::diagnostics::codes::{OUT_OF_RANGE, UNKNOWN_WORD, UNREADABLE_PART};
use crate::formats::Format;
use crate::model::{Evidence, Kind, Tool, Unit};
use crate::source::{Doc, Probe, Record, Row, Stop};

use super::jtl_beside::beside;
use super::jtl_scan::{Sample, Samples};
use super::requests::{MAX_NAME, MAX_NAMES, Requests, latency, status_failed, whole};

pub(super) static FORMAT: Format = Format {
    id: "jmeter-jtl-csv",
    kinds: &[Kind::Load],
    tool: "JMeter",
    title: "Results (JTL), CSV",
    produce: "jmeter -n -t shop.jmx -l shop.jtl",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.first_line().is_some_and(|line| delimiter(&line).is_some())
}

/// The delimiter of a header of JMeter; `None` where it is none.
fn delimiter(header: &str) -> Option<u8> {
    [b',', b';', b'\t', b'|'].into_iter().find(|delimiter| {
        let columns: Vec<&str> =
            header.split(char::from(*delimiter)).map(|column| column.trim().trim_matches('"')).collect();
        let has = |name: &str| columns.contains(&name);
        has("elapsed") && has("label") && (has("success") || has("responseCode"))
    })
}

/// Positions of the columns.
#[derive(Clone, Copy)]
pub(super) struct Columns {
    pub time: Option<usize>,
    pub elapsed: Option<usize>,
    pub label: Option<usize>,
    pub success: Option<usize>,
    pub code: Option<usize>,
    pub message: Option<usize>,
    /// Why an assertion failed, where nothing else says that one did.
    pub failure: Option<usize>,
    pub users: Option<usize>,
    /// How many samples and how many failures the row stands for.
    pub counts: [Option<usize>; 2],
    /// The last of those without which a record says nothing.
    last: usize,
}

impl Columns {
    fn of(header: &[String]) -> Columns {
        let column = |name: &str| header.iter().position(|column| column == name);
        let needed = ["elapsed", "label", "success", "responseCode"];
        Columns {
            last: needed.into_iter().filter_map(column).max().unwrap_or_default(),
            time: column("timeStamp"),
            elapsed: column("elapsed"),
            label: column("label"),
            success: column("success"),
            code: column("responseCode"),
            message: column("responseMessage"),
            failure: column("failureMessage").filter(|_| column("success").is_none()),
            users: column("allThreads"),
            counts: [column("SampleCount"), column("ErrorCount")],
        }
    }
}

/// What is told about the file as a whole.
#[derive(Default)]
struct Seen {
    users: Option<u64>,
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    read_with(doc, evidence, true)
}

/// Reads with or without scanner; the result is the same.
fn read_with(doc: &mut Doc<'_>, evidence: &mut Evidence, scan: bool) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("JMeter", None));
    let diags = doc.diags().clone();
    let delimiter = doc.first_line().as_deref().and_then(delimiter).unwrap_or(b',');
    let mut requests = Requests::default();
    let mut seen = Seen::default();
    let result = read_records(doc, delimiter, scan, &mut requests, &mut seen);
    evidence.time = requests.end();
    let beside = beside(&requests, &diags);
    let mut run = requests.finish(&diags);
    run.beside = beside;
    run.users = seen.users;
    evidence.loads.push(run);
    result
}

fn read_records(
    doc: &mut Doc<'_>,
    delimiter: u8,
    scan: bool,
    requests: &mut Requests,
    seen: &mut Seen,
) -> Result<(), Stop> {
    let header = doc.first_line().unwrap_or_default();
    let header: Vec<String> = header.split(char::from(delimiter)).map(|name| name.trim().to_owned()).collect();
    let columns = Columns::of(&header);
    let scanner = Samples::new(delimiter, header.len(), columns);
    // The groups of labels with quotation marks, by what is written.
    let mut doubled: HashMap<Box<[u8]>, usize> = HashMap::new();
    let take = |found: Record<'_, Sample>| match found {
        Record::Event(sample, line) => {
            if let Some(start) = sample.start {
                requests.spans(start, start.saturating_add(sample.elapsed.nanos()), sample.failed);
            }
            seen.users = seen.users.max(sample.users);
            let (written, is_doubled) = sample.raw_label(line.bytes);
            let known = if is_doubled { doubled.get(written).copied() } else { requests.recall(written) };
            let group = known.unwrap_or_else(|| {
                let group = requests.find(&sample.label(line.bytes), || line.pointer());
                if is_doubled && written.len() <= MAX_NAME && doubled.len() < MAX_NAMES {
                    doubled.insert(written.into(), group);
                }
                group
            });
            let group = requests.at(group);
            group.add(Some(sample.elapsed), sample.failed);
            group.sums += u64::from(sample.is_transaction);
        }
        Record::Row(row) => record(&row, &columns, requests, seen),
    };
    if scan && doc.scan_table(delimiter, &scanner, take)? {
        return Ok(());
    }
    let mut table = doc.table_of(delimiter)?;
    let columns = Columns::of(table.header());
    while let Some(row) = table.next()? {
        record(&row, &columns, requests, seen);
    }
    Ok(())
}

/// What JMeter writes as the message of a transaction controller's sample (apache/jmeter, `TransactionController`).
pub(super) const TRANSACTION: &str = "Number of samples in transaction";

/// Whether a row stands for one sample, by its `SampleCount` and `ErrorCount`, which may be absent or empty.
#[inline]
pub(super) fn is_one([samples, errors]: [Option<&[u8]>; 2]) -> bool {
    let is = |field: Option<&[u8]>, counts: &[&[u8]]| field.is_none_or(|field| counts.contains(&field.trim_ascii()));
    is(samples, &[b"", b"1"]) && is(errors, &[b"", b"0", b"1"])
}

/// Whether it is said why an assertion failed.
pub(super) fn says_why(failure: Option<&[u8]>) -> bool {
    failure.is_some_and(|message| !message.trim_ascii().is_empty())
}

/// What is said of a row that stands for many.
pub(super) fn stands_for([samples, errors]: [Option<&[u8]>; 2]) -> String {
    let count = if is_one([samples, None]) { errors } else { samples };
    let count = String::from_utf8_lossy(count.unwrap_or_default());
    format!("stands for {} samples, whose times are not known", crate::source::json::shorten(count.trim()))
}

fn record(row: &Row<'_>, columns: &Columns, requests: &mut Requests, seen: &mut Seen) {
    let field = |column: Option<usize>| column.and_then(|column| row.bytes(column));
    if field(columns.elapsed) == Some(b"elapsed") && field(columns.label) == Some(b"label") {
        row.report(&UNREADABLE_PART, "a second header: the results of two runs stand in one file");
        return;
    }
    if row.len() <= columns.last {
        // The table has reported it.
        return;
    }
    let mut elapsed = field(columns.elapsed).and_then(|text| latency(text, Unit::Millis));
    if elapsed.is_none() {
        row.report(&OUT_OF_RANGE, "`elapsed` is not a time");
    }
    let counts = columns.counts.map(field);
    if !is_one(counts) {
        row.report(&UNREADABLE_PART, stands_for(counts));
        elapsed = None;
    }
    let failed = match field(columns.success) {
        Some(success) if success.eq_ignore_ascii_case(b"true") => Some(false),
        Some(success) if success.eq_ignore_ascii_case(b"false") => Some(true),
        Some(_) => {
            row.report(&UNKNOWN_WORD, "`success` is neither `true` nor `false`: counted as failed");
            Some(true)
        }
        // JMeter writes words for failures without an answer.
        None if says_why(field(columns.failure)) => Some(true),
        None => field(columns.code).map(|code| whole(code).is_none_or(status_failed)),
    };
    if let (Some(start), Some(elapsed)) = (field(columns.time).and_then(whole), elapsed) {
        let start = start.saturating_mul(1_000_000);
        requests.spans(start, start.saturating_add(elapsed.nanos()), failed);
    }
    seen.users = seen.users.max(field(columns.users).and_then(whole));
    let is_transaction = field(columns.message).is_some_and(|message| message.starts_with(TRANSACTION.as_bytes()));
    let label = columns.label.and_then(|column| row.at(column)).unwrap_or_default();
    let group = requests.group(&label, || row.pointer());
    group.add(elapsed, failed);
    group.sums += u64::from(is_transaction);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::formats::load::twice::same;
    use crate::source::{self as scan, Scan};

    const HEADER: &str =
        "timeStamp,elapsed,label,responseCode,responseMessage,success,allThreads,SampleCount,ErrorCount\n";
    const TIMES: &[&str] = &["1772366400000", "1772366400007", "", "x", "2026/03/01 12:00:00", "-5", " 7 "];
    const ELAPSED: &[&str] =
        &["47", "0", "1.5", "", "-3", "1e3", "elapsed", "99999999999999999999", " 8 ", ".", "\"9\""];
    const LABELS: &[&str] =
        &["GET /", "\"a, \"\"b\"\"\"", "\"two\nlines\"", "say \"hi\"", "label", "", "Kühl", "\"open", "\"x\"y", "a\rb"];
    const CODES: &[&str] = &["200", "500", "", "Non HTTP"];
    const MESSAGES: &[&str] = &["OK", "Number of samples in transaction : 2", "\"a,b\"", ""];
    const COUNTS: &[&str] = &["1,0", "1,1", "\"1\",", ",", " 1 ,0", "0,0", "100,7", "1,2", "x,0", "01,0"];
    const SUCCESS: &[&str] = &["true", "false", "TRUE", "maybe", "true,extra", ""];

    fn line() -> impl Strategy<Value = String> {
        let one = proptest::sample::select::<&'static str>;
        let usual = (
            one(&TIMES[..2]),
            one(&ELAPSED[..3]),
            one(&LABELS[..2]),
            one(CODES),
            one(MESSAGES),
            one(&SUCCESS[..3]),
            one(&COUNTS[..3]),
        );
        let odd = (one(TIMES), one(ELAPSED), one(LABELS), one(CODES), one(MESSAGES), one(SUCCESS), one(COUNTS));
        prop_oneof![3 => usual, 1 => odd].prop_map(|(time, elapsed, label, code, message, success, counts)| {
            format!("{time},{elapsed},{label},{code},{message},{success},5,{counts}\n")
        })
    }

    #[test]
    fn records_may_stand_across_the_blocks_that_are_scanned() {
        let mut bytes = HEADER.as_bytes().to_vec();
        for number in 0..60_000_u64 {
            let label = match number % 5 {
                0 => format!("\"first {}\nsecond, \"\"{}\"\"\n\"", "-".repeat((number % 97) as usize), number % 7),
                _ => "GET /".to_owned(),
            };
            bytes
                .extend(format!("{},{},{label},200,OK,true,5,1,0\n", 1_772_366_400_000 + number, number % 300).bytes());
        }
        assert!(bytes.len() > 2_500_000, "several blocks");
        same(&bytes, read, |doc, evidence| read_with(doc, evidence, false)).expect("both ways read the same");
    }

    #[test]
    fn usual_records_are_taken_at_once_whatever_separates_their_fields() {
        let records = [
            ["1772366400000", "47", "GET /", "200", "OK", "true", "5", "1", "0"],
            ["", "4", "a", "", "", "true", "", "", ""],
        ];
        for delimiter in [",", ";", "\t", "|"] {
            let header: Vec<String> = HEADER.trim_end().split(',').map(ToOwned::to_owned).collect();
            let mut scanner = Samples::new(delimiter.as_bytes()[0], header.len(), Columns::of(&header));
            for record in &records {
                let line = record.join(delimiter);
                let found = scanner.next(format!("{line}\n").repeat(9).as_bytes());
                let is_taken =
                    found.is_some_and(|(end, says)| end == line.len() && matches!(says, scan::Seen::Event(_)));
                assert!(is_taken, "{line:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn the_scanner_reads_what_the_csv_reader_reads(lines in proptest::collection::vec(line(), 1..12), cut in 0..30usize) {
            let mut bytes = format!("{HEADER}{}", lines.concat()).into_bytes();
            bytes.truncate(bytes.len() - cut);
            same(&bytes, read, |doc, evidence| read_with(doc, evidence, false))?;
        }
    }
}
