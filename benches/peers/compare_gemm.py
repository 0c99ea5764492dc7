"""Matrix products by our kernels, by other Rust libraries and by NumPy's BLAS, in turns, as tables.

GFLOP/s, a table for each number of threads, with the best peer of each shape and the ratio ours /
best: above 1 ours is faster. Both Rust programs are built first, for the CPU at hand, gemm and faer
with their AVX-512 kernels where there is AVX-512 (--v4, --no-v4).
"""
import argparse
import re
import sys
from pathlib import Path

import compare_tsv
from compare import HERE

LIBRARIES = ["gemm", "faer", "matrixmultiply"]


def has_avx512():
    try:
        return "avx512f" in Path("/proc/cpuinfo").read_text()
    except OSError:
        return False


parser = compare_tsv.parser(__doc__, rounds=5)
parser.add_argument("--v4", action=argparse.BooleanOptionalAction, default=has_avx512())
parser.add_argument(
    "--peers", nargs="+", choices=[*LIBRARIES, "numpy"], default=[*LIBRARIES, "numpy"],
    help="some of %(choices)s (default: all)", metavar="PEER",
)
args = parser.parse_args()


def library(binary, name):
    return lambda threads: [*binary, name, str(threads)]


ours = compare_tsv.build_roofline()
commands = {"ours": lambda threads: [*ours, "--tsv", str(threads), "products"]}
versions = []
if set(args.peers) & set(LIBRARIES):
    folder = HERE / "rust"
    compare_tsv.build(folder, *(["--features", "v4"] if args.v4 else []))
    theirs = [str(compare_tsv.target_directory(folder) / "release" / "ae-peers")]
    lock = (folder / "Cargo.lock").read_text()
    for name in LIBRARIES:
        version = re.search(rf'name = "{name}"\nversion = "(.+)"', lock)[1]
        versions.append(f"{name} {version}")
    versions.append("with AVX-512 in gemm" if args.v4 else "without AVX-512 in gemm")
    commands |= {name: library(theirs, name) for name in LIBRARIES if name in args.peers}
if "numpy" in args.peers:
    script = [sys.executable, str(HERE / "gemm_np.py"), "--tsv", "--threads"]
    commands["numpy"] = lambda threads: [*script, str(threads)]
compare_tsv.in_turns(args, commands, ["numpy"], versions)
