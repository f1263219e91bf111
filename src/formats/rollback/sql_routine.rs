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
use crate::formats::rollback::sql_cursor::{Cursor, shown};
use crate::formats::rollback::sql_definition::{KINDS, is_anonymous, is_definition, word};
use crate::formats::rollback::sql_dynamic::{is_runner, loss_assigned, loss_of, may_run_text, runs_text};
use crate::formats::rollback::sql_effect::{Effect, of_statement};
use crate::formats::rollback::sql_split::{Form, Piece};
use crate::formats::rollback::sql_tokens::{Backslash, Sort, Token, is_one_of, last_of_name, tokens, unquoted_name};

/// Tokens of a name with points.
const MAX_NAME: usize = 8;

fn read(text: &str) -> Result<Vec<Token<'_>>, String> {
    tokens(text, Backslash::Plain).or_else(|_| tokens(text, Backslash::Escapes)).map_err(str::to_owned)
}

/// The routines that a script has defined so far, by their names.
#[derive(Default)]
pub(super) struct Routines {
    by_name: BTreeMap<String, Vec<Routine>>,
    /// The triggers that lose data.
    triggers: Vec<Trigger>,
    /// Whether the script runs texts that it keeps in variables.
    runs_texts: bool,
}

/// One of the routines of a name: PostgreSQL has one for each list of arguments.
struct Routine {
    arguments: String,
    effect: Effect,
    /// Whether it runs a text, which may be one that it is given.
    runs_text: bool,
}

/// A trigger of the script that loses data.
struct Trigger {
    table: String,
    on_insert: bool,
    on_update: bool,
    why: String,
}

impl Routines {
    /// Takes note of whether a script runs texts that it keeps in variables.
    pub(super) fn expect_texts(&mut self, pieces: &[Piece<'_>]) {
        // `PREPARE … FROM` needs an `EXECUTE` too.
        self.runs_texts = pieces.iter().any(|piece| may_run_text(piece.text))
            && pieces.iter().any(|piece| {
                let may_run = may_run_text(piece.text) || word(piece.text).eq_ignore_ascii_case("PREPARE");
                let is_looked_at = piece.form == Form::Plain && may_run && !is_definition(piece.text);
                is_looked_at && read(piece.text).is_ok_and(|tokens| runs_text(&tokens, false))
            });
    }

    /// What is lost by a text that a statement keeps for the script to run.
    fn of_text(&self, text: &str) -> Effect {
        if !self.runs_texts || is_one_of(word(text), "COPY INSERT REPLACE") || is_definition(text) {
            return Effect::Frame;
        }
        read(text).ok().as_deref().and_then(loss_assigned).map_or(Effect::Frame, of_kept)
    }

    /// The effect of a definition that is known to be one statement: none, but for an event of MySQL, which runs by itself.
    pub(super) fn of_definition(&self, text: &str) -> Result<Effect, String> {
        let tokens = read(text)?;
        let kind = tokens.iter().find(|token| KINDS.iter().any(|kind| token.is(kind)));
        let body = tokens.iter().position(|token| token.is("DO")).filter(|_| kind.is_some_and(|kind| kind.is("EVENT")));
        Ok(match body.map(|at| self.of_parts(&tokens[at + 1..])) {
            Some(Effect::Destroys(why)) => Effect::Destroys(format!("runs by itself, and {why}")),
            Some(Effect::Remark(what)) => Effect::Remark(format!("runs by itself: {what}")),
            _ => Effect::Harmless,
        })
    }

    /// Takes note of a routine, where a statement defines one.
    pub(super) fn learn(&mut self, text: &str) {
        if !is_definition(text) {
            return;
        }
        let Ok(tokens) = read(text) else { return };
        let kind = tokens.iter().find(|token| KINDS.iter().any(|kind| token.is(kind)));
        if kind.is_some_and(|kind| kind.is("TRIGGER")) {
            self.triggers.extend(self.trigger(&tokens));
            return;
        }
        let Some(at) = tokens.iter().position(|token| token.is_of("FUNCTION PROC PROCEDURE")) else { return };
        let mut cursor = Cursor::new(&tokens[at + 1..]);
        cursor.take("IF NOT EXISTS");
        let Ok(name) = cursor.name() else { return };
        let (effect, runs_text) = self.of_body(cursor.rest());
        let arguments = cursor.group().map(shown).unwrap_or_default().to_lowercase();
        let routine = Routine { arguments, effect, runs_text };
        let known = self.by_name.entry(plain(&name)).or_default();
        match known.iter_mut().find(|known| known.arguments == routine.arguments) {
            Some(known) => *known = routine,
            None => known.push(routine),
        }
    }

    /// What a statement does, together with the routines of the script that it runs.
    pub(super) fn with(&self, text: &str, own: Effect) -> Effect {
        let word = text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or("");
        let is_call = ["CALL", "DO", "EXEC", "EXECUTE"].iter().any(|known| word.eq_ignore_ascii_case(known));
        let own = own.max(self.of_text(text));
        let own = self.fired_by(text).unwrap_or(Effect::Frame).max(own);
        match (self.run_by(text), own) {
            (Some(known), Effect::Remark(_)) if is_call || is_anonymous(text) => known,
            (Some(known), own) => known.max(own),
            (None, own) => own,
        }
    }

    /// The trigger that is defined here, where it loses data by other statements than the one that fires it.
    fn trigger(&self, tokens: &[Token<'_>]) -> Option<Trigger> {
        let at = tokens.iter().position(|token| token.is("TRIGGER"))?;
        let mut cursor = Cursor::new(&tokens[at + 1..]);
        cursor.take("IF NOT EXISTS");
        let name = cursor.name().ok()?;
        let on = cursor.rest().iter().position(|token| token.is("ON"))?;
        let (events, rest) = cursor.rest().split_at(on);
        let mut cursor = Cursor::new(&rest[1..]);
        let table = plain(&cursor.name().ok()?);
        let rest = cursor.rest();
        let runs = rest.windows(3).find(|three| three[0].is("EXECUTE") && three[1].is_of("FUNCTION PROCEDURE"));
        let start = rest.iter().position(|token| token.is("ROW")).map(|at| at + 1);
        let start = start.or_else(|| rest.iter().position(|token| token.is_of("AS BEGIN"))).unwrap_or(rest.len());
        let effect = match runs.and_then(|_| rest.iter().position(|token| token.is_of("FUNCTION PROCEDURE"))) {
            Some(at) => {
                let mut cursor = Cursor::new(&rest[at + 1..]);
                let function = cursor.name().ok()?;
                self.of_name(last_of_name(&function), cursor.rest())?
            }
            None => self.of_body(&rest[start..]).0,
        };
        let Effect::Destroys(why) = effect else { return None };
        // SQL Server names the events behind the table.
        let events = if events.is_empty() { &rest[..start] } else { events };
        let has = |event: &str| events.iter().any(|token| token.is(event));
        let why = format!("fires the trigger `{}`, which {why}", last_of_name(&name));
        Some(Trigger { table, on_insert: has("INSERT"), on_update: has("UPDATE"), why })
    }

    /// What the triggers of the script do that a statement fires.
    fn fired_by(&self, text: &str) -> Option<Effect> {
        if self.triggers.is_empty() || is_definition(text) {
            return None;
        }
        let tokens = read(text).ok()?;
        let into = |at: usize, token: &Token<'_>| {
            let word = token.is_of("COPY INTO MERGE UPDATE");
            word.then(|| Cursor::new(&tokens[at + 1..]).name().ok()).flatten().map(|name| (token.is("UPDATE"), name))
        };
        let changed = tokens.iter().enumerate().filter_map(|(at, token)| into(at, token));
        let mut fired = changed.filter_map(|(updates, name)| {
            // An insert may update rows that are there, and a merge does.
            let updates = updates || tokens.iter().any(|token| token.is("UPDATE"));
            let inserts = !tokens[0].is("UPDATE");
            let is_fired = |trigger: &&Trigger| {
                trigger.table == plain(&name) && (inserts && trigger.on_insert || updates && trigger.on_update)
            };
            self.triggers.iter().find(is_fired)
        });
        fired.next().map(|trigger| Effect::Destroys(trigger.why.clone()))
    }

    /// What a statement does by the routines of the script that it runs; `None` where it runs none of them.
    pub(super) fn run_by(&self, text: &str) -> Option<Effect> {
        // What is known by its name is found in blocks without this.
        if self.by_name.is_empty() && (is_anonymous(text) || !may_call(text)) {
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
        self.of_name(last_of_name(&name), statement)
    }

    /// What a routine of this name does with the arguments that follow; `None` where it is not known.
    fn of_name(&self, name: &str, rest: &[Token<'_>]) -> Option<Effect> {
        let known = self.by_name.get(&plain(name)).map(Vec::as_slice).unwrap_or_default();
        let worst = known.iter().map(|routine| within(name, &routine.effect)).max();
        let is_runner = is_runner(name) || known.iter().any(|routine| routine.runs_text);
        let given = if is_runner { loss_of(arguments(rest)) } else { None };
        let given = given.map(|loss| Effect::Destroys(format!("runs `{name}` with {loss}")));
        let destroys = DESTROYERS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        let destroys = destroys.map(|(_, why)| Effect::Destroys(format!("runs `{name}`, which {why}")));
        worst.max(given).max(destroys)
    }

    fn called(&self, statement: &[Token<'_>]) -> Option<Effect> {
        let runs = "BEGIN CALL DECLARE EXEC EXECUTE IF INSERT PERFORM SELECT UPDATE VALUES WHILE WITH";
        statement.first().filter(|first| first.is_of(runs) || makes_of_query(statement))?;
        let mut worst: Option<Effect> = None;
        for (at, token) in statement.iter().enumerate() {
            if !matches!(token.sort, Sort::Word | Sort::Name) {
                continue;
            }
            let is_run = statement.get(at + 1).is_some_and(|next| next.is_symbol("("))
                || statement[..at]
                    .iter()
                    .rev()
                    .take(MAX_NAME)
                    .find(|before| is_no_name(before))
                    .is_some_and(|t| t.is_of("CALL EXEC EXECUTE"));
            if is_run {
                worst = worst.max(self.of_name(unquoted_name(token.text), &statement[at + 1..]));
            }
        }
        worst
    }

    /// The worst that stands in a body, and whether it runs a text.
    fn of_body(&self, tokens: &[Token<'_>]) -> (Effect, bool) {
        // The body of PostgreSQL is a string.
        let quoted = tokens.windows(2).find(|pair| pair[0].is("AS") && pair[1].sort == Sort::Text);
        if let Some(text) = quoted.and_then(|pair| unquoted(pair[1].text)) {
            return match read(&text) {
                Ok(tokens) => (self.of_parts(&tokens), runs_text(&tokens, true)),
                Err(_) => (Effect::Remark("what it does cannot be read".to_owned()), false),
            };
        }
        let start = tokens.iter().position(|token| token.is("BEGIN"));
        let as_is = || tokens.iter().position(|token| token.is_of("AS IS")).map(|at| at + 1);
        let start = start.or_else(as_is).unwrap_or(0);
        // What Oracle declares stands before.
        (self.of_parts(&tokens[start..]).max(of_kept_texts(tokens)), runs_text(tokens, true))
    }

    fn of_parts(&self, body: &[Token<'_>]) -> Effect {
        let mut worst = of_kept_texts(body);
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

/// Functions that lose data: `postgis/postgis.sql.in` of PostGIS, `src/chunk.c` of TimescaleDB, large objects of PostgreSQL.
const DESTROYERS: &[(&str, &str)] = &[
    ("drop_chunks", "deletes rows"),
    ("DropGeometryColumn", "drops a column"),
    ("DropGeometryTable", "drops a table"),
    ("lo_unlink", "deletes a large object"),
];

/// Whether a statement may run what is known by its name.
fn may_call(text: &str) -> bool {
    is_one_of(word(text), "CALL EXEC EXECUTE IF PERFORM SELECT WHILE WITH") || makes_table(text)
}

fn makes_table(text: &str) -> bool {
    is_one_of(word(text), "CREATE")
        && text.split_ascii_whitespace().skip(1).take(4).any(|word| is_one_of(word, "TABLE MATERIALIZED"))
}

/// Whether a statement makes a table of what a query gives: `CREATE TABLE a AS SELECT f()`.
fn makes_of_query(statement: &[Token<'_>]) -> bool {
    let is_made = || statement.iter().take(5).any(|token| token.is_of("TABLE MATERIALIZED"));
    statement[0].is("CREATE") && is_made() && statement.iter().any(|token| token.is_of("SELECT WITH VALUES"))
}

/// Tokens of the arguments of one call that are looked at.
const MAX_ARGUMENTS: usize = 256;

/// The arguments behind the name of a routine, be they without parentheses.
fn arguments<'c, 't>(rest: &'c [Token<'t>]) -> &'c [Token<'t>] {
    let rest = &rest[..rest.len().min(MAX_ARGUMENTS)];
    Cursor::new(rest).group().unwrap_or(rest)
}

/// What a block loses by the texts that it keeps, if it runs any.
fn of_kept_texts(block: &[Token<'_>]) -> Effect {
    if !runs_text(block, true) {
        return Effect::Harmless;
    }
    loss_assigned(block).map_or(Effect::Harmless, of_kept)
}

fn of_kept(loss: &str) -> Effect {
    Effect::Destroys(format!("puts a text with {loss} together, which may be run"))
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
pub(super) fn frame_of(part: &[Token<'_>]) -> usize {
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

    #[track_caller]
    fn fires(definitions: &[&str], statement: &str, expected: Option<&str>) {
        let mut routines = Routines::default();
        definitions.iter().for_each(|definition| routines.learn(definition));
        assert_eq!(routines.fired_by(statement), expected.map(|why| Effect::Destroys(why.to_owned())), "{statement}");
    }

    #[test]
    fn a_trigger_does_what_stands_in_it_where_the_script_fires_it() {
        let lost = Some("fires the trigger `t`, which deletes all rows of b");
        let mysql = "CREATE TRIGGER t AFTER INSERT ON shop.a FOR EACH ROW DELETE FROM b";
        for statement in ["INSERT INTO a VALUES (1)", "INSERT IGNORE INTO `a` SELECT 1", "REPLACE INTO a VALUES (1)"] {
            fires(&[mysql], statement, lost);
        }
        for statement in ["UPDATE a SET c = 1 WHERE d = 2", "INSERT INTO c SELECT * FROM a", "SELECT * FROM a"] {
            fires(&[mysql], statement, None);
        }
        let sqlite = "CREATE TRIGGER t BEFORE UPDATE OF c ON a BEGIN DELETE FROM b; END";
        fires(&[sqlite], "UPDATE a SET c = 1", lost);
        fires(&[sqlite], "INSERT INTO a VALUES (1)", None);
        fires(&[sqlite], "INSERT INTO a VALUES (1) ON CONFLICT (c) DO UPDATE SET c = 1", lost);
        fires(
            &["CREATE TRIGGER t ON dbo.a AFTER INSERT AS BEGIN DELETE FROM b END"],
            "INSERT INTO [a] VALUES (1)",
            lost,
        );
        fires(
            &["CREATE TRIGGER t AFTER INSERT ON a BEGIN INSERT INTO b VALUES (1); END"],
            "INSERT INTO a VALUES (1)",
            None,
        );
        let function =
            "CREATE FUNCTION f() RETURNS trigger AS $$ BEGIN DELETE FROM b; RETURN NEW; END $$ LANGUAGE plpgsql";
        let postgresql = "CREATE TRIGGER t AFTER INSERT ON a FOR EACH ROW EXECUTE FUNCTION f()";
        let why = Some("fires the trigger `t`, which runs `f`, which deletes all rows of b");
        fires(&[function, postgresql], "INSERT INTO a VALUES (1)", why);
        fires(&[postgresql], "INSERT INTO a VALUES (1)", None);
    }

    #[track_caller]
    fn check(definition: &str, call: &str, expected: Option<Effect>) {
        let mut routines = Routines::default();
        routines.learn(definition);
        assert_eq!(routines.run_by(call), expected);
    }

    #[test]
    fn an_overload_takes_no_place_of_another() {
        let mut routines = Routines::default();
        routines.learn("CREATE FUNCTION f() RETURNS void AS $$ BEGIN DROP TABLE a; END $$");
        routines.learn("CREATE FUNCTION f(b int) RETURNS int AS $$ SELECT 1 $$");
        let why = "runs `f`, which drops table a".to_owned();
        assert_eq!(routines.run_by("SELECT f()"), Some(Effect::Destroys(why.clone())));
        assert_eq!(routines.run_by("CREATE TEMP TABLE c AS SELECT f()"), Some(Effect::Destroys(why)));
        assert_eq!(routines.run_by("CREATE TABLE f (b int)"), None);
        routines.learn("CREATE OR REPLACE FUNCTION f() RETURNS void AS $$ BEGIN NULL; END $$");
        assert_eq!(routines.run_by("SELECT f()"), Some(Effect::Harmless));
    }

    #[test]
    fn events_run_by_themselves() {
        let of = |text: &str| Routines::default().of_definition(text);
        let why = "runs by itself, and deletes all rows of a".to_owned();
        assert_eq!(of("CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO BEGIN DELETE FROM a; END"), Ok(Effect::Destroys(why)));
        assert_eq!(of("CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO BEGIN SELECT 1; END"), Ok(Effect::Harmless));
        assert_eq!(of("CREATE PROCEDURE p() BEGIN WHILE a DO DELETE FROM b; END WHILE; END"), Ok(Effect::Harmless));
    }

    #[test]
    fn a_routine_that_runs_its_argument_does_what_that_does() {
        check(
            "CREATE FUNCTION run(s text) RETURNS void AS $$ BEGIN EXECUTE s; END $$ LANGUAGE plpgsql",
            "SELECT run('DROP TABLE a')",
            Some(Effect::Destroys("runs `run` with DROP TABLE".to_owned())),
        );
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
