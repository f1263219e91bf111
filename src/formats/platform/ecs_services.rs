//! Amazon ECS: services, as `aws ecs describe-services` prints them.
//!
//! ```json
//! {"services": [{"serviceName": "shop-api", "status": "ACTIVE", "desiredCount": 2, "runningCount": 2, "pendingCount": 0,
//!    "deployments": [{"status": "PRIMARY", "rolloutState": "COMPLETED", "runningCount": 2, "desiredCount": 2}]}], "failures": []}
//! ```
//!
//! A service is healthy where it is `ACTIVE`, its one deployment is completed (`rolloutState`, which services with another
//! controller than ECS do not have), and as many tasks run as it asks for.
//! It is unhealthy where a deployment failed or fewer tasks run, unknown while a deployment is in progress, and where it
//! asks for no task. A service that is `INACTIVE` or `DRAINING` is unhealthy: it was deleted.
//! With CodeDeploy or another controller task sets stand in the place of deployments: where there are several, or one is
//! still `STABILIZING`, a deployment is in progress.
//! A name among `failures` was not found, which makes the answer incomplete.
//! Events and network settings are left out.
//! Keys by the reference of the API, `DescribeServices`.

use crate::diagnostics::codes::{INCOMPLETE, NOTHING_RAN};
use crate::formats::Format;
use crate::model::{Evidence, Health, Kind, Role, Service, Tool};
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "ecs-services",
    kinds: &[Kind::Platform],
    tool: "Amazon ECS",
    title: "Services (describe-services)",
    produce: "aws ecs describe-services --cluster staging --services shop-api shop-web > ecs.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.document().is_some_and(|root| {
        let first = root.get("services").at(0);
        first.has(&["serviceName", "desiredCount", "runningCount"])
            || root.get("failures").at(0).has(&["arn", "reason"]) && root.get("services").is_array()
    })
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let tree = doc.document()?;
    let root = tree.root();
    evidence.tool = Some(Tool::new("Amazon ECS", None));
    let services = root.require("services");
    evidence.services = services.items().filter(|node| node.is_record()).map(service).collect();
    for failure in root.get("failures").items() {
        let arn = failure.get("arn").text().unwrap_or_default();
        let reason = failure.get("reason").text().unwrap_or_else(|| "no reason is given".to_owned());
        failure.report(&INCOMPLETE, format!("`{arn}` could not be described: {reason}"));
    }
    if services.is_array() && services.is_empty() {
        services.report(&NOTHING_RAN, "no service is listed");
    }
    Ok(())
}

fn service(node: Node<'_>) -> Service {
    let name = node.require("serviceName").string().unwrap_or_default();
    let count = |key: &str| node.require(key).u64();
    let (desired, running) = (count("desiredCount"), count("runningCount"));
    let status = node.require("status").string().unwrap_or_default();
    let deployments = node.get("deployments");
    let state = |word: &str| {
        deployments.items().find(|deployment| deployment.get("rolloutState").str().as_deref() == Some(word))
    };
    let has_old = deployments.len() > 1;
    // Where CodeDeploy or another controller deploys, task sets stand in the place of deployments.
    let task_sets = node.get("taskSets");
    let is_unsteady = |set: Node<'_>| set.get("stabilityStatus").str().as_deref() == Some("STABILIZING");
    let is_deploying = task_sets.len() > 1 || task_sets.items().any(is_unsteady);
    let (health, reason) = match (&*status, desired, running) {
        ("ACTIVE", Some(desired), Some(running)) => match (state("FAILED"), state("IN_PROGRESS")) {
            (Some(failed), _) => {
                let reason = failed.get("rolloutStateReason").filled();
                (Health::Unhealthy, Some(reason.unwrap_or_else(|| "the deployment failed".to_owned())))
            }
            (None, progress) if progress.is_some() || is_deploying => {
                (Health::Unknown, Some("a deployment is in progress".to_owned()))
            }
            (None, _) if desired == 0 => (Health::Unknown, Some("it asks for no task".to_owned())),
            (None, _) if running < desired => (Health::Unhealthy, None),
            (None, _) if has_old => (Health::Unknown, Some("an older deployment still runs".to_owned())),
            (None, _) => (Health::Healthy, None),
        },
        ("DRAINING" | "INACTIVE", _, _) => (Health::Unhealthy, Some("it was deleted".to_owned())),
        _ => (Health::Unknown, None),
    };
    let shown = match desired.zip(running) {
        Some((desired, running)) => format!("{status}, {running}/{desired} tasks run"),
        None => status,
    };
    let mut service = Service::new(name, Role::Container, health, shown, node.pointer());
    service.reason = reason.filter(|_| health != Health::Healthy);
    // The end of `arn:aws:ecs:eu-west-1:123456789012:task-definition/shop-api:41`.
    let task = node.get("taskDefinition").filled();
    service.image = task.map(|arn| arn.rsplit('/').next().unwrap_or(&arn).to_owned());
    service
}
