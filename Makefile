# The verbs of the house. `make up` and `make test` are the two a newcomer needs; both install what is missing where
# they can, and say exactly what to install where they cannot.

DATA_DIR ?= data
PORT ?= 3000
LEDGER_PORT ?= 26657
# Tests wait more than they compute: for blocks, for time-outs, for processes that start.
export RUST_TEST_THREADS ?= $(shell echo $$((2 * $$(nproc 2>/dev/null || sysctl -n hw.ncpu 2>/dev/null || echo 2))))

.PHONY: up test test-keycloak conformance check fmt tidy deny contracts bench corpus clean-data help

help: ## Shows this list.
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

up: ## Builds Studio and runs all of it on this machine: Postgres, ledger, API, workers.
	@./scripts/prepare.sh
	@cargo build --locked --bin studio
	@exec ./target/debug/studio up --data-dir "$(DATA_DIR)" --port "$(PORT)" --ledger-port "$(LEDGER_PORT)"

test: ## Runs every test: rules, formats, adapters on a private Postgres, flows against the devnet, crashes.
	@./scripts/prepare.sh
	@cargo test --locked --workspace --no-fail-fast

test-keycloak: ## Signs people in through a real Keycloak, fetched from Maven Central; needs Java 17, takes minutes.
	@./scripts/prepare.sh
	@./scripts/keycloak.sh

conformance: ## Holds every answer of a running Studio against its OpenAPI document; ten minutes, or MINUTES, with Python 3.11.
	@./scripts/prepare.sh
	@./scripts/conformance.sh

check: fmt tidy deny ## Formatting, lints, dependencies and the rules of the house.
	@cargo clippy --locked --workspace --all-targets -- -D warnings

fmt: ## Checks formatting.
	@cargo fmt --all --check

tidy: ## Checks allowed edges, sizes, error pages and references.
	@cargo xtask tidy

deny: ## Checks licences, sources and banned crates of the dependencies (deny.toml).
	@./scripts/deny.sh

contracts: ## Writes openapi.json and schema.graphql anew.
	@cargo build --locked --bin studio
	@./target/debug/studio openapi > rest/openapi.json
	@./target/debug/studio graphql-schema > graphql/schema.graphql

bench: ## Measures append, rebuild, issue, verify, DID create, start-up (docs/performance.md).
	@./scripts/prepare.sh
	@./scripts/bench.sh

clean-data: ## Deletes the data directory of `make up`, keys included.
	@rm -rf "$(DATA_DIR)"
