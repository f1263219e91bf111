//! 1 Smoke tests.

use std::collections::HashMap;

use super::{
    IssueView, Labelled, Subject, Table, block, evidence, foreign, labelled, manifest_issues, owner, test_issue,
};
use crate::manifest::SectionName;
use crate::model::phrase::{plural, thousands};
use crate::model::{Elapsed, Outcome, Phrase, Ratio, Source, Sourced, Tally, TestCase};

/// Passing tests that are listed where there are no more of them in the whole report; else only the others are.
const MAX_PASSED: u64 = 200;
/// Groups that are listed; of those beyond it only the ones in which not every test passed.
const MAX_GROUPS: usize = 200;
/// Groups in which not every test passed that are listed.
const MAX_BAD_GROUPS: usize = 500;
/// Other tests of one group that are listed.
const MAX_OTHER: usize = 200;
/// Other tests of the whole report that are listed.
const MAX_OTHER_IN_ALL: usize = 2_000;
/// Tests of the whole report whose stack trace or output is shown.
const MAX_DETAILS: usize = 500;

/// 1 Smoke tests.
#[derive(Clone, Debug)]
pub struct SmokeView {
    /// The owner's own words, in Markdown; null where there are none.
    pub narrative: Option<String>,
    /// Whether there is any test.
    pub present: bool,
    /// How the tests were run.
    pub facts: Vec<Labelled>,
    /// Counts by group.
    pub counts: Table,
    /// The tests.
    pub groups: Vec<GroupView>,
    /// Issues that tests found or people describe.
    pub issues: Vec<IssueView>,
    /// Fixes made on the way.
    pub fixes: Vec<IssueView>,
}

/// The tests of one group.
#[derive(Clone, Debug)]
pub struct GroupView {
    /// Its name and counts.
    pub title: Phrase,
    /// The tests that are listed.
    pub tests: Vec<TestView>,
    /// What is not listed; null where all is.
    pub folded: Option<Phrase>,
}

/// One test.
#[derive(Clone, Debug)]
pub struct TestView {
    /// Outcome, name, duration, evidence.
    pub line: Phrase,
    /// What is said of it.
    pub facts: Vec<Labelled>,
    /// Stack trace and the like, shown in a fence; null where there is none.
    pub detail: Option<String>,
}

#[derive(Default)]
struct Group<'c> {
    /// Its name, as artifacts write it.
    key: &'c str,
    tally: Tally,
    folded: Folded,
    cases: Vec<Sourced<&'c TestCase>>,
}

impl Group<'_> {
    fn name(&self) -> Phrase {
        if self.key.is_empty() { Phrase::from("without a name") } else { foreign(self.key) }
    }
}

/// How many tests are counted only, and of how many only the output is left out.
#[derive(Clone, Copy, Default)]
struct Folded {
    passed: u64,
    others: u64,
    details: u64,
    /// Skipped tests of which the tool tells no more than their number.
    unlisted: u64,
}

pub(super) fn view(subject: &Subject<'_>) -> SmokeView {
    let total = subject.release.all_tests();
    let list_passed = total.passed <= MAX_PASSED;
    let groups = groups(subject, |case| list_passed || !plain(case));
    let mut counts =
        Table::new(&["Category", ">Tests", ">Passed", ">Warned", ">Failed", ">Errored", ">Skipped", ">Info", ">Ran"]);
    let n_groups = groups.len();
    let Split { listed, passed, others } = split(groups);
    for group in &listed {
        counts.row(count_row(group.name(), &group.tally));
    }
    for (rest, what) in [(&others, "in which not every test passed"), (&passed, "in which every test passed")] {
        if rest.groups > 0 {
            let name = format!("{} more, {what}", plural(rest.groups, "category"));
            counts.row(count_row(Phrase::from(name), &rest.tally));
        }
    }
    counts.row(count_row(Phrase::from("**Total**"), &total));
    let mut issues: Vec<IssueView> = subject
        .release
        .suites
        .iter()
        .flat_map(|suite| {
            suite.value.cases().iter().filter_map(move |case| {
                let issue = case.extra.as_ref()?.issue.as_ref()?;
                Some(test_issue(issue, &suite.source(&case.pointer)))
            })
        })
        .collect();
    issues.extend(manifest_issues(subject.manifest, SectionName::Smoke));
    let mut left = Left { others: MAX_OTHER_IN_ALL, details: MAX_DETAILS };
    SmokeView {
        narrative: subject.manifest.narrative.smoke.clone(),
        present: total.total() > 0,
        facts: facts(subject, n_groups),
        counts,
        groups: listed.into_iter().map(|group| group_view(group, &mut left)).chain(unlisted(&others)).collect(),
        issues,
        fixes: fixes(subject),
    }
}

/// The groups that are listed, and what the others come to.
struct Split<'c> {
    listed: Vec<Group<'c>>,
    passed: Rest,
    others: Rest,
}

/// Groups that are not listed.
#[derive(Default)]
struct Rest {
    groups: u64,
    tally: Tally,
}

impl Rest {
    fn add(&mut self, group: &Group<'_>) {
        self.groups += 1;
        self.tally.merge(&group.tally);
    }
}

fn split(groups: Vec<Group<'_>>) -> Split<'_> {
    let mut split = Split { listed: Vec::new(), passed: Rest::default(), others: Rest::default() };
    let mut bad = 0;
    for (index, group) in groups.into_iter().enumerate() {
        if all_passed(&group.tally) {
            if index < MAX_GROUPS { split.listed.push(group) } else { split.passed.add(&group) }
        } else if bad < MAX_BAD_GROUPS {
            bad += 1;
            split.listed.push(group);
        } else {
            split.others.add(&group);
        }
    }
    split
}

/// What is said of the tests of groups that are not listed, where not all of them passed.
fn unlisted(rest: &Rest) -> Option<GroupView> {
    let name = format!("{} more: {}", plural(rest.groups, "category"), super::summary::tests_sentence(&rest.tally));
    let folded = Phrase::from("Not listed here. All of their tests stand in the artifacts.");
    (rest.groups > 0).then(|| GroupView { title: Phrase::from(name), tests: Vec::new(), folded: Some(folded) })
}

/// The names of the categories, as artifacts write them, with their counts.
pub(in crate::report) fn tallies<'c>(subject: &Subject<'c>) -> Vec<(&'c str, Tally)> {
    groups(subject, |_| false).into_iter().map(|group| (group.key, group.tally)).collect()
}

/// Groups for which there is room at once.
const MAX_ROOM: usize = 64 * 1024;

/// Groups in the order in which they are met.
struct Groups<'c> {
    all: Vec<Group<'c>>,
    by_key: HashMap<&'c str, usize>,
    /// The one that was asked for last; the next test is mostly of it too.
    last: usize,
}

impl<'c> Groups<'c> {
    /// Most suites are one.
    fn for_suites(count: usize) -> Groups<'c> {
        let count = count.min(MAX_ROOM);
        Groups { all: Vec::with_capacity(count), by_key: HashMap::with_capacity(count), last: 0 }
    }

    fn of(&mut self, key: &'c str) -> &mut Group<'c> {
        if self.all.get(self.last).is_none_or(|group| group.key != key) {
            self.last = *self.by_key.entry(key).or_insert(self.all.len());
            if self.last == self.all.len() {
                self.all.push(Group { key, ..Group::default() });
            }
        }
        &mut self.all[self.last]
    }
}

/// Tests by category; a test without one by the name of its suite. Those that are not wanted are counted only.
fn groups<'c>(subject: &Subject<'c>, is_wanted: impl Fn(&TestCase) -> bool) -> Vec<Group<'c>> {
    let suites = &subject.release.suites;
    let mut groups = Groups::for_suites(suites.len());
    for suite in suites {
        let of_suite = suite.value.category.as_ref().unwrap_or(&suite.value.name);
        let mut kept = Tally::default();
        for case in suite.value.cases() {
            let category = case.extra.as_ref().and_then(|extra| extra.category.as_deref());
            let group = groups.of(category.unwrap_or(of_suite));
            group.tally.add(case.outcome, case.flaky);
            if is_wanted(case) {
                group.cases.push(Sourced { artifact: suite.artifact, value: case });
            } else {
                group.folded.passed += 1;
            }
            kept.add(case.outcome, case.flaky);
        }
        if suite.value.folded() + suite.value.details_folded() > 0 {
            // What was not kept is in the tally of the suite only.
            let only_counted = suite.value.tally().without(&kept);
            let group = groups.of(of_suite);
            group.tally.merge(&only_counted);
            group.folded.passed += only_counted.passed;
            group.folded.others += only_counted.total() - only_counted.passed;
            group.folded.details += suite.value.details_folded();
        }
        if suite.value.unlisted() > 0 {
            let group = groups.of(of_suite);
            group.tally.merge(&Tally { skipped: suite.value.unlisted(), ..Tally::default() });
            group.folded.unlisted += suite.value.unlisted();
        }
    }
    groups.all
}

fn count_row(name: Phrase, tally: &Tally) -> Vec<Phrase> {
    let mut row = vec![name, Phrase::from(thousands(tally.total()))];
    row.extend(Outcome::ALL.map(|outcome| Phrase::from(thousands(tally.of(outcome)))));
    let ran = Ratio::new(tally.executed(), tally.total()).map_or_else(String::new, Ratio::percent);
    row.push(Phrase::from(ran));
    row
}

fn facts(subject: &Subject<'_>, groups: usize) -> Vec<Labelled> {
    let suites = &subject.release.suites;
    let mut facts = Vec::new();
    let mut commands: Vec<&String> = suites.iter().filter_map(|suite| suite.value.command.as_ref()).collect();
    commands.dedup();
    facts.extend(commands.into_iter().map(|command| labelled("Command", foreign(command.clone()))));
    let mut targets: Vec<&String> = suites.iter().filter_map(|suite| suite.value.target.as_ref()).collect();
    targets.dedup();
    facts.extend(targets.into_iter().map(|target| labelled("Target", foreign(target.clone()))));
    let ran = || suites.iter().filter(|suite| suite.value.tally().executed() > 0);
    let took: Vec<Elapsed> = ran().filter_map(|suite| suite.value.duration()).collect();
    let rest = ran().count() as u64 - took.len() as u64;
    let rest = match rest {
        0 => String::new(),
        1 => ", without 1 suite that does not say".to_owned(),
        n => format!(", without {} that do not say", plural(n, "suite")),
    };
    let took = took.into_iter().reduce(Elapsed::saturating_add);
    facts.extend(took.map(|took| labelled("Execution time", Phrase::from(format!("{took}{rest}")))));
    let total = subject.release.all_tests().total();
    let coverage = format!("{} in {}", plural(total, "test"), plural(groups as u64, "category"));
    facts.push(labelled("Coverage", Phrase::from(coverage)));
    facts
}

/// Whether there is nothing to say of a group but that its tests passed.
fn all_passed(tally: &Tally) -> bool {
    tally.passed == tally.total() && tally.flaky == 0
}

/// How much of the whole report may still be listed.
struct Left {
    others: usize,
    details: usize,
}

fn group_view(group: Group<'_>, left: &mut Left) -> GroupView {
    let title = group.name().own(format!(": {}", super::summary::tests_sentence(&group.tally)));
    let mut tests = Vec::new();
    let Folded { passed: folded_passed, others: mut folded_other, details: mut folded_details, unlisted } =
        group.folded;
    let most = MAX_OTHER.min(left.others);
    let mut others = 0;
    for case in &group.cases {
        if plain(case.value) {
            tests.push(test_view(case));
        } else if others < most {
            others += 1;
            let mut test = test_view(case);
            if test.detail.is_some() && left.details == 0 {
                test.detail = None;
                folded_details += 1;
            }
            left.details -= usize::from(test.detail.is_some());
            tests.push(test);
        } else {
            folded_other += 1;
        }
    }
    left.others -= others;
    let mut folded = Vec::new();
    if folded_passed > 0 {
        folded.push(format!("{} that passed", plural(folded_passed, "test")));
    }
    if folded_other > 0 {
        folded.push(format!("{} that did not pass", plural(folded_other, "test")));
    }
    if folded_details > 0 {
        folded.push(format!("the output of {}", plural(folded_details, "test")));
    }
    let mut words = Vec::new();
    if !folded.is_empty() {
        words.push(format!("Not listed here: {}. All of them stand in the artifacts.", folded.join(", ")));
    }
    if unlisted > 0 {
        words.push(format!("The artifact counts {} that it does not list.", plural(unlisted, "skipped test")));
    }
    let folded = (!words.is_empty()).then(|| Phrase::from(words.join(" ")));
    GroupView { title, tests, folded }
}

/// A test of which there is nothing to say but that it passed.
fn plain(case: &TestCase) -> bool {
    case.outcome == Outcome::Passed && !case.flaky
}

fn test_view(case: &Sourced<&TestCase>) -> TestView {
    let test = case.value;
    let mut line = Phrase::from(format!("**{}** ", test.outcome));
    line = if test.name.is_empty() { line.own("(without a name)") } else { line.foreign(test.name.clone()) };
    if let Some(class) = test.class.as_ref().filter(|class| !class.is_empty()) {
        line = line.own(" of ").foreign(class.clone());
    }
    if test.flaky {
        let attempts = test.extra.as_ref().and_then(|extra| extra.attempts);
        line = line.own(match attempts {
            Some(attempts) => format!(", flaky ({attempts} attempts)"),
            None => ", flaky".to_owned(),
        });
    }
    if let Some(took) = test.elapsed {
        line = line.own(format!(" in {took}"));
    }
    let source = Source::new(case.artifact, test.pointer.clone());
    line = line.own(" (").and(evidence(&source)).own(")");
    let mut facts = Vec::new();
    let mut add = |label: &str, text: Option<&String>| {
        facts.extend(text.map(|text| labelled(label, foreign(text.clone()))));
    };
    let extra = test.extra.as_deref();
    add("Endpoint", extra.and_then(|e| e.endpoint.as_ref()));
    add("Response", extra.and_then(|e| e.response.as_ref()));
    add("Expected", extra.and_then(|e| e.expected.as_ref()));
    add("Observed", extra.and_then(|e| e.observed.as_ref()));
    for (label, text) in extra.map(|e| e.facts.as_slice()).unwrap_or_default() {
        facts.push(Labelled { label: foreign(label.clone()), text: foreign(text.clone()) });
    }
    let reason = match test.outcome {
        Outcome::Passed | Outcome::Info => "Note",
        Outcome::Warned | Outcome::Failed | Outcome::Errored | Outcome::Skipped => "Reason",
    };
    facts.extend(test.message.as_ref().map(|text| labelled(reason, foreign(text.clone()))));
    let detail = extra.and_then(|e| e.detail.as_ref()).filter(|_| test.outcome != Outcome::Passed);
    let detail = detail.map(|text| block(text));
    TestView { line, facts, detail }
}

fn fixes(subject: &Subject<'_>) -> Vec<IssueView> {
    let fix = |fix: &crate::manifest::Fix| {
        let mut facts = vec![labelled("Issue", owner(fix.issue.clone())), labelled("Fix", owner(fix.fix.clone()))];
        facts.extend(fix.file.clone().map(|file| labelled("File", foreign(file))));
        IssueView { title: owner(fix.title.clone()), facts }
    };
    subject.manifest.fix.iter().map(fix).collect()
}
