//! Bytes that matter in a text, found eight or sixteen at a time.

use wide::u8x16;

/// Bytes of a word.
pub const WIDTH: usize = 8;
/// Bytes of two words, which are looked at together.
pub const WIDE: usize = size_of::<u8x16>();

const ONES: u64 = u64::from_le_bytes([1; WIDTH]);
/// The highest bit of every byte.
const HIGH: u64 = ONES << 7;

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

/// The first bytes of a text; `None` where there are fewer.
#[inline(always)]
fn wide(text: &[u8]) -> Option<u8x16> {
    Some(u8x16::new(*text.first_chunk()?))
}

/// The bytes that are this one.
#[inline(always)]
pub(super) fn are(bytes: u8x16, byte: u8) -> u8x16 {
    bytes.cmp_eq(u8x16::splat(byte))
}

/// Marks by its highest bit what is no printable ASCII: what has that bit itself, and control characters, from which a
/// space cannot be taken away without it.
#[inline(always)]
pub(super) fn unprintable(bytes: u8x16) -> u8x16 {
    bytes | (bytes - u8x16::splat(b' '))
}

/// The place of the first bit; [`WIDE`] where there is none.
#[inline(always)]
const fn first(bits: i32) -> usize {
    (bits | 1 << WIDE).trailing_zeros() as usize
}

/// The place of the first byte of [`WIDE`] that means something in an attribute's value in double quotes, or may do so:
/// a control character, `"`, `&`, `<`, what is not ASCII; [`WIDE`] where there is none, `None` where there are fewer bytes.
#[inline(always)]
pub fn first_in_value(text: &[u8]) -> Option<usize> {
    let bytes = wide(text)?;
    let found = unprintable(bytes) | are(bytes, b'"') | are(bytes, b'&') | are(bytes, b'<');
    Some(first(found.move_mask()))
}

/// The place of the first byte of [`WIDE`] that ends a string of JSON or is no plain part of it: `"`, `\`, a control
/// character; and whether all before it are ASCII. As [`first_in_value`] else.
#[inline(always)]
pub fn first_in_string(text: &[u8]) -> Option<(usize, bool)> {
    let bytes = wide(text)?;
    let found = unprintable(bytes) | are(bytes, b'"') | are(bytes, b'\\');
    let others = bytes.move_mask();
    let first = first(found.move_mask() & !others);
    Some((first, others & ((1 << first) - 1) == 0))
}

/// The place of the first of [`WIDE`] bytes that is one of two. As [`first_in_value`] else.
#[inline(always)]
pub fn first_of_two(text: &[u8], one: u8, two: u8) -> Option<usize> {
    let bytes = wide(text)?;
    Some(first((are(bytes, one) | are(bytes, two)).move_mask()))
}

/// Marks the bytes that are more than 9 by their highest bit. What is carried from them may mark those above wrongly:
/// the first is right.
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

/// The number that so many decimal digits make, at most twice [`WIDTH`]; `None` where others stand among them, there is
/// none, or the text ends inside of the word in which the last of them stands.
#[inline(always)]
pub fn few_digits(text: &[u8], digits: usize) -> Option<u64> {
    const SHIFTS: [u64; WIDTH] = [10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];
    // What stands behind them is shifted out, and zeros stand before them.
    let some = |text: &[u8], digits: usize| number((word(text)? ^ all(b'0')) << (u64::BITS as usize - digits * WIDTH));
    if digits > WIDTH {
        let more = digits - WIDTH;
        let shift = SHIFTS.get(more - 1)?;
        return Some(eight_digits(text)? * shift + some(&text[WIDTH..], more)?);
    }
    if digits == 0 { None } else { some(text, digits) }
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
const fn place(bits: u64) -> usize {
    bits.trailing_zeros() as usize / WIDTH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_byte_is_found_that_means_something() {
        for byte in 0..=255 {
            let is_control = byte < 0x20;
            let in_value = is_control || byte >= 0x80 || matches!(byte, b'"' | b'&' | b'<');
            let in_string = is_control || matches!(byte, b'"' | b'\\');
            for at in 0..WIDE {
                let mut text = *b"a'#%>~ Z!09:@[]}";
                // What follows it does not count.
                text[at..].fill(byte);
                let place = |is: bool| if is { at } else { WIDE };
                assert_eq!(first_in_value(&text), Some(place(in_value)), "{text:?}");
                assert_eq!(first_in_string(&text), Some((place(in_string), byte < 0x80)), "{text:?}");
                assert_eq!(first_of_two(&text, b'"', b'\\'), Some(place(matches!(byte, b'"' | b'\\'))), "{text:?}");
                text[at..].fill(b'"');
                text[at] = byte;
                let or_next = |is: bool| if is || at + 1 == WIDE { place(is) } else { at + 1 };
                assert_eq!(first_in_value(&text), Some(or_next(in_value)), "{text:?}");
                assert_eq!(first_in_string(&text), Some((or_next(in_string), byte < 0x80)), "{text:?}");
            }
        }
        let few = [0; WIDE - 1];
        assert_eq!((first_in_value(&few), first_in_string(&few), first_of_two(&few, 0, 0)), (None, None, None));
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
        let text = b"182736450918273645091827";
        for digits in 1..=2 * WIDTH {
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
        assert_eq!((few_digits(text, 0), few_digits(text, 17)), (None, None));
        assert_eq!((few_digits(b"1234567", 3), few_digits(b"123456789012345", 9)), (None, None));
    }
}
