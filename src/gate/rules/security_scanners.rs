//! Every required scanner ran.

use super::{Area, Context, Rule, did_you_mean};
use crate::gate::{Check, Reason, Weight};
use crate::manifest::matches;
use crate::model::{Phrase, Source};

pub(super) static RULE: Rule = Rule {
    id: "security.scanners",
    area: Area::Security,
    title: "Every required scanner ran",
    how: "Each name in `gate.security.required-scanners` (`*` stands for any text, the case of letters does not \
          matter) must be the tool of a scan. A scanner that did not run makes the verdict undecided.",
    judge,
};

fn judge(context: &Context<'_>) -> Vec<Check> {
    let required = &context.manifest.gate.security.required_scanners;
    if required.is_empty() {
        return Vec::new();
    }
    let mut check = Check::new(&RULE, Phrase::from(format!("{} scanners", required.len())), "");
    for name in required {
        let pattern = name.get_ref().to_lowercase();
        let ran: Vec<Source> = context
            .release
            .scans
            .iter()
            .filter(|scan| scan.value.tool.as_ref().is_some_and(|tool| matches(&pattern, &tool.name.to_lowercase())))
            .map(|scan| scan.source(&scan.value.pointer))
            .collect();
        if ran.is_empty() {
            let tools = context.release.scans.iter().filter_map(|scan| scan.value.tool.as_ref());
            let phrase = Phrase::from("there is no scan by ").foreign(name.get_ref().clone());
            let phrase = did_you_mean(phrase, name.get_ref(), tools.map(|tool| tool.name.as_str()));
            check.reasons.push(Reason::new(Weight::Gap, phrase));
        }
        check.sources.extend(ran);
    }
    check.observed = format!("{} ran", required.len() - check.reasons.len()).into();
    vec![check]
}
