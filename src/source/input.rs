//! The bytes of one artifact, hashed as they are read.

use std::io::{self, Read};
use std::sync::Arc;

use sha2::Digest;

use super::content::Content;
use super::hashing::{Append, Hashing};
use super::{Diags, Doc, Probe, Stop, fill, spare};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{BAD_ENCODING, REPAIRED};
use crate::model::digest::hexadecimal;

/// Bytes of the start of an artifact that detection looks at.
pub const HEAD: usize = 1024 * 1024;
/// Bytes that most artifacts do not exceed: what is read of them needs no second place.
const MOST: usize = 16 * 1024;
/// Bytes that are read at once of what nobody looks at.
const BLOCK: usize = 64 * 1024;
/// Bytes of a text in a legacy encoding that are converted.
const MAX_CONVERTED: u64 = 256 * 1024 * 1024;

/// An artifact that is being read.
pub struct Input<'i> {
    /// Detection looks at it while it is here.
    head: Arc<Vec<u8>>,
    /// Whether the head is all there is.
    complete: bool,
    rest: Hashing<'i>,
}

/// The identity of an artifact that was read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// SHA-256 over its bytes, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// Its length in bytes.
    pub bytes: u64,
}

impl<'i> Input<'i> {
    /// Starts reading: takes the head.
    ///
    /// # Errors
    /// The operating system refuses.
    pub fn open(source: Box<dyn Read + 'i>) -> io::Result<Input<'i>> {
        Self::open_sized(Content::lent(source), None)
    }

    /// As [`open`](Self::open), of what should have so many bytes: the head has room for them from the start.
    ///
    /// # Errors
    /// The operating system refuses.
    pub(super) fn open_sized(source: Content<'i>, bytes: Option<u64>) -> io::Result<Input<'i>> {
        let mut rest = Hashing::of(source);
        // One byte more, which finds the end at once.
        let room =
            bytes.map_or(MOST, |bytes| usize::try_from(bytes).map_or(HEAD, |bytes| HEAD.min(bytes.saturating_add(1))));
        let mut head = spare::take();
        // What stood in it before is overwritten or cut off.
        head.resize(room, 0);
        let filled = fill(&mut rest, &mut head)?;
        head.truncate(filled);
        if filled == room {
            rest.by_ref().take((HEAD - room) as u64).read_to_end(&mut head)?;
        }
        let complete = head.len() < HEAD;
        Ok(Input { head: Arc::new(head), complete, rest })
    }

    /// The first bytes.
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// Whether there are no bytes at all.
    pub fn is_empty(&self) -> bool {
        self.head.is_empty()
    }

    /// Makes sure that the head is UTF-8 text without byte order mark. A text in UTF-16 with a byte order mark,
    /// and XML that declares a legacy encoding, is converted.
    ///
    /// # Errors
    /// The encoding cannot be converted.
    pub fn normalise_encoding(&mut self, diags: &Diags) -> Result<(), Stop> {
        if self.head.starts_with(b"\xef\xbb\xbf") {
            Arc::make_mut(&mut self.head).drain(..3);
            return Ok(());
        }
        let encoding = match self.head.get(..2) {
            Some(b"\xff\xfe") => encoding_rs::UTF_16LE,
            Some(b"\xfe\xff") => encoding_rs::UTF_16BE,
            _ => match declared_encoding(&self.head) {
                None => return Ok(()),
                Some(label) => match encoding_rs::Encoding::for_label(label.as_bytes()) {
                    Some(encoding) if encoding == encoding_rs::UTF_8 => return Ok(()),
                    // What .NET writes from a string: the declaration could not be read here if it were true.
                    Some(encoding) if [encoding_rs::UTF_16LE, encoding_rs::UTF_16BE].contains(&encoding) => {
                        let message = format!("declares {label}, and is read as UTF-8");
                        diags.push(Diagnostic::new(&REPAIRED, message));
                        return Ok(());
                    }
                    Some(encoding) => encoding,
                    None => {
                        let label = super::json::shorten(&label);
                        return Err(Stop::new(&BAD_ENCODING, format!("the encoding `{label}` is not known")));
                    }
                },
            },
        };
        let mut bytes = self.take_head();
        self.rest.by_ref().take(MAX_CONVERTED).read_to_end(&mut bytes).map_err(|error| Stop::io(&error))?;
        let (text, _, broken) = encoding.decode(&bytes);
        if broken {
            return Err(Stop::new(&BAD_ENCODING, format!("the bytes are not valid {}", encoding.name())));
        }
        diags.push(Diagnostic::new(&REPAIRED, format!("converted from {} to UTF-8", encoding.name())));
        self.head = Arc::new(text.into_owned().into_bytes());
        self.complete = true;
        Ok(())
    }

    /// Passes over white space at the start, which some tools write before an XML declaration.
    pub fn trim_start(&mut self) {
        let blank = self.head.iter().take_while(|b| b.is_ascii_whitespace()).count();
        if blank > 0 && self.head.get(blank) == Some(&b'<') {
            Arc::make_mut(&mut self.head).drain(..blank);
        }
    }

    /// What detection looks at.
    pub fn probe(&self) -> Probe<'_> {
        Probe::new(&self.head, self.complete)
    }

    /// Reads all of it into the head, up to `limit` bytes, so that detection sees what stands at the end.
    ///
    /// # Errors
    /// The operating system refuses.
    pub fn read_ahead(&mut self, limit: u64) -> io::Result<()> {
        if !self.complete {
            let more = self.rest.by_ref().take(limit).read_to_end(Arc::make_mut(&mut self.head))?;
            self.complete = (more as u64) < limit;
        }
        Ok(())
    }

    /// Whether the head is all there is.
    pub const fn is_complete(&self) -> bool {
        self.complete
    }

    fn take_head(&mut self) -> Vec<u8> {
        Arc::unwrap_or_clone(std::mem::take(&mut self.head))
    }

    /// Hands the content to a format's reader.
    pub fn doc(&mut self, is_lines: bool, diags: Diags) -> Doc<'_> {
        let head = self.take_head();
        Doc::new(head, &mut self.rest, is_lines, diags)
    }

    /// Reads what is left, up to `limit` bytes, and returns the identity; `None` where there is more.
    ///
    /// # Errors
    /// The operating system refuses.
    pub fn seal(mut self, limit: u64) -> io::Result<Option<Sealed>> {
        let mut block = Vec::new();
        let mut left = limit;
        // Mostly nothing is left.
        while !self.rest.has_ended() {
            block.resize(BLOCK, 0);
            let count = self.rest.read(&mut block)? as u64;
            if count == 0 {
                break;
            }
            match left.checked_sub(count) {
                Some(less) => left = less,
                None => return Ok(None),
            }
        }
        let (hasher, bytes) = self.rest.finish()?;
        let sha256 = hexadecimal(&hasher.finalize());
        Ok(Some(Sealed { sha256, bytes }))
    }
}

/// The encoding that an XML declaration names.
fn declared_encoding(head: &[u8]) -> Option<String> {
    let start = head.iter().position(|b| !b.is_ascii_whitespace())?;
    let head = &head[start..];
    if !head.starts_with(b"<?xml") {
        return None;
    }
    let end = memchr::memchr(b'>', head)?;
    let declaration = String::from_utf8_lossy(&head[..end]).into_owned();
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value[1..].split(quote).next().map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_length_is_expected_changes_nothing() {
        for length in [0, 1, 40, MOST, HEAD - 1, HEAD, HEAD + 10] {
            let bytes: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
            for expected in [None, Some(0), Some(39), Some(length as u64), Some(u64::MAX)] {
                let input =
                    Input::open_sized(Content::lent(Box::new(&bytes[..])), expected).expect("memory can be read");
                assert!(input.head() == &bytes[..length.min(HEAD)], "{length} bytes, {expected:?} expected");
                assert_eq!(input.is_complete(), length < HEAD);
                let sealed = input.seal(u64::MAX).expect("memory can be read").expect("there is no limit");
                assert_eq!((sealed.sha256, sealed.bytes), (crate::model::digest::digest(&bytes), length as u64));
            }
        }
    }
}
