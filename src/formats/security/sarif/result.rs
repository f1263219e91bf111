//! One result: what is kept of it until its rule is known, and the finding that it becomes.

use std::borrow::Cow;

use super::rules::{Level, Rule, RuleRef, Score, index, tagged_cwes, tagged_owasp};
use super::run::Run;
use super::tools::{is_kubescape, is_named};
use super::words;
use crate::formats::security::weakness::{QUOTING, first_line, package_url, unique};
use crate::model::finding::{MAX_KEPT_LOCATIONS, Package};
use crate::model::{Finding, Location, Pointer, ScanClass, Severity, Suppression};
use crate::source::Node;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum ResultKind {
    Fail,
    /// `open` and `review`: to be decided by somebody.
    Undecided,
    /// `pass`, `notApplicable` and `informational`: no finding.
    None,
}

const KINDS: &[(&str, ResultKind)] = &[
    ("fail", ResultKind::Fail),
    ("open", ResultKind::Undecided),
    ("review", ResultKind::Undecided),
    ("pass", ResultKind::None),
    ("notApplicable", ResultKind::None),
    ("informational", ResultKind::None),
];

/// Baseline states; the flag tells whether the result is gone.
const BASELINE: &[(&str, bool)] = &[("new", false), ("unchanged", false), ("updated", false), ("absent", true)];

/// The members of a result that are read, in the order of the specification.
#[rustfmt::skip]
pub(super) const MEMBERS: [&str; 15] = [
    "ruleId", "ruleIndex", "rule", "kind", "level", "message", "locations", "fingerprints", "partialFingerprints",
    "suppressions", "baselineState", "provenance", "occurrenceCount", "taxa", "properties",
];

/// The rule of a result that names none.
const NO_RULE: &str = "(no rule)";

/// What results have in common that are counted alike.
pub(super) type Key = ((RuleRef, Option<Level>, ResultKind, Option<usize>), bool, Option<String>, Option<Severity>);

/// A result whose rule may not be known yet.
pub(super) struct Seen<'t> {
    pub(super) rule: RuleRef,
    pub(super) level: Option<Level>,
    kind: ResultKind,
    /// The invocation whose overrides apply.
    pub(super) invocation: Option<usize>,
    pub(super) score: Score,
    /// The severity by the tool's own word, once its details may be dropped.
    pub(super) word: Option<Severity>,
    pub(super) suppression: Option<Suppression>,
    pub(super) occurrences: u64,
    /// Where it stands, once it is known that it is kept.
    pub(super) pointer: Pointer,
    /// Of many alike only the first have them.
    pub(super) details: Option<Details<'t>>,
    /// Whether it has nothing but what each result of most tools has: others that are written like it differ in no
    /// more than their texts, numbers and level.
    pub(super) is_plain: bool,
}

/// Texts are lent by the artifact: most results are only counted.
pub(super) struct Details<'t> {
    text: Option<Cow<'t, str>>,
    id: Option<String>,
    arguments: Vec<String>,
    places: Vec<Place<'t>>,
    cwes: Vec<u32>,
    owasp: Vec<String>,
    taxa: Vec<RuleRef>,
    fingerprint: Option<Cow<'t, str>>,
}

struct Place<'t> {
    uri: Option<Cow<'t, str>>,
    /// Index of the artifact, where no URI is given.
    artifact: Option<usize>,
    line: Option<u64>,
    name: Option<Cow<'t, str>>,
}

impl<'t> Seen<'t> {
    /// A result; `None` where it is no finding.
    pub(super) fn read(node: Node<'t>) -> Option<Seen<'t>> {
        #[rustfmt::skip]
        let [
            id, number, rule, kind, level, message, locations, fingerprints, partial, suppressions, baseline, provenance,
            count, taxa, properties,
        ] = node.get_all(MEMBERS);
        let rare = [kind, suppressions, baseline, provenance, count, taxa, properties, rule.get("toolComponent")];
        let is_named = id.is_string() && (number.is_number() || !rule.exists());
        // Whether the second of these is looked at depends on what the first one says.
        let has_both = fingerprints.exists() && partial.exists();
        let is_plain = is_named && locations.len() <= 1 && !has_both && !rare.into_iter().any(Node::exists);
        let kind = kind.word(KINDS).unwrap_or(ResultKind::Fail);
        let is_gone = baseline.word(BASELINE).unwrap_or(false);
        if kind == ResultKind::None || is_gone {
            return None;
        }
        let count = count.u64().unwrap_or(1);
        Some(Seen {
            is_plain,
            rule: RuleRef::of_result(id, number, rule),
            level: Level::read(level),
            kind,
            invocation: index(provenance.get("invocationIndex")),
            score: Score::read(properties),
            word: None,
            suppression: suppression(suppressions),
            occurrences: count.max(locations.len() as u64).max(1),
            pointer: Pointer::whole(),
            details: Some(Details::read(message, locations, properties, taxa, fingerprint(fingerprints, partial))),
        })
    }

    /// A plain result without details.
    pub(super) fn plain(rule: RuleRef, level: Option<Level>) -> Seen<'static> {
        Seen {
            rule,
            level,
            kind: ResultKind::Fail,
            invocation: None,
            score: Score::Absent,
            word: None,
            suppression: None,
            occurrences: 1,
            pointer: Pointer::whole(),
            details: None,
            is_plain: true,
        }
    }

    /// The same with texts of its own.
    pub(super) fn into_owned(self) -> Seen<'static> {
        Seen { details: self.details.map(Details::into_owned), ..self }
    }

    /// The severity by the tool's own word in the message.
    pub(super) fn worded(&self) -> Option<Severity> {
        self.word.or_else(|| words::of_message(self.details.as_ref()?.text.as_deref()?))
    }

    /// Results with the same key become findings with the same rule, severity and suppression.
    pub(super) fn key(&self) -> Key {
        let score = match &self.score {
            Score::Rated(_, text) => Some(text.clone()),
            Score::Zero => Some("0".to_owned()),
            Score::Absent => None,
        };
        let by = (self.rule.clone(), self.level, self.kind, self.invocation);
        (by, self.suppression.is_some(), score, self.worded())
    }

    /// Whether all that it refers to is known by `run` already.
    pub(super) fn is_ready(&self, run: &Run) -> bool {
        let has_taxonomies = !run.taxonomies.is_empty();
        run.tool.as_ref().is_some_and(|tool| has_taxonomies || !tool.needs_taxonomies)
            && self.invocation.is_none()
            && self.details.as_ref().is_none_or(|details| {
                details.places.iter().all(|place| place.uri.is_some() || run.artifacts.is_some())
                    && (details.taxa.is_empty() || has_taxonomies)
            })
    }

    /// The rule and the severity of the finding that it becomes.
    pub(super) fn rated(&self, run: &Run) -> (String, Severity) {
        let rule = run.tool.as_ref().and_then(|tool| tool.rule(&self.rule));
        let known_id = || rule.and_then(|rule| rule.id.as_deref());
        let id = self.rule.id.as_deref().or_else(known_id).unwrap_or(NO_RULE);
        (id.to_owned(), self.severity(rule, run).0)
    }

    pub(super) fn resolve(self, run: &Run) -> Finding {
        let rule = run.tool.as_ref().and_then(|tool| tool.rule(&self.rule));
        let (severity, native) = self.severity(rule, run);
        let known_id = rule.and_then(|rule| rule.id.clone());
        let id = self.rule.id.or(known_id).unwrap_or_else(|| NO_RULE.to_owned());
        let mut finding = Finding::new(id, "", severity, self.pointer);
        finding.native_severity = native;
        finding.occurrences = self.occurrences;
        finding.suppression = self.suppression;
        let mut weaknesses = Vec::new();
        if let Some(rule) = rule {
            weaknesses.extend(&rule.cwes);
            weaknesses.extend(rule.taxa.iter().filter_map(|taxon| taxon.cwe(&run.taxonomies)));
            finding.owasp.extend(rule.owasp.iter().cloned());
            finding.references.extend(rule.help.clone());
        }
        let mut message = None;
        if let Some(details) = self.details {
            weaknesses.extend(&details.cwes);
            weaknesses.extend(details.taxa.iter().filter_map(|taxon| taxon.cwe(&run.taxonomies)));
            finding.owasp.extend(details.owasp.iter().cloned());
            message = details.message(rule);
            finding.fingerprint = details.fingerprint.map(Cow::into_owned);
            finding.locations = details.places.into_iter().map(|place| place.locate(run)).collect();
        }
        finding.cwes = unique(weaknesses);
        // These may quote the secret that was found.
        let bandit = run.tool.as_ref().is_some_and(|tool| is_named(&tool.driver.name, "bandit"));
        if run.class_of(&finding.rule) == ScanClass::Secrets || bandit && QUOTING.contains(&finding.rule.as_str()) {
            message = None;
        }
        let title = rule.and_then(|rule| rule.title.clone()).or_else(|| message.as_deref().map(first_line));
        finding.title = title.filter(|title| !title.is_empty()).unwrap_or_else(|| finding.rule.clone());
        let named = || finding.locations.iter().find_map(|place| package_url(place.detail.as_deref()?));
        finding.package = message.as_deref().and_then(package).or_else(named);
        finding.description = message;
        finding
    }

    fn severity(&self, rule: Option<&Rule>, run: &Run) -> (Severity, Option<String>) {
        // Without its tool the file is cut off: neither the rule's level nor its score is known.
        let Some(tool) = &run.tool else { return (Severity::Unknown, None) };
        let name = &tool.driver.name;
        let level = self.level.unwrap_or_else(|| self.level_of_rule(rule, run));
        let score = match (&self.score, rule) {
            (Score::Absent, Some(rule)) => &rule.score,
            (score, _) => score,
        };
        let own = if tool.has_words { self.own_word(rule, is_named(name, "trivy")) } else { None };
        let is_unspecified = || {
            let is_scout = is_named(name, "docker scout") || is_named(name, "docker-scout");
            is_scout && rule.is_some_and(|rule| rule.word == Some(Severity::Unknown))
        };
        match score {
            // Nuclei gives `info` a score of 1 and `unknown` one of 9.5, both with the level none.
            Score::Rated(severity, text) if is_named(name, "nuclei") && level == Level::None => {
                let known = if *severity == Severity::Critical { Severity::Unknown } else { Severity::Info };
                (known, Some(text.clone()))
            }
            Score::Rated(severity, text) => match own.filter(|own| own < severity) {
                Some(own) => (own, Some(own.to_string())),
                None if *severity > Severity::High && is_unspecified() => (Severity::Unknown, Some(text.clone())),
                None => (*severity, Some(text.clone())),
            },
            // Of Kubescape critical is `error`, and both high and medium are `warning`.
            Score::Absent if is_kubescape(name) => match level {
                Level::Error => (Severity::Critical, level.word()),
                Level::Warning => (Severity::High, level.word()),
                Level::Note | Level::None | Level::Broken => (level.severity(), level.word()),
            },
            // What Snyk calls low may have the level `warning`, and what it calls critical has that of high.
            Score::Zero | Score::Absent if is_named(name, "snyk") => {
                let by_word = own.map(|own| (own, Some(own.to_string())));
                by_word.unwrap_or_else(|| (level.severity(), level.word()))
            }
            // Trivy, Grype and Kubescape write 0.0 for what they have no severity of, with the level `note` or the word `low`.
            Score::Zero if tool.has_words || is_kubescape(name) => match own.filter(|own| *own < Severity::Low) {
                Some(own) => (own, Some(own.to_string())),
                None => (Severity::Unknown, Some("0.0".into())),
            },
            Score::Zero | Score::Absent if is_unspecified() => (Severity::Unknown, level.word()),
            // It writes this level for everything.
            Score::Zero | Score::Absent if is_named(name, "osv-scanner") && level == Level::Warning => {
                (Severity::Unknown, level.word())
            }
            Score::Zero | Score::Absent => match own {
                Some(own) if own < level.severity() || own == Severity::Unknown => (own, Some(own.to_string())),
                _ => (level.severity(), level.word()),
            },
        }
    }

    /// The severity by the tool's own word: that of the result, else that of its rule, which several results may share.
    /// The levels of Trivy are made of its words.
    fn own_word(&self, rule: Option<&Rule>, has_levels: bool) -> Option<Severity> {
        let word = self.worded().or_else(|| rule?.word);
        let level = self.level.filter(|level| has_levels && matches!(level, Level::Error | Level::Warning));
        [word, level.map(Level::severity)].into_iter().flatten().min()
    }

    /// Section 3.27.10 of the specification.
    fn level_of_rule(&self, rule: Option<&Rule>, run: &Run) -> Level {
        if self.kind != ResultKind::Fail {
            return Level::None;
        }
        let overridden = self.invocation.and_then(|index| run.invocations.get(index)).and_then(|overrides| {
            overrides.iter().find(|(descriptor, _)| match (rule, run.tool.as_ref()) {
                (Some(rule), Some(tool)) => tool.rule(descriptor).is_some_and(|meant| std::ptr::eq(meant, rule)),
                _ => descriptor.id.is_some() && descriptor.id == self.rule.id,
            })
        });
        overridden.map(|(_, level)| *level).or_else(|| rule.and_then(|rule| rule.level)).unwrap_or(Level::Warning)
    }
}

/// Several suppressions count together: one that is under review or rejected keeps the result alive.
fn suppression(node: Node<'_>) -> Option<Suppression> {
    const STATUS: &[(&str, bool)] = &[("accepted", true), ("underReview", false), ("rejected", false)];
    let all: Vec<Node<'_>> = node.items().collect();
    let accepted = |s: &Node<'_>| {
        // Drafts of the specification call it `state`.
        let status = ["status", "state"].map(|key| s.get(key)).into_iter().find(|node| node.is_some());
        status.is_none_or(|status| status.word(STATUS).unwrap_or(false))
    };
    if all.is_empty() || !all.iter().all(accepted) {
        return None;
    }
    let by = all.iter().find_map(|s| s.get("kind").filled()).unwrap_or_else(|| "suppression".to_owned());
    Some(Suppression { by, reason: all.iter().find_map(|s| s.get("justification").filled()) })
}

impl<'t> Details<'t> {
    fn read(
        message: Node<'t>,
        locations: Node<'t>,
        properties: Node<'t>,
        taxa: Node<'t>,
        fingerprint: Option<Cow<'t, str>>,
    ) -> Details<'t> {
        let [text, markdown, id, arguments] = message.get_all(["text", "markdown", "id", "arguments"]);
        Details {
            text: text.filled_str().or_else(|| markdown.filled_str()),
            id: id.text(),
            arguments: arguments.items().map(|a| a.text().unwrap_or_default()).collect(),
            places: locations.items().take(MAX_KEPT_LOCATIONS).map(Place::read).collect(),
            cwes: tagged_cwes(properties),
            owasp: tagged_owasp(properties),
            taxa: taxa.items().map(RuleRef::of_descriptor).collect(),
            fingerprint,
        }
    }

    fn into_owned(self) -> Details<'static> {
        let owned = |text: Option<Cow<'t, str>>| text.map(|text| Cow::Owned(text.into_owned()));
        let places = self.places.into_iter();
        Details {
            text: owned(self.text),
            places: places.map(|p| Place { uri: owned(p.uri), name: owned(p.name), ..p }).collect(),
            fingerprint: owned(self.fingerprint),
            ..self
        }
    }

    fn message(&self, rule: Option<&Rule>) -> Option<String> {
        let of_rule = || self.id.as_ref().and_then(|id| rule?.messages.get(id));
        let mut text = self.text.as_deref().map(ToOwned::to_owned).or_else(|| of_rule().cloned())?;
        for (index, argument) in self.arguments.iter().enumerate() {
            text = text.replace(&format!("{{{index}}}"), argument);
        }
        Some(text)
    }
}

/// What recognises a result again: the tool's own fingerprint, or a hash among the partial ones.
fn fingerprint<'t>(fingerprints: Node<'t>, partial: Node<'t>) -> Option<Cow<'t, str>> {
    // Some put them into objects.
    let text = |node: Node<'t>| if node.is_object() { node.get("value") } else { node };
    let own = fingerprints.members().find_map(|(_, value)| text(value).filled_str());
    // Semgrep writes this where nobody is logged in.
    own.filter(|text| text != "requires login").or_else(|| {
        partial
            .members()
            .find_map(|(key, value)| value.filled_str().filter(|_| key.to_ascii_lowercase().contains("hash")))
    })
}

impl<'t> Place<'t> {
    fn read(node: Node<'t>) -> Place<'t> {
        let [physical, logical] = node.get_all(["physicalLocation", "logicalLocations"]);
        let [artifact, region] = physical.get_all(["artifactLocation", "region"]);
        let [uri, number] = artifact.get_all(["uri", "index"]);
        let logical = logical.at(0);
        Place {
            uri: uri.filled_str(),
            artifact: index(number),
            line: region.get("startLine").u64(),
            name: logical.get("fullyQualifiedName").filled_str().or_else(|| logical.get("name").filled_str()),
        }
    }

    fn locate(self, run: &Run) -> Location {
        let listed = || run.artifacts.as_ref()?.get(self.artifact?)?.clone();
        let name = self.name.map(Cow::into_owned);
        match self.uri.map(Cow::into_owned).or_else(listed) {
            Some(place) => Location { place, line: self.line, detail: name },
            None => Location { place: name.unwrap_or_default(), line: self.line, detail: None },
        }
    }
}

/// The package that Trivy names in its message.
fn package(message: &str) -> Option<Package> {
    let value = |label: &str| {
        let line = message.lines().find_map(|line| line.strip_prefix(label))?.trim();
        (!line.is_empty()).then(|| line.to_owned())
    };
    let (version, fixed) = (value("Installed Version: "), value("Fixed Version: "));
    Some(Package { name: value("Package: ")?, version, fixed, purl: None })
}
