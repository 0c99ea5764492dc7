"""What the peers share: the data, each job's options and result lines, and a small timer."""
import argparse
import gzip
import os
import time
from pathlib import Path

import numpy as np

REPOSITORY = Path(__file__).resolve().parents[2]
MNIST = Path(os.environ.get("AE_MNIST") or REPOSITORY / "datasets" / "mnist")

# What `roofline --tsv` writes first; a value is a rate, so that more is faster.
TSV_HEADER = "name\tunit\tvalue\tshare"


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


def denoise_parser(description):
    """The denoising job's options; their defaults are the notebook's, but for the epochs (100)."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--noise", type=float, default=0.5, help="its standard deviation")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--limit", type=int, metavar="N",
        help="only the first N training images and the first N test images",
    )
    return parser


def denoise_data(args):
    """Pairs (noisy, clean) for training and for validation, [images, 28, 28, 1] f32 in [0, 1]."""
    pairs = []
    for stream, part in enumerate(["train", "t10k"]):
        clean = images(part)[: args.limit].reshape(-1, 28, 28, 1)
        normal = np.random.default_rng([args.seed, stream]).standard_normal(
            clean.shape, np.float32
        )
        pairs.append((np.clip(clean + np.float32(args.noise) * normal, 0, 1), clean))
    return pairs


def batches_of(count, batch):
    """Where each batch begins and ends; the last one may be smaller."""
    return [(start, min(start + batch, count)) for start in range(0, count, batch)]


def report_epoch(who, epoch, images_per_second, loss, val_loss):
    """What every denoising peer prints after an epoch, counted from 1."""
    print(
        f"{who}: epoch {epoch}: {images_per_second:.0f} images/s, "
        f"loss {loss:.4f}, val_loss {val_loss:.4f}",
        flush=True,
    )


def report_denoise(who, seconds, images_per_second, losses, note=""):
    """The last line of every denoising peer, which compare_denoise.py reads.

    `seconds` are those of all epochs with validation, `images_per_second` counts training only,
    `losses` has an epoch's (loss, val_loss) each.
    """
    loss, val_loss = losses[-1]
    epochs = "1 epoch" if len(losses) == 1 else f"{len(losses)} epochs"
    print(
        f"{who}: trained {epochs} in {seconds:.2f} s, {images_per_second:.0f} images/s, "
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
