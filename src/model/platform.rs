//! The platform: services, alerts, samples of metrics.

use serde::{Deserialize, Serialize};

use super::pointer::Pointer;
use super::quantity::Elapsed;

/// Whether something works.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::model#example).")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Health {
    /// A health check says so.
    Healthy,
    /// A health check, or the state, says that it does not.
    Unhealthy,
    /// Nothing tells: no health check, still starting, not looked at yet.
    Unknown,
}

impl Health {
    /// Every state.
    pub const ALL: [Health; 3] = [Health::Healthy, Health::Unhealthy, Health::Unknown];

    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Health::Healthy => "healthy",
            Health::Unhealthy => "unhealthy",
            Health::Unknown => "unknown",
        }
    }
}

/// What kind of thing a service is.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::model#example).")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// A container, pod or workload of the release.
    Container,
    /// A monitoring service: Prometheus, Grafana, Jaeger, Alertmanager.
    Monitoring,
    /// A target that monitoring scrapes.
    Target,
}

impl Role {
    /// Every kind.
    pub const ALL: [Role; 3] = [Role::Container, Role::Monitoring, Role::Target];

    /// The word for it, in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Role::Container => "container",
            Role::Monitoring => "monitoring",
            Role::Target => "target",
        }
    }
}

/// One service.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::model#example).")]
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// What kind of thing it is.
    pub role: Role,
    /// Whether it works.
    pub health: Health,
    /// The state in the tool's own words: `Up 3 days (unhealthy)`.
    pub status: String,
    /// Ports in the tool's own words; `None` where the artifact does not say.
    pub ports: Option<String>,
    /// Image or version; `None` where the artifact does not say.
    pub image: Option<String>,
    /// How health was looked at: `GET /-/healthy`; `None` where the artifact does not say.
    pub check: Option<String>,
    /// How long the health check took; `None` where the artifact does not say.
    pub response_time: Option<Elapsed>,
    /// How often it was restarted; `None` where the artifact does not say.
    pub restarts: Option<u64>,
    /// Why it is not healthy: the last error; `None` where there is none.
    pub reason: Option<String>,
    /// Further facts in the order of the artifact: label and text.
    pub facts: Vec<(String, String)>,
    /// Where it stands.
    pub pointer: Pointer,
}

/// Words by which the answer of a health endpoint is called, and that name no service: `health.json`, `orders-health.json`.
const ENDPOINTS: &[&str] = &[
    "actuator",
    "after",
    "app",
    "application",
    "artifacts",
    "before",
    "check",
    "checks",
    "dev",
    "endpoint",
    "health",
    "healthcheck",
    "healthz",
    "input",
    "live",
    "liveness",
    "livez",
    "output",
    "platform",
    "post",
    "pre",
    "prod",
    "production",
    "readiness",
    "ready",
    "readyz",
    "report",
    "response",
    "result",
    "service",
    "services",
    "smoke",
    "stage",
    "staging",
    "status",
    "stdin",
    "test",
];

/// The name of a service whose answer does not tell it, by the name of the artifact: what its file is called beside the
/// endpoint, or else its folder; [`Service::UNNAMED`] where neither tells.
pub(crate) fn name_by_artifact(artifact: &str) -> String {
    let (folder, file) = super::artifact::folder_and_file(artifact);
    let words = |name: &str| {
        let name = name.split('.').next().unwrap_or(name);
        let is_endpoint =
            |word: &str| ENDPOINTS.iter().any(|endpoint| endpoint.eq_ignore_ascii_case(word.trim_matches(['<', '>'])));
        let is_name = |word: &&str| !is_endpoint(word) && word.bytes().any(|byte| byte.is_ascii_alphabetic());
        name.split(['-', '_', ' ']).filter(is_name).collect::<Vec<&str>>().join("-")
    };
    let own = words(file);
    let around = words(super::artifact::folder_and_file(folder).1);
    [own, around].into_iter().find(|name| !name.is_empty()).unwrap_or_else(|| Service::UNNAMED.to_owned())
}

impl Service {
    /// The name of a service whose answer does not tell it.
    pub(crate) const UNNAMED: &str = "application";

    /// A service with nothing but its name and health.
    pub fn new(
        name: impl Into<String>,
        role: Role,
        health: Health,
        status: impl Into<String>,
        pointer: Pointer,
    ) -> Service {
        Service {
            name: name.into(),
            role,
            health,
            status: status.into(),
            ports: None,
            image: None,
            check: None,
            response_time: None,
            restarts: None,
            reason: None,
            facts: Vec::new(),
            pointer,
        }
    }
}

/// An alert of the monitoring.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::model#example).")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Alert {
    /// Its name.
    pub name: String,
    /// Whether it fires now.
    pub state: AlertState,
    /// The label `severity` as written; `None` where there is none.
    pub severity: Option<String>,
    /// Summary or description; `None` where there is none.
    pub summary: Option<String>,
    /// The other labels, sorted by name.
    pub labels: Vec<(String, String)>,
    /// Where it stands.
    pub pointer: Pointer,
}

/// The state of an alert.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::model#example).")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum AlertState {
    /// It fires.
    Firing,
    /// Its condition holds, not yet long enough.
    Pending,
    /// It fires and is silenced or inhibited.
    Silenced,
    /// Its condition does not hold.
    Inactive,
    /// Its rule could not be evaluated.
    Broken,
}

/// A sample of a metric from a saved query.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::model#example).")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// The metric and its labels: `up{job="api"}`.
    pub series: String,
    /// The value as written; `NaN` and `+Inf` are possible.
    pub value: String,
    /// Where it stands.
    pub pointer: Pointer,
}

#[cfg(test)]
mod tests {
    use super::name_by_artifact;

    #[test]
    fn a_service_is_called_as_the_file_or_the_folder_of_its_answer() {
        for (artifact, name) in [
            ("orders-health.json", "orders"),
            ("health_shop-api.json", "shop-api"),
            ("a/orders/health.json", "orders"),
            ("a/orders.health.json", "orders"),
            ("shard.signoff!/cart/actuator-health-2.json", "cart"),
            ("health.json", "application"),
            ("<stdin>", "application"),
            ("staging/health-2026-03-01.json", "application"),
        ] {
            assert_eq!(name_by_artifact(artifact), name, "{artifact}");
        }
    }
}
