//! What several test drivers need.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use signoff::ingest::{Options, ingest};
use signoff::model::Artifact;
use signoff::report::facts::facts;

/// The folder of the package.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The entries of a folder, sorted by name.
pub fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("a folder's entry can be read").path())
        .collect();
    entries.sort();
    entries
}

/// The last part of a path.
pub fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// A folder that is removed at the end.
pub struct Scratch(pub PathBuf);

impl Scratch {
    /// Makes it.
    pub fn new(name: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("signoff-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("the folder for temporary files can be written");
        Scratch(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The real binary, in the folder of the package.
pub fn signoff() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_signoff"));
    command.current_dir(root()).env_remove("SOURCE_DATE_EPOCH");
    command
}

/// Runs it to its end.
pub fn run(command: &mut Command) -> Output {
    command.output().expect("the binary can be started")
}

/// The words of a command in a script, with something in the place of each variable.
pub fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut quote = None;
    let mut word = String::new();
    for c in line.chars() {
        match (c, quote) {
            (_, Some(open)) if c == open => quote = None,
            ('"' | '\'', None) => quote = Some(c),
            (';', None) => break,
            (_, None) if c.is_whitespace() => words.extend((!word.is_empty()).then(|| std::mem::take(&mut word))),
            _ => word.push(c),
        }
    }
    words.push(word);
    let end = words.iter().position(|word| ["|", "||", "&&", ";", ">", ">>", "<"].contains(&word.as_str()));
    words.truncate(end.unwrap_or(words.len()));
    // `${NAME:+--option "$NAME"}` is an option that is there where the variable is.
    let option = |word: String| match word.split_once(":+") {
        Some((name, option)) if name.starts_with("${") => option.to_owned(),
        _ => word,
    };
    let known = |word: String| match word.as_str() {
        _ if !word.contains('$') => word,
        _ if word.contains("FAIL_ON") => "failed".to_owned(),
        _ if word.contains("AS_OF") => "2026-01-01T00:00:00Z".to_owned(),
        _ if word.contains("SHARD_COUNT") => "3".to_owned(),
        _ if word.contains("JUNIT_PROFILE") => "strict".to_owned(),
        _ if word.contains("CSS") => "inside".to_owned(),
        _ => "x".to_owned(),
    };
    words.into_iter().filter(|word| !word.contains("[@]")).map(option).map(known).collect()
}

/// Copies a file or a folder.
pub fn copy(from: &Path, to: &Path) {
    if !from.is_dir() {
        fs::copy(from, to).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
        return;
    }
    fs::create_dir_all(to).expect("a temporary folder can be made");
    for entry in entries(from) {
        copy(&entry, &to.join(name(&entry)));
    }
}

/// Reads one artifact, and those that come in it where it is a bundle.
pub fn read_all(path: &Path) -> Vec<Artifact> {
    let artifacts = ingest(&[path.to_owned()], &|_| false, &Options::default());
    let given = artifacts.iter().filter(|artifact| artifact.origin.is_none()).count();
    assert_eq!(given, 1, "{} is not one artifact", path.display());
    artifacts
}

/// Reads one artifact.
pub fn read(path: &Path) -> Artifact {
    read_all(path).remove(0)
}

/// Compares a text with the file that holds what it should be; with `UPDATE=1` in the environment the file is written.
#[track_caller]
pub fn compare(expected: &Path, actual: &str, problems: &mut Vec<String>) {
    if std::env::var_os("UPDATE").is_some() {
        fs::write(expected, actual).unwrap_or_else(|error| panic!("{}: {error}", expected.display()));
        return;
    }
    let wanted = fs::read_to_string(expected).unwrap_or_default();
    if wanted == actual {
        return;
    }
    let line = wanted.lines().zip(actual.lines()).take_while(|(a, b)| a == b).count();
    problems.push(format!(
        "{} differs from line {}:\n  expected: {}\n  actual:   {}\n  look at the difference, then refresh with UPDATE=1 cargo test",
        expected.strip_prefix(root()).unwrap_or(expected).display(),
        line + 1,
        wanted.lines().nth(line).unwrap_or("(end)"),
        actual.lines().nth(line).unwrap_or("(end)"),
    ));
}

/// All that one artifact says, a line each, for people to check.
pub fn dump(artifact: &Artifact) -> String {
    let mut out = String::new();
    let e = &artifact.evidence;
    let opt = |value: &Option<String>| value.as_deref().map(|v| format!(" {v:?}")).unwrap_or_default();
    macro_rules! line { ($($arg:tt)*) => { writeln!(out, $($arg)*).expect("a String takes all") }; }
    line!("format {}", artifact.format.unwrap_or("-"));
    if let Some(tool) = &e.tool {
        line!("tool {:?}{}", tool.name, opt(&tool.version));
    }
    if let Some(time) = e.time {
        line!("time {time}");
    }
    let s = &e.subject;
    for (label, value) in [
        ("product", &s.name),
        ("version", &s.version),
        ("commit", &s.commit),
        ("environment", &s.environment),
        ("target", &s.target),
    ] {
        if let Some(value) = value {
            line!("{label} {value:?}");
        }
    }
    for (kind, values) in facts(artifact) {
        line!("{kind} {values}");
    }
    for suite in &e.suites {
        line!("suite {:?} at {}", suite.name, suite.pointer);
        for case in suite.cases() {
            let flaky = if case.flaky { " flaky" } else { "" };
            let took = case.elapsed.map(|t| format!(" in {t}")).unwrap_or_default();
            line!(
                "  {}{flaky} {:?}{}{took} at {}{}",
                case.outcome,
                case.name,
                opt(&case.class),
                case.pointer,
                opt(&case.message)
            );
        }
    }
    for scan in &e.scans {
        line!("scan {:?} of {:?} at {}", scan.class, scan.targets, scan.pointer);
        for f in scan.findings() {
            let suppressed = f.suppression.as_ref().map(|s| format!(" suppressed by {:?}{}", s.by, opt(&s.reason)));
            let places: Vec<String> = f
                .locations
                .iter()
                .map(|l| format!("{}{}", l.place, l.line.map(|n| format!(":{n}")).unwrap_or_default()))
                .collect();
            let package =
                f.package.as_ref().map(|p| format!(" package {} {}", p.name, p.version.as_deref().unwrap_or("-")));
            line!(
                "  {} {:?} {:?} cwe {:?} owasp {:?} x{} in {places:?}{}{} at {}",
                f.severity,
                f.rule,
                f.title,
                f.cwes,
                f.owasp,
                f.occurrences,
                package.unwrap_or_default(),
                suppressed.unwrap_or_default(),
                f.pointer
            );
        }
    }
    for a in &e.assessments {
        line!("assessment by{} at {}", opt(&a.author), a.pointer);
        for c in &a.categories {
            line!("  {} {:?}{}{} at {}", c.code, c.status, opt(&c.name), opt(&c.note), c.pointer);
        }
        for h in &a.headers {
            line!("  header {} present {} at {}", h.name, h.present, h.pointer);
        }
    }
    for s in &e.statements {
        line!(
            "statement {:?} {} suppresses {}{}{} at {}",
            s.vulnerabilities,
            s.status,
            s.suppresses,
            opt(&s.reason),
            opt(&s.author),
            s.pointer
        );
    }
    for run in &e.loads {
        line!(
            "load{} users {:?} elapsed {:?} at {}",
            opt(&run.name),
            run.users,
            run.elapsed.map(|t| t.to_string()),
            run.pointer
        );
        for endpoint in &run.endpoints {
            let values = serde_json::Value::Object(signoff::report::facts::measurement(&endpoint.measurement));
            line!("  endpoint {:?} {values} at {}", endpoint.name, endpoint.measurement.pointer);
        }
        for t in &run.thresholds {
            line!("  threshold {:?} {:?} holds {:?} at {}", t.metric, t.expression, t.holds, t.pointer);
        }
    }
    for plan in &e.plans {
        line!(
            "plan{}{} dry run {:?} succeeds {:?} at {}",
            opt(&plan.name),
            opt(&plan.method),
            plan.dry_run,
            plan.succeeds(),
            plan.pointer
        );
        for step in &plan.steps {
            line!(
                "  {} {:?} {}{}{} at {}",
                step.action.word(),
                step.title,
                step.outcome.word(),
                opt(&step.command),
                opt(&step.irreversible),
                step.pointer
            );
        }
        for m in &plan.migrations {
            line!("  migration {:?} reversible {:?} at {}", m.id, m.reversible, m.pointer);
        }
        for error in &plan.errors {
            line!("  error {:?} at {}", error.text, error.pointer);
        }
    }
    for s in &e.services {
        line!(
            "service {:?} {:?} {} {:?}{}{} restarts {:?} at {}",
            s.name,
            s.role,
            s.health.word(),
            s.status,
            opt(&s.ports),
            opt(&s.reason),
            s.restarts,
            s.pointer
        );
    }
    for a in &e.alerts {
        line!("alert {:?} {:?}{}{} at {}", a.name, a.state, opt(&a.severity), opt(&a.summary), a.pointer);
    }
    for s in &e.samples {
        line!("sample {} = {} at {}", s.series, s.value, s.pointer);
    }
    for d in &e.diagnostics {
        let place = d.place.map(|p| format!(" {p}")).unwrap_or_default();
        line!("{}[{}]{place} ({}): {}", d.level().word(), d.code.id, d.pointer, d.message);
        line!("  help: {}", d.help.as_deref().unwrap_or(d.code.help));
    }
    out
}

/// Reports on the folder `artifacts` in `folder`, of which only tests are required, and returns `report.md` and
/// `report.json`. The command may have variables of its own.
#[track_caller]
pub fn reported(command: &mut Command, folder: &Path, args: &[&str]) -> (String, serde_json::Value) {
    let required = ["--require", "smoke", "--fail-on", "never", "--quiet"];
    command.current_dir(folder).args(["report", "artifacts", "--out", "out"]).args(required).args(args);
    let output = run(command);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let read = |name: &str| fs::read_to_string(folder.join("out").join(name)).expect("it was written");
    (read("report.md"), serde_json::from_str(&read("report.json")).expect("it is JSON"))
}
