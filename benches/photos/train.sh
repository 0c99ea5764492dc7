#!/bin/sh
# Trains photo-denoise on the photographs of photos.py: benches/photos/train.sh FOLDER [gray|color]
set -eu
kind="${2:-gray}"
case "$kind" in
gray) data=idx ;;
color) data=squares ;;
*) echo "train.sh: expected gray or color, found $kind" >&2 && exit 2 ;;
esac
cargo build --release -p ae-app
exec target/release/ae-app denoise --dataset "$1/$data" --model photo-denoise --noise 0.1 --fresh-noise \
    --augment crop:40x40:10,flip,turn --batch 16 --epochs "${EPOCHS:-80}" --threads "${THREADS:-2}" \
    --out "${OUT:-runs/photos-$kind}"
