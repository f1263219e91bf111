//! SHA-256 over what is read; of large artifacts on a thread of its own.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::{JoinHandle, available_parallelism, spawn};

use sha2::{Digest, Sha256};

/// Bytes that are handed to the thread at once.
const BLOCK: usize = 256 * 1024;
/// Blocks that may wait for the thread.
const WAITING: usize = 4;
/// Bytes that are hashed before a thread is worth its start.
const SMALL: u64 = 1024 * 1024;

/// A reader that hashes what goes through it.
pub(super) struct Hashing<R> {
    inner: R,
    work: Work,
    bytes: u64,
}

enum Work {
    Here(Sha256),
    There(Apart),
}

struct Apart {
    block: Vec<u8>,
    full: SyncSender<Vec<u8>>,
    empty: Receiver<Vec<u8>>,
    thread: JoinHandle<Sha256>,
}

impl<R: Read> Hashing<R> {
    pub fn new(inner: R) -> Hashing<R> {
        Hashing { inner, work: Work::Here(Sha256::new()), bytes: 0 }
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
        if let Work::Here(hasher) = &mut self.work {
            if self.bytes < SMALL || available_parallelism().map_or(1, usize::from) == 1 {
                hasher.update(read);
            } else {
                self.work = Work::There(Apart::start(std::mem::take(hasher)));
            }
        }
        if let Work::There(apart) = &mut self.work {
            apart.update(read)?;
        }
        self.bytes += count as u64;
        Ok(count)
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
        Apart { block: Vec::with_capacity(BLOCK), full, empty, thread }
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
    fn a_thread_computes_the_same_digest() {
        let bytes: Vec<u8> = (0..3_000_003u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let mut hashing = Hashing::new(&bytes[..]);
        let mut block = vec![0; 77_777];
        while hashing.read(&mut block).expect("reads") > 0 {}
        assert!(available_parallelism().map_or(1, usize::from) == 1 || matches!(hashing.work, Work::There(_)));
        let (hasher, count) = hashing.finish().expect("hashes");
        assert_eq!((hasher.finalize(), count), (Sha256::digest(&bytes), bytes.len() as u64));
    }
}
