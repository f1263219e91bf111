//! Open findings by severity.

use super::smoke_failed::margin;
use super::{Area, Context, Rule, no_evidence};
use crate::gate::{Check, Reason, Weight};
use crate::model::finding::MAX_KEPT_LOCATIONS;
use crate::model::phrase::plural;
use crate::model::{Finding, Kind, Phrase, Scan, Severity, Sourced};

pub(super) static CRITICAL: Rule = Rule {
    id: "security.critical",
    area: Area::Security,
    title: "No critical finding is open",
    how: "Counts critical findings that nothing suppresses, over all scans. More than `gate.security.max-critical` \
          (0 where it is not given) fail the check. A scan that leaves findings of this severity out by its \
          configuration makes the verdict undecided. Each finding is a reason that a waiver can name by its rule.",
    judge: |context| judge(context, &CRITICAL, Severity::Critical, Some(context.manifest.gate.security.max_critical)),
};

pub(super) static HIGH: Rule = Rule {
    id: "security.high",
    area: Area::Security,
    title: "No high finding is open",
    how: "As for critical findings, with `gate.security.max-high` (0 where it is not given).",
    judge: |context| judge(context, &HIGH, Severity::High, Some(context.manifest.gate.security.max_high)),
};

pub(super) static MEDIUM: Rule = Rule {
    id: "security.medium",
    area: Area::Security,
    title: "Not too many medium findings are open",
    how: "Counts medium findings where `gate.security.max-medium` is given. Without any scan the verdict is undecided.",
    judge: |context| judge(context, &MEDIUM, Severity::Medium, context.manifest.gate.security.max_medium),
};

pub(super) static LOW: Rule = Rule {
    id: "security.low",
    area: Area::Security,
    title: "Not too many low findings are open",
    how: "Counts low findings where `gate.security.max-low` is given. Without any scan the verdict is undecided.",
    judge: |context| judge(context, &LOW, Severity::Low, context.manifest.gate.security.max_low),
};

pub(super) static UNKNOWN: Rule = Rule {
    id: "security.unknown",
    area: Area::Security,
    title: "Every finding has a severity",
    how: "A finding without severity may be a critical one. Where `gate.security.max-unknown` is given, more fail \
          the check; where it is not given, any makes the verdict conditional.",
    judge: unknown,
};

fn judge(context: &Context<'_>, rule: &'static Rule, severity: Severity, limit: Option<u64>) -> Vec<Check> {
    let Some(limit) = limit else { return Vec::new() };
    if context.release.scans.is_empty() {
        let is_default = matches!(severity, Severity::Critical | Severity::High);
        if is_default {
            // Always a number, given or not: where no scan is required, none is missed.
            return Vec::new();
        }
        let check = Check::new(rule, format!("at most {limit}"), "no scan");
        return vec![check.reasons([no_evidence(Kind::Security, &format!("gate.security.max-{severity}"))])];
    }
    vec![counted(context, rule, severity, limit, Weight::Violation)]
}

fn unknown(context: &Context<'_>) -> Vec<Check> {
    if context.release.scans.is_empty() {
        return Vec::new();
    }
    let limit = context.manifest.gate.security.max_unknown;
    let weight = if limit.is_some() { Weight::Violation } else { Weight::Condition };
    vec![counted(context, &UNKNOWN, Severity::Unknown, limit.unwrap_or(0), weight)]
}

fn counted(context: &Context<'_>, rule: &'static Rule, severity: Severity, limit: u64, weight: Weight) -> Check {
    let count = context.release.findings().of(severity);
    let check = Check::new(rule, format!("at most {limit}"), count.to_string());
    let mut check = check.titled_above_zero(
        limit,
        match severity {
            Severity::Unknown => "Not too many findings have no severity".to_owned(),
            severity => format!("Not too many {severity} findings are open"),
        },
    );
    check.margin = margin(count, limit);
    check.surplus = count.checked_sub(limit);
    check = check.sources(context.release.scans.iter().map(|scan| scan.source(&scan.value.pointer)));
    check.reasons.extend(left_out(&context.release.scans, severity));
    if count <= limit {
        return check;
    }
    let mut kept = 0;
    for scan in &context.release.scans {
        let open = scan.value.findings().iter().filter(|f| f.severity == severity && f.suppression.is_none());
        for finding in open {
            kept += 1;
            check.reasons.push(Reason { weight, ..reason(scan, finding) });
        }
    }
    if kept < count {
        let more = plural(count - kept, "finding");
        check.reasons.push(Reason::new(weight, format!("{more} more, which are not listed")));
    }
    check
}

/// A finding that is one too many, with its places.
pub(super) fn reason(scan: &Sourced<Scan>, finding: &Finding) -> Reason {
    let mut places = finding.locations.iter().map(|location| location.place.clone());
    let mut phrase = Phrase::new().foreign(finding.rule.clone()).own(" ").foreign(finding.title.clone());
    let location = places.next();
    if let Some(place) = &location {
        phrase = phrase.own(" in ").foreign(place.clone());
    }
    let kept = finding.locations.len();
    let reason = Reason::new(Weight::Violation, phrase).scope(finding.rule.clone());
    Reason {
        location,
        further_locations: places.collect(),
        has_unlisted_locations: kept >= MAX_KEPT_LOCATIONS && finding.occurrences > kept as u64,
        ..reason.source(scan.source(&finding.pointer))
    }
}

/// Why findings of a severity cannot be known to be all: scans that leave them out by their configuration.
pub(super) fn left_out<'s>(
    scans: impl IntoIterator<Item = &'s Sourced<Scan>>,
    severity: Severity,
) -> impl Iterator<Item = Reason> {
    // Severities are in the order of their weight, the greatest first.
    let is_left_out = move |least: Severity| least < severity && severity != Severity::Unknown;
    let leaves_out = move |scan: &&Sourced<Scan>| scan.value.threshold.is_some_and(is_left_out);
    scans.into_iter().filter(leaves_out).map(move |scan| {
        let tool = scan.value.tool.as_ref().map_or_else(|| "a scan".to_owned(), |tool| tool.name.clone());
        let phrase = Phrase::new().foreign(tool).own(format!(" leaves out {severity} findings by its configuration"));
        Reason::new(Weight::Gap, phrase).source(scan.source(&scan.value.pointer))
    })
}
