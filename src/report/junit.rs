//! JUnit XML: one suite per area and one for the decisions, valid against both schemas that consumers check.
//!
//! Consumers are particular, and the Ant schema is the strictest: the root carries no attributes, a suite carries `package`,
//! `id`, `hostname` and a time stamp without zone, and every suite has `properties`, `system-out` and `system-err`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::{self, Write};
use std::hash::{DefaultHasher, Hasher};
use std::io;

use jiff::Timestamp;
use jiff::tz::Offset;

use super::view::Subject;
use super::xml;
use crate::gate::{Acceptance, Accepted, Area, Check, Decided, Judged, Reason, Verdict};
use crate::model::pointer::push_position;
use crate::model::{Elapsed, Outcome, Source, Sourced, Suite, TestCase};
use crate::safety::visible::{block, cut, is_other, one_line};
use crate::safety::{find, is};

/// Characters of a name.
const MAX_NAME: usize = 200;
/// Characters of a reason.
const MAX_TEXT: usize = 8_000;

/// How much the document says.
///
/// See the [example](mod@crate::report#example).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Profile {
    /// What every consumer accepts, valid against both schemas.
    #[default]
    Strict,
    /// Properties, file, line and output of each test, for consumers that read them (Testmo, Xray, GitLab).
    Extended,
}

impl Profile {
    /// Every profile.
    pub const ALL: [Profile; 2] = [Profile::Strict, Profile::Extended];

    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Profile::Strict => "strict",
            Profile::Extended => "extended",
        }
    }
}

/// Writes the report as JUnit XML.
///
/// # Errors
/// The operating system refuses.
pub fn render(subject: &Subject<'_>, profile: Profile, out: &mut dyn io::Write) -> io::Result<()> {
    let mut document = Document::new(subject, profile, out);
    document.xml.open("testsuites");
    document.suite("gate", subject.judged.decisions.iter().map(Case::Decision), 0);
    for area in Area::ALL {
        let checks = subject.judged.checks.iter().filter(|check| check.rule.area == area).map(Case::Check);
        let suites = if area == Area::Smoke { subject.release.suites.as_slice() } else { &[] };
        let tests = suites.iter().flat_map(|suite| suite.value.cases().iter().map(move |test| Case::Test(suite, test)));
        let cases = checks.chain(tests);
        if cases.clone().next().is_some() {
            let counted =
                |suite: &Sourced<Suite>| suite.value.whole().total().saturating_sub(suite.value.cases().len() as u64);
            document.suite(area.word(), cases, suites.iter().map(counted).sum());
        }
    }
    document.xml.close();
    document.xml.finish()
}

/// What a test case is about.
#[derive(Clone, Copy)]
enum Case<'s> {
    Decision(&'s Decided),
    Check(&'s Check),
    Test(&'s Sourced<Suite>, &'s TestCase),
}

/// How a test case ends, in the words of JUnit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Passed,
    Failure,
    Error,
    Skipped,
}

impl From<Verdict> for Ending {
    /// Undecided is an error, since nobody knows; conditional passes, and its conditions stand in the report.
    fn from(verdict: Verdict) -> Ending {
        match verdict {
            Verdict::Passed | Verdict::Conditional => Ending::Passed,
            Verdict::Undecided => Ending::Error,
            Verdict::Failed => Ending::Failure,
        }
    }
}

impl From<Outcome> for Ending {
    fn from(outcome: Outcome) -> Ending {
        match outcome {
            Outcome::Passed | Outcome::Warned | Outcome::Info => Ending::Passed,
            Outcome::Failed => Ending::Failure,
            Outcome::Errored => Ending::Error,
            Outcome::Skipped => Ending::Skipped,
        }
    }
}

impl Case<'_> {
    /// How the case ends. What the policy lets through is no failure: servers that count those would contradict it.
    fn ending(self, judged: &Judged, accepted: &Accepted<'_>) -> Ending {
        match self {
            Case::Decision(decision) if decision.verdict >= Verdict::Undecided && !judged.follows(decision) => {
                Ending::Skipped
            }
            Case::Decision(decision) => decision.verdict.into(),
            Case::Check(check) if check.stands_outside() => Ending::Skipped,
            Case::Check(check) => match check.verdict() {
                Verdict::Conditional if check.strict_verdict() == Verdict::Failed => Ending::Skipped,
                verdict => verdict.into(),
            },
            Case::Test(suite, test) if accepted.test(suite, test).is_some() => Ending::Skipped,
            Case::Test(_, test) => test.outcome.into(),
        }
    }

    fn elapsed(self) -> Elapsed {
        match self {
            Case::Decision(_) | Case::Check(_) => Elapsed::ZERO,
            Case::Test(_, test) => test.elapsed.unwrap_or(Elapsed::ZERO),
        }
    }
}

/// The document that is being written.
struct Document<'s> {
    subject: &'s Subject<'s>,
    profile: Profile,
    xml: xml::Writer<'s>,
    /// What the policy lets through.
    accepted: Accepted<'s>,
    /// The time of every suite.
    stamp: String,
    n_suites: usize,
    /// The class of every case in the suite.
    class: String,
    names: Names,
    /// The name of a test, before it is made safe; kept for its room.
    name: String,
}

/// The names in a suite, of which consumers keep one case each: by their hashes, how many cases have them. Where two
/// names have one hash by chance, the second gets a number that it does not need.
#[derive(Default)]
struct Names {
    counts: HashMap<u64, u32>,
}

impl Names {
    fn with_capacity(count: usize) -> Names {
        Names { counts: HashMap::with_capacity(count) }
    }

    /// The name, with a number where another case has it.
    fn unique<'n>(&mut self, name: Cow<'n, str>) -> Cow<'n, str> {
        let mut count = match self.counts.entry(hash(&name)) {
            Entry::Vacant(new) => {
                new.insert(1);
                return name;
            }
            Entry::Occupied(known) => *known.get(),
        };
        let numbered = loop {
            count += 1;
            let numbered = format!("{name} ({count})");
            if !self.counts.contains_key(&hash(&numbered)) {
                break numbered;
            }
        };
        self.counts.extend([(hash(&name), count), (hash(&numbered), 1)]);
        Cow::Owned(numbered)
    }
}

fn hash(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(name.as_bytes());
    hasher.finish()
}

impl<'s> Document<'s> {
    fn new(subject: &'s Subject<'s>, profile: Profile, out: &'s mut dyn io::Write) -> Document<'s> {
        // The Ant schema requires a time stamp; without a known time it is the start of the epoch, never the clock.
        let stamp = Offset::UTC.to_datetime(subject.as_of.unwrap_or(Timestamp::UNIX_EPOCH));
        let stamp = stamp.round(jiff::Unit::Second).unwrap_or(stamp).strftime("%Y-%m-%dT%H:%M:%S").to_string();
        let (class, names, name) = (String::new(), Names::default(), String::new());
        let accepted = subject.judged.accepted();
        Document { subject, profile, xml: xml::Writer::new(out), accepted, stamp, n_suites: 0, class, names, name }
    }

    /// One suite, of which so many tests are counted elsewhere and not among its cases. Its counts stand before its cases,
    /// which are therefore gone through twice.
    fn suite(&mut self, name: &str, cases: impl Iterator<Item = Case<'s>> + Clone, left_out: u64) {
        let [mut n_tests, mut n_failures, mut n_errors, mut n_skipped] = [0; 4];
        let mut elapsed = Elapsed::ZERO;
        for case in cases.clone() {
            n_tests += 1;
            elapsed = elapsed.saturating_add(case.elapsed());
            match case.ending(self.subject.judged, &self.accepted) {
                Ending::Passed => {}
                Ending::Failure => n_failures += 1,
                Ending::Error => n_errors += 1,
                Ending::Skipped => n_skipped += 1,
            }
        }
        self.class = format!("signoff.{name}");
        self.names = Names::with_capacity(n_tests);
        self.xml.open("testsuite").attribute("name", name).attribute("package", "signoff");
        self.xml.attribute_of("id", self.n_suites).attribute_of("tests", n_tests);
        self.xml.attribute_of("failures", n_failures).attribute_of("errors", n_errors);
        self.xml.attribute_of("skipped", n_skipped).plain_attribute("time", |out| push_seconds(out, elapsed));
        self.xml.attribute("timestamp", &self.stamp).attribute("hostname", "localhost");
        self.n_suites += 1;

        self.xml.open("properties");
        self.property("signoff.verdict", self.subject.judged.verdict.word());
        if let Some(commit) = &self.subject.release.subject.commit {
            self.property("signoff.commit", &safe(commit));
        }
        if left_out > 0 {
            self.property("signoff.tests-left-out", &left_out.to_string());
        }
        self.xml.close();
        for case in cases {
            self.case(case);
        }
        self.xml.markup("\n    <system-out></system-out><system-err></system-err>").close();
    }

    fn property(&mut self, name: &str, value: &str) {
        self.xml.open("property").attribute("name", name).attribute("value", value).close();
    }

    fn case(&mut self, case: Case<'s>) {
        let (ending, subject) = (case.ending(self.subject.judged, &self.accepted), self.subject);
        match case {
            Case::Decision(decision) => {
                let checks = decision.checks.iter().filter_map(|index| subject.judged.checks.get(*index));
                let reasons = checks.flat_map(|check| &check.reasons);
                self.start(&decision.name, case.elapsed());
                let kind = format_args!("decision.{}", decision.verdict);
                self.result(ending, kind, || {
                    let texts = texts(reasons, decision.verdict);
                    if ending == Ending::Skipped { outside(decision.verdict, &texts) } else { texts }
                });
            }
            Case::Check(check) => {
                let (area, verdict) = (check.rule.area.word(), check.verdict());
                self.start(&format!("{}: {}", check.id, check.title), case.elapsed());
                self.result(ending, format_args!("{area}.{verdict}"), || {
                    let texts = texts(&check.reasons, verdict);
                    match ending {
                        Ending::Skipped if check.stands_outside() => outside(verdict, &texts),
                        Ending::Skipped => format!("waived: {texts}"),
                        Ending::Passed | Ending::Failure | Ending::Error => texts,
                    }
                });
            }
            Case::Test(suite, test) => {
                let class = test.class.as_deref().unwrap_or_default();
                let mut name = std::mem::take(&mut self.name);
                name.clear();
                let words = ["test: ", class, if class.is_empty() { "" } else { ": " }, &test.name];
                words.iter().for_each(|word| name.push_str(word));
                self.start(&name, case.elapsed());
                self.name = name;
                let source = || suite.source(&test.pointer);
                if self.profile == Profile::Extended {
                    self.extend(test, &source());
                }
                let accepted = self.accepted.test(suite, test);
                self.result(ending, format_args!("test.{}", test.outcome), || {
                    let accepted = match accepted {
                        None => String::new(),
                        Some(Acceptance::Waived) => format!("waived, {}: ", test.outcome),
                        Some(Acceptance::Within) => format!("within the limit, {}: ", test.outcome),
                        Some(Acceptance::Outside) => outside(test.outcome, ""),
                    };
                    format!("{accepted}{}\n{}", test.message.as_deref().unwrap_or("no reason given"), source())
                });
                let detail = test.extra.as_ref().and_then(|extra| extra.detail.as_deref());
                if let (Profile::Extended, Some(detail)) = (self.profile, detail) {
                    self.xml.open("system-out").text(&safe(detail)).close();
                }
            }
        }
        self.xml.close();
    }

    /// Begins a test case.
    fn start(&mut self, name: &str, elapsed: Elapsed) {
        self.xml.open("testcase").attribute("name", &self.names.unique(safe_name(name)));
        self.xml.plain_attribute("classname", |out| out.push_str(&self.class));
        self.xml.plain_attribute("time", |out| push_seconds(out, elapsed));
    }

    /// What only some consumers read. Names of properties are our own: some are commands to their readers.
    fn extend(&mut self, test: &TestCase, source: &Source) {
        let extra = test.extra.as_deref();
        if let Some(file) = extra.and_then(|extra| extra.file.as_deref()) {
            self.xml.attribute("file", &safe(file));
        }
        if let Some(line) = extra.and_then(|extra| extra.line) {
            self.xml.attribute_of("line", line);
        }
        self.xml.open("properties");
        self.property("signoff.outcome", test.outcome.word());
        self.property("signoff.source", &safe(&source.to_string()));
        if let Some(endpoint) = extra.and_then(|extra| extra.endpoint.as_deref()) {
            self.property("signoff.endpoint", &safe(endpoint));
        }
        self.xml.close();
    }

    /// Why the test case did not pass; nothing where it did.
    fn result(&mut self, ending: Ending, kind: fmt::Arguments<'_>, text: impl FnOnce() -> String) {
        let element = match ending {
            Ending::Passed => return,
            Ending::Failure => "failure",
            Ending::Error => "error",
            Ending::Skipped => "skipped",
        };
        let text = text();
        let text = safe(&text);
        self.xml.open(element).attribute_of("message", OneLine(&text));
        if ending != Ending::Skipped {
            self.xml.attribute_of("type", kind);
        }
        self.xml.text(&text).close();
    }
}

/// Writes a time in seconds with three decimals: `1.050`.
fn push_seconds(out: &mut String, elapsed: Elapsed) {
    let millis = elapsed.nanos() / 1_000_000;
    out.push_str(match millis {
        0..10 => "000",
        10..100 => "00",
        100..1_000 => "0",
        _ => "",
    });
    push_position(out, millis);
    // The digits of the seconds stand before those of the milliseconds, which are always three.
    out.insert(out.len() - 3, '.');
}

/// A text with `; ` for each line feed.
struct OneLine<'t>(&'t str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.split('\n').enumerate().try_for_each(|(index, line)| {
            f.write_str(if index == 0 { "" } else { "; " })?;
            f.write_str(line)
        })
    }
}

/// What is said of what does not hold, and does not gate.
fn outside(what: impl fmt::Display, texts: &str) -> String {
    format!("does not gate, {what}: {texts}")
}

/// The texts of the reasons that lead to a verdict, a line each.
fn texts<'r>(reasons: impl IntoIterator<Item = &'r Reason>, verdict: Verdict) -> String {
    let mut texts = String::new();
    for (index, reason) in reasons.into_iter().filter(|reason| reason.verdict() == verdict).enumerate() {
        // Writing into a `String` cannot fail.
        let _ = write!(texts, "{}{}", if index == 0 { "" } else { "\n" }, reason.text);
    }
    texts
}

/// One line, without backticks, which some consumers put into fences, and without what others read as markers.
fn safe_name(text: &str) -> Cow<'_, str> {
    let special = |byte| is_other(byte) | is(byte, b'`') | is(byte, b'[');
    if text.len() <= MAX_NAME && find(text, special).is_none() && !text.trim_start().is_empty() {
        return Cow::Borrowed(text);
    }
    let mut name = one_line(text);
    if name.contains('`') {
        name = Cow::Owned(name.replace('`', "'"));
    }
    if name.len() > MAX_NAME {
        name = Cow::Owned(cut(&name, MAX_NAME).into_owned());
    }
    if name.trim().is_empty() { Cow::Borrowed("(without a name)") } else { without_markers(name) }
}

/// A text in which what XML cannot hold is visible, and markers of consumers are broken.
fn safe(text: &str) -> Cow<'_, str> {
    without_markers(match cut(text, MAX_TEXT) {
        Cow::Borrowed(text) => block(text),
        Cow::Owned(text) => Cow::Owned(block(&text).into_owned()),
    })
}

fn without_markers(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.contains("[[") { Cow::Owned(text.replace("[[", "[\\[")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_line_of_what_can_be_seen() {
        let check = |name: &str, expected: &str| assert_eq!(safe_name(name), expected);
        check("test: plain <&> 'name'", "test: plain <&> 'name'");
        check("a\nb\tc `d` [[e]]", "a b c 'd' [\\[e]]");
        check("\u{1b}[31mred\u{1b}[0m\u{0}", "red\\u{0}");
        check("\u{a0} \n", "(without a name)");
        check(&"é".repeat(201), &format!("{}… (+1 chars)", "é".repeat(200)));
    }

    #[test]
    fn texts_keep_their_lines_and_lose_their_markers() {
        assert!(matches!(safe("two\nlines"), Cow::Borrowed(_)));
        assert_eq!(safe("[[ATTACHMENT|a]]\r\n[[["), "[\\[ATTACHMENT|a]]\n[\\[[");
        assert_eq!(safe(&"a".repeat(9_000)), format!("{}… (+1,000 chars)", "a".repeat(8_000)));
    }

    #[test]
    fn times_have_three_decimals() {
        for (millis, expected) in [(0, "0.000"), (7, "0.007"), (50, "0.050"), (999, "0.999"), (12_345, "12.345")] {
            let mut text = String::new();
            push_seconds(&mut text, Elapsed::from_nanos(millis * 1_000_000 + 999_999));
            assert_eq!(text, expected);
        }
    }

    #[test]
    fn a_name_of_several_cases_is_numbered() {
        let mut names = Names::default();
        let shown = ["a", "a", "a (2)", "a", "b"].map(|name| names.unique(Cow::Borrowed(name)));
        assert_eq!(shown, ["a", "a (2)", "a (2) (2)", "a (3)", "b"]);
    }

    #[test]
    fn a_message_is_one_line() {
        assert_eq!(OneLine("").to_string(), "");
        assert_eq!(OneLine("a\nb\n").to_string(), "a; b; ");
    }
}
