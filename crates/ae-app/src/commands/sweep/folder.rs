//! A sweep beside what its folder holds: the plan that is there, and runs that have begun.

use super::plan::Run;
use super::{Sibling, Sweep};
use crate::commands::taking::{AT_FIRST, claim_briefly};
use crate::exit::usage;
use ae_files::printable_path;
use ae_run::sweep::{PLAN, SweepPlan, check_plan, has_news, keep_plan, stored_plan};
use ae_run::{CONFIG, Config, RunError, read_file};
use anyhow::Result;
use std::sync::Arc;

impl Sweep {
    /// Writes the plan into the folder, unless that holds something else.
    pub(super) fn keep_plan(&self) -> Result<()> {
        let folder = claim_briefly(&self.out, AT_FIRST)?;
        let kept = keep_plan(&folder, &self.planned.plan, &self.planned.models);
        kept.map_err(|error| match error {
            RunError::NotEmpty { .. } | RunError::Unfinished { .. } => {
                usage(format!("--out {error}")).into()
            }
            error => error.into(),
        })
    }

    /// Refuses a folder without a plan, or whose sweep is not one of this plan.
    pub(super) fn check_begun(&self) -> Result<()> {
        if self.out.join(PLAN).is_file() {
            return self.has_news().map(drop);
        }
        let folder = printable_path(&self.out);
        Err(usage(format!("{folder}: expected the folder of a sweep, found no {PLAN}")).into())
    }

    /// Returns whether the folder is to have this plan, or more of it. Refuses one in which runs of
    /// another have begun: the plan that it holds may have been edited, too.
    pub(super) fn has_news(&self) -> Result<bool> {
        Ok(has_news(&self.out, &self.planned.plan, &self.planned.models)?)
    }

    /// Returns the plan in the folder, which may have grown since this process began.
    pub(super) fn plan_now(&self) -> Result<SweepPlan> {
        let plan = stored_plan(&self.out)?;
        check_plan(&self.out, &plan)?;
        Ok(plan)
    }

    /// Returns a run that has begun and must have the same data as this one, if there is one.
    pub(super) fn sibling(&self, run: &Run) -> Option<Sibling> {
        let plan = &self.planned.plan;
        let data = plan.data_of(&run.job.point);
        let key = data.iter().map(ToString::to_string).collect();
        if let Some(known) = self.siblings.borrow().get(&key) {
            return Some(Arc::clone(known));
        }
        let others = self.planned.runs.iter().map(|run| &run.job);
        let mut others =
            others.filter(|job| job.name != run.job.name && plan.data_of(&job.point) == data);
        let found = others.find_map(|job| {
            let folder = self.out.join(&job.name);
            let config = Config::parse(&read_file(&folder, CONFIG).ok()?, &folder.join(CONFIG));
            Some(Arc::new((folder, config.ok()?)))
        })?;
        self.siblings.borrow_mut().insert(key, Arc::clone(&found));
        Some(found)
    }
}
