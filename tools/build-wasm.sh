#!/usr/bin/env bash
# Builds the engine of the page (crates/ae-web) as WebAssembly, and writes it and the list of its
# sources into crates/ae-web/src/assets/. `cargo run` needs neither this script nor its toolchain:
# the module is committed, and tests/tests/wasm_module.rs says when it has to be built again.
#
#   tools/build-wasm.sh [--install] [--check]
#
# --check    does not write, but compares what it has built with what is committed
# --install  fetches Debian's packages, if no compiler for WebAssembly is found (apt, no root)
#
# The compiler is rustup's, if it has the target (`rustup target add wasm32-unknown-unknown`), or
# else Debian's: installed (rustc-web, cargo-web, rust-web-src, lld), or unpacked in the folder that
# WASM_ROOT names, by default target/wasm-root. Debian's has no standard library for WebAssembly, so
# that is built as well, which takes two minutes more.
set -euo pipefail
cd "$(dirname "$0")/.."
install= check=
for option in "$@"; do
  case $option in
    --install) install=1 ;;
    --check) check=1 ;;
    *) echo "tools/build-wasm.sh: expected --install or --check, found $option" >&2; exit 2 ;;
  esac
done

target=wasm32-unknown-unknown
assets=crates/ae-web/src/assets
root=${WASM_ROOT:-target/wasm-root}
linkers="wasm-ld-22 wasm-ld-21 wasm-ld-20 wasm-ld-19 wasm-ld"

# Small where little is computed, fast where much is. 128-bit vectors: every browser has them since
# 2023. A panic ends the module; its message is all that is needed. No random numbers come from the
# system, so getrandom's part for browsers, which would need JavaScript, is left out.
profile=(--config 'profile.wasm.inherits="release"' --config 'profile.wasm.opt-level="s"'
  --config profile.wasm.lto=true --config profile.wasm.codegen-units=1
  --config 'profile.wasm.panic="abort"' --config profile.wasm.strip=true)
for package in ae-tensor ae-autodiff ae-optim wide safe_arch bytemuck rand chacha20; do
  profile+=(--config "profile.wasm.package.$package.opt-level=3")
done
flags=(-C target-feature=+simd128 --cfg 'getrandom_backend="unsupported"')
# No path of this machine is in the module: the same sources and compiler give the same bytes.
flags+=("--remap-path-prefix=$PWD=." "--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo")

if command -v rustc >/dev/null && [ -d "$(rustc --print target-libdir --target $target 2>/dev/null)" ]; then
  cargo=(cargo) std=()
else
  find_debian() {
    debian= linker=
    for place in "$1" ""; do
      [ -x "$place/usr/bin/rustc" ] || continue
      [ -d "$place/usr/lib/rustlib/src/rust/library/std" ] || continue
      for name in $linkers; do
        if [ -x "$place/usr/bin/$name" ]; then debian=${place:-/} linker=$place/usr/bin/$name; return 0; fi
      done
    done
    return 1
  }
  case $root in /*) ;; *) root=$PWD/$root ;; esac
  if ! find_debian "$root" && [ -n "$install" ] && command -v apt-get >/dev/null; then
    mkdir -p "$root/packages/partial"
    apt-get install --print-uris --yes --no-install-recommends -o Debug::NoLocking=1 \
      rustc-web cargo-web rust-web-src lld-22 | sed -n "s/^'[^']*' \([a-z0-9.+-]*\)_.*/\1/p" >"$root/names"
    (cd "$root/packages" && xargs apt-get download <"$root/names")
    for package in "$root"/packages/*.deb; do dpkg -x "$package" "$root"; done
    find_debian "$root" || true
  fi
  if [ -z "$debian" ]; then
    echo "tools/build-wasm.sh: no compiler for $target was found: run \`rustup target add $target\`," \
      "or install Debian's rustc-web, cargo-web, rust-web-src and lld-22 (--install unpacks them)" >&2
    exit 3
  fi
  flags+=(-C "linker=$linker" "--remap-path-prefix=${debian%/}/usr/lib/rustlib/src/rust=rust")
  export LD_LIBRARY_PATH=${debian%/}/usr/lib/$(uname -m)-linux-gnu RUSTC=${debian%/}/usr/bin/rustc RUSTC_BOOTSTRAP=1
  cargo=("${debian%/}/usr/bin/cargo") std=(-Z "build-std=std,panic_abort")
fi
compiler=$("${RUSTC:-rustc}" --version)

export CARGO_TARGET_DIR=${WASM_TARGET_DIR:-target/wasm}
CARGO_ENCODED_RUSTFLAGS=$(IFS=$'\x1f'; echo "${flags[*]}")
export CARGO_ENCODED_RUSTFLAGS
unset RUSTFLAGS CARGO_BUILD_TARGET
"${cargo[@]}" rustc --locked --quiet "${profile[@]}" --profile wasm --target $target ${std[@]+"${std[@]}"} \
  -p ae-web --lib --crate-type cdylib
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
gzip -9 -n -c "$CARGO_TARGET_DIR/$target/wasm/ae_web.wasm" >"$out/engine.wasm.gz"

# The list of the sources. Unit tests at the end of a file are not part of the module.
digest() { sha256sum | cut -d' ' -f1; }
packages=$("${cargo[@]}" tree --locked --target $target --edges normal --prefix none --format '{p}' -p ae-web |
  sed 's/ (\*)$//' | LC_ALL=C sort -u)
{
  echo "# What engine.wasm.gz was built from. Do not edit: tools/build-wasm.sh writes this list."
  echo "# $compiler"
  echo "module $(digest <"$out/engine.wasm.gz")"
  echo "file $(digest <tools/build-wasm.sh) tools/build-wasm.sh"
  while read -r name version rest; do
    case $rest in
      # Not every crate has presets.
      *"$PWD"*) find "crates/$name/Cargo.toml" "crates/$name/src" "crates/$name/presets" -type f 2>/dev/null || true ;;
    esac
  done <<<"$packages" |
    grep -E '(\.rs|\.toml)$' | grep -vE '(/tests\.rs|/tests/.*)$|^crates/ae-web/src/(page|bundle)(\.rs|/)' |
    LC_ALL=C sort | while read -r file; do
      echo "file $(awk '/^#\[cfg\(test\)\]$/ { held = 1; next }
        held && /^mod tests/ { exit }
        held { print "#[cfg(test)]"; held = 0 }
        { print }' "$file" | digest) $file"
    done
  while read -r name version rest; do
    case $rest in *"$PWD"*) ;; *) echo "package $name ${version#v}" ;; esac
    grep -E "^$name = " Cargo.toml | grep -v opt-level | sed 's/^/dependency /' || true
  done <<<"$packages"
} >"$out/engine.digest"

if [ -n "$check" ]; then
  # Another compiler builds another module of the same sources.
  if [ "$(sed -n 2p "$out/engine.digest")" != "$(sed -n 2p $assets/engine.digest)" ]; then
    echo "built with ${compiler}, the committed module with another compiler: only the sources are compared"
    diff <(grep -v '^[#m]' "$out/engine.digest") <(grep -v '^[#m]' $assets/engine.digest)
  else
    diff "$out/engine.digest" $assets/engine.digest
    cmp "$out/engine.wasm.gz" $assets/engine.wasm.gz
    echo "the committed module is what these sources give, byte for byte"
  fi
else
  cp "$out/engine.wasm.gz" "$out/engine.digest" $assets/
  echo "$assets/engine.wasm.gz: $(stat -c %s $assets/engine.wasm.gz) bytes, built with $compiler"
fi
