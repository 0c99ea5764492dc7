"""Matrix products in f32 by NumPy's BLAS, in the shapes that this project needs.

Those with 250 rows or columns are the dense model's, those with 288 = 3 * 3 * 32 the convolutions', as
products over patches; T: the matrix before it is stored transposed. One line for each shape and
number of threads: the median of 15 runs of about 30 ms. With --tsv and one number of threads, the
form and the names of `roofline --tsv`.
"""
import argparse

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from common import TSV_HEADER, median_seconds

# (m, k, n, left transposed, right transposed), as in benches/src/products.rs.
SHAPES = [
    (1024, 1024, 1024, "", ""),
    (1024, 1024, 1024, "T", "T"),
    (2048, 2048, 2048, "", ""),
    (2048, 2048, 2048, "T", "T"),
    (250, 784, 10, "", ""),
    (250, 10, 784, "", ""),
    (10, 250, 784, "T", ""),
    (250, 784, 10, "", "T"),
    (784, 250, 10, "T", ""),
    (892, 784, 10, "", ""),
    (25088, 288, 32, "", ""),
    (6272, 288, 32, "", ""),
    (288, 25088, 32, "T", ""),
]


def matrix(rows, columns, transposed):
    stored = (columns, rows) if transposed else (rows, columns)
    values = rng.random(stored, np.float32) - np.float32(0.5)
    return values.T if transposed else values


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
parser.add_argument("--tsv", action="store_true")
args = parser.parse_args()
if args.tsv and len(args.threads) != 1:
    parser.error("--tsv takes one number of threads")

if args.tsv:
    print(TSV_HEADER)
blas = ", ".join(f"{i['internal_api']} {i['version']}" for i in threadpool_info())
rng = np.random.default_rng(0)
for threads in args.threads:
    with threadpool_limits(threads):
        for m, k, n, at, bt in SHAPES:
            a, b = matrix(m, k, at), matrix(k, n, bt)
            c = np.empty((m, n), np.float32)

            def product():
                np.matmul(a, b, out=c)

            once = median_seconds(product, 3, 0)
            seconds = median_seconds(product, 15, 0, calls_per_run=max(1, round(0.03 / once)))
            name, rate = f"{m}x{k}{at} {k}x{n}{bt}", 2 * m * k * n / seconds / 1e9
            if args.tsv:
                print(f"products/{name}\tGFLOP/s\t{rate:.4f}\t-", flush=True)
                continue
            print(
                f"numpy {np.__version__} ({blas}), {threads} threads, {name}: "
                f"{rate:.1f} GFLOP/s, {seconds * 1e3:.4f} ms",
                flush=True,
            )
