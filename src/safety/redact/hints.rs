//! Words that name secrets, and what tokens begin with, found in one pass over a text.

use super::rules::{ENDINGS, HOOK, PAT, SUFFIXES, TOKENS, WORDS, needs, words};
use super::{WORD_PATTERN, has_relatives};

/// What words and beginnings of tokens tell of a text.
pub struct Hints {
    /// See [`words`].
    pub words: u32,
    /// [`needs::TOKEN`], [`needs::NAMED`], [`needs::QUOTED`] and [`needs::IN_TAG`].
    pub has: u32,
    /// Whether a letter beyond ASCII stands in the text that may stand for one in ASCII.
    pub has_relatives: bool,
}

/// Bytes by which a place is told to be the start of one, as many as the shortest of them has.
const BYTES: usize = 3;

/// The words, the last of which names none.
const N_WORDS: usize = WORDS.len() + 1;

/// The words and beginnings, numbered one after the other.
const N: usize = N_WORDS + TOKENS.len();

/// The number of the word that counts only where a word starts: the last of [`WORDS`].
const AT_START: usize = WORDS.len() - 1;

/// The number of the word that counts only where a name ends: [`PAT`].
const AT_END: usize = words::number(PAT);

/// How many sets there are of words and of beginnings; neighbours are in the same one.
const WORD_SETS: usize = 9;
const TOKEN_SETS: usize = 23;

/// The sets of words.
const OF_WORDS: u32 = (1 << WORD_SETS) - 1;

/// Bytes that are looked at together, beside those that a place needs beyond.
const WIDTH: usize = 16;

/// For each of the first bytes of a word or token, which sets have one with it there.
static STARTS: [[u32; 256]; BYTES] = {
    let mut starts = [[0; 256]; BYTES];
    let (mut n, mut at) = (0, 0);
    while n < N {
        let text = TEXTS[n];
        while at < BYTES {
            starts[at][text[at] as usize] |= 1 << set_of(n);
            if n < N_WORDS {
                starts[at][text[at].to_ascii_uppercase() as usize] |= 1 << set_of(n);
            }
            at += 1;
        }
        (n, at) = (n + 1, 0);
    }
    starts
};

/// The first number of each set, and last the number behind them all.
static FIRST: [usize; WORD_SETS + TOKEN_SETS + 1] = {
    let mut first = [N; WORD_SETS + TOKEN_SETS + 1];
    let mut n = N;
    while n > 0 {
        n -= 1;
        first[set_of(n)] = n;
    }
    first
};

/// The words and beginnings by their numbers.
static TEXTS: [&[u8]; N] = {
    let mut texts = [HOOK.as_bytes(); N];
    let mut n = 0;
    while n < N {
        if n < WORDS.len() {
            texts[n] = WORDS[n].as_bytes();
        } else if n >= N_WORDS {
            texts[n] = TOKENS[n - N_WORDS].as_bytes();
        }
        n += 1;
    }
    texts
};

const fn set_of(n: usize) -> usize {
    if n < N_WORDS { n * WORD_SETS / N_WORDS } else { WORD_SETS + (n - N_WORDS) * TOKEN_SETS / TOKENS.len() }
}

impl Hints {
    /// Looks at every byte. Tokens are looked for where `has_run` says that there may be some.
    pub fn of(text: &str, has_run: bool) -> Hints {
        let mut hints = Hints { words: words::NONE, has: 0, has_relatives: has_relatives(text) };
        let bytes = text.as_bytes();
        let asked = if has_run { u32::MAX } else { OF_WORDS };
        let mut at = 0;
        while let Some(several) = bytes.get(at..).and_then(|rest| rest.first_chunk::<{ WIDTH + BYTES - 1 }>()) {
            let (mut sets, mut any) = ([0; WIDTH], 0);
            for n in 0..WIDTH {
                sets[n] = sets_of([several[n], several[n + 1], several[n + 2]]);
                any |= sets[n];
            }
            if any & asked != 0 {
                for (n, sets) in sets.iter().enumerate().filter(|(_, sets)| *sets & asked != 0) {
                    hints.look(bytes, at + n, *sets & asked);
                }
            }
            at += WIDTH;
        }
        for (n, several) in bytes[at..].windows(BYTES).enumerate() {
            let sets = sets_of([several[0], several[1], several[2]]) & asked;
            if sets != 0 {
                hints.look(bytes, at + n, sets);
            }
        }
        if hints.has_relatives {
            let has_any = WORD_PATTERN.is_match(text);
            hints.words = if has_any { words::ANY | words::HOOK } else { words::NONE };
            hints.has |= if has_any { OF_NAMES | needs::IN_TAG } else { 0 };
        }
        hints
    }

    /// Looks for the words and beginnings of some sets at one place.
    fn look(&mut self, bytes: &[u8], at: usize, mut sets: u32) {
        while sets != 0 {
            let set = sets.trailing_zeros() as usize;
            sets &= sets - 1;
            let (first, end) = (FIRST[set], FIRST[set + 1]);
            for (n, text) in (first..end).zip(&TEXTS[first..end]) {
                let rest = &bytes[at..];
                if n >= N_WORDS {
                    self.has |= if rest.starts_with(text) { needs::TOKEN } else { 0 };
                } else if rest.get(..text.len()).is_some_and(|it| it.eq_ignore_ascii_case(text))
                    && !(n == AT_START && is_inside_word(bytes, at))
                {
                    let behind = behind_name(&rest[text.len()..], text);
                    self.words |= if n == AT_END && behind.is_none() { 0 } else { 1 << n };
                    if let Some(behind) = behind {
                        self.look_around(&bytes[at.saturating_sub(MAX_TAG)..at], behind);
                    }
                }
            }
        }
    }

    /// Looks whether a name is that of a value, or of an element, by what stands before its word and behind itself.
    fn look_around(&mut self, before: &[u8], behind: &[u8]) {
        if self.has & OF_NAMES != OF_NAMES {
            let quotes = behind.iter().take(MAX_QUOTES).take_while(|byte| b"\"'\\`]".contains(byte)).count();
            let blanks = behind[quotes..].iter().take(MAX_BLANKS).take_while(|byte| b" \t".contains(byte)).count();
            self.has |= match behind.get(quotes + blanks) {
                Some(b'=' | b':' | b'%') => needs::NAMED,
                Some(b'"' | b'\'' | b'`') if blanks > 0 => needs::QUOTED,
                _ => 0,
            };
        }
        let is_end_of_tag = |byte: &u8| *byte == b'>' || !byte.is_ascii_graphic();
        if self.has & needs::IN_TAG == 0 && behind.first().is_some_and(is_end_of_tag) {
            let bracket = memchr::memrchr2(b'<', b'>', before);
            self.has |= if bracket.is_some_and(|bracket| before[bracket] == b'<') { needs::IN_TAG } else { 0 };
        }
    }
}

/// What stands behind the name that a word is the last one in; `None` where the name goes on otherwise.
fn behind_name<'b>(rest: &'b [u8], word: &[u8]) -> Option<&'b [u8]> {
    let tail = rest.iter().take(MAX_TAIL + 1).take_while(|byte| is_of_name(**byte)).count();
    let (tail, behind) = rest.split_at(tail);
    (tail.len() <= MAX_TAIL && ends_name(word, tail)).then_some(behind)
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

/// Whether the name of a secret may go on like this behind its last word.
fn ends_name(word: &[u8], tail: &[u8]) -> bool {
    let endings = ENDINGS.iter().find(|(of, _)| of.as_bytes().eq_ignore_ascii_case(word));
    let endings = endings.map_or(&[][..], |(_, endings)| *endings);
    endings.iter().chain(&[""]).any(|ending| {
        let Some((start, rest)) = tail.split_at_checked(ending.len()) else { return false };
        if !start.eq_ignore_ascii_case(ending.as_bytes()) {
            return false;
        }
        let suffix = rest.strip_prefix(b".").or(rest.strip_prefix(b"_")).or(rest.strip_prefix(b"-")).unwrap_or(rest);
        rest.is_empty()
            || (1..=2).contains(&suffix.len()) && suffix.iter().all(u8::is_ascii_digit)
            || SUFFIXES.iter().any(|known| suffix.eq_ignore_ascii_case(known.as_bytes()))
    })
}

/// The sets of which a word or token may start with some bytes.
#[inline(always)]
fn sets_of([first, second, third]: [u8; BYTES]) -> u32 {
    STARTS[0][usize::from(first)] & STARTS[1][usize::from(second)] & STARTS[2][usize::from(third)]
}

/// Bytes behind a word that are part of the same name: `ion_id-confirmation`.
const MAX_TAIL: usize = 24;

/// What stands behind names.
const OF_NAMES: u32 = needs::NAMED | needs::QUOTED;

/// Quotation marks and blanks before the sign behind a name.
const MAX_QUOTES: usize = 6;
const MAX_BLANKS: usize = 8;

/// Bytes from `<` to a word: those of 60 characters, and what a name has before its word.
const MAX_TAG: usize = 60 * 4 + 64;

fn is_inside_word(bytes: &[u8], at: usize) -> bool {
    at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_seen_in_one_pass_is_what_stands_there(
            text in "(_PAT|PASS|pwd|Secret|token|kEy|auth|bearer|basic|cookie|credential|sess|csrf|xsrf|saml|[_. a-z]?sid|x-signature\
                |hook|eyJ|AKIA|ghp_|github_pat_|xox|sk-|SG\\.|npm_|[a-zA-Z0-9_.-]{0,16}|[ <>=:\n]|é){0,12}"
        ) {
            let hints = Hints::of(&text, true);
            let lower = text.to_ascii_lowercase();
            let starts = |at: usize| !lower[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
            for (n, word) in WORDS.into_iter().chain([HOOK]).enumerate() {
                let ends = |at: usize| behind_name(&text.as_bytes()[at + word.len()..], word.as_bytes()).is_some();
                let counts = |at| (n != AT_START || starts(at)) && (n != AT_END || ends(at));
                let stands = lower.match_indices(word).any(|(at, _)| counts(at));
                prop_assert_eq!(hints.words & 1 << n != 0, stands, "{}", word);
            }
            prop_assert_eq!(hints.has & needs::TOKEN != 0, TOKENS.iter().any(|token| text.contains(token)));
        }
    }

    #[test]
    fn a_word_names_a_value_where_a_sign_follows_the_name() {
        for (text, is_named) in [
            ("password=x", true),
            ("a_token_confirmation\"' \t : x", true),
            ("the token is here: x", false),
            ("TokenTest.java:12", false),
            ("php_session_id: x", true),
            ("SAMLResponse=x", true),
            ("token2=x", true),
            ("token-b64\"]  := x", true),
            ("token%3Dx", true),
            ("token, and more: x", false),
            ("token\nmore: x", false),
            ("a: token", false),
            ("gh_pat=x", true),
            ("file_path=x", false),
            ("the token 'x'", false),
        ] {
            assert_eq!(Hints::of(text, false).has & needs::NAMED != 0, is_named, "{text:?}");
        }
    }

    #[test]
    fn a_quoted_value_stands_behind_a_blank() {
        for (text, is_quoted) in [("key 'x'", true), ("key\" `x`", true), ("key'x'", false), ("keys 'x'", false)] {
            assert_eq!(Hints::of(text, false).has & needs::QUOTED != 0, is_quoted, "{text:?}");
        }
        assert_eq!(Hints::of("a_path b_pattern", false).words, words::NONE);
    }

    #[test]
    fn a_word_stands_in_a_tag_behind_its_bracket() {
        for (text, is_in_tag) in [
            ("<db:password>x", true),
            ("<a> token <b>", false),
            ("token <b>", false),
            ("<a-token x=\"y\">", true),
            ("<tokens>", false),
        ] {
            assert_eq!(Hints::of(text, false).has & needs::IN_TAG != 0, is_in_tag, "{text:?}");
        }
    }
}
