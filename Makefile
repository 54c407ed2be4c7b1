# The commands of this repository. Each one sets up what it needs, once: try `make help`.
PYTHON ?= python3
VENV := .venv
LABCHECK := $(VENV)/bin/labcheck
AS_ROOT := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
CHROMIUM := $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)

.DEFAULT_GOAL := help
.PHONY: help lab test demo student lint bench fleet mutants docs down

help: ## show this list
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

lab: $(VENV)/ready ## bring up the practice lab and open its notebooks in JupyterLab (Ctrl-C stops JupyterLab)
	@$(LABCHECK) lab up
	@exec $(LABCHECK) notebooks open

test: $(VENV)/ready-for-tests ## run every test: unit, container, notebook and browser tests
	@$(VENV)/bin/pytest --numprocesses 2 --dist loadscope --no-loadscope-reorder

demo: $(VENV)/ready ## the lab without a browser: bring it up, run every notebook, grade it
	@$(LABCHECK) lab up
	@$(LABCHECK) notebooks run
	@$(LABCHECK) grade --lab

student: $(VENV)/ready ## copy the notebooks without solutions into student/
	@$(LABCHECK) notebooks student

lint: $(VENV)/ready-for-tests ## check style and types
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy

bench: $(VENV)/ready-for-tests $(VENV)/peers ## measure speed against peers and floors, in one run
	@$(VENV)/bin/pytest tests/benchmarks -m bench

fleet: $(VENV)/ready-for-tests ## grade the grader: change a lab in every known way, and see what each check says
	@$(VENV)/bin/python -m tests.fleet

mutants: $(VENV)/ready-for-tests ## make small mistakes in the checks, and list those that no test notices
	@$(VENV)/bin/python -m tests.mutants

docs: $(VENV)/ready-for-tests ## write docs/checks.md anew, from the checks and the fleet
	@$(VENV)/bin/python -c 'from tests.fleet.page import write; write()'

down: $(VENV)/ready ## take the lab away; its images stay, so that the next start is quick
	@$(LABCHECK) lab down

$(VENV)/peers: tests/benchmarks/peers.txt | $(VENV)/python
	@echo "Installing what labcheck is measured against …"
	@$(PYTHON) -m venv $@
	@$@/bin/pip install --quiet --quiet --disable-pip-version-check --requirement tests/benchmarks/peers.txt
	@touch $@

$(VENV)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "labcheck needs Python 3.11 or newer. Name one: make PYTHON=python3.12 lab"; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { command -v apt-get >/dev/null && \
	  $(AS_ROOT) apt-get update -qq && $(AS_ROOT) apt-get install -qq --yes python3-venv >/dev/null; } || \
	  { echo "Python cannot make virtual environments here: install the package python3-venv."; exit 2; }
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/ready: pyproject.toml | $(VENV)/python
	@echo "Installing Python packages (about a minute the first time) …"
	@$(VENV)/bin/pip install --quiet --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/ready-for-tests: pyproject.toml | $(VENV)/python
	@echo "Installing Python packages for tests (about a minute the first time) …"
	@$(VENV)/bin/pip install --quiet --quiet --disable-pip-version-check --editable '.[dev]'
ifeq ($(CHROMIUM),)
	@command -v apt-get >/dev/null || { echo "The browser tests need Chromium: install it, then make test again."; exit 2; }
	@echo "Installing Chromium …"
	@$(AS_ROOT) apt-get update -qq
	@$(AS_ROOT) apt-get install -qq --yes --no-install-recommends chromium fonts-dejavu-core >/dev/null
endif
	@touch $@ $(VENV)/ready
