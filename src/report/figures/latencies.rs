//! Response times under load against their limits, on a logarithmic scale.

use super::svg::{Anchor, BAD, Drawing, GRID, LogScale, VALUE};
use super::{Figure, runs};
use crate::manifest::{Limit, LoadThreshold};
use crate::model::{Elapsed, LoadRun, Measurement, Percentile};
use crate::report::view::Subject;

pub(super) static FIGURE: Figure = Figure { id: "latencies", section: "5-performance", draw };

const SHOWN: [Percentile; 4] = [Percentile::P50, Percentile::P90, Percentile::P95, Percentile::P99];
/// Limits of single endpoints that are drawn.
const MAX_ENDPOINTS: usize = 6;
const ROW: f64 = 24.0;

struct Row {
    label: String,
    value: Elapsed,
    limit: Option<Elapsed>,
}

fn draw(subject: &Subject<'_>) -> Vec<Drawing> {
    let thresholds = &subject.manifest.gate.load.threshold;
    let draw = |(prefix, run): (String, &crate::model::Sourced<LoadRun>)| {
        let rows = rows(&run.value, thresholds);
        let title =
            format!("{prefix}{}", if prefix.is_empty() { "Response times under load" } else { "response times" });
        one(Drawing::new(&title, ROW * f64::from(u16::try_from(rows.len()).ok()?) + 24.0, vec![run.artifact]), &rows)
    };
    runs(subject).filter_map(draw).collect()
}

fn rows(run: &LoadRun, thresholds: &[LoadThreshold]) -> Vec<Row> {
    let overall = |metric: &str| of_all(run, thresholds, metric);
    let values = SHOWN.into_iter().filter_map(|p| Some((Some(p), *run.overall.percentiles.get(&p)?)));
    let values = values.chain(run.overall.max.map(|max| (None, max)));
    let row = |(percentile, value): (Option<Percentile>, Elapsed)| {
        let metric = percentile.map_or_else(|| "max".to_owned(), |p| p.to_string());
        // A percentile that is only known to be at most so large says so.
        let is_bound = percentile.is_some_and(|p| run.overall.is_bound(p));
        let label = if is_bound { format!("{metric} ≤") } else { metric.clone() };
        Row { limit: overall(&metric), label, value }
    };
    let mut rows: Vec<Row> = values.map(row).collect();
    for endpoint in &run.endpoints {
        for (metric, limit) in limits(thresholds, Some(&endpoint.name)) {
            let Some(value) = measured(&endpoint.measurement, metric) else { continue };
            if rows.len() < SHOWN.len() + 1 + MAX_ENDPOINTS {
                let label = format!("{metric} {}", super::svg::clipped(&endpoint.name, 14));
                rows.push(Row { label, value, limit: Some(limit) });
            }
        }
    }
    rows
}

/// The strictest limit on the times of all requests of a run: what the artifact declares counts as well.
fn of_all(run: &LoadRun, thresholds: &[LoadThreshold], metric: &str) -> Option<Elapsed> {
    let of_policy = limits(thresholds, None).filter(|(of, _)| *of == metric).map(|(_, limit)| limit);
    of_policy.chain(declared(run, metric)).min()
}

/// The strictest limit on the times of an endpoint, or of all requests, in whichever run.
pub(super) fn limit(subject: &Subject<'_>, endpoint: Option<&str>, metric: &str) -> Option<Elapsed> {
    let thresholds = &subject.manifest.gate.load.threshold;
    match (endpoint, subject.release.loads.as_slice()) {
        (None, [run]) => of_all(&run.value, thresholds, metric),
        _ => limits(thresholds, endpoint).filter(|(of, _)| *of == metric).map(|(_, limit)| limit).min(),
    }
}

/// The limits of the policy on the times of an endpoint, or of all requests: metric and largest value.
fn limits<'t>(thresholds: &'t [LoadThreshold], endpoint: Option<&'t str>) -> impl Iterator<Item = (&'t str, Elapsed)> {
    let of_endpoint =
        move |threshold: &&LoadThreshold| threshold.endpoint.as_ref().map(|name| name.get_ref().as_str()) == endpoint;
    thresholds.iter().filter(of_endpoint).filter_map(|threshold| match threshold.max.as_ref()?.get_ref() {
        Limit::Time(limit) => Some((threshold.metric.get_ref().as_str(), *limit)),
        Limit::Share(_) | Limit::Number(_) => None,
    })
}

/// The limit on a percentile that a k6 run declares: `p(95)<500` on `http_req_duration`, in milliseconds.
fn declared(run: &LoadRun, metric: &str) -> Option<Elapsed> {
    let of_all = run.thresholds.iter().filter(|threshold| threshold.metric == "http_req_duration");
    let limit = |expression: &str| {
        let (left, right) = expression.split_once('<')?;
        let percentile = left.trim().strip_prefix("p(")?.strip_suffix(')')?;
        let millis = right.trim_start_matches('=').trim().parse().ok()?;
        (metric.strip_prefix('p') == Some(percentile)).then(|| Elapsed::from_millis(millis).ok())?
    };
    of_all.filter_map(|threshold| limit(&threshold.expression)).min()
}

fn measured(measurement: &Measurement, metric: &str) -> Option<Elapsed> {
    match metric {
        "mean" => measurement.mean,
        "min" => measurement.min,
        "max" => measurement.max,
        _ => measurement.percentiles.iter().find(|(p, _)| p.to_string() == metric).map(|(_, value)| *value),
    }
}

fn one(mut drawing: Drawing, rows: &[Row]) -> Option<Drawing> {
    let (left, width) = (118.0, 222.0);
    let all = rows.iter().flat_map(|row| [Some(row.value), row.limit]).flatten().map(Elapsed::as_millis_f64);
    let scale = LogScale::around(all, left, width)?;
    let bottom = ROW * f64::from(u16::try_from(rows.len()).ok()?);
    for decade in scale.decades() {
        let x = scale.at(decade);
        drawing.line((x, 0.0), (x, bottom), GRID, 0.5);
        let label = Elapsed::from_millis(decade).map(|time| time.to_string()).unwrap_or_default();
        drawing.text(x, bottom + 16.0, Anchor::Middle, 12, &label);
    }
    drawing.say(None, "logarithmic scale");
    for (row, index) in rows.iter().zip(0_u16..) {
        let y = ROW * f64::from(index);
        let end = scale.at(row.value.as_millis_f64());
        let exceeds = row.limit.is_some_and(|limit| row.value > limit);
        drawing.text(left - 8.0, y + 16.0, Anchor::End, 12, &row.label);
        drawing.rect(left, y + 4.0, (end - left).max(1.0), 15.0, if exceeds { BAD } else { VALUE });
        // The value stands beside its bar, and beyond a limit that would cross it.
        let limit = row.limit.map(|limit| scale.at(limit.as_millis_f64()));
        let beside = limit.filter(|limit| (end..end + 58.0).contains(limit)).unwrap_or(end) + 6.0;
        drawing.text(beside, y + 16.0, Anchor::Start, 12, &row.value.to_string());
        let mut words = format!("{} {}", row.label, row.value);
        if let Some(limit) = row.limit {
            let x = scale.at(limit.as_millis_f64());
            drawing.line((x, y + 1.0), (x, y + ROW - 2.0), "currentColor", 2.5);
            words.push_str(&format!(" of at most {limit}"));
        }
        drawing.say(None, &words);
    }
    if rows.iter().any(|row| row.limit.is_some()) {
        drawing.say(Some("currentColor"), "limit");
    }
    Some(drawing)
}
