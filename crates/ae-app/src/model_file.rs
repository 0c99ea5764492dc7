//! What stands in a checkpoint's or a model's metadata beside the weights, and how a model comes back from it.

use crate::data::Data;
use crate::exit::DataError;
use crate::job::Job;
use crate::record::Config;
use ae_autodiff::Params;
use ae_checkpoint::{Archive, CheckpointError};
use ae_layers::{Architecture, BuildError, Sequential};
use anyhow::Result;
use std::path::Path;

/// The model in the folder of a run that has ended.
pub(crate) const NAME: &str = "model.safetensors";

/// The most numbers that a model may make of one image: a hundred times what the notebook's make.
const MOST_ACTIVATIONS: usize = 1 << 26;

/// What every file of a run says of it.
pub(crate) fn about(job: &Job<'_>, config: &Config) -> Result<Vec<(String, String)>> {
    let mut about = vec![
        ("architecture".into(), job.architecture.to_string()),
        ("config".into(), config.at_the_beginning()?),
        ("crate_version".into(), env!("CARGO_PKG_VERSION").into()),
        ("cpu_features".into(), crate::record::cpu_features().join(" ")),
    ];
    about.extend(checksums(job).map(|(key, sum)| (key, sum.to_owned())));
    Ok(about)
}

fn checksums<'a>(job: &'a Job<'_>) -> impl Iterator<Item = (String, &'a str)> {
    let sums = &job.data.dataset.checksums;
    sums.iter().map(|(file, sum)| (format!("sha256 of {file}"), sum.as_str()))
}

/// Whether a checkpoint belongs to this job: the model, the data, and then everything else in the configuration. Where a data
/// set of one's own is may have changed; `config` keeps what it was.
pub(crate) fn check_same(archive: &Archive, job: &Job<'_>, config: &mut Config) -> Result<()> {
    let expect = |key: &str, expected: &str| match archive.metadata(key)? {
        found if found == expected => Ok(()),
        found => Err(archive.metadata_mismatch(key, expected, found)),
    };
    expect("kind", "checkpoint")?;
    expect("architecture", &job.architecture.to_string())?;
    for (key, sum) in checksums(job) {
        expect(&key, sum)?;
    }
    let begun = config_of(archive)?;
    config.same_place(&begun);
    let (expected, found) = (config.without_build()?, begun.without_build()?);
    if expected != found {
        let mut lines = expected.lines().zip(found.lines());
        let first = lines.find(|(expected, found)| expected != found);
        let (expected, found) = first.unwrap_or(("the same", "more or fewer lines"));
        return Err(archive.metadata_mismatch("config", expected, found).into());
    }
    Ok(())
}

/// The configuration that a file says it was made with.
pub(crate) fn config_of(archive: &Archive) -> Result<Config, CheckpointError> {
    let text = archive.metadata("config")?;
    toml::from_str(text).map_err(|error| {
        archive.metadata_mismatch("config", "a run's configuration", error.message())
    })
}

/// A trained model, and what is known of it.
pub(crate) struct ModelFile {
    pub(crate) architecture: Architecture,
    pub(crate) model: Sequential,
    pub(crate) params: Params,
    pub(crate) config: Config,
    /// How far it was trained.
    pub(crate) trained: String,
}

/// Layers that do not fit together, or a file that does not fit them.
enum LoadError {
    Build(BuildError),
    File(CheckpointError),
}

impl From<BuildError> for LoadError {
    fn from(error: BuildError) -> Self {
        Self::Build(error)
    }
}

impl ModelFile {
    /// Reads a model from its file, or from the folder of its run. Each tensor must be one of the architecture in the file's
    /// metadata: by name, type and shape, with none left over.
    pub(crate) fn load(place: &Path) -> Result<Self> {
        let path = if place.is_dir() { place.join(NAME) } else { place.to_path_buf() };
        let mut archive = Archive::read(&path).map_err(|error| missing(&path, error))?;
        match archive.metadata("kind")? {
            "model" => {}
            found => return Err(archive.metadata_mismatch("kind", "model", found).into()),
        }
        let words = archive.metadata("architecture")?;
        let architecture: Architecture =
            words.parse().map_err(|error: ae_layers::ArchitectureError| {
                archive.metadata_mismatch("architecture", &error.expected, &error.found)
            })?;
        let config = config_of(&archive)?;
        let trained = archive.metadata("trained")?.to_owned();
        let mut params = Params::new();
        let built: Result<Sequential, LoadError> = Sequential::build_with(
            architecture.input,
            &architecture.layers,
            &mut params,
            |name, shape| archive.take(name, shape).map_err(LoadError::File),
        );
        let model = match built {
            Ok(model) => model,
            Err(LoadError::File(error)) => return Err(error.into()),
            Err(LoadError::Build(error)) => {
                let expected = "layers that fit together";
                return Err(archive
                    .metadata_mismatch("architecture", expected, &error.to_string())
                    .into());
            }
        };
        archive.finish()?;
        let activations = model.activation_len();
        if activations > MOST_ACTIVATIONS {
            let (expected, found) = (
                format!("at most {MOST_ACTIVATIONS} numbers to an image"),
                activations.to_string(),
            );
            return Err(archive.metadata_mismatch("architecture", &expected, &found).into());
        }
        Ok(Self { architecture, model, params, config, trained })
    }
}

/// What is not there is the data's fault, not the disk's.
fn missing(path: &Path, error: CheckpointError) -> anyhow::Error {
    if !error.is_absent() {
        return error.into();
    }
    let path = path.display();
    DataError(format!(
        "{path}: expected a model, or the folder of a run that has ended; found nothing there"
    ))
    .into()
}

/// Whether a model takes these images, and gives back others of their shape.
pub(crate) fn check_images(model: &Sequential, data: &Data) -> Result<(), DataError> {
    let (input, output) = (model.input_shape(), model.output_shape());
    let [height, width] = data.image();
    let fits = match *input.dims() {
        [pixels] => pixels == height * width,
        [h, w, 1] => [h, w] == [height, width],
        _ => false,
    };
    if fits && input == output {
        return Ok(());
    }
    let shape = format_args!("({height}, {width})");
    let folder = data.folder.display();
    Err(DataError(format!(
        "{folder}: expected images of shape {input}, as the model takes, found {shape}"
    )))
}
