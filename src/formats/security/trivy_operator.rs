//! Trivy Operator: the reports that it keeps as objects in a cluster.
//!
//! ```json
//! {"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "aquasecurity.github.io/v1alpha1", "kind": "VulnerabilityReport",
//!    "metadata": {"name": "replicaset-shop-7d4b9c-web", "namespace": "staging"},
//!    "report": {"artifact": {"repository": "shop/web", "tag": "1.4.2"}, "registry": {"server": "registry.example.com"},
//!      "scanner": {"name": "Trivy", "version": "0.55.2"}, "summary": {"criticalCount": 0, "highCount": 1},
//!      "vulnerabilities": [{"vulnerabilityID": "CVE-2023-23914", "severity": "HIGH", "resource": "curl",
//!        "installedVersion": "7.87.0-r1", "fixedVersion": "7.87.0-r2", "title": "curl: HSTS ignored"}]}}]}
//! ```
//!
//! One object or a list of them, also its `items` alone. Vulnerabilities of images (`VulnerabilityReport`) and of nodes
//! (`NodeVulnerabilityReport`), secrets in images (`ExposedSecretReport`) and checks of the cluster's configuration
//! (`ConfigAuditReport`, `RbacAssessmentReport`, `InfraAssessmentReport`) are read, those of the whole cluster too.
//! What is of one sort is one scan.
//! Bills of materials and reports on compliance beside them are no scans and are passed over.
//! A kind that is not known is read by its list, `vulnerabilities`, `secrets` or `checks`; one without any is an error,
//! since what it says is not counted.
//! Severities are those of Trivy: `CRITICAL`, `HIGH`, `MEDIUM`, `LOW`, `UNKNOWN`; `NONE` is info.
//! Of the checks those without `success` are findings.
//! An empty list of vulnerabilities is a clean scan of the image that the report names; `summary` is compared.
//! Where the operating system is out of support (`os.eosl`) nobody publishes its vulnerabilities any more, so some may be
//! missing, and that is said.
//! The matched text of a secret is left out.
//! Keys by `pkg/apis/aquasecurity/v1alpha1` of aquasecurity/trivy-operator; Starboard, its predecessor, has the same.

use std::collections::BTreeSet;

use super::records::entry;
use super::trivy_json::out_of_support;
use super::weakness::{id_of, severity};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{CONTRADICTION, NOTHING_RAN, UNKNOWN_WORD};
use crate::formats::Format;
use crate::model::finding::{Package, SeverityTally};
use crate::model::{Evidence, Finding, Kind, Location, Pointer, Scan, ScanClass, Severity, Tool};
use crate::source::{Doc, Json, JsonKind, Node, Probe, Stop, Tree};

pub(super) static FORMAT: Format = Format {
    id: "trivy-operator",
    kinds: &[Kind::Security],
    tool: "Trivy Operator",
    title: "reports of a cluster (`kubectl get`)",
    produce: "kubectl get vulnerabilityreports,exposedsecretreports -A -o json > trivy-operator.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    let Some(root) = probe.document() else { return false };
    if root.is_array() {
        return !root.is_empty() && probe.elements().all(is_of_operator);
    }
    is_of_operator(root) || is_of_operator(root.get("items").at(0))
}

/// Whether an object of Kubernetes is one of the operator's.
pub(in crate::formats) fn is_of_operator(object: Node<'_>) -> bool {
    is_version(object.get("apiVersion"))
}

/// Whether a version of an API is one of the operator's.
fn is_version(version: Node<'_>) -> bool {
    version.str().is_some_and(|version| version.starts_with("aquasecurity.github.io/"))
}

/// A kind of report: what kind of scan it is of, its list of entries, and how one of them is read.
struct Part {
    kinds: &'static [&'static str],
    class: ScanClass,
    list: &'static str,
    finding: fn(Node<'_>, &str) -> Finding,
}

const PARTS: [Part; 3] = [
    Part {
        kinds: &[
            "VulnerabilityReport",
            "ClusterVulnerabilityReport",
            "ImageVulnerabilityReport",
            "NodeVulnerabilityReport",
        ],
        class: ScanClass::Sca,
        list: "vulnerabilities",
        finding: vulnerability,
    },
    Part { kinds: &["ExposedSecretReport"], class: ScanClass::Secrets, list: "secrets", finding: secret },
    Part {
        kinds: &[
            "ConfigAuditReport",
            "ClusterConfigAuditReport",
            "RbacAssessmentReport",
            "ClusterRbacAssessmentReport",
            "InfraAssessmentReport",
            "ClusterInfraAssessmentReport",
        ],
        class: ScanClass::IacConfig,
        list: "checks",
        finding: check,
    },
];

/// Kinds of reports that are no scans.
const NO_SCANS: [&str; 4] =
    ["SbomReport", "ClusterSbomReport", "ClusterComplianceReport", "ClusterComplianceDetailReport"];

/// The members of a report that are read.
const MEMBERS: [&str; 4] = ["apiVersion", "kind", "metadata", "report"];

/// What was read of all reports.
#[derive(Default)]
struct Reports {
    version: Option<String>,
    /// The kinds that were said not to be read.
    unread: BTreeSet<String>,
    scans: [Option<Scan>; PARTS.len()],
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let mut json = doc.json();
    let mut reports = Reports::default();
    // The members of a report that stands alone.
    let mut alone = [const { None::<Tree> }; MEMBERS.len()];
    let list = |json: &mut Json<'_>, reports: &mut Reports, evidence: &mut Evidence| {
        json.array(|json, _| {
            reports.add(json.record()?.get_all(MEMBERS), evidence);
            Ok(())
        })
    };
    let outcome = match json.kind()? {
        JsonKind::Array => list(&mut json, &mut reports, evidence),
        JsonKind::Object | JsonKind::Scalar => json.object(|json, key| match key {
            "items" => list(json, &mut reports, evidence),
            _ => match MEMBERS.iter().position(|member| *member == key) {
                Some(member) => {
                    alone[member] = Some(json.tree()?);
                    Ok(())
                }
                None => json.skip(),
            },
        }),
    };
    let outcome = outcome.and_then(|()| json.end());
    if let [Some(version), Some(kind), Some(metadata), Some(report)] = &alone {
        reports.add([version.root(), kind.root(), metadata.root(), report.root()], evidence);
    }
    let tool = Tool::new("Trivy", reports.version);
    evidence.tool = Some(tool.clone());
    for mut scan in reports.scans.into_iter().flatten() {
        scan.tool = Some(tool.clone());
        evidence.scans.push(scan);
    }
    outcome?;
    if evidence.scans.is_empty() {
        let message = "there is no report of vulnerabilities, secrets or checks";
        doc.report(Diagnostic::new(&NOTHING_RAN, message).help("see `kubectl get vulnerabilityreports -A`"));
    }
    Ok(())
}

impl Reports {
    fn add(&mut self, [group, kind, metadata, report]: [Node<'_>; MEMBERS.len()], evidence: &mut Evidence) {
        let name = kind.str().unwrap_or_default();
        let is_new = is_version(group) && !NO_SCANS.contains(&&*name);
        let by_name = PARTS.iter().position(|part| part.kinds.contains(&&*name));
        let by_list = || PARTS.iter().position(|part| is_new && report.get(part.list).exists());
        let Some(index) = by_name.or_else(by_list) else {
            if is_new && self.unread.insert(name.clone().into_owned()) {
                kind.report(&UNKNOWN_WORD, format!("reports of the kind `{name}` are not read"));
            }
            return;
        };
        let part = &PARTS[index];
        if let Some(version) = report.path(&["scanner", "version"]).filled() {
            self.version.get_or_insert(version);
        }
        evidence.add_time_of_part(report.get("updateTimestamp").time());
        let target = image(report).unwrap_or_else(|| object(metadata));
        let list = report.require(part.list);
        let scan = self.scans[index].get_or_insert_with(|| Scan::new(part.class, Pointer::whole()));
        scan.add_target(target.clone());
        out_of_support(report.get("os"), ["eosl", "family", "name"]);
        let mut tally = SeverityTally::default();
        for node in list.items().filter(|node| node.get("success").bool() != Some(true)) {
            let finding = entry(node, |node| (part.finding)(node, &target));
            tally.add(finding.severity);
            scan.push(finding);
        }
        compare(report, list, &tally);
    }
}

/// Compares the summary of a report with the list in it.
fn compare(report: Node<'_>, list: Node<'_>, tally: &SeverityTally) {
    let counts = [
        ("criticalCount", Severity::Critical),
        ("highCount", Severity::High),
        ("mediumCount", Severity::Medium),
        ("lowCount", Severity::Low),
    ];
    for (key, severity) in counts {
        let says = report.get("summary").get(key);
        let counted = tally.of(severity);
        if says.u64().is_some_and(|says| says != counted) {
            let message = format!("says {}, counted {counted}", says.raw());
            report.diags().push(says.diagnostic(&CONTRADICTION, message).against(list.pointer()));
        }
    }
}

/// The image that a report is about; `None` where it is about none.
fn image(report: Node<'_>) -> Option<String> {
    let artifact = report.get("artifact");
    let repository = artifact.get("repository").filled()?;
    let server = report.path(&["registry", "server"]).filled().map(|server| format!("{server}/")).unwrap_or_default();
    let tag = artifact.get("tag").filled().map(|tag| format!(":{tag}"));
    let digest = || artifact.get("digest").filled().map(|digest| format!("@{digest}"));
    Some(format!("{server}{repository}{}", tag.or_else(digest).unwrap_or_default()))
}

/// The object that a report is about, by its labels, else by the name of the report.
fn object(metadata: Node<'_>) -> String {
    let label = |key: &str| metadata.get("labels").get(&format!("trivy-operator.resource.{key}")).filled();
    let name = label("name").or_else(|| metadata.get("name").filled()).unwrap_or_default();
    let namespace = label("namespace").or_else(|| metadata.get("namespace").filled());
    [namespace, label("kind"), Some(name)].into_iter().flatten().collect::<Vec<_>>().join("/")
}

const SEVERITIES: &[(&str, Severity)] = &[
    ("CRITICAL", Severity::Critical),
    ("HIGH", Severity::High),
    ("MEDIUM", Severity::Medium),
    ("LOW", Severity::Low),
    ("NONE", Severity::Info),
    ("UNKNOWN", Severity::Unknown),
];

/// What all entries have.
fn base(node: Node<'_>, id: &str, place: String, detail: Option<String>) -> Finding {
    let rule = id_of(node, id);
    let title = node.get("title").filled().unwrap_or_else(|| rule.clone());
    let mut finding = Finding::new(rule, title, severity(node.require("severity"), SEVERITIES), node.pointer());
    finding.native_severity = node.get("severity").filled();
    finding.description = node.get("description").filled();
    finding.locations.push(Location { place, line: None, detail });
    finding
}

fn vulnerability(node: Node<'_>, target: &str) -> Finding {
    let at = node.get("packagePath").filled().or_else(|| node.get("target").filled());
    let mut finding = base(node, "vulnerabilityID", target.to_owned(), at);
    finding.references.extend(node.get("primaryLink").filled());
    finding.package = node.get("resource").filled().map(|name| Package {
        name,
        version: node.get("installedVersion").filled(),
        fixed: node.get("fixedVersion").filled(),
        purl: node.get("packagePURL").filled(),
    });
    finding
}

fn secret(node: Node<'_>, target: &str) -> Finding {
    base(node, "ruleID", target.to_owned(), node.get("target").filled())
}

fn check(node: Node<'_>, target: &str) -> Finding {
    let mut finding = base(node, "checkID", target.to_owned(), node.get("messages").at(0).filled());
    finding.solution = node.get("remediation").filled();
    finding
}
