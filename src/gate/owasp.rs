//! The OWASP Top 10: what of it the evidence says something about.

use std::collections::BTreeSet;

use crate::diagnostics::Level;
use crate::manifest;
use crate::model::assessment::AttestedStatus;
use crate::model::finding::SeverityTally;
use crate::model::{ArtifactId, Release, Source};
use crate::taxonomy::owasp::{self, Category, Coverage, Edition, check_name, coverage, roll_up};

/// What is known of one category. The words are deliberate: nothing ever *passes* a category.
///
/// See the [example](mod@crate::gate#example).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Findings are open.
    Findings,
    /// A scan that directly looks for it found nothing.
    NoFindings,
    /// Only scans that can see a part of it ran, and found nothing.
    PartlyTested,
    /// No scan ran that could say anything; a person attests it.
    Attested,
    /// Nobody looked.
    NotTested,
}

impl Status {
    /// The word for it in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Status::Findings => "findings",
            Status::NoFindings => "no_findings",
            Status::PartlyTested => "partly_tested",
            Status::Attested => "attested",
            Status::NotTested => "not_tested",
        }
    }
}

/// What is known of one category.
///
/// See the [example](mod@crate::gate#example).
#[derive(Clone, Debug)]
pub struct Standing {
    /// The category.
    pub category: &'static Category,
    /// What is known of it.
    pub status: Status,
    /// Open findings in it.
    pub findings: SeverityTally,
    /// Rules of the roll-up that put them there, in words.
    pub by: BTreeSet<String>,
    /// What people attest of it: status, the code and name as they wrote it, and where.
    pub attested: Vec<(AttestedStatus, String, Source)>,
    /// The scans that can say something about it.
    pub scans: Vec<Source>,
}

/// All categories of an edition, and the findings that belong to none.
///
/// See the [example](mod@crate::gate#example).
#[derive(Clone, Debug)]
pub struct TopTen {
    /// The edition.
    pub edition: Edition,
    /// Its ten categories in order.
    pub categories: Vec<Standing>,
    /// Open findings that no rule maps to a category.
    pub unmapped: SeverityTally,
}

impl From<manifest::Edition> for Edition {
    fn from(edition: manifest::Edition) -> Edition {
        match edition {
            manifest::Edition::Y2025 => Edition::Y2025,
            manifest::Edition::Y2021 => Edition::Y2021,
        }
    }
}

/// Rolls the findings of a release up into the categories of an edition.
pub fn top_ten(release: &Release, edition: Edition) -> TopTen {
    let failed: BTreeSet<ArtifactId> = release
        .notices
        .iter()
        .filter(|notice| notice.code.level == Level::Error)
        .filter_map(|notice| notice.source.as_ref().map(|source| source.artifact))
        .collect();
    let mut unmapped = SeverityTally::default();
    let mut categories: Vec<Standing> = owasp::categories(edition)
        .iter()
        .map(|category| Standing {
            category,
            status: Status::NotTested,
            findings: SeverityTally::default(),
            by: BTreeSet::new(),
            attested: Vec::new(),
            scans: Vec::new(),
        })
        .collect();
    for scan in &release.scans {
        let tool = scan.value.tool.as_ref().map(|tool| tool.name.as_str());
        for finding in scan.value.findings().iter().filter(|finding| finding.suppression.is_none()) {
            let rolled = roll_up(finding, tool, scan.value.class, edition);
            let standing = categories.iter_mut().find(|standing| rolled.category == Some(standing.category));
            match standing {
                Some(standing) => {
                    standing.findings.add(finding.severity);
                    standing.by.insert(rolled.rule.explain());
                }
                None => unmapped.add(finding.severity),
            }
        }
    }
    for standing in &mut categories {
        let mut best = Coverage::None;
        // A scan that did not get to its end says nothing about what it did not find.
        for scan in release.scans.iter().filter(|scan| !failed.contains(&scan.artifact)) {
            let covers = coverage(scan.value.class, standing.category);
            if covers > Coverage::None {
                best = best.max(covers);
                standing.scans.push(scan.source(&scan.value.pointer));
            }
        }
        for assessment in &release.assessments {
            for attestation in &assessment.value.categories {
                let said = attestation.name.clone().unwrap_or_default();
                let meant = check_name(&attestation.code, &said).category(edition);
                if meant == Some(standing.category) && attestation.status != AttestedStatus::NotAssessed {
                    let written = format!("{} {said}", attestation.code);
                    let source = assessment.source(&attestation.pointer);
                    standing.attested.push((attestation.status, written.trim().to_owned(), source));
                }
            }
        }
        standing.status = match best {
            _ if standing.findings.total() > 0 => Status::Findings,
            Coverage::Direct => Status::NoFindings,
            Coverage::Partial => Status::PartlyTested,
            Coverage::None if !standing.attested.is_empty() => Status::Attested,
            Coverage::None => Status::NotTested,
        };
    }
    TopTen { edition, categories, unmapped }
}
