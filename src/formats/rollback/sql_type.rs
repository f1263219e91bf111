//! The type of a column in a SQL statement.

use crate::formats::rollback::sql_cursor::{Cursor, is_expression, shown};
use crate::formats::rollback::sql_tokens::{Sort, Token};

/// Types that several databases know, which are written in capitals.
const KNOWN: &str = "
    BIGINT BINARY BIT BLOB BOOL BOOLEAN BYTEA BYTES CHAR CHARACTER CLOB DATE DATETIME DEC DECIMAL DOUBLE ENUM FLOAT
    FLOAT4 FLOAT64 FLOAT8 HUGEINT INT INT2 INT4 INT8 INTEGER INTERVAL JSON JSONB LONGBLOB LONGTEXT MEDIUMBLOB MEDIUMINT
    MEDIUMTEXT NUMERIC NVARCHAR REAL REGCLASS SET SMALLINT STRING TEXT TIME TIMESTAMP TIMESTAMPTZ TIMETZ TINYBLOB
    TINYINT TINYTEXT TSQUERY TSVECTOR UNSIGNED UUID VARBINARY VARBIT VARCHAR
";

/// Known types whose name has more than one word.
const COMPOUND: &[&str] = &[
    "BINARY LARGE OBJECT",
    "BINARY VARYING",
    "BIT VARYING",
    "CHAR LARGE OBJECT",
    "CHAR VARYING",
    "CHARACTER LARGE OBJECT",
    "CHARACTER VARYING",
    "DOUBLE PRECISION",
    "LONG RAW",
    "NATIONAL CHAR VARYING",
    "NATIONAL CHAR",
    "NATIONAL CHARACTER VARYING",
    "NATIONAL CHARACTER",
    "SIGNED INTEGER",
    "UNSIGNED INTEGER",
];

/// What may follow the name of a type and its size.
const SUFFIXES: &[&str] =
    &["WITH TIME ZONE", "WITH LOCAL TIME ZONE", "WITHOUT TIME ZONE", "UNSIGNED", "SIGNED", "ZEROFILL", "ARRAY"];

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

/// Those of them that have a limit in MySQL, and where nothing gives one in SQL Server and Oracle: 64 KB, one character,
/// ten digits.
const LIMITED: &[&str] = &["TEXT", "BLOB", "VARCHAR", "CHARACTER VARYING", "NUMERIC", "DECIMAL"];

/// Reads the type that stands here, in the form in which it is shown.
pub(super) fn data_type(cursor: &mut Cursor<'_, '_>) -> Result<String, String> {
    let Some(first) = cursor.peek() else { return cursor.expected("a type") };
    let mut shown = if let Some(compound) = cursor.take_any(COMPOUND) {
        compound.to_owned()
    } else if first.is("INTERVAL") {
        interval(cursor)
    } else if first.is_of(KNOWN) {
        cursor.next();
        first.text.to_ascii_uppercase()
    } else if matches!(first.sort, Sort::Word | Sort::Name) && !first.is_of("NOT NULL DEFAULT") {
        cursor.name()?
    } else {
        return cursor.expected("a type");
    };
    if cursor.peek().is_some_and(|token| token.is_symbol("(")) {
        let known = first.is_of(KNOWN) || COMPOUND.contains(&&*shown);
        let arguments = arguments(cursor.group()?, known)?;
        shown.push_str(&arguments);
    }
    loop {
        if let Some(suffix) = cursor.take_any(SUFFIXES) {
            // A signed number is what a number is without the word.
            if suffix != "SIGNED" {
                shown.push(' ');
                shown.push_str(suffix);
            }
        } else if cursor.take_symbol("[") {
            shown.push('[');
            if let Some(size) = cursor.peek().filter(|token| token.sort == Sort::Number) {
                cursor.next();
                shown.push_str(size.text);
            }
            if !cursor.take_symbol("]") {
                return cursor.expected("`]`");
            }
            shown.push(']');
        } else {
            return Ok(shown);
        }
    }
}

fn interval(cursor: &mut Cursor<'_, '_>) -> String {
    let mut shown = cursor.next().map(|token| token.text.to_ascii_uppercase()).unwrap_or_default();
    while let Some(field) = cursor.take_any(&["YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND", "TO"]) {
        shown.push(' ');
        shown.push_str(field);
    }
    shown
}

/// The size of a type, or its words.
fn arguments(tokens: &[Token<'_>], known: bool) -> Result<String, String> {
    if tokens.is_empty() || tokens.iter().any(|token| token.sort == Sort::Symbol && !matches!(token.text, "," | "-")) {
        return Err("expected the size of a type".to_owned());
    }
    let shown = shown(tokens);
    Ok(match (known, tokens.iter().any(|token| token.sort == Sort::Text)) {
        (true, false) => format!("({})", shown.to_ascii_uppercase().replace(", ", ",")),
        _ => format!("({shown})"),
    })
}

/// The words with which a statement gives a column another type, which tell for what databases it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Retyped {
    /// `ALTER COLUMN … TYPE`: PostgreSQL and the standard.
    Type,
    /// `ALTER COLUMN …`: SQL Server.
    Column,
    /// `MODIFY`, `CHANGE`: MySQL, Oracle.
    Modify,
}

/// Whether a type may hold less than another of its family.
pub(super) fn narrows(data_type: &str, retyped: Retyped) -> bool {
    let upper = data_type.to_ascii_uppercase();
    let is_limited = match retyped {
        Retyped::Type => false,
        // Its TEXT has two gigabytes, and so has VARCHAR(MAX), but not the characters that only NVARCHAR has.
        Retyped::Column => upper == "VARCHAR(MAX)" || upper != "TEXT" && LIMITED.contains(&&*upper),
        Retyped::Modify => LIMITED.contains(&&*upper),
    };
    is_limited || !WIDE.contains(&&*upper)
}

/// Words that a column may have after its type.
const OPTIONS: &str = "
    AFTER AS AUTOINCREMENT AUTO_INCREMENT CHARACTER CHARSET CHECK COLLATE COMMENT CONSTRAINT DEFAULT DISABLE ENABLE
    FIRST GENERATED IDENTITY INVISIBLE KEY NOT NULL ON PERSISTED PRIMARY REFERENCES ROWGUIDCOL SPARSE STORED UNIQUE
    VIRTUAL VISIBLE
";

/// Reads what stands after the type of a column.
pub(super) fn options(cursor: &mut Cursor<'_, '_>) -> Result<(), String> {
    match cursor.peek() {
        Some(token) if token.is_symbol(",") => Ok(()),
        None => Ok(()),
        Some(token) if token.is_of(OPTIONS) => {
            let options = cursor.up_to_comma()?;
            is_expression(options)
        }
        Some(_) => cursor.expected("an option of the column"),
    }
}
