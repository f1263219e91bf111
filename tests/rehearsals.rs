//! What the snapshots of the fixtures do not show of rollbacks: revisions, remarks, and that no secret is kept.

#[allow(dead_code, reason = "each test driver uses a part of it")]
mod support;

use signoff::model::{Artifact, Plan};
use support::{dump, entries, read, root};

fn fixture(path: &str) -> Artifact {
    let folder = root().join("tests/fixtures").join(path);
    let input = entries(&folder).into_iter().find(|path| path.to_string_lossy().contains("/input."));
    read(&input.unwrap_or_else(|| panic!("{path} has no input")))
}

#[track_caller]
fn plan(path: &str) -> Plan {
    let artifact = fixture(path);
    artifact.evidence.plans.first().cloned().unwrap_or_else(|| panic!("{path} has no plan:\n{}", dump(&artifact)))
}

/// Current and target revision, each with its subject.
#[track_caller]
fn revisions(path: &str, current: Option<(&str, Option<&str>)>, target: Option<(&str, Option<&str>)>) {
    let plan = plan(path);
    let shown = [&plan.current, &plan.target].map(|r| r.as_ref().map(|r| (r.id.as_str(), r.subject.as_deref())));
    assert_eq!(shown, [current, target], "{path}");
}

#[test]
fn a_plan_says_what_is_there_and_what_would_be() {
    let upgrade = |n: &'static str| Some(n);
    revisions(
        "helm-history/good",
        Some(("5", upgrade("shop-1.5.0: Rollback to 3"))),
        Some(("4", upgrade("shop-1.4.0: Upgrade failed: timed out"))),
    );
    revisions("helm-history/good-first", Some(("1", Some("shop-1.1.0: Install complete"))), None);
    revisions("helm-status/good", Some(("5", Some("Upgrade complete"))), None);
    revisions("helm-status/good-dry-run", None, Some(("6", Some("shop-1.4.0"))));
    revisions("kubernetes/good-rollout", Some(("4", Some("release 1.4"))), Some(("3", Some("shop/api:1.3"))));
    revisions("flyway-undo/good", Some(("2", None)), Some(("1", None)));
    revisions("flyway-undo/good-to-empty", Some(("1", None)), Some(("empty schema", None)));
    revisions("flyway-migrate/good", None, Some(("2", None)));
    revisions("sql-script/good", Some(("003", None)), Some(("base", None)));
}

#[track_caller]
fn considered(path: &str, expected: &[&str]) {
    assert_eq!(plan(path).considerations, expected, "{path}");
}

#[test]
fn what_does_not_stop_the_tool_is_considered() {
    considered("terraform-plan-json/good", &["check.replicas does not hold: two replicas are needed"]);
    considered("sql-script/good", &["an update overwrites values in all rows of users"]);
    considered(
        "helm-history/good",
        &["revision 4, which a rollback goes back to, was not in use: it failed or was uninstalled"],
    );
}

#[test]
fn steps_say_why() {
    let outputs = |path| plan(path).steps.into_iter().filter_map(|step| step.output).collect::<Vec<String>>();
    assert_eq!(
        outputs("terraform-plan-json/good"),
        [
            "replace because cannot update",
            "delete because count index",
            "moved from aws_route53_record.web",
            "imported"
        ]
    );
    assert_eq!(
        outputs("ansible-json/good-failed"),
        [
            "unreachable: node3 (connection closed); changed: node1, node2",
            "skipped: node1, node2",
            "failed: node1 (marker is absent); ok: node2",
            "failed: node2 (no space left); ok: node1"
        ]
    );
    assert_eq!(outputs("ansible-json/good-no-log"), ["failed: node1"]);
}

#[test]
fn a_step_took_as_long_as_its_parts() {
    let took = |path| plan(path).steps.into_iter().filter_map(|s| Some(s.elapsed?.to_string())).collect::<Vec<_>>();
    assert_eq!(took("terraform-ndjson/good-apply"), ["1 s", "5 s"]);
    assert_eq!(took("flyway-undo/good"), ["12 ms"]);
}

/// The fixtures have the word where the tools write secrets.
#[test]
fn no_secret_is_kept() {
    for format in entries(&root().join("tests/fixtures")) {
        for case in entries(&format) {
            for input in entries(&case).into_iter().filter(|path| path.to_string_lossy().contains("/input.")) {
                let kept = format!("{:?}", read(&input).evidence);
                assert!(!kept.contains("hunter2"), "{} keeps a secret: {kept}", input.display());
            }
        }
    }
}
