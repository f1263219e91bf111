//! Zstandard: the frames of a file, one behind the other (RFC 8878, section 3).

use std::io::{self, BufRead, Read};

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// What all frames of a file hold, put together. Frames to be skipped are skipped.
pub struct Frames<R: BufRead> {
    source: R,
    decoder: FrameDecoder,
    /// Bytes that the frame has given; `None` between two frames.
    given: Option<u64>,
}

impl<R: BufRead> Frames<R> {
    /// Those that a reader gives.
    pub fn new(source: R) -> Frames<R> {
        Frames { source, decoder: FrameDecoder::new(), given: None }
    }

    /// Begins the next frame that is not to be skipped; tells whether there is one.
    fn begin(&mut self) -> io::Result<bool> {
        while !self.source.fill_buf()?.is_empty() {
            match self.decoder.init(&mut self.source) {
                Ok(()) => {
                    self.given = Some(0);
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    let length = u64::from(length);
                    if io::copy(&mut self.source.by_ref().take(length), &mut io::sink())? < length {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                Err(error) => return Err(io::Error::other(error)),
            }
        }
        Ok(false)
    }

    /// Holds a frame against what it says of itself: its length and its checksum, where it has them.
    fn check(&self, given: u64) -> io::Result<()> {
        let length = self.decoder.content_size();
        let is_so_long = length == 0 || length == given;
        let checksum = self.decoder.get_checksum_from_data();
        if is_so_long && (checksum.is_none() || checksum == self.decoder.get_calculated_checksum()) {
            return Ok(());
        }
        let what = if is_so_long { "its checksum" } else { "the length in its header" };
        Err(io::Error::new(io::ErrorKind::InvalidData, format!("a frame does not have {what}")))
    }
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let Some(given) = self.given else {
                if self.begin()? {
                    continue;
                }
                return Ok(0);
            };
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                let some = BlockDecodingStrategy::UptoBlocks(1);
                self.decoder.decode_blocks(&mut self.source, some).map_err(io::Error::other)?;
            }
            let count = self.decoder.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                self.given = Some(given + count as u64);
                return Ok(count);
            }
            self.given = None;
            self.check(given)?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame with one raw block: a header with the length in one byte, the block, and the checksum where it is given.
    fn frame(content: &[u8], checksum: Option<u32>) -> Vec<u8> {
        let length = u8::try_from(content.len()).expect("a short content");
        let descriptor = 0b0010_0000 | if checksum.is_some() { 0b100 } else { 0 };
        let block = (u32::from(length) << 3 | 1).to_le_bytes();
        let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, descriptor, length];
        frame.extend(&block[..3]);
        frame.extend(content);
        frame.extend(checksum.into_iter().flat_map(u32::to_le_bytes));
        frame
    }

    fn unpacked(bytes: &[u8]) -> Result<String, String> {
        let mut text = String::new();
        let result = Frames::new(bytes).read_to_string(&mut text);
        result.map(|_| text).map_err(|error| error.to_string())
    }

    #[test]
    fn all_frames_are_read_and_those_to_be_skipped_are_skipped() {
        let skipped = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"abc"].concat();
        let file = [&skipped, &frame(b"one ", None)[..], &frame(b"", None), &skipped, &frame(b"two", None)].concat();
        assert_eq!(unpacked(&file), Ok("one two".to_owned()));
        assert_eq!(unpacked(b""), Ok(String::new()));
    }

    #[test]
    fn what_is_cut_or_altered_is_an_error() {
        // The low half of the xxHash64 of the content, as `zstd` writes it.
        let whole = frame(b"passed\n", Some(CHECKSUM));
        assert_eq!(unpacked(&whole), Ok("passed\n".to_owned()));
        let mut altered = whole.clone();
        altered[9] = b'P';
        assert_eq!(unpacked(&altered), Err("a frame does not have its checksum".to_owned()));
        let mut longer = frame(b"passed\n", None);
        longer[5] = 8;
        assert!(unpacked(&longer).is_err());
        for end in 1..whole.len() {
            assert!(unpacked(&whole[..end]).is_err(), "{end}");
        }
        assert!(unpacked(&[&whole[..], b"more"].concat()).is_err());
    }

    const CHECKSUM: u32 = 0xd863_3f87;
}
