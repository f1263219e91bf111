//! A release: all the evidence merged, about one subject.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;

use super::artifact::{Origin, Packed, folder_and_file};
use super::assessment::Assessment;
use super::evidence::{Kind, Subject, Tool};
use super::finding::{Scan, SeverityTally, Statement};
use super::identity::Stated;
use super::load::LoadRun;
use super::outcome::Tally;
use super::phrase::Phrase;
use super::platform::{Alert, Role, Sample, Service};
use super::pointer::Pointer;
use super::quantity::{Elapsed, Percentile};
use super::rollback::Plan;
use super::shard::Shard;
use super::test::Suite;
use crate::diagnostics::{Code, Level, LineColumn};
use crate::safety::redact::Counts;

/// Which artifact of the release; printed as `A1`, `A2`, … in the order of their names.
///
/// See the [example](mod@crate::model#example).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArtifactId(pub usize);

impl fmt::Display for ArtifactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "A{}", self.0 + 1)
    }
}

/// Where a piece of evidence stands: artifact and pointer.
///
/// See the [example](mod@crate::model#example).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source {
    /// The artifact.
    pub artifact: ArtifactId,
    /// The place in it.
    pub pointer: Pointer,
}

impl Source {
    /// A place in an artifact.
    pub const fn new(artifact: ArtifactId, pointer: Pointer) -> Source {
        Source { artifact, pointer }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Source { artifact, pointer } = self;
        if *pointer == Pointer::whole() { write!(f, "{artifact}") } else { write!(f, "{artifact} {pointer}") }
    }
}

/// A piece of evidence with its artifact.
///
/// See the [example](mod@crate::model#example).
#[derive(Clone, Debug)]
pub struct Sourced<T> {
    /// The artifact that it stands in.
    pub artifact: ArtifactId,
    /// The evidence.
    pub value: T,
}

impl<T> Sourced<T> {
    /// A place in the artifact of this evidence.
    pub fn source(&self, pointer: &Pointer) -> Source {
        Source::new(self.artifact, pointer.clone())
    }
}

/// One artifact of the release, without its evidence.
///
/// See the [example](mod@crate::model#example).
#[derive(Clone, Debug)]
pub struct Input {
    /// Its name in reports.
    pub name: String,
    /// Its path as given, for the terminal.
    pub given: String,
    /// SHA-256 over its bytes; `None` where it could not be read.
    pub sha256: Option<String>,
    /// Its length in bytes; `None` where it could not be read.
    pub bytes: Option<u64>,
    /// The id of its format; `None` where it was not recognised.
    pub format: Option<&'static str>,
    /// The id of the `[[format]]` of the manifest that mapped it to its format; `None` where it was read as it is.
    pub mapping: Option<String>,
    /// The kinds of evidence that its format holds.
    pub kinds: &'static [Kind],
    /// The kinds of which it says something.
    pub holds: BTreeSet<Kind>,
    /// The tool that wrote it; `None` where it does not say.
    pub tool: Option<Tool>,
    /// When it was written; `None` where it does not say.
    pub time: Option<Timestamp>,
    /// When its oldest part was written, where it tells of several; `None` where it does not.
    pub oldest: Option<Timestamp>,
    /// Whether some part of it does not say when it was written.
    pub undated: bool,
    /// What it says about the subject.
    pub subject: Subject,
    /// What further parts of it say about the subject, where they say something else than the first.
    pub further_subjects: Vec<Subject>,
    /// The archive or compressed file that it was taken from; `None` where it was none.
    pub packed: Option<Packed>,
    /// What was masked in its texts and its name.
    pub redactions: Counts,
    /// Whether its evidence counts: not where another artifact has the same bytes.
    pub counted: bool,
    /// How it came in a bundle; `None` for one that was read itself.
    pub origin: Option<Origin>,
    /// The bundle that it came in; `None` for one that was read itself.
    pub bundle: Option<ArtifactId>,
    /// The part of a split run that it says to be; `None` where it does not say.
    pub shard: Option<Shard>,
    /// The shards that a bundle says it holds; empty for all other artifacts.
    pub shards: Vec<Option<Shard>>,
}

impl Input {
    /// What it says about the subject, and what each further part of it says.
    pub fn subjects(&self) -> impl Iterator<Item = &Subject> {
        std::iter::once(&self.subject).chain(&self.further_subjects)
    }

    /// Whether it is asked when it was written and of which commit it is: it was recognised, it counts, and it is no
    /// bundle, of which the artifacts in it are asked.
    pub(crate) fn is_evidence(&self) -> bool {
        self.counted && self.format.is_some() && self.shards.is_empty()
    }
}

/// Something that the reader must know about the evidence.
///
/// See the [example](mod@crate::model#example).
#[derive(Clone, Debug)]
pub struct Notice {
    /// Which kind of problem it is.
    pub code: &'static Code,
    /// What is wrong.
    pub text: Phrase,
    /// Where; `None` where it is about no artifact.
    pub source: Option<Source>,
    /// Where in the text; `None` where only the pointer is known.
    pub place: Option<LineColumn>,
    /// The other side of a contradiction.
    pub other: Option<Source>,
    /// What to do.
    pub help: String,
}

/// All the evidence merged, about one subject.
///
/// See the [example](mod@crate::model#example).
#[derive(Clone, Debug, Default)]
pub struct Release {
    /// What was validated, as far as artifacts and manifest say.
    pub subject: Subject,
    /// What the owner says about it, and no artifact.
    pub stated: Stated,
    /// The artifacts, by name.
    pub artifacts: Vec<Input>,
    /// Tests.
    pub suites: Vec<Sourced<Suite>>,
    /// Security scans.
    pub scans: Vec<Sourced<Scan>>,
    /// Security assessments by people.
    pub assessments: Vec<Sourced<Assessment>>,
    /// Statements that may suppress findings.
    pub statements: Vec<Sourced<Statement>>,
    /// Load runs.
    pub loads: Vec<Sourced<LoadRun>>,
    /// Rollback and deployment dry runs.
    pub plans: Vec<Sourced<Plan>>,
    /// Services.
    pub services: Vec<Sourced<Service>>,
    /// Alerts.
    pub alerts: Vec<Sourced<Alert>>,
    /// Samples of metrics.
    pub samples: Vec<Sourced<Sample>>,
    /// What the reader must know about the evidence.
    pub notices: Vec<Notice>,
}

impl Release {
    /// The counts over all tests.
    pub fn tests(&self) -> Tally {
        let mut tally = Tally::default();
        for suite in &self.suites {
            tally.merge(suite.value.tally());
        }
        tally
    }

    /// The counts over all tests, with those that tools say they skipped and do not list.
    pub(crate) fn all_tests(&self) -> Tally {
        let mut tally = Tally::default();
        self.suites.iter().for_each(|suite| tally.merge(&suite.value.whole()));
        tally
    }

    /// The tests that tools say they skipped and do not list; they are in no other count.
    pub(crate) fn skipped_unlisted(&self) -> u64 {
        self.suites.iter().fold(0, |sum, suite| sum.saturating_add(suite.value.unlisted()))
    }

    /// The counts over all findings.
    pub fn findings(&self) -> SeverityTally {
        let mut tally = SeverityTally::default();
        for scan in &self.scans {
            tally.merge(scan.value.tally());
        }
        tally
    }

    /// Whether there is evidence of a kind at all. An artifact that says nothing of its kind is none.
    pub fn has(&self, kind: Kind) -> bool {
        let suites = self.suites.iter().map(|suite| &suite.value);
        let loads = self.loads.iter().map(|run| &run.value);
        let plans = self.plans.iter().map(|plan| &plan.value);
        let n_security = self.scans.len() + self.assessments.len();
        let n_platform = self.services.len() + self.alerts.len() + self.samples.len();
        kind.is_said(suites, n_security, loads, plans, n_platform)
    }

    /// The artifacts of which something could not be read, or whose tool did not get to its end.
    pub fn faulty(&self) -> BTreeSet<ArtifactId> {
        let errors = self.notices.iter().filter(|notice| notice.code.level == Level::Error);
        errors.filter_map(|notice| Some(notice.source.as_ref()?.artifact)).collect()
    }

    /// The load runs that limits judge: all but those that hold thresholds alone and stand in the folder of a run of
    /// the same tool that measures.
    pub fn judged_loads(&self) -> impl Iterator<Item = &Sourced<LoadRun>> {
        self.loads.iter().filter(|run| !run.value.is_thresholds_alone() || !self.is_measured_beside(run))
    }

    fn is_measured_beside(&self, run: &Sourced<LoadRun>) -> bool {
        let whence = |run: &Sourced<LoadRun>| {
            let artifact = self.artifact(run.artifact)?;
            let (folder, _) = folder_and_file(&artifact.name);
            Some((folder, &artifact.tool.as_ref()?.name))
        };
        let here = whence(run);
        here.is_some() && self.loads.iter().any(|other| !other.value.is_thresholds_alone() && whence(other) == here)
    }

    /// What was masked in all artifacts.
    pub fn redactions(&self) -> Counts {
        let mut all = Counts::default();
        for artifact in &self.artifacts {
            all.add(&artifact.redactions);
        }
        all
    }

    /// The newest time that an artifact says of itself.
    pub fn newest(&self) -> Option<Timestamp> {
        self.artifacts.iter().filter_map(|artifact| artifact.time).max()
    }

    /// The slowest value of a percentile over all load runs, and whether it is only known to be at most that.
    pub fn slowest(&self, percentile: Percentile) -> Option<(Elapsed, bool)> {
        let overall = self.loads.iter().map(|run| &run.value.overall);
        overall.filter_map(|m| Some((*m.percentiles.get(&percentile)?, m.is_bound(percentile)))).max()
    }

    /// How many containers, pods and workloads there are. Several artifacts may list the same ones: those of one name are
    /// as many as the artifact has that lists most of them.
    pub(crate) fn containers(&self) -> u64 {
        let mut by_name: BTreeMap<&str, BTreeMap<ArtifactId, u64>> = BTreeMap::new();
        for service in self.services.iter().filter(|service| service.value.role == Role::Container) {
            *by_name.entry(&service.value.name).or_default().entry(service.artifact).or_default() += 1;
        }
        by_name.values().filter_map(|counts| counts.values().max()).sum()
    }

    /// The artifact with this id.
    pub fn artifact(&self, id: ArtifactId) -> Option<&Input> {
        self.artifacts.get(id.0)
    }
}
