//! Burp Suite: the XML report of issues that the desktop editions export.
//!
//! ```xml
//! <issues burpVersion="2024.5.3" exportTime="Mon Jun 10 12:00:00 CEST 2024">
//!   <issue>
//!     <serialNumber>3198286154699013120</serialNumber><type>5245344</type>
//!     <name>Frameable response (potential Clickjacking)</name>
//!     <host ip="203.0.113.7">https://staging.example.com</host><location><![CDATA[/login]]></location>
//!     <severity>Information</severity><confidence>Firm</confidence>
//!   </issue>
//! </issues>
//! ```
//!
//! Each `issue` is one finding with Burp's own severity: High, Medium, Low, Information; Burp has no critical.
//! An issue with the severity "False positive" counts as suppressed.
//! CWE numbers are those that `vulnerabilityClassifications` names.
//! Requests and responses are left out: they carry cookies and tokens.
//! A report without issues is not told from one of a scan that did not run, so it proves nothing.
//! Elements by the document type that Burp writes at the head of the report.

use super::records::keep;
use super::weakness::unique;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{MISSING_FIELD, NOTHING_RAN, UNKNOWN_WORD};
use crate::formats::Format;
use crate::model::{Evidence, Finding, Kind, Location, Pointer, Scan, ScanClass, Severity, Suppression, Tool};
use crate::source::{Doc, Probe, Stop, Xml, XmlEvent, XmlTree};
use crate::taxonomy::cwe;

pub(super) static FORMAT: Format = Format {
    id: "burp-xml",
    kinds: &[Kind::Security],
    tool: "Burp Suite",
    title: "XML report of issues",
    produce: "Burp Suite: Target > Issues > Report issues for this host > XML",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.xml().is_some_and(|xml| {
        xml.root() == "issues"
            && (xml.root_has("burpVersion") || xml.has("serialNumber", 2) && xml.has("confidence", 2))
    })
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let diags = doc.diags().clone();
    let mut scan = Scan::new(ScanClass::ActiveDast, Pointer::path("/issues"));
    let mut version = None;
    let mut xml = doc.xml();
    let result = report(&mut xml, &mut scan, &mut version);
    let tool = Tool::new("Burp Suite", version);
    scan.tool = Some(tool.clone());
    evidence.tool = Some(tool);
    let nothing = result.is_ok() && scan.tally().total() + scan.tally().suppressed == 0;
    if nothing {
        let message = "the report has no issue, which a scan that did not run leaves too";
        diags.push(Diagnostic::new(&NOTHING_RAN, message).at(scan.pointer.clone()));
    }
    keep(scan, !nothing, &mut evidence.scans);
    result
}

fn report(xml: &mut Xml<'_>, scan: &mut Scan, version: &mut Option<String>) -> Result<(), Stop> {
    loop {
        match xml.next()? {
            XmlEvent::Open(element) if element.name == "issues" && xml.open_elements() == 1 => {
                *version = element.filled("burpVersion");
            }
            XmlEvent::Open(element) if element.name == "issue" => {
                let tree = xml.tree(element)?;
                let host = tree.child_text("host");
                scan.push(issue(&tree, host.as_deref()));
                if let Some(host) = host.filter(|host| !scan.targets.contains(host)) {
                    scan.targets.push(host);
                }
            }
            XmlEvent::Open(_) => xml.skip()?,
            XmlEvent::Close(_) => {}
            XmlEvent::End => return Ok(()),
        }
    }
}

const SEVERITIES: &[(&str, Option<Severity>)] = &[
    ("High", Some(Severity::High)),
    ("Medium", Some(Severity::Medium)),
    ("Low", Some(Severity::Low)),
    ("Information", Some(Severity::Info)),
    ("Informational", Some(Severity::Info)),
    ("False positive", None),
];

fn issue(tree: &XmlTree, host: Option<&str>) -> Finding {
    let missing = |what: &str| tree.element.report(&MISSING_FIELD, format!("<{what}> is missing"));
    let word = tree.child_text("severity");
    let meaning = word.as_deref().and_then(|text| SEVERITIES.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)));
    match (&word, meaning) {
        (None, _) => missing("severity"),
        (Some(text), None) => {
            let text = crate::source::json::shorten(text);
            tree.element.report(&UNKNOWN_WORD, format!("unknown severity `{text}`"));
        }
        (Some(_), Some(_)) => {}
    }
    let severity = meaning.and_then(|(_, severity)| *severity).unwrap_or(Severity::Unknown);
    let title = tree.child_text("name").unwrap_or_else(|| {
        missing("name");
        "unnamed".to_owned()
    });
    let rule = tree.child_text("type").unwrap_or_else(|| title.clone());
    let mut finding = Finding::new(rule, title, severity, tree.element.pointer());
    finding.native_severity = word;
    finding.confidence = tree.child_text("confidence");
    let path = tree.child_text("path").or_else(|| tree.child_text("location")).unwrap_or_default();
    // The location is the path with what narrows it down: `/login [username parameter]`.
    let detail = tree.child_text("location").filter(|location| *location != path);
    let place = format!("{}{path}", host.unwrap_or(""));
    finding.locations.push(Location { place, line: None, detail });
    finding.description = tree.child_text("issueDetail").or_else(|| tree.child_text("issueBackground"));
    finding.solution = tree.child_text("remediationDetail").or_else(|| tree.child_text("remediationBackground"));
    let classes = tree.child_text("vulnerabilityClassifications").unwrap_or_default();
    finding.cwes = unique(classes.match_indices("CWE-").filter_map(|(at, _)| cwe::parse(&classes[at..])).collect());
    finding.fingerprint = tree.child_text("serialNumber");
    if meaning.is_some_and(|(_, severity)| severity.is_none()) {
        finding.suppression = Some(Suppression { by: "marked as false positive".to_owned(), reason: None });
    }
    finding
}
