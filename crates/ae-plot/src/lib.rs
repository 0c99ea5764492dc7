//! PNG galleries, loss curves and scatter plots from plain slices.
