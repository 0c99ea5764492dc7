#!/usr/bin/env bash
# Builds the program for every level of x86-64 and lays it out as one package, whose launcher
# (crates/ae-launch) starts the best one for the CPU. On other processors the package holds the
# program alone. Run it from anywhere; it needs Rust, and Bash on Windows.
#
#   tools/package.sh [--profile NAME] [--levels A,B] [FOLDER]
#
#   FOLDER             a new folder [default: target/package/ae-app-VERSION-TARGET, made again];
#                      as an installation's prefix: bin/, libexec/, share/
#   --profile NAME     Cargo's profile [default: release]
#   --levels A,B       the levels to build [default: x86-64,x86-64-v3,x86-64-v4]
#
# RUSTFLAGS are used for all builds, with the level's own flags after them.
set -euo pipefail
profile=release levels=x86-64,x86-64-v3,x86-64-v4 folder=
fail() { echo "error: $*" >&2; exit 2; }
while [ $# -gt 0 ]; do
  case $1 in
    --profile) profile=${2:?a profile\'s name}; shift ;;
    --levels) levels=${2:?names of levels, with commas between them}; shift ;;
    -*) fail "unknown option $1: expected --profile, --levels or a folder" ;;
    *) [ -z "$folder" ] || fail "two folders: $folder and $1"; folder=$1 ;;
  esac
  shift
done
[ -z "$folder" ] || [ ! -e "$folder" ] || fail "$folder exists: name a new folder"
case $folder in '' | /*) ;; *) folder=$PWD/$folder ;; esac
cd "$(dirname "$0")/.."

host=$(rustc -vV | sed -n 's/^host: //p')
version=$(sed -n '/^\[workspace.package\]/,/^$/s/^version = "\(.*\)"/\1/p' Cargo.toml)
made=${CARGO_TARGET_DIR:-target}/package
if [ -z "$folder" ]; then
  folder=$made/ae-app-$version-$host
  rm -rf "$folder"
fi
case $host in *windows*) exe=.exe ;; *) exe= ;; esac
case $profile in dev) built=debug ;; *) built=$profile ;; esac

# The compiler's flags for a level. Its own x86-64-v4 has the instructions named here, and prefers
# vectors of 32 bytes to those of 64, as was best for the first CPUs with AVX-512. docs/every-cpu.md
# has the price: RMSprop, for example, takes twice as long.
of_level() {
  case $1 in
    '') ;;
    x86-64-v4) echo "-C target-cpu=x86-64-v3 -C target-feature=+avx512f,+avx512bw,+avx512cd,+avx512dq,+avx512vl" ;;
    x86-64 | x86-64-v3) echo "-C target-cpu=$1" ;;
    *) fail "unknown level $1: expected x86-64, x86-64-v3 or x86-64-v4" ;;
  esac
}

# Builds a package for a level and copies its program. Cargo gives RUSTFLAGS only to what runs on
# the target, if the target is named: what runs while compiling is compiled once for all levels.
build() {
  local level=$1 package=$2 to=$3 flags
  flags=$(of_level "$level")
  RUSTFLAGS="${RUSTFLAGS:-} $flags" \
    cargo build --locked --quiet --profile "$profile" --target "$host" --target-dir "$made/build" --package "$package"
  mkdir -p "$(dirname "$to")"
  cp "$made/build/$host/$built/$package$exe" "$to"
}

program=$folder/bin/ae-app$exe
case $host in
  x86_64-*)
    # The launcher finds its programs in its own folder as well, where Windows keeps them.
    programs=$folder/libexec/ae-app
    [ -z "$exe" ] || programs=$folder/bin
    for level in ${levels//,/ }; do build "$level" ae-app "$programs/ae-app-$level$exe"; done
    build x86-64 ae-launch "$program"
    ;;
  *) build "" ae-app "$program" ;;
esac

"$program" man --out "$folder/share/man/man1" --quiet
"$program" completions bash >"$folder/share/bash-completion-ae-app"
