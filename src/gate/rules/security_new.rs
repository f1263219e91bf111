//! Not too many findings are new since the baseline.

use std::collections::BTreeMap;

use super::security_severity::left_out;
use super::smoke_failed::margin;
use super::{Area, Context, Rule, no_baseline, no_evidence};
use crate::gate::baseline::{Direction, occurrences};
use crate::gate::{Against, Check, Reason, Weight};
use crate::manifest::SecurityGate;
use crate::model::phrase::plural;
use crate::model::{Kind, Phrase, Severity, Source};

pub(super) static RULE: Rule = Rule {
    id: "security.new",
    area: Area::Security,
    title: "Not too many findings are new since the baseline",
    how: "Where `gate.security.max-new-critical` (`-high`, `-medium`, `-low`, `-unknown`) is given, more findings of \
          that severity that are open now and were not open in the baseline fail the check. A finding is recognised \
          by scanner, rule and place (of a URL the path), or scanner, rule and package: not by its line. A second one \
          in the same place is new; one whose severity rose is new with that severity. Without a baseline, where a \
          scanner of the baseline did not run to its end now, and where findings are counted and not listed, the \
          verdict is undecided; so it is where a scan leaves findings of the severity out by its configuration. One \
          check per severity.",
    judge,
};

/// The limits of a policy by severity.
pub(in crate::gate) fn limits(gate: &SecurityGate) -> Vec<(Severity, u64)> {
    [
        (Severity::Critical, gate.max_new_critical),
        (Severity::High, gate.max_new_high),
        (Severity::Medium, gate.max_new_medium),
        (Severity::Low, gate.max_new_low),
        (Severity::Unknown, gate.max_new_unknown),
    ]
    .into_iter()
    .filter_map(|(severity, limit)| Some((severity, limit?)))
    .collect()
}

/// The id of the check of a severity.
pub(in crate::gate) fn id(severity: Severity) -> String {
    format!("{}.{severity}", RULE.id)
}

fn judge(context: &Context<'_>) -> Vec<Check> {
    limits(&context.manifest.gate.security)
        .into_iter()
        .map(|(severity, limit)| {
            let mut check = of_severity(context, severity, limit);
            check.id = id(severity);
            check.title = Phrase::from(match severity {
                Severity::Unknown => "Not too many findings without severity are new".to_owned(),
                _ => format!("Not too many {severity} findings are new"),
            });
            check
        })
        .collect()
}

fn of_severity(context: &Context<'_>, severity: Severity, limit: u64) -> Check {
    let key = format!("gate.security.max-new-{severity}");
    let check = Check::new(&RULE, format!("at most {limit}"), "not known");
    let Some(against) = &context.against else { return check.reasons([no_baseline(&key)]) };
    if context.release.scans.is_empty() {
        return check.reasons([no_evidence(Kind::Security, &key)]);
    }
    let changes = &against.compared.changes;
    let new: Vec<_> = changes.findings.iter().filter(|finding| finding.new_of(severity) > 0).collect();
    let count = new.iter().map(|finding| finding.new_of(severity)).fold(0, u64::saturating_add);
    let mut check = Check::new(&RULE, format!("at most {limit}"), count.to_string())
        .reasons(gaps(against, severity))
        .reasons(left_out(&context.release.scans, severity));
    check.margin = margin(count, limit);
    check.surplus = count.checked_sub(limit);
    if count > limit {
        let sources = sources(context);
        check = check.reasons(new.into_iter().map(|finding| {
            let state = finding.state.after.clone().unwrap_or_default();
            let mut phrase = Phrase::new().foreign(finding.key.rule.clone()).own(" ").foreign(state.title);
            if !state.place.is_empty() {
                phrase = phrase.own(" in ").foreign(state.place.clone());
            }
            phrase = phrase.own(match finding.new_of(severity) {
                1 => " is new".to_owned(),
                more => format!(" is new, {} times", crate::model::phrase::thousands(more)),
            });
            let mut reason = Reason::new(Weight::Violation, phrase).scope(finding.key.rule.clone());
            reason.location = Some(state.place).filter(|place| !place.is_empty());
            reason.source = sources.get(&finding.key.fingerprint).cloned();
            reason
        }));
    }
    check
}

/// Why it cannot be known that nothing is new.
fn gaps(against: &Against<'_>, severity: Severity) -> Vec<Reason> {
    let mut gaps = Vec::new();
    for scanner in against.compared.changes.scanners.iter().filter(|change| change.direction() == Direction::Worse) {
        let phrase = match scanner.state.after {
            None => Phrase::new().foreign(scanner.name.clone()).own(" ran for the baseline and did not run now"),
            Some(_) => Phrase::new().foreign(scanner.name.clone()).own(" did not run to its end"),
        };
        gaps.push(Reason::new(Weight::Gap, phrase.own(": whether it would find something new is not known")));
    }
    let unlisted = against.after.observed.unlisted_findings.get(&severity).copied().unwrap_or(0);
    if unlisted > 0 {
        let words = format!("{} of this severity are counted and not listed", plural(unlisted, "finding"));
        gaps.push(Reason::new(Weight::Gap, words));
    }
    gaps
}

/// Where the open findings stand, by fingerprint: the first of each.
fn sources(context: &Context<'_>) -> BTreeMap<String, Source> {
    let mut sources = BTreeMap::new();
    for scan in &context.release.scans {
        let tool = scan.value.tool.as_ref().map(|tool| tool.name.as_str()).unwrap_or_default();
        for finding in scan.value.findings().iter().filter(|finding| finding.suppression.is_none()) {
            for (fingerprint, ..) in occurrences(tool, finding) {
                sources.entry(fingerprint).or_insert_with(|| scan.source(&finding.pointer));
            }
        }
    }
    sources
}
