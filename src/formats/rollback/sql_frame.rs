//! Statements that frame a transaction or a block, or choose what the others are about.

use crate::formats::rollback::sql_cursor::Cursor;
use crate::formats::rollback::sql_tokens::Token;

/// Statements that frame a transaction, as patterns.
const FRAMES: &[&str] = &[
    "ABORT",
    "ALTER SESSION SET name = name",
    "ALTER SESSION SET name = value",
    "BEGIN",
    "BEGIN DEFERRED|EXCLUSIVE|IMMEDIATE|CONCURRENT",
    "BEGIN DEFERRED|EXCLUSIVE|IMMEDIATE TRANSACTION",
    "BEGIN ISOLATION LEVEL READ COMMITTED|UNCOMMITTED",
    "BEGIN ISOLATION LEVEL REPEATABLE READ",
    "BEGIN ISOLATION LEVEL SERIALIZABLE",
    "BEGIN READ ONLY|WRITE",
    "BEGIN TRAN|TRANSACTION name",
    "BEGIN TRAN|TRANSACTION|WORK",
    "BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED|UNCOMMITTED",
    "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "BEGIN TRANSACTION ISOLATION LEVEL SERIALIZABLE",
    "BEGIN TRANSACTION READ ONLY|WRITE",
    "BEGIN TRY|CATCH",
    "COMMIT",
    "COMMIT AND CHAIN",
    "COMMIT AND NO CHAIN",
    "COMMIT TRAN|TRANSACTION name",
    "COMMIT TRAN|TRANSACTION|WORK",
    "END",
    "END TRANSACTION|TRY|CATCH|WORK",
    "ROLLBACK",
    "ROLLBACK AND CHAIN",
    "ROLLBACK AND NO CHAIN",
    "ROLLBACK TO SAVEPOINT name",
    "ROLLBACK TO name",
    "ROLLBACK TRAN|TRANSACTION name",
    "ROLLBACK TRAN|TRANSACTION|WORK",
    "START TRANSACTION",
    "START TRANSACTION ISOLATION LEVEL READ COMMITTED|UNCOMMITTED",
    "START TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "START TRANSACTION ISOLATION LEVEL SERIALIZABLE",
    "START TRANSACTION READ ONLY|WRITE",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT",
    "USE name",
];

pub(super) fn is_frame(statement: &[Token<'_>]) -> bool {
    // No pattern is longer, and this is asked again at every semicolon of a block.
    const LONGEST: usize = 10;
    let mut cursor = Cursor::new(statement);
    statement.len() <= LONGEST && cursor.take_pattern(FRAMES) && cursor.is_at_end()
}
