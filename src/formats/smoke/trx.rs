//! TRX: the results of VSTest, MSTest and the Microsoft Testing Platform.
//!
//! Written by `dotnet test --logger trx`, `vstest.console /logger:trx`, MSTest, and `--report-trx` of the testing platform.
//!
//! ```xml
//! <TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010">
//!   <Results>
//!     <UnitTestResult testId="a1" testName="Pays" duration="00:00:00.0310000" outcome="Passed"/>
//!     <UnitTestResult testId="a2" testName="Refunds" outcome="Failed"><Output><ErrorInfo><Message>…</Message></ErrorInfo></Output></UnitTestResult>
//!   </Results>
//!   <TestDefinitions>
//!     <UnitTest id="a1" storage="shop.tests.dll"><TestMethod className="Shop.PayTests" name="Pays"/></UnitTest>
//!   </TestDefinitions>
//!   <ResultSummary outcome="Failed"><Counters total="2" executed="2" passed="1" failed="1"/></ResultSummary>
//! </TestRun>
//! ```
//!
//! # What is read
//! Each result in `<Results>` is one test; of a test with `<InnerResults>` (rows of data, ordered tests) the inner ones
//! are, and itself only where it did not end well and none of them tells why.
//! `Failed` is failed; `Error`, `Timeout`, `Aborted`, `NotRunnable`, `Disconnected` and `InProgress` are errored, and so
//! is a result without an outcome: the loggers leave it out where it is `Error`, the first of their list
//! (`ObjectModel/TestResult.cs` and `TestOutcome.cs` of VSTest).
//! `NotExecuted` (a skipped test), `Inconclusive` and `Pending` are skipped, `Warning` and `PassedButRunAborted` warned,
//! and `Completed`, which says nothing of how it ended, is an observation.
//! The class is that of `<TestDefinitions>`, the suite the assembly, if it is one for all.
//!
//! The outcome of `<ResultSummary>` is that of the run. One that failed although no test in it did is an error (a test
//! host that crashed, a fixture that could not be cleaned up): the first `<RunInfo>` with the outcome `Error` says why.
//! Where tests failed, these are the reason: xUnit.net writes each of them into a `<RunInfo>` as well.
//! A run that is `Aborted`, `Disconnected` or `InProgress` is incomplete, and a word that is not known is an error.
//!
//! The counters `total` and `failed` are compared with the count. VSTest counts a test with rows of data as one more.
//!
//! # What is left out
//! Captured output, attachments, categories, and who ran it where.

use std::collections::BTreeMap;

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{INCOMPLETE, MISSING_FIELD, NOTHING_RAN, TOOL_FAILED, UNUSABLE_DETAIL};
use crate::formats::Format;
use crate::formats::smoke::claims::{compare, compare_failed, first, first_bad};
use crate::formats::smoke::recount::{first_line, none_ran};
use crate::model::test::Room;
use crate::model::{Elapsed, Evidence, Kind, Outcome, Pointer, Suite, TestCase, Tool, Unit, keep_text};
use crate::source::json::shorten;
use crate::source::{Doc, Element, Probe, Stop, Xml, XmlEvent, XmlTree};

pub(super) static FORMAT: Format = Format {
    id: "trx",
    kinds: &[Kind::Smoke],
    tool: "VSTest",
    title: "TRX, results of dotnet test, MSTest and VSTest",
    produce: "dotnet test --logger \"trx;LogFileName=tests.trx\"",
    detect,
    read,
};

/// Words of a test (`TestOutcome.cs` of VSTest, `TrxReportEngine.cs` of the testing platform).
const OUTCOMES: &[(&str, Outcome)] = &[
    ("Passed", Outcome::Passed),
    ("Failed", Outcome::Failed),
    ("NotExecuted", Outcome::Skipped),
    ("Skipped", Outcome::Skipped),
    ("Inconclusive", Outcome::Skipped),
    ("Pending", Outcome::Skipped),
    ("Warning", Outcome::Warned),
    ("PassedButRunAborted", Outcome::Warned),
    ("Completed", Outcome::Info),
    ("Error", Outcome::Errored),
    ("Timeout", Outcome::Errored),
    ("Aborted", Outcome::Errored),
    ("NotRunnable", Outcome::Errored),
    ("Disconnected", Outcome::Errored),
    ("InProgress", Outcome::Errored),
];

/// How a run ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Well,
    Badly,
    /// It did not come to its end.
    Short,
}

/// Words of a run: those of a test, of which MSTest takes the worst (`TestOutcome.cs` of VSTest).
const ENDINGS: &[(&str, Ending)] = &[
    ("Completed", Ending::Well),
    ("Passed", Ending::Well),
    ("Warning", Ending::Well),
    ("NotExecuted", Ending::Well),
    ("Inconclusive", Ending::Well),
    ("Failed", Ending::Badly),
    ("Error", Ending::Badly),
    ("Timeout", Ending::Badly),
    ("NotRunnable", Ending::Badly),
    ("Aborted", Ending::Short),
    ("PassedButRunAborted", Ending::Short),
    ("Disconnected", Ending::Short),
    ("InProgress", Ending::Short),
    ("Pending", Ending::Short),
];

/// Definitions of tests that are remembered; the tests of others have no class.
const MAX_DEFINITIONS: usize = 200_000;
/// Bytes of an id, which is a GUID.
const MAX_ID: usize = 200;

fn detect(probe: &Probe<'_>) -> bool {
    let has = |name| probe.xml().is_some_and(|xml| xml.has(name, 1));
    probe.has_root("TestRun") && ["Results", "ResultSummary", "TestDefinitions"].into_iter().any(has)
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let (diags, room) = (doc.diags().clone(), doc.room());
    let mut reader = Reader {
        suite: Suite::new("", Pointer::whole()),
        room,
        definitions: BTreeMap::new(),
        assembly: None,
        has_several: false,
        summary: None,
        counts: Counts::default(),
    };
    evidence.tool = Some(Tool::new("VSTest", None));
    let result = reader.read(&mut doc.xml(), evidence);
    reader.name_classes();
    let Reader { suite, summary, counts, .. } = reader;
    let tally = *suite.tally();
    evidence.suites.extend((tally.total() > 0).then_some(suite));
    result?;
    if let Some(summary) = &summary {
        settle(summary, &counts, &evidence.suites);
    }
    if let Some(message) = none_ran(&tally, "result") {
        diags.push(Diagnostic::new(&NOTHING_RAN, message));
    }
    Ok(())
}

struct Reader {
    suite: Suite,
    room: Room,
    /// The class of each test, by its id.
    definitions: BTreeMap<String, String>,
    /// The first assembly, and whether there are others.
    assembly: Option<String>,
    has_several: bool,
    summary: Option<XmlTree>,
    counts: Counts,
}

/// What the loggers may count.
#[derive(Default)]
struct Counts {
    /// Results directly in `<Results>`, and those of them that failed.
    outer: (u64, u64),
    /// Results without inner ones, and those of them that failed.
    leaves: (u64, u64),
    /// All results.
    all: u64,
    /// All that did not end well, whatever they hold.
    bad: u64,
}

impl Reader {
    fn read(&mut self, xml: &mut Xml<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
        loop {
            match xml.next()? {
                XmlEvent::Open(element) => match element.name.as_str() {
                    "TestRun" | "Results" | "TestDefinitions" => {}
                    "Times" => {
                        let time = element.attr("finish").or_else(|| element.attr("start"));
                        evidence.time = time.and_then(|text| text.trim().parse().ok());
                        xml.skip()?;
                    }
                    "ResultSummary" => self.summary = Some(xml.tree(element)?),
                    _ if is_definition(&element) => {
                        let tree = xml.tree(element)?;
                        self.define(&tree);
                    }
                    _ if is_result(&element) => {
                        let tree = xml.tree(element)?;
                        self.results(&tree);
                    }
                    _ => xml.skip()?,
                },
                XmlEvent::Close(_) => {}
                XmlEvent::End => return Ok(()),
            }
        }
    }

    /// One result, or those in it.
    fn results(&mut self, outermost: &XmlTree) {
        let mut open = vec![(outermost, true)];
        while let Some((tree, is_outer)) = open.pop() {
            let inner: Vec<&XmlTree> = inner(tree).collect();
            let outcome = outcome(&tree.element);
            self.counts.add(outcome, is_outer, inner.is_empty());
            if inner.is_empty() || is_bad(outcome) && !inner.iter().any(|tree| holds_bad(tree)) {
                let case = case(tree, outcome);
                self.room.push(&mut self.suite, case);
            }
            open.extend(inner.into_iter().rev().map(|tree| (tree, false)));
        }
    }

    /// The class and the assembly of a test.
    fn define(&mut self, tree: &XmlTree) {
        let Some(id) = tree.element.filled("id").filter(|id| id.len() <= MAX_ID) else { return };
        if self.definitions.len() >= MAX_DEFINITIONS {
            self.has_several = true;
            return;
        }
        let method = tree.child("TestMethod");
        // MSTest writes the assembly behind it: `Shop.PayTests, shop.tests, Version=1.0.0.0`.
        let class = method.and_then(|method| method.element.filled("className"));
        let class = class.map(|class| keep_text(class.split(", ").next().unwrap_or_default()));
        let path = tree.element.filled("storage").or_else(|| method?.element.filled("codeBase")).unwrap_or_default();
        let assembly = path.rsplit(['/', '\\']).next().unwrap_or_default();
        self.has_several |= self.assembly.as_ref().is_some_and(|first| first != assembly);
        self.assembly.get_or_insert_with(|| assembly.to_owned());
        self.definitions.insert(id, class.unwrap_or_default());
    }

    /// Gives the cases their classes, which stand behind them in the file, in place of the ids that they carry.
    fn name_classes(&mut self) {
        if let Some(assembly) = self.assembly.take().filter(|_| !self.has_several) {
            self.suite.name = keep_text(&assembly);
        }
        for case in self.suite.cases_mut() {
            let class = case.class.take().and_then(|id| self.definitions.get(&id));
            case.class = class.filter(|class| !class.is_empty()).cloned();
        }
    }
}

impl Counts {
    fn add(&mut self, outcome: Outcome, is_outer: bool, is_leaf: bool) {
        let failed = u64::from(outcome == Outcome::Failed);
        for (counts, is_in) in [(&mut self.outer, is_outer), (&mut self.leaves, is_leaf)] {
            counts.0 += u64::from(is_in);
            counts.1 += failed * u64::from(is_in);
        }
        self.all += 1;
        self.bad += u64::from(is_bad(outcome));
    }
}

fn is_definition(element: &Element) -> bool {
    matches!(
        element.name.as_str(),
        "UnitTest" | "OrderedTest" | "WebTest" | "GenericTest" | "ManualTest" | "TestElement"
    )
}

fn is_result(element: &Element) -> bool {
    element.name.ends_with("Result") || element.name == *"TestResultAggregation"
}

/// The results directly in a result.
fn inner(tree: &XmlTree) -> impl Iterator<Item = &XmlTree> {
    let lists = tree.all("InnerResults");
    lists.flat_map(|list| list.children.iter()).filter(|child| is_result(&child.element))
}

const fn is_bad(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Failed | Outcome::Errored)
}

/// Whether a result, or one in it, did not end well.
fn holds_bad(outermost: &XmlTree) -> bool {
    let mut open = vec![outermost];
    while let Some(tree) = open.pop() {
        let word = tree.element.attr("outcome").map(str::trim);
        let known = OUTCOMES.iter().find(|(known, _)| word.is_some_and(|word| known.eq_ignore_ascii_case(word)));
        if known.is_none_or(|(_, outcome)| is_bad(*outcome)) {
            return true;
        }
        open.extend(inner(tree));
    }
    false
}

fn outcome(element: &Element) -> Outcome {
    match element.attr("outcome").map(str::trim) {
        None | Some("") => Outcome::Errored,
        Some(_) => element.word("outcome", OUTCOMES).unwrap_or(Outcome::Errored),
    }
}

/// A case, which carries the id of its test for its class.
fn case(tree: &XmlTree, outcome: Outcome) -> TestCase {
    let element = &tree.element;
    let name = element.filled("testName").unwrap_or_default();
    let mut case = TestCase::new(keep_text(&name), outcome, element.pointer());
    case.class = element.filled("testId");
    case.elapsed = elapsed(element);
    let info = tree.child("Output").and_then(|output| output.child("ErrorInfo"));
    case.message = info.and_then(|info| info.child_text("Message")).map(|text| keep_text(&text));
    if case.message.is_none() && element.attr("outcome").is_none() {
        case.message = Some("has no outcome, which is what the logger writes for an error".to_owned());
    }
    if let Some(trace) = info.and_then(|info| info.child_text("StackTrace")) {
        case.extra().detail = Some(keep_text(&trace));
    }
    case
}

/// A duration as .NET writes it: `00:00:01.2345678`, `1.02:03:04`.
fn elapsed(element: &Element) -> Option<Elapsed> {
    let text = element.attr("duration")?.trim();
    let elapsed = time_span(text);
    if elapsed.is_none() && !text.is_empty() {
        element.report(&UNUSABLE_DETAIL, format!("`duration=\"{}\"` is no duration", shorten(text)));
    }
    elapsed
}

fn time_span(text: &str) -> Option<Elapsed> {
    let (hours, rest) = text.split_once(':')?;
    let (minutes, seconds) = rest.split_once(':')?;
    let (days, hours) = hours.split_once('.').unwrap_or(("0", hours));
    let whole = |text: &str| text.parse::<u32>().ok().map(u64::from);
    let minutes = (whole(days)? * 24 + whole(hours)?) * 60 + whole(minutes)?;
    let seconds = seconds.parse::<f64>().ok().and_then(|number| Elapsed::from_f64(number, Unit::Secs).ok())?;
    let before = minutes.checked_mul(60)?.checked_mul(1_000_000_000).map(Elapsed::from_nanos)?;
    Some(before.saturating_add(seconds))
}

/// Holds what the summary says of the run against its results.
fn settle(summary: &XmlTree, counts: &Counts, suites: &[Suite]) {
    if let Some(counters) = summary.child("Counters").map(|counters| &counters.element) {
        let claimed = counters.attr("total").and_then(|text| text.trim().parse::<u64>().ok());
        let least = counts.outer.0.min(counts.leaves.0);
        let fitting = claimed.map_or(counts.leaves.0, |claimed| claimed.clamp(least, counts.all));
        compare(counters, "total", &[counts.leaves.0, fitting], first(suites));
        let least = counts.outer.1.min(counts.leaves.1);
        compare_failed(counters, &["failed"], least, counts.bad, first_bad(suites));
        if counts.bad == 0 {
            // Some writers count these in `failed` too.
            compare_failed(counters, &["error", "timeout", "aborted"], 0, 0, None);
        }
    }
    let element = &summary.element;
    let Some(word) = element.attr("outcome").map(str::trim) else {
        return element.report(&MISSING_FIELD, "the run has no outcome, which is what the logger writes for an error");
    };
    let infos = summary.child("RunInfos").map(|infos| infos.all("RunInfo"));
    let error = infos.and_then(|mut infos| infos.find(|info| info.element.attr("outcome") == Some("Error")));
    let reason = error.and_then(|info| info.child_text("Text")).map(|text| format!(": {}", first_line(&text)));
    let reason = reason.unwrap_or_default();
    let ending = element.word("outcome", ENDINGS);
    if ending == Some(Ending::Short) {
        element.report(&INCOMPLETE, format!("the outcome of the run is `{}`{reason}", shorten(word)));
    } else if counts.bad == 0 && (ending == Some(Ending::Badly) || error.is_some()) {
        element.report(&TOOL_FAILED, format!("the run is `{}`, and no test in it failed{reason}", shorten(word)));
    }
}

#[cfg(test)]
mod tests {
    use super::time_span;
    use crate::model::Elapsed;

    #[test]
    fn time_spans_of_dotnet() {
        assert_eq!(time_span("00:00:01.5000000"), Some(Elapsed::from_nanos(1_500_000_000)));
        assert_eq!(time_span("1.02:03:04"), Some(Elapsed::from_nanos(93_784_000_000_000)));
        assert_eq!(time_span("00:00:-1"), None);
        assert_eq!(time_span("4294967295.00:00:00"), None);
        assert_eq!(time_span("0.5"), None);
    }
}
