//! Procedures, functions and triggers that a script defines: where they end, and what they do where it runs them.
//!
//! ```sql
//! CREATE PROCEDURE MigrationsScript() BEGIN
//!     IF EXISTS(SELECT 1 FROM `__EFMigrationsHistory` WHERE `MigrationId` = '20260301_AddEmail') THEN
//!     ALTER TABLE `Users` DROP COLUMN `Email`;
//!     END IF;
//! END //
//! CALL MigrationsScript() //
//! ```
//!
//! A definition runs nothing. What runs one of the script's own does what stands in it.

use std::collections::BTreeMap;

use crate::formats::rollback::sql_block::of_inside;
use crate::formats::rollback::sql_comment::{Effort, block};
use crate::formats::rollback::sql_cursor::Cursor;
use crate::formats::rollback::sql_effect::{Effect, of_statement};
use crate::formats::rollback::sql_quotes::quoted;
use crate::formats::rollback::sql_split::dollar_quoted;
use crate::formats::rollback::sql_tokens::{Backslash, Sort, Token, is_one_of, last_of_name, tokens, unquoted_name};

const KINDS: &[&str] = &["EVENT", "FUNCTION", "PACKAGE", "PROC", "PROCEDURE", "TRIGGER"];

/// Words between `CREATE` and the kind.
const BEFORE_KIND: &[&str] = &[
    "OR",
    "REPLACE",
    "ALTER",
    "EDITIONABLE",
    "NONEDITIONABLE",
    "TEMP",
    "TEMPORARY",
    "CONSTRAINT",
    "AGGREGATE",
    "SQL",
    "SECURITY",
    "INVOKER",
    "DEFINER",
];

/// Words that a `DEFINER` may have: a user, a host of four numbers.
const MAX_DEFINER: usize = 8;

/// Tokens of a name with points.
const MAX_NAME: usize = 8;

/// Whether a routine is defined here.
pub(super) fn is_definition(text: &str) -> bool {
    let is = |word: &str, known: &str| word.eq_ignore_ascii_case(known);
    let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    match words.next() {
        Some(word) if is(word, "CREATE") => {}
        Some(word) if is(word, "ALTER") => return is_redefinition(text),
        _ => return false,
    }
    let mut free = 0;
    for word in words.take(2 * MAX_DEFINER) {
        if KINDS.iter().any(|kind| is(word, kind)) {
            return true;
        }
        if is(word, "DEFINER") {
            free = MAX_DEFINER;
        } else if !BEFORE_KIND.iter().any(|known| is(word, known)) {
            if free == 0 {
                return false;
            }
            free -= 1;
        }
    }
    false
}

/// Whether SQL Server is given another definition of a routine: `ALTER PROCEDURE p AS …`.
fn is_redefinition(text: &str) -> bool {
    let statement = text.split(';').next().unwrap_or(text);
    let mut words = statement.split_ascii_whitespace().skip(1);
    let is = |word: &str, known: &[&str]| known.iter().any(|known| word.eq_ignore_ascii_case(known));
    words.next().is_some_and(|kind| is(kind, &["FUNCTION", "PROC", "PROCEDURE", "TRIGGER"]))
        && words.any(|word| is(word, &["AS"]))
}

/// Words behind `BEGIN` that make it the start of a transaction, or of a part that another one closes.
const NO_BLOCK: &str = "
    CATCH CONCURRENT DEFERRED DISTRIBUTED EXCLUSIVE IMMEDIATE ISOLATION READ TRAN TRANSACTION TRY WORK
";

/// Whether a block starts here that defines nothing: `BEGIN …` or `DECLARE …`, but for the variables of SQL Server.
pub(super) fn is_anonymous(text: &str) -> bool {
    let first = word(text);
    let rest = text[first.len()..].trim_start();
    let next = word(rest);
    if first.eq_ignore_ascii_case("DECLARE") {
        return !next.is_empty() && !next.starts_with('@');
    }
    first.eq_ignore_ascii_case("BEGIN") && !rest.is_empty() && !rest.starts_with(';') && !is_one_of(next, NO_BLOCK)
}

/// What was found of the block of a definition.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Block {
    /// It ends there; nothing but its name follows up to a semicolon or the end.
    Ends(usize),
    /// There is none, or more follows: how far that was looked for.
    None(usize),
    /// The text ends inside of it.
    Open,
}

/// The block of a definition, from its first `BEGIN` to its `END`.
pub(super) fn block_of(text: &str) -> Block {
    let (mut at, mut depth, mut began) = (0, 0_usize, false);
    let mut effort = Effort::of(text);
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        if let Some(length) = passed_over(text, at, first, &mut effort) {
            at += length;
            continue;
        }
        if first == ';' && depth == 0 {
            return Block::None(at);
        }
        if !(first.is_alphabetic() || first == '_') {
            at += first.len_utf8();
            continue;
        }
        let word = word(rest);
        at += word.len();
        let next = next_word(&text[at..]);
        let follows = |words: &[&str]| words.iter().any(|known| next.eq_ignore_ascii_case(known));
        if word.eq_ignore_ascii_case("BEGIN") && !follows(&["TRAN", "TRANSACTION", "DISTRIBUTED"]) {
            (depth, began) = (depth + 1, true);
        } else if word.eq_ignore_ascii_case("CASE") {
            depth += 1;
        } else if word.eq_ignore_ascii_case("END") && !follows(&["IF", "LOOP", "WHILE", "REPEAT", "FOR"]) {
            depth = depth.saturating_sub(1);
            if follows(&["CASE"]) {
                at += text[at..].find(|c: char| !c.is_whitespace()).unwrap_or(0) + "CASE".len();
            }
            if depth == 0 && began {
                return end_of(text, at);
            }
        }
    }
    Block::Open
}

/// The end of a block, behind which its name may stand.
fn end_of(text: &str, at: usize) -> Block {
    let rest = text[at..].trim_start();
    let name = rest.trim_start_matches(|c: char| c.is_alphanumeric() || matches!(c, '_' | '"' | '`'));
    let behind = name.trim_start();
    let between = &rest[..rest.len() - name.len()];
    let is_statement = ["DROP", "DELETE", "TRUNCATE", "ALTER", "UPDATE", "BEGIN"];
    if is_statement.iter().any(|word| between.eq_ignore_ascii_case(word))
        || !(behind.is_empty() || behind.starts_with(';'))
    {
        return Block::None(at);
    }
    Block::Ends(text.len() - behind.len())
}

/// The length of a comment or of what is quoted.
fn passed_over(text: &str, at: usize, first: char, effort: &mut Effort) -> Option<usize> {
    let rest = &text[at..];
    match first {
        '$' => dollar_quoted(rest),
        '-' if rest.starts_with("--") => Some(rest.find('\n').unwrap_or(rest.len())),
        '/' if rest.starts_with("/*") => Some(block(rest, effort).unwrap_or(rest.len())),
        _ => quoted(text, at, first),
    }
}

fn word(rest: &str) -> &str {
    let end = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '$' | '#' | '@'))).unwrap_or(rest.len());
    &rest[..end]
}

fn next_word(rest: &str) -> &str {
    word(rest.trim_start())
}

/// The effect of a definition that is known to be one statement.
pub(super) fn of_definition(text: &str) -> Result<Effect, String> {
    read(text).map(|_| Effect::Harmless)
}

fn read(text: &str) -> Result<Vec<Token<'_>>, String> {
    tokens(text, Backslash::Plain).or_else(|_| tokens(text, Backslash::Escapes)).map_err(str::to_owned)
}

/// The routines that a script has defined so far, by their names.
#[derive(Default)]
pub(super) struct Routines(BTreeMap<String, Effect>);

impl Routines {
    /// Takes note of a routine, where a statement defines one.
    pub(super) fn learn(&mut self, text: &str) {
        if !is_definition(text) {
            return;
        }
        let Ok(tokens) = read(text) else { return };
        let Some(at) = tokens.iter().position(|token| token.is_of("FUNCTION PROC PROCEDURE")) else { return };
        let mut cursor = Cursor::new(&tokens[at + 1..]);
        cursor.take("IF NOT EXISTS");
        let Ok(name) = cursor.name() else { return };
        let effect = self.of_body(cursor.rest());
        self.0.insert(plain(&name), effect);
    }

    /// What a statement does, together with the routines of the script that it runs.
    pub(super) fn with(&self, text: &str, own: Effect) -> Effect {
        let word = text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or("");
        let is_call = ["CALL", "DO", "EXEC", "EXECUTE"].iter().any(|known| word.eq_ignore_ascii_case(known));
        match (self.run_by(text), own) {
            (Some(known), Effect::Remark(_)) if is_call || is_anonymous(text) => known,
            (Some(known), own) => known.max(own),
            (None, own) => own,
        }
    }

    /// What a statement does by the routines of the script that it runs; `None` where it runs none of them.
    pub(super) fn run_by(&self, text: &str) -> Option<Effect> {
        if self.0.is_empty() {
            return None;
        }
        let tokens = read(text).ok()?;
        if is_anonymous(text) {
            return Some(self.of_parts(&tokens));
        }
        if tokens.first()?.is("DO") {
            let body = tokens.iter().find(|token| token.sort == Sort::Text).and_then(|token| unquoted(token.text))?;
            return Some(self.of_parts(&read(&body).ok()?));
        }
        self.called(&tokens)
    }

    /// What a statement of a block does that is the name of a routine, be it with arguments.
    fn named(&self, statement: &[Token<'_>]) -> Option<Effect> {
        let name = name_alone(statement)?;
        let name = last_of_name(&name);
        self.0.get(&plain(name)).map(|effect| within(name, effect))
    }

    fn called(&self, statement: &[Token<'_>]) -> Option<Effect> {
        let runs = "BEGIN CALL DECLARE EXEC EXECUTE IF INSERT PERFORM SELECT UPDATE VALUES WHILE WITH";
        statement.first().filter(|first| first.is_of(runs))?;
        let mut worst: Option<Effect> = None;
        for (at, token) in statement.iter().enumerate() {
            if !matches!(token.sort, Sort::Word | Sort::Name) {
                continue;
            }
            let Some(effect) = self.0.get(&plain(token.text)) else { continue };
            let is_run = statement.get(at + 1).is_some_and(|next| next.is_symbol("("))
                || statement[..at]
                    .iter()
                    .rev()
                    .take(MAX_NAME)
                    .find(|before| is_no_name(before))
                    .is_some_and(|t| t.is_of("CALL EXEC EXECUTE"));
            if is_run {
                let effect = within(unquoted_name(token.text), effect);
                worst = worst.max(Some(effect));
            }
        }
        worst
    }

    /// The worst that stands in a body.
    fn of_body(&self, tokens: &[Token<'_>]) -> Effect {
        // The body of PostgreSQL is a string.
        let quoted = tokens.windows(2).find(|pair| pair[0].is("AS") && pair[1].sort == Sort::Text);
        if let Some(text) = quoted.and_then(|pair| unquoted(pair[1].text)) {
            return match read(&text) {
                Ok(tokens) => self.of_parts(&tokens),
                Err(_) => Effect::Remark("what it does cannot be read".to_owned()),
            };
        }
        let start = tokens.iter().position(|token| token.is("BEGIN"));
        let start = start.or_else(|| tokens.iter().position(|token| token.is_of("AS IS")).map(|at| at + 1));
        self.of_parts(&tokens[start.unwrap_or(0)..])
    }

    fn of_parts(&self, body: &[Token<'_>]) -> Effect {
        let mut worst = Effect::Harmless;
        for part in body.split(|token| token.is_symbol(";")) {
            let (frame, statement) = part.split_at(frame_of(part));
            worst = worst.max(of_inside(frame));
            if statement.is_empty() {
                continue;
            }
            let effect = of_statement(statement).unwrap_or_else(|_| of_call(statement).max(of_inside(statement)));
            let named = self.named(statement);
            let is_named = named.is_some();
            let effect = match (named.or_else(|| self.called(statement)), effect) {
                (Some(known), Effect::Remark(_)) if is_named || statement[0].is_of("CALL EXEC EXECUTE") => known,
                (Some(known), effect) => known.max(effect),
                (None, effect) => effect,
            };
            worst = worst.max(effect);
        }
        worst
    }
}

/// The worst that stands in a block, by its statements.
pub(super) fn of_parts(block: &[Token<'_>]) -> Effect {
    Routines::default().of_parts(block)
}

/// Statements of a body that are one word.
const WORDS: &str = "CONTINUE EXIT LEAVE NULL RAISE RETURN";

/// What a statement of Oracle does that is the name of a procedure, be it with arguments.
fn of_call(statement: &[Token<'_>]) -> Effect {
    match name_alone(statement) {
        Some(name) if !statement[0].is_of(WORDS) && !name.to_ascii_lowercase().starts_with("dbms_output.") => {
            Effect::Remark(format!("what `{name}` does is not known"))
        }
        _ => Effect::Harmless,
    }
}

/// The name that a statement is, be it with arguments; `None` where it is more.
fn name_alone(statement: &[Token<'_>]) -> Option<String> {
    let mut cursor = Cursor::new(statement);
    let name = cursor.name().ok()?;
    (cursor.is_at_end() || cursor.group().is_ok() && cursor.is_at_end()).then_some(name)
}

/// Words that frame the statements of a body without a condition.
const FRAMES: &str = "BEGIN ELSE LOOP REPEAT EXCEPTION NOT ATOMIC";

/// How many tokens stand before the first statement of a part: `BEGIN IF … THEN`.
fn frame_of(part: &[Token<'_>]) -> usize {
    let mut at = 0;
    while let Some(first) = part.get(at) {
        if first.is("END") {
            return part.len();
        }
        if first.is_of(FRAMES) {
            at += 1;
            continue;
        }
        let ends = if first.is_of("IF ELSEIF ELSIF WHEN") {
            "THEN"
        } else if first.is_of("WHILE FOR FOREACH") {
            "DO LOOP"
        } else {
            break;
        };
        match part[at..].iter().position(|token| token.is_of(ends)) {
            Some(end) => at += end + 1,
            None => break,
        }
    }
    at
}

/// Whether a token is no part of a name with points.
fn is_no_name(token: &Token<'_>) -> bool {
    !token.is_symbol(".")
        && (token.sort != Sort::Name)
        && (token.sort != Sort::Word || token.is_of("CALL EXEC EXECUTE"))
}

fn within(name: &str, effect: &Effect) -> Effect {
    match effect {
        Effect::Frame | Effect::Harmless => Effect::Harmless,
        Effect::Remark(what) => Effect::Remark(format!("runs `{name}`: {what}")),
        Effect::Destroys(why) => Effect::Destroys(format!("runs `{name}`, which {why}")),
    }
}

/// What stands in the quotes of a body.
pub(super) fn unquoted(text: &str) -> Option<String> {
    if let Some(rest) = text.strip_prefix('$') {
        let tag = rest.find('$')? + 2;
        return Some(text.get(tag..text.len().checked_sub(tag)?)?.to_owned());
    }
    Some(text.trim_start_matches(['E', 'e', 'N', 'n']).strip_prefix('\'')?.strip_suffix('\'')?.replace("''", "'"))
}

/// The last part of a name, without quotes and in small letters.
fn plain(name: &str) -> String {
    last_of_name(name).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_are_known_by_their_first_words() {
        for text in [
            "CREATE PROCEDURE p() BEGIN",
            "create or replace editionable function f",
            "CREATE DEFINER=`root`@`127.0.0.1` TRIGGER t",
            "CREATE CONSTRAINT TRIGGER t",
            "ALTER PROCEDURE dbo.p @a int\nAS\nDELETE FROM a; SELECT 1",
        ] {
            assert!(is_definition(text), "{text}");
        }
        for text in [
            "ALTER FUNCTION f() OWNER TO a; SELECT 1 AS b",
            "CREATE TABLE a (trigger int)",
            "CREATE VIEW v",
            "DROP PROCEDURE p",
            "CREATE",
        ] {
            assert!(!is_definition(text), "{text}");
        }
    }

    #[test]
    fn a_block_ends_at_its_own_end() {
        let ends = |text: &str| assert_eq!(block_of(text), Block::Ends(text.len()), "{text}");
        ends("CREATE TRIGGER t BEGIN DELETE FROM a; SELECT CASE x WHEN 1 THEN 2 END; END");
        ends(
            "CREATE PROCEDURE p() BEGIN IF a THEN DELETE FROM b; END IF; CASE x WHEN 1 THEN SELECT ';'; END CASE; END",
        );
        ends("CREATE PROCEDURE p AS BEGIN BEGIN TRAN; DELETE FROM a; COMMIT; END p");
        let none = |text: &str| assert!(matches!(block_of(text), Block::None(_)), "{text}");
        none("CREATE FUNCTION f() RETURN 1; BEGIN; DROP TABLE a; END");
        none("CREATE PROC p AS BEGIN SELECT 1; END\nDROP TABLE a;");
        assert_eq!(block_of("CREATE PROC p AS BEGIN SELECT 1;"), Block::Open);
    }

    #[track_caller]
    fn check(definition: &str, call: &str, expected: Option<Effect>) {
        let mut routines = Routines::default();
        routines.learn(definition);
        assert_eq!(routines.run_by(call), expected);
    }

    #[test]
    fn what_is_run_does_what_stands_in_it() {
        let destroys = |why: &str| Some(Effect::Destroys(why.to_owned()));
        check(
            "CREATE PROCEDURE P() BEGIN IF EXISTS(SELECT 1) THEN ALTER TABLE `a` DROP COLUMN `b`; END IF; END",
            "CALL P()",
            destroys("runs `P`, which drops column `a`.`b`"),
        );
        check(
            "CREATE PROCEDURE p() BEGIN IF a THEN ALTER TABLE a DROP INDEX i; END IF; END",
            "CALL p()",
            Some(Effect::Harmless),
        );
        check(
            "CREATE PROC dbo.p AS DELETE FROM a",
            "IF @a = 1 EXEC dbo.p @b = 1",
            destroys("runs `p`, which deletes all rows of a"),
        );
        check(
            "CREATE FUNCTION f() RETURNS void AS $$ BEGIN DROP TABLE a; END $$ LANGUAGE plpgsql",
            "SELECT f()",
            destroys("runs `f`, which drops table a"),
        );
        check("CREATE FUNCTION f() RETURNS void AS $$ BEGIN DROP TABLE a; END $$", "DROP FUNCTION f()", None);
        check("CREATE PROC p AS DELETE FROM a", "SELECT p FROM b", None);
        check(
            "CREATE PROCEDURE shop.p IS BEGIN DELETE FROM a; END",
            "BEGIN shop.p; END",
            destroys("runs `p`, which deletes all rows of a"),
        );
        check(
            "CREATE FUNCTION f() RETURNS void AS $$ BEGIN DROP TABLE a; END $$ LANGUAGE plpgsql",
            "DO $$ BEGIN PERFORM f(); END $$",
            destroys("runs `f`, which drops table a"),
        );
    }
}
