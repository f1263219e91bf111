//! The workflow files of `examples/ci/`: each is YAML, and its commands make a report of eight shards.

use std::fs;

use yaml_rust2::{Yaml, YamlLoader};

use crate::blocks::{none, read};
use crate::commands::{Scratch, bash};
use crate::support::{entries, root};

/// The lines of every text in a document that call signoff.
fn commands(node: &Yaml, found: &mut Vec<String>) {
    match node {
        Yaml::String(text) => {
            found.extend(text.lines().map(str::trim).filter(|line| line.starts_with("signoff ")).map(str::to_owned));
        }
        Yaml::Array(items) => items.iter().for_each(|item| commands(item, found)),
        Yaml::Hash(members) => members.values().for_each(|value| commands(value, found)),
        _ => {}
    }
}

#[test]
fn workflows_are_yaml_and_their_commands_decide() {
    let mut problems = Vec::new();
    let page = read(&root().join("book/src/shards.md"));
    let files = entries(&root().join("examples/ci"));
    assert_eq!(files.len(), 4);
    for file in files {
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        if !page.contains(&format!("{{{{#include ../../examples/ci/{name}}}}}")) {
            problems.push(format!("{name} does not stand in the book"));
        }
        let documents = match YamlLoader::load_from_str(&read(&file)) {
            Ok(documents) => documents,
            Err(error) => {
                problems.push(format!("{name}: {error}"));
                continue;
            }
        };
        let mut lines = Vec::new();
        documents.iter().for_each(|document| commands(document, &mut lines));
        let (collect, report): (Vec<&String>, Vec<&String>) =
            lines.iter().partition(|line| line.starts_with("signoff collect "));
        let ([collect], [report]) = (&*collect, &*report) else {
            problems.push(format!("{name}: the commands are {lines:?}"));
            continue;
        };
        // What the systems put in, and folders that a test may write to.
        let local = |line: &str, number: u32| {
            let number = number.to_string();
            ["${{ matrix.shard }}", "{{inputs.parameters.number}}"]
                .iter()
                .fold(line.to_owned(), |line, variable| line.replace(variable, &number))
                .replace("/tmp/", "")
                .replace(" /shards", " shards")
                .replace("\"/shards", "\"shards")
        };
        let scratch = Scratch::new(&format!("workflow-{name}"));
        let first = u32::from(!name.starts_with("kubernetes"));
        let mut printed = String::new();
        for number in first..first + 8 {
            fs::create_dir_all(scratch.0.join("results")).expect("a folder");
            let test = format!("<testsuite name=\"s\"><testcase name=\"shard {number}\" time=\"1\"/></testsuite>");
            fs::write(scratch.0.join("results/junit.xml"), test).expect("a file");
            let variables = format!(
                "export CI_NODE_INDEX={number} CI_NODE_TOTAL=8 JOB_COMPLETION_INDEX={number}; mkdir -p shards\n"
            );
            printed += &bash(&scratch.0, &(variables + &local(collect, number)));
        }
        // GitHub's bundles are uploaded from the work folder and downloaded to another.
        bash(&scratch.0, "mv -f *.signoff.gz shards/ 2>/dev/null");
        fs::write(scratch.0.join("signoff.toml"), "[gate]\nrequire = [\"smoke\"]\n").expect("a file");
        let summary = "export GITHUB_STEP_SUMMARY=summary.md\n".to_owned();
        printed += &bash(&scratch.0, &format!("{summary}{}; echo exit $?", local(report, first)));
        if !printed.contains("PASSED") || !printed.contains("exit 0") {
            problems.push(format!("{name}: {printed}"));
        }
        // One of the bundles is enough for none of the systems.
        let one =
            bash(&scratch.0, &format!("rm shards/shard-3.signoff.gz\n{summary}{}; echo exit $?", local(report, first)));
        if !one.contains("there is no shard 3 of 8") || !one.contains("exit 3") {
            problems.push(format!("{name}: {one}"));
        }
    }
    none(&problems);
}
