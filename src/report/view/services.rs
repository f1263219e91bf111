//! 4 Services.

use super::summary::listed_twice;
use super::{IssueView, Subject, Table, evidence, foreign, manifest_issues};
use crate::manifest::SectionName;
use crate::model::{Health, Phrase, Role};

/// Services that are listed; beyond it only those that are not healthy.
const MAX_LISTED: usize = 200;
/// Services that are not healthy and are listed.
const MAX_LISTED_BAD: usize = 1_000;

/// 4 Services.
#[derive(Clone, Debug)]
pub struct ServicesView {
    /// The owner's own words, in Markdown; null where there are none.
    pub narrative: Option<String>,
    /// Whether there is any service.
    pub present: bool,
    /// How many are healthy.
    pub counts: Phrase,
    /// The services; null where there is none.
    pub services: Option<Table>,
    /// Issues that people describe.
    pub issues: Vec<IssueView>,
}

pub(super) fn view(subject: &Subject<'_>) -> ServicesView {
    let containers = || subject.release.services.iter().filter(|service| service.value.role == Role::Container);
    let total = containers().count();
    let count = |health| containers().filter(|service| service.value.health == health).count();
    let mut table = Table::new(&["Service", "Health", "Status", "Ports", "Evidence"]);
    let is_listed = |health| total <= MAX_LISTED || health != Health::Healthy;
    let mut listed = containers().filter(|service| is_listed(service.value.health));
    for service in listed.by_ref().take(MAX_LISTED_BAD) {
        let s = &service.value;
        table.row([
            foreign(s.name.clone()),
            Phrase::from(format!("**{}**", s.health.word())),
            foreign(s.status.clone()),
            s.ports.clone().map_or_else(Phrase::new, foreign),
            evidence(&service.source(&s.pointer)),
        ]);
    }
    let counts = format!(
        "{} of {total} services are healthy, {} unhealthy, {} unknown{}.",
        count(Health::Healthy),
        count(Health::Unhealthy),
        count(Health::Unknown),
        listed_twice(subject.release).map(|words| format!("; {words}")).unwrap_or_default()
    );
    let rest = unlisted(listed.map(|service| service.value.health));
    ServicesView {
        narrative: subject.manifest.narrative.services.clone(),
        present: total > 0,
        counts: Phrase::from(counts + &rest),
        services: table.filled(),
        issues: manifest_issues(subject.manifest, SectionName::Services),
    }
}

/// What is said of those that are not healthy and for which there is no room.
fn unlisted(rest: impl Iterator<Item = Health>) -> String {
    let (mut n, mut n_unhealthy) = (0_u64, 0_u64);
    for health in rest {
        n += 1;
        n_unhealthy += u64::from(health == Health::Unhealthy);
    }
    match n {
        0 => String::new(),
        _ => format!(" Of those that are not healthy {n} more are not listed, {n_unhealthy} of them unhealthy."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_listed_is_said() {
        assert_eq!(unlisted(std::iter::empty()), "");
        let rest = unlisted([Health::Unhealthy, Health::Unknown, Health::Unhealthy].into_iter());
        assert_eq!(rest, " Of those that are not healthy 3 more are not listed, 2 of them unhealthy.");
    }
}
