#!/usr/bin/env bash
# Runs every bench with release code: JSON lines into target/bench/, tables on the screen. See docs/performance.md.
#
#   scripts/bench.sh [append|rebuild|lists|admission|load|outbox|flood] [arguments of that bench]
set -euo pipefail
cd "$(dirname "$0")/.."

out=target/bench
mkdir -p "$out"
stamp=$(date -u +%Y%m%dT%H%M%SZ)
which=${1:-all}
[ $# -gt 0 ] && shift

machine() {
  printf '{"bench":"host","cpu":"%s","cores":%s,"load":"%s","kernel":"%s","commit":"%s"}\n' \
    "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$(cut -d' ' -f1-3 /proc/loadavg)" \
    "$(uname -r)" "$(git rev-parse --short HEAD 2>/dev/null || echo unknown)"
}

# All packages each time, so that cargo chooses the same features and builds everything once.
packages=(-p studio-store -p studio-projections -p studio)
cargo bench --locked "${packages[@]}" --bench append --bench rebuild --bench lists --bench admission --bench load --bench outbox --bench flood --no-run

run() { # BENCH [ARGUMENTS]
  local bench=$1 file="$out/$stamp-$1.jsonl"
  shift
  [ "$which" = all ] || [ "$which" = "$bench" ] || return 0
  machine | tee "$file" >&2
  cargo bench --quiet --locked "${packages[@]}" --bench "$bench" -- "$@" >>"$file"
  echo "written: $file" >&2
}

run append "$@"
run rebuild "$@"
run lists "$@"
run admission "$@"
run load "$@"
run outbox "$@"
run flood "$@"
