//! Texts that are known from before, held against others many bytes at a time.

/// Bytes that are compared together. Most texts have no more: that there is no loop costs least.
const TOGETHER: usize = 32;

/// Texts, one behind the other.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    blocks: Vec<Block>,
    /// How long each is, and where its blocks end.
    texts: Vec<(usize, usize)>,
}

/// Bytes of a text, and 0xff for each in the mask. Those behind its end are 0 in both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Block {
    bytes: [u8; TOGETHER],
    mask: [u8; TOGETHER],
}

impl Block {
    fn of(some: &[u8]) -> Block {
        let mut block = Block::default();
        block.bytes[..some.len()].copy_from_slice(some);
        block.mask[..some.len()].fill(0xff);
        block
    }

    /// Whether it stands at `at`; false also where fewer bytes follow than are compared together.
    #[inline(always)]
    #[expect(clippy::needless_range_loop, reason = "three arrays at once, which becomes a few instructions")]
    fn stands(&self, bytes: &[u8], at: usize) -> bool {
        let Some(found) = bytes.get(at..).and_then(<[u8]>::first_chunk::<TOGETHER>) else { return false };
        let mut other = 0;
        for index in 0..TOGETHER {
            other |= (found[index] ^ self.bytes[index]) & self.mask[index];
        }
        other == 0
    }
}

impl Known {
    pub fn clear(&mut self) {
        self.blocks.clear();
        self.texts.clear();
    }

    pub fn push(&mut self, text: &[u8]) {
        for some in text.chunks(TOGETHER) {
            self.blocks.push(Block::of(some));
        }
        self.texts.push((text.len(), self.blocks.len()));
    }

    /// The texts in their order, to be passed over one behind the other.
    pub fn texts(&self) -> impl Iterator<Item = Text<'_>> {
        let mut from = 0;
        self.texts.iter().map(move |(len, end)| {
            let blocks = &self.blocks[from..*end];
            from = *end;
            Text { blocks, len: *len }
        })
    }
}

/// One of the texts.
#[derive(Clone, Copy)]
pub(super) struct Text<'k> {
    blocks: &'k [Block],
    len: usize,
}

impl Text<'_> {
    /// The offset behind it, if it stands at `at`; `None` also where fewer bytes follow than are compared together.
    #[inline(always)]
    pub fn pass(self, bytes: &[u8], at: usize) -> Option<usize> {
        let mut from = at;
        for block in self.blocks {
            if !block.stands(bytes, from) {
                return None;
            }
            from += TOGETHER;
        }
        Some(at + self.len)
    }
}

/// A text by itself, mostly a short one.
#[derive(Debug, Default)]
pub(super) struct Lone {
    first: Block,
    more: Vec<Block>,
    len: usize,
}

impl Lone {
    pub fn of(text: &[u8]) -> Lone {
        let mut lone = Lone::default();
        lone.set(text);
        lone
    }

    pub fn set(&mut self, text: &[u8]) {
        let (first, more) = text.split_at(text.len().min(TOGETHER));
        self.first = Block::of(first);
        self.more.clear();
        self.more.extend(more.chunks(TOGETHER).map(Block::of));
        self.len = text.len();
    }

    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// As [`Text::pass`], of a text that is not empty.
    #[inline(always)]
    pub fn pass(&self, bytes: &[u8], at: usize) -> Option<usize> {
        if !self.first.stands(bytes, at) {
            return None;
        }
        let mut from = at;
        for block in &self.more {
            from += TOGETHER;
            if !block.stands(bytes, from) {
                return None;
            }
        }
        Some(at + self.len)
    }
}

/// As the method of slices, for a text that is mostly there and some dozens of bytes long. That one calls the C library,
/// which on some systems compares one byte after the other.
#[inline]
pub fn starts_with(text: &[u8], known: &[u8]) -> bool {
    let Some(text) = text.get(..known.len()) else { return false };
    if let Some(is_same) = is_same::<TOGETHER>(text, known).or_else(|| is_same::<8>(text, known)) {
        return is_same;
    }
    text.iter().zip(known).all(|(byte, other)| byte == other)
}

/// Whether two texts of one length are the same, compared so many bytes at a time; `None` where they have fewer.
#[inline(always)]
fn is_same<const N: usize>(text: &[u8], known: &[u8]) -> Option<bool> {
    // The last ones are looked at together with some before them.
    let is_end_same = text.last_chunk::<N>()? == known.last_chunk()?;
    Some(is_end_same && text.as_chunks::<N>().0.iter().zip(known.as_chunks().0).all(|(some, other)| some == other))
}

/// How many bytes two texts start with that are the same.
#[inline]
pub fn same_start(text: &[u8], other: &[u8]) -> usize {
    let mut at = 0;
    for (some, others) in text.as_chunks::<8>().0.iter().zip(other.as_chunks::<8>().0) {
        let difference = u64::from_le_bytes(*some) ^ u64::from_le_bytes(*others);
        if difference != 0 {
            return at + difference.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    at + text[at..].iter().zip(&other[at..]).take_while(|(byte, other)| byte == other).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_the_same_up_to_where_they_differ() {
        let text: Vec<u8> = (0..=99).collect();
        for length in 0..=text.len() {
            assert_eq!(same_start(&text, &text[..length]), length);
            assert_eq!(same_start(&text[..length], &text), length);
            let mut other = text.clone();
            if let Some(byte) = other.get_mut(length) {
                *byte ^= 0x80;
            }
            assert_eq!(same_start(&text, &other), length);
        }
    }

    #[test]
    fn a_text_starts_with_another_as_slices_do() {
        let text: Vec<u8> = (0..=255).collect();
        for length in 0..=text.len() {
            let mut known = text[..length].to_vec();
            assert!(starts_with(&text, &known));
            assert_eq!(starts_with(&text[..length / 2], &known), length == 0);
            for at in 0..length {
                known[at] ^= 1;
                assert!(!starts_with(&text, &known), "byte {at} of {length}");
                known[at] ^= 1;
            }
        }
    }

    #[test]
    fn a_text_is_passed_over_where_it_stands_and_nowhere_else() {
        let mut known = Known::default();
        let text = b"0123456789abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ\0!";
        (0..=text.len()).for_each(|len| known.push(&text[..len]));
        let mut lone = Lone::default();
        for (len, text_of_len) in known.texts().enumerate() {
            let mut bytes = [b"--".as_slice(), &text[..len], b"\0".as_slice(), &[b'x'; TOGETHER]].concat();
            lone.set(&text[..len]);
            assert_eq!(lone.is_empty(), len == 0);
            assert_eq!([text_of_len.pass(&bytes, 2), lone.pass(&bytes, 2)], [Some(2 + len); 2]);
            for at in 2..2 + len {
                bytes[at] ^= 1;
                assert_eq!([text_of_len.pass(&bytes, 2), lone.pass(&bytes, 2)], [None; 2], "byte {at} of {len}");
                bytes[at] ^= 1;
            }
            let needed = len.div_ceil(TOGETHER) * TOGETHER;
            assert_eq!(text_of_len.pass(&bytes[..2 + needed], 2), Some(2 + len));
            if needed > 0 {
                assert_eq!(lone.pass(&bytes[..2 + needed], 2), Some(2 + len));
                let few = &bytes[..2 + needed - 1];
                assert_eq!([text_of_len.pass(few, 2), lone.pass(few, 2)], [None; 2]);
                let behind = bytes.len() + 1;
                assert_eq!([text_of_len.pass(&bytes, behind), lone.pass(&bytes, behind)], [None; 2]);
            }
        }
    }
}
