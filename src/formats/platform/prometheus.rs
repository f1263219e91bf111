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
//!   Values stay as written, since `NaN` and `+Inf` are possible.
//!   Histograms, and samples beyond the first 10,000, are counted and not kept.
//!
//! An answer with `warnings` is incomplete: parts of the data could not be read.
//! States by `scrape/target.go` and `rules/alerting.go` of Prometheus.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{FOLDED, INCOMPLETE, MISSING_FIELD, NOTHING_RAN, TOOL_FAILED};
use crate::formats::Format;
use crate::model::platform::{AlertState, Sample};
use crate::model::{Alert, Evidence, Health, Kind, Role, Service, Tool, Unit};
use crate::source::{Doc, Node, Probe, Stop, Tree};

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
    detect: |probe| data(probe).is_some_and(|data| data.has(&["resultType", "result"])),
    read: read_query,
};

/// Samples of one answer that are kept.
const MAX_SAMPLES: usize = 10_000;

fn data<'p>(probe: &'p Probe<'_>) -> Option<Node<'p>> {
    let root = probe.document()?;
    let is_answer = root.get("status").str().as_deref() == Some("success");
    is_answer.then(|| root.get("data"))
}

/// The document, after what every answer says of itself.
fn answer(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<Tree, Stop> {
    evidence.tool = Some(Tool::new("Prometheus", None));
    let tree = doc.document()?;
    let root = tree.root();
    if root.get("status").str().as_deref() != Some("success") {
        let error = root.get("error").text().unwrap_or_else(|| "no reason is given".to_owned());
        root.report(&TOOL_FAILED, format!("the query failed: {error}"));
    }
    for warning in root.get("warnings").items() {
        warning.report(&INCOMPLETE, format!("Prometheus warns: {}", warning.text().unwrap_or_default()));
    }
    Ok(tree)
}

fn read_targets(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let tree = answer(doc, evidence)?;
    let targets = tree.root().get("data").get("activeTargets");
    for target in targets.items() {
        evidence.services.push(service(target));
        evidence.time = evidence.time.max(time(target.get("lastScrape")));
    }
    if evidence.services.is_empty() {
        targets.report(&NOTHING_RAN, "no target is scraped");
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
    let tree = answer(doc, evidence)?;
    for node in tree.root().get("data").require("alerts").items() {
        evidence.alerts.push(alert(node));
    }
    Ok(())
}

const ALERT_STATES: &[(&str, AlertState)] =
    &[("firing", AlertState::Firing), ("pending", AlertState::Pending), ("inactive", AlertState::Inactive)];

fn alert(node: Node<'_>) -> Alert {
    let labels = node.get("labels");
    let annotations = node.get("annotations");
    Alert {
        name: labels.get("alertname").string().unwrap_or_default(),
        // A state that cannot be read is not known to be quiet.
        state: node.require("state").word(ALERT_STATES).unwrap_or(AlertState::Broken),
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
    texts.sort();
    texts
}

fn read_rules(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let tree = answer(doc, evidence)?;
    let groups = tree.root().get("data").get("groups");
    let mut any = false;
    for rule in groups.items().flat_map(|group| group.get("rules").items()) {
        any = true;
        evidence.time = evidence.time.max(time(rule.get("lastEvaluation")));
        evidence.alerts.extend(rule_alerts(rule));
    }
    if !any {
        groups.report(&NOTHING_RAN, "no rule is loaded");
    }
    Ok(())
}

/// The alerts of a rule: one for each that it raised, or one for the rule.
fn rule_alerts(rule: Node<'_>) -> Vec<Alert> {
    let kind = rule.require("type").word(&[("alerting", true), ("recording", false)]);
    let health = rule.require("health").word(&[("ok", true), ("err", false), ("unknown", false)]);
    let is_broken = health != Some(true);
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
        alerts.push(own(rule.require("state").word(ALERT_STATES).unwrap_or(AlertState::Broken)));
    }
    alerts
}

/// A time; none where Prometheus writes the year 1 for never.
fn time(node: Node<'_>) -> Option<Timestamp> {
    node.str()?.parse::<Timestamp>().ok().filter(|time| *time > Timestamp::UNIX_EPOCH)
}

#[derive(Clone, Copy)]
enum Shape {
    Vector,
    Matrix,
    Single,
}

const SHAPES: &[(&str, Shape)] =
    &[("vector", Shape::Vector), ("matrix", Shape::Matrix), ("scalar", Shape::Single), ("string", Shape::Single)];

fn read_query(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let tree = answer(doc, evidence)?;
    let data = tree.root().get("data");
    let result = data.require("result");
    let mut add = |series: String, point: Node<'_>| sample(series, point, evidence);
    match data.require("resultType").word(SHAPES) {
        Some(Shape::Single) if result.is_some() => add(String::new(), result),
        Some(Shape::Vector) => {
            let plain = |node: &Node<'_>| !node.get("histogram").exists();
            result.items().filter(plain).for_each(|node| add(series(node), node.require("value")));
        }
        Some(Shape::Matrix) => {
            for node in result.items() {
                if let Some(last) = node.get("values").items().last() {
                    add(series(node), last);
                }
            }
        }
        Some(Shape::Single) | None => {}
    }
    let more = evidence.samples.len().saturating_sub(MAX_SAMPLES);
    if more > 0 {
        evidence.samples.truncate(MAX_SAMPLES);
        doc.report(Diagnostic::new(&FOLDED, format!("{more} more samples are not listed")));
    }
    Ok(())
}

/// A time in seconds, and a value as text.
fn sample(series: String, point: Node<'_>, evidence: &mut Evidence) {
    if !point.is_some() {
        return;
    }
    let at = point.at(0).f64().and_then(|secs| SignedDuration::try_from_secs_f64(secs).ok());
    evidence.time = evidence.time.max(at.and_then(|at| Timestamp::from_duration(at).ok()));
    match point.at(1).string() {
        Some(value) => evidence.samples.push(Sample { series, value, pointer: point.pointer() }),
        None => point.report(&MISSING_FIELD, "the sample has no value"),
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
