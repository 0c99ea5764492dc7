"""eigh.json: numpy.linalg.eigh (LAPACK's dsyevd) in f64, on matrices of multiples of 1/64."""
from golden_io import grid, write

import numpy as np


def case(name, a, vectors=False):
    """The eigenvalues, descending, and on request the eigenvectors as rows, with the entry of largest
    magnitude positive: only where they are determined to many digits."""
    assert (a == a.T).all()
    values, v = np.linalg.eigh(a)
    values, v = values[::-1], v.T[::-1]
    out = {"name": name, "n": len(a), "upper": a[np.triu_indices(len(a))], "values": values}
    if vectors:
    
        gap = -np.diff(values).max()
        assert gap > 1e-3 * abs(values).max(), gap
        largest = v[np.arange(len(a)), np.abs(v).argmax(1)]
        out["vectors"] = v * np.sign(largest)[:, None]
    return out


rng = np.random.default_rng(16)


def symmetric(n):
    upper = np.triu(grid(rng, (n, n), -1, 1))
    return upper + np.triu(upper, 1).T


factor = grid(rng, (12, 50), -1, 1, 8)
constant = symmetric(60)
constant[::3] = 0
constant[:, ::3] = 0
chain = 2 * np.eye(70) - np.eye(70, k=1) - np.eye(70, k=-1)
wilkinson = np.diag(np.abs(np.arange(63) % 21 - 10.0)) + np.eye(63, k=1) + np.eye(63, k=-1)

write("eigh.json", ["numpy"], {
    "cases": [
        case("random", symmetric(40), vectors=True),
        case("of rank 12", factor.T @ factor),
        case("with rows of zeros", constant),
        case("second differences", chain),
        case("three of Wilkinson's", wilkinson),
    ],
})
