//! Nessus: the report of a scan of hosts, as it is exported (`.nessus`), also by Tenable.sc and Tenable.io.
//!
//! ```xml
//! <NessusClientData_v2>
//!   <Report name="staging">
//!     <ReportHost name="203.0.113.7">
//!       <HostProperties><tag name="HOST_END">Thu Nov 20 09:41:12 2025</tag></HostProperties>
//!       <ReportItem port="443" svc_name="www" protocol="tcp" severity="2" pluginID="51192" pluginName="SSL Certificate Cannot Be Trusted" pluginFamily="General">
//!         <cve>CVE-2004-2761</cve><xref>CWE:295</xref><solution>Purchase or generate a proper certificate.</solution>
//!       </ReportItem>
//!     </ReportHost>
//!   </Report>
//! </NessusClientData_v2>
//! ```
//!
//! Each `ReportItem` is a finding of a plugin on a port of a host. Its severity is the number that Nessus gives it: 4 is
//! critical, 3 high, 2 medium, 1 low, and 0 info, which most are.
//! A check of a policy has its own name as the title: one plugin makes all of them, 3 where they failed, 2 for a warning.
//! A host without `HOST_END` was not scanned to its end, and one that the ping (plugin 10180) considered as dead was not
//! scanned at all. Plugins that say that Nessus could not log in (21745, 104410), or not always or not with the privileges
//! that it needs (24786, 26917, 110385, 117885), mean that it looked at a host from outside only, or not everywhere.
//! A report without hosts, or with hosts of which nothing is said, proves nothing.
//! What kind of scan it is depends on the plugins, so that it counts for no category of the OWASP Top 10, but for scans
//! of web applications (`type="was"`).
//! The policy is left out, and so is `plugin_output`, which quotes what the host answered.
//! Elements by Tenable's description of the file format of Nessus.

use super::weakness::{cwe, unique};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{INCOMPLETE, NOTHING_RAN, PARTLY_SCANNED};
use crate::formats::Format;
use crate::model::{Evidence, Finding, Kind, Location, Pointer, Scan, ScanClass, Severity, Tool};
use crate::source::json::shorten;
use crate::source::{Doc, Element, Probe, Stop, Xml, XmlEvent, XmlTree};

pub(super) static FORMAT: Format = Format {
    id: "nessus",
    kinds: &[Kind::Security],
    tool: "Nessus",
    title: "report of a scan (`.nessus`)",
    produce: "Nessus: Scans > Export > Nessus",
    detect,
    read,
};

/// Plugins that say that Nessus could not log in.
const NOT_LOGGED_IN: [&str; 2] = ["21745", "104410"];

/// Plugins that say that it could not look at everything inside: no administrator of Windows, no registry, not enough
/// privileges, and log-ins that failed now and then.
const NOT_ALLOWED: [&str; 4] = ["24786", "26917", "110385", "117885"];

/// The plugin that looks whether a host answers, and what it says of one that does not.
const PING: &str = "10180";
const DEAD: &str = "considered as dead";

fn detect(probe: &Probe<'_>) -> bool {
    probe.has_root("NessusClientData_v2")
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let diags = doc.diags().clone();
    let mut scan = Scan::new(ScanClass::Unknown, Pointer::path("/NessusClientData_v2"));
    let tool = Tool::new("Nessus", None);
    (scan.tool, evidence.tool) = (Some(tool.clone()), Some(tool));
    let mut xml = doc.xml();
    let result = report(&mut xml, &mut scan, evidence);
    if result.is_ok() && scan.tally().total() == 0 {
        let what = if scan.targets.is_empty() { "no host was scanned" } else { "nothing is said of any host" };
        diags.push(Diagnostic::new(&NOTHING_RAN, what).at(scan.pointer.clone()));
    }
    evidence.scans.push(scan);
    result
}

fn report(xml: &mut Xml<'_>, scan: &mut Scan, evidence: &mut Evidence) -> Result<(), Stop> {
    loop {
        match xml.next()? {
            XmlEvent::Open(element) if element.name == "NessusClientData_v2" => {}
            XmlEvent::Open(element) if element.name == "Report" => {
                if element.attr("type") == Some("was") {
                    scan.class = ScanClass::ActiveDast;
                }
            }
            XmlEvent::Open(element) if element.name == "ReportHost" => host(xml, &element, scan, evidence)?,
            XmlEvent::Open(_) => xml.skip()?,
            XmlEvent::Close(_) => {}
            XmlEvent::End => return Ok(()),
        }
    }
}

/// Reads what was found on one host.
fn host(xml: &mut Xml<'_>, element: &Element, scan: &mut Scan, evidence: &mut Evidence) -> Result<(), Stop> {
    let name = element.filled("name").unwrap_or_default();
    let depth = xml.open_elements();
    let (mut is_ended, mut is_outside, mut is_limited, mut is_dead) = (false, false, false, false);
    scan.add_target(name.clone());
    loop {
        match xml.next()? {
            XmlEvent::Open(inner) if inner.name == "HostProperties" => {
                let tree = xml.tree(inner)?;
                let tag = |key: &str| tree.all("tag").find(|tag| tag.element.attr("name") == Some(key));
                is_ended = tag("HOST_END").is_some() || tag("HOST_END_TIMESTAMP").is_some();
                let seconds = tag("HOST_END_TIMESTAMP").and_then(|tag| tag.text.trim().parse().ok());
                let stamped = seconds.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
                evidence.add_time(stamped.or_else(|| tag("HOST_END")?.text.trim().parse().ok()));
            }
            XmlEvent::Open(inner) if inner.name == "ReportItem" => {
                let plugin = inner.attr("pluginID").unwrap_or_default();
                is_outside |= NOT_LOGGED_IN.contains(&plugin);
                is_limited |= NOT_ALLOWED.contains(&plugin);
                let is_ping = plugin == PING;
                let tree = xml.tree(inner)?;
                is_dead |= is_ping && tree.child_text("plugin_output").is_some_and(|text| text.contains(DEAD));
                scan.push(finding(&tree, &name));
            }
            XmlEvent::Open(_) => xml.skip()?,
            XmlEvent::Close(_) if xml.open_elements() < depth => break,
            XmlEvent::Close(_) => {}
            XmlEvent::End => break,
        }
    }
    let host = shorten(&name);
    if !is_ended {
        element.report(&INCOMPLETE, format!("the scan of {host} did not come to its end"));
    }
    if is_dead {
        element.report(&INCOMPLETE, format!("{host} did not answer, so nothing of it was scanned"));
    }
    if is_outside {
        element
            .report(&PARTLY_SCANNED, format!("Nessus could not log in to {host}, and looked at it from outside only"));
    } else if is_limited {
        element.report(&PARTLY_SCANNED, format!("Nessus was not allowed to look at all of {host}"));
    }
    Ok(())
}

const SEVERITIES: &[(&str, Severity)] = &[
    ("4", Severity::Critical),
    ("3", Severity::High),
    ("2", Severity::Medium),
    ("1", Severity::Low),
    ("0", Severity::Info),
];

fn finding(tree: &XmlTree, host: &str) -> Finding {
    let element = &tree.element;
    let rule = element.filled("pluginID").unwrap_or_else(|| "(no id)".to_owned());
    // All checks of a policy are of one plugin.
    let check = tree.child_text("compliance-check-name");
    let title = check.or_else(|| element.filled("pluginName")).unwrap_or_else(|| rule.clone());
    let severity = element.word("severity", SEVERITIES).unwrap_or(Severity::Unknown);
    let mut found = Finding::new(rule, title, severity, element.pointer());
    found.native_severity = tree.child_text("risk_factor");
    let [port, protocol, service] = ["port", "protocol", "svc_name"].map(|key| element.filled(key));
    // Of a web application the host is its address.
    let place = match port.filter(|port| port != "0" && !host.contains("://")) {
        Some(port) => format!("{host}:{port}/{}", protocol.unwrap_or_default()),
        None => host.to_owned(),
    };
    found.locations.push(Location { place, line: None, detail: service });
    found.description = tree.child_text("synopsis").or_else(|| tree.child_text("description"));
    found.solution = tree.child_text("solution").filter(|text| text != "n/a");
    found.references.extend(tree.all("cve").filter_map(XmlTree::filled_text));
    let others = tree.all("xref").filter_map(XmlTree::filled_text);
    let (weaknesses, others): (Vec<_>, Vec<_>) = others.partition(|text| text.starts_with("CWE:"));
    let own = tree.all("cwe").filter_map(|node| cwe(node.text.trim()));
    found.cwes = unique(weaknesses.iter().filter_map(|text| cwe(text)).chain(own).collect());
    found.owasp = others.iter().filter_map(|text| category(text)).collect();
    found
}

/// The category of the OWASP Top 10 in a reference: `OWASP:2021-A3`.
fn category(reference: &str) -> Option<String> {
    let (year, code) = reference.strip_prefix("OWASP:")?.split_once('-')?;
    Some(format!("{code}:{year}"))
}
