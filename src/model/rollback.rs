//! Rollback and deployment dry runs.

use serde::{Deserialize, Serialize};

use super::pointer::Pointer;
use super::quantity::Elapsed;

/// A dry run of a rollback or deployment, as one artifact tells it.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::model#example).")]
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// What is rolled back; `None` where the artifact does not say.
    pub name: Option<String>,
    /// How: `terraform plan`, `Simulated rollback without execution`; `None` where the artifact does not say.
    pub method: Option<String>,
    /// Whether it was a dry run; `None` where nothing in the artifact tells (Ansible, kubectl).
    pub dry_run: Option<bool>,
    /// What is deployed now; `None` where the artifact does not say.
    pub current: Option<Revision>,
    /// What would be deployed afterwards; `None` where the artifact does not say.
    pub target: Option<Revision>,
    /// Files that the rollback touches.
    pub files: Vec<String>,
    /// Whether its steps are about resources, so that no step of an action means that there is none;
    /// false for tasks, statements and revisions.
    pub of_resources: bool,
    /// The steps in order.
    pub steps: Vec<Step>,
    /// Commands that the real rollback would run, in order.
    pub commands: Vec<Command>,
    /// Estimated time, least and most; `None` where the artifact does not say.
    pub estimated: Option<(Elapsed, Elapsed)>,
    /// A remark on the estimate: `build time dependent`.
    pub estimate_note: Option<String>,
    /// Time that it may take; `None` where the artifact does not say.
    pub allowed: Option<Elapsed>,
    /// Database migrations that it passes.
    pub migrations: Vec<Migration>,
    /// What else is to be considered, in the author's words.
    pub considerations: Vec<String>,
    /// Whether it would succeed; `None` where the artifact does not say. See [`Plan::succeeds`].
    pub stated_success: Option<bool>,
    /// Errors that the tool reports, one line each.
    pub errors: Vec<Claim>,
    /// Where it stands.
    pub pointer: Pointer,
}

impl Plan {
    /// Whether it would succeed: never where a step failed or the tool reports an error,
    /// else as the artifact says; `None` where it does not say.
    pub fn succeeds(&self) -> Option<bool> {
        if !self.errors.is_empty() || self.steps.iter().any(|s| s.outcome == StepOutcome::Failed) {
            return Some(false);
        }
        self.stated_success
    }

    /// Whether anything was tried or planned. A list of revisions (`helm history`) is no rehearsal of a rollback, nor is a
    /// check that went well and planned nothing (`flyway validate`).
    pub fn is_rehearsal(&self) -> bool {
        let has_planned = self.of_resources || self.dry_run.is_some();
        let says_so = self.stated_success.is_some_and(|success| has_planned || !success);
        !self.steps.is_empty() || !self.errors.is_empty() || says_so
    }

    /// The steps of one action.
    pub fn count(&self, action: Action) -> u64 {
        self.steps.iter().filter(|s| s.action == action).map(|_| 1).sum()
    }
}

/// Something that an artifact says, with its place.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::model#example).")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// In its words.
    pub text: String,
    /// Where it stands.
    pub pointer: Pointer,
}

/// A version of what is deployed.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::model#example).")]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Revision {
    /// A commit, a release number, a migration id.
    pub id: String,
    /// The subject line of the commit, the description of the release; `None` where the artifact does not say.
    pub subject: Option<String>,
}

/// What a step does.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::model#example).")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Runs a command or task.
    Run,
    /// Makes a resource.
    Create,
    /// Changes a resource in place.
    Update,
    /// Destroys a resource, or lets go of it.
    Delete,
    /// Destroys a resource and makes it anew.
    Replace,
    /// Leaves a resource as it is.
    Noop,
}

impl Action {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Action::Run => "run",
            Action::Create => "create",
            Action::Update => "update",
            Action::Delete => "delete",
            Action::Replace => "replace",
            Action::Noop => "no change",
        }
    }
}

/// What became of a step in the dry run.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::model#example).")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum StepOutcome {
    /// It was run (or simulated) and is fine.
    Passed,
    /// It was run (or simulated) and failed.
    Failed,
    /// It was left out.
    Skipped,
    /// It is planned; the dry run does not try it.
    Planned,
}

impl StepOutcome {
    /// All of them.
    pub const ALL: [StepOutcome; 4] =
        [StepOutcome::Passed, StepOutcome::Failed, StepOutcome::Skipped, StepOutcome::Planned];

    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            StepOutcome::Passed => "passed",
            StepOutcome::Failed => "failed",
            StepOutcome::Skipped => "skipped",
            StepOutcome::Planned => "planned",
        }
    }
}

/// One step.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::model#example).")]
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What it does.
    pub action: Action,
    /// The resource, task or statement.
    pub title: String,
    /// The command; `None` where there is none.
    pub command: Option<String>,
    /// What it printed; `None` where the artifact does not say.
    pub output: Option<String>,
    /// What became of it.
    pub outcome: StepOutcome,
    /// Why it cannot be undone (`drops column users.email`); `None` where it can, or where the tool cannot tell.
    pub irreversible: Option<String>,
    /// How long it took; `None` where the artifact does not say.
    pub elapsed: Option<Elapsed>,
    /// Where it stands.
    pub pointer: Pointer,
}

impl Step {
    /// A step with nothing but what it does.
    pub fn new(action: Action, title: impl Into<String>, outcome: StepOutcome, pointer: Pointer) -> Step {
        Step {
            action,
            title: title.into(),
            command: None,
            output: None,
            outcome,
            irreversible: None,
            elapsed: None,
            pointer,
        }
    }
}

/// A command with the remark above it.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::model#example).")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// `Rebuild Docker images`; `None` where there is none.
    pub note: Option<String>,
    /// As it would be typed.
    pub line: String,
}

/// A database migration.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::model#example).")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Migration {
    /// Its id.
    pub id: String,
    /// Whether it can be undone without loss; `None` where the artifact does not say.
    pub reversible: Option<bool>,
    /// A remark; `None` where there is none.
    pub note: Option<String>,
    /// Where it stands.
    pub pointer: Pointer,
}
