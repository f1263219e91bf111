//! The keys of the policy: `[gate]` and its tables.

use serde::Deserialize;

use super::spanned::Spanned;
use super::units::{Limit, Percent, Span};

/// `[gate]`: the policy.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Gate {
    /// Name and version of the policy, printed with every verdict.
    pub policy: Option<String>,
    /// The kinds of evidence that must be there; smoke, security, load and rollback where it is not given.
    pub require: Vec<KindName>,
    /// The oldest that evidence may be at the time of the report.
    pub max_age: Option<Span>,
    /// Artifacts that must be there: the end of their name, `*` allowed.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub required_artifacts: Vec<Spanned<String>>,
    /// Suites of tests that must be there and have run, by name; `*` stands for any text.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub required_suites: Vec<Spanned<String>>,
    /// How many shards there must be.
    #[cfg_attr(test, schemars(with = "Option<u32>"))]
    pub shards: Option<Spanned<u32>>,
    /// The evidence itself.
    pub evidence: EvidenceGate,
    /// Tests.
    pub smoke: SmokeGate,
    /// Security.
    pub security: SecurityGate,
    /// Load metrics.
    pub load: LoadGate,
    /// Rollback.
    pub rollback: RollbackGate,
    /// Services.
    pub platform: PlatformGate,
    /// Checks of the user's own.
    pub custom: Vec<CustomCheck>,
}

impl Gate {
    /// The kinds of evidence that must be there.
    pub fn kinds(&self) -> Vec<crate::model::Kind> {
        self.require.iter().map(|kind| (*kind).into()).collect()
    }
}

impl Default for Gate {
    fn default() -> Gate {
        Gate {
            policy: None,
            require: vec![KindName::Smoke, KindName::Security, KindName::Load, KindName::Rollback],
            max_age: None,
            required_artifacts: Vec::new(),
            required_suites: Vec::new(),
            shards: None,
            evidence: EvidenceGate::default(),
            smoke: SmokeGate::default(),
            security: SecurityGate::default(),
            load: LoadGate::default(),
            rollback: RollbackGate::default(),
            platform: PlatformGate::default(),
            custom: Vec::new(),
        }
    }
}

/// A kind of evidence.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum KindName {
    /// Functional tests.
    Smoke,
    /// Security scans.
    Security,
    /// Load tests.
    Load,
    /// Rollback dry runs.
    Rollback,
    /// Services and monitoring.
    Platform,
}

impl From<KindName> for crate::model::Kind {
    fn from(name: KindName) -> crate::model::Kind {
        use crate::model::Kind;
        match name {
            KindName::Smoke => Kind::Smoke,
            KindName::Security => Kind::Security,
            KindName::Load => Kind::Load,
            KindName::Rollback => Kind::Rollback,
            KindName::Platform => Kind::Platform,
        }
    }
}

/// `[gate.evidence]`
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct EvidenceGate {
    /// Whether each artifact must say of which commit it is evidence; `optional` where it is not given.
    #[cfg_attr(test, schemars(with = "Presence"))]
    pub commit: Option<Spanned<Presence>>,
}

/// Whether something must be said.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Presence {
    /// It may be left open.
    #[default]
    Optional,
    /// It must be said.
    Required,
}

/// `[gate.smoke]`
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct SmokeGate {
    /// Tests that may fail; 0 where it is not given.
    pub max_failed: u64,
    /// Tests that may end in an error; 0 where it is not given.
    pub max_errored: u64,
    /// The least share of tests that must have run.
    #[cfg_attr(test, schemars(with = "Option<Percent>"))]
    pub min_executed: Option<Spanned<Percent>>,
    /// Tests that must have passed, by name; `*` stands for any text.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub required: Vec<Spanned<String>>,
    /// Tests that may be skipped, by name; where it is given, any other skipped test fails the check.
    #[cfg_attr(test, schemars(with = "Option<Vec<String>>"))]
    pub allow_skipped: Option<Vec<Spanned<String>>>,
    /// Tests that may have needed more than one attempt.
    pub max_flaky: Option<u64>,
    /// The longest that all tests together may take.
    pub max_duration: Option<Span>,
    /// Tests that may be skipped now and were not skipped in the baseline.
    pub max_newly_skipped: Option<u64>,
    /// Tests of the baseline that may not be there any more.
    pub max_disappeared: Option<u64>,
    /// How the summary counts skipped tests; `gap` where it is not given.
    pub skipped: SkippedCounting,
}

impl Default for SmokeGate {
    fn default() -> SmokeGate {
        SmokeGate {
            max_failed: 0,
            max_errored: 0,
            min_executed: None,
            required: Vec::new(),
            allow_skipped: None,
            max_flaky: None,
            max_duration: None,
            max_newly_skipped: None,
            max_disappeared: None,
            skipped: SkippedCounting::Gap,
        }
    }
}

/// How the summary counts skipped tests. Verdicts are never affected.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum SkippedCounting {
    /// As what they are: a gap.
    #[default]
    Gap,
    /// The old way, with a footnote that says so.
    CountsAsPassed,
}

/// `[gate.security]`
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct SecurityGate {
    /// Critical findings that may be open; 0 where it is not given.
    pub max_critical: u64,
    /// High findings that may be open; 0 where it is not given.
    pub max_high: u64,
    /// Medium findings that may be open; no limit where it is not given.
    pub max_medium: Option<u64>,
    /// Low findings that may be open; no limit where it is not given.
    pub max_low: Option<u64>,
    /// Findings of unknown severity that may be open; no limit where it is not given.
    pub max_unknown: Option<u64>,
    /// Critical findings that may be open and were not in the baseline.
    pub max_new_critical: Option<u64>,
    /// High findings that may be open and were not in the baseline.
    pub max_new_high: Option<u64>,
    /// Medium findings that may be open and were not in the baseline.
    pub max_new_medium: Option<u64>,
    /// Low findings that may be open and were not in the baseline.
    pub max_new_low: Option<u64>,
    /// Findings of unknown severity that may be open and were not in the baseline.
    pub max_new_unknown: Option<u64>,
    /// Limits by scanner, by category of the OWASP Top 10, or both.
    pub limit: Vec<FindingLimit>,
    /// Scanners that must have run, by name.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub required_scanners: Vec<Spanned<String>>,
    /// Response headers that must be there.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub required_headers: Vec<Spanned<String>>,
    /// How many categories of the OWASP Top 10 may be not tested.
    #[cfg_attr(test, schemars(with = "Option<u64>"))]
    pub max_not_tested: Option<Spanned<u64>>,
    /// The edition of the OWASP Top 10; 2025 where it is not given.
    pub edition: Edition,
}

impl Default for SecurityGate {
    fn default() -> SecurityGate {
        SecurityGate {
            max_critical: 0,
            max_high: 0,
            max_medium: None,
            max_low: None,
            max_unknown: None,
            max_new_critical: None,
            max_new_high: None,
            max_new_medium: None,
            max_new_low: None,
            max_new_unknown: None,
            limit: Vec::new(),
            required_scanners: Vec::new(),
            required_headers: Vec::new(),
            max_not_tested: None,
            edition: Edition::Y2025,
        }
    }
}

/// `[[gate.security.limit]]`: such as `scanner = "trivy"`, `severity = "medium"`, `max = 3`.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FindingLimit {
    /// The scanner, by name; `*` stands for any text. Any scanner where it is not given.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub scanner: Option<Spanned<String>>,
    /// The category of the OWASP Top 10: `A03`, `A03:2025`. Any category, and none, where it is not given.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub category: Option<Spanned<String>>,
    /// The severity; all but info where it is not given.
    pub severity: Option<SeverityName>,
    /// How many of these findings may be open.
    #[cfg_attr(test, schemars(with = "u64"))]
    pub max: Spanned<u64>,
}

/// A severity.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum SeverityName {
    /// Critical.
    Critical,
    /// High.
    High,
    /// Medium.
    Medium,
    /// Low.
    Low,
    /// Info.
    Info,
    /// The scanner gives none.
    Unknown,
}

impl From<SeverityName> for crate::model::Severity {
    fn from(name: SeverityName) -> crate::model::Severity {
        use crate::model::Severity;
        match name {
            SeverityName::Critical => Severity::Critical,
            SeverityName::High => Severity::High,
            SeverityName::Medium => Severity::Medium,
            SeverityName::Low => Severity::Low,
            SeverityName::Info => Severity::Info,
            SeverityName::Unknown => Severity::Unknown,
        }
    }
}

/// An edition of the OWASP Top 10.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Edition {
    /// 2025
    #[serde(rename = "2025")]
    Y2025,
    /// 2021
    #[serde(rename = "2021")]
    Y2021,
}

/// `[gate.load]`
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct LoadGate {
    /// The largest share of failed requests; 1 % where it is not given.
    #[cfg_attr(test, schemars(with = "Option<Percent>"))]
    pub max_error_rate: Option<Spanned<Percent>>,
    /// The share by which a latency may exceed that of the baseline.
    #[cfg_attr(test, schemars(with = "Option<Percent>"))]
    pub max_latency_increase: Option<Spanned<Percent>>,
    /// The points by which the share of failed requests may exceed that of the baseline.
    #[cfg_attr(test, schemars(with = "Option<Percent>"))]
    pub max_error_rate_increase: Option<Spanned<Percent>>,
    /// Limits by metric and endpoint.
    pub threshold: Vec<LoadThreshold>,
}

/// `[[gate.load.threshold]]`: such as `metric = "p99"`, `endpoint = "/login"`, `max = "800 ms"`.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LoadThreshold {
    /// `p50`, `p99.9`, `mean`, `max`, `min`, `error-rate`, `rps`, `requests`, `failures`, `users`, `duration`.
    #[cfg_attr(test, schemars(with = "String"))]
    pub metric: Spanned<String>,
    /// The request name as the tool writes it; everything together where it is not given.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub endpoint: Option<Spanned<String>>,
    /// The value must not be greater.
    #[cfg_attr(test, schemars(with = "Option<Limit>"))]
    pub max: Option<Spanned<Limit>>,
    /// The value must not be smaller.
    #[cfg_attr(test, schemars(with = "Option<Limit>"))]
    pub min: Option<Spanned<Limit>>,
}

/// `[gate.rollback]`
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RollbackGate {
    /// The longest that the rollback may take; the artifact's own limit where it is not given.
    pub max_time: Option<Span>,
    /// Whether a rollback must say on which build it was rehearsed; `optional` where it is not given.
    #[cfg_attr(test, schemars(with = "Presence"))]
    pub build: Option<Spanned<Presence>>,
    /// Whether a rollback must say where it leads to; `optional` where it is not given.
    pub target: Presence,
    /// Irreversible steps that a person accepts: part of the step's title, and who accepts it.
    pub approved: Vec<ApprovedStep>,
}

/// `[[gate.rollback.approved]]`
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ApprovedStep {
    /// The title of the step, `*` stands for any text.
    #[cfg_attr(test, schemars(with = "String"))]
    pub step: Spanned<String>,
    /// Who accepts it.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// `[gate.platform]`
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct PlatformGate {
    /// Services that must be there and healthy, by name.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub required: Vec<Spanned<String>>,
    /// How many services there must be.
    pub expected_count: Option<u64>,
    /// Restarts of one service that are accepted.
    pub max_restarts: Option<u64>,
    /// What an unhealthy service means that is not required; `conditional` where it is not given.
    pub unhealthy: UnhealthyMeans,
}

/// What an unhealthy service means that is not required.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum UnhealthyMeans {
    /// The verdict is conditional.
    #[default]
    Conditional,
    /// The verdict is failed.
    Failed,
}

/// `[[gate.custom]]`: a check of the user's own, a jq expression over the report's JSON.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CustomCheck {
    /// The check is `custom.<id>`; lower-case words joined by `-`.
    #[cfg_attr(test, schemars(with = "String"))]
    pub id: Spanned<String>,
    /// What it asks, as a statement that should hold.
    pub title: String,
    /// Must give exactly one boolean.
    #[cfg_attr(test, schemars(with = "String"))]
    pub expression: Spanned<String>,
    /// What it means that it does not hold.
    pub message: Option<String>,
    /// What the verdict is when it does not hold.
    #[serde(default)]
    pub verdict: CustomVerdict,
}

/// What the verdict is when a custom check does not hold.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum CustomVerdict {
    /// Failed.
    #[default]
    Failed,
    /// Conditional.
    Conditional,
}
