# `make demo` and `make test` set up what they need on a fresh machine. `make help` lists the targets.
# PYTHON=/path/to/python3 chooses the interpreter for .venv; ARGS=… is handed on to pytest or the benchmark.

SHELL = /bin/sh
SETUP = sh .ci/setup.sh
BIN = .venv/bin
EMBEDDED = .venv/.installed-embedded
DEV = .venv/.installed-dev
WORKERS ?= 2

.PHONY: help demo test test-newest test-desktop test-osworld test-vllm check format bench docs lock clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-13s %s\n", $$1, $$2}' Makefile

demo: $(EMBEDDED)  ## set up, then: agent run "add SU7 to wishlist"
	@$(SETUP) fonts
	@$(SETUP) browser
	$(BIN)/agent run "add SU7 to wishlist"

test: $(DEV)  ## all tests
	@$(SETUP) fonts
	@$(SETUP) browser
	@$(SETUP) desktop
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m "not apps and not vllm" $(ARGS)

test-newest:  ## the same tests with the newest release of every dependency
	@$(SETUP) newest
	@VENV=.venv-newest; $(SETUP) fonts; $(SETUP) desktop
	.venv-newest/bin/python -m pytest -n $(WORKERS) --dist loadfile -m "not apps and not vllm" $(ARGS)

test-desktop: $(DEV)  ## the desktop tasks over LibreOffice, GIMP and VLC, which it installs
	@$(SETUP) fonts
	@$(SETUP) desktop apps
	$(BIN)/python -m pytest -m apps $(ARGS)

test-osworld: $(DEV)  ## OSWorld's own package against our server and our agent
	@$(SETUP) desktop
	@$(SETUP) osworld
	AGENT_OSWORLD_PYTHON=.venv-osworld/bin/python $(BIN)/python -m pytest tests/remote/test_desktop_env.py $(ARGS)

test-vllm: $(DEV)  ## what a real vLLM answers, which it installs into an environment of its own (Linux on x86_64)
	@$(SETUP) vllm
	@$(SETUP) browser
	$(BIN)/python -m pytest -m vllm $(ARGS)

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

docs:  ## the site in build/site: the guides and a reference of the public names; a broken link fails
	@$(SETUP) docs
	NO_MKDOCS_2_WARNING=1 .venv-docs/bin/mkdocs build --quiet

lock: $(DEV)  ## move the locks to the newest releases; then run the tests, and say so in the changelog
	@$(SETUP) lock

clean:  ## remove what the targets made, the traces in runs/ excepted
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(EMBEDDED): pyproject.toml .ci/setup.sh .ci/lock-embedded.txt
	@$(SETUP) install embedded

$(DEV): pyproject.toml .ci/setup.sh .ci/lock-dev.txt
	@$(SETUP) install dev
