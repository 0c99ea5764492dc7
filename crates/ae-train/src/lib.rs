//! Batches, the fit loop, its history and its progress bar.
