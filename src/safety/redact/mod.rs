//! Secrets, taken out of text before it reaches an output.
//!
//! A mask says what was there and nothing else about it: `[redacted:github-token]`, no length, no prefix, no hash,
//! since short secrets can be guessed from any of them.
//!
//! | kind | what |
//! |---|---|
//! | `private-key` | PEM private keys and those of PuTTY, cut ones too |
//! | `jwt` | JSON Web Tokens and encrypted ones |
//! | `aws-key-id`, `gcp-key`, `github-token`, `gitlab-token`, `slack-token`, `webhook`, `stripe-key`, `package-token`, `api-key` | tokens that are known by their form |
//! | `authorization`, `cookie` | credentials in headers; names and attributes of cookies stay, as they are often the finding |
//! | `secret` | the value after a name that says so: in JSON, XML, YAML, forms, environment variables, options, name–value pairs |
//! | `password` | passwords on the command lines of well-known tools, in `.netrc` |
//! | `kube-secret` | the data of a Kubernetes Secret |
//! | `url-password`, `url-secret` | credentials in addresses and in connections of Oracle |
//! | `card-number`, `iban`, `email`, `private-ip` | personal and internal data |
//! | `base64` | base64 text that holds any of these |
//!
//! Secrets are found behind percent, backslash and entity escapes as well, and where invisible characters or colours stand inside them.
//!
//! What an audit needs stays: commit hashes, digests, UUIDs, subresource integrity hashes, titles of findings,
//! names without value, `${VARIABLES}`, `****`, public keys and certificates.
//!
//! See the [example](mod@crate::safety#example).

pub(crate) mod cut;
mod headers;
mod hints;
mod lines;
mod rules;
mod samples;
mod shapes;
mod traits;
mod value;
mod view;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::cell::{LazyCell, OnceCell};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{LazyLock, OnceLock};

use regex::Regex;

use rules::{Find, ROWS, needs, words};
use traits::Traits;
use view::View;

use super::find;

/// How many secrets of each kind were masked.
///
/// See the [example](mod@crate::safety#example).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<String, u64>);

impl Counts {
    /// Kinds and their counts, in the order of the kinds.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(kind, count)| (kind.as_str(), *count))
    }

    /// How many of all kinds.
    pub fn total(&self) -> u64 {
        self.0.values().fold(0, |sum: u64, count| sum.saturating_add(*count))
    }

    /// Adds so many of a kind.
    pub(crate) fn add_kind(&mut self, kind: &str, count: u64) {
        let known = self.0.entry(kind.to_owned()).or_default();
        *known = known.saturating_add(count);
    }

    /// Adds other counts to these.
    pub fn add(&mut self, other: &Counts) {
        for (kind, count) in other.iter() {
            self.add_kind(kind, count);
        }
    }
}

/// The kinds that are personal or internal rather than secret, and that a project may want to see. Where such a match
/// touches a secret, the secret counts.
///
/// See the [example](mod@crate::safety#example).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Personal {
    /// Numbers of payment cards.
    CardNumber,
    /// Numbers of bank accounts.
    Iban,
    /// E-mail addresses.
    Email,
    /// Addresses of private networks.
    PrivateIp,
}

impl Personal {
    /// Every such kind.
    pub const ALL: [Personal; 4] = [Personal::CardNumber, Personal::Iban, Personal::Email, Personal::PrivateIp];

    /// The word for it, as in the mask.
    pub const fn word(self) -> &'static str {
        match self {
            Personal::CardNumber => "card-number",
            Personal::Iban => "iban",
            Personal::Email => "email",
            Personal::PrivateIp => "private-ip",
        }
    }
}

/// A pattern or kind of the user's that cannot be used.
///
/// See the [example](mod@crate::safety#example).
#[derive(Debug, thiserror::Error)]
pub enum BadPattern {
    /// The regular expression cannot be read.
    #[error("`{pattern}` is not a regular expression")]
    Pattern {
        /// The pattern as given.
        pattern: String,
        /// What is wrong with it.
        #[source]
        source: Box<regex::Error>,
    },
    /// It matches the empty text, and so says nothing.
    #[error("`{0}` matches the empty text")]
    Empty(String),
    /// It is an exception by which secrets would be shown.
    #[error("`{pattern}` also matches secrets, such as those of the kind `{kind}`")]
    Shows {
        /// The pattern as given.
        pattern: String,
        /// The kind that it shows.
        kind: &'static str,
    },
    /// The name of a kind stands in the mask and may not look like anything else there.
    #[error("`{0}` is not a name of lower-case letters and hyphens")]
    Kind(String),
}

/// Finds secrets and masks them. Made once and shared between threads.
///
/// See the [example](mod@crate::safety#example).
#[derive(Debug, Default)]
pub struct Redactor {
    own: Vec<Rule>,
    keep: Vec<Regex>,
    shown: Vec<Personal>,
}

/// A pattern of the user's, with the name of its kind.
#[derive(Debug)]
struct Rule {
    kind: String,
    regex: Regex,
}

/// The rules without any of a user's.
static STANDARD: Redactor = Redactor { own: Vec::new(), keep: Vec::new(), shown: Vec::new() };

/// The built-in rules. Each is compiled when the first text needs it: all of them take longer than a small report.
static BUILT_IN: [OnceLock<Regex>; ROWS.len()] = [const { OnceLock::new() }; ROWS.len()];

/// The words of [`rules::WORDS`] and [`rules::HOOK`], where letters beyond ASCII may stand for some of theirs.
static WORD_PATTERN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(&rules::pattern_of_words()).expect("a valid pattern"));

/// A mask, of whatever kind.
static MASK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\[redacted:[a-z][a-z-]{0,30}\]").expect("a valid pattern"));

/// How often a text is searched for what the masks before have brought to light.
const ROUNDS: usize = 8;

/// The shortest token that has nothing in it but lower-case letters and digits has as many bytes.
const MAX_PLAIN: usize = 36;

/// The shortest token that has nothing but letters, digits and `_` in it and does not begin like those that are told by
/// that has as many bytes: 20 of Linear's behind `lin_api_`.
const MAX_NAME: usize = 28;

/// Of these, every rule that needs no word needs one.
const WORDLESS: u32 = !(needs::SEPARATOR | needs::TAG);

/// How many layers of escapes or base64 are looked through.
const LAYERS: usize = 3;

impl Redactor {
    /// The built-in rules alone.
    pub fn standard() -> &'static Redactor {
        &STANDARD
    }

    /// The built-in rules, `extra` ones (kind and regular expression; where it has a group, the first group is the secret),
    /// and exceptions: what stands inside a match of `keep` is not masked.
    ///
    /// # Errors
    /// A pattern or a kind cannot be used, or an exception is so wide that it matches secrets.
    pub fn new(extra: &[(String, String)], keep: &[String]) -> Result<Redactor, BadPattern> {
        let mut own = Vec::with_capacity(extra.len());
        for (kind, pattern) in extra {
            check_kind(kind)?;
            if pattern.is_empty() {
                return Err(BadPattern::Empty(pattern.clone()));
            }
            own.push(Rule { kind: kind.clone(), regex: compile(pattern)? });
        }
        let keep = keep.iter().map(|pattern| exception(pattern)).collect::<Result<_, _>>()?;
        Ok(Redactor { own, keep, shown: Vec::new() })
    }

    /// The same without some of the kinds that are personal or internal rather than secret: see [`Personal`].
    #[must_use]
    pub fn without(mut self, kinds: &[Personal]) -> Redactor {
        self.shown.extend(kinds);
        self
    }

    /// The text with every secret masked; `counts` grows by what was masked.
    ///
    /// Idempotent. Text without secrets is borrowed, and costs little.
    pub fn redact<'t>(&self, text: &'t str, counts: &mut Counts) -> Cow<'t, str> {
        let mut out = Cow::Borrowed(text);
        for _ in 0..ROUNDS {
            let secrets = self.secrets(&out, 0);
            if secrets.is_empty() {
                return out;
            }
            out = Cow::Owned(masked(&out, &secrets, counts));
        }
        if self.secrets(&out, 0).is_empty() {
            return out;
        }
        // Text that brings up a new secret each time is made to do so.
        *counts.0.entry("text".to_owned()).or_default() += 1;
        Cow::Borrowed("[redacted:text]")
    }

    /// What to mask in a text: ranges in order, apart from each other, each with its kind.
    fn secrets(&self, text: &str, layer: usize) -> Vec<(Range<usize>, &str)> {
        let mut traits = traits_of(text);
        if self.is_clean(&traits) {
            return Vec::new();
        }
        let mut found = Found { text, masks: OnceCell::new(), ranges: BTreeMap::new() };
        let mut view = View::whole(text);
        for _ in 0..=LAYERS {
            if let Some(stripped) = traits.has_hidden.then(|| view.stripped()).flatten() {
                view = stripped;
                traits = traits_of(&view.text);
            }
            self.search(&view, &traits, &mut found);
            if layer < LAYERS && traits.has_base64 {
                self.search_base64(&view, layer, &mut found);
            }
            if !traits.has_escapes {
                break;
            }
            match view.decoded() {
                Some(decoded) => view = decoded,
                None => break,
            }
            traits = traits_of(&view.text);
        }
        found.ranges.into_iter().map(|(start, (end, kind))| (start..end, kind)).collect()
    }

    /// Whether a user has rules of their own.
    pub(crate) fn has_own(&self) -> bool {
        !self.own.is_empty()
    }

    /// Whether a text is as plain as most keys and short paths, `suite/testcase[12]`: too plain for any rule to find
    /// anything in it.
    pub(crate) fn is_plain(&self, text: &str) -> bool {
        let is_other = |byte: u8| {
            let is_plain = byte.is_ascii_lowercase() | byte.is_ascii_digit() | matches!(byte, b'[' | b']' | b'/');
            u8::from(!is_plain)
        };
        !self.has_own()
            && text.len() < MAX_PLAIN
            && find(text, is_other).is_none()
            && usize::from(text.bytes().fold(0, |n, byte| n + u8::from(byte.is_ascii_digit()))) < traits::DIGITS
    }

    /// Whether a text is a name as most tests have one, `login_ok_12` or `loginOk12`: too plain for any rule to find anything
    /// in it. Of the tokens that have nothing but letters, digits and `_`, those that are so short are told by how they begin.
    pub(crate) fn is_name(&self, text: &str) -> bool {
        if text.len() >= MAX_NAME || self.has_own() {
            return false;
        }
        let is_other = |byte: u8| u8::from(!byte.is_ascii_alphanumeric() & (byte != b'_'));
        let count = |is_it: fn(&u8) -> bool| text.bytes().fold(0, |count, byte| count + usize::from(is_it(&byte)));
        // Of AWS and of banks; of GitHub and Hugging Face, npm, Docker, Stripe and its webhooks.
        let begins_token = |three: &[u8]| match three {
            [b'A'..=b'Z', b'A'..=b'Z', _] => true,
            [before, last, b'_'] => {
                matches!([before, last], [b'h', _] | [b'p', b'm'] | [b'a', b't'] | [b's' | b'r', b'k'] | [b'e', b'c'])
            }
            _ => false,
        };
        find(text, is_other).is_none()
            && (text.len() < traits::BASE64 || count(u8::is_ascii_uppercase) == 0)
            && count(u8::is_ascii_digit) < traits::DIGITS
            && !text.as_bytes().windows(3).any(begins_token)
    }

    /// Whether no rule could find anything.
    fn is_clean(&self, traits: &Traits) -> bool {
        !traits.has_hidden
            && !traits.has_escapes
            && !traits.has_base64
            && !self.has_own()
            && (traits.words == words::NONE && traits.has & WORDLESS == 0 || !ROWS.iter().any(|row| traits.allow(row)))
    }

    fn search<'r>(&'r self, view: &View<'_>, traits: &Traits, found: &mut Found<'_, 'r>) {
        let text: &str = &view.text;
        let keep: LazyCell<Vec<Range<usize>>, _> = LazyCell::new(|| {
            self.keep.iter().flat_map(|regex| regex.find_iter(text)).map(|kept| kept.range()).collect()
        });
        let mut ranges = Vec::new();
        let own = self.own.iter().map(|rule| (rule.kind.as_str(), &rule.regex, rules::first_group as Find));
        let is_shown = |kind: &str| self.shown.iter().any(|shown| shown.word() == kind);
        let rows = (0..).zip(ROWS).filter(|(_, row)| traits.allow(row) && !is_shown(row.kind));
        let built_in = rows.map(|(index, row)| (row.kind, built_in(index), row.find));
        for (kind, regex, find) in own.chain(built_in) {
            // What lies inside a secret needs no second look: texts are long where someone wants that to cost time.
            let mut done = 0;
            // Groups cost more than the answer that there is nothing, which is the usual one.
            if !regex.is_match(text) {
                continue;
            }
            for captures in regex.captures_iter(text) {
                if captures.get_match().start() < done {
                    continue;
                }
                // The kind in a mask is no name of a secret.
                if found.is_in_mask(view.in_original(&captures.get_match().range()).start) {
                    continue;
                }
                find(text, &captures, &mut ranges);
                done = ranges.last().map_or(0, |range| range.end);
            }
            for range in ranges.drain(..) {
                let is_kept = keep.iter().any(|kept| kept.start <= range.start && range.end <= kept.end);
                if !is_kept {
                    found.add(view.in_original(&range), kind);
                }
            }
        }
    }

    fn search_base64<'r>(&'r self, view: &View<'_>, layer: usize, found: &mut Found<'_, 'r>) {
        for run in traits::base64_runs(&view.text) {
            if let Some(inner) = value::base64_text(&view.text[run.clone()])
                && !self.secrets(&inner, layer + 1).is_empty()
            {
                found.add(view.in_original(&run), "base64");
            }
        }
    }
}

/// What a text holds, by its bytes and its words.
fn traits_of(text: &str) -> Traits {
    let mut traits = lines::traits(text);
    let has_hook = traits.words & words::HOOK != 0;
    traits.words &= words::ANY;
    let has_separator = traits.has & needs::SEPARATOR != 0;
    if traits.words != words::NONE && has_separator && has(text, b"value") {
        traits.has |= needs::VALUE;
    }
    if traits.has_run && has_hook && has(text, b".com/") {
        traits.has |= needs::WEBHOOK;
    }
    if traits.has & needs::EQUALS != 0 && (traits.has_relatives || has_query(text)) {
        traits.has |= needs::QUERY;
    }
    if traits.has & needs::FLAG != 0 && rules::COMMANDS.iter().any(|command| text.contains(command)) {
        traits.has |= needs::COMMAND;
    }
    if traits.words & const { words::of(["key"]) } != 0 && text.contains("-----BEGIN ") {
        traits.has |= needs::BEGIN;
    }
    let is_login = || traits.has_relatives || ["login", "user", "account"].iter().any(|it| has(text, it.as_bytes()));
    if traits.words & const { words::of(["pass"]) } != 0 && is_login() {
        traits.has |= needs::LOGIN;
    }
    if traits.words & const { words::of(["auth"]) } != 0 && has(text, b"authorization") {
        traits.has |= needs::AUTHORIZATION;
    }
    traits
}

/// Whether a name of [`rules::QUERY`] stands before a `=`, and a sign or nothing before it.
fn has_query(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'=', bytes).any(|at| {
        rules::QUERY.iter().any(|name| {
            let Some((before, it)) = at.checked_sub(name.len()).map(|start| (&bytes[..start], &bytes[start..at]))
            else {
                return false;
            };
            it.eq_ignore_ascii_case(name.as_bytes()) && matches!(before.last(), None | Some(b'?' | b'&' | b';' | b'#'))
        })
    })
}

/// Whether a text holds a word, in small or in capital letters. None of its letters has relatives beyond ASCII.
fn has(text: &str, word: &[u8]) -> bool {
    let mut starts = memchr::memchr2_iter(word[0].to_ascii_lowercase(), word[0].to_ascii_uppercase(), text.as_bytes());
    starts.any(|at| text.as_bytes()[at..].get(..word.len()).is_some_and(|it| it.eq_ignore_ascii_case(word)))
}

/// Whether a letter beyond ASCII stands in a text that may stand for one in ASCII.
fn has_relatives(text: &str) -> bool {
    !text.is_ascii() && RELATIVES.iter().any(|letter| text.contains(*letter))
}

/// The letters beyond ASCII that are the same as one in ASCII where case does not matter: `s` and `k`.
const RELATIVES: [char; 2] = ['\u{17f}', '\u{212a}'];

/// A rule of the table, compiled.
fn built_in(index: usize) -> &'static Regex {
    BUILT_IN[index].get_or_init(|| Regex::new(&rules::pattern(&ROWS[index])).expect("the built-in patterns are valid"))
}

fn compile(pattern: &str) -> Result<Regex, BadPattern> {
    Regex::new(pattern).map_err(|source| BadPattern::Pattern { pattern: pattern.to_owned(), source: Box::new(source) })
}

/// An exception, which is narrow enough to show no secrets.
fn exception(pattern: &str) -> Result<Regex, BadPattern> {
    let regex = compile(pattern)?;
    if regex.is_match("") {
        return Err(BadPattern::Empty(pattern.to_owned()));
    }
    match samples::shown(&regex) {
        Some(kind) => Err(BadPattern::Shows { pattern: pattern.to_owned(), kind }),
        None => Ok(regex),
    }
}

fn check_kind(kind: &str) -> Result<(), BadPattern> {
    let is_name = kind.starts_with(|c: char| c.is_ascii_lowercase())
        && kind.len() <= 31
        && kind.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    if is_name { Ok(()) } else { Err(BadPattern::Kind(kind.to_owned())) }
}

/// What was found so far, in the original text.
struct Found<'t, 'r> {
    text: &'t str,
    /// Where masks stand in it, once somebody asks.
    masks: OnceCell<Vec<Range<usize>>>,
    /// Start to end and kind; apart from each other.
    ranges: BTreeMap<usize, (usize, &'r str)>,
}

impl<'r> Found<'_, 'r> {
    /// Adds a range; where it meets others they become one of the kind that was found first.
    fn add(&mut self, mut range: Range<usize>, mut kind: &'r str) {
        if range.is_empty() || self.is_masked(&range) {
            return;
        }
        if let [first, ..] = self.masks_in(&range) {
            range.start = range.start.min(first.start);
        }
        if let [.., last] = self.masks_in(&range) {
            range.end = range.end.max(last.end);
        }
        let met: Vec<usize> = (self.ranges.range(..range.end))
            .rev()
            .take_while(|(_, (end, _))| *end > range.start)
            .map(|(start, _)| *start)
            .collect();
        if !met.is_empty() && Personal::ALL.iter().any(|personal| personal.word() == kind) {
            return;
        }
        for start in met.into_iter().rev() {
            if let Some((end, first)) = self.ranges.remove(&start) {
                range = range.start.min(start)..range.end.max(end);
                kind = first;
            }
        }
        self.ranges.insert(range.start, (range.end, kind));
    }

    /// The masks that a range touches.
    fn masks_in(&self, range: &Range<usize>) -> &[Range<usize>] {
        let masks = self.masks.get_or_init(|| MASK.find_iter(self.text).map(|mask| mask.range()).collect());
        let from = masks.partition_point(|mask| mask.end <= range.start);
        let to = masks.partition_point(|mask| mask.start < range.end);
        &masks[from..to.max(from)]
    }

    /// Whether a place is inside a mask.
    fn is_in_mask(&self, at: usize) -> bool {
        self.masks_in(&(at..at + 1)).first().is_some_and(|mask| mask.start < at)
    }

    /// Whether nothing but masks stands in a range.
    fn is_masked(&self, range: &Range<usize>) -> bool {
        let mut at = range.start;
        for mask in self.masks_in(range) {
            if self.text[at..mask.start.max(at)].contains(char::is_alphanumeric) {
                return false;
            }
            at = mask.end;
        }
        at >= range.end || (at > range.start && !self.text[at..range.end].contains(char::is_alphanumeric))
    }
}

fn masked(text: &str, secrets: &[(Range<usize>, &str)], counts: &mut Counts) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (range, kind) in secrets {
        out.push_str(&text[at..range.start]);
        out.push_str("[redacted:");
        out.push_str(kind);
        out.push(']');
        *counts.0.entry((*kind).to_owned()).or_default() += 1;
        at = range.end;
    }
    out.push_str(&text[at..]);
    out
}
