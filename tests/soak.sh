#!/usr/bin/env bash
# Does memory stay flat over 50 epochs of denoising? Not in CI: it takes some minutes.
#
#   tests/soak.sh [EPOCHS [IMAGES]]        50 epochs on 6000 images, unless told otherwise
#
# Samples the resident memory (VmRSS) and its peak (VmHWM) of the running program twice a second, prints them for
# every fifth epoch, and fails if the second half of the epochs ever held more than the first half, its first two
# epochs aside, by 2 percent and 2 MB. Needs Linux's /proc.
set -euo pipefail
cd "$(dirname "$0")/.."
epochs=${1:-50}
images=${2:-6000}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

cargo build --locked --release --quiet -p ae-app
program="$(cargo metadata --locked --no-deps --format-version 1 | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')/release/ae-app"
"$program" denoise --epochs "$epochs" --limit "$images" --quiet --out "$out/run" &
pid=$!
while [ -r "/proc/$pid/status" ]; do
  # A line for each epoch that has ended, and one heading.
  ended=$(($( (cat "$out/run/history.csv" 2>/dev/null || echo heading) | wc -l) - 1))
  awk -v epoch="$ended" '/^VmHWM/ { peak = $2 } /^VmRSS/ { if ($2 > 0) print epoch, $2, peak }' "/proc/$pid/status" \
    2>/dev/null >>"$out/samples" || true
  sleep 0.5
done
wait "$pid"

awk -v epochs="$epochs" '
  { if ($2 > most[$1]) most[$1] = $2; if ($3 > peak[$1]) peak[$1] = $3; count[$1]++; samples++ }
  END {
    print "epochs ended   VmRSS at most   VmHWM     (MB)"
    for (e = 0; e <= epochs; e++) {
      if (!(e in count)) continue
      if (e % 5 == 0) printf "%12d %15.1f %7.1f\n", e, most[e] / 1024, peak[e] / 1024
      if (e >= 2 && e < epochs / 2 && most[e] > first) first = most[e]
      if (e >= epochs / 2 && most[e] > second) second = most[e]
    }
    printf "%d samples; first half %.1f MB, second half %.1f MB\n", samples, first / 1024, second / 1024
    if (!first || !second) { print "too few samples: take more images"; exit 1 }
    if (second > first * 1.02 + 2048) { print "memory grows"; exit 1 }
    print "memory is flat"
  }' "$out/samples"
