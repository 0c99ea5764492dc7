//! A model's description, read from TOML and turned into layers for images of a given size.

use crate::numbers::{Known, NoNumber, fill, names_latent};
use crate::{Extents, RecipeError};
use ae_layers::{Architecture, LayerSpec, Registry, Takes};
use ae_tensor::Shape;
use serde::Deserialize;

/// A model as described in a file: its layers, with numbers in braces that depend on the image and
/// on the code.
///
/// ```
/// use ae_models::Recipe;
/// let text = r#"
/// about = "two dense layers on each side"
/// latent = 16
/// encoder = ["dense 64 relu", "dense {latent} relu"]
/// decoder = ["dense 64 relu", "dense {pixels*channels} sigmoid"]
/// "#;
/// let recipe: Recipe = text.parse()?;
/// let model = recipe.architecture([28, 28], None)?;
/// let words = "input 784; dense 64 relu; dense 16 relu | dense 64 relu; dense 784 sigmoid";
/// assert_eq!(model.to_string(), words);
/// let color = recipe.architecture([32, 32, 3], None)?;
/// assert_eq!(color.input.dims(), [3072]);
/// # Ok::<(), ae_models::RecipeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// A description in one line.
    #[serde(default)]
    pub about: String,
    /// The default length of a code. An image or a vector with no more values than this gets a code
    /// of half their number, rounded up: a code of the same length would only copy the values.
    pub latent: Option<usize>,
    /// The layers from the image to the code.
    pub encoder: Vec<String>,
    /// The layers from the code to the image.
    pub decoder: Vec<String>,
    /// The defaults of its training.
    #[serde(default)]
    pub training: Defaults,
    /// Whether images get zeros around them if their sides do not suit the layers
    /// ([`Recipe::padded`]).
    #[serde(default)]
    pub pad: bool,
}

/// The defaults of a description for training; `None` where it has none.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Defaults {
    /// How often each image is seen.
    pub epochs: Option<usize>,
    /// The number of images per step.
    pub batch: Option<usize>,
    /// The name of an optimizer.
    pub optimizer: Option<String>,
    /// Its learning rate.
    pub lr: Option<f64>,
    /// The name of a loss.
    pub loss: Option<String>,
    /// The schedule of the learning rate, in the form of `ae_optim::NamedSchedule`.
    pub schedule: Option<String>,
    /// The maximum norm of all gradients together.
    pub clip_norm: Option<f64>,
}

impl std::str::FromStr for Recipe {
    type Err = RecipeError;

    fn from_str(text: &str) -> Result<Self, RecipeError> {
        toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before.map(|before| before.matches('\n').count() + 1);
            let place = line.map(|line| format!("line {line}: ")).unwrap_or_default();
            // A key of the file may contain anything, and is part of the message.
            let message = error.message().replace(char::is_control, " ");
            RecipeError::Toml(format!("{place}{message}"))
        })
    }
}

impl Recipe {
    /// The layers for images of this size, with codes of `latent` numbers; `None` means the
    /// description's default. `[height, width]` means gray images, `[height, width, 3]` color.
    ///
    /// The input of a model whose first layer works on images is `(height, width, channels)`;
    /// others take vectors of `height * width * channels` values. [`ae_layers::Sequential::build`]
    /// checks whether the layers fit each other.
    ///
    /// # Errors
    /// If a layer or an expression in braces is not valid, if `latent` is given but not used, or if
    /// there are more than [`Architecture::MOST_LAYERS`] layers.
    pub fn architecture(
        &self,
        image: impl Into<Extents>,
        latent: Option<usize>,
    ) -> Result<Architecture, RecipeError> {
        self.architecture_with(&Registry::standard(), image, latent)
    }

    /// [`Recipe::architecture`] with the layers of this `registry`: those of [`ae_layers`] and the
    /// caller's.
    ///
    /// # Errors
    /// As [`Recipe::architecture`].
    pub fn architecture_with(
        &self,
        registry: &Registry,
        image: impl Into<Extents>,
        latent: Option<usize>,
    ) -> Result<Architecture, RecipeError> {
        if let Some(latent) = latent
            && !self.uses_latent()
        {
            return Err(RecipeError::NoLatent(latent));
        }
        let image = image.into();
        let values = image.values();
        let usual = self.latent.map(|usual| match usual >= values {
            true => values.div_ceil(2).min(usual),
            false => usual,
        });
        let latent = latent.or(usual).filter(|_| self.uses_latent());
        if let Some(found) = latent.filter(|latent| !(1..=values).contains(latent)) {
            return Err(RecipeError::Latent { found, most: values });
        }
        let Extents { height, width, channels } = image;
        let known = Known { height, width, channels, latent };
        let mut layers = part(registry, "encoder", &self.encoder, known)?;
        let encoder = layers.len();
        layers.extend(part(registry, "decoder", &self.decoder, known)?);
        if layers.len() > Architecture::MOST_LAYERS {
            return Err(RecipeError::Layers { found: layers.len() });
        }
        // The first layer that does not accept any shape decides.
        let first = layers.iter().map(|layer| layer.takes()).find(|takes| *takes != Takes::Any);
        let input = match first {
            Some(Takes::Images) => image.shape(),
            _ => Shape::new(&[values]),
        };
        let model = Architecture { input, layers, encoder };
        // No code if a shortcut leads from one part into the other.
        let encoder = if model.is_divided() { encoder } else { 0 };
        Ok(Architecture { encoder, ..model })
    }

    /// Whether the length of a code can be chosen.
    #[must_use]
    pub fn uses_latent(&self) -> bool {
        self.encoder.iter().chain(&self.decoder).any(|layer| names_latent(layer))
    }
}

fn part(
    registry: &Registry,
    name: &'static str,
    layers: &[String],
    known: Known,
) -> Result<Vec<LayerSpec>, RecipeError> {
    if layers.is_empty() {
        return Err(RecipeError::Empty(name));
    }
    let layer = |text: &String| {
        let filled = fill(text, known).map_err(|error| match error {
            NoNumber::Latent => RecipeError::LatentMissing,
            NoNumber::Other { expected, found } => {
                RecipeError::Number { part: name, layer: text.clone(), expected, found }
            }
        })?;
        let words = filled.split_whitespace().collect::<Vec<_>>().join(" ");
        let error = |error| RecipeError::Layer { part: name, layer: text.clone(), error };
        registry.layer(&words).map_err(error)
    };
    layers.iter().map(layer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe(text: &str) -> Result<Recipe, String> {
        text.parse().map_err(|error: RecipeError| error.to_string())
    }

    fn words(text: &str, latent: Option<usize>) -> Result<String, String> {
        let model = recipe(text)?.architecture([28, 20], latent);
        model.map(|model| model.to_string()).map_err(|error| error.to_string())
    }

    const TWO: &str =
        "latent = 3\nencoder = ['dense {latent} relu']\ndecoder = ['dense  {pixels}   sigmoid']";

    #[test]
    fn the_code_is_as_long_as_asked_for() {
        let of = |n| format!("input 560; dense {n} relu | dense 560 sigmoid");
        assert_eq!(words(TWO, None), Ok(of(3)));
        assert_eq!(words(TWO, Some(7)), Ok(of(7)));
        for found in [0, 561] {
            let message = format!("expected a code of 1 to 560 numbers, found {found}");
            assert_eq!(words(TWO, Some(found)), Err(message));
        }
        let fixed = "encoder = ['dense 4 relu']\ndecoder = ['dense {pixels} sigmoid']";
        assert_eq!(words(fixed, None), Ok(of(4)));
        assert_eq!(
            words(fixed, Some(5)),
            Err("a code of 5 numbers was requested, but the model does not use {latent}".into())
        );
        let open = TWO.replace("latent = 3", "");
        assert_eq!(
            words(&open, None),
            Err(
                "expected the length of a code for {latent}, found none in the model's description"
                    .into()
            )
        );
    }

    #[test]
    fn a_default_code_is_shorter_than_what_it_is_of() {
        let outputs = |image: [usize; 2]| {
            let model = recipe(TWO).unwrap().architecture(image, None).unwrap().to_string();
            model.split(' ').nth(3).unwrap().to_owned()
        };
        let codes = [[1, 1], [1, 2], [1, 3], [2, 2], [1, 5]].map(outputs);
        assert_eq!(codes, ["1", "1", "2", "3", "3"]);
        // Who asks for a longer code gets it, up to as many numbers as there are.
        assert!(recipe(TWO).unwrap().architecture([1, 3], Some(3)).is_ok());
    }

    /// A description that was written must be readable again.
    #[test]
    fn there_are_as_many_layers_as_can_be_read_back() {
        let of = |n| format!("encoder = ['flatten']\ndecoder = [{}]", "'flatten',".repeat(n));
        let most = words(&of(Architecture::MOST_LAYERS - 1), None).unwrap();
        assert!(most.parse::<Architecture>().is_ok());
        let message = "expected at most 1000 layers, found 1001";
        assert_eq!(words(&of(Architecture::MOST_LAYERS), None), Err(message.into()));
    }

    #[test]
    fn images_come_to_convolutions_as_images() {
        let text = "encoder = ['conv2d 4 3x3 relu', 'max_pooling2d 2x2']\ndecoder = ['up_sampling2d 2x2', 'conv2d 1 3x3 sigmoid']";
        assert_eq!(
            words(text, None).unwrap(),
            "input 28x20x1; conv2d 4 3x3 stride 1x1 same relu; max_pooling2d 2x2 stride 2x2 same | \
             up_sampling2d 2x2; conv2d 1 3x3 stride 1x1 same sigmoid"
        );
    }

    #[test]
    fn a_description_in_braces_suits_gray_and_color() {
        let words = |text: &str, image: [usize; 3]| {
            recipe(text).unwrap().architecture(image, None).unwrap().to_string()
        };
        let text = "encoder = ['conv2d 4 3x3 relu']\ndecoder = ['conv2d {channels} 3x3 sigmoid']";
        for channels in [1, 3] {
            assert_eq!(
                words(text, [8, 6, channels]),
                format!(
                    "input 8x6x{channels}; conv2d 4 3x3 stride 1x1 same relu | \
                     conv2d {channels} 3x3 stride 1x1 same sigmoid"
                )
            );
        }
        let text = TWO.replace("{pixels}", "{pixels*channels}");
        assert_eq!(words(&text, [8, 6, 3]), "input 144; dense 3 relu | dense 144 sigmoid");
        // A color image has three values to a pixel, and a code as many at most.
        let color = recipe(&text).unwrap();
        assert!(color.architecture([8, 6, 3], Some(144)).is_ok());
        let error = color.architecture([8, 6, 3], Some(145)).unwrap_err().to_string();
        assert_eq!(error, "expected a code of 1 to 144 numbers, found 145");
    }

    #[test]
    fn mistakes_are_named() {
        for (text, message) in [
            ("encoder = [", "expected a model in TOML, found: line 1: "),
            (
                "\"la\\ntent\" = 3",
                "expected a model in TOML, found: line 1: unknown field `la tent`, expected one of",
            ),
            (
                "latent = 3\nencodr = []",
                "expected a model in TOML, found: line 2: unknown field `encodr`, expected one of",
            ),
            (
                "encoder = ['dense 3 relu']",
                "expected a model in TOML, found: line 1: missing field `decoder`",
            ),
            (
                "encoder = []\ndecoder = ['dense 3 relu']",
                "expected at least one layer in encoder, found none",
            ),
            (
                "encoder = ['dense 3 relu']\ndecoder = []",
                "expected at least one layer in decoder, found none",
            ),
            (
                "encoder = ['lstm 3']\ndecoder = ['dense 3 relu']",
                "encoder: layer \"lstm 3\": expected the name of a layer, found \"lstm\"",
            ),
            (
                "encoder = ['dense 3 relu']\ndecoder = ['dense {pixel} relu']",
                "decoder: layer \"dense {pixel} relu\": expected a number, pixels, height, width, channels or latent, found \"pixel\"",
            ),
            (
                "encoder = ['dense 3 relu']\ndecoder = ['dense {width/3} relu']",
                "decoder: layer \"dense {width/3} relu\": expected a multiple of 3 before /3, found \"20\"",
            ),
        ] {
            let error = words(text, None).expect_err(text);
            assert!(error.starts_with(message) && !error.contains('\n'), "{text}: {error}");
        }
    }
}
