//! One side of a comparison, whether it was just judged or read from a report.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;

use super::changes::rank;
use super::fingerprint::{fingerprint, occurrences};
use super::plan_change::{Estimate, PlanState};
use crate::diagnostics::Level;
use crate::gate::{Judged, Verdict};
use crate::manifest::{ItemStatus, Loaded, Manifest};
use crate::model::{
    ArtifactId, Elapsed, Health, LoadRun, Measurement, Outcome, Percentile, Plan, Ratio, Release, Role, Scan, Severity,
    Sourced,
};

/// One validation, as far as it is compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Side {
    /// What it is about.
    pub about: About,
    /// What the evidence says.
    pub observed: Observed,
    /// What was decided.
    pub judgement: Judgement,
}

/// What a validation is about. `None` means that it does not say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct About {
    /// Name of the product.
    pub name: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// Its commit.
    pub commit: Option<String>,
    /// Where it was validated.
    pub environment: Option<String>,
    /// What was validated: a URL.
    pub target: Option<String>,
    /// The time of the report.
    pub as_of: Option<Timestamp>,
    /// SHA-256 over the manifest.
    pub policy: Option<String>,
    /// SHA-256 over each artifact that could be read.
    pub artifacts: BTreeSet<String>,
    /// The verdict.
    pub verdict: Option<Verdict>,
}

/// What the evidence says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    /// The tests that are listed, and what became of each; several where tests share their names.
    pub tests: BTreeMap<TestKey, Vec<TestState>>,
    /// Tests that are counted and not listed, by outcome.
    pub unlisted_tests: BTreeMap<Outcome, u64>,
    /// Tests that tools say they skipped and do not list; they are in no other count.
    pub skipped_unlisted: u64,
    /// Findings by where they are.
    pub findings: BTreeMap<FindingKey, FindingState>,
    /// Open findings by severity, each once in however many places it is.
    pub open_findings: BTreeMap<Severity, u64>,
    /// Open findings that are counted and not listed, by severity.
    pub unlisted_findings: BTreeMap<Severity, u64>,
    /// The scanners that ran, by name.
    pub scanners: BTreeMap<String, Scanner>,
    /// Load runs, in the order of the report.
    pub runs: Vec<Run>,
    /// Rollback plans, in the order of the report.
    pub plans: Vec<PlanState>,
    /// Services by role and name; several where services share their names.
    pub services: BTreeMap<(Role, String), Vec<Health>>,
    /// The checklist.
    pub checklist: BTreeMap<String, ItemStatus>,
}

/// What recognises a test.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct TestKey {
    /// The suite; empty where it has no name.
    pub suite: String,
    /// The class, module or file; empty where there is none.
    pub class: String,
    /// The name.
    pub name: String,
}

/// What became of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TestState {
    /// Its outcome.
    pub outcome: Outcome,
    /// Whether it passed, but not on the first attempt.
    pub flaky: bool,
}

/// What recognises a finding in a place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FindingKey {
    /// The scanner's rule, or the id of the vulnerability.
    pub rule: String,
    /// See [`fingerprint`](fn@super::fingerprint).
    pub fingerprint: String,
}

/// What is known of a finding in a place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FindingState {
    /// One line.
    pub title: String,
    /// The scanner, in lower case; empty where it is not known.
    pub scanner: String,
    /// Where, for people.
    pub place: String,
    /// How many are open, by severity.
    pub open: BTreeMap<Severity, u64>,
    /// How many are suppressed.
    pub suppressed: u64,
}

/// Whether a scanner got to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scanner {
    /// At least one scan was cut short, so what it did not find says nothing.
    Faulty,
    /// Every scan of it.
    Complete,
}

/// A load run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Run {
    /// Its name, else the path of its artifact.
    pub label: String,
    /// Requests of everything together; `None` where it does not say.
    pub requests: Option<u64>,
    /// What was measured, by endpoint (`None`: everything together) and metric.
    pub figures: BTreeMap<(Option<String>, &'static str), Figure>,
    /// Whether each limit that it declares holds; `None` where the tool does not judge it.
    pub limits: BTreeMap<String, Option<bool>>,
}

/// A measured value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Figure {
    /// A latency.
    Time(Elapsed),
    /// A share.
    Share(Ratio),
}

/// What was decided.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judgement {
    /// The decisions, by name.
    pub decisions: BTreeMap<String, Verdict>,
    /// The checks, by id.
    pub checks: BTreeMap<String, Verdict>,
    /// The waivers.
    pub waivers: BTreeMap<WaiverKey, WaiverState>,
}

/// What recognises a waiver.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WaiverKey {
    /// The check.
    pub check: String,
    /// What it is about.
    pub scope: String,
    /// Where; empty where it does not say.
    pub location: String,
}

/// What is known of a waiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaiverState {
    /// `applied`, `unused`, `expired`, …
    pub state: String,
    /// The last day on which it holds.
    pub expires: String,
}

impl Side {
    /// The side of a release that is being judged: without what is decided.
    pub fn of_release(release: &Release, loaded: &Loaded, as_of: Option<Timestamp>) -> Side {
        let subject = &release.subject;
        // A bundle is no evidence itself.
        let evidence = release.artifacts.iter().filter(|artifact| !artifact.kinds.is_empty());
        Side {
            about: About {
                name: subject.name.clone(),
                version: subject.version.clone(),
                commit: subject.commit.clone(),
                environment: subject.environment.clone(),
                target: subject.target.clone(),
                as_of,
                policy: loaded.digest(),
                artifacts: evidence.filter_map(|artifact| artifact.sha256.clone()).collect(),
                verdict: None,
            },
            observed: Observed::of(release, &loaded.manifest),
            judgement: Judgement::default(),
        }
    }

    /// Adds what was decided.
    #[must_use]
    pub fn judged(mut self, judged: &Judged) -> Side {
        self.about.verdict = Some(judged.verdict);
        let Judgement { decisions, checks, waivers } = &mut self.judgement;
        for decision in &judged.decisions {
            worst(decisions, &decision.name, decision.verdict);
        }
        for check in &judged.checks {
            worst(checks, &check.id, check.verdict());
        }
        for used in &judged.waivers {
            let key = WaiverKey {
                check: used.waiver.check.get_ref().clone(),
                scope: used.waiver.scope.get_ref().clone(),
                location: used.waiver.location.clone().unwrap_or_default(),
            };
            let state =
                WaiverState { state: used.state.word().to_owned(), expires: used.waiver.expires.get_ref().clone() };
            waivers.insert(key, state);
        }
        self
    }
}

/// Of several verdicts under one name the worst counts.
pub(super) fn worst(all: &mut BTreeMap<String, Verdict>, name: &str, verdict: Verdict) {
    let known = all.entry(name.to_owned()).or_insert(verdict);
    *known = verdict.max(*known);
}

impl Observed {
    fn of(release: &Release, manifest: &Manifest) -> Observed {
        let mut observed = Observed::default();
        for suite in &release.suites {
            let suite = &suite.value;
            let mut unlisted: BTreeMap<Outcome, u64> =
                Outcome::ALL.into_iter().map(|outcome| (outcome, suite.tally().of(outcome))).collect();
            for case in suite.cases() {
                if let Some(count) = unlisted.get_mut(&case.outcome) {
                    *count = count.saturating_sub(1);
                }
                let key = TestKey {
                    suite: suite.name.clone(),
                    class: case.class.clone().unwrap_or_default(),
                    name: case.name.clone(),
                };
                observed.add_test(key, TestState { outcome: case.outcome, flaky: case.flaky });
            }
            unlisted.into_iter().for_each(|(outcome, count)| observed.add_unlisted(outcome, count));
            observed.add_skipped_unlisted(suite.unlisted());
        }
        let faulty: BTreeSet<ArtifactId> = release
            .notices
            .iter()
            .filter(|notice| notice.code.level == Level::Error)
            .filter_map(|notice| notice.source.as_ref().map(|source| source.artifact))
            .collect();
        for scan in &release.scans {
            let name = scanner(&scan.value);
            observed.add_scanner(&name, !faulty.contains(&scan.artifact));
            for finding in scan.value.findings() {
                observed.count_finding(finding.severity, finding.suppression.is_some(), 1);
                for (fingerprint, place, count) in occurrences(&name, finding) {
                    let key = FindingKey { rule: finding.rule.clone(), fingerprint };
                    let state = FindingState {
                        title: finding.title.clone(),
                        scanner: name.clone(),
                        place,
                        ..Default::default()
                    };
                    observed.add_finding(key, state, finding.severity, finding.suppression.is_some(), count);
                }
            }
        }
        for scan in &release.scans {
            for (rule, severity, suppressed, count) in scan.value.folded() {
                observed.add_folded(&scanner(&scan.value), rule, severity, suppressed, count);
            }
        }
        for run in &release.loads {
            let path = release.artifact(run.artifact).map(|artifact| artifact.name.as_str()).unwrap_or_default();
            observed.runs.push(of_run(run, path));
        }
        for plan in &release.plans {
            let path = release.artifact(plan.artifact).map(|artifact| artifact.name.as_str()).unwrap_or_default();
            observed.plans.push(of_plan(&plan.value, path));
        }
        for service in &release.services {
            observed.add_service(service.value.role, &service.value.name, service.value.health);
        }
        for item in &manifest.checklist {
            observed.add_item(&item.item, item.status);
        }
        observed
    }

    /// Whether there are tests at all.
    pub fn has_tests(&self) -> bool {
        !self.tests.is_empty() || !self.unlisted_tests.is_empty()
    }

    pub(super) fn add_test(&mut self, key: TestKey, state: TestState) {
        let states = self.tests.entry(key).or_default();
        let place = states.partition_point(|known| *known <= state);
        states.insert(place, state);
    }

    pub(super) fn add_unlisted(&mut self, outcome: Outcome, count: u64) {
        if count > 0 {
            *self.unlisted_tests.entry(outcome).or_default() += count;
        }
    }

    pub(super) const fn add_skipped_unlisted(&mut self, count: u64) {
        self.skipped_unlisted = self.skipped_unlisted.saturating_add(count);
    }

    pub(super) fn add_scanner(&mut self, name: &str, is_complete: bool) {
        let state = if is_complete { Scanner::Complete } else { Scanner::Faulty };
        let known = self.scanners.entry(name.to_owned()).or_insert(state);
        *known = state.min(*known);
    }

    pub(super) fn add_finding(
        &mut self,
        key: FindingKey,
        state: FindingState,
        severity: Severity,
        is_suppressed: bool,
        count: u64,
    ) {
        let known = self.findings.entry(key).or_insert(state);
        let counter = if is_suppressed { &mut known.suppressed } else { known.open.entry(severity).or_default() };
        *counter = counter.saturating_add(count);
    }

    /// Counts findings, in however many places each of them is.
    pub(super) fn count_finding(&mut self, severity: Severity, is_suppressed: bool, count: u64) {
        if !is_suppressed && count > 0 {
            let known = self.open_findings.entry(severity).or_default();
            *known = known.saturating_add(count);
        }
    }

    /// Findings of a rule that are counted and not listed.
    pub(super) fn add_folded(&mut self, scanner: &str, rule: &str, severity: Severity, suppressed: bool, count: u64) {
        let key = FindingKey { rule: rule.to_owned(), fingerprint: fingerprint(scanner, rule, None, "", None) };
        let state = FindingState { scanner: scanner.to_owned(), ..FindingState::default() };
        self.add_finding(key, state, severity, suppressed, count);
        self.count_finding(severity, suppressed, count);
        if !suppressed {
            *self.unlisted_findings.entry(severity).or_default() += count;
        }
    }

    pub(super) fn add_service(&mut self, role: Role, name: &str, health: Health) {
        let all = self.services.entry((role, name.to_owned())).or_default();
        let place = all.partition_point(|known| *known <= health);
        all.insert(place, health);
    }

    /// Of two items with the same text the less complete one counts.
    pub(super) fn add_item(&mut self, item: &str, status: ItemStatus) {
        let known = self.checklist.entry(item.to_owned()).or_insert(status);
        *known = status.max(*known);
    }
}

fn scanner(scan: &Scan) -> String {
    scan.tool.as_ref().map(|tool| tool.name.to_lowercase()).unwrap_or_default()
}

/// A metric, and what it is in a measurement.
type Metric = (&'static str, fn(&Measurement) -> Option<Figure>);

/// The metrics that are compared, in the order of reports.
pub(super) const METRICS: [Metric; 6] = [
    ("mean", |measured| measured.mean.map(Figure::Time)),
    ("p50", |measured| percentile(measured, Percentile::P50)),
    ("p90", |measured| percentile(measured, Percentile::P90)),
    ("p95", |measured| percentile(measured, Percentile::P95)),
    ("p99", |measured| percentile(measured, Percentile::P99)),
    ("error-rate", |measured| {
        measured.error_rate().and_then(|rate| Ratio::from_quotient(rate.as_f64()).ok()).map(Figure::Share)
    }),
];

fn percentile(measured: &Measurement, percentile: Percentile) -> Option<Figure> {
    measured.percentiles.get(&percentile).copied().map(Figure::Time)
}

fn of_run(run: &Sourced<LoadRun>, path: &str) -> Run {
    let mut made = Run::new(run.value.name.as_deref(), path);
    made.requests = run.value.overall.requests;
    for threshold in &run.value.thresholds {
        made.add_limit(&threshold.metric, &threshold.expression, threshold.holds);
    }
    let endpoints = run.value.endpoints.iter().map(|endpoint| (Some(endpoint.name.as_str()), &endpoint.measurement));
    for (endpoint, measured) in std::iter::once((None, &run.value.overall)).chain(endpoints) {
        for (metric, value) in METRICS {
            if let Some(figure) = value(measured) {
                made.add(endpoint, metric, figure);
            }
        }
    }
    made
}

fn of_plan(plan: &Plan, path: &str) -> PlanState {
    let mut made = PlanState::new(plan.name.as_deref(), path, plan.succeeds());
    made.estimated = plan.estimated.map(|(least, most)| Estimate { least, most });
    plan.steps.iter().for_each(|step| made.add_step(&step.title, step.outcome));
    made
}

impl Run {
    pub(super) fn new(name: Option<&str>, path: &str) -> Run {
        let label = name.filter(|name| !name.is_empty()).unwrap_or(path);
        Run { label: label.to_owned(), ..Run::default() }
    }

    /// Of two limits with the same words the one that is further from holding counts.
    pub(super) fn add_limit(&mut self, metric: &str, expression: &str, holds: Option<bool>) {
        let known = self.limits.entry(format!("{metric}: {expression}")).or_insert(holds);
        if rank(holds) > rank(*known) {
            *known = holds;
        }
    }

    /// Of two endpoints with the same name the slower one counts.
    pub(super) fn add(&mut self, endpoint: Option<&str>, metric: &'static str, figure: Figure) {
        let key = (endpoint.map(ToOwned::to_owned), metric);
        let known = self.figures.entry(key).or_insert(figure);
        if figure.exceeds(*known) {
            *known = figure;
        }
    }
}

impl Figure {
    /// Whether it is the greater of two of one kind.
    pub fn exceeds(self, other: Figure) -> bool {
        match (self, other) {
            (Figure::Time(mine), Figure::Time(theirs)) => mine > theirs,
            (Figure::Share(mine), Figure::Share(theirs)) => mine > theirs,
            (Figure::Time(_), Figure::Share(_)) | (Figure::Share(_), Figure::Time(_)) => false,
        }
    }
}

impl From<Elapsed> for Figure {
    fn from(time: Elapsed) -> Figure {
        Figure::Time(time)
    }
}

impl From<Ratio> for Figure {
    fn from(share: Ratio) -> Figure {
        Figure::Share(share)
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Figure::Time(elapsed) => write!(f, "{elapsed}"),
            Figure::Share(ratio) => f.write_str(&ratio.percent()),
        }
    }
}
