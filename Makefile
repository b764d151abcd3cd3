# `make demo` and `make test` set up what they need on a fresh machine. `make help` lists the targets.
# PYTHON=/path/to/python3 chooses the interpreter for .venv; ARGS=… is handed on to pytest or the benchmark.

SHELL = /bin/sh
SETUP = sh .ci/setup.sh
BIN = .venv/bin
CORE = .venv/.installed-core
DEV = .venv/.installed-dev
WORKERS ?= 2

.PHONY: help demo test test-desktop check format bench clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-13s %s\n", $$1, $$2}' Makefile

demo: $(CORE)  ## set up, then: agent run "add SU7 to wishlist"
	@$(SETUP) fonts
	@$(SETUP) browser
	$(BIN)/agent run "add SU7 to wishlist"

test: $(DEV)  ## all tests
	@$(SETUP) fonts
	@$(SETUP) browser
	@$(SETUP) desktop
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m "not apps" $(ARGS)

test-desktop: $(DEV)  ## the desktop tasks over LibreOffice, GIMP and VLC, which it installs
	@$(SETUP) fonts
	@$(SETUP) desktop apps
	$(BIN)/python -m pytest -m apps $(ARGS)

check: $(DEV)  ## lint, format and types, as pre-commit runs them
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(DEV)  ## put the format right
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(DEV)  ## measure: BENCHMARKS.md and benchmarks.json
	@$(SETUP) fonts
	@$(SETUP) browser
	@$(SETUP) desktop
	$(BIN)/python -m tests.bench $(ARGS)

clean:  ## remove what the targets made, the traces in runs/ excepted
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(CORE): pyproject.toml .ci/setup.sh
	@$(SETUP) install

$(DEV): pyproject.toml .ci/setup.sh
	@$(SETUP) install dev
