//! One run: its members in whatever order they stand, its results one at a time.

use std::collections::HashMap;

use jiff::Timestamp;

use super::folded::{Folded, GLANCE};
use super::result::{Key, MEMBERS, Seen};
use super::rules::{Components, Descriptor, Level, RuleRef, Toolset};
use super::tools::{is_about_security, is_named};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::{INCOMPLETE, MISSING_FIELD, NOTHING_RAN, PARTLY_SCANNED, TOOL_FAILED, UNREADABLE_PART};
use crate::formats::security::bandit_json;
use crate::formats::security::weakness::{counted, first_line};
use crate::model::finding::MAX_KEPT_PER_RULE;
use crate::model::{Finding, Pointer, Scan, ScanClass};
use crate::source::json::shorten;
use crate::source::{Diags, Json, JsonKind, Node, Stop, Tree};

/// A run that is being read.
pub(super) struct Run {
    pub(super) tool: Option<Toolset>,
    /// The invocations; they are looked into once the tool is known, which says how much its notifications weigh.
    invoked: Option<Tree>,
    /// The level overrides of each invocation.
    pub(super) invocations: Vec<Vec<(RuleRef, Level)>>,
    pub(super) taxonomies: Components,
    /// The URI of each artifact; `None` while they have not been read.
    pub(super) artifacts: Option<Vec<Option<String>>>,
    pub(super) scan: Scan,
    /// The scans of other kinds, where the tool makes several in one run.
    apart: Vec<Scan>,
    pub(super) time: Option<Timestamp>,
    pub(super) commits: Vec<String>,
    properties: Option<Tree>,
    has_results: bool,
    has_failed: bool,
    /// Warnings of the tool about its own work, and where the first stands.
    warnings: Option<(usize, Pointer)>,
    pub(super) folded: Folded,
    /// Results that refer to what was not read yet, and all after them.
    waiting: Vec<Seen<'static>>,
    waiting_alike: HashMap<Key, Alike>,
}

/// Waiting results with the same key. Of those after the first few only their number is kept.
#[derive(Default)]
struct Alike {
    n_seen: u64,
    /// One of the others, their number, and the sum of their occurrences.
    others: Option<(Seen<'static>, u64, u64)>,
}

impl Run {
    pub(super) fn new(pointer: Pointer) -> Run {
        Run {
            tool: None,
            invoked: None,
            invocations: Vec::new(),
            taxonomies: Components::default(),
            artifacts: None,
            scan: Scan::new(ScanClass::Unknown, pointer),
            apart: Vec::new(),
            time: None,
            commits: Vec::new(),
            properties: None,
            has_results: false,
            has_failed: false,
            warnings: None,
            folded: Folded::default(),
            waiting: Vec::new(),
            waiting_alike: HashMap::new(),
        }
    }

    pub(super) fn member(&mut self, json: &mut Json<'_>, key: &str) -> Result<(), Stop> {
        match key {
            "tool" => {
                let tree = json.tree()?;
                self.tool = tree.root().is_some().then(|| Toolset::read(tree.root()));
                let scanned = tree.root().path(&["driver", "properties", "artifactsScanned"]);
                if self.is_tool("snyk") && scanned.u64() == Some(0) {
                    scanned.report(&NOTHING_RAN, "Snyk says that the project has no dependency, so nothing was tested");
                }
            }
            "results" => {
                self.has_results = json.kind()? == JsonKind::Array;
                let read = json.array(|json, _| {
                    let reported = json.reported();
                    if self.result(json.record_of(&MEMBERS)?) && json.reported() == reported {
                        json.pass_alike(GLANCE, |result| self.counts(result));
                    }
                    Ok(())
                });
                self.settle();
                read?;
            }
            "invocations" => self.invoked = Some(json.tree()?),
            "taxonomies" => self.taxonomies = Components::read(json.record()?),
            "artifacts" => {
                let mut uris = Vec::new();
                json.array(|json, _| {
                    uris.push(json.record()?.path(&["location", "uri"]).filled());
                    Ok(())
                })?;
                self.artifacts = Some(uris);
            }
            "externalPropertyFileReferences" => {
                let tree = json.tree()?;
                for (key, what) in [("results", "results"), ("driver", "rules"), ("extensions", "rules")] {
                    let elsewhere = tree.root().get(key);
                    if !elsewhere.is_empty() {
                        elsewhere.report(&INCOMPLETE, format!("{what} stand in other files, which are not read"));
                    }
                }
            }
            "versionControlProvenance" => {
                for node in json.record()?.items() {
                    self.commits.extend(node.get("revisionId").filled());
                    self.scan.targets.extend(node.get("repositoryUri").filled());
                }
            }
            "properties" => {
                let tree = json.tree()?;
                // Trivy names the image here.
                self.scan.targets.extend(tree.root().get("imageName").filled());
                self.properties = Some(tree);
            }
            _ => json.skip()?,
        }
        Ok(())
    }

    /// Takes a result; true where others that are written like it may be counted by a glance.
    fn result(&mut self, node: Node<'_>) -> bool {
        if !node.is_object() {
            node.report(&UNREADABLE_PART, "a result is an object");
            return false;
        }
        let Some(mut seen) = Seen::read(node) else { return false };
        if self.waiting.is_empty() && seen.is_ready(self) {
            // The glance at others sees no message.
            let is_plain = seen.is_plain && self.tool.as_ref().is_some_and(|tool| !tool.has_words);
            let (rule, severity) = seen.rated(self);
            if !self.scan_of(&rule).push_folded(&rule, severity, seen.suppression.is_some(), 1, seen.occurrences) {
                seen.pointer = node.pointer();
                let finding = seen.resolve(self);
                self.scan_of(&rule).push(finding);
            }
            return is_plain;
        }
        let alike = self.waiting_alike.entry(seen.key()).or_default();
        alike.n_seen += 1;
        if alike.n_seen <= MAX_KEPT_PER_RULE {
            seen.pointer = node.pointer();
            self.waiting.push(seen.into_owned());
        } else if let Some((_, count, occurrences)) = &mut alike.others {
            *count += 1;
            *occurrences = occurrences.saturating_add(seen.occurrences);
        } else {
            seen.word = seen.worded();
            seen.details = None;
            seen.pointer = node.pointer();
            let occurrences = seen.occurrences;
            alike.others = Some((seen.into_owned(), 1, occurrences));
        }
        false
    }

    fn invocation(&mut self, node: Node<'_>) -> Vec<(RuleRef, Level)> {
        let levels = self.levels(node.get("notificationConfigurationOverrides"));
        let successful = node.get("executionSuccessful");
        let unstarted = node.get("processStartFailureMessage");
        let errors: Vec<Node<'_>> = ["toolExecutionNotifications", "toolConfigurationNotifications"]
            .iter()
            .flat_map(|key| node.get(key).items())
            .filter(|n| self.level_of(*n, &levels) == Level::Error)
            .collect();
        let first = errors.iter().find_map(|n| n.path(&["message", "text"]).filled());
        let first = first.map(|text| format!(": {}", shorten(&first_line(&text)))).unwrap_or_default();
        // SpotBugs calls that no success; before 4.8.4 it names its exit code as a signal, `SUCCESS` too.
        let code = node.get("exitCode");
        let found_bugs = code.raw() == "1" && errors.is_empty() && self.is_tool("spotbugs");
        let has_ended = found_bugs || code.raw() == "0" && successful.bool() == Some(true);
        let is_signal = |name: Node<'_>| !name.is_string() || name.str().is_some_and(|name| name.starts_with("SIG"));
        let mut killed = ["exitSignalName", "exitSignalNumber"].into_iter().map(|key| node.get(key));
        let killed = killed.find(|signal| signal.is_some() && (!has_ended || is_signal(*signal)));
        if successful.bool() == Some(false) && !found_bugs {
            self.has_failed = true;
            successful.report(&TOOL_FAILED, format!("the tool says that its execution was not successful{first}"));
        } else if let Some(why) = unstarted.filled() {
            self.has_failed = true;
            let why = shorten(&first_line(&why));
            unstarted.report(&TOOL_FAILED, format!("the tool says that it could not be started: {why}"));
        } else if let Some(signal) = killed {
            self.has_failed = true;
            let name = signal.text().unwrap_or_default();
            signal.report(&TOOL_FAILED, format!("the tool was ended by the signal {}", shorten(&name)));
        } else if let Some(node) = errors.first() {
            node.report(&INCOMPLETE, format!("the tool reports {} of its own{first}", counted(errors.len(), "error")));
        }
        for warning in node.get("toolExecutionNotifications").items() {
            if self.level_of(warning, &levels) == Level::Warning {
                self.warnings.get_or_insert_with(|| (0, warning.pointer())).0 += 1;
            }
        }
        let ended = ["endTimeUtc", "startTimeUtc"].iter().find_map(|key| node.get(key).string()?.parse().ok());
        self.time = self.time.max(ended);
        overrides(node.get("ruleConfigurationOverrides")).collect()
    }

    /// The levels that an invocation gives notifications in place of their own.
    fn levels(&self, node: Node<'_>) -> HashMap<*const Descriptor, Level> {
        let mut levels = HashMap::new();
        for (descriptor, level) in overrides(node) {
            if let Some(meant) = self.tool.as_ref().and_then(|tool| tool.notification(&descriptor)) {
                levels.entry(std::ptr::from_ref(meant)).or_insert(level);
            }
        }
        levels
    }

    /// The level of what the tool says of its own work, as section 3.58.6 of the specification finds it.
    fn level_of(&self, notification: Node<'_>, levels: &HashMap<*const Descriptor, Level>) -> Level {
        let own = notification.get("level");
        if own.is_some() {
            return own.str().and_then(|word| Level::of(word.as_bytes())).unwrap_or(Level::Broken);
        }
        let reference = RuleRef::of_descriptor(notification.get("descriptor"));
        let meant = self.tool.as_ref().and_then(|tool| tool.notification(&reference));
        let level = meant.and_then(|meant| levels.get(&std::ptr::from_ref(meant)).copied().or(meant.level));
        level.unwrap_or(Level::Warning)
    }

    fn is_tool(&self, name: &str) -> bool {
        self.tool.as_ref().is_some_and(|tool| is_named(&tool.driver.name, name))
    }

    /// What kind of scan finds what this rule is about.
    pub(super) fn class_of(&self, rule: &str) -> ScanClass {
        self.tool.as_ref().map_or(ScanClass::Unknown, |tool| tool.class_of(rule))
    }

    /// The scan that findings of this rule belong to.
    pub(super) fn scan_of(&mut self, rule: &str) -> &mut Scan {
        let class = self.tool.as_ref().and_then(|tool| tool.apart.get(rule).copied());
        let Some(class) = class else { return &mut self.scan };
        let index = self.apart.iter().position(|scan| scan.class == class).unwrap_or_else(|| {
            self.apart.push(Scan::new(class, self.scan.pointer.clone()));
            self.apart.len() - 1
        });
        &mut self.apart[index]
    }

    /// What kind of scan it is. A linter that has rules about security, or found something of them, looked for weaknesses.
    fn class(&self) -> ScanClass {
        let Some(tool) = &self.tool else { return ScanClass::Unknown };
        let is_weakness = |finding: &Finding| {
            !finding.cwes.is_empty() || !finding.owasp.is_empty() || is_about_security(&finding.rule)
        };
        let looked = || tool.has_rules_about_security() || self.scan.findings().iter().any(is_weakness);
        if tool.class == ScanClass::Linter && looked() { ScanClass::Sast } else { tool.class }
    }

    /// Its scans. Of a tool that makes several the usual one is none where nothing tells that it was made.
    pub(super) fn scans(self) -> impl Iterator<Item = Scan> {
        let is_all_apart = self.tool.as_ref().is_some_and(Toolset::is_all_apart);
        let own = Some(self.scan).filter(|scan| !is_all_apart || scan.tally().total() > 0 || self.apart.is_empty());
        own.into_iter().chain(self.apart)
    }

    /// Says what the properties of the run tell of what was not looked at.
    fn look_into(&mut self, properties: Node<'_>) {
        if self.is_tool("bandit") {
            bandit_json::metrics(properties.path(&["metrics", "_totals"]), &mut self.scan);
        }
        let mode = properties.get("incrementalMode");
        if self.is_tool("codeql") && mode.is_string() && mode.str().is_some_and(|mode| mode.contains("diff-informed")) {
            let message = "only what a pull request changes was looked at: the analysis was `diff-informed`";
            mode.diags().push(mode.diagnostic(&PARTLY_SCANNED, message).help("give the results of the whole branch"));
        }
        if self.is_tool("snykcode") || self.is_tool("snyk code") {
            coverage(properties.get("coverage"));
        }
    }

    /// Makes findings of what was waiting. `complete` tells whether the run was read to its end.
    pub(super) fn finish(mut self, complete: bool, diags: &Diags) -> Run {
        if let Some(tree) = self.invoked.take() {
            self.invocations = tree.root().items().map(|node| self.invocation(node)).collect();
        }
        for seen in std::mem::take(&mut self.waiting) {
            let finding = seen.resolve(&self);
            self.scan_of(&finding.rule).push(finding);
        }
        // These are counted and not kept, so it does not matter in which order they come.
        for (seen, count, occurrences) in std::mem::take(&mut self.waiting_alike).into_values().filter_map(|a| a.others)
        {
            let mut finding = seen.resolve(&self);
            finding.occurrences = occurrences.saturating_sub(count - 1).max(1);
            let scan = self.scan_of(&finding.rule);
            scan.push(finding.clone());
            finding.occurrences = 1;
            (1..count).for_each(|_| scan.push(finding.clone()));
        }
        self.scan.class = self.class();
        self.scan.tool = self.tool.as_ref().map(Toolset::tool);
        self.scan.targets.dedup();
        for scan in &mut self.apart {
            (scan.tool, scan.targets) = (self.scan.tool.clone(), self.scan.targets.clone());
        }
        if complete {
            if let Some(properties) = self.properties.take() {
                self.look_into(properties.root());
            }
            let at = |diagnostic: Diagnostic| diagnostic.at(self.scan.pointer.clone());
            if self.tool.is_none() {
                diags.push(at(Diagnostic::new(&MISSING_FIELD, "`tool` is missing")));
            }
            // What other tools warn about is seldom a gap in what they looked at.
            if let Some((count, pointer)) = &self.warnings
                && self.is_tool("semgrep")
            {
                let message = format!("{} about code that was not understood", counted(*count, "warning"));
                diags.push(Diagnostic::new(&PARTLY_SCANNED, message).at(pointer.clone()));
            }
            if let Some((code, what, help)) =
                self.tool.as_ref().and_then(|tool| tool.unsaid).filter(|_| self.has_results)
            {
                diags.push(at(Diagnostic::new(code, what).help(help)));
            }
            // Some versions of govulncheck leave out a list that is empty (`omitempty` in its `internal/sarif`).
            if !self.has_results && !self.has_failed && !self.is_tool("govulncheck") {
                diags.push(at(Diagnostic::new(&NOTHING_RAN, "the run has no results, not even an empty list")));
            }
        }
        self
    }
}

/// The levels that an invocation gives rules or notifications in place of their own.
fn overrides(node: Node<'_>) -> impl Iterator<Item = (RuleRef, Level)> {
    let level = |o: Node<'_>| Level::read(o.path(&["configuration", "level"]));
    node.items().filter_map(move |o| Some((RuleRef::of_descriptor(o.get("descriptor")), level(o)?)))
}

/// Says which files Snyk Code could not parse.
fn coverage(list: Node<'_>) {
    let of = |start: &str| {
        let is_it = |entry: &Node<'_>| entry.get("type").str().is_some_and(|kind| kind.starts_with(start));
        let entries: Vec<Node<'_>> = list.items().filter(is_it).collect();
        entries.into_iter().filter(|entry| entry.get("files").u64().is_some_and(|files| files > 0)).collect::<Vec<_>>()
    };
    let failed = of("FAILED");
    let Some(first) = failed.first() else { return };
    let said: Vec<String> = failed
        .iter()
        .map(|entry| format!("{} of {}", entry.get("files").raw(), entry.get("lang").filled().unwrap_or_default()))
        .collect();
    let said = said.join(", ");
    match of("SUPPORTED").is_empty() {
        true => first.report(&NOTHING_RAN, format!("no file could be parsed: {said}")),
        false => first.report(&PARTLY_SCANNED, format!("files that could not be parsed: {said}")),
    }
}

#[cfg(test)]
mod tests {
    use crate::formats::security::sarif::evidence_of;
    use crate::model::Severity;

    #[test]
    fn a_rule_is_found_by_its_guid_where_the_result_names_nothing_else() {
        let rule = r#"{"id": "X1", "guid": "1-2", "properties": {"security-severity": "9.8"}}"#;
        let result = r#"{"rule": {"guid": "1-2"}, "message": {"text": "m"}}"#;
        let tool = format!(r#"{{"driver": {{"name": "Scanner", "rules": [{rule}]}}}}"#);
        let text = format!(r#"{{"version": "2.1.0", "runs": [{{"tool": {tool}, "results": [{result}]}}]}}"#);
        let evidence = evidence_of(&text);
        let [found] = evidence.scans[0].findings() else { panic!("one finding: {evidence:?}") };
        assert_eq!((found.rule.as_str(), found.severity), ("X1", Severity::Critical));
    }

    #[test]
    fn results_that_wait_for_their_rule_are_all_counted_and_the_first_are_kept() {
        let result = r#"{"ruleId": "r", "message": {"text": "m"}, "occurrenceCount": 2}"#;
        let results = vec![result; 130].join(",");
        let tool =
            r#"{"driver": {"name": "Bandit", "rules": [{"id": "r", "defaultConfiguration": {"level": "error"}}]}}"#;
        let text = format!(r#"{{"version": "2.1.0", "runs": [{{"results": [{results}], "tool": {tool}}}]}}"#);
        let evidence = evidence_of(&text);
        let scan = &evidence.scans[0];
        assert_eq!((scan.tally().of(Severity::High), scan.tally().total()), (130, 130));
        assert_eq!((scan.occurrences(), scan.findings().len()), (260, 100));
        assert_eq!(scan.folded().map(|(_, _, _, count)| count).sum::<u64>(), 30);
    }
}
