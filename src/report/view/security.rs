//! 6 Security.

use serde::Serialize;

use super::{IssueView, Subject, Table, evidence, foreign, manifest_issues};
use crate::manifest::SectionName;
use crate::model::finding::Header;
use crate::model::phrase::thousands;
use crate::model::{Finding, Phrase, Severity};

/// Findings that are listed; the rest is counted.
const MAX_FINDINGS: usize = 200;

/// 6 Security.
#[derive(Clone, Debug, Serialize)]
pub struct SecurityView {
    /// The owner's own words, in Markdown; null where there are none.
    pub narrative: Option<String>,
    /// Whether there is any scan or assessment.
    pub present: bool,
    /// The OWASP Top 10; null where there is no security evidence.
    pub owasp: Option<Table>,
    /// What the table rests on.
    pub owasp_note: Option<Phrase>,
    /// The scans; null where there is none.
    pub scans: Option<Table>,
    /// Open findings, worst first; null where there is none.
    pub findings: Option<Table>,
    /// What is not listed; null where all is.
    pub folded: Option<Phrase>,
    /// Findings that do not count; null where there is none.
    pub suppressed: Option<Table>,
    /// Response headers; null where nobody looked.
    pub headers: Option<Table>,
    /// The grade and its rubric; null where there is no security evidence.
    pub grade: Option<Phrase>,
    /// What assessments recommend.
    pub recommendations: Vec<Phrase>,
    /// Issues that people describe.
    pub issues: Vec<IssueView>,
}

pub(super) fn view(subject: &Subject<'_>) -> SecurityView {
    let release = subject.release;
    let present = !release.scans.is_empty() || !release.assessments.is_empty();
    let (findings, folded) = findings(subject);
    SecurityView {
        narrative: subject.manifest.narrative.security.clone(),
        present,
        owasp: None,
        owasp_note: None,
        scans: scans(subject),
        findings,
        folded,
        suppressed: suppressed(subject),
        headers: headers(subject),
        grade: None,
        recommendations: release
            .assessments
            .iter()
            .flat_map(|assessment| assessment.value.recommendations.iter().cloned().map(foreign))
            .collect(),
        issues: manifest_issues(subject.manifest, SectionName::Security),
    }
}

/// What of the OWASP Top 10 nobody looked at, for the decision block.
pub(super) const fn not_tested(_: &Subject<'_>) -> Vec<Phrase> {
    Vec::new()
}

fn scans(subject: &Subject<'_>) -> Option<Table> {
    let mut table = Table::new(&["Scanner", "Kind", "Target", ">Findings", ">Suppressed", "Evidence"]);
    for scan in &subject.release.scans {
        let s = &scan.value;
        let tool = s.tool.as_ref().map_or_else(
            || Phrase::from("not stated"),
            |tool| match &tool.version {
                Some(version) => foreign(format!("{} {version}", tool.name)),
                None => foreign(tool.name.clone()),
            },
        );
        let target = match s.targets.as_slice() {
            [] => Phrase::from("not stated"),
            [one] => foreign(one.clone()),
            [first, rest @ ..] => foreign(first.clone()).own(format!(" and {} more", rest.len())),
        };
        table.row([
            tool,
            Phrase::from(s.class.title()),
            target,
            Phrase::from(thousands(s.tally().total())),
            Phrase::from(thousands(s.tally().suppressed)),
            evidence(&scan.source(&s.pointer)),
        ]);
    }
    table.filled()
}

fn findings(subject: &Subject<'_>) -> (Option<Table>, Option<Phrase>) {
    let mut table = Table::new(&["Severity", "Rule", "Finding", ">Places", "First place", "Evidence"]);
    let total = subject.release.findings().total();
    let open = |finding: &&Finding| finding.suppression.is_none();
    for severity in Severity::ALL {
        for scan in &subject.release.scans {
            for finding in scan.value.findings().iter().filter(open).filter(|f| f.severity == severity) {
                if table.rows.len() == MAX_FINDINGS {
                    break;
                }
                table.row([
                    Phrase::from(format!("**{severity}**")),
                    foreign(finding.rule.clone()),
                    title(finding),
                    Phrase::from(thousands(finding.occurrences)),
                    place(finding),
                    evidence(&scan.source(&finding.pointer)),
                ]);
            }
        }
    }
    let listed = table.rows.len() as u64;
    let folded = (listed < total).then(|| {
        Phrase::from(format!("{} more findings are not listed; all of them are counted.", thousands(total - listed)))
    });
    (table.filled(), folded)
}

fn title(finding: &Finding) -> Phrase {
    let title = foreign(finding.title.clone());
    match &finding.package {
        Some(package) => {
            let version = package.version.as_deref().unwrap_or("of unknown version");
            title.own(" in ").foreign(format!("{} {version}", package.name))
        }
        None => title,
    }
}

fn place(finding: &Finding) -> Phrase {
    let Some(location) = finding.locations.first() else { return Phrase::new() };
    foreign(match location.line {
        Some(line) => format!("{}:{line}", location.place),
        None => location.place.clone(),
    })
}

fn suppressed(subject: &Subject<'_>) -> Option<Table> {
    let mut table = Table::new(&["Severity", "Rule", "Finding", "Suppressed by", "Reason", "Evidence"]);
    for scan in &subject.release.scans {
        for finding in scan.value.findings() {
            let Some(suppression) = &finding.suppression else { continue };
            if table.rows.len() == MAX_FINDINGS {
                break;
            }
            table.row([
                Phrase::from(finding.severity.word()),
                foreign(finding.rule.clone()),
                title(finding),
                foreign(suppression.by.clone()),
                suppression.reason.clone().map_or_else(Phrase::new, foreign),
                evidence(&scan.source(&finding.pointer)),
            ]);
        }
    }
    table.filled()
}

fn headers(subject: &Subject<'_>) -> Option<Table> {
    let mut table = Table::new(&["Response header", "Present", "Value", "Evidence"]);
    for assessment in &subject.release.assessments {
        let row = |header: &Header| {
            [
                foreign(header.name.clone()),
                Phrase::from(if header.present { "yes" } else { "**missing**" }),
                header.value.clone().map_or_else(Phrase::new, foreign),
                evidence(&assessment.source(&header.pointer)),
            ]
        };
        assessment.value.headers.iter().for_each(|header| table.row(row(header)));
    }
    table.filled()
}
