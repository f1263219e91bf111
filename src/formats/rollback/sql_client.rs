//! Commands of the clients that run scripts: psql, SQL*Plus, sqlcmd, mysql and sqlite3. Each is a line.
//!
//! ```sql
//! WHENEVER SQLERROR EXIT FAILURE
//! PROMPT the way back of 2.7
//! @drop_views.sql
//! ```
//!
//! Source: the lists of commands in the manuals of these clients. What a command does that runs another file stands in that
//! file.

use crate::formats::rollback::sql_tokens::is_one_of as is;

/// What a line of a client does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Command {
    /// It sets or prints something, and changes no data.
    Nothing,
    /// It runs what stands in another file.
    Includes,
    /// It is `\copy`, which does what `COPY` does.
    Copies,
    /// It is `:EXIT (…)` of sqlcmd, which runs the query and ends with its result.
    Exits,
    /// It is not known.
    Unknown,
}

/// Commands of psql that change no data.
const PSQL: &str = r"
    \a \c \C \cd \conninfo \connect \d \echo \elif \else \encoding \endif \f \H \if \l \o \pset \prompt \q \qecho
    \restrict \set \t \T \timing \unrestrict \unset \warn \x \.
";
const PSQL_INCLUDES: &str = r"\i \ir \include \include_relative";

/// Commands of sqlcmd that change no data.
const SQLCMD: &str = ":connect :error :exit :listvar :on :out :perftrace :quit :serverlist :setvar :xml";

/// Commands of sqlite3 that change no data.
const SQLITE: &str = "
    .bail .changes .echo .eqp .exit .explain .headers .mode .nullvalue .open .output .print .prompt .quit .separator
    .show .stats .timeout .timer .width
";

/// Commands of SQL*Plus that change no data.
const SQL_PLUS: &str = "PRO PROMPT REM REMARK SPO SPOOL WHENEVER TTITLE BTITLE UNDEFINE";

/// Settings of SQL*Plus that no database has, in full and as far as they must be written out.
const SQL_PLUS_SET: &str = "
    APPINFO DEF DEFINE ECHO ESC ESCAPE FEED FEEDBACK HEA HEADING LIN LINES LINESIZE LONG LONGCHUNKSIZE NEWPAGE NUM NUMWIDTH
    PAGES PAGESIZE SCAN SERVEROUT SERVEROUTPUT SQLBLANKLINES SQLPREFIX SQLPROMPT SQLTERMINATOR TAB TERM TERMOUT TIMING
    TRIM TRIMOUT TRIMS TRIMSPOOL VER VERIFY WRAP
";

/// The command in a line that stands before a statement; `None` where it is none of a client.
pub(super) fn command(line: &str) -> Option<Command> {
    let line = line.trim();
    let mut words = line.split_ascii_whitespace();
    let word = words.next()?;
    let second = words.next().unwrap_or("").trim_end_matches(';');
    let known = |includes: bool| Some(if includes { Command::Includes } else { Command::Nothing });
    match word.as_bytes() {
        [b'\\', rest @ ..] => Some(match word {
            r"\copy" => Command::Copies,
            r"\." if !second.is_empty() => Command::Includes,
            _ if PSQL_INCLUDES.split_ascii_whitespace().any(|known| known == word) => Command::Includes,
            _ if PSQL.split_ascii_whitespace().any(|known| known == word) || rest.starts_with(b"d") => Command::Nothing,
            _ => Command::Unknown,
        }),
        [b':', ..] if is(word, ":r") => known(true),
        [b':', ..] if query_at_exit(line).is_some() => Some(Command::Exits),
        [b':', ..] => known(false).filter(|_| is(word, SQLCMD)),
        [b'.', ..] if is(word, ".read") => known(true),
        [b'.', ..] => known(false).filter(|_| is(word, SQLITE)),
        [b'@', rest @ ..] => known(true).filter(|_| !rest.is_empty()),
        _ if is(word, "START SOURCE") => known(true).filter(|_| second.to_ascii_lowercase().ends_with(".sql")),
        _ => known(false).filter(|_| of_sql_plus(line, word, second)),
    }
}

/// The query in `:EXIT (…)`.
pub(super) fn query_at_exit(line: &str) -> Option<&str> {
    let rest = line.trim().get(5..).filter(|_| line.trim()[..5].eq_ignore_ascii_case(":exit"))?;
    let query = rest.trim().strip_prefix('(')?.trim_end_matches(';').trim_end().strip_suffix(')')?.trim();
    (!query.is_empty()).then_some(query)
}

/// Whether this is a line of SQL*Plus that changes no data.
fn of_sql_plus(line: &str, word: &str, second: &str) -> bool {
    if is(word, SQL_PLUS) {
        return true;
    }
    let is_alone = !line.trim_end_matches(';').contains(';');
    if is(word.trim_end_matches(';'), "EXIT QUIT") {
        return is_alone
            && (second.is_empty() || is(second, "SUCCESS FAILURE WARNING SQL.SQLCODE COMMIT ROLLBACK 0 1"));
    }
    let is_setting = is(word, "SET") && is(second, SQL_PLUS_SET) && !line.contains('=');
    let is_shown = is(word, "SHOW SHO") && is(second, "ERR ERRORS");
    is_alone && (is_setting || is_shown || is(word, "DEFINE DEF") && line.contains('='))
}

#[cfg(test)]
mod tests {
    use super::{Command, command, query_at_exit};

    #[test]
    fn commands_are_lines_of_their_client() {
        for line in [
            r"\connect shop",
            r"\if :is_old",
            "WHENEVER SQLERROR EXIT SQL.SQLCODE ROLLBACK",
            "REM it's; old",
            "PROMPT dropping; please wait",
            "SET SERVEROUTPUT ON SIZE 1000000",
            "set define off;",
            "SPOOL OFF",
            "exit;",
            "EXIT SQL.SQLCODE",
            "SHOW ERRORS",
            "DEFINE owner = SHOP",
            ":setvar DatabaseName \"Shop\"",
            ":ON ERROR EXIT",
            ".bail on",
        ] {
            assert_eq!(command(line), Some(Command::Nothing), "{line}");
        }
        for line in
            [r"\i a.sql", r"\ir a.sql", "@a.sql", "@@a", ":r .\\a.sql", "START a.sql", "source a.sql;", r"\. a.sql"]
        {
            assert_eq!(command(line), Some(Command::Includes), "{line}");
        }
        assert_eq!(command(r"\copy a FROM 'a.csv'"), Some(Command::Copies));
        assert_eq!(command(r"\! rm a"), Some(Command::Unknown));
        for line in [":EXIT (DELETE FROM a)", ":exit(SELECT 1)"] {
            assert_eq!(command(line), Some(Command::Exits), "{line}");
        }
        assert_eq!(command(":EXIT"), Some(Command::Nothing));
        assert_eq!(query_at_exit(":EXIT (DELETE FROM a WHERE f(b) = 1)"), Some("DELETE FROM a WHERE f(b) = 1"));
    }

    #[test]
    fn statements_are_no_commands() {
        for line in [
            "SET NOCOUNT ON",
            "SET echo = 1",
            "SET ECHO OFF; DROP TABLE a;",
            "START TRANSACTION;",
            "EXIT; DROP TABLE a;",
            "SHOW TABLES",
            "@",
            ":a",
            "DROP TABLE a",
            "",
        ] {
            assert_eq!(command(line), None, "{line}");
        }
    }
}
