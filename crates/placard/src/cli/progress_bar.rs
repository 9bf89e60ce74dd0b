//! Publishing as one line that moves, or as plain lines where nobody watches.

use super::paint::Paint;
use crate::publishing::{Progress, Said};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use placard_domain::plan::Stage;
use std::{io::IsTerminal, time::Duration};

/// Shows progress on standard error.
pub(super) struct TerminalProgress {
    bar: ProgressBar,
    paint: Paint,
    live: bool,
}

impl TerminalProgress {
    /// A bar on a terminal; one line a stage elsewhere.
    pub(super) fn new() -> Self {
        let (bar, live) = bar(None);
        Self { bar, paint: Paint::for_stderr(), live }
    }

    fn line(&self, text: &str) {
        if self.live { self.bar.println(text) } else { eprintln!("{text}") }
    }
}

/// A bar on standard error, hidden where nobody watches, and whether somebody does.
pub(super) fn bar(length: Option<u64>) -> (ProgressBar, bool) {
    bar_with(length, "{pos}/{len}  {msg}")
}

/// The same with other words behind it, by `indicatif`'s template.
pub(super) fn bar_with(length: Option<u64>, words: &str) -> (ProgressBar, bool) {
    let live = std::io::stderr().is_terminal();
    let target = if live { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(length, target);
    let style = ProgressStyle::with_template(&format!("  {{bar:28.green/dim}} {words}"));
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━━╌"));
    (bar, live)
}

impl Default for TerminalProgress {
    fn default() -> Self {
        Self::new()
    }
}

impl Progress for TerminalProgress {
    fn hear(&self, said: &Said) {
        match said {
            Said::Begun { steps, done, .. } => {
                self.bar.set_length(*steps as u64);
                self.bar.set_position(*done as u64);
                if self.live {
                    self.bar.enable_steady_tick(Duration::from_millis(120));
                }
            }
            Said::Sending { stage, all_stages, objects, name } => {
                let doing = if *all_stages { "making everything in one call" } else { doing(*stage) };
                let what = name.clone().unwrap_or_else(|| format!("{objects} objects"));
                self.bar.set_message(format!("{doing}: {what}"));
                if !self.live {
                    eprintln!("  {doing}: {what}");
                }
            }
            Said::Done => self.bar.inc(1),
            Said::Waiting { reason, milliseconds } => {
                let seconds = Duration::from_millis(*milliseconds).as_secs_f32();
                self.bar.set_message(format!("waiting {seconds:.0} s: {reason}"));
                if !self.live && seconds >= 1.0 {
                    eprintln!("  waiting {seconds:.0} s: {reason}");
                }
            }
            Said::Note { text } => self.line(&format!("  {} {text}", self.paint.dim("·"))),
            Said::Finished => self.bar.finish_and_clear(),
        }
    }
}

const fn doing(stage: Stage) -> &'static str {
    match stage {
        Stage::Stop => "pausing",
        Stage::Roots => "uploading pictures, making the campaign",
        Stage::Branches => "making creatives and ad groups",
        Stage::Leaves => "making ads",
        Stage::Change => "changing",
        Stage::Release => "switching on ads and ad groups",
        Stage::Go => "switching on the campaign",
        Stage::ClearLeaves | Stage::ClearBranches | Stage::ClearRoots => "removing",
    }
}
