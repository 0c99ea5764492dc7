#!/usr/bin/env bash
# Uses the program's pages in headless Chromium: tests/browser/run.sh [FILE.test.mjs...]
# README.md says what is needed; what is missing is said in a line, and the tests are left out.
set -euo pipefail
# Relative paths are those of the caller.
[ -z "${AE_PAGES:-}" ] || { mkdir -p "$AE_PAGES" && AE_PAGES=$(cd "$AE_PAGES" && pwd); }
[ -z "${AE_PROGRAM:-}" ] || AE_PROGRAM=$(realpath "$AE_PROGRAM")
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)

left_out() {
  echo "$1: the pages are not tested in a browser"
  exit 0
}

command -v node >/dev/null && command -v npm >/dev/null || left_out "Node.js is not installed"
# The tests write PNG files, whose checksum is the youngest function that they need.
node -e 'process.exit(require("node:zlib").crc32 ? 0 : 1)' ||
  left_out "Node.js $(node --version) is older than 20.15, or than 22.2"

if [ -z "${CHROMIUM:-}" ] && ! command -v chromium chromium-browser google-chrome-stable google-chrome >/dev/null; then
  # Some 130 MB. Nothing is installed on a person's machine without being asked to.
  if [ -n "${CI:-}" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    { apt-get update && apt-get install --yes --no-install-recommends chromium; } >/dev/null 2>&1 || true
  fi
  command -v chromium >/dev/null || left_out "Chromium is not installed (apt install chromium, or CHROMIUM=path)"
fi

packages="$root/target/browser"
mkdir -p "$packages"
if ! cmp -s package-lock.json "$packages/installed.json"; then
  cp package.json package-lock.json .npmrc "$packages"
  (cd "$packages" && npm ci --silent) || left_out "playwright-core and axe-core cannot be installed by npm"
  cp package-lock.json "$packages/installed.json"
fi

# One that cannot start at all, in a container that lacks something, is as good as none.
timeout 120 node --input-type=module -e '
  const { browser, end } = await import("./harness.mjs");
  await browser();
  await end();
' >/dev/null || left_out "Chromium does not start"

if [ -z "${AE_PROGRAM:-}" ]; then
  AE_PROGRAM=$(cd "$root" && cargo build --locked --quiet -p ae-app && realpath "${CARGO_TARGET_DIR:-target}/debug/ae-app")
fi
export AE_PROGRAM
if [ -z "${AE_PAGES:-}" ]; then
  AE_PAGES=$(mktemp -d)
  trap 'rm -rf "$AE_PAGES"' EXIT
fi
export AE_PAGES
# Pages that were kept are those of this program, or they are made again.
if ! [ "$AE_PAGES/made" -nt "$AE_PROGRAM" ] || ! [ "$AE_PAGES/made" -nt make.mjs ]; then
  # Only a folder of these pages is written to again: it has a mark.
  if [ ! -e "$AE_PAGES/.pages" ] && [ -n "$(ls -A "$AE_PAGES")" ]; then
    echo "AE_PAGES: expected a new folder, or one with the pages of these tests, found $AE_PAGES" >&2
    exit 2
  fi
  touch "$AE_PAGES/.pages"
  rm -f "$AE_PAGES/made"
  node make.mjs
  touch "$AE_PAGES/made"
fi

# A browser can hang; then this ends, and says so.
[ $# -gt 0 ] || set -- *.test.mjs
timeout --kill-after=10 "${AE_BROWSER_SECONDS:-900}" node --test --test-concurrency=2 --test-reporter=spec "$@" || {
  status=$?
  [ "$status" != 124 ] || echo "the browser's tests have not ended in time" >&2
  exit "$status"
}
