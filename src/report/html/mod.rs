//! HTML: the Markdown of the report, typeset into one page without scripts.
//!
//! The text is that of the Markdown; what is added (the decisions and figures at the top, the table of contents, the
//! drawings) repeats it. Raw HTML in the Markdown is shown as text, but for the anchors that signoff itself writes.

mod strip;
mod typeset;

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::view::{Subject, unless_gating, verdict_word};
use crate::model::digest::digest;
use crate::model::phrase::plural;
use crate::safety::html;
use typeset::{Body, Heading, class_of};

const STYLE: &str = include_str!("../../../templates/report.css");

/// The file that holds the styles where they stand apart.
pub const STYLE_FILE: &str = "report.css";

/// Where the styles of the page stand.
///
/// See the [example](mod@crate::report#example).
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

/// Renders the page, and the styles where they stand apart.
pub fn render(subject: &Subject<'_>, markdown: &str, style: Style) -> Vec<String> {
    let body = Body::new(markdown, subject);
    let verdict = subject.judged.verdict;
    let title = html::text(&body.title).into_owned();
    let digest = digest(markdown.as_bytes());
    let sheet = format!("{STYLE}{}", running_head(subject, &digest));
    let mut page = String::with_capacity(body.sections.len() + sheet.len() + 8192);
    let (allowed, styles) = match style {
        Style::Inside => {
            (format!("'sha256-{}'", base64(&Sha256::digest(sheet.as_bytes()))), format!("<style>{sheet}</style>"))
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
         <header class=\"banner v-{verdict}\">\n<div class=\"lead\">\n<div>\n<h1>{title}</h1>\n",
        verdict_word(verdict),
    );
    page.push_str(&body.lead);
    page.push_str("</div>\n");
    page.push_str(&decisions(subject));
    page.push_str("</div>\n");
    page.push_str(&strip::strip(subject, &body.headings));
    let _ = write!(
        page,
        "<p class=\"record\">The document of record is report.md, SHA-256 <code>{digest}</code></p>\n</header>\n\
         <div class=\"page\">\n<nav aria-label=\"Contents\">\n<h2>Contents</h2>\n"
    );
    page.push_str(&contents(&body.headings));
    page.push_str("</nav>\n<main>\n");
    body.sections.push_to(&mut page);
    page.push_str("</main>\n</div>\n</body>\n</html>\n");
    match style {
        Style::Inside => vec![page],
        Style::Separate => vec![page, sheet],
    }
}

/// The content of the page alone, without styles, for embedding into another page.
pub fn fragment(subject: &Subject<'_>, markdown: &str) -> String {
    let body = Body::new(markdown, subject);
    let mut out = format!("<article>\n<h1>{}</h1>\n{}", html::text(&body.title), body.lead);
    body.sections.push_to(&mut out);
    out.push_str("</article>\n");
    out
}

/// What stands at the head and foot of each printed page. Only our own words and hexadecimal digits go into the styles.
fn running_head(subject: &Subject<'_>, digest: &str) -> String {
    let verdict = verdict_word(subject.judged.verdict);
    let is_hash = |text: &&String| (7..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let commit = match &subject.release.subject.commit {
        Some(commit) if is_hash(&commit) => format!("commit {commit}"),
        Some(_) => "commit: see the first page".to_owned(),
        None => "commit: not stated".to_owned(),
    };
    format!(
        "@page{{@top-left{{content:\"{verdict}\"}}@top-right{{content:\"{commit}\"}}\
         @bottom-left{{content:\"report.md SHA-256 {digest}\"}}}}\n"
    )
}

/// The decisions, for the banner.
fn decisions(subject: &Subject<'_>) -> String {
    let mut out = String::from("<ul class=\"decisions\" aria-label=\"Decisions\">\n");
    for decision in &subject.judged.decisions {
        let word = verdict_word(decision.verdict);
        let reasons: usize = decision.checks.iter().map(|index| subject.judged.checks[*index].reasons.len()).sum();
        let _ = writeln!(
            out,
            "<li><b>{}{}</b> <strong class=\"s {}\">{word}</strong> <a href=\"#reasons\">{}</a></li>",
            html::text(&decision.name),
            unless_gating(decision.gating),
            class_of(word).unwrap_or("gap"),
            plural(reasons as u64, "reason"),
        );
    }
    out.push_str("</ul>\n");
    out
}

fn contents(headings: &[Heading]) -> String {
    let mut out = String::from("<ul>\n");
    for heading in headings.iter().filter(|heading| heading.level == 2) {
        let text = html::text(&heading.text).into_owned();
        let _ = write!(out, "<li><a href=\"#{}\">{text}</a>", heading.id);
        if let Some((word, class)) = heading.status {
            let _ = write!(out, " <small class=\"s {class}\">{word}</small>");
        }
        out.push_str("</li>\n");
    }
    out.push_str("</ul>\n");
    out
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
