//! Formats whose home is the kind `rollback`.

mod ansible;
mod cloudformation;
mod flyway;
mod helm;
mod kubernetes;
mod kubernetes_health;
mod pulumi_preview_json;
mod signoff_rollback;
mod sql_alter;
mod sql_batch;
mod sql_block;
mod sql_bookkeeping;
mod sql_client;
mod sql_comment;
mod sql_condition;
mod sql_cursor;
mod sql_definition;
mod sql_detect;
mod sql_dynamic;
mod sql_effect;
mod sql_execute;
mod sql_frame;
mod sql_guard;
mod sql_lines;
mod sql_objects;
mod sql_quotes;
mod sql_routine;
mod sql_rows;
mod sql_script;
mod sql_sections;
mod sql_settings;
mod sql_split;
mod sql_tokens;
mod sql_type;
mod sql_using;
mod terraform_ndjson;
mod terraform_plan_json;

pub(in crate::formats) use sql_script::is_changesets;

use super::Format;

/// The table, sorted by id.
pub static FORMATS: &[&Format] = &[
    &ansible::JSON,
    &ansible::JSONL,
    &cloudformation::FORMAT,
    &flyway::INFO,
    &flyway::MIGRATE,
    &flyway::UNDO,
    &flyway::VALIDATE,
    &helm::HISTORY,
    &helm::STATUS,
    &kubernetes::FORMAT,
    &pulumi_preview_json::FORMAT,
    &signoff_rollback::FORMAT,
    &sql_script::FORMAT,
    &terraform_ndjson::FORMAT,
    &terraform_plan_json::FORMAT,
];
