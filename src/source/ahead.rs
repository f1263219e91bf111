//! A thread that reads an artifact ahead of its reader, and hashes it.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{JoinHandle, spawn};

use sha2::{Digest, Sha256};

use super::fill_up_to_a_fault;

/// Bytes that are handed over at once; they stay in the cache until they are hashed.
const BLOCK: usize = 512 * 1024;
/// Bytes that a block may have room for to be used again; its reader may have put more into it.
const MOST: usize = 2 * BLOCK;
/// Blocks that may wait for the reader.
const WAITING: usize = 4;
/// Room before the bytes of a block, in which its reader puts what it has not used of the last one.
pub(super) const ROOM: usize = 8 * 1024;

/// What is read ahead.
pub(super) struct Ahead {
    block: Block,
    /// How much of the block was taken; before the bytes there is [`ROOM`].
    taken: usize,
    ended: bool,
    full: Receiver<io::Result<Block>>,
    empty: Sender<Block>,
    thread: JoinHandle<Sha256>,
}

/// Some of the bytes, behind [`ROOM`].
enum Block {
    Bytes(Vec<u8>),
    /// They are known to be whole characters of UTF-8.
    Text(String),
}

impl Block {
    fn bytes(&self) -> &[u8] {
        match self {
            Block::Bytes(bytes) => bytes,
            Block::Text(text) => text.as_bytes(),
        }
    }

    fn into_bytes(self) -> Vec<u8> {
        match self {
            Block::Bytes(bytes) => bytes,
            Block::Text(text) => text.into_bytes(),
        }
    }
}

impl Ahead {
    /// Starts to read the bytes that follow on what is hashed already; finds out whether they are text, if somebody wants it.
    pub fn start(bytes: Box<dyn Read + Send>, hasher: Sha256, is_text: bool) -> Ahead {
        let (give, full) = sync_channel(WAITING);
        let (empty, back) = channel();
        let mut reader = Reader { bytes, hasher, is_text, cut: Vec::new() };
        let thread = spawn(move || {
            reader.read(&give, &back);
            reader.hasher
        });
        Ahead { block: Block::Bytes(vec![0; ROOM]), taken: ROOM, ended: false, full, empty, thread }
    }

    /// The next bytes, as far as they are here; none at the end.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn bytes(&mut self) -> io::Result<&[u8]> {
        if self.taken == self.block.bytes().len() && !self.ended {
            let last = std::mem::replace(&mut self.block, self.full.recv().map_err(|_| failed())??);
            self.give_back(last);
            self.taken = ROOM;
            self.ended = self.block.bytes().len() == ROOM;
        }
        Ok(&self.block.bytes()[self.taken..])
    }

    /// Passes over bytes that are here.
    pub fn take(&mut self, count: usize) {
        self.taken += count;
    }

    /// The next bytes, with room before them, if they are known to be text; `used` is filled again.
    /// `None` where they are not, where some of them were taken, and at the end.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn text(&mut self, used: &mut String) -> io::Result<Option<String>> {
        if !self.is_whole()? {
            return Ok(None);
        }
        let Block::Text(text) = &mut self.block else { return Ok(None) };
        let text = std::mem::replace(text, std::mem::take(used));
        self.taken = self.block.bytes().len();
        Ok(Some(text))
    }

    /// As [`Ahead::text`], whatever they are.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn block(&mut self, used: &mut Vec<u8>) -> io::Result<Option<Vec<u8>>> {
        if !self.is_whole()? {
            return Ok(None);
        }
        let block = std::mem::replace(&mut self.block, Block::Bytes(std::mem::take(used)));
        self.taken = self.block.bytes().len();
        Ok(Some(block.into_bytes()))
    }

    /// Whether there is a block of which nothing was taken.
    fn is_whole(&mut self) -> io::Result<bool> {
        self.bytes()?;
        Ok(self.taken == ROOM && !self.ended)
    }

    /// The hash of all bytes, which were taken to their end.
    ///
    /// # Errors
    /// The thread has failed.
    pub fn finish(self) -> io::Result<Sha256> {
        drop(self.full);
        self.thread.join().map_err(|_| failed())
    }

    fn give_back(&self, block: Block) {
        // The thread may have come to the end.
        let _ = self.empty.send(block);
    }
}

/// What the thread knows.
struct Reader {
    bytes: Box<dyn Read + Send>,
    hasher: Sha256,
    is_text: bool,
    /// The start of a character whose end belongs to the next block.
    cut: Vec<u8>,
}

impl Reader {
    /// Hands blocks over until nobody wants them any more. The last one is empty; after an error it is tried again.
    fn read(&mut self, full: &SyncSender<io::Result<Block>>, empty: &Receiver<Block>) {
        loop {
            let used = empty.try_iter().map(Block::into_bytes).find(|block| block.capacity() <= MOST);
            let mut block = used.unwrap_or_default();
            block.resize(ROOM + BLOCK, 0);
            let start = ROOM + self.cut.len();
            // What was put there before may be half of a character now.
            block[..ROOM].fill(b' ');
            block[ROOM..start].copy_from_slice(&self.cut);
            let (count, error) = fill_up_to_a_fault(&mut *self.bytes, &mut block[start..]);
            // Behind the end nobody asks again.
            let is_last = start + count < block.len() && error.is_none();
            block.truncate(start + count);
            self.hasher.update(&block[start..]);
            self.cut.clear();
            if self.is_text && !is_last && error.is_none() {
                let end = whole(&block);
                self.cut.extend_from_slice(&block[end..]);
                block.truncate(end);
            }
            let is_wanted = (block.len() == ROOM || full.send(Ok(self.block(block))).is_ok())
                && error.is_none_or(|error| full.send(Err(error)).is_ok());
            if is_last {
                // Whether anybody wants it or not.
                let _ = full.send(Ok(self.block(vec![b' '; ROOM])));
            }
            if is_last || !is_wanted {
                return;
            }
        }
    }

    fn block(&self, bytes: Vec<u8>) -> Block {
        if !self.is_text {
            return Block::Bytes(bytes);
        }
        String::from_utf8(bytes).map_or_else(|error| Block::Bytes(error.into_bytes()), Block::Text)
    }
}

/// How many of these bytes stand before the start of a character that does not end in them.
pub(super) fn whole(bytes: &[u8]) -> usize {
    for back in 1..=bytes.len().min(3) {
        let at = bytes.len() - back;
        let length = match bytes[at] {
            0x80..0xc0 => continue,
            ..0x80 => 1,
            0xc0..0xe0 => 2,
            0xe0..0xf0 => 3,
            0xf0.. => 4,
        };
        return if length > back { at } else { bytes.len() };
    }
    bytes.len()
}

fn failed() -> io::Error {
    io::Error::other("the thread that reads has failed")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Some bytes, in uneven parts, and then an end or an error.
    struct Parts {
        left: usize,
        fails: bool,
    }

    impl Read for Parts {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.left == 0 && self.fails {
                return Err(io::Error::other("the disk is gone"));
            }
            let count = self.left.min(buffer.len()).min(77_777);
            buffer[..count].fill(b'x');
            self.left -= count;
            Ok(count)
        }
    }

    fn taken(ahead: &mut Ahead) -> io::Result<usize> {
        let mut all = 0;
        loop {
            let here = ahead.bytes()?.len().min(100_003);
            if here == 0 {
                return Ok(all);
            }
            ahead.take(here);
            all += here;
        }
    }

    #[test]
    fn all_is_read_and_hashed() {
        for length in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 10 * BLOCK + 5] {
            let mut ahead = Ahead::start(Box::new(Parts { left: length, fails: false }), Sha256::new(), false);
            assert_eq!(taken(&mut ahead).expect("reads"), length);
            assert!(ahead.bytes().expect("the end stays the end").is_empty());
            let hash = ahead.finish().expect("hashes").finalize();
            assert_eq!(hash, Sha256::digest(vec![b'x'; length]), "{length}");
        }
    }

    #[test]
    fn what_stands_before_an_error_is_read_and_the_error_stays() {
        let mut ahead = Ahead::start(Box::new(Parts { left: BLOCK + 7, fails: true }), Sha256::new(), false);
        let mut seen = 0;
        while let Ok(bytes) = ahead.bytes() {
            let count = bytes.len();
            assert!(count > 0, "an error is no end");
            ahead.take(count);
            seen += count;
        }
        assert_eq!(seen, BLOCK + 7);
        for _ in 0..10 {
            assert_eq!(ahead.bytes().expect_err("as before").to_string(), "the disk is gone");
        }
    }

    #[test]
    fn nobody_has_to_take_all() {
        let mut ahead = Ahead::start(Box::new(Parts { left: 100 * BLOCK, fails: false }), Sha256::new(), false);
        assert!(!ahead.bytes().expect("reads").is_empty());
        ahead.finish().expect("the thread ends");
    }

    #[test]
    fn a_thread_that_fails_is_no_end() {
        struct Panics;
        impl Read for Panics {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                panic!("as the test wants it")
            }
        }
        let mut ahead = Ahead::start(Box::new(Panics), Sha256::new(), true);
        assert!(ahead.bytes().is_err());
        assert!(ahead.finish().is_err());
    }

    #[test]
    fn characters_are_never_cut_and_what_is_no_text_stays_bytes() {
        let euros = "€".repeat(BLOCK);
        let cut = &euros.as_bytes()[..euros.len() - 1];
        let broken = [&euros.as_bytes()[..BLOCK + 2], b"-", euros.as_bytes()].concat();
        // What a block does not hold is left for one more.
        for (bytes, n_texts, n_rests) in [(euros.as_bytes(), 4, 0), (cut, 3, 1), (&broken, 4, 1)] {
            let mut ahead = Ahead::start(Box::new(io::Cursor::new(bytes.to_vec())), Sha256::new(), true);
            let (mut used, mut texts, mut rests) = (String::new(), 0, 0);
            let mut seen = Vec::new();
            loop {
                if let Some(text) = ahead.text(&mut used).expect("reads") {
                    seen.extend_from_slice(&text.as_bytes()[ROOM..]);
                    used = text;
                    texts += 1;
                    continue;
                }
                let rest = ahead.bytes().expect("reads");
                if rest.is_empty() {
                    break;
                }
                seen.extend_from_slice(rest);
                let count = rest.len();
                ahead.take(count);
                rests += 1;
            }
            assert!(seen == bytes);
            assert_eq!((texts, rests), (n_texts, n_rests));
            assert_eq!(ahead.finish().expect("hashes").finalize(), Sha256::digest(bytes));
        }
    }
}
