//! From paths to artifacts: detect each file's format and read it, on all cores.
//!
//! # Limits
//!
//! Artifacts are hostile. Each of these ends in a diagnostic of level error, so the verdict is never better for it:
//!
//! | what | limit | diagnostic |
//! |---|---|---|
//! | size of one artifact, packed and unpacked; checked before it is opened, and while it is read | 64 GiB, `--max-size` | `limit` |
//! | what is no regular file: devices, pipes, sockets, `/proc`, `/sys`, `/dev` | never read; standard input where `-` asks for it | `not-a-file` |
//! | links met in a folder or a `.tar` | read where they lead to a regular file inside of it; never to a folder | `not-a-file` |
//! | links and devices in an archive otherwise | never read | `not-a-file` |
//! | depth of JSON, and of XML, in what is passed over as well | 128, 256 | `limit` |
//! | one record of JSON; one line; one text of XML | 256 MiB and 33,554,432 values; 64 MiB; 64 MiB | `limit` |
//! | document type definitions in XML that declare entities | refused, nothing is expanded or fetched | `limit` |
//! | members of an archive | 100,000; 512 MiB each, 4 GiB in all | `limit` |
//! | artifacts of a bundle; distinct latencies that it carries | 100,000; 4 million, beyond which they are rounded | `limit` |
//! | expansion of what is packed | 250 times its size, beyond 16 MiB | `limit` |
//! | names in an archive that lead out of it | the archive is refused; nothing is ever unpacked to disk | `limit` |
//! | tests, findings, places and diagnostics that are kept with their details | see their types; all are counted | `folded` |
//! | what no format recognises | 1 GiB is read for its digest; larger ones have none | `unknown-format` |
//!
//! Nothing is fetched from a network, and no file that is written is named after an artifact.
//!
//! # Example
//!
//! ```
//! use signoff::ingest::{Options, ingest, read_bytes};
//!
//! let artifacts = ingest(&["samples/minimal".into()], &|_| false, &Options::default());
//! assert!(artifacts.iter().any(|artifact| artifact.format == Some("signoff-smoke")));
//!
//! let unknown = read_bytes("notes.txt", b"nothing to see", &Options::default());
//! assert_eq!(unknown.format, None);
//! assert_eq!(unknown.evidence.diagnostics[0].code.id, "unknown-format");
//! ```

mod auxiliary;
mod sweep;
mod together;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{
    AMBIGUOUS_FORMAT, BAD_ENCODING, EMPTY_FILE, INTERNAL, NAMED_FORMAT, NOT_EVIDENCE, UNKNOWN_FORMAT,
};
use crate::formats::{self, Format, OWN, STRANGERS, Stranger};
use crate::mapping::Mapping;
use crate::model::order::{sort_by, sort_by_key};
use crate::model::platform::name_by_artifact;
use crate::model::test::MAX_KEPT_PASSED_IN_ALL;
use crate::model::{Artifact, Evidence, LoadRun, Mapped, Origin, Part, Service, Suite, folder_and_file};
use crate::safety::identity;
use crate::safety::redact::{Counts, Redactor, cut};
use crate::source::{Diags, Found, Input, Probe, Shape, Stop, cores, discover};

/// Bytes that are read ahead where the start of a file does not tell its format.
const MAX_READ_AHEAD: u64 = 512 * 1024 * 1024;

/// Bytes that are read of an artifact that no format recognises, for its digest alone.
const MAX_UNRECOGNISED: u64 = 1024 * 1024 * 1024;

/// Files that are read together: what they leave of the room for passing tests is known before the next ones are read,
/// whichever thread is first.
const TOGETHER: usize = 64;

/// Bytes that one artifact may have where the user says nothing: more than any tool writes that signoff reads,
/// and what can be read in a minute.
///
/// See the [example](mod@crate::ingest#example).
pub const MAX_SIZE: u64 = 64 * 1024 * 1024 * 1024;

/// What the user says about the artifacts.
///
/// See the [example](mod@crate::ingest#example).
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Artifacts whose format is named: their path or the end of it, and the format's id in
    /// [`formats`](crate::formats::formats). With another id the artifact is not read, which is reported.
    pub formats: Vec<(String, &'static str)>,
    /// What secrets are found by; the built-in rules where it is not given.
    pub redactor: Option<Arc<Redactor>>,
    /// Bytes that one artifact may have; [`MAX_SIZE`] where it is not given.
    pub max_size: Option<u64>,
    /// The `[[format]]`s of the manifest.
    pub mappings: Vec<Mapping>,
    /// Whom to tell how far reading has come; nobody where it is not given.
    pub progress: Option<Arc<dyn Progress>>,
    /// Whether to find out what those mappings do not read, which takes many times as long as to read.
    pub is_audit: bool,
    /// How many threads read artifacts; `None` for as many as there are cores.
    pub threads: Option<NonZeroUsize>,
    /// Whether the single latencies of load runs are kept, which merging them needs; those of bundles always are.
    pub distributions: bool,
}

/// Is told how far reading has come, from any thread.
///
/// See the [example](mod@crate::ingest#example).
pub trait Progress: std::fmt::Debug + Send + Sync {
    /// How many bytes the files have that will be read.
    fn starts(&self, bytes: u64);
    /// So many bytes more were read.
    fn reads(&self, bytes: u64);
    /// All is read.
    fn ends(&self);
}

/// Reads all artifacts that `paths` name, in the order of their names.
///
/// `skip` tells which folders are left out. Whatever cannot be read is an artifact too, with the reason.
///
/// See the [example](mod@crate::ingest#example).
pub fn ingest(paths: &[PathBuf], skip: &(dyn Fn(&Path) -> bool + Sync), options: &Options) -> Vec<Artifact> {
    let found = discover(paths, skip);
    if let Some(progress) = &options.progress {
        progress.starts(found.iter().map(Found::size).sum());
    }
    let mut artifacts: Vec<Artifact> = Vec::with_capacity(found.len());
    let threads = options.threads.unwrap_or_else(cores).get();
    let work = |found: &Found, room| read_found(found, options, room);
    together::each(threads, (&found, TOGETHER), MAX_KEPT_PASSED_IN_ALL, work, |read, room| {
        for mut artifact in read.into_iter().flatten() {
            fold_passed(&mut artifact, room);
            artifacts.push(artifact);
        }
    });
    if let Some(progress) = &options.progress {
        progress.ends();
    }
    sort_by(&mut artifacts, |a, b| a.name.cmp(&b.name));
    auxiliary::tell(&mut artifacts);
    artifacts
}

/// Keeps no more passing tests by name than there is room for in the whole release, and no more memory than all that is
/// kept takes: there may be thousands of artifacts.
fn fold_passed(artifact: &mut Artifact, room: &mut u64) {
    artifact.evidence.suites.shrink_to_fit();
    artifact.evidence.suites.iter_mut().for_each(|suite| suite.fold_passed(room));
}

/// Reads one file, with so much room for passing tests by name in each of its artifacts.
fn read_found(found: &Found, options: &Options, room: u64) -> Vec<Artifact> {
    // An archive has more.
    let mut artifacts = Vec::with_capacity(1);
    let max_size = options.max_size.unwrap_or(MAX_SIZE);
    let packed = found.packed(max_size);
    let given = |name: &str| found.given.clone() + name.strip_prefix(found.name.as_str()).unwrap_or_default();
    let progress = |bytes| options.progress.iter().for_each(|progress| progress.reads(bytes));
    let result = found.open(max_size, &progress, &mut |name, input| {
        let (mut artifact, counts) =
            cut::while_reading(options.redactor.as_ref(), || read_guarded(name, given(name), input, options, room));
        artifact.evidence.packed.clone_from(&packed);
        // Before it is redacted, which nobody needs to do for what is not kept.
        fold_passed(&mut artifact, &mut room.clone());
        artifacts.extend(unpacked(artifact, counts, options));
    });
    let faults = match result {
        Ok(passed_over) => passed_over,
        Err(stop) => vec![(found.name.clone(), *stop.0)],
    };
    for (name, why) in faults {
        let mut artifact = refused(name.clone(), given(&name), why);
        artifact.evidence.packed.clone_from(&packed);
        artifacts.push(redacted(artifact, Counts::default(), options));
    }
    artifacts
}

/// An artifact, and where it is a bundle those that came in it.
fn unpacked(mut artifact: Artifact, counts: Counts, options: &Options) -> Vec<Artifact> {
    if !options.distributions {
        artifact.evidence.loads.iter_mut().for_each(LoadRun::forget);
    }
    let parts = std::mem::take(&mut artifact.evidence.parts);
    let mut artifact = redacted(artifact, counts, options);
    if artifact.format != Some(formats::bundle::ID) {
        return vec![artifact];
    }
    // It says nothing itself.
    artifact.kinds = &[];
    artifact.evidence.parts = parts.iter().map(|part| Part { shard: part.shard, artifacts: Vec::new() }).collect();
    let (name, given, many) = (artifact.name.clone(), artifact.given.clone(), parts.len() > 1);
    let mut all = vec![artifact];
    let mut names: BTreeMap<String, u64> = BTreeMap::new();
    for (index, part) in parts.into_iter().enumerate() {
        let folder = match part.shard {
            _ if !many => String::new(),
            Some(shard) => format!("{}-of-{}/", shard.number, shard.of),
            None => format!("part-{}/", index + 1),
        };
        for mut inner in part.artifacts {
            let bare = format!("!/{folder}{}", inner.name);
            let mut place = bare.clone();
            while let Some(same) = names.get_mut(&place) {
                *same += 1;
                place = format!("{bare} ({same})");
            }
            names.insert(place.clone(), 1);
            inner.origin = Some(Origin { bundle: name.clone(), part: index, shard: part.shard, name: inner.name });
            inner.name = format!("{name}{place}");
            inner.given = format!("{given}{place}");
            let counts = std::mem::take(&mut inner.redactions);
            all.push(redacted(inner, counts, options));
        }
    }
    all
}

/// Reads bytes with one format, in the table or not: for trying out a format that is being written.
///
/// The format is asked whether it recognises them, as for any artifact; where it does not, the artifact has no format.
/// Secrets are masked as in any artifact. `examples/add_a_format/` shows it.
pub fn read_with(format: &Format, name: &str, bytes: &[u8]) -> Artifact {
    let (artifact, counts) = cut::while_reading(None, || with(format, name, bytes));
    redacted(artifact, counts, &Options::default())
}

fn with(format: &Format, name: &str, bytes: &[u8]) -> Artifact {
    let recognise = |input: &mut Input<'_>, diags: &Diags| {
        prepare(input, diags)?;
        let probe = input.probe();
        match (format.detect)(&probe) {
            true => Ok((Reader::Format(format), matches!(probe.shape, Shape::Lines(_)))),
            false => Err(unknown(&probe)),
        }
    };
    match Input::open(Box::new(bytes)) {
        Ok(input) => read_as(name, name.to_owned(), input, &recognise, false, MAX_KEPT_PASSED_IN_ALL),
        Err(error) => refused(name.to_owned(), name.to_owned(), *Stop::io(&error).0),
    }
}

/// Reads bytes as an artifact of this name, with all that `options` say: for trying out a mapping.
///
/// See the [example](mod@crate::ingest#example).
pub fn read_bytes(name: &str, bytes: &[u8], options: &Options) -> Artifact {
    let read = || match Input::open(Box::new(bytes)) {
        Ok(input) => read_guarded(name, name.to_owned(), input, options, MAX_KEPT_PASSED_IN_ALL),
        Err(error) => refused(name.to_owned(), name.to_owned(), *Stop::io(&error).0),
    };
    let (artifact, counts) = cut::while_reading(options.redactor.as_ref(), read);
    redacted(artifact, counts, options)
}

/// Secrets leave nothing behind but their kind, whatever is made of the artifact afterwards.
fn redacted(mut artifact: Artifact, mut counts: Counts, options: &Options) -> Artifact {
    // Attempts of one test stand in one folder, or came in one part of one bundle; the names themselves may be masked.
    let place = match &artifact.origin {
        Some(origin) => {
            format!("{} {}", artifact.given.rsplit_once("!/").map_or("", |(bundle, _)| bundle), origin.part)
        }
        None => folder_and_file(&artifact.given).0.to_owned(),
    };
    for identity in artifact.evidence.suites.iter_mut().flat_map(Suite::attempts_mut) {
        *identity = identity::digest(&place, identity);
    }
    let redactor = options.redactor.as_deref().unwrap_or_else(|| Redactor::standard());
    counts.add(&sweep::evidence(redactor, &mut artifact.evidence));
    artifact.name = redactor.redact(&artifact.name, &mut counts).into_owned();
    // The same name once more, or the end of it.
    artifact.given = redactor.redact(&artifact.given, &mut Counts::default()).into_owned();
    artifact.redactions = counts;
    artifact
}

fn refused(name: String, given: String, diagnostic: Diagnostic) -> Artifact {
    let evidence = Evidence { diagnostics: vec![diagnostic], ..Evidence::default() };
    Artifact {
        name,
        given,
        sha256: None,
        bytes: None,
        format: None,
        mapping: None,
        unread: None,
        kinds: &[],
        evidence,
        redactions: Counts::default(),
        origin: None,
    }
}

/// A fault of signoff's own on one artifact must not cost the others; nothing of that artifact is used.
fn read_guarded(name: &str, given: String, input: Input<'_>, options: &Options, room: u64) -> Artifact {
    let guarded = catch_unwind(AssertUnwindSafe(|| read(name, given.clone(), input, options, room)));
    guarded.unwrap_or_else(|_| {
        refused(name.to_owned(), given, Diagnostic::new(&INTERNAL, "signoff failed while it read this artifact"))
    })
}

fn read(name: &str, given: String, input: Input<'_>, options: &Options, room: u64) -> Artifact {
    let path = given.clone();
    read_as(name, given, input, &|input, diags| recognise(name, &path, input, options, diags), options.is_audit, room)
}

/// What reads an artifact.
#[derive(Clone, Copy)]
enum Reader<'r> {
    Format(&'r Format),
    Mapping(&'r Mapping),
}

impl<'r> Reader<'r> {
    const fn format(self) -> &'r Format {
        match self {
            Reader::Format(format) => format,
            Reader::Mapping(mapping) => mapping.native(),
        }
    }
}

/// How the reader of an artifact is found, and whether it is JSON on lines.
type Recognise<'r> = dyn Fn(&mut Input<'_>, &Diags) -> Result<(Reader<'r>, bool), Stop> + 'r;

fn read_as(
    name: &str,
    given: String,
    mut input: Input<'_>,
    recognise: &Recognise<'_>,
    is_audit: bool,
    room: u64,
) -> Artifact {
    let diags = Diags::default();
    let mut evidence = Evidence::default();
    let mut mapping = None;
    let mut unread = None;
    let format = match recognise(&mut input, &diags) {
        Ok((reader, is_lines)) => {
            let mut doc = input.doc(is_lines, diags.clone()).with_room(room);
            let result = match reader {
                Reader::Format(format) => (format.read)(&mut doc, &mut evidence),
                Reader::Mapping(of) => {
                    mapping = Some(Mapped { id: of.id.clone(), digest: Some(of.digest()) });
                    of.read(&mut doc, &mut evidence, is_audit).map(|found| unread = found)
                }
            };
            if let Err(stop) = result {
                diags.push(*stop.0);
            }
            Some(reader.format())
        }
        Err(stop) => {
            diags.push(*stop.0);
            None
        }
    };
    let sealed = input.seal(if format.is_some() { u64::MAX } else { MAX_UNRECOGNISED });
    if let Err(error) = &sealed {
        let stop = Stop::io(error);
        // What ended the reader ends the digest too, and is said once.
        if !diags.has(&stop.0) {
            diags.push(*stop.0);
        }
    }
    let sealed = sealed.ok().flatten();
    evidence.diagnostics.extend(diags.take());
    sort_by_key(&mut evidence.diagnostics, |d| (d.place, d.code.id));
    for service in evidence.services.iter_mut().filter(|service| service.name == Service::UNNAMED) {
        service.name = name_by_artifact(name);
    }
    Artifact {
        name: name.to_owned(),
        given,
        sha256: sealed.as_ref().map(|s| s.sha256.clone()),
        bytes: sealed.map(|s| s.bytes),
        format: format.map(|f| f.id),
        mapping,
        unread,
        kinds: format.map_or(&[], |f| f.kinds),
        evidence,
        redactions: Counts::default(),
        origin: None,
    }
}

/// Whether a path, or the end of one, means the artifact of this name and this path as given.
pub(crate) fn is_meant(path: &str, name: &str, given: &str) -> bool {
    let is_end_of = |of: &str| of.strip_suffix(path).is_some_and(|before| before.is_empty() || before.ends_with('/'));
    is_end_of(name) || is_end_of(given)
}

/// What reads an artifact, and whether it is JSON on lines.
fn recognise<'o>(
    name: &str,
    given: &str,
    input: &mut Input<'_>,
    options: &'o Options,
    diags: &Diags,
) -> Result<(Reader<'o>, bool), Stop> {
    prepare(input, diags)?;
    let named = options.formats.iter().find(|(path, _)| is_meant(path, name, given));
    let probe = input.probe();
    let is_lines = matches!(probe.shape, Shape::Lines(_));
    if let Some((_, id)) = named {
        let none = || Stop::new(&UNKNOWN_FORMAT, format!("no format is called `{id}`"));
        let format = formats::by_id(id).ok_or_else(none)?;
        // The report of a bundle knows nothing of the options of whoever collected it.
        diags.push(Diagnostic::new(&NAMED_FORMAT, format!("was read as `{}`, as the command line says", format.id)));
        return Ok((Reader::Format(format), is_lines));
    }
    match choose(name, &probe, &options.mappings) {
        Ok(reader) => Ok((reader, is_lines)),
        Err(stop) if input.is_complete() || matches!(probe.shape, Shape::Binary(_) | Shape::Text) => Err(stop),
        Err(_) => {
            // What decides may stand at the end: the version of SARIF, the summary of CTRF.
            drop(probe);
            input.read_ahead(MAX_READ_AHEAD).map_err(|error| Stop::io(&error))?;
            let probe = input.probe();
            choose(name, &probe, &options.mappings).map(|reader| (reader, matches!(probe.shape, Shape::Lines(_))))
        }
    }
}

/// Text as UTF-8, from its first character on.
fn prepare(input: &mut Input<'_>, diags: &Diags) -> Result<(), Stop> {
    if input.is_empty() {
        return Err(Stop::new(&EMPTY_FILE, "the file has no content"));
    }
    input.normalise_encoding(diags)?;
    input.trim_start();
    if input.head().iter().all(u8::is_ascii_whitespace) && input.is_complete() {
        return Err(Stop::new(&EMPTY_FILE, "the file has nothing but white space"));
    }
    Ok(())
}

fn choose<'o>(name: &str, probe: &Probe<'_>, mappings: &'o [Mapping]) -> Result<Reader<'o>, Stop> {
    let mapped: Vec<&Mapping> = mappings.iter().filter(|mapping| mapping.is_for(name, probe)).collect();
    // Whoever names the path knows what it is.
    let by_path: Vec<&Mapping> = mapped.iter().copied().filter(|mapping| mapping.is_by_path()).collect();
    if let [mapping] = by_path.as_slice() {
        return Ok(Reader::Mapping(mapping));
    }
    match &probe.shape {
        Shape::Binary(what) => {
            if let Some(stranger) = stranger(probe) {
                return Err(not_evidence(stranger));
            }
            let diagnostic = Diagnostic::new(&UNKNOWN_FORMAT, format!("the content is {what}"));
            return Err(diagnostic
                .help("archives are read where their name says so: .zip, .tar, .tar.gz, .gz, .zst")
                .into());
        }
        Shape::Broken(diagnostic) => return Err(Stop(diagnostic.clone())),
        Shape::Json(_) | Shape::Lines(_) | Shape::Xml(_) | Shape::Text => {}
    }
    if (OWN.detect)(probe) {
        return Err(not_evidence(&OWN));
    }
    match (formats::detect(probe).as_slice(), mapped.as_slice()) {
        ([format], []) => Ok(Reader::Format(format)),
        ([], [mapping]) => Ok(Reader::Mapping(mapping)),
        ([], []) => Err(probe.broken.clone().map_or_else(|| unknown(probe), Stop)),
        (formats, mapped) => {
            let of_manifest = mapped.iter().map(|mapping| format!("`{}` of the manifest", mapping.id));
            let names: Vec<String> =
                formats.iter().map(|format| format!("`{}`", format.id)).chain(of_manifest).collect();
            let diagnostic = Diagnostic::new(&AMBIGUOUS_FORMAT, format!("could be any of {}", names.join(", ")));
            Err(match mapped {
                [] => diagnostic.into(),
                _ => diagnostic.help("give the `[[format]]` that is meant a `path`, or keys that no other has").into(),
            })
        }
    }
}

fn not_evidence(stranger: &Stranger) -> Stop {
    Diagnostic::new(&NOT_EVIDENCE, format!("is {}", stranger.what)).help(stranger.instead).into()
}

fn stranger(probe: &Probe<'_>) -> Option<&'static Stranger> {
    STRANGERS.iter().find(|stranger| (stranger.detect)(probe))
}

/// Why no format recognises it, as exactly as the content tells.
fn unknown(probe: &Probe<'_>) -> Stop {
    if let Some(stranger) = stranger(probe) {
        return not_evidence(stranger);
    }
    if let Some(root) = probe.document() {
        if root.is_null() || root.is_empty() {
            let shown = root.raw().split_whitespace().collect::<String>();
            let message = format!("`{shown}` alone does not tell which tool wrote it");
            return Stop::new(&AMBIGUOUS_FORMAT, message);
        }
        let keys: Vec<String> =
            root.entries().take(6).map(|(key, _)| format!("`{}`", crate::source::json::shorten(&key))).collect();
        let message = if keys.is_empty() {
            "no format recognises this JSON array".to_owned()
        } else {
            format!("no format recognises a JSON object with the keys {}", keys.join(", "))
        };
        return Stop::new(&UNKNOWN_FORMAT, message);
    }
    if let Some(xml) = probe.xml() {
        let root = crate::source::json::shorten(xml.root()).to_owned();
        return Stop::new(&UNKNOWN_FORMAT, format!("no format recognises XML with the root <{root}>"));
    }
    if let Some(text) = probe.text() {
        if let Some(at) = probe.broken_text() {
            return Stop::new(&BAD_ENCODING, format!("the byte at offset {at} is not UTF-8"));
        }
        let is_log = |line: &str| line.strip_prefix('[').is_some_and(|rest| rest.starts_with(char::is_alphabetic));
        let json = text.lines().position(|line| line.starts_with(['{', '[']) && !is_log(line));
        if let Some(line) = json {
            let message = format!("other text stands before the JSON that starts in line {}", line + 1);
            return Diagnostic::new(&UNKNOWN_FORMAT, message).help("keep the tool's log out of its result file").into();
        }
    }
    Stop::new(&UNKNOWN_FORMAT, "no format recognises this content")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_that_nobody_knows_is_not_read_as_another() {
        let bytes = br#"{"schema": "signoff.smoke/1", "name": "front page", "outcome": "passed"}"#;
        let as_format = |id| Options { formats: vec![("smoke.json".to_owned(), id)], ..Options::default() };
        assert_eq!(read_bytes("smoke.json", bytes, &as_format("signoff-smoke")).format, Some("signoff-smoke"));
        let artifact = read_bytes("smoke.json", bytes, &as_format("smok"));
        assert_eq!((artifact.format, artifact.evidence.suites.len()), (None, 0));
        let [diagnostic] = &artifact.evidence.diagnostics[..] else { panic!("{:?}", artifact.evidence.diagnostics) };
        assert_eq!(diagnostic.message, "no format is called `smok`");
    }
}
