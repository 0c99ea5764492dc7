"""What the peers share: the data, the dense job's options and result line, and a small timer."""
import argparse
import gzip
import os
import time
from pathlib import Path

import numpy as np

REPOSITORY = Path(__file__).resolve().parents[2]
MNIST = Path(os.environ.get("AE_MNIST") or REPOSITORY / "datasets" / "mnist")


def idx(name):
    """One IDX file of unsigned bytes, gzipped or not."""
    packed = MNIST / f"{name}.gz"
    data = gzip.decompress(packed.read_bytes()) if packed.exists() else (MNIST / name).read_bytes()
    rank = data[3]
    dims = [int.from_bytes(data[4 + 4 * i : 8 + 4 * i], "big") for i in range(rank)]
    return np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(dims)


def images(part, digit=None):
    """MNIST's images ("train" or "t10k"), of one digit or all, as rows of 784 f32 in [0, 1]."""
    pixels, labels = idx(f"{part}-images-idx3-ubyte"), idx(f"{part}-labels-idx1-ubyte")
    if digit is not None:
        pixels = pixels[labels == digit]
    return pixels.reshape(-1, 784).astype(np.float32) / np.float32(255)


def dense_parser(description):
    """The dense job's options; their defaults are the notebook's."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--digit", type=int, default=5)
    parser.add_argument("--latent", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--batch", type=int, default=250)
    parser.add_argument("--seed", type=int, default=0)
    return parser


def report_dense(who, epochs, seconds, loss, val_loss, note=""):
    """The one line that every dense peer prints, and that compare_dense.py reads."""
    print(
        f"{who}: trained {epochs} epochs in {seconds:.2f} s, "
        f"loss {loss:.4f}, val_loss {val_loss:.4f}{note}",
        flush=True,
    )


def median_seconds(call, least_runs, least_seconds=1.0, warm_up=0.3, calls_per_run=1):
    """The median time of one call, after a warm-up."""
    start = time.perf_counter()
    call()
    while time.perf_counter() - start < warm_up:
        call()
    runs, start = [], time.perf_counter()
    while len(runs) < least_runs or time.perf_counter() - start < least_seconds:
        before = time.perf_counter()
        for _ in range(calls_per_run):
            call()
        runs.append((time.perf_counter() - before) / calls_per_run)
    return float(np.median(runs))
