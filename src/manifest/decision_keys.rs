//! The keys of what people decide: waivers, decisions, the checklist and the criteria.

use serde::Deserialize;

use super::spanned::Spanned;

/// `[[waiver]]`: an accepted violation.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Waiver {
    /// The check whose violation is accepted.
    #[cfg_attr(test, schemars(with = "String"))]
    pub check: Spanned<String>,
    /// The test, finding (rule), service or step that it is about; `*` stands for any text.
    #[cfg_attr(test, schemars(with = "String"))]
    pub scope: Spanned<String>,
    /// Where a finding is, `*` stands for any text; any place where it is not given. All places of the finding must be such.
    pub location: Option<String>,
    /// Who accepts it.
    #[cfg_attr(test, schemars(with = "String"))]
    pub owner: Spanned<String>,
    /// Why.
    #[cfg_attr(test, schemars(with = "String"))]
    pub reason: Spanned<String>,
    /// Where it is followed up.
    pub ticket: Option<String>,
    /// The last day on which it holds, `YYYY-MM-DD`.
    #[cfg_attr(test, schemars(with = "String"))]
    pub expires: Spanned<String>,
    /// How many violations it covers at the most; 1 where it is not given.
    #[cfg_attr(test, schemars(with = "Option<u64>"))]
    pub max: Option<Spanned<u64>>,
}

/// `[[decision]]`: a named verdict over a set of checks.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Decision {
    /// `Staging validation`
    #[cfg_attr(test, schemars(with = "String"))]
    pub name: Spanned<String>,
    /// The checks that it rests on, `*` stands for any text; all but the checklist where it is not given.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
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
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub checks: Vec<Spanned<String>>,
}

/// How far an item of the checklist is.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
    /// Every status, the most complete first.
    pub const ALL: [ItemStatus; 4] = [ItemStatus::Complete, ItemStatus::Partial, ItemStatus::Open, ItemStatus::Blocked];

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
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Criterion {
    /// In words.
    pub text: String,
    /// The checks that prove it, `*` stands for any text.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub checks: Vec<Spanned<String>>,
    /// What shows it where no check does.
    pub note: Option<String>,
}
