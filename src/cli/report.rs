//! `signoff report` and `signoff check`.

use std::io::Write;
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use jiff::Timestamp;

use super::init::MANIFEST;
use super::{annotations, baseline, identity, progress, terminal};
use crate::diagnostics::{Level, nearest};
use crate::formats;
use crate::gate::{Verdict, policy};
use crate::ingest::{Options, is_meant};
use crate::manifest::{self, Loaded};
use crate::model::Kind;
use crate::pipeline::{Request, Validation, validate};
use crate::report::html::Style;
use crate::report::junit::Profile;
use crate::report::summary::{self, Budget};
use crate::report::{self, RENDERERS, RenderOptions, Renderer, Writer};
use crate::safety::redact::Redactor;
use crate::safety::terminal::line;
use crate::source::STDIN;

#[derive(Debug, Default, clap::Args)]
struct Common {
    /// Files, folders, archives (.zip, .tar, .tar.gz, .gz, .zst), or `-` for standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The manifest [default: signoff.toml in the current folder or in the first PATH, if there]
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
    /// The time of the report, RFC 3339 [default: SOURCE_DATE_EPOCH, else the newest time in the evidence]
    #[arg(long, value_name = "TIME")]
    as_of: Option<String>,
    #[arg(long, value_name = "KIND,…", help = require_help())]
    require: Option<String>,
    /// From which verdict on the exit code is 1
    #[arg(long, value_enum, default_value_t = FailOn::Failed)]
    fail_on: FailOn,
    /// How many shards there must be
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    shard_count: Option<u32>,
    /// An earlier report.json to compare with, or the folder that holds it
    #[arg(long, value_name = "REPORT.json")]
    baseline: Option<PathBuf>,
    /// The format of an artifact whose content does not tell
    #[arg(long, value_name = "PATH=FORMAT", allow_hyphen_values = true)]
    format_of: Vec<String>,
    #[command(flatten)]
    identity: identity::Args,
    #[command(flatten)]
    ci: annotations::Args,
    /// Bytes that one artifact may have, such as `500 MiB` [default: 64 GiB]
    #[arg(long, value_name = "SIZE")]
    max_size: Option<String>,
    /// Print nothing but errors, and one line on why the exit code is not 0
    #[arg(long, short)]
    quiet: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum FailOn {
    /// 1 on failed, 3 on undecided
    #[default]
    Failed,
    /// 1 on conditional as well
    Conditional,
    /// 0 whatever the verdict
    Never,
}

#[derive(Debug, clap::Args)]
pub(super) struct ReportArgs {
    #[command(flatten)]
    common: Common,
    /// The folder to write to
    #[arg(long, value_name = "DIR", default_value = "signoff-report")]
    out: PathBuf,
    #[arg(long, value_name = "FORM,…", help = format_help())]
    format: Option<String>,
    #[arg(long, value_name = "PLACE|BYTES", help = budget_help())]
    budget: Option<String>,
    /// How much report.junit.xml says
    #[arg(long, value_enum, default_value_t = Profile::Strict)]
    junit_profile: Profile,
    /// Where the styles of report.html stand
    #[arg(long, value_enum, default_value_t = Style::Inside)]
    css: Style,
    /// A folder of templates that stand in for the built-in ones
    #[arg(long, value_name = "DIR")]
    templates: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    common: Common,
}

fn require_help() -> String {
    let kinds = Kind::ALL.map(Kind::word).join(", ");
    format!(
        "The kinds of evidence that must be there, separated by commas: {kinds}; empty: none [default: those of the \
             manifest, else all but platform]"
    )
}

fn format_help() -> String {
    let all: Vec<&str> = RENDERERS.iter().map(|form| form.id).collect();
    let default: Vec<&str> = RENDERERS.iter().filter(|form| form.default).map(|form| form.id).collect();
    format!("What to write, separated by commas: {} [default: {}]", all.join(", "), default.join(","))
}

fn budget_help() -> String {
    let places: Vec<&str> = summary::BUDGETS.iter().map(|(place, _)| *place).collect();
    format!("Write summary.md too, in the size that a place allows: {}, or a number of bytes", places.join(", "))
}

pub(super) fn report(args: &ReportArgs, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let mut forms = forms(args.format.as_deref())?;
    let budget = budget(args.budget.as_deref())?;
    if args.budget.is_some() && !forms.iter().any(|form| form.id == "summary") {
        forms.extend(RENDERERS.iter().filter(|form| form.id == "summary"));
    }
    if args.out.exists() && !args.out.is_dir() {
        bail!("{} is not a folder", args.out.display());
    }
    if let Some(folder) = args.templates.as_deref().filter(|folder| !folder.is_dir()) {
        bail!("{} is not a folder of templates", folder.display());
    }
    let mut request = request(&args.common)?;
    if let Some(baseline) = args.common.baseline.as_deref().map(baseline::file) {
        let folder = baseline.canonicalize().ok().and_then(|path| path.parent().map(Path::to_owned));
        if folder.is_some() && folder == args.out.canonicalize().ok() {
            bail!(
                "{} would be overwritten, and the report could not be verified: give another --out",
                baseline.display()
            );
        }
    }
    if lies_in(&args.out, &request.paths) {
        request.ignore.extend(report::written(&args.out));
    }
    if let Some(path) = overwritten(&request, &forms, &args.out) {
        bail!("{} is evidence, and would be overwritten by the report: give another --out", path.display());
    }
    // Its memory goes back with the process, which is sooner done than piece by piece.
    let validation = ManuallyDrop::new(validate(&request));
    require_meant(&request, &validation)?;
    let options =
        RenderOptions { templates: args.templates.as_deref(), budget, profile: args.junit_profile, style: args.css };
    let made = request.made(&forms, options);
    let mut writer = Writer::new(&args.out)?;
    report::write(validation.subject(&request, &made), &forms, options, &mut writer)?;
    let written = writer.finish()?;
    if !args.common.quiet {
        terminal::result(out, &validation, terminal::width())?;
        writeln!(out, "\nWrote {} to {}", written.join(", "), args.out.display())?;
    }
    finish(&args.common, &request.loaded.name, &validation, out)
}

/// A file of the evidence that stands where the report's own would be written.
fn overwritten(request: &Request, forms: &[&Renderer], out: &Path) -> Option<PathBuf> {
    let is_none = report::no_evidence(&request.ignore);
    let names = forms.iter().flat_map(|form| form.files).chain([&report::SUMS]);
    let mut paths = names.map(|name| out.join(name));
    paths.find(|path| path.is_file() && lies_in(path, &request.paths) && !is_none(path))
}

/// Whether a path is one of those that were given, or lies in one.
fn lies_in(path: &Path, given: &[PathBuf]) -> bool {
    let Ok(path) = path.canonicalize() else { return false };
    given.iter().filter_map(|given| given.canonicalize().ok()).any(|given| path.starts_with(given))
}

pub(super) fn check(args: &CheckArgs, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let request = request(&args.common)?;
    let validation = ManuallyDrop::new(validate(&request));
    require_meant(&request, &validation)?;
    if !args.common.quiet {
        terminal::result(out, &validation, terminal::width())?;
    }
    finish(&args.common, &request.loaded.name, &validation, out)
}

fn finish(common: &Common, manifest: &str, validation: &Validation, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let code = exit_code(validation.judged.verdict, common.fail_on);
    let mut err = terminal::stderr();
    if !common.quiet {
        let all = validation.release.notices.iter().chain(&validation.judged.notices);
        // Errors and warnings stand with the checks that they decide.
        let all = all.filter(|notice| notice.code.level == Level::Note);
        // What is on standard output comes first where both go to one place.
        out.flush()?;
        terminal::notices(&mut err, &validation.release, manifest, all, terminal::width())?;
        if manifest.is_empty() && common.require.is_none() && lacks_evidence(validation) {
            let kinds: Vec<&str> =
                Kind::ALL.into_iter().filter(|kind| validation.release.has(*kind)).map(Kind::word).collect();
            let less = if kinds.is_empty() {
                "`--require smoke`".to_owned()
            } else {
                format!("`--require {}`", kinds.join(","))
            };
            let text =
                format!("no signoff.toml says what must be there: `signoff init` proposes one, {less} asks for less");
            terminal::wrapped(&mut err, "help: ", &text, "", terminal::width())?;
        }
        for unused in unused_manifests(&common.paths, manifest) {
            let (unused, used) = (unused.display().to_string(), if manifest.is_empty() { "none" } else { manifest });
            let text = format!("{} is not used: the manifest is {}", line(&unused), line(used));
            terminal::wrapped(&mut err, "note: ", &text, "", terminal::width())?;
        }
    } else if code != 0 {
        terminal::in_short(&mut err, validation)?;
    }
    annotations::write(&common.ci, validation, out)?;
    Ok(ExitCode::from(code))
}

/// Whether evidence is missing that is asked for.
fn lacks_evidence(validation: &Validation) -> bool {
    let mut missing = validation.judged.checks.iter().filter(|check| check.rule.id == "evidence.required");
    missing.any(|check| check.verdict() == Verdict::Undecided)
}

/// Manifests in folders of evidence that are not the one that counts: whoever put them there may think that they do.
fn unused_manifests(paths: &[PathBuf], used: &str) -> Vec<PathBuf> {
    let used = Path::new(used).canonicalize().ok();
    let found = paths.iter().map(|path| path.join(MANIFEST)).filter(|path| path.is_file());
    found.filter(|path| path.canonicalize().ok() != used).collect()
}

const fn exit_code(verdict: Verdict, fail_on: FailOn) -> u8 {
    match (verdict, fail_on) {
        (Verdict::Failed, FailOn::Failed | FailOn::Conditional) | (Verdict::Conditional, FailOn::Conditional) => 1,
        (Verdict::Undecided, FailOn::Failed | FailOn::Conditional) => 3,
        _ => 0,
    }
}

/// The manifest that goes with these paths, and what of them is no evidence.
pub(super) fn inputs(paths: &[PathBuf], manifest: Option<&Path>) -> anyhow::Result<(Loaded, Vec<PathBuf>)> {
    require_paths(paths)?;
    manifest_for(paths, manifest)
}

fn request(common: &Common) -> anyhow::Result<Request> {
    annotations::ready(&common.ci)?;
    let (loaded, mut ignore) = inputs(&common.paths, common.manifest.as_deref())?;
    let baseline = match &common.baseline {
        None => None,
        Some(path) => {
            // Where it lies among the artifacts, it is none of them.
            ignore.push(baseline::file(path));
            let redactor = loaded.redactor.as_deref().unwrap_or_else(|| Redactor::standard());
            Some(baseline::load(path, redactor)?)
        }
    };
    Ok(Request {
        paths: common.paths.clone(),
        loaded,
        as_of: as_of(common.as_of.as_deref())?,
        require: common.require.as_deref().map(kinds).transpose()?,
        commit: common.identity.commit()?,
        digests: common.identity.digests()?,
        ci: common.identity.ci()?,
        shards: common.shard_count,
        options: Options {
            formats: format_of(&common.format_of)?,
            progress: progress::on_terminal(common.quiet),
            max_size: common.max_size.as_deref().map(size).transpose()?,
            ..Options::default()
        },
        baseline,
        ignore,
    })
}

/// A format of what is not there is a mistake of the call: something else may have been meant.
fn require_meant(request: &Request, validation: &Validation) -> anyhow::Result<()> {
    let artifacts = &validation.release.artifacts;
    let is_unused = |path: &str| !artifacts.iter().any(|artifact| is_meant(path, &artifact.name, &artifact.given));
    let Some((path, _)) = request.options.formats.iter().find(|(path, _)| is_unused(path)) else { return Ok(()) };
    match nearest(path, artifacts.iter().map(|artifact| artifact.name.as_str())) {
        Some(near) => bail!("--format-of: no artifact is called `{}`: did you mean `{}`?", line(path), line(near)),
        None => bail!("--format-of: no artifact is called `{}`", line(path)),
    }
}

/// A path that names nothing is a mistake of the call, not a gap of the evidence.
pub(super) fn require_paths(paths: &[PathBuf]) -> anyhow::Result<()> {
    match paths.iter().find(|path| path.as_os_str() != "-" && path.symlink_metadata().is_err()) {
        Some(path) => bail!("{} does not exist{}", path.display(), neighbour(path)),
        None => Ok(()),
    }
}

/// The file or folder beside a path that does not exist, where one has nearly the same name.
fn neighbour(path: &Path) -> String {
    let folder = path.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."));
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let names: std::collections::BTreeSet<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    match nearest(&name, names.iter().map(String::as_str)) {
        Some(near) => format!(": did you mean {}?", path.with_file_name(near).display()),
        None => String::new(),
    }
}

/// A manifest, read and checked; an empty one where none is named and none found.
pub(super) fn manifest_for(paths: &[PathBuf], manifest: Option<&Path>) -> anyhow::Result<(Loaded, Vec<PathBuf>)> {
    // A manifest in a folder of evidence is none, whether it is the one that counts or not.
    let mut ignore: Vec<PathBuf> = paths.iter().map(|path| path.join(MANIFEST)).filter(|path| path.is_file()).collect();
    let path = match manifest {
        Some(path) => path.to_owned(),
        None => {
            let in_first = paths.first().map(|path| path.join(MANIFEST));
            let candidates = [Some(PathBuf::from(MANIFEST)), in_first];
            // One that cannot be read, such as a dangling link, is not passed over.
            match candidates.into_iter().flatten().find(|path| path.symlink_metadata().is_ok()) {
                Some(path) => path,
                None => return Ok((Loaded::default(), ignore)),
            }
        }
    };
    require_paths(std::slice::from_ref(&path))?;
    let text = std::fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    let loaded = manifest::parse(&path.display().to_string(), &text).map_err(|error| anyhow::anyhow!("{error}"))?;
    let mistakes: Vec<String> = policy::mistakes(&loaded).iter().map(ToString::to_string).collect();
    if !mistakes.is_empty() {
        bail!("{}", mistakes.join("\n\nerror: "));
    }
    ignore.push(path);
    Ok((loaded, ignore))
}

fn as_of(flag: Option<&str>) -> anyhow::Result<Option<Timestamp>> {
    if let Some(text) = flag {
        return match text.parse() {
            Ok(time) => Ok(Some(time)),
            Err(_) => bail!("--as-of: `{text}` is not a time like 2025-11-20T10:00:00Z"),
        };
    }
    match std::env::var("SOURCE_DATE_EPOCH") {
        Err(_) => Ok(None),
        Ok(text) => match text.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok()) {
            Some(time) => Ok(Some(time)),
            None => bail!("SOURCE_DATE_EPOCH: `{text}` is not a count of seconds"),
        },
    }
}

/// Bytes from a text with a unit: `500 MiB`, `2GB`, `4096`.
pub(super) fn size(text: &str) -> anyhow::Result<u64> {
    const UNITS: [(&str, u64); 9] = [
        ("", 1),
        ("b", 1),
        ("kb", 1_000),
        ("mb", 1_000_000),
        ("gb", 1_000_000_000),
        ("kib", 1 << 10),
        ("mib", 1 << 20),
        ("gib", 1 << 30),
        ("tib", 1 << 40),
    ];
    let text = text.trim();
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let unit = unit.trim().to_ascii_lowercase();
    let factor = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, factor)| *factor);
    number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(factor?))
        .filter(|bytes| *bytes > 0)
        .with_context(|| format!("--max-size: `{text}` is not a size like `500 MiB`"))
}

fn kinds(list: &str) -> anyhow::Result<Vec<Kind>> {
    if list.trim().is_empty() {
        return Ok(Vec::new());
    }
    let known = || Kind::ALL.into_iter().map(|kind| (kind.word(), kind));
    let one = |word: &str| match word.trim() {
        // Such as what a variable that is not set leaves of `smoke,$MORE`.
        "" => bail!("--require: `{}` has a place without a kind; `--require ''` requires none", line(list)),
        word => pick(word, "kind", known()),
    };
    list.split(',').map(one).collect()
}

fn forms(list: Option<&str>) -> anyhow::Result<Vec<&'static Renderer>> {
    let Some(list) = list else { return Ok(RENDERERS.iter().filter(|form| form.default).collect()) };
    let words = list.split(',').map(str::trim).filter(|word| !word.is_empty());
    let chosen: Vec<&str> = words
        .map(|word| pick(word, "form", RENDERERS.iter().map(|form| (form.id, form.id))))
        .collect::<Result<_, _>>()?;
    if chosen.is_empty() {
        bail!("--format names no form; `signoff check` judges and writes nothing");
    }
    Ok(RENDERERS.iter().filter(|form| chosen.contains(&form.id)).collect())
}

fn budget(text: Option<&str>) -> anyhow::Result<Budget> {
    let Some(text) = text else { return Ok(summary::DEFAULT) };
    match text.parse() {
        Ok(bytes) if bytes >= 1_000 => Ok(Budget { chars: bytes, bytes }),
        Ok(bytes) => bail!("--budget: {bytes} bytes cannot hold a decision and its reasons; 1000 is the least"),
        Err(_) => pick(text, "place", summary::BUDGETS.iter().copied()),
    }
}

pub(super) fn format_of(list: &[String]) -> anyhow::Result<Vec<(String, &'static str)>> {
    let one = |text: &String| {
        let (path, format) =
            text.split_once('=').with_context(|| format!("--format-of: `{text}` is not PATH=FORMAT"))?;
        let format = pick(format, "format", formats::formats().map(|format| (format.id, format.id)))?;
        let name = if path == "-" { STDIN.to_owned() } else { crate::source::display_name(Path::new(path)) };
        Ok((name, format))
    };
    list.iter().map(one).collect()
}

/// The value that a word stands for, with a suggestion where it stands for none.
pub(super) fn pick<T>(word: &str, what: &str, mut known: impl Iterator<Item = (&'static str, T)>) -> anyhow::Result<T> {
    let mut words = Vec::new();
    if let Some((_, value)) = known.by_ref().inspect(|(name, _)| words.push(*name)).find(|(name, _)| *name == word) {
        return Ok(value);
    }
    if let Some(near) = nearest(word, words.iter().copied()) {
        bail!("unknown {what} `{word}`: did you mean `{near}`?");
    }
    // The tool is meant, whose formats start with its name.
    let stem = |word: &'static str| word.split('-').next().unwrap_or(word);
    match nearest(word, words.iter().map(|word| stem(word))) {
        Some(near) => {
            let of_tool = words.iter().filter(|word| stem(word) == near).map(|word| format!("`{word}`"));
            bail!("unknown {what} `{word}`: did you mean {}?", of_tool.collect::<Vec<_>>().join(" or "))
        }
        None if words.len() > 12 => bail!("unknown {what} `{word}`: `signoff formats` lists them"),
        None => bail!("unknown {what} `{word}`: known are {}", words.join(", ")),
    }
}
