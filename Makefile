# All there is to know: make run, make test, make check, make bench, make shots.
# Needs Python 3.11 or later, git and make. Uses uv where it is installed, else venv and pip.

.DEFAULT_GOAL := help
.PHONY: help run test check bench shots lock clean

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
UV := $(shell command -v uv 2>/dev/null)
BIN := .venv/bin

ifdef UV
  INSTALL = $(UV) pip install --quiet --python $(BIN)/python --constraints requirements.lock
  VENV = $(UV) venv --quiet --allow-existing --python $(PYTHON) .venv
else
  INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock
  VENV = $(PYTHON) -m venv .venv
endif

help:
	@echo "make run    open the demo: sample project, no model is called, nothing is spent"
	@echo "make test   run the tests"
	@echo "make check  lint, types, layers"
	@echo "make bench  measure, as ratios to a control in the same run (NAMES='load history': these alone)"
	@echo "make shots  draw the screens into docs/shots"

.venv/run: pyproject.toml requirements.lock
	@test -n "$(PYTHON)" || { echo "Modeldeck needs Python 3.11 or later; none was found (set PYTHON=...)" >&2; exit 1; }
	@echo "Installing into .venv ..." >&2
	@$(VENV)
	@$(INSTALL) --editable .
	@touch $@

.venv/dev: .venv/run
	@$(INSTALL) --editable '.[dev]'
	@touch $@

run: .venv/run
	@$(BIN)/modeldeck demo

# Two at a time: many tests wait for processes more than they compute.
test: .venv/dev
	@$(BIN)/python -m pytest --numprocesses 2 --dist worksteal

check: .venv/dev
	@$(BIN)/ruff format --check tui tests
	@$(BIN)/ruff check tui tests
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: .venv/dev
	@$(BIN)/python -m tests.bench $(NAMES)

shots: .venv/dev
	@$(BIN)/python -m tests.shots docs/shots

# What CI tests with: every package that .[dev] brings, at the versions of today.
lock:
	@rm -rf .venv/lock && $(PYTHON) -m venv .venv/lock
	@.venv/lock/bin/python -m pip install --quiet --disable-pip-version-check '.[dev]'
	@.venv/lock/bin/python -m pip freeze --exclude modeldeck > requirements.lock
	@rm -rf .venv/lock

clean:
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
