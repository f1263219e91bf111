//! The open findings by severity as one bar.

use super::svg::{Drawing, Part, WIDTH};
use super::{Figure, artifacts};
use crate::model::Severity;
use crate::model::phrase::thousands;
use crate::report::view::Subject;

pub(super) static FIGURE: Figure = Figure { id: "severities", section: "6-security", draw };

fn draw(subject: &Subject<'_>) -> Vec<Drawing> {
    let tally = subject.release.findings();
    if tally.total() == 0 {
        return Vec::new();
    }
    let evidence = artifacts(subject.release.scans.iter().map(|scan| scan.artifact));
    let mut drawing = Drawing::new("Open findings by severity", 26.0, evidence);
    let part = |severity| Part { label: Severity::word(severity), count: tally.of(severity), colour: colour(severity) };
    let parts: Vec<Part> = Severity::ALL.into_iter().map(part).collect();
    drawing.bar((0.0, 0.0), (WIDTH, 26.0), &parts);
    for part in parts.iter().filter(|part| part.count > 0) {
        drawing.say(Some(part.colour), &format!("{} {}", thousands(part.count), part.label));
    }
    vec![drawing]
}

/// Colours that keep a contrast of 3:1 against white and against the dark background.
pub(super) const fn colour(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "#b84a9c",
        Severity::High => "#d0393e",
        Severity::Medium => "#c9701b",
        Severity::Low => "#b8860b",
        Severity::Info => "#3b7dd8",
        Severity::Unknown => "#7b8794",
    }
}
