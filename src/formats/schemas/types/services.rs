//! `signoff.services/1`: services and monitoring.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::{Text, Tool};

/// Services and monitoring: one document, or one service a line.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Services {
    Document(Box<ServicesDocument>),
    Line(Box<ServiceLine>),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct ServicesDocument {
    #[schemars(extend("const" = "signoff.services/1"))]
    schema: String,
    services: Vec<Service>,
    tool: Option<Tool>,
    #[schemars(extend("format" = "date-time"))]
    time: Option<String>,
    target: Option<String>,
    environment: Option<String>,
    commit: Option<String>,
    version: Option<Text>,
    product: Option<String>,
}

#[derive(JsonSchema)]
pub(super) struct ServiceLine {
    #[schemars(extend("const" = "signoff.services/1"))]
    schema: String,
    #[schemars(flatten)]
    service: Service,
}

/// A service.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Service {
    /// The schema again, where each line has it.
    schema: Option<String>,
    name: String,
    role: Option<ServiceRole>,
    health: ServiceHealth,
    /// The state in the tool's own words.
    status: Option<String>,
    ports: Option<Text>,
    image: Option<String>,
    /// How health was looked at.
    check: Option<String>,
    #[schemars(range(min = 0))]
    response_ms: Option<f64>,
    restarts: Option<u64>,
    reason: Option<String>,
    /// Further facts: label and text.
    facts: Option<BTreeMap<String, Text>>,
    #[schemars(extend("format" = "date-time"))]
    time: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
enum ServiceRole {
    Container,
    Monitoring,
    Target,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
enum ServiceHealth {
    Healthy,
    Unhealthy,
    Unknown,
}
