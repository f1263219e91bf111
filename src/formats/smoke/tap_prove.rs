//! What Perl's `prove -v` writes around the TAP of each test file.
//!
//! Rules: `TAP::Formatter::Base`, `::Session` and `::File::Session` of Test-Harness 3.44.

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{INCOMPLETE, TOOL_FAILED};
use crate::source::json::shorten;
use crate::source::{Diags, Line};

/// A line of prove's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame<'l> {
    /// `t/login.t .. `
    Heading(&'l str),
    /// `t/mail.t .. skipped: no server`
    SkippedFile { name: &'l str, reason: &'l str },
    /// `ok`, with `--timer` also the time: only where it cannot be a test point.
    FileOk,
    /// `Dubious, test returned 2 (wstat 512, 0x200)`
    Dubious { status: &'l str },
    /// `No subtests run`
    NoSubtests,
    /// `Failed 1/2 subtests` or `All 2 subtests passed`, where the test file itself failed.
    FileBad,
    /// `  Parse errors: No plan found in TAP output`
    ParseErrors(&'l str),
    /// `Bailout called.  Further testing stopped:  no database`
    Bailout(&'l str),
    /// `Test run interrupted!`
    Interrupted,
    /// `Result: FAIL`
    Result { failed: bool },
}

/// Reads one line; most are not prove's.
pub(super) fn frame(line: &str) -> Option<Frame<'_>> {
    let line = line.trim_end();
    if let Some(rest) = line.strip_prefix("Dubious, test returned ") {
        return Some(Frame::Dubious { status: rest.split(' ').next().unwrap_or_default() });
    }
    if let Some(rest) = line.strip_prefix("  Parse errors: ") {
        return Some(Frame::ParseErrors(rest.trim()));
    }
    if let Some(rest) = line.strip_prefix("Bailout called.  Further testing stopped:") {
        return Some(Frame::Bailout(rest.trim()));
    }
    match line {
        "No subtests run" => Some(Frame::NoSubtests),
        "Test run interrupted!" => Some(Frame::Interrupted),
        "Result: FAIL" => Some(Frame::Result { failed: true }),
        "Result: PASS" | "Result: NOTESTS" => Some(Frame::Result { failed: false }),
        _ if is_file_ok(line) => Some(Frame::FileOk),
        _ if is_file_bad(line) => Some(Frame::FileBad),
        _ => heading(line),
    }
}

/// `ok`, or `ok       24 ms ( 0.00 usr  0.00 sys + …)`.
fn is_file_ok(line: &str) -> bool {
    let Some(rest) = line.strip_prefix("ok") else { return false };
    let mut words = rest.split_whitespace();
    let is_time = |word: &str| word == "<1" || word.bytes().all(|byte| byte.is_ascii_digit());
    match (words.next(), words.next(), words.next()) {
        (None, ..) => true,
        (Some(time), Some("ms" | "s"), cpu) => {
            rest.starts_with(' ') && is_time(time) && cpu.is_none_or(|word| word.starts_with('('))
        }
        _ => false,
    }
}

fn is_file_bad(line: &str) -> bool {
    let is_count = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'/');
    let failed = line.strip_prefix("Failed ").and_then(|rest| rest.strip_suffix(" subtests"));
    let passed = line.strip_prefix("All ").and_then(|rest| rest.strip_suffix(" subtests passed"));
    failed.or(passed).is_some_and(is_count)
}

/// `t/login.t ..... `, with `--timer` behind the time of day: `[10:00:00] t/login.t .. `.
fn heading(line: &str) -> Option<Frame<'_>> {
    let (line, reason) = match line.split_once(" skipped: ") {
        Some((line, reason)) => (line, Some(reason.trim())),
        None => (line, None),
    };
    let named = line.trim_end_matches('.');
    if line.len() < named.len() + 2 || line.starts_with([' ', '\t', '#']) {
        return None;
    }
    let name = named.strip_suffix(' ')?;
    let name = match name.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
        Some((time, name)) if time.bytes().all(|byte| byte.is_ascii_digit() || byte == b':') => name,
        _ => name,
    };
    Some(match reason {
        _ if name.is_empty() => return None,
        Some(reason) => Frame::SkippedFile { name, reason },
        None => Frame::Heading(name),
    })
}

/// What is known of a run of prove, over all its files.
#[derive(Debug, Default)]
pub(super) struct Prove {
    /// Whether a heading was seen.
    pub is_known: bool,
    /// Whether the end of the present file was seen.
    pub is_ended: bool,
    /// Whether the present file is reported as one whose script failed.
    pub is_told: bool,
    /// Whether something explains that the run failed: a test that failed, or what is reported.
    pub is_bad: bool,
    has_result: bool,
}

impl Prove {
    /// Whether a name may head a file. Before the first one, other text that ends with dots stands as well.
    pub(super) fn may_head(&self, name: &str) -> bool {
        self.is_ended || !self.is_known && name.contains(['.', '/']) && !name.contains([' ', '\t'])
    }

    /// A new file begins.
    pub(super) fn begin(&mut self) {
        (self.is_known, self.is_ended, self.is_told) = (true, false, false);
    }

    /// The script of a file ended with a status that is not 0. `Test::More` ends with the number of tests that failed,
    /// and most others with 1.
    pub(super) fn dubious(&mut self, status: &str, file: &str, n_failed: u64, line: &Line<'_>) {
        if n_failed > 0 && (status == "1" || status == n_failed.to_string()) {
            return;
        }
        self.tell(line, format!("the test file `{}` ended with the status {}", shorten(file), shorten(status)));
    }

    /// A file ended without a test.
    pub(super) fn no_subtests(&mut self, file: &str, line: &Line<'_>) {
        if !self.is_told {
            self.tell(line, format!("the test file `{}` ran no test", shorten(file)));
        }
        self.is_ended = true;
    }

    /// prove itself could not take what a file wrote.
    pub(super) fn parse_errors(&mut self, text: &str, line: &Line<'_>) {
        self.tell(line, format!("prove reports an error in the TAP of a file: {}", shorten(text)));
    }

    /// The last line. What failed already explains that the run did.
    pub(super) fn result(&mut self, failed: bool, line: &Line<'_>) {
        self.has_result = true;
        if failed && !self.is_bad {
            self.tell(line, "prove says that the run failed, and no test in it did".to_owned());
        }
    }

    fn tell(&mut self, line: &Line<'_>, message: String) {
        (self.is_told, self.is_bad) = (true, true);
        line.report(&TOOL_FAILED, message);
    }

    /// The end of the text, where prove has said how the run ended.
    pub(super) fn end(&self, diags: &Diags) {
        if self.is_known && !self.has_result {
            diags.push(Diagnostic::new(&INCOMPLETE, "prove's last line, `Result: …`, is missing"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Frame, frame};

    #[test]
    fn lines_of_prove() {
        assert_eq!(frame("t/a.t .. "), Some(Frame::Heading("t/a.t")));
        assert_eq!(frame("[10:00:00] t/a.t ....... "), Some(Frame::Heading("t/a.t")));
        let skipped = Frame::SkippedFile { name: "t/a.t", reason: "no .. net" };
        assert_eq!(frame("t/a.t .. skipped: no .. net"), Some(skipped));
        assert_eq!(frame("Dubious, test returned 2 (wstat 512, 0x200)"), Some(Frame::Dubious { status: "2" }));
        assert_eq!(frame("  Parse errors: Bad plan."), Some(Frame::ParseErrors("Bad plan.")));
        for line in ["ok", "ok       24 ms", "ok        <1 s ( 0.00 usr  0.00 sys + …)"] {
            assert_eq!(frame(line), Some(Frame::FileOk), "{line}");
        }
        assert_eq!(frame("Failed 1/2 subtests "), Some(Frame::FileBad));
        assert_eq!(frame("Result: FAIL"), Some(Frame::Result { failed: true }));
        assert_eq!(frame("Result: NOTESTS"), Some(Frame::Result { failed: false }));
    }

    #[test]
    fn other_lines() {
        for line in
            ["1..2", "ok 1", "ok 24 msgs", "Loading...", "# t/a.t ..", "    t/a.t ..", "..", "a .", "Result: ok"]
        {
            assert_eq!(frame(line), None, "{line}");
        }
    }
}
