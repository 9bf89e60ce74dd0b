//! What writes copy for a tenant, and what models may cost. What they were asked, and what they wrote, are documents.

mod budget;
mod setting;

pub use budget::{Budget, OverBudget, Spending, reserve, set_budget, settle, spending};
pub use setting::{provider, reseal, set_provider};
