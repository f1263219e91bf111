//! Where the bytes of an artifact come from, and how many there may be.

use std::io::{self, Read};

use super::Exceeded;

/// The bytes of an artifact, counted as they are read.
pub(super) struct Content<'s> {
    bytes: Bytes<'s>,
    /// How many there may be in all.
    max: u64,
    /// How many there may be from here on; `None` where there were more.
    left: Option<u64>,
    /// Who is told how many were read.
    progress: Option<&'s (dyn Fn(u64) + Sync)>,
}

enum Bytes<'s> {
    /// They are read where they are.
    Lent(Box<dyn Read + 's>),
    /// They can be read by another thread.
    Own(Box<dyn Read + Send>),
}

impl<'s> Content<'s> {
    /// As many bytes as there are.
    pub fn lent(bytes: Box<dyn Read + 's>) -> Content<'s> {
        Content { bytes: Bytes::Lent(bytes), max: u64::MAX, left: Some(u64::MAX), progress: None }
    }

    /// So many bytes at the most: standard input, what was packed, and a file that grows may have more.
    pub fn own(bytes: Box<dyn Read + Send>, max: u64, progress: Option<&'s (dyn Fn(u64) + Sync)>) -> Content<'s> {
        Content { bytes: Bytes::Own(bytes), max, left: Some(max), progress }
    }

    /// Gives the bytes away, if another thread can read them. Whoever takes them from there asks [`Content::allow`].
    pub fn give_away(&mut self) -> Option<Box<dyn Read + Send>> {
        if let Bytes::Lent(_) = self.bytes {
            return None;
        }
        match std::mem::replace(&mut self.bytes, Bytes::Lent(Box::new(io::empty()))) {
            Bytes::Own(bytes) => Some(bytes),
            Bytes::Lent(_) => None,
        }
    }

    /// How many of so many bytes that were read may be taken: as many as there may be in all, whoever reads them in what
    /// parts.
    ///
    /// # Errors
    /// There are more than there may be, and all of those were taken.
    pub fn allow(&mut self, count: usize) -> io::Result<usize> {
        if let Some(progress) = self.progress {
            progress(count as u64);
        }
        let left = self.left.unwrap_or(0);
        self.left = self.left.and_then(|left| left.checked_sub(count as u64));
        match (self.left, usize::try_from(left)) {
            (Some(_), _) => Ok(count),
            (None, Ok(0) | Err(_)) => Err(too_large(self.max)),
            (None, Ok(left)) => Ok(left),
        }
    }
}

impl Read for Content<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match &mut self.bytes {
            Bytes::Lent(bytes) => bytes.read(buffer)?,
            Bytes::Own(bytes) => bytes.read(buffer)?,
        };
        self.allow(count)
    }
}

pub(super) fn too_large(max_size: u64) -> io::Error {
    let message = format!("is larger than {}; --max-size sets another limit", size(max_size));
    io::Error::other(Exceeded(message))
}

/// Bytes for people: in the largest unit that divides them.
fn size(bytes: u64) -> String {
    let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match units.into_iter().find(|(unit, _)| bytes > 0 && bytes.is_multiple_of(*unit)) {
        Some((unit, name)) => format!("{} {name}", bytes / unit),
        None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(max: u64) -> Content<'static> {
        Content::own(Box::new(&b"12345"[..]), max, None)
    }

    #[test]
    fn a_stream_may_be_as_long_as_the_limit_and_no_longer() {
        let mut text = String::new();
        content(5).read_to_string(&mut text).expect("within the limit");
        assert_eq!(text, "12345");
        let error = content(4).read_to_string(&mut text).expect_err("over the limit").to_string();
        assert_eq!(error, "is larger than 4 bytes; --max-size sets another limit");
        assert_eq!(size(16 << 30), "16 GiB");
    }

    #[test]
    fn what_is_too_long_is_read_up_to_the_limit_and_never_to_its_end() {
        for at_once in 1..7 {
            let mut content = content(4);
            let (mut block, mut seen) = ([0; 7], 0);
            while let Ok(count) = content.read(&mut block[..at_once]) {
                assert!(count > 0, "this is no end");
                seen += count;
            }
            assert_eq!(seen, 4, "{at_once} at once");
            content.read(&mut block).expect_err("what follows would make another artifact of it");
        }
    }
}
