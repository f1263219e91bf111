//! Alertmanager: answers of its API v2, saved with `curl` or `amtool --output=json`.
//!
//! ```json
//! [{"labels":{"alertname":"InstanceDown","severity":"critical"},"status":{"state":"active","silencedBy":[]},"fingerprint":"755d","startsAt":"…"}]
//! ```
//!
//! - `alertmanager-v2-alerts` (`/api/v2/alerts`): `active` and `unprocessed` alerts fire,
//!   `suppressed` ones are silenced, inhibited or muted.
//!   An empty list is `[]`, which many tools write: name the format where that is a good result.
//! - `alertmanager-v2-groups` (`/api/v2/alerts/groups`): the same alerts by receiver.
//!   An alert that is in several groups is counted once, by its fingerprint.
//! - `alertmanager-v2-status` (`/api/v2/status`): Alertmanager itself as a service.
//!   A cluster that is `ready`, or `disabled` since there is one instance, is healthy; one that is `settling` is unknown.
//!   The configuration in it is left out.
//!
//! The API v1 is gone since 0.27 and is not read.

use std::collections::BTreeSet;

use crate::diagnostics::codes::MISSING_FIELD;
use crate::formats::Format;
use crate::formats::platform::prometheus::{summary, texts};
use crate::model::platform::AlertState;
use crate::model::{Alert, Evidence, Health, Kind, Role, Service, Tool};
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static ALERTS: Format = Format {
    id: "alertmanager-v2-alerts",
    kinds: &[Kind::Platform],
    tool: "Alertmanager",
    title: "Alerts (/api/v2/alerts)",
    produce: "curl -fsS http://localhost:9093/api/v2/alerts > alertmanager-alerts.json",
    detect: |probe| probe.elements().next().is_some_and(is_alert),
    read: read_alerts,
};

pub(super) static GROUPS: Format = Format {
    id: "alertmanager-v2-groups",
    kinds: &[Kind::Platform],
    tool: "Alertmanager",
    title: "Alert groups (/api/v2/alerts/groups)",
    produce: "curl -fsS http://localhost:9093/api/v2/alerts/groups > alertmanager-groups.json",
    detect: is_groups,
    read: read_groups,
};

pub(super) static STATUS: Format = Format {
    id: "alertmanager-v2-status",
    kinds: &[Kind::Platform],
    tool: "Alertmanager",
    title: "Status (/api/v2/status)",
    produce: "curl -fsS http://localhost:9093/api/v2/status > alertmanager-status.json",
    detect: |probe| probe.is_object_with(&["cluster", "versionInfo", "uptime"]),
    read: read_status,
};

fn is_alert(node: Node<'_>) -> bool {
    node.has(&["labels", "fingerprint", "startsAt"]) && node.get("status").get("state").is_string()
}

fn is_groups(probe: &Probe<'_>) -> bool {
    probe.elements().next().is_some_and(|group| {
        group.get("labels").is_object() && group.get("receiver").get("name").exists() && group.get("alerts").is_array()
    })
}

fn read_alerts(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("Alertmanager", None));
    doc.records(|tree| {
        evidence.alerts.push(alert(tree.root()));
        Ok(())
    })
}

fn read_groups(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("Alertmanager", None));
    let mut seen = BTreeSet::new();
    doc.records(|tree| {
        for node in tree.root().require("alerts").items() {
            if node.get("fingerprint").string().is_none_or(|fingerprint| seen.insert(fingerprint)) {
                evidence.alerts.push(alert(node));
            }
        }
        Ok(())
    })
}

const STATES: &[(&str, AlertState)] =
    &[("active", AlertState::Firing), ("unprocessed", AlertState::Firing), ("suppressed", AlertState::Silenced)];

fn alert(node: Node<'_>) -> Alert {
    let labels = node.get("labels");
    if !node.get("status").is_some() {
        node.report(&MISSING_FIELD, "`status` is missing");
    }
    Alert {
        name: labels.get("alertname").string().unwrap_or_default(),
        // A state that cannot be read is not known to be suppressed.
        state: node.get("status").get("state").word(STATES).unwrap_or(AlertState::Firing),
        severity: labels.get("severity").filled(),
        summary: summary(node.get("annotations")),
        labels: texts(labels, &["alertname", "severity"]),
        pointer: node.pointer(),
    }
}

const CLUSTER: &[(&str, Health)] =
    &[("ready", Health::Healthy), ("disabled", Health::Healthy), ("settling", Health::Unknown)];

fn read_status(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let tree = doc.document()?;
    let root = tree.root();
    let version = root.get("versionInfo").get("version").string();
    evidence.tool = Some(Tool::new("Alertmanager", version.clone()));
    let status = root.get("cluster").require("status");
    let health = status.word(CLUSTER).unwrap_or(Health::Unknown);
    let shown = format!("cluster {}", status.string().unwrap_or_default());
    let mut service = Service::new("Alertmanager", Role::Monitoring, health, shown, status.pointer());
    service.image = version;
    service.check = Some("GET /api/v2/status".to_owned());
    service.facts = root.get("uptime").string().into_iter().map(|since| ("running since".to_owned(), since)).collect();
    evidence.services.push(service);
    Ok(())
}
