//! Health of an application, as its own endpoint answers: Spring Boot, MicroProfile Health, ASP.NET Core, NestJS.
//!
//! ```json
//! {"status": "UP", "components": {"db": {"status": "UP", "details": {"database": "PostgreSQL"}}, "ping": {"status": "UP"}}}
//! ```
//!
//! The application is one service, healthy as its own `status` says; what it looked at stands among its facts.
//! Four answers are known, each by the member that holds what was looked at:
//!
//! - Spring Boot Actuator (`/actuator/health`): `components`, up to 2.1 `details`, and neither where details are hidden.
//! - MicroProfile Health (`/health`, `/q/health`): `checks`, a list.
//! - ASP.NET Core (`UIResponseWriter` of AspNetCore.Diagnostics.HealthChecks): `entries`, with `totalDuration`.
//! - NestJS Terminus: `details`, beside `info` and `error`.
//!
//! `UP`, `ok` and `Healthy` are healthy; `DOWN`, `OUT_OF_SERVICE`, `Unhealthy`, `Degraded` and `error` are not; `UNKNOWN` is
//! not known. Where a part is not healthy and the whole says that it is, that is a contradiction.
//! An answer with an empty list says only that the application answers, which is an error: nothing was looked at.

use crate::diagnostics::codes::{CONTRADICTION, NOTHING_RAN};
use crate::formats::Format;
use crate::model::{Evidence, Health, Kind, Role, Service, Tool};
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "health-json",
    kinds: &[Kind::Platform],
    tool: "Health endpoint",
    title: "Answer of an application: Spring Boot, MicroProfile, ASP.NET Core, NestJS",
    produce: "curl -sS http://localhost:8080/actuator/health > health.json",
    detect,
    read,
};

const WORDS: &[(&str, Health)] = &[
    ("UP", Health::Healthy),
    ("ok", Health::Healthy),
    ("Healthy", Health::Healthy),
    ("DOWN", Health::Unhealthy),
    ("OUT_OF_SERVICE", Health::Unhealthy),
    ("Unhealthy", Health::Unhealthy),
    ("Degraded", Health::Unhealthy),
    ("error", Health::Unhealthy),
    ("shutting_down", Health::Unhealthy),
    ("UNKNOWN", Health::Unknown),
];

/// Members that hold what was looked at.
const PARTS: &[&str] = &["components", "entries", "checks", "details"];

/// Members that stand beside them, or alone.
const BESIDE: &[&str] = &["status", "groups", "totalDuration", "info", "error"];

fn detect(probe: &Probe<'_>) -> bool {
    let Some(root) = probe.document() else { return false };
    let is_known = |key: &str| PARTS.contains(&key) || BESIDE.contains(&key);
    let status = root.get("status").str();
    if !root.is_object() || !root.entries().all(|(key, _)| is_known(&key)) {
        return false;
    }
    let named = || PARTS.iter().map(|key| root.get(key)).filter(|node| node.is_some());
    let word = |word: &str| WORDS.iter().any(|(known, _)| known.eq_ignore_ascii_case(word));
    match named().next() {
        // Alone, the word is that of Spring Boot.
        None => {
            matches!(status.as_deref(), Some("UP" | "DOWN" | "OUT_OF_SERVICE" | "UNKNOWN")) && !root.has(&["error"])
        }
        Some(parts) if parts.is_empty() => status.as_deref().is_some_and(word),
        Some(_) => status.is_some() && named().all(|parts| each(parts).iter().all(|(_, part)| part.has(&["status"]))),
    }
}

/// What was looked at, by name.
fn each(parts: Node<'_>) -> Vec<(String, Node<'_>)> {
    if parts.is_array() {
        return parts.items().map(|part| (part.get("name").text().unwrap_or_default(), part)).collect();
    }
    parts.entries().map(|(name, part)| (name.into_owned(), part)).collect()
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
    let mut service = Service::new("application", Role::Container, health, shown, status.pointer());
    let reasons: Vec<String> = bad.iter().map(|part| part.reason()).collect();
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
        for (name, node) in keys.iter().flat_map(|key| each(node.get(key))) {
            let name = format!("{prefix}{name}");
            let status = node.require("status");
            let health = status.word_any_case(WORDS).unwrap_or(Health::Unknown);
            found.push(Part { name: name.clone(), health, status: status.string().unwrap_or_default(), node });
            inner.push((node, format!("{name} / ")));
        }
        inner.reverse();
        open.extend(inner);
    }
    found
}
