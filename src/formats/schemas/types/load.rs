//! `signoff.load/1`: a load run.

use schemars::JsonSchema;

use super::{Text, Tool};

/// A load run. Everything but the schema may be absent; what is absent is not known, and never zero.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Load {
    #[schemars(extend("const" = "signoff.load/1"))]
    schema: String,
    name: Option<String>,
    target: Option<String>,
    /// Virtual users at the most.
    users: Option<u64>,
    #[schemars(range(min = 0))]
    elapsed_s: Option<f64>,
    endpoints: Option<Vec<Endpoint>>,
    thresholds: Option<Vec<Threshold>>,
    tool: Option<Tool>,
    #[schemars(extend("format" = "date-time"))]
    time: Option<String>,
    environment: Option<String>,
    commit: Option<String>,
    version: Option<Text>,
    product: Option<String>,
    requests: Option<u64>,
    failures: Option<u64>,
    rps: Option<f64>,
    min_ms: Option<f64>,
    mean_ms: Option<f64>,
    p50_ms: Option<f64>,
    p75_ms: Option<f64>,
    p90_ms: Option<f64>,
    p95_ms: Option<f64>,
    p99_ms: Option<f64>,
    #[schemars(rename = "p99.9_ms")]
    p999_ms: Option<f64>,
    max_ms: Option<f64>,
}

/// The measurements of one request name.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Endpoint {
    name: String,
    requests: Option<u64>,
    failures: Option<u64>,
    rps: Option<f64>,
    min_ms: Option<f64>,
    mean_ms: Option<f64>,
    p50_ms: Option<f64>,
    p75_ms: Option<f64>,
    p90_ms: Option<f64>,
    p95_ms: Option<f64>,
    p99_ms: Option<f64>,
    #[schemars(rename = "p99.9_ms")]
    p999_ms: Option<f64>,
    max_ms: Option<f64>,
}

/// A limit that the tool itself judged.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Threshold {
    metric: String,
    expression: Text,
    holds: Option<bool>,
}
