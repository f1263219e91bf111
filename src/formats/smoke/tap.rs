//! TAP, the Test Anything Protocol, versions 12 to 14.
//!
//! Bats, Node's test runner, node-tap, tape, Perl's `prove -v`, pgTAP, Mocha (`--reporter tap`) and many others write it.
//!
//! ```text
//! TAP version 13
//! 1..4
//! ok 1 - health is 200
//! not ok 2 - login
//!   ---
//!   message: 500 != 200
//!   duration_ms: 31
//!   ...
//! ok 3 - export # SKIP not on staging
//! not ok 4 - import # TODO later
//! ```
//!
//! # What is read
//! Each test point at the left margin is one test: `ok` passed, `not ok` failed.
//! `# SKIP` makes it skipped, also after `not ok` (Bats). `# TODO` makes it warned, whether it holds or not: a to-do is
//! never a failure, and no proof either.
//! `message` or `error` of the YAML block (also of an object in one line, as Deno writes it), or the comments behind a
//! failed point, are the message; `duration_ms` is in milliseconds. A comment that heads the next test (tape, AVA) or
//! counts (`# pass 4`) is no reason.
//! `# in 12 ms` (Bats with `--timing`) and `# time=12ms` or `# time=0.012s` (node-tap, Vitest, gotestsum) behind the name are the duration, and
//! `# timeout after 3 s` is the message.
//!
//! testem (`testem ci`) writes `skip 2 Chrome 120.0 - [12 ms] - name` and `todo 2 …` for points that others write with a
//! directive; the browser is the class, and what stands in brackets the duration.
//!
//! Subtests (indented) are repeated in the point they belong to and so not counted, also those that were skipped; those
//! that failed are named in its detail. A point that says `ok` although a subtest of it failed is counted as failed, and
//! one that says `ok` although each of its subtests was skipped or to-do (Node, Vitest) is counted as skipped.
//!
//! The plan (`1..4`) stands first or last. Fewer points than planned, also below a point, numbers of the plan that no point
//! has, subtests without the point they belong to, or no plan at all, mean that the run was cut off.
//! `Bail out!` means that the tool gave up. Several streams in one file are several suites.
//!
//! `Test::More` says in comments at the end of a script that it died, or that more failed than is listed: the tool failed.
//! That fewer ran than it planned makes the run incomplete.
//! jest-tap-reporter says of a test file that could not be loaded nothing but that, in comments: where `# Test Suites:`
//! counts files that failed and no point failed, the tool failed. So it did where the summary (`# fail 1`, `# cancelled 1`)
//! counts failures and no point failed (a name that ends in `# TODO`), and where Node says that an error was thrown after
//! its test had ended.
//!
//! `prove -v` heads the stream of each test file with its name (`t/login.t ..`), which is the name of its suite, and ends
//! it with a line that is no test: `ok`, or what went wrong. A file that was skipped as a whole is one skipped test.
//! A script that died (`Dubious, test returned 2`, where that is not just the number of tests that failed), a file that
//! ran no test, `Parse errors:`, and `Result: FAIL` without anything that failed mean that the tool failed; without
//! `Result:` the run was cut off.
//!
//! # What is left out
//! All other lines, as the protocol wants it.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{CONTRADICTION, INCOMPLETE, NOTHING_RAN, TOOL_FAILED};
use crate::formats::Format;
use crate::formats::smoke::recount::none_ran;
use crate::formats::smoke::tap_below::{Below, Subtests};
use crate::formats::smoke::tap_lines::{Point, Said, indent, is_summary, said};
use crate::formats::smoke::tap_more::{Endings, ending};
use crate::formats::smoke::tap_prove::{Frame, Prove, frame};
use crate::formats::smoke::tap_yaml::{Place, Yaml};
use crate::model::{Evidence, Kind, Outcome, Pointer, Suite, TestCase, keep_text};
use crate::source::json::shorten;
use crate::source::{Diags, Doc, Line, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "tap",
    kinds: &[Kind::Smoke],
    tool: "TAP",
    title: "Test Anything Protocol",
    produce: "bats --formatter tap13 tests/ > smoke.tap",
    detect,
    read,
};

/// Lines of the head that detection looks at.
const MAX_LINES: usize = 2_000;
/// Points whose numbers are remembered although others before them are still to come.
const MAX_NUMBERS: usize = 100_000;
/// Lines of comments that are kept of one point.
const MAX_KEPT_LINES: usize = 1_000;

fn detect(probe: &Probe<'_>) -> bool {
    let Some(text) = probe.text_or_lines() else { return false };
    let (mut plan, mut point, mut first) = (false, false, true);
    for line in text.lines().take(MAX_LINES) {
        match said(line) {
            Said::Version => return true,
            Said::Plan { count, .. } => {
                plan = true;
                point |= count == 0;
            }
            Said::Point(found) => {
                // Where the plan stands last it may lie behind the head.
                if first && found.number == Some(1) {
                    return true;
                }
                point = true;
            }
            Said::Comment(_) | Said::BailOut(_) => {}
            Said::Other => first &= line.trim().is_empty(),
        }
        if plan && point {
            return true;
        }
    }
    false
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let diags = doc.diags().clone();
    let mut stream = Stream::new("", Pointer::whole());
    let mut lines = doc.lines();
    let result = loop {
        match lines.next() {
            Ok(Some(line)) => {
                if let Some(done) = stream.line(&line) {
                    evidence.suites.extend(done.end(&diags));
                }
            }
            Ok(None) => break Ok(()),
            Err(stop) => break Err(stop),
        }
    };
    if result.is_ok() && stream.bail_out.is_none() {
        stream.prove.end(&diags);
    }
    evidence.suites.extend(stream.end(&diags));
    result?;
    if let Some(message) = none_ran(&evidence.tally(), "test point") {
        diags.push(Diagnostic::new(&NOTHING_RAN, message));
    }
    Ok(())
}

/// The numbers of the points of a stream.
#[derive(Debug, Default)]
struct Numbers {
    last: u64,
    /// All numbers from 1 to this one are there.
    complete: u64,
    /// Those that are there beyond.
    others: BTreeSet<u64>,
    /// The first one that another point has already.
    twice: Option<u64>,
}

impl Numbers {
    /// A point without a number has the next one.
    fn see(&mut self, number: Option<u64>) {
        self.last = number.unwrap_or(self.last.saturating_add(1));
        let mut is_new = self.last > self.complete;
        if self.last > self.complete.saturating_add(1) {
            if self.others.len() < MAX_NUMBERS {
                is_new = self.others.insert(self.last);
            }
        } else if self.last > self.complete {
            self.complete = self.last;
            while self.others.remove(&(self.complete + 1)) {
                self.complete += 1;
            }
        }
        if !is_new {
            self.twice.get_or_insert(self.last);
        }
    }
}

/// One TAP stream.
struct Stream {
    suite: Suite,
    plan: Option<(u64, Pointer)>,
    points: u64,
    numbers: Numbers,
    has_version: bool,
    bail_out: Option<Diagnostic>,
    /// The last point at the left margin, to which comments and YAML belong.
    last: Option<TestCase>,
    /// The comments behind it.
    notes: Vec<String>,
    /// Whether a YAML block stands behind it.
    has_yaml: bool,
    /// Whether a subtest stands behind it, to which YAML belongs then.
    is_below: bool,
    /// The block that is open.
    yaml: Option<Yaml>,
    /// The subtests of a point that is still to come, or of the last one in a block.
    below: Below,
    /// What `Test::More` says at the end.
    endings: Endings,
    prove: Prove,
}

impl Stream {
    fn new(name: &str, pointer: Pointer) -> Stream {
        Stream {
            suite: Suite::new(keep_text(name), pointer),
            plan: None,
            points: 0,
            numbers: Numbers::default(),
            has_version: false,
            bail_out: None,
            last: None,
            notes: Vec::new(),
            has_yaml: false,
            is_below: false,
            yaml: None,
            below: Below::default(),
            endings: Endings::default(),
            prove: Prove::default(),
        }
    }

    /// Takes one line. Where it starts a new stream, the old one is given back.
    fn line(&mut self, line: &Line<'_>) -> Option<Stream> {
        let text = line.text();
        let margin = indent(&text);
        if self.take_yaml(&text, line) {
            return None;
        }
        if let Some(frame) = frame(&text)
            && let ControlFlow::Break(done) = self.frame(frame, line)
        {
            return done;
        }
        let said = said(text.trim_start());
        if margin > 0 {
            match said {
                Said::Point(point) => {
                    self.is_below = true;
                    self.below.point(margin, &point);
                }
                Said::Plan { count, reason } => self.below.plan(margin, count, reason),
                Said::BailOut(reason) => self.bail_out(line, reason),
                Said::Other if text.trim() == "}" => self.below.end_block(margin),
                _ => {}
            }
            return None;
        }
        match said {
            Said::Version => {
                let done = self.has_begun().then(|| self.restart("", line));
                self.has_version = true;
                done
            }
            Said::Plan { count, reason } => {
                let done = self.is_complete().then(|| self.restart("", line));
                if let Some((planned, pointer)) = &self.plan {
                    let message = format!("the plan says {count} tests, another one {planned}");
                    line.report(&CONTRADICTION, format!("{message} at {pointer}"));
                } else {
                    self.plan = Some((count, line.pointer()));
                    if count == 0 && !reason.is_empty() {
                        line.report(&NOTHING_RAN, format!("all tests were skipped: {}", shorten(reason)));
                    }
                }
                done
            }
            Said::Point(point) => {
                // A comment that heads a test says its name.
                self.notes.pop_if(|note| note == point.name);
                self.finish_point();
                self.points += 1;
                self.numbers.see(point.number);
                self.is_below = false;
                self.last = Some(self.case(&point, line));
                None
            }
            Said::Comment(comment) => {
                if let Some(ending) = ending(comment) {
                    self.endings.see(ending, line);
                }
                self.comment(comment);
                None
            }
            Said::BailOut(reason) => {
                self.bail_out(line, reason);
                None
            }
            Said::Other => {
                if text.trim_end() == "}"
                    && let Some(mut case) = self.last.take()
                {
                    self.put_subtests(&mut case, line);
                    self.last = Some(case);
                }
                None
            }
        }
    }

    /// Takes a line of prove's own; it continues where the line is none here.
    fn frame(&mut self, frame: Frame<'_>, line: &Line<'_>) -> ControlFlow<Option<Stream>> {
        match frame {
            Frame::Heading(name) if self.may_head(name) => return ControlFlow::Break(self.begin_file(name, line)),
            Frame::SkippedFile { name, reason } if self.may_head(name) => {
                let done = self.begin_file(name, line);
                let mut case = TestCase::new(keep_text(name), Outcome::Skipped, line.pointer());
                case.message = Some(keep_text(reason)).filter(|reason| !reason.is_empty());
                self.suite.push(case);
                self.numbers.see(None);
                (self.points, self.plan) = (1, Some((1, line.pointer())));
                self.prove.is_ended = true;
                return ControlFlow::Break(done);
            }
            // A file that is well has a plan, and all points that it plans: another `ok` is a point.
            Frame::FileOk if self.prove.is_known && self.is_complete() => self.end_file(),
            Frame::FileBad if self.prove.is_known => self.end_file(),
            Frame::Dubious { status } => {
                self.finish_point();
                self.prove.dubious(status, &self.suite.name, self.suite.tally().failed, line);
            }
            Frame::NoSubtests => self.prove.no_subtests(&self.suite.name, line),
            Frame::ParseErrors(text) if self.prove.is_known => self.prove.parse_errors(text, line),
            Frame::Bailout(reason) => self.bail_out(line, reason),
            Frame::Interrupted if self.prove.is_known => line.report(&INCOMPLETE, "the run was interrupted"),
            Frame::Result { failed } => {
                self.finish_point();
                self.prove.is_bad |= self.suite.tally().failed > 0;
                self.prove.result(failed, line);
            }
            _ => return ControlFlow::Continue(()),
        }
        ControlFlow::Break(None)
    }

    /// Whether a line that looks like the heading of a file is one: not while a file is under way.
    fn may_head(&self, name: &str) -> bool {
        self.prove.may_head(name) && (self.prove.is_ended || !self.has_begun())
    }

    fn begin_file(&mut self, name: &str, line: &Line<'_>) -> Option<Stream> {
        let is_first = !self.prove.is_known && self.bail_out.is_none();
        let done = self.restart(name, line);
        self.prove.begin();
        (!is_first).then_some(done)
    }

    /// Comments behind the end of a file belong to the next one.
    fn end_file(&mut self) {
        self.finish_point();
        self.prove.is_ended = true;
    }

    fn has_begun(&self) -> bool {
        self.has_version || self.points > 0 || self.plan.is_some()
    }

    fn is_complete(&self) -> bool {
        self.plan.as_ref().is_some_and(|(planned, _)| *planned <= self.points)
    }

    /// Begins a new stream; the old one is given back.
    fn restart(&mut self, name: &str, line: &Line<'_>) -> Stream {
        self.finish_point();
        let mut next = Stream::new(name, line.pointer());
        next.prove = std::mem::take(&mut self.prove);
        next.prove.is_bad |= self.suite.tally().failed > 0;
        let mut done = std::mem::replace(self, next);
        done.prove.is_told = self.prove.is_told;
        done
    }

    fn case(&mut self, point: &Point<'_>, line: &Line<'_>) -> TestCase {
        let mut case = TestCase::new(keep_text(point.name), point.outcome(), line.pointer());
        case.elapsed = point.elapsed;
        case.class = point.class.map(keep_text);
        if !point.reason.is_empty() {
            case.message = Some(keep_text(point.reason));
        }
        self.put_subtests(&mut case, line);
        case
    }

    /// What stands below a point belongs to it; in node-tap's blocks (`ok 1 - name {`) it stands behind the point.
    fn put_subtests(&mut self, case: &mut TestCase, line: &Line<'_>) {
        let Subtests { ran, failed, missing } = self.below.take();
        if let Some((planned, points)) = missing {
            line.report(&INCOMPLETE, format!("the plan of its subtests says {planned} tests, {points} were reported"));
        }
        if failed.is_empty() {
            if case.outcome == Outcome::Passed && ran == Some(false) {
                case.outcome = Outcome::Skipped;
                case.message = Some("each of its subtests was skipped or to-do".to_owned());
            }
            return;
        }
        if case.outcome == Outcome::Passed {
            line.report(&CONTRADICTION, "says `ok`, and a subtest of it says `not ok`; counted as failed");
            case.outcome = Outcome::Failed;
        }
        case.extra().detail = Some(keep_text(&failed.join("\n")));
    }

    fn bail_out(&mut self, line: &Line<'_>, reason: &str) {
        let message = if reason.is_empty() {
            "the tool bailed out".to_owned()
        } else {
            format!("the tool bailed out: {}", shorten(reason))
        };
        self.bail_out.get_or_insert_with(|| Diagnostic::new(&TOOL_FAILED, message).at(line.pointer()));
    }

    /// Takes a line of the YAML block that is open, if it belongs to it.
    fn take_yaml(&mut self, text: &str, line: &Line<'_>) -> bool {
        let Some(yaml) = &mut self.yaml else {
            self.yaml = Yaml::opened_by(text);
            return self.yaml.is_some();
        };
        let place = yaml.line(text);
        if place == Place::Inside {
            if yaml.is_object()
                && let Ok(tree) = line.json()
            {
                yaml.object(tree.root());
            }
            return true;
        }
        if let Some(yaml) = self.yaml.take().filter(|_| place == Place::End) {
            self.end_yaml(&yaml);
        }
        place == Place::End
    }

    /// Takes message and duration from a YAML block, which belongs to the point before it.
    fn end_yaml(&mut self, yaml: &Yaml) {
        if self.is_below {
            if let Some(message) = yaml.message() {
                self.below.explain(&message);
            }
            return;
        }
        self.has_yaml = true;
        let Some(case) = &mut self.last else { return };
        case.elapsed = case.elapsed.or_else(|| yaml.elapsed());
        if case.message.is_none() && case.outcome != Outcome::Passed {
            case.message = yaml.message().map(|text| keep_text(&text));
        }
    }

    /// Keeps a comment as the reason of the point before it, unless it says something else: the heading of subtests, a
    /// summary at the end, and behind a YAML block, which has the reason, the heading of the next test (tape, AVA).
    fn comment(&mut self, comment: &str) {
        let is_else = comment.starts_with("Subtest:") || is_summary(comment) || self.has_yaml;
        if self.notes.len() < MAX_KEPT_LINES && !is_else {
            self.notes.push(comment.to_owned());
        }
    }

    /// Puts the last point into the suite.
    fn finish_point(&mut self) {
        let notes = std::mem::take(&mut self.notes);
        self.has_yaml = false;
        let Some(mut case) = self.last.take() else { return };
        if !notes.is_empty() && !matches!(case.outcome, Outcome::Passed | Outcome::Skipped) {
            let notes = keep_text(&notes.join("\n"));
            if case.message.is_none() {
                case.message = Some(notes);
            } else if case.outcome == Outcome::Failed {
                case.extra().detail.get_or_insert(notes);
            }
        }
        self.suite.push(case);
    }

    /// The suite, and whether the plan was fulfilled.
    fn end(mut self, diags: &Diags) -> Option<Suite> {
        self.finish_point();
        let (points, numbers) = (self.points, self.numbers);
        let Subtests { ran, failed, .. } = self.below.take();
        if ran.is_some() || !failed.is_empty() {
            let first = failed.first().map(|first| format!(": `{}`", shorten(first))).unwrap_or_default();
            let message = format!("the test point that the last subtests belong to is missing{first}");
            diags.push(Diagnostic::new(&INCOMPLETE, message).at(self.suite.pointer.clone()));
        }
        // A script that died before its first test is reported as such.
        let is_explained = self.bail_out.is_some() || points == 0 && self.prove.is_told;
        if let Some(diagnostic) = self.bail_out {
            diags.push(diagnostic);
        }
        // prove says so itself, and where it does the comments may stand in another file's stream.
        if !self.prove.is_known {
            let plan = self.plan.as_ref().map(|(planned, _)| *planned);
            self.endings.report(self.suite.tally().failed, points, plan, diags);
        }
        match self.plan {
            Some((planned, pointer)) if points < planned => {
                let message = format!("the plan says {planned} tests, {points} were reported");
                diags.push(Diagnostic::new(&INCOMPLETE, message).at(pointer));
            }
            Some((planned, pointer)) if points > planned => {
                let message = format!("the plan says {planned} tests, counted {points}");
                diags.push(Diagnostic::new(&CONTRADICTION, message).at(pointer));
            }
            Some((planned, pointer)) if numbers.complete < planned => {
                let number = numbers.complete + 1;
                let twice = numbers.twice.map(|twice| format!(": {twice} stands twice")).unwrap_or_default();
                let message = format!("the plan says {planned} tests, and no test has the number {number}{twice}");
                diags.push(Diagnostic::new(&INCOMPLETE, message).at(pointer));
            }
            None if !is_explained => {
                let message = "there is no plan (`1..N`), so that it cannot be told whether all tests were reported";
                diags.push(Diagnostic::new(&INCOMPLETE, message).at(self.suite.pointer.clone()));
            }
            Some(_) | None => {}
        }
        (points > 0).then_some(self.suite)
    }
}
