//! What readers of test results have in common: the reason of a failure, and the tool's own counts against the cases.

use std::borrow::Cow;

use jiff::Timestamp;

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{CONTRADICTION, NOTHING_RAN, TOOL_FAILED};
use crate::model::{Elapsed, Evidence, Pointer, Tally, TestCase, first_chars};
use crate::safety::redact::cut::before_cut;
use crate::source::{Diags, Node};

/// Characters of a message, and of the details that are shown folded.
const MAX_MESSAGE: usize = 600;
const MAX_MESSAGE_LINES: usize = 6;
const MAX_DETAIL: usize = 8_000;

/// Reports that no test ran: none is listed, or all that are listed were skipped.
pub(super) fn nothing_ran(diags: &Diags, evidence: &Evidence) {
    let tally = evidence.tally();
    if tally.executed() > 0 {
        return;
    }
    let message = match tally.total() {
        0 => "no test ran".to_owned(),
        1 => "the only test was skipped".to_owned(),
        total => format!("all {total} tests were skipped"),
    };
    diags.push(Diagnostic::new(&NOTHING_RAN, message));
}

/// Of a report whose tests may not have run for other reasons than that they were skipped: that none did, in the words
/// that the report has for them; `None` where one did.
pub(super) fn none_ran(tally: &Tally, what: &str) -> Option<String> {
    match (tally.executed(), tally.total()) {
        (0, 0) => Some(format!("no {what} is listed")),
        (0, total) => Some(format!("none of {total} tests ran")),
        _ => None,
    }
}

/// Holds a count that the tool gives against what was counted from the cases at `counted_at`.
/// A count that the tool does not give says nothing.
pub(super) fn declared(says: Node<'_>, what: &str, counted: u64, counted_at: &Pointer) {
    if let Some(says_count) = says.u64()
        && says_count != counted
    {
        let message = format!("says {says_count} {what}, counted {counted}");
        says.diags().push(says.diagnostic(&CONTRADICTION, message).against(counted_at.clone()));
    }
}

/// Holds a count of failures against what was counted from the cases at `counted_at`.
pub(super) fn declared_failures(says: Node<'_>, what: &str, counted: u64, counted_at: &Pointer) {
    if !claims_more(says, what, counted, counted_at) {
        declared(says, what, counted, counted_at);
    }
}

/// Holds the counts that the tool gives for each word for an outcome against what was counted at its index.
pub(super) fn declared_outcomes(
    says: Node<'_>,
    words: &[(&str, usize)],
    failures: &[&str],
    counts: &[u64],
    counted_at: &Pointer,
) {
    for (word, index) in words {
        let hold = if failures.contains(word) { declared_failures } else { declared };
        hold(says.get(word), &format!("{word} tests"), counts[*index], counted_at);
    }
}

/// Reports a count of failures of which more are claimed than are listed: nobody can look into the others, and the tool
/// itself says that its run failed. Whether that is so.
pub(super) fn claims_more(says: Node<'_>, what: &str, counted: u64, counted_at: &Pointer) -> bool {
    let Some(says_count) = says.u64().filter(|says_count| *says_count > counted) else { return false };
    let message = format!("says {says_count} {what}, counted {counted}: the others are not listed");
    says.diags().push(says.diagnostic(&TOOL_FAILED, message).against(counted_at.clone()));
    true
}

/// Sets the reason of a case: the first lines as its message, the whole as its detail where it is longer.
pub(super) fn explain(case: &mut TestCase, text: &str) {
    let text = plain(text);
    let text = text.trim();
    if text.is_empty() {
        return;
    }
    let message = head(text);
    if message.len() < text.len() {
        case.extra().detail = Some(first_chars(text, MAX_DETAIL));
    }
    case.message = Some(message);
}

/// Adds a stack trace or an output to a case.
pub(super) fn detail(case: &mut TestCase, text: &str) {
    let text = plain(text);
    let text = text.trim();
    if !text.is_empty() && case.message.as_deref() != Some(text) {
        case.extra().detail = Some(first_chars(text, MAX_DETAIL));
    }
}

/// The first line of a text that says something, for a diagnostic.
pub(super) fn first_line(text: &str) -> String {
    let plain = plain(text);
    let line = plain.lines().map(str::trim).find(|line| !line.is_empty());
    line.map_or("no reason given".to_owned(), |line| first_chars(line, 200))
}

/// The first lines of a text. Secrets are masked before it is cut: what says that there is one may stand in another line.
pub(super) fn head(text: &str) -> String {
    let plain = plain(text);
    let plain = plain.trim();
    let first = |text: &str| text.lines().map(str::trim_end).take(MAX_MESSAGE_LINES).collect::<Vec<_>>().join("\n");
    if plain.lines().nth(MAX_MESSAGE_LINES).is_none() {
        return first_chars(first(plain).trim_end(), MAX_MESSAGE);
    }
    first_chars(first(&before_cut(plain)).trim_end(), MAX_MESSAGE)
}

/// A text without the escape sequences that colour terminals.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    if memchr::memchr(0x1b, text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\u{1b}[") {
        out.push_str(&rest[..at]);
        let sequence = &rest[at + 2..];
        let end = sequence.find(|c: char| ('@'..='~').contains(&c)).map_or(sequence.len(), |end| end + 1);
        rest = &sequence[end..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// A URL without user, query and fragment, which may hold credentials.
pub(super) fn bare_url(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = url.split_once("://").map_or(("", url), |(scheme, rest)| (scheme, rest));
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.rsplit('@').next().unwrap_or_default();
    if scheme.is_empty() { format!("{host}{path}") } else { format!("{scheme}://{host}{path}") }
}

/// A point in time in milliseconds since 1970, which some tools write with a fraction; 0 means that there is none.
/// A time stamp as text is understood too.
pub(super) fn epoch_millis(node: Node<'_>) -> Option<Timestamp> {
    if node.is_string() {
        return node.time();
    }
    let millis = node.f64().filter(|millis| *millis > 0.0)?;
    #[expect(clippy::cast_possible_truncation, reason = "a fraction of a millisecond does not matter")]
    Timestamp::from_millisecond(millis as i64).ok()
}

/// The time between two points in time; `None` where one is unknown or they are the wrong way round.
pub(super) fn between(start: Option<Timestamp>, end: Option<Timestamp>) -> Option<Elapsed> {
    let nanos = end?.as_nanosecond().checked_sub(start?.as_nanosecond())?;
    u64::try_from(nanos).ok().map(Elapsed::from_nanos)
}

#[cfg(test)]
mod tests {
    use super::{bare_url, head, plain};

    #[test]
    fn colours_are_taken_off() {
        assert_eq!(plain("\u{1b}[31mred\u{1b}[39m \u{1b}[2mdim"), "red dim");
        assert_eq!(plain("cut \u{1b}[3"), "cut ");
        assert_eq!(plain("é\u{1b}[mü"), "éü");
    }

    #[test]
    fn urls_lose_what_may_be_secret() {
        assert_eq!(bare_url("https://user:pw@host:8080/a/b?token=x#y"), "https://host:8080/a/b");
        assert_eq!(bare_url("{{base}}/health?x"), "{{base}}/health");
        assert_eq!(bare_url("https://host?x"), "https://host");
    }

    #[test]
    fn a_message_is_a_few_lines() {
        assert_eq!(head(" a \n b\nc\nd\ne\nf\ng"), "a\n b\nc\nd\ne\nf");
    }

    #[test]
    fn what_says_that_there_is_a_secret_may_be_cut_off() {
        let text = "apply failed for\ndata:\n  field: aHVudGVyMi1ob3JzZQ==\napiVersion: v1\nmetadata:\n  name: x\nkind: Secret";
        let message = head(text);
        assert!(!message.contains("aHVudGVy") && message.contains("[redacted:kube-secret]"), "{message}");
    }
}
