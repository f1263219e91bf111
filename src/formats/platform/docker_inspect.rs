//! Docker: `docker inspect` of containers.
//!
//! ```json
//! [{"Id":"5ac2","Name":"/shop-api-1","RestartCount":0,"State":{"Status":"running","ExitCode":0,"Health":{"Status":"healthy"}},"Config":{"Image":"shop/api:1.4"}}]
//! ```
//!
//! Health as in `docker ps`: a container without health check is *unknown*, not healthy;
//! one that restarts, is dead or exited with another code than 0 is unhealthy.
//! The reason is the last failed health check, or what Docker itself says.
//! The file of Podman has the same form and is read too.
//! Environment variables, arguments, labels and mounts are left out, since they often hold secrets.

use crate::formats::Format;
use crate::formats::platform::containers;
use crate::model::{Evidence, Health, Kind, Role, Service, Tool};
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "docker-inspect",
    kinds: &[Kind::Platform],
    tool: "Docker",
    title: "Containers in detail",
    produce: "docker inspect $(docker ps -aq) > docker-inspect.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    let is_container =
        |node: Node<'_>| node.has(&["Id", "Name", "State", "Config"]) && node.get("State").has(&["Status", "ExitCode"]);
    probe.elements().next().is_some_and(is_container) || probe.first().is_some_and(is_container)
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("Docker", None));
    doc.records(|tree| {
        evidence.services.push(service(tree.root()));
        Ok(())
    })?;
    containers::any(doc, evidence);
    Ok(())
}

fn service(node: Node<'_>) -> Service {
    let state = node.require("State");
    let status = if state.is_some() { state.require("Status") } else { state };
    // Podman up to 4 writes `Healthcheck`.
    let check = if state.get("Health").is_some() { state.get("Health") } else { state.get("Healthcheck") };
    let exit_code = state.get("ExitCode").f64();
    let health = containers::health(
        containers::state(status),
        containers::check(if check.is_some() { check.require("Status") } else { check }),
        exit_code,
    );
    let name = node.require("Name").string().unwrap_or_default();
    let name = name.strip_prefix('/').unwrap_or(&name);
    let mut shown = status.string().unwrap_or_default();
    match (&*shown, exit_code, check.get("Status").filled()) {
        ("exited", Some(code), _) => shown = format!("exited ({code})"),
        ("running", _, Some(check)) if check != "none" => shown = format!("running ({check})"),
        _ => {}
    }
    let mut service = Service::new(name, Role::Container, health, shown, node.pointer());
    service.image = node.get("Config").get("Image").filled();
    service.restarts = node.get("RestartCount").u64();
    service.ports = ports(node.path(&["NetworkSettings", "Ports"]));
    if health == Health::Unhealthy {
        service.reason = reason(state, check);
    }
    service
}

fn reason(state: Node<'_>, check: Node<'_>) -> Option<String> {
    if state.get("OOMKilled").bool() == Some(true) {
        return Some("killed, out of memory".to_owned());
    }
    if let Some(error) = state.get("Error").filled() {
        return Some(error);
    }
    let last = check.get("Log").items().filter(|entry| entry.get("ExitCode").f64() != Some(0.0)).last()?;
    let code = last.get("ExitCode").text()?;
    let output = last.get("Output").filled().and_then(|text| text.trim().lines().next().map(str::to_owned));
    Some(match output {
        Some(output) => format!("health check ended with {code}: {output}"),
        None => format!("health check ended with {code}"),
    })
}

/// As `docker ps` shows them: `127.0.0.1:19090->9090/tcp`.
fn ports(ports: Node<'_>) -> Option<String> {
    let mut shown = Vec::new();
    for (inner, bindings) in ports.entries() {
        if bindings.is_empty() {
            shown.push(inner.clone().into_owned());
        }
        for binding in bindings.items() {
            let host = binding.get("HostIp").filled().unwrap_or_else(|| "0.0.0.0".to_owned());
            shown.push(format!("{host}:{}->{inner}", binding.get("HostPort").text().unwrap_or_default()));
        }
    }
    (!shown.is_empty()).then(|| shown.join(", "))
}
