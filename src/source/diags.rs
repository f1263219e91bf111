//! Where readers put their diagnostics.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::diagnostics::codes::FOLDED;
use crate::diagnostics::{Code, Diagnostic};

/// Diagnostics of one code and artifact that are kept; the rest is counted.
const MAX_PER_CODE: u64 = 20;

/// Collects the diagnostics of one artifact. Clones share the same collection.
///
/// See the [example](mod@crate::source#example).
#[derive(Clone, Debug, Default)]
pub struct Diags(Rc<RefCell<Collected>>);

#[derive(Debug, Default)]
struct Collected {
    kept: Vec<Diagnostic>,
    seen: BTreeMap<&'static str, (&'static Code, u64)>,
}

impl Diags {
    /// Adds a diagnostic. Of each code the first few are kept, and how many there were.
    pub fn push(&self, diagnostic: Diagnostic) {
        let mut collected = self.0.borrow_mut();
        let (_, seen) = collected.seen.entry(diagnostic.code.id).or_insert((diagnostic.code, 0));
        *seen += 1;
        if *seen <= MAX_PER_CODE {
            collected.kept.push(diagnostic);
        }
    }

    /// Counts one more of a code of which no more are kept, so that nobody needs to put it together;
    /// false, with nothing done, where there is room for it.
    pub(crate) fn fold(&self, code: &'static Code) -> bool {
        let mut collected = self.0.borrow_mut();
        match collected.seen.get_mut(code.id) {
            Some((_, seen)) if *seen >= MAX_PER_CODE => {
                *seen += 1;
                true
            }
            _ => false,
        }
    }

    /// How many diagnostics there are of all codes.
    pub fn count(&self) -> u64 {
        self.0.borrow().seen.values().map(|(_, count)| count).sum()
    }

    /// Whether the same was reported before.
    pub fn has(&self, diagnostic: &Diagnostic) -> bool {
        self.0.borrow().kept.iter().any(|kept| kept.code == diagnostic.code && kept.message == diagnostic.message)
    }

    /// Takes out what was collected, with a note for each code of which not all were kept.
    pub fn take(&self) -> Vec<Diagnostic> {
        let mut collected = std::mem::take(&mut *self.0.borrow_mut());
        for (code, count) in collected.seen.values() {
            if *count > MAX_PER_CODE {
                let more = count - MAX_PER_CODE;
                collected.kept.push(Diagnostic::new(&FOLDED, format!("{more} more of `{}` are not listed", code.id)));
            }
        }
        collected.kept
    }
}
