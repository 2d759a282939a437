# ped_geo: every target makes the environment itself. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DISTRICT ?=
ARGS ?=
RUNS ?= 10000
SECONDS ?= 60
TARGETS ?=
# packages of a dependency group, beside those of the lock file
group = { if command -v uv >/dev/null 2>&1; then uv pip install -q --python $(BIN)/python --only-binary :all: --group $(1); else $(BIN)/python -m pip install -q --only-binary :all: --group $(1); fi; }
# modules are compiled once, not anew in each of the processes of a run
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help install district-report fetch scan test test-fast test-qgis test-chromium test-office check lint type format bench coverage fuzz audit lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

install: $(READY) ## make the local environment from the hashed lock file

$(READY): requirements.lock pyproject.toml
	@echo "Making the environment in $(VENV) (once)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; call make PYTHON=python3.11"; exit 1; }
	@if command -v uv >/dev/null 2>&1; then \
		uv venv -q --allow-existing --python "$$(command -v $(PYTHON))" $(VENV) && uv pip sync -q --compile-bytecode --python $(BIN)/python requirements.lock; \
	else \
		$(PYTHON) -m venv $(VENV) && $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock; \
	fi
	@$(BIN)/python scripts/link_package.py
	@$(BIN)/python scripts/compile_kernels.py
	@touch $@

district-report: $(READY) ## the whole way for one place: make district-report DISTRICT=mistrzejowice (or a .toml file)
	@$(BIN)/python -m ped_geo report $(DISTRICT) $(ARGS)

fetch: $(READY) ## only fetch and freeze the data of DISTRICT
	@$(BIN)/python -m ped_geo fetch $(DISTRICT) $(ARGS)

test: $(READY) ## all tests that can run here; says what was left out
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "not remote and not qgis and not chromium and not office" $(ARGS)

test-fast: $(READY) ## the tests that take seconds
	@$(BIN)/python -m pytest -q -m "not remote and not qgis and not chromium and not office and not slow" $(ARGS)

test-qgis: $(READY) ## open the products in the real QGIS (Debian: installs it when missing)
	@scripts/install-qgis
	@$(BIN)/python -m pytest -q -m qgis $(ARGS)

test-chromium: $(READY) ## open the map in a real headless Chromium (Debian: installs it when missing)
	@scripts/install-chromium
	@$(BIN)/python -m pytest -q -m chromium $(ARGS)

test-office: $(READY) ## open the workbook in the real LibreOffice (Debian: installs it when missing)
	@scripts/install-office
	@$(BIN)/python -m pytest -q -m office $(ARGS)

check: lint type ## what a change must pass before its tests

lint: $(READY) ## style, docstrings, complexity
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

type: $(READY) ## types, strictly
	@$(BIN)/mypy

format: $(READY) ## write the code as the formatter does
	@$(BIN)/ruff check --fix-only -q .
	@$(BIN)/ruff format .

bench: $(READY) ## speed as ratios, written to benchmarks/results.json
	@$(BIN)/python -c 'import iso52016' 2>/dev/null || $(call group,bench) || true
	@$(BIN)/python -m benchmarks $(ARGS)

coverage: $(READY) ## the tests with coverage
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile --cov --cov-report=term -m "not remote and not qgis and not chromium and not office"

fuzz: $(READY) ## let atheris invent input for each parser: make fuzz RUNS=50000 SECONDS=90 TARGETS="epw tags"
	@$(BIN)/python -c 'import atheris' 2>/dev/null || $(call group,fuzz)
	@set -e; for target in $(or $(TARGETS),$$($(BIN)/python -c 'from tests.fuzz.targets import TARGETS; print(*TARGETS)')); do \
		echo "$$target"; $(BIN)/python -m tests.fuzz $$target --runs $(RUNS) --seconds $(SECONDS) 2>&1 | grep -E "^Done|ERROR|Error|Test unit|artifact" || true; done

audit: $(READY) ## ask for known weaknesses of the pinned dependencies, where the service can be reached
	@$(BIN)/python -c 'import pip_audit' 2>/dev/null || $(call group,audit) || true
	@$(BIN)/python scripts/audit_dependencies.py

lock: ## resolve the dependencies anew: requirements.lock (hashes) and constraints.txt (versions)
	uv pip compile -q --universal --generate-hashes --no-header pyproject.toml --group dev -o requirements.lock
	uv pip compile -q --universal --no-header --no-annotate pyproject.toml --group dev -o constraints.txt
	$(BIN)/python scripts/list_licences.py

clean: ## remove what was computed, never data/raw
	rm -rf data/processed/* maps/*.html maps/*.pdf .pytest_cache .mypy_cache .ruff_cache
