//! Kubernetes: objects as `kubectl get -o json` prints them.
//!
//! ```json
//! {"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"shop-api","generation":4,"annotations":{"deployment.kubernetes.io/revision":"4"}},"spec":{"replicas":2},"status":{"observedGeneration":4,"readyReplicas":2,"updatedReplicas":2,"conditions":[{"type":"Available","status":"True"}]}}
//! ```
//!
//! Pods, workloads and nodes are services; a list (`List`, `PodList`, …) is read by its items, other objects are passed over,
//! unless they say of themselves that they are broken, which is an error: a condition like `Ready`, `Available`, `Synced` or
//! Tekton's `Succeeded` is false, or `Ready` unknown; one like `Stalled`, `Degraded` or `…Failed` is true; the phase, the state
//! or the health is a word like `Failed`, `Lost`, `Error` (Argo Workflows) or `PartiallyFailed` (Velero); the health of
//! Argo CD is `Degraded` or `Missing`, or its last operation `Failed` or `Error`; an autoscaler cannot scale; fewer
//! (`readyReplicas`) are ready than it asks for; or the controller has not seen the newest generation.
//!
//! - A pod is healthy where its condition `Ready` is true: the phase `Running` is not enough.
//!   A container that waits with `CrashLoopBackOff`, `ImagePullBackOff` or another error makes its pod unhealthy, and so does an
//!   init container that ended with another code than 0.
//!   A pod that succeeded is unknown, unless it belongs to a job, which is then done.
//! - A workload is healthy where all replicas that it asks for are ready and up to date;
//!   without `replicas` it asks for 1, and without `readyReplicas` it has 0.
//!   While the controller has not seen the newest generation, during a rollout, and without any status, it is unknown.
//!   A rollout lasts until the old pods are gone and the new ones are available: the ready ones may be the old ones.
//!   What has more pods than it asks for, or fewer that are available for as long as `minReadySeconds` asks, is on its way.
//!   Replica sets that a deployment keeps for a rollback and that ask for nothing are no services.
//!   A stateful set with a partition is done when the pods from there on are up to date.
//!   A daemon set that leaves out how many pods are up to date or available has none, unless it updates `OnDelete`.
//! - A job is healthy when it completed, a node when it is ready and no other condition of it tells of trouble: pressure,
//!   a network that is not there, a problem that the node problem detector or the cloud's agent found.
//!   Pods of it that failed before are then history: they are said to be healthy where the job stands in the same file.
//!   A pod that failed, for instance was evicted, and whose replica set has another one that is ready, was replaced: it
//!   tells nothing of what runs now and is unknown.
//! - What is being deleted (`deletionTimestamp`) is unknown.
//! - An Argo Rollout with a `workloadRef` is unknown while its controller has not seen the newest workload.
//!
//! A deployment with a revision says what is deployed, and with its replica sets in the same file
//! what `kubectl rollout undo` would go back to: the newest revision before.
//! It has no steps and states no success, since nothing in such a file marks a dry run:
//! `kubectl rollout undo --dry-run=server -o json` prints the object as it was *before*.
//! A list that goes on elsewhere (`metadata.continue`, which the API writes where a `limit` is given) is incomplete.
//! Environment variables, annotations and secrets are left out.
//! Sources: `pkg/polymorphichelpers/rollout_status.go` and `rollback.go` of kubectl.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{INCOMPLETE, NOTHING_RAN, TOOL_FAILED, UNREADABLE_PART};
use crate::formats::Format;
use crate::formats::rollback::kubernetes_health::{Judged, judge, says_broken, was_replaced, was_tried_again};
use crate::formats::security::trivy_operator::is_of_operator;
use crate::model::rollback::Revision;
use crate::model::{Evidence, Health, Kind, Plan, Pointer, Role, Service, Tool};
use crate::source::{Doc, Json, Node, Probe, Stop, Tree};

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
        // kubectl sorts keys, so that the kind of a long list stands beyond the head.
        let first = root.get("items").at(0);
        let of_objects = root.get("kind").exists() || first.has(&["apiVersion", "kind", "metadata"]);
        let is_list = root.get("items").exists() && of_objects && (kind.is_empty() || kind.ends_with("List"));
        let is_list = is_list && !is_of_operator(first);
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
            read.item(tree.root(), None, evidence);
            Ok(())
        })
    } else {
        let mut json = doc.json();
        read.document(&mut json, evidence).and_then(|()| json.end())
    };
    if evidence.services.is_empty() && read.deployments.is_empty() && !read.refused && result.is_ok() {
        doc.report(Diagnostic::new(&NOTHING_RAN, "there is no pod, workload or node"));
    }
    read.tried_again(evidence);
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
    /// The jobs that completed, by their namespace and name.
    completed: BTreeSet<(String, String)>,
    /// The jobs of pods that failed, and which service the pod is.
    failed: Vec<((String, String), usize)>,
    /// The replica sets that have a pod which is ready.
    ready: BTreeSet<(String, String)>,
    /// The replica sets of pods that failed, and which service the pod is.
    left: Vec<((String, String), usize)>,
}

struct Deployment {
    key: (String, String),
    revision: u64,
    subject: Option<String>,
    pointer: Pointer,
}

impl Read {
    /// The items of a list are read one by one, since a list of a whole cluster is long.
    /// The items of a typed list from the API have no kind of their own: they wait where its kind stands after them.
    fn document(&mut self, json: &mut Json<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
        let mut parts: BTreeMap<String, Tree> = BTreeMap::new();
        let mut waiting = Vec::new();
        let mut is_list = false;
        json.object(|json, key| {
            match key {
                "items" => {
                    is_list = true;
                    json.array(|json, _| {
                        let tree = json.tree()?;
                        if !tree.root().is_object() || tree.root().get("kind").exists() || parts.contains_key("kind") {
                            self.item(tree.root(), parts.get("kind"), evidence);
                        } else {
                            waiting.push(tree);
                        }
                        Ok(())
                    })?;
                }
                "kind" | "metadata" | "spec" | "status" | "message" => {
                    parts.insert(key.to_owned(), json.tree()?);
                }
                _ => json.skip()?,
            }
            Ok(())
        })?;
        for tree in waiting {
            self.item(tree.root(), parts.get("kind"), evidence);
        }
        if let Some(meta) = parts.get("metadata").map(Tree::root).filter(|_| is_list)
            && meta.get("continue").filled().is_some()
        {
            let more = meta.get("remainingItemCount").u64().map_or("more".to_owned(), |count| format!("{count} more"));
            meta.get("continue").report(&INCOMPLETE, format!("{more} objects follow, which are not in this list"));
        }
        if let Some(kind) = parts.get("kind").filter(|_| !is_list) {
            let absent = kind.root().get("");
            let part = |name: &str| parts.get(name).map_or(absent, Tree::root);
            let object = Object {
                kind: kind.root().string().unwrap_or_default(),
                meta: part("metadata"),
                spec: part("spec"),
                status: part("status"),
                message: part("message"),
                pointer: Pointer::whole(),
            };
            self.object(&object, evidence);
        }
        Ok(())
    }

    fn item(&mut self, item: Node<'_>, list: Option<&Tree>, evidence: &mut Evidence) {
        if !item.is_record() {
            return;
        }
        let own = item.get("kind").string();
        let kind = own.or_else(|| Some(list?.root().string()?.strip_suffix("List")?.to_owned()));
        let kind = kind.filter(|kind| !kind.is_empty()).or_else(|| item.require("kind").string());
        let object = Object {
            kind: kind.unwrap_or_default(),
            meta: item.get("metadata"),
            spec: item.get("spec"),
            status: item.get("status"),
            message: item.get("message"),
            pointer: item.pointer(),
        };
        self.object(&object, evidence);
    }

    fn object(&mut self, object: &Object<'_>, evidence: &mut Evidence) {
        if object.kind == "Status" {
            self.refused = true;
            if object.status.str().as_deref() == Some("Success") {
                object.status.report(&NOTHING_RAN, "the cluster answers `Success`, and lists no object");
                return;
            }
            let message = object.message.filled().unwrap_or_else(|| "no reason is given".to_owned());
            object.status.report(&TOOL_FAILED, format!("the cluster answers: {message}"));
            return;
        }
        for part in [object.meta, object.spec, object.status].into_iter().filter(|part| part.is_some()) {
            part.is_record();
        }
        self.revision(object);
        if let Some(judged) = judge(object) {
            self.of_owner(object, judged.health, evidence.services.len());
            evidence.services.push(service(object, judged));
        } else if let Some(said) = says_broken(object) {
            let kind = crate::source::json::shorten(&object.kind);
            let message = format!("a `{kind}` is {said}, and the health of its kind is not read");
            object.status.report(&UNREADABLE_PART, message);
        }
    }

    /// Takes note of a job that completed, and of a pod that belongs to a job or a replica set: one that failed, and of
    /// the latter one that is ready.
    fn of_owner(&mut self, object: &Object<'_>, health: Health, at: usize) {
        let namespace = || object.meta.get("namespace").string().unwrap_or_default();
        if object.kind == "Job" && health == Health::Healthy {
            self.completed.insert((namespace(), object.meta.get("name").string().unwrap_or_default()));
        }
        let Some(owner) = object.owner().filter(|_| object.kind == "Pod") else { return };
        let failed = health == Health::Unhealthy && object.status.get("phase").str().as_deref() == Some("Failed");
        let key = || (namespace(), owner.get("name").string().unwrap_or_default());
        match owner.get("kind").str().as_deref() {
            Some("Job") if failed => self.failed.push((key(), at)),
            Some("ReplicaSet") if failed => self.left.push((key(), at)),
            Some("ReplicaSet") if health == Health::Healthy => _ = self.ready.insert(key()),
            _ => {}
        }
    }

    /// A job that completed has tried again what failed before, and a replica set replaces a pod that failed.
    fn tried_again(&self, evidence: &mut Evidence) {
        let of_jobs = self.failed.iter().filter(|(job, _)| self.completed.contains(job));
        let of_sets = self.left.iter().filter(|(set, _)| self.ready.contains(set));
        let tried = of_jobs.map(|(_, at)| (*at, was_tried_again()));
        for (at, judged) in tried.chain(of_sets.map(|(_, at)| (*at, was_replaced()))) {
            if let Some(service) = evidence.services.get_mut(at) {
                (service.health, service.status, service.reason) = (judged.health, judged.status, judged.reason);
            }
        }
    }

    fn revision(&mut self, object: &Object<'_>) {
        let annotations = object.meta.get("annotations");
        let Some(revision) = annotations.get("deployment.kubernetes.io/revision").u64_or_string() else { return };
        let cause = annotations.get("kubernetes.io/change-cause").filled();
        let subject = cause.or_else(|| images(object.spec));
        let namespace = object.meta.get("namespace").string().unwrap_or_default();
        if object.kind == "Deployment" {
            let name = object.meta.get("name").string().unwrap_or_default();
            let pointer = object.pointer.clone();
            self.deployments.push(Deployment { key: (namespace, name), revision, subject, pointer });
        } else if object.kind == "ReplicaSet"
            && let Some(owner) = object.owner().filter(|owner| owner.get("kind").str().as_deref() == Some("Deployment"))
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

/// The parts of an object that are read.
pub(super) struct Object<'t> {
    pub(super) kind: String,
    pub(super) meta: Node<'t>,
    pub(super) spec: Node<'t>,
    pub(super) status: Node<'t>,
    message: Node<'t>,
    pointer: Pointer,
}

impl<'t> Object<'t> {
    /// The object that controls this one.
    pub(super) fn owner(&self) -> Option<Node<'t>> {
        self.meta.get("ownerReferences").items().find(|owner| owner.get("controller").bool() == Some(true))
    }
}

fn service(object: &Object<'_>, judged: Judged) -> Service {
    let name = object.meta.require("name").string().unwrap_or_default();
    let mut service = Service::new(name, Role::Container, judged.health, judged.status, object.pointer.clone());
    service.image = images(object.spec);
    service.restarts = judged.restarts;
    service.reason = judged.reason;
    service.facts.push(("kind".to_owned(), object.kind.clone()));
    service.facts.extend(object.meta.get("namespace").filled().map(|namespace| ("namespace".to_owned(), namespace)));
    service
}

fn images(spec: Node<'_>) -> Option<String> {
    let spec = if spec.get("template").exists() { spec.path(&["template", "spec"]) } else { spec };
    let images: Vec<String> =
        spec.get("containers").items().filter_map(|container| container.get("image").filled()).collect();
    (!images.is_empty()).then(|| images.join(", "))
}
