//! Won deals that platforms are told of, and under which goal.
//!
//! Each deal, account and goal is an intent that is committed before the platform is told. What is sent is kept with it
//! and never changes while nobody knows whether it arrived, so that sending it again says the very same.

mod goal;
mod intend;
mod outcome;
mod told;
mod turn;

pub use goal::{Goal, NewGoal, choose, list as goals, of as goal_of, remove};
pub use intend::{Candidate, Fresh, Intended, Wanted, candidates, intend, intend_again};
pub use outcome::{Outcome, record};
pub use told::{Filter, Since, Told, list, unsettled};
pub use turn::Turn;
