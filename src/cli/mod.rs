//! The command line; one file per subcommand.

mod annotations;
mod baseline;
mod collect;
mod diff;
mod explain;
mod figures;
mod formats;
mod identity;
mod init;
mod inspect;
mod progress;
mod report;
mod schema;
mod terminal;
mod verify;

use std::io::Write;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

const EXIT_CODES: &str = "Exit codes: 0 passed or conditional, 1 failed, 2 the work could not be done, 3 undecided.";

/// Turns a folder of test artifacts into a release decision that an auditor can check
#[derive(Debug, Parser)]
#[command(name = "signoff", version, max_term_width = 100)]
#[command(after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, display_order = 900)]
    color: Color,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Ingest, merge, judge and render: the main job
    #[command(after_help = EXIT_CODES)]
    Report(Box<report::ReportArgs>),
    /// The verdict and its reasons, nothing written
    #[command(after_help = EXIT_CODES)]
    Check(Box<report::CheckArgs>),
    /// What each file is recognised as and what it says
    Inspect(inspect::Args),
    /// Where a figure of a report comes from; also what a diagnostic code, a rule or a format means
    Explain(explain::Args),
    /// Hash the artifacts and make a report again: identical, or what differs
    #[command(after_help = "Exit codes: 0 what was checked holds, 1 something differs, 2 the work could not be done.")]
    Verify(verify::Args),
    /// What changed between two reports: tests, findings, latencies, services, verdicts
    #[command(after_help = "Exit codes: 0 nothing is worse, 1 something is worse, 2 the reports cannot be compared.")]
    Diff(diff::Args),
    /// One shard's artifacts as a small bundle, which `report` takes like any artifact
    Collect(collect::Args),
    /// A commented signoff.toml, filled in from the artifacts found
    Init(init::Args),
    /// The formats that can be read
    Formats(formats::Args),
    /// The JSON Schema of the report or of one of signoff's own formats
    Schema(schema::SchemaArgs),
    /// Completions for a shell
    Completions(schema::CompletionsArgs),
    /// The manual page, or that of a subcommand
    Man(schema::ManArgs),
}

/// Exit code: the work could not be done.
const CANNOT: u8 = 2;

/// Parses the command line, runs it and returns the exit code.
pub fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|panic| {
        // Its message may quote an artifact.
        let place = panic.location().map(|at| format!(" at {}:{}", at.file(), at.line())).unwrap_or_default();
        let _ = writeln!(anstream::stderr(), "signoff failed{place}; this is a fault of signoff");
    }));
    if asks_for_version(&mut std::env::args_os().skip(1)) {
        // Building the tree of commands takes longer than all else that this needs.
        let _ = writeln!(anstream::stdout(), "signoff {}", env!("CARGO_PKG_VERSION"));
        return ExitCode::SUCCESS;
    }
    crate::source::keep_memory();
    let cli = Cli::parse();
    match cli.color {
        Color::Auto => {}
        Color::Always => anstream::ColorChoice::Always.write_global(),
        Color::Never => anstream::ColorChoice::Never.write_global(),
    }
    let mut out = terminal::Patient::new(anstream::stdout().lock());
    let result = match cli.command {
        Command::Report(args) => report::report(&args, &mut out),
        Command::Check(args) => report::check(&args, &mut out),
        Command::Inspect(args) => inspect::run(&args, &mut out),
        Command::Explain(args) => explain::run(&args, &mut out),
        Command::Verify(args) => verify::run(&args, &mut out),
        Command::Diff(args) => diff::run(&args, &mut out),
        Command::Collect(args) => collect::run(&args, &mut out),
        Command::Init(args) => init::run(&args, &mut out),
        Command::Formats(args) => formats::run(&args, &mut out),
        Command::Schema(args) => schema::schema_of(&args, &mut out),
        Command::Completions(args) => schema::completions(&args, Cli::command(), &mut out),
        Command::Man(args) => schema::man(&args, Cli::command(), &mut out),
    };
    match result.and_then(|code| {
        out.flush()?;
        Ok(code)
    }) {
        Ok(code) => code,
        Err(error) => {
            let _ = terminal::error(&mut anstream::stderr(), &error);
            ExitCode::from(CANNOT)
        }
    }
}

/// Whether the arguments are `--version` or `-V` and nothing else.
fn asks_for_version(args: &mut dyn Iterator<Item = std::ffi::OsString>) -> bool {
    let first = args.next().is_some_and(|first| first == "--version" || first == "-V");
    first && args.next().is_none()
}
