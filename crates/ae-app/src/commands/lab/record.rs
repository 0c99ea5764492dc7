//! `lab.toml`: the arguments of a laboratory, so that it can be resumed after it was stopped.

use crate::cli::{DataArgs, LabArgs, SamplesArgs};
use crate::exit::{Refusal, data as data_error};
use crate::input::{Data, read_text};
use ae_checkpoint::sha256;
use ae_files::printable_path;
use ae_lab::SamplerKind;
use ae_models::Preset;
use ae_run::{DataRecord, RunFolder};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// The name of the file.
pub(crate) const LAB: &str = "lab.toml";
/// The first line of the file, before the checksum of the rest.
const HEADING: &str = "# For `ae-app resume`, which takes it only as it is. SHA-256 of the rest: ";

/// The content of the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LabRecord {
    seeds: usize,
    samples: usize,
    samplers: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    epochs: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    latent: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    batch: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    limit: Option<usize>,
    pub(super) data: DataRecord,
    models: Vec<LabModel>,
}

/// A model to be trained.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LabModel {
    /// The name of the preset, or the file's name without folder and extension.
    name: String,
    /// The content of the file, which may change or move later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    toml: Option<String>,
}

impl LabRecord {
    /// Returns the record of these arguments.
    pub(super) fn new(args: &LabArgs, data: &Data) -> Result<Self, Refusal> {
        let models = args.models.iter().map(|model| LabModel::of(model));
        Ok(Self {
            seeds: args.seeds,
            samples: args.gallery.count(),
            samplers: args.samplers.iter().map(ToString::to_string).collect(),
            epochs: args.epochs,
            latent: args.latent,
            batch: args.batch,
            limit: args.data.limit,
            data: data.record(),
            models: models.collect::<Result<_, _>>()?,
        })
    }

    /// Writes the file. Until a model has been trained, a failure removes it again.
    pub(super) fn write(&self, folder: &RunFolder) -> Result<()> {
        let text = toml::to_string(self).context("a record of a lab")?;
        folder.provisional(LAB);
        Ok(folder.write(LAB, &format!("{HEADING}{}\n{text}", sha256(text.as_bytes())))?)
    }

    /// Reads the file of this folder.
    pub(super) fn read(folder: &Path) -> Result<Self, Refusal> {
        let path = folder.join(LAB);
        let refused = |found: String| {
            let path = printable_path(&path);
            data_error(format!(
                "{path}: expected the record of a lab as it was written, found {found}"
            ))
        };
        let text = read_text(&path).map_err(&refused)?;
        let (sum, text) = text
            .strip_prefix(HEADING)
            .and_then(|rest| rest.split_once('\n'))
            .ok_or_else(|| refused("another first line".into()))?;
        if sum != sha256(text.as_bytes()) {
            return Err(refused("another checksum; begin a new lab for other settings".into()));
        }
        toml::from_str(text).map_err(|error| refused(error.message().into()))
    }

    /// Returns the arguments again. Descriptions of models are written to the folder `models`.
    pub(super) fn args(&self, models: &Path) -> Result<LabArgs> {
        let unknown = |name: &String| format!("{LAB}: a sampler {name}");
        let samplers = self
            .samplers
            .iter()
            .map(|name| name.parse::<SamplerKind>().map_err(|_| data_error(unknown(name))));
        Ok(LabArgs {
            runs: Vec::new(),
            data: DataArgs { limit: self.limit, ..DataArgs::default() },
            models: self.models.iter().map(|model| model.place(models)).collect::<Result<_>>()?,
            seeds: self.seeds,
            epochs: self.epochs,
            latent: self.latent,
            batch: self.batch,
            samplers: samplers.collect::<Result<_, _>>()?,
            gallery: SamplesArgs { samples: Some(self.samples) },
            work: Default::default(),
        })
    }
}

impl LabModel {
    /// Returns the record of a preset or a file.
    fn of(place: &Path) -> Result<Self, Refusal> {
        if let Some(preset) = place.to_str().and_then(Preset::find) {
            return Ok(Self { name: preset.name.into(), toml: None });
        }
        let text = read_text(place);
        let text = text.map_err(|why| data_error(format!("{}: {why}", printable_path(place))))?;
        Ok(Self { name: name_of(place), toml: Some(text) })
    }

    /// Returns the name of the preset, or a file in this folder.
    fn place(&self, folder: &Path) -> Result<PathBuf> {
        let Some(text) = &self.toml else { return Ok(self.name.clone().into()) };
        let path = folder.join(format!("{}.toml", self.name));
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }
}

/// Returns the name of a model in the results.
pub(super) fn name_of(model: &Path) -> String {
    model.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
