//! Ansible: a playbook run with the JSON callbacks.
//!
//! ```json
//! {"plays":[{"play":{"name":"Rollback"},"tasks":[{"task":{"name":"Restore config"},"hosts":{"node1":{"changed":true}}}]}],"stats":{"node1":{"ok":1,"changed":1,"failures":0,"unreachable":0,"skipped":0,"rescued":0,"ignored":0}}}
//! ```
//!
//! - `ansible-json`: one document, by the callback `ansible.posix.json`.
//! - `ansible-jsonl`: an event a line, by the callback `ansible.posix.jsonl`.
//!
//! Each task is a step, over all hosts.
//! Only the statistics at the end decide: a result that says `failed` may have been ignored or rescued,
//! and nothing in the result tells.
//! Of a host that failed in the end the last failed results count as failures.
//! Without statistics the run was aborted, and does not succeed; so it is with another run behind the first in the same log.
//! A play without tasks matched no host, which is a warning (only the document lists it).
//! Nothing in the file says whether it was a dry run (`--check`).
//! In check mode commands are skipped, and so *ok* proves little: skipped tasks are shown as skipped,
//! and where nothing but skipped tasks is left, nothing ran.
//! Arguments, differences and results are left out, since they hold secrets;
//! the message of a failed task is kept unless the task is marked `no_log`.

use std::collections::BTreeMap;

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{CONTRADICTION, INCOMPLETE, NOT_TESTED, NOTHING_RAN};
use crate::formats::Format;
use crate::model::rollback::Claim;
use crate::model::{Action, Evidence, Kind, Plan, Step, StepOutcome, Tool};
use crate::source::json::shorten;
use crate::source::{Doc, Node, Stop};

pub(super) static JSON: Format = Format {
    id: "ansible-json",
    kinds: &[Kind::Rollback],
    tool: "Ansible",
    title: "Playbook run, JSON",
    produce: "ANSIBLE_STDOUT_CALLBACK=ansible.posix.json ansible-playbook --check rollback.yml > ansible.json",
    detect: |probe| {
        // The statistics stand at the end, beyond the head of a long run.
        probe.document().is_some_and(|root| {
            root.get("plays").is_array()
                && (root.get("stats").is_object() || root.get("plays").at(0).has(&["play", "tasks"]))
        })
    },
    read: read_json,
};

pub(super) static JSONL: Format = Format {
    id: "ansible-jsonl",
    kinds: &[Kind::Rollback],
    tool: "Ansible",
    title: "Playbook run, an event a line",
    produce: "ANSIBLE_STDOUT_CALLBACK=ansible.posix.jsonl ansible-playbook --check rollback.yml > ansible.jsonl",
    detect: |probe| probe.records().any(|line| line.get("_event").str().is_some_and(|event| event.starts_with("v2_"))),
    read: read_lines,
};

fn read_json(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let mut run = Run::default();
    let diags = doc.diags().clone();
    let mut json = doc.json();
    let result = json
        .object(|json, key| match key {
            "plays" => json.array(|json, _| {
                let (before, mut name) = (run.plan.steps.len(), String::new());
                json.object(|json, key| match key {
                    "play" => {
                        let play = json.record()?;
                        name = play.get("name").string().unwrap_or_default();
                        run.play(play);
                        Ok(())
                    }
                    "tasks" => json.array(|json, _| {
                        let tree = json.tree()?;
                        let root = tree.root();
                        let at = run.task(root.get("task"), root);
                        run.results(at, root.require("hosts"));
                        evidence.add_time(end(root.get("task")));
                        Ok(())
                    }),
                    _ => json.skip(),
                })?;
                if run.plan.steps.len() == before {
                    // Ansible writes nothing else of it (`plugins/callback/json.py` of ansible.posix).
                    let message = format!("the play `{}` has no task: it matched no host", shorten(&name));
                    diags.push(Diagnostic::new(&NOT_TESTED, message));
                }
                Ok(())
            }),
            "stats" => {
                run.stats(json.record()?);
                Ok(())
            }
            _ => json.skip(),
        })
        .and_then(|()| json.end());
    run.finish(doc, evidence, result.is_ok());
    result
}

fn read_lines(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let mut run = Run::default();
    let mut tasks: BTreeMap<String, usize> = BTreeMap::new();
    let result = doc.records(|tree| {
        let root = tree.root();
        let time = root.get("_timestamp").time();
        evidence.add_time(time);
        let event = root.require("_event").string().unwrap_or_default();
        // What follows the statistics belongs to another run, which needs its own.
        if event == "v2_playbook_on_play_start" || root.get("task").is_some() {
            run.stats = None;
        }
        if event == "v2_playbook_on_play_start" {
            run.play(root.get("play"));
        } else if event == "v2_playbook_on_stats" {
            run.stats(root.get("stats"));
        } else if root.get("task").is_some() {
            let id = root.get("task").get("id").text().unwrap_or_default();
            let at = tasks.get(&id).copied().unwrap_or_else(|| run.task(root.get("task"), root));
            tasks.insert(id, at);
            run.results(at, root.require("hosts"));
        }
        Ok(())
    });
    run.finish(doc, evidence, result.is_ok());
    result
}

fn end(task: Node<'_>) -> Option<jiff::Timestamp> {
    task.path(&["duration", "end"]).str()?.parse().ok()
}

/// What became of a task on one host. The order is how much it says of the whole task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum OnHost {
    Skipped,
    Ok,
    Changed,
    Failed,
    Unreachable,
}

impl OnHost {
    const fn word(self) -> &'static str {
        match self {
            OnHost::Skipped => "skipped",
            OnHost::Ok => "ok",
            OnHost::Changed => "changed",
            OnHost::Failed => "failed",
            OnHost::Unreachable => "unreachable",
        }
    }
}

#[derive(Default)]
struct Run {
    plan: Plan,
    /// Of each step: host, what became of it, and the message of a failure.
    results: Vec<Vec<(String, OnHost, Option<String>)>>,
    /// Of each host: the steps with a failed or unreachable result, in order.
    bad: BTreeMap<String, Vec<usize>>,
    stats: Option<BTreeMap<String, Stats>>,
}

struct Stats {
    bad: u64,
    excused: u64,
    ran: u64,
    place: Diagnostic,
}

impl Run {
    fn play(&mut self, play: Node<'_>) {
        let Some(name) = play.get("name").filled() else { return };
        self.plan.name = Some(match self.plan.name.take() {
            Some(before) => format!("{before}, {name}"),
            None => name,
        });
    }

    fn task(&mut self, task: Node<'_>, record: Node<'_>) -> usize {
        if record.is_record() {
            task.is_record();
        }
        let name = task.get("name").string().unwrap_or_default();
        self.plan.steps.push(Step::new(Action::Run, name, StepOutcome::Passed, record.pointer()));
        self.results.push(Vec::new());
        self.plan.steps.len() - 1
    }

    fn results(&mut self, at: usize, hosts: Node<'_>) {
        for (host, result) in hosts.members() {
            // A result that cannot be read is not known to be good.
            let is_readable = result.is_record();
            // What runs in the background (`async`) writes these as numbers before ansible-core 2.19.
            let says = |key: &str| {
                let node = result.get(key);
                if node.is_number() { node.f64() != Some(0.0) } else { node.bool() == Some(true) }
            };
            let became = if says("unreachable") {
                OnHost::Unreachable
            } else if says("failed") || !is_readable {
                OnHost::Failed
            } else if says("skipped") {
                OnHost::Skipped
            } else if says("changed") {
                OnHost::Changed
            } else {
                OnHost::Ok
            };
            let mut message = None;
            if became >= OnHost::Failed {
                self.bad.entry(host.clone().into_owned()).or_default().push(at);
                let hidden = says("_ansible_no_log") || result.get("censored").exists();
                message = if hidden {
                    None
                } else {
                    result.get("msg").is_string().then(|| result.get("msg").filled()).flatten()
                };
            }
            self.results[at].push((host.into_owned(), became, message));
        }
    }

    fn stats(&mut self, stats: Node<'_>) {
        let mut hosts = BTreeMap::new();
        for (host, counts) in stats.members() {
            let count = |key: &str| counts.require(key).u64();
            let (failures, unreachable) = (count("failures"), count("unreachable"));
            let stats = Stats {
                // A count that cannot be read is not known to be zero.
                bad: failures.unwrap_or(1) + unreachable.unwrap_or(1),
                excused: counts.get("ignored").u64().unwrap_or(0) + counts.get("rescued").u64().unwrap_or(0),
                ran: counts.get("ok").u64().unwrap_or(0),
                place: counts.diagnostic(&CONTRADICTION, ""),
            };
            for (number, what) in [(failures, "failed"), (unreachable, "unreachable")] {
                if number != Some(0) {
                    let shown = number.map_or("an unknown number of times".to_owned(), |n| format!("{n} times"));
                    let shown = if number == Some(1) { "once".to_owned() } else { shown };
                    let text = format!("{host}: {what} {shown}");
                    self.plan.errors.push(Claim { text, pointer: counts.pointer() });
                }
            }
            hosts.insert(host.into_owned(), stats);
        }
        self.stats = Some(hosts);
    }

    fn finish(mut self, doc: &Doc<'_>, evidence: &mut Evidence, complete: bool) {
        evidence.tool = Some(Tool::new("Ansible", None));
        self.plan.method = Some("ansible-playbook".to_owned());
        let failing = self.failing(doc);
        for (at, (step, results)) in self.plan.steps.iter_mut().zip(&self.results).enumerate() {
            step.outcome = if failing.contains(&at) {
                StepOutcome::Failed
            } else if results.iter().all(|(_, became, _)| *became == OnHost::Skipped) {
                StepOutcome::Skipped
            } else {
                StepOutcome::Passed
            };
            step.output = output(results);
        }
        let stated = self.stats.as_ref().map(|stats| stats.values().all(|stats| stats.bad == 0));
        let ran = self.stats.as_ref().is_none_or(|stats| stats.values().any(|stats| stats.ran + stats.bad > 0));
        self.plan.stated_success = if ran { Some(stated.unwrap_or(false)) } else { None };
        if ran && stated.is_some() && self.plan.steps.is_empty() {
            let message = "the statistics count tasks, and none is listed";
            let place = self.stats.iter().flat_map(BTreeMap::values).next().map(|stats| stats.place.clone());
            doc.report(Diagnostic {
                message: message.to_owned(),
                ..place.unwrap_or(Diagnostic::new(&CONTRADICTION, ""))
            });
        }
        if complete && stated.is_none() {
            doc.report(Diagnostic::new(&INCOMPLETE, "there are no statistics at the end: the run was aborted"));
        } else if complete && !ran {
            doc.report(Diagnostic::new(&NOTHING_RAN, "no task ran on any host"));
        }
        evidence.plans.push(self.plan);
    }

    /// The steps that failed and were neither ignored nor rescued.
    fn failing(&self, doc: &Doc<'_>) -> Vec<usize> {
        let Some(stats) = &self.stats else { return self.bad.values().flatten().copied().collect() };
        let mut failing = Vec::new();
        for (host, bad) in &self.bad {
            let Some(stats) = stats.get(host) else {
                failing.extend(bad);
                continue;
            };
            let counted = usize::try_from(stats.bad).unwrap_or(usize::MAX);
            failing.extend(&bad[bad.len().saturating_sub(counted)..]);
            if stats.bad + stats.excused == 0 {
                let mut diagnostic = stats.place.clone();
                diagnostic.message = format!("the statistics say that nothing failed on {host}, a task result says so");
                let first = bad.first().and_then(|at| self.plan.steps.get(*at)).map(|step| step.pointer.clone());
                doc.report(diagnostic.against(first.unwrap_or_default()));
            }
        }
        failing
    }
}

/// `changed: node1, node2; failed: node3 (no space left)`.
fn output(results: &[(String, OnHost, Option<String>)]) -> Option<String> {
    let mut by_word: BTreeMap<OnHost, Vec<String>> = BTreeMap::new();
    for (host, became, message) in results {
        let shown = match message {
            Some(message) => format!("{host} ({})", message.trim()),
            None => host.clone(),
        };
        by_word.entry(*became).or_default().push(shown);
    }
    let parts: Vec<String> =
        by_word.iter().rev().map(|(became, hosts)| format!("{}: {}", became.word(), hosts.join(", "))).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}
