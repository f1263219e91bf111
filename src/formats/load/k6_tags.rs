//! The tags of k6's raw output as k6 writes them, which mostly are those of an earlier line but for some values.

use crate::source::{Canonical, Text, same_start};

use super::k6_raw::Tags;

/// What stands before the tags of a point.
const KEY: &[u8; 8] = b",\"tags\":";

/// The tags of a line.
#[derive(Clone, Default)]
pub(super) struct KnownTags {
    /// As they are written, with their key. Empty before the first.
    written: Vec<u8>,
    /// Where their values stand in it.
    values: Vec<Text>,
    needed: Needed<usize>,
    /// The values of the next ones.
    spare: Vec<Text>,
}

/// The tags that matter: by their numbers, or where they stand.
#[derive(Clone, Copy, Default)]
pub(super) struct Needed<T> {
    method: Option<T>,
    name: Option<T>,
    url: Option<T>,
    status: Option<T>,
}

impl KnownTags {
    /// Takes these tags; false where others stand here.
    #[inline(always)]
    pub fn eat(&self, cursor: &mut Canonical<'_>) -> bool {
        !self.written.is_empty() && cursor.eat_all(&self.written)
    }

    /// Takes tags of the same keys in the same order, and keeps them in place of these; `None` for others.
    pub fn eat_like(&mut self, cursor: &mut Canonical<'_>) -> Option<()> {
        let text = cursor.rest();
        self.spare.clear();
        // Places in both that correspond.
        let (mut at, mut from) = (0, 0);
        loop {
            let end = from + same_start(text.get(at..)?, self.written.get(from..)?);
            while let Some(value) = self.values.get(self.spare.len())
                && value.range().end < end
            {
                self.spare.push(value.moved(from, at)?);
            }
            let Some(value) = self.values.get(self.spare.len()) else {
                at += end - from;
                (end == self.written.len()).then_some(())?;
                break;
            };
            let value = value.range();
            // All before the value is the same.
            let before = value.start.checked_sub(from).filter(|_| value.start <= end)?;
            let mut inner = Canonical::new(text);
            inner.skip(at + before);
            self.spare.push(inner.text()?);
            (at, from) = (inner.at(), value.end + 1);
        }
        self.keep(text.get(..at).filter(|text| !text.is_empty())?, cursor)?;
        std::mem::swap(&mut self.values, &mut self.spare);
        Some(())
    }

    /// Takes whatever tags: texts under keys in ascending order, so that none stands twice; or none at all.
    pub fn eat_any(&mut self, cursor: &mut Canonical<'_>) -> Option<()> {
        let text = cursor.rest();
        let mut inner = Canonical::new(text);
        self.spare.clear();
        let mut needed = Needed::default();
        inner.eat(KEY).then_some(())?;
        if !inner.eat(b"null") && !inner.eat(b"{}") {
            inner.eat(b"{\"").then_some(())?;
            let mut last: &[u8] = b"";
            loop {
                let key = inner.plain()?;
                if key <= last {
                    return None;
                }
                last = key;
                inner.eat(b":\"").then_some(())?;
                let number = Some(self.spare.len());
                self.spare.push(inner.text()?);
                match key {
                    b"method" => needed.method = number,
                    b"name" => needed.name = number,
                    b"url" => needed.url = number,
                    b"status" => needed.status = number,
                    _ => {}
                }
                if !inner.eat(b",\"") {
                    break;
                }
            }
            inner.eat(b"}").then_some(())?;
        }
        self.keep(&text[..inner.at()], cursor)?;
        std::mem::swap(&mut self.values, &mut self.spare);
        self.needed = needed;
        Some(())
    }

    /// Takes what was found to be tags but for its bytes.
    fn keep(&mut self, written: &[u8], cursor: &mut Canonical<'_>) -> Option<()> {
        if !Canonical::is_text(written) {
            return None;
        }
        cursor.skip(written.len());
        written.clone_into(&mut self.written);
        Some(())
    }

    /// Where the tags that matter stand, from the key of the tags on.
    pub fn needed(&self) -> Needed<Text> {
        let of = |number: Option<usize>| self.values.get(number?).copied();
        let Needed { method, name, url, status } = self.needed;
        Needed { method: of(method), name: of(name), url: of(url), status: of(status) }
    }
}

impl Needed<Text> {
    /// Calls `take` with the tags. `text` is what they were found in.
    pub fn with<R>(self, text: &[u8], take: impl FnOnce(Tags<'_>) -> R) -> R {
        let of = |tag: Option<Text>| tag.map(|tag| tag.of(text));
        let (method, name, status) = (of(self.method), of(self.name), of(self.status));
        // The URL stands in for a name that is missing.
        let url = if name.as_ref().is_none_or(|name| name.is_empty()) { of(self.url) } else { None };
        take(Tags { method: method.as_deref(), name: name.as_deref(), url: url.as_deref(), status: status.as_deref() })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::formats::load::twice::texts;

    /// The tags that matter, and how long all are; `None` for what is none.
    fn take(text: &str, eat: impl FnOnce(&mut Canonical<'_>) -> Option<Needed<Text>>) -> Option<([String; 4], usize)> {
        let mut cursor = Canonical::new(text.as_bytes());
        let needed = eat(&mut cursor)?;
        let of = |tag: Option<Text>| tag.map_or("-".into(), |tag| tag.of(text.as_bytes()).into_owned());
        Some(([needed.method, needed.name, needed.url, needed.status].map(of), cursor.at()))
    }

    fn tags() -> impl Strategy<Value = String> {
        let keys = proptest::sample::subsequence(vec!["a", "method", "name", "status", "u", "url", "z"], 0..=7);
        let tags = keys.prop_flat_map(|keys| {
            let values = proptest::collection::vec(texts(), keys.len());
            values.prop_map(move |values| {
                let tags: Vec<String> =
                    keys.iter().zip(values).map(|(key, value)| format!("\"{key}\":\"{value}\"")).collect();
                format!("{{{}}}", tags.join(","))
            })
        });
        prop_oneof![8 => tags, 1 => Just("null".to_owned())].prop_map(|tags| format!(",\"tags\":{tags}"))
    }

    proptest! {
        #[test]
        fn tags_are_the_same_whatever_is_known_before(first in tags(), second in tags(), cut in 0..60usize) {
            let second = second.get(..second.len().saturating_sub(cut.saturating_sub(40))).unwrap_or(&second);
            let mut known = KnownTags::default();
            let any = take(second, |cursor| known.eat_any(cursor).map(|()| known.needed()));
            for before in [&*first, second] {
                let mut known = KnownTags::default();
                let is_known = known.eat_any(&mut Canonical::new(before.as_bytes())).is_some();
                let like = take(second, |cursor| known.eat_like(cursor).map(|()| known.needed()));
                prop_assert!(like.is_none() || like == any, "{like:?} and not {any:?}");
                prop_assert!(!(is_known && before == second) || like.is_some());
            }
        }

        #[test]
        fn tags_of_the_same_keys_are_like_each_other(first in texts(), second in texts(), third in texts()) {
            let tags = |name: &str, url: &str| format!(",\"tags\":{{\"name\":\"{name}\",\"url\":\"{url}\"}}}}");
            let (before, after) = (tags(first, second), tags(third, first));
            let mut known = KnownTags::default();
            let any = take(&after, |cursor| known.eat_any(cursor).map(|()| known.needed()));
            let mut known = KnownTags::default();
            if known.eat_any(&mut Canonical::new(before.as_bytes())).is_some() {
                let like = take(&after, |cursor| known.eat_like(cursor).map(|()| known.needed()));
                prop_assert_eq!(like, any);
            }
        }
    }
}
