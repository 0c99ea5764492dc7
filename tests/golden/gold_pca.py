"""pca.json: scikit-learn's PCA in f64, on inputs that are exact in f32."""
from golden_io import grid, write

import numpy as np
from sklearn.decomposition import PCA


def case(name, x, k=None, unique=None):
    """One fit. `rank`: components with a variance above zero. `unique`: how many leading components
    are determined by the data (a zero or repeated variance leaves its components free)."""
    n, d = x.shape
    k = k or min(n, d)
    pca = PCA(n_components=k, svd_solver="full").fit(x)
    white = PCA(n_components=k, svd_solver="full", whiten=True).fit(x)
    variance = pca.explained_variance_
    rank = int((variance > 1e-12 * variance[0]).sum())
    unique = rank if unique is None else unique
    other = PCA(n_components=k, svd_solver="covariance_eigh").fit(x)
    np.testing.assert_allclose(
        other.explained_variance_, variance, rtol=1e-10, atol=1e-12 * max(1, variance[0])
    )
    np.testing.assert_allclose(
        other.components_[:unique], pca.components_[:unique], rtol=0, atol=1e-10
    )
    for row in pca.components_[:unique]:
        assert row[np.argmax(np.abs(row))] > 0, "the sign rule: largest magnitude positive"
    out = {
        "name": name, "n": n, "d": d, "k": k, "rank": rank, "unique": unique,
        "x": x, "mean": pca.mean_,
        "explained_variance": variance,
        "explained_variance_ratio": pca.explained_variance_ratio_,
        "reconstruction": pca.inverse_transform(pca.transform(x)),
    }
    if unique == 0:
        return out
    # z has components along every kept direction, but zeros along those that are not determined.
    z = grid(np.random.default_rng(k), (4, k), -4, 4)
    z[:, unique:] = 0
    return out | {
        "components": pca.components_[:unique],
        "transform": pca.transform(x)[:, :unique],
        "whiten_transform": white.transform(x)[:, :unique],
        "z": z,
        "inverse": pca.inverse_transform(z),
        "whiten_inverse": white.inverse_transform(z),
    }


def drop(case, *keys):
    return {key: value for key, value in case.items() if key not in keys}


rng = np.random.default_rng(20)

# Correlated columns with very different variances.
mix = grid(rng, (6, 6), -1, 1, 8) * np.array([4, 2, 1, 1, 0.5, 0.25])[:, None]
correlated = np.round((grid(rng, (60, 6), -1, 1) @ mix + grid(rng, 6, -3, 3)) * 64) / 64

# Like the codes of a ReLU layer: many zeros, one unit that never fires (variance zero).
latent = np.maximum(grid(rng, (200, 10), -3, 5, 16) + grid(rng, (200, 1), -2, 2, 16), 0)
latent *= 1 + np.arange(10) / 4  # keeps the variances apart
latent[:, 3] = 0

# Two silent units: two free directions in the null space.
dead = np.maximum(grid(rng, (30, 7), -2, 4, 16), 0)
dead[:, [1, 5]] = 0

# Fewer samples than columns: four directions at most, the fifth variance is zero.
wide = grid(rng, (5, 8), -2, 2, 16)

# All variances equal (a full factorial design), and two equal pairs, turned by a Hadamard matrix.
cube = np.array([[1 - 2 * (i >> b & 1) for b in range(4)] for i in range(16)], float)
hadamard = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]) / 2
pairs = (cube * [2, 2, 1, 1]) @ hadamard + [1, 2, 3, 4]

# Many more columns than samples, as of large images. The means are far from 0 and differ; one column
# does not vary. Two samples are equal, so the last two variances are zero.
large = np.random.default_rng(21)
images = grid(large, (20, 5), -2, 2, 8) @ grid(large, (5, 90), -2, 2, 8) + grid(large, 90, 0, 50)
images = np.round((images + grid(large, (20, 90), -0.5, 0.5)) * 64) / 64
images[:, 7] = 3
images[13] = images[4]

# Enough samples for simultaneous iteration.
more = grid(large, (72, 4), -2, 2, 8) @ grid(large, (4, 80), -2, 2, 8) * np.array([1] * 40 + [2] * 40)
more = np.round((more + grid(large, (72, 80), -1, 1)) * 16) / 16

cases = [
    case("correlated", correlated),
    case("correlated_k2", correlated, k=2),
    drop(case("relu_latent", latent), "reconstruction"),
    drop(case("relu_latent_k3", latent, k=3), "x", "reconstruction") | {"x_of": "relu_latent"},
    case("two_dead_units", dead),
    case("fewer_samples_than_columns", wide),
    case("all_variances_equal", cube, unique=0),
    case("variances_in_pairs", pairs, unique=0),
    case("variances_in_pairs_k2", pairs, k=2, unique=0),
    drop(case("many_columns", images), "reconstruction"),
    drop(case("many_columns_k3", images, k=3), "x", "reconstruction") | {"x_of": "many_columns"},
    drop(case("many_columns_of_72_samples_k4", more, k=4), "reconstruction"),
]
write("pca.json", ["scikit-learn", "numpy", "scipy"], {"cases": cases})
