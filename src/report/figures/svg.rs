//! What the drawings are made of.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

use crate::model::ArtifactId;
use crate::safety::html;

/// The width of every drawing, in its own units: little, so that its words can be read on a phone.
pub(super) const WIDTH: f64 = 400.0;
/// Lines that help the eye.
pub(super) const GRID: &str = "#8a94a0";
/// Measured values.
pub(super) const VALUE: &str = "#3b7dd8";
/// What is better than it was.
pub(super) const GOOD: &str = "#2e8b57";
/// What is bad: failures, limits.
pub(super) const BAD: &str = "#d0393e";

/// Artifacts that a drawing links to.
const MAX_LINKS: usize = 5;

/// A drawing that is being made.
pub(super) struct Drawing {
    title: String,
    height: f64,
    body: String,
    /// What it shows, for those who do not see it, beyond what the caption says.
    told: String,
    caption: String,
    evidence: Vec<ArtifactId>,
}

/// Where a text is anchored.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// Where a triangle points.
#[derive(Clone, Copy)]
pub(super) enum Towards {
    Up,
    Down,
    Left,
    Right,
}

impl Drawing {
    /// An empty drawing. The title is escaped here, as every text is that is given to a drawing.
    pub fn new(title: &str, height: f64, evidence: Vec<ArtifactId>) -> Drawing {
        Drawing {
            title: title.to_owned(),
            height,
            body: String::new(),
            told: String::new(),
            caption: String::new(),
            evidence,
        }
    }

    /// A filled rectangle.
    pub fn rect(&mut self, x: f64, y: f64, width: f64, height: f64, colour: &str) {
        let _ = write!(
            self.body,
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{colour}\"/>",
            Short(x),
            Short(y),
            Short(width),
            Short(height)
        );
    }

    /// A rectangle with a border only.
    pub fn frame(&mut self, x: f64, y: f64, width: f64, height: f64, colour: &str, dashed: bool) {
        let dashes = if dashed { " stroke-dasharray=\"5 4\"" } else { "" };
        let _ = write!(
            self.body,
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"4\" fill=\"none\" stroke=\"{colour}\" \
             stroke-width=\"1.5\"{dashes}/>",
            Short(x),
            Short(y),
            Short(width),
            Short(height)
        );
    }

    /// A line.
    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), colour: &str, width: f64) {
        let _ = write!(
            self.body,
            "<path d=\"M{} {}L{} {}\" stroke=\"{colour}\" stroke-width=\"{width}\"/>",
            Short(from.0),
            Short(from.1),
            Short(to.0),
            Short(to.1)
        );
    }

    /// A triangle around a point.
    pub fn triangle(&mut self, (x, y): (f64, f64), towards: Towards, colour: &str) {
        // Half of its base, and of its height.
        let (b, h) = (5.0, 4.5);
        let corners = match towards {
            Towards::Up => [(x, y - h), (x + b, y + h), (x - b, y + h)],
            Towards::Down => [(x, y + h), (x - b, y - h), (x + b, y - h)],
            Towards::Left => [(x - h, y), (x + h, y - b), (x + h, y + b)],
            Towards::Right => [(x + h, y), (x - h, y + b), (x - h, y - b)],
        };
        let [first, second, third] = corners.map(|(x, y)| format!("{} {}", Short(x), Short(y)));
        let _ = write!(self.body, "<path d=\"M{first}L{second}L{third}Z\" fill=\"{colour}\"/>");
    }

    /// A filled circle around a point.
    pub fn dot(&mut self, (x, y): (f64, f64), colour: &str) {
        let _ = write!(self.body, "<circle cx=\"{}\" cy=\"{}\" r=\"4\" fill=\"{colour}\"/>", Short(x), Short(y));
    }

    /// A circle around a point, of which the border is drawn only.
    pub fn ring(&mut self, (x, y): (f64, f64), colour: &str) {
        let _ = write!(
            self.body,
            "<circle cx=\"{}\" cy=\"{}\" r=\"4\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\"/>",
            Short(x),
            Short(y)
        );
    }

    /// Words, of `size` units.
    pub fn text(&mut self, x: f64, y: f64, anchor: Anchor, size: u8, words: &str) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let words = html::text(words);
        let _ = write!(
            self.body,
            "<text x=\"{}\" y=\"{}\"{anchor} font-size=\"{size}\">{words}</text>",
            Short(x),
            Short(y)
        );
    }

    /// Adds to the words under the drawing, with a square of a colour before them where there is one.
    pub fn say(&mut self, colour: Option<&str>, words: &str) {
        if !self.caption.is_empty() {
            self.caption.push_str(if self.caption.ends_with(':') { " " } else { ", " });
        }
        if let Some(colour) = colour {
            let _ = write!(
                self.caption,
                "<svg width=\"10\" height=\"10\" aria-hidden=\"true\"><rect width=\"10\" height=\"10\" fill=\"{colour}\"/></svg> "
            );
        }
        self.caption.push_str(&html::text(words));
    }

    /// Adds to what is said to those who do not see the drawing: what stands in it as words. The caption need not
    /// repeat it.
    pub fn tell(&mut self, words: &str) {
        self.told.push_str(if self.told.is_empty() { "" } else { "; " });
        self.told.push_str(&html::text(words));
    }

    /// The drawing as a figure with its caption; the caption is a part of its description.
    pub fn into_html(self, id: &str, anchors: &BTreeSet<String>) -> String {
        let title = html::text(&self.title);
        let height = Short(self.height);
        let (more, told) = match self.told.as_str() {
            "" => (String::new(), String::new()),
            told => (format!("{id}-n "), format!("<desc id=\"{id}-n\">{told}</desc>")),
        };
        let mut out = format!(
            "<figure>\n<svg viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" role=\"img\" \
             aria-labelledby=\"{id}-t\" aria-describedby=\"{more}{id}-d\" font-size=\"12\" fill=\"currentColor\">\
             <title id=\"{id}-t\">{title}</title>{told}{}</svg>\n<figcaption id=\"{id}-d\"><b>{title}</b>: {}.",
            self.body, self.caption
        );
        let ids = self.evidence.iter().map(ToString::to_string);
        let links: Vec<String> = ids.filter(|id| anchors.contains(&id.to_lowercase())).collect();
        for (index, id) in links.iter().take(MAX_LINKS).enumerate() {
            let lead = if index == 0 { " Drawn from" } else { "," };
            let _ = write!(out, "{lead} <a href=\"#{}\">{id}</a>", id.to_lowercase());
        }
        if links.len() > MAX_LINKS {
            let _ = write!(out, " and {} more", links.len() - MAX_LINKS);
        }
        out.push_str(if links.is_empty() { "" } else { "." });
        out.push_str("</figcaption>\n</figure>\n");
        out
    }
}

/// A number with at most one decimal.
struct Short(f64);

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{:.1}", self.0);
        f.write_str(text.strip_suffix(".0").unwrap_or(&text))
    }
}

/// A part of a bar.
pub(super) struct Part {
    pub label: &'static str,
    pub count: u64,
    pub colour: &'static str,
}

impl Drawing {
    /// A bar whose parts are as wide as their share; nothing where all counts are zero.
    pub fn bar(&mut self, (left, top): (f64, f64), (width, height): (f64, f64), parts: &[Part]) {
        let total = number(parts.iter().map(|part| part.count).sum());
        let mut x = left;
        for part in parts.iter().filter(|part| part.count > 0) {
            let share = width * number(part.count) / total;
            // A part that would be too thin to be seen is drawn all the same.
            self.rect(x, top, (share - 1.0).max(1.0), height, part.colour);
            x += share;
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a length in a drawing")]
pub(super) fn number(count: u64) -> f64 {
    count as f64
}

/// The start of a name that is too long for its place.
pub(super) fn clipped(name: &str, chars: usize) -> String {
    let line = crate::safety::visible::one_line(name);
    if line.chars().count() <= chars {
        return line.into_owned();
    }
    line.chars().take(chars - 1).chain(['…']).collect()
}

/// A logarithmic scale from left to right.
pub(super) struct LogScale {
    low: f64,
    high: f64,
    left: f64,
    width: f64,
}

impl LogScale {
    /// A scale of whole decades around these values, which are in milliseconds; `None` where there is none above 0.
    pub fn around(values: impl Iterator<Item = f64> + Clone, left: f64, width: f64) -> Option<LogScale> {
        let values = values.filter(|value| *value > 0.0);
        let most = values.clone().reduce(f64::max)?;
        let least = values.fold(most, f64::min).max(0.000_1);
        let low = least.log10().floor();
        Some(LogScale { low, high: most.log10().ceil().max(low + 1.0), left, width })
    }

    /// Where a value stands.
    pub fn at(&self, millis: f64) -> f64 {
        let share = (millis.max(0.000_1).log10() - self.low) / (self.high - self.low);
        self.left + self.width * share.clamp(0.0, 1.0)
    }

    /// The powers of ten on it.
    pub fn decades(&self) -> impl Iterator<Item = f64> {
        let high = self.high;
        std::iter::successors(Some(self.low), |exponent| Some(exponent + 1.0))
            .take_while(move |exponent| *exponent <= high)
            .map(|exponent| 10_f64.powf(exponent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_links_lead_only_where_there_is_an_anchor() {
        let mut drawing = Drawing::new("<b>", 10.0, vec![ArtifactId(0), ArtifactId(1)]);
        drawing.text(0.0, 0.0, Anchor::Start, 12, "<script>");
        drawing.say(None, "a & b");
        let html = drawing.into_html("x", &BTreeSet::from(["a2".to_owned()]));
        assert!(html.contains("&lt;script&gt;") && html.contains("a &amp; b") && html.contains("&lt;b&gt;"), "{html}");
        assert!(html.contains("href=\"#a2\"") && !html.contains("href=\"#a1\""), "{html}");
    }

    #[test]
    fn a_scale_covers_whole_decades() {
        let scale = LogScale::around([30.0, 187.0].into_iter(), 100.0, 200.0).expect("there are values");
        assert_eq!(scale.decades().map(|d| d.round()).collect::<Vec<_>>(), [10.0, 100.0, 1000.0]);
        assert!((scale.at(100.0) - 200.0).abs() < 0.01);
        assert!(LogScale::around([0.0].into_iter(), 0.0, 1.0).is_none());
    }
}
