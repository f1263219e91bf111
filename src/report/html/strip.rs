//! The strip of figures at the top of the page.

use std::fmt::Write as _;

use super::typeset::Heading;
use crate::gate::baseline::Direction;
use crate::model::phrase::thousands;
use crate::model::{Health, Kind, Outcome, Percentile, Role, Severity};
use crate::report::view::Subject;
use crate::safety::html;

/// The figures at the top, each leading to its section.
pub(super) fn strip(subject: &Subject<'_>, headings: &[Heading]) -> String {
    let release = subject.release;
    let tests = release.all_tests();
    let mut items: Vec<(String, &str, &str)> = Vec::new();
    if tests.total() > 0 {
        let value = format!("{} of {}", thousands(tests.passed), thousands(tests.total()));
        items.push((value, "tests passed", "1-smoke-test-results"));
        if tests.skipped > 0 {
            items.push((thousands(tests.of(Outcome::Skipped)), "tests did not run", "1-smoke-test-results"));
        }
    }
    if !release.scans.is_empty() {
        let findings = release.findings();
        let severe = findings.of(Severity::Critical) + findings.of(Severity::High);
        items.push((thousands(severe), "critical or high findings", "6-security"));
        items.push((thousands(findings.total()), "open findings", "6-security"));
    }
    if let Some((p95, is_bound)) = release.slowest(Percentile::P95) {
        let mark = if is_bound { "≤ " } else { "" };
        items.push((format!("{mark}{p95}"), "slowest p95 under load", "5-performance"));
    }
    let rehearsals = || release.plans.iter().filter(|plan| plan.value.is_rehearsal());
    if release.has(Kind::Rollback) {
        let good = rehearsals().filter(|plan| plan.value.succeeds() == Some(true)).count();
        let value = format!("{good} of {}", rehearsals().count());
        items.push((value, "rollback dry runs succeed", "3-rollback-procedure"));
    }
    if !release.services.is_empty() {
        let healthy = release.services.iter().filter(|service| service.value.health == Health::Healthy).count();
        let is_mixed = release.services.iter().any(|service| service.value.role != Role::Container);
        let label = if is_mixed { "services and monitoring healthy" } else { "services healthy" };
        items.push((format!("{healthy} of {}", release.services.len()), label, "4-service-status"));
    }
    if let Some(compared) = &subject.judged.compared {
        let worse = compared.changes.count(Direction::Worse);
        items.push((thousands(worse), "worse than the baseline", "changes-since-the-baseline"));
    }
    if items.is_empty() {
        return String::new();
    }
    let mut out = String::from("<ul class=\"strip\">\n");
    for (value, label, target) in items {
        let value = html::text(&value).into_owned();
        let section = headings.iter().find(|heading| heading.id == target);
        let Some(section) = section else { continue };
        let class = section.status.map_or_else(String::new, |(_, class)| format!(" class=\"e-{class}\""));
        let _ = writeln!(out, "<li{class}><a href=\"#{target}\"><b>{value}</b> <span>{label}</span></a></li>");
    }
    out.push_str("</ul>\n");
    out
}
