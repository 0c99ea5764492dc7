//! Reverse-mode automatic differentiation: a tape, a closed set of operations, their gradients.
