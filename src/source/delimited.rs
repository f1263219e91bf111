//! Delimited text: the bytes that matter in it, found sixty-four at a time.

use wide::u8x16;

use super::marks::{are, unprintable};

/// Bytes that are looked at together.
pub const BLOCK: usize = 64;

/// What stands in [`BLOCK`] bytes of delimited text. Bit *i* stands for byte *i*.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marks {
    /// The separators before the first odd byte.
    pub separators: u64,
    /// The place of the first byte that is a control character (line ends among them), a quotation mark or not ASCII;
    /// `None` where there is none.
    pub odd: Option<usize>,
}

impl Marks {
    /// Looks at the first bytes of a text; `None` where there are fewer.
    #[inline(always)]
    pub fn of(text: &[u8], separator: u8) -> Option<Marks> {
        let block: &[u8; BLOCK] = text.first_chunk()?;
        let (mut separators, mut odd) = (0, 0);
        for (part, bytes) in block.as_chunks().0.iter().enumerate() {
            let bytes = u8x16::new(*bytes);
            let bits = |highest: u8x16| (highest.move_mask() as u64) << (part * size_of::<u8x16>());
            separators |= bits(are(bytes, separator));
            odd |= bits(unprintable(bytes) | are(bytes, b'"'));
        }
        let before = !odd & odd.wrapping_sub(1);
        let odd = (odd != 0).then(|| odd.trailing_zeros() as usize);
        Some(Marks { separators: separators & before, odd })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_found_in_its_place() {
        let bytes = [0, 9, 10, 13, 31, 32, b'!', b'"', b'#', b'+', b',', b'-', 127, 128, 172, 255, b'a'];
        let (mut random, mut without_odd) = (1_u64, 0);
        for _ in 0..40_000 {
            let text: Vec<u8> = (0..BLOCK)
                .map(|_| {
                    random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    if random >> 58 == 0 {
                        bytes[(random >> 33) as usize % bytes.len()]
                    } else {
                        b',' + (random >> 63) as u8
                    }
                })
                .collect();
            let is_odd = |byte: &u8| *byte < 0x20 || *byte == b'"' || *byte >= 0x80;
            let odd = text.iter().position(is_odd);
            let before = text.iter().enumerate().take(odd.unwrap_or(BLOCK)).filter(|(_, byte)| **byte == b',');
            let expected = Marks { separators: before.map(|(at, _)| 1 << at).sum(), odd };
            assert_eq!(Marks::of(&text, b','), Some(expected), "{text:?}");
            without_odd += u32::from(odd.is_none());
        }
        assert!((1_000..39_000).contains(&without_odd), "both are tried: {without_odd}");
        assert_eq!(Marks::of(&[0; BLOCK - 1], b','), None);
    }
}
