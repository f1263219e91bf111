//! JUnit XML, in every dialect.
//!
//! Nearly every test tool writes it: Maven Surefire, Gradle, pytest (`--junitxml`), cargo-nextest, jest-junit, Vitest,
//! PHPUnit, go-junit-report, gotestsum, Robot Framework (`--xunit`), Bats, CTest, GoogleTest, Newman, Hurl, Playwright.
//!
//! ```xml
//! <testsuites>
//!   <testsuite name="core" tests="3" failures="1" skipped="1">
//!     <testcase classname="api" name="health is 200" time="0.031"/>
//!     <testcase classname="api" name="login" time="0.120"><failure message="500 != 200">…</failure></testcase>
//!     <testcase classname="api" name="export" time="0"><skipped message="not on staging"/></testcase>
//!   </testsuite>
//! </testsuites>
//! ```
//!
//! # What is read
//! The root is `<testsuites>`, Eclipse's `<testrun>` or a bare `<testsuite>`; suites may stand in suites, and cases anywhere in them.
//! A case failed if a `<failure>` stands in it (early versions of Elixir's `junit_formatter` write `<failed>`), is errored
//! with an `<error>`, warned with PHPUnit's `<warning>`,
//! skipped with a `<skipped>`, `<skip>` (ShellSpec, pyjunitxml) or `<pending>` (eXist-db's XQSuite), and passed with none of these; of several the worst counts.
//! An attribute `status` or `result` that says failed, errored, skipped, disabled or `notrun` counts as such an element
//! would; a word in it that is not known makes the case errored.
//! Eclipse marks a case that did not run with `ignored="true"` (skipped), and one that did not end with `incomplete="true"`
//! (errored). What GoogleTest writes with `--gtest_list_tests` is a list of tests, of which none ran.
//! CTest writes a test that it could not run (`Unable to find executable`, `Required Files Missing`,
//! `Fixture dependency failed`) as skipped, and counts it as failed: it is errored here.
//! Qt Test of Qt 4 and 5 (told by the property `QTestVersion`) writes how a test ended into `result`: `xfail` (fails, as
//! it is marked to) and what is in its blacklist (`bpass`, `bfail`, `bxfail`, `bxpass`) are warned, `xpass` (passes,
//! although it is marked to fail) is failed, and a test without `result` was skipped; its `errors` count messages.
//! godog writes a scenario with a pending step as `status="pending"` and as an `<error>`: it is errored.
//! Common Test of Erlang lists `init_per_suite`, `end_per_suite` and the same of groups, and does not count them: one that
//! passed is no test.
//! A case of which nothing is said but a duration, not even its name, is one whose end pytest never heard of (an interrupt,
//! `pytest.exit`): it is errored, and the run incomplete.
//! Ginkgo says in properties of a suite that it was a dry run, or that the suite failed though none of its tests did.
//! An `<error>` or `<failure>` that stands in a suite itself (a fixture or file that could not be loaded) is an errored
//! case of its own, and so is a suite without a case that says in `result`, `status` or `overall-result` that it failed or
//! ended in an error (Testing Farm, of a plan that could not be prepared). Where a suite says so and all cases in it are
//! well, the tool failed.
//!
//! A case that passed with a `<flakyFailure>` or `<flakyError>` in it (Surefire, cargo-nextest) is flaky.
//! So is one with `flaky="true"` and a `<failure>` in a suite that counts `flakes` (Flank, Firebase Test Lab), which count
//! it with these and not with the failures.
//! A `<rerunFailure>` beside a `<failure>` is one more attempt of the same failed case.
//! Cases that have the same name are counted one by one: whether they are retries cannot be told, and one that passes
//! never hides one that failed.
//!
//! pytest-rerunfailures writes each attempt before the last one as a case in which nothing stands, and pytest counts it
//! not: where that explains `tests`, cases of one name are attempts of one test, which is flaky if it passed.
//!
//! jest-junit lists a `test.todo` of Jest like a test that passed, and does not count it: what a suite lists beyond its
//! `tests` did not run, which is a warning (jest-junit 17, `utils/buildJsonResults.js`).
//!
//! PHPUnit up to version 9 writes a test that it takes for risky (that asserts nothing, prints something) with an `<error>`
//! of its own types, and does not fail for it: it is warned. One that it stopped after a time is errored here.
//! A failed case that is marked as one that may fail, by a to-do of Node or a tag of Catch2 (`!mayfail`, `!shouldfail`), is warned.
//!
//! `time` is in seconds; `1,234.5` is read as Surefire means it, and `PT0.05S` (ISO 8601) as XQSuite does.
//! A time that is none (negative, `NaN`, more than 30 days) is left out with a note.
//!
//! # Totals
//! Cases are counted; the attributes `tests`, `failures`, `errors`, `skipped` and `disabled` are compared with the count.
//! Where a tool has a rule of its own for them, that is no contradiction: Surefire counts every rerun, Mocha, gotestsum
//! and jest-junit list hooks and files that could not be loaded without counting them, Node counts suites as tests,
//! Catch2 and doctest count assertions, Boost.Test counts what passed, pytest counts subtests that passed and lists none,
//! libtest does not list ignored tests, and mocha-junit-reporter lists no pending tests and says at the root only how
//! many there are. Skipped tests that are only counted weigh on the verdict as listed ones do.
//! A suite that claims more failures than it lists (Newman, where a script fails) is an error.
//!
//! # What it does not tell
//! Some tools write nothing of what failed outside of the tests, so that such a run looks like one that passed: Bun 1.4
//! (files that cannot be loaded, hooks), Deno 2.9 (`afterAll`), Playwright 1.65 (its global tear-down and time-out),
//! Ansible 2.19 (hosts that cannot be reached).
//! Where the tool has a report of its own in JSON, that one tells more.
//!
//! # What is left out
//! Other properties, attachments and captured output, which often hold secrets.

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{NOT_TESTED, NOTHING_RAN};
use crate::formats::Format;
use crate::formats::smoke::junit_counts::{Claimed, Listed};
use crate::formats::smoke::junit_ginkgo::Ginkgo;
use crate::formats::smoke::junit_names::{Names, Seen};
use crate::formats::smoke::junit_results::{
    Durations, PENDING, Problem, Results, TODO, is_configuration, is_hook, is_risky, status,
};
use crate::formats::smoke::junit_tags::{Child, LastPlaces, OUTPUT};
use crate::formats::smoke::{junit_qt, junit_reruns, junit_suites};
use crate::model::test::Room;
use crate::model::{Evidence, Kind, Outcome, Suite, TestCase, Tool, keep_text};
use crate::source::{Doc, Element, Mark, Probe, Stop, Xml, XmlHead};

pub(super) static FORMAT: Format = Format {
    id: "junit-xml",
    kinds: &[Kind::Smoke],
    tool: "JUnit",
    title: "JUnit XML, all dialects",
    produce: "pytest --junitxml=junit.xml",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    if is_testlink(probe) {
        return false;
    }
    let is_eclipse = || probe.has_root("testrun") && probe.xml().is_some_and(|xml| xml.has("testsuite", 1));
    probe.has_root("testsuites") || probe.has_root("testsuite") || is_eclipse()
}

/// Whether it is a specification of TestLink, which says what is to be tested and not what came of it.
pub(crate) fn is_testlink(probe: &Probe<'_>) -> bool {
    let has = |xml: &XmlHead<'_>, name| (1..=3).any(|depth| xml.has(name, depth));
    probe.has_root("testsuite") && probe.xml().is_some_and(|xml| has(xml, "node_order") && !has(xml, "failure"))
}

/// Whether it is what GoogleTest writes with `--gtest_list_tests`: a run says how many failed and how long it took, too.
fn is_list_of_googletest(root: &Element) -> bool {
    root.attr("name") == Some("AllTests")
        && root.attr("tests").is_some()
        && ["failures", "time", "timestamp"].iter().all(|name| root.attr(name).is_none())
}

/// Whether cases stand in such an element, and it says how many.
fn is_suite(name: &str) -> bool {
    matches!(name, "testsuites" | "testsuite" | "testrun")
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let (diags, room) = (doc.diags().clone(), doc.room());
    let mut reader = Reader {
        xml: doc.xml(),
        frames: Vec::new(),
        suites: Vec::new(),
        names: Names::default(),
        durations: Durations::default(),
        places: LastPlaces::default(),
        room,
        claimed: 0,
        tool: None,
        times: None,
        undated: false,
    };
    let result = reader.read();
    reader.give_up();
    let Reader { mut suites, names, durations, claimed, tool, times, undated, .. } = reader;
    suites.retain(|suite| suite.tally().total() > 0 || suite.unlisted() > 0);
    evidence.suites = suites;
    evidence.tool = tool;
    (evidence.oldest, evidence.time) = times.unzip();
    evidence.undated = undated && evidence.time.is_some();
    durations.report(&diags);
    names.report(&diags);
    result?;
    let tally = evidence.tally();
    if tally.total() == 0 && claimed > 0 {
        let message = format!("{claimed} tests are claimed, and no test case is listed");
        diags.push(Diagnostic::new(&NOTHING_RAN, message));
    } else if tally.total() == 0 {
        diags.push(Diagnostic::new(&NOTHING_RAN, "no test case is listed"));
    } else if tally.executed() == 0 {
        let message = match tally.total() {
            1 => "the only test was skipped".to_owned(),
            total => format!("all {total} tests were skipped"),
        };
        diags.push(Diagnostic::new(&NOTHING_RAN, message));
    }
    Ok(())
}

struct Reader<'i> {
    xml: Xml<'i>,
    /// The suites that are open.
    frames: Vec<Frame>,
    /// Every suite, in the order of the start tags.
    suites: Vec<Suite>,
    names: Names,
    durations: Durations,
    places: LastPlaces,
    room: Room,
    /// The largest number of tests that a suite claims.
    claimed: u64,
    tool: Option<Tool>,
    /// Those of the oldest and of the newest suite that has one.
    times: Option<(jiff::Timestamp, jiff::Timestamp)>,
    /// Whether there is a case of which no suite around it says when.
    undated: bool,
}

struct Frame {
    element: Element,
    claimed: Claimed,
    listed: Listed,
    /// Index of its suite.
    suite: usize,
    /// The names of the cases in it.
    seen: Seen,
    ginkgo: Ginkgo,
    /// Whether Qt Test wrote it, in the way of Qt 4 and 5.
    is_qt: bool,
    /// Whether it or a suite around it says when it ran.
    is_dated: bool,
}

impl Reader<'_> {
    fn read(&mut self) -> Result<(), Stop> {
        loop {
            match self.xml.advance()? {
                Mark::Open => match self.xml.tag().name() {
                    "testcase" => self.case()?,
                    name if is_suite(name) => self.open_suite(),
                    "failure" | "error" => self.problem_of_suite()?,
                    "properties" if (1..=2).contains(&self.frames.len()) => self.properties()?,
                    "properties" | "system-out" | "system-err" => self.xml.skip()?,
                    // Whatever a tool wraps its cases into: they are found in it.
                    _ => {}
                },
                Mark::Close(name) if is_suite(&name) => self.close_suite(),
                Mark::Close(_) => {}
                Mark::End => return Ok(()),
            }
        }
    }

    fn open_suite(&mut self) {
        let element = self.xml.element();
        let name = element.filled("name").or_else(|| element.filled("package")).or_else(|| {
            self.frames.last().and_then(|outer| self.suites.get(outer.suite)).map(|suite| suite.name.clone())
        });
        let mut suite = Suite::new(name.unwrap_or_default(), element.pointer());
        suite.elapsed = self.durations.read(&element);
        // Most have no offset, and are no points in time.
        let has_offset = |text: &&str| text.get(10..).is_some_and(|time| time.contains(['Z', 'z', '+', '-']));
        let time = element.attr("timestamp").map(str::trim).filter(has_offset);
        let time: Option<jiff::Timestamp> = time.and_then(|text| text.parse().ok());
        // Go writes the year 1 and jest-junit the year 1970 where they know no time.
        let time = time.filter(|time| time.as_second() > 86_400);
        let is_dated = time.is_some() || self.frames.last().is_some_and(|outer| outer.is_dated);
        if let Some(time) = time {
            let (oldest, newest) = self.times.unwrap_or((time, time));
            self.times = Some((oldest.min(time), newest.max(time)));
        }
        if self.tool.is_none() {
            self.tool = junit_suites::tool_of(&element);
        }
        if self.frames.is_empty() && is_list_of_googletest(&element) {
            element.report(&NOTHING_RAN, "lists the tests that there are (`--gtest_list_tests`): none ran");
        }
        let mut claimed = Claimed::of(&element);
        if self.is_pytest() {
            claimed.is_of_pytest();
        }
        let n_claimed = claimed.tests.unwrap_or(0);
        self.claimed = self.claimed.max(n_claimed);
        let (listed, seen) = (Listed::default(), self.names.open(n_claimed));
        let (suite_at, ginkgo) = (self.suites.len(), Ginkgo::default());
        self.frames.push(Frame { element, claimed, listed, suite: suite_at, seen, ginkgo, is_qt: false, is_dated });
        self.suites.push(suite);
    }

    fn is_pytest(&self) -> bool {
        self.is_of(junit_suites::PYTEST)
    }

    fn is_of(&self, tool: &str) -> bool {
        self.tool.as_ref().is_some_and(|known| known.name == tool)
    }

    fn close_suite(&mut self) {
        let Some(mut frame) = self.frames.pop() else { return };
        self.settle_repeated(&mut frame);
        self.settle_todos(&mut frame);
        self.settle_ending(&mut frame);
        self.names.close(std::mem::take(&mut frame.seen));
        let own = frame.listed.own.clone();
        frame.listed.all.merge(&own);
        self.undated |= own.cases > 0 && !frame.is_dated;
        frame.ginkgo.report(&frame.element, frame.listed.all.bad);
        let around = self.frames.iter().any(|outer| outer.claimed.has_skipped());
        let reported = frame.claimed.check(&frame.element, &mut frame.listed, around);
        if let Some(suite) = self.suites.get_mut(frame.suite) {
            suite.skipped_unlisted(frame.listed.hidden_skips);
        }
        if let Some(outer) = self.frames.last_mut() {
            let listed = &mut outer.listed;
            listed.all.merge(&frame.listed.all);
            listed.suites += 1;
            listed.bad_suites += u64::from(frame.listed.all.bad > 0);
            listed.reported.tests |= reported.tests;
            listed.reported.failures |= reported.failures;
            listed.reported.skipped |= reported.skipped;
            listed.unlisted.merge(std::mem::take(&mut frame.listed.unlisted));
        }
    }

    /// Takes cases of one name for attempts of one test where pytest says so by its count, and says what is left.
    fn settle_repeated(&mut self, frame: &mut Frame) {
        let claimed = frame.claimed.tests.and_then(|tests| frame.listed.own.cases.checked_sub(tests));
        let is_merged = self.is_pytest()
            && claimed.is_some_and(|attempts| attempts > 0)
            && self.suites.get_mut(frame.suite).is_some_and(|suite| junit_reruns::merge(suite, claimed));
        if is_merged {
            frame.listed.own.cases -= claimed.unwrap_or(0);
            self.names.take_back(&frame.seen);
        } else {
            frame.seen.take_clashes().into_iter().for_each(|clash| frame.element.push(clash));
        }
    }

    /// Says what jest-junit lists and does not count.
    fn settle_todos(&mut self, frame: &mut Frame) {
        let own = &frame.listed.own;
        let counted = frame.claimed.tests.map(|tests| tests.saturating_add(own.hooks).saturating_add(own.of_suite));
        let n_todos = counted.map_or(0, |counted| own.cases.saturating_sub(counted));
        if n_todos == 0 || !self.is_of(junit_suites::JEST_JUNIT) {
            return;
        }
        let message = format!("to-dos did not run, and are listed like tests that passed ({n_todos})");
        let help = "Jest's own JSON tells which: `jest --json --outputFile=FILE`";
        frame.element.push(frame.element.diagnostic(&NOT_TESTED, message).help(help));
        let around = self.frames.iter_mut().map(|outer| &mut outer.claimed);
        around.chain([&mut frame.claimed]).for_each(|claimed| claimed.count_todos(n_todos));
    }

    /// Looks at what a suite says of its end, where no test in it tells that it ended badly.
    fn settle_ending(&mut self, frame: &mut Frame) {
        let Some(suite) = self.suites.get_mut(frame.suite) else { return };
        let listed = &mut frame.listed;
        if listed.own.bad + listed.all.bad > 0 {
            return;
        }
        let n_cases = listed.own.cases + listed.all.cases;
        if let Some(case) = junit_suites::settle(&frame.element, &suite.name, n_cases) {
            listed.own.add(Outcome::Errored, || case.pointer.clone());
            listed.own.of_suite += 1;
            self.room.push(suite, case);
        }
    }

    /// Leaves suites that are cut off. What their count would tell of attempts is not known.
    fn give_up(&mut self) {
        while let Some(mut frame) = self.frames.pop() {
            if self.is_pytest()
                && let Some(suite) = self.suites.get_mut(frame.suite)
            {
                junit_reruns::merge(suite, None);
            }
            frame.seen.take_clashes().into_iter().for_each(|clash| frame.element.push(clash));
        }
    }

    /// The properties of a suite, of which Qt's version and what Ginkgo says matter.
    fn properties(&mut self) -> Result<(), Stop> {
        let mut depth = 1;
        while depth > 0 {
            match self.xml.advance()? {
                Mark::Open => {
                    depth += 1;
                    let is_outermost = self.frames.len() == 1;
                    let Some(frame) = self.frames.last_mut() else { continue };
                    frame.ginkgo.see(self.xml.tag());
                    if is_outermost && !frame.is_qt && junit_qt::is_told_by(self.xml.tag()) {
                        frame.is_qt = true;
                        frame.claimed.ignore_errors();
                        self.tool.get_or_insert_with(|| Tool::new("Qt Test", None));
                    }
                }
                Mark::Close(_) => depth -= 1,
                Mark::End => break,
            }
        }
        Ok(())
    }

    /// Takes the case at the cursor if it is like most: one that passed, with nothing in it to report; and those that
    /// follow and are like it. Those for which there is no room are only counted.
    fn are_plain(&mut self) -> Result<bool, Stop> {
        let Some(frame) = self.frames.last_mut().filter(|frame| !frame.is_qt) else { return Ok(false) };
        let Some(suite) = self.suites.get_mut(frame.suite) else { return Ok(false) };
        let (names, room, last) = (&mut self.names, &mut self.room, &mut self.places);
        let has_room = |room: &Room| room.has(Outcome::Passed, false);
        let tag = self.xml.tag();
        let places = last.of(tag, has_room(room));
        let Some(first) = places.and_then(|places| places.plain(tag)) else { return Ok(false) };
        let Some(key) = names.new_key(&frame.seen, first.class, first.name) else { return Ok(false) };
        // Most are only counted, and nobody asks where they stand.
        let is_first = frame.listed.own.first.is_none();
        let pointer = (is_first || has_room(room)).then(|| self.xml.pointer());
        let kept = pointer.as_ref().filter(|_| has_room(room)).map(|pointer| first.case(pointer.clone()));
        if tag.is_empty() {
            self.xml.skip()?;
        } else if !self.xml.pass_only(OUTPUT) {
            return Ok(false);
        }
        names.remember(&mut frame.seen, key, Outcome::Passed);
        if is_first {
            frame.listed.own.first.clone_from(&pointer);
        }
        let (mut count, mut folded) = (1, u64::from(kept.is_none()));
        kept.into_iter().for_each(|case| room.push(suite, case));
        let mut alike = None;
        self.xml.pass_alike("testcase", OUTPUT, |tag, position| {
            // Those that are written alike have the same attributes.
            let places = alike.get_or_insert_with(|| last.of(tag, has_room(room)));
            let Some(case) = places.as_ref().and_then(|places| places.plain(tag)) else { return false };
            let is_new = names.see_new(&mut frame.seen, case.class, case.name);
            count += u64::from(is_new);
            match pointer.as_ref().filter(|_| is_new && has_room(room)) {
                Some(pointer) => room.push(suite, case.case(pointer.with_position(position))),
                None => folded += u64::from(is_new),
            }
            is_new
        });
        frame.listed.own.cases += count;
        suite.count_passed(folded);
        Ok(true)
    }

    /// The case whose start tag is at the cursor.
    fn case(&mut self) -> Result<(), Stop> {
        if self.are_plain()? {
            return Ok(());
        }
        let element = self.xml.element();
        let mut results = Results::default();
        while let Mark::Open = self.xml.advance()? {
            match Child::of(self.xml.tag()) {
                Child::Result(outcome) => results.problem(outcome, self.problem(false)?),
                Child::Flaky => results.flaky(self.problem(false)?),
                Child::Rerun => results.rerun(self.problem(true)?),
                Child::Case => self.case()?,
                Child::Other => self.xml.skip()?,
            }
        }
        let is_qt = self.frames.last().is_some_and(|frame| frame.is_qt);
        results.status = if is_qt { Some(junit_qt::status(&element)) } else { status(&element) };
        let is_unreported = results.settle_unreported(&element);
        let not_run = results.settle_ctest(&element);
        if self.frames.last().is_some_and(|frame| frame.claimed.has_flakes()) {
            results.settle_flaky(&element);
        }
        let outcome = results.outcome(&element);
        let suite = self.frames.last().and_then(|frame| self.suites.get_mut(frame.suite));
        let (Some(frame), Some(suite)) = (self.frames.last_mut(), suite) else { return Ok(()) };
        let said = |key: &str| element.attr(key).filter(|text| !text.trim().is_empty());
        let name = said("name").or_else(|| said("id")).unwrap_or_default();
        let class = said("classname").or_else(|| said("class"));
        let is_configuration = is_configuration(&element, name);
        if is_configuration && outcome == Outcome::Passed {
            self.xml.done_with(element);
            return Ok(());
        }
        let elapsed = self.durations.read(&element);
        let counts = &mut frame.listed.own;
        counts.add(outcome, || element.pointer());
        counts.skip_marks += results.n_skip_marks().max(u64::from(not_run));
        counts.problems += results.n_problems() + u64::from(is_qt && junit_qt::is_counted_failure(&element));
        counts.reruns += results.n_reruns();
        counts.hooks += u64::from(is_hook(outcome, name, class) || is_configuration || not_run || is_unreported);
        self.names.see(&mut frame.seen, &element, (class, name), outcome);
        let flaky = results.is_flaky(outcome);
        if self.room.has(outcome, flaky) {
            let mut case = TestCase::new(keep_text(name), outcome, element.pointer());
            case.class = class.map(keep_text);
            case.elapsed = elapsed;
            case.flaky = flaky;
            results.put(&element, &mut case);
            self.room.push(suite, case);
        } else {
            suite.count(outcome, flaky);
        }
        self.xml.done_with(element);
        Ok(())
    }

    fn problem_of_suite(&mut self) -> Result<(), Stop> {
        let element = self.xml.element();
        let problem = self.problem(false)?;
        let suite = self.frames.last().and_then(|frame| self.suites.get_mut(frame.suite));
        let (Some(frame), Some(suite)) = (self.frames.last_mut(), suite) else { return Ok(()) };
        let mut case = TestCase::new(keep_text(&suite.name), Outcome::Errored, element.pointer());
        let counts = &mut frame.listed.own;
        counts.add(Outcome::Errored, || case.pointer.clone());
        counts.of_suite += 1;
        counts.problems += 1;
        let mut results = Results::default();
        results.problem(Outcome::Errored, problem);
        results.put(&element, &mut case);
        self.room.push(suite, case);
        Ok(())
    }

    /// The result whose start tag is at the cursor: its message, and all text in it but captured output.
    /// Text and type are left out where there is no room for the case; one that was run again may have passed.
    fn problem(&mut self, is_rerun: bool) -> Result<Problem, Stop> {
        let is_kept = self.room.has(Outcome::Failed, false) || (is_rerun && self.room.has(Outcome::Passed, false));
        let tag = self.xml.tag();
        let filled = |name: &str| tag.attr(name).filter(|value| !value.trim().is_empty()).map(ToOwned::to_owned);
        // What it says of the outcome is read whether there is room for it or not.
        let kind = filled("type");
        let is_kept = is_kept || kind.as_deref().is_some_and(is_risky);
        let kind = kind.filter(|kind| is_kept || kind == TODO || kind == PENDING);
        let message = filled("message");
        let mut text = String::new();
        let mut depth = 1;
        while depth > 0 {
            let mark = if is_kept { self.xml.advance_after(&mut text)? } else { self.xml.advance()? };
            match mark {
                Mark::Open if matches!(self.xml.tag().name(), "system-out" | "system-err") => self.xml.skip()?,
                Mark::Open => depth += 1,
                Mark::Close(_) => depth -= 1,
                Mark::End => break,
            }
        }
        Ok(Problem { message, kind, text })
    }
}
