//! What one line of TAP says.

use crate::model::{Elapsed, Outcome};

/// What one line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said<'l> {
    /// `TAP version 13`
    Version,
    /// `1..4`, with the reason behind `# SKIP`.
    Plan { count: u64, reason: &'l str },
    /// `ok 1 - name`
    Point(Point<'l>),
    /// `# text`
    Comment(&'l str),
    /// `Bail out! reason`
    BailOut(&'l str),
    /// Anything else; the protocol wants it passed over.
    Other,
}

/// A test point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Point<'l> {
    pub ok: bool,
    pub number: Option<u64>,
    pub name: &'l str,
    /// Where it ran, where the tool says so: the browser, of testem.
    pub class: Option<&'l str>,
    pub directive: Directive,
    /// What stands behind the directive.
    pub reason: &'l str,
    /// How long it took, where it says so itself.
    pub elapsed: Option<Elapsed>,
    /// Whether it opens a block of subtests: `ok 1 - name {`.
    pub opens: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Directive {
    None,
    Skip,
    Todo,
}

impl Point<'_> {
    /// A directive weighs more than `ok` and `not ok`.
    pub(super) const fn outcome(&self) -> Outcome {
        match (self.directive, self.ok) {
            (Directive::Skip, _) => Outcome::Skipped,
            (Directive::Todo, _) => Outcome::Warned,
            (Directive::None, true) => Outcome::Passed,
            (Directive::None, false) => Outcome::Failed,
        }
    }
}

/// How many blanks a line starts with; a tab counts as four.
pub(super) fn indent(line: &str) -> usize {
    line.bytes()
        .map_while(|byte| [(b' ', 1), (b'\t', 4)].iter().find(|(b, _)| *b == byte))
        .map(|(_, width)| width)
        .sum()
}

/// Reads one line that is not indented.
pub(super) fn said(line: &str) -> Said<'_> {
    let line = line.trim_end();
    if let Some(rest) = line.strip_prefix("TAP version ") {
        return if rest.trim().parse::<u32>().is_ok() { Said::Version } else { Said::Other };
    }
    if let Some(rest) = line.strip_prefix("1..") {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (count, rest) = rest.split_at(digits);
        let rest = rest.trim_start();
        return match count.parse() {
            Ok(count) if rest.is_empty() || rest.starts_with('#') => {
                let reason = rest.trim_start_matches('#').trim_start();
                let word = reason.split(char::is_whitespace).next().unwrap_or_default();
                let reason = if word.to_ascii_lowercase().starts_with("skip") { &reason[word.len()..] } else { reason };
                Said::Plan { count, reason: reason.trim() }
            }
            _ => Said::Other,
        };
    }
    if let Some(reason) = line.get(..9).filter(|start| start.eq_ignore_ascii_case("bail out!")).map(|_| &line[9..]) {
        return Said::BailOut(reason.trim());
    }
    if let Some(comment) = line.strip_prefix('#') {
        return Said::Comment(comment.trim());
    }
    if let Some(point) = testem_point(line) {
        return Said::Point(point);
    }
    let (ok, rest) = match (line.strip_prefix("ok"), line.strip_prefix("not ok")) {
        (Some(rest), _) => (true, rest),
        (None, Some(rest)) => (false, rest),
        (None, None) => return Said::Other,
    };
    if !rest.is_empty() && !rest.starts_with([' ', '\t']) {
        return Said::Other;
    }
    Said::Point(point(ok, rest.trim_start()))
}

/// Whether a comment sums up the run: `tests 7`, `pass  4`, `duration_ms 31.5`, and what `Test::More` ends with.
pub(super) fn is_summary(comment: &str) -> bool {
    const COUNTED: &[&str] =
        &["tests", "suites", "pass", "ok", "fail", "cancelled", "skip", "skipped", "todo", "duration_ms"];
    let mut words = comment.split_whitespace();
    let is_count = match (words.next(), words.next(), words.next()) {
        (Some(word), Some(count), None) => COUNTED.contains(&word) && count.parse::<f64>().is_ok(),
        (Some("ok"), None, None) => true,
        _ => false,
    };
    is_count || comment.starts_with("Looks like you")
}

fn point(ok: bool, rest: &str) -> Point<'_> {
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, after) = rest.split_at(digits);
    let (number, rest) = match number.parse() {
        Ok(number) if after.is_empty() || after.starts_with([' ', '\t']) => (Some(number), after.trim_start()),
        _ => (None, rest),
    };
    let rest = rest.strip_prefix("- ").unwrap_or(rest);
    let rest = if rest == "-" { "" } else { rest };
    let (name, directive, reason) = split_directive(rest);
    // What opens a block of subtests may stand behind the duration and before it.
    let (name, is_last) = without_block(name);
    let behind = Remarks::cut_off(name.trim_start());
    let (name, is_inside) = without_block(behind.text);
    let opens = rest.ends_with('{') || is_last || is_inside;
    let of_reason = Remarks::cut_off(reason);
    let elapsed = behind.elapsed.or(of_reason.elapsed);
    let reason =
        if of_reason.text.is_empty() { behind.timeout.or(of_reason.timeout).unwrap_or("") } else { of_reason.text };
    Point { ok, number, name, class: None, directive, reason, elapsed, opens }
}

/// How a point of testem starts, which has words of its own for what others say in a directive.
const TESTEM: &[(&str, bool, Directive)] = &[
    ("ok ", true, Directive::None),
    ("not ok ", false, Directive::None),
    ("skip ", true, Directive::Skip),
    ("todo ", true, Directive::Todo),
];

/// A point as testem writes it: `skip 2 Chrome 120.0 - [12 ms] - name`, the browser and the name not always
/// (`resultDisplay` in `lib/utils/displayutils.js` of testem 3).
fn testem_point(line: &str) -> Option<Point<'_>> {
    let is_start = |(start, _, _): &&(&str, bool, Directive)| line.starts_with(start);
    let (start, ok, directive) = *TESTEM.iter().find(is_start)?;
    let (number, rest) = line.get(start.len()..)?.split_once(' ')?;
    let number = number.parse().ok()?;
    let (class, rest) = match rest.strip_prefix('[') {
        Some(rest) => (None, rest),
        None => rest.split_once(" - [").map(|(class, rest)| (Some(class), rest))?,
    };
    let (duration, name) = rest.split_once(']')?;
    let millis = duration.strip_suffix(" ms")?;
    let name = if name.is_empty() { "" } else { name.strip_prefix(" - ")? };
    let elapsed = millis.parse().ok().and_then(|millis| Elapsed::from_millis(millis).ok());
    // A duration that is not known is `undefined`.
    let is_duration = elapsed.is_some() || millis == "undefined";
    let is_class = class.is_none_or(|class| !class.starts_with('-'));
    let point = Point { ok, number: Some(number), name, class, directive, reason: "", elapsed, opens: false };
    (is_duration && is_class).then_some(point)
}

/// A text without the brace that opens a block behind it, and whether there is one.
fn without_block(text: &str) -> (&str, bool) {
    let text = text.trim_end();
    text.strip_suffix('{').map_or((text, false), |text| (text.trim_end(), true))
}

/// What some tools write behind the text of a point in the way of a directive.
struct Remarks<'l> {
    /// The text without them.
    text: &'l str,
    /// `# time=22.78ms` (node-tap, Vitest), `# time=0.010s` (gotestsum, node-tap), `# in 12 ms` (Bats with `--timing`).
    elapsed: Option<Elapsed>,
    /// `timeout after 3 s`, as Bats writes it.
    timeout: Option<&'l str>,
}

impl<'l> Remarks<'l> {
    fn cut_off(text: &'l str) -> Remarks<'l> {
        let mut found = Remarks { text, elapsed: None, timeout: None };
        while let Some((before, remark)) = found.text.rsplit_once('#') {
            let remark = remark.trim();
            let elapsed = remark.strip_prefix("time=").or_else(|| remark.strip_prefix("in ")).and_then(elapsed);
            let is_timeout = remark.strip_prefix("timeout after ").is_some_and(|rest| rest.ends_with('s'));
            if elapsed.is_none() && !is_timeout || !(before.is_empty() || before.ends_with([' ', '\t'])) {
                break;
            }
            found.elapsed = elapsed.or(found.elapsed);
            found.timeout = found.timeout.or(is_timeout.then_some(remark));
            found.text = before.trim_end();
        }
        found
    }
}

/// `12 ms` or `0.012s`.
fn elapsed(text: &str) -> Option<Elapsed> {
    match text.strip_suffix("ms") {
        Some(millis) => Elapsed::from_millis(millis.trim_end().parse().ok()?).ok(),
        None => Elapsed::from_secs(text.strip_suffix('s')?.parse().ok()?).ok(),
    }
}

/// A directive stands behind a `#` that is not escaped. Names may hold other `#`.
fn split_directive(text: &str) -> (&str, Directive, &str) {
    for (at, _) in text.match_indices('#') {
        let before = &text[..at];
        if !(before.is_empty() || before.ends_with([' ', '\t'])) {
            continue;
        }
        let after = text[at + 1..].trim_start();
        let word = after.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
        let word_in_lower = word.to_ascii_lowercase();
        let directive = match word_in_lower.as_str() {
            "todo" => Directive::Todo,
            // Version 13 lets the word go on: `SKIP\S*\s+`.
            skip if skip.starts_with("skip") => Directive::Skip,
            _ => continue,
        };
        let reason = after[word.len()..].trim_start_matches([':', ' ', '\t']).trim_end_matches(['{', ' ']);
        return (before, directive, reason);
    }
    (text, Directive::None, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, outcome: Outcome, name: &str, reason: &str) {
        let Said::Point(point) = said(line) else { panic!("`{line}` is no point: {:?}", said(line)) };
        assert_eq!((point.outcome(), point.name, point.reason), (outcome, name, reason), "{line}");
    }

    #[test]
    fn points() {
        check("ok", Outcome::Passed, "", "");
        check("ok 1", Outcome::Passed, "", "");
        check("ok 1 - 2 things", Outcome::Passed, "2 things", "");
        check("not ok 12 name", Outcome::Failed, "name", "");
        check("ok 3 a # with hash # skip not here", Outcome::Skipped, "a # with hash", "not here");
        check("not ok 3 - a # SKIP", Outcome::Skipped, "a", "");
        check("not ok 3 - a # TODO later", Outcome::Warned, "a", "later");
        check("not ok 3 - a \\# TODO later", Outcome::Failed, "a \\# TODO later", "");
        check("not ok 3 - issue#todo", Outcome::Failed, "issue#todo", "");
        check("ok 2 - suite # time=5ms {", Outcome::Passed, "suite", "");
        check("ok 2 - suite { # time=5ms", Outcome::Passed, "suite", "");
        check("ok 2 - suite # TODO later {", Outcome::Warned, "suite", "later");
        check("ok 3 - a #SkIpPidy doo dah", Outcome::Skipped, "a", "doo dah");
        check("ok 3 - a # skipping: no database", Outcome::Skipped, "a", "no database");
        check("not ok 3 - a # TODOORNOTTODO", Outcome::Failed, "a # TODOORNOTTODO", "");
    }

    #[test]
    fn remarks() {
        for (line, name, reason, millis) in [
            ("ok 1 addition # in 12 ms", "addition", "", Some(12.0)),
            ("not ok 2 hangs # in 2004 ms # timeout after 2 s", "hangs", "timeout after 2 s", Some(2004.0)),
            ("not ok 2 hangs # timeout after 2 s # in 2004 ms", "hangs", "timeout after 2 s", Some(2004.0)),
            ("ok 3 third # in 1 ms # skip not here", "third", "not here", Some(1.0)),
            ("ok 3 third # skip not here # time=3.5ms", "third", "not here", Some(3.5)),
            ("ok 4 - suite # time=22.78ms {", "suite", "", Some(22.78)),
            ("ok 4 - suite { # time=22.78ms", "suite", "", Some(22.78)),
            ("ok 4 - TestPass # time=0.010s", "TestPass", "", Some(10.0)),
            ("ok 4 - TestSkip # SKIP # time=0.001s", "TestSkip", "", Some(1.0)),
            ("ok 5 answers # in 12 minutes", "answers # in 12 minutes", "", None),
            ("ok 6 answers in 12 ms", "answers in 12 ms", "", None),
            ("ok 7 answers# in 12 ms", "answers# in 12 ms", "", None),
        ] {
            let Said::Point(point) = said(line) else { panic!("`{line}` is no point") };
            let elapsed = millis.and_then(|millis| Elapsed::from_millis(millis).ok());
            assert_eq!((point.name, point.reason, point.elapsed), (name, reason, elapsed), "{line}");
        }
    }

    #[test]
    fn testem() {
        for (line, outcome, class, name, millis) in [
            (
                "ok 1 Chrome 120.0 - [12 ms] - login: works",
                Outcome::Passed,
                Some("Chrome 120.0"),
                "login: works",
                Some(12.0),
            ),
            ("not ok 2 Chrome 120.0 - [3 ms] - a - [b]", Outcome::Failed, Some("Chrome 120.0"), "a - [b]", Some(3.0)),
            ("skip 3 Chrome 120.0 - [0 ms] - cart", Outcome::Skipped, Some("Chrome 120.0"), "cart", Some(0.0)),
            ("todo 4 [undefined ms] - cart", Outcome::Warned, None, "cart", None),
            ("ok 5 [2 ms]", Outcome::Passed, None, "", Some(2.0)),
            // These are of other tools.
            ("ok 6 - Chrome - [2 ms] - cart", Outcome::Passed, None, "Chrome - [2 ms] - cart", None),
            ("ok 7 Chrome - [2 s] - cart", Outcome::Passed, None, "Chrome - [2 s] - cart", None),
        ] {
            let Said::Point(point) = said(line) else { panic!("`{line}` is no point") };
            let elapsed = millis.and_then(|millis| Elapsed::from_millis(millis).ok());
            assert_eq!(
                (point.outcome(), point.class, point.name, point.elapsed),
                (outcome, class, name, elapsed),
                "{line}"
            );
        }
        for line in ["skip 2 tests", "todo 1 thing", "skip Chrome - [2 ms] - cart", "skipping 2 Chrome - [2 ms] - cart"]
        {
            assert_eq!(said(line), Said::Other, "{line}");
        }
    }

    #[test]
    fn summaries() {
        for comment in ["tests 7", "pass  4", "ok", "duration_ms 188.93", "Looks like you failed 1 test of 2."] {
            assert!(is_summary(comment), "{comment}");
        }
        for comment in ["got 500", "pass", "fail 3 of 4", "tests are here", ""] {
            assert!(!is_summary(comment), "{comment}");
        }
    }

    #[test]
    fn other_lines() {
        assert_eq!(said("1..4"), Said::Plan { count: 4, reason: "" });
        assert_eq!(said("1..0 # SKIP no database"), Said::Plan { count: 0, reason: "no database" });
        assert_eq!(said("1..x"), Said::Other);
        assert_eq!(said("okay"), Said::Other);
        assert_eq!(said("Bail out! no disk"), Said::BailOut("no disk"));
        assert_eq!(said("TAP version 14"), Said::Version);
    }
}
