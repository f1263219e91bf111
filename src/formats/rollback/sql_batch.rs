//! Lines that send what stands before them: `GO` of the clients of SQL Server, and `/` of Oracle's.
//!
//! ```sql
//! CREATE PROCEDURE dbo.p AS SELECT 1
//! GO 1 -- once
//! DROP TABLE dbo.Users
//! ```

/// How long the word is by which a line ends what was sent so far; `None` where it does not.
pub(super) fn end_of_batch(line: &str) -> Option<usize> {
    let trimmed = line.trim_start();
    if trimmed.trim_end() == "/" {
        return Some(line.len());
    }
    let rest = trimmed.get(2..).filter(|_| trimmed[..2].eq_ignore_ascii_case("go"))?;
    // `GO 2` runs it twice, and a comment may follow.
    let spaced = rest.trim_start();
    let count = if spaced.len() < rest.len() { spaced.bytes().take_while(u8::is_ascii_digit).count() } else { 0 };
    let behind = spaced[count..].trim_start();
    let is_end = behind.is_empty() || behind.starts_with("--") || behind.starts_with("/*");
    is_end.then(|| line.len() - behind.len())
}

fn ends_batch(line: &str) -> bool {
    end_of_batch(line).is_some()
}

/// Whether a line ends what was sent before it.
pub(super) fn has_batches(text: &str) -> bool {
    last_batch(text).is_some()
}

pub(super) fn last_batch(text: &str) -> Option<usize> {
    last_line(text, ends_batch)
}

/// Where the last line starts that is such a one.
pub(super) fn last_line(text: &str, is: impl Fn(&str) -> bool) -> Option<usize> {
    let mut end = text.len();
    for line in text.rsplit('\n') {
        let start = end - line.len();
        if is(line.trim()) {
            return Some(start);
        }
        end = start.saturating_sub(1);
    }
    None
}
