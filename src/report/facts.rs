//! The facts of one artifact, by kind, as `signoff inspect --json` prints them.
//!
//! A fact that the artifact does not say is null, never a made-up zero.

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};
use serde_json::{Map, Value, json};

use crate::model::platform::AlertState;
use crate::model::{
    Action, Artifact, Elapsed, Evidence, Health, Inexact, Interval, Kind, LoadRun, Measurement, Outcome, Percentile,
    Plan, Severity, StepOutcome, Tally,
};

/// The facts of an artifact, keyed by kind.
pub fn facts(artifact: &Artifact) -> Map<String, Value> {
    artifact.kinds.iter().map(|kind| (kind.word().to_owned(), of_kind(*kind, &artifact.evidence))).collect()
}

fn of_kind(kind: Kind, evidence: &Evidence) -> Value {
    match kind {
        Kind::Smoke => smoke(&evidence.tally()),
        Kind::Security => security(evidence),
        Kind::Load => load(&evidence.loads),
        Kind::Rollback => rollback(&evidence.plans),
        Kind::Platform => platform(evidence),
    }
}

/// The counts of tests, with their stable keys.
pub fn smoke(tally: &Tally) -> Value {
    serde_json::to_value(Counts(tally)).unwrap_or_default()
}

/// As [`smoke`], for a serialiser: a release may have very many suites.
pub struct Counts<'t>(pub &'t Tally);

impl Serialize for Counts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Counts(tally) = self;
        let mut fields = serializer.serialize_struct("Counts", Outcome::ALL.len() + 2)?;
        fields.serialize_field("total", &tally.total())?;
        for outcome in Outcome::ALL {
            fields.serialize_field(outcome.word(), &tally.of(outcome))?;
        }
        fields.serialize_field("flaky", &tally.flaky)?;
        fields.end()
    }
}

fn security(evidence: &Evidence) -> Value {
    let mut tally = crate::model::finding::SeverityTally::default();
    let mut occurrences = 0;
    for scan in &evidence.scans {
        tally.merge(scan.tally());
        occurrences += scan.occurrences();
    }
    let mut facts = Map::new();
    facts.insert("total".to_owned(), tally.total().into());
    for severity in Severity::ALL {
        facts.insert(severity.word().to_owned(), tally.of(severity).into());
    }
    facts.insert("suppressed".to_owned(), tally.suppressed.into());
    facts.insert("occurrences".to_owned(), occurrences.into());
    Value::Object(facts)
}

/// A time as milliseconds; null where it is not known.
pub fn millis(elapsed: Option<Elapsed>) -> Value {
    elapsed.map_or(Value::Null, |elapsed| json!(elapsed.as_millis_f64()))
}

/// Counts and latencies, with their stable keys.
pub fn measurement(measured: &Measurement) -> Map<String, Value> {
    let percentile = |p: Percentile| millis(measured.percentiles.get(&p).copied());
    let facts = [
        ("requests", json!(measured.requests)),
        ("failures", json!(measured.failures)),
        ("error_rate", json!(measured.error_rate().map(|rate| rate.as_f64()))),
        ("rps", json!(measured.throughput.map(|rate| rate.as_f64()))),
        ("min_ms", millis(measured.min)),
        ("mean_ms", millis(measured.mean)),
        ("p50_ms", percentile(Percentile::P50)),
        ("p90_ms", percentile(Percentile::P90)),
        ("p95_ms", percentile(Percentile::P95)),
        ("p99_ms", percentile(Percentile::P99)),
        ("max_ms", millis(measured.max)),
    ];
    let mut facts: Map<String, Value> = facts.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    if let Some(inexact) = measured.inexact {
        let interval = |(percentile, Interval { low, high }): (&Percentile, &Interval)| {
            (format!("{percentile}_ms"), json!([low.as_millis_f64(), high.as_millis_f64()]))
        };
        let why = match inexact {
            Inexact::Rounded => "rounded",
            Inexact::Buckets => "buckets",
            Inexact::Summaries => "summaries",
        };
        facts.insert("inexact".to_owned(), why.into());
        facts.insert("intervals".to_owned(), measured.intervals.iter().map(interval).collect::<Map<_, _>>().into());
    }
    facts
}

fn load(runs: &[LoadRun]) -> Value {
    // Several runs in one artifact are not added up: percentiles of a sum cannot be known.
    let none = LoadRun::default();
    let run = match runs {
        [run] => run,
        _ => &none,
    };
    let mut facts = measurement(&run.overall);
    let judged = |holds| run.thresholds.iter().filter(|t| t.holds == Some(holds)).count();
    let any = run.thresholds.iter().any(|t| t.holds.is_some());
    facts.insert("thresholds_passed".to_owned(), if any { json!(judged(true)) } else { Value::Null });
    facts.insert("thresholds_failed".to_owned(), if any { json!(judged(false)) } else { Value::Null });
    facts.insert("endpoints".to_owned(), run.endpoints.len().into());
    Value::Object(facts)
}

fn rollback(plans: &[Plan]) -> Value {
    let steps = || plans.iter().flat_map(|plan| &plan.steps);
    let has_resources = plans.iter().any(|plan| plan.of_resources) || steps().any(|step| step.action != Action::Run);
    let count =
        |action| if has_resources { json!(plans.iter().map(|p| p.count(action)).sum::<u64>()) } else { Value::Null };
    let succeeds = if plans.iter().any(|p| p.succeeds() == Some(false)) {
        json!(false)
    } else if !plans.is_empty() && plans.iter().all(|p| p.succeeds() == Some(true)) {
        json!(true)
    } else {
        Value::Null
    };
    json!({
        "steps": steps().count(),
        "steps_failed": steps().filter(|step| step.outcome == StepOutcome::Failed).count(),
        "create": count(Action::Create),
        "update": count(Action::Update),
        "delete": count(Action::Delete),
        "replace": count(Action::Replace),
        "noop": count(Action::Noop),
        "irreversible": steps().filter(|step| step.irreversible.is_some()).count(),
        "succeeds": succeeds,
    })
}

/// Services by health, and what an artifact of monitoring has instead: alerts and samples.
fn platform(evidence: &Evidence) -> Value {
    let count = |health| evidence.services.iter().filter(|s| s.health == health).count();
    let mut facts = json!({
        "services": evidence.services.len(),
        "healthy": count(Health::Healthy),
        "unhealthy": count(Health::Unhealthy),
        "unknown": count(Health::Unknown),
    });
    if !evidence.alerts.is_empty() {
        facts["alerts"] = json!(evidence.alerts.len());
        facts["firing"] = json!(evidence.alerts.iter().filter(|alert| alert.state == AlertState::Firing).count());
    }
    if !evidence.samples.is_empty() {
        facts["samples"] = json!(evidence.samples.len());
    }
    facts
}
