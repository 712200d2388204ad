# Everything from nothing but Rust, Python and make: `make help` lists the commands.

PYTHON ?= python3
# One environment for each version of Python: `make test PYTHON=python3.12` leaves the others alone.
TAG := $(shell $(PYTHON) -c 'import sys; print("py%d.%d" % sys.version_info[:2])')
VENV := .venv/$(TAG)
BIN := $(VENV)/bin
PROFILE ?= fast
# A worker for each core. One runs the whole of a file: tests that take gigabytes are in few, and so few at a time.
PYTEST_OPTIONS ?= --numprocesses auto --dist loadfile --no-loadscope-reorder
ENVIRONMENT := VIRTUAL_ENV=$(CURDIR)/$(VENV) PATH="$(CURDIR)/$(BIN):$$PATH"
SOURCES := Cargo.toml Cargo.lock pyproject.toml $(shell find src -name '*.rs')

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the commands.
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20
	@echo "PYTHON=python3.12 picks a version of Python, PROFILE=release the build that is shipped."

# The tools are those of `constraints.txt`, today and in a year.
PIP_INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP_INSTALL) pip
	$(PIP_INSTALL) --group dev
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

# Builds for some tests only lie apart, and are not installed into the environment: `target/NAME/pyX.Y/site`.
define variant
target/$(1)/$(TAG)/.built: $(VENV)/.installed $(SOURCES) $(shell find rraft -name '*.py')
	rm -rf target/$(1)/$(TAG)
	$$(ENVIRONMENT) maturin build --locked --quiet $(2) --target-dir target/$(1) --interpreter python \
		--out target/$(1)/$(TAG)/wheel
	$(BIN)/python -m pip install --quiet --no-deps --target target/$(1)/$(TAG)/site target/$(1)/$(TAG)/wheel/*.whl
	touch $$@
endef
$(eval $(call variant,failpoints,--profile fast --features failpoints))
$(eval $(call variant,checked,--profile dev))

.PHONY: test
test: build target/failpoints/$(TAG)/.built ## Run all tests.
	$(BIN)/python -m pytest $(PYTEST_OPTIONS)
	$(BIN)/python -m pytest --override-ini 'pythonpath=target/failpoints/$(TAG)/site .' tests/ported/test_failpoints.py

.PHONY: test-checked
test-checked: target/checked/$(TAG)/.built ## Run all tests with every check of Rust and Python on.
	PYTHONMALLOC=debug $(BIN)/python -X dev -m pytest $(PYTEST_OPTIONS) --override-ini 'pythonpath=target/checked/$(TAG)/site .'

.PHONY: test-all
test-all: ## Run all tests with each Python from 3.10 to 3.14 that is installed.
	@for version in 3.10 3.11 3.12 3.13 3.14; do \
		if command -v python$$version > /dev/null; then $(MAKE) test PYTHON=python$$version || exit 1; fi; \
	done

.PHONY: fuzz
fuzz: build ## Try millions of bytes, messages and calls at random (half an hour).
	$(BIN)/python -m pytest $(PYTEST_OPTIONS) --fuzz --timeout 0 --durations 0 tests/property

.PHONY: uncalled
uncalled: build ## Find what of the extension no test calls.
	$(BIN)/python scripts/uncalled.py

.PHONY: mutants
mutants: build ## Break the binding in many ways and see that the tests notice (half an hour).
	$(BIN)/python scripts/mutants.py

.PHONY: bench-build
bench-build:
	cargo build --release --locked --quiet --manifest-path benches/native/Cargo.toml --target-dir target/benches
	$(MAKE) build PROFILE=release
	$(PIP_INSTALL) --group bench

.PHONY: bench
bench: bench-build ## Measure the time beside a native program's, and write benches/RESULTS.md (ten minutes).
	$(BIN)/python benches/run.py

.PHONY: bench-instructions
bench-instructions: bench-build ## Count instructions beside a native program's, and write benches/INSTRUCTIONS.md.
	$(BIN)/python benches/instructions.py

# The site is built from the sources: no build of the extension is needed, and no network.
$(VENV)/.docs: $(VENV)/.installed
	$(PIP_INSTALL) --group docs
	touch $@

.PHONY: docs
docs: $(VENV)/.docs ## Build the documentation site into target/site; a broken link fails.
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --config-file docs/mkdocs.yml

# The wheel is built from the source distribution. Of that, pip builds another to see that it can, in the quick profile.
WHEEL_PROFILE ?= release

.PHONY: wheel
wheel: $(VENV)/.installed ## Build the wheel and the source distribution into dist, and test them as installed.
	rm -rf dist
	$(ENVIRONMENT) maturin build --locked --quiet --profile $(WHEEL_PROFILE) --strip --sdist --interpreter python \
		--target-dir target --out dist
	$(BIN)/python scripts/check_distribution.py dist
	MATURIN_PEP517_ARGS='--locked --profile fast' CARGO_TARGET_DIR=$(CURDIR)/target \
		$(BIN)/python scripts/check_distribution.py dist --sdist tests/project/test_package.py tests/ported/test_raw_node.py

.PHONY: lock
lock: $(VENV)/.installed ## Write constraints.txt anew, with the newest versions that pyproject.toml allows.
	$(PIP_INSTALL) --group lock
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.10 --no-annotate \
		--custom-compile-command 'make lock' $(patsubst %,--group %,dev docs bench release lock) --output-file constraints.txt

.PHONY: lint
lint: build $(VENV)/.docs ## Check the format, the types and the stub.
	cargo fmt --check
	PYO3_PYTHON=$(CURDIR)/$(BIN)/python cargo clippy --locked --all-targets -- -D warnings
	cargo fmt --check --manifest-path benches/native/Cargo.toml
	cargo clippy --release --locked --manifest-path benches/native/Cargo.toml --target-dir target/benches -- -D warnings
	$(MAKE) ruff workflows
	$(BIN)/mypy
	for folder in example/*/; do $(BIN)/mypy $$folder || exit 1; done
	$(BIN)/python scripts/generate_stub.py --check
	$(BIN)/python scripts/third_party.py --check
	$(BIN)/python -m mypy.stubtest rraft --allowlist scripts/stubtest.txt
	$(ENVIRONMENT) pyright --verifytypes rraft --ignoreexternal

.PHONY: ruff
ruff: $(VENV)/.installed ## Check the Python code alone, in a second.
	$(BIN)/ruff check
	$(BIN)/ruff format --check

.PHONY: workflows
workflows: $(VENV)/.installed ## Check the workflows of GitHub.
	$(BIN)/zizmor --offline --quiet .github

.PHONY: format
format: $(VENV)/.installed ## Format the code.
	cargo fmt
	cargo fmt --manifest-path benches/native/Cargo.toml
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

.PHONY: stub
stub: build ## Write the stub anew from the doc comments.
	$(BIN)/python scripts/generate_stub.py

.PHONY: licenses
licenses: $(VENV)/.installed ## Write the licenses of the crates in the wheels anew.
	$(BIN)/python scripts/third_party.py

.PHONY: clean
clean: ## Remove everything that was built.
	rm -rf .venv dist target rraft/*.so rraft/*.pyd
	find . -name __pycache__ -prune -exec rm -rf {} +
