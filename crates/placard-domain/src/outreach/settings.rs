//! How a campaign behaves: when it is quiet, how much it says, how often it tries (requirement O2).

use chrono::{
    DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Timelike, Utc,
    Weekday,
};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How many days ahead the next open hour is looked for: two weeks, because a zone may leave out a day (Samoa did), and
/// one more.
const HORIZON_DAYS: u64 = 15;

/// How a campaign behaves. Made with [`Settings::check`] in mind: what passes it lets every sequence end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The zone of those whose own is not known, and in which the campaign's day begins.
    #[serde(with = "zone_name")]
    #[schemars(with = "String")]
    pub zone: Tz,
    /// When nobody is written to, on the recipient's clock. None is written as null: what is left out is as usual.
    pub quiet: Option<QuietHours>,
    /// On which days people are written to, on the recipient's calendar, from 1, Monday, to 7, Sunday.
    pub days: Vec<u8>,
    /// How many messages go out on a day of the campaign's zone.
    pub daily_cap: u32,
    /// How long to be silent between two messages, in seconds.
    pub gap_seconds: u32,
    /// How much longer at most, by chance, in seconds.
    pub jitter_seconds: u32,
    /// How often a message is tried again that the channel refused for the time being.
    pub retries: u8,
    /// Whether only those are written to who said yes.
    pub consent_required: bool,
}

impl Default for Settings {
    /// Weekdays from nine to eight, 50 a day, a minute apart.
    fn default() -> Self {
        Self {
            zone: Tz::UTC,
            quiet: Some(QuietHours { from: Clock { minute: 20 * 60 }, until: Clock { minute: 9 * 60 } }),
            days: vec![1, 2, 3, 4, 5],
            daily_cap: 50,
            gap_seconds: 60,
            jitter_seconds: 30,
            retries: 5,
            consent_required: false,
        }
    }
}

/// Hours in which nobody is written to, the first included and the last not. They may go over midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// When they begin.
    pub from: Clock,
    /// When they end.
    pub until: Clock,
}

/// A time of day to the minute, as `HH:MM`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Clock {
    minute: u16,
}

impl Clock {
    /// The time `hour:minute`, if there is one.
    pub const fn new(hour: u8, minute: u8) -> Option<Self> {
        if hour < 24 && minute < 60 { Some(Self { minute: hour as u16 * 60 + minute as u16 }) } else { None }
    }

    fn time(self) -> NaiveTime {
        NaiveTime::from_num_seconds_from_midnight_opt(u32::from(self.minute) * 60, 0).unwrap_or_default()
    }
}

impl TryFrom<String> for Clock {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parts = text.split_once(':').filter(|(hour, minute)| hour.len() == 2 && minute.len() == 2);
        let clock = parts.and_then(|(hour, minute)| {
            let digits = [hour, minute].iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
            if digits { Self::new(hour.parse().ok()?, minute.parse().ok()?) } else { None }
        });
        clock.ok_or_else(|| format!("`{text}` is no time of day; write 09:00"))
    }
}

impl From<Clock> for String {
    fn from(clock: Clock) -> Self {
        format!("{:02}:{:02}", clock.minute / 60, clock.minute % 60)
    }
}

/// Settings with which nothing would ever go out, or too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// There is no day on which anybody is written to.
    #[error("name at least one day, from 1, Monday, to 7, Sunday")]
    NoDay,
    /// A number is no day.
    #[error("{0} is no day; they go from 1, Monday, to 7, Sunday")]
    UnknownDay(u8),
    /// The quiet hours begin when they end.
    #[error("the quiet hours begin when they end; leave them out, or name fewer than 24 hours")]
    AlwaysQuiet,
    /// Not one message a day.
    #[error("the daily cap lets nothing out")]
    NoCap,
    /// Two messages would be more than a day apart.
    #[error("gap and jitter together are more than a day")]
    GapTooLong,
}

impl Settings {
    /// Refuses settings with which a sequence might never end.
    ///
    /// # Errors
    /// [`SettingsError`]
    pub fn check(&self) -> Result<(), SettingsError> {
        if self.days.is_empty() {
            return Err(SettingsError::NoDay);
        }
        if let Some(day) = self.days.iter().find(|day| !(1..=7).contains(*day)) {
            return Err(SettingsError::UnknownDay(*day));
        }
        if self.quiet.is_some_and(|quiet| quiet.from == quiet.until) {
            return Err(SettingsError::AlwaysQuiet);
        }
        if self.daily_cap == 0 {
            return Err(SettingsError::NoCap);
        }
        if u64::from(self.gap_seconds) + u64::from(self.jitter_seconds) > 86_400 {
            return Err(SettingsError::GapTooLong);
        }
        Ok(())
    }

    /// The campaign's day at `now`.
    pub fn day(&self, now: DateTime<Utc>) -> NaiveDate {
        now.with_timezone(&self.zone).date_naive()
    }

    /// When the campaign's next day begins.
    pub fn next_day(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let next = self.day(now).checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX);
        let begins = instants(self.zone, next.and_time(NaiveTime::MIN)).next();
        begins.unwrap_or(now + TimeDelta::days(1)).max(now + TimeDelta::seconds(1))
    }

    /// Whether someone in `zone` may be written to at `at`.
    pub fn is_open(&self, zone: Tz, at: DateTime<Utc>) -> bool {
        let local = at.with_timezone(&zone);
        self.is_day(local.weekday()) && !self.quiet.is_some_and(|quiet| quiet.holds(local.time()))
    }

    /// The first moment from `at` on at which someone in `zone` may be written to.
    pub fn opens(&self, zone: Tz, at: DateTime<Utc>) -> DateTime<Utc> {
        if self.is_open(zone, at) {
            return at;
        }
        let today = at.with_timezone(&zone).date_naive();
        let end_of_quiet = self.quiet.map_or(NaiveTime::MIN, |quiet| quiet.until.time());
        let days = (0..=HORIZON_DAYS).filter_map(|ahead| today.checked_add_days(Days::new(ahead)));
        let edges = days.flat_map(|day| [day.and_time(NaiveTime::MIN), day.and_time(end_of_quiet)]);
        let moments = edges.flat_map(|edge| instants(zone, edge));
        let open = moments.filter(|moment| *moment >= at && self.is_open(zone, *moment)).min();
        // Checked settings always open within the horizon; others are asked again then.
        open.unwrap_or(at + TimeDelta::days(1))
    }

    fn is_day(&self, day: Weekday) -> bool {
        self.days.iter().any(|number| u32::from(*number) == day.number_from_monday())
    }
}

impl QuietHours {
    fn holds(self, time: NaiveTime) -> bool {
        let minute = time.hour() * 60 + time.minute();
        let (from, until) = (u32::from(self.from.minute), u32::from(self.until.minute));
        if from <= until { (from..until).contains(&minute) } else { minute >= from || minute < until }
    }
}

/// A zone, by its name in the IANA database.
mod zone_name {
    use chrono_tz::Tz;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(zone: &Tz, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(zone.name())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Tz, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// When a clock in `zone` shows `local`: twice where clocks go back, and where they skip it, the first moment after.
fn instants(zone: Tz, local: NaiveDateTime) -> impl Iterator<Item = DateTime<Utc>> {
    const LONGEST_GAP_MINUTES: i64 = 25 * 60;
    let shown = (0..=LONGEST_GAP_MINUTES)
        .map(|minutes| zone.from_local_datetime(&(local + TimeDelta::minutes(minutes))))
        .find(|shown| shown.earliest().is_some());
    let both = shown.map_or([None, None], |shown| [shown.earliest(), shown.latest()]);
    both.into_iter().flatten().map(|moment| moment.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn quiet(from: &str, until: &str, zone: Tz) -> Settings {
        let clock = |text: &str| Clock::try_from(text.to_owned()).unwrap();
        let quiet = Some(QuietHours { from: clock(from), until: clock(until) });
        Settings { zone, quiet, days: (1..=7).collect(), ..Settings::default() }
    }

    #[test]
    fn the_hour_that_spring_leaves_out_opens_right_after_it() {
        let settings = quiet("20:00", "02:30", Tz::Europe__Berlin);
        // 2026-03-29 02:00 becomes 03:00 in Berlin, at 01:00 UTC.
        assert_eq!(
            settings.opens(Tz::Europe__Berlin, at("2026-03-28T23:00:00Z")),
            at("2026-03-29T01:00:00Z")
        );
    }

    #[test]
    fn the_hour_that_autumn_repeats_is_quiet_twice() {
        let settings = quiet("20:00", "02:30", Tz::Europe__Berlin);
        // 2026-10-25 03:00 becomes 02:00 in Berlin, at 01:00 UTC.
        assert!(settings.is_open(Tz::Europe__Berlin, at("2026-10-25T00:45:00Z")));
        assert!(!settings.is_open(Tz::Europe__Berlin, at("2026-10-25T01:15:00Z")));
        assert_eq!(
            settings.opens(Tz::Europe__Berlin, at("2026-10-25T01:15:00Z")),
            at("2026-10-25T01:30:00Z")
        );
    }

    #[test]
    fn a_weekend_is_waited_out() {
        let settings = Settings { days: vec![1], ..quiet("20:00", "09:00", Tz::America__New_York) };
        // A Tuesday; Monday 09:00 in New York is 13:00 UTC in summer.
        assert_eq!(
            settings.opens(Tz::America__New_York, at("2026-06-02T15:00:00Z")),
            at("2026-06-08T13:00:00Z")
        );
    }

    #[test]
    fn a_day_that_a_zone_never_had_is_waited_out() {
        // Samoa went from Thursday, 29 December 2011, to Saturday.
        let settings = Settings { days: vec![5], ..quiet("20:00", "09:00", Tz::Pacific__Apia) };
        let opens = settings.opens(Tz::Pacific__Apia, at("2011-12-24T12:00:00Z"));
        assert_eq!(opens.with_timezone(&Tz::Pacific__Apia).to_rfc3339(), "2012-01-06T09:00:00+14:00");
    }

    #[test]
    fn settings_that_let_nothing_out_are_refused() {
        let refusal = |change: fn(&mut Settings)| {
            let mut settings = Settings::default();
            change(&mut settings);
            settings.check().unwrap_err()
        };
        assert_eq!(refusal(|settings| settings.days.clear()), SettingsError::NoDay);
        assert_eq!(refusal(|settings| settings.days.push(0)), SettingsError::UnknownDay(0));
        assert_eq!(refusal(|settings| settings.daily_cap = 0), SettingsError::NoCap);
        assert_eq!(refusal(|settings| settings.gap_seconds = 90_000), SettingsError::GapTooLong);
        assert_eq!(quiet("08:00", "08:00", Tz::UTC).check(), Err(SettingsError::AlwaysQuiet));
        assert_eq!(Settings::default().check(), Ok(()));
    }

    #[test]
    fn settings_without_quiet_hours_are_read_as_they_were_written() {
        let never = Settings { quiet: None, ..Settings::default() };
        let written = serde_json::to_value(&never).unwrap();
        assert_eq!(serde_json::from_value::<Settings>(written).unwrap(), never);
        assert_eq!(serde_json::from_str::<Settings>("{}").unwrap(), Settings::default());
    }

    #[test]
    fn a_time_of_day_has_one_form() {
        for wrong in ["9:00", "24:00", "12:60", "0900", "-1:00", "+9:00", ""] {
            assert!(Clock::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
        assert_eq!(String::from(Clock::new(9, 5).unwrap()), "09:05");
    }
}
