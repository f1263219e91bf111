//! Attempts of one test that pytest-rerunfailures writes as cases of one name.
//!
//! An attempt that is to be repeated ends in `rerun`, of which `src/_pytest/junitxml.py` of pytest 9 knows nothing: it
//! writes the case, with nothing in it, and counts only the last attempt.

use std::collections::BTreeMap;

use crate::model::{Outcome, Suite, TestCase};

/// Puts the attempts of each test together, if there are just so many before last ones; else nothing changes.
/// Where the number is not known, whatever has one name is an attempt.
pub(super) fn merge(suite: &mut Suite, n_attempts: Option<u64>) -> bool {
    // Of what was not kept nobody knows which names are the same.
    if suite.folded() > 0 {
        return false;
    }
    let mut attempts: BTreeMap<(Option<String>, String), u64> = BTreeMap::new();
    for case in suite.cases() {
        *attempts.entry(key(case)).or_default() += 1;
    }
    let is_earlier_good = |case: &TestCase, left: u64| left == 0 || case.outcome == Outcome::Passed;
    let mut left = attempts.clone();
    let are_attempts = suite.cases().iter().all(|case| is_earlier_good(case, less(&mut left, case)));
    let n_earlier = attempts.values().map(|count| count - 1).sum::<u64>();
    if !are_attempts || n_attempts.is_some_and(|attempts| attempts != n_earlier) {
        return false;
    }
    let mut left = attempts.clone();
    for mut case in suite.take_cases() {
        if less(&mut left, &case) > 0 {
            continue;
        }
        let count = attempts.get(&key(&case)).copied().unwrap_or(1);
        if count > 1 {
            case.flaky = case.outcome == Outcome::Passed;
            case.extra().attempts = Some(count);
        }
        suite.push(case);
    }
    true
}

fn key(case: &TestCase) -> (Option<String>, String) {
    (case.class.clone(), case.name.clone())
}

/// How many cases of its name are left behind this one.
fn less(left: &mut BTreeMap<(Option<String>, String), u64>, case: &TestCase) -> u64 {
    let count = left.entry(key(case)).or_default();
    *count = count.saturating_sub(1);
    *count
}
