//! Known files that are no evidence: each gets a message of its own, which says what to give instead.
//!
//! `tests/fixtures-strangers/` holds one file of each kind, `messages.snap` what signoff says to them.
//! `UPDATE=1 cargo test --test strangers` writes it anew; look at the difference before you commit it.

#[allow(dead_code, reason = "each test driver uses a part of it")]
mod support;

use std::fmt::Write as _;

use signoff::diagnostics::Level;
use signoff::formats::STRANGERS;
use support::{compare, entries, name, read, root};

#[test]
fn each_stranger_is_told_what_it_is() {
    let folder = root().join("tests/fixtures-strangers");
    let snapshot = folder.join("messages.snap");
    let mut problems = Vec::new();
    let mut messages = String::new();
    for input in entries(&folder).into_iter().filter(|path| *path != snapshot) {
        let artifact = read(&input);
        if let Some(format) = artifact.format {
            problems.push(format!("{} is taken for `{format}`", name(&input)));
        }
        for d in &artifact.evidence.diagnostics {
            let help = d.help.as_deref().unwrap_or(d.code.help);
            writeln!(messages, "{}: {}[{}] {}; {help}", name(&input), d.level().word(), d.code.id, d.message)
                .expect("a String takes all");
        }
        if !artifact.evidence.diagnostics.iter().any(|d| d.level() == Level::Error && d.code.id == "not-evidence") {
            problems.push(format!("{} is not known", name(&input)));
        }
    }
    for stranger in STRANGERS {
        if !messages.contains(&format!("is {}; {}", stranger.what, stranger.instead)) {
            problems.push(format!("no file is {}", stranger.what));
        }
    }
    compare(&snapshot, &messages, &mut problems);
    assert!(problems.is_empty(), "{} problems\n{}", problems.len(), problems.join("\n"));
}
