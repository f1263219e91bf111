//! OWASP ZAP: the traditional XML report, also in its "plus" form with requests and responses.
//!
//! ```xml
//! <OWASPZAPReport programName="ZAP" version="2.15.0"><site name="https://staging.example.com"><alerts><alertitem>
//!   <pluginid>10038</pluginid><alert>CSP Header Not Set</alert><riskcode>2</riskcode><confidence>3</confidence>
//!   <instances><instance><uri>https://staging.example.com/</uri><method>GET</method></instance></instances>
//! </alertitem></alerts></site></OWASPZAPReport>
//! ```
//!
//! It is read like the JSON report of ZAP: each site a scan, each `alertitem` a finding, severity by `riskcode`
//! (3 high, 2 medium, 1 low, 0 info), confidence 0 a false positive that counts as suppressed.
//! Reports from before 2.5 have the places (`uri`, `param`) in the `alertitem` itself.
//! A site without alerts is a clean scan; a report without a site at an `http` or `https` address is none, and so is one
//! whose insights tell of nothing but errors and redirects.
//! Requests and responses are left out: they carry cookies and tokens.
//! Elements by the template `traditional-xml/report.xml` of zaproxy/zap-extensions, `addOns/reports`.

use std::borrow::Cow;

use super::zap::{Alert, Answers, CONFIDENCES, RISKS, any_site, insight, tool};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{INCOMPLETE, MISSING_FIELD, NOTHING_RAN, OUT_OF_RANGE, UNKNOWN_WORD};
use crate::formats::Format;
use crate::model::{Evidence, Kind, Scan, ScanClass, Severity};
use crate::source::json::shorten;
use crate::source::{Doc, Element, Probe, Stop, Xml, XmlEvent, XmlTree};

pub(super) static FORMAT: Format = Format {
    id: "zap-xml",
    kinds: &[Kind::Security],
    tool: "OWASP ZAP",
    title: "Traditional XML report, with or without requests",
    produce: "zap-baseline.py -t https://staging.example.com -x zap.xml",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.has_root("OWASPZAPReport")
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let mut xml = doc.xml();
    let (mut version, mut answers) = (None, Answers::default());
    let outcome = report(&mut xml, evidence, &mut version, &mut answers);
    let tool = tool(version);
    for scan in &mut evidence.scans {
        scan.tool = Some(tool.clone());
    }
    evidence.tool = Some(tool);
    outcome?;
    if !any_site(&evidence.scans) {
        doc.report(Diagnostic::new(&NOTHING_RAN, "no site was scanned"));
    } else if let Some(told) = answers.told() {
        doc.report(told);
    }
    Ok(())
}

fn report(
    xml: &mut Xml<'_>,
    evidence: &mut Evidence,
    version: &mut Option<String>,
    answers: &mut Answers,
) -> Result<(), Stop> {
    loop {
        match xml.next()? {
            XmlEvent::Open(element) if xml.open_elements() == 1 => {
                *version = element.filled("version");
                evidence.time = element.attr("created").and_then(|text| text.parse().ok());
            }
            XmlEvent::Open(element) if element.name == "site" => {
                let mut scan = Scan::new(ScanClass::PassiveDast, element.pointer());
                scan.targets.extend(element.filled("name"));
                let outcome = site(xml, &mut scan);
                evidence.scans.push(scan);
                outcome?;
            }
            XmlEvent::Open(element) if element.name == "insights" => drop(element),
            XmlEvent::Open(element) if element.name == "insight" => {
                let told = xml.tree(element)?;
                let text = |name: &str| told.child_text(name).unwrap_or_default();
                let (key, statistic) = (text("key"), text("statistic"));
                if let Some((code, message)) = insight(&key, &text("level"), Some(&statistic)) {
                    told.element.report(code, message);
                }
                answers.take(&key, &text("site"), Some(&statistic), told.element.pointer());
            }
            XmlEvent::Open(element) if element.name == "stoppingInsight" => {
                let insight = xml.tree(element)?;
                let reason = ["description", "reason"].iter().find_map(|name| insight.child_text(name));
                let reason = reason.or_else(|| insight.filled_text()).unwrap_or_else(|| "no reason given".to_owned());
                insight.element.report(&INCOMPLETE, format!("ZAP stopped the scan early: {reason}"));
            }
            XmlEvent::Open(_) => xml.skip()?,
            XmlEvent::Close(_) => {}
            XmlEvent::End => return Ok(()),
        }
    }
}

fn site(xml: &mut Xml<'_>, scan: &mut Scan) -> Result<(), Stop> {
    let depth = xml.open_elements();
    loop {
        match xml.next()? {
            XmlEvent::Open(element) => match &*element.name {
                "alerts" => {}
                "alertitem" => item(xml, &element, scan)?,
                _ => xml.skip()?,
            },
            XmlEvent::Close(_) if xml.open_elements() < depth => return Ok(()),
            XmlEvent::Close(_) => {}
            XmlEvent::End => return Ok(()),
        }
    }
}

fn item(xml: &mut Xml<'_>, item: &Element, scan: &mut Scan) -> Result<(), Stop> {
    let mut alert = Alert::default();
    let mut own_place = (None, None);
    let outcome = fields(xml, &mut alert, &mut own_place);
    if outcome.is_ok() || alert.is_known() {
        if alert.name.is_none() {
            item.report(&MISSING_FIELD, "<alert> is missing");
        }
        if alert.risk.is_none() {
            item.report(&MISSING_FIELD, "<riskcode> is missing");
        }
        if let (Some(uri), param) = own_place {
            alert.instance(Some(Cow::Owned(uri)), None, param.map(Cow::Owned));
        }
        let (finding, active) = alert.finding(None, item.pointer());
        if active {
            scan.class = ScanClass::ActiveDast;
        }
        scan.push(finding);
    }
    outcome
}

fn fields(xml: &mut Xml<'_>, alert: &mut Alert, own_place: &mut (Option<String>, Option<String>)) -> Result<(), Stop> {
    let depth = xml.open_elements();
    loop {
        match xml.next()? {
            XmlEvent::Open(element) => match &*element.name {
                "instances" => {}
                "instance" => {
                    let node = xml.tree(element)?;
                    let text = |name| node.child_text(name).map(Cow::Owned);
                    alert.instance(text("uri"), text("method"), text("param"));
                }
                // Requests and responses may be large, and are not for reports.
                "requestresponse" | "requestheader" | "requestbody" | "responseheader" | "responsebody" => {
                    xml.skip()?;
                }
                _ => {
                    let node = xml.tree(element)?;
                    field(alert, own_place, &node);
                }
            },
            XmlEvent::Close(_) if xml.open_elements() < depth => return Ok(()),
            XmlEvent::Close(_) => {}
            XmlEvent::End => return Ok(()),
        }
    }
}

fn field(alert: &mut Alert, own_place: &mut (Option<String>, Option<String>), node: &XmlTree) {
    let text = || node.filled_text();
    match &*node.element.name {
        "pluginid" => alert.plugin = text(),
        "alertRef" => alert.reference = text(),
        "alert" => alert.name = text().or(alert.name.take()),
        "name" => alert.name = alert.name.take().or_else(text),
        "riskcode" => alert.risk = text().map(|_| word(node, RISKS).unwrap_or(Severity::Unknown)),
        "riskdesc" => alert.risk_words = text(),
        "confidence" => alert.confidence = text().and_then(|_| word(node, CONFIDENCES)),
        "count" => alert.declared = text().and_then(|text| count(node, &text)),
        "cweid" => alert.cwe = text(),
        "desc" => alert.description = text(),
        "solution" => alert.solution = text(),
        "reference" => alert.links = text(),
        "tags" => alert.tags = node.all("tag").filter_map(tag).collect(),
        "uri" => own_place.0 = text(),
        "param" => own_place.1 = text(),
        _ => {}
    }
}

fn tag(node: &XmlTree) -> Option<String> {
    node.filled_text().or_else(|| node.child_text("tag"))
}

fn word<T: Copy>(node: &XmlTree, words: &[(&str, T)]) -> Option<T> {
    let text = node.filled_text()?;
    let known = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
    if known.is_none() {
        node.element.report(&UNKNOWN_WORD, format!("unknown word `{}`", shorten(&text)));
    }
    known
}

fn count(node: &XmlTree, text: &str) -> Option<u64> {
    let count = text.parse().ok();
    if count.is_none() {
        node.element.report(&OUT_OF_RANGE, format!("`{}` is not a count", shorten(text)));
    }
    count
}
