//! OpenVEX: statements about whether a product is affected by vulnerabilities.
//!
//! ```json
//! {"@context": "https://openvex.dev/ns/v0.2.0", "author": "Product Security <psirt@example.com>", "version": 1,
//!  "statements": [{"vulnerability": {"name": "CVE-2024-10001"}, "products": [{"@id": "pkg:oci/shop@sha256%3A…"}],
//!                  "status": "not_affected", "justification": "vulnerable_code_not_present"}]}
//! ```
//!
//! It is no scan: it finds nothing, and it does not count as evidence that one ran.
//! `not_affected` and `fixed` take matching findings of other artifacts out of the count, and the report lists each of
//! these statements with its author and reason; `affected` and `under_investigation` do not.
//! The specification asks for a justification or an impact statement with `not_affected`: a statement without either
//! suppresses nothing.
//! A statement without products suppresses nothing: it must name what it is about, and what it may have that from, a
//! document around this one, is not here.
//! A finding of several vulnerabilities, such as an advisory that names two CVEs, is taken out where statements are about
//! each of them, or about the advisory itself. Names of different kinds (CVE, GHSA) are names of the same vulnerability.
//! A later statement overrides the earlier ones about the same vulnerability and product. One without a time of its own
//! has that of the document; where it cannot be told which of two is later, the one that suppresses nothing counts.
//! Subcomponents are left out. A product that is an image (`pkg:oci/…`) is no package that a scanner finds: name the
//! package itself as the product. The report says of how many statements no finding is about.
//! In version 0.0.1 vulnerability and products are plain strings; that is read too.
//! By openvex/spec, `OPENVEX-SPEC.md`.

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{MISSING_FIELD, NOTHING_RAN};
use crate::formats::Format;
use crate::model::finding::Statement;
use crate::model::{Evidence, Kind, Pointer, Tool};
use crate::source::{Doc, Json, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "openvex",
    kinds: &[Kind::Security],
    tool: "OpenVEX",
    title: "VEX document",
    produce: "vexctl create --product=pkg:npm/lodash@4.17.20 --vuln=CVE-2024-10001 --status=not_affected > vex.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    probe.is_object_with(&["statements"])
        && probe.document().is_some_and(|root| {
            let context = root.get("@context");
            let contexts = if context.is_string() || context.is_array() { context.strings() } else { Vec::new() };
            contexts.iter().any(|url| url.contains("openvex"))
        })
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let diags = doc.diags().clone();
    let mut json = doc.json();
    let result = report(&mut json, evidence);
    result?;
    json.end()?;
    if evidence.statements.is_empty() {
        diags.push(Diagnostic::new(&NOTHING_RAN, "the document states nothing").at(Pointer::path("/statements")));
    }
    Ok(())
}

fn report(json: &mut Json<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    let mut author = None;
    let statements = &mut evidence.statements;
    let (mut time, mut updated, mut tooling) = (None, None, None);
    let result = json.object(|json, key| match key {
        "author" => {
            author = json.record()?.filled();
            Ok(())
        }
        "timestamp" => {
            time = json.record()?.time();
            Ok(())
        }
        "last_updated" => {
            updated = json.record()?.time();
            Ok(())
        }
        "tooling" => {
            tooling = json.record()?.filled();
            Ok(())
        }
        "statements" => json.array(|json, _| {
            statements.extend(statement(json.record()?));
            Ok(())
        }),
        _ => json.skip(),
    });
    for statement in statements.iter_mut() {
        statement.author.clone_from(&author);
        statement.time = statement.time.or(time);
    }
    evidence.time = updated.or(time);
    evidence.tool = tooling.map(|name| Tool::new(name, None));
    result
}

const STATUSES: &[(&str, bool)] =
    &[("not_affected", true), ("fixed", true), ("affected", false), ("under_investigation", false)];

fn statement(node: Node<'_>) -> Option<Statement> {
    let vulnerability = node.require("vulnerability");
    let mut vulnerabilities = Vec::new();
    if vulnerability.is_object() {
        vulnerabilities.extend(vulnerability.get("name").filled());
        if vulnerabilities.is_empty() {
            vulnerabilities.extend(vulnerability.get("@id").filled().as_deref().map(last_part));
        }
        vulnerabilities.extend(vulnerability.get("aliases").strings());
    } else {
        vulnerabilities.extend(vulnerability.text());
    }
    if vulnerabilities.is_empty() {
        if vulnerability.is_some() {
            vulnerability.report(&MISSING_FIELD, "the vulnerability has no name");
        }
        return None;
    }
    let word = node.require("status");
    let mut suppresses = word.word(STATUSES).unwrap_or(false);
    let reasons = ["justification", "impact_statement", "status_notes"].map(|key| node.get(key).filled());
    if word.text().as_deref() == Some("not_affected") && reasons[0].is_none() && reasons[1].is_none() {
        node.report(&MISSING_FIELD, "`not_affected` without `justification` or `impact_statement` suppresses nothing");
        suppresses = false;
    }
    let listed = node.get("products");
    let products = products(listed);
    if products.is_empty() {
        let place = if listed.is_some() { listed } else { node };
        place.report(&MISSING_FIELD, "no product can be read, so the statement suppresses nothing");
        suppresses = false;
    }
    let reason: Vec<String> = reasons.into_iter().flatten().collect();
    Some(Statement {
        vulnerabilities,
        products,
        suppresses,
        status: word.text().unwrap_or_default(),
        reason: (!reason.is_empty()).then(|| reason.join(": ")),
        author: None,
        time: ["last_updated", "timestamp"].into_iter().find_map(|key| node.get(key).time()),
        pointer: node.pointer(),
    })
}

/// The last part of the address of a vulnerability is its id.
fn last_part(id: &str) -> String {
    id.rsplit('/').next().unwrap_or(id).to_owned()
}

fn products(node: Node<'_>) -> Vec<String> {
    let mut products = Vec::new();
    for product in node.items() {
        if product.is_object() {
            products.extend(product.get("@id").filled());
            products.extend(product.get("identifiers").entries().filter_map(|(_, id)| id.text()));
        } else {
            products.extend(product.text());
        }
    }
    products.dedup();
    products
}
