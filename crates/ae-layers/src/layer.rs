//! The trait that every layer implements, and the handle that a model holds.

use crate::footprint::AxisMap;
use crate::keras::Keras;
use crate::{BuildError, Init, Mode, Noise, Pass, onnx};
use ae_autodiff::{ParamId, Var};
use ae_tensor::{Activation, Shape};
use std::any::Any;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// A layer: its text in a description, its shapes for a given input, and its forward pass.
///
/// A layer owns no weights. It names the parameters that it needs ([`Layer::shapes`]); a
/// [`Sequential`](crate::Sequential) adds them to [`Params`](ae_autodiff::Params) and hands their
/// ids to the forward pass. So a layer is plain data, and two models can share it.
///
/// The first five methods are required. The others have safe defaults: by default, the model is not
/// run on tiles and cannot be exported to Keras or ONNX.
///
/// ```
/// use ae_autodiff::Var;
/// use ae_layers::{
///     ArchitectureError, BuildError, Layer, LayerSpec, Pass, Registry, Shapes, Site, Takes, Words,
/// };
/// use ae_tensor::Shape;
///
/// /// `factor * x`.
/// #[derive(Debug)]
/// struct Scale(f32);
///
/// impl Layer for Scale {
///     fn keyword(&self) -> &str { "scale" }
///     fn arguments(&self) -> String { self.0.to_string() }
///     fn takes(&self) -> Takes { Takes::Any }
///     fn shapes(&self, _name: &str, input: Shape) -> Result<Shapes, BuildError> {
///         Ok(Shapes::of(input))
///     }
///     fn forward(&self, pass: &mut Pass<'_, '_>, _site: &Site<'_>, x: Var) -> Var {
///         pass.tape.scale(x, self.0)
///     }
/// }
///
/// fn read(words: &mut Words<'_>) -> Result<LayerSpec, ArchitectureError> {
///     Ok(LayerSpec::new(Scale(words.weight()?)))
/// }
///
/// let registry = Registry::standard().with("scale", read);
/// let model = registry.parse("input 4; scale 0.5; dense 2 relu | dense 4 sigmoid")?;
/// assert_eq!(model.to_string(), "input 4; scale 0.5; dense 2 relu | dense 4 sigmoid");
/// # Ok::<(), ArchitectureError>(())
/// ```
pub trait Layer: Any + fmt::Debug + Send + Sync {
    /// The first word of its description. With a number it is the layer's name, as in Keras:
    /// `dense_1`, `dense_2`.
    fn keyword(&self) -> &str;

    /// The words after the keyword, separated by single spaces: what the layer's reader in a
    /// [`Registry`](crate::Registry) understands.
    fn arguments(&self) -> String;

    /// Whether its input must be images or a vector. This decides the shape of a model's input if
    /// this layer is the first.
    fn takes(&self) -> Takes;

    /// The shape of one output sample, and the parameters, for input samples of shape `input`.
    /// Shapes do not include the batch.
    ///
    /// # Errors
    /// If the layer, here called `name`, cannot take such an input. Extents may come from a file,
    /// so a product of them may overflow ([`Shape::checked`]).
    fn shapes(&self, name: &str, input: Shape) -> Result<Shapes, BuildError>;

    /// Records the layer's forward pass on `x`, `[batch, ...input shape]`, and returns
    /// `[batch, ...output shape]`.
    fn forward(&self, pass: &mut Pass<'_, '_>, site: &Site<'_>, x: Var) -> Var;

    /// The activation that is applied last. If it is not linear, [`Layer::without_activation`] must
    /// return the layer without it.
    fn activation(&self) -> Activation {
        Activation::Linear
    }

    /// The same layer without [`Layer::activation`]; `None` if that is linear.
    fn without_activation(&self) -> Option<LayerSpec> {
        None
    }

    /// The random numbers that each sample needs in this mode, for a layer called `name` with
    /// outputs of this shape.
    fn noise(&self, _name: &str, _output: Shape, _mode: Mode) -> Option<Noise> {
        None
    }

    /// Whether it adds a penalty to the loss in training.
    fn penalizes(&self) -> bool {
        false
    }

    /// One layer that computes this layer and the `next` faster than both in sequence, with the
    /// parameters of both.
    fn merged_with(&self, _next: &dyn Layer) -> Option<LayerSpec> {
        None
    }

    /// Whether a second way past the next layers begins or ends at it.
    fn route(&self) -> Route {
        Route::Straight
    }

    /// Its effect along an axis of an image, 0 (vertical) or 1; `None` if it is not the same
    /// everywhere.
    fn axis_map(&self, _axis: usize) -> Option<AxisMap> {
        None
    }

    /// Its class in Keras and the class's configuration; `None` if Keras has no such layer.
    fn keras(&self) -> Option<Keras> {
        None
    }

    /// Its nodes in ONNX, the first of which reads the layer's input; `None` if ONNX cannot express
    /// it. The list is empty for a layer that does nothing outside of training.
    fn onnx(&self, _input: Shape, _output: Shape) -> Option<Vec<onnx::Node>> {
        None
    }
}

/// Which inputs a layer takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Takes {
    /// `(height, width, channels)`.
    Images,
    /// `(length,)`.
    Vectors,
    /// Any shape.
    Any,
}

/// The way of the values through a layer, in a chain of layers with shortcut connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Route {
    /// From the layer before it to the next one.
    Straight,
    /// Its input is also kept for the layer that ends the shortcut: see [`crate::shortcut`].
    ShortcutBegins,
    /// It also takes what the last open shortcut has kept, of the same shape: see [`crate::add`].
    ShortcutEnds,
}

/// The shape of a layer's output, without the batch, and its parameters, for a given input.
#[derive(Clone, Debug)]
pub struct Shapes {
    /// The shape of one output sample.
    pub output: Shape,
    /// The parameters, in the order of [`Site::params`].
    pub parameters: Vec<Parameter>,
}

impl Shapes {
    /// A layer without parameters.
    #[must_use]
    pub fn of(output: Shape) -> Self {
        Self { output, parameters: Vec::new() }
    }

    /// A layer with a kernel, drawn by Glorot and Bengio's rule, and a bias, which is initially
    /// zero.
    #[must_use]
    pub fn with_kernel(output: Shape, kernel: Shape, bias: Shape) -> Self {
        let kernel = Parameter { name: "kernel", shape: kernel, init: Init::GlorotUniform };
        let bias = Parameter { name: "bias", shape: bias, init: Init::Zeros };
        Self { output, parameters: vec![kernel, bias] }
    }
}

/// A tensor of weights that a layer needs.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// The second part of its name: `kernel` in `dense_1/kernel`.
    pub name: &'static str,
    /// Its shape.
    pub shape: Shape,
    /// Its initial values.
    pub init: Init,
}

/// A layer's place in a model.
#[derive(Clone, Copy, Debug)]
pub struct Site<'a> {
    /// The layer's name, `dense_1`.
    pub name: &'a str,
    /// The shape of one input sample.
    pub input: Shape,
    /// The shape of one output sample.
    pub output: Shape,
    /// The ids of the layer's parameters, in the order of [`Shapes::parameters`].
    pub params: &'a [ParamId],
}

/// A handle on a layer, cheap to clone. A model is made of these. Two are equal if their
/// descriptions are equal.
#[derive(Clone)]
pub struct LayerSpec(Arc<dyn Layer>);

impl LayerSpec {
    /// A handle on this layer.
    #[must_use]
    pub fn new(layer: impl Layer) -> Self {
        Self(Arc::new(layer))
    }

    /// The layer itself, if it is of this type.
    #[must_use]
    pub fn downcast_ref<L: Layer>(&self) -> Option<&L> {
        let layer: &dyn Any = &*self.0;
        layer.downcast_ref()
    }
}

impl Deref for LayerSpec {
    type Target = dyn Layer;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl PartialEq for LayerSpec {
    fn eq(&self, other: &Self) -> bool {
        self.keyword() == other.keyword() && self.arguments() == other.arguments()
    }
}

/// The description: `dense 10 relu`.
impl fmt::Display for LayerSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.keyword())?;
        let arguments = self.arguments();
        if arguments.is_empty() { Ok(()) } else { write!(f, " {arguments}") }
    }
}

impl fmt::Debug for LayerSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
