//! How patient publishing is.

use std::time::Duration;

/// How patient publishing is.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Pauses before each look for an object whose creation has an unknown outcome. Platforms show fresh objects
    /// late (Meta, `platforms/meta.md` §17), so one look is not enough.
    pub looks: Vec<Duration>,
    /// How often one step is sent at most.
    pub attempts: u32,
    /// The pause before the second attempt; it doubles from there.
    pub first_pause: Duration,
    /// No pause of our own is longer. What a platform asks for is never cut short.
    pub longest_pause: Duration,
    /// The longest wait for a limit of the platform. What takes longer is laid down and goes on when it is over.
    pub longest_rest: Duration,
    /// How long another publisher's request may take, after which it steps aside for whoever wants to stop something.
    pub their_request: Duration,
    /// Most requests in one call; the platform's own limit if `None`.
    pub batch: Option<usize>,
}

/// When somebody gets an account to work on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// After those who work on it.
    InOrder,
    /// After their present request, because something is to stop.
    First,
}

const TEN_MINUTES: Duration = Duration::from_secs(600);

impl Default for Policy {
    fn default() -> Self {
        Self {
            looks: [0, 2, 4, 8].map(Duration::from_secs).to_vec(),
            attempts: 8,
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(60),
            longest_rest: TEN_MINUTES,
            their_request: Duration::from_secs(90),
            batch: None,
        }
    }
}

impl Policy {
    /// For a platform on this machine, whose clock we do not wait for.
    pub fn brisk() -> Self {
        Self {
            looks: [0, 150, 300, 600].map(Duration::from_millis).to_vec(),
            attempts: 12,
            first_pause: Duration::from_millis(20),
            longest_pause: Duration::from_millis(400),
            longest_rest: TEN_MINUTES,
            their_request: Duration::from_secs(5),
            batch: None,
        }
    }

    /// Patience with a platform. One on this machine (`local`) needs no real one. `PLACARD_BATCH` limits the requests in
    /// one call, to see single steps.
    pub fn towards(local: bool) -> Self {
        let batch = std::env::var("PLACARD_BATCH").ok().and_then(|text| text.parse().ok());
        let policy = if local { Self::brisk() } else { Self::default() };
        Self { batch, ..policy }
    }

    /// The pause of our own before attempt `attempt` (the first is 1).
    pub(super) fn pause(&self, attempt: u32) -> Duration {
        let doubled = self.first_pause.saturating_mul(1 << attempt.saturating_sub(1).min(16));
        doubled.min(self.longest_pause)
    }
}
