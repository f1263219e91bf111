//! Bytes that matter in a text, found eight at a time.

/// Bytes that are looked at together.
pub const WIDTH: usize = 8;

const ONES: u64 = u64::from_le_bytes([1; WIDTH]);
/// The highest bit of every byte.
pub const HIGH: u64 = ONES << 7;

/// A word in which every byte is this one.
#[inline(always)]
pub const fn all(byte: u8) -> u64 {
    u64::from_le_bytes([byte; WIDTH])
}

/// The first bytes of a text, the first one lowest; `None` where there are fewer.
#[inline(always)]
pub fn word(text: &[u8]) -> Option<u64> {
    Some(u64::from_le_bytes(*text.first_chunk::<WIDTH>()?))
}

/// Marks the bytes that are 0. One that is found takes one from those above it, which may be marked wrongly then:
/// the first is right.
#[inline(always)]
pub const fn zeros(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & HIGH
}

/// Marks the control characters, as [`zeros`] does.
#[inline(always)]
pub const fn controls(word: u64) -> u64 {
    word.wrapping_sub(all(b' ')) & !word & HIGH
}

/// What stands in [`WIDTH`] bytes of delimited text. The highest bit of byte *i* stands for byte *i*.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marks {
    /// The separators before the first odd byte.
    pub separators: u64,
    /// The first byte that is a control character (line ends among them), a quotation mark or not ASCII; at most one bit.
    pub odd: u64,
}

impl Marks {
    /// Looks at the first bytes of a text; `None` where there are fewer.
    #[inline]
    pub fn of(text: &[u8], separator: u8) -> Option<Marks> {
        let word = word(text)?;
        let other = word ^ all(separator);
        // Of each byte on its own: zero stays below the highest bit.
        let separators = !(((other & !HIGH) + !HIGH) | other) & HIGH;
        let odd = controls(word) | zeros(word ^ all(b'"')) | (word & HIGH);
        let before = odd.wrapping_sub(1) & !odd;
        Some(Marks { separators: separators & before, odd: odd & odd.wrapping_neg() })
    }
}

/// The first byte of [`WIDTH`] that means something in an attribute's value in double quotes, or may do so: a control
/// character, `"`, `&`, `<`, what is not ASCII. At most one bit, as in [`Marks`]; `None` where there are fewer bytes.
#[inline]
pub fn first_in_value(text: &[u8]) -> Option<u64> {
    let word = word(text)?;
    // They differ in one bit.
    let quotes_and_ampersands = zeros((word & !all(b'"' ^ b'&')) ^ all(b'"' & b'&'));
    let found = quotes_and_ampersands | zeros(word ^ all(b'<')) | controls(word) | (word & HIGH);
    Some(found & found.wrapping_neg())
}

/// The first of [`WIDTH`] bytes that is one of two. At most one bit, as in [`Marks`]; `None` where there are fewer bytes.
#[inline]
pub fn first_of_two(text: &[u8], one: u8, two: u8) -> Option<u64> {
    let word = word(text)?;
    let found = zeros(word ^ all(one)) | zeros(word ^ all(two));
    Some(found & found.wrapping_neg())
}

/// Marks the bytes that are more than 9, as [`zeros`] does.
#[inline(always)]
const fn no_digits(values: u64) -> u64 {
    (values.wrapping_add(all(0x80 - 10)) | values) & HIGH
}

/// How many digits a text starts with.
#[inline(always)]
pub fn count_digits(text: &[u8]) -> usize {
    let mut count = 0;
    while let Some(word) = text.get(count..).and_then(word) {
        let marks = no_digits(word ^ all(b'0'));
        if marks != 0 {
            return count + place(marks);
        }
        count += WIDTH;
    }
    while text.get(count).is_some_and(u8::is_ascii_digit) {
        count += 1;
    }
    count
}

/// The number that [`WIDTH`] decimal digits make; `None` where others stand among them or there are fewer bytes.
#[inline(always)]
pub fn eight_digits(text: &[u8]) -> Option<u64> {
    let values = word(text)? ^ all(b'0');
    if no_digits(values) != 0 {
        return None;
    }
    // Neighbours are put together: digits, pairs of them, fours.
    let pairs = (values.wrapping_mul(10 * 0x100 + 1) >> 8) & 0x00FF_00FF_00FF_00FF;
    let fours = (pairs.wrapping_mul(100 * 0x1_0000 + 1) >> 16) & 0x0000_FFFF_0000_FFFF;
    Some(fours.wrapping_mul(10_000 * 0x1_0000_0000 + 1) >> 32)
}

/// How many bytes are marked, where none is but by its highest bit.
#[inline(always)]
pub const fn count_marks(bits: u64) -> usize {
    ((bits >> 7).wrapping_mul(ONES) >> 56) as usize
}

/// Which byte the first bit stands for.
#[inline(always)]
pub const fn place(bits: u64) -> usize {
    bits.trailing_zeros() as usize / WIDTH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_found_in_its_place() {
        let bytes = [0, 9, 10, 13, 31, 32, b'!', b'"', b'#', b'+', b',', b'-', 127, 128, 172, 255, b'a'];
        let mut random = 1_u64;
        for _ in 0..20_000 {
            let text: Vec<u8> = (0..WIDTH)
                .map(|_| {
                    random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    if random >> 62 == 0 {
                        bytes[(random >> 33) as usize % bytes.len()]
                    } else {
                        b',' + (random >> 63) as u8
                    }
                })
                .collect();
            let is_odd = |byte: &u8| *byte < 0x20 || *byte == b'"' || *byte >= 0x80;
            let odd = text.iter().position(is_odd);
            let bit = |at: usize| 0x80 << (at * 8);
            let before = text.iter().enumerate().take(odd.unwrap_or(WIDTH)).filter(|(_, byte)| **byte == b',');
            let expected = Marks { separators: before.map(|(at, _)| bit(at)).sum::<u64>(), odd: odd.map_or(0, bit) };
            assert_eq!(Marks::of(&text, b','), Some(expected), "{text:?}");
            assert_eq!(odd.unwrap_or(WIDTH), place(expected.odd), "{text:?}");
            assert_eq!(expected.separators.count_ones() as usize, count_marks(expected.separators), "{text:?}");
        }
        assert_eq!(Marks::of(&[0; WIDTH - 1], b','), None);
    }

    #[test]
    fn the_first_of_two_bytes_is_found() {
        for byte in 0..=255 {
            for at in 0..WIDTH {
                let mut text = [b'a'; WIDTH];
                text[at..].fill(byte);
                let expected = if matches!(byte, b'"' | b'\\') { 0x80 << (at * 8) } else { 0 };
                assert_eq!(first_of_two(&text, b'"', b'\\'), Some(expected), "{text:?}");
            }
        }
        assert_eq!(first_of_two(b"short", b'"', b'\\'), None);
    }

    #[test]
    fn digits_are_counted_up_to_the_first_other_byte() {
        for byte in 0..=255_u8 {
            for at in 0..WIDTH + 4 {
                let mut text = *b"091827364509";
                text[at..].fill(byte);
                let expected = if byte.is_ascii_digit() { text.len() } else { at };
                assert_eq!(count_digits(&text), expected, "{text:?}");
            }
        }
        assert_eq!(count_digits(b""), 0);
    }

    #[test]
    fn eight_digits_make_a_number() {
        for number in [0_u64, 1, 9, 10, 12_345_678, 90_000_001, 99_999_999, 17_723_664] {
            assert_eq!(eight_digits(format!("{number:08}rest").as_bytes()), Some(number));
        }
        for byte in 0..=255_u8 {
            for at in 0..WIDTH {
                let mut text = *b"18273645";
                text[at] = byte;
                let expected = std::str::from_utf8(&text).ok().filter(|text| !text.contains('+'));
                assert_eq!(eight_digits(&text), expected.and_then(|text| text.parse().ok()), "{text:?}");
            }
        }
        assert_eq!(eight_digits(b"1827364"), None);
    }

    #[test]
    fn what_means_something_in_a_value_is_found() {
        for byte in 0..=255 {
            let means = !(0x20..0x80).contains(&byte) || matches!(byte, b'"' | b'&' | b'<');
            for at in 0..WIDTH {
                let mut text = *b"a'#%>~ Z";
                text[at] = byte;
                // What follows it does not count.
                text[at + 1..].fill(byte);
                let expected = if means { 0x80 << (at * 8) } else { 0 };
                assert_eq!(first_in_value(&text), Some(expected), "{text:?}");
            }
        }
        assert_eq!(first_in_value(&[0; WIDTH - 1]), None);
    }
}
