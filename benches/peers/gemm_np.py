"""Matrix products in f32 by NumPy's BLAS, in the shapes that this project needs.

(250, 784, 10) and (250, 10, 784) are the dense model's, those with 288 = 3 * 3 * 32 rows or columns
the convolutions', as products over patches; T: the left matrix is stored transposed. One line for
each shape and number of threads: the median of 15 runs of about 30 ms.
"""
import argparse

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from common import median_seconds

SHAPES = [
    (1024, 1024, 1024, ""),
    (2048, 2048, 2048, ""),
    (250, 784, 10, ""),
    (250, 10, 784, ""),
    (25088, 288, 32, ""),
    (6272, 288, 32, ""),
    (288, 25088, 32, "T"),
]
parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
args = parser.parse_args()

blas = ", ".join(f"{i['internal_api']} {i['version']}" for i in threadpool_info())
rng = np.random.default_rng(0)
for threads in args.threads:
    with threadpool_limits(threads):
        for m, k, n, transposed in SHAPES:
            a = rng.random((k, m) if transposed else (m, k), np.float32) - np.float32(0.5)
            a = a.T if transposed else a
            b = rng.random((k, n), np.float32) - np.float32(0.5)
            c = np.empty((m, n), np.float32)

            def product():
                np.matmul(a, b, out=c)

            once = median_seconds(product, 3, 0)
            seconds = median_seconds(product, 15, 0, calls_per_run=max(1, round(0.03 / once)))
            print(
                f"numpy {np.__version__} ({blas}), {threads} threads, "
                f"({m}, {k}, {n}){transposed}: "
                f"{2 * m * k * n / seconds / 1e9:.1f} GFLOP/s, {seconds * 1e3:.4f} ms",
                flush=True,
            )
