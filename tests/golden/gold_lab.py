"""lab.json: scores of generated points by their definitions (NumPy, SciPy), and mixtures of Gaussians (scikit-learn)."""
from golden_io import grid, write

import warnings

import numpy as np
from scipy.linalg import LinAlgWarning, sqrtm
from scipy.spatial.distance import cdist
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture


def frechet(a, b):
    """The distance as in pytorch-fid and similar packages, without their epsilon on the diagonals."""
    s1, s2 = (np.atleast_2d(np.cov(x, rowvar=False)) for x in (a, b))
    total = np.sum((a.mean(0) - b.mean(0)) ** 2) + np.trace(s1) + np.trace(s2)
    with warnings.catch_warnings():
        # A flat column makes the product singular; its root exists and is compared below.
        warnings.simplefilter("ignore", LinAlgWarning)
        root = sqrtm(s1 @ s2)
    np.testing.assert_allclose(root.imag, 0, atol=1e-6)
    # The same from the eigenvalues, which equal those of a symmetric matrix.
    other = total - 2 * np.sqrt(np.maximum(np.linalg.eigvals(s1 @ s2).real, 0)).sum()
    result = total - 2 * np.trace(root.real)
    np.testing.assert_allclose(result, other, rtol=1e-9, atol=1e-6)
    return float(result)


def radii(x, k):
    """The distance to the k-th neighbor, not counting the point itself."""
    distances = cdist(x, x)
    np.fill_diagonal(distances, np.inf)
    return np.sort(distances, axis=1)[:, k - 1]


def scores(name, real, generated, k):
    between = cdist(real, generated)
    in_real = between <= radii(real, k)[:, None]
    in_generated = between <= radii(generated, k)[None, :]
    return {
        "name": name, "k": k, "real": real, "generated": generated,
        "precision": float(in_real.any(axis=0).mean()),
        "recall": float(in_generated.any(axis=1).mean()),
        "density": float(in_real.sum() / (k * len(generated))),
        "coverage": float((between.min(axis=1) <= radii(real, k)).mean()),
        "nearest": between.min(axis=0),
        "frechet": frechet(real, generated),
    }


def mixture(name, x, k, means, max_iter=100, tol=1e-3):
    """EM from equal weights, these means and unit covariances."""
    d = x.shape[1]
    fit = GaussianMixture(
        k, covariance_type="full", tol=tol, reg_covar=1e-6, max_iter=max_iter,
        weights_init=np.full(k, 1 / k), means_init=means, precisions_init=np.stack([np.eye(d)] * k),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        fit.fit(x)
    # In scikit-learn, score is the mean log-likelihood after the last step.
    return {
        "name": name, "max_iter": max_iter, "tol": tol, "x": x, "start": means,
        "weights": fit.weights_, "means": fit.means_, "covariances": fit.covariances_.reshape(k, d * d),
        "iterations": int(fit.n_iter_), "converged": int(fit.converged_),
        "log_likelihood": float(fit.lower_bound_), "score": float(fit.score(x)),
    }


rng = np.random.default_rng(31)

real = grid(rng, (60, 5), -2, 2) * [4, 2, 1, 1, 0.5]
near = grid(rng, (50, 5), -2, 2) * [3, 2, 1, 0.5, 0.5] + [0.5, 0, 0, 0, 0]
# A generator of one corner only, and one that repeats itself and some of the real points.
corner = grid(rng, (40, 5), 0, 0.5) * [4, 2, 1, 1, 0.5] + [2, 1, 0, 0, 0]
copies = np.concatenate([real[:20], real[:20], near[:5], near[:5], near[:5]])
# A constant column, like the features of black borders; and a distant set.
flat = real * [1, 1, 0, 1, 1]
# More columns than a vector has lanes, many decades of variance.
wide = grid(rng, (70, 12), -1, 1) @ grid(rng, (12, 12), -1, 1, 8) * 2.0 ** -np.arange(12)
wider = grid(rng, (80, 12), -1, 1) @ grid(rng, (12, 12), -1, 1, 8) * 2.0 ** -np.arange(12)

# So close to each other that points are shared.
centers = np.array([[0, 0, 0], [1.5, 0, 0.5], [0, 1, -1]])
blobs = centers[np.arange(200) % 3] + grid(rng, (200, 3), -2, 2) @ grid(rng, (3, 3), -1, 1, 8)
blobs = np.round(blobs * 64) / 64
dead = np.maximum(blobs, 0) * [1, 0, 1]
start = centers + grid(rng, (3, 3), -1, 1)

write("lab.json", ["numpy", "scipy", "scikit-learn"], {
    "scores": [
        scores("near", real, near, 3),
        scores("near_k5", real, near, 5),
        scores("corner", real, corner, 3),
        scores("copies", real, copies, 3),
        scores("equal", real, real, 3),
        scores("far", real, near + 64, 3),
        scores("flat", flat, near * [1, 1, 0, 1, 1], 3),
        scores("wide", wide, wider, 4),
        scores("one_column", real[:, :1], near[:, :1], 2),
    ],
    "mixtures": [
        mixture("blobs", blobs, 3, start),
        mixture("blobs_five_steps", blobs, 3, start, max_iter=5, tol=0.0),
        mixture("one", blobs, 1, start[:1]),
        mixture("too_many", blobs, 3, start * 0.25, max_iter=40, tol=1e-5),
        mixture("dead_column", dead, 3, start * [1, 0, 1], max_iter=10, tol=0.0),
    ],
})
