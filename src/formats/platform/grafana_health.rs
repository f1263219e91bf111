//! Grafana: its health check.
//!
//! ```json
//! {"commit": "087143285", "database": "ok", "version": "11.2.0"}
//! ```
//!
//! `database` is the only thing that Grafana checks: `ok` is healthy, `failing` is unhealthy.
//! Source: `pkg/api/health.go` of Grafana.

use crate::formats::Format;
use crate::model::{Evidence, Health, Kind, Role, Service, Tool};
use crate::source::{Doc, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "grafana-health",
    kinds: &[Kind::Platform],
    tool: "Grafana",
    title: "Health check (/api/health)",
    produce: "curl -fsS http://localhost:3000/api/health > grafana.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    let Some(root) = probe.document() else { return false };
    // Grafana leaves commit and version out where it is told to hide them.
    let others = root.entries().filter(|(key, _)| !matches!(&**key, "commit" | "version" | "enterpriseCommit"));
    let hides_both = root.get("commit").exists() == root.get("version").exists();
    root.get("database").is_string() && others.count() == 1 && hides_both
}

const DATABASE: &[(&str, Health)] = &[("ok", Health::Healthy), ("failing", Health::Unhealthy)];

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let tree = doc.document()?;
    let root = tree.root();
    let version = root.get("version").filled();
    evidence.tool = Some(Tool::new("Grafana", version.clone()));
    let database = root.require("database");
    let health = database.word(DATABASE).unwrap_or(Health::Unknown);
    let status = format!("database {}", database.string().unwrap_or_default());
    let mut service = Service::new("Grafana", Role::Monitoring, health, status, database.pointer());
    service.image = version;
    service.check = Some("GET /api/health".to_owned());
    evidence.services.push(service);
    Ok(())
}
