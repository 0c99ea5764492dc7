//! `detector.toml` and `detector.safetensors`: what flags an anomaly, besides the model.

use crate::files::{DETECTOR, DETECTOR_CODES, MODEL};
use crate::{RunError, RunFolder};
use ae_checkpoint::{Archive, sha256};
use ae_lab::anomaly::ScoreKind;
use ae_tensor::{Shape, Tensor};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// The name of the codes in `detector.safetensors`.
const CODES: &str = "codes";

/// What flags an anomaly, besides the model.
#[derive(Clone, Debug)]
pub struct Detector {
    /// The content of `detector.toml`.
    pub record: DetectorRecord,
    /// The codes of the training images, `[n, d]`, if the model's codes are vectors.
    pub codes: Option<Tensor>,
    /// The scores of the images that were held out.
    pub held_out: Vec<(ScoreKind, Vec<f64>)>,
}

/// The content of `detector.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DetectorRecord {
    /// The version of the program that wrote the file.
    pub version: String,
    /// The score that flags.
    #[serde(with = "score")]
    pub score: ScoreKind,
    /// The rate of false alarms that the thresholds are for.
    pub false_alarms: f64,
    /// The number of normal images that were held out.
    pub held_out: usize,
    /// The side of the window of the score `patch`, in pixels.
    pub patch: usize,
    /// Which nearest training code gives the score `neighbors`.
    pub neighbors: usize,
    /// The shape of the codes; empty if the model's codes are not vectors.
    pub codes: Vec<usize>,
    /// The SHA-256 of `model.safetensors`.
    pub model: String,
    /// The SHA-256 of `detector.safetensors`.
    pub arrays: String,
    /// What is subtracted from each column of vectors, and what it is divided by then. None of
    /// images.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shifts: Vec<f32>,
    /// The second of both.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scales: Vec<f32>,
    /// The threshold of each score.
    pub thresholds: Vec<ScoreThreshold>,
}

/// The threshold of a score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreThreshold {
    /// The score.
    #[serde(with = "score")]
    pub score: ScoreKind,
    /// Larger scores are flagged.
    pub value: f64,
    /// Where the threshold of infinitely many held-out images is.
    pub interval: [f64; 2],
    /// Where the true rate of false alarms of this threshold is.
    pub rate: [f64; 2],
    /// The confidence of both intervals.
    pub confidence: f64,
}

impl Detector {
    /// Writes both files into the folder, which has the model already. The checksums in the record
    /// are filled in.
    ///
    /// # Errors
    /// [`RunError::Io`] if the model cannot be read, [`RunError::Checkpoint`] or
    /// [`RunError::Write`] if a file cannot be written.
    pub fn write(&mut self, folder: &RunFolder) -> Result<(), RunError> {
        let mut archive = Archive::new();
        archive.set_metadata("kind", "detector");
        if let Some(codes) = &self.codes {
            archive.put(CODES, codes);
        }
        for (score, values) in &self.held_out {
            archive.put_f64(held_out(*score), values);
        }
        archive.write(folder.file(DETECTOR_CODES))?;
        self.record.codes = self.codes.iter().flat_map(|c| c.shape().dims().to_vec()).collect();
        self.record.arrays = sum(&folder.file(DETECTOR_CODES))?;
        self.record.model = sum(&folder.file(MODEL))?;
        folder.write_toml(DETECTOR, &self.record)
    }

    /// Reads both files of a run, and checks that they belong to its model, which takes images or
    /// vectors of `values` numbers and has codes of length `latent`, if they are vectors. Somebody
    /// may have edited the record.
    ///
    /// # Errors
    /// [`RunError::NotARun`] if a file is missing or is not a detector's, [`RunError::Differs`] if
    /// the arrays or the model are not those that the run has written, [`RunError::Checkpoint`] if
    /// the arrays cannot be read.
    pub fn read(folder: &Path, values: usize, latent: Option<usize>) -> Result<Self, RunError> {
        let path = folder.join(DETECTOR);
        let not = |found: String| RunError::NotARun {
            path: path.clone(),
            expected: "the detector of a run of anomaly",
            found,
        };
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(not("no such file".into()));
            }
            Err(error) => return Err(RunError::io("read", path.clone())(error)),
        };
        let record: DetectorRecord = toml::from_str(&text)
            .map_err(|error| not(error.message().lines().next().unwrap_or_default().to_owned()))?;
        if let Some(found) = record.fault(values, latent) {
            return Err(not(found));
        }
        for (name, expected) in [(DETECTOR_CODES, &record.arrays), (MODEL, &record.model)] {
            let (path, found) = (folder.join(name), sum(&folder.join(name))?);
            if found != *expected {
                let (how, expected) = ("the file that detector.toml is for", expected.clone());
                return Err(RunError::Differs { path, how, expected, found });
            }
        }
        let mut archive = Archive::read(&folder.join(DETECTOR_CODES))?;
        let codes = match record.codes[..] {
            [n, d] => Some(archive.take(CODES, Shape::from([n, d]))?),
            [] => None,
            _ => return Err(not(format!("codes of shape {:?}", record.codes))),
        };
        let mut scores = Vec::new();
        for ScoreThreshold { score, .. } in &record.thresholds {
            scores.push((*score, archive.take_f64(&held_out(*score), Some(record.held_out))?));
        }
        Ok(Self { record, codes, held_out: scores })
    }
}

impl DetectorRecord {
    /// Returns what no run has written.
    fn fault(&self, values: usize, latent: Option<usize>) -> Option<String> {
        let code = match self.codes[..] {
            [] => true,
            [n, d] => n > 0 && Some(d) == latent,
            _ => false,
        };
        let columns = |list: &[f32]| list.is_empty() || list.len() == values;
        match self {
            Self { patch: 0, .. } => Some("patch = 0".into()),
            Self { neighbors: 0, .. } => Some("neighbors = 0".into()),
            Self { codes, .. } if !code => Some(format!("codes of shape {codes:?}")),
            Self { shifts, scales, .. } if !columns(shifts) || !columns(scales) => {
                let (shifts, scales) = (shifts.len(), scales.len());
                Some(format!("{shifts} shifts and {scales} scales of {values} columns"))
            }
            _ => None,
        }
    }
}

/// The name of a score's array.
fn held_out(score: ScoreKind) -> String {
    format!("held_out/{score}")
}

/// A score in TOML: its name.
mod score {
    use ae_lab::anomaly::ScoreKind;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    pub(super) fn serialize<S: Serializer>(
        score: &ScoreKind,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(score.name())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<ScoreKind, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map_err(|_| D::Error::custom(format!("score {name:?}")))
    }
}

fn sum(path: &Path) -> Result<String, RunError> {
    fs::read(path).map(|bytes| sha256(&bytes)).map_err(RunError::io("read", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detector() -> Detector {
        let threshold = ScoreThreshold {
            score: ScoreKind::SquaredError,
            value: 0.3,
            interval: [0.25, f64::INFINITY],
            rate: [0.0, 0.1],
            confidence: 0.95,
        };
        let record = DetectorRecord {
            version: "0.1.0".into(),
            score: ScoreKind::SquaredError,
            false_alarms: 0.25,
            held_out: 3,
            patch: 7,
            neighbors: 5,
            codes: Vec::new(),
            model: String::new(),
            arrays: String::new(),
            shifts: vec![0.1, -3.0],
            scales: vec![1.0, 0.3],
            thresholds: vec![threshold],
        };
        let codes = Tensor::new([2, 3], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let held_out = vec![(ScoreKind::SquaredError, vec![0.1, 0.2, 0.3])];
        Detector { record, codes: Some(codes), held_out }
    }

    #[test]
    fn what_was_written_is_read_unless_it_is_damaged_or_of_another_model() {
        let parent = tempfile::tempdir().unwrap();
        let folder = RunFolder::create(&parent.path().join("run")).unwrap();
        folder.keep();
        folder.write(MODEL, "the model").unwrap();
        let mut written = detector();
        written.write(&folder).unwrap();
        let read = Detector::read(folder.path(), 2, Some(3)).unwrap();
        assert_eq!(read.record, written.record);
        assert_eq!(read.codes.unwrap().data(), written.codes.as_ref().unwrap().data());
        assert_eq!(read.held_out, written.held_out);
        let refused = || Detector::read(folder.path(), 2, Some(3)).unwrap_err().to_string();

        folder.write(MODEL, "another model").unwrap();
        assert!(refused().contains("model.safetensors: not the file that detector.toml is for"));
        folder.write(MODEL, "the model").unwrap();
        let bytes = fs::read(folder.file(DETECTOR_CODES)).unwrap();
        fs::write(folder.file(DETECTOR_CODES), &bytes[..bytes.len() - 1]).unwrap();
        assert!(refused().contains("detector.safetensors: not the file"), "{}", refused());
        fs::write(folder.file(DETECTOR_CODES), bytes).unwrap();

        let text = fs::read_to_string(folder.file(DETECTOR)).unwrap();
        for (from, to, said) in [
            ("score = \"mse\"", "score = \"beauty\"", "score \"beauty\""),
            ("patch = 7", "patch = 0", "patch = 0"),
            ("neighbors = 5", "neighbors = 0", "neighbors = 0"),
            ("codes = [2, 3]", "codes = [3, 2]", "codes of shape [3, 2]"),
            ("codes = [2, 3]", "codes = [6]", "codes of shape [6]"),
            ("-3.0]", "-3.0, 1.0]", "3 shifts and 2 scales of 2 columns"),
        ] {
            // Arrays are written in several lines or in one.
            let text = text.replace("[\n    ", "[").replace(",\n    ", ", ").replace(",\n]", "]");
            assert!(text.contains(from), "{from}: {text}");
            folder.write(DETECTOR, &text.replace(from, to)).unwrap();
            assert!(refused().ends_with(&format!("found {said}")), "{}", refused());
        }
        folder.write(DETECTOR, &format!("shade = 1\n{text}")).unwrap();
        assert!(refused().contains("found unknown field `shade`"), "{}", refused());
        folder.write(DETECTOR, "").unwrap();
        assert!(refused().contains("found missing field"), "{}", refused());
        folder.remove(DETECTOR).unwrap();
        assert!(refused().ends_with("found no such file"), "{}", refused());
    }
}
