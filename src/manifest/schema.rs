//! The keys of `signoff.toml`. Unknown keys are errors everywhere.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::units::{Digest, Limit, Percent, Span};

/// A whole manifest. Everything in it is optional.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Manifest {
    /// Title, story and other data of the report itself.
    pub report: Report,
    /// What was validated.
    pub subject: SubjectKeys,
    /// The test environment: label and text, in this order.
    pub environment: Vec<Fact>,
    /// The policy.
    pub gate: Gate,
    /// Accepted violations.
    pub waiver: Vec<Waiver>,
    /// Named verdicts.
    pub decision: Vec<Decision>,
    /// The pre-production checklist.
    pub checklist: Vec<ChecklistItem>,
    /// Acceptance criteria.
    pub criterion: Vec<Criterion>,
    /// Text of the sections, in Markdown.
    pub narrative: Narrative,
    /// Services of the monitoring: what they are configured to do, and what is recommended.
    pub monitoring: Vec<Monitoring>,
    /// What the rollback section says beside the dry run.
    pub rollback: RollbackKeys,
    /// Issues that people describe.
    pub issue: Vec<IssueKeys>,
    /// Fixes that were made on the way: to test scripts, for example.
    pub fix: Vec<Fix>,
    /// What is masked beside the built-in rules, and what is not.
    pub redaction: Redaction,
    /// Recommendations before the next stage.
    pub recommendations: Vec<String>,
    /// Sections of the user's own, at the end.
    pub section: Vec<FreeSection>,
}

/// `[report]`
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Report {
    /// The heading of the report.
    pub title: Option<String>,
    /// The story or ticket.
    pub story: Option<String>,
    /// The acceptance criterion or milestone that it is about.
    pub acceptance: Option<String>,
    /// Version of the report.
    pub version: Option<String>,
    /// When it is to be looked at again.
    pub next_review: Option<String>,
    /// Who or what it was made for, in the footer.
    pub generated_by: Option<String>,
}

/// `[subject]`: what was validated. Evidence about something else is reported.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct SubjectKeys {
    /// Name of the product.
    pub name: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// Its commit, in full.
    pub commit: Option<String>,
    /// Where it was validated.
    pub environment: Option<String>,
    /// What was validated: a URL.
    pub target: Option<String>,
    /// What was built, by its content: `registry.example/shop/api@sha256:…`. Attestations are about these.
    pub digests: Vec<Digest>,
}

/// `[redaction]`: what is masked beside the built-in rules, and what is not.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Redaction {
    /// What is secret in this project.
    pub patterns: Vec<RedactionPattern>,
    /// Regular expressions: what lies inside of a match is not masked.
    #[schemars(with = "Vec<String>")]
    pub keep: Vec<Spanned<String>>,
    /// Kinds that are shown: what is personal or internal rather than secret.
    pub show: Vec<PersonalName>,
}

/// A kind of data that is personal or internal rather than secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PersonalName {
    /// Numbers of payment cards.
    CardNumber,
    /// Numbers of bank accounts.
    Iban,
    /// E-mail addresses.
    Email,
    /// Addresses of private networks.
    PrivateIp,
}

impl From<PersonalName> for crate::safety::redact::Personal {
    fn from(name: PersonalName) -> crate::safety::redact::Personal {
        use crate::safety::redact::Personal;
        match name {
            PersonalName::CardNumber => Personal::CardNumber,
            PersonalName::Iban => Personal::Iban,
            PersonalName::Email => Personal::Email,
            PersonalName::PrivateIp => Personal::PrivateIp,
        }
    }
}

/// `{ name = "customer-id", pattern = "CUST-[0-9]{8}" }`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RedactionPattern {
    /// Stands in the mask: `[redacted:customer-id]`. Lower-case letters and hyphens.
    #[schemars(with = "String")]
    pub name: Spanned<String>,
    /// A regular expression; where it has a group, the first group is the secret.
    #[schemars(with = "String")]
    pub pattern: Spanned<String>,
}

/// A label and a text.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Fact {
    /// `Database`
    pub label: String,
    /// `PostgreSQL 17`
    pub text: String,
}

/// `[gate]`: the policy.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Gate {
    /// Name and version of the policy, printed with every verdict.
    pub policy: Option<String>,
    /// The kinds of evidence that must be there; smoke, security, load and rollback where it is not given.
    pub require: Vec<KindName>,
    /// The oldest that evidence may be at the time of the report.
    pub max_age: Option<Span>,
    /// Artifacts that must be there: the end of their name, `*` allowed.
    pub required_artifacts: Vec<String>,
    /// How many shards there must be.
    #[schemars(with = "Option<u32>")]
    pub shards: Option<Spanned<u32>>,
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

impl Default for Gate {
    fn default() -> Gate {
        Gate {
            policy: None,
            require: vec![KindName::Smoke, KindName::Security, KindName::Load, KindName::Rollback],
            max_age: None,
            required_artifacts: Vec::new(),
            shards: None,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
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

/// `[gate.smoke]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct SmokeGate {
    /// Tests that may fail; 0 where it is not given.
    pub max_failed: u64,
    /// Tests that may end in an error; 0 where it is not given.
    pub max_errored: u64,
    /// The least share of tests that must have run.
    #[schemars(with = "Option<Percent>")]
    pub min_executed: Option<Spanned<Percent>>,
    /// Tests that must have passed, by name; `*` stands for any text.
    #[schemars(with = "Vec<String>")]
    pub required: Vec<Spanned<String>>,
    /// Tests that may be skipped, by name; where it is given, any other skipped test fails the check.
    #[schemars(with = "Option<Vec<String>>")]
    pub allow_skipped: Option<Vec<Spanned<String>>>,
    /// Tests that may have needed more than one attempt.
    pub max_flaky: Option<u64>,
    /// The longest that all tests together may take.
    pub max_duration: Option<Span>,
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
            skipped: SkippedCounting::Gap,
        }
    }
}

/// How the summary counts skipped tests. Verdicts are never affected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SkippedCounting {
    /// As what they are: a gap.
    #[default]
    Gap,
    /// The old way, with a footnote that says so.
    CountsAsPassed,
}

/// `[gate.security]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
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
    /// Scanners that must have run, by name.
    #[schemars(with = "Vec<String>")]
    pub required_scanners: Vec<Spanned<String>>,
    /// Response headers that must be there.
    #[schemars(with = "Vec<String>")]
    pub required_headers: Vec<Spanned<String>>,
    /// How many categories of the OWASP Top 10 may be not tested.
    pub max_not_tested: Option<u64>,
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
            required_scanners: Vec::new(),
            required_headers: Vec::new(),
            max_not_tested: None,
            edition: Edition::Y2025,
        }
    }
}

/// An edition of the OWASP Top 10.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Edition {
    /// 2025
    #[serde(rename = "2025")]
    Y2025,
    /// 2021
    #[serde(rename = "2021")]
    Y2021,
}

/// `[gate.load]`
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct LoadGate {
    /// The largest share of failed requests; 1 % where it is not given.
    #[schemars(with = "Option<Percent>")]
    pub max_error_rate: Option<Spanned<Percent>>,
    /// Limits by metric and endpoint.
    pub threshold: Vec<LoadThreshold>,
}

/// `[[gate.load.threshold]]`: such as `metric = "p99"`, `endpoint = "/login"`, `max = "800 ms"`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LoadThreshold {
    /// `p50`, `p99.9`, `mean`, `max`, `min`, `error-rate`, `rps`, `requests`, `failures`, `users`, `duration`.
    #[schemars(with = "String")]
    pub metric: Spanned<String>,
    /// The request name as the tool writes it; everything together where it is not given.
    #[schemars(with = "Option<String>")]
    pub endpoint: Option<Spanned<String>>,
    /// The value must not be greater.
    #[schemars(with = "Option<Limit>")]
    pub max: Option<Spanned<Limit>>,
    /// The value must not be smaller.
    #[schemars(with = "Option<Limit>")]
    pub min: Option<Spanned<Limit>>,
}

/// `[gate.rollback]`
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RollbackGate {
    /// The longest that the rollback may take; the artifact's own limit where it is not given.
    pub max_time: Option<Span>,
    /// Irreversible steps that a person accepts: part of the step's title, and who accepts it.
    pub approved: Vec<ApprovedStep>,
}

/// `[[gate.rollback.approved]]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ApprovedStep {
    /// The title of the step, `*` stands for any text.
    #[schemars(with = "String")]
    pub step: Spanned<String>,
    /// Who accepts it.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// `[gate.platform]`
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct PlatformGate {
    /// Services that must be there and healthy, by name.
    #[schemars(with = "Vec<String>")]
    pub required: Vec<Spanned<String>>,
    /// How many services there must be.
    pub expected_count: Option<u64>,
    /// Restarts of one service that are accepted.
    pub max_restarts: Option<u64>,
    /// What an unhealthy service means that is not required; `conditional` where it is not given.
    pub unhealthy: UnhealthyMeans,
}

/// What an unhealthy service means that is not required.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UnhealthyMeans {
    /// The verdict is conditional.
    #[default]
    Conditional,
    /// The verdict is failed.
    Failed,
}

/// `[[gate.custom]]`: a check of the user's own, a jq expression over the report's JSON.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CustomCheck {
    /// The check is `custom.<id>`; lower-case words joined by `-`.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// What it asks, as a statement that should hold.
    pub title: String,
    /// Must give exactly one boolean.
    #[schemars(with = "String")]
    pub expression: Spanned<String>,
    /// What it means that it does not hold.
    pub message: Option<String>,
    /// What the verdict is when it does not hold.
    #[serde(default)]
    pub verdict: CustomVerdict,
}

/// What the verdict is when a custom check does not hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CustomVerdict {
    /// Failed.
    #[default]
    Failed,
    /// Conditional.
    Conditional,
}

/// `[[waiver]]`: an accepted violation.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Waiver {
    /// The check whose violation is accepted.
    #[schemars(with = "String")]
    pub check: Spanned<String>,
    /// The test, finding (rule), service or step that it is about; `*` stands for any text.
    #[schemars(with = "String")]
    pub scope: Spanned<String>,
    /// Where a finding is, `*` stands for any text; any place where it is not given.
    pub location: Option<String>,
    /// Who accepts it.
    #[schemars(with = "String")]
    pub owner: Spanned<String>,
    /// Why.
    #[schemars(with = "String")]
    pub reason: Spanned<String>,
    /// Where it is followed up.
    pub ticket: Option<String>,
    /// The last day on which it holds, `YYYY-MM-DD`.
    #[schemars(with = "String")]
    pub expires: Spanned<String>,
    /// How many violations it covers at the most; 1 where it is not given.
    #[schemars(with = "Option<u64>")]
    pub max: Option<Spanned<u64>>,
}

/// `[[decision]]`: a named verdict over a set of checks.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Decision {
    /// `Staging validation`
    pub name: String,
    /// The checks that it rests on, `*` stands for any text; all but the checklist where it is not given.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub checks: Vec<Spanned<String>>,
    /// Whether the overall verdict and the exit code follow it; true where it is not given.
    #[serde(default = "yes")]
    pub gating: bool,
    /// What it says when it holds.
    pub passed: Option<String>,
    /// What it says when it holds on conditions.
    pub conditional: Option<String>,
    /// Who approved it.
    #[serde(default)]
    pub approval: Vec<Approval>,
}

const fn yes() -> bool {
    true
}

/// `[[decision.approval]]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Approval {
    /// Who.
    pub name: String,
    /// In which role.
    pub role: Option<String>,
    /// When, `YYYY-MM-DD`.
    pub date: Option<String>,
}

/// `[[checklist]]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ChecklistItem {
    /// What is to be done.
    pub item: String,
    /// How far it is.
    pub status: ItemStatus,
    /// A remark.
    pub note: Option<String>,
    /// Checks that prove it, `*` stands for any text: it is never shown better than they are.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub checks: Vec<Spanned<String>>,
}

/// How far an item of the checklist is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ItemStatus {
    /// Done.
    Complete,
    /// Done in part.
    Partial,
    /// Not done.
    Open,
    /// Cannot be done at present.
    Blocked,
}

impl ItemStatus {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            ItemStatus::Complete => "complete",
            ItemStatus::Partial => "partial",
            ItemStatus::Open => "open",
            ItemStatus::Blocked => "blocked",
        }
    }
}

/// `[[criterion]]`: an acceptance criterion and the checks that prove it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Criterion {
    /// In words.
    pub text: String,
    /// The checks that prove it, `*` stands for any text.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub checks: Vec<Spanned<String>>,
    /// What shows it where no check does.
    pub note: Option<String>,
}

/// `[narrative]`: Markdown that stands at the start of a section.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Narrative {
    /// Executive summary.
    pub summary: Option<String>,
    /// 1 Smoke tests.
    pub smoke: Option<String>,
    /// 2 Monitoring.
    pub monitoring: Option<String>,
    /// 3 Rollback.
    pub rollback: Option<String>,
    /// 4 Services.
    pub services: Option<String>,
    /// 5 Performance.
    pub performance: Option<String>,
    /// 6 Security.
    pub security: Option<String>,
    /// 7 Checklist.
    pub checklist: Option<String>,
    /// 8 Sign-off.
    pub sign_off: Option<String>,
}

/// `[[monitoring]]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Monitoring {
    /// `Prometheus`
    pub name: String,
    /// What it is configured to do.
    #[serde(default)]
    pub facts: Vec<Fact>,
    /// What is recommended.
    #[serde(default)]
    pub recommendations: Vec<String>,
}

/// `[rollback]`
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RollbackKeys {
    /// Where the decision matrix is taken from.
    pub matrix_source: Option<String>,
    /// The decision matrix.
    pub matrix: Vec<MatrixRow>,
}

/// `[[rollback.matrix]]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MatrixRow {
    /// `API down`
    pub scenario: String,
    /// `P0 - Critical`
    pub severity: String,
    /// `On-call engineer`
    pub approval: String,
    /// `0-5 min`
    pub response_time: String,
    /// `Emergency Full`
    pub rollback_type: String,
}

/// `[[issue]]`: an issue that a person describes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct IssueKeys {
    /// The section that it stands in.
    pub section: SectionName,
    /// One line.
    pub title: String,
    /// `Low`
    pub severity: Option<String>,
    /// What is seen.
    pub status: Option<String>,
    /// What it means.
    pub impact: Option<String>,
    /// Why it happens.
    pub root_cause: Option<String>,
    /// What to do.
    pub recommendation: Option<String>,
    /// What helps until then.
    pub workaround: Option<String>,
    /// A command that shows more.
    pub command: Option<String>,
}

/// The sections of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SectionName {
    /// 1 Smoke tests.
    Smoke,
    /// 2 Monitoring.
    Monitoring,
    /// 3 Rollback.
    Rollback,
    /// 4 Services.
    Services,
    /// 5 Performance.
    Performance,
    /// 6 Security.
    Security,
}

/// `[[fix]]`: a fix that was made on the way.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Fix {
    /// One line.
    pub title: String,
    /// What was wrong.
    pub issue: String,
    /// What was changed.
    pub fix: String,
    /// Where.
    pub file: Option<String>,
}

/// `[[section]]`: a section of the user's own.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FreeSection {
    /// Its heading.
    pub title: String,
    /// Its text, in Markdown.
    pub body: String,
}

/// Names of checks and other things with `*` for any text.
pub fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut last = None;
    for part in parts {
        if let Some(previous) = last.replace(part) {
            match rest.find(previous) {
                Some(at) => rest = &rest[at + str::len(previous)..],
                None => return false,
            }
        }
    }
    match last {
        None => rest.is_empty(),
        Some(last) => rest.len() >= last.len() && rest.ends_with(last),
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text, expected) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("a*", "ab", true),
            ("*b", "ab", true),
            ("a*c", "abc", true),
            ("a*c", "ac", true),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "acb", false),
            ("*", "", true),
            ("ab*ba", "aba", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
