//! What the JSON and the XML report of ZAP have in common.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::weakness::cwe;
use crate::diagnostics::codes::{INCOMPLETE, PARTLY_SCANNED};
use crate::diagnostics::{Code, Diagnostic};
use crate::model::finding::MAX_KEPT_LOCATIONS;
use crate::model::{Finding, Location, Pointer, Scan, Severity, Suppression, Tool};
use crate::source::json::shorten;

pub(super) const RISKS: &[(&str, Severity)] =
    &[("3", Severity::High), ("2", Severity::Medium), ("1", Severity::Low), ("0", Severity::Info)];
pub(super) const CONFIDENCES: &[(&str, &str)] =
    &[("0", FALSE_POSITIVE), ("1", "low"), ("2", "medium"), ("3", "high"), ("4", "confirmed")];
const FALSE_POSITIVE: &str = "false positive";

/// What an insight tells about the scan, and how it weighs; `None` where it tells nothing that matters here, or only of
/// what stays below the threshold that ZAP is configured with. By the list of insights of the add-on `insights`: those on
/// failures are of level `Medium` above the high threshold (50 % where nobody set another), those on full disks `High`.
pub(super) fn insight(key: &str, level: &str, statistic: Option<&str>) -> Option<(&'static Code, String)> {
    let what = match key {
        "insight.network.failure" => "requests that got no answer",
        "insight.auth.failure" => "log-ins that failed",
        "insight.database.full" | "insight.diskspace.full" => {
            return Some((&INCOMPLETE, "ZAP ran out of room for what it found".to_owned()));
        }
        _ => return None,
    };
    let is_serious = ["medium", "high"].contains(&level.to_ascii_lowercase().as_str());
    let code = if statistic == Some("100") { &INCOMPLETE } else { &PARTLY_SCANNED };
    is_serious.then(|| (code, format!("{what}: {} %", shorten(statistic.unwrap_or("many")))))
}

/// Sites whose answers are told apart.
const MAX_SITES: usize = 1000;

/// How the sites answered, by the insights `insight.code.2xx` and its like: the share of a class of status codes among
/// the answers of a site, in percent. ZAP rounds them down and leaves out those below 1 (`StatsMonitor` of the add-on
/// `insights`), so that nothing but a sum of 100 proves that there was no other answer.
#[derive(Default)]
pub(super) struct Answers {
    sites: BTreeMap<String, Shares>,
    first: Option<Pointer>,
}

#[derive(Default)]
struct Shares {
    redirects: u64,
    client_errors: u64,
    server_errors: u64,
}

impl Answers {
    /// Takes an insight, if it is about how a site answered.
    pub(super) fn take(&mut self, key: &str, site: &str, statistic: Option<&str>, pointer: Pointer) {
        let Some(class) = key.strip_prefix("insight.code.") else { return };
        if self.sites.len() >= MAX_SITES && !self.sites.contains_key(site) {
            return;
        }
        self.first.get_or_insert(pointer);
        let share = statistic.and_then(|text| text.trim().parse().ok()).unwrap_or(0);
        let shares = self.sites.entry(site.to_owned()).or_default();
        match class {
            "3xx" => shares.redirects = share,
            "4xx" => shares.client_errors = share,
            "5xx" => shares.server_errors = share,
            _ => {}
        }
    }

    /// What is to be said where there was nothing to look at.
    pub(super) fn told(self) -> Option<Diagnostic> {
        let is_empty = |s: &Shares| s.redirects.saturating_add(s.client_errors).saturating_add(s.server_errors) >= 100;
        let first = self.first?;
        if self.sites.values().all(is_empty) {
            let message = "every answer was an error or a redirect, so no page was looked at";
            return Some(Diagnostic::new(&INCOMPLETE, message).at(first));
        }
        let (site, _) = self.sites.iter().find(|(_, shares)| shares.server_errors >= 100)?;
        let message = format!("{} gave no answer but errors of the server", shorten(site));
        Some(Diagnostic::new(&PARTLY_SCANNED, message).at(first))
    }
}

/// An alert that is being read.
#[derive(Default)]
pub(super) struct Alert {
    pub(super) plugin: Option<String>,
    pub(super) reference: Option<String>,
    pub(super) name: Option<String>,
    /// `None` while it has not been read.
    pub(super) risk: Option<Severity>,
    pub(super) risk_words: Option<String>,
    pub(super) confidence: Option<&'static str>,
    pub(super) cwe: Option<String>,
    pub(super) tags: Vec<String>,
    pub(super) description: Option<String>,
    pub(super) solution: Option<String>,
    pub(super) links: Option<String>,
    /// In how many places ZAP says that it stands.
    pub(super) declared: Option<u64>,
    listed: u64,
    places: Vec<Location>,
}

impl Alert {
    /// Takes one of its places; the first few are kept.
    pub(super) fn instance(
        &mut self,
        uri: Option<Cow<'_, str>>,
        method: Option<Cow<'_, str>>,
        param: Option<Cow<'_, str>>,
    ) {
        self.listed += 1;
        if self.places.len() < MAX_KEPT_LOCATIONS {
            let detail = match (method, param) {
                (Some(method), Some(param)) => Some(format!("{method} {param}")),
                (method, param) => method.or(param).map(Cow::into_owned),
            };
            self.places.push(Location { place: uri.unwrap_or_default().into_owned(), line: None, detail });
        }
    }

    /// Whether enough of it was read to count it where the file is cut off.
    pub(super) const fn is_known(&self) -> bool {
        self.name.is_some() && self.risk.is_some()
    }

    /// The finding, and whether only an active scan can have made it.
    pub(super) fn finding(self, ignored: Option<&str>, pointer: Pointer) -> (Finding, bool) {
        let plugin = self.plugin.unwrap_or_default();
        let rule = self.reference.unwrap_or_else(|| plugin.clone());
        let title = self.name.unwrap_or_else(|| format!("alert {rule}"));
        let mut finding = Finding::new(rule, title, self.risk.unwrap_or(Severity::Unknown), pointer);
        finding.occurrences = self.declared.unwrap_or(0).max(self.listed).max(1);
        finding.locations = self.places;
        finding.native_severity = self.risk_words;
        finding.confidence = self.confidence.map(ToOwned::to_owned);
        finding.cwes = self.cwe.as_deref().and_then(cwe).into_iter().collect();
        finding.owasp = self.tags.into_iter().filter(|tag| tag.starts_with("OWASP")).collect();
        finding.description = self.description;
        finding.solution = self.solution;
        finding.references = self.links.as_deref().map(links).unwrap_or_default();
        finding.suppression = match (ignored, self.confidence) {
            (Some(by), _) => Some(Suppression { by: by.to_owned(), reason: None }),
            (None, Some(FALSE_POSITIVE)) => {
                Some(Suppression { by: "marked as false positive".to_owned(), reason: None })
            }
            (None, _) => None,
        };
        (finding, attacks(&plugin))
    }
}

/// The links in a text of HTML paragraphs, or of lines.
fn links(text: &str) -> Vec<String> {
    let parts = text.split(['<', '>', '\n', '\r', ' ']).map(str::trim);
    parts.filter(|part| part.starts_with("http://") || part.starts_with("https://")).map(ToOwned::to_owned).collect()
}

/// Whether a rule attacks: ids from 40000 and the 6, 7, 20xxx, 30xxx and 90017-90039 blocks; 10xxx and the rest only look.
/// Source: zaproxy, docs/scanners.md.
fn attacks(plugin: &str) -> bool {
    plugin.parse::<u32>().is_ok_and(|id| {
        matches!(id, 0 | 6 | 7 | 42 | 43 | 41 | 20_000..=20_999 | 30_000..=30_999 | 40_000..=43_999)
            || matches!(id, 90_017..=90_021 | 90_023..=90_029 | 90_034..=90_039)
    })
}

/// Whether any of the scans is of a site; browsers and ZAP itself leave others in a report.
pub(super) fn any_site(scans: &[Scan]) -> bool {
    scans.iter().flat_map(|scan| &scan.targets).any(|target| {
        let target = target.trim().to_ascii_lowercase();
        target.strip_prefix("https://").or(target.strip_prefix("http://")).is_some_and(|host| !host.is_empty())
    })
}

pub(super) fn tool(version: Option<String>) -> Tool {
    Tool::new("OWASP ZAP", version)
}
