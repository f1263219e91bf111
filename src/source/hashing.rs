//! SHA-256 over what is read; of large artifacts on a thread of its own.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::{JoinHandle, available_parallelism, spawn};

use sha2::{Digest, Sha256};

use super::fill;

/// Bytes that are handed to the thread at once.
const BLOCK: usize = 256 * 1024;
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
}

impl<F: Feed + ?Sized> Feed for &mut F {
    fn block(&mut self) -> io::Result<Arc<Vec<u8>>> {
        (**self).block()
    }
}

/// A reader that hashes what goes through it.
pub(super) struct Hashing<R> {
    inner: R,
    work: Work,
    bytes: u64,
    /// Blocks that were given away, in this order; each is filled again once nobody looks at it any more.
    given: VecDeque<Arc<Vec<u8>>>,
}

enum Work {
    Here(Sha256),
    There(Apart),
}

struct Apart {
    block: Vec<u8>,
    full: SyncSender<Piece>,
    empty: Receiver<Vec<u8>>,
    thread: JoinHandle<Sha256>,
}

/// What the thread hashes next.
enum Piece {
    Own(Vec<u8>),
    Shared(Arc<Vec<u8>>),
}

impl<R: Read> Hashing<R> {
    pub fn new(inner: R) -> Hashing<R> {
        Hashing { inner, work: Work::Here(Sha256::new()), bytes: 0, given: VecDeque::new() }
    }

    /// Where the hash is computed: on a thread of its own once that is worth its start.
    fn work(&mut self) -> &mut Work {
        if let Work::Here(hasher) = &mut self.work
            && self.bytes >= SMALL
            && available_parallelism().map_or(1, usize::from) > 1
        {
            self.work = Work::There(Apart::start(std::mem::take(hasher)));
        }
        &mut self.work
    }

    /// The digest and the number of bytes of all that was read.
    pub fn finish(self) -> io::Result<(Sha256, u64)> {
        let hasher = match self.work {
            Work::Here(hasher) => hasher,
            Work::There(apart) => apart.finish()?,
        };
        Ok((hasher, self.bytes))
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let read = &buffer[..count];
        match self.work() {
            Work::Here(hasher) => hasher.update(read),
            Work::There(apart) => apart.update(read)?,
        }
        self.bytes += count as u64;
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
        if !block.is_empty() {
            match self.work() {
                Work::Here(hasher) => hasher.update(&*block),
                Work::There(apart) => apart.share(block.clone())?,
            }
            self.bytes += block.len() as u64;
        }
        self.given.push_back(block.clone());
        Ok(block)
    }
}

impl Apart {
    fn start(mut hasher: Sha256) -> Apart {
        let (full, pieces) = sync_channel::<Piece>(WAITING);
        let (back, empty) = channel();
        let thread = spawn(move || {
            for piece in pieces {
                match piece {
                    Piece::Own(mut block) => {
                        hasher.update(&block);
                        block.clear();
                        // Nobody may want it any more at the end.
                        let _ = back.send(block);
                    }
                    Piece::Shared(block) => hasher.update(&*block),
                }
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
                self.send_own()?;
            }
        }
        Ok(())
    }

    /// Hashes a block that others look at too.
    fn share(&mut self, block: Arc<Vec<u8>>) -> io::Result<()> {
        if !self.block.is_empty() {
            self.send_own()?;
        }
        self.full.send(Piece::Shared(block)).map_err(|_| failed())
    }

    fn send_own(&mut self) -> io::Result<()> {
        let next = self.empty.try_recv().unwrap_or_else(|_| Vec::with_capacity(BLOCK));
        let block = std::mem::replace(&mut self.block, next);
        self.full.send(Piece::Own(block)).map_err(|_| failed())
    }

    fn finish(self) -> io::Result<Sha256> {
        self.full.send(Piece::Own(self.block)).map_err(|_| failed())?;
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
    fn a_thread_computes_the_same_digest() {
        let bytes: Vec<u8> = (0..7_000_003u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let mut hashing = Hashing::new(&bytes[..]);
        let mut block = vec![0; 77_777];
        let mut seen = Vec::new();
        // Some of it goes through as bytes and some in blocks, and blocks are kept for a while or let go at once.
        let mut kept = VecDeque::new();
        for round in 0.. {
            let count = hashing.read(&mut block).expect("reads");
            seen.extend_from_slice(&block[..count]);
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
        assert!(available_parallelism().map_or(1, usize::from) == 1 || matches!(hashing.work, Work::There(_)));
        let (hasher, count) = hashing.finish().expect("hashes");
        assert_eq!((hasher.finalize(), count), (Sha256::digest(&bytes), bytes.len() as u64));
    }
}
