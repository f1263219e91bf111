//! Texts that are known from before, held against others eight bytes at a time.

use super::marks::WIDTH;

/// Texts, one behind the other.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    words: Vec<Masked>,
    /// How long each is, and where its words end.
    texts: Vec<(usize, usize)>,
}

/// Bytes of a text, and 0xff for each in the mask. Those behind its end are 0 in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Masked {
    word: u64,
    mask: u64,
}

impl Known {
    pub fn clear(&mut self) {
        self.words.clear();
        self.texts.clear();
    }

    pub fn push(&mut self, text: &[u8]) {
        for bytes in text.chunks(WIDTH) {
            let (mut word, mut mask) = ([0; WIDTH], [0; WIDTH]);
            word[..bytes.len()].copy_from_slice(bytes);
            mask[..bytes.len()].fill(0xff);
            self.words.push(Masked { word: u64::from_le_bytes(word), mask: u64::from_le_bytes(mask) });
        }
        self.texts.push((text.len(), self.words.len()));
    }

    /// The texts in their order, to be passed over one behind the other.
    pub fn texts(&self) -> impl Iterator<Item = Text<'_>> {
        let mut from = 0;
        self.texts.iter().map(move |(len, end)| {
            let words = &self.words[from..*end];
            from = *end;
            Text { words, len: *len }
        })
    }
}

/// One of the texts.
#[derive(Clone, Copy)]
pub(super) struct Text<'k> {
    words: &'k [Masked],
    len: usize,
}

impl Text<'_> {
    /// The offset behind it, if it stands at `at`; `None` also where fewer bytes follow than are compared at once.
    #[inline(always)]
    pub fn pass(self, bytes: &[u8], at: usize) -> Option<usize> {
        let (words, _) = bytes.get(at..at + self.words.len() * WIDTH)?.as_chunks::<WIDTH>();
        let mut other = 0;
        for (index, known) in self.words.iter().enumerate() {
            other |= (u64::from_le_bytes(*words.get(index)?) ^ known.word) & known.mask;
        }
        (other == 0).then_some(at + self.len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_passed_over_where_it_stands_and_nowhere_else() {
        let mut known = Known::default();
        let text = b"0123456789abcdefg\0";
        (0..=text.len()).for_each(|len| known.push(&text[..len]));
        for (len, text_of_len) in known.texts().enumerate() {
            let mut bytes = [b"--".as_slice(), &text[..len], b"\0xxxxxxx"].concat();
            assert_eq!(text_of_len.pass(&bytes, 2), Some(2 + len));
            for at in 2..2 + len {
                bytes[at] ^= 1;
                assert_eq!(text_of_len.pass(&bytes, 2), None, "byte {at} of {len}");
                bytes[at] ^= 1;
            }
            let words = len.div_ceil(WIDTH) * WIDTH;
            assert_eq!(text_of_len.pass(&bytes[..2 + words], 2), Some(2 + len));
            if words > 0 {
                assert_eq!(text_of_len.pass(&bytes[..2 + words - 1], 2), None);
            }
            assert_eq!(text_of_len.pass(&bytes, bytes.len() + 1), None);
        }
    }
}
