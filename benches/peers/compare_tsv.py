"""What compare_gemm.py and compare_pca.py share: kernels in turns, and the best peer for each.

Each round runs everyone once, one after the other, every second round in the opposite order, so
that a slow spell of the machine meets all. Ratios ours / theirs are of speeds, taken within a round;
the medians over the rounds are printed: above 1 ours is faster.
"""
import argparse
import os
import subprocess
import sys
import time
from statistics import median

from common import TSV_HEADER
from compare import REPOSITORY, machine


def parser(description, rounds):
    """The options of both comparisons."""
    result = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    result.add_argument("--rounds", type=int, default=rounds, help="(default: %(default)s)")
    result.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    return result


def build(folder, *arguments):
    """Builds a Rust program from its own folder, where Cargo finds for which CPU."""
    command = ["cargo", "build", "--quiet", "--release", "--locked", *arguments]
    if subprocess.run(command, cwd=folder).returncode != 0:
        sys.exit(f"failed: {' '.join(command)}")


def target_directory(folder):
    """Where Cargo puts what is built in this folder by default, or where it was told to."""
    told = os.environ.get("CARGO_TARGET_DIR")
    # Cargo takes a relative one from where it is called.
    return folder / (told or "target")


def build_roofline():
    """Our side: the command, without its arguments."""
    build(REPOSITORY, "-p", "ae-bench", "--bin", "roofline")
    return [str(target_directory(REPOSITORY) / "release" / "roofline")]


def measure(who, command, threads):
    """Runs one program: its speeds by name, {} if it failed."""
    print(f"{who} ...", file=sys.stderr, end=" ", flush=True)
    environment = {**os.environ, "MATMUL_NUM_THREADS": str(threads)}
    start = time.perf_counter()
    try:
        done = subprocess.run(
            command, cwd=REPOSITORY, env=environment, capture_output=True, text=True
        )
        output, errors, code = done.stdout, done.stderr, done.returncode
    except OSError as error:
        output, errors, code = "", str(error), 1
    header, *lines = output.splitlines() or [""]
    if code != 0 or header != TSV_HEADER:
        tail = "\n".join(errors.strip().splitlines()[-5:])
        print(f"failed: {' '.join(command)}\n{tail}", file=sys.stderr)
        return {}
    print(f"{time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    rows = [line.split("\t") for line in lines]
    return {name: (float(value), unit) for name, unit, value, _ in rows}


def in_turns(args, commands, packages, others=()):
    """Prints a table for each number of threads; exits with 1 if anything failed.

    `commands` has, by name and "ours" first, a function from a number of threads to a command. What
    "ours" measures and no peer does is left out. `packages` are Python's whose versions are told,
    `others` what else to tell.
    """
    runs = {threads: {who: [] for who in commands} for threads in args.threads}
    for number in range(args.rounds):
        print(f"round {number + 1} of {args.rounds}", file=sys.stderr)
        for threads in args.threads:
            for who in list(commands)[:: -1 if number % 2 else 1]:
                speeds = measure(f"{who}, {threads} threads", commands[who](threads), threads)
                runs[threads][who].append(speeds)
    told = ", ".join([machine(packages), *others])
    print(f"{args.rounds} rounds, {time.strftime('%Y-%m-%d')}, {told}")
    for threads, by_who in runs.items():
        table(threads, by_who)
    if not all(speeds for by_who in runs.values() for all_ in by_who.values() for speeds in all_):
        sys.exit(1)


def table(threads, by_who):
    """One number of threads; `by_who` has a list of speeds by name, a round each."""
    peers = [who for who in by_who if who != "ours"]
    names = {}
    for who in by_who:
        for speeds in by_who[who]:
            names.update({name: unit for name, (_, unit) in speeds.items()})
    print(f"\n{threads} threads")
    print("| | ours |", " | ".join(peers), "| best peer | ours / best |")
    print("| --- | ---: |" + " ---: |" * len(peers) + " --- | ---: |")
    for name, unit in names.items():

        def values(who):
            return [speeds[name][0] for speeds in by_who[who] if name in speeds]

        medians = {who: median(values(who)) for who in by_who if values(who)}
        known = [who for who in peers if who in medians]
        if "ours" not in medians or not known:
            continue
        best = max(known, key=medians.get)
        ratios = [
            ours[name][0] / theirs[name][0]
            for ours, theirs in zip(by_who["ours"], by_who[best]) if name in ours and name in theirs
        ]
        digits = 1 if medians["ours"] >= 10 else 2
        cells = [f"{medians[who]:.{digits}f}" if who in medians else "" for who in ["ours", *peers]]
        ratio = f"{median(ratios):.2f}" if ratios else ""
        label = f"{name.partition('/')[2]}, {unit}"
        print(f"| {label} |", " | ".join(cells), f"| {best} | {ratio} |")
