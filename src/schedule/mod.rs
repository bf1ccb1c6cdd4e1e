//! When a source is asked: the policy (pure), the limits a host sets, and the tick that starts a look at what is due.
//! Knows nothing of fetching, parsing or the store.

mod hosts;
mod policy;
mod tick;

pub use hosts::{HostGate, HostPass};
pub use policy::{IntervalLimits, after_failure, next_due};
pub use tick::{TickError, Ticker, ticker};
