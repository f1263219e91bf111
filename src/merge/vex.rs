//! What statements about vulnerabilities (VEX) do to the findings of other artifacts.
//!
//! A statement is about a finding where it names its vulnerability and its package. A product that is a package URL names
//! a package of its type and namespace alone: `pkg:deb/debian/git` is not `pkg:apk/wolfi/git`. Where the artifact of the
//! finding gives no package URL, the name decides, with its scope, group or path; an image is no package that is called so.
//! A qualifier that both have must be the same: what is said of `?arch=armv7` is not said of `?arch=x86_64`.
//!
//! A finding may be of several vulnerabilities: an advisory that names several CVEs, a package with several advisories.
//! Names of the same kind (two of CVE, two of GHSA) are those of several vulnerabilities, of different kinds (CVE and GHSA)
//! those of the same. So it is taken out where statements are about each name of one kind that it has. A kind with fewer
//! names than there are CVEs names only some of them, as an advisory of GitHub has one CVE, unless it is that which the
//! finding is called by.
//!
//! Statements override earlier ones about the same (OpenVEX, `OPENVEX-SPEC.md`, "Updating statements"). A finding is taken
//! out of the count where one that suppresses is later than every one that does not; where that cannot be told, it stays.
//! Where the time of the report is stated, what is later takes nothing out.

#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::Timestamp;

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{LIMIT, NOT_COUNTED};
use crate::model::finding::{Package, Statement};
use crate::model::phrase::plural;
use crate::model::purl;
use crate::model::{Artifact, ArtifactId, Evidence, Finding, Notice, Phrase, Release, Source, Sourced, Suppression};

/// Statuses that suppress, by OpenVEX and CycloneDX. A statement with one of them that suppresses nothing lacks its reason,
/// and says nothing against another.
const SUPPRESSING: [&str; 5] = ["not_affected", "fixed", "false_positive", "resolved", "resolved_with_pedigree"];

/// How many statements, and products of them, are held against findings of their vulnerability. Files in which that is
/// more were made to keep signoff busy.
const MAX_COMPARED: u64 = 5_000_000;

/// How far the clock of who states something may be off, in seconds.
const SKEW: i64 = 300;

/// Keeps statements from taking anything out of the count that are later than the time of the report: what will hold does
/// not hold yet, and would be later than all that is said against it.
pub(crate) fn hold(artifacts: &mut [Artifact], as_of: Timestamp) {
    for Evidence { statements, diagnostics, .. } in artifacts.iter_mut().map(|artifact| &mut artifact.evidence) {
        let is_early = |time: Timestamp| time.as_second() > as_of.as_second().saturating_add(SKEW);
        for early in statements.iter_mut().filter(|it| it.suppresses && it.time.is_some_and(is_early)) {
            early.suppresses = false;
            let message =
                format!("`{}` is later than the time of the report, and takes nothing out of the count", early.status);
            diagnostics.push(Diagnostic::new(&NOT_COUNTED, message).at(early.pointer.clone()));
        }
    }
}

/// Takes findings out of the count of which the last statement says so.
pub(super) fn apply(release: &mut Release) {
    let statements = std::mem::take(&mut release.statements);
    if statements.iter().any(|statement| statement.value.suppresses) {
        let index = Index::of(&statements, MAX_COMPARED);
        for scan in &mut release.scans {
            scan.value.suppress(|finding| suppression(finding, &index));
        }
        let notices = idle(release, &index);
        release.notices.extend(if index.is_exhausted.get() { vec![exhausted(&statements)] } else { notices });
    }
    release.statements = statements;
}

/// The statements by their vulnerabilities, so that no finding is held against all of them.
struct Index<'s> {
    statements: &'s [Sourced<Statement>],
    /// By the name of a vulnerability in lower case, in the order of the statements.
    by_vulnerability: HashMap<String, Vec<usize>>,
    /// The products of each statement, by what a package that one names must be called.
    products: Vec<HashMap<String, Vec<&'s str>>>,
    /// How many more statements and products may be held against a finding.
    left: Cell<u64>,
    /// Whether that was not enough: then nothing more is suppressed.
    is_exhausted: Cell<bool>,
}

impl<'s> Index<'s> {
    fn of(statements: &'s [Sourced<Statement>], max_compared: u64) -> Index<'s> {
        let mut by_vulnerability: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, statement) in statements.iter().enumerate() {
            for name in &statement.value.vulnerabilities {
                let places = by_vulnerability.entry(name.to_ascii_lowercase()).or_default();
                if places.last() != Some(&at) {
                    places.push(at);
                }
            }
        }
        let products = statements.iter().map(|statement| products(&statement.value)).collect();
        let (left, is_exhausted) = (Cell::new(max_compared), Cell::new(false));
        Index { statements, by_vulnerability, products, left, is_exhausted }
    }

    /// The places of the statements about a finding, in their order; none where too many were looked at.
    fn about(&self, finding: &Finding) -> Vec<usize> {
        let named = self.by_name(&names(finding), finding);
        named.into_iter().flatten().collect::<BTreeSet<usize>>().into_iter().collect()
    }

    /// The places of the statements about each name of a finding; none where too many were looked at.
    fn by_name(&self, names: &[Name], finding: &Finding) -> Vec<Vec<usize>> {
        let of_name = |name: &Name| {
            let places = name.spellings.iter().filter_map(|spelling| self.by_vulnerability.get(spelling));
            let places: BTreeSet<usize> = places.flatten().copied().collect();
            places.into_iter().filter(|at| self.is_about_package(*at, finding)).collect()
        };
        let found = names.iter().map(of_name).collect();
        if self.is_exhausted.get() { vec![Vec::new(); names.len()] } else { found }
    }

    /// A statement without products is about all; one with products only about findings of such a package.
    fn is_about_package(&self, at: usize, finding: &Finding) -> bool {
        if !self.may_compare() {
            return false;
        }
        let Some(package) = finding.package.as_ref().filter(|_| !self.products[at].is_empty()) else {
            return self.products[at].is_empty();
        };
        let own = package.purl.as_deref().and_then(Purl::of).map(|own| last_name(&own.name));
        let own = own.into_iter().chain([last_name(&package.name)]);
        let mut products = own.filter_map(|name| self.products[at].get(&name)).flatten();
        products.any(|product| self.may_compare() && names_it(product, package))
    }

    fn may_compare(&self) -> bool {
        let left = self.left.get().checked_sub(1);
        self.left.set(left.unwrap_or(0));
        self.is_exhausted.set(self.is_exhausted.get() || left.is_none());
        !self.is_exhausted.get()
    }
}

fn products(statement: &Statement) -> HashMap<String, Vec<&str>> {
    let mut products: HashMap<String, Vec<&str>> = HashMap::new();
    for product in &statement.products {
        let name = match Purl::of(product) {
            Some(named) => last_name(&named.name),
            None => last_name(purl::name_and_version(product).0),
        };
        products.entry(name).or_default().push(product);
    }
    products
}

/// The last part of a name, in lower case: that of a product is that of each package that [`names_it`] takes it for.
fn last_name(name: &str) -> String {
    let name = name.to_lowercase();
    name.rsplit(['/', ':']).next().unwrap_or(&name).to_owned()
}

fn exhausted(statements: &[Sourced<Statement>]) -> Notice {
    let first = statements.iter().find(|statement| statement.value.suppresses);
    let text = "too many statements about the same vulnerabilities: not all were held against the findings";
    Notice {
        code: &LIMIT,
        text: Phrase::from(text.to_owned()),
        source: first.map(|first| Source::new(first.artifact, first.value.pointer.clone())),
        place: None,
        other: None,
        help: "give only the statements about this release; what they would suppress is counted".to_owned(),
    }
}

/// Of each artifact how many of its statements would suppress something, and are about no finding.
fn idle(release: &Release, index: &Index<'_>) -> Vec<Notice> {
    let findings = release.scans.iter().flat_map(|scan| scan.value.findings());
    let used: HashSet<usize> = findings.flat_map(|finding| index.about(finding)).collect();
    let mut of_artifact: BTreeMap<ArtifactId, (u64, u64, &Statement)> = BTreeMap::new();
    for (at, statement) in index.statements.iter().enumerate().filter(|(_, statement)| statement.value.suppresses) {
        let is_idle = !used.contains(&at);
        let (idle, all, first) = of_artifact.entry(statement.artifact).or_insert((0, 0, &statement.value));
        if is_idle && *idle == 0 {
            *first = &statement.value;
        }
        (*idle, *all) = (*idle + u64::from(is_idle), *all + 1);
    }
    let counted = of_artifact.into_iter().filter(|(_, (idle, ..))| *idle > 0);
    counted
        .map(|(artifact, (idle, all, first))| {
            let name = first.vulnerabilities.first().cloned().unwrap_or_default();
            let text = format!(
                "{idle} of {} that could suppress a finding are about none, the first about ",
                plural(all, "statement")
            );
            Notice {
                code: &NOT_COUNTED,
                text: Phrase::from(text).foreign(name),
                source: Some(Source::new(artifact, first.pointer.clone())),
                place: None,
                other: None,
                help: "see that vulnerability, product and version are called as the scanner calls them".to_owned(),
            }
        })
        .collect()
}

/// What a finding calls its vulnerability, or one of them.
struct Name {
    /// Which list of names it is from: `cve`, `ghsa`, `snyk`. Names of one list are those of several vulnerabilities.
    kind: String,
    /// In lower case.
    spellings: Vec<String>,
    /// Whether the finding is called by it alone.
    is_own: bool,
}

/// The names in the rule of a finding, of which npm writes several, and in its references. An address that ends in one
/// of them is that name.
fn names(finding: &Finding) -> Vec<Name> {
    let texts = finding.rule.split(", ").chain(finding.references.iter().map(String::as_str));
    let texts = texts.map(|text| text.trim().to_ascii_lowercase());
    let (addresses, ids): (Vec<String>, Vec<String>) = texts.partition(|text| text.contains("://"));
    let mut names: BTreeMap<String, Name> = BTreeMap::new();
    for id in ids {
        let start = id.split_once('-').map(|(start, _)| start);
        let kind = start.filter(|start| start.bytes().all(|byte| byte.is_ascii_alphabetic())).unwrap_or_default();
        let is_own = id.eq_ignore_ascii_case(&finding.rule);
        let name = Name { kind: kind.to_owned(), spellings: vec![id.clone()], is_own };
        names.entry(id).or_insert(name);
    }
    for address in addresses {
        let known = names.get_mut(address.rsplit('/').next().unwrap_or_default());
        match known.filter(|known| known.kind != ADDRESS) {
            Some(name) => name.spellings.push(address),
            None => {
                let name = Name { kind: ADDRESS.to_owned(), spellings: vec![address.clone()], is_own: false };
                names.entry(address).or_insert(name);
            }
        }
    }
    names.into_values().collect()
}

/// The kind of a name that is an address.
const ADDRESS: &str = "://";

/// The kind of the names that are given to each vulnerability for itself.
const CVE: &str = "cve";

fn suppression(finding: &Finding, index: &Index<'_>) -> Option<Suppression> {
    let names = names(finding);
    let places = index.by_name(&names, finding);
    if places.iter().all(Vec::is_empty) {
        return None;
    }
    let mut kinds: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, name) in names.iter().enumerate() {
        kinds.entry(&name.kind).or_default().push(at);
    }
    let about = About::of(index, &places, kinds.values());
    let n_cves = kinds.get(CVE).map_or(0, Vec::len);
    let names_all = |members: &&Vec<usize>| members.len() >= n_cves || members.iter().all(|at| names[*at].is_own);
    let found = kinds.values().filter(names_all).find_map(|members| about.suppression(members));
    found.filter(|_| !index.is_exhausted.get())
}

/// The statements about one finding.
struct About<'i, 's> {
    index: &'i Index<'s>,
    /// Those about each of its names.
    places: &'i [Vec<usize>],
    /// Those that say something against a suppression.
    opposing: BTreeSet<usize>,
    /// Those about some of its vulnerabilities only.
    partial: HashSet<usize>,
}

impl<'i, 's> About<'i, 's> {
    fn of<'k>(
        index: &'i Index<'s>,
        places: &'i [Vec<usize>],
        kinds: impl Iterator<Item = &'k Vec<usize>>,
    ) -> About<'i, 's> {
        let is_opposing = |at: &usize| {
            let statement = &index.statements[*at].value;
            !statement.suppresses && !SUPPRESSING.contains(&&*statement.status)
        };
        let opposing = places.iter().flatten().copied().filter(is_opposing).collect();
        let mut partial = HashSet::new();
        for members in kinds.filter(|members| members.len() > 1) {
            let mut counts: HashMap<usize, usize> = HashMap::new();
            members.iter().flat_map(|member| &places[*member]).for_each(|at| *counts.entry(*at).or_default() += 1);
            partial.extend(counts.into_iter().filter(|(_, count)| *count < members.len()).map(|(at, _)| at));
        }
        About { index, places, opposing, partial }
    }

    /// What takes the finding out, where each of its names of one kind is covered.
    fn suppression(&self, members: &[usize]) -> Option<Suppression> {
        let last: Option<Vec<_>> = members.iter().map(|member| self.last_of(*member, members.len() == 1)).collect();
        let last = last?;
        // What is said against another name of this kind is said against another vulnerability.
        let of_kind: HashSet<usize> = members.iter().flat_map(|member| &self.places[*member]).copied().collect();
        for (member, last) in members.iter().zip(&last) {
            let is_against = |at: &usize| !of_kind.contains(at) || self.places[*member].binary_search(at).is_ok();
            let mut against = self.opposing.iter().filter(|at| self.index.may_compare() && is_against(at));
            if against.any(|at| !is_before(self.index.statements[*at].value.time, last.value.time)) {
                return None;
            }
        }
        let by: Vec<String> = unique(last.iter().map(|last| by(last)));
        let reasons: Vec<String> = unique(last.iter().filter_map(|last| last.value.reason.clone()));
        Some(Suppression { by: by.join(", "), reason: (!reasons.is_empty()).then(|| reasons.join("; ")) })
    }

    /// The last statement about a name that suppresses. What is said of one vulnerability of several is not said of all,
    /// also where it calls it by the only name of another kind.
    fn last_of(&self, member: usize, is_only: bool) -> Option<&'i Sourced<Statement>> {
        let whole = self.places[member].iter().filter(|at| !is_only || !self.partial.contains(at));
        let suppressing = whole.map(|at| &self.index.statements[*at]).filter(|statement| statement.value.suppresses);
        suppressing.reduce(|last, other| if last.value.time < other.value.time { other } else { last })
    }
}

fn by(statement: &Sourced<Statement>) -> String {
    let (source, statement) = (&statement.artifact, &statement.value);
    match &statement.author {
        Some(author) => format!("VEX {} by {author} ({source})", statement.status),
        None => format!("VEX {} ({source})", statement.status),
    }
}

/// The texts without those that were there before.
fn unique(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = HashSet::new();
    texts.filter(|text| seen.insert(text.clone())).collect()
}

fn is_before(time: Option<Timestamp>, other: Option<Timestamp>) -> bool {
    time.zip(other).is_some_and(|(time, other)| time < other)
}

fn names_it(product: &str, package: &Package) -> bool {
    if let Some(named) = Purl::of(product) {
        return named.names(package) && package.purl.as_deref().is_none_or(|own| is_alike(product, own));
    }
    // The address of a product is no name of a package.
    if product.contains("://") {
        return false;
    }
    let (product, version) = purl::name_and_version(product);
    let name = product.rsplit('/').next().unwrap_or(product);
    [name, product].contains(&&*package.name)
        && version.is_none_or(|version| package.version.as_deref() == Some(version))
}

/// Whether no qualifier of one package URL contradicts the other. Some tools name a distribution before its version
/// (`alpine-3.19`), others do not.
fn is_alike(product: &str, own: &str) -> bool {
    purl::qualifiers(product).all(|(key, value)| {
        let value = decoded(value).to_lowercase();
        let mut same = purl::qualifiers(own).filter(|(other, _)| other.eq_ignore_ascii_case(key));
        same.all(|(_, other)| {
            let other = decoded(other).to_lowercase();
            let is_end = |long: &str, end: &str| long.strip_suffix(end).is_some_and(|start| start.ends_with('-'));
            value == other || key == "distro" && (is_end(&value, &other) || is_end(&other, &value))
        })
    })
}

/// Types of package URLs whose namespace says who distributes the package.
const DISTRIBUTED: [&str; 5] = ["alpm", "apk", "deb", "qpkg", "rpm"];

/// Types of those that name no package that a scanner finds in something.
const IMAGES: [&str; 2] = ["docker", "oci"];

/// What a package URL says, decoded and but for the version in lower case.
#[derive(Debug, PartialEq, Eq)]
struct Purl {
    kind: String,
    namespace: String,
    name: String,
    version: Option<String>,
}

impl Purl {
    fn of(text: &str) -> Option<Purl> {
        let (kind, path, version) = purl::parts(text)?;
        let path = path.trim_matches('/');
        let (namespace, name) = path.rsplit_once('/').unwrap_or(("", path));
        let lower = |part: &str| decoded(part).to_lowercase();
        let version = version.map(decoded);
        (!name.is_empty()).then(|| Purl { kind: lower(kind), namespace: lower(namespace), name: lower(name), version })
    }

    fn names(&self, package: &Package) -> bool {
        let own = package.purl.as_deref().and_then(Purl::of);
        let is_same = match &own {
            Some(own) => (&own.kind, &own.namespace, &own.name) == (&self.kind, &self.namespace, &self.name),
            None => !IMAGES.contains(&&*self.kind) && self.is_called(&package.name.to_lowercase()),
        };
        let versions = [package.version.as_ref(), own.as_ref().and_then(|own| own.version.as_ref())];
        is_same && self.version.as_ref().is_none_or(|version| versions.contains(&Some(version)))
    }

    /// Whether a name in lower case may be that of this package, with its namespace or without any.
    fn is_called(&self, name: &str) -> bool {
        let rest = name.strip_suffix(&*self.name);
        rest.is_some_and(|before| match before.strip_suffix(['/', ':']) {
            Some(namespace) => namespace == self.namespace,
            // A distribution is no part of the name, unlike a scope, a group or a module's path.
            None => before.is_empty() && (self.namespace.is_empty() || DISTRIBUTED.contains(&&*self.kind)),
        })
    }
}

/// A part of a package URL with its percent escapes decoded.
fn decoded(part: &str) -> String {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let [first, behind @ ..] = rest {
        let digit = |at: usize| behind.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        let escaped = (*first == b'%').then(|| Some(digit(0)? * 16 + digit(1)?)).flatten();
        let byte = escaped.and_then(|byte| u8::try_from(byte).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &behind[2..] } else { behind };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
