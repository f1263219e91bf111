//! `signoff collect`: one shard's artifacts become one small file.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use flate2::{Compression, GzBuilder};

use super::terminal;
use crate::bundle::Bundle;
use crate::formats::bundle::ID;
use crate::ingest::{Options, ingest};
use crate::mapping::Mapping;
use crate::merge::merge;
use crate::model::phrase::plural;
use crate::model::{Shard, Subject};
use crate::report;
use crate::source::{Packing, packing_of_name};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Files, folders, archives, bundles, or `-` for standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The bundle to write, such as `shard-3.signoff`; compressed where its name ends in `.gz`
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Which part of a run that was split this is, from 0 or 1 on, and of how many: `3/8`
    #[arg(long, value_name = "K/N")]
    shard: Option<Shard>,
    /// The manifest, for what it says of secrets [default: signoff.toml in the current folder or in the first PATH]
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
    /// The format of an artifact whose content does not tell
    #[arg(long, value_name = "PATH=FORMAT")]
    format_of: Vec<String>,
    /// Bytes that one artifact may have, such as `500 MiB` [default: 64 GiB]
    #[arg(long, value_name = "SIZE")]
    max_size: Option<String>,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let name = args.out.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let packing = packing_of_name(&name);
    if args.out.is_dir() || name.is_empty() {
        bail!("{} is no file: name one such as shard-1.signoff", args.out.display());
    }
    if !matches!(packing, None | Some(Packing::Gzip)) {
        bail!("{name} would be taken for an archive: name it .signoff or .signoff.gz");
    }
    let (loaded, mut ignore) = super::report::inputs(&args.paths, args.manifest.as_deref())?;
    ignore.push(args.out.clone());
    let skip = report::no_evidence(&ignore);
    let options = Options {
        formats: super::report::format_of(&args.format_of)?,
        max_size: args.max_size.as_deref().map(super::report::size).transpose()?,
        redactor: loaded.redactor.clone(),
        mappings: Mapping::all(&loaded),
        progress: super::progress::on_terminal(args.quiet),
        distributions: true,
        ..Options::default()
    };
    let artifacts = ingest(&args.paths, &skip, &options);
    let count = artifacts.iter().filter(|artifact| artifact.format != Some(ID)).count() as u64;
    let bundle = Bundle::of(artifacts.clone(), args.shard)?.render();
    write(&args.out, &bundle, packing.is_some())?;
    if !args.quiet {
        let shard = args.shard.map(|shard| format!(" of shard {shard}")).unwrap_or_default();
        writeln!(out, "Wrote {}{shard} to {}", plural(count, "artifact"), args.out.display())?;
        let release = merge(artifacts, &Subject::default());
        terminal::notices(&mut terminal::stderr(), &release, "", release.notices.iter(), terminal::width())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes beside the place first, so that nobody reads half of a bundle.
fn write(path: &Path, text: &str, compressed: bool) -> anyhow::Result<()> {
    let fail = || format!("{} cannot be written", path.display());
    let mut bytes = text.as_bytes().to_vec();
    if compressed {
        // Neither name nor time go into the file: the same content is the same bytes.
        let mut gzip = GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::best());
        gzip.write_all(&bytes)?;
        bytes = gzip.finish()?;
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(fail)?;
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    fs::write(&beside, bytes).with_context(fail)?;
    fs::rename(&beside, path).with_context(fail)
}
