//! `ae-app anomaly RUN`: scores images with a model of normal ones.

use super::reconstruct_images::{Taken, no_drawing};
use super::shared::{channels_of, environment, trained_image};
use crate::cli::AnomalyArgs;
use crate::exit::{Refusal, data, usage};
use crate::input::{Taking, Wanted, check_sources, learned_dark_on_light, load_data};
use crate::jobs::anomaly::{Asked, Given, Row, score_given, score_test};
use crate::report::Output;
use crate::run::{Ending, Environment, Processes};
use ae_data::{Dataset, InMemory, Loading, is_at, recognize};
use ae_files::printable_path;
use ae_idx::{KnownDataset, MNIST};
use ae_image::MNIST_SIDE;
use ae_run::{Detector, Job, ModelFile};
use anyhow::Result;
use std::path::Path;

/// Scores the images that were given, or the run's own test images.
pub(super) fn run(
    run: &Path,
    args: &AnomalyArgs,
    output: Output,
    processes: &Processes,
) -> Result<Ending> {
    let environment =
        &environment(args.work.clone(), args.data.data_dir.clone(), output).led(processes);
    let trained = ModelFile::load(run)?;
    let mut job = trained.job()?;
    let samples = &mut job.training_mut().samples;
    *samples = args.samples.samples.unwrap_or(*samples);
    let Job::Anomaly(spec) = &job else {
        let (run, job) = (printable_path(run), job.name());
        return Err(usage(format!("{run}: expected a run of anomaly, found one of {job}")).into());
    };
    let (values, latent) = (trained.config.image().len(), trained.config.model().latent);
    let detector = Detector::read(run, values, latent)?;
    let asked = Asked {
        score: args.score,
        false_alarms: args.false_alarms,
        fail_if_any: args.fail_if_any.unwrap_or_default(),
    };
    if args.images.is_empty() {
        let work = || score_test(&job, environment, &trained, &detector, asked);
        return environment.on_threads(work);
    }
    environment.on_threads(|| {
        let given = given(&args.images, run, &trained, environment)?;
        score_given(spec, given, environment, &trained, &detector, asked)
    })
}

/// Reads the images. Single images are prepared as `reconstruct` does it, others as in training.
fn given(
    places: &[std::path::PathBuf],
    run: &Path,
    trained: &ModelFile,
    environment: &Environment,
) -> Result<Given> {
    let image @ [height, width, _] = trained_image(run, trained)?;
    let of_mnist = image == [MNIST_SIDE, MNIST_SIDE, 1] && trained.config.is_of(&MNIST);
    let taking = Taking {
        invert: false,
        model: channels_of(image),
        keep_color: None,
        learned_dark_on_light: learned_dark_on_light(trained),
        max_pixels: None,
    };
    let mut given = Given { rows: Vec::new(), values: Vec::new(), numbers: Vec::new() };
    if trained.config.data().options.vectors {
        for place in places {
            add_rows(&mut given, place, trained)?;
        }
        return Ok(given);
    }
    for place in places {
        if is_picture(place) {
            check_sources(std::slice::from_ref(place))?;
            let paper = of_mnist.then_some(None);
            let taken = Taken::open(place, taking, [height, width], paper)?;
            let taken = taken.ok_or_else(|| no_drawing(place, None))?;
            given.add(place.to_string_lossy().into_owned(), String::new(), &taken.samples);
        } else {
            add_all(&mut given, place, trained, environment)?;
        }
    }
    Ok(given)
}

/// Returns whether this is a single picture, by its name.
fn is_picture(place: &Path) -> bool {
    let end = place.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    !place.is_dir() && ["png", "jpg", "jpeg"].contains(&end.as_str())
}

/// Adds all rows of a table or an array, taken as those of the run, in their order.
fn add_rows(given: &mut Given, place: &Path, trained: &ModelFile) -> Result<()> {
    let loading = Loading { undivided: true, ..Loading::new(&trained.config.data().options) };
    let dataset = recognize(place)?.load(&loading)?;
    check_size(&dataset, place, trained)?;
    for (part, rows) in [("", &dataset.train), ("test ", &dataset.test)] {
        given.numbers.extend_from_slice(rows.numbers().unwrap_or_default());
        for i in 0..rows.count() {
            let class = rows.labels().map(|labels| &dataset.class_names[usize::from(labels[i])]);
            let class = class.map_or_else(String::new, |name| name.english.to_string());
            let name = format!("{} {part}row {}", place.to_string_lossy(), i + 1);
            given.rows.push(Row { name, class });
        }
    }
    Ok(())
}

/// Adds all images of a folder, of an archive or of a table, taken as those of the run.
fn add_all(
    given: &mut Given,
    place: &Path,
    trained: &ModelFile,
    environment: &Environment,
) -> Result<()> {
    if !place.exists() && !is_at(place) && KnownDataset::find(&place.to_string_lossy()).is_none() {
        let place = printable_path(place);
        let expected = "expected an image, or a folder or file of images";
        return Err(data(format!("{place}: {expected}, found nothing there")).into());
    }
    let options = &trained.config.data().options;
    let wanted = Wanted { options, in_memory: InMemory::default(), files: true };
    let (dataset, folder, _) = load_data(place, wanted, environment.finding())?;
    check_size(&dataset, &folder, trained)?;
    for (part, images) in [("train", &dataset.train), ("test", &dataset.test)] {
        for i in 0..images.count() {
            let class = match images.labels() {
                Some(labels) => dataset.class_names[usize::from(labels[i])].english.to_string(),
                None => String::new(),
            };
            let name = match images.files() {
                Some(files) => folder.join(&files[i]).to_string_lossy().into_owned(),
                None => format!("{} {part} {i}", folder.to_string_lossy()),
            };
            given.add(name, class, &images.image(i));
        }
    }
    Ok(crate::input::check_read(&dataset)?)
}

/// Refuses images of another size than the run's.
fn check_size(dataset: &Dataset, folder: &Path, trained: &ModelFile) -> Result<(), Refusal> {
    let (expected, found) = (trained.config.image(), dataset.extents());
    if expected == found {
        return Ok(());
    }
    let folder = printable_path(folder);
    let sample = trained.config.data().options.sample();
    Err(data(format!(
        "{folder}: expected {sample}s of {expected}, as the model was trained on, found {found}"
    )))
}
