//! Redaction of all that was read of an artifact.

use std::borrow::Cow;
use std::cell::Cell;
use std::iter;
use std::mem::take;
use std::panic::resume_unwind;
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::model::{Evidence, Pointer, Suite, Texts};
use crate::safety::redact::{Counts, Redactor};
use crate::source::cores;

thread_local! {
    /// Texts in which the built-in rules find nothing: those of the artifacts before say the same again and again.
    static CLEAN: Cell<Vec<String>> = const { Cell::new(Vec::new()) };
}

/// Redacts all texts of an artifact's evidence.
pub fn evidence(redactor: &Redactor, evidence: &mut Evidence) -> Counts {
    let is_standard = std::ptr::eq(redactor, Redactor::standard());
    let clean = if is_standard { CLEAN.take() } else { Vec::new() };
    let mut sweep = Sweep::new(redactor, clean);
    let n_cases: usize = evidence.suites.iter().map(|suite| suite.cases().len()).sum();
    if n_cases < MANY {
        evidence.visit(&mut sweep);
    } else {
        // Where there are so many, they are nearly all that there is.
        let mut suites = take(&mut evidence.suites);
        evidence.visit(&mut sweep);
        sweep.suites(&mut suites);
        evidence.suites = suites;
    }
    if is_standard {
        CLEAN.set(sweep.clean);
    }
    sweep.counts
}

struct Sweep<'r> {
    redactor: &'r Redactor,
    counts: Counts,
    /// Texts without secrets, since many are said again and again: classes of tests, descriptions of findings.
    clean: Vec<String>,
    /// What stands before the position in a path without secrets.
    clean_place: String,
}

/// Cases from which on all cores take a part of the suites.
const MANY: usize = 8 * 1024;

/// Suites that a core takes at once.
const PART: usize = 256;

/// How many texts are remembered.
const SLOTS: usize = 64;

/// Longer texts are not remembered.
const MAX_SAME: usize = 1024;

impl<'r> Sweep<'r> {
    fn new(redactor: &'r Redactor, mut clean: Vec<String>) -> Sweep<'r> {
        clean.resize(SLOTS, String::new());
        Sweep { redactor, counts: Counts::default(), clean, clean_place: String::new() }
    }

    /// Redacts the texts of suites, on all cores.
    fn suites(&mut self, suites: &mut [Suite]) {
        let parts = Mutex::new(suites.chunks_mut(PART));
        let next = || parts.lock().unwrap_or_else(PoisonError::into_inner).next();
        let work = |sweep: &mut Sweep<'_>| {
            iter::from_fn(next).flatten().for_each(|suite| suite.visit(sweep));
        };
        thread::scope(|scope| {
            let helper = || {
                let mut sweep = Sweep::new(self.redactor, Vec::new());
                work(&mut sweep);
                sweep.counts
            };
            let others: Vec<_> = (1..cores().get()).map(|_| scope.spawn(helper)).collect();
            work(self);
            for other in others {
                self.counts.add(&other.join().unwrap_or_else(|panic| resume_unwind(panic)));
            }
        });
    }

    /// Where a text is remembered, by its length and both of its ends.
    fn slot(text: &str) -> usize {
        let ends = match text.as_bytes() {
            [first, .., last] => usize::from(*first) * 3 + usize::from(*last) * 5,
            _ => 0,
        };
        (text.len() + ends) % SLOTS
    }

    /// Whether a path is one without secrets but for its position.
    fn is_clean_place(&self, path: &str) -> bool {
        let position = path.strip_prefix(self.clean_place.as_str());
        !self.clean_place.is_empty()
            && position.is_some_and(|rest| rest.len() <= MIN_KEY && rest.bytes().all(is_of_position))
    }
}

/// Shorter keys in a pointer hold no secret; indices are among them.
const MIN_KEY: usize = 8;

/// What stands before the position at the end of a path, `/testsuites/testsuite[2]/testcase[`; `None` where the last key
/// may not be plain whatever its position is.
fn stem(path: &str) -> Option<&str> {
    let stem = path.trim_end_matches(|c: char| c.is_ascii() && is_of_position(c as u8));
    let last = stem.rsplit('/').next().unwrap_or_default();
    let is_plain = last.len() <= MIN_KEY + 2 && last.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'[');
    (is_plain && path.len() - stem.len() <= MIN_KEY).then_some(stem)
}

fn is_of_position(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == b']'
}

impl Texts for Sweep<'_> {
    fn text(&mut self, text: &mut String) {
        if self.redactor.is_name(text) {
            return;
        }
        let clean = &mut self.clean[Self::slot(text)];
        if clean == text {
            return;
        }
        match self.redactor.redact(text, &mut self.counts) {
            Cow::Owned(masked) => *text = masked,
            Cow::Borrowed(_) if text.len() <= MAX_SAME => clean.clone_from(text),
            Cow::Borrowed(_) => {}
        }
    }

    fn pair(&mut self, label: &mut String, value: &mut String) {
        let joined = format!("{label}: {value}");
        let mut counts = Counts::default();
        if let Cow::Owned(masked) = self.redactor.redact(&joined, &mut counts)
            && let Some(masked) = masked.strip_prefix(label.as_str()).and_then(|rest| rest.strip_prefix(": "))
        {
            *value = masked.to_owned();
            self.counts.add(&counts);
            return;
        }
        self.text(label);
        self.text(value);
    }

    /// Key by key, since a path as a whole looks like base64.
    fn place(&mut self, pointer: &mut Pointer) {
        let path = pointer.as_path();
        if self.is_clean_place(path) {
            return;
        }
        let stem = stem(path).filter(|_| !self.redactor.has_own());
        let is_clean = |key: &str| key.len() < MIN_KEY || self.redactor.is_plain(key);
        if self.redactor.is_plain(path) || path.split('/').all(is_clean) {
            stem.unwrap_or_default().clone_into(&mut self.clean_place);
            return;
        }
        let mut is_masked = false;
        let keys: Vec<Cow<'_, str>> = (path.split('/'))
            .map(|key| {
                if is_clean(key) {
                    return Cow::Borrowed(key);
                }
                let plain = match key.contains('~') {
                    true => Cow::Owned(key.replace("~1", "/").replace("~0", "~")),
                    false => Cow::Borrowed(key),
                };
                match self.redactor.redact(&plain, &mut self.counts) {
                    Cow::Borrowed(_) => Cow::Borrowed(key),
                    Cow::Owned(masked) => {
                        is_masked = true;
                        Cow::Owned(masked.replace('~', "~0").replace('/', "~1"))
                    }
                }
            })
            .collect();
        if is_masked {
            let path = keys.join("/");
            pointer.set_path(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Outcome, TestCase};

    #[test]
    fn a_label_says_that_its_value_is_secret() {
        let mut case = TestCase::new("login", Outcome::Passed, Pointer::path("/tests/0/name"));
        case.extra().facts = vec![
            ("password".to_owned(), "hunter2-horse".to_owned()),
            ("colour".to_owned(), "hunter2-horse".to_owned()),
        ];
        let mut suite = Suite::new("suite", Pointer::whole());
        suite.push(case);
        let mut read = Evidence { suites: vec![suite], ..Evidence::default() };
        let counts = evidence(Redactor::standard(), &mut read);
        let facts = &read.suites[0].cases()[0].extra.as_ref().expect("there are facts").facts;
        assert_eq!(facts[0], ("password".to_owned(), "[redacted:secret]".to_owned()));
        assert_eq!(facts[1], ("colour".to_owned(), "hunter2-horse".to_owned()));
        assert_eq!(counts.total(), 1);
    }

    #[test]
    fn a_key_in_a_pointer_can_be_a_secret() {
        let token = ["ghp", &"a1B2".repeat(9)].join("_");
        let mut read = Evidence {
            suites: vec![Suite::new("s", Pointer::path(format!("/headers/{token}/assertionResults/0")))],
            ..Evidence::default()
        };
        evidence(Redactor::standard(), &mut read);
        assert_eq!(read.suites[0].pointer.as_path(), "/headers/[redacted:github-token]/assertionResults/0");
    }

    #[test]
    fn many_suites_are_redacted_as_few_are() {
        let token = ["ghp", &"a1B2".repeat(9)].join("_");
        let suites = (0..MANY).map(|number| {
            let mut suite = Suite::new(format!("suite {}", number % 7), Pointer::whole());
            let name = if number % 5 == 0 { &token } else { "is open" };
            suite.push(TestCase::new(name, Outcome::Failed, Pointer::whole()));
            suite
        });
        let mut read = Evidence { suites: suites.collect(), ..Evidence::default() };
        let counts = evidence(Redactor::standard(), &mut read);
        assert_eq!(counts.total(), MANY.div_ceil(5) as u64);
        assert_eq!(read.suites.len(), MANY);
        for (number, suite) in read.suites.iter().enumerate() {
            let expected = if number % 5 == 0 { "[redacted:github-token]" } else { "is open" };
            assert_eq!(
                (suite.name.as_str(), suite.cases()[0].name.as_str()),
                (&*format!("suite {}", number % 7), expected)
            );
        }
    }

    #[test]
    fn a_text_that_was_clean_is_looked_at_again_where_it_differs() {
        let token = ["ghp", &"a1B2".repeat(9)].join("_");
        let texts = ["deploy", "deploy", &token, "deplay", &token, "deploy"];
        let suites = texts.map(|name| Suite::new(name, Pointer::whole())).to_vec();
        let mut read = Evidence { suites, ..Evidence::default() };
        let counts = evidence(Redactor::standard(), &mut read);
        let names: Vec<&str> = read.suites.iter().map(|suite| suite.name.as_str()).collect();
        let mask = "[redacted:github-token]";
        assert_eq!(names, ["deploy", "deploy", mask, "deplay", mask, "deploy"]);
        assert_eq!(counts.total(), 2);
    }
}
