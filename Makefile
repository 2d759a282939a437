# ped_geo: every target makes the environment itself. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEVELOP := $(VENV)/.ready-dev
DISTRICT ?=
PILOT ?=
PART ?=
CITY ?=
ARGS ?=
RUNS ?= 10000
SECONDS ?= 60
TARGETS ?=
# a lock file is whole, so nothing is resolved anew: a release that appears tomorrow changes nothing
UV := $(shell command -v uv 2>/dev/null)
locked = $(if $(UV),$(UV) pip install -q --python $(BIN)/python,$(PIP) install -q --no-compile --disable-pip-version-check) --no-deps --require-hashes -r $(1)
# an environment that uv made has no pip of its own
PIP = { $(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null; } && $(BIN)/python -m pip
# packages of a dependency group, beside those of the lock files
group = $(BIN)/python scripts/install_group.py $(1)
# a module is compiled when it is first loaded, which most never are, and then kept
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help install district-report fetch assess scan replicate qgis-plugin test test-fast test-qgis test-chromium test-office test-standards roadmap check lint type format bench coverage fuzz audit package validate docs notebooks lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

install: $(READY) ## make the local environment from the hashed lock file

$(READY): requirements.lock pyproject.toml
	@echo "Making the environment in $(VENV) (once)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; call make PYTHON=python3.11"; exit 1; }
	@$(if $(UV),$(UV) venv -q --allow-existing --python "$$(command -v $(PYTHON))" $(VENV),$(PYTHON) -m venv $(VENV))
	@$(call locked,requirements.lock)
	@$(BIN)/python scripts/link_package.py
	@$(BIN)/python scripts/compile_kernels.py
	@touch $@

$(DEVELOP): $(READY) requirements-dev.lock
	@echo "Adding the tools for tests and checks (once)"
	@$(call locked,requirements-dev.lock)
	@touch $@

district-report: $(READY) ## the whole way for one place: make district-report DISTRICT=mistrzejowice (or a .toml file)
	@$(BIN)/python -m ped_geo report $(DISTRICT) $(ARGS)

roadmap: $(READY) ## the same, and say what the roadmap of DISTRICT to 2050 comes to
	@$(BIN)/python -m ped_geo roadmap $(DISTRICT) $(ARGS)

scan: $(READY) ## rank every block of a city: make scan CITY=my-city.osm.pbf, or several districts: CITY="one two"
	@$(BIN)/python -m ped_geo scan $(or $(CITY),sample-estate) $(ARGS)

replicate: $(READY) ## where the package of a pilot can be repeated: make replicate PILOT=bienczyce CITY="swietochlowice"
	@$(BIN)/python -m ped_geo replicate $(PILOT) $(CITY) $(ARGS)

assess: $(READY) ## what a drawn group of blocks comes to: make assess DISTRICT=mistrzejowice PART=polygon.gpkg (or blocks, a candidate, choice.csv)
	@$(BIN)/python -m ped_geo assess $(or $(DISTRICT),sample-estate) "$(PART)" $(ARGS)

fetch: $(READY) ## only fetch and freeze the data of DISTRICT
	@$(BIN)/python -m ped_geo fetch $(DISTRICT) $(ARGS)

qgis-plugin: $(READY) ## package the QGIS plugin as a zip
	@$(BIN)/python scripts/package_qgis_plugin.py $(ARGS)

test: $(DEVELOP) ## all tests that can run here; says what was left out
	@$(BIN)/python -m pytest -q -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder -m "not remote and not qgis and not chromium and not office" $(ARGS)

test-fast: $(DEVELOP) ## the tests that take seconds
	@$(BIN)/python -m pytest -q -m "not remote and not qgis and not chromium and not office and not slow" $(ARGS)

test-qgis: $(DEVELOP) ## open the products in the real QGIS (Debian: installs it when missing)
	@scripts/install-qgis
	@$(BIN)/python -m pytest -q -m qgis $(ARGS)

test-chromium: $(DEVELOP) ## open the map in a real headless Chromium (Debian: installs it when missing)
	@scripts/install-chromium
	@$(BIN)/python -m pytest -q -m chromium $(ARGS)

test-office: $(DEVELOP) ## open the workbook in the real LibreOffice (Debian: installs it when missing)
	@scripts/install-office
	@$(BIN)/python -m pytest -q -m office $(ARGS)

check: lint type ## what a change must pass before its tests

lint: $(DEVELOP) ## style, docstrings, complexity
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

type: $(DEVELOP) ## types, strictly
	@$(BIN)/mypy

format: $(DEVELOP) ## write the code as the formatter does
	@$(BIN)/ruff check --fix-only -q .
	@$(BIN)/ruff format .

test-standards: $(DEVELOP) ## hold what is published against the schemas of ISO 19139 and shapes of DCAT-AP (fetches them when missing)
	@$(BIN)/python -c 'import pyshacl' 2>/dev/null || $(call group,standards)
	@$(BIN)/python -m pytest -q tests/outputs/test_standards.py $(ARGS)

bench: $(DEVELOP) ## speed as ratios, written to benchmarks/results.json
	@$(BIN)/python -c 'import iso52016' 2>/dev/null || $(call group,bench) || true
	@$(BIN)/python -m benchmarks $(ARGS)

coverage: $(DEVELOP) ## the tests with coverage
	@$(BIN)/python -m pytest -q -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder --cov --cov-report=term -m "not remote and not qgis and not chromium and not office"

fuzz: $(DEVELOP) ## let atheris invent input for each parser: make fuzz RUNS=50000 SECONDS=90 TARGETS="epw tags"
	@$(BIN)/python -c 'import atheris' 2>/dev/null || $(call group,fuzz)
	@set -e; for target in $(or $(TARGETS),$$($(BIN)/python -c 'from tests.fuzz.targets import TARGETS; print(*TARGETS)')); do \
		echo "$$target"; $(BIN)/python -m tests.fuzz $$target --runs $(RUNS) --seconds $(SECONDS) 2>&1 | grep -E "^Done|ERROR|Error|Test unit|artifact" || true; done

audit: $(DEVELOP) ## ask for known weaknesses of the pinned dependencies, where the service can be reached
	@$(BIN)/python -c 'import pip_audit' 2>/dev/null || $(call group,audit) || true
	@$(BIN)/python scripts/audit_dependencies.py

validate: $(DEVELOP) ## published results beside what is found: writes docs/validation.md
	@$(BIN)/python scripts/write_validation.py

docs: $(DEVELOP) ## the documentation site, offline, in build/site; a warning is an error
	@$(BIN)/python -c 'import material, mkdocstrings' 2>/dev/null || $(call group,docs)
	@$(BIN)/python scripts/build_docs.py

notebooks: $(DEVELOP) ## run the notebooks of examples/
	@$(BIN)/python -c 'import nbclient, ipykernel' 2>/dev/null || $(call group,docs)
	@$(BIN)/python scripts/run_notebooks.py

package: $(DEVELOP) ## the source archive and the wheel, in dist/
	@$(BIN)/python -c 'import build' 2>/dev/null || $(call group,package)
	@$(BIN)/python -m build --outdir dist .

lock: $(DEVELOP) ## resolve the dependencies anew: what a run needs, what tests need beside it (hashes), and the versions
	uv pip compile -q --universal --no-header --no-annotate pyproject.toml --group dev -o constraints.txt
	uv pip compile -q --universal --generate-hashes --no-header --no-annotate pyproject.toml --group dev -c constraints.txt -o requirements-dev.lock
	uv pip compile -q --universal --generate-hashes --no-header --no-annotate pyproject.toml -c constraints.txt -o requirements.lock
	$(BIN)/python scripts/list_licences.py

clean: ## remove what was computed, never data/raw
	rm -rf build dist data/processed/* maps/*.html maps/*.pdf .pytest_cache .mypy_cache .ruff_cache
