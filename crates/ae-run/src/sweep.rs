//! A sweep: one job with every combination of some options' values, and with several seeds. Each
//! training is a run in a folder of its own, whose name says its options.

mod folder;
mod measures;
mod name;
mod plan;
mod shard;

pub use folder::{FAILED, PLAN, Progress, keep_plan, progress, record_failure, table};
pub use measures::{chief, measures, shown};
pub use plan::{PlanError, SweepJob, SweepPlan};
pub use shard::{BadShard, Shard};
