"""What the comparisons share: running our program and its peers in turns, and a table of medians.

Each round runs everyone once, one after the other, every second round in the opposite order, so
that a slow spell of the machine meets all. The ratio ours / theirs is taken within a round, and its
median over the rounds is printed.
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
from importlib import metadata
from pathlib import Path
from typing import NamedTuple, Optional

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
TRAINED = re.compile(r"trained (\d+) epochs? in ([\d.]+) s(?:, ([\d.]+) images/s)?")
VAL_LOSS = re.compile(r"val(?:idation)?[_ ]loss:? ([\d.]+)")
PACKAGES = ["keras", "tensorflow-cpu", "tensorflow", "jax", "torch"]


class Result(NamedTuple):
    """What one run says of itself: seconds of training with validation, and training's rate."""

    seconds: float
    images_per_second: Optional[float]
    val_loss: Optional[float]


def parser(description, ours, peers, default_peers, epochs):
    """The options of every comparison."""
    result = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    result.add_argument(
        "--ours", default=ours,
        help="our command; {out} becomes a temporary folder, {epochs} and the like what the peers "
        "are told (default: %(default)s)",
    )
    result.add_argument(
        "--peers", nargs="+", choices=peers, default=default_peers,
        help=f"some of {', '.join(peers)} (default: {' '.join(default_peers)})",
        metavar="PEER",
    )
    result.add_argument("--rounds", type=int, default=3)
    result.add_argument("--epochs", type=int, default=epochs, help="(default: %(default)s)")
    return result


def measure(name, command, epochs):
    """Runs one program; returns its Result, or None if it failed."""
    print(f"{name} ...", file=sys.stderr, end=" ", flush=True)
    try:
        done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
        output, code = done.stderr + done.stdout, done.returncode
    except OSError as error:
        output, code = str(error), 1
    trained = TRAINED.search(output)
    if code != 0 or not trained:
        tail = "\n".join(output.strip().splitlines()[-5:])
        print(f"failed: {shlex.join(command)}\n{tail}", file=sys.stderr)
        return None
    if int(trained[1]) != epochs:
        sys.exit(f"{name} trained {trained[1]} epochs and not {epochs}: nothing to compare")
    print(trained[0].partition(" in ")[2], file=sys.stderr, flush=True)
    # A line for each epoch may come before; what was reached in the end follows.
    val_loss = VAL_LOSS.search(output, trained.end())
    return Result(
        float(trained[2]), float(trained[3]) if trained[3] else None,
        float(val_loss[1]) if val_loss else None,
    )


def in_turns(args, peers, settings):
    """The rounds: for each name, "ours" first, a list with a Result (or None) for each round.

    `settings`, numbers by name, are given to a peer as options and to our command in the place of
    the name in braces; the seed is the number of the round.
    """
    results = {name: [] for name in ["ours", *args.peers]}
    for round_number in range(args.rounds):
        print(f"round {round_number + 1} of {args.rounds}", file=sys.stderr)
        values = {"epochs": args.epochs, "seed": round_number, **settings}
        for name in list(results)[:: -1 if round_number % 2 else 1]:
            with tempfile.TemporaryDirectory() as folder:
                if name == "ours":
                    command = shlex.split(args.ours)
                    places = {**values, "out": Path(folder) / "run"}
                    for place, value in places.items():
                        command = [part.replace(f"{{{place}}}", str(value)) for part in command]
                else:
                    script, *options = peers[name]
                    command = [sys.executable, str(HERE / script), *options]
                    for option, value in values.items():
                        command += [f"--{option}", str(value)]
                results[name].append(measure(name, command, args.epochs))
    return results


def table(title, columns, results, compared):
    """Prints the medians, and exits with 1 if anything failed.

    `columns` are pairs (heading, what it shows of a list of Results as text); `compared` says which
    number of a Result the ratio ours / theirs is of.
    """
    rounds = len(results["ours"])
    print(f"{title}, {rounds} rounds, {time.strftime('%Y-%m-%d')}, {machine()}")
    print("| who |", " | ".join(heading for heading, _ in columns), "| ours / theirs | val_loss |")
    print("| --- |" + " ---: |" * (len(columns) + 2))
    for name, all_runs in results.items():
        runs = [run for run in all_runs if run]
        if not runs:
            print(f"| {name} | failed |" + " |" * (len(columns) + 1))
            continue
        cells = [show(runs) for _, show in columns]
        ratios = [
            compared(ours) / compared(theirs)
            for ours, theirs in zip(results["ours"], all_runs) if ours and theirs
        ]
        known = name != "ours" and ratios
        cells.append(f"{statistics.median(ratios):.3f}" if known else "")
        val_losses = [run.val_loss for run in runs if run.val_loss is not None]
        cells.append(f"{statistics.median(val_losses):.4f}" if val_losses else "")
        print(f"| {name} |", " | ".join(cells), "|")
    if not all(run for runs in results.values() for run in runs):
        sys.exit(1)


def machine(packages=PACKAGES):
    """The processor, its cores that we may use, and the versions of all that takes part."""
    try:
        text = Path("/proc/cpuinfo").read_text()
        processor = re.search(r"model name\s*: (.+)", text)[1]
    except (OSError, TypeError):
        processor = platform.processor() or platform.machine()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    versions = [rustc(), f"Python {platform.python_version()}"]
    for package in packages:
        try:
            versions.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            pass
    return f"{cores} cores, {processor}, {', '.join(versions)}"


def rustc():
    try:
        said = subprocess.run(
            ["rustc", "--version"], cwd=REPOSITORY, capture_output=True, text=True
        ).stdout
    except OSError:
        said = ""
    return " ".join(said.split()[:2]) or "rustc unknown"
