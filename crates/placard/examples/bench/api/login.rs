//! What signing in costs: a password is hashed slowly on purpose.

use super::stage::{MEMBERS, PASSWORD, Stage};
use crate::{
    Size,
    figure::{Bar, Figure},
    timing::Samples,
};
use anyhow::{Result, ensure};
use placard_store::password;
use std::time::Instant;

/// Signs every member in at once, beside hashing as many passwords and nothing else.
pub(super) async fn measure(size: Size, stage: &Stage) -> Result<Vec<Figure>> {
    let hash = password::hash(PASSWORD.into()).await?;
    let (mut alone, mut hashing, mut logins) = (Samples::default(), Samples::default(), Samples::default());
    for round in 0..=size.rounds {
        let began = Instant::now();
        ensure!(password::verify(PASSWORD.into(), hash.clone()).await?, "the password is not the password");
        let one = began.elapsed();
        let began = Instant::now();
        let all = (0..MEMBERS).map(|_| password::verify(PASSWORD.into(), hash.clone()));
        futures::future::try_join_all(all).await?;
        let verified = began.elapsed();
        let began = Instant::now();
        futures::future::try_join_all((0..MEMBERS).map(|member| stage.log_in(member))).await?;
        // The first round warms up.
        if round > 0 {
            alone.push(one);
            hashing.push(verified);
            logins.push(began.elapsed());
        }
    }
    let baseline = ("Argon2id alone", &hashing);
    let measure = format!("sign in, {MEMBERS} people at once");
    Ok(vec![
        Figure::speeds(measure, (MEMBERS, "logins"), &logins, baseline, Bar::Stated).note(format!(
            "one password alone takes {} (Argon2id, 19 MiB, 2 passes); a login counts the attempt, looks the person \
             up, verifies, opens a session and writes the audit log",
            alone.show()
        )),
    ])
}
