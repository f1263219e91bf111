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

impl Service {
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
