#!/usr/bin/env bash
# Makes the Rust notebooks (docs/guide/notebook.ipynb, and notebook.fr.ipynb) from the chapters of
# the guide, and runs them. `cargo test -p ae-guide` says when they have to be made again.
#
#   tools/notebook.sh [--text] [--check]
#
# --text   writes the cells and keeps the outputs of code that has not changed; runs nothing
# --check  writes nothing, and compares the notebooks with the guide
#
# To run them, Jupyter and a kernel for Rust are needed:
#
#   python -m venv target/jupyter && target/jupyter/bin/pip install nbconvert ipykernel
#   cargo install evcxr_jupyter --locked && evcxr_jupyter --install
#
# and the folder of `jupyter` in PATH. The installation takes some ten minutes, a run about five.
set -euo pipefail
cd "$(dirname "$0")/.."
text=
for option in "$@"; do
  case $option in
    --text) text=1 ;;
    --check) exec cargo test -q -p ae-guide --test notebook ;;
    *) echo "tools/notebook.sh: expected --text or --check, found $option" >&2; exit 2 ;;
  esac
done

if [ -z "$text" ]; then
  command -v jupyter >/dev/null || { echo "tools/notebook.sh: expected jupyter in PATH; see the top of this file" >&2; exit 2; }
fi
cargo run -q -p ae-guide --example notebook
if [ -z "$text" ]; then
  # The kernel compiles in a folder of its own, where .cargo/config.toml is not read, and it sets
  # RUSTFLAGS to its own `-Cprefer-dynamic`. This variable comes before RUSTFLAGS: the same numbers
  # as by `cargo test` need the same instructions.
  CARGO_ENCODED_RUSTFLAGS=$(printf -- '-Cprefer-dynamic\x1f-Ctarget-cpu=native') \
    AE_GUIDE_PICTURES=$PWD/target/notebook \
    jupyter nbconvert --to notebook --execute --inplace --ExecutePreprocessor.timeout=1800 \
    --ExecutePreprocessor.record_timing=False docs/guide/notebook.ipynb
  # The French notebook has the same code, so it gets the same outputs.
  cargo run -q -p ae-guide --example notebook
fi
