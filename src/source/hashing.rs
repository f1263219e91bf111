//! SHA-256 over what is read; of large artifacts on a thread of its own, which reads them too where it can, or by those
//! that scan the same blocks.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{JoinHandle, spawn};

use sha2::{Digest, Sha256};

use super::ahead::{Ahead, ROOM};
use super::content::Content;
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

/// What adds to bytes that are kept.
pub(super) trait Append: Read {
    /// Adds so many bytes at the most to `bytes`, and returns how many; 0 at the end.
    fn append(&mut self, bytes: &mut Vec<u8>, most: usize) -> io::Result<usize> {
        by_reading(self, bytes, most)
    }

    /// Whether it is known that nothing follows.
    fn has_ended(&self) -> bool;

    /// The next bytes where they are known to be text, behind [`ROOM`](super::ahead::ROOM) of others; `used` is filled
    /// again. `None` where they have to be appended, and at the end.
    fn text(&mut self, _used: &mut String) -> io::Result<Option<String>> {
        Ok(None)
    }

    /// As [`Append::text`], of bytes of any kind.
    fn read_block(&mut self, _used: &mut Vec<u8>) -> io::Result<Option<Vec<u8>>> {
        Ok(None)
    }
}

impl Append for &[u8] {
    fn has_ended(&self) -> bool {
        self.is_empty()
    }
}

impl Append for io::Empty {
    fn has_ended(&self) -> bool {
        true
    }
}

fn by_reading(input: &mut (impl Read + ?Sized), bytes: &mut Vec<u8>, most: usize) -> io::Result<usize> {
    let before = bytes.len();
    bytes.resize(before + most, 0);
    let count = input.read(&mut bytes[before..]);
    bytes.truncate(before + count.as_ref().copied().unwrap_or_default());
    count
}

/// What formats read from: bytes, or blocks that several look at, so that nobody copies them.
pub(super) trait Feed: Append {
    /// The next bytes: as many as a block holds, or all that are left; none at the end.
    fn block(&mut self) -> io::Result<Arc<Vec<u8>>>;

    /// From now on blocks wait until somebody hashes them: whoever has time, and the reader where too many wait.
    ///
    /// # Errors
    /// The thread that has hashed so far has failed.
    fn hashes(&mut self) -> io::Result<Arc<Hashes>>;
}

impl<F: Feed + ?Sized> Append for &mut F {
    fn append(&mut self, bytes: &mut Vec<u8>, most: usize) -> io::Result<usize> {
        (**self).append(bytes, most)
    }

    fn has_ended(&self) -> bool {
        (**self).has_ended()
    }

    fn text(&mut self, used: &mut String) -> io::Result<Option<String>> {
        (**self).text(used)
    }

    fn read_block(&mut self, used: &mut Vec<u8>) -> io::Result<Option<Vec<u8>>> {
        (**self).read_block(used)
    }
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
pub(super) struct Hashing<'i> {
    inner: Content<'i>,
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
    /// Where the bytes are read, too.
    Ahead(Ahead),
}

struct Apart {
    block: Vec<u8>,
    full: SyncSender<Vec<u8>>,
    empty: Receiver<Vec<u8>>,
    thread: JoinHandle<Sha256>,
}

impl<'i> Hashing<'i> {
    pub fn new(inner: impl Read + 'i) -> Hashing<'i> {
        Hashing::of(Content::lent(Box::new(inner)))
    }

    pub fn of(inner: Content<'i>) -> Hashing<'i> {
        Hashing { inner, ended: false, work: Work::Here(Sha256::new()), bytes: 0, given: VecDeque::new() }
    }

    /// Has a thread of its own read what follows, once that is worth its start, and look whether it is text.
    fn read_ahead(&mut self, is_text: bool) {
        if let Work::Here(hasher) = &mut self.work
            && self.bytes >= SMALL
            && cores().get() > 1
            && let Some(bytes) = self.inner.give_away()
        {
            self.work = Work::Ahead(Ahead::start(bytes, std::mem::take(hasher), is_text));
        }
    }

    /// How many bytes of a block that was read ahead may be taken, of this length with the room before it.
    fn allow(&mut self, length: usize) -> io::Result<usize> {
        let count = self.inner.allow(length - ROOM)?;
        self.bytes += count as u64;
        Ok(ROOM + count)
    }

    /// Takes so many bytes at the most that were read ahead; `None` where none are.
    fn take_ahead(&mut self, most: usize, mut take: impl FnMut(&[u8])) -> Option<io::Result<usize>> {
        self.read_ahead(false);
        let Work::Ahead(ahead) = &mut self.work else { return None };
        let mut taken = || {
            let bytes = ahead.bytes()?;
            let count = self.inner.allow(bytes.len().min(most))?;
            take(&bytes[..count]);
            ahead.take(count);
            self.bytes += count as u64;
            Ok(count)
        };
        Some(taken())
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
            Work::Ahead(_) => {}
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

impl Read for Hashing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.ended {
            return Ok(0);
        }
        let most = buffer.len();
        if let Some(taken) = self.take_ahead(most, |bytes| buffer[..bytes.len()].copy_from_slice(bytes)) {
            return taken;
        }
        let count = self.inner.read(buffer)?;
        self.ended = count == 0 && !buffer.is_empty();
        self.hash(&buffer[..count])?;
        Ok(count)
    }
}

impl Append for Hashing<'_> {
    fn append(&mut self, bytes: &mut Vec<u8>, most: usize) -> io::Result<usize> {
        if let Some(taken) = self.take_ahead(most, |here| bytes.extend_from_slice(here)) {
            return taken;
        }
        by_reading(self, bytes, most)
    }

    fn has_ended(&self) -> bool {
        self.ended
    }

    fn text(&mut self, used: &mut String) -> io::Result<Option<String>> {
        self.read_ahead(true);
        let Work::Ahead(ahead) = &mut self.work else { return Ok(None) };
        let Some(mut text) = ahead.text(used)? else { return Ok(None) };
        let mut end = self.allow(text.len())?;
        // What is beyond the limit may begin within a character.
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        Ok(Some(text))
    }

    fn read_block(&mut self, used: &mut Vec<u8>) -> io::Result<Option<Vec<u8>>> {
        self.read_ahead(false);
        let Work::Ahead(ahead) = &mut self.work else { return Ok(None) };
        let Some(mut block) = ahead.block(used)? else { return Ok(None) };
        block.truncate(self.allow(block.len())?);
        Ok(Some(block))
    }
}

impl Feed for Hashing<'_> {
    fn block(&mut self) -> io::Result<Arc<Vec<u8>>> {
        let is_free = self.given.front_mut().is_some_and(|block| Arc::get_mut(block).is_some());
        let mut block = if is_free { self.given.pop_front() } else { None }.unwrap_or_default();
        if let Some(bytes) = Arc::get_mut(&mut block) {
            // What it held before is overwritten.
            bytes.resize(SHARED, 0);
            let filled = match self.work {
                Work::Ahead(_) => fill(self, bytes)?,
                _ => fill(&mut self.inner, bytes)?,
            };
            bytes.truncate(filled);
        }
        match &self.work {
            Work::Ahead(_) => {}
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
        match &self.work {
            Work::Anywhere(hashes) => return Ok(hashes.clone()),
            // Nothing is left to be hashed.
            Work::Ahead(_) => return Ok(Arc::default()),
            Work::Here(_) | Work::There(_) => {}
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
            Work::Ahead(ahead) => ahead.finish(),
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

    #[test]
    fn what_is_read_ahead_is_the_same() {
        let bytes: Vec<u8> = (0..7_000_003u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let mut hashing = Hashing::of(Content::own(Box::new(io::Cursor::new(bytes.clone())), u64::MAX, None));
        let mut block = vec![0; 77_777];
        let mut seen = Vec::new();
        loop {
            let before = seen.len();
            let count = hashing.read(&mut block).expect("reads");
            seen.extend_from_slice(&block[..count]);
            hashing.append(&mut seen, 33_333).expect("reads");
            seen.extend_from_slice(&hashing.block().expect("reads"));
            if seen.len() == before {
                break;
            }
        }
        assert!(seen == bytes, "what is read is what is there");
        assert_eq!(matches!(hashing.work, Work::Ahead(_)), cores().get() > 1);
        assert!(!hashing.hashes().expect("there are none").is_needed());
        let (hasher, count) = hashing.finish().expect("hashes");
        assert_eq!((hasher.finalize(), count), (Sha256::digest(&bytes), bytes.len() as u64));
    }

    #[test]
    fn what_is_read_ahead_may_be_too_long() {
        let bytes = vec![b' '; 4_000_000];
        let mut hashing = Hashing::of(Content::own(Box::new(io::Cursor::new(bytes)), 3_000_000, None));
        let mut seen = Vec::new();
        let error = hashing.read_to_end(&mut seen).expect_err("over the limit");
        assert!(error.to_string().starts_with("is larger than 3000000 bytes"), "{error}");
        assert!(hashing.append(&mut seen, 10).is_err(), "it stays so");
    }
}
