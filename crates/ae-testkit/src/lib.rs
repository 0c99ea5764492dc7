//! For tests only: tolerant comparisons, finite differences and naive f64 references.
