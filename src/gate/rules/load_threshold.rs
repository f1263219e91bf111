//! Every limit that a load artifact declares holds.

use std::sync::LazyLock;

use regex::Regex;

use super::{Area, Context, Rule};
use crate::gate::{Check, Reason, Weight};
use crate::model::load::Threshold;
use crate::model::{LoadRun, Measurement, Percentile, Phrase};

pub(super) static RULE: Rule = Rule {
    id: "load.thresholds",
    area: Area::Load,
    title: "Every limit that the load test declares holds",
    how: "Limits that an artifact itself declares (k6 thresholds, Gatling assertions) must hold by the tool's own \
          verdict. One that does not fails the check; one that the tool did not judge makes the verdict conditional. \
          Where the limit is about a value that the artifact gives too (`p(95)<500` of `http_req_duration`, a rate of \
          `http_req_failed`, `p95_ms < 500`), it is computed again: a value that breaks it fails the check whatever \
          the tool says, and where the two disagree the contradiction is a condition. Of the shards of a run, one that \
          no tool judged is judged by the run.",
    judge,
};

fn judge(context: &Context<'_>) -> Vec<Check> {
    let declared = || context.release.loads.iter().flat_map(|run| run.value.thresholds.iter().map(move |t| (run, t)));
    if declared().next().is_none() {
        return Vec::new();
    }
    let total = declared().count();
    let mut held = 0;
    let mut reasons = Vec::new();
    for (run, threshold) in declared() {
        let computed = again(threshold, &run.value);
        let values = computed.as_ref().map(|computed| computed.holds);
        held += usize::from(threshold.holds == Some(true) && values != Some(false));
        let (weight, words) = match (threshold.holds, values) {
            (Some(true), None | Some(true)) => continue,
            (None, Some(true)) => {
                held += 1;
                continue;
            }
            (Some(false), Some(true)) => {
                (Weight::Violation, " does not hold by the tool's word, and by its value it does")
            }
            (Some(false), _) => (Weight::Violation, " does not hold"),
            (Some(true), Some(false)) => (Weight::Violation, " holds by the tool's word, and by its value it does not"),
            (None, Some(false)) => (Weight::Violation, " was not judged, and by its value it does not hold"),
            (None, None) => (Weight::Condition, " was not judged"),
        };
        let name = format!("{}: {}", threshold.metric, threshold.expression);
        let mut phrase = Phrase::new().foreign(name.clone()).own(words);
        if let Some(computed) = computed.filter(|computed| threshold.holds != Some(computed.holds)) {
            phrase = phrase.own(format!(": it is {}", computed.shown));
        }
        reasons.push(Reason::new(weight, phrase).scope(name).source(run.place_of(threshold)));
    }
    let check = Check::new(&RULE, format!("all {total} hold"), format!("{held} of {total} hold"))
        .reasons(reasons)
        .sources(declared().map(|(run, threshold)| run.place_of(threshold)));
    vec![check]
}

/// What a limit comes to by the value that the artifact gives.
struct Computed {
    holds: bool,
    shown: String,
}

/// Computes a limit again; `None` where it is about nothing that is known, or too near to tell. What was merged from
/// shards is not what a tool judged that saw one of them, and of an interval the value is only an end.
fn again(threshold: &Threshold, run: &LoadRun) -> Option<Computed> {
    static EXPRESSION: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"^\s*([a-z]+(?:\([0-9.]+\))?)?\s*(<=|>=|==|!=|<|>)\s*([0-9]+(?:\.[0-9]+)?)\s*$").ok()
    });
    let parts = EXPRESSION.as_ref()?.captures(&threshold.expression)?;
    let limit: f64 = parts.get(3)?.as_str().parse().ok()?;
    let (base, measured) = about(&threshold.metric, run)?;
    let is_of_part = !run.parts.is_empty() && threshold.holds.is_some();
    if is_of_part || measured.inexact.is_some() {
        return None;
    }
    let (value, unit) = value(base, parts.get(1).map_or("", |part| part.as_str()), measured)?;
    if (value - limit).abs() <= limit.abs().max(value.abs()) * 1e-6 && value.to_bits() != limit.to_bits() {
        return None;
    }
    let holds = match parts.get(2)?.as_str() {
        "<" => value < limit,
        "<=" => value <= limit,
        ">" => value > limit,
        ">=" => value >= limit,
        "==" => value.to_bits() == limit.to_bits(),
        "!=" => value.to_bits() != limit.to_bits(),
        _ => return None,
    };
    Some(Computed { holds, shown: format!("{}{unit}", (value * 1e4).round() / 1e4) })
}

/// The metric without its tag, and the measurement that it is about.
fn about<'r>(metric: &'r str, run: &'r LoadRun) -> Option<(&'r str, &'r Measurement)> {
    let Some((base, tag)) = metric.split_once('{') else { return Some((metric, &run.overall)) };
    let name = tag.strip_suffix('}')?.trim().strip_prefix("name:")?.trim();
    let mut named = run.endpoints.iter().filter(|endpoint| endpoint.name == name);
    let endpoint = named.next().filter(|_| named.next().is_none())?;
    Some((base, &endpoint.measurement))
}

/// The value that a statistic of a metric stands for, and its unit.
fn value(metric: &str, statistic: &str, measured: &Measurement) -> Option<(f64, &'static str)> {
    let millis = |percentile: Percentile| Some((measured.percentiles.get(&percentile)?.as_millis_f64(), " ms"));
    let time = |elapsed: Option<crate::model::Elapsed>| Some((elapsed?.as_millis_f64(), " ms"));
    #[expect(clippy::cast_precision_loss, reason = "counts of requests are far below 2^53")]
    let count = |count: Option<u64>| Some((count? as f64, ""));
    match (metric, statistic) {
        ("http_req_duration", "avg") | ("mean_ms", "") => time(measured.mean),
        ("http_req_duration", "min") | ("min_ms", "") => time(measured.min),
        ("http_req_duration", "max") | ("max_ms", "") => time(measured.max),
        ("http_req_duration", "med") => millis(Percentile::P50),
        ("http_req_duration", percentile) => {
            let percent = percentile.strip_prefix("p(")?.strip_suffix(')')?.parse().ok()?;
            millis(Percentile::from_percent(percent).ok()?)
        }
        ("http_req_failed", "rate") | ("error_rate", "") => Some((measured.error_rate()?.as_f64(), "")),
        ("http_reqs", "count") | ("requests", "") => count(measured.requests),
        ("failures", "") => count(measured.failures),
        (percentile, "") => {
            let percent = percentile.strip_prefix('p')?.strip_suffix("_ms")?.parse().ok()?;
            millis(Percentile::from_percent(percent).ok()?)
        }
        _ => None,
    }
}
