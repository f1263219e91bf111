//! The command line; one file per subcommand.

mod inspect;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Turns a folder of test artifacts into a release decision that an auditor can check
#[derive(Debug, Parser)]
#[command(name = "signoff", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// What each file is recognised as and what it says
    Inspect(inspect::Args),
}

/// Exit code: the work could not be done.
const CANNOT: u8 = 2;

/// Parses the command line, runs it and returns the exit code.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.command {
        Command::Inspect(args) => inspect::run(&args, &mut anstream::stdout().lock()),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            let _ = std::io::Write::write_fmt(&mut anstream::stderr(), format_args!("error: {error:#}\n"));
            ExitCode::from(CANNOT)
        }
    }
}
