# All there is to know: make run, make test, make check, make bench, make shots.
# Needs Python 3.11 or later, git and make. Uses uv where it is installed, else venv and pip.

.DEFAULT_GOAL := help
.PHONY: help run test test-pythons check bench shots lock clean other-python

UV := $(shell command -v uv 2>/dev/null)
BIN := .venv/bin

# Which interpreter a command is, "3.13.0 /usr" for example; nothing where it does not work or is too old.
interpreter = $(shell $(1) -c 'import sys; sys.version_info < (3, 11) or \
	print("%d.%d.%d" % sys.version_info[:3], sys.base_prefix)' 2>/dev/null)
HAVE := $(if $(wildcard .venv/run),$(call interpreter,$(BIN)/python))
ifdef PYTHON
  WANT := $(call interpreter,$(PYTHON))
else ifneq ($(HAVE),)
  PYTHON := $(BIN)/python
  WANT := $(HAVE)
else
  PYTHON := $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
  WANT := $(call interpreter,$(or $(PYTHON),false))
endif

# A .venv of another Python than the one asked for, or that is unfinished or broken, is made again.
ifneq ($(HAVE),$(or $(WANT),none))
.venv/run: other-python
endif

ifdef UV
  INSTALL = $(UV) pip install --quiet --python $(BIN)/python --constraints requirements.lock
  VENV = $(UV) venv --quiet --allow-existing --python $(PYTHON) .venv
else
  INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock
  VENV = $(PYTHON) -m venv .venv
endif

help:
	@echo "make run    open the demo: sample project, no model is called, nothing is spent"
	@echo "make test   run the tests (PYTHON=python3.13: with this one); make test-pythons: unit tests on all others"
	@echo "make check  lint, types, layers"
	@echo "make bench  measure, as ratios to a control in the same run (NAMES='load history': these alone)"
	@echo "make shots  draw the screens into docs/shots"

.venv/run: pyproject.toml requirements.lock
	@test -n "$(WANT)" || { echo "Modeldeck needs Python 3.11 or later; \
	$(if $(PYTHON),$(PYTHON) is none,none was found (set PYTHON=...))" >&2; exit 1; }
	@echo "Installing into .venv (Python $(WANT)) ..." >&2
	@test "$(HAVE)" = "$(WANT)" || { rm -rf .venv && $(VENV); }
	@$(INSTALL) --editable .
	@touch $@

.venv/dev: .venv/run
	@$(INSTALL) --editable '.[dev]'
	@touch $@

run: .venv/run
	@$(BIN)/modeldeck demo

# Three at a time on two cores: many tests wait for processes more than they compute.
test: .venv/dev
	@$(BIN)/python -m pytest --numprocesses 3 --dist worksteal

test-pythons: .venv/dev
	@$(BIN)/python -m tests.pythons

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
