//! The `placard` binary.

use std::{panic, process::ExitCode};

#[tokio::main]
async fn main() -> ExitCode {
    end_quietly_when_nobody_reads();
    let filter = tracing_subscriber::EnvFilter::try_from_env("PLACARD_LOG").unwrap_or_else(|_| "warn".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    placard::cli::main().await
}

/// Whoever reads may have seen enough: `placard leads list | head`. That is no defect to tell of, but the command ends, and
/// what it holds is put away as ever.
fn end_quietly_when_nobody_reads() {
    let tell = panic::take_hook();
    panic::set_hook(Box::new(move |defect| {
        let words = defect.payload_as_str().unwrap_or_default();
        if !(words.starts_with("failed printing to stdout") && words.contains("Broken pipe")) {
            tell(defect);
        }
    }));
}
