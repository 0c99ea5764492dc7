//! What a page holds beside its scripts: a run's model, its codes and images.

mod codes;
mod images;
mod numbers;

pub use codes::Codes;
pub use images::Images;

use crate::engine::Components;
use ae_train::{EpochLosses, History};
use numbers::{base64_bytes, base64_numbers};
use serde::Serialize;

/// The version of the bundle, which the page's scripts expect.
const VERSION: u32 = 1;

/// What a page holds beside its scripts. The scripts read it as JSON. Arrays in it are base64 of
/// little-endian numbers.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Bundle {
    /// The name and version of the program that wrote the page.
    pub program: String,
    /// The run whose model is in the page; `None` for a page that begins with none.
    pub run: Option<Run>,
    /// The file `model.safetensors`, as the run wrote it.
    #[serde(serialize_with = "base64_bytes")]
    pub model: Option<Vec<u8>>,
    /// The size of the images that the model takes.
    pub image: Extent,
    /// The settings with which training in the page begins.
    pub training: Training,
    /// The first training images.
    pub train: Images,
    /// The first test images.
    pub test: Images,
    /// The names of the classes, to which the labels of images and codes are indices.
    pub class_names: Vec<String>,
    /// Codes of training images.
    pub codes: Option<Codes>,
    /// The principal components of the codes of all training images.
    #[serde(serialize_with = "codes::components")]
    pub pca: Option<Components>,
    /// The program's own results, to compare the page's with.
    pub reference: Reference,
    /// Why panels of the page are missing.
    pub missing: Missing,
}

/// The size of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Extent {
    /// The number of rows.
    pub height: usize,
    /// The number of columns.
    pub width: usize,
    /// 1 for gray, 3 for red, green and blue.
    pub channels: usize,
}

impl Extent {
    /// Returns the number of values.
    #[must_use]
    pub fn values(self) -> usize {
        self.height * self.width * self.channels
    }
}

/// The run whose model is in the page.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// The name of its folder.
    pub name: String,
    /// `dense` or `denoise`.
    pub job: String,
    /// The name of the data.
    pub dataset: String,
    /// The names of the classes.
    pub classes: Vec<String>,
    /// The name of the model.
    pub model: String,
    /// The length of a code, if codes are vectors.
    pub code_length: Option<usize>,
    /// The standard deviation of the Gaussian noise that the model has learned to remove.
    pub noise: Option<f32>,
    /// The losses of each epoch.
    pub history: Vec<Epoch>,
    /// A command that writes such a page of this run, with its data.
    pub command: Option<String>,
}

/// The losses of an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Epoch {
    /// Its number, from 1.
    pub epoch: usize,
    /// The mean loss of the training images.
    pub loss: f64,
    /// The mean loss of the test images.
    pub val_loss: f64,
}

impl Epoch {
    /// Returns the losses of a run's epochs.
    #[must_use]
    pub fn all(history: &History) -> Vec<Self> {
        let epochs = (1..).zip(&history.epochs);
        epochs
            .map(|(epoch, &EpochLosses { loss, val_loss })| Self { epoch, loss, val_loss })
            .collect()
    }
}

/// The settings with which training in the page begins.
#[derive(Clone, Debug, Serialize)]
pub struct Training {
    /// The name of the data.
    pub source: String,
    /// The names of the classes.
    pub classes: Vec<String>,
    /// The number of all training images; the page holds the first of them.
    pub total: usize,
    /// Decides all that is random.
    pub seed: u64,
    /// The number of images in a batch.
    pub batch: usize,
    /// The number of epochs.
    pub epochs: usize,
    /// The length of a code.
    pub latent: usize,
    /// The name of the optimizer.
    pub optimizer: String,
    /// The learning rate.
    pub rate: f64,
}

/// Results of the program, to which the page's must be equal up to rounding.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Reference {
    /// The model's outputs for the first test images: `[count, height, width, channels]`.
    #[serde(serialize_with = "base64_numbers")]
    pub reconstruction: Vec<f32>,
    /// The codes of these images: `[count, length]`.
    #[serde(serialize_with = "base64_numbers")]
    pub codes: Vec<f32>,
}

impl Reference {
    /// The number of test images of which there are results.
    pub const IMAGES: usize = 4;
}

/// Why panels of the page are missing; `None` for a panel that exists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// The panel with the latent space.
    pub latent: Option<Reason>,
    /// The panel on which one draws.
    pub draw: Option<Reason>,
    /// The panel in which a model is trained.
    pub train: Option<Reason>,
    /// The panel that looks inside of the model.
    pub inspect: Option<Reason>,
}

/// A reason why a panel is missing. The page has a sentence for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Reason {
    /// The model removes noise: its code is images, not a vector.
    Denoise,
    /// The model has no code that is a vector.
    NoCode,
    /// The data were not found, or there are too few of them.
    NoData,
    /// The page has no model yet.
    NoModel,
    /// The images are in color.
    Color,
    /// The images are too large.
    Large,
    /// The images have another size than those of MNIST.
    Size,
}

/// The side of the images on which one can draw, that of MNIST: `ae_image` centers drawings in it.
const DRAWN: usize = 28;
/// The most values of an image with which a page trains: a step must not take seconds.
const TRAINED: usize = 64 * 64;

impl Missing {
    /// Returns which panels are missing, and why. `model` is the job that trained the model and the
    /// length of a code if codes are vectors; `None` without a model. The numbers of images and the
    /// presence of codes decide what needs data.
    #[must_use]
    pub fn of(
        image: Extent,
        model: Option<(&str, Option<usize>)>,
        train: &Images,
        test: &Images,
        codes: bool,
    ) -> Self {
        let Some((job, code)) = model else {
            let none = Some(Reason::NoModel);
            let train = Self::training(image, train, test);
            return Self { latent: none, draw: none, train, inspect: none };
        };
        let latent = match code {
            None if job == "denoise" => Some(Reason::Denoise),
            None => Some(Reason::NoCode),
            Some(_) if !codes => Some(Reason::NoData),
            Some(_) => None,
        };
        let draw = match image {
            Extent { channels: 2.., .. } => Some(Reason::Color),
            Extent { height: DRAWN, width: DRAWN, .. } => None,
            Extent { height, width, .. } if height.max(width) > DRAWN => Some(Reason::Large),
            _ => Some(Reason::Size),
        };
        let inspect = (test.count() == 0).then_some(Reason::NoData);
        Self { latent, draw, train: Self::training(image, train, test), inspect }
    }

    fn training(image: Extent, train: &Images, test: &Images) -> Option<Reason> {
        if !Self::can_train(image) {
            return Some(Reason::Large);
        }
        (train.count() == 0 || test.count() == 0).then_some(Reason::NoData)
    }

    /// Returns whether a page can train with images of this size, in reasonable time.
    #[must_use]
    pub fn can_train(image: Extent) -> bool {
        image.values() <= TRAINED
    }
}

impl Bundle {
    /// Returns the JSON, in which no character begins markup.
    ///
    /// # Panics
    ///
    /// Never: the bundle has nothing that JSON cannot express.
    #[must_use]
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Versioned<'a> {
            version: u32,
            #[serde(flatten)]
            bundle: &'a Bundle,
        }
        let versioned = Versioned { version: VERSION, bundle: self };
        let json = serde_json::to_string(&versioned).expect("strings, numbers and lists");
        // Outside of strings JSON has no such character.
        json.replace('<', "\\u003c")
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use serde_json::Value;

    /// A bundle with two training images and one test image of this class.
    pub(crate) fn bundle(class: &str) -> Bundle {
        let image = Extent { height: 1, width: 2, channels: 1 };
        let train = Images::new(image, vec![0, 0], vec![0, 255, 7, 8]);
        let test = Images::new(image, vec![0], vec![1, 2]);
        Bundle {
            program: "ae-app 0.1.0".into(),
            run: None,
            model: None,
            image,
            training: Training {
                source: "mnist".into(),
                classes: vec![class.into()],
                total: 9,
                seed: 1,
                batch: 2,
                epochs: 3,
                latent: 1,
                optimizer: "sgd".into(),
                rate: 0.01,
            },
            train,
            test,
            class_names: vec![class.into()],
            codes: None,
            pca: None,
            reference: Reference { reconstruction: vec![1.0, -0.5], codes: Vec::new() },
            missing: Missing::default(),
        }
    }

    #[test]
    fn names_are_not_markup_and_come_back() {
        let name = "</script><!-- \"'&\u{2028} é";
        let json = bundle(name).to_json();
        assert!(!json.contains('<'), "{json}");
        let read: Value = serde_json::from_str(&json).unwrap();
        assert_eq!((&read["classNames"][0], &read["version"]), (&name.into(), &1.into()));
        // 1.0 and -0.5 in little-endian order.
        assert_eq!(read["reference"]["reconstruction"], "AACAPwAAAL8=");
        assert_eq!((&read["model"], &read["missing"]["latent"]), (&Value::Null, &Value::Null));
    }

    #[test]
    fn each_panel_is_missing_for_its_own_reason() {
        let image = |side, channels| Extent { height: side, width: side, channels };
        let some = Images::new(image(1, 1), vec![0], vec![1]);
        let none = Images::none(image(1, 1));
        let dense = Some(("dense", Some(10)));
        let of =
            |side, channels, model| Missing::of(image(side, channels), model, &some, &some, true);
        assert_eq!(of(28, 1, dense), Missing::default());
        assert_eq!(of(28, 1, Some(("denoise", None))).latent, Some(Reason::Denoise));
        assert_eq!(of(28, 1, Some(("dense", None))).latent, Some(Reason::NoCode));
        let color = of(128, 3, dense);
        assert_eq!((color.draw, color.train), (Some(Reason::Color), Some(Reason::Large)));
        assert_eq!(of(32, 1, dense).draw, Some(Reason::Large));
        assert_eq!(of(8, 1, dense).draw, Some(Reason::Size));
        let no_model = of(28, 1, None);
        assert_eq!((no_model.train, no_model.inspect), (None, Some(Reason::NoModel)));
        let no_data = Missing::of(image(28, 1), dense, &none, &none, false);
        let reason = Some(Reason::NoData);
        let expected = Missing { latent: reason, draw: None, train: reason, inspect: reason };
        assert_eq!(no_data, expected);
    }
}
