//! `report.json`: everything, for machines. The keys of the top levels are stable.

mod evidence;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::{Map, Value, json};

use super::view::Subject;
use crate::gate::{Check, Decided, Reason, Verdict};
use crate::manifest::Spanned;
use crate::model::{ArtifactId, Input, Notice, Phrase, Pointer, Source, SubjectDigest};

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
                "tests" => map.serialize_value(&evidence::tests(release))?,
                "load" => map.serialize_value(&evidence::load(release))?,
                "rollback" => map.serialize_value(&evidence::rollback(release))?,
                "platform" => map.serialize_value(&evidence::platform(release))?,
                "notices" => {
                    map.serialize_value(&Each(|| release.notices.iter().chain(&self.0.judged.notices).map(notice)))?;
                }
                "artifacts" => {
                    let artifacts = || (0..).map(ArtifactId).zip(&release.artifacts);
                    map.serialize_value(&Each(|| artifacts().map(|(id, artifact)| OfArtifact(id, artifact))))?;
                }
                "security" => map.serialize_value(&evidence::security(self.0))?,
                _ => map.serialize_value(value)?,
            }
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
        "tests": null,
        "security": null,
        "load": null,
        "rollback": null,
        "platform": null,
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
        "notices": null,
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

/// Writes an entry where there is something to say.
fn said<M: SerializeMap>(map: &mut M, key: &str, value: Option<&impl Serialize>) -> Result<(), M::Error> {
    value.map_or(Ok(()), |value| map.serialize_entry(key, value))
}

fn notice(notice: &Notice) -> Value {
    json!({
        "code": notice.code.id, "severity": notice.code.level.word(), "message": notice.text.to_string(),
        "source": notice.source.as_ref().map(source), "other": notice.other.as_ref().map(source),
        "line": notice.place.map(|place| place.line), "column": notice.place.map(|place| place.column),
        "help": notice.help,
    })
}
