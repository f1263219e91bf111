//! Security: scans and their findings.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::ser::{SerializeStruct, Serializer};
use serde::{Deserialize, Serialize};

use super::evidence::Tool;
use super::pointer::Pointer;

/// Findings of one rule, with the same severity, of one scan that are kept with their details.
pub const MAX_KEPT_PER_RULE: u64 = 100;
/// Findings of one severity of one scan that are kept with their details, suppressed ones apart.
pub const MAX_KEPT_PER_SEVERITY: u64 = 1_000;
/// Places of one finding that are kept.
pub const MAX_KEPT_LOCATIONS: usize = 20;
/// Targets that are listed of a scan whose report names one with each finding.
pub(crate) const MAX_TARGETS: usize = 20;

/// How bad a finding is, after the mapping of the tool's own word.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::model#example).")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The worst.
    Critical,
    /// High.
    High,
    /// Medium.
    Medium,
    /// Low.
    Low,
    /// Worth knowing, no weakness by itself.
    Info,
    /// The tool gives none. Counted apart, never as `info`.
    Unknown,
}

impl Severity {
    /// Every severity, worst first.
    pub const ALL: [Severity; 6] =
        [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Info, Severity::Unknown];

    /// The word for it: `critical`, `high`, ….
    pub const fn word(self) -> &'static str {
        match self {
            Severity::Critical => "critical",
            Severity::High => "high",
            Severity::Medium => "medium",
            Severity::Low => "low",
            Severity::Info => "info",
            Severity::Unknown => "unknown",
        }
    }

    /// From a CVSS v3 or v4 base score: 9.0 and above critical, 7.0 high, 4.0 medium, above 0 low, 0 info.
    /// Source: FIRST, CVSS v3.1 specification, section 5 (qualitative severity rating scale).
    pub fn from_cvss(score: f64) -> Severity {
        match score {
            s if s >= 9.0 => Severity::Critical,
            s if s >= 7.0 => Severity::High,
            s if s >= 4.0 => Severity::Medium,
            s if s > 0.0 => Severity::Low,
            0.0 => Severity::Info,
            _ => Severity::Unknown,
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// How many findings have which severity. Always counted from findings.
///
/// See the [example](mod@crate::model#example).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SeverityTally {
    counts: [u64; 6],
    /// Findings that a tool or a statement suppresses; in none of the other counts.
    pub suppressed: u64,
}

impl SeverityTally {
    /// Counts one more finding that nothing suppresses.
    pub const fn add(&mut self, severity: Severity) {
        self.counts[severity as usize] += 1;
    }

    /// Adds the counts of another tally.
    pub fn merge(&mut self, other: &SeverityTally) {
        for (mine, theirs) in self.counts.iter_mut().zip(other.counts) {
            *mine += theirs;
        }
        self.suppressed += other.suppressed;
    }

    /// The count of one severity.
    pub const fn of(&self, severity: Severity) -> u64 {
        self.counts[severity as usize]
    }

    /// All findings that nothing suppresses.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }
}

/// What kind of test a scan is: which OWASP categories it can say something about follows from it.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::model#example).")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ScanClass {
    /// A crawl with passive rules only (ZAP baseline).
    PassiveDast,
    /// A scan that attacks the running application.
    ActiveDast,
    /// Known vulnerabilities of dependencies, packages and images.
    Sca,
    /// Source code.
    Sast,
    /// TLS configuration and response headers.
    TlsHeaders,
    /// Infrastructure as code, cluster and cloud configuration.
    IacConfig,
    /// Secrets in source code and history.
    Secrets,
    /// A person's assessment.
    Manual,
    /// The style and the quality of code (SARIF of a linter): nothing tells that it looked for weaknesses.
    Linter,
    /// Nothing tells what kind it is (SARIF of an unknown tool).
    Unknown,
}

impl ScanClass {
    /// What readers call it.
    pub const fn title(self) -> &'static str {
        match self {
            ScanClass::PassiveDast => "passive dynamic scan",
            ScanClass::ActiveDast => "active dynamic scan",
            ScanClass::Sca => "dependency scan",
            ScanClass::Sast => "source code scan",
            ScanClass::TlsHeaders => "TLS and header scan",
            ScanClass::IacConfig => "configuration scan",
            ScanClass::Secrets => "secret scan",
            ScanClass::Manual => "manual assessment",
            ScanClass::Linter => "check of code quality",
            ScanClass::Unknown => "scan of unknown kind",
        }
    }
}

/// One run of one scanner, as one artifact tells it.
///
/// See the [example](mod@crate::model#example).
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "ScanRecord")]
pub struct Scan {
    /// The scanner; `None` where the artifact does not say. An artifact with one tool has it in its evidence too.
    pub tool: Option<Tool>,
    /// What kind of test it is.
    pub class: ScanClass,
    /// Hosts, images, files or projects that were scanned; empty where the artifact does not say.
    pub targets: Vec<String>,
    /// The least severity that it tells of; `None` where it leaves out nothing, or does not say.
    pub threshold: Option<Severity>,
    /// Where it stands.
    pub pointer: Pointer,
    findings: Vec<Finding>,
    tally: SeverityTally,
    occurrences: u64,
    /// Per rule, severity and whether it is suppressed: how many there were.
    seen: BTreeMap<String, BTreeMap<(Severity, bool), Seen>>,
    /// Per severity, and whether it is suppressed: how many were kept.
    kept: [[u64; 6]; 2],
}

/// How many findings of one kind there were.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    kept: u64,
    folded: u64,
}

impl Scan {
    /// A scan without findings.
    pub const fn new(class: ScanClass, pointer: Pointer) -> Scan {
        Scan {
            tool: None,
            class,
            targets: Vec::new(),
            threshold: None,
            pointer,
            findings: Vec::new(),
            tally: SeverityTally { counts: [0; 6], suppressed: 0 },
            occurrences: 0,
            seen: BTreeMap::new(),
            kept: [[0; 6]; 2],
        }
    }

    /// Whether a scanner looked at something. What states the vulnerabilities of a product without its components (VEX)
    /// names neither a tool that scanned nor what was scanned; a linter looks for no weaknesses.
    pub fn is_of_scanner(&self) -> bool {
        match self.class {
            ScanClass::Linter => false,
            ScanClass::Unknown => self.tool.is_some(),
            _ => true,
        }
    }

    /// Adds what was scanned, where it is not there and there is room (`MAX_TARGETS`).
    pub(crate) fn add_target(&mut self, target: String) {
        if self.targets.len() < MAX_TARGETS && !self.targets.contains(&target) {
            self.targets.push(target);
        }
    }

    /// Adds a finding: it is always counted, and kept while there is room for its rule (`MAX_KEPT_PER_RULE`)
    /// and for its severity (`MAX_KEPT_PER_SEVERITY`).
    pub fn push(&mut self, mut finding: Finding) {
        let (severity, suppressed) = (finding.severity, finding.suppression.is_some());
        self.add(severity, suppressed, 1, finding.occurrences);
        let kept = &mut self.kept[usize::from(suppressed)][severity as usize];
        let counts = match self.seen.get_mut(&finding.rule) {
            Some(counts) => counts,
            // The name is copied only where it is new.
            None => self.seen.entry(finding.rule.clone()).or_default(),
        };
        let seen = counts.entry((severity, suppressed)).or_default();
        if seen.kept < MAX_KEPT_PER_RULE && *kept < MAX_KEPT_PER_SEVERITY {
            seen.kept += 1;
            *kept += 1;
            finding.locations.truncate(MAX_KEPT_LOCATIONS);
            self.findings.push(finding);
        } else {
            seen.folded += 1;
        }
    }

    /// Adds findings that would only be counted, and their places, for readers that need not put together what is not
    /// kept. Returns false, with nothing done, where there is room for one, or where their rule is new.
    pub fn push_folded(&mut self, rule: &str, severity: Severity, suppressed: bool, count: u64, places: u64) -> bool {
        let is_full = self.kept[usize::from(suppressed)][severity as usize] >= MAX_KEPT_PER_SEVERITY;
        let seen = self.seen.get_mut(rule).and_then(|counts| counts.get_mut(&(severity, suppressed)));
        let Some(seen) = seen.filter(|seen| is_full || seen.kept >= MAX_KEPT_PER_RULE) else { return false };
        seen.folded += count;
        self.add(severity, suppressed, count, places);
        true
    }

    const fn add(&mut self, severity: Severity, suppressed: bool, count: u64, occurrences: u64) {
        if suppressed {
            self.tally.suppressed += count;
        } else {
            self.tally.counts[severity as usize] += count;
            self.occurrences = self.occurrences.saturating_add(occurrences);
        }
    }

    /// Suppresses the kept findings for which `why` has a reason. What was only counted stays as it is.
    pub fn suppress(&mut self, why: impl Fn(&Finding) -> Option<Suppression>) {
        for finding in self.findings.iter_mut().filter(|finding| finding.suppression.is_none()) {
            if let Some(suppression) = why(finding) {
                finding.suppression = Some(suppression);
                self.tally.counts[finding.severity as usize] -= 1;
                self.tally.suppressed += 1;
                self.occurrences -= finding.occurrences;
            }
        }
    }

    /// Leaves only these findings in a scan of which all are kept.
    pub(crate) fn retain(&mut self, is_left: impl Fn(&Finding) -> bool) {
        let (tool, targets) = (self.tool.take(), std::mem::take(&mut self.targets));
        let all = std::mem::take(&mut self.findings);
        *self = Scan { tool, targets, threshold: self.threshold, ..Scan::new(self.class, self.pointer.clone()) };
        all.into_iter().filter(is_left).for_each(|finding| self.push(finding));
    }

    /// The findings that were kept, in the order of the artifact.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The findings, to change their texts: severities and suppressions are counted already.
    pub(super) fn findings_mut(&mut self) -> &mut [Finding] {
        &mut self.findings
    }

    /// Changes the names of the rules in the list of what was kept.
    pub(super) fn rename_rules(&mut self, mut rename: impl FnMut(&mut String)) {
        for (mut rule, counts) in std::mem::take(&mut self.seen) {
            rename(&mut rule);
            let all = self.seen.entry(rule).or_default();
            for (kind, count) in counts {
                let seen = all.entry(kind).or_default();
                seen.kept += count.kept;
                seen.folded += count.folded;
            }
        }
    }

    /// Counts over all findings, kept or not.
    pub const fn tally(&self) -> &SeverityTally {
        &self.tally
    }

    /// Places over all findings that nothing suppresses.
    pub const fn occurrences(&self) -> u64 {
        self.occurrences
    }

    /// How many different rules its findings have.
    pub(crate) fn n_rules(&self) -> u64 {
        self.seen.len() as u64
    }

    /// Per rule, severity and whether it is suppressed: how many were counted but not kept.
    pub fn folded(&self) -> impl Iterator<Item = (&str, Severity, bool, u64)> {
        self.seen.iter().flat_map(|(rule, counts)| {
            let folded = counts.iter().filter(|(_, seen)| seen.folded > 0);
            folded.map(|((severity, suppressed), seen)| (rule.as_str(), *severity, *suppressed, seen.folded))
        })
    }
}

/// A scan as it stands in a bundle. Its counts are not stated: they are those of the findings and of what is folded.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, schemars(rename = "Scan"))]
struct ScanRecord {
    /// The scanner; null where the artifact does not say.
    tool: Option<Tool>,
    /// What kind of test it is.
    class: ScanClass,
    /// What was scanned.
    targets: Vec<String>,
    /// The least severity that it tells of; absent where it leaves out nothing, or does not say.
    #[serde(default)]
    threshold: Option<Severity>,
    /// Where it stands.
    pointer: Pointer,
    /// The findings that were kept.
    findings: Vec<Finding>,
    /// How many were counted and not kept.
    folded: Vec<FoldedFindings>,
    /// The places of those that were not kept and that nothing suppresses.
    #[serde(deserialize_with = "super::wire::count")]
    folded_occurrences: u64,
}

/// Findings of one rule that were counted and not kept.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct FoldedFindings {
    /// The rule.
    rule: String,
    /// Their severity.
    severity: Severity,
    /// Whether they are suppressed.
    suppressed: bool,
    /// How many.
    #[serde(deserialize_with = "super::wire::count")]
    count: u64,
}

impl From<ScanRecord> for Scan {
    fn from(record: ScanRecord) -> Scan {
        let ScanRecord { tool, class, targets, threshold, pointer, findings, folded, folded_occurrences } = record;
        let mut scan = Scan { tool, targets, threshold, ..Scan::new(class, pointer) };
        findings.into_iter().for_each(|finding| scan.push(finding));
        for FoldedFindings { rule, severity, suppressed, count } in folded {
            match suppressed {
                true => scan.tally.suppressed += count,
                false => scan.tally.counts[severity as usize] += count,
            }
            scan.seen.entry(rule).or_default().entry((severity, suppressed)).or_default().folded += count;
        }
        scan.occurrences = scan.occurrences.saturating_add(folded_occurrences);
        scan
    }
}

impl Serialize for Scan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Scan { tool, class, targets, threshold, pointer, findings, tally: _, occurrences, .. } = self;
        let counted = findings.iter().filter(|finding| finding.suppression.is_none());
        let of_kept = counted.fold(0u64, |sum, finding| sum.saturating_add(finding.occurrences));
        let folded = self.folded().map(|(rule, severity, suppressed, count)| FoldedFindings {
            rule: rule.to_owned(),
            severity,
            suppressed,
            count,
        });
        let mut record = serializer.serialize_struct("Scan", 7 + usize::from(threshold.is_some()))?;
        record.serialize_field("tool", tool)?;
        record.serialize_field("class", class)?;
        record.serialize_field("targets", targets)?;
        if threshold.is_some() {
            record.serialize_field("threshold", threshold)?;
        }
        record.serialize_field("pointer", pointer)?;
        record.serialize_field("findings", findings)?;
        record.serialize_field("folded", &folded.collect::<Vec<_>>())?;
        record.serialize_field("folded_occurrences", &occurrences.saturating_sub(of_kept))?;
        record.end()
    }
}

#[cfg(test)]
super::wire::schema_of!(Scan, ScanRecord);

/// One finding.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::model#example).")]
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The scanner's id of the rule, or the vulnerability's id: `10038-1`, `CVE-2024-3094`.
    pub rule: String,
    /// One line.
    pub title: String,
    /// After the mapping.
    pub severity: Severity,
    /// The tool's own word; `None` where it has none.
    pub native_severity: Option<String>,
    /// The tool's confidence in its own words; `None` where it has none.
    pub confidence: Option<String>,
    /// CWE numbers that the tool gives.
    pub cwes: Vec<u32>,
    /// OWASP categories that the tool itself gives, as written: `A02:2021`, `OWASP_2021_A05`.
    pub owasp: Vec<String>,
    /// Where it was found, the first few (`MAX_KEPT_LOCATIONS`).
    pub locations: Vec<Location>,
    /// In how many places, kept or not; at least 1.
    #[serde(deserialize_with = "super::wire::count")]
    pub occurrences: u64,
    /// The package that is affected; `None` where the finding is not about one.
    pub package: Option<Package>,
    /// What it is; `None` where the artifact does not say.
    pub description: Option<String>,
    /// What to do; `None` where the artifact does not say.
    pub solution: Option<String>,
    /// Links and ids for further reading.
    pub references: Vec<String>,
    /// Why it does not count; `None` for a finding that counts.
    pub suppression: Option<Suppression>,
    /// What the tool itself offers to recognise the finding again; `None` where it offers nothing.
    pub fingerprint: Option<String>,
    /// Where it stands.
    pub pointer: Pointer,
}

impl Finding {
    /// A finding in one place with nothing but its rule, title and severity.
    pub fn new(rule: impl Into<String>, title: impl Into<String>, severity: Severity, pointer: Pointer) -> Finding {
        Finding {
            rule: rule.into(),
            title: title.into(),
            severity,
            native_severity: None,
            confidence: None,
            cwes: Vec::new(),
            owasp: Vec::new(),
            locations: Vec::new(),
            occurrences: 1,
            package: None,
            description: None,
            solution: None,
            references: Vec::new(),
            suppression: None,
            fingerprint: None,
            pointer,
        }
    }
}

/// Where a finding was made.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::model#example).")]
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Location {
    /// A URL, a file, an image, a resource address.
    pub place: String,
    /// Line in the file, from 1; `None` where there is none.
    pub line: Option<u64>,
    /// Request method, parameter, function: what narrows the place down.
    pub detail: Option<String>,
}

/// A package with a known vulnerability.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::model#example).")]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// The version in use; `None` where the artifact does not say.
    pub version: Option<String>,
    /// The version that mends it; `None` where there is none or the artifact does not say.
    pub fixed: Option<String>,
    /// Its package URL (`pkg:npm/lodash@4.17.15`); `None` where the artifact does not give one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purl: Option<String>,
}

/// Why a finding does not count.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::model#example).")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Suppression {
    /// What suppresses it: `inSource`, `.trivyignore`, `VEX: not_affected`.
    pub by: String,
    /// The reason that is given; `None` where there is none.
    pub reason: Option<String>,
}

/// A statement about a vulnerability that may suppress matching findings of other artifacts (OpenVEX, CycloneDX VEX).
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::model#example).")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// The vulnerability and its aliases: `CVE-2024-3094`, `GHSA-…`.
    pub vulnerabilities: Vec<String>,
    /// Products that it is about (purl or name); empty for all.
    pub products: Vec<String>,
    /// Whether it takes findings out of the count (`not_affected`, `fixed`, `false_positive`, `resolved`).
    pub suppresses: bool,
    /// The status in the document's own word.
    pub status: String,
    /// The justification or impact statement; `None` where there is none.
    pub reason: Option<String>,
    /// Who says so; `None` where the document does not say.
    pub author: Option<String>,
    /// Since when it holds; `None` where the document does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub time: Option<Timestamp>,
    /// Where it stands.
    pub pointer: Pointer,
}
