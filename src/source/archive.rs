//! Archives and compressed files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read, Seek};

use super::Exceeded;
use super::discover::lossless;
use super::zstd::Frames;
use crate::model::order::sort_by;

/// Bytes that all members of an archive, or a compressed file, may expand to while they are kept in memory.
pub const MAX_EXPANDED: u64 = 4 * 1024 * 1024 * 1024;
/// Bytes of one archive member, which is read as a whole.
pub const MAX_MEMBER: u64 = 512 * 1024 * 1024;
/// Members of an archive.
pub const MAX_MEMBERS: usize = 100_000;
/// How many times its size compressed data may expand to, beyond [`FREE_EXPANSION`].
pub const MAX_RATIO: u64 = 250;
/// Expansion that is never suspicious.
const FREE_EXPANSION: u64 = 16 * 1024 * 1024;

/// How a file is packed, by its name. The name decides, since an archive under another name
/// (`report.json` that is a zip) is a mistake worth telling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// `.zip`
    Zip,
    /// `.tar`
    Tar,
    /// `.tar.gz`, `.tgz`
    TarGzip,
    /// `.tar.zst`
    TarZstd,
    /// `.gz`
    Gzip,
    /// `.zst`
    Zstd,
}

/// How a file is packed, by its name; `None` for a plain file.
pub fn packing_of_name(name: &str) -> Option<Packing> {
    let name = name.to_ascii_lowercase();
    [
        (".zip", Packing::Zip),
        (".tar.gz", Packing::TarGzip),
        (".tgz", Packing::TarGzip),
        (".tar.zst", Packing::TarZstd),
        (".tar", Packing::Tar),
        (".gz", Packing::Gzip),
        (".zst", Packing::Zstd),
    ]
    .into_iter()
    .find(|(suffix, _)| name.ends_with(suffix))
    .map(|(_, packing)| packing)
}

/// The decompressed content of a `.gz` or `.zst` file.
pub(super) fn decompress(file: File, packing: Packing) -> io::Result<Box<dyn Read + Send>> {
    let compressed = file.metadata()?.len();
    let inner: Box<dyn Read + Send> = match packing {
        Packing::Gzip | Packing::TarGzip => Box::new(flate2::read::MultiGzDecoder::new(io::BufReader::new(file))),
        Packing::Zstd | Packing::TarZstd => Box::new(Frames::new(io::BufReader::new(file))),
        Packing::Zip | Packing::Tar => Box::new(file),
    };
    Ok(Box::new(Bounded { inner, expanded: 0, compressed }))
}

/// Stops a stream that expands beyond all measure.
struct Bounded {
    inner: Box<dyn Read + Send>,
    expanded: u64,
    compressed: u64,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.expanded += count as u64;
        check_expansion(self.compressed, self.expanded)?;
        Ok(count)
    }
}

fn check_expansion(compressed: u64, expanded: u64) -> io::Result<()> {
    if expanded > FREE_EXPANSION && expanded / MAX_RATIO > compressed {
        return Err(exceeded(format!("compressed data expands to more than {MAX_RATIO} times its size")));
    }
    Ok(())
}

fn exceeded(message: String) -> io::Error {
    io::Error::other(Exceeded(message))
}

/// What stands in an archive under a name.
pub(super) enum Member<'m> {
    /// A regular file, or a link to one of the archive: its content.
    File(&'m [u8]),
    /// Something else, and what it is.
    Other(&'static str),
}

/// Calls `member` with the name of each entry of an archive but folders, in the order of their names.
pub(super) fn members(file: File, packing: Packing, member: &mut dyn FnMut(&str, Member<'_>)) -> io::Result<()> {
    match packing {
        Packing::Zip => zip_members(file, member),
        Packing::Tar | Packing::TarGzip | Packing::TarZstd => tar_members(decompress(file, packing)?, member),
        Packing::Gzip | Packing::Zstd => Ok(()),
    }
}

/// A name that could leave the folder that an archive is unpacked into. signoff never unpacks to disk,
/// but such an archive was made to attack.
fn check_name(name: &str) -> io::Result<()> {
    let evil = name.starts_with('/')
        || name.starts_with('\\')
        || name.contains(':')
        || name.split(['/', '\\']).any(|part| part == "..");
    if evil {
        Err(exceeded(format!("the member `{}` leaves the archive's folder", super::json::shorten(name))))
    } else {
        Ok(())
    }
}

fn zip_members(file: impl Read + Seek, member: &mut dyn FnMut(&str, Member<'_>)) -> io::Result<()> {
    let mut file = file;
    let end = End::find(&mut file)?;
    let mut start = [0; 4];
    let is_archive = file.read(&mut start)? == start.len() && start.starts_with(b"PK");
    let mut archive = zip::ZipArchive::new(file).map_err(io::Error::other)?;
    if end.members.is_some_and(|listed| usize::from(listed) != archive.len()) {
        return Err(exceeded("two of its members have the same name, and one would hide the other".to_owned()));
    }
    // What unpacks itself begins with a program; it hides nothing.
    if archive.offset() > 0 && is_archive {
        return Err(exceeded("another archive stands before it in the same file, and would be hidden".to_owned()));
    }
    if end.behind {
        return Err(exceeded("something stands behind its end, and would be hidden".to_owned()));
    }
    if archive.len() > MAX_MEMBERS {
        return Err(exceeded(format!("more than {MAX_MEMBERS} members")));
    }
    let mut names = Vec::new();
    let mut places = Vec::new();
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(io::Error::other)?;
        let name = entry.name().map_err(io::Error::other)?.into_owned();
        check_name(&name)?;
        let data = entry.data_start().unwrap_or_else(|| entry.header_start());
        places.push((entry.header_start(), data.saturating_add(entry.compressed_size())));
        if !entry.is_dir() || entry.size() > 0 || entry.compressed_size() > 0 {
            names.push((name, index));
        }
    }
    check_places(places, archive.offset(), archive.central_directory_start())?;
    sort_by(&mut names, Ord::cmp);
    let mut total = 0;
    for (name, index) in names {
        let entry = archive.by_index(index).map_err(io::Error::other)?;
        if entry.is_dir() {
            member(&name, Member::Other("is a folder by its name, and has content"));
            continue;
        }
        if !entry.is_file() {
            member(&name, Member::Other("is a link in a .zip, which is not followed"));
            continue;
        }
        let compressed = entry.compressed_size();
        let content = read_member(entry, &mut total)?;
        check_expansion(compressed, content.len() as u64)?;
        member(&name, Member::File(&content));
    }
    Ok(())
}

/// That the members, each from its header to the end of its data, leave no room for another one between the start of
/// the archive and its directory: one that is not listed would be hidden.
fn check_places(mut places: Vec<(u64, u64)>, start: u64, directory: u64) -> io::Result<()> {
    /// What may stand behind the data: the data descriptor of ZIP64, with its signature. APPNOTE.TXT, section 4.3.9.
    const DESCRIPTOR: u64 = 24;
    sort_by(&mut places, Ord::cmp);
    let mut at = start;
    for (from, to) in places.into_iter().chain([(directory, directory)]) {
        if from < at || from - at > DESCRIPTOR {
            return Err(exceeded("its directory does not list all that stands in it".to_owned()));
        }
        at = to;
    }
    Ok(())
}

/// What the end of a .zip says, by APPNOTE.TXT, section 4.3.16.
struct End {
    /// How many members there are; `None` where it says so elsewhere (ZIP64), or is not found.
    members: Option<u16>,
    /// Whether something stands behind it and its comment.
    behind: bool,
}

impl End {
    fn find(file: &mut (impl Read + Seek)) -> io::Result<End> {
        const END: u64 = 22;
        let length = file.seek(io::SeekFrom::End(0))?;
        let start = length.saturating_sub(END + u64::from(u16::MAX));
        file.seek(io::SeekFrom::Start(start))?;
        let mut tail = Vec::new();
        file.take(END + u64::from(u16::MAX)).read_to_end(&mut tail)?;
        file.seek(io::SeekFrom::Start(0))?;
        let number = |at: usize| Some(u16::from_le_bytes(tail.get(at..at + 2)?.try_into().ok()?));
        let Some(at) = memchr::memmem::rfind(&tail, b"PK\x05\x06") else {
            // Behind more than the longest comment nothing looks for it.
            return Ok(End { members: None, behind: true });
        };
        let comment = number(at + 20).map_or(0, usize::from);
        Ok(End { members: number(at + 10).filter(|count| *count != u16::MAX), behind: tail.len() > at + 22 + comment })
    }
}

fn tar_members(stream: impl Read, member: &mut dyn FnMut(&str, Member<'_>)) -> io::Result<()> {
    let mut archive = tar::Archive::new(Ending { inner: stream, zeros: 0 });
    // Behind the end of an archive another one may stand.
    archive.set_ignore_zeros(true);
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut others: BTreeMap<String, Option<String>> = BTreeMap::new();
    let mut doubled: BTreeSet<String> = BTreeSet::new();
    let mut total = 0;
    for entry in archive.entries()? {
        let entry = entry?;
        let name = plain_name(&lossless(&entry.path_bytes()));
        check_name(&name)?;
        if files.len() + others.len() >= MAX_MEMBERS {
            return Err(exceeded(format!("more than {MAX_MEMBERS} members")));
        }
        let kind = entry.header().entry_type();
        let link = || entry.link_name_bytes().map(|target| String::from_utf8_lossy(&target).into_owned());
        if kind.is_file() || kind.is_contiguous() || kind.is_gnu_sparse() {
            let content = read_member(entry, &mut total)?;
            // When the archive is unpacked the last one stays, whatever the first one says.
            if others.contains_key(&name) || files.get(&name).is_some_and(|before| *before != content) {
                doubled.insert(name.clone());
            }
            files.insert(name, content);
            continue;
        }
        let target = if kind.is_symlink() {
            let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
            link().and_then(|target| target_of(folder, &target))
        } else if kind.is_hard_link() {
            link().and_then(|target| target_of("", &target))
        } else if kind.is_dir() && entry.size() == 0 || kind.is_pax_global_extensions() {
            continue;
        } else {
            None
        };
        if files.remove(&name).is_some() {
            doubled.insert(name.clone());
        }
        others.insert(name, target);
    }
    if archive.into_inner().zeros < TAR_BLOCK {
        return Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "the archive has no end mark, so members may be missing",
        ));
    }
    let names: BTreeSet<&String> = files.keys().chain(others.keys()).collect();
    for name in names {
        let content = files.get(name).or_else(|| files.get(others.get(name)?.as_ref()?));
        match content {
            _ if doubled.contains(name) => {
                member(name, Member::Other("stands in the archive more than once, each time as something else"));
            }
            Some(content) => member(name, Member::File(content)),
            None => member(name, Member::Other("is a link to no file of the archive, or no regular file")),
        }
    }
    Ok(())
}

/// Bytes of a block of a .tar. Two of zeros end it (POSIX.1-2017, pax, "ustar Interchange Format"); some writers leave out
/// the second.
const TAR_BLOCK: u64 = 512;

/// Counts the zeros that a stream ends with.
struct Ending<R> {
    inner: R,
    zeros: u64,
}

impl<R: Read> Read for Ending<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let last = buffer[..count].iter().rposition(|byte| *byte != 0);
        self.zeros = last.map_or(self.zeros, |_| 0) + (count - last.map_or(0, |last| last + 1)) as u64;
        Ok(count)
    }
}

/// A name without `./` before it.
fn plain_name(name: &str) -> String {
    name.trim_start_matches("./").to_owned()
}

/// What a link in a folder of an archive names; `None` where it leads out of the archive.
fn target_of(folder: &str, target: &str) -> Option<String> {
    if target.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

fn read_member(entry: impl Read, total: &mut u64) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    entry.take(MAX_MEMBER + 1).read_to_end(&mut content)?;
    *total += content.len() as u64;
    if content.len() as u64 > MAX_MEMBER || *total > MAX_EXPANDED {
        return Err(exceeded(format!(
            "an archive member of more than {} MiB, or more than {} MiB in all",
            MAX_MEMBER / 1024 / 1024,
            MAX_EXPANDED / 1024 / 1024
        )));
    }
    Ok(content)
}
