//! For tests: a reader that is slow, so that every place is once the end of what has been read.

use std::io::Read;

/// Gives a few bytes at a time.
pub(super) struct Trickle<'t> {
    pub left: &'t [u8],
    pub at_once: usize,
}

impl Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.at_once.min(buffer.len()).min(self.left.len());
        let (now, later) = self.left.split_at(count);
        buffer[..count].copy_from_slice(now);
        self.left = later;
        Ok(count)
    }
}

impl super::hashing::Append for Trickle<'_> {
    fn has_ended(&self) -> bool {
        false
    }
}
