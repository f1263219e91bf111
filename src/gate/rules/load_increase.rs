//! Latencies and the share of failed requests did not rise too much since the baseline.

use super::{Area, Context, Rule, applies, beyond, no_baseline, no_evidence};
use crate::gate::baseline::{Direction, Figure, LoadChange};
use crate::gate::{Check, Margin, Reason, Weight};
use crate::manifest::Percent;
use crate::model::{Kind, Phrase, Source};

pub(super) static LATENCY: Rule = Rule {
    id: "load.latency-increase",
    area: Area::Load,
    title: "Latencies did not rise too much since the baseline",
    how: "Where `gate.load.max-latency-increase` is given, no mean, p50, p90, p95 or p99 of a load run or of one of \
          its endpoints may exceed that of the baseline by a greater share. Runs are recognised by their name, else by \
          the name of their artifact, endpoints by their name. Without a baseline that has load runs, and where \
          something was measured for the baseline and is not measured now, the verdict is undecided.",
    judge: |context| {
        let limit = context.manifest.gate.load.max_latency_increase.as_ref().map(|limit| *limit.get_ref());
        judge(context, &LATENCY, "gate.load.max-latency-increase", limit, false)
    },
};

pub(super) static ERROR_RATE: Rule = Rule {
    id: "load.error-rate-increase",
    area: Area::Load,
    title: "The share of failed requests did not rise too much since the baseline",
    how: "As for latencies, with `gate.load.max-error-rate-increase`: the points by which the share of failed \
          requests of a run or an endpoint may exceed that of the baseline. From 0.2 % to 0.9 % are 0.7 points.",
    judge: |context| {
        let limit = context.manifest.gate.load.max_error_rate_increase.as_ref().map(|limit| *limit.get_ref());
        judge(context, &ERROR_RATE, "gate.load.max-error-rate-increase", limit, true)
    },
};

fn judge(context: &Context<'_>, rule: &'static Rule, key: &str, limit: Option<Percent>, is_share: bool) -> Vec<Check> {
    let Some(Percent(limit)) = limit else { return Vec::new() };
    let most = match is_share {
        true => format!("{} points", limit.percent().trim_end_matches(" %")),
        false => limit.percent(),
    };
    // In words that differ from those of the limit where it is beyond it.
    let shown = |change: &LoadChange| match change.shown().unwrap_or_default() {
        text if change.direction == Direction::Worse => beyond(text, &format!("+{most}"), true),
        text => text,
    };
    let check = Check::new(rule, format!("at most {most} more"), "not known");
    let Some(against) = &context.against else { return vec![check.reasons([no_baseline(key)])] };
    if !applies(context, Kind::Load) {
        return vec![check.reasons([no_evidence(Kind::Load, key)])];
    }
    let is_about = |figure: &Figure| matches!(figure, Figure::Share(_)) == is_share;
    let has_some = against.before.observed.runs.iter().any(|run| run.figures.values().any(is_about));
    let changes = || {
        let of_kind = |change: &&LoadChange| [change.figure.before, change.figure.after].iter().flatten().any(is_about);
        against.compared.changes.loads.iter().filter(of_kind)
    };
    let mut check = check.reason_if(!has_some, || Reason::new(Weight::Gap, "the baseline has nothing to compare with"));
    for change in changes().filter(|change| change.direction == Direction::Worse) {
        let mut phrase = Phrase::from(change.metric);
        if let Some(endpoint) = &change.endpoint {
            phrase = phrase.own(" of ").foreign(endpoint.clone());
        }
        let reason = match (change.figure.before, change.figure.after) {
            (Some(before), Some(after)) => {
                let words = format!(" rose from {before} to {after} ({})", shown(change));
                let scope = change.endpoint.clone().unwrap_or_else(|| change.metric.to_owned());
                Reason::new(Weight::Violation, phrase.own(words)).scope(scope)
            }
            _ => Reason::new(Weight::Gap, phrase.own(" was measured for the baseline and is not measured now")),
        };
        check.reasons.push(Reason { source: source(context, change), ..reason });
    }
    if has_some {
        let both = changes().filter(|change| change.figure.before.is_some() && change.figure.after.is_some());
        let largest = both.max_by_key(|change| change.increase());
        check.observed = match largest {
            Some(change) if change.increase() > Some(0) => format!("{} at the most", shown(change)).into(),
            _ => "no increase".into(),
        };
        check.margin = largest.and_then(LoadChange::increase).map(|increase| {
            // Both in millionths: of the value before, or of all requests.
            let limit = i64::try_from(u128::from(limit.part()) * 1_000_000 / u128::from(limit.whole())).unwrap_or(0);
            let room = limit.saturating_sub(increase);
            #[expect(clippy::cast_precision_loss, reason = "shown with two decimals")]
            let points = format!("{:.2}", room as f64 / 1e4);
            let points = points.trim_end_matches('0').trim_end_matches('.').to_owned();
            Margin {
                absolute: format!("{points} points"),
                permille: (limit > 0).then(|| room.saturating_mul(1000) / limit),
            }
        });
    }
    vec![check]
}

/// Where the measurement stands.
fn source(context: &Context<'_>, change: &LoadChange) -> Option<Source> {
    let label = change.run.after.as_ref()?;
    context.release.loads.iter().find_map(|run| {
        let path = context.release.artifact(run.artifact).map(|artifact| artifact.name.as_str());
        let name = run.value.name.as_deref().filter(|name| !name.is_empty()).or(path);
        if name != Some(label) {
            return None;
        }
        let measurement = match &change.endpoint {
            None => &run.value.overall,
            Some(endpoint) => &run.value.endpoints.iter().find(|found| found.name == *endpoint)?.measurement,
        };
        Some(run.source(&measurement.pointer))
    })
}
