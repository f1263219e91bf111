//! What a SQL statement does to data.

use sqlparser::ast::{
    AlterColumnOperation, AlterTable, AlterTableOperation, DataType, Delete, FromTable, ObjectType, Statement,
    TableFactor, TableWithJoins,
};
use sqlparser::dialect::{
    Dialect, GenericDialect, MsSqlDialect, MySqlDialect, OracleDialect, PostgreSqlDialect, SQLiteDialect,
};
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Tokenizer};

use crate::source::json::shorten;

/// What a statement does to data.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// It frames a transaction or sets an option of the session.
    Frame,
    /// It loses no data.
    Harmless,
    /// It loses data: how.
    Destroys(String),
    /// It may: how.
    Remark(String),
}

/// Statements that the parser does not know in all their forms and that lose no data, by their first words.
const HARMLESS: &[&[&str]] = &[
    &["ALTER", "SEQUENCE"],
    &["ALTER", "INDEX"],
    &["DROP", "INDEX"],
    &["DROP", "TRIGGER"],
    &["PRAGMA"],
    &["PRINT"],
    &["REINDEX"],
    &["VACUUM"],
];

fn starts_with(text: &str, words: &[&str]) -> bool {
    let mut found = text.split_whitespace();
    words.iter().all(|word| found.next().is_some_and(|found| found.eq_ignore_ascii_case(word)))
}

/// The effect of one statement, by the first dialect that it is well-formed in.
pub(super) fn effect(text: &str) -> Result<Effect, String> {
    let dialects: [&dyn Dialect; 6] = [
        &GenericDialect {},
        &PostgreSqlDialect {},
        &MySqlDialect {},
        &MsSqlDialect {},
        &SQLiteDialect {},
        &OracleDialect {},
    ];
    if HARMLESS.iter().any(|start| starts_with(text, start)) {
        return Ok(Effect::Harmless);
    }
    let mut first = None;
    for dialect in dialects {
        match Parser::parse_sql(dialect, text) {
            Ok(statements) => return Ok(of_statements(&statements)),
            Err(error) => first = first.or(Some(error)),
        }
    }
    let reason = first.map(|error| error.to_string()).unwrap_or_default();
    Err(shorten(reason.trim_start_matches("sql parser error: ")))
}

fn of_statements(statements: &[Statement]) -> Effect {
    match statements {
        [] => Effect::Frame,
        [statement] => of_statement(statement),
        several => {
            let destroys = several.iter().map(of_statement).find(|effect| matches!(effect, Effect::Destroys(_)));
            destroys.unwrap_or(Effect::Harmless)
        }
    }
}

fn of_statement(statement: &Statement) -> Effect {
    match statement {
        Statement::StartTransaction { .. }
        | Statement::Commit { .. }
        | Statement::Rollback { .. }
        | Statement::Set(_)
        | Statement::Use(_) => Effect::Frame,
        Statement::Drop { object_type, names, cascade, .. } => {
            let names: Vec<String> = names.iter().map(ToString::to_string).collect();
            let real: Vec<&String> = names.iter().filter(|name| !is_bookkeeping(name)).collect();
            let holds_data = matches!(
                object_type,
                ObjectType::Table | ObjectType::ForeignTable | ObjectType::Schema | ObjectType::Database
            );
            let listed = real.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
            let what = object_type.to_string().to_ascii_lowercase();
            if real.is_empty() {
                Effect::Harmless
            } else if holds_data {
                Effect::Destroys(format!("drops {what} {listed}"))
            } else if *cascade && !matches!(object_type, ObjectType::View | ObjectType::MaterializedView) {
                Effect::Destroys(format!("drops {what} {listed} and all that depends on it"))
            } else {
                Effect::Harmless
            }
        }
        Statement::DropExtension(_) | Statement::DropDomain(_) => {
            Effect::Remark(format!("`{statement}` drops columns where CASCADE is given"))
        }
        Statement::Truncate(truncate) => {
            let names: Vec<String> = truncate.table_names.iter().map(|target| target.name.to_string()).collect();
            Effect::Destroys(format!("deletes all rows of {}", names.join(", ")))
        }
        Statement::Delete(delete) => of_delete(delete),
        Statement::AlterTable(alter) => of_alter(alter),
        Statement::CreateTable(create) if create.or_replace => {
            Effect::Destroys(format!("replaces table {}", create.name))
        }
        Statement::Update(update) => {
            let table = table(&update.table);
            if update.selection.is_none() && !is_bookkeeping(&table) {
                Effect::Remark(format!("an update overwrites values in all rows of {table}"))
            } else {
                Effect::Harmless
            }
        }
        Statement::Call(_) | Statement::Execute { .. } => {
            Effect::Remark(format!("what `{}` does is not known", shorten(&statement.to_string())))
        }
        // What they hold inside may be any statement.
        Statement::Query(_)
        | Statement::Insert(_)
        | Statement::Merge(_)
        | Statement::If(_)
        | Statement::Case(_)
        | Statement::While(_) => match destroying_word(&statement.to_string()) {
            Some(word) => Effect::Destroys(format!("does {word} inside of another statement")),
            None => Effect::Harmless,
        },
        _ => Effect::Harmless,
    }
}

fn of_delete(delete: &Delete) -> Effect {
    let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
    let tables: Vec<String> = from.iter().map(table).collect();
    if tables.iter().all(|name| is_bookkeeping(name)) && !tables.is_empty() {
        return Effect::Harmless;
    }
    let tables = tables.join(", ");
    Effect::Destroys(match &delete.selection {
        None => format!("deletes all rows of {tables}"),
        Some(_) => format!("deletes rows of {tables}"),
    })
}

fn table(table: &TableWithJoins) -> String {
    match &table.relation {
        TableFactor::Table { name, .. } => name.to_string(),
        other => other.to_string(),
    }
}

fn of_alter(alter: &AlterTable) -> Effect {
    if is_bookkeeping(&alter.name.to_string()) {
        return Effect::Harmless;
    }
    let table = &alter.name;
    let reasons: Vec<String> = alter
        .operations
        .iter()
        .filter_map(|operation| match operation {
            AlterTableOperation::DropColumn { column_names, .. } => {
                let names: Vec<String> = column_names.iter().map(|name| format!("{table}.{name}")).collect();
                Some(format!("drops column {}", names.join(", ")))
            }
            AlterTableOperation::DropPartitions { .. } => Some(format!("drops partitions of {table}")),
            AlterTableOperation::AlterColumn {
                column_name,
                op: AlterColumnOperation::SetDataType { data_type, .. },
            } => narrows(data_type).then(|| retyped(&format!("{table}.{column_name}"), data_type)),
            AlterTableOperation::ModifyColumn { col_name, data_type, .. } => {
                narrows(data_type).then(|| retyped(&format!("{table}.{col_name}"), data_type))
            }
            AlterTableOperation::ChangeColumn { old_name, data_type, .. } => {
                narrows(data_type).then(|| retyped(&format!("{table}.{old_name}"), data_type))
            }
            _ => None,
        })
        .collect();
    if reasons.is_empty() { Effect::Harmless } else { Effect::Destroys(reasons.join("; ")) }
}

fn retyped(column: &str, data_type: &DataType) -> String {
    format!("gives column {column} the type {data_type}, which may hold less")
}

/// Types that hold what the other types of their family hold.
const WIDE: &[&str] = &[
    "TEXT",
    "LONGTEXT",
    "CLOB",
    "VARCHAR",
    "CHARACTER VARYING",
    "VARCHAR(MAX)",
    "NVARCHAR(MAX)",
    "BIGINT",
    "INT8",
    "NUMERIC",
    "DECIMAL",
    "DOUBLE",
    "DOUBLE PRECISION",
    "FLOAT8",
    "BYTEA",
    "BLOB",
    "LONGBLOB",
];

fn narrows(data_type: &DataType) -> bool {
    let shown = data_type.to_string().to_ascii_uppercase();
    !WIDE.contains(&&*shown)
}

/// Tables in which the tools keep their own version.
const BOOKKEEPING: &[&str] = &[
    "alembic_version",
    "databasechangelog",
    "databasechangeloglock",
    "flyway_schema_history",
    "schema_version",
    "schema_migrations",
    "schema_migration",
    "django_migrations",
    "__efmigrationshistory",
    "goose_db_version",
    "knex_migrations",
    "knex_migrations_lock",
    "_prisma_migrations",
];

fn is_bookkeeping(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    let last = last.trim_matches(|c| matches!(c, '"' | '`' | '[' | ']')).to_ascii_lowercase();
    BOOKKEEPING.contains(&&*last)
}

/// The first word outside of quotes that stands for the loss of data.
fn destroying_word(text: &str) -> Option<String> {
    const WORDS: &[&str] = &["DROP", "TRUNCATE", "DELETE", "OVERWRITE", "MODIFY", "ALTER", "DO", "EXEC"];
    let tokens = Tokenizer::new(&GenericDialect {}, text).tokenize();
    let words: Vec<String> = match tokens {
        Ok(tokens) => tokens
            .into_iter()
            .filter_map(|token| match token {
                Token::Word(word) if word.quote_style.is_none() => Some(word.value.to_ascii_uppercase()),
                _ => None,
            })
            .collect(),
        Err(_) => text.to_ascii_uppercase().split(|c: char| !c.is_ascii_alphanumeric()).map(str::to_owned).collect(),
    };
    words.into_iter().find(|word| WORDS.contains(&word.as_str()))
}

/// For a statement that cannot be parsed: why it may lose data, by its words.
pub(super) fn words_of_effect(text: &str) -> Option<String> {
    destroying_word(text).map(|word| format!("cannot be read, and has the word {word}"))
}

#[cfg(test)]
mod tests {
    use super::{Effect, effect};

    #[track_caller]
    fn destroys(text: &str, expected: &str) {
        assert_eq!(effect(text), Ok(Effect::Destroys(expected.to_owned())));
    }

    #[track_caller]
    fn harmless(text: &str) {
        assert_eq!(effect(text), Ok(Effect::Harmless), "{text}");
    }

    #[test]
    fn what_is_dropped_is_lost() {
        destroys("ALTER TABLE users DROP COLUMN email", "drops column users.email");
        destroys("ALTER TABLE users DROP email, DROP COLUMN b", "drops column users.email; drops column users.b");
        destroys("DROP TABLE IF EXISTS a, shop.b CASCADE", "drops table a, shop.b");
        destroys("DROP SCHEMA shop", "drops schema shop");
        destroys("DROP DATABASE shop", "drops database shop");
        destroys("DROP TYPE mood CASCADE", "drops type mood and all that depends on it");
        for text in ["DROP INDEX i", "DROP VIEW v CASCADE", "ALTER TABLE a DROP CONSTRAINT c", "DROP TYPE mood"] {
            harmless(text);
        }
    }

    #[test]
    fn rows_that_are_deleted_are_lost() {
        destroys("TRUNCATE TABLE a, b", "deletes all rows of a, b");
        destroys("DELETE FROM users", "deletes all rows of users");
        destroys("DELETE FROM users WHERE id > 5", "deletes rows of users");
        harmless("DELETE FROM alembic_version WHERE alembic_version.version_num = '001'");
        harmless("DROP TABLE alembic_version");
        harmless("DELETE FROM public.\"DATABASECHANGELOG\" WHERE ID = '1'");
    }

    #[test]
    fn a_narrower_type_loses_values() {
        destroys(
            "ALTER TABLE users ALTER COLUMN email TYPE VARCHAR(50)",
            "gives column users.email the type VARCHAR(50), which may hold less",
        );
        destroys(
            "ALTER TABLE users MODIFY COLUMN email VARCHAR(50) NOT NULL",
            "gives column users.email the type VARCHAR(50), which may hold less",
        );
        harmless("ALTER TABLE users ALTER COLUMN email TYPE TEXT");
        harmless("ALTER TABLE users ALTER COLUMN email SET NOT NULL");
    }

    #[test]
    fn an_update_of_all_rows_is_worth_a_remark() {
        let remark = "an update overwrites values in all rows of users".to_owned();
        assert_eq!(effect("UPDATE users SET email = NULL"), Ok(Effect::Remark(remark)));
        harmless("UPDATE users SET email = NULL WHERE id = 1");
        harmless("UPDATE alembic_version SET version_num='001'");
    }

    #[test]
    fn what_stands_inside_counts() {
        destroys("WITH d AS (DELETE FROM users RETURNING *) SELECT 1", "does DELETE inside of another statement");
        destroys(
            "MERGE INTO users USING b ON users.id = b.id WHEN MATCHED THEN DELETE",
            "does DELETE inside of another statement",
        );
        harmless("INSERT INTO a VALUES ('DELETE')");
        harmless("SELECT \"drop\" FROM a");
        harmless("CREATE TABLE a (b INT REFERENCES c ON DELETE CASCADE)");
        harmless("DROP INDEX CONCURRENTLY IF EXISTS i");
    }

    #[test]
    fn frames_are_no_effect() {
        for text in ["BEGIN", "COMMIT", "START TRANSACTION", "SET search_path TO shop", "ROLLBACK"] {
            assert_eq!(effect(text), Ok(Effect::Frame), "{text}");
        }
        assert!(effect("DROP THE TABLE users").is_err());
    }
}
