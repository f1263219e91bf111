//! Scans that are told twice: the reports of one scan in several forms.
//!
//! Scanners write one scan in several forms on request: ZAP as JSON and XML, Semgrep, Trivy, Checkov, gosec and others in
//! their own JSON and as SARIF, OWASP Dependency-Check with `--format ALL`.
//! Two reports are of one scan where they are of the same tool, at most a day apart and of different formats, where they
//! have the same rules, of each as many findings or as many places, and where these stand in the same places, or the
//! files have the same name in the same folder, but for the words of forms (`results_json.json`, `results_sarif.sarif`).
//! What is suppressed may be in one form alone. A report that says anything else (a commit, a build, a fault) counts.
//!
//! The forms often disagree about severities: SARIF may have the level of a rule, or a score, where the tool's own report
//! has a word. So the findings of each rule count in the form in which they are worse, and in the first report where they
//! are alike: an unknown severity is worse than a low one, as it may be a high one. Where each form is worse in something,
//! both count. No severity becomes better by it, and each figure still stands in the report that it leads to.
//! Of findings that are only counted nothing can be taken out: a report with some is left out as a whole, or counts.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use crate::diagnostics::Level;
use crate::model::{Artifact, Evidence, Finding, Kind, Scan, Severity, Subject, folder_and_file};

/// Moments of one scan are no further apart.
const APART: SignedDuration = SignedDuration::from_hours(24);

/// An artifact that tells something again which another one tells.
pub(super) struct Told {
    /// The other one.
    pub(super) of: usize,
    /// Whether it says nothing else, and does not count.
    pub(super) is_all: bool,
}

/// The findings of one rule, and whether they are suppressed.
type Key = (String, bool);

/// What an artifact says of the findings of a rule.
#[derive(Default)]
struct Group {
    /// How many there are of each severity, the worst first.
    counts: [u64; Severity::ALL.len()],
    occurrences: u64,
    /// How many of them are kept, and can be taken from the artifact.
    n_kept: u64,
}

impl Group {
    fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// How many are at least as bad as each severity.
    fn sums(&self) -> impl Iterator<Item = u64> {
        self.counts.iter().scan(0_u64, |sum, count| {
            *sum = sum.saturating_add(*count);
            Some(*sum)
        })
    }
}

type Groups = BTreeMap<Key, Group>;

/// Takes from each artifact the findings that count in another report of the same scan. Returns from which, by their
/// places.
pub(super) fn part(artifacts: &mut [Artifact], is_counted: impl Fn(usize) -> bool) -> BTreeMap<usize, Told> {
    let mut alike: BTreeMap<Vec<String>, Vec<(usize, Groups)>> = BTreeMap::new();
    for (index, artifact) in artifacts.iter().enumerate().filter(|(index, _)| is_counted(*index)) {
        if let Some(groups) = groups(artifact) {
            let rules = groups.keys().filter(|(_, is_suppressed)| !is_suppressed).map(|(rule, _)| rule.clone());
            alike.entry(rules.collect()).or_default().push((index, groups));
        }
    }
    let mut told = BTreeMap::new();
    for mut of_one in alike.into_values().filter(|of_one| of_one.len() > 1) {
        of_one.sort_by_key(|(index, _)| (says_less(&artifacts[*index]), *index));
        for reports in by_scan(of_one, artifacts) {
            part_scan(&reports, artifacts, &mut told);
        }
    }
    told
}

/// How much less a form that many tools write says of a finding than the tool's own report.
fn says_less(artifact: &Artifact) -> u8 {
    match artifact.format {
        Some("sarif") => 2,
        Some("cyclonedx" | "gitlab-security") => 1,
        _ => 0,
    }
}

/// Puts together the reports of each scan, of each form one.
fn by_scan(reports: Vec<(usize, Groups)>, artifacts: &[Artifact]) -> Vec<Vec<(usize, Groups)>> {
    let mut scans: Vec<Vec<(usize, Groups)>> = Vec::new();
    for report in reports {
        let artifact = &artifacts[report.0];
        let is_of = |scan: &&mut Vec<(usize, Groups)>| {
            let first = &scan[0];
            scan.iter().all(|(other, _)| artifacts[*other].format != artifact.format)
                && has_as_many(&first.1, &report.1)
                && is_repeated(&artifacts[first.0], artifact)
        };
        match scans.iter_mut().find(is_of) {
            Some(scan) => scan.push(report),
            None => scans.push(vec![report]),
        }
    }
    scans
}

/// Leaves the findings of each rule in the report in which they are worst.
fn part_scan(reports: &[(usize, Groups)], artifacts: &mut [Artifact], told: &mut BTreeMap<usize, Told>) {
    let Some((first, rest)) = reports.split_first().filter(|(_, rest)| !rest.is_empty()) else { return };
    // Where the findings of each rule count.
    let mut worst: BTreeMap<&Key, Vec<(usize, &Group)>> = BTreeMap::new();
    for (index, groups) in reports {
        for (key, group) in groups {
            let counting = worst.entry(key).or_default();
            let is_told = |(_, other): &(usize, &Group)| is_as_many(other, group) && is_as_bad(other, group);
            if !counting.iter().any(is_told) {
                counting.retain(|(_, other)| !(is_as_many(group, other) && is_as_bad(group, other)));
                counting.push((*index, group));
            }
        }
    }
    let counts = |index: usize, key: &Key| worst.get(key).is_some_and(|all| all.iter().any(|(of, _)| *of == index));
    for (index, groups) in reports {
        if groups.keys().all(|key| counts(*index, key)) {
            continue;
        }
        // The first one may say more than findings, and keeps its place.
        let is_first = index == &first.0;
        let is_all = !is_first && groups.keys().all(|key| !counts(*index, key));
        // What is only counted cannot be taken out, and counts twice.
        if !is_all && groups.values().any(|group| group.n_kept < group.total()) {
            continue;
        }
        let format = artifacts[*index].format;
        for scan in &mut artifacts[*index].evidence.scans {
            let tool = tool(scan).to_owned();
            let key = |finding: &Finding| (rule(format, &tool, &finding.rule), finding.suppression.is_some());
            scan.retain(|finding| counts(*index, &key(finding)));
        }
        told.insert(*index, Told { of: if is_first { rest[0].0 } else { first.0 }, is_all });
    }
}

/// Whether two forms have as many findings of each rule that nothing suppresses. They have the same rules.
fn has_as_many(first: &Groups, other: &Groups) -> bool {
    let open = other.iter().filter(|((_, is_suppressed), _)| !is_suppressed);
    let mut shared = first.iter().filter_map(|(key, group)| Some((group, other.get(key)?))).peekable();
    shared.peek().is_some() && open.into_iter().all(|(key, group)| first.get(key).is_some_and(|g| is_as_many(g, group)))
}

/// Whether two forms have as many findings of a rule, or, where one of them puts places together, as many places.
fn is_as_many(one: &Group, other: &Group) -> bool {
    let all_kept = |group: &Group| group.n_kept == group.total();
    one.total() == other.total() || all_kept(one) && all_kept(other) && one.occurrences == other.occurrences
}

/// Whether no finding is worse in the other form.
fn is_as_bad(one: &Group, other: &Group) -> bool {
    if one.total() == other.total() {
        return one.sums().zip(other.sums()).all(|(one, other)| one >= other);
    }
    let mildest = one.counts.iter().rposition(|count| *count > 0);
    let worst = other.counts.iter().position(|count| *count > 0);
    mildest.zip(worst).is_some_and(|(mildest, worst)| mildest <= worst)
}

/// The worst is the least. An unknown severity may be a high one; that it is a low one has to be seen.
const fn rank(severity: Severity) -> usize {
    match severity {
        Severity::Critical => 0,
        Severity::High => 1,
        Severity::Medium => 2,
        Severity::Unknown => 3,
        Severity::Low => 4,
        Severity::Info => 5,
    }
}

/// The findings of an artifact that is nothing but a report of scans, by rule; `None` where there is none.
fn groups(artifact: &Artifact) -> Option<Groups> {
    if artifact.kinds != [Kind::Security] {
        return None;
    }
    let mut groups = Groups::new();
    for scan in &artifact.evidence.scans {
        let key = |name: &str, is_suppressed| (rule(artifact.format, tool(scan), name), is_suppressed);
        for finding in scan.findings() {
            let group = groups.entry(key(&finding.rule, finding.suppression.is_some())).or_default();
            group.counts[rank(finding.severity)] += 1;
            group.n_kept += 1;
            group.occurrences = group.occurrences.saturating_add(finding.occurrences);
        }
        for (name, severity, is_suppressed, count) in scan.folded() {
            groups.entry(key(name, is_suppressed)).or_default().counts[rank(severity)] += count;
        }
    }
    (!groups.is_empty()).then_some(groups)
}

/// The rule of a finding as all forms have it. Grype writes the package behind it into SARIF (`grype/presenter/sarif`),
/// and of ZAP some forms have the rule (`10038`) and others the alert of it (`10038-1`).
fn rule(format: Option<&str>, tool: &str, rule: &str) -> String {
    let is_grype = format == Some("sarif") && tool.eq_ignore_ascii_case("grype");
    let is_zap = tool.to_ascii_lowercase().contains("zap") && rule.starts_with(|c: char| c.is_ascii_digit());
    match () {
        () if is_grype => vulnerability(rule),
        () if is_zap => rule.split('-').next().unwrap_or(rule),
        () => rule,
    }
    .to_owned()
}

/// The vulnerability that a text begins with: `CVE-2021-33574-glibc`, `GHSA-jfh8-c2jp-5v3q-log4j-core`.
fn vulnerability(text: &str) -> &str {
    let n_parts = if text.starts_with("GHSA-") { 4 } else { 3 };
    text.match_indices('-').nth(n_parts - 1).map_or(text, |(at, _)| &text[..at])
}

fn tool(scan: &Scan) -> &str {
    scan.tool.as_ref().map_or("", |tool| &tool.name)
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
        && (is_called_alike(&first.name, &other.name) || is_in_the_same_places(first, other))
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

/// Words that tell forms of one report apart.
const FORMS: [&str; 9] = ["cdx", "cyclonedx", "json", "jsonl", "report", "reports", "results", "sarif", "xml"];

/// Whether two files in one folder have the same name but for the words of forms.
fn is_called_alike(one: &str, other: &str) -> bool {
    let parts = |name| {
        let (folder, file) = folder_and_file(name);
        let words = file.split(|c: char| !c.is_alphanumeric());
        let words = words.filter(|word| !FORMS.iter().any(|form| form.eq_ignore_ascii_case(word)));
        (folder, words.collect::<Vec<_>>())
    };
    parts(one) == parts(other)
}

/// Whether the findings that nothing suppresses stand in the same places; of a file one form may have the whole path, and
/// no line.
fn is_in_the_same_places(one: &Artifact, other: &Artifact) -> bool {
    let (one, other) = (places(one), places(other));
    let is_alike = |(one, other): (&Place<'_>, &Place<'_>)| {
        one.0 == other.0 && is_one_file(one.1, other.1) && one.2.zip(other.2).is_none_or(|(one, other)| one == other)
    };
    one.len() == other.len() && !one.is_empty() && one.iter().zip(&other).all(is_alike)
}

/// Rule, place and line.
type Place<'a> = (String, &'a str, Option<u64>);

fn places(artifact: &Artifact) -> Vec<Place<'_>> {
    let mut places = Vec::new();
    for scan in &artifact.evidence.scans {
        for finding in scan.findings().iter().filter(|finding| finding.suppression.is_none()) {
            let rule = rule(artifact.format, tool(scan), &finding.rule);
            places.extend(finding.locations.iter().map(|at| (rule.clone(), at.place.as_str(), at.line)));
        }
    }
    places.sort_unstable();
    places
}

/// Whether two places are the same, or one is the end of the path of the other.
fn is_one_file(one: &str, other: &str) -> bool {
    let ends = |long: &str, short: &str| {
        let short = short.trim_start_matches("./").trim_start_matches('/');
        long.strip_suffix(short).is_some_and(|rest| !short.is_empty() && (rest.is_empty() || rest.ends_with('/')))
    };
    one == other || ends(one, other) || ends(other, one)
}

#[cfg(test)]
mod tests {
    use crate::ingest::{Options, read_bytes};
    use crate::model::{Release, Scan, Sourced};
    use crate::pipeline::{Request, judged};

    const JSON: &str = r#"{"@programName":"ZAP","@version":"2.15.0","site":[{"@name":"https://staging.example.com","alerts":[
        {"pluginid":"10038","alertRef":"10038-1","alert":"CSP Header Not Set","riskcode":"2","confidence":"3","count":"1",
         "instances":[{"uri":"https://staging.example.com/","method":"GET"}]}]}]}"#;

    const XML: &str = r#"<OWASPZAPReport version="2.15.0"><site name="https://staging.example.com"><alerts><alertitem>
        <pluginid>10038</pluginid><alertRef>10038-1</alertRef><alert>CSP Header Not Set</alert><riskcode>2</riskcode>
        <confidence>3</confidence><instances><instance><uri>https://staging.example.com/</uri><method>GET</method></instance>
        </instances><count>1</count></alertitem></alerts></site></OWASPZAPReport>"#;

    fn release(artifacts: &[(&str, &str)]) -> Release {
        let read = |(name, text): &(&str, &str)| read_bytes(name, text.as_bytes(), &Options::default());
        judged(artifacts.iter().map(read).collect(), &Request::default()).release
    }

    /// How many findings there are, and how many artifacts that are not counted.
    fn counts(artifacts: &[(&str, &str)]) -> (u64, usize) {
        let release = release(artifacts);
        let notes = release.notices.iter().filter(|notice| notice.code.id == "overlap").count();
        assert_eq!(notes, release.artifacts.iter().filter(|artifact| !artifact.counted).count());
        (release.scans.iter().map(|scan| scan.value.tally().total()).sum(), notes)
    }

    /// The artifacts that are counted.
    fn counted(artifacts: &[(&str, &str)]) -> Vec<String> {
        release(artifacts).artifacts.into_iter().filter(|input| input.counted).map(|input| input.name).collect()
    }

    /// The severities that count in each artifact.
    fn severities(artifacts: &[(&str, &str)]) -> Vec<String> {
        let of = |scan: &Sourced<Scan>| scan.value.findings().iter().map(|f| f.severity.word()).collect::<Vec<_>>();
        release(artifacts).scans.iter().map(|scan| of(scan).join(" ")).collect()
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
        let two = XML
            .replace("<alertitem>", "<alertitem><pluginid>9</pluginid><riskcode>2</riskcode></alertitem><alertitem>");
        assert_eq!(counts(&[("zap.json", JSON), ("zap.xml", &two)]), (3, 0));
        let elsewhere = XML.replace("https://staging.example.com", "https://shop.example.com");
        assert_eq!(counts(&[("zap.json", JSON), ("b/zap.xml", &elsewhere)]), (2, 0));
        let stopped = XML.replace("<site ", "<stoppingInsight><reason>full</reason></stoppingInsight><site ");
        assert_eq!(counts(&[("zap.json", JSON), ("zap.xml", &stopped)]), (2, 0));
    }

    #[test]
    fn each_finding_counts_where_it_is_worse() {
        let high = XML.replace("<riskcode>2", "<riskcode>3");
        assert_eq!(severities(&[("zap.json", JSON), ("zap.xml", &high)]), ["", "high"]);
        let low = XML.replace("<riskcode>2", "<riskcode>1");
        assert_eq!(severities(&[("zap.json", JSON), ("zap.xml", &low)]), ["medium"]);
        // Checkov knows no severity of its own, and calls all errors in SARIF.
        let check = |id: &str, key: &str| {
            format!(
                r#"{{"check_id":"{id}","check_name":"n","file_path":"/main.tf","file_line_range":[1,2],"check_result":{{"result":"{key}"}}}}"#
            )
        };
        let json = format!(
            r#"{{"check_type":"terraform","results":{{"passed_checks":[],"failed_checks":[{}],"skipped_checks":[{}],
            "parsing_errors":[]}},"summary":{{"passed":0,"failed":1,"skipped":1,"checkov_version":"3.2.1"}}}}"#,
            check("CKV_AWS_1", "FAILED"),
            check("CKV_AWS_2", "SKIPPED")
        );
        let sarif = sarif("Checkov", &[("CKV_AWS_1", "error", "main.tf")]);
        assert_eq!(severities(&[("results_json.json", &json), ("results_sarif.sarif", &sarif)]), ["unknown", "high"]);
        assert_eq!(severities(&[("a/c.json", &json), ("b/c.sarif", &sarif)]), ["unknown", "high"]);
        let tally = release(&[("results_json.json", &json), ("results_sarif.sarif", &sarif)]);
        assert_eq!(tally.scans[0].value.tally().suppressed, 1);
        assert_eq!(tally.scans[0].value.tally().total(), 0);
    }

    #[test]
    fn forms_that_are_each_worse_in_something() {
        let of = |rule: &str, severity: &str| {
            format!(
                r#"{{"test_id":"{rule}","test_name":"n","issue_severity":"{severity}","issue_confidence":"HIGH","filename":"/src/a.py","line_number":3}}"#
            )
        };
        let json = format!(
            r#"{{"errors":[],"generated_at":"2025-11-20T09:00:00Z","metrics":{{"_totals":{{"loc":9}}}},"results":[{},{}]}}"#,
            of("B1", "HIGH"),
            of("B2", "LOW")
        );
        let both = sarif("Bandit", &[("B1", "note", "src/a.py"), ("B2", "error", "src/a.py")]);
        assert_eq!(severities(&[("bandit.json", &json), ("other.sarif", &both)]), ["high", "high"]);
        // Of one rule, so that it is not known which is which.
        let json = json.replace("B2", "B1");
        let one = sarif("Bandit", &[("B1", "warning", "src/a.py"), ("B1", "warning", "src/a.py")]);
        assert_eq!(severities(&[("bandit.json", &json), ("bandit.sarif", &one)]), ["high low", "medium medium"]);
    }

    #[test]
    fn forms_that_name_rules_in_their_own_way() {
        let json = r#"{"matches":[{"vulnerability":{"id":"CVE-2021-33574","severity":"Low"},"artifact":{"name":"glibc-x","version":"2.31"}}],
            "source":{"type":"directory","target":"."},"descriptor":{"name":"grype","version":"0.74.0"}}"#;
        let grype = sarif("Grype", &[("CVE-2021-33574-glibc-x", "error", "lib")]);
        assert_eq!(severities(&[("grype.json", json), ("grype.sarif", &grype)]), ["", "high"]);
        let bom = r#"{"bomFormat":"CycloneDX","specVersion":"1.5","metadata":{"tools":{"components":[{"name":"grype","version":"0.74.0"}]}},
            "components":[{"bom-ref":"g","name":"glibc-x","version":"2.31"}],"vulnerabilities":[
            {"id":"CVE-2021-33574","ratings":[{"severity":"low"}],"affects":[{"ref":"g"}]}]}"#;
        let named = counted(&[("grype.cdx.json", bom), ("grype.json", json)]);
        assert_eq!(named, ["grype.json"]);
        let zap = sarif("ZAP", &[("10038", "warning", "https://staging.example.com/")]);
        assert_eq!(severities(&[("zap.json", JSON), ("zap.sarif", &zap), ("zap.xml", XML)]), ["medium"]);
    }

    fn sarif(tool: &str, results: &[(&str, &str, &str)]) -> String {
        let result = |(rule, level, file): &(&str, &str, &str)| {
            format!(
                r#"{{"ruleId":"{rule}","level":"{level}","message":{{"text":"m"}},
            "locations":[{{"physicalLocation":{{"artifactLocation":{{"uri":"{file}"}}}}}}]}}"#
            )
        };
        let results = results.iter().map(result).collect::<Vec<_>>().join(",");
        format!(
            r#"{{"version":"2.1.0","runs":[{{"tool":{{"driver":{{"name":"{tool}","rules":[{{"id":"r"}}]}}}},"results":[{results}]}}]}}"#
        )
    }

    #[test]
    fn findings_that_are_only_counted() {
        let of = r#"{"test_id":"B101","test_name":"n","issue_severity":"LOW","issue_confidence":"HIGH","filename":"/src/a.py","line_number":3}"#;
        let all = vec![of; 150].join(",");
        let json = format!(
            r#"{{"errors":[],"generated_at":"2025-11-20T09:00:00Z","metrics":{{"_totals":{{"loc":9}}}},"results":[{all}]}}"#
        );
        let same = sarif("Bandit", &[("B101", "note", "src/a.py"); 150]);
        assert_eq!(counts(&[("bandit.json", &json), ("bandit.sarif", &same)]), (150, 1));
        let worse = sarif("Bandit", &[("B101", "error", "src/a.py"); 150]);
        assert_eq!(counts(&[("bandit.json", &json), ("bandit.sarif", &worse)]), (300, 0));
    }
}
