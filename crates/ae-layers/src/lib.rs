//! Keras-like layers and a Sequential whose shapes are checked when it is built.
