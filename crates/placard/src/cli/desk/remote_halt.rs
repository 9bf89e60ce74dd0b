//! Watching a server pause what a kill switch stops.

use super::{Covered, Desk, Engaged, Telling, remote::Remote};
use crate::{api::view::PlaceView, publishing::Halted};
use anyhow::{Result, anyhow};
use placard_domain::{plan::ObjectKind, spec::RunState};
use std::time::{Duration, Instant};

/// How long to wait for the server's background work.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long to wait between two looks.
const BEAT: Duration = Duration::from_millis(500);

/// Tells of each campaign when the server has paused it. Its background work does that, one after the other.
pub(super) async fn follow(desk: &Remote, engaged: &Engaged, tell: &mut Telling<'_>) -> Result<()> {
    let until = Instant::now() + PATIENCE;
    for covered in &engaged.covered {
        let ran = covered.ran;
        loop {
            let runs = runs(desk, covered).await;
            match runs {
                Ok(true) if Instant::now() < until => tokio::time::sleep(BEAT).await,
                Ok(true) => {
                    let late =
                        anyhow!("the server has not paused it yet; does a `placard worker` run there?");
                    tell(covered, Err(late));
                    break;
                }
                Ok(false) => {
                    tell(covered, Ok(if ran { Halted::Paused } else { Halted::AtRest }));
                    break;
                }
                Err(error) => {
                    tell(covered, Err(error));
                    break;
                }
            }
        }
    }
    Ok(())
}

/// Whether a campaign runs in an account, by the server's record.
async fn runs(desk: &Remote, covered: &Covered) -> Result<bool> {
    let Some(campaign) = desk.campaign(&covered.campaign).await? else { return Ok(false) };
    let places = desk.standing(&campaign).await?;
    Ok(places.iter().filter(|place| place.account == covered.account).any(is_on))
}

/// Whether the campaign itself is switched on in a place.
pub(super) fn is_on(place: &PlaceView) -> bool {
    let on = |object: &crate::api::view::ObjectView| {
        object.key.kind == ObjectKind::Campaign && object.run == Some(RunState::Active)
    };
    place.objects.iter().any(on)
}
