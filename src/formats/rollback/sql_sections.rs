//! Scripts that hold both directions of a migration, each behind a line of its own: which part leads back.
//!
//! Rules: the annotations of pressly/goose, amacneil/dbmate and rubenv/sql-migrate.

/// What stands behind `--` in such a line, and whether what follows leads back.
const MARKS: [(&str, bool); 6] = [
    ("+goose up", false),
    ("+goose down", true),
    ("migrate:up", false),
    ("migrate:down", true),
    ("+migrate up", false),
    ("+migrate down", true),
];

/// The part that leads back, with empty lines in the place of the rest; `None` where nothing marks a direction.
pub(super) fn way_back(text: &str) -> Option<String> {
    if !["+goose", "migrate:", "+migrate"].iter().any(|mark| text.contains(mark)) {
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
    let comment = line.trim_start().strip_prefix("--")?.trim();
    let starts = |mark: &str| comment.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark));
    MARKS.iter().find(|(mark, _)| starts(mark)).map(|(_, leads_back)| *leads_back)
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
}
