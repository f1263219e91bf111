//! Nikto: the JSON report of the web server scanner.
//!
//! ```json
//! [{"host": "staging.example.com", "ip": "203.0.113.37", "port": "443", "banner": "nginx", "vulnerabilities": [
//!    {"id": "999103", "method": "GET", "url": "/", "msg": "The X-Content-Type-Options header is not set.",
//!     "references": "https://developer.mozilla.org/en-US/docs/Web/HTTP/Headers/X-Content-Type-Options"}]}]
//! ```
//!
//! Each row is one finding, and its severity is unknown: Nikto has none.
//! One kind of finding may have hundreds of rows; all are counted.
//! A host that could not be reached leaves one row with an error as its text: the scan is incomplete.
//! Versions before 2.5 write one object instead of an array.
//! Keys by sullo/nikto, `program/plugins/nikto_report_json.plugin`.

use super::records::{entry, keep};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{INCOMPLETE, NOTHING_RAN};
use crate::formats::Format;
use crate::model::{Evidence, Finding, Kind, Location, Pointer, Scan, ScanClass, Severity, Tool};
use crate::source::{Diags, Doc, Json, JsonKind, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "nikto-json",
    kinds: &[Kind::Security],
    tool: "Nikto",
    title: "JSON report",
    produce: "nikto -h https://staging.example.com -Format json -output nikto.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    let host = |node: Node<'_>| {
        let rows = node.get("vulnerabilities");
        node.has(&["host", "ip", "port"])
            && rows.is_array()
            && (rows.is_empty() || rows.at(0).has(&["msg"]) || !rows.at(0).is_object())
    };
    let Some(root) = probe.document() else { return false };
    if root.is_array() { !root.is_empty() && probe.elements().all(host) } else { host(root) }
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let tool = Tool::new("Nikto", None);
    let diags = doc.diags().clone();
    let scans = &mut evidence.scans;
    let mut json = doc.json();
    let result = match json.kind()? {
        JsonKind::Array => json.array(|json, _| host(json, scans, &diags)),
        JsonKind::Object | JsonKind::Scalar => host(&mut json, scans, &diags),
    };
    for scan in scans.iter_mut() {
        scan.tool = Some(tool.clone());
    }
    evidence.tool = Some(tool);
    result?;
    json.end()?;
    Ok(())
}

fn host(json: &mut Json<'_>, scans: &mut Vec<Scan>, diags: &Diags) -> Result<(), Stop> {
    let mut scan = Scan::new(ScanClass::ActiveDast, Pointer::path(json.pointer()));
    let (mut name, mut ip, mut port) = (None, None, None);
    let result = json.object(|json, key| {
        match key {
            "vulnerabilities" => {
                return json.array(|json, _| {
                    scan.push(entry(json.record()?, row));
                    Ok(())
                });
            }
            "host" | "ip" | "port" => {}
            _ => return json.skip(),
        }
        let tree = json.tree()?;
        let text = tree.root().text().filter(|text| !text.is_empty());
        match key {
            "host" => name = text,
            "ip" => ip = text,
            _ => port = text,
        }
        Ok(())
    });
    scan.targets = name
        .or(ip)
        .map(|name| port.map_or_else(|| name.clone(), |port| format!("{name}:{port}")))
        .into_iter()
        .collect();
    if result.is_ok() && scan.targets.is_empty() {
        diags.push(Diagnostic::new(&NOTHING_RAN, "no host was scanned").at(scan.pointer.clone()));
    }
    let ran = !scan.targets.is_empty();
    keep(scan, ran, scans);
    result
}

fn row(node: Node<'_>) -> Finding {
    let text = node.require("msg").text().unwrap_or_default();
    let id = node.get("id").text().unwrap_or_else(|| "unnamed".to_owned());
    if ["ERROR", "No web server found on "].iter().any(|start| text.starts_with(start)) {
        node.report(&INCOMPLETE, format!("Nikto says: {text}"));
    }
    let mut finding = Finding::new(id, text, Severity::Unknown, node.pointer());
    if let Some(place) = node.get("url").filled() {
        finding.locations.push(Location { place, line: None, detail: node.get("method").filled() });
    }
    finding.references = node.get("references").filled().into_iter().collect();
    let old = node.get("OSVDB").text().filter(|id| id != "0" && !id.is_empty());
    finding.references.extend(old.map(|id| format!("OSVDB-{id}")));
    finding
}
