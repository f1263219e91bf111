//! What one pass over the bytes of a text tells, so that most rules are not tried on most texts.

use super::rules::needs;

/// What one pass over the bytes of a text tells.
pub struct Traits {
    /// See [`needs`].
    pub has: u8,
    /// Characters that may be invisible, controls and everything beyond ASCII; or the rest of a colour sequence.
    pub has_hidden: bool,
    /// `%`, `\` or `&`.
    pub has_escapes: bool,
    /// A run of characters as long as a token.
    pub has_run: bool,
    /// A run of characters that may be base64, which words in lower case are not.
    pub has_base64: bool,
}

impl Traits {
    /// Looks at every byte once.
    pub fn of(text: &str) -> Traits {
        let mut all = 0;
        let (mut n_digits, mut n_dots) = (0_usize, 0_usize);
        let (mut run, mut longest_run) = (0_usize, 0_usize);
        let (mut base64, mut has_base64, mut is_mixed) = (0_usize, false, false);
        let mut has_flag = text.starts_with('-');
        let mut before = 0;
        let mut has_residue = false;
        for (at, byte) in text.bytes().enumerate() {
            let class = CLASSES[usize::from(byte)];
            all |= class;
            n_digits += usize::from(class & class::DIGIT != 0);
            n_dots += usize::from(byte == b'.');
            if class & class::RUN == 0 {
                (run, base64, is_mixed) = (0, 0, false);
            } else {
                run += 1;
                longest_run = longest_run.max(run);
                base64 = if byte == b'.' { 0 } else { base64 + 1 };
                is_mixed = base64 > 0 && (is_mixed || class & class::UPPER != 0);
                has_base64 |= is_mixed && base64 >= 24;
            }
            has_flag |= byte == b'-' && matches!(before, b' ' | b'\n' | b'\t' | b'"' | b'\'');
            has_residue |= byte == b'm' && before.is_ascii_digit() && is_residue(&text.as_bytes()[..at]);
            before = byte;
        }
        let bits = [
            (all & class::SEPARATOR != 0, needs::SEPARATOR),
            (all & class::EQUALS != 0, needs::EQUALS),
            (all & class::AT != 0, needs::AT),
            (n_digits >= 10, needs::DIGITS),
            (n_dots >= 3 && n_digits >= 5, needs::ADDRESS),
            (has_flag, needs::FLAG),
        ];
        Traits {
            has: bits.iter().filter(|(is_set, _)| *is_set).fold(0, |has, (_, bit)| has | bit),
            has_hidden: has_residue || all & class::HIDDEN != 0,
            has_escapes: all & class::ESCAPE != 0,
            has_run: longest_run >= 14,
            has_base64,
        }
    }
}

/// Whether a text ends with what is left of a colour sequence where its first byte, which XML cannot hold, was taken out: `[0`.
fn is_residue(text: &[u8]) -> bool {
    let parameters = text.iter().rev().take(MAX_RESIDUE).take_while(|byte| matches!(byte, b'0'..=b';')).count();
    text.len() > parameters && text[text.len() - parameters - 1] == b'['
}

/// Bytes of the parameters of a colour sequence.
pub const MAX_RESIDUE: usize = 12;

/// Classes of bytes.
mod class {
    pub const SEPARATOR: u8 = 1;
    pub const EQUALS: u8 = 1 << 1;
    pub const AT: u8 = 1 << 2;
    pub const DIGIT: u8 = 1 << 3;
    pub const HIDDEN: u8 = 1 << 4;
    pub const ESCAPE: u8 = 1 << 5;
    pub const RUN: u8 = 1 << 6;
    pub const UPPER: u8 = 1 << 7;
}

/// The classes of every byte.
const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'=' => class::SEPARATOR | class::EQUALS | class::RUN,
            b':' | b'>' => class::SEPARATOR,
            b'@' => class::AT,
            b'0'..=b'9' => class::DIGIT | class::RUN,
            b'A'..=b'Z' => class::UPPER | class::RUN,
            b'a'..=b'z' | b'_' | b'+' | b'/' | b'.' | b'-' => class::RUN,
            b'%' | b'\\' | b'&' => class::ESCAPE,
            b'\n' | b'\r' | b'\t' => 0,
            0..=0x1f | 0x7f..=0xff => class::HIDDEN,
            _ => 0,
        };
        byte += 1;
    }
    classes
};
