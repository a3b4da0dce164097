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

.PHONY: help venv ner demo test check attack bench bench-masking bench-service bench-state bench-timing loadtest chaos proto stubs lock clean
.PHONY: check-style check-types check-layers check-contract check-drift check-rules check-places

help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

ner: $(READY) ## the second pass over remarks: the model ja_ginza, 100 MB
	@if command -v uv >/dev/null; then uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-ner.lock; \
		else $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-ner.lock; fi
	@echo "--ner is ready"

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

attack: $(READY) ## attack masked releases of the city, to var/attack; fails if a claim of masking is broken
	@$(BIN)/python -m loadtest.masking.attack $(ARGS)

bench-masking: $(READY) ## masking against presidio and others, to var/bench/masking.json (installs the others apart)
	@$(BIN)/python -m loadtest.masking.bench $(ARGS)

bench-service: $(READY) ## searches, batches and streams in two cities, to var/bench/service.json
	@$(BIN)/python -m loadtest.service $(ARGS)

bench-state: $(READY) ## a year of 300 staff at full budgets: state and start, to var/bench/state.json
	@$(BIN)/python -m loadtest.state $(ARGS)

bench-timing: $(READY) ## hidden against absent residents by the clock, to var/bench/timing.json
	@$(BIN)/python -m loadtest.timing $(ARGS)

loadtest: $(READY) ## load tests judged by answers and ledger, to var/loadtest/verdict.json
	@$(BIN)/python -m loadtest.suite $(ARGS)

chaos: $(READY) ## kill the gateway 50 times under load; fill, break and slow its disk; take its register away
	@$(BIN)/python -m loadtest.suite --long --out var/chaos chaos full-disk failing-disk slow-disk register-away $(ARGS)

proto: $(READY) ## generate Python from proto/
	@tools/generate.sh

stubs: $(READY) ## dist/: typed wheel and descriptor set for departments
	@$(BIN)/python -m tools.make_stubs dist

lock: ## renew requirements.lock with uv (ARGS=--upgrade moves all)
	@command -v uv >/dev/null || { echo "make lock needs uv: python3 -m pip install uv" >&2; exit 1; }
	@uv pip compile pyproject.toml --group dev --extra postgres --universal --generate-hashes --quiet \
		--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" -o requirements.lock $(ARGS)
	@uv pip compile pyproject.toml --extra ner --constraint requirements.lock --universal --generate-hashes --quiet \
		--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" -o requirements-ner.lock $(ARGS)
	@uv pip compile --group bench --universal --generate-hashes --quiet --python-version 3.11 \
		--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" -o requirements-bench.lock $(ARGS)

clean: ## remove what the targets made: .venv, dist, var, caches
	@rm -rf .venv build dist var .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
