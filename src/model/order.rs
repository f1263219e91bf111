//! Sorting, compiled once.
//!
//! `slice::sort_by` and its kin are compiled for every type and every comparison: about five kilobytes each, and there
//! are dozens of short lists that are sorted once. Where a list is long and its elements are small, `slice` is faster.

use std::cmp::Ordering;

/// Sorts as `slice::sort_by` does: equal elements keep their order.
pub(crate) fn sort_by<T>(items: &mut [T], mut compare: impl FnMut(&T, &T) -> Ordering) {
    let order = order(items.len(), &mut |a, b| compare(&items[a], &items[b]));
    bring(items, order);
}

/// Sorts as `slice::sort_by_key` does.
pub(crate) fn sort_by_key<T, K: Ord>(items: &mut [T], mut key: impl FnMut(&T) -> K) {
    sort_by(items, |a, b| key(a).cmp(&key(b)));
}

/// Sorts as `slice::sort_by_cached_key` does: each key is made once.
pub(crate) fn sort_by_cached_key<T, K: Ord>(items: &mut [T], key: impl FnMut(&T) -> K) {
    let keys: Vec<K> = items.iter().map(key).collect();
    let order = order(keys.len(), &mut |a, b| keys[a].cmp(&keys[b]));
    bring(items, order);
}

/// The indices of elements in the order in which these belong.
fn order(count: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|a, b| compare(*a, *b));
    order
}

/// Brings each element to its place, along the cycles of a permutation.
fn bring<T>(items: &mut [T], mut order: Vec<usize>) {
    for start in 0..order.len() {
        let mut at = start;
        while order[at] != start {
            let from = std::mem::replace(&mut order[at], at);
            items.swap(at, from);
            at = from;
        }
        order[at] = at;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{sort_by, sort_by_cached_key, sort_by_key};

    proptest! {
        #[test]
        fn the_order_is_that_of_slices(items in prop::collection::vec((0u8..6, any::<u16>()), 0..60)) {
            let mut expected = items.clone();
            expected.sort_by_key(|(key, _)| *key);
            let mut sorted = [items.clone(), items.clone(), items];
            sort_by(&mut sorted[0], |a, b| a.0.cmp(&b.0));
            sort_by_key(&mut sorted[1], |(key, _)| *key);
            sort_by_cached_key(&mut sorted[2], |(key, _)| key.to_string());
            for sorted in sorted {
                prop_assert_eq!(&sorted, &expected);
            }
        }
    }
}
