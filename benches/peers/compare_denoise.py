"""The denoising job by this project's program and by its peers, in turns, as a table of medians.

Each round runs everyone once, one after the other, every second round in the opposite order, so
that a slow spell of the machine meets all. What is compared are images per second of training, with
shuffling and picking the batches, without validation, starting up, compiling and loading the data.
The ratio is ours / theirs within a round, and its median over the rounds is printed: above 1 our
program is faster. The last seconds are those of training with validation.
"""
import sys
from statistics import median

import compare

PEERS = {
    "keras-tensorflow": ["keras_denoise.py", "--backend", "tensorflow"],
    "keras-jax": ["keras_denoise.py", "--backend", "jax"],
    "keras-torch": ["keras_denoise.py", "--backend", "torch"],
    "torch": ["torch_denoise.py"],
    "torch-channels-last": ["torch_denoise.py", "--channels-last"],
    "jax-expert": ["jax_denoise.py"],
}
OURS = (
    "cargo run --release -p ae-app -- denoise --epochs {epochs} --limit {limit} --seed {seed} "
    "--out {out}"
)

parser = compare.parser(__doc__, OURS, PEERS, ["keras-tensorflow"], epochs=2)
parser.add_argument(
    "--limit", type=int, default=60_000, metavar="N",
    help="the first N training and the first N test images; 12800 for a quick look "
    "(default: all, %(default)s)",
)
args = parser.parse_args()
results = compare.in_turns(args, PEERS, {"limit": args.limit})
silent = [
    name for name, runs in results.items() if any(run and not run.images_per_second for run in runs)
]
if silent:
    sys.exit(f"without images/s in the line 'trained ...': {', '.join(silent)}")
columns = [
    ("median images/s", lambda runs: f"{median(run.images_per_second for run in runs):.0f}"),
    ("slowest", lambda runs: f"{min(run.images_per_second for run in runs):.0f}"),
    ("fastest", lambda runs: f"{max(run.images_per_second for run in runs):.0f}"),
    ("median s", lambda runs: f"{median(run.seconds for run in runs):.1f}"),
]
title = f"denoising job, {args.limit} images, {args.epochs} epochs"
compare.table(title, columns, results, lambda run: run.images_per_second)
