//! The rollback dry run succeeded.

use super::{Area, Context, Rule, applies};
use crate::gate::rehearsal::files_run;
use crate::gate::{Check, Reason, Weight};
use crate::model::{Kind, Phrase, Plan, Release, Sourced, StepOutcome};

pub(super) static RULE: Rule = Rule {
    id: "rollback.dry-run",
    area: Area::Rollback,
    title: "The rollback dry run succeeded",
    how: "No step may have failed and the tool must report no error. A dry run that does not say whether it succeeded, \
          or a file that records a real run instead, makes the verdict undecided. So does a plan that \
          nobody tried, such as a down script alone: add the result of a rehearsal that ran it. That is one that \
          succeeded and in which a step passed whose command gives the file to a database client \
          (`psql -f down.sql`, `cat down.sql | psql`, be it through `sudo`, `ssh` or a container), as no other file of the release is \
          called; a line that only names both (`echo psql -f down.sql`) runs nothing, and that the rollback touches a file \
          (`files`) is no trial of it. Skipped steps are \
          conditions. A list of revisions alone is no dry run, and neither is a check of migrations that went well \
          (`flyway validate`).",
    judge,
};

fn judge(context: &Context<'_>) -> Vec<Check> {
    if !applies(context, Kind::Rollback) {
        return Vec::new();
    }
    let plans: Vec<_> = context.release.plans.iter().filter(|plan| plan.value.is_rehearsal()).collect();
    let mut check = Check::new(&RULE, "succeeds", "");
    let mut good = 0;
    for plan in &plans {
        let source = plan.source(&plan.value.pointer);
        match plan.value.succeeds() {
            Some(true) => good += 1,
            Some(false) => {
                let failed = plan.value.steps.iter().filter(|step| step.outcome == StepOutcome::Failed);
                let before = check.reasons.len();
                for step in failed {
                    let phrase = Phrase::from("the step ").foreign(step.title.clone()).own(" failed");
                    let reason = Reason::new(Weight::Violation, phrase).scope(step.title.clone());
                    check.reasons.push(reason.source(plan.source(&step.pointer)));
                }
                for error in &plan.value.errors {
                    let phrase = Phrase::from("the tool reports ").foreign(error.text.clone());
                    let reason = Reason::new(Weight::Violation, phrase).scope(error.text.clone());
                    check.reasons.push(reason.source(plan.source(&error.pointer)));
                }
                if check.reasons.len() == before {
                    let reason = Reason::new(Weight::Violation, "the dry run did not succeed");
                    check.reasons.push(reason.scope("dry-run").source(source.clone()));
                }
            }
            None if is_planned(&plan.value) && is_rehearsed(context.release, plan) => good += 1,
            None if is_planned(&plan.value) => {
                let words = "its steps are planned and were not tried: add the result of a rehearsal \
                             (signoff.rollback/1 with a passed step like `psql -f` with this file, or the tool's own \
                             dry run)";
                check.reasons.push(Reason::new(Weight::Gap, words).source(source.clone()));
            }
            None => {
                let reason = Reason::new(Weight::Gap, "the dry run does not say whether it succeeded");
                check.reasons.push(reason.source(source.clone()));
            }
        }
        if plan.value.dry_run == Some(false) {
            let reason = Reason::new(Weight::Gap, "the artifact records a real run, not a dry run");
            check.reasons.push(reason.source(source.clone()));
        }
        for step in plan.value.steps.iter().filter(|step| step.outcome == StepOutcome::Skipped) {
            let phrase = Phrase::from("the step ").foreign(step.title.clone()).own(" was skipped");
            check.reasons.push(Reason::new(Weight::Condition, phrase).source(plan.source(&step.pointer)));
        }
        check.sources.push(source);
    }
    check.observed = format!("{good} of {} succeed", plans.len()).into();
    vec![check]
}

/// Whether nothing of a plan was tried.
fn is_planned(plan: &Plan) -> bool {
    plan.steps.iter().all(|step| step.outcome == StepOutcome::Planned)
}

/// Whether a rehearsal that succeeded ran the file in which a plan stands.
fn is_rehearsed(release: &Release, plan: &Sourced<Plan>) -> bool {
    let Some(name) = release.artifact(plan.artifact).map(|artifact| artifact.name.as_str()) else { return false };
    let others = || release.artifacts.iter().map(|artifact| artifact.name.as_str()).filter(|other| *other != name);
    let is_it = |word: &str| is_path_of(word, name) && !others().any(|other| is_path_of(word, other));
    release.plans.iter().filter(|other| other.artifact != plan.artifact && other.value.succeeds() == Some(true)).any(
        |rehearsal| {
            let passed = rehearsal.value.steps.iter().filter(|step| step.outcome == StepOutcome::Passed);
            passed.filter_map(|step| step.command.as_deref()).flat_map(files_run).any(|file| is_it(&file))
        },
    )
}

/// Whether a word names a file: the same folders and name, as far as both have them. Each may be seen from a folder of
/// its own.
fn is_path_of(word: &str, name: &str) -> bool {
    let parts = |path: &'_ str| -> Vec<String> {
        let parts = path.split(['/', '\\', '!']).filter(|part| !part.is_empty() && *part != ".");
        parts.map(ToOwned::to_owned).collect()
    };
    let (word, name) = (parts(word), parts(name));
    let mut pairs = word.iter().rev().zip(name.iter().rev());
    !word.is_empty() && pairs.all(|(word, name)| word == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::Verdict;
    use crate::ingest::{Options, read_bytes};
    use crate::pipeline::{Request, judged};

    /// The verdict of the rule about scripts and a rehearsal of one passed step.
    fn verdict(scripts: &[&str], command: &str, succeeds: bool) -> Option<Verdict> {
        let script = "BEGIN;\nALTER TABLE orders ADD COLUMN note text;\nCOMMIT;\n";
        let rehearsal = format!(
            r#"{{"schema": "signoff.rollback/1", "dry_run": true, "succeeds": {succeeds},
            "steps": [{{"title": "Run the script", "command": "{command}", "outcome": "passed"}}]}}"#
        );
        let read = |name: &str, text: &str| read_bytes(name, text.as_bytes(), &Options::default());
        let mut artifacts = vec![read("rehearsal.json", &rehearsal)];
        artifacts
            .extend(scripts.iter().zip(["", "\n", "\n\n"]).map(|(name, end)| read(name, &format!("{script}{end}"))));
        let judged = judged(artifacts, &Request::default()).judged;
        judged.checks.iter().find(|check| check.rule.id == RULE.id).map(Check::verdict)
    }

    #[test]
    fn a_script_that_a_rehearsal_ran_was_tried() {
        assert_eq!(verdict(&["db/down.sql"], "psql -f db/down.sql", true), Some(Verdict::Passed));
        assert_eq!(verdict(&["db/down.sql"], "docker exec -i db psql shop < down.sql", true), Some(Verdict::Passed));
        let undecided = Some(Verdict::Undecided);
        assert_eq!(verdict(&["db/down.sql"], "test -f db/down.sql", true), undecided, "it was looked at");
        assert_eq!(verdict(&["db/down.sql"], "echo psql -f db/down.sql", true), undecided, "it was printed");
        assert_eq!(verdict(&["db/down.sql"], "psql -f up.sql", true), undecided, "another file");
        assert_eq!(verdict(&["a/down.sql", "b/down.sql"], "psql -f down.sql", true), undecided, "either of two");
        assert_eq!(verdict(&["a/down.sql", "b/down.sql"], "psql -f a/down.sql", true), undecided, "the other");
        assert_eq!(verdict(&["down.sql"], "psql -f down.sql", false), Some(Verdict::Failed), "it did not succeed");
    }

    #[test]
    fn a_word_of_a_command_names_a_file() {
        let names = |command: &str, name: &str| files_run(command).iter().any(|word| is_path_of(word, name));
        assert!(names("psql --file=db/down.sql", "down.sql"));
        assert!(names("mysql shop <down.sql", "artifacts/db/down.sql"));
        assert!(names("sqlite3 shop.db '.read ./down.sql'", "db/down.sql"));
        assert!(!names("psql -f old/down.sql", "db/down.sql"));
        assert!(!names("psql -f countdown.sql", "down.sql"));
        assert!(!names("psql -f down.sql.orig", "down.sql"));
        assert!(!names("psql -c 'SELECT 1' > down.sql", "down.sql"));
        assert!(!is_path_of("/", "down.sql"));
    }
}
