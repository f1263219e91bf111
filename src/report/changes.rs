//! What changed since a baseline, as JSON: the key `baseline` of `report.json`, and the output of `signoff diff`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::facts::millis;
use crate::gate::Verdict;
use crate::gate::baseline::{
    About, Changes, CheckChange, Compared, Counts, Direction, Doubt, Estimate, Figure, FindingChange, FindingClass,
    LoadChange, Pair, PlanChange, PlanPart, TestChange, TestClass, TestState,
};

/// The version of the schema of a comparison.
pub const SCHEMA: &str = "signoff.diff/1";

/// What was compared with, and what changed.
pub fn json(compared: &Compared) -> Value {
    let Compared { path, sha256, before, after: _, doubts, tolerance, counts, changes } = compared;
    let mut all = about(before);
    all.insert("path".to_owned(), json!(path));
    all.insert("sha256".to_owned(), json!(sha256));
    json!({
        "report": all,
        "doubts": doubts.iter().map(doubt).collect::<Vec<_>>(),
        "tolerance": {"latency": tolerance.latency.as_f64(), "error_rate_points": tolerance.error_rate.as_f64() * 100.0},
        "counts": {
            "tests": of_counts(counts, |side| side.tests.as_ref(), |outcome| outcome.word()),
            "findings": of_counts(counts, |side| side.findings.as_ref(), |severity| severity.word()),
        },
        "worse": changes.count(Direction::Worse), "neutral": changes.count(Direction::Neutral),
        "better": changes.count(Direction::Better),
        "changes": of_changes(changes),
    })
}

/// Two reports compared, as a document of its own.
pub fn document(compared: &Compared, path: &str, sha256: &str) -> Value {
    let mut after = about(&compared.after);
    after.insert("path".to_owned(), json!(path));
    after.insert("sha256".to_owned(), json!(sha256));
    let mut inner = json(compared);
    let mut all = Map::new();
    all.insert("schema".to_owned(), json!(SCHEMA));
    all.insert("generator".to_owned(), json!({"name": "signoff", "version": env!("CARGO_PKG_VERSION")}));
    if let Value::Object(inner) = &mut inner {
        all.insert("before".to_owned(), inner.remove("report").unwrap_or_default());
        all.insert("after".to_owned(), after.into());
        all.append(inner);
    }
    Value::Object(all)
}

/// How many of each kind on each side; null on a side that has nothing of the sort.
fn of_counts<K>(
    counts: &(Counts, Counts),
    of: impl Fn(&Counts) -> Option<&BTreeMap<K, u64>>,
    word: impl Fn(&K) -> &'static str,
) -> Value {
    let side =
        |side| of(side).map(|all| all.iter().map(|(kind, count)| (word(kind), *count)).collect::<BTreeMap<_, _>>());
    json!({"before": side(&counts.0), "after": side(&counts.1)})
}

fn about(about: &About) -> Map<String, Value> {
    let About { name, version, commit, environment, target, as_of, policy, artifacts: _, verdict } = about;
    let all = json!({
        "subject": {
            "name": name, "version": version, "commit": commit, "environment": environment, "target": target,
        },
        "as_of": as_of.map(|time| time.to_string()), "policy_digest": policy, "verdict": verdict.map(Verdict::word),
    });
    match all {
        Value::Object(all) => all,
        _ => Map::new(),
    }
}

const fn doubt(doubt: &Doubt) -> &'static str {
    match doubt {
        Doubt::OtherProduct(..) => "other_product",
        Doubt::Newer => "newer",
        Doubt::SameEvidence => "same_evidence",
        Doubt::OtherEnvironment(..) => "other_environment",
        Doubt::OtherTarget(..) => "other_target",
        Doubt::SameCommit(_) => "same_commit",
        Doubt::OtherPolicy => "other_policy",
    }
}

fn of_changes(changes: &Changes) -> Value {
    let mut tests = Map::new();
    for class in TestClass::ALL {
        let of_class = changes.tests_of(class).map(test).collect::<Vec<_>>();
        tests.insert(class.word().to_owned(), of_class.into());
    }
    tests.insert("unchanged".to_owned(), changes.unchanged_tests.into());
    tests.insert("unlisted".to_owned(), json!({"before": changes.unlisted_tests.0, "after": changes.unlisted_tests.1}));
    let unmatched = json!({"before": changes.unmatched_tests.0, "after": changes.unmatched_tests.1});
    tests.insert("unmatched".to_owned(), unmatched);
    let mut findings = Map::new();
    for class in FindingClass::ALL {
        let of_class = changes.findings_of(class).map(finding).collect::<Vec<_>>();
        findings.insert(class.word().to_owned(), of_class.into());
    }
    findings.insert("unchanged".to_owned(), changes.unchanged_findings.into());
    json!({
        "verdict": changes.verdict.as_ref().map(|pair| words(pair, |verdict| verdict.word())),
        "decisions": changes.decisions.iter().map(verdict).collect::<Vec<_>>(),
        "checks": changes.checks.iter().map(verdict).collect::<Vec<_>>(),
        "tests": tests,
        "findings": findings,
        "scanners": changes.scanners.iter().map(|change| json!({
            "name": change.name, "direction": change.direction().word(),
            "complete": words(&change.state, |state| *state == crate::gate::baseline::Scanner::Complete),
        })).collect::<Vec<_>>(),
        "load": changes.loads.iter().map(load).collect::<Vec<_>>(),
        "requests": changes.requests.iter().map(|change| json!({
            "run": change.run, "direction": change.direction().word(), "requests": words(&change.requests, |count| *count),
        })).collect::<Vec<_>>(),
        "limits": changes.limits.iter().map(|change| json!({
            "run": change.run, "limit": change.limit, "direction": change.direction().word(),
            "holds": {"before": change.holds.before, "after": change.holds.after},
        })).collect::<Vec<_>>(),
        "rollback": changes.plans.iter().map(plan).collect::<Vec<_>>(),
        "services": changes.services.iter().map(|change| json!({
            "name": change.name, "role": change.role.word(), "direction": change.direction().word(),
            "health": words(&change.health, |health| health.word()),
        })).collect::<Vec<_>>(),
        "checklist": changes.checklist.iter().map(|change| json!({
            "item": change.item, "direction": change.direction().word(),
            "status": words(&change.status, |status| status.word()),
        })).collect::<Vec<_>>(),
        "waivers": changes.waivers.iter().map(|change| json!({
            "check": change.key.check, "scope": change.key.scope, "location": change.key.location,
            "state": words(&change.state, |state| state.state.clone()),
            "expires": words(&change.state, |state| state.expires.clone()),
        })).collect::<Vec<_>>(),
    })
}

/// What was and what is.
fn words<T, W: serde::Serialize>(pair: &Pair<T>, word: impl Fn(&T) -> W) -> Value {
    json!({"before": pair.before.as_ref().map(&word), "after": pair.after.as_ref().map(&word)})
}

fn verdict(change: &CheckChange) -> Value {
    json!({
        "name": change.name, "direction": change.verdict.direction().word(),
        "verdict": words(&change.verdict, |verdict| verdict.word()),
    })
}

fn test(change: &TestChange) -> Value {
    let key = change.name();
    let state = |state: &TestState| json!({"outcome": state.outcome.word(), "flaky": state.flaky});
    json!({
        "suite": key.suite, "class": key.class, "name": key.name, "direction": change.direction().word(),
        "before": change.state.before.as_ref().map(state), "after": change.state.after.as_ref().map(state),
    })
}

fn finding(change: &FindingChange) -> Value {
    let known = change.state.after.as_ref().or(change.state.before.as_ref());
    let counts = |state: Option<&crate::gate::baseline::FindingState>| {
        FindingChange::open(state)
            .into_iter()
            .map(|(severity, count)| (severity.word().to_owned(), count.into()))
            .collect::<Map<String, Value>>()
    };
    json!({
        "rule": change.key.rule, "fingerprint": change.key.fingerprint, "title": known.map(|state| &state.title),
        "tool": known.map(|state| &state.scanner), "place": known.map(|state| &state.place),
        "direction": change.direction().word(),
        "before": counts(change.state.before.as_ref()), "after": counts(change.state.after.as_ref()),
    })
}

fn plan(change: &PlanChange) -> Value {
    let (part, step, state) = match &change.part {
        PlanPart::Whole(pair) => ("plan", None, words(pair, |promise| promise.word())),
        PlanPart::Step(title, pair) => ("step", Some(title), words(pair, |outcome| outcome.word())),
        PlanPart::Estimate(pair) => {
            let of = |time: &Estimate| json!([time.least.as_millis_f64(), time.most.as_millis_f64()]);
            ("estimated_ms", None, words(pair, of))
        }
    };
    json!({
        "plan": change.plan, "part": part, "step": step, "direction": change.direction().word(), "state": state,
    })
}

fn load(change: &LoadChange) -> Value {
    let value = |figure: &Figure| match figure {
        Figure::Time(elapsed) => millis(Some(*elapsed)),
        Figure::Share(ratio) => json!(ratio.as_f64()),
    };
    #[expect(clippy::cast_precision_loss, reason = "millionths of a share")]
    let increase = change.increase().map(|millionths| millionths as f64 / 1e6);
    json!({
        "run": words(&change.run, Clone::clone), "endpoint": change.endpoint, "metric": change.metric,
        "direction": change.direction.word(), "value": words(&change.figure, value), "increase": increase,
    })
}
