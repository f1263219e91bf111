//! What the speed of a report rests on, by part: reading, merging and judging, and each form.
//!
//! `cargo bench` prints the times; they are compared between two builds on one machine, not with a limit.

use std::fmt::Write as _;
use std::path::PathBuf;

use divan::{Bencher, black_box};
use signoff::ingest::{Options, ingest};
use signoff::merge::merge;
use signoff::model::{Artifact, Subject as About};
use signoff::pipeline::{Request, validate};
use signoff::report::{RENDERERS, RenderOptions, render};

fn main() {
    divan::main();
}

/// A folder that is made once and holds what a bench reads.
fn folder(name: &str, files: &[(&str, String)]) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("signoff-bench-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a temporary folder can be made");
    for (name, content) in files {
        std::fs::write(folder.join(name), content).expect("a temporary file can be written");
    }
    folder
}

fn sample() -> Vec<PathBuf> {
    vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("samples/ac-6-staging/artifacts")]
}

fn tests(count: u32) -> String {
    let mut text = String::from("<testsuite name=\"bench\">\n");
    for number in 0..count {
        let _ =
            writeln!(text, "<testcase classname=\"bench.Case{}\" name=\"test {number}\" time=\"0.01\"/>", number % 50);
    }
    text + "</testsuite>\n"
}

fn findings(count: u32) -> String {
    let mut text =
        String::from("{\"version\":\"2.1.0\",\"runs\":[{\"tool\":{\"driver\":{\"name\":\"bench\"}},\"results\":[");
    for number in 0..count {
        let comma = if number > 0 { "," } else { "" };
        let _ = write!(
            text,
            "{comma}{{\"ruleId\":\"R{}\",\"level\":\"note\",\"message\":{{\"text\":\"finding {number}\"}}}}",
            number % 40
        );
    }
    text + "]}]}"
}

fn requests(count: u32) -> String {
    let mut text = String::new();
    for number in 0..count {
        let millis = 10 + number % 90;
        let _ = writeln!(
            text,
            "{{\"attack\":\"\",\"seq\":{number},\"code\":200,\"timestamp\":\"2026-03-01T12:00:00.000000001Z\",\"latency\":{millis}000000,\"bytes_out\":0,\"bytes_in\":2,\"error\":\"\",\"body\":\"b2s=\",\"method\":\"GET\",\"url\":\"https://shop.example.test/\",\"headers\":null}}"
        );
    }
    text
}

fn read(paths: &[PathBuf]) -> Vec<Artifact> {
    ingest(paths, &|_| false, &Options::default())
}

#[divan::bench]
fn read_the_sample(bencher: Bencher<'_, '_>) {
    let paths = sample();
    bencher.bench(|| read(black_box(&paths)));
}

#[divan::bench]
fn read_junit_of_20_000_tests(bencher: Bencher<'_, '_>) {
    let paths = [folder("junit", &[("junit.xml", tests(20_000))])];
    bencher.bench(|| read(black_box(&paths)));
}

#[divan::bench]
fn read_sarif_of_20_000_results(bencher: Bencher<'_, '_>) {
    let paths = [folder("sarif", &[("scan.sarif", findings(20_000))])];
    bencher.bench(|| read(black_box(&paths)));
}

#[divan::bench]
fn read_vegeta_of_50_000_requests(bencher: Bencher<'_, '_>) {
    let paths = [folder("vegeta", &[("results.ndjson", requests(50_000))])];
    bencher.bench(|| read(black_box(&paths)));
}

#[divan::bench]
fn merge_the_sample(bencher: Bencher<'_, '_>) {
    let artifacts = read(&sample());
    bencher.with_inputs(|| artifacts.clone()).bench_values(|artifacts| merge(artifacts, &About::default()));
}

#[divan::bench(args = ["md", "html", "junit", "json", "summary", "csv", "ctrf", "sarif"])]
fn render_20_000_tests(bencher: Bencher<'_, '_>, form: &str) {
    let request = Request { paths: vec![folder("render", &[("junit.xml", tests(20_000))])], ..Request::default() };
    let validation = validate(&request);
    let made = request.made(&[], RenderOptions::default());
    let subject = validation.subject(&request, &made);
    let form = RENDERERS.iter().find(|known| known.id == form).expect("the form is in the table");
    bencher
        .bench(|| render(black_box(subject), &[form], RenderOptions::default()).expect("the report can be rendered"));
}
