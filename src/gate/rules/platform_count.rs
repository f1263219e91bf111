//! There are as many services as there should be.

use super::{Area, Context, Rule, no_evidence};
use crate::gate::{Check, Reason, Weight};
use crate::model::{Kind, Role};

pub(super) static RULE: Rule = Rule {
    id: "platform.count",
    area: Area::Platform,
    title: "There are as many services as there should be",
    how: "Where `gate.platform.expected-count` is given, the number of containers, pods and workloads must be just \
          that. Several artifacts may list the same ones: those of one name are as many as the artifact has that lists \
          most of them. Fewer or more make the verdict conditional, with both numbers; without any platform evidence \
          it is undecided.",
    judge,
};

fn judge(context: &Context<'_>) -> Vec<Check> {
    let Some(expected) = context.manifest.gate.platform.expected_count else { return Vec::new() };
    if !context.release.has(Kind::Platform) {
        let check = Check::new(&RULE, expected.to_string(), "none");
        return vec![check.reasons([no_evidence(Kind::Platform, "gate.platform.expected-count")])];
    }
    let containers = || context.release.services.iter().filter(|service| service.value.role == Role::Container);
    let count = context.release.containers();
    let check = Check::new(&RULE, expected.to_string(), count.to_string())
        .reason_if(count != expected, || {
            Reason::new(Weight::Condition, format!("{expected} services are expected, {count} are listed"))
        })
        .sources(containers().map(|service| service.source(&service.value.pointer)));
    vec![check]
}
