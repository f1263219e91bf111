//! HTML: the Markdown of the report, typeset into one page without scripts.
//!
//! The text is that of the Markdown; what is added (the strip of figures, the table of contents, the drawings) repeats
//! it. Raw HTML in the Markdown is shown as text, but for the anchors that signoff itself writes.

use std::collections::HashMap;
use std::fmt::Write as _;

use pulldown_cmark::{Alignment, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use sha2::{Digest, Sha256};

use super::figures;
use super::view::{Subject, verdict_word};
use crate::model::phrase::thousands;
use crate::model::{Health, Outcome, Percentile, Severity};
use crate::safety::html;

const STYLE: &str = include_str!("../../templates/report.css");

/// The file that holds the styles where they stand apart.
pub const STYLE_FILE: &str = "report.css";

/// Where the styles of the page stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Style {
    /// In the page: one file.
    #[default]
    Inside,
    /// In a file of their own, for servers that drop styles inside of pages.
    Separate,
}

impl Style {
    /// Every place.
    pub const ALL: [Style; 2] = [Style::Inside, Style::Separate];

    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Style::Inside => "inside",
            Style::Separate => "separate",
        }
    }
}

/// A heading of the report.
struct Heading {
    level: u8,
    id: String,
    text: String,
}

/// Renders the page, and the styles where they stand apart.
pub fn render(subject: &Subject<'_>, markdown: &str, style: Style) -> Vec<String> {
    let body = Body::new(markdown, subject);
    let verdict = subject.judged.verdict;
    let title = html::text(&body.title).into_owned();
    let mut page = String::with_capacity(body.html.len() + STYLE.len() + 4096);
    let (allowed, styles) = match style {
        Style::Inside => {
            (format!("'sha256-{}'", base64(&Sha256::digest(STYLE.as_bytes()))), format!("<style>{STYLE}</style>"))
        }
        Style::Separate => ("'self'".to_owned(), format!("<link rel=\"stylesheet\" href=\"{STYLE_FILE}\">")),
    };
    let policy = format!("default-src 'none'; style-src {allowed}; base-uri 'none'; form-action 'none'");
    let _ = write!(
        page,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{}: {title}</title>\n{styles}\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#decision\">Skip to the decision</a>\n\
         <header class=\"banner v-{verdict}\">\n<h1>{title}</h1>\n",
        verdict_word(verdict),
    );
    page.push_str(&body.lead);
    page.push_str(&strip(subject));
    page.push_str("</header>\n<div class=\"page\">\n<nav aria-label=\"Contents\">\n<h2>Contents</h2>\n");
    page.push_str(&contents(&body.headings));
    page.push_str("</nav>\n<main>\n");
    page.push_str(&body.html);
    page.push_str("</main>\n</div>\n</body>\n</html>\n");
    match style {
        Style::Inside => vec![page],
        Style::Separate => vec![page, STYLE.to_owned()],
    }
}

/// The content of the page alone, without styles, for embedding into another page.
pub fn fragment(subject: &Subject<'_>, markdown: &str) -> String {
    let body = Body::new(markdown, subject);
    format!("<article>\n<h1>{}</h1>\n{}{}</article>\n", html::text(&body.title), body.lead, body.html)
}

/// The figures at the top, each leading to its section.
fn strip(subject: &Subject<'_>) -> String {
    let release = subject.release;
    let tests = release.tests();
    let mut items: Vec<(String, &str, &str)> = Vec::new();
    if tests.total() > 0 {
        let value = format!("{} of {}", thousands(tests.passed), thousands(tests.total()));
        items.push((value, "tests passed", "1-smoke-test-results"));
        if tests.skipped > 0 {
            items.push((thousands(tests.of(Outcome::Skipped)), "tests did not run", "1-smoke-test-results"));
        }
    }
    if !release.scans.is_empty() {
        let findings = release.findings();
        let severe = findings.of(Severity::Critical) + findings.of(Severity::High);
        items.push((thousands(severe), "critical or high findings", "6-security"));
        items.push((thousands(findings.total()), "open findings", "6-security"));
    }
    if let Some((p95, is_bound)) = release.slowest(Percentile::P95) {
        let mark = if is_bound { "≤ " } else { "" };
        items.push((format!("{mark}{p95}"), "slowest p95 under load", "5-performance"));
    }
    if !release.plans.is_empty() {
        let good = release.plans.iter().filter(|plan| plan.value.succeeds() == Some(true)).count();
        items.push((format!("{good} of {}", release.plans.len()), "rollback dry runs succeed", "3-rollback-procedure"));
    }
    if !release.services.is_empty() {
        let healthy = release.services.iter().filter(|service| service.value.health == Health::Healthy).count();
        items.push((format!("{healthy} of {}", release.services.len()), "services healthy", "4-service-status"));
    }
    if items.is_empty() {
        return String::new();
    }
    let mut out = String::from("<ul class=\"strip\">\n");
    for (value, label, target) in items {
        let value = html::text(&value).into_owned();
        let _ = writeln!(out, "<li><a href=\"#{target}\"><b>{value}</b> <span>{label}</span></a></li>");
    }
    out.push_str("</ul>\n");
    out
}

fn contents(headings: &[Heading]) -> String {
    let mut out = String::from("<ul>\n");
    for heading in headings.iter().filter(|heading| heading.level == 2) {
        let text = html::text(&heading.text).into_owned();
        let _ = writeln!(out, "<li><a href=\"#{}\">{text}</a></li>", heading.id);
    }
    out.push_str("</ul>\n");
    out
}

/// The Markdown as HTML.
struct Body {
    title: String,
    /// What stands before the first section.
    lead: String,
    html: String,
    headings: Vec<Heading>,
}

/// Words that are marked by a colour of their own where they stand in bold.
const MARKED: &[(&str, &str)] = &[
    ("passed", "good"),
    ("succeeds", "good"),
    ("healthy", "good"),
    ("complete", "good"),
    ("conditional", "warn"),
    ("warned", "warn"),
    ("partial", "warn"),
    ("open", "warn"),
    ("medium", "warn"),
    ("undecided", "gap"),
    ("skipped", "gap"),
    ("unknown", "gap"),
    ("info", "gap"),
    ("planned", "gap"),
    ("low", "gap"),
    ("failed", "bad"),
    ("fails", "bad"),
    ("errored", "bad"),
    ("unhealthy", "bad"),
    ("blocked", "bad"),
    ("critical", "bad"),
    ("high", "bad"),
    ("missing", "bad"),
    ("firing", "bad"),
];

impl Body {
    fn new(markdown: &str, subject: &Subject<'_>) -> Body {
        let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
        let events: Vec<Event<'_>> = Parser::new_ext(markdown, options).collect();
        let mut body = Body { title: String::new(), lead: String::new(), html: String::new(), headings: Vec::new() };
        let mut writer = Writer::default();
        let mut index = 0;
        let mut in_section = false;
        let mut last_level = 1;
        while index < events.len() {
            let Event::Start(Tag::Heading { level, .. }) = &events[index] else {
                writer.event(&events[index]);
                index += 1;
                continue;
            };
            let end = events[index..].iter().position(|event| matches!(event, Event::End(TagEnd::Heading(_))));
            let end = index + end.unwrap_or(events.len() - index - 1);
            let text = plain_text(&events[index..end]);
            let wanted = rank(*level);
            index += 1;
            if wanted == 1 && body.title.is_empty() {
                body.title.clone_from(&text);
                index = end + 1;
                continue;
            }
            if !in_section {
                body.lead = std::mem::take(&mut writer.out);
                in_section = true;
            }
            // A heading may go down by one level only; a page has one heading of the first.
            let level = wanted.clamp(2, last_level + 1);
            last_level = level;
            let id = writer.id(&text);
            if level == 2 {
                if !body.headings.is_empty() {
                    writer.out.push_str("</section>\n");
                }
                let _ = writeln!(writer.out, "<section aria-labelledby=\"{id}\">");
            }
            let _ = write!(writer.out, "<h{level} id=\"{id}\">");
            for event in &events[index..end] {
                writer.event(event);
            }
            let _ = writeln!(writer.out, "</h{level}>");
            if level == 2 {
                writer.out.push_str(&figures::of_section(&id, subject));
            }
            writer.caption.clone_from(&text);
            body.headings.push(Heading { level, id, text });
            index = end + 1;
        }
        if in_section {
            writer.out.push_str("</section>\n");
            body.html = writer.out;
        } else {
            body.lead = writer.out;
        }
        body
    }
}

const fn rank(level: HeadingLevel) -> u8 {
    level as u8
}

fn plain_text(events: &[Event<'_>]) -> String {
    events
        .iter()
        .filter_map(|event| match event {
            Event::Text(text) | Event::Code(text) => Some(&**text),
            Event::SoftBreak | Event::HardBreak => Some(" "),
            _ => None,
        })
        .collect()
}

#[derive(Default)]
struct Table {
    alignments: Vec<Alignment>,
    column: usize,
    in_head: bool,
    count: u32,
}

#[derive(Default)]
struct Writer {
    out: String,
    ids: HashMap<String, u32>,
    table: Table,
    /// What tables are about: the heading above them.
    caption: String,
    /// Inside of a block of code, where lines matter.
    in_block: bool,
}

impl Writer {
    /// An id as GitHub makes it: lower-case letters and digits, `-` for spaces, unique on the page.
    fn id(&mut self, text: &str) -> String {
        let mut id = String::new();
        for char in text.chars() {
            match char {
                'a'..='z' | '0'..='9' | '-' | '_' => id.push(char),
                'A'..='Z' => id.push(char.to_ascii_lowercase()),
                ' ' => id.push('-'),
                _ => {}
            }
        }
        let count = self.ids.entry(id.clone()).or_default();
        *count += 1;
        match *count {
            1 if !id.is_empty() => id,
            count => format!("{id}-{count}"),
        }
    }

    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(*tag),
            Event::Text(text) if self.in_block => self.out.push_str(&html::block(text)),
            Event::Text(text) => self.out.push_str(&html::text(text)),
            Event::Code(text) => {
                self.out.push_str("<code>");
                self.out.push_str(&html::text(text));
                self.out.push_str("</code>");
            }
            Event::Html(text) | Event::InlineHtml(text) => self.raw(text),
            Event::SoftBreak => self.out.push('\n'),
            Event::HardBreak => self.out.push_str("<br>\n"),
            Event::Rule => self.out.push_str("<hr>\n"),
            Event::FootnoteReference(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.out.push_str(&html::text(text));
            }
            Event::TaskListMarker(done) => self.out.push_str(if *done { "[x] " } else { "[ ] " }),
        }
    }

    /// Of raw HTML only the anchors of artifacts and folding blocks are let through; all else is text.
    fn raw(&mut self, text: &CowStr<'_>) {
        let trimmed = text.trim();
        let is_anchor = trimmed
            .strip_prefix("<a id=\"a")
            .and_then(|rest| rest.strip_suffix("\">"))
            .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()));
        match trimmed {
            "</a>" => {}
            _ if is_anchor => {
                let id = &trimmed["<a id=\"".len()..trimmed.len() - 2];
                let _ = write!(self.out, "<span id=\"{id}\"></span>");
            }
            _ => self.out.push_str(&html::text(text)),
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Paragraph => self.out.push_str("<p>"),
            Tag::Heading { .. } => self.out.push_str("<p><b>"),
            Tag::BlockQuote(_) => self.out.push_str("<blockquote>\n"),
            Tag::CodeBlock(_) => {
                self.in_block = true;
                self.out.push_str("<pre tabindex=\"0\"><code>");
            }
            Tag::List(None) => self.out.push_str("<ul>\n"),
            Tag::List(Some(first)) => {
                let _ = writeln!(self.out, "<ol start=\"{first}\">");
            }
            Tag::Item => self.out.push_str("<li>"),
            Tag::Table(alignments) => {
                self.table.alignments.clone_from(alignments);
                self.table.count += 1;
                let caption = html::text(&self.caption).into_owned();
                let shown = html::text(&self.caption).into_owned();
                let number = self.table.count;
                let _ = write!(
                    self.out,
                    "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Table {number}: {caption}\">\
                     <table border=\"1\" cellpadding=\"4\">\n<caption>Table {number}: {shown}</caption>\n"
                );
            }
            Tag::TableHead => {
                self.table.in_head = true;
                self.table.column = 0;
                self.out.push_str("<thead><tr>");
            }
            Tag::TableRow => {
                self.table.column = 0;
                self.out.push_str("<tr>");
            }
            Tag::TableCell => {
                let right = self.table.alignments.get(self.table.column) == Some(&Alignment::Right);
                let class = if right { " class=\"num\" align=\"right\"" } else { "" };
                let cell = match (self.table.in_head, self.table.column) {
                    (true, _) => format!("<th scope=\"col\"{class}>"),
                    (false, 0) => format!("<th scope=\"row\"{class}>"),
                    (false, _) => format!("<td{class}>"),
                };
                self.out.push_str(&cell);
            }
            Tag::Emphasis => self.out.push_str("<em>"),
            Tag::Strong => self.out.push_str("<strong>"),
            Tag::Strikethrough => self.out.push_str("<del>"),
            Tag::Link { dest_url, .. } => {
                let inner = dest_url.starts_with('#');
                let web = dest_url.starts_with("https://") || dest_url.starts_with("http://");
                let href = html::text(dest_url).into_owned();
                match (inner, web) {
                    (true, _) => {
                        let _ = write!(self.out, "<a href=\"{href}\">");
                    }
                    (false, true) => {
                        let _ = write!(self.out, "<a href=\"{href}\" rel=\"noopener noreferrer nofollow\">");
                    }
                    // Any other scheme could do something: only the text of the link is shown.
                    (false, false) => self.out.push_str("<a>"),
                }
            }
            // No picture is ever loaded; its text is shown.
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph => self.out.push_str("</p>\n"),
            TagEnd::Heading(_) => self.out.push_str("</b></p>\n"),
            TagEnd::BlockQuote(_) => self.out.push_str("</blockquote>\n"),
            TagEnd::CodeBlock => {
                self.in_block = false;
                self.out.push_str("</code></pre>\n");
            }
            TagEnd::List(true) => self.out.push_str("</ol>\n"),
            TagEnd::List(false) => self.out.push_str("</ul>\n"),
            TagEnd::Item => self.out.push_str("</li>\n"),
            TagEnd::Table => self.out.push_str("</tbody></table></div>\n"),
            TagEnd::TableHead => {
                self.table.in_head = false;
                self.out.push_str("</tr></thead>\n<tbody>\n");
            }
            TagEnd::TableRow => self.out.push_str("</tr>\n"),
            TagEnd::TableCell => {
                self.out.push_str(match (self.table.in_head, self.table.column) {
                    (true, _) | (false, 0) => "</th>",
                    (false, _) => "</td>",
                });
                self.table.column += 1;
            }
            TagEnd::Emphasis => self.out.push_str("</em>"),
            TagEnd::Strong => {
                self.mark();
                self.out.push_str("</strong>");
            }
            TagEnd::Strikethrough => self.out.push_str("</del>"),
            TagEnd::Link => self.out.push_str("</a>"),
            _ => {}
        }
    }

    /// Gives a status word in bold its class.
    fn mark(&mut self) {
        let Some(at) = self.out.rfind("<strong>") else { return };
        let word = self.out[at + "<strong>".len()..].trim_end_matches('.').to_lowercase();
        let word = word.strip_prefix("verdict: ").unwrap_or(&word);
        if let Some((_, class)) = MARKED.iter().find(|(known, _)| *known == word) {
            let class = format!("<strong class=\"s {class}\">");
            self.out.replace_range(at..at + "<strong>".len(), &class);
        }
    }
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let mut group = [0; 3];
        group[..chunk.len()].copy_from_slice(chunk);
        let bits = u32::from(group[0]) << 16 | u32::from(group[1]) << 8 | u32::from(group[2]);
        for digit in 0..4 {
            if digit <= chunk.len() {
                let index = (bits >> (18 - 6 * digit)) & 63;
                out.push(ALPHABET[index as usize] as char);
            } else {
                out.push('=');
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_is_that_of_rfc_4648() {
        for (text, expected) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")] {
            assert_eq!(base64(text.as_bytes()), expected);
        }
    }
}
