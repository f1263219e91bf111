//! OWASP ZAP: the traditional JSON report, also in its "plus" form with requests and responses.
//!
//! ```json
//! {"@programName": "ZAP", "@version": "2.15.0", "site": [{"@name": "https://staging.example.com",
//!   "alerts": [{"pluginid": "10038", "alert": "CSP Header Not Set", "riskcode": "2", "confidence": "3",
//!               "instances": [{"uri": "https://staging.example.com/", "method": "GET"}], "cweid": "693"}]}]}
//! ```
//!
//! Severity is `riskcode`: 3 high, 2 medium, 1 low, 0 info. ZAP has no critical, and `riskdesc` also holds the
//! confidence, so it is not used. An alert with confidence 0 is a false positive and counts as suppressed, like those
//! that the GitHub action puts into `ignoredAlerts`. All numbers are strings. Requests and responses of the plus form
//! are left out: they carry cookies and tokens.
//! Keys by the template `traditional-json/report.json` of zaproxy/zap-extensions, `addOns/reports`.

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{INCOMPLETE, MISSING_FIELD, NOTHING_RAN};
use crate::formats::Format;
use crate::model::{Evidence, Finding, Kind, Location, Pointer, Scan, ScanClass, Severity, Suppression, Tool};
use crate::source::{Doc, Json, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "zap-json",
    kinds: &[Kind::Security],
    tool: "OWASP ZAP",
    title: "Traditional JSON report, with or without requests",
    produce: "zap-baseline.py -t https://staging.example.com -J zap.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.document().is_some_and(|root| {
        (root.get("@programName").exists() || root.get("@version").exists())
            && root.get("site").is_array()
            // The report of the authentication helper has a `site` too, but no alerts.
            && root.get("site").items().all(|site| !site.exists() || site.is_object())
    })
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let diags = doc.diags().clone();
    let mut json = doc.json();
    let mut version = None;
    let mut name = None;
    let scans = &mut evidence.scans;
    let mut time = None;
    json.object(|json, key| match key {
        "@programName" => {
            name = json.tree()?.root().filled();
            Ok(())
        }
        "@version" => {
            version = json.tree()?.root().filled();
            Ok(())
        }
        "created" => {
            time = json.tree()?.root().str().and_then(|text| text.parse().ok());
            Ok(())
        }
        "stoppingInsight" => {
            let tree = json.tree()?;
            if tree.root().is_some() {
                let reason = tree.root().get("reason").text().or_else(|| tree.root().get("description").text());
                let reason = reason.unwrap_or_else(|| "no reason given".to_owned());
                tree.root().report(&INCOMPLETE, format!("ZAP stopped the scan early: {reason}"));
            }
            Ok(())
        }
        "site" => json.array(|json, _| {
            scans.push(site(json)?);
            Ok(())
        }),
        _ => json.skip(),
    })?;
    json.end()?;
    let tool = Tool::new("OWASP ZAP", version);
    for scan in scans.iter_mut() {
        scan.tool = Some(tool.clone());
    }
    if scans.is_empty() {
        diags.push(Diagnostic::new(&NOTHING_RAN, "no site was scanned").at(Pointer::path("/site")));
    }
    evidence.tool = Some(tool);
    evidence.time = time;
    Ok(())
}

/// Alerts stand in a site of their own scan: the name of the site is only known when it was read.
fn site(json: &mut Json<'_>) -> Result<Scan, Stop> {
    let mut scan = Scan::new(ScanClass::PassiveDast, Pointer::path(json.pointer()));
    json.object(|json, key| match key {
        "@name" => {
            scan.targets.extend(json.tree()?.root().filled());
            Ok(())
        }
        "alerts" => json.array(|json, _| {
            let tree = json.tree()?;
            let (finding, active) = alert(tree.root(), None);
            if active {
                scan.class = ScanClass::ActiveDast;
            }
            scan.push(finding);
            Ok(())
        }),
        "ignoredAlerts" => json.array(|json, _| {
            let tree = json.tree()?;
            scan.push(alert(tree.root(), Some("ignored by the rules file")).0);
            Ok(())
        }),
        _ => json.skip(),
    })?;
    Ok(scan)
}

const RISKS: &[(&str, Severity)] =
    &[("3", Severity::High), ("2", Severity::Medium), ("1", Severity::Low), ("0", Severity::Info)];
const CONFIDENCES: &[(&str, &str)] =
    &[("0", "false positive"), ("1", "low"), ("2", "medium"), ("3", "high"), ("4", "confirmed")];

/// The finding, and whether only an active scan can have made it.
fn alert(node: Node<'_>, ignored: Option<&str>) -> (Finding, bool) {
    let plugin = node.get("pluginid").text().unwrap_or_default();
    let rule = node.get("alertRef").text().filter(|id| !id.is_empty()).unwrap_or_else(|| plugin.clone());
    let title = node.get("alert").filled().or_else(|| node.get("name").filled());
    let title = title.unwrap_or_else(|| {
        node.report(&MISSING_FIELD, "the alert has no name");
        format!("alert {rule}")
    });
    let severity = node.require("riskcode").word(RISKS).unwrap_or(Severity::Unknown);
    let confidence = node.get("confidence").word(CONFIDENCES);
    let instances: Vec<Location> = node.get("instances").items().map(instance).collect();
    let declared = node.get("count").u64_or_string().unwrap_or(0);
    let mut finding = Finding::new(rule, title, severity, node.pointer());
    finding.occurrences = declared.max(instances.len() as u64).max(1);
    finding.locations = instances;
    finding.native_severity = node.get("riskdesc").filled();
    finding.confidence = confidence.map(ToOwned::to_owned);
    // -1 and 0 mean that there is none.
    finding.cwes = node.get("cweid").text().and_then(|id| id.parse().ok()).filter(|id| *id > 0).into_iter().collect();
    finding.owasp = node.get("tags").items().filter_map(|tag| tag.get("tag").text()).collect();
    finding.description = node.get("desc").filled();
    finding.solution = node.get("solution").filled();
    finding.suppression = match (ignored, confidence) {
        (Some(by), _) => Some(Suppression { by: by.to_owned(), reason: None }),
        (None, Some("false positive")) => Some(Suppression { by: "marked as false positive".to_owned(), reason: None }),
        (None, _) => None,
    };
    // Plugin ids from 40000 and the 6, 7, 20xxx, 30xxx and 90017-90039 blocks attack; 10xxx and the rest only look.
    // Source: zaproxy, docs/scanners.md.
    let active = plugin.parse::<u32>().is_ok_and(|id| {
        matches!(id, 0 | 6 | 7 | 42 | 43 | 41 | 20_000..=20_999 | 30_000..=30_999 | 40_000..=43_999)
            || matches!(id, 90_017..=90_021 | 90_023..=90_029 | 90_034..=90_039)
    });
    (finding, active)
}

fn instance(node: Node<'_>) -> Location {
    let method = node.get("method").filled();
    let param = node.get("param").filled();
    let detail = match (method, param) {
        (Some(method), Some(param)) => Some(format!("{method} {param}")),
        (method, param) => method.or(param),
    };
    Location { place: node.get("uri").text().unwrap_or_default(), line: None, detail }
}
