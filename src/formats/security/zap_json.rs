//! OWASP ZAP: the traditional JSON report, also in its "plus" form with requests and responses.
//!
//! ```json
//! {"@programName": "ZAP", "@version": "2.15.0", "site": [{"@name": "https://staging.example.com",
//!   "alerts": [{"pluginid": "10038", "alert": "CSP Header Not Set", "riskcode": "2", "confidence": "3",
//!               "instances": [{"uri": "https://staging.example.com/", "method": "GET"}], "cweid": "693"}]}]}
//! ```
//!
//! Each site is a scan, and each alert of a site one finding with as many occurrences as ZAP counts, or lists if that is more.
//! Severity is `riskcode`: 3 high, 2 medium, 1 low, 0 info.
//! ZAP has no critical, and `riskdesc` also holds the confidence, so it is not used.
//! An alert with confidence 0 is a false positive and counts as suppressed, like those that the GitHub action puts into
//! `ignoredAlerts`.
//! All numbers are strings; a CWE of -1 or 0 means that there is none.
//! A scan is an active one where one of its alerts comes from a rule that attacks, else a passive one.
//!
//! A site without alerts is a clean scan.
//! A report without any site that has an `http` or `https` address says that nothing was scanned, and one with a
//! `stoppingInsight` (from 2.17) that the scan was stopped early.
//! Insights of failed requests or log-ins above their high threshold, and steps of `sequences` that failed, make it partly
//! scanned; where all failed, or a disk was full, it is incomplete.
//! So it is where by its insights no site gave another answer than errors and redirects; a site that gave nothing but
//! errors of the server, beside others, was not scanned.
//! Old reports of GitLab's DAST have `scan` and `vulnerabilities` beside the sites: a scan whose status is not `success`
//! failed, and vulnerabilities without any alert are an error.
//! Requests and responses of the plus form are left out: they carry cookies and tokens.
//! An XML report that was converted to JSON (`site` is an object, `alerts.alertitem`) is read too.
//! Keys by the template `traditional-json/report.json` of zaproxy/zap-extensions, `addOns/reports`.

use super::zap::{Alert, Answers, CONFIDENCES, RISKS, any_site, insight, tool};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{INCOMPLETE, MISSING_FIELD, NOTHING_RAN, PARTLY_SCANNED, TOOL_FAILED, UNREADABLE_PART};
use crate::formats::Format;
use crate::model::phrase::plural;
use crate::model::{Evidence, Kind, Pointer, Scan, ScanClass, Severity};
use crate::source::json::shorten;
use crate::source::{Doc, Json, JsonKind, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "zap-json",
    kinds: &[Kind::Security],
    tool: "OWASP ZAP",
    title: "Traditional JSON report, with or without requests",
    produce: "zap-baseline.py -t https://staging.example.com -J zap.json",
    detect,
    read,
};

/// The root element of the XML report, which converters keep.
const WRAPPER: &str = "OWASPZAPReport";

fn detect(probe: &Probe<'_>) -> bool {
    probe.document().is_some_and(|root| {
        let wrapped = root.get(WRAPPER);
        let report = if wrapped.is_object() { wrapped } else { root };
        let site = report.get("site");
        wrapped.is_object()
            || (report.get("@programName").exists() || report.get("@version").exists())
                // The report of the authentication helper has a `site` too, but it is a text.
                && (site.is_object() || site.is_null() || site.is_array() && site.items().all(Node::is_object))
    })
}

#[derive(Default)]
struct Report {
    version: Option<String>,
    time: Option<jiff::Timestamp>,
    scans: Vec<Scan>,
    answers: Answers,
    /// Sites that do not even have an empty list of alerts.
    without_alerts: Vec<Pointer>,
    /// Vulnerabilities that GitLab lists beside the sites.
    of_gitlab: u64,
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let mut json = doc.json();
    let mut report = Report::default();
    let outcome = json.object(|json, key| match key {
        WRAPPER => json.object(|json, key| member(json, key, &mut report)),
        _ => member(json, key, &mut report),
    });
    let outcome = outcome.and_then(|()| json.end());
    let tool = tool(report.version);
    for scan in &mut report.scans {
        scan.tool = Some(tool.clone());
    }
    evidence.tool = Some(tool);
    evidence.time = report.time;
    evidence.scans = report.scans;
    outcome?;
    for site in report.without_alerts {
        doc.report(Diagnostic::new(&MISSING_FIELD, "`alerts` is missing in a site").at(site));
    }
    let is_clean = evidence.scans.iter().all(|scan| scan.tally().total() == 0);
    if is_clean && report.of_gitlab > 0 {
        let message = format!("GitLab lists {}, and no site has an alert", plural(report.of_gitlab, "vulnerability"));
        doc.report(Diagnostic::new(&UNREADABLE_PART, message).at(Pointer::path("/vulnerabilities")));
    }
    if !any_site(&evidence.scans) {
        doc.report(Diagnostic::new(&NOTHING_RAN, "no site was scanned").at(Pointer::path("/site")));
    } else if let Some(told) = report.answers.told() {
        doc.report(told);
    }
    Ok(())
}

fn member(json: &mut Json<'_>, key: &str, report: &mut Report) -> Result<(), Stop> {
    match key {
        "@version" | "-version" | "_version" => report.version = json.record()?.filled(),
        "created" | "@created" => report.time = json.record()?.time(),
        "insights" => json.array(|json, _| {
            let tree = json.tree()?;
            let node = tree.root();
            let text = |key: &str| node.get(key).text();
            let (key, statistic) = (text("key").unwrap_or_default(), text("statistic"));
            let told = insight(&key, &text("level").unwrap_or_default(), statistic.as_deref());
            if let Some((code, message)) = told {
                node.report(code, message);
            }
            report.answers.take(&key, &text("site").unwrap_or_default(), statistic.as_deref(), node.pointer());
            Ok(())
        })?,
        "sequences" => json.array(|json, _| {
            let tree = json.tree()?;
            let steps = tree.root().get("steps");
            let failed = steps.items().find(|step| step.get("pass").text().as_deref() == Some("false"));
            if let Some(step) = failed {
                let name = tree.root().get("name").text().unwrap_or_default();
                let number = step.get("step").text().unwrap_or_default();
                step.report(
                    &PARTLY_SCANNED,
                    format!("step {} of the sequence `{}` failed", shorten(&number), shorten(&name)),
                );
            }
            Ok(())
        })?,
        // Old reports of GitLab's DAST are those of ZAP with GitLab's own keys beside.
        "scan" => {
            let tree = json.tree()?;
            let status = tree.root().get("status");
            if let Some(word) = status.filled().filter(|word| word != "success") {
                status.report(&TOOL_FAILED, format!("the scan is `{}`", shorten(&word)));
            }
        }
        "vulnerabilities" => json.array(|json, _| {
            report.of_gitlab += 1;
            json.skip()
        })?,
        "stoppingInsight" => {
            let tree = json.tree()?;
            if tree.root().is_some() {
                let reason = ["description", "reason"].iter().find_map(|key| tree.root().get(key).text());
                let reason = reason.unwrap_or_else(|| "no reason given".to_owned());
                tree.root().report(&INCOMPLETE, format!("ZAP stopped the scan early: {reason}"));
            }
        }
        "site" => each(json, &mut |json| {
            let mut scan = Scan::new(ScanClass::PassiveDast, Pointer::path(json.pointer()));
            let mut has_alerts = false;
            let outcome = json.object(|json, key| {
                has_alerts |= key == "alerts";
                site(json, key, &mut scan)
            });
            if outcome.is_ok() && !has_alerts {
                report.without_alerts.push(scan.pointer.clone());
            }
            report.scans.push(scan);
            outcome
        })?,
        _ => json.skip()?,
    }
    Ok(())
}

/// The elements of an array; converters make one element alone an object.
fn each<'i>(json: &mut Json<'i>, element: &mut dyn FnMut(&mut Json<'i>) -> Result<(), Stop>) -> Result<(), Stop> {
    match json.kind()? {
        JsonKind::Object => element(json),
        JsonKind::Array | JsonKind::Scalar => json.array(|json, _| element(json)),
    }
}

fn site(json: &mut Json<'_>, key: &str, scan: &mut Scan) -> Result<(), Stop> {
    match key {
        "@name" | "-name" | "_name" => scan.targets.extend(json.record()?.filled()),
        "alerts" if json.kind()? == JsonKind::Object => json.object(|json, key| match key {
            "alertitem" => each(json, &mut |json| alert(json, None, scan)),
            _ => json.skip(),
        })?,
        "alerts" => json.array(|json, _| alert(json, None, scan))?,
        "ignoredAlerts" => json.array(|json, _| alert(json, Some("ignored by the rules file"), scan))?,
        _ => json.skip()?,
    }
    Ok(())
}

fn alert(json: &mut Json<'_>, ignored: Option<&str>, scan: &mut Scan) -> Result<(), Stop> {
    if json.kind()? != JsonKind::Object {
        json.record()?.report(&UNREADABLE_PART, "an alert is an object");
        return Ok(());
    }
    let pointer = Pointer::path(json.pointer());
    let mut alert = Alert::default();
    let mut diags = None;
    let outcome = json.object(|json, key| match key {
        "instances" if json.kind()? == JsonKind::Object => json.object(|json, key| match key {
            "instance" => each(json, &mut |json| {
                instance(json.record()?, &mut alert);
                Ok(())
            }),
            _ => json.skip(),
        }),
        "instances" => json.array(|json, _| {
            instance(json.record()?, &mut alert);
            Ok(())
        }),
        _ => {
            let value = json.record()?;
            diags.get_or_insert_with(|| value.diags().clone());
            field(&mut alert, key, value);
            Ok(())
        }
    });
    if outcome.is_ok() || alert.is_known() {
        let missing = [("alert", alert.name.is_none()), ("riskcode", alert.risk.is_none())];
        for (key, _) in missing.into_iter().filter(|(_, missing)| *missing) {
            if let Some(diags) = &diags {
                let message = format!("`{key}` is missing in an alert");
                diags.push(Diagnostic::new(&MISSING_FIELD, message).at(pointer.clone()));
            }
        }
        let (finding, active) = alert.finding(ignored, pointer);
        if active {
            scan.class = ScanClass::ActiveDast;
        }
        scan.push(finding);
    }
    outcome
}

fn field(alert: &mut Alert, key: &str, node: Node<'_>) {
    let digits = |words| node.text().map(|text| words_of(node, &text, words));
    match key {
        "pluginid" => alert.plugin = node.text(),
        "alertRef" => alert.reference = node.text().filter(|id| !id.is_empty()),
        "alert" => alert.name = node.filled().or(alert.name.take()),
        "name" => alert.name = alert.name.take().or_else(|| node.filled()),
        "riskcode" => alert.risk = digits(RISKS).map(|risk| risk.unwrap_or(Severity::Unknown)),
        "riskdesc" => alert.risk_words = node.filled(),
        "confidence" => alert.confidence = node.text().and_then(|text| words_of(node, &text, CONFIDENCES)),
        "count" => alert.declared = node.u64_or_string(),
        "cweid" => alert.cwe = node.text(),
        "desc" => alert.description = node.filled(),
        "solution" => alert.solution = node.filled(),
        "reference" => alert.links = node.filled(),
        "tags" => alert.tags = node.items().filter_map(|tag| tag.get("tag").text()).collect(),
        _ => {}
    }
}

/// As [`Node::word`], for digits that converters write as numbers.
fn words_of<T: Copy>(node: Node<'_>, text: &str, words: &[(&str, T)]) -> Option<T> {
    match words.iter().find(|(word, _)| *word == text.trim()) {
        Some((_, value)) => Some(*value),
        None => node.unknown_word(text, words.iter().map(|(word, _)| *word)),
    }
}

fn instance(node: Node<'_>, alert: &mut Alert) {
    alert.instance(node.get("uri").text_str(), node.get("method").filled_str(), node.get("param").filled_str());
}
