//! Trivy: the JSON report of images, file systems, repositories and clusters.
//!
//! ```json
//! {"SchemaVersion": 2, "ArtifactName": "shop:1.0", "Results": [{"Target": "shop:1.0 (alpine 3.20)", "Class": "os-pkgs",
//!   "Vulnerabilities": [{"VulnerabilityID": "CVE-2024-3094", "PkgName": "xz", "InstalledVersion": "5.6.0", "Severity": "CRITICAL"}]}]}
//! ```
//!
//! Read are schema 2, the array of results that Trivy wrote before 0.20, and the reports of `trivy k8s`.
//! Vulnerabilities, failed misconfigurations and secrets are findings, each in a scan of its own kind:
//! dependencies, configuration, secrets.
//! Misconfigurations with `Status: PASS` are none, those with `EXCEPTION` count as suppressed,
//! like the `ExperimentalModifiedFindings` that a VEX document or `.trivyignore` took out.
//! Licences are not counted.
//! Severity is Trivy's own (`CRITICAL`, `HIGH`, `MEDIUM`, `LOW`, `UNKNOWN`), never `Status`, which tells whether a fix exists.
//!
//! Where `MisconfSummary` counts more failures or exceptions than the report lists, that is said; where nothing but
//! exceptions is left, nothing was looked at.
//!
//! A report without results does not tell a clean image from one that Trivy does not support, so it is no evidence;
//! `--scanners vuln --list-all-pkgs` lists clean targets too.
//! The same holds for a report with nothing but licences.
//!
//! Trivy does not write down which of its scanners ran, and whichever did, `--list-all-pkgs` (the default of newer
//! versions) lists the packages.
//! That it looked for vulnerabilities is known where it lists one, knows the operating system to be out of support, or
//! names a target of packages without listing these, which nothing but the search for vulnerabilities then makes.
//! Elsewhere a list of packages is taken for a clean dependency scan, as Trivy makes one by default, and that is said.
//! With results about configuration or licences beside it, which Trivy makes of an image or a folder for those only who
//! choose the scanners, it is not: scan for vulnerabilities into a file of their own.
//! Where the operating system is out of support (`Metadata.OS.EOSL`) nobody publishes its vulnerabilities any more, so
//! some may be missing: Trivy warns of it when it runs, and it is said here.
//! The matched text of a secret is never kept.
//! Keys by `pkg/types/report.go`, `pkg/types/finding.go` and `pkg/k8s/report` of aquasecurity/trivy; what makes it list
//! packages by `enableSBOM` in its `pkg/flag/options.go` and `scanVulnerabilities` in its `pkg/scan/local/service.go`.

use super::weakness::{NEWER, counted, cwes, id_of, severity};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{
    CONTRADICTION, INCOMPLETE, MISSING_FIELD, NOT_COUNTED, NOTHING_RAN, PARTLY_SCANNED, SCANNERS_UNSAID,
    UNREADABLE_PART,
};
use crate::formats::Format;
use crate::model::finding::Package;
use crate::model::{Evidence, Finding, Kind, Location, Pointer, Scan, ScanClass, Severity, Suppression, Tool};
use crate::source::{Doc, Json, JsonKind, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "trivy-json",
    kinds: &[Kind::Security],
    tool: "Trivy",
    title: "JSON report of an image, a file system, a repository or a cluster",
    produce: "trivy image --format json --output trivy.json shop:1.0",
    detect,
    read,
};

/// Where a Kubernetes report lists its resources, over the versions of Trivy.
const RESOURCES: [&str; 4] = ["Resources", "Findings", "Vulnerabilities", "Misconfigurations"];

fn detect(probe: &Probe<'_>) -> bool {
    let is_result = |node: Node<'_>| {
        node.get("Target").is_string()
            && ["Type", "Class", "Vulnerabilities", "Misconfigurations", "Secrets"].iter().any(|k| node.get(k).exists())
    };
    probe.is_object_with(&["SchemaVersion", "ArtifactName"])
        || probe
            .document()
            .is_some_and(|root| root.get("ClusterName").exists() && RESOURCES.iter().any(|key| root.get(key).exists()))
        || probe.elements().next().is_some_and(is_result)
}

#[derive(Default)]
struct Report {
    version: Option<String>,
    time: Option<jiff::Timestamp>,
    target: Option<String>,
    has_licences: bool,
    /// Whether all checks of a result were left out.
    has_exceptions: bool,
    /// Whether something tells that vulnerabilities were looked for.
    has_looked: bool,
    /// Whether there are results of scanners that do not run by default.
    is_chosen: bool,
    /// The first target whose packages are listed.
    packages: Option<Pointer>,
    /// The first result that names no target, as every result of Trivy does.
    nameless: Option<Pointer>,
    /// One for each kind of scan, in the order in which they were met.
    scans: Vec<Scan>,
}

impl Report {
    /// What a result tells of the scanners that ran: its class, how many packages it lists, and whether it names a
    /// vulnerability.
    fn learn(&mut self, class: Option<&str>, n_packages: u64, has_found: bool, pointer: &Pointer, in_cluster: bool) {
        let is_packages = matches!(class, Some("os-pkgs" | "lang-pkgs"));
        // Versions that name no class had no such choice.
        self.has_looked |= has_found || class.is_none() || is_packages && n_packages == 0;
        if is_packages && n_packages > 0 {
            self.packages.get_or_insert_with(|| pointer.clone());
        }
        // A cluster is looked at with all scanners.
        self.is_chosen |= !in_cluster && matches!(class, Some("config" | "license" | "license-file"));
    }
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let mut json = doc.json();
    let mut report = Report::default();
    let outcome = match json.kind()? {
        JsonKind::Array => json.array(|json, _| result(json, "", &mut report)),
        JsonKind::Object | JsonKind::Scalar => json.object(|json, key| member(json, key, &mut report)),
    };
    let outcome = outcome.and_then(|()| json.end());
    let unsaid = if outcome.is_ok() { unsaid(&mut report) } else { None };
    let tool = Tool::new("Trivy", report.version);
    for scan in &mut report.scans {
        scan.tool = Some(tool.clone());
        scan.targets.splice(0..0, report.target.clone());
    }
    evidence.tool = Some(tool);
    evidence.time = report.time;
    evidence.scans = report.scans;
    outcome?;
    if let Some(pointer) = report.nameless {
        doc.report(Diagnostic::new(&MISSING_FIELD, "`Target` is missing").at(pointer));
    }
    if evidence.scans.is_empty() {
        let listing = "run Trivy with `--scanners vuln --list-all-pkgs`, which lists clean targets too";
        let (message, help) = match (report.has_exceptions, report.has_licences) {
            (true, _) => {
                ("no check counts, all were left out by exceptions", "see whether the exceptions are still meant")
            }
            (_, true) => ("nothing tells that more than licences was looked at", listing),
            _ => ("no target is listed: clean cannot be told from not supported", listing),
        };
        let diagnostic = Diagnostic::new(&NOTHING_RAN, message).at(Pointer::path("/Results"));
        doc.report(diagnostic.help(help));
    } else if let Some(unsaid) = unsaid {
        doc.report(unsaid);
    }
    Ok(())
}

/// What is to be said where packages are listed and nothing tells that vulnerabilities were looked for. It is no
/// dependency scan where somebody chose the scanners.
fn unsaid(report: &mut Report) -> Option<Diagnostic> {
    let listed = report.packages.take().filter(|_| !report.has_looked)?;
    let (message, help) = if report.is_chosen {
        report.scans.retain(|scan| scan.class != ScanClass::Sca);
        let message = "packages are listed and no vulnerability, and nothing tells that Trivy looked for any: this is no \
                       dependency scan";
        (message, "scan for vulnerabilities into a file of their own, with `--scanners vuln`")
    } else {
        let message = "packages are listed and no vulnerability; that Trivy looked for any, as it does by default, is not \
                       said";
        (message, "see that `vuln` was among the `--scanners` of Trivy, as it is by default")
    };
    Some(Diagnostic::new(&SCANNERS_UNSAID, message).at(listed).help(help))
}

fn member(json: &mut Json<'_>, key: &str, report: &mut Report) -> Result<(), Stop> {
    match key {
        "ArtifactName" | "ClusterName" => report.target = json.record()?.filled(),
        "CreatedAt" => report.time = json.record()?.time(),
        "Trivy" => report.version = json.record()?.get("Version").filled(),
        "Metadata" => report.has_looked |= operating_system(json.record()?),
        "Results" => json.array(|json, _| result(json, "", report))?,
        key if RESOURCES.contains(&key) => json.array(|json, _| resource(json, report))?,
        _ => json.skip()?,
    }
    Ok(())
}

/// Says of the metadata of an image where its operating system is out of support; true where it is.
fn operating_system(metadata: Node<'_>) -> bool {
    out_of_support(metadata.get("OS"), ["EOSL", "Family", "Name"])
}

/// Says where an operating system is out of support, by the keys for that, its family and its name; true where it is.
pub(super) fn out_of_support(system: Node<'_>, [ended, family, name]: [&str; 3]) -> bool {
    let ended = system.get(ended);
    let has_ended = ended.bool() == Some(true);
    if has_ended {
        let name: Vec<String> = [family, name].iter().filter_map(|key| system.get(key).filled()).collect();
        let message = format!("vulnerabilities may be missing, `{}` is out of support", name.join(" "));
        ended.diags().push(ended.diagnostic(&PARTLY_SCANNED, message).help(NEWER));
    }
    has_ended
}

/// A resource of a cluster; its name stands before its results.
fn resource(json: &mut Json<'_>, report: &mut Report) -> Result<(), Stop> {
    let mut parts = [None, None, None];
    json.object(|json, key| match key {
        "Namespace" | "Kind" | "Name" => {
            let at = ["Namespace", "Kind", "Name"].iter().position(|part| *part == key).unwrap_or(0);
            parts[at] = json.record()?.filled();
            Ok(())
        }
        "Error" => {
            let tree = json.tree()?;
            if let Some(error) = tree.root().filled() {
                tree.root().report(&INCOMPLETE, format!("the resource could not be scanned: {error}"));
            }
            Ok(())
        }
        // Of the images of the resource.
        "Metadata" => {
            let node = json.record()?;
            let n_ended = match node.is_array() {
                true => node.items().filter(|image| operating_system(*image)).count(),
                false => usize::from(operating_system(node)),
            };
            report.has_looked |= n_ended > 0;
            Ok(())
        }
        "Results" => {
            let name: Vec<&str> = parts.iter().flatten().map(String::as_str).collect();
            let name = name.join("/");
            json.array(|json, _| result(json, &name, report))
        }
        _ => json.skip(),
    })
}

/// One result; what it says is only known to be about its target when it was read.
fn result(json: &mut Json<'_>, resource: &str, report: &mut Report) -> Result<(), Stop> {
    let (mut target, mut class, mut summary, mut n_packages) = (None, None, None, 0u64);
    let mut has_target = false;
    let mut findings: Vec<(ScanClass, Finding)> = Vec::new();
    let pointer = Pointer::path(json.pointer());
    if json.kind()? != JsonKind::Object {
        json.record()?.report(&UNREADABLE_PART, "a result is an object");
        return Ok(());
    }
    let outcome = json.object(|json, key| match key {
        "Target" => {
            has_target = true;
            target = json.record()?.filled();
            Ok(())
        }
        "Class" => {
            class = json.record()?.filled();
            Ok(())
        }
        "MisconfSummary" => {
            summary = Some(json.tree()?);
            Ok(())
        }
        "Packages" => json.array(|json, _| {
            n_packages += 1;
            json.skip()
        }),
        "Vulnerabilities" => json.array(|json, _| {
            findings.push((ScanClass::Sca, vulnerability(json.record()?)));
            Ok(())
        }),
        "Misconfigurations" => json.array(|json, _| {
            findings.extend(misconfiguration(json.record()?).map(|found| (ScanClass::IacConfig, found)));
            Ok(())
        }),
        "Secrets" => json.array(|json, _| {
            findings.push((ScanClass::Secrets, secret(json.record()?)));
            Ok(())
        }),
        "ExperimentalModifiedFindings" | "ModifiedFindings" => json.array(|json, _| {
            findings.extend(modified(json.record()?));
            Ok(())
        }),
        _ => json.skip(),
    });
    let summary = summary.as_ref().filter(|_| outcome.is_ok());
    if let Some(summary) = summary {
        count_failures(summary.root(), &findings, &pointer);
    }
    let is_excepted = summary.is_some_and(|summary| exceptions(summary.root(), &findings));
    report.has_exceptions |= is_excepted;
    let has_found = findings.iter().any(|(class, _)| *class == ScanClass::Sca);
    report.learn(class.as_deref(), n_packages, has_found, &pointer, !resource.is_empty());
    report.has_licences |= matches!(class.as_deref(), Some("license" | "license-file"));
    if !has_target && outcome.is_ok() {
        report.nameless.get_or_insert_with(|| pointer.clone());
    }
    let place = match (resource, target) {
        ("", target) => target.unwrap_or_default(),
        (resource, Some(target)) if target != resource => format!("{resource}: {target}"),
        (resource, _) => resource.to_owned(),
    };
    if findings.is_empty()
        && has_target
        && !is_excepted
        && let Some(class) = scan_class(class.as_deref())
    {
        scan_of(report, class, &pointer);
    }
    for (class, mut finding) in findings {
        for location in &mut finding.locations {
            if location.place.is_empty() {
                location.place.clone_from(&place);
            }
        }
        scan_of(report, class, &pointer).push(finding);
    }
    outcome
}

/// The kind of scan whose result has a class; `None` where it has no findings that are read.
fn scan_class(class: Option<&str>) -> Option<ScanClass> {
    match class {
        Some("config") => Some(ScanClass::IacConfig),
        Some("secret") => Some(ScanClass::Secrets),
        // Old versions name no class.
        None | Some("os-pkgs" | "lang-pkgs") => Some(ScanClass::Sca),
        Some(_) => None,
    }
}

/// Holds the count of failed checks against those that are listed.
fn count_failures(summary: Node<'_>, findings: &[(ScanClass, Finding)], result: &Pointer) {
    let is_failure =
        |(class, found): &&(ScanClass, Finding)| *class == ScanClass::IacConfig && found.suppression.is_none();
    let (failures, listed) = (summary.get("Failures"), findings.iter().filter(is_failure).count() as u64);
    if let Some(says) = failures.u64().filter(|says| *says > listed) {
        let message = format!("says {says} failures, {listed} are listed");
        failures.diags().push(failures.diagnostic(&CONTRADICTION, message).against(result.clone()));
    }
}

/// Says how many checks were left out by exceptions (versions before 0.58) that are not listed; true where all were.
fn exceptions(summary: Node<'_>, findings: &[(ScanClass, Finding)]) -> bool {
    let count = |key: &str| summary.get(key).u64().unwrap_or(0);
    let excepted = summary.get("Exceptions");
    let listed = findings.iter().filter(|(class, f)| *class == ScanClass::IacConfig && f.suppression.is_some()).count();
    let unlisted = count("Exceptions").saturating_sub(listed as u64);
    if unlisted == 0 {
        return false;
    }
    let checks = counted(usize::try_from(unlisted).unwrap_or(usize::MAX), "check");
    excepted.report(&NOT_COUNTED, format!("left out by exceptions, and not listed: {checks}"));
    count("Successes") + count("Failures") == 0 && findings.is_empty()
}

fn scan_of<'r>(report: &'r mut Report, class: ScanClass, pointer: &Pointer) -> &'r mut Scan {
    let at = report.scans.iter().position(|scan| scan.class == class).unwrap_or_else(|| {
        report.scans.push(Scan::new(class, pointer.clone()));
        report.scans.len() - 1
    });
    &mut report.scans[at]
}

const SEVERITIES: &[(&str, Severity)] = &[
    ("CRITICAL", Severity::Critical),
    ("HIGH", Severity::High),
    ("MEDIUM", Severity::Medium),
    ("LOW", Severity::Low),
    ("UNKNOWN", Severity::Unknown),
];

fn finding(node: Node<'_>, id: &[&str], title: &[&str]) -> Finding {
    let filled = |keys: &[&str]| keys.iter().find_map(|key| node.get(key).filled());
    let rule = filled(id).unwrap_or_else(|| id_of(node, id[0]));
    let title = filled(title).unwrap_or_else(|| rule.clone());
    let severity = severity(node.get("Severity"), SEVERITIES);
    let mut finding = Finding::new(rule, title, severity, node.pointer());
    finding.native_severity = node.get("Severity").filled();
    finding.references.extend(node.get("PrimaryURL").filled());
    finding
}

fn vulnerability(node: Node<'_>) -> Finding {
    let mut found = finding(node, &["VulnerabilityID"], &["Title"]);
    found.cwes = cwes(node.get("CweIDs"));
    found.description = node.get("Description").filled();
    found.package = node.get("PkgName").filled().map(|name| Package {
        name,
        version: node.get("InstalledVersion").filled(),
        fixed: node.get("FixedVersion").filled(),
        purl: node.path(&["PkgIdentifier", "PURL"]).filled(),
    });
    // An empty place stands for the target of the result.
    let place = node.get("PkgPath").filled().unwrap_or_default();
    found.locations = vec![Location { place, line: None, detail: node.get("PkgID").filled() }];
    found
}

/// A failed check; `None` for one that passed.
fn misconfiguration(node: Node<'_>) -> Option<Finding> {
    const STATUS: &[(&str, Option<bool>)] = &[("FAIL", Some(false)), ("PASS", None), ("EXCEPTION", Some(true))];
    let status = node.get("Status");
    // Without a status it is one of the versions that list failures only.
    let excepted = status.word(STATUS).unwrap_or(Some(false))?;
    let mut found = finding(node, &["ID", "AVDID"], &["Title"]);
    found.description = node.get("Message").filled().or_else(|| node.get("Description").filled());
    found.solution = node.get("Resolution").filled();
    let cause = node.get("CauseMetadata");
    let line = cause.get("StartLine").u64().filter(|line| *line > 0);
    found.locations = vec![Location { place: String::new(), line, detail: cause.get("Resource").filled() }];
    if excepted {
        found.suppression = Some(Suppression { by: "exception".to_owned(), reason: None });
    }
    Some(found)
}

fn secret(node: Node<'_>) -> Finding {
    let mut found = finding(node, &["RuleID"], &["Title"]);
    found.locations = vec![Location { place: String::new(), line: node.get("StartLine").u64(), detail: None }];
    found
}

/// A finding that a VEX document or an ignore file took out.
fn modified(node: Node<'_>) -> Option<(ScanClass, Finding)> {
    const TYPES: &[(&str, Option<ScanClass>)] = &[
        ("vulnerability", Some(ScanClass::Sca)),
        ("misconfiguration", Some(ScanClass::IacConfig)),
        ("secret", Some(ScanClass::Secrets)),
        ("license", None),
    ];
    let class = node.get("Type").word(TYPES).unwrap_or(Some(ScanClass::Sca))?;
    let inner = node.get("Finding");
    let mut found = match class {
        ScanClass::IacConfig => finding(inner, &["ID", "AVDID"], &["Title"]),
        ScanClass::Secrets => secret(inner),
        _ => vulnerability(inner),
    };
    found.pointer = node.pointer();
    let source = node.get("Source").filled().unwrap_or_else(|| "Trivy".to_owned());
    let by = node.get("Status").filled().map_or(source.clone(), |status| format!("{source}: {status}"));
    found.suppression = Some(Suppression { by, reason: node.get("Statement").filled() });
    Some((class, found))
}
