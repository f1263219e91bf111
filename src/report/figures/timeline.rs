//! Requests and failures over time, where the artifact holds the time of every request.

use super::svg::{Anchor, BAD, Drawing, GRID, VALUE, WIDTH, number};
use super::{Figure, runs};
use crate::model::phrase::{plural, thousands};
use crate::model::{Elapsed, LoadRun, Sourced};
use crate::report::view::Subject;

pub(super) static FIGURE: Figure = Figure { id: "timeline", section: "5-performance", draw };

const HEIGHT: f64 = 100.0;
const LEFT: f64 = 62.0;

fn draw(subject: &Subject<'_>) -> Vec<Drawing> {
    runs(subject).filter_map(|(prefix, run)| one(&prefix, run)).collect()
}

fn one(prefix: &str, run: &Sourced<LoadRun>) -> Option<Drawing> {
    let timeline = run.value.timeline.as_ref()?;
    let buckets = timeline.buckets();
    let most = buckets.iter().map(|bucket| bucket.requests).max().filter(|most| *most > 0)?;
    let title = format!("{prefix}{}equests over time", if prefix.is_empty() { 'R' } else { 'r' });
    let mut drawing = Drawing::new(&title, HEIGHT + 36.0, vec![run.artifact]);
    let (top, floor) = (10.0, HEIGHT + 10.0);
    let seconds = timeline.width().as_millis_f64() / 1e3;
    let rate = number(most) / seconds;
    drawing.line((LEFT, floor), (WIDTH, floor), GRID, 1.0);
    drawing.line((LEFT, top), (WIDTH, top), GRID, 0.5);
    drawing.text(LEFT - 6.0, top + 4.0, Anchor::End, 11, &format!("{}/s", three(rate)));
    drawing.text(LEFT - 6.0, floor + 4.0, Anchor::End, 11, "0");
    let width = (WIDTH - LEFT) / number(buckets.len() as u64);
    let failures = run.value.timed_failures();
    for (bucket, index) in buckets.iter().zip(0_u64..).filter(|(bucket, _)| bucket.requests > 0) {
        let x = LEFT + width * number(index);
        let height = (HEIGHT * number(bucket.requests) / number(most)).max(1.0);
        drawing.rect(x, floor - height, (width - 0.6).max(0.6), height, VALUE);
        if failures && bucket.failures > 0 {
            let height = (HEIGHT * number(bucket.failures) / number(most)).max(1.5);
            drawing.rect(x, floor - height, (width - 0.6).max(0.6), height, BAD);
        }
    }
    let nanos = timeline.width().nanos().saturating_mul(buckets.len() as u64);
    drawing.text(LEFT, floor + 18.0, Anchor::Start, 12, "start");
    drawing.text(WIDTH, floor + 18.0, Anchor::End, 12, &Elapsed::from_nanos(nanos).to_string());
    let total = timeline.total();
    drawing.say(Some(VALUE), &plural(total.requests, "request"));
    if failures {
        drawing.say(Some(BAD), &format!("{} of them failed", thousands(total.failures)));
    }
    drawing.say(None, &format!("at the most {} a second, in steps of {}", three(rate), timeline.width()));
    let pauses = buckets.iter().filter(|bucket| bucket.requests == 0).count() as u64;
    if pauses > 0 {
        drawing.say(None, &format!("{} without a request", plural(pauses, "step")));
    }
    Some(drawing)
}

/// A rate for people: whole from 100 on, with a decimal below.
fn three(rate: f64) -> String {
    if rate >= 100.0 { format!("{rate:.0}") } else { format!("{rate:.1}") }
}
