//! Publishing with the real binary, a real PostgreSQL and a sandbox of the platform.

mod appliers;
mod conditions;
mod crash;
mod drift;
mod faults;
mod guardrails;
mod interrupts;
mod limits;
mod rescue;
mod restore;
mod steering;
mod videos;
mod wrong_specs;
