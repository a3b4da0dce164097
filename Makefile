# One word each for what people do with this repository. `make` alone lists them.
#
# Every target bootstraps .venv on its own; nothing is installed outside it.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

BIN := .venv/bin
READY := .venv/.ready
PACKAGES := $(wildcard gateway masking loadtest tests tools)

# Passed through to the program: make demo ARGS=--serve, make test ARGS="tests/masking -k token"
ARGS ?=

.PHONY: help venv demo test check bench proto stubs lock clean
.PHONY: check-style check-types check-layers check-contract check-drift check-rules check-places

help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

venv: $(READY) ## build .venv from requirements.lock; the others do it too
	@echo ".venv is ready: $$($(BIN)/python --version)"

$(READY): requirements.lock pyproject.toml tools/make_venv.sh
	@tools/make_venv.sh
	@touch $@

demo: $(READY) ## a fictional city and a real server (ARGS=--serve stays up)
	@$(BIN)/register-gateway demo $(ARGS)

test: $(READY) ## the tests, in random order (ARGS="tests/masking -k token")
	@$(BIN)/python -m pytest $(ARGS)

check: check-style check-types check-layers check-contract check-drift check-rules check-places ## style, types, layers, contract, generated code, untested rules

check-style: $(READY)
	@$(BIN)/ruff check --quiet . && echo "style: clean"
	@$(BIN)/ruff format --quiet --check . && echo "format: clean" || { echo "format: run .venv/bin/ruff format" >&2; exit 1; }

check-types: $(READY)
	@$(BIN)/mypy $(PACKAGES)

check-layers: $(READY)
	@$(BIN)/lint-imports --no-cache --no-logo

check-contract: $(READY)
	@$(BIN)/buf lint && echo "contract: clean"

check-drift: $(READY)
	@tools/check_drift.sh && echo "generated code: up to date"

check-rules: $(READY)
	@$(BIN)/python -m tools.rule_coverage --missing

check-places:
	@tools/check_places.sh && echo "places: none of one machine"

bench: $(READY) ## lookups against a bare gRPC echo, to var/bench/lookup.json
	@$(BIN)/python -m loadtest.bench $(ARGS)

proto: $(READY) ## generate Python from proto/
	@tools/generate.sh

stubs: $(READY) ## dist/: typed wheel and descriptor set for departments
	@$(BIN)/python -m tools.make_stubs dist

lock: ## renew requirements.lock with uv (ARGS=--upgrade moves all)
	@command -v uv >/dev/null || { echo "make lock needs uv: python3 -m pip install uv" >&2; exit 1; }
	@uv pip compile pyproject.toml --group dev --extra postgres --universal --generate-hashes --quiet \
		--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" -o requirements.lock $(ARGS)

clean: ## remove what the targets made: .venv, dist, var, caches
	@rm -rf .venv build dist var .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
