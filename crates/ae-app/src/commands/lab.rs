//! `ae-app lab`: compares ways to draw the codes that are decoded to new images. Trains models, or
//! loads trained ones, and scores every sampler on each.

mod checks;
mod ending;
mod model;
mod record;
mod runs;
mod shards;

pub(super) use record::LAB;

use super::shared::{environment, run_environment};
use crate::cli::{LabArgs, RunArgs};
use crate::input::Data;
use crate::report::{Output, Report, pictures};
use crate::run::{
    Ending, Environment, Interrupt, Processes, Suggestion, close, faults, holds_unfinished,
    write_page,
};
use ae_data::{InMemory, Label};
use ae_files::{is_same_place, printable_path};
use ae_idx::FASHION_MNIST;
use ae_lab::{
    Features, ModelPictures, Reference, Sampler, ScoreOptions, ScoreTable, Source, interpolate,
    walk_pairs,
};
use ae_run::sweep::Shard;
use ae_run::{
    Chosen, DataPlaces, DataSpec, DenseSpec, Job, Limits, ModelFile, PATHS, REPORT as PAGE,
    RecordedData, RunFolder, check_idle, is_complete,
};
use ae_tensor::Tensor;
use ae_train::Samples;
use anyhow::Result;
use checks::{PAIRS, check_models, check_scoring, check_trained, walk_steps};
use ending::{REPORT, stopped};
use model::{Trained, job};
use record::{LabRecord, name_of, run_name};
use shards::{After, Shards};
use std::path::{Path, PathBuf};

/// The file of all scores.
const SCORES: &str = "scores.csv";

/// The beginnings of the pictures' names, which go on with the model's name.
const PICTURES: [&str; 2] = ["samples-", "walk-"];

const FILES: [(&str, &str); 4] = [
    (REPORT, "the tables, with the pictures"),
    (PAGE, "the scores and the pictures on one page, for a browser"),
    (SCORES, "every score of every sampler, model and seed"),
    (LAB, "the arguments, for resume"),
];

/// Trains or loads the models, draws the samples and scores them.
pub(super) fn run(args: LabArgs, output: Output, processes: &Processes) -> Result<Ending> {
    let environment =
        environment(args.work.clone(), args.data.data_dir.clone(), output).led(processes);
    environment.on_threads(|| lab(&args, &environment, None))
}

/// Continues a laboratory that was stopped or killed: models that have been trained stay, and those
/// that shards train are left to them.
pub(super) fn resume(args: RunArgs, output: Output, processes: &Processes) -> Result<Ending> {
    check_idle(&args.run)?;
    let record = LabRecord::read(&args.run)?;
    if args.run.join(REPORT).is_file() {
        let report = Report::new(output);
        report
            .line(format_args!("{} is complete: nothing is left to do", printable_path(&args.run)));
        report.end_in("complete", &args.run, None)?;
        return Ok(Ending::Done);
    }
    let models = Interrupt::installed()?.temporary()?;
    let lab_args = record.args(models.path())?;
    let environment = run_environment(args.data_dir, args.threads, output).led(processes);
    let resumed = ResumedLab { folder: args.run, record, dataset: args.dataset };
    environment.on_threads(|| lab(&lab_args, &environment, Some(resumed)))
}

/// Returns whether a path names a file of a laboratory. A file that somebody has put beside them
/// does not count.
pub(super) fn is_part_of_lab(path: &Path) -> bool {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let has = |name: &str| folder.join(name).exists();
    // A laboratory that was stopped has no report, and one of existing runs has no arguments.
    let is_lab = has(LAB) || has(REPORT) && has(SCORES);
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let is_picture = name.ends_with(".png") && PICTURES.iter().any(|kind| name.starts_with(kind));
    let own = [LAB, PATHS, SCORES, REPORT, PAGE];
    is_lab && (is_picture || own.iter().any(|own| is_same_place(folder.join(own), path)))
}

/// Claims a new folder. If it holds an unfinished laboratory, the error advises to resume it.
fn new_folder(environment: &Environment, name: &str) -> Result<RunFolder> {
    let unfinished = |out: &&PathBuf| out.join(LAB).is_file() && !out.join(REPORT).is_file();
    if let Some(out) = environment.out.as_ref().filter(unfinished) {
        check_idle(out)?;
        return Err(holds_unfinished(out, "lab").into());
    }
    environment.folder(name)
}

/// A laboratory to be continued.
struct ResumedLab {
    folder: PathBuf,
    record: LabRecord,
    /// Where the data are now, if the user has named a place.
    dataset: Option<PathBuf>,
}

fn lab(args: &LabArgs, environment: &Environment, resumed: Option<ResumedLab>) -> Result<Ending> {
    let report = Report::new(environment.output);
    let (mut models, spec, limits) = match args.runs.is_empty() {
        true => {
            let mut spec = resumed.as_ref().map_or_else(shoes, ResumedLab::data_spec);
            args.data.clone().apply(&mut spec);
            let limits = spec.limit.map(|n| Limits { train: n, test: n });
            (Vec::new(), spec, limits)
        }
        false => runs::load(&args.runs, args.data.dataset.clone())?,
    };
    // The features and the scores are computed from all images in f32; a training is not.
    let in_memory = DataSpec { in_memory: InMemory::Always, ..spec.clone() };
    let selected = Data::load(&in_memory, environment.finding(), limits)?;
    check_scoring(args, &selected, &ScoreOptions::default())?;
    match args.runs.is_empty() {
        true => check_models(args, &spec, &selected)?,
        false => models.iter().try_for_each(|trained| check_trained(trained, &selected))?,
    }
    let name = format!("lab-{}-{}", selected.dataset.name, selected.class_label());
    let shards =
        |out| Shards { args, spec: &spec, data: &selected, environment, report: &report, out };
    let after = match (resumed, args.shard.shard) {
        // Its models may be those of shards of which only one was killed.
        (Some(resumed), _) => shards(resumed.folder).train(Shard::ALL)?,
        (None, None) => {
            let folder = new_folder(environment, &name)?;
            report.item("data", selected.title());
            After::Score(folder)
        }
        (None, Some(shard)) => {
            let out = environment.out.clone().unwrap_or_else(|| Path::new("runs").join(name));
            let shards = shards(out);
            shards.begin()?;
            shards.train(shard)?
        }
    };
    let folder = match after {
        After::Score(folder) => folder,
        After::End(ending) => return Ok(ending),
    };
    let going_on = Suggestion::resume(folder.path(), &selected, environment).line();
    if args.runs.is_empty() {
        if !folder.kept() {
            LabRecord::new(args, &selected)?.write(&folder)?;
            folder.provisional(PATHS);
            folder.write(PATHS, &DataPlaces::new(&selected.folder, folder.path()).to_toml())?;
        }
        for model in &args.models {
            for seed in 1..=args.seeds as u64 {
                let job = job(args, &spec, model, seed);
                let trained = train(&job, &selected, environment, model, &folder, &report)?;
                let Some(trained) = trained else {
                    folder.keep();
                    return stopped(&report, folder.path(), going_on);
                };
                // From here on the laboratory can be resumed.
                folder.keep();
                models.push(trained);
            }
        }
    }
    // The rest writes little, and only at the end, so a signal may end the program at once.
    let last = farewell(&folder, going_on.clone());
    if !Interrupt::installed()?.end_at_once(environment.output, last, None) {
        folder.keep();
        return stopped(&report, folder.path(), going_on);
    }
    faults::point("scoring");
    let images = pixels(&selected, selected.dataset.train.images());
    let features = Features::fit(&images)?;
    let train = features.transform(&images);
    let test = features.transform(&pixels(&selected, selected.dataset.test.images()));
    let reference = Reference::new(&train, &test, &ScoreOptions::default())?;
    let lab = Lab { args, environment, data: &selected, features, reference };
    let (table, samplers) = lab.score(&models, &report)?;
    folder.keep();
    folder.write(SCORES, &table.csv())?;
    let mut pictures = Vec::new();
    for (trained, samplers) in models.iter().zip(&samplers) {
        // Pictures are drawn of the first training of each model.
        if pictures.iter().all(|drawn: &ModelPictures| drawn.model != trained.name) {
            pictures.push(lab.draw(trained, samplers, &folder, &table)?);
        }
    }
    let text = table.report(&selected.title(), lab.reference.count(), &pictures);
    let title = format!("lab: {}", selected.title());
    write_page(&folder, title, Some(LAB), &described(&pictures), Some(REPORT));
    // The last file: with it, the lab is complete.
    folder.write(REPORT, &text)?;
    report.line(format_args!("\n{}", table.plain()));
    report.note(|results| results.scored(&table));
    close(&folder, &report, &FILES)
}

/// Describes the files for the page, the pictures first.
fn described(pictures: &[ModelPictures]) -> Vec<(String, String)> {
    let of_model = |ModelPictures { model, samples, walks }: &ModelPictures| {
        [
            (samples.clone(), format!("images of {model}, decoded from the codes of each sampler")),
            (walks.clone(), format!("walks between two codes of {model}, above the cross-fades")),
        ]
    };
    let files = FILES.map(|(name, text)| (name.to_owned(), text.to_owned()));
    pictures.iter().flat_map(of_model).chain(files).collect()
}

/// Returns the specification of the default images: the shoes of Fashion-MNIST.
fn shoes() -> DataSpec {
    let data = DenseSpec::default().training.data;
    let classes = ["sandal", "sneaker", "ankle-boot"].map(str::to_owned).to_vec();
    DataSpec { dataset: FASHION_MNIST.name.into(), classes, ..data }
}

/// Returns the last line of a laboratory that a signal ends while it is scoring. If its models were
/// given, it has written nothing.
fn farewell(folder: &RunFolder, next: Option<String>) -> String {
    let next = next.filter(|_| folder.file(LAB).exists());
    next.map_or_else(|| "no report was written".into(), |next| format!("to continue: {next}"))
}

impl ResumedLab {
    /// Returns the specification of the data, which are identified by their content.
    fn data_spec(&self) -> DataSpec {
        let record = &self.record.data;
        let mut spec = DataSpec {
            dataset: (&record.dataset).into(),
            options: record.options.clone(),
            in_memory: InMemory::default(),
            classes: record.classes.iter().map(ToString::to_string).collect(),
            chosen: Chosen::ByRun,
            limit: None,
            recorded: Some(RecordedData::new(record, &self.folder)),
        };
        self.dataset.iter().for_each(|dataset| spec.look_in(dataset.clone()));
        spec
    }
}

/// Trains a model as `dense` does, in a folder of its own, or loads it if shards have trained it.
/// `data` are those of the job. Returns `None` if a signal ended the training.
fn train(
    job: &Job,
    data: &Data,
    environment: &Environment,
    model: &Path,
    folder: &RunFolder,
    report: &Report,
) -> Result<Option<Trained>> {
    let (name, seed) = (name_of(model), job.training().seed);
    let out = folder.path().join(run_name(model, seed));
    if is_complete(&out) {
        report.line(format_args!("{name}, seed {seed}: trained, see {}", printable_path(&out)));
        return Ok(Some(Trained { name, seed, file: ModelFile::load(&out)? }));
    }
    report.line(format_args!("{name}, seed {seed}: training, see {}", printable_path(&out)));
    // The training is silent; a signal is not.
    Interrupt::wait(environment.output.quiet)?;
    let environment = Environment {
        out: Some(out.clone()),
        show: false,
        output: Output::silent(),
        ..environment.clone()
    };
    let ending = crate::jobs::dense::run_on(data, job, &environment, None)?;
    if ending == Ending::Interrupted || Interrupt::installed()?.asked() {
        return Ok(None);
    }
    Ok(Some(Trained { name, seed, file: ModelFile::load(&out)? }))
}

/// The data and the features by which all models are compared.
struct Lab<'a> {
    args: &'a LabArgs,
    environment: &'a Environment,
    data: &'a Data,
    /// The features by which images are compared.
    features: Features,
    reference: Reference<'a>,
}

impl Lab<'_> {
    /// Scores each sampler of each model. The samplers are fitted once, and returned for the
    /// pictures.
    fn score(
        &self,
        models: &[Trained],
        report: &Report,
    ) -> Result<(ScoreTable, Vec<Vec<Sampler>>)> {
        let (mut table, mut all) = (ScoreTable::new(), Vec::new());
        for Trained { name, seed, file } in models {
            report.line(format_args!("{name}, seed {seed}: sampling and scoring"));
            let model = &file.model;
            let codes = |images| model.encode(&self.samples(file, images));
            let samplers = Sampler::fit_all(
                &self.args.samplers,
                &codes(self.data.dataset.train.images()),
                *seed,
            )?;
            let test_codes = codes(self.data.dataset.test.images());
            let decode = |codes: &Tensor| {
                let images = model.decode(codes);
                let shape = [images.shape().dims()[0], self.pixel_count()];
                self.features.transform(&images.reshape(shape))
            };
            let scored = self.reference.score_samplers(&samplers, &test_codes, *seed, decode)?;
            table.add(name, *seed, scored);
            all.push(samplers);
        }
        Ok((table, all))
    }

    /// Draws samples from each sampler, and interpolations between images.
    fn draw(
        &self,
        trained: &Trained,
        samplers: &[Sampler],
        folder: &RunFolder,
        table: &ScoreTable,
    ) -> Result<ModelPictures> {
        let Trained { name, seed, file } = trained;
        let count = self.args.gallery.count();
        let mut galleries = Vec::new();
        for sampler in samplers {
            let kind = sampler.kind();
            let images = file.model.decode(&sampler.sample(count, *seed));
            let frechet = table.mean_frechet(name, Source::Sampler(kind));
            galleries.push((format!("{kind}: Frechet distance {frechet:.1}"), images));
        }
        let [samples, walks] = PICTURES.map(|kind| format!("{kind}{name}.png"));
        self.gallery(folder, &samples, &galleries)?;
        self.gallery(folder, &walks, &self.walks(file, walk_steps(count)))?;
        Ok(ModelPictures { model: name.clone(), samples, walks })
    }

    /// Returns rows of images between test images, interpolated in codes and in pixels.
    fn walks(&self, file: &ModelFile, count: usize) -> Vec<(String, Tensor)> {
        let test = &self.data.dataset.test;
        let images = self.samples(file, test.images());
        let mut rows = Vec::new();
        let labels: Vec<Label> = test.class_of_each().collect();
        for ends in walk_pairs(&labels, &self.data.classes, PAIRS) {
            let ends = images.gather(&ends);
            let shape = file.model.architecture().input;
            let codes = file.model.encode(&Samples::from_f32(ends.data(), shape));
            let between = interpolate(codes.row(0), codes.row(1), count);
            rows.push(("a walk between two codes".to_owned(), file.model.decode(&between)));
            let fade = interpolate(ends.row(0), ends.row(1), count);
            rows.push(("the two images laid over each other".to_owned(), fade));
        }
        rows
    }

    fn gallery(&self, folder: &RunFolder, name: &str, rows: &[(String, Tensor)]) -> Result<()> {
        let rows: Vec<(&str, &Tensor)> =
            rows.iter().map(|(caption, images)| (caption.as_str(), images)).collect();
        let path = folder.file(name);
        pictures::gallery(self.environment.show, &path, "", self.data.image(), &rows)
    }

    /// Returns the images in the model's input shape.
    fn samples<'a>(&self, file: &ModelFile, images: &'a [u8]) -> Samples<'a> {
        Samples::new(images, file.model.architecture().input)
    }

    fn pixel_count(&self) -> usize {
        self.data.values()
    }
}

/// Returns the images as rows of pixels in [0, 1].
fn pixels(data: &Data, images: &[u8]) -> Tensor {
    Samples::new(images, [data.values()]).all()
}
