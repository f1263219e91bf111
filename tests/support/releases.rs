//! Random releases, for what must hold for every one.

use proptest::prelude::*;
use proptest::sample::select;

use signoff::diagnostics::{Code, Diagnostic, codes};
use signoff::model::{
    Action, Artifact, Elapsed, Endpoint, Evidence, Finding, Health, Kind, LoadRun, Location, Measurement, Outcome,
    Percentile, Plan, Pointer, Role, Scan, ScanClass, Service, Severity, Step, StepOutcome, Suite, TestCase,
};

pub const TESTS: &[&str] = &["login", "pays by card", "pays by invoice", "search"];
pub const RULES: &[&str] = &["H1", "H2", "CVE-2026-1"];
pub const PLACES: &[&str] = &["src/a.py", "src/b.py", "/login"];
pub const POLICIES: &[&str] = &[
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
pub enum Small {
    Smoke(Vec<(&'static str, Outcome, bool)>),
    Security(Vec<(&'static str, Severity, &'static str)>),
    Load { failures: u64, p95: Option<u64> },
    Rollback(Vec<(StepOutcome, bool)>),
    Platform(Vec<Health>),
}

/// A release: its artifacts, each perhaps with something that could not be read or trusted.
pub type Artifacts = Vec<(Small, Option<&'static Code>)>;

pub fn small() -> impl Strategy<Value = Small> {
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

pub fn clean() -> impl Strategy<Value = Small> {
    select(vec![
        Small::Smoke(vec![("login", Outcome::Passed, false), ("search", Outcome::Passed, false)]),
        Small::Security(Vec::new()),
        Small::Load { failures: 0, p95: Some(10) },
        Small::Rollback(vec![(StepOutcome::Passed, false)]),
    ])
}

pub fn artifacts() -> impl Strategy<Value = Artifacts> {
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

pub fn build(index: usize, (small, code): &(Small, Option<&'static Code>)) -> Artifact {
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

pub fn built(artifacts: &Artifacts) -> Vec<Artifact> {
    artifacts.iter().enumerate().map(|(index, artifact)| build(index, artifact)).collect()
}
