//! One run: its members in whatever order they stand, its results one at a time.

use std::collections::HashMap;

use jiff::Timestamp;

use super::result::{ResultKind, Seen, taxon_number};
use super::rules::{Component, ComponentRef, Level, RuleRef, Toolset};
use super::tools::class_of;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{INCOMPLETE, MISSING_FIELD, NOTHING_RAN, TOOL_FAILED, UNREADABLE_PART};
use crate::model::finding::MAX_KEPT_PER_RULE;
use crate::model::{Pointer, Scan, ScanClass};
use crate::source::json::shorten;
use crate::source::{Diags, Json, JsonKind, Node, Stop};

type Key = (RuleRef, Option<Level>, ResultKind, Option<usize>, bool, Option<String>);

/// A run that is being read.
pub(super) struct Run {
    pub(super) tool: Option<Toolset>,
    /// The level overrides of each invocation.
    pub(super) invocations: Vec<Vec<(RuleRef, Level)>>,
    pub(super) taxonomies: Vec<Component>,
    /// The URI of each artifact; `None` while they have not been read.
    pub(super) artifacts: Option<Vec<Option<String>>>,
    pub(super) scan: Scan,
    pub(super) time: Option<Timestamp>,
    pub(super) commits: Vec<String>,
    has_results: bool,
    has_failed: bool,
    /// Results that refer to what was not read yet, and all after them.
    waiting: Vec<Seen>,
    waiting_alike: HashMap<Key, u64>,
}

impl Run {
    pub(super) fn new(pointer: Pointer) -> Run {
        Run {
            tool: None,
            invocations: Vec::new(),
            taxonomies: Vec::new(),
            artifacts: None,
            scan: Scan::new(ScanClass::Unknown, pointer),
            time: None,
            commits: Vec::new(),
            has_results: false,
            has_failed: false,
            waiting: Vec::new(),
            waiting_alike: HashMap::new(),
        }
    }

    pub(super) fn member(&mut self, json: &mut Json<'_>, key: &str) -> Result<(), Stop> {
        match key {
            "tool" => {
                let tree = json.tree()?;
                self.tool = tree.root().is_some().then(|| Toolset::read(tree.root()));
            }
            "results" => {
                self.has_results = json.kind()? == JsonKind::Array;
                json.array(|json, _| {
                    let tree = json.tree()?;
                    self.result(tree.root());
                    Ok(())
                })?;
            }
            "invocations" => {
                let tree = json.tree()?;
                self.invocations = tree.root().items().map(|node| self.invocation(node)).collect();
            }
            "taxonomies" => self.taxonomies = json.tree()?.root().items().map(Component::read).collect(),
            "artifacts" => {
                let mut uris = Vec::new();
                json.array(|json, _| {
                    uris.push(json.tree()?.root().path(&["location", "uri"]).filled());
                    Ok(())
                })?;
                self.artifacts = Some(uris);
            }
            "externalPropertyFileReferences" => {
                let tree = json.tree()?;
                let elsewhere = tree.root().get("results");
                if !elsewhere.is_empty() {
                    elsewhere.report(&INCOMPLETE, "results stand in other files, which are not read");
                }
            }
            "versionControlProvenance" => {
                for node in json.tree()?.root().items() {
                    self.commits.extend(node.get("revisionId").filled());
                    self.scan.targets.extend(node.get("repositoryUri").filled());
                }
            }
            // Trivy names the image here.
            "properties" => self.scan.targets.extend(json.tree()?.root().get("imageName").filled()),
            _ => json.skip()?,
        }
        Ok(())
    }

    fn result(&mut self, node: Node<'_>) {
        if !node.is_object() {
            node.report(&UNREADABLE_PART, "a result is an object");
            return;
        }
        let Some(mut seen) = Seen::read(node) else { return };
        if self.waiting.is_empty() && seen.is_ready(self) {
            let finding = seen.resolve(self);
            self.scan.push(finding);
            return;
        }
        let alike = self.waiting_alike.entry(seen.key()).or_default();
        *alike += 1;
        if *alike > MAX_KEPT_PER_RULE {
            seen.details = None;
        }
        self.waiting.push(seen);
    }

    fn invocation(&mut self, node: Node<'_>) -> Vec<(RuleRef, Level)> {
        let successful = node.get("executionSuccessful");
        let errors: Vec<Node<'_>> = ["toolExecutionNotifications", "toolConfigurationNotifications"]
            .iter()
            .flat_map(|key| node.get(key).items())
            .filter(|n| n.get("level").str().as_deref() == Some("error"))
            .collect();
        let first = errors.iter().find_map(|n| n.path(&["message", "text"]).filled());
        let first = first.map(|text| format!(": {}", shorten(&super::first_line(&text)))).unwrap_or_default();
        if successful.bool() == Some(false) {
            self.has_failed = true;
            successful.report(&TOOL_FAILED, format!("the tool says that its execution was not successful{first}"));
        } else if let Some(node) = errors.first() {
            node.report(&INCOMPLETE, format!("the tool reports {} errors of its own{first}", errors.len()));
        }
        let ended = ["endTimeUtc", "startTimeUtc"].iter().find_map(|key| node.get(key).string()?.parse().ok());
        self.time = self.time.max(ended);
        let overrides = node.get("ruleConfigurationOverrides").items();
        overrides
            .filter_map(|o| {
                let level = Level::read(o.path(&["configuration", "level"]))?;
                Some((RuleRef::of_descriptor(o.get("descriptor")), level))
            })
            .collect()
    }

    /// What kind of scan it is, by the name of the tool.
    pub(super) fn class(&self) -> ScanClass {
        self.tool.as_ref().map_or(ScanClass::Unknown, |tool| class_of(&tool.driver.name))
    }

    /// The CWE number of a category that a result refers to.
    pub(super) fn taxon(&self, (component, index, id): &(ComponentRef, Option<u64>, Option<String>)) -> Option<u32> {
        let taxonomy = component.find(&self.taxonomies);
        let name = taxonomy.map(|t| t.name.as_str()).or(component.name.as_deref())?;
        let listed = || taxonomy?.taxa.get(usize::try_from((*index)?).ok()?)?.as_deref();
        taxon_number(name, id.as_deref().or_else(listed)?)
    }

    /// Makes findings of what was waiting. `complete` tells whether the run was read to its end.
    pub(super) fn finish(mut self, complete: bool, diags: &Diags) -> Run {
        for seen in std::mem::take(&mut self.waiting) {
            let finding = seen.resolve(&self);
            self.scan.push(finding);
        }
        self.scan.class = self.class();
        self.scan.tool = self.tool.as_ref().map(Toolset::tool);
        self.scan.targets.dedup();
        if complete {
            let at = |diagnostic: Diagnostic| diagnostic.at(self.scan.pointer.clone());
            if self.tool.is_none() {
                diags.push(at(Diagnostic::new(&MISSING_FIELD, "`tool` is missing")));
            }
            if !self.has_results && !self.has_failed {
                diags.push(at(Diagnostic::new(&NOTHING_RAN, "the run has no results, not even an empty list")));
            }
        }
        self
    }
}
