//! How many there are of what on one side, whatever became of each.

use std::collections::BTreeMap;

use super::side::Observed;
use crate::model::{Outcome, Severity};

/// What is counted on one side of a comparison.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Tests by outcome, listed or not; `None` where there are none at all.
    pub tests: Option<BTreeMap<Outcome, u64>>,
    /// Open findings by severity, each once in however many places it is; `None` where nothing was scanned.
    pub findings: Option<BTreeMap<Severity, u64>>,
}

impl Counts {
    /// Counts what was observed.
    pub fn of(observed: &Observed) -> Counts {
        let mut tests = observed.unlisted_tests.clone();
        if observed.skipped_unlisted > 0 {
            let skipped = tests.entry(Outcome::Skipped).or_default();
            *skipped = skipped.saturating_add(observed.skipped_unlisted);
        }
        for state in observed.tests.values().flatten() {
            *tests.entry(state.outcome).or_default() += 1;
        }
        Counts {
            tests: observed.has_tests().then_some(tests),
            findings: (!observed.scanners.is_empty()).then(|| observed.open_findings.clone()),
        }
    }
}
