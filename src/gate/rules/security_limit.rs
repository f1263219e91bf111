//! Open findings by scanner and by category of the OWASP Top 10.

use crate::manifest::Spanned;

use super::security_severity::{left_out, reason};
use super::smoke_failed::margin;
use super::{Area, Context, Rule, did_you_mean, no_evidence};
use crate::diagnostics::nearest;
use crate::gate::owasp::Status;
use crate::gate::{Check, Reason, Weight, slug};
use crate::manifest::{FindingLimit, matches};
use crate::model::{Finding, Kind, Phrase, Scan, Severity, Sourced};
use crate::taxonomy::owasp::{Category, Coverage, Edition, categories, coverage, roll_up};

pub(super) static RULE: Rule = Rule {
    id: "security.limit",
    area: Area::Security,
    title: "Findings by scanner and category keep to the limits of the policy",
    how: "Each `[[gate.security.limit]]` names a scanner, a category of the OWASP Top 10, a severity, or several of \
          them, and how many such findings may be open. Without a severity all but info are counted. A scanner that \
          did not run, a category that no scan could say anything about, and a scan that leaves findings of the \
          severity out by its configuration make the verdict undecided: no finding is not the same as none looked \
          for. Where the limit names no severity, a scan that leaves some out makes it conditional. One check per \
          limit.",
    judge,
};

/// The ids of the checks of limits, in their order.
pub(in crate::gate) fn ids(limits: &[FindingLimit]) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for limit in limits {
        let parts = [
            limit.scanner.as_ref().map(|scanner| slug(scanner.get_ref())),
            limit.category.as_ref().map(|category| slug(category.get_ref())),
            limit.severity.map(|severity| Severity::from(severity).to_string()),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
        let first = format!("{}.{}", RULE.id, if parts.is_empty() { "all".to_owned() } else { parts.join(".") });
        let further = (2..).map(|number| format!("{first}-{number}"));
        let free = std::iter::once(first.clone()).chain(further).find(|id| !ids.contains(id));
        ids.push(free.unwrap_or(first));
    }
    ids
}

/// The category that a limit names; `None` where the edition has no such one. A code may stand without its year.
pub(in crate::gate) fn category(edition: Edition, name: &str) -> Option<&'static Category> {
    let code = name.trim().to_uppercase();
    categories(edition).iter().find(|category| category.code == code || category.code.split(':').next() == Some(&code))
}

/// The code nearest to what a limit names.
pub(in crate::gate) fn nearest_code(edition: Edition, name: &str) -> Option<&'static str> {
    nearest(name, categories(edition).iter().map(|category| category.code))
}

fn judge(context: &Context<'_>) -> Vec<Check> {
    let limits = &context.manifest.gate.security.limit;
    limits.iter().zip(ids(limits)).map(|(limit, id)| Check { id, ..apply(context, limit) }).collect()
}

fn apply(context: &Context<'_>, limit: &FindingLimit) -> Check {
    let edition = context.manifest.gate.security.edition.into();
    let max = *limit.max.get_ref();
    let scanner = limit.scanner.as_ref().map(Spanned::get_ref);
    let severity = limit.severity.map(Severity::from);
    let category = limit.category.as_ref().and_then(|name| category(edition, name.get_ref()));
    let mut check = Check::new(&RULE, format!("at most {max}"), "no scan");
    check.title = title(severity, scanner, category);
    if context.release.scans.is_empty() {
        check.reasons.push(no_evidence(Kind::Security, "gate.security.limit"));
        return check;
    }
    let is_meant = |scan: &&Sourced<Scan>| {
        scanner.is_none_or(|pattern| {
            let tool = scan.value.tool.as_ref().map(|tool| tool.name.to_lowercase());
            tool.is_some_and(|tool| matches(&pattern.to_lowercase(), &tool))
        })
    };
    let scans: Vec<&Sourced<Scan>> = context.release.scans.iter().filter(is_meant).collect();
    if let (true, Some(name)) = (scans.is_empty(), scanner) {
        let known = context.release.scans.iter().filter_map(|scan| scan.value.tool.as_ref()).map(|t| t.name.as_str());
        let phrase = did_you_mean(Phrase::from("there is no scan by ").foreign(name.clone()), name, known);
        check.reasons.push(Reason::new(Weight::Gap, phrase));
        return check;
    }
    if let Some(category) = category {
        let standing = context.top_ten.categories.iter().find(|standing| standing.category == category);
        let is_seen = standing.is_some_and(|standing| !matches!(standing.status, Status::NotTested | Status::Attested));
        let can_see = scans.iter().any(|scan| coverage(scan.value.class, category) > Coverage::None);
        if !is_seen || scanner.is_some() && !can_see {
            let words = format!("no scan could say anything about {} {}", category.code, category.name);
            check.reasons.push(Reason::new(Weight::Gap, words));
        }
    }
    check.reasons.extend(not_looked_for(&scans, severity));
    count(&mut check, &scans, severity, max, category.map(|category| (edition, category)));
    check
}

/// Counts the open findings against the limit: those of a severity (else all but information), and where only one
/// category is meant, those of it.
fn count(
    check: &mut Check,
    scans: &[&Sourced<Scan>],
    severity: Option<Severity>,
    max: u64,
    category: Option<(Edition, &'static Category)>,
) {
    let is_meant = |of: Severity| severity.map_or(of != Severity::Info, |severity| severity == of);
    let is_of_category = |scan: &Scan, finding: &Finding| {
        let tool = scan.tool.as_ref().map(|tool| tool.name.as_str());
        category.is_none_or(|(edition, of)| roll_up(finding, tool, scan.class, edition).category == Some(of))
    };
    let mut total = 0;
    let mut reasons = Vec::new();
    for scan in scans {
        let open = scan.value.findings().iter().filter(|found| found.suppression.is_none() && is_meant(found.severity));
        for finding in open.filter(|finding| is_of_category(&scan.value, finding)) {
            total += 1;
            reasons.push(reason(scan, finding));
        }
        let unlisted = scan.value.folded().filter(|(_, of, suppressed, _)| !suppressed && is_meant(*of));
        let unlisted: u64 = unlisted.map(|(.., count)| count).sum();
        // What was counted and not kept has no details to find its category by.
        if category.is_none() {
            total += unlisted;
        } else if unlisted > 0 {
            let words = format!("the category of {unlisted} findings is not known: they are counted and not listed");
            check.reasons.push(Reason::new(Weight::Gap, words).source(scan.source(&scan.value.pointer)));
        }
        check.sources.push(scan.source(&scan.value.pointer));
    }
    check.observed = total.to_string().into();
    check.margin = margin(total, max);
    check.surplus = total.checked_sub(max);
    if total > max {
        let more = total - reasons.len() as u64;
        check.reasons.extend(reasons);
        if more > 0 {
            let words = format!("{} more, which are not listed", crate::model::phrase::plural(more, "finding"));
            check.reasons.push(Reason::new(Weight::Violation, words));
        }
    }
}

/// What scans leave out by their configuration. A limit that names no severity is about what the scans look for, and the
/// rest is worth knowing.
fn not_looked_for(scans: &[&Sourced<Scan>], severity: Option<Severity>) -> Vec<Reason> {
    match severity {
        Some(severity) => left_out(scans.iter().copied(), severity).collect(),
        None => left_out(scans.iter().copied(), Severity::Low)
            .map(|reason| Reason { weight: Weight::Condition, ..reason })
            .collect(),
    }
}

fn title(severity: Option<Severity>, scanner: Option<&String>, category: Option<&Category>) -> Phrase {
    let mut phrase = match severity {
        None => Phrase::from("Open findings"),
        Some(Severity::Unknown) => Phrase::from("Open findings without severity"),
        Some(severity) => Phrase::from(format!("Open findings that are {severity}")),
    };
    if let Some(category) = category {
        phrase = phrase.own(format!(" in {} {}", category.code, category.name));
    }
    match scanner {
        Some(scanner) => phrase.own(", of ").owner(scanner.clone()),
        None => phrase,
    }
}
