//! Snyk Open Source and Container: the JSON report of `snyk test`.
//!
//! ```json
//! {"ok": false, "projectName": "shop", "packageManager": "npm", "dependencyCount": 688, "vulnerabilities": [
//!    {"id": "SNYK-JS-LODASH-590103", "title": "Prototype Pollution", "severity": "high", "packageName": "lodash",
//!     "version": "4.17.15", "identifiers": {"CVE": ["CVE-2020-8203"], "CWE": ["CWE-400"]},
//!     "from": ["shop@1.0.0", "lodash@4.17.15"], "fixedIn": ["4.17.20"]}]}
//! ```
//!
//! With `--all-projects` the report is an array of such objects; the `applications` of an image are read as well.
//! Each entry is one finding: Snyk lists a vulnerability once for each path to it, so there may be more findings than
//! vulnerabilities (`uniqueCount`).
//! Severity is Snyk's word; where an old version writes `severityWithCritical` too, the worse of both counts.
//! What a policy ignores or patches (`filtered`) counts as suppressed, with its reason.
//! Where `uniqueCount` or `summary` counts more than is listed, that is said, and so is a `severityThreshold` above low:
//! what it leaves out is undecided where the policy limits it.
//! An object with `error` is a test that failed, and a project without dependencies was not tested.
//! Of an operating system that Snyk knows no vulnerabilities of, such as a new one, it lists none: it only says so among its
//! advice on the base image (`docker.baseImageRemediation`, `UNTRACKED_NEW_OS`), and then the packages were not tested.
//! Reports of `snyk code` and `snyk iac` are other formats: SARIF is read (`snyk iac test --sarif`).
//! Keys by snyk/cli, `src/lib/snyk-test/legacy.ts`.

use super::records::{entry, expect_object, keep};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{
    CONTRADICTION, MISSING_FIELD, NOT_COUNTED, NOT_EVIDENCE, NOTHING_RAN, PARTLY_SCANNED, TOOL_FAILED,
};
use crate::formats::Format;
use crate::model::finding::Package;
use crate::model::{Evidence, Finding, Kind, Location, Pointer, Scan, ScanClass, Severity, Suppression, Tool};
use crate::source::json::shorten;
use crate::source::{Diags, Doc, Json, JsonKind, Node, Probe, Stop};
use crate::taxonomy::cwe;

pub(super) static FORMAT: Format = Format {
    id: "snyk",
    kinds: &[Kind::Security],
    tool: "Snyk",
    title: "JSON report of `snyk test` and `snyk container test`",
    produce: "snyk test --json > snyk.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    let project = |node: Node<'_>| {
        // `snyk iac test` writes an empty list of vulnerabilities beside its own.
        let listed = node.get("vulnerabilities").is_array()
            && !node.has(&["infrastructureAsCodeIssues"])
            && ["packageManager", "dependencyCount", "projectName", "uniqueCount"].iter().any(|key| node.has(&[key]));
        let bare = node.has(&["packageManager", "dependencyCount"]);
        let first = node.get("vulnerabilities").at(0);
        let is_own = first.get("id").str().is_some_and(|id| id.starts_with("SNYK-") || id.starts_with("npm:"));
        let named = first.get("packageName").is_string() || first.has(&["moduleName", "from"]);
        listed && (node.get("ok").is_bool() || bare)
            || is_own && named && !node.has(&["infrastructureAsCodeIssues"])
            || node.get("ok").is_bool() && node.get("error").is_string() && node.has(&["path"])
    };
    let Some(root) = probe.document() else { return false };
    if root.is_array() { !root.is_empty() && probe.elements().all(project) } else { project(root) }
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let tool = Tool::new("Snyk", None);
    let scans = &mut evidence.scans;
    let diags = doc.diags().clone();
    let mut json = doc.json();
    let result = match json.kind()? {
        JsonKind::Array => json.array(|json, _| project(json, scans, &diags)),
        JsonKind::Object | JsonKind::Scalar => project(&mut json, scans, &diags),
    };
    for scan in scans.iter_mut() {
        scan.tool = Some(tool.clone());
    }
    evidence.tool = Some(tool);
    result?;
    json.end()
}

/// One project, or one application of an image.
fn project(json: &mut Json<'_>, scans: &mut Vec<Scan>, diags: &Diags) -> Result<(), Stop> {
    let at = Pointer::path(json.pointer());
    let mut scan = Scan::new(ScanClass::Sca, at.clone());
    let mut inner = Vec::new();
    let mut says = Says::default();
    let result = json.object(|json, key| {
        match key {
            "vulnerabilities" => {
                says.has_list = json.kind()? == JsonKind::Array;
                return json.array(|json, _| {
                    scan.push(entry(json.record()?, |node| vulnerability(node, None)));
                    Ok(())
                });
            }
            "applications" => return json.array(|json, _| project(json, &mut inner, diags)),
            _ if !Says::MEMBERS.contains(&key) => return json.skip(),
            _ => {}
        }
        says.member(key, json.tree()?.root(), &mut scan);
        Ok(())
    });
    scan.targets.extend(says.target());
    if let Some(diagnostic) = says.without_data(&scan) {
        diags.push(diagnostic);
    }
    if result.is_ok() && !says.failed {
        if !says.untested && !says.has_list {
            says.untested = true;
            diags.push(Diagnostic::new(&MISSING_FIELD, "the list `vulnerabilities` is missing").at(at.clone()));
        }
        for diagnostic in says.contradictions(&scan, &inner) {
            diags.push(diagnostic.against(at.clone()));
        }
    }
    keep(scan, !says.untested && !says.failed, scans);
    scans.append(&mut inner);
    result
}

/// What a project says beside its vulnerabilities.
#[derive(Default)]
struct Says {
    name: Option<String>,
    file: Option<String>,
    /// Where it says that it is not ok.
    not_ok: Option<Diagnostic>,
    /// How many vulnerabilities there are, and how many paths to them.
    unique: Option<Claim>,
    paths: Option<Claim>,
    /// The test ended with an error.
    failed: bool,
    /// Nothing was tested, or nothing that is read here.
    untested: bool,
    has_list: bool,
    package_manager: Option<String>,
    /// Where it says that nothing is known of the operating system.
    no_data: Option<Diagnostic>,
}

/// A count, and what is to be said where it stands.
type Claim = (u64, Diagnostic);

impl Says {
    /// The members that are read as they are.
    const MEMBERS: [&str; 13] = [
        "dependencyCount",
        "displayTargetFile",
        "docker",
        "error",
        "filtered",
        "infrastructureAsCodeIssues",
        "ok",
        "packageManager",
        "path",
        "projectName",
        "severityThreshold",
        "summary",
        "uniqueCount",
    ];

    fn member(&mut self, key: &str, node: Node<'_>, scan: &mut Scan) {
        match key {
            "filtered" => {
                expect_object(node);
                for (list, by) in [("ignore", "ignored by a Snyk policy"), ("patch", "patched by Snyk")] {
                    for filtered in node.get(list).items() {
                        scan.push(entry(filtered, |node| vulnerability(node, Some(by))));
                    }
                }
            }
            "ok" if node.bool() == Some(false) => self.not_ok = Some(node.diagnostic(&CONTRADICTION, "")),
            "error" if node.is_some() => {
                self.failed = true;
                let text = node.text().unwrap_or_default();
                node.report(&TOOL_FAILED, format!("the test failed: {}", text.lines().next().unwrap_or("")));
            }
            "projectName" => self.name = node.filled(),
            "path" if self.name.is_none() => self.name = node.filled(),
            "displayTargetFile" => self.file = node.filled(),
            "packageManager" => self.package_manager = node.filled(),
            "docker" => self.no_data = no_data(node.get("baseImageRemediation")),
            "uniqueCount" => self.unique = node.u64().map(|says| (says, node.diagnostic(&CONTRADICTION, ""))),
            // `75 vulnerable dependency paths`, or `No known vulnerabilities`.
            "summary" if node.is_string() => {
                let says = node.str().and_then(|text| text.split(' ').next()?.parse().ok());
                self.paths = says.map(|says| (says, node.diagnostic(&CONTRADICTION, "")));
            }
            "severityThreshold" => {
                if let Some(word) = node.filled().filter(|word| word != "low") {
                    node.report(&NOT_COUNTED, format!("what is less severe than `{}` is left out", shorten(&word)));
                    scan.threshold = node.word_any_case(SEVERITIES);
                }
            }
            "dependencyCount" if node.u64() == Some(0) => {
                self.untested = true;
                node.report(&NOTHING_RAN, "the project has no dependency, so nothing was tested");
            }
            "infrastructureAsCodeIssues" => {
                self.untested = true;
                node.report(&NOT_EVIDENCE, "issues of `snyk iac test` are not read in this form");
            }
            _ => {}
        }
    }

    /// What is to be said where nothing is known of the packages of an operating system: without a finding they were not
    /// tested. The applications of an image may repeat what is said of it.
    fn without_data(&mut self, scan: &Scan) -> Option<Diagnostic> {
        let is_of_system = |manager: &String| ["deb", "rpm", "apk", "linux"].contains(&manager.as_str());
        let mut diagnostic = self.no_data.take().filter(|_| self.package_manager.as_ref().is_none_or(is_of_system))?;
        let is_clean = scan.tally().total() + scan.tally().suppressed == 0;
        self.untested |= is_clean;
        diagnostic.code = if is_clean { &NOTHING_RAN } else { &PARTLY_SCANNED };
        Some(diagnostic)
    }

    /// What was tested.
    fn target(&mut self) -> Option<String> {
        match (self.name.take(), self.file.take()) {
            (Some(name), Some(file)) if !name.contains(&file) => Some(format!("{name} ({file})")),
            (name, file) => name.or(file),
        }
    }

    /// Where it says something else than it lists, in itself and in its applications.
    fn contradictions(&mut self, scan: &Scan, inner: &[Scan]) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let mut add = |mut diagnostic: Diagnostic, message: String| {
            diagnostic.message = message;
            found.push(diagnostic);
        };
        let is_empty = scan.tally().total() == 0 && inner.iter().all(|scan| scan.tally().total() == 0);
        if let Some(diagnostic) = self.not_ok.take().filter(|_| is_empty) {
            add(diagnostic, "says that the project is not ok, but lists no vulnerability".to_owned());
        }
        let unique = (self.unique.take(), scan.n_rules(), "different vulnerabilities");
        let paths = (self.paths.take(), scan.tally().total(), "vulnerable paths");
        for (claimed, listed, what) in [unique, paths] {
            if let Some((says, diagnostic)) = claimed.filter(|(says, _)| *says > listed) {
                add(diagnostic, format!("says {says} {what}, {listed} are listed"));
            }
        }
        found
    }
}

/// Where the advice on a base image says that Snyk knows no vulnerabilities of the operating system.
fn no_data(advice: Node<'_>) -> Option<Diagnostic> {
    let code = advice.get("code");
    let is_untracked = code.str().is_some_and(|code| code.starts_with("UNTRACKED_") && code.ends_with("OS"));
    let is_meant = |text: &Node<'_>| text.str().is_some_and(|text| text.contains("not have vulnerability information"));
    let told = advice.get("advice").items().map(|line| line.get("message")).find(is_meant);
    let node = told.or(is_untracked.then_some(code))?;
    // `… vulnerability information for Ubuntu 24.04, which we detected in your image.`
    let text = node.text().unwrap_or_default();
    let system = text.split_once(" information for ").and_then(|(_, rest)| rest.split(", ").next());
    let system = system.map_or_else(|| "the operating system".to_owned(), shorten);
    Some(node.diagnostic(&PARTLY_SCANNED, format!("Snyk says that it knows no vulnerabilities of {system}")))
}

const SEVERITIES: &[(&str, Severity)] =
    &[("critical", Severity::Critical), ("high", Severity::High), ("medium", Severity::Medium), ("low", Severity::Low)];

fn vulnerability(node: Node<'_>, suppressed_by: Option<&str>) -> Finding {
    let plain = node.require("severity").word_any_case(SEVERITIES);
    let severity = plain.into_iter().chain(node.get("severityWithCritical").word_any_case(SEVERITIES)).min();
    let id = node.require("id").text().unwrap_or_else(|| "unnamed".to_owned());
    let name = node.get("packageName").filled().or_else(|| node.get("moduleName").filled());
    let name = name.or_else(|| node.get("name").filled());
    let title = node.get("title").filled().unwrap_or_else(|| id.clone());
    let title = name.as_ref().map_or_else(|| title.clone(), |name| format!("{name}: {title}"));
    let mut finding = Finding::new(id, title, severity.unwrap_or(Severity::Unknown), node.pointer());
    finding.native_severity = node.get("severity").text();
    let identifiers = node.get("identifiers");
    finding.cwes = identifiers.get("CWE").strings().iter().filter_map(|text| cwe::parse(text)).collect();
    let path: Vec<String> = node.get("from").items().filter_map(Node::text).collect();
    if !path.is_empty() {
        finding.locations.push(Location { place: path.join(" > "), line: None, detail: None });
    }
    let fixed = node.get("fixedIn").strings();
    finding.package = name.map(|name| Package {
        name,
        version: node.get("version").text(),
        fixed: (!fixed.is_empty()).then(|| fixed.join(", ")),
        purl: None,
    });
    finding.description = node.get("description").filled();
    finding.references = identifiers.get("CVE").strings();
    finding.references.extend(identifiers.get("GHSA").strings());
    finding.suppression = suppressed_by.map(|by| {
        let notes = node.get("filtered");
        let reason = notes.get("ignored").at(0).get("reason").filled();
        Suppression { by: by.to_owned(), reason }
    });
    finding
}
