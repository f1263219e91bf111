//! From two sides to what changed between them.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use super::Tolerance;
use super::changes::{
    Changes, CheckChange, Direction, ItemChange, LimitChange, LoadChange, Pair, RequestsChange, ScannerChange,
    ServiceChange, Totals, WaiverChange,
};
use super::counts::Counts;
use super::finding_change::FindingChange;
use super::plan_change::{PlanChange, PlanPart, PlanState};
use super::side::{About, Figure, METRICS, Observed, Run, Scanner, Side, TestKey, TestState};
use super::test_change::{TestChange, TestClass};
use crate::gate::Verdict;
use crate::merge::same;
use crate::model::order::sort_by_cached_key;
use crate::model::{Outcome, Ratio};

/// Compares two sides.
pub fn compare(before: &Side, after: &Side, tolerance: Tolerance) -> Changes {
    let mut changes = Changes::default();
    tests(&before.observed, &after.observed, &mut changes);
    findings(&before.observed, &after.observed, &mut changes);
    changes.loads = loads(&before.observed.runs, &after.observed.runs, tolerance);
    let (old, new) = (&before.observed, &after.observed);
    changes.requests = requests(&old.runs, &new.runs);
    changes.limits = limits(&old.runs, &new.runs);
    changes.plans = plans(&old.plans, &new.plans);
    for (key, old, new) in both(&old.services, &new.services) {
        for health in differing(slice(old), slice(new)) {
            changes.services.push(ServiceChange { role: key.0, name: key.1.clone(), health });
        }
    }
    for (item, old, new) in both(&old.checklist, &new.checklist).filter(|(_, old, new)| old != new) {
        let status = Pair { before: old.copied(), after: new.copied() };
        changes.checklist.push(ItemChange { item: item.clone(), status });
    }
    compare_judgement(before, after, &mut changes);
    changes
}

/// Compares what was decided, where both sides are.
pub fn compare_judgement(before: &Side, after: &Side, changes: &mut Changes) {
    if before.about.verdict.is_none() || after.about.verdict.is_none() {
        return;
    }
    let (old, new) = (&before.judgement, &after.judgement);
    changes.decisions = verdicts(&old.decisions, &new.decisions);
    changes.checks = verdicts(&old.checks, &new.checks);
    changes.waivers.clear();
    for (key, old, new) in both(&old.waivers, &new.waivers).filter(|(_, old, new)| old != new) {
        let state = Pair { before: old.cloned(), after: new.cloned() };
        changes.waivers.push(WaiverChange { key: key.clone(), state });
    }
    let verdict = Pair { before: before.about.verdict, after: after.about.verdict };
    changes.verdict = Some(verdict).filter(|pair| pair.before != pair.after);
}

/// The keys of two maps in order, each with what the maps hold.
fn both<'m, K: Ord, V>(
    before: &'m BTreeMap<K, V>,
    after: &'m BTreeMap<K, V>,
) -> impl Iterator<Item = (&'m K, Option<&'m V>, Option<&'m V>)> {
    let keys: BTreeSet<&K> = before.keys().chain(after.keys()).collect();
    keys.into_iter().map(|key| (key, before.get(key), after.get(key)))
}

fn slice<T>(all: Option<&Vec<T>>) -> &[T] {
    all.map(Vec::as_slice).unwrap_or_default()
}

/// Of two sorted lists what is not in both, in pairs: the first of one side with the first of the other.
fn differing<T: Ord + Copy>(before: &[T], after: &[T]) -> Vec<Pair<T>> {
    let (mut old, mut new) = (Vec::new(), Vec::new());
    let (mut left, mut right) = (before.iter().peekable(), after.iter().peekable());
    loop {
        match (left.peek(), right.peek()) {
            (None, None) => break,
            (Some(l), Some(r)) if l == r => {
                left.next();
                right.next();
            }
            (Some(l), Some(r)) if l > r => new.extend(right.next()),
            (Some(_), _) => old.extend(left.next()),
            (None, Some(_)) => new.extend(right.next()),
        }
    }
    let length = old.len().max(new.len());
    (0..length).map(|index| Pair { before: old.get(index).copied(), after: new.get(index).copied() }).collect()
}

fn verdicts(before: &BTreeMap<String, Verdict>, after: &BTreeMap<String, Verdict>) -> Vec<CheckChange> {
    let changed = both(before, after).filter(|(_, before, after)| before != after);
    let change = |(name, before, after): (&String, Option<&Verdict>, Option<&Verdict>)| CheckChange {
        name: name.clone(),
        verdict: Pair { before: before.copied(), after: after.copied() },
    };
    changed.map(change).collect()
}

fn totals(side: &Observed) -> Totals {
    let counts = Counts::of(side).tests.unwrap_or_default();
    let of = |outcome| counts.get(&outcome).copied().unwrap_or(0);
    Totals {
        tests: counts.values().fold(0, |all: u64, count| all.saturating_add(*count)),
        failing: of(Outcome::Failed).saturating_add(of(Outcome::Errored)),
        skipped: of(Outcome::Skipped),
    }
}

/// Tests of one side that are not found on the other.
type Left<'k> = Vec<(&'k TestKey, TestState)>;

fn tests(before: &Observed, after: &Observed, changes: &mut Changes) {
    let mut left = (Left::new(), Left::new());
    let is_bad = |state: &TestState| matches!(state.outcome, Outcome::Failed | Outcome::Errored);
    for (key, old, new) in both(&before.tests, &after.tests) {
        let keys = Pair { before: old.map(|_| key.clone()), after: new.map(|_| key.clone()) };
        let (old, new) = (slice(old), slice(new));
        let mut same = old.len().min(new.len()) as u64;
        for state in differing(old, new) {
            same -= u64::from(state.before.is_some() && state.after.is_some());
            match (state.before, state.after) {
                (Some(state), None) => left.0.push((key, state)),
                (None, Some(state)) => left.1.push((key, state)),
                _ => changes.tests.push(TestChange { key: keys.clone(), state }),
            }
        }
        let failing = common(old, new).into_iter().filter(is_bad);
        for state in failing {
            let state = Pair { before: Some(state), after: Some(state) };
            changes.tests.push(TestChange { key: keys.clone(), state });
        }
        changes.unchanged_tests += same;
    }
    renamed(&mut left, changes);
    let unlisted = |side: &Observed| side.unlisted_tests.values().sum::<u64>();
    changes.unlisted_tests = (unlisted(before), unlisted(after));
    if changes.unlisted_tests != (0, 0) {
        let totals = Pair { before: Some(totals(before)), after: Some(totals(after)) };
        changes.totals = Some(totals).filter(|totals| totals.before != totals.after);
    }
    if changes.unlisted_tests.1 > 0 {
        changes.unmatched_tests.0 = std::mem::take(&mut left.0).len() as u64;
    }
    if changes.unlisted_tests.0 > 0 {
        changes.unmatched_tests.1 = std::mem::take(&mut left.1).len() as u64;
    }
    changes.tests.extend(left.0.into_iter().map(|(key, state)| TestChange {
        key: Pair { before: Some(key.clone()), after: None },
        state: Pair { before: Some(state), after: None },
    }));
    changes.tests.extend(left.1.into_iter().map(|(key, state)| TestChange {
        key: Pair { before: None, after: Some(key.clone()) },
        state: Pair { before: None, after: Some(state) },
    }));
    // What is worse comes first in documents, which show the start of a long list.
    sort_by_cached_key(&mut changes.tests, |test| {
        let is_worse = test.direction() == Direction::Worse;
        (!is_worse, test.class(), test.name(), test.state.before, test.state.after)
    });
}

/// Of two sorted lists what is in both.
fn common<T: Ord + Copy>(before: &[T], after: &[T]) -> Vec<T> {
    let mut all = Vec::new();
    let mut right = after.iter().peekable();
    for value in before {
        while right.next_if(|other| *other < value).is_some() {}
        all.extend(right.next_if_eq(&value));
    }
    all
}

/// Tests of suites with other names: those that are alone with their class and name on each side.
fn renamed(left: &mut (Left<'_>, Left<'_>), changes: &mut Changes) {
    fn alone<'k>(all: &[(&'k TestKey, TestState)]) -> BTreeMap<(&'k str, &'k str), Option<usize>> {
        let mut places = BTreeMap::new();
        for (index, (key, _)) in all.iter().enumerate() {
            let name = (key.class.as_str(), key.name.as_str());
            places.entry(name).and_modify(|place| *place = None).or_insert(Some(index));
        }
        places
    }
    let (old, new) = (alone(&left.0), alone(&left.1));
    let pairs: Vec<(usize, usize)> = old.iter().filter_map(|(name, old)| Some(((*old)?, (*new.get(name)?)?))).collect();
    let (mut gone, mut come) = (BTreeSet::new(), BTreeSet::new());
    for (old, new) in pairs {
        let ((old_key, before), (new_key, after)) = (left.0[old], left.1[new]);
        // Another instance of the very same test is no suite of another name.
        if old_key == new_key {
            continue;
        }
        gone.insert(old);
        come.insert(new);
        let change = TestChange {
            key: Pair { before: Some(old_key.clone()), after: Some(new_key.clone()) },
            state: Pair { before: Some(before), after: Some(after) },
        };
        if change.is_change() || change.class() == TestClass::StillFailing {
            changes.tests.push(change.clone());
        }
        changes.unchanged_tests += u64::from(!change.is_change());
    }
    let keep = |all: &mut Left<'_>, taken: &BTreeSet<usize>| {
        let mut index = 0;
        all.retain(|_| {
            index += 1;
            !taken.contains(&(index - 1))
        });
    };
    keep(&mut left.0, &gone);
    keep(&mut left.1, &come);
}

fn findings(before: &Observed, after: &Observed, changes: &mut Changes) {
    let looked =
        |side: &Observed, scanner: &str| (side.scanners.get(scanner) == Some(&Scanner::Complete)).then_some(());
    for (key, old, new) in both(&before.findings, &after.findings) {
        let (old_open, new_open) = (FindingChange::open(old), FindingChange::open(new));
        let (old_total, new_total) = (old_open.values().sum::<u64>(), new_open.values().sum::<u64>());
        changes.unchanged_findings += old_total.min(new_total);
        if old_open == new_open {
            continue;
        }
        let scanner = old.or(new).map(|state| state.scanner.clone()).unwrap_or_default();
        changes.findings.push(FindingChange {
            key: key.clone(),
            state: Pair { before: old.cloned(), after: new.cloned() },
            looked: Pair { before: looked(before, &scanner), after: looked(after, &scanner) },
        });
    }
    let worst = |change: &FindingChange| {
        let of = |state: &Option<super::FindingState>| FindingChange::open(state.as_ref()).into_keys().next();
        of(&change.state.after).or_else(|| of(&change.state.before))
    };
    sort_by_cached_key(&mut changes.findings, |change| (change.class(), worst(change), change.key.clone()));
    for (name, old, new) in both(&before.scanners, &after.scanners).filter(|(_, old, new)| old != new) {
        let state = Pair { before: old.copied(), after: new.copied() };
        changes.scanners.push(ScannerChange { name: name.clone(), state });
    }
}

/// The things of two lists that are the same by their label; `None` on a side that lacks it.
fn pairs<'a, T>(before: &'a [T], after: &'a [T], label: fn(&T) -> &str) -> Vec<(Option<&'a T>, Option<&'a T>)> {
    let mut taken = BTreeSet::new();
    let mut pairs: Vec<(Option<&T>, Option<&T>)> = Vec::new();
    let mut alone: Vec<&T> = Vec::new();
    for old in before {
        // Things with one label are taken in their order.
        match after.iter().enumerate().find(|(index, new)| label(new) == label(old) && !taken.contains(index)) {
            Some((index, new)) => {
                taken.insert(index);
                pairs.push((Some(old), Some(new)));
            }
            None => alone.push(old),
        }
    }
    let come: Vec<&T> =
        after.iter().enumerate().filter(|(index, _)| !taken.contains(index)).map(|(_, thing)| thing).collect();
    match (alone.as_slice(), come.as_slice()) {
        // What is left alone on each side is the same, in a file of another name.
        ([old], [new]) => pairs.push((Some(old), Some(new))),
        (alone, come) => {
            pairs.extend(alone.iter().map(|old| (Some(*old), None)));
            pairs.extend(come.iter().map(|new| (None, Some(*new))));
        }
    }
    pairs
}

fn requests(before: &[Run], after: &[Run]) -> Vec<RequestsChange> {
    let is_multiple = |low: u64, high: u64| high > low.saturating_mul(RequestsChange::TIMES);
    let change = |(old, new): (Option<&Run>, Option<&Run>)| {
        let (before, after) = (old?.requests?, new?.requests?);
        let requests = Pair { before: Some(before), after: Some(after) };
        let is_told = is_multiple(before, after) || is_multiple(after, before);
        is_told.then(|| new.map(|new| RequestsChange { run: new.label.clone(), requests })).flatten()
    };
    pairs(before, after, |run| &run.label).into_iter().filter_map(change).collect()
}

/// Limits that are declared on both sides: one that is new or gone may have been made stricter.
fn limits(before: &[Run], after: &[Run]) -> Vec<LimitChange> {
    let mut changes = Vec::new();
    for (old, new) in pairs(before, after, |run| &run.label) {
        let (Some(old), Some(new)) = (old, new) else { continue };
        for (limit, before, after) in both(&old.limits, &new.limits) {
            let (Some(before), Some(after)) = (before, after) else { continue };
            if before != after {
                let holds = Pair { before: *before, after: *after };
                changes.push(LimitChange { run: new.label.clone(), limit: limit.clone(), holds });
            }
        }
    }
    sort_by_cached_key(&mut changes, |change| (change.direction(), change.run.clone(), change.limit.clone()));
    changes
}

fn plans(before: &[PlanState], after: &[PlanState]) -> Vec<PlanChange> {
    let mut changes = Vec::new();
    for (old, new) in pairs(before, after, |plan| &plan.label) {
        let Some(plan) = new.or(old).map(|plan| plan.label.clone()) else { continue };
        let mut add = |part| changes.push(PlanChange { plan: plan.clone(), part });
        let whole = Pair { before: old.map(|plan| plan.promise), after: new.map(|plan| plan.promise) };
        if whole.before != whole.after {
            add(PlanPart::Whole(whole));
        }
        let (Some(old), Some(new)) = (old, new) else { continue };
        for (title, old, new) in both(&old.steps, &new.steps) {
            for outcome in differing(slice(old), slice(new)) {
                add(PlanPart::Step(title.clone(), outcome));
            }
        }
        if old.estimated != new.estimated {
            add(PlanPart::Estimate(Pair { before: old.estimated, after: new.estimated }));
        }
    }
    sort_by_cached_key(&mut changes, PlanChange::direction);
    changes
}

fn loads(before: &[Run], after: &[Run], tolerance: Tolerance) -> Vec<LoadChange> {
    let empty = BTreeMap::new();
    let mut changes = Vec::new();
    for (old, new) in pairs(before, after, |run| &run.label) {
        let run = Pair { before: old.map(|run| run.label.clone()), after: new.map(|run| run.label.clone()) };
        let (old, new) = (old.map_or(&empty, |run| &run.figures), new.map_or(&empty, |run| &run.figures));
        for ((endpoint, metric), old, new) in both(old, new).filter(|(_, old, new)| old != new) {
            let figure = Pair { before: old.copied(), after: new.copied() };
            let direction = direction(&figure, tolerance);
            changes.push(LoadChange { run: run.clone(), endpoint: endpoint.clone(), metric, figure, direction });
        }
    }
    let order = |metric: &str| METRICS.iter().position(|(name, _)| *name == metric);
    sort_by_cached_key(&mut changes, |change| {
        let run = change.run.after.clone().or_else(|| change.run.before.clone());
        (change.direction, run, change.endpoint.clone(), order(change.metric))
    });
    changes
}

/// Where a measurement leads. What is not measured any more is worse: nobody knows.
fn direction(figure: &Pair<Figure>, tolerance: Tolerance) -> Direction {
    match (figure.before, figure.after) {
        (Some(_), None) => Direction::Worse,
        (None, _) => Direction::Neutral,
        (Some(before), Some(after)) => match beyond(before, after, tolerance) {
            Ordering::Greater => Direction::Worse,
            Ordering::Less => Direction::Better,
            Ordering::Equal => Direction::Neutral,
        },
    }
}

/// Whether a value differs from what it was by more than is tolerated, and where to. A latency may differ by a part of what
/// it was, up as well as down.
fn beyond(before: Figure, after: Figure, tolerance: Tolerance) -> Ordering {
    let (before, after, tolerated) = match (before, after) {
        (Figure::Time(before), Figure::Time(after)) => {
            let (part, whole) = (u128::from(tolerance.latency.part()), u128::from(tolerance.latency.whole()));
            let (before, after) = (u128::from(before.nanos()), u128::from(after.nanos()));
            (before * whole, after * whole, before * part)
        }
        (Figure::Share(before), Figure::Share(after)) => {
            // Both as parts per thousand million.
            let parts =
                |ratio: Ratio| u128::from(ratio.part()) * u128::from(Ratio::UNKNOWN_WHOLE) / u128::from(ratio.whole());
            (parts(before), parts(after), parts(tolerance.error_rate))
        }
        (Figure::Time(_), Figure::Share(_)) | (Figure::Share(_), Figure::Time(_)) => return Ordering::Equal,
    };
    if before.abs_diff(after) > tolerated { after.cmp(&before) } else { Ordering::Equal }
}

/// What makes a comparison doubtful.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// It is of another product: nothing can be concluded.
    OtherProduct(String, String),
    /// It is newer than what is compared with it.
    Newer,
    /// It rests on the very same artifacts, so nothing can have changed.
    SameEvidence,
    /// It was made in another environment.
    OtherEnvironment(String, String),
    /// It was made of another target.
    OtherTarget(String, String),
    /// It is of the same commit: differences are those of two runs.
    SameCommit(String),
    /// It was judged by another policy.
    OtherPolicy,
}

/// What makes a comparison doubtful, the worst first. What a side does not say casts no doubt.
pub fn doubts(before: &About, after: &About) -> Vec<Doubt> {
    let mut doubts = Vec::new();
    let differ = |label: &str, old: &Option<String>, new: &Option<String>| match (old, new) {
        (Some(old), Some(new)) if !same(label, old, new) => Some((old.clone(), new.clone())),
        _ => None,
    };
    doubts.extend(differ("product", &before.name, &after.name).map(|(old, new)| Doubt::OtherProduct(old, new)));
    if before.as_of.zip(after.as_of).is_some_and(|(old, new)| old > new) {
        doubts.push(Doubt::Newer);
    }
    if !before.artifacts.is_empty() && before.artifacts == after.artifacts {
        doubts.push(Doubt::SameEvidence);
    }
    let environments = differ("environment", &before.environment, &after.environment);
    doubts.extend(environments.map(|(old, new)| Doubt::OtherEnvironment(old, new)));
    doubts.extend(differ("target", &before.target, &after.target).map(|(old, new)| Doubt::OtherTarget(old, new)));
    if let (Some(old), Some(new)) = (&before.commit, &after.commit)
        && same("commit", old, new)
    {
        doubts.push(Doubt::SameCommit(new.clone()));
    }
    if before.policy.is_some() && after.policy.is_some() && before.policy != after.policy {
        doubts.push(Doubt::OtherPolicy);
    }
    doubts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::baseline::Changes;

    #[test]
    fn tests_that_are_only_counted_are_compared_by_their_number() {
        let side = |passed: u64, failed: u64, skipped: u64| Observed {
            unlisted_tests: [(Outcome::Passed, passed), (Outcome::Failed, failed), (Outcome::Skipped, skipped)].into(),
            ..Observed::default()
        };
        let lead = |old: Observed, new: Observed| {
            let mut changes = Changes::default();
            tests(&old, &new, &mut changes);
            changes.totals.map(|totals| totals.direction())
        };
        let before = || side(100, 5, 3);
        assert_eq!(lead(before(), side(100, 5, 3)), None);
        assert_eq!(lead(before(), side(90, 5, 3)), Some(Direction::Worse), "fewer");
        assert_eq!(lead(before(), side(99, 6, 3)), Some(Direction::Worse), "more fail");
        assert_eq!(lead(before(), side(99, 5, 4)), Some(Direction::Worse), "more are skipped");
        assert_eq!(lead(before(), side(90, 0, 3)), Some(Direction::Worse), "fewer, of which none fails");
        assert_eq!(lead(before(), side(110, 5, 3)), Some(Direction::Better));
        assert_eq!(lead(before(), side(101, 4, 3)), Some(Direction::Better));
        assert_eq!(lead(Observed::default(), Observed::default()), None);
    }
}
