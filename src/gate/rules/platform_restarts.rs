//! No service was restarted too often.

use super::{Area, Context, Rule};
use crate::gate::{Check, Reason, Weight};
use crate::model::{Phrase, Role};

pub(super) static RULE: Rule = Rule {
    id: "platform.restarts",
    area: Area::Platform,
    title: "No service was restarted too often",
    how: "Where `gate.platform.max-restarts` is given, no service may have been restarted more often. A container \
          of which no artifact counts the restarts makes the verdict undecided.",
    judge,
};

fn judge(context: &Context<'_>) -> Vec<Check> {
    let Some(limit) = context.manifest.gate.platform.max_restarts else { return Vec::new() };
    let counted = || context.release.services.iter().filter_map(|s| s.value.restarts.map(|restarts| (s, restarts)));
    let most = counted().map(|(_, restarts)| restarts).max();
    let reasons = counted().filter(|(_, restarts)| *restarts > limit).map(|(service, restarts)| {
        let phrase = Phrase::new().foreign(service.value.name.clone()).own(format!(" was restarted {restarts} times"));
        let scope = service.value.name.clone();
        Reason::new(Weight::Violation, phrase).scope(scope).source(service.source(&service.value.pointer))
    });
    let is_counted = |name: &str| counted().any(|(service, _)| service.value.name == name);
    let containers = context.release.services.iter().filter(|service| service.value.role == Role::Container);
    let uncounted = containers.filter(|service| most.is_some() && !is_counted(&service.value.name)).map(|service| {
        let phrase = Phrase::from("no artifact counts the restarts of ").foreign(service.value.name.clone());
        Reason::new(Weight::Gap, phrase).source(service.source(&service.value.pointer))
    });
    let observed = most.map_or_else(|| "not counted".to_owned(), |most| format!("at most {most}"));
    let check = Check::new(&RULE, format!("at most {limit} each"), observed)
        .reasons(reasons)
        .reasons(uncounted)
        .reason_if(most.is_none(), || Reason::new(Weight::Gap, "no artifact counts restarts"))
        .sources(counted().map(|(service, _)| service.source(&service.value.pointer)));
    vec![check]
}
