//! 2 Monitoring.

use super::{IssueView, Labelled, Subject, Table, evidence, foreign, manifest_issues, owner, unlisted};
use crate::manifest::SectionName;
use crate::model::platform::AlertState;
use crate::model::{Phrase, Role};

/// Samples that are listed.
const MAX_SAMPLES: usize = 50;

/// 2 Monitoring.
#[derive(Clone, Debug)]
pub struct MonitoringView {
    /// The owner's own words, in Markdown; null where there are none.
    pub narrative: Option<String>,
    /// Whether there is any evidence or configuration.
    pub present: bool,
    /// Monitoring services; null where there is none.
    pub services: Option<Table>,
    /// What monitoring scrapes; null where there is nothing.
    pub targets: Option<Table>,
    /// Alerts; null where there is none.
    pub alerts: Option<Table>,
    /// Samples of metrics; null where there is none.
    pub samples: Option<Table>,
    /// What the services are configured to do.
    pub configuration: Vec<ConfigurationView>,
    /// What is recommended.
    pub recommendations: Vec<ConfigurationView>,
    /// Issues that people describe.
    pub issues: Vec<IssueView>,
}

/// One service and what is said of it.
#[derive(Clone, Debug)]
pub struct ConfigurationView {
    /// Its name.
    pub name: Phrase,
    /// Its configuration.
    pub facts: Vec<Labelled>,
    /// What is recommended.
    pub items: Vec<Phrase>,
}

pub(super) fn view(subject: &Subject<'_>) -> MonitoringView {
    let of_role = |role: Role| subject.release.services.iter().filter(move |service| service.value.role == role);
    let mut services = Table::new(&["Service", "Status", "Address", "Response time", "Health check", "Evidence"]);
    for service in of_role(Role::Monitoring) {
        let s = &service.value;
        services.row([
            foreign(s.name.clone()),
            Phrase::from(format!("**{}**", s.health.word())),
            s.ports.clone().map_or_else(Phrase::new, foreign),
            Phrase::from(s.response_time.map_or_else(|| "not measured".to_owned(), |time| time.to_string())),
            s.check
                .clone()
                .or_else(|| Some(s.status.clone()).filter(|s| !s.is_empty()))
                .map_or_else(Phrase::new, foreign),
            evidence(&service.source(&s.pointer)),
        ]);
    }
    let mut targets = Table::new(&["Target", "Health", "Last error", "Evidence"]);
    for service in of_role(Role::Target) {
        let s = &service.value;
        targets.row([
            foreign(s.name.clone()),
            Phrase::from(format!("**{}**", s.health.word())),
            s.reason.clone().map_or_else(Phrase::new, foreign),
            evidence(&service.source(&s.pointer)),
        ]);
    }
    let mut alerts = Table::new(&["Alert", "State", "Severity", "Summary", "Evidence"]);
    for alert in &subject.release.alerts {
        let a = &alert.value;
        alerts.row([
            foreign(a.name.clone()),
            Phrase::from(state(a.state)),
            a.severity.clone().map_or_else(Phrase::new, foreign),
            a.summary.clone().map_or_else(Phrase::new, foreign),
            evidence(&alert.source(&a.pointer)),
        ]);
    }
    let mut samples = Table::new(&["Series", ">Value", "Evidence"]);
    for sample in subject.release.samples.iter().take(MAX_SAMPLES) {
        let s = &sample.value;
        samples.row([foreign(s.series.clone()), foreign(s.value.clone()), evidence(&sample.source(&s.pointer))]);
    }
    let more = subject.release.samples.len().saturating_sub(MAX_SAMPLES) as u64;
    unlisted(&mut samples, more, "all of them in report.json");
    let keys = &subject.manifest.monitoring;
    let named = |m: &crate::manifest::Monitoring| ConfigurationView {
        name: owner(m.name.clone()),
        facts: m
            .facts
            .iter()
            .map(|f| Labelled { label: owner(f.label.clone()), text: owner(f.text.clone()) })
            .collect(),
        items: m.recommendations.iter().cloned().map(owner).collect(),
    };
    let (services, targets) = (services.filled(), targets.filled());
    let (alerts, samples) = (alerts.filled(), samples.filled());
    let narrative = subject.manifest.narrative.monitoring.clone();
    MonitoringView {
        present: services.is_some() || targets.is_some() || alerts.is_some() || samples.is_some(),
        narrative,
        services,
        targets,
        alerts,
        samples,
        configuration: keys.iter().filter(|m| !m.facts.is_empty()).map(named).collect(),
        recommendations: keys.iter().filter(|m| !m.recommendations.is_empty()).map(named).collect(),
        issues: manifest_issues(subject.manifest, SectionName::Monitoring),
    }
}

const fn state(state: AlertState) -> &'static str {
    match state {
        AlertState::Firing => "**firing**",
        AlertState::Pending => "pending",
        AlertState::Silenced => "silenced",
        AlertState::Inactive => "inactive",
        AlertState::Broken => "**could not be evaluated**",
    }
}
