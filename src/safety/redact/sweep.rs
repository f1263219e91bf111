//! Redaction of an artifact as a whole: while it is read, before anything is cut, and of all that was read.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;

use super::{Counts, Redactor};
use crate::model::{Evidence, Pointer, Texts};

thread_local! {
    /// What the artifact that this thread reads is redacted by, and what was masked so far.
    static SCOPE: RefCell<Scope> = RefCell::default();
}

#[derive(Default)]
struct Scope {
    redactor: Option<Arc<Redactor>>,
    counts: Counts,
}

/// Reads one artifact. What [`before_cut`] masks on the way is counted and returned.
pub fn while_reading<T>(redactor: Option<&Arc<Redactor>>, read: impl FnOnce() -> T) -> (T, Counts) {
    let scope = Scope { redactor: redactor.cloned(), counts: Counts::default() };
    let outer = SCOPE.replace(scope);
    let value = read();
    (value, SCOPE.replace(outer).counts)
}

/// A text that is about to be cut, redacted: half of a secret is not recognised any more, and leaks all the same.
///
/// Outside of [`while_reading`] the built-in rules apply.
pub fn before_cut(text: &str) -> Cow<'_, str> {
    SCOPE.with_borrow_mut(|Scope { redactor, counts }| {
        redactor.as_deref().unwrap_or_else(|| Redactor::standard()).redact(text, counts)
    })
}

/// Redacts all texts of an artifact's evidence.
pub fn evidence(redactor: &Redactor, evidence: &mut Evidence) -> Counts {
    let mut sweep = Sweep { redactor, counts: Counts::default() };
    evidence.visit(&mut sweep);
    sweep.counts
}

struct Sweep<'r> {
    redactor: &'r Redactor,
    counts: Counts,
}

/// Shorter keys in a pointer hold no secret; indices are among them.
const MIN_KEY: usize = 8;

impl Texts for Sweep<'_> {
    fn text(&mut self, text: &mut String) {
        if let Cow::Owned(masked) = self.redactor.redact(text, &mut self.counts) {
            *text = masked;
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
        if path.split('/').all(|key| key.len() < MIN_KEY) {
            return;
        }
        let mut is_masked = false;
        let keys: Vec<Cow<'_, str>> = (path.split('/'))
            .map(|key| {
                if key.len() < MIN_KEY {
                    return Cow::Borrowed(key);
                }
                let plain = key.replace("~1", "/").replace("~0", "~");
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
    use crate::model::{Outcome, Suite, TestCase};

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
    fn what_is_cut_is_redacted_by_the_rules_of_the_artifact() {
        let own = Redactor::new(&[("ticket".to_owned(), "TICKET-[0-9]+".to_owned())], &[]).expect("a valid pattern");
        let (text, counts) = while_reading(Some(&Arc::new(own)), || before_cut("see TICKET-4711").into_owned());
        assert_eq!(text, "see [redacted:ticket]");
        assert_eq!(counts.total(), 1);
        assert_eq!(before_cut("see TICKET-4711"), "see TICKET-4711");
    }
}
