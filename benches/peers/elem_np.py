"""exp and sigmoid over a million f32, and a copy of 256 MiB, by NumPy, SciPy and PyTorch.

One line each: the median of at least 31 runs (9 for the copies).
"""
import argparse

import numpy as np
import scipy
import torch
from scipy.special import expit

from common import median_seconds

argparse.ArgumentParser(description=__doc__).parse_args()

x = np.random.default_rng(0).random(1_000_000, np.float32) * 20 - 10
y = np.empty_like(x)
tx, ty = torch.from_numpy(x), torch.empty(x.size)
source, target = np.ones(64 << 20, np.float32), np.zeros(64 << 20, np.float32)
torch_source, torch_target = torch.from_numpy(source), torch.from_numpy(target)


def elements(name, call):
    seconds = median_seconds(call, 31)
    print(f"{name}: {x.size / seconds / 1e9:.3f} Gelem/s, {seconds * 1e3:.3f} ms", flush=True)


def copy(name, call):
    seconds = median_seconds(call, 9)
    print(f"{name}, copy of 256 MiB: {source.nbytes / seconds / 1e9:.2f} GB/s", flush=True)


def numpy_sigmoid():
    np.negative(x, out=y)
    np.exp(y, out=y)
    np.add(y, 1, out=y)
    np.reciprocal(y, out=y)


elements(f"numpy {np.__version__}, exp", lambda: np.exp(x, out=y))
elements(f"numpy {np.__version__}, sigmoid in place, four passes", numpy_sigmoid)
elements(f"scipy {scipy.__version__}, expit", lambda: expit(x, out=y))
copy(f"numpy {np.__version__}", lambda: np.copyto(target, source))
for threads in (1, 2):
    torch.set_num_threads(threads)
    name = f"torch {torch.__version__}, {threads} threads"
    elements(f"{name}, exp", lambda: torch.exp(tx, out=ty))
    elements(f"{name}, sigmoid", lambda: torch.sigmoid(tx, out=ty))
    copy(name, lambda: torch_target.copy_(torch_source))
