# Two commands: `make nightly` runs one night of the project, `make test` passes the tests. Each sets everything up first.
PYTHON ?= python3
PROJECT ?= .
VENV := .venv
BIN := $(VENV)/bin
export PYTHONUNBUFFERED := 1

.PHONY: setup nightly test test-statistics lint lock

setup: $(VENV)/.ready

# The lock is complete and hashed, so pip need not resolve: --no-deps keeps it from looking further.
$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] < (3, 14) else "Assay needs Python 3.11, 3.12 or 3.13; this is " + sys.version.split()[0] + ". Name another with PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

nightly: setup
	$(BIN)/assay nightly --project $(PROJECT)

test: setup lint
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

# The slow ones: statistical promises over many seeds, and whole nights of the real projects.
test-statistics: setup
	$(BIN)/python -m pytest -m slow

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Makes the lock anew from pyproject.toml; needs uv. --no-header and --no-annotate keep hosts and paths out of it.
lock:
	uv pip compile pyproject.toml --group dev --universal --generate-hashes --no-header --no-annotate -q -o requirements.lock
