//! What tells whether two artifacts speak of the same test, while nobody learns what they say of it.
//!
//! Attempts of one test stand in artifacts of their own (Allure) and are put together by what they call it, which may
//! hold secrets. After masking two tests may have the same words, so the original words are compared: by a digest whose
//! key is known to this process alone, so that nobody can guess what it was made of. It is never written; a bundle has
//! numbers instead.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

static KEYS: LazyLock<[RandomState; 2]> = LazyLock::new(|| [RandomState::new(), RandomState::new()]);

/// A digest of what a test is called at a place, for this process alone.
pub(crate) fn digest(place: &str, called: &str) -> String {
    KEYS.iter().map(|key| format!("{:016x}", key.hash_one((place, called)))).collect()
}

/// Makes numbers of identities, the same one for those that are the same.
pub(crate) fn number<'i>(identities: impl Iterator<Item = &'i mut String>) {
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for identity in identities {
        let next = known.len() + 1;
        let number = *known.entry(std::mem::take(identity)).or_insert(next);
        *identity = number.to_string();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_the_same_and_nothing_else() {
        assert_eq!(digest("a", "login host=10.0.0.5"), digest("a", "login host=10.0.0.5"));
        assert_ne!(digest("a", "login host=10.0.0.5"), digest("a", "login host=10.0.0.6"));
        assert_ne!(digest("a", "b"), digest("ab", ""));
        let mut identities = ["x", "y", "x"].map(str::to_owned);
        number(identities.iter_mut());
        assert_eq!(identities, ["1", "2", "1"]);
    }
}
