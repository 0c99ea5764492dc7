//! The gradients of the weights.

use crate::{ParamId, Params};
use ae_tensor::kernels::sum::sum_of_squares;
use ae_tensor::{Shape, Tensor, current_threads, for_each_with};

/// The number of elements per task: their sums stay in the first cache while the parts are added.
const BLOCK: usize = 8 * 1024;

/// Below this many operations, waking another thread takes longer than it saves.
const WORTH_SPLITTING: usize = 256 * 1024;

/// The gradient of the loss by every parameter, allocated once and overwritten by each
/// [`Tape::backward`](crate::Tape::backward).
#[derive(Clone, Debug)]
pub struct Grads {
    tensors: Vec<Tensor>,
}

impl Grads {
    /// Zeros in the shapes of `params`.
    #[must_use]
    pub fn zeros_like(params: &Params) -> Self {
        Self { tensors: params.tensors().iter().map(|t| Tensor::zeros(t.shape())).collect() }
    }

    /// The gradient by one parameter, in its shape.
    #[must_use]
    pub fn get(&self, id: ParamId) -> &Tensor {
        &self.tensors[id.0]
    }

    /// The gradient by one parameter, to be changed in place before the optimizer sees it.
    #[must_use]
    pub fn get_mut(&mut self, id: ParamId) -> &mut Tensor {
        &mut self.tensors[id.0]
    }

    /// The gradients of all parameters, in the order in which the parameters were added.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (ParamId, &Tensor)> {
        self.tensors.iter().enumerate().map(|(i, tensor)| (ParamId(i), tensor))
    }

    /// The same, to be changed in place.
    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = (ParamId, &mut Tensor)> {
        self.tensors.iter_mut().enumerate().map(|(i, tensor)| (ParamId(i), tensor))
    }

    /// The Euclidean norm of all gradients taken as one vector, `sqrt(sum g^2)`, accumulated in f64
    /// in a fixed order.
    #[must_use]
    pub fn global_norm(&self) -> f64 {
        self.tensors.iter().map(|g| sum_of_squares(g.data())).sum::<f64>().sqrt()
    }

    /// Scales all gradients by `max / norm` if their [`Grads::global_norm`] is above `max`, and
    /// returns the norm before scaling (R. Pascanu, T. Mikolov and Y. Bengio, "On the difficulty of
    /// training recurrent neural networks", 2013, section 3.2). The direction does not change. This
    /// is the `global_clipnorm` of Keras and the `clip_grad_norm_` of PyTorch.
    ///
    /// A norm that is NaN or infinite changes nothing, so that [`Grads::is_finite`] still sees it.
    ///
    /// # Panics
    /// If `max` is not positive.
    #[track_caller]
    pub fn clip_to_norm(&mut self, max: f64) -> f64 {
        assert!(max > 0.0, "clip_to_norm: a norm of at most {max}");
        let norm = self.global_norm();
        if norm > max && norm.is_finite() {
            let factor = (max / norm) as f32;
            self.for_each_block(1, |_, _, block| block.iter_mut().for_each(|g| *g *= factor));
        }
        norm
    }

    /// Whether every gradient is a finite number.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        self.tensors.iter().all(Tensor::is_finite)
    }

    /// Makes this the weighted sum of `parts`, element by element and in their order: pairs of a
    /// weight and gradients. The gradient of a mean over a batch is the sum of those over its
    /// parts, each weighted with its share of the samples.
    ///
    /// Each sum begins at 0. The elements of large gradients are split over threads; each sum is
    /// still added in the order of the parts, so the result has the same bits for any number.
    ///
    /// # Panics
    /// If a part was made for other parameters.
    pub fn set_weighted_sum(&mut self, parts: &[(f32, &Self)]) {
        self.weighted_sum(false, parts);
    }

    /// As [`Grads::set_weighted_sum`], added to what is here.
    ///
    /// # Panics
    /// If a part was made for other parameters.
    pub fn add_weighted_sum(&mut self, parts: &[(f32, &Self)]) {
        self.weighted_sum(true, parts);
    }

    fn weighted_sum(&mut self, kept: bool, parts: &[(f32, &Self)]) {
        for (_, part) in parts {
            self.check_same(part);
        }
        self.for_each_block(parts.len(), |tensor, start, sum| {
            if !kept {
                sum.fill(0.0);
            }
            for (weight, part) in parts {
                let part = &part.tensors[tensor].data()[start..];
                sum.iter_mut().zip(part).for_each(|(sum, &x)| *sum += weight * x);
            }
        });
    }

    /// The number of elements of all gradients.
    #[must_use]
    pub fn element_count(&self) -> usize {
        self.tensors.iter().map(Tensor::len).sum()
    }

    /// Adds the weighted sum of `parts` to `out`, as [`Grads::add_weighted_sum`] does, for the
    /// elements from `start` on of all gradients taken as one vector. So a sum can be sent in
    /// pieces and continued elsewhere, with the same bits.
    ///
    /// # Panics
    /// If `out` reaches beyond the last element, or the parts were made for different parameters.
    pub fn add_weighted_elements(parts: &[(f32, &Self)], start: usize, out: &mut [f32]) {
        let Some((_, first)) = parts.first() else { return };
        parts.iter().for_each(|(_, part)| first.check_same(part));
        let add = |start, out: &mut [f32]| {
            for (weight, part) in parts {
                part.for_each_piece(start, out, |out, part| {
                    out.iter_mut().zip(part).for_each(|(sum, &x)| *sum += weight * x);
                });
            }
        };
        if out.len() * parts.len() < WORTH_SPLITTING {
            return add(start, out);
        }
        let mut blocks: Vec<_> = out.chunks_mut(BLOCK).collect();
        for_each_with(&mut vec![(); current_threads()], &mut blocks, |(), i, block| {
            add(start + i * BLOCK, block);
        });
    }

    /// Copies the elements from `start` on of all gradients, taken as one vector, to `out`.
    ///
    /// # Panics
    /// If `out` reaches beyond the last element.
    pub fn copy_elements_to(&self, start: usize, out: &mut [f32]) {
        self.for_each_piece(start, out, <[f32]>::copy_from_slice);
    }

    /// Replaces all gradients by the elements of this vector.
    ///
    /// # Panics
    /// If it has another length than [`Grads::element_count`].
    pub fn set_elements(&mut self, elements: &[f32]) {
        let (expected, found) = (self.element_count(), elements.len());
        assert!(found == expected, "set_elements: {found} elements for {expected}");
        let mut rest = elements;
        for tensor in &mut self.tensors {
            let (own, others) = rest.split_at(tensor.len());
            tensor.data_mut().copy_from_slice(own);
            rest = others;
        }
    }

    /// Calls `work` with pieces of `out` and the elements that belong there, from `start` on in all
    /// gradients taken as one vector.
    fn for_each_piece(
        &self,
        start: usize,
        out: &mut [f32],
        mut work: impl FnMut(&mut [f32], &[f32]),
    ) {
        let (mut skipped, mut rest) = (start, out);
        for tensor in &self.tensors {
            let own = tensor.data().get(skipped..).unwrap_or_default();
            skipped -= skipped.min(tensor.len());
            let (piece, others) = rest.split_at_mut(own.len().min(rest.len()));
            work(piece, &own[..piece.len()]);
            rest = others;
        }
        assert!(rest.is_empty(), "gradients: {} elements too many", rest.len());
    }

    /// Calls `work(tensor, start, block)` for blocks of every tensor, of [`BLOCK`] elements from
    /// `start` on; on several threads if there is enough to do, with `operations` for each element.
    fn for_each_block(
        &mut self,
        operations: usize,
        work: impl Fn(usize, usize, &mut [f32]) + Sync,
    ) {
        let total: usize = self.tensors.iter().map(Tensor::len).sum();
        let blocks = self.tensors.iter_mut().enumerate().flat_map(|(tensor, x)| {
            let blocks = x.data_mut().chunks_mut(BLOCK).enumerate();
            blocks.map(move |(i, block)| (tensor, i * BLOCK, block))
        });
        if total * operations < WORTH_SPLITTING {
            blocks.for_each(|(tensor, start, block)| work(tensor, start, block));
        } else {
            let mut blocks: Vec<_> = blocks.collect();
            let mut lanes = vec![(); current_threads()];
            for_each_with(&mut lanes, &mut blocks, |(), _, (tensor, start, block)| {
                work(*tensor, *start, block);
            });
        }
    }

    /// # Panics
    /// If `part` was made for other parameters.
    fn check_same(&self, part: &Self) {
        let shapes = |grads: &Self| grads.tensors.iter().map(Tensor::shape).collect::<Vec<_>>();
        assert!(
            self.tensors.iter().map(Tensor::shape).eq(part.tensors.iter().map(Tensor::shape)),
            "weighted sum: gradients of shapes {:?} to those of shapes {:?}",
            shapes(part),
            shapes(self)
        );
    }

    /// Whether there is one for each of these parameters, in its shape.
    #[must_use]
    pub fn matches(&self, params: &Params) -> bool {
        self.tensors.len() == params.len()
            && self.tensors.iter().zip(params.tensors()).all(|(g, p)| g.shape() == p.shape())
    }

    /// # Panics
    /// If these are not the gradients of parameters of these shapes.
    pub(crate) fn check_shapes(&self, params: &Params) {
        let shapes = |tensors: &[Tensor]| tensors.iter().map(Tensor::shape).collect::<Vec<Shape>>();
        assert!(
            self.matches(params),
            "backward: gradients of shapes {:?} for parameters of shapes {:?}",
            shapes(&self.tensors),
            shapes(params.tensors())
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ae_testkit::Sampler;

    fn grads(values: [f32; 3]) -> Grads {
        let [a, b, c] = values;
        Grads { tensors: vec![Tensor::new([2], vec![a, b]), Tensor::scalar(c)] }
    }

    #[test]
    fn weighted_sums_begin_at_zero() {
        let mut sum = grads([9.0; 3]);
        let parts = [grads([1.0, 2.0, 4.0]), grads([1.0, -2.0, 8.0])];
        sum.set_weighted_sum(&[(0.25, &parts[0]), (0.75, &parts[1])]);
        assert_eq!(sum.tensors[0].data(), [1.0, -1.0]);
        assert_eq!(sum.tensors[1].item(), 7.0);
        sum.add_weighted_sum(&[(2.0, &parts[0])]);
        assert_eq!(sum.tensors[0].data(), [3.0, 3.0]);
        assert_eq!(sum.tensors[1].item(), 15.0);
    }

    #[test]
    fn weighted_sums_are_added_in_order_for_any_number_of_threads() {
        let mut sampler = Sampler::new(5);
        let mut part = |len: usize| {
            let mut draw = |len| {
                let x = sampler.vec(len, -1.0, 1.0).into_iter();
                Tensor::new(
                    [len],
                    x.enumerate().map(|(i, x)| x * 10f32.powi(i as i32 % 9)).collect(),
                )
            };
            Grads { tensors: vec![draw(len), draw(3), draw(BLOCK)] }
        };
        for len in [5, 4 * BLOCK + 7] {
            let parts: Vec<Grads> = (0..9).map(|_| part(len)).collect();
            let weights = |i: usize| 1.0 / (i + 2) as f32;
            let weighted: Vec<_> = parts.iter().enumerate().map(|(i, g)| (weights(i), g)).collect();
            let sum = |threads| {
                let mut sum = parts[0].clone();
                let run = || {
                    sum.set_weighted_sum(&weighted[..4]);
                    sum.add_weighted_sum(&weighted[4..]);
                };
                ae_tensor::with_threads(threads, run).expect("threads start");
                sum.tensors
            };
            let one = sum(1);
            for (t, tensor) in one.iter().enumerate() {
                for (i, &found) in tensor.data().iter().enumerate() {
                    let terms = weighted.iter().map(|(w, g)| w * g.tensors[t].data()[i]);
                    assert_eq!(found, terms.fold(0.0, |sum, term| sum + term));
                }
            }
            assert!([2, 3, 5].into_iter().all(|threads| sum(threads) == one), "{len}");
        }
    }

    #[test]
    fn a_sum_in_pieces_has_the_same_bits() {
        let mut sampler = Sampler::new(7);
        let mut part = || {
            let mut draw = |len| Tensor::new([len], sampler.vec(len, -1.0, 1.0));
            Grads { tensors: vec![draw(40_000), draw(1), draw(3), draw(5 * BLOCK)] }
        };
        let parts = [part(), part(), part(), part()];
        let weighted = [(0.3, &parts[0]), (0.2, &parts[1]), (0.1, &parts[2]), (0.4, &parts[3])];
        let mut whole = part();
        whole.set_weighted_sum(&weighted);
        let len = whole.element_count();
        assert_eq!(len, 40_004 + 5 * BLOCK);
        // The last is large enough for several threads.
        for piece in [39_999, 40_001, len] {
            let mut row = vec![0.0; len];
            for (i, out) in row.chunks_mut(piece).enumerate() {
                Grads::add_weighted_elements(&weighted[..2], i * piece, out);
                Grads::add_weighted_elements(&weighted[2..], i * piece, out);
                Grads::add_weighted_elements(&[], i * piece, out);
            }
            let mut sum = part();
            sum.set_elements(&row);
            assert!(sum.tensors == whole.tensors, "{piece}");
            let mut copy = vec![0.0; len];
            let copies = copy.chunks_mut(piece).enumerate();
            copies.for_each(|(i, out)| sum.copy_elements_to(i * piece, out));
            assert_eq!(copy, row);
        }
    }

    #[test]
    #[should_panic(expected = "gradients: 1 elements too many")]
    fn a_piece_beyond_the_end_is_refused() {
        grads([0.0; 3]).copy_elements_to(2, &mut [0.0; 2]);
    }

    #[test]
    #[should_panic(
        expected = "weighted sum: gradients of shapes [(1,)] to those of shapes [(2,), ()]"
    )]
    fn a_sum_wants_the_same_parameters() {
        grads([0.0; 3]).set_weighted_sum(&[(1.0, &Grads { tensors: vec![Tensor::zeros([1])] })]);
    }

    #[test]
    fn clipping_keeps_the_direction() {
        let mut clipped = grads([2.0, -3.0, 6.0]);
        assert_eq!((clipped.global_norm(), clipped.clip_to_norm(7.0)), (7.0, 7.0));
        assert_eq!(clipped.tensors[1].item(), 6.0, "a norm of just max is not clipped");
        assert_eq!(clipped.clip_to_norm(3.5), 7.0);
        assert_eq!(clipped.tensors[0].data(), [1.0, -1.5]);
        assert_eq!(clipped.tensors[1].item(), 3.0);
        assert_eq!(clipped.clip_to_norm(f64::INFINITY), 3.5);
    }

    #[test]
    fn clipping_does_not_hide_a_broken_gradient() {
        for broken in [f32::NAN, f32::INFINITY] {
            let mut clipped = grads([1.0, broken, 2.0]);
            assert!(!clipped.clip_to_norm(1.0).is_finite());
            assert!(!clipped.is_finite());
            assert_eq!(clipped.tensors[1].item(), 2.0);
        }
        // Squares of f32 numbers do not overflow in f64.
        let mut large = grads([f32::MAX, 0.0, 0.0]);
        assert_eq!(large.clip_to_norm(1.0), f64::from(f32::MAX));
        assert!((large.global_norm() - 1.0).abs() < 1e-6);
    }

    #[test]
    #[should_panic(expected = "clip_to_norm: a norm of at most NaN")]
    fn clipping_wants_a_norm() {
        let _ = grads([1.0; 3]).clip_to_norm(f64::NAN);
    }

    #[test]
    fn gradients_are_read_and_changed_by_id() {
        let mut all = grads([1.0, 2.0, 3.0]);
        for (id, gradient) in all.iter_mut() {
            gradient.data_mut().iter_mut().for_each(|g| *g += 10.0 * id.index() as f32);
        }
        let first: Vec<(usize, f32)> =
            all.iter().map(|(id, g)| (id.index(), g.data()[0])).collect();
        assert_eq!(first, [(0, 1.0), (1, 13.0)]);
    }
}
