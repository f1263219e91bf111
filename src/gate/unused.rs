//! Names in the policy that matched nothing in the evidence, perhaps misspelt, perhaps no longer needed; and those that
//! match anything.

use crate::manifest::Spanned;

use crate::diagnostics::codes::{UNUSED_PATTERN, WAIVER_BROAD};
use crate::diagnostics::nearest;
use crate::manifest::{Loaded, matches};
use crate::model::{Notice, Outcome, Phrase};

use super::Context;
use super::waiver::is_broad;

/// Notices on what the policy allows and nothing needs.
pub(super) fn notices(context: &Context<'_>, loaded: &Loaded) -> Vec<Notice> {
    let gate = &context.manifest.gate;
    let mut notices = Vec::new();
    let cases = || context.release.suites.iter().flat_map(|suite| suite.value.cases());
    let skipped = || cases().filter(|case| case.outcome == Outcome::Skipped);
    for name in gate.smoke.allow_skipped.iter().flatten() {
        let pattern = name.get_ref();
        if skipped().any(|case| matches(pattern, &case.name)) {
            continue;
        }
        let known = cases().map(|case| case.name.as_str());
        let ran = cases().any(|case| matches(pattern, &case.name));
        let words = if ran { " may be skipped and was not" } else { " may be skipped, and there is no such test" };
        notices.push(notice(loaded, name, words, (!ran).then(|| nearest(pattern, known)).flatten()));
    }
    let steps = || context.release.plans.iter().flat_map(|plan| &plan.value.steps);
    let irreversible = || steps().filter(|step| step.irreversible.is_some()).map(|step| step.title.as_str());
    for approved in &gate.rollback.approved {
        let pattern = approved.step.get_ref();
        if !irreversible().any(|title| matches(pattern, title)) {
            let words = " is approved, and no irreversible step has that title";
            notices.push(notice(loaded, &approved.step, words, nearest(pattern, irreversible())));
        } else if is_broad(pattern) {
            let text = Phrase::from("the approval of ").foreign(pattern.clone()).own(" covers more than can be meant");
            let help = WAIVER_BROAD.help.to_owned();
            notices.push(Notice { code: &WAIVER_BROAD, text, help, ..notice(loaded, &approved.step, "", None) });
        }
    }
    notices
}

fn notice(loaded: &Loaded, name: &Spanned<String>, words: &str, near: Option<&str>) -> Notice {
    let text = Phrase::new().foreign(name.get_ref().clone()).own(words);
    let text = match near {
        Some(near) => text.own("; did you mean ").foreign(near).own("?"),
        None => text,
    };
    Notice {
        code: &UNUSED_PATTERN,
        text,
        source: None,
        place: Some(loaded.place(&name.span())),
        other: None,
        help: UNUSED_PATTERN.help.to_owned(),
    }
}
