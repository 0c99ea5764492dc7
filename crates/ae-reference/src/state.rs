//! What flows through a model.

/// The purpose of a forward pass, as in `ae_layers::Mode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Nothing is drawn and nothing is penalized.
    Inference,
    /// Penalties count and codes are drawn, but nothing is dropped.
    Evaluation,
    /// Everything counts.
    Training,
}

/// What one layer hands to the next.
#[derive(Clone, Debug)]
pub struct State {
    /// The values, `[batch, ...]`, row-major.
    pub x: Vec<f64>,
    /// The number of samples.
    pub batch: usize,
    /// The inputs of the shortcuts that are open.
    pub kept: Vec<Vec<f64>>,
    /// The penalties so far, one number each.
    pub penalties: Vec<f64>,
    /// A fingerprint of all branches taken so far: on which side of a bend each number was, and
    /// which pixel each pooling chose. Two passes with the same one lie on the same smooth piece
    /// of the model.
    pub branches: u64,
}

impl State {
    /// The input of a model: `batch` samples in a row.
    #[must_use]
    pub fn new(x: Vec<f64>, batch: usize) -> Self {
        Self { x, batch, kept: Vec::new(), penalties: Vec::new(), branches: 0xcbf2_9ce4_8422_2325 }
    }

    /// Notes a branch (the hash of G. Fowler, L. C. Noll and K.-P. Vo, FNV-1a, on words).
    pub(crate) fn took(&mut self, branch: u64) {
        self.branches = (self.branches ^ branch).wrapping_mul(0x0100_0000_01b3).rotate_left(5);
    }
}
