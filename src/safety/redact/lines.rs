//! What the lines of a text tell together. The same frames stand in one stack trace after another: what a line tells is
//! remembered.
//!
//! Nothing that [`Traits`] are about goes on from one line to the next.

use std::cell::RefCell;

use super::hints::Hints;
use super::traits::Traits;

/// Bytes that are looked at together at least; so many are remembered at most.
const LEAST: usize = 32;
const MOST: usize = 256;

/// How many parts of texts are remembered.
const SLOTS: usize = 256;

thread_local! {
    static KNOWN: RefCell<Known> = const { RefCell::new(Known(Vec::new())) };
}

/// Parts of texts and what they tell; the last one that was seen of each [`Known::slot`].
struct Known(Vec<(String, Traits)>);

impl Known {
    fn tells(&mut self, part: &str) -> Traits {
        let Some(slot) = Known::slot(part.as_bytes()) else { return of(part) };
        if self.0.is_empty() {
            self.0.resize_with(SLOTS, Default::default);
        }
        let (known, traits) = &mut self.0[slot];
        if known != part {
            *traits = of(part);
            part.clone_into(known);
        }
        *traits
    }

    /// Few parts of one text agree in their length and their last bytes.
    fn slot(part: &[u8]) -> Option<usize> {
        let (end, length) = (part.last_chunk()?, part.len());
        let mixed = (u64::from_le_bytes(*end) ^ length as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (LEAST..=MOST).contains(&length).then_some((mixed >> 32) as usize % SLOTS)
    }
}

/// What a text tells, but for what needs all of it.
pub fn traits(text: &str) -> Traits {
    let mut all = Traits::default();
    if text.len() < LEAST {
        all = of(text);
    } else {
        KNOWN.with_borrow_mut(|known| parts(text).for_each(|part| all.add(&known.tells(part))));
    }
    all.settle(text);
    all
}

fn of(part: &str) -> Traits {
    let mut traits = Traits::of(part);
    let hints = Hints::of(part, traits.has_run);
    traits.has |= hints.has;
    traits.words = hints.words;
    traits.has_relatives = hints.has_relatives;
    traits
}

/// A text in whole lines with their ends, as few of them together as have enough bytes.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let more = rest.as_bytes().get(LEAST..).unwrap_or_default();
        let (part, behind) = rest.split_at(memchr::memchr(b'\n', more).map_or(rest.len(), |at| LEAST + at + 1));
        rest = behind;
        (!part.is_empty()).then_some(part)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn lines_tell_together_what_the_text_tells(
            text in "(    at com\\.example\\.[A-Z][a-zA-Z]{0,30}\\.call\\(Test\\.java:[0-9]{1,3}\\)\r?\n|password=x\n|<a-token\n>|\n{1,3}|GB82 WEST\n|[0-9]{4,20}\n|[ :=@%&\\[é-]{0,40}){0,12}"
        ) {
            let mut whole = of(&text);
            whole.settle(&text);
            // The second time they are known.
            for parted in [traits(&text), traits(&text)] {
                prop_assert_eq!(parted.has, whole.has);
                prop_assert_eq!(parted.words, whole.words);
                let told = |traits: &Traits| {
                    let Traits { has_hidden, has_escapes, has_run, has_base64, has_relatives, .. } = *traits;
                    [has_hidden, has_escapes, has_run, has_base64, has_relatives]
                };
                prop_assert_eq!(told(&parted), told(&whole));
            }
        }
    }

    #[test]
    fn no_byte_of_a_text_is_left_out() {
        let line = "x".repeat(LEAST);
        for text in
            ["", "\n", "short", "a\nb\n", &format!("{line}\n"), &format!("{line}\n{line}"), &format!("a\n{line}\n\nb")]
        {
            assert_eq!(parts(text).collect::<String>(), text);
        }
    }
}
