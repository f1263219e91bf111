//! `signoff formats`: what can be read.

use std::io::Write;
use std::process::ExitCode;

use anyhow::bail;
use serde_json::json;

use super::terminal::BOLD;
use crate::diagnostics::nearest;
use crate::formats::{Format, formats};
use crate::model::Kind;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only formats with this word in their name, tool or title, such as `zap` or `junit`
    #[arg(value_name = "WORD")]
    word: Option<String>,
    /// Print one JSON array, an object per format
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let shown = chosen(args.word.as_deref())?;
    if args.json {
        let all: Vec<_> = shown
            .iter()
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
    let mut is_first = true;
    for kind in Kind::ALL {
        let of_kind: Vec<_> = shown.iter().filter(|format| format.kinds.first() == Some(&kind)).collect();
        if of_kind.is_empty() {
            continue;
        }
        if !std::mem::take(&mut is_first) {
            writeln!(out)?;
        }
        writeln!(out, "{BOLD}{kind}{BOLD:#} ({})", of_kind.len())?;
        for format in of_kind {
            writeln!(out, "  {BOLD}{:28}{BOLD:#} {}: {}", format.id, format.tool, format.title)?;
            writeln!(out, "  {:28} {}", "", format.produce.replace('\n', " "))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The formats that have a word in their name, tool or title, case ignored; all where none is given.
fn chosen(word: Option<&str>) -> anyhow::Result<Vec<&'static Format>> {
    let Some(word) = word else { return Ok(formats().collect()) };
    let lower = word.to_lowercase();
    let has = |format: &Format| {
        [format.id, format.tool, format.title].iter().any(|text| text.to_lowercase().contains(&lower))
    };
    let found: Vec<&Format> = formats().filter(|format| has(format)).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let words = formats().flat_map(|format| [format.id, format.tool]);
    match nearest(word, words.flat_map(|text| [text, text.split(['-', ' ']).next().unwrap_or(text)])) {
        Some(near) => bail!("no format has `{word}` in its name: did you mean `{near}`?"),
        None => bail!(
            "no format has `{word}` in its name: `signoff formats` lists all, and `[[format]]` of the manifest reads JSON of any shape"
        ),
    }
}
