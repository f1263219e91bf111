//! Changes since the baseline.

use super::{Labelled, Table, foreign, labelled, owner, verdict_word};
use crate::gate::baseline::{
    About, Changes, CheckChange, Compared, Direction, Estimate, FindingChange, FindingClass, FindingState, Pair,
    PlanPart, Promise, Scanner, TestClass, TestState, Totals, WaiverState,
};
use crate::gate::{Verdict, doubt_in_words};
use crate::model::order::sort_by_key;
use crate::model::phrase::{plural, thousands};
use crate::model::{Phrase, StepOutcome};

/// Rows of one table.
const MAX_ROWS: usize = 100;

/// Changes since the baseline.
#[derive(Clone, Debug)]
pub struct ChangesView {
    /// What was compared with what.
    pub facts: Vec<Labelled>,
    /// What makes the comparison doubtful.
    pub doubts: Vec<Phrase>,
    /// How many changes lead where, with a word for it.
    pub result: Phrase,
    /// How many changes of what lead where; null where nothing changed.
    pub overview: Option<Table>,
    /// How many tests and open findings there were and are; null where there are none.
    pub counts: Option<Table>,
    /// What changed, by what it is about.
    pub groups: Vec<ChangeGroup>,
}

/// What changed of one thing.
#[derive(Clone, Debug)]
pub struct ChangeGroup {
    /// What it is about.
    pub title: Phrase,
    /// The changes.
    pub table: Table,
    /// What is not listed, or not known; null where all is.
    pub note: Option<Phrase>,
}

/// The data of a template where changes are all that is shown.
pub(in crate::report) struct ChangesAlone<'c> {
    /// The changes.
    pub changes: &'c ChangesView,
}

impl ChangesView {
    /// Of a comparison.
    pub fn new(compared: &Compared) -> ChangesView {
        let changes = &compared.changes;
        let groups = [
            verdicts(changes),
            tests(changes),
            findings(changes),
            scanners(changes),
            loads(changes),
            requests(changes),
            limits(changes),
            plans(changes),
            services(changes),
            checklist(changes),
            waivers(changes),
        ];
        ChangesView {
            facts: facts(compared),
            doubts: compared.doubts.iter().map(doubt_in_words).collect(),
            result: result(compared),
            overview: overview(changes),
            counts: super::counts::table(compared),
            groups: groups.into_iter().flatten().collect(),
        }
    }
}

/// `**Worse.** 3 changes for the worse, 1 for the better, 2 others.`
fn result(compared: &Compared) -> Phrase {
    if compared.is_of_two_products() {
        return Phrase::from("**UNDECIDED.** Nothing can be concluded: these are two products.");
    }
    let changes = &compared.changes;
    let count = |direction| changes.count(direction);
    let (worse, better) = (count(Direction::Worse), count(Direction::Better));
    let others = count(Direction::Neutral) + changes.waivers.len() as u64;
    let word = match (worse, better, others) {
        (0, 0, 0) => return Phrase::from("**UNCHANGED.** Nothing that is compared changed."),
        (0, 0, _) => "CHANGED",
        (0, _, _) => "BETTER",
        _ => "WORSE",
    };
    let others = if others == 1 { "1 other".to_owned() } else { format!("{} others", thousands(others)) };
    Phrase::from(format!(
        "**{word}.** {} for the worse, {} for the better, {others}.",
        plural(worse, "change"),
        thousands(better)
    ))
}

fn facts(compared: &Compared) -> Vec<Labelled> {
    let (before, after) = (&compared.before, &compared.after);
    let stated = |text: &Option<String>| text.clone().map_or_else(|| Phrase::from("not stated"), foreign);
    let both = |of: fn(&About) -> &Option<String>| match (of(before), of(after)) {
        (old, new) if old == new => stated(old),
        (old, new) => stated(old).own(" before, ").and(stated(new)).own(" now"),
    };
    let verdict = |about: &About| about.verdict.map_or("not known", verdict_word);
    let (old, new) = (verdict(before), verdict(after));
    let time = |about: &About| about.as_of.map_or_else(|| "not stated".to_owned(), |time| time.to_string());
    let tolerance = format!(
        "latencies by {}, shares of failed requests by {} points",
        compared.tolerance.latency.percent(),
        compared.tolerance.error_rate.percent().trim_end_matches(" %")
    );
    vec![
        labelled("Baseline", foreign(compared.path.clone()).own(", SHA-256 ").foreign(compared.sha256.clone())),
        labelled("Version", both(|about| &about.version)),
        labelled("Commit", both(|about| &about.commit)),
        labelled("As of", Phrase::from(format!("{} before, {} now", time(before), time(after)))),
        labelled("Verdict", Phrase::from(format!("{old} before, **{new}** now"))),
        labelled("Tolerated", Phrase::from(tolerance)),
    ]
}

/// A word for where a change leads, that stands out where it is a regression.
const fn mark(direction: Direction) -> &'static str {
    match direction {
        Direction::Worse => "**worse**",
        Direction::Neutral => "other",
        Direction::Better => "better",
    }
}

fn overview(changes: &Changes) -> Option<Table> {
    let mut table = Table::new(&["What", ">Worse", ">Better", ">Other", ">Unchanged"]);
    let mut add = |what: &str, directions: Vec<Direction>, unchanged: Option<u64>| {
        if directions.is_empty() && unchanged.is_none_or(|count| count == 0) {
            return;
        }
        let count = |wanted| thousands(directions.iter().filter(|direction| **direction == wanted).count() as u64);
        table.row([
            Phrase::from(what),
            Phrase::from(count(Direction::Worse)),
            Phrase::from(count(Direction::Better)),
            Phrase::from(count(Direction::Neutral)),
            Phrase::from(unchanged.map(thousands).unwrap_or_default()),
        ]);
    };
    let verdicts = changes.verdict.iter().map(Pair::<Verdict>::direction);
    let checks = changes.decisions.iter().chain(&changes.checks).map(|change| change.verdict.direction());
    add("Verdicts", verdicts.chain(checks).collect(), None);
    let tests = changes.tests.iter().filter(|test| test.is_change());
    let totals = changes.totals.iter().map(Pair::<Totals>::direction);
    add("Tests", totals.chain(tests.map(|test| test.direction())).collect(), Some(changes.unchanged_tests));
    let findings = changes.findings.iter().map(FindingChange::direction).collect();
    add("Findings", findings, Some(changes.unchanged_findings));
    add("Scanners", changes.scanners.iter().map(|change| change.direction()).collect(), None);
    add("Measurements under load", changes.loads.iter().map(|change| change.direction).collect(), None);
    add("Requests of load runs", changes.requests.iter().map(|change| change.direction()).collect(), None);
    add("Limits of load tests", changes.limits.iter().map(|change| change.direction()).collect(), None);
    add("Rollback plans", changes.plans.iter().map(|change| change.direction()).collect(), None);
    add("Services", changes.services.iter().map(|change| change.direction()).collect(), None);
    add("Items of the checklist", changes.checklist.iter().map(|change| change.direction()).collect(), None);
    add("Waivers", changes.waivers.iter().map(|_| Direction::Neutral).collect(), None);
    table.filled()
}

/// A group of the rows that there are, where there are any.
fn group(title: &str, columns: &[&str], rows: Vec<Vec<Phrase>>, note: Option<Phrase>) -> Option<ChangeGroup> {
    if rows.is_empty() {
        return None;
    }
    let more = rows.len().saturating_sub(MAX_ROWS) as u64;
    let mut table = Table::new(columns);
    rows.into_iter().take(MAX_ROWS).for_each(|row| table.row(row));
    let folded = (more > 0).then(|| Phrase::from(format!("{} stand in report.json.", plural(more, "more row"))));
    let note = match (folded, note) {
        (Some(folded), Some(note)) => Some(folded.own(" ").and(note)),
        (folded, note) => folded.or(note),
    };
    Some(ChangeGroup { title: Phrase::from(title), table, note })
}

fn verdict(verdict: Option<Verdict>) -> Phrase {
    Phrase::from(verdict.map_or("not made", Verdict::word))
}

fn verdicts(changes: &Changes) -> Option<ChangeGroup> {
    let mut rows: Vec<(Direction, Vec<Phrase>)> = Vec::new();
    let mut add = |name: Phrase, pair: &Pair<Verdict>| {
        let direction = pair.direction();
        let row = vec![Phrase::from(mark(direction)), name, verdict(pair.before), verdict(pair.after)];
        rows.push((direction, row));
    };
    changes.verdict.iter().for_each(|pair| add(Phrase::from("The whole"), pair));
    let named = |change: &CheckChange| owner(change.name.clone());
    changes.decisions.iter().for_each(|change| add(named(change), &change.verdict));
    changes.checks.iter().for_each(|change| add(foreign(change.name.clone()), &change.verdict));
    sort_by_key(&mut rows, |(direction, _)| *direction);
    let rows = rows.into_iter().map(|(_, row)| row).collect();
    group("Verdicts", &["Change", "Decision or check", "Before", "Now"], rows, None)
}

const fn test_title(class: TestClass) -> &'static str {
    match class {
        TestClass::NewlyFailing => "**newly failing**",
        TestClass::NewlySkipped => "**newly skipped**",
        TestClass::Disappeared => "**disappeared**",
        TestClass::Changed => "changed",
        TestClass::New => "new",
        TestClass::Runs => "runs again",
        TestClass::Fixed => "fixed",
        TestClass::StillFailing => "still failing",
    }
}

fn test_state(state: Option<TestState>) -> Phrase {
    let flaky = |flaky| if flaky { ", flaky" } else { "" };
    Phrase::from(state.map_or_else(|| "not there".to_owned(), |s| format!("{}{}", s.outcome, flaky(s.flaky))))
}

/// How many tests there are, where not all are listed.
fn totals(totals: &Pair<Totals>) -> Vec<Phrase> {
    let said = |side: Option<Totals>| {
        let Totals { tests, failing, skipped } = side.unwrap_or_default();
        Phrase::from(format!("{}, {} failing, {} skipped", thousands(tests), thousands(failing), thousands(skipped)))
    };
    let name = Phrase::from("all tests, listed or not");
    vec![Phrase::from(mark(totals.direction())), name, Phrase::new(), said(totals.before), said(totals.after)]
}

fn tests(changes: &Changes) -> Option<ChangeGroup> {
    let row = |test: &crate::gate::baseline::TestChange| {
        let key = test.name();
        let place = [key.suite, key.class].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
        let place = if place.is_empty() { Phrase::new() } else { foreign(place.join(" / ")) };
        let title = match (test.class(), test.direction()) {
            (TestClass::New, Direction::Worse) => Phrase::from("**new**"),
            (class, _) => Phrase::from(test_title(class)),
        };
        vec![title, foreign(key.name), place, test_state(test.state.before), test_state(test.state.after)]
    };
    let rows = changes.totals.iter().map(totals).chain(changes.tests.iter().map(row)).collect();
    let (before, after) = changes.unmatched_tests;
    let note = (before > 0 || after > 0).then(|| {
        Phrase::from(format!(
            "Not known: {} of the baseline and {} now are not found on the other side, which counts tests that it \
             does not list.",
            plural(before, "test"),
            plural(after, "test")
        ))
    });
    group("Tests", &["Change", "Test", "Suite", "Before", "Now"], rows, note)
}

/// `2 high, 1 low`
fn severities(state: Option<&FindingState>) -> Phrase {
    let open = FindingChange::open(state);
    let parts: Vec<String> = open.iter().map(|(severity, count)| format!("{} {severity}", thousands(*count))).collect();
    match (parts.is_empty(), state.map_or(0, |state| state.suppressed)) {
        (false, _) => Phrase::from(parts.join(", ")),
        (true, 0) => Phrase::from("none"),
        (true, _) => Phrase::from("suppressed"),
    }
}

fn findings(changes: &Changes) -> Option<ChangeGroup> {
    let row = |finding: &FindingChange| {
        let title = match (finding.class(), finding.direction()) {
            (FindingClass::New, Direction::Worse) => "**new**",
            (FindingClass::New, _) => "new",
            (FindingClass::NotLookedFor, _) => "not looked for",
            (FindingClass::Suppressed, _) => "suppressed",
            (FindingClass::Gone, _) => "gone",
        };
        let state = finding.state.after.clone().or_else(|| finding.state.before.clone()).unwrap_or_default();
        let name = foreign(finding.key.rule.clone()).own(" ").foreign(state.title);
        let place = if state.place.is_empty() { Phrase::from("not stated") } else { foreign(state.place) };
        let scanner = if state.scanner.is_empty() { Phrase::new() } else { foreign(state.scanner) };
        let (before, after) = (severities(finding.state.before.as_ref()), severities(finding.state.after.as_ref()));
        vec![Phrase::from(title), name, place, scanner, before, after]
    };
    let rows = changes.findings.iter().map(row).collect();
    group("Findings", &["Change", "Finding", "Place", "Scanner", "Before", "Now"], rows, None)
}

fn scanners(changes: &Changes) -> Option<ChangeGroup> {
    let state = |state: Option<Scanner>| {
        Phrase::from(match state {
            None => "did not run",
            Some(Scanner::Faulty) => "did not run to its end",
            Some(Scanner::Complete) => "ran",
        })
    };
    let row = |change: &crate::gate::baseline::ScannerChange| {
        let name = if change.name.is_empty() { Phrase::from("not stated") } else { foreign(change.name.clone()) };
        vec![Phrase::from(mark(change.direction())), name, state(change.state.before), state(change.state.after)]
    };
    let rows = changes.scanners.iter().map(row).collect();
    group("Scanners", &["Change", "Scanner", "Before", "Now"], rows, None)
}

fn loads(changes: &Changes) -> Option<ChangeGroup> {
    let rows = changes.loads.iter().map(|change| {
        let word = match change.direction {
            Direction::Neutral if change.figure.before.is_some() && change.figure.after.is_some() => "tolerated",
            direction => mark(direction),
        };
        let endpoint = change.endpoint.clone().map_or_else(|| Phrase::from("all requests"), foreign);
        let run = change.run.after.clone().or_else(|| change.run.before.clone()).unwrap_or_default();
        let value = |figure: Option<crate::gate::baseline::Figure>| {
            Phrase::from(figure.map_or_else(|| "not measured".to_owned(), |figure| figure.to_string()))
        };
        vec![
            Phrase::from(word),
            Phrase::from(change.metric),
            endpoint,
            foreign(run),
            value(change.figure.before),
            value(change.figure.after),
            Phrase::from(change.shown().unwrap_or_default()),
        ]
    });
    let columns = ["Change", "Metric", "Endpoint", "Run", ">Before", ">Now", ">Difference"];
    group("Measurements under load", &columns, rows.collect(), None)
}

fn requests(changes: &Changes) -> Option<ChangeGroup> {
    let row = |change: &crate::gate::baseline::RequestsChange| {
        let count = |count: Option<u64>| Phrase::from(count.map(thousands).unwrap_or_default());
        let Pair { before, after } = change.requests;
        vec![Phrase::from(mark(change.direction())), foreign(change.run.clone()), count(before), count(after)]
    };
    let rows = changes.requests.iter().map(row).collect();
    group("Requests of load runs", &["Change", "Run", ">Before", ">Now"], rows, None)
}

fn limits(changes: &Changes) -> Option<ChangeGroup> {
    let row = |change: &crate::gate::baseline::LimitChange| {
        let state = |holds: Option<bool>| {
            Phrase::from(match holds {
                Some(true) => "holds",
                Some(false) => "does not hold",
                None => "not judged",
            })
        };
        let (limit, run) = (foreign(change.limit.clone()), foreign(change.run.clone()));
        vec![Phrase::from(mark(change.direction())), limit, run, state(change.holds.before), state(change.holds.after)]
    };
    let rows = changes.limits.iter().map(row).collect();
    group("Limits of load tests", &["Change", "Limit", "Run", "Before", "Now"], rows, None)
}

fn plans(changes: &Changes) -> Option<ChangeGroup> {
    let row = |change: &crate::gate::baseline::PlanChange| {
        let promise = |promise: Option<Promise>| Phrase::from(promise.map_or("not there", Promise::word));
        let outcome = |outcome: Option<StepOutcome>| Phrase::from(outcome.map_or("not there", StepOutcome::word));
        let time = |time: Option<Estimate>| Phrase::from(time.map_or("not stated".to_owned(), |time| time.to_string()));
        let (what, before, after) = match &change.part {
            PlanPart::Whole(pair) => (Phrase::from("all of it"), promise(pair.before), promise(pair.after)),
            PlanPart::Step(title, pair) => {
                (Phrase::from("step ").foreign(title.clone()), outcome(pair.before), outcome(pair.after))
            }
            PlanPart::Estimate(pair) => (Phrase::from("estimated time"), time(pair.before), time(pair.after)),
        };
        vec![Phrase::from(mark(change.direction())), foreign(change.plan.clone()), what, before, after]
    };
    let rows = changes.plans.iter().map(row).collect();
    group("Rollback plans", &["Change", "Plan", "What", "Before", "Now"], rows, None)
}

fn services(changes: &Changes) -> Option<ChangeGroup> {
    let row = |change: &crate::gate::baseline::ServiceChange| {
        let health = |health: Option<crate::model::Health>| Phrase::from(health.map_or("not there", |h| h.word()));
        let name = foreign(change.name.clone());
        vec![Phrase::from(mark(change.direction())), name, health(change.health.before), health(change.health.after)]
    };
    let rows = changes.services.iter().map(row).collect();
    group("Services", &["Change", "Service", "Before", "Now"], rows, None)
}

fn checklist(changes: &Changes) -> Option<ChangeGroup> {
    let row = |change: &crate::gate::baseline::ItemChange| {
        let status =
            |status: Option<crate::manifest::ItemStatus>| Phrase::from(status.map_or("not there", |s| s.word()));
        let item = owner(change.item.clone());
        vec![Phrase::from(mark(change.direction())), item, status(change.status.before), status(change.status.after)]
    };
    let rows = changes.checklist.iter().map(row).collect();
    group("Checklist", &["Change", "Item", "Before", "Now"], rows, None)
}

fn waivers(changes: &Changes) -> Option<ChangeGroup> {
    let row = |change: &crate::gate::baseline::WaiverChange| {
        let state = |state: &Option<WaiverState>| match state {
            None => Phrase::from("not there"),
            Some(state) => owner(format!("{}, until {}", state.state, state.expires)),
        };
        let key = &change.key;
        let location =
            if key.location.is_empty() { Phrase::new() } else { Phrase::from(" in ").foreign(&*key.location) };
        let scope = foreign(key.scope.clone()).and(location);
        vec![foreign(key.check.clone()), scope, state(&change.state.before), state(&change.state.after)]
    };
    let rows = changes.waivers.iter().map(row).collect();
    group("Waivers", &["Check", "Scope", "Before", "Now"], rows, None)
}
