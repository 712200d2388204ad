# All commands need only Rust, Python and make. `make help` lists them.

PYTHON ?= python3
# One environment per Python: `make test PYTHON=python3.12` touches no other, nor does `PYTHON=python3.14t` that of 3.14.
TAG := $(shell $(PYTHON) -c 'import sys; print("py%d.%d%s" % (*sys.version_info[:2], sys.abiflags))')
VENV := .venv/$(TAG)
BIN := $(VENV)/bin
PROFILE ?= fast
CORES := $(shell nproc 2> /dev/null || echo 2)
# One worker per core, and one file per worker: the tests that take gigabytes are in few files, so few run at a time.
PYTEST_OPTIONS ?= --numprocesses auto --dist loadfile --no-loadscope-reorder
ENVIRONMENT := VIRTUAL_ENV=$(CURDIR)/$(VENV) PATH="$(CURDIR)/$(BIN):$$PATH"
SOURCES := Cargo.toml Cargo.lock pyproject.toml $(shell find src -name '*.rs')

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the commands.
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20
	@echo "PYTHON=python3.12 selects a version of Python, PROFILE=release the build that wheels have."

# `constraints.txt` has the exact versions of all tools.
PIP_INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

$(VENV)/.build-tools: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP_INSTALL) pip
	$(PIP_INSTALL) --group build
	touch $@

# A build does not need the tests' and linters' packages.
$(VENV)/.installed: $(VENV)/.build-tools
	$(PIP_INSTALL) --group dev
	touch $@

$(VENV)/.built-$(PROFILE): $(VENV)/.build-tools $(SOURCES)
	$(ENVIRONMENT) maturin develop --locked --quiet --profile $(PROFILE) > /dev/null
	rm -f $(VENV)/.built-*
	touch $@

.PHONY: build
build: $(VENV)/.built-$(PROFILE) ## Build the extension and install it into the environment.

.PHONY: example
example: build ## Run the cluster of five nodes, then the job queue on three processes.
	$(PIP_INSTALL) msgspec
	$(BIN)/python example/multi_mem_node/main.py
	$(BIN)/python example/job_queue/main.py

# Some tests need a separate build. It is not installed into the environment: `target/NAME/pyX.Y/site`.
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
test: build $(VENV)/.installed target/failpoints/$(TAG)/.built test-rust ## Run all tests.
	$(BIN)/python -m pytest $(PYTEST_OPTIONS)
	$(BIN)/python -m pytest --override-ini 'pythonpath=target/failpoints/$(TAG)/site .' tests/ported/test_failpoints.py \
		tests/simulation/reintroduced/test_fail_points.py

# The files that these tests are about use nothing of Python. The tests include them by their paths, and link no Python.
CARGO_TEST = PYO3_PYTHON=$(CURDIR)/$(BIN)/python cargo test --locked --quiet --profile $(PROFILE)

.PHONY: test-rust
test-rust: $(VENV)/.build-tools ## Run the tests in Rust: of the log on disk (RRAFT_WAL_CRASHES=10000000: so many crashes), of locks.
	$(CARGO_TEST) --test wal --test storage

.PHONY: test-checked
test-checked: target/checked/$(TAG)/.built ## Run all tests with all debug assertions of Rust and Python.
	PYTHONMALLOC=debug $(BIN)/python -X dev -m pytest $(PYTEST_OPTIONS) --override-ini 'pythonpath=target/checked/$(TAG)/site .'

# A seed of the simulator is the same run on each Python.
.PHONY: test-all
test-all: ## Run all tests with each Python from 3.10 to 3.15 that is installed, free-threaded ones too.
	rm -rf target/hashes
	@for version in 3.10 3.11 3.12 3.13 3.14 3.14t 3.15 3.15t; do \
		if command -v python$$version > /dev/null; then $(MAKE) test hashes PYTHON=python$$version || exit 1; fi; \
	done
	@for file in target/hashes/*; do diff $$file "$$(ls target/hashes/* | head -n 1)" || exit 1; done

.PHONY: hashes
hashes: build $(VENV)/.installed ## Simulate 100 seeds, and write hashes of the runs, which are the same on each Python: target/hashes.
	$(SIMULATE) --seeds 0:100 --hashes target/hashes/$(TAG) example.key_value.main:KeyValues

.PHONY: fuzz
fuzz: build $(VENV)/.installed ## Try millions of random bytes, messages, calls, crashes and kills (an hour).
	RRAFT_WAL_CRASHES=10000000 $(CARGO_TEST) --test wal crashes
	$(BIN)/python -m pytest $(PYTEST_OPTIONS) --fuzz --timeout 0 --durations 0 tests/property tests/wal

# Half of the time is for hosts behind a proxy, half for hosts in network namespaces. `CHAOS_SEED` repeats a run.
CHAOS_MINUTES ?= 20
CHAOS_SEED ?= $(shell date +%s)

.PHONY: chaos
chaos: build $(VENV)/.installed ## Kill, cut off and replace processes of clusters under load (20 minutes, or CHAOS_MINUTES).
	RRAFT_CHAOS_SECONDS=60 RRAFT_CHAOS_ROUNDS=$$(( ($(CHAOS_MINUTES) + 1) / 2 )) RRAFT_CHAOS_SEED=$(CHAOS_SEED) \
		$(BIN)/python -m pytest --timeout 0 -rs tests/cluster/processes/test_chaos.py \
		tests/cluster/processes/test_real_network.py -k test_chaos

SEEDS ?= 0:100000
SIMULATE = $(BIN)/python -m rraft.simulation -j $(CORES)

.PHONY: simulate
simulate: build $(VENV)/.installed ## Simulate a cluster under 100,000 seeds. Continues where it was interrupted: target/simulate.json.
	$(SIMULATE) --seeds $(SEEDS) --resume target/simulate.json example.key_value.main:KeyValues

SIMULATE_SECONDS ?= 120
FIRST_SEED := $(shell date +%s)000

.PHONY: simulate-new
simulate-new: build $(VENV)/.installed ## Simulate a cluster under seeds that were never tried (two minutes, or SIMULATE_SECONDS).
	$(SIMULATE) --seeds $(FIRST_SEED):$$(($(FIRST_SEED) + 1000000)) --seconds $(SIMULATE_SECONDS) --pictures target/simulate \
		example.key_value.main:KeyValues

.PHONY: uncalled
uncalled: build $(VENV)/.installed ## Find public names that no test calls.
	$(BIN)/python scripts/uncalled.py tests/api tests/ported tests/wal tests/property tests/examples tests/project

.PHONY: mutants
mutants: build $(VENV)/.installed ## Find changes of the binding that no test notices (half an hour).
	$(BIN)/python scripts/mutants.py

.PHONY: coverage
coverage: $(VENV)/.installed ## Measure the line coverage of the Rust code: target/coverage/html (needs cargo-llvm-cov).
	rm -rf target/coverage $(VENV)/.built-*
	eval "$$(cargo llvm-cov show-env --export-prefix)"; \
	export CARGO_TARGET_DIR="$$CARGO_LLVM_COV_TARGET_DIR" $(ENVIRONMENT) && \
	cargo llvm-cov clean --workspace && \
	maturin develop --locked --quiet --profile dev && \
	python -m pytest && \
	cargo llvm-cov report --html --output-dir target/coverage

.PHONY: bench-build
bench-build:
	cargo build --release --locked --quiet --manifest-path benches/native/Cargo.toml --target-dir target/benches
	$(MAKE) build PROFILE=release
	$(PIP_INSTALL) --group bench

.PHONY: bench
bench: bench-build $(VENV)/.installed ## Compare times with a native program, and write benches/RESULTS.md (a quarter of an hour).
	$(BIN)/python benches/run.py $(if $(INTERPRETER),--interpreter $(INTERPRETER))

.PHONY: bench-wal
bench-wal: ## Measure the log on disk alone: on tmpfs, and on the disk of this directory.
	cargo build --release --locked --quiet --manifest-path benches/native/Cargo.toml --target-dir target/benches
	target/benches/release/wal /dev/shm/rraft-wal
	target/benches/release/wal target/benches/rraft-wal 101

.PHONY: bench-cluster
bench-cluster: ## Measure three processes of rraft.cluster beside etcd and PySyncObj: benches/CLUSTER.md (ten minutes).
	$(MAKE) build PROFILE=release
	$(PIP_INSTALL) --group bench
	$(BIN)/python benches/cluster/compare.py

.PHONY: bench-instructions
bench-instructions: bench-build $(VENV)/.installed ## Compare instructions with a native program, and write benches/INSTRUCTIONS.md.
	$(BIN)/python benches/instructions.py

# The site is built from the sources: it needs no build of the extension, and no network.
$(VENV)/.docs: $(VENV)/.installed
	$(PIP_INSTALL) --group docs
	touch $@

.PHONY: docs
docs: $(VENV)/.docs ## Build the documentation site into target/site, and check its links.
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --config-file docs/mkdocs.yml

# The wheel is built from the source distribution. pip then builds another one from it, in the fast profile, as a test.
WHEEL_PROFILE ?= release

.PHONY: wheel
wheel: $(VENV)/.installed ## Build the wheel and the source distribution into dist, and test them installed.
	rm -rf dist
	$(ENVIRONMENT) maturin build --locked --quiet --profile $(WHEEL_PROFILE) --strip --sdist --interpreter python \
		--target-dir target --out dist
	$(BIN)/python scripts/check_distribution.py dist
	MATURIN_PEP517_ARGS='--locked --profile fast' CARGO_TARGET_DIR=$(CURDIR)/target \
		$(BIN)/python scripts/check_distribution.py dist --sdist tests/project/test_package.py tests/ported/test_raw_node.py

.PHONY: lock
lock: $(VENV)/.installed ## Update constraints.txt to the newest versions that pyproject.toml permits.
	$(PIP_INSTALL) --group lock
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.10 --no-annotate \
		--custom-compile-command 'make lock' $(patsubst %,--group %,dev docs bench release lock) --output-file constraints.txt

.PHONY: lint
lint: build $(VENV)/.installed $(VENV)/.docs ## Check the format, the types and the stub.
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
ruff: $(VENV)/.installed ## Check the Python code only (a second).
	$(BIN)/ruff check
	$(BIN)/ruff format --check

.PHONY: workflows
workflows: $(VENV)/.installed ## Check the GitHub workflows.
	$(BIN)/zizmor --offline --quiet .github

.PHONY: format
format: $(VENV)/.installed ## Format the code.
	cargo fmt
	cargo fmt --manifest-path benches/native/Cargo.toml
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

.PHONY: stub
stub: build $(VENV)/.installed ## Generate the stub from the doc comments.
	$(BIN)/python scripts/generate_stub.py

.PHONY: licenses
licenses: $(VENV)/.installed ## Generate THIRD-PARTY-LICENSES from the crates in the wheels.
	$(BIN)/python scripts/third_party.py

.PHONY: clean
clean: ## Remove all build results.
	rm -rf .venv dist target rraft/*.so rraft/*.pyd
	find . -name __pycache__ -prune -exec rm -rf {} +
