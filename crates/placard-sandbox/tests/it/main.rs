//! The sandbox over real HTTP: what it accepts, what it refuses, and what it makes up.

mod batch;
mod delivery;
mod faults;
mod insights;
mod login;
mod objects;
mod paging;
mod persistence;
mod rates;
mod refusals;
mod support;
