//! Writes a report: beside its place first, then renamed, so that nobody reads half of it.

use std::fs;
use std::io;
use std::path::Path;

use super::made::digest;
use super::{File, RENDERERS};

/// The name of the list of digests, which is always written, and by which a report's folder is recognised.
pub const SUMS: &str = "SHA256SUMS";

/// A report could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{path} cannot be written")]
pub struct WriteError {
    /// The path.
    path: String,
    /// Why.
    #[source]
    source: io::Error,
}

/// Writes the files of a report and `SHA256SUMS` over them into a folder, which is made where it does not exist.
///
/// # Errors
/// The operating system refuses.
pub fn write(folder: &Path, files: &[File]) -> Result<Vec<String>, WriteError> {
    let fail = |path: &Path| {
        let path = path.display().to_string();
        move |source| WriteError { path, source }
    };
    fs::create_dir_all(folder).map_err(fail(folder))?;
    let sums = sums(files);
    let all = files.iter().map(|file| (file.name, file.content.as_str())).chain([(SUMS, sums.as_str())]);
    let mut written = Vec::new();
    for (name, content) in all {
        let path = folder.join(name);
        let beside = folder.join(format!(".{name}.part"));
        fs::write(&beside, content).map_err(fail(&beside))?;
        fs::rename(&beside, &path).map_err(fail(&path))?;
        written.push(name.to_owned());
    }
    Ok(written)
}

/// The content of `SHA256SUMS` over the files of a report.
pub fn sums(files: &[File]) -> String {
    let mut sums: Vec<(&str, String)> = files.iter().map(|file| (file.name, digest(file.content.as_bytes()))).collect();
    sums.sort();
    sums.into_iter().map(|(name, digest)| format!("{digest}  {name}\n")).collect()
}

/// Whether a file is one that signoff wrote, and so no evidence: a list of digests that names nothing but files of
/// reports, or a file that it names and that says so itself or has the very digest. Other files beside them are
/// evidence as anywhere.
pub fn is_report_file(path: &Path) -> bool {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return false;
    };
    let is_ours = |name: &str| RENDERERS.iter().any(|renderer| renderer.files.contains(&name));
    if name != SUMS && !is_ours(name) {
        return false;
    }
    let Ok(sums) = fs::read_to_string(folder.join(SUMS)) else { return false };
    let sums: Option<Vec<(&str, &str)>> = sums.lines().map(|line| line.split_once("  ")).collect();
    let Some(sums) = sums.filter(|sums| !sums.is_empty() && sums.iter().all(|(_, name)| is_ours(name))) else {
        return false;
    };
    // A report that was touched after it was written is still none of the evidence.
    let is_own = |content: &str| match name {
        "report.json" => content.contains(super::json::SCHEMA),
        "report.junit.xml" => content.contains("<testsuites name=\"signoff\""),
        _ => sums.contains(&(digest(content.as_bytes()).as_str(), name)),
    };
    let is_named = sums.iter().any(|(_, listed)| *listed == name);
    name == SUMS || is_named && fs::read_to_string(path).is_ok_and(|content| is_own(&content))
}
