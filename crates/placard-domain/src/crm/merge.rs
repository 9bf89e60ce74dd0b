//! What a lead is, made from everything that became known of it.
//!
//! [`resolve`] looks at a set: the order in which touches are given does not matter, and neither does it matter in
//! which order leads were merged before.

use super::{
    ClickIds, Touch, Utm,
    consent::Consent,
    contact::{Contact, Identity},
    lead::LeadSource,
    touch::Attribution,
};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A touch as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its id, which settles what happened at one moment.
    pub id: Uuid,
    /// When it happened, or came in if nobody said.
    pub at: DateTime<Utc>,
    /// What became known.
    pub touch: Touch,
}

/// A lead as its touches make it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// How it came in first.
    pub source: LeadSource,
    /// When it came in first.
    pub first_at: DateTime<Utc>,
    /// When something became known last.
    pub last_at: DateTime<Utc>,
    /// Of each field the newest value that is not empty; a person's goes before everything that came in by itself,
    /// and may be empty.
    pub contact: Contact,
    /// Which of them a person wrote.
    pub by_hand: BTreeSet<super::contact::ContactField>,
    /// Of each question the newest answer.
    pub answers: BTreeMap<String, String>,
    /// The newest mark of each platform.
    pub clicks: ClickIds,
    /// The newest that names an ad; parameters of an address from the newest touch that has any.
    pub attribution: Attribution,
    /// What the person said last on being contacted.
    pub consent: Option<Consent>,
}

/// Makes a lead of its touches; nothing of none.
pub fn resolve(touches: &[Known]) -> Option<Resolved> {
    let mut order: Vec<&Known> = touches.iter().collect();
    order.sort_by_key(|known| (known.at, known.id));
    let (first, last) = (*order.first()?, *order.last()?);
    let mut resolved = Resolved {
        source: first.touch.source,
        first_at: first.at,
        last_at: last.at,
        contact: Contact::new(),
        by_hand: BTreeSet::new(),
        answers: BTreeMap::new(),
        clicks: ClickIds::new(),
        attribution: Attribution::default(),
        consent: None,
    };
    for known in order {
        resolved.take(&known.touch);
    }
    resolved.contact.retain(|_, value| !value.is_empty());
    Some(resolved)
}

impl Resolved {
    /// Takes one more, which is newer than those before.
    fn take(&mut self, touch: &Touch) {
        let by_hand = touch.source == LeadSource::Person;
        for (field, value) in &touch.contact {
            let stands = by_hand || !value.is_empty() && !self.by_hand.contains(field);
            if stands {
                self.contact.insert(*field, value.clone());
            }
            if by_hand {
                self.by_hand.insert(*field);
            }
        }
        self.answers.extend(touch.answers.clone());
        self.clicks.extend(touch.clicks.clone());
        if touch.attribution.names_ad() {
            let utm = std::mem::take(&mut self.attribution.utm);
            self.attribution = Attribution { utm, ..touch.attribution.clone() };
        }
        if !touch.attribution.utm.is_empty() {
            self.attribution.utm = Utm::clone(&touch.attribution.utm);
        }
        if let Some(consent) = &touch.consent
            && self.consent.as_ref().is_none_or(|stands| consent.stands_before(stands))
        {
            self.consent = Some(consent.clone());
        }
    }
}

/// Everything by which the person is found again, by whatever address or number they ever came.
pub fn identities(touches: &[Known]) -> BTreeSet<Identity> {
    touches.iter().flat_map(|known| known.touch.identities()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crm::{
        ClickId, UtmField,
        consent::{ConsentBasis, ConsentState},
        contact::ContactField,
    };
    use chrono::TimeDelta;
    use proptest::prelude::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    fn known(id: u128, minute: i64, source: LeadSource, contact: &[(ContactField, &str)]) -> Known {
        let mut touch = Touch::new(source);
        touch.contact = contact.iter().map(|(field, value)| (*field, (*value).to_owned())).collect();
        Known { id: Uuid::from_u128(id), at: at(minute), touch }
    }

    #[test]
    fn the_newest_value_wins_and_an_empty_one_does_not() {
        let touches = [
            known(1, 1, LeadSource::Csv, &[(ContactField::City, "Bonn"), (ContactField::Company, "Acme")]),
            known(2, 2, LeadSource::Form, &[(ContactField::City, "Berlin"), (ContactField::Company, "")]),
        ];
        let lead = resolve(&touches).unwrap();
        assert_eq!(lead.contact[&ContactField::City], "Berlin");
        assert_eq!(lead.contact[&ContactField::Company], "Acme");
        assert_eq!(lead.source, LeadSource::Csv);
    }

    #[test]
    fn what_a_person_wrote_outlives_what_comes_in_later() {
        let touches = [
            known(1, 1, LeadSource::Person, &[(ContactField::City, "Bonn"), (ContactField::Company, "")]),
            known(2, 2, LeadSource::Form, &[(ContactField::City, "Berlin"), (ContactField::Company, "Acme")]),
        ];
        let lead = resolve(&touches).unwrap();
        assert_eq!(lead.contact[&ContactField::City], "Bonn");
        assert!(!lead.contact.contains_key(&ContactField::Company), "a person emptied it");
    }

    #[test]
    fn a_withdrawal_at_the_same_moment_wins() {
        let said = |id, state| {
            let mut one = known(id, 1, LeadSource::Form, &[]);
            let evidence = "form 7".to_owned();
            one.touch.consent = Some(Consent { state, basis: ConsentBasis::Consent, at: at(0), evidence });
            one
        };
        for ids in [(1, 2), (2, 1)] {
            let touches = [said(ids.0, ConsentState::Given), said(ids.1, ConsentState::Withdrawn)];
            assert_eq!(resolve(&touches).unwrap().consent.unwrap().state, ConsentState::Withdrawn);
        }
    }

    prop_compose! {
        fn any_touch()(
            id in 0_u128..1_000_000, minute in 0_i64..5, source in 0_usize..LeadSource::ALL.len(),
            contact in prop::collection::btree_map(0_usize..ContactField::ALL.len(), "[ab]{0,1}", 0..4),
            click in prop::option::of("[xy]"), ad in prop::option::of("[12]"), utm in prop::option::of("[pq]"),
            said in prop::option::of((0_i64..3, any::<bool>(), "[mn]")),
        ) -> Known {
            let mut one = known(id, minute, LeadSource::ALL[source], &[]);
            one.touch.contact = contact.into_iter().map(|(field, value)| (ContactField::ALL[field], value)).collect();
            one.touch.clicks.extend(click.map(|click| (ClickId::Gclid, click)));
            one.touch.attribution.ad = ad;
            one.touch.attribution.utm.extend(utm.map(|utm| (UtmField::Source, utm)));
            one.touch.consent = said.map(|(minute, given, evidence)| Consent {
                state: if given { ConsentState::Given } else { ConsentState::Withdrawn },
                basis: ConsentBasis::Consent, at: at(minute), evidence,
            });
            one
        }
    }

    fn unique(touches: Vec<Known>) -> Vec<Known> {
        let by_id: BTreeMap<Uuid, Known> = touches.into_iter().map(|one| (one.id, one)).collect();
        by_id.into_values().collect()
    }

    proptest! {
        #[test]
        fn merging_is_commutative(left in prop::collection::vec(any_touch(), 0..6), right in prop::collection::vec(any_touch(), 0..6)) {
            let all = unique([left, right].concat());
            let mut turned = all.clone();
            turned.reverse();
            prop_assert_eq!(resolve(&all), resolve(&turned));
            prop_assert_eq!(identities(&all), identities(&turned));
        }

        #[test]
        fn the_order_in_which_leads_were_merged_does_not_matter(touches in prop::collection::vec(any_touch(), 1..8), turn in 0_usize..8) {
            let all = unique(touches);
            let mut turned = all.clone();
            turned.rotate_left(turn % all.len());
            prop_assert_eq!(resolve(&all), resolve(&turned));
        }
    }
}
