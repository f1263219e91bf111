//! Redaction while an artifact is read, before anything of it is cut.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;

use super::{Counts, Redactor};

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_is_redacted_by_the_rules_of_the_artifact() {
        let own = Redactor::new(&[("ticket".to_owned(), "TICKET-[0-9]+".to_owned())], &[]).expect("a valid pattern");
        let (text, counts) = while_reading(Some(&Arc::new(own)), || before_cut("see TICKET-4711").into_owned());
        assert_eq!(text, "see [redacted:ticket]");
        assert_eq!(counts.total(), 1);
        assert_eq!(before_cut("see TICKET-4711"), "see TICKET-4711");
    }
}
