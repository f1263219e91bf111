//! Kubernetes: objects as `kubectl get -o json` prints them.
//!
//! ```json
//! {"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"shop-api","generation":4,"annotations":{"deployment.kubernetes.io/revision":"4"}},"spec":{"replicas":2},"status":{"observedGeneration":4,"readyReplicas":2,"updatedReplicas":2,"conditions":[{"type":"Available","status":"True"}]}}
//! ```
//!
//! Pods, workloads and nodes are services; a list (`List`, `PodList`, …) is read by its items, other objects are passed over.
//!
//! - A pod is healthy where its condition `Ready` is true: the phase `Running` is not enough.
//!   A container that waits with `CrashLoopBackOff`, `ImagePullBackOff` or another error makes its pod unhealthy.
//!   A pod that succeeded is unknown, unless it belongs to a job, which is then done.
//! - A workload is healthy where all replicas that it asks for are ready and up to date;
//!   without `replicas` it asks for 1, and without `readyReplicas` it has 0.
//!   While the controller has not seen the newest generation, during a rollout, and without any status, it is unknown.
//!   Replica sets that a deployment keeps for a rollback and that ask for nothing are no services.
//! - A job is healthy when it completed, a node when it is ready.
//!
//! A deployment with a revision says what is deployed, and with its replica sets in the same file
//! what `kubectl rollout undo` would go back to: the newest revision before.
//! It has no steps and states no success, since nothing in such a file marks a dry run:
//! `kubectl rollout undo --dry-run=server -o json` prints the object as it was *before*.
//! Environment variables, annotations and secrets are left out.
//! Sources: `pkg/polymorphichelpers/rollout_status.go` and `rollback.go` of kubectl.

use std::collections::BTreeMap;

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{NOTHING_RAN, TOOL_FAILED};
use crate::formats::Format;
use crate::formats::rollback::kubernetes_health::{Judged, judge};
use crate::model::rollback::Revision;
use crate::model::{Evidence, Kind, Plan, Pointer, Role, Service, Tool};
use crate::source::{Doc, Json, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "kubernetes",
    kinds: &[Kind::Rollback, Kind::Platform],
    tool: "kubectl",
    title: "Kubernetes objects",
    produce: "kubectl get deployments,replicasets,pods -o json > kubernetes.json",
    detect,
    read,
};

/// Kinds that are read. Other kinds are passed over in a list, and are no evidence alone.
const KINDS: &[&str] = &[
    "Pod",
    "Deployment",
    "ReplicaSet",
    "ReplicationController",
    "StatefulSet",
    "DaemonSet",
    "Job",
    "Node",
    "Rollout",
    "Status",
];

fn detect(probe: &Probe<'_>) -> bool {
    let is_object = |root: Node<'_>| {
        let kind = root.get("kind").str().unwrap_or_default().into_owned();
        let is_list = kind.ends_with("List") && root.get("items").exists();
        let is_known = KINDS.contains(&&*kind) && (root.get("metadata").is_object() || root.get("status").exists());
        root.get("apiVersion").is_string() && (is_list || is_known)
    };
    probe.records().next().is_some_and(is_object)
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("Kubernetes", None));
    let mut read = Read::default();
    let result = if doc.is_lines() {
        doc.records(|tree| {
            read.object(tree.root(), None, evidence);
            Ok(())
        })
    } else {
        let mut json = doc.json();
        read.document(&mut json, evidence).and_then(|()| json.end())
    };
    if evidence.services.is_empty() && read.deployments.is_empty() && !read.refused && result.is_ok() {
        doc.report(Diagnostic::new(&NOTHING_RAN, "there is no pod, workload or node"));
    }
    read.plans(evidence);
    result
}

#[derive(Default)]
struct Read {
    /// The cluster answered with an error.
    refused: bool,
    deployments: Vec<Deployment>,
    /// Of each deployment, by its namespace and name, the revisions of its replica sets.
    revisions: BTreeMap<(String, String), BTreeMap<u64, Option<String>>>,
}

struct Deployment {
    key: (String, String),
    revision: u64,
    subject: Option<String>,
    pointer: Pointer,
}

impl Read {
    /// Items are read one by one, since a list of a whole cluster is long. Its kind may stand after them.
    fn document(&mut self, json: &mut Json<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
        let tree = json.tree()?;
        let root = tree.root();
        let kind = root.get("kind").string().unwrap_or_default();
        match kind.strip_suffix("List") {
            // The items of a typed list from the API have no kind of their own.
            Some(of) => root.get("items").items().for_each(|item| self.object(item, Some(of), evidence)),
            None => self.object(root, None, evidence),
        }
        Ok(())
    }

    fn object(&mut self, object: Node<'_>, list_of: Option<&str>, evidence: &mut Evidence) {
        let own = object.get("kind").string();
        let kind = own.as_deref().or(list_of).unwrap_or("");
        if kind == "Status" {
            self.refused = true;
            let message = object.get("message").filled().unwrap_or_else(|| "no reason is given".to_owned());
            object.report(&TOOL_FAILED, format!("the cluster answers: {message}"));
            return;
        }
        if kind == "List" {
            return;
        }
        self.revision(kind, object);
        let Some(judged) = judge(kind, object) else { return };
        evidence.services.push(service(kind, object, judged));
    }

    fn revision(&mut self, kind: &str, object: Node<'_>) {
        let meta = object.get("metadata");
        let annotations = meta.get("annotations");
        let Some(revision) = annotations.get("deployment.kubernetes.io/revision").u64_or_string() else { return };
        let cause = annotations.get("kubernetes.io/change-cause").filled();
        let subject = cause.or_else(|| images(object));
        let namespace = meta.get("namespace").string().unwrap_or_default();
        if kind == "Deployment" {
            let name = meta.get("name").string().unwrap_or_default();
            let pointer = object.pointer();
            self.deployments.push(Deployment { key: (namespace, name), revision, subject, pointer });
        } else if kind == "ReplicaSet"
            && let Some(owner) = owner(object).filter(|owner| owner.get("kind").str().as_deref() == Some("Deployment"))
        {
            let name = owner.get("name").string().unwrap_or_default();
            self.revisions.entry((namespace, name)).or_default().insert(revision, subject);
        }
    }

    fn plans(self, evidence: &mut Evidence) {
        for deployment in self.deployments {
            let revisions = self.revisions.get(&deployment.key);
            let before = revisions.and_then(|revisions| revisions.range(..deployment.revision).next_back());
            let (namespace, name) = deployment.key;
            evidence.plans.push(Plan {
                name: Some(if namespace.is_empty() { name } else { format!("{namespace}/{name}") }),
                method: Some("kubectl rollout undo".to_owned()),
                current: Some(Revision { id: deployment.revision.to_string(), subject: deployment.subject }),
                target: before.map(|(id, subject)| Revision { id: id.to_string(), subject: subject.clone() }),
                pointer: deployment.pointer,
                ..Plan::default()
            });
        }
    }
}

/// The object that controls this one.
pub(super) fn owner(object: Node<'_>) -> Option<Node<'_>> {
    object.path(&["metadata", "ownerReferences"]).items().find(|owner| owner.get("controller").bool() == Some(true))
}

fn service(kind: &str, object: Node<'_>, judged: Judged) -> Service {
    let meta = object.get("metadata");
    let name = meta.require("name").string().unwrap_or_default();
    let mut service = Service::new(name, Role::Container, judged.health, judged.status, object.pointer());
    service.image = images(object);
    service.restarts = judged.restarts;
    service.reason = judged.reason;
    service.facts.push(("kind".to_owned(), kind.to_owned()));
    service.facts.extend(meta.get("namespace").filled().map(|namespace| ("namespace".to_owned(), namespace)));
    service
}

fn images(object: Node<'_>) -> Option<String> {
    let spec = object.get("spec");
    let spec = if spec.get("template").exists() { spec.path(&["template", "spec"]) } else { spec };
    let images: Vec<String> =
        spec.get("containers").items().filter_map(|container| container.get("image").filled()).collect();
    (!images.is_empty()).then(|| images.join(", "))
}
