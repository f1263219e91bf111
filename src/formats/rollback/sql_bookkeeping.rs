//! Tables in which the tools that migrate keep their own version: what is done to them loses nothing of the product.

use crate::formats::rollback::sql_tokens::{Sort, Token, last_of_name};

/// Tables in which the tools keep their own version, and the counters of SQLite.
const BOOKKEEPING: &[&str] = &[
    // Alembic, Liquibase, Flyway, Rails, dbmate, Ecto, Django.
    "alembic_version",
    "databasechangelog",
    "databasechangeloglock",
    "flyway_schema_history",
    "schema_version",
    "schema_migrations",
    "schema_migration",
    "ar_internal_metadata",
    "django_migrations",
    // Entity Framework Core and 6, goose, Knex, Prisma, Drizzle.
    "__efmigrationshistory",
    "__migrationhistory",
    "goose_db_version",
    "knex_migrations",
    "knex_migrations_lock",
    "_prisma_migrations",
    "__drizzle_migrations",
    // Doctrine, Phinx, Sequelize, SQLx, Diesel, SeaORM, sql-migrate, Play.
    "doctrine_migration_versions",
    "phinxlog",
    "sequelizemeta",
    "_sqlx_migrations",
    "__diesel_schema_migrations",
    "seaql_migrations",
    "gorp_migrations",
    "play_evolutions",
    "play_evolutions_lock",
    // node-pg-migrate, MikroORM, Atlas, yoyo.
    "pgmigrations",
    "mikro_orm_migrations",
    "atlas_schema_revisions",
    "_yoyo_log",
    "_yoyo_migration",
    "_yoyo_version",
    "yoyo_lock",
    "sqlite_sequence",
];

/// Tables of tools whose names products have too, and the column by which the tool finds its rows: FluentMigrator, DbUp.
const NAMED_LIKE_PRODUCTS: &[(&str, &str)] = &[("versioninfo", "version"), ("schemaversions", "scriptname")];

/// Whether a condition of rows asks such a table for those of the tool: its column stands first and alone.
pub(super) fn is_row_of_tool(name: &str, condition: &[Token<'_>]) -> bool {
    let table = plain(name);
    let Some((_, column)) = NAMED_LIKE_PRODUCTS.iter().find(|(known, _)| *known == table) else { return false };
    let column_is = |token: &Token<'_>| plain(token.text) == *column;
    matches!(condition, [first, sign, value] if column_is(first) && sign.is_symbol("=") && value.sort != Sort::Symbol)
}

/// The last part of a name, without quotes and in small letters.
fn plain(name: &str) -> String {
    last_of_name(name).to_ascii_lowercase()
}

pub(super) fn is_bookkeeping(name: &str) -> bool {
    BOOKKEEPING.contains(&&*plain(name))
}
