//! The tool of a run: its driver and extensions, with their rules.

use std::collections::HashMap;

use crate::formats::security::sarif::tools::{
    Silence, class_of, class_of_rule, has_words, is_about_security, is_named, silence,
};
use crate::formats::security::sarif::words;
use crate::formats::security::weakness::{cwe, cwes, first_line, unique};
use crate::model::{ScanClass, Severity, Tool};
use crate::source::Node;

/// A level of SARIF, or that what stands there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Level {
    Error,
    Warning,
    Note,
    None,
    Broken,
}

impl Level {
    const WORDS: &[(&str, Level)] =
        &[("error", Level::Error), ("warning", Level::Warning), ("note", Level::Note), ("none", Level::None)];

    /// The level of this word; `None` where it is none.
    pub(super) fn of(word: &[u8]) -> Option<Level> {
        Level::WORDS.iter().find(|(known, _)| known.as_bytes() == word).map(|(_, level)| *level)
    }

    /// The level that stands in a node; `None` where nothing stands there.
    pub(super) fn read(node: Node<'_>) -> Option<Level> {
        node.is_some().then(|| node.word(Level::WORDS).unwrap_or(Level::Broken))
    }

    pub(super) const fn severity(self) -> Severity {
        match self {
            Level::Error => Severity::High,
            Level::Warning => Severity::Medium,
            Level::Note => Severity::Low,
            Level::None => Severity::Info,
            Level::Broken => Severity::Unknown,
        }
    }

    pub(super) fn word(self) -> Option<String> {
        Level::WORDS.iter().find(|(_, level)| *level == self).map(|(word, _)| (*word).to_owned())
    }
}

/// The property `security-severity`.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Score {
    /// There is none, or a number that the convention gives no meaning.
    Absent,
    /// 0: the tool has no score.
    Zero,
    /// A score above 0, or a word in its place.
    Rated(Severity, String),
}

/// dependency-check 12 writes it twice into one object, once for each version of CVSS.
pub(super) const SECURITY_SEVERITY: &str = "security-severity";

const WORDS: &[(&str, Severity)] = &[
    ("critical", Severity::Critical),
    ("high", Severity::High),
    ("medium", Severity::Medium),
    ("moderate", Severity::Medium),
    ("low", Severity::Low),
    ("info", Severity::Info),
    ("informational", Severity::Info),
    ("unknown", Severity::Unknown),
];

/// What Snyk writes where it has no score: what JavaScript makes of none, as a text.
const NO_SCORE: [&str; 2] = ["undefined", "null"];

/// Properties of single tools with a word of their own, which says more than the level: zizmor has the same one for
/// low and informational, DevSkim for important and moderate.
const OWN_WORDS: &[(&str, &[(&str, Severity)])] = &[
    (
        "zizmor/severity",
        &[
            ("High", Severity::High),
            ("Medium", Severity::Medium),
            ("Low", Severity::Low),
            ("Informational", Severity::Info),
        ],
    ),
    (
        "DevSkimSeverity",
        &[
            ("Critical", Severity::Critical),
            ("Important", Severity::High),
            ("Moderate", Severity::Medium),
            ("BestPractice", Severity::Low),
        ],
    ),
];

impl Score {
    /// The score in a bag of properties; the highest where it stands there twice, and the tool's own word where there is
    /// none.
    pub(super) fn read(properties: Node<'_>) -> Score {
        let all = properties.entries().filter(|(key, _)| key == SECURITY_SEVERITY).map(|(_, node)| Score::of(node));
        match all.min_by_key(Score::rank) {
            Some(score) if score != Score::Absent => score,
            _ => Score::own(properties).unwrap_or(Score::Absent),
        }
    }

    fn own(properties: Node<'_>) -> Option<Score> {
        let of = |(key, words): &(&str, &[(&str, Severity)])| {
            // Old versions of DevSkim write a number.
            let word = Some(properties.get(key)).filter(|node| node.is_string())?.str()?;
            let (_, severity) = words.iter().find(|(known, _)| *known == word)?;
            Some(Score::Rated(*severity, word.into_owned()))
        };
        OWN_WORDS.iter().find_map(of)
    }

    fn of(node: Node<'_>) -> Score {
        let Some(text) = node.text().filter(|text| !text.trim().is_empty()) else { return Score::Absent };
        if NO_SCORE.contains(&text.trim()) {
            return Score::Absent;
        }
        match text.trim().parse::<f64>() {
            Ok(score) if 0.0 < score && score <= 10.0 => Score::Rated(Severity::from_cvss(score), text),
            Ok(0.0) => Score::Zero,
            Ok(_) => Score::Absent,
            Err(_) => Score::Rated(node.word_any_case(WORDS).unwrap_or(Severity::Unknown), text),
        }
    }

    const fn rank(&self) -> usize {
        match self {
            Score::Rated(severity, _) => *severity as usize,
            Score::Zero => Severity::ALL.len(),
            Score::Absent => Severity::ALL.len() + 1,
        }
    }
}

/// A rule, as far as findings need it.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) id: Option<String>,
    guid: Option<String>,
    pub(super) title: Option<String>,
    pub(super) level: Option<Level>,
    pub(super) score: Score,
    /// The severity by the tool's own word.
    pub(super) word: Option<Severity>,
    pub(super) cwes: Vec<u32>,
    /// Categories of taxonomies that it names by nothing but an index or a guid.
    pub(super) taxa: Vec<RuleRef>,
    pub(super) owasp: Vec<String>,
    pub(super) help: Option<String>,
    /// Whether it says that it is about security.
    is_about_security: bool,
    pub(super) messages: HashMap<String, String>,
}

impl Rule {
    fn read(node: Node<'_>) -> Rule {
        let id = node.get("id").text();
        let properties = node.get("properties");
        let title = ["shortDescription", "fullDescription"]
            .iter()
            .find_map(|key| node.get(key).get("text").filled())
            // Semgrep writes nothing but the id of the rule after this.
            .filter(|text| !text.starts_with("Semgrep Finding: "))
            .or_else(|| node.get("name").filled())
            .map(|text| first_line(&text));
        let mut weaknesses = tagged_cwes(properties);
        let mut taxa = Vec::new();
        for relationship in node.get("relationships").items() {
            let target = RuleRef::of_descriptor(relationship.get("target"));
            match target.cwe(&Components::default()) {
                Some(number) => weaknesses.push(number),
                None if target.needs_list() => taxa.push(target),
                None => {}
            }
        }
        let messages = node.get("messageStrings").members();
        let owasp = tagged_owasp(properties);
        let score = Score::read(properties);
        let is_rated = score != Score::Absent || !weaknesses.is_empty() || !taxa.is_empty() || !owasp.is_empty();
        Rule {
            is_about_security: is_rated || id.as_deref().is_some_and(is_about_security) || is_tagged(properties),
            guid: node.get("guid").filled(),
            title,
            level: Level::read(node.path(&["defaultConfiguration", "level"])),
            score,
            word: words::of_rule(node),
            cwes: unique(weaknesses),
            taxa,
            owasp,
            help: node.get("helpUri").filled(),
            messages: messages
                .filter_map(|(key, message)| Some((key.into_owned(), message.get("text").string()?)))
                .collect(),
            id,
        }
    }
}

/// CWE numbers in `properties`: the tags and `cwe`.
pub(super) fn tagged_cwes(properties: Node<'_>) -> Vec<u32> {
    let mut found = cwes(properties.get("cwe"));
    let tags = properties.get("tags").strings();
    found.extend(tags.iter().filter(|tag| tag.to_ascii_lowercase().contains("cwe")).filter_map(|tag| cwe(tag)));
    unique(found)
}

/// OWASP categories among the tags, as written.
pub(super) fn tagged_owasp(properties: Node<'_>) -> Vec<String> {
    properties.get("tags").strings().into_iter().filter(|tag| tag.to_ascii_lowercase().starts_with("owasp")).collect()
}

/// Whether the tags or the category in `properties` are about security. PMD calls the category `ruleset`.
fn is_tagged(properties: Node<'_>) -> bool {
    let named = ["category", "ruleset"].into_iter().filter_map(|key| properties.get(key).string());
    properties.get("tags").strings().into_iter().chain(named).any(|text| is_about_security(&text))
}

/// Whether this is the name of the taxonomy of MITRE.
fn is_cwe(taxonomy: &str) -> bool {
    taxonomy.trim().eq_ignore_ascii_case("cwe")
}

/// Levels of an id at whose rules is looked: each costs as much as the id is long.
const MAX_LEVELS: usize = 100;

/// A component of a tool: its driver, an extension or a taxonomy.
#[derive(Debug)]
pub(super) struct Component {
    pub(super) name: String,
    pub(super) guid: Option<String>,
    pub(super) version: Option<String>,
    pub(super) rules: Vec<Rule>,
    /// By their ids, and by their guids.
    by_id: HashMap<String, usize>,
    /// What it tells people about itself: descriptors of its notifications.
    notifications: Descriptors,
    /// The categories of a taxonomy.
    taxa: Descriptors,
}

/// A category or a notification, as far as references to it need it.
#[derive(Debug)]
pub(super) struct Descriptor {
    id: Option<String>,
    guid: Option<String>,
    pub(super) level: Option<Level>,
}

impl Descriptor {
    fn read(node: Node<'_>) -> Descriptor {
        Descriptor {
            id: node.get("id").text(),
            guid: node.get("guid").filled(),
            level: node.path(&["defaultConfiguration", "level"]).str().and_then(|word| Level::of(word.as_bytes())),
        }
    }
}

/// A list of categories or notifications.
#[derive(Debug)]
struct Descriptors {
    all: Vec<Descriptor>,
    /// By their ids, and by their guids.
    by_id: HashMap<String, usize>,
}

impl Descriptors {
    fn read(node: Node<'_>) -> Descriptors {
        let all: Vec<Descriptor> = node.items().map(Descriptor::read).collect();
        let mut by_id = HashMap::new();
        for (index, descriptor) in all.iter().enumerate() {
            for id in descriptor.id.iter().chain(&descriptor.guid) {
                by_id.entry(id.clone()).or_insert(index);
            }
        }
        Descriptors { all, by_id }
    }

    /// The one that is meant by an index, an id or a guid.
    fn find(&self, reference: &RuleRef) -> Option<&Descriptor> {
        let RuleRef { id, index, guid, .. } = reference;
        let is_other = |d: &&Descriptor| id.is_some() && d.id.is_some() && d.id != *id;
        let by_index = index.and_then(|index| self.all.get(index)).filter(|d| !is_other(d));
        let named = || [id, guid].into_iter().flatten().find_map(|id| self.all.get(*self.by_id.get(id)?));
        by_index.or_else(named)
    }
}

impl Component {
    pub(super) fn read(node: Node<'_>) -> Component {
        let rules: Vec<Rule> = node.get("rules").items().map(Rule::read).collect();
        let mut by_id = HashMap::new();
        for (index, rule) in rules.iter().enumerate() {
            for id in rule.id.iter().chain(&rule.guid) {
                by_id.entry(id.clone()).or_insert(index);
            }
        }
        let version = ["semanticVersion", "version", "dottedQuadFileVersion"];
        Component {
            name: node.get("name").filled().unwrap_or_default(),
            guid: node.get("guid").filled(),
            version: version.iter().find_map(|key| node.get(key).filled()),
            rules,
            by_id,
            notifications: Descriptors::read(node.get("notifications")),
            taxa: Descriptors::read(node.get("taxa")),
        }
    }

    pub(super) fn by_id(&self, id: &str) -> Option<&Rule> {
        self.by_id.get(id).map(|index| &self.rules[*index])
    }
}

/// Components of one kind, found by what a reference says of them: the first one of a guid, of a name, and with a rule.
#[derive(Debug, Default)]
pub(super) struct Components {
    list: Vec<Component>,
    by_guid: HashMap<String, usize>,
    by_name: HashMap<String, usize>,
    /// By the ids and guids of their rules.
    by_rule: HashMap<String, usize>,
}

impl Components {
    pub(super) fn read(node: Node<'_>) -> Components {
        let mut components = Components::default();
        for (index, component) in node.items().map(Component::read).enumerate() {
            components.by_name.entry(component.name.clone()).or_insert(index);
            if let Some(guid) = &component.guid {
                components.by_guid.entry(guid.clone()).or_insert(index);
            }
            for id in component.by_id.keys() {
                components.by_rule.entry(id.clone()).or_insert(index);
            }
            components.list.push(component);
        }
        components
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    fn rule(&self, id: &str) -> Option<&Rule> {
        self.by_rule.get(id).and_then(|index| self.list[*index].by_id(id))
    }
}

/// A reference to a component.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct ComponentRef {
    index: Option<usize>,
    guid: Option<String>,
    pub(super) name: Option<String>,
}

impl ComponentRef {
    pub(super) fn read(node: Node<'_>) -> ComponentRef {
        ComponentRef {
            index: index(node.get("index")),
            guid: node.get("guid").filled(),
            name: node.get("name").filled(),
        }
    }

    /// The component that is meant among `components`.
    pub(super) fn find<'c>(&self, components: &'c Components) -> Option<&'c Component> {
        let by_guid = || self.guid.as_ref().and_then(|guid| components.by_guid.get(guid));
        let by_name = || self.name.as_ref().and_then(|name| components.by_name.get(name));
        let by_index = self.index.and_then(|index| components.list.get(index));
        by_index.or_else(|| by_guid().or_else(by_name).map(|index| &components.list[*index]))
    }
}

/// How a result names its rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct RuleRef {
    pub(super) id: Option<String>,
    pub(super) index: Option<usize>,
    /// Its identity among all rules; rules are looked up by it where neither id nor index is there.
    guid: Option<String>,
    component: ComponentRef,
}

impl RuleRef {
    /// A rule of the driver.
    pub(super) fn of_driver(id: String, index: Option<usize>) -> RuleRef {
        RuleRef { id: Some(id), index, ..RuleRef::default() }
    }

    /// What a result says of its rule by these three members.
    pub(super) fn of_result(id: Node<'_>, number: Node<'_>, rule: Node<'_>) -> RuleRef {
        RuleRef {
            id: id.text().or_else(|| rule.get("id").text()),
            index: index(number).or_else(|| index(rule.get("index"))),
            guid: rule.get("guid").filled(),
            component: ComponentRef::read(rule.get("toolComponent")),
        }
    }

    pub(super) fn of_descriptor(node: Node<'_>) -> RuleRef {
        RuleRef {
            id: node.get("id").text(),
            index: index(node.get("index")),
            guid: node.get("guid").filled(),
            component: ComponentRef::read(node.get("toolComponent")),
        }
    }

    /// The CWE number of the category that is meant, among these taxonomies.
    pub(super) fn cwe(&self, taxonomies: &Components) -> Option<u32> {
        let taxonomy = self.component.find(taxonomies);
        let name = taxonomy.map(|t| t.name.as_str()).or(self.component.name.as_deref())?;
        let listed = || taxonomy?.taxa.find(self)?.id.as_deref();
        let id = self.id.as_deref().or_else(listed)?;
        is_cwe(name).then(|| cwe(id)).flatten()
    }

    /// Whether nothing but the list of taxonomies tells which category is meant.
    fn needs_list(&self) -> bool {
        let ComponentRef { index, guid, name } = &self.component;
        let is_named = name.as_deref().is_some_and(is_cwe);
        is_named && self.id.is_none() || name.is_none() && (index.is_some() || guid.is_some())
    }
}

/// An index into one of the lists of a run; -1 is the default, and means that there is none.
pub(super) fn index(node: Node<'_>) -> Option<usize> {
    node.f64().filter(|index| *index >= 0.0).and_then(|_| node.u64()).and_then(|index| usize::try_from(index).ok())
}

/// The tool of a run.
#[derive(Debug)]
pub(super) struct Toolset {
    pub(super) driver: Component,
    extensions: Components,
    /// What kind of scan it makes.
    pub(super) class: ScanClass,
    /// The rules of its driver that belong to another kind.
    pub(super) apart: HashMap<String, ScanClass>,
    /// What it leaves unsaid where it has no rules, and what to do about it.
    pub(super) unsaid: Option<Silence>,
    /// Whether the taxonomies are needed to know what its rules are about.
    pub(super) needs_taxonomies: bool,
    /// Whether the messages of its results have a word for the severity.
    pub(super) has_words: bool,
}

impl Toolset {
    pub(super) fn read(node: Node<'_>) -> Toolset {
        let driver = Component::read(node.require("driver"));
        let mut apart = HashMap::new();
        if is_named(&driver.name, "trivy") {
            for rule in node.path(&["driver", "rules"]).items() {
                let class = rule.get("name").str().and_then(|name| class_of_rule(&name));
                apart.extend(rule.get("id").text().zip(class));
            }
        }
        let extensions = Components::read(node.get("extensions"));
        let needs_taxonomies = |component: &Component| component.rules.iter().any(|rule| !rule.taxa.is_empty());
        let unsaid = silence(&driver.name).filter(|_| driver.rules.is_empty());
        Toolset {
            class: if unsaid.is_some() { ScanClass::Unknown } else { class_of(&driver.name) },
            unsaid,
            needs_taxonomies: needs_taxonomies(&driver) || extensions.list.iter().any(needs_taxonomies),
            has_words: has_words(&driver.name),
            apart,
            driver,
            extensions,
        }
    }

    pub(super) fn tool(&self) -> Tool {
        Tool::new(self.driver.name.clone(), self.driver.version.clone())
    }

    /// Whether one of its rules says that it is about security.
    pub(super) fn has_rules_about_security(&self) -> bool {
        let extensions = self.extensions.list.iter();
        extensions.chain([&self.driver]).flat_map(|component| &component.rules).any(|rule| rule.is_about_security)
    }

    /// The kind of scan that finds what this rule is about.
    pub(super) fn class_of(&self, rule: &str) -> ScanClass {
        self.apart.get(rule).copied().unwrap_or(self.class)
    }

    /// Whether all of its rules belong to other kinds of scan.
    pub(super) fn is_all_apart(&self) -> bool {
        !self.apart.is_empty()
            && self.driver.rules.iter().all(|rule| rule.id.as_ref().is_some_and(|id| self.apart.contains_key(id)))
    }

    /// The notification that is meant.
    pub(super) fn notification(&self, reference: &RuleRef) -> Option<&Descriptor> {
        let component = reference.component.find(&self.extensions).unwrap_or(&self.driver);
        component.notifications.find(reference)
    }

    /// The rule that is meant, as section 3.52 of the specification looks it up.
    pub(super) fn rule(&self, reference: &RuleRef) -> Option<&Rule> {
        let component = reference.component.find(&self.extensions).unwrap_or(&self.driver);
        let id = reference.id.as_deref();
        // The rule at an index that has an unrelated id is not the one that is meant.
        let at_index = reference
            .index
            .and_then(|index| component.rules.get(index))
            .filter(|rule| id.is_none_or(|id| rule.id.as_deref().is_none_or(|rule| id == rule || is_below(id, rule))));
        at_index.or_else(|| {
            let id = id.or(reference.guid.as_deref())?;
            let find =
                |id: &str| component.by_id(id).or_else(|| self.driver.by_id(id)).or_else(|| self.extensions.rule(id));
            find(id).or_else(|| {
                // `A/B/C` is a rule below `A/B`, and that below `A`.
                let parents = id.char_indices().rev().filter(|(_, c)| *c == '/').map(|(at, _)| &id[..at]);
                parents.take(MAX_LEVELS).find_map(find)
            })
        })
    }
}

fn is_below(id: &str, parent: &str) -> bool {
    id.strip_prefix(parent).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use crate::formats::security::sarif::FORMAT;
    use crate::ingest::read_with;
    use crate::model::Severity;

    /// Looking through all extensions for each result would be 1,600 million comparisons here.
    #[test]
    fn the_extension_of_a_rule_is_looked_up() {
        let (mut extensions, mut results) = (String::new(), String::new());
        for n in 0..20_000 {
            let comma = if n == 0 { "" } else { "," };
            let rule = format!(r#"{{"id": "rule-{n}", "defaultConfiguration": {{"level": "error"}}}}"#);
            write!(extensions, r#"{comma}{{"name": "e{n}", "guid": "g{n}", "rules": [{rule}]}}"#).expect("a text");
            let component = format!(r#"{{"toolComponent": {{"guid": "none", "name": "e{n}"}}}}"#);
            let message = r#""message": {"text": "a finding"}"#;
            write!(results, r#"{comma}{{"ruleId": "rule-{n}/below", "rule": {component}, {message}}}"#)
                .expect("a text");
        }
        let text = format!(
            r#"{{"version": "2.1.0", "runs": [{{"tool": {{"driver": {{"name": "scanner"}}, "extensions": [{extensions}]}},
            "results": [{results}]}}]}}"#
        );
        let artifact = read_with(&FORMAT, "scan.sarif", text.as_bytes());
        let tally = artifact.evidence.scans[0].tally();
        assert_eq!(tally.of(Severity::High), 20_000);
    }
}
