# Every target sets up what it needs. A fresh machine has to have: make, a Python 3.11-3.13, a package registry.

VENV := .venv
BIN := $(VENV)/bin
OUT := out/demo
STUDY := src/sojourn/examples/us-el-salvador
DRAWS ?= 100
# What `make bench` times: flow, capacity, national or all; with --quick in a few minutes.
BENCH ?= all
# Where `make package` installs the wheel and runs the examples, away from the source.
PACKAGE := build/package
EXAMPLES = $(notdir $(patsubst %/study.yaml,%,$(wildcard src/sojourn/examples/*/study.yaml)))

# The newest Python that runs (a version manager may leave a name behind that does not) and can make
# a virtual environment; override with `make PYTHON=/path/to/python`.
PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3 python; do \
	"$$name" -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
		2>/dev/null </dev/null && { echo "$$name"; break; }; done)

PIP_INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input -c constraints.txt

# On two processes; a file's tests stay together, for what they share. The commands that tests start
# find this project's code compiled, whatever the shell says.
PYTEST = PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help demo docs test check package bench verify clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.installed ## Check, run and report the El Salvador study into out/demo/
	@echo "== check: the study, its rules and its quotations"
	@$(BIN)/sojourn check $(STUDY)
	@echo "== run: every scenario, every draw"
	@$(BIN)/sojourn run $(STUDY) --draws $(DRAWS) --out $(OUT)/run --progress
	@echo "== report"
	@$(BIN)/sojourn report $(OUT)/run --out $(OUT)/report.html

docs: $(VENV)/.installed-docs ## Build the documentation into out/docs/: open out/docs/index.html
	@$(BIN)/python -m sphinx -W --keep-going -n -q -d out/docs-doctrees -b html docs out/docs

test: $(VENV)/.installed-test ## Run the tests
	$(PYTEST)

check: $(VENV)/.installed-check ## Format, lint, types, imports and tests: all that CI runs
	@# Meanwhile the kernel is compiled: once, not by each process of the tests.
	@set -e; made=$$(mktemp -d); trap 'rm -rf "$$made"' EXIT; \
	$(BIN)/sojourn run src/sojourn/examples/minimal --draws 1 --quiet --out $$made/run \
		>/dev/null 2>&1 & \
	echo "== format"; $(BIN)/ruff format --check .; \
	echo "== lint"; $(BIN)/ruff check .; \
	echo "== types"; $(BIN)/mypy; \
	echo "== imports go one way"; $(BIN)/lint-imports; \
	wait
	@echo "== tests"
	@$(PYTEST)

package: $(VENV)/.installed-package ## Build wheel and sdist into dist/; run every example from the wheel alone
	@echo "== build"
	@rm -rf dist
	@PIP_CONSTRAINT=$(CURDIR)/constraints.txt $(BIN)/python -m build --outdir dist >/dev/null
	@ls -l dist
	@echo "== install the wheel in an empty environment"
	@$(BIN)/python -m venv --clear $(PACKAGE)/venv
	@$(PACKAGE)/venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
		-c constraints.txt dist/*.whl
	@rm -rf $(PACKAGE)/work && mkdir $(PACKAGE)/work
	@set -e; cd $(PACKAGE)/work; PATH="$(abspath $(PACKAGE))/venv/bin:$$PATH"; \
	for name in $(EXAMPLES); do \
		echo "== $$name"; \
		sojourn new $$name --example $$name; \
		sojourn check $$name; \
		sojourn run $$name --draws 2; \
		sojourn report runs/$$name >/dev/null; \
		sojourn export runs/$$name --to tables/$$name; \
	done; \
	echo "== a proof"; \
	sojourn prove norway-netherlands

bench: $(VENV)/.installed-bench ## Time the demo study, the engine and a screening, and peers on the same work
	$(BIN)/python benchmarks/demo.py
	$(BIN)/python benchmarks/engine.py $(BENCH)
	$(BIN)/python benchmarks/screen.py

verify: $(VENV)/.installed-check ## Long statistical runs, with pictures in verification/results/
	$(BIN)/python -m pytest -m slow --durations=0 tests verification

clean: ## Remove the virtual environment, caches and output
	rm -rf $(VENV) out build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 with venv was found; install one, or say make PYTHON=/path/to/python" >&2; exit 1; }
	@echo "== virtual environment in $(VENV) from $(PYTHON)"
	@"$(PYTHON)" -m venv --clear $(VENV)

# A stamp per set of extras: a second call installs nothing.
$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	@echo "== installing"
	@$(PIP_INSTALL) -e .
	@touch $@

$(VENV)/.installed-docs: pyproject.toml constraints.txt | $(BIN)/python
	@echo "== installing, with what the documentation needs"
	@$(PIP_INSTALL) -e '.[docs]'
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-test: pyproject.toml constraints.txt | $(BIN)/python
	@echo "== installing, with what the tests need"
	@$(PIP_INSTALL) -e '.[test]'
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-check: pyproject.toml constraints.txt | $(BIN)/python
	@echo "== installing, with what the checks need"
	@$(PIP_INSTALL) -e '.[test,check]'
	@touch $@ $(VENV)/.installed $(VENV)/.installed-docs $(VENV)/.installed-test

$(VENV)/.installed-bench: pyproject.toml constraints.txt | $(BIN)/python
	@echo "== installing, with the peers to compare with"
	@$(PIP_INSTALL) -e '.[bench]'
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-package: constraints.txt | $(BIN)/python
	@echo "== installing what builds packages"
	@$(PIP_INSTALL) build
	@touch $@
