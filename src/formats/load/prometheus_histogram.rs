//! Prometheus, Thanos, Mimir: response times that a metrics cluster keeps as histograms, saved with `curl`.
//!
//! ```json
//! {"status":"success","data":{"resultType":"vector","result":[
//!  {"metric":{"__name__":"http_request_duration_seconds_bucket","handler":"/pay","code":"200","le":"0.1"},"value":[1763632800,"940"]},
//!  {"metric":{"__name__":"http_request_duration_seconds_bucket","handler":"/pay","code":"200","le":"+Inf"},"value":[1763632800,"1000"]}]}}
//! ```
//!
//! Answers of `/api/v1/query` and `/api/v1/query_range` are read, with classic histograms (series with the label `le`, their values cumulative) and with native ones (`histogram`, `histograms`).
//! Of a range the last point of each series counts.
//! What is counted must be the requests of the test: ask for the increase over its duration.
//! `increase` gives fractions of requests, so round it (`round(increase(…))`); where counts are fractions, the number of requests is not known.
//!
//! The unit is told by the name of the metric (`…_seconds`, `…_milliseconds`); where functions took the name away, it is seconds as Prometheus recommends.
//! A label `code`, `status`, `status_code`, `http_status`, `response_code` (Istio), `http_response_status_code` or `http_status_code` (OpenTelemetry) tells failures; without it they are not known.
//! Failures are 400 and above; statuses may be grouped (`2xx` … `5xx`), and a word that is no status counts as a failure.
//! So do the labels `grpc_response_status` (Istio), `grpc_status` and `grpc_code`, of which `0` and `OK` are good, since an
//! error over gRPC is an answer 200 of HTTP; `classification` (Linkerd); and `error_type` (OpenTelemetry), which only
//! failed requests have; and `outcome` (Micrometer), which is good where it is `SUCCESS`, `REDIRECTION` or `INFORMATIONAL`.
//! Where several tell it, one that says that the request failed decides. Beside one of them `exception` and `error`
//! (Micrometer) say so too where they are not `none`.
//! The other labels together are the endpoint.
//!
//! A histogram does not have the single values: a percentile is only known to lie between the bounds of a bucket, and limits are judged by the upper one.
//! A percentile in the last bucket, which has no upper bound, is not known.
//! Histograms of several shards are added up bucket by bucket, which loses nothing.
//!
//! Buckets as in `model/histogram` and `web/api/v1/json_codec.go` of Prometheus.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::requests::{MAX_NAMES, status_failed};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{CONTRADICTION, FOLDED, MISSING_FIELD, NOT_COUNTED, NOTHING_RAN, OUT_OF_RANGE};
use crate::formats::Format;
use crate::formats::platform::prometheus::answer;
use crate::model::load::Bucket;
use crate::model::{Elapsed, Endpoint, Evidence, Kind, LoadRun, Measurement, Pointer, Unit};
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "prometheus-histogram",
    kinds: &[Kind::Load],
    tool: "Prometheus",
    title: "Histograms of response times (/api/v1/query, /api/v1/query_range)",
    produce: "curl -fsS 'http://localhost:9090/api/v1/query' --data-urlencode 'query=sum by (le, handler, code) (round(increase(http_request_duration_seconds_bucket[10m])))' > latency.json",
    detect,
    read,
};

/// Whether an answer to a query holds histograms: its first series tells.
pub(in crate::formats) fn is_histogram(probe: &Probe<'_>) -> bool {
    let Some(root) = probe.document() else { return false };
    let first = root.path(&["data", "result"]).at(0);
    first.get("histogram").exists() || first.get("histograms").exists() || first.path(&["metric", "le"]).exists()
}

fn detect(probe: &Probe<'_>) -> bool {
    let is_answer = |root: Node<'_>| {
        root.get("status").str().as_deref() == Some("success") && root.get("data").has(&["resultType", "result"])
    };
    probe.document().is_some_and(is_answer) && is_histogram(probe)
}

/// Series of one endpoint and status: the bounds of buckets, and how much was counted up to each.
#[derive(Default)]
struct Series {
    pointer: Pointer,
    /// By upper bound in nanoseconds, `None` for no bound: what is counted up to there.
    cumulative: BTreeMap<Bound, f64>,
    /// Native buckets: lower and upper bound, and what is counted between.
    native: Vec<(u64, Option<u64>, f64)>,
    sum: Option<f64>,
}

/// An upper bound; the one that is none comes last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Bound {
    At(u64),
    None,
}

/// Endpoint, and how its requests ended where labels tell it: what they say, and whether all of it is good.
type Key = (String, Option<(String, bool)>);

/// A label that tells how a request ended, and which of its values are good.
type End = (&'static str, fn(&str) -> bool);

const ENDS: [End; 13] = [
    ("code", is_success),
    ("status", is_success),
    ("status_code", is_success),
    ("http_status", is_success),
    ("response_code", is_success),
    ("http_response_status_code", is_success),
    ("http_status_code", is_success),
    ("grpc_response_status", is_ok),
    ("grpc_status", is_ok),
    ("grpc_code", is_ok),
    ("classification", |said| said == "success"),
    ("error_type", |_| false),
    ("outcome", |said| GOOD_OUTCOMES.iter().any(|good| good.eq_ignore_ascii_case(said))),
];
const GOOD_OUTCOMES: [&str; 3] = ["SUCCESS", "REDIRECTION", "INFORMATIONAL"];
/// Labels that tell of a failure, of which an answer with a bad status need not have one (micrometer-metrics/micrometer,
/// `Outcome`; spring-projects/spring-framework, `ServerHttpObservationDocumentation`).
const CAUSES: [&str; 2] = ["exception", "error"];
const UNITS: [(&str, Unit); 8] = [
    ("_seconds", Unit::Secs),
    ("_secs", Unit::Secs),
    ("_milliseconds", Unit::Millis),
    ("_millis", Unit::Millis),
    ("_ms", Unit::Millis),
    ("_microseconds", Unit::Micros),
    ("_nanoseconds", Unit::Nanos),
    ("_ns", Unit::Nanos),
];

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let mut all: BTreeMap<Key, Series> = BTreeMap::new();
    let mut others = 0u64;
    answer(doc, evidence, |json, key, evidence| match key {
        "result" => json.array(|json, _| {
            let tree = json.tree()?;
            others += u64::from(!of_series(tree.root(), &mut all, evidence));
            Ok(())
        }),
        _ => json.skip(),
    })?;
    if others > 0 {
        let message = format!("{others} series are no histograms of times, and are not counted");
        doc.report(Diagnostic::new(&NOT_COUNTED, message));
    }
    evidence.loads.push(run(all, doc));
    Ok(())
}

/// Takes one series; false where it is none of times.
fn of_series(node: Node<'_>, all: &mut BTreeMap<Key, Series>, evidence: &mut Evidence) -> bool {
    let metric = node.get("metric");
    let name = metric.get("__name__").string().unwrap_or_default();
    let bare = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name);
    let unit = UNITS.iter().find(|(end, _)| bare.ends_with(end)).map(|(_, unit)| *unit);
    let Some(unit) = unit.or_else(|| name.is_empty().then_some(Unit::Secs)) else { return false };
    let histogram = last_point(node, "histogram", "histograms");
    let value = last_point(node, "value", "values");
    let le = metric.get("le").string();
    let is_sum = name.ends_with("_sum");
    let point = match (histogram, value) {
        (Some(point), _) => point,
        (None, Some(point)) if le.is_some() || is_sum => point,
        // `_count` repeats the last bucket.
        (None, Some(_)) => return name.ends_with("_count"),
        (None, None) => {
            node.report(&MISSING_FIELD, "the series has no point");
            return true;
        }
    };
    let time = point.at(0).f64().and_then(|secs| SignedDuration::try_from_secs_f64(secs).ok());
    evidence.time = evidence.time.max(time.and_then(|time| Timestamp::from_duration(time).ok()));
    let ends = ENDS.iter().filter_map(|(label, is_good)| {
        let said = metric.get(label).string().filter(|said| !said.is_empty())?;
        let is_good = is_good(&said);
        Some((format!("{label}={said:?}"), is_good))
    });
    let ended = ends.reduce(|(all, was_good), (said, is_good)| (format!("{all},{said}"), was_good && is_good));
    let causes = CAUSES.iter().filter_map(|label| {
        let said = metric.get(label).string().filter(|said| !said.is_empty())?;
        Some((format!("{label}={said:?}"), said.eq_ignore_ascii_case("none")))
    });
    let ended = ended.map(|ended| {
        causes.fold(ended, |(all, was_good), (said, is_good)| (format!("{all},{said}"), was_good && is_good))
    });
    let is_end = |label: &str| ENDS.iter().any(|(end, _)| *end == label) || ended.is_some() && CAUSES.contains(&label);
    let labels: Vec<String> = metric
        .members()
        .filter(|(label, _)| !["le", "__name__"].contains(&&**label) && !is_end(label))
        .map(|(label, value)| format!("{label}={:?}", value.text().unwrap_or_default()))
        .collect();
    let endpoint = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
    let series =
        all.entry((endpoint, ended)).or_insert_with(|| Series { pointer: node.pointer(), ..Series::default() });
    if histogram.is_some() {
        native(point.at(1), unit, series);
        return true;
    }
    let Some(number) = count(point.at(1)) else { return true };
    match le {
        None => series.sum = Some(number * unit_nanos(unit)),
        Some(le) => match le.parse::<f64>() {
            Ok(bound) if bound == f64::INFINITY => drop(series.cumulative.insert(Bound::None, number)),
            Ok(bound) => match Elapsed::from_f64(bound.max(0.0), unit) {
                Ok(bound) => drop(series.cumulative.insert(Bound::At(bound.nanos()), number)),
                Err(_) => metric.get("le").report(&OUT_OF_RANGE, "the bound of the bucket is no time"),
            },
            Err(_) => metric.get("le").report(&OUT_OF_RANGE, "the bound of the bucket is no number"),
        },
    }
    true
}

#[expect(clippy::cast_precision_loss, reason = "a power of ten below 2^53")]
const fn unit_nanos(unit: Unit) -> f64 {
    unit.nanos() as f64
}

/// The point of an instant, or the last one of a range.
fn last_point<'t>(node: Node<'t>, one: &str, many: &str) -> Option<Node<'t>> {
    let single = node.get(one);
    if single.is_some() { Some(single) } else { node.get(many).items().last() }
}

/// A number that is not negative, written as text; another one is reported.
fn count(node: Node<'_>) -> Option<f64> {
    let number = node.text().and_then(|text| text.parse::<f64>().ok()).filter(|n| n.is_finite() && *n >= 0.0);
    if number.is_none() {
        let shown = crate::source::json::shorten(node.raw());
        node.report(&OUT_OF_RANGE, format!("`{shown}` is no count"));
    }
    number
}

fn native(node: Node<'_>, unit: Unit, series: &mut Series) {
    series.sum = node.get("sum").text().and_then(|text| text.parse().ok()).map(|sum: f64| sum * unit_nanos(unit));
    let before: f64 = series.native.iter().map(|(_, _, count)| count).sum();
    for bucket in node.get("buckets").items() {
        let bound = |at: usize| bucket.at(at).text().and_then(|text| text.parse::<f64>().ok());
        let (Some(left), Some(right), Some(count)) = (bound(1), bound(2), count(bucket.at(3))) else {
            bucket.report(&OUT_OF_RANGE, "the bounds of the bucket are no numbers");
            continue;
        };
        let low = Elapsed::from_f64(left.max(0.0), unit);
        let high = Elapsed::from_f64(right, unit);
        match (low, high) {
            (Ok(low), Ok(high)) => series.native.push((low.nanos(), Some(high.nanos()), count)),
            (Ok(low), Err(_)) if right > 0.0 => series.native.push((low.nanos(), None, count)),
            _ => bucket.report(&OUT_OF_RANGE, "times in the bucket are negative"),
        }
    }
    let counted: f64 = series.native.iter().map(|(_, _, count)| count).sum::<f64>() - before;
    let says = count(node.require("count")).unwrap_or_default();
    if (says - counted).abs() > 1e-6 * says.max(1.0) {
        let message = format!("says {says} observations, its buckets hold {counted}");
        node.diags().push(node.diagnostic(&CONTRADICTION, message));
    }
}

impl Series {
    /// Its buckets, apart from each other.
    fn buckets(&self, doc: &Doc<'_>) -> Vec<(u64, Option<u64>, f64)> {
        let mut buckets = self.native.clone();
        let (mut low, mut seen) = (0, 0.0);
        for (bound, cumulative) in &self.cumulative {
            if *cumulative < seen {
                let message = "a bucket counts less than the one before it";
                doc.report(Diagnostic::new(&CONTRADICTION, message).at(self.pointer.clone()));
            }
            let count = (cumulative - seen).max(0.0);
            seen = seen.max(*cumulative);
            match bound {
                Bound::At(high) => {
                    buckets.push((low, Some(*high), count));
                    low = *high;
                }
                Bound::None => buckets.push((low, None, count)),
            }
        }
        if !self.cumulative.is_empty() && !self.cumulative.contains_key(&Bound::None) {
            let message = "the bucket without upper bound (`le=\"+Inf\"`) is missing: slower requests are not counted";
            doc.report(Diagnostic::new(&MISSING_FIELD, message).at(self.pointer.clone()));
        }
        buckets
    }
}

/// Whether a status is one of success: `200`, or a group of such (`2xx`, prometheus-fastapi-instrumentator).
fn is_success(status: &str) -> bool {
    let first = status.strip_suffix("xx").or_else(|| status.strip_suffix("XX"));
    let code = first.filter(|digit| digit.len() == 1).map_or_else(|| status.to_owned(), |digit| format!("{digit}00"));
    code.parse().is_ok_and(|code| !status_failed(code))
}

/// Whether a status of gRPC is that of success, by number or name.
fn is_ok(status: &str) -> bool {
    status == "0" || status.eq_ignore_ascii_case("OK")
}

/// What several series say together.
#[derive(Default)]
struct Sum {
    pointer: Option<Pointer>,
    buckets: BTreeMap<(u64, Bound), f64>,
    total: f64,
    failed: Option<f64>,
    sum: Option<f64>,
}

impl Sum {
    fn add(&mut self, series: &Series, buckets: &[(u64, Option<u64>, f64)], is_good: Option<bool>) {
        let is_first = self.pointer.is_none();
        self.pointer.get_or_insert_with(|| series.pointer.clone());
        let mut count = 0.0;
        for (low, high, counted) in buckets {
            *self.buckets.entry((*low, high.map_or(Bound::None, Bound::At))).or_default() += counted;
            count += counted;
        }
        self.total += count;
        let failed = is_good.map(|is_good| if is_good { 0.0 } else { count });
        self.failed = if is_first { failed } else { self.failed.zip(failed).map(|(a, b)| a + b) };
        self.sum = if is_first { series.sum } else { self.sum.zip(series.sum).map(|(a, b)| a + b) };
    }

    fn measurement(self) -> Measurement {
        let is_whole = self.buckets.values().chain(&self.failed).all(|count| count.fract() == 0.0 && *count < 1e12);
        // Fractions are counted in millionths, which says nothing of how many requests there were.
        let scale = if is_whole { 1.0 } else { (1e12 / self.total.max(1.0)).min(1e6) };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, and is not negative")]
        let whole = |count: f64| (count * scale).round() as u64;
        let buckets = self.buckets.iter().filter(|(_, count)| **count > 0.0).map(|((low, high), count)| Bucket {
            low: Elapsed::from_nanos(*low),
            high: match high {
                Bound::At(nanos) => Some(Elapsed::from_nanos(*nanos)),
                Bound::None => None,
            },
            count: whole(*count),
        });
        let mean = self.sum.filter(|_| self.total > 0.0).map(|sum| sum / self.total);
        let mut measurement = Measurement {
            requests: is_whole.then(|| whole(self.total)),
            failures: self.failed.filter(|_| is_whole).map(whole),
            mean: mean.and_then(|nanos| Elapsed::from_f64(nanos, Unit::Nanos).ok()),
            buckets: buckets.collect(),
            pointer: self.pointer.unwrap_or_default(),
            ..Measurement::default()
        };
        if let (false, Some(failed)) = (is_whole, self.failed) {
            measurement.stated_error_rate = crate::model::Ratio::from_quotient(failed / self.total).ok();
        }
        measurement.with_buckets()
    }
}

fn run(all: BTreeMap<Key, Series>, doc: &Doc<'_>) -> LoadRun {
    let mut whole = Sum::default();
    let mut by_endpoint: BTreeMap<String, Sum> = BTreeMap::new();
    let mut folded = 0u64;
    for ((endpoint, ended), series) in all {
        let is_good = ended.map(|(_, is_good)| is_good);
        let buckets = series.buckets(doc);
        whole.add(&series, &buckets, is_good);
        if by_endpoint.len() < MAX_NAMES || by_endpoint.contains_key(&endpoint) {
            by_endpoint.entry(endpoint).or_default().add(&series, &buckets, is_good);
        } else {
            folded += 1;
        }
    }
    if folded > 0 {
        doc.report(Diagnostic::new(&FOLDED, format!("{folded} more series are counted in the whole alone")));
    }
    let nothing = whole.total == 0.0;
    let mut overall = whole.measurement();
    if nothing {
        doc.report(Diagnostic::new(&NOTHING_RAN, "the histograms count no request"));
        overall = Measurement { requests: Some(0), pointer: overall.pointer, ..Measurement::default() };
    }
    by_endpoint.retain(|name, sum| !name.is_empty() && sum.total > 0.0);
    let endpoint = |(name, sum): (String, Sum)| Endpoint { name, measurement: sum.measurement() };
    LoadRun { overall, endpoints: by_endpoint.into_iter().map(endpoint).collect(), ..LoadRun::default() }
}
