#!/usr/bin/env bash
# Holds a running Studio against the OpenAPI document that it serves: Schemathesis sends what the document allows and what it
# forbids, and every answer must be one that the document describes, and none our mistake. See docs/conformance.md.
#
#   MINUTES=10 SEED=1 scripts/conformance.sh [options of `schemathesis run`]
#
# STUDIO names a built binary; without it `target/debug/studio` is built.
set -euo pipefail
cd "$(dirname "$0")/.."

MINUTES=${MINUTES:-10}
SEED=${SEED:-$((RANDOM * 32768 + RANDOM))}
PORT=${PORT:-3131}
LEDGER_PORT=${LEDGER_PORT:-26131}
PASSES=${PASSES:-key session nobody}

here=scripts/conformance
tools=target/tools
out=target/conformance
base=http://localhost:$PORT

. scripts/install.sh

case $MINUTES in '' | *[!0-9]* | 0) say "MINUTES is a whole number from 1, not $MINUTES."; exit 1 ;; esac

python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
  say "Python 3.11 or newer is missing: install it (Debian: apt-get install python3 python3-venv), or name one in PYTHON."
  exit 1
}
# A virtual environment for each list of packages: another list, another directory.
venv=$tools/conformance-$(sha256sum "$here/requirements.txt" | cut -c 1-12)
if [ ! -e "$venv/whole" ]; then
  say "Installing Schemathesis into $venv ..."
  rm -rf "$venv"
  mkdir -p "$tools"
  "$python" -m venv "$venv" || { apt_install python3-venv && "$python" -m venv "$venv"; }
  "$venv/bin/pip" install -q --disable-pip-version-check --require-hashes -r "$here/requirements.txt"
  touch "$venv/whole"
fi

studio=${STUDIO:-}
if [ -z "$studio" ]; then
  cargo build --locked --bin studio
  studio=${CARGO_TARGET_DIR:-target}/debug/studio
fi

if curl -s -o /dev/null "$base"; then
  say "Something answers on port $PORT, perhaps another run. Choose another with PORT, and LEDGER_PORT beside it."
  exit 1
fi
# A Studio of its own, from nothing; where CHEQ is dear, so that the money lasts.
rm -rf "$out"
mkdir -p "$out"
STUDIO_TRUSTED_PROXIES=127.0.0.0/8,::1 "$studio" up --data-dir "$out/data" --port "$PORT" --ledger-port "$LEDGER_PORT" --cheq-price 5 >"$out/studio.log" 2>&1 &
pid=$!
stop() {
  kill -INT "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
}
trap stop EXIT
for _ in $(seq 240); do
  grep -q '^Studio is ready' "$out/studio.log" && break
  kill -0 "$pid" 2>/dev/null || { say "Studio did not start:"; tail -n 20 "$out/studio.log" >&2; exit 1; }
  sleep 0.5
done
token=$(sed -n 's/.*\/auth\/setup?token=\([^ ]*\).*/\1/p' "$out/studio.log" | head -n 1)
export CONFORMANCE_URL=$base CONFORMANCE_KEY CONFORMANCE_SEEDED=$out/seeded.json
CONFORMANCE_KEY=$(cat "$out/data/api-key")
"$venv/bin/python" "$here/seed.py" "$base" "$CONFORMANCE_KEY" "$token" owner@example.org "every answer as documented" >"$CONFORMANCE_SEEDED"

# Who asks, which share of the time is theirs, and what is asked: a session only opens another door to most routes, so it keeps to
# those that are about people.
run() { # CALLER SIXTHS OPTION...
  local caller=$1 seconds=$((MINUTES * 10 * $2)) code=0
  shift 2
  say "== $caller: $seconds seconds, seed $SEED"
  PYTHONDONTWRITEBYTECODE=1 CONFORMANCE_CALLER=$caller CONFORMANCE_ANSWERED=$out/$caller.answered SCHEMATHESIS_HOOKS=hooks PYTHONPATH=$here \
    "$venv/bin/schemathesis" --config-file "$here/schemathesis.toml" run "$base/openapi.json" \
    --seed "$SEED" --max-time "$seconds" "$@" >"$out/$caller.log" 2>&1 || code=$?
  # Everything from the first failure on; without one, the summary.
  sed -n '/^=* \(FAILURES\|ERRORS\) =*$/,$p' "$out/$caller.log" >"$out/$caller.failures"
  if [ "$code" -ne 0 ] && [ -s "$out/$caller.failures" ]; then cat "$out/$caller.failures"; else tail -n 25 "$out/$caller.log"; fi
  [ "$code" -eq 0 ] || failed="$failed $caller"
}

failed=
for caller in $PASSES; do
  case $caller in
    key) run key 4 --header "x-api-key: $CONFORMANCE_KEY" "$@" ;;
    session) run session 1 --include-path-regex '^/(auth|logto|account|admin)' --exclude-checks ignored_auth "$@" ;;
    nobody) run nobody 1 "$@" ;;
    *) say "PASSES are key, session and nobody, not $caller."; exit 1 ;;
  esac
  kill -0 "$pid" 2>/dev/null || { say "Studio ended during the pass of $caller:"; tail -n 20 "$out/studio.log" >&2; exit 1; }
done

# Had the key ended on the way, most of what was seen would be 401.
curl -sf -o /dev/null -H "x-api-key: $CONFORMANCE_KEY" "$base/account" || failed="$failed the-key-ended"

if [ -n "$failed" ]; then
  say "Failed:$failed. Again: MINUTES=$MINUTES SEED=$SEED make conformance. Each request is in $out/*.log, as a line for curl."
  exit 1
fi
say "Every answer was one that the document describes. Seed $SEED."
