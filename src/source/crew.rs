//! Threads that scan the blocks of one stream and hash them.
//!
//! There are as many of them as cores, the one that reads and tells among them, and each does what is there to do: none
//! waits while there is a block to scan or to hash. The one that reads takes the block that it read first, and scans it
//! while it tells it, so that each line is in its cache; the others take the last one.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;

use super::Stop;
use super::hashing::Hashes;
use crate::diagnostics::codes::INTERNAL;

/// How many threads can run at once. It is asked for once: the answer stands in several files.
pub fn cores() -> NonZeroUsize {
    static CORES: OnceLock<NonZeroUsize> = OnceLock::new();
    *CORES.get_or_init(|| thread::available_parallelism().unwrap_or(NonZeroUsize::MIN))
}

/// Bytes of a block that no artifact's buffers and no report exceed as a rule.
const LARGE: usize = 8 * 1024 * 1024;

/// Lets this thread keep the memory that it frees for what comes next.
///
/// The allocator of glibc gives back to the system what is larger than any block that was freed before, and fetches
/// memory for a thread page by page. It learns here how much that will be, and not after the memory of many artifacts
/// was fetched anew. Nothing is touched.
pub fn keep_memory() {
    drop(std::hint::black_box(Vec::<u8>::with_capacity(LARGE)));
}

/// Blocks for each thread that are read ahead.
const AHEAD: usize = 4;

/// The threads, as the one sees them that reads.
pub(super) struct Crew<'c, B> {
    hashes: &'c Hashes,
    scan: &'c (dyn Fn(&mut B) + Sync),
    /// How many there are beside the one that reads.
    helpers: usize,
    state: Mutex<State<B>>,
    /// A block was put, or scanned; or the work ends.
    change: Condvar,
}

struct State<B> {
    /// The blocks that were put and not taken back, in their order.
    blocks: VecDeque<Place<B>>,
    /// How many blocks stood before the first of them.
    before: usize,
    ends: bool,
    failed: bool,
}

enum Place<B> {
    New(B),
    /// Some thread has it.
    Away,
    Scanned(B),
}

/// Calls `work` with so many threads to help it, which scan what it puts and hash what waits in `hashes`.
pub(super) fn with<B: Send, R>(
    helpers: usize,
    hashes: &Hashes,
    scan: &(dyn Fn(&mut B) + Sync),
    work: impl FnOnce(&Crew<'_, B>) -> R,
) -> R {
    let state = State { blocks: VecDeque::new(), before: 0, ends: false, failed: false };
    let crew = Crew { hashes, scan, helpers, state: Mutex::new(state), change: Condvar::new() };
    thread::scope(|scope| {
        for _ in 0..helpers {
            scope.spawn(|| crew.help());
        }
        // However the work ends, the others end too.
        let _ends = Ends(&crew);
        work(&crew)
    })
}

struct Ends<'e, 'c, B>(&'e Crew<'c, B>);

impl<B> Drop for Ends<'_, '_, B> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.ends = true;
        state.failed |= thread::panicking();
        self.0.change.notify_all();
    }
}

impl<B> Crew<'_, B> {
    /// Whether another block should be put, so that nobody runs out of work; no more are put than may be in memory.
    pub fn wants_more(&self) -> bool {
        let state = self.state();
        let new = state.blocks.iter().filter(|place| matches!(place, Place::New(_))).count();
        new <= self.helpers && state.blocks.len() < (self.helpers + 1) * AHEAD
    }

    /// Gives the threads a block to scan.
    pub fn put(&self, block: B) {
        self.state().blocks.push_back(Place::New(block));
        self.change.notify_one();
    }

    /// The first of the blocks that were put, scanned where another thread has done so; `None` where none is left.
    ///
    /// # Errors
    /// A thread has failed.
    pub fn next(&self) -> Option<Result<B, Stop>> {
        let mut state = self.state();
        loop {
            if state.failed {
                return Some(Err(Stop::new(&INTERNAL, "a thread that scans has failed")));
            }
            if let Place::New(_) | Place::Scanned(_) = state.blocks.front()? {
                let Some(Place::New(block) | Place::Scanned(block)) = state.blocks.pop_front() else { return None };
                state.before += 1;
                return Some(Ok(block));
            }
            // Another thread has it.
            state = match state.blocks.iter().position(|place| matches!(place, Place::New(_))) {
                Some(index) => self.scan(state, index),
                None => {
                    drop(state);
                    let helped = self.hashes.help();
                    let state = self.state();
                    let is_away =
                        |state: &mut State<B>| !state.failed && matches!(state.blocks.front(), Some(Place::Away));
                    match helped {
                        true => state,
                        false => self.change.wait_while(state, is_away).unwrap_or_else(PoisonError::into_inner),
                    }
                }
            };
        }
    }

    /// All blocks that were put and not taken back.
    ///
    /// # Errors
    /// A thread has failed.
    pub fn rest(&self) -> Result<Vec<B>, Stop> {
        std::iter::from_fn(|| self.next()).collect()
    }

    /// What the others do.
    fn help(&self) {
        // Only a panic ends this before the work does.
        let _ends = Ends(self);
        let mut state = self.state();
        while !state.ends {
            if self.hashes.is_needed() {
                drop(state);
                let helped = self.hashes.help();
                state = self.state();
                if helped {
                    continue;
                }
            }
            state = match state.blocks.iter().rposition(|place| matches!(place, Place::New(_))) {
                Some(index) => self.scan(state, index),
                None => self.change.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// Scans a block that is new.
    fn scan<'s>(&'s self, mut state: MutexGuard<'s, State<B>>, index: usize) -> MutexGuard<'s, State<B>> {
        let number = state.before + index;
        let Some(Place::New(mut block)) =
            state.blocks.get_mut(index).map(|place| std::mem::replace(place, Place::Away))
        else {
            return state;
        };
        drop(state);
        (self.scan)(&mut block);
        state = self.state();
        let index = number - state.before;
        if let Some(place) = state.blocks.get_mut(index) {
            *place = Place::Scanned(block);
        }
        self.change.notify_all();
        state
    }

    fn state(&self) -> MutexGuard<'_, State<B>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Arc;

    use sha2::{Digest, Sha256};

    use super::*;
    use crate::source::hashing::{Feed, Hashing};

    /// Tells numbers as they come back; the one of a block may be scanned by another thread, else it is now.
    fn tell(helpers: usize, fails_at: Option<u64>, told: &mut Vec<u64>) -> Result<(), Stop> {
        let hashes = Hashes::default();
        let scan = |(number, is_scanned): &mut (u64, bool)| {
            assert_ne!(fails_at, Some(*number), "as the test wants it");
            assert!(!std::mem::replace(is_scanned, true), "no block is scanned twice");
        };
        with(helpers, &hashes, &scan, |crew| {
            let mut numbers = 0..500;
            loop {
                if crew.wants_more()
                    && let Some(number) = numbers.next()
                {
                    crew.put((number, false));
                } else if let Some(block) = crew.next() {
                    let mut block = block?;
                    if !block.1 {
                        scan(&mut block);
                    }
                    told.push(block.0);
                    if told.len() == 450 {
                        told.extend(crew.rest()?.into_iter().map(|(number, _)| number));
                    }
                } else {
                    return Ok(());
                }
            }
        })
    }

    #[test]
    fn blocks_come_back_in_their_order() {
        for helpers in 0..6 {
            let mut told = Vec::new();
            tell(helpers, None, &mut told).expect("none fails");
            assert!(told.iter().copied().eq(0..500), "{helpers}: {told:?}");
        }
    }

    #[test]
    fn whoever_has_time_hashes() {
        let bytes: Vec<u8> = (0..13_000_003_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let expected = (Sha256::digest(&bytes), bytes.len() as u64);
        let zeros = |block: &Arc<Vec<u8>>| block.iter().filter(|byte| **byte == 0).count();
        for helpers in [0, 1, 2, 5] {
            let mut hashing = Hashing::new(&bytes[..]);
            let hashes = hashing.hashes().expect("nothing was hashed yet");
            let scan = |(block, counted): &mut (Arc<Vec<u8>>, Option<usize>)| *counted = Some(zeros(block));
            let counted: usize = with(helpers, &hashes, &scan, |crew| {
                let mut counted = 0;
                loop {
                    if crew.wants_more() {
                        let block = hashing.block().expect("memory can be read");
                        if !block.is_empty() {
                            crew.put((block, None));
                            continue;
                        }
                    }
                    let Some(block) = crew.next() else { return counted };
                    let (block, before) = block.expect("none fails");
                    counted += before.unwrap_or_else(|| zeros(&block));
                }
            });
            assert_eq!(counted, bytes.iter().filter(|byte| **byte == 0).count());
            let (hasher, length) = hashing.finish().expect("all can be hashed");
            assert_eq!((hasher.finalize(), length), expected, "{helpers}");
        }
    }

    #[test]
    fn a_thread_that_fails_lets_nobody_wait() {
        for helpers in 0..6 {
            for at in [0, 1, 7, 300] {
                let mut told = Vec::new();
                let result = catch_unwind(AssertUnwindSafe(|| tell(helpers, Some(at), &mut told)));
                assert!(!matches!(result, Ok(Ok(()))), "{helpers}, {at}");
                assert!(told.len() as u64 <= at);
            }
        }
    }
}
