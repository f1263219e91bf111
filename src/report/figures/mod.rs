//! Drawings for the HTML page: inline SVG with presentation attributes, so that they survive where styles do not.
//!
//! Each has a title and a description for those who do not see it, its numbers beside it as text, and links to the
//! evidence that it is drawn from. A new one is one file and its row in [`FIGURES`].

mod categories;
mod changes;
mod latencies;
mod outcomes;
mod owasp;
mod severities;
mod spread;
mod svg;
mod timeline;

use std::collections::BTreeSet;

use super::view::Subject;
use crate::model::{ArtifactId, LoadRun, Sourced};
use svg::Drawing;

/// A kind of drawing.
pub struct Figure {
    /// Its name, with which its ids on the page start.
    pub id: &'static str,
    /// The id of the heading under which it stands.
    pub section: &'static str,
    /// Draws it; several where there are several runs, none where there is nothing to draw.
    draw: fn(&Subject<'_>) -> Vec<Drawing>,
}

/// Every kind, in the order of the page.
pub static FIGURES: &[&Figure] = &[
    &changes::FIGURE,
    &outcomes::FIGURE,
    &categories::FIGURE,
    &latencies::FIGURE,
    &spread::FIGURE,
    &timeline::FIGURE,
    &severities::FIGURE,
    &owasp::FIGURE,
];

/// Load runs that are drawn.
const MAX_RUNS: usize = 4;

/// The drawings that belong under the heading with this id; empty where there are none. `anchors` are the artifacts that
/// the page has an entry for.
pub fn of_section(section: &str, subject: &Subject<'_>, anchors: &BTreeSet<String>) -> String {
    let mut out = String::new();
    for figure in FIGURES.iter().filter(|figure| figure.section == section) {
        for (index, drawing) in (figure.draw)(subject).into_iter().enumerate() {
            out.push_str(&drawing.into_html(&format!("{}-{}", figure.id, index + 1), anchors));
        }
    }
    if out.is_empty() { out } else { format!("<div class=\"figures\">\n{out}</div>\n") }
}

/// The load runs that are drawn, with what is put before their titles where there are several.
fn runs<'s>(subject: &Subject<'s>) -> impl Iterator<Item = (String, &'s Sourced<LoadRun>)> {
    let several = subject.release.loads.len() > 1;
    let prefix = move |index| if several { format!("Load run {}: ", index + 1) } else { String::new() };
    subject.release.loads.iter().take(MAX_RUNS).enumerate().map(move |(index, run)| (prefix(index), run))
}

/// The first artifacts of several, each once.
fn artifacts(ids: impl IntoIterator<Item = ArtifactId>) -> Vec<ArtifactId> {
    ids.into_iter().collect::<BTreeSet<_>>().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::FIGURES;

    #[test]
    fn every_figure_has_a_name_of_its_own() {
        for (index, figure) in FIGURES.iter().enumerate() {
            assert!(FIGURES[..index].iter().all(|other| other.id != figure.id), "{}", figure.id);
        }
    }
}
