//! `signoff formats`: what can be read.

use std::io::Write;
use std::process::ExitCode;

use serde_json::json;

use super::terminal::BOLD;
use crate::formats::formats;
use crate::model::Kind;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Print one JSON array, an object per format
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    if args.json {
        let all: Vec<_> = formats()
            .map(|format| {
                json!({
                    "id": format.id, "kinds": format.kinds.iter().map(|kind| kind.word()).collect::<Vec<_>>(),
                    "tool": format.tool, "title": format.title, "produce": format.produce,
                })
            })
            .collect();
        serde_json::to_writer_pretty(&mut *out, &all)?;
        writeln!(out)?;
        return Ok(ExitCode::SUCCESS);
    }
    for kind in Kind::ALL {
        let of_kind: Vec<_> = formats().filter(|format| format.kinds.first() == Some(&kind)).collect();
        writeln!(out, "{BOLD}{kind}{BOLD:#} ({})", of_kind.len())?;
        for format in of_kind {
            writeln!(out, "  {BOLD}{:28}{BOLD:#} {}: {}", format.id, format.tool, format.title)?;
            writeln!(out, "  {:28} {}", "", format.produce.replace('\n', " "))?;
        }
        writeln!(out)?;
    }
    Ok(ExitCode::SUCCESS)
}
