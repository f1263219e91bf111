//! Docker: `docker ps`.
//!
//! ```json
//! {"Names":"shop-api-1","Image":"shop/api:1.4","State":"running","Status":"Up 3 days (healthy)","Ports":"8000/tcp"}
//! ```
//!
//! One object a line.
//! There is no field for health or exit code: both are read from the text in `Status`,
//! `Up 9 seconds (health: starting)`, `Exited (3) 2 hours ago`.
//! A container without health check is *unknown*, not healthy; one that is starting or paused is unknown;
//! one that restarts, is dead or exited with another code than 0 is unhealthy,
//! and one that exited with 0 may be a finished job: unknown.
//! Without `-a` containers that stopped are missing from the file altogether.
//! Labels are left out.
//! Source of the texts: `container/state.go` of moby.

use crate::diagnostics::codes::UNKNOWN_WORD;
use crate::formats::Format;
use crate::formats::platform::containers::{self, State};
use crate::model::{Evidence, Health, Kind, Role, Service, Tool};
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "docker-ps",
    kinds: &[Kind::Platform],
    tool: "Docker",
    title: "Container list, NDJSON",
    produce: "docker ps -a --no-trunc --format json > docker-ps.ndjson",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    let is_container = |node: Node<'_>| {
        node.has(&["Names", "Status", "Image", "Ports", "RunningFor"]) && !node.get("Service").exists()
    };
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
    let status = node.require("Status").string().unwrap_or_default();
    // `State` came with Docker 20.10; before, the text is all there is.
    let state =
        if node.get("State").is_some() { containers::state(node.get("State")) } else { state_of(node, &status) };
    let health = containers::health(state, check(node, &status), exit_code(&status));
    let name = node.require("Names").string().unwrap_or_default();
    let mut service = Service::new(name, Role::Container, health, status, node.pointer());
    service.image = node.get("Image").filled();
    service.ports = node.get("Ports").filled();
    service
}

fn state_of(node: Node<'_>, status: &str) -> Option<State> {
    const STARTS: &[(&str, State)] = &[
        ("Up", State::Up),
        ("Restarting", State::Down),
        ("Exited", State::Exited),
        ("Created", State::Waiting),
        ("Dead", State::Down),
        ("Removal", State::Down),
    ];
    if status.ends_with("(Paused)") {
        return Some(State::Waiting);
    }
    let word = status.split_whitespace().next().unwrap_or("");
    let state = STARTS.iter().find(|(start, _)| *start == word).map(|(_, state)| *state);
    if state.is_none() {
        return node.get("Status").unknown_word(word, STARTS.iter().map(|(start, _)| *start));
    }
    state
}

/// What the health check says, in parentheses at the end of the text.
fn check(node: Node<'_>, status: &str) -> Option<Health> {
    if !status.starts_with("Up") {
        return None;
    }
    let (_, end) = status.strip_suffix(')')?.rsplit_once('(')?;
    match end {
        "healthy" => Some(Health::Healthy),
        "unhealthy" => Some(Health::Unhealthy),
        "health: starting" => Some(Health::Unknown),
        "Paused" => None,
        other => {
            node.get("Status").report(&UNKNOWN_WORD, format!("unknown health `{other}`"));
            None
        }
    }
}

fn exit_code(status: &str) -> Option<f64> {
    let (code, _) = status.strip_prefix("Exited (")?.split_once(')')?;
    code.parse().ok()
}
