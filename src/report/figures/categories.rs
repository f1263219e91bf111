//! The outcomes of each category of tests as a bar.

use super::Figure;
use super::outcomes::parts;
use super::svg::{Anchor, Drawing, clipped};
use crate::model::order::sort_by_key;
use crate::model::phrase::{plural, thousands};
use crate::report::view::{Subject, tallies};

pub(super) static FIGURE: Figure = Figure { id: "categories", section: "1-smoke-test-results", draw };

/// Categories that are drawn; those in which not every test passed come first.
const MAX_ROWS: usize = 12;
const ROW: f64 = 22.0;

fn draw(subject: &Subject<'_>) -> Vec<Drawing> {
    let mut all = tallies(subject);
    if all.len() < 2 {
        return Vec::new();
    }
    if all.len() > MAX_ROWS {
        sort_by_key(&mut all, |(_, tally)| tally.passed == tally.total());
    }
    let more = all.len().saturating_sub(MAX_ROWS) as u64;
    all.truncate(MAX_ROWS);
    let rows = u16::try_from(all.len()).unwrap_or(0);
    let mut drawing = Drawing::new("Outcomes by category", f64::from(rows) * ROW, Vec::new());
    for ((name, tally), row) in all.iter().zip(0_u16..) {
        let y = f64::from(row) * ROW;
        let name = if name.is_empty() { "without a name" } else { name };
        let passed = format!("{} of {}", thousands(tally.passed), thousands(tally.total()));
        drawing.text(134.0, y + 14.0, Anchor::End, 12, &clipped(name, 19));
        drawing.bar((142.0, y + 3.0), (160.0, 14.0), &parts(tally));
        drawing.text(310.0, y + 14.0, Anchor::Start, 12, &passed);
        drawing.say(None, &format!("{} {passed} passed", clipped(name, 60)));
    }
    if more > 0 {
        drawing.say(None, &format!("and {}", plural(more, "further category")));
    }
    vec![drawing]
}
