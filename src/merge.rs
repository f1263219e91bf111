//! Many artifacts' evidence becomes one release, whatever order they came in.
//!
//! See the [example](mod@crate::gate#example).

mod forms;
mod gatling;
pub(crate) mod repeated;
mod scans;
pub(crate) mod shards;
pub(crate) mod vex;

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostics::codes::{BUNDLE_DIFFERS, CONTRADICTION, DUPLICATE_ARTIFACT, OVERLAP, OWASP_NAME};
use crate::model::order::{sort_by, sort_by_key};
use crate::model::platform::name_by_artifact;
use crate::model::{
    Artifact, ArtifactId, Evidence, Input, Notice, Outcome, Phrase, Pointer, Release, Shard, Source, Sourced, Subject,
    TestCase,
};
use crate::taxonomy::owasp::check_name;

const TESTS_TWICE: &str = "has the tests of the tool's own report beside it, and they are counted once";
const SCAN_TWICE: &str = "has the findings of another report of the same scan, and they are counted once";
const SCAN_PARTLY_TWICE: &str = "has findings of another report of the same scan, and each is counted once, in the report that gives it the worse severity";

/// Merges artifacts. `stated` is what the manifest says about the subject: it comes first,
/// and what an artifact says otherwise is a contradiction.
///
/// See the [example](mod@crate::gate#example).
pub fn merge(mut artifacts: Vec<Artifact>, stated: &Subject) -> Release {
    sort_by(&mut artifacts, |a, b| (&a.name, &a.sha256).cmp(&(&b.name, &b.sha256)));
    let mut release = Release::default();
    release.artifacts.reserve(artifacts.len());
    let twins = twins(&artifacts);
    let forms = forms::repeats(&artifacts);
    let scans = scans::part(&mut artifacts, |index| !twins.contains_key(&index));
    for (index, artifact) in artifacts.into_iter().enumerate() {
        let id = ArtifactId(index);
        let Artifact { name, given, sha256, bytes, format, mapping, unread: _, kinds, evidence, redactions, origin } =
            artifact;
        let twin = twins.get(&index).copied();
        let other = twin.map(|Twin { of, agrees }| match agrees {
            true => (of, &DUPLICATE_ARTIFACT, "has the same content as another artifact and is counted once"),
            false => (of, &BUNDLE_DIFFERS, "has the digest of another artifact and says something else"),
        });
        let of_run = || forms.get(&index).map(|of| (*of, &OVERLAP, TESTS_TWICE));
        let scan = scans.get(&index);
        let of_scan = || scan.filter(|told| told.is_all).map(|told| (told.of, &OVERLAP, SCAN_TWICE));
        let other = other.or_else(of_run).or_else(of_scan);
        let part = scan.filter(|_| other.is_none()).map(|told| (told.of, &OVERLAP, SCAN_PARTLY_TWICE));
        release.artifacts.push(Input {
            name,
            given,
            sha256,
            bytes,
            format,
            mapping: mapping.map(|mapped| mapped.id),
            kinds,
            holds: evidence.holds(),
            tool: evidence.tool.clone(),
            time: evidence.time,
            oldest: evidence.oldest,
            undated: evidence.undated,
            subject: evidence.subject.clone(),
            further_subjects: evidence.further_subjects.clone(),
            packed: evidence.packed.clone(),
            redactions,
            counted: other.is_none(),
            origin,
            bundle: None,
            shard: evidence.shard,
            shards: evidence.parts.iter().map(|part| part.shard).collect(),
        });
        release.notices.extend(other.or(part).map(|(of, code, words)| Notice {
            code,
            text: Phrase::from(words),
            source: Some(Source::new(id, Pointer::whole())),
            place: None,
            other: Some(Source::new(ArtifactId(of), Pointer::whole())),
            help: code.help.to_owned(),
        }));
        if other.is_none() {
            take(&mut release, id, evidence);
        }
    }
    bundles(&mut release);
    shards_of_bundles(&mut release, &twins);
    retries(&mut release);
    gatling::assertions(&mut release);
    subject(&mut release, stated);
    vex::apply(&mut release);
    category_names(&mut release);
    release
}

/// Finds the bundle of each artifact that came in one.
fn bundles(release: &mut Release) {
    if release.artifacts.iter().all(|artifact| artifact.origin.is_none()) {
        return;
    }
    let given = release.artifacts.iter().enumerate().filter(|(_, artifact)| artifact.origin.is_none());
    let ids: BTreeMap<String, ArtifactId> =
        given.map(|(index, artifact)| (artifact.name.clone(), ArtifactId(index))).collect();
    for artifact in &mut release.artifacts {
        artifact.bundle = artifact.origin.as_ref().and_then(|origin| ids.get(&origin.bundle).copied());
    }
}

/// A file that counts before what a bundle tells of it is of the shard that the bundle says, where all that do say the same.
fn shards_of_bundles(release: &mut Release, twins: &BTreeMap<usize, Twin>) {
    let mut said: BTreeMap<usize, BTreeSet<Shard>> = BTreeMap::new();
    for (index, twin) in twins.iter().filter(|(_, twin)| twin.agrees) {
        let shard = release.artifacts[*index].origin.as_ref().and_then(|origin| origin.shard);
        said.entry(twin.of).or_default().extend(shard);
    }
    for (of, shards) in said {
        let file = &mut release.artifacts[of];
        if file.origin.is_none() && file.shard.is_none() && shards.len() == 1 {
            file.shard = shards.first().copied();
        }
    }
}

/// An artifact of the same bytes as another one, which is counted instead.
#[derive(Clone, Copy)]
struct Twin {
    of: usize,
    /// Whether both say the same; a bundle may say anything of the bytes that it names.
    agrees: bool,
}

/// The artifacts that are not counted. Of several with the same bytes one that was read itself counts before one that
/// a bundle tells of, and the first by name before the others.
fn twins(artifacts: &[Artifact]) -> BTreeMap<usize, Twin> {
    let mut same: BTreeMap<(&str, Option<String>), Vec<usize>> = BTreeMap::new();
    for (index, artifact) in artifacts.iter().enumerate().filter(|(_, artifact)| artifact.format.is_some()) {
        if let Some(digest) = &artifact.sha256 {
            same.entry((digest, only_service(artifact))).or_default().push(index);
        }
    }
    let mut twins = BTreeMap::new();
    for of_one in same.into_values().filter(|of_one| of_one.len() > 1) {
        let Some(first) = of_one.iter().copied().min_by_key(|index| (artifacts[*index].origin.is_some(), *index))
        else {
            continue;
        };
        let gist = |index: usize| artifacts[index].evidence.gist();
        for index in of_one.into_iter().filter(|index| *index != first) {
            let agrees = artifacts[index].origin.is_none() || gist(index) == gist(first);
            twins.insert(index, Twin { of: first, agrees });
        }
    }
    twins
}

/// The service that an artifact is the answer of, where it has its name from the artifact: two services may answer the same.
fn only_service(artifact: &Artifact) -> Option<String> {
    let [service] = artifact.evidence.services.as_slice() else { return None };
    let given = artifact.origin.as_ref().map_or(&artifact.name, |origin| &origin.name);
    Some(name_by_artifact(given)).filter(|name| *name == service.name)
}

/// Categories of the OWASP Top 10 that an assessment calls by another name.
fn category_names(release: &mut Release) {
    let mut notices = Vec::new();
    for assessment in &release.assessments {
        for category in &assessment.value.categories {
            let Some(name) = &category.name else { continue };
            let Some(wrong) = check_name(&category.code, name).explain() else { continue };
            notices.push(Notice {
                code: &OWASP_NAME,
                text: Phrase::new().foreign(format!("{} {name}", category.code)).own(format!(": {wrong}")),
                source: Some(assessment.source(&category.pointer)),
                place: None,
                other: None,
                help: OWASP_NAME.help.to_owned(),
            });
        }
    }
    release.notices.extend(notices);
}

fn take(release: &mut Release, artifact: ArtifactId, evidence: Evidence) {
    fn sourced<T>(into: &mut Vec<Sourced<T>>, artifact: ArtifactId, from: Vec<T>) {
        into.extend(from.into_iter().map(|value| Sourced { artifact, value }));
    }
    sourced(&mut release.suites, artifact, evidence.suites);
    sourced(&mut release.scans, artifact, evidence.scans);
    sourced(&mut release.assessments, artifact, evidence.assessments);
    sourced(&mut release.statements, artifact, evidence.statements);
    sourced(&mut release.loads, artifact, evidence.loads);
    sourced(&mut release.plans, artifact, evidence.plans);
    sourced(&mut release.services, artifact, evidence.services);
    sourced(&mut release.alerts, artifact, evidence.alerts);
    sourced(&mut release.samples, artifact, evidence.samples);
    release.notices.extend(evidence.diagnostics.into_iter().map(|diagnostic| Notice {
        help: diagnostic.help.unwrap_or_else(|| diagnostic.code.help.to_owned()),
        code: diagnostic.code,
        text: Phrase::new().foreign(diagnostic.message),
        source: Some(Source::new(artifact, diagnostic.pointer)),
        place: diagnostic.place,
        other: diagnostic.other.map(|pointer| Source::new(artifact, pointer)),
    }));
}

/// Attempts of one test that stand in files of their own (Allure) become one test: the latest attempt counts,
/// and a test that passed after it had failed is flaky.
fn retries(release: &mut Release) {
    let history = |case: &TestCase| case.extra.as_ref().and_then(|extra| extra.history.clone());
    let mut attempts: Vec<Vec<(usize, TestCase)>> = Vec::new();
    // What they are told by is another one in each process, so that its order may reach no output.
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for (index, suite) in release.suites.iter_mut().enumerate() {
        if !suite.value.cases().iter().any(|case| history(case).is_some()) {
            continue;
        }
        for case in suite.value.take_cases() {
            let Some(history) = history(&case) else {
                suite.value.push(case);
                continue;
            };
            let at = *known.entry(history).or_insert(attempts.len());
            if at == attempts.len() {
                attempts.push(Vec::new());
            }
            attempts[at].push((index, case));
        }
    }
    for of_one in attempts {
        let count = of_one.len() as u64;
        let (others, Some((index, mut last))) = last_attempt(of_one) else { continue };
        let failed_before = others.iter().any(|(_, case)| matches!(case.outcome, Outcome::Failed | Outcome::Errored));
        last.flaky |= failed_before && last.outcome == Outcome::Passed;
        if count > 1 {
            last.extra().attempts = Some(count);
        }
        release.suites[index].value.push(last);
    }
}

/// An attempt, with the index of its suite.
type Attempt = (usize, TestCase);

/// The attempt that counts, taken out of all. What does not say when it ended cannot be known not to be the last:
/// the worst of such attempts counts, where the latest of the others is no worse.
fn last_attempt(mut of_one: Vec<Attempt>) -> (Vec<Attempt>, Option<Attempt>) {
    let finished = |case: &TestCase| case.extra.as_ref().and_then(|extra| extra.finished);
    sort_by_key(&mut of_one, |(index, case)| (finished(case), case.outcome.badness(), *index));
    let latest = of_one.pop();
    let worst_unknown = of_one.iter().rposition(|(_, case)| finished(case).is_none());
    let badness = |case: &TestCase| case.outcome.badness();
    match (worst_unknown, latest) {
        (Some(at), Some(latest)) if badness(&of_one[at].1) > badness(&latest.1) => {
            let worst = std::mem::replace(&mut of_one[at], latest);
            (of_one, Some(worst))
        }
        (_, latest) => (of_one, latest),
    }
}

/// A field of a subject: its label, and the part of the subject.
type Field = (&'static str, fn(&mut Subject) -> &mut Option<String>);

const FIELDS: [Field; 5] = [
    ("product", |s| &mut s.name),
    ("version", |s| &mut s.version),
    ("commit", |s| &mut s.commit),
    ("environment", |s| &mut s.environment),
    ("target", |s| &mut s.target),
];

/// The first word on each field is the manifest's, then the first artifact's; who says otherwise contradicts.
fn subject(release: &mut Release, stated: &Subject) {
    let mut merged = stated.clone();
    let mut from: BTreeMap<&str, Source> = BTreeMap::new();
    let mut notices = Vec::new();
    for (index, artifact) in release.artifacts.iter().enumerate().filter(|(_, artifact)| artifact.counted) {
        let source = Source::new(ArtifactId(index), Pointer::whole());
        for (subject, (label, field)) in artifact.subjects().flat_map(|subject| FIELDS.map(|field| (subject, field))) {
            let Some(said) = field(&mut subject.clone()).clone() else { continue };
            let known = field(&mut merged);
            match known {
                None => {
                    *known = Some(said);
                    from.insert(label, source.clone());
                }
                Some(known) if same(label, known, &said) => {}
                Some(known) => notices.push(Notice {
                    code: &CONTRADICTION,
                    text: Phrase::new()
                        .own(format!("is about another {label}: "))
                        .foreign(said)
                        .own(", not ")
                        .foreign(known.clone()),
                    source: Some(source.clone()),
                    place: None,
                    other: from.get(label).cloned(),
                    help: "validate one build in one environment, or leave this artifact out".to_owned(),
                }),
            }
        }
    }
    release.subject = merged;
    release.notices.extend(notices);
}

/// Whether two words name the same: commits of Git may be shortened to seven hexadecimal digits or more (a longer text
/// than the 40 digits of SHA-1, such as one that ends in `-dirty`, is another), and a URL may end in `/`.
pub(crate) fn same(label: &str, known: &str, said: &str) -> bool {
    let (known, said) = (known.trim(), said.trim());
    match label {
        "commit" => {
            let (short, long) = if known.len() < said.len() { (known, said) } else { (said, known) };
            let is_shortened = (7..40).contains(&short.len()) && long.bytes().all(|b| b.is_ascii_hexdigit());
            let digits = if is_shortened { &long.as_bytes()[..short.len()] } else { long.as_bytes() };
            digits.eq_ignore_ascii_case(short.as_bytes())
        }
        "target" => known.trim_end_matches('/') == said.trim_end_matches('/'),
        _ => known.eq_ignore_ascii_case(said),
    }
}

#[cfg(test)]
mod tests {
    use super::same;

    #[test]
    fn a_short_commit_is_the_same_commit() {
        assert!(same("commit", "de255fd16fd8c6e8a5f17a42ffc1421b1b5916b5", "DE255FD"));
        assert!(!same("commit", "de255fd16fd8", "de2"));
        assert!(!same(
            "commit",
            "de255fd16fd8c6e8a5f17a42ffc1421b1b5916b5-dirty",
            "de255fd16fd8c6e8a5f17a42ffc1421b1b5916b5"
        ));
        assert!(!same("commit", "de255fd-dirty", "de255fd"));
        assert!(!same(
            "commit",
            "de255fd16fd8c6e8a5f17a42ffc1421b1b5916b50",
            "de255fd16fd8c6e8a5f17a42ffc1421b1b5916b5"
        ));
        // The revision of Subversion.
        assert!(same("commit", "12345", "12345") && !same("commit", "12345", "123456"));
        assert!(same("target", "http://localhost:8000", "http://localhost:8000/"));
        assert!(!same("environment", "staging", "production"));
    }
}
