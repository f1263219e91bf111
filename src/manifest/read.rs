//! Reads a manifest and says exactly what is wrong with it.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use super::schema::{Manifest, RedactionPattern};
use super::spanned::Spanned;
use super::tree;
use crate::diagnostics::{LineColumn, nearest};
use crate::model::digest::digest;
use crate::safety::redact::{BadPattern, Personal, Redactor};
use crate::source::json::locate;

/// A manifest with its text, so that later findings about it have a place.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// The path as given.
    pub name: String,
    /// The text.
    pub text: String,
    /// What it says.
    pub manifest: Manifest,
    /// What it asks to be masked beside the built-in rules; `None` where it asks nothing.
    pub redactor: Option<Arc<Redactor>>,
}

impl Loaded {
    /// Where a span of the text starts.
    pub fn place(&self, span: &std::ops::Range<usize>) -> LineColumn {
        place(&self.text, span.start)
    }

    /// SHA-256 over the text, in lower-case hexadecimal digits; `None` where there is no manifest.
    pub fn digest(&self) -> Option<String> {
        (!self.name.is_empty()).then(|| digest(self.text.as_bytes()))
    }

    /// Where a part of a value stands in the text, `part` in bytes of the value; all of the value where it is
    /// written with escapes, or where the part is empty and so means its end.
    pub fn within(&self, value: &Spanned<String>, part: std::ops::Range<usize>) -> std::ops::Range<usize> {
        let whole = value.span();
        let text = self.text.get(whole.clone()).unwrap_or_default();
        match text.find(value.get_ref().as_str()) {
            Some(start) if part.is_empty() => whole.start + start + part.start..whole.end,
            Some(start) => whole.start + start + part.start..whole.start + start + part.end,
            None => whole,
        }
    }

    /// An error at a span of the text.
    pub fn error(&self, span: &std::ops::Range<usize>, message: String, help: Option<String>) -> ManifestError {
        ManifestError::new(&self.name, &self.text, span.clone(), message, help)
    }
}

/// What is wrong with a manifest, and where.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
#[derive(Clone, Debug)]
pub struct ManifestError {
    /// The path as given.
    pub name: String,
    /// The place of the offending text.
    pub place: LineColumn,
    /// The line that it stands in.
    pub line: String,
    /// How long the offending text is, in characters.
    pub length: usize,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl ManifestError {
    fn new(
        name: &str,
        text: &str,
        span: std::ops::Range<usize>,
        message: String,
        help: Option<String>,
    ) -> ManifestError {
        let place = place(text, span.start);
        let line = text.lines().nth(usize::try_from(place.line - 1).unwrap_or(0)).unwrap_or_default().to_owned();
        let marked = text.get(span).unwrap_or_default().lines().next().unwrap_or_default();
        let length = marked.chars().count().max(1);
        ManifestError { name: name.to_owned(), place, line, length, message, help }
    }
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ManifestError { name, place, line, length, message, help } = self;
        let number = place.line.to_string();
        let gutter = " ".repeat(number.len());
        let indent = " ".repeat(usize::try_from(place.column - 1).unwrap_or(0));
        writeln!(f, "{message}")?;
        writeln!(f, "{gutter}--> {name}:{place}")?;
        writeln!(f, "{gutter} |")?;
        writeln!(f, "{number} | {line}")?;
        write!(f, "{gutter} | {indent}{}", "^".repeat(*length))?;
        if let Some(help) = help {
            write!(f, "\nhelp: {help}")?;
        }
        Ok(())
    }
}

impl Error for ManifestError {}

fn place(text: &str, offset: usize) -> LineColumn {
    locate(&text.as_bytes()[..offset.min(text.len())], LineColumn { line: 1, column: 1 })
}

/// Parses a manifest.
///
/// # Errors
/// It is no TOML, has an unknown key, or a value of the wrong type.
#[cfg_attr(doc, doc = "\n\nSee the [example](mod@crate::manifest#example).")]
pub fn parse(name: &str, text: &str) -> Result<Loaded, Box<ManifestError>> {
    match tree::from_str::<Manifest>(text) {
        Ok(manifest) => {
            let redactor = redactor(name, text, &manifest)?;
            Ok(Loaded { name: name.to_owned(), text: text.to_owned(), manifest, redactor })
        }
        Err(error) => {
            let span = error.span.unwrap_or(0..0);
            let message = error.message.lines().next().unwrap_or_default().to_owned();
            let help = suggestion(&message);
            let message = message.split(", expected one of").next().unwrap_or(&message).to_owned();
            Err(Box::new(ManifestError::new(name, text, span, in_words(&message.replace("field", "key")), help)))
        }
    }
}

/// The rules of `[redaction]`; each pattern is tried alone, so that the wrong one is known.
///
/// What the manifest names as the target is no secret: an address of a private network in it is shown wherever it stands.
fn redactor(name: &str, text: &str, manifest: &Manifest) -> Result<Option<Arc<Redactor>>, Box<ManifestError>> {
    let refuse = |span: std::ops::Range<usize>, error: &BadPattern| {
        let help = match error {
            BadPattern::Pattern { source, .. } => {
                let text = source.to_string();
                Some(text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned())
            }
            BadPattern::Shows { .. } | BadPattern::Empty(_) => {
                Some("let it match no more than what it is about".to_owned())
            }
            BadPattern::Kind(_) => None,
        };
        Box::new(ManifestError::new(name, text, span, error.to_string(), help))
    };
    let keys = &manifest.redaction;
    let mut patterns = Vec::new();
    for RedactionPattern { name, pattern } in &keys.patterns {
        let pair = (name.get_ref().clone(), pattern.get_ref().clone());
        Redactor::new(std::slice::from_ref(&pair), &[]).map_err(|error| {
            let at = if matches!(error, BadPattern::Kind(_)) { name.span() } else { pattern.span() };
            refuse(at, &error)
        })?;
        patterns.push(pair);
    }
    let mut keep = Vec::new();
    for pattern in &keys.keep {
        Redactor::new(&[], std::slice::from_ref(pattern.get_ref())).map_err(|error| refuse(pattern.span(), &error))?;
        keep.push(pattern.get_ref().clone());
    }
    keep.extend(manifest.subject.target.iter().flat_map(|target| addresses(target)).map(|ip| ip.replace('.', r"\.")));
    if patterns.is_empty() && keep.is_empty() && keys.show.is_empty() {
        return Ok(None);
    }
    let shown: Vec<Personal> = keys.show.iter().map(|kind| Personal::from(*kind)).collect();
    Redactor::new(&patterns, &keep)
        .map(|made| Some(Arc::new(made.without(&shown))))
        .map_err(|error| refuse(0..0, &error))
}

/// The IPv4 addresses in a text.
fn addresses(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_digit() && c != '.').filter(|part| part.parse::<std::net::Ipv4Addr>().is_ok())
}

/// What is expected, in the words of who writes a manifest rather than in those of types.
fn in_words(message: &str) -> String {
    const WORDS: &[(&str, &str)] = &[
        ("a boolean", "`true` or `false`"),
        ("a sequence", "a list in brackets, `[…]`"),
        ("a string", "a text in quotation marks"),
        ("enum ", "a word in quotation marks"),
        ("struct ", "a table"),
        ("u32", "a whole number of at least 0 and less than 4,294,967,296"),
        ("u64", "a whole number of at least 0"),
    ];
    let Some((found, expected)) = message.split_once(", expected ") else { return message.to_owned() };
    let known =
        WORDS.iter().find(|(start, _)| expected == *start || start.ends_with(' ') && expected.starts_with(start));
    let found = found.replace("type: sequence", "type: a list").replace("type: map", "type: a table");
    format!("{found}, expected {}", known.map_or(expected, |(_, words)| words))
}

/// From `unknown field `x`, expected one of `a`, `b``: the nearest known key.
fn suggestion(message: &str) -> Option<String> {
    let mut words = message.split('`').skip(1).step_by(2);
    let wrong = words.next()?;
    let known: Vec<&str> = words.collect();
    if known.is_empty() || !message.starts_with("unknown") {
        return None;
    }
    let list = known.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
    Some(match nearest(wrong, known) {
        Some(near) => format!("did you mean `{near}`? known here: {list}"),
        None => format!("known here: {list}"),
    })
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let error = parse("signoff.toml", text).expect_err("must be refused").to_string();
        for part in expected {
            assert!(error.contains(part), "`{part}` is not in:\n{error}");
        }
    }

    #[test]
    fn the_stated_target_is_shown() {
        let text = "[subject]\ntarget = \"http://10.0.0.5:8000\"\n[redaction]\nshow = [\"email\"]\n";
        let loaded = parse("signoff.toml", text).expect("a sound manifest");
        let redactor = loaded.redactor.expect("the manifest asks for a redactor of its own");
        let shown = |text: &str| redactor.redact(text, &mut crate::safety::redact::Counts::default()).into_owned();
        assert_eq!(shown("http://10.0.0.5:8000 qa@example.com"), "http://10.0.0.5:8000 qa@example.com");
        assert_eq!(shown("10.0.0.50 and 110.0.0.5"), "[redacted:private-ip] and 110.0.0.5");
    }

    #[test]
    fn mistakes_have_a_place_and_a_suggestion() {
        check(
            "[gate.smoke]\nmax-faild = 1\n",
            &["unknown key `max-faild`", "signoff.toml:2:1", "did you mean `max-failed`?"],
        );
        check("[gate.smoke]\nmax-failed = \"ten\"\n", &["signoff.toml:2:14", "ten", "^^^^^"]);
        check("[gate.load]\nmax-error-rate = 0.01\n", &["signoff.toml:2:18", "percentage"]);
        check("[gate]\nrequire = [\"smok\"]\n", &["signoff.toml:2:12", "did you mean `smoke`?"]);
        check("[report\n", &["signoff.toml:1:"]);
        check("[subject]\ncommit = \" \"\n", &["this text is blank", "signoff.toml:2:10"]);
        check("[gate.smoke]\nmax-failed = -1\n", &["integer `-1`, expected a whole number of at least 0\n"]);
        check("[gate]\nrequire = \"smoke\"\n", &["expected a list in brackets, `[…]`", "signoff.toml:2:11"]);
        check("gate = [1]\n", &["a list, expected a table", "signoff.toml:1:8"]);
        check("[decision]\nname = \"a\"\n", &["a table, expected a list in brackets"]);
        check("[gate]\npolicy = 3\n", &["expected a text in quotation marks"]);
        check("[[decision]]\nname = \"a\"\ngating = \"yes\"\n", &["string \"yes\", expected `true` or `false`"]);
        check(
            "[redaction]\npatterns = [{ name = \"ticket\", pattern = \"T-(\" }]\n",
            &["`T-(` is not a regular expression", "signoff.toml:2:42", "help: unclosed group"],
        );
        check("[redaction]\npatterns = [{ name = \"My Ticket\", pattern = \"T\" }]\n", &["signoff.toml:2:22"]);
        check("[redaction]\nkeep = [\"[\"]\n", &["signoff.toml:2:9"]);
        check("[redaction]\nkeep = [\".*\"]\n", &["signoff.toml:2:9", "`.*` matches the empty text"]);
        check("[redaction]\nkeep = [\"ghp_.*\"]\n", &["signoff.toml:2:9", "the kind `github-token`", "help: let it"]);
        check("[redaction]\nkeep = ['\\S+']\n", &["also matches secrets"]);
        check("[redaction]\npatterns = [{ name = \"a\", pattern = \"\" }]\n", &["signoff.toml:2:37", "empty text"]);
    }
}
