//! Not too many requests failed under load.

use super::{Area, Context, Rule, applies, beyond, no_evidence};
use crate::gate::{Check, Margin, Reason, Weight};
use crate::model::{Kind, Phrase, Ratio};

pub(super) static RULE: Rule = Rule {
    id: "load.error-rate",
    area: Area::Load,
    title: "Not too many requests failed under load",
    how: "The share of failed requests of each load run must not exceed `gate.load.max-error-rate` (1 % where it is \
          not given), with the records that sum up others or are parts of others and without them. A run that does not say how many failed, or made no request, makes the verdict undecided, \
          and so does one that says only between which counts they lie, with the limit between these.",
    judge,
};

fn judge(context: &Context<'_>) -> Vec<Check> {
    let limit = context.manifest.gate.load.max_error_rate.as_ref().map(|percent| percent.get_ref().0);
    if !applies(context, Kind::Load) {
        let Some(limit) = limit else { return Vec::new() };
        let check = Check::new(&RULE, format!("at most {}", limit.percent()), "not measured");
        return vec![check.reasons([no_evidence(Kind::Load, "gate.load.max-error-rate")])];
    }
    let Some(limit) = limit.or_else(|| Ratio::new(1, 100)) else { return Vec::new() };
    let mut check = Check::new(&RULE, format!("at most {}", limit.percent()), "");
    let mut worst: Option<Ratio> = None;
    let shown = |rate: Ratio| match rate > limit {
        true => beyond(rate.percent(), &limit.percent(), true),
        false => rate.percent(),
    };
    let wholes = context.release.judged_loads().flat_map(|run| run.value.wholes().map(move |whole| (run, whole)));
    for (run, whole) in wholes {
        let is_alone = !std::ptr::eq(&run.value.overall, whole);
        let places = run.places_of(&run.value.overall);
        let source = places.first().cloned().unwrap_or_else(|| run.source(&run.value.overall.pointer));
        let Some(rate) = whole.error_rate() else {
            let reason = Reason::new(Weight::Gap, "a load run does not say how many requests failed");
            check.reasons.push(reason.source(source));
            continue;
        };
        if rate > limit {
            let which = if is_alone { "the requests alone" } else { "the requests" };
            let least = whole.least_error_rate().filter(|least| *least <= limit);
            let words = match least {
                Some(least) => format!("between {} and {} of {which} failed", least.percent(), shown(rate)),
                None => format!("{} of {which} failed", shown(rate)),
            };
            let weight = if least.is_some() { Weight::Gap } else { Weight::Violation };
            let phrase = Phrase::from(words);
            let scope = run.value.name.clone().unwrap_or_else(|| "error-rate".to_owned());
            check.reasons.push(Reason::new(weight, phrase).scope(scope).source(source.clone()));
        }
        if worst.is_none_or(|worst| rate > worst) {
            worst = Some(rate);
        }
        if !is_alone {
            check.sources.extend(places);
        }
    }
    check.observed = worst.map_or_else(|| "not known".to_owned(), shown).into();
    check.margin = worst.map(|worst| {
        let difference = limit.as_f64() - worst.as_f64();
        #[expect(clippy::cast_possible_truncation, reason = "a share of a limit, shown with one decimal")]
        let permille = (limit.part() > 0).then(|| (difference / limit.as_f64() * 1000.0).round() as i64);
        let points = format!("{:.2}", difference * 100.0);
        let points = points.trim_end_matches('0').trim_end_matches('.');
        let word = if points == "1" { "point" } else { "points" };
        Margin { absolute: format!("{points} {word}"), permille }
    });
    vec![check]
}
