//! SQL scripts of a rollback: the offline mode of Alembic, Liquibase, Flyway, Entity Framework Core, or written by hand.
//!
//! ```sql
//! -- Running downgrade 002 -> 001
//! ALTER TABLE users DROP COLUMN email;
//! UPDATE alembic_version SET version_num='001' WHERE alembic_version.version_num = '002';
//! ```
//!
//! Each statement is a step that is planned; what only frames a transaction is none.
//! A statement cannot be undone where it destroys data:
//! it drops a table, column, schema, database or partition, truncates, deletes rows,
//! or gives a column another type that may hold less
//! (all but text without limit, the largest integer and floating types: the type before does not stand in the script),
//! or gives all rows one value (`USING NULL`, an `UPDATE` of all rows to `NULL`), or a column fewer characters
//! (`MODIFY … CHARACTER SET latin1`), or fills it by more than a cast of the column to such a type.
//! `REPLACE INTO` and `INSERT OR REPLACE` delete the rows in whose place they insert; a stage of Snowflake holds files.
//! The tables in which the tools keep their own version (`alembic_version`, `databasechangelog`,
//! `flyway_schema_history`, `doctrine_migration_versions`, …) hold no data of the product;
//! those of FluentMigrator and DbUp have names that a product may have too, and only a row that they ask for by their own
//! column is theirs.
//! `DROP INDEX`, `DROP CONSTRAINT` and `DROP VIEW` lose nothing that could not be made again.
//! A statement that runs another one (`EXEC('…')`) does what that does, where it is written out, be it by its start alone
//! (`EXECUTE IMMEDIATE 'DROP TABLE ' || name`).
//! Where a script runs texts that it keeps in variables, each of these counts that has words of loss (`DROP COLUMN`,
//! `TRUNCATE`), whichever is run. Functions that lose data are known by name (`DropGeometryColumn` of PostGIS, `drop_chunks` of
//! TimescaleDB, `lo_unlink`), and so are those that run the text that they are given (`dblink_exec`, `sp_MSforeachtable`,
//! `DBMS_UTILITY.EXEC_DDL_STATEMENT`). An event of MySQL runs by itself, and does what stands in it.
//! The definition of a procedure, function or trigger loses nothing; what runs one of the script's own does what stands in it,
//! and so does an `INSERT` or `UPDATE` that fires one of its triggers.
//! What `xp_cmdshell` of SQL Server runs is no SQL, and counts as what cannot be read.
//! Where SQLite's `ALTER TABLE` does not suffice, tools make a table anew, drop the old one and rename; that drop counts, since
//! the script does not say which columns the old one had.
//! A block (`BEGIN … END`, also behind `DECLARE`, up to the `/` of Oracle's clients, and in `DO $$ … $$` of PostgreSQL) does
//! what stands in it.
//! Statements of SQL Server need no semicolon: a setting (`SET NOCOUNT ON`) ends where its words do, and where a piece
//! cannot be read otherwise, or begins with `IF`, `BEGIN` or `END`, a statement ends with its line.
//! A condition (`IF …` of SQL Server with a statement or with `BEGIN … END`, as `dotnet ef migrations script --idempotent`
//! writes it) changes nothing about what its statements may do.
//! Lines of a client are no statements (`\set`, `\connect` of psql, `PROMPT`, `WHENEVER`, `SPOOL` of SQL\*Plus, `:setvar` of
//! sqlcmd, `.bail` of sqlite3), but for the query in `:EXIT (…)`; where one runs another file (`\i`, `@file`, `:r`, `.read`, `source`), the script is incomplete.
//! The rows behind `COPY … FROM stdin` are none either.
//! What stands between `-- +goose StatementBegin` and `-- +goose StatementEnd` is one statement.
//! An `UPDATE` of all rows (without `WHERE`, or `WHERE 1=1`) is listed among the considerations.
//!
//! A statement that cannot be parsed is an error, and counts as destroying where one of its words says so.
//! The lines `-- Running downgrade 002 -> 001` of Alembic and `-- Rolling Back ChangeSet: …` of Liquibase give the migrations.
//! A line `-- THIS OPERATION CANNOT BE WRITTEN AS SQL` of Django's `sqlmigrate` (each `RunPython`) stands in the place of
//! what the migration does beside the script, which is then incomplete.
//! Where a script holds both directions, the part that leads back counts: the marks of goose, dbmate, sql-migrate, micrate,
//! rambler (`-- rambler down`), tern (`---- create above / drop below ----`), MyBatis Migrations (`-- //@UNDO`),
//! Play (`# --- !Downs`) and node-pg-migrate (`-- Down Migration`) are known, and so are headings (`-- === UP ===` and
//! `-- === DOWN ===`, `-- @up` and `-- @down`) where the way forward has one.
//! What Alembic or Liquibase write of an upgrade (`-- Running upgrade`, `-- Changeset FILE::ID::AUTHOR`) leads forward, and
//! is left out too.
//! A script that begins a transaction and does not end it is incomplete.
//! A script was not run: nothing tells whether it would succeed.

use crate::diagnostics::codes::{INCOMPLETE, NOTHING_RAN, UNREADABLE_PART};
use crate::diagnostics::{Diagnostic, LineColumn};
use crate::formats::Format;
use crate::formats::rollback::sql_condition::condition;
use crate::formats::rollback::sql_detect::is_script;
use crate::formats::rollback::sql_effect::{Effect, effect, words_of_effect};
use crate::formats::rollback::sql_guard::unguarded;
use crate::formats::rollback::sql_lines::lines_apart;
use crate::formats::rollback::sql_routine::Routines;
use crate::formats::rollback::sql_sections::way_back;
use crate::formats::rollback::sql_settings::apart;
use crate::formats::rollback::sql_split::{Form, Piece, split_by};
use crate::formats::rollback::sql_tokens::{Backslash, tokens};
use crate::model::rollback::{Migration, Revision};
use crate::model::{Action, Evidence, Kind, Plan, Pointer, Step, StepOutcome, Tool, first_chars};
use crate::source::{Doc, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "sql-script",
    kinds: &[Kind::Rollback],
    tool: "SQL",
    title: "Script of a rollback (Alembic, Liquibase, Flyway)",
    produce: "alembic downgrade head:-1 --sql > rollback.sql",
    detect,
    read,
};

/// The lines with which Alembic begins a step, and how all of them begin.
const STEPS: &[&str] = &["-- Running downgrade ", "-- Running upgrade "];
const STEPS_START: &[u8] = b"-- Running ";

/// Whether a text is a list of Liquibase's changesets, whose statements lead forward: `--liquibase formatted sql`.
pub(in crate::formats) fn is_changesets(text: &str) -> bool {
    let first: String = text.lines().next().unwrap_or_default().split(' ').collect();
    first.to_ascii_lowercase().starts_with("--liquibaseformattedsql")
}

fn detect(probe: &Probe<'_>) -> bool {
    let Some(text) = probe.text().filter(|text| !text.trim_start().starts_with(['{', '[', '<'])) else { return false };
    if is_changesets(text) {
        return false;
    }
    let is_step = |at: usize| {
        let is_start = at == 0 || text.as_bytes()[at - 1] == b'\n';
        is_start && STEPS.iter().any(|step| text[at..].starts_with(step))
    };
    if memchr::memmem::find_iter(text.as_bytes(), STEPS_START).any(is_step) {
        return true;
    }
    // Where the database has no transactions around changes of tables, nothing else may stand there.
    if text.starts_with("--") && text.lines().any(|line| LEFT_OUT.contains(&line.trim())) {
        return true;
    }
    is_script(text)
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let text = doc.text()?;
    let mut plan = Plan { method: Some("SQL script".to_owned()), dry_run: Some(true), ..Plan::default() };
    evidence.tool = tool(&text).map(|name| Tool::new(name, None));
    let back = way_back(&text);
    let text = back.as_deref().unwrap_or(&text);
    revisions(text, &mut plan);
    left_out(text, doc);
    let mut open = None;
    let mut routines = Routines::default();
    let pieces = statements(text);
    routines.expect_texts(&pieces);
    for piece in pieces {
        let is_frame = step(&piece, &routines, doc, &mut plan);
        routines.learn(piece.text);
        open = match begins(piece.text).filter(|_| is_frame) {
            Some(true) => open.or(Some(piece.line)),
            Some(false) => None,
            None => open,
        };
    }
    if let Some(line) = open {
        let message = "the transaction that begins here does not end: the script may be cut off";
        let place = LineColumn { line, column: 1 };
        doc.report(Diagnostic::new(&INCOMPLETE, message).at(Pointer::line(line)).at_line(place));
    }
    if plan.steps.is_empty() {
        let message = if back.is_some() {
            "the script has no statement in a part that leads back"
        } else {
            "the script has no statement"
        };
        doc.report(Diagnostic::new(&NOTHING_RAN, message));
    }
    evidence.plans.push(plan);
    Ok(())
}

/// The statements of a script. Where one cannot be read and all can be with strings in which a backslash escapes
/// (`'it\'s; …'` of MySQL), they are cut like that; what else they may be where it does not is still looked at in each.
fn statements(text: &str) -> Vec<Piece<'_>> {
    let by = |backslash| unguarded(lines_apart(apart(split_by(text, backslash))));
    let plain = by(Backslash::Plain);
    let is_readable = |piece: &Piece<'_>| piece.form != Form::Plain || effect(piece.text).is_ok();
    if !text.contains("\\'") || plain.iter().all(is_readable) {
        return plain;
    }
    let escaped = by(Backslash::Escapes);
    if escaped.iter().all(is_readable) { escaped } else { plain }
}

/// Whether a statement that frames others begins a transaction or ends one; `None` where it does neither, as savepoints and
/// blocks.
fn begins(frame: &str) -> Option<bool> {
    let tokens = tokens(frame, Backslash::Plain).ok()?;
    // `IF @@TRANCOUNT > 0 COMMIT` ends one; what is rolled back under a condition may go on.
    if let Some(at) = condition(&tokens) {
        return tokens[at].is("COMMIT").then_some(false);
    }
    let first = tokens.first()?;
    if tokens.get(1).is_some_and(|second| second.is_of("TO TRY CATCH")) {
        None
    } else if first.is_of("BEGIN START") {
        Some(true)
    } else {
        first.is_of("COMMIT END ROLLBACK").then_some(false)
    }
}

fn tool(text: &str) -> Option<&'static str> {
    let lower = text.to_ascii_lowercase();
    let marks = [
        ("-- running downgrade", "Alembic"),
        ("-- running upgrade", "Alembic"),
        ("alembic_version", "Alembic"),
        ("databasechangelog", "Liquibase"),
        ("liquibase", "Liquibase"),
        ("flyway", "Flyway"),
        ("__efmigrationshistory", "Entity Framework Core"),
        ("cannot be written as sql", "Django"),
    ];
    marks.into_iter().find(|(mark, _)| lower.contains(mark)).map(|(_, name)| name)
}

fn revisions(text: &str, plan: &mut Plan) {
    for (line, number) in text.lines().zip(1..) {
        let line = line.trim();
        let pointer = Pointer::line(number);
        let running = ["-- Running downgrade ", "-- Running upgrade "].into_iter().find_map(|p| line.strip_prefix(p));
        if let Some((from, to)) = running.and_then(|rest| rest.split_once("->")) {
            let revision = |id: &str| {
                let id = id.trim();
                Revision { id: if id.is_empty() { "base" } else { id }.to_owned(), subject: None }
            };
            plan.current.get_or_insert_with(|| revision(from));
            plan.target = Some(revision(to));
            let id = format!("{} -> {}", revision(from).id, revision(to).id);
            plan.migrations.push(Migration { id, reversible: None, note: None, pointer });
        } else if let Some(id) = line.strip_prefix("-- Rolling Back ChangeSet:") {
            plan.migrations.push(Migration { id: id.trim().to_owned(), reversible: None, note: None, pointer });
        }
    }
}

/// What Django writes in the place of an operation that is no SQL; earlier versions wrote the second:
/// `django/db/migrations/migration.py`.
const LEFT_OUT: [&str; 2] = [
    "-- THIS OPERATION CANNOT BE WRITTEN AS SQL",
    "-- MIGRATION NOW PERFORMS OPERATION THAT CANNOT BE WRITTEN AS SQL:",
];

/// Reports what a script leaves out.
fn left_out(text: &str, doc: &Doc<'_>) {
    for (line, number) in text.lines().zip(1..) {
        if LEFT_OUT.iter().any(|mark| line.trim().eq_ignore_ascii_case(mark)) {
            let message = "an operation of the migration cannot be written as SQL: what it does is not known";
            let place = LineColumn { line: number, column: 1 };
            let help = "see in the migration how it is undone, and add the result of a rehearsal";
            doc.report(Diagnostic::new(&INCOMPLETE, message).help(help).at(Pointer::line(number)).at_line(place));
        }
    }
}

/// Adds a statement to the plan, unless it only frames others: whether it does.
fn step(piece: &Piece<'_>, routines: &Routines, doc: &Doc<'_>, plan: &mut Plan) -> bool {
    let pointer = Pointer::line(piece.line);
    let title = piece.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut step = Step::new(Action::Run, short(&title), StepOutcome::Planned, pointer.clone());
    let own = match piece.form {
        Form::Definition => routines.of_definition(piece.text),
        Form::Plain => effect(piece.text),
        Form::Includes => {
            let message = "another file is run here: what stands in it is not known";
            let place = LineColumn { line: piece.line, column: 1 };
            doc.report(Diagnostic::new(&INCOMPLETE, message).help(INCLUDED).at(pointer).at_line(place));
            plan.steps.push(step);
            return false;
        }
    };
    match own.map(|own| routines.with(piece.text, own)) {
        Ok(Effect::Frame) => return true,
        Ok(Effect::Harmless) => {}
        Ok(Effect::Destroys(why)) => step.irreversible = Some(why),
        Ok(Effect::Remark(what)) => plan.considerations.push(what),
        Err(reason) => {
            step.irreversible = words_of_effect(piece.text);
            let message = format!("the statement cannot be read: {reason}");
            let place = LineColumn { line: piece.line, column: 1 };
            doc.report(Diagnostic::new(&UNREADABLE_PART, message).at(pointer).at_line(place));
        }
    }
    plan.steps.push(step);
    false
}

/// What to do about a script that runs another file.
const INCLUDED: &str = "give one script with all of its statements";

/// A statement as a title. Inserted data may make it very long.
fn short(text: &str) -> String {
    first_chars(text, 200)
}
