//! 7 Checklist and 8 Sign-off.

use super::{Labelled, Subject, Table, owner, verdict_word};
use crate::gate::{Reason, Verdict};
use crate::manifest::ItemStatus;
use crate::model::Phrase;
use crate::model::phrase::plural;

/// Reasons of one check that are listed among the blockers, as among the reasons.
const MAX_BLOCKERS: usize = 20;

/// 7 Pre-production checklist.
#[derive(Clone, Debug)]
pub struct ChecklistView {
    /// The owner's own words, in Markdown; null where there are none.
    pub narrative: Option<String>,
    /// Whether there is a checklist.
    pub present: bool,
    /// The items; null where there is none.
    pub items: Option<Table>,
    /// Blocked items and violated checks; empty where nothing blocks.
    pub blockers: Vec<Phrase>,
    /// What is recommended before the next stage.
    pub recommendations: Vec<Phrase>,
}

/// 8 Sign-off.
#[derive(Clone, Debug)]
pub struct SignOffView {
    /// The owner's own words, in Markdown; null where there are none.
    pub narrative: Option<String>,
    /// The acceptance criteria; null where there is none.
    pub criteria: Option<Table>,
    /// The test environment.
    pub environment: Vec<Labelled>,
    /// The decisions with their approvals.
    pub approvals: Table,
}

pub(super) fn view(subject: &Subject<'_>) -> ChecklistView {
    let manifest = subject.manifest;
    let mut items = Table::new(&["Item", "Status", "Checks", "Notes"]);
    for item in &manifest.checklist {
        let proof = subject.judged.proof_by(&item.checks);
        let checks = match proof {
            Some(verdict) => format!("**{}**", verdict_word(verdict)),
            None if item.checks.is_empty() => "not tied to a check".to_owned(),
            None => "**no such check was made**".to_owned(),
        };
        items.row([
            owner(item.item.clone()),
            Phrase::from(format!("**{}**", item.status.word())),
            Phrase::from(checks),
            item.note.clone().map_or_else(Phrase::new, owner),
        ]);
    }
    let blocked = manifest.checklist.iter().filter(|item| item.status == ItemStatus::Blocked);
    let mut blockers: Vec<Phrase> = blocked.map(|item| owner(item.item.clone()).own(" is blocked.")).collect();
    let violated = subject.judged.checks.iter().filter(|check| check.verdict() >= Verdict::Undecided);
    for check in violated {
        let worst = check.verdict();
        let decisive: Vec<_> = check.reasons.iter().filter(|reason| reason.verdict() == worst).collect();
        let listed = if decisive.len() <= MAX_BLOCKERS { decisive.len() } else { MAX_BLOCKERS - 1 };
        let words = |reason: &&Reason| Phrase::from(format!("{} ({worst}): ", check.id)).and(reason.text.clone());
        blockers.extend(decisive.iter().take(listed).map(words));
        if listed < decisive.len() {
            let more = plural((decisive.len() - listed) as u64, "more reason");
            blockers.push(Phrase::from(format!("{} ({worst}): {more}, all of them in report.json", check.id)));
        }
    }
    ChecklistView {
        narrative: manifest.narrative.checklist.clone(),
        present: !manifest.checklist.is_empty(),
        items: items.filled(),
        blockers,
        recommendations: manifest.recommendations.iter().cloned().map(owner).collect(),
    }
}

pub(super) fn sign_off(subject: &Subject<'_>) -> SignOffView {
    let manifest = subject.manifest;
    let mut criteria = Table::new(&["Criterion", "Verdict", "Shown by"]);
    for criterion in &manifest.criterion {
        let verdict = subject.judged.proof_by(&criterion.checks);
        let mut shown = Phrase::new();
        for (index, pattern) in criterion.checks.iter().enumerate() {
            shown = shown.own(if index > 0 { ", " } else { "" }).own(pattern.get_ref().clone());
        }
        if let Some(note) = &criterion.note {
            shown = shown.own(if criterion.checks.is_empty() { "" } else { ": " }).owner(note.clone());
        }
        let verdict = match verdict {
            Some(verdict) => format!("**{}**", verdict_word(verdict)),
            None if criterion.checks.is_empty() => "stated, not checked".to_owned(),
            None => "**no such check was made**".to_owned(),
        };
        criteria.row([owner(criterion.text.clone()), Phrase::from(verdict), shown]);
    }
    let mut approvals = Table::new(&["Decision", "Verdict", "Statement", "Approved by"]);
    for decision in &subject.judged.decisions {
        let mut by = Phrase::new();
        for (index, approval) in decision.approvals.iter().enumerate() {
            by = by.own(if index > 0 { ", " } else { "" }).owner(approval.name.clone());
            let more: Vec<&String> = [&approval.role, &approval.date].into_iter().flatten().collect();
            for (index, text) in more.iter().enumerate() {
                by = by.own(if index == 0 { " (" } else { ", " }).owner((*text).clone());
            }
            by = by.own(if more.is_empty() { "" } else { ")" });
        }
        approvals.row([
            owner(decision.name.clone()),
            Phrase::from(format!("**{}**", verdict_word(decision.verdict))),
            decision.statement.clone().map_or_else(Phrase::new, owner),
            if decision.approvals.is_empty() { Phrase::from("nobody yet") } else { by },
        ]);
    }
    SignOffView {
        narrative: manifest.narrative.sign_off.clone(),
        criteria: criteria.filled(),
        environment: manifest
            .environment
            .iter()
            .map(|fact| Labelled { label: owner(fact.label.clone()), text: owner(fact.text.clone()) })
            .collect(),
        approvals,
    }
}
