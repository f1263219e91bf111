//! 4 Services.

use super::{IssueView, Subject, Table, evidence, foreign, manifest_issues};
use crate::manifest::SectionName;
use crate::model::{Health, Phrase, Role};

/// Services that are listed; beyond it only those that are not healthy.
const MAX_LISTED: usize = 200;

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
    for service in containers() {
        let s = &service.value;
        if total > MAX_LISTED && s.health == Health::Healthy {
            continue;
        }
        table.row([
            foreign(s.name.clone()),
            Phrase::from(format!("**{}**", s.health.word())),
            foreign(s.status.clone()),
            s.ports.clone().map_or_else(Phrase::new, foreign),
            evidence(&service.source(&s.pointer)),
        ]);
    }
    let counts = format!(
        "{} of {total} services are healthy, {} unhealthy, {} unknown.",
        count(Health::Healthy),
        count(Health::Unhealthy),
        count(Health::Unknown)
    );
    ServicesView {
        narrative: subject.manifest.narrative.services.clone(),
        present: total > 0,
        counts: Phrase::from(counts),
        services: table.filled(),
        issues: manifest_issues(subject.manifest, SectionName::Services),
    }
}
