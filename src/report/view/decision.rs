//! The decision block: verdict, reasons, what was excused, what nobody looked at, what would change it.

use std::collections::BTreeSet;

use super::{Labelled, Subject, Table, evidence, evidence_list, labelled, marked, owner, unless_gating, verdict_word};
use crate::gate::{Check, Decided, Judged, Reason, Verdict, WaiverUse};
use crate::model::order::sort_by_key;
use crate::model::phrase::{plural, thousands};
use crate::model::{
    ArtifactId, Identity, Input, Kind, Outcome, Phrase, Pointer, Release, Scan, Severity, Source, Sourced,
};
use crate::report::made::Made;

/// Reasons of one check that are listed; the rest is counted. All of them stand in report.json.
const MAX_REASONS: usize = 20;
/// Artifacts that are named in one sentence.
const MAX_NAMED: usize = 5;
/// Limits that are listed for a decision.
const MAX_NEAREST: usize = 5;

/// The decision block.
#[derive(Clone, Debug)]
pub struct DecisionView {
    /// What was decided, about what, by which policy.
    pub facts: Vec<Labelled>,
    /// The decisions.
    pub decisions: Table,
    /// What stands against passing, worst first, accepted violations among it; empty where nothing does.
    pub reasons: Vec<ReasonsView>,
    /// Violations that a waiver accepts; null where there is none.
    pub excused: Option<Table>,
    /// What the verdict would be without waivers; null where it would be the same.
    pub without_waivers: Option<Phrase>,
    /// What nobody looked at; never empty.
    pub not_looked_at: Vec<Phrase>,
    /// What stands between each decision and the next better verdict; empty where all passed.
    pub would_change: Vec<Phrase>,
    /// The checks that hold with the smallest margins; null where no margin is known.
    pub nearest: Option<Table>,
}

/// The reasons of one weight.
#[derive(Clone, Debug)]
pub struct ReasonsView {
    /// The verdict that they lead to, and how many there are.
    pub title: Phrase,
    /// The reasons.
    pub table: Table,
}

pub(super) fn view(subject: &Subject<'_>) -> DecisionView {
    let judged = subject.judged;
    DecisionView {
        facts: facts(subject),
        decisions: decisions(subject),
        reasons: reasons(judged),
        excused: excused(subject),
        without_waivers: (judged.strict_verdict != judged.verdict).then(|| {
            Phrase::from(format!("Without waivers the verdict would be **{}**.", verdict_word(judged.strict_verdict)))
        }),
        not_looked_at: not_looked_at(subject),
        would_change: would_change(subject),
        nearest: nearest(judged),
    }
}

fn facts(subject: &Subject<'_>) -> Vec<Labelled> {
    let about = &subject.release.subject;
    let unknown = || Phrase::from("not stated");
    let said = |text: &Option<String>| text.clone().map_or_else(unknown, |text| Phrase::new().foreign(text));
    let count = |verdict| subject.judged.checks.iter().filter(|check| check.verdict() == verdict).count();
    let checks = [Verdict::Failed, Verdict::Undecided, Verdict::Conditional, Verdict::Passed]
        .map(|verdict| format!("{} {verdict}", count(verdict)));
    let mut facts = vec![
        labelled("Subject", said(&about.name)),
        labelled("Version", said(&about.version)),
        labelled("Commit", said(&about.commit)),
    ];
    let stated = &subject.release.stated;
    facts.extend(stated.digests.iter().map(|digest| labelled("Built", Phrase::new().foreign(digest.to_string()))));
    facts.extend(stated.ci.as_ref().map(|ci| labelled("Pipeline", pipeline(ci))));
    facts.extend([
        labelled("Environment", said(&about.environment)),
        labelled("Target", said(&about.target)),
        labelled("As of", as_of(subject).map_or_else(unknown, Phrase::from)),
        labelled("Policy", policy(subject)),
        labelled("Checks", Phrase::from(checks.join(", "))),
    ]);
    facts
}

/// The time of the report, whether it was given, and whether there is evidence that is newer.
fn as_of(subject: &Subject<'_>) -> Option<String> {
    let time = subject.as_of?;
    let newest = subject.release.newest().filter(|newest| *newest > time);
    Some(match (newest, subject.made.as_of) {
        (Some(newest), _) => format!("{time}, before the newest time in the evidence, {newest}"),
        (None, Some(_)) => time.to_string(),
        (None, None) => format!("{time}, the newest time in the evidence"),
    })
}

/// What was judged by: the name of the policy, the digest of the manifest, and what the command line asks for instead.
fn policy(subject: &Subject<'_>) -> Phrase {
    let name = match (&subject.manifest.gate.policy, &subject.made.policy) {
        (Some(policy), _) => owner(policy.clone()),
        (None, Some(_)) => {
            Phrase::from("the default policy of signoff with what the manifest sets, all limits in appendix B")
        }
        (None, None) => Phrase::from("the default policy of signoff, with the limits in appendix B"),
    };
    let name = match &subject.made.policy {
        Some(digest) => name.own(format!("; the manifest has the SHA-256 `{digest}`")),
        None => name,
    };
    match required_instead(subject.made) {
        Some(words) => name.own(format!("; {words}")),
        None => name,
    }
}

/// The kinds of evidence that the command line asks for instead of the policy; `None` where it does not.
pub(in crate::report) fn required_instead(made: &Made) -> Option<String> {
    let kinds: Vec<&str> = made.require.as_ref()?.iter().map(|kind| kind.word()).collect();
    let kinds = if kinds.is_empty() { "no evidence".to_owned() } else { format!("evidence of {}", kinds.join(", ")) };
    Some(format!("by the command line {kinds} is required, whatever the policy says"))
}

/// What the CI system says, with the variables that say it.
fn pipeline(ci: &Identity) -> Phrase {
    let title = crate::ci::by_id(&ci.provider).map_or("an unknown CI system", |provider| provider.title);
    let said =
        [("run", &ci.pipeline), ("ref", &ci.reference), ("commit", &ci.commit), ("head of the change", &ci.head)];
    said.into_iter().filter_map(|(what, said)| Some((what, said.as_ref()?))).fold(
        Phrase::from(title),
        |all, (what, said)| {
            all.own(format!("; {what} ")).foreign(said.value.clone()).own(format!(" ({})", said.variable))
        },
    )
}

fn decisions(subject: &Subject<'_>) -> Table {
    let mut table = Table::new(&["Decision", "Verdict", ">Reasons", "Statement"]);
    for decision in &subject.judged.decisions {
        let reasons: usize = decision.checks.iter().map(|index| subject.judged.checks[*index].reasons.len()).sum();
        let gates = unless_gating(decision.gating);
        table.row([
            owner(decision.name.clone()).own(gates),
            Phrase::from(format!("**{}**", verdict_word(decision.verdict))),
            Phrase::from(thousands(reasons as u64)),
            decision.statement.clone().map_or_else(Phrase::new, owner),
        ]);
    }
    table.filled().unwrap_or_default()
}

fn reasons(judged: &Judged) -> Vec<ReasonsView> {
    let of_weight = |verdict| {
        let mut table = Table::new(&["Check", "Reason", "Evidence"]);
        let (mut count, mut outside) = (0, 0);
        for check in &judged.checks {
            let all: Vec<&Reason> = check.reasons.iter().filter(|reason| reason.verdict() == verdict).collect();
            count += all.len() as u64;
            outside += if check.gating { 0 } else { all.len() as u64 };
            for reason in all.iter().take(MAX_REASONS) {
                table.row([
                    Phrase::from(marked(check)),
                    words(judged, reason),
                    reason.source.as_ref().map_or_else(Phrase::new, evidence),
                ]);
            }
            if let Some(more) = all.len().checked_sub(MAX_REASONS).filter(|more| *more > 0) {
                let words = format!("and {} more, all of them in report.json", plural(more as u64, "reason"));
                table.row([Phrase::from(marked(check)), Phrase::from(words)]);
            }
        }
        let outside = match outside {
            0 => String::new(),
            1 if count == 1 => ", which does not gate".to_owned(),
            all if all == count => ", none of which gates".to_owned(),
            1 => ", 1 of which does not gate".to_owned(),
            some => format!(", {} of which do not gate", thousands(some)),
        };
        let title = format!("**{}** because of {}{outside}:", verdict_word(verdict), plural(count, "reason"));
        Some(ReasonsView { title: Phrase::from(title), table: table.filled()? })
    };
    [Verdict::Failed, Verdict::Undecided, Verdict::Conditional].into_iter().filter_map(of_weight).collect()
}

/// A reason in words; of an accepted violation with whoever accepts it.
fn words(judged: &Judged, reason: &Reason) -> Phrase {
    let text = reason.text.clone();
    match reason.waived_by.and_then(|index| judged.waivers.get(index)) {
        Some(WaiverUse { waiver, .. }) => text
            .own(", accepted by ")
            .owner(waiver.owner.get_ref().clone())
            .own(format!(" until {}", waiver.expires.get_ref())),
        None => text,
    }
}

fn excused(subject: &Subject<'_>) -> Option<Table> {
    let mut table = Table::new(&["Check", "Violation", "Accepted by", "Because", "Until", "Ticket", "Evidence"]);
    for check in &subject.judged.checks {
        for reason in &check.reasons {
            let Some(waiver) = reason.waived_by.and_then(|index| subject.judged.waivers.get(index)) else { continue };
            let waiver = &waiver.waiver;
            table.row([
                Phrase::from(check.id.clone()),
                reason.text.clone(),
                owner(waiver.owner.get_ref().clone()),
                owner(waiver.reason.get_ref().clone()),
                Phrase::from(waiver.expires.get_ref().clone()),
                waiver.ticket.clone().map_or_else(Phrase::new, owner),
                reason.source.as_ref().map_or_else(Phrase::new, evidence),
            ]);
        }
    }
    table.filled()
}

fn not_looked_at(subject: &Subject<'_>) -> Vec<Phrase> {
    let release = subject.release;
    let mut gaps = Vec::new();
    for kind in Kind::ALL.into_iter().filter(|kind| !release.has(*kind)) {
        gaps.push(Phrase::from(format!("There is no {kind} evidence.")));
    }
    let skipped = release.all_tests().skipped;
    if skipped > 0 {
        gaps.push(Phrase::from(format!("Tests that did not run: {}.", thousands(skipped))));
    }
    let info = release.tests().of(Outcome::Info);
    if info > 0 {
        gaps.push(Phrase::from(format!("Tests that only observe and assert nothing: {}.", thousands(info))));
    }
    gaps.extend(super::security::not_tested(subject));
    gaps.extend(left_out(release));
    if release.subject.commit.is_none() && release.subject.version.is_none() && release.stated.digests.is_empty() {
        gaps.push(Phrase::from("Which build this is: no commit, version or digest is stated."));
    }
    if release.stated.commit.is_some() || subject.manifest.subject.commit.is_some() {
        let silent = crate::gate::evidence_without_commit(release).count() as u64;
        if silent > 0 {
            let of = release.artifacts.iter().filter(|artifact| artifact.is_evidence()).count();
            let words = format!("Nothing tells that they are evidence of this commit: {silent} of {of} artifacts.");
            gaps.push(Phrase::from(words));
        }
    }
    let unknown = release.services.iter().filter(|s| s.value.health == crate::model::Health::Unknown).count() as u64;
    if unknown > 0 {
        gaps.push(Phrase::from(format!("The health of {} is not known.", plural(unknown, "service"))));
    }
    let unknown = |artifact: &Input| artifact.format.is_none();
    gaps.extend(named(release, &|_, artifact| unknown(artifact), "could not be read as evidence"));
    let faulty = release.faulty();
    let is_cut = |id: ArtifactId, artifact: &Input| faulty.contains(&id) && !unknown(artifact);
    gaps.extend(named(release, &is_cut, "could not be read to the end"));
    if gaps.is_empty() {
        gaps.push(Phrase::from("Every kind of evidence is there, and nothing in it was skipped."));
    }
    gaps
}

/// The artifacts of which something is so, by their names: the first few, and how many there are.
fn named(release: &Release, is_so: &dyn Fn(ArtifactId, &Input) -> bool, words: &str) -> Option<Phrase> {
    let all = (0..).map(ArtifactId).zip(&release.artifacts).filter(|(id, artifact)| is_so(*id, artifact));
    let all: Vec<(ArtifactId, &Input)> = all.collect();
    let mut list = Phrase::new();
    for (index, (id, artifact)) in all.iter().take(MAX_NAMED).enumerate() {
        let place = evidence(&Source::new(*id, Pointer::whole()));
        list = list.own(if index > 0 { ", " } else { " " }).and(place).own(" ").foreign(artifact.name.clone());
    }
    let more = all.len().saturating_sub(MAX_NAMED);
    let rest = if more > 0 { format!(" and {more} more.") } else { ".".to_owned() };
    let count = plural(all.len() as u64, "artifact");
    (!all.is_empty()).then(|| Phrase::from(format!("{count} {words}:")).and(list).own(rest))
}

/// What scans are told to leave out, a line for each tool and severity.
fn left_out(release: &Release) -> impl Iterator<Item = Phrase> {
    let least = |scan: &Sourced<Scan>| {
        let tool = scan.value.tool.as_ref().map_or_else(|| "A scan".to_owned(), |tool| tool.name.clone());
        Some((tool, scan.value.threshold.filter(|least| *least < Severity::Low)?))
    };
    let tools: BTreeSet<(String, Severity)> = release.scans.iter().filter_map(least).collect();
    tools.into_iter().map(|(tool, least)| {
        Phrase::new().foreign(tool).own(format!(" leaves out findings that are less severe than {least}."))
    })
}

fn would_change(subject: &Subject<'_>) -> Vec<Phrase> {
    let mut lines = Vec::new();
    for decision in subject.judged.decisions.iter().filter(|decision| decision.verdict != Verdict::Passed) {
        let checks = decision.checks.iter().map(|index| &subject.judged.checks[*index]);
        let blocking: Vec<(&str, u64)> = checks
            .filter(|check| check.verdict() == decision.verdict)
            .map(|check| (check.id.as_str(), check.standing_between()))
            .collect();
        let total: u64 = blocking.iter().map(|(_, count)| count).sum();
        let list: Vec<String> = blocking.iter().map(|(id, count)| format!("{id} ({})", thousands(*count))).collect();
        let words = plural(total, "reason");
        let stand = if total == 1 { "stands" } else { "stand" };
        // In a list item, so the lines that go on are indented.
        lines.push(Phrase::new().owner(decision.name.clone()).own(format!(
            ": {words} {stand} between {} and a better verdict:\n  {}.",
            decision.verdict,
            broken(&list, 110, "\n  ")
        )));
    }
    lines
}

/// The nearest limits of each decision; where there are several decisions, with the names of theirs.
fn nearest(judged: &Judged) -> Option<Table> {
    let mut near: Vec<(i64, usize, &Check)> = judged
        .checks
        .iter()
        .enumerate()
        .filter_map(|(index, check)| Some((check.margin.as_ref()?.permille?, index, check)))
        .filter(|(permille, ..)| (0..=250).contains(permille))
        .collect();
    sort_by_key(&mut near, |(permille, _, check)| (*permille, check.id.clone()));
    let several = judged.decisions.len() > 1;
    let columns = ["Check", "Expected", "Observed", ">Margin", "Evidence", "Decision"];
    let mut table = Table::new(if several { &columns } else { &columns[..5] });
    for (_, index, check) in near.iter().copied() {
        // Those of a decision that has fewer than its share of rows so far.
        let rank = |decision: &&Decided| {
            let nearer = near.iter().take_while(|(_, other, _)| *other != index);
            decision.checks.contains(&index)
                && nearer.filter(|(_, other, _)| decision.checks.contains(other)).count() < MAX_NEAREST
        };
        let mut of = Phrase::new();
        for (number, decision) in judged.decisions.iter().filter(rank).enumerate() {
            of = of.own(if number > 0 { ", " } else { "" }).owner(decision.name.clone());
        }
        if of.is_empty() {
            continue;
        }
        let cells = [
            Phrase::from(check.id.clone()),
            check.expected.clone(),
            check.observed.clone(),
            Phrase::from(check.margin.as_ref().map(ToString::to_string).unwrap_or_default()),
            evidence_list(&check.sources),
        ];
        table.row(cells.into_iter().chain(several.then_some(of)));
    }
    table.filled()
}

/// A list in words, on lines of at most so many characters.
fn broken(list: &[String], width: usize, line_break: &str) -> String {
    let mut out = String::new();
    let mut column = 0;
    for (index, item) in list.iter().enumerate() {
        if index > 0 {
            out.push(',');
            let fits = column + item.len() + 2 <= width;
            out.push_str(if fits { " " } else { line_break });
            column = if fits { column + 2 } else { 0 };
        }
        out.push_str(item);
        column += item.len();
    }
    out
}
