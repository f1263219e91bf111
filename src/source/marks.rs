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

/// The first byte of [`WIDTH`] that means something in an attribute's value in double quotes, or may do so: a control
/// character, `"`, `&`, `<`, what is not ASCII. At most one bit, the highest of its byte; `None` where there are fewer bytes.
#[inline]
pub fn first_in_value(text: &[u8]) -> Option<u64> {
    let word = word(text)?;
    // They differ in one bit.
    let quotes_and_ampersands = zeros((word & !all(b'"' ^ b'&')) ^ all(b'"' & b'&'));
    let found = quotes_and_ampersands | zeros(word ^ all(b'<')) | controls(word) | (word & HIGH);
    Some(found & found.wrapping_neg())
}

/// The first of [`WIDTH`] bytes that is one of two. At most one bit, as in [`first_in_value`]; `None` where there are
/// fewer bytes.
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
    number(word(text)? ^ all(b'0'))
}

/// The number that so many decimal digits make, at most [`WIDTH`]; `None` where others stand among them, there is none,
/// or the text has fewer than [`WIDTH`] bytes.
#[inline(always)]
pub fn few_digits(text: &[u8], digits: usize) -> Option<u64> {
    if !(1..=WIDTH).contains(&digits) {
        return None;
    }
    // What stands behind them is shifted out, and zeros stand before them.
    number((word(text)? ^ all(b'0')) << (u64::BITS as usize - digits * WIDTH))
}

/// The number that the values of [`WIDTH`] digits make; `None` where one is more than 9.
#[inline(always)]
const fn number(values: u64) -> Option<u64> {
    if no_digits(values) != 0 {
        return None;
    }
    // Neighbours are put together: digits, pairs of them, fours.
    let pairs = (values.wrapping_mul(10 * 0x100 + 1) >> 8) & 0x00FF_00FF_00FF_00FF;
    let fours = (pairs.wrapping_mul(100 * 0x1_0000 + 1) >> 16) & 0x0000_FFFF_0000_FFFF;
    Some(fours.wrapping_mul(10_000 * 0x1_0000_0000 + 1) >> 32)
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
    fn few_digits_make_a_number() {
        let text = b"1827364509";
        for digits in 1..=WIDTH {
            let expected = std::str::from_utf8(&text[..digits]).expect("digits").parse().ok();
            assert_eq!(few_digits(text, digits), expected);
            for byte in 0..=255_u8 {
                let mut text = *text;
                text[digits..].fill(byte);
                assert_eq!(few_digits(&text, digits), expected, "what follows does not count: {byte}");
                for at in (0..digits).filter(|_| !byte.is_ascii_digit()) {
                    let mut text = text;
                    text[at] = byte;
                    assert_eq!(few_digits(&text, digits), None, "{text:?}");
                }
            }
        }
        assert_eq!((few_digits(text, 0), few_digits(text, 9), few_digits(b"1234567", 3)), (None, None, None));
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
