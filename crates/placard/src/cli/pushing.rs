//! Which of the edits that others made `plan` and `apply` overwrite.

use super::{desk::Work, failure::WrongInput};
use crate::publishing::unknown_fields;
use anyhow::Result;
use placard_domain::plan::DriftPolicy;
use std::collections::BTreeSet;

/// What is overwritten.
#[derive(clap::Args, Debug)]
pub(super) struct Pushing {
    /// Overwrite what others changed on the platform.
    #[arg(long)]
    push: bool,
    /// Overwrite what others changed in these fields alone, named as `placard drift` names them.
    #[arg(long, value_name = "FIELD,…", value_delimiter = ',', conflicts_with = "push")]
    force_fields: Vec<String>,
}

impl Pushing {
    /// The policy for each place, in their order. A field that nobody changed anywhere is a slip of the hand.
    pub(super) async fn policies(&self, works: &[Work<'_>]) -> Result<Vec<DriftPolicy>> {
        let fields: BTreeSet<String> = self.force_fields.iter().map(|name| name.trim().to_owned()).collect();
        if fields.is_empty() {
            let policy = if self.push { DriftPolicy::Push } else { DriftPolicy::Keep };
            return Ok(vec![policy; works.len()]);
        }
        if works.len() == 1 {
            // The plan itself finds out.
            return Ok(vec![DriftPolicy::PushFields(fields)]);
        }
        // Platforms name fields differently, so each name has to fit in one place at least.
        let (mut policies, mut changed) = (Vec::new(), BTreeSet::new());
        for work in works {
            let there: BTreeSet<String> =
                work.place.drift().await?.into_iter().map(|one| one.change.field).collect();
            let forced: BTreeSet<String> = fields.intersection(&there).cloned().collect();
            policies.push(if forced.is_empty() {
                DriftPolicy::Keep
            } else {
                DriftPolicy::PushFields(forced)
            });
            changed.extend(there);
        }
        match unknown_fields(&fields, &changed) {
            Some(words) => Err(WrongInput(words).into()),
            None => Ok(policies),
        }
    }
}
