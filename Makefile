# Everything a person types here: `make help`.
PYTHON ?= $(shell command -v python3.11 || echo python3)
export PYTHON

VENV := .venv
BIN := $(VENV)/bin
# Test workers and compiler jobs: one a core, two at the most, since each compiles C++ of its own.
JOBS ?= 2

.DEFAULT_GOAL := help
.PHONY: help run test test-python test-hls test-strict lint format bench calibrate clean
.DELETE_ON_ERROR:

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

run: $(VENV)/.installed-examples ## Search real text with an index served by the (emulated) FPGA
	$(BIN)/python -m examples.semantic_search

test: test-hls test-python ## Run all tests but the slow ones

test-python: $(VENV)/.installed-test ## Run the Python tests only
	$(BIN)/python -m pytest -n $(JOBS)

test-strict: $(VENV)/.installed-test ## Run the tests of ops in emulation as strict as hardware (minutes)
	TORCH_FPGA_STRICT=1 $(BIN)/python -m pytest -n $(JOBS) tests/ops

test-hls: $(VENV)/.debian ## Build and run the tests of hls_lib only
	cmake -S hls_lib -B build/hls_lib
	cmake --build build/hls_lib --parallel $(JOBS)
	ctest --test-dir build/hls_lib --output-on-failure --no-tests=error

lint: $(VENV)/.installed-lint ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	scripts/format_cpp.sh $(BIN)/clang-format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(VENV)/.installed-lint ## Lay out all code as `make lint` wants it
	$(BIN)/ruff format .
	scripts/format_cpp.sh $(BIN)/clang-format

bench: $(VENV)/.installed-test ## Measure against eager PyTorch and Inductor
	$(BIN)/python -m benchmarks

calibrate: $(VENV)/.installed-test ## Hold the model of the hardware against public figures, and write docs/evidence.md
	$(BIN)/python -m benchmarks.calibrate

clean: ## Remove everything made here but .venv (models and kernels are fetched and built again)
	rm -rf build .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
	find torch_fpga examples tests benchmarks -name __pycache__ -prune -exec rm -rf {} +

# Stamps: an install is repeated only when what it depends on has changed.
$(VENV)/.debian: scripts/debian_packages.sh
	@scripts/debian_packages.sh
	@mkdir -p $(VENV) && touch $@

$(VENV)/.created: | $(VENV)/.debian
	@echo "== creating $(VENV)"
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.installed-%: pyproject.toml setup.py | $(VENV)/.created
	@echo "== installing torch_fpga[$*] and what it needs"
	$(BIN)/python -m pip install --disable-pip-version-check --editable '.[$*]'
	@touch $@

# Without this, make would remove the stamps as intermediate files.
.SECONDARY:
