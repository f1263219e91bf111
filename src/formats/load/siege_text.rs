//! Siege: the text output, or its JSON output behind other lines.
//!
//! ```text
//! Transactions:                   1545    hits
//! Availability:                  99.04 %
//! Elapsed time:                   2.98 secs
//! Response time:                 12.50 ms
//! Transaction rate:             518.46 trans/sec
//! Concurrency:                    4.93
//! Successful transactions:        1545
//! Failed transactions:              15
//! Longest transaction:          120.00 ms
//! Shortest transaction:           0.00 ms
//! ```
//!
//! Siege writes these lines to standard error. Times have the unit that stands behind them, and without one are in
//! seconds: since 4.1.6 they are in milliseconds.
//! Before the statistics may stand each request, what siege says at its start, and their JSON form, whose times are in
//! seconds in every version (`json_output` of `siegerc`, with `2>&1` or on the first use of siege).
//! All else is as in the JSON output alone: see [siege-json](siege-json.md).
//! A run that siege gave up after too many failures is reported.
//! A file with the statistics of a second run is read up to there, which is an error: give each run a file of its own.
//! Lines by JoeDog/siege, `src/main.c`.

use crate::diagnostics::codes::{INCOMPLETE, OUT_OF_RANGE, UNREADABLE_PART};
use crate::diagnostics::{Code, Diagnostic};
use crate::formats::Format;
use crate::model::{Elapsed, Evidence, Kind, LoadRun, Measurement, Pointer, Rate, Tool, Unit};
use crate::source::{Diags, Doc, Line, Probe, Stop};

use super::siege_json::{failures, requests};
use super::summary::settle;

pub(super) static FORMAT: Format = Format {
    id: "siege-text",
    kinds: &[Kind::Load],
    tool: "Siege",
    title: "Text output",
    produce: "siege -c 5 -t 30S https://staging.example.com/ > siege.txt 2>&1",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.text().is_some_and(|text| {
        let has = |name: &str| text.lines().any(|line| figure(line).is_some_and(|(key, _)| key == name));
        has("transactions") && has("availability")
    })
}

/// A line of the statistics: its name as in the JSON output, and what follows.
fn figure(line: &str) -> Option<(String, &str)> {
    let (name, rest) = line.trim().trim_start_matches('{').trim_start().split_once(':')?;
    let name = name.trim().trim_matches('"').to_ascii_lowercase().replace(' ', "_");
    Some((name, rest.trim().trim_end_matches(',')))
}

/// What the lines tell.
#[derive(Default)]
struct Found {
    transactions: Option<u64>,
    successful: Option<u64>,
    failed: Option<u64>,
    run: LoadRun,
    pointer: Pointer,
    version: Option<String>,
    ended: bool,
    aborted: bool,
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let diags = doc.diags().clone();
    let mut found = Found::default();
    let mut lines = doc.lines();
    while let Some(line) = lines.next()? {
        let text = line.text();
        if let Some(rest) = again(&found, &text) {
            // With `2>&1` some versions write the statistics in both forms.
            let is_same = text.contains('"') && word(rest).parse() == Ok(found.transactions.unwrap_or_default());
            if !is_same {
                line.report(&UNREADABLE_PART, "a second heading: the results of two runs stand in one file");
            }
            break;
        }
        take(&mut found, &text, &line);
    }
    evidence.tool = Some(Tool::new("Siege", found.version.take()));
    evidence.loads.push(finish(found, &diags));
    Ok(())
}

/// What follows the heading of statistics, where those of a run are complete.
fn again<'t>(found: &Found, text: &'t str) -> Option<&'t str> {
    figure(text).filter(|(name, _)| found.ended && name == "transactions").map(|(_, rest)| rest)
}

fn finish(found: Found, diags: &Diags) -> LoadRun {
    let Found { transactions, successful, failed, mut run, pointer, ended, aborted, .. } = found;
    run.overall.requests = requests(transactions, failed);
    run.overall.failures = failures(transactions, successful, failed);
    run.overall.pointer = pointer.clone();
    if aborted {
        diags.push(Diagnostic::new(&INCOMPLETE, "siege gave the run up after too many failures"));
    } else if !ended {
        diags.push(Diagnostic::new(&INCOMPLETE, "the output is cut off"));
    }
    settle(&mut run, diags, |code: &'static Code, message| Diagnostic::new(code, message).at(pointer.clone()));
    run
}

fn take(found: &mut Found, text: &str, line: &Line<'_>) {
    if let Some(version) = text.strip_prefix("** SIEGE ") {
        found.version = version.split_whitespace().next().map(ToOwned::to_owned);
    }
    found.aborted |= text.contains("aborted due to excessive socket failure");
    let Some((name, rest)) = figure(text) else { return };
    let Measurement { throughput, min, mean, max, .. } = &mut found.run.overall;
    match &*name {
        "transactions" => {
            found.transactions = count(rest, line);
            found.pointer = line.pointer();
        }
        "successful_transactions" => found.successful = count(rest, line),
        "failed_transactions" => found.failed = count(rest, line),
        "elapsed_time" => found.run.elapsed = time(rest, line),
        "transaction_rate" => {
            *throughput = word(rest).parse().ok().and_then(|rate| Rate::per_second(rate).ok());
        }
        "response_time" => *mean = time(rest, line),
        "longest_transaction" => *max = time(rest, line),
        "shortest_transaction" => {
            *min = time(rest, line);
            found.ended = true;
        }
        _ => {}
    }
}

/// The first word of what stands behind a name.
fn word(rest: &str) -> &str {
    rest.split_whitespace().next().unwrap_or("")
}

fn count(rest: &str, line: &Line<'_>) -> Option<u64> {
    let count = word(rest).parse().ok();
    if count.is_none() {
        line.report(&OUT_OF_RANGE, format!("`{}` is not a count", crate::source::json::shorten(rest)));
    }
    count
}

fn time(rest: &str, line: &Line<'_>) -> Option<Elapsed> {
    let unit = match rest.split_whitespace().nth(1) {
        Some("ms") => Some(Unit::Millis),
        Some("secs") | None => Some(Unit::Secs),
        Some(_) => None,
    };
    let elapsed = unit.zip(word(rest).parse().ok()).and_then(|(unit, number)| Elapsed::from_f64(number, unit).ok());
    if elapsed.is_none() {
        line.report(&OUT_OF_RANGE, format!("`{}` is not a time", crate::source::json::shorten(rest)));
    }
    elapsed
}
