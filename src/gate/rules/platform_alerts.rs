//! No alert fires.

use super::{Area, Context, Rule};
use crate::gate::{Check, Reason, Weight};
use crate::model::Phrase;
use crate::model::platform::AlertState;

pub(super) static RULE: Rule = Rule {
    id: "platform.alerts",
    area: Area::Platform,
    title: "No alert fires",
    how: "A firing alert makes the verdict conditional, and so does an alerting rule that could not be evaluated. \
          Pending and silenced alerts are listed only.",
    judge,
};

fn judge(context: &Context<'_>) -> Vec<Check> {
    let alerts = &context.release.alerts;
    if alerts.is_empty() {
        return Vec::new();
    }
    let firing = alerts.iter().filter(|alert| alert.value.state == AlertState::Firing).count();
    let reasons = alerts.iter().filter_map(|alert| {
        let words = match alert.value.state {
            AlertState::Firing => " fires",
            AlertState::Broken => " could not be evaluated",
            AlertState::Pending | AlertState::Silenced | AlertState::Inactive => return None,
        };
        let phrase = Phrase::from("the alert ").foreign(alert.value.name.clone()).own(words);
        let reason = Reason::new(Weight::Condition, phrase).scope(alert.value.name.clone());
        Some(reason.source(alert.source(&alert.value.pointer)))
    });
    let check = Check::new(&RULE, "none", format!("{firing} firing"))
        .reasons(reasons)
        .sources(alerts.iter().map(|alert| alert.source(&alert.value.pointer)));
    vec![check]
}
