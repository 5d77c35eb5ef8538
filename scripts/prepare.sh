#!/usr/bin/env bash
# Checks for what building and running Studio needs, and installs what is missing where it can.
set -euo pipefail

. "$(dirname "$0")/install.sh"

has_postgres() {
  command -v initdb >/dev/null 2>&1 && command -v postgres >/dev/null 2>&1 && return 0
  for bin in /usr/lib/postgresql/*/bin; do
    [ -x "$bin/initdb" ] && [ -x "$bin/postgres" ] && return 0
  done
  return 1
}

if ! command -v cargo >/dev/null 2>&1 && [ -x "$HOME/.cargo/bin/cargo" ]; then
  say "cargo is installed but not on PATH: run  . \"\$HOME/.cargo/env\"  and try again."
  exit 1
fi
if ! command -v cargo >/dev/null 2>&1; then
  say "Rust is missing. Install it from https://rustup.rs (version 1.95 or newer) and try again."
  exit 1
fi
have=$(cargo --version | sed -E 's/cargo ([0-9]+)\.([0-9]+).*/\1 \2/')
if [ "${have% *}" -lt 1 ] || { [ "${have% *}" -eq 1 ] && [ "${have#* }" -lt 95 ]; }; then
  say "Rust 1.95 or newer is needed, this is $(cargo --version). Run  rustup update stable  and try again."
  exit 1
fi
if ! command -v cc >/dev/null 2>&1; then
  apt_install gcc libc6-dev || { say "A C compiler is missing: install gcc (Debian: apt-get install gcc libc6-dev)."; exit 1; }
fi
if ! has_postgres; then
  # Studio starts its own private server, so the distribution's cluster is not wanted.
  apt_install postgresql-common >/dev/null 2>&1 || true
  if [ -d /etc/postgresql-common ]; then
    as_root sh -c 'mkdir -p /etc/postgresql-common/createcluster.d && printf "create_main_cluster = false\n" > /etc/postgresql-common/createcluster.d/studio.conf' || true
  fi
  apt_install postgresql || true
fi
if ! has_postgres; then
  say "PostgreSQL server programs (initdb, postgres) are missing. Install version 14 or newer:"
  say "  Debian/Ubuntu: sudo apt-get install postgresql     Fedora: sudo dnf install postgresql-server"
  say "  macOS: brew install postgresql@16 (and put its bin directory on PATH)"
  exit 1
fi
