//! From the specification of the data to the images.

use super::classes::{self, All};
use super::dataset::{self, Finding, Found, Wanted};
use super::decoded;
use super::masks::{AllMasks, FoundMasks};
use crate::exit::{Refusal, data, usage, warn};
use ae_data::{Dataset, Extents, ImageSet, InMemory, Label, Options, Scaling, StoredRows};
use ae_files::printable_path;
use ae_run::{AnomalySpec, Chosen, DataRecord, DataSpec, Job, Limits, MaskSpec, RecordedData};
use ae_train::{hold_out, spread_out};
use anyhow::Result;
use std::path::{Path, PathBuf};

/// The images of the selected classes.
pub(crate) struct Data {
    /// The selected images.
    pub(crate) dataset: Dataset,
    /// Where the files are.
    pub(crate) folder: PathBuf,
    /// The numbers of the selected classes, in ascending order. For a job that looks for anomalies
    /// they are the normal ones, and the test images are of all classes.
    pub(crate) classes: Vec<Label>,
    /// Normal training images that are not trained on, for a job that looks for anomalies.
    pub(crate) held_out: Option<ImageSet>,
    /// The masks of the test images, for a job that looks for anomalies.
    pub(crate) masks: Option<FoundMasks>,
    /// How vectors were scaled, by those that are trained on.
    pub(crate) scaling: Option<Scaling>,
    /// How the images were taken from the files.
    options: Options,
    /// Whether all classes that have images are selected.
    all: bool,
    /// Whether the data set was found by its name.
    by_name: bool,
    /// The folder named in a record of an older version.
    recorded_folder: Option<String>,
}

impl Data {
    /// Loads the data of a job. For `denoise`, which uses no labels, all classes are all images.
    pub(crate) fn of_job(job: &Job, finding: Finding<'_>) -> Result<Self> {
        Self::of(job, finding, &MaskSpec::Without)
    }

    /// Loads the data of a job that looks for anomalies, with the masks that it asks for.
    pub(crate) fn with_masks(job: &Job, finding: Finding<'_>) -> Result<Self> {
        match job {
            Job::Anomaly(spec) => Self::of(job, finding, &spec.masks),
            _ => Self::of_job(job, finding),
        }
    }

    fn of(job: &Job, finding: Finding<'_>, masks: &MaskSpec) -> Result<Self> {
        let all = match job {
            Job::Dense(_) => All::Trained,
            Job::Denoise(_) => All::Images,
            Job::Anomaly(_) => All::Normal,
        };
        let data = Self::selected(&job.training().data, finding, job.limits(), (all, masks))?;
        Ok(match job {
            Job::Anomaly(spec) => data.divided(spec),
            _ => data,
        })
    }

    /// Finds, checks and loads the data, and keeps the images of the selected classes, at most as
    /// many as the limits allow.
    pub(crate) fn load(
        spec: &DataSpec,
        finding: Finding<'_>,
        limits: Option<Limits>,
    ) -> Result<Self> {
        Self::selected(spec, finding, limits, (All::Trained, &MaskSpec::Without))
    }

    fn selected(
        spec: &DataSpec,
        finding: Finding<'_>,
        limits: Option<Limits>,
        (all, masks): (All, &MaskSpec),
    ) -> Result<Self> {
        let Found { mut dataset, folder, by_name } = match &spec.recorded {
            None => {
                let (options, in_memory) = (&spec.options, spec.in_memory);
                let wanted = Wanted { options, in_memory, files: all.names_files() };
                dataset::load(&spec.dataset, wanted, finding)?
            }
            Some(recorded) => {
                let (options, in_memory) = (&recorded.record.options, spec.in_memory);
                let wanted = Wanted { options, in_memory, files: all.names_files() };
                dataset::load_recorded(recorded, wanted, finding)?
            }
        };
        dataset.remarks.iter().for_each(|remark| warn(remark));
        if dataset.train.numbers().is_some() && !all.takes_vectors() {
            let message = "--vectors: expected a command that takes rows of numbers, as anomaly does; \
                           leave the option out for images";
            return Err(usage(message).into());
        }
        let masks = AllMasks::read(masks, &dataset, &folder, spec.options())?;
        let classes = classes::select(&dataset, spec, all)?;
        let (count, every_class) = (dataset.train.count(), all == All::Normal);
        match every_class {
            true => dataset.train.retain(&classes),
            false => dataset.retain(&classes),
        }
        let all = dataset.train.count() == count;
        let recorded_folder = spec.recorded.as_ref().and_then(|data| data.record.folder.clone());
        let options = spec.options().clone();
        let held_out = None;
        let data = Self {
            dataset,
            folder,
            classes,
            held_out,
            masks: None,
            scaling: None,
            options,
            all,
            by_name,
            recorded_folder,
        };
        data.check_derived(spec)?;
        let mut data = data.limited(limits, every_class);
        let masks = masks.map(|masks| masks.of(&data.dataset.test, &data.classes));
        data.masks = masks.transpose()?;
        Ok(data)
    }

    /// Holds out the share of the normal training images that the job asks for.
    fn divided(mut self, spec: &AnomalySpec) -> Self {
        let train = &mut self.dataset.train;
        let wanted = spec.held_out.of(train.count());
        let [trained, held_out] = hold_out(train.count(), wanted, spec.training.seed);
        self.held_out = Some(train.select(&held_out));
        *train = train.select(&trained);
        self.scaled()
    }

    /// Scales vectors by those that are trained on.
    fn scaled(mut self) -> Self {
        let columns = self.extents().len();
        let Dataset { train, test, .. } = &mut self.dataset;
        self.scaling = train.numbers().map(|n| Scaling::fit(n, columns, self.options.scale));
        if let Some(scaling) = &self.scaling {
            for rows in [Some(train), Some(test), self.held_out.as_mut()].into_iter().flatten() {
                rows.scale(scaling);
            }
        }
        self
    }

    /// Refuses a record edited by hand where it differs from the same classes of the same data.
    /// Before the images are limited, because options may have changed the limits.
    fn check_derived(&self, spec: &DataSpec) -> Result<(), Refusal> {
        let recorded = spec.recorded.as_ref().filter(|data| data.by_hand);
        let Some(RecordedData { record, run, limits, .. }) = recorded else { return Ok(()) };
        if spec.chosen != Chosen::ByRun {
            return Ok(());
        }
        let most = limits.unwrap_or(Limits { train: usize::MAX, test: usize::MAX });
        let Dataset { train, test, .. } = &self.dataset;
        let [train, test] = [train.count().min(most.train), test.count().min(most.test)];
        check_key(run, "class_names", &self.class_names(), &record.class_names)?;
        check_key(run, "train_images", &train, &record.train_images)?;
        check_key(run, "test_images", &test, &record.test_images)?;
        // As the file has them, `[28, 28]`.
        check_key(run, "image", &Vec::from(self.extents()), &Vec::from(record.image))
    }

    /// Keeps only the first images, if there are limits. Test images of every class may be in the
    /// order of their classes, and are taken at equal distances.
    fn limited(mut self, limits: Option<Limits>, every_class: bool) -> Self {
        if let Some(Limits { train, test }) = limits {
            self.dataset.train.truncate(train);
            match every_class {
                true => {
                    let taken = spread_out(self.dataset.test.count(), test);
                    self.dataset.test = self.dataset.test.select(&taken);
                }
                false => self.dataset.test.truncate(test),
            }
        }
        self
    }

    /// Moves images from memory to the folder for decoded images, for a process that reads only
    /// some of them in each step. They stay in memory if there is no such folder, or no room in it.
    pub(crate) fn keep_in_file(&mut self, in_memory: InMemory) {
        let Some(cache) = decoded::cache() else { return };
        let Dataset { train, test, .. } = &mut self.dataset;
        for images in [Some(train), Some(test), self.held_out.as_mut()].into_iter().flatten() {
            // From memory come the same images.
            drop(images.keep_in(&cache, in_memory.most_bytes_of_part()));
        }
    }

    /// Refuses results for which an image could not be read from a file, and was black.
    pub(crate) fn check_read(&self) -> Result<(), Refusal> {
        check_read(&self.dataset)
    }

    /// Returns the record for the configuration of a run.
    pub(crate) fn record(&self) -> DataRecord {
        let record = DataRecord::new(&self.dataset, &self.classes, &self.options);
        let train_images = self.normal_count();
        DataRecord { folder: self.recorded_folder.clone(), train_images, ..record }
    }

    /// Returns whether these are the images of the record: same files, classes and numbers.
    pub(crate) fn are_of(&self, record: &DataRecord) -> bool {
        let Self { dataset, classes, .. } = self;
        record.sha256 == dataset.checksums
            && record.options == self.options
            && record.classes == *classes
            && record.train_images == self.normal_count()
            && record.test_images == dataset.test.count()
    }

    /// Returns the number of training images, with those that are held out.
    pub(crate) fn normal_count(&self) -> usize {
        self.dataset.train.count() + self.held_out.as_ref().map_or(0, ImageSet::count)
    }

    /// Returns for each test image whether its class is not one of the normal ones; `None` if that
    /// is not known, or if the test images are all normal or all anomalous.
    pub(crate) fn anomalous(&self) -> Option<Vec<bool>> {
        let test = &self.dataset.test;
        let known = test.labels().is_some();
        let flags: Vec<_> =
            test.class_of_each().map(|class| !self.classes.contains(&class)).collect();
        (known && flags.contains(&true) && flags.contains(&false)).then_some(flags)
    }

    /// Returns what messages call one of these: "image", or "row" of vectors.
    pub(crate) fn sample(&self) -> &'static str {
        self.options.sample()
    }

    /// Returns the name of a class.
    pub(crate) fn class_name(&self, class: Label) -> &str {
        let name = self.dataset.class_names.get(usize::from(class));
        name.map_or("", |name| name.english.as_ref())
    }

    /// Returns the value of `--dataset` that selects these data again.
    pub(crate) fn argument(&self) -> PathBuf {
        match self.by_name {
            true => self.dataset.name.clone().into(),
            false => self.folder.clone(),
        }
    }

    /// Returns the name of the known data set with this content, if there is one.
    pub(crate) fn known_name(&self) -> &'static str {
        self.dataset.known().map_or("", |known| known.name)
    }

    /// Returns the height, width and channels of every image.
    pub(crate) fn image(&self) -> [usize; 3] {
        self.extents().into()
    }

    /// Returns the number of values of an image.
    pub(crate) fn values(&self) -> usize {
        self.extents().len()
    }

    /// Returns the size of every image, channels included.
    pub(crate) fn extents(&self) -> Extents {
        self.dataset.extents()
    }

    /// Returns the classes for a file name: `5`, `5-7-9`, `all`, `26-classes`.
    pub(crate) fn class_label(&self) -> String {
        if self.all {
            return "all".into();
        }
        if self.classes.len() > 8 {
            return format!("{}-classes", self.classes.len());
        }
        let numbers: Vec<String> = self.classes.iter().map(ToString::to_string).collect();
        numbers.join("-")
    }

    /// Returns the data set and the classes, for the title of a picture.
    pub(crate) fn title(&self) -> String {
        let all = self.all && self.classes.len() > 1;
        let classes = if all { "all classes".into() } else { self.class_names().join(", ") };
        format!("{}, {classes}", self.dataset.name)
    }

    /// Returns the names of the selected classes in English.
    pub(crate) fn class_names(&self) -> Vec<String> {
        let name =
            |&class: &Label| self.dataset.class_names[usize::from(class)].english.to_string();
        self.classes.iter().map(name).collect()
    }

    /// Returns the numbers of all classes that the images have.
    fn shown_classes(&self) -> Vec<Label> {
        let mut classes = self.classes.clone();
        if self.held_out.is_some() {
            classes.extend(self.dataset.test.classes());
            classes.sort_unstable();
            classes.dedup();
        }
        classes
    }

    /// Returns the names of all classes that the images have: those of the selected ones, and for a
    /// job that looks for anomalies those of the others.
    pub(crate) fn shown_class_names(&self) -> Vec<String> {
        self.shown_classes().iter().map(|&class| self.class_name(class).to_owned()).collect()
    }

    /// Returns each training image's class as an index into [`Data::shown_class_names`].
    pub(crate) fn train_class_ids(&self) -> Vec<usize> {
        self.class_ids(&self.dataset.train)
    }

    /// Returns each test image's class, as [`Data::train_class_ids`].
    pub(crate) fn test_class_ids(&self) -> Vec<usize> {
        self.class_ids(&self.dataset.test)
    }

    fn class_ids(&self, images: &ImageSet) -> Vec<usize> {
        let shown = self.shown_classes();
        let position = |label: Label| shown.binary_search(&label).unwrap_or_default();
        images.class_of_each().map(position).collect()
    }
}

/// Refuses results for which an image of this data set could not be read from a file.
pub(crate) fn check_read(dataset: &Dataset) -> Result<(), Refusal> {
    let fault = dataset.train.fault().or_else(|| dataset.test.fault());
    fault.map_or(Ok(()), |fault| Err(data(fault)))
}

/// Refuses the value of this key in a run's record if it is not that of the data.
fn check_key<T: PartialEq + std::fmt::Debug>(
    run: &Path,
    key: &str,
    expected: &T,
    found: &T,
) -> Result<(), Refusal> {
    if expected == found {
        return Ok(());
    }
    let run = printable_path(run);
    Err(usage(format!(
        "--config: {run}: data.{key}: expected {expected:?}, as the data give it, found {found:?}"
    )))
}
