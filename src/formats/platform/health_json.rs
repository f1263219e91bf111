//! Health of an application, as its own endpoint answers: Spring Boot, MicroProfile Health, ASP.NET Core, NestJS, and
//! what applications answer without a library.
//!
//! ```json
//! {"status": "UP", "components": {"db": {"status": "UP", "details": {"database": "PostgreSQL"}}, "ping": {"status": "UP"}}}
//! ```
//!
//! The application is one service, healthy as its own `status` says; what it looked at stands among its facts.
//! Where the answer does not name it, it is called as its file is, without the endpoint (`orders-health.json` is `orders`),
//! or as the folder of that; equal answers of several services are then several.
//! Four libraries are known, each by the member that holds what was looked at:
//!
//! - Spring Boot Actuator (`/actuator/health`): `components`, up to 2.1 `details`, and neither where details are hidden.
//! - MicroProfile Health (`/health`, `/q/health`): `checks`, a list.
//! - ASP.NET Core: `entries`, with `totalDuration` (`UIResponseWriter` of AspNetCore.Diagnostics.HealthChecks), or
//!   `results` (the writer that the documentation of ASP.NET Core shows).
//! - NestJS Terminus: `details`, beside `info` and `error`.
//!
//! Other answers with a `status` are read where each of their members is known: one of the lists above, `services` or
//! `dependencies`; a member that says of one thing how it is, by a word (`"database": "connected"`) or by a `status` of its
//! own, or by a truth value (`"model_loaded": true`, `"redis": {"connected": true}`); what tells of the application
//! (`version`, `timestamp`, `uptime`, `environment`, `message`, …) or names it (`service`, `name`, …), which is then the
//! name of the service; what was measured (`memory`, `latency_ms`, …); so is the draft `application/health+json`.
//! `{"status": "ok"}` alone could be the answer to anything, and so could one with a `message`: name the format of the file.
//!
//! `UP`, `ok`, `Healthy`, `pass`, `ready`, `alive`, `running`, `online`, `connected` and the like are healthy; `DOWN`,
//! `OUT_OF_SERVICE`, `Unhealthy`, `Degraded`, `error`, `fail`, `warn`, `disconnected`, `unavailable`, `not_ready` and the
//! like are not; `UNKNOWN`, `disabled` and `not_configured` are not known.
//! Where a part is not healthy and the whole says that it is, that is a contradiction.
//! An answer with an empty list says only that the application answers, which is an error: nothing was looked at.

use crate::diagnostics::codes::{CONTRADICTION, NOTHING_RAN};
use crate::formats::Format;
use crate::model::{Evidence, Health, Kind, Role, Service, Tool};
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "health-json",
    kinds: &[Kind::Platform],
    tool: "Health endpoint",
    title: "Answer of an application: Spring Boot, MicroProfile, ASP.NET Core, NestJS, its own",
    produce: "curl -sS http://localhost:8080/actuator/health > health.json",
    detect,
    read,
};

const WORDS: &[(&str, Health)] = &[
    ("UP", Health::Healthy),
    ("ok", Health::Healthy),
    ("Healthy", Health::Healthy),
    ("pass", Health::Healthy),
    ("ready", Health::Healthy),
    ("alive", Health::Healthy),
    ("connected", Health::Healthy),
    ("running", Health::Healthy),
    ("operational", Health::Healthy),
    ("online", Health::Healthy),
    ("live", Health::Healthy),
    ("available", Health::Healthy),
    ("reachable", Health::Healthy),
    ("loaded", Health::Healthy),
    ("configured", Health::Healthy),
    // The extension `health_check` of the OpenTelemetry Collector.
    ("Server available", Health::Healthy),
    ("DOWN", Health::Unhealthy),
    ("OUT_OF_SERVICE", Health::Unhealthy),
    ("Unhealthy", Health::Unhealthy),
    ("Degraded", Health::Unhealthy),
    ("error", Health::Unhealthy),
    ("fail", Health::Unhealthy),
    ("warn", Health::Unhealthy),
    ("disconnected", Health::Unhealthy),
    ("unavailable", Health::Unhealthy),
    ("not_ready", Health::Unhealthy),
    ("shutting_down", Health::Unhealthy),
    ("not_connected", Health::Unhealthy),
    ("not_loaded", Health::Unhealthy),
    ("failed", Health::Unhealthy),
    ("failure", Health::Unhealthy),
    ("critical", Health::Unhealthy),
    ("offline", Health::Unhealthy),
    ("unreachable", Health::Unhealthy),
    ("stopped", Health::Unhealthy),
    ("timeout", Health::Unhealthy),
    ("UNKNOWN", Health::Unknown),
    ("disabled", Health::Unknown),
    ("not_configured", Health::Unknown),
];

/// Words that only a health endpoint says, so that nothing has to stand beside them.
const ALONE: &[&str] = &[
    "UP",
    "DOWN",
    "OUT_OF_SERVICE",
    "UNKNOWN",
    "healthy",
    "unhealthy",
    "Healthy",
    "Unhealthy",
    "degraded",
    "Degraded",
];

/// Words that the status of a test, a job or a request may be as well.
const OF_OTHERS: &[&str] =
    &["pass", "fail", "warn", "error", "running", "failed", "failure", "critical", "stopped", "timeout", "available"];

/// Members that hold what was looked at.
const PARTS: &[&str] = &["components", "entries", "checks", "details", "services", "dependencies", "results"];

/// Members that stand beside them.
const BESIDE: &[&str] = &["status", "groups", "totalDuration", "info", "error", "links"];

/// Members that name the application.
const NAMES: &[&str] = &["service", "service_name", "app", "application", "name"];

/// Members that tell of the application, and say nothing of its health.
const TOLD: &[&str] = &[
    "description",
    "notes",
    "output",
    "release",
    "time",
    "datetime",
    "date",
    "server_time",
    "serverTime",
    "host",
    "region",
    "instance",
    "port",
    "mode",
    "platform",
    "requestId",
    "request_id",
    "model",
    "model_name",
    "model_version",
    "device",
];

/// Members for people, which may be a word of the list as well.
const SAID: &[&str] = &["message", "msg"];

/// Members that hold what was measured.
const FIGURES: &[&str] = &[
    "memory",
    "memory_usage",
    "memoryUsage",
    "cpu",
    "cpu_usage",
    "cpuUsage",
    "disk",
    "disk_usage",
    "system",
    "process",
    "latency",
    "latency_ms",
    "latencyMs",
    "response_time",
    "response_time_ms",
    "responseTime",
    "responseTimeMs",
    "duration",
    "duration_ms",
    "durationMs",
];

/// Those that are seldom told but of an application.
const MARKS: &[&str] = &[
    "version",
    "releaseId",
    "serviceId",
    "commit",
    "build",
    "environment",
    "env",
    "hostname",
    "timestamp",
    "uptime",
    "uptime_seconds",
    "uptimeSeconds",
    "uptime_s",
    "upSince",
    "started_at",
    "startedAt",
    "pid",
    "node_version",
    "nodeVersion",
    "python_version",
    "go_version",
    "build_time",
    "buildTime",
    "build_date",
    "git_sha",
    "gitSha",
    "git_commit",
    "gitCommit",
    "commit_sha",
];

/// What a truth value may tell of, as the end of its name.
const HOLDS: &[&str] = &["loaded", "connected", "ready", "healthy", "reachable"];

/// What such a name begins with where `false` is the good answer.
const NOT: &[&str] = &["dis", "un", "not", "not_"];

/// Things that a truth value may tell of by their name alone.
const THINGS: &[&str] = &[
    "db",
    "database",
    "redis",
    "cache",
    "postgres",
    "postgresql",
    "mysql",
    "mongo",
    "mongodb",
    "kafka",
    "rabbitmq",
    "queue",
    "storage",
];

/// Members of an entry that say how it is, where it has no `status`.
const TRUTHS: &[&str] = &["healthy", "ok", "up", "connected"];

fn detect(probe: &Probe<'_>) -> bool {
    let Some(root) = probe.document() else { return false };
    if !root.is_object() || !root.entries().all(|(key, node)| is_known(&key, node)) {
        return false;
    }
    let status = root.get("status").str();
    let Some(word) = status.as_deref() else { return false };
    let health = known(word);
    // Tests and requests have results as well.
    if root.get("results").exists() && (health.is_none() || is_of_others(word) || root.get("results").is_array()) {
        return false;
    }
    // So have tests checks: what failed is a service only where something else says so.
    let has_failed = ["failed", "failure"].iter().any(|failed| failed.eq_ignore_ascii_case(word));
    if has_failed && ![MARKS, &NAMES[..4]].iter().any(|keys| keys.iter().any(|key| root.get(key).is_some())) {
        return false;
    }
    // An error that is told beside a word for any failure is that of a request.
    if root.get("error").is_string() && !(ALONE.contains(&word) && health == Some(Health::Unhealthy)) {
        return false;
    }
    if root.entries().any(|(key, node)| is_direct(&key, node)) {
        return health.is_some();
    }
    match PARTS.iter().map(|key| root.get(key)).find(|node| node.is_some()) {
        Some(parts) => !parts.is_empty() || health.is_some(),
        None => says_enough(root, word),
    }
}

/// Whether a member is one that such an answer may have.
fn is_known(key: &str, node: Node<'_>) -> bool {
    if PARTS.contains(&key) {
        return each(node).iter().all(|(_, part)| is_part(*part));
    }
    let is_told = [NAMES, TOLD, MARKS].iter().any(|keys| keys.contains(&key));
    let is_measured = [FIGURES, MARKS].iter().any(|keys| keys.contains(&key)) && is_figures(node, 3);
    let is_said = SAID.contains(&key) && node.is_string();
    BESIDE.contains(&key) || is_told && !node.is_object() || is_measured || is_said || is_direct(key, node)
}

/// Whether there are numbers, and texts that are none of the words, in this or in what it holds down to a depth.
fn is_figures(node: Node<'_>, depth: u8) -> bool {
    if node.is_object() || node.is_array() {
        return depth > 0
            && node.entries().all(|(_, inner)| is_figures(inner, depth - 1))
            && node.items().all(|inner| is_figures(inner, depth - 1));
    }
    !node.is_bool() && !is_word(node)
}

/// Whether a status without anything that was looked at can only be that of an application.
fn says_enough(root: Node<'_>, word: &str) -> bool {
    let has = |keys: &[&str]| keys.iter().any(|key| root.get(key).is_some());
    match known(word) {
        None => false,
        Some(_) if is_of_others(word) => has(&["version", "releaseId", "serviceId"]),
        Some(_) => ALONE.contains(&word) || has(MARKS) || has(&NAMES[..4]),
    }
}

fn is_of_others(word: &str) -> bool {
    OF_OTHERS.iter().any(|other| other.eq_ignore_ascii_case(word))
}

/// What a word says, in any case.
fn known(word: &str) -> Option<Health> {
    WORDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, health)| *health)
}

/// Whether an entry of a list tells of one thing that was looked at: an object with a status, a word, a truth value.
fn is_part(node: Node<'_>) -> bool {
    node.has(&["status"]) || node.is_bool() || is_word(node) || truth(node).is_some()
}

/// The truth value that tells how a thing is which has no `status`.
fn truth(node: Node<'_>) -> Option<Node<'_>> {
    TRUTHS.iter().map(|key| node.get(key)).find(|truth| truth.is_bool())
}

/// Whether a truth value of this name tells how a thing is: `true` that it is well.
fn tells(key: &str) -> bool {
    let name = key.to_ascii_lowercase();
    let end = HOLDS.iter().find_map(|end| name.strip_suffix(end));
    THINGS.contains(&&*name) || end.is_some_and(|start| NOT.iter().all(|not| !start.ends_with(not)))
}

/// Whether this is one of the words.
fn is_word(node: Node<'_>) -> bool {
    node.is_string() && node.str().is_some_and(|word| known(&word).is_some())
}

/// Whether a member of the answer itself tells of one thing that was looked at.
fn is_direct(key: &str, node: Node<'_>) -> bool {
    let is_other = [PARTS, BESIDE, NAMES, TOLD, MARKS].iter().any(|keys| keys.contains(&key));
    let status = if node.is_object() { node.get("status") } else { node };
    !is_other && (is_word(status) || node.is_bool() && tells(key) || node.is_object() && truth(node).is_some())
}

/// What was looked at, by name. Of one thing there may be a list (`application/health+json`).
fn each(parts: Node<'_>) -> Vec<(String, Node<'_>)> {
    if parts.is_array() {
        return parts.items().map(|part| (part.get("name").text().unwrap_or_default(), part)).collect();
    }
    let mut all = Vec::new();
    for (name, part) in parts.entries() {
        if part.is_array() {
            all.extend(part.items().map(|part| (name.clone().into_owned(), part)));
        } else {
            all.push((name.into_owned(), part));
        }
    }
    all
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let tree = doc.document()?;
    let root = tree.root();
    evidence.tool = Some(Tool::new("Health endpoint", None));
    let status = root.require("status");
    let mut health = status.word_any_case(WORDS).unwrap_or(Health::Unknown);
    let shown = status.string().unwrap_or_default();
    let parts: Vec<Part<'_>> = parts(root);
    let empty = PARTS.iter().map(|key| root.get(key)).find(|node| node.is_some() && parts.is_empty());
    if let Some(empty) = empty {
        empty.report(&NOTHING_RAN, "nothing was looked at: the application only answers");
        if health == Health::Healthy {
            health = Health::Unknown;
        }
    }
    let bad: Vec<&Part<'_>> = parts.iter().filter(|part| part.health == Health::Unhealthy).collect();
    if let (Health::Healthy, Some(first)) = (health, bad.first()) {
        let message = format!("is `{shown}`, and `{}` is `{}`", first.name, first.status);
        status.diags().push(status.diagnostic(&CONTRADICTION, message).against(first.node.pointer()));
    }
    let name = NAMES.iter().find_map(|key| Some(root.get(key)).filter(|node| node.is_string())?.filled());
    let name = name.unwrap_or_else(|| Service::UNNAMED.to_owned());
    let mut service = Service::new(name, Role::Container, health, shown, status.pointer());
    let mut reasons: Vec<String> = bad.iter().map(|part| part.reason()).collect();
    let said = ["error", "message", "msg"].map(|key| root.get(key)).into_iter();
    reasons.extend(said.filter(|node| node.is_string()).filter_map(Node::filled));
    service.reason = (health != Health::Healthy && !reasons.is_empty()).then(|| reasons.join("; "));
    service.facts = parts.into_iter().map(|part| (part.name, part.status)).collect();
    evidence.services.push(service);
    Ok(())
}

/// One thing that was looked at.
struct Part<'t> {
    name: String,
    health: Health,
    status: String,
    node: Node<'t>,
}

impl Part<'_> {
    /// Its name with what is wrong, as far as the answer says.
    fn reason(&self) -> String {
        let details = self.node.get("details");
        let places =
            [self.node.get("description"), self.node.get("exception"), self.node.get("message"), details.get("error")];
        match places.iter().find_map(|node| node.filled()) {
            Some(text) => format!("{}: {text}", self.name),
            None => format!("{}: {}", self.name, self.status),
        }
    }
}

/// What was looked at, in the order of the answer; a part of Spring Boot may have parts of its own.
fn parts(root: Node<'_>) -> Vec<Part<'_>> {
    let mut found = Vec::new();
    let mut open = vec![(root, String::new())];
    while let Some((node, prefix)) = open.pop() {
        let keys = if prefix.is_empty() { PARTS } else { &PARTS[..1] };
        let mut inner = Vec::new();
        let own = node.entries().filter(|(key, node)| prefix.is_empty() && is_direct(key, *node));
        let own = own.map(|(key, node)| (key.into_owned(), node));
        for (name, node) in keys.iter().flat_map(|key| each(node.get(key))).chain(own) {
            let name = format!("{prefix}{name}");
            let own = if node.is_string() || node.is_bool() { Some(node) } else { None };
            let status = own.or_else(|| truth(node).filter(|_| !node.has(&["status"])));
            let status = status.unwrap_or_else(|| node.require("status"));
            let health = match status.is_bool() {
                true if status.bool() == Some(true) => Some(Health::Healthy),
                true => Some(Health::Unhealthy),
                false => status.word_any_case(WORDS),
            };
            let health = health.unwrap_or(Health::Unknown);
            found.push(Part { name: name.clone(), health, status: status.text().unwrap_or_default(), node });
            inner.push((node, format!("{name} / ")));
        }
        inner.reverse();
        open.extend(inner);
    }
    found
}
