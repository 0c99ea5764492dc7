//! Gradients of a limited length.

use ae_autodiff::{Grads, Params};

/// Clips gradients by their global norm (R. Pascanu, T. Mikolov and Y. Bengio, "On the difficulty of training recurrent neural
/// networks", ICML 2013, section 3.2): Keras's `global_clipnorm`, PyTorch's `clip_grad_norm_`.
///
/// With all gradients as one vector `g`:
///
/// ```text
/// g = g max / |g|        if |g| > max
/// ```
///
/// Its direction stays, and no weight is favoured. The norm is summed up in f64, in the order of the parameters.
#[derive(Debug)]
pub(crate) struct Clip {
    max: f64,
    clipped: Grads,
}

impl Clip {
    /// To norms of at most `max`.
    pub(crate) fn new(max: f64, params: &Params) -> Self {
        Self { max, clipped: Grads::zeros_like(params) }
    }

    /// The gradients of `params`, scaled if they are too long. They must be finite.
    pub(crate) fn apply<'a>(&'a mut self, params: &Params, grads: &'a Grads) -> &'a Grads {
        let norm = global_norm(params, grads);
        if norm <= self.max {
            return grads;
        }
        self.clipped.set_zero();
        self.clipped.add_weighted((self.max / norm) as f32, grads);
        &self.clipped
    }
}

/// The root of the sum of all squares.
fn global_norm(params: &Params, grads: &Grads) -> f64 {
    let numbers = params.ids().flat_map(|id| grads.get(id).data());
    numbers.map(|&g| f64::from(g) * f64::from(g)).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ae_autodiff::{Buffers, Tape};
    use ae_tensor::Tensor;

    /// Two parameters, and gradients of them: 3, and 0 and 4.
    fn gradients() -> (Params, Grads) {
        let mut params = Params::new();
        let ids = [params.add("a", Tensor::zeros([1, 1])), params.add("b", Tensor::zeros([1, 2]))];
        let columns = [Tensor::new([1, 1], vec![3.0]), Tensor::new([2, 1], vec![0.0, 4.0])];
        let (mut grads, mut buffers) = (Grads::zeros_like(&params), Buffers::new());
        let mut tape = Tape::new(&params, &mut buffers);
        let [a, b] = [0, 1].map(|i| {
            let (row, column) = (tape.param(ids[i]), tape.input(&columns[i]));
            tape.matmul(row, column)
        });
        let loss = tape.add(a, b);
        tape.backward(loss, &mut grads);
        (params, grads)
    }

    fn clipped(max: f64) -> Vec<f32> {
        let (params, grads) = gradients();
        let mut clip = Clip::new(max, &params);
        let clipped = clip.apply(&params, &grads);
        params.ids().flat_map(|id| clipped.get(id).data().to_vec()).collect()
    }

    #[test]
    fn what_is_too_long_keeps_its_direction_and_is_as_long_as_allowed() {
        assert_eq!(clipped(2.5), [1.5, 0.0, 2.0]);
        let norm = clipped(1e-3).iter().map(|&g| f64::from(g).powi(2)).sum::<f64>().sqrt();
        assert!((norm / 1e-3 - 1.0).abs() < 1e-6, "{norm}");
    }

    #[test]
    fn what_is_short_enough_stays_as_it_is() {
        assert_eq!(clipped(5.0), [3.0, 0.0, 4.0]);
        assert_eq!(clipped(f64::INFINITY), [3.0, 0.0, 4.0]);
    }
}
