//! A SQL script cut into its statements.

use crate::formats::rollback::sql_comment::{Place, block, is_hash};
use crate::formats::rollback::sql_routine::{Block, block_of, is_definition};

/// One statement of a script, without its end and without comments before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece<'t> {
    pub(super) text: &'t str,
    /// The line that it starts in, from 1.
    pub(super) line: u64,
    /// Whether it is known to be the definition of one routine, with the semicolons in it.
    pub(super) defines: bool,
}

/// Cuts a script at `;`, and at lines that hold nothing but `GO` or `/`.
/// Quoted text, comments and dollar quotes are kept whole, and `DELIMITER` of the MySQL client is followed.
/// What is quoted with backslashes may be cut wrongly; then it is no statement that can be read.
pub(super) fn split(text: &str) -> Vec<Piece<'_>> {
    let mut splitter = Splitter {
        text,
        start: None,
        counted: (0, 1),
        delimiter: ";",
        last_batch: None,
        whole: None,
        hopeless: false,
        in_vain: 0,
        pieces: Vec::new(),
    };
    let mut at = 0;
    while at < text.len() {
        at = splitter.next(at);
    }
    splitter.end(text.len());
    splitter.pieces
}

impl<'t> Piece<'t> {
    /// What follows from `at` on.
    pub(super) fn rest(self, at: usize) -> Piece<'t> {
        self.cut(at).1
    }

    /// What stands before `at`, and what follows.
    pub(super) fn cut(self, at: usize) -> (Piece<'t>, Piece<'t>) {
        let (before, rest) = self.text.split_at(at);
        let line = self.line + line_ends(before);
        (Piece { text: before.trim_end(), ..self }, Piece { text: rest, line, ..self })
    }
}

fn line_ends(text: &str) -> u64 {
    memchr::memchr_iter(b'\n', text.as_bytes()).map(|_| 1).sum()
}

struct Splitter<'t> {
    text: &'t str,
    /// Where the statement starts that is open.
    start: Option<usize>,
    /// An offset and the line that it stands in.
    counted: (usize, u64),
    delimiter: &'t str,
    /// Where the last line with `GO` or `/` starts, once it was looked for.
    last_batch: Option<Option<usize>>,
    /// Where the definition ends that is open.
    whole: Option<usize>,
    /// Whether a definition does not end.
    hopeless: bool,
    /// How many bytes were searched for blocks that are none.
    in_vain: usize,
    pieces: Vec<Piece<'t>>,
}

impl<'t> Splitter<'t> {
    /// Takes what stands at `at`; where the next stands.
    fn next(&mut self, at: usize) -> usize {
        let rest = &self.text[at..];
        if at == 0 || self.text.as_bytes()[at - 1] == b'\n' {
            let line = rest.lines().next().unwrap_or("");
            let trimmed = line.trim();
            if ends_batch(trimmed) {
                self.end(at);
                return at + line.len();
            }
            let word = trimmed.get(..10).filter(|word| word.eq_ignore_ascii_case("delimiter "));
            if let (None, Some(word)) = (self.start, word) {
                self.delimiter = trimmed[word.len()..].trim();
                return at + line.len();
            }
            if self.start.is_none() && META.iter().any(|word| trimmed.split(' ').next() == Some(word)) {
                return at + line.len();
            }
        }
        let is_whole = self.whole.is_some_and(|end| at < end);
        if !is_whole && !self.delimiter.is_empty() && rest.starts_with(self.delimiter) {
            self.end(at);
            return at + self.delimiter.len();
        }
        if rest.starts_with("--") {
            return at + rest.find('\n').unwrap_or(rest.len());
        }
        // `/*!` and `/*M!` are comments that MySQL and MariaDB execute.
        if rest.starts_with("/*") && !rest.starts_with("/*!") && !rest.starts_with("/*M!") {
            return at + block(rest).unwrap_or(rest.len());
        }
        if is_hash(rest, self.place(at)) {
            return at + rest.find('\n').unwrap_or(rest.len());
        }
        let Some(first) = rest.chars().next() else { return self.text.len() };
        if first.is_whitespace() || first == '\u{feff}' {
            return at + first.len_utf8();
        }
        if self.start.is_none() {
            self.start = Some(at);
            self.whole = is_definition(rest).then(|| self.end_of_definition(at)).flatten();
        }
        match first {
            '\'' | '"' | '`' => at + rest[1..].find(first).map_or(rest.len(), |end| end + 2),
            '$' => {
                let length = dollar_quoted(rest);
                // A body in quotes is one of PostgreSQL, which ends at its semicolon.
                if length.is_some() {
                    self.whole = None;
                }
                at + length.unwrap_or(1)
            }
            _ => at + first.len_utf8(),
        }
    }

    fn place(&self, at: usize) -> Place {
        if self.start.is_none() {
            Place::Start
        } else if self.text[..at].ends_with(char::is_whitespace) {
            Place::Spaced
        } else {
            Place::Close
        }
    }

    /// Where the definition of a routine ends that starts here; `None` where the next delimiter decides.
    ///
    /// SQL Server takes all up to `GO` for it, and the clients of Oracle all up to `/`. Elsewhere its block tells.
    fn end_of_definition(&mut self, at: usize) -> Option<usize> {
        let text = self.text;
        let is_plain = self.delimiter == ";";
        let last_batch = *self.last_batch.get_or_insert_with(|| last_batch(text));
        if is_plain && last_batch.is_some_and(|last| at < last) {
            return Some(text.len());
        }
        if self.hopeless {
            return None;
        }
        let rest = if is_plain { &text[at..] } else { &text[at..at + text[at..].find(self.delimiter)?] };
        match block_of(rest) {
            Block::Ends(length) if is_plain || rest[length..].trim_matches([';', ' ', '\n', '\r', '\t']).is_empty() => {
                Some(at + rest.len().min(if is_plain { length } else { rest.len() }))
            }
            Block::Ends(_) => None,
            Block::None(far) => {
                self.in_vain += far;
                self.hopeless |= self.in_vain > text.len();
                None
            }
            Block::Open => {
                self.hopeless = is_plain;
                None
            }
        }
    }

    fn end(&mut self, at: usize) {
        let Some(start) = self.start.take() else { return };
        let defines = self.whole.take().is_some();
        let (offset, line) = self.counted;
        let line = line + line_ends(&self.text[offset..start]);
        self.counted = (start, line);
        self.pieces.push(Piece { text: self.text[start..at].trim_end(), line, defines });
    }
}

/// Commands of psql that change no data; each ends with its line.
const META: &[&str] = &["\\echo", "\\encoding", "\\pset", "\\restrict", "\\set", "\\timing", "\\unrestrict", "\\unset"];

/// Whether a line ends what was sent so far.
fn ends_batch(line: &str) -> bool {
    // `GO 2` runs it twice.
    let (word, count) = line.split_once(' ').unwrap_or((line, ""));
    line == "/" || word.eq_ignore_ascii_case("go") && count.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a line ends what was sent before it.
pub(super) fn has_batches(text: &str) -> bool {
    last_batch(text).is_some()
}

fn last_batch(text: &str) -> Option<usize> {
    let mut end = text.len();
    for line in text.rsplit('\n') {
        let start = end - line.len();
        if ends_batch(line.trim()) {
            return Some(start);
        }
        end = start.saturating_sub(1);
    }
    None
}

/// The length of `$tag$ … $tag$`.
pub(super) fn dollar_quoted(rest: &str) -> Option<usize> {
    let tag_end = rest[1..].find('$')? + 2;
    let tag = &rest[..tag_end];
    if !tag[1..tag_end - 1].chars().all(|c| c.is_alphanumeric() || c == '_') {
        return None;
    }
    Some(rest[tag_end..].find(tag).map_or(rest.len(), |end| tag_end + end + tag_end))
}

#[cfg(test)]
mod tests {
    use super::split;

    #[track_caller]
    fn check(text: &str, expected: &[(u64, &str)]) {
        let pieces: Vec<(u64, &str)> = split(text).into_iter().map(|piece| (piece.line, piece.text)).collect();
        assert_eq!(pieces, expected);
    }

    #[test]
    fn statements_end_at_semicolons_outside_of_quotes() {
        check(
            "-- a; b\nDROP TABLE a;\n\n/* c; */ UPDATE b SET x = ';';",
            &[(2, "DROP TABLE a"), (4, "UPDATE b SET x = ';'")],
        );
        check(
            "INSERT INTO a VALUES ('it''s; ü');SELECT 1",
            &[(1, "INSERT INTO a VALUES ('it''s; ü')"), (1, "SELECT 1")],
        );
    }

    #[test]
    fn bodies_and_batches_stay_whole() {
        check(
            "DO $x$ BEGIN DROP TABLE a; END $x$;\nSELECT 1;",
            &[(1, "DO $x$ BEGIN DROP TABLE a; END $x$"), (2, "SELECT 1")],
        );
        check(
            "/* a; */ /*!50003 DROP TABLE a */; /*M! DROP TABLE b */;",
            &[(1, "/*!50003 DROP TABLE a */"), (1, "/*M! DROP TABLE b */")],
        );
        check("DROP TABLE a\nGO 2\nDROP TABLE b\nGO\n", &[(1, "DROP TABLE a"), (3, "DROP TABLE b")]);
        check(
            "DELIMITER //\nSELECT 1; SELECT 2 //\nDELIMITER ;\nSELECT 3;",
            &[(2, "SELECT 1; SELECT 2"), (4, "SELECT 3")],
        );
    }

    #[test]
    fn what_does_not_end_is_kept() {
        check("DROP TABLE 'a; b", &[(1, "DROP TABLE 'a; b")]);
        check("DO $$ a; b", &[(1, "DO $$ a; b")]);
        check("SELECT $1; /* open", &[(1, "SELECT $1")]);
    }
}
