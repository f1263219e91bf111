//! How far reading has come, on a terminal, where it takes long.

use std::io::IsTerminal;
use std::sync::{Arc, OnceLock};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::ingest::Progress;

/// Bytes from which on reading may take long enough to be worth a line.
const MIN_BYTES: u64 = 64 * 1024 * 1024;

/// A bar on standard error, for bytes, rate and time left.
#[derive(Debug, Default)]
struct Bar(OnceLock<ProgressBar>);

impl Progress for Bar {
    fn starts(&self, bytes: u64) {
        if bytes < MIN_BYTES {
            return;
        }
        let bar = ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::stderr_with_hz(8));
        let template = "reading {wide_bar} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        let _ = self.0.set(bar);
    }

    fn reads(&self, bytes: u64) {
        if let Some(bar) = self.0.get() {
            bar.inc(bytes);
        }
    }

    fn ends(&self) {
        if let Some(bar) = self.0.get() {
            bar.finish_and_clear();
        }
    }
}

/// Shows progress where somebody sees it.
pub(super) fn on_terminal(is_quiet: bool) -> Option<Arc<dyn Progress>> {
    (!is_quiet && std::io::stderr().is_terminal()).then(|| Arc::new(Bar::default()) as Arc<dyn Progress>)
}
