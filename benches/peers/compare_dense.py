"""The dense job by this project's program and by its peers, in turns, as a table of medians.

Each round runs everyone once, one after the other, every second round in the opposite order, so
that a slow spell of the machine meets all. The ratio is ours / theirs within a round, and its
median over the rounds is printed: below 1 our program is faster. All times are what the programs
report for training with validation, without starting up, compiling and loading the data.
"""
from statistics import median

import compare

PEERS = {
    "keras-tensorflow": ["keras_dense.py", "--backend", "tensorflow"],
    "keras-jax": ["keras_dense.py", "--backend", "jax"],
    "keras-torch": ["keras_dense.py", "--backend", "torch"],
    "jax-expert": ["jax_dense.py"],
    "keras22-rule": ["keras22_dense.py", "--eps", "outside"],
}
DEFAULT_PEERS = [name for name in PEERS if name != "keras-torch"]
OURS = "cargo run --release -p ae-app -- dense --epochs {epochs} --out {out}"

args = compare.parser(__doc__, OURS, PEERS, DEFAULT_PEERS, epochs=200).parse_args()
results = compare.in_turns(args, PEERS, {})
columns = [
    ("median s", lambda runs: f"{median(run.seconds for run in runs):.2f}"),
    ("fastest", lambda runs: f"{min(run.seconds for run in runs):.2f}"),
    ("slowest", lambda runs: f"{max(run.seconds for run in runs):.2f}"),
]
compare.table(f"dense job, {args.epochs} epochs", columns, results, lambda run: run.seconds)
