//! signoff's own format for services and monitoring, easy to write from a shell script.
//!
//! One JSON document:
//!
//! ```json
//! {"schema": "signoff.services/1", "services": [
//!   {"name": "Prometheus", "role": "monitoring", "health": "healthy", "ports": "9091", "check": "GET /-/healthy", "response_ms": 12,
//!    "facts": {"Retention": "30 days"}},
//!   {"name": "worker", "role": "container", "health": "unhealthy", "status": "Up 3 days (unhealthy)", "reason": "no answer from the broker"}]}
//! ```
//!
//! or NDJSON with one service a line, each with the schema:
//!
//! ```json
//! {"schema": "signoff.services/1", "name": "api", "health": "healthy"}
//! ```
//!
//! A service is `healthy`, `unhealthy` or `unknown` (nothing tells); where the word cannot be read it is unknown.
//! Its role is `container` (the default), `monitoring` or `target` (what monitoring scrapes).
//! `status` is the state in the tool's own words; `facts` are shown as they are.
//! A document without services is an error. An unknown key is reported, since a misspelt one would be lost in silence.

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{NOTHING_RAN, UNREADABLE_PART};
use crate::formats::Format;
use crate::formats::native::{facts, header, known_keys, time};
use crate::model::{Evidence, Health, Kind, Role, Service, Unit};
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "signoff-services",
    kinds: &[Kind::Platform],
    tool: "signoff",
    title: "Native services (signoff.services/1), JSON or NDJSON",
    produce: "printf '{\"schema\":\"signoff.services/1\",\"name\":\"api\",\"health\":\"healthy\"}\\n' >> services.ndjson",
    detect,
    read,
};

const SCHEMA: &str = "signoff.services/1";
const DOCUMENT_KEYS: &[&str] =
    &["schema", "services", "tool", "time", "target", "environment", "commit", "version", "product"];
const SERVICE_KEYS: &[&str] = &[
    "schema",
    "name",
    "role",
    "health",
    "status",
    "ports",
    "image",
    "check",
    "response_ms",
    "restarts",
    "reason",
    "facts",
    "time",
];
const ROLES: &[(&str, Role)] =
    &[("container", Role::Container), ("monitoring", Role::Monitoring), ("target", Role::Target)];
const HEALTH: &[(&str, Health)] =
    &[("healthy", Health::Healthy), ("unhealthy", Health::Unhealthy), ("unknown", Health::Unknown)];

fn detect(probe: &Probe<'_>) -> bool {
    probe.first().is_some_and(|first| first.get("schema").str().as_deref() == Some(SCHEMA))
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    doc.records(|tree| {
        let root = tree.root();
        if root.get("schema").str().as_deref() != Some(SCHEMA) {
            root.report(&UNREADABLE_PART, format!("the record is not of schema `{SCHEMA}`"));
        } else if root.get("name").exists() && !root.get("services").exists() {
            evidence.services.push(service(root));
            evidence.add_time_of_part(time(root.get("time")));
        } else {
            known_keys(root, DOCUMENT_KEYS);
            header(root, evidence);
            evidence.services.extend(root.require("services").items().map(service));
        }
        Ok(())
    })?;
    if evidence.services.is_empty() {
        doc.report(Diagnostic::new(&NOTHING_RAN, "no service is listed"));
    }
    Ok(())
}

fn service(node: Node<'_>) -> Service {
    known_keys(node, SERVICE_KEYS);
    let name = node.require("name").string().unwrap_or_default();
    let role = node.get("role").word(ROLES).unwrap_or(Role::Container);
    let health = node.require("health").word(HEALTH).unwrap_or(Health::Unknown);
    let status = node.get("status").filled().unwrap_or_else(|| health.word().to_owned());
    let mut service = Service::new(name, role, health, status, node.pointer());
    service.ports = node.get("ports").text();
    service.image = node.get("image").filled();
    service.check = node.get("check").filled();
    service.response_time = node.get("response_ms").elapsed(Unit::Millis);
    service.restarts = node.get("restarts").u64();
    service.reason = node.get("reason").filled();
    service.facts = facts(node.get("facts"));
    service
}
