//! `signoff init`: a commented `signoff.toml`, filled in from the artifacts found.

mod proposal;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};

use super::report::require_paths;
use super::terminal::{self, BOLD, in_short, width, wrapped};
use crate::manifest;
use crate::model::Kind;
use crate::pipeline::{Request, Validation, decided, validate};
use crate::report::markdown::{TEMPLATES, template_path};
use crate::safety::terminal::line;

/// The name under which a manifest is found without being named.
pub(super) const MANIFEST: &str = "signoff.toml";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Files, folders, archives, or `-` for standard input
    #[arg(required_unless_present = "templates", value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The manifest to write, or `-` for standard output
    #[arg(long, value_name = "FILE", default_value = MANIFEST)]
    out: PathBuf,
    /// Write the built-in templates to a folder instead, for `report --templates`
    #[arg(long, value_name = "DIR", conflicts_with = "paths")]
    templates: Option<PathBuf>,
    /// Overwrite what is there
    #[arg(long)]
    force: bool,
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    if let Some(folder) = &args.templates {
        return templates(folder, args.force);
    }
    require_paths(&args.paths)?;
    let to_stdout = args.out.as_os_str() == "-";
    if !to_stdout {
        refuse(&args.out, args.force)?;
    }
    let ignore = args.paths.iter().map(|path| path.join(MANIFEST)).chain([args.out.clone()]).collect();
    let validation = validate(&Request { paths: args.paths.clone(), ignore, ..Request::default() });
    let text = proposal::write(&validation);
    // What is proposed is read back first: a manifest that cannot be read helps nobody.
    let loaded = manifest::parse(MANIFEST, &text)
        .map_err(|error| anyhow::anyhow!("the proposed manifest is not valid: {error}"))?;
    if to_stdout {
        out.write_all(text.as_bytes())?;
    } else {
        fs::write(&args.out, &text).with_context(|| format!("{} cannot be written", args.out.display()))?;
    }
    let by_proposal = decided(validation.release, &Request { loaded, ..Request::default() });
    explain(args, &by_proposal, to_stdout)?;
    Ok(ExitCode::SUCCESS)
}

fn refuse(path: &Path, force: bool) -> anyhow::Result<()> {
    if !force && path.symlink_metadata().is_ok() {
        bail!("{} is there already: give another name with --out, or --force", path.display());
    }
    Ok(())
}

/// What was found and what comes next, on standard error.
fn explain(args: &Args, validation: &Validation, to_stdout: bool) -> std::io::Result<()> {
    let mut err = terminal::stderr();
    let release = &validation.release;
    for kind in Kind::ALL {
        let of_kind = |artifact: &&crate::model::release::Input| artifact.holds.contains(&kind);
        let names: Vec<&str> = release.artifacts.iter().filter(of_kind).map(|a| a.given.as_str()).take(4).collect();
        let found = match release.has(kind) {
            true => names.join(", "),
            false => format!("nothing found: a gap, if the release needs {}", proposal::example(kind)),
        };
        wrapped(&mut err, &format!("  {:9} ", kind.word()), &line(&found), "", width())?;
    }
    let unread = release.artifacts.iter().filter(|artifact| artifact.format.is_none()).count();
    if unread > 0 {
        let them = if unread == 1 { "file is" } else { "files are" };
        writeln!(err, "  {unread} {them} not recognised: `signoff inspect` says why")?;
    }
    if to_stdout {
        return Ok(());
    }
    let paths: Vec<String> = args.paths.iter().map(|path| shell_word(&path.display().to_string())).collect();
    let found_by_itself = args.out.parent() == Some(Path::new("")) && args.out.ends_with(MANIFEST);
    let manifest = if found_by_itself {
        String::new()
    } else {
        format!(" --manifest {}", shell_word(&args.out.display().to_string()))
    };
    let written = args.out.canonicalize().ok();
    let there = args.paths.iter().map(|path| path.join(MANIFEST));
    let there = there.filter(|path| path.is_file() && path.canonicalize().ok() != written);
    for there in there.map(|path| path.display().to_string()) {
        let instead = format!("{} was left out of account and will not be used beside it", line(&there));
        writeln!(err, "  {instead}")?;
    }
    writeln!(err, "\nWrote {}. Judged by it, what is there now is", args.out.display())?;
    write!(err, "\n  ")?;
    in_short(&mut err, validation)?;
    writeln!(err, "\nRead it, change what should be different, then:\n")?;
    let paths = paths.join(" ");
    let paths = line(&paths);
    // Without a terminal, as on one of a common width.
    let columns = width().unwrap_or(100);
    for (command, what) in [("check", "the verdict and all its reasons"), ("report", "the report, to signoff-report/")]
    {
        let gap = "report   ".len() - command.len();
        let command = format!("signoff {command} {paths}{manifest}");
        let fits = 2 + command.chars().count() + gap + what.len() <= columns;
        let before = if fits { " ".repeat(gap) } else { "\n      ".to_owned() };
        writeln!(err, "  {BOLD}{command}{BOLD:#}{before}{what}")?;
    }
    writeln!(err)?;
    let codes = "Both exit with 0 (passed or conditional), 1 (failed) or 3 (undecided: evidence is missing or cannot be trusted).";
    wrapped(
        &mut err,
        "",
        &format!("{codes} `signoff inspect {paths}` shows what each file was read as."),
        "",
        Some(columns),
    )
}

/// A word that a shell reads as it is.
fn shell_word(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./+:@%".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

fn templates(folder: &Path, force: bool) -> anyhow::Result<ExitCode> {
    let files: Vec<(PathBuf, &str)> =
        TEMPLATES.iter().map(|(name, text)| (folder.join(template_path(name)), *text)).collect();
    for (path, _) in &files {
        refuse(path, force)?;
    }
    for (path, text) in &files {
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).with_context(|| format!("{} cannot be made", parent.display()))?;
        fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    let mut err = terminal::stderr();
    writeln!(err, "Wrote {} templates to {}. Change some, delete the others, then:", files.len(), folder.display())?;
    writeln!(
        err,
        "\n  {BOLD}signoff report PATH... --templates {}{BOLD:#}",
        shell_word(&folder.display().to_string())
    )?;
    Ok(ExitCode::SUCCESS)
}
