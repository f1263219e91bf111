//! Masks the secrets in a log: `some-command 2>&1 | cargo run --example redact`.
//!
//! Standard input is read as a whole, since keys and certificates stand on several lines, and written back masked.
//! What was masked is counted on standard error.

use std::io::{self, Read, Write};

use signoff::safety::redact::{Counts, Redactor};

fn main() -> io::Result<()> {
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let mut counts = Counts::default();
    let masked = Redactor::standard().redact(&text, &mut counts);
    io::stdout().lock().write_all(masked.as_bytes())?;
    let mut stderr = io::stderr().lock();
    for (kind, count) in counts.iter() {
        writeln!(stderr, "{count} {kind}")?;
    }
    Ok(())
}
