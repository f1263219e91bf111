//! Scripts that hold both directions of a migration, each behind a line of its own: which part leads back.
//!
//! Rules: the annotations of pressly/goose, amacneil/dbmate, rubenv/sql-migrate and amberframework/micrate;
//! elwinar/rambler `migration.go`, which takes the word behind `-- rambler` and nothing else;
//! jackc/tern `migrate/migrate.go`, which cuts at the first of its lines;
//! mybatis/migrations `MigrationReader.java` (a comment `-- //` with `@UNDO`);
//! playframework/playframework `EvolutionsApi.scala` (a line that starts with `#` or `--` and has `!Ups` or `!Downs`).

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
    if !SIGNS.iter().any(|sign| text.contains(sign)) {
        return None;
    }
    let (mut leads_back, mut is_marked) = (false, false);
    let mut kept = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        if let Some(direction) = mark(line) {
            (leads_back, is_marked) = (direction, true);
        }
        kept.push_str(if leads_back { line } else { "\n" });
    }
    is_marked.then_some(kept)
}

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
        ] {
            let text = format!("{up}\nCREATE TABLE a (id int);\n{down}\nDROP TABLE a;\n");
            let expected = format!("\n\n{down}\nDROP TABLE a;\n");
            assert_eq!(way_back(&text).as_deref(), Some(&*expected), "{down}");
        }
        assert_eq!(way_back("# --- !Ups\nCREATE TABLE a (id int);\n").as_deref(), Some("\n\n"));
    }

    #[test]
    fn what_only_tells_of_directions_marks_none() {
        for text in [
            "-- rambler down to the first\nDROP TABLE a;\n",
            "-- @UNDO\nDROP TABLE a;\n",
            "-- // drop it again\nDROP TABLE a;\n",
            "UPDATE a SET b = '!Downs';\n",
        ] {
            assert_eq!(way_back(text), None, "{text}");
        }
    }
}
