//! A model as one object: its description, its layers and its weights.

mod error;
mod file;

pub use error::ModelError;

use crate::checkpoint::restore;
use crate::fit::check_objective;
use crate::lane::Objective;
use crate::{
    AsExamples, EarlyStopping, FitError, Loss, Samples, TrainingState, evaluate, predict,
    predict_examples,
};
use ae_autodiff::{ParamId, Params};
use ae_checkpoint::{Archive, CheckpointError};
use ae_layers::{Architecture, Sequential};
use ae_optim::Optimizer;
use ae_tensor::Tensor;

/// An auto-encoder: an [`Architecture`], the layers that were built for it, and their weights. They
/// always belong together.
///
/// ```
/// use ae_optim::RmsProp;
/// use ae_train::{AutoEncoder, Fit, Samples};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // 64 images of 16 pixels: a bright pair of neighbors on black.
/// let pixel = |i: usize| if (i / 16) % 8 == i % 16 / 2 { 255 } else { 0 };
/// let bytes: Vec<u8> = (0..64 * 16).map(pixel).collect();
/// let (train, test) = bytes.split_at(48 * 16);
/// let (train, test) = (Samples::new(train, [16]), Samples::new(test, [16]));
///
/// let mut model = AutoEncoder::parse("input 16; dense 4 relu | dense 16 sigmoid", 1)?;
/// let fit = Fit::new(&train).validate(&test).epochs(100).batch(16);
/// fit.run(&mut model, &mut RmsProp::new(0.02))?;
/// let codes = model.encode(&test);
/// assert_eq!(codes.shape().dims(), [16, 4]);
/// assert_eq!(model.decode(&codes), model.reconstruct(&test));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct AutoEncoder {
    architecture: Architecture,
    model: Sequential,
    params: Params,
    /// The encoder and the decoder, if the model is divided.
    parts: Option<(Sequential, Sequential)>,
}

/// Constructors.
impl AutoEncoder {
    /// The model of this description, as [`Architecture`] reads it, with weights drawn for this
    /// `seed`.
    ///
    /// # Errors
    /// [`ModelError::Architecture`] or [`ModelError::Build`].
    pub fn parse(description: &str, seed: u64) -> Result<Self, ModelError> {
        Self::from_architecture(description.parse()?, seed)
    }

    /// The model of this architecture, with weights drawn for this `seed`. An architecture with
    /// layers of other crates is read by a [`Registry`](ae_layers::Registry) that contains them.
    ///
    /// # Errors
    /// [`ModelError::Build`] if the layers do not fit together.
    pub fn from_architecture(architecture: Architecture, seed: u64) -> Result<Self, ModelError> {
        let mut params = Params::new();
        let (input, layers) = (architecture.input, &architecture.layers);
        let model = Sequential::build(input, layers, &mut params, seed)?;
        Ok(Self::of(architecture, model, params))
    }

    /// The model of this architecture with these weights, which are found by their names.
    ///
    /// # Errors
    /// [`ModelError::Build`] if the layers do not fit together, [`ModelError::Weights`] if `params`
    /// does not hold exactly their weights.
    pub fn from_parts(architecture: Architecture, params: &Params) -> Result<Self, ModelError> {
        let mut copy = Params::new();
        let mut taken = 0;
        let (input, layers) = (architecture.input, &architecture.layers);
        let model = Sequential::build_with(input, layers, &mut copy, |name, shape| {
            let found = params.find(name).map(|id| params.get(id));
            taken += 1;
            match found {
                Some(tensor) if tensor.shape() == shape => Ok(tensor.clone()),
                _ => Err(ModelError::weights(name, Some(shape), found.map(Tensor::shape))),
            }
        })?;
        if taken < params.len() {
            let mut names = params.ids().map(|id| (params.name(id), params.get(id).shape()));
            let (name, shape) = names
                .find(|(name, _)| copy.find(name).is_none())
                .expect("there are more weights than were taken");
            return Err(ModelError::weights(name, None, Some(shape)));
        }
        Ok(Self::of(architecture, model, copy))
    }

    /// Combines the three parts, which must belong together.
    fn of(architecture: Architecture, model: Sequential, params: Params) -> Self {
        let parts = architecture.divide(&model);
        Self { architecture, model, params, parts }
    }
}

/// Computations.
impl AutoEncoder {
    /// The model's outputs for the samples: `[count, ...sample shape]`.
    ///
    /// # Panics
    /// If the model takes samples of another shape.
    #[must_use]
    pub fn reconstruct(&self, examples: &impl AsExamples) -> Tensor {
        predict_examples(&self.model, &self.params, examples.as_examples())
    }

    /// The codes of the samples: `[count, ...code shape]`.
    ///
    /// # Panics
    /// If the model is not divided into an encoder and a decoder (see [`AutoEncoder::encoder`],
    /// which returns an error instead), or if it takes samples of another shape.
    #[must_use]
    #[track_caller]
    pub fn encode(&self, examples: &impl AsExamples) -> Tensor {
        let encoder = self.encoder().unwrap_or_else(|error| panic!("encode: {error}"));
        predict_examples(encoder, &self.params, examples.as_examples())
    }

    /// The decoder's outputs, `[count, ...sample shape]`, for these codes,
    /// `[count, ...code shape]`.
    ///
    /// # Panics
    /// If the model is not divided (see [`AutoEncoder::decoder`]), or if its codes have another
    /// shape.
    #[must_use]
    #[track_caller]
    pub fn decode(&self, codes: &Tensor) -> Tensor {
        let decoder = self.decoder().unwrap_or_else(|error| panic!("decode: {error}"));
        let code = decoder.input_shape();
        let count = codes.shape().dims().first().copied().unwrap_or(0);
        let found = codes.shape();
        assert!(found == code.with_batch(count), "decode: codes of {code}, not {found}");
        predict(decoder, &self.params, Samples::from_f32(codes.data(), code))
    }

    /// The mean loss of the examples: see [`evaluate`](fn@crate::evaluate).
    ///
    /// # Errors
    /// [`FitError`] if there are no examples, if the loss of this model with them cannot be
    /// computed, or if they cannot be read.
    pub fn evaluate(&self, examples: &impl AsExamples, loss: &dyn Loss) -> Result<f64, FitError> {
        let examples = examples.as_examples();
        check_objective("given", &Objective { model: &self.model, examples, loss })?;
        let loss = evaluate(&self.model, &self.params, examples, loss);
        examples.samples().fault().map_or(Ok(loss), |fault| Err(FitError::Data(fault)))
    }

    /// The first layers, which map a sample to a code. They use the weights of
    /// [`AutoEncoder::params`].
    ///
    /// # Errors
    /// [`ModelError::NotDivided`] if no bar in the description marks the end of the encoder, or if
    /// it is within a residual block.
    pub fn encoder(&self) -> Result<&Sequential, ModelError> {
        self.parts.as_ref().map(|(encoder, _)| encoder).ok_or_else(|| self.not_divided())
    }

    /// The other layers, which map a code to a sample. They use the weights of
    /// [`AutoEncoder::params`].
    ///
    /// # Errors
    /// [`ModelError::NotDivided`] if no bar in the description marks the end of the encoder, or if
    /// it is within a residual block.
    pub fn decoder(&self) -> Result<&Sequential, ModelError> {
        self.parts.as_ref().map(|(_, decoder)| decoder).ok_or_else(|| self.not_divided())
    }

    fn not_divided(&self) -> ModelError {
        ModelError::NotDivided(self.architecture.to_string())
    }
}

/// Access to the parts.
impl AutoEncoder {
    /// The description of its layers.
    #[must_use]
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// Its layers as they were built.
    #[must_use]
    pub fn sequential(&self) -> &Sequential {
        &self.model
    }

    /// Its weights.
    #[must_use]
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// The elements of one of its weights, which can be changed in place. Names and shapes do not
    /// change.
    ///
    /// # Panics
    /// If the id is not one of [`AutoEncoder::params`].
    #[must_use]
    pub fn weights_mut(&mut self, id: ParamId) -> &mut [f32] {
        self.params.get_mut(id).data_mut()
    }

    /// The table of its layers that Keras's `summary()` prints.
    #[must_use]
    pub fn summary(&self) -> String {
        self.model.summary(&self.params)
    }

    /// The three parts, for another training loop. [`AutoEncoder::from_parts`] combines them again.
    #[must_use]
    pub fn into_parts(self) -> (Architecture, Sequential, Params) {
        (self.architecture, self.model, self.params)
    }

    /// The layers, and the weights to be trained.
    pub(crate) fn model_and_params(&mut self) -> (&Sequential, &mut Params) {
        (&self.model, &mut self.params)
    }

    /// Restores the weights, the optimizer and the state of a training from an archive:
    /// [`restore`](fn@crate::restore) for this model.
    ///
    /// # Errors
    /// As [`restore`](fn@crate::restore).
    pub fn restore(
        &mut self,
        archive: &mut Archive,
        seed: u64,
        optimizer: &mut dyn Optimizer,
        rule: EarlyStopping,
    ) -> Result<TrainingState, CheckpointError> {
        restore(archive, seed, &mut self.params, optimizer, rule)
    }
}

#[cfg(test)]
mod tests;
