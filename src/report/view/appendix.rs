//! Appendix A, the index of evidence, and appendix B, how it was judged.

use std::collections::BTreeMap;

use super::{Subject, Table, evidence, evidence_list, foreign, verdict_word};
use crate::diagnostics::Code;
use crate::gate::{Area, Check};
use crate::model::order::sort_by_key;
use crate::model::phrase::thousands;
use crate::model::{ArtifactId, Notice, Phrase, Pointer, Release, Source};

/// Artifacts that are listed.
const MAX_ARTIFACTS: usize = 500;
/// Notices that are listed.
const MAX_NOTICES: usize = 200;

/// The appendices.
#[derive(Clone, Debug)]
pub struct AppendixView {
    /// The artifacts; null where none was given.
    pub artifacts: Option<Table>,
    /// Their digests, a line each as `sha256sum` writes them; null where none was given.
    pub digests: Option<String>,
    /// What is not listed; null where all is.
    pub folded: Option<Phrase>,
    /// How many secrets of which kind were masked; null where there was none.
    pub redactions: Option<Phrase>,
    /// What the reader must know about the evidence, by what is to be done about it; empty where there is nothing.
    pub notices: Vec<NoticesView>,
    /// Every check, by area.
    pub checks: Vec<ChecksView>,
    /// The waivers; null where there is none.
    pub waivers: Option<Table>,
}

/// Notices of one code that ask for the same.
#[derive(Clone, Debug)]
pub struct NoticesView {
    /// Level, code, how many there are, and what to do.
    pub title: Phrase,
    /// Where and what, each.
    pub items: Vec<Phrase>,
}

/// The checks of one area.
#[derive(Clone, Debug)]
pub struct ChecksView {
    /// Its name.
    pub title: Phrase,
    /// The checks.
    pub table: Table,
}

pub(super) fn view(subject: &Subject<'_>) -> AppendixView {
    let release = subject.release;
    let mut artifacts = Table::new(&["Id", "Artifact", "Format", "Tool", "Time", ">Bytes"]);
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
        let packed = here.map(|packed| digest_line(&packed.sha256, &packed.name));
        lines.extend(packed.filter(|line| !lines.contains(line)));
        let is_file = artifact.packed.as_ref().is_none_or(|packed| packed.name != artifact.name);
        lines.extend(artifact.sha256.as_ref().filter(|_| is_file).map(|digest| digest_line(digest, &artifact.name)));
    }
    lines
}

/// A digest and a name as `sha256sum` of GNU coreutils 9 writes them: a backslash or the end of a line in the name is
/// escaped, since it would begin another line, and a backslash before the digest says so.
fn digest_line(digest: &str, name: &str) -> String {
    let escaped = name.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r");
    let mark = if escaped == name { "" } else { "\\" };
    format!("{mark}{digest}  {escaped}")
}

fn redactions(release: &Release) -> Option<Phrase> {
    let counts = release.redactions();
    let kinds: Vec<String> = counts.iter().map(|(kind, count)| format!("{kind} {}", thousands(count))).collect();
    (!kinds.is_empty())
        .then(|| Phrase::from("Secrets were masked in what is shown of the artifacts: ").own(kinds.join(", ")).own("."))
}

/// The notices, the gravest first, by what is to be done about them. Where not all of them are listed, each code says how
/// many more it has.
fn notices(subject: &Subject<'_>) -> Vec<NoticesView> {
    let mut all: Vec<&Notice> = subject.release.notices.iter().chain(&subject.judged.notices).collect();
    sort_by_key(&mut all, |notice| notice.code.level);
    let mut counts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    all.iter().for_each(|notice| *counts.entry((notice.code.id, notice.help.as_str())).or_default() += 1);
    let mut groups: Vec<((&str, &str), NoticesView)> = Vec::new();
    for notice in all.iter().take(MAX_NOTICES) {
        let key = (notice.code.id, notice.help.as_str());
        match groups.iter_mut().find(|(of_group, _)| *of_group == key) {
            Some((_, group)) => group.items.push(item(notice)),
            None => {
                let title = head(notice.code, counts.get(&key).copied().unwrap_or(1)).own(". To do: ");
                groups
                    .push((key, NoticesView { title: title.foreign(notice.help.clone()), items: vec![item(notice)] }));
            }
        }
    }
    for (key, group) in &mut groups {
        let more = counts.remove(key).unwrap_or(0).saturating_sub(group.items.len() as u64);
        if more > 0 {
            group.items.push(Phrase::from(format!("and {} more, all of them in report.json", thousands(more))));
        }
    }
    let mut groups: Vec<NoticesView> = groups.into_iter().map(|(_, group)| group).collect();
    let mut rest: Vec<(&'static Code, u64)> = Vec::new();
    for notice in
        all.iter().skip(MAX_NOTICES).filter(|notice| counts.contains_key(&(notice.code.id, notice.help.as_str())))
    {
        match rest.iter_mut().find(|(code, _)| *code == notice.code) {
            Some((_, count)) => *count += 1,
            None => rest.push((notice.code, 1)),
        }
    }
    let unlisted = |(code, count)| NoticesView {
        title: head(code, count).own(": not listed here, all of them in report.json"),
        items: Vec::new(),
    };
    groups.extend(rest.into_iter().map(unlisted));
    groups
}

/// Level and code of notices, and how many there are.
fn head(code: &Code, count: u64) -> Phrase {
    Phrase::from(format!("**{}** {} ({})", code.level.word(), code.id, thousands(count)))
}

/// Where a notice is about, and what it says.
fn item(notice: &Notice) -> Phrase {
    let mut item = match (&notice.source, notice.place) {
        (Some(source), _) => evidence(source),
        (None, Some(_)) => Phrase::from("the manifest,"),
        (None, None) => Phrase::new(),
    };
    if let Some(at) = notice.place {
        item = item.own(format!(" line {}, column {}", at.line, at.column));
    }
    if let Some(other) = &notice.other {
        item = item.own(" against ").and(evidence(other));
    }
    if item.is_empty() { notice.text.clone() } else { item.own(": ").and(notice.text.clone()) }
}

fn checks(subject: &Subject<'_>) -> Vec<ChecksView> {
    let of_area = |area: Area| {
        let mut table =
            Table::new(&["Check", "Verdict", "Expected", "Observed", ">Margin", "Evidence", "What it asks"]);
        for check in subject.judged.checks.iter().filter(|check| check.rule.area == area) {
            table.row([
                Phrase::from(check.id.clone()),
                Phrase::from(format!("**{}**", verdict_word(check.verdict()))),
                check.expected.clone(),
                check.observed.clone(),
                Phrase::from(check.margin.as_ref().map(ToString::to_string).unwrap_or_default()),
                places(check),
                check.title.clone(),
            ]);
        }
        Some(ChecksView { title: Phrase::from(super::summary::title(area)), table: table.filled()? })
    };
    Area::ALL.into_iter().filter_map(of_area).collect()
}

/// Where the numbers of a check stand; where it names no place for them, where its reasons stand.
fn places(check: &Check) -> Phrase {
    if check.sources.is_empty() {
        let of_reasons: Vec<Source> = check.reasons.iter().filter_map(|reason| reason.source.clone()).collect();
        return evidence_list(&of_reasons);
    }
    evidence_list(&check.sources)
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

#[cfg(test)]
mod tests {
    use super::digest_line;

    #[test]
    fn a_name_is_one_line_whatever_it_holds() {
        for (name, line) in [
            ("a b.json", "ab  a b.json"),
            ("n\nl.json", "\\ab  n\\nl.json"),
            ("r\rl.json", "\\ab  r\\rl.json"),
            ("a\\n.json", "\\ab  a\\\\n.json"),
        ] {
            assert_eq!(digest_line("ab", name), line);
        }
    }
}
