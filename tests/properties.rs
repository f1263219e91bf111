//! What must hold for every release: worse evidence never makes a better verdict, order means nothing,
//! and a waiver covers what it names and no more.

use std::fmt::Write as _;

use proptest::prelude::*;
use proptest::sample::{Index, select};

use signoff::diagnostics::{Code, Diagnostic, codes};
use signoff::gate::{Context, Judged, Verdict, judge};
use signoff::manifest::{Loaded, matches, parse};
use signoff::merge::merge;
use signoff::model::{
    Action, Artifact, Elapsed, Endpoint, Evidence, Finding, Health, Kind, LoadRun, Location, Measurement, Outcome,
    Percentile, Plan, Pointer, Release, Role, Scan, ScanClass, Service, Severity, Step, StepOutcome, Subject, Suite,
    TestCase,
};
use signoff::report::{json, made, view};

const TESTS: &[&str] = &["login", "pays by card", "pays by invoice", "search"];
const RULES: &[&str] = &["H1", "H2", "CVE-2026-1"];
const PLACES: &[&str] = &["src/a.py", "src/b.py", "/login"];
const POLICIES: &[&str] = &[
    "",
    "[gate.smoke]\nrequired = [\"login\"]\nallow-skipped = [\"search\"]\nmax-flaky = 1\nmin-executed = \"50 %\"\n",
    "[gate.security]\nmax-high = 1\nmax-medium = 2\nmax-unknown = 0\nrequired-scanners = [\"house-scan\"]\n",
    "[[gate.load.threshold]]\nmetric = \"p95\"\nmax = \"100 ms\"\n\
     [[gate.load.threshold]]\nmetric = \"p95\"\nendpoint = \"GET /\"\nmax = \"80 ms\"\n",
    "[gate]\nrequire = [\"smoke\"]\n[gate.platform]\nrequired = [\"api\"]\nexpected-count = 1\nunhealthy = \"failed\"\n",
    "[[waiver]]\ncheck = \"*\"\nscope = \"*\"\nowner = \"o\"\nreason = \"r\"\nexpires = \"2026-12-31\"\nmax = 2\n",
];

/// One artifact: its kind, and what it says.
#[derive(Clone, Debug)]
enum Small {
    Smoke(Vec<(&'static str, Outcome, bool)>),
    Security(Vec<(&'static str, Severity, &'static str)>),
    Load { failures: u64, p95: Option<u64> },
    Rollback(Vec<(StepOutcome, bool)>),
    Platform(Vec<Health>),
}

/// A release: its artifacts, each perhaps with something that could not be read or trusted.
type Artifacts = Vec<(Small, Option<&'static Code>)>;

fn small() -> impl Strategy<Value = Small> {
    let test = (select(TESTS), select(&Outcome::ALL[..]), prop::bool::weighted(0.1));
    let finding = (select(RULES), select(&Severity::ALL[..]), select(PLACES));
    let step = (
        select(&[StepOutcome::Passed, StepOutcome::Failed, StepOutcome::Skipped, StepOutcome::Planned][..]),
        prop::bool::weighted(0.1),
    );
    let health = select(&[Health::Healthy, Health::Unhealthy, Health::Unknown][..]);
    prop_oneof![
        prop::collection::vec(test, 0..5).prop_map(Small::Smoke),
        prop::collection::vec((select(TESTS), Just(Outcome::Passed), Just(false)), 1..4).prop_map(Small::Smoke),
        prop::collection::vec(finding, 0..4).prop_map(Small::Security),
        (0..30_u64, prop::option::of(50..150_u64)).prop_map(|(failures, p95)| Small::Load { failures, p95 }),
        prop::collection::vec(step, 1..4).prop_map(Small::Rollback),
        prop::collection::vec(health, 1..3).prop_map(Small::Platform),
    ]
}

fn clean() -> impl Strategy<Value = Small> {
    select(vec![
        Small::Smoke(vec![("login", Outcome::Passed, false), ("search", Outcome::Passed, false)]),
        Small::Security(Vec::new()),
        Small::Load { failures: 0, p95: Some(10) },
        Small::Rollback(vec![(StepOutcome::Passed, false)]),
    ])
}

fn artifacts() -> impl Strategy<Value = Artifacts> {
    let code = prop_oneof![
        8 => Just(None),
        1 => Just(Some(&codes::SYNTAX)),
        1 => Just(Some(&codes::CONTRADICTION)),
    ];
    let random = prop::collection::vec((small(), code), 0..6);
    let clean = prop::collection::vec(clean().prop_map(|small| (small, None)), 0..5);
    (random, clean).prop_map(|(mut random, clean)| {
        random.extend(clean);
        random
    })
}

fn build(index: usize, (small, code): &(Small, Option<&'static Code>)) -> Artifact {
    let mut evidence = Evidence::default();
    let kinds: &'static [Kind] = match small {
        Small::Smoke(tests) => {
            let mut suite = Suite::new(format!("suite {index}"), Pointer::whole());
            for (name, outcome, flaky) in tests {
                let mut case = TestCase::new(*name, *outcome, Pointer::whole());
                case.flaky = *flaky && *outcome == Outcome::Passed;
                suite.push(case);
            }
            evidence.suites.push(suite);
            &[Kind::Smoke]
        }
        Small::Security(findings) => {
            let mut scan = Scan::new(ScanClass::Sast, Pointer::whole());
            scan.tool = Some(signoff::model::Tool::new("house-scan", None));
            for (rule, severity, place) in findings {
                let mut finding = Finding::new(*rule, "a finding", *severity, Pointer::whole());
                finding.locations.push(Location { place: (*place).to_owned(), line: None, detail: None });
                scan.push(finding);
            }
            evidence.scans.push(scan);
            &[Kind::Security]
        }
        Small::Load { failures, p95 } => {
            let mut measured =
                Measurement { requests: Some(1000), failures: Some(*failures), ..Measurement::default() };
            if let Some(p95) = p95 {
                measured.percentiles.insert(Percentile::P95, Elapsed::from_nanos(p95 * 1_000_000));
            }
            let endpoint = Endpoint { name: "GET /".to_owned(), measurement: measured.clone() };
            evidence.loads.push(LoadRun { overall: measured, endpoints: vec![endpoint], ..LoadRun::default() });
            &[Kind::Load]
        }
        Small::Rollback(steps) => {
            let mut plan = Plan { stated_success: Some(true), dry_run: Some(true), ..Plan::default() };
            for (number, (outcome, irreversible)) in steps.iter().enumerate() {
                let mut step = Step::new(Action::Run, format!("step {number}"), *outcome, Pointer::whole());
                step.irreversible = irreversible.then(|| "drops a column".to_owned());
                plan.steps.push(step);
            }
            evidence.plans.push(plan);
            &[Kind::Rollback]
        }
        Small::Platform(services) => {
            for health in services {
                let service = Service::new("api", Role::Container, *health, "up", Pointer::whole());
                evidence.services.push(service);
            }
            &[Kind::Platform]
        }
    };
    evidence.diagnostics.extend(code.map(|code| Diagnostic::new(code, "something is wrong")));
    Artifact {
        name: format!("artifact-{index}"),
        given: format!("artifact-{index}"),
        sha256: Some(format!("{index:064x}")),
        bytes: Some(1),
        format: Some("signoff-smoke"),
        kinds,
        evidence,
        redactions: Default::default(),
        origin: None,
    }
}

fn built(artifacts: &Artifacts) -> Vec<Artifact> {
    artifacts.iter().enumerate().map(|(index, artifact)| build(index, artifact)).collect()
}

fn policy(text: &str) -> Loaded {
    parse("signoff.toml", text).expect("the policies are sound")
}

fn judged(artifacts: Vec<Artifact>, loaded: &Loaded) -> (Release, Judged) {
    let release = merge(artifacts, &Subject::default());
    let required: Vec<Kind> = loaded.manifest.gate.require.iter().map(|kind| Kind::from(*kind)).collect();
    let time = "2026-03-02T12:00:00Z".parse().ok();
    let context = Context {
        release: &release,
        manifest: &loaded.manifest,
        required: &required,
        shards: None,
        as_of: time,
        stated_time: time,
    };
    let judged = judge(&context, loaded, &|_| serde_json::Value::Null);
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
