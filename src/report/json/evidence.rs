//! What the report says of the evidence: tests, findings, load tests, rollback plans, services.

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};
use serde_json::{Map, Value, json};

use super::{Each, OfPointer, OfSource, object, said, source};
use crate::gate::baseline::occurrences;
use crate::gate::owasp::Standing;
use crate::model::{
    Alert, Assessment, Command, Elapsed, Finding, Header, Health, LoadRun, Location, Measurement, Migration, Plan,
    Release, Revision, Sample, Scan, Service, Severity, Sourced, Step, Suite, TestCase,
};
use crate::report::facts::{Counts, measurement, millis, smoke};
use crate::report::view::Subject;

#[derive(Serialize)]
struct Tests<T, S> {
    totals: T,
    suites: S,
}

#[derive(Serialize)]
struct Security<T, O, S, H, R, F> {
    totals: T,
    owasp: O,
    scans: S,
    headers: H,
    recommendations: R,
    findings: F,
}

#[derive(Serialize)]
struct Load<R> {
    runs: R,
}

#[derive(Serialize)]
struct Rollback<P> {
    plans: P,
}

#[derive(Serialize)]
struct Platform<S, A, V> {
    services: S,
    alerts: A,
    samples: V,
}

/// The tests, suite by suite.
pub(super) fn tests(release: &Release) -> impl Serialize + '_ {
    Tests { totals: smoke(&release.all_tests()), suites: Each(|| release.suites.iter().map(OfSuite)) }
}

/// The findings, and the scans that they are of.
pub(super) fn security<'r>(subject: &'r Subject<'_>) -> impl Serialize + 'r {
    let release = subject.release;
    let headers = |of: &'r Sourced<Assessment>| of.value.headers.iter().map(|at| header(of, at));
    Security {
        totals: security_totals(subject),
        owasp: owasp(subject),
        scans: Each(|| release.scans.iter().map(scan)),
        headers: Each(move || release.assessments.iter().flat_map(headers)),
        recommendations: Each(|| release.assessments.iter().flat_map(|of| &of.value.recommendations)),
        findings: Each(|| findings(subject)),
    }
}

/// The runs of load tests.
pub(super) fn load(release: &Release) -> impl Serialize + '_ {
    Load { runs: Each(|| release.loads.iter().map(load_run)) }
}

/// The plans of going back.
pub(super) fn rollback(release: &Release) -> impl Serialize + '_ {
    Rollback { plans: Each(|| release.plans.iter().map(OfPlan)) }
}

/// The services, and the alerts about them.
pub(super) fn platform(release: &Release) -> impl Serialize + '_ {
    Platform {
        services: Each(|| release.services.iter().map(service)),
        alerts: Each(|| release.alerts.iter().map(alert)),
        samples: Each(|| release.samples.iter().map(sample)),
    }
}

struct OfSuite<'r>(&'r Sourced<Suite>);

impl Serialize for OfSuite<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let suite = &self.0.value;
        let mut fields = object(serializer)?;
        fields.serialize_field("name", &suite.name)?;
        fields.serialize_field("category", &suite.category)?;
        fields.serialize_field("target", &suite.target)?;
        fields.serialize_field("command", &suite.command)?;
        fields.serialize_field("elapsed_ms", &suite.elapsed.map(Elapsed::as_millis_f64))?;
        fields.serialize_field("totals", &Counts(suite.tally()))?;
        fields.serialize_field("folded", &suite.folded())?;
        if suite.unlisted() > 0 {
            fields.serialize_field("skipped_unlisted", &suite.unlisted())?;
        }
        fields.serialize_field("details_folded", &suite.details_folded())?;
        fields.serialize_field("source", &OfSource::at(self.0.artifact, &suite.pointer))?;
        fields.serialize_field("cases", &Each(|| suite.cases().iter().map(OfCase)))?;
        fields.end()
    }
}

/// One test, written without a value in between: there may be very many.
struct OfCase<'r>(&'r TestCase);

impl Serialize for OfCase<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let case = self.0;
        let mut fields = object(serializer)?;
        fields.serialize_field("name", &case.name)?;
        said(&mut fields, "class", case.class.as_ref())?;
        fields.serialize_field("outcome", case.outcome.word())?;
        said(&mut fields, "flaky", case.flaky.then_some(&true))?;
        said(&mut fields, "elapsed_ms", case.elapsed.map(Elapsed::as_millis_f64).as_ref())?;
        said(&mut fields, "message", case.message.as_ref())?;
        if let Some(extra) = &case.extra {
            said(&mut fields, "category", extra.category.as_ref())?;
            said(&mut fields, "endpoint", extra.endpoint.as_ref())?;
            said(&mut fields, "response", extra.response.as_ref())?;
            said(&mut fields, "expected", extra.expected.as_ref())?;
            said(&mut fields, "observed", extra.observed.as_ref())?;
            said(&mut fields, "attempts", extra.attempts.as_ref())?;
            said(&mut fields, "file", extra.file.as_ref())?;
            said(&mut fields, "line", extra.line.as_ref())?;
            said(&mut fields, "detail", extra.detail.as_ref())?;
            if !extra.facts.is_empty() {
                let facts = extra.facts.iter().map(|(label, text)| (label.clone(), Value::from(text.as_str())));
                fields.serialize_field("facts", &facts.collect::<Map<_, _>>())?;
            }
        }
        fields.serialize_field("pointer", &OfPointer(&case.pointer))?;
        fields.end()
    }
}

fn findings<'r>(subject: &Subject<'r>) -> impl Iterator<Item = OfFinding<'r>> {
    subject.release.scans.iter().flat_map(|scan| scan.value.findings().iter().map(move |found| OfFinding(scan, found)))
}

fn security_totals(subject: &Subject<'_>) -> Map<String, Value> {
    let tally = subject.release.findings();
    let mut totals = Map::new();
    totals.insert("total".to_owned(), tally.total().into());
    for severity in Severity::ALL {
        totals.insert(severity.word().to_owned(), tally.of(severity).into());
    }
    totals.insert("suppressed".to_owned(), tally.suppressed.into());
    totals
}

fn owasp(subject: &Subject<'_>) -> Vec<Value> {
    let standing = |standing: &Standing| {
        json!({
            "code": standing.category.code, "name": standing.category.name, "status": standing.status.word(),
            "findings": standing.findings.total(), "by": standing.by,
            "attested": standing.attested.iter().map(|(status, written, source_)| json!({
                "status": status.word(), "as": written, "source": source(source_),
            })).collect::<Vec<_>>(),
        })
    };
    subject.judged.top_ten.categories.iter().map(standing).collect()
}

fn scan(scan: &Sourced<Scan>) -> Value {
    let value = &scan.value;
    json!({
        "tool": value.tool.as_ref().map(|tool| json!({"name": tool.name, "version": tool.version})),
        "class": value.class.title(), "targets": value.targets,
        "folded": value.folded().map(|(rule, severity, suppressed, count)| json!({
            "rule": rule, "severity": severity.word(), "suppressed": suppressed, "count": count,
        })).collect::<Vec<_>>(),
        "source": source(&scan.source(&value.pointer)),
    })
}

struct OfFinding<'r>(&'r Sourced<Scan>, &'r Finding);

impl Serialize for OfFinding<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let OfFinding(scan, finding) = self;
        let tool = scan.value.tool.as_ref().map(|tool| tool.name.as_str());
        let fingerprints = occurrences(tool.unwrap_or_default(), finding).into_iter().map(|(print, ..)| print);
        let locations =
            || finding.locations.iter().map(|Location { place, line, detail }| OfLocation { place, line, detail });
        let package = finding.package.as_ref();
        let package = package.map(|of| json!({"name": of.name, "version": of.version, "fixed": of.fixed}));
        let suppression = finding.suppression.as_ref().map(|s| json!({"by": s.by, "reason": s.reason}));
        let mut fields = object(serializer)?;
        fields.serialize_field("tool", &tool)?;
        fields.serialize_field("fingerprints", &fingerprints.collect::<Vec<_>>())?;
        fields.serialize_field("rule", &finding.rule)?;
        fields.serialize_field("title", &finding.title)?;
        fields.serialize_field("severity", finding.severity.word())?;
        fields.serialize_field("native_severity", &finding.native_severity)?;
        fields.serialize_field("confidence", &finding.confidence)?;
        fields.serialize_field("cwe", &finding.cwes)?;
        fields.serialize_field("occurrences", &finding.occurrences)?;
        fields.serialize_field("locations", &Each(locations))?;
        fields.serialize_field("package", &package)?;
        fields.serialize_field("suppression", &suppression)?;
        fields.serialize_field("source", &OfSource::at(scan.artifact, &finding.pointer))?;
        fields.end()
    }
}

#[derive(Serialize)]
struct OfLocation<'r> {
    place: &'r str,
    line: &'r Option<u64>,
    detail: &'r Option<String>,
}

fn load_run(run: &Sourced<LoadRun>) -> Value {
    let value = &run.value;
    let mut all = json!({
        "name": value.name, "target": value.target, "users": value.users, "elapsed_ms": millis(value.elapsed),
        "overall": measured(run, &value.overall),
        "endpoints": value.endpoints.iter().map(|endpoint| {
            let mut all = measured(run, &endpoint.measurement);
            all.insert("name".to_owned(), json!(endpoint.name));
            all
        }).collect::<Vec<_>>(),
        "thresholds": value.thresholds.iter().map(|threshold| json!({
            "metric": threshold.metric, "expression": threshold.expression, "holds": threshold.holds,
            "source": source(&run.place_of(threshold)),
        })).collect::<Vec<_>>(),
        "source": source(&run.source(&value.pointer)),
    });
    if let (Value::Object(all), Some(alone)) = (&mut all, &value.alone) {
        all.insert("alone".to_owned(), measured(run, alone).into());
    }
    if let (Value::Object(all), false) = (&mut all, value.parts.is_empty()) {
        all.insert("shards".to_owned(), value.parts.iter().map(source).collect());
    }
    all
}

/// A measurement with its place in the artifact of the run, with the places of the shards that it was merged from, and with where its percentiles lie.
fn measured(run: &Sourced<LoadRun>, measured: &Measurement) -> Map<String, Value> {
    let mut all = measurement(measured);
    all.insert("pointer".to_owned(), json!(measured.pointer.to_string()));
    if !measured.parts.is_empty() {
        all.insert("sources".to_owned(), run.places_of(measured).iter().map(source).collect());
    }
    all
}

struct OfPlan<'r>(&'r Sourced<Plan>);

impl Serialize for OfPlan<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let plan = self.0;
        let value = &plan.value;
        let revision = |revision: &Option<Revision>| {
            revision.as_ref().map(|revision| json!({"id": revision.id, "subject": revision.subject}))
        };
        let step = |step: &Step| {
            json!({
                "title": step.title, "action": step.action.word(), "outcome": step.outcome.word(),
                "command": step.command, "output": step.output, "irreversible": step.irreversible,
                "source": source(&plan.source(&step.pointer)),
            })
        };
        let migration = |migration: &Migration| {
            json!({
                "id": migration.id, "reversible": migration.reversible, "note": migration.note,
                "source": source(&plan.source(&migration.pointer)),
            })
        };
        let estimated = value.estimated.map(|(least, most)| [least.as_millis_f64(), most.as_millis_f64()]);
        let mut fields = object(serializer)?;
        fields.serialize_field("name", &value.name)?;
        fields.serialize_field("method", &value.method)?;
        fields.serialize_field("dry_run", &value.dry_run)?;
        fields.serialize_field("succeeds", &value.succeeds())?;
        fields.serialize_field("current", &revision(&value.current))?;
        fields.serialize_field("target", &revision(&value.target))?;
        fields.serialize_field("files", &value.files)?;
        fields.serialize_field("estimated_ms", &estimated)?;
        fields.serialize_field("allowed_ms", &millis(value.allowed))?;
        fields.serialize_field("steps", &Each(|| value.steps.iter().map(step)))?;
        fields.serialize_field("migrations", &Each(|| value.migrations.iter().map(migration)))?;
        let command = |command: &Command| json!({"line": command.line, "note": command.note});
        fields.serialize_field("commands", &Each(|| value.commands.iter().map(command)))?;
        fields.serialize_field("considerations", &value.considerations)?;
        fields.serialize_field("errors", &Each(|| value.errors.iter().map(|error| &error.text)))?;
        fields.serialize_field("source", &OfSource::at(plan.artifact, &value.pointer))?;
        fields.end()
    }
}

fn header(of: &Sourced<Assessment>, header: &Header) -> Value {
    json!({
        "name": header.name, "present": header.present, "value": header.value,
        "source": source(&of.source(&header.pointer)),
    })
}

fn sample(sample: &Sourced<Sample>) -> Value {
    json!({
        "series": sample.value.series, "value": sample.value.value, "source": source(&sample.source(&sample.value.pointer)),
    })
}

fn alert(alert: &Sourced<Alert>) -> Value {
    json!({
        "name": alert.value.name, "state": format!("{:?}", alert.value.state).to_lowercase(),
        "severity": alert.value.severity, "summary": alert.value.summary,
        "source": source(&alert.source(&alert.value.pointer)),
    })
}

fn service(service: &Sourced<Service>) -> Value {
    let value = &service.value;
    let health = match value.health {
        Health::Healthy => Some(true),
        Health::Unhealthy => Some(false),
        Health::Unknown => None,
    };
    json!({
        "name": value.name, "role": value.role.word(), "health": value.health.word(), "healthy": health, "status": value.status,
        "ports": value.ports, "image": value.image, "restarts": value.restarts, "reason": value.reason,
        "check": value.check, "response_ms": millis(value.response_time),
        "source": source(&service.source(&value.pointer)),
    })
}
