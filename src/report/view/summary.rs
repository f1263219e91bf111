//! The executive summary.

use super::{Subject, Table, verdict_word};
use crate::gate::Area;
use crate::manifest::SkippedCounting;
use crate::merge::repeated::repeats;
use crate::model::phrase::plural;
use crate::model::{ArtifactId, Health, Input, Outcome, Percentile, Phrase, Ratio, Role, Severity};

/// The executive summary.
#[derive(Clone, Debug)]
pub struct SummaryView {
    /// The owner's own words, in Markdown; null where there are none.
    pub narrative: Option<String>,
    /// One row per area.
    pub results: Table,
    /// How skipped tests are counted, where the manifest wants it the old way; null otherwise.
    pub footnote: Option<Phrase>,
}

pub(super) fn view(subject: &Subject<'_>) -> SummaryView {
    let mut results = Table::new(&["Area", "Result", "Verdict"]);
    for area in Area::ALL {
        let Some(verdict) = subject.judged.proof(|check| check.rule.area == area) else { continue };
        results.row([
            Phrase::from(title(area)),
            Phrase::from(result(subject, area)),
            Phrase::from(format!("**{}**", verdict_word(verdict))),
        ]);
    }
    let tests = subject.release.all_tests();
    let old_way = subject.manifest.gate.smoke.skipped == SkippedCounting::CountsAsPassed && tests.skipped > 0;
    SummaryView {
        narrative: subject.manifest.narrative.summary.clone(),
        results,
        footnote: old_way.then(|| {
            let old = tests.total() - tests.failed - tests.errored;
            Phrase::from(format!(
                "Counted the old way, with skipped, warned and informational tests as passed,\n\
                 this would read {old} of {} passed; {} did not run.",
                tests.total(),
                plural(tests.skipped, "test"),
            ))
        }),
    }
}

pub(super) fn result_line(subject: &Subject<'_>, area: Area) -> String {
    format!("{}: {}", title(area), result(subject, area))
}

pub(super) const fn title(area: Area) -> &'static str {
    match area {
        Area::Evidence => "Evidence",
        Area::Smoke => "Smoke tests",
        Area::Security => "Security",
        Area::Load => "Performance",
        Area::Rollback => "Rollback",
        Area::Platform => "Services and monitoring",
        Area::Custom => "Checks of the policy's own",
        Area::Checklist => "Checklist",
    }
}

pub(super) fn result(subject: &Subject<'_>, area: Area) -> String {
    let release = subject.release;
    match area {
        Area::Evidence => {
            let faulty = release.faulty();
            let is_read = |(index, artifact): &(usize, &Input)| {
                artifact.format.is_some() && !faulty.contains(&ArtifactId(*index))
            };
            let read = release.artifacts.iter().enumerate().filter(is_read).count();
            format!("{read} of {} read to the end", plural(release.artifacts.len() as u64, "artifact"))
        }
        Area::Smoke => tests_sentence(&release.all_tests()),
        Area::Security => {
            let tally = release.findings();
            let parts: Vec<String> = Severity::ALL
                .into_iter()
                .filter(|severity| tally.of(*severity) > 0)
                .map(|severity| format!("{} {severity}", tally.of(severity)))
                .collect();
            let open = if parts.is_empty() { "no open finding".to_owned() } else { parts.join(", ") };
            let scans = release.scans.len() as u64;
            format!("{open} from {}", plural(scans, "scan"))
        }
        Area::Load => {
            let repeats = repeats(release);
            let counted = release.loads.iter().enumerate().filter(|(index, _)| !repeats.contains_key(index));
            let requests: u64 = counted.filter_map(|(_, run)| run.value.overall.requests).sum();
            let mut parts = Vec::new();
            for p in [Percentile::P95, Percentile::P99] {
                parts.extend(
                    release
                        .slowest(p)
                        .map(|(value, is_bound)| format!("{p} {}{value}", if is_bound { "at most " } else { "" })),
                );
            }
            let rates = release.loads.iter().filter_map(|run| run.value.overall.error_rate());
            let worst = rates.reduce(|a, b| if b > a { b } else { a });
            parts.extend(worst.map(|rate| format!("{} failed", rate.percent())));
            // Of several runs each figure is that of the worst.
            let runs = release.loads.iter().filter(|run| !run.value.overall.is_empty()).count() as u64;
            let all = match (runs, parts.is_empty()) {
                (2.., false) => format!("{} in {}, at worst", plural(requests, "request"), plural(runs, "run")),
                (_, false) => plural(requests, "request") + ",",
                (_, true) => plural(requests, "request"),
            };
            format!("{all} {}", parts.join(", ")).trim_end().to_owned()
        }
        Area::Rollback => {
            let rehearsals = || release.plans.iter().filter(|plan| plan.value.is_rehearsal());
            let good = rehearsals().filter(|plan| plan.value.succeeds() == Some(true)).count();
            let irreversible = release.plans.iter().flat_map(|p| &p.value.steps).filter(|s| s.irreversible.is_some());
            let irreversible = irreversible.count() as u64;
            format!(
                "{good} of {} dry runs succeed, {}",
                rehearsals().count(),
                plural(irreversible, "irreversible step")
            )
        }
        Area::Platform => {
            let of = |role: Role| {
                let all = || release.services.iter().filter(move |service| service.value.role == role);
                let healthy = all().filter(|service| service.value.health == Health::Healthy).count();
                (healthy, all().count())
            };
            [(Role::Container, "services"), (Role::Monitoring, "monitoring services"), (Role::Target, "scrape targets")]
                .into_iter()
                .map(|(role, word)| (of(role), word))
                .filter(|((_, total), _)| *total > 0)
                .map(|((healthy, total), word)| format!("{healthy} of {total} {word} healthy"))
                .collect::<Vec<_>>()
                .join(", ")
        }
        Area::Custom => {
            let checks = || subject.judged.checks.iter().filter(|check| check.rule.area == Area::Custom);
            let hold = checks().filter(|check| check.reasons.is_empty()).count();
            format!("{hold} of {} hold", checks().count())
        }
        Area::Checklist => subject
            .judged
            .checks
            .iter()
            .find(|check| check.rule.area == Area::Checklist)
            .map(|check| check.observed.to_string())
            .unwrap_or_default(),
    }
}

/// `8 of 12 passed, 1 warned, 1 info, 2 skipped (83.33 % ran)`: the parts add up to the whole.
pub(super) fn tests_sentence(tally: &crate::model::Tally) -> String {
    let mut text = format!("{} of {} passed", tally.passed, tally.total());
    for outcome in Outcome::ALL.into_iter().filter(|outcome| *outcome != Outcome::Passed && tally.of(*outcome) > 0) {
        text.push_str(&format!(", {} {outcome}", tally.of(outcome)));
    }
    if tally.flaky > 0 {
        text.push_str(&format!(", {} of the passed ones flaky", tally.flaky));
    }
    if let Some(share) = Ratio::new(tally.executed(), tally.total()) {
        text.push_str(&format!(" ({} ran)", share.percent()));
    }
    text
}
