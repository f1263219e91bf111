//! JUnit XML: one suite per area and one for the decisions, valid against both schemas that consumers check.
//!
//! quick-junit is the model and the serialiser. What it cannot say is mended in one pass over its output:
//! the root carries no attributes, a suite carries `package`, `id`, `hostname` and a time stamp without zone, and every
//! suite has `properties`, `system-out` and `system-err`, as the Ant schema demands.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::Offset;
use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use super::view::Subject;
use crate::gate::{Area, Check, Reason, Verdict};
use crate::model::{Elapsed, Outcome, Source};
use crate::safety::visible::{block, cut, one_line};

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

/// Renders the report as JUnit XML.
///
/// # Errors
/// quick-junit cannot write it, which no text can bring about.
pub fn render(subject: &Subject<'_>, profile: Profile) -> Result<String, quick_junit::SerializeError> {
    let mut report = Report::new("signoff");
    report.add_test_suite(decisions(subject));
    for area in Area::ALL {
        let mut suite = TestSuite::new(area.word());
        let mut names = Names::default();
        for check in subject.judged.checks.iter().filter(|check| check.rule.area == area) {
            suite.add_test_case(check_case(check, area, &mut names));
        }
        if area == Area::Smoke {
            tests(subject, &mut suite, &mut names, profile);
        }
        if !suite.test_cases.is_empty() {
            report.add_test_suite(suite);
        }
    }
    let verdict = subject.judged.verdict.word();
    for suite in &mut report.test_suites {
        suite.add_property(Property::new("signoff.verdict", verdict));
        if let Some(commit) = &subject.release.subject.commit {
            suite.add_property(Property::new("signoff.commit", safe(commit)));
        }
    }
    Ok(mend(&report.to_string()?, subject.as_of))
}

/// Names that are unique within a suite: consumers keep one case per name.
#[derive(Default)]
struct Names(HashMap<String, u32>);

impl Names {
    fn unique(&mut self, name: &str) -> String {
        let name = safe_name(name);
        let count = self.0.entry(name.clone()).or_default();
        *count += 1;
        if *count == 1 { name } else { format!("{name} ({count})") }
    }
}

/// One line, without backticks, which some consumers put into fences, and without what others read as markers.
fn safe_name(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'`' && byte != b'[' || byte == b' ';
    if text.len() <= MAX_NAME && text.bytes().all(is_plain) && !text.trim().is_empty() {
        return text.to_owned();
    }
    let name = cut(&one_line(text).replace('`', "'"), MAX_NAME).into_owned();
    if name.trim().is_empty() { "(without a name)".to_owned() } else { safe(&name) }
}

/// Text that quick-junit escapes: what XML cannot hold is made visible, markers of consumers are broken.
fn safe(text: &str) -> String {
    block(&cut(text, MAX_TEXT)).replace("[[", "[\\[")
}

fn decisions(subject: &Subject<'_>) -> TestSuite {
    let mut suite = TestSuite::new("gate");
    let mut names = Names::default();
    for decision in &subject.judged.decisions {
        let checks = decision.checks.iter().filter_map(|index| subject.judged.checks.get(*index));
        let reasons: Vec<&Reason> =
            checks.flat_map(|check| &check.reasons).filter(|reason| reason.verdict() == decision.verdict).collect();
        let status = status(decision.verdict, &reasons, "decision");
        let mut case = TestCase::new(names.unique(&decision.name), status);
        case.set_classname("signoff.gate").set_time(Duration::ZERO);
        suite.add_test_case(case);
    }
    suite
}

fn check_case(check: &Check, area: Area, names: &mut Names) -> TestCase {
    let verdict = check.verdict();
    let reasons: Vec<&Reason> = check.reasons.iter().filter(|reason| reason.verdict() == verdict).collect();
    let waived = check.strict_verdict() == Verdict::Failed && verdict == Verdict::Conditional;
    let status = if waived {
        let mut status = TestCaseStatus::skipped();
        let text = safe(&format!("waived: {}", texts(&reasons)));
        status.set_message(text.replace('\n', "; ")).set_description(text);
        status
    } else {
        status(verdict, &reasons, area.word())
    };
    let mut case = TestCase::new(names.unique(&format!("{}: {}", check.id, check.title)), status);
    case.set_classname(format!("signoff.{}", area.word())).set_time(Duration::ZERO);
    case
}

fn texts(reasons: &[&Reason]) -> String {
    reasons.iter().map(|reason| reason.text.to_string()).collect::<Vec<_>>().join("\n")
}

/// Undecided is an error, since nobody knows; conditional passes, and its conditions stand in the report.
fn status(verdict: Verdict, reasons: &[&Reason], kind: &str) -> TestCaseStatus {
    let non_success = match verdict {
        Verdict::Passed | Verdict::Conditional => return TestCaseStatus::success(),
        Verdict::Undecided => NonSuccessKind::Error,
        Verdict::Failed => NonSuccessKind::Failure,
    };
    let mut status = TestCaseStatus::non_success(non_success);
    let text = safe(&texts(reasons));
    status.set_type(format!("{kind}.{verdict}")).set_message(text.replace('\n', "; ")).set_description(text);
    status
}

fn tests(subject: &Subject<'_>, suite: &mut TestSuite, names: &mut Names, profile: Profile) {
    for of_artifact in &subject.release.suites {
        for test in of_artifact.value.cases() {
            let reason = test.message.as_deref().unwrap_or("no reason given");
            let source = of_artifact.source(&test.pointer);
            let text = || safe(&format!("{reason}\n{source}"));
            let status = match test.outcome {
                Outcome::Passed | Outcome::Warned | Outcome::Info => TestCaseStatus::success(),
                Outcome::Skipped => {
                    let (mut status, text) = (TestCaseStatus::skipped(), text());
                    status.set_message(text.replace('\n', "; ")).set_description(text);
                    status
                }
                Outcome::Failed | Outcome::Errored => {
                    let kind =
                        if test.outcome == Outcome::Failed { NonSuccessKind::Failure } else { NonSuccessKind::Error };
                    let (mut status, text) = (TestCaseStatus::non_success(kind), text());
                    status
                        .set_type(format!("test.{}", test.outcome))
                        .set_message(text.replace('\n', "; "))
                        .set_description(text);
                    status
                }
            };
            let name = match &test.class {
                Some(class) if !class.is_empty() => format!("test: {class}: {}", test.name),
                _ => format!("test: {}", test.name),
            };
            let mut case = TestCase::new(names.unique(&name), status);
            let elapsed = test.elapsed.unwrap_or(Elapsed::ZERO);
            case.set_classname("signoff.smoke").set_time(Duration::from_millis(elapsed.nanos() / 1_000_000));
            if profile == Profile::Extended {
                extend(&mut case, test, &source);
            }
            suite.add_test_case(case);
        }
    }
}

/// What only some consumers read. Names of properties are our own: some are commands to their readers.
fn extend(case: &mut TestCase, test: &crate::model::TestCase, source: &Source) {
    case.add_property(Property::new("signoff.outcome", test.outcome.word()));
    case.add_property(Property::new("signoff.source", safe(&source.to_string())));
    let Some(extra) = &test.extra else { return };
    if let Some(endpoint) = &extra.endpoint {
        case.add_property(Property::new("signoff.endpoint", safe(endpoint)));
    }
    if let Some(file) = &extra.file {
        case.extra.insert("file".into(), safe(file).into());
    }
    if let Some(line) = extra.line {
        case.extra.insert("line".into(), line.to_string().into());
    }
    if let Some(detail) = &extra.detail {
        case.set_system_out(safe(detail));
    }
}

/// Rewrites what quick-junit writes into the form that both schemas accept.
fn mend(document: &str, as_of: Option<Timestamp>) -> String {
    // The Ant schema requires a time stamp; without a known time it is the start of the epoch, never the clock.
    let stamp = Offset::UTC.to_datetime(as_of.unwrap_or(Timestamp::UNIX_EPOCH));
    let stamp = stamp.round(jiff::Unit::Second).unwrap_or(stamp).strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let mut mended = String::with_capacity(document.len() + 1024);
    let mut rest = document;
    let mut id = 0;
    // In text and attributes `<` is written as a reference, so that tags are found by their first characters.
    while let Some(at) = rest.find("<testsuite").into_iter().chain(rest.find("</testsuite>")).min() {
        mended.push_str(&rest[..at]);
        let end = rest[at..].find('>').map_or(rest.len(), |end| at + end + 1);
        let tag = &rest[at..end];
        if tag.starts_with("</") {
            mended.push_str("<system-out></system-out><system-err></system-err></testsuite>");
        } else if tag.starts_with("<testsuites") {
            mended.push_str("<testsuites>");
        } else {
            let attribute = |name: &str| {
                let value = tag.split_once(&format!(" {name}=\"")).and_then(|(_, rest)| rest.split('"').next());
                value.unwrap_or_default()
            };
            mended.push_str(&format!("<testsuite name=\"{}\" package=\"signoff\" id=\"{id}\"", attribute("name")));
            for name in ["tests", "failures", "errors", "skipped"] {
                mended.push_str(&format!(" {name}=\"{}\"", attribute(name)));
            }
            mended.push_str(&format!(" time=\"0.000\" timestamp=\"{stamp}\" hostname=\"localhost\">"));
            id += 1;
        }
        rest = &rest[end..];
    }
    mended.push_str(rest);
    mended
}
