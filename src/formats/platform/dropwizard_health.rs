//! Dropwizard: the health checks of an application, as the `HealthCheckServlet` of Dropwizard Metrics answers.
//!
//! ```json
//! {"deadlocks": {"healthy": true, "duration": 1, "timestamp": "2026-03-01T12:00:00.000Z"},
//!  "orders-db": {"healthy": false, "message": "no connection", "duration": 30, "timestamp": "2026-03-01T12:00:00.031Z"}}
//! ```
//!
//! The application is one service, named as its file is, and healthy where every check is; the checks stand among its
//! facts. Why a check failed is its `message`, or that of its `error`.
//! Where there is only `deadlocks`, which Dropwizard adds itself, nothing of the application was looked at: an error.
//! The answer has no mark of its own: it is known by the check `deadlocks`, which every application of Dropwizard has, or
//! by the `duration` and `timestamp` of each check (Metrics 4.1 and later).
//! Source: dropwizard/metrics, `HealthCheckModule`; the servlet answers with 500 where one check failed.

use crate::diagnostics::codes::NOTHING_RAN;
use crate::formats::Format;
use crate::model::phrase::plural;
use crate::model::{Evidence, Health, Kind, Role, Service, Tool};
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "dropwizard-health",
    kinds: &[Kind::Platform],
    tool: "Dropwizard",
    title: "Health checks (/healthcheck)",
    produce: "curl -sS http://localhost:8081/healthcheck > orders-health.json",
    detect,
    read,
};

/// The check that every application has.
const OF_ITS_OWN: &str = "deadlocks";

fn detect(probe: &Probe<'_>) -> bool {
    let Some(root) = probe.document() else { return false };
    let is_timed = |check: Node<'_>| check.has(&["duration", "timestamp"]);
    let mut checks = root.entries().map(|(_, check)| check);
    let are_checks = root.is_object() && !root.is_empty() && root.entries().all(|(_, check)| check.has(&["healthy"]));
    are_checks && (root.get(OF_ITS_OWN).exists() || checks.all(is_timed))
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let tree = doc.document()?;
    let root = tree.root();
    evidence.tool = Some(Tool::new("Dropwizard", None));
    let mut is_known = true;
    let mut facts = Vec::new();
    let mut reasons = Vec::new();
    for (name, check) in root.entries() {
        let status = match check.require("healthy").bool() {
            Some(true) => "healthy",
            Some(false) => {
                let messages =
                    [check.get("message"), check.get("error").get("message"), check.get("error").get("type")];
                let message = messages.iter().find_map(|node| node.filled());
                reasons.push(format!("{name}: {}", message.as_deref().unwrap_or("unhealthy")));
                "unhealthy"
            }
            None => {
                is_known = false;
                "unknown"
            }
        };
        facts.push((name.into_owned(), status.to_owned()));
    }
    if facts.iter().all(|(name, _)| name == OF_ITS_OWN) {
        root.report(&NOTHING_RAN, "the application has no health checks of its own");
        is_known = false;
    }
    let n_checks = plural(facts.len() as u64, "check");
    let (health, status) = match reasons.len() {
        0 if is_known => (Health::Healthy, format!("{n_checks} healthy")),
        0 => (Health::Unknown, n_checks),
        bad => (Health::Unhealthy, format!("{bad} of {n_checks} unhealthy")),
    };
    let mut service = Service::new(Service::UNNAMED.to_owned(), Role::Container, health, status, root.pointer());
    service.reason = (!reasons.is_empty()).then(|| reasons.join("; "));
    service.facts = facts;
    service.check = Some("GET /healthcheck".to_owned());
    evidence.services.push(service);
    Ok(())
}
