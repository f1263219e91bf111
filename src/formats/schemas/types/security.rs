//! `signoff.security/1`: an assessment by a person.

use schemars::JsonSchema;

use super::{OneOrMore, Text, Tool};

/// A security assessment by a person.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Security {
    #[schemars(extend("const" = "signoff.security/1"))]
    schema: String,
    /// Who made it.
    author: Option<String>,
    /// The document that it was taken from.
    document: Option<String>,
    /// What was assessed.
    target: Option<String>,
    /// Categories of the OWASP Top 10.
    categories: Option<Vec<Category>>,
    /// Response headers that were looked for.
    headers: Option<Vec<Header>>,
    recommendations: Option<Vec<String>>,
    /// Findings of a manual test.
    findings: Option<Vec<Finding>>,
    tool: Option<Tool>,
    #[schemars(extend("format" = "date-time"))]
    time: Option<String>,
    environment: Option<String>,
    commit: Option<String>,
    version: Option<Text>,
    product: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Category {
    /// `A01:2025`
    code: String,
    name: Option<String>,
    status: CategoryStatus,
    note: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum CategoryStatus {
    Met,
    Partial,
    NotMet,
    NotAssessed,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Header {
    name: String,
    present: bool,
    value: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Finding {
    rule: Option<Text>,
    title: String,
    #[schemars(extend("enum" = [
        "critical", "Critical", "CRITICAL", "high", "High", "HIGH", "medium", "Medium", "MEDIUM", "low", "Low", "LOW",
        "info", "Info", "INFO",
    ]))]
    severity: String,
    /// Where it was found: one place or several.
    location: Option<OneOrMore<String>>,
    /// `532` or `"CWE-532"`, one or several.
    cwe: Option<OneOrMore<Text>>,
    description: Option<String>,
    solution: Option<String>,
}
