#!/bin/sh
# Trains photo-denoise on the photographs of photos.py, in gray: benches/photos/train.sh FOLDER
set -eu
cargo build --release -p ae-app
exec target/release/ae-app denoise --dataset "$1/idx" --model photo-denoise --noise 0.1 --fresh-noise \
    --augment crop:40x40:10,flip,turn --batch 16 --epochs "${EPOCHS:-80}" --threads "${THREADS:-2}" \
    --out "${OUT:-runs/photos-gray}"
