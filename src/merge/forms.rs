//! Tests of one run that a tool wrote in two forms: in its own, and as JUnit XML or another one beside it.
//!
//! Most tools can do so, with two reporters or by default: TestNG writes `testng-results.xml` into a folder and JUnit XML
//! into `junitreports/` in it (`XMLReporter`, `JUnitReportReporter`); Maven Surefire and Failsafe let it do so and write
//! JUnit XML of their own beside that.
//! An artifact is such a form where each of its tests stands in the tool's report, by a name that the tool gives it
//! there, with an outcome of the same weight or one that the tool is known to write so, and both are of one day.
//! A test that is flaky in it is flaky in the report too. Tests that it counts as skipped and does not list were skipped
//! in the report. Where one does not stand there, all of it counts, and so does what it says beside its tests.
//! So no verdict on an outcome becomes better by it.

#[cfg(test)]
mod tests;
mod tools;

use std::collections::BTreeMap;

use crate::diagnostics::codes::{NOT_TESTED, TOOL_FAILED};
use crate::diagnostics::{Code, Level};
use crate::model::{Artifact, Outcome, around, folder_and_file};
use tools::{Name, TOOLS, Tool};

/// A test of a report: its name, its outcome, and whether it is flaky; how often each.
type Tests = BTreeMap<(Name, Outcome, bool), u64>;

/// The tests of the other form: what the report may name each; how often, and how many it only says that were skipped.
#[derive(Default)]
struct Repeated {
    tests: BTreeMap<(Vec<Name>, Outcome, bool), u64>,
    n_unlisted: u64,
}

/// The artifacts that tell nothing but what a report of the tool's own tells, each with that report; by their places.
pub(super) fn repeats(artifacts: &[Artifact]) -> BTreeMap<usize, usize> {
    let mut repeats = BTreeMap::new();
    TOOLS.iter().for_each(|tool| of_tool(tool, artifacts, &mut repeats));
    repeats
}

/// Adds those of one tool.
fn of_tool(tool: &Tool, artifacts: &[Artifact], repeats: &mut BTreeMap<usize, usize>) {
    let mut reports: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, artifact) in artifacts.iter().enumerate() {
        let is_report = artifact.format.is_some_and(|format| tool.formats.contains(&format));
        // What repeats another form itself is no second report.
        if is_report && !repeats.contains_key(&index) {
            reports.entry(folder_and_file(&artifact.name).0).or_default().push(index);
        }
    }
    // With two in a folder it is not known which one others repeat, unless they are parts of one.
    reports.retain(|_, reports| tool.is_in_parts || reports.len() == 1);
    if reports.is_empty() {
        return;
    }
    // What is left of the tests that the files of a folder may repeat.
    let mut left: BTreeMap<&str, Option<Tests>> = BTreeMap::new();
    for (index, artifact) in artifacts.iter().enumerate().filter(|(_, artifact)| artifact.format == Some(tool.form)) {
        let folder = folder_and_file(&artifact.name).0;
        let outer = tool.inner.and_then(|inner| around(folder, inner));
        let mut roots = [Some(folder), outer].into_iter().flatten();
        let Some(parts) = roots.find_map(|root| reports.get(root)) else { continue };
        let report: Vec<&Artifact> = parts.iter().filter_map(|part| artifacts.get(*part)).collect();
        let is_of_that_day = report.iter().all(|part| are_of_one_day(artifact, part));
        if repeats.contains_key(&index) || !says_no_more(artifact, &report) || !is_of_that_day {
            continue;
        }
        let left = left.entry(folder).or_insert_with(|| tests(&report, tool));
        if left.as_mut().zip(repeated(artifact, tool)).is_some_and(|(left, own)| take(left, own, tool.blurred)) {
            repeats.extend(parts.first().map(|of| (index, *of)));
        }
    }
}

/// Whether nothing is said of an artifact that its report does not tell by tests: of to-dos that are listed like tests that
/// passed (jest-junit), and of failures that are counted and not listed (Newman) where the report lists more of them.
fn says_no_more(artifact: &Artifact, report: &[&Artifact]) -> bool {
    let n_bad = |artifact: &Artifact| {
        let tally = artifact.evidence.tally();
        tally.failed.saturating_add(tally.errored)
    };
    let is_told = |code: &Code| {
        code.level == Level::Note
            || code.id == NOT_TESTED.id
            || code.id == TOOL_FAILED.id && report.iter().map(|part| n_bad(part)).sum::<u64>() > n_bad(artifact)
    };
    artifact.evidence.diagnostics.iter().all(|diagnostic| is_told(diagnostic.code))
}

/// Whether the times of two artifacts, where both say them, are at most a day apart.
fn are_of_one_day(one: &Artifact, other: &Artifact) -> bool {
    let seconds = |artifact: &Artifact| artifact.evidence.time.map(|time| time.as_second());
    seconds(one).zip(seconds(other)).is_none_or(|(one, other)| one.abs_diff(other) <= 86_400)
}

/// Takes tests from those that are left, where all of them are there.
fn take(left: &mut Tests, own: Repeated, blurred: &[(Outcome, Outcome)]) -> bool {
    let mut rest = left.clone();
    // Those that are flaky first: a test that is not may repeat one that is, as other forms often do not tell.
    let (flaky, others): (Vec<_>, Vec<_>) = own.tests.into_iter().partition(|((.., is_flaky), _)| *is_flaky);
    for ((names, outcome, is_flaky), mut count) in flaky.into_iter().chain(others) {
        let kinds: &[bool] = if is_flaky { &[true] } else { &[false, true] };
        let told_so = blurred.iter().filter(|(_, told)| *told == outcome).map(|(outcome, _)| *outcome);
        for outcome in std::iter::once(outcome).chain(told_so) {
            for (name, is_flaky) in names.iter().flat_map(|name| kinds.iter().map(move |kind| (name, *kind))) {
                if let Some(there) = rest.get_mut(&(name.clone(), outcome, is_flaky)) {
                    let taken = count.min(*there);
                    (*there, count) = (*there - taken, count - taken);
                }
            }
        }
        if count > 0 {
            return false;
        }
    }
    let mut n_unlisted = own.n_unlisted;
    for (_, there) in rest.iter_mut().filter(|((_, outcome, _), _)| *outcome == Outcome::Skipped) {
        let taken = n_unlisted.min(*there);
        (*there, n_unlisted) = (*there - taken, n_unlisted - taken);
    }
    if n_unlisted == 0 {
        *left = rest;
    }
    n_unlisted == 0
}

/// The tests of a tool's own report; `None` where not all are listed.
fn tests(report: &[&Artifact], tool: &Tool) -> Option<Tests> {
    let mut tests = Tests::new();
    for suite in report.iter().flat_map(|part| &part.evidence.suites) {
        if suite.whole().total() != u64::try_from(suite.cases().len()).ok()? {
            return None;
        }
        for case in suite.cases() {
            *tests.entry(((tool.own)(suite, case), weight(case.outcome), case.flaky)).or_default() += 1;
        }
    }
    Some(tests)
}

/// The tests of the other form; `None` where there are none, or some are only counted.
fn repeated(artifact: &Artifact, tool: &Tool) -> Option<Repeated> {
    let mut repeated = Repeated::default();
    for suite in &artifact.evidence.suites {
        repeated.n_unlisted = repeated.n_unlisted.saturating_add(suite.unlisted());
        if suite.folded() > 0 {
            return None;
        }
        for case in suite.cases() {
            let test = ((tool.names)(suite, case), weight(case.outcome), case.flaky);
            *repeated.tests.entry(test).or_default() += 1;
        }
    }
    (!repeated.tests.is_empty()).then_some(repeated)
}

/// The forms differ in what is a failure and what an error.
const fn weight(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Failed | Outcome::Errored => Outcome::Failed,
        Outcome::Passed | Outcome::Warned | Outcome::Skipped | Outcome::Info => outcome,
    }
}
