//! Retire.js: known vulnerabilities of JavaScript libraries.
//!
//! ```json
//! {"version": "5.2.4", "start": "2025-11-20T09:00:00.000Z", "data": [{"file": "/src/public/jquery-1.11.2.min.js",
//!    "results": [{"version": "1.11.2", "component": "jquery", "detection": "filename", "vulnerabilities": [
//!      {"below": "3.5.0", "severity": "medium", "identifiers": {"summary": "Regex in its jQuery.htmlPrefilter may introduce XSS",
//!        "CVE": ["CVE-2020-11022"], "githubID": "GHSA-gxr4-xjj5-5px2"}, "cwe": ["CWE-79"], "info": ["https://blog.jquery.com/"]}]}]}],
//!  "messages": [], "errors": [], "time": 1.2}
//! ```
//!
//! Each vulnerability of a library in a file is a finding with the severity that Retire.js gives it: `critical`, `high`,
//! `medium`, `low`; where it gives none it is unknown.
//! Its rule is the CVE, else the advisory of GitHub, else the library and the number of its issue.
//! `errors` mean that parts were not scanned.
//! Without `--verbose` a report lists what is vulnerable and nothing else, so that a clean one does not tell what was
//! looked at.
//! The list alone, which `--outputformat jsonsimple` writes, is read where it has something in it.
//! Keys by `node/lib/reporters/json.js` of RetireJS/retire.js.

use super::records::keep;
use super::weakness::{RATINGS, counted, cwes, severity};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{INCOMPLETE, MISSING_FIELD, SCANNERS_UNSAID};
use crate::formats::Format;
use crate::model::finding::Package;
use crate::model::{Evidence, Finding, Kind, Location, Pointer, Scan, ScanClass, Tool};
use crate::source::json::shorten;
use crate::source::{Doc, Json, JsonKind, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "retire-js",
    kinds: &[Kind::Security],
    tool: "Retire.js",
    title: "JSON report",
    produce: "retire --path . --verbose --outputformat json --outputpath retire.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    let is_file = |node: Node<'_>| {
        let result = node.get("results").at(0);
        node.has(&["file", "results"]) && result.has(&["component", "version"])
    };
    let is_report = |root: Node<'_>| {
        let data = root.get("data");
        root.has(&["version", "start", "data"]) && (is_file(data.at(0)) || root.get("errors").is_array())
    };
    probe.document().is_some_and(is_report) || probe.elements().next().is_some_and(is_file)
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let mut json = doc.json();
    let mut scan = Scan::new(ScanClass::Sca, Pointer::whole());
    let mut tool = Tool::new("Retire.js", None);
    let mut n_files: Option<u64> = None;
    let files = |json: &mut Json<'_>, scan: &mut Scan| {
        let mut count = 0;
        let read = json.array(|json, _| {
            count += 1;
            file(json.record()?, scan);
            Ok(())
        });
        read.map(|()| count)
    };
    let outcome = if json.kind()? == JsonKind::Array {
        files(&mut json, &mut scan).map(|count| n_files = Some(count))
    } else {
        json.object(|json, key| {
            match key {
                "version" => tool.version = json.record()?.filled(),
                "start" => evidence.time = json.record()?.time(),
                "data" => {
                    scan.pointer = Pointer::path("/data");
                    let is_list = json.kind()? == JsonKind::Array;
                    n_files = Some(files(json, &mut scan)?).filter(|_| is_list);
                }
                "errors" => errors(json.record()?),
                _ => json.skip()?,
            }
            Ok(())
        })
    };
    let outcome = outcome.and_then(|()| json.end());
    scan.tool = Some(tool.clone());
    evidence.tool = Some(tool);
    let pointer = scan.pointer.clone();
    keep(scan, n_files.is_some() || outcome.is_err(), &mut evidence.scans);
    outcome?;
    match n_files {
        None => doc.report(Diagnostic::new(&MISSING_FIELD, "the list `data` is missing")),
        Some(0) => {
            let message = "Retire.js found nothing, and the report does not say which libraries it looked at";
            doc.report(Diagnostic::new(&SCANNERS_UNSAID, message).at(pointer).help("run it with `--verbose`"));
        }
        Some(_) => {}
    }
    Ok(())
}

fn errors(node: Node<'_>) {
    if let count @ 1.. = node.len() {
        let first = shorten(&node.at(0).text().unwrap_or_default());
        node.report(&INCOMPLETE, format!("{} while scanning: {first}", counted(count, "error")));
    }
}

/// Reads what was found in one file.
fn file(node: Node<'_>, scan: &mut Scan) {
    let place = node.require("file").text().unwrap_or_default();
    for library in node.require("results").items() {
        for vulnerability in library.get("vulnerabilities").items() {
            scan.push(finding(vulnerability, library, &place));
        }
    }
}

fn finding(node: Node<'_>, library: Node<'_>, place: &str) -> Finding {
    let name = library.get("npmname").filled().or_else(|| library.get("component").filled()).unwrap_or_default();
    let identifiers = node.get("identifiers");
    let known = identifiers.get("CVE").strings().into_iter().chain(identifiers.get("githubID").filled());
    let known: Vec<String> = known.collect();
    let number = ["issue", "bug", "PR", "retid", "tenable", "osvdb"];
    let number = number.iter().find_map(|key| identifiers.get(key).strings().into_iter().next());
    let rule = known.first().cloned().unwrap_or_else(|| match number {
        Some(number) => format!("{name} {number}"),
        None => name.clone(),
    });
    let title = identifiers.get("summary").filled().unwrap_or_else(|| rule.clone());
    let word = node.get("severity");
    let mut found = Finding::new(rule, title, severity(word, RATINGS), node.pointer());
    found.native_severity = word.filled();
    found.cwes = cwes(node.get("cwe"));
    found.locations.push(Location { place: place.to_owned(), line: None, detail: None });
    found.references = known.into_iter().skip(1).chain(node.get("info").strings()).collect();
    let version = library.get("version").filled();
    found.package = Some(Package { name, version, fixed: node.get("below").filled(), purl: None });
    found
}
