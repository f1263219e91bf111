//! The suites of Robot Framework, as its XML and its JSON have them in common.

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{CONTRADICTION, NOTHING_RAN, TOOL_FAILED};
use crate::formats::smoke::recount::none_ran;
use crate::model::{Elapsed, Evidence, Outcome, Pointer, Suite, TestCase, Tool, keep_text};
use crate::source::Diags;

/// What became of a test, or of a tear-down.
pub(super) const STATUSES: &[(&str, Outcome)] = &[
    ("PASS", Outcome::Passed),
    ("FAIL", Outcome::Failed),
    ("SKIP", Outcome::Skipped),
    ("NOT RUN", Outcome::Skipped),
    ("NOT_RUN", Outcome::Skipped),
];

/// The suites of one file. Robot decides about a test only when the tear-down of its suite is through,
/// so the cases are held until then.
#[derive(Debug, Default)]
pub(super) struct Suites {
    all: Vec<Raw>,
    open: Vec<usize>,
    pub keywords: Keywords,
}

/// Keywords that call no others: in a dry run (`--dryrun`) none of them is executed, and the tests still say `PASS`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Keywords {
    listed: u64,
    executed: u64,
}

impl Keywords {
    /// Counts one, by its status.
    pub(super) fn see(&mut self, status: Option<&str>) {
        self.listed += 1;
        self.executed += u64::from(!matches!(status, Some("NOT RUN" | "NOT_RUN")));
    }
}

#[derive(Debug)]
struct Raw {
    name: String,
    /// Index of the suite around it.
    outer: Option<usize>,
    pointer: Pointer,
    elapsed: Option<Elapsed>,
    cases: Vec<TestCase>,
}

impl Suites {
    /// Starts a suite inside of the one that is open.
    pub(super) fn open(&mut self, pointer: Pointer) {
        let outer = self.open.last().copied();
        self.open.push(self.all.len());
        self.all.push(Raw { name: String::new(), outer, pointer, elapsed: None, cases: Vec::new() });
    }

    /// Names the suite that is open.
    pub(super) fn name(&mut self, name: &str) {
        if let Some(raw) = self.innermost() {
            name.clone_into(&mut raw.name);
        }
    }

    /// How long the suite that is open took.
    pub(super) fn elapsed(&mut self, elapsed: Option<Elapsed>) {
        if let Some(raw) = self.innermost() {
            raw.elapsed = elapsed;
        }
    }

    /// Adds a test to the suite that is open.
    pub(super) fn push(&mut self, case: TestCase) {
        if self.open.is_empty() {
            self.open(Pointer::whole());
        }
        if let Some(raw) = self.innermost() {
            raw.cases.push(case);
        }
    }

    /// Ends the suite that is open, with what became of its tear-down.
    pub(super) fn close(&mut self, teardown: Option<(Outcome, Option<String>)>) {
        let Some(index) = self.open.pop() else { return };
        let Some((outcome, message)) = teardown.filter(|(outcome, _)| *outcome != Outcome::Passed) else { return };
        let said = message.map(|text| format!(":\n{text}")).unwrap_or_default();
        for case in self.all.iter_mut().skip(index).flat_map(|raw| &mut raw.cases) {
            if case.outcome.badness() < outcome.badness() && case.outcome != Outcome::Skipped {
                let verb = if outcome == Outcome::Skipped { "skipped" } else { "failed" };
                case.outcome = outcome;
                case.message = Some(keep_text(&format!("parent suite teardown {verb}{said}")));
            }
        }
    }

    fn innermost(&mut self) -> Option<&mut Raw> {
        self.open.last().and_then(|index| self.all.get_mut(*index))
    }

    /// Puts the suites that have tests into the evidence, with their long names: `Shop.Pay`.
    pub(super) fn put(self, evidence: &mut Evidence) {
        let mut names: Vec<String> = Vec::new();
        for raw in self.all {
            let outer = raw.outer.and_then(|outer| names.get(outer)).filter(|outer| !outer.is_empty());
            let name = outer.map_or_else(|| raw.name.clone(), |outer| format!("{outer}.{}", raw.name));
            names.push(keep_text(&name));
            if raw.cases.is_empty() {
                continue;
            }
            let mut suite = Suite::new(keep_text(&name), raw.pointer);
            suite.elapsed = raw.elapsed;
            for case in raw.cases {
                suite.push(case);
            }
            evidence.suites.push(suite);
        }
    }
}

/// The totals over all tests that the file claims, and where.
#[derive(Debug)]
pub(super) struct Totals {
    pub passed: Option<u64>,
    pub failed: Option<u64>,
    pub skipped: Option<u64>,
    pub pointer: Pointer,
}

/// Compares the totals with the count, and reports where nothing ran.
pub(super) fn judge(evidence: &Evidence, keywords: Keywords, totals: Option<Totals>, diags: &Diags) {
    let tally = evidence.tally();
    if let Some(message) = none_ran(&tally, "test") {
        diags.push(Diagnostic::new(&NOTHING_RAN, message));
    } else if tally.passed > 0 && keywords.listed > 0 && keywords.executed == 0 {
        let message = format!("this was a dry run: none of {} keywords was executed", keywords.listed);
        diags.push(Diagnostic::new(&NOTHING_RAN, message));
    }
    let Some(totals) = totals else { return };
    let bad = tally.failed + tally.errored;
    let counts =
        [("pass", totals.passed, tally.passed), ("fail", totals.failed, bad), ("skip", totals.skipped, tally.skipped)];
    for (name, claimed, counted) in counts {
        let Some(claimed) = claimed.filter(|claimed| *claimed != counted) else { continue };
        let message = format!("`{name}` says {claimed}, counted {counted}");
        let code = if name == "fail" && claimed > counted { &TOOL_FAILED } else { &CONTRADICTION };
        let first = evidence.suites.iter().flat_map(Suite::cases).next().map(|case| case.pointer.clone());
        let mut diagnostic = Diagnostic::new(code, message).at(totals.pointer.clone());
        diagnostic.other = first;
        diags.push(diagnostic);
    }
}

/// `Robot 7.1 (Python 3.12 on linux)`; Rebot is the part of Robot Framework that merges results.
pub(super) fn tool(generator: &str) -> Tool {
    let version = generator.split_whitespace().nth(1).filter(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    Tool::new("Robot Framework", version.map(ToOwned::to_owned))
}
