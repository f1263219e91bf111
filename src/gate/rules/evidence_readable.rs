//! Everything that was given could be read.

use super::{Area, Context, Rule};
use crate::diagnostics::Level;
use crate::gate::{Check, Reason, Weight};
use crate::model::phrase::plural;
use crate::model::{Input, Phrase};

pub(super) static RULE: Rule = Rule {
    id: "evidence.readable",
    area: Area::Evidence,
    title: "Everything that was given could be read",
    how: "Each artifact must be recognised and read to its end, and the tool that wrote it must have got to its end \
          too. Any error-level notice makes the verdict undecided: what could not be read may have been the failure. \
          No artifacts at all are undecided as well, and so are files of which none is evidence.",
    judge,
};

fn judge(context: &Context<'_>) -> Vec<Check> {
    let release = context.release;
    let errors: Vec<_> = release.notices.iter().filter(|notice| notice.code.level == Level::Error).collect();
    let given = release.artifacts.len() as u64;
    let mut observed = plural(given, "artifact");
    if !errors.is_empty() {
        observed.push_str(&format!(", {}", plural(errors.len() as u64, "fault")));
    }
    let is_none_evidence = given > 0 && !release.artifacts.iter().any(Input::is_evidence);
    let is_unsaid = is_none_evidence && errors.is_empty();
    let reasons = errors.into_iter().map(|notice| {
        let name = notice.source.as_ref().and_then(|source| release.artifact(source.artifact));
        let place = notice.place.map(|place| format!(" at {place}")).unwrap_or_default();
        let phrase = name.map_or_else(Phrase::new, |artifact| Phrase::new().foreign(artifact.name.clone()));
        let phrase = phrase.own(format!("{place}: ")).and(notice.text.clone());
        let mut reason = Reason::new(Weight::Gap, phrase);
        reason.source.clone_from(&notice.source);
        reason
    });
    let check = Check::new(&RULE, "all artifacts read", observed)
        .reasons(reasons)
        .reason_if(given == 0, || Reason::new(Weight::Gap, "no artifact was given"))
        .reason_if(is_unsaid, || Reason::new(Weight::Gap, "none of the files that were given is evidence"));
    vec![check]
}
