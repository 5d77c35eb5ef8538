#!/usr/bin/env bash
# Runs every bench with release code: JSON lines into target/bench/, tables on the screen. See docs/performance.md.
#
#   scripts/bench.sh [append|rebuild|load] [arguments of that bench]
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

run() { # PACKAGE BENCH [ARGUMENTS]
  local package=$1 bench=$2
  shift 2
  [ "$which" = all ] || [ "$which" = "$bench" ] || return 0
  local file="$out/$stamp-$bench.jsonl"
  cargo bench --locked -p "$package" --bench "$bench" --no-run
  machine | tee "$file" >&2
  cargo bench --quiet --locked -p "$package" --bench "$bench" -- "$@" >>"$file"
  echo "written: $file" >&2
}

run studio-store append "$@"
run studio-projections rebuild "$@"
run studio load "$@"
