//! Scripts that hold both directions of a migration, each behind a line of its own: which part leads back.
//!
//! Rules: the annotations of pressly/goose, amacneil/dbmate, rubenv/sql-migrate and amberframework/micrate;
//! elwinar/rambler `migration.go`, which takes the word behind `-- rambler` and nothing else;
//! jackc/tern `migrate/migrate.go`, which cuts at the first of its lines;
//! mybatis/migrations `MigrationReader.java` (a comment `-- //` with `@UNDO`);
//! playframework/playframework `EvolutionsApi.scala` (a line that starts with `#` or `--` and has `!Ups` or `!Downs`);
//! salsita/node-pg-migrate `sqlMigration.ts` (comments that start with `Up Migration` and `Down Migration`).
//! Alembic and Liquibase say of each migration in what direction they write it (`alembic/runtime/migration.py`,
//! `UpdateVisitor` and `RollbackVisitor` of Liquibase).
//! Tools and people that have marks of their own write them as headings, `-- @up` or `-- ===== DOWN =====`: these count
//! where the way forward has one.

/// What stands behind `--` at the start of such a line, and whether what follows leads back.
const MARKS: [(&str, bool); 8] = [
    ("+goose up", false),
    ("+goose down", true),
    ("migrate:up", false),
    ("migrate:down", true),
    ("+micrate up", false),
    ("+micrate down", true),
    ("+migrate up", false),
    ("+migrate down", true),
];

/// What a text without directions has none of.
const SIGNS: [&str; 9] = ["+goose", "migrate:", "+micrate", "+migrate", "-- rambler", TERN, "@UNDO", "!Ups", "!Downs"];

/// What stands in tern between the two directions.
const TERN: &str = "---- create above / drop below ----";

/// The part that leads back, with empty lines in the place of the rest; `None` where nothing marks a direction.
pub(super) fn way_back(text: &str) -> Option<String> {
    let by_mark = || part(text, mark);
    let marked = SIGNS.iter().any(|sign| text.contains(sign)).then(by_mark).flatten();
    let marked = marked
        .or_else(|| has_headings(text).then(|| part(text, |line| heading(line).map(|found| found.leads_back)))?);
    // What stands before the first line that leads back belongs to it, unless some lead forward.
    marked.or_else(|| text.lines().any(|line| of_tool(line) == Some(false)).then(|| part(text, of_tool))?)
}

/// The direction of a line with which Alembic or Liquibase begins what it writes of a migration.
fn of_tool(line: &str) -> Option<bool> {
    let starts =
        [("-- Running upgrade ", false), ("-- Running downgrade ", true), ("-- Rolling Back ChangeSet: ", true)];
    let found = starts.iter().find(|(start, _)| line.starts_with(start)).map(|(_, leads_back)| *leads_back);
    // `FILE::ID::AUTHOR` of a changeset.
    let is_changeset = || line.strip_prefix("-- Changeset ").is_some_and(|name| name.matches("::").count() >= 2);
    found.or_else(|| is_changeset().then_some(false))
}

fn part(text: &str, direction: impl Fn(&str) -> Option<bool>) -> Option<String> {
    let (mut leads_back, mut is_marked) = (false, false);
    let mut kept = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        if let Some(direction) = direction(line) {
            (leads_back, is_marked) = (direction, true);
        }
        kept.push_str(if leads_back { line } else { "\n" });
    }
    is_marked.then_some(kept)
}

/// A comment that is the heading of a direction.
struct Heading {
    leads_back: bool,
    /// Whether it is no end of a sentence: it is decorated, capitalised, or `up migration`.
    is_plain: bool,
}

/// Whether headings say where each direction begins: that of the way forward tells, before which nothing is done.
fn has_headings(text: &str) -> bool {
    let is_comment = |line: &str| ["--", "/*", "*"].iter().any(|start| line.starts_with(start));
    let is_nothing = |line: &&str| line.trim().is_empty() || is_comment(line.trim_start());
    let found = text.lines().take_while(is_nothing).find_map(heading);
    found.is_some_and(|found| !found.leads_back && found.is_plain)
}

fn heading(line: &str) -> Option<Heading> {
    let is_word = |c: char| c.is_alphanumeric();
    // What is indented stands in a statement.
    let line = line.trim_end().strip_prefix("--")?.trim_start();
    let comment = line.trim_start_matches(|c| !is_word(c));
    let (word, rest) = comment.split_at(comment.find(|c| !is_word(c)).unwrap_or(comment.len()));
    let leads_back = match () {
        () if word.eq_ignore_ascii_case("up") => false,
        () if word.eq_ignore_ascii_case("down") => true,
        () => return None,
    };
    let rest = rest.trim();
    let full = rest.get(..MIGRATION.len()).filter(|word| word.eq_ignore_ascii_case(MIGRATION));
    let rest = full.map_or(rest, |word| rest[word.len()..].trim());
    // What goes on with words is a sentence.
    let ends = rest.starts_with('(') || !rest.contains(is_word) || full.is_some() && rest.starts_with("for ");
    let is_plain = full.is_some() || line.len() > comment.len() || word.starts_with(char::is_uppercase);
    ends.then_some(Heading { leads_back, is_plain })
}

const MIGRATION: &str = "migration";

fn mark(line: &str) -> Option<bool> {
    let line = line.trim();
    let comment = line.strip_prefix("--");
    if comment.is_none() && !line.starts_with('#') {
        return None;
    }
    if let Some(direction) = comment.and_then(|comment| of_comment(line, comment)) {
        return Some(direction);
    }
    // Play asks for the one word before the other.
    let words = [("!Ups", false), ("!Downs", true)];
    words.into_iter().find(|(word, _)| line.contains(word)).map(|(_, leads_back)| leads_back)
}

/// The direction of a line by its comment, as all but Play mark it.
fn of_comment(line: &str, comment: &str) -> Option<bool> {
    let words = comment.trim();
    let starts = |mark: &str| words.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark));
    if let Some((_, leads_back)) = MARKS.iter().find(|(mark, _)| starts(mark)) {
        return Some(*leads_back);
    }
    if line.contains(TERN) || words.starts_with("//") && words.contains("@UNDO") {
        return Some(true);
    }
    match comment.strip_prefix(" rambler").map(str::trim) {
        Some("up") => Some(false),
        Some("down") => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_leads_back_is_kept_in_its_lines() {
        let text = "-- +goose Up\nCREATE TABLE a (id int);\n-- +goose Down\nDROP TABLE a;\n";
        assert_eq!(way_back(text).as_deref(), Some("\n\n-- +goose Down\nDROP TABLE a;\n"));
        let text = "-- migrate:down\nDROP TABLE a;\n-- migrate:up transaction:false\nCREATE TABLE a (id int);";
        assert_eq!(way_back(text).as_deref(), Some("-- migrate:down\nDROP TABLE a;\n\n\n"));
        assert_eq!(way_back("-- +migrate Up\nCREATE TABLE a (id int);\n").as_deref(), Some("\n\n"));
        assert_eq!(way_back("-- migrate the rest later\nDROP TABLE a;\n"), None);
        assert_eq!(way_back("DROP TABLE a; -- not like migrate:down\n"), None);
    }

    #[test]
    fn each_tool_has_its_own_marks() {
        for (up, down) in [
            ("-- // add a column", "-- //@UNDO"),
            ("-- // add a column", "--//  @UNDO"),
            ("# --- !Ups", "# --- !Downs"),
            ("-- !Ups", "-- !Downs"),
            ("#!Ups of 12", "--!Downs of 12"),
            ("", "---- create above / drop below ----"),
            ("-- rambler up", "-- rambler down"),
            ("-- +micrate Up", "-- +micrate Down"),
            ("-- Up Migration", "-- Down Migration"),
            ("-- ===== UP =====", "-- ===== DOWN ====="),
            ("------- UP -------", "------- DOWN -------"),
            ("-- @up {", "-- @down {"),
            ("-- up migration", "-- DOWN Migration (Rollback)"),
            ("-- Up", "-- Down:"),
        ] {
            let text = format!("{up}\nCREATE TABLE a (id int);\n{down}\nDROP TABLE a;\n");
            let expected = format!("\n\n{down}\nDROP TABLE a;\n");
            assert_eq!(way_back(&text).as_deref(), Some(&*expected), "{down}");
        }
        assert_eq!(way_back("# --- !Ups\nCREATE TABLE a (id int);\n").as_deref(), Some("\n\n"));
        assert_eq!(way_back("-- Up Migration\nCREATE TABLE a (id int);\n").as_deref(), Some("\n\n"));
    }

    #[test]
    fn what_a_tool_writes_forward_leads_back_nowhere() {
        assert_eq!(way_back("-- Running upgrade 1 -> 2\nALTER TABLE a ADD b int;\n").as_deref(), Some("\n\n"));
        assert_eq!(way_back("-- Changeset a.xml::1::me\nALTER TABLE a ADD b int;\n").as_deref(), Some("\n\n"));
        let text = "BEGIN;\n-- Running upgrade 1 -> 2\nA;\n-- Running downgrade 2 -> 1\nB;\n";
        assert_eq!(way_back(text).as_deref(), Some("\n\n\n-- Running downgrade 2 -> 1\nB;\n"));
        assert_eq!(way_back("BEGIN;\n-- Running downgrade 2 -> 1\nB;\nCOMMIT;\n"), None);
        assert_eq!(way_back("-- Rolling Back ChangeSet: a.xml::1::me\nDROP TABLE a;\n"), None);
        assert_eq!(way_back("-- Changeset of last week\nDROP TABLE a;\n"), None);
    }

    #[test]
    fn what_only_tells_of_directions_marks_none() {
        for text in [
            "-- rambler down to the first\nDROP TABLE a;\n",
            "-- @UNDO\nDROP TABLE a;\n",
            "-- // drop it again\nDROP TABLE a;\n",
            "UPDATE a SET b = '!Downs';\n",
            "-- this is there to clean\n-- up\nDROP TABLE a;\n",
            "-- up to here all is well, from here all goes\n-- down\nDROP TABLE a;\n",
            "-- Up and away\nDROP TABLE a;\n-- Down\nDROP TABLE b;\n",
            "DROP TABLE a;\n-- Up\nCREATE TABLE c (id int);\n-- Down\nDROP TABLE c;\n",
            "CREATE FUNCTION f() AS $$\n  -- UP\n  SELECT 1;\n  -- DOWN\n  SELECT 2;\n$$;\nDROP TABLE a;\n",
            "DROP TABLE a;\n-- down migration of the rest\nDROP INDEX i;\n",
            "-- Down Migration for a\nDROP TABLE a;\n",
        ] {
            assert_eq!(way_back(text), None, "{text}");
        }
    }
}
