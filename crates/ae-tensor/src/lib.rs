//! Contiguous f32 tensors and the vectorised, parallel kernels below them.
