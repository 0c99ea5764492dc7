//! The runs that `lab` compares instead of training models.

use super::model::Trained;
use crate::exit::{Refusal, data, usage};
use ae_data::Label;
use ae_files::{printable, printable_path};
use ae_run::{DataSpec, Job, Limits, ModelFile};
use anyhow::Result;
use std::path::{Path, PathBuf};

/// Loads the models of these runs, which must have been trained on the same images. Also returns
/// the specification of the images. `dataset` is the place where they are now, if the user has
/// named one.
pub(super) fn load(
    runs: &[PathBuf],
    dataset: Option<PathBuf>,
) -> Result<(Vec<Trained>, DataSpec, Option<Limits>)> {
    let files = runs.iter().map(|run| ModelFile::load(run)).collect::<Result<Vec<_>, _>>()?;
    let (mut spec, limits) = data_of(&files[0])?;
    for file in &files[1..] {
        data_of(file)?;
        check_same_images(&files[0], file)?;
    }
    dataset.into_iter().for_each(|dataset| spec.look_in(dataset));
    Ok((named(files)?, spec, limits))
}

/// Returns the specification of the images that a run's model was trained on.
fn data_of(file: &ModelFile) -> Result<(DataSpec, Option<Limits>)> {
    let job = file.job()?;
    match &job {
        Job::Dense(spec) => match spec.training.augmentation {
            Some(augmentation) if augmentation.crop.is_some() => {
                let place = printable_path(&file.place);
                let message = format!(
                    "{place}: trained with --augment {augmentation}; lab expects models of whole images"
                );
                Err(usage(message).into())
            }
            _ => Ok((spec.training.data.clone(), job.limits())),
        },
        Job::Denoise(_) | Job::Anomaly(_) => {
            let what = job.name();
            let message = format!(
                "lab: expected runs of dense, whose codes are sampled, found one of {what}"
            );
            Err(usage(message).into())
        }
    }
}

/// Checks that two models were trained on the same images. All models are scored with one set of
/// images; otherwise their scores could not be compared.
fn check_same_images(first: &ModelFile, other: &ModelFile) -> Result<(), Refusal> {
    let [expected, found] = [first, other].map(|file| file.config.data());
    let differ = match expected.difference(&found.sha256) {
        Some(difference) => format!("{}: {difference}", difference.file),
        None if expected.classes != found.classes => {
            let [expected, found] = [expected, found].map(|data| numbers(&data.classes));
            format!("expected classes {expected}, found {found}")
        }
        None => {
            let counts = [expected, found].map(|data| [data.train_images, data.test_images]);
            if counts[0] == counts[1] {
                return Ok(());
            }
            let [expected, found] = counts.map(|[train, test]| format!("{train} + {test}"));
            format!("expected {expected} training and test images, found {found}")
        }
    };
    let [first, other] = [first, other].map(|file| printable_path(&file.place));
    let message = "lab compares models of the same images, so score it in another call";
    Err(data(format!("{other}: not trained on the images of {first}: {differ}; {message}")))
}

fn numbers(classes: &[Label]) -> String {
    classes.iter().map(Label::to_string).collect::<Vec<_>>().join(",")
}

/// Names the models. Scores are averaged over the models with one name, so these must be trainings
/// of one model that differ only in the seed. The names of others include the name of their run.
fn named(files: Vec<ModelFile>) -> Result<Vec<Trained>, Refusal> {
    let alike = |a: &ModelFile, b: &ModelFile| {
        a.config.same_but_for_the_seed(&b.config) && a.trained == b.trained
    };
    let mut names = Vec::new();
    for (index, file) in files.iter().enumerate() {
        let name = &file.config.model().name;
        let earlier = &files[..index];
        let twice =
            |other: &&ModelFile| alike(other, file) && other.config.seed() == file.config.seed();
        if let Some(other) = earlier.iter().find(twice) {
            let [run, other] = [file, other].map(|file| printable_path(&file.place));
            let seed = file.config.seed();
            return Err(usage(format!(
                "lab: {run} is the training of {other} again, with seed {seed}; expected each once"
            )));
        }
        let of_this_name = |other: &&ModelFile| other.config.model().name == *name;
        let several = files.iter().filter(of_this_name).any(|other| !alike(other, file));
        let as_before = earlier.iter().position(|other| several && alike(other, file));
        names.push(match as_before {
            Some(at) => String::clone(&names[at]),
            None if several => unused(format!("{name}-{}", run_name(&file.place)), &names),
            None => name.clone(),
        });
    }
    let named = files.into_iter().zip(names);
    Ok(named.map(|(file, name)| Trained { name, seed: file.config.seed(), file }).collect())
}

/// Returns the name of the run's folder, which becomes a part of a file's name.
fn run_name(place: &Path) -> String {
    let resolved = place.canonicalize().unwrap_or_else(|_| place.to_path_buf());
    let folder = if resolved.is_dir() { Some(resolved.as_path()) } else { resolved.parent() };
    let name = folder.and_then(Path::file_name).unwrap_or_default().to_string_lossy();
    printable(&name).replace(',', "-")
}

/// Returns the name, numbered if it is taken.
fn unused(name: String, taken: &[String]) -> String {
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    let mut names = std::iter::once(name.clone()).chain(numbered);
    names.find(|name| !taken.contains(name)).unwrap_or(name)
}
