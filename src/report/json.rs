//! `report.json`: everything, for machines. The keys of the top levels are stable.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::{Map, Value, json};

use super::facts::{Counts, measurement, millis, smoke};
use super::view::Subject;
use crate::gate::baseline::occurrences;
use crate::gate::{Check, Decided, Reason, Verdict};
use crate::manifest::Spanned;
use crate::model::{
    ArtifactId, Elapsed, Finding, Health, Input, LoadRun, Location, Measurement, Notice, Phrase, Plan, Pointer, Scan,
    Service, Severity, Source, Sourced, SubjectDigest, Suite, TestCase,
};

/// The version of the schema.
pub const SCHEMA: &str = "signoff.report/1";

/// The report as a JSON value, for those who look things up in it.
pub fn render(subject: &Subject<'_>) -> Value {
    serde_json::to_value(Report(subject)).unwrap_or_default()
}

/// The report as JSON, for a serialiser. The long lists in it are made while they are written.
pub struct Report<'r>(pub &'r Subject<'r>);

impl Serialize for Report<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Subject { release, .. } = self.0;
        let Value::Object(frame) = frame(self.0) else { return serializer.serialize_unit() };
        let mut map = serializer.serialize_map(Some(frame.len()))?;
        for (key, value) in &frame {
            map.serialize_key(key)?;
            match key.as_str() {
                "decisions" => {
                    map.serialize_value(&Each(|| self.0.judged.decisions.iter().map(|one| OfDecision(self.0, one))))?;
                }
                "checks" => map.serialize_value(&Each(|| self.0.judged.checks.iter().map(OfCheck)))?,
                "tests" => map.serialize_value(&With(value, "suites", Each(|| release.suites.iter().map(OfSuite))))?,
                "artifacts" => {
                    let artifacts = || (0..).map(ArtifactId).zip(&release.artifacts);
                    map.serialize_value(&Each(|| artifacts().map(|(id, artifact)| OfArtifact(id, artifact))))?;
                }
                "security" => map.serialize_value(&With(value, "findings", Each(|| findings(self.0))))?,
                _ => map.serialize_value(value)?,
            }
        }
        map.end()
    }
}

/// An object with another value for one of its keys.
struct With<'v, T>(&'v Value, &'static str, T);

impl<T: Serialize> Serialize for With<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let With(object, replaced, by) = self;
        let Value::Object(object) = object else { return object.serialize(serializer) };
        let mut map = serializer.serialize_map(Some(object.len()))?;
        for (key, value) in object {
            if key == replaced { map.serialize_entry(key, by)? } else { map.serialize_entry(key, value)? }
        }
        map.end()
    }
}

/// A list whose elements are made one after the other.
struct Each<F>(F);

impl<F: Fn() -> I, I: Iterator<Item: Serialize>> Serialize for Each<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}

struct OfSuite<'r>(&'r Sourced<Suite>);

impl Serialize for OfSuite<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let suite = &self.0.value;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &suite.name)?;
        map.serialize_entry("category", &suite.category)?;
        map.serialize_entry("target", &suite.target)?;
        map.serialize_entry("command", &suite.command)?;
        map.serialize_entry("elapsed_ms", &suite.elapsed.map(Elapsed::as_millis_f64))?;
        map.serialize_entry("totals", &Counts(suite.tally()))?;
        map.serialize_entry("folded", &suite.folded())?;
        if suite.unlisted() > 0 {
            map.serialize_entry("skipped_unlisted", &suite.unlisted())?;
        }
        map.serialize_entry("details_folded", &suite.details_folded())?;
        map.serialize_entry("source", &OfSource::new(&self.0.source(&suite.pointer)))?;
        map.serialize_entry("cases", &Each(|| suite.cases().iter().map(OfCase)))?;
        map.end()
    }
}

fn findings<'r>(subject: &Subject<'r>) -> impl Iterator<Item = OfFinding<'r>> {
    subject.release.scans.iter().flat_map(|scan| scan.value.findings().iter().map(move |found| OfFinding(scan, found)))
}

/// A value as the text that is shown of it.
struct Shown<T>(T);

impl<T: std::fmt::Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// The report without its long lists.
fn frame(subject: &Subject<'_>) -> Value {
    let Subject { release, manifest, judged, as_of, made } = subject;
    let (policy_digest, options) = made.as_json();
    let about = &release.subject;
    let title = manifest.report.title.clone().or_else(|| about.name.clone());
    let mut frame = json!({
        "schema": SCHEMA,
        "generator": {"name": "signoff", "version": env!("CARGO_PKG_VERSION")},
        "title": title,
        "as_of": as_of.map(|time| time.to_string()),
        "subject": {
            "name": about.name, "version": about.version, "commit": about.commit,
            "environment": about.environment, "target": about.target,
        },
        "policy": manifest.gate.policy,
        "policy_digest": policy_digest,
        "options": options,
        "verdict": judged.verdict.word(),
        "verdict_without_waivers": judged.strict_verdict.word(),
        "decisions": null,
        "checks": null,
        "tests": {
            "totals": smoke(&release.all_tests()),
            "suites": null,
        },
        "security": security(subject),
        "load": {"runs": release.loads.iter().map(load_run).collect::<Vec<_>>()},
        "rollback": {"plans": release.plans.iter().map(plan).collect::<Vec<_>>()},
        "platform": {
            "services": release.services.iter().map(service).collect::<Vec<_>>(),
            "alerts": release.alerts.iter().map(|alert| json!({
                "name": alert.value.name, "state": format!("{:?}", alert.value.state).to_lowercase(),
                "severity": alert.value.severity, "summary": alert.value.summary,
                "source": source(&alert.source(&alert.value.pointer)),
            })).collect::<Vec<_>>(),
        },
        "checklist": manifest.checklist.iter().map(|item| json!({
            "item": item.item, "status": item.status.word(), "note": item.note,
            "checks": item.checks.iter().map(Spanned::get_ref).collect::<Vec<_>>(),
            "verdict": judged.proof_by(&item.checks).map(Verdict::word),
        })).collect::<Vec<_>>(),
        "criteria": manifest.criterion.iter().map(|criterion| {
            let patterns: Vec<&String> = criterion.checks.iter().map(Spanned::get_ref).collect();
            json!({
                "text": criterion.text, "checks": patterns, "note": criterion.note,
                "verdict": judged.proof_by(&criterion.checks).map(Verdict::word),
            })
        }).collect::<Vec<_>>(),
        "waivers": judged.waivers.iter().map(|used| json!({
            "check": used.waiver.check.get_ref(), "scope": used.waiver.scope.get_ref(),
            "location": used.waiver.location, "owner": used.waiver.owner.get_ref(), "reason": used.waiver.reason.get_ref(),
            "ticket": used.waiver.ticket, "expires": used.waiver.expires.get_ref(),
            "state": used.state.word(), "used": used.used,
        })).collect::<Vec<_>>(),
        "notices": release.notices.iter().chain(&judged.notices).map(notice).collect::<Vec<_>>(),
        "baseline": judged.compared.as_ref().map(super::changes::json),
        "redactions": release.redactions().iter().map(|(kind, count)| (kind.to_owned(), count.into()))
            .collect::<Map<_, _>>(),
        "artifacts": null,
    });
    let digests = &release.stated.digests;
    if !digests.is_empty() {
        let digest = |digest: &SubjectDigest| json!({"name": digest.name(), "sha256": digest.sha256()});
        frame["subject"]["digests"] = digests.iter().map(digest).collect();
    }
    frame
}

struct OfArtifact<'r>(ArtifactId, &'r Input);

impl Serialize for OfArtifact<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let OfArtifact(id, artifact) = self;
        let tool = artifact.tool.as_ref().map(|tool| json!({"name": tool.name, "version": tool.version}));
        let packed = artifact.packed.as_ref();
        let packed = packed.map(|packed| json!({"path": packed.name, "sha256": packed.sha256, "bytes": packed.bytes}));
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &Shown(id))?;
        map.serialize_entry("path", &artifact.name)?;
        map.serialize_entry("sha256", &artifact.sha256)?;
        map.serialize_entry("bytes", &artifact.bytes)?;
        map.serialize_entry("format", &artifact.format)?;
        map.serialize_entry("kind", &artifact.kinds.first().map(|kind| kind.word()))?;
        map.serialize_entry("tool", &tool)?;
        map.serialize_entry("time", &artifact.time.map(Shown))?;
        map.serialize_entry("counted", &artifact.counted)?;
        said(&mut map, "mapping", artifact.mapping.as_ref())?;
        said(&mut map, "archive", packed.as_ref())?;
        if let Some(origin) = &artifact.origin {
            let shard = origin.shard.map(|shard| json!({"number": shard.number, "of": shard.of}));
            map.serialize_entry("bundle", &artifact.bundle.map(Shown))?;
            map.serialize_entry("bundled_path", &origin.name)?;
            map.serialize_entry("shard", &shard)?;
        }
        map.end()
    }
}

fn source(source: &Source) -> Value {
    json!({"artifact": source.artifact.to_string(), "pointer": source.pointer.to_string()})
}

struct OfDecision<'r>(&'r Subject<'r>, &'r Decided);

impl Serialize for OfDecision<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let OfDecision(subject, decision) = self;
        let checks = || decision.checks.iter().filter_map(|index| subject.judged.checks.get(*index));
        let approvals = decision
            .approvals
            .iter()
            .map(|approval| json!({"name": approval.name, "role": approval.role, "date": approval.date}));
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &decision.name)?;
        map.serialize_entry("verdict", decision.verdict.word())?;
        map.serialize_entry("gating", &decision.gating)?;
        map.serialize_entry("statement", &decision.statement)?;
        map.serialize_entry("reasons", &Each(|| checks().flat_map(|check| decisive(check, decision.verdict))))?;
        map.serialize_entry("approvals", &approvals.collect::<Vec<_>>())?;
        map.end()
    }
}

/// The reasons of a check that have this verdict.
fn decisive(check: &Check, verdict: Verdict) -> Vec<Decisive<'_>> {
    let reasons = check.reasons.iter().filter(|reason| reason.verdict() == verdict);
    reasons.map(|reason| Decisive { check: &check.id, text: Shown(&reason.text) }).collect()
}

/// A reason that decides.
#[derive(Serialize)]
struct Decisive<'r> {
    check: &'r str,
    text: Shown<&'r Phrase>,
}

struct OfCheck<'r>(&'r Check);

impl Serialize for OfCheck<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let check = self.0;
        let margin = check.margin.as_ref();
        let margin = margin.map(|margin| json!({"absolute": margin.absolute, "permille_of_limit": margin.permille}));
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &check.id)?;
        map.serialize_entry("rule", check.rule.id)?;
        map.serialize_entry("area", check.rule.area.word())?;
        map.serialize_entry("title", &Shown(&check.title))?;
        map.serialize_entry("verdict", check.verdict().word())?;
        map.serialize_entry("expected", &Shown(&check.expected))?;
        map.serialize_entry("observed", &Shown(&check.observed))?;
        map.serialize_entry("margin", &margin)?;
        map.serialize_entry("reasons", &Each(|| check.reasons.iter().map(OfReason::new)))?;
        map.serialize_entry("sources", &Each(|| check.sources.iter().map(OfSource::new)))?;
        map.end()
    }
}

#[derive(Serialize)]
struct OfReason<'r> {
    verdict: &'static str,
    text: Shown<&'r Phrase>,
    scope: Option<&'r str>,
    location: Option<&'r str>,
    source: Option<OfSource<'r>>,
    waived_by: Option<usize>,
}

impl<'r> OfReason<'r> {
    fn new(reason: &'r Reason) -> OfReason<'r> {
        OfReason {
            verdict: reason.verdict().word(),
            text: Shown(&reason.text),
            scope: reason.scope.as_deref(),
            location: reason.location.as_deref(),
            source: reason.source.as_ref().map(OfSource::new),
            waived_by: reason.waived_by,
        }
    }
}

#[derive(Serialize)]
struct OfSource<'r> {
    artifact: Shown<ArtifactId>,
    pointer: Shown<&'r Pointer>,
}

impl<'r> OfSource<'r> {
    fn new(source: &'r Source) -> OfSource<'r> {
        OfSource { artifact: Shown(source.artifact), pointer: Shown(&source.pointer) }
    }
}

/// One test, written without a value in between: there may be very many.
struct OfCase<'r>(&'r TestCase);

impl Serialize for OfCase<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let case = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &case.name)?;
        said(&mut map, "class", case.class.as_ref())?;
        map.serialize_entry("outcome", case.outcome.word())?;
        said(&mut map, "flaky", case.flaky.then_some(&true))?;
        said(&mut map, "elapsed_ms", case.elapsed.map(Elapsed::as_millis_f64).as_ref())?;
        said(&mut map, "message", case.message.as_ref())?;
        if let Some(extra) = &case.extra {
            said(&mut map, "category", extra.category.as_ref())?;
            said(&mut map, "endpoint", extra.endpoint.as_ref())?;
            said(&mut map, "response", extra.response.as_ref())?;
            said(&mut map, "expected", extra.expected.as_ref())?;
            said(&mut map, "observed", extra.observed.as_ref())?;
            said(&mut map, "attempts", extra.attempts.as_ref())?;
            said(&mut map, "file", extra.file.as_ref())?;
            said(&mut map, "line", extra.line.as_ref())?;
            said(&mut map, "detail", extra.detail.as_ref())?;
            if !extra.facts.is_empty() {
                let facts = extra.facts.iter().map(|(label, text)| (label.clone(), Value::from(text.as_str())));
                map.serialize_entry("facts", &facts.collect::<Map<_, _>>())?;
            }
        }
        map.serialize_entry("pointer", &Shown(&case.pointer))?;
        map.end()
    }
}

/// Writes an entry where there is something to say.
fn said<M: SerializeMap>(map: &mut M, key: &str, value: Option<&impl Serialize>) -> Result<(), M::Error> {
    value.map_or(Ok(()), |value| map.serialize_entry(key, value))
}

fn security(subject: &Subject<'_>) -> Value {
    let tally = subject.release.findings();
    let mut totals = Map::new();
    totals.insert("total".to_owned(), tally.total().into());
    for severity in Severity::ALL {
        totals.insert(severity.word().to_owned(), tally.of(severity).into());
    }
    totals.insert("suppressed".to_owned(), tally.suppressed.into());
    json!({
        "totals": totals,
        "owasp": subject.judged.top_ten
            .categories
            .iter()
            .map(|standing| json!({
                "code": standing.category.code, "name": standing.category.name, "status": standing.status.word(),
                "findings": standing.findings.total(), "by": standing.by,
                "attested": standing.attested.iter().map(|(status, written, source_)| json!({
                    "status": status.word(), "as": written, "source": source(source_),
                })).collect::<Vec<_>>(),
            }))
            .collect::<Vec<_>>(),
        "scans": subject.release.scans.iter().map(|scan| json!({
            "tool": scan.value.tool.as_ref().map(|tool| json!({"name": tool.name, "version": tool.version})),
            "class": scan.value.class.title(), "targets": scan.value.targets,
            "folded": scan.value.folded().map(|(rule, severity, suppressed, count)| json!({
                "rule": rule, "severity": severity.word(), "suppressed": suppressed, "count": count,
            })).collect::<Vec<_>>(),
            "source": source(&scan.source(&scan.value.pointer)),
        })).collect::<Vec<_>>(),
        "findings": null,
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
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("tool", &tool)?;
        map.serialize_entry("fingerprints", &fingerprints.collect::<Vec<_>>())?;
        map.serialize_entry("rule", &finding.rule)?;
        map.serialize_entry("title", &finding.title)?;
        map.serialize_entry("severity", finding.severity.word())?;
        map.serialize_entry("native_severity", &finding.native_severity)?;
        map.serialize_entry("confidence", &finding.confidence)?;
        map.serialize_entry("cwe", &finding.cwes)?;
        map.serialize_entry("occurrences", &finding.occurrences)?;
        map.serialize_entry("locations", &Each(locations))?;
        map.serialize_entry("package", &package)?;
        map.serialize_entry("suppression", &suppression)?;
        map.serialize_entry("source", &OfSource::new(&scan.source(&finding.pointer)))?;
        map.end()
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

fn plan(plan: &Sourced<Plan>) -> Value {
    let value = &plan.value;
    let revision = |revision: &Option<crate::model::rollback::Revision>| {
        revision.as_ref().map(|revision| json!({"id": revision.id, "subject": revision.subject}))
    };
    json!({
        "name": value.name, "method": value.method, "dry_run": value.dry_run, "succeeds": value.succeeds(),
        "current": revision(&value.current), "target": revision(&value.target), "files": value.files,
        "estimated_ms": value.estimated.map(|(least, most)| json!([least.as_millis_f64(), most.as_millis_f64()])),
        "allowed_ms": millis(value.allowed),
        "steps": value.steps.iter().map(|step| json!({
            "title": step.title, "action": step.action.word(), "outcome": step.outcome.word(),
            "command": step.command, "output": step.output, "irreversible": step.irreversible,
            "source": source(&plan.source(&step.pointer)),
        })).collect::<Vec<_>>(),
        "migrations": value.migrations.iter().map(|migration| json!({
            "id": migration.id, "reversible": migration.reversible, "note": migration.note,
        })).collect::<Vec<_>>(),
        "errors": value.errors.iter().map(|error| error.text.clone()).collect::<Vec<_>>(),
        "source": source(&plan.source(&value.pointer)),
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
        "source": source(&service.source(&value.pointer)),
    })
}

fn notice(notice: &Notice) -> Value {
    json!({
        "code": notice.code.id, "severity": notice.code.level.word(), "message": notice.text.to_string(),
        "source": notice.source.as_ref().map(source), "other": notice.other.as_ref().map(source),
        "line": notice.place.map(|place| place.line), "column": notice.place.map(|place| place.column),
        "help": notice.help,
    })
}
