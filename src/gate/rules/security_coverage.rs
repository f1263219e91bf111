//! Enough of the OWASP Top 10 was looked at.

use super::{Area, Context, Rule, applies, no_evidence};
use crate::gate::owasp::Status;
use crate::gate::{Check, Reason, Weight};
use crate::model::Kind;

pub(super) static RULE: Rule = Rule {
    id: "security.coverage",
    area: Area::Security,
    title: "Enough of the OWASP Top 10 was looked at",
    how: "Where `gate.security.max-not-tested` is given, no more categories of the edition may be *not tested*: no \
          scan that ran can say anything about them, and nobody attests them. More make the verdict undecided.",
    judge,
};

fn judge(context: &Context<'_>) -> Vec<Check> {
    let gate = &context.manifest.gate.security;
    let Some(limit) = gate.max_not_tested.as_ref().map(|limit| *limit.get_ref()) else { return Vec::new() };
    if !applies(context, Kind::Security) {
        let check = Check::new(&RULE, format!("at most {limit} not tested"), "none tested");
        return vec![check.reasons([no_evidence(Kind::Security, "gate.security.max-not-tested")])];
    }
    let missing: Vec<_> = context.top_ten.categories.iter().filter(|s| s.status == Status::NotTested).collect();
    let mut check = Check::new(&RULE, format!("at most {limit} not tested"), format!("{} not tested", missing.len()));
    if missing.len() as u64 > limit {
        check = check.reasons(missing.into_iter().map(|standing| {
            let category = standing.category;
            Reason::new(Weight::Gap, format!("{} {} was not tested", category.code, category.name))
        }));
    }
    vec![check]
}
