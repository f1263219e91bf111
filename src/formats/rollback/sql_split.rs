//! A SQL script cut into its statements.

use crate::formats::rollback::sql_batch::{end_of_batch, last_batch, last_line};
use crate::formats::rollback::sql_client::{Command, command, query_at_exit};
use crate::formats::rollback::sql_comment::{Effort, Place, block, executed, is_dashes, is_hash};
use crate::formats::rollback::sql_definition::{Block, block_of, is_anonymous, is_definition};
use crate::formats::rollback::sql_quotes::quoted;
use crate::formats::rollback::sql_tokens::Backslash;

/// One statement of a script, without its end and without comments before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece<'t> {
    pub(super) text: &'t str,
    /// The line that it starts in, from 1.
    pub(super) line: u64,
    pub(super) form: Form,
}

/// What is known of a piece by the place where it was cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Plain,
    /// It is the definition of one routine, with the semicolons in it.
    Definition,
    /// It is a line of the client that runs another file.
    Includes,
}

/// Cuts a script at `;`, and at lines that hold nothing but `GO` or `/`.
/// Quoted text, comments and dollar quotes are kept whole, and `DELIMITER` of the MySQL client is followed.
/// The rows behind `COPY … FROM stdin` of psql are no statements, and what stands between the lines
/// `-- +goose StatementBegin` and `-- +goose StatementEnd` is one.
/// What is quoted with backslashes may be cut wrongly; then it is no statement that can be read.
pub(super) fn split(text: &str) -> Vec<Piece<'_>> {
    split_by(text, Backslash::Plain)
}

/// Cuts a script as `split` does, in which a backslash in a string means this.
pub(super) fn split_by(text: &str, backslash: Backslash) -> Vec<Piece<'_>> {
    let mut splitter = Splitter {
        text,
        backslash,
        start: None,
        counted: (0, 1),
        delimiter: ";",
        last_batch: None,
        last_slash: None,
        whole: None,
        block: None,
        no_mark: false,
        no_rows: false,
        defines: false,
        hopeless: false,
        in_vain: 0,
        effort: Effort::of(text),
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
    backslash: Backslash,
    /// Where the statement starts that is open.
    start: Option<usize>,
    /// An offset and the line that it stands in.
    counted: (usize, u64),
    delimiter: &'t str,
    /// Where the last line with `GO` or `/` starts, once it was looked for.
    last_batch: Option<Option<usize>>,
    /// Where the last line with `/` starts, once it was looked for.
    last_slash: Option<Option<usize>>,
    /// Where the definition ends that is open, or the block.
    whole: Option<usize>,
    /// Where the lines end that are said to be one statement.
    block: Option<usize>,
    /// Whether no line follows that ends lines that are one statement, or rows.
    no_mark: bool,
    no_rows: bool,
    /// Whether a routine is defined by what is open.
    defines: bool,
    /// Whether a definition does not end.
    hopeless: bool,
    /// How many bytes were searched for blocks that are none.
    in_vain: usize,
    effort: Effort,
    pieces: Vec<Piece<'t>>,
}

impl<'t> Splitter<'t> {
    /// Takes what stands at `at`; where the next stands.
    fn next(&mut self, at: usize) -> usize {
        let rest = &self.text[at..];
        if at == 0 || self.text.as_bytes()[at - 1] == b'\n' {
            let line = rest.lines().next().unwrap_or("");
            let trimmed = line.trim();
            if let Some(length) = end_of_batch(line) {
                self.end(at);
                return at + length;
            }
            let word = trimmed.get(..10).filter(|word| word.eq_ignore_ascii_case("delimiter "));
            if let (None, Some(word)) = (self.start, word) {
                self.delimiter = trimmed[word.len()..].trim();
                return at + line.len();
            }
            if is_mark(line, "statementbegin") {
                self.end(at);
                self.open_block(at);
            } else if is_mark(line, "statementend") {
                self.end(at);
            }
            if self.start.is_none()
                && let Some(command) = command(line)
            {
                return self.client(at, line, command);
            }
        }
        let is_whole = self.whole.or(self.block).is_some_and(|end| at < end);
        if !is_whole && !self.delimiter.is_empty() && rest.starts_with(self.delimiter) {
            let copies = self.start.is_some_and(|start| copies_rows(&self.text[start..at]));
            self.end(at);
            let end = at + self.delimiter.len();
            return if copies { end + self.rows(end) } else { end };
        }
        if is_dashes(self.text, at) {
            return at + rest.find('\n').unwrap_or(rest.len());
        }
        if rest.starts_with("/*") && executed(rest).is_none() {
            return at + block(rest, &mut self.effort).unwrap_or(rest.len());
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
            self.defines = is_definition(rest);
            self.whole = if self.defines { self.end_of_definition(at) } else { self.end_of_anonymous(at) };
        }
        match first {
            '$' => {
                let length = dollar_quoted(rest);
                // A body in quotes is one of PostgreSQL, which ends at its semicolon.
                if length.is_some() {
                    self.whole = None;
                }
                at + length.unwrap_or(1)
            }
            _ => at + quoted(self.text, at, first, self.backslash).unwrap_or(first.len_utf8()),
        }
    }

    /// Takes note of the lines that are said to be one statement, unless those before are open.
    fn open_block(&mut self, at: usize) {
        if self.block.is_none() && !self.no_mark {
            self.block = end_of_block(&self.text[at..]).map(|end| at + end);
            self.no_mark = self.block.is_none();
        }
    }

    /// How long the rows are that start here.
    fn rows(&mut self, at: usize) -> usize {
        let length = if self.no_rows { None } else { rows(&self.text[at..]) };
        self.no_rows = length.is_none();
        length.unwrap_or(0)
    }

    /// Takes a line of the client; where the next stands.
    fn client(&mut self, at: usize, line: &'t str, command: Command) -> usize {
        let text = line.trim();
        let form = if command == Command::Includes { Form::Includes } else { Form::Plain };
        let text = match command {
            Command::Nothing => None,
            Command::Copies => Some(text[1..].trim_end_matches(';')),
            Command::Exits => query_at_exit(text),
            Command::Includes | Command::Unknown => Some(text),
        };
        if let Some(text) = text {
            let line = self.line(at);
            self.pieces.push(Piece { text, line, form });
        }
        at + line.len()
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
        let is_plain = self.delimiter == ";";
        let text = self.text;
        let last_batch = *self.last_batch.get_or_insert_with(|| last_batch(text));
        if is_plain && last_batch.is_some_and(|last| at < last) {
            return Some(text.len());
        }
        if self.hopeless {
            return None;
        }
        self.end_of_its_block(at)
    }

    /// Where a block ends that is no definition and starts here: all clients of Oracle end it with `/`.
    fn end_of_anonymous(&mut self, at: usize) -> Option<usize> {
        if self.delimiter != ";" || !is_anonymous(&self.text[at..]) {
            return None;
        }
        let text = self.text;
        let last_slash = *self.last_slash.get_or_insert_with(|| last_line(text, |line| line == "/"));
        if last_slash.is_some_and(|last| at < last) {
            return Some(text.len());
        }
        let is_block = text[at..].starts_with(['b', 'B']) && !self.hopeless;
        is_block.then(|| self.end_of_its_block(at)).flatten()
    }

    /// Takes what was searched for a block in vain. It may be the whole text once; a script in which it is more was made to
    /// be searched over and over.
    fn searched(&mut self, far: usize) -> Option<usize> {
        self.in_vain += far;
        self.hopeless |= self.in_vain > self.text.len();
        None
    }

    fn end_of_its_block(&mut self, at: usize) -> Option<usize> {
        let is_plain = self.delimiter == ";";
        let text = &self.text[..self.block.filter(|end| at < *end).unwrap_or(self.text.len())];
        let rest = match if is_plain { Some(text.len() - at) } else { text[at..].find(self.delimiter) } {
            Some(length) => &text[at..at + length],
            None => return self.searched(text.len() - at),
        };
        match block_of(rest) {
            Block::Ends(length) if is_plain || rest[length..].trim_matches([';', ' ', '\n', '\r', '\t']).is_empty() => {
                Some(at + rest.len().min(if is_plain { length } else { rest.len() }))
            }
            Block::Ends(_) => self.searched(rest.len()),
            Block::None(far) => self.searched(far),
            Block::Open => {
                self.hopeless |= is_plain;
                self.searched(rest.len())
            }
        }
    }

    fn end(&mut self, at: usize) {
        let is_marked = self.block.is_some();
        if self.block.is_some_and(|end| end <= at) {
            self.block = None;
        }
        let Some(start) = self.start.take() else { return };
        let text = self.text[start..at].trim_end();
        let text = if is_marked { text.trim_end_matches(';').trim_end() } else { text };
        let is_definition = self.whole.take().is_some() && self.defines;
        let form = if is_definition { Form::Definition } else { Form::Plain };
        let line = self.line(start);
        self.pieces.push(Piece { text, line, form });
    }

    /// The line of an offset behind all that were asked for.
    fn line(&mut self, start: usize) -> u64 {
        let (offset, line) = self.counted;
        let line = line + line_ends(&self.text[offset..start]);
        self.counted = (start, line);
        line
    }
}

/// Whether a line is one of goose, sql-migrate or micrate around one statement.
fn is_mark(line: &str, word: &str) -> bool {
    let Some(comment) = line.trim().strip_prefix("--") else { return false };
    let mut words = comment.split_ascii_whitespace();
    words.next().is_some_and(|first| matches!(first, "+goose" | "+migrate" | "+micrate"))
        && words.next().is_some_and(|second| second.eq_ignore_ascii_case(word))
}

/// Where the line stands that ends one statement; `None` where there is none.
fn end_of_block(rest: &str) -> Option<usize> {
    let mut at = 0;
    for line in rest.split_inclusive('\n') {
        if is_mark(line, "statementend") {
            return Some(at);
        }
        at += line.len();
    }
    None
}

/// Whether rows follow a statement, as `pg_dump` writes them.
fn copies_rows(statement: &str) -> bool {
    let is_copy = statement.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("copy "));
    is_copy && statement.to_ascii_lowercase().split_ascii_whitespace().any(|word| word == "stdin")
}

/// How long the rows behind a statement are, with the line that ends them; `None` where it is missing.
fn rows(rest: &str) -> Option<usize> {
    let mut at = 0;
    for line in rest.split_inclusive('\n') {
        at += line.len();
        if line.trim_end() == "\\." {
            return Some(at);
        }
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

    /// Each of them would be searched to the end of the text for its own end.
    #[test]
    fn definitions_that_do_not_end_are_not_searched_over_and_over() {
        let definitions = "CREATE FUNCTION f() BEGIN\nGO\n".repeat(20_000);
        for end in ["//", ""] {
            assert!(split(&format!("DROP TABLE a;\nDELIMITER //\n{definitions}{end}")).len() > 1);
        }
        assert_eq!(split(&"/*/ /* */".repeat(50_000)).len(), 0);
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
        for go in ["GO\t-- x", "go 1 -- once", "GO /* x */", "GO--x", "  GO\t2", "GO /* x\ny; */"] {
            let text = format!("CREATE PROC p AS SELECT 1\n{go}\nDROP TABLE b\nGO");
            let pieces: Vec<&str> = split(&text).into_iter().map(|piece| piece.text).collect();
            assert_eq!(pieces, ["CREATE PROC p AS SELECT 1", "DROP TABLE b"], "{go}");
        }
        check("SELECT a\ngo_on\nGO AS b;", &[(1, "SELECT a\ngo_on\nGO AS b")]);
        check(
            "DELIMITER //\nSELECT 1; SELECT 2 //\nDELIMITER ;\nSELECT 3;",
            &[(2, "SELECT 1; SELECT 2"), (4, "SELECT 3")],
        );
    }

    #[test]
    fn lines_of_clients_are_no_part_of_statements() {
        check(
            "WHENEVER SQLERROR EXIT\nREM it's old\n@views.sql\nDROP TABLE a;\n\\copy b from 'c'\nEXIT\n",
            &[(3, "@views.sql"), (4, "DROP TABLE a"), (5, "copy b from 'c'")],
        );
        check("SELECT 1\nREM x;", &[(1, "SELECT 1\nREM x")]);
    }

    #[test]
    fn rows_are_no_statements() {
        check(
            "COPY a (b) FROM stdin;\n1\tit's; DROP TABLE x;\n\\.\n\nDROP TABLE a;",
            &[(1, "COPY a (b) FROM stdin"), (5, "DROP TABLE a")],
        );
        check("COPY a FROM stdin;\nDROP TABLE b;", &[(1, "COPY a FROM stdin"), (2, "DROP TABLE b")]);
    }

    #[test]
    fn marked_lines_are_one_statement() {
        check(
            "-- +goose StatementBegin\nDELETE FROM a; DELETE FROM b;\n-- +goose StatementEnd\nDROP TABLE a;",
            &[(2, "DELETE FROM a; DELETE FROM b"), (4, "DROP TABLE a")],
        );
        check(
            "-- +goose StatementBegin\nCREATE PROCEDURE p()\nBEGIN\nSELECT 1;\nEND\n-- +goose StatementEnd\nDROP TABLE a;",
            &[(2, "CREATE PROCEDURE p()\nBEGIN\nSELECT 1;\nEND"), (7, "DROP TABLE a")],
        );
        check("-- +goose StatementBegin\nSELECT 1; SELECT 2;", &[(2, "SELECT 1"), (2, "SELECT 2")]);
    }

    #[test]
    fn blocks_of_oracle_stay_whole() {
        check(
            "DECLARE\n  v NUMBER;\nBEGIN\n  v := 1;\nEND;\n/\nDROP TABLE a;",
            &[(1, "DECLARE\n  v NUMBER;\nBEGIN\n  v := 1;\nEND;"), (7, "DROP TABLE a")],
        );
        check("BEGIN p; END;\nDROP TABLE a;", &[(1, "BEGIN p; END"), (2, "DROP TABLE a")]);
        check("BEGIN;\nDROP TABLE a;\nEND;\n/", &[(1, "BEGIN"), (2, "DROP TABLE a"), (3, "END")]);
    }

    #[test]
    fn quotes_in_brackets_and_in_the_quotes_of_oracle_open_nothing() {
        check(
            "CREATE FUNCTION f() RETURNS TABLE AS RETURN SELECT a AS [6\" pipe] FROM t\nGO\nDELETE FROM a\nGO",
            &[(1, "CREATE FUNCTION f() RETURNS TABLE AS RETURN SELECT a AS [6\" pipe] FROM t"), (3, "DELETE FROM a")],
        );
        check(
            "CREATE PROCEDURE p AS\nBEGIN\n  log(q'[it's done]');\nEND;\nDROP TABLE a;",
            &[(1, "CREATE PROCEDURE p AS\nBEGIN\n  log(q'[it's done]');\nEND"), (5, "DROP TABLE a")],
        );
        check(
            "SELECT ARRAY['a;', 'b'], x[1], '{}'::text[];DROP TABLE a;",
            &[(1, "SELECT ARRAY['a;', 'b'], x[1], '{}'::text[]"), (1, "DROP TABLE a")],
        );
    }

    #[test]
    fn what_does_not_end_is_kept() {
        check("DROP TABLE 'a; b", &[(1, "DROP TABLE 'a; b")]);
        check("DO $$ a; b", &[(1, "DO $$ a; b")]);
        check("SELECT $1; /* open", &[(1, "SELECT $1")]);
    }
}
