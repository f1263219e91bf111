//! Reads an earlier report to compare with.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::report::require_paths;
use crate::gate::baseline::{Baseline, read};
use crate::model::digest::digest;
use crate::report::SUMS;
use crate::safety::redact::{Counts, Redactor};
use crate::source::display_name;

/// Bytes of a report that are read.
const MAX_REPORT: u64 = 512 * 1024 * 1024;

/// The name of the report in its folder.
const NAME: &str = "report.json";

/// The report at a path, or in the folder that it names.
pub(super) fn file(given: &Path) -> PathBuf {
    if given.is_dir() { given.join(NAME) } else { given.to_owned() }
}

/// Reads the report at a path, or in the folder that it names.
pub(super) fn load(given: &Path, redactor: &Redactor) -> anyhow::Result<Baseline> {
    let path = file(given);
    require_paths(std::slice::from_ref(&path))?;
    let shown = path.display();
    let metadata = path.metadata().with_context(|| format!("{shown} cannot be read"))?;
    if !metadata.is_file() {
        bail!("{shown} is not a regular file");
    }
    let file = File::open(&path).with_context(|| format!("{shown} cannot be read"))?;
    let mut bytes = Vec::new();
    file.take(MAX_REPORT + 1).read_to_end(&mut bytes).with_context(|| format!("{shown} cannot be read"))?;
    if bytes.len() as u64 > MAX_REPORT {
        bail!("{shown} is larger than 512 MiB, and no report");
    }
    let sha256 = digest(&bytes);
    if let Some(wanted) = listed(&path).filter(|wanted| *wanted != sha256) {
        bail!("{shown} was changed after {SUMS} beside it was written: it lists {wanted}, the file has {sha256}");
    }
    let name = redactor.redact(&display_name(&path), &mut Counts::default()).into_owned();
    read(name, sha256, &bytes, redactor).map_err(|bad| {
        let place = bad.place.map(|place| format!(":{place}")).unwrap_or_default();
        anyhow::anyhow!("{}\n --> {shown}{place}\nhelp: {}", bad.message, bad.help)
    })
}

/// The digest that the list beside a report gives for it; `None` where there is no list, or the report is not in it.
fn listed(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let folder: PathBuf = path.parent()?.to_owned();
    let mut text = String::new();
    File::open(folder.join(SUMS)).ok()?.take(1 << 16).read_to_string(&mut text).ok()?;
    text.lines()
        .filter_map(|line| line.split_once("  "))
        .find(|(_, listed)| *listed == name)
        .map(|(sum, _)| sum.to_owned())
}
