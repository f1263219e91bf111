//! What can be known of a policy before any evidence is read: names that nothing can have, limits that can never fail,
//! waivers that nobody answers for. Each is an error: a policy that does not do what it says lets releases through.
//!
//! See the [example](mod@crate::manifest#example).

use crate::manifest::Spanned;
use jiff::civil::Date;

use crate::diagnostics::nearest;
use crate::jq::Expression;
use crate::manifest::{
    CustomCheck, Decision, FindingLimit, Limit, LoadThreshold, Loaded, Manifest, ManifestError, Percent, Waiver, is_id,
    matches,
};
use crate::mapping;
use crate::model::Kind;
use crate::model::order::sort_by_key;
use crate::safety::visible::is_blank;

use super::rules::load_limit::{self, METRICS};
use super::rules::{RULES, custom, evidence_checks, security_limit, security_new};
use super::slug;

/// Everything that is wrong with a policy, in the order of its text.
///
/// See the [example](mod@crate::gate#example).
pub fn mistakes(loaded: &Loaded) -> Vec<ManifestError> {
    let manifest = &loaded.manifest;
    let mut checker = Checker { loaded, ids: ids(manifest), errors: Vec::new() };
    let gate = &manifest.gate;
    if let Some(shards) = gate.shards.as_ref().filter(|shards| *shards.get_ref() == 0) {
        checker.error(shards, "`shards` is 0, which any evidence has", "say how many shards there must be");
    }
    checker.share(gate.smoke.min_executed.as_ref(), "min-executed", 0.0);
    checker.share(gate.load.max_error_rate.as_ref(), "max-error-rate", 1.0);
    checker.share(gate.load.max_error_rate_increase.as_ref(), "max-error-rate-increase", 1.0);
    for limit in &gate.security.limit {
        checker.finding_limit(limit);
    }
    if let Some(max) = gate.security.max_not_tested.as_ref().filter(|max| *max.get_ref() >= CATEGORIES) {
        let message =
            format!("a `max-not-tested` of {} can never fail: there are {CATEGORIES} categories", max.get_ref());
        checker.error(max, &message, "leave it out, or say what you mean");
    }
    for threshold in &gate.load.threshold {
        checker.threshold(threshold);
    }
    let patterns: [(&str, &[Spanned<String>]); 7] = [
        ("required-artifacts", &gate.required_artifacts),
        ("required-suites", &gate.required_suites),
        ("required", &gate.smoke.required),
        ("allow-skipped", gate.smoke.allow_skipped.as_deref().unwrap_or_default()),
        ("required-scanners", &gate.security.required_scanners),
        ("required-headers", &gate.security.required_headers),
        ("required", &gate.platform.required),
    ];
    for (key, names) in patterns {
        for name in names.iter().filter(|name| is_blank(name.get_ref())) {
            checker.error(name, &format!("`{key}` has a blank name"), "name what is meant, or leave it out");
        }
    }
    for approved in &gate.rollback.approved {
        for (key, text) in [("step", approved.step.get_ref()), ("by", &approved.by), ("reason", &approved.reason)] {
            if is_blank(text) {
                checker.error(&approved.step, &format!("the approval has a blank `{key}`"), "name it");
            }
        }
    }
    for (index, check) in gate.custom.iter().enumerate() {
        checker.custom(check, &gate.custom[..index]);
    }
    for waiver in &manifest.waiver {
        checker.waiver(waiver);
    }
    for (index, decision) in manifest.decision.iter().enumerate() {
        checker.decision(decision, &manifest.decision[..index]);
    }
    let of_decisions = manifest.decision.iter().flat_map(|decision| &decision.checks);
    let of_checklist = manifest.checklist.iter().flat_map(|item| &item.checks);
    let of_criteria = manifest.criterion.iter().flat_map(|criterion| &criterion.checks);
    for pattern in of_decisions.chain(of_checklist).chain(of_criteria) {
        checker.pattern(pattern);
    }
    checker.errors.extend(mapping::mistakes(loaded));
    sort_by_key(&mut checker.errors, |error| error.place);
    checker.errors
}

/// Whether a text is a day, `YYYY-MM-DD`.
fn is_date(text: &str) -> bool {
    text.len() == "YYYY-MM-DD".len() && text.parse::<Date>().is_ok()
}

/// The categories of one edition of the OWASP Top 10.
const CATEGORIES: u64 = 10;

/// The ids that checks can have under a policy.
fn ids(manifest: &Manifest) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for rule in RULES {
        match rule.id {
            "evidence.required" => ids.extend(Kind::ALL.map(|kind| format!("{}.{kind}", rule.id))),
            "custom" => ids.extend(manifest.gate.custom.iter().map(custom::id)),
            "security.limit" => ids.extend(security_limit::ids(&manifest.gate.security.limit)),
            "security.new" => {
                let limits = security_new::limits(&manifest.gate.security);
                ids.extend(limits.into_iter().map(|(severity, _)| security_new::id(severity)));
            }
            "load.limit" => ids.extend(load_limit::ids(&manifest.gate.load.threshold)),
            id if id == evidence_checks::rule().id => {
                ids.extend(manifest.decision.iter().map(|decision| format!("{id}.{}", slug(decision.name.get_ref()))));
            }
            id => ids.push(id.to_owned()),
        }
    }
    ids
}

struct Checker<'l> {
    loaded: &'l Loaded,
    ids: Vec<String>,
    errors: Vec<ManifestError>,
}

impl Checker<'_> {
    fn error<T>(&mut self, at: &Spanned<T>, message: &str, help: &str) {
        let help = Some(help.to_owned()).filter(|help| !help.is_empty());
        self.errors.push(self.loaded.error(&at.span(), message.to_owned(), help));
    }

    /// A share that no evidence can miss.
    fn share(&mut self, percent: Option<&Spanned<Percent>>, key: &str, free: f64) {
        if let Some(percent) = percent.filter(|percent| reaches(percent.get_ref().0.as_f64(), free)) {
            let shown = percent.get_ref().0.percent();
            self.error(percent, &format!("`{key}` of {shown} can never fail"), "leave it out, or say what you mean");
        }
    }

    fn finding_limit(&mut self, limit: &FindingLimit) {
        let edition = self.loaded.manifest.gate.security.edition.into();
        if limit.scanner.is_none() && limit.category.is_none() {
            let help = match limit.severity {
                Some(_) => "name a scanner or a category; for all together there is `max-critical` and its like",
                None => "name a scanner, a category or both",
            };
            self.error(&limit.max, "the limit names neither a scanner nor a category", help);
        }
        let Some(name) = &limit.category else { return };
        if security_limit::category(edition, name.get_ref()).is_none() {
            let message = format!("`{}` is no category of the {}", name.get_ref(), edition.title());
            let help = match security_limit::nearest_code(edition, name.get_ref()) {
                Some(near) => format!("did you mean `{near}`? `edition` chooses the year"),
                None => "write it like `A03`; `edition` chooses the year".to_owned(),
            };
            self.error(name, &message, &help);
        }
    }

    fn threshold(&mut self, threshold: &LoadThreshold) {
        let metric = threshold.metric.get_ref().as_str();
        let Some(unit) = Dimension::of(metric) else {
            let known = METRICS.iter().copied().chain(["p50", "p90", "p95", "p99", "p99.9"]);
            let list = "known are `p0` to `p100`, ".to_owned() + &quoted(METRICS);
            let help = match nearest(metric, known) {
                Some(near) => format!("did you mean `{near}`? {list}"),
                None => list,
            };
            self.error(&threshold.metric, &format!("unknown metric `{metric}`"), &help);
            return;
        };
        if let Some(endpoint) = threshold.endpoint.as_ref().filter(|endpoint| is_blank(endpoint.get_ref())) {
            let message = format!("the threshold on `{metric}` has a blank `endpoint`");
            self.error(endpoint, &message, "name the endpoint, or leave it out for all requests together");
        }
        if threshold.max.is_none() && threshold.min.is_none() {
            let message = format!("the threshold on `{metric}` has neither `max` nor `min`, so it can never fail");
            self.error(&threshold.metric, &message, &format!("add a limit: `max = {}`", unit.example()));
        }
        for (key, limit) in [("max", &threshold.max), ("min", &threshold.min)] {
            let Some(limit) = limit else { continue };
            let value = *limit.get_ref();
            if Dimension::of_limit(value) != unit {
                let message = format!("`{metric}` is {}, which cannot be compared with `{value}`", unit.words());
                self.error(limit, &message, &format!("write it like {}", unit.example()));
            } else if match (key, value) {
                ("min", _) => number(value) <= 0.0,
                (_, Limit::Share(share)) => reaches(share.as_f64(), 1.0),
                _ => false,
            } {
                let message = format!("a `{key}` of {value} can never fail");
                self.error(limit, &message, "leave it out, or say what you mean");
            }
        }
        if let (Some(max), Some(min)) = (&threshold.max, &threshold.min) {
            let (high, low) = (*max.get_ref(), *min.get_ref());
            if Dimension::of_limit(high) == Dimension::of_limit(low) && number(high) < number(low) {
                self.error(min, &format!("no `{metric}` can be at least {low} and at most {high}"), "");
            }
        }
    }

    fn custom(&mut self, check: &CustomCheck, before: &[CustomCheck]) {
        let id = check.id.get_ref();
        if !is_id(id) {
            self.error(&check.id, &format!("`{id}` is no id"), "write lower-case words and digits, joined by `-`");
        }
        if before.iter().any(|other| other.id.get_ref() == id) {
            self.error(&check.id, &format!("`{id}` stands twice"), "give each custom check an id of its own");
        }
        if is_blank(&check.title) {
            self.error(&check.id, &format!("the check `{id}` has a blank `title`"), "say what should hold");
        }
        if let Err(broken) = Expression::new(check.expression.get_ref()) {
            let span = self.loaded.within(&check.expression, broken.at);
            let message = format!("the expression of `{id}` is broken: {}", broken.message);
            self.errors.push(self.loaded.error(&span, message, None));
        }
    }

    fn waiver(&mut self, waiver: &Waiver) {
        self.pattern(&waiver.check);
        let texts = [("scope", &waiver.scope), ("owner", &waiver.owner), ("reason", &waiver.reason)];
        for (key, text) in texts {
            if is_blank(text.get_ref()) {
                let message = format!("the waiver has a blank `{key}`");
                self.error(text, &message, "a violation is accepted by somebody, for a reason, and in one place");
            }
        }
        let date = waiver.expires.get_ref();
        if !is_date(date) {
            let message = format!("`{date}` is no date");
            self.error(&waiver.expires, &message, "write the last day on which it holds as YYYY-MM-DD");
        }
        if let Some(max) = waiver.max.as_ref().filter(|max| *max.get_ref() == 0) {
            self.error(max, "a waiver of at most 0 violations accepts nothing", "remove the waiver, or say how many");
        }
    }

    /// A decision is told from others by its name alone.
    fn decision(&mut self, decision: &Decision, before: &[Decision]) {
        let name = decision.name.get_ref();
        if is_blank(name) {
            self.error(&decision.name, "the decision has a blank `name`", "say what is decided");
        } else if before.iter().any(|other| other.name.get_ref().trim() == name.trim()) {
            let message = format!("the decision `{name}` stands twice");
            self.error(&decision.name, &message, "give each decision a name of its own");
        }
        if decision.approval.iter().any(|approval| is_blank(&approval.name)) {
            let message = format!("an approval of `{name}` has a blank `name`");
            self.error(&decision.name, &message, "name who approved it, or leave the approval out");
        }
        for date in decision.approval.iter().filter_map(|approval| approval.date.as_deref()) {
            if !is_date(date) {
                let message = format!("`{date}` of an approval of `{name}` is no date");
                self.error(&decision.name, &message, "write the day of the approval as YYYY-MM-DD");
            }
        }
    }

    fn pattern(&mut self, pattern: &Spanned<String>) {
        let text = pattern.get_ref();
        if self.ids.iter().any(|id| matches(text, id)) {
            return;
        }
        let under = format!("{text}.");
        let near = match self.ids.iter().any(|id| id.starts_with(&under)) {
            true => Some(format!("{text}.*")),
            false => nearest(text, self.ids.iter().map(String::as_str)).map(str::to_owned),
        };
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`*` stands for any text, and a limit makes a check only where it is given".to_owned(),
        };
        self.error(pattern, &format!("no check can have the name `{text}`"), &help);
    }
}

/// What a metric is measured in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Dimension {
    Time,
    Share,
    Number,
}

impl Dimension {
    /// That of a metric; `None` where there is no such metric.
    fn of(metric: &str) -> Option<Dimension> {
        match metric {
            "mean" | "min" | "max" | "duration" => Some(Dimension::Time),
            "error-rate" => Some(Dimension::Share),
            "rps" | "requests" | "failures" | "users" => Some(Dimension::Number),
            _ => load_limit::percentile(metric).map(|_| Dimension::Time),
        }
    }

    const fn of_limit(limit: Limit) -> Dimension {
        match limit {
            Limit::Time(_) => Dimension::Time,
            Limit::Share(_) => Dimension::Share,
            Limit::Number(_) => Dimension::Number,
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Dimension::Time => "a time",
            Dimension::Share => "a share",
            Dimension::Number => "a number",
        }
    }

    const fn example(self) -> &'static str {
        match self {
            Dimension::Time => "\"800 ms\"",
            Dimension::Share => "\"1 %\"",
            Dimension::Number => "100",
        }
    }
}

fn number(limit: Limit) -> f64 {
    match limit {
        Limit::Time(elapsed) => elapsed.as_millis_f64(),
        Limit::Share(share) => share.as_f64(),
        Limit::Number(number) => number,
    }
}

/// Whether a share is all (1) or nothing (0).
fn reaches(share: f64, end: f64) -> bool {
    (share - end).abs() < f64::EPSILON
}

fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::{Dimension, METRICS, mistakes};
    use crate::manifest::parse;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let loaded = parse("signoff.toml", text).expect("the keys and types are right");
        let found = mistakes(&loaded).iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        for part in expected {
            assert!(found.contains(part), "`{part}` is not in:\n{found}");
        }
        assert_eq!(found.is_empty(), expected.is_empty(), "{found}");
    }

    fn threshold(keys: &str) -> String {
        format!("[[gate.load.threshold]]\n{keys}\n")
    }

    fn waiver(keys: &str) -> String {
        let mut text = "[[waiver]]\n".to_owned();
        for default in [
            "check = \"smoke.failed\"",
            "scope = \"login\"",
            "owner = \"A. Jones\"",
            "reason = \"known\"",
            "expires = \"2026-12-31\"",
        ] {
            let key = default.split(" = ").next().unwrap_or_default();
            let given = keys.lines().find(|line| line.starts_with(&format!("{key} ="))).unwrap_or(default);
            text.push_str(&format!("{given}\n"));
        }
        text + keys.lines().find(|line| line.starts_with("max")).unwrap_or_default() + "\n"
    }

    #[test]
    fn a_sound_policy_has_no_mistake() {
        check("", &[]);
        check(&waiver("max = 2"), &[]);
        check(&threshold("metric = \"p99.9\"\nmax = \"1 s\""), &[]);
        check("[[decision]]\nname = \"a\"\nchecks = [\"evidence.required.smoke\", \"load.*\", \"*\"]\n", &[]);
    }

    #[test]
    fn every_metric_has_a_dimension() {
        for metric in METRICS {
            assert!(Dimension::of(metric).is_some(), "{metric}");
        }
    }

    #[test]
    fn a_metric_that_nothing_measures_is_refused() {
        check(
            &threshold("metric = \"eror-rate\"\nmax = \"1 %\""),
            &["unknown metric `eror-rate`", "signoff.toml:2:10", "did you mean `error-rate`?"],
        );
        check(&threshold("metric = \"p101\"\nmax = \"1 s\""), &["unknown metric `p101`"]);
    }

    #[test]
    fn a_limit_that_can_never_fail_is_refused() {
        check(&threshold("metric = \"p95\""), &["neither `max` nor `min`", "signoff.toml:2:10"]);
        check(&threshold("metric = \"rps\"\nmin = 0"), &["a `min` of 0 can never fail", "signoff.toml:3:7"]);
        check(&threshold("metric = \"error-rate\"\nmax = \"100 %\""), &["can never fail", "signoff.toml:3:7"]);
        check("[gate.load]\nmax-error-rate = \"100 %\"\n", &["can never fail", "signoff.toml:2:18"]);
        check("[gate.smoke]\nmin-executed = \"0 %\"\n", &["can never fail", "signoff.toml:2:16"]);
        check("[gate]\nshards = 0\n", &["`shards` is 0", "signoff.toml:2:10"]);
    }

    #[test]
    fn a_name_that_is_blank_is_refused() {
        check("[gate]\nrequired-artifacts = [\"\"]\n", &["`required-artifacts` has a blank name"]);
        check("[gate]\nrequired-suites = [\"\"]\n", &["`required-suites` has a blank name", "signoff.toml:2:20"]);
        check("[gate.smoke]\nallow-skipped = [\"a\", \" \"]\n", &["`allow-skipped` has a blank name"]);
        check("[gate.platform]\nrequired = [\"\\u200b\"]\n", &["`required` has a blank name"]);
        let custom = "[[gate.custom]]\nid = \"a\"\ntitle = \" \"\nexpression = \"true\"\n";
        check(custom, &["the check `a` has a blank `title`", "signoff.toml:2:6"]);
        let keys = "metric = \"p95\"\nmax = \"1 s\"\nendpoint = \"\"";
        check(&threshold(keys), &["the threshold on `p95` has a blank `endpoint`", "signoff.toml:4:12"]);
    }

    #[test]
    fn a_limit_of_another_unit_is_refused() {
        check(&threshold("metric = \"p95\"\nmax = 800"), &["`p95` is a time", "signoff.toml:3:7", "\"800 ms\""]);
        check(&threshold("metric = \"error-rate\"\nmax = 0.01"), &["`error-rate` is a share", "\"1 %\""]);
        check(&threshold("metric = \"rps\"\nmin = \"5 s\""), &["`rps` is a number"]);
        check(&threshold("metric = \"p95\"\nmin = \"2 s\"\nmax = \"1 s\""), &["at least 2 s and at most 1 s"]);
    }

    #[test]
    fn a_broken_expression_is_refused() {
        let custom = |id: &str, expression: &str| {
            format!("[[gate.custom]]\nid = \"{id}\"\ntitle = \"t\"\nexpression = '{expression}'\n")
        };
        check(&custom("no-failures", ".tests.totals.failed == 0"), &[]);
        check(&custom("a", ".tests | lenght > 0"), &["there is no filter `lenght`", "signoff.toml:4:24", "^^^^^^"]);
        check(&custom("a", ".tests["), &["expected closing bracket", "signoff.toml:4:22"]);
        check(&custom("a", "now > 0"), &["there is no filter `now`", "signoff.toml:4:15"]);
        check(&custom("No Failures", "true"), &["`No Failures` is no id", "signoff.toml:2:6"]);
        check(&(custom("a", "true") + &custom("a", "true")), &["`a` stands twice", "signoff.toml:6:6"]);
        check(&(custom("a", "true") + "[[criterion]]\ntext = \"a\"\nchecks = [\"custom.a\"]\n"), &[]);
    }

    #[test]
    fn a_waiver_that_nobody_answers_for_is_refused() {
        check(&waiver("owner = \" \""), &["blank `owner`", "signoff.toml:4:9"]);
        check(&waiver("reason = \"\""), &["blank `reason`", "signoff.toml:5:10"]);
        check(&waiver("owner = \"\\u200b\\u2060\""), &["blank `owner`"]);
        let approved = "[[gate.rollback.approved]]\nstep = \"a\"\nby = \"b\"\nreason = \"\\u200b\"\n";
        check(approved, &["blank `reason`"]);
        check(&waiver("expires = \"2026-02-30\""), &["`2026-02-30` is no date", "signoff.toml:6:11"]);
        check(&waiver("expires = \"never\""), &["`never` is no date"]);
        check(&waiver("max = 0"), &["at most 0", "signoff.toml:7:7"]);
        check(&waiver("check = \"smoke.faild\""), &["signoff.toml:2:9", "did you mean `smoke.failed`?"]);
    }

    #[test]
    fn a_decision_has_a_name_of_its_own() {
        check("[[decision]]\nname = \" \"\n", &["blank `name`", "signoff.toml:2:8"]);
        let twice = "[[decision]]\nname = \"a\"\n[[decision]]\nname = \"a \"\n";
        check(twice, &["the decision `a ` stands twice", "signoff.toml:4:8"]);
        let approval = |keys: &str| format!("[[decision]]\nname = \"a\"\n[[decision.approval]]\n{keys}\n");
        check(&approval("name = \"\""), &["an approval of `a`"]);
        check(&approval("name = \"b\"\ndate = \"soon\""), &["`soon` of an approval of `a` is no date", "toml:2:8"]);
        check(&approval("name = \"b\"\ndate = \"2026-03-02\""), &[]);
    }

    #[test]
    fn a_name_that_no_check_can_have_is_refused() {
        let decision = "[[decision]]\nname = \"a\"\nchecks = [\"smoke.failed\", \"securty.*\"]\n";
        check(decision, &["no check can have the name `securty.*`", "signoff.toml:3:27"]);
        check("[[criterion]]\ntext = \"a\"\nchecks = [\"smoke.fialed\"]\n", &["did you mean `smoke.failed`?"]);
        check(
            "[[checklist]]\nitem = \"a\"\nstatus = \"open\"\nchecks = [\"evidence.required\"]\n",
            &["did you mean `evidence.required.*`?"],
        );
        check("[[criterion]]\ntext = \"a\"\nchecks = [\"load.limit.p95\"]\n", &["load.limit.p95"]);
    }
}
