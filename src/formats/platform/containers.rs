//! What the lists of containers have in common: states and health by docker/cli and moby `container/state.go`.

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::NOTHING_RAN;
use crate::model::{Evidence, Health};
use crate::source::{Doc, Node};

/// What the state of a container lets its health be.
#[derive(Clone, Copy)]
pub(super) enum State {
    /// It runs: the health check decides.
    Up,
    /// It is not at work and did not fail.
    Waiting,
    /// It ended: the exit code decides.
    Exited,
    /// It does not work.
    Down,
}

const STATES: &[(&str, State)] = &[
    ("running", State::Up),
    ("created", State::Waiting),
    ("restarting", State::Down),
    ("paused", State::Waiting),
    ("exited", State::Exited),
    ("dead", State::Down),
    ("removing", State::Down),
    // Those of Podman alone: `libpod/define/containerstate.go`.
    ("initialized", State::Waiting),
    ("stopping", State::Waiting),
    ("stopped", State::Exited),
    ("unknown", State::Down),
    // That of containerd alone, which nerdctl writes: `client/task.go`.
    ("pausing", State::Waiting),
];

const HEALTH: &[(&str, Option<Health>)] = &[
    ("", None),
    ("none", None),
    ("healthy", Some(Health::Healthy)),
    ("starting", Some(Health::Unknown)),
    ("unhealthy", Some(Health::Unhealthy)),
    // Podman, whose log of checks was reset: `libpod/define/healthchecks.go`.
    ("reset", Some(Health::Unknown)),
];

/// The state as a word.
pub(super) fn state(node: Node<'_>) -> Option<State> {
    node.word(STATES)
}

/// What the health check says; `None` where there is none.
pub(super) fn check(node: Node<'_>) -> Option<Health> {
    node.word(HEALTH).flatten()
}

/// Whether a container works. Without health check that is not known of one that runs;
/// one that ended with 0 may be a finished job.
pub(super) fn health(state: Option<State>, check: Option<Health>, exit_code: Option<f64>) -> Health {
    match state {
        Some(State::Up) => check.unwrap_or(Health::Unknown),
        Some(State::Waiting) | None => Health::Unknown,
        Some(State::Exited) if exit_code == Some(0.0) => Health::Unknown,
        Some(State::Exited | State::Down) => Health::Unhealthy,
    }
}

/// Reports a list without containers, which only a user who names the format can give.
pub(super) fn any(doc: &Doc<'_>, evidence: &Evidence) {
    if evidence.services.is_empty() {
        doc.report(Diagnostic::new(&NOTHING_RAN, "no container is listed"));
    }
}
