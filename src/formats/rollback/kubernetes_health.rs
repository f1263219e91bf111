//! Whether a Kubernetes object works, by its status.

use crate::diagnostics::codes::UNKNOWN_WORD;
use crate::formats::rollback::kubernetes::Object;
use crate::model::Health;
use crate::source::Node;
use crate::source::json::shorten;

/// What the status of an object says.
pub(super) struct Judged {
    pub(super) health: Health,
    pub(super) status: String,
    pub(super) reason: Option<String>,
    pub(super) restarts: Option<u64>,
}

impl Judged {
    fn new(health: Health, status: impl Into<String>) -> Judged {
        Judged { health, status: status.into(), reason: None, restarts: None }
    }

    fn because(mut self, reason: Option<String>) -> Judged {
        self.reason = reason.filter(|_| self.health != Health::Healthy);
        self
    }
}

/// Judges an object; `None` for kinds that do not run, and for replica sets that are kept for a rollback.
pub(super) fn judge(object: &Object<'_>) -> Option<Judged> {
    let judged = match &*object.kind {
        "Pod" => pod(object),
        "Deployment" | "ReplicaSet" | "ReplicationController" | "StatefulSet" => workload(object)?,
        "DaemonSet" => daemon_set(object),
        "Job" => job(object),
        "Node" => node(object),
        "Rollout" => rollout(object),
        _ => return None,
    };
    let leaves = object.meta.get("deletionTimestamp").is_some();
    Some(if leaves { Judged { restarts: judged.restarts, ..terminating() } } else { judged })
}

/// What is being deleted may still run, and soon does not.
fn terminating() -> Judged {
    Judged::new(Health::Unknown, "Terminating")
}

/// A pod that failed, and whose job completed with another one.
pub(super) fn was_tried_again() -> Judged {
    Judged::new(Health::Healthy, "Failed, but its job completed")
}

/// A pod that failed, and that its replica set has replaced.
pub(super) fn was_replaced() -> Judged {
    Judged::new(Health::Unknown, "Failed, and was replaced")
}

/// The condition of a type.
fn condition<'t>(object: &Object<'t>, name: &str) -> Option<Node<'t>> {
    let mut conditions = object.status.get("conditions").items();
    conditions.find(|condition| condition.get("type").str().as_deref() == Some(name))
}

/// Conditions that are false where something is broken, and what is said then. `Succeeded` is Tekton's; API services and
/// `DeploymentConfig` of OpenShift have `Available`, custom resources' definitions `NamesAccepted` and `Established`,
/// Crossplane has `Synced` and `Healthy`, the Gateway API `Accepted` and `Programmed`, the Prometheus Operator `Reconciled`,
/// the RabbitMQ Operator the two behind it, Argo Events the last.
const WANTED: &[(&str, &str)] = &[
    ("Ready", "not ready"),
    ("Available", "not available"),
    ("Succeeded", "not successful"),
    ("NamesAccepted", "not accepted by its names"),
    ("Established", "not established"),
    ("Synced", "not synchronised"),
    ("Healthy", "not healthy"),
    ("Accepted", "not accepted"),
    ("Programmed", "not programmed"),
    ("Reconciled", "not reconciled"),
    ("ReconcileSuccess", "not reconciled"),
    ("ClusterAvailable", "not available"),
    ("Deployed", "not deployed"),
];

/// Conditions that are true where something is broken: `Stalled` of kstatus and Flux, `Degraded` of OpenShift's operators,
/// `NotReady` of Strimzi, `ACK.Terminal` of the AWS controllers; `ErrorOccurred` of Argo CD, and others by how they end.
const UNWANTED: &[&str] = &["Stalled", "Degraded", "NotReady", "Invalid", "ACK.Terminal", "ErrorOccurred", "HasErrors"];
const UNWANTED_ENDS: &[&str] = &["Failed", "Failure", "Error"];

/// Words of what went wrong, in any case, beside those that have `fail` in them: of objects of Kubernetes, Argo Workflows
/// (`pkg/apis/workflow/v1alpha1`), Velero (`pkg/apis/velero/v1`), cert-manager's ACME, and of operators of databases.
const BROKEN: &[&str] =
    &["lost", "error", "errored", "invalid", "degraded", "unavailable", "unhealthy", "crashed", "red"];

/// Where such a word stands in the status.
const WORDS: &[&[&str]] =
    &[&["phase"], &["state"], &["health"], &["applicationState", "state"], &["PostgresClusterStatus"]];

/// How an object of a kind that is not judged says of itself that it is broken: by a condition, its phase, or its health
/// and last synchronisation as Argo CD writes them; or that its controller has not seen the newest generation, which
/// kstatus takes for in progress (kubernetes-sigs/cli-utils, `pkg/kstatus/status`). `None` where it does not.
pub(super) fn says_broken(object: &Object<'_>) -> Option<String> {
    let is = |node: Node<'_>, words: &[&str]| node.string().filter(|said| words.contains(&&**said));
    let status = object.status;
    let wanted = WANTED.iter().find(|(name, _)| holds(object, name) == Some(false));
    wanted
        .map(|(_, said)| (*said).to_owned())
        .or_else(|| is_unknown(object).then(|| "not known to be ready".to_owned()))
        .or_else(|| unwanted(object))
        .or_else(|| does_not_scale(object))
        .or_else(|| short_of(object))
        .or_else(|| word(object))
        .or_else(|| is(status.get("health").get("status"), &["Degraded", "Missing"]))
        .or_else(|| {
            let phase = is(status.get("operationState").get("phase"), &["Failed", "Error"])?;
            Some(format!("not synchronised ({phase})"))
        })
        .or_else(|| stale(object).map(|_| "older in its status than in its specification".to_owned()))
}

/// A condition that is true where something is broken.
fn unwanted(object: &Object<'_>) -> Option<String> {
    let mut conditions = object.status.get("conditions").items();
    conditions.find_map(|condition| {
        let name = condition.get("type").str()?;
        let is_bad = UNWANTED.contains(&&*name) || UNWANTED_ENDS.iter().any(|end| name.ends_with(end));
        (is_bad && condition.get("status").str().as_deref() == Some("True")).then(|| format!("`{}`", shorten(&name)))
    })
}

/// What an object asks for, and how many of it are ready: workloads of OpenKruise and OpenShift, machines of Cluster API,
/// databases of CloudNativePG.
const COUNTS: &[(&str, &str)] =
    &[("replicas", "readyReplicas"), ("replicas", "availableReplicas"), ("instances", "readyInstances")];

/// Whether fewer are ready than an object asks for.
fn short_of(object: &Object<'_>) -> Option<String> {
    let number = |node: Node<'_>| if node.is_number() { node.u64() } else { None };
    COUNTS.iter().find_map(|(asked, ready)| {
        let (asked, ready) = (number(object.spec.get(asked))?, number(object.status.get(ready))?);
        (ready < asked).then(|| format!("short of what it asks for ({ready}/{asked} ready)"))
    })
}

/// Whether an autoscaler cannot do its work. One of a workload that is scaled to 0 has nothing to do
/// (`pkg/controller/podautoscaler/horizontal.go`).
fn does_not_scale(object: &Object<'_>) -> Option<String> {
    let reason = |name: &str| {
        let condition = condition(object, name).filter(|_| holds(object, name) == Some(false))?;
        condition.get("reason").str()
    };
    let cannot = reason("AbleToScale").filter(|reason| reason.starts_with("Failed"));
    let why = cannot.or_else(|| reason("ScalingActive").filter(|reason| reason != "ScalingDisabled"))?;
    Some(format!("not able to scale ({})", shorten(&why)))
}

/// The first word that says that something went wrong.
fn word(object: &Object<'_>) -> Option<String> {
    let said = WORDS.iter().map(|path| object.status.path(path)).filter(|said| said.is_string());
    said.filter_map(Node::string).find(|said| is_broken(said)).map(|said| shorten(&said))
}

/// Whether a word says that something went wrong. `FailedOver` is where a failover ended.
fn is_broken(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    BROKEN.contains(&&*word) || word.contains("fail") && word != "failedover"
}

/// Whether an object says that nobody knows yet whether it is ready.
fn is_unknown(object: &Object<'_>) -> bool {
    condition(object, "Ready").is_some_and(|ready| ready.get("status").str().as_deref() == Some("Unknown"))
}

fn holds(object: &Object<'_>, name: &str) -> Option<bool> {
    match condition(object, name)?.get("status").str().as_deref() {
        Some("True") => Some(true),
        Some("False") => Some(false),
        _ => None,
    }
}

fn message(condition: Option<Node<'_>>) -> Option<String> {
    let condition = condition?;
    condition.get("message").filled().or_else(|| condition.get("reason").filled())
}

const PHASES: &[(&str, Phase)] = &[
    ("Pending", Phase::Pending),
    ("Running", Phase::Running),
    ("Succeeded", Phase::Succeeded),
    ("Failed", Phase::Failed),
    ("Unknown", Phase::Lost),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Pending,
    Running,
    Succeeded,
    Failed,
    Lost,
}

fn pod(object: &Object<'_>) -> Judged {
    let status = object.status;
    let phase = status.get("phase");
    let containers =
        || ["initContainerStatuses", "containerStatuses"].into_iter().flat_map(|key| status.get(key).items());
    let waiting = containers().map(|container| container.path(&["state", "waiting"])).find(|waiting| {
        let reason = waiting.get("reason").string().unwrap_or_default();
        !["", "ContainerCreating", "PodInitializing"].contains(&&*reason)
    });
    let restarts = status.get("containerStatuses").is_array().then(|| {
        status.get("containerStatuses").items().filter_map(|container| container.get("restartCount").u64()).sum()
    });
    let word = if phase.is_some() { phase.word(PHASES) } else { None };
    let shown = phase.string().unwrap_or_else(|| "no status".to_owned());
    let of_job = object.owner().is_some_and(|owner| owner.get("kind").str().as_deref() == Some("Job"));
    // Before it is started again it does not wait, and the pod is `Pending` as one that just starts.
    let failed = status.get("initContainerStatuses").items().map(|container| container.path(&["state", "terminated"]));
    let failed = failed.filter(|ended| ended.get("exitCode").u64().is_some_and(|code| code != 0)).last();
    let judged = match (word, waiting) {
        (_, Some(waiting)) => {
            let reason = waiting.get("reason").string().unwrap_or_default();
            Judged::new(Health::Unhealthy, reason).because(waiting.get("message").filled())
        }
        (Some(Phase::Running), None) => match holds(object, "Ready") {
            Some(true) => Judged::new(Health::Healthy, shown),
            Some(false) => Judged::new(Health::Unhealthy, format!("{shown}, not ready"))
                .because(message(condition(object, "Ready"))),
            None => Judged::new(Health::Unknown, shown),
        },
        (Some(Phase::Pending) | None, None) if failed.is_some() => of_failed_init(failed),
        (Some(Phase::Succeeded), None) if of_job => Judged::new(Health::Healthy, "Completed"),
        (Some(Phase::Succeeded), None) => Judged::new(Health::Unknown, "Completed"),
        (Some(Phase::Failed), None) => {
            let shown = status.get("reason").filled().unwrap_or(shown);
            Judged::new(Health::Unhealthy, shown).because(status.get("message").filled())
        }
        (Some(Phase::Lost), None) => Judged::new(Health::Unhealthy, "the node does not report"),
        (Some(Phase::Pending), None) => match holds(object, "PodScheduled") {
            Some(false) => {
                Judged::new(Health::Unhealthy, "not scheduled").because(message(condition(object, "PodScheduled")))
            }
            _ => Judged::new(Health::Unknown, shown),
        },
        (None, None) => Judged::new(Health::Unknown, shown),
    };
    Judged { restarts, ..judged }
}

/// A pod one of whose init containers failed, in the word of kubectl: `pkg/printers/internalversion/printers.go`.
fn of_failed_init(ended: Option<Node<'_>>) -> Judged {
    let said = |key: &str| ended.and_then(|ended| ended.get(key).filled());
    let code = || {
        ended.and_then(|ended| ended.get("exitCode").u64()).map(|code| format!("an init container ended with {code}"))
    };
    let reason = said("reason").unwrap_or_else(|| "Error".to_owned());
    Judged::new(Health::Unhealthy, format!("Init:{reason}")).because(said("message").or_else(code))
}

/// New pods are ready, and not yet for as long as `minReadySeconds` asks.
const NOT_AVAILABLE: &str = "the rollout is not done: new pods are not available yet";

/// Deployments, replica sets and stateful sets.
fn workload(object: &Object<'_>) -> Option<Judged> {
    let (kind, status) = (&*object.kind, object.status);
    let desired = object.spec.get("replicas").u64().unwrap_or(1);
    let count = |key: &str| status.get(key).u64().unwrap_or(0);
    if desired == 0 && kind == "ReplicaSet" && object.owner().is_some() {
        return None;
    }
    if status.is_empty() {
        return Some(Judged::new(Health::Unknown, "no status: it was not applied, or not looked at yet"));
    }
    if let Some(judged) = stale(object) {
        return Some(judged);
    }
    if desired == 0 {
        return Some(Judged::new(Health::Unknown, "scaled to 0"));
    }
    let ready = count("readyReplicas");
    let shown = format!("{ready}/{desired} ready");
    for (name, bad) in [("ReplicaFailure", true), ("Progressing", false), ("Available", false)] {
        if holds(object, name) == Some(bad) {
            return Some(Judged::new(Health::Unhealthy, shown).because(message(condition(object, name))));
        }
    }
    let updated = count("updatedReplicas");
    // Until the old pods are gone, the ready ones may be theirs: `kubectl rollout status` waits for that as well.
    let has_old = kind == "Deployment" && ready >= desired && count("replicas") > updated;
    let is_early = ready >= desired
        && if kind == "Deployment" {
            count("availableReplicas") < updated
        } else {
            // A zero is left out, and so is the count where an older cluster does not know it.
            let waits = object.spec.get("minReadySeconds").u64().unwrap_or(0) > 0;
            count("availableReplicas") < desired && (waits || status.get("availableReplicas").is_some())
        };
    let has_more = ready >= desired && count("replicas") > desired;
    let updates = kind == "Deployment" || kind == "StatefulSet" && !same_revision(status);
    // The pods below the partition keep their revision; `kubectl rollout status` does not wait for them.
    let kept = if kind == "StatefulSet" { object.spec.path(PARTITION).u64().unwrap_or(0) } else { 0 };
    let not_done = if has_old {
        Some("the rollout is not done: old pods still run")
    } else if updates && updated < desired.saturating_sub(kept) {
        Some("the rollout is not done")
    } else if is_early {
        Some(NOT_AVAILABLE)
    } else {
        has_more.then_some("more pods run than it asks for: it is scaled down")
    };
    if let Some(why) = not_done {
        let shown = if updates { format!("{shown}, {updated} updated") } else { shown };
        return Some(Judged::new(Health::Unknown, shown).because(Some(why.to_owned())));
    }
    Some(Judged::new(if ready >= desired { Health::Healthy } else { Health::Unhealthy }, shown))
}

const PARTITION: &[&str] = &["updateStrategy", "rollingUpdate", "partition"];

fn same_revision(status: Node<'_>) -> bool {
    let current = status.get("currentRevision").string();
    let update = status.get("updateRevision").string();
    current == update || update.is_none()
}

/// Why nothing is known of an object whose status is about an older generation than its specification.
fn stale(object: &Object<'_>) -> Option<Judged> {
    let newest = object.meta.get("generation").u64();
    // Argo Rollouts writes text here, before 0.10 a hash: `isGenerationObserved` in its `utils/rollout/rolloututil.go`
    // compares nothing but numbers either.
    let node = object.status.get("observedGeneration");
    let seen = if node.is_string() { node.str().and_then(|text| text.parse().ok()) } else { node.u64() };
    let is_stale = newest.zip(seen).is_some_and(|(newest, seen)| seen < newest);
    is_stale.then(|| Judged::new(Health::Unknown, "the controller has not seen the newest generation"))
}

fn daemon_set(object: &Object<'_>) -> Judged {
    let status = object.status;
    if status.is_empty() {
        return Judged::new(Health::Unknown, "no status: it was not applied, or not looked at yet");
    }
    if let Some(judged) = stale(object) {
        return judged;
    }
    let count = |key: &str| status.get(key).u64().unwrap_or(0);
    let desired = count("desiredNumberScheduled");
    let (ready, updated) = (count("numberReady"), count("updatedNumberScheduled"));
    let shown = format!("{ready}/{desired} ready");
    // Zeros are left out. Who updates pods by deleting them has no rollout that could be done.
    let rolls = object.spec.path(&["updateStrategy", "type"]).str().as_deref() == Some("RollingUpdate");
    let counts = |key: &str| rolls || status.get(key).is_some();
    match desired {
        0 => Judged::new(Health::Unknown, "no node to run on"),
        _ if updated < desired && counts("updatedNumberScheduled") => {
            Judged::new(Health::Unknown, shown).because(Some("the rollout is not done".to_owned()))
        }
        _ if ready < desired => Judged::new(Health::Unhealthy, shown),
        _ if count("numberAvailable") < desired && counts("numberAvailable") => {
            let shown = format!("{shown}, {} available", count("numberAvailable"));
            Judged::new(Health::Unknown, shown).because(Some(NOT_AVAILABLE.to_owned()))
        }
        _ => Judged::new(Health::Healthy, shown),
    }
}

fn job(object: &Object<'_>) -> Judged {
    if holds(object, "Failed") == Some(true) || holds(object, "FailureTarget") == Some(true) {
        let why = condition(object, "Failed").or_else(|| condition(object, "FailureTarget"));
        return Judged::new(Health::Unhealthy, "Failed").because(message(why));
    }
    if holds(object, "Complete") == Some(true) || holds(object, "SuccessCriteriaMet") == Some(true) {
        return Judged::new(Health::Healthy, "Complete");
    }
    let suspended = object.spec.get("suspend").bool() == Some(true);
    Judged::new(Health::Unknown, if suspended { "suspended" } else { "not complete" })
}

/// How conditions of a node end that are true where something is wrong: those of Kubernetes, of the node problem detector
/// (`config/*.json` of it), and of AKS.
const NODE_PROBLEMS: &[&str] = &[
    "Pressure",
    "Unavailable",
    "OutOfDisk",
    "Problem",
    "Unhealthy",
    "Deadlock",
    "ReadonlyFilesystem",
    "Restart",
    "XfsShutdown",
    "CorruptDockerOverlay2",
];

/// The first condition of a node that tells of trouble, beside `Ready`. Those of the agent of EKS end in `Ready` as well.
fn trouble<'t>(object: &Object<'t>) -> Option<(String, Node<'t>)> {
    object.status.get("conditions").items().find_map(|condition| {
        let name = condition.get("type").str()?.into_owned();
        let is_bad = match condition.get("status").str().as_deref() {
            Some("True") => NODE_PROBLEMS.iter().any(|end| name.ends_with(end)),
            Some("False") => name != "Ready" && name.ends_with("Ready"),
            _ => false,
        };
        is_bad.then_some((name, condition))
    })
}

fn node(object: &Object<'_>) -> Judged {
    match (condition(object, "Ready").is_some(), holds(object, "Ready"), trouble(object)) {
        (true, Some(true), None) => Judged::new(Health::Healthy, "Ready"),
        (true, Some(true), Some((name, condition))) => {
            let is_true = condition.get("status").str().as_deref() == Some("True");
            let shown = format!("Ready, {}{}", if is_true { "" } else { "not " }, shorten(&name));
            Judged::new(Health::Unhealthy, shown).because(message(Some(condition)))
        }
        // `Unknown` means that the node stopped reporting.
        (true, _, _) => Judged::new(Health::Unhealthy, "NotReady").because(message(condition(object, "Ready"))),
        (false, _, _) => Judged::new(Health::Unknown, "no status"),
    }
}

/// Why nothing is known of a rollout whose pods another object describes, which is newer than its status:
/// `isWorkloadGenerationObserved` in `utils/rollout/rolloututil.go` of Argo Rollouts.
fn stale_workload(object: &Object<'_>) -> Option<Judged> {
    let annotation = object.meta.get("annotations").get("rollout.argoproj.io/workload-generation");
    let number = |node: Node<'_>| node.str().and_then(|text| text.parse::<u64>().ok());
    let newest = number(annotation).filter(|_| object.spec.get("workloadRef").is_some())?;
    let seen = number(object.status.get("workloadObservedGeneration"))?;
    (newest != seen).then(|| Judged::new(Health::Unknown, "the controller has not seen the newest workload"))
}

/// Argo Rollouts.
fn rollout(object: &Object<'_>) -> Judged {
    if let Some(judged) = stale(object) {
        return judged;
    }
    if let Some(judged) = stale_workload(object) {
        return judged;
    }
    let phase = object.status.get("phase");
    let health = match phase.str().as_deref() {
        Some("Healthy") => Health::Healthy,
        Some("Degraded") => Health::Unhealthy,
        Some("Progressing" | "Paused") | None => Health::Unknown,
        Some(other) => {
            phase.report(&UNKNOWN_WORD, format!("unknown phase `{other}`"));
            Health::Unknown
        }
    };
    let shown = phase.string().unwrap_or_else(|| "no status".to_owned());
    Judged::new(health, shown).because(object.status.get("message").filled())
}
