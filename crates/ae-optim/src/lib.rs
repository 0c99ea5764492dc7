//! RMSprop and Adadelta, as Keras 2.2 computes them.
