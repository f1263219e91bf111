//! Every migration that the rollback passes can be undone.

use super::{Area, Context, Rule};
use crate::gate::{Check, Reason, Weight};
use crate::model::Phrase;

pub(super) static RULE: Rule = Rule {
    id: "rollback.migrations",
    area: Area::Rollback,
    title: "Every migration can be undone",
    how: "A migration that the dry run calls irreversible fails the check; one of which it does not say makes the \
          verdict conditional.",
    judge,
};

fn judge(context: &Context<'_>) -> Vec<Check> {
    let migrations = || {
        context
            .release
            .plans
            .iter()
            .flat_map(|plan| plan.value.migrations.iter().map(move |migration| (plan, migration)))
    };
    let total = migrations().count();
    if total == 0 {
        return Vec::new();
    }
    let reversible = migrations().filter(|(_, migration)| migration.reversible == Some(true)).count();
    let reasons = migrations().filter_map(|(plan, migration)| {
        let (weight, words) = match migration.reversible {
            Some(true) => return None,
            Some(false) => (Weight::Violation, " cannot be undone"),
            None => (Weight::Condition, " may not be reversible: the dry run does not say"),
        };
        let phrase = Phrase::from("the migration ").foreign(migration.id.clone()).own(words);
        Some(Reason::new(weight, phrase).scope(migration.id.clone()).source(plan.source(&migration.pointer)))
    });
    let check = Check::new(&RULE, format!("all {total}"), format!("{reversible} of {total}"))
        .reasons(reasons)
        .sources(migrations().map(|(plan, migration)| plan.source(&migration.pointer)));
    vec![check]
}
