//! How the response times of a load run are spread, where the artifact holds every single one.

use super::svg::{Anchor, BAD, Drawing, GRID, LogScale, VALUE, WIDTH, number};
use super::{Figure, runs};
use crate::model::phrase::thousands;
use crate::model::{Elapsed, LoadRun, Percentile, Sourced};
use crate::report::view::Subject;

pub(super) static FIGURE: Figure = Figure { id: "spread", section: "5-performance", draw };

const HEIGHT: f64 = 120.0;

fn draw(subject: &Subject<'_>) -> Vec<Drawing> {
    runs(subject).filter_map(|(prefix, run)| one(&prefix, run)).collect()
}

fn one(prefix: &str, run: &Sourced<LoadRun>) -> Option<Drawing> {
    let bins = &run.value.spread;
    let most = bins.iter().map(|bin| bin.count).max().filter(|most| *most > 0)?;
    let bounds = bins.iter().flat_map(|bin| [bin.from, bin.to]).map(Elapsed::as_millis_f64);
    let scale = LogScale::around(bounds, 20.0, WIDTH - 60.0)?;
    let title = format!("{prefix}{}istribution of response times", if prefix.is_empty() { 'D' } else { 'd' });
    let mut drawing = Drawing::new(&title, HEIGHT + 36.0, vec![run.artifact]);
    let floor = HEIGHT + 14.0;
    for decade in scale.decades() {
        let x = scale.at(decade);
        drawing.line((x, 14.0), (x, floor), GRID, 0.5);
        let label = Elapsed::from_millis(decade).map(|time| time.to_string()).unwrap_or_default();
        drawing.text(x, floor + 16.0, Anchor::Middle, 12, &label);
    }
    for bin in bins.iter().filter(|bin| bin.count > 0) {
        let (from, to) = (scale.at(bin.from.as_millis_f64()), scale.at(bin.to.as_millis_f64()));
        let height = (HEIGHT * number(bin.count) / number(most)).max(1.0);
        drawing.rect(from, floor - height, (to - from - 1.0).max(1.0), height, VALUE);
    }
    drawing.say(None, &format!("{} responses", thousands(bins.iter().map(|bin| bin.count).sum())));
    for percentile in [Percentile::P50, Percentile::P95, Percentile::P99] {
        let Some(value) = run.value.overall.percentiles.get(&percentile) else { continue };
        let x = scale.at(value.as_millis_f64());
        drawing.line((x, 14.0), (x, floor), BAD, 1.5);
        drawing.text(x, 10.0, Anchor::Middle, 11, &percentile.to_string());
        drawing.say(None, &format!("{percentile} {value}"));
    }
    Some(drawing)
}
