//! A cursor over the tokens of a SQL statement.

use crate::formats::rollback::sql_settings::ends_before;
use crate::formats::rollback::sql_tokens::{Sort, Token};

/// The tokens of one statement, and how far they are read.
#[derive(Clone)]
pub(super) struct Cursor<'c, 't> {
    tokens: &'c [Token<'t>],
    at: usize,
}

impl<'c, 't> Cursor<'c, 't> {
    pub(super) fn new(tokens: &'c [Token<'t>]) -> Self {
        Self { tokens, at: 0 }
    }

    pub(super) fn peek(&self) -> Option<&'c Token<'t>> {
        self.tokens.get(self.at)
    }

    /// What is not read yet.
    pub(super) fn rest(&self) -> &'c [Token<'t>] {
        &self.tokens[self.at..]
    }

    /// All of the tokens, those that are read as well.
    pub(super) fn statement(&self) -> &'c [Token<'t>] {
        self.tokens
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at == self.tokens.len()
    }

    pub(super) fn next(&mut self) -> Option<&'c Token<'t>> {
        let token = self.tokens.get(self.at)?;
        self.at += 1;
        Some(token)
    }

    /// Takes these keywords, separated by blanks, if all of them stand here.
    pub(super) fn take(&mut self, words: &str) -> bool {
        let mut ahead = self.clone();
        let all = words.split(' ').all(|word| ahead.next().is_some_and(|token| token.is(word)));
        if all {
            self.at = ahead.at;
        }
        all
    }

    /// Takes the first of these that stands here.
    pub(super) fn take_any<'w>(&mut self, choices: &[&'w str]) -> Option<&'w str> {
        choices.iter().copied().find(|words| self.take(words))
    }

    pub(super) fn take_symbol(&mut self, symbol: &str) -> bool {
        let found = self.peek().is_some_and(|token| token.is_symbol(symbol));
        self.at += usize::from(found);
        found
    }

    /// What was expected here, as an error.
    pub(super) fn expected<T>(&self, what: &str) -> Result<T, String> {
        Err(match self.peek() {
            Some(token) => format!("expected {what}, found `{}`", token.text),
            None => format!("expected {what}, found the end"),
        })
    }

    pub(super) fn end(&self) -> Result<(), String> {
        if self.is_at_end() { Ok(()) } else { self.expected("the end") }
    }

    /// A name, with what stands before its points.
    pub(super) fn name(&mut self) -> Result<String, String> {
        let mut name = self.part()?.to_owned();
        while self.take_symbol(".") {
            name.push('.');
            // `a..b` leaves out the schema.
            if !self.peek().is_some_and(|token| token.is_symbol(".")) {
                name.push_str(self.part()?);
            }
        }
        Ok(name)
    }

    /// A name without points.
    pub(super) fn part(&mut self) -> Result<&'t str, String> {
        match self.peek() {
            Some(token) if is_name(token) => {
                self.at += 1;
                Ok(token.text)
            }
            _ => self.expected("a name"),
        }
    }

    pub(super) fn names(&mut self) -> Result<Vec<String>, String> {
        let mut names = vec![self.name()?];
        while self.take_symbol(",") {
            names.push(self.name()?);
        }
        Ok(names)
    }

    /// What stands in the parentheses that open here.
    pub(super) fn group(&mut self) -> Result<&'c [Token<'t>], String> {
        if !self.take_symbol("(") {
            return self.expected("`(`");
        }
        let start = self.at;
        let mut depth = 1;
        while let Some(token) = self.next() {
            if token.is_symbol("(") {
                depth += 1;
            } else if token.is_symbol(")") {
                depth -= 1;
                if depth == 0 {
                    return Ok(&self.tokens[start..self.at - 1]);
                }
            }
        }
        self.expected("`)`")
    }

    /// Takes all up to the next comma outside of parentheses.
    pub(super) fn up_to_comma(&mut self) -> Result<&'c [Token<'t>], String> {
        self.up_to(|token| token.is_symbol(","))
    }

    /// Takes all up to what stops, outside of parentheses.
    pub(super) fn up_to(&mut self, stops: impl Fn(&Token<'t>) -> bool) -> Result<&'c [Token<'t>], String> {
        let start = self.at;
        while let Some(token) = self.peek() {
            if stops(token) {
                break;
            }
            if token.is_symbol("(") {
                self.group()?;
            } else if token.is_symbol(")") {
                return self.expected("the end");
            } else {
                self.at += 1;
            }
        }
        Ok(&self.tokens[start..self.at])
    }

    /// Takes what one of the patterns says, if all of it stands here up to a comma or the end.
    ///
    /// A pattern has keywords and signs, `name`, `value` and `(…)`, separated by blanks; `|` separates choices.
    pub(super) fn take_pattern(&mut self, patterns: &[&str]) -> bool {
        let found = patterns.iter().find_map(|pattern| {
            let mut ahead = self.clone();
            let all = pattern.split(' ').all(|part| ahead.take_part(part));
            let ended = ahead.peek().is_none_or(|token| token.is_symbol(","));
            (all && ended).then_some(ahead.at)
        });
        self.at = found.unwrap_or(self.at);
        found.is_some()
    }

    fn take_part(&mut self, part: &str) -> bool {
        match part {
            "name" => self.name().is_ok(),
            "value" => self.next().is_some_and(|token| token.sort != Sort::Symbol),
            "(…)" => self.group().is_ok(),
            "=" => self.take_symbol("="),
            choices => choices.split('|').any(|word| self.take(word)),
        }
    }
}

/// Whether this can be a name; those of MySQL may start with digits.
fn is_name(token: &Token<'_>) -> bool {
    match token.sort {
        Sort::Word | Sort::Name | Sort::Text => true,
        Sort::Number => !token.text.contains('.') && token.text.contains(|c: char| c.is_ascii_alphabetic() || c == '_'),
        Sort::Symbol => false,
    }
}

/// Tokens as one line.
pub(super) fn shown(tokens: &[Token<'_>]) -> String {
    let mut line = String::new();
    let mut before: Option<&Token<'_>> = None;
    for token in tokens {
        let close = match before {
            None => true,
            Some(before) if before.is_symbol("(") || before.is_symbol(".") => true,
            Some(before) if before.is_symbol(",") => false,
            Some(before) if token.is_symbol("(") => before.sort != Sort::Symbol || !token.spaced,
            Some(_) => matches!(token.text, ")" | "," | ".") || !token.spaced,
        };
        if !close {
            line.push(' ');
        }
        line.push_str(token.text);
        before = Some(token);
    }
    line
}

/// Words that may stand beside a value without an operator between them.
const BESIDE: &str = "
    AFTER AGAINST ALL ALWAYS AND ANY AS ASC AT AUTOINCREMENT AUTO_INCREMENT BETWEEN BINARY BY CASCADE CASE
    CHARACTER CHARSET CHECK COLLATE COLUMN COMMENT CONFLICT CONSTRAINT CROSS CURRENT DATE DAY DEFAULT DEFERRABLE
    DEFERRED DELETE DESC DISABLE DISTINCT DIV DOUBLE ELSE ENABLE END ESCAPE EXCEPT EXISTS FILTER FIRST FOR FOREIGN FROM
    FULL FULLTEXT GENERATED GLOB GROUP HAVING HOUR IDENTITY ILIKE IMMEDIATE IN INDEX INITIALLY INNER INTERVAL
    INTO INVISIBLE IS ISNULL JOIN KEY LAST LEFT LIKE LIMIT LOCAL MATCH MICROSECOND MINUTE MOD MONTH NATURAL NO
    NOT NOTNULL NULL NULLS OF OFFSET ON OPTION OR ORDER OUTER OUTPUT OVER OVERLAPS PARTITION PERSISTED PRECISION
    PRIMARY REFERENCES REGEXP RESTRICT RETURNING RIGHT RLIKE ROW ROWGUIDCOL SECOND SELECT SEPARATOR SET SIGNED
    SIMILAR SOME SOUNDS SPARSE STORED STRAIGHT_JOIN SYMMETRIC THEN TIME TIMESTAMP TO TYPE UNION UNIQUE UNSIGNED
    UPDATE USING VALUES VARYING VIRTUAL VISIBLE WEEK WHEN WHERE WITH WITHIN WITHOUT XOR YEAR ZEROFILL ZONE
";

/// Words that need something after them.
const OPEN: &str = "
    AND AS BETWEEN BY CALL EXEC EXECUTE FROM HAVING IN INTO IS JOIN LIKE OR SET THEN TO USING VALUES WHEN WHERE
";

/// Checks that a statement does not break off and that its parentheses match.
pub(super) fn is_whole(tokens: &[Token<'_>]) -> Result<(), String> {
    let mut depth = 0_usize;
    for pair in tokens.windows(2) {
        if pair.iter().all(|token| token.sort == Sort::Number) {
            return Err(format!("expected an operator, found `{}`", pair[1].text));
        }
    }
    for token in tokens {
        if token.is_symbol("(") {
            depth += 1;
        } else if token.is_symbol(")") {
            depth = depth.checked_sub(1).ok_or("expected the end, found `)`")?;
        }
    }
    if depth > 0 {
        return Err("expected `)`, found the end".to_owned());
    }
    match tokens.last() {
        // `INSERT … DEFAULT VALUES`, `DEFAULT 0 WITH VALUES`.
        Some(last) if last.is("VALUES") && tokens.iter().rev().nth(1).is_some_and(|t| t.is_of("DEFAULT WITH")) => {
            Ok(())
        }
        Some(last) if last.is_of(OPEN) => Err(format!("expected more after `{}`, found the end", last.text)),
        Some(last) if last.sort == Sort::Symbol && !matches!(last.text, ")" | "]" | "*" | "}") => {
            Err(format!("expected more after `{}`, found the end", last.text))
        }
        _ => Ok(()),
    }
}

/// Checks that values and operators take turns, outside of parentheses.
pub(super) fn is_expression(tokens: &[Token<'_>]) -> Result<(), String> {
    is_alone(tokens)?;
    let mut cursor = Cursor::new(tokens);
    let mut before: Option<Sort> = None;
    while let Some(token) = cursor.peek() {
        let this = match token.sort {
            Sort::Word if token.is_of(BESIDE) => None,
            sort @ (Sort::Word | Sort::Name | Sort::Text | Sort::Number) => Some(sort),
            Sort::Symbol => None,
        };
        let fits = match (before, this) {
            (Some(Sort::Text), Some(Sort::Text)) | (Some(Sort::Word | Sort::Name), Some(Sort::Text)) => true,
            (Some(_), Some(_)) => false,
            _ => true,
        };
        if !fits {
            return cursor.expected("an operator");
        }
        before = this;
        if token.is_symbol("(") {
            cursor.group()?;
            before = Some(Sort::Number);
        } else {
            cursor.next();
        }
    }
    Ok(())
}

/// Words that start a statement which may lose data or change it.
const STARTS: &str = "ALTER CALL DELETE DROP EXEC EXECUTE MERGE TRUNCATE UPDATE";

/// Words after which these start no statement.
const NO_START_AFTER: &str = "
    AFTER ALSO AND BEFORE BY COMMIT DENY DISTINCT DO FOR FROM GRANT INSTEAD INTO KEY NOT OF ON OR REVOKE SELECT SET
    TO WHERE WITH
";

/// Checks that no second statement follows without a semicolon, as SQL Server takes it.
pub(super) fn is_alone(tokens: &[Token<'_>]) -> Result<(), String> {
    for at in 1..tokens.len() {
        let (before, token, after) = (&tokens[at - 1], &tokens[at], tokens.get(at + 1));
        if token.sort != Sort::Word || !token.is_of(STARTS) {
            continue;
        }
        let takes = after.is_some_and(|after| after.is_of("COLUMN FROM INDEX INTO ONLY TABLE VIEW"));
        // A trigger executes a function.
        if token.is("EXECUTE") && after.is_some_and(|after| after.is_of("FUNCTION PROCEDURE")) {
            continue;
        }
        let fits = match before.sort {
            Sort::Word if before.is("AS") => !takes,
            Sort::Word => before.is_of(NO_START_AFTER) && !ends_before(tokens, at),
            Sort::Symbol => !matches!(before.text, ")" | "]" | "*" | ";") && !takes,
            Sort::Name | Sort::Text | Sort::Number => false,
        };
        if !fits {
            return Err(format!("expected the end, found `{}`", token.text));
        }
    }
    Ok(())
}
