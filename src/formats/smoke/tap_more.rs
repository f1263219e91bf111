//! What tools say in comments at the end of a run that did not end well.
//!
//! Rules: `Test::Builder::_ending` of Test-Simple 1.302 and, for the older words, 0.98; `src/LineWriter.js`
//! of jest-tap-reporter 1.9; `lib/results.js` of tape 5; `createProcessEventHandler` in
//! `lib/internal/test_runner/harness.js` of Node.js 20.

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{CONTRADICTION, INCOMPLETE, TOOL_FAILED};
use crate::model::Pointer;
use crate::source::json::shorten;
use crate::source::{Diags, Line};

/// One such comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending<'l> {
    /// `Looks like your test exited with 255 just after 2.`
    Died { how: &'l str, status: &'l str },
    /// `Looks like you failed 1 test of 2.`
    Failed { count: u64 },
    /// `Looks like you planned 3 tests but ran 2.`
    Planned { planned: u64, ran: u64 },
    /// `Test Suites: 50%  █████     , 1 failed, 1 passed, 2 total`
    Files { failed: u64 },
    /// `fail 1`, `cancelled 1`
    Counted { failed: u64 },
    /// `Error: Test "pays" at … generated asynchronous activity after the test ended. …`
    Late,
}

/// What Node says of an error for which no test that still ran can be blamed; it exits with 1 then.
const LATE: &str = " generated asynchronous activity after the test ended";

/// Reads a comment, which is most often none of these.
pub(super) fn ending(comment: &str) -> Option<Ending<'_>> {
    if let Some(counts) = comment.strip_prefix("Test Suites:") {
        let failed = counts.split(',').find_map(|count| count.trim().strip_suffix(" failed"))?.parse().ok()?;
        return Some(Ending::Files { failed });
    }
    let mut words = comment.split_whitespace();
    if let (Some("fail" | "cancelled"), Some(count), None) = (words.next(), words.next(), words.next()) {
        return count.parse().ok().map(|failed| Ending::Counted { failed });
    }
    if ["Error: ", "Warning: "].iter().any(|level| comment.starts_with(level)) && comment.contains(LATE) {
        return Some(Ending::Late);
    }
    let rest = comment.strip_prefix("Looks like you")?;
    if let Some(how) = rest.strip_prefix("r test ") {
        let how = how.trim_end_matches('.');
        let status = how.strip_prefix("exited with ").and_then(|rest| rest.split(' ').next());
        return Some(Ending::Died { how, status: status.unwrap_or_default() });
    }
    let number = |text: &str| text.split([' ', '.']).next().and_then(|word| word.parse::<u64>().ok());
    if let Some(failed) = rest.strip_prefix(" failed ") {
        return Some(Ending::Failed { count: number(failed)? });
    }
    let (planned, ran) = rest.strip_prefix(" planned ")?.split_once(" but ")?;
    let ran = ran.strip_prefix("only ").unwrap_or(ran).strip_prefix("ran ")?;
    let planned = number(planned)?;
    let more = if ran.ends_with("extra.") { planned } else { 0 };
    Some(Ending::Planned { planned, ran: more.saturating_add(number(ran)?) })
}

/// What the comments of one stream say.
#[derive(Debug, Default)]
pub(super) struct Endings {
    died: Option<(String, String, Pointer)>,
    failed: Option<(u64, Pointer)>,
    planned: Option<(u64, u64, Pointer)>,
    /// Files that failed, with the tests in them.
    files: Option<(u64, Pointer)>,
    /// Tests that failed or were cancelled, by the summary.
    counted: Option<(u64, Pointer)>,
    late: Option<Pointer>,
}

impl Endings {
    pub(super) fn see(&mut self, ending: Ending<'_>, line: &Line<'_>) {
        match ending {
            Ending::Died { how, status } => self.died = Some((shorten(how), status.to_owned(), line.pointer())),
            Ending::Failed { count } => self.failed = Some((count, line.pointer())),
            Ending::Files { failed } => self.files = Some((failed, line.pointer())),
            Ending::Counted { failed: 0 } => {}
            Ending::Counted { failed } => self.counted = Some((failed, line.pointer())),
            Ending::Late => self.late = Some(line.pointer()),
            Ending::Planned { planned, ran } => self.planned = Some((planned, ran, line.pointer())),
        }
    }

    /// Compares them with the points of the stream, of which `n_failed` failed, and with its plan.
    pub(super) fn report(self, n_failed: u64, points: u64, plan: Option<u64>, diags: &Diags) {
        // The number of tests that failed is the status of the whole script, or 1.
        let is_usual = |status: &str| n_failed > 0 && (status == "1" || status == n_failed.to_string());
        if let Some((how, _, pointer)) = self.died.filter(|(_, status, _)| !is_usual(status)) {
            diags.push(Diagnostic::new(&TOOL_FAILED, format!("the test script {how}")).at(pointer));
        }
        if let Some((count, pointer)) = self.failed.filter(|(count, _)| *count > n_failed) {
            let message =
                format!("the test script says that {count} failed, counted {n_failed}: the others are not listed");
            diags.push(Diagnostic::new(&TOOL_FAILED, message).at(pointer));
        }
        if let Some((count, pointer)) = self.files.filter(|(count, _)| *count > 0 && n_failed == 0) {
            let message = match count {
                1 => "a test file failed, and no test: it could not be loaded".to_owned(),
                _ => format!("{count} test files failed, and no test: they could not be loaded"),
            };
            diags.push(Diagnostic::new(&TOOL_FAILED, message).at(pointer));
        }
        // Node counts tests below a point too, of which that point tells.
        if let Some((count, pointer)) = self.counted.filter(|_| n_failed == 0) {
            let message = format!("the summary says that {count} failed, counted 0: the others are not listed");
            diags.push(Diagnostic::new(&TOOL_FAILED, message).at(pointer));
        }
        if let Some(pointer) = self.late.filter(|_| n_failed == 0) {
            let message = "an error was thrown after its test had ended, and counts in no test";
            diags.push(Diagnostic::new(&TOOL_FAILED, message).at(pointer));
        }
        let Some((planned, ran, pointer)) = self.planned else { return };
        // What the plan itself tells is reported of the plan.
        if ran < planned && plan.is_none_or(|plan| points >= plan) {
            let message = format!("the test script planned {planned} tests and ran {ran}");
            diags.push(Diagnostic::new(&INCOMPLETE, message).at(pointer));
        } else if ran > planned && plan.is_none_or(|plan| points <= plan) {
            let message = format!("the test script planned {planned} tests and ran {ran}");
            diags.push(Diagnostic::new(&CONTRADICTION, message).at(pointer));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings() {
        let died = |how, status| Some(Ending::Died { how, status });
        for (comment, expected) in [
            ("Looks like your test exited with 255 just after 2.", died("exited with 255 just after 2", "255")),
            ("Looks like your test died just after 2.", died("died just after 2", "")),
            ("Looks like you failed 1 test of 2.", Some(Ending::Failed { count: 1 })),
            ("Looks like you planned 3 tests but ran 2.", Some(Ending::Planned { planned: 3, ran: 2 })),
            ("Looks like you planned 1 test but only ran 0.", Some(Ending::Planned { planned: 1, ran: 0 })),
            ("Looks like you planned 3 tests but ran 1 extra.", Some(Ending::Planned { planned: 3, ran: 4 })),
            ("Test Suites: 50%  █████     , 1 failed, 1 passed, 2 total", Some(Ending::Files { failed: 1 })),
            ("Test Suites: 100% ██████████, 2 passed, 2 total", None),
            ("fail  1", Some(Ending::Counted { failed: 1 })),
            ("cancelled 2", Some(Ending::Counted { failed: 2 })),
            ("fail 1 of 2", None),
            ("fail safe", None),
            (
                "Error: A resource generated asynchronous activity after the test ended. This activity",
                Some(Ending::Late),
            ),
            ("Looks like rain", None),
            ("Looks like you failed to see it", None),
        ] {
            assert_eq!(ending(comment), expected, "{comment}");
        }
    }
}
