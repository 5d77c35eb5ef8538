#!/usr/bin/env bash
# Signs people in through Keycloak: fetches its distribution from Maven Central once, into target/tools, and runs the test that
# starts and stops it (tests/it/oidc/keycloak.rs, with the realm in tests/keycloak). See docs/testing.md.
set -euo pipefail
cd "$(dirname "$0")/.."

version=26.7.3
sha256=27a6535553c3cdcd083872ba40629efafb3475e3b758e0c6f691395561dd0f1f
java_min=17

tools=target/tools
zip=$tools/keycloak-quarkus-dist-$version.zip
home=$tools/keycloak-$version

. scripts/install.sh

# A program, the Debian package that has it, and what to install elsewhere.
need() { # PROGRAM PACKAGE
  command -v "$1" >/dev/null 2>&1 && return 0
  apt_install "$2" || true
  command -v "$1" >/dev/null 2>&1 || {
    say "$1 is missing. Install $2 (Debian: apt-get install $2), or whatever else brings it here, and try again."
    exit 1
  }
}

[ -z "${JAVA_HOME:-}" ] || PATH=$JAVA_HOME/bin:$PATH
need java openjdk-17-jre-headless
java_have=$(java -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -n 1)
if [ "${java_have:-0}" -lt "$java_min" ]; then
  say "Keycloak $version needs Java $java_min or newer, this is ${java_have:-unknown}: install openjdk-17-jre-headless, and name its directory in JAVA_HOME."
  exit 1
fi

if [ ! -x "$home/bin/kc.sh" ]; then
  mkdir -p "$tools"
  if ! echo "$sha256  $zip" | sha256sum --check --status 2>/dev/null; then
    need mvn maven
    say "Fetching Keycloak $version (177 MB) ..."
    mvn -q -B dependency:copy "-Dartifact=org.keycloak:keycloak-quarkus-dist:$version:zip" "-DoutputDirectory=$tools"
    echo "$sha256  $zip" | sha256sum --check --status || { say "What came is not Keycloak $version: its SHA-256 is another one. See $zip."; exit 1; }
  fi
  need unzip unzip
  # One rename at the end: what an interrupted run left is never taken for whole.
  rm -rf "$tools/unpacking"
  unzip -q "$zip" -d "$tools/unpacking"
  mv "$tools/unpacking/keycloak-$version" "$home"
  rmdir "$tools/unpacking"
fi

KEYCLOAK_HOME=$PWD/$home cargo test --locked --workspace --test it -- --exact oidc::keycloak::keycloak_signs_people_in "$@"
