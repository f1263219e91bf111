//! Maven Failsafe: `failsafe-summary.xml`, by which its goal `verify` decides.
//!
//! ```xml
//! <failsafe-summary timeout="false">
//!   <completed>3</completed><errors>0</errors><failures>0</failures><skipped>0</skipped><failureMessage xsi:nil="true"/>
//! </failsafe-summary>
//! ```
//!
//! It tells of no test; the tests stand in `TEST-*.xml` beside it.
//! What only it knows is an error: a `failureMessage` (the forked JVM crashed, or could not be started), a time-out,
//! tests that failed or errored, and the result 255, which says that the run failed.
//! The result 254 says that there was no test, which is usual for a module without any.
//!
//! Rules: `FailsafeSummaryXmlUtils` and `RunResult` of Maven Surefire 3.5.

use crate::diagnostics::codes::{OUT_OF_RANGE, TOOL_FAILED};
use crate::formats::Format;
use crate::formats::smoke::recount::first_line;
use crate::model::{Evidence, Kind, Tool};
use crate::source::{Doc, Element, Mark, Probe, Stop, Xml};

pub(super) static FORMAT: Format = Format {
    id: "failsafe-summary",
    kinds: &[Kind::Smoke],
    tool: "Maven Failsafe",
    title: "Summary of a run (no tests)",
    produce: "mvn verify",
    detect,
    read,
};

/// The result of a run that failed.
const FAILURE: &str = "255";

fn detect(probe: &Probe<'_>) -> bool {
    probe.has_root("failsafe-summary")
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("Maven Failsafe", None));
    let mut xml = doc.xml();
    let mut root: Option<Element> = None;
    let mut is_explained = false;
    loop {
        match xml.advance()? {
            Mark::Open => {
                let element = xml.element();
                match element.name.as_str() {
                    "errors" | "failures" => is_explained |= bad(&mut xml, &element)?,
                    "failureMessage" => is_explained |= message(&mut xml, &element)?,
                    "failsafe-summary" if root.is_none() => root = Some(element),
                    _ => xml.skip()?,
                }
            }
            Mark::Close(_) => {}
            Mark::End => break,
        }
    }
    let Some(root) = root else { return Ok(()) };
    if root.attr("timeout").is_some_and(|word| word.trim() == "true") {
        root.report(&TOOL_FAILED, "the run took too long and was stopped");
    } else if root.attr("result").is_some_and(|code| code.trim() == FAILURE) && !is_explained {
        root.report(&TOOL_FAILED, format!("the result is {FAILURE}: the run failed"));
    }
    Ok(())
}

/// Tests that failed or errored; whether there are any.
fn bad(xml: &mut Xml<'_>, element: &Element) -> Result<bool, Stop> {
    let text = text(xml)?;
    match text.parse::<u64>() {
        Ok(0) => return Ok(false),
        Ok(count) => element.report(&TOOL_FAILED, format!("Failsafe counts {}: {count}", element.name)),
        Err(_) => element.report(&OUT_OF_RANGE, format!("`{}` is not a count", first_line(&text))),
    }
    Ok(true)
}

/// Why the tests could not be run to their end; whether it says so.
fn message(xml: &mut Xml<'_>, element: &Element) -> Result<bool, Stop> {
    let text = text(xml)?;
    if !text.is_empty() {
        element.report(&TOOL_FAILED, format!("the tests could not be run to their end: {}", first_line(&text)));
    }
    Ok(!text.is_empty())
}

/// The text of the element that was opened.
fn text(xml: &mut Xml<'_>) -> Result<String, Stop> {
    let mut text = String::new();
    let mut depth = 1;
    while depth > 0 {
        match xml.advance_after(&mut text)? {
            Mark::Open => depth += 1,
            Mark::Close(_) => depth -= 1,
            Mark::End => break,
        }
    }
    Ok(text.trim().to_owned())
}
