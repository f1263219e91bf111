//! The executive summary.

use super::{Subject, Table, verdict_word};
use crate::gate::{Area, Check, Judged, Verdict};
use crate::manifest::SkippedCounting;
use crate::merge::repeated::repeats;
use crate::model::phrase::{plural, thousands};
use crate::model::platform::AlertState;
use crate::model::{ArtifactId, Health, Input, Kind, Outcome, Percentile, Phrase, Ratio, Release, Role, Severity};

/// What an area comes to of which there is no evidence.
const NONE: &str = "no evidence";

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
    let (release, judged) = (subject.release, subject.judged);
    for area in Area::ALL {
        let Some(verdict) = verdict(judged, area) else { continue };
        results.row([
            Phrase::from(title(area)),
            Phrase::from(result(release, judged, area).unwrap_or_else(|| NONE.to_owned())),
            Phrase::from(format!("**{}**", verdict_word(verdict))),
        ]);
    }
    let tests = release.all_tests();
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

/// The verdict of the checks of an area, that there is evidence of it among them; `None` where none was made.
pub(super) fn verdict(judged: &Judged, area: Area) -> Option<Verdict> {
    let required = kind(area).map(|kind| format!("evidence.required.{}", kind.word()));
    judged.proof(|check: &Check| check.rule.area == area || Some(&check.id) == required.as_ref())
}

/// The kind of the evidence that an area is about; `None` where it is about no kind alone.
fn kind(area: Area) -> Option<Kind> {
    Kind::ALL.into_iter().find(|kind| Area::of(*kind) == area)
}

/// Name, verdict and result of an area; `None` where no check was made about it.
pub(super) fn result_line(release: &Release, judged: &Judged, area: Area) -> Option<String> {
    let verdict = verdict_word(verdict(judged, area)?);
    let result = result(release, judged, area);
    Some(format!("{}: **{verdict}**, {}", title(area), result.as_deref().unwrap_or(NONE)))
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

/// What an area comes to, in one line; `None` where there is no evidence of it. Where an artifact of it is cut, or its
/// tool did not get to its end, that is said too, since the verdict follows from it.
pub(super) fn result(release: &Release, judged: &Judged, area: Area) -> Option<String> {
    let Some(kind) = kind(area) else { return Some(result_of(release, judged, area)) };
    let faulty = release.faulty().into_iter().filter_map(|id| release.artifact(id));
    let unread = faulty.filter(|artifact| artifact.kinds.contains(&kind)).count() as u64;
    release.has(kind).then(|| match unread {
        0 => result_of(release, judged, area),
        _ => format!("{}; {} not complete", result_of(release, judged, area), plural(unread, "artifact")),
    })
}

fn result_of(release: &Release, judged: &Judged, area: Area) -> String {
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
        Area::Security => findings(release),
        Area::Load => requests(release),
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
        Area::Platform => services(release),
        Area::Custom => {
            let checks = || judged.checks.iter().filter(|check| check.rule.area == Area::Custom);
            let hold = checks().filter(|check| check.reasons.is_empty()).count();
            format!("{hold} of {} hold", checks().count())
        }
        Area::Checklist => {
            let of_checklist = judged.checks.iter().find(|check| check.rule.area == Area::Checklist);
            of_checklist.map(|check| check.observed.to_string()).unwrap_or_default()
        }
    }
}

/// `2 critical, 5 high from 1 scan, 3 suppressed`.
fn findings(release: &Release) -> String {
    let scans = release.scans.len() as u64;
    if scans == 0 {
        return "no scan, only what people attest".to_owned();
    }
    let tally = release.findings();
    let parts: Vec<String> = Severity::ALL
        .into_iter()
        .filter(|severity| tally.of(*severity) > 0)
        .map(|severity| format!("{} {severity}", thousands(tally.of(severity))))
        .collect();
    let open = if parts.is_empty() { "no open finding".to_owned() } else { parts.join(", ") };
    let suppressed = match tally.suppressed {
        0 => String::new(),
        count => format!(", {} suppressed", thousands(count)),
    };
    format!("{open} from {}{suppressed}", plural(scans, "scan"))
}

/// `36,000 requests, p95 61.8 ms, p99 96.4 ms, 0 % failed`: of several runs each figure is that of the worst.
fn requests(release: &Release) -> String {
    let repeats = repeats(release);
    let counted = release.loads.iter().enumerate().filter(|(index, _)| !repeats.contains_key(index));
    let requests: u64 = counted.filter_map(|(_, run)| run.value.overall.requests).sum();
    let slowest = |p: Percentile| {
        let (value, is_bound) = release.slowest(p)?;
        Some(format!("{p} {}{value}", if is_bound { "at most " } else { "" }))
    };
    let mut parts: Vec<String> = [Percentile::P95, Percentile::P99].into_iter().filter_map(slowest).collect();
    let rates = release.loads.iter().filter_map(|run| run.value.overall.error_rate());
    let worst = rates.reduce(|a, b| if b > a { b } else { a });
    parts.extend(worst.map(|rate| format!("{} failed", rate.percent())));
    let runs = release.loads.iter().filter(|run| !run.value.overall.is_empty()).count() as u64;
    let all = match (runs, parts.is_empty()) {
        (2.., false) => format!("{} in {}, at worst", plural(requests, "request"), plural(runs, "run")),
        (_, false) => plural(requests, "request") + ",",
        (_, true) => plural(requests, "request"),
    };
    format!("{all} {}", parts.join(", ")).trim_end().to_owned()
}

/// What is said where several artifacts list the same services, each of which is counted where it is listed.
pub(super) fn listed_twice(release: &Release) -> Option<String> {
    let listed = release.services.iter().filter(|service| service.value.role == Role::Container).count() as u64;
    let names = release.containers();
    (names < listed).then(|| format!("{names} different ones, which several artifacts list"))
}

/// `8 of 10 services healthy, 2 of 2 scrape targets healthy, 1 of 3 alerts firing`.
fn services(release: &Release) -> String {
    let of = |role: Role| {
        let all = || release.services.iter().filter(move |service| service.value.role == role);
        let healthy = all().filter(|service| service.value.health == Health::Healthy).count();
        (healthy, all().count())
    };
    let roles =
        [(Role::Container, "services"), (Role::Monitoring, "monitoring services"), (Role::Target, "scrape targets")];
    let counted = roles.into_iter().map(|(role, word)| (of(role), word)).filter(|((_, total), _)| *total > 0);
    let mut parts: Vec<String> =
        counted.map(|((healthy, total), word)| format!("{healthy} of {total} {word} healthy")).collect();
    if let (Some(words), Some(services)) = (listed_twice(release), parts.first_mut()) {
        services.push_str(&format!(" ({words})"));
    }
    if !release.alerts.is_empty() {
        let firing = release.alerts.iter().filter(|alert| alert.value.state == AlertState::Firing).count() as u64;
        parts.push(format!("{} of {} firing", firing, plural(release.alerts.len() as u64, "alert")));
    }
    if parts.is_empty() { "no service listed".to_owned() } else { parts.join(", ") }
}

/// `8 of 12 passed, 1 warned, 1 info, 2 skipped (83.33 % ran)`: the parts add up to the whole.
pub(super) fn tests_sentence(tally: &crate::model::Tally) -> String {
    let mut text = format!("{} of {} passed", thousands(tally.passed), thousands(tally.total()));
    for outcome in Outcome::ALL.into_iter().filter(|outcome| *outcome != Outcome::Passed && tally.of(*outcome) > 0) {
        text.push_str(&format!(", {} {outcome}", thousands(tally.of(outcome))));
    }
    if tally.flaky > 0 {
        text.push_str(&format!(", {} of the passed ones flaky", thousands(tally.flaky)));
    }
    if let Some(share) = Ratio::new(tally.executed(), tally.total()) {
        text.push_str(&format!(" ({} ran)", share.percent()));
    }
    text
}
