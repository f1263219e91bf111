//! Every required response header is there.

use super::{Area, Context, Rule, did_you_mean};
use crate::gate::{Check, Reason, Weight};
use crate::model::Phrase;

pub(super) static RULE: Rule = Rule {
    id: "security.headers",
    area: Area::Security,
    title: "Every required response header is there",
    how: "Each name in `gate.security.required-headers` must be present in an assessment of response headers. One \
          that is absent fails the check; one that nobody looked for makes the verdict undecided.",
    judge,
};

fn judge(context: &Context<'_>) -> Vec<Check> {
    let required = &context.manifest.gate.security.required_headers;
    if required.is_empty() {
        return Vec::new();
    }
    let mut check = Check::new(&RULE, format!("{} headers", required.len()), "");
    for name in required {
        let name = name.get_ref();
        let headers = context.release.assessments.iter().flat_map(|assessment| {
            assessment.value.headers.iter().map(|header| (assessment.source(&header.pointer), header))
        });
        let looked: Vec<_> = headers.filter(|(_, header)| header.name.eq_ignore_ascii_case(name)).collect();
        let missing = looked.iter().find(|(_, header)| !header.present);
        match (missing, looked.first()) {
            (Some((source, _)), _) => {
                let phrase = Phrase::from("the header ").foreign(name.clone()).own(" is absent");
                let reason = Reason::new(Weight::Violation, phrase).scope(name.clone()).source(source.clone());
                check.reasons.push(reason);
            }
            (None, Some((source, _))) => check.sources.push(source.clone()),
            (None, None) => {
                let known = context.release.assessments.iter().flat_map(|assessment| &assessment.value.headers);
                let phrase = Phrase::from("nobody looked for the header ").foreign(name.clone());
                let phrase = did_you_mean(phrase, name, known.map(|header| header.name.as_str()));
                check.reasons.push(Reason::new(Weight::Gap, phrase));
            }
        }
    }
    check.observed = format!("{} present", required.len() - check.reasons.len()).into();
    vec![check]
}
