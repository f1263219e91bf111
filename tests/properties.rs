//! What must hold for every release: worse evidence never makes a better verdict, order means nothing,
//! and a waiver covers what it names and no more.

#[path = "support/releases.rs"]
mod releases;

use std::fmt::Write as _;

use proptest::prelude::*;
use proptest::sample::{Index, select};

use releases::{Artifacts, PLACES, POLICIES, RULES, Small, TESTS, artifacts, built, clean};
use signoff::diagnostics::{Diagnostic, codes};
use signoff::gate::baseline::{Baseline, Changes, Pair, PlanPart, Side, Tolerance, compare, read};
use signoff::gate::{Judged, Question, Verdict, judge};
use signoff::manifest::{Loaded, matches, parse};
use signoff::merge::merge;
use signoff::model::{Artifact, Kind, Outcome, Release, Severity, Subject};
use signoff::report::{json, made, view};
use signoff::safety::redact::Redactor;

fn policy(text: &str) -> Loaded {
    parse("signoff.toml", text).expect("the policies are sound")
}

fn judged(artifacts: Vec<Artifact>, loaded: &Loaded) -> (Release, Judged) {
    against(artifacts, loaded, None)
}

fn against(artifacts: Vec<Artifact>, loaded: &Loaded, baseline: Option<&Baseline>) -> (Release, Judged) {
    let release = merge(artifacts, &Subject::default());
    let required: Vec<Kind> = loaded.manifest.gate.require.iter().map(|kind| Kind::from(*kind)).collect();
    let time = "2026-03-02T12:00:00Z".parse().ok();
    let question = Question {
        release: &release,
        loaded,
        required: &required,
        shards: None,
        as_of: time,
        stated_time: time,
        baseline,
    };
    let judged = judge(&question, &|_| serde_json::Value::Null);
    (release, judged)
}

fn verdict(artifacts: &Artifacts, loaded: &Loaded) -> Verdict {
    judged(built(artifacts), loaded).1.verdict
}

/// A waiver: check, scope, location, how many.
fn waiver() -> impl Strategy<Value = (&'static str, &'static str, Option<&'static str>, u64)> {
    (
        select(&["smoke.failed", "security.*", "security.critical", "*", "rollback.irreversible"][..]),
        select(&["login", "pays *", "H*", "*", "step 0"][..]),
        prop::option::of(select(&["src/*", "/login"][..])),
        1..4_u64,
    )
}

fn waivers(all: &[(&str, &str, Option<&str>, u64)]) -> String {
    let mut text = String::new();
    for (check, scope, location, max) in all {
        let location = location.map(|location| format!("location = \"{location}\"\n")).unwrap_or_default();
        write!(
            text,
            "[[waiver]]\ncheck = \"{check}\"\nscope = \"{scope}\"\n{location}owner = \"o\"\nreason = \"r\"\n\
             expires = \"2026-12-31\"\nmax = {max}\n"
        )
        .expect("a String takes all");
    }
    text
}

proptest! {
    #[test]
    fn a_failing_test_never_improves(artifacts in artifacts(), policy_text in select(POLICIES), name in select(TESTS)) {
        let loaded = policy(policy_text);
        // In a suite that ran: one that did not, or none at all, is a gap that any test fills.
        let place = artifacts.iter().position(|(small, _)| {
            matches!(small, Small::Smoke(tests) if tests.iter().any(|(_, outcome, _)| *outcome == Outcome::Passed))
        });
        prop_assume!(place.is_some());
        let mut worse = artifacts.clone();
        if let Some((Small::Smoke(tests), _)) = place.and_then(|place| worse.get_mut(place)) {
            tests.push((name, Outcome::Failed, false));
        }
        prop_assert!(verdict(&worse, &loaded) >= verdict(&artifacts, &loaded));
    }

    #[test]
    fn a_finding_never_improves(
        artifacts in artifacts(),
        policy_text in select(POLICIES),
        finding in (select(RULES), select(&Severity::ALL[..]), select(PLACES)),
    ) {
        let loaded = policy(policy_text);
        let mut worse = artifacts.clone();
        let scan = worse.iter_mut().find_map(|(small, _)| match small {
            Small::Security(findings) => Some(findings),
            _ => None,
        });
        prop_assume!(scan.is_some());
        if let Some(findings) = scan {
            findings.push(finding);
        }
        prop_assert!(verdict(&worse, &loaded) >= verdict(&artifacts, &loaded));
    }

    #[test]
    fn a_fault_of_the_evidence_never_improves(
        artifacts in artifacts(),
        policy_text in select(POLICIES),
        which in any::<Index>(),
        code in select(vec![&codes::SYNTAX, &codes::NOTHING_RAN, &codes::CONTRADICTION, &codes::DUPLICATE_NAME]),
    ) {
        prop_assume!(!artifacts.is_empty());
        let loaded = policy(policy_text);
        let mut worse = built(&artifacts);
        which.get_mut(&mut worse).evidence.diagnostics.push(Diagnostic::new(code, "something else is wrong"));
        prop_assert!(judged(worse, &loaded).1.verdict >= verdict(&artifacts, &loaded));
    }

    #[test]
    fn taking_good_evidence_away_never_improves(
        artifacts in artifacts(),
        good in clean(),
        policy_text in select(POLICIES),
    ) {
        let loaded = policy(policy_text);
        let mut with = artifacts.clone();
        with.push((good, None));
        prop_assert!(verdict(&artifacts, &loaded) >= verdict(&with, &loaded));
    }

    #[test]
    fn without_a_required_kind_nothing_is_decided(
        artifacts in artifacts(),
        kind in select(&[Kind::Smoke, Kind::Security, Kind::Load, Kind::Rollback][..]),
    ) {
        let mut rest = built(&artifacts);
        rest.retain(|artifact| !artifact.kinds.contains(&kind));
        prop_assert!(judged(rest, &policy("")).1.verdict >= Verdict::Undecided);
    }

    #[test]
    fn without_an_artifact_that_is_named_nothing_is_decided(artifacts in artifacts(), which in any::<Index>()) {
        prop_assume!(!artifacts.is_empty());
        let mut rest = built(&artifacts);
        let names: Vec<String> = rest.iter().map(|artifact| format!("{:?}", artifact.name)).collect();
        let loaded = policy(&format!("[gate]\nrequired-artifacts = [{}]\n", names.join(", ")));
        rest.remove(which.index(rest.len()));
        prop_assert!(judged(rest, &loaded).1.verdict >= Verdict::Undecided);
    }

    #[test]
    fn order_means_nothing(
        (artifacts, shuffled) in artifacts().prop_flat_map(|all| {
            let built = built(&all);
            (Just(built.clone()), Just(built).prop_shuffle())
        }),
        policy_text in select(POLICIES),
    ) {
        let loaded = policy(policy_text);
        let all = |artifacts: Vec<Artifact>| {
            let (release, judged) = judged(artifacts, &loaded);
            let subject =
                view::Subject {
                release: &release,
                manifest: &loaded.manifest,
                judged: &judged,
                as_of: None,
                made: &made::Made::default(),
            };
            format!("{release:?}\n{judged:?}\n{}", json::render(&subject))
        };
        prop_assert_eq!(all(artifacts), all(shuffled));
    }

    #[test]
    fn a_waiver_covers_what_it_names_and_no_more(
        artifacts in artifacts(),
        all in prop::collection::vec(waiver(), 1..4),
    ) {
        let (_, without) = judged(built(&artifacts), &policy(""));
        let (_, mut with) = judged(built(&artifacts), &policy(&waivers(&all)));
        prop_assert_eq!(with.strict_verdict, without.verdict);
        prop_assert!(with.verdict <= without.verdict);
        let mut used = vec![0; all.len()];
        for check in &mut with.checks {
            for reason in &mut check.reasons {
                let Some(index) = reason.waived_by.take() else { continue };
                let (pattern, scope, location, _) = all[index];
                used[index] += 1;
                prop_assert!(matches(pattern, &check.id), "{} is not {pattern}", check.id);
                prop_assert!(reason.scope.as_deref().is_some_and(|text| matches(scope, text)), "{reason:?}");
                let is_there = |place: &str| reason.location.as_deref().is_some_and(|text| matches(place, text));
                prop_assert!(location.is_none_or(is_there), "{reason:?}");
            }
        }
        for (index, (_, _, _, max)) in all.iter().enumerate() {
            prop_assert!(used[index] <= *max, "waiver {index} covers {} of {max}", used[index]);
            prop_assert_eq!(used[index], with.waivers[index].used);
        }
        // Nothing but the waived reasons has changed.
        prop_assert_eq!(format!("{:?}", with.checks), format!("{:?}", without.checks));
    }
}

/// One side of a comparison, and the report of it.
fn side(artifacts: &Artifacts, loaded: &Loaded) -> (Side, Vec<u8>) {
    let (release, judged) = judged(built(artifacts), loaded);
    let as_of = "2026-03-02T12:00:00Z".parse().ok();
    let made = made::Made { policy: loaded.digest(), ..made::Made::default() };
    let subject = view::Subject { release: &release, manifest: &loaded.manifest, judged: &judged, as_of, made: &made };
    let report = signoff::safety::json::pretty(&json::Report(&subject)).expect("a report is JSON");
    (Side::of_release(&release, loaded, as_of).judged(&judged), report.into_bytes())
}

fn changes(before: &Side, after: &Side) -> Changes {
    compare(before, after, Tolerance::default())
}

/// The changes of the other direction, as far as nothing follows from the direction itself.
fn swapped(changes: Changes) -> Vec<String> {
    let Changes { verdict, decisions, checks, tests, findings, scanners, loads, services, checklist, waivers, .. } =
        changes;
    let plan = |part: PlanPart| match part {
        PlanPart::Whole(pair) => format!("{:?}", pair.swapped()),
        PlanPart::Step(title, pair) => format!("{title} {:?}", pair.swapped()),
        PlanPart::Estimate(pair) => format!("{:?}", pair.swapped()),
    };
    let mut all = vec![format!("{:?}", verdict.map(Pair::swapped))];
    all.extend(changes.requests.into_iter().map(|change| format!("{:?}", change.requests.swapped())));
    all.extend(changes.plans.into_iter().map(|change| plan(change.part)));
    let pairs =
        |change: signoff::gate::baseline::CheckChange| format!("{} {:?}", change.name, change.verdict.swapped());
    all.extend(decisions.into_iter().chain(checks).map(pairs));
    all.extend(tests.into_iter().map(|test| format!("{:?} {:?}", test.key.swapped(), test.state.swapped())));
    all.extend(findings.into_iter().map(|f| format!("{:?} {:?} {:?}", f.key, f.state.swapped(), f.looked.swapped())));
    all.extend(scanners.into_iter().map(|change| format!("{} {:?}", change.name, change.state.swapped())));
    all.extend(loads.into_iter().map(|c| format!("{:?} {:?} {}", c.endpoint, c.figure.swapped(), c.metric)));
    all.extend(services.into_iter().map(|change| format!("{} {:?}", change.name, change.health.swapped())));
    all.extend(checklist.into_iter().map(|change| format!("{} {:?}", change.item, change.status.swapped())));
    all.extend(waivers.into_iter().map(|change| format!("{:?} {:?}", change.key, change.state.swapped())));
    all.sort();
    all
}

/// Twice swapped is as it was, so the same listing without a swap.
fn listed(changes: Changes) -> Vec<String> {
    let swap_back = Changes {
        verdict: changes.verdict.map(Pair::swapped),
        decisions: changes
            .decisions
            .into_iter()
            .map(|mut c| {
                c.verdict = c.verdict.swapped();
                c
            })
            .collect(),
        checks: changes
            .checks
            .into_iter()
            .map(|mut c| {
                c.verdict = c.verdict.swapped();
                c
            })
            .collect(),
        tests: changes
            .tests
            .into_iter()
            .map(|mut c| {
                c.key = c.key.swapped();
                c.state = c.state.swapped();
                c
            })
            .collect(),
        findings: changes
            .findings
            .into_iter()
            .map(|mut c| {
                c.state = c.state.swapped();
                c.looked = c.looked.swapped();
                c
            })
            .collect(),
        scanners: changes
            .scanners
            .into_iter()
            .map(|mut c| {
                c.state = c.state.swapped();
                c
            })
            .collect(),
        loads: changes
            .loads
            .into_iter()
            .map(|mut c| {
                c.figure = c.figure.swapped();
                c
            })
            .collect(),
        requests: changes
            .requests
            .into_iter()
            .map(|mut c| {
                c.requests = c.requests.swapped();
                c
            })
            .collect(),
        plans: changes
            .plans
            .into_iter()
            .map(|mut c| {
                c.part = match c.part {
                    PlanPart::Whole(pair) => PlanPart::Whole(pair.swapped()),
                    PlanPart::Step(title, pair) => PlanPart::Step(title, pair.swapped()),
                    PlanPart::Estimate(pair) => PlanPart::Estimate(pair.swapped()),
                };
                c
            })
            .collect(),
        services: changes
            .services
            .into_iter()
            .map(|mut c| {
                c.health = c.health.swapped();
                c
            })
            .collect(),
        checklist: changes
            .checklist
            .into_iter()
            .map(|mut c| {
                c.status = c.status.swapped();
                c
            })
            .collect(),
        waivers: changes
            .waivers
            .into_iter()
            .map(|mut c| {
                c.state = c.state.swapped();
                c
            })
            .collect(),
        ..Changes::default()
    };
    swapped(swap_back)
}

const WITH_BASELINE: &str = "[gate.smoke]\nmax-newly-skipped = 1\nmax-disappeared = 0\n\
    [gate.security]\nmax-critical = 9\nmax-high = 9\nmax-new-critical = 0\nmax-new-high = 1\nmax-new-unknown = 0\n\
    [gate.load]\nmax-latency-increase = \"10 %\"\nmax-error-rate-increase = \"0.1 %\"\n";

proptest! {
    #[test]
    fn a_report_says_all_that_is_compared(artifacts in artifacts(), policy_text in select(POLICIES)) {
        let (side, report) = side(&artifacts, &policy(policy_text));
        let read = read("old.json".to_owned(), String::new(), &report, Redactor::standard());
        prop_assert_eq!(read.map(|baseline| baseline.side), Ok(side));
    }

    #[test]
    fn nothing_differs_from_itself(artifacts in artifacts(), policy_text in select(POLICIES)) {
        let (side, _) = side(&artifacts, &policy(policy_text));
        let changes = changes(&side, &side);
        prop_assert!(changes.is_empty(), "{:?}", changes);
    }

    #[test]
    fn swapping_the_sides_mirrors_the_changes(before in artifacts(), after in artifacts(), text in select(POLICIES)) {
        let loaded = policy(text);
        let ((before, _), (after, _)) = (side(&before, &loaded), side(&after, &loaded));
        prop_assert_eq!(swapped(changes(&before, &after)), listed(changes(&after, &before)));
    }

    #[test]
    fn a_missing_baseline_never_improves(before in artifacts(), after in artifacts()) {
        let loaded = policy(WITH_BASELINE);
        let (_, report) = side(&before, &loaded);
        let baseline = read("old.json".to_owned(), String::new(), &report, Redactor::standard()).expect("a report");
        let with = against(built(&after), &loaded, Some(&baseline)).1.verdict;
        prop_assert!(judged(built(&after), &loaded).1.verdict >= with.min(Verdict::Undecided));
    }

    #[test]
    fn worse_evidence_never_improves_against_a_baseline(
        before in artifacts(),
        after in artifacts(),
        name in select(TESTS),
        finding in (select(RULES), select(&Severity::ALL[..]), select(PLACES)),
    ) {
        let loaded = policy(WITH_BASELINE);
        let (_, report) = side(&before, &loaded);
        let baseline = read("old.json".to_owned(), String::new(), &report, Redactor::standard()).expect("a report");
        let verdict = |artifacts: &Artifacts| against(built(artifacts), &loaded, Some(&baseline)).1.verdict;
        let known = verdict(&after);
        for (index, (small, _)) in after.iter().enumerate() {
            let mut worse = after.clone();
            match small {
                Small::Smoke(tests) if tests.iter().any(|(_, outcome, _)| *outcome == Outcome::Passed) => {
                    if let Small::Smoke(tests) = &mut worse[index].0 {
                        tests.push((name, Outcome::Failed, false));
                    }
                }
                Small::Security(_) => {
                    if let Small::Security(findings) = &mut worse[index].0 {
                        findings.push(finding);
                    }
                }
                _ => continue,
            }
            prop_assert!(verdict(&worse) >= known);
        }
    }
}
