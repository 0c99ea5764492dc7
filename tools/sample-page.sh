#!/usr/bin/env bash
# Makes docs/explore.html again: a page with a trained model, smaller than 1.5 MB.
#
#     tools/sample-page.sh
#
# The page names the folder of its run as it was typed, so the run is a relative path in a folder
# that goes away.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
cargo build --locked --quiet -p ae-app
program=$(realpath "${CARGO_TARGET_DIR:-target}/debug/ae-app")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
# So that the page suggests `cargo run` and not this path.
export CARGO=cargo

"$program" dense --quiet
"$program" explore runs/dense-mnist-5 --train-images 1000 --test-images 100 --out page
cp page/explore.html "$root/docs/explore.html"
