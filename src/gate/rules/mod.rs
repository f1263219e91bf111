//! The rules of the gate: one file each, one row in the table.

pub(super) mod checklist;
pub(super) mod custom;
mod custom_doubts;
mod custom_names;
mod evidence_age;
mod evidence_artifacts;
pub(super) mod evidence_baseline;
pub(super) mod evidence_checks;
mod evidence_commit;
mod evidence_consistent;
mod evidence_readable;
mod evidence_required;
mod evidence_shards;
mod evidence_suites;
mod load_error_rate;
mod load_increase;
pub(super) mod load_limit;
mod load_threshold;
mod platform_alerts;
mod platform_count;
mod platform_health;
mod platform_required;
mod platform_restarts;
mod rollback_build;
mod rollback_dry_run;
mod rollback_irreversible;
mod rollback_migrations;
mod rollback_target;
mod rollback_time;
mod security_attested;
mod security_coverage;
mod security_headers;
pub(super) mod security_limit;
pub(super) mod security_new;
mod security_scanners;
mod security_severity;
mod smoke_disappeared;
mod smoke_duration;
mod smoke_executed;
mod smoke_failed;
mod smoke_flaky;
mod smoke_newly_skipped;
mod smoke_required;
mod smoke_skipped;
mod smoke_warned;

use std::collections::BTreeSet;

use super::verdict::{Check, Reason, Weight};
use super::{Against, Context};
use crate::diagnostics::nearest;
use crate::model::phrase::plural;
use crate::model::{Kind, Outcome, Phrase, Pointer, Source, Sourced, TestCase};

/// What a rule is about: its checks stand together in the report.
///
/// See the [example](mod@crate::gate#example).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Area {
    /// The evidence itself.
    Evidence,
    /// Functional tests.
    Smoke,
    /// Security.
    Security,
    /// Load.
    Load,
    /// Rollback.
    Rollback,
    /// Services and monitoring.
    Platform,
    /// The policy's own.
    Custom,
    /// The checklist.
    Checklist,
}

impl Area {
    /// Every area, in the order of the table.
    pub const ALL: [Area; 8] = [
        Area::Evidence,
        Area::Smoke,
        Area::Security,
        Area::Load,
        Area::Rollback,
        Area::Platform,
        Area::Custom,
        Area::Checklist,
    ];

    /// That of a kind of evidence.
    pub const fn of(kind: Kind) -> Area {
        match kind {
            Kind::Smoke => Area::Smoke,
            Kind::Security => Area::Security,
            Kind::Load => Area::Load,
            Kind::Rollback => Area::Rollback,
            Kind::Platform => Area::Platform,
        }
    }

    /// The word for it, with which the ids of its rules start.
    pub const fn word(self) -> &'static str {
        match self {
            Area::Evidence => "evidence",
            Area::Smoke => "smoke",
            Area::Security => "security",
            Area::Load => "load",
            Area::Rollback => "rollback",
            Area::Platform => "platform",
            Area::Custom => "custom",
            Area::Checklist => "checklist",
        }
    }
}

/// One rule.
///
/// See the [example](mod@crate::gate#example).
pub struct Rule {
    /// Stable id: area, point, point of view.
    pub id: &'static str,
    /// What it is about.
    pub area: Area,
    /// What it asks, as a statement that should hold.
    pub title: &'static str,
    /// How it is judged, and where its limit comes from: the text of `signoff explain` and of the book.
    pub how: &'static str,
    /// Applies it. A rule that does not apply makes no check.
    pub judge: fn(&Context<'_>) -> Vec<Check>,
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id)
    }
}

/// Every rule, by area and then in the order of the report.
///
/// See the [example](mod@crate::gate#example).
pub static RULES: &[&Rule] = &[
    &evidence_required::RULE,
    &evidence_readable::RULE,
    &evidence_consistent::RULE,
    &evidence_commit::RULE,
    &evidence_age::RULE,
    &evidence_artifacts::RULE,
    &evidence_suites::RULE,
    &evidence_shards::RULE,
    &evidence_baseline::RULE,
    &evidence_checks::RULE,
    &smoke_failed::FAILED,
    &smoke_failed::ERRORED,
    &smoke_executed::RULE,
    &smoke_required::RULE,
    &smoke_skipped::RULE,
    &smoke_warned::RULE,
    &smoke_flaky::RULE,
    &smoke_duration::RULE,
    &smoke_newly_skipped::RULE,
    &smoke_disappeared::RULE,
    &security_severity::CRITICAL,
    &security_severity::HIGH,
    &security_severity::MEDIUM,
    &security_severity::LOW,
    &security_severity::UNKNOWN,
    &security_limit::RULE,
    &security_new::RULE,
    &security_scanners::RULE,
    &security_headers::RULE,
    &security_attested::RULE,
    &security_coverage::RULE,
    &load_error_rate::RULE,
    &load_threshold::RULE,
    &load_limit::RULE,
    &load_increase::LATENCY,
    &load_increase::ERROR_RATE,
    &rollback_dry_run::RULE,
    &rollback_build::RULE,
    &rollback_target::RULE,
    &rollback_irreversible::RULE,
    &rollback_time::RULE,
    &rollback_migrations::RULE,
    &platform_health::RULE,
    &platform_required::RULE,
    &platform_count::RULE,
    &platform_restarts::RULE,
    &platform_alerts::RULE,
    &custom::RULE,
    &checklist::ITEMS,
    &checklist::CRITERIA,
];

/// The rule with this id.
pub fn by_id(id: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.id == id)
}

/// Every test that was kept, with its artifact.
fn cases<'c>(context: &Context<'c>) -> impl Iterator<Item = Sourced<&'c TestCase>> {
    context
        .release
        .suites
        .iter()
        .flat_map(|suite| suite.value.cases().iter().map(|case| Sourced { artifact: suite.artifact, value: case }))
}

/// Those that ended so.
fn listed<'c>(context: &Context<'c>, outcome: Outcome) -> impl Iterator<Item = Sourced<&'c TestCase>> {
    cases(context).filter(move |case| case.value.outcome == outcome)
}

/// Pieces of what is mostly said of a test.
const NAMED: usize = 6;

/// A test by its name, and by its class where it has one: tests of several classes may have one name.
fn named(test: &TestCase) -> Phrase {
    let name = Phrase::with_room(NAMED).foreign(test.name.clone());
    match test.class.as_ref().filter(|class| !class.is_empty()) {
        Some(class) => name.own(" of ").foreign(class.clone()),
        None => name,
    }
}

/// Suites that are named one by one as the evidence of a count.
const MAX_SUITES: usize = 200;

/// What counts over all tests are evidence of: the suites, or where there are very many the artifacts that they stand in.
fn suite_sources(context: &Context<'_>) -> Vec<Source> {
    let suites = &context.release.suites;
    let all = suites.iter().map(|suite| suite.source(&suite.value.pointer));
    if suites.len() <= MAX_SUITES {
        return all.collect();
    }
    let artifacts: BTreeSet<_> = suites.iter().map(|suite| suite.artifact).collect();
    artifacts.into_iter().map(|artifact| Source::new(artifact, Pointer::whole())).collect()
}

/// Whether checks of a kind are made at all: there is evidence of it. Missing evidence has a rule of its own.
fn applies(context: &Context<'_>, kind: Kind) -> bool {
    context.release.has(kind)
}

/// Adds the nearest of the known names to what says that there is none of that name.
fn did_you_mean<'k>(phrase: Phrase, name: &str, known: impl IntoIterator<Item = &'k str>) -> Phrase {
    match nearest(name, known) {
        Some(near) => phrase.own("; did you mean ").foreign(near).own("?"),
        None => phrase,
    }
}

/// What stands against a limit of the policy for which there is no evidence to judge: it does not hold by itself.
fn no_evidence(kind: Kind, key: &str) -> Reason {
    Reason::new(Weight::Gap, format!("there is no {kind} evidence that `{key}` could be judged by"))
}

/// A value for people that is beyond its limit: where rounding makes it the limit, that is said.
fn beyond(shown: String, limit: &str, is_above: bool) -> String {
    match (shown == limit, is_above) {
        (true, true) => format!("more than {shown}"),
        (true, false) => format!("less than {shown}"),
        (false, _) => shown,
    }
}

/// What is counted and not kept by name: it weighs as much as what is.
fn not_listed(weight: Weight, count: u64, what: &str) -> Reason {
    let are = if count == 1 { "is" } else { "are" };
    Reason::new(weight, format!("{} more {are} counted and not listed", plural(count, what)))
}

/// The tests against those of the baseline, or why they cannot be compared as `key` asks.
fn tests_against<'c>(context: &Context<'c>, key: &str) -> Result<Against<'c>, Box<Reason>> {
    let against = context.against.ok_or_else(|| Box::new(no_baseline(key)))?;
    if !applies(context, Kind::Smoke) {
        return Err(Box::new(no_evidence(Kind::Smoke, key)));
    }
    if !against.before.observed.has_tests() {
        return Err(Box::new(Reason::new(Weight::Gap, "the baseline has no tests to compare with")));
    }
    Ok(against)
}

/// What stands against a limit of the policy that compares with a baseline where none was given.
fn no_baseline(key: &str) -> Reason {
    Reason::new(Weight::Gap, format!("`{key}` compares with a baseline, and none was given (`--baseline`)"))
}

#[cfg(test)]
mod tests {
    use super::{Area, RULES};
    use std::collections::BTreeSet;

    #[test]
    fn ids_are_unique_and_start_with_the_area_and_areas_stand_together() {
        let mut seen = BTreeSet::new();
        for rule in RULES {
            assert!(seen.insert(rule.id), "`{}` stands twice", rule.id);
            assert!(rule.id.starts_with(rule.area.word()), "`{}` does not start with its area", rule.id);
        }
        let mut areas: Vec<Area> = RULES.iter().map(|rule| rule.area).collect();
        areas.dedup();
        assert_eq!(areas, Area::ALL);
    }
}
