//! Won deals that are told to the platform whose click brought them, so that its bidding learns which clicks earn money.

use super::{ClickId, merge::Known};
use crate::{AccountRef, ConversionId, Money, Platform, objective::words, status::parse_words};
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

words! {
    /// Where what is told of a deal stands.
    ConversionStatus {
        /// It is committed to, and nobody knows yet whether it was sent.
        Intended = "intended",
        /// The platform has taken it.
        Accepted = "accepted",
        /// The platform does not take it.
        Refused = "refused",
        /// It was sent and no answer came: the platform may have taken it. It is sent again, word for word.
        Unknown = "unknown",
        /// It did not reach the platform, or the platform wants it later.
        Waiting = "waiting",
    }
}

parse_words!(ConversionStatus);

/// The mark that `platform` puts on its clicks.
pub const fn mark_of(platform: Platform) -> ClickId {
    match platform {
        Platform::Meta => ClickId::Fbclid,
        Platform::Google => ClickId::Gclid,
        Platform::Microsoft => ClickId::Msclkid,
        Platform::Tiktok => ClickId::Ttclid,
    }
}

/// A click that brought a lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Click {
    /// The platform's mark of it. It points at a person.
    pub mark: String,
    /// When the lead came with it first, if anybody said. The click was before that.
    pub known_since: Option<DateTime<Utc>>,
    /// The ad account that it belongs to, if anybody said.
    pub account: Option<String>,
}

/// What a platform takes, and from which account it is asked.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// The account that is told.
    pub account: &'a AccountRef,
    /// Whether it is the only account of its platform that is told anything.
    pub alone: bool,
    /// How long after a click the goal counts what came of it.
    pub window: TimeDelta,
    /// How old a conversion may be.
    pub oldest: TimeDelta,
    /// The time at the platform.
    pub now: DateTime<Utc>,
}

/// Why a won deal is not told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Untold {
    /// It came by no click of the platform, or the person was forgotten.
    #[error("its lead came by no click of this platform")]
    NoClick,
    /// It came by a click of another account.
    #[error("its click belongs to the account {0}")]
    Elsewhere(String),
    /// It is not known of which account the click is, and several are told.
    #[error(
        "several accounts are told of deals, and nobody said to which of them the click belongs: take the lead in \
         again with a column `account`"
    )]
    WhichAccount,
    /// The lead came with its click only after the deal was decided.
    #[error("its lead came with the click only on {}, after the deal was won", .0.format("%Y-%m-%d"))]
    ClickAfterwards(DateTime<Utc>),
    /// The goal does not count for so long.
    #[error("it was won {won} days after the click, and the goal counts for {window}")]
    OutOfWindow {
        /// Days between, rounded down.
        won: i64,
        /// Days of the goal's window.
        window: i64,
    },
    /// The platform takes nothing so old.
    #[error("it was won {0} days ago, which is longer than the platform takes")]
    TooOld(i64),
    /// The platform's clock is behind.
    #[error(
        "it was won at {won}, and the time there is {there}; a sandbox's clock is moved by `placard sandbox advance`",
        won = .won.format("%Y-%m-%d %H:%M"),
        there = .there.format("%Y-%m-%d %H:%M")
    )]
    NotYet {
        /// When it was won.
        won: DateTime<Utc>,
        /// What time it is at the platform.
        there: DateTime<Utc>,
    },
}

/// The click of `platform` that a deal came by that was won at `won_at`: the newest that the lead came with before, or one
/// of which nobody said when.
pub fn click_before(touches: &[Known], platform: Platform, won_at: DateTime<Utc>) -> Result<Click, Untold> {
    let mark = mark_of(platform);
    let mut marked: Vec<&Known> =
        touches.iter().filter(|known| known.touch.clicks.contains_key(&mark)).collect();
    marked.sort_by_key(|known| (known.at, known.id));
    let said = |known: &&&Known| known.touch.occurred_at.is_some_and(|at| at <= won_at);
    let silent = |known: &&&Known| known.touch.occurred_at.is_none();
    let chosen = marked.iter().rfind(said).or_else(|| marked.iter().rfind(silent));
    let Some(chosen) = chosen else {
        return Err(match marked.first().and_then(|known| known.touch.occurred_at) {
            Some(at) => Untold::ClickAfterwards(at),
            None => Untold::NoClick,
        });
    };
    let value = &chosen.touch.clicks[&mark];
    let same = |known: &&&Known| known.touch.clicks.get(&mark) == Some(value);
    let attribution = &chosen.touch.attribution;
    Ok(Click {
        mark: value.clone(),
        known_since: marked.iter().filter(same).filter_map(|known| known.touch.occurred_at).min(),
        account: attribution.account.clone().filter(|_| attribution.platform == Some(platform)),
    })
}

impl Terms<'_> {
    /// Whether what was won at `won_at` by `click` can be told, as far as that is known before.
    pub fn check(&self, click: &Click, won_at: DateTime<Utc>) -> Result<(), Untold> {
        match &click.account {
            Some(account) if *account != self.account.id => return Err(Untold::Elsewhere(account.clone())),
            None if !self.alone => return Err(Untold::WhichAccount),
            Some(_) | None => {}
        }
        if won_at > self.now {
            return Err(Untold::NotYet { won: won_at, there: self.now });
        }
        let age = self.now - won_at;
        if age >= self.oldest {
            return Err(Untold::TooOld(age.num_days()));
        }
        // The click was before the lead came with it, so that this much is certain.
        match click.known_since.map(|since| won_at - since) {
            Some(between) if between > self.window => {
                Err(Untold::OutOfWindow { won: between.num_days(), window: self.window.num_days() })
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// What a platform is told of a won deal. Two with equal click and time are one to it, so each has a second of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversion {
    /// Our id of it.
    pub id: ConversionId,
    /// The platform's mark of the click.
    pub click: String,
    /// The name of the goal that counts it.
    pub goal: String,
    /// When the deal was won, in whole seconds.
    pub at: DateTime<Utc>,
    /// What it is worth.
    pub value: Money,
}

/// The second in which something happened, as platforms count it.
pub fn second(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(0)
}

/// A mark as people may see it who must not see whose it is.
pub fn masked_mark(mark: &str) -> String {
    let shown: String = mark.chars().take(if mark.chars().count() > 8 { 4 } else { 0 }).collect();
    format!("{shown}…")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crm::{Touch, lead::LeadSource};
    use proptest::prelude::*;
    use uuid::Uuid;

    fn at(hour: i64) -> DateTime<Utc> {
        "2026-11-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::hours(hour)
    }

    fn known(id: u128, hour: Option<i64>, mark: &str) -> Known {
        let mut touch = Touch::new(LeadSource::Csv);
        touch.occurred_at = hour.map(at);
        touch.clicks.insert(ClickId::Msclkid, mark.to_owned());
        Known { id: Uuid::from_u128(id), at: at(hour.unwrap_or(1_000)), touch }
    }

    fn account() -> AccountRef {
        AccountRef { platform: Platform::Microsoft, id: "5001001".to_owned() }
    }

    fn terms(account: &AccountRef) -> Terms<'_> {
        let (window, oldest) = (TimeDelta::days(30), TimeDelta::days(90));
        Terms { account, alone: true, window, oldest, now: at(24 * 60) }
    }

    fn click(hour: Option<i64>) -> Click {
        Click { mark: "m".to_owned(), known_since: hour.map(at), account: None }
    }

    #[test]
    fn the_newest_click_before_the_deal_was_won_brought_it() {
        let touches =
            [known(1, Some(1), "a"), known(2, Some(5), "b"), known(3, Some(9), "c"), known(4, None, "d")];
        let found = |won| click_before(&touches, Platform::Microsoft, at(won)).map(|click| click.mark);
        assert_eq!((found(6), found(20), found(0)), (Ok("b".into()), Ok("c".into()), Ok("d".into())));
        let late = click_before(&touches[1..3], Platform::Microsoft, at(0));
        assert_eq!(late, Err(Untold::ClickAfterwards(at(5))));
        assert_eq!(click_before(&touches, Platform::Meta, at(6)), Err(Untold::NoClick));
    }

    #[test]
    fn a_click_is_as_old_as_the_first_time_the_lead_came_with_it() {
        let touches = [known(1, Some(9), "a"), known(2, Some(1), "a"), known(3, None, "a")];
        let click = click_before(&touches, Platform::Microsoft, at(20)).unwrap();
        assert_eq!(click.known_since, Some(at(1)));
    }

    #[test]
    fn what_the_platform_would_refuse_is_said_before() {
        let (account, day) = (account(), 24);
        let terms = terms(&account);
        let check = |click: &Click, won| terms.check(click, at(won));
        assert_eq!(check(&click(Some(0)), 30 * day), Ok(()));
        assert_eq!(check(&click(Some(0)), 31 * day), Err(Untold::OutOfWindow { won: 31, window: 30 }));
        assert_eq!(check(&click(None), 31 * day), Ok(()), "nobody knows how old it is");
        let later = check(&click(None), 61 * day).unwrap_err();
        assert!(later.to_string().contains("the time there is 2026-12-31 00:00"), "{later}");
        assert_eq!(check(&click(None), -30 * day), Err(Untold::TooOld(90)));
    }

    #[test]
    fn a_click_of_another_account_is_told_to_nobody_else() {
        let (own, other) = (account(), "7".to_owned());
        let of = |account: Option<&str>| Click { account: account.map(str::to_owned), ..click(None) };
        assert_eq!(terms(&own).check(&of(Some("7")), at(1)), Err(Untold::Elsewhere(other)));
        let one_of_two = Terms { alone: false, ..terms(&own) };
        assert_eq!(one_of_two.check(&of(None), at(1)), Err(Untold::WhichAccount));
        assert_eq!(one_of_two.check(&of(Some("5001001")), at(1)), Ok(()));
    }

    proptest! {
        #[test]
        fn no_click_is_ever_later_than_the_deal(hours in prop::collection::vec(prop::option::of(0_i64..50), 0..6), won in 0_i64..50) {
            let touches: Vec<Known> =
                hours.iter().enumerate().map(|(id, hour)| known(id as u128, *hour, &format!("m{id}"))).collect();
            if let Ok(click) = click_before(&touches, Platform::Microsoft, at(won)) {
                prop_assert!(click.known_since.is_none_or(|since| since <= at(won)));
            }
        }

        #[test]
        fn a_masked_mark_shows_at_most_four_characters(mark in ".{0,40}") {
            let masked = masked_mark(&mark);
            prop_assert!(masked.chars().count() <= 5 && masked.ends_with('…'));
        }
    }
}
