//! govulncheck: the messages that `-format json` (or `-json`) writes one after the other.
//!
//! ```json
//! {"config": {"protocol_version": "v1.0.0", "scanner_name": "govulncheck", "scanner_version": "v1.1.4", "scan_level": "symbol"}}
//! {"progress": {"message": "Checking the code against the vulnerabilities..."}}
//! {"osv": {"id": "GO-2021-0113", "aliases": ["CVE-2021-38561"], "summary": "Out-of-bounds read in golang.org/x/text/language"}}
//! {"finding": {"osv": "GO-2021-0113", "fixed_version": "v0.3.7", "trace": [
//!    {"module": "golang.org/x/text", "version": "v0.3.5", "package": "golang.org/x/text/language", "function": "Parse"},
//!    {"module": "example.com/shop", "package": "example.com/shop", "function": "main", "position": {"filename": "main.go", "line": 7}}]}}
//! ```
//!
//! govulncheck spreads each message over several lines; one line each (`jq -c`) and a list (`jq -s`) are read too.
//! All findings of one vulnerability are one here: those that say most count, and are its places.
//! Its severity is the level that govulncheck itself gives it in SARIF (`internal/sarif/handler.go`): one that is called
//! is high, one whose package is imported medium, one whose module is only required low.
//! Where `-scan symbol` was not asked for, nothing says what is called: with `-scan package` what is imported is high and
//! the rest medium, with `-scan module` all is high.
//! An `osv` is an entry of the database that was looked at, and no finding.
//!
//! A file with the configuration alone is what a run leaves that could not load the packages, and one that ends with
//! `Fetching vulnerabilities from the database...` could not get them: nothing was looked at.
//! `-mode query` lists entries of the database, and looks at no code.
//! Nothing marks the end of the messages, so the exit code has to tell that the run came to its end; SARIF is written
//! there.
//! Traces are left out but for the place in the module itself.
//! Messages by `internal/govulncheck/govulncheck.go` of golang/vuln, protocol v1.

use std::collections::BTreeMap;

use super::weakness::{first_line, id_of};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{NOTHING_RAN, UNSUPPORTED_VERSION};
use crate::formats::Format;
use crate::model::finding::{MAX_KEPT_LOCATIONS, MAX_TARGETS, Package};
use crate::model::{Evidence, Finding, Kind, Location, Pointer, Scan, ScanClass, Severity, Tool};
use crate::source::json::shorten;
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "govulncheck",
    kinds: &[Kind::Security],
    tool: "govulncheck",
    title: "JSON messages",
    produce: "govulncheck -format json ./... > govulncheck.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    let config = |node: Node<'_>| {
        let config = node.get("config");
        let names = ["scanner_name", "scanner_version", "db", "go_version", "scan_level"];
        config.has(&["protocol_version"]) && names.iter().any(|key| config.get(key).exists())
    };
    let is_message = |node: Node<'_>| config(node) || node.get("finding").has(&["osv", "trace"]);
    probe.records().chain(probe.elements()).any(is_message)
}

/// How far the code goes into what is vulnerable; what says most first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Use {
    Called,
    Imported,
    Required,
}

/// What the messages say.
#[derive(Default)]
struct Run {
    /// The level of detail: `symbol`, `package` or `module`.
    level: Option<String>,
    /// Whether the database was asked, and no code looked at.
    is_query: bool,
    tool: Option<Tool>,
    targets: Vec<String>,
    /// The last progress.
    progress: Option<String>,
    n_entries: u64,
    /// Titles and other names of vulnerabilities.
    entries: BTreeMap<String, (Option<String>, Vec<String>)>,
    found: BTreeMap<String, (Use, Finding)>,
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let mut run = Run::default();
    let outcome = doc.documents(|tree| run.message(tree.root(), evidence));
    if matches!(&outcome, Err(stop) if stop.0.code == &UNSUPPORTED_VERSION) {
        return outcome;
    }
    let diagnostic = run.unstarted();
    let mut scan = Scan::new(ScanClass::Sca, Pointer::whole());
    let tool = run.tool.unwrap_or_else(|| Tool::new("govulncheck", None));
    (scan.tool, scan.targets) = (Some(tool.clone()), run.targets);
    evidence.tool = Some(tool);
    for (id, (use_, mut finding)) in run.found {
        finding.severity = severity(use_, run.level.as_deref());
        if let Some((title, aliases)) = run.entries.remove(&id) {
            finding.title = title.unwrap_or(finding.title);
            finding.references.extend(aliases);
        }
        scan.push(finding);
    }
    evidence.scans.push(scan);
    outcome?;
    diagnostic.into_iter().for_each(|diagnostic| doc.report(diagnostic));
    Ok(())
}

impl Run {
    fn message(&mut self, message: Node<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
        let [config, sbom, progress, entry, finding] =
            message.get_all(["config", "SBOM", "progress", "osv", "finding"]);
        if config.is_some() {
            let version = config.get("protocol_version");
            if version.str().is_some_and(|text| !text.starts_with("v1.")) {
                let text = shorten(&version.text().unwrap_or_default());
                return Err(Stop::from(
                    version.diagnostic(&UNSUPPORTED_VERSION, format!("protocol {text} is not read")),
                ));
            }
            let name = config.get("scanner_name").filled().unwrap_or_else(|| "govulncheck".to_owned());
            self.tool = Some(Tool::new(name, config.get("scanner_version").filled()));
            self.level = config.get("scan_level").filled();
            self.is_query = config.get("scan_mode").str().as_deref() == Some("query");
        }
        if sbom.is_some() {
            let room = MAX_TARGETS.saturating_sub(self.targets.len());
            self.targets.extend(sbom.get("roots").items().filter_map(Node::string).take(room));
        }
        if progress.is_some() {
            self.progress = progress.get("message").string();
            evidence.add_time(progress.get("time").time());
        }
        if entry.is_some() {
            self.n_entries += 1;
            let text = entry.get("summary").filled().or_else(|| entry.get("details").filled());
            let about = (text.map(|text| first_line(&text)), entry.get("aliases").strings());
            self.entries.insert(id_of(entry, "id"), about);
        }
        if finding.is_some() {
            self.finding(finding);
        }
        Ok(())
    }

    fn finding(&mut self, node: Node<'_>) {
        let id = id_of(node, "osv");
        let trace = node.get("trace");
        let first = trace.at(0);
        let [function, package, module] = first.get_all(["function", "package", "module"]).map(Node::filled);
        let use_ = match (&function, &package) {
            (Some(_), _) => Use::Called,
            (None, Some(_)) => Use::Imported,
            (None, None) => Use::Required,
        };
        let at = place(trace, package.as_deref().or(module.as_deref()), function.as_deref());
        if let Some((of_known, known)) = self.found.get_mut(&id).filter(|(known, _)| *known <= use_) {
            if *of_known == use_ {
                known.occurrences += 1;
                known.locations.extend(Some(at).filter(|_| known.locations.len() < MAX_KEPT_LOCATIONS));
            }
            return;
        }
        let mut finding = Finding::new(id.clone(), id.clone(), Severity::Unknown, node.pointer());
        finding.locations.push(at);
        finding.package = module.map(|name| Package {
            name,
            version: first.get("version").filled(),
            fixed: node.get("fixed_version").filled(),
            purl: None,
        });
        self.found.insert(id, (use_, finding));
    }

    /// What is to be said where nothing was looked at.
    fn unstarted(&self) -> Option<Diagnostic> {
        let is_fetching = self.progress.as_ref().is_some_and(|message| message.starts_with("Fetching "));
        let message = match () {
            () if !self.found.is_empty() => return None,
            () if self.is_query => "the database was asked about modules, and no code was looked at",
            () if is_fetching => "the run ended where it asked the database for vulnerabilities",
            () if self.progress.is_none() && self.n_entries == 0 => {
                "the run ended before it looked for vulnerabilities"
            }
            () => return None,
        };
        Some(
            Diagnostic::new(&NOTHING_RAN, message)
                .help("see what govulncheck says on standard error, and run it again"),
        )
    }
}

/// The level that govulncheck gives it.
fn severity(use_: Use, level: Option<&str>) -> Severity {
    match (level, use_) {
        (Some("symbol"), Use::Required) => Severity::Low,
        (Some("symbol"), Use::Imported) | (Some("package"), Use::Required) => Severity::Medium,
        _ => Severity::High,
    }
}

/// Where the module itself gets to what is vulnerable, by the last frame; else what is vulnerable.
fn place(trace: Node<'_>, vulnerable: Option<&str>, function: Option<&str>) -> Location {
    let position = trace.items().last().map(|frame| frame.get("position"));
    let file = position.and_then(|position| position.get("filename").filled()).filter(|_| trace.len() > 1);
    let symbol = function.map(|name| format!("{}.{name}", vulnerable.unwrap_or_default()));
    match file {
        Some(file) => Location { place: file, line: position.and_then(|at| at.get("line").u64()), detail: symbol },
        None => Location { place: vulnerable.unwrap_or_default().to_owned(), line: None, detail: symbol },
    }
}
