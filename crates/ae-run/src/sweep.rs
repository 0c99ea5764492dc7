//! A sweep: one job with every combination of some options' values, and with several seeds. Each
//! training is a run in a folder of its own, whose name says its options.
//!
//! A [`SweepPlan`] becomes [`SweepJob`]s. Whoever claims the folder of one does it
//! ([`RunFolder::share`](crate::RunFolder::share)), so processes that share a folder need not know
//! each other: what exists says what is left ([`progress`]). The name of a folder depends on its
//! own point alone, so a plan can grow while others work on it.

mod begun;
mod data;
mod folder;
mod measures;
mod name;
mod plan;
mod shard;
mod values;

pub use begun::BEGUN;
pub use data::chooses_data;
pub use folder::{
    Collected, FAILED, PLAN, Progress, check_plan, collect, has_news, keep_plan, progress,
    record_failure, stored_plan,
};
pub use measures::{chief, measures, shown};
pub use plan::{SweepJob, SweepPlan};
pub use shard::{BadShard, Shard};
pub use values::PlanError;
