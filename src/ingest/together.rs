//! Several threads at one list of items, some items at a time: what all of those came to is known before the next ones are
//! begun, whichever thread is first.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::model::order::sort_by_key;
use crate::source::keep_memory;

/// Makes something of each item on so many threads, of which this is one; `at_once` items together.
///
/// `work` is given what `state` was when the first of them was begun, and `take` is given what they came to, in their
/// order.
pub fn each<T: Sync, S: Copy + Send, R: Send>(
    threads: usize,
    (items, at_once): (&[T], usize),
    mut state: S,
    work: impl Fn(&T, S) -> R + Sync,
    mut take: impl FnMut(Vec<R>, &mut S),
) {
    let open = Open { items: &[], state, next: 0, begun: 0, made: Vec::new(), panic: None, ends: false };
    let jobs = Jobs { open: Mutex::new(open), change: Condvar::new(), work: &work };
    thread::scope(|scope| {
        // However this ends, the others end too.
        let _ends = Ends(&jobs);
        for _ in 1..threads.min(at_once).min(items.len()) {
            scope.spawn(|| {
                keep_memory();
                jobs.help();
            });
        }
        for some in items.chunks(at_once) {
            let made = jobs.make(some, state);
            take(made, &mut state);
        }
    });
}

/// The items that are worked on together, as all threads see them.
struct Jobs<'w, 'i, T, S, R> {
    open: Mutex<Open<'i, T, S, R>>,
    /// There are new items, all are made, or the work ends.
    change: Condvar,
    work: &'w (dyn Fn(&T, S) -> R + Sync),
}

struct Open<'i, T, S, R> {
    items: &'i [T],
    state: S,
    /// The first item that nobody has begun.
    next: usize,
    /// How many were begun and are not made.
    begun: usize,
    made: Vec<(usize, R)>,
    panic: Option<Box<dyn Any + Send>>,
    ends: bool,
}

impl<'i, T, S: Copy, R> Jobs<'_, 'i, T, S, R> {
    /// What these items come to.
    fn make(&self, items: &'i [T], state: S) -> Vec<R> {
        let mut open = self.open();
        (open.items, open.state, open.next) = (items, state, 0);
        self.change.notify_all();
        open = self.work_off(open);
        open = self.change.wait_while(open, |open| open.begun > 0).unwrap_or_else(PoisonError::into_inner);
        if let Some(panic) = open.panic.take() {
            drop(open);
            resume_unwind(panic);
        }
        let mut made = std::mem::take(&mut open.made);
        drop(open);
        sort_by_key(&mut made, |(index, _)| *index);
        made.into_iter().map(|(_, result)| result).collect()
    }

    /// Helps as long as there may be new items.
    fn help(&self) {
        let mut open = self.open();
        while !open.ends {
            open = self.work_off(open);
            let is_idle = |open: &mut Open<'i, T, S, R>| !open.ends && open.next >= open.items.len();
            open = self.change.wait_while(open, is_idle).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Makes items until all are begun.
    fn work_off<'g>(&'g self, mut open: MutexGuard<'g, Open<'i, T, S, R>>) -> MutexGuard<'g, Open<'i, T, S, R>> {
        while let Some(item) = open.items.get(open.next) {
            let (index, state) = (open.next, open.state);
            (open.next, open.begun) = (index + 1, open.begun + 1);
            drop(open);
            let result = catch_unwind(AssertUnwindSafe(|| (self.work)(item, state)));
            open = self.open();
            open.begun -= 1;
            match result {
                Ok(made) => open.made.push((index, made)),
                Err(panic) => open.panic = Some(panic),
            }
            if open.begun == 0 {
                self.change.notify_all();
            }
        }
        open
    }

    fn open(&self) -> MutexGuard<'_, Open<'i, T, S, R>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the work when it goes out of scope.
struct Ends<'j, 'w, 'i, T, S: Copy, R>(&'j Jobs<'w, 'i, T, S, R>);

impl<T, S: Copy, R> Drop for Ends<'_, '_, '_, T, S, R> {
    fn drop(&mut self) {
        self.0.open().ends = true;
        self.0.change.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_made_once_and_in_order_whoever_makes_it() {
        let items: Vec<u64> = (0..1_000).collect();
        for threads in [1, 2, 5] {
            for at_once in [1, 7, 1_000, 2_000] {
                let mut all = Vec::new();
                each(
                    threads,
                    (&items, at_once),
                    0,
                    |item, before: u64| (*item, before),
                    |made, before| {
                        *before += made.len() as u64;
                        all.extend(made);
                    },
                );
                let first = |item: u64| item - item % at_once as u64;
                let expected: Vec<_> = items.iter().map(|item| (*item, first(*item))).collect();
                assert_eq!(all, expected, "{threads} threads, {at_once} at once");
            }
        }
        each(2, (&[] as &[u64], 5), (), |_, ()| (), |_, ()| panic!("there is nothing to take"));
    }

    #[test]
    fn a_panic_is_passed_on_and_ends_the_others() {
        let items: Vec<u32> = (0..100).collect();
        for threads in [1, 3] {
            let work = |item: &u32, ()| assert_ne!(*item, 57, "made to fail");
            let result = catch_unwind(|| each(threads, (&items, 10), (), work, |_, ()| {}));
            let panic = result.expect_err("it panics");
            let said = panic.downcast_ref::<String>().expect("it says why");
            assert!(said.contains("made to fail"), "{said}");
        }
    }
}
