//! Scans that are told twice: the reports of one scan in two formats.
//!
//! Scanners write one scan in several forms on request: ZAP as JSON and XML, Semgrep, Trivy and others as JSON and SARIF.
//! A report repeats another one where both are of the same tool and of different formats, have the same findings by
//! rule, severity and whether they are suppressed, and either the same places of these, or the same name up to its
//! ending in the same folder. One that says anything else (a fault, a commit, a build) counts.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use crate::diagnostics::Level;
use crate::model::{Artifact, Evidence, Finding, Kind, Severity, Subject, folder_and_file};

/// Moments of one scan are no further apart.
const APART: SignedDuration = SignedDuration::from_hours(24);

/// A finding as all reports of a scan have it.
type Gist<'a> = (&'a str, Severity, bool);

/// The artifacts that tell nothing but what another one tells, each with that one; by their places.
pub(super) fn repeats(artifacts: &[Artifact]) -> BTreeMap<usize, usize> {
    let mut alike: BTreeMap<Vec<Gist<'_>>, Vec<usize>> = BTreeMap::new();
    for (index, artifact) in artifacts.iter().enumerate() {
        if let Some(gists) = gists(artifact) {
            alike.entry(gists).or_default().push(index);
        }
    }
    let mut repeats = BTreeMap::new();
    for mut of_one in alike.into_values().filter(|of_one| of_one.len() > 1) {
        // SARIF says less of a finding than the tool's own report.
        of_one.sort_by_key(|index| (artifacts[*index].format == Some("sarif"), *index));
        let mut firsts: Vec<(usize, Vec<&'static str>)> = Vec::new();
        for index in of_one {
            let artifact = &artifacts[index];
            let Some(format) = artifact.format else { continue };
            // Of each form one report repeats the first.
            let first = firsts
                .iter_mut()
                .find(|(first, formats)| !formats.contains(&format) && is_repeated(&artifacts[*first], artifact));
            match first {
                Some((first, formats)) => {
                    formats.push(format);
                    repeats.insert(index, *first);
                }
                None => firsts.push((index, vec![format])),
            }
        }
    }
    repeats
}

/// The findings of an artifact that is nothing but a report of scans, sorted; `None` where there is none, or not all are
/// kept.
fn gists(artifact: &Artifact) -> Option<Vec<Gist<'_>>> {
    if artifact.kinds != [Kind::Security] {
        return None;
    }
    let scans = &artifact.evidence.scans;
    let count: u64 = scans.iter().map(|scan| scan.tally().total() + scan.tally().suppressed).sum();
    let mut gists: Vec<Gist<'_>> = findings(artifact)
        .map(|finding| (finding.rule.as_str(), finding.severity, finding.suppression.is_some()))
        .collect();
    gists.sort_unstable();
    (count > 0 && count == gists.len() as u64).then_some(gists)
}

fn findings(artifact: &Artifact) -> impl Iterator<Item = &Finding> {
    artifact.evidence.scans.iter().flat_map(|scan| scan.findings())
}

/// Whether an artifact with the same findings says nothing that the first one does not.
fn is_repeated(first: &Artifact, other: &Artifact) -> bool {
    let (of_first, of_other) = (&first.evidence, &other.evidence);
    let is_apart = of_first.time.zip(of_other.time).is_some_and(|(a, b)| a.duration_since(b).abs() > APART);
    let is_silent = of_other.subject == Subject::default() || of_other.subject == of_first.subject;
    let is_newer = of_other.time.is_some() && of_first.time.is_none();
    is_of_one_tool(of_first, of_other)
        && !is_apart
        && is_silent
        && !is_newer
        && of_other.statements.is_empty()
        && of_other.diagnostics.iter().all(|diagnostic| diagnostic.level() == Level::Note)
        && (is_called_alike(&first.name, &other.name) || places(first) == places(other))
}

/// Whether two names of tools have a word in common: `OWASP ZAP` and `ZAP`, `Semgrep` and `Semgrep OSS`.
fn is_of_one_tool(one: &Evidence, other: &Evidence) -> bool {
    let words = |evidence: &Evidence| {
        let name = evidence.tool.as_ref().map(|tool| tool.name.to_ascii_lowercase()).unwrap_or_default();
        name.split_whitespace().filter(|word| *word != "owasp").map(ToOwned::to_owned).collect::<Vec<_>>()
    };
    let others = words(other);
    words(one).iter().any(|word| others.contains(word))
}

/// Whether two files in one folder have the same name up to its last ending.
fn is_called_alike(one: &str, other: &str) -> bool {
    let parts = |name| {
        let (folder, file) = folder_and_file(name);
        (folder, file.rsplit_once('.').map_or(file, |(stem, _)| stem))
    };
    parts(one) == parts(other)
}

/// Where the findings stand, sorted.
fn places(artifact: &Artifact) -> Vec<(&str, &str, Option<u64>)> {
    let mut places: Vec<_> = findings(artifact)
        .flat_map(|finding| finding.locations.iter().map(|at| (finding.rule.as_str(), at.place.as_str(), at.line)))
        .collect();
    places.sort_unstable();
    places
}

#[cfg(test)]
mod tests {
    use crate::ingest::{Options, read_bytes};
    use crate::pipeline::{Request, judged};

    const JSON: &str = r#"{"@programName":"ZAP","@version":"2.15.0","site":[{"@name":"https://staging.example.com","alerts":[
        {"pluginid":"10038","alertRef":"10038-1","alert":"CSP Header Not Set","riskcode":"2","confidence":"3","count":"1",
         "instances":[{"uri":"https://staging.example.com/","method":"GET"}]}]}]}"#;

    const XML: &str = r#"<OWASPZAPReport version="2.15.0"><site name="https://staging.example.com"><alerts><alertitem>
        <pluginid>10038</pluginid><alertRef>10038-1</alertRef><alert>CSP Header Not Set</alert><riskcode>2</riskcode>
        <confidence>3</confidence><instances><instance><uri>https://staging.example.com/</uri><method>GET</method></instance>
        </instances><count>1</count></alertitem></alerts></site></OWASPZAPReport>"#;

    /// How many findings there are, and how many artifacts that are not counted.
    fn counts(artifacts: &[(&str, &str)]) -> (u64, usize) {
        let read = |(name, text): &(&str, &str)| read_bytes(name, text.as_bytes(), &Options::default());
        let release = judged(artifacts.iter().map(read).collect(), &Request::default()).release;
        let notes = release.notices.iter().filter(|notice| notice.code.id == "overlap").count();
        assert_eq!(notes, release.artifacts.iter().filter(|artifact| !artifact.counted).count());
        (release.scans.iter().map(|scan| scan.value.tally().total()).sum(), notes)
    }

    #[test]
    fn a_scan_in_two_forms_is_counted_once() {
        assert_eq!(counts(&[("zap.json", JSON), ("zap.xml", XML)]), (1, 1));
        assert_eq!(counts(&[("report_json.json", JSON), ("old/report_xml.xml", XML)]), (1, 1));
        // Two scans with the same findings, each in two forms.
        let other = JSON.replace("2.15.0", "2.16.0");
        let all = [
            ("a/zap.json", JSON),
            ("a/zap.xml", XML),
            ("b/zap.json", &*other),
            ("b/zap.xml", &XML.replace("2.15.0", "2.16.0")),
        ];
        assert_eq!(counts(&all), (2, 2));
    }

    #[test]
    fn semgrep_in_its_own_form_and_as_sarif() {
        let json = r#"{"version":"1.90.0","errors":[],"paths":{"scanned":["a.py"]},"results":[{"check_id":"eval","path":"a.py",
            "start":{"line":3,"col":1},"end":{"line":3,"col":9},"extra":{"severity":"ERROR","message":"eval","metadata":{}}}]}"#;
        let sarif = r#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"Semgrep OSS","semanticVersion":"1.90.0","rules":[
            {"id":"eval","defaultConfiguration":{"level":"error"}}]}},"results":[{"ruleId":"eval","message":{"text":"eval"},
            "locations":[{"physicalLocation":{"artifactLocation":{"uri":"a.py"},"region":{"startLine":3}}}]}]}]}"#;
        assert_eq!(counts(&[("semgrep.json", json), ("semgrep.sarif", sarif)]), (1, 1));
        assert_eq!(counts(&[("semgrep.sarif", sarif), ("z.json", json)]), (1, 1));
        // Another place, another tool, another commit.
        assert_eq!(counts(&[("other.json", &json.replace("a.py", "b.py")), ("semgrep.sarif", sarif)]), (2, 0));
        assert_eq!(
            counts(&[("semgrep.json", json), ("semgrep.sarif", &sarif.replace("Semgrep OSS", "Bandit"))]),
            (2, 0)
        );
        let commit = "\"versionControlProvenance\":[{\"repositoryUri\":\"https://example.com/shop\",\"revisionId\":\"de255fd16fd8c6e8a5f17a42ffc1421b1b5916b5\"}],\"results\"";
        assert_eq!(counts(&[("semgrep.json", json), ("semgrep.sarif", &sarif.replace("\"results\"", commit))]), (2, 0));
    }

    #[test]
    fn reports_that_say_something_else_count() {
        let high = XML.replace("<riskcode>2", "<riskcode>3");
        assert_eq!(counts(&[("zap.json", JSON), ("zap.xml", &high)]), (2, 0));
        let elsewhere = XML.replace("https://staging.example.com", "https://shop.example.com");
        assert_eq!(counts(&[("zap.json", JSON), ("b/zap.xml", &elsewhere)]), (2, 0));
        let stopped = XML.replace("<site ", "<stoppingInsight><reason>full</reason></stoppingInsight><site ");
        assert_eq!(counts(&[("zap.json", JSON), ("zap.xml", &stopped)]), (2, 0));
    }
}
