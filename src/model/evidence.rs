//! What one artifact says.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::artifact::{Packed, Part};
use super::assessment::Assessment;
use super::finding::{Scan, Statement};
use super::load::LoadRun;
use super::outcome::Tally;
use super::platform::{Alert, Sample, Service};
use super::rollback::Plan;
use super::shard::Shard;
use super::test::Suite;
use crate::diagnostics::{Diagnostic, Level};

/// The kinds of evidence.
///
/// See the [example](mod@crate::model#example).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Functional tests.
    Smoke,
    /// Security scans and assessments.
    Security,
    /// Load tests.
    Load,
    /// Rollback and deployment dry runs.
    Rollback,
    /// Services and monitoring.
    Platform,
}

impl Kind {
    /// Every kind, in the order of reports.
    pub const ALL: [Kind; 5] = [Kind::Smoke, Kind::Security, Kind::Load, Kind::Rollback, Kind::Platform];

    /// Whether evidence of this kind is there. What says nothing of it is none.
    pub(super) fn is_said<'e>(
        self,
        mut suites: impl Iterator<Item = &'e Suite>,
        n_security: usize,
        mut loads: impl Iterator<Item = &'e LoadRun>,
        mut plans: impl Iterator<Item = &'e Plan>,
        n_platform: usize,
    ) -> bool {
        match self {
            Kind::Smoke => suites.any(|suite| suite.tally().total() > 0),
            Kind::Security => n_security > 0,
            Kind::Load => loads.any(|run| !run.overall.is_empty()),
            Kind::Rollback => plans.any(Plan::is_rehearsal),
            Kind::Platform => n_platform > 0,
        }
    }

    /// The word for it, on the command line and in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Kind::Smoke => "smoke",
            Kind::Security => "security",
            Kind::Load => "load",
            Kind::Rollback => "rollback",
            Kind::Platform => "platform",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The tool that wrote an artifact.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::model#example).")]
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its version; `None` where the artifact does not say.
    pub version: Option<String>,
}

impl Tool {
    /// A tool, with its version where it is known.
    pub fn new(name: impl Into<String>, version: Option<String>) -> Tool {
        Tool { name: name.into(), version }
    }
}

/// What an artifact says about the subject of the release. `None` means that it does not say.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::model#example).")]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// Name of the product.
    pub name: Option<String>,
    /// Version that was tested.
    pub version: Option<String>,
    /// Commit that was tested.
    pub commit: Option<String>,
    /// Environment that was tested.
    pub environment: Option<String>,
    /// What was tested: a URL, an image.
    pub target: Option<String>,
}

/// What one artifact says, in the model's terms, and what of it could not be read.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::model#example).")]
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// The tool that wrote it; `None` where it does not say.
    pub tool: Option<Tool>,
    /// When it was written or the run ended; `None` where it does not say.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub time: Option<Timestamp>,
    /// When its oldest part was written, where it tells of several; `None` where it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub oldest: Option<Timestamp>,
    /// Whether some part of it does not say its time, which may be older than all that do.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub undated: bool,
    /// What it says about the subject.
    pub subject: Subject,
    /// What further parts of it say about the subject, where they say something else than the first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further_subjects: Vec<Subject>,
    /// The archive or compressed file that it was taken from; `None` where it was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packed: Option<Packed>,
    /// The part of a split run that it says to be; `None` where it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// Tests.
    pub suites: Vec<Suite>,
    /// Security scans.
    pub scans: Vec<Scan>,
    /// Security assessments by people.
    pub assessments: Vec<Assessment>,
    /// Statements that may suppress findings.
    pub statements: Vec<Statement>,
    /// Load runs.
    pub loads: Vec<LoadRun>,
    /// Rollback and deployment dry runs.
    pub plans: Vec<Plan>,
    /// Services.
    pub services: Vec<Service>,
    /// Alerts.
    pub alerts: Vec<Alert>,
    /// Samples of metrics.
    pub samples: Vec<Sample>,
    /// What could not be read, and what the reader must know.
    pub diagnostics: Vec<Diagnostic>,
    /// The parts of a bundle; empty for all other artifacts.
    #[serde(skip)]
    pub parts: Vec<Part>,
}

impl Evidence {
    /// What two readings of the same bytes must have in common: everything but the single latencies, which are not
    /// always kept, the file that the bytes were packed in, and what attempts are told by. As JSON.
    pub fn gist(&self) -> String {
        let mut gist = self.clone();
        gist.loads.iter_mut().for_each(LoadRun::forget);
        gist.packed = None;
        gist.suites.iter_mut().flat_map(Suite::attempts_mut).for_each(String::clear);
        serde_json::to_string(&gist).unwrap_or_default()
    }

    /// Takes the time of a part of it: the newest one is its time.
    pub fn add_time(&mut self, time: Option<Timestamp>) {
        let Some(time) = time else { return };
        self.oldest = Some(self.oldest.or(self.time).map_or(time, |oldest| oldest.min(time)));
        self.time = self.time.max(Some(time));
    }

    /// Takes the time of a part that stands for itself, such as a whole document: without one, nobody knows how old it is.
    pub fn add_time_of_part(&mut self, time: Option<Timestamp>) {
        self.undated |= time.is_none();
        self.add_time(time);
    }

    /// Takes what a part of it says about the subject.
    pub fn add_subject(&mut self, subject: Subject) {
        let is_first = self.subject == Subject::default() && self.further_subjects.is_empty();
        self.add_subject_of_part(subject, is_first);
    }

    /// Takes what a part that stands for itself says about the subject, such as a run: one that says nothing may be about
    /// any other, whatever its neighbours say.
    pub fn add_subject_of_part(&mut self, subject: Subject, is_first: bool) {
        // Where there are more, they contradict each other already, and each is not looked for among all.
        const COMPARED: usize = 64;
        if is_first {
            self.subject = subject;
        } else if self.subject != subject && !self.further_subjects.iter().rev().take(COMPARED).any(|s| *s == subject) {
            self.further_subjects.push(subject);
        }
    }

    /// Whether anything in it makes the verdict undecided.
    pub fn has_error(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.level() == Level::Error)
    }

    /// The kinds of which it says something.
    pub(crate) fn holds(&self) -> BTreeSet<Kind> {
        let n_security = self.scans.len() + self.assessments.len();
        let n_platform = self.services.len() + self.alerts.len() + self.samples.len();
        let says = |kind: &Kind| {
            kind.is_said(self.suites.iter(), n_security, self.loads.iter(), self.plans.iter(), n_platform)
        };
        Kind::ALL.into_iter().filter(says).collect()
    }

    /// The counts over all tests.
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for suite in &self.suites {
            tally.merge(suite.tally());
        }
        tally
    }
}
