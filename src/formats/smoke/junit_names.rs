//! The names of the test cases of a JUnit artifact: which of them stand twice in their suite.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::DUPLICATE_NAME;
use crate::model::Outcome;
use crate::source::json::shorten;
use crate::source::{Diags, Element};

/// Names of the suites that are open at once which are remembered.
const MAX_NAMES: usize = 1_000_000;
/// Names for which the room of a suite that is closed is used again.
const FEW: usize = 1_000;

const GOOD: u8 = 1;
const BAD: u8 = 2;

/// What is known of the names of all suites.
#[derive(Debug)]
pub(super) struct Names {
    seed: u64,
    /// How many names of open suites are remembered.
    n_open: usize,
    /// The class of the last case, and its hash.
    last_class: (String, u64),
    n_repeated: u64,
    first: Option<Diagnostic>,
    /// The room of a suite that is closed.
    spare: Seen,
}

/// The names in one suite that is open, as hashes, and how the tests of that name ended.
#[derive(Debug, Default)]
pub(super) struct Seen {
    names: HashMap<u64, u8, BuildHasherDefault<AsIs>>,
    /// What is to be said of names that both passed and failed, unless they are attempts of one test.
    clashes: Vec<Diagnostic>,
    n_repeated: u64,
}

impl Seen {
    /// What is to be said of names that both passed and failed.
    pub(super) fn take_clashes(&mut self) -> Vec<Diagnostic> {
        std::mem::take(&mut self.clashes)
    }
}

/// A key that is a hash already.
#[derive(Debug, Default)]
struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = mix(self.0, bytes);
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

impl Default for Names {
    fn default() -> Names {
        // Nobody who writes an artifact knows which names have hashes that are alike.
        let seed = RandomState::new().hash_one(0);
        let last_class = (String::new(), mix(seed ^ 1, b""));
        Names { seed, n_open: 0, last_class, n_repeated: 0, first: None, spare: Seen::default() }
    }
}

impl Names {
    /// For a suite that opens, and claims so many cases.
    pub(super) fn open(&mut self, claimed: u64) -> Seen {
        let mut seen = std::mem::take(&mut self.spare);
        seen.names.reserve(usize::try_from(claimed).map_or(FEW, |claimed| claimed.min(FEW)));
        seen
    }

    /// Forgets the names of a suite, in which nothing follows.
    pub(super) fn close(&mut self, mut seen: Seen) {
        self.n_open -= seen.names.len();
        if seen.names.len() <= FEW {
            seen.names.clear();
            seen.n_repeated = 0;
            self.spare = seen;
        }
    }

    /// Under which key to remember a case, if none of its class and name was seen in its suite before.
    pub(super) fn new_key(&mut self, seen: &Seen, class: Option<&str>, name: &str) -> Option<u64> {
        Some(self.key(class, name)).filter(|key| !seen.names.contains_key(key))
    }

    /// Remembers a case that passed, unless one of its class and name was seen in its suite before.
    pub(super) fn see_new(&mut self, seen: &mut Seen, class: Option<&str>, name: &str) -> bool {
        let key = self.key(class, name);
        if self.n_open >= MAX_NAMES {
            return !seen.names.contains_key(&key);
        }
        let Entry::Vacant(place) = seen.names.entry(key) else { return false };
        place.insert(GOOD);
        self.n_open += 1;
        true
    }

    /// A case of a suite, by its class and name.
    pub(super) fn see(&mut self, seen: &mut Seen, element: &Element, case: (Option<&str>, &str), outcome: Outcome) {
        let (class, name) = case;
        if name.is_empty() {
            return;
        }
        let key = self.key(class, name);
        let is = said(outcome);
        let Some(before) = seen.names.get_mut(&key) else { return self.remember(seen, key, outcome) };
        let both = *before | is;
        if both == GOOD | BAD && *before != both {
            let message = format!("`{}` both passed and failed; each is counted", shorten(name));
            let clash = element.diagnostic(&DUPLICATE_NAME, message);
            match seen.clashes.len() < FEW {
                true => seen.clashes.push(clash),
                false => element.push(clash),
            }
        } else {
            self.n_repeated += 1;
            seen.n_repeated += 1;
            self.first.get_or_insert_with(|| element.diagnostic(&DUPLICATE_NAME, shorten(name)));
        }
        *before = both;
    }

    /// Forgets that names in a suite stand more than once, which are attempts of one test.
    pub(super) fn take_back(&mut self, seen: &Seen) {
        self.n_repeated -= seen.n_repeated.min(self.n_repeated);
        if self.n_repeated == 0 {
            self.first = None;
        }
    }

    /// Remembers a case under its key.
    pub(super) fn remember(&mut self, seen: &mut Seen, key: u64, outcome: Outcome) {
        if self.n_open < MAX_NAMES {
            self.n_open += 1;
            seen.names.insert(key, said(outcome));
        }
    }

    fn key(&mut self, class: Option<&str>, name: &str) -> u64 {
        let Some(class) = class else { return mix(mix(self.seed, b""), name.as_bytes()) };
        let (last, hash) = &mut self.last_class;
        // Most have the class of the one before them.
        if last != class {
            class.clone_into(last);
            *hash = mix(self.seed ^ 1, class.as_bytes());
        }
        mix(*hash, name.as_bytes())
    }

    /// One note for all other names that stand more than once.
    pub(super) fn report(self, diags: &Diags) {
        let Some(mut note) = self.first else { return };
        note.message = match self.n_repeated {
            1 => format!("one test has the name of another one in its suite: `{}`", note.message),
            more => {
                format!("{more} tests have the name of another one in their suite, the first is `{}`", note.message)
            }
        };
        diags.push(note);
    }
}

/// What an outcome says of the name of its case.
fn said(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Failed | Outcome::Errored => BAD,
        Outcome::Passed | Outcome::Warned | Outcome::Info => GOOD,
        Outcome::Skipped => 0,
    }
}

/// Mixes bytes and their number into a hash, eight at a time.
fn mix(hash: u64, bytes: &[u8]) -> u64 {
    let mut hash = fold(hash ^ bytes.len() as u64);
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        hash = fold(hash ^ u64::from_le_bytes(*word));
    }
    let mut last = [0; 8];
    match bytes.last_chunk::<8>() {
        _ if rest.is_empty() => return hash,
        // Some bytes once more cost less than to pick those that are left.
        Some(chunk) => last = *chunk,
        None => last[..rest.len()].copy_from_slice(rest),
    }
    fold(hash ^ u64::from_le_bytes(last))
}

/// Both halves of a product, in which every bit of the factor has its part.
fn fold(word: u64) -> u64 {
    let product = u128::from(word ^ 0x9e37_79b9_7f4a_7c15) * 0xd6e8_feb8_6659_fd93;
    #[expect(clippy::cast_possible_truncation, reason = "the lower half of it")]
    let low = product as u64;
    low ^ (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn hashes_tell_names_apart() {
        let mut names = Names::default();
        let mut keys = HashSet::new();
        let mut n_names = 0;
        for class in [None, Some(""), Some("a"), Some("com.example.shop.Test")] {
            for number in 0..20_000 {
                for name in [format!("{number}"), format!("a_{number}"), format!("checkout_{number}_is_open")] {
                    keys.insert(names.key(class, &name));
                    n_names += 1;
                }
            }
        }
        assert_eq!(keys.len(), n_names);
    }

    #[test]
    fn names_of_a_closed_suite_are_forgotten() {
        let mut names = Names::default();
        let (mut outer, mut inner) = (names.open(2), names.open(u64::MAX));
        assert!(names.see_new(&mut outer, None, "a"));
        assert!(names.see_new(&mut inner, None, "a"));
        assert!(!names.see_new(&mut inner, None, "a"));
        names.close(inner);
        let mut next = names.open(0);
        assert!(names.see_new(&mut next, None, "a"));
        assert!(!names.see_new(&mut outer, None, "a"));
        assert_eq!(names.n_open, 2);
    }
}
