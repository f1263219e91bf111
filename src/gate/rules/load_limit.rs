//! Limits of the policy on load metrics.

use crate::manifest::Spanned;

use super::{Area, Context, Rule, beyond, did_you_mean};
use crate::gate::{Check, Margin, Reason, Weight, slug};
use crate::manifest::{Limit, LoadThreshold};
use crate::model::phrase::plural;
use crate::model::{Elapsed, Inexact, Interval, LoadRun, Measurement, Percentile, Phrase, Source};

pub(super) static RULE: Rule = Rule {
    id: "load.limit",
    area: Area::Load,
    title: "Load metrics keep to the limits of the policy",
    how: "Each `[[gate.load.threshold]]` names a metric (`p50` … `p99.9`, `mean`, `min`, `max`, `error-rate`, `rps`, \
          `requests`, `failures`, `users`, `duration`), perhaps an endpoint, and a `max` or `min`. It is applied to \
          every load run that has the endpoint. A run that did not measure the metric makes the verdict undecided, \
          and so does an endpoint that no run has: absent is never 0 ms. The shards of a split run are judged as one \
          run. Of a percentile that is only known to lie in an interval, because summaries were merged or values \
          rounded, the worse end is judged. A percentile that rests on fewer samples than it takes for one to lie \
          beyond it (100 for p99, 1,000 for p99.9) is a condition. Where some records sum up others or are parts of \
          others, a limit over all requests has to hold with them and without; where an artifact tells only between \
          which bounds a percentile without them lies, a limit between these is undecided. \
          So is a limit between the fewest and the most requests that can have failed. Thresholds of a tool that stand beside \
          its measurements are no run of their own. One check per threshold.",
    judge,
};

fn judge(context: &Context<'_>) -> Vec<Check> {
    let thresholds = &context.manifest.gate.load.threshold;
    let check = |(threshold, id)| Check { id, ..apply(context, threshold) };
    thresholds.iter().zip(ids(thresholds)).map(check).collect()
}

/// The ids of the checks of thresholds, in their order.
pub fn ids(thresholds: &[LoadThreshold]) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for threshold in thresholds {
        let first = id(threshold.metric.get_ref(), threshold.endpoint.as_ref().map(Spanned::get_ref));
        let further = (2..).map(|number| format!("{first}-{number}"));
        let free = std::iter::once(first.clone()).chain(further).find(|id| !ids.contains(id));
        ids.push(free.unwrap_or(first));
    }
    ids
}

/// A measured value, in the unit of its metric.
#[derive(Clone, Copy)]
enum Value {
    Time(Elapsed),
    Share(f64),
    Number(f64),
}

/// The metrics other than percentiles.
pub const METRICS: &[&str] = &["mean", "min", "max", "error-rate", "rps", "requests", "failures", "users", "duration"];

/// The metrics of a run, and not of its requests.
const OF_RUN: &[&str] = &["users", "duration"];

fn apply(context: &Context<'_>, threshold: &LoadThreshold) -> Check {
    let metric = threshold.metric.get_ref();
    let endpoint = threshold.endpoint.as_ref().map(Spanned::get_ref);
    let expected = match (&threshold.max, &threshold.min) {
        (Some(max), None) => format!("at most {}", max.get_ref()),
        (None, Some(min)) => format!("at least {}", min.get_ref()),
        (Some(max), Some(min)) => format!("between {} and {}", min.get_ref(), max.get_ref()),
        (None, None) => "no limit".to_owned(),
    };
    let mut check = Check::new(&RULE, expected, "not measured");
    check.title = match endpoint {
        Some(endpoint) => Phrase::from(format!("{metric} of ")).foreign(endpoint.clone()),
        None => Phrase::from(format!("{metric} over all requests")),
    };
    let mut seen: Vec<String> = Vec::new();
    let measured = context.release.judged_loads().flat_map(|run| {
        // A run may have several of one name.
        let named =
            |name: &String| run.value.endpoints.iter().filter(|e| e.name == *name).map(|e| &e.measurement).collect();
        let wholes = || if OF_RUN.contains(&metric.as_str()) { 1 } else { usize::MAX };
        let measurements: Vec<&Measurement> =
            endpoint.map_or_else(|| run.value.wholes().take(wholes()).collect(), named);
        measurements.into_iter().map(move |measurement| (run, measurement))
    });
    for (run, measurement) in measured {
        let is_alone = run.value.alone.as_deref().is_some_and(|alone| std::ptr::eq(alone, measurement));
        let metric_of = if is_alone { format!("{metric} of the requests alone") } else { metric.clone() };
        let places = run.places_of(measurement);
        let source = places.first().cloned().unwrap_or_else(|| run.source(&measurement.pointer));
        check.sources.extend(places.into_iter().skip(1));
        let Some(value) = value(metric, measurement, &run.value) else {
            check.reasons.push(not_measured(&metric_of, endpoint).source(source));
            continue;
        };
        let interval = percentile(metric).and_then(|p| measurement.intervals.get(&p)).copied();
        let interval = interval.filter(|interval| interval.low < interval.high);
        let shown = match (interval, measurement.inexact) {
            (Some(Interval { low, high }), Some(Inexact::Summaries | Inexact::Buckets)) => {
                format!("between {low} and {high}")
            }
            _ => show_beside(value, threshold),
        };
        seen.push(if is_alone { format!("{shown} of the requests alone") } else { shown });
        let few = few_samples(metric, endpoint, measurement).map(|reason| reason.source(source.clone()));
        let least = least(metric, measurement);
        let judged = Judged { value, least, interval, is_alone, metric, metric_of: &metric_of, endpoint };
        judge_value(&mut check, threshold, &judged, source);
        check.reasons.extend(few);
    }
    if !seen.is_empty() {
        check.observed = seen.join(", ").into();
    } else if check.reasons.is_empty() {
        let mut reason = not_measured(metric, endpoint);
        if let Some(name) = endpoint {
            let known =
                context.release.loads.iter().flat_map(|run| run.value.endpoints.iter().map(|e| e.name.as_str()));
            reason.text = did_you_mean(reason.text, name, known);
        }
        check.reasons.push(reason);
    }
    check
}

/// A percentile of fewer samples than it takes for one to lie beyond it is no more than the slowest of them.
fn few_samples(metric: &str, endpoint: Option<&String>, measurement: &Measurement) -> Option<Reason> {
    let beyond = u64::from(Percentile::WHOLE - percentile(metric)?.parts());
    let least = u64::from(Percentile::WHOLE).checked_div(beyond)?;
    let count = measurement.samples.or(measurement.requests).filter(|count| *count < least)?;
    let mut phrase = Phrase::from(metric);
    if let Some(endpoint) = endpoint {
        phrase = phrase.own(" of ").foreign(endpoint.clone());
    }
    let words = format!(" rests on {}, and takes {least} to be more than the slowest", plural(count, "sample"));
    Some(Reason::new(Weight::Condition, phrase.own(words)))
}

fn not_measured(metric: &str, endpoint: Option<&String>) -> Reason {
    let mut phrase = Phrase::from(format!("{metric} was not measured"));
    if let Some(endpoint) = endpoint {
        phrase = phrase.own(" for ").foreign(endpoint.clone());
    }
    Reason::new(Weight::Gap, phrase)
}

/// What is judged.
struct Judged<'j> {
    value: Value,
    /// The least that the value can be, if failures are not known exactly.
    least: Option<Value>,
    /// Where the value lies, if it is not known exactly.
    interval: Option<Interval>,
    /// Whether it is of the requests without what stands beside them.
    is_alone: bool,
    metric: &'j str,
    /// The metric, and of what it is where that is not all requests.
    metric_of: &'j str,
    endpoint: Option<&'j String>,
}

fn judge_value(check: &mut Check, threshold: &LoadThreshold, judged: &Judged<'_>, source: Source) {
    let Judged { value, least, interval, is_alone, metric, metric_of, endpoint } = *judged;
    let max = threshold.max.as_ref().map(|max| (max.get_ref(), false));
    let min = threshold.min.as_ref().map(|min| (min.get_ref(), true));
    for (limit, is_minimum) in max.into_iter().chain(min) {
        let value = match interval {
            Some(interval) if is_minimum => Value::Time(interval.low),
            Some(interval) => Value::Time(interval.high),
            None => value,
        };
        let Some((seen, wanted)) = comparable(value, *limit) else {
            let phrase = format!("{metric_of} cannot be compared with {limit}");
            check.reasons.push(Reason::new(Weight::Gap, phrase).source(source.clone()));
            continue;
        };
        let room = if is_minimum { seen - wanted } else { wanted - seen };
        #[expect(clippy::cast_possible_truncation, reason = "a share of a limit, shown with one decimal")]
        let permille = (wanted > 0.0).then(|| (room / wanted * 1000.0).round() as i64);
        let margin = Margin { absolute: show_difference(value, room), permille };
        if check.margin.as_ref().is_none_or(|known| margin.permille < known.permille) {
            check.margin = Some(margin);
        }
        if room < 0.0 {
            let side = if is_minimum { "below" } else { "above" };
            let words = match (interval, least) {
                (None, Some(least)) => {
                    let (least, value) = (show(least), show(value));
                    format!("{metric_of} is between {least} and {value}; its worse end is {side} the limit of {limit}")
                }
                (None, None) => {
                    let shown = beyond(show(value), &limit.to_string(), !is_minimum);
                    format!("{metric_of} is {shown}, {side} the limit of {limit}")
                }
                (Some(Interval { low, high }), _) => {
                    format!("{metric_of} is between {low} and {high}; its worse end is {side} the limit of {limit}")
                }
            };
            let phrase = Phrase::from(words);
            let of_alone = interval.filter(|_| is_alone);
            let better = of_alone.map(|Interval { low, high }| Value::Time(if is_minimum { high } else { low }));
            let better = better.or(least.filter(|_| !is_minimum));
            if better.is_some_and(|better| keeps_to(better, *limit, is_minimum)) {
                check.reasons.push(Reason::new(Weight::Gap, phrase).source(source.clone()));
                continue;
            }
            let scope = endpoint.cloned().unwrap_or_else(|| metric.to_owned());
            check.reasons.push(Reason::new(Weight::Violation, phrase).scope(scope).source(source.clone()));
        }
    }
    if !check.sources.contains(&source) {
        check.sources.push(source);
    }
}

fn keeps_to(value: Value, limit: Limit, is_minimum: bool) -> bool {
    comparable(value, limit).is_some_and(|(seen, wanted)| if is_minimum { seen >= wanted } else { seen <= wanted })
}

/// Both as numbers of the same unit; `None` where the units differ.
fn comparable(value: Value, limit: Limit) -> Option<(f64, f64)> {
    match (value, limit) {
        (Value::Time(seen), Limit::Time(wanted)) => Some((seen.as_millis_f64(), wanted.as_millis_f64())),
        (Value::Share(seen), Limit::Share(wanted)) => Some((seen, wanted.as_f64())),
        (Value::Number(seen), Limit::Number(wanted)) => Some((seen, wanted)),
        _ => None,
    }
}

/// The least that a metric of failures can be, where it is not known exactly.
fn least(metric: &str, measurement: &Measurement) -> Option<Value> {
    #[expect(clippy::cast_precision_loss, reason = "counts of requests are far below 2^53")]
    match metric {
        "error-rate" => measurement.least_error_rate().map(|rate| Value::Share(rate.as_f64())),
        "failures" => measurement.failures_at_least.map(|n| Value::Number(n as f64)),
        _ => None,
    }
}

fn value(metric: &str, measurement: &Measurement, run: &LoadRun) -> Option<Value> {
    #[expect(clippy::cast_precision_loss, reason = "counts of requests are far below 2^53")]
    let count = |count: Option<u64>| count.map(|n| Value::Number(n as f64));
    match metric {
        "mean" => measurement.mean.map(Value::Time),
        "min" => measurement.min.map(Value::Time),
        "max" => measurement.max.map(Value::Time),
        "error-rate" => measurement.error_rate().map(|rate| Value::Share(rate.as_f64())),
        "rps" => measurement.throughput.map(|rate| Value::Number(rate.as_f64())),
        "requests" => count(measurement.requests),
        "failures" => count(measurement.failures),
        "users" => count(run.users),
        "duration" => run.elapsed.map(Value::Time),
        _ => measurement.percentiles.get(&percentile(metric)?).copied().map(Value::Time),
    }
}

/// `p95`, `p99.9`
pub fn percentile(metric: &str) -> Option<Percentile> {
    Percentile::from_percent(metric.strip_prefix('p')?.parse().ok()?).ok()
}

fn show(value: Value) -> String {
    match value {
        Value::Time(elapsed) => elapsed.to_string(),
        Value::Share(share) => {
            crate::model::Ratio::from_quotient(share).map_or_else(|_| share.to_string(), |r| r.percent())
        }
        Value::Number(number) => format!("{}", (number * 100.0).round() / 100.0),
    }
}

/// A value beside the limits that it may be rounded to.
fn show_beside(value: Value, threshold: &LoadThreshold) -> String {
    let limits = [(&threshold.max, false), (&threshold.min, true)];
    let limits = limits.into_iter().filter_map(|(limit, is_minimum)| Some((*limit.as_ref()?.get_ref(), is_minimum)));
    let mut broken = limits.filter(|(limit, is_minimum)| !keeps_to(value, *limit, *is_minimum));
    match broken.next() {
        Some((limit, is_minimum)) => beyond(show(value), &limit.to_string(), !is_minimum),
        None => show(value),
    }
}

fn show_difference(value: Value, room: f64) -> String {
    let sign = if room < 0.0 { "-" } else { "" };
    match value {
        Value::Time(_) => Elapsed::from_millis(room.abs()).map_or_else(|_| room.to_string(), |e| format!("{sign}{e}")),
        Value::Share(_) => format!("{sign}{:.2} points", room.abs() * 100.0),
        Value::Number(_) => format!("{}", (room * 100.0).round() / 100.0),
    }
}

/// `load.limit.p95.api-login`
fn id(metric: &str, endpoint: Option<&String>) -> String {
    match endpoint {
        Some(endpoint) => format!("load.limit.{}.{}", slug(metric), slug(endpoint)),
        None => format!("load.limit.{}", slug(metric)),
    }
}
