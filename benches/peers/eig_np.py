"""Symmetric eigenvectors, covariance and PCA by NumPy and scikit-learn, on MNIST's training images.

784x784: the covariance of all pixels (some never change, so it is singular). 10x10: of the ten
pixels that vary most, in place of ten latent units. One line each, the median of its runs.
"""
import argparse

import numpy as np
import sklearn
from sklearn.decomposition import PCA
from threadpoolctl import threadpool_limits

from common import images, median_seconds

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
args = parser.parse_args()

x32 = images("train")
x = x32.astype(np.float64)
large = np.cov(x.T)
large32 = large.astype(np.float32)
most = np.argsort(-np.diag(large))[:10]
small = large[np.ix_(most, most)].copy()
np_name, sk_name = f"numpy {np.__version__}", f"scikit-learn {sklearn.__version__}"


def covariance32():
    centred = x32 - x32.mean(0)
    return centred.T @ centred / (len(x32) - 1)


JOBS = [
    (f"{np_name}, eigh f64 784x784", lambda: np.linalg.eigh(large), 7, 1),
    (f"{np_name}, eigh f32 784x784", lambda: np.linalg.eigh(large32), 7, 1),
    (f"{np_name}, eigh f64 10x10", lambda: np.linalg.eigh(small), 15, 500),
    (f"{np_name}, covariance f64 60000x784", lambda: np.cov(x.T), 3, 1),
    (f"{np_name}, covariance f32 60000x784", covariance32, 3, 1),
    (f"{sk_name}, PCA(10) f64 60000x784", lambda: PCA(n_components=10).fit(x), 3, 1),
    (f"{sk_name}, PCA(10) f32 60000x784", lambda: PCA(n_components=10).fit(x32), 3, 1),
]
for threads in args.threads:
    with threadpool_limits(threads):
        for name, call, runs, calls in JOBS:
            seconds = median_seconds(call, runs, calls_per_run=calls)
            print(f"{name}, {threads} threads: {seconds * 1e3:.4f} ms", flush=True)
