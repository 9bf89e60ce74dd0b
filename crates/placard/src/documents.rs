//! Many documents at once, each taken or refused by itself.

use placard_domain::{TenantId, document::Document};
use placard_store::documents::{DocumentError, Documents, Violation, check};
use serde_json::Value;
use std::collections::HashSet;

/// How many go to the database at once.
const PART: usize = 1_000;

/// What became of many documents.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    /// How many were put in, or in place of those with the same natural key.
    pub(crate) written: usize,
    /// Those that were refused.
    pub(crate) refused: Vec<Refused>,
}

/// A document that was refused.
#[derive(Debug)]
pub(crate) struct Refused {
    /// Which, counted from 0.
    pub(crate) place: usize,
    /// Why; never empty.
    pub(crate) violations: Vec<Violation>,
}

/// A document as somebody wrote it, once it is as its collection wants it.
///
/// # Errors
/// [`DocumentError::Invalid`].
pub(crate) fn read<D: Document>(written: Value) -> Result<D, DocumentError> {
    check(D::COLLECTION, &written)?;
    serde_json::from_value(written).map_err(|error| DocumentError::Invalid {
        one: D::COLLECTION.one,
        violations: vec![wrong("type", error.to_string())],
    })
}

/// Puts in what can be put in.
///
/// # Errors
/// What the database refuses as a whole; parts before may be written, and the same may be asked again.
pub(crate) async fn take<D: Document>(
    documents: &Documents,
    tenant: TenantId,
    written: Vec<Value>,
) -> Result<Taken, DocumentError> {
    let (mut taken, mut keys, mut good) = (Taken::default(), HashSet::new(), Vec::new());
    for (place, one) in written.into_iter().enumerate() {
        let key: Vec<String> = D::COLLECTION.natural_key.iter().map(|path| one[*path].to_string()).collect();
        match read::<D>(one) {
            Ok(_) if !keys.insert(key) => {
                taken.refuse(place, "the same stands there before; the first counts")
            }
            Ok(document) => good.push((place, document)),
            Err(DocumentError::Invalid { violations, .. }) => {
                taken.refused.push(Refused { place, violations })
            }
            Err(error) => return Err(error),
        }
    }
    while !good.is_empty() {
        let part: Vec<_> = good.drain(..good.len().min(PART)).collect();
        let (places, part): (Vec<usize>, Vec<D>) = part.into_iter().unzip();
        match documents.upsert_all(tenant, &part).await {
            Ok(receipts) => taken.written += receipts.len(),
            // Somebody else has what only one may have: by itself each shows whether it is the one.
            Err(DocumentError::Taken { .. }) => {
                one_by_one(documents, tenant, &places, &part, &mut taken).await?
            }
            Err(error) => return Err(error),
        }
    }
    taken.refused.sort_by_key(|refused| refused.place);
    Ok(taken)
}

async fn one_by_one<D: Document>(
    documents: &Documents,
    tenant: TenantId,
    places: &[usize],
    part: &[D],
    taken: &mut Taken,
) -> Result<(), DocumentError> {
    for (place, document) in places.iter().zip(part) {
        match documents.upsert(tenant, document).await {
            Ok(_) => taken.written += 1,
            Err(error @ DocumentError::Taken { .. }) => taken.refuse(*place, &error.to_string()),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

impl Taken {
    fn refuse(&mut self, place: usize, why: &str) {
        self.refused.push(Refused { place, violations: vec![wrong("unique", why.to_owned())] });
    }
}

fn wrong(rule: &str, message: String) -> Violation {
    Violation { path: String::new(), rule: rule.to_owned(), message }
}
