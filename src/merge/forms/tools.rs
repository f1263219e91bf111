//! The tools that write one run in two forms, and how each names a test in both.

use crate::model::{Outcome, Suite, TestCase};

/// Where a test stands, and its name.
pub(super) type Name = (String, String);

/// A tool that writes both.
pub(super) struct Tool {
    /// The formats of its own report.
    pub formats: &'static [&'static str],
    /// The name of a test of its own report.
    pub own: fn(&Suite, &TestCase) -> Name,
    /// Whether it writes its report in parts, a file for each feature or file of tests.
    pub is_in_parts: bool,
    /// The other form.
    pub form: &'static str,
    /// The names that a test of the other form may have there.
    pub names: fn(&Suite, &TestCase) -> Vec<Name>,
    /// Outcomes of its own report that the other form has no word for, with what stands there instead.
    pub blurred: &'static [(Outcome, Outcome)],
    /// The folder beside its own report in which the other form may stand too.
    pub inner: Option<&'static str>,
}

/// What most have.
const TOOL: Tool = Tool {
    formats: &[],
    own: by_suite,
    is_in_parts: false,
    form: "junit-xml",
    names: |_, _| Vec::new(),
    blurred: &[],
    inner: None,
};

/// Each with the place of the rule in the tool's source.
pub(super) const TOOLS: &[Tool] = &[
    // gotestsum.
    Tool { formats: &["go-test-json"], names: |suite, case| vec![by_suite(suite, case)], ..TOOL },
    // JUnit XML has the blocks around a test in its name.
    Tool {
        formats: &["playwright-json"],
        own: |suite, case| match &case.class {
            Some(blocks) => (suite.name.clone(), format!("{blocks} › {}", case.name)),
            None => by_suite(suite, case),
        },
        names: |suite, case| vec![by_suite(suite, case)],
        ..TOOL
    },
    // `rebot --output output.json` beside `output.xml`.
    Tool { formats: &["robot-xml"], form: "robot-json", names: |suite, case| vec![by_suite(suite, case)], ..TOOL },
    Tool { formats: &["robot-json", "robot-xml"], names: |suite, case| vec![by_class(suite, case)], ..TOOL },
    Tool {
        formats: &["testng-xml"],
        own: by_class,
        names: |suite, case| vec![by_class(suite, case)],
        inner: Some("junitreports"),
        ..TOOL
    },
    // Newman 6, `lib/reporters/junit/index.js`: a suite is a request with the folders around it, and a test that was
    // skipped is written like one that passed. Several iterations are one test.
    Tool {
        formats: &["newman-json"],
        own: by_class,
        names: |suite, case| {
            let request = suite.name.rsplit(" / ").next().unwrap_or_default();
            vec![(request.to_owned(), case.name.clone())]
        },
        blurred: &[(Outcome::Skipped, Outcome::Passed)],
        ..TOOL
    },
    // Bruno 1 to 3, `packages/bruno-cli/src/reporters/junit.js`: a suite is a request. Its path is the class since
    // version 2, and the name of the suite before. A request without an answer has a name of its own.
    Tool {
        formats: &["bruno-json"],
        own: by_class,
        names: |suite, case| {
            let [by_path, before] = [case.class.as_ref().unwrap_or(&suite.name), &suite.name];
            let name = |path: &str| match &*case.name {
                "Test suite has no errors" => path.rsplit('/').next().unwrap_or_default().to_owned(),
                name => name.to_owned(),
            };
            vec![(by_path.clone(), name(by_path)), (before.clone(), name(before))]
        },
        ..TOOL
    },
    // jest-junit 17, `utils/buildJsonResults.js`: the title with the blocks around it is the name, or class and name are
    // the two. A to-do is written like a test that passed.
    // Vitest 4, `packages/vitest/src/node/reporters/junit.ts`: the class is the file. Both name a file that cannot be
    // loaded by itself.
    Tool {
        formats: &["jest-json"],
        own: by_titles,
        names: |suite, case| {
            let file = (case.name == suite.name).then(|| plain(&["the test file"]));
            [plain(&[&case.name]), titles(case)].into_iter().chain(file).collect()
        },
        blurred: &[(Outcome::Skipped, Outcome::Passed)],
        ..TOOL
    },
    Tool {
        formats: &["mocha-json", "mocha-json-stream"],
        own: by_titles,
        form: "mochawesome-json",
        names: |_, case| vec![titles(case)],
        ..TOOL
    },
    // mocha-junit-reporter 2, `getTestcaseData` in `index.js`: the full title is the name, or the class where the two are
    // switched. The reporter xunit of Mocha, `lib/reporters/xunit.js`: the blocks are the class.
    Tool { formats: &["mocha-json", "mocha-json-stream"], own: by_titles, names: of_mocha, ..TOOL },
    // Cypress lets mochawesome and it write a file for each file of tests.
    Tool { formats: &["mochawesome-json"], own: by_titles, is_in_parts: true, names: of_mocha, ..TOOL },
    // pytest 9, `mangle_test_address` in `src/_pytest/junitxml.py`. What is marked to fail was skipped there or has passed.
    Tool {
        formats: &["pytest-json-report"],
        own: |_, case| {
            let id = case.class.as_deref().unwrap_or(&case.name);
            let (file, rest) = id.split_once("::").unwrap_or((id, ""));
            let place = [&*file.trim_end_matches(".py").replace('/', "."), &*rest.replace("::", ".")];
            let name = case.class.as_ref().map_or("", |_| &case.name);
            dotted(&[place[0], place[1], name])
        },
        names: |_, case| vec![dotted(&[case.class.as_deref().unwrap_or_default(), &case.name])],
        blurred: &[(Outcome::Warned, Outcome::Skipped), (Outcome::Warned, Outcome::Passed)],
        ..TOOL
    },
    // The formatters `junit` of cucumber-js 12 (`src/formatter/junit_formatter.ts`) and Cucumber-JVM 7
    // (`JUnitFormatter.java`): the class is the feature, and rule and row of examples stand around the name.
    Tool { formats: &["cucumber-json"], names: of_cucumber, ..TOOL },
    Tool { formats: &["cucumber-messages"], names: of_cucumber, ..TOOL },
    Tool {
        formats: &["cucumber-messages"],
        form: "cucumber-json",
        names: |suite, case| vec![by_suite(suite, case)],
        ..TOOL
    },
    // Karate 1, `ReportUtils.java`: a file for each feature. Its summary counts them without names, and a scenario of which
    // no step ran as passed; JUnit XML and what it writes for Cucumber have a number before the name or not.
    Tool {
        formats: &["karate-feature"],
        own: |suite, _| (suite.name.clone(), String::new()),
        is_in_parts: true,
        form: "karate-summary",
        names: |suite, _| vec![(suite.name.clone(), String::new())],
        blurred: &[(Outcome::Skipped, Outcome::Passed)],
        ..TOOL
    },
    Tool { formats: &["karate-feature"], own: by_name, is_in_parts: true, names: of_karate, ..TOOL },
    Tool {
        formats: &["karate-feature"],
        own: by_name,
        is_in_parts: true,
        form: "cucumber-json",
        names: of_karate,
        ..TOOL
    },
    // behave 1.3, `behave/reporter/junit.py`: the file stands before the feature.
    Tool {
        formats: &["behave-json"],
        names: |_, case| {
            let class = case.class.as_deref().unwrap_or_default();
            let features = class.match_indices('.').filter_map(|(at, dot)| class.get(at + dot.len()..));
            features.map(|feature| (feature.to_owned(), case.name.clone())).collect()
        },
        ..TOOL
    },
    // RspecJunitFormatter 0.6, `lib/rspec_junit_formatter.rb`: the full description is the name.
    Tool { formats: &["rspec-json"], own: by_titles, names: |_, case| vec![plain(&[&case.name])], ..TOOL },
    // Ginkgo 2, `reporters/junit_report.go`: the kind of the node stands before the titles, labels behind them.
    Tool {
        formats: &["ginkgo-json"],
        own: |suite, case| (suite.name.clone(), titles(case).1),
        names: |suite, case| {
            let name = case.name.strip_prefix("[It] ").unwrap_or(&case.name);
            let unlabelled = name.rsplit_once(" [").map_or(name, |(name, _)| name);
            [name, unlabelled].map(|name| (suite.name.clone(), plain(&[name]).1)).into()
        },
        ..TOOL
    },
    // Schemathesis 4, `reporting/junitxml.py`: an operation is one test, whatever the phases in which it was tested.
    Tool { formats: &["schemathesis-ndjson"], own: by_name, names: |suite, case| vec![by_name(suite, case)], ..TOOL },
    // The loggers `junit`, `xunit` and `nunit` beside `trx`: the class stands before the name or not.
    Tool { formats: &["trx"], own: by_full_name, names: of_dotnet, ..TOOL },
    Tool { formats: &["trx"], own: by_full_name, form: "xunit-net-xml", names: of_dotnet, ..TOOL },
    Tool { formats: &["trx"], own: by_full_name, form: "nunit3-xml", names: of_dotnet, ..TOOL },
    // Bats, and others that write TAP beside it.
    Tool { formats: &["tap"], own: by_name, names: |suite, case| vec![by_name(suite, case)], ..TOOL },
    // CTRF: reporters put the blocks around a test into the suite, behind the file, or into the name. A to-do of Jest is
    // skipped in it.
    Tool {
        formats: &["ctrf"],
        own: |_, case| words(&[case.class.as_deref().unwrap_or_default(), &case.name]),
        names: |suite, case| {
            let class = case.class.as_deref().unwrap_or_default();
            [[&*suite.name, &case.name], [class, &case.name]].map(|parts| words(&parts)).into()
        },
        blurred: &[(Outcome::Skipped, Outcome::Passed)],
        ..TOOL
    },
    // The reporter for Playwright puts the project before the file.
    Tool {
        formats: &["ctrf"],
        own: |_, case| {
            let class = case.class.as_deref().unwrap_or_default();
            words(&[class.split_once(" > ").map_or("", |(_, rest)| rest), &case.name])
        },
        names: |suite, case| vec![words(&[&suite.name, &case.name])],
        ..TOOL
    },
    Tool {
        formats: &["ctrf"],
        own: |_, case| words(&[&case.name]),
        names: |_, case| {
            let class = case.class.as_deref().unwrap_or_default();
            vec![words(&[&case.name]), words(&[class, &case.name])]
        },
        blurred: &[(Outcome::Skipped, Outcome::Passed)],
        ..TOOL
    },
    Tool { formats: &["jest-json"], ..WITH_CTRF },
    Tool { formats: &["playwright-json"], ..WITH_CTRF },
    Tool { formats: &["mocha-json"], ..WITH_CTRF },
    Tool { formats: &["mochawesome-json"], ..WITH_CTRF },
];

/// A tool with a reporter for CTRF beside its own.
const WITH_CTRF: Tool = Tool {
    own: |_, case| words(&[case.class.as_deref().unwrap_or_default(), &case.name]),
    form: "ctrf",
    names: |_, case| {
        let class = case.class.as_deref().unwrap_or_default();
        // Project and file stand before the blocks.
        let blocks = class.match_indices(" > ").filter_map(|(at, sign)| class.get(at + sign.len()..));
        ["", class].into_iter().chain(blocks).map(|blocks| words(&[blocks, &case.name])).collect()
    },
    ..TOOL
};

fn by_suite(suite: &Suite, case: &TestCase) -> Name {
    (suite.name.clone(), case.name.clone())
}

fn by_class(suite: &Suite, case: &TestCase) -> Name {
    (case.class.as_ref().unwrap_or(&suite.name).clone(), case.name.clone())
}

fn by_name(_: &Suite, case: &TestCase) -> Name {
    (String::new(), case.name.clone())
}

fn by_titles(_: &Suite, case: &TestCase) -> Name {
    titles(case)
}

/// The class and the name, where it does not start with the class.
fn by_full_name(_: &Suite, case: &TestCase) -> Name {
    let class = case.class.as_deref().unwrap_or_default();
    let is_whole = case.name.strip_prefix(class).is_some_and(|name| name.starts_with('.'));
    dotted(&[if is_whole { "" } else { class }, &case.name])
}

fn of_dotnet(suite: &Suite, case: &TestCase) -> Vec<Name> {
    vec![by_full_name(suite, case)]
}

fn of_mocha(_: &Suite, case: &TestCase) -> Vec<Name> {
    vec![plain(&[&case.name]), titles(case), plain(&[case.class.as_deref().unwrap_or_default()])]
}

/// The name without what the formatters put around it.
fn of_cucumber(_: &Suite, case: &TestCase) -> Vec<Name> {
    let feature = case.class.clone().unwrap_or_default();
    let names = std::iter::once(&*case.name).chain(case.name.split(" - "));
    names.map(|name| (feature.clone(), name.to_owned())).collect()
}

/// The name without the number of the scenario: `[1.2:7] pays`.
fn of_karate(_: &Suite, case: &TestCase) -> Vec<Name> {
    let unnumbered = case.name.strip_prefix('[').and_then(|rest| rest.split_once("] ")).map(|(_, name)| name);
    [Some(&*case.name), unnumbered].into_iter().flatten().map(|name| (String::new(), name.to_owned())).collect()
}

/// The blocks around a test, and its own title.
fn titles(case: &TestCase) -> Name {
    plain(&[case.class.as_deref().unwrap_or_default(), &case.name])
}

/// Parts of a name, without the signs that tools put between the titles of blocks.
fn plain(parts: &[&str]) -> Name {
    let words = parts.iter().flat_map(|part| part.split_whitespace()).filter(|word| !matches!(*word, "›" | ">"));
    (String::new(), words.collect::<Vec<&str>>().join(" "))
}

/// The words of parts of a name, whatever stands between them.
fn words(parts: &[&str]) -> Name {
    let words = parts.iter().flat_map(|part| part.split(|char: char| !char.is_alphanumeric()));
    (String::new(), words.filter(|word| !word.is_empty()).collect::<Vec<&str>>().join(" "))
}

/// Parts of a name with dots between them.
fn dotted(parts: &[&str]) -> Name {
    let filled: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    (String::new(), filled.join("."))
}
