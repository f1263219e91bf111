//! HashiCorp Vault and OpenBao: health of a node, and the state of its seal.
//!
//! ```json
//! {"initialized": true, "sealed": false, "standby": false, "performance_standby": false, "replication_dr_mode": "disabled",
//!  "server_time_utc": 1772366400, "version": "1.17.2", "cluster_name": "vault-cluster-3bd69ca2"}
//! ```
//!
//! The node is one service: unhealthy where it is sealed or not initialised, was removed from its cluster, or stands by
//! without a connection to the active node (Vault 1.19 and later); else healthy, also where it stands by.
//! `vault status -format=json` and `/v1/sys/seal-status` are read too; they say only whether it is sealed.
//! Source: hashicorp/vault, `http/sys_health.go` and `http/sys_seal.go`.

use crate::formats::Format;
use crate::model::{Evidence, Health, Kind, Role, Service, Tool};
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "vault-health",
    kinds: &[Kind::Platform],
    tool: "Vault",
    title: "Health of a node (/v1/sys/health, vault status), also of OpenBao",
    produce: "curl -sS http://localhost:8200/v1/sys/health > vault.json",
    detect,
    read,
};

/// What makes a node unhealthy, by the value that does, and how it is told.
const FAULTS: &[(&str, bool, &str)] = &[
    ("initialized", false, "not initialized"),
    ("removed_from_cluster", true, "removed from the cluster"),
    ("sealed", true, "sealed"),
    ("ha_connection_healthy", false, "standby without a connection to the active node"),
];

fn detect(probe: &Probe<'_>) -> bool {
    probe.document().is_some_and(|root| {
        root.has(&["initialized", "sealed"]) && (is_health(root) || root.has(&["t", "n", "progress"]))
    })
}

/// Whether it is an answer about the node, and not only about its seal.
fn is_health(root: Node<'_>) -> bool {
    root.has(&["standby", "server_time_utc"])
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let tree = doc.document()?;
    let root = tree.root();
    let version = root.get("version").filled();
    evidence.tool = Some(Tool::new("Vault", version.clone()));
    let is = |key: &str| root.get(key).bool();
    let fault = FAULTS.iter().find(|(key, bad, _)| is(key) == Some(*bad));
    let known = ["initialized", "sealed"].map(|key| root.require(key).bool().is_some()) == [true; 2];
    let health = match fault {
        Some(_) => Health::Unhealthy,
        None if known => Health::Healthy,
        None => Health::Unknown,
    };
    let is_secondary = root.get("replication_dr_mode").str().as_deref() == Some("secondary");
    let status = match fault {
        Some((_, _, said)) => said,
        None if !known => "unknown",
        None if is_secondary => "secondary for disaster recovery",
        None if is("performance_standby") == Some(true) => "performance standby",
        None if is("standby") == Some(true) => "standby",
        None if is("standby") == Some(false) => "active",
        None => "unsealed",
    };
    let pointer = root.get("sealed").pointer();
    let mut service = Service::new("Vault", Role::Container, health, status.to_owned(), pointer);
    service.image = version;
    service.facts.extend(root.get("cluster_name").filled().map(|name| ("cluster".to_owned(), name)));
    service.check = Some(if is_health(root) { "GET /v1/sys/health" } else { "vault status" }.to_owned());
    evidence.services.push(service);
    Ok(())
}
