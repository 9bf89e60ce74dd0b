//! Outreach: campaigns, those who are in them, and every message, which is an intent before it is anything else.
//!
//! A message goes out like this: [`claim`] takes due enrolments under a lease; [`intend`] decides, with the caps locked,
//! and commits the intent; the channel hands the message over; [`record`] notes what came of it. Whoever dies between the
//! last two leaves an intent of which nobody knows the outcome. Mail servers cannot be asked, so it becomes `unknown`, the
//! enrolment is held, and a person decides ([`resolve`]).

mod address;
mod campaign;
mod delivery;
mod enrolment;
mod erase;
mod intend;
mod known;
mod lists;
mod outcome;
mod reseal;
mod setting;
mod stats;

pub use address::AddressKey;
pub use campaign::{Campaign, NewCampaign, by_id, create, due_tenants, get, list, next_due, on, update};
pub use delivery::{Delivery, deliveries, is_sent};
pub use enrolment::{
    Claimed, Decided, Enrolled, Queued, Recipient, Wanted, claim, decide, enrol, queue, release,
};
pub use erase::{Aged, Erased, age, erase_person, profiles_of, spoken_to};
pub use intend::{Intent, Outgoing, intend};
pub use known::recipient;
pub use lists::{ConsentEntry, ListCounts, consent, lift, list_counts, suppress};
pub use outcome::{Outcome, Resolution, Response, Taken, record, resolve, take};
pub use reseal::reseal;
pub use setting::{address_key, channels, set_channels, set_daily_cap};
pub use stats::{Stats, stats};
