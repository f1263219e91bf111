//! Comments of SQL, on which the databases disagree.

use crate::formats::rollback::sql_tokens::is_one_of;

/// Where a `#` stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// No part of a statement stands before it.
    Start,
    /// A blank stands before it.
    Spaced,
    Close,
}

/// Whether a comment of MySQL starts here with `#`.
///
/// PostgreSQL has operators with this sign, and SQL Server names of temporary tables. So it is a comment at the start of a
/// statement, which none of these can be, and elsewhere only where what follows would open a quote that does not end on
/// its line.
pub(super) fn is_hash(rest: &str, place: Place) -> bool {
    let Some(after) = rest.strip_prefix('#') else { return false };
    let line = start_of(after).lines().next().unwrap_or("");
    match place {
        Place::Start => true,
        Place::Close => false,
        Place::Spaced => match after.chars().next() {
            Some(next) if next.is_whitespace() => breaks_off(line).is_some(),
            // `FROM #a WHERE b = 'two lines` is none, `#don't` is one.
            Some(next) if next.is_alphabetic() => breaks_off(line).is_some_and(|at| is_in_word(line, at)),
            _ => false,
        },
    }
}

/// The bytes of a line that are looked at.
const MAX_LINE: usize = 256;

fn start_of(text: &str) -> &str {
    let end = (0..=text.len().min(MAX_LINE)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    &text[..end]
}

/// Where a quote or a comment starts that does not end on the line.
fn breaks_off(line: &str) -> Option<usize> {
    let mut at = 0;
    while let Some(first) = line[at..].chars().next() {
        let rest = &line[at..];
        let length = match first {
            '\'' | '"' | '`' => rest[1..].find(first).map(|end| end + 2),
            '-' if rest.starts_with("--") => return None,
            '/' if rest.starts_with("/*") => rest.find("*/").map(|end| end + 2),
            '$' if rest.starts_with("$$") => rest[2..].find("$$").map(|end| end + 4),
            _ => Some(first.len_utf8()),
        };
        at += match length {
            Some(length) => length,
            None => return Some(at),
        };
    }
    None
}

/// Whether the quote here is the apostrophe of a word; `N'` starts a string.
fn is_in_word(line: &str, at: usize) -> bool {
    line[at..].starts_with('\'') && line[..at].chars().rev().take(2).filter(|c| c.is_alphabetic()).count() == 2
}

/// Whether a comment starts at `at` with `--`.
///
/// In MySQL a blank must follow, so that `5--1; DROP TABLE a` is a difference and a statement. Elsewhere all of it is a
/// comment, and people write many of them close to a word, so that it is none only between numbers or parentheses where
/// words of loss follow as a statement of their own.
pub(super) fn is_dashes(text: &str, at: usize) -> bool {
    let Some(after) = text[at..].strip_prefix("--") else { return false };
    let is_minus = text[..at].ends_with(|c: char| c.is_ascii_digit() || c == ')')
        && after.starts_with(|c: char| c.is_ascii_digit() || c == '(');
    if !is_minus {
        return true;
    }
    let line = start_of(after).lines().next().unwrap_or("");
    let starts_loss = |statement: &str| {
        let word = statement.split_ascii_whitespace().next().unwrap_or("");
        is_one_of(word, "ALTER DELETE DROP TRUNCATE UPDATE")
    };
    !line.split(';').skip(1).any(starts_loss)
}

/// The length of the start of a comment whose text is executed: by MySQL (`/*!50001 …*/`), by MariaDB (`/*M!`), and by TiDB
/// (`/*T![auto_rand] …*/`). TiDB mostly hides words about how it stores a table, so that only one in which words of loss
/// stand is taken for more than a comment.
pub(super) fn executed(rest: &str) -> Option<usize> {
    let hidden = rest.strip_prefix("/*")?;
    let after = hidden.strip_prefix('!').or_else(|| hidden.strip_prefix("M!"));
    if let Some(after) = after {
        return Some(rest.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len());
    }
    let after = hidden.strip_prefix("T!")?;
    let body = &after[..after.find("*/")?];
    let is_lost = |word: &str| is_one_of(word, "DELETE DROP TRUNCATE");
    body.split(|c: char| !c.is_alphanumeric() && c != '_').any(is_lost).then_some(())?;
    let feature = body.strip_prefix('[').and_then(|feature| feature.find(']'));
    Some(rest.len() - after.len() + feature.map_or(0, |end| end + 2))
}

/// How far the end of a comment is looked for that others may stand in.
const MAX_NESTED: usize = 4 * 1024;

/// How much may be searched for the ends of such comments in one text. Comments that people write do not take so much; beyond
/// it the first end is the end.
#[derive(Debug)]
pub(super) struct Effort(usize);

impl Effort {
    /// What a text of this length may cost.
    pub(super) const fn of(text: &str) -> Effort {
        Effort(text.len().saturating_mul(16))
    }
}

/// The length of the comment that starts here with `/*`; `None` where it does not end.
///
/// In PostgreSQL and SQL Server other comments may stand in it, elsewhere it ends at the first `*/`. Where what follows
/// that one could not be read elsewhere either, the outer comment counts.
pub(super) fn block(rest: &str, effort: &mut Effort) -> Option<usize> {
    let first = rest.get(2..)?.find("*/")? + 4;
    if !rest[2..first].contains("/*") || effort.0 == 0 {
        return Some(first);
    }
    effort.0 = effort.0.saturating_sub(rest.len().min(MAX_NESTED));
    Some(nested(rest).filter(|end| is_no_code(&rest[first..*end])).unwrap_or(first))
}

fn nested(rest: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let (bytes, mut at) = (rest.as_bytes(), 0);
    while at + 1 < bytes.len().min(MAX_NESTED) {
        match &bytes[at..at + 2] {
            b"/*" => depth += 1,
            b"*/" => depth = depth.checked_sub(1)?,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// Whether the end of a comment in a text cannot stand in a quote or in another comment.
fn is_no_code(text: &str) -> bool {
    !text.contains(['\'', '"', '`', '#', '$']) && !text.contains("--") && !text.contains("/*!")
}

#[cfg(test)]
mod tests {
    use super::{Effort, Place, is_dashes, is_hash};

    #[test]
    fn dashes_are_a_comment_but_between_numbers_before_a_loss() {
        for text in ["-- a", "--DROP TABLE a;", "1--2; see DROP", "1 --2; DROP TABLE a", "a--b; DROP TABLE c", "1--2"] {
            let at = text.find("--").expect("dashes");
            assert!(is_dashes(text, at), "{text}");
        }
        assert!(!is_dashes("5--1; DROP TABLE a;", 1));
        assert!(!is_dashes("(5)--(1); delete from a;", 3));
    }

    fn block(text: &str) -> Option<usize> {
        super::block(text, &mut Effort::of(text))
    }

    #[test]
    fn a_hash_is_a_comment_where_it_can_be_nothing_else() {
        assert!(is_hash("# don't copy\n FROM c", Place::Spaced));
        assert!(is_hash("#don't", Place::Spaced));
        assert!(is_hash("# costs 5 $$", Place::Spaced));
        assert!(is_hash("#a; b", Place::Start));
        for text in ["# b FROM c", "#> '{b", "#>> '{b}'", "#- '{", "#temp VALUES ('a", "#temp WHERE a = N'a", "## '"] {
            assert!(!is_hash(text, Place::Spaced), "{text}");
        }
        assert!(!is_hash("# it's", Place::Close));
    }

    #[test]
    fn comments_hold_comments_where_nothing_else_fits() {
        assert_eq!(block("/* a */ b"), Some(7));
        assert_eq!(block("/* a /* b */ DROP TABLE c; */ d"), Some(29));
        assert_eq!(block("/* a /* b */ DROP TABLE c; -- */ d"), Some(12));
        assert_eq!(block("/* a /* b */ DROP TABLE c;"), Some(12));
        assert_eq!(block("/* a"), None);
        assert_eq!(block("/*"), None);
    }
}
