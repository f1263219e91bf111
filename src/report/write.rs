//! Writes a report: beside its place first, then renamed, so that nobody reads half of it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{File, RENDERERS};
use crate::formats::is_own_report;
use crate::model::digest::{digest, hexadecimal};
use crate::model::order::sort_by;

/// The name of the list of digests, which is always written, and by which a report's folder is recognised.
///
/// See the [example](mod@crate::report#example).
pub const SUMS: &str = "SHA256SUMS";

/// A report could not be written.
///
/// See the [example](mod@crate::report#example).
#[derive(Debug, thiserror::Error)]
#[error("{path} cannot be written")]
pub struct WriteError {
    /// The path.
    path: String,
    /// Why.
    #[source]
    source: io::Error,
}

/// A report that is being written. Its files take their places together when all of them are there.
///
/// See the [example](mod@crate::report#example).
pub struct Writer<'f> {
    folder: &'f Path,
    /// The report that stands there, as far as it is none but signoff's: digests and names.
    before: Vec<(String, String)>,
    /// What was begun and did not take its place yet.
    begun: Vec<&'static str>,
    sums: Vec<Sum>,
}

/// The name of a file, and SHA-256 over it.
type Sum = (&'static str, String);

impl Writer<'_> {
    /// Starts in a folder, which is made where it does not exist.
    ///
    /// # Errors
    /// The operating system refuses.
    pub fn new(folder: &Path) -> Result<Writer<'_>, WriteError> {
        fs::create_dir_all(folder).map_err(|source| refused(folder, source))?;
        let sums = fs::read_to_string(folder.join(SUMS)).unwrap_or_default();
        let before = named(&sums).unwrap_or_default().into_iter();
        let before = before.map(|(digest, name)| (digest.to_owned(), name.to_owned())).collect();
        Ok(Writer { folder, before, begun: Vec::new(), sums: Vec::new() })
    }

    /// Writes a file beside its place.
    ///
    /// # Errors
    /// The operating system refuses.
    pub fn put(&mut self, file: &File) -> Result<(), WriteError> {
        self.begun.push(file.name);
        self.sums.push((file.name, digest(file.content.as_bytes())));
        self.write(file.name, &file.content)
    }

    /// Begins a file beside its place, which any thread may write.
    pub(super) fn begin(&mut self, name: &'static str) -> Stream {
        self.begun.push(name);
        Stream { name, beside: self.beside(name) }
    }

    /// Takes a file that was begun and is written now.
    pub(super) fn end(&mut self, sum: Sum) {
        self.sums.push(sum);
    }

    /// Writes `SHA256SUMS` over all files, moves them to their places and returns their names. Those of an earlier report
    /// are taken away before, its `SHA256SUMS` first: at no time do files of two reports stand beside each other as one.
    /// Files of it that this one does not have are removed.
    ///
    /// # Errors
    /// The operating system refuses.
    pub fn finish(mut self) -> Result<Vec<&'static str>, WriteError> {
        let mut names: Vec<&'static str> = self.sums.iter().map(|(name, _)| *name).collect();
        names.push(SUMS);
        let sums = listed(std::mem::take(&mut self.sums));
        self.begun.push(SUMS);
        self.write(SUMS, &sums)?;
        // What would be refused is told before anything took its place.
        if let Some(path) = names.iter().map(|name| self.folder.join(name)).find(|path| path.is_dir()) {
            return Err(refused(&path, io::ErrorKind::IsADirectory.into()));
        }
        for name in names.iter().rev() {
            remove(&self.folder.join(name))?;
        }
        for name in &names {
            let path = self.folder.join(name);
            fs::rename(self.beside(name), &path).map_err(|source| refused(&path, source))?;
        }
        self.begun.clear();
        // What is left of the report before this one says something else.
        for (sum, name) in self.before.iter().filter(|(_, name)| !names.contains(&&**name)) {
            let path = self.folder.join(name);
            if fs::read(&path).is_ok_and(|content| digest(&content) == *sum) {
                remove(&path)?;
            }
        }
        Ok(names)
    }

    fn write(&self, name: &str, content: &str) -> Result<(), WriteError> {
        let beside = self.beside(name);
        fs::write(&beside, content).map_err(|source| refused(&beside, source))
    }

    fn beside(&self, name: &str) -> PathBuf {
        self.folder.join(format!(".{name}.part"))
    }
}

/// A file that is written piece by piece.
pub(super) struct Stream {
    name: &'static str,
    beside: PathBuf,
}

impl Stream {
    /// Writes it, as `write` does.
    ///
    /// # Errors
    /// The operating system refuses, or `write` fails.
    pub fn write(self, write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) -> Result<Sum, WriteError> {
        let stream = || {
            let mut hashed = Hashed { file: fs::File::create(&self.beside)?, hasher: Sha256::new() };
            write(&mut hashed)?;
            Ok((self.name, hexadecimal(&hashed.hasher.finalize())))
        };
        stream().map_err(|source| refused(&self.beside, source))
    }
}

/// A file that is hashed while it is written.
struct Hashed {
    file: fs::File,
    hasher: Sha256,
}

impl io::Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.hasher.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Removes a file that may not be there.
fn remove(path: &Path) -> Result<(), WriteError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(refused(path, error)),
        _ => Ok(()),
    }
}

/// What was begun and not ended leaves nothing behind.
impl Drop for Writer<'_> {
    fn drop(&mut self) {
        for name in &self.begun {
            let _ = fs::remove_file(self.beside(name));
        }
    }
}

fn refused(path: &Path, source: io::Error) -> WriteError {
    WriteError { path: path.display().to_string(), source }
}

/// The content of `SHA256SUMS` over the files of a report.
///
/// See the [example](mod@crate::report#example).
pub fn sums(files: &[File]) -> String {
    listed(files.iter().map(|file| (file.name, digest(file.content.as_bytes()))).collect())
}

fn listed(mut sums: Vec<Sum>) -> String {
    sort_by(&mut sums, Ord::cmp);
    sums.into_iter().map(|(name, digest)| format!("{digest}  {name}\n")).collect()
}

/// What is no evidence though it lies among it: `ignored` files and folders (the manifest, the output), by whatever
/// path they are met, and what signoff wrote.
pub(crate) fn no_evidence<'p>(ignored: impl IntoIterator<Item = &'p PathBuf>) -> impl Fn(&Path) -> bool + Sync {
    let ignored: Vec<PathBuf> = ignored.into_iter().filter_map(|path| path.canonicalize().ok()).collect();
    move |path| {
        // To find where a path really leads costs more than to open most files; what is no link keeps its name there.
        let has_its_name = ignored.iter().any(|ignored| ignored.file_name() == path.file_name());
        let may_lead_there = has_its_name || !ignored.is_empty() && path.is_symlink();
        (may_lead_there && path.canonicalize().is_ok_and(|path| ignored.contains(&path))) || is_report_file(path)
    }
}

/// The files of the report in a folder, by the list of digests that stands there; none where there is no such list.
/// One that has another digest was put there by somebody else.
pub(crate) fn written(folder: &Path) -> Vec<PathBuf> {
    let Ok(sums) = fs::read_to_string(folder.join(SUMS)) else { return Vec::new() };
    let Some(named) = named(&sums) else { return Vec::new() };
    let is_it = |sum: &str, path: &Path| fs::read(path).is_ok_and(|content| digest(&content) == sum);
    let files = named.into_iter().map(|(sum, name)| (sum, folder.join(name)));
    let files = files.filter(|(sum, path)| is_it(sum, path)).map(|(_, path)| path);
    files.chain([folder.join(SUMS)]).collect()
}

/// Digests and names of a list that names nothing but files of reports; `None` where it names others, or nothing.
fn named(sums: &str) -> Option<Vec<(&str, &str)>> {
    let sums: Option<Vec<(&str, &str)>> = sums.lines().map(|line| line.split_once("  ")).collect();
    sums.filter(|sums| !sums.is_empty() && sums.iter().all(|(_, name)| is_ours(name)))
}

/// Whether a form of the report has a file of this name.
fn is_ours(name: &str) -> bool {
    RENDERERS.iter().any(|renderer| renderer.files.contains(&name))
}

/// Whether a file is one that signoff wrote, and so no evidence: a list of digests that names nothing but files of
/// reports, or a file that it names, that has the very digest and, where others write such files too, is a report by its
/// content. What was touched after it was written is met as anything else is, and told.
fn is_report_file(path: &Path) -> bool {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return false;
    };
    if name != SUMS && !is_ours(name) {
        return false;
    }
    let Ok(sums) = fs::read_to_string(folder.join(SUMS)) else { return false };
    let Some(sums) = named(&sums) else { return false };
    let is_own = |content: Vec<u8>| {
        sums.contains(&(digest(&content).as_str(), name))
            && match name {
                "report.json" | "report.junit.xml" | "report.sarif" | "report.ctrf.json" => is_own_report(&content),
                _ => super::csv::header(name).is_none_or(|header| content.starts_with(header.as_bytes())),
            }
    };
    name == SUMS || sums.iter().any(|(_, listed)| *listed == name) && fs::read(path).is_ok_and(is_own)
}
