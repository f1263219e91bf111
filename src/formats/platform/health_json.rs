//! Health of an application, as its own endpoint answers: Spring Boot, MicroProfile Health, ASP.NET Core, NestJS, and
//! what applications answer without a library.
//!
//! ```json
//! {"status": "UP", "components": {"db": {"status": "UP", "details": {"database": "PostgreSQL"}}, "ping": {"status": "UP"}}}
//! ```
//!
//! The application is one service, healthy as its own `status` says; what it looked at stands among its facts.
//! Four libraries are known, each by the member that holds what was looked at:
//!
//! - Spring Boot Actuator (`/actuator/health`): `components`, up to 2.1 `details`, and neither where details are hidden.
//! - MicroProfile Health (`/health`, `/q/health`): `checks`, a list.
//! - ASP.NET Core (`UIResponseWriter` of AspNetCore.Diagnostics.HealthChecks): `entries`, with `totalDuration`.
//! - NestJS Terminus: `details`, beside `info` and `error`.
//!
//! Other answers with a `status` are read where each of their members is known: one of the lists above, `services` or
//! `dependencies`; a member that says of one thing how it is, by a word (`"database": "connected"`) or by a `status` of its
//! own; what tells of the application (`version`, `timestamp`, `uptime`, `environment`, …) or names it (`service`, `name`,
//! …), which is then the name of the service; so is the draft `application/health+json`.
//! `{"status": "ok"}` alone could be the answer to anything: name the format of the file.
//!
//! `UP`, `ok`, `Healthy`, `pass`, `ready`, `alive` and `connected` are healthy; `DOWN`, `OUT_OF_SERVICE`, `Unhealthy`,
//! `Degraded`, `error`, `fail`, `warn`, `disconnected`, `unavailable` and `not_ready` are not; `UNKNOWN` is not known.
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
    ("UNKNOWN", Health::Unknown),
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

/// Members that hold what was looked at.
const PARTS: &[&str] = &["components", "entries", "checks", "details", "services", "dependencies"];

/// Members that stand beside them.
const BESIDE: &[&str] = &["status", "groups", "totalDuration", "info", "error"];

/// Members that name the application.
const NAMES: &[&str] = &["service", "service_name", "app", "application", "name"];

/// Members that tell of the application, and say nothing of its health.
const TOLD: &[&str] = &["description", "notes", "output", "release", "time"];

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
    "upSince",
];

fn detect(probe: &Probe<'_>) -> bool {
    let Some(root) = probe.document() else { return false };
    if !root.is_object() || !root.entries().all(|(key, node)| is_known(&key, node)) {
        return false;
    }
    let status = root.get("status").str();
    let Some(word) = status.as_deref() else { return false };
    let health = known(word);
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
    BESIDE.contains(&key) || is_told && !node.is_object() || is_direct(key, node)
}

/// Whether a status without anything that was looked at can only be that of an application.
fn says_enough(root: Node<'_>, word: &str) -> bool {
    let has = |keys: &[&str]| keys.iter().any(|key| root.get(key).is_some());
    let of_tests = ["pass", "fail", "warn", "error"].iter().any(|test| test.eq_ignore_ascii_case(word));
    match known(word) {
        None => false,
        Some(_) if of_tests => has(&["version", "releaseId", "serviceId"]),
        Some(_) => ALONE.contains(&word) || has(MARKS) || has(&NAMES[..4]),
    }
}

/// What a word says, in any case.
fn known(word: &str) -> Option<Health> {
    WORDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, health)| *health)
}

/// Whether an entry of a list tells of one thing that was looked at: an object with a status, a word, a truth value.
fn is_part(node: Node<'_>) -> bool {
    node.has(&["status"]) || node.is_bool() || is_word(node)
}

/// Whether this is one of the words.
fn is_word(node: Node<'_>) -> bool {
    node.is_string() && node.str().is_some_and(|word| known(&word).is_some())
}

/// Whether a member of the answer itself tells of one thing that was looked at.
fn is_direct(key: &str, node: Node<'_>) -> bool {
    let is_other = [PARTS, BESIDE, NAMES, TOLD, MARKS].iter().any(|keys| keys.contains(&key));
    !is_other && is_word(if node.is_object() { node.get("status") } else { node })
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
    let name = name.unwrap_or_else(|| "application".to_owned());
    let mut service = Service::new(name, Role::Container, health, shown, status.pointer());
    let mut reasons: Vec<String> = bad.iter().map(|part| part.reason()).collect();
    reasons.extend(Some(root.get("error")).filter(|error| error.is_string()).and_then(Node::filled));
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
            let status = if node.is_string() || node.is_bool() { node } else { node.require("status") };
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
