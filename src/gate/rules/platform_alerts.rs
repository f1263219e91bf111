//! No alert fires.

use super::{Area, Context, Rule};
use crate::gate::{Check, Reason, Weight};
use crate::model::platform::AlertState;
use crate::model::{Alert, Phrase};

pub(super) static RULE: Rule = Rule {
    id: "platform.alerts",
    area: Area::Platform,
    title: "No alert fires",
    how: "A firing alert makes the verdict conditional, and so does an alerting rule that could not be evaluated. \
          Pending and silenced alerts are listed only, and so is what fires with the severity `none`: in the rules that \
          come with Prometheus for Kubernetes that is the watchdog, which fires as long as all is well.",
    judge,
};

fn judge(context: &Context<'_>) -> Vec<Check> {
    let alerts = &context.release.alerts;
    if alerts.is_empty() {
        return Vec::new();
    }
    let firing = alerts.iter().filter(|alert| fires(&alert.value)).count();
    let reasons = alerts.iter().filter_map(|alert| {
        let words = match alert.value.state {
            AlertState::Firing if fires(&alert.value) => " fires",
            AlertState::Broken => " could not be evaluated",
            AlertState::Firing | AlertState::Pending | AlertState::Silenced | AlertState::Inactive => return None,
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

/// Whether an alert tells of trouble. `none` is the severity that kube-prometheus gives to `Watchdog` and `InfoInhibitor`,
/// which are there for Alertmanager to work with.
fn fires(alert: &Alert) -> bool {
    alert.state == AlertState::Firing && alert.severity.as_deref() != Some("none")
}

#[cfg(test)]
mod tests {
    use crate::gate::Verdict;
    use crate::ingest::{Options, read_bytes};
    use crate::pipeline::{Request, judged};

    #[track_caller]
    fn check(severity: &str, expected: Verdict) {
        let alert = format!(
            r#"{{"status":"success","data":{{"alerts":[{{"labels":{{"alertname":"Watchdog","severity":"{severity}"}},
            "annotations":{{}},"state":"firing","activeAt":"2025-11-20T09:00:00Z","value":"1e+00"}}]}}}}"#
        );
        let artifact = read_bytes("alerts.json", alert.as_bytes(), &Options::default());
        let judged = judged(vec![artifact], &Request::default()).judged;
        let check = judged.checks.iter().find(|check| check.rule.id == "platform.alerts");
        assert_eq!(check.map(|check| check.verdict()), Some(expected), "{severity}");
    }

    #[test]
    fn a_watchdog_that_always_fires_is_no_trouble() {
        check("none", Verdict::Passed);
        check("info", Verdict::Conditional);
        check("critical", Verdict::Conditional);
    }
}
