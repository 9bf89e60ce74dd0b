//! Offline conversions: deals that were won, told by the click that brought them (Microsoft,
//! `platforms/microsoft.md` §3, and Microsoft's documents as named below, read in November 2026).
//!
//! Microsoft has no call that reads them back. Its page about `OfflineConversion` says that of several with the same
//! click and time only the first counts, and the one about `ApplyOfflineConversions` that of the same conversion imported
//! more than once the first is used and the others are ignored. So what was lost on the way is said again word for word.

use super::{
    Microsoft,
    api::Call,
    encode::{Params, params},
    errors::{ours, partial},
    money::to_wire,
    wire::{at, entries, text_at},
    words::SERVICE,
};
use crate::{Access, ConversionGoal, ConversionRules, Conversions, ErrorKind, PlatformError, Retry, Verdict};
use async_trait::async_trait;
use chrono::{SecondsFormat, TimeDelta};
use placard_domain::crm::conversion::Conversion;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

/// Conversions of one call (§3).
const MOST: usize = 1_000;

/// A conversion's time has to be within the last 90 days (`OfflineConversion`, ConversionTime).
const OLDEST: TimeDelta = TimeDelta::days(90);

/// The goals that take them (§2, polymorphism).
const KIND: &str = "OfflineConversion";

/// A goal's window where it names none: 30 days (`OfflineConversionGoal`, ConversionWindowInMinutes).
const WINDOW: TimeDelta = TimeDelta::minutes(43_200);

/// So long after a goal was made nothing is taken for it (`ApplyOfflineConversions`; code 5615).
const SETTLING: Duration = Duration::from_secs(2 * 60 * 60);

const OPERATION: &str = "take conversions";

#[async_trait]
impl Conversions for Microsoft {
    fn rules(&self) -> ConversionRules {
        ConversionRules { most: MOST, oldest: OLDEST }
    }

    fn unfit(&self, conversion: &Conversion) -> Option<String> {
        if value(conversion).is_some() {
            return None;
        }
        let amount = conversion.value;
        Some(format!("{amount} cannot be said exactly: Microsoft counts two decimals and 15 digits"))
    }

    async fn goals(&self, access: &Access) -> Result<Vec<ConversionGoal>, PlatformError> {
        let operation = "read conversion goals";
        // Without ids, all of the account (`GetConversionGoalsByIds`).
        let ask = params([("ConversionGoalTypes", KIND.into())]);
        let call = Call::query(operation, format!("{SERVICE}/ConversionGoals/QueryByIds"), ask);
        let answer = self.api.read(access, &call).await?;
        let goals = entries(operation, &answer, "ConversionGoals")?;
        Ok(goals.filter(|goal| text_at(goal, "Type").as_deref() == Some(KIND)).filter_map(goal).collect())
    }

    async fn apply(
        &self,
        access: &Access,
        conversions: &[&Conversion],
    ) -> Result<Vec<Verdict>, PlatformError> {
        let items: Option<Vec<Value>> = conversions.iter().map(|one| item(one)).collect();
        let inexact = || ours(OPERATION, ErrorKind::Refused, "an amount cannot be said exactly");
        let items = items.ok_or_else(inexact)?;
        let call = Call {
            operation: OPERATION.to_owned(),
            method: Method::POST,
            path: format!("{SERVICE}/OfflineConversions/Apply"),
            params: params([("OfflineConversions", json!(items))]),
        };
        let answer = self.api.once(Some(access), &access.token, &call).await?;
        Ok(verdicts(conversions.len(), &answer))
    }
}

/// A goal as it is shown.
fn goal(shown: &Value) -> Option<ConversionGoal> {
    let minutes = at(shown, "ConversionWindowInMinutes").and_then(Value::as_i64);
    Some(ConversionGoal {
        id: text_at(shown, "Id")?,
        name: text_at(shown, "Name")?,
        active: text_at(shown, "Status").as_deref() == Some("Active"),
        window: minutes.map_or(WINDOW, TimeDelta::minutes),
    })
}

/// The amount as a decimal number, if it can be said exactly. The field is a double on Microsoft's side, which keeps 15
/// digits whatever they are.
fn value(conversion: &Conversion) -> Option<String> {
    let text = to_wire(conversion.value)?;
    (text.bytes().filter(u8::is_ascii_digit).count() <= 15).then_some(text)
}

/// One entry of the list. Times are in UTC (`OfflineConversion`, ConversionTime).
fn item(conversion: &Conversion) -> Option<Value> {
    let fields: Params = params([
        ("MicrosoftClickId", conversion.click.as_str().into()),
        ("ConversionName", conversion.goal.as_str().into()),
        ("ConversionTime", conversion.at.to_rfc3339_opts(SecondsFormat::Secs, true).into()),
        ("ConversionValue", value(conversion)?.into()),
        ("ConversionCurrencyCode", conversion.value.currency().code().into()),
    ]);
    Some(Value::Object(fields.into_iter().collect()))
}

/// What an answer says about each of so many. It names only what was refused, each by its place; one that names nobody
/// may be about anybody, and then only those that are named are known.
fn verdicts(count: usize, answer: &Value) -> Vec<Verdict> {
    if !answer.is_object() {
        let error = ours(OPERATION, ErrorKind::Malformed, "the answer is no object");
        return vec![Verdict::Unknown(error); count];
    }
    let refusals = partial(OPERATION, answer);
    let stray = refusals.iter().find(|refusal| refusal.index.is_none_or(|index| index >= count));
    let verdict = |index| match (refusals.iter().find(|refusal| refusal.index == Some(index)), stray) {
        (Some(refusal), _) => of_item(refusal.error.clone()),
        (None, Some(stray)) => Verdict::Unknown(stray.error.clone()),
        (None, None) => Verdict::Accepted,
    };
    (0..count).map(verdict).collect()
}

/// What a refusal of one item means.
fn of_item(error: PlatformError) -> Verdict {
    match error.number() {
        // It could not be passed on within Microsoft; whether a part of it was, nobody says.
        Some(5612) => Verdict::Unknown(error),
        Some(5615) => Verdict::Later { error, wait: Some(SETTLING) },
        _ => match error.kind.retry_write() {
            Retry::Again(wait) => Verdict::Later { error, wait },
            Retry::ProbeFirst => Verdict::Unknown(error),
            Retry::AfterHumanFix(_) | Retry::Never => Verdict::Refused(error),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use placard_domain::{ConversionId, Money};

    fn conversion(minor: i64, currency: &str) -> Conversion {
        Conversion {
            id: ConversionId("0190a0a0-0000-7000-8000-000000000000".parse().unwrap()),
            click: "f894f652ea334e739002f7167ab8f8e3".to_owned(),
            goal: "Won deal".to_owned(),
            at: "2026-11-01T10:00:07Z".parse().unwrap(),
            value: Money::new(minor, currency.parse().unwrap()),
        }
    }

    fn body(conversion: &Conversion) -> String {
        super::super::encode::body(&params([("OfflineConversions", json!([item(conversion).unwrap()]))]))
    }

    #[test]
    fn an_amount_goes_out_with_every_cent_and_a_time_in_utc() {
        assert_eq!(
            body(&conversion(1_234_567_890_123, "EUR")),
            r#"{"OfflineConversions":[{"ConversionCurrencyCode":"EUR","ConversionName":"Won deal","ConversionTime":"2026-11-01T10:00:07Z","ConversionValue":12345678901.23,"MicrosoftClickId":"f894f652ea334e739002f7167ab8f8e3"}]}"#
        );
        assert!(body(&conversion(900, "JPY")).contains(r#""ConversionValue":900,"#));
    }

    #[test]
    fn what_a_double_or_two_decimals_cannot_hold_is_not_rounded() {
        for (minor, currency, fits) in [
            (12_345, "KWD", false),
            (12_340, "KWD", true),
            (10_000_000_000_000_001, "EUR", false),
            (0, "EUR", true),
        ] {
            assert_eq!(item(&conversion(minor, currency)).is_some(), fits, "{minor} {currency}");
        }
    }

    #[test]
    fn refusals_belong_to_their_places_and_the_rest_is_taken() {
        let answer = json!({"PartialErrors": [
            {"Index": 1, "Code": 5606, "Message": "m"}, {"Index": 2, "Code": 5615, "Message": "m"},
            {"Index": 3, "Code": 5612, "Message": "m"},
        ]});
        let verdicts = verdicts(5, &answer);
        assert!(matches!(
            verdicts[..],
            [
                Verdict::Accepted,
                Verdict::Refused(_),
                Verdict::Later { wait: Some(SETTLING), .. },
                Verdict::Unknown(_),
                Verdict::Accepted
            ]
        ));
    }

    #[test]
    fn an_error_that_names_nobody_leaves_everybody_in_doubt() {
        let stray = json!({"PartialErrors": [{"Index": 9, "Code": 5606, "Message": "m"}]});
        assert!(verdicts(2, &stray).iter().all(|one| matches!(one, Verdict::Unknown(_))));
        assert!(matches!(verdicts(1, &json!([]))[..], [Verdict::Unknown(_)]));
        assert!(matches!(verdicts(1, &json!({"PartialErrors": null}))[..], [Verdict::Accepted]));
    }
}
