//! Every item of the checklist is done.

use super::{Area, Context, Rule};
use crate::gate::{Check, Reason, Weight};
use crate::manifest::ItemStatus;
use crate::model::Phrase;

pub(super) static RULE: Rule = Rule {
    id: "checklist.items",
    area: Area::Checklist,
    title: "Every item of the checklist is complete",
    how: "Each item of `[[checklist]]` that is open or partial makes the verdict conditional; a blocked one fails the \
          check.",
    judge,
};

fn judge(context: &Context<'_>) -> Vec<Check> {
    let items = &context.manifest.checklist;
    if items.is_empty() {
        return Vec::new();
    }
    let complete = items.iter().filter(|item| item.status == ItemStatus::Complete).count();
    let reasons = items.iter().filter_map(|item| {
        let weight = match item.status {
            ItemStatus::Complete => return None,
            ItemStatus::Partial | ItemStatus::Open => Weight::Condition,
            ItemStatus::Blocked => Weight::Violation,
        };
        let mut phrase = Phrase::new().owner(item.item.clone()).own(format!(" is {}", item.status.word()));
        if let Some(note) = &item.note {
            phrase = phrase.own(": ").owner(note.clone());
        }
        Some(Reason::new(weight, phrase).scope(item.item.clone()))
    });
    let observed = format!("{complete} of {} complete", items.len());
    vec![Check::new(&RULE, format!("all {} complete", items.len()), observed).reasons(reasons)]
}
