//! No category is attested as not met.

use super::{Area, Context, Rule};
use crate::gate::{Check, Reason, Weight};
use crate::model::Phrase;
use crate::model::assessment::AttestedStatus;

pub(super) static RULE: Rule = Rule {
    id: "security.attested",
    area: Area::Security,
    title: "No category is attested as not met",
    how: "Where an assessment by people is given, a category that it calls not met fails the check, and one that it \
          calls partial makes the verdict conditional. An attestation never makes a verdict better.",
    judge,
};

fn judge(context: &Context<'_>) -> Vec<Check> {
    let attestations = || {
        context
            .release
            .assessments
            .iter()
            .flat_map(|assessment| assessment.value.categories.iter().map(move |category| (assessment, category)))
    };
    let total = attestations().count();
    if total == 0 {
        return Vec::new();
    }
    let met = attestations().filter(|(_, category)| category.status == AttestedStatus::Met).count();
    let reasons = attestations().filter_map(|(assessment, category)| {
        let weight = match category.status {
            AttestedStatus::Met | AttestedStatus::NotAssessed => return None,
            AttestedStatus::Partial => Weight::Condition,
            AttestedStatus::NotMet => Weight::Violation,
        };
        let name = format!("{} {}", category.code, category.name.as_deref().unwrap_or_default());
        let mut phrase = Phrase::new().foreign(name.trim()).own(format!(" is attested as {}", category.status.word()));
        if let Some(note) = &category.note {
            phrase = phrase.own(": ").foreign(note.clone());
        }
        Some(Reason::new(weight, phrase).scope(category.code.clone()).source(assessment.source(&category.pointer)))
    });
    let check = Check::new(&RULE, "all met", format!("{met} of {total} met"))
        .reasons(reasons)
        .sources(context.release.assessments.iter().map(|assessment| assessment.source(&assessment.value.pointer)));
    vec![check]
}
