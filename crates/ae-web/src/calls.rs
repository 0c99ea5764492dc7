//! The engine as a page calls it: bytes in, bytes out, and handles of models and trainings.
//!
//! A page cannot give Rust a slice. It asks where the input is ([`Calls::input`]), writes its bytes
//! there, calls a function with some numbers, and reads the output. Numbers are little-endian, as
//! in all of WebAssembly; an f32 takes four bytes. Text is JSON.

mod slots;

use crate::engine::{
    EngineError, Model, Trainer, TrainerOptions, Weight, centered, components, noisy,
};
use serde_json::json;
use slots::Slots;

/// What lives between two calls.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    /// What the page has written.
    input: Vec<u8>,
    /// The result of the last call, or the line of its error.
    output: Vec<u8>,
    models: Slots<Model>,
    trainers: Slots<Trainer>,
}

/// A call that was refused: the output is the reason.
pub(crate) const REFUSED: i32 = -1;

impl Calls {
    /// Makes room for an input of `len` bytes.
    pub(crate) fn input(&mut self, len: usize) -> &mut [u8] {
        self.input.clear();
        self.input.resize(len, 0);
        &mut self.input
    }

    pub(crate) fn output(&self) -> &[u8] {
        &self.output
    }

    /// Runs a call and returns its result, a handle or 0, or [`REFUSED`].
    pub(crate) fn run(&mut self, work: impl FnOnce(&mut Self) -> Result<i32, EngineError>) -> i32 {
        self.output.clear();
        let result = work(self).unwrap_or_else(|error| {
            self.output = error.to_string().into_bytes();
            REFUSED
        });
        // What may be large is not kept.
        self.input = Vec::new();
        result
    }

    /// The input as f32.
    fn numbers(&self) -> Result<Vec<f32>, EngineError> {
        numbers("input", &self.input)
    }

    fn write(&mut self, numbers: &[f32]) -> i32 {
        self.output.extend_from_slice(bytemuck::cast_slice(numbers));
        0
    }

    fn write_text(&mut self, value: &serde_json::Value) -> i32 {
        self.output = value.to_string().into_bytes();
        0
    }

    /// The input is a model's file; returns its handle.
    pub(crate) fn read_model(&mut self) -> Result<i32, EngineError> {
        Ok(self.models.add(Model::read(&self.input)?))
    }

    /// The output is JSON.
    pub(crate) fn describe(&mut self, model: u32) -> Result<i32, EngineError> {
        let model = self.models.get(model)?;
        let [height, width, channels] = model.image();
        let layers = model.layers().iter().map(|layer| {
            json!({
                "name": layer.name,
                "kind": layer.kind,
                "words": layer.words,
                "output": layer.output,
                "kernel": layer.kernel,
                "parameters": layer.parameters,
            })
        });
        let value = json!({
            "input": { "height": height, "width": width, "channels": channels },
            "codeLength": model.code_len().unwrap_or(0),
            "parameters": model.parameters(),
            "layers": layers.collect::<Vec<_>>(),
        });
        Ok(self.write_text(&value))
    }

    /// Images in, images out.
    pub(crate) fn predict(&mut self, model: u32) -> Result<i32, EngineError> {
        let images = self.models.get(model)?.predict(&self.numbers()?)?;
        Ok(self.write(&images))
    }

    /// Images in, codes out.
    pub(crate) fn encode(&mut self, model: u32) -> Result<i32, EngineError> {
        let codes = self.models.get(model)?.encode(&self.numbers()?)?;
        Ok(self.write(&codes))
    }

    /// Codes in, images out.
    pub(crate) fn decode(&mut self, model: u32) -> Result<i32, EngineError> {
        let images = self.models.get(model)?.decode(&self.numbers()?)?;
        Ok(self.write(&images))
    }

    /// An image in; the values after a layer out, whose shape is in the description.
    pub(crate) fn activations(&mut self, model: u32, layer: usize) -> Result<i32, EngineError> {
        let activations = self.models.get(model)?.activations(&self.numbers()?, layer)?;
        Ok(self.write(&activations.values))
    }

    /// The kernel and then the bias; the description tells how long the kernel is.
    pub(crate) fn weights(&mut self, model: u32, layer: usize) -> Result<i32, EngineError> {
        let weights = self.models.get(model)?.weights(layer)?;
        let both = [weights.kernel, weights.bias].concat();
        Ok(self.write(&both))
    }

    /// An image and its target in; three f64 out: the loss, the gradient and the difference.
    pub(crate) fn gradient(
        &mut self,
        model: u32,
        weight: Weight<'_>,
        step: f32,
    ) -> Result<i32, EngineError> {
        let both = self.numbers()?;
        let (input, target) = both.split_at(both.len() / 2);
        let check = self.models.get(model)?.gradient(input, target, weight, step)?;
        let values = [check.loss, check.gradient, check.difference];
        self.output.extend_from_slice(bytemuck::cast_slice(&values));
        Ok(0)
    }

    /// The bytes of the model's file out.
    pub(crate) fn save(&mut self, model: u32) -> Result<i32, EngineError> {
        self.output = self.models.get(model)?.save();
        Ok(0)
    }

    pub(crate) fn free_model(&mut self, model: u32) -> Result<i32, EngineError> {
        self.models.remove(model).map(|()| 0)
    }

    /// Images in, images with noise out.
    pub(crate) fn noise(
        &mut self,
        (count, level, seed, first): (usize, f32, u64, usize),
    ) -> Result<i32, EngineError> {
        let noisy = noisy(&self.numbers()?, count, level, seed, first)?;
        Ok(self.write(&noisy))
    }

    /// Codes in; out their mean, the components, the deviations and the explained shares, `k` of
    /// each, which is returned.
    pub(crate) fn pca(&mut self, length: usize) -> Result<i32, EngineError> {
        let found = components(&self.numbers()?, length)?;
        for part in [&found.mean, &found.components, &found.deviations, &found.explained] {
            self.write(part);
        }
        Ok(i32::try_from(found.deviations.len()).expect("a code is not that long"))
    }

    /// Bytes of a drawing in, 28 x 28 numbers out.
    pub(crate) fn centered(&mut self, width: usize, height: usize) -> Result<i32, EngineError> {
        let image = centered(&self.input, width, height)?;
        Ok(self.write(&image))
    }

    /// The options as JSON, `options` bytes, then the bytes of the training images, `train` of
    /// them, then those of the test images; returns a handle.
    pub(crate) fn new_trainer(&mut self, options: usize, train: usize) -> Result<i32, EngineError> {
        let wrong = |found: &str| EngineError::new("options", "those of a training", found);
        let Some((text, images)) = self.input.split_at_checked(options) else {
            return Err(wrong("fewer bytes"));
        };
        let Some((train, test)) = images.split_at_checked(train) else {
            return Err(EngineError::new("training images", train, images.len()));
        };
        let options: TrainerOptions =
            serde_json::from_slice(text).map_err(|error| wrong(&error.to_string()))?;
        let trainer = Trainer::new(&options, train.to_vec(), test.to_vec())?;
        Ok(self.trainers.add(trainer))
    }

    /// f64 out: epoch, batch, batches, loss, 1 if it is done, and for each epoch that has ended its
    /// number, loss and validation loss.
    pub(crate) fn step(&mut self, trainer: u32, batches: usize) -> Result<i32, EngineError> {
        let report = self.trainers.get_mut(trainer)?.step(batches)?;
        let mut values: Vec<f64> =
            [report.epoch, report.batch, report.batches].map(|n| n as f64).into();
        values.extend([report.loss, f64::from(u8::from(report.done))]);
        for (epoch, losses) in &report.ended {
            values.extend([*epoch as f64, losses.loss, losses.val_loss]);
        }
        self.output.extend_from_slice(bytemuck::cast_slice(&values));
        Ok(0)
    }

    /// The handle of a copy of the model as it is now.
    pub(crate) fn trained(&mut self, trainer: u32) -> Result<i32, EngineError> {
        let model = self.trainers.get_mut(trainer)?.model()?;
        Ok(self.models.add(model))
    }

    pub(crate) fn free_trainer(&mut self, trainer: u32) -> Result<i32, EngineError> {
        self.trainers.remove(trainer).map(|()| 0)
    }
}

/// Bytes as f32.
fn numbers(what: &'static str, bytes: &[u8]) -> Result<Vec<f32>, EngineError> {
    if !bytes.len().is_multiple_of(size_of::<f32>()) {
        return Err(EngineError::new(what, "numbers of 4 bytes", bytes.len()));
    }
    Ok(bytemuck::pod_collect_to_vec(bytes))
}

#[cfg(test)]
mod tests;
