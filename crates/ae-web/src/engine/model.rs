//! A trained model: what it makes of images and codes, and what can be seen in it.

use super::EngineError;
use super::error::{check_finite, check_rows};
use ae_checkpoint::Archive;
use ae_layers::Sequential;
use ae_tensor::{Shape, Tensor};
use ae_train::{AutoEncoder, Samples};
use std::path::Path;

/// The name of a model's file in messages.
const FILE: &str = "model.safetensors";

/// A trained model.
#[derive(Clone, Debug)]
pub struct Model {
    pub(super) model: AutoEncoder,
    layers: Vec<LayerReport>,
}

/// A layer, as a page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LayerReport {
    /// Its name, `conv2d_1`.
    pub name: String,
    /// Its kind, `conv2d`.
    pub kind: String,
    /// Its description, `conv2d 32 3x3 stride 1x1 same relu`.
    pub words: String,
    /// The shape of its output for one sample: `[height, width, channels]` or `[length]`.
    pub output: Vec<usize>,
    /// The shape of its kernel, `[height, width, in, out]` or `[in, out]`, if it has one.
    pub kernel: Option<Vec<usize>>,
    /// The number of its weights.
    pub parameters: usize,
}

/// The values after a layer, for one image.
#[derive(Clone, Debug, PartialEq)]
pub struct Activations {
    /// `[height, width, channels]` or `[length]`.
    pub shape: Vec<usize>,
    /// Row by row, the channels of a pixel together.
    pub values: Vec<f32>,
}

/// The weights of a layer, empty if it has none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerWeights<'a> {
    /// In the order of the kernel's shape.
    pub kernel: &'a [f32],
    /// A number for each output channel.
    pub bias: &'a [f32],
}

impl Model {
    /// Reads a model from the bytes of a file that the program or [`Model::save`] wrote.
    ///
    /// # Errors
    /// [`EngineError::File`] if they are not one.
    pub fn read(bytes: &[u8]) -> Result<Self, EngineError> {
        let mut archive = Archive::from_bytes(Path::new(FILE), bytes)?;
        Self::new(AutoEncoder::from_archive(&mut archive)?)
    }

    /// A model as it is.
    ///
    /// # Errors
    /// [`EngineError::Model`] if its layers do not fit together, which a built model's do.
    pub fn new(model: AutoEncoder) -> Result<Self, EngineError> {
        let outline = model.architecture().outline().map_err(ae_train::ModelError::from)?;
        let layers = outline.into_iter().map(|layer| {
            let kernel = layer.parameters.iter().find(|parameter| parameter.name == "kernel");
            LayerReport {
                kind: layer.spec.keyword().to_owned(),
                words: layer.spec.to_string(),
                output: layer.output.dims().to_vec(),
                kernel: kernel.map(|kernel| kernel.shape.dims().to_vec()),
                parameters: layer.parameters.iter().map(|parameter| parameter.shape.len()).sum(),
                name: layer.name,
            }
        });
        let layers = layers.collect();
        Ok(Self { model, layers })
    }

    /// The file's bytes: the same model can be read from them.
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        self.model.to_archive().to_bytes()
    }

    /// The height, width and channels of an image. A model of vectors does not know them: for it
    /// this is the square with as many pixels, or else one row.
    #[must_use]
    pub fn image(&self) -> [usize; 3] {
        match *self.input().dims() {
            [height, width] => [height, width, 1],
            [height, width, channels] => [height, width, channels],
            _ => {
                let len = self.input().len();
                let side = len.isqrt();
                if side * side == len { [side, side, 1] } else { [1, len, 1] }
            }
        }
    }

    /// The length of a code; `None` if the model has none or if its codes are not vectors.
    #[must_use]
    pub fn code_len(&self) -> Option<usize> {
        let code = self.model.decoder().ok()?.input_shape();
        (code.rank() == 1).then(|| code.len())
    }

    /// The number of weights.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.model.params().element_count()
    }

    /// The layers, first to last.
    #[must_use]
    pub fn layers(&self) -> &[LayerReport] {
        &self.layers
    }

    /// What the model makes of these images, one after another, with values from 0 to 1.
    ///
    /// # Errors
    /// If they are not whole images or not finite.
    pub fn predict(&self, images: &[f32]) -> Result<Vec<f32>, EngineError> {
        Ok(self.model.reconstruct(&self.samples(images)?).into_data())
    }

    /// The codes of these images, one after another.
    ///
    /// # Errors
    /// If the model has no codes, or the images are not whole or not finite.
    pub fn encode(&self, images: &[f32]) -> Result<Vec<f32>, EngineError> {
        self.model.encoder()?;
        Ok(self.model.encode(&self.samples(images)?).into_data())
    }

    /// The images of these codes, one after another.
    ///
    /// # Errors
    /// If the model has no codes, or these are not whole or not finite.
    pub fn decode(&self, codes: &[f32]) -> Result<Vec<f32>, EngineError> {
        let code = self.model.decoder()?.input_shape();
        check_rows("codes", codes.len(), code.len())?;
        check_finite("codes", codes)?;
        let codes = Tensor::new(code.with_batch(codes.len() / code.len()), codes.to_vec());
        Ok(self.model.decode(&codes).into_data())
    }

    /// The values after a layer, counted from 0, for one image.
    ///
    /// # Errors
    /// If there is no such layer, or the image has another size.
    pub fn activations(&self, image: &[f32], layer: usize) -> Result<Activations, EngineError> {
        let report = self.layer(layer)?;
        let x = self.one("image", image)?;
        let (whole, params) = (self.model.sequential(), self.model.params());
        let values = match layer + 1 == whole.len() {
            true => whole.predict(params, &x),
            false => whole.split_at(layer + 1).0.predict(params, &x),
        };
        Ok(Activations { shape: report.output.clone(), values: values.into_data() })
    }

    /// The weights of a layer, counted from 0.
    ///
    /// # Errors
    /// If there is no such layer.
    pub fn weights(&self, layer: usize) -> Result<LayerWeights<'_>, EngineError> {
        let name = &self.layer(layer)?.name;
        let params = self.model.params();
        let find = |part: &str| {
            params.find(&format!("{name}/{part}")).map_or(&[][..], |id| params.get(id).data())
        };
        Ok(LayerWeights { kernel: find("kernel"), bias: find("bias") })
    }

    /// The layer of this number, counted from 0.
    pub(super) fn layer(&self, layer: usize) -> Result<&LayerReport, EngineError> {
        let unknown = || {
            let most = self.layers.len() - 1;
            EngineError::new("layer", format_args!("0 to {most}"), layer)
        };
        self.layers.get(layer).ok_or_else(unknown)
    }

    /// One image as a batch.
    pub(super) fn one(&self, what: &'static str, image: &[f32]) -> Result<Tensor, EngineError> {
        let shape = self.input();
        if image.len() != shape.len() {
            return Err(EngineError::new(
                what,
                format_args!("{} numbers", shape.len()),
                image.len(),
            ));
        }
        check_finite(what, image)?;
        Ok(Tensor::new(shape.with_batch(1), image.to_vec()))
    }

    fn samples<'a>(&self, images: &'a [f32]) -> Result<Samples<'a>, EngineError> {
        check_rows("images", images.len(), self.input().len())?;
        check_finite("images", images)?;
        Ok(Samples::from_f32(images, self.input()))
    }

    fn input(&self) -> Shape {
        Sequential::input_shape(self.model.sequential())
    }
}
