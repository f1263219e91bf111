//! Every service is healthy.

use super::{Area, Context, Rule};
use crate::gate::{Check, Reason, Weight};
use crate::manifest::{UnhealthyMeans, matches};
use crate::model::{Health, Phrase};

pub(super) static RULE: Rule = Rule {
    id: "platform.health",
    area: Area::Platform,
    title: "Every service is healthy",
    how: "An unhealthy service makes the verdict conditional, or failed where `gate.platform.unhealthy = \"failed\"`. \
          A service of which nothing tells whether it is healthy is no condition, but is counted apart. Required \
          services have a rule of their own.",
    judge,
};

fn judge(context: &Context<'_>) -> Vec<Check> {
    let services = &context.release.services;
    if services.is_empty() {
        return Vec::new();
    }
    let gate = &context.manifest.gate.platform;
    let weight = match gate.unhealthy {
        UnhealthyMeans::Conditional => Weight::Condition,
        UnhealthyMeans::Failed => Weight::Violation,
    };
    let count = |health| services.iter().filter(|service| service.value.health == health).count();
    let unknown = count(Health::Unknown);
    let mut observed = format!("{} of {} healthy", count(Health::Healthy), services.len());
    if unknown > 0 {
        observed.push_str(&format!(", {unknown} unknown"));
    }
    let required = |name: &str| gate.required.iter().any(|pattern| matches(pattern.get_ref(), name));
    let unhealthy = services.iter().filter(|service| service.value.health == Health::Unhealthy);
    let reasons = unhealthy.filter(|service| !required(&service.value.name)).map(|service| {
        let phrase = Phrase::new().foreign(service.value.name.clone()).own(" is unhealthy: ");
        let phrase = phrase.foreign(service.value.reason.clone().unwrap_or_else(|| service.value.status.clone()));
        Reason::new(weight, phrase).scope(service.value.name.clone()).source(service.source(&service.value.pointer))
    });
    let expected = if gate.required.is_empty() { "none unhealthy" } else { "none unhealthy that is not required" };
    let check = Check::new(&RULE, expected, observed)
        .reasons(reasons)
        .sources(services.iter().map(|service| service.source(&service.value.pointer)));
    vec![check]
}
