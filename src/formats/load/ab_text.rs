//! ApacheBench (`ab`): the text output.
//!
//! ```text
//! This is ApacheBench, Version 2.3 <$Revision$>
//! Concurrency Level:      5
//! Time taken for tests:   0.226 seconds
//! Complete requests:      100
//! Failed requests:        0
//! Non-2xx responses:      100
//! Requests per second:    442.19 [#/sec] (mean)
//! Time per request:       11.307 [ms] (mean)
//! Connection Times (ms)
//!               min  mean[+/-sd] median   max
//! Total:          1   10   9.9      6      40
//! Percentage of the requests served within a certain time (ms)
//!   50%      6
//!  100%     40 (longest request)
//! ```
//!
//! Percentiles are in whole milliseconds.
//! `Failed requests` are those without an answer and those whose length differs from the first one;
//! an answer of 404 or 500 is none of them and stands in `Non-2xx responses`, a line that is absent where there are none.
//! `Write errors` are requests that could not be sent; ab completes them without counting them as failed, and where it
//! does not compare lengths (`-l`) nothing else tells of them (apache/httpd, `support/ab.c`).
//! Failures are all three together, at most all requests: a page whose length varies makes them too many, never too few.
//! The mean is `Time per request`, which counts on connections that are always busy; where the requests are no multiple
//! of them, or it is above the maximum, it is the mean of `Total`, in whole milliseconds.
//! A run that ab aborted has no statistics and is reported.
//! One that was interrupted (Ctrl-C) has all of them, of the requests until then, and its end alone is not told: `done`
//! after `(be patient)`, or after more than 150 requests `Finished` after `Completed`, which ab writes to standard error.
//! Where the one stands without the other the run was stopped, which is an error.
//! A file with the output of a second run is read up to there, which is an error: give each run a file of its own.

use crate::diagnostics::codes::{INCOMPLETE, OUT_OF_RANGE, UNREADABLE_PART};
use crate::diagnostics::{Code, Diagnostic};
use crate::formats::Format;
use crate::model::{Elapsed, Evidence, Kind, LoadRun, Measurement, Percentile, Rate, Tool, Unit};
use crate::source::{Doc, Line, Probe, Stop};

use super::summary::settle;

pub(super) static FORMAT: Format = Format {
    id: "ab-text",
    kinds: &[Kind::Load],
    tool: "ApacheBench",
    title: "Text output",
    produce: "ab -n 100 -c 5 https://staging.example.com/ > ab.txt",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.text().is_some_and(|text| text.lines().take(20).any(|line| line.starts_with("This is ApacheBench, Version")))
}

/// What stands before the version.
const BANNER: &str = "This is ApacheBench, Version ";

/// What ab writes to standard output at the end of up to 150 requests.
const DONE: &str = "..done";

/// What the lines tell.
#[derive(Default)]
struct Found {
    overall: Measurement,
    failed: Option<u64>,
    bad_answers: u64,
    write_errors: u64,
    /// The mean of the times from connecting to the end of the answer.
    total_mean: Option<Elapsed>,
    host: Option<String>,
    path: Option<String>,
    in_percentages: bool,
    ended: bool,
    aborted: bool,
    /// Whether ab said that it is at it, and not yet that it is done.
    at_work: bool,
    /// Headings of a run that were met: the banner, and the first line of the results.
    headings: [bool; 2],
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let diags = doc.diags().clone();
    let mut run = LoadRun::default();
    let mut found = Found::default();
    let mut version = None;
    let mut lines = doc.lines();
    while let Some(line) = lines.next()? {
        let text = line.text();
        if starts_again(&mut found, &text) {
            line.report(&UNREADABLE_PART, "a second heading: the results of two runs stand in one file");
            break;
        }
        if let Some(rest) = text.strip_prefix(BANNER) {
            version = rest.split_whitespace().next().map(ToOwned::to_owned);
        }
        take(&mut run, &mut found, &text, &line);
    }
    evidence.tool = Some(Tool::new("ApacheBench", version));
    hold_mean(&mut found, run.users);
    let Found {
        mut overall,
        failed,
        bad_answers,
        write_errors,
        host,
        path,
        in_percentages,
        ended,
        aborted,
        at_work,
        ..
    } = found;
    overall.failures = overall
        .requests
        .zip(failed)
        .map(|(requests, failed)| failed.saturating_add(bad_answers).saturating_add(write_errors).min(requests));
    run.target = host.zip(path).map(|(host, path)| host + &path);
    run.overall = overall;
    let place = run.overall.pointer.clone();
    if aborted {
        diags.push(Diagnostic::new(&INCOMPLETE, "ab gave the test up before its end"));
    } else if run.overall.throughput.is_none() || in_percentages && !ended {
        // What is missing may be the line of the bad answers.
        diags.push(Diagnostic::new(&INCOMPLETE, "the output is cut off"));
    } else if at_work {
        diags.push(Diagnostic::new(&INCOMPLETE, "ab does not say that it came to its end: the run was stopped"));
    }
    settle(&mut run, &diags, |code: &'static Code, message| Diagnostic::new(code, message).at(place.clone()));
    evidence.loads.push(run);
    Ok(())
}

/// Takes the mean of the times themselves where the one over all connections is none of the requests.
fn hold_mean(found: &mut Found, connections: Option<u64>) {
    let Found { overall, total_mean, .. } = found;
    let rest = overall.requests.zip(connections).and_then(|(requests, level)| requests.checked_rem(level));
    let is_above = overall.mean.zip(overall.max).is_some_and(|(mean, max)| mean > max);
    if rest.is_some_and(|rest| rest > 0) || is_above {
        overall.mean = *total_mean;
    }
}

/// Whether a line is a heading that was met before.
fn starts_again(found: &mut Found, text: &str) -> bool {
    let heading = [BANNER, "Server Software:"].iter().position(|start| text.starts_with(start));
    heading.is_some_and(|heading| std::mem::replace(&mut found.headings[heading], true))
}

fn take(run: &mut LoadRun, found: &mut Found, text: &str, line: &Line<'_>) {
    let overall = &mut found.overall;
    let words: Vec<&str> = text.split_whitespace().collect();
    match words.as_slice() {
        ["Server", "Hostname:", host] => found.host = Some((*host).to_owned()),
        ["Document", "Path:", path] => found.path = Some((*path).to_owned()),
        ["Concurrency", "Level:", level] => run.users = count(level, line),
        ["Time", "taken", "for", "tests:", secs, ..] => run.elapsed = time(secs, Unit::Secs, line),
        ["Complete", "requests:", requests] => {
            overall.requests = count(requests, line);
            overall.pointer = line.pointer();
        }
        ["Failed", "requests:", failed] => found.failed = count(failed, line),
        // A count that cannot be read is reported, and is no success.
        ["Write", "errors:", errors] => found.write_errors = count(errors, line).unwrap_or(u64::MAX),
        ["Non-2xx", "responses:", answers] => found.bad_answers = count(answers, line).unwrap_or(u64::MAX),
        ["Requests", "per", "second:", rate, ..] => {
            overall.throughput = rate.parse().ok().and_then(|rate| Rate::per_second(rate).ok());
        }
        ["Time", "per", "request:", millis, "[ms]", "(mean)"] => overall.mean = time(millis, Unit::Millis, line),
        ["Total:", min, mean, _, _, max] | ["Total:", min, mean, max] => {
            found.total_mean = time(mean, Unit::Millis, line);
            overall.min = time(min, Unit::Millis, line);
            overall.max = overall.max.or(time(max, Unit::Millis, line));
        }
        ["Percentage", "of", "the", "requests", "served", ..] => found.in_percentages = true,
        ["100%", millis, "(longest", "request)"] => {
            overall.max = time(millis, Unit::Millis, line);
            found.ended = true;
        }
        [percent, millis] if found.in_percentages && percent.ends_with('%') => {
            let percentile =
                percent.trim_end_matches('%').parse().ok().and_then(|percent| Percentile::from_percent(percent).ok());
            if let (Some(percentile), Some(value)) = (percentile, time(millis, Unit::Millis, line)) {
                overall.percentiles.insert(percentile, value);
            }
        }
        // With `-v` the first message of the run follows on the same line.
        ["Benchmarking", ..] if text.contains("(be patient)...") => found.at_work = !text.ends_with(DONE),
        ["Completed", _, "requests"] => found.at_work = true,
        ["Finished", _, "requests"] => found.at_work = false,
        [.., last] if last.ends_with(DONE) => found.at_work = false,
        ["Test", "aborted", ..] | ["Total", "of", _, "requests", "completed"] => found.aborted = true,
        _ => {}
    }
}

fn count(word: &str, line: &Line<'_>) -> Option<u64> {
    let count = word.parse().ok();
    if count.is_none() {
        line.report(&OUT_OF_RANGE, format!("`{}` is not a count", crate::source::json::shorten(word)));
    }
    count
}

fn time(word: &str, unit: Unit, line: &Line<'_>) -> Option<Elapsed> {
    let elapsed = word.parse().ok().and_then(|number| Elapsed::from_f64(number, unit).ok());
    if elapsed.is_none() {
        line.report(&OUT_OF_RANGE, format!("`{}` is not a time", crate::source::json::shorten(word)));
    }
    elapsed
}
