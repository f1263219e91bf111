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
//! The array of `podman ps -a --format json` is read too: there names are a list, the exit code has a key of its own, and
//! the health stands in `Status` since Podman 4.
//! So is the answer of the Docker Engine API (`GET /containers/json?all=true`), where names begin with a slash.
//! Labels are left out.
//! Source of the texts: `container/state.go` of moby, and `cmd/podman/containers/ps.go` of containers/podman.

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
            || is_podman(node)
            || is_engine(node)
    };
    probe.elements().next().is_some_and(is_container) || probe.first().is_some_and(is_container)
}

fn is_podman(node: Node<'_>) -> bool {
    node.get("Names").is_array() && node.has(&["State", "Image", "ExitCode", "Exited"])
}

fn is_engine(node: Node<'_>) -> bool {
    node.get("Names").is_array() && node.has(&["Id", "Image", "ImageID", "State", "Status"])
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let mut has_podman = false;
    let outcome = doc.records(|tree| {
        has_podman |= is_podman(tree.root());
        evidence.services.push(service(tree.root()));
        Ok(())
    });
    evidence.tool = Some(Tool::new(if has_podman { "Podman" } else { "Docker" }, None));
    outcome?;
    containers::any(doc, evidence);
    Ok(())
}

fn service(node: Node<'_>) -> Service {
    let status = node.get("Status").filled().or_else(|| node.get("State").filled());
    let status = status.unwrap_or_else(|| node.require("Status").string().unwrap_or_default());
    // `State` came with Docker 20.10; before, the text is all there is.
    let state =
        if node.get("State").is_some() { containers::state(node.get("State")) } else { state_of(node, &status) };
    let own_code = node.get("ExitCode");
    let code = if own_code.is_number() { own_code.f64() } else { exit_code(&status) };
    let health = containers::health(state, check(node, &status), code);
    let names = node.require("Names");
    let name = if names.is_array() { names.at(0) } else { names }.string().unwrap_or_default();
    // The API begins each name with a slash.
    let name = name.strip_prefix('/').map(str::to_owned).unwrap_or(name);
    let mut service = Service::new(name, Role::Container, health, status, node.pointer());
    service.image = node.get("Image").filled();
    service.ports = Some(node.get("Ports")).filter(|ports| ports.is_string()).and_then(Node::filled);
    service.restarts = Some(node.get("Restarts")).filter(|restarts| restarts.is_number()).and_then(Node::u64);
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
        "health: starting" | "starting" => Some(Health::Unknown),
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
