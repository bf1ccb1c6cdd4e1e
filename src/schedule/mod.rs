//! When a source is asked: the policy (pure), the limits a host sets, the tick that starts a look at what is due, and the
//! pool that collects it. Knows nothing of fetching and parsing.

mod hosts;
mod outage;
mod policy;
mod tick;
mod worker;

pub use hosts::{HostGate, HostPass};
pub use outage::{Admission, Outage, Sign};
pub use policy::{IntervalLimits, Pace, after_failure, next_due};
pub use tick::{TickError, Ticker, ticker};
pub use worker::{Claims, Collector, host_by_host};
