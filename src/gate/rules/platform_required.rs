//! Every required service is there and healthy.

use super::{Area, Context, Rule, did_you_mean};
use crate::gate::{Check, Reason, Weight};
use crate::manifest::matches;
use crate::model::phrase::plural;
use crate::model::{Health, Phrase};

pub(super) static RULE: Rule = Rule {
    id: "platform.required",
    area: Area::Platform,
    title: "Every required service is there and healthy",
    how: "Each name in `gate.platform.required` (`*` stands for any text) must match at least one service, and all \
          that it matches must be healthy. An absent or unhealthy one fails the check; one of which nothing tells \
          makes the verdict undecided.",
    judge,
};

fn judge(context: &Context<'_>) -> Vec<Check> {
    let required = &context.manifest.gate.platform.required;
    if required.is_empty() {
        return Vec::new();
    }
    let mut check = Check::new(&RULE, plural(required.len() as u64, "name"), "");
    let mut met = 0;
    for name in required {
        let name = name.get_ref();
        let before = check.reasons.len();
        let mut found = false;
        for service in context.release.services.iter().filter(|service| matches(name, &service.value.name)) {
            found = true;
            let source = service.source(&service.value.pointer);
            let (weight, words) = match service.value.health {
                Health::Healthy => {
                    check.sources.push(source);
                    continue;
                }
                Health::Unhealthy => (Weight::Violation, " is unhealthy"),
                Health::Unknown => (Weight::Gap, " may be unhealthy: nothing tells"),
            };
            let phrase = Phrase::from("the required service ").foreign(service.value.name.clone()).own(words);
            check.reasons.push(Reason::new(weight, phrase).scope(service.value.name.clone()).source(source));
        }
        if !found {
            let known = context.release.services.iter().map(|service| service.value.name.as_str());
            let phrase = did_you_mean(Phrase::from("there is no service ").foreign(name.clone()), name, known);
            check.reasons.push(Reason::new(Weight::Violation, phrase).scope(name.clone()));
        }
        met += u64::from(check.reasons.len() == before);
    }
    check.observed = format!("{met} met").into();
    vec![check]
}
