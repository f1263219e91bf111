//! Appendix A, the index of evidence, and appendix B, how it was judged.

use serde::Serialize;

use super::{Subject, Table, evidence, evidence_list, foreign, verdict_word};
use crate::model::phrase::thousands;
use crate::model::{ArtifactId, Phrase, Pointer, Release, Source};

/// Artifacts that are listed.
const MAX_ARTIFACTS: usize = 500;
/// Notices that are listed.
const MAX_NOTICES: usize = 200;

/// The appendices.
#[derive(Clone, Debug, Serialize)]
pub struct AppendixView {
    /// The artifacts; null where none was given.
    pub artifacts: Option<Table>,
    /// Their digests, a line each as `sha256sum` writes them; null where none was given.
    pub digests: Option<String>,
    /// What is not listed; null where all is.
    pub folded: Option<Phrase>,
    /// How many secrets of which kind were masked; null where there was none.
    pub redactions: Option<Phrase>,
    /// What the reader must know about the evidence; null where there is nothing.
    pub notices: Option<Table>,
    /// Every check.
    pub checks: Table,
    /// The waivers; null where there is none.
    pub waivers: Option<Table>,
}

pub(super) fn view(subject: &Subject<'_>) -> AppendixView {
    let release = subject.release;
    let mut artifacts = Table::new(&["Id", "Artifact", "Format", "Tool", "Time", ">Bytes", "SHA-256"]);
    for (index, artifact) in release.artifacts.iter().enumerate().take(MAX_ARTIFACTS) {
        let id = ArtifactId(index).to_string();
        let tool = artifact.tool.as_ref().map_or_else(Phrase::new, |tool| match &tool.version {
            Some(version) => foreign(format!("{} {version}", tool.name)),
            None => foreign(tool.name.clone()),
        });
        artifacts.row([
            Phrase::from(format!("<a id=\"{}\"></a>{id}", id.to_lowercase())),
            match artifact.bundle {
                None => foreign(artifact.name.clone()),
                Some(bundle) => {
                    let bundle = evidence(&Source::new(bundle, Pointer::whole()));
                    foreign(artifact.name.clone()).own(" by bundle ").and(bundle)
                }
            },
            match &artifact.mapping {
                Some(mapping) => foreign(mapping.clone()).own(format!(" → {}", artifact.format.unwrap_or_default())),
                None => Phrase::from(artifact.format.unwrap_or("**not recognised**")),
            },
            tool,
            Phrase::from(artifact.time.map(|time| time.to_string()).unwrap_or_default()),
            Phrase::from(artifact.bytes.map_or_else(|| "not read".to_owned(), thousands)),
            artifact
                .sha256
                .as_ref()
                .map_or_else(|| Phrase::from("not read"), |digest| foreign(digest[..16].to_owned())),
        ]);
    }
    let digests = digests(release);
    let more = release.artifacts.len().saturating_sub(MAX_ARTIFACTS);
    AppendixView {
        artifacts: artifacts.filled(),
        digests: (!digests.is_empty()).then(|| digests.join("\n")),
        folded: (more > 0).then(|| Phrase::from(format!("{more} more artifacts stand in report.json."))),
        redactions: redactions(release),
        notices: notices(subject),
        checks: checks(subject),
        waivers: waivers(subject),
    }
}

/// Digests by name. A packed file stands before what was taken from it, once; a compressed file has the name of its
/// content, and stands as it is on disk.
fn digests(release: &Release) -> Vec<String> {
    let mut lines = Vec::new();
    for artifact in release.artifacts.iter().take(MAX_ARTIFACTS) {
        // What came in a bundle was packed elsewhere.
        let here = artifact.packed.as_ref().filter(|_| artifact.origin.is_none());
        let packed = here.map(|packed| format!("{}  {}", packed.sha256, packed.name));
        lines.extend(packed.filter(|line| !lines.contains(line)));
        let is_file = artifact.packed.as_ref().is_none_or(|packed| packed.name != artifact.name);
        lines.extend(artifact.sha256.as_ref().filter(|_| is_file).map(|digest| format!("{digest}  {}", artifact.name)));
    }
    lines
}

fn redactions(release: &Release) -> Option<Phrase> {
    let counts = release.redactions();
    let kinds: Vec<String> = counts.iter().map(|(kind, count)| format!("{kind} {}", thousands(count))).collect();
    (!kinds.is_empty())
        .then(|| Phrase::from("Secrets were masked in what is shown of the artifacts: ").own(kinds.join(", ")).own("."))
}

fn notices(subject: &Subject<'_>) -> Option<Table> {
    let mut table = Table::new(&["Level", "Code", "Where", "What", "What to do"]);
    let all = subject.release.notices.iter().chain(&subject.judged.notices);
    for notice in all.take(MAX_NOTICES) {
        let mut place = match (&notice.source, notice.place) {
            (Some(source), _) => evidence(source),
            (None, Some(_)) => Phrase::from("the manifest,"),
            (None, None) => Phrase::new(),
        };
        if let Some(at) = notice.place {
            place = place.own(format!(" line {}, column {}", at.line, at.column));
        }
        if let Some(other) = &notice.other {
            place = place.own(" against ").and(evidence(other));
        }
        table.row([
            Phrase::from(notice.code.level.word()),
            Phrase::from(notice.code.id),
            place,
            notice.text.clone(),
            foreign(notice.help.clone()),
        ]);
    }
    table.filled()
}

fn checks(subject: &Subject<'_>) -> Table {
    let mut table = Table::new(&["Check", "Asks", "Expected", "Observed", ">Margin", "Verdict", "Evidence"]);
    for check in &subject.judged.checks {
        table.row([
            Phrase::from(check.id.clone()),
            check.title.clone(),
            check.expected.clone(),
            check.observed.clone(),
            Phrase::from(check.margin.as_ref().map(ToString::to_string).unwrap_or_default()),
            Phrase::from(format!("**{}**", verdict_word(check.verdict()))),
            evidence_list(&check.sources),
        ]);
    }
    table
}

fn waivers(subject: &Subject<'_>) -> Option<Table> {
    let mut table = Table::new(&["Check", "Scope", "State", ">Covers", "Owner", "Until"]);
    for used in &subject.judged.waivers {
        let waiver = &used.waiver;
        table.row([
            foreign(waiver.check.get_ref().clone()),
            foreign(waiver.scope.get_ref().clone()),
            Phrase::from(used.state.word()),
            Phrase::from(used.used.to_string()),
            Phrase::new().owner(waiver.owner.get_ref().clone()),
            Phrase::from(waiver.expires.get_ref().clone()),
        ]);
    }
    table.filled()
}
