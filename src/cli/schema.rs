//! `signoff schema`, `signoff completions` and `signoff man`: reference for machines and shells.

use std::io::Write;
use std::process::ExitCode;

use anyhow::bail;
use clap::Command;

use crate::diagnostics::nearest;
use crate::formats::schemas::{Published, SCHEMAS, schema};

#[derive(Debug, clap::Args)]
pub(super) struct SchemaArgs {
    /// Which schema; without it the names are listed
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: clap_complete::Shell,
}

#[derive(Debug, clap::Args)]
pub(super) struct ManArgs {
    /// The page of a subcommand instead of the overview
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
}

pub(super) fn schema_of(args: &SchemaArgs, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let Some(name) = &args.name else {
        for Published { name, title, .. } in SCHEMAS {
            writeln!(out, "{name:10} {title}")?;
        }
        return Ok(ExitCode::SUCCESS);
    };
    let Some(schema) = schema(name) else {
        let names = || SCHEMAS.iter().map(|published| published.name);
        match nearest(name, names()) {
            Some(near) => bail!("unknown schema `{name}`: did you mean `{near}`?"),
            None => bail!("unknown schema `{name}`: known are {}", names().collect::<Vec<_>>().join(", ")),
        }
    };
    out.write_all(schema.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn completions(
    args: &CompletionsArgs,
    mut command: Command,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut command, "signoff", &mut text);
    out.write_all(&text)?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn man(args: &ManArgs, mut command: Command, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    command.build();
    let page = match &args.command {
        None => command,
        Some(name) => match command.find_subcommand(name) {
            Some(page) => page.clone(),
            None => bail!("there is no command `{name}`: `signoff --help` lists them"),
        },
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text)?;
    out.write_all(&text)?;
    Ok(ExitCode::SUCCESS)
}
