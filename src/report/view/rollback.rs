//! 3 Rollback.

use super::{IssueView, Labelled, Subject, Table, block, evidence, foreign, labelled, manifest_issues, owner};
use crate::manifest::SectionName;
use crate::model::phrase::thousands;
use crate::model::rollback::Revision;
use crate::model::{Action, Phrase, Plan, Sourced, Step};

/// Steps of one plan that are listed in full.
const MAX_STEPS: usize = 200;

/// 3 Rollback.
#[derive(Clone, Debug)]
pub struct RollbackView {
    /// The owner's own words, in Markdown; null where there are none.
    pub narrative: Option<String>,
    /// Whether there is any dry run or record.
    pub present: bool,
    /// Whether anything was tried or planned: a list of revisions is no dry run.
    pub rehearsed: bool,
    /// The dry runs and records.
    pub plans: Vec<PlanView>,
    /// Where the decision matrix is taken from; null where it is not said.
    pub matrix_source: Option<Phrase>,
    /// The decision matrix; null where there is none.
    pub matrix: Option<Table>,
    /// Issues that people describe.
    pub issues: Vec<IssueView>,
}

/// One dry run, or a record of another kind.
#[derive(Clone, Debug)]
pub struct PlanView {
    /// What kind of record it is, in our own words.
    pub kind: &'static str,
    /// What it is.
    pub title: Phrase,
    /// Method, result, revisions, times.
    pub facts: Vec<Labelled>,
    /// The steps.
    pub steps: Vec<StepView>,
    /// What is not listed; null where all is.
    pub folded: Option<Phrase>,
    /// What the real rollback would run; null where it is not said.
    pub commands: Option<String>,
    /// The migrations; null where none is named.
    pub migrations: Option<Table>,
    /// What else is to be considered.
    pub considerations: Vec<Phrase>,
    /// Errors of the tool.
    pub errors: Vec<Phrase>,
}

/// One step.
#[derive(Clone, Debug)]
pub struct StepView {
    /// Outcome, what it does, evidence.
    pub line: Phrase,
    /// Command and output, shown in a fence; null where there is none.
    pub code: Option<String>,
}

pub(super) fn view(subject: &Subject<'_>) -> RollbackView {
    let keys = &subject.manifest.rollback;
    let mut matrix = Table::new(&["Scenario", "Severity", "Approval", "Response time", "Rollback type"]);
    for row in &keys.matrix {
        matrix.row(
            [&row.scenario, &row.severity, &row.approval, &row.response_time, &row.rollback_type]
                .map(|text| owner(text.clone())),
        );
    }
    RollbackView {
        narrative: subject.manifest.narrative.rollback.clone(),
        present: !subject.release.plans.is_empty(),
        rehearsed: subject.release.plans.iter().any(|plan| plan.value.is_rehearsal()),
        plans: subject.release.plans.iter().map(plan_view).collect(),
        matrix_source: keys.matrix_source.clone().map(foreign),
        matrix: matrix.filled(),
        issues: manifest_issues(subject.manifest, SectionName::Rollback),
    }
}

fn plan_view(sourced: &Sourced<Plan>) -> PlanView {
    let plan = &sourced.value;
    let title = match &plan.name {
        Some(name) => foreign(name.clone()).own(" (").and(evidence(&sourced.source(&plan.pointer))).own(")"),
        None => evidence(&sourced.source(&plan.pointer)),
    };
    let steps = plan.steps.iter().take(MAX_STEPS).map(|step| step_view(sourced, step)).collect();
    let folded = plan.steps.len().checked_sub(MAX_STEPS).filter(|more| *more > 0);
    let mut migrations = Table::new(&["Migration", "Reversible", "Note", "Evidence"]);
    for migration in &plan.migrations {
        let reversible = match migration.reversible {
            Some(true) => "yes",
            Some(false) => "**no**",
            None => "not stated",
        };
        migrations.row([
            foreign(migration.id.clone()),
            Phrase::from(reversible),
            migration.note.clone().map_or_else(Phrase::new, foreign),
            evidence(&sourced.source(&migration.pointer)),
        ]);
    }
    let kind = match (plan.is_rehearsal(), plan.dry_run) {
        (false, _) => "Revisions",
        (true, Some(false)) => "Real run",
        (true, _) => "Dry run",
    };
    PlanView {
        kind,
        title,
        facts: facts(plan),
        steps,
        folded: folded
            .map(|more| Phrase::from(format!("{more} more steps are not listed; all stand in the artifact."))),
        commands: commands(plan),
        migrations: migrations.filled(),
        considerations: plan.considerations.iter().cloned().map(foreign).collect(),
        errors: plan
            .errors
            .iter()
            .map(|error| foreign(error.text.clone()).own(" (").and(evidence(&sourced.source(&error.pointer))).own(")"))
            .collect(),
    }
}

fn step_view(sourced: &Sourced<Plan>, step: &Step) -> StepView {
    let mut line = Phrase::from(format!("**{}**", step.outcome.word()));
    if step.action != Action::Run {
        line = line.own(format!(", {}", step.action.word()));
    }
    line = line.own(": ").foreign(step.title.clone());
    if let Some(why) = &step.irreversible {
        line = line.own(" **cannot be undone**: ").foreign(why.clone());
    }
    if let Some(took) = step.elapsed {
        line = line.own(format!(" in {took}"));
    }
    line = line.own(" (").and(evidence(&sourced.source(&step.pointer))).own(")");
    let code = match (&step.command, &step.output) {
        (Some(command), Some(output)) => Some(format!("{command}\n# {}", output.replace('\n', "\n# "))),
        (Some(command), None) => Some(command.clone()),
        (None, Some(output)) => Some(output.clone()),
        (None, None) => None,
    };
    StepView { line, code: code.map(|text| block(&text)) }
}

fn facts(plan: &Plan) -> Vec<Labelled> {
    let mut facts = Vec::new();
    facts.extend(plan.method.clone().map(|method| labelled("Method", foreign(method))));
    let result = match plan.succeeds() {
        Some(true) => "**succeeds**",
        Some(false) => "**fails**",
        None if !plan.is_rehearsal() => "**nothing was tried**",
        None => "**not stated**",
    };
    facts.push(labelled("Result", Phrase::from(result)));
    if plan.dry_run == Some(false) {
        facts.push(labelled("Kind of run", Phrase::from("**a real run, not a dry run**")));
    }
    let revision = |revision: &Revision| {
        let phrase = foreign(revision.id.clone());
        match &revision.subject {
            Some(subject) => phrase.own(" ").foreign(subject.clone()),
            None => phrase,
        }
    };
    facts.extend(plan.current.as_ref().map(|current| labelled("Deployed now", revision(current))));
    facts.extend(plan.target.as_ref().map(|target| labelled("Rollback target", revision(target))));
    if !plan.files.is_empty() {
        let mut phrase = Phrase::from(format!("{}: ", plan.files.len()));
        for (index, file) in plan.files.iter().take(20).enumerate() {
            phrase = phrase.own(if index > 0 { ", " } else { "" }).foreign(file.clone());
        }
        if plan.files.len() > 20 {
            phrase = phrase.own(format!(" and {} more", thousands((plan.files.len() - 20) as u64)));
        }
        facts.push(labelled("Files affected", phrase));
    }
    if let Some((least, most)) = plan.estimated {
        let mut phrase = Phrase::from(if least == most { most.to_string() } else { format!("{least} to {most}") });
        if let Some(note) = &plan.estimate_note {
            phrase = phrase.own(" (").foreign(note.clone()).own(")");
        }
        facts.push(labelled("Estimated time", phrase));
    }
    facts.extend(plan.allowed.map(|allowed| labelled("Allowed time", Phrase::from(allowed.to_string()))));
    facts
}

fn commands(plan: &Plan) -> Option<String> {
    let blocks: Vec<String> = plan
        .commands
        .iter()
        .map(|command| match &command.note {
            Some(note) => format!("# {note}\n{}", command.line),
            None => command.line.clone(),
        })
        .collect();
    (!blocks.is_empty()).then(|| block(&blocks.join("\n\n")))
}
