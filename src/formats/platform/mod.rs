//! Formats whose home is the kind `platform`.

mod alertmanager;
mod compose_ps;
mod containers;
mod docker_inspect;
mod docker_ps;
mod dropwizard_health;
mod ecs_services;
mod elasticsearch_health;
mod grafana_health;
mod health_json;
mod jaeger_services;
pub(in crate::formats) mod prometheus;
mod signoff_services;
mod vault_health;

use super::Format;

/// The table, sorted by id.
pub static FORMATS: &[&Format] = &[
    &alertmanager::ALERTS,
    &alertmanager::GROUPS,
    &alertmanager::STATUS,
    &compose_ps::FORMAT,
    &docker_inspect::FORMAT,
    &docker_ps::FORMAT,
    &dropwizard_health::FORMAT,
    &ecs_services::FORMAT,
    &elasticsearch_health::FORMAT,
    &grafana_health::FORMAT,
    &health_json::FORMAT,
    &jaeger_services::FORMAT,
    &prometheus::ALERTS,
    &prometheus::QUERY,
    &prometheus::RULES,
    &prometheus::TARGETS,
    &signoff_services::FORMAT,
    &vault_health::FORMAT,
];
