//! Jaeger: the services that it has traces of.
//!
//! ```json
//! {"data":["shop-api","shop-worker"],"total":2,"limit":0,"offset":0,"errors":null}
//! ```
//!
//! Both `/api/services` and the newer `/api/v3/services` (`{"services": […]}`) are read.
//! Jaeger itself is the service: it answered from its storage, which is what healthy means here.
//! The traced services are listed as a fact; that they sent traces once does not say that they work now.
//! An empty list is an error, since then nothing is traced.

use crate::diagnostics::codes::{NOTHING_RAN, TOOL_FAILED};
use crate::formats::Format;
use crate::model::{Evidence, Health, Kind, Role, Service, Tool};
use crate::source::{Doc, Node, Probe, Stop};

pub(super) static FORMAT: Format = Format {
    id: "jaeger-services",
    kinds: &[Kind::Platform],
    tool: "Jaeger",
    title: "Traced services (/api/services, /api/v3/services)",
    produce: "curl -fsS http://localhost:16686/api/services > jaeger.json",
    detect,
    read,
};

fn detect(probe: &Probe<'_>) -> bool {
    let Some(root) = probe.document() else { return false };
    let only_texts =
        |list: Node<'_>| list.is_null() || list.is_array() && list.at(0).str().is_some() == list.at(0).exists();
    let v1 = root.has(&["data", "total", "limit", "offset", "errors"]) && only_texts(root.get("data"));
    v1 || root.len() == 1 && root.get("services").exists() && only_texts(root.get("services"))
}

fn read(doc: &mut Doc<'_>, evidence: &mut Evidence) -> Result<(), Stop> {
    evidence.tool = Some(Tool::new("Jaeger", None));
    let tree = doc.document()?;
    let root = tree.root();
    let list = if root.get("services").exists() { root.get("services") } else { root.get("data") };
    let names = list.strings();
    let mut health = Health::Healthy;
    for error in root.get("errors").items() {
        health = Health::Unknown;
        let message = error.get("msg").string().unwrap_or_else(|| "no reason is given".to_owned());
        error.report(&TOOL_FAILED, format!("Jaeger answers: {message}"));
    }
    if names.is_empty() && health == Health::Healthy {
        health = Health::Unknown;
        list.report(&NOTHING_RAN, "no service is traced");
    }
    let status = match names.len() {
        1 => "answers, has traces of 1 service".to_owned(),
        count => format!("answers, has traces of {count} services"),
    };
    let mut service = Service::new("Jaeger", Role::Monitoring, health, status, list.pointer());
    if !names.is_empty() {
        service.facts.push(("traced".to_owned(), names.join(", ")));
    }
    evidence.services.push(service);
    Ok(())
}
