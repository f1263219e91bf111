//! A SQL script cut into its statements.

/// One statement of a script, without its end and without comments before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece<'t> {
    pub(super) text: &'t str,
    /// The line that it starts in, from 1.
    pub(super) line: u64,
}

/// Cuts a script at `;`, and at lines that hold nothing but `GO` or `/`.
/// Quoted text, comments and dollar quotes are kept whole, and `DELIMITER` of the MySQL client is followed.
/// What is quoted with backslashes may be cut wrongly; then it is no statement that can be read.
pub(super) fn split(text: &str) -> Vec<Piece<'_>> {
    let mut splitter = Splitter { text, start: None, counted: (0, 1), delimiter: ";", pieces: Vec::new() };
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
        Piece { text: &self.text[at..], line: self.line + line_ends(&self.text[..at]) }
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
    pieces: Vec<Piece<'t>>,
}

impl<'t> Splitter<'t> {
    /// Takes what stands at `at`; where the next stands.
    fn next(&mut self, at: usize) -> usize {
        let rest = &self.text[at..];
        if at == 0 || self.text.as_bytes()[at - 1] == b'\n' {
            let line = rest.lines().next().unwrap_or("");
            let trimmed = line.trim();
            if trimmed.eq_ignore_ascii_case("go") || trimmed == "/" {
                self.end(at);
                return at + line.len();
            }
            let word = trimmed.get(..10).filter(|word| word.eq_ignore_ascii_case("delimiter "));
            if let (None, Some(word)) = (self.start, word) {
                self.delimiter = trimmed[word.len()..].trim();
                return at + line.len();
            }
            if self.start.is_none() && trimmed.starts_with('#') {
                return at + line.len();
            }
        }
        if !self.delimiter.is_empty() && rest.starts_with(self.delimiter) {
            self.end(at);
            return at + self.delimiter.len();
        }
        if rest.starts_with("--") {
            return at + rest.find('\n').unwrap_or(rest.len());
        }
        // `/*!` and `/*M!` are comments that MySQL and MariaDB execute.
        if rest.starts_with("/*") && !rest.starts_with("/*!") && !rest.starts_with("/*M!") {
            return at + rest.find("*/").map_or(rest.len(), |end| end + 2);
        }
        let Some(first) = rest.chars().next() else { return self.text.len() };
        if first.is_whitespace() || first == '\u{feff}' {
            return at + first.len_utf8();
        }
        self.start.get_or_insert(at);
        match first {
            '\'' | '"' | '`' => at + rest[1..].find(first).map_or(rest.len(), |end| end + 2),
            '$' => at + dollar_quoted(rest).unwrap_or(1),
            _ => at + first.len_utf8(),
        }
    }

    fn end(&mut self, at: usize) {
        let Some(start) = self.start.take() else { return };
        let (offset, line) = self.counted;
        let line = line + line_ends(&self.text[offset..start]);
        self.counted = (start, line);
        self.pieces.push(Piece { text: self.text[start..at].trim_end(), line });
    }
}

/// The length of `$tag$ … $tag$`.
fn dollar_quoted(rest: &str) -> Option<usize> {
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
        check("DROP TABLE a\nGO\nDROP TABLE b\nGO\n", &[(1, "DROP TABLE a"), (3, "DROP TABLE b")]);
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
