//! wrk and wrk2: the text output.
//!
//! ```text
//! Running 3s test @ https://staging.example.com/health
//!   2 threads and 8 connections
//!   Thread Stats   Avg      Stdev     Max   +/- Stdev
//!     Latency    46.76ms    6.83ms  81.00ms   89.98%
//!     Req/Sec    84.67      8.77   118.00     88.33%
//!   Latency Distribution
//!      50%   46.13ms
//!      99%   62.91ms
//!   509 requests in 3.01s, 90.60KB read
//!   Socket errors: connect 0, read 0, write 0, timeout 3
//!   Non-2xx or 3xx responses: 12
//! Requests/sec:    169.09
//! ```
//!
//! Each value has a unit of its own: `us`, `ms`, `s`, `m`, `h`.
//! Percentiles are there only with `--latency`; wrk has no p95.
//! Requests are the answers. Failures are the answers other than 2xx and 3xx (the line is absent where there are none)
//! and the socket errors, which are no answers: the error rate is the share of failures in both together.
//! wrk2 gives the latency against the time at which a request *should* have been sent, and with `--latency` a detailed
//! spectrum in milliseconds: p95 is from there. A `-nan` is no value.
//! A run that took less time than its heading says was stopped, which is an error; wrk rounds what it says to whole
//! seconds, minutes or hours, from 51 of the smaller unit on (wrk, `src/units.c`), and the least that this can be counts.
//! Up to 20 lines may stand before the heading: a prompt, a log, what a script prints.
//! What follows `Transfer/sec` is printed by the user's own script (`done()`), and is passed over.
//! A file with the output of a second run is read up to there, which is an error: give each run a file of its own.

use crate::diagnostics::codes::{INCOMPLETE, MISSING_FIELD, OUT_OF_RANGE, UNREADABLE_PART};
use crate::diagnostics::{Code, Diagnostic};
use crate::formats::Format;
use crate::model::{Elapsed, Endpoint, Evidence, Kind, LoadRun, Percentile, Pointer, Rate, Ratio, Tool, Unit};
use crate::source::{Doc, Line, Probe, Stop};

use super::summary::{cut_short, settle};

pub(super) static WRK: Format = Format {
    id: "wrk-text",
    kinds: &[Kind::Load],
    tool: "wrk",
    title: "Text output",
    produce: "wrk --latency -d 30s https://staging.example.com/ > wrk.txt",
    detect: |probe| is_wrk(probe) == Some(false),
    read: |doc, evidence| read(doc, evidence, "wrk"),
};

pub(super) static WRK2: Format = Format {
    id: "wrk2-text",
    kinds: &[Kind::Load],
    tool: "wrk2",
    title: "Text output",
    produce: "wrk2 -R 100 --latency -d 30s https://staging.example.com/ > wrk2.txt",
    detect: |probe| is_wrk(probe) == Some(true),
    read: |doc, evidence| read(doc, evidence, "wrk2"),
};

/// Whether it is an output of wrk2 rather than wrk; `None` where it is of neither.
fn is_wrk(probe: &Probe<'_>) -> Option<bool> {
    let text = probe.text()?;
    let mut lines = text.lines();
    lines.by_ref().take(20).find(|line| is_heading(line))?;
    lines.next().is_some_and(|line| line.contains("threads and")).then_some(())?;
    Some(text.contains("HdrHistogram") || text.contains("Thread calibration"))
}

/// Whether a line is the first one of a run.
fn is_heading(line: &str) -> bool {
    line.starts_with("Running ") && line.contains(" test @ ")
}

/// What the lines tell.
#[derive(Default)]
struct Found {
    run: LoadRun,
    answers: Option<u64>,
    bad_answers: u64,
    socket_errors: u64,
    /// The least time that the run was to take.
    planned: Option<Elapsed>,
    in_distribution: bool,
    in_spectrum: bool,
    has_started: bool,
    /// What follows is printed by the user's own script.
    has_ended: bool,
    place: Pointer,
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence, tool: &str) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new(tool, None));
    let diags = doc.diags().clone();
    let mut found = Found::default();
    let mut lines = doc.lines();
    while let Some(line) = lines.next()? {
        let text = line.text();
        if is_heading(&text) && std::mem::replace(&mut found.has_started, true) {
            line.report(&UNREADABLE_PART, "a second heading: the results of two runs stand in one file");
            break;
        }
        if !found.has_ended {
            take(&mut found, text.trim_end(), &line);
        }
    }
    let Found { mut run, answers, bad_answers, socket_errors, planned, place, .. } = found;
    let failures = bad_answers.saturating_add(socket_errors);
    run.overall.requests = answers;
    run.overall.failures = answers.map(|_| failures);
    run.overall.stated_error_rate =
        answers.and_then(|answers| Ratio::new(failures, answers.saturating_add(socket_errors)));
    run.overall.pointer = place.clone();
    if let Some(name) = run.target.clone() {
        run.endpoints.push(Endpoint { name, measurement: run.overall.clone() });
    }
    settle(&mut run, &diags, |code: &'static Code, message| Diagnostic::new(code, message).at(place.clone()));
    if run.overall.requests.is_some_and(|n| n > 0) && run.overall.throughput.is_none() {
        diags.push(Diagnostic::new(&MISSING_FIELD, "the line `Requests/sec` is missing: the output is cut off"));
    }
    if let Some(message) = run.elapsed.zip(planned).and_then(|(took, planned)| cut_short(took, planned)) {
        diags.push(Diagnostic::new(&INCOMPLETE, message).at(place));
    }
    evidence.loads.push(run);
    Ok(())
}

/// The least time that a heading can mean: wrk shows no digits after the point.
fn least(word: &str) -> Option<Elapsed> {
    let number = |unit: char| word.strip_suffix(unit)?.parse::<u32>().ok().map(f64::from);
    let rounded = |number: f64| (number - 0.5).max(0.85);
    let secs = number('s')
        .or_else(|| number('m').map(|n| rounded(n) * 60.0))
        .or_else(|| number('h').map(|n| rounded(n) * 3600.0));
    Elapsed::from_secs(secs?).ok()
}

fn take(found: &mut Found, text: &str, line: &Line<'_>) {
    let words: Vec<&str> = text.split_whitespace().collect();
    let run = &mut found.run;
    match words.as_slice() {
        ["Running", planned, "test", "@", url, ..] => {
            run.target = Some((*url).to_owned());
            found.planned = least(planned);
        }
        [_, "threads", "and", connections, "connections"] => run.users = count(connections, line),
        ["Latency", "Distribution", ..] => {
            // wrk2 -U prints a second, uncorrected distribution: the first one counts.
            found.in_distribution = run.overall.percentiles.is_empty();
            found.in_spectrum = false;
        }
        ["Transfer/sec:", _] => found.has_ended = true,
        ["Latency", mean, _, max, within] if within.ends_with('%') => {
            run.overall.mean = time(mean, line);
            run.overall.max = time(max, line);
        }
        ["Detailed", "Percentile", "spectrum:"] => {
            found.in_spectrum = found.in_distribution;
            found.in_distribution = false;
        }
        [percent, value] if found.in_distribution && percent.ends_with('%') => {
            let percentile =
                percent.trim_end_matches('%').parse().ok().and_then(|percent| Percentile::from_percent(percent).ok());
            if let (Some(percentile), Some(value)) = (percentile, time(value, line)) {
                run.overall.percentiles.insert(percentile, value);
            }
        }
        [value, "0.950000", _, _] if found.in_spectrum => {
            if let Some(value) = value.parse().ok().and_then(|millis| Elapsed::from_millis(millis).ok()) {
                run.overall.percentiles.entry(Percentile::P95).or_insert(value);
            }
        }
        [requests, "requests", "in", elapsed, ..] => {
            found.answers = count(requests, line);
            run.elapsed = time(elapsed.trim_end_matches(','), line);
            found.place = line.pointer();
            found.in_distribution = false;
            found.in_spectrum = false;
        }
        ["Socket", "errors:", errors @ ..] => {
            // A count that cannot be read is reported, and is no success.
            let errors =
                errors.iter().skip(1).step_by(2).map(|word| count(word.trim_end_matches(','), line).unwrap_or(1));
            found.socket_errors = errors.sum();
        }
        ["Non-2xx", "or", "3xx", "responses:", responses] => {
            found.bad_answers = count(responses, line).unwrap_or(1);
        }
        ["Requests/sec:", rate] => {
            run.overall.throughput = rate.parse().ok().and_then(|rate| Rate::per_second(rate).ok());
        }
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

/// A time with its unit: `46.76ms`. `-nan` is none.
fn time(word: &str, line: &Line<'_>) -> Option<Elapsed> {
    if word.contains("nan") {
        return None;
    }
    let split = word.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(word.len());
    let (number, unit) = word.split_at(split);
    let (unit, times) = match unit {
        "us" => (Unit::Micros, 1.0),
        "ms" => (Unit::Millis, 1.0),
        "s" => (Unit::Secs, 1.0),
        "m" => (Unit::Secs, 60.0),
        "h" => (Unit::Secs, 3600.0),
        _ => (Unit::Secs, f64::NAN),
    };
    let elapsed = number.parse::<f64>().ok().and_then(|number| Elapsed::from_f64(number * times, unit).ok());
    if elapsed.is_none() {
        line.report(&OUT_OF_RANGE, format!("`{}` is not a time", crate::source::json::shorten(word)));
    }
    elapsed
}
