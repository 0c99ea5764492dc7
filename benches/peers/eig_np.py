"""Symmetric eigenvectors, covariance and PCA by NumPy and scikit-learn, on MNIST's training images.

784x784: the covariance of all pixels (some never change, so it is singular). 10x10: of the ten
pixels that vary most, in place of ten latent units. One line each, the median of its runs. With --tsv
and one number of threads, the form of `roofline --tsv`, and its names where it does the same.
"""
import argparse

import numpy as np
import sklearn
from sklearn.decomposition import PCA
from threadpoolctl import threadpool_limits

from common import TSV_HEADER, images, median_seconds

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
parser.add_argument("--tsv", action="store_true", help="only what roofline has")
args = parser.parse_args()
if args.tsv and len(args.threads) != 1:
    parser.error("--tsv takes one number of threads")

x32 = images("train")
x = x32.astype(np.float64)
large = np.cov(x.T)
large32 = large.astype(np.float32)
most = np.argsort(-np.diag(large))[:10]
small = large[np.ix_(most, most)].copy()
np_name, sk_name = f"numpy {np.__version__}", f"scikit-learn {sklearn.__version__}"


def covariance32():
    centered = x32 - x32.mean(0)
    return centered.T @ centered / (len(x32) - 1)


# (who and what, roofline's name, the call, the least number of runs, calls to a run)
COVARIANCE, COMPONENTS = "covariance, 60000x784", "PCA(10), 60000x784"
JACOBI, DIVISION = "Jacobi, 784x784", "division, 784x784"
JOBS = [
    (f"{np_name}, eigh f64 784x784", DIVISION, lambda: np.linalg.eigh(large), 9, 1),
    (f"{np_name}, eigh f64 784x784 again", JACOBI, lambda: np.linalg.eigh(large), 7, 1),
    (f"{np_name}, eigh f32 784x784", None, lambda: np.linalg.eigh(large32), 7, 1),
    (f"{np_name}, eigh f64 10x10", None, lambda: np.linalg.eigh(small), 15, 500),
    (f"{np_name}, covariance f64 60000x784", COVARIANCE, lambda: np.cov(x.T), 3, 1),
    (f"{np_name}, covariance f32 60000x784", None, covariance32, 3, 1),
    (f"{sk_name}, PCA(10) f64 60000x784", None, lambda: PCA(n_components=10).fit(x), 3, 1),
    (f"{sk_name}, PCA(10) f32 60000x784", COMPONENTS, lambda: PCA(n_components=10).fit(x32), 3, 1),
]
if args.tsv:
    print(TSV_HEADER)
for threads in args.threads:
    with threadpool_limits(threads):
        for name, ours, call, runs, calls in JOBS:
            if args.tsv and not ours:
                continue
            seconds = median_seconds(call, runs, calls_per_run=calls)
            if args.tsv:
                print(f"pca/{ours}\truns/s\t{1 / seconds:.4f}\t-", flush=True)
            else:
                print(f"{name}, {threads} threads: {seconds * 1e3:.4f} ms", flush=True)
