"""The dense job by this project's program and by its peers, in turns, as a table of medians.

Each round runs everyone once, one after the other, every second round in the opposite order, so
that a slow spell of the machine meets all. The ratio is ours / theirs within a round, and its
median over the rounds is printed: below 1 our program is faster. All times are what the programs
report for training with validation, without starting up, compiling and loading the data.
"""
import argparse
import os
import platform
import re
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
PEERS = {
    "keras-tensorflow": ["keras_dense.py", "--backend", "tensorflow"],
    "keras-jax": ["keras_dense.py", "--backend", "jax"],
    "keras-torch": ["keras_dense.py", "--backend", "torch"],
    "jax-expert": ["jax_dense.py"],
    "keras22-rule": ["keras22_dense.py", "--eps", "outside"],
}
DEFAULT_PEERS = [name for name in PEERS if name != "keras-torch"]
TRAINED = re.compile(r"trained (\d+) epochs in ([\d.]+) s")
VAL_LOSS = re.compile(r"val(?:idation)?[_ ]loss:? ([\d.]+)")


def measure(name, command, epochs):
    """Runs one program; returns its seconds and validation loss, or None if it failed."""
    print(f"{name} ...", file=sys.stderr, end=" ", flush=True)
    try:
        done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
        output, code = done.stdout + done.stderr, done.returncode
    except OSError as error:
        output, code = str(error), 1
    trained = TRAINED.search(output)
    if code != 0 or not trained:
        tail = "\n".join(output.strip().splitlines()[-5:])
        print(f"failed: {shlex.join(command)}\n{tail}", file=sys.stderr)
        return None
    if int(trained[1]) != epochs:
        sys.exit(f"{name} trained {trained[1]} epochs and not {epochs}: nothing to compare")
    val_losses = VAL_LOSS.findall(output)
    print(f"{trained[2]} s", file=sys.stderr, flush=True)
    return float(trained[2]), float(val_losses[-1]) if val_losses else None


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--ours", default="cargo run --release -p ae-app -- dense --out {out}",
        help="our command; {out} becomes a temporary folder (default: %(default)s)",
    )
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=DEFAULT_PEERS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--epochs", type=int, default=200,
        help="for the peers; give --ours a command that trains as many (default: %(default)s)",
    )
    args = parser.parse_args()

    times = {"ours": []} | {name: [] for name in args.peers}
    ratios = {name: [] for name in args.peers}
    val_losses = {name: [] for name in times}
    for round_number in range(args.rounds):
        print(f"round {round_number + 1} of {args.rounds}", file=sys.stderr)
        this_round = {}
        for name in list(times)[:: -1 if round_number % 2 else 1]:
            with tempfile.TemporaryDirectory() as folder:
                if name == "ours":
                    out = str(Path(folder) / "run")
                    command = [part.replace("{out}", out) for part in shlex.split(args.ours)]
                else:
                    script, *options = PEERS[name]
                    command = [
                        sys.executable, str(HERE / script), *options,
                        "--epochs", str(args.epochs), "--seed", str(round_number),
                    ]
                result = measure(name, command, args.epochs)
            if result:
                this_round[name] = result[0]
                times[name].append(result[0])
                if result[1] is not None:
                    val_losses[name].append(result[1])
        for name in args.peers:
            if "ours" in this_round and name in this_round:
                ratios[name].append(this_round["ours"] / this_round[name])

    print(
        f"dense job, {args.epochs} epochs, {args.rounds} rounds, {time.strftime('%Y-%m-%d')}, "
        f"{os.cpu_count()} cores, {processor()}"
    )
    print("| who | median s | fastest | slowest | ours / theirs | val_loss |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, seconds in times.items():
        if not seconds:
            print(f"| {name} | failed | | | | |")
            continue
        ratio = f"{statistics.median(ratios[name]):.3f}" if ratios.get(name) else ""
        val_loss = f"{statistics.median(val_losses[name]):.4f}" if val_losses[name] else ""
        print(
            f"| {name} | {statistics.median(seconds):.2f} | {min(seconds):.2f} "
            f"| {max(seconds):.2f} | {ratio} | {val_loss} |"
        )
    if not all(times.values()):
        sys.exit(1)


def processor():
    try:
        text = Path("/proc/cpuinfo").read_text()
        return re.search(r"model name\s*: (.+)", text)[1]
    except (OSError, TypeError):
        return platform.processor() or platform.machine()


if __name__ == "__main__":
    main()
