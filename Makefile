# Pavilion. `make run` and `make test` need Python 3.11 and nothing else.

.DEFAULT_GOAL := help
.PHONY: help run test lint format bench soak nightly lock clean
SHELL := /bin/sh
LOCKED = .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --no-header $(UPGRADE)

help: ## Say what there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: ## Start everything with the demonstration: database, server, worker (Ctrl-C stops it)
	@tools/environment.sh
	@exec .venv/bin/pavilion run

test: ## Install what the tests need, check style and types, run all tests
	@tools/test.sh

lint: ## Check format, style, types and the plan of the house
	@tools/environment.sh dev
	@tools/check.sh

format: ## Format the code and sort the imports
	@tools/environment.sh dev
	@.venv/bin/ruff check --quiet --fix . ; .venv/bin/ruff format .

bench: ## Measure pages, races, calendars, quotes, placings, meetings, offices, bank statements
	@tools/environment.sh dev
	@.venv/bin/python -m tests.bench

soak: ## Kill server and worker during payments for a long time: make soak KILLS=200
	@tools/environment.sh dev
	@PAVILION_KILLS=$(or $(KILLS),200) .venv/bin/python -m pytest tests/faults

nightly: export PAVILION_NIGHTLY = 1
nightly: test bench soak ## Everything above, one after the other

lock: ## Write the lock files anew, with hashes: make lock UPGRADE=--upgrade for newer versions
	@tools/environment.sh dev
	@echo 'setuptools>=77' | $(LOCKED) pyproject.toml - --output-file requirements.lock
	@echo 'setuptools>=77' | $(LOCKED) pyproject.toml - --extra dev --constraint requirements.lock \
		--output-file requirements-dev.lock

clean: ## Remove the environment and all caches; the data in var/ is kept
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis *.egg-info
	find server events booths migrations tests -name __pycache__ -type d -prune -exec rm -rf {} +
