//! A SQL statement cut into its tokens.

use crate::formats::rollback::sql_comment::{Effort, Place, block, executed, is_dashes, is_hash};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// A keyword or a name without quotes; variables and names of temporary tables too.
    Word,
    /// A name in quotes.
    Name,
    /// A string.
    Text,
    Number,
    /// One character of punctuation.
    Symbol,
}

/// One token, as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'t> {
    pub(super) sort: Sort,
    pub(super) text: &'t str,
    /// Whether a blank or a comment stands before it.
    pub(super) spaced: bool,
}

impl Token<'_> {
    /// Whether it is this keyword.
    pub(super) fn is(&self, word: &str) -> bool {
        self.sort == Sort::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// Whether it is one of these keywords, which are separated by blanks.
    pub(super) fn is_of(&self, words: &str) -> bool {
        self.sort == Sort::Word && is_one_of(self.text, words)
    }

    /// Whether it is this character of punctuation.
    pub(super) fn is_symbol(&self, symbol: &str) -> bool {
        self.sort == Sort::Symbol && self.text == symbol
    }
}

/// What a backslash means in a string without prefix: the databases disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Backslash {
    Plain,
    Escapes,
}

/// Cuts a statement into its tokens and drops the comments; what does not end is an error.
pub(super) fn tokens(text: &str, backslash: Backslash) -> Result<Vec<Token<'_>>, &'static str> {
    let mut tokenizer = Tokenizer {
        text,
        at: 0,
        backslash,
        spaced: false,
        executed: false,
        effort: Effort::of(text),
        tokens: Vec::new(),
    };
    while tokenizer.at < text.len() {
        tokenizer.next()?;
    }
    if tokenizer.executed { Err("a comment does not end") } else { Ok(tokenizer.tokens) }
}

/// Whether a word is one of these, which are separated by blanks, in capital letters or not.
pub(super) fn is_one_of(word: &str, known: &str) -> bool {
    known.split_ascii_whitespace().any(|known| word.eq_ignore_ascii_case(known))
}

/// The last part of a name, without quotes.
pub(super) fn last_of_name(name: &str) -> &str {
    unquoted_name(name.rsplit('.').next().unwrap_or(name))
}

/// A name without its quotes.
pub(super) fn unquoted_name(name: &str) -> &str {
    name.trim_matches(|c| matches!(c, '"' | '`' | '[' | ']'))
}

struct Tokenizer<'t> {
    text: &'t str,
    at: usize,
    backslash: Backslash,
    spaced: bool,
    /// Whether this is inside of a comment that MySQL executes.
    executed: bool,
    effort: Effort,
    tokens: Vec<Token<'t>>,
}

impl<'t> Tokenizer<'t> {
    fn next(&mut self) -> Result<(), &'static str> {
        let rest = &self.text[self.at..];
        let Some(first) = rest.chars().next() else { return Ok(()) };
        if first.is_whitespace() || first == '\u{feff}' {
            self.skip(first.len_utf8());
            return Ok(());
        }
        if is_dashes(self.text, self.at) {
            self.skip(rest.find('\n').unwrap_or(rest.len()));
            return Ok(());
        }
        if let Some(length) = executed(rest) {
            self.executed = true;
            self.skip(length);
            return Ok(());
        }
        if rest.starts_with("/*") {
            let length = block(rest, &mut self.effort).ok_or("a comment does not end")?;
            self.skip(length);
            return Ok(());
        }
        if is_hash(rest, self.place()) {
            self.skip(rest.find('\n').unwrap_or(rest.len()));
            return Ok(());
        }
        if self.executed && rest.starts_with("*/") {
            self.executed = false;
            self.skip(2);
            return Ok(());
        }
        let (sort, length) = match first {
            '\'' => (Sort::Text, quoted(rest, '\'', self.backslash).ok_or("a string does not end")?),
            '"' => (Sort::Name, quoted(rest, '"', self.backslash).ok_or("a name in quotes does not end")?),
            '`' => (Sort::Name, quoted(rest, '`', Backslash::Plain).ok_or("a name in quotes does not end")?),
            '[' if !self.indexes() => {
                (Sort::Name, quoted(rest, ']', Backslash::Plain).ok_or("a name in brackets does not end")?)
            }
            '$' => match dollar_quoted(rest) {
                Some(length) => (Sort::Text, length.ok_or("a string in dollars does not end")?),
                None => (Sort::Word, word(rest)),
            },
            '0'..='9' => (Sort::Number, number(rest)),
            _ if starts_word(rest) => self.word(rest)?,
            '\\' => return Err("a backslash stands outside of strings"),
            _ => (Sort::Symbol, first.len_utf8()),
        };
        self.tokens.push(Token { sort, text: &rest[..length], spaced: self.spaced });
        self.spaced = false;
        self.at += length;
        Ok(())
    }

    fn skip(&mut self, length: usize) {
        self.at += length;
        self.spaced = true;
    }

    fn place(&self) -> Place {
        match self.tokens.last() {
            None => Place::Start,
            Some(last) if last.is_symbol(";") => Place::Start,
            Some(_) if self.spaced => Place::Spaced,
            Some(_) => Place::Close,
        }
    }

    /// Whether a bracket here is an index of what stands directly before it.
    fn indexes(&self) -> bool {
        let before = self.tokens.last().filter(|_| !self.spaced);
        before.is_some_and(|token| match token.sort {
            Sort::Word | Sort::Name => true,
            Sort::Symbol => matches!(token.text, ")" | "]"),
            Sort::Text | Sort::Number => false,
        })
    }

    /// A word, or a string with a prefix.
    fn word(&self, rest: &str) -> Result<(Sort, usize), &'static str> {
        let end = word(rest);
        let prefix = &rest[..end];
        let after = &rest[end..];
        if prefix.eq_ignore_ascii_case("u") && after.starts_with("&'") {
            let length = quoted(&after[1..], '\'', Backslash::Plain).ok_or("a string does not end")?;
            return Ok((Sort::Text, end + 1 + length));
        }
        if !after.starts_with('\'') {
            return Ok((Sort::Word, end));
        }
        let is = |prefixes: &[&str]| prefixes.iter().any(|known| prefix.eq_ignore_ascii_case(known));
        let length = if is(&["q", "nq"]) {
            alternatively_quoted(after)
        } else if is(&["e"]) {
            quoted(after, '\'', Backslash::Escapes)
        } else if is(&["b", "n", "x"]) || prefix.starts_with('_') {
            quoted(after, '\'', self.backslash)
        } else {
            return Ok((Sort::Word, end));
        };
        Ok((Sort::Text, end + length.ok_or("a string does not end")?))
    }
}

/// The length of what is quoted at the start of `rest`; its closing quote stands for itself where it is doubled.
fn quoted(rest: &str, close: char, backslash: Backslash) -> Option<usize> {
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\\' && backslash == Backslash::Escapes {
            chars.next();
        } else if c == close && chars.next_if(|(_, next)| *next == close).is_none() {
            return Some(at + close.len_utf8());
        }
    }
    None
}

/// The length of Oracle's `'[ … ]'`, in which quotes stand for themselves.
pub(super) fn alternatively_quoted(rest: &str) -> Option<usize> {
    let open = rest[1..].chars().next()?;
    let close = match open {
        '[' => ']',
        '(' => ')',
        '{' => '}',
        '<' => '>',
        other => other,
    };
    let start = 1 + open.len_utf8();
    let end = rest[start..].find(&format!("{close}'"))?;
    Some(start + end + close.len_utf8() + 1)
}

/// The length of `$tag$ … $tag$`, if one starts here: `None` in it where it does not end.
fn dollar_quoted(rest: &str) -> Option<Option<usize>> {
    let tag_end = rest[1..].find('$')? + 2;
    let tag = &rest[..tag_end];
    let inner = &tag[1..tag_end - 1];
    if inner.starts_with(|c: char| c.is_ascii_digit()) || !inner.chars().all(|c| c.is_alphanumeric() || c == '_') {
        return None;
    }
    Some(rest[tag_end..].find(tag).map(|end| tag_end + end + tag_end))
}

/// Numbers, with what belongs to them: `0xFF`, `1.5e-3`.
fn number(rest: &str) -> usize {
    let mut before = ' ';
    let hexadecimal = rest.starts_with("0x");
    let end = rest.find(|c: char| {
        let part = c.is_ascii_alphanumeric()
            || matches!(c, '.' | '_')
            || (matches!(c, '+' | '-') && matches!(before, 'e' | 'E') && !hexadecimal);
        before = c;
        !part
    });
    end.unwrap_or(rest.len())
}

/// Whether a character may stand in a word.
pub(super) fn in_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$' | '#' | '@')
}

fn starts_word(rest: &str) -> bool {
    let mut chars = rest.chars();
    match chars.next() {
        Some('#' | '@') => chars.next().is_some_and(in_word),
        Some(first) => first.is_alphabetic() || first == '_',
        None => false,
    }
}

fn word(rest: &str) -> usize {
    rest.find(|c| !in_word(c)).unwrap_or(rest.len()).max(1)
}

#[cfg(test)]
mod tests {
    use super::{Backslash, tokens};

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found = tokens(text, Backslash::Plain).map(|tokens| tokens.iter().map(|t| t.text).collect::<Vec<_>>());
        assert_eq!(found, Ok(expected.to_vec()), "{text}");
    }

    #[track_caller]
    fn fails(text: &str) {
        assert!(tokens(text, Backslash::Plain).is_err(), "{text}");
    }

    #[test]
    fn words_names_strings_and_numbers() {
        check("a.\"b c\" [d]]e] `f``g`", &["a", ".", "\"b c\"", "[d]]e]", "`f``g`"]);
        check(
            "'it''s' E'a\\'b' N'x' U&'y' q'[it's]' _utf8'z'",
            &["'it''s'", "E'a\\'b'", "N'x'", "U&'y'", "q'[it's]'", "_utf8'z'"],
        );
        check("1.5e-3 0xFF #tmp @v @@w $1 a$b", &["1.5e-3", "0xFF", "#tmp", "@v", "@@w", "$1", "a$b"]);
        check("$x$ ; $$ $x$ $$ b $$", &["$x$ ; $$ $x$", "$$ b $$"]);
        check("a[1] b::int[]", &["a", "[", "1", "]", "b", ":", ":", "int", "[", "]"]);
    }

    #[test]
    fn comments_are_dropped_but_for_those_that_are_executed() {
        check("a -- b\nc /* d */ e--", &["a", "c", "e"]);
        check("/*!40101 a */ b /*M!100100 c*/", &["a", "b", "c"]);
    }

    #[test]
    fn what_does_not_end_is_an_error() {
        for text in ["'a", "\"a", "`a", "[a", "\\d", "$$ a", "/* a", "/*! a", "E'a\\'", "q'[a"] {
            fails(text);
        }
        assert!(tokens("'a\\'", Backslash::Plain).is_ok());
        assert!(tokens("'a\\'", Backslash::Escapes).is_err());
    }
}
