# Everything from nothing but Rust, Python and make: `make help` lists the commands.

PYTHON ?= python3
# One environment for each version of Python: `make test PYTHON=python3.12` leaves the others alone.
TAG := $(shell $(PYTHON) -c 'import sys; print("py%d.%d" % sys.version_info[:2])')
VENV := .venv/$(TAG)
BIN := $(VENV)/bin
PROFILE ?= fast
ENVIRONMENT := VIRTUAL_ENV=$(CURDIR)/$(VENV) PATH="$(CURDIR)/$(BIN):$$PATH"
SOURCES := Cargo.toml Cargo.lock pyproject.toml $(shell find src -name '*.rs')

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the commands.
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14
	@echo "PYTHON=python3.12 picks a version of Python, PROFILE=release the build that is shipped."

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1,<27'
	$(BIN)/python -m pip install --quiet --group dev
	touch $@

$(VENV)/.built-$(PROFILE): $(VENV)/.installed $(SOURCES)
	$(ENVIRONMENT) maturin develop --locked --quiet --profile $(PROFILE) > /dev/null
	rm -f $(VENV)/.built-*
	touch $@

.PHONY: build
build: $(VENV)/.built-$(PROFILE) ## Build the extension and install it into the environment.

.PHONY: example
example: build ## Run the cluster of five nodes.
	$(BIN)/python example/multi_mem_node/main.py

# The tests of fail points need a build of their own: it lies apart, and is not installed into the environment.
FAILPOINTS := target/failpoints/$(TAG)
$(FAILPOINTS)/.built: $(VENV)/.installed $(SOURCES) $(shell find rraft -name '*.py')
	rm -rf $(FAILPOINTS)
	$(ENVIRONMENT) maturin build --locked --quiet --profile fast --features failpoints \
		--target-dir target/failpoints --interpreter python --out $(FAILPOINTS)/wheel
	$(BIN)/python -m pip install --quiet --no-deps --target $(FAILPOINTS)/site $(FAILPOINTS)/wheel/*.whl
	touch $@

.PHONY: test
test: build $(FAILPOINTS)/.built ## Run all tests.
	$(BIN)/python -m pytest
	$(BIN)/python -m pytest --override-ini 'pythonpath=$(FAILPOINTS)/site .' tests/test_failpoints.py

.PHONY: test-all
test-all: ## Run all tests with each Python from 3.10 to 3.13 that is installed.
	@for version in 3.10 3.11 3.12 3.13; do \
		if command -v python$$version > /dev/null; then $(MAKE) test PYTHON=python$$version || exit 1; fi; \
	done

.PHONY: uncalled
uncalled: build ## Find what of the extension no test calls.
	$(BIN)/python scripts/uncalled.py

.PHONY: mutants
mutants: build ## Break the binding in many ways and see that the tests notice (half an hour).
	$(BIN)/python scripts/mutants.py

.PHONY: lint
lint: build ## Check the format, the types and the stub.
	cargo fmt --check
	PYO3_PYTHON=$(CURDIR)/$(BIN)/python cargo clippy --locked --all-targets -- -D warnings
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python scripts/generate_stub.py --check
	$(BIN)/python -m mypy.stubtest rraft --allowlist scripts/stubtest.txt
	$(ENVIRONMENT) pyright --verifytypes rraft --ignoreexternal

.PHONY: format
format: $(VENV)/.installed ## Format the code.
	cargo fmt
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

.PHONY: stub
stub: build ## Write the stub anew from the doc comments.
	$(BIN)/python scripts/generate_stub.py

.PHONY: clean
clean: ## Remove everything that was built.
	rm -rf .venv target rraft/*.so rraft/*.pyd
	find . -name __pycache__ -prune -exec rm -rf {} +
