//! Principal component analysis through a cyclic Jacobi eigenvalue solver.
