//! The book and the other pages: the reference is what the tables say, every example works, every link leads somewhere.
//!
//! `UPDATE=1 cargo test --test book` writes the generated pages anew; look at the difference before you commit it.

#[path = "../examples/add_a_format/pingbot_json.rs"]
mod pingbot_json;
#[allow(dead_code, reason = "each test driver uses a part of it")]
mod support;

#[path = "book/blocks.rs"]
mod blocks;
#[path = "book/commands.rs"]
mod commands;
#[path = "book/coverage.rs"]
mod coverage;
#[path = "book/examples.rs"]
mod examples;
#[path = "book/links.rs"]
mod links;
#[path = "book/manifest_reference.rs"]
mod manifest_reference;
#[path = "book/reference.rs"]
mod reference;
#[path = "book/template_reference.rs"]
mod template_reference;
#[path = "book/workflows.rs"]
mod workflows;
