//! Docker Compose: `docker compose ps`.
//!
//! ```json
//! {"Name":"shop-api-1","Service":"api","State":"running","Health":"healthy","ExitCode":0,"Status":"Up 3 days (healthy)","Publishers":[]}
//! ```
//!
//! Up to 2.20 one array, from 2.21 one object a line; both are read.
//! A container without health check is *unknown*, not healthy; one that is starting or paused is unknown;
//! one that restarts, is dead or exited with another code than 0 is unhealthy,
//! and one that exited with 0 may be a finished job: unknown.
//! `nerdctl compose ps --format json` writes the same (containerd/nerdctl, `cmd/nerdctl/compose/compose_ps.go`).
//! Without `-a` containers that stopped are missing from the file altogether, so name the required services in the policy.

use crate::formats::Format;
use crate::formats::platform::containers;
use crate::model::{Evidence, Kind, Role, Service, Tool};
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "compose-ps",
    kinds: &[Kind::Platform],
    tool: "Docker Compose",
    title: "Container list, array or NDJSON",
    produce: "docker compose ps -a --format json > compose-ps.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    let is_container = |node: Node<'_>| node.has(&["Name", "Service", "State", "ExitCode"]);
    probe.elements().next().is_some_and(is_container) || probe.first().is_some_and(is_container)
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("Docker Compose", None));
    doc.records(|tree| {
        evidence.services.push(service(tree.root()));
        Ok(())
    })?;
    containers::any(doc, evidence);
    Ok(())
}

fn service(node: Node<'_>) -> Service {
    let state = containers::state(node.require("State"));
    let health = containers::health(state, containers::check(node.get("Health")), node.get("ExitCode").f64());
    let name = node.require("Name").string().unwrap_or_default();
    let status = node.get("Status").filled().or_else(|| node.get("State").string()).unwrap_or_default();
    let mut service = Service::new(name, Role::Container, health, status, node.pointer());
    service.image = node.get("Image").filled();
    service.ports = node.get("Ports").filled().or_else(|| published(node.get("Publishers")));
    service
}

fn published(publishers: Node<'_>) -> Option<String> {
    let ports: Vec<String> = publishers
        .items()
        .filter_map(|p| {
            let target = p.get("TargetPort").u64()?;
            let protocol = p.get("Protocol").string().unwrap_or_else(|| "tcp".to_owned());
            match p.get("PublishedPort").u64() {
                Some(port) if port > 0 => Some(format!("{port}->{target}/{protocol}")),
                _ => Some(format!("{target}/{protocol}")),
            }
        })
        .collect();
    (!ports.is_empty()).then(|| ports.join(", "))
}
