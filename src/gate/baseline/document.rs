//! The keys of `report.json` that are compared, as `serde` reads them.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Head {
    pub(super) schema: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Report {
    pub(super) as_of: Option<String>,
    pub(super) subject: Subject,
    pub(super) policy_digest: Option<String>,
    pub(super) verdict: String,
    pub(super) decisions: Vec<Decision>,
    pub(super) checks: Vec<Check>,
    pub(super) tests: Tests,
    pub(super) security: Security,
    pub(super) load: Load,
    pub(super) rollback: Rollback,
    pub(super) platform: Platform,
    pub(super) checklist: Vec<Item>,
    pub(super) waivers: Vec<Waiver>,
    pub(super) notices: Vec<Notice>,
    pub(super) artifacts: Vec<Artifact>,
}

#[derive(Deserialize)]
pub(super) struct Subject {
    pub(super) name: Option<String>,
    pub(super) version: Option<String>,
    pub(super) commit: Option<String>,
    pub(super) environment: Option<String>,
    pub(super) target: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Decision {
    pub(super) name: String,
    pub(super) verdict: String,
}

#[derive(Deserialize)]
pub(super) struct Check {
    pub(super) id: String,
    pub(super) verdict: String,
}

#[derive(Deserialize)]
pub(super) struct Tests {
    pub(super) suites: Vec<Suite>,
}

#[derive(Deserialize)]
pub(super) struct Suite {
    pub(super) name: String,
    pub(super) totals: BTreeMap<String, u64>,
    #[serde(default)]
    pub(super) skipped_unlisted: u64,
    pub(super) cases: Vec<Case>,
}

#[derive(Deserialize)]
pub(super) struct Case {
    pub(super) name: String,
    #[serde(default)]
    pub(super) class: Option<String>,
    pub(super) outcome: String,
    #[serde(default)]
    pub(super) flaky: bool,
}

#[derive(Deserialize)]
pub(super) struct Security {
    pub(super) scans: Vec<Scan>,
    pub(super) findings: Vec<OldFinding>,
}

#[derive(Deserialize)]
pub(super) struct Tool {
    pub(super) name: String,
}

#[derive(Deserialize)]
pub(super) struct Scan {
    pub(super) tool: Option<Tool>,
    pub(super) source: Source,
    pub(super) folded: Vec<Folded>,
}

#[derive(Deserialize)]
pub(super) struct Folded {
    pub(super) rule: String,
    pub(super) severity: String,
    pub(super) suppressed: bool,
    pub(super) count: u64,
}

#[derive(Deserialize)]
pub(super) struct Source {
    pub(super) artifact: String,
}

#[derive(Deserialize)]
pub(super) struct OldFinding {
    pub(super) tool: Option<String>,
    pub(super) rule: String,
    pub(super) title: String,
    pub(super) severity: String,
    pub(super) occurrences: u64,
    pub(super) locations: Vec<Place>,
    pub(super) package: Option<OldPackage>,
    pub(super) suppression: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
pub(super) struct Place {
    pub(super) place: String,
    pub(super) detail: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct OldPackage {
    pub(super) name: String,
}

#[derive(Deserialize)]
pub(super) struct Load {
    pub(super) runs: Vec<OldRun>,
}

#[derive(Deserialize)]
pub(super) struct OldRun {
    pub(super) name: Option<String>,
    pub(super) overall: Measured,
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) thresholds: Vec<OldThreshold>,
    pub(super) source: Source,
}

#[derive(Deserialize)]
pub(super) struct OldThreshold {
    pub(super) metric: String,
    pub(super) expression: String,
    pub(super) holds: Option<bool>,
}

#[derive(Deserialize)]
pub(super) struct Endpoint {
    pub(super) name: String,
    #[serde(flatten)]
    pub(super) measured: Measured,
}

#[derive(Deserialize)]
pub(super) struct Measured {
    pub(super) requests: Option<u64>,
    pub(super) error_rate: Option<f64>,
    pub(super) mean_ms: Option<f64>,
    pub(super) p50_ms: Option<f64>,
    pub(super) p90_ms: Option<f64>,
    pub(super) p95_ms: Option<f64>,
    pub(super) p99_ms: Option<f64>,
}

#[derive(Deserialize)]
pub(super) struct Rollback {
    pub(super) plans: Vec<OldPlan>,
}

#[derive(Deserialize)]
pub(super) struct OldPlan {
    pub(super) name: Option<String>,
    pub(super) succeeds: Option<bool>,
    pub(super) estimated_ms: Option<(f64, f64)>,
    pub(super) steps: Vec<OldStep>,
    pub(super) source: Source,
}

#[derive(Deserialize)]
pub(super) struct OldStep {
    pub(super) title: String,
    pub(super) outcome: String,
}

#[derive(Deserialize)]
pub(super) struct Platform {
    pub(super) services: Vec<Service>,
}

#[derive(Deserialize)]
pub(super) struct Service {
    pub(super) name: String,
    pub(super) role: String,
    pub(super) health: String,
}

#[derive(Deserialize)]
pub(super) struct Item {
    pub(super) item: String,
    pub(super) status: String,
}

#[derive(Deserialize)]
pub(super) struct Waiver {
    pub(super) check: String,
    pub(super) scope: String,
    pub(super) location: Option<String>,
    pub(super) expires: String,
    pub(super) state: String,
}

#[derive(Deserialize)]
pub(super) struct Notice {
    pub(super) severity: String,
    pub(super) source: Option<Source>,
}

#[derive(Deserialize)]
pub(super) struct Artifact {
    pub(super) id: String,
    pub(super) path: String,
    pub(super) sha256: Option<String>,
    pub(super) kind: Option<String>,
}
