use super::*;
use crate::model::{ArtifactId, Pointer, Severity};

fn package(name: &str, version: &str, purl: Option<&str>) -> Package {
    Package { name: name.to_owned(), version: Some(version.to_owned()), fixed: None, purl: purl.map(ToOwned::to_owned) }
}

/// A product names a package, also where the statement is looked up.
#[track_caller]
fn check(product: &str, package: &Package, is_it: bool) {
    let mut about = statement("CVE-2024-1", "fixed", true, None);
    about.value.products = vec!["pkg:npm/another".to_owned(), product.to_owned()];
    let mut finding = Finding::new("CVE-2024-1", "a finding", Severity::Critical, Pointer::whole());
    finding.package = Some(package.clone());
    assert_eq!(names_it(product, package), is_it, "{product} {package:?}");
    let statements = [about];
    assert_eq!(Index::of(&statements, 10).about(&finding).len(), usize::from(is_it), "{product} {package:?}");
}

#[test]
fn a_package_url_names_a_package_of_its_type_and_namespace() {
    let git = package("git", "1:2.39", Some("pkg:deb/debian/git@1%3A2.39?arch=amd64&distro=12"));
    for (product, is_it) in [
        ("pkg:deb/debian/git", true),
        ("pkg:deb/debian/git@1%3A2.39", true),
        ("pkg:DEB/Debian/git?distro=debian-12", true),
        ("pkg:deb/debian/git?arch=AMD64&distro=debian-12", true),
        ("pkg:deb/debian/git?epoch=1", true),
        ("pkg:deb/debian/git?distro=11&arch=amd64", false),
        ("pkg:deb/debian/git@1%3A2.39?arch=arm64", false),
        ("pkg://deb/debian/git", true),
        ("pkg:apk/wolfi/git", false),
        ("pkg:deb/ubuntu/git", false),
        ("pkg:deb/debian/git@2.40", false),
        ("git", true),
        ("git@1:2.39", true),
        ("git@2.40", false),
        ("debian/git@1:2.39", true),
        ("https://example.com/git", false),
    ] {
        check(product, &git, is_it);
    }
}

#[test]
fn without_a_package_url_the_name_decides() {
    for (product, name, is_it) in [
        ("pkg:npm/lodash", "lodash", true),
        ("pkg:npm/%40scope/lodash", "@scope/lodash", true),
        ("pkg:npm/@scope/lodash@1.0", "@scope/lodash", true),
        ("pkg:npm/%40other/lodash", "@scope/lodash", false),
        ("pkg:npm/lodash", "@scope/lodash", false),
        ("pkg:npm/%40scope/lodash", "lodash", false),
        ("pkg:deb/debian/openssl", "openssl", true),
        ("pkg:oci/openssl@sha256%3Aab", "openssl", false),
        ("pkg:oci/openssl", "openssl", false),
        ("pkg:maven/com.example/core", "com.example:core", true),
        ("pkg:maven/com.example/core", "org.example:core", false),
        ("pkg:golang/github.com/gin-gonic/gin", "github.com/gin-gonic/gin", true),
        ("pkg:npm/dash", "lodash", false),
    ] {
        check(product, &package(name, "1.0", None), is_it);
    }
}

#[test]
fn a_scope_is_no_version() {
    let lodash = package("@scope/lodash", "1.0", None);
    for (product, is_it) in
        [("@scope/lodash", true), ("@scope/lodash@1.0", true), ("@scope/lodash@2.0", false), ("@other/lodash", false)]
    {
        check(product, &lodash, is_it);
    }
}

fn statement(vulnerability: &str, status: &str, suppresses: bool, time: Option<&str>) -> Sourced<Statement> {
    let value = Statement {
        vulnerabilities: vec![vulnerability.to_owned()],
        products: Vec::new(),
        suppresses,
        status: status.to_owned(),
        reason: None,
        author: None,
        time: time.map(|time| time.parse().expect("a time")),
        pointer: Pointer::whole(),
    };
    Sourced { artifact: ArtifactId(0), value }
}

#[test]
fn of_several_vulnerabilities_each_is_covered() {
    let said = |names: &[&str], status: &str, time: &str| {
        let mut said = statement("", status, status == "not_affected", Some(time));
        said.value.vulnerabilities = names.iter().map(|name| (*name).to_owned()).collect();
        said
    };
    let (early, late) = ("2023-01-01T00:00:00Z", "2023-06-01T00:00:00Z");
    let one = |names: &[&str]| vec![said(names, "not_affected", early)];
    let each = |names: &[&str]| names.iter().map(|name| said(&[name], "not_affected", early)).collect();
    let both = |name: &str, status: &str, time: &str| {
        let mut all: Vec<_> = each(&["CVE-1", "CVE-2"]);
        all.push(said(&[name], status, time));
        all
    };
    for (rule, references, statements, is_suppressed) in [
        // Names of the same vulnerability.
        ("CVE-1", vec!["GHSA-1", "PYSEC-1"], one(&["ghsa-1"]), true),
        ("GHSA-1", vec!["CVE-1", "https://example.com/CVE-1"], one(&["CVE-1"]), true),
        ("CVE-1", vec!["https://example.com/CVE-2"], one(&["CVE-1"]), true),
        ("CVE-1", vec!["GHSA-1", "GHSA-2"], one(&["CVE-1"]), true),
        // Several vulnerabilities.
        ("CVE-1", vec!["CVE-2"], one(&["CVE-1"]), false),
        ("CVE-1", vec!["CVE-2"], one(&["CVE-2"]), false),
        ("CVE-1", vec!["CVE-2"], one(&["CVE-1", "CVE-2"]), true),
        ("CVE-1", vec!["CVE-2", "44742"], each(&["CVE-1", "CVE-2"]), true),
        ("SNYK-JS-X-1", vec!["CVE-1", "CVE-2"], one(&["CVE-2"]), false),
        ("SNYK-JS-X-1", vec!["CVE-1", "CVE-2"], one(&["SNYK-JS-X-1"]), true),
        ("GHSA-1, GHSA-2", vec!["https://a/GHSA-1", "https://a/GHSA-2"], one(&["https://a/GHSA-1"]), false),
        ("GHSA-1, GHSA-2", vec!["https://a/GHSA-1", "https://a/GHSA-2"], each(&["GHSA-1", "GHSA-2"]), true),
        ("lodash", vec!["https://a/1", "https://a/2"], one(&["https://a/1"]), false),
        ("CVE-1", vec!["CVE-2", "GHSA-1"], one(&["GHSA-1"]), false),
        ("SNYK-JS-X-1", vec!["CVE-1", "CVE-2", "GHSA-1"], one(&["GHSA-1"]), false),
        ("SNYK-JS-X-1", vec!["CVE-1", "CVE-2", "GHSA-1", "GHSA-2"], each(&["GHSA-1", "GHSA-2"]), true),
        // The alias says that nothing but the first is meant.
        ("GHSA-1", vec!["CVE-1", "CVE-2"], one(&["CVE-1", "GHSA-1"]), false),
        ("GHSA-1", vec!["CVE-1", "CVE-2"], one(&["GHSA-1"]), true),
        // Said against one of them, against all, and against one before.
        ("CVE-1", vec!["CVE-2"], both("CVE-2", "affected", late), false),
        ("CVE-1", vec!["CVE-2", "GHSA-1"], both("GHSA-1", "affected", late), false),
        ("CVE-1", vec!["CVE-2"], both("CVE-2", "affected", "2022-01-01T00:00:00Z"), true),
        // What was said against the first is over, and was not said against the second.
        (
            "CVE-1",
            vec!["CVE-2"],
            vec![
                said(&["CVE-1"], "affected", late),
                said(&["CVE-1"], "not_affected", "2023-07-01T00:00:00Z"),
                said(&["CVE-2"], "not_affected", early),
            ],
            true,
        ),
    ] {
        let mut finding = Finding::new(rule, "a finding", Severity::Critical, Pointer::whole());
        finding.references = references.iter().map(|name| (*name).to_owned()).collect();
        let index = Index::of(&statements, MAX_COMPARED);
        assert_eq!(suppression(&finding, &index).is_some(), is_suppressed, "{rule} {references:?} {statements:?}");
    }
}

#[test]
fn the_last_statement_counts() {
    let statement = |status, suppresses, time| statement("CVE-2024-1", status, suppresses, time);
    let (early, late) = (Some("2023-01-01T00:00:00Z"), Some("2023-06-01T00:00:00Z"));
    let not_affected = |time| statement("not_affected", true, time);
    let affected = |time| statement("affected", false, time);
    let finding = Finding::new("CVE-2024-1", "a finding", Severity::Critical, Pointer::whole());
    for (statements, is_suppressed) in [
        (vec![not_affected(early)], true),
        (vec![not_affected(early), affected(late)], false),
        (vec![affected(late), not_affected(early)], false),
        (vec![affected(early), not_affected(late)], true),
        (vec![not_affected(late), affected(early), not_affected(early)], true),
        (vec![affected(late), not_affected(late)], false),
        (vec![affected(None), not_affected(late)], false),
        (vec![affected(early), not_affected(None)], false),
        (vec![statement("under_investigation", false, late), not_affected(early)], false),
        // It lacks its reason.
        (vec![statement("not_affected", false, late), not_affected(early)], true),
    ] {
        let index = Index::of(&statements, MAX_COMPARED);
        assert_eq!(suppression(&finding, &index).is_some(), is_suppressed, "{statements:?}");
    }
}

/// Each with each would be 900 million pairs here.
#[test]
fn a_finding_is_held_against_the_statements_about_its_vulnerability() {
    let statements: Vec<_> = (0..30_000).map(|n| statement(&format!("cve-2024-{n}"), "fixed", true, None)).collect();
    let index = Index::of(&statements, 30_000);
    for n in 0..30_000 {
        let finding = Finding::new(format!("CVE-2024-{n}"), "a finding", Severity::Critical, Pointer::whole());
        assert_eq!(index.about(&finding), [n]);
    }
    assert_eq!((index.left.get(), index.is_exhausted.get()), (0, false));
}

#[test]
fn where_too_many_statements_are_compared_nothing_more_is_suppressed() {
    let statements = vec![statement("CVE-2024-1", "fixed", true, None); 3];
    let index = Index::of(&statements, 8);
    let finding = Finding::new("CVE-2024-1", "a finding", Severity::Critical, Pointer::whole());
    let suppressed: Vec<bool> = (0..4).map(|_| suppression(&finding, &index).is_some()).collect();
    assert_eq!((suppressed, index.is_exhausted.get()), (vec![true, true, false, false], true));
}
