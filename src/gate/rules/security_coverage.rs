//! Enough of the OWASP Top 10 was looked at.

use super::{Area, Check, Context, Rule};

pub(super) static RULE: Rule = Rule {
    id: "security.coverage",
    area: Area::Security,
    title: "Enough of the OWASP Top 10 was looked at",
    how: "Where `gate.security.max-not-tested` is given, no more categories of the edition may be *not tested*: no \
          scan that ran can say anything about them, and nobody attests them. More make the verdict undecided.",
    judge,
};

const fn judge(_: &Context<'_>) -> Vec<Check> {
    Vec::new()
}
