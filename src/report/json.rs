//! `report.json`: everything, for machines. The keys of the top levels are stable.

mod evidence;

use serde::Serialize;
use serde::ser::{SerializeMap, SerializeStruct, Serializer};
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
        let mut fields = object(serializer)?;
        fields.serialize_field("id", &Shown(id))?;
        fields.serialize_field("path", &artifact.name)?;
        fields.serialize_field("sha256", &artifact.sha256)?;
        fields.serialize_field("bytes", &artifact.bytes)?;
        fields.serialize_field("format", &artifact.format)?;
        fields.serialize_field("kind", &artifact.kinds.first().map(|kind| kind.word()))?;
        fields.serialize_field("tool", &tool)?;
        fields.serialize_field("time", &artifact.time.map(Shown))?;
        fields.serialize_field("counted", &artifact.counted)?;
        said(&mut fields, "mapping", artifact.mapping.as_ref())?;
        said(&mut fields, "archive", packed.as_ref())?;
        if let Some(origin) = &artifact.origin {
            let shard = origin.shard.map(|shard| json!({"number": shard.number, "of": shard.of}));
            fields.serialize_field("bundle", &artifact.bundle.map(Shown))?;
            fields.serialize_field("bundled_path", &origin.name)?;
            fields.serialize_field("shard", &shard)?;
        }
        fields.end()
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
        let mut fields = object(serializer)?;
        fields.serialize_field("name", &decision.name)?;
        fields.serialize_field("verdict", decision.verdict.word())?;
        fields.serialize_field("gating", &decision.gating)?;
        fields.serialize_field("statement", &decision.statement)?;
        fields.serialize_field("reasons", &Each(|| checks().flat_map(|check| decisive(check, decision.verdict))))?;
        fields.serialize_field("approvals", &approvals.collect::<Vec<_>>())?;
        fields.end()
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
        let mut fields = object(serializer)?;
        fields.serialize_field("id", &check.id)?;
        fields.serialize_field("rule", check.rule.id)?;
        fields.serialize_field("area", check.rule.area.word())?;
        fields.serialize_field("title", &Shown(&check.title))?;
        fields.serialize_field("verdict", check.verdict().word())?;
        fields.serialize_field("gating", &check.gating)?;
        fields.serialize_field("expected", &Shown(&check.expected))?;
        fields.serialize_field("observed", &Shown(&check.observed))?;
        fields.serialize_field("margin", &margin)?;
        fields.serialize_field("reasons", &Each(|| check.reasons.iter().map(OfReason::new)))?;
        fields.serialize_field("sources", &Each(|| check.sources.iter().map(OfSource::new)))?;
        fields.end()
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
    pointer: OfPointer<'r>,
}

impl<'r> OfSource<'r> {
    fn new(source: &'r Source) -> OfSource<'r> {
        OfSource::at(source.artifact, &source.pointer)
    }

    fn at(artifact: ArtifactId, pointer: &'r Pointer) -> OfSource<'r> {
        OfSource { artifact: Shown(artifact), pointer: OfPointer(pointer) }
    }
}

/// A pointer as its text, which is at hand where it names no line.
struct OfPointer<'r>(&'r Pointer);

impl Serialize for OfPointer<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.line_number() {
            None => serializer.serialize_str(self.0.as_path()),
            Some(_) => serializer.collect_str(self.0),
        }
    }
}

/// Begins an object whose keys are known. To JSON it does not matter how many there are.
fn object<S: Serializer>(serializer: S) -> Result<S::SerializeStruct, S::Error> {
    serializer.serialize_struct("", 0)
}

/// Writes a field where there is something to say.
fn said<F: SerializeStruct>(fields: &mut F, key: &'static str, value: Option<&impl Serialize>) -> Result<(), F::Error> {
    value.map_or(Ok(()), |value| fields.serialize_field(key, value))
}

fn notice(notice: &Notice) -> Value {
    json!({
        "code": notice.code.id, "severity": notice.code.level.word(), "message": notice.text.to_string(),
        "source": notice.source.as_ref().map(source), "other": notice.other.as_ref().map(source),
        "line": notice.place.map(|place| place.line), "column": notice.place.map(|place| place.column),
        "help": notice.help,
    })
}
