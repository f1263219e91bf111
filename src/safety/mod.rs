//! What stands between the text of an artifact and every output.
//!
//! Artifacts are hostile input: a ZAP report carries working attack strings by its nature, a Newman report carries live tokens.
//! Whoever reads an artifact masks its secrets, in the text as it stands and before anything is cut; the writer of an output
//! passes each text through the rest, in this order:
//!
//! ```text
//! redact      secrets → [redacted:kind]             redact::Redactor
//! cut         what is too long → … (+12,345 chars)  visible::cut
//! escape      for the one output that is written    markdown, html, xml, csv, json, terminal
//! ```
//!
//! Redaction comes first: a secret that is cut in two still leaks its beginning.
//! Each function that escapes also makes control characters, bidirectional overrides and invisible characters visible ([`visible`]),
//! so no writer can forget it.
//!
//! # Example
//!
//! ```
//! use signoff::safety::redact::{Counts, Redactor};
//! use signoff::safety::{csv, html, json, markdown, terminal, visible, xml};
//!
//! let mut counts = Counts::default();
//! let text = Redactor::standard().redact("password=hunter22 | <script>", &mut counts);
//! assert_eq!((&*text, counts.total()), ("password=[redacted:secret] | <script>", 1));
//!
//! let text = visible::cut("a | <b>\u{202e}", 100);
//! assert_eq!(markdown::code(&text).as_str(), "`a | <b>\\u{202E}`");
//! assert_eq!(html::text(&text), "a | &lt;b&gt;\\u{202E}");
//! assert_eq!(xml::text(&text), "a | &lt;b&gt;\\u{202E}");
//! assert_eq!(csv::field("=1+1"), "\"'=1+1\"");
//! assert_eq!(terminal::message("50 %\n"), "50 %25%0A");
//! assert_eq!(json::compact(&"\u{202e}")?, r#""\u202e""#);
//! # Ok::<(), serde_json::Error>(())
//! ```

pub mod csv;
pub mod html;
pub(crate) mod identity;
pub mod json;
pub mod markdown;
pub mod redact;
pub mod terminal;
pub mod visible;
pub mod xml;

#[cfg(test)]
mod properties;

/// Writes a text, with references in place of what is special in it: bytes of ASCII that are no letters. What stands
/// between is copied in stretches. It is compiled for each list of references, so that these need not be looked up.
#[inline(always)]
pub(crate) fn refer<const N: usize>(out: &mut String, text: &str, references: &[(u8, &str); N]) {
    let mut rest = text;
    while let Some(at) = find_any(rest, references) {
        let special = rest.as_bytes()[at];
        out.push_str(&rest[..at]);
        references.iter().filter(|(byte, _)| *byte == special).for_each(|(_, reference)| out.push_str(reference));
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}

/// Where [`refer`] has something to do.
#[inline(always)]
fn find_any<const N: usize>(text: &str, references: &[(u8, &str); N]) -> Option<usize> {
    find(text, |byte| references.iter().fold(0, |any, (special, _)| any | is(byte, *special)))
}

/// 1 of one byte, 0 of all others, without a comparison: those lead to a branch for each byte in [`find`].
#[inline(always)]
pub(crate) const fn is(byte: u8, one: u8) -> u8 {
    1_u8.saturating_sub(byte ^ one)
}

/// Bytes that [`find`] asks at once.
const WIDTH: usize = 16;

/// Where the first byte stands of which something else than 0 is said.
///
/// Many bytes are asked at once, which is much faster as long as the answer is put together by arithmetic alone.
/// Where they do not come out even, the last ones are asked together with some before them.
#[inline]
pub(crate) fn find(text: &str, says: impl Fn(u8) -> u8) -> Option<usize> {
    let bytes = text.as_bytes();
    let (chunks, rest) = bytes.as_chunks::<WIDTH>();
    for (index, chunk) in chunks.iter().enumerate() {
        if let Some(at) = first(chunk, &says) {
            return Some(WIDTH * index + at);
        }
    }
    if rest.is_empty() {
        return None;
    }
    match bytes.last_chunk() {
        Some(last) => first(last, &says).map(|at| bytes.len() - WIDTH + at),
        None => find_in_few(bytes, &says),
    }
}

/// As [`find`], among fewer bytes than are asked at once.
#[inline]
fn find_in_few(bytes: &[u8], says: &impl Fn(u8) -> u8) -> Option<usize> {
    match bytes.len() {
        0..4 => bytes.iter().position(|byte| says(*byte) != 0),
        4..8 => find_in_halves::<4>(bytes, says),
        _ => find_in_halves::<8>(bytes, says),
    }
}

/// As [`find`], among so many bytes or at most twice as many: the first of them and the last, of which some may be the same.
#[inline]
fn find_in_halves<const HALF: usize>(bytes: &[u8], says: &impl Fn(u8) -> u8) -> Option<usize> {
    let (head, tail) = (bytes.first_chunk::<HALF>()?, bytes.last_chunk::<HALF>()?);
    let mut both = [head[0]; WIDTH];
    both[..HALF].copy_from_slice(head);
    both[WIDTH - HALF..].copy_from_slice(tail);
    first(&both, says).map(|at| if at < HALF { at } else { at + bytes.len() - WIDTH })
}

/// Where the first of some bytes stands of which something else than 0 is said.
#[inline(always)]
fn first(bytes: &[u8; WIDTH], says: &impl Fn(u8) -> u8) -> Option<usize> {
    let (mut all, mut at) = ([0; WIDTH], 0);
    while at < WIDTH {
        all[at] = says(bytes[at]);
        at += 1;
    }
    let all = u128::from_le_bytes(all);
    (all != 0).then(|| all.trailing_zeros() as usize / 8)
}

#[cfg(test)]
mod tests {
    use super::{find, is};

    #[test]
    fn the_first_byte_is_found_wherever_it_stands() {
        for length in 0..3 * super::WIDTH {
            let text = "a".repeat(length);
            assert_eq!(find(&text, |byte| is(byte, b'x')), None);
            for at in 0..length {
                let mut text = text.clone();
                text.replace_range(at.., &"x".repeat(length - at));
                assert_eq!(find(&text, |byte| is(byte, b'x')), Some(at), "{text}");
                text.replace_range(at + 1.., &"a".repeat(length - at - 1));
                assert_eq!(find(&text, |byte| is(byte, b'x')), Some(at), "{text}");
            }
        }
    }
}
