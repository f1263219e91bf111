//! Which files the given paths name.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use sha2::Digest;

use super::archive::{self, Member, Packing, packing_of_name};
use super::content::{Content, too_large};
use super::hashing::Hashing;
use super::{Input, Stop};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{IO, NOT_A_FILE};
use crate::model::Packed;
use crate::model::digest::hexadecimal;
use crate::model::order::{sort_by, sort_by_cached_key};

/// One file that the given paths name, or a place where there should be one.
#[derive(Debug)]
pub struct Found {
    /// Its name in reports: the path inside of the given folder, or the file name, with `/` between its parts.
    /// It does not depend on where the folder lies.
    pub name: String,
    /// Its path as given, for the terminal.
    pub given: String,
    /// Where it is; `None` for standard input.
    path: Option<PathBuf>,
    /// The same place without links; `None` where it cannot be found, and for standard input.
    real: Option<PathBuf>,
    /// Why it cannot be read; `None` where nothing is known against it.
    pub refused: Option<Diagnostic>,
}

/// What standard input is called, which has no name.
pub const STDIN: &str = "<stdin>";
/// What an archive holds and is not read: its name, and why.
pub type Refused = (String, Diagnostic);

/// A path for people and reports: `/` between its parts, without `./`. Bytes that are no UTF-8 become `\xNN`.
pub fn display_name(path: &Path) -> String {
    // Most paths are written as they are shown.
    let is_shown = |part: &str| !part.is_empty() && part != "." && !part.contains('\\');
    if let Some(text) = path.to_str().filter(|text| text.strip_prefix('/').unwrap_or(text).split('/').all(is_shown)) {
        return text.to_owned();
    }
    let mut name = String::with_capacity(path.as_os_str().len());
    for part in path.components() {
        match part {
            Component::RootDir => name.push('/'),
            Component::CurDir => {}
            part => {
                if !name.is_empty() && !name.ends_with('/') {
                    name.push('/');
                }
                name.push_str(&lossless(part.as_os_str().as_encoded_bytes()));
            }
        }
    }
    name
}

/// A name with each byte that is no UTF-8 as `\xNN`, so that names which differ stay apart.
pub(super) fn lossless(name: &[u8]) -> String {
    let mut text = String::new();
    for chunk in name.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}

/// Finds the files that `paths` name, sorted by name. Folders are walked without following links;
/// `skip` tells which folders and files are left out (a report's own output, the manifest). Each file stands once, however often it is named.
///
/// A path that names nothing is found too, as refused: missing evidence is never passed over.
pub fn discover(paths: &[PathBuf], skip: &dyn Fn(&Path) -> bool) -> Vec<Found> {
    let mut found: Vec<Found> = paths.iter().flat_map(|path| walk(path, skip)).collect();
    let mut seen = HashSet::new();
    let is_new: Vec<bool> =
        found.iter().map(|found| seen.insert(found.real.as_ref().or(found.path.as_ref()))).collect();
    let mut is_new = is_new.into_iter();
    found.retain(|_| is_new.next().unwrap_or(true));
    let by_name = |found: &mut Vec<Found>| sort_by(found, |a, b| a.name.cmp(&b.name));
    by_name(&mut found);
    let mut has_same = false;
    for some in found.chunk_by_mut(|a, b| a.name == b.name).filter(|some| some.len() > 1) {
        some.iter_mut().for_each(|found| found.name.clone_from(&found.given));
        has_same = true;
    }
    if has_same {
        by_name(&mut found);
    }
    found
}

fn walk(path: &Path, skip: &dyn Fn(&Path) -> bool) -> Vec<Found> {
    if path.as_os_str() == "-" {
        return vec![Found { name: STDIN.to_owned(), given: STDIN.to_owned(), path: None, real: None, refused: None }];
    }
    if !path.is_dir() {
        // A link that is named is followed, once: the user asked for it.
        let parent = path.parent().unwrap_or(path);
        let kind = std::fs::metadata(path).map(|meta| meta.file_type());
        return vec![Found::new(parent, path, path.canonicalize().ok(), kind)];
    }
    let real_root = path.canonicalize().ok();
    // Nothing below the folder that is no link itself is reached through one.
    let real = |inside: &Path| Some(real_root.as_ref()?.join(inside.strip_prefix(path).ok()?));
    let mut found = Vec::new();
    let mut entries = walkdir::WalkDir::new(path).follow_links(false).into_iter();
    while let Some(entry) = entries.next() {
        match entry {
            // The folder itself: where it is a link, it was named and is followed.
            Ok(entry) if entry.depth() == 0 => {}
            Ok(entry) if entry.file_type().is_dir() => {
                if skip(entry.path()) {
                    entries.skip_current_dir();
                }
            }
            Ok(entry) if skip(entry.path()) => {}
            Ok(entry) if entry.file_type().is_symlink() => found.push(linked(path, entry.path())),
            Ok(entry) => found.push(Found::new(path, entry.path(), real(entry.path()), Ok(entry.file_type()))),
            Err(error) => {
                let place = error.path().unwrap_or(path).to_owned();
                let error = error.into_io_error().unwrap_or_else(|| io::Error::other("the folder contains itself"));
                found.push(Found::new(path, &place, place.canonicalize().ok(), Err(error)));
            }
        }
    }
    sort_by_cached_key(&mut found, |found| found.path.as_deref().map(by_parts));
    found
}

/// By what to sort a path, so that what is in a folder stands together.
fn by_parts(path: &Path) -> Vec<u8> {
    let bytes = path.as_os_str().as_encoded_bytes().iter();
    bytes.map(|byte| if std::path::is_separator(char::from(*byte)) { 0 } else { *byte }).collect()
}

/// A link met on a walk is read where it leads to a regular file inside of the walked folder.
fn linked(root: &Path, link: &Path) -> Found {
    let inside = || -> io::Result<Option<std::fs::FileType>> {
        let target = link.canonicalize()?;
        let meta = std::fs::metadata(&target)?;
        Ok(target.starts_with(root.canonicalize()?).then(|| meta.file_type()))
    };
    let real = link.canonicalize().ok();
    match inside() {
        Ok(Some(kind)) => Found::new(root, link, real, Ok(kind)),
        Ok(None) => {
            let mut found = Found::new(root, link, real, Err(io::Error::other("")));
            let message = "is a link that leads out of the given folder";
            found.refused = Some(Diagnostic::new(&NOT_A_FILE, message));
            found
        }
        Err(error) => Found::new(root, link, real, Err(error)),
    }
}

impl Found {
    /// What was met at `path`, which is `real` without links.
    fn new(root: &Path, path: &Path, real: Option<PathBuf>, kind: io::Result<std::fs::FileType>) -> Found {
        let refused = match kind {
            Ok(kind) if kind.is_file() => None,
            Ok(kind) if kind.is_dir() => {
                Some(Diagnostic::new(&NOT_A_FILE, "is a link to a folder, which is not followed"))
            }
            Ok(_) => Some(Diagnostic::new(&NOT_A_FILE, "is no regular file")),
            Err(error) => Some(Diagnostic::new(&IO, format!("cannot be read: {}", super::plain(&error)))),
        };
        // What the kernel makes up on reading is no file either: it would show this machine, not the release.
        let refused = refused.or_else(|| {
            let target = real.as_ref()?;
            let made_up = ["/proc", "/sys", "/dev"].iter().any(|root| target.starts_with(root));
            made_up.then(|| Diagnostic::new(&NOT_A_FILE, "is no regular file"))
        });
        let inside = path.strip_prefix(root).ok().filter(|rest| rest.components().next().is_some());
        let name = display_name(inside.unwrap_or(path));
        Found { name, given: display_name(path), path: Some(path.to_owned()), real, refused }
    }

    /// Its length in bytes as it lies on the disk; 0 where that is not known.
    pub fn size(&self) -> u64 {
        self.path.as_ref().and_then(|path| std::fs::metadata(path).ok()).map_or(0, |meta| meta.len())
    }

    /// Opens it and calls `read` with name and content: once, or for an archive once for each member.
    /// The content is `max_size` bytes at the most, packed as well as unpacked.
    /// `progress` is told how many bytes of the file were read, as they are.
    ///
    /// # Errors
    /// It cannot be opened, is too large, or is no archive although its name says so. Members before the fault were read.
    ///
    /// What an archive holds beside regular files is returned, with why it is not read.
    pub fn open(
        &self,
        max_size: u64,
        progress: &(dyn Fn(u64) + Sync),
        read: &mut dyn FnMut(&str, Input<'_>),
    ) -> Result<Vec<Refused>, Stop> {
        if let Some(refused) = &self.refused {
            return Err(Stop(Box::new(refused.clone())));
        }
        let fail = |error: io::Error| Stop::io(&error);
        let packed_file = |path: &Path| {
            let (file, bytes) = open_file(path, max_size)?;
            // What is packed is read at one go, or out of order.
            progress(bytes);
            Ok(file)
        };
        let packing = packing_of_name(&self.name);
        let (mut bytes, mut told) = (None, None);
        let source: Box<dyn Read + Send> = match (&self.path, packing) {
            (None, _) => Box::new(io::stdin()),
            (Some(path), None) => {
                let (file, length) = open_file(path, max_size).map_err(fail)?;
                (bytes, told) = (Some(length), Some(progress));
                Box::new(file)
            }
            (Some(path), Some(packing @ (Packing::Gzip | Packing::Zstd))) => {
                archive::decompress(packed_file(path).map_err(fail)?, packing).map_err(fail)?
            }
            (Some(path), Some(packing)) => {
                let mut members = 0;
                let mut refused = Vec::new();
                let file = packed_file(path).map_err(fail)?;
                archive::members(file, packing, &mut |name, member| {
                    members += 1;
                    let name = format!("{}!/{name}", self.name);
                    match member {
                        Member::Other(why) => refused.push((name, Diagnostic::new(&NOT_A_FILE, why))),
                        Member::File(content) => {
                            if let Ok(input) = Input::open(Box::new(content)) {
                                read(&name, input);
                            }
                        }
                    }
                })
                .map_err(fail)?;
                if members == 0 {
                    return Err(Stop::new(&crate::diagnostics::codes::EMPTY_FILE, "the archive has no member"));
                }
                return Ok(refused);
            }
        };
        let content = Content::own(source, max_size, told);
        read(&self.name, Input::open_sized(content, bytes).map_err(fail)?);
        Ok(Vec::new())
    }

    /// The packed file as it is: what is read is its content, and whoever has the file can only hash the file.
    /// `None` where it is not packed, or cannot be read.
    pub fn packed(&self, max_size: u64) -> Option<Packed> {
        let path = self.path.as_ref().filter(|_| self.refused.is_none() && packing_of_name(&self.name).is_some())?;
        let mut file = Hashing::new(open_file(path, max_size).ok()?.0);
        io::copy(&mut file, &mut io::sink()).ok()?;
        let (hasher, bytes) = file.finish().ok()?;
        let sha256 = hexadecimal(&hasher.finalize());
        Some(Packed { name: self.name.clone(), sha256, bytes })
    }
}

/// Opens a regular file whose length is within bounds, and tells that length. It is asked once more: the name may lead
/// elsewhere by now.
fn open_file(path: &Path, max_size: u64) -> io::Result<(File, u64)> {
    let file = File::open(path)?;
    let meta = file.metadata()?;
    if !meta.is_file() {
        return Err(io::Error::other("it is no regular file any more"));
    }
    if meta.len() > max_size { Err(too_large(max_size)) } else { Ok((file, meta.len())) }
}
