//! The ten categories of the OWASP Top 10 as a grid. What nobody tested is a state of its own: an empty, dashed frame.

use super::svg::{Anchor, Drawing, WIDTH};
use super::{Figure, artifacts};
use crate::gate::owasp::{Standing, Status};
use crate::model::phrase::plural;
use crate::report::view::Subject;

pub(super) static FIGURE: Figure = Figure { id: "owasp", section: "6-security", draw };

const COLUMNS: u16 = 2;
const ROW: f64 = 60.0;
/// Characters of a category's name on one line.
const NAME: usize = 32;

fn draw(subject: &Subject<'_>) -> Vec<Drawing> {
    let release = subject.release;
    if release.scans.is_empty() && release.assessments.is_empty() {
        return Vec::new();
    }
    let top_ten = &subject.judged.top_ten;
    let sources = release.scans.iter().map(|scan| scan.artifact);
    let evidence = artifacts(sources.chain(release.assessments.iter().map(|assessment| assessment.artifact)));
    let rows = u16::try_from(top_ten.categories.len()).unwrap_or(0).div_ceil(COLUMNS);
    let mut drawing = Drawing::new(top_ten.edition.title(), f64::from(rows) * ROW, evidence);
    let width = WIDTH / f64::from(COLUMNS);
    for (standing, index) in top_ten.categories.iter().zip(0_u16..) {
        let (x, y) = (f64::from(index % COLUMNS) * width, f64::from(index / COLUMNS) * ROW);
        cell(&mut drawing, standing, (x + 1.0, y + 1.0), (width - 6.0, ROW - 6.0));
    }
    for status in [Status::Findings, Status::NoFindings, Status::PartlyTested, Status::Attested, Status::NotTested] {
        let of_status = top_ten.categories.iter().filter(|standing| standing.status == status);
        let codes: Vec<&str> = of_status.map(|standing| short(standing.category.code)).collect();
        if !codes.is_empty() {
            let (words, colour) = look(status);
            drawing.say(colour, &format!("{words} {}", codes.join(" ")));
        }
    }
    vec![drawing]
}

/// The word for a status, and the colour of its mark; what was not tested has none.
const fn look(status: Status) -> (&'static str, Option<&'static str>) {
    match status {
        Status::Findings => ("findings", Some("#d0393e")),
        Status::NoFindings => ("no findings", Some("#2e8b57")),
        Status::PartlyTested => ("partly tested", Some("#3b7dd8")),
        Status::Attested => ("attested only", Some("#b8860b")),
        Status::NotTested => ("not tested", None),
    }
}

fn cell(drawing: &mut Drawing, standing: &Standing, (x, y): (f64, f64), (width, height): (f64, f64)) {
    let (words, colour) = look(standing.status);
    drawing.frame(x, y, width, height, colour.unwrap_or("#7b8794"), colour.is_none());
    if let Some(colour) = colour {
        // A part that was looked at is a part of the stripe.
        let share = if standing.status == Status::PartlyTested { 0.5 } else { 1.0 };
        drawing.rect(x, y, width * share, 5.0, colour);
    }
    drawing.text(x + 7.0, y + 20.0, Anchor::Start, 13, short(standing.category.code));
    let findings = standing.findings.total();
    let words = if findings > 0 { plural(findings, "finding") } else { words.to_owned() };
    drawing.text(x + width - 7.0, y + 20.0, Anchor::End, 11, &words);
    for (line, index) in lines(standing.category.name).iter().take(2).zip(0_u8..) {
        drawing.text(x + 7.0, y + 36.0 + 13.0 * f64::from(index), Anchor::Start, 11, line);
    }
}

/// `A01` of `A01:2025`
fn short(code: &str) -> &str {
    code.split(':').next().unwrap_or(code)
}

/// A name on lines that fit into a cell.
fn lines(name: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in name.split(' ') {
        match lines.last_mut() {
            Some(line) if line.len() + 1 + word.len() <= NAME => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    if lines.len() > 2 {
        lines.truncate(2);
        lines[1].push('…');
    }
    lines
}
