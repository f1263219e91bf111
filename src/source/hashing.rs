//! SHA-256 over what is read; of large artifacts on a thread of its own, or by those that scan the same blocks.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{JoinHandle, spawn};

use sha2::{Digest, Sha256};

use super::crew::cores;
use super::fill;

/// Bytes that are handed to the thread at once.
const BLOCK: usize = 1024 * 1024;
/// Blocks that may wait for the thread.
const WAITING: usize = 4;
/// Bytes that are hashed before a thread is worth its start.
const SMALL: u64 = 1024 * 1024;

/// Bytes of a block that is shared.
const SHARED: usize = 1024 * 1024;

/// What formats read from: bytes, or blocks that several look at, so that nobody copies them.
pub(super) trait Feed: Read {
    /// The next bytes: as many as a block holds, or all that are left; none at the end.
    fn block(&mut self) -> io::Result<Arc<Vec<u8>>>;

    /// From now on blocks wait until somebody hashes them: whoever has time, and the reader where too many wait.
    ///
    /// # Errors
    /// The thread that has hashed so far has failed.
    fn hashes(&mut self) -> io::Result<Arc<Hashes>>;
}

impl<F: Feed + ?Sized> Feed for &mut F {
    fn block(&mut self) -> io::Result<Arc<Vec<u8>>> {
        (**self).block()
    }

    fn hashes(&mut self) -> io::Result<Arc<Hashes>> {
        (**self).hashes()
    }
}

/// Blocks that are to be hashed, in their order, by whichever thread has time.
#[derive(Default)]
pub(super) struct Hashes {
    waiting: Mutex<VecDeque<Arc<Vec<u8>>>>,
    /// There is room for another block.
    room: Condvar,
    hasher: Mutex<Sha256>,
}

impl Hashes {
    /// Hashes the next block; false where there is none, or where another thread is at it.
    pub fn help(&self) -> bool {
        let Ok(mut hasher) = self.hasher.try_lock() else { return false };
        let Some(block) = self.waiting().pop_front() else { return false };
        self.room.notify_one();
        hasher.update(&*block);
        true
    }

    /// Whether a block waits.
    pub fn is_needed(&self) -> bool {
        !self.waiting().is_empty()
    }

    fn push(&self, block: Arc<Vec<u8>>) {
        let is_full = |waiting: &mut VecDeque<_>| waiting.len() >= WAITING;
        while is_full(&mut self.waiting()) {
            if !self.help() {
                drop(self.room.wait_while(self.waiting(), is_full));
            }
        }
        self.waiting().push_back(block);
    }

    /// Hashes all that waits.
    fn finish(&self) -> Sha256 {
        let mut hasher = self.hasher.lock().unwrap_or_else(PoisonError::into_inner);
        for block in self.waiting().drain(..) {
            hasher.update(&*block);
        }
        std::mem::take(&mut *hasher)
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Arc<Vec<u8>>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A reader that hashes what goes through it.
pub(super) struct Hashing<R> {
    inner: R,
    /// Whether its end was met, behind which nobody asks the operating system again.
    ended: bool,
    work: Work,
    bytes: u64,
    /// Blocks that were given away, in this order; each is filled again once nobody looks at it any more.
    given: VecDeque<Arc<Vec<u8>>>,
}

enum Work {
    Here(Sha256),
    There(Apart),
    Anywhere(Arc<Hashes>),
}

struct Apart {
    block: Vec<u8>,
    full: SyncSender<Vec<u8>>,
    empty: Receiver<Vec<u8>>,
    thread: JoinHandle<Sha256>,
}

impl<R: Read> Hashing<R> {
    pub fn new(inner: R) -> Hashing<R> {
        Hashing { inner, ended: false, work: Work::Here(Sha256::new()), bytes: 0, given: VecDeque::new() }
    }

    /// Hashes bytes: on a thread of its own once that is worth its start.
    fn hash(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        if let Work::Here(hasher) = &mut self.work
            && self.bytes >= SMALL
            && cores().get() > 1
        {
            self.work = Work::There(Apart::start(std::mem::take(hasher)));
        }
        self.bytes += bytes.len() as u64;
        match &mut self.work {
            Work::Here(hasher) => hasher.update(bytes),
            Work::There(apart) => apart.update(bytes)?,
            // Nobody looks at blocks any more.
            Work::Anywhere(hashes) => {
                let mut hasher = hashes.finish();
                hasher.update(bytes);
                self.work = Work::Here(hasher);
            }
        }
        Ok(())
    }

    /// The digest and the number of bytes of all that was read.
    pub fn finish(self) -> io::Result<(Sha256, u64)> {
        Ok((self.work.finish()?, self.bytes))
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.ended {
            return Ok(0);
        }
        let count = self.inner.read(buffer)?;
        self.ended = count == 0 && !buffer.is_empty();
        self.hash(&buffer[..count])?;
        Ok(count)
    }
}

impl<R: Read> Feed for Hashing<R> {
    fn block(&mut self) -> io::Result<Arc<Vec<u8>>> {
        let is_free = self.given.front_mut().is_some_and(|block| Arc::get_mut(block).is_some());
        let mut block = if is_free { self.given.pop_front() } else { None }.unwrap_or_default();
        if let Some(bytes) = Arc::get_mut(&mut block) {
            // What it held before is overwritten.
            bytes.resize(SHARED, 0);
            let filled = fill(&mut self.inner, bytes)?;
            bytes.truncate(filled);
        }
        match &self.work {
            Work::Anywhere(hashes) if !block.is_empty() => {
                hashes.push(block.clone());
                self.bytes += block.len() as u64;
            }
            _ => self.hash(&block)?,
        }
        self.given.push_back(block.clone());
        Ok(block)
    }

    fn hashes(&mut self) -> io::Result<Arc<Hashes>> {
        if let Work::Anywhere(hashes) = &self.work {
            return Ok(hashes.clone());
        }
        let hasher = std::mem::replace(&mut self.work, Work::Here(Sha256::new())).finish()?;
        let hashes = Arc::new(Hashes { hasher: Mutex::new(hasher), ..Hashes::default() });
        self.work = Work::Anywhere(hashes.clone());
        Ok(hashes)
    }
}

impl Work {
    fn finish(self) -> io::Result<Sha256> {
        match self {
            Work::Here(hasher) => Ok(hasher),
            Work::There(apart) => apart.finish(),
            Work::Anywhere(hashes) => Ok(hashes.finish()),
        }
    }
}

impl Apart {
    fn start(mut hasher: Sha256) -> Apart {
        let (full, blocks) = sync_channel::<Vec<u8>>(WAITING);
        let (back, empty) = channel();
        let thread = spawn(move || {
            for mut block in blocks {
                hasher.update(&block);
                block.clear();
                // Nobody may want it any more at the end.
                let _ = back.send(block);
            }
            hasher
        });
        Apart { block: Vec::new(), full, empty, thread }
    }

    fn update(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(BLOCK - self.block.len()));
            self.block.extend_from_slice(now);
            bytes = later;
            if self.block.len() == BLOCK {
                let next = self.empty.try_recv().unwrap_or_else(|_| Vec::with_capacity(BLOCK));
                let block = std::mem::replace(&mut self.block, next);
                self.full.send(block).map_err(|_| failed())?;
            }
        }
        Ok(())
    }

    fn finish(self) -> io::Result<Sha256> {
        self.full.send(self.block).map_err(|_| failed())?;
        drop(self.full);
        self.thread.join().map_err(|_| failed())
    }
}

fn failed() -> io::Error {
    io::Error::other("the thread that hashes has failed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_hashes_computes_the_same_digest() {
        let bytes: Vec<u8> = (0..7_000_003u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let mut hashing = Hashing::new(&bytes[..]);
        let mut block = vec![0; 77_777];
        let mut seen = Vec::new();
        // Some of it goes through as bytes and some in blocks, and blocks are kept for a while or let go at once.
        let mut kept = VecDeque::new();
        let mut is_apart = false;
        for round in 0.. {
            let count = hashing.read(&mut block).expect("reads");
            seen.extend_from_slice(&block[..count]);
            is_apart |= matches!(hashing.work, Work::There(_));
            // Some blocks wait for whoever hashes them.
            if round % 2 == 0 {
                hashing.hashes().expect("the hash so far").help();
            }
            let shared = hashing.block().expect("reads");
            seen.extend_from_slice(&shared);
            if count == 0 && shared.is_empty() {
                break;
            }
            kept.push_back(shared);
            if round % 3 == 0 {
                kept.clear();
            }
        }
        assert!(seen == bytes, "what is read is what is there");
        assert!(cores().get() == 1 || is_apart);
        let (hasher, count) = hashing.finish().expect("hashes");
        assert_eq!((hasher.finalize(), count), (Sha256::digest(&bytes), bytes.len() as u64));
    }
}
