//! Drawings for the HTML page: inline SVG with presentation attributes, so that they survive where styles do not.
//! Every number in them stands beside them as text.

use std::fmt::Write as _;

use super::view::Subject;
use crate::model::phrase::thousands;
use crate::model::{Elapsed, Outcome, Percentile, Severity};

/// The drawing that belongs under the heading with this id; empty where there is none.
pub fn of_section(id: &str, subject: &Subject<'_>) -> String {
    match id {
        "1-smoke-test-results" => outcomes(subject),
        "5-performance" => latencies(subject),
        "6-security" => severities(subject),
        _ => String::new(),
    }
}

/// Colours that keep a contrast of 3:1 against white and against the dark background.
const fn outcome_colour(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "#2e8b57",
        Outcome::Warned => "#b8860b",
        Outcome::Failed => "#d0393e",
        Outcome::Errored => "#a8328a",
        Outcome::Skipped => "#7b8794",
        Outcome::Info => "#3b7dd8",
    }
}

const fn severity_colour(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "#a8328a",
        Severity::High => "#d0393e",
        Severity::Medium => "#c9701b",
        Severity::Low => "#b8860b",
        Severity::Info => "#3b7dd8",
        Severity::Unknown => "#7b8794",
    }
}

fn outcomes(subject: &Subject<'_>) -> String {
    let tally = subject.release.tests();
    let parts: Vec<Part> = Outcome::ALL
        .into_iter()
        .map(|outcome| Part { label: outcome.word(), count: tally.of(outcome), colour: outcome_colour(outcome) })
        .collect();
    bar("Outcomes of all tests", &parts)
}

fn severities(subject: &Subject<'_>) -> String {
    let tally = subject.release.findings();
    let parts: Vec<Part> = Severity::ALL
        .into_iter()
        .map(|severity| Part { label: severity.word(), count: tally.of(severity), colour: severity_colour(severity) })
        .collect();
    bar("Open findings by severity", &parts)
}

struct Part {
    label: &'static str,
    count: u64,
    colour: &'static str,
}

/// One bar whose parts are as wide as their share, with a legend in words.
fn bar(title: &str, parts: &[Part]) -> String {
    let parts: Vec<&Part> = parts.iter().filter(|part| part.count > 0).collect();
    let total: u64 = parts.iter().map(|part| part.count).sum();
    if total == 0 {
        return String::new();
    }
    let words: Vec<String> = parts.iter().map(|part| format!("{} {}", thousands(part.count), part.label)).collect();
    let mut out = String::from("<figure>\n");
    let _ = write!(
        out,
        "<svg viewBox=\"0 0 600 24\" width=\"600\" height=\"24\" role=\"img\" aria-label=\"{title}: {}\">",
        words.join(", ")
    );
    let mut x = 0.0;
    for part in &parts {
        #[expect(clippy::cast_precision_loss, reason = "a width in pixels")]
        let width = 600.0 * part.count as f64 / total as f64;
        let colour = part.colour;
        let _ = write!(
            out,
            "<rect x=\"{x:.1}\" y=\"0\" width=\"{:.1}\" height=\"24\" fill=\"{colour}\"/>",
            (width - 1.0).max(1.0)
        );
        x += width;
    }
    out.push_str("</svg>\n<figcaption>");
    out.push_str(title);
    out.push_str(": ");
    for (index, part) in parts.iter().enumerate() {
        let separator = if index > 0 { ", " } else { "" };
        let _ = write!(
            out,
            "{separator}<svg width=\"10\" height=\"10\" aria-hidden=\"true\"><rect width=\"10\" height=\"10\" fill=\"{}\"/></svg> {}",
            part.colour, words[index]
        );
    }
    out.push_str("</figcaption>\n</figure>\n");
    out
}

/// Percentiles of each load run on a logarithmic scale.
fn latencies(subject: &Subject<'_>) -> String {
    const SHOWN: [Percentile; 4] = [Percentile::P50, Percentile::P90, Percentile::P95, Percentile::P99];
    let mut rows: Vec<(String, Elapsed)> = Vec::new();
    for (index, run) in subject.release.loads.iter().take(4).enumerate() {
        let overall = &run.value.overall;
        let label = |p| if overall.is_bound(p) { format!("{p} ≤") } else { p.to_string() };
        let values = SHOWN.into_iter().filter_map(|p| Some((label(p), *overall.percentiles.get(&p)?)));
        let values: Vec<(String, Elapsed)> = values.chain(overall.max.map(|max| ("max".to_owned(), max))).collect();
        let prefix = if subject.release.loads.len() > 1 { format!("run {} ", index + 1) } else { String::new() };
        rows.extend(values.into_iter().map(|(label, value)| (format!("{prefix}{label}"), value)));
    }
    let Some(most) = rows.iter().map(|(_, value)| value.as_millis_f64()).reduce(f64::max).filter(|most| *most > 0.0)
    else {
        return String::new();
    };
    let least = rows.iter().map(|(_, value)| value.as_millis_f64()).fold(most, f64::min).max(0.001);
    let low = least.log10().floor();
    let high = most.log10().ceil().max(low + 1.0);
    let scale = |millis: f64| 90.0 + 400.0 * (millis.max(0.001).log10() - low) / (high - low);
    let height = 22 * rows.len() + 26;
    let words: Vec<String> = rows.iter().map(|(label, value)| format!("{label} {value}")).collect();
    let mut out = String::from("<figure>\n");
    let _ = write!(
        out,
        "<svg viewBox=\"0 0 600 {height}\" width=\"600\" height=\"{height}\" role=\"img\" \
         aria-label=\"Response times under load: {}\" font-size=\"12\" fill=\"currentColor\">",
        words.join(", ")
    );
    let mut decade = low;
    while decade <= high {
        let x = scale(10_f64.powf(decade));
        let label = Elapsed::from_millis(10_f64.powf(decade)).map(|e| e.to_string()).unwrap_or_default();
        let bottom = height - 20;
        let _ = write!(
            out,
            "<path d=\"M{x:.1} 0V{bottom}\" stroke=\"#8a94a0\" stroke-width=\"0.5\"/>\
             <text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{label}</text>",
            height - 6
        );
        decade += 1.0;
    }
    for (index, (label, value)) in rows.iter().enumerate() {
        let y = 22 * index + 2;
        let end = scale(value.as_millis_f64());
        let _ = write!(
            out,
            "<text x=\"84\" y=\"{}\" text-anchor=\"end\">{label}</text>\
             <rect x=\"90\" y=\"{y}\" width=\"{:.1}\" height=\"16\" fill=\"#3b7dd8\"/>\
             <text x=\"{:.1}\" y=\"{}\">{value}</text>",
            y + 13,
            (end - 90.0).max(1.0),
            end + 6.0,
            y + 13
        );
    }
    out.push_str("</svg>\n<figcaption>Response times under load, on a logarithmic scale: ");
    out.push_str(&words.join(", "));
    out.push_str("</figcaption>\n</figure>\n");
    out
}
