//! A model's layers with their names and shapes, for exports and descriptions.

use crate::{Architecture, BuildError, LayerSpec, Parameter, Route, Shapes};
use ae_tensor::Shape;
use std::collections::BTreeMap;

/// A layer in its place.
#[derive(Clone, Debug)]
pub struct LayerOutline {
    /// Its name, `dense_1`. It is the prefix of its parameters' names, `dense_1/kernel` and
    /// `dense_1/bias`.
    pub name: String,
    /// The layer itself.
    pub spec: LayerSpec,
    /// The shape of one input sample.
    pub input: Shape,
    /// The shape of one output sample.
    pub output: Shape,
    /// The parameters that it needs.
    pub parameters: Vec<Parameter>,
}

/// The layers in a row from inputs of this shape, with their names and shapes.
///
/// # Errors
/// The first layer that does not fit its input, and why.
pub(crate) fn outline(
    mut input: Shape,
    layers: &[LayerSpec],
) -> Result<Vec<LayerOutline>, BuildError> {
    let mut names = Names::default();
    let mut outlines: Vec<LayerOutline> = Vec::with_capacity(layers.len());
    // What the open shortcuts have kept.
    let mut open = Vec::new();
    for spec in layers {
        let name = names.next(spec);
        match spec.route() {
            Route::Straight => {}
            Route::ShortcutBegins => open.push(input),
            Route::ShortcutEnds => match open.pop() {
                Some(kept) if kept == input => {}
                Some(expected) => {
                    return Err(BuildError::Shortcut { layer: name, expected, found: input });
                }
                None => return Err(BuildError::NoShortcut { layer: name }),
            },
        }
        let Shapes { output, parameters } = spec.shapes(&name, input)?;
        outlines.push(LayerOutline { name, spec: spec.clone(), input, output, parameters });
        input = output;
    }
    Ok(outlines)
}

impl Architecture {
    /// The layers, first to last, with the names and shapes that
    /// [`Sequential::build`](crate::Sequential::build) gives them. No weight is drawn.
    ///
    /// # Errors
    /// The first layer that does not fit its input, and why.
    pub fn outline(&self) -> Result<Vec<LayerOutline>, BuildError> {
        outline(self.input, &self.layers)
    }

    /// The number of weights of a model of this architecture, computed without drawing any;
    /// `usize::MAX` if the number overflows.
    ///
    /// # Errors
    /// The first layer that does not fit its input, and why.
    pub fn weight_count(&self) -> Result<usize, BuildError> {
        let layers = self.outline()?;
        let parameters = layers.iter().flat_map(|layer| &layer.parameters);
        Ok(parameters.fold(0usize, |sum, parameter| sum.saturating_add(parameter.shape.len())))
    }
}

/// Generates the names of layers: `dense_1`, `conv2d_1`, `dense_2`.
#[derive(Default)]
struct Names(BTreeMap<String, usize>);

impl Names {
    fn next(&mut self, layer: &LayerSpec) -> String {
        let keyword = layer.keyword();
        let count = self.0.entry(keyword.into()).or_default();
        *count += 1;
        format!("{keyword}_{count}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sequential;
    use ae_autodiff::Params;

    const WORDS: &str = "input 5x5x2; conv2d 3 3x3 stride 2x2 same relu; up_sampling2d 2x1; conv2d 1 1x1 stride 1x1 valid linear; \
                         flatten; dense 4 sigmoid; dense 2 relu";

    #[test]
    fn names_and_shapes_are_those_of_the_model_that_is_built() {
        let architecture: Architecture = WORDS.parse().unwrap();
        let outline = architecture.outline().unwrap();
        let names: Vec<&str> = outline.iter().map(|layer| layer.name.as_str()).collect();
        assert_eq!(
            names,
            ["conv2d_1", "up_sampling2d_1", "conv2d_2", "flatten_1", "dense_1", "dense_2"]
        );
        let mut params = Params::new();
        let model =
            Sequential::build(architecture.input, &architecture.layers, &mut params, 1).unwrap();
        assert!(params.find("conv2d_2/kernel").is_some() && params.find("dense_2/bias").is_some());
        for (i, layer) in outline.iter().enumerate().skip(1) {
            let (head, tail) = model.split_at(i);
            assert_eq!((head.output_shape(), tail.input_shape()), (layer.input, layer.input));
        }
        assert_eq!(outline[5].output, model.output_shape());
    }

    #[test]
    fn weights_are_counted_before_they_are_there() {
        let architecture: Architecture = WORDS.parse().unwrap();
        let mut params = Params::new();
        Sequential::build(architecture.input, &architecture.layers, &mut params, 1).unwrap();
        assert_eq!(architecture.weight_count(), Ok(params.element_count()));
        let large = "input 1048576; dense 1048576 relu; dense 1048576 relu";
        let large: Architecture = large.parse().unwrap();
        assert_eq!(large.weight_count(), Ok(2 * ((1 << 40) + (1 << 20))));
    }

    #[test]
    fn layers_that_do_not_fit_are_named() {
        let architecture: Architecture =
            "input 5x5x2; flatten; dense 2 relu; max_pooling2d 2x2 stride 1x1 same"
                .parse()
                .unwrap();
        let error = architecture.outline().unwrap_err();
        assert!(error.to_string().contains("max_pooling2d_1"), "{error}");
    }
}
