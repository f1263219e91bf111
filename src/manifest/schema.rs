//! The keys of `signoff.toml`. Unknown keys are errors everywhere.

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use super::decision_keys::{ChecklistItem, Criterion, Decision, Waiver};
use super::gate_keys::Gate;
use super::spanned::Spanned;
use super::units::Digest;
use crate::safety::visible::is_blank;

/// A whole manifest. Everything in it is optional.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
    /// JSON of your own, mapped to one of signoff's formats.
    pub format: Vec<FormatKeys>,
    /// Recommendations before the next stage.
    pub recommendations: Vec<String>,
    /// Sections of the user's own, at the end.
    pub section: Vec<FreeSection>,
}

/// `[report]`
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct SubjectKeys {
    /// Name of the product.
    #[serde(deserialize_with = "said")]
    pub name: Option<String>,
    /// Its version.
    #[serde(deserialize_with = "said")]
    pub version: Option<String>,
    /// Its commit, in full.
    #[serde(deserialize_with = "said")]
    pub commit: Option<String>,
    /// Where it was validated.
    #[serde(deserialize_with = "said")]
    pub environment: Option<String>,
    /// What was validated: a URL.
    #[serde(deserialize_with = "said")]
    pub target: Option<String>,
    /// What was built, by its content: `registry.example/shop/api@sha256:…`. Attestations are about these.
    pub digests: Vec<Digest>,
}

/// A text that says something: a variable that was never set leaves a blank one.
fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    match is_blank(&text) {
        true => Err(D::Error::custom("this text is blank: leave the key out where there is nothing to say")),
        false => Ok(Some(text)),
    }
}

/// `[redaction]`: what is masked beside the built-in rules, and what is not.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Redaction {
    /// What is secret in this project.
    pub patterns: Vec<RedactionPattern>,
    /// Regular expressions: what lies inside of a match is not masked.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub keep: Vec<Spanned<String>>,
    /// Kinds that are shown: what is personal or internal rather than secret.
    pub show: Vec<PersonalName>,
}

/// A kind of data that is personal or internal rather than secret.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RedactionPattern {
    /// Stands in the mask: `[redacted:customer-id]`. Lower-case letters and hyphens.
    #[cfg_attr(test, schemars(with = "String"))]
    pub name: Spanned<String>,
    /// A regular expression; where it has a group, the first group is the secret.
    #[cfg_attr(test, schemars(with = "String"))]
    pub pattern: Spanned<String>,
}

/// `[[format]]`: JSON or NDJSON of your own, mapped to one of signoff's formats with a jq filter.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FormatKeys {
    /// What reports call it; lower-case words joined by `-`.
    #[cfg_attr(test, schemars(with = "String"))]
    pub id: Spanned<String>,
    /// The tool that writes it, for the report.
    pub tool: Option<String>,
    /// The format that the filter makes of it.
    pub to: NativeName,
    /// The artifacts that it is for: the end of their name, `*` allowed; goes before every format that recognises the content.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub path: Vec<Spanned<String>>,
    /// Keys that the outermost object has, or the first element of an array, or the first line: all of them.
    #[serde(default)]
    pub keys: Vec<String>,
    /// Whether the filter gets all lines at once, as an array; otherwise it is applied to each line.
    #[serde(default)]
    pub slurp: bool,
    /// Gives a document of the format, or several, or (for tests and services) one value for each; the `schema` need not be written.
    #[cfg_attr(test, schemars(with = "String"))]
    pub filter: Spanned<String>,
}

/// A format of signoff's own.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum NativeName {
    /// Tests.
    #[serde(rename = "signoff.smoke/1")]
    Smoke,
    /// A security assessment.
    #[serde(rename = "signoff.security/1")]
    Security,
    /// Load runs.
    #[serde(rename = "signoff.load/1")]
    Load,
    /// Rehearsed rollbacks.
    #[serde(rename = "signoff.rollback/1")]
    Rollback,
    /// Services and monitoring.
    #[serde(rename = "signoff.services/1")]
    Services,
}

impl NativeName {
    /// The schema that its documents name.
    pub const fn schema(self) -> &'static str {
        match self {
            NativeName::Smoke => "signoff.smoke/1",
            NativeName::Security => "signoff.security/1",
            NativeName::Load => "signoff.load/1",
            NativeName::Rollback => "signoff.rollback/1",
            NativeName::Services => "signoff.services/1",
        }
    }

    /// The id of the format.
    pub const fn format(self) -> &'static str {
        match self {
            NativeName::Smoke => "signoff-smoke",
            NativeName::Security => "signoff-security",
            NativeName::Load => "signoff-load",
            NativeName::Rollback => "signoff-rollback",
            NativeName::Services => "signoff-services",
        }
    }
}

/// A label and a text.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Fact {
    /// `Database`
    pub label: String,
    /// `PostgreSQL 17`
    pub text: String,
}

/// `[narrative]`: Markdown that stands at the start of a section.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RollbackKeys {
    /// Where the decision matrix is taken from.
    pub matrix_source: Option<String>,
    /// The decision matrix.
    pub matrix: Vec<MatrixRow>,
}

/// `[[rollback.matrix]]`
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FreeSection {
    /// Its heading.
    pub title: String,
    /// Its text, in Markdown.
    pub body: String,
}

/// Whether a text can be an id of the manifest's own: lower-case words and digits, joined by `-`.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
pub fn is_id(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.split('-').all(|word| !word.is_empty() && word.bytes().all(is_plain))
}

/// Names of checks and other things with `*` for any text.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
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
