//! What the summaries of k6 have in common: metrics by name, checks by group.

use crate::diagnostics::codes::{CONTRADICTION, NOT_TESTED, NOTHING_RAN};
use crate::model::phrase::were;
use crate::model::{Endpoint, LoadRun, Measurement, Outcome, Percentile, Ratio, Suite, TestCase, Unit};
use crate::source::Node;

use super::summary::{empty, percentile_members, rate, settle_at, share};

/// A metric, wherever the dialect keeps its name and values.
#[derive(Clone, Copy)]
pub(super) struct Metric<'t> {
    /// The whole metric.
    pub node: Node<'t>,
    /// Its values.
    pub values: Node<'t>,
}

impl<'t> Metric<'t> {
    /// A rate's samples: those that were true, and all.
    fn samples(self) -> Option<(u64, u64)> {
        if let Some(matches) = self.values.get("matches").u64() {
            return Some((matches, self.values.get("total").u64()?));
        }
        let passes = self.values.get("passes").u64()?;
        Some((passes, passes.checked_add(self.values.get("fails").u64()?)?))
    }

    fn rate(self) -> Option<Ratio> {
        let rate = self.values.get("rate");
        share(if rate.exists() { rate } else { self.values.get("value") })
    }

    /// Fills in latencies from a trend of milliseconds.
    fn latencies(self, measurement: &mut Measurement) {
        let values = self.values;
        measurement.min = values.get("min").elapsed(Unit::Millis);
        measurement.mean = values.get("avg").elapsed(Unit::Millis);
        measurement.max = values.get("max").elapsed(Unit::Millis);
        measurement.percentiles = percentile_members(values, Unit::Millis);
        if let Some(median) = values.get("med").elapsed(Unit::Millis) {
            measurement.percentiles.insert(Percentile::P50, median);
        }
        let count = values.get("count").u64();
        measurement.samples = count.filter(|count| measurement.requests != Some(*count));
    }

    /// Whether it can be told that no sample was taken: k6 writes zeros for all statistics of a trend without samples,
    /// whichever of them `summaryTrendStats` asks for (grafana/k6, `metrics/sink.go`, `TrendSink.Format`).
    fn is_unsampled(self, requests: Option<u64>, name: &str) -> bool {
        if let Some((_, all)) = self.samples() {
            return all == 0;
        }
        if !self.is_trend() {
            return false;
        }
        if let Some(count) = self.values.get("count").u64() {
            return count == 0;
        }
        let base = name.split('{').next().unwrap_or(name);
        // These are 0 in a run over plain, kept connections.
        let may_be_zero = ["http_req_blocked", "http_req_connecting", "http_req_tls_handshaking", "http_req_sending"];
        let made = base.starts_with("http_req_") && base == name && requests.is_some_and(|n| n > 0);
        if made || may_be_zero.contains(&base) {
            return false;
        }
        let statistics = self.values.members().filter(|(key, _)| key != "thresholds");
        let mut numbers = statistics.filter_map(|(_, value)| value.f64()).peekable();
        numbers.peek().is_some() && numbers.all(|number| number == 0.0)
    }

    /// Whether it holds statistics of samples; the export of old does not name the type, but a counter has a rate
    /// and a gauge a value.
    fn is_trend(self) -> bool {
        match self.node.get("type").str() {
            Some(kind) => kind == "trend",
            None => !self.values.get("rate").exists() && !self.values.get("value").exists(),
        }
    }
}

/// The metrics of one protocol; empty where k6 has none.
struct Family {
    name: &'static str,
    requests: &'static str,
    failed: &'static str,
    duration: &'static str,
}

const HTTP: Family =
    Family { name: "HTTP", requests: "http_reqs", failed: "http_req_failed", duration: "http_req_duration" };
const BROWSER: Family = Family {
    name: BROWSER_NAME,
    requests: "",
    failed: "browser_http_req_failed",
    duration: "browser_http_req_duration",
};
const GRPC: Family = Family { name: GRPC_NAME, requests: "", failed: "", duration: "grpc_req_duration" };

/// Sessions, by the time until the server accepted them: how long one lasts is up to the script. k6 counts both at once
/// (grafana/k6, `internal/js/modules/k6/ws/ws.go`), and not which of them failed.
const WEBSOCKET: Family = Family { name: "WebSocket", requests: "ws_sessions", failed: "", duration: "ws_connecting" };

/// What the runs of other protocols are called that stand beside one of HTTP.
pub(super) const BROWSER_NAME: &str = "browser";
pub(super) const GRPC_NAME: &str = "gRPC";

/// What is said of iterations that k6 did not start, since no virtual user was free (`dropped_iterations`).
pub(super) fn dropped_iterations(count: u64) -> String {
    format!("{} not started: the load is not the one that was planned", were(count, "iteration"))
}

/// The runs that the metrics tell, one for each protocol; that of HTTP first. Metrics come with their names, in any
/// order.
pub(super) fn runs<'t>(metrics: &[(String, Metric<'t>)], root: Node<'t>) -> Vec<LoadRun> {
    let find = |name: &str| metrics.iter().find(|(n, _)| n == name).map(|(_, metric)| *metric);
    if let Some(dropped) = find("dropped_iterations")
        && let Some(count) = dropped.values.get("count").u64().filter(|count| *count > 0)
    {
        dropped.node.report(&NOT_TESTED, dropped_iterations(count));
    }
    // A run over another protocol than HTTP has metrics of its own, of which k6 does not count all.
    let is_sampled = |family: &&Family| find(family.duration).is_some_and(|m| !m.is_unsampled(None, family.duration));
    let mut others: Vec<&Family> = [&BROWSER, &GRPC].into_iter().filter(is_sampled).collect();
    let has_http = find(HTTP.requests).is_some();
    if !has_http && others.is_empty() {
        others.extend(Some(&WEBSOCKET).filter(is_sampled));
    }
    let alone = if has_http || others.len() != 1 { None } else { others.first() };
    if let Some(family) = alone {
        let mut run = of_family(metrics, family);
        if run.overall.requests.is_some() {
            settle_at(&mut run, root);
        }
        judge_thresholds(metrics, None);
        return vec![run];
    }
    let mut runs = Vec::new();
    if has_http || others.is_empty() {
        runs.push(of_http(metrics, has_http, root));
    }
    judge_thresholds(metrics, runs.first().and_then(|run| run.overall.requests));
    for family in others {
        let mut run = LoadRun { name: Some(family.name.to_owned()), ..of_family(metrics, family) };
        if run.overall.requests.is_some() {
            settle_at(&mut run, root);
        }
        run.pointer = run.overall.pointer.clone();
        runs.push(run);
    }
    runs
}

/// The requests of one protocol, all together.
fn of_family(metrics: &[(String, Metric<'_>)], family: &Family) -> LoadRun {
    let find = |name: &str| metrics.iter().find(|(n, _)| n == name).map(|(_, metric)| *metric);
    let mut run = LoadRun { overall: measure(metrics, family, ""), ..LoadRun::default() };
    run.overall.pointer = find(family.duration).map(|m| m.node.pointer()).unwrap_or_default();
    run.users = find("vus_max").and_then(|m| m.values.get("max").u64().or_else(|| m.values.get("value").u64()));
    run
}

/// The requests over HTTP, by name.
fn of_http<'t>(metrics: &[(String, Metric<'t>)], has_http: bool, root: Node<'t>) -> LoadRun {
    let mut run = of_family(metrics, &HTTP);
    let mut names: Vec<&str> = metrics.iter().filter_map(|(name, _)| request_tag(name)).collect();
    names.sort_unstable();
    names.dedup();
    for tag in names {
        let mut measurement = measure(metrics, &HTTP, tag);
        measurement.pointer = metrics
            .iter()
            .find(|(name, _)| request_tag(name) == Some(tag))
            .map(|(_, metric)| metric.node.pointer())
            .unwrap_or_default();
        let name = tag.split_once(':').map_or(tag, |(_, name)| name).trim().to_owned();
        run.endpoints.push(Endpoint { name, measurement });
    }
    if has_http {
        settle_at(&mut run, root);
    } else {
        // k6 writes no `http_reqs` where there were none, and zeros as latencies where a threshold asks for them.
        root.report(&NOTHING_RAN, "k6 counted no request over HTTP, WebSocket or gRPC, and none of a browser");
        run.overall.requests = Some(0);
        empty(&mut run.overall);
    }
    run
}

/// Reports thresholds that rest on nothing. `requests` are those over HTTP.
fn judge_thresholds(metrics: &[(String, Metric<'_>)], requests: Option<u64>) {
    for (name, metric) in metrics {
        let thresholds = metric.node.get("thresholds");
        if thresholds.is_object() && !thresholds.is_empty() && metric.is_unsampled(requests, name) {
            let message = format!("the thresholds on `{name}` rest on no sample, or on zeros alone: k6 lets them hold");
            metric.node.report(&NOTHING_RAN, message);
        }
    }
}

/// The tag of a submetric that is about one request name: `name:health`, `url:https://…`.
fn request_tag(metric: &str) -> Option<&str> {
    let (base, rest) = metric.split_once('{')?;
    let tag = rest.strip_suffix('}')?;
    let is_request = tag.starts_with("name:") || tag.starts_with("url:");
    (["http_req_duration", "http_reqs", "http_req_failed"].contains(&base) && is_request && !tag.contains(','))
        .then_some(tag)
}

fn measure(metrics: &[(String, Metric<'_>)], family: &Family, tag: &str) -> Measurement {
    let derived = !tag.is_empty() || family.requests.is_empty();
    let find = |base: &str| {
        let name = if tag.is_empty() { base.to_owned() } else { format!("{base}{{{tag}}}") };
        metrics.iter().find(|(n, _)| *n == name).map(|(_, metric)| *metric)
    };
    let mut measurement = Measurement::default();
    if let Some(requests) = find(family.requests) {
        measurement.requests = requests.values.get("count").u64();
        measurement.throughput = rate(requests.values.get("rate"));
    }
    if let Some(failed) = find(family.failed) {
        // `passes` counts the samples that are true: the failed requests.
        let samples = failed.samples();
        measurement.failures = samples.map(|(failures, _)| failures);
        measurement.stated_error_rate = failed.rate().filter(|_| samples.is_none_or(|(_, all)| all > 0));
        if derived && measurement.requests.is_none() {
            measurement.requests = samples.map(|(_, all)| all);
        }
    }
    // Zeros of a name that nothing was requested of are no latencies.
    let is_said = |duration: &Metric<'_>| tag.is_empty() || !duration.is_unsampled(None, family.duration);
    if let Some(duration) = find(family.duration).filter(is_said) {
        duration.latencies(&mut measurement);
        if derived && measurement.requests.is_none() {
            measurement.requests = measurement.samples.take();
        }
    }
    measurement
}

/// How often checks were executed.
#[derive(Default)]
pub(super) struct Executed {
    passes: u64,
    fails: u64,
}

impl Executed {
    /// Holds the counts of the single checks against the metric `checks`.
    pub fn compare(&self, metrics: &[(String, Metric<'_>)]) {
        let Some((_, metric)) = metrics.iter().find(|(name, _)| name == "checks") else { return };
        let all = self.passes.saturating_add(self.fails);
        if let Some((passes, total)) = metric.samples().filter(|samples| *samples != (self.passes, all)) {
            let message = format!("says {passes} of {total} passed, counted {} of {all}", self.passes);
            metric.node.report(&CONTRADICTION, message);
        }
    }
}

/// A check: passed where it never failed, failed where it failed once, skipped where it was never executed.
pub(super) fn check(node: Node<'_>, executed: &mut Executed) -> TestCase {
    let name = node.get("name").string().unwrap_or_default();
    let counts = node.require("passes").u64().zip(node.require("fails").u64());
    let (passes, fails) = counts.unwrap_or_default();
    executed.passes = executed.passes.saturating_add(passes);
    executed.fails = executed.fails.saturating_add(fails);
    let (outcome, message) = match counts {
        None => (Outcome::Errored, None),
        Some((0, 0)) => (Outcome::Skipped, Some("the check was never executed".to_owned())),
        Some((_, 0)) => (Outcome::Passed, None),
        Some((passes, fails)) => {
            let all = passes.saturating_add(fails);
            (Outcome::Failed, Some(format!("failed {fails} of {all} times")))
        }
    };
    let mut case = TestCase::new(name, outcome, node.pointer());
    case.message = message;
    case
}

/// The checks of a group and of the groups in it, a suite for each group that has checks.
/// Groups and checks stand in arrays, or in objects by name. Groups inside of each other are bounded by the JSON reader.
pub(super) fn groups(node: Node<'_>, suites: &mut Vec<Suite>) -> Executed {
    let mut executed = Executed::default();
    let mut open = vec![node];
    while let Some(group) = open.pop() {
        let path = group.get("path").filled().or_else(|| group.get("name").filled()).unwrap_or_default();
        let checks = group.get("checks");
        let mut suite = Suite::new(path.strip_prefix("::").unwrap_or(&path), checks.pointer());
        for node in children(checks) {
            suite.push(check(node, &mut executed));
        }
        if suite.tally().total() > 0 {
            suites.push(suite);
        }
        let mut inner: Vec<Node<'_>> = children(group.get("groups")).collect();
        inner.reverse();
        open.extend(inner);
    }
    executed
}

fn children<'t>(node: Node<'t>) -> Box<dyn Iterator<Item = Node<'t>> + 't> {
    if node.is_array() { Box::new(node.items()) } else { Box::new(node.members().map(|(_, child)| child)) }
}
