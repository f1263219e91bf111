//! What formats of steps and of printed output have in common.

use crate::model::{Elapsed, Outcome, Pointer, TestCase};

/// Bytes of printed output of one test that are kept.
const MAX_OUTPUT: usize = 16 * 1024;
/// Lines of a reason that stand in the message; the rest is detail.
const MAX_MESSAGE_LINES: usize = 6;

/// Printed output, the first part of it.
#[derive(Debug, Default)]
pub struct Output {
    text: String,
    left_out: bool,
}

impl Output {
    /// Adds a piece while there is room.
    pub fn push(&mut self, text: &str) {
        if self.text.len() + text.len() <= MAX_OUTPUT {
            self.text.push_str(text);
        } else if !self.left_out {
            self.left_out = true;
            let end = (0..=MAX_OUTPUT - self.text.len()).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
            self.text.push_str(&text[..end]);
        }
    }

    /// What was kept.
    pub fn text(&self) -> String {
        if self.left_out { format!("{}…", self.text) } else { self.text.clone() }
    }
}

/// Gives a case its reason: the first lines as its message, all of it as detail where there is more.
pub fn split_message(case: &mut TestCase, reason: &str) {
    let reason = reason.trim_end();
    let lines: Vec<&str> = reason.lines().skip_while(|line| line.trim().is_empty()).collect();
    let is_trace = |line: &&&str| {
        let line = line.trim_start();
        ["at ", "Traceback", "File \"", "goroutine ", "stack backtrace:", "./"].iter().any(|p| line.starts_with(p))
    };
    // A reason that starts with its trace has no better first line.
    let head = lines.iter().take(1);
    let rest = lines.iter().skip(1).take_while(|line| !is_trace(line)).take(MAX_MESSAGE_LINES - 1);
    let message: Vec<&str> = head.chain(rest).copied().collect();
    let message = message.join("\n").trim().to_owned();
    if message.is_empty() {
        return;
    }
    if message != reason.trim() {
        case.extra().detail = Some(reason.to_owned());
    }
    case.message = Some(message);
}

/// The status of a step in Gherkin's tools, in the order in which the worst of a scenario counts
/// (cucumber/messages, `getWorstTestStepResult`, with `unknown` beside what could not be run).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    Passed,
    Skipped,
    Pending,
    Unknown,
    Undefined,
    Ambiguous,
    Failed,
}

/// The words for it.
pub const STATUSES: &[(&str, Status)] = &[
    ("passed", Status::Passed),
    ("failed", Status::Failed),
    ("skipped", Status::Skipped),
    ("pending", Status::Pending),
    ("undefined", Status::Undefined),
    ("ambiguous", Status::Ambiguous),
    ("unknown", Status::Unknown),
    ("unused", Status::Unknown),
];

impl Status {
    /// What a scenario is whose worst step has this status.
    pub const fn outcome(self) -> Outcome {
        match self {
            Status::Passed => Outcome::Passed,
            Status::Skipped => Outcome::Skipped,
            Status::Pending | Status::Unknown | Status::Undefined | Status::Ambiguous => Outcome::Errored,
            Status::Failed => Outcome::Failed,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Status::Passed => "passed",
            Status::Skipped => "skipped",
            Status::Pending => "pending",
            Status::Unknown => "unknown",
            Status::Undefined => "undefined",
            Status::Ambiguous => "ambiguous",
            Status::Failed => "failed",
        }
    }
}

/// The steps of one scenario, added up.
#[derive(Debug, Default)]
pub struct Steps {
    worst: Option<(Status, String, String)>,
    /// Steps of the scenario itself, hooks and background not counted.
    pub own: u64,
    elapsed: Option<Elapsed>,
}

impl Steps {
    /// Adds a step or hook: its status, what it is called, its reason and its time.
    pub fn add(&mut self, status: Status, name: &str, reason: Option<String>, elapsed: Option<Elapsed>) {
        if self.worst.as_ref().is_none_or(|(worst, ..)| status > *worst) {
            self.worst = Some((status, name.trim().to_owned(), reason.unwrap_or_default()));
        }
        if let Some(elapsed) = elapsed {
            self.elapsed = Some(self.elapsed.unwrap_or_default().saturating_add(elapsed));
        }
    }

    /// Adds those of a background or an earlier hook.
    pub fn merge(&mut self, other: Steps) {
        if let Some((status, name, reason)) = other.worst {
            self.add(status, &name, Some(reason), other.elapsed);
        }
    }

    /// The scenario. One without steps asserts nothing: it is skipped.
    pub fn case(self, name: impl Into<String>, pointer: Pointer) -> TestCase {
        let worst = self.worst.filter(|(status, ..)| self.own > 0 || *status > Status::Skipped);
        let outcome = worst.as_ref().map_or(Outcome::Skipped, |(status, ..)| status.outcome());
        let mut case = TestCase::new(name, outcome, pointer);
        case.elapsed = self.elapsed;
        match worst {
            None => case.message = Some("has no steps".to_owned()),
            Some((Status::Passed, ..)) => {}
            Some((status, step, reason)) => {
                split_message(&mut case, &reason);
                let message = case.message.take().map(|message| format!(": {message}")).unwrap_or_default();
                case.message = Some(format!("step {}: `{step}`{message}", status.word()));
            }
        }
        case
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(statuses: &[Status], expected: Outcome) {
        let mut steps = Steps::default();
        for status in statuses {
            steps.own += 1;
            steps.add(*status, "step", None, None);
        }
        assert_eq!(steps.case("scenario", Pointer::whole()).outcome, expected);
    }

    #[test]
    fn the_worst_step_counts() {
        check(&[], Outcome::Skipped);
        check(&[Status::Passed, Status::Passed], Outcome::Passed);
        check(&[Status::Passed, Status::Skipped], Outcome::Skipped);
        check(&[Status::Passed, Status::Failed, Status::Skipped], Outcome::Failed);
        check(&[Status::Undefined, Status::Skipped], Outcome::Errored);
        check(&[Status::Ambiguous, Status::Failed], Outcome::Failed);
    }

    #[test]
    fn a_reason_is_split_before_its_trace() {
        let mut case = TestCase::new("a", Outcome::Failed, Pointer::whole());
        split_message(&mut case, "AssertionError: 500 !== 200\n    at World.then (s.js:5)\n");
        assert_eq!(case.message.as_deref(), Some("AssertionError: 500 !== 200"));
        assert!(case.extra().detail.as_deref().is_some_and(|detail| detail.ends_with("(s.js:5)")));
    }

    #[test]
    fn output_is_cut_between_characters() {
        let mut output = Output::default();
        output.push(&"x".repeat(MAX_OUTPUT - 1));
        output.push("üü");
        output.push("more");
        assert_eq!(output.text().chars().last(), Some('…'));
    }
}
