//! An old `report.json`: foreign text like any other, of which nothing is believed that does not add up.
//!
//! Whatever is missing, of another type or an unknown word is an error: half of a baseline would let regressions pass.

use std::collections::BTreeMap;

use super::Baseline;
use super::document::{
    Artifact, Folded, Head, Item, Measured, Notice, OldPlan, OldRun, OldStep, OldThreshold, Place, Report, Security,
    Service, Suite, Tool, Waiver,
};
use super::fingerprint::occurrences;
use super::plan_change::{Estimate, PlanState};
use super::side::{
    About, Figure, FindingKey, FindingState, Judgement, Observed, Run, Side, TestKey, TestState, WaiverKey,
    WaiverState, worst,
};
use crate::diagnostics::LineColumn;
use crate::gate::Verdict;
use crate::manifest::ItemStatus;
use crate::model::finding::{Location, Package};
use crate::model::{Elapsed, Finding, Health, Outcome, Pointer, Ratio, Role, Severity, StepOutcome};
use crate::safety::redact::{Counts, Redactor};
use jiff::Timestamp;

/// The version of the schema that can be read.
const SCHEMA: &str = "signoff.report/1";

/// Why an old report cannot be compared with.
///
/// See the [example](mod@crate::gate#example).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadBaseline {
    /// Where; `None` where it is about the whole.
    pub place: Option<LineColumn>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: &'static str,
}

impl BadBaseline {
    fn whole(message: impl Into<String>, help: &'static str) -> BadBaseline {
        BadBaseline { place: None, message: message.into(), help }
    }
}

impl From<serde_json::Error> for BadBaseline {
    fn from(error: serde_json::Error) -> BadBaseline {
        let place = (error.line() > 0)
            .then(|| LineColumn { line: error.line() as u64, column: (error.column() as u64).max(1) });
        let text = error.to_string();
        let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message).to_owned();
        match error.classify() {
            serde_json::error::Category::Eof => {
                BadBaseline { place, message: "the report is cut off".to_owned(), help: AGAIN }
            }
            serde_json::error::Category::Syntax => {
                BadBaseline { place, message: format!("the report is no JSON: {message}"), help: REPORT }
            }
            serde_json::error::Category::Data | serde_json::error::Category::Io => {
                BadBaseline { place, message, help: AGAIN }
            }
        }
    }
}

const REPORT: &str = "give the report.json that `signoff report` wrote, or the folder that holds it";
const AGAIN: &str = "make the report again from its artifacts: `signoff report`";

/// Reads an old report. `path` is what it is called, `digest` the SHA-256 over its bytes.
///
/// # Errors
/// It is no report, is cut off, or contradicts itself.
pub fn read(path: String, sha256: String, bytes: &[u8], redactor: &Redactor) -> Result<Baseline, BadBaseline> {
    let head: Head = serde_json::from_slice(bytes)?;
    match head.schema {
        None => return Err(BadBaseline::whole("this is no report of signoff: it has no `schema`", REPORT)),
        Some(schema) if schema != SCHEMA => {
            let help = "make both reports with the same version of signoff";
            return Err(BadBaseline::whole(
                format!("the report has the schema `{schema}`, and `{SCHEMA}` can be read"),
                help,
            ));
        }
        Some(_) => {}
    }
    let report: Report = serde_json::from_slice(bytes)?;
    let mut reader = Reader { redactor, paths: BTreeMap::new() };
    Ok(Baseline { path, sha256, side: reader.side(report)? })
}

/// The value of a word, of those that a report can have.
fn word<T: Copy>(text: &str, what: &str, known: impl IntoIterator<Item = (&'static str, T)>) -> Result<T, BadBaseline> {
    let found = known.into_iter().find(|(word, _)| *word == text).map(|(_, value)| value);
    found.ok_or_else(|| BadBaseline::whole(format!("`{text}` is no {what}"), AGAIN))
}

fn no_measurement(value: f64) -> BadBaseline {
    BadBaseline::whole(format!("{value} is no measurement"), AGAIN)
}

fn verdict(text: &str) -> Result<Verdict, BadBaseline> {
    word(text, "verdict", Verdict::ALL.map(|verdict| (verdict.word(), verdict)))
}

fn outcome(text: &str) -> Result<Outcome, BadBaseline> {
    word(text, "outcome of a test", Outcome::ALL.map(|outcome| (outcome.word(), outcome)))
}

fn severity(text: &str) -> Result<Severity, BadBaseline> {
    word(text, "severity", Severity::ALL.map(|severity| (severity.word(), severity)))
}

struct Reader<'r> {
    redactor: &'r Redactor,
    paths: BTreeMap<String, String>,
}

impl Reader<'_> {
    /// A text without secrets: the rules may be others than those of the time.
    fn clean(&self, text: String) -> String {
        match self.redactor.redact(&text, &mut Counts::default()) {
            std::borrow::Cow::Borrowed(_) => text,
            std::borrow::Cow::Owned(masked) => masked,
        }
    }

    fn optional(&self, text: Option<String>) -> Option<String> {
        text.map(|text| self.clean(text))
    }

    fn side(&mut self, report: Report) -> Result<Side, BadBaseline> {
        let time = |text: &String| {
            text.parse::<Timestamp>().map_err(|_| BadBaseline::whole(format!("`{text}` is no time"), AGAIN))
        };
        let subject = report.subject;
        let evidence = report.artifacts.iter().filter(|artifact| artifact.kind.is_some());
        let about = About {
            name: self.optional(subject.name),
            version: self.optional(subject.version),
            commit: self.optional(subject.commit),
            environment: self.optional(subject.environment),
            target: self.optional(subject.target),
            as_of: report.as_of.as_ref().map(time).transpose()?,
            policy: report.policy_digest,
            artifacts: evidence.filter_map(|artifact| artifact.sha256.clone()).collect(),
            verdict: Some(verdict(&report.verdict)?),
        };
        for Artifact { id, path, .. } in report.artifacts {
            let path = self.clean(path);
            self.paths.insert(id, path);
        }
        let mut observed = Observed::default();
        for suite in report.tests.suites {
            self.suite(suite, &mut observed)?;
        }
        self.security(report.security, &report.notices, &mut observed)?;
        for run in report.load.runs {
            let run = self.run(run)?;
            observed.runs.push(run);
        }
        for plan in report.rollback.plans {
            let plan = self.plan(plan)?;
            observed.plans.push(plan);
        }
        for Service { name, role, health } in report.platform.services {
            let role = word(&role, "role of a service", Role::ALL.map(|role| (role.word(), role)))?;
            let health = word(&health, "health of a service", Health::ALL.map(|health| (health.word(), health)))?;
            observed.add_service(role, &self.clean(name), health);
        }
        for Item { item, status } in report.checklist {
            let status = word(&status, "status of an item", ItemStatus::ALL.map(|status| (status.word(), status)))?;
            observed.add_item(&item, status);
        }
        let mut judgement = Judgement::default();
        for decision in report.decisions {
            worst(&mut judgement.decisions, &decision.name, verdict(&decision.verdict)?);
        }
        for check in report.checks {
            worst(&mut judgement.checks, &check.id, verdict(&check.verdict)?);
        }
        for Waiver { check, scope, location, expires, state } in report.waivers {
            let key = WaiverKey { check, scope, location: location.unwrap_or_default() };
            judgement.waivers.insert(key, WaiverState { state, expires });
        }
        Ok(Side { about, observed, judgement })
    }

    fn suite(&self, suite: Suite, observed: &mut Observed) -> Result<(), BadBaseline> {
        let name = self.clean(suite.name);
        observed.add_skipped_unlisted(suite.skipped_unlisted);
        let mut listed: BTreeMap<Outcome, u64> = BTreeMap::new();
        for case in suite.cases {
            let outcome = outcome(&case.outcome)?;
            *listed.entry(outcome).or_default() += 1;
            let class = self.optional(case.class).unwrap_or_default();
            let key = TestKey { suite: name.clone(), class, name: self.clean(case.name) };
            observed.add_test(key, TestState { outcome, flaky: case.flaky });
        }
        for outcome in Outcome::ALL {
            let total = suite.totals.get(outcome.word()).copied().unwrap_or(0);
            let listed = listed.get(&outcome).copied().unwrap_or(0);
            let Some(unlisted) = total.checked_sub(listed) else {
                let message = format!("the suite `{name}` lists {listed} tests as {outcome} and counts {total}");
                return Err(BadBaseline::whole(message, AGAIN));
            };
            observed.add_unlisted(outcome, unlisted);
        }
        Ok(())
    }

    fn security(&self, security: Security, notices: &[Notice], observed: &mut Observed) -> Result<(), BadBaseline> {
        let is_faulty = |artifact: &str| {
            let of_scan = |notice: &&Notice| notice.source.as_ref().is_some_and(|source| source.artifact == artifact);
            notices.iter().filter(of_scan).any(|notice| notice.severity == "error")
        };
        let scanner = |tool: &Option<Tool>| {
            tool.as_ref().map(|tool| self.clean(tool.name.clone()).to_lowercase()).unwrap_or_default()
        };
        for scan in &security.scans {
            observed.add_scanner(&scanner(&scan.tool), !is_faulty(&scan.source.artifact));
        }
        for old in security.findings {
            let tool = self.optional(old.tool).map(|tool| tool.to_lowercase()).unwrap_or_default();
            let severity = severity(&old.severity)?;
            observed.count_finding(severity, old.suppression.is_some(), 1);
            let mut finding = Finding::new(self.clean(old.rule), self.clean(old.title), severity, Pointer::whole());
            finding.occurrences = old.occurrences;
            finding.locations = old
                .locations
                .into_iter()
                .map(|Place { place, detail }| Location {
                    place: self.clean(place),
                    line: None,
                    detail: self.optional(detail),
                })
                .collect();
            finding.package =
                old.package.map(|package| Package { name: self.clean(package.name), ..Package::default() });
            for (fingerprint, place, count) in occurrences(&tool, &finding) {
                let key = FindingKey { rule: finding.rule.clone(), fingerprint };
                let title = finding.title.clone();
                let state = FindingState { title, scanner: tool.clone(), place, ..FindingState::default() };
                observed.add_finding(key, state, severity, old.suppression.is_some(), count);
            }
        }
        for scan in security.scans {
            for Folded { rule, severity: of, suppressed, count } in scan.folded {
                observed.add_folded(&scanner(&scan.tool), &self.clean(rule), severity(&of)?, suppressed, count);
            }
        }
        Ok(())
    }

    fn plan(&self, plan: OldPlan) -> Result<PlanState, BadBaseline> {
        let path = self.paths.get(&plan.source.artifact).map(String::as_str).unwrap_or_default();
        let mut made = PlanState::new(self.optional(plan.name).as_deref(), path, plan.succeeds);
        let time = |value: f64| Elapsed::from_millis(value).map_err(|_| no_measurement(value));
        if let Some((least, most)) = plan.estimated_ms {
            made.estimated = Some(Estimate { least: time(least)?, most: time(most)? });
        }
        for OldStep { title, outcome } in plan.steps {
            let known = StepOutcome::ALL.map(|outcome| (outcome.word(), outcome));
            made.add_step(&self.clean(title), word(&outcome, "outcome of a step", known)?);
        }
        Ok(made)
    }

    fn run(&self, run: OldRun) -> Result<Run, BadBaseline> {
        let path = self.paths.get(&run.source.artifact).map(String::as_str).unwrap_or_default();
        let mut made = Run::new(self.optional(run.name).as_deref(), path);
        for OldThreshold { metric, expression, holds } in run.thresholds {
            made.add_limit(&self.clean(metric), &self.clean(expression), holds);
        }
        let endpoints = run.endpoints.into_iter().map(|endpoint| (Some(self.clean(endpoint.name)), endpoint.measured));
        for (endpoint, measured) in std::iter::once((None, run.overall)).chain(endpoints) {
            let Measured { requests, error_rate, mean_ms, p50_ms, p90_ms, p95_ms, p99_ms } = measured;
            if endpoint.is_none() {
                made.requests = requests;
            }
            let times = [("mean", mean_ms), ("p50", p50_ms), ("p90", p90_ms), ("p95", p95_ms), ("p99", p99_ms)];
            for (metric, value) in times {
                let Some(value) = value else { continue };
                let time = Elapsed::from_millis(value).map_err(|_| no_measurement(value))?;
                made.add(endpoint.as_deref(), metric, Figure::Time(time));
            }
            if let Some(value) = error_rate {
                let share = Ratio::from_quotient(value).map_err(|_| no_measurement(value))?;
                made.add(endpoint.as_deref(), "error-rate", Figure::Share(share));
            }
        }
        Ok(made)
    }
}
