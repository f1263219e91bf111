//! pytest: the plugin pytest-json-report.
//!
//! ```json
//! {"created": 1795424449.2, "duration": 0.12, "exitcode": 0, "root": "/app", "environment": {},
//!  "summary": {"passed": 1, "total": 1, "collected": 1},
//!  "tests": [{"nodeid": "test_ok.py::test_health", "outcome": "passed", "call": {"duration": 0.02, "outcome": "passed"}}]}
//! ```
//!
//! `passed`, `failed` and `skipped` are what they say, `error` errored (a fixture, a teardown).
//! A test that `passed` and was set up without being called did not run (`pytest.exit`, `--setup-only`): it is errored.
//! `xfailed` (fails, as it is marked to) and `xpassed` (passes, although it is marked to fail) are warnings; a strict `xpass` is written as `failed`.
//! A test that pytest-rerunfailures had to repeat has the outcome `rerun`: where its last attempt passed it passed and is flaky, otherwise it failed or errored like that attempt.
//! The same holds for `retried` of pytest-retry.
//! Subtests write `subtests passed`, `subtests failed` and `subtests skipped` over the outcome of their test: a test with a skipped subtest is a warning.
//! A module that skips itself while it is collected has no tests: it counts as one skipped test.
//!
//! `exitcode` decides too: 2 means that the run was stopped, 3 that pytest failed, 4 that it was called wrongly, 5 that no test was collected.
//! A module that cannot be collected is an error of the tool, since its tests are nowhere.
//! A report of `--json-report-summary` lists no tests: counts alone cannot be checked, so they are not used.
//! Fewer tests than were collected (`-x`, a crash) are incomplete evidence.
//!
//! Times are seconds.
//! `environment`, keywords, captured output and logs are left out: they may hold secrets.
//! Outcomes by `pytest_jsonreport/plugin.py` in numirias/pytest-json-report.

use crate::diagnostics::codes::{CONTRADICTION, INCOMPLETE, MISSING_FIELD, NOTHING_RAN, TOOL_FAILED, UNKNOWN_WORD};
use crate::formats::Format;
use crate::formats::smoke::recount::{declared, declared_outcomes, detail, explain, first_line, head, nothing_ran};
use crate::model::{Elapsed, Evidence, Kind, Outcome, Pointer, Suite, TestCase, Tool, Unit};
use crate::source::{Doc, Node, Probe, Stop, Tree};

pub(super) static FORMAT: Format = Format {
    id: "pytest-json-report",
    kinds: &[Kind::Smoke],
    tool: "pytest",
    title: "Report of the plugin pytest-json-report",
    produce: "pytest --json-report --json-report-file=pytest.json",
    detect,
    read,
};

/// The outcomes, in the order in which they are counted.
const OUTCOMES: &[(&str, usize)] = &[
    ("passed", 0),
    ("failed", 1),
    ("error", 2),
    ("skipped", 3),
    ("xfailed", 4),
    ("xpassed", 5),
    ("rerun", 6),
    ("retried", 7),
    ("subtests passed", 8),
    ("subtests failed", 9),
    ("subtests skipped", 10),
];
/// The outcomes of a test that had to be repeated.
const REPEATED: std::ops::RangeInclusive<usize> = 6..=7;

fn detect(probe: &Probe<'_>) -> bool {
    probe.document().is_some_and(|root| {
        root.get("exitcode").exists()
            && root.get("summary").is_object()
            && (root.get("root").exists() || root.get("created").exists())
            && (root.get("summary").get("total").exists() || root.get("summary").get("collected").exists())
    })
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let diags = doc.diags().clone();
    let mut suite = Suite::new("", Pointer::whole());
    let mut counts = [0u64; OUTCOMES.len()];
    let (mut listed, mut uncollected, mut has_tests) = (0u64, 0u64, false);
    let (mut exit, mut summary): (Option<Tree>, Option<Tree>) = (None, None);
    let (mut created, mut version) = (None, None);
    let mut json = doc.json();
    let result = json.object(|json, key| {
        match key {
            "created" => created = json.record()?.f64(),
            "duration" => suite.elapsed = json.record()?.elapsed(Unit::Secs),
            "exitcode" => exit = Some(json.tree()?),
            "summary" => summary = Some(json.tree()?),
            "environment" => {
                let tree = json.tree()?;
                let packages = tree.root().get("Packages");
                version = if packages.is_object() { packages.get("pytest").text() } else { None };
            }
            "collectors" => json.array(|json, _| {
                uncollected += u64::from(collector(json.record()?, &mut suite));
                Ok(())
            })?,
            "tests" => {
                has_tests = true;
                suite.pointer = Pointer::path(json.pointer());
                json.array(|json, _| {
                    listed += 1;
                    suite.push(test(json.record()?, &mut counts));
                    Ok(())
                })?;
            }
            _ => json.skip()?,
        }
        Ok(())
    });
    evidence.tool = Some(Tool::new("pytest", version));
    #[expect(clippy::cast_possible_truncation, reason = "fractions of a millisecond do not matter")]
    let millis = created.map(|secs| (secs * 1e3) as i64);
    evidence.time = millis.and_then(|millis| jiff::Timestamp::from_millisecond(millis).ok());
    let pointer = suite.pointer.clone();
    let bad = suite.tally().failed + suite.tally().errored + uncollected;
    evidence.suites.push(suite);
    result?;
    json.end()?;
    let exit = exit.as_ref().map(Tree::root);
    let no_tests = exit.and_then(|exit| judge(exit, bad, uncollected, &pointer));
    let summary = summary.as_ref().map(Tree::root);
    if let Some(summary) = summary.filter(|summary| !has_tests && summary.get("total").u64().unwrap_or(0) > 0) {
        summary.report(&MISSING_FIELD, "the tests are not listed, only their counts");
        return Ok(());
    }
    if let Some(summary) = summary {
        declared(summary.get("total"), "tests", listed, &pointer);
        declared_outcomes(summary, OUTCOMES, &["failed", "error"], &counts, &pointer);
        let collected = summary.get("collected");
        let told = listed.saturating_add(summary.get("deselected").u64().unwrap_or(0));
        if let Some(count) = collected.u64()
            && count > told
            && listed > 0
        {
            collected.report(&INCOMPLETE, format!("{count} tests were collected, counted {listed} that ran"));
        }
    }
    if no_tests.is_none() {
        nothing_ran(&diags, evidence);
    }
    Ok(())
}

/// What the exit code says beyond the tests; something where it says that there were none.
fn judge(exit: Node<'_>, bad: u64, uncollected: u64, tests: &Pointer) -> Option<()> {
    match exit.u64()? {
        0 if bad > 0 => {
            let message = format!("says that all is well, counted {bad} tests that failed or errored");
            exit.diags().push(exit.diagnostic(&CONTRADICTION, message).against(tests.clone()));
        }
        0 => {}
        1 if bad > 0 => {}
        1 => exit.report(&TOOL_FAILED, "pytest failed with exit code 1 although no test failed"),
        2 if uncollected > 0 => {}
        2 => exit.report(&INCOMPLETE, "the run was stopped: exit code 2"),
        3 => exit.report(&TOOL_FAILED, "pytest failed itself: exit code 3"),
        4 => exit.report(&TOOL_FAILED, "pytest was called wrongly: exit code 4"),
        5 => {
            exit.report(&NOTHING_RAN, "no test was collected: exit code 5");
            return Some(());
        }
        code => exit.report(&TOOL_FAILED, format!("pytest ended with exit code {code}")),
    }
    None
}

/// Whether a module could not be collected. One that skips itself is a skipped test.
fn collector(node: Node<'_>, suite: &mut Suite) -> bool {
    let name = node.get("nodeid").text().unwrap_or_default();
    let reason = node.get("longrepr").text().unwrap_or_default();
    match node.get("outcome").str().as_deref() {
        Some("failed") => {
            let place = if name.is_empty() { "the session" } else { &name };
            node.report(&TOOL_FAILED, format!("`{place}` could not be collected: {}", first_line(&reason)));
            true
        }
        Some("skipped") => {
            let mut case = TestCase::new(name, Outcome::Skipped, node.pointer());
            case.message = Some(skip_reason(&reason)).filter(|reason| !reason.is_empty());
            suite.push(case);
            false
        }
        _ => false,
    }
}

fn test(node: Node<'_>, counts: &mut [u64; OUTCOMES.len()]) -> TestCase {
    let id = node.require("nodeid").text().unwrap_or_default();
    let status = node.require("outcome").word(OUTCOMES);
    if let Some(index) = status {
        counts[index] += 1;
    }
    let stages: Vec<Node<'_>> = ["setup", "call", "teardown"].iter().map(|stage| node.get(stage)).collect();
    let failed = stages.iter().position(|stage| stage.get("outcome").str().as_deref() == Some("failed"));
    // Where pytest was left (`pytest.exit`) or only sets up (`--setup-only`), the set-up alone passed.
    let is_unrun = status == Some(0) && stages[0].exists() && !stages[1].exists();
    let outcome = match status {
        Some(0) if is_unrun => Outcome::Errored,
        Some(0) => Outcome::Passed,
        Some(1) => Outcome::Failed,
        Some(2) => Outcome::Errored,
        Some(3) => Outcome::Skipped,
        Some(4 | 5) => Outcome::Warned,
        Some(9) => Outcome::Failed,
        Some(10) => worse(last_attempt(node, &stages, failed), Outcome::Warned),
        Some(_) => last_attempt(node, &stages, failed),
        None => Outcome::Errored,
    };
    let (class, name) = id.rsplit_once("::").map_or((None, &*id), |(class, name)| (Some(class.to_owned()), name));
    // Brackets hold parameters, which may hold `::` as well.
    let (class, name) = match (id.find('['), id.split_once('[').and_then(|(head, _)| head.rfind("::"))) {
        (Some(_), Some(at)) => (Some(id[..at].to_owned()), &id[at + 2..]),
        _ => (class, name),
    };
    let mut case = TestCase::new(name, outcome, node.pointer());
    case.class = class;
    case.flaky = status.is_some_and(|status| REPEATED.contains(&status)) && outcome == Outcome::Passed;
    let took = stages.iter().filter_map(|stage| stage.get("duration").elapsed(Unit::Secs));
    case.elapsed = took.reduce(Elapsed::saturating_add);
    match status {
        _ if is_unrun => case.message = Some("was set up and did not run".to_owned()),
        Some(3) => {
            let reason = stages.iter().filter_map(|stage| stage.get("longrepr").text()).next().unwrap_or_default();
            case.message = Some(skip_reason(&reason)).filter(|reason| !reason.is_empty());
        }
        Some(4) => case.message = Some("fails, as it is marked to".to_owned()),
        Some(5) => case.message = Some("passes, although it is marked to fail".to_owned()),
        Some(10) if outcome == Outcome::Warned => case.message = Some("a subtest was skipped".to_owned()),
        _ => {
            if let Some(stage) = failed.map(|at| stages[at]) {
                let long = stage.get("longrepr").text();
                let short = stage.path(&["crash", "message"]).text().or_else(|| long.clone());
                explain(&mut case, &short.unwrap_or_default());
                detail(&mut case, &long.unwrap_or_default());
            }
        }
    }
    case.extra().line = node.get("lineno").u64().map(|line| line.saturating_add(1));
    case
}

fn worse(left: Outcome, right: Outcome) -> Outcome {
    if left.badness() > right.badness() { left } else { right }
}

/// What became of a test by its stages, which are those of the last attempt.
fn last_attempt(node: Node<'_>, stages: &[Node<'_>], failed: Option<usize>) -> Outcome {
    match failed {
        Some(1) => Outcome::Failed,
        Some(_) => Outcome::Errored,
        None if stages[1].get("outcome").str().as_deref() == Some("passed") => Outcome::Passed,
        None => {
            node.report(&UNKNOWN_WORD, "the test was called, but its call neither passed nor failed");
            Outcome::Errored
        }
    }
}

/// pytest writes a skip as `('/app/test_x.py', 14, 'Skipped: no credentials')`.
fn skip_reason(text: &str) -> String {
    let reason = text.split_once("Skipped: ").map_or(text, |(_, reason)| reason);
    head(reason.trim_end_matches(['\'', '"', ')', ' ']))
}
