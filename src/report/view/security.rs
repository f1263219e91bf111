//! 6 Security.

use std::collections::BTreeSet;

use super::{IssueView, Subject, Table, evidence, evidence_list, foreign, manifest_issues, unlisted};
use crate::gate::owasp::{Status, TopTen};
use crate::manifest::SectionName;
use crate::model::assessment::{AttestedStatus, Header};
use crate::model::phrase::{plural, thousands};
use crate::model::{Finding, Kind, Phrase, Release, Severity, SeverityTally};

/// Findings that are listed; the rest is counted.
const MAX_FINDINGS: usize = 200;
/// Scans that are listed.
const MAX_SCANS: usize = 200;

/// Ways in which findings were put into categories that are listed.
const MAX_BY: usize = 6;

/// 6 Security.
#[derive(Clone, Debug)]
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
    /// The grade and its rubric; null where there is no scan.
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
    let top_ten = &subject.judged.top_ten;
    SecurityView {
        narrative: subject.manifest.narrative.security.clone(),
        present,
        owasp: present.then(|| owasp_table(top_ten)),
        owasp_note: present.then(|| owasp_note(top_ten)),
        scans: scans(subject),
        findings,
        folded,
        suppressed: suppressed(subject),
        headers: headers(subject),
        grade: (!release.scans.is_empty()).then(|| grade(release)),
        recommendations: release
            .assessments
            .iter()
            .flat_map(|assessment| assessment.value.recommendations.iter().cloned().map(foreign))
            .collect(),
        issues: manifest_issues(subject.manifest, SectionName::Security),
    }
}

/// What of the OWASP Top 10 nobody looked at, for the decision block.
pub(super) fn not_tested(subject: &Subject<'_>) -> Option<Phrase> {
    if !subject.release.has(Kind::Security) {
        return None;
    }
    let top_ten = &subject.judged.top_ten;
    let of = |status| {
        let codes = top_ten.categories.iter().filter(move |s| s.status == status).map(|s| s.category.code);
        codes.collect::<Vec<_>>().join(", ")
    };
    let (missing, attested) = (of(Status::NotTested), of(Status::Attested));
    let mut words = Vec::new();
    if !missing.is_empty() {
        words.push(format!("not tested by anything: {missing}"));
    }
    if !attested.is_empty() {
        words.push(format!("attested by people and tested by no scan: {attested}"));
    }
    (!words.is_empty()).then(|| Phrase::from(format!("{}: {}.", top_ten.edition.title(), words.join("; "))))
}

fn owasp_table(top_ten: &TopTen) -> Table {
    let mut table = Table::new(&["Category", "Status", ">Findings", "Attested", "Evidence"]);
    for standing in &top_ten.categories {
        let status = match standing.status {
            Status::Findings => "**findings**",
            Status::NoFindings => "no findings",
            Status::PartlyTested => "partly tested, no findings",
            Status::Attested => "attested, not tested",
            Status::NotTested => "**not tested**",
        };
        let official = format!("{} {}", standing.category.code, standing.category.name);
        let mut attested = Phrase::new();
        for (index, (status, written, _)) in standing.attested.iter().enumerate() {
            let separator = if index > 0 { ", " } else { "" };
            attested = attested.own(format!("{separator}{}", status.word()));
            // The name is worth a word only where it is not the official one.
            if *written != official {
                attested = attested.own(" as ").foreign(written.clone());
            }
        }
        let sources: Vec<_> =
            standing.scans.iter().chain(standing.attested.iter().map(|(_, _, source)| source)).cloned().collect();
        table.row([
            Phrase::from(official),
            Phrase::from(status),
            Phrase::from(thousands(standing.findings.total())),
            attested,
            evidence_list(&sources),
        ]);
    }
    if top_ten.unmapped.total() > 0 {
        table.row([
            Phrase::from("no category"),
            Phrase::from("**findings**"),
            Phrase::from(thousands(top_ten.unmapped.total())),
        ]);
    }
    table
}

fn owasp_note(top_ten: &TopTen) -> Phrase {
    let by: BTreeSet<&String> = top_ten.categories.iter().flat_map(|standing| &standing.by).collect();
    let mut words = format!(
        "{}, by the official names.\n\
         *No findings* means that a scan which directly looks for the category ran and found nothing,\n\
         *partly tested* that only scans ran which can see a part of it.\n\
         No scan shows that a category is free of faults.",
        top_ten.edition.title()
    );
    if !by.is_empty() {
        words.push_str("\nFindings were put into categories");
        let more = by.len().saturating_sub(MAX_BY);
        let mut phrase = Phrase::from(words);
        for (index, by) in by.into_iter().take(MAX_BY).enumerate() {
            phrase = phrase.own(if index > 0 { ",\n" } else { "\n" }).foreign(by.clone());
        }
        return phrase.own(if more > 0 { format!("\nand {more} more ways.") } else { ".".to_owned() });
    }
    Phrase::from(words)
}

fn grade(release: &Release) -> Phrase {
    let tally = release.findings();
    let of = |severity| tally.of(severity);
    let partial = release.assessments.iter().flat_map(|assessment| &assessment.value.categories);
    let partial = partial.filter(|c| matches!(c.status, AttestedStatus::Partial | AttestedStatus::NotMet)).count();
    let grade = match (of(Severity::Critical), of(Severity::High), of(Severity::Medium), of(Severity::Low)) {
        (1.., _, _, _) => "F",
        (_, 1.., _, _) => "D",
        (_, _, 21.., _) => "C",
        (_, _, 6.., _) => "B",
        (_, _, medium, _) if medium > 0 || partial > 0 || of(Severity::Unknown) > 0 => "B+",
        (_, _, _, 1..) => "A",
        _ => "A+",
    };
    let counted = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Unknown];
    let counted = counted.into_iter().filter(|severity| of(*severity) > 0);
    let mut counted: Vec<String> =
        counted.map(|severity| plural(of(severity), &format!("{severity} finding"))).collect();
    if partial > 0 {
        counted.push(format!("{} attested as partial or not met", plural(partial as u64, "category")));
    }
    let counted = if counted.is_empty() { "nothing that counts is open".to_owned() } else { counted.join(", ") };
    Phrase::from(format!(
        "Security grade {grade}: {counted}\n\
         (A+ nothing open but information, A only low, B+ up to 5 medium, or a partial attestation,\n\
         or a finding of unknown severity, B up to 20 medium, C more, D any high, F any critical).\n\
         The grade decides nothing; the checks do."
    ))
}

fn scans(subject: &Subject<'_>) -> Option<Table> {
    let mut table = Table::new(&["Scanner", "Kind", "Target", ">Findings", ">Suppressed", "Evidence"]);
    let scans = &subject.release.scans;
    for scan in scans.iter().take(MAX_SCANS) {
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
            [first, rest @ ..] => foreign(first.clone()).own(format!(" and {} more", thousands(rest.len() as u64))),
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
    if let Some(more) = scans.get(MAX_SCANS..).filter(|more| !more.is_empty()) {
        let sum = |count: fn(&SeverityTally) -> u64| more.iter().map(|scan| count(scan.value.tally())).sum();
        let of = |sum: u64| Phrase::from(thousands(sum));
        let rest = Phrase::from(format!("{} more, which are not listed", thousands(more.len() as u64)));
        let blank = Phrase::new;
        table.row([rest, blank(), blank(), of(sum(SeverityTally::total)), of(sum(|tally| tally.suppressed)), blank()]);
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
            let Some(suppression) = finding.suppression.as_ref().filter(|_| table.rows.len() < MAX_FINDINGS) else {
                continue;
            };
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
    let more = subject.release.findings().suppressed.saturating_sub(table.rows.len() as u64);
    unlisted(&mut table, more, "which are not listed");
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
