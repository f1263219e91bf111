//! autocannon: the JSON output.
//!
//! ```json
//! {"url":"https://staging.example.com/","connections":5,"duration":3.11,"finish":"2026-03-01T12:00:03.240Z",
//!  "errors":0,"timeouts":0,"non2xx":0,"2xx":256,"latency":{"average":59.2,"min":1,"max":243,"p50":54,"p90":74,"p99":243},
//!  "requests":{"average":85.34,"total":256,"sent":261}}
//! ```
//!
//! Latencies are in milliseconds, the duration in seconds.
//! Requests are `requests.total`: the answers. Errors (timeouts are among them) got no answer and are not in it;
//! failures are `non2xx`, `mismatches` and `errors`, and the error rate is their share of answers and errors.
//! A mismatch is an answer whose body is not the expected one (`expectBody`, `verifyBody`); one that is no 2xx either
//! stands in both numbers, so the two together are at most all answers.
//! `requests.average` is per sample of `sampleInt` milliseconds (1,000 by default): it becomes a rate per second.
//! More requests that were `sent` than were answered or failed, beyond those under way at the end (`connections` times
//! `pipelining`), have failed too, and that is said.
//! There is no p95, only p90 and p97.5.
//! A run where every connection was refused has latencies of 0 in the file: they are not used, and the run is reported.
//! Counts by mcollina/autocannon, `lib/run.js` and `lib/httpClient.js`.

use crate::diagnostics::codes::CONTRADICTION;
use crate::formats::Format;
use crate::model::{Endpoint, Evidence, Kind, LoadRun, Measurement, Percentile, Rate, Ratio, Tool, Unit};
use crate::source::{Doc, Node, Probe, Stop};

use super::summary::{disagree, percentiles, rate, settle_at};

pub(super) static FORMAT: Format = Format {
    id: "autocannon-json",
    kinds: &[Kind::Load],
    tool: "autocannon",
    title: "JSON output",
    produce: "autocannon --json https://staging.example.com/ > autocannon.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.is_object_with(&["requests", "latency", "throughput", "non2xx", "2xx"])
}

const KEYS: &[(&str, Percentile)] = &[("p50", Percentile::P50), ("p90", Percentile::P90), ("p99", Percentile::P99)];

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("autocannon", None));
    let tree = doc.document()?;
    let root = tree.root();
    evidence.time = root.get("finish").time();
    let latency = root.get("latency");
    let answers = root.get("requests").require("total").u64();
    let errors = root.require("errors").u64();
    let lost = lost(root, answers.zip(errors));
    let errors = errors.zip(lost).and_then(|(errors, lost)| errors.checked_add(lost));
    let failures = bad_answers(root, answers).zip(errors).and_then(|(bad, errors)| bad.checked_add(errors));
    let average = latency.get("average");
    let mut percentiles = percentiles(latency, KEYS, Unit::Millis);
    for (key, percent) in [("p97_5", 97.5), ("p99_9", 99.9)] {
        if let (Ok(percentile), Some(value)) =
            (Percentile::from_percent(percent), latency.get(key).elapsed(Unit::Millis))
        {
            percentiles.insert(percentile, value);
        }
    }
    let overall = Measurement {
        requests: answers,
        failures,
        stated_error_rate: answers.zip(errors).and_then(|(a, e)| Ratio::new(failures?, a.checked_add(e)?)),
        throughput: throughput(root),
        min: latency.get("min").elapsed(Unit::Millis),
        mean: if average.exists() { average } else { latency.get("mean") }.elapsed(Unit::Millis),
        max: latency.get("max").elapsed(Unit::Millis),
        percentiles,
        pointer: latency.pointer(),
        ..Measurement::default()
    };
    let target = root.get("url").filled();
    let mut run = LoadRun {
        endpoints: target.clone().map(|name| Endpoint { name, measurement: overall.clone() }).into_iter().collect(),
        target,
        overall,
        users: root.get("connections").u64(),
        elapsed: root.get("duration").elapsed(Unit::Secs),
        ..LoadRun::default()
    };
    if let (Some(says), Some(counted)) = (answers, by_class(root)) {
        disagree(root.get("requests").get("total"), says, counted, root.get("2xx").pointer());
    }
    settle_at(&mut run, root);
    evidence.loads.push(run);
    Ok(())
}

/// Requests that were sent and have neither an answer nor an error, but for those that were under way at the end: what the
/// server closes, autocannon opens again without counting it (mcollina/autocannon, `lib/httpClient.js`).
fn lost(root: Node<'_>, ended: Option<(u64, u64)>) -> Option<u64> {
    let sent = root.get("requests").get("sent");
    let (answers, errors) = ended?;
    let under_way = |key: &str| root.get(key).u64().unwrap_or(1);
    let missing = if sent.exists() { sent.u64()? } else { 0 }.saturating_sub(answers.saturating_add(errors));
    if missing <= under_way("connections").saturating_mul(under_way("pipelining")) {
        return Some(0);
    }
    sent.report(&CONTRADICTION, format!("{missing} requests have neither an answer nor an error: all of them failed"));
    Some(missing)
}

/// Answers that are not 2xx or not what was expected; old versions have no `mismatches`.
fn bad_answers(root: Node<'_>, answers: Option<u64>) -> Option<u64> {
    let other = root.require("non2xx").u64()?;
    let mismatches = root.get("mismatches");
    let mismatches = if mismatches.exists() { mismatches.u64()? } else { 0 };
    Some(other.saturating_add(mismatches).min(answers.unwrap_or(u64::MAX)).max(other))
}

/// `requests.average` is the mean over the samples, one every `sampleInt` milliseconds.
fn throughput(root: Node<'_>) -> Option<Rate> {
    let average = root.get("requests").get("average");
    let interval = root.get("sampleInt").f64().filter(|millis| *millis > 0.0).unwrap_or(1000.0);
    if interval == 1000.0 {
        return rate(average);
    }
    Rate::per_second(average.f64()? * 1000.0 / interval).ok()
}

/// Answers by class of status; `None` where one of them is missing.
fn by_class(root: Node<'_>) -> Option<u64> {
    ["1xx", "2xx", "3xx", "4xx", "5xx"].iter().try_fold(0u64, |sum, key| sum.checked_add(root.get(key).u64()?))
}
