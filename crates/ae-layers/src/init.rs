//! Initial weights.

use ae_tensor::random::{Purpose, stream};
use ae_tensor::{Shape, Tensor};

/// The initial values of a parameter.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Init {
    /// See [`glorot_uniform`].
    GlorotUniform,
    /// Zeros.
    Zeros,
    /// This number everywhere.
    Constant(f32),
    /// The result of this function for the shape, the seed and the parameter's index in the model.
    Drawn(fn(Shape, u64, u64) -> Tensor),
}

impl Init {
    /// A tensor of this shape for the parameter at `place`, counted from 0, in a model of this
    /// seed.
    ///
    /// # Panics
    /// If [`Init::GlorotUniform`] is used for a vector.
    #[must_use]
    pub fn tensor(self, shape: Shape, seed: u64, place: u64) -> Tensor {
        match self {
            Self::GlorotUniform => glorot_uniform(shape, seed, place),
            Self::Zeros => Tensor::zeros(shape),
            Self::Constant(value) => Tensor::full(shape, value),
            Self::Drawn(draw) => draw(shape, seed, place),
        }
    }
}

/// The half-width of [`glorot_uniform`]'s interval, `sqrt(6 / (fan_in + fan_out))`.
///
/// The fans of a dense kernel `[in, out]` are its extents; those of a convolution kernel
/// `[height, width, in, out]` are `in` and `out` times `height * width`. They are the number of
/// terms of a sum, forwards and backwards.
///
/// # Panics
/// If the rank is below 2: fans are not defined for a vector.
#[must_use]
pub fn glorot_limit(shape: Shape) -> f64 {
    let dims = shape.dims();
    assert!(dims.len() >= 2, "glorot_uniform: a kernel has rank 2 or more, got shape {shape}");
    let (field, fans) = dims.split_at(dims.len() - 2);
    let receptive: usize = field.iter().product();
    (6.0 / (receptive * (fans[0] + fans[1])) as f64).sqrt()
}

/// A kernel drawn uniformly from `[-l, l)` with `l` the [`glorot_limit`], which keeps the variance
/// of activations and of gradients alike from layer to layer (X. Glorot and Y. Bengio,
/// "Understanding the difficulty of training deep feedforward neural networks", AISTATS 2010,
/// equation 16).
///
/// The numbers depend only on `seed` and on `index`, the parameter's index in the model.
///
/// # Panics
/// If the rank is below 2.
#[must_use]
pub fn glorot_uniform(shape: Shape, seed: u64, index: u64) -> Tensor {
    let limit = glorot_limit(shape) as f32;
    Tensor::uniform(shape, -limit, limit, &mut stream(seed, Purpose::Weights, 0, index))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_those_of_the_paper() {
        assert_eq!(glorot_limit(Shape::from([784, 10])), (6.0f64 / 794.0).sqrt());
        assert_eq!(glorot_limit(Shape::from([3, 3, 1, 32])), (6.0f64 / 297.0).sqrt());
    }

    #[test]
    fn weights_fill_the_interval_evenly() {
        let w = glorot_uniform(Shape::from([784, 10]), 1, 0);
        let limit = glorot_limit(w.shape()) as f32;
        assert!(w.data().iter().all(|x| (-limit..limit).contains(x)));
        // The variance of U(-l, l) is l^2 / 3.
        let variance = w.clone().map(|x| x * x).mean();
        assert!((variance / f64::from(limit * limit / 3.0) - 1.0).abs() < 0.03, "{variance}");
        assert!(w.mean().abs() < 0.002);
        assert_ne!(w, glorot_uniform(w.shape(), 1, 1));
        assert_ne!(w, glorot_uniform(w.shape(), 2, 0));
    }
}
