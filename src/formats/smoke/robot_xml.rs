//! Robot Framework's `output.xml`, of versions 3 to 7.
//!
//! ```xml
//! <robot generator="Robot 7.1 (Python 3.12 on linux)" generated="2025-11-20T10:00:00" schemaversion="5">
//!   <suite id="s1" name="Smoke">
//!     <test id="s1-t1" name="Health is 200"><kw …>…</kw>
//!       <status status="PASS" start="2025-11-20T10:00:01" elapsed="0.031"/></test>
//!     <status status="PASS" …/>
//!   </suite>
//!   <statistics>…</statistics>
//! </robot>
//! ```
//!
//! # What is read
//! The `<status>` of each `<test>` or task: `PASS`, `FAIL`, `SKIP` (also for `--skiponfailure`).
//! Its text is the message. `elapsed` is in seconds; before version 7 the difference of `starttime` and `endtime`.
//!
//! Where the tear-down of a suite fails, Robot fails each test of the suite, but the file still says that they passed:
//! they are counted as failed here as in Robot's own log (`robot/result/suiteteardownfailed.py`).
//! Tests that are not critical (version 3) are counted like all others.
//!
//! The totals of `<statistics>` are compared with the count.
//! Where all tests of a JUnit XML in the same folder stand here, in suites of the same names and no better and no worse,
//! it is what `--xunit` wrote of the same run: they are counted once, which is noted.
//! In a dry run (`--dryrun`) tests say `PASS` although none of their keywords was executed: that is reported as nothing ran.
//!
//! # What is left out
//! Keywords, their arguments and their log messages, which often hold secrets.

use crate::diagnostics::codes::MISSING_FIELD;
use crate::formats::Format;
use crate::formats::smoke::robot_suites::{Keywords, STATUSES, Suites, Totals, judge, tool};
use crate::model::{Elapsed, Evidence, Kind, Outcome, TestCase, Unit, keep_text};
use crate::source::{Doc, Element, Probe, Stop, Xml, XmlEvent, XmlTree};

pub(super) static FORMAT: Format = Format {
    id: "robot-xml",
    kinds: &[Kind::Smoke],
    tool: "Robot Framework",
    title: "Robot Framework output.xml",
    produce: "robot --output output.xml tests/",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.xml().is_some_and(|xml| match xml.root() {
        "robot" => xml.root_has("generator") || xml.has("suite", 1) || xml.has("statistics", 1),
        // One suite alone, which `rebot` reads too; TestNG's configuration has no status.
        "suite" => {
            ["suite", "test", "task"].iter().any(|name| xml.has(name, 1))
                && (xml.has("status", 1) || xml.has("status", 2))
        }
        _ => false,
    })
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let mut suites = Suites::default();
    let mut totals = None;
    let result = walk(&mut doc.xml(), &mut suites, &mut totals, evidence);
    let keywords = suites.keywords;
    suites.put(evidence);
    result?;
    judge(evidence, keywords, totals, doc.diags());
    Ok(())
}

fn walk(
    xml: &mut Xml<'_>,
    suites: &mut Suites,
    totals: &mut Option<Totals>,
    evidence: &mut Evidence,
) -> Result<(), Stop> {
    // The tear-downs of the suites that are open.
    let mut teardowns: Vec<Option<(Outcome, Option<String>)>> = Vec::new();
    loop {
        match xml.next()? {
            XmlEvent::Open(element) => match element.name.as_str() {
                "robot" => evidence.tool = element.attr("generator").map(tool),
                "suite" => {
                    suites.open(element.pointer());
                    suites.name(element.attr("name").unwrap_or_default());
                    teardowns.push(None);
                }
                "test" | "task" => {
                    let case = test(xml, element, &mut suites.keywords)?;
                    suites.push(case);
                }
                "kw" if element.attr("type").is_some_and(|kind| kind.eq_ignore_ascii_case("teardown")) => {
                    let ended = status(xml, &mut suites.keywords)?
                        .map(|status| (outcome(&status.element), status.filled_text()));
                    if let Some(teardown) = teardowns.last_mut() {
                        *teardown = ended;
                    }
                }
                "status" => {
                    let tree = xml.tree(element)?;
                    suites.elapsed(elapsed(&tree.element));
                }
                "statistics" => *totals = total(&xml.tree(element)?),
                _ => xml.skip()?,
            },
            XmlEvent::Close(name) if name == "suite" => {
                suites.close(teardowns.pop().flatten());
            }
            XmlEvent::Close(_) => {}
            XmlEvent::End => return Ok(()),
        }
    }
}

/// The last `<status>` directly in the element that was just opened, which is read to its end.
fn status(xml: &mut Xml<'_>, keywords: &mut Keywords) -> Result<Option<XmlTree>, Stop> {
    let mut status = None;
    loop {
        match xml.next()? {
            XmlEvent::Open(child) if child.name == "status" => status = Some(xml.tree(child)?),
            XmlEvent::Open(child) if is_body(&child) => body(xml, keywords)?,
            XmlEvent::Open(_) => xml.skip()?,
            XmlEvent::Close(_) | XmlEvent::End => return Ok(status),
        }
    }
}

/// Keywords, and what holds them together.
fn is_body(element: &Element) -> bool {
    matches!(element.name.as_str(), "kw" | "for" | "iter" | "while" | "if" | "branch" | "try" | "group")
}

/// Counts the keywords in the one that was just opened, which is read to its end.
fn body(xml: &mut Xml<'_>, keywords: &mut Keywords) -> Result<(), Stop> {
    // Whether each of the open ones calls others.
    let mut calls = vec![false];
    while let Some(calls_others) = calls.last_mut() {
        match xml.next()? {
            XmlEvent::Open(child) if is_body(&child) => {
                *calls_others = true;
                calls.push(false);
            }
            XmlEvent::Open(child) => {
                if child.name == "status" && !*calls_others {
                    keywords.see(child.attr("status"));
                }
                xml.skip()?;
            }
            XmlEvent::Close(_) | XmlEvent::End => {
                calls.pop();
            }
        }
    }
    Ok(())
}

fn test(xml: &mut Xml<'_>, element: Element, keywords: &mut Keywords) -> Result<TestCase, Stop> {
    let status = status(xml, keywords)?;
    let ended = match &status {
        Some(status) => outcome(&status.element),
        None => {
            element.report(&MISSING_FIELD, "`<status>` is missing; the test is counted as errored");
            Outcome::Errored
        }
    };
    let name = element.attr("name").unwrap_or_default();
    let mut case = TestCase::new(keep_text(name), ended, element.pointer());
    case.elapsed = status.as_ref().and_then(|status| elapsed(&status.element));
    case.message = status.and_then(|status| status.filled_text()).map(|text| keep_text(&text));
    if let Some(line) = element.count("line") {
        case.extra().line = Some(line);
    }
    Ok(case)
}

fn outcome(status: &Element) -> Outcome {
    if status.attr("status").is_none() {
        status.report(&MISSING_FIELD, "`status` is missing; the test is counted as errored");
    }
    status.word("status", STATUSES).unwrap_or(Outcome::Errored)
}

fn elapsed(status: &Element) -> Option<Elapsed> {
    if let Some(elapsed) = status.elapsed("elapsed", Unit::Secs) {
        return Some(elapsed);
    }
    let at = |name| jiff::civil::DateTime::strptime("%Y%m%d %H:%M:%S%.f", status.attr(name)?).ok();
    let millis = at("starttime")?.duration_until(at("endtime")?).as_millis_f64();
    Elapsed::from_millis(millis).ok()
}

/// The totals over all tests; version 3 has a row for critical tests before it.
fn total(statistics: &XmlTree) -> Option<Totals> {
    let all = statistics.child("total")?.all("stat").last()?;
    let element = &all.element;
    Some(Totals {
        passed: element.count("pass"),
        failed: element.count("fail"),
        skipped: element.count("skip"),
        pointer: element.pointer(),
    })
}
