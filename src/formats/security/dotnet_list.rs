//! .NET: the JSON that `dotnet list package --vulnerable` writes about packages of NuGet.
//!
//! ```json
//! {"version": 1, "parameters": "--vulnerable --include-transitive", "sources": ["https://nuget.example.com/v3/index.json"],
//!  "projects": [{"path": "/src/Shop/Shop.csproj", "frameworks": [{"framework": "net8.0", "topLevelPackages": [
//!    {"id": "Newtonsoft.Json", "requestedVersion": "9.0.1", "resolvedVersion": "9.0.1", "vulnerabilities": [
//!      {"severity": "High", "advisoryurl": "https://github.com/advisories/GHSA-5crp-9r3c-p9vr"}]}]}]}]}
//! ```
//!
//! Each vulnerability of a package is one finding, for each project and framework that uses it, with the project as its
//! place; it is called by the id at the end of its address.
//! Severity is the word of the advisory: `Critical`, `High`, `Moderate`, which is medium, or `Low`.
//! A project without `frameworks` is a clean one.
//! Without `--include-transitive` nothing but the packages that a project names itself was looked at, which is said.
//! A problem of the level `error`, such as a project that was not restored, makes the report incomplete; one of the level
//! `warning` says that a part was not looked at. A report without projects says that nothing was.
//! Lists of packages for another purpose (`--outdated`, `--deprecated`, none) are no scan.
//! Keys by NuGet/NuGet.Client, `ListPackageJsonRenderer.cs`.

use super::records::{entry, keep};
use super::weakness::severity;
use crate::diagnostics::codes::{INCOMPLETE, NOT_COUNTED, NOTHING_RAN, PARTLY_SCANNED};
use crate::formats::Format;
use crate::model::finding::Package;
use crate::model::{Evidence, Finding, Kind, Location, Scan, ScanClass, Severity, Tool};
use crate::source::json::shorten;
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "dotnet-list",
    kinds: &[Kind::Security],
    tool: ".NET",
    title: "JSON report of `dotnet list package --vulnerable`",
    produce: "dotnet list package --vulnerable --include-transitive --format json > dotnet-list.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.document().is_some_and(|root| {
        let parameters = root.get("parameters").str();
        root.has(&["version"])
            && (root.get("projects").is_array() || root.get("problems").is_array())
            && parameters.is_some_and(|parameters| parameters.split_whitespace().any(|word| word == "--vulnerable"))
    })
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let tree = doc.document()?;
    let root = tree.root();
    let projects = root.get("projects");
    let mut scan = Scan::new(ScanClass::Sca, projects.pointer());
    scan.tool = Some(Tool::new("dotnet list package", None));
    evidence.tool.clone_from(&scan.tool);
    for problem in root.get("problems").items() {
        let text = problem.get("text").text().unwrap_or_default();
        let is_warning = problem.get("level").str().is_some_and(|level| level.eq_ignore_ascii_case("warning"));
        let code = if is_warning { &PARTLY_SCANNED } else { &INCOMPLETE };
        problem.report(code, format!("dotnet says: {}", shorten(&text)));
    }
    if projects.is_empty() {
        root.report(&NOTHING_RAN, "no project was looked at");
    }
    for project in projects.items() {
        let path = project.get("path").text().unwrap_or_default();
        for framework in project.get("frameworks").items() {
            let place = Place { path: &path, framework: framework.get("framework").text() };
            for list in ["topLevelPackages", "transitivePackages"] {
                framework.get(list).items().for_each(|package| vulnerabilities(package, &place, &mut scan));
            }
        }
        scan.targets.push(path);
    }
    let parameters = root.get("parameters");
    let is_whole = parameters.str().is_some_and(|words| words.contains("--include-transitive"));
    if !is_whole && !projects.is_empty() {
        let message = "the packages that other packages bring along were not looked at";
        let diagnostic = parameters.diagnostic(&NOT_COUNTED, message);
        parameters.diags().push(diagnostic.help("add `--include-transitive`"));
    }
    keep(scan, !projects.is_empty(), &mut evidence.scans);
    Ok(())
}

/// Where a package is used.
struct Place<'p> {
    path: &'p str,
    framework: Option<String>,
}

fn vulnerabilities(package: Node<'_>, place: &Place<'_>, scan: &mut Scan) {
    let name = package.require("id").text().unwrap_or_default();
    let version = package.get("resolvedVersion").text();
    for node in package.get("vulnerabilities").items() {
        let mut found = entry(node, |node| vulnerability(node, &name));
        found.locations = vec![Location { place: place.path.to_owned(), line: None, detail: place.framework.clone() }];
        found.package = Some(Package {
            purl: Some(format!("pkg:nuget/{name}")),
            name: name.clone(),
            version: version.clone(),
            fixed: None,
        });
        scan.push(found);
    }
}

const SEVERITIES: &[(&str, Severity)] = &[
    ("Critical", Severity::Critical),
    ("High", Severity::High),
    ("Moderate", Severity::Medium),
    ("Low", Severity::Low),
];

fn vulnerability(node: Node<'_>, package: &str) -> Finding {
    let link = node.get("advisoryurl").filled().or_else(|| node.get("advisoryUrl").filled());
    let id = link.as_deref().and_then(|link| link.trim_end_matches('/').rsplit('/').next()).unwrap_or("(no id)");
    let word = node.require("severity");
    let mut found = Finding::new(id, format!("{package}: {id}"), severity(word, SEVERITIES), node.pointer());
    found.native_severity = word.filled();
    found.references = link.iter().cloned().collect();
    found
}
