//! The outcomes of all tests as one bar.

use super::svg::{Drawing, Part, WIDTH};
use super::{Figure, artifacts};
use crate::model::phrase::thousands;
use crate::model::{Outcome, Tally};
use crate::report::view::Subject;

pub(super) static FIGURE: Figure = Figure { id: "outcomes", section: "1-smoke-test-results", draw };

fn draw(subject: &Subject<'_>) -> Vec<Drawing> {
    let tally = subject.release.all_tests();
    if tally.total() == 0 {
        return Vec::new();
    }
    let evidence = artifacts(subject.release.suites.iter().map(|suite| suite.artifact));
    let mut drawing = Drawing::new("Outcomes of all tests", 26.0, evidence);
    let parts = parts(&tally);
    drawing.bar((0.0, 0.0), (WIDTH, 26.0), &parts);
    for part in parts.iter().filter(|part| part.count > 0) {
        drawing.say(Some(part.colour), &format!("{} {}", thousands(part.count), part.label));
    }
    vec![drawing]
}

/// The parts of a bar of outcomes.
pub(super) fn parts(tally: &Tally) -> Vec<Part> {
    let part = |outcome| Part { label: Outcome::word(outcome), count: tally.of(outcome), colour: colour(outcome) };
    Outcome::ALL.into_iter().map(part).collect()
}

/// Colours that keep a contrast of 3:1 against white and against the dark background.
pub(super) const fn colour(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "#2e8b57",
        Outcome::Warned => "#b8860b",
        Outcome::Failed => "#d0393e",
        Outcome::Errored => "#b84a9c",
        Outcome::Skipped => "#7b8794",
        Outcome::Info => "#3b7dd8",
    }
}
