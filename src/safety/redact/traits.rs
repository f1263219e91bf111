//! What passes over the bytes of a text tell, so that most rules are not tried on most texts.

use std::ops::Range;

use super::rules::{Row, needs};
use super::value::base64_text;

/// What passes over the bytes of a text tell.
#[derive(Clone, Copy, Default)]
pub struct Traits {
    /// See [`needs`].
    pub has: u32,
    /// See [`rules::words`](super::rules::words); no pass over the bytes tells them.
    pub words: u32,
    /// See [`Hints::has_relatives`](super::hints::Hints::has_relatives).
    pub has_relatives: bool,
    /// How many digits there are.
    n_digits: usize,
    /// Characters that may be invisible, controls and everything beyond ASCII; or the rest of a colour sequence.
    pub has_hidden: bool,
    /// `%`, `\` or `&`.
    pub has_escapes: bool,
    /// A run of characters as long as a token.
    pub has_run: bool,
    /// A run of characters that is text in base64, and no word in lower case.
    pub has_base64: bool,
}

/// Digits of what [`needs::CARD`] and [`needs::IBAN`] are about.
pub const DIGITS: usize = 10;

/// Digits of the shortest number of a card.
const CARD: usize = 15;

/// Characters of a run that is as long as a token.
const TOKEN: usize = 14;

/// Characters of a run that may be base64.
pub const BASE64: usize = 24;

impl Traits {
    /// Whether a rule may find something.
    pub fn allow(&self, row: &Row) -> bool {
        row.needs & !self.has == 0 && (row.words == 0 || row.words & self.words != 0)
    }

    /// What parts of a text tell, put together; [`settle`](Self::settle) is to follow.
    pub fn add(&mut self, part: &Traits) {
        self.has |= part.has;
        self.words |= part.words;
        self.has_relatives |= part.has_relatives;
        self.n_digits += part.n_digits;
        self.has_hidden |= part.has_hidden;
        self.has_escapes |= part.has_escapes;
        self.has_run |= part.has_run;
        self.has_base64 |= part.has_base64;
    }

    /// Adds what no part of a text tells by itself.
    pub fn settle(&mut self, text: &str) {
        if self.n_digits < DIGITS {
            self.has &= !needs::IBAN;
        }
        if self.has_escapes && memchr::memchr(b'>', text.as_bytes()).is_some() {
            self.has |= needs::SEPARATOR;
        }
    }

    /// Looks at every byte.
    pub fn of(text: &str) -> Traits {
        let bytes = text.as_bytes();
        let Bytes { all, n_digits, n_dots, has_capital, has_minus, has_bracket } = Bytes::of(bytes);
        let may_count = n_digits >= 5 || n_digits >= 2 && has_capital;
        let numbers = if may_count { Numbers::of(bytes) } else { Numbers::default() };
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | 0x80..);
        let is_flag = |at: usize| {
            let is_start = at == 0 || matches!(bytes[at - 1], b' ' | b'\t'..=b'\r' | b'"' | b'\'' | 0x80..);
            is_start && bytes.get(at + 1).is_some_and(is_name)
        };
        let has_escapes = all & class::ESCAPE != 0;
        let has_residue = has_bracket && memchr::memchr_iter(b'[', bytes).any(|at| residue(&bytes[at..]).is_some());
        let bits = [
            (all & class::SEPARATOR != 0, needs::SEPARATOR),
            (all & class::TAG != 0, needs::TAG),
            (all & class::EQUALS != 0, needs::EQUALS),
            (all & class::AT != 0, needs::AT),
            (n_digits >= CARD && numbers.in_a_row && has_card(bytes), needs::CARD),
            (numbers.after_capitals, needs::IBAN),
            (n_digits >= 5 && n_dots >= 3 && numbers.around_a_dot && has_address(bytes), needs::ADDRESS),
            (has_minus && memchr::memchr_iter(b'-', bytes).any(is_flag), needs::FLAG),
        ];
        let may_be_base64 = has_capital
            && has_run(
                bytes,
                BASE64,
                |byte| is_of_run(byte) && byte != b'.',
                |run| run.iter().any(u8::is_ascii_uppercase),
            );
        Traits {
            n_digits,
            has: bits.iter().filter(|(is_set, _)| *is_set).fold(0, |has, (_, bit)| has | bit),
            has_hidden: has_residue || all & class::HIDDEN != 0,
            has_escapes,
            has_run: has_run(bytes, TOKEN, is_of_run, |_| true),
            has_base64: may_be_base64 && base64_runs(text).any(|run| base64_text(&text[run]).is_some()),
            ..Traits::default()
        }
    }
}

/// How the digits of a text stand.
#[derive(Default)]
struct Numbers {
    /// Four in a row.
    in_a_row: bool,
    /// Two after two capital letters.
    after_capitals: bool,
    /// One on each side of a full stop.
    around_a_dot: bool,
}

impl Numbers {
    fn of(bytes: &[u8]) -> Numbers {
        /// Windows that are looked at together, one that begins at each of so many bytes.
        const WIDTH: usize = 16;
        let mut numbers = Numbers::default();
        let mut at = 0;
        while let Some(several) = bytes.get(at..at + WIDTH + 3).and_then(|rest| rest.first_chunk::<{ WIDTH + 3 }>()) {
            let (mut row, mut capitals, mut dots) = (0, 0, 0);
            for n in 0..WIDTH {
                let [a, b, c, d] = [several[n], several[n + 1], several[n + 2], several[n + 3]];
                let last_two = is_digit(c) & is_digit(d);
                row |= is_digit(a) & is_digit(b) & last_two;
                capitals |= is_capital(a) & is_capital(b) & last_two;
                dots |= is_digit(a) & u8::from(b == b'.') & is_digit(c);
            }
            numbers.add(row, capitals, dots);
            at += WIDTH;
        }
        let rest = &bytes[at..];
        for n in 0..rest.len() {
            let [a, b, c, d] = [0, 1, 2, 3].map(|more| rest.get(n + more).copied().unwrap_or_default());
            let last_two = is_digit(c) & is_digit(d);
            numbers.add(
                is_digit(a) & is_digit(b) & last_two,
                is_capital(a) & is_capital(b) & last_two,
                is_digit(a) & u8::from(b == b'.') & is_digit(c),
            );
        }
        numbers
    }

    fn add(&mut self, row: u8, capitals: u8, dots: u8) {
        self.in_a_row |= row != 0;
        self.after_capitals |= capitals != 0;
        self.around_a_dot |= dots != 0;
    }
}

/// Whether so many digits as a card has follow each other, at most a blank or a hyphen between two.
fn has_card(bytes: &[u8]) -> bool {
    let (mut count, mut is_apart) = (0, true);
    bytes.iter().any(|byte| {
        match byte {
            b'0'..=b'9' => (count, is_apart) = (count + 1, false),
            b' ' | b'-' if !is_apart => is_apart = true,
            _ => (count, is_apart) = (0, true),
        }
        count >= CARD
    })
}

/// Whether four numbers follow each other with full stops between them, the first of which is that of a private network.
fn has_address(bytes: &[u8]) -> bool {
    let is_private = |before: &[u8]| [&b"10"[..], b"172", b"192"].iter().any(|first| before.ends_with(first));
    memchr::memchr_iter(b'.', bytes).any(|at| {
        is_private(&bytes[..at])
            && (0..3)
                .try_fold(&bytes[at..], |rest, _| {
                    let digits =
                        rest.strip_prefix(b".")?.iter().take(3).take_while(|byte| byte.is_ascii_digit()).count();
                    (digits > 0).then(|| &rest[1 + digits..])
                })
                .is_some()
    })
}

fn is_digit(byte: u8) -> u8 {
    u8::from(byte.wrapping_sub(b'0') < 10)
}

fn is_capital(byte: u8) -> u8 {
    u8::from(byte.wrapping_sub(b'A') < 26)
}

/// The bytes of a text taken together.
#[derive(Default)]
struct Bytes {
    /// The [`class`] of every byte.
    all: u8,
    n_digits: usize,
    n_dots: usize,
    has_capital: bool,
    has_minus: bool,
    has_bracket: bool,
}

impl Bytes {
    /// Bytes that are compared at once.
    const WIDTH: usize = 16;

    fn of(bytes: &[u8]) -> Bytes {
        let mut seen = Bytes::default();
        let (chunks, rest) = bytes.as_chunks();
        chunks.iter().for_each(|chunk| seen.add(chunk));
        if !rest.is_empty() {
            // Letters that are counted nowhere.
            let mut chunk = [b'a'; Bytes::WIDTH];
            chunk[..rest.len()].copy_from_slice(rest);
            seen.add(&chunk);
        }
        seen
    }

    #[inline]
    fn add(&mut self, chunk: &[u8; Bytes::WIDTH]) {
        let (mut some, mut digits, mut dots) = (0, 0, 0);
        let (mut capital, mut minus, mut bracket) = (0, false, false);
        for byte in *chunk {
            digits += is_digit(byte);
            dots += u8::from(byte == b'.');
            capital |= is_capital(byte);
            minus |= byte == b'-';
            bracket |= byte == b'[';
            let is_equals = byte == b'=';
            let is_hidden = ((byte < b' ') & (byte != b'\n') & (byte != b'\r') & (byte != b'\t')) | (byte >= 0x7f);
            some |= u8::from(is_equals | (byte == b':')) * class::SEPARATOR;
            some |= u8::from(is_equals) * class::EQUALS;
            some |= u8::from(byte == b'@') * class::AT;
            some |= u8::from(byte == b'<') * class::TAG;
            some |= u8::from((byte == b'%') | (byte == b'\\') | (byte == b'&')) * class::ESCAPE;
            some |= u8::from(is_hidden) * class::HIDDEN;
        }
        self.all |= some;
        self.n_digits += usize::from(digits);
        self.n_dots += usize::from(dots);
        self.has_capital |= capital != 0;
        self.has_minus |= minus;
        self.has_bracket |= bracket;
    }
}

/// Whether so many bytes that belong to a run follow each other, in a run of which `is_it` holds.
fn has_run(bytes: &[u8], count: usize, belongs: impl Fn(u8) -> bool, is_it: impl Fn(&[u8]) -> bool) -> bool {
    runs(bytes, count, belongs).any(|run| is_it(&bytes[run]))
}

/// Where bytes that belong to a run follow each other, at least so many, as far as they go.
/// Only every so manieth byte is looked at where there are none.
fn runs(bytes: &[u8], count: usize, belongs: impl Fn(u8) -> bool) -> impl Iterator<Item = Range<usize>> {
    // Nothing before `start` belongs to a run that goes on.
    let mut start = 0;
    std::iter::from_fn(move || {
        let is_other = |byte: &u8| !belongs(*byte);
        while let Some(window) = bytes.get(start..start + count) {
            match window.iter().rposition(is_other) {
                Some(last) => start += last + 1,
                None => {
                    let length = bytes[start..].iter().position(is_other).unwrap_or(bytes.len() - start);
                    start += length;
                    return Some(start - length..start);
                }
            }
        }
        None
    })
}

/// Where base64 text of some length may stand, with what pads it.
pub fn base64_runs(text: &str) -> impl Iterator<Item = Range<usize>> {
    let belongs = |byte| is_of_run(byte) && byte != b'.' && byte != b'=';
    runs(text.as_bytes(), BASE64, belongs).map(|run| {
        let padding = text.as_bytes()[run.end..].iter().take(2).take_while(|byte| **byte == b'=').count();
        run.start..run.end + padding
    })
}

/// The length of a colour sequence whose first byte, which XML cannot hold, was taken out: `[0m`, `[1;31m`.
pub fn residue(text: &[u8]) -> Option<usize> {
    let parameters = text.strip_prefix(b"[")?;
    let n = parameters.iter().take(MAX_RESIDUE + 1).take_while(|byte| matches!(byte, b'0'..=b';')).count();
    let is_one = n > 0 && n <= MAX_RESIDUE && parameters[n - 1].is_ascii_digit() && parameters.get(n) == Some(&b'm');
    is_one.then_some(n + 2)
}

/// Bytes of the parameters of a colour sequence.
const MAX_RESIDUE: usize = 12;

/// Classes of bytes.
mod class {
    pub const SEPARATOR: u8 = 1;
    pub const EQUALS: u8 = 1 << 1;
    pub const AT: u8 = 1 << 2;
    pub const TAG: u8 = 1 << 3;
    pub const HIDDEN: u8 = 1 << 4;
    pub const ESCAPE: u8 = 1 << 5;
}

/// Whether tokens and base64 text are made of such bytes.
fn is_of_run(byte: u8) -> bool {
    RUN[usize::from(byte)]
}

/// Answers [`is_of_run`] for every byte.
static RUN: [bool; 256] = {
    let mut run = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        run[byte] =
            matches!(byte as u8, b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'=' | b'_' | b'+' | b'/' | b'.' | b'-');
        byte += 1;
    }
    run
};

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The longest run of characters that `belongs` holds of, if something in it is as `is_it` says.
    fn longest(text: &str, belongs: impl Fn(char) -> bool, is_it: impl Fn(char) -> bool) -> usize {
        let runs = text.split(|c| !belongs(c)).filter(|run| run.chars().any(&is_it));
        runs.map(str::len).max().unwrap_or(0)
    }

    fn is_token(c: char) -> bool {
        c.is_ascii_alphanumeric() || "=_+/.-".contains(c)
    }

    proptest! {
        #[test]
        fn what_is_seen_at_once_is_what_is_seen_one_by_one(
            text in "([a-z]{0,20}|[A-Za-z0-9+/=]{20,40}|[ .:=@<>%\\\\&\"-]{0,3}|[0-9.]{0,12}|[0-9 -]{0,20}|(10|192|172)(\\.[0-9]{1,3}){3}|\\[[0-9;]{0,14}m?|[é\u{200b}\n\t\u{1}\u{7f}]){0,9}"
        ) {
            let traits = super::super::lines::traits(&text);
            let count = |is_it: fn(char) -> bool| text.chars().filter(|c| is_it(*c)).count();
            let has = |bit| traits.has & bit != 0;
            let has_escapes = text.contains(['%', '\\', '&']);
            prop_assert_eq!(has(needs::SEPARATOR), text.contains([':', '=']) || has_escapes && text.contains('>'));
            prop_assert_eq!(has(needs::TAG), text.contains('<'));
            prop_assert_eq!(has(needs::EQUALS), text.contains('='));
            prop_assert_eq!(has(needs::AT), text.contains('@'));
            let window = |of: &[fn(&u8) -> bool]| {
                text.as_bytes().windows(of.len()).any(|bytes| bytes.iter().zip(of).all(|(byte, is_it)| is_it(byte)))
            };
            let digits = count(|c| c.is_ascii_digit());
            let (digit, capital) = (u8::is_ascii_digit as fn(&u8) -> bool, u8::is_ascii_uppercase as fn(&u8) -> bool);
            let like = |pattern: &str| regex::Regex::new(pattern).expect("a pattern").is_match(&text);
            prop_assert_eq!(has(needs::CARD), window(&[digit; 4]) && like("[0-9]([ -]?[0-9]){14}"));
            prop_assert_eq!(has(needs::IBAN), digits >= 10 && window(&[capital, capital, digit, digit]));
            prop_assert_eq!(has(needs::ADDRESS), like("(10|172|192)(\\.[0-9]{1,3}){3}"));
            prop_assert_eq!(traits.has_escapes, has_escapes);
            prop_assert_eq!(traits.has_run, longest(&text, is_token, |_| true) >= 14);
            let is_base64 = |c| is_token(c) && c != '.';
            let all: Vec<&str> = base64_runs(&text).map(|run| &text[run]).collect();
            let is_text = all.iter().any(|run| base64_text(run).is_some());
            prop_assert!(is_text || !traits.has_base64);
            prop_assert!(longest(&text, is_base64, |c| c.is_ascii_uppercase()) >= 24 || !traits.has_base64);
            let pattern = regex::Regex::new("[A-Za-z0-9+/_-]{24,}={0,2}").expect("a pattern");
            prop_assert_eq!(all, pattern.find_iter(&text).map(|run| run.as_str()).collect::<Vec<_>>());
            let hides = |c: char| !c.is_ascii() || c.is_ascii_control() && !"\n\r\t".contains(c);
            let has_residue = (0..text.len()).any(|at| residue(&text.as_bytes()[at..]).is_some());
            prop_assert_eq!(traits.has_hidden, has_residue || text.contains(hides));
        }
    }

    #[test]
    fn a_minus_before_a_name_begins_an_option_at_the_start_and_after_a_blank_or_a_quote() {
        for (text, is_flag) in [
            ("-p x", true),
            ("a -p", true),
            ("a\n-p", true),
            ("\"-p", true),
            ("a\r-p", true),
            ("a\u{a0}-p", true),
            ("a-p", false),
            ("", false),
            ("a - p", false),
            ("a -", false),
        ] {
            assert_eq!(Traits::of(text).has & needs::FLAG != 0, is_flag, "{text:?}");
        }
    }

    #[test]
    fn what_is_left_of_a_colour_is_a_bracket_numbers_and_an_m() {
        for (text, length) in
            [("[0m", Some(3)), ("[1;31mred", Some(6)), ("[m", None), ("[;m", None), ("[0", None), ("0m", None)]
        {
            assert_eq!(residue(text.as_bytes()), length, "{text}");
        }
        assert_eq!(residue(b"[123456789012m"), Some(14));
        assert_eq!(residue(b"[1234567890123m"), None);
    }
}
