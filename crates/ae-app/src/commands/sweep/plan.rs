//! The plan as this program's commands understand it.

use crate::commands::config_file::JobOptions;
use crate::exit::{Refusal, data, usage};
use crate::input::read_text;
use ae_checkpoint::sha256;
use ae_files::printable_path;
use ae_models::Preset;
use ae_run::Job;
use ae_run::sweep::{PLAN, SweepJob, SweepPlan};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The options of a command that decide no result, or that the plan has elsewhere. Each with what
/// to do instead.
const NOT_OF_A_PLAN: [(&str, &str); 7] = [
    ("config", "write the options themselves"),
    ("data-dir", "give it to sweep itself"),
    ("fail-if-any", "it belongs to the scoring of other images"),
    ("out", "give it to sweep itself"),
    ("seed", "write seeds = [..] above the sections"),
    ("show", "sweep shows no galleries"),
    ("threads", "give it to sweep itself"),
];

/// A plan, and the runs that follow from it.
pub(super) struct Planned {
    pub(super) plan: SweepPlan,
    pub(super) runs: Vec<Run>,
    /// The checksum of the file of each model that is not a preset, by its path in the plan.
    pub(super) models: BTreeMap<String, String>,
    /// The name of the file, without its ending.
    pub(super) name: String,
    /// The folder of the sweep, if the plan was read from one.
    pub(super) begun_in: Option<PathBuf>,
}

/// A run of the plan.
#[derive(Clone)]
pub(super) struct Run {
    pub(super) job: SweepJob,
    pub(super) spec: Job,
}

impl Planned {
    /// Reads a plan, or that of a sweep's folder, and checks every option of every run.
    pub(super) fn read(place: &Path) -> Result<Self, Refusal> {
        let begun_in = place.is_dir().then(|| place.to_path_buf());
        let path = begun_in.as_ref().map_or_else(|| place.to_path_buf(), |dir| dir.join(PLAN));
        let shown = printable_path(&path);
        if begun_in.is_some() && !path.exists() {
            let folder = printable_path(place);
            return Err(usage(format!(
                "{folder}: expected a plan, or the folder of a sweep, found no {PLAN} in it"
            )));
        }
        let text = read_text(&path).map_err(|why| data(format!("{shown}: {why}")))?;
        let refused = |why: String| usage(format!("{shown}: {why}"));
        let plan = SweepPlan::parse(&text).map_err(|error| refused(error.to_string()))?;
        for (section, key) in plan.keys() {
            if let Some((_, instead)) = NOT_OF_A_PLAN.iter().find(|(option, _)| *option == key) {
                return Err(refused(format!(
                    "{section}.{key}: not an option of a plan; {instead}"
                )));
            }
        }
        let mut options = JobOptions::of(plan.command());
        let mut same = BTreeMap::new();
        let mut runs = Vec::new();
        for job in plan.jobs() {
            let spec = options.job(&job.options).map_err(&refused)?;
            // Two spellings of one value, for example bce and binary_crossentropy.
            if let Some(other) = same.insert(format!("{spec:?}"), job.name.clone()) {
                let name = &job.name;
                return Err(refused(format!(
                    "grid: {other} and {name} are the same run; expected each once"
                )));
            }
            runs.push(Run { job, spec });
        }
        let name = place.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let models = model_files(&plan);
        Ok(Self { plan, runs, models, name, begun_in })
    }
}

/// Returns the checksums of the files of models. What cannot be read is left out: its run says why.
fn model_files(plan: &SweepPlan) -> BTreeMap<String, String> {
    let files = plan.values_of("model").filter(|model| Preset::find(model).is_none());
    let sum =
        |model: &str| Some((model.to_owned(), sha256(read_text(model.as_ref()).ok()?.as_bytes())));
    files.filter_map(sum).collect()
}
