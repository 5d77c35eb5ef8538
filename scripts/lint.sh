#!/bin/sh
# Compiles one crate of the workspace with clippy looking on; a warning fails it. For cargo's RUSTC_WORKSPACE_WRAPPER, which
# gives rustc as the first argument: what is checked is what is built and tested, and dependencies are compiled once.
exec clippy-driver "$@" -D warnings
