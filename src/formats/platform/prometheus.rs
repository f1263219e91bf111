//! Prometheus: answers of its HTTP API, saved with `curl`.
//!
//! ```json
//! {"status":"success","data":{"activeTargets":[{"labels":{"job":"api","instance":"api:8000"},"health":"up","lastError":""}]}}
//! ```
//!
//! Four answers are read, each a format of its own.
//!
//! - `prometheus-targets` (`/api/v1/targets`): each active target is a service.
//!   `up` is healthy, `down` is unhealthy with the last error as its reason, `unknown` was not scraped yet.
//!   Right after a start the list is empty: then nothing was looked at, which is an error.
//!   Dropped targets are configured not to be scraped and are left out.
//! - `prometheus-alerts` (`/api/v1/alerts`): firing and pending alerts.
//!   Inactive alerts are never in the list, and so an empty list says that nothing fires.
//! - `prometheus-rules` (`/api/v1/rules`): alerting rules with their state.
//!   A rule whose health is not `ok` could not be evaluated: it is *broken*, although Prometheus calls its state `inactive`.
//!   An answer without rules is an error, since nothing watches.
//!   Recording rules are listed where they are broken.
//! - `prometheus-query` (`/api/v1/query`, `/api/v1/query_range`): the samples, of each series of a range the last one.
//!   Those of `up` are targets as well, and so are those of `probe_success`, which the Blackbox exporter writes: 1 where
//!   what it probed answered as it should, 0 where it did not. `up` of the same job and instance says no more than
//!   that the exporter answered. A target whose samples end before those of the others, by more than a step, is gone: it
//!   is unknown. Those of `ALERTS` are alerts; what other series say no rule judges.
//!   Values stay as written, since `NaN` and `+Inf` are possible.
//!   Answers that hold histograms of response times are load evidence, of the format `prometheus-histogram`.
//!   Histograms among other series, and samples beyond the first 10,000, are counted and not kept.
//!
//! An answer with `warnings` is incomplete: parts of the data could not be read. So is one that is partial
//! (`isPartial` of VictoriaMetrics), and one page of the rules of several (`groupNextToken`).
//! Rules and alerts that Grafana manages (`/api/prometheus/grafana/api/v1/rules`) have words of their own: `Normal` is
//! inactive, `Alerting` and `Recovering` fire, `NoData` and `Error` could not be evaluated. A reason may follow,
//! `Normal (NoData)`: then the rule's own setting for this case made it normal; after an error it is broken all the same,
//! and so is a rule that is paused. A rule with the health `nodata` counts by its alerts, and without any it is broken.
//! States by `scrape/target.go` and `rules/alerting.go` of Prometheus, `probe_success` by
//! `prober/handler.go` of the Blackbox exporter, Grafana's by `pkg/services/ngalert/eval/eval.go` and `state/state.go`.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{FOLDED, INCOMPLETE, MISSING_FIELD, NOTHING_RAN, TOOL_FAILED};
use crate::formats::Format;
use crate::formats::load::prometheus_histogram;
use crate::model::order::sort_by;
use crate::model::platform::{AlertState, Sample};
use crate::model::{Alert, Evidence, Health, Kind, Pointer, Role, Service, Tool, Unit};
use crate::source::{Doc, Json, JsonKind, Node, Probe, Stop};

pub(super) static TARGETS: Format = Format {
    id: "prometheus-targets",
    kinds: &[Kind::Platform],
    tool: "Prometheus",
    title: "Targets (/api/v1/targets)",
    produce: "curl -fsS http://localhost:9090/api/v1/targets > targets.json",
    detect: |probe| data(probe).is_some_and(|data| data.get("activeTargets").is_array()),
    read: read_targets,
};

pub(super) static ALERTS: Format = Format {
    id: "prometheus-alerts",
    kinds: &[Kind::Platform],
    tool: "Prometheus",
    title: "Alerts (/api/v1/alerts)",
    produce: "curl -fsS http://localhost:9090/api/v1/alerts > alerts.json",
    detect: |probe| data(probe).is_some_and(|data| data.get("alerts").is_array()),
    read: read_alerts,
};

pub(super) static RULES: Format = Format {
    id: "prometheus-rules",
    kinds: &[Kind::Platform],
    tool: "Prometheus",
    title: "Rules (/api/v1/rules)",
    produce: "curl -fsS http://localhost:9090/api/v1/rules > rules.json",
    detect: |probe| data(probe).is_some_and(|data| data.get("groups").is_array()),
    read: read_rules,
};

pub(super) static QUERY: Format = Format {
    id: "prometheus-query",
    kinds: &[Kind::Platform],
    tool: "Prometheus",
    title: "Result of a query (/api/v1/query, /api/v1/query_range)",
    produce: "curl -fsS 'http://localhost:9090/api/v1/query?query=up' > query.json",
    detect: |probe| {
        data(probe).is_some_and(|data| data.has(&["resultType", "result"]))
            && !prometheus_histogram::is_histogram(probe)
    },
    read: read_query,
};

/// Samples of one answer that are kept.
const MAX_SAMPLES: usize = 10_000;

fn data<'p>(probe: &'p Probe<'_>) -> Option<Node<'p>> {
    let root = probe.document()?;
    let is_answer = root.get("status").str().as_deref() == Some("success");
    is_answer.then(|| root.get("data"))
}

/// Walks an answer: `member` is called with each key of its data and has to take the value.
/// What every answer says of itself is read here.
pub(in crate::formats) fn answer(
    doc: &mut Doc<'_>,
    evidence: &mut Evidence,
    mut member: impl FnMut(&mut Json<'_>, &str, &mut Evidence) -> Result<(), Stop>,
) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("Prometheus", None));
    let mut json = doc.json();
    json.object(|json, key| match key {
        "data" => json.object(|json, key| member(json, key, evidence)),
        "error" => {
            let tree = json.tree()?;
            let error = tree.root().text().unwrap_or_default();
            // Cortex and what is built on it write an empty one where there is none.
            if error.is_empty() && tree.root().is_string() {
                return Ok(());
            }
            tree.root().report(&TOOL_FAILED, format!("the query failed: {error}"));
            Ok(())
        }
        "warnings" => json.array(|json, _| {
            let tree = json.tree()?;
            let warning = tree.root().text().unwrap_or_default();
            tree.root().report(&INCOMPLETE, format!("Prometheus warns: {warning}"));
            Ok(())
        }),
        // VictoriaMetrics, since 1.48: some of its storage nodes did not answer.
        "isPartial" => {
            let tree = json.tree()?;
            if tree.root().bool() == Some(true) {
                tree.root().report(&INCOMPLETE, "the answer is partial: some of the storage did not answer");
            }
            Ok(())
        }
        _ => json.skip(),
    })?;
    json.end()
}

/// Walks the list that stands under one key of an answer. Where it is absent, that is reported;
/// otherwise the pointer to it is returned.
fn list(
    doc: &mut Doc<'_>,
    evidence: &mut Evidence,
    name: &str,
    mut element: impl FnMut(Node<'_>, &mut Evidence),
) -> Result<Option<Pointer>, Stop> {
    let mut place = None;
    answer(doc, evidence, |json, key, evidence| {
        // Where only so many groups were asked for (`group_limit`, Prometheus 3): more of them follow.
        if key == "groupNextToken" {
            let tree = json.tree()?;
            if tree.root().filled().is_some() {
                tree.root().report(&INCOMPLETE, "more groups of rules follow, which are not in this answer");
            }
            return Ok(());
        }
        if key != name {
            return json.skip();
        }
        place = (json.kind()? == JsonKind::Array).then(|| Pointer::path(json.pointer()));
        json.array(|json, _| {
            element(json.record()?, evidence);
            Ok(())
        })
    })?;
    if place.is_none() {
        doc.report(Diagnostic::new(&MISSING_FIELD, format!("`{name}` is missing")).at(Pointer::path("/data")));
    }
    Ok(place)
}

fn read_targets(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let place = list(doc, evidence, "activeTargets", |target, evidence| {
        evidence.services.push(service(target));
        evidence.time = evidence.time.max(time(target.get("lastScrape")));
    })?;
    if let Some(place) = place.filter(|_| evidence.services.is_empty()) {
        doc.report(Diagnostic::new(&NOTHING_RAN, "no target is scraped").at(place));
    }
    Ok(())
}

const TARGET_HEALTH: &[(&str, Health)] =
    &[("up", Health::Healthy), ("down", Health::Unhealthy), ("unknown", Health::Unknown)];

fn service(target: Node<'_>) -> Service {
    let labels = target.get("labels");
    let health = target.require("health").word(TARGET_HEALTH).unwrap_or(Health::Unknown);
    let pool = || target.get("scrapePool").filled();
    let parts = [labels.get("job").filled().or_else(pool), labels.get("instance").filled()];
    let name: Vec<String> = parts.into_iter().flatten().collect();
    let status = target.get("health").string().unwrap_or_default();
    let mut service = Service::new(name.join(" "), Role::Target, health, status, target.pointer());
    service.check = target.get("scrapeUrl").filled().map(|url| format!("GET {url}"));
    if health != Health::Unknown {
        service.response_time = target.get("lastScrapeDuration").elapsed(Unit::Secs);
    }
    service.reason = target.get("lastError").filled();
    service.facts = texts(labels, &["job", "instance"]);
    service
}

fn read_alerts(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    list(doc, evidence, "alerts", |node, evidence| evidence.alerts.push(alert(node))).map(|_| ())
}

const ALERT_STATES: &[(&str, AlertState)] =
    &[("firing", AlertState::Firing), ("pending", AlertState::Pending), ("inactive", AlertState::Inactive)];

/// Those of alerts that Grafana manages, without the reason.
const GRAFANA_STATES: &[(&str, AlertState)] = &[
    ("Alerting", AlertState::Firing),
    ("Recovering", AlertState::Firing),
    ("Pending", AlertState::Pending),
    ("Normal", AlertState::Inactive),
    ("NoData", AlertState::Broken),
    ("Error", AlertState::Broken),
];

/// The state of an alert of Prometheus or Grafana. One that cannot be read is not known to be quiet.
fn alert_state(node: Node<'_>) -> AlertState {
    let text = node.str().unwrap_or_default();
    let (word, reason) = text.split_once(" (").unwrap_or((&text, ""));
    let of_grafana = GRAFANA_STATES.iter().find(|(name, _)| *name == word).map(|(_, state)| *state);
    match of_grafana {
        Some(AlertState::Inactive) if ["Error)", "Paused)"].contains(&reason) => AlertState::Broken,
        Some(state) => state,
        None => node.word(ALERT_STATES).unwrap_or(AlertState::Broken),
    }
}

fn alert(node: Node<'_>) -> Alert {
    let labels = node.get("labels");
    let annotations = node.get("annotations");
    Alert {
        name: labels.get("alertname").string().unwrap_or_default(),
        state: alert_state(node.require("state")),
        severity: labels.get("severity").filled(),
        summary: summary(annotations),
        labels: texts(labels, &["alertname", "severity"]),
        pointer: node.pointer(),
    }
}

/// What an alert says of itself in its annotations.
pub(super) fn summary(annotations: Node<'_>) -> Option<String> {
    ["summary", "description", "message"].into_iter().find_map(|key| annotations.get(key).filled())
}

/// The members of an object as label and text, sorted, without those that stand elsewhere.
pub(super) fn texts(object: Node<'_>, but: &[&str]) -> Vec<(String, String)> {
    let members = object.members().filter(|(key, _)| !but.contains(&&**key));
    let mut texts: Vec<(String, String)> =
        members.map(|(key, value)| (key.into_owned(), value.text().unwrap_or_default())).collect();
    sort_by(&mut texts, Ord::cmp);
    texts
}

fn read_rules(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let mut any = false;
    let place = list(doc, evidence, "groups", |group, evidence| {
        for rule in group.get("rules").items() {
            any = true;
            evidence.time = evidence.time.max(time(rule.get("lastEvaluation")));
            evidence.alerts.extend(rule_alerts(rule));
        }
    })?;
    if let Some(place) = place.filter(|_| !any) {
        doc.report(Diagnostic::new(&NOTHING_RAN, "no rule is loaded").at(place));
    }
    Ok(())
}

/// The alerts of a rule: one for each that it raised, or one for the rule.
fn rule_alerts(rule: Node<'_>) -> Vec<Alert> {
    let kind = rule.require("type").word(&[("alerting", true), ("recording", false)]);
    let has_alerts = rule.get("alerts").items().next().is_some();
    let words = [("ok", true), ("err", false), ("unknown", false), ("error", false), ("nodata", has_alerts)];
    let is_broken = rule.require("health").word(&words) != Some(true);
    if kind == Some(false) && !is_broken {
        return Vec::new();
    }
    let own = |state| Alert {
        name: rule.require("name").string().unwrap_or_default(),
        state,
        severity: rule.get("labels").get("severity").filled(),
        summary: summary(rule.get("annotations")),
        labels: texts(rule.get("labels"), &["severity"]),
        pointer: rule.pointer(),
    };
    let mut alerts: Vec<Alert> = rule.get("alerts").items().map(alert).collect();
    if is_broken {
        let reason = rule.get("lastError").filled();
        let never = (rule.get("health").str().as_deref() == Some("unknown")).then(|| "not evaluated yet".to_owned());
        alerts.push(Alert { summary: reason.or(never), ..own(AlertState::Broken) });
    } else if alerts.is_empty() {
        alerts.push(own(alert_state(rule.require("state"))));
    }
    alerts
}

/// A time; none where Prometheus writes the year 1 for never.
fn time(node: Node<'_>) -> Option<Timestamp> {
    node.str()?.parse::<Timestamp>().ok().filter(|time| *time > Timestamp::UNIX_EPOCH)
}

/// What a result holds; histograms have no value.
const RESULT_TYPES: &[(&str, ())] = &[("vector", ()), ("matrix", ()), ("scalar", ()), ("string", ())];

fn read_query(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let mut more = 0;
    let mut place = None;
    let mut range = Range::default();
    answer(doc, evidence, |json, key, evidence| {
        match key {
            "resultType" => {
                json.record()?.word(RESULT_TYPES);
            }
            "result" => {
                place = (json.kind()? == JsonKind::Array).then(|| json.pointer());
                // A scalar is an array too, of a time and a value.
                let mut scalar = Vec::new();
                json.array(|json, _| {
                    let tree = json.tree()?;
                    if !tree.root().is_object() {
                        scalar.push(tree);
                    } else if evidence.samples.len() < MAX_SAMPLES {
                        of_series(tree.root(), &mut range, evidence);
                    } else {
                        more += 1;
                    }
                    Ok(())
                })?;
                if let ([at, value], Some(place)) = (&*scalar, &place) {
                    sample(String::new(), at.root(), value.root(), Pointer::path(place.as_str()), evidence);
                }
            }
            _ => json.skip()?,
        }
        Ok(())
    })?;
    range.finish(evidence);
    if place.is_none() {
        doc.report(Diagnostic::new(&MISSING_FIELD, "`result` is missing").at(Pointer::path("/data")));
    }
    if more > 0 {
        doc.report(Diagnostic::new(&FOLDED, format!("{more} more series are not listed")));
    }
    Ok(())
}

/// The value of a vector's element, or the last one of a matrix's.
fn of_series(node: Node<'_>, range: &mut Range, evidence: &mut Evidence) {
    let values = node.get("values");
    let is_histogram = node.get("histogram").exists() || node.get("histograms").exists();
    let point = match (values.is_array(), is_histogram) {
        (true, _) => values.items().last(),
        (false, true) => None,
        (false, false) => Some(node.require("value")).filter(|value| value.is_some()),
    };
    if let Some(point) = point {
        let before = evidence.services.len();
        judged(node, point, evidence);
        if values.is_array() {
            range.series(values, (before < evidence.services.len()).then_some(before));
        }
        sample(series(node), point.at(0), point.at(1), point.pointer(), evidence);
    }
}

/// When the series of a range end: one of a target that is gone ends before the others.
#[derive(Default)]
struct Range {
    newest: Option<f64>,
    /// The least time between two samples.
    step: Option<f64>,
    /// The last sample of each service, by its index.
    ends: Vec<(usize, f64)>,
}

/// How long Prometheus takes a sample for the newest one (`--query.lookback-delta`), in seconds.
const LOOKBACK: f64 = 300.0;

impl Range {
    fn series(&mut self, values: Node<'_>, service: Option<usize>) {
        let (mut before, mut last) = (None, None);
        for time in values.items().filter_map(|point| point.at(0).f64()) {
            (before, last) = (last, Some(time));
        }
        let Some(last) = last else { return };
        self.newest = Some(self.newest.map_or(last, |newest| newest.max(last)));
        if let Some(step) = before.map(|before| last - before).filter(|step| *step > 0.0) {
            self.step = Some(self.step.map_or(step, |least| least.min(step)));
        }
        self.ends.extend(service.map(|service| (service, last)));
    }

    /// What a target said last is not what it says now.
    fn finish(&self, evidence: &mut Evidence) {
        let Some(newest) = self.newest else { return };
        for (at, last) in &self.ends {
            let Some(service) = evidence.services.get_mut(*at) else { continue };
            if newest - last > self.step.unwrap_or(LOOKBACK) {
                service.health = Health::Unknown;
                service.reason =
                    Some(format!("the last sample is {} s older than the newest of the answer", newest - last));
            }
        }
    }
}

/// Samples that say whether something works are what the other answers say of it: `up` of a target, `probe_success` of
/// what the Blackbox exporter probes, and the states of `ALERTS`, whose value is 1 while an alert is in them.
fn judged(series: Node<'_>, point: Node<'_>, evidence: &mut Evidence) {
    let metric = series.get("metric");
    let value = point.at(1).str().and_then(|text| text.parse::<f64>().ok());
    match metric.get("__name__").str().as_deref() {
        Some(name @ ("up" | "probe_success")) => {
            let words = if name == "up" { ["up", "down"] } else { ["probe succeeded", "probe failed"] };
            let (health, status) = match value {
                Some(1.0) => (Health::Healthy, words[0]),
                Some(0.0) => (Health::Unhealthy, words[1]),
                _ => (Health::Unknown, "unknown"),
            };
            let parts = [metric.get("job").filled(), metric.get("instance").filled()];
            let parts: Vec<String> = parts.into_iter().flatten().collect();
            let title = if parts.is_empty() { name.to_owned() } else { parts.join(" ") };
            let mut service = Service::new(title, Role::Target, health, status.to_owned(), series.pointer());
            service.facts = texts(metric, &["__name__", "job", "instance"]);
            evidence.services.push(service);
        }
        Some("ALERTS") if value != Some(0.0) => evidence.alerts.push(Alert {
            name: metric.get("alertname").string().unwrap_or_default(),
            state: metric.require("alertstate").word(ALERT_STATES).unwrap_or(AlertState::Broken),
            severity: metric.get("severity").filled(),
            summary: None,
            labels: texts(metric, &["__name__", "alertname", "alertstate", "severity"]),
            pointer: series.pointer(),
        }),
        _ => {}
    }
}

/// A time in seconds, and a value as text.
fn sample(series: String, at: Node<'_>, value: Node<'_>, pointer: Pointer, evidence: &mut Evidence) {
    let time = at.f64().and_then(|secs| SignedDuration::try_from_secs_f64(secs).ok());
    evidence.time = evidence.time.max(time.and_then(|time| Timestamp::from_duration(time).ok()));
    match value.string() {
        Some(value) => evidence.samples.push(Sample { series, value, pointer }),
        None => at.report(&MISSING_FIELD, "the sample has no value"),
    }
}

/// A series as Prometheus writes it: `up{job="api"}`.
fn series(node: Node<'_>) -> String {
    let metric = node.get("metric");
    let name = metric.get("__name__").str().unwrap_or(Cow::Borrowed(""));
    let labels: Vec<String> =
        texts(metric, &["__name__"]).into_iter().map(|(key, value)| format!("{key}={value:?}")).collect();
    if labels.is_empty() { name.into_owned() } else { format!("{name}{{{}}}", labels.join(",")) }
}
